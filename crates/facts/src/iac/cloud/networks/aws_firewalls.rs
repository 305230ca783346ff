//! Security groups of AWS, what they admit and what they are attached to; the interfaces of EKS clusters.

use plimsoll_base::Location;

use super::super::{Instance, Resources};
use super::{Ports, attach, attachment, doubtful, opening, protocol, settled, source_of};
use crate::iac::value::{Value, each};
use crate::infrastructure::{AttachedKind, Attachment, FirewallKind, Infrastructure, NetworkFirewall, Opening, TrafficSource};

const GROUPS: &[&str] = &["aws_security_group", "aws_default_security_group"];
/// Resources that hold rules, and do not use the group.
const RULES: &[&str] = &[
    "aws_security_group",
    "aws_default_security_group",
    "aws_security_group_rule",
    "aws_vpc_security_group_ingress_rule",
    "aws_vpc_security_group_egress_rule",
];

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    let first = found.openings.len();
    let mut attached = attachments(resources);
    for group in resources.of_any(GROUPS) {
        let name = group.address();
        for rule in group.value.all("ingress").flat_map(|i| each(Some(i)).iter()).filter(|r| !r.fields().is_empty()) {
            found.openings.push(settled(group, admitted(resources, rule, rule.at, &name)));
        }
        let undecided = group.value.all("ingress").find(|i| i.is_unknown()).map(|i| i.at);
        found.firewalls.push(NetworkFirewall {
            attached: attached.remove(&name).unwrap_or_default(),
            name,
            at: group.at,
            kind: FirewallKind::Group,
            incomplete: undecided.or(doubtful(group)),
        });
    }
    let inbound = resources.of("aws_security_group_rule").filter(|r| r.value.get("type").is_none_or(|t| !t.is("egress")));
    for rule in inbound.chain(resources.of("aws_vpc_security_group_ingress_rule")) {
        let id = rule.value.get("security_group_id");
        let group = group_of(resources, id).into_iter().next().map_or_else(|| written(id), |g| g.address());
        found.openings.push(settled(rule, admitted(resources, &rule.value, rule.at, &group)));
    }
    for open in &mut found.openings[first..] {
        if let Some(group) = found.firewalls.iter().find(|f| f.name == open.group) {
            open.attached.clone_from(&group.attached);
        }
    }
    clusters(resources, found);
}

fn group_of<'a>(resources: &Resources<'a>, value: Option<&Value>) -> Vec<&'a Instance> {
    GROUPS.iter().flat_map(|kind| resources.referred(value, kind)).collect()
}

fn written(value: Option<&Value>) -> String {
    let text = value.and_then(Value::written).unwrap_or_default();
    text.trim_start_matches("${").trim_end_matches('}').to_owned()
}

/// What one rule admits.
fn admitted(resources: &Resources<'_>, rule: &Value, at: Location, group: &str) -> Opening {
    let mut sources = Vec::new();
    for name in ["cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6"] {
        sources.extend(each(rule.get(name)).iter().map(source_of));
    }
    for name in ["security_groups", "source_security_group_id", "referenced_security_group_id"] {
        for value in each(rule.get(name)) {
            let member = group_of(resources, Some(value)).first().map_or_else(|| written(Some(value)), |g| g.address());
            sources.push(TrafficSource::Group(member));
        }
    }
    for name in ["prefix_list_ids", "prefix_list_id"] {
        for value in each(rule.get(name)) {
            sources.extend(listed(resources, value));
        }
    }
    if rule.get("self").is_some_and(Value::is_true) {
        sources.push(TrafficSource::Group(group.to_owned()));
    }
    sources.dedup();
    let proto = rule.get("protocol").or_else(|| rule.get("ip_protocol"));
    opening(at, group, sources, &protocol(proto), ports(rule, proto))
}

