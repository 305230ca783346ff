//! Deliveries: which activities really put the product before its users, and what holds them back.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::Sourced;
use plimsoll_facts::ci::{Job, Pipeline};
use plimsoll_facts::compose::EnvironmentWord;
use plimsoll_facts::technology::{Capability, Sign, SignSource};

use crate::activity::Activity;
use crate::service::{Service, ServiceKind};
use crate::system::System;

impl System {
    /// Live deployments to production, as far as names tell: not to staging or a preview, not to a cluster made for the run,
    /// not of documentation.
    pub fn production_deploys(&self) -> Vec<Activity<'_>> {
        self.deploys(|environment| !matches!(environment, EnvironmentWord::Staging | EnvironmentWord::Development))
    }

    /// Live deployments to an environment named as one before production.
    pub fn staging_deploys(&self) -> Vec<Activity<'_>> {
        self.deploys(|environment| environment == EnvironmentWord::Staging)
    }

    fn deploys(&self, wanted: impl Fn(EnvironmentWord) -> bool) -> Vec<Activity<'_>> {
        let mut trials: BTreeMap<(usize, usize), bool> = BTreeMap::new();
        let mut found = self.activities(Capability::Deploy);
        found.retain(|a| {
            a.live()
                && !self.only_documents(a)
                && wanted(a.environment())
                && !*trials.entry((a.source.pipeline, a.source.job)).or_insert_with(|| makes_its_own_cluster(a.job))
        });
        found
    }

    /// A controller in the cluster that applies what is merged, declared here: which, and where.
    pub fn gitops(&self) -> Option<Sourced<String>> {
        let documents = self.files().iter().filter(|f| f.product()).flat_map(|f| f.documents.iter().map(move |d| (f, d)));
        documents.into_iter().find_map(|(file, document)| {
            let version = document.get("apiVersion").and_then(|n| n.scalar())?;
            let kind = document.entry("kind")?;
            let controller = match (version.split('/').next().unwrap_or_default(), kind.value.scalar()?) {
                ("argoproj.io", "Application") if document.path(&["spec", "syncPolicy", "automated"]).is_some() => "Argo CD",
                ("argoproj.io", "ApplicationSet") if document.path(&["spec", "template", "spec", "syncPolicy", "automated"]).is_some() => {
                    "Argo CD"
                }
                ("kustomize.toolkit.fluxcd.io", "Kustomization") | ("helm.toolkit.fluxcd.io", "HelmRelease") => "Flux",
                _ => return None,
            };
            Some(Sourced::new(controller.to_owned(), file.at(kind.span())))
        })
    }

    /// A production deployment that hands the source to a platform, which builds one release of it.
    pub fn handed_to_a_platform(&self) -> Option<Activity<'_>> {
        const BUILDERS: [&str; 6] = ["Railway", "Render", "Heroku", "Fly.io", "Vercel", "Netlify"];
        self.production_deploys().into_iter().find(|a| BUILDERS.contains(&a.sign.technology.as_str()))
    }

    /// Scripts of the repository, outside pipelines, that show a capability: somebody runs them by hand.
    pub fn scripted(&self, capability: Capability) -> impl Iterator<Item = (&Sign, &str)> {
        self.signs_of(capability).filter_map(|s| match &s.source {
            SignSource::Command { path } if path.ends_with(".sh") || path.contains("Makefile") || path.ends_with("ustfile") => {
                Some((s, path.as_str()))
            }
            _ => None,
        })
    }

    /// Hosting of static pages serves the documentation of a system whose services run elsewhere.
    fn only_documents(&self, activity: &Activity<'_>) -> bool {
        let pages = activity.sign.technology.contains("Pages") || activity.sign.technology.contains("static hosting");
        let elsewhere = |s: &Service| !matches!(s.runtime, plimsoll_facts::container::Runtime::Process) && s.kind != ServiceKind::Static;
        pages && self.owned().any(elsewhere)
    }

    /// A live delivery (a production deployment, or an image published from the default branch or a tag) that none of these
    /// checks holds back when it fails.
    pub fn unguarded_delivery(&self, checks: &[Activity<'_>]) -> Option<Activity<'_>> {
        let mut guards: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for check in checks {
            let first = guards.entry((check.source.pipeline, check.source.job)).or_insert(check.source.step);
            *first = (*first).min(check.source.step);
        }
        let titles: BTreeSet<&str> = checks.iter().filter_map(|c| c.pipeline.title.as_deref()).collect();
        let mut waiting: BTreeMap<(usize, usize), bool> = BTreeMap::new();
        let published = self.activities(Capability::ImagePush).into_iter().filter(|a| a.live() && (a.step.on.main || a.step.on.tag));
        self.production_deploys().into_iter().filter(|a| !a.only_by_hand()).chain(published).find(|delivery| {
            let key = (delivery.source.pipeline, delivery.source.job);
            let before = guards.get(&key).is_some_and(|step| *step <= delivery.source.step);
            let waits = *waiting.entry(key).or_insert_with(|| {
                let regardless =
                    delivery.job.condition.as_ref().is_some_and(|c| c.value.contains("always()") || c.value.contains("!cancelled()"));
                let ancestors = ancestors(delivery.pipeline, key.1);
                let needed = !regardless && ancestors.iter().any(|job| guards.contains_key(&(key.0, *job)));
                needed || follows_success(delivery, &ancestors, &titles)
            });
            !before && !waits
        })
    }
}

/// A pipeline started by another one runs after its failure too, unless a job asks how it ended.
fn follows_success(delivery: &Activity<'_>, ancestors: &BTreeSet<usize>, titles: &BTreeSet<&str>) -> bool {
    let asks = |job: &Job| job.condition.as_ref().is_some_and(|c| c.value.contains("conclusion"));
    delivery.pipeline.triggers.after.iter().any(|t| titles.contains(t.value.as_str()))
        && (asks(delivery.job) || ancestors.iter().filter_map(|i| delivery.pipeline.jobs.get(*i)).any(asks))
}

/// The jobs that a job waits for, directly or not.
pub(crate) fn ancestors(pipeline: &Pipeline, job: usize) -> BTreeSet<usize> {
    let mut by_id: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, job) in pipeline.jobs.iter().enumerate() {
        by_id.entry(job.id.as_str()).or_default().push(index);
    }
    let mut found = BTreeSet::new();
    let mut open = vec![job];
    while let Some(at) = open.pop() {
        for need in pipeline.jobs.get(at).into_iter().flat_map(|j| &j.needs) {
            for index in by_id.get(need.value.as_str()).into_iter().flatten() {
                if found.insert(*index) {
                    open.push(*index);
                }
            }
        }
    }
    found
}

