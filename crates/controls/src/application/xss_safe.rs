//! Is untrusted content never emitted as markup?

use plimsoll_base::{Evidence, Gap, Judgement, Location, Tally};
use plimsoll_model::code::{Call, CallId, CallRef, Code, Form, FunctionRef, Kind, Target, Value};
use plimsoll_model::{Program, Service, System};

use super::composition::{Composition, Made};
use super::{no_services, running, unseen};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "application/xss-safe", page: include_str!("xss_safe.md"), check };

/// Frameworks that escape what they put into pages.
const ESCAPING: &[&str] = &[
    "react",
    "react-dom",
    "next",
    "vue",
    "nuxt",
    "svelte",
    "@sveltejs/kit",
    "@angular/core",
    "preact",
    "solid-js",
    "astro",
    "jinja2",
    "django",
    "flask",
    "remix",
    "@remix-run/react",
    "ejs",
    "pug",
    "handlebars",
];
/// What takes the danger out of markup.
const SANITISERS: &[&str] = &[
    "dompurify",
    "isomorphic-dompurify",
    "sanitize-html",
    "xss",
    "bleach",
    "nh3",
    "markupsafe.escape",
    "html.escape",
    "django.utils.html",
    "escape-html",
    "he.",
    "JSON.stringify",
];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let mut composition = Composition::new(system);
    for service in running(system) {
        judge(system, service, &mut composition, &mut tally);
    }
    tally.finish(|| no_services(system))
}

fn judge(system: &System, service: &Service, composition: &mut Composition<'_>, tally: &mut Tally) {
    let name = &service.name;
    let subject = service.subject();
    let code = system.code();
    let whether = format!("whether `{name}` emits untrusted content as markup");
    let Some(program) = system.program(service) else {
        tally.doubt(&subject, unseen(system, None, &whether));
        return;
    };
    let sinks = sinks(code, program, composition);
    let escapes = ESCAPING.iter().find_map(|f| program.imports(code, f).map(|at| (*f, at))).or_else(|| component(code, program));
    let bad: Vec<&(Location, String, Made)> = sinks.iter().filter(|(.., made)| *made >= Made::Unclear).collect();
    if bad.is_empty() && escapes.is_none() && sinks.is_empty() {
        let packages = service.packages(system);
        // A framework of pages that is declared and not seen to be loaded: its pages may have been missed.
        let declared = packages.iter().flat_map(|p| &p.dependencies).any(|d| !d.dev && ESCAPING.contains(&d.name.as_str()));
        if program.closed() && !declared {
            tally.not_applicable(Evidence::noted(
                service.at,
                format!("`{name}` makes no pages: no framework of pages and no markup in its code"),
            ));
        } else {
            tally.doubt(&subject, unseen(system, Some(program), &whether));
        }
        return;
    }
    for (at, says, made) in bad.iter().take(12) {
        let proof = Evidence::noted(*at, says.clone());
        let gap = if *made == Made::Requested {
            Gap::new("request-as-markup", format!("`{name}` emits what a request brings as markup: {says}"), proof)
                .so("whoever makes a link that others follow runs scripts in their session")
        } else {
            Gap::new("raw-markup", format!("`{name}` emits content as markup whose source was not followed: {says}"), proof)
                .so("if people or a model can write that content, they run scripts in other people's sessions")
        };
        tally.gap(&subject, gap);
    }
    if bad.iter().any(|(.., made)| *made == Made::Requested) {
        return;
    }
    if let Some((framework, at)) = escapes {
        let says = if bad.is_empty() { "and no markup passes it by" } else { "which escapes the rest" };
        tally.met(&subject, Evidence::noted(at, format!("`{name}` makes its pages with {framework}, {says}")));
    } else if let Some((at, says, _)) = sinks.first() {
        tally.met(&subject, Evidence::noted(*at, format!("no value of a request was seen in {says}")));
    }
    if bad.is_empty() && !program.closed() {
        tally.doubt(&subject, unseen(system, Some(program), &whether));
    }
}

