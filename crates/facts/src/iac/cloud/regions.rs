//! Regions that providers are configured for. What a second configuration is for is told by what uses it: a certificate for a CDN must live in
//! one region, and makes no second place to run in.

use std::collections::BTreeSet;

use plimsoll_base::Location;

use super::{Instance, Resources};
use crate::iac::value::Value;
use crate::infrastructure::{Infrastructure, Property, Provider, Region};

/// What lives in one region for the sake of something global: certificates, firewalls and functions of a CDN, query logs of a zone, alarms on
/// the bill. By the start of the kind.
const AUXILIARY: &[&str] = &[
    "aws_acm_",
    "aws_waf",
    "aws_cloudfront_",
    "aws_route53_",
    "aws_shield_",
    "aws_ecrpublic_",
    "aws_budgets_",
    "aws_ce_",
    "aws_cloudwatch_metric_alarm",
    "aws_cloudwatch_log_",
    "aws_sns_",
    "aws_lambda_",
    "aws_iam_",
    "aws_organizations_",
    "aws_cur_",
];

/// Names of locations that are no single region.
const WIDE: &[&str] = &["global", "us", "eu", "asia", "nam4", "eur4"];

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    for block in resources.providers() {
        let (provider, attribute) = match block.kind.as_str() {
            "aws" | "awscc" => (Provider::Aws, "region"),
            "google" | "google-beta" => (Provider::Google, "region"),
            "oci" | "alicloud" | "scaleway" | "ibm" | "openstack" | "ovh" | "tencentcloud" => (Provider::Other, "region"),
            _ => continue,
        };
        let name = match block.word(&[attribute]) {
            Some(name) => name,
            None if provider == Provider::Aws => Property::unresolved(block.at, "region is not set: the environment decides"),
            None => match block.word(&["zone"]) {
                Some(zone) => of_zone(zone),
                None => continue,
            },
        };
        let twin = |r: &Region| r.provider == provider && r.name.known().is_some() && r.name.known() == name.known();
        let auxiliary = !block.name.is_empty() && auxiliary(resources, block);
        match found.regions.iter_mut().find(|r| twin(r)) {
            Some(twin) => twin.auxiliary &= auxiliary,
            None => found.regions.push(Region { provider, name, auxiliary }),
        }
    }
    for (provider, prefixes) in
        [(Provider::Aws, &["aws_"][..]), (Provider::Google, &["google_"][..]), (Provider::Azure, &["azurerm_", "azapi_"][..])]
    {
        if found.regions.iter().all(|r| r.provider != provider) {
            placed(resources, provider, prefixes, found);
        }
    }
}

/// Regions that resources name themselves, where no provider block does.
fn placed(resources: &Resources<'_>, provider: Provider, prefixes: &[&str], found: &mut Infrastructure) {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut undecided: Option<Location> = None;
    let mine = |i: &&Instance| !i.data && prefixes.iter().any(|p| i.kind.starts_with(p));
    for instance in resources.all().iter().filter(mine) {
        undecided = undecided.or(Some(instance.at));
        let attribute = if provider == Provider::Azure { &["location"][..] } else { &["region", "location", "zone"][..] };
        let Some(value) = attribute.iter().find_map(|a| instance.value.get(a)) else { continue };
        let Some(text) = value.text().filter(|t| !t.is_empty()) else { continue };
        let name = if provider == Provider::Azure { text.to_lowercase().replace(' ', "") } else { region_of(text).to_owned() };
        if !WIDE.contains(&name.to_lowercase().as_str()) && seen.insert(name.clone()) {
            let says = format!("{} = \"{text}\"", attribute.first().copied().unwrap_or_default());
            found.regions.push(Region { provider, name: Property::stated(name, value.at, says), auxiliary: false });
        }
    }
    if let (true, Some(at)) = (seen.is_empty(), undecided) {
        found.regions.push(Region {
            provider,
            name: Property::unresolved(at, "no region is written: the environment decides"),
            auxiliary: false,
        });
    }
}

/// `europe-west1-b` lies in `europe-west1`.
fn region_of(text: &str) -> &str {
    match text.rsplit_once('-') {
        Some((region, zone)) if zone.len() == 1 && zone.starts_with(|c: char| c.is_ascii_lowercase()) => region,
        _ => text,
    }
}

fn of_zone(zone: Property<String>) -> Property<String> {
    match zone.known() {
        Some(name) => Property::stated(region_of(name).to_owned(), zone.at, zone.says.clone()),
        None => zone,
    }
}

/// Whether everything that uses a second configuration of a provider is there for something global. One that nothing uses is no place either.
fn auxiliary(resources: &Resources<'_>, block: &Instance) -> bool {
    let reference = format!("{}.{}", block.kind, block.name);
    let passed: Vec<&str> = block.value.get("passed_to").map(Value::items).unwrap_or_default().iter().filter_map(Value::text).collect();
    let handed = |i: &Instance| passed.iter().any(|p| i.module.strip_prefix(p).is_some_and(|rest| rest.starts_with(['.', '['])));
    let named = |i: &Instance| i.written(&["provider"]).is_some_and(|p| p.trim_start_matches("${").trim_end_matches('}') == reference);
    resources.all().iter().filter(|i| !i.data && (named(i) || handed(i))).all(|i| AUXILIARY.iter().any(|kind| i.kind.starts_with(kind)))
}
