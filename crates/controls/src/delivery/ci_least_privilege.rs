//! Could a compromised action, pull request or token take over production?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Subject, Tally};
use plimsoll_model::ci::{Pipeline, Provider, Step};
use plimsoll_model::{Capability, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "delivery/ci-least-privilege", page: include_str!("ci_least_privilege.md"), check };

const CONSEQUENCE: &str = "whoever takes over one action or sends one pull request can change what is released";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let mut releases: Vec<(usize, usize)> = Vec::new();
    for capability in [Capability::Deploy, Capability::ImagePush] {
        releases.extend(system.activities(capability).iter().filter(|a| a.live()).map(|a| (a.source.pipeline, a.source.job)));
    }
    for (index, pipeline) in system.pipelines().iter().enumerate() {
        // The jobs of a called workflow stand in its callers.
        if pipeline.jobs.is_empty() && pipeline.opaque.is_empty() {
            continue;
        }
        let subject = Subject::named(&pipeline.path);
        if pipeline.provider == Provider::GithubActions {
            github(&mut tally, &subject, pipeline, &|job| releases.contains(&(index, job)));
        } else {
            let missing = format!("which rights and secrets the jobs of {} hold: they are settings of the provider", pipeline.path);
            tally.doubt(&subject, Question::new(missing, "show protected variables and runners, or attest them"));
        }
    }
    tally.finish(|| Evidence::sought("pipeline whose rights could be limited", system.pipeline_scope()))
}

fn github(tally: &mut Tally, subject: &Subject, pipeline: &Pipeline, releases: &dyn Fn(usize) -> bool) {
    let mut open = false;
    let mut gap = |tally: &mut Tally, kind: &'static str, text: String, at: Location, says: String, grave: bool| {
        open |= grave;
        tally.gap(subject, Gap::new(kind, text, Evidence::noted(at, says)).so(CONSEQUENCE));
    };
    let stated = pipeline.permissions.iter().chain(pipeline.jobs.iter().filter_map(|j| j.permissions.as_ref()));
    for permissions in stated.clone().filter(|p| p.write_all) {
        gap(tally, "write-all", "the token may write everything".into(), permissions.at, "write-all".into(), true);
    }
    let unlimited = pipeline.permissions.is_none().then(|| pipeline.jobs.iter().find(|j| j.permissions.is_none())).flatten();
    if let Some(job) = unlimited {
        let text = format!("job `{}` takes the token's default rights, which a setting decides", job.id);
        gap(tally, "default-permissions", text, job.at, "no `permissions`".into(), false);
    }
    for (index, job) in pipeline.jobs.iter().enumerate() {
        if let Some(runner) = job.runner.as_ref().filter(|r| r.value.contains("self-hosted") && job.on.pull_request) {
            gap(
                tally,
                "own-runner",
                format!("job `{}` runs pull requests on a machine of one's own", job.id),
                runner.at,
                "self-hosted".into(),
                false,
            );
        }
        let piped = job.steps.iter().filter_map(|s| s.script.as_ref()).find(|s| pipes_the_net(&s.value));
        if let Some(script) = piped.filter(|_| releases(index)) {
            gap(
                tally,
                "remote-script",
                format!("job `{}` releases, and runs a script straight from the net", job.id),
                script.at,
                "whoever serves that address is root here".into(),
                true,
            );
        }
    }
    for step in pipeline.jobs.iter().flat_map(|j| &j.steps) {
        uses(step, &mut |kind, text, at, says, grave| gap(tally, kind, text, at, says, grave));
        let inline = step.with.iter().filter(|(n, _)| n == "script").map(|(_, v)| v);
        for script in step.script.iter().chain(inline) {
            let Some(expression) = injected(&script.value) else { continue };
            gap(
                tally,
                "script-injection",
                format!("`{expression}` is pasted into a script"),
                script.at,
                "text of a stranger becomes a command".into(),
                true,
            );
        }
        if let Some((name, input)) =
            step.with.iter().find(|(n, _)| matches!(n.as_str(), "aws-access-key-id" | "credentials_json" | "creds"))
        {
            gap(tally, "long-lived-key", format!("`{name}` is a long-lived cloud key"), input.at, name.clone(), false);
        }
    }
    let after = pipeline.triggers.after.first().map(|a| a.at);
    if let Some(at) = pipeline.triggers.pull_request_target.or(after)
        && pipeline.jobs.iter().flat_map(|j| &j.steps).any(checks_out_head)
    {
        gap(
            tally,
            "untrusted-checkout",
            "code of a stranger's pull request runs with this repository's secrets".into(),
            at,
            "it starts with secrets, and checks out the head".into(),
            true,
        );
    }
    if !open {
        let at = stated.clone().next().map_or(Location::whole(pipeline.file), |p| p.at);
        tally.met(
            subject,
            Evidence::seen(at, "no open door: no write-all token, no action from a branch, no stranger's code", Grade::Active),
        );
    }
}

/// The reference that a step's action is taken at.
fn uses(step: &Step, gap: &mut dyn FnMut(&'static str, String, Location, String, bool)) {
    let Some(uses) = &step.uses else { return };
    let Some((name, reference)) = uses.value.rsplit_once('@') else { return };
    let own = name.starts_with("./") || name.starts_with("docker://");
    let first_party = name.starts_with("actions/") || name.starts_with("github/");
    let pinned = reference.len() == 40 && reference.chars().all(|c| c.is_ascii_hexdigit());
    if own || pinned {
        return;
    }
    if matches!(reference, "master" | "main" | "latest" | "develop" | "HEAD") && !first_party {
        gap("action-from-branch", format!("`{name}` is taken from the branch `{reference}`"), uses.at, uses.value.clone(), true);
    } else if !first_party {
        gap("action-by-tag", format!("`{name}` is taken by a tag, which its owner can move"), uses.at, uses.value.clone(), false);
    }
}

/// An expression that a stranger controls, inside a script.
fn injected(script: &str) -> Option<String> {
    let mut rest = script;
    while let Some(start) = rest.find("${{") {
        let after = &rest[start + 3..];
        let end = after.find("}}")?;
        let expression = after[..end].trim();
        let text =
            [".title", ".body", ".head_ref", ".head.ref", ".message", ".name", ".email", ".label", "github.head_ref", ".head_branch"];
        let event = expression.starts_with("github.event.") || expression.starts_with("github.head_ref");
        let stranger = ["issue", "pull_request", "comment", "review", "head_commit", "commits", "discussion", "pages", "workflow_run"];
        if event
            && text.iter().any(|t| expression.ends_with(t) || expression == *t)
            && (expression.starts_with("github.head_ref") || stranger.iter().any(|s| expression.contains(s)))
        {
            return Some(expression.to_owned());
        }
        rest = &after[end..];
    }
    None
}

/// `curl … | bash`.
fn pipes_the_net(script: &str) -> bool {
    script.lines().any(|line| {
        let mut parts = line.split('|').map(str::trim);
        let fetches = parts.next().is_some_and(|p| p.contains("curl ") || p.contains("wget "));
        fetches
            && parts.any(|p| {
                matches!(p.split_whitespace().find(|w| *w != "sudo" && *w != "-E"), Some("bash" | "sh" | "zsh" | "python" | "python3"))
            })
    })
}

fn checks_out_head(step: &Step) -> bool {
    step.uses.as_ref().is_some_and(|u| u.value.starts_with("actions/checkout"))
        && step.with.iter().any(|(n, v)| n == "ref" && v.value.contains("head"))
}
