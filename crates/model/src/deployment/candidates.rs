//! Every way to run the system that the tree describes.

use plimsoll_base::Location;
use plimsoll_facts::Facts;
use plimsoll_facts::compose::EnvironmentWord;
use plimsoll_facts::container::{ImageDefinition, Runtime, Workload};
use plimsoll_facts::iac::IacRoot;
use plimsoll_facts::technology::{Capability, SignSource};
use plimsoll_syntax::dockerfile::InstructionKind;

use super::{Deployment, DeploymentKind, RETIRED, bears, deployed_by, development, shipped};
use crate::infrastructure::unapplied;

/// Every deployment of the tree, in a stable order.
pub fn candidates(facts: &Facts) -> Vec<Deployment> {
    let mut found = Vec::new();
    for (origin, project) in facts.compose.iter().enumerate() {
        found.push(Deployment {
            name: project.paths.last().cloned().unwrap_or_default(),
            kind: DeploymentKind::Compose,
            files: project.paths.clone(),
            environment: project.environment,
            workloads: started(project),
            tool: None,
            deployed_by: None,
            development: None,
            origin,
            reason: String::new(),
        });
    }
    for (origin, cluster) in facts.clusters.iter().enumerate() {
        if !cluster.paths.is_empty() && cluster.paths.iter().all(|p| offered(facts, p)) {
            continue;
        }
        found.push(Deployment {
            name: cluster.name.clone(),
            kind: DeploymentKind::Kubernetes,
            files: cluster.paths.clone(),
            environment: cluster.environment,
            workloads: cluster.workloads.clone(),
            tool: None,
            deployed_by: None,
            development: None,
            origin,
            reason: String::new(),
        });
    }
    for (origin, root) in facts.iac.iter().enumerate().filter(|(_, r)| !r.module && !r.workloads.is_empty()) {
        let files = root.files.iter().filter_map(|f| facts.library.files().get(f.0 as usize)).map(|f| f.path.clone()).collect();
        found.push(Deployment {
            name: if root.folder.is_empty() { root.tool.word().to_owned() } else { root.folder.clone() },
            kind: DeploymentKind::Infrastructure,
            files,
            environment: EnvironmentWord::of(&root.folder),
            workloads: root.workloads.clone(),
            tool: Some(root.tool),
            deployed_by: None,
            development: None,
            origin,
            reason: String::new(),
        });
    }
    ground(facts, &mut found);
    platforms(facts, &mut found);
    images(facts, &mut found);
    processes(facts, &mut found);
    let split = found.iter().any(|d| d.environment == EnvironmentWord::Production);
    for deployment in &mut found {
        // "compose.local.yml" that a pipeline starts on the server is production, where nothing else is named so.
        if !split && deployment.environment == EnvironmentWord::Development && shipped(facts, deployment) {
            deployment.environment = EnvironmentWord::Unnamed;
        }
        deployment.deployed_by = match (deployment.kind, facts.platforms.get(deployment.origin)) {
            (DeploymentKind::Platform, Some(target)) if target.commanded.is_some() => target.commanded,
            (DeploymentKind::Kubernetes, _) => {
                facts.clusters.get(deployment.origin).and_then(|c| c.pulled).or_else(|| deployed_by(facts, deployment))
            }
            _ => deployed_by(facts, deployment),
        };
        deployment.development = development(facts, deployment);
    }
    found
}

/// Whether a path lies within a module that is offered to other repositories: a chart or an image there is run by whoever calls it.
fn offered(facts: &Facts, path: &str) -> bool {
    facts.iac.iter().any(|r| r.offered && path.strip_prefix(r.folder.as_str()).is_some_and(|rest| rest.starts_with('/')))
}

