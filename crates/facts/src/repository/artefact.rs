//! Files that runs, builds and desktops leave behind, told by their paths.

use plimsoll_base::FileId;
use plimsoll_discover::{Format, Role};

use crate::library::{Held, Library};
use crate::repository::{Artefact, ArtefactKind};

/// Whether bytes are a plan that Terraform or OpenTofu saved: an archive with the plan and the state in it.
pub(crate) fn is_plan(bytes: &[u8]) -> bool {
    let holds = |name: &[u8]| memchr::memmem::find(bytes, name).is_some();
    bytes.starts_with(b"PK\x03\x04") && holds(b"tfplan") && holds(b"tfstate")
}

/// Artefacts that are tracked, or of which nothing tells whether they are. `plans` are files that hold a saved plan, by their bytes.
pub(crate) fn artefacts(library: &Library, plans: &[FileId]) -> Vec<Artefact> {
    library
        .files()
        .iter()
        .filter(|f| f.tracked != Some(false))
        .filter_map(|f| kind_of(f, plans).map(|kind| Artefact { file: f.id, path: f.path.clone(), kind }))
        .collect()
}

fn kind_of(file: &Held, plans: &[FileId]) -> Option<ArtefactKind> {
    let name = file.name().to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, e)| e);
    let folders: Vec<String> = file.folder().split('/').map(str::to_ascii_lowercase).collect();
    let within = |names: &[&str]| folders.iter().any(|f| names.contains(&f.as_str()));
    // Tests and examples hold such files on purpose.
    if matches!(file.role, Role::Test | Role::Fixture | Role::Example | Role::Vendored) {
        return None;
    }
    if name.ends_with(".tfstate") || name.contains(".tfstate.") {
        return Some(ArtefactKind::State);
    }
    if plans.binary_search(&file.id).is_ok() || name == "tfplan" || extension == "tfplan" || name == "plan.out" || name == "plan.tfout" {
        return Some(ArtefactKind::Plan);
    }
    if file.format == Format::Log || extension == "log" || name == "nohup.out" || name.starts_with("npm-debug.log") {
        return Some(ArtefactKind::Log);
    }
    if extension == "pid" {
        return Some(ArtefactKind::Pid);
    }
    if matches!(name.as_str(), ".ds_store" | "thumbs.db" | "desktop.ini") || matches!(extension, "swp" | "swo") {
        return Some(ArtefactKind::Desktop);
    }
    if file.role == Role::Backup {
        return Some(ArtefactKind::Copy);
    }
    if file.format == Format::KeyMaterial
        || matches!(extension, "p12" | "pfx" | "jks" | "keystore")
        || name.starts_with("id_rsa")
        || name.starts_with("id_ed25519")
    {
        let public = matches!(extension, "crt" | "cer" | "pub" | "csr");
        return (!public).then_some(ArtefactKind::Key);
    }
    if matches!(extension, "sqlite" | "sqlite3" | "db" | "rdb" | "mdb" | "ldf" | "mdf")
        || name.ends_with(".db-wal")
        || name.ends_with(".db-shm")
    {
        return Some(ArtefactKind::Data);
    }
    if within(&["chroma_db", "chroma", "chromadb", "faiss_index", "qdrant_storage", "pgdata", "mysql-data", "redis-data", "vectorstore"])
        && matches!(file.format, Format::Binary | Format::Other)
    {
        return Some(ArtefactKind::Data);
    }
    if within(&["uploads", "upload"])
        && matches!(file.format, Format::Image | Format::Archive | Format::Binary)
        && !within(&["public", "static", "assets", "src"])
    {
        return Some(ArtefactKind::Runtime);
    }
    let output = within(&["dist", "build", "out", ".next", "coverage", "htmlcov", "target", "__pycache__"]);
    if matches!(extension, "pyc" | "pyo" | "class" | "o" | "obj" | "tsbuildinfo" | "war") {
        return Some(ArtefactKind::BuildOutput);
    }
    if output && (file.role == Role::Generated || matches!(file.format, Format::Archive | Format::Binary)) && !name.ends_with("wrapper.jar")
    {
        return Some(ArtefactKind::BuildOutput);
    }
    None
}
