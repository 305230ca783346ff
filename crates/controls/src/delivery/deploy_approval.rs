//! Is there a deliberate gate before production?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::{Activity, Capability, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "delivery/deploy-approval", page: include_str!("deploy_approval.md"), check };

const CONSEQUENCE: &str = "a mistake in one merge is in production before a second person has seen it";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let deploys: Vec<Activity<'_>> = system.activities(Capability::Deploy).into_iter().filter(Activity::live).collect();
    let as_code = system.iac().iter().flat_map(|r| &r.resources).find(|r| {
        (r.kind == "github_repository_environment" && r.attributes.iter().any(|(n, _)| n.starts_with("reviewers")))
            || (r.kind == "aws_codepipeline" && r.attributes.iter().any(|(_, v)| v.value == "Approval"))
    });
    if let Some(resource) = as_code {
        tally.met(&subject, Evidence::seen(resource.at, format!("{} `{}` asks for approval", resource.kind, resource.name), Grade::Active));
    } else if let Some(manual) = deploys.iter().find_map(|a| a.job.manual.map(|at| (a, at))) {
        tally.met(&subject, Evidence::seen(manual.1, format!("job `{}` waits for a person", manual.0.job.id), Grade::Active));
    } else if let Some(tagged) = deploys.iter().find(|a| a.job.on.tag && !a.job.on.main) {
        tally.met(&subject, Evidence::seen(tagged.job.at, format!("job `{}` deploys only what was released by a tag", tagged.job.id), Grade::Active));
    } else if let Some(environment) = environment(system, &deploys) {
        let missing = format!("whether the environment `{}` has required reviewers: it is a setting of the repository", environment);
        tally.doubt(&subject, Question::new(missing, "declare the environment as code, or attest its reviewers"));
    } else if let Some(deploy) = deploys.first() {
        let at = Evidence::noted(deploy.job.at, format!("job `{}` of {}", deploy.job.id, deploy.pipeline.path));
        if deploy.automatic() {
            tally.gap(&subject, Gap::new("every-push-deploys", "every push to the deploy branch goes to production", at).so(CONSEQUENCE));
        } else {
            tally.met(&subject, Evidence::seen(deploy.job.at, "started by hand", Grade::Wired));
            tally.gap(&subject, Gap::new("any-writer", "anyone who may write may deploy", at).so(CONSEQUENCE));
        }
    } else {
        let gap = Gap::new("no-deploy-to-approve", "nothing deploys by machine, and no procedure names a gate", Evidence::sought("a deployment with a gate", system.pipeline_scope()));
        tally.gap(&subject, gap.so(CONSEQUENCE).follows("delivery/automated-deploy"));
    }
    tally.finish(|| Evidence::sought("a deployment", system.pipeline_scope()))
}

/// The production environment that a job names: the jobs that deploy first, else any job that says so.
fn environment(system: &System, deploys: &[Activity<'_>]) -> Option<String> {
    let deploying = deploys.iter().find_map(|a| a.job.environment.as_ref());
    let any = || system.pipelines().iter().flat_map(|p| &p.jobs).filter_map(|j| j.environment.as_ref()).find(|e| e.value.to_ascii_lowercase().contains("prod"));
    deploying.or_else(any).map(|e| e.value.clone())
}
