//! What a service really starts: entrypoint and command, through entry scripts of the tree and scripts of packages.

mod packages;

use plimsoll_base::{Location, Sourced, Span};
use plimsoll_facts::Held;
use plimsoll_facts::compose::EnvironmentWord;
use plimsoll_facts::container::{Mount, MountSource, Runtime};
use plimsoll_facts::packages::{Ecosystem, Package};
use plimsoll_syntax::dockerfile::Command;
use plimsoll_syntax::{ShellCommand, Strictness, shell_with};

use crate::image::{BuiltImage, ImageName, is_stock};
use crate::service::Service;
use crate::system::System;

/// A command that runs when a service starts.
#[derive(Clone, Debug)]
pub struct StartCommand {
    /// The command.
    pub command: ShellCommand,
    /// Where it is written.
    pub at: Location,
}

/// How many scripts may lead to each other.
const MAX_DEPTH: usize = 5;
/// How many commands are followed.
const MAX_COMMANDS: usize = 400;

impl Service {
    /// The commands that run when it starts, as far as the repository shows; the last one stays.
    pub fn start(&self, system: &System) -> Vec<StartCommand> {
        let image = self.built_image(system);
        let entrypoint = match &self.entrypoint {
            Some(e) => Some(overriding(&e.value, e.at)),
            None => image.as_ref().and_then(|i| i.definition.dockerfile.effective_entrypoint(i.stage).map(|(c, _)| of_image(i, c))),
        };
        let command = match (&self.command, &self.entrypoint) {
            (Some(c), _) => Some(overriding(&c.value, c.at)),
            // An entrypoint of the orchestrator's own makes it forget the image's command.
            (None, Some(_)) => None,
            (None, None) => image.as_ref().and_then(|i| i.definition.dockerfile.effective_cmd(i.stage).map(|(c, _)| of_image(i, c))),
        };
        let mut walk = Walk { service: self, system, found: Vec::new(), arguments: command.clone().unwrap_or_default(), within: None };
        match entrypoint {
            Some(entry) => {
                // An entrypoint that is a wrapper alone runs the command; any other is given it.
                let alone = entry.len() == 1 && self.runtime != Runtime::Process;
                let wrapper = entry.first().and_then(|e| e.command.words.last()).is_some_and(|w| {
                    matches!(
                        w.rsplit('/').next(),
                        Some(
                            "--" | "tini"
                                | "dumb-init"
                                | "catatonit"
                                | "docker-entrypoint.sh"
                                | "docker-php-entrypoint"
                                | "docker-entrypoint"
                        )
                    )
                });
                walk.follow(entry, 0);
                if alone && wrapper && !walk.passes_on() {
                    let arguments = walk.arguments.clone();
                    walk.follow(arguments, 0);
                }
            }
            None => {
                let arguments = walk.arguments.clone();
                walk.follow(arguments, 0);
            }
        }
        walk.found
    }
}

impl Service {
    /// What shows that its image serves development alone.
    pub fn development_image(&self, system: &System, image: &BuiltImage) -> Option<(String, Location)> {
        let named = |text: &str| EnvironmentWord::of(text) == EnvironmentWord::Development;
        let file = image.definition.path.rsplit('/').next().unwrap_or_default();
        if named(file) {
            return Some((format!("{file} is named for it"), image.at(image.stage.from.span)));
        }
        let target = self.build.as_ref().and_then(|b| b.target.as_ref()).filter(|t| named(&t.value));
        if let Some(target) = target {
            return Some((format!("the stage `{}` is named for it", target.value), target.at));
        }
        system.deployment()?.development.as_ref()?;
        let mount = self.mounts.iter().find(|m| match &m.source {
            MountSource::Host { path, in_tree: true, exists: true } => {
                !m.read_only && system.packages().iter().any(|p| p.product && &p.folder == path)
            }
            _ => false,
        })?;
        Some(("its source is mounted from the host".into(), mount.at))
    }
}

