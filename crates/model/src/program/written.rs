//! Files that reached code writes while it runs, and where they lie in production (rules G3 and G4).

use plimsoll_base::Location;
use plimsoll_facts::code::{Base, CallRef, Code, Dialect, FunctionId, FunctionRef, Kind, Operator, Piece, Target, Value};
use plimsoll_facts::container::Runtime;
use plimsoll_facts::{folder_of, join};

use super::{Answer, Asked, Program};
use crate::datastore::{Lies, lies};
use crate::service::Service;
use crate::system::System;

/// A file that reached code writes and leaves.
#[derive(Clone, Debug)]
pub struct WrittenFile {
    /// Where it is written.
    pub at: Location,
    /// What writes it: `fs.writeFile`.
    pub writer: String,
    /// The path, as far as it is known: the file, or the folder of a name that the run makes. Relative to the folder in which the process starts.
    pub path: Option<String>,
    /// Where it lies.
    pub lies: Lies,
}

/// Calls that write files: the canonical name, the place of the path among the arguments, its keyword.
#[rustfmt::skip]
const WRITERS: &[(&str, usize, &str)] = &[
    ("fs.writeFile", 0, ""), ("fs.writeFileSync", 0, ""), ("fs.appendFile", 0, ""), ("fs.appendFileSync", 0, ""), ("fs.createWriteStream", 0, ""),
    ("fs.promises.writeFile", 0, ""), ("fs.promises.appendFile", 0, ""), ("fs/promises.writeFile", 0, ""), ("fs/promises.appendFile", 0, ""),
    ("fs-extra.writeFile", 0, ""), ("fs-extra.writeFileSync", 0, ""), ("fs-extra.outputFile", 0, ""), ("fs-extra.writeJson", 0, ""),
    ("fs-extra.writeJSON", 0, ""), ("fs-extra.outputJson", 0, ""), ("Bun.write", 0, ""), ("multer", 9, "dest"), ("lowdb/node.JSONFile", 0, ""),
    ("formidable", 9, "uploadDir"), ("@seald-io/nedb", 9, "filename"),
    ("chromadb.PersistentClient", 0, "path"), ("langchain_chroma.Chroma", 9, "persist_directory"),
    ("langchain_community.vectorstores.Chroma", 9, "persist_directory"), ("langchain.vectorstores.Chroma", 9, "persist_directory"),
    ("qdrant_client.QdrantClient", 9, "path"), ("lancedb.connect", 0, "uri"), ("faiss.write_index", 1, "fname"), ("tinydb.TinyDB", 0, "path"),
    ("shelve.open", 0, "filename"), ("shutil.copy", 1, "dst"), ("shutil.copyfile", 1, "dst"), ("shutil.move", 1, "dst"),
];

/// Calls that open files, which the mode tells to be written.
const OPENERS: &[&str] = &["open", "io.open", "aiofiles.open"];

/// Calls that remove files: what the same function writes and removes does not stay.
#[rustfmt::skip]
const REMOVERS: &[&str] = &[
    "os.remove", "os.unlink", "shutil.rmtree", "fs.unlink", "fs.unlinkSync", "fs.promises.unlink", "fs/promises.unlink", "fs.rm", "fs.rmSync",
    "fs.promises.rm", "fs/promises.rm", "fs-extra.remove", "fs-extra.unlink", "pathlib.Path().unlink",
];

/// Parts of paths of what can be made again, or is told of elsewhere.
#[rustfmt::skip]
const MADE_AGAIN: &[&str] = &["cache", ".cache", "__pycache__", "logs", "log", "node_modules", "dist", "build", ".next", "coverage", "tmp", "temp", "models", "static"];

