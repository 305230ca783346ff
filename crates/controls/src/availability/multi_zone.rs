//! Is the loss of one zone survived?

use std::collections::BTreeSet;

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Subject, Tally};
use plimsoll_model::estate::{Capacity, CapacityKind, Property, Subnet};
use plimsoll_model::{RunBy, Service, System};

use super::instances::{Ground, at_most, capacity_of, ground, least, serving, unsaid};
use super::nothing_serves;
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "availability/multi-zone", page: include_str!("multi_zone.md"), check };

const CONSEQUENCE: &str = "a fire, a flood or a failed cooling in one building is an outage of the whole system";

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in serving(system) {
        let capacity = capacity_of(system, service);
        match ground(system, service, capacity) {
            Ground::Unsaid => tally.doubt(&Subject::system(), unsaid(service, "over which zones run the instances of")),
            Ground::Host => {
                let says = format!("`{}` runs on one host", service.name);
                let gap = Gap::new("one-host", says, Evidence::noted(service.at, "Compose runs everything on one host"));
                tally.gap(&Subject::system(), gap.follows("availability/redundant-instances").so(CONSEQUENCE));
            }
            Ground::Serverless => {
                let says = format!("the platform spreads `{}` over the zones of its region", service.name);
                tally.met(&Subject::system(), Evidence::seen(service.at, says, Grade::Active));
            }
            place => judge(system, service, capacity, place, &mut tally),
        }
    }
    if !tally.is_empty() {
        stores(system, &mut tally);
    }
    for function in system.owned().filter(|s| s.kind == plimsoll_model::ServiceKind::Function) {
        tally
            .not_applicable(Evidence::noted(function.at, format!("the platform spreads `{}` over the zones of its region", function.name)));
    }
    tally.finish(|| nothing_serves(system))
}

/// Over which zones something may run.
enum Zones {
    /// More than one: the place, and what says so.
    Several(Location, String),
    /// One.
    One(Location, String),
    /// Decided elsewhere.
    Unsaid(String),
}

fn judge(system: &System, service: &Service, capacity: Option<&Capacity>, place: Ground, tally: &mut Tally) {
    let subject = Subject::system();
    let name = &service.name;
    let zones = match capacity {
        Some(c) if place == Ground::Cluster && c.subnets.is_empty() && c.zones.is_empty() && c.regional.is_none() => nodes(system),
        Some(c) => zones_of(system, c),
        None => Zones::Unsaid("nothing says where it runs".into()),
    };
    let zones = match zones {
        Zones::Unsaid(_) if place == Ground::Platform => Zones::Unsaid("the platform's file does not say".into()),
        found => found,
    };
    let number = least(service, capacity);
    if at_most(&number, 1) {
        if let Zones::Several(at, says) = &zones {
            tally.met(&subject, Evidence::seen(*at, format!("`{name}` may run in several zones: {says}"), Grade::Declared));
        }
        let says = format!("one instance of `{name}` stands in one zone");
        let gap = Gap::new("one-instance", says, Evidence::noted(number.at, number.says.clone()));
        tally.gap(&subject, gap.follows("availability/redundant-instances").so(CONSEQUENCE));
        return;
    }
    match zones {
        Zones::Several(at, says) => {
            tally.met(&subject, Evidence::seen(at, format!("`{name}` runs over several zones: {says}"), Grade::Active));
            if number.known().is_none() {
                let missing = format!("how many instances of `{name}` run: {} ({})", number.says, system.path_at(number.at));
                tally.doubt(&subject, Question::new(missing, "state the number in the repository, or attest it"));
            }
            spread(service, capacity, tally);
        }
        Zones::One(at, says) => {
            let gap = Gap::new("one-zone", format!("every instance of `{name}` stands in one zone"), Evidence::noted(at, says));
            tally.gap(&subject, gap.so(CONSEQUENCE));
        }
        Zones::Unsaid(why) => {
            let missing = format!("over which zones `{name}` runs: {why}");
            tally.doubt(&subject, Question::new(missing, "show the cluster, the subnets or the platform's promise, or attest it"));
        }
    }
}

/// On Kubernetes the scheduler only prefers to spread; a constraint that names the zone makes it so.
fn spread(service: &Service, capacity: Option<&Capacity>, tally: &mut Tally) {
    let kubernetes = service.runtime == plimsoll_model::container::Runtime::Kubernetes;
    let Some(c) = capacity.filter(|_| kubernetes) else { return };
    if !c.guards.iter().any(|g| g.across_zones && !g.effective.off()) {
        let says = format!("nothing makes the pods of `{}` stand in different zones", service.name);
        let gap =
            Gap::new("no-spread", says, Evidence::noted(c.at, format!("`{}` is declared without topologySpreadConstraints", service.name)));
        tally.gap(&Subject::system(), gap.so("chance decides whether one zone holds every pod"));
    }
}