impl Service {
    /// Where it mounts its program from this repository into a stock image: no image of its own exists.
    pub fn mounted_program(&self, system: &System) -> Option<Location> {
        let stock = self.image_text().is_some_and(|i| is_stock(&ImageName::parse(i)));
        let folder = |m: &Mount| match &m.source {
            MountSource::Host { path, in_tree: true, exists: true } => system.file(path).is_none(),
            _ => false,
        };
        self.mounts.iter().find(|m| stock && folder(m)).map(|m| m.at)
    }
}

impl StartCommand {
    /// What makes it a server for development, if it is one: it reloads sources, compiles on request or shows internals.
    pub fn development(&self) -> Option<&'static str> {
        let (program, args) = self.command.program_and_args()?;
        let has = |list: &[&str]| args.iter().any(|a| list.contains(&a.as_str()));
        let first = args.iter().find(|a| !a.starts_with('-')).map(String::as_str);
        let is = |verbs: &[&str]| first.is_some_and(|f| verbs.contains(&f));
        let found = match program {
            "uvicorn" | "gunicorn" | "hypercorn" | "granian" | "daphne" if has(&["--reload"]) => "reloads its sources",
            "fastapi" if is(&["dev"]) => "`fastapi dev`",
            "flask" if args.iter().any(|a| a == "run") => "`flask run`",
            "manage.py" if is(&["runserver", "runserver_plus"]) => "`manage.py runserver`",
            "python" | "python3" if args.windows(2).any(|w| w[0].ends_with("manage.py") && w[1].starts_with("runserver")) => {
                "`manage.py runserver`"
            }
            "django-admin" if is(&["runserver"]) => "`runserver`",
            "php" if args.windows(2).any(|w| w[0].ends_with("artisan") && w[1] == "serve") => "`artisan serve`",
            "php" if has(&["-S"]) => "PHP's built-in server",
            "symfony" if first.is_some_and(|f| f.starts_with("serve") || f == "server:start") => "`symfony serve`",
            "next" | "nuxt" | "astro" | "remix" | "nuxi" | "react-router" | "wrangler" if is(&["dev"]) => "a framework's dev command",
            "next" if first.is_none() => "a framework's dev command",
            "vite" if first.is_none() || is(&["dev", "serve"]) => "the Vite dev server",
            "vite" if is(&["preview"]) => "`vite preview`, which is meant for a look at a build",
            "gatsby" if is(&["develop"]) => "`gatsby develop`",
            "react-scripts" if is(&["start"]) => "`react-scripts start`",
            "vue-cli-service" | "ng" | "webpack" if is(&["serve"]) => "a bundler's dev server",
            "webpack-dev-server" | "nodemon" | "ts-node-dev" | "tsnd" | "air" | "browser-sync" | "live-server" | "watchexec" | "reflex" => {
                "restarts on every change of a source"
            }
            "node" | "tsx" | "bun" | "deno" | "ts-node" if has(&["--watch", "watch", "--hot"]) => "restarts on every change of a source",
            "nest" if is(&["start"]) && has(&["--watch", "-w"]) => "restarts on every change of a source",
            "cargo" if is(&["watch"]) => "restarts on every change of a source",
            "cargo" | "go" | "dotnet" if is(&["run", "watch"]) => "compiles when it starts",
            "mvn" | "mvnw" if args.iter().any(|a| a.ends_with(":run")) => "compiles when it starts",
            "gradle" | "gradlew" if args.iter().any(|a| a.ends_with("bootRun") || a.ends_with(":run") || a == "run") => {
                "compiles when it starts"
            }
            "hugo" | "jekyll" if is(&["server", "serve"]) => "a generator's preview server",
            _ => return None,
        };
        Some(found)
    }

    /// Whether it goes on as another user than root: `gosu`, `su-exec`, `setpriv` and their like.
    pub fn drops_root(&self) -> bool {
        let named = |w: &String| {
            matches!(w.rsplit('/').next(), Some("gosu" | "su-exec" | "setpriv" | "s6-setuidgid" | "runuser" | "setuidgid" | "chpst"))
        };
        let words = &self.command.words;
        let other = |i: usize| words[i + 1..].iter().find(|w| !w.starts_with('-')).is_none_or(|w| w != "root" && w != "0");
        words.iter().position(named).is_some_and(other)
            || words.first().is_some_and(|w| w == "su")
                && words.get(1..).is_some_and(|r| r.iter().any(|w| !w.starts_with('-') && w != "root"))
            || words.iter().position(|w| w == "sudo").is_some_and(|i| words[i + 1..].iter().any(|w| w == "-u" || w.starts_with("--user")))
    }
}

