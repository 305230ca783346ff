//! Does a process that is told to stop finish its work first?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Tally};
use plimsoll_model::code::{CallRef, Code, FunctionRef};
use plimsoll_model::dockerfile::Command;
use plimsoll_model::{Program, Service, ServiceKind, StartCommand, System};

use super::{no_services, running, unseen};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "application/graceful-shutdown", page: include_str!("graceful_shutdown.md"), check };

/// Servers and workers that finish their work on SIGTERM by themselves.
const DRAIN: &[&str] = &[
    "uvicorn",
    "gunicorn",
    "hypercorn",
    "granian",
    "fastapi",
    "waitress-serve",
    "uwsgi",
    "celery",
    "rq",
    "dramatiq",
    "arq",
    "huey_consumer",
    "puma",
    "sidekiq",
    "unicorn",
    "next",
    "nuxt",
    "streamlit",
    "nginx",
    "caddy",
    "docker-php-entrypoint",
    "apache2-foreground",
    "supervisord",
];
/// Packages of Node whose calls close the server on SIGTERM.
const CLOSERS: &[&str] = &[
    "http-terminator",
    "@godaddy/terminus",
    "close-with-grace",
    "http-graceful-shutdown",
    "fastify-graceful-shutdown",
    "lightship",
    "stoppable",
    "node-graceful-shutdown",
    "@fastify/close-with-grace",
    "http-shutdown",
    "express-graceful-exit",
];

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in running(system) {
        let name = &service.name;
        if !service.long_running() {
            tally.not_applicable(Evidence::noted(service.at, format!("`{name}` does not keep running")));
        } else if functions_only(system, service) {
            tally.not_applicable(Evidence::noted(service.at, format!("the platform runs `{name}` as functions")));
        } else {
            judge(system, service, &mut tally);
        }
    }
    tally.finish(|| no_services(system))
}

/// Whether a platform runs the service's code per request.
fn functions_only(system: &System, service: &Service) -> bool {
    let platform = system.platforms().iter().find(|p| p.workloads.iter().any(|w| w.at == service.at)).map_or("", |p| p.platform);
    matches!(platform, "vercel" | "netlify" | "cloudflare" | "github-pages" | "firebase") || service.kind == ServiceKind::Function
}

fn judge(system: &System, service: &Service, tally: &mut Tally) {
    let name = &service.name;
    let subject = service.subject();
    let commands = service.start(system);
    let Some(last) = commands.iter().rfind(|c| !c.command.in_function && !c.command.substituted && !c.command.words.is_empty()) else {
        let question = Question::new(format!("how `{name}` stops: what starts it was not found"), "state its start command");
        tally.doubt(&subject, question);
        return;
    };
    match drains(system, service, last) {
        Drains::Itself(at, says) => tally.met(&subject, Evidence::seen(at, says, Grade::Active)),
        Drains::AtOnce(at) => {
            tally.met(&subject, Evidence::seen(at, format!("`{name}` listens for SIGTERM"), Grade::Active));
            let gap = Gap::new(
                "ends-at-once",
                format!("`{name}` ends at once on SIGTERM, without closing what it serves"),
                Evidence::noted(at, "ends the process"),
            );
            tally.gap(&subject, gap.so("requests in progress are cut off with every deployment"));
        }
        Drains::Development(at, what) => {
            let gap = Gap::new(
                "no-handler",
                format!("`{name}` runs {what}, which drops its requests when it is stopped"),
                Evidence::noted(at, shown(last)),
            );
            tally.gap(&subject, gap.so("requests in progress are cut off with every deployment"));
            return;
        }
        Drains::No => {
            let gap = Gap::new(
                "no-handler",
                format!("`{name}` does nothing on SIGTERM"),
                Evidence::noted(last.at, format!("starts `{}`", shown(last))),
            );
            let gap = gap.and(Evidence::sought("handler of SIGTERM in the code that runs", system.scopes(&["**/*.{js,ts,mjs,cjs,py}"])));
            tally.gap(&subject, gap.so("requests and jobs in progress are lost with every deployment; as the first process of a container it is killed after the grace period"));
            return;
        }
        Drains::Unseen => {
            let question = unseen(system, system.program(service), &format!("whether `{name}` finishes its work on SIGTERM"));
            tally.doubt(&subject, question);
            return;
        }
    }
    if let Some((at, says)) = lost(system, service, &commands) {
        let gap = Gap::new("signal-lost", format!("SIGTERM need not reach `{name}`: {says}"), Evidence::noted(at, says.clone()));
        tally.gap(&subject, gap.so("it is killed in the middle of its work after the grace period"));
    }
    if let Some(grace) = service.grace_period.as_ref().filter(|g| matches!(g.value.trim_end_matches('s'), "0" | "1" | "2")) {
        let gap = Gap::new(
            "short-grace",
            format!("`{name}` is killed {} after SIGTERM", grace.value),
            Evidence::noted(grace.at, grace.value.clone()),
        );
        tally.gap(&subject, gap.so("what takes longer is cut off"));
    }
}