/// A managed list of the code with its own entries; one of the provider by its name.
fn listed(resources: &Resources<'_>, value: &Value) -> Vec<TrafficSource> {
    if let Some(list) = resources.referred(Some(value), "aws_ec2_managed_prefix_list").first() {
        let entries = list.value.all("entry").flat_map(|e| each(Some(e)).iter()).filter_map(|e| e.get("cidr"));
        return entries.map(source_of).collect();
    }
    let named = resources.data("aws_ec2_managed_prefix_list").chain(resources.data("aws_prefix_list"));
    let name = named.into_iter().find(|l| resources.refers(Some(value), l)).and_then(|l| l.written(&["name"]));
    vec![TrafficSource::ProviderList(name.map_or_else(|| written(Some(value)), str::to_owned))]
}

fn ports(rule: &Value, proto: Option<&Value>) -> Ports {
    if proto.is_some_and(|p| p.is("-1") || p.is("all")) {
        return Ports::All;
    }
    let bound = |name: &str| rule.get(name).map(|v| v.text().and_then(|t| t.trim().parse::<i32>().ok()));
    match (bound("from_port"), bound("to_port")) {
        (Some(Some(from)), Some(Some(to))) => match (u16::try_from(from), u16::try_from(to)) {
            (Ok(0), Ok(0 | 65535)) | (Ok(1), Ok(65535)) => Ports::All,
            (Ok(from), Ok(to)) => Ports::Range(from, to),
            _ => Ports::All,
        },
        (None, None) => Ports::All,
        _ => Ports::Unresolved,
    }
}

/// Everything that names a group in a field made for groups.
fn attachments(resources: &Resources<'_>) -> std::collections::BTreeMap<String, Vec<Attachment>> {
    let mut found: std::collections::BTreeMap<String, Vec<Attachment>> = std::collections::BTreeMap::new();
    for instance in resources.all().iter().filter(|i| !i.data && i.kind.starts_with("aws_") && !RULES.contains(&i.kind.as_str())) {
        let mut named = Vec::new();
        group_fields(&instance.value, 0, &mut named);
        for value in named {
            for group in group_of(resources, Some(value)) {
                attach(found.entry(group.address()).or_default(), attached_as(resources, instance));
            }
        }
    }
    found
}

/// The values of fields that attach groups, at any depth; Beanstalk and the like name them in settings.
fn group_fields<'v>(value: &'v Value, depth: usize, found: &mut Vec<&'v Value>) {
    if depth > 6 {
        return;
    }
    for field in value.fields() {
        let attaches =
            field.name.contains("security_group") && !field.name.starts_with("source_") && !field.name.starts_with("referenced_");
        if attaches {
            found.push(&field.value);
        } else {
            for inner in each(Some(&field.value)) {
                group_fields(inner, depth + 1, found);
            }
        }
    }
    if value.get("name").is_some_and(|n| n.is("SecurityGroups"))
        && let Some(own) = value.get("value")
    {
        found.push(own);
    }
}

