//! Commands that destroy data as a part of deploying or starting the system, and what keeps volumes from going.

use plimsoll_base::Location;
use plimsoll_facts::{Format, Role};
use plimsoll_syntax::ShellCommand;

use crate::deployment::DeploymentKind;
use crate::system::System;

/// A command that destroys what a store holds.
#[derive(Clone, Debug)]
pub struct Destruction {
    /// Where it stands.
    pub at: Location,
    /// Its words, shortened.
    pub says: String,
    /// What it destroys.
    pub destroys: Destroys,
}

/// What a command destroys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destroys {
    /// Every volume of a Compose project.
    Volumes,
    /// The tables of the application's database.
    Tables,
}

impl System {
    /// Destructive commands in what starts a service, in deployments by pipelines, and in scripts that take the system down and up again.
    /// Those of tests, of development and of steps that ask first are left out.
    pub fn destructions(&self) -> Vec<Destruction> {
        let mut found = Vec::new();
        for service in self.owned() {
            for start in service.start(self) {
                found.extend(destruction(&start.command, start.at));
            }
        }
        for deploy in self.production_deploys() {
            for step in &deploy.job.steps {
                for invocation in &step.commands {
                    let commands = ShellCommand::from_words(invocation.words.clone(), plimsoll_base::Span::default());
                    // A runner's own containers are not production: only what reaches a database from there counts.
                    let hits = commands.iter().filter_map(|c| destruction(c, invocation.at));
                    found.extend(hits.filter(|d| d.destroys == Destroys::Tables));
                }
            }
        }
        // A script that is named for tests or development, or that runs tests, cleans up after itself.
        let scripts = self.files().iter().filter(|f| f.format == Format::Shell && f.role == Role::Product && f.bytes.is_some());
        for held in scripts.filter(|f| !f.path.split('/').any(development)) {
            let text = held.text();
            // Only a script that starts a project again is read as a program.
            if text.contains("compose") && text.contains("up") {
                found.extend(redeploys(held.commands(), |c| held.at(c.span)));
            }
        }
        found
    }

    /// Where volumes are kept although their claims go.
    pub fn retained_volumes(&self) -> Option<Location> {
        let deployment = self.deployment().filter(|d| d.kind == DeploymentKind::Kubernetes)?;
        let files = deployment.files.iter().filter_map(|p| self.file(p));
        files.into_iter().find_map(|held| {
            held.documents.iter().find_map(|d| {
                let class = d.entry("reclaimPolicy");
                let volume = d.get("spec").and_then(|s| s.entry("persistentVolumeReclaimPolicy"));
                let stated = class.or(volume);
                // A volume that is declared by hand is kept unless it says otherwise; only a class that makes volumes removes them by default.
                let by_hand = || d.entry("kind").filter(|k| k.value.scalar() == Some("PersistentVolume") && stated.is_none());
                let entry = stated.filter(|e| e.value.scalar() == Some("Retain")).or_else(by_hand)?;
                Some(held.at(entry.span()))
            })
        })
    }

    /// Whether a volume of the assessed Compose project is made elsewhere.
    pub fn external_volume(&self, name: &str) -> bool {
        let project = self.deployment().filter(|d| d.kind == DeploymentKind::Compose).and_then(|d| self.facts().compose.get(d.origin));
        project.is_some_and(|p| p.volumes.iter().any(|(n, external)| n.value == name && *external))
    }
}

/// A script that removes volumes and starts the same project again, without asking.
fn redeploys(commands: &[ShellCommand], at: impl Fn(&ShellCommand) -> Location) -> Vec<Destruction> {
    let asks = commands.iter().any(|c| c.words.first().is_some_and(|w| w == "read" || w == "select"));
    if asks || commands.iter().flat_map(|c| &c.words).any(|w| w.to_ascii_lowercase().contains("test")) {
        return Vec::new();
    }
    let starts = |c: &ShellCommand| composes(&c.words) && c.words.iter().any(|w| w == "up") && !c.words.iter().any(development);
    let up = commands.iter().rposition(starts);
    let mut found = Vec::new();
    for (index, command) in commands.iter().enumerate() {
        let told = destruction(command, at(command)).filter(|_| !command.conditional && !command.in_function);
        found.extend(
            told.filter(|d| d.destroys == Destroys::Volumes && up.is_some_and(|u| u > index) && !command.words.iter().any(development)),
        );
    }
    found
}

