//! Small applications, and what is wired in them.

mod conventions;
mod express;
mod nest;
mod others;
mod next;
mod svelte;
mod tasks;

use plimsoll_base::FileId;
use plimsoll_discover::Language;

use crate::code::framework::wiring;
use crate::code::{Code, Dialect, Guard, ReadModule, Route, Wiring};
use crate::library::{Held, Library};

/// The code of some files, and what is wired in it.
fn wired(files: &[(&str, &str)]) -> (Code, Wiring) {
    let held = files.iter().map(|(path, _)| Held::source(path, Language::JavaScript)).collect();
    let read = files.iter().zip(0..).map(|((path, text), index)| {
        let dialect = Dialect::of(path).unwrap();
        let parsed = plimsoll_source::read(dialect, text);
        assert_eq!(parsed.issues, [], "{path}");
        ReadModule { file: FileId(index), path: (*path).to_owned(), dialect, module: parsed.value, partly_read: false }
    });
    let code = Code::new(read.collect(), &Library::new(held), &[]);
    let wiring = wiring(&code);
    (code, wiring)
}

/// Routes as lines: method, path, handler, guards, and whether they are mounted.
fn routes(files: &[(&str, &str)]) -> Vec<String> {
    let (code, wiring) = wired(files);
    wiring.routes.iter().map(|r| route(&code, r)).collect()
}

fn route(code: &Code, route: &Route) -> String {
    let handler = route.handler.map_or("-".to_owned(), |f| code.function(f).name.to_string());
    let class = route.class.map_or(String::new(), |c| format!("{}.", code.class(c).name));
    let mounted = if route.mounted { "" } else { " unmounted" };
    format!("{:?} {} {class}{handler} [{}]{mounted}", route.method, route.path.as_deref().unwrap_or("?"), names(&route.guards))
}

fn names(guards: &[Guard]) -> String {
    guards.iter().map(|g| g.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Middleware as lines.
fn mounted(wiring: &Wiring) -> Vec<String> {
    let line = |m: &crate::code::Mounted| {
        let prefix = m.prefix.as_deref().map_or(String::new(), |p| format!(" below {p}"));
        format!("{}{prefix}{}", m.guard.name, if m.application { "" } else { " on a router" })
    };
    wiring.mounted.iter().map(line).collect()
}