fn zones_of(system: &System, c: &Capacity) -> Zones {
    if let Some(regional) = &c.regional {
        return by_property(regional);
    }
    let named: BTreeSet<&str> = c.zones.iter().map(|z| z.value.as_str()).collect();
    match (named.len(), c.zones.first()) {
        (2.., Some(first)) => return Zones::Several(first.at, named.into_iter().collect::<Vec<_>>().join(", ")),
        (1, Some(first)) if c.subnets.is_empty() => return Zones::One(first.at, format!("zone {}", first.value)),
        _ => {}
    }
    subnets(system, c)
}

fn by_property(regional: &Property<bool>) -> Zones {
    match regional.known() {
        Some(true) => Zones::Several(regional.at, regional.says.clone()),
        Some(false) => Zones::One(regional.at, regional.says.clone()),
        None => Zones::Unsaid(regional.says.clone()),
    }
}

/// Subnets lie in one zone each; those whose zones are decided elsewhere are taken to differ, since that is what several are for.
fn subnets(system: &System, c: &Capacity) -> Zones {
    let declared = &system.infrastructure().subnets;
    let known: Vec<&Subnet> = c.subnets.iter().filter_map(|n| declared.iter().find(|s| &s.name == n)).collect();
    let count: u32 = known.iter().map(|s| s.count.max(1)).fold(0, u32::saturating_add);
    let outside = c.subnets.len() - known.len();
    let zone = |s: &&Subnet| s.zone.as_ref().and_then(|z| z.known()).cloned();
    let zones: BTreeSet<String> = known.iter().filter_map(zone).collect();
    let all_known = known.iter().all(|s| zone(s).is_some() && s.count < 2);
    match known.first() {
        Some(first) if zones.len() > 1 || count > 1 && !(all_known && zones.len() == 1) => {
            let says = if zones.len() > 1 { zones.into_iter().collect::<Vec<_>>().join(", ") } else { format!("{count} subnets") };
            Zones::Several(first.at, says)
        }
        Some(first) if outside == 0 && !c.subnets.is_empty() => Zones::One(first.at, format!("subnet `{}`", first.name)),
        _ if c.subnets.len() > 1 => Zones::Several(c.at, format!("{} subnets", c.subnets.len())),
        _ if c.subnets.is_empty() => Zones::Unsaid("no subnet or zone is named".into()),
        _ => Zones::Unsaid(format!("the subnets `{}` are declared elsewhere", c.subnets.join(", "))),
    }
}

/// The zones of a cluster's nodes, where the repository declares the cluster.
fn nodes(system: &System) -> Zones {
    let capacity = &system.infrastructure().capacity;
    let groups: Vec<&Capacity> = capacity.iter().filter(|c| c.kind == CapacityKind::NodeGroup).collect();
    let groups = if groups.is_empty() { capacity.iter().filter(|c| c.kind == CapacityKind::Cluster).collect() } else { groups };
    let mut one = None;
    for group in &groups {
        match zones_of(system, group) {
            Zones::Several(at, says) => return Zones::Several(at, says),
            found @ Zones::One(..) => one = Some(found),
            Zones::Unsaid(_) => {}
        }
    }
    one.unwrap_or_else(|| Zones::Unsaid("the cluster is declared elsewhere".into()))
}

/// What the services stand on must survive as well.
fn stores(system: &System, tally: &mut Tally) {
    let subject = Subject::system();
    for store in system.datastores().into_iter().filter(|d| d.database() && !d.derived()) {
        let RunBy::Managed(managed) = store.run_by else { continue };
        let Some(failover) = &managed.failover else { continue };
        match failover.known() {
            Some(true) => tally.met(&subject, Evidence::seen(failover.at, format!("`{}`: {}", managed.name, failover.says), Grade::Active)),
            Some(false) => {
                let gap = Gap::new(
                    "store-in-one-zone",
                    format!("`{}` stands in one zone", managed.name),
                    Evidence::noted(failover.at, failover.says.clone()),
                );
                tally.gap(&subject, gap.follows("availability/database-failover").so(CONSEQUENCE));
            }
            None => {
                let missing =
                    format!("whether `{}` survives the loss of a zone: {} ({})", managed.name, failover.says, system.path_at(failover.at));
                tally.doubt(&subject, Question::new(missing, "give the variable a value in the repository, or attest it"));
            }
        }
    }
}
