//! Does the pipeline check the deployed system and fail if it is unwell?

use std::collections::BTreeSet;

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Subject, Tally};
use plimsoll_model::{Activity, Capability, System};

use crate::Control;

pub(crate) const CONTROL: Control =
    Control { id: "delivery/post-deploy-verification", page: include_str!("post_deploy_verification.md"), check };

const CONSEQUENCE: &str = "a release that does not start counts as a success until users say otherwise";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let mut judged = BTreeSet::new();
    let deploys = system.production_deploys();
    for deploy in &deploys {
        if judged.insert(deploy.source.pipeline) {
            // The last deployment of a pipeline is the one that the others lead to.
            let last = deploys.iter().rfind(|a| a.source.pipeline == deploy.source.pipeline).unwrap_or(deploy);
            judge(system, &mut tally, deploy, last);
        }
    }
    if let Some(question) = super::automated_deploy::hidden(system).filter(|_| deploys.is_empty() && !system.is_library()) {
        tally.doubt(&Subject::system(), question);
    }
    tally.finish(|| Evidence::sought("automated deployment to verify", system.pipeline_scope()))
}

fn judge(system: &System, tally: &mut Tally, first: &Activity<'_>, last: &Activity<'_>) {
    let subject = Subject::named(&first.pipeline.path);
    let after = |capability| first.followed_by(system.activities(capability)).into_iter().filter(Activity::live).collect::<Vec<_>>();
    // Many tools deploy and wait in one command, at one place.
    let wait = system
        .activities(Capability::RolloutWait)
        .into_iter()
        .find(|a| a.live() && a.source.pipeline == first.source.pipeline && (a.sign.at == first.sign.at || a.sign.at == last.sign.at));
    let wait = wait.or_else(|| after(Capability::RolloutWait).into_iter().next());
    let mut requests: Vec<Activity<'_>> =
        after(Capability::SmokeTest).into_iter().filter(|a| requests_the_system(&a.source.words)).collect();
    requests.extend(after(Capability::EndToEndTest));
    let failing = requests.iter().find(|a| a.blocking() && can_fail(&a.source.words));
    let harmless = requests.first();
    if let Some(step) = &wait {
        tally.met(&subject, Evidence::seen(step.sign.at, format!("waits until the new version is up: {}", step.sign.says), Grade::Active));
    }
    let job = Evidence::noted(first.job.at, format!("job `{}` deploys", first.job.id));
    if let Some(request) = failing {
        tally.met(&subject, Evidence::seen(request.sign.at, format!("requests the deployed system: {}", request.sign.says), Grade::Active));
    } else if inside_the_script(first) {
        tally.met(
            &subject,
            Evidence::seen(first.sign.at, "the script on the host requests the new version and fails with it", Grade::Active),
        );
    } else if let Some(request) = harmless {
        tally.met(&subject, Evidence::seen(request.sign.at, format!("requests the deployed system: {}", request.sign.says), Grade::Wired));
        let at = request.tolerated().unwrap_or(request.sign.at);
        let gap = Gap::new(
            "cannot-fail",
            "the deployed system is requested, but a bad answer fails nothing",
            Evidence::noted(at, "an error is no failure here"),
        );
        tally.gap(&subject, gap.so(CONSEQUENCE));
    } else {
        let text = if wait.is_some() {
            "the pipeline waits, but sends no request to what it deployed"
        } else {
            "nothing checks the system after it was deployed"
        };
        tally.gap(&subject, Gap::new("not-requested", text, job).so(CONSEQUENCE));
    }
}

/// A request to the system: not a message to people, not a download, not a call of a service of others.
fn requests_the_system(words: &[String]) -> bool {
    const OTHERS: [&str; 20] = [
        "slack",
        "discord",
        "telegram",
        "webhook",
        "hooks.",
        "_hook",
        "teams.microsoft",
        "githubusercontent",
        "github.com",
        "gitlab.com",
        "sentry.io",
        "datadoghq",
        "newrelic",
        "codecov",
        "purge_cache",
        "install",
        "download",
        "releases/",
        "localhost",
        "127.0.0.1",
    ];
    let lower = words.join(" ").to_lowercase();
    let sends = words.windows(2).any(|w| matches!(w[0].as_str(), "-X" | "--request") && !matches!(w[1].as_str(), "GET" | "HEAD"));
    let saves = words.iter().any(|w| matches!(w.as_str(), "-O" | "--remote-name" | "-LO" | "-fsSLO" | "-sLO" | "-OL"));
    let data = words.iter().any(|w| matches!(w.as_str(), "-d" | "--data" | "--data-raw" | "--data-binary" | "-F" | "--upload-file" | "-T"));
    !OTHERS.iter().any(|o| lower.contains(o)) && !sends && !saves && !data
}

/// `curl` succeeds on an error page unless it is told otherwise or its answer is looked at.
fn can_fail(words: &[String]) -> bool {
    if words.first().is_none_or(|w| w.rsplit('/').next() != Some("curl")) {
        return true;
    }
    let short = |w: &str| w.starts_with('-') && !w.starts_with("--") && w.contains('f');
    words.iter().any(|w| w.starts_with("--fail") || short(w) || w.contains("http_code") || w.contains("response_code"))
}

/// A remote script is one text here: it asks the new version and would stop.
fn inside_the_script(deploy: &Activity<'_>) -> bool {
    let text = deploy.source.words.join("\n");
    text.lines().any(|line| {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let curl = words.iter().position(|w| w.ends_with("curl"));
        curl.is_some_and(|i| can_fail(&words[i..]) && !line.contains("|| true") && !line.contains("hook"))
    })
}
