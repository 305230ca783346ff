//! Load balancers and accelerators of AWS.

use plimsoll_base::{Location, Sourced};

use super::{Draft, MOST, addresses, each, inverted, names, of_parent, port, referent, said};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::Value;
use crate::infrastructure::{Entry, EntryKind, Listener, ListenerAction, Property, Provider, Security, Target};

const BALANCERS: &[&str] = &["aws_lb", "aws_alb"];
const LISTENERS: &[&str] = &["aws_lb_listener", "aws_alb_listener"];
const RULES: &[&str] = &["aws_lb_listener_rule", "aws_alb_listener_rule"];
const GROUPS: &[&str] = &["aws_lb_target_group", "aws_alb_target_group"];
/// What AWS applies to listeners of Terraform and the API that name no policy; it still speaks TLS 1.0.
pub(super) const DEFAULT_POLICY: &str = "ELBSecurityPolicy-2016-08";

pub(super) fn read(resources: &Resources<'_>, drafts: &mut Vec<Draft>) {
    for balancer in resources.of_any(BALANCERS).take(MOST) {
        drafts.push(load_balancer(resources, balancer));
    }
    for balancer in resources.of("aws_elb").take(MOST) {
        drafts.push(classic(resources, balancer));
    }
    for accelerator in resources.of("aws_globalaccelerator_accelerator").take(MOST) {
        drafts.push(accelerated(resources, accelerator));
    }
    for environment in resources.of("aws_elastic_beanstalk_environment").take(MOST) {
        drafts.extend(beanstalk(environment));
    }
}

fn entry(instance: &Instance, kind: EntryKind, public: Property<bool>) -> Entry {
    Entry::new(instance.address(), instance.at, Provider::Aws, kind, public)
}

fn load_balancer(resources: &Resources<'_>, balancer: &Instance) -> Draft {
    let mut draft = Draft::new(entry(balancer, EntryKind::LoadBalancer, inverted(balancer.flag(&["internal"], false))));
    let e = &mut draft.entry;
    e.groups = addresses(resources, balancer.value.get("security_groups"));
    e.subnets = addresses(resources, balancer.value.get("subnets"));
    for mapping in balancer.value.all("subnet_mapping") {
        e.subnets.extend(addresses(resources, mapping.get("subnet_id")));
    }
    e.access_logs = balancer.value.get("access_logs").map(|_| balancer.flag(&["access_logs", "enabled"], false));
    for kind in LISTENERS {
        for listener in of_parent(resources, kind, "load_balancer_arn", balancer) {
            draft.parts.push(listener.address());
            listen(resources, listener, &mut draft.entry);
        }
    }
    draft
}

/// The protocol of a listener or a target group; HTTP is not the default of any, but nothing else can follow from silence.
fn protocol(value: Option<&Value>) -> Security {
    match value.map(|v| v.text().map(str::to_ascii_uppercase)) {
        Some(Some(p)) => match p.as_str() {
            "HTTPS" | "TLS" | "SSL" => Security::Tls,
            "HTTP" => Security::Plain,
            _ => Security::PassedThrough,
        },
        Some(None) => Security::Unresolved,
        None => Security::Plain,
    }
}

fn listen(resources: &Resources<'_>, listener: &Instance, entry: &mut Entry) {
    let value = &listener.value;
    let number = port(value.get("port"));
    // A listener that may not exist is none that anything can rest on.
    let security = if listener.certain { protocol(value.get("protocol")) } else { Security::Unresolved };
    let mut action = ListenerAction::Unresolved;
    for given in value.all("default_action").flat_map(|a| each(Some(a))) {
        action = act(given);
        forward(resources, given, entry);
    }
    let mut says = format!(
        "{} on port {}: {}",
        value.get("protocol").and_then(Value::written).unwrap_or("HTTP"),
        number.map_or_else(|| "decided elsewhere".to_owned(), |p| p.to_string()),
        word(action)
    );
    for kind in RULES {
        for rule in of_parent(resources, kind, "listener_arn", listener) {
            for given in rule.value.all("action").flat_map(|a| each(Some(a))) {
                if act(given) == ListenerAction::Forward && action != ListenerAction::Forward {
                    action = ListenerAction::Forward;
                    says.push_str("; a rule forwards");
                }
                forward(resources, given, entry);
            }
        }
    }
    let mut found = Listener::new(listener.at, number, security, action, says);
    if security == Security::Tls {
        found.certificate = certificate(resources, value.get("certificate_arn"));
        let policy = listener.word(&["ssl_policy"]).unwrap_or_else(|| {
            let says = format!("ssl_policy is not set: {DEFAULT_POLICY} by default");
            Property::defaulted(DEFAULT_POLICY.to_owned(), listener.at, says)
        });
        entry.minimum_tls = Some(policy);
    }
    entry.listeners.push(found);
}

