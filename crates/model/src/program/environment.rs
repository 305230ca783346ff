//! The variables that a service's process sees, as far as the repository tells.

use std::collections::BTreeMap;

use plimsoll_base::Location;
use plimsoll_facts::container::{Runtime, ValueSource};
use plimsoll_facts::packages::Ecosystem;

use crate::service::Service;
use crate::start::StartCommand;
use crate::system::System;

/// A variable that the deployment hands in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Handed {
    /// Its value, where the repository holds it.
    pub(crate) value: Option<String>,
    /// Where it is handed in.
    pub(crate) at: Location,
}

/// The variables of a service.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    variables: BTreeMap<String, Handed>,
    /// Whether more may be set than files show: on a platform's page, in an env file that is not tracked, by whoever starts the image.
    pub(crate) open: bool,
    /// What templates of env files ask to be set, where the environment is open.
    asked: BTreeMap<String, Location>,
}

impl Environment {
    /// The variables of a service that starts with these commands; its source lies in a folder.
    pub(super) fn of(system: &System, service: &Service, commands: &[StartCommand], root: &str) -> Self {
        let mut found = Self { open: open(service), ..Self::default() };
        let mut set = |name: &str, value: Option<String>, at: Location| {
            found.variables.insert(name.to_owned(), Handed { value, at });
        };
        // The weakest first; what comes later wins.
        for file in system.env_files().iter().filter(|f| loaded(system, &f.path, f.template, f.tracked, root)) {
            for entry in file.entries.iter().filter(|e| !e.commented) {
                set(&entry.name, Some(entry.value.clone()), entry.at);
            }
        }
        if let Some(at) = production_by_default(system, service, commands) {
            set("NODE_ENV", Some("production".into()), at);
        }
        if let Some(image) = service.built_image(system) {
            for (name, variable) in image.definition.dockerfile.effective_env(image.stage) {
                let value = Some(variable.value.clone()).filter(|v| !v.contains('$'));
                set(name, value, image.at(variable.span));
            }
        }
        for variable in &service.environment {
            let value = match &variable.value {
                ValueSource::Literal(text) => Some(text.clone()),
                ValueSource::Interpolated { resolved, .. } => resolved.clone(),
                ValueSource::EnvFile { value, .. } => Some(value.clone()),
                ValueSource::PassedThrough | ValueSource::SecretRef(_) | ValueSource::ConfigRef(_) | ValueSource::Unresolved => None,
            };
            set(&variable.name, value, variable.at);
        }
        for start in commands.iter().filter(|c| !c.command.in_function) {
            let exported = start.command.words.iter().filter_map(|w| w.split_once('=')).map(|(n, v)| (n.to_owned(), v.to_owned()));
            let exports = matches!(start.command.words.first().map(String::as_str), Some("export" | "env" | "cross-env"));
            let assigned = start.command.assignments.iter().cloned().chain(exported.filter(|_| exports));
            for (name, value) in assigned.filter(|(n, v)| is_name(n) && !v.contains(&format!("{n}:")) && !v.contains("$(")) {
                set(&name, Some(value).filter(|v| !v.contains('$')), start.at);
            }
        }
        if found.open {
            for file in system.env_files().iter().filter(|f| f.template) {
                for entry in file.entries.iter().filter(|e| !e.commented) {
                    found.asked.entry(entry.name.clone()).or_insert(entry.at);
                }
            }
        }
        found
    }

    /// A variable that is handed in.
    pub(crate) fn get(&self, name: &str) -> Option<&Handed> {
        self.variables.get(name)
    }
    /// Where a template asks for a variable that is otherwise not seen to be set.
    pub(crate) fn asked(&self, name: &str) -> Option<Location> {
        self.asked.get(name).copied()
    }
    /// A text with `$X`, `${X}` and `${X:-default}` replaced; none where one has no value here.
    pub(super) fn expanded(&self, text: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(i) = rest.find('$') {
            out.push_str(&rest[..i]);
            rest = &rest[i + 1..];
            let (name, default, after) = if let Some(inner) = rest.strip_prefix('{') {
                let (inner, after) = inner.split_once('}')?;
                let (name, default) = inner.split_once(":-").or_else(|| inner.split_once('-')).map_or((inner, None), |(n, d)| (n, Some(d)));
                (name, default, after)
            } else {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                (&rest[..end], None, &rest[end..])
            };
            if !is_name(name) {
                return None;
            }
            out.push_str(self.get(name).and_then(|h| h.value.as_deref()).or(default)?);
            rest = after;
        }
        out.push_str(rest);
        Some(out)
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !text.as_bytes()[0].is_ascii_digit()
}

/// Whether more variables may be set than the declaration lists.
fn open(service: &Service) -> bool {
    matches!(service.runtime, Runtime::Platform | Runtime::Process | Runtime::Function)
        || service.env_files.iter().any(|f| !f.exists)
        || service.environment.is_empty() && service.env_files.is_empty()
}

/// Whether a committed env file lies in a service's folder, so that frameworks and loaders read it; files for development and tests are not read.
fn loaded(system: &System, path: &str, template: bool, tracked: Option<bool>, root: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    !template
        && tracked != Some(false)
        && plimsoll_facts::folder_of(path) == root
        && match name {
            ".env" => true,
            // Frameworks for Node read it by themselves.
            ".env.production" => system.packages().iter().any(|p| p.ecosystem == Ecosystem::Npm && p.folder == root),
            _ => false,
        }
        && system.file(path).is_some_and(|f| f.product())
}

/// What sets `NODE_ENV` to `production` without being told: a platform for Node, a framework's own start command.
fn production_by_default(system: &System, service: &Service, commands: &[StartCommand]) -> Option<Location> {
    let platform = system.platforms().iter().find(|p| p.workloads.iter().any(|w| w.at == service.at && w.name == service.name));
    let sets = platform.is_some_and(|p| {
        p.builds_source && matches!(p.platform, "vercel" | "netlify" | "heroku" | "render" | "railway" | "nixpacks" | "app-engine")
    });
    if sets {
        return Some(service.at);
    }
    let starts = |c: &&StartCommand| {
        c.command.program_and_args().is_some_and(|(program, args)| {
            let first = args.iter().find(|a| !a.starts_with('-')).map(String::as_str);
            matches!(
                (program, first),
                ("next" | "nuxt" | "nuxi" | "astro", Some("start" | "preview")) | ("remix-serve" | "react-router-serve", _)
            )
        })
    };
    commands.iter().find(starts).map(|c| c.at)
}