struct Walk<'a> {
    service: &'a Service,
    system: &'a System,
    found: Vec<StartCommand>,
    arguments: Vec<StartCommand>,
    /// The folder that `cd` led to, as written.
    within: Option<String>,
}

impl Walk<'_> {
    fn passes_on(&self) -> bool {
        self.found.iter().any(|c| c.command.words.iter().any(|w| matches!(w.as_str(), "$@" | "$*")))
    }

    fn follow(&mut self, commands: Vec<StartCommand>, depth: usize) {
        let outer = self.within.clone();
        self.each(commands, depth);
        self.within = outer;
    }

    fn each(&mut self, commands: Vec<StartCommand>, depth: usize) {
        for start in commands {
            if self.found.len() >= MAX_COMMANDS {
                return;
            }
            if let [cd, to, ..] = start.command.words.as_slice()
                && cd == "cd"
            {
                self.within =
                    Some(to.trim_start_matches("./").trim_end_matches('/').to_owned()).filter(|t| !t.is_empty() && !t.starts_with('/'));
            }
            let next = if depth < MAX_DEPTH { self.behind(&start) } else { None };
            let passes_on = start.command.words.iter().any(|w| matches!(w.as_str(), "$@" | "$*")) && depth > 0;
            self.found.push(start);
            if let Some(next) = next {
                self.follow(next, depth + 1);
            }
            if passes_on {
                let arguments = std::mem::take(&mut self.arguments);
                self.follow(arguments, depth + 1);
            }
        }
    }

    /// What a command leads to: a script of the tree, or a script of the package.
    fn behind(&self, start: &StartCommand) -> Option<Vec<StartCommand>> {
        let words = start.command.effective();
        let (program, rest) = words.split_first()?;
        let name = program.rsplit('/').next()?;
        let first = rest.iter().find(|w| !w.starts_with('-')).map(String::as_str);
        match name {
            "npm" | "pnpm" | "yarn" | "bun" | "turbo" => {
                let asked = packages::asked(name, rest)?;
                let found = self.script_of(&asked)?;
                Some(
                    shell_with(&found.value, Strictness::PLAIN).into_iter().map(|command| StartCommand { command, at: found.at }).collect(),
                )
            }
            // Whole commands as words, or names of scripts: `concurrently "npm:api" "node worker.js"`.
            "concurrently" | "npm-run-all" | "run-p" | "run-s" => {
                let whole = rest.iter().filter(|w| w.contains(' ')).map(String::as_str);
                let scripts = rest.iter().filter_map(|w| w.strip_prefix("npm:")).map(|s| format!("npm run {s}"));
                let commands: Vec<String> = whole.map(str::to_owned).chain(scripts).collect();
                let commands = commands.iter().flat_map(|c| shell_with(c, Strictness::PLAIN));
                Some(commands.map(|command| StartCommand { command, at: start.at }).collect())
            }
            "sh" | "bash" | "ash" | "dash" => self.script(first?),
            _ if name.ends_with(".sh") || name.contains("entrypoint") || name == "start" || name.starts_with("start-") => {
                self.script(program)
            }
            _ => None,
        }
    }

    /// The text of the script that is asked for, in the package that is meant.
    fn script_of(&self, asked: &packages::Asked<'_>) -> Option<&Sourced<String>> {
        let script = |p: &'_ Package| p.scripts.iter().position(|(n, _)| n == asked.script);
        let product = || self.system.packages().iter().filter(|p| p.product && p.ecosystem == Ecosystem::Npm);
        let ends = |p: &Package, path: &str| p.folder == path || p.folder.strip_suffix(path).is_some_and(|b| b.ends_with('/'));
        let found = match (&asked.package, &self.within) {
            (Some(packages::Choice::Named(name)), _) => {
                product().find(|p| p.name.as_deref() == Some(name)).or_else(|| product().find(|p| ends(p, name)))
            }
            (Some(packages::Choice::Folder(path)), _) => product().find(|p| ends(p, path)),
            (None, Some(within)) if product().any(|p| ends(p, within) && script(p).is_some()) => product().find(|p| ends(p, within)),
            (None, _) => self.service.packages(self.system).into_iter().find(|p| script(p).is_some()),
        }?;
        found.scripts.get(script(found)?).map(|(_, s)| s)
    }

    fn script(&self, path: &str) -> Option<Vec<StartCommand>> {
        let held = self.script_file(path)?;
        Some(held.commands().iter().map(|command| StartCommand { at: held.at(command.span), command: command.clone() }).collect())
    }

    /// The script of the tree that a path in the container most likely is: same name, in the context, the nearest to its root.
    fn script_file(&self, path: &str) -> Option<&Held> {
        let name = path.rsplit('/').next().filter(|n| !n.is_empty())?;
        let folder = self.service.build_context(self.system).map(|c| c.folder).or_else(|| self.service.source_folder(self.system))?;
        let tail: Vec<&str> = path.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
        self.system.below(&folder).filter(|f| f.name() == name && f.product() && f.bytes.is_some()).max_by_key(|f| {
            let same = f.path.rsplit('/').zip(tail.iter().rev()).take_while(|(a, b)| a == *b).count();
            (same, std::cmp::Reverse(f.path.len()))
        })
    }
}

