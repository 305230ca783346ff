//! Does an alert reach a human by a real channel?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::System;
use plimsoll_model::estate::{Alarm, Channel, Receiver, ReceiverKind};

use super::watched::{Alarms, Delivery, delivery, elsewhere, scopes};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "observability/alert-routing", page: include_str!("alert_routing.md"), check };

const CONSEQUENCE: &str = "the alert fires and nobody comes";

/// First parts of addresses that several people read.
const SHARED: &[&str] = &[
    "admin",
    "admins",
    "alert",
    "alerts",
    "alarm",
    "alarms",
    "backend",
    "cloud",
    "dev",
    "developers",
    "devops",
    "engineering",
    "hello",
    "help",
    "info",
    "infra",
    "infrastructure",
    "it",
    "monitor",
    "monitoring",
    "noc",
    "notifications",
    "notify",
    "oncall",
    "on-call",
    "operations",
    "ops",
    "platform",
    "security",
    "sre",
    "support",
    "sysadmin",
    "team",
    "tech",
    "webmaster",
];

fn check(system: &System, mut tally: Tally) -> Judgement {
    if system.services().is_empty() {
        return tally.finish(|| Evidence::sought("service that runs", system.deployment_scope()));
    }
    let subject = Subject::system();
    let alarms = Alarms::of(system);
    if alarms.none() {
        match elsewhere(system) {
            Some(question) => tally.doubt(&subject, question),
            None => {
                let proof = Evidence::sought("an alert that could reach someone", scopes(system));
                let gap = Gap::new("no-alerts", "there is no alert that could reach anybody", proof).so(CONSEQUENCE);
                tally.gap(&subject, gap.follows("observability/alerting"));
            }
        }
        return tally.finish(|| Evidence::sought("an alert", scopes(system)));
    }
    let judged: Vec<&Alarm> = alarms.live.iter().copied().chain(alarms.open.iter().map(|(a, _)| *a)).collect();
    if judged.is_empty() {
        asleep(system, &alarms.dead, &subject, &mut tally);
    } else {
        judge(system, &judged, &subject, &mut tally);
    }
    tally.finish(|| Evidence::sought("an alert", scopes(system)))
}

/// Alerts that nothing evaluates reach nobody, wherever they would lead.
fn asleep(system: &System, dead: &[&Alarm], subject: &Subject, tally: &mut Tally) {
    for alarm in dead {
        if let Delivery::Reaches(channel) = delivery(system, alarm) {
            tally.met(subject, Evidence::seen(channel.at, format!("`{}` would tell `{}`", alarm.name, channel.name), Grade::Declared));
            break;
        }
    }
    let Some(first) = dead.first() else { return };
    let proof = Evidence::noted(first.evaluated.at, format!("`{}`: {}", first.name, first.evaluated.says));
    let gap = Gap::new("not-evaluated", "alerts are written, but nothing evaluates them, so that nobody is told", proof).so(CONSEQUENCE);
    tally.gap(subject, gap.follows("observability/alerting"));
}

