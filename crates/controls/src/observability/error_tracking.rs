//! Are exceptions captured with context, front and back?

use plimsoll_base::{Evidence, Gap, Judgement, Tally};
use plimsoll_model::{Answer, Capability, System};

use super::instrumentation::{Argument, argument, instrumentation, subjects, tell};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "observability/error-tracking", page: include_str!("error_tracking.md"), check };

const CONSEQUENCE: &str = "an exception in production is known when a user complains, and its cause is guessed from logs";

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in subjects(system, true) {
        let subject = service.subject();
        let found = instrumentation(system, service, Capability::ErrorTracking, "reports its exceptions", &|_, _| None);
        let name = &service.name;
        let absent = |proof| Gap::new("no-error-tracking", format!("`{name}` reports its exceptions to no one"), proof);
        tell(&mut tally, &subject, found, absent, CONSEQUENCE);
        let Some(program) = system.program(service) else { continue };
        for sign in program.showing(system, Capability::ErrorTracking) {
            let Argument::Given(asked) = argument(system, sign.call, &["sendDefaultPii", "send_default_pii"], false) else { continue };
            if let Answer::Bool(true, at) = system.answer(service, asked) {
                let says = format!("`{}` sends addresses, cookies and bodies of requests along with exceptions", sign.name);
                let gap = Gap::new("personal-data", says, Evidence::noted(at, "personal data is sent by default"));
                tally.gap(&subject, gap.so("personal data leaves for a third party with every error"));
            }
        }
    }
    tally.finish(|| Evidence::sought("service of the repository's own that runs a program", system.deployment_scope()))
}
