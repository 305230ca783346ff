//! CloudWatch Logs: groups that are declared, groups that come by themselves and never expire, and what writes into them.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::Location;
use plimsoll_syntax::{JsonFlavour, json};

use super::{route, store};
use crate::iac::cloud::alarms::addresses;
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::{Shape, Value, each};
use crate::infrastructure::{Infrastructure, LogDestination, LogRoute, LogStore, Property, Provider};

const GROUP: &str = "aws_cloudwatch_log_group";
const PRODUCT: &str = "CloudWatch Logs";
/// Managed policies that let a role write logs.
const WRITERS: &[&str] = &[
    "AWSLambda",
    "CloudWatchLogs",
    "CloudWatchAgentServer",
    "CloudWatchFullAccess",
    "AdministratorAccess",
    "PowerUserAccess",
    "AmazonAPIGatewayPushToCloudWatchLogs",
];

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    let groups: Vec<&Instance> = resources.of(GROUP).collect();
    let names: BTreeSet<&str> = groups.iter().filter_map(|g| g.written(&["name"])).collect();
    let mut of: Vec<Vec<String>> = vec![Vec::new(); groups.len()];
    let places: BTreeMap<String, usize> = groups.iter().enumerate().map(|(i, g)| (g.address(), i)).collect();
    let declared = |text: &str| {
        let referred = addresses(resources, text).iter().find_map(|a| places.get(a).copied());
        referred.or_else(|| groups.iter().position(|g| g.written(&["name"]) == Some(text)))
    };
    for task in resources.of("aws_ecs_task_definition") {
        for container in containers(task).items() {
            let Some(logging) = container.get("logConfiguration").filter(|l| l.get("logDriver").is_some_and(|d| d.is("awslogs"))) else {
                continue;
            };
            let Some(group) = logging.path(&["options", "awslogs-group"]) else { continue };
            let text = group.written().unwrap_or_default();
            match declared(text) {
                Some(i) => of[i].push(task.title()),
                None if logging.path(&["options", "awslogs-create-group"]).is_some_and(Value::is_true) => found.logs.push(LogStore {
                    name: text.to_owned(),
                    at: logging.path(&["options", "awslogs-create-group"]).map_or(group.at, |v| v.at),
                    provider: Provider::Aws,
                    product: PRODUCT,
                    keep_days: Property::defaulted(
                        0,
                        group.at,
                        format!("the group `{text}` is made by the first task, and such a group never expires"),
                    ),
                    of: vec![task.title()],
                }),
                None => {}
            }
        }
    }
    let listed = names.iter().any(|n| n.starts_with("/aws/lambda/") && n.contains("${"));
    let groups_of: Vec<Group<'_>> = groups
        .iter()
        .map(|g| {
            let name = g.written(&["name"]).unwrap_or_default();
            let of = if name.contains("/aws/lambda/") { addresses(resources, name) } else { Vec::new() };
            Group { name, address: g.address(), of }
        })
        .collect();
    for function in resources.of("aws_lambda_function") {
        lambda(resources, function, listed, &groups_of, &mut of, found);
    }
    for (group, of) in groups.iter().zip(of) {
        let keep = group.number(&["retention_in_days"], 0);
        let keep = match keep.known() {
            Some(0) => Property { says: "retention_in_days is not set: entries never expire".into(), ..keep },
            _ => keep,
        };
        found.logs.push(store(group, Provider::Aws, PRODUCT, keep, of));
    }
    for service in resources.of("aws_apprunner_service") {
        found.log_routes.push(route(service, "App Runner writes its output to CloudWatch Logs", by_nature(service)));
    }
    for environment in resources.of("aws_elastic_beanstalk_environment") {
        let streams = environment.value.all("setting").find(|s| s.get("name").is_some_and(|n| n.is("StreamLogs")));
        if let Some(value) = streams.and_then(|s| s.get("value")) {
            let on = Property::stated(value.is_true(), value.at, format!("StreamLogs = {}", value.written().unwrap_or_default()));
            found.log_routes.push(route(environment, "Beanstalk streams its logs to CloudWatch Logs", on));
        }
    }
    for machine in resources.of_any(&["aws_instance", "aws_launch_template", "aws_launch_configuration"]) {
        let script = ["user_data", "user_data_base64"].iter().find_map(|f| machine.value.get(f));
        let text = script.and_then(Value::written).unwrap_or_default();
        if ["amazon-cloudwatch-agent", "awslogs", "--log-driver=awslogs", "promtail", "fluent-bit", "vector"]
            .iter()
            .any(|a| text.contains(a))
        {
            let at = script.map_or(machine.at, |s| s.at);
            found.log_routes.push(route(
                machine,
                "its start script starts a log agent",
                Property::stated(true, at, "the start script installs an agent"),
            ));
        }
    }
    for addon in resources.of("aws_eks_addon").filter(|a| a.written(&["addon_name"]) == Some("amazon-cloudwatch-observability")) {
        found.log_routes.push(everything(addon.at, "the CloudWatch add-on ships the logs of all pods", by_nature(addon)));
    }
}

/// What a provider does without being told.
fn by_nature(instance: &Instance) -> Property<bool> {
    Property::stated(true, instance.at, "by the product's nature")
}

fn everything(at: Location, says: &str, effective: Property<bool>) -> LogRoute {
    LogRoute { at, says: says.to_owned(), workload: None, destination: LogDestination::Central, effective }
}

