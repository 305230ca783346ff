//! Topics of SNS and what is subscribed to them.

use std::collections::{BTreeMap, BTreeSet};

use super::{addresses, receiver};
use crate::iac::cloud::Resources;
use crate::iac::value::{Value, each};
use crate::infrastructure::{Channel, Infrastructure, Receiver, ReceiverKind};

/// Resources of other products that listen to topics: the kind, the list of topics, what they are.
const LISTENERS: &[(&str, &str, ReceiverKind)] = &[
    ("aws_chatbot_slack_channel_configuration", "sns_topic_arns", ReceiverKind::Chat),
    ("aws_chatbot_teams_channel_configuration", "sns_topic_arns", ReceiverKind::Chat),
    ("awscc_chatbot_slack_channel_configuration", "sns_topic_arns", ReceiverKind::Chat),
    ("awscc_chatbot_microsoft_teams_channel_configuration", "sns_topic_arns", ReceiverKind::Chat),
];

/// Targets of alarms that are channels by themselves.
const DIRECT: &[(&str, ReceiverKind)] =
    &[("aws_ssmincidents_response_plan", ReceiverKind::Pager), ("aws_lambda_function", ReceiverKind::Program)];

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    let mut subscribed = subscribed(resources);
    for topic in resources.of("aws_sns_topic") {
        let name = topic.address();
        let receivers = subscribed.remove(&name).unwrap_or_default();
        found.channels.push(Channel { name, at: topic.at, receivers });
    }
    // A topic that stands outside may still get its subscribers here.
    for topic in resources.data("aws_sns_topic") {
        let name = topic.address();
        if let Some(receivers) = subscribed.remove(&name) {
            found.channels.push(Channel { name, at: topic.at, receivers });
        }
    }
    let told: BTreeSet<String> = found.alarms.iter().flat_map(|a| &a.tells).map(|t| t.value.clone()).collect();
    for (kind, how) in DIRECT {
        for instance in resources.of(kind) {
            let name = instance.address();
            if told.contains(&name) {
                found.channels.push(Channel { name, at: instance.at, receivers: vec![receiver(instance, *how, None)] });
            }
        }
    }
}

/// What is subscribed to each topic.
fn subscribed(resources: &Resources<'_>) -> BTreeMap<String, Vec<Receiver>> {
    let mut found: BTreeMap<String, Vec<Receiver>> = BTreeMap::new();
    for subscription in resources.of("aws_sns_topic_subscription") {
        let endpoint = subscription.value.get("endpoint");
        let protocol = subscription.written(&["protocol"]).unwrap_or_default();
        let kind = kind(protocol, endpoint.and_then(Value::written).unwrap_or_default());
        let mut one = receiver(subscription, kind, endpoint.filter(|_| kind != ReceiverKind::Program));
        if kind == ReceiverKind::Program {
            one.says = protocol.to_owned();
        }
        for topic in addresses(resources, subscription.written(&["topic_arn"]).unwrap_or_default()) {
            found.entry(topic).or_default().push(one.clone());
        }
    }
    for (kind, list, how) in LISTENERS {
        for listener in resources.of(kind) {
            for text in each(listener.value.get(list)).iter().filter_map(Value::written) {
                for topic in addresses(resources, text) {
                    found.entry(topic).or_default().push(receiver(listener, *how, None));
                }
            }
        }
    }
    found
}

/// How a subscription reaches: by its protocol, and for web hooks by whose they are.
fn kind(protocol: &str, endpoint: &str) -> ReceiverKind {
    match protocol {
        "email" | "email-json" => ReceiverKind::Email,
        "sms" => ReceiverKind::Sms,
        "lambda" | "sqs" | "firehose" | "application" => ReceiverKind::Program,
        _ if ["pagerduty", "opsgenie", "victorops", "splunk", "rootly", "incident.io", "grafana"].iter().any(|p| endpoint.contains(p)) => {
            ReceiverKind::Pager
        }
        _ => ReceiverKind::Webhook,
    }
}
