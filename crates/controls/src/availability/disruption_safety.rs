//! Do drains, upgrades of nodes and the loss of spot machines leave enough instances?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Tally};
use plimsoll_model::container::Runtime;
use plimsoll_model::estate::{Capacity, CapacityKind, DisruptionGuard, GuardKind};
use plimsoll_model::{Service, ServiceKind, System};

use super::instances::{Ground, at_most, capacity_of, ground, least, own, unsaid};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "availability/disruption-safety", page: include_str!("disruption_safety.md"), check };

const CONSEQUENCE: &str = "an upgrade of the nodes, which providers start by themselves, takes every instance away at once";

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in own(system).filter(|s| s.long_running() && matches!(s.kind, ServiceKind::Web | ServiceKind::Worker)) {
        let capacity = capacity_of(system, service);
        let orchestrated = matches!(service.runtime, Runtime::Kubernetes | Runtime::Ecs);
        let group = capacity.filter(|c| c.kind == CapacityKind::MachineGroup);
        match capacity.filter(|_| orchestrated).or(group) {
            Some(capacity) => judge(system, service, capacity, &mut tally),
            None if ground(system, service, capacity) == Ground::Unsaid => {
                tally.doubt(&service.subject(), unsaid(service, "what drains the machines of"));
            }
            None => tally.not_applicable(Evidence::noted(service.at, format!("nothing drains what runs `{}`", service.name))),
        }
    }
    tally.finish(|| Evidence::sought("service in a cluster or a group of machines", system.deployment_scope()))
}

fn judge(system: &System, service: &Service, c: &Capacity, tally: &mut Tally) {
    let subject = service.subject();
    let name = &service.name;
    let number = least(service, Some(c));
    let works = |kind: GuardKind| c.guards.iter().find(|g| g.kind == kind && g.effective.on());
    let useless: Vec<&DisruptionGuard> = c.guards.iter().filter(|g| g.effective.off()).collect();
    if at_most(&number, 1) && useless.iter().all(|g| g.kind != GuardKind::Budget || service.runtime == Runtime::Ecs) {
        let says = format!("one instance of `{name}`: there is nothing to keep, redundancy is judged for itself");
        tally.not_applicable(Evidence::noted(number.at, says));
        return;
    }
    let budget = works(GuardKind::Budget);
    let others = [works(GuardKind::Spread), works(GuardKind::Drain)];
    for guard in [budget, others[0], others[1]].into_iter().flatten() {
        tally.met(&subject, Evidence::seen(guard.at, format!("`{name}`: {}", guard.says), Grade::Active));
    }
    for guard in &useless {
        let says = format!("{} for `{name}` has no good effect: {}", guard.says, guard.effective.says);
        tally.gap(
            &subject,
            Gap::new("without-effect", says, Evidence::noted(guard.effective.at, guard.effective.says.clone())).so(CONSEQUENCE),
        );
    }
    if let Some(spot) = c.spot.as_ref().filter(|_| works(GuardKind::SpotHandling).is_none()) {
        let says = format!("every instance of `{name}` stands on machines that the provider may take back at short notice");
        tally.gap(&subject, Gap::new("all-spot", says, Evidence::noted(spot.at, spot.value.clone())).so(CONSEQUENCE));
    }
    if let Some(open) = c.guards.iter().find(|g| g.effective.known().is_none()) {
        let missing = format!("{} ({})", open.effective.says, system.path_at(open.effective.at));
        tally.doubt(&subject, Question::new(missing, "state the value in the repository"));
        return;
    }
    match (budget, others.iter().flatten().next()) {
        (Some(_), Some(_)) => {}
        (Some(budget), None) => {
            let says = format!("nothing keeps the instances of `{name}` on different machines or lets them end in peace");
            tally.gap(&subject, Gap::new("no-spread", says, Evidence::noted(budget.at, "a budget alone")).so(CONSEQUENCE));
        }
        (None, _) if useless.iter().any(|g| g.kind == GuardKind::Budget) => {}
        (None, other) => {
            if number.known().is_none() && other.is_none() && useless.is_empty() {
                let missing = format!("how many instances of `{name}` run: {} ({})", number.says, system.path_at(number.at));
                tally.doubt(&subject, Question::new(missing, "state the number in the repository"));
                return;
            }
            let what =
                if c.kind == CapacityKind::MachineGroup { "no instance refresh with a healthy minimum" } else { "no disruption budget" };
            let says = format!("{what} says how many instances of `{name}` must stay");
            tally.gap(
                &subject,
                Gap::new("no-budget", says, Evidence::noted(c.at, format!("`{name}` is declared without one"))).so(CONSEQUENCE),
            );
        }
    }
}
