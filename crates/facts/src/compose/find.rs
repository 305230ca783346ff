//! Which files make which project.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::Problem;
use plimsoll_discover::{Format, Role};
use plimsoll_syntax::Node;

use super::EnvironmentWord;
use super::command::{Commands, commands};
use crate::library::{Held, Library, folder_of};

/// How many ways to start are resolved.
const MAX_PROJECTS: usize = 64;

/// One way to start: files in merge order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// The files, from the root.
    pub(super) paths: Vec<String>,
    /// The env files that the command names instead of `.env`; later ones win.
    pub(super) env_files: Vec<String>,
    /// The environment that the names suggest.
    pub(super) environment: EnvironmentWord,
    /// Deployed as a Swarm stack.
    pub(super) stack: bool,
}

/// The ways to start, and the profiles that commands activate.
#[derive(Debug, Default)]
pub(super) struct Starts {
    /// In a stable order.
    pub(super) starts: Vec<Start>,
    /// Profiles.
    pub(super) profiles: BTreeSet<String>,
}

/// A file that holds services, or a part of a project.
#[derive(Debug)]
struct Candidate<'a> {
    held: &'a Held,
    /// The words of its name beside `docker` and `compose`.
    words: Vec<String>,
    services: BTreeSet<&'a str>,
    /// Services without an image or a build.
    incomplete: BTreeSet<&'a str>,
    /// Services, volumes and networks that it uses and does not declare.
    missing: BTreeSet<String>,
    /// Volumes and networks that it declares.
    declared: BTreeSet<String>,
}

/// Finds the projects of a tree.
pub(super) fn starts(library: &Library, problems: &mut Vec<Problem>) -> Starts {
    let all: Vec<Candidate> = library.files().iter().filter(|h| h.format == Format::Yaml).filter_map(|h| candidate(h, problems)).collect();
    let product = all.iter().any(|c| c.held.role == Role::Product && !c.services.is_empty());
    let candidates: Vec<&Candidate> = all
        .iter()
        .filter(|c| match c.held.role {
            Role::Product => true,
            // Tests and examples are no way to run the product, even where there is no other (rule G10).
            Role::Test | Role::Example => false,
            _ => !product,
        })
        .collect();
    let known: BTreeSet<&str> = candidates.iter().map(|c| c.held.path.as_str()).collect();
    let Commands { lists, profiles } = commands(library, &known);

    let mut by_folder: BTreeMap<&str, Vec<&Candidate>> = BTreeMap::new();
    for candidate in &candidates {
        by_folder.entry(candidate.held.folder()).or_default().push(candidate);
    }

    let mut found: Vec<Start> = Vec::new();
    // Files of which a command says with what they start.
    let mut follows: BTreeSet<&str> = BTreeSet::new();
    let mut alone: BTreeSet<&str> = BTreeSet::new();
    for list in &lists {
        for (i, path) in list.paths.iter().enumerate() {
            match i {
                0 if list.paths.len() == 1 => alone.insert(path),
                0 => false,
                _ => follows.insert(path),
            };
        }
    }
    for candidate in &candidates {
        let path = candidate.held.path.as_str();
        let base = base_of(candidate, &by_folder);
        match base {
            _ if candidate.services.is_empty() => {}
            Some(base) if is_override(candidate) => add(&mut found, &[base, candidate], candidate.held.role),
            _ if follows.contains(path) && !alone.contains(path) => {}
            Some(base) if !alone.contains(path) && is_overlay(candidate, base) => add(&mut found, &[base, candidate], candidate.held.role),
            _ => add(&mut found, &[candidate], candidate.held.role),
        }
    }
    for list in lists {
        let role = candidates.iter().find(|c| list.paths.last().is_some_and(|p| *p == c.held.path)).map_or(Role::Product, |c| c.held.role);
        let start = Start { environment: environment(&list.paths, role), paths: list.paths, env_files: list.env_files, stack: list.stack };
        match found.iter_mut().find(|s| s.paths == start.paths) {
            Some(same) => {
                same.stack |= start.stack;
                if same.env_files.is_empty() {
                    same.env_files = start.env_files;
                }
            }
            None => found.push(start),
        }
    }
    // A base that cannot run alone is no way to start when something completes it.
    let incomplete: BTreeMap<&str, bool> = candidates.iter().map(|c| (c.held.path.as_str(), !c.incomplete.is_empty())).collect();
    let completed: BTreeSet<String> = found.iter().filter(|s| s.paths.len() > 1).flat_map(|s| s.paths.iter().cloned()).collect();
    found.retain(|s| s.paths.len() > 1 || !(incomplete.get(s.paths[0].as_str()) == Some(&true) && completed.contains(&s.paths[0])));
    found.sort_by(|a, b| a.paths.cmp(&b.paths));
    if found.len() > MAX_PROJECTS {
        let at = library.get(&found[MAX_PROJECTS].paths[0]).map(Held::whole);
        let says = format!("{} ways to start Compose: only the first {MAX_PROJECTS} are read", found.len());
        problems.extend(at.map(|at| Problem { at, says }));
        found.truncate(MAX_PROJECTS);
    }
    Starts { starts: found, profiles }
}