/// What the resource is, and whether the internet can route to it.
pub(super) fn attached_as(resources: &Resources<'_>, instance: &Instance) -> Attachment {
    let known = |p: crate::infrastructure::Property<bool>| p.known().copied();
    let flag = |path: &[&str], default: bool| known(instance.flag(path, default));
    let (kind, public) = match instance.kind.as_str() {
        "aws_lb" | "aws_alb" | "aws_elb" => (AttachedKind::Entry, flag(&["internal"], false).map(|internal| !internal)),
        "aws_ecs_service" => (AttachedKind::Workload, flag(&["network_configuration", "assign_public_ip"], false)),
        "aws_instance" | "aws_spot_instance_request" => (AttachedKind::Machine, machine(resources, instance)),
        "aws_launch_template" => {
            let own = instance.value.path(&["network_interfaces", "associate_public_ip_address"]);
            (AttachedKind::Workload, own.and_then(|v| v.text()).map(|t| t == "true"))
        }
        "aws_launch_configuration" => (AttachedKind::Workload, flag(&["associate_public_ip_address"], false)),
        "aws_db_instance" | "aws_rds_cluster_instance" | "aws_redshift_cluster" | "aws_mq_broker" | "aws_dms_replication_instance" => {
            let default = instance.kind == "aws_redshift_cluster";
            (AttachedKind::Store, flag(&["publicly_accessible"], default))
        }
        // A cluster has no address of its own: its instances do.
        "aws_rds_cluster" => {
            let members =
                resources.of("aws_rds_cluster_instance").filter(|m| resources.refers(m.value.get("cluster_identifier"), instance));
            let any = members.map(|m| m.flag(&["publicly_accessible"], false)).any(|p| !p.off());
            (AttachedKind::Store, if any { None } else { Some(false) })
        }
        "aws_elasticache_cluster"
        | "aws_elasticache_replication_group"
        | "aws_elasticache_serverless_cache"
        | "aws_docdb_cluster"
        | "aws_neptune_cluster"
        | "aws_memorydb_cluster"
        | "aws_efs_mount_target"
        | "aws_opensearch_domain"
        | "aws_elasticsearch_domain"
        | "aws_dax_cluster"
        | "aws_fsx_lustre_file_system"
        | "aws_opensearchserverless_vpc_endpoint"
        | "aws_db_proxy" => (AttachedKind::Store, Some(false)),
        "aws_msk_cluster" => (AttachedKind::Store, Some(false)),
        "aws_lambda_function" | "aws_apprunner_vpc_connector" | "aws_codebuild_project" | "aws_glue_connection" => {
            (AttachedKind::Workload, Some(false))
        }
        "aws_batch_compute_environment" | "aws_emr_cluster" | "aws_elastic_beanstalk_environment" | "aws_cloudwatch_event_target" => {
            (AttachedKind::Workload, None)
        }
        "aws_autoscaling_group" => (AttachedKind::Workload, None),
        "aws_eks_cluster" => (AttachedKind::ClusterApi, Some(false)),
        "aws_eks_node_group" => (AttachedKind::Workload, None),
        "aws_vpc_endpoint" => (AttachedKind::Other, Some(false)),
        _ => (AttachedKind::Other, None),
    };
    attachment(instance, kind, public)
}

/// A machine has a public address by its own word, by an elastic address, or by its subnet.
fn machine(resources: &Resources<'_>, instance: &Instance) -> Option<bool> {
    let elastic = resources.of("aws_eip").any(|e| resources.refers(e.value.get("instance"), instance))
        || resources.of("aws_eip_association").any(|e| resources.refers(e.value.get("instance_id"), instance));
    if elastic {
        return Some(true);
    }
    if let Some(own) = instance.value.get("associate_public_ip_address") {
        return own.text().map(|t| t == "true");
    }
    let subnet = resources.referred(instance.value.get("subnet_id"), "aws_subnet").into_iter().next()?;
    subnet.flag(&["map_public_ip_on_launch"], false).known().copied()
}

/// The interface through which a cluster is administered: open to the world unless it is told otherwise.
fn clusters(resources: &Resources<'_>, found: &mut Infrastructure) {
    for cluster in resources.of("aws_eks_cluster") {
        let public = cluster.flag(&["vpc_config", "endpoint_public_access"], true);
        if public.off() {
            found.firewalls.push(NetworkFirewall {
                name: format!("{} endpoint", cluster.address()),
                at: public.at,
                kind: FirewallKind::Group,
                attached: vec![attachment(cluster, AttachedKind::ClusterApi, Some(false))],
                incomplete: doubtful(cluster),
            });
            continue;
        }
        let listed = cluster.value.path(&["vpc_config", "public_access_cidrs"]);
        let (sources, at) = match listed {
            Some(list) if !each(Some(list)).is_empty() => (each(Some(list)).iter().map(source_of).collect(), list.at),
            _ => (vec![TrafficSource::World], public.at),
        };
        let mut open = settled(cluster, opening(at, "", sources, "tcp", Ports::Range(443, 443)));
        open.attached = vec![attachment(cluster, AttachedKind::ClusterApi, public.known().copied())];
        found.openings.push(open);
    }
}