/// A cluster that lives as long as the run is a test bench.
fn makes_its_own_cluster(job: &Job) -> bool {
    const ACTIONS: [&str; 6] =
        ["helm/kind-action", "engineerd/setup-kind", "medyagh/setup-minikube", "manusa/actions-setup-minikube", "k3d-action", "setup-k3s"];
    job.steps.iter().any(|step| {
        step.uses.as_ref().is_some_and(|u| ACTIONS.iter().any(|a| u.value.contains(a)))
            || step.commands.iter().any(|c| {
                let word = |i: usize| c.words.get(i).map_or("", String::as_str);
                matches!((word(0), word(1)), ("kind" | "k3d", "create" | "cluster") | ("minikube", "start") | ("ctlptl", "create"))
            })
    })
}

impl Activity<'_> {
    /// The environment it works on: the one that its job states, else as its job, its words or its branch is named.
    pub fn environment(&self) -> EnvironmentWord {
        if let Some(stated) = &self.job.environment {
            let word = EnvironmentWord::of(&stated.value);
            if word != EnvironmentWord::Unnamed {
                return word;
            }
        }
        let named = EnvironmentWord::of(&self.job.id);
        if named != EnvironmentWord::Unnamed {
            return named;
        }
        let told = EnvironmentWord::of(&self.source.words.join(" "));
        if matches!(told, EnvironmentWord::Production | EnvironmentWord::Staging) {
            return told;
        }
        let on = self.step.on;
        if on.main || on.tag || on.manual || on.schedule || on.is_empty() {
            return EnvironmentWord::Unnamed;
        }
        // Only other branches or pull requests start it.
        let branches = self.pipeline.triggers.push.iter().flat_map(|p| &p.branches);
        let mut words = branches.map(|b| (EnvironmentWord::of(&b.value), b.value.as_str()));
        match words.find(|(word, name)| *word == EnvironmentWord::Production || matches!(*name, "release" | "stable" | "deploy")) {
            Some(_) if on.branch => EnvironmentWord::Production,
            _ => EnvironmentWord::Staging,
        }
    }

    /// Only pull requests start it: what it deploys is a preview.
    pub fn only_previews(&self) -> bool {
        let on = self.step.on;
        on.pull_request && !(on.main || on.branch || on.tag || on.schedule || on.manual)
    }

    /// Nothing but a person starts it.
    pub fn only_by_hand(&self) -> bool {
        self.job.manual.is_some() || (self.step.on.manual && !self.automatic() && self.pipeline.triggers.after.is_empty())
    }

    /// Those of these activities that run after this one, in its own job or in jobs that wait for it.
    pub fn followed_by<'b>(&self, others: Vec<Activity<'b>>) -> Vec<Activity<'b>> {
        let mut waits: BTreeMap<usize, bool> = BTreeMap::new();
        let mut found = others;
        found.retain(|other| {
            if !std::ptr::eq(other.pipeline, self.pipeline) {
                return false;
            }
            if other.source.job == self.source.job {
                return (other.source.step, other.sign.at) > (self.source.step, self.sign.at);
            }
            *waits.entry(other.source.job).or_insert_with(|| ancestors(self.pipeline, other.source.job).contains(&self.source.job))
        });
        found
    }

    /// A job that this one waits for and that waits for a person, or this job itself: where.
    pub fn waits_for_a_person(&self) -> Option<plimsoll_base::Location> {
        let before = ancestors(self.pipeline, self.source.job);
        self.job.manual.or_else(|| before.iter().filter_map(|i| self.pipeline.jobs.get(*i)).find_map(|j| j.manual))
    }

    /// Whether a build or push of images is about this service: it names the Dockerfile or its folder, or builds all there is.
    pub fn builds(&self, system: &System, service: &Service) -> bool {
        let Some(definition) = service.image_definition(system) else { return false };
        if system.images().iter().filter(|i| i.product).count() == 1 {
            return true;
        }
        let words = self.source.words.join(" ");
        let parts: Vec<&str> = words
            .split(|c: char| c.is_whitespace() || matches!(c, '=' | ':' | ','))
            .map(|w| w.trim_start_matches("./").trim_end_matches('/'))
            .collect();
        let named = |path: &str| !path.is_empty() && parts.contains(&path);
        // The name of a service in a bake or Compose command picks it; without any name all are built.
        let every = ["bake", "compose build", "compose push", "skaffold"].iter().any(|w| words.contains(w));
        // A matrix or variable names the folder; the names of the services stand in its values.
        let variable = ["${{ matrix.", "$SERVICE", "${SERVICE", "$service", "${service"].iter().any(|v| words.contains(v));
        let elsewhere = || system.images().iter().any(|i| i.product && !i.folder.is_empty() && named(&i.folder));
        named(&definition.path)
            || named(&definition.folder)
            || every && !picks_another(system, service, &parts)
            || variable
            || parts.iter().any(|part| is_image_of(part, service, &definition.folder))
            || self.source.words.iter().any(|w| repository_is_a_variable(w)) && !picks_another(system, service, &parts)
            || (self.source.folder == definition.folder && !definition.folder.is_empty())
            || (definition.folder.is_empty() && !elsewhere() && !words.contains("file=") && !parts.contains(&"-f"))
    }
}

/// `registry.test/acme/shop-api` is the image of the service `api`, or of the folder `api`.
fn is_image_of(part: &str, service: &Service, folder: &str) -> bool {
    let Some((_, last)) = part.rsplit_once('/') else { return false };
    let ends = |name: &str| !name.is_empty() && last.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with(['-', '_']));
    ends(&service.name) || ends(folder.rsplit('/').next().unwrap_or_default())
}

/// `$REGISTRY/$REPOSITORY:tag`: which image it is, the caller decides.
fn repository_is_a_variable(word: &str) -> bool {
    word.contains(':') && word.rsplit_once('/').is_some_and(|(_, last)| last.starts_with('$'))
}

/// Whether a command names other services of the system, and not this one.
fn picks_another(system: &System, service: &Service, parts: &[&str]) -> bool {
    !parts.contains(&service.name.as_str()) && system.owned().any(|s| s.name != service.name && parts.contains(&s.name.as_str()))
}
