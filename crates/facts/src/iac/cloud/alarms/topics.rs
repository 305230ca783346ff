//! Topics of SNS and what is subscribed to them.

use plimsoll_base::Location;

use super::{addresses, receiver};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Channel, Infrastructure, Property, Receiver, ReceiverKind};

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
    for topic in resources.of("aws_sns_topic") {
        found.channels.push(Channel { name: topic.address(), at: topic.at, receivers: subscribed(resources, topic) });
    }
    // A topic that stands outside may still get its subscribers here.
    for topic in resources.data("aws_sns_topic") {
        let receivers = subscribed(resources, topic);
        if !receivers.is_empty() {
            found.channels.push(Channel { name: topic.address(), at: topic.at, receivers });
        }
    }
    for (kind, how) in DIRECT {
        for instance in resources.of(kind) {
            let address = instance.address();
            if found.alarms.iter().any(|a| a.tells.iter().any(|t| t.value == address)) {
                found.channels.push(Channel { name: address, at: instance.at, receivers: vec![receiver(instance, *how, None)] });
            }
        }
    }
}

fn subscribed(resources: &Resources<'_>, topic: &Instance) -> Vec<Receiver> {
    let address = topic.address();
    let named = |value: Option<&Value>| each(value).iter().filter_map(Value::written).any(|t| addresses(t).contains(&address));
    let mut receivers: Vec<Receiver> = resources
        .of("aws_sns_topic_subscription")
        .filter(|s| named(s.value.get("topic_arn")))
        .map(|s| {
            let endpoint = s.value.get("endpoint");
            let kind = kind(s.written(&["protocol"]).unwrap_or_default(), endpoint.and_then(Value::written).unwrap_or_default());
            if matches!(kind, ReceiverKind::Program) {
                let at: Location = endpoint.map_or(s.at, |e| e.at);
                let says = s.written(&["protocol"]).unwrap_or("a program").to_owned();
                return Receiver { at, kind, says, real: Property::stated(true, at, "it is subscribed") };
            }
            receiver(s, kind, endpoint)
        })
        .collect();
    for (kind, list, how) in LISTENERS {
        receivers.extend(resources.of(kind).filter(|l| named(l.value.get(list))).map(|l| receiver(l, *how, None)));
    }
    receivers
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
