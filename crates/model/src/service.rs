//! Services: workloads joined with the images and packages they run.

mod client;
mod kind;

use std::ops::Deref;

use plimsoll_base::{Setting, Subject};
use plimsoll_facts::Facts;
use plimsoll_facts::container::{ImageDefinition, Reach, Runtime, Workload};
use plimsoll_facts::packages::Package;
use plimsoll_facts::technology::{Capability, engine_of_image};
use plimsoll_syntax::dockerfile::Stage;

use crate::deployment::Deployment;
use crate::naming;
use crate::system::System;

use self::kind::kind_of;

/// What a service is for (rule G14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServiceKind {
    /// Serves requests: an API, a site, a server-side renderer.
    Web,
    /// Serves files only.
    Static,
    /// Consumes a queue.
    Worker,
    /// Starts work on a schedule.
    Scheduler,
    /// Ends by design.
    Job,
    /// A function that a platform starts per event.
    Function,
    /// Keeps data.
    Datastore,
    /// Keeps data that may vanish.
    Cache,
    /// Passes messages.
    Broker,
    /// Terminates or forwards traffic.
    Proxy,
    /// Watches.
    Monitoring,
    /// Administers through a page.
    AdminUi,
    /// Stands in for something during development.
    DevStandIn,
    /// Anything else.
    Other,
}

impl ServiceKind {
    /// The word used in output.
    pub fn word(self) -> &'static str {
        match self {
            ServiceKind::Web => "web",
            ServiceKind::Static => "static",
            ServiceKind::Worker => "worker",
            ServiceKind::Scheduler => "scheduler",
            ServiceKind::Job => "job",
            ServiceKind::Function => "function",
            ServiceKind::Datastore => "datastore",
            ServiceKind::Cache => "cache",
            ServiceKind::Broker => "broker",
            ServiceKind::Proxy => "proxy",
            ServiceKind::Monitoring => "monitoring",
            ServiceKind::AdminUi => "admin-ui",
            ServiceKind::DevStandIn => "dev-stand-in",
            ServiceKind::Other => "other",
        }
    }
}

/// Whose code a service runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ownership {
    /// The declaration builds it from this repository.
    Built,
    /// It names an image that this repository defines.
    OwnImage,
    /// A platform builds or runs this repository's source.
    Source,
    /// A known third-party image.
    ThirdParty,
    /// An image of which nothing here tells who builds it.
    Unclear,
}

/// A service of the assessed deployment. Everything the orchestrator states is reached through the workload.
#[derive(Clone, Debug)]
pub struct Service {
    workload: Workload,
    /// What it is for.
    pub kind: ServiceKind,
    /// Whose code it runs.
    pub ownership: Ownership,
    /// Index of its image definition, if this repository defines it.
    pub definition: Option<usize>,
    /// Index of the stage that it runs.
    pub stage: Option<usize>,
    /// The datastore, cache or broker engine that it is: `postgres`, `redis`.
    pub engine: Option<&'static str>,
    /// Whether the internet reaches it, as far as the declaration shows.
    pub exposed: bool,
}

impl Deref for Service {
    type Target = Workload;
    fn deref(&self) -> &Workload {
        &self.workload
    }
}

