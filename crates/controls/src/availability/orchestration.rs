//! Is production declared completely, and run by something that supervises and reschedules it?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Subject, Tally};
use plimsoll_model::compose::EnvironmentWord;
use plimsoll_model::container::{Restart, Runtime};
use plimsoll_model::estate::{CapacityKind, Provider};
use plimsoll_model::{Deployment, DeploymentKind, Service, ServiceKind, System};

use super::instances::own;
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "availability/orchestration", page: include_str!("orchestration.md"), check };

const CONSEQUENCE: &str = "what runs in production is known to a person, and comes back only when that person brings it back";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let lasting: Vec<&Service> = own(system).filter(|s| !s.helper()).collect();
    let Some(deployment) = system.deployment().filter(|_| !lasting.is_empty()) else {
        return tally.finish(|| Evidence::sought("service of its own that is run", system.deployment_scope()));
    };
    if lasting.iter().all(|s| s.kind == ServiceKind::Static) {
        tally.not_applicable(Evidence::noted(lasting[0].at, "nothing but files is served"));
        return tally.finish(|| Evidence::sought("service of its own that is run", system.deployment_scope()));
    }
    let at = lasting[0].at;
    let declared = match deployment.kind {
        DeploymentKind::Compose => compose(system, deployment, &lasting, &mut tally),
        DeploymentKind::Kubernetes => {
            tally.met(&subject, Evidence::seen(at, format!("`{}` declares what a cluster keeps running", deployment.name), Grade::Active));
            applied(system, deployment, at, &mut tally);
            true
        }
        DeploymentKind::Infrastructure => infrastructure(system, deployment, &lasting, &mut tally),
        DeploymentKind::Platform => platform(deployment, &lasting, &mut tally),
        DeploymentKind::Image | DeploymentKind::Process => {
            undeclared(system, deployment, at, &mut tally);
            false
        }
    };
    if declared {
        complete(system, deployment, &mut tally);
        placeholders(&lasting, &mut tally);
        competing(system, deployment, &mut tally);
    }
    tally.finish(|| Evidence::sought("service of its own that is run", system.deployment_scope()))
}

/// Neither a manifest nor a platform's file: where a pipeline deploys somewhere, its target says the rest.
fn undeclared(system: &System, deployment: &Deployment, at: Location, tally: &mut Tally) {
    let subject = Subject::system();
    if let Some(deploy) = system.production_deploys().first() {
        let missing = format!("what runs what the pipeline deploys ({})", system.path_at(deploy.sign.at));
        tally.doubt(&subject, Question::new(missing, "keep the definition of production in the repository, or attest it"));
        return;
    }
    let what = if deployment.kind == DeploymentKind::Image { "an image is defined" } else { "a start command is defined" };
    let says = format!("{what}, and nothing declares what runs it in production");
    tally.gap(&subject, Gap::new("nothing-declared", says, Evidence::noted(at, deployment.reason.clone())).so(CONSEQUENCE));
}

/// Compose supervises on one host, if it is told to.
fn compose(system: &System, deployment: &Deployment, services: &[&Service], tally: &mut Tally) -> bool {
    let subject = Subject::system();
    let at = services[0].at;
    if let Some(development) = &deployment.development {
        let says = format!("only a set-up for development is declared: {}", development.value);
        tally.gap(&subject, Gap::new("development-only", says, Evidence::noted(development.at, development.value.clone())).so(CONSEQUENCE));
        return false;
    }
    let swarm = system.infrastructure().capacity.iter().find(|c| c.provider == Provider::Other && c.name.starts_with("swarm/"));
    if let Some(stack) = swarm {
        tally.met(&subject, Evidence::seen(stack.at, "a Swarm keeps the services of the stack running on its nodes", Grade::Active));
        return true;
    }
    let kept = |s: &&&Service| matches!(s.restart, Restart::Always(_) | Restart::OnFailure(_) | Restart::Supervised(_));
    let running: Vec<&&Service> = services.iter().filter(|s| s.long_running()).collect();
    let supervised: Vec<&&&Service> = running.iter().filter(|s| kept(s)).collect();
    let named = deployment.environment == EnvironmentWord::Production || deployment.deployed_by.is_some();
    match supervised.first() {
        Some(first) => {
            let place = match &first.restart {
                Restart::Always(p) | Restart::OnFailure(p) => p.at,
                _ => first.at,
            };
            let says = format!("Compose starts {} of {} services again", supervised.len(), running.len());
            tally.met(&subject, Evidence::seen(place, says, Grade::Active));
        }
        None if named => {
            tally.met(&subject, Evidence::seen(at, format!("`{}` declares production", deployment.name), Grade::Declared));
        }
        None => {}
    }
    if let Some(left) = running.iter().find(|s| !kept(s)) {
        let says = format!("nothing starts `{}` again when it ends", left.name);
        let gap = Gap::new("unsupervised", says, Evidence::noted(left.at, format!("`{}` has no restart policy", left.name)));
        tally.gap(&subject, gap.follows("containers/restart-policy").so(CONSEQUENCE));
    }
    let says = "one host runs everything: what it loses is not started elsewhere";
    tally.gap(
        &subject,
        Gap::new("one-host", says, Evidence::noted(at, format!("`{}` is Compose on one host", deployment.name))).so(CONSEQUENCE),
    );
    true
}

