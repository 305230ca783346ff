//! What a command starts, told by its words alone.

mod node;
mod python;

use self::node::{file_or_program, node, pm2};
use self::python::{python, python_operands, server, uwsgi};

/// What a command starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Started {
    /// A file, as written.
    File(String),
    /// A file that is loaded where it is there: a server's configuration, the environment of migrations.
    Aside(String),
    /// A module of Python by its dotted name, the object in it, and the folder that it is looked for in where one is named.
    Module { name: String, object: Option<String>, within: Option<String> },
    /// The first of these files that is there.
    OneOf(&'static [&'static str]),
    /// The package of a folder by its `main`.
    Package(String),
    /// An application whose modules a framework finds by itself, and its folder.
    App(Framework, String),
    /// The files of a folder, as a server of files gives them out.
    Files(String),
    /// A console script of a Python package, a `bin` of a package for Node.
    Console(String),
    /// Programs that a configuration file of a supervisor lists.
    Supervised(String),
    /// A program that a build compiled from a source.
    Compiled(String),
    /// The environment of Alembic's migrations, and with it the versions.
    Migrations,
    /// The applications that a configuration of pm2 lists.
    Ecosystem(String),
    /// What `FLASK_APP` names, else `app.py` or `wsgi.py`.
    Flask,
    /// The `main` of a configuration of Cloudflare's.
    Worker,
    /// Workers of a queue that are told at run time which function to call.
    Queue(&'static str),
}

/// A framework that finds the modules of an application by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framework {
    /// Next.js.
    Next,
    /// Nuxt.
    Nuxt,
    /// Remix and React Router as a framework.
    Remix,
    /// SvelteKit.
    SvelteKit,
    /// Astro.
    Astro,
    /// Gatsby.
    Gatsby,
    /// NestJS, started by its own command.
    Nest,
    /// A bundle for browsers: Vite, Create React App, Angular, Vue CLI.
    Bundle,
    /// A back end that is laid out in folders: Strapi.
    Strapi,
}

impl Framework {
    /// The npm package whose import or dependency tells it; also the first word of the names of its conventions.
    pub(super) fn package(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Nuxt => "nuxt",
            Self::Remix => "remix",
            Self::SvelteKit => "@sveltejs/kit",
            Self::Astro => "astro",
            Self::Gatsby => "gatsby",
            Self::Nest => "@nestjs/core",
            Self::Bundle => "vite",
            Self::Strapi => "@strapi/strapi",
        }
    }
}

/// Programs that only prepare: none of their words is what runs.
const PREPARING: &[&str] = &[
    "echo", "printf", "cd", "export", "set", "mkdir", "cp", "mv", "rm", "ln", "chmod", "chown", "apt-get", "apt", "apk", "pip", "pip3",
    "curl", "wget", "sleep", "cat", "ls", "touch", "test", "[", "[[", "if", "source", ".", "trap", "wait", "kill", "command", "which",
    "type", "true", "false", "tsc", "eslint", "psql", "nc", "unset", "read", "local", "return", "exit", "shift", "sed", "awk", "grep",
    "find", "envsubst",
];

/// What a command starts; empty where it starts nothing of a program in a language that is read.
pub(super) fn started(words: &[String]) -> Vec<Started> {
    started_within(words, 0)
}

