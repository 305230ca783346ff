//! Terragrunt in outline: which module a folder runs, and where its state is kept.

use std::collections::BTreeSet;

use plimsoll_base::{Location, Sourced};
use plimsoll_syntax::hcl::{Block, Body, Expr, hcl};

use crate::iac::root::{Backend, Declared, IacRoot, IacTool};
use crate::infrastructure::Property;
use crate::library::{Held, Library, folder_of, join};

/// Includes are followed this far.
const MAX_INCLUDES: usize = 4;

/// Gives roots the state that Terragrunt declares for them. A folder that runs a module of the tree is a root of its own, with what the module
/// declares; the module is then only a module.
pub(super) fn read(library: &Library, roots: &mut Vec<IacRoot>, called: &mut BTreeSet<String>) {
    let mut added: Vec<IacRoot> = Vec::new();
    for held in library.files().iter().filter(|f| f.product() && f.name() == "terragrunt.hcl" && f.bytes.is_some()) {
        let body = parsed(held);
        let source = body.block("terraform").and_then(|t| t.body.get("source")).map(|s| (s, text_of(s, held)));
        let backend = remote_state(library, held, &body, 0);
        match source {
            Some((expr, text)) => {
                let target = text.as_deref().and_then(|t| local(library, held, t));
                let mut root = match target.as_ref().and_then(|t| roots.iter().find(|r| r.folder == *t)) {
                    Some(module) => {
                        called.insert(module.folder.clone());
                        let mut root = module.clone();
                        root.files.insert(0, held.id);
                        held.folder().clone_into(&mut root.folder);
                        root
                    }
                    None => {
                        let mut root = IacRoot::new(held.folder(), IacTool::Terraform);
                        root.files.push(held.id);
                        let says = text.unwrap_or_else(|| "a source that is decided elsewhere".to_owned());
                        root.unread_modules.push(Sourced::new(says, Location::at(held.id, expr.span)));
                        root
                    }
                };
                if backend.is_some() {
                    root.state.backend = backend;
                }
                root.backend = root.state.backend.as_ref().map(|b| Sourced::new(b.kind.clone(), b.at));
                added.push(root);
            }
            None => {
                if let (Some(backend), Some(root)) = (backend, roots.iter_mut().find(|r| r.folder == held.folder())) {
                    root.backend = Some(Sourced::new(backend.kind.clone(), backend.at));
                    root.state.backend = Some(backend);
                }
            }
        }
    }
    roots.retain(|r| added.iter().all(|a| a.folder != r.folder));
    roots.extend(added);
    roots.sort_by(|a, b| a.folder.cmp(&b.folder));
}

fn parsed(held: &Held) -> Body {
    held.bytes.as_deref().map(|b| hcl(b).value).unwrap_or_default()
}

/// An expression's text; insertions stay as they are written.
fn text_of(expr: &Expr, held: &Held) -> Option<String> {
    match expr.as_str() {
        Some(text) => Some(text.to_owned()),
        None => held.text().get(expr.span.range()).map(|t| t.trim_matches('"').to_owned()),
    }
}

/// The folder of the tree that a source means. Functions that lead up the tree are taken by what follows them.
fn local(library: &Library, held: &Held, source: &str) -> Option<String> {
    if source.contains("://") || source.starts_with("git@") || source.starts_with("tfr:") {
        return None;
    }
    let tail = source.rsplit('}').next().unwrap_or(source).trim_start_matches('/').replace("//", "/");
    if source.starts_with('.') {
        return join(held.folder(), &tail).filter(|p| library.has_folder(p));
    }
    source.starts_with("${").then_some(())?;
    let mut folder = held.folder();
    loop {
        if let Some(path) = join(folder, &tail).filter(|p| !p.is_empty() && p != held.folder() && library.has_folder(p)) {
            return Some(path);
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder_of(folder);
    }
}

/// `remote_state` of a file or of what it includes.
fn remote_state(library: &Library, held: &Held, body: &Body, depth: usize) -> Option<Backend> {
    if let Some(block) = body.block("remote_state") {
        let kind = block.body.get("backend").and_then(|b| b.as_str()).unwrap_or("a backend that is decided elsewhere");
        let mut settings = Vec::new();
        for (name, value) in block.body.get("config").map(Expr::entries).unwrap_or_default() {
            let Some(name) = name.scalar() else { continue };
            let at = Location::at(held.id, value.span);
            settings.push((
                name.to_owned(),
                match value.scalar() {
                    Some(text) => Property::stated(text.to_owned(), at, format!("{name} = {text}")),
                    None => Property::unresolved(at, text_of(value, held).unwrap_or_default()),
                },
            ));
        }
        return Some(Backend {
            kind: kind.to_owned(),
            at: Location::at(held.id, block.head),
            declared: Declared::Terragrunt,
            settings,
            given: Vec::new(),
            open: false,
            versioned: None,
        });
    }
    if depth >= MAX_INCLUDES {
        return None;
    }
    let above = body.blocks("include").find_map(|include| included(library, held, include))?;
    remote_state(library, above, &parsed(above), depth + 1)
}

/// The file that an `include` means: a path, or the nearest above.
fn included<'l>(library: &'l Library, held: &Held, include: &Block) -> Option<&'l Held> {
    let path = include.body.get("path")?;
    let text = text_of(path, held)?;
    if let Some(plain) = path.as_str() {
        return library.resolve(held.folder(), plain);
    }
    let named = text.split('"').find(|p| p.ends_with(".hcl")).unwrap_or("terragrunt.hcl").rsplit('/').next()?.to_owned();
    let mut folder = held.folder();
    while !folder.is_empty() {
        folder = folder_of(folder);
        let found = [named.as_str(), "root.hcl", "terragrunt.hcl"].iter().find_map(|n| library.resolve(folder, n));
        if found.is_some() {
            return found;
        }
    }
    None
}
