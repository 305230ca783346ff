//! From what a build writes back to the source it was built from: `dist/main.js` to `src/main.ts`.

use plimsoll_facts::code::ModuleId;
use plimsoll_facts::packages::{Ecosystem, Package};
use plimsoll_facts::{folder_of, join};

use crate::system::System;

/// Extensions that are tried for a path whose extension a build or the loader chose.
pub(super) const EXTENSIONS: &[&str] = &["ts", "tsx", "js", "jsx", "mts", "mjs", "cts", "cjs"];
/// Folders that builds write to.
const OUTPUT: &[&str] =
    &["dist", "build", "out", "lib", "bundle", "prod", "compiled", "output", ".build", "target", "release", "dist-server", "server"];
/// Names of the one file that a bundler or a package starts with.
const STARTS: &[&str] = &["index", "main", "server", "app", "bundle", "start", "www"];
/// Configurations of TypeScript that say where the compiler writes.
const CONFIGURATIONS: &[&str] =
    &["tsconfig.build.json", "tsconfig.json", "tsconfig.prod.json", "tsconfig.server.json", "tsconfig.app.json", "tsconfig.node.json"];

/// The package for Node in whose folder, or below it, a path lies.
pub(super) fn package_of<'s>(system: &'s System, path: &str) -> Option<&'s Package> {
    let mut folder = folder_of(path);
    loop {
        if let Some(package) = system.packages().iter().find(|p| p.ecosystem == Ecosystem::Npm && p.folder == folder) {
            return Some(package);
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder_of(folder);
    }
}

/// The module at a path, as Node would look for it: with an extension added or changed to that of the source, or the `index` of a folder.
pub(super) fn module_at(system: &System, path: &str) -> Option<ModuleId> {
    let code = system.code();
    if let Some(found) = code.at_path(path) {
        return Some(found);
    }
    let stem = match path.rsplit_once('.') {
        Some((stem, extension)) if EXTENSIONS.contains(&extension) => stem,
        _ => path,
    };
    let beside = EXTENSIONS.iter().find_map(|e| code.at_path(&format!("{stem}.{e}")));
    beside.or_else(|| EXTENSIONS.iter().find_map(|e| code.at_path(&join(stem, &format!("index.{e}"))?)))
}

/// The module from which a build wrote a file; none where nothing tells.
pub(super) fn source_of(system: &System, path: &str) -> Option<ModuleId> {
    let package = package_of(system, path)?;
    let relative = if package.folder.is_empty() { path } else { path.strip_prefix(&package.folder)?.strip_prefix('/')? };
    let (stem, extension) = relative.rsplit_once('.').unwrap_or((relative, ""));
    let stem = if EXTENSIONS.contains(&extension) { stem } else { relative };
    let try_all = |stems: &[String]| stems.iter().find_map(|s| module_at(system, &join(&package.folder, s)?));
    // What TypeScript's own configuration says.
    for name in CONFIGURATIONS {
        let Some((output, root)) = compiled(system, &package.folder, name, 0) else { continue };
        let Some(rest) = stem.strip_prefix(output.as_str()).and_then(|r| r.strip_prefix('/')) else { continue };
        let stems = [within(root.as_deref().unwrap_or(""), rest), within("src", rest), rest.to_owned()];
        if let Some(found) = try_all(&stems) {
            return Some(found);
        }
    }
    // The folder that a build wrote to may lie in a member's folder that has no manifest of its own.
    let parts: Vec<&str> = stem.split('/').collect();
    let place = parts.iter().take(parts.len() - 1).position(|p| OUTPUT.contains(p));
    let written = place.is_some();
    let inner = place.map(|i| parts[..i].join("/")).unwrap_or_default();
    let after = place.map(|i| parts[i + 1..].join("/"));
    let rest = after.as_deref().unwrap_or(stem);
    // What the package's scripts hand to a compiler or bundler, by its name.
    let name = rest.rsplit('/').next().unwrap_or(rest);
    let named = scripted(package);
    let handed = |alike: bool| {
        named.iter().filter(|p| !alike || p.rsplit('/').next().and_then(|f| f.split('.').next()) == Some(name)).find_map(|p| {
            let path = join(&package.folder, p)?;
            module_at(system, &path)
        })
    };
    if let Some(found) = handed(true) {
        return Some(found);
    }
    if !written {
        return None;
    }
    let source = nested(system, &package.folder);
    let mut stems =
        vec![within(&source, rest), within("src", rest), rest.to_owned(), within("server", rest), within("app", rest), within("lib", rest)];
    // Workspaces of Nest and Nx: `dist/apps/api/main` is built from `apps/api/src/main`.
    if let Some((folder, file)) = rest.rsplit_once('/') {
        stems.push(format!("{folder}/src/{file}"));
        stems.push(format!("apps/{folder}/src/{file}"));
        // The common folder of the inputs is left out, or kept where another input lies beside it.
        stems.push(rest.split_once('/').map_or(rest, |(_, r)| r).to_owned());
        stems.push(within("src", rest.split_once('/').map_or(rest, |(_, r)| r)));
    }
    if !inner.is_empty() {
        stems = stems.iter().map(|s| within(&inner, s)).chain(stems.iter().cloned()).collect();
    }
    let exact = try_all(&stems);
    if exact.is_some() || !STARTS.contains(&name) {
        return exact;
    }
    handed(false).or_else(|| {
        let starts = ["src", "", "server", "src/server"].iter().flat_map(|f| STARTS.iter().map(|n| within(f, n)));
        try_all(&starts.map(|s| within(&inner, &s)).collect::<Vec<_>>())
    })
}

