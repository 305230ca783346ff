//! Do builds install exactly what was tested?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Subject, Tally};
use plimsoll_model::packages::{Ecosystem, Package};
use plimsoll_model::technology::Sign;
use plimsoll_model::{Capability, Service, SignSource, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "supply-chain/lockfile-committed", page: include_str!("lockfile_committed.md"), check };

const CONSEQUENCE: &str = "the next build may ship versions that nobody has run";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let mut judged: Vec<&str> = Vec::new();
    for service in system.owned() {
        for package in service.packages(system) {
            if installs_something(package) && !judged.contains(&package.path.as_str()) {
                judged.push(&package.path);
                judge(system, &mut tally, &service.subject(), package);
            }
        }
        outside_the_lock(system, service, &mut tally);
    }
    if tally.is_empty() {
        for package in system.packages().iter().filter(|p| p.product && installs_something(p) && p.workspace_root.is_none()) {
            judge(system, &mut tally, &Subject::named(&package.path), package);
        }
    }
    tally.finish(|| {
        Evidence::sought(
            "package with dependencies",
            system.scopes(&["**/{package.json,pyproject.toml,requirements*.txt,go.mod,Cargo.toml,pom.xml,Gemfile,composer.json,*.csproj}"]),
        )
    })
}

fn judge(system: &System, tally: &mut Tally, subject: &Subject, package: &Package) {
    let manifest = Location::whole(package.file);
    let Some(lock) = &package.lock else {
        // Poms and Gradle files that name versions decide what is below them too: published descriptions never change.
        if package.hashed || package.exact && package.ecosystem == Ecosystem::Maven {
            let why = if package.hashed {
                "states each version with its hash"
            } else {
                "states exact versions, whose own dependencies are fixed where they are published"
            };
            tally.met(subject, Evidence::seen(manifest, format!("{} {why}", package.path), Grade::Active));
        } else if package.exact {
            tally.met(subject, Evidence::seen(manifest, format!("{} states exact versions", package.path), Grade::Wired));
            let gap = Gap::new(
                "no-transitive-pins",
                format!("{} pins direct dependencies only: no hashes, no transitive versions", package.path),
                Evidence::noted(manifest, "no lock file beside it"),
            );
            tally.gap(subject, gap.so(CONSEQUENCE));
        } else {
            let loose = package.dependencies.iter().find(|d| !d.constraint.starts_with("==")).map_or(manifest, |d| d.at);
            let gap = Gap::new(
                "no-lock",
                format!("{} has no lock file, and its versions may move", package.path),
                Evidence::noted(loose, "no exact version"),
            );
            tally.gap(subject, gap.so(CONSEQUENCE));
        }
        return;
    };
    let at = Location::whole(lock.file);
    if lock.ignored {
        let gap = Gap::new("lock-ignored", format!("an ignore rule keeps {} out of git", lock.path), Evidence::noted(at, "ignored by git"));
        tally.gap(subject, gap.so(CONSEQUENCE));
        return;
    }
    tally.met(subject, Evidence::seen(at, format!("{} locks {}", lock.path, package.path), Grade::Active));
    if let Some(other) = package.competing_locks.first() {
        let text = format!("{} and {} compete: which one a build uses depends on the tool", lock.path, other.path);
        tally.gap(
            subject,
            Gap::new("competing-locks", text, Evidence::noted(Location::whole(other.file), "a second lock file")).so(CONSEQUENCE),
        );
    }
    let installs = |capability| -> Vec<&Sign> { system.signs_of(capability).filter(|s| in_image_of(system, s, package)).collect() };
    match (installs(Capability::FrozenInstall).first(), installs(Capability::LooseInstall).first()) {
        (Some(frozen), _) => tally.met(subject, Evidence::seen(frozen.at, format!("installs as locked: {}", frozen.says), Grade::Active)),
        // Compiled requirements are their own lock: the plain installer reads exact versions from them.
        (None, Some(_)) if lock.file == package.file || lock.tool == "pip-tools" => {}
        (None, Some(loose)) => {
            let gap = Gap::new(
                "install-ignores-lock",
                format!("the image installs with `{}`, which may change the lock", loose.says),
                Evidence::noted(loose.at, loose.says.clone()),
            );
            tally.gap(subject, gap.so(CONSEQUENCE));
        }
        (None, None) => {}
    }
}

