//! Are runtimes, frameworks, engines and base systems still supported at the date of the ruleset?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::repository::{VersionScope, VersionUse};
use plimsoll_model::{Service, Support, System, support};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "supply-chain/supported-versions", page: include_str!("supported_versions.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in system.services().iter().filter(|s| !s.helper()) {
        let subject = service.subject();
        let versions: Vec<&VersionUse> = system.versions().iter().filter(|v| concerns(system, service, v)).collect();
        judge_all(&mut tally, &subject, &versions);
    }
    for version in system.versions().iter().filter(|v| v.scope == VersionScope::Infrastructure) {
        judge(&mut tally, &Subject::named("infrastructure"), version);
    }
    // Nothing that is deployed says what it runs on: then what the repository builds does.
    if tally.is_empty() {
        for version in system
            .versions()
            .iter()
            .filter(|v| v.scope == VersionScope::Image && system.images().iter().any(|d| d.product && d.path == v.path))
        {
            judge(&mut tally, &Subject::named(&version.path), version);
        }
    }
    tally.finish(|| Evidence::sought("runtime, image or framework of which the end of support is known", system.deployment_scope()))
}

/// What a service runs on: its image's base, the third-party image that it is, and the frameworks of its packages.
fn concerns(system: &System, service: &Service, version: &VersionUse) -> bool {
    match version.scope {
        VersionScope::Image => service.image_definition(system).is_some_and(|d| d.path == version.path),
        VersionScope::Workload => service.image.as_ref().and_then(|i| i.at()) == Some(version.at),
        // A package above the service's own folder is somebody else's, unless nothing tells where the service's source is.
        VersionScope::Framework
            if service.source_folder(system).is_some_and(|own| {
                !version.path.starts_with(&own) && !service.packages(system).iter().any(|p| p.folder.starts_with(&own))
            }) =>
        {
            false
        }
        VersionScope::Framework => {
            service.owned()
                && service
                    .packages(system)
                    .iter()
                    .any(|p| p.path == version.path || p.lock.as_ref().is_some_and(|l| l.path == version.path))
        }
        VersionScope::Manifest | VersionScope::ToolFile => {
            service.owned()
                && service.image_definition(system).is_none()
                && service.packages(system).iter().any(|p| version.path.starts_with(p.folder.as_str()))
        }
        // The compiler's library is linked into what runs: holes in it are holes in the program.
        VersionScope::BuildStage if version.product == "go" => service.image_definition(system).is_some_and(|d| d.path == version.path),
        VersionScope::BuildStage | VersionScope::Pipeline | VersionScope::Infrastructure => false,
    }
}

/// What is past its end is not made better by what beside it is not.
fn judge_all(tally: &mut Tally, subject: &Subject, versions: &[&VersionUse]) {
    let ended = |v: &&&VersionUse| matches!(support(&v.product, &v.version), Support::Ended(_));
    let any = versions.iter().any(|v| ended(&v));
    for version in versions.iter().filter(|v| !any || ended(v)) {
        judge(tally, subject, version);
    }
}

fn judge(tally: &mut Tally, subject: &Subject, version: &VersionUse) {
    let name = format!("{} {}", version.product, version.version);
    match support(&version.product, &version.version) {
        Support::Ended(date) => {
            let text = format!("{name} is out of support since {date}");
            let gap =
                Gap::new("end-of-life", text, Evidence::noted(version.at, version.says.clone())).so("new holes in it will not be mended");
            tally.gap(subject, gap);
        }
        Support::EndsSoon(date) => {
            tally.met(subject, Evidence::seen(version.at, format!("{name} is supported until {date}"), Grade::Active));
            let text = format!("{name} loses support on {date}, within six months");
            tally.gap(
                subject,
                Gap::new("ends-soon", text, Evidence::noted(version.at, version.says.clone()))
                    .so("after that day new holes in it will not be mended"),
            );
        }
        Support::Until(date) => tally.met(subject, Evidence::seen(version.at, format!("{name} is supported until {date}"), Grade::Active)),
        Support::Open => tally.met(subject, Evidence::seen(version.at, format!("{name} is supported, no end announced"), Grade::Active)),
        Support::Unversioned => {
            let missing = format!("which version of {} runs: `{}` names none", version.product, version.says);
            tally.doubt(subject, Question::new(missing, "pin a version"));
        }
        Support::Unknown => {}
    }
}