/// A component whose syntax escapes: a file of Svelte, Vue or Astro.
fn component(code: &Code, program: &Program) -> Option<(&'static str, Location)> {
    program.modules.keys().find_map(|id| {
        let source = code.module(*id);
        let framework = match source.path.rsplit('.').next()? {
            "svelte" => "Svelte",
            "vue" => "Vue",
            "astro" => "Astro",
            "tsx" | "jsx" => "JSX",
            _ => return None,
        };
        Some((framework, code.location(*id, source.module.functions.first()?.at)))
    })
}

/// Every place where loaded code emits markup as it is, with what it is made of.
fn sinks(code: &Code, program: &Program, composition: &mut Composition<'_>) -> Vec<(Location, String, Made)> {
    let mut found = Vec::new();
    for id in program.modules.keys() {
        let module = &code.module(*id).module;
        for (index, call) in (0..).zip(&module.calls) {
            let at = CallRef { module: *id, call: CallId(index) };
            let Some((value, says)) = emitted(code, at, call) else { continue };
            if !program.reaches(code, at) {
                continue;
            }
            let scope = FunctionRef { module: *id, function: call.function };
            found.push((code.call_at(at), says, made(code, scope, value, composition)));
        }
        for assignment in &module.assignments {
            let Target::Place(place) = &assignment.target else { continue };
            let Kind::Member(_, name) = &place.kind else { continue };
            let scope = FunctionRef { module: *id, function: assignment.function };
            if matches!(name.as_str(), "innerHTML" | "outerHTML" | "srcdoc") && program.runs(scope) {
                found.push((code.location(*id, assignment.at), name.to_string(), made(code, scope, &assignment.value, composition)));
            }
        }
    }
    found
}

/// The markup that a call emits as it is.
fn emitted<'c>(code: &Code, at: CallRef, call: &'c Call) -> Option<(&'c Value, String)> {
    if call.form == Form::Element {
        let raw = call.keyword("dangerouslySetInnerHTML");
        if let Some(raw) = raw {
            return Some((raw.get("__html").unwrap_or(raw), "dangerouslySetInnerHTML".into()));
        }
        return match &call.callee.kind {
            Kind::Name(name) if matches!(name.as_str(), "v-html" | "@html") || name.contains("@html") => {
                Some((call.keyword("value").or_else(|| call.argument(0))?, name.to_string()))
            }
            _ => None,
        };
    }
    let method = call.method()?;
    let value = match method {
        "insertAdjacentHTML" => call.argument(1)?,
        "write" | "writeln" if call.receiver().is_some_and(|r| r.is("document")) => call.argument(0)?,
        "mark_safe" | "Markup" | "SafeString" => {
            let name = code.callee(at)?;
            let known = ["django.utils.safestring.", "markupsafe.", "flask.Markup", "jinja2."].iter().any(|k| name.starts_with(k));
            call.argument(0).filter(|_| known)?
        }
        "HTMLResponse" | "HttpResponse" => call.argument(0).filter(|v| !matches!(v.kind, Kind::Text(_) | Kind::Call(_)))?,
        "render_template_string" => call.argument(0)?,
        "bypassSecurityTrustHtml" => call.argument(0)?,
        _ => return None,
    };
    Some((value, format!("{method}(…)")))
}

/// What markup is made of; what a sanitiser gives is safe.
fn made(code: &Code, scope: FunctionRef, value: &Value, composition: &mut Composition<'_>) -> Made {
    let clean = |v: &Value| match v.kind {
        Kind::Call(id) => {
            code.callee(CallRef { module: scope.module, call: id }).is_some_and(|name| SANITISERS.iter().any(|s| name.starts_with(s)))
        }
        _ => false,
    };
    let written = code.written(scope.module, scope.function, value).map(|(.., v)| v);
    let result = match code.origin(scope.module, scope.function, value).base {
        plimsoll_model::code::Base::Result(call) => code.callee(call).is_some_and(|name| SANITISERS.iter().any(|s| name.starts_with(s))),
        _ => false,
    };
    if clean(value) || written.is_some_and(clean) || result {
        return Made::Written;
    }
    composition.made(scope, value)
}
