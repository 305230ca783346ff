//! Is there a plan with RTO and RPO that the backups can meet?

use plimsoll_base::{Evidence, Gap, Judgement, Location, Subject, Tally};
use plimsoll_model::{Covers, Passage, RunBy, System, Topic, find};

use super::{live, nothing_to_lose, plans, precious, unseen};
use crate::Control;

pub(crate) const CONTROL: Control =
    Control { id: "recovery/disaster-recovery-plan", page: include_str!("disaster_recovery_plan.md"), check };

/// Words of headings under which such a plan stands.
const HEADINGS: [&str; 16] = [
    "disaster",
    "business continuity",
    "recovery plan",
    "recovery objective*",
    "rto",
    "rpo",
    "recovery strategy",
    "recovery procedure*",
    "database recovery",
    "emergency recovery",
    "failover plan",
    "failover procedure*",
    "contingency plan",
    "notfallplan",
    "wiederanlauf*",
    "灾难恢复*",
];
/// What may go wrong, in the words of such plans.
const SCENARIOS: [&[&str]; 6] = [
    &["region*", "data center", "datacenter", "availability zone", "az failure", "zone outage", "site loss"],
    &["corrupt*", "data loss", "accidental*", "deleted data", "bad migration", "mistaken*"],
    &[
        "server fail*",
        "host fail*",
        "hardware*",
        "disk fail*",
        "instance fail*",
        "node fail*",
        "complete system*",
        "full system*",
        "total loss",
        "server loss",
        "host is lost",
    ],
    &["breach*", "ransomware*", "compromise*", "attacker*", "malicious*"],
    &["database fail*", "database crash*", "database outage", "database loss", "database is lost"],
    &["account*", "provider outage", "vendor outage", "terraform state"],
];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    if precious(system).is_empty() {
        unseen(system, &mut tally);
        return tally.finish(|| nothing_to_lose(system));
    }
    let sought = || Evidence::sought("plan for the loss of data or site", system.scopes(&["*.{md,rst,txt,adoc}", "**/*.{md,rst,adoc}"]));
    let found = plan(system);
    let Some(first) = found.first().copied() else {
        let gap = Gap::new("no-plan", "no document says how the system is brought back after a disaster", sought());
        tally.gap(&subject, gap.so("how long it takes, and how much is lost, is found out during the outage"));
        return tally.finish(sought);
    };
    for passage in &found {
        tally.met(&subject, Evidence::noted(passage.at, format!("“{}”", passage.title)));
    }
    let rto = found.iter().find_map(|p| objective(p, &["rto", "recovery time objective", "recovery time"]));
    let rpo = found.iter().find_map(|p| objective(p, &["rpo", "recovery point objective", "recovery point"]));
    let head = || Evidence::noted(first.at, format!("“{}”", first.title));
    match (rto, rpo) {
        (Some(a), Some(b)) => {
            tally.met(&subject, Evidence::noted(a.at, "states how long recovery may take"));
            tally.met(&subject, Evidence::noted(b.at, "states how much may be lost"));
        }
        (a, b) => {
            let missing = match (a.is_some(), b.is_some()) {
                (true, _) => "how much data may be lost (RPO)",
                (_, true) => "how long recovery may take (RTO)",
                _ => "how long recovery may take and how much may be lost (RTO, RPO)",
            };
            let gap = Gap::new("no-numbers", format!("the plan gives no number for {missing}"), head());
            tally.gap(&subject, gap.so("nobody can tell whether the backups are good enough"));
        }
    }
    let scenarios = SCENARIOS.iter().filter(|words| words.iter().any(|w| found.iter().any(|p| p.says(w).is_some()))).count();
    if scenarios < 2 {
        let gap = Gap::new("few-scenarios", "the plan names fewer than two kinds of disaster", head());
        tally.gap(&subject, gap.so("it fits one accident, and the next is another one"));
    }
    if !found.iter().any(ordered) {
        let gap = Gap::new("no-steps", "the plan has no ordered steps and no commands", head());
        tally.gap(&subject, gap.so("what to do is worked out during the outage"));
    }
    if !names(system, &found) {
        let gap = Gap::new("generic", "the plan names none of this system's services, stores or files", head());
        tally.gap(&subject, gap.so("it could be about any system, and helps with none"));
    }
    let owner =
        found.iter().find_map(|p| Topic::Roles.said(p.text()).map(|_| p.at).or_else(|| p.says("owner").or_else(|| p.says("responsible"))));
    if owner.is_none() {
        let gap = Gap::new("no-owner", "the plan does not say who decides and who does it", head());
        tally.gap(&subject, gap.so("everyone waits for someone else to begin"));
    }
    let drill = [
        "last tested*",
        "last test*",
        "tested on",
        "last drill*",
        "drill on",
        "last exercise*",
        "drill record*",
        "test record*",
        "rehearsed*",
    ];
    if !drill.iter().any(|w| found.iter().any(|p| p.says(w).is_some())) {
        let gap = Gap::new("never-tried", "the plan does not say when it was last tried", head());
        tally.gap(&subject, gap.so("steps that nobody has followed do not work the first time"));
    }
    if let Some(rpo) = rpo {
        contradicted(system, rpo, &subject, &mut tally);
    }
    tally.finish(sought)
}