fn act(action: &Value) -> ListenerAction {
    match action.get("type").map(|t| t.text()) {
        Some(Some("redirect")) => match action.path(&["redirect", "protocol"]) {
            Some(p) if p.is("HTTPS") => ListenerAction::RedirectToTls,
            Some(p) if p.is_unknown() => ListenerAction::Unresolved,
            _ => ListenerAction::Forward,
        },
        Some(Some("fixed-response")) => ListenerAction::Refuse,
        Some(Some(_)) => ListenerAction::Forward,
        _ => ListenerAction::Unresolved,
    }
}

pub(super) fn word(action: ListenerAction) -> &'static str {
    match action {
        ListenerAction::Forward => "passes requests on",
        ListenerAction::RedirectToTls => "sends clients to HTTPS",
        ListenerAction::Refuse => "answers by itself",
        ListenerAction::Unresolved => "what it does is decided elsewhere",
    }
}

/// A certificate by the resource that issues it, else as written.
pub(super) fn certificate(resources: &Resources<'_>, value: Option<&Value>) -> Option<Sourced<String>> {
    let written = said(value)?;
    let issued = ["aws_acm_certificate", "aws_acm_certificate_validation", "aws_iam_server_certificate"]
        .iter()
        .find_map(|kind| referent(resources, value, kind));
    Some(issued.map_or(written.clone(), |i| Sourced::new(i.address(), written.at)))
}

fn forward(resources: &Resources<'_>, action: &Value, entry: &mut Entry) {
    let several = action.path(&["forward"]).into_iter().flat_map(|f| f.all("target_group")).flat_map(|g| each(Some(g)));
    let groups = action.get("target_group_arn").into_iter().chain(several.filter_map(|g| g.get("arn")));
    for reference in groups {
        for kind in GROUPS {
            if let Some(group) = referent(resources, Some(reference), kind) {
                targets(resources, group, entry);
            }
        }
    }
}

/// What a target group leads to: services and machine groups that register with it.
fn targets(resources: &Resources<'_>, group: &Instance, entry: &mut Entry) {
    let check = group.value.get("health_check");
    let health =
        if check.and_then(|c| c.get("enabled")).is_some_and(Value::is_false) { None } else { Some(check.map_or(group.at, |c| c.at)) };
    let mut registered: Vec<(String, Location)> = Vec::new();
    for service in resources.of("aws_ecs_service").take(MOST) {
        if service.value.all("load_balancer").any(|l| names(resources, Some(l), group)) {
            registered.push((service.address(), group.at));
        }
    }
    for scaling in resources.of("aws_autoscaling_group").take(MOST) {
        if names(resources, scaling.value.get("target_group_arns"), group) {
            registered.push((scaling.address(), group.at));
        }
    }
    for kind in ["aws_lb_target_group_attachment", "aws_alb_target_group_attachment"] {
        for attachment in of_parent(resources, kind, "target_group_arn", group) {
            registered.extend(addresses(resources, attachment.value.get("target_id")).into_iter().map(|a| (a, attachment.at)));
        }
    }
    for attachment in resources.of("aws_autoscaling_attachment").take(MOST) {
        if ["lb_target_group_arn", "alb_target_group_arn"].iter().any(|a| names(resources, attachment.value.get(a), group)) {
            registered.extend(addresses(resources, attachment.value.get("autoscaling_group_name")).into_iter().map(|a| (a, attachment.at)));
        }
    }
    if registered.is_empty() {
        registered.push((group.address(), group.at));
    }
    for (name, at) in registered {
        if entry.targets.iter().any(|t| t.name.as_deref() == Some(&name)) {
            continue;
        }
        let mut target = Target::new(at, protocol(group.value.get("protocol")));
        target.name = Some(name);
        target.health_check = health;
        entry.targets.push(target);
    }
}

