//! Scripts of packages: `npm run x`, `pnpm x`, `yarn workspace a x`, `turbo run x`, `composer x` and their like.

use plimsoll_syntax::Strictness;

use super::invocations::{Lead, Led, Place, option_value, shortened};
use super::occasions::matches;
use super::reading::Reader;
use crate::library::{folder_of, join};
use crate::packages::{Ecosystem, Package};

/// In which packages a script is run.
enum Targets {
    Here,
    All,
    Named(Vec<String>),
}

/// A wish to run scripts.
struct Request {
    scripts: Vec<String>,
    targets: Targets,
    arguments: Vec<String>,
    /// Without the script the command fails.
    required: bool,
}

/// What a command leads to; none where it is no call of a package's script.
pub(super) fn led(reader: &Reader, written: &[String], words: &[String], folder: &str) -> Option<Led> {
    let label = shortened(&words.join(" "));
    let words = without_runner(words);
    let program = words.first()?.rsplit('/').next()?;
    let rest = &words[1..];
    let (request, ecosystem) = match program {
        "npm" | "pnpm" | "yarn" | "bun" => (managed(program, rest)?, Ecosystem::Npm),
        "turbo" | "nx" | "lerna" | "npm-run-all" | "npm-run-all2" | "run-s" | "run-p" | "concurrently" | "start-server-and-test" => {
            (orchestrated(program, rest)?, Ecosystem::Npm)
        }
        "composer" => (composer(rest)?, Ecosystem::Php),
        _ => {
            // `pdm run x`, `hatch run x`: the wrapper is gone by now, the script's name is left.
            let tool = written.first().map(String::as_str);
            let python = match (tool, program) {
                (Some("pdm" | "hatch" | "rye"), _) => words.first()?,
                (_, "poe" | "taskipy") => rest.first()?,
                _ => return None,
            };
            let name = python.rsplit(':').next().unwrap_or(python).to_owned();
            (Request { scripts: vec![name], targets: Targets::Here, arguments: Vec::new(), required: false }, Ecosystem::Pypi)
        }
    };
    let led = resolve(reader, &request, ecosystem, folder, &label);
    if led.leads.is_empty() && !request.required && matches!(program, "pnpm" | "yarn") {
        // No script of that name: a program that is installed.
        let at = words.iter().skip(1).position(|w| Some(w) == request.scripts.first())? + 1;
        let behind = &words[at..];
        return if matches!(behind.first().map(String::as_str), Some("pnpm" | "yarn")) {
            None
        } else {
            self::led(reader, &[], behind, folder)
        };
    }
    Some(led)
}

fn without_runner(words: &[String]) -> &[String] {
    let is = |i: usize, word: &str| words.get(i).is_some_and(|w| w == word);
    let skip = if is(0, "npx") || is(0, "bunx") || is(0, "pnpx") {
        1
    } else if (is(0, "pnpm") || is(0, "npm") || is(0, "yarn")) && (is(1, "exec") || is(1, "dlx")) || is(0, "bun") && is(1, "x") {
        2
    } else {
        return words;
    };
    let flags = words[skip..].iter().take_while(|w| w.starts_with('-')).count();
    if skip + flags < words.len() { &words[skip + flags..] } else { words }
}

