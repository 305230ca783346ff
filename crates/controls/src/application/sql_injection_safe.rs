//! Is every query parameterised?

use plimsoll_base::{Evidence, Gap, Judgement, Location, Tally};
use plimsoll_model::code::{Call, CallRef, Code, Form, FunctionRef, Kind, Operator, Value};
use plimsoll_model::{Program, Service, System};

use super::composition::{Composition, Made};
use super::query_methods::{CLAUSES, CLIENTS, DRIVERS, FILTERED, FUNCTIONS, METHODS, RAW_METHODS, TEXTUAL, VERBS};
use super::{no_services, running, unseen};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "application/sql-injection-safe", page: include_str!("sql_injection_safe.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    let mut composition = Composition::new(system);
    for service in running(system) {
        judge(system, service, &mut composition, &mut tally);
    }
    tally.finish(|| no_services(system))
}

/// What the statements of a service are made of.
#[derive(Default)]
struct Found {
    safe: Vec<Location>,
    bad: Vec<(Location, String, Made)>,
}

fn judge(system: &System, service: &Service, composition: &mut Composition<'_>, tally: &mut Tally) {
    let name = &service.name;
    let subject = service.subject();
    let whether = format!("whether `{name}` binds the values of its queries");
    let Some(program) = system.program(service) else {
        tally.doubt(&subject, unseen(system, None, &whether));
        return;
    };
    let code = system.code();
    let found = statements(code, program, composition);
    let client = CLIENTS.iter().find_map(|c| program.imports(code, c).map(|at| (*c, at)));
    let declared = || {
        let folder = service.source_folder(system);
        let mut packages = service.packages(system);
        // A package around the folder says nothing of what the folder uses.
        packages.retain(|p| folder.as_ref().is_none_or(|f| p.folder.starts_with(f.as_str())));
        let dependency = packages
            .iter()
            .flat_map(|p| &p.dependencies)
            .find(|d| !d.dev && (CLIENTS.contains(&d.name.replace('-', "_").as_str()) || CLIENTS.contains(&d.name.as_str())));
        dependency.map(|d| d.at)
    };
    if client.is_none() && found.safe.is_empty() && found.bad.is_empty() {
        if !program.closed() {
            tally.doubt(&subject, unseen(system, Some(program), &whether));
        } else if let Some(at) = declared() {
            let mut question = unseen(system, None, &whether);
            question.missing =
                format!("{whether}: it declares a client of a database that no code it loads was seen to import ({})", system.path_at(at));
            tally.doubt(&subject, question);
        } else {
            tally.not_applicable(Evidence::noted(service.at, format!("`{name}` sends no query: it loads no client of a database")));
        }
        return;
    }
    for made in [Made::Requested, Made::Unclear, Made::Configured] {
        for (at, says, _) in found.bad.iter().filter(|(.., m)| *m == made).take(8) {
            let proof = Evidence::noted(*at, says.clone());
            let gap = match made {
                Made::Requested => {
                    Gap::new("request-in-query", format!("`{name}` puts what a request brings into the text of a query: {says}"), proof)
                        .so("whoever sends the request writes the query: reads, changes and deletes what they like")
                }
                Made::Unclear => Gap::new(
                    "unclear-text",
                    format!("`{name}` puts a query together from values that were not followed to their source: {says}"),
                    proof,
                )
                .so("if a value comes from outside, whoever sends it writes the query"),
                _ => Gap::new("chosen-text", format!("`{name}` puts settings or listed names into the text of a query: {says}"), proof)
                    .so("safe as long as nothing else reaches that text"),
            };
            tally.gap(&subject, gap);
        }
    }
    // One statement that a request writes is enough: what is bound elsewhere does not help.
    if found.bad.iter().any(|(.., m)| *m == Made::Requested) {
        return;
    }
    if let Some(at) = found.safe.first() {
        let says = format!(
            "{} of {} statements of `{name}` that are written as text are bound or constant",
            found.safe.len(),
            found.safe.len() + found.bad.len()
        );
        tally.met(&subject, Evidence::noted(*at, says));
    } else if let Some((client, at)) = client {
        let says = if found.bad.is_empty() { "and hands it no text of its own" } else { "which binds what it is handed as values" };
        tally.met(&subject, Evidence::noted(at, format!("`{name}` queries through `{client}`, {says}")));
    } else if let Some((at, says, _)) = found.bad.first() {
        tally.met(&subject, Evidence::noted(*at, format!("no value of a request was seen in `{says}`")));
    }
    if found.bad.is_empty() && !program.closed() {
        tally.doubt(&subject, unseen(system, Some(program), &whether));
    } else if found.bad.is_empty()
        && let Some((builder, at)) = TEXTUAL.iter().find_map(|c| program.imports(code, c).map(|at| (*c, at)))
    {
        let mut question = unseen(system, None, &whether);
        question.missing =
            format!("{whether}: not every method of `{builder}` that takes text or a filter is followed ({})", system.path_at(at));
        tally.doubt(&subject, question);
    }
}