fn add(found: &mut Vec<Start>, files: &[&Candidate], role: Role) {
    let paths: Vec<String> = files.iter().map(|c| c.held.path.clone()).collect();
    let words: Vec<&String> = files.iter().flat_map(|c| &c.words).collect();
    let stack = words.iter().any(|w| matches!(w.as_str(), "stack" | "swarm"));
    let start = Start { environment: environment(&paths, role), paths, env_files: Vec::new(), stack };
    if !found.iter().any(|s| s.paths == start.paths) {
        found.push(start);
    }
}

/// The most telling word of the names; what lies among tests and equipment of developers is never production.
fn environment(paths: &[String], role: Role) -> EnvironmentWord {
    if role != Role::Product {
        return EnvironmentWord::Development;
    }
    // A word of the last file's own name says more than its folder, and than the base.
    let own = paths.last().map(|p| EnvironmentWord::of(p.rsplit('/').next().unwrap_or(p))).unwrap_or(EnvironmentWord::Unnamed);
    let folder = paths.last().map_or(EnvironmentWord::Unnamed, |p| EnvironmentWord::of(folder_of(p)));
    let any = |word| paths.iter().any(|p| EnvironmentWord::of(p) == word);
    match own {
        EnvironmentWord::Development if paths.len() > 1 && folder == EnvironmentWord::Production => folder,
        EnvironmentWord::Unnamed => [EnvironmentWord::Production, EnvironmentWord::Staging, EnvironmentWord::Development]
            .into_iter()
            .find(|w| any(*w))
            .unwrap_or(EnvironmentWord::Unnamed),
        _ => own,
    }
}

fn is_override(candidate: &Candidate) -> bool {
    candidate.words == ["override"]
}

/// The file that a candidate would be merged onto: the default file of its folder, or of the nearest folder above it.
fn base_of<'c, 'a>(candidate: &Candidate, all: &BTreeMap<&str, Vec<&'c Candidate<'a>>>) -> Option<&'c Candidate<'a>> {
    if candidate.words.is_empty() {
        return None;
    }
    let mut folder = candidate.held.folder();
    loop {
        let here = || {
            let all = all.get(folder).into_iter().flatten().copied();
            all.filter(|c| c.held.path != candidate.held.path && !c.services.is_empty())
        };
        let default = here().filter(|c| c.words.is_empty()).min_by_key(|c| (rank(c.held.name()), c.held.path.as_str()));
        let common = here().find(|c| c.words.iter().all(|w| matches!(w.as_str(), "base" | "common" | "shared" | "main")));
        if let Some(base) = default.or(common) {
            let same_folder = folder == candidate.held.folder();
            if same_folder || candidate.incomplete.iter().any(|s| base.services.contains(s)) {
                return Some(base);
            }
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder_of(folder);
    }
}

/// The order in which Compose looks for its default file.
fn rank(name: &str) -> usize {
    ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"].iter().position(|n| *n == name).unwrap_or(9)
}

/// Whether a file makes sense only on top of a base: it lacks an image or build, or what it refers to, or it completes the base.
fn is_overlay(candidate: &Candidate, base: &Candidate) -> bool {
    !candidate.incomplete.is_empty()
        || base.incomplete.iter().any(|s| candidate.services.contains(s))
        || candidate.missing.iter().any(|m| base.services.contains(m.as_str()) || base.declared.contains(m))
}

/// The file as a part of a project, if it is one.
fn candidate<'a>(held: &'a Held, problems: &mut Vec<Problem>) -> Option<Candidate<'a>> {
    if matches!(held.role, Role::Vendored | Role::Generated | Role::Backup | Role::Fixture) {
        return None;
    }
    let name = held.name().to_ascii_lowercase();
    let named = name.contains("compose") || name.contains("docker-stack") || name.contains("docker-swarm");
    let Some(root) = held.documents.iter().find(|n| n.is_mapping()) else {
        // A list under such a name is the tasks of another tool.
        let tasks = held.documents.iter().any(|n| n.items().iter().any(Node::is_mapping));
        if !tasks
            && default_name(&name)
            && held.product()
            && held.text().lines().any(|l| !l.trim_start().starts_with('#') && !l.trim().is_empty())
        {
            problems.push(unread(held));
        }
        return None;
    };
    let other = ["jobs", "on", "stages", "apiVersion", "kind", "tasks", "hosts", "steps", "trigger"];
    if held.path.starts_with(".github/") || root.entries().iter().any(|e| other.contains(&&*e.key)) {
        return None;
    }
    let services = root.get("services").filter(|s| s.is_mapping());
    let included = root.get("include").is_some();
    let part = root.entries().iter().all(|e| is_section(&e.key));
    let counts = match (named, services) {
        (true, Some(_)) => true,
        (true, None) if part && (included || root.get("networks").is_some() || root.get("volumes").is_some()) => true,
        (true, None) => {
            if default_name(&name) && held.product() {
                problems.push(unread(held));
            }
            false
        }
        // A stack file may have any name; its content tells.
        (false, Some(services)) => part && !services.entries().is_empty() && services.entries().iter().all(|s| is_complete(&s.value)),
        (false, None) => false,
    };
    if !counts {
        return None;
    }
    let entries = || services.map(Node::entries).unwrap_or_default().iter().filter(|e| !e.key.starts_with("x-"));
    let names: BTreeSet<&str> = entries().map(|e| &*e.key).collect();
    let mut declared = BTreeSet::new();
    for section in ["volumes", "networks", "secrets", "configs"] {
        declared.extend(root.get(section).map(Node::entries).unwrap_or_default().iter().map(|e| e.key.to_string()));
    }
    let missing = if included { BTreeSet::new() } else { missing(services, &names, &declared) };
    let mut all_services = names.clone();
    if included && names.is_empty() {
        all_services.insert("include");
    }
    Some(Candidate {
        held,
        words: name_words(&name),
        incomplete: if included { BTreeSet::new() } else { entries().filter(|e| !is_complete(&e.value)).map(|e| &*e.key).collect() },
        services: all_services,
        missing,
        declared,
    })
}