fn judge(system: &System, alarms: &[&Alarm], subject: &Subject, tally: &mut Tally) {
    let mut reached: Vec<&Channel> = Vec::new();
    let (mut silent, mut empty, mut placeholders, mut outside) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for alarm in alarms {
        match delivery(system, alarm) {
            Delivery::Reaches(channel) => {
                if !reached.iter().any(|c| c.name == channel.name) {
                    reached.push(channel);
                }
            }
            Delivery::Outside(at) => outside.push((alarm, at)),
            Delivery::Placeholder(channel) => placeholders.push((alarm, channel)),
            Delivery::Empty(channel) => empty.push((alarm, channel)),
            Delivery::Nobody => silent.push(alarm),
        }
    }
    for channel in &reached {
        for receiver in channel.receivers.iter().filter(|r| !r.real.off()) {
            tally.met(subject, Evidence::seen(receiver.at, format!("`{}` reaches {}", channel.name, told(receiver)), Grade::Active));
        }
    }
    if let Some((alarm, at)) = outside.first() {
        let question = Question::new(
            format!("whom the channel of `{}` reaches: it stands outside the repository ({})", alarm.name, system.path_at(*at)),
            "declare its receivers beside it, or attest them with a test message",
        );
        // One channel that is known to reach people is enough to be told; the others may reach more.
        if reached.is_empty() {
            tally.doubt(subject, question);
        }
    }
    if let Some((alarm, channel)) = placeholders.first() {
        tally.met(subject, Evidence::seen(alarm.at, format!("`{}` speaks to `{}`", alarm.name, channel.name), Grade::Wired));
        let mut proofs = channel.receivers.iter().map(|r| Evidence::noted(r.real.at, r.real.says.clone()));
        let proof = proofs.next().unwrap_or_else(|| Evidence::noted(channel.at, "no receiver"));
        let says = channel.receivers.first().map(|r| r.real.says.clone()).unwrap_or_default();
        let mut gap = Gap::new("placeholder", format!("`{}` reaches nobody: {says}", channel.name), proof).so(CONSEQUENCE);
        gap.proof.rest.extend(proofs);
        tally.gap(subject, gap);
    }
    if let Some((alarm, channel)) = empty.first() {
        tally.met(subject, Evidence::seen(alarm.at, format!("`{}` speaks to `{}`", alarm.name, channel.name), Grade::Wired));
        let proof = Evidence::noted(channel.at, format!("nothing is subscribed to `{}`", channel.name));
        tally.gap(subject, Gap::new("no-receiver", format!("nobody listens to `{}`", channel.name), proof).so(CONSEQUENCE));
    }
    if let Some(alarm) = silent.first() {
        quiet(system, alarm, silent.len(), alarms.len(), &reached, subject, tally);
    }
    lone_mailbox(&reached, subject, tally);
}

/// Alarms without an action. A channel that is there, and that nothing speaks to, is a beginning.
fn quiet(system: &System, alarm: &Alarm, count: usize, all: usize, reached: &[&Channel], subject: &Subject, tally: &mut Tally) {
    let idle = system.infrastructure().channels.iter().find(|c| c.receivers.iter().any(|r| !r.real.off()));
    if let Some(channel) = idle.filter(|_| reached.is_empty()) {
        tally.met(
            subject,
            Evidence::seen(channel.at, format!("`{}` has receivers, but no alert leads to it", channel.name), Grade::Declared),
        );
    }
    let many = if count == all { "no alert".to_owned() } else { format!("{count} of {all} alerts") };
    let says = if count == all { format!("{many} tells anybody") } else { format!("{many} tell nobody") };
    let proof = Evidence::noted(alarm.at, format!("`{}` has no action and no route", alarm.name));
    tally.gap(subject, Gap::new("no-action", says, proof).so(CONSEQUENCE));
}

/// One person's mailbox is asleep at night and on holiday in summer.
fn lone_mailbox(reached: &[&Channel], subject: &Subject, tally: &mut Tally) {
    let mut receivers = reached.iter().flat_map(|c| &c.receivers).filter(|r| !r.real.off());
    let (Some(only), None) = (receivers.next(), receivers.next()) else { return };
    let personal = only.kind == ReceiverKind::Email
        && only.real.known().is_some()
        && only.says.split_once('@').is_some_and(|(local, _)| {
            let local = local.to_ascii_lowercase();
            let mut words = local.split(['.', '+', '-', '_']);
            !SHARED.contains(&local.as_str()) && !words.any(|w| SHARED.contains(&w))
        });
    if personal {
        let proof = Evidence::noted(only.at, format!("the only receiver is {}", only.says));
        let gap = Gap::new("one-mailbox", "every alert goes to one person's mailbox and nowhere else", proof);
        tally.gap(subject, gap.so("while that person is away or asleep nobody is told"));
    }
}

fn told(receiver: &Receiver) -> String {
    let how = match receiver.kind {
        ReceiverKind::Email => "a mailbox",
        ReceiverKind::Pager => "an on-call service",
        ReceiverKind::Chat => "a chat room",
        ReceiverKind::Sms => "a telephone",
        ReceiverKind::Webhook => "a web hook",
        ReceiverKind::Program => "a program",
    };
    format!("{how} ({})", receiver.says)
}
