//! Source code to one small tree that all languages share: imports, functions, calls with their arguments, assignments, conditions.
//!
//! A [`Module`] is what one file says, lowered from the syntax tree of its own language and far smaller than it. Reading never fails and
//! never panics: what no parser could read is an issue, and the part before it is kept.
//!
//! Absent on purpose: other files, frameworks, good and bad. This room knows what a call is, not what Express is.

mod module;
mod python;
mod script;
mod value;

pub use module::{
    Assignment, Branch, BranchId, Call, CallId, Catch, Class, ClassId, Declared, Export, Form, Function, FunctionId, Import, ImportKind,
    Module, Outcome, OutcomeKind, Parameter, Target, When,
};
pub use value::{Argument, Entry, Kind, Operator, Piece, Value};

use plimsoll_syntax::{Parsed, guard};

/// Short text: names, paths of modules, literals. Up to 24 bytes live without an allocation.
pub type Text = compact_str::CompactString;

/// The largest source that is read; beyond it a file is generated or data. Source: the largest hand-written files of the trees measured are below 600 KB.
pub const MAX_BYTES: usize = 1024 * 1024;

/// Whether a text is minified: the output of a tool, not what anyone wrote. Such a text is read as an empty module without an issue, so ask first.
pub fn is_minified(text: &str) -> bool {
    script::is_minified(text)
}

/// How a file is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// `.js`, `.mjs`, `.cjs`, `.jsx`: JavaScript, markup allowed.
    JavaScript,
    /// `.ts`, `.mts`, `.cts`: TypeScript without markup.
    TypeScript,
    /// `.tsx`: TypeScript with markup.
    Tsx,
    /// `.vue`: script blocks and the template's directives.
    Vue,
    /// `.svelte`: script blocks and the markup's tags.
    Svelte,
    /// `.astro`: the front matter, script blocks and expressions.
    Astro,
    /// `.py`.
    Python,
}

impl Dialect {
    /// The dialect that a path's extension tells; none where this version has no reader for it.
    pub fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        if name.ends_with(".d.ts") || name.ends_with(".d.mts") || name.ends_with(".d.cts") {
            return None;
        }
        match name.rsplit_once('.')?.1 {
            "js" | "mjs" | "cjs" | "jsx" => Some(Self::JavaScript),
            "ts" | "mts" | "cts" => Some(Self::TypeScript),
            "tsx" => Some(Self::Tsx),
            "vue" => Some(Self::Vue),
            "svelte" => Some(Self::Svelte),
            "astro" => Some(Self::Astro),
            "py" => Some(Self::Python),
            _ => None,
        }
    }
}

/// Reads one file. An issue says that the file, or its part after a syntax error, was not read: absence in it proves nothing.
pub fn read(dialect: Dialect, text: &str) -> Parsed<Module> {
    if text.len() > MAX_BYTES {
        let says = format!("larger than {MAX_BYTES} bytes: not read as source");
        return Parsed { value: Module::default(), issues: vec![plimsoll_syntax::Issue { span: None, says }] };
    }
    match dialect {
        Dialect::Python => match guard(text.as_bytes()) {
            Ok(()) => python::read(text),
            Err(issue) => Parsed { value: Module::default(), issues: vec![issue] },
        },
        // Brackets of scripts cannot be counted without reading them: their reader sees to its stack itself.
        _ => script::read(dialect, text),
    }
}
