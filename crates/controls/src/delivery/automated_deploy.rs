//! Does a merged change reach production by machine?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::ci::{Job, Pipeline};
use plimsoll_model::{Activity, Capability, DeploymentKind, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "delivery/automated-deploy", page: include_str!("automated_deploy.md"), check };

const CONSEQUENCE: &str = "releases depend on one person's machine and memory, most of all when something is on fire";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    if !system.is_library() {
        judge(system, &mut tally, &subject);
    }
    tally.finish(|| Evidence::sought("service that could be deployed", system.deployment_scope()))
}

fn judge(system: &System, tally: &mut Tally, subject: &Subject) {
    let deploys = system.production_deploys();
    let staging = system.staging_deploys();
    let says = |a: &Activity<'_>| format!("job `{}` of {} deploys: {}", a.job.id, a.pipeline.path, a.sign.says);
    let noted = |a: &Activity<'_>| Evidence::noted(a.job.at, format!("job `{}`", a.job.id));
    let by_itself = |a: &&Activity<'_>| !a.pipeline.triggers.external && (!a.only_by_hand() || a.waits_for_a_person().is_some());
    if let Some(deploy) = deploys.iter().find(by_itself) {
        tally.met(subject, Evidence::seen(deploy.sign.at, says(deploy), Grade::Active));
        if builds_on_host(deploy) {
            let gap = Gap::new(
                "built-on-host",
                "the host fetches the source and builds it: what runs was never tested",
                Evidence::noted(deploy.sign.at, "built where it runs"),
            );
            tally.gap(subject, gap.so("a failed build on the host leaves production half replaced"));
        }
    } else if let Some(deploy) = deploys.iter().find(|a| a.pipeline.triggers.external) {
        let missing = format!("what starts {}, which deploys: its trigger lives outside the repository", deploy.pipeline.path);
        tally.doubt(subject, Question::new(missing, "export the trigger as code, or attest it with a link to a run"));
    } else if let Some(deploy) = deploys.first() {
        tally.met(subject, Evidence::seen(deploy.sign.at, says(deploy), Grade::Wired));
        tally.gap(subject, Gap::new("started-by-hand", "the deployment starts only by hand", noted(deploy)).so(CONSEQUENCE));
    } else if let Some(controller) = system.gitops() {
        tally.met(subject, Evidence::seen(controller.at, format!("{} applies what is merged", controller.value), Grade::Active));
    } else if let Some(deploy) = staging.first() {
        tally.met(subject, Evidence::seen(deploy.sign.at, says(deploy), Grade::Wired));
        tally.gap(
            subject,
            Gap::new("staging-only", "only an environment before production is deployed by machine", noted(deploy)).so(CONSEQUENCE),
        );
    } else {
        otherwise(system, tally, subject);
    }
}

/// `git pull` and a build on the server.
fn builds_on_host(deploy: &Activity<'_>) -> bool {
    let words = deploy.source.words.join(" ");
    words.contains("git pull")
        && ["--build", "compose build", "docker build", "npm run build", "pnpm build", "yarn build"].iter().any(|b| words.contains(b))
}

fn otherwise(system: &System, tally: &mut Tally, subject: &Subject) {
    let sought = || Evidence::sought("step that deploys", system.pipeline_scope());
    let jobs = || system.pipelines().iter().flat_map(|p| p.jobs.iter().map(move |j| (p, j))).filter(|(_, j)| promises(j));
    let pretender: Option<(&Pipeline, &Job)> = jobs().find(|(_, j)| j.only_echoes());
    let script = system.scripted(Capability::Deploy).chain(system.scripted(Capability::IacApply)).next();
    let watcher = system.services().iter().find(|s| s.image_text().is_some_and(|i| i.contains("watchtower")));
    if let Some((pipeline, job)) = pretender {
        let text = format!("job `{}` of {} only prints that it deploys", job.id, pipeline.path);
        tally.gap(subject, Gap::new("deploy-only-prints", text, Evidence::noted(job.at, "its steps print and do nothing")).so(CONSEQUENCE));
    } else if let Some(question) = unread(system) {
        tally.doubt(subject, question);
    } else if let Some(watcher) = watcher {
        tally.met(subject, Evidence::seen(watcher.at, "the host pulls newer images by itself", Grade::Wired));
        let proof = Evidence::noted(watcher.at, "whatever a tag points to is started");
        tally.gap(
            subject,
            Gap::new("pulled-unasked", "a watcher starts whatever image appears, without order or check", proof).so(CONSEQUENCE),
        );
    } else if let Some((script, _)) = script {
        tally.met(subject, Evidence::seen(script.at, format!("a script deploys: {}", script.says), Grade::Declared));
        tally.gap(subject, Gap::new("script-by-hand", "the deployment is a script that a person runs", sought()).so(CONSEQUENCE));
    } else if let Some(platform) = system.deployment().filter(|d| d.kind == DeploymentKind::Platform) {
        let missing = format!("whether the platform of {} deploys each merge by itself", platform.name);
        tally.doubt(subject, Question::new(missing, "show the setting, or deploy from the pipeline"));
    } else if let Some(question) = opaque(system) {
        tally.doubt(subject, question);
    } else {
        let mut gap = Gap::new("no-deploy", "nothing deploys the system by machine", sought());
        if system.pipelines().is_empty() {
            gap = gap.follows("delivery/ci-pipeline");
        }
        tally.gap(subject, gap.so(CONSEQUENCE));
    }
}

/// Why it cannot be told whether anything is deployed by machine; none where the pipelines were read and hold nothing.
pub(super) fn hidden(system: &System) -> Option<Question> {
    unread(system).or_else(|| opaque(system))
}

fn unread(system: &System) -> Option<Question> {
    let jobs = system.pipelines().iter().filter(|p| !p.uncalled).flat_map(|p| p.jobs.iter().map(move |j| (p, j)));
    let (pipeline, job) = jobs.into_iter().find(|(_, j)| promises(j) && !j.only_echoes() && unseen(j))?;
    let missing = format!("whether job `{}` of {} deploys: its commands are not known here", job.id, pipeline.path);
    Some(Question::new(missing, "show what it runs, or attest it with a link to a run"))
}

fn opaque(system: &System) -> Option<Question> {
    let opaque = system.pipelines().iter().find_map(|p| p.opaque.first())?;
    Some(Question::new(format!("whether the pipeline deploys: {}", opaque.value), "show the step that deploys"))
}

/// A job whose name says that it deploys.
fn promises(job: &Job) -> bool {
    job.id.to_ascii_lowercase().split(|c: char| !c.is_ascii_alphanumeric()).any(|w| matches!(w, "deploy" | "deployment" | "rollout"))
}

/// It runs programs of which nothing is known that reach outside: a script with ssh in it, a request with a secret.
fn unseen(job: &Job) -> bool {
    let reaches = |w: &String| {
        matches!(w.rsplit('/').next().unwrap_or(w), "ssh" | "scp" | "rsync" | "curl") || w.ends_with(".sh") || w.ends_with(".py")
    };
    job.life == plimsoll_model::ci::Life::Live
        && job.steps.iter().flat_map(|s| &s.commands).any(|c| !c.followed && c.words.iter().any(reaches))
}
