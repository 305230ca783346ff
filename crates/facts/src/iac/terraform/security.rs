//! Which ports security groups let the internet reach.

use plimsoll_base::Location;

use super::{Instance, Resources};
use crate::iac::value::{Value, each};

/// What the security groups of a workload say of one port.
pub(super) enum Admission {
    /// A rule admits every address.
    World(Location),
    /// The groups are known, and none admits every address.
    Named,
    /// A group or a rule is decided elsewhere.
    Undecided,
}

/// Whether the groups that `list` refers to admit the internet to a port; without a port, to any port.
pub(super) fn admission(resources: &Resources<'_>, list: Option<&Value>, port: Option<u32>) -> Admission {
    let groups = each(list);
    let mut undecided = groups.is_empty();
    for group in groups {
        let Some(group) = resources.referent(Some(group), "aws_security_group") else {
            undecided = true;
            continue;
        };
        let inline = group.value.all("ingress").flat_map(|i| each(Some(i)).iter());
        let apart = resources.of_any(RULES).filter(|i| rule_of(resources, i, group)).map(|i| &i.value);
        for rule in inline.chain(apart) {
            match opens(rule, port) {
                Some(true) => return Admission::World(rule.at),
                Some(false) => {}
                None => undecided = true,
            }
        }
    }
    if undecided { Admission::Undecided } else { Admission::Named }
}

const RULES: &[&str] = &["aws_security_group_rule", "aws_vpc_security_group_ingress_rule"];

fn rule_of(resources: &Resources<'_>, rule: &Instance, group: &Instance) -> bool {
    let inbound = rule.kind != "aws_security_group_rule" || rule.value.get("type").is_some_and(|t| t.is("ingress"));
    inbound && resources.refers(rule.value.get("security_group_id"), group)
}

/// Whether one rule opens the port to every address; none where that cannot be told.
fn opens(rule: &Value, port: Option<u32>) -> Option<bool> {
    let sources: Vec<&Value> =
        ["cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6"].iter().flat_map(|n| each(rule.get(n)).iter()).collect();
    let world = sources.iter().any(|s| s.is("0.0.0.0/0") || s.is("::/0"));
    if !world {
        return if sources.iter().any(|s| s.is_unknown()) { None } else { Some(false) };
    }
    let Some(port) = port else { return Some(true) };
    if ["protocol", "ip_protocol"].iter().any(|p| rule.get(p).is_some_and(|v| v.is("-1") || v.is("all"))) {
        return Some(true);
    }
    let bound = |name: &str| rule.get(name).and_then(Value::text).and_then(|t| t.parse::<u32>().ok());
    Some((bound("from_port")?..=bound("to_port")?).contains(&port))
}
