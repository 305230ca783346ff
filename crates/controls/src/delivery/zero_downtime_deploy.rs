//! Can a new version go out without refusing requests?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Tally};
use plimsoll_model::container::{MountSource, ProbeKind, Runtime};
use plimsoll_model::{Activity, Service, ServiceKind, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "delivery/zero-downtime-deploy", page: include_str!("zero_downtime_deploy.md"), check };

const CONSEQUENCE: &str = "every release drops requests, so releases become rare and large";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let deploys = system.production_deploys();
    for service in system.owned().filter(|s| s.kind == ServiceKind::Web && s.long_running()) {
        match service.runtime {
            Runtime::Compose => compose(service, &deploys, &mut tally),
            Runtime::Kubernetes => kubernetes(service, &mut tally),
            Runtime::Ecs => ecs(service, &mut tally),
            Runtime::Platform => platform(system, service, &mut tally),
            Runtime::Process | Runtime::Function => {
                let missing = format!("how a new version of {} replaces the old one", service.name);
                tally.doubt(&service.subject(), Question::new(missing, "add the production deployment to the repository"));
            }
        }
    }
    tally.finish(|| Evidence::sought("service of its own that serves requests", system.deployment_scope()))
}

fn compose(service: &Service, deploys: &[Activity<'_>], tally: &mut Tally) {
    let subject = service.subject();
    if let Some(strategy) = service.update.strategy.as_ref().filter(|s| s.value == "start-first") {
        tally.met(&subject, Evidence::seen(strategy.at, "the new version starts before the old one stops", Grade::Active));
        if service.probes.is_empty() {
            let proof = Evidence::noted(service.at, "no healthcheck");
            tally.gap(
                &subject,
                Gap::new("no-readiness", "the old version stops before the new one is known to answer", proof).so(CONSEQUENCE),
            );
        }
        return;
    }
    let rollout = deploys.iter().find(|d| d.source.words.windows(2).any(|w| w[0].ends_with("docker") && w[1] == "rollout"));
    if let Some(rollout) = rollout.filter(|_| service.fixed_name.is_none()) {
        tally.met(&subject, Evidence::seen(rollout.sign.at, "a second container starts before the first stops", Grade::Active));
        return;
    }
    let mut gap = Gap::new(
        "recreated-in-place",
        "the only container is stopped before the new one starts",
        Evidence::noted(service.at, "one container, replaced in place"),
    );
    if let Some(at) = service.fixed_name {
        gap = gap.and(Evidence::noted(at, "a fixed container name: a second copy cannot start"));
    }
    tally.gap(&subject, gap.so(CONSEQUENCE));
}

fn kubernetes(service: &Service, tally: &mut Tally) {
    let subject = service.subject();
    let stated = service.update.strategy.as_ref();
    if let Some(replaced) = stated.filter(|s| matches!(s.value.as_str(), "Recreate" | "OnDelete")) {
        let proof = Evidence::noted(replaced.at, replaced.value.clone());
        tally.gap(
            &subject,
            Gap::new("recreated-in-place", format!("`strategy: {}` stops every pod before a new one starts", replaced.value), proof)
                .so(CONSEQUENCE),
        );
        return;
    }
    let at = stated.map_or(service.at, |s| s.at);
    let ready = service.probes.iter().any(|p| p.kind == ProbeKind::Readiness);
    tally.met(&subject, Evidence::seen(at, "pods are replaced one after the other", if ready { Grade::Active } else { Grade::Wired }));
    if !ready {
        let proof = Evidence::noted(service.at, "no readinessProbe");
        tally.gap(
            &subject,
            Gap::new("no-readiness", "traffic is sent to a pod before it can answer: no readiness probe", proof).so(CONSEQUENCE),
        );
    }
    let one = service.replicas.known().is_some_and(|n| *n < 2);
    if one {
        let proof = Evidence::noted(service.replicas.at().unwrap_or(service.at), "one replica");
        tally.gap(
            &subject,
            Gap::new("single-replica", "there is one pod: nothing answers while it moves or fails to start", proof).so(CONSEQUENCE),
        );
    }
    let held = service.mounts.iter().find(|m| matches!(m.source, MountSource::Volume(_)) && !m.read_only);
    if let Some(mount) = held {
        let missing = format!("whether a second pod of {} can mount `{}` beside the first", service.name, mount.target);
        tally.doubt(&subject, Question::new(missing, "show the claim's access mode: only ReadWriteMany can be shared across nodes"));
    }
}

fn ecs(service: &Service, tally: &mut Tally) {
    let subject = service.subject();
    let Some(at) = service.update.balanced else {
        let proof = Evidence::noted(service.at, "no load balancer");
        tally.gap(
            &subject,
            Gap::new("no-load-balancer", "clients reach a task's own address, which changes with every release", proof).so(CONSEQUENCE),
        );
        return;
    };
    tally.met(&subject, Evidence::seen(at, "a load balancer moves traffic to healthy tasks", Grade::Active));
    let least = service.update.minimum.as_ref().filter(|m| m.value.parse::<u32>().is_ok_and(|n| n < 50));
    let few = least.filter(|m| m.value == "0" || service.replicas.known().is_some_and(|n| *n < 2));
    if let Some(minimum) = few {
        let proof = Evidence::noted(minimum.at, format!("at least {} % stay up", minimum.value));
        tally.gap(&subject, Gap::new("recreated-in-place", "every task may be stopped before a new one starts", proof).so(CONSEQUENCE));
    }
}

/// What each platform promises for every release; the rest is a setting.
fn platform(system: &System, service: &Service, tally: &mut Tally) {
    let subject = service.subject();
    let target = system.platforms().iter().find(|p| p.workloads.iter().any(|w| w.at == service.at));
    let name = target.map_or("unknown", |t| t.platform);
    let smooth = "the platform starts the new version before it stops the old one";
    match name {
        "vercel" | "netlify" | "cloudflare" | "cloud-run" | "app-engine" | "app-runner" | "digitalocean-app" | "kamal" => {
            tally.met(&subject, Evidence::seen(service.at, smooth, Grade::Active));
        }
        "fly" if service.update.strategy.as_ref().is_some_and(|s| s.value == "immediate") => {
            let proof = Evidence::noted(service.at, "strategy = immediate");
            tally.gap(&subject, Gap::new("recreated-in-place", "every machine is replaced at once", proof).so(CONSEQUENCE));
        }
        "render" | "railway" | "fly" => {
            let probed = service.probes.first();
            tally.met(
                &subject,
                Evidence::seen(probed.map_or(service.at, |p| p.at), smooth, if probed.is_some() { Grade::Active } else { Grade::Wired }),
            );
            if probed.is_none() {
                let proof = Evidence::noted(service.at, "no health check");
                tally.gap(
                    &subject,
                    Gap::new("no-readiness", "the platform is not told how to see that the new version answers", proof).so(CONSEQUENCE),
                );
            }
            if let Some(mount) = service.mounts.iter().find(|m| matches!(m.source, MountSource::Volume(_) | MountSource::Anonymous)) {
                let proof = Evidence::noted(mount.at, "a disk belongs to one instance at a time");
                tally.gap(
                    &subject,
                    Gap::new("disk-held", "an attached disk keeps a second version from starting beside the first", proof).so(CONSEQUENCE),
                );
            }
        }
        _ => {
            let missing = format!(
                "whether the platform of {} starts a new version of {} before it stops the old one",
                system.path_at(service.at),
                service.name
            );
            tally.doubt(&subject, Question::new(missing, "show the setting (Heroku calls it preboot), or attest it"));
        }
    }
}
