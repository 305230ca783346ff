//! Is what each workload may take of memory and CPU bounded?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Setting, Tally};
use plimsoll_model::container::Runtime;
use plimsoll_model::{Service, ServiceKind, System};

use super::{no_services, nothing_runs_it};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "containers/resource-limits", page: include_str!("resource_limits.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in system.services().iter().filter(|s| !s.helper()) {
        if service.runtime == Runtime::Function {
            tally.not_applicable(Evidence::noted(service.at, format!("the size of the function `{}` is its limit", service.name)));
        } else if service.on_platform() {
            tally.met(
                &service.subject(),
                Evidence::seen(service.at, format!("the platform's plan bounds `{}`", service.name), Grade::Active),
            );
        } else if nothing_runs_it(system) || service.runtime == Runtime::Process {
            tally.doubt(
                &service.subject(),
                Question::new(format!("what bounds `{}`: nothing here says how it is run", service.name), "show the file that runs it"),
            );
        } else if service.kind == ServiceKind::Job && (service.runtime == Runtime::Compose || service.name.contains('/')) {
            tally.not_applicable(Evidence::noted(service.at, format!("`{}` runs once and ends", service.name)));
        } else {
            judge(system, service, &mut tally);
        }
    }
    tally.finish(|| no_services(system))
}

/// What is said of one bound.
enum Bound {
    Stated(Location, String),
    Open(Location),
    Missing,
}

fn bound(setting: Option<&Setting<String>>, place: Location) -> Bound {
    match setting {
        Some(Setting::Stated(s)) if is_none(&s.value) => Bound::Missing,
        Some(Setting::Stated(s)) => Bound::Stated(s.at, s.value.clone()),
        // What the runtime imposes by itself: a task of Fargate has no size but a stated one.
        Some(Setting::Defaulted(v)) if !is_none(v) => Bound::Stated(place, v.clone()),
        Some(Setting::Defaulted(_)) | None => Bound::Missing,
        Some(Setting::Unresolved(at)) => Bound::Open(*at),
    }
}

/// Zero and minus one stand for no limit.
fn is_none(value: &str) -> bool {
    let number: String = value.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | '-')).collect();
    value.trim().is_empty() || number == "-1" || !number.is_empty() && number.chars().all(|c| matches!(c, '0' | '.'))
}

fn judge(system: &System, service: &Service, tally: &mut Tally) {
    let subject = service.subject();
    let name = &service.name;
    let memory = bound(service.memory_limit.as_ref(), service.at);
    let cpu = match bound(service.cpu_limit.as_ref(), service.at) {
        // A share of the CPU that is guaranteed bounds the others; a limit would only throttle.
        Bound::Missing if service.runtime != Runtime::Compose => bound(service.cpu_request.as_ref(), service.at),
        found => found,
    };
    let requests = [&service.memory_request, &service.cpu_request].into_iter().flatten().find_map(Setting::at);
    match (memory, cpu) {
        (Bound::Stated(at, memory), Bound::Stated(_, cpu)) => {
            tally.met(&subject, Evidence::seen(at, format!("`{name}` may take {memory} of memory and has {cpu} of CPU"), Grade::Active))
        }
        (Bound::Open(at), _) | (_, Bound::Open(at)) => {
            tally.doubt(
                &subject,
                Question::new(
                    format!("how much `{name}` may take: a variable decides ({})", system.path_at(at)),
                    "give the variable a default",
                ),
            );
        }
        (Bound::Stated(at, memory), Bound::Missing) => {
            tally.met(&subject, Evidence::seen(at, format!("`{name}` may take {memory} of memory"), Grade::Active));
            let gap = Gap::new("no-cpu-limit", format!("nothing bounds the CPU of `{name}`"), Evidence::noted(at, "bounds memory only"));
            tally.gap(&subject, gap.so("a busy loop in one service starves its neighbours"));
        }
        (Bound::Missing, Bound::Stated(at, cpu)) => {
            tally.met(&subject, Evidence::seen(at, format!("`{name}` has {cpu} of CPU"), Grade::Active));
            let gap = Gap::new("no-memory-limit", format!("nothing bounds the memory of `{name}`"), Evidence::noted(at, "bounds CPU only"));
            tally.gap(&subject, gap.so("a leak in one service takes the whole host down"));
        }
        (Bound::Missing, Bound::Missing) => {
            let says = format!("nothing bounds the memory and CPU of `{name}`");
            let mut gap = Gap::new("no-limits", says, Evidence::noted(service.at, format!("`{name}` is declared without limits")));
            if let Some(at) = requests {
                tally.met(&subject, Evidence::seen(at, format!("`{name}` reserves what it needs"), Grade::Active));
                gap = gap.and(Evidence::noted(at, "a reservation bounds nothing"));
            }
            tally.gap(&subject, gap.so("a leak or a loop in one service takes its neighbours, or the host, down with it"));
        }
    }
}