fn managed(program: &str, rest: &[String]) -> Option<Request> {
    const VALUED: [&str; 10] = ["--prefix", "-C", "--dir", "--cwd", "--filter", "-F", "-w", "--workspace", "--loglevel", "--reporter"];
    let mut named: Vec<String> = Vec::new();
    let mut all = false;
    let mut if_present = false;
    let mut plain: Vec<&String> = Vec::new();
    let mut arguments: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(word) = rest.get(at) {
        at += 1;
        if word == "--" {
            arguments.extend(rest[at..].iter().cloned());
            break;
        }
        let name = word.split('=').next().unwrap_or(word);
        let script_is_known = names_script(&plain);
        // pnpm's `-w` means the root, and takes no value; other managers hand options behind the script to it.
        let takes_value = VALUED.contains(&name) && !(program == "pnpm" && name == "-w") && !word.contains('=');
        if word.starts_with('-') && (!script_is_known || program == "npm") {
            let value = if takes_value { rest.get(at).cloned() } else { word.split_once('=').map(|(_, v)| v.to_owned()) };
            match name {
                "--filter" | "-F" | "--workspace" | "-w" if !(program == "pnpm" && name == "-w") => named.extend(value),
                "--workspaces" | "-ws" | "-r" | "--recursive" => all = true,
                "--if-present" => if_present = true,
                _ => {}
            }
            at += usize::from(takes_value);
        } else if script_is_known && program != "npm" {
            arguments.push(word.clone());
        } else {
            plain.push(word);
        }
    }
    let mut plain = plain.into_iter().map(String::as_str).peekable();
    let mut explicit = false;
    match plain.peek().copied()? {
        "workspace" if program == "yarn" => {
            plain.next();
            named.push(plain.next()?.to_owned());
        }
        "workspaces" if program == "yarn" => {
            plain.next();
            plain.next_if(|w| matches!(*w, "foreach"));
            all = true;
        }
        "recursive" if program == "pnpm" => {
            plain.next();
            all = true;
        }
        _ => {}
    }
    if plain.next_if(|w| matches!(*w, "run" | "run-script" | "rum" | "urn")).is_some() {
        explicit = true;
    }
    const OWN: [&str; 15] =
        ["install", "add", "i", "ci", "exec", "dlx", "publish", "pack", "audit", "config", "set", "import", "remove", "up", "store"];
    let first = plain.next()?;
    let script = match (first, program) {
        ("test", "bun") if !explicit => return None,
        ("t" | "tst", "npm" | "pnpm") => "test",
        (name @ ("test" | "start" | "stop" | "restart"), "npm" | "pnpm" | "yarn") => name,
        (name, _) if explicit => name,
        // What npm does not know it refuses; the others run the script of that name, or a program.
        (_, "npm" | "bun") => return None,
        // Commands of their own.
        (_, "pnpm" | "yarn") if OWN.contains(&first) => return None,
        (name, _) => name,
    };
    let required = (explicit || matches!(script, "test")) && !if_present;
    if program == "npm" {
        arguments.splice(0..0, plain.map(str::to_owned));
    }
    let targets = if !named.is_empty() {
        Targets::Named(named)
    } else if all {
        Targets::All
    } else {
        Targets::Here
    };
    // A file is no script: `bun run server.ts`.
    if program == "bun" && script.contains(['.', '/']) {
        return None;
    }
    Some(Request { scripts: vec![script.to_owned()], targets, arguments, required })
}

/// Whether the words so far reach to the script's name: what follows is handed to it.
fn names_script(plain: &[&String]) -> bool {
    let mut words = plain.iter().map(|w| w.as_str()).peekable();
    match words.peek().copied() {
        Some("workspace") => {
            words.nth(1);
        }
        Some("workspaces") => {
            words.next();
            words.next_if_eq(&"foreach");
        }
        Some("recursive") => {
            words.next();
        }
        _ => {}
    }
    words.next_if(|w| matches!(*w, "run" | "run-script"));
    words.next().is_some()
}

