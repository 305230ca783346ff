//! What building leaves in each stage: modules of Node, compiled output, packages of the operating system.

use plimsoll_base::Location;
use plimsoll_syntax::ShellCommand;
use plimsoll_syntax::dockerfile::{Copy, InstructionKind, Run};

use super::BuiltImage;

/// What `node_modules` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeModules {
    /// Everything, tools for development included.
    Full,
    /// What running needs.
    Production,
}

/// What a stage holds once it is built.
#[derive(Clone, Debug, Default)]
pub struct StageContent {
    /// Modules of Node, and the place that installed them.
    pub node_modules: Option<(NodeModules, Location)>,
    /// The command that built something, with its words.
    pub built: Option<(Vec<String>, Location)>,
    /// A build that ran while only production modules were there.
    pub built_without_tools: Option<(Vec<String>, Location)>,
    /// The instruction that copied the whole context.
    pub whole_context: Option<Location>,
    /// NODE_ENV is `production` where the next instruction runs.
    production: bool,
}

/// A package of the operating system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemPackage {
    /// Its name, version left out.
    pub name: String,
    /// The command that installs it.
    pub at: Location,
}

pub(super) fn contents(image: &BuiltImage) -> Vec<StageContent> {
    let file = &image.definition.dockerfile;
    let mut all: Vec<StageContent> = Vec::with_capacity(file.stages.len());
    for stage in &file.stages {
        let mut content = stage.from.stage.and_then(|i| all.get(i)).cloned().unwrap_or_default();
        for instruction in &stage.instructions {
            let at = image.at(instruction.span);
            match &instruction.kind {
                InstructionKind::Env(variables) => {
                    if let Some(v) = variables.iter().find(|v| v.name == "NODE_ENV") {
                        content.production = v.value == "production";
                    }
                }
                InstructionKind::Copy(copy) => {
                    if copy.from.is_none() && copy.sources.iter().any(|s| whole(s)) {
                        content.whole_context = Some(at);
                    }
                    if let Some(from) = copy.from_stage.and_then(|i| all.get(i))
                        && takes_modules(image, copy)
                        && let Some((modules, _)) = from.node_modules
                    {
                        content.node_modules = Some((modules, at));
                    }
                }
                InstructionKind::Run(run) => {
                    for command in run.shell_commands() {
                        step(&mut content, &command, image.at(command.span));
                    }
                }
                _ => {}
            }
        }
        all.push(content);
    }
    all
}

fn whole(source: &str) -> bool {
    matches!(source.trim_end_matches('/'), "" | "." | "./.")
}

/// Whether a copy from a stage takes its `node_modules` as a whole, by itself or with the working folder.
fn takes_modules(image: &BuiltImage, copy: &Copy) -> bool {
    let file = &image.definition.dockerfile;
    let workdir = copy.from_stage.and_then(|i| file.stages.get(i)).and_then(|s| file.effective_workdir(s)).map(|(path, _)| path);
    copy.sources.iter().any(|s| {
        let s = s.trim_end_matches('/');
        s.ends_with("/node_modules")
            || s == "node_modules"
            || Some(s) == workdir.as_deref().filter(|w| !w.is_empty())
            || whole(s) && !s.is_empty()
    })
}

fn step(content: &mut StageContent, command: &ShellCommand, at: Location) {
    let words: Vec<&str> = command.effective().iter().map(String::as_str).collect();
    let production = content.production || command.assignments.iter().any(|(n, v)| n == "NODE_ENV" && v == "production");
    if let Some(modules) = installs_modules(&words, production) {
        content.node_modules = Some((modules, at));
    } else if compiles(command) {
        let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
        if matches!(content.node_modules, Some((NodeModules::Production, _))) && content.built_without_tools.is_none() {
            content.built_without_tools = Some((words.clone(), at));
        }
        content.built = Some((words, at));
    }
}

/// What an install or a prune leaves in `node_modules`; none for other commands.
fn installs_modules(words: &[&str], production: bool) -> Option<NodeModules> {
    let (program, rest) = words.split_first()?;
    let program = program.rsplit('/').next()?.split('@').next()?;
    let flags = || rest.iter().filter(|w| w.starts_with('-'));
    let verb = rest.iter().find(|w| !w.starts_with('-')).copied();
    let global = rest.iter().any(|w| matches!(*w, "-g" | "--global" | "global"));
    let omits = || {
        rest.windows(2).any(|w| matches!(w, ["--omit", "dev"] | ["--only", "prod" | "production"]))
            || flags().any(|f| {
                matches!(
                    *f,
                    "--omit=dev"
                        | "--production"
                        | "--only=production"
                        | "--only=prod"
                        | "--prod"
                        | "-P"
                        | "--production=true"
                        | "--prod=true"
                )
            })
    };
    let keeps = || flags().any(|f| matches!(*f, "--include=dev" | "--production=false" | "--prod=false" | "--dev" | "-D"));
    let known = match program {
        "npm" => matches!(verb, Some("ci" | "install" | "i" | "clean-install" | "prune")),
        "pnpm" => matches!(verb, Some("install" | "i" | "prune")) || verb == Some("deploy"),
        "yarn" => matches!(verb, None | Some("install")) || rest.windows(2).any(|w| w == ["workspaces", "focus"]),
        "bun" => matches!(verb, Some("install" | "i")),
        _ => false,
    };
    // `npm install left-pad` adds to what is there.
    let adds = matches!(verb, Some("install" | "i"))
        && rest.iter().filter(|w| !w.starts_with('-')).nth(1).is_some_and(|w| !w.contains('/') && !w.starts_with('.') && *w != "dev");
    if !known || global || adds || flags().any(|f| matches!(*f, "--version" | "-v" | "--package-lock-only")) {
        return None;
    }
    Some(if (omits() || production) && !keeps() { NodeModules::Production } else { NodeModules::Full })
}

