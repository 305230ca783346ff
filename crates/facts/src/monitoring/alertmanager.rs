//! Alertmanager: the tree of routes, and the receivers that a label leads to.

use plimsoll_base::Location;

use super::{Around, Monitor};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Channel, Infrastructure, Property, Receiver, ReceiverKind};

/// Routes within routes are followed this far.
const MAX_DEPTH: usize = 16;

/// Integrations of a receiver: the block, the fields that hold the address, the global field that stands in for it, what it is.
#[rustfmt::skip]
const INTEGRATIONS: &[(&str, &[&str], &[&str], ReceiverKind)] = &[
    ("email_configs", &["to"], &[], ReceiverKind::Email),
    ("slack_configs", &["api_url", "api_url_file", "apiURL", "app_token"], &["slack_api_url", "slack_api_url_file", "slack_app_token"], ReceiverKind::Chat),
    ("pagerduty_configs", &["routing_key", "service_key", "routing_key_file", "service_key_file", "routingKey", "serviceKey"], &[], ReceiverKind::Pager),
    ("opsgenie_configs", &["api_key", "api_key_file", "apiKey"], &["opsgenie_api_key", "opsgenie_api_key_file"], ReceiverKind::Pager),
    ("victorops_configs", &["api_key", "api_key_file", "apiKey"], &["victorops_api_key", "victorops_api_key_file"], ReceiverKind::Pager),
    ("incidentio_configs", &["url", "url_file"], &[], ReceiverKind::Pager),
    ("webhook_configs", &["url", "url_file", "urlSecret"], &[], ReceiverKind::Webhook),
    ("telegram_configs", &["bot_token", "bot_token_file", "botToken"], &[], ReceiverKind::Chat),
    ("discord_configs", &["webhook_url", "webhook_url_file", "apiURL"], &[], ReceiverKind::Chat),
    ("msteams_configs", &["webhook_url", "webhook_url_file", "webhookUrl"], &[], ReceiverKind::Chat),
    ("msteamsv2_configs", &["webhook_url", "webhook_url_file", "webhookURL"], &[], ReceiverKind::Chat),
    ("webex_configs", &["room_id"], &[], ReceiverKind::Chat),
    ("rocketchat_configs", &["token_id", "token_id_file"], &["rocketchat_token_id", "rocketchat_token_id_file"], ReceiverKind::Chat),
    ("mattermost_configs", &["webhook_url", "webhook_url_file"], &["mattermost_webhook_url", "mattermost_webhook_url_file"], ReceiverKind::Chat),
    ("wechat_configs", &["api_secret", "api_secret_file"], &["wechat_api_secret", "wechat_api_secret_file"], ReceiverKind::Chat),
    ("pushover_configs", &["token", "token_file"], &[], ReceiverKind::Chat),
    ("jira_configs", &["project"], &[], ReceiverKind::Webhook),
    ("sns_configs", &["topic_arn", "phone_number", "target_arn"], &[], ReceiverKind::Program),
];

/// An Alertmanager that runs.
#[derive(Debug)]
pub(crate) struct Manager {
    pub(crate) name: String,
    routes: Option<Value>,
}

impl Manager {
    /// The channels that an alert with these labels reaches.
    pub(crate) fn reached(&self, labels: &[(&str, &str)]) -> Vec<String> {
        let mut found = Vec::new();
        if let Some(route) = &self.routes {
            let root = route.get("receiver").and_then(Value::text).unwrap_or_default();
            walk(route, root, labels, 0, &mut found);
        }
        found.into_iter().map(|r| channel_name(&self.name, r)).collect()
    }
}

fn channel_name(manager: &str, receiver: &str) -> String {
    format!("{manager}/{receiver}")
}

pub(super) fn read(monitor: &Monitor, around: &Around, found: &mut Infrastructure) -> Manager {
    let Some((_, config)) = monitor.configuration("config.file", "/etc/alertmanager/alertmanager.yml") else {
        return Manager { name: monitor.name.clone(), routes: None };
    };
    let renders = around.renders || monitor.command.iter().any(|w| w.contains("envsubst") || w.contains("sed "));
    of_configuration(&monitor.name, config, renders, found)
}

/// The receivers and routes of a configuration; `renders` says whether something fills variables in before it is read.
pub(crate) fn of_configuration(name: &str, config: &Value, renders: bool, found: &mut Infrastructure) -> Manager {
    let global = config.get("global");
    for receiver in each(config.get("receivers")) {
        let Some(own) = receiver.get("name").and_then(Value::written) else { continue };
        let receivers = receivers(receiver, global, renders);
        found.channels.push(Channel { name: channel_name(name, own), at: receiver.field("name").map_or(receiver.at, |f| f.at), receivers });
    }
    Manager { name: name.to_owned(), routes: config.get("route").cloned() }
}