fn started_within(words: &[String], depth: usize) -> Vec<Started> {
    let Some(first) = words.first() else { return Vec::new() };
    let name = base(first);
    if depth > 6 || PREPARING.contains(&name) || first == "-" {
        return Vec::new();
    }
    let found = program(name, first, &words[1..]);
    // A program that is not known may be a wrapper around one that is.
    let certain = !found.iter().all(|f| matches!(f, Started::Compiled(_) | Started::Console(_)));
    if certain {
        return found;
    }
    // A wrapper nobody listed: what it runs stands behind `--`, or is the first word that is known to start something.
    let rest = &words[1..];
    if let Some(at) = rest.iter().position(|w| w == "--") {
        let inner = started_within(&rest[at + 1..], depth + 1);
        if !inner.is_empty() {
            return inner;
        }
    }
    for (i, word) in rest.iter().enumerate().take(12) {
        // A whole command as one word: `concurrently "node a.js" "node b.js"`, `nodemon --exec "tsx a.ts"`.
        if word.contains(' ') {
            let commands = plimsoll_syntax::shell_with(word, plimsoll_syntax::Strictness::PLAIN);
            let inner: Vec<Started> = commands.iter().flat_map(|c| started_within(&c.words, depth + 1)).collect();
            if !inner.is_empty() {
                return inner
                    .into_iter()
                    .chain(rest[i + 1..].iter().filter(|w| w.contains(' ')).flat_map(|w| {
                        let commands = plimsoll_syntax::shell_with(w, plimsoll_syntax::Strictness::PLAIN);
                        commands.iter().flat_map(|c| started_within(&c.words, depth + 2)).collect::<Vec<_>>()
                    }))
                    .collect();
            }
        } else if !word.starts_with('-') && known(base(word)) {
            let inner = started_within(&rest[i..], depth + 1);
            if !inner.is_empty() {
                return inner;
            }
        }
    }
    found
}

/// The last part of a path, without the extension of a Windows program.
fn base(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    name.strip_suffix(".exe").unwrap_or(name)
}

/// Whether a word names a program whose arguments tell what it runs.
fn known(name: &str) -> bool {
    is_python(name)
        || matches!(
            name,
            "node"
                | "nodejs"
                | "tsx"
                | "ts-node"
                | "bun"
                | "deno"
                | "nodemon"
                | "next"
                | "nuxt"
                | "nest"
                | "pm2"
                | "pm2-runtime"
                | "uvicorn"
                | "gunicorn"
                | "hypercorn"
                | "granian"
                | "daphne"
                | "uwsgi"
                | "flask"
                | "fastapi"
                | "celery"
                | "dramatiq"
                | "arq"
                | "streamlit"
                | "npx"
                | "bunx"
                | "supervisord"
                | "waitress-serve"
                | "alembic"
                | "remix-serve"
                | "react-router-serve"
                | "vite"
                | "rq"
                | "npm"
                | "pnpm"
                | "yarn"
                | "uv"
                | "poetry"
                | "python-m"
        )
}