fn orchestrated(program: &str, rest: &[String]) -> Option<Request> {
    let until = rest.iter().position(|w| w == "--").unwrap_or(rest.len());
    let words = &rest[..until];
    let plain: Vec<String> = words.iter().filter(|w| !w.starts_with('-')).cloned().collect();
    let filters: Vec<String> = words
        .iter()
        .enumerate()
        .filter_map(|(i, w)| match w.split_once('=') {
            Some(("--filter" | "--scope" | "-F" | "--projects" | "-p", value)) => Some(value.to_owned()),
            _ if matches!(w.as_str(), "--filter" | "--scope" | "-F" | "--projects" | "-p") => words.get(i + 1).cloned(),
            _ => None,
        })
        .flat_map(|v| v.split(',').map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let mut targets = if filters.is_empty() { Targets::All } else { Targets::Named(filters.clone()) };
    let scripts: Vec<String> = match program {
        "turbo" | "lerna" => {
            let known = plain.first().is_some_and(|w| w == "run");
            if program == "lerna" && !known {
                return None;
            }
            let names = plain.iter().skip(usize::from(known)).filter(|w| !filters.contains(w));
            names.map(|w| w.rsplit('#').next().unwrap_or(w).to_owned()).collect()
        }
        "nx" => match plain.first().map(String::as_str)? {
            "run-many" | "affected" => option_value(rest, &["-t", "--target", "--targets"])
                .map(|first| {
                    let behind = words.iter().skip_while(|w| *w != "-t" && *w != "--targets").skip(2).take_while(|w| !w.starts_with('-'));
                    first.split(',').map(str::to_owned).chain(behind.cloned()).collect()
                })
                .unwrap_or_default(),
            "run" => {
                let (project, target) = plain.get(1)?.split_once(':')?;
                targets = Targets::Named(vec![project.to_owned()]);
                vec![target.split(':').next().unwrap_or(target).to_owned()]
            }
            target @ ("test" | "build" | "lint" | "e2e" | "typecheck" | "serve") => {
                targets = plain.get(1).map_or(Targets::All, |p| Targets::Named(vec![p.clone()]));
                vec![target.to_owned()]
            }
            _ => return None,
        },
        "start-server-and-test" => {
            targets = Targets::Here;
            let named = [plain.first(), plain.last()];
            named.into_iter().flatten().filter(|w| !w.contains([' ', '/'])).map(|w| w.trim_start_matches("npm run ").to_owned()).collect()
        }
        "concurrently" => {
            targets = Targets::Here;
            let runs = |w: &String| ["npm:", "npm run ", "pnpm:", "yarn:"].iter().find_map(|p| w.strip_prefix(p)).map(str::to_owned);
            plain.iter().filter_map(runs).collect()
        }
        _ => {
            targets = Targets::Here;
            plain
        }
    };
    (!scripts.is_empty()).then_some(Request { scripts, targets, arguments: Vec::new(), required: false })
}

fn composer(rest: &[String]) -> Option<Request> {
    const OWN: [&str; 16] = [
        "install",
        "update",
        "require",
        "remove",
        "audit",
        "validate",
        "dump-autoload",
        "dumpautoload",
        "show",
        "config",
        "global",
        "create-project",
        "self-update",
        "check-platform-reqs",
        "diagnose",
        "outdated",
    ];
    let mut plain = rest.iter().filter(|w| !w.starts_with('-')).map(String::as_str);
    let (name, required) = match plain.next()? {
        "run" | "run-script" | "exec" => (plain.next()?, true),
        name if OWN.contains(&name) => return None,
        name => (name, false),
    };
    Some(Request { scripts: vec![name.to_owned()], targets: Targets::Here, arguments: Vec::new(), required })
}

fn resolve(reader: &Reader, request: &Request, ecosystem: Ecosystem, folder: &str, label: &str) -> Led {
    let mut led = Led::default();
    let packages = chosen(reader, request, ecosystem, folder);
    for wanted in &request.scripts {
        let mut found = false;
        for package in &packages {
            for name in names(package, wanted) {
                found |= push(&mut led.leads, package, &name, request, label);
            }
        }
        if !found && request.required && led.missing.is_none() {
            led.missing = match packages.first() {
                Some(package) => Some(format!("{} has no script `{wanted}`", package.path)),
                None if matches!(request.targets, Targets::Here) && reader.library.has_folder(folder) => {
                    Some(format!("no manifest with a script `{wanted}` in `{folder}`"))
                }
                None => None,
            };
        }
    }
    led
}

/// The scripts meant: `test:*` means every one that begins so.
fn names(package: &Package, wanted: &str) -> Vec<String> {
    match wanted.contains('*') {
        false => vec![wanted.to_owned()],
        true => package.scripts.iter().map(|(n, _)| n).filter(|n| matches(&wanted.replace("**", "*"), n)).cloned().collect(),
    }
}

fn push(leads: &mut Vec<Lead>, package: &Package, name: &str, request: &Request, label: &str) -> bool {
    let found = package.scripts.iter().any(|(n, _)| n == name);
    if !found {
        return false;
    }
    let (before, behind) = (format!("pre{name}"), format!("post{name}"));
    let lifecycle = package.ecosystem == Ecosystem::Npm;
    for part in [before.as_str(), name, behind.as_str()] {
        if part != name && !lifecycle {
            continue;
        }
        for (_, script) in package.scripts.iter().filter(|(n, _)| n == part) {
            let text = match package.ecosystem {
                Ecosystem::Php => php(&script.value),
                _ => script.value.clone(),
            };
            leads.push(Lead {
                text,
                strictness: Strictness::PLAIN,
                folder: package.folder.clone(),
                place: Place::Fixed(script.at),
                label: label.to_owned(),
                tolerated: false,
                arguments: if part == name { request.arguments.clone() } else { Vec::new() },
            });
        }
    }
    true
}

/// Composer's `@php`, `@composer` and `@other-script` as the commands that they stand for; a list of them is joined with `&&`.
fn php(script: &str) -> String {
    let one = |part: &str| match part.trim().strip_prefix('@') {
        Some(rest) if rest.starts_with("php ") || rest.starts_with("composer ") => rest.to_owned(),
        Some(rest) if rest.starts_with("putenv ") => "true".to_owned(),
        Some(rest) => format!("composer run {rest}"),
        None => part.trim().to_owned(),
    };
    script.split(" && ").map(one).collect::<Vec<_>>().join(" && ")
}

fn chosen<'a>(reader: &Reader<'a>, request: &Request, ecosystem: Ecosystem, folder: &str) -> Vec<&'a Package> {
    let is_root = |p: &&Package| folder.is_empty() || p.folder == folder || p.folder.starts_with(&format!("{folder}/"));
    let all = || reader.packages.iter().filter(|p| p.ecosystem == ecosystem && is_root(p));
    match &request.targets {
        // What lies in a folder that is not here cannot be known.
        Targets::Here if !folder.is_empty() && !reader.library.has_folder(folder) => Vec::new(),
        Targets::Here => nearest(reader, ecosystem, folder).into_iter().collect(),
        // A root script of that name would call itself.
        Targets::All => {
            let root = nearest(reader, ecosystem, folder).filter(|r| !r.members.is_empty()).map(|r| &r.path);
            all().filter(|p| Some(&p.path) != root && p.product).collect()
        }
        Targets::Named(names) => {
            reader.packages.iter().filter(|p| p.ecosystem == ecosystem && names.iter().any(|n| is_named(p, n, folder))).collect()
        }
    }
}

