//! Is what production stands on declared as code, all of it?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Subject, Tally};
use plimsoll_model::iac::{IacRoot, IacTool, ManualStep};
use plimsoll_model::{DeploymentKind, Passage, System};

use super::{no_code, roots};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "iac/infrastructure-as-code", page: include_str!("infrastructure_as_code.md"), check };

const CONSEQUENCE: &str = "after a loss nobody can make it again as it was, and nobody sees when it changes";
/// The most places that one gap cites.
const CITED: usize = 5;
/// Platforms of large clouds, where the network, the roles and the stores around a service are made by somebody.
const CLOUDS: &[&str] =
    &["cloud-run", "ecs", "app-service", "container-apps", "app-runner", "lambda", "cloud-functions", "app-engine", "elastic-beanstalk"];
/// Parts of kinds of resources that are machines or run containers.
const MACHINES: &[&str] = &[
    "_instance",
    "_launch_template",
    "_autoscaling_group",
    "_virtual_machine",
    "_droplet",
    "hcloud_server",
    "_ecs_",
    "_cloud_run",
    "_container_app",
    "_app_service",
    "_web_app",
    "apprunner",
    "lambda_function",
    "_instance_group",
    "_server",
    "_scale_set",
];
/// Parts of kinds of resources that are clusters.
const CLUSTERS: &[&str] = &["eks_cluster", "kubernetes_cluster", "container_cluster", "lke_cluster", "k8s_cluster", "talos_", "k3s", "rke"];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let declaring: Vec<&IacRoot> = roots(system).filter(|r| declares(r)).collect();
    let subject = Subject::system();
    if declaring.is_empty() {
        nothing(system, &subject, &mut tally);
    } else {
        for root in &declaring {
            tally.met(&subject, declared(root));
        }
        beside(system, &declaring, &subject, &mut tally);
    }
    tally.finish(|| no_code(system))
}

/// Whether a root makes anything. Of tools whose programs are not run that is taken for granted.
fn declares(root: &IacRoot) -> bool {
    root.tool != IacTool::Terraform || !root.unread_modules.is_empty() || root.resources.iter().any(|r| !r.kind.starts_with("data."))
}

fn declared(root: &IacRoot) -> Evidence {
    let made: Vec<_> = root.resources.iter().filter(|r| !r.kind.starts_with("data.")).collect();
    let folder = super::title(root);
    match (made.first(), root.files.first()) {
        (Some(first), _) => {
            Evidence::seen(first.at, format!("{folder} declares {} and {} more", first.kind, made.len() - 1), Grade::Active)
        }
        (None, Some(file)) => {
            Evidence::seen(Location::whole(*file), format!("{folder} declares infrastructure for {}", root.tool.word()), Grade::Active)
        }
        (None, None) => Evidence::sought("file of the root", Vec::new()),
    }
}

/// What exists beside the code.
fn beside(system: &System, declaring: &[&IacRoot], subject: &Subject, tally: &mut Tally) {
    scripts(system, subject, tally);
    let steps: Vec<&ManualStep> = system.manual_steps().iter().filter(|s| s.imports).collect();
    if let Some((first, rest)) = steps.split_first() {
        let gap = Gap::new(
            "imported",
            format!("{} takes resources into the state that were made before the code", first.path),
            Evidence::noted(first.at, first.says.clone()),
        );
        let gap = rest.iter().take(CITED - 1).fold(gap, |g, s| g.and(Evidence::noted(s.at, s.says.clone())));
        tally.gap(subject, gap.so("what was imported may differ from what the code says, until a plan shows nothing"));
    }
    elsewhere(declaring, subject, tally);
    let Some(deployment) = system.deployment() else { return };
    let has = |parts: &[&str]| {
        declaring.iter().flat_map(|r| &r.resources).any(|r| !r.kind.starts_with("data.") && parts.iter().any(|p| r.kind.contains(p)))
    };
    let opaque = declaring.iter().any(|r| r.tool != IacTool::Terraform || !r.unread_modules.is_empty());
    let (kind, parts, what) = match deployment.kind {
        DeploymentKind::Kubernetes => ("cluster-not-declared", CLUSTERS, "the cluster that the manifests are applied to"),
        DeploymentKind::Compose | DeploymentKind::Process | DeploymentKind::Image => {
            ("host-not-declared", MACHINES, "the machine that the system runs on")
        }
        DeploymentKind::Infrastructure | DeploymentKind::Platform => return,
    };
    if has(parts) {
        return;
    }
    if opaque {
        tally.doubt(
            subject,
            Question::new(format!("whether {what} is declared: a part of the code is not read"), "name the code that declares it"),
        );
    } else {
        let gap = Gap::new(kind, format!("{what} is not declared"), no_code(system));
        tally.gap(subject, gap.so(CONSEQUENCE));
    }
}