/// The containers of a task, from `jsonencode` or from JSON in a text.
fn containers(task: &Instance) -> Value {
    let none = || Value::new(Shape::List(Vec::new()), task.at);
    match task.value.get("container_definitions") {
        Some(v) if !v.items().is_empty() => v.clone(),
        Some(v) => match v.written().filter(|t| t.trim_start().starts_with('[')) {
            Some(text) => Value::of(&json(text.as_bytes(), JsonFlavour::Strict).value, v.at.file).placed(v.at),
            None => none(),
        },
        None => none(),
    }
}

/// A log group that is declared: its name, its address, the functions that its name refers to.
struct Group<'a> {
    name: &'a str,
    address: String,
    of: Vec<String>,
}

/// A function writes to a group of its own name, which AWS makes, without an end, unless it is declared.
fn lambda(
    resources: &Resources<'_>,
    function: &Instance,
    listed: bool,
    groups: &[Group<'_>],
    of: &mut [Vec<String>],
    found: &mut Infrastructure,
) {
    found.log_routes.push(route(function, "Lambda writes its output to CloudWatch Logs", may_write(resources, function)));
    let address = function.address();
    let own = function.written(&["function_name"]).unwrap_or_default();
    let told = function.value.path(&["logging_config", "log_group"]).and_then(Value::written).unwrap_or_default();
    let named = format!("/aws/lambda/{own}");
    let sent = addresses(resources, told);
    let serves =
        |g: &Group<'_>| g.name == named || g.of.contains(&address) || !told.is_empty() && (g.name == told || sent.contains(&g.address));
    let mut any = false;
    for (group, of) in groups.iter().zip(of.iter_mut()) {
        if serves(group) {
            of.push(function.title());
            any = true;
        }
    }
    if !any && told.is_empty() {
        // Groups made for each function of a list have names that only the provider puts together.
        let keep_days = if listed {
            Property::unresolved(function.at, format!("which log group serves `{}` is decided when it is applied", function.name))
        } else {
            Property::defaulted(
                0,
                function.at,
                format!("no log group is declared for `{}`: the one that Lambda makes never expires", function.name),
            )
        };
        let name = if own.is_empty() { format!("/aws/lambda/{}", function.name) } else { format!("/aws/lambda/{own}") };
        let of = vec![function.title()];
        found.logs.push(LogStore { name, at: function.at, provider: Provider::Aws, product: PRODUCT, keep_days, of });
    }
}

/// Whether the role of a function may write logs; what stands outside is taken to let it, as every usual role does.
fn may_write(resources: &Resources<'_>, function: &Instance) -> Property<bool> {
    let Some(role) = resources.referent(function.value.get("role"), "aws_iam_role") else {
        return Property::defaulted(true, function.at, "its role is decided outside");
    };
    let of_role = |v: Option<&Value>| resources.refers(v, role);
    let mut texts: Vec<&Value> = ["managed_policy_arns", "inline_policy"].iter().filter_map(|f| role.value.get(f)).collect();
    let attached = resources.of_any(&["aws_iam_role_policy_attachment", "aws_iam_role_policy", "aws_iam_policy_attachment"]);
    for policy in attached.filter(|a| of_role(a.value.get("role")) || of_role(a.value.get("roles"))) {
        texts.extend(["policy_arn", "policy"].iter().filter_map(|f| policy.value.get(f)));
    }
    let mut undecided = false;
    for value in texts {
        if admits(value, MAX_DEPTH) {
            return Property::stated(true, value.at, "its role may write logs");
        }
        for text in words(value, MAX_DEPTH).filter(|t| t.contains("${")) {
            let meant = resources.meant(text);
            if meant.iter().any(|policy| admits(&policy.value, MAX_DEPTH)) {
                return Property::stated(true, value.at, "its role may write logs");
            }
            // What lies outside, or is put together from what lies outside, may hold it.
            undecided |=
                meant.is_empty() || meant.iter().any(|p| words(&p.value, MAX_DEPTH).any(|t| t.contains("${data.") || t.contains("${var.")));
        }
    }
    if undecided || !role.certain {
        Property::unresolved(role.at, "what its role may do is decided elsewhere")
    } else {
        Property::stated(false, role.at, format!("no policy of `{}` lets it write logs", role.name))
    }
}

/// How deep policies are looked into.
const MAX_DEPTH: usize = 24;

/// Whether a policy lets write logs: by name, or by its actions.
fn admits(value: &Value, depth: usize) -> bool {
    match &value.shape {
        _ if depth == 0 => false,
        Shape::Text(text) | Shape::Unknown(text) => text.contains("logs:") || WRITERS.iter().any(|w| text.contains(w)),
        Shape::List(items) => items.iter().any(|i| admits(i, depth - 1)),
        Shape::Map(fields) => fields.iter().any(|f| {
            let everything = matches!(f.name.as_str(), "Action" | "actions") && each(Some(&f.value)).iter().any(|a| a.is("*"));
            // The logs that a policy speaks of as a resource it may not write by that alone.
            everything || !matches!(f.name.as_str(), "Resource" | "resources") && admits(&f.value, depth - 1)
        }),
        Shape::Null => false,
    }
}

/// Every text within a value.
fn words(value: &Value, depth: usize) -> Box<dyn Iterator<Item = &str> + '_> {
    match &value.shape {
        _ if depth == 0 => Box::new(std::iter::empty()),
        Shape::Text(text) | Shape::Unknown(text) => Box::new(std::iter::once(text.as_str())),
        Shape::List(items) => Box::new(items.iter().flat_map(move |i| words(i, depth - 1))),
        Shape::Map(fields) => Box::new(fields.iter().flat_map(move |f| words(&f.value, depth - 1))),
        Shape::Null => Box::new(std::iter::empty()),
    }
}