/// Roots that run nothing of their own but provide what something runs on are one deployment: together they are the ground of a
/// system whose workloads stand elsewhere. Of roots for several environments, production's and those for all are meant.
fn ground(facts: &Facts, found: &mut Vec<Deployment>) {
    let all = facts.iac.iter().filter(|r| !r.module).all(|r| unapplied(facts, r));
    let aside = |root: &IacRoot| !all && unapplied(facts, root);
    let provides = |root: &&IacRoot| {
        let i = &root.infrastructure;
        !root.module && !aside(root) && (!i.stores.is_empty() || !i.capacity.is_empty() || !i.entries.is_empty() || !i.networks.is_empty())
    };
    if facts.iac.iter().any(|r| !r.module && !r.workloads.is_empty() && !aside(r)) {
        return;
    }
    let word = |root: &IacRoot| EnvironmentWord::of(&root.folder);
    let Some(environment) = facts.iac.iter().filter(provides).map(word).min() else { return };
    let meant = |root: &&IacRoot| word(root) == environment || word(root) == EnvironmentWord::Unnamed;
    let roots: Vec<&IacRoot> = facts.iac.iter().filter(provides).filter(meant).collect();
    let Some(origin) = facts.iac.iter().position(|r| roots.first().is_some_and(|first| std::ptr::eq(*first, r))) else { return };
    let files = roots.iter().flat_map(|r| &r.files).filter_map(|f| facts.library.files().get(f.0 as usize)).map(|f| f.path.clone());
    found.push(Deployment {
        name: match roots.as_slice() {
            [one] if !one.folder.is_empty() => one.folder.clone(),
            _ => facts.iac[origin].tool.word().to_owned(),
        },
        kind: DeploymentKind::Infrastructure,
        files: files.collect(),
        environment,
        workloads: Vec::new(),
        tool: Some(facts.iac[origin].tool),
        deployed_by: None,
        development: None,
        origin,
        reason: String::new(),
    });
}

/// What a plain start runs; where every service waits for a profile, those of the profile that is no development's.
fn started(project: &plimsoll_facts::compose::ComposeProject) -> Vec<Workload> {
    if !project.workloads.is_empty() {
        return project.workloads.clone();
    }
    let rank = |profile: &str| (EnvironmentWord::of(profile) == EnvironmentWord::Development, EnvironmentWord::of(profile));
    let Some(chosen) = project.profiled.iter().map(|(profile, _)| profile.as_str()).min_by_key(|profile| rank(profile)) else {
        return Vec::new();
    };
    project.profiled.iter().filter(|(profile, _)| profile == chosen).map(|(_, workload)| workload.clone()).collect()
}

/// Platforms with folders of their own make up one deployment; several for the same folder are alternatives.
fn platforms(facts: &Facts, found: &mut Vec<Deployment>) {
    let mut taken: Vec<usize> = Vec::new();
    for (origin, target) in facts.platforms.iter().enumerate() {
        if taken.contains(&origin) {
            continue;
        }
        let mut parts = vec![origin];
        for (other, t) in facts.platforms.iter().enumerate().skip(origin + 1) {
            let apart = parts.iter().all(|p| facts.platforms[*p].folder != t.folder) && !t.folder.is_empty() && !target.folder.is_empty();
            // What pipelines deploy to several platforms runs side by side.
            let together = t.commanded.is_some() && parts.iter().all(|p| facts.platforms[*p].commanded.is_some());
            if apart || together {
                parts.push(other);
            }
        }
        taken.extend(&parts);
        let targets = || parts.iter().map(|p| &facts.platforms[*p]);
        found.push(Deployment {
            name: target.path.clone(),
            kind: DeploymentKind::Platform,
            files: targets().map(|t| t.path.clone()).collect(),
            environment: match (target.commanded, EnvironmentWord::of(&target.path)) {
                // A workflow named for integration or tests is no development set-up.
                (Some(_), EnvironmentWord::Development) if !develops(&target.path) => EnvironmentWord::Unnamed,
                (_, word) => word,
            },
            workloads: targets().flat_map(|t| t.workloads.clone()).collect(),
            tool: None,
            deployed_by: None,
            development: None,
            origin,
            reason: String::new(),
        });
    }
}

