//! Probes from outside and pages of state that are declared as code.

use plimsoll_base::{Location, Sourced};

use super::{Instance, Resources};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Infrastructure, Probe, ProbeTold, Property};

/// A kind of probe: who looks, the paths of the address that is asked, and the words that alarms on it bear; none where the
/// prober tells by itself, which the alarm of the same name says.
struct Kind {
    kind: &'static str,
    prober: &'static str,
    targets: &'static [&'static [&'static str]],
    words: Option<&'static [&'static str]>,
}

const fn kind(
    kind: &'static str,
    prober: &'static str,
    targets: &'static [&'static [&'static str]],
    words: Option<&'static [&'static str]>,
) -> Kind {
    Kind { kind, prober, targets, words }
}

const ROUTE53: &[&str] = &["healthcheckstatus", "aws/route53"];
const CANARY: &[&str] = &["cloudwatchsynthetics", "successpercent"];
const UPTIME: &[&str] = &["uptime_check"];
const AVAILABILITY: &[&str] = &["availabilityresults"];

#[rustfmt::skip]
const KINDS: &[Kind] = &[
    kind("aws_route53_health_check", "Route 53", &[&["fqdn"], &["ip_address"]], Some(ROUTE53)),
    kind("aws_synthetics_canary", "CloudWatch Synthetics", &[], Some(CANARY)),
    kind("google_monitoring_uptime_check_config", "Cloud Monitoring", &[&["monitored_resource", "labels", "host"]], Some(UPTIME)),
    kind("azurerm_application_insights_web_test", "Application Insights", &[], Some(AVAILABILITY)),
    kind("azurerm_application_insights_standard_web_test", "Application Insights", &[&["request", "url"]], Some(AVAILABILITY)),
    kind("digitalocean_uptime_check", "DigitalOcean", &[&["target"]], Some(&["digitalocean_uptime_alert"])),
    kind("newrelic_synthetics_monitor", "New Relic", &[&["uri"]], Some(&["synthetic"])),
    kind("newrelic_synthetics_script_monitor", "New Relic", &[], Some(&["synthetic"])),
    kind("newrelic_synthetics_multilocation_alert_condition", "New Relic", &[], Some(&["synthetic"])),
    kind("grafana_synthetic_monitoring_check", "Grafana", &[&["target"]], Some(&["probe_success", "probe_all_success"])),
    kind("checkly_url_monitor", "Checkly", &[&["request", "url"]], None),
    kind("checkly_check", "Checkly", &[&["request", "url"]], None),
    kind("betteruptime_monitor", "Better Stack", &[&["url"]], None),
    kind("uptimerobot_monitor", "UptimeRobot", &[&["url"]], None),
    kind("statuscake_uptime_check", "StatusCake", &[&["monitored_resource", "address"], &["http_check", "address"]], None),
    kind("datadog_synthetics_test", "Datadog", &[&["request_definition", "url"], &["request_definition", "host"]], None),
    kind("pingdom_check", "Pingdom", &[&["host"]], None),
    kind("updown_check", "updown.io", &[&["url"]], None),
    kind("site24x7_website_monitor", "Site24x7", &[&["website"]], None),
    kind("uptime_check_http", "Uptime.com", &[&["address"]], None),
    kind("dynatrace_http_monitor", "Dynatrace", &[], None),
];

/// Attributes that name whom a prober without an alarm of its own tells.
const CONTACTS: &[&str] = &["userids", "integrationids", "teamids", "recipients", "contact_groups", "user_group_ids", "escalation_policy"];