/// Whether a package, or the workspace that it is the root of, has dependencies.
fn installs_something(package: &Package) -> bool {
    !package.dependencies.is_empty() || !package.members.is_empty()
}

/// Whether an install command stands in the image definition that builds the package.
fn in_image_of(system: &System, sign: &Sign, package: &Package) -> bool {
    let SignSource::Command { path } = &sign.source else { return false };
    system.images().iter().any(|i| i.product && &i.path == path)
        && system.owned().any(|s| s.image_definition(system).is_some_and(|d| &d.path == path) && s.packages(system).iter().any(|p| p.path == package.path))
        && sign.says.split(' ').find(|w| !matches!(*w, "python" | "python3" | "-m" | "corepack" | "npx")).is_some_and(|w| serves(w.rsplit('/').next().unwrap_or(w), package))
        // Tools for everyone on the image are no part of the package.
        && !sign.says.split(' ').any(|w| w == "-g" || w == "--global")
}

/// Whether an installer's name belongs to the package's ecosystem.
fn serves(tool: &str, package: &Package) -> bool {
    use plimsoll_model::packages::Ecosystem::{Cargo, Go, Hex, Maven, Npm, Nuget, Other, Php, Pypi, Ruby};
    let tools: &[&str] = match package.ecosystem {
        Npm => &["npm", "pnpm", "yarn", "bun"],
        Pypi => &["pip", "pip3", "poetry", "uv", "pipenv", "pdm"],
        Go => &["go"],
        Cargo => &["cargo"],
        Maven => &["maven", "gradle", "mvn"],
        Ruby => &["bundler", "bundle"],
        Php => &["composer"],
        Nuget => &["dotnet", "nuget"],
        Hex => &["mix"],
        Other => &[],
    };
    tools.contains(&tool)
}

/// Packages that an image installs by name, past every lock: `pip install boto3`.
fn outside_the_lock(system: &System, service: &Service, tally: &mut Tally) {
    let Some(definition) = service.image_definition(system) else { return };
    for stage in &definition.dockerfile.stages {
        for instruction in &stage.instructions {
            let plimsoll_model::dockerfile::InstructionKind::Run(run) = &instruction.kind else { continue };
            for command in run.shell_commands() {
                if let Some(package) = named_install(command.effective()) {
                    let at = Location::at(definition.file, command.span);
                    let text = format!("the image installs `{package}` by name, in whatever version is newest");
                    tally.gap(
                        &service.subject(),
                        Gap::new("outside-the-lock", text, Evidence::noted(at, command.effective().join(" "))).so(CONSEQUENCE),
                    );
                }
            }
        }
    }
}

/// The first package that an install command names without a version; installers themselves are no part of the product.
fn named_install(words: &[String]) -> Option<&str> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let rest = match words.as_slice() {
        ["pip" | "pip3", "install", rest @ ..] | ["python" | "python3", "-m", "pip", "install", rest @ ..] => rest,
        _ => return None,
    };
    if rest.iter().any(|w| {
        matches!(*w, "-r" | "--requirement" | "-e" | "." | "-c" | "--constraint") || w.starts_with("-r") || w.starts_with("--requirement=")
    }) {
        return None;
    }
    const INSTALLERS: [&str; 9] = ["pip", "setuptools", "wheel", "poetry", "uv", "pipenv", "pdm", "build", "hatch"];
    rest.iter()
        .find(|w| {
            !w.starts_with('-')
                && !w.contains(['=', '/', '$', '<', '>', '~', '.'])
                && !INSTALLERS.contains(&w.split('[').next().unwrap_or(w))
        })
        .copied()
}