impl Service {
    /// As the subject of a judgement.
    pub fn subject(&self) -> Subject {
        Subject::named(&self.workload.name).exposed(self.exposed)
    }
    /// Whether its code lives in this repository.
    pub fn owned(&self) -> bool {
        matches!(self.ownership, Ownership::Built | Ownership::OwnImage | Ownership::Source)
    }
    /// Whether it keeps running: not a job, not a function.
    pub fn long_running(&self) -> bool {
        !self.workload.one_shot && !matches!(self.kind, ServiceKind::Job | ServiceKind::Function)
    }
    /// Whether it serves requests of clients or of other services.
    pub fn serves(&self) -> bool {
        matches!(
            self.kind,
            ServiceKind::Web | ServiceKind::Static | ServiceKind::Datastore | ServiceKind::Cache | ServiceKind::Broker | ServiceKind::Proxy
        )
    }
    /// Whether a platform runs it, so that images, restarts and probes are the platform's affair (rule G8).
    pub fn on_platform(&self) -> bool {
        matches!(self.workload.runtime, Runtime::Platform | Runtime::Function)
    }
    /// Whether it is a helper of development that production does not need.
    pub fn helper(&self) -> bool {
        matches!(self.kind, ServiceKind::DevStandIn | ServiceKind::AdminUi)
    }
    /// Whether it may well be the product's own although nothing here tells who builds its image: a variable names it, or it lies in a
    /// registry that an account keeps for itself. What only its code decides is not known then.
    pub fn built_elsewhere(&self) -> bool {
        const PRIVATE: &[&str] = &[".amazonaws.com", ".azurecr.io", "gcr.io/", ".pkg.dev", "registry.gitlab.com/", "ocir.io"];
        let runs = matches!(self.kind, ServiceKind::Web | ServiceKind::Worker | ServiceKind::Scheduler | ServiceKind::Function);
        let image = self.image_text().is_none_or(|i| i.contains(['$', '{']) || PRIVATE.iter().any(|p| i.contains(p)));
        self.ownership == Ownership::Unclear && runs && image
    }
    /// The image definition it is built from.
    pub fn image_definition<'a>(&self, system: &'a System) -> Option<&'a ImageDefinition> {
        self.definition.and_then(|i| system.images().get(i))
    }
    /// The stage whose image it runs.
    pub fn final_stage<'a>(&self, system: &'a System) -> Option<&'a Stage> {
        let definition = self.image_definition(system)?;
        self.stage.and_then(|i| definition.dockerfile.stages.get(i))
    }
    /// The text of the image it names, resolved or as written.
    pub fn image_text(&self) -> Option<&str> {
        self.workload.image.as_ref().and_then(|i| i.known()).map(String::as_str)
    }
    /// The folder whose source it runs: its build context with the Dockerfile's folder, as far as known.
    pub fn source_folder(&self, system: &System) -> Option<String> {
        let definition = self.image_definition(system);
        let context = self.workload.build.as_ref().and_then(|b| b.context.clone());
        match (context, definition) {
            // A context at the root with a Dockerfile in a package's folder builds that package.
            (Some(context), Some(d)) if context.is_empty() && system.packages().iter().any(|p| p.folder == d.folder && p.product) => {
                Some(d.folder.clone())
            }
            (Some(context), _) => Some(context),
            (None, Some(d)) => Some(system.nearest_code(&d.folder)),
            // What a platform or a process manager starts stands beside the file that says so.
            (None, None) if self.ownership == Ownership::Source => {
                Some(system.nearest_code(plimsoll_facts::folder_of(system.path_at(self.workload.at))))
            }
            (None, None) => None,
        }
    }
    /// The packages that its source folder holds, the nearest first: those in the folder itself, else those below it, else the one above.
    pub fn packages<'a>(&self, system: &'a System) -> Vec<&'a Package> {
        let Some(folder) = self.source_folder(system) else { return Vec::new() };
        let product = || system.packages().iter().filter(|p| p.product);
        let here: Vec<&Package> = product().filter(|p| p.folder == folder).collect();
        if !here.is_empty() {
            return here;
        }
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let below: Vec<&Package> = product().filter(|p| p.folder.starts_with(&prefix)).collect();
        if !below.is_empty() {
            return below;
        }
        product().filter(|p| p.folder.is_empty() || folder.starts_with(&format!("{}/", p.folder))).collect()
    }
}

pub(crate) fn services_of(facts: &Facts, deployment: &Deployment) -> Vec<Service> {
    let mut services: Vec<Service> = deployment.workloads.iter().map(|w| service(facts, w)).collect();
    adopt(facts, &mut services);
    // A proxy in front makes what it forwards to reachable: everything owned that it waits for or that serves.
    let proxied: Vec<String> = services
        .iter()
        .filter(|s| s.kind == ServiceKind::Proxy && s.exposed)
        .flat_map(|s| s.depends_on.iter().map(|d| d.on.clone()))
        .collect();
    for s in &mut services {
        if s.owned() && proxied.contains(&s.workload.name) {
            s.exposed = true;
        }
    }
    services
}

