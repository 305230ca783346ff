//! Can the system run from a second region?

use std::collections::BTreeMap;

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Subject, Tally};
use plimsoll_model::System;
use plimsoll_model::estate::Provider;

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "availability/multi-region", page: include_str!("multi_region.md"), check };

const CONSEQUENCE: &str = "the loss of the region is an outage for as long as the provider takes";

/// Resources that send requests to another region when one is lost, and the attribute that makes them do so; none where all do.
const ROUTERS: &[(&str, Option<&str>)] = &[
    ("aws_route53_record", Some("failover_routing_policy")),
    ("aws_route53_record", Some("latency_routing_policy")),
    ("aws_globalaccelerator_endpoint_group", None),
    ("azurerm_traffic_manager_profile", None),
    ("google_compute_global_network_endpoint_group", None),
    ("cloudflare_load_balancer", None),
    ("google_dns_record_set", Some("routing_policy")),
];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let mut regions: BTreeMap<String, Location> = BTreeMap::new();
    for region in system.infrastructure().regions.iter().filter(|r| !r.auxiliary) {
        if let Some(name) = region.name.known() {
            regions.entry(name.clone()).or_insert(region.name.at);
        }
    }
    // Platforms that are told several places lead each request to the nearest one that answers.
    let mut by_platform = None;
    for capacity in system.infrastructure().capacity.iter().filter(|c| c.provider == Provider::Platform) {
        for region in &capacity.zones {
            regions.entry(region.value.clone()).or_insert(region.at);
        }
        if let [first, _, ..] = capacity.zones.as_slice() {
            by_platform = Some((first.at, "the platform leads requests to the nearest region that answers".to_owned()));
        }
    }
    let stores = system.datastores();
    let databases = stores.iter().filter(|d| d.database() && !d.derived()).count();
    let mirrored: Vec<(String, Location)> = (system.infrastructure().stores.iter())
        .flat_map(|s| s.mirrored.iter().map(move |m| (format!("`{}` is kept in a second region: {}", s.name, m.value), m.at)))
        .collect();
    let routing = by_platform.or_else(|| routed(system));
    let code = regions.len() > 1;
    if !code && mirrored.is_empty() && routing.is_none() {
        tally.not_applicable(Evidence::sought(
            "second region, nor any sign that one is asked for",
            system.scopes(&["**/*.{tf,tofu,bicep}", "**/*.{yml,yaml,toml}"]),
        ));
        return tally.finish(|| Evidence::sought("second region", system.deployment_scope()));
    }
    if code {
        let names: Vec<&str> = regions.keys().map(String::as_str).collect();
        let at = regions.values().nth(1).or(regions.values().next()).copied();
        if let Some(at) = at {
            tally.met(&subject, Evidence::seen(at, format!("resources stand in {}", names.join(" and ")), Grade::Active));
        }
    }
    for (says, at) in &mirrored {
        tally.met(&subject, Evidence::seen(*at, says.clone(), Grade::Active));
    }
    let proof = || {
        let (says, at) = match (&routing, mirrored.first(), regions.iter().next()) {
            (Some((at, says)), _, _) => (says.clone(), *at),
            (None, Some((says, at)), _) => (says.clone(), *at),
            (None, None, Some((name, at))) => (name.clone(), *at),
            _ => return Evidence::sought("second region", system.deployment_scope()),
        };
        Evidence::noted(at, says)
    };
    match &routing {
        Some((at, says)) if code || !mirrored.is_empty() => tally.met(&subject, Evidence::seen(*at, says.clone(), Grade::Active)),
        Some(_) => {}
        None => {
            let gap = Gap::new("no-routing", "nothing sends requests to the second region when the first is lost", proof());
            tally.gap(&subject, gap.so(CONSEQUENCE));
        }
    }
    if !code {
        let gap = Gap::new("no-second-stack", "what answers requests stands in one region only", proof());
        tally.gap(&subject, gap.so(CONSEQUENCE));
    }
    if mirrored.is_empty() && databases > 0 {
        let gap = Gap::new("data-in-one-region", "the data stands in one region only", proof());
        tally.gap(&subject, gap.so("a second region without the data can serve nobody"));
    }
    tally.finish(|| Evidence::sought("second region", system.deployment_scope()))
}

fn routed(system: &System) -> Option<(Location, String)> {
    let roots = system.roots();
    let resources = roots.iter().flat_map(|r| &r.resources);
    resources.filter(|r| !r.kind.starts_with("data.")).find_map(|r| {
        let (_, attribute) = ROUTERS.iter().find(|(kind, attribute)| {
            let has = |a: &str| r.attributes.iter().map(|(n, _)| n).chain(r.unresolved.iter().map(|(n, _)| n)).any(|n| n.starts_with(a));
            r.kind == *kind && attribute.is_none_or(has)
        })?;
        Some((r.at, format!("{} `{}` chooses among regions", attribute.unwrap_or(&r.kind).replace('_', " "), r.name)))
    })
}