/// What a process does when it is told to stop.
enum Drains {
    Itself(Location, String),
    AtOnce(Location),
    Development(Location, &'static str),
    No,
    Unseen,
}

fn drains(system: &System, service: &Service, last: &StartCommand) -> Drains {
    let name = &service.name;
    if let Some(what) = last.development() {
        return Drains::Development(last.at, what);
    }
    let Some((program, args)) = last.command.program_and_args() else { return Drains::Unseen };
    let known = DRAIN.iter().find(|d| **d == program).copied();
    let module = args.windows(2).find(|w| w[0] == "-m").and_then(|w| DRAIN.iter().find(|d| **d == w[1]).copied());
    if let Some(server) = known.or(module) {
        return Drains::Itself(last.at, format!("`{name}` runs {server}, which finishes its requests on SIGTERM"));
    }
    if args.first().is_some_and(|a| a.ends_with("manage.py")) || program == "flask" {
        return Drains::Unseen;
    }
    let script = matches!(program, "node" | "tsx" | "ts-node" | "bun" | "pm2" | "pm2-runtime" | "deno");
    let python = program.starts_with("python") || program.ends_with(".py");
    if script && let Some((at, framework)) = framework_server(system, service, args) {
        return Drains::Itself(at, format!("`{name}` runs the server of {framework}, which finishes its requests on SIGTERM"));
    }
    let Some(found) = system.program(service) else { return Drains::Unseen };
    let code = system.code();
    let handled = if script {
        on_signal(code, found)
    } else if python {
        in_python(code, found)
    } else {
        None
    };
    match handled {
        Some(handled) => handled,
        None if (script || python) && found.closed() => Drains::No,
        None => Drains::Unseen,
    }
}

/// A server that a framework's build makes, and that handles the signal itself: of Next's standalone output, of SvelteKit, of Nuxt.
fn framework_server(system: &System, service: &Service, args: &[String]) -> Option<(Location, &'static str)> {
    let file = args.iter().find(|a| !a.starts_with('-'))?.trim_start_matches("./");
    let packages = service.packages(system);
    let has = |name: &str| packages.iter().flat_map(|p| &p.dependencies).find(|d| d.name == name).map(|d| d.at);
    let stem = file.rsplit('/').next().unwrap_or(file);
    let folder = service.source_folder(system).unwrap_or_default();
    let own = system.exists(file) || system.exists(&format!("{folder}/{file}"));
    if matches!(stem, "server.js")
        && !own
        && let Some(at) = has("next")
    {
        return Some((at, "Next.js"));
    }
    if (stem == "build" || file.ends_with("build/index.js") || stem == "index.js")
        && !own
        && let Some(at) = has("@sveltejs/adapter-node")
    {
        return Some((at, "SvelteKit"));
    }
    if file.ends_with(".output/server/index.mjs")
        && let Some(at) = has("nuxt")
    {
        return Some((at, "Nuxt"));
    }
    None
}

/// What reached code of Node does on SIGTERM.
fn on_signal(code: &Code, program: &Program) -> Option<Drains> {
    for package in CLOSERS {
        if let Some(at) = program.imports(code, package) {
            return Some(Drains::Itself(at, format!("`{package}` closes the server on SIGTERM")));
        }
    }
    let mut at_once = None;
    for id in program.modules.keys() {
        let module = &code.module(*id).module;
        for (index, call) in (0..).zip(&module.calls) {
            let here = CallRef { module: *id, call: plimsoll_model::code::CallId(index) };
            match call.method() {
                Some("enableShutdownHooks") if program.reaches(code, here) => {
                    return Some(Drains::Itself(code.call_at(here), "Nest closes the application on SIGTERM".into()));
                }
                Some("on" | "once" | "addListener") if call.receiver().is_some_and(|r| r.is("process")) && program.reaches(code, here) => {
                    let Some(signal) = call.argument(0) else { continue };
                    // A name is the variable of a loop over signals, as a rule.
                    let named = signal
                        .text()
                        .map_or(signal.path().is_some_and(|p| p.len() == 1 && p[0].to_lowercase().contains("sig")), |t| t == "SIGTERM");
                    if !named {
                        continue;
                    }
                    let handler = call.argument(1).and_then(|h| code.function_of(*id, call.function, h));
                    let at = code.call_at(here);
                    match handler {
                        Some(handler) if closes(code, handler, 0) => {
                            return Some(Drains::Itself(at, "SIGTERM closes what is served before the process ends".into()));
                        }
                        Some(_) => at_once = Some(Drains::AtOnce(at)),
                        None => return Some(Drains::Unseen),
                    }
                }
                _ => {}
            }
        }
    }
    at_once
}

/// Whether a function closes something: a server, a worker, a pool.
fn closes(code: &Code, function: FunctionRef, depth: usize) -> bool {
    let module = &code.module(function.module).module;
    module.calls.iter().filter(|c| module.enclosing(c.function).any(|f| f == function.function)).any(|call| {
        matches!(
            call.method(),
            Some(
                "close"
                    | "shutdown"
                    | "stop"
                    | "$disconnect"
                    | "disconnect"
                    | "quit"
                    | "end"
                    | "destroy"
                    | "terminate"
                    | "drain"
                    | "gracefulShutdown"
                    | "closeAllConnections"
            )
        ) || depth < 3
            && code
                .function_of(function.module, call.function, &call.callee)
                .is_some_and(|inner| inner != function && closes(code, inner, depth + 1))
    })
}

/// What reached code of Python does on SIGTERM.
fn in_python(code: &Code, program: &Program) -> Option<Drains> {
    let servers = [
        "uvicorn.run",
        "uvicorn.Server().run",
        "uvicorn.Server().serve",
        "aiohttp.web.run_app",
        "hypercorn.asyncio.serve",
        "waitress.serve",
        "gradio.Blocks().launch",
    ];
    if let Some(at) = program.calls(code, &servers).first() {
        return Some(Drains::Itself(code.call_at(*at), "its server finishes its requests on SIGTERM".into()));
    }
    for name in ["signal.signal", "asyncio.get_event_loop().add_signal_handler", "asyncio.get_running_loop().add_signal_handler"] {
        for at in program.calls(code, &[name]) {
            let call = code.call(at);
            if call.argument(0).is_some_and(|a| a.path().is_some_and(|p| p.last() == Some(&"SIGTERM"))) {
                return Some(Drains::Itself(code.call_at(at), "SIGTERM is handled".into()));
            }
        }
    }
    let at = program.calls(code, &["flask.Flask().run"]).first().copied()?;
    Some(Drains::Development(code.call_at(at), "Flask's own server"))
}

/// What keeps the signal from the process: a shell or a package manager that stays in front of it.
fn lost(system: &System, service: &Service, commands: &[StartCommand]) -> Option<(Location, String)> {
    let image = service.built_image(system);
    let direct = |w: &[String]| w.first().is_some_and(|f| f == "exec");
    let handed = commands.iter().any(|c| direct(&c.command.words) && c.command.words.iter().any(|w| w == "$@" || w == "$*"));
    let last = commands.iter().rfind(|c| !c.command.in_function && !c.command.substituted && !c.command.words.is_empty())?;
    let manager = |words: &[String]| {
        words
            .iter()
            .find(|w| *w != "exec" && !w.contains('=') && !w.starts_with('-') && !w.ends_with("tini") && !w.ends_with("dumb-init"))
            .map(|w| w.rsplit('/').next().unwrap_or(w))
            .filter(|w| matches!(*w, "npm" | "yarn" | "pnpm" | "npx"))
            .map(str::to_owned)
    };
    if let Some((at, tool)) = commands.iter().filter(|c| !c.command.in_function).find_map(|c| {
        let starts = matches!(c.command.words.iter().find(|w| !w.starts_with('-') && !matches!(w.as_str(), "npm" | "yarn" | "pnpm" | "npx" | "exec" | "run")).map(String::as_str), Some(w) if !matches!(w, "install" | "ci"));
        manager(&c.command.words).filter(|_| starts && leads_on(commands, c)).map(|t| (c.at, t))
    }) {
        return Some((at, format!("`{tool}` stays in front of it")));
    }
    if handed || direct(&last.command.words) || service.on_platform() {
        return None;
    }
    let shell = commands.iter().find(|c| {
        let words = &c.command.words;
        let first = words.iter().map(|w| w.rsplit('/').next().unwrap_or(w)).find(|w| !matches!(*w, "tini" | "dumb-init" | "--"));
        matches!(first, Some("sh" | "bash" | "ash" | "dash")) || words.first().is_some_and(|w| w.ends_with(".sh"))
    });
    if let Some(shell) = shell.filter(|_| commands.len() > 1) {
        return Some((shell.at, "a shell stays in front of it: the last command is not started with `exec`".into()));
    }
    let image = image.filter(|_| service.command.is_none() && service.entrypoint.is_none())?;
    let dockerfile = &image.definition.dockerfile;
    let command = dockerfile.effective_entrypoint(image.stage).or_else(|| dockerfile.effective_cmd(image.stage)).map(|(c, _)| c)?;
    match command {
        Command::Shell(_) => Some((image.at(command.span()), "the shell form puts a shell in front of it".into())),
        Command::Exec { .. } => None,
    }
}

/// Whether a package manager's command is what stays: the last one, or the one before what its script starts.
fn leads_on(commands: &[StartCommand], this: &StartCommand) -> bool {
    let position = commands.iter().position(|c| std::ptr::eq(c, this)).unwrap_or_default();
    let behind = &commands[position + 1..];
    behind.is_empty() || behind.iter().all(|c| c.at != this.at)
}

/// A command's beginning, as written.
fn shown(command: &StartCommand) -> String {
    command.command.words.join(" ").chars().take(60).collect()
}
