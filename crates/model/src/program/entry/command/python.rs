//! Servers and programs of Python.

use super::{Started, known, module, option, program};

/// Options of servers for Python that take no value; all others do.
const SWITCHES: &[&str] = &[
    "--reload",
    "--preload",
    "--factory",
    "--proxy-headers",
    "--no-proxy-headers",
    "--access-log",
    "--no-access-log",
    "--daemon",
    "-D",
    "--no-server-header",
    "--no-date-header",
    "--use-colors",
    "--no-use-colors",
    "--debug",
    "--call",
    "--server-header",
    "--date-header",
    "--no-sendfile",
    "--reuse-port",
    "--enable-stdio-inheritance",
    "--capture-output",
    "--log-config-json",
    "--insecure",
];

/// The operands of a server for Python: every option takes a value unless it is known for a switch.
pub(super) fn python_operands(args: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = args.iter();
    while let Some(word) = rest.next() {
        if word.starts_with('-') {
            if !word.contains('=') && !SWITCHES.contains(&word.as_str()) {
                rest.next();
            }
        } else {
            found.push(word.clone());
        }
    }
    found
}

pub(super) fn server(args: &[String]) -> Vec<Started> {
    let within = option(args, &["--app-dir", "--chdir", "--pythonpath", "--working-dir"]);
    let dotted = |w: &&String| {
        w.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '/' | '(' | ')' | '=' | '\'' | '"' | ',' | '-' | ' '))
    };
    let named = python_operands(args);
    let app = args.iter().filter(dotted).find(|a| {
        let colon = a.split_once(':');
        !a.starts_with('-')
            && !a.contains("://")
            && colon.is_some_and(|(m, o)| !m.is_empty() && o.starts_with(|c: char| c.is_alphabetic() || c == '_'))
    });
    let app = app.or_else(|| named.iter().rfind(dotted));
    let mut found: Vec<Started> = app.map(|a| module(a, within)).into_iter().collect();
    let configured = option(args, &["-c", "--config"]).map(|c| c.trim_start_matches("file:").trim_start_matches("python:"));
    found.push(Started::Aside(configured.unwrap_or("gunicorn.conf.py").to_owned()));
    found
}

pub(super) fn uwsgi(args: &[String]) -> Vec<Started> {
    if let Some(file) = option(args, &["--wsgi-file", "--file"]) {
        return vec![Started::File(file.to_owned())];
    }
    if let Some(name) = option(args, &["--module", "-w", "--wsgi"]) {
        return vec![module(name, option(args, &["--chdir", "--pythonpath"]))];
    }
    let ini = option(args, &["--ini", "-i"]).or_else(|| args.iter().map(String::as_str).find(|a| a.ends_with(".ini")));
    ini.map(|i| Started::Supervised(i.to_owned())).into_iter().collect()
}

pub(super) fn python(args: &[String]) -> Vec<Started> {
    let mut rest = args.iter().enumerate();
    while let Some((i, word)) = rest.next() {
        match word.as_str() {
            "-m" => {
                let Some(name) = args.get(i + 1) else { return Vec::new() };
                let inner = args.get(i + 2..).unwrap_or_default();
                if known(name) || matches!(name.as_str(), "http.server" | "pip" | "venv" | "compileall" | "pytest" | "unittest") {
                    return program(name, name, inner);
                }
                // Tracers and profilers run what stands behind them: `python -m debugpy --listen x -m uvicorn app:app`.
                if matches!(name.as_str(), "debugpy" | "cProfile" | "coverage" | "ddtrace" | "memray" | "scalene" | "trace") {
                    return python(inner);
                }
                return vec![Started::Module { name: name.clone(), object: Some("__main__".into()), within: None }];
            }
            "-c" => return args.get(i + 1).map(|code| inline(code)).unwrap_or_default(),
            "-W" | "-X" | "--listen" => {
                rest.next();
            }
            "run" | "--" => {}
            option if option.starts_with('-') => {}
            file => return vec![Started::File(file.to_owned())],
        }
    }
    Vec::new()
}

/// The modules that code on the command line imports.
fn inline(code: &str) -> Vec<Started> {
    let statements = code.split([';', '\n']).map(str::trim);
    statements
        .filter_map(|s| s.strip_prefix("from ").or_else(|| s.strip_prefix("import ")))
        .filter_map(|s| s.split([' ', ',']).next())
        .filter(|n| !n.is_empty() && !n.starts_with('.'))
        .map(|n| Started::Module { name: n.to_owned(), object: None, within: None })
        .collect()
}