/// The passages that are such a plan; lists of what remains to be done are none.
fn plan(system: &System) -> Vec<Passage<'_>> {
    let mut found: Vec<Passage<'_>> = Vec::new();
    for document in system.operating_guides() {
        let content = &document.content;
        for (index, heading) in content.headings.iter().enumerate() {
            let text = heading.text.to_lowercase();
            if !HEADINGS.iter().any(|w| find(&text, w).is_some()) {
                continue;
            }
            let Some(span) = content.section(index) else { continue };
            let inside = found.last().is_some_and(|p| p.document.file == document.file && span.start < p.span.end);
            let passage = Passage { document, title: &heading.text, at: Location::at(document.file, heading.span), span };
            let words = passage.text().split_whitespace().count();
            let open = |l: &&str| ["- [ ]", "- ❌", "* ❌", "* [ ]", "❌"].iter().any(|mark| l.trim_start().starts_with(mark));
            let items = passage.text().lines().filter(|l| l.trim_start().starts_with(['-', '*', '❌'])).count();
            let todo = passage.text().lines().filter(open).count() * 2 > items.max(1);
            if !inside && words >= 12 && !todo {
                found.push(passage);
            }
        }
    }
    found
}

/// A number of hours that a plan promises.
#[derive(Clone, Copy)]
struct Objective {
    at: Location,
    minutes: u32,
}

/// The number behind the words for an objective: in the same line, or in the lines of the section that they head.
fn objective(passage: &Passage<'_>, words: &[&str]) -> Option<Objective> {
    const FOLLOWING: usize = 4;
    let text = passage.text();
    let lines: Vec<(usize, &str)> = text
        .split_inclusive('\n')
        .scan(0, |at, line| {
            let start = *at;
            *at += line.len();
            Some((start, line))
        })
        .collect();
    for (index, (start, line)) in lines.iter().enumerate() {
        let Some(word) = words.iter().find_map(|w| find(line, w).map(|at| at + w.len())) else { continue };
        let headed = line.trim_start().starts_with('#');
        let here = minutes(line.get(word..).unwrap_or_default());
        let later = || {
            let next = lines.iter().skip(index + 1).filter(|(_, l)| !l.trim().is_empty()).take(FOLLOWING);
            next.take_while(|(_, l)| !l.trim_start().starts_with('#')).filter_map(|(_, l)| minutes(l)).min()
        };
        // In a table the numbers stand in the rows below the words.
        let table = line.contains('|');
        if let Some(minutes) = here.or_else(|| if headed || table { later() } else { None }) {
            let start = passage.span.start as usize + start;
            let at = Location::at(passage.document.file, plimsoll_base::Span::new(start, start + line.trim_end().len()));
            return Some(Objective { at, minutes });
        }
    }
    None
}

/// The first duration in a text, in minutes.
fn minutes(text: &str) -> Option<u32> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let end = text[at..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |e| at + e);
        let number: u32 = text[at..end].parse().ok()?;
        let unit = text[end..].trim_start_matches([' ', '-', '+', '\u{a0}']);
        let times =
            [("min", 1), ("hour", 60), ("hr", 60), ("h", 60), ("day", 1440), ("week", 10_080), ("sec", 0), ("stunde", 60), ("tag", 1440)]
                .iter()
                .find(|(u, _)| {
                    unit.starts_with(u) && (*u != "h" || unit[1..].starts_with(|c: char| !c.is_alphabetic()) || unit.len() == 1)
                });
        if let Some((_, times)) = times {
            return Some(number.saturating_mul(*times));
        }
        at = end;
    }
    None
}

/// Whether a passage says what to do in an order, or by commands.
fn ordered(passage: &Passage<'_>) -> bool {
    let numbered = passage
        .text()
        .lines()
        .filter(|l| l.trim_start().starts_with(|c: char| c.is_ascii_digit()) && l.trim_start().contains(['.', ')']))
        .count();
    numbered >= 3 || !passage.commands().is_empty()
}