/// Whether a command builds: compiles, bundles or publishes.
pub fn compiles(command: &ShellCommand) -> bool {
    let Some((program, args)) = command.program_and_args() else { return false };
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let has = |list: &[&str]| args.iter().any(|a| list.contains(a));
    match program {
        "npm" | "pnpm" | "yarn" | "bun" => {
            let script = args.iter().position(|a| matches!(*a, "run" | "run-script")).map_or_else(
                || if program == "npm" { None } else { args.iter().find(|a| !a.starts_with('-')) },
                |i| args[i + 1..].iter().find(|a| !a.starts_with('-')),
            );
            script.is_some_and(|s| *s == "build" || s.starts_with("build:") || s.ends_with(":build"))
        }
        "next" | "nuxt" | "vite" | "ng" | "astro" | "nest" | "remix" | "gatsby" | "vue-cli-service" | "react-scripts" | "turbo" | "nx" => {
            has(&["build", "run"]) && args.iter().any(|a| a.contains("build"))
        }
        "tsc" | "webpack" | "esbuild" | "rollup" | "tsup" | "gcc" | "g++" | "cc" | "cmake" | "ninja" | "native-image" | "sbt" | "lein" => {
            true
        }
        "go" => has(&["build", "install"]),
        "cargo" => has(&["build", "install"]),
        "mvn" | "mvnw" => has(&["package", "install", "verify", "deploy", "compile"]),
        "gradle" | "gradlew" => args.iter().any(|a| {
            ["build", "bootJar", "assemble", "installDist", "shadowJar", "jar", "downloadRepos"]
                .iter()
                .any(|t| a.rsplit(':').next() == Some(t))
        }),
        "dotnet" => has(&["publish", "build"]),
        "make" => !args.contains(&"clean"),
        "mix" => has(&["release", "compile"]),
        "swift" => has(&["build"]),
        "phx" | "rebar3" => true,
        _ => false,
    }
}

pub(super) fn system_packages(image: &BuiltImage) -> Vec<SystemPackage> {
    let mut found: Vec<SystemPackage> = Vec::new();
    for stage in image.chain().into_iter().rev() {
        for instruction in &stage.instructions {
            if let InstructionKind::Run(run) = &instruction.kind {
                found.extend(installed_by(image, run));
            }
        }
    }
    found
}

/// What one RUN leaves installed: what a later command of the same RUN removes never reaches a layer.
fn installed_by(image: &BuiltImage, run: &Run) -> Vec<SystemPackage> {
    let mut left: Vec<(SystemPackage, Option<String>)> = Vec::new();
    for command in run.shell_commands() {
        let words: Vec<&str> = command.effective().iter().map(String::as_str).collect();
        let Some((program, rest)) = words.split_first() else { continue };
        let program = program.rsplit('/').next().unwrap_or(program);
        let verb = rest.iter().find(|w| !w.starts_with('-')).copied().unwrap_or_default();
        let at = image.at(command.span);
        let names = || {
            let behind = rest.iter().skip_while(|w| **w != verb).skip(1);
            let mut skip = false;
            behind
                .filter(move |w| {
                    let value =
                        std::mem::replace(&mut skip, matches!(**w, "-t" | "--virtual" | "--repository" | "-X" | "--target-release" | "-o"));
                    !value && !w.starts_with('-')
                })
                .map(|w| w.split(['=', '~', '<', '>']).next().unwrap_or(w).to_owned())
                .filter(|w| !w.is_empty())
                .collect::<Vec<String>>()
        };
        match (program, verb) {
            ("apt-get" | "apt" | "aptitude" | "yum" | "dnf" | "microdnf" | "tdnf" | "zypper", "install" | "groupinstall")
            | ("apk", "add") => {
                let bundle = rest
                    .windows(2)
                    .find(|w| matches!(w[0], "-t" | "--virtual"))
                    .map(|w| w[1].to_owned())
                    .or_else(|| rest.iter().find_map(|w| w.strip_prefix("--virtual=")).map(str::to_owned));
                left.extend(names().into_iter().map(|name| (SystemPackage { name, at }, bundle.clone())));
            }
            ("apt-get" | "apt" | "yum" | "dnf" | "microdnf", "remove" | "purge" | "erase" | "autoremove") | ("apk", "del") => {
                let gone = names();
                left.retain(|(p, bundle)| !gone.contains(&p.name) && !bundle.as_ref().is_some_and(|b| gone.contains(b)));
            }
            _ => {}
        }
    }
    left.into_iter().map(|(p, _)| p).collect()
}

/// Whether a package compiles programs.
pub fn is_compiler(package: &str) -> bool {
    let name = package.trim_matches(['"', '\'']);
    matches!(
        name,
        "gcc"
            | "g++"
            | "build-essential"
            | "build-base"
            | "alpine-sdk"
            | "clang"
            | "cmake"
            | "gfortran"
            | "maven"
            | "gradle"
            | "cargo"
            | "rustc"
            | "rust"
            | "go"
            | "golang"
            | "golang-go"
            | "gcc-c++"
            | "$PHPIZE_DEPS"
            | "${PHPIZE_DEPS}"
            | "default-jdk"
            | "default-jdk-headless"
            | "llvm"
            | "base-devel"
    ) || name.starts_with("openjdk") && name.contains("-jdk")
        || name.starts_with("dotnet-sdk")
        || name.starts_with("clang-")
}

/// Whether a package holds headers, which only compilers read.
pub fn is_headers(package: &str) -> bool {
    package.ends_with("-dev") || package.ends_with("-devel")
}