fn unread(held: &Held) -> Problem {
    Problem {
        at: held.whole(),
        says: "no services could be read from this Compose file: nothing may be concluded from what seems to be absent".into(),
    }
}

/// What the services of a file use and the file does not declare.
fn missing(services: Option<&Node>, names: &BTreeSet<&str>, declared: &BTreeSet<String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for service in services.map(Node::entries).unwrap_or_default() {
        let mut others: Vec<&str> = Vec::new();
        for key in ["depends_on", "links"] {
            if let Some(node) = service.value.get(key) {
                others.extend(node.entries().iter().map(|e| &*e.key));
                others.extend(node.items().iter().filter_map(Node::scalar).map(|l| l.split(':').next().unwrap_or(l)));
            }
        }
        let extends = service.value.get("extends");
        others.extend(extends.and_then(Node::as_str));
        others.extend(extends.filter(|e| e.get("file").is_none()).and_then(|e| e.get("service")).and_then(Node::as_str));
        others.extend(service.value.get("network_mode").and_then(Node::as_str).and_then(|m| m.strip_prefix("service:")));
        found.extend(others.into_iter().filter(|o| !names.contains(o)).map(str::to_owned));
        let networks = service.value.get("networks");
        let joined = networks.map(Node::entries).unwrap_or_default().iter().map(|e| &*e.key);
        let joined = joined.chain(networks.map(Node::items).unwrap_or_default().iter().filter_map(Node::scalar));
        found.extend(joined.filter(|n| *n != "default" && !declared.contains(*n)).map(str::to_owned));
        for volume in service.value.get("volumes").map(Node::items).unwrap_or_default() {
            let source = volume.as_str().and_then(|v| v.split_once(':')).map(|(s, _)| s);
            let source = source.filter(|s| !s.starts_with(['.', '/', '~', '$']));
            found.extend(source.filter(|s| !declared.contains(*s)).map(str::to_owned));
        }
    }
    found
}

/// Whether a service says what it runs.
fn is_complete(service: &Node) -> bool {
    // A build that only changes a target or arguments needs the base that says where the source is.
    let builds = service
        .get("build")
        .is_some_and(|b| b.scalar().is_some() || ["context", "dockerfile", "dockerfile_inline"].iter().any(|k| b.get(k).is_some()));
    builds || ["image", "extends", "provider"].iter().any(|k| service.get(k).is_some_and(|n| !n.is_null()))
}

fn is_section(key: &str) -> bool {
    matches!(key, "version" | "name" | "services" | "networks" | "volumes" | "secrets" | "configs" | "include" | "models")
        || key.starts_with("x-")
}

/// A name that can be nothing but a Compose file.
fn default_name(name: &str) -> bool {
    name.starts_with("docker-compose") || name.starts_with("compose.") || name.starts_with("podman-compose")
}

/// The words of a name beside those that only say that it is a Compose file.
fn name_words(name: &str) -> Vec<String> {
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml")).unwrap_or(name);
    stem.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|w| !w.is_empty() && !matches!(*w, "docker" | "compose" | "podman" | "dockercompose"))
        .map(str::to_owned)
        .collect()
}