fn is_named(package: &Package, filter: &str, folder: &str) -> bool {
    let plain = filter.trim_start_matches('!').trim_matches(['{', '}']).split("...").find(|p| !p.is_empty()).unwrap_or(filter);
    let plain = plain.split('[').next().unwrap_or(plain).trim_matches('^');
    if filter.starts_with('!') {
        return false;
    }
    let name = package.name.as_deref().unwrap_or_default();
    let unscoped = name.rsplit('/').next().unwrap_or(name);
    let path = plain.trim_end_matches('/');
    plain == name
        || plain == unscoped
        || (plain.contains('*') && (matches(plain, name) || join(folder, plain).is_some_and(|p| matches(&p, &package.folder))))
        || join(folder, path).is_some_and(|p| !p.is_empty() && p == package.folder)
        || package.folder.rsplit('/').next() == Some(path)
}

/// The package at a folder or, as package managers look for it, above.
fn nearest<'a>(reader: &Reader<'a>, ecosystem: Ecosystem, folder: &str) -> Option<&'a Package> {
    let mut at = folder;
    loop {
        if let Some(package) = reader.packages_in(at).iter().find(|p| p.ecosystem == ecosystem) {
            return Some(package);
        }
        if at.is_empty() {
            return None;
        }
        at = folder_of(at);
    }
}
