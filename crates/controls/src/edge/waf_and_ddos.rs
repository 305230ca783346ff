//! Is hostile traffic filtered before it meets the application?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::System;
use plimsoll_model::estate::{Entry, Firewall, ListenerAction};

use super::doors::{Doors, no_edge, nothing_public, of_platform, serves};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "edge/waf-and-ddos", page: include_str!("waf_and_ddos.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    let doors = Doors::of(system);
    let subject = Subject::system();
    let guarded = |e: &Entry| e.firewalls.iter().any(|f| !f.implicit && f.blocks.on());
    let some = doors.entries.iter().any(|e| guarded(e));
    for entry in &doors.entries {
        if entry.public.known().is_none() || entry.enabled.known().is_none() {
            let missing = format!("whether the internet reaches `{}`, and through what: {}", entry.name, entry.public.says);
            tally.doubt(&subject, Question::new(missing, "show the configuration that decides it"));
            continue;
        }
        let own: Vec<&Firewall> = entry.firewalls.iter().filter(|f| !f.implicit).collect();
        let shield = entry.firewalls.iter().find(|f| f.implicit);
        for firewall in &own {
            attached(entry, firewall, &subject, &mut tally);
        }
        if !own.is_empty() {
            exposed(entry, &subject, &mut tally);
            continue;
        }
        match shield {
            Some(shield) => {
                let seen = Evidence::seen(shield.at, format!("`{}`: {}, {}", entry.name, shield.name, shield.blocks.says), Grade::Active);
                tally.met(&subject, seen);
                let proof = Evidence::sought(format!("rules of a firewall for `{}`", entry.name), system.deployment_scope());
                let gap = Gap::new(
                    "floods-only",
                    format!("`{}` is kept from floods, but nothing looks at what requests hold", entry.name),
                    proof,
                );
                tally.gap(&subject, gap.so("injections, scanners and stolen passwords pass like everybody else"));
            }
            None if of_platform(entry) => {
                let missing = format!(
                    "whether anything filters what reaches `{}`: its platform does not, and what stands before it is not declared",
                    entry.name
                );
                tally.doubt(&subject, Question::new(missing, "name the service that answers for its domain, with its rules"));
            }
            None if redirects_only(entry) => {}
            None => {
                let proof = Evidence::noted(entry.at, format!("`{}` has no firewall of the application layer", entry.name));
                let (kind, says) = if some {
                    ("origin-open", format!("`{}` is reached around the firewall", entry.name))
                } else {
                    ("no-filter", format!("nothing filters what reaches `{}`", entry.name))
                };
                tally.gap(&subject, Gap::new(kind, says, proof).so("automated attacks reach the application's own code at full speed"));
            }
        }
    }
    for (service, port) in &doors.ports {
        let proof = || Evidence::noted(port.at, format!("`{}` publishes {}", service.name, port.says));
        if some {
            let gap = Gap::new("origin-open", format!("`{}` is reached around the firewall ({})", service.name, port.says), proof());
            tally.gap(&subject, gap.so("who finds the address meets no rule"));
        } else if doors.entries.is_empty() {
            let missing = format!("what stands before `{}`, which publishes its own port ({})", service.name, port.says);
            tally.doubt(&subject, Question::new(missing, "name the service that answers for its domain, with its rules"));
        }
    }
    if !some {
        for firewall in &system.infrastructure().loose_firewalls {
            let seen = Evidence::seen(firewall.at, format!("`{}` is declared", firewall.name), Grade::Declared);
            tally.met(&subject, seen.clone());
            let gap = Gap::new("dormant", format!("`{}` is attached to nothing that is public", firewall.name), seen);
            tally.gap(&subject, gap.so("its rules see no request"));
        }
    }
    if tally.is_empty() && (serves(system) || !doors.is_empty()) {
        tally.doubt(&subject, no_edge(system));
    }
    tally.finish(|| nothing_public(system))
}

/// Whether an entry passes nothing on.
fn redirects_only(entry: &Entry) -> bool {
    entry.defect.is_none() && entry.listeners.iter().all(|l| matches!(l.action, ListenerAction::RedirectToTls | ListenerAction::Refuse))
}

fn attached(entry: &Entry, firewall: &Firewall, subject: &Subject, tally: &mut Tally) {
    match firewall.blocks.known() {
        Some(true) => {
            let rules: Vec<&str> = firewall.rules.iter().map(|r| r.value.as_str()).take(3).collect();
            let words =
                if rules.is_empty() { firewall.blocks.says.clone() } else { format!("{} ({})", firewall.blocks.says, rules.join(", ")) };
            tally.met(subject, Evidence::seen(firewall.at, format!("`{}` guards `{}`: {words}", firewall.name, entry.name), Grade::Active));
        }
        Some(false) => {
            let seen = Evidence::seen(firewall.at, format!("`{}` is attached to `{}`", firewall.name, entry.name), Grade::Wired);
            tally.met(subject, seen);
            let proof = Evidence::noted(firewall.blocks.at, firewall.blocks.says.clone());
            let gap = Gap::new("counts-only", format!("`{}` blocks nothing: {}", firewall.name, firewall.blocks.says), proof);
            tally.gap(subject, gap.so("attacks are written down and let through"));
        }
        None => {
            let missing = format!("what `{}` before `{}` refuses: {}", firewall.name, entry.name, firewall.blocks.says);
            tally.doubt(subject, Question::new(missing, "show its rules and their actions"));
        }
    }
}

/// Origins of a guarded entry that anybody can ask directly.
fn exposed(entry: &Entry, subject: &Subject, tally: &mut Tally) {
    for target in entry.targets.iter().filter(|t| t.over_internet && t.name.is_none()) {
        if target.only_through_entry.as_ref().is_some_and(|o| o.on()) {
            continue;
        }
        let host = target.host.as_deref().unwrap_or("the origin");
        let missing = format!("whether {host} answers anybody else than `{}`", entry.name);
        tally.doubt(subject, Question::new(missing, "request the origin's own address from outside, or show the firewall before it"));
    }
}