impl System {
    /// The files that the reached code of a service writes and leaves, in the order of files and text. What goes to the folder for passing files, what the
    /// function itself removes, caches and logs are left out.
    pub fn written_files(&self, service: &Service) -> Vec<WrittenFile> {
        let Some(program) = self.program(service) else { return Vec::new() };
        let code = self.code();
        let writer = Writer { system: self, service, program };
        let removing: Vec<FunctionRef> = program.calls(code, REMOVERS).into_iter().map(|at| scope(code, at)).collect();
        let mut found = Vec::new();
        let mut add = |at: CallRef, name: &str, value: Option<(&Value, FunctionRef)>| {
            let told = value.and_then(|(v, s)| writer.path(v, s, 0));
            let removed = removing.contains(&scope(code, at));
            if !removed && !told.as_ref().is_some_and(|t| t.scratch()) {
                found.push(writer.file(code.call_at(at), name, told));
            }
        };
        for (name, place, keyword) in WRITERS {
            for at in program.calls(code, &[name]) {
                let call = code.call(at);
                let value = call.keyword(keyword).or_else(|| call.argument(*place));
                // A client of a server, and options without a folder, write nothing here.
                if value.is_some() {
                    add(at, name, value.map(|v| (v, scope(code, at))));
                }
            }
        }
        for at in program.calls(code, OPENERS) {
            let call = code.call(at);
            let mode = call.keyword("mode").or_else(|| call.argument(1)).and_then(Value::text).unwrap_or("r");
            if code.module(at.module).dialect == Dialect::Python && mode.contains(['w', 'a', 'x', '+']) {
                add(at, "open", call.argument(0).map(|v| (v, scope(code, at))));
            }
        }
        for at in program.calls(code, &["pathlib.Path().write_text", "pathlib.Path().write_bytes"]) {
            let call = code.call(at);
            add(at, "write_bytes", call.receiver().map(|v| (v, scope(code, at))));
        }
        for (name, calls) in code.names_from("sharp()").filter(|(n, _)| n.ends_with(".toFile")) {
            for at in calls.iter().copied().filter(|at| program.reaches(code, *at)) {
                add(at, name, code.call(at).argument(0).map(|v| (v, scope(code, at))));
            }
        }
        for at in program.calls(code, &["multer.diskStorage"]) {
            let Some(folder) = code.call(at).keyword("destination") else { continue };
            let inner = scope(code, at);
            match code.function_of(inner.module, inner.function, folder) {
                // `(req, file, done) => done(null, "uploads")`.
                Some(function) => {
                    let module = &code.module(function.module).module;
                    let done = module.calls.iter().find(|c| c.function == function.function && c.arguments.len() == 2);
                    add(at, "multer.diskStorage", done.and_then(|c| Some((c.argument(1)?, function))));
                }
                None => add(at, "multer.diskStorage", Some((folder, inner))),
            }
        }
        found.extend(writer.media());
        found.sort_by_key(|f| f.at);
        found
    }
}

fn scope(code: &Code, at: CallRef) -> FunctionRef {
    FunctionRef { module: at.module, function: code.call(at).function }
}

/// What is known of a path.
#[derive(Clone, Debug, Default)]
struct Told {
    /// What is known of it from its beginning on.
    text: String,
    /// Whether that is all of it.
    whole: bool,
    /// Whether it lies in the folder for passing files.
    passing: bool,
}

impl Told {
    fn scratch(&self) -> bool {
        let passing = ["/tmp", "/var/tmp", "/dev/"].iter().any(|p| self.text.starts_with(p));
        let made = self.text.split('/').any(|part| MADE_AGAIN.contains(&part.to_ascii_lowercase().as_str()));
        // A folder for what people send is kept wherever it lies.
        let sent = ["upload", "media", "avatar", "attachment"].iter().any(|w| self.text.to_ascii_lowercase().contains(w));
        self.passing || passing || made && !sent || self.text.ends_with(".log")
    }
}

struct Writer<'a> {
    system: &'a System,
    service: &'a Service,
    program: &'a Program,
}

