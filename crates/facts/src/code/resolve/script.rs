//! Where imports of JavaScript and TypeScript lead.

use std::collections::HashMap;

use plimsoll_discover::Format;
use plimsoll_source::Dialect;

use super::aliases::{Alias, aliases};
use super::libraries;
use super::manifests::Manifests;
use super::tsconfig::{Config, configs};
use super::{Known, Resolved, below, upwards};
use crate::code::ModuleId;
use crate::library::{folder_of, join};

/// Extensions that need not be written, the first one first.
const EXTENSIONS: &[&str] = &["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "vue", "svelte", "astro"];

/// What stands before the extension where an application is built for several platforms.
const PLATFORMS: &[&str] = &["web", "native", "ios", "android", "client", "server"];

/// Folders of an application that `@/` and `~/` stand for by convention.
const SOURCE_FOLDERS: &[&str] = &["src", "app", "", "resources/js", "src/app", "client", "client/src"];

/// Resolves the imports of scripts.
pub(super) struct Resolver<'a> {
    known: &'a Known<'a>,
    /// The modules by their path without the extension.
    by_stem: HashMap<&'a str, ModuleId>,
    manifests: Manifests<'a>,
    configs: HashMap<String, Vec<Config>>,
    aliases: Vec<Alias>,
}

/// What holds for the imports of one file.
pub(super) struct Around<'r> {
    folder: String,
    /// Configurations of the compiler, the nearest first.
    configs: Vec<&'r Config>,
    aliases: Vec<&'r Alias>,
    /// Folders around with a manifest, the nearest first.
    packages: Vec<String>,
}