/// A repository with code of its own deploys that code: where no image is known for its own, those of which nothing tells whose
/// they are count as its own. Their definition is the one at the root, or the only one.
fn adopt(facts: &Facts, services: &mut [Service]) {
    let code = facts.sources.iter().any(|s| s.role == plimsoll_facts::Role::Product);
    if !code || services.iter().any(Service::owned) {
        return;
    }
    let product: Vec<usize> = (0..facts.images.len()).filter(|i| facts.images[*i].product).collect();
    let root = product.iter().copied().find(|i| facts.images[*i].path == "Dockerfile");
    let definition = root.or(if let [only] = product.as_slice() { Some(*only) } else { None });
    for service in services.iter_mut().filter(|s| s.ownership == Ownership::Unclear) {
        service.ownership = Ownership::OwnImage;
        service.definition = definition;
        let stage =
            |i: usize| stage_named(facts, i, &service.workload.name).or_else(|| facts.images[i].dockerfile.target(None).map(|s| s.index));
        service.stage = definition.and_then(stage);
    }
}

fn service(facts: &Facts, workload: &Workload) -> Service {
    let image = workload.image.as_ref().and_then(|i| i.known()).cloned();
    let known = image.as_deref().and_then(engine_of_image).or_else(|| engine_named(workload));
    let (definition, stage) = definition_of(facts, workload, image.as_deref());
    // A platform that runs an engine's image, or builds one from somewhere else, runs nobody's own code.
    let engine_on_platform = known.is_some() && workload.runtime == Runtime::Platform && definition.is_none();
    let ownership = if engine_on_platform {
        Ownership::ThirdParty
    } else if workload.build.is_some() {
        Ownership::Built
    } else if matches!(workload.runtime, Runtime::Platform | Runtime::Function | Runtime::Process) {
        Ownership::Source
    } else if known.is_some() {
        Ownership::ThirdParty
    } else if definition.is_some() {
        Ownership::OwnImage
    } else if image.as_deref().is_some_and(official) {
        Ownership::ThirdParty
    } else {
        Ownership::Unclear
    };
    let owned = matches!(ownership, Ownership::Built | Ownership::OwnImage | Ownership::Source);
    let base_engine = definition.filter(|_| owned).and_then(|d| base_engine(facts, d, stage, workload));
    let client = known.as_ref().is_some_and(|k| matches!(k.0, Capability::Datastore | Capability::Cache)) && client::only(facts, workload);
    let kind = if client { client::kind(workload) } else { kind_of(workload, known.as_ref().map(|k| k.0).or(base_engine.map(|b| b.0))) };
    let engine = known.filter(|_| !client).and_then(|k| k.2).or_else(|| base_engine.and_then(|b| b.2));
    let exposed = workload.ports.iter().any(|p| p.reach == Reach::Public)
        || workload.runtime == Runtime::Platform && kind == ServiceKind::Web && platform_kind(workload) != Some("private");
    Service { workload: workload.clone(), kind, ownership, definition, stage, engine, exposed }
}

/// What a platform's file says that a workload is for.
fn platform_kind(workload: &Workload) -> Option<&str> {
    workload.labels.iter().find(|(name, _)| name == "platform.kind").map(|(_, kind)| kind.value.as_str())
}

/// The engine that a private service of a platform is by its name, `pserv` named `acme-postgres`, where it neither names an image nor
/// a command of its own: its image is built from an engine's.
fn engine_named(workload: &Workload) -> Option<(Capability, &'static str, Option<&'static str>)> {
    const AFTER: &[&str] = &["db", "database", "server", "store", "primary", "main", "prod", "production"];
    if platform_kind(workload) != Some("private") || workload.image.is_some() || workload.command.is_some() {
        return None;
    }
    let name = workload.name.to_ascii_lowercase();
    let mut words = name.rsplit(|c: char| !c.is_ascii_alphanumeric());
    let last = words.find(|word| !AFTER.contains(word))?;
    engine_of_image(last).filter(|(part, ..)| matches!(part, Capability::Datastore | Capability::Cache | Capability::Broker))
}

