//! Modules whose names only the run tells: everything in the folder that the code names is taken to be loaded.

use plimsoll_base::Location;
use plimsoll_facts::code::{Call, CallId, Dialect, Kind, Module, ModuleId, Piece, Value};
use plimsoll_facts::{folder_of, join};

use super::Walk;
use crate::program::entry::below;

/// Follows the calls of a module's function that load or list modules.
pub(super) fn follow(walk: &mut Walk<'_>, module: ModuleId, calls: &[CallId]) {
    let source = walk.code.module(module);
    let of = |id: &CallId| source.module.call(*id);
    let mut folders: Vec<String> = Vec::new();
    let mut unknown: Option<&Call> = None;
    for call in calls.iter().filter_map(of) {
        let method = call.method().unwrap_or_default();
        let first = call.argument(0);
        match method {
            "getattr" => {
                if call.argument(1).is_some_and(|a| a.text().is_none()) {
                    walk.any_method(module);
                }
            }
            "require" | "import" | "import_module" | "__import__" => {
                let Some(value) = first.filter(|v| v.text().is_none()) else { continue };
                match folder(&source.module, &source.path, source.dialect, value, walk, module) {
                    Some(found) => folders.push(found),
                    None => unknown = Some(call),
                }
            }
            "glob" | "context" if call.path().is_some_and(|p| p.first() == Some(&"import") || p.first() == Some(&"require")) => {
                for text in first.into_iter().flat_map(Value::walk).filter_map(Value::text) {
                    let fixed = text.split('*').next().unwrap_or(text);
                    folders.extend(relative(&source.path, fixed));
                }
            }
            _ => {
                let dir = call.arguments.iter().find_map(|a| a.value.get("dir").or_else(|| a.value.get("path")));
                let loader =
                    call.arguments.iter().any(|a| super::mention::is_autoload(&a.value)) || super::mention::is_autoload(&call.callee);
                if loader && let Some(dir) = dir {
                    folders.extend(texts(&source.module, dir).and_then(|t| relative(&source.path, &t)));
                }
            }
        }
    }
    if let Some(call) = unknown.filter(|_| folders.is_empty()) {
        // The names come from a listing of a folder.
        let listing = |c: &&Call| {
            let glob = || {
                c.receiver()
                    .is_some_and(|r| matches!(&r.kind, Kind::Name(n) if matches!(n.as_str(), "glob" | "fg" | "globby" | "fastGlob")))
            };
            match c.method() {
                Some(
                    "readdirSync" | "readdir" | "globSync" | "listdir" | "iter_modules" | "walk_packages" | "glob" | "globby" | "iterdir"
                    | "rglob",
                ) => true,
                Some("sync") => glob(),
                _ => false,
            }
        };
        let listed: Vec<&Call> = source.module.calls.iter().filter(listing).collect();
        for list in &listed {
            let named = list
                .argument(0)
                .and_then(|a| texts(&source.module, a))
                .and_then(|t| relative(&source.path, t.split('*').next().unwrap_or(&t)));
            folders.push(named.unwrap_or_else(|| folder_of(&source.path).to_owned()));
        }
        if listed.is_empty() {
            walk.computed.push((module, Location::at(source.file, call.at)));
        }
    }
    let mut nothing = true;
    for folder in folders.iter().filter(|f| !f.is_empty()) {
        // What is joined to a folder that only the run knows may be meant from the root.
        let own = folder_of(&source.path);
        let inner = folder.strip_prefix(own).map(|f| f.trim_start_matches('/')).filter(|f| !f.is_empty());
        let root = walk.root.to_owned();
        let found = load_below(walk, module, folder) || inner.and_then(|i| join(&root, i)).is_some_and(|f| load_below(walk, module, &f));
        nothing &= !found;
    }
    if let Some(call) = unknown.filter(|_| nothing && !folders.is_empty()) {
        walk.computed.push((module, Location::at(source.file, call.at)));
    }
}

/// Loads every module below a folder; tells whether there is any.
pub(super) fn load_below(walk: &mut Walk<'_>, by: ModuleId, folder: &str) -> bool {
    let python = walk.code.module(by).dialect == Dialect::Python;
    let found: Vec<ModuleId> = walk
        .code
        .modules()
        .filter(|(id, m)| *id != by && below(&m.path, folder) && (m.dialect == Dialect::Python) == python)
        .map(|(id, _)| id)
        .collect();
    for id in &found {
        walk.load(*id, by);
        walk.need_all(*id);
    }
    !found.is_empty()
}