impl<'a> Resolver<'a> {
    /// Reads what the tree says of module names.
    pub(super) fn new(known: &'a Known<'a>) -> Self {
        let mut by_stem: HashMap<&str, (usize, ModuleId)> = HashMap::new();
        for (id, module) in (0..).map(ModuleId).zip(known.modules).filter(|(_, m)| m.dialect != Dialect::Python) {
            let Some((stem, extension)) = module.path.rsplit_once('.') else { continue };
            let rank = EXTENSIONS.iter().position(|e| *e == extension).unwrap_or(EXTENSIONS.len());
            let best = by_stem.entry(stem).or_insert((rank, id));
            *best = (*best).min((rank, id));
        }
        let manifests = Manifests::new(known);
        let configs = configs(known, &manifests);
        let by_stem = by_stem.into_iter().map(|(stem, (_, id))| (stem, id)).collect();
        Self { known, by_stem, configs, aliases: aliases(known), manifests }
    }
    /// What holds for the imports of a file.
    pub(super) fn around(&self, path: &str) -> Around<'_> {
        let folder = folder_of(path);
        let configs = upwards(folder).filter_map(|f| self.configs.get(f)).flatten().collect();
        let aliases = self.aliases.iter().filter(|a| is_below(folder, &a.folder)).collect();
        let packages = upwards(folder).filter(|f| self.manifests.has(f)).map(str::to_owned).collect();
        Around { folder: folder.to_owned(), configs, aliases, packages }
    }
    /// Where a module name leads.
    pub(super) fn resolve(&self, around: &Around, written: &str) -> Resolved {
        // What a loader is told stands before `!` and after `?`.
        let specifier = written.rsplit('!').next().unwrap_or(written);
        let specifier = specifier.split('?').next().unwrap_or(specifier);
        if specifier.is_empty() {
            return Resolved::Missing;
        }
        if specifier.starts_with("./") || specifier.starts_with("../") || matches!(specifier, "." | "..") {
            if specifier.ends_with("/$types") {
                // Types that a build derives from the routes; nothing of them is there at run time.
                return Resolved::Asset(specifier.to_owned());
            }
            return join(&around.folder, specifier).map_or(Resolved::Missing, |path| self.here(&path));
        }
        if let Some(found) = self.mapped(around, specifier) {
            return found;
        }
        if let Some(name) = libraries::of_script(specifier) {
            return Resolved::Library(name.to_owned());
        }
        if let Some(package) = specifier.strip_prefix("npm:").or_else(|| specifier.strip_prefix("jsr:")) {
            return outside(&without_version(package));
        }
        if specifier.contains("://") {
            return Resolved::Package { name: specifier.to_owned(), rest: String::new() };
        }
        if specifier.starts_with('#') {
            let targets = around.packages.iter().flat_map(|p| self.manifests.internal(p, specifier));
            return targets.into_iter().find_map(|t| self.there(&t)).unwrap_or_else(|| outside(specifier));
        }
        if let Some(rest) = specifier.strip_prefix('/') {
            let found = around.packages.iter().map(String::as_str).chain([""]).find_map(|p| self.there(&join(p, rest)?));
            return found.or_else(|| self.not_source(rest)).unwrap_or(Resolved::Missing);
        }
        if let Some(found) = self.by_convention(around, specifier) {
            return found;
        }
        let (name, rest) = split(specifier);
        let declared = around.packages.iter().any(|p| self.manifests.declares(p, name));
        if let Some(paths) = self.manifests.paths(name, rest) {
            let found = paths.iter().find_map(|p| self.there(p));
            // A repository may install what it publishes under its own name.
            if let Some(found) = found.or((!declared).then_some(Resolved::Missing)) {
                return found;
            }
        }
        // Some tools are told by their environment to look below the source folder.
        if !declared && !name.starts_with('@') {
            let folders = around.packages.iter().flat_map(|p| ["src", ""].map(|s| below(p, s)));
            if let Some(found) = folders.into_iter().find_map(|f| self.module(&below(&f, specifier))) {
                return Resolved::Module(found);
            }
        }
        Resolved::Package { name: name.to_owned(), rest: rest.to_owned() }
    }
    /// What the configurations of the compiler and of bundlers make of a name.
    fn mapped(&self, around: &Around, specifier: &str) -> Option<Resolved> {
        for config in &around.configs {
            if let Some(found) = config.paths(specifier).iter().find_map(|p| self.there(p)) {
                return Some(found);
            }
        }
        for alias in &around.aliases {
            let Some(rest) = specifier.strip_prefix(alias.name.as_str()) else { continue };
            let exact = rest.is_empty();
            if !exact && !rest.starts_with('/') && !alias.name.ends_with(['~', '@', '#', '$']) {
                continue;
            }
            let rest = rest.trim_start_matches('/');
            if let Some(package) = alias.target.strip_prefix("npm:").or_else(|| alias.target.strip_prefix("jsr:")) {
                let package = without_version(package);
                return Some(outside(&if exact { package } else { format!("{package}/{rest}") }));
            }
            if let Some(found) = self.there(&below(&alias.target, rest)) {
                return Some(found);
            }
        }
        // The library of the language wins over a folder of that name.
        if libraries::of_script(specifier).is_some() {
            return None;
        }
        around.configs.iter().find_map(|c| c.based(specifier)).and_then(|p| self.there(&p))
    }
    /// Names that frameworks give to an application's folders.
    fn by_convention(&self, around: &Around, specifier: &str) -> Option<Resolved> {
        let (head, rest) = specifier.split_once('/').unwrap_or((specifier, ""));
        let folders: &[&str] = match head {
            "@" | "~" | "@src" | "~src" => SOURCE_FOLDERS,
            "~~" | "@@" => &["", "app"],
            "$lib" => &["src/lib"],
            "@app" | "~app" if specifier.contains('/') => SOURCE_FOLDERS,
            "src" | "app" => {
                let found = around.packages.iter().find_map(|p| self.there(&below(p, specifier)));
                return found.or_else(|| self.there(specifier));
            }
            _ => return None,
        };
        let roots = around.packages.iter().map(String::as_str).chain([""]);
        let mut paths = roots.flat_map(|p| folders.iter().map(move |f| below(&below(p, f), rest)));
        let found = paths.find_map(|p| self.there(&p));
        // No package of npm has such a name.
        found.or_else(|| self.not_source(rest)).or_else(|| matches!(head, "@" | "~" | "@@" | "~~" | "$lib").then_some(Resolved::Missing))
    }
    /// What stands at a path that is meant to be in the tree.
    fn here(&self, path: &str) -> Resolved {
        self.there(path).or_else(|| self.not_source(path)).unwrap_or(Resolved::Missing)
    }
    /// What stands at a path, its extension written or not.
    fn there(&self, path: &str) -> Option<Resolved> {
        if path.contains("//") {
            return self.there(&join("", path)?);
        }
        self.module(path).map(Resolved::Module).or_else(|| self.file(path))
    }
    /// The module at a path, its extension written or not.
    fn module(&self, path: &str) -> Option<ModuleId> {
        if let Some(found) = self.known.module(path).or_else(|| self.by_stem.get(path).copied()) {
            return Some(found);
        }
        if let Some((stem, "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx")) = path.rsplit_once('.')
            && let Some(found) = self.by_stem.get(stem)
        {
            return Some(*found);
        }
        let index = below(path, "index");
        if let Some(found) = self.by_stem.get(index.as_str()) {
            return Some(*found);
        }
        if self.manifests.has(path) && !path.is_empty() {
            let entry = self.manifests.entry(path);
            return entry.iter().find_map(|p| self.known.module(p).or_else(|| self.by_stem.get(p.as_str()).copied()));
        }
        PLATFORMS.iter().find_map(|p| self.by_stem.get(format!("{path}.{p}").as_str())).copied()
    }
    /// A file of the tree that was not read as a module.
    fn file(&self, path: &str) -> Option<Resolved> {
        let library = self.known.library;
        let indexes = EXTENSIONS.iter().map(|e| format!("{path}/index.{e}"));
        let stem = path.rsplit_once('.').filter(|(_, e)| matches!(*e, "js" | "mjs" | "cjs" | "jsx")).map(|(stem, _)| stem);
        let typed = stem.into_iter().flat_map(|s| ["ts", "tsx", "d.ts"].map(|e| format!("{s}.{e}")));
        let extensions = EXTENSIONS.iter().chain(&["json", "d.ts"]).map(|e| format!("{path}.{e}"));
        let mut paths = std::iter::once(path.to_owned()).chain(extensions).chain(typed).chain(indexes);
        let held = paths.find_map(|p| library.get(&p))?;
        let path = held.path.clone();
        let source = matches!(held.format, Format::Source(_)) && Dialect::of(&path).is_some();
        Some(if source { Resolved::Unread(path) } else { Resolved::Asset(path) })
    }
    /// A path whose extension tells that no source is meant, whether it is in the tree or not: styles and pictures may be made by a build.
    fn not_source(&self, path: &str) -> Option<Resolved> {
        #[rustfmt::skip]
        const ASSETS: &[&str] = &[
            "css", "scss", "sass", "less", "styl", "pcss", "svg", "png", "jpg", "jpeg", "gif", "webp", "avif", "ico", "json", "json5", "jsonc", "yaml", "yml", "toml", "md",
            "mdx", "txt", "html", "htm", "woff", "woff2", "ttf", "otf", "eot", "mp3", "mp4", "webm", "wav", "ogg", "pdf", "wasm", "graphql", "gql", "glsl", "vert", "frag",
            "csv", "xml", "node", "lottie", "riv", "glb", "gltf", "hdr", "sql", "proto", "hbs", "ejs", "pug",
        ];
        let extension = path.rsplit_once('.')?.1;
        ASSETS.contains(&extension).then(|| Resolved::Asset(path.to_owned()))
    }
}

/// A package's name and the rest of the path within it.
pub(super) fn split(specifier: &str) -> (&str, &str) {
    let mut slashes = specifier.match_indices('/').map(|(at, _)| at);
    let end = if specifier.starts_with('@') { slashes.nth(1) } else { slashes.next() };
    end.map_or((specifier, ""), |at| (&specifier[..at], &specifier[at + 1..]))
}

fn outside(specifier: &str) -> Resolved {
    let (name, rest) = split(specifier);
    Resolved::Package { name: name.to_owned(), rest: rest.to_owned() }
}

/// `@scope/name@^1.2/path` without the version.
fn without_version(package: &str) -> String {
    let package = package.trim_start_matches('/');
    let from = usize::from(package.starts_with('@'));
    let Some(at) = package[from..].find('@').map(|at| at + from) else { return package.to_owned() };
    let rest = package[at..].find('/').map_or("", |slash| &package[at + slash..]);
    format!("{}{rest}", &package[..at])
}

fn is_below(folder: &str, above: &str) -> bool {
    above.is_empty() || folder.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