/// Whether a file is named for work on one's own machine or for a test, which makes and deletes its own.
fn developments(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|w| matches!(w, "dev" | "development" | "local" | "sandbox" | "test" | "tests" | "e2e"))
}

/// Resources that commands make. What holds the state itself must be made before there is a state.
fn scripts(system: &System, subject: &Subject, tally: &mut Tally) -> bool {
    let lasting = |s: &&ManualStep| !s.imports && !s.bootstraps && !developments(&s.path);
    let steps: Vec<&ManualStep> = system.manual_steps().iter().filter(lasting).collect();
    let Some((first, rest)) = steps.split_first() else { return false };
    let more = if rest.is_empty() { String::new() } else { format!(", and {} more", rest.len()) };
    let gap = Gap::new(
        "made-by-script",
        format!("{} makes resources by command: `{}`{more}", first.path, first.says),
        Evidence::noted(first.at, first.says.clone()),
    );
    let gap = rest.iter().take(CITED - 1).fold(gap, |g, s| g.and(Evidence::noted(s.at, s.says.clone())));
    tally.gap(subject, gap.so("a command runs once; nothing tells later whether what it made is still as it was"));
    true
}

/// Identifiers of things that were made outside, written into the code.
fn elsewhere(declaring: &[&IacRoot], subject: &Subject, tally: &mut Tally) {
    let mut found: Vec<(&str, Location)> = Vec::new();
    for attribute in declaring.iter().flat_map(|r| &r.resources).flat_map(|r| &r.attributes) {
        let value = &attribute.1;
        if made_outside(&value.value) && !found.iter().any(|(v, at)| *v == value.value || *at == value.at) {
            found.push((&value.value, value.at));
        }
    }
    let Some(((first, at), rest)) = found.split_first() else { return };
    let more = if rest.is_empty() { String::new() } else { format!(", and {} more", rest.len()) };
    let gap = Gap::new(
        "made-elsewhere",
        format!("the code relies on what no code declares: `{first}`{more}"),
        Evidence::noted(*at, (*first).to_owned()),
    );
    let gap = rest.iter().take(CITED - 1).fold(gap, |g, (v, at)| g.and(Evidence::noted(*at, (*v).to_owned())));
    tally.gap(subject, gap.so(CONSEQUENCE));
}