fn develops(path: &str) -> bool {
    path.split(|c: char| !c.is_ascii_alphanumeric()).any(|w| matches!(w.to_ascii_lowercase().as_str(), "dev" | "develop" | "development"))
}

/// Whether an image holds files and starts nothing: built upon nothing, and without a command.
fn carries_only(image: &ImageDefinition) -> bool {
    let starts = |kind: &InstructionKind| matches!(kind, InstructionKind::Cmd(_) | InstructionKind::Entrypoint(_));
    image
        .dockerfile
        .stages
        .last()
        .is_some_and(|s| s.from.image.as_deref() == Some("scratch") && !s.instructions.iter().any(|i| starts(&i.kind)))
}

fn images(facts: &Facts, found: &mut Vec<Deployment>) {
    let workloads: Vec<Workload> = facts
        .images
        .iter()
        .filter(|i| i.product && EnvironmentWord::of(&i.path) != EnvironmentWord::Development)
        .filter(|i| !offered(facts, &i.path) && !carries_only(i) && !bears(&i.path, RETIRED))
        .map(|i| {
            let folder = i.folder.rsplit('/').next().filter(|f| !f.is_empty()).unwrap_or("app");
            let suffix = i.path.rsplit('/').next().and_then(|n| n.strip_prefix("Dockerfile.").or_else(|| n.strip_suffix(".Dockerfile")));
            let mut w = Workload::new(suffix.unwrap_or(folder), Location::whole(i.file), Runtime::Process);
            w.build = Some(plimsoll_facts::container::Build {
                at: Location::whole(i.file),
                context: Some(i.folder.clone()),
                dockerfile: Some(i.path.clone()),
                dockerfile_exists: true,
                target: None,
                args: Vec::new(),
            });
            w
        })
        .collect();
    if !workloads.is_empty() {
        let files = facts.images.iter().filter(|i| i.product).map(|i| i.path.clone()).collect();
        found.push(Deployment {
            name: "images".into(),
            kind: DeploymentKind::Image,
            files,
            environment: EnvironmentWord::Unnamed,
            workloads,
            tool: None,
            deployed_by: None,
            development: None,
            origin: 0,
            reason: String::new(),
        });
    }
}

/// Packages that start a server, where nothing else says how the system runs.
fn processes(facts: &Facts, found: &mut Vec<Deployment>) {
    if found.iter().any(|d| d.kind != DeploymentKind::Compose || d.owns()) {
        return;
    }
    let serving = |manifest: &str| {
        facts.signs.iter().any(|s| {
            matches!(s.capability, Capability::WebFramework | Capability::FrontendFramework | Capability::Worker)
                && matches!(&s.source, SignSource::Dependency { manifest: m, dev } if m == manifest && !dev)
        })
    };
    let mut workloads = Vec::new();
    let mut files = Vec::new();
    for package in facts.packages.iter().filter(|p| p.product) {
        let starts = package.scripts.iter().find(|(name, _)| name == "start");
        if !serving(&package.path) {
            continue;
        }
        let name = package.folder.rsplit('/').next().filter(|f| !f.is_empty()).or(package.name.as_deref()).unwrap_or("app");
        let mut w = Workload::new(name, Location::whole(package.file), Runtime::Process);
        w.command = starts.map(|(_, s)| s.clone().map(|c| vec![c]));
        workloads.push(w);
        files.push(package.path.clone());
    }
    if !workloads.is_empty() {
        found.push(Deployment {
            name: "source".into(),
            kind: DeploymentKind::Process,
            files,
            environment: EnvironmentWord::Unnamed,
            workloads,
            tool: None,
            deployed_by: None,
            development: None,
            origin: 0,
            reason: String::new(),
        });
    }
}
