//! Where traffic comes in: load balancers, CDNs, gateways, certificates, firewalls of the application layer.

mod aws;
mod aws_cdn;
mod aws_firewalls;
mod aws_gateways;
mod azure;
mod azure_sites;
mod cloudflare;
mod google;
mod others;
pub(super) mod treatment;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use plimsoll_base::{Location, Sourced};

use super::{Instance, Resources};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Entry, Firewall, Infrastructure, Listener, ListenerAction, Property, Security, Target};

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    let mut drafts = Vec::new();
    aws::read(resources, &mut drafts);
    aws_cdn::read(resources, &mut drafts);
    aws_gateways::read(resources, &mut drafts);
    google::read(resources, &mut drafts);
    azure::read(resources, &mut drafts);
    azure_sites::read(resources, &mut drafts);
    others::read(resources, &mut drafts);
    name(resources, &mut drafts);
    aws_firewalls::attach(resources, &mut drafts, &mut found.loose_firewalls);
    google::guard(resources, &mut drafts, &mut found.loose_firewalls);
    azure::guard(resources, &mut drafts, &mut found.loose_firewalls);
    cloudflare::read(resources, &mut drafts, &mut found.loose_firewalls);
    treatment::read(resources, &mut drafts);
    for mut draft in drafts {
        // What may not exist is told of, and whether it does is part of whether it is switched on.
        let own = resources.meant(&draft.entry.name).into_iter().find(|i| i.address() == draft.entry.name);
        if let Some(own) = own {
            draft.entry.enabled = own.settled(draft.entry.enabled);
        }
        found.entries.push(draft.entry);
    }
}

/// Resources of one kind that are looked at.
const MOST: usize = 300;

/// An entry with the addresses of everything that it is made of: what refers to one of them refers to the entry.
struct Draft {
    entry: Entry,
    parts: Vec<String>,
}

impl Draft {
    fn new(entry: Entry) -> Self {
        let parts = vec![entry.name.clone()];
        Self { entry, parts }
    }
    fn is(&self, instance: &Instance) -> bool {
        let address = instance.address();
        self.parts.contains(&address)
    }
    fn serve(&mut self, names: impl IntoIterator<Item = Sourced<String>>) {
        for name in names {
            if !name.value.is_empty() && self.entry.domains.iter().all(|d| d.value != name.value) {
                self.entry.domains.push(name);
            }
        }
    }
}

/// Resources that give a name to what they refer to, with the attribute that holds the name.
const NAMES: &[(&str, &[&str])] = &[
    ("aws_route53_record", &["name"]),
    ("google_dns_record_set", &["name"]),
    ("azurerm_dns_a_record", &["name"]),
    ("azurerm_dns_cname_record", &["name"]),
    ("digitalocean_record", &["name"]),
    ("digitalocean_domain", &["name"]),
    ("hetznerdns_record", &["name"]),
    ("hcloud_zone_record", &["name"]),
    ("aws_apprunner_custom_domain_association", &["domain_name"]),
    ("aws_amplify_domain_association", &["domain_name"]),
    ("google_cloud_run_domain_mapping", &["name"]),
    ("google_app_engine_domain_mapping", &["domain_name"]),
    ("google_firebase_hosting_custom_domain", &["custom_domain"]),
    ("azurerm_app_service_custom_hostname_binding", &["hostname"]),
    ("azurerm_container_app_custom_domain", &["name"]),
    ("azurerm_static_web_app_custom_domain", &["domain_name"]),
    ("azurerm_static_site_custom_domain", &["domain_name"]),
    ("azurerm_cdn_endpoint_custom_domain", &["host_name"]),
    ("vercel_project_domain", &["domain"]),
    ("cloudflare_pages_domain", &["domain", "name"]),
    ("heroku_domain", &["hostname"]),
];

/// Names that records and bindings give to entries.
fn name(resources: &Resources<'_>, drafts: &mut [Draft]) {
    for (kind, attributes) in NAMES {
        for record in resources.of(kind).take(MOST) {
            let Some(named) = attributes.iter().find_map(|a| record.value.get(a)) else { continue };
            let Some(text) = named.written().filter(|t| !t.is_empty()) else { continue };
            let pointed = everywhere(resources, &record.value);
            for draft in drafts.iter_mut().filter(|d| pointed.iter().any(|p| d.is(p))) {
                draft.serve([Sourced::new(text.to_owned(), named.at)]);
            }
        }
    }
}