fn within(folder: &str, rest: &str) -> String {
    join(folder, rest).unwrap_or_else(|| rest.to_owned())
}

/// Where TypeScript writes and what it leaves out of the path, both below the package's folder.
fn compiled(system: &System, folder: &str, name: &str, depth: usize) -> Option<(String, Option<String>)> {
    let file = system.file(&join(folder, name)?)?;
    let root = file.root()?;
    let text = |key: &str| root.path(&["compilerOptions", key]).and_then(|n| n.as_str()).and_then(|p| join("", p));
    let own = text("outDir");
    let base = || {
        let from = root.get("extends").and_then(|e| e.scalars().first().and_then(|s| s.as_str()))?;
        let from = if from.ends_with(".json") { from.to_owned() } else { format!("{from}.json") };
        if depth > 4 || !from.starts_with('.') { None } else { compiled(system, file.folder(), &from, depth + 1) }
    };
    match own {
        Some(output) => Some((output, text("rootDir"))),
        None => base().map(|(output, root)| (output, text("rootDir").or(root))),
    }
}

/// The folder of sources that Nest's configuration names.
fn nested(system: &System, folder: &str) -> String {
    let file = join(folder, "nest-cli.json").and_then(|p| system.file(&p));
    let root = file.and_then(|f| f.root());
    root.and_then(|r| r.get("sourceRoot")).and_then(|n| n.as_str()).unwrap_or("src").trim_end_matches('/').to_owned()
}

/// The sources that a package's scripts name: `esbuild src/server.ts --outfile=dist/server.js`, `tsup src/index.ts`.
fn scripted(package: &Package) -> Vec<String> {
    let building = |name: &str| !["test", "lint", "format", "dev", "e2e", "storybook"].iter().any(|w| name.contains(w));
    let mut found = Vec::new();
    for (_, script) in package.scripts.iter().filter(|(name, _)| building(name)) {
        for word in script.value.split_whitespace() {
            let word = word.trim_matches(['"', '\'']);
            let path = word.rsplit('=').next().unwrap_or(word);
            let source = EXTENSIONS.iter().any(|e| path.strip_suffix(e).is_some_and(|p| p.ends_with('.')));
            if source
                && !path.starts_with('-')
                && !path.contains('*')
                && !OUTPUT.iter().any(|o| path.trim_start_matches("./").starts_with(&format!("{o}/")))
            {
                found.extend(join("", path));
            }
        }
    }
    found
}