/// Whether a text names one thing in one account: an ARN with the account's number, the id of a network, a subnet, a pool.
fn made_outside(text: &str) -> bool {
    const PLACEHOLDERS: [&str; 3] = ["000000000000", "123456789012", "111111111111"];
    if text.len() > 200 {
        return false;
    }
    if text.starts_with("arn:aws") {
        let mut parts = text.split(':').skip(3);
        let (_, account, resource) = (parts.next(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        return account.len() == 12
            && account.chars().all(|c| c.is_ascii_digit())
            && !PLACEHOLDERS.contains(&account)
            && !resource.is_empty()
            && !text.contains('*')
            && !text.ends_with(":root");
    }
    let id = |rest: &str| (8..=17).contains(&rest.len()) && rest.chars().all(|c| c.is_ascii_hexdigit());
    if let Some((kind, rest)) = text.split_once('-')
        && matches!(kind, "vpc" | "subnet" | "sg" | "rtb" | "igw" | "eipalloc" | "fs")
    {
        return id(rest) && !rest.chars().all(|c| c == '0');
    }
    // `eu-central-1_Ab12Cd34E` is a pool of accounts.
    text.split_once('_').is_some_and(|(region, pool)| {
        region.split('-').count() == 3
            && region.ends_with(|c: char| c.is_ascii_digit())
            && region.len() < 16
            && pool.len() == 9
            && pool.chars().all(|c| c.is_ascii_alphanumeric())
    })
}

/// No code declares anything: by what is named instead.
fn nothing(system: &System, subject: &Subject, tally: &mut Tally) {
    let Some(deployment) = system.deployment() else {
        tally.not_applicable(Evidence::sought("deployment", system.deployment_scope()));
        return;
    };
    let target = system.platforms().iter().find(|p| deployment.kind == DeploymentKind::Platform && deployment.files.contains(&p.path));
    if let Some(target) = target.filter(|t| t.commanded.is_none()) {
        let says = format!("{} makes what {} runs on", target.path, target.platform);
        tally.met(subject, Evidence::seen(target.at, says, Grade::Active));
        scripts(system, subject, tally);
        return;
    }
    if deployment.kind == DeploymentKind::Kubernetes {
        let first = deployment.workloads.first().map(|w| Evidence::seen(w.at, format!("declares {} and more", w.name), Grade::Active));
        tally.met(subject, first.unwrap_or_else(|| Evidence::sought("manifests", system.deployment_scope())));
        let gap = Gap::new("cluster-not-declared", "the cluster that the manifests are applied to is not declared", no_code(system));
        tally.gap(subject, gap.so(CONSEQUENCE));
        scripts(system, subject, tally);
        return;
    }
    if scripts(system, subject, tally) {
        return;
    }
    let commanded = system.platforms().iter().find_map(|p| Some((p, p.commanded?)));
    if let Some((target, at)) = commanded.filter(|(p, _)| CLOUDS.contains(&p.platform)) {
        let gap = Gap::new(
            "nothing-declared",
            format!("a pipeline deploys to {}, and no code declares it", target.platform),
            Evidence::noted(at, format!("deploys to {}", target.platform)),
        );
        tally.gap(subject, gap.and(no_code(system)).so(CONSEQUENCE));
        return;
    }
    if let Some((at, says)) = documented(system) {
        let gap = Gap::new(
            "made-by-document",
            format!("{} makes the infrastructure by hand, and no code declares it", system.path_at(at)),
            Evidence::noted(at, says),
        );
        tally.gap(subject, gap.and(no_code(system)).so(CONSEQUENCE));
        return;
    }
    let missing = match commanded {
        Some((target, at)) => format!("what {} is set up with: only a command names it ({})", target.platform, system.path_at(at)),
        None => "where the system runs: nothing here names a host, a cluster or a cloud".to_owned(),
    };
    tally.doubt(subject, Question::new(missing, "add the code that declares it, or name the repository that holds it"));
}

/// A command of a guide that makes infrastructure: a tool whose code is not here, or a cloud's command line.
fn documented(system: &System) -> Option<(Location, String)> {
    for document in system.operating_guides() {
        for shown in Passage::whole(document).commands() {
            let words: Vec<&str> = shown.command.words.iter().map(String::as_str).collect();
            let makes = match words.as_slice() {
                ["terraform" | "tofu" | "terragrunt", rest @ ..] => rest.iter().any(|w| matches!(*w, "apply" | "init" | "plan")),
                ["pulumi", "up", ..] | ["cdk", "deploy" | "bootstrap", ..] | ["eksctl", "create", ..] => true,
                ["aws", _, verb, ..] => verb.starts_with("create-") && !verb.contains("snapshot") && !verb.contains("invalidation"),
                ["gcloud" | "az" | "doctl" | "hcloud", rest @ ..] => rest.iter().take(4).any(|w| *w == "create"),
                _ => false,
            };
            if makes {
                return Some((shown.at, words.iter().take(8).copied().collect::<Vec<_>>().join(" ")));
            }
        }
    }
    None
}
