//! Can a new version go out without refusing requests?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Tally};
use plimsoll_model::container::{ProbeKind, Runtime};
use plimsoll_model::{Service, ServiceKind, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "delivery/zero-downtime-deploy", page: include_str!("zero_downtime_deploy.md"), check };

const CONSEQUENCE: &str = "every release drops requests, so releases become rare and large";

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in system.owned().filter(|s| s.kind == ServiceKind::Web && s.long_running()) {
        match service.runtime {
            Runtime::Compose => compose(service, &mut tally),
            Runtime::Kubernetes => kubernetes(service, &mut tally),
            Runtime::Ecs => ecs(service, &mut tally),
            Runtime::Platform => tally.met(&service.subject(), Evidence::seen(service.at, "the platform starts the new version before it stops the old one", Grade::Active)),
            Runtime::Process | Runtime::Function => {
                let missing = format!("how a new version of {} replaces the old one", service.name);
                tally.doubt(&service.subject(), Question::new(missing, "add the production deployment to the repository"));
            }
        }
    }
    tally.finish(|| Evidence::sought("a service of its own that serves requests", system.deployment_scope()))
}

fn compose(service: &Service, tally: &mut Tally) {
    let subject = service.subject();
    if let Some(strategy) = service.update.strategy.as_ref().filter(|s| s.value == "start-first") {
        tally.met(&subject, Evidence::seen(strategy.at, "the new version starts before the old one stops", Grade::Active));
        return;
    }
    let mut gap = Gap::new("recreated-in-place", "the only container is stopped before the new one starts", Evidence::noted(service.at, "one container, replaced in place"));
    if let Some(at) = service.fixed_name {
        gap = gap.and(Evidence::noted(at, "a fixed container name: a second copy cannot start"));
    }
    tally.gap(&subject, gap.so(CONSEQUENCE));
}

fn kubernetes(service: &Service, tally: &mut Tally) {
    let subject = service.subject();
    if let Some(recreate) = service.update.strategy.as_ref().filter(|s| s.value == "Recreate") {
        tally.gap(&subject, Gap::new("recreated-in-place", "`strategy: Recreate` stops every pod before a new one starts", Evidence::noted(recreate.at, "Recreate")).so(CONSEQUENCE));
        return;
    }
    let at = service.update.strategy.as_ref().map_or(service.at, |s| s.at);
    let ready = service.probes.iter().find(|p| p.kind == ProbeKind::Readiness);
    tally.met(&subject, Evidence::seen(at, "pods are replaced one after the other", if ready.is_some() { Grade::Active } else { Grade::Wired }));
    if ready.is_none() {
        tally.gap(&subject, Gap::new("no-readiness", "traffic is sent to a pod before it can answer: no readiness probe", Evidence::noted(service.at, "no readinessProbe")).so(CONSEQUENCE));
    }
}

fn ecs(service: &Service, tally: &mut Tally) {
    let subject = service.subject();
    match service.update.balanced {
        Some(at) if service.probes.iter().any(|p| p.kind == ProbeKind::LoadBalancer) || service.update.minimum.is_some() => {
            tally.met(&subject, Evidence::seen(at, "a load balancer moves traffic to healthy tasks", Grade::Active));
        }
        Some(at) => {
            tally.met(&subject, Evidence::seen(at, "a load balancer stands in front", Grade::Wired));
            tally.gap(&subject, Gap::new("no-readiness", "targets are not checked before they get traffic", Evidence::noted(at, "no health check of the targets")).so(CONSEQUENCE));
        }
        None => {
            let gap = Gap::new("no-load-balancer", "clients reach a task's own address, which changes with every release", Evidence::noted(service.at, "no load balancer"));
            tally.gap(&subject, gap.so(CONSEQUENCE));
        }
    }
}
