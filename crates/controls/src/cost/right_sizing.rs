//! Do sizes and commitments follow measured need?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Setting, Subject, Tally};
use plimsoll_model::container::Runtime;
use plimsoll_model::iac::IacRoot;
use plimsoll_model::{DeploymentKind, Service, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "cost/right-sizing", page: include_str!("right_sizing.md"), check };

/// Resources that measure use and recommend sizes.
const MEASURES: &[&str] = &[
    "aws_computeoptimizer_enrollment_status",
    "aws_computeoptimizer_recommendation_preferences",
    "AWS::ComputeOptimizer::RecommendationPreferences",
];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let metered: Vec<&Service> = system.services().iter().filter(|s| !s.helper()).collect();
    if metered.is_empty() || system.deployment().is_some_and(|d| d.kind == DeploymentKind::Platform) && sizes(system, &metered).is_empty() {
        let why = if metered.is_empty() { "service that runs with a size" } else { "size that the platform's file states" };
        return tally.finish(|| Evidence::sought(why, system.deployment_scope()));
    }
    if let Some((at, says)) = excess(system) {
        tally.gap(
            &subject,
            Gap::new("excess", says.clone(), Evidence::noted(at, says)).so("money is spent every hour on what nothing needs"),
        );
        return tally.finish(|| Evidence::sought("service that runs with a size", system.deployment_scope()));
    }
    let sizes = sizes(system, &metered);
    let measured = measure(system);
    match (&measured, sizes.first()) {
        (Some((at, says)), Some(_)) => {
            tally.met(&subject, Evidence::seen(*at, says.clone(), Grade::Active));
            for (at, says) in sizes.iter().take(4) {
                tally.met(&subject, Evidence::seen(*at, says.clone(), Grade::Active));
            }
        }
        (_, Some(_)) => {
            for (at, says) in sizes.iter().take(8) {
                tally.met(&subject, Evidence::seen(*at, says.clone(), Grade::Declared));
            }
            let (at, says) = &sizes[0];
            let gap =
                Gap::new("unmeasured", "sizes are fixed numbers without a measurement behind them", Evidence::noted(*at, says.clone()));
            tally.gap(&subject, gap.so("too large costs money every hour, too small fails under load, and which it is nobody knows"));
        }
        (_, None) => {
            let question = Question::new(
                "what the services need: no size is stated anywhere",
                "state sizes, measure use under load for some weeks, and attest the result",
            );
            tally.doubt(&subject, question);
        }
    }
    tally.finish(|| Evidence::sought("service that runs with a size", system.deployment_scope()))
}

/// Sizes that are stated for what runs.
fn sizes(system: &System, services: &[&Service]) -> Vec<(Location, String)> {
    let mut found = Vec::new();
    for service in services {
        let stated = |setting: &Option<Setting<String>>| setting.as_ref().and_then(|s| s.stated()).map(|s| (s.at, s.value.clone()));
        let cpu = stated(&service.cpu_limit).or_else(|| stated(&service.cpu_request));
        let memory = stated(&service.memory_limit).or_else(|| stated(&service.memory_request));
        let at = cpu.as_ref().or(memory.as_ref()).map(|(at, _)| *at);
        let parts: Vec<String> =
            [("CPU", cpu), ("memory", memory)].into_iter().filter_map(|(what, v)| Some(format!("{what} {}", v?.1))).collect();
        if let Some(at) = at {
            found.push((at, format!("`{}`: {}", service.name, parts.join(", "))));
        }
    }
    let capacity = system.infrastructure().capacity.iter().filter_map(|c| {
        let size = c.size.as_ref()?;
        size.known().map(|s| (size.at, format!("`{}`: {s}", c.name)))
    });
    let stores = system.infrastructure().stores.iter().filter_map(|s| {
        let size = s.size.as_ref()?;
        size.known().map(|v| (size.at, format!("`{}`: {v}", s.name)))
    });
    found.extend(capacity);
    found.extend(stores);
    found
}

/// Something that measures use and says what would fit.
fn measure(system: &System) -> Option<(Location, String)> {
    let roots: Vec<&IacRoot> = system.roots();
    let enrolled = roots.iter().flat_map(|r| &r.resources).find(|x| MEASURES.contains(&x.kind.as_str()));
    let enrolled = enrolled.map(|x| (x.at, format!("`{}.{}` measures use and recommends sizes", x.kind, x.name)));
    let tuned = || {
        let policies = system.infrastructure().capacity.iter().flat_map(|c| &c.scaling);
        policies.filter(|p| p.effective.on() && p.says.to_ascii_lowercase().contains("vertical")).map(|p| (p.at, p.says.clone())).next()
    };
    enrolled.or_else(tuned)
}

/// What is plainly more than its work can need: a large machine that runs all day for what a timer starts now and then.
fn excess(system: &System) -> Option<(Location, String)> {
    const SERVES: &[&str] = &["docker", "nginx", "systemctl", "pm2", "gunicorn", "uvicorn", "node ", "java ", "kubelet", "serve"];
    let machines = system.services().iter().filter(|s| s.runtime == Runtime::Process);
    machines.into_iter().find_map(|service| {
        let script = service.command.as_ref()?.value.join(" ").to_ascii_lowercase();
        if !script.contains("cron") || SERVES.iter().any(|w| script.contains(w)) {
            return None;
        }
        let roots = system.roots();
        let machine = roots.iter().flat_map(|r| &r.resources).find(|x| x.at == service.at)?;
        let size = machine.get("instance_type").filter(|t| t.value.contains("xlarge"))?;
        Some((size.at, format!("`{}` is a {} that runs all day for what a timer starts now and then", service.name, size.value)))
    })
}