/// The resources that any text within a value refers to, in order, each once; data sources included.
fn everywhere<'a>(resources: &Resources<'a>, value: &Value) -> Vec<&'a Instance> {
    let mut found: Vec<&'a Instance> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut rest = vec![value];
    while let Some(value) = rest.pop() {
        rest.extend(value.items());
        rest.extend(value.fields().iter().map(|f| &f.value));
        let Some(text) = value.written().filter(|t| t.contains('.')) else { continue };
        for instance in resources.meant(text) {
            if seen.insert(instance.address()) {
                found.push(instance);
            }
        }
    }
    found
}

/// The first resource of a kind that a value refers to.
fn referent<'a>(resources: &Resources<'a>, value: Option<&Value>, kind: &str) -> Option<&'a Instance> {
    let texts = each(value).iter().filter_map(Value::written);
    texts.flat_map(|t| resources.meant(t)).find(|i| i.kind == kind && !i.data)
}

/// Whether a value refers to a resource.
fn names(resources: &Resources<'_>, value: Option<&Value>, to: &Instance) -> bool {
    value.is_some_and(|v| everywhere(resources, v).iter().any(|i| i.address() == to.address()))
}

/// Resources of a kind of which an attribute refers to a resource.
fn of_parent<'a>(resources: &Resources<'a>, kind: &'a str, attribute: &'a str, parent: &'a Instance) -> Vec<&'a Instance> {
    resources.of(kind).filter(|i| names(resources, i.value.get(attribute), parent)).collect()
}

/// The addresses of what the texts of a list refer to, and the texts themselves where they refer to nothing known.
fn addresses(resources: &Resources<'_>, value: Option<&Value>) -> Vec<String> {
    let mut found = Vec::new();
    for text in each(value).iter().filter_map(Value::written) {
        let hits = resources.meant(text);
        if hits.is_empty() {
            found.push(text.to_owned());
        }
        found.extend(hits.iter().map(|i| i.address()));
    }
    found
}

/// A text as far as it is known, with its place; empty texts are none.
fn said(value: Option<&Value>) -> Option<Sourced<String>> {
    let value = value?;
    value.written().filter(|t| !t.trim().is_empty()).map(|t| Sourced::new(t.to_owned(), value.at))
}

/// Texts of a list as far as they are known.
fn all_said(value: Option<&Value>) -> Vec<Sourced<String>> {
    each(value).iter().filter_map(|v| said(Some(v))).collect()
}

/// A number that is a port.
fn port(value: Option<&Value>) -> Option<u16> {
    value?.text()?.trim().parse().ok()
}

/// The encrypted end that a platform gives to everything it serves.
fn managed(at: Location, says: &str) -> Listener {
    Listener::new(at, Some(443), Security::Tls, ListenerAction::Forward, says)
}

/// The plain port of a platform that sends every request on to the encrypted one.
fn redirected(at: Location, says: &str) -> Listener {
    Listener::new(at, Some(80), Security::Plain, ListenerAction::RedirectToTls, says)
}

/// Open to the internet as the provider gives it.
fn open(at: Location) -> Property<bool> {
    Property::defaulted(true, at, "it has a public address")
}

/// The opposite of a switch.
fn inverted(switch: Property<bool>) -> Property<bool> {
    use plimsoll_base::Setting;
    let Property { setting, at, says } = switch;
    let setting = match setting {
        Setting::Stated(s) => Setting::Stated(s.map(|v| !v)),
        Setting::Defaulted(v) => Setting::Defaulted(!v),
        Setting::Unresolved(at) => Setting::Unresolved(at),
    };
    Property { setting, at, says }
}

/// A way on to what a value refers to, or to the host that it names.
fn onward(resources: &Resources<'_>, value: &Value, security: Security) -> Target {
    let mut target = Target::new(value.at, security);
    target.host = value.written().map(str::to_owned);
    target.name = value.written().and_then(|t| resources.meant(t).into_iter().find(|i| !i.data).map(Instance::address));
    target
}

/// A firewall of which only its reference is known.
fn elsewhere(value: &Value) -> Firewall {
    Firewall {
        name: value.written().unwrap_or("a firewall").to_owned(),
        at: value.at,
        blocks: Property::unresolved(value.at, "its rules are declared elsewhere"),
        rules: Vec::new(),
        implicit: false,
    }
}
