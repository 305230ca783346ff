//! Is there a dashboard that a person on call can open?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Scope, Subject, Tally};
use plimsoll_model::System;
use plimsoll_model::estate::{Dashboard, DashboardLack, Emitter};

use super::watched::{elsewhere, instrumented};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "observability/dashboards", page: include_str!("dashboards.md"), check };

const CONSEQUENCE: &str = "whoever is woken starts by looking for a place to look";

fn check(system: &System, mut tally: Tally) -> Judgement {
    if system.services().is_empty() {
        return tally.finish(|| Evidence::sought("service that runs", system.deployment_scope()));
    }
    let subject = Subject::system();
    let all = &system.infrastructure().dashboards;
    let library = instrumented(system);
    let given = |d: &&Dashboard| d.emitter == Emitter::Provider || d.emitter == Emitter::Library && library;
    let shown: Vec<&Dashboard> = all.iter().filter(|d| d.shows.on() && given(d)).collect();
    let ungiven = all.iter().find(|d| d.shows.on());
    let open = all.iter().find(|d| d.shows.known().is_none());
    let lacking = all.iter().filter(|d| d.shows.off()).min_by_key(|d| (rank(d), d.at));
    if let Some(first) = shown.first() {
        tally.met(&subject, Evidence::seen(first.at, format!("{}: `{}`, {}", first.product, first.name, first.shows.says), Grade::Active));
        for other in shown.iter().skip(1).take(2) {
            tally.met(&subject, Evidence::seen(other.at, format!("{}: `{}`", other.product, other.name), Grade::Active));
        }
    } else if let Some(ungiven) = ungiven {
        let missing = format!(
            "whether `{}` shows anything: its metrics are ones that code of the product must give, which is not followed",
            ungiven.name
        );
        tally.doubt(&subject, Question::new(missing, "attest it with a picture of the dashboard under load"));
    } else if let Some(open) = open {
        let missing = format!("whether a person can open `{}`: {} ({})", open.name, open.shows.says, system.path_at(open.at));
        tally.doubt(&subject, Question::new(missing, "show the viewer that loads it, or attest its address"));
    } else if let Some(dashboard) = lacking {
        lack(dashboard, all, &subject, &mut tally);
    } else {
        match elsewhere(system) {
            Some(_) => {
                let missing = "which dashboards are kept in the monitoring that the product is connected to, or in code that is not read";
                tally.doubt(&subject, Question::new(missing, "declare them as code, or attest the one that the person on call opens"));
            }
            None => {
                let proof = Evidence::sought("a dashboard as code, or a viewer that loads one", scopes(system));
                tally.gap(&subject, Gap::new("no-dashboard", "there is no dashboard", proof).so(CONSEQUENCE));
            }
        }
    }
    tally.finish(|| Evidence::sought("service that runs", system.deployment_scope()))
}

/// Dashboards that something runs are told before those that lie about.
fn rank(dashboard: &Dashboard) -> u8 {
    match dashboard.lack {
        Some(DashboardLack::NoData) => 0,
        Some(DashboardLack::NoSource) => 1,
        Some(DashboardLack::NotLoaded) => 2,
        Some(DashboardLack::Empty) | None => 3,
    }
}

fn lack(dashboard: &Dashboard, all: &[Dashboard], subject: &Subject, tally: &mut Tally) {
    let alike = all.iter().filter(|d| d.lack == dashboard.lack).count();
    let more = if alike > 1 { format!(", as do {} others", alike - 1) } else { String::new() };
    let (name, product) = (&dashboard.name, dashboard.product);
    let wired = if dashboard.lack == Some(DashboardLack::NotLoaded) { Grade::Declared } else { Grade::Wired };
    tally.met(subject, Evidence::seen(dashboard.at, format!("{product}: `{name}`"), wired));
    let proof = Evidence::noted(dashboard.shows.at, dashboard.shows.says.clone());
    let gap = match dashboard.lack {
        Some(DashboardLack::NotLoaded) => Gap::new("dormant", format!("`{name}` is written, and nothing loads it{more}"), proof),
        Some(DashboardLack::NoSource) => Gap::new("no-source", format!("`{name}` has nothing to ask: {}", dashboard.shows.says), proof),
        Some(DashboardLack::NoData) => Gap::new("no-data", format!("`{name}` stays empty: {}", dashboard.shows.says), proof),
        Some(DashboardLack::Empty) | None => {
            Gap::new("empty", format!("{product} is there, and no dashboard in it comes from the repository"), proof)
        }
    };
    tally.gap(subject, gap.so(CONSEQUENCE));
}

fn scopes(system: &System) -> Vec<Scope> {
    let mut scopes = system.deployment_scope();
    for glob in ["**/*.{tf,tofu}", "**/*dashboard*"] {
        scopes.push(system.scope(glob));
    }
    scopes
}