impl Writer<'_> {
    fn file(&self, at: Location, writer: &str, told: Option<Told>) -> WrittenFile {
        let told = told.filter(|t| !t.text.is_empty() && (t.whole || t.text != "."));
        let whole = told.as_ref().is_some_and(|t| t.whole);
        let path = told.map(|t| t.text);
        let deeper = |path: &str| self.service.mounts.iter().any(|m| m.target.contains(path.trim_start_matches("./").trim_matches('/')));
        let lies = match &path {
            None => Lies::Unknown,
            // What the run adds to it may lead into a volume.
            Some(path) if !whole && deeper(path) && lies(self.system, self.service, Some(path)) == Lies::Layer => Lies::Unknown,
            // Below a folder of whoever started it, wherever that is.
            Some(_) if self.service.runtime == Runtime::Process => Lies::Unknown,
            Some(path) => lies(self.system, self.service, Some(path)),
        };
        WrittenFile { at, writer: writer.to_owned(), path, lies }
    }
    /// A path as far as it is known from its beginning.
    fn path(&self, value: &Value, scope: FunctionRef, depth: u8) -> Option<Told> {
        if depth > 12 {
            return None;
        }
        let code = self.system.code();
        match self.system.answer(self.service, Asked { value, scope }) {
            Answer::Text(text, _) => return Some(Told { text, whole: true, passing: false }),
            Answer::Variable { .. } => return None,
            _ => {}
        }
        match &value.kind {
            Kind::Template(pieces) => {
                let parts = pieces.iter().map(|piece| match piece {
                    Piece::Text(text) => Some(Told { text: text.to_string(), whole: true, passing: false }),
                    Piece::Value(value) => self.path(value, scope, depth + 1),
                });
                return joined(parts, "");
            }
            Kind::Binary(Operator::Divide, left, right) => {
                return joined([left, right].into_iter().map(|v| self.path(v, scope, depth + 1)), "/");
            }
            Kind::Binary(Operator::Add, left, right) => {
                return joined([left, right].into_iter().map(|v| self.path(v, scope, depth + 1)), "");
            }
            // What the variable says was looked at above; where it is not set, the other holds.
            Kind::Binary(Operator::Or | Operator::Default, _, right) => return self.path(right, scope, depth + 1),
            Kind::Name(name) if matches!(name.as_str(), "__dirname" | "__file__" | "__filename") => return Some(self.own_folder(scope)),
            Kind::Call(call) => return self.called(CallRef { module: scope.module, call: *call }, depth),
            _ => {}
        }
        let origin = code.origin(scope.module, scope.function, value);
        if !origin.members.is_empty() {
            return None;
        }
        match origin.base {
            Base::Result(at) => self.called(at, depth),
            Base::Written(module, function, written) if *written != *value => {
                self.path(&written, FunctionRef { module, function }, depth + 1)
            }
            Base::Parameter(function, index) => {
                let default = code.function(function).parameters.get(index as usize)?.default.as_ref()?;
                self.path(default, function, depth + 1)
            }
            _ => None,
        }
    }
    /// The folder of a module, as it lies below the folder of the source.
    fn own_folder(&self, scope: FunctionRef) -> Told {
        let path = &self.system.code().module(scope.module).path;
        let root = &self.program.root;
        let inner = if root.is_empty() {
            path.as_str()
        } else {
            path.strip_prefix(root.as_str()).map_or(path.as_str(), |p| p.trim_start_matches('/'))
        };
        let folder = folder_of(inner);
        Told { text: if folder.is_empty() { ".".into() } else { folder.to_owned() }, whole: true, passing: false }
    }
    /// What a call gives that joins or names paths.
    fn called(&self, at: CallRef, depth: u8) -> Option<Told> {
        let code = self.system.code();
        let call = code.call(at);
        let inner = scope(code, at);
        let arguments = || call.arguments.iter().map(|a| self.path(&a.value, inner, depth + 1));
        let name = code.callee(at).unwrap_or_default();
        match name {
            "path.join" | "path.resolve" | "os.path.join" | "path.posix.join" | "pathlib.Path" | "pathlib.PurePath" => {
                joined(arguments(), "/")
            }
            "os.path.abspath" | "os.path.realpath" | "path.normalize" | "str" | "os.fspath" | "String" | "url.fileURLToPath" => {
                arguments().next()?
            }
            "process.cwd" | "os.getcwd" | "pathlib.Path.cwd" => Some(Told { text: ".".into(), whole: true, passing: false }),
            "os.path.dirname" | "path.dirname" => {
                let told = arguments().next()??;
                // The folder of the module itself is given for its file.
                let own = call.argument(0).is_some_and(|v| v.is("__file__"));
                Some(if own { told } else { Told { text: folder_of(&told.text).to_owned(), ..told } })
            }
            "os.tmpdir" | "tempfile.gettempdir" | "tempfile.mkdtemp" | "fs.mkdtempSync" | "fs.promises.mkdtemp" | "fs/promises.mkdtemp" => {
                Some(Told { passing: true, ..Told::default() })
            }
            _ if name.starts_with("tempfile.") || name.starts_with("tmp.") => Some(Told { passing: true, ..Told::default() }),
            // `Path(x).resolve()`, `(folder / name).as_posix()`.
            _ if matches!(call.method(), Some("resolve" | "absolute" | "as_posix" | "expanduser" | "joinpath")) => {
                let of = self.path(call.receiver()?, inner, depth + 1);
                joined(std::iter::once(of).chain(arguments()), "/")
            }
            _ => None,
        }
    }
    /// Files that Django's models keep on the disk.
    fn media(&self) -> Option<WrittenFile> {
        let code = self.system.code();
        let settings = self.program.settings?;
        let fields = self.program.calls(code, &["django.db.models.FileField", "django.db.models.ImageField"]);
        let field = *fields.first()?;
        let module = &code.module(settings).module;
        let elsewhere = module.assignments.iter().any(|a| {
            let named = matches!(&a.target, Target::Name(n) if matches!(n.as_str(), "DEFAULT_FILE_STORAGE" | "STORAGES"));
            named && a.value.walk().iter().filter_map(|v| v.text()).any(|t| !t.starts_with("django."))
        });
        let inherits = module.imports.iter().any(|i| i.local.as_deref() == Some("*"));
        if elsewhere || inherits || self.program.imports(code, "storages").is_some() {
            return None;
        }
        let root = module.assignments.iter().rev().find(|a| matches!(&a.target, Target::Name(n) if n.as_str() == "MEDIA_ROOT"));
        let told = root.and_then(|a| self.path(&a.value, FunctionRef { module: settings, function: FunctionId::BODY }, 0));
        Some(self.file(code.call_at(field), "django.db.models.FileField", told))
    }
}

/// Pieces of a path up to the first that is not known. A later absolute piece begins anew.
fn joined(parts: impl Iterator<Item = Option<Told>>, by: &str) -> Option<Told> {
    let mut found: Option<Told> = None;
    for part in parts {
        let Some(part) = part else {
            return found.map(|f| Told { whole: false, ..f });
        };
        found = Some(match found {
            None => part,
            Some(_) if by == "/" && part.text.starts_with('/') => part,
            Some(before) => {
                let text = match by {
                    "/" if before.text == "." => part.text,
                    "/" => join(&before.text, &part.text)
                        .map(|p| if before.text.starts_with('/') { format!("/{}", p.trim_start_matches('/')) } else { p })
                        .unwrap_or(before.text),
                    _ => before.text + &part.text,
                };
                Told { text, whole: before.whole && part.whole, passing: before.passing || part.passing }
            }
        });
        if found.as_ref().is_some_and(|f| !f.whole) {
            break;
        }
    }
    found
}
