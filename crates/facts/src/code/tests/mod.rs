//! Small systems and what their names stand for.

mod hostile;
mod names;
mod origins;
mod resolution;

use plimsoll_base::FileId;
use plimsoll_discover::{Format, Role};
use plimsoll_syntax::{JsonFlavour, json};

use super::{Code, Dialect, ModuleId, ReadModule, Resolved};
use crate::library::{Held, Library};

/// The code of a system whose files are given by path and text.
pub(crate) fn code(files: &[(&str, &str)]) -> Code {
    let mut files = files.to_vec();
    files.sort_by_key(|(path, _)| *path);
    let mut held = Vec::new();
    let mut read = Vec::new();
    for ((path, text), id) in files.iter().zip(0..) {
        let format = Format::of(path);
        let role = Role::of(path, format);
        let documents = match format {
            Format::Json | Format::JsonWithComments => vec![json(text.as_bytes(), JsonFlavour::Comments).value],
            Format::Toml => vec![plimsoll_syntax::toml(text.as_bytes()).value],
            _ => Vec::new(),
        };
        held.push(Held {
            id: FileId(id),
            path: (*path).to_owned(),
            format,
            role,
            size: text.len() as u64,
            tracked: None,
            ignored: false,
            bytes: Some(text.as_bytes().into()),
            documents,
            commands: std::sync::OnceLock::new(),
        });
        let Some(dialect) = Dialect::of(path).filter(|_| role == Role::Product) else { continue };
        let parsed = plimsoll_source::read(dialect, text);
        let partly_read = !parsed.issues.is_empty();
        read.push(ReadModule { file: FileId(id), path: (*path).to_owned(), dialect, module: parsed.value, partly_read });
    }
    let library = Library::new(held);
    let packages = crate::packages::read(&library, &mut Vec::new());
    Code::new(read, &library, &packages)
}

fn at(code: &Code, path: &str) -> ModuleId {
    code.at_path(path).unwrap_or_else(|| panic!("{path} was not read"))
}

/// All canonical names that are called, in their order.
fn called(files: &[(&str, &str)]) -> Vec<String> {
    code(files).names().map(|(name, _)| name.to_owned()).collect()
}

/// Where each import of a file leads, in a few words.
fn leads(files: &[(&str, &str)], path: &str) -> Vec<String> {
    let code = code(files);
    let source = code.module(at(&code, path));
    let say = |resolved: &Resolved| match resolved {
        Resolved::Module(id) => code.module(*id).path.clone(),
        Resolved::Package { name, rest } if rest.is_empty() => format!("package {name}"),
        Resolved::Package { name, rest } => format!("package {name} {rest}"),
        Resolved::Library(name) => format!("library {name}"),
        Resolved::Asset(path) => format!("asset {path}"),
        Resolved::Unread(path) => format!("unread {path}"),
        Resolved::Missing => "missing".to_owned(),
    };
    source.imports.iter().map(say).collect()
}
