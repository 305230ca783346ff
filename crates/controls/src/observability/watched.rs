//! What alarms there are, whether anything looks at them, and whom they reach: shared by alerting and routing.

use plimsoll_base::{Evidence, Grade, Location, Question, Scope};
use plimsoll_model::estate::{Alarm, Channel, Emitter, Symptom};
use plimsoll_model::iac::{IacRoot, IacTool};
use plimsoll_model::{Capability, SignSource, System};

use super::hosted::{Hosted, hosted};

/// Alarms of the assessed deployment by whether anything evaluates them.
pub(super) struct Alarms<'a> {
    /// Something evaluates them.
    pub(super) live: Vec<&'a Alarm>,
    /// Nothing does: not loaded, switched off, on a metric that is not there.
    pub(super) dead: Vec<&'a Alarm>,
    /// That is not decided by what was read, with the reason.
    pub(super) open: Vec<(&'a Alarm, String)>,
}

impl<'a> Alarms<'a> {
    pub(super) fn of(system: &'a System) -> Self {
        let mut found = Self { live: Vec::new(), dead: Vec::new(), open: Vec::new() };
        // A bill that grows and a sign-in of the root user are no symptoms of the system; other controls ask for them.
        let symptoms = system.infrastructure().alarms.iter().filter(|a| !matches!(a.symptom, Symptom::Spending | Symptom::Security));
        let library = instrumented(system);
        for alarm in symptoms {
            match (alarm.evaluated.known(), alarm.emitter) {
                (Some(false), _) => found.dead.push(alarm),
                (None, _) => found.open.push((alarm, alarm.evaluated.says.clone())),
                (Some(true), Emitter::Library) if !library => {
                    found.open.push((alarm, "no library that gives metrics is among the product's dependencies".into()));
                }
                (Some(true), Emitter::Product) => {
                    found.open.push((alarm, "its metric is one that code of the product must give, which is not followed".into()))
                }
                (Some(true), _) => found.live.push(alarm),
            }
        }
        found
    }
    pub(super) fn none(&self) -> bool {
        self.live.is_empty() && self.dead.is_empty() && self.open.is_empty()
    }
}

/// Whether a library that gives metrics is among the product's dependencies.
pub(super) fn instrumented(system: &System) -> bool {
    system.signs_of(Capability::Monitoring).any(|sign| match &sign.source {
        SignSource::Dependency { manifest, dev: false } => system.packages().iter().any(|p| p.product && p.path == *manifest),
        _ => false,
    })
}

/// Whom an alarm reaches.
pub(super) enum Delivery<'a> {
    /// Someone, through this channel, or one that is handed in at deployment.
    Reaches(&'a Channel),
    /// A channel outside the repository: where it is named.
    Outside(Location),
    /// A channel whose receivers are placeholders.
    Placeholder(&'a Channel),
    /// A channel without receivers.
    Empty(&'a Channel),
    /// Nobody: it has no action.
    Nobody,
}

/// The best of the ways that an alarm speaks.
pub(super) fn delivery<'a>(system: &'a System, alarm: &Alarm) -> Delivery<'a> {
    let channels = &system.infrastructure().channels;
    let mut best = Delivery::Nobody;
    for told in &alarm.tells {
        let Some(channel) = channels.iter().find(|c| c.name == told.value) else {
            best = Delivery::Outside(told.at);
            continue;
        };
        if channel.receivers.iter().any(|r| !r.real.off()) {
            return Delivery::Reaches(channel);
        }
        match best {
            Delivery::Outside(_) | Delivery::Placeholder(_) => {}
            _ if channel.receivers.is_empty() => best = Delivery::Empty(channel),
            _ => best = Delivery::Placeholder(channel),
        }
    }
    match (&best, alarm.tells_unresolved) {
        (Delivery::Nobody, Some(at)) => Delivery::Outside(at),
        _ => best,
    }
}

/// What an alarm says, with its place.
pub(super) fn seen(alarm: &Alarm, grade: Grade) -> Evidence {
    Evidence::seen(alarm.at, said(alarm), grade)
}

/// An alarm in words: its last name and its metric.
pub(super) fn said(alarm: &Alarm) -> String {
    let name = alarm.name.strip_prefix("module.").map_or(alarm.name.as_str(), |n| n.rsplit('.').next().unwrap_or(n));
    match &alarm.metric {
        Some(metric) if metric.value.chars().count() <= 60 => format!("{}: `{name}` on {}", alarm.evaluator, metric.value),
        _ => format!("{}: `{name}`", alarm.evaluator),
    }
}

/// What could carry alerts that the repository does not hold: an agent or an SDK of a vendor, a scraper outside, a program that is not evaluated.
pub(super) fn elsewhere(system: &System) -> Option<Question> {
    if let Some(Hosted::Carried(sign)) = hosted(system) {
        return Some(Question::new(
            format!("which alerts are kept in the monitoring that {} belongs to ({})", sign.says, system.path_at(sign.at)),
            "declare its monitors as code, or attest which of them are on and whom they reach",
        ));
    }
    let scraped = system
        .services()
        .iter()
        .find_map(|s| s.labels.iter().find(|(name, value)| name == "prometheus.io/scrape" && value.value == "true").map(|(_, v)| v.at));
    if let Some(at) = scraped {
        return Some(Question::new(
            format!("which alerts the Prometheus outside evaluates that scrapes these pods ({})", system.path_at(at)),
            "add its rules, or attest which of them are on and whom they reach",
        ));
    }
    if let Some(file) = system.unread_definition() {
        return Some(Question::new(
            format!("what {} starts: it could not be read, and may start what watches", file.path),
            "mend its syntax; the listed problem says where",
        ));
    }
    unread(system).map(|root| {
        Question::new(
            format!("which alarms the {} program in `{}` makes: it is not evaluated", root.tool.word(), place(root)),
            "synthesise it and add the template, or attest the alarms",
        )
    })
}

/// A root of infrastructure code whose resources are not known.
pub(super) fn unread(system: &System) -> Option<&IacRoot> {
    let program =
        |r: &&IacRoot| matches!(r.tool, IacTool::Cdk | IacTool::Pulumi | IacTool::Bicep | IacTool::Serverless | IacTool::CloudFormation);
    let told =
        |r: &IacRoot| !r.infrastructure.alarms.is_empty() || !r.infrastructure.stores.is_empty() || !r.infrastructure.capacity.is_empty();
    system.roots().into_iter().filter(program).find(|r| match r.tool {
        // Templates list their resources: one without any alarm has none.
        IacTool::CloudFormation | IacTool::Bicep => {
            !told(r) && r.resources.iter().any(|x| x.kind.contains("::Alarm") || x.kind.to_ascii_lowercase().contains("alert"))
        }
        _ => !told(r),
    })
}

fn place(root: &IacRoot) -> &str {
    if root.folder.is_empty() { "." } else { &root.folder }
}

/// Where alarms would stand.
pub(super) fn scopes(system: &System) -> Vec<Scope> {
    let mut scopes = system.deployment_scope();
    for glob in ["**/*.{tf,tofu}", "**/*{alert,rule,prometheus,monitor}*.{yml,yaml}"] {
        scopes.push(system.scope(glob));
    }
    scopes
}
