//! Web application firewalls of AWS, and what they are attached to.

use plimsoll_base::Sourced;

use super::{Draft, MOST, each, names, referent};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::Value;
use crate::infrastructure::{EntryKind, Firewall, Property};

const LISTS: &[&str] = &["aws_wafv2_web_acl", "aws_waf_web_acl", "aws_wafregional_web_acl"];

/// Puts firewalls on the entries that they are attached to; those attached to nothing are kept apart.
pub(super) fn attach(resources: &Resources<'_>, drafts: &mut [Draft], loose: &mut Vec<Firewall>) {
    let mut attached: Vec<String> = Vec::new();
    for draft in drafts.iter_mut() {
        let cdn = draft.entry.kind == EntryKind::Cdn;
        for firewall in &mut draft.entry.firewalls {
            let Some(list) = resources.meant(&firewall.name).into_iter().find(|i| LISTS.contains(&i.kind.as_str())) else { continue };
            attached.push(list.address());
            if !list.data {
                let at = firewall.at;
                *firewall = described(list, cdn);
                firewall.at = at;
            }
        }
    }
    for kind in ["aws_wafv2_web_acl_association", "aws_wafregional_web_acl_association"] {
        for association in resources.of(kind).take(MOST) {
            let named = ["web_acl_arn", "web_acl_id"].iter().find_map(|a| association.value.get(a));
            let list = LISTS.iter().find_map(|k| referent(resources, named, k));
            for draft in drafts.iter_mut() {
                let here = association.value.get("resource_arn").and_then(Value::written);
                if !here.is_some_and(|t| resources.meant(t).into_iter().any(|i| draft.is(i))) {
                    continue;
                }
                let mut firewall = match (list, named) {
                    (Some(list), _) => {
                        attached.push(list.address());
                        described(list, false)
                    }
                    (None, Some(named)) => super::elsewhere(named),
                    (None, None) => continue,
                };
                firewall.at = association.at;
                firewall.blocks = association.settled(firewall.blocks);
                draft.entry.firewalls.push(firewall);
            }
            // What it guards may be declared in another root.
            if let Some(list) = list
                && association.value.get("resource_arn").and_then(Value::written).is_some_and(|t| resources.meant(t).is_empty())
            {
                attached.push(list.address());
            }
        }
    }
    for list in resources.of_any(LISTS).take(MOST) {
        let exported = attached.contains(&list.address());
        if !exported && !resources.of("aws_cloudfront_distribution").any(|d| names(resources, d.value.get("web_acl_id"), list)) {
            loose.push(described(list, false));
        }
    }
}

/// What a list of rules does. A regional one cannot be attached to a CDN.
fn described(list: &Instance, cdn: bool) -> Firewall {
    let mut rules = Vec::new();
    let (mut blocking, mut counting) = (None, None);
    let mut undecided = false;
    for rule in ["rule", "rules"].iter().flat_map(|r| list.value.all(r)).flat_map(|r| each(Some(r))) {
        rules.push(Sourced::new(words(rule), rule.at));
        let stops = |a: &Value| {
            ["block", "captcha", "challenge"].iter().any(|k| a.field(k).is_some()) || a.get("type").is_some_and(|t| t.is("BLOCK"))
        };
        match (rule.get("action"), rule.get("override_action")) {
            (Some(a), _) if stops(a) => blocking = blocking.or(Some(rule.at)),
            (_, Some(o)) if o.field("none").is_some() || o.get("type").is_some_and(|t| t.is("NONE")) => {
                blocking = blocking.or(Some(rule.at))
            }
            (Some(a), _) if a.field("count").is_some() => counting = counting.or(Some(rule.at)),
            (_, Some(o)) if o.field("count").is_some() => counting = counting.or(Some(rule.at)),
            (Some(a), _) if a.field("allow").is_some() => {}
            _ => undecided = true,
        }
    }
    let refuses = list.value.get("default_action").filter(|a| a.field("block").is_some() || a.get("type").is_some_and(|t| t.is("BLOCK")));
    let scope = list.value.get("scope").filter(|s| cdn && s.is("REGIONAL"));
    let blocks = if let Some(scope) = scope {
        Property::stated(false, scope.at, "scope = \"REGIONAL\": a CDN takes none but CLOUDFRONT")
    } else if let Some(at) = blocking {
        Property::stated(true, at, "its rules block")
    } else if let Some(default) = refuses {
        Property::stated(true, default.at, "it refuses what no rule allows")
    } else if undecided {
        Property::unresolved(list.at, "what its rules do is decided elsewhere")
    } else if let Some(at) = counting {
        Property::stated(false, at, "its rules only count")
    } else {
        Property::stated(false, list.at, "it holds no rule")
    };
    Firewall { name: list.address(), at: list.at, blocks: list.settled(blocks), rules, implicit: false }
}

fn words(rule: &Value) -> String {
    let name = rule.get("name").and_then(Value::written).unwrap_or("a rule");
    let statement = rule.get("statement");
    if let Some(managed) = statement.and_then(|s| s.path(&["managed_rule_group_statement", "name"])).and_then(Value::written) {
        return format!("managed rules {managed}");
    }
    match statement.and_then(|s| s.path(&["rate_based_statement", "limit"])).and_then(Value::written) {
        Some(limit) => format!("at most {limit} requests per address"),
        None => name.to_owned(),
    }
}