/// Every statement that reached code hands on as text.
fn statements(code: &Code, program: &Program, composition: &mut Composition<'_>) -> Found {
    let mut found = Found::default();
    let driver = DRIVERS.iter().any(|d| program.imports(code, d).is_some());
    let documents = ["mongoose", "mongodb", "pymongo", "motor"].iter().any(|d| program.imports(code, d).is_some());
    for id in program.modules.keys() {
        let source = code.module(*id);
        if migrates(&source.path) {
            continue;
        }
        for (index, call) in (0..).zip(&source.module.calls) {
            let Some(method) = call.method() else { continue };
            let kind = if RAW_METHODS.contains(&method) {
                Sink::Raw
            } else if METHODS.contains(&method) {
                Sink::Method
            } else if matches!(method, "text" | "literal_column" | "RawSQL" | "SQL") {
                Sink::Function
            } else if documents && FILTERED.contains(&method) {
                Sink::Filter
            } else if method == "extra" {
                Sink::Extra
            } else if CLAUSES.contains(&method) {
                Sink::Clause
            } else {
                continue;
            };
            let at = CallRef { module: *id, call: plimsoll_model::code::CallId(index) };
            if call.form == Form::Element || !program.reaches(code, at) {
                continue;
            }
            statement(code, at, call, kind, driver, composition, &mut found);
        }
    }
    found
}

/// How a call takes a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sink {
    Raw,
    Method,
    Function,
    Filter,
    Extra,
    Clause,
}

fn statement(code: &Code, at: CallRef, call: &Call, kind: Sink, driver: bool, composition: &mut Composition<'_>, found: &mut Found) {
    let scope = FunctionRef { module: at.module, function: call.function };
    let name = code.callee(at).unwrap_or_default();
    let place = code.call_at(at);
    if call.form == Form::Tagged {
        // A tag binds what stands in its template; the plain template of `sql.raw` does not come here.
        if matches!(call.method(), Some("$queryRaw" | "$executeRaw" | "sql")) {
            found.safe.push(place);
        }
        return;
    }
    let wrapped = ["sql", "query", "text", "statement"].iter().find_map(|k| call.keyword(k));
    let given = match kind {
        Sink::Extra => call.keyword("where").or_else(|| call.keyword("select")),
        _ => wrapped.or_else(|| call.argument(0)),
    };
    let Some(given) = given else { return };
    if kind == Sink::Function && !FUNCTIONS.contains(&name) {
        return;
    }
    if kind == Sink::Clause {
        // Only what is visibly put together as text; objects and functions are the builder's own.
        let text = matches!(&given.kind, Kind::Template(_) | Kind::Binary(Operator::Add | Operator::Remainder, ..))
            && composition.opening(scope, given, 0).is_some();
        let made = if text { composition.made(scope, given) } else { Made::Written };
        if made > Made::Written {
            found.bad.push((place, shown(code, at), made));
        }
        return;
    }
    if kind == Sink::Filter {
        if filter_of_request(given) {
            found.bad.push((place, shown(code, at), Made::Requested));
        }
        return;
    }
    let opening = composition.opening(scope, given, 0).map(|t| t.trim_start().to_ascii_lowercase());
    let reads_as_query = opening.as_deref().is_some_and(|t| VERBS.iter().any(|v| t.starts_with(v)));
    let of_client = FUNCTIONS.contains(&name) || DRIVERS.iter().any(|d| name.strip_prefix(d).is_some_and(|r| r.starts_with(['.', '('])));
    let certain = kind != Sink::Method || of_client || reads_as_query;
    // A statement that is handed on as a name, in a program that loads a driver, is one whose text is not in sight.
    let likely = driver && matches!(call.method(), Some("execute" | "executemany" | "exec_driver_sql")) && opening.is_none();
    if !certain && !likely {
        return;
    }
    match composition.made(scope, given) {
        Made::Written => found.safe.push(place),
        // Builders' own statements are no text.
        Made::Unclear if !reads_as_query && kind == Sink::Method && !likely && !of_client => {}
        made => found.bad.push((place, shown(code, at), made)),
    }
}

/// Whether a filter is the body or the query of a request as a whole, so that operators can be sent in it.
fn filter_of_request(value: &Value) -> bool {
    let root = value.path().and_then(|p| p.first().map(|r| matches!(*r, "req" | "request" | "ctx")));
    matches!(&value.kind, Kind::Member(_, name) if matches!(name.as_str(), "body" | "query")) && root == Some(true)
        || value.entries().iter().any(|e| e.key.as_deref() == Some("$where") && !matches!(e.value.kind, Kind::Text(_) | Kind::Function(_)))
}

/// Migrations and seeds run with values of the repository alone.
fn migrates(path: &str) -> bool {
    path.split('/').any(|part| {
        let stem = part.split('.').next().unwrap_or(part);
        matches!(stem, "migrations" | "alembic" | "seeds" | "seeders" | "seed" | "migrate" | "versions")
    })
}

/// The call's beginning, as it is written.
fn shown(code: &Code, at: CallRef) -> String {
    let call = code.call(at);
    call.path().map_or_else(|| format!("{}(…)", call.method().unwrap_or("query")), |p| format!("{}(…)", p.join(".")))
}
