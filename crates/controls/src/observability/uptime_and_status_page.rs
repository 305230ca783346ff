//! Is the public service probed from outside, and its state published?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::estate::{EntryKind, Probe, ProbeTold};
use plimsoll_model::{ServiceKind, System};

use super::scheduled::{ScheduledProbe, scheduled_probes};
use super::watched::{Alarms, Delivery, delivery, elsewhere, scopes};
use crate::Control;

pub(crate) const CONTROL: Control =
    Control { id: "observability/uptime-and-status-page", page: include_str!("uptime_and_status_page.md"), check };

const CONSEQUENCE: &str =
    "when the name, the certificate or the whole host is gone, every watcher inside is gone with it or sees nothing wrong";

fn check(system: &System, mut tally: Tally) -> Judgement {
    if !public(system) {
        return tally.finish(|| Evidence::sought("service that the outside asks", system.deployment_scope()));
    }
    let subject = Subject::system();
    let probes = &system.infrastructure().probes;
    let scheduled = scheduled_probes(system);
    let best = probes.iter().map(|p| (state(system, p), p)).min_by_key(|(s, p)| (s.rank(), p.at));
    let pipeline = scheduled.iter().min_by_key(|p| (p.rank(), p.at));
    match (best, pipeline) {
        (Some((State::Good(says), probe)), _) => {
            tally.met(&subject, Evidence::seen(probe.at, format!("{}: `{}`, {says}", probe.prober, probe.name), Grade::Active));
        }
        (_, Some(probe)) if probe.rank() == 0 => {
            tally.met(&subject, Evidence::seen(probe.at, probe.says.clone(), Grade::Active));
        }
        (Some((state, probe)), _) => weak(probe, &state, &subject, &mut tally),
        (None, Some(probe)) => pipelined(probe, &subject, &mut tally),
        (None, None) => absent(system, &subject, &mut tally),
    }
    if let Some(page) = system.infrastructure().status_pages.first() {
        let grade = if tally.is_empty() { Grade::Declared } else { Grade::Active };
        tally.met(&subject, Evidence::seen(page.at, format!("status page: `{}`", page.value), grade));
    }
    tally.finish(|| Evidence::sought("service that the outside asks", system.deployment_scope()))
}

/// Whether the system has anything that the outside could ask: workers and jobs alone have no address, entries may all be private.
fn public(system: &System) -> bool {
    let entries = &system.infrastructure().entries;
    let asked = |kind: ServiceKind| matches!(kind, ServiceKind::Web | ServiceKind::Static | ServiceKind::Proxy);
    let exposed = system.services().iter().any(|s| s.exposed);
    // A web server that publishes no port has something before it that is not declared here.
    if !entries.is_empty() && entries.iter().all(|e| e.public.off() && e.kind != EntryKind::Proxy) && !exposed {
        return false;
    }
    exposed || !entries.is_empty() || system.services().iter().any(|s| s.owned() && asked(s.kind))
}

/// How much a probe is worth.
enum State {
    /// It runs, looks from outside and its failure is told: how.
    Good(String),
    /// Whether its failure is told is not decided.
    Open(String),
    /// Nobody hears of its failure: the evidence.
    Untold(Evidence),
    /// It asks a name of the inner network.
    Inside,
    /// It does not run.
    Off,
}

impl State {
    fn rank(&self) -> u8 {
        match self {
            State::Good(_) => 0,
            State::Open(_) => 1,
            State::Untold(_) => 2,
            State::Inside => 3,
            State::Off => 4,
        }
    }
}

fn state(system: &System, probe: &Probe) -> State {
    if probe.runs.off() {
        return State::Off;
    }
    if probe.outside.off() {
        return State::Inside;
    }
    if let Some(open) = [&probe.runs, &probe.outside].into_iter().find(|p| p.known().is_none()) {
        return State::Open(open.says.clone());
    }
    match &probe.told {
        ProbeTold::Itself(told) => itself(system, probe, told),
        ProbeTold::Alarm(words) => alarmed(system, probe, words),
    }
}

/// A prober that tells by itself may have an alarm of the same name, whose ways are known.
fn itself(system: &System, probe: &Probe, told: &plimsoll_model::estate::Property<bool>) -> State {
    let alarms = &system.infrastructure().alarms;
    if let Some(alarm) = alarms.iter().find(|a| a.name == probe.name) {
        return match delivery(system, alarm) {
            Delivery::Reaches(channel) => State::Good(match channel.name.strip_suffix("#receivers") {
                Some(_) => "which tells whom it names".into(),
                None => format!("which tells `{}`", channel.name),
            }),
            Delivery::Outside(_) => State::Good("which tells a channel that is kept with the prober".into()),
            _ => State::Untold(Evidence::noted(alarm.at, format!("`{}` names nobody", alarm.name))),
        };
    }
    match told.known() {
        Some(false) => State::Untold(Evidence::noted(told.at, told.says.clone())),
        Some(true) => State::Good(told.says.clone()),
        None => State::Open(told.says.clone()),
    }
}

