//! Does a crashed service come back by itself?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Tally};
use plimsoll_model::container::{Restart, Runtime};
use plimsoll_model::{Service, ServiceKind, System};

use super::{no_services, nothing_runs_it};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "containers/restart-policy", page: include_str!("restart_policy.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in system.services().iter().filter(|s| !s.helper()) {
        if service.kind == ServiceKind::Job || service.one_shot {
            job(service, &mut tally);
        } else if service.runtime == Runtime::Function {
            tally.not_applicable(Evidence::noted(service.at, format!("`{}` is a function, started for each event", service.name)));
        } else if service.on_platform() {
            tally.met(
                &service.subject(),
                Evidence::seen(service.at, format!("the platform starts `{}` again", service.name), Grade::Active),
            );
        } else {
            judge(system, service, &mut tally);
        }
    }
    tally.finish(|| no_services(system))
}

/// A job must end, so that it must not be started again for ever.
fn job(service: &Service, tally: &mut Tally) {
    if let Restart::Always(policy) = &service.restart {
        let gap = Gap::new(
            "job-restarts",
            format!("`{}` ends by design, yet it is started again for ever", service.name),
            Evidence::noted(policy.at, format!("restart: {}", policy.value)),
        );
        tally.gap(&service.subject(), gap.so("a migration or an import runs over and over"));
    } else {
        tally.not_applicable(Evidence::noted(service.at, format!("`{}` ends by design", service.name)));
    }
}

fn judge(system: &System, service: &Service, tally: &mut Tally) {
    let subject = service.subject();
    let name = &service.name;
    match &service.restart {
        Restart::Always(policy) => {
            tally.met(&subject, Evidence::seen(policy.at, format!("`{name}` restarts: {}", policy.value), Grade::Active))
        }
        Restart::Supervised(at) => {
            tally.met(&subject, Evidence::seen(*at, format!("the orchestrator keeps `{name}` running"), Grade::Active))
        }
        Restart::OnFailure(policy) => {
            tally.met(&subject, Evidence::seen(policy.at, format!("`{name}` restarts after a failure"), Grade::Active));
            let why =
                if policy.value.contains(':') { "gives up after a few failures" } else { "does not come back when the host restarts" };
            let gap = Gap::new(
                "gives-up",
                format!("`{name}` {why} ({})", policy.value),
                Evidence::noted(policy.at, format!("restart: {}", policy.value)),
            );
            tally.gap(&subject, gap.so("the outage lasts until a person notices"));
        }
        Restart::No(policy) => {
            let gap = Gap::new(
                "no-restart",
                format!("`{name}` is told to stay down ({})", policy.value),
                Evidence::noted(policy.at, format!("restart: {}", policy.value)),
            );
            tally.gap(&subject, gap.so("one crash is an outage until a person notices"));
        }
        Restart::Unresolved(at) => tally.doubt(
            &subject,
            Question::new(
                format!("whether `{name}` restarts: a variable decides ({})", system.path_at(*at)),
                "state the policy, or give the variable a default",
            ),
        ),
        Restart::Unstated if nothing_runs_it(system) || service.runtime == Runtime::Process => {
            tally.doubt(
                &subject,
                Question::new(
                    format!("what starts `{name}` again: nothing here says how it is run"),
                    "show the Compose file, the unit or the platform that runs it",
                ),
            );
        }
        Restart::Unstated => {
            let gap = Gap::new(
                "no-restart",
                format!("`{name}` has no restart policy, so it stays down after a crash"),
                Evidence::noted(service.at, format!("`{name}` is declared without one")),
            );
            tally.gap(&subject, gap.so("one crash, or one restart of the host, is an outage until a person notices"));
        }
    }
}
