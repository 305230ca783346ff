//! Ansible: folders with playbooks.

use plimsoll_discover::Format;
use plimsoll_syntax::Node;

use super::root::{IacRoot, IacTool};
use crate::library::Library;

/// Folders that hold playbooks.
pub(super) fn read(library: &Library) -> Vec<IacRoot> {
    let mut roots: Vec<IacRoot> = Vec::new();
    for held in library.files().iter().filter(|f| f.product() && f.format == Format::Yaml && f.documents.iter().any(is_playbook)) {
        match roots.iter_mut().find(|r| r.folder == held.folder()) {
            Some(root) => root.files.push(held.id),
            None => roots.push(IacRoot { files: vec![held.id], ..IacRoot::new(held.folder(), IacTool::Ansible) }),
        }
    }
    roots
}

fn is_playbook(node: &Node) -> bool {
    !node.items().is_empty()
        && node.items().iter().all(|play| {
            play.get("import_playbook").is_some()
                || play.get("hosts").is_some()
                    && ["tasks", "roles", "pre_tasks", "post_tasks", "handlers"].iter().any(|k| play.get(k).is_some())
        })
}
