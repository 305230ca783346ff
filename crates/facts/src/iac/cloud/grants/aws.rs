//! Rights in AWS: policies of roles and users, in place, attached or managed; roles that exist before the code.

use std::collections::BTreeMap;

use plimsoll_base::{Location, Sourced};

use super::super::{Instance, Resources};
use super::policy::{Statement, managed, statements};
use super::principals::{Use, holders, profile_role, role_of, uses};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Breadth, Grant, Holder, Infrastructure};

/// Kinds of identities, with the fields by which policies and attachments name them.
const IDENTITIES: &[(&str, &[&str])] =
    &[("aws_iam_role", &["role", "roles"]), ("aws_iam_user", &["user", "users"]), ("aws_iam_group", &["group", "groups"])];

/// Who holds what, as far as it is known before policies are read.
struct Reader<'r, 'a> {
    resources: &'r Resources<'a>,
    holders: BTreeMap<String, (Holder, Vec<String>)>,
    found: Vec<Grant>,
}

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    let uses = uses(resources);
    let mut holders = holders(resources, &uses);
    for user in resources.of("aws_iam_user") {
        let keyed = resources.of("aws_iam_access_key").any(|k| resources.refers(k.value.get("user"), user));
        holders.insert(user.address(), (if keyed { Holder::StaticKey } else { Holder::Person }, Vec::new()));
    }
    for group in resources.of("aws_iam_group") {
        holders.insert(group.address(), (Holder::Person, Vec::new()));
    }
    let mut reader = Reader { resources, holders, found: Vec::new() };
    reader.inline();
    reader.attached();
    reader.keys();
    reader.existing(&uses);
    found.grants.append(&mut reader.found);
}

