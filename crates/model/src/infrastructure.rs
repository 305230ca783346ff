//! What the assessed deployment stands on: its own declaration joined with the roots that provide for it.

use plimsoll_base::Location;
use plimsoll_facts::compose::EnvironmentWord;
use plimsoll_facts::container::Runtime;
use plimsoll_facts::iac::IacRoot;
use plimsoll_facts::infrastructure::{Infrastructure, LogRoute, Probe, Property};
use plimsoll_facts::{Facts, Role};

use crate::deployment::{Deployment, DeploymentKind, RETIRED, bears};

/// The deployment's own infrastructure and that of every root of infrastructure code that is applied beside it: networks, databases and
/// alarms often stand in roots without workloads. Roots named for another environment than the deployment's stand for another system.
pub(crate) fn joined(facts: &Facts, deployment: &Deployment) -> Infrastructure {
    let mut found = Infrastructure::default();
    match deployment.kind {
        DeploymentKind::Compose => facts.compose.get(deployment.origin).map(|p| found.absorb(p.infrastructure.clone())),
        DeploymentKind::Kubernetes => facts.clusters.get(deployment.origin).map(|c| found.absorb(c.infrastructure.clone())),
        DeploymentKind::Platform => {
            for target in facts.platforms.iter().filter(|t| deployment.files.contains(&t.path)) {
                found.absorb(target.infrastructure.clone());
            }
            None
        }
        _ => None,
    };
    for root in roots(facts, deployment) {
        found.absorb(root.infrastructure.clone());
    }
    // Rule files that nothing in it loads watch nothing, and that is worth telling.
    let loose = facts.rule_files.iter().filter(|a| !found.alarms.iter().any(|b| b.at.file == a.at.file));
    let loose: Vec<_> = loose.cloned().collect();
    found.alarms.extend(loose);
    let loose = facts.dashboard_files.iter().filter(|a| !found.dashboards.iter().any(|b| b.at.file == a.at.file));
    let loose: Vec<_> = loose.cloned().collect();
    found.dashboards.extend(loose);
    idle_probes(facts, deployment, &mut found);
    found
}

/// Probers in Compose projects that the deployment does not start look at nothing, and that is worth telling.
fn idle_probes(facts: &Facts, deployment: &Deployment, found: &mut Infrastructure) {
    let own = (deployment.kind == DeploymentKind::Compose).then_some(deployment.origin);
    let beside = facts.compose.iter().enumerate().filter(|(i, _)| Some(*i) != own);
    for probe in beside.flat_map(|(_, p)| &p.infrastructure.probes) {
        if !found.probes.iter().any(|p| p.at == probe.at) {
            let runs = Property::stated(false, probe.at, "nothing that the assessed deployment starts takes it in");
            found.probes.push(Probe { runs, ..probe.clone() });
        }
    }
}

/// Collectors of logs in Compose projects that are not the assessed deployment's, with where something starts the project.
pub(crate) fn collectors_beside<'f>(
    facts: &'f Facts,
    deployments: &[Deployment],
    assessed: Option<usize>,
) -> Vec<(&'f LogRoute, Option<Location>)> {
    let beside = deployments.iter().enumerate().filter(|(i, d)| Some(*i) != assessed && d.kind == DeploymentKind::Compose);
    let projects = beside.filter_map(|(_, d)| Some((facts.compose.get(d.origin)?, d.deployed_by)));
    projects.flat_map(|(p, by)| p.infrastructure.log_routes.iter().map(move |r| (r, by))).filter(|(r, _)| r.effective.on()).collect()
}

/// The roots that provide for a deployment: its own, and beside it those of its environment or of none.
pub(crate) fn roots<'f>(facts: &'f Facts, deployment: &Deployment) -> Vec<&'f IacRoot> {
    let own = (deployment.kind == DeploymentKind::Infrastructure).then_some(deployment.origin);
    let aside = |root: &IacRoot| set_aside(facts, Some(deployment), root);
    let environment = |root: &IacRoot| EnvironmentWord::of(&root.folder);
    let named = |word: EnvironmentWord| facts.iac.iter().any(|r| !r.module && !aside(r) && environment(r) == word);
    let wanted = match deployment.environment {
        EnvironmentWord::Unnamed if named(EnvironmentWord::Production) => EnvironmentWord::Production,
        word => word,
    };
    let beside = |root: &IacRoot| {
        let word = environment(root);
        word == EnvironmentWord::Unnamed || word == wanted || wanted == EnvironmentWord::Unnamed && !named(EnvironmentWord::Unnamed)
    };
    // A root that runs the product in another way is an alternative, not a ground for this one; machines and clusters carry any.
    let carries = |root: &IacRoot| own.is_some() || root.workloads.iter().all(|w| w.runtime == Runtime::Process);
    let fits = |root: &IacRoot| !root.module && !aside(root) && beside(root) && carries(root);
    facts.iac.iter().enumerate().filter(|(i, r)| Some(*i) == own || fits(r)).map(|(_, r)| r).collect()
}

/// Whether a root stands in the tree without providing for the deployment; nothing does where the deployment itself is such a root,
/// or where there is none: then it is all that there is.
pub(crate) fn set_aside(facts: &Facts, deployment: Option<&Deployment>, root: &IacRoot) -> bool {
    let Some(deployment) = deployment else { return false };
    let own = (deployment.kind == DeploymentKind::Infrastructure).then(|| facts.iac.get(deployment.origin)).flatten();
    unapplied(facts, root) && !own.is_some_and(|own| unapplied(facts, own))
}

/// Whether a root is kept without being applied for the product: its folder says that it is retired, it stands among a forge's own
/// files, or what it holds is an example, a test or a document.
pub(crate) fn unapplied(facts: &Facts, root: &IacRoot) -> bool {
    let forge = root.folder.split('/').any(|part| part == ".github" || part == ".gitlab");
    let mut files = root.files.iter().filter_map(|f| facts.library.files().get(f.0 as usize)).peekable();
    let apart = |role: Role| matches!(role, Role::Example | Role::Test | Role::Fixture | Role::Docs | Role::Vendored | Role::Backup);
    bears(&root.folder, RETIRED) || forge || files.peek().is_some() && files.all(|f| apart(f.role))
}