fn development(word: impl AsRef<str>) -> bool {
    let word = word.as_ref();
    let lower = word.to_ascii_lowercase();
    ["dev", "test", "tests", "testing", "local", "ci", "e2e", "demo"]
        .iter()
        .any(|w| lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|p| p == *w))
}

fn composes(words: &[String]) -> bool {
    let mut words = words.iter().map(|w| w.rsplit('/').next().unwrap_or(w)).skip_while(|w| *w == "sudo");
    match words.next() {
        Some("docker-compose" | "podman-compose") => true,
        Some("docker" | "podman") => words.next() == Some("compose"),
        _ => false,
    }
}

/// What a command destroys, if anything.
fn destruction(command: &ShellCommand, at: Location) -> Option<Destruction> {
    let words = &command.words;
    let has = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
    let destroys = if composes(words) && has(&["down", "rm"]) && has(&["-v", "--volumes"]) {
        Destroys::Volumes
    } else if has(&["--force-reset"]) && has(&["push"])
        || has(&["reset"]) && has(&["migrate"]) && words.iter().any(|w| w.contains("prisma"))
        || has(&[
            "migrate:fresh",
            "migrate:reset",
            "migrate:refresh",
            "db:drop",
            "db:reset",
            "db:schema:load",
            "schema:drop",
            "doctrine:schema:drop",
        ])
        || words.iter().any(|w| w.ends_with("manage.py")) && has(&["flush", "reset_db"])
        || words.iter().any(|w| w.contains("typeorm")) && has(&["schema:drop"])
        || has(&["downgrade"]) && has(&["base"]) && words.iter().any(|w| w.contains("alembic"))
        || has(&["ecto.drop", "ecto.reset"])
        || words.iter().any(|w| w.to_ascii_lowercase().contains("drop database") || w.to_ascii_lowercase().contains("drop schema public"))
            && has(&["psql", "mysql"])
    {
        Destroys::Tables
    } else {
        return None;
    };
    let shown: Vec<&str> = words.iter().take(7).map(String::as_str).collect();
    Some(Destruction { at, says: shown.join(" "), destroys })
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_syntax::{Strictness, shell_with};

    fn commands(text: &str) -> Vec<ShellCommand> {
        shell_with(text, Strictness::PLAIN)
    }
    fn found(text: &str) -> usize {
        redeploys(&commands(text), |_| Location::whole(plimsoll_base::FileId(0))).len()
    }

    #[test]
    fn only_a_redeployment_without_a_question_counts() {
        assert_eq!(found("git pull\ndocker compose down -v\ndocker compose up -d --build\n"), 1);
        assert_eq!(found("docker compose down -v\n"), 0, "a clean-up");
        assert_eq!(found("read -p sure\ndocker compose down -v\ndocker compose up -d\n"), 0);
        assert_eq!(found("docker compose -f compose.test.yml down -v\ndocker compose up -d\n"), 0);
        assert_eq!(found("docker compose down\ndocker compose up -d\n"), 0);
    }

    #[test]
    fn resets_of_a_database_are_known_by_their_words() {
        let tables = |text: &str| commands(text).iter().any(|c| destruction(c, Location::whole(plimsoll_base::FileId(0))).is_some());
        for text in [
            "npx prisma migrate reset --force",
            "prisma db push --force-reset",
            "php artisan migrate:fresh --seed",
            "bundle exec rails db:reset",
            "python manage.py flush --noinput",
        ] {
            assert!(tables(text), "{text}");
        }
        for text in ["npx prisma migrate deploy", "prisma db push", "php artisan migrate --force", "git reset --hard", "rails db:migrate"] {
            assert!(!tables(text), "{text}");
        }
    }
}
