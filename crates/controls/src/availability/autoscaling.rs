//! Does capacity follow load, within bounds?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Tally};
use plimsoll_model::estate::Capacity;
use plimsoll_model::{Service, ServiceKind, System};

use super::instances::{Ground, capacity_of, ground, serving, unsaid};
use super::nothing_serves;
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "availability/autoscaling", page: include_str!("autoscaling.md"), check };

const CONSEQUENCE: &str = "a busy hour meets the capacity of a quiet one: requests queue, time out and are sent again";

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in serving(system) {
        let capacity = capacity_of(system, service);
        let ground = ground(system, service, capacity);
        match (ground, capacity) {
            (Ground::Unsaid, _) => tally.doubt(&service.subject(), unsaid(service, "what adds instances of")),
            (_, Some(capacity)) => judge(system, service, capacity, ground, &mut tally),
            (_, None) => tally.gap(&service.subject(), none(service)),
        }
    }
    if tally.is_empty() {
        for function in system.owned().filter(|s| s.kind == ServiceKind::Function) {
            let capacity = capacity_of(system, function);
            match capacity.and_then(|c| c.scaling.iter().find(|s| s.effective.off())) {
                Some(stopped) => tally.gap(
                    &function.subject(),
                    Gap::new("cannot-scale", stopped.effective.says.clone(), Evidence::noted(stopped.effective.at, stopped.says.clone()))
                        .so(CONSEQUENCE),
                ),
                None => {
                    let says = format!("the platform starts as many of `{}` as there are events", function.name);
                    tally.met(&function.subject(), Evidence::seen(function.at, says, Grade::Active));
                }
            }
        }
    }
    tally.finish(|| nothing_serves(system))
}

fn none(service: &Service) -> Gap {
    let says = format!("nothing changes the number of instances of `{}`", service.name);
    let at = service.replicas.at().unwrap_or(service.at);
    Gap::new("no-autoscaling", says, Evidence::noted(at, format!("`{}` is declared without an autoscaler", service.name))).so(CONSEQUENCE)
}

fn judge(system: &System, service: &Service, c: &Capacity, ground: Ground, tally: &mut Tally) {
    let subject = service.subject();
    let name = &service.name;
    if let Some(works) = c.scaling.iter().find(|s| s.effective.on()) {
        bounded(service, c, tally);
        tally.met(&subject, Evidence::seen(works.at, format!("`{name}` scales: {}", works.says), Grade::Active));
        return;
    }
    if let Some(open) = c.scaling.iter().find(|s| s.effective.known().is_none()) {
        let missing = format!("whether `{name}` scales: {} ({})", open.effective.says, system.path_at(open.effective.at));
        tally.doubt(&subject, Question::new(missing, "state the value in the repository, or attest it"));
        return;
    }
    if let Some(idle) = c.scaling.first() {
        tally.met(&subject, Evidence::seen(idle.at, format!("{} is declared", idle.says), Grade::Declared));
        let says = format!("`{name}` does not scale: {}", idle.effective.says);
        let mut gap = Gap::new("cannot-scale", says, Evidence::noted(idle.effective.at, idle.effective.says.clone())).so(CONSEQUENCE);
        for other in &c.scaling[1..] {
            gap = gap.and(Evidence::noted(other.effective.at, other.effective.says.clone()));
        }
        tally.gap(&subject, gap);
        return;
    }
    match (&c.minimum, &c.maximum) {
        (Some(least), Some(most)) if least.known() != most.known() => {
            tally.met(&subject, Evidence::seen(most.at, format!("bounds are declared: {}, {}", least.says, most.says), Grade::Declared));
            let says = format!("bounds of `{name}` are set, but no policy moves the number between them");
            tally.gap(&subject, Gap::new("no-policy", says, Evidence::noted(most.at, most.says.clone())).so(CONSEQUENCE));
        }
        _ if ground == Ground::Platform && c.desired.as_ref().is_some_and(|d| d.known().is_none()) => {
            let missing = format!("whether the platform adds instances of `{name}`: it is set in its console");
            tally.doubt(&subject, Question::new(missing, "show the setting, or attest it"));
        }
        _ => tally.gap(&subject, none(service)),
    }
}

/// Bounds that leave no room make the best policy idle.
fn bounded(service: &Service, c: &Capacity, tally: &mut Tally) {
    let (Some(least), Some(most)) = (&c.minimum, &c.maximum) else { return };
    let (Some(low), Some(high)) = (least.known(), most.known()) else { return };
    if high <= low {
        let says = format!("`{}` may run {low} at the least and {high} at the most: there is no room to scale", service.name);
        let gap = Gap::new("no-room", says, Evidence::noted(most.at, most.says.clone())).and(Evidence::noted(least.at, least.says.clone()));
        tally.gap(&service.subject(), gap.so(CONSEQUENCE));
    }
}
