//! Do workloads hold only the rights they use?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::System;
use plimsoll_model::estate::{Breadth, Grant, Holder};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "identity/least-privilege-iam", page: include_str!("least_privilege_iam.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    let grants: Vec<&Grant> = system.infrastructure().grants.iter().filter(|g| judged(g)).collect();
    let everything: Vec<&&Grant> =
        grants.iter().filter(|g| g.breadth == Breadth::Everything || g.used_by == Holder::StaticKey && is_key(g)).collect();
    if !everything.is_empty() {
        // One workload that may do everything holds the rights of all others.
        for grant in everything {
            tally.gap(&Subject::named(&grant.holder), too_much(grant));
        }
        return tally.finish(|| none(system));
    }
    for grant in &grants {
        let subject = Subject::named(&grant.holder);
        let seen = || Evidence::seen(grant.at, format!("{}: {}", grant.holder, grant.says), Grade::Active);
        match grant.breadth {
            Breadth::Scoped => tally.met(&subject, seen()),
            Breadth::WholeService => {
                // It is still no right to everything: half of what is asked.
                tally.met(&subject, Evidence::seen(grant.at, format!("{} may not do everything", grant.holder), Grade::Active));
                let says = format!("`{}` may use a whole service{}: {}", grant.holder, runs(grant), grant.says);
                let gap = Gap::new("service-wildcard", says, Evidence::noted(grant.at, grant.says.clone()));
                tally.gap(&subject, gap.so("a flaw in one workload opens every bucket, table or key of that service"));
            }
            Breadth::Shared => {
                tally.met(&subject, Evidence::seen(grant.at, format!("{} is given no rights here", grant.holder), Grade::Active));
                let says = format!("`{}` {}", grant.workloads.join("`, `"), grant.says);
                let gap = Gap::new("shared-identity", says, Evidence::noted(grant.at, grant.says.clone()));
                tally.gap(&subject, gap.so("whatever one workload is given later, all of them hold"));
            }
            Breadth::Everything | Breadth::Unresolved => {
                tally.doubt(
                    &subject,
                    Question::new(
                        format!("what `{}` may do{}: {} ({})", grant.holder, runs(grant), grant.says, system.path_at(grant.at)),
                        "show the policies of the role as code, or export them",
                    ),
                );
            }
        }
    }
    shared(&grants, &mut tally);
    tally.finish(|| none(system))
}

/// Rights of workloads, of the clusters that carry them and of keys that never end; of services of the provider only where they are too wide. Pipelines are judged by delivery/ci-least-privilege; people by
/// nothing here.
fn judged(grant: &Grant) -> bool {
    match grant.used_by {
        Holder::Workload | Holder::Cluster | Holder::StaticKey => true,
        Holder::Other => matches!(grant.breadth, Breadth::Everything | Breadth::WholeService),
        Holder::Pipeline | Holder::Person => false,
    }
}

fn is_key(grant: &Grant) -> bool {
    grant.says.contains("never ends")
}

fn runs(grant: &Grant) -> String {
    match grant.workloads.as_slice() {
        [] => String::new(),
        list => format!(", with which {} runs", list.iter().take(3).cloned().collect::<Vec<_>>().join(", ")),
    }
}

fn too_much(grant: &Grant) -> Gap {
    let seen = Evidence::noted(grant.at, grant.says.clone());
    if is_key(grant) {
        let gap = Gap::new("static-key", format!("`{}` is used through {}", grant.holder, grant.says), seen);
        return gap.so("the key works from anywhere until somebody thinks of taking it back");
    }
    let gap = Gap::new("may-do-everything", format!("`{}` may do everything{}: {}", grant.holder, runs(grant), grant.says), seen);
    gap.so("whoever takes this one workload over holds the whole account or cluster")
}

/// One role for many workloads gives each the rights of all.
fn shared(grants: &[&Grant], tally: &mut Tally) {
    let mut told: Vec<&str> = Vec::new();
    for grant in grants.iter().filter(|g| g.workloads.len() > 1 && g.breadth == Breadth::Scoped && g.used_by == Holder::Workload) {
        if told.contains(&grant.holder.as_str()) {
            continue;
        }
        told.push(&grant.holder);
        let says = format!("`{}` is one role for {} workloads: {}", grant.holder, grant.workloads.len(), grant.workloads.join(", "));
        let gap = Gap::new("shared-role", says, Evidence::noted(grant.at, grant.says.clone()));
        tally.gap(&Subject::named(&grant.holder), gap.so("each of them holds what only one of them needs"));
    }
}

fn none(system: &System) -> Evidence {
    let scopes = system.scopes(&["**/*.{tf,tofu}", "**/*.{yaml,yml}"]);
    Evidence::sought("a role, a policy or a binding of a cloud account or a cluster", scopes)
}
