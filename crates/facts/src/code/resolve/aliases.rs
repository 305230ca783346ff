//! Names that a bundler's configuration gives to folders, as far as they are written out.

use plimsoll_source::{Kind, Module, Piece, Value};
use plimsoll_syntax::Node;

use super::Known;
use crate::library::join;

/// Values that are looked at in one configuration.
const MAX_VALUES: usize = 20_000;

/// A name and the path that it stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Alias {
    /// The folder in which it holds.
    pub(super) folder: String,
    /// The name, without a slash at its end.
    pub(super) name: String,
    /// The path from the root of the tree, or `npm:` and a package.
    pub(super) target: String,
}

/// Every alias of the tree.
pub(super) fn aliases(known: &Known) -> Vec<Alias> {
    let mut found = Vec::new();
    for source in known.modules.iter().filter(|m| is_configuration(&m.path)) {
        let folder = crate::folder_of(&source.path);
        for (name, path) in in_module(&source.module) {
            let name = name.trim_start_matches('^').trim_end_matches('$').trim_end_matches("/*").trim_end_matches('/').to_owned();
            let Some(target) = join(folder, path.trim_start_matches('/').trim_end_matches("/*")) else { continue };
            if !name.is_empty() && name != "." && (known.library.exists(&target) || target == folder) {
                found.push(Alias { folder: folder.to_owned(), name, target });
            }
        }
    }
    for file in known.library.files() {
        let table = match file.name() {
            "package.json" => "_moduleAliases",
            "deno.json" | "deno.jsonc" | "import_map.json" => "imports",
            _ => continue,
        };
        for entry in file.root().and_then(|r| r.get(table)).map(Node::entries).unwrap_or_default() {
            let Some(to) = entry.value.as_str() else { continue };
            let outside = to.starts_with("npm:") || to.starts_with("jsr:");
            let target = if outside { Some(to.to_owned()) } else { join(file.folder(), to).filter(|_| !to.contains("://")) };
            let name = entry.key.trim_end_matches('/').to_owned();
            found.extend(target.map(|target| Alias { folder: file.folder().to_owned(), name, target }));
        }
    }
    // The longest name counts where several fit.
    found.sort_by(|a, b| (b.name.len(), &a.name, &a.folder).cmp(&(a.name.len(), &b.name, &b.folder)));
    found
}

fn is_configuration(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.contains(".config.") || name.contains("webpack") || name.contains("config-overrides") || name.starts_with("vite.")
}

/// The names and paths under every key `alias` of a configuration.
fn in_module(module: &Module) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let calls = module.calls.iter().flat_map(|c| &c.arguments).map(|a| &a.value);
    let others = module.assignments.iter().map(|a| &a.value).chain(module.exports.iter().map(|e| &e.value));
    let returned = module.outcomes.iter().filter_map(|o| o.value.as_ref());
    let mut left = MAX_VALUES;
    for value in calls.chain(others).chain(returned) {
        let within = value.walk();
        left = left.saturating_sub(within.len());
        if left == 0 {
            break;
        }
        let objects = within.iter().filter_map(|v| v.get("alias"));
        objects.for_each(|alias| pairs(module, alias, &mut found));
    }
    found
}

fn pairs(module: &Module, alias: &Value, found: &mut Vec<(String, String)>) {
    for entry in alias.entries() {
        if let (Some(name), Some(path)) = (&entry.key, path_of(module, &entry.value)) {
            found.push((name.to_string(), path));
        }
    }
    for item in alias.list().unwrap_or_default() {
        let name = item.get("find").and_then(|v| match &v.kind {
            Kind::Text(text) | Kind::Pattern(text) => Some(text.to_string()),
            _ => None,
        });
        if let (Some(name), Some(path)) = (name, item.get("replacement").and_then(|r| path_of(module, r))) {
            found.push((name, path));
        }
    }
}

/// The path that is written in a value: `"./src"`, `path.resolve(__dirname, "src", "lib")`, `fileURLToPath(new URL("./src", import.meta.url))`.
fn path_of(module: &Module, value: &Value) -> Option<String> {
    let mut parts = Vec::new();
    texts(module, value, 4, &mut parts);
    (!parts.is_empty()).then(|| parts.join("/"))
}

fn texts(module: &Module, value: &Value, depth: u32, parts: &mut Vec<String>) {
    if depth == 0 {
        return;
    }
    match &value.kind {
        Kind::Text(text) => parts.push(text.trim_start_matches('/').to_owned()),
        Kind::Template(pieces) => {
            let literal = pieces.iter().filter_map(|p| if let Piece::Text(t) = p { Some(t.trim_matches('/')) } else { None });
            parts.extend(literal.map(str::to_owned));
        }
        Kind::Call(id) => {
            let arguments = module.call(*id).map(|c| c.arguments.as_slice()).unwrap_or_default();
            arguments.iter().for_each(|a| texts(module, &a.value, depth - 1, parts));
        }
        Kind::Member(of, _) => texts(module, of, depth - 1, parts),
        Kind::Binary(_, left, right) => {
            texts(module, left, depth - 1, parts);
            texts(module, right, depth - 1, parts);
        }
        _ => {}
    }
}