/// An alarm on a probe: one that watches it, or whose metric, class or name bears a word of such probes.
fn alarmed(system: &System, probe: &Probe, words: &[&str]) -> State {
    let alarms = Alarms::of(system);
    let about = |a: &plimsoll_model::estate::Alarm| {
        let text = [Some(a.name.as_str()), a.metric.as_ref().map(|m| m.value.as_str()), a.namespace.as_deref()];
        a.watches.contains(&probe.name) || text.into_iter().flatten().any(|t| words.iter().any(|w| t.to_ascii_lowercase().contains(w)))
    };
    let mut silent = None;
    for alarm in alarms.live.iter().filter(|a| about(a)) {
        match delivery(system, alarm) {
            Delivery::Reaches(_) | Delivery::Outside(_) => return State::Good(format!("on which `{}` alarms", alarm.name)),
            _ => silent = silent.or(Some(alarm)),
        }
    }
    if let Some((alarm, why)) = alarms.open.iter().find(|(a, _)| about(a)) {
        return State::Open(format!("whether `{}` can fire: {why}", alarm.name));
    }
    State::Untold(match (silent, alarms.dead.iter().find(|a| about(a))) {
        (Some(alarm), _) => Evidence::noted(alarm.at, format!("`{}` watches it and tells nobody", alarm.name)),
        (None, Some(alarm)) => Evidence::noted(alarm.evaluated.at, format!("`{}`: {}", alarm.name, alarm.evaluated.says)),
        (None, None) => Evidence::noted(probe.at, format!("no alarm is about `{}`", probe.name)),
    })
}

/// Probes are declared, and none does its whole work.
fn weak(probe: &Probe, state: &State, subject: &Subject, tally: &mut Tally) {
    let (name, prober) = (&probe.name, probe.prober);
    let seen = |grade: Grade| Evidence::seen(probe.at, format!("{prober}: `{name}`"), grade);
    match state {
        State::Good(_) => {}
        State::Open(why) => {
            let missing = format!("whether anybody hears when `{name}` fails: {why}");
            tally.doubt(subject, Question::new(missing, "declare whom it tells, or attest it with a test"));
        }
        State::Untold(proof) => {
            tally.met(subject, seen(Grade::Wired));
            let gap = Gap::new("untold", format!("`{name}` looks, and nobody hears when it fails"), proof.clone());
            tally.gap(subject, gap.so("the outage is recorded, and users report it first"));
        }
        State::Inside => {
            tally.met(subject, seen(Grade::Wired));
            let proof = Evidence::noted(probe.outside.at, probe.outside.says.clone());
            let gap = Gap::new("from-inside", format!("`{name}` does not look where users do: {}", probe.outside.says), proof);
            tally.gap(subject, gap.so(CONSEQUENCE));
        }
        State::Off => {
            tally.met(subject, seen(Grade::Declared));
            let proof = Evidence::noted(probe.runs.at, probe.runs.says.clone());
            tally.gap(subject, Gap::new("dormant", format!("`{name}` does not run: {}", probe.runs.says), proof).so(CONSEQUENCE));
        }
    }
}

/// A pipeline looks on a schedule.
fn pipelined(probe: &ScheduledProbe, subject: &Subject, tally: &mut Tally) {
    tally.met(subject, Evidence::seen(probe.at, probe.says.clone(), Grade::Wired));
    let proof = Evidence::noted(probe.at, probe.says.clone());
    let gap = if !probe.live {
        Gap::new("dormant", "the pipeline that looks at the service never runs", proof).so(CONSEQUENCE)
    } else if !probe.fails {
        Gap::new("never-fails", "a pipeline asks the service, and any answer pleases it", proof).so("an error page is taken for an answer")
    } else {
        let says = "a pipeline looks at the service, and only the provider's mail to whoever set the schedule tells of a failure";
        Gap::new("untold", says, proof).so("the one mail about the outage goes to one person")
    };
    tally.gap(subject, gap);
}

/// No probe is declared: where what watches stands in code, it would stand there too.
fn absent(system: &System, subject: &Subject, tally: &mut Tally) {
    let estate = system.infrastructure();
    let first = estate.alarms.iter().map(|a| (a.at, format!("{}: `{}`", a.evaluator, a.name))).min();
    match (first, elsewhere(system)) {
        (_, Some(_)) | (None, _) => {
            let missing = "what probes the service from outside: that is usually a service of others, set up in its own pages";
            tally.doubt(subject, Question::new(missing, "declare the probe as code, or attest which one looks at which address"));
        }
        (Some((at, says)), None) => {
            let mut gap =
                Gap::new("no-probe", "what watches is kept as code, and nothing in it looks from outside", Evidence::noted(at, says));
            gap.proof.rest.push(Evidence::sought("a probe from outside", scopes(system)));
            tally.gap(subject, gap.so(CONSEQUENCE));
        }
    }
}