/// Manifests that nothing applies are a folder, not a production.
fn applied(system: &System, deployment: &Deployment, at: Location, tally: &mut Tally) {
    let by =
        deployment.deployed_by.or_else(|| system.gitops().map(|g| g.at)).or_else(|| system.production_deploys().first().map(|d| d.sign.at));
    match by {
        Some(by) => tally.met(&Subject::system(), Evidence::seen(by, "it is applied from here", Grade::Active)),
        None => {
            let says = format!("nothing in the repository applies `{}`: no pipeline, no script, no controller", deployment.name);
            let gap = Gap::new("nobody-applies", says, Evidence::noted(at, "declared, and applied by nothing here"));
            tally
                .gap(&Subject::system(), gap.follows("delivery/automated-deploy").so("what the cluster runs drifts from what is declared"));
        }
    }
}

/// Services and functions of a provider are kept running by it; a machine that starts something at boot is one host.
fn infrastructure(system: &System, deployment: &Deployment, services: &[&Service], tally: &mut Tally) -> bool {
    let subject = Subject::system();
    if let Some(kept) = services.iter().find(|s| s.runtime != Runtime::Process) {
        tally.met(
            &subject,
            Evidence::seen(kept.at, format!("`{}` is declared for a provider that keeps it running", kept.name), Grade::Active),
        );
        if let Some(by) = deployment.deployed_by {
            tally.met(&subject, Evidence::seen(by, "it is applied from here", Grade::Active));
        }
    }
    let groups: Vec<_> = system.infrastructure().capacity.iter().filter(|c| c.kind == CapacityKind::MachineGroup).collect();
    for machine in services.iter().filter(|s| s.runtime == Runtime::Process) {
        if let Some(group) = groups.iter().find(|g| g.runs(&machine.name)) {
            let says = format!("a group of machines replaces those of `{}` that fail", machine.name);
            tally.met(&subject, Evidence::seen(group.at, says, Grade::Active));
            continue;
        }
        tally.met(&subject, Evidence::seen(machine.at, format!("`{}` is declared", machine.name), Grade::Declared));
        let says = format!("one machine runs `{}`: what it loses is not started elsewhere", machine.name);
        tally.gap(&subject, Gap::new("one-host", says, Evidence::noted(machine.at, "a machine of its own")).so(CONSEQUENCE));
    }
    true
}

fn platform(deployment: &Deployment, services: &[&Service], tally: &mut Tally) -> bool {
    let subject = Subject::system();
    let at = services[0].at;
    // Kamal and its like start containers on hosts that are named one by one.
    if services.iter().all(|s| s.runtime == Runtime::Process) {
        tally.met(&subject, Evidence::seen(at, format!("`{}` declares what runs on which host", deployment.name), Grade::Active));
        let says = "hosts are named one by one: what one loses is not started on another";
        tally.gap(&subject, Gap::new("one-host", says, Evidence::noted(at, "hosts of one's own")).so(CONSEQUENCE));
        return true;
    }
    tally.met(&subject, Evidence::seen(at, format!("`{}` tells a platform what to run", deployment.name), Grade::Active));
    true
}

/// Words of services that production has no need of.
const APART: &[&str] = &[
    "test",
    "tests",
    "e2e",
    "playwright",
    "cypress",
    "selenium",
    "storybook",
    "docs",
    "mock",
    "mocks",
    "debug",
    "seed",
    "lint",
    "dev",
    "windows",
];