/// The integrations of one receiver. `AlertmanagerConfig` objects write the same words in camel case.
pub(crate) fn receivers(receiver: &Value, global: Option<&Value>, renders: bool) -> Vec<Receiver> {
    let mut found = Vec::new();
    for (block, own, shared, kind) in INTEGRATIONS {
        let camel = block.replace("_configs", "Configs");
        for entry in each(receiver.get(block)).iter().chain(each(receiver.get(&camel))) {
            let address = own.iter().find_map(|f| entry.field(f)).or_else(|| shared.iter().find_map(|f| global?.field(f)));
            let at = address.map_or(entry.at, |f| f.at);
            let mut one = match address {
                None => absent(at, *kind),
                // A file, or a secret of the cluster, that is handed in.
                Some(field) if field.name.ends_with("_file") || !field.value.fields().is_empty() => Receiver {
                    at,
                    kind: *kind,
                    says: "a secret that is mounted".into(),
                    real: Property::stated(true, at, "the address is read from a secret"),
                },
                Some(field) => addressed(&field.value, at, *kind, renders),
            };
            if *kind == ReceiverKind::Email && !one.real.off() {
                mail(entry, global, &mut one);
            }
            found.push(one);
        }
    }
    found
}

fn absent(at: Location, kind: ReceiverKind) -> Receiver {
    Receiver { at, kind, says: "no address".into(), real: Property::stated(false, at, "no address is given") }
}

fn addressed(value: &Value, at: Location, kind: ReceiverKind, renders: bool) -> Receiver {
    let text = value.written().unwrap_or_default();
    let variable = text.contains("${") || text.contains("$(") || text.starts_with('$') || text.contains("{{") && !text.contains("{{ .");
    if variable && !value.is_unknown() && !renders {
        let real = Property::stated(false, at, "Alertmanager fills in no variables, and nothing here does so before it starts");
        return Receiver { at, kind, says: "a variable that nothing fills in".into(), real };
    }
    Receiver::at_address(at, kind, text, !variable && !value.is_unknown())
}

/// A mail needs a server that is not this container itself.
fn mail(entry: &Value, global: Option<&Value>, receiver: &mut Receiver) {
    let server = entry.get("smarthost").or_else(|| global.and_then(|g| g.get("smtp_smarthost")));
    match server {
        None => receiver.real = Property::stated(false, receiver.at, "no mail server is given (smtp_smarthost)"),
        Some(v) if v.text().is_some_and(|t| !t.contains('$') && super::stands_in(t)) => {
            receiver.real = Property::stated(false, v.at, format!("the mail server `{}` is a placeholder", v.text().unwrap_or_default()));
        }
        Some(_) => {
            let password = entry.get("auth_password").or_else(|| global.and_then(|g| g.get("smtp_auth_password")));
            if let Some(v) = password.filter(|v| v.text().is_some_and(|t| !t.contains('$') && super::stands_in(t))) {
                receiver.real = Property::stated(false, v.at, "the password of the mail server is a placeholder");
            }
        }
    }
}

/// Whether a route takes an alert: as far as its labels are known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Yes,
    No,
    Perhaps,
}

fn walk<'v>(route: &'v Value, receiver: &'v str, labels: &[(&str, &str)], depth: usize, found: &mut Vec<&'v str>) {
    let mut taken = false;
    for child in each(route.get("routes")) {
        if depth >= MAX_DEPTH {
            break;
        }
        let takes = takes(child, labels);
        if takes == Takes::No {
            continue;
        }
        walk(child, child.get("receiver").and_then(Value::text).unwrap_or(receiver), labels, depth + 1, found);
        if takes == Takes::Yes {
            taken = true;
            if !child.get("continue").is_some_and(Value::is_true) {
                break;
            }
        }
    }
    if !taken && !receiver.is_empty() && !found.contains(&receiver) {
        found.push(receiver);
    }
}

fn takes(route: &Value, labels: &[(&str, &str)]) -> Takes {
    let mut result = Takes::Yes;
    let mut see = |name: &str, wanted: &str, pattern: bool, negated: bool| {
        let own = labels.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
        let fits = own.map(|own| if pattern { wanted.split('|').any(|w| w == own || w == ".*" || w == ".+") } else { own == wanted });
        match fits {
            Some(fits) if fits != negated => {}
            // A pattern that is more than a list of words may fit as well.
            Some(_) if pattern && wanted.contains(['*', '+', '[', '(', '?']) => {
                result = if result == Takes::No { Takes::No } else { Takes::Perhaps }
            }
            Some(_) => result = Takes::No,
            None => result = if result == Takes::No { Takes::No } else { Takes::Perhaps },
        }
    };
    for (block, pattern) in [("match", false), ("match_re", true)] {
        for field in route.get(block).map(Value::fields).unwrap_or_default() {
            see(&field.name, field.value.written().unwrap_or_default(), pattern, false);
        }
    }
    for matcher in each(route.get("matchers")) {
        if let (Some(name), Some(value)) = (matcher.get("name").and_then(Value::text), matcher.get("value").and_then(Value::text)) {
            let how = matcher.get("matchType").and_then(Value::text).unwrap_or("=");
            see(name, value, how.contains('~'), how.starts_with('!'));
            continue;
        }
        let text = matcher.written().unwrap_or_default();
        let Some(split) = text.find(['=', '!']) else { continue };
        let operator = text[split..].chars().take_while(|c| matches!(c, '=' | '!' | '~')).collect::<String>();
        let value = text[split + operator.len()..].trim().trim_matches(['"', '\'']);
        see(text[..split].trim(), value, operator.contains('~'), operator.starts_with('!'));
    }
    result
}