/// An own image that only configures a datastore, proxy or monitor is still one: `FROM postgres`, `FROM nginx` without a build.
fn base_engine(
    facts: &Facts,
    definition: usize,
    stage: Option<usize>,
    workload: &Workload,
) -> Option<(Capability, &'static str, Option<&'static str>)> {
    let dockerfile = &facts.images.get(definition)?.dockerfile;
    if dockerfile.stages.len() != 1 {
        return None;
    }
    let stage = dockerfile.stages.get(stage?)?;
    // `FROM ${BASE}`: the build that is asked for says which.
    let argument = || {
        let name = stage.from.raw.strip_prefix('$')?.trim_start_matches('{').trim_end_matches('}');
        let (_, value) = workload.build.as_ref()?.args.iter().find(|(n, _)| n == name)?;
        value.as_ref().map(|v| v.value.as_str())
    };
    let found = stage.from.image.as_deref().or_else(argument).and_then(engine_of_image)?;
    // nginx, httpd and Caddy as often serve the product's own files as they forward; the others only forward.
    let forwards = found.0 == Capability::Proxy
        && !["nginx", "apache", "httpd", "caddy"].iter().any(|server| found.1.to_ascii_lowercase().contains(server));
    let configured =
        matches!(found.0, Capability::Datastore | Capability::Cache | Capability::Broker | Capability::Monitoring | Capability::AdminUi);
    (configured || forwards).then_some(found)
}

/// Official images carry no slash: `node:22`, `python`.
fn official(image: &str) -> bool {
    let repository = naming::repository(image);
    !repository.contains('/') && !repository.contains('$') && image.split('/').count() == 1
}

/// The stage of a definition that bears the last words of an image's or a workload's name, or the first of its tag: `acme-web`, `acme:web-3f2c` of
/// `FROM node AS web`. One definition often gives several images.
fn stage_named(facts: &Facts, definition: usize, image: &str) -> Option<usize> {
    let last = image.rsplit('/').next().unwrap_or(image).split('@').next().unwrap_or_default();
    let (last, tag) = last.split_once(':').unwrap_or((last, ""));
    let words = last.split(['-', '_']).skip(1).chain(tag.split(['-', '_']).next());
    let words: Vec<&str> = std::iter::once(last).chain(words).collect();
    let is = |name: &String| words.iter().any(|w| w.eq_ignore_ascii_case(name));
    let stages = &facts.images.get(definition)?.dockerfile.stages;
    stages.iter().rev().find(|s| s.name.as_ref().is_some_and(is)).map(|s| s.index)
}

fn definition_of(facts: &Facts, workload: &Workload, image: Option<&str>) -> (Option<usize>, Option<usize>) {
    let stage_of = |i: usize, target: Option<&str>| facts.images[i].dockerfile.target(target).map(|s| s.index);
    if let Some(build) = &workload.build {
        let Some(path) = &build.dockerfile else { return (None, None) };
        let Some(i) = facts.images.iter().position(|d| &d.path == path) else { return (None, None) };
        return (Some(i), stage_of(i, build.target.as_ref().map(|t| t.value.as_str())));
    }
    let Some(image) = image else { return (None, None) };
    if engine_of_image(image).is_some() {
        return (None, None);
    }
    let stage_of = |i: usize, target: Option<&str>| stage_named(facts, i, image).or_else(|| stage_of(i, target));
    // The definition whose folder shares most words with the image's name; a lone definition serves a lone own name.
    let product: Vec<usize> = (0..facts.images.len()).filter(|i| facts.images[*i].product).collect();
    let name = naming::repository(image);
    let best = product
        .iter()
        .map(|i| {
            let d = &facts.images[*i];
            let last = d.folder.rsplit('/').next().unwrap_or("");
            let own = facts
                .packages
                .iter()
                .filter(|p| p.folder == d.folder)
                .filter_map(|p| p.name.as_deref())
                .map(|n| naming::shared(&name, n))
                .max()
                .unwrap_or(0);
            (naming::shared(&name, last) * 4 + naming::shared(&name, &d.path) * 2 + own * 3, std::cmp::Reverse(d.path.len()), *i)
        })
        .max();
    match best {
        Some((score, _, i)) if score > 0 => (Some(i), stage_of(i, None)),
        _ if product.len() == 1 && name.contains('/') => {
            let i = product[0];
            let pushes = facts.pipelines.iter().any(|p| {
                p.jobs.iter().any(|j| {
                    j.steps.iter().any(|s| {
                        s.script.as_ref().is_some_and(|t| t.value.contains(&name))
                            || s.with.iter().any(|(_, v)| v.value.to_ascii_lowercase().contains(&name))
                    })
                })
            });
            if pushes { (Some(i), stage_of(i, None)) } else { (None, None) }
        }
        _ => (None, None),
    }
}

impl Service {
    /// Whether the image reference is decided elsewhere.
    pub fn image_unresolved(&self) -> bool {
        matches!(self.workload.image, Some(Setting::Unresolved(_)))
    }
}
