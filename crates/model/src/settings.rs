//! Which files and which variables belong to a service's own source.

use plimsoll_facts::container::Runtime;
use plimsoll_facts::folder_of;
use plimsoll_facts::repository::EnvRead;

use crate::service::Service;
use crate::system::System;

impl Service {
    /// The folder of its source: what its image is built from, else the folder of the manifest that starts it. None for what is not of this repository.
    pub fn source_root(&self, system: &System) -> Option<String> {
        if !self.owned() {
            return None;
        }
        let definition = self.image_definition(system).map(|d| d.folder.as_str());
        let packaged = |folder: &str| system.packages().iter().any(|p| p.product && p.folder == folder);
        let folder = self.source_folder(system).map(|context| match definition {
            // A workspace is sent whole and built from one member's folder: that member is what runs. A folder named for the image
            // keeps the Dockerfile and its scripts; what runs lies above it.
            Some(inner)
                if inner.len() > context.len()
                    && below(inner, &context)
                    && system.sources().iter().any(|s| below(&s.path, inner))
                    && (packaged(inner) || !for_images(inner)) =>
            {
                inner.to_owned()
            }
            _ => context,
        });
        let here = || folder_of(system.path_at(self.at)).to_owned();
        folder.or_else(|| match self.runtime {
            Runtime::Process => Some(here()),
            // Several that one file starts have folders of their own, which the file does not tell.
            Runtime::Platform if system.owned().count() == 1 => Some(here()),
            _ => None,
        })
    }

    /// Folders below its source that are the source of other services.
    fn others_below(&self, system: &System, root: &str) -> Vec<String> {
        let roots = system.owned().filter(|s| s.name != self.name).filter_map(|s| s.source_root(system));
        roots.filter(|other| other.len() > root.len() && below(other, root)).collect()
    }

    /// The variables that its own source reads, in the order of the files.
    pub fn env_reads<'a>(&self, system: &'a System) -> Vec<&'a EnvRead> {
        let Some(root) = self.source_root(system) else { return Vec::new() };
        let others = self.others_below(system, &root);
        system.env_reads().iter().filter(|r| below(&r.path, &root) && !others.iter().any(|o| below(&r.path, o))).collect()
    }

    /// Whether a file is part of its own source.
    pub fn owns_file(&self, system: &System, path: &str) -> bool {
        let Some(root) = self.source_root(system) else { return false };
        below(path, &root) && !self.others_below(system, &root).iter().any(|o| below(path, o))
    }
}

/// Whether a folder is named for the building of images and not for what is built.
fn for_images(folder: &str) -> bool {
    matches!(
        folder.rsplit('/').next(),
        Some("docker" | ".docker" | "container" | "containers" | "deploy" | "deployment" | "build" | "infra" | "packaging" | "ops" | "ci")
    )
}

fn below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