/// What an orchestrator writes: words, or one text for a shell.
fn overriding(words: &[String], at: Location) -> Vec<StartCommand> {
    let commands = match words {
        [text] if text.contains(char::is_whitespace) => shell_with(text, Strictness::PLAIN),
        _ => ShellCommand::from_words(words.to_vec(), Span::default()),
    };
    commands.into_iter().map(|command| StartCommand { command, at }).collect()
}

fn of_image(image: &BuiltImage, command: &Command) -> Vec<StartCommand> {
    command
        .shell_commands()
        .into_iter()
        .map(|command| {
            let at = image.at(command.span);
            StartCommand { command, at }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use plimsoll_base::FileId;

    use super::*;

    fn start(text: &str) -> StartCommand {
        let command = shell_with(text, Strictness::PLAIN).into_iter().next().expect("a command");
        StartCommand { command, at: Location::whole(FileId(0)) }
    }

    #[test]
    fn servers_for_development_are_told_from_those_for_production() {
        for text in [
            "uvicorn app:app --reload",
            "python manage.py runserver 0.0.0.0:8000",
            "python -m flask run",
            "npx next dev",
            "vite --host",
            "vite preview",
            "nodemon server.js",
            "php artisan serve",
            "php -S 0.0.0.0:80",
            "exec dotnet watch run",
            "./mvnw spring-boot:run",
            "node --watch server.js",
            "go run ./cmd/api",
        ] {
            assert!(start(text).development().is_some(), "{text}");
        }
        for text in [
            "uvicorn app:app --workers 2",
            "gunicorn app:app",
            "next start",
            "vite build",
            "node server.js",
            "php-fpm",
            "dotnet api.dll",
            "java -jar run.jar",
            "fastapi run",
            "rails server -e production",
        ] {
            assert!(start(text).development().is_none(), "{text}");
        }
    }

    #[test]
    fn going_on_as_another_user_is_seen() {
        for text in [
            "exec gosu postgres \"$@\"",
            "su-exec app node server.js",
            "setpriv --reuid=1000 server",
            "su app -c server",
            "sudo -u app server",
        ] {
            assert!(start(text).drops_root(), "{text}");
        }
        for text in ["exec \"$@\"", "gosu root server", "sudo server", "server gosub"] {
            assert!(!start(text).drops_root(), "{text}");
        }
    }
}