/// Pages that tell users how the system is doing.
#[rustfmt::skip]
const PAGES: &[&str] = &[
    "betteruptime_status_page", "uptimerobot_status_page", "checkly_status_page", "checkly_dashboard", "statuspage_component",
    "incident_status_page", "statuscake_status_page", "uptime_statuspage",
];

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    for kind in KINDS {
        for instance in resources.of(kind.kind) {
            // A check that only combines others, or that a metric drives, asks nobody by itself.
            let combined =
                instance.value.get("type").is_some_and(|t| t.is("CALCULATED") || t.is("CLOUDWATCH_METRIC") || t.is("RECOVERY_CONTROL"));
            if !combined {
                found.probes.push(probe(instance, kind));
            }
        }
    }
    for page in resources.of_any(PAGES) {
        found.status_pages.push(Sourced::new(page.address(), page.at));
    }
}

fn probe(instance: &Instance, kind: &Kind) -> Probe {
    let paused = ["paused", "disabled", "muted"].iter().find_map(|f| instance.value.get(f).filter(|v| v.is_true()));
    let status = instance.value.get("status").filter(|v| v.is("paused") || v.is("DISABLED") || v.is("MUTED"));
    let off = ["enabled", "activated", "start_canary"].iter().find_map(|f| instance.value.get(f).filter(|v| v.is_false()));
    let runs = match paused.or(status).or(off) {
        Some(v) => Property::stated(false, v.at, "it is switched off"),
        // A canary starts only where it is told to.
        None if kind.kind == "aws_synthetics_canary" && instance.value.get("start_canary").is_none() => {
            Property::defaulted(false, instance.at, "start_canary is not set: the canary is made and not started")
        }
        None => instance.settled(Property::stated(true, instance.at, format!("{} looks at it", kind.prober))),
    };
    let target = kind.targets.iter().find_map(|p| instance.value.path(p));
    let told = match kind.words {
        Some(words) => ProbeTold::Alarm(words),
        None => ProbeTold::Itself(contacts(instance)),
    };
    Probe { name: instance.address(), at: instance.at, prober: kind.prober, runs, outside: outside(instance.at, target), told }
}

/// Whether an address is one that the outside uses; an undecided one is taken for such, since nothing inside can be reached by a vendor.
fn outside(at: Location, target: Option<&Value>) -> Property<bool> {
    match target.and_then(|v| v.text().map(|t| (t, v.at))) {
        Some((text, at)) if crate::monitoring::stands_in(text) => Property::stated(false, at, format!("`{text}` is a placeholder")),
        Some((text, at)) => Property::stated(true, at, format!("it asks `{text}`")),
        None => Property::defaulted(true, at, "it asks from the provider's own network"),
    }
}

/// Whether a prober that tells by itself is told whom.
fn contacts(instance: &Instance) -> Property<bool> {
    let named = CONTACTS.iter().filter_map(|f| instance.value.get(f)).find(|v| v.is_unknown() || !each(Some(v)).is_empty());
    match named {
        Some(v) => Property::stated(true, v.at, "it names whom it tells"),
        None => Property::unresolved(instance.at, "whom it tells is kept with the prober"),
    }
}

#[cfg(test)]
mod tests {
    use crate::iac::cloud::of_terraform;

    #[test]
    fn probes_run_unless_they_are_switched_off() {
        let found = of_terraform(
            "resource \"aws_route53_health_check\" \"a\" {\n fqdn = \"api.acme.io\"\n type = \"HTTPS\"\n}\n\
             resource \"aws_route53_health_check\" \"b\" {\n type = \"CALCULATED\"\n}\n\
             resource \"aws_synthetics_canary\" \"c\" {\n name = \"x\"\n}\n\
             resource \"betteruptime_monitor\" \"d\" {\n url = \"https://example.com\"\n paused = true\n}\n\
             resource \"betteruptime_status_page\" \"e\" {}\n",
        );
        let probes: Vec<_> = found.probes.iter().map(|p| (p.name.as_str(), p.runs.on(), p.outside.on())).collect();
        assert_eq!(
            probes,
            [
                ("aws_route53_health_check.a", true, true),
                ("aws_synthetics_canary.c", false, true),
                ("betteruptime_monitor.d", false, false),
            ]
        );
        assert_eq!(found.status_pages[0].value, "betteruptime_status_page.e");
    }
}