fn is_python(name: &str) -> bool {
    name.strip_prefix("python").or_else(|| name.strip_prefix("pypy")).is_some_and(|v| v.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
        || name == "py"
}

fn program(name: &str, first: &str, args: &[String]) -> Vec<Started> {
    let operands = |valued: &[&str]| operands(args, valued);
    let verb = args.iter().find(|a| !a.starts_with('-')).map(String::as_str);
    let is = |verbs: &[&str]| verb.is_some_and(|v| verbs.contains(&v));
    let after_verb = || args.iter().skip_while(|a| Some(a.as_str()) != verb).skip(1).cloned().collect::<Vec<String>>();
    match name {
        _ if is_python(name) => python(args),
        "uvicorn" | "gunicorn" | "hypercorn" | "granian" | "daphne" | "waitress-serve" | "sanic" => server(args),
        "uwsgi" => uwsgi(args),
        "manage.py" => vec![Started::File(first.to_owned())],
        "django-admin" => Vec::new(),
        "celery" | "faust" | "procrastinate" => {
            option(args, &["-A", "--app"]).map(|a| module(a, option(args, &["--workdir"]))).into_iter().collect()
        }
        "flask" | "quart" | "litestar" if verb.is_some() => {
            let named = option(args, &["-A", "--app"]);
            match named {
                Some(app) => vec![module(app, None)],
                None => vec![Started::Flask],
            }
        }
        "fastapi" if is(&["run", "dev"]) => {
            match self::operands(&after_verb(), &["--host", "--port", "--app", "--workers", "--root-path"]).first() {
                Some(path) => vec![Started::File(path.clone())],
                None => vec![Started::OneOf(&["main.py", "app.py", "api.py", "app/main.py", "app/app.py", "app/api.py"])],
            }
        }
        "streamlit" | "chainlit" | "bokeh" | "panel" | "mesop" if is(&["run", "serve"]) => {
            self::operands(&after_verb(), &["--host", "--port"]).first().map(|p| Started::File(p.clone())).into_iter().collect()
        }
        "gradio" | "mesop" => operands(&["--host", "--port"]).first().map(|p| Started::File(p.clone())).into_iter().collect(),
        "rq" | "rqworker" => vec![Started::Queue("rq")],
        "dramatiq" => python_operands(args).into_iter().map(|m| module(&m, None)).collect(),
        "taskiq" => python_operands(args).into_iter().filter(|m| m != "worker" && m != "scheduler").map(|m| module(&m, None)).collect(),
        "arq" | "huey_consumer" | "huey_consumer.py" | "saq" => {
            python_operands(args).into_iter().take(1).map(|m| module(&m, None)).collect()
        }
        "alembic" if is(&["upgrade", "downgrade", "stamp", "check"]) => {
            vec![Started::Migrations]
        }
        "node" | "nodejs" => node(args),
        "tsx"
        | "ts-node"
        | "ts-node-esm"
        | "ts-node-dev"
        | "tsnd"
        | "ts-node-transpile-only"
        | "babel-node"
        | "esno"
        | "jiti"
        | "vite-node"
        | "nodemon"
        | "node-dev"
        | "swc-node"
        | "sucrase-node"
        | "forever"
        | "zx" => node(args),
        "bun" => match verb {
            Some("run" | "x" | "start") => file_or_program(&after_verb()),
            Some(_) => file_or_program(args),
            None => Vec::new(),
        },
        "deno" if is(&["run", "serve"]) => self::operands(&after_verb(), &["--config", "-c", "--import-map", "--lock", "--port", "--host"])
            .first()
            .map(|f| Started::File(f.clone()))
            .into_iter()
            .collect(),
        "pm2" | "pm2-runtime" | "pm2-docker" => pm2(args),
        "nest" if is(&["start"]) => vec![Started::App(
            Framework::Nest,
            self::operands(&after_verb(), &["-p", "--path", "-c", "--config"]).first().cloned().unwrap_or_default(),
        )],
        "next" if is(&["start", "dev"]) || verb.is_none() => {
            let folder = self::operands(&after_verb(), &["-p", "--port", "-H", "--hostname", "--keepAliveTimeout"]).first().cloned();
            vec![Started::App(Framework::Next, folder.unwrap_or_default())]
        }
        "nuxt" | "nuxi" if is(&["start", "preview", "dev"]) => vec![Started::App(Framework::Nuxt, String::new())],
        "remix-serve" | "react-router-serve" => vec![Started::App(Framework::Remix, String::new())],
        "remix" | "react-router" if is(&["dev", "start"]) => vec![Started::App(Framework::Remix, String::new())],
        "astro" if is(&["preview", "dev", "start"]) || verb.is_none() => vec![Started::App(Framework::Astro, String::new())],
        "gatsby" if is(&["serve", "develop"]) => vec![Started::App(Framework::Gatsby, String::new())],
        "strapi" if is(&["start", "develop"]) => vec![Started::App(Framework::Strapi, String::new())],
        "vite" if verb.is_none() || is(&["dev", "serve", "preview"]) => vec![Started::App(Framework::Bundle, String::new())],
        "react-scripts" | "ng" | "vue-cli-service" | "webpack" | "craco" | "parcel" | "rsbuild"
            if is(&["start", "serve", "dev", "preview"]) =>
        {
            vec![Started::App(Framework::Bundle, String::new())]
        }
        "webpack-dev-server" => vec![Started::App(Framework::Bundle, String::new())],
        "serve" | "http-server" | "sirv" | "sirv-cli" | "live-server" | "static-web-server" => {
            let folder = operands(&["-p", "--port", "-l", "--listen", "-c", "--config", "-a", "-d", "--root"]).first().cloned();
            vec![Started::Files(folder.unwrap_or_default())]
        }
        "nginx" | "caddy" | "httpd" | "apache2-foreground" | "httpd-foreground" | "openresty" => vec![Started::Files(String::new())],
        "supervisord" => vec![Started::Supervised(option(args, &["-c", "--configuration"]).unwrap_or("supervisord.conf").to_owned())],
        "honcho" | "foreman" | "overmind" | "hivemind" => {
            vec![Started::Supervised(option(args, &["-f", "--procfile"]).unwrap_or("Procfile").to_owned())]
        }
        "functions-framework" | "functions-framework-python" => {
            let source = option(args, &["--source"]).unwrap_or("").to_owned();
            if source.ends_with(".py") || source.ends_with(".js") { vec![Started::File(source)] } else { vec![Started::Package(source)] }
        }
        "npx" | "bunx" | "pnpx" => {
            started_within(args.get(args.iter().take_while(|a| a.starts_with('-')).count()..).unwrap_or_default(), 3)
        }
        "pnpm" | "yarn" if is(&["exec", "dlx", "node", "tsx", "ts-node", "next", "nest", "nuxt", "vite"]) => {
            let rest = if is(&["exec", "dlx"]) { after_verb() } else { args.to_vec() };
            started_within(&rest, 3)
        }
        "wrangler" if is(&["dev", "deploy", "publish"]) => vec![Started::Worker],
        _ if is_script(first) => vec![Started::File(first.to_owned())],
        // Nothing that is known: a console script of a package, or a program of the system.
        _ if !first.contains('/') || first.contains("/bin/") => {
            vec![Started::Console(name.to_owned())].into_iter().filter(|_| !known(name)).collect()
        }
        _ if name.contains('.') || name.contains('$') => Vec::new(),
        _ => vec![Started::Compiled(first.to_owned())],
    }
}

/// Whether a word is a path of a source.
fn is_script(word: &str) -> bool {
    [".py", ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx"].iter().any(|e| word.ends_with(e))
}

/// The words that are neither options nor values of those that take one.
fn operands(args: &[String], valued: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = args.iter();
    while let Some(word) = rest.next() {
        if word == "--" {
            continue;
        }
        if word.starts_with('-') {
            if valued.contains(&word.as_str()) {
                rest.next();
            }
            continue;
        }
        found.push(word.clone());
    }
    found
}

/// The value of an option, `--name value` or `--name=value`.
pub(super) fn option<'w>(args: &'w [String], names: &[&str]) -> Option<&'w str> {
    args.iter().enumerate().find_map(|(i, word)| match word.split_once('=') {
        Some((name, value)) if names.contains(&name) => Some(value),
        _ if names.contains(&word.as_str()) => args.get(i + 1).map(String::as_str),
        _ => None,
    })
}

/// `app.main:app`, `app:create_app()`, `proj.wsgi`, also written as a path.
pub(super) fn module(text: &str, within: Option<&str>) -> Started {
    let text = text.trim_matches(['\'', '"']);
    if is_script(text) {
        return Started::File(text.to_owned());
    }
    let (name, object) = text.split_once(':').map_or((text, None), |(n, o)| (n, Some(o)));
    if let Some(path) = Some(name).filter(|n| is_script(n)) {
        return Started::File(path.to_owned());
    }
    let object = object.map(|o| o.split('(').next().unwrap_or(o).to_owned()).filter(|o| !o.is_empty());
    Started::Module {
        name: name.trim_start_matches("./").trim_end_matches('/').replace('/', "."),
        object,
        within: within.map(str::to_owned),
    }
}