/// Modules that a pattern of files matches: `dist/**/*.entity{.ts,.js}`, `./commands/*.js`.
pub(super) fn pattern(walk: &mut Walk<'_>, by: ModuleId, text: &str) {
    if ![".ts", ".js", "{ts", "{js", ".mjs", ".vue"].iter().any(|e| text.contains(e)) || text.contains(' ') || text.starts_with('!') {
        return;
    }
    let tail = text.rsplit('/').next().unwrap_or(text);
    let infix = tail.rsplit('*').next().unwrap_or_default();
    let infix = infix.split(['{', ',']).next().unwrap_or_default();
    let infix = infix.trim_end_matches(".ts").trim_end_matches(".js").trim_end_matches('.');
    let folder = text
        .split('*')
        .next()
        .unwrap_or_default()
        .trim_end_matches('/')
        .rsplit('/')
        .find(|p| !matches!(*p, "" | "." | ".." | "dist" | "build"));
    let root = walk.root.to_owned();
    let matches = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        let inside = folder.is_some_and(|f| folder_of(path).split('/').any(|p| p == f));
        if infix.is_empty() {
            inside
        } else {
            name.contains(&format!("{infix}.")) && (folder.is_none_or(|f| f == "src" || f == "app") || inside)
        }
    };
    let found: Vec<ModuleId> = walk
        .code
        .modules()
        .filter(|(id, m)| *id != by && below(&m.path, &root) && m.dialect != Dialect::Python && matches(&m.path))
        .map(|(id, _)| id)
        .collect();
    for id in found {
        walk.load(id, by);
        walk.need_all(id);
    }
}

/// The folder in which a module with a computed name lies, as far as its fixed beginning tells.
fn folder(module: &Module, path: &str, dialect: Dialect, value: &Value, walk: &Walk<'_>, by: ModuleId) -> Option<String> {
    let fixed = texts(module, value)?;
    if dialect != Dialect::Python {
        return relative(path, &fixed);
    }
    let package = fixed.trim_end_matches(|c: char| c != '.').trim_end_matches('.');
    if package.is_empty() {
        // `f"{__name__}.{x}"`, `"." + name`.
        return Some(folder_of(path).to_owned()).filter(|f| !f.is_empty());
    }
    let (found, _) = walk.python_module(by, package.trim_start_matches('.'))?;
    let path = &walk.code.module(found).path;
    Some(path.strip_suffix(".py").map_or(path.as_str(), |p| p.strip_suffix("/__init__").unwrap_or(p)).to_owned())
}

/// The fixed beginning of a text that is put together; the joined parts of a path.
fn texts(module: &Module, value: &Value) -> Option<String> {
    match &value.kind {
        Kind::Text(text) => Some(text.to_string()),
        Kind::Template(pieces) => match pieces.as_slice() {
            [Piece::Text(text), ..] => Some(text.to_string()),
            [Piece::Value(first), rest @ ..] => {
                let own = matches!(&first.kind, Kind::Name(n) if matches!(n.as_str(), "__dirname" | "__name__" | "__package__"));
                let next = rest.first().and_then(|p| if let Piece::Text(t) = p { Some(t.trim_start_matches('/')) } else { None });
                own.then(|| next.unwrap_or_default().to_owned()).map(|t| if t.is_empty() { "./".to_owned() } else { format!("./{t}") })
            }
            [] => None,
        },
        Kind::Binary(_, left, _) => texts(module, left),
        Kind::Name(name) if matches!(name.as_str(), "__dirname" | "__name__" | "__package__" | "__path__") => Some("./".to_owned()),
        Kind::Name(name) => {
            // A constant of the module: `const commandsPath = path.join(__dirname, 'commands')`.
            let assigned = module.assignments.iter().find(|a| matches!(&a.target, plimsoll_facts::code::Target::Name(n) if n == name))?;
            if matches!(assigned.value.kind, Kind::Name(_)) { None } else { texts(module, &assigned.value) }
        }
        Kind::Call(id) => {
            let call = module.call(*id)?;
            if !matches!(call.method(), Some("join" | "resolve" | "dirname" | "Path" | "pathToFileURL" | "fileURLToPath")) {
                return None;
            }
            let fixed: Vec<&str> = call.arguments.iter().filter_map(|a| a.value.text()).collect();
            let own = call.argument(0).is_some_and(|a| matches!(&a.kind, Kind::Name(n) if n == "__dirname"));
            if fixed.is_empty() {
                let first = call.argument(0)?;
                return if own {
                    Some("./".to_owned())
                } else if matches!(first.kind, Kind::Call(_)) {
                    None
                } else {
                    texts(module, first)
                };
            }
            Some(format!("./{}/", fixed.join("/")))
        }
        _ => None,
    }
}

/// A folder written relative to a module's file.
fn relative(path: &str, fixed: &str) -> Option<String> {
    let folder = if fixed.ends_with('/') { fixed } else { folder_of(fixed) };
    if fixed.starts_with('.') {
        return join(folder_of(path), folder);
    }
    let inner = folder.strip_prefix("@/").or_else(|| folder.strip_prefix("~/")).or_else(|| folder.strip_prefix('/'))?;
    // An alias for the folder of the sources.
    let base = path.find("src/").map(|i| &path[..i + 3]).unwrap_or_default();
    join(base, inner)
}
