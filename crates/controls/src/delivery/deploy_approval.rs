//! Is there a deliberate gate before production?

use std::collections::BTreeSet;

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::{Activity, Capability, DeploymentKind, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "delivery/deploy-approval", page: include_str!("deploy_approval.md"), check };

const CONSEQUENCE: &str = "a mistake in one merge is in production before a second person has seen it";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let deploys = system.production_deploys();
    let as_code = system.iac().iter().flat_map(|r| &r.resources).find(|r| {
        (r.kind == "github_repository_environment" && r.attributes.iter().any(|(n, _)| n.starts_with("reviewers")))
            || (r.kind == "aws_codepipeline" && r.attributes.iter().any(|(_, v)| v.value == "Approval"))
    });
    let progressive = system.owned().find_map(|s| {
        Some((
            s,
            s.update
                .rollback
                .filter(|_| s.update.strategy.as_ref().is_some_and(|u| matches!(u.value.as_str(), "canary" | "blue-green")))?,
        ))
    });
    if let Some((service, at)) = progressive {
        tally.not_applicable(Evidence::noted(
            at,
            format!("{} is released step by step, and analysis takes it back by itself", service.name),
        ));
    } else if let Some(resource) = as_code {
        let says = format!("{} `{}` asks for approval", resource.kind, resource.name);
        tally.met(&Subject::system(), Evidence::seen(resource.at, says, Grade::Active));
    } else if deploys.is_empty() && !system.is_library() {
        nothing_deploys(system, &mut tally);
    } else {
        let mut judged = BTreeSet::new();
        for deploy in deploys.iter().filter(|d| judged.insert((d.source.pipeline, d.source.job))) {
            judge(&mut tally, deploy);
        }
    }
    tally.finish(|| Evidence::sought("deployment that could wait for approval", system.deployment_scope()))
}

fn judge(tally: &mut Tally, deploy: &Activity<'_>) {
    let subject = Subject::named(&deploy.pipeline.path);
    let (job, on) = (&deploy.job, deploy.step.on);
    let here = || Evidence::noted(job.at, format!("job `{}` of {}", job.id, deploy.pipeline.path));
    if let Some(at) = deploy.waits_for_a_person() {
        tally.met(&subject, Evidence::seen(at, format!("job `{}` waits for a person", job.id), Grade::Active));
    } else if on.tag && !on.main && !on.branch {
        tally.met(&subject, Evidence::seen(job.at, format!("job `{}` deploys only what was released by a tag", job.id), Grade::Active));
    } else if let Some(environment) = &job.environment {
        doubt(tally, &subject, &environment.value);
    } else if deploy.pipeline.triggers.external {
        let missing = format!("who may start {}: its trigger lives outside the repository", deploy.pipeline.path);
        tally.doubt(&subject, Question::new(missing, "export the trigger as code, or attest its approval"));
    } else if deploy.only_by_hand() {
        tally.met(&subject, Evidence::seen(job.at, "started by hand", Grade::Wired));
        tally.gap(&subject, Gap::new("any-writer", "anyone who may write may deploy", here()).so(CONSEQUENCE));
    } else {
        tally.gap(&subject, Gap::new("every-push-deploys", "every push to the deploy branch goes to production", here()).so(CONSEQUENCE));
    }
}

fn doubt(tally: &mut Tally, subject: &Subject, environment: &str) {
    let missing = format!("whether the environment `{environment}` has required reviewers: it is a setting of the repository");
    tally.doubt(subject, Question::new(missing, "declare the environment as code, or attest its reviewers"));
}

fn nothing_deploys(system: &System, tally: &mut Tally) {
    let subject = Subject::system();
    let stated = system.pipelines().iter().flat_map(|p| &p.jobs).filter_map(|j| j.environment.as_ref());
    let production = stated.into_iter().find(|e| e.value.to_ascii_lowercase().contains("prod"));
    let platform = system.deployment().filter(|d| d.kind == DeploymentKind::Platform);
    if let Some(environment) = production {
        doubt(tally, &subject, &environment.value);
    } else if let Some(controller) = system.gitops() {
        let missing = format!("who must review a change before {} applies it", controller.value);
        tally.doubt(&subject, Question::new(missing, "show the protection of the branch it follows"));
    } else if let Some(platform) = platform {
        let missing = format!("whether the platform of {} deploys without asking", platform.name);
        tally.doubt(&subject, Question::new(missing, "show its setting for automatic deployments and the branch's protection"));
    } else if let Some(question) = super::automated_deploy::hidden(system) {
        tally.doubt(&subject, question);
    } else {
        let proof = Evidence::sought("deployment with a gate", system.pipeline_scope());
        let mut gap = Gap::new("no-deploy-to-approve", "nothing deploys by machine, and no procedure names a gate", proof);
        for (script, _) in [Capability::IacApply, Capability::Deploy].into_iter().filter_map(|c| system.scripted(c).next()) {
            gap = gap.and(Evidence::noted(script.at, format!("run by whoever likes: {}", script.says)));
        }
        tally.gap(&subject, gap.so(CONSEQUENCE).follows("delivery/automated-deploy"));
    }
}
