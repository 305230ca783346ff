//! Is there a separate environment of the same shape that changes pass through first?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Subject, Tally};
use plimsoll_model::compose::EnvironmentWord;
use plimsoll_model::{DeploymentKind, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "delivery/staging-environment", page: include_str!("staging_environment.md"), check };

const CONSEQUENCE: &str = "production is the first place where a change meets real configuration";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    if system.owned().next().is_some() {
        let deploys = system.staging_deploys();
        let to_staging = deploys
            .iter()
            .find(|a| !a.only_by_hand() && !a.only_previews())
            .or_else(|| deploys.iter().find(|a| !a.only_previews()))
            .or(deploys.first());
        let named_job = system
            .pipelines()
            .iter()
            .flat_map(|p| &p.jobs)
            .find(|j| named(j.environment.as_ref().map(|e| e.value.as_str())) || named(Some(&j.id)));
        let defined = system.deployments().iter().find(|d| d.environment == EnvironmentWord::Staging);
        let variables = system.iac().iter().flat_map(|r| &r.environments).find(|e| named(Some(&e.value)));
        let preview = system.deployment().filter(|d| {
            d.kind == DeploymentKind::Platform
                && system.platforms().iter().any(|p| d.files.contains(&p.path) && matches!(p.platform, "vercel" | "netlify" | "cloudflare"))
        });
        let at_of = |path: &str| system.file(path).map(|f| Location::whole(f.id));
        if let Some(deploy) = to_staging {
            tally.met(
                &subject,
                Evidence::seen(deploy.sign.at, format!("job `{}` deploys to staging: {}", deploy.job.id, deploy.sign.says), Grade::Active),
            );
            if deploy.only_previews() {
                let proof = Evidence::noted(deploy.job.at, "only pull requests start it");
                tally.gap(
                    &subject,
                    Gap::new(
                        "previews-only",
                        "each pull request gets a preview, and no environment lasts from one change to the next",
                        proof,
                    )
                    .so(CONSEQUENCE),
                );
            } else if deploy.only_by_hand() {
                let proof = Evidence::noted(deploy.job.at, format!("job `{}`", deploy.job.id));
                tally.gap(
                    &subject,
                    Gap::new("passed-by-hand", "staging is deployed only when a person starts it: changes need not pass through", proof)
                        .so(CONSEQUENCE),
                );
            }
        } else if let Some(job) = named_job {
            tally.met(&subject, Evidence::seen(job.at, format!("job `{}` names a staging environment", job.id), Grade::Declared));
            tally.gap(
                &subject,
                Gap::new(
                    "nothing-deployed",
                    "a staging environment is named, but nothing is deployed there",
                    Evidence::noted(job.at, "no step of it deploys"),
                )
                .so(CONSEQUENCE),
            );
        } else if let Some((deployment, at)) = defined.and_then(|d| d.files.first().and_then(|f| at_of(f)).map(|at| (d, at))) {
            tally.met(&subject, Evidence::seen(at, format!("{} defines a staging environment", deployment.name), Grade::Declared));
            let proof = Evidence::sought("deployment to staging", system.pipeline_scope());
            tally.gap(
                &subject,
                Gap::new("nothing-deployed", "a staging environment is defined, but no pipeline deploys there", proof).so(CONSEQUENCE),
            );
        } else if let Some(variables) = variables {
            tally.met(&subject, Evidence::seen(variables.at, format!("variables for `{}`", variables.value), Grade::Declared));
            let proof = Evidence::sought("deployment to staging", system.pipeline_scope());
            tally.gap(
                &subject,
                Gap::new("nothing-deployed", "values for staging exist, but no pipeline applies them", proof).so(CONSEQUENCE),
            );
        } else if let Some((deployment, at)) = preview.and_then(|d| d.files.first().and_then(|f| at_of(f)).map(|at| (d, at))) {
            tally.met(&subject, Evidence::seen(at, format!("the platform of {} makes preview deployments", deployment.name), Grade::Wired));
            tally.gap(
                &subject,
                Gap::new(
                    "previews-only",
                    "previews share production's data and settings unless told otherwise",
                    Evidence::noted(at, "no environment of its own is named"),
                )
                .so(CONSEQUENCE),
            );
        } else {
            let mut within = system.pipeline_scope();
            within.extend(system.scopes(&["**/*{staging,stage,uat,preprod}*"]));
            let mut gap = Gap::new(
                "one-environment",
                "no environment stands between development and production",
                Evidence::sought("staging environment", within),
            );
            for path in system.deployments().iter().flat_map(|d| d.files.last()).take(3) {
                if let Some(at) = at_of(path) {
                    gap = gap.and(Evidence::noted(at, format!("{path} is not a staging environment")));
                }
            }
            tally.gap(&subject, gap.so(CONSEQUENCE));
        }
    }
    tally.finish(|| Evidence::sought("service of this repository", system.deployment_scope()))
}

fn named(text: Option<&str>) -> bool {
    text.is_some_and(|t| EnvironmentWord::of(t) == EnvironmentWord::Staging)
}