/// What another definition of the repository runs, and this one lacks: a worker, a scheduler, a second service.
fn complete(system: &System, deployment: &Deployment, tally: &mut Tally) {
    let here: Vec<&Service> = own(system).collect();
    let has_kind = |kind: ServiceKind| system.services().iter().any(|s| s.kind == kind);
    let mut told: Vec<String> = Vec::new();
    for other in system.deployments().iter().filter(|d| d.name != deployment.name && d.kind == DeploymentKind::Compose) {
        let others = system.services_under(other);
        // Another product of the repository, or its stores alone, tells nothing of this one.
        if !others.iter().any(|o| here.iter().any(|s| s.name == o.name || s.definition.is_some() && s.definition == o.definition)) {
            continue;
        }
        let apart = |s: &Service| s.name.to_ascii_lowercase().split(|c: char| !c.is_ascii_alphanumeric()).any(|w| APART.contains(&w));
        for service in others.into_iter().filter(|s| s.build.is_some() && !s.helper() && s.long_running() && !apart(s)) {
            let same_code = |s: &&&Service| {
                s.name == service.name
                    || s.definition.is_some() && s.definition == service.definition
                    || s.source_folder(system).is_some() && s.source_folder(system) == service.source_folder(system)
            };
            let code = here.iter().find(same_code);
            let background = matches!(service.kind, ServiceKind::Worker | ServiceKind::Scheduler);
            let covered = if background { has_kind(service.kind) || here.iter().any(|s| s.name == service.name) } else { code.is_some() };
            if covered || told.contains(&service.name) {
                continue;
            }
            told.push(service.name.clone());
            let says = format!("`{}` runs by `{}`, and `{}` does not declare it", service.name, other.name, deployment.name);
            let gap = Gap::new("not-covered", says, Evidence::noted(service.at, format!("`{}` is declared here only", service.name)));
            tally.gap(&Subject::system(), gap.so("a part of the system runs by hand in production, or not at all"));
        }
    }
}

/// Parts of an image's name that a template leaves to be filled in.
const BLANKS: &[&str] = &[
    "your-",
    "your_",
    "yourname",
    "youruser",
    "<",
    "changeme",
    "replace_me",
    "replace-me",
    "example.com",
    "example/",
    "000000000000",
    "123456789012",
    "my-registry",
    "username/",
];

fn placeholders(services: &[&Service], tally: &mut Tally) {
    for service in services {
        let Some(image) = service.image_text() else { continue };
        let lower = image.to_ascii_lowercase();
        if BLANKS.iter().any(|b| lower.contains(b)) {
            let at = service.image.as_ref().and_then(plimsoll_base::Setting::at).unwrap_or(service.at);
            let says = format!("the image of `{}` is a placeholder", service.name);
            let gap = Gap::new("placeholder", says, Evidence::noted(at, image.to_owned()));
            tally.gap(&Subject::system(), gap.so("the definition cannot be applied as it stands"));
        }
    }
}

/// Other definitions that could as well be production, where nothing tells which one is.
fn competing(system: &System, deployment: &Deployment, tally: &mut Tally) {
    if deployment.deployed_by.is_some() {
        return;
    }
    let mine: Vec<&str> = deployment.workloads.iter().map(|w| w.name.as_str()).collect();
    let rival = |d: &&Deployment| {
        d.name != deployment.name
            && d.development.is_none()
            && d.environment == deployment.environment
            && match d.kind {
                DeploymentKind::Kubernetes | DeploymentKind::Infrastructure | DeploymentKind::Platform => true,
                DeploymentKind::Compose => d.environment == EnvironmentWord::Production,
                DeploymentKind::Image | DeploymentKind::Process => false,
            }
            && (d.kind != deployment.kind || d.workloads.iter().any(|w| mine.contains(&w.name.as_str())))
            && d.files.iter().any(|f| system.runs_the_product(f))
    };
    let mut rivals = system.deployments().iter().filter(rival);
    let Some(first) = rivals.next() else { return };
    let at = first.workloads.first().map(|w| w.at);
    let proof = at
        .map_or_else(|| Evidence::sought("what tells them apart", system.deployment_scope()), |at| Evidence::noted(at, first.name.clone()));
    let more = rivals.count();
    let others = if more > 0 { format!("`{}` and {more} more", first.name) } else { format!("`{}`", first.name) };
    let says = format!("`{}` and {others} each declare production, and nothing tells which one runs", deployment.name);
    tally.gap(&Subject::system(), Gap::new("competing", says, proof).so("a change is made in one definition while another one runs"));
}