/// Whether a passage names what this system consists of.
fn names(system: &System, found: &[Passage<'_>]) -> bool {
    let bare = |name: &str| name.rsplit(['.', '/']).next().unwrap_or(name).to_lowercase();
    let mut own: Vec<String> = system.services().iter().map(|s| bare(&s.name)).collect();
    own.extend(system.datastores().iter().map(|d| bare(&d.name)));
    own.extend(system.datastores().iter().filter_map(|d| match d.run_by {
        RunBy::Managed(store) => Some(store.product.to_lowercase()),
        _ => d.engine.clone(),
    }));
    // A common word names something of this system only where it is set as a name.
    let common = |n: &String| n.len() <= 2 || matches!(n.as_str(), "main" | "this" | "app" | "web" | "api" | "default" | "data" | "backup");
    if own.iter().filter(|n| common(n)).any(|n| found.iter().any(|p| p.text().contains(&format!("`{n}`")))) {
        return true;
    }
    own.retain(|n| !common(n));
    if let Some(deployment) = system.deployment() {
        own.extend(deployment.files.iter().map(|f| f.rsplit('/').next().unwrap_or(f).to_lowercase()));
    }
    own.iter().any(|n| found.iter().any(|p| p.says(n).is_some()))
}

/// A promise that the backups cannot keep.
fn contradicted(system: &System, rpo: Objective, subject: &Subject, tally: &mut Tally) {
    const DAY: u32 = 24 * 60;
    for store in precious(system) {
        let recent = match store.run_by {
            RunBy::Managed(s) => {
                let own = [s.point_in_time.as_ref(), s.versioned.as_ref()].into_iter().flatten().any(|p| !p.off());
                own || s.backup_days.as_ref().is_some_and(|d| d.known() != Some(&0)) && rpo.minutes >= DAY
            }
            // What somebody else runs may well keep the promise.
            RunBy::External(_) => true,
            _ => false,
        };
        let covering = plans(system, &store);
        let kept = covering.iter().any(|(p, c)| {
            let known = *c == Covers::Yes && live(p) == Some(true);
            !known && live(p) != Some(false) || known && (p.continuous.as_ref().is_some_and(|c| !c.off()) || rpo.minutes >= every(p))
        });
        if recent || kept {
            continue;
        }
        let why = match covering.iter().find(|(p, _)| live(p) == Some(true)) {
            Some((plan, _)) => (plan.at, super::told(plan)),
            None => (store.at, format!("nothing backs up `{}` on a schedule", store.name)),
        };
        let promise = if rpo.minutes >= 120 { format!("{} hours", rpo.minutes / 60) } else { format!("{} minutes", rpo.minutes) };
        let says = format!("the plan promises to lose at most {promise} of `{}`, and the backups cannot keep that", store.name);
        let gap = Gap::new("contradicted", says, Evidence::noted(rpo.at, "the promise")).and(Evidence::noted(why.0, why.1));
        tally.gap(subject, gap.so("a promise is made to customers that a restore will break"));
    }
}

/// How many minutes lie between two runs, at least as far as the schedule is understood; a day otherwise.
fn every(plan: &plimsoll_model::estate::BackupPlan) -> u32 {
    const DAY: u32 = 24 * 60;
    let Some(text) = plan.schedule.as_ref().and_then(|s| s.known()) else { return DAY };
    let text = text.trim_start_matches("cron(").trim_end_matches(')');
    if text.contains("hour") {
        return 60;
    }
    if text.contains("week") {
        return 7 * DAY;
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    let step = |field: &str| field.strip_prefix("*/").and_then(|n| n.parse::<u32>().ok());
    match fields.as_slice() {
        [minute, ..] if step(minute).is_some() => step(minute).unwrap_or(DAY),
        [_, hour, ..] if step(hour).is_some() => step(hour).map_or(DAY, |h| h.saturating_mul(60)),
        [minute, "*", ..] if *minute != "*" => 60,
        [_, hour, ..] if hour.contains(',') => DAY / (hour.split(',').count() as u32).max(1),
        [_, _, "*" | "?", "*", weekday, ..] if *weekday != "*" && *weekday != "?" && weekday.len() == 1 => 7 * DAY,
        _ => DAY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        assert_eq!(minutes(": 4 hours"), Some(240));
        assert_eq!(minutes("up to 5 minutes (with PITR)"), Some(5));
        assert_eq!(minutes("< 24h"), Some(1440));
        assert_eq!(minutes("| 2 h | 15 min |"), Some(120));
        assert_eq!(minutes("see chapter 4"), None);
    }
}