fn classic(resources: &Resources<'_>, balancer: &Instance) -> Draft {
    let mut draft = Draft::new(entry(balancer, EntryKind::LoadBalancer, inverted(balancer.flag(&["internal"], false))));
    let e = &mut draft.entry;
    e.groups = addresses(resources, balancer.value.get("security_groups"));
    e.subnets = addresses(resources, balancer.value.get("subnets"));
    for listener in balancer.value.all("listener").flat_map(|l| each(Some(l))) {
        let number = port(listener.get("lb_port"));
        let security = protocol(listener.get("lb_protocol"));
        let says = format!("{} on port {}", listener.get("lb_protocol").and_then(Value::written).unwrap_or("HTTP"), number.unwrap_or(0));
        let found = Listener::new(listener.at, number, security, ListenerAction::Forward, says);
        e.listeners.push(found.with(certificate(resources, listener.get("ssl_certificate_id"))));
    }
    let health = balancer.value.get("health_check").map(|h| h.at);
    for instance in addresses(resources, balancer.value.get("instances")) {
        let mut target = Target::new(balancer.at, Security::Plain);
        target.name = Some(instance);
        target.health_check = health;
        e.targets.push(target);
    }
    draft
}

/// An accelerator only carries packets: what ends TLS is what stands behind it.
fn accelerated(resources: &Resources<'_>, accelerator: &Instance) -> Draft {
    let mut e = entry(accelerator, EntryKind::LoadBalancer, super::open(accelerator.at));
    e.enabled = accelerator.flag(&["enabled"], true);
    for listener in of_parent(resources, "aws_globalaccelerator_listener", "accelerator_arn", accelerator) {
        let number = port(listener.value.path(&["port_range", "from_port"]));
        e.listeners.push(Listener::new(
            listener.at,
            number,
            Security::PassedThrough,
            ListenerAction::Forward,
            "carries packets as they come",
        ));
        for group in of_parent(resources, "aws_globalaccelerator_endpoint_group", "listener_arn", listener) {
            for endpoint in group.value.all("endpoint_configuration").flat_map(|c| each(Some(c))) {
                let Some(id) = endpoint.get("endpoint_id") else { continue };
                e.targets.push(super::onward(resources, id, Security::PassedThrough));
            }
        }
    }
    Draft::new(e)
}

/// Beanstalk's load balancer passes plain HTTP on unless a listener for 443 is set; a worker has none.
fn beanstalk(environment: &Instance) -> Option<Draft> {
    if environment.value.get("tier").is_some_and(|t| t.is("Worker")) {
        return None;
    }
    let option = |namespace: &str, name: &str| {
        environment
            .value
            .all("setting")
            .flat_map(|s| each(Some(s)))
            .find(|s| s.get("namespace").is_some_and(|n| n.is(namespace)) && s.get("name").is_some_and(|n| n.is(name)))
    };
    let internal = option("aws:ec2:vpc", "ELBScheme").and_then(|s| s.get("value"));
    let public = match internal {
        Some(v) if v.is("internal") => Property::stated(false, v.at, "ELBScheme = internal"),
        Some(v) if v.is_unknown() => Property::unresolved(v.at, "ELBScheme is decided elsewhere"),
        _ => Property::defaulted(true, environment.at, "Beanstalk gives the environment a public address"),
    };
    let mut e = entry(environment, EntryKind::LoadBalancer, public);
    for namespace in ["aws:elbv2:listener:443", "aws:elb:listener:443"] {
        if let Some(set) = option(namespace, "Protocol").or_else(|| option(namespace, "ListenerProtocol")) {
            let certificate = option(namespace, "SSLCertificateArns").or_else(|| option(namespace, "SSLCertificateId"));
            let security = protocol(set.get("value"));
            let listener = Listener::new(set.at, Some(443), security, ListenerAction::Forward, format!("{namespace} is set"));
            e.listeners.push(listener.with(said(certificate.and_then(|c| c.get("value")))));
        }
    }
    let off = ["aws:elbv2:listener:default", "aws:elb:listener:80"]
        .iter()
        .any(|n| option(n, "ListenerEnabled").and_then(|s| s.get("value")).is_some_and(Value::is_false));
    if !off {
        e.listeners.push(Listener::new(environment.at, Some(80), Security::Plain, ListenerAction::Forward, "HTTP on port 80 by default"));
    }
    let mut target = Target::new(environment.at, Security::Plain);
    target.name = Some(environment.address());
    target.health_check = Some(environment.at);
    e.targets.push(target);
    Some(Draft::new(e))
}