impl<'a> Reader<'_, 'a> {
    fn push(&mut self, holder: &str, statement: Statement, bounded: bool) {
        let (used_by, workloads) = self.holders.get(holder).cloned().unwrap_or((Holder::Other, Vec::new()));
        // A boundary takes away what lies outside it.
        let breadth = if bounded && statement.breadth == Breadth::Everything { Breadth::WholeService } else { statement.breadth };
        self.found.push(Grant {
            at: statement.at,
            holder: holder.to_owned(),
            used_by,
            workloads,
            actions: statement.actions,
            resources: statement.resources,
            breadth,
            says: statement.says,
        });
    }

    /// The statements of a policy that `by` gives to a holder; what may not exist is decided elsewhere.
    fn policy(&mut self, holder: &Instance, by: &Instance, policy: Option<&Value>, at: Location) {
        let bounded = holder.value.get("permissions_boundary").is_some();
        if !holder.certain || !by.certain {
            return self.push(&holder.address(), undecided(at, "whether the policy is attached is decided elsewhere"), false);
        }
        match statements(self.resources, policy) {
            Some(list) => list.into_iter().for_each(|s| self.push(&holder.address(), s, bounded)),
            None => self.push(&holder.address(), undecided(policy.map_or(at, |p| p.at), "a policy that is decided elsewhere"), false),
        }
    }

    /// Policies written into roles, and those that name an identity.
    fn inline(&mut self) {
        for role in self.resources.of("aws_iam_role") {
            for block in role.value.all("inline_policy").flat_map(|b| each(Some(b)).iter()).filter(|b| b.get("policy").is_some()) {
                self.policy(role, role, block.get("policy"), block.at);
            }
            for arn in each(role.value.get("managed_policy_arns")) {
                self.attach(role, role, arn);
            }
        }
        for (kind, fields) in IDENTITIES {
            for policy in self.resources.of(&format!("{kind}_policy")).collect::<Vec<_>>() {
                for holder in self.named(policy, kind, fields) {
                    self.policy(holder, policy, policy.value.get("policy"), policy.at);
                }
            }
        }
    }

    /// Managed policies: AWS's own by name, the code's by reference.
    fn attached(&mut self) {
        for (kind, fields) in IDENTITIES {
            let attachments = [format!("{kind}_policy_attachment"), "aws_iam_policy_attachment".to_owned()];
            for attachment in attachments.iter().flat_map(|k| self.resources.of(k).collect::<Vec<_>>()) {
                let list = each(attachment.value.get("policy_arn"));
                for holder in self.named(attachment, kind, fields) {
                    for arn in list {
                        self.attach(holder, attachment, arn);
                    }
                }
            }
        }
    }

    fn named(&self, by: &Instance, kind: &str, fields: &[&str]) -> Vec<&'a Instance> {
        fields.iter().flat_map(|f| self.resources.referred(by.value.get(f), kind)).collect()
    }

    fn attach(&mut self, holder: &Instance, by: &Instance, arn: &Value) {
        let bounded = holder.value.get("permissions_boundary").is_some();
        if let Some(own) = self.resources.referred(Some(arn), "aws_iam_policy").first() {
            return self.policy(holder, if own.certain { by } else { own }, own.value.get("policy"), own.at);
        }
        let looked_up = self.resources.data("aws_iam_policy").find(|p| self.resources.refers(Some(arn), p));
        let written = looked_up.and_then(|p| p.written(&["name"]).or_else(|| p.written(&["arn"]))).or_else(|| arn.written());
        let name = written.unwrap_or_default();
        let amazon = name.contains(":aws:policy/") || looked_up.is_some() || name.contains("iam::aws:");
        let breadth = if amazon && by.certain && holder.certain { managed(name) } else { Breadth::Unresolved };
        let short = name.rsplit('/').next().unwrap_or(name).to_owned();
        let says = if short.is_empty() { "a policy that is decided elsewhere".to_owned() } else { short.clone() };
        let statement = Statement { at: arn.at, actions: vec![Sourced::new(short, arn.at)], resources: Vec::new(), breadth, says };
        self.push(&holder.address(), statement, bounded);
    }

    /// Keys that never end.
    fn keys(&mut self) {
        for key in self.resources.of("aws_iam_access_key") {
            let user =
                self.resources.referred(key.value.get("user"), "aws_iam_user").first().map_or_else(|| key.address(), |u| u.address());
            let says = "an access key that never ends";
            self.found.push(Grant {
                at: key.at,
                holder: user,
                used_by: Holder::StaticKey,
                workloads: Vec::new(),
                actions: vec![Sourced::new(says.to_owned(), key.at)],
                resources: Vec::new(),
                breadth: Breadth::Unresolved,
                says: says.into(),
            });
        }
    }

    /// Workloads whose role is not of the code: what it may do is decided elsewhere.
    fn existing(&mut self, uses: &[Use<'_>]) {
        for one in uses {
            if role_of(self.resources, one.value).is_some() {
                continue;
            }
            let value = profile_role(self.resources, one.value).unwrap_or(one.value);
            let looked_up = self.resources.data("aws_iam_role").find(|r| self.resources.refers(Some(value), r));
            let name = looked_up.and_then(|r| r.written(&["name"])).or_else(|| value.written()).unwrap_or_default();
            let short = name.rsplit('/').next().unwrap_or(name).trim_start_matches("${").trim_end_matches('}').to_owned();
            // What starts a container is a narrow role as a rule; a role that is not named at all says nothing.
            if short.is_empty() || one.starts {
                continue;
            }
            self.found.push(Grant {
                at: value.at,
                holder: short.clone(),
                used_by: Holder::Workload,
                workloads: vec![one.workload.title()],
                actions: Vec::new(),
                resources: Vec::new(),
                breadth: Breadth::Unresolved,
                says: match looked_up.is_some() || value.text().is_some() {
                    true => format!("the role {short} exists outside the code"),
                    false => format!("the role {short} is decided elsewhere"),
                },
            });
        }
    }
}

fn undecided(at: Location, says: &str) -> Statement {
    Statement { at, actions: Vec::new(), resources: Vec::new(), breadth: Breadth::Unresolved, says: says.to_owned() }
}
