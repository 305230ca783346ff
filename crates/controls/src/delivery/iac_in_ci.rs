//! Is infrastructure change planned, checked and applied by the pipeline?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Subject, Tally};
use plimsoll_model::iac::{IacRoot, IacTool};
use plimsoll_model::{Activity, Capability, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "delivery/iac-in-ci", page: include_str!("iac_in_ci.md"), check };

const CONSEQUENCE: &str = "infrastructure changes from laptops: nobody reviews them and the code drifts from what exists";

fn check(system: &System, mut tally: Tally) -> Judgement {
    for root in applied(system) {
        judge(system, &mut tally, root);
    }
    tally.finish(|| {
        Evidence::sought(
            "infrastructure code",
            system.scopes(&["**/*.{tf,tofu,bicep}", "**/{cdk.json,Pulumi.yaml,template.y*ml,serverless.y*ml}"]),
        )
    })
}

/// Roots that somebody applies: no modules, nothing that is retired or an example.
fn applied(system: &System) -> impl Iterator<Item = &IacRoot> {
    system.iac().iter().filter(|r| !r.module && r.tool != IacTool::Ansible && !system.set_aside(r))
}

fn judge(system: &System, tally: &mut Tally, root: &IacRoot) {
    let name = if root.folder.is_empty() { root.tool.word() } else { root.folder.as_str() };
    let subject = Subject::named(name);
    let alone = applied(system).count() == 1;
    let mine = |a: &Activity<'_>| a.live() && speaks_of(a, root) && (alone || concerns(a, root));
    let find = |c: Capability| system.activities(c).into_iter().find(|a| mine(a));
    let (validate, plan, apply) = (find(Capability::IacValidate), find(Capability::IacPlan), find(Capability::IacApply));
    let seen: Vec<Activity<'_>> = [validate, plan, apply].into_iter().flatten().collect();
    for activity in &seen {
        let grade = if activity.blocking() && activity.automatic() { Grade::Exercised } else { activity.grade() };
        tally.met(&subject, Evidence::seen(activity.sign.at, format!("{} runs `{}`", activity.pipeline.path, activity.sign.says), grade));
    }
    let at = root.files.first().map(|f| Evidence::noted(Location::whole(*f), "declared here"));
    let sought = |what: &'static str| Evidence::sought(what, system.pipeline_scope());
    if seen.is_empty() {
        if let Some(backend) = root.backend.as_ref().filter(|b| matches!(b.value.as_str(), "cloud" | "remote")) {
            let missing = format!("whether the service behind the `{}` backend plans and applies {name}", backend.value);
            tally.doubt(&subject, Question::new(missing, "attest it with a link to a run"));
            return;
        }
        let mut gap =
            Gap::new("applied-by-hand", "no pipeline checks, plans or applies it", sought("step that checks, plans or applies it"));
        gap.proof.rest.extend(at);
        if let Some((script, _)) = system.scripted(Capability::IacApply).next() {
            gap = gap.and(Evidence::noted(script.at, format!("applied by a script that a person runs: {}", script.says)));
        }
        tally.gap(&subject, gap.so(CONSEQUENCE));
        return;
    }
    if plan.is_none_or(|p| !p.before_merge()) {
        tally.gap(
            &subject,
            Gap::new("no-plan", "a change is not planned before it is merged", sought("plan on pull requests")).so(CONSEQUENCE),
        );
    }
    match apply {
        None => {
            tally.gap(&subject, Gap::new("not-applied", "the pipeline does not apply it", sought("step that applies it")).so(CONSEQUENCE))
        }
        Some(apply) if plan.is_none() && apply.source.words.iter().any(|w| w.contains("auto-approve")) => {
            let gap = Gap::new(
                "applied-unseen",
                "it is applied without a plan that somebody saw",
                Evidence::noted(apply.sign.at, apply.sign.says.clone()),
            );
            tally.gap(&subject, gap.so("a change that destroys a database is applied like any other"));
        }
        Some(_) => {}
    }
}

/// Whether a tool is the one that the root is written for.
fn speaks_of(activity: &Activity<'_>, root: &IacRoot) -> bool {
    let named = activity.sign.technology.to_lowercase();
    let has = |list: &[&str]| list.iter().any(|w| named.contains(w));
    match root.tool {
        IacTool::Terraform => has(&["terraform", "tofu", "terragrunt", "atlantis"]),
        IacTool::CloudFormation => has(&["aws serverless", "cloudformation"]),
        IacTool::Serverless => has(&["serverless"]),
        IacTool::Cdk => has(&["cdk"]),
        IacTool::Pulumi => has(&["pulumi"]),
        IacTool::Bicep => has(&["azure", "bicep"]),
        IacTool::Ansible => has(&["ansible", "deployment tools"]),
    }
}

/// Whether a command works on this root: its folder, an argument that names it, or a matrix over folders.
fn concerns(activity: &Activity<'_>, root: &IacRoot) -> bool {
    let names = |word: &String| {
        let word = word.rsplit('=').next().unwrap_or(word).trim_start_matches("./").trim_end_matches('/');
        word == root.folder || word.strip_prefix(root.folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
    };
    activity.source.folder == root.folder
        || activity.source.words.iter().any(|w| w.contains("${{ matrix") || (!root.folder.is_empty() && names(w)))
}
