//! Are control-plane actions and threats in the cloud account recorded and watched?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::System;
use plimsoll_model::estate::{Audit, AuditKind, Provider};
use plimsoll_model::iac::{IacRoot, IacTool};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "observability/cloud-audit-trail", page: include_str!("cloud_audit_trail.md"), check };

const CONSEQUENCE: &str = "after a break-in nobody can tell what was done in the account, or that it was";

/// Clouds with an account that records actions, and how the kinds of their resources begin.
const CLOUDS: &[(Provider, &[&str])] =
    &[(Provider::Aws, &["aws_", "AWS::"]), (Provider::Google, &["google_"]), (Provider::Azure, &["azurerm_", "Microsoft."])];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let roots = system.grounds();
    for (provider, prefixes) in CLOUDS {
        let used: Vec<&IacRoot> =
            roots.iter().copied().filter(|r| r.resources.iter().any(|x| prefixes.iter().any(|p| x.kind.starts_with(p)))).collect();
        let audits: Vec<(&IacRoot, &Audit)> = (used.iter())
            .flat_map(|r| r.infrastructure.audits.iter().map(move |a| (*r, a)))
            .filter(|(_, a)| a.provider == *provider)
            .collect();
        // A flow log says who spoke to whom, not who did what in the account.
        let telling = audits.iter().find(|(_, a)| a.kind != AuditKind::Flows);
        match (telling, used.first()) {
            (Some((root, _)), _) => {
                let found: Vec<&Audit> = audits.iter().map(|(_, a)| *a).collect();
                judge(*provider, &found, &subject(root), &mut tally);
            }
            (None, Some(root)) => absent(system, *provider, &used, root, &mut tally),
            (None, None) => {}
        }
    }
    // Programs declare an account's resources in a way that is not read.
    for root in roots.iter().filter(|r| matches!(r.tool, IacTool::Cdk | IacTool::Pulumi | IacTool::Serverless) && r.resources.is_empty()) {
        let question = Question::new(
            format!("whether the account that the {} program works in records and watches actions", root.tool.word()),
            "attest the trail and the detection, or add the code that declares them",
        );
        tally.doubt(&subject(root), question);
    }
    tally.finish(|| {
        Evidence::sought(
            "cloud account in code",
            system.scopes(&["**/*.{tf,tofu}", "**/{cdk.json,Pulumi.yaml,template.y*ml}", "**/*.bicep"]),
        )
    })
}

fn subject(root: &IacRoot) -> Subject {
    Subject::named(if root.folder.is_empty() { "root" } else { &root.folder })
}

fn judge(provider: Provider, audits: &[&Audit], subject: &Subject, tally: &mut Tally) {
    let of = |kind: AuditKind| audits.iter().copied().filter(move |a| a.kind == kind);
    let on = |kind: AuditKind| of(kind).find(|a| a.enabled.on());
    for audit in audits.iter().filter(|a| a.enabled.on()) {
        tally.met(subject, Evidence::seen(audit.at, format!("{}: `{}`", audit.says, audit.name), Grade::Active));
    }
    for audit in audits.iter().filter(|a| !a.enabled.on()) {
        if audit.enabled.off() {
            let gap = Gap::new(
                "switched-off",
                format!("`{}` is switched off", audit.name),
                Evidence::noted(audit.enabled.at, audit.enabled.says.clone()),
            );
            tally.gap(subject, gap.so(CONSEQUENCE));
        } else {
            tally
                .doubt(subject, Question::new(format!("whether `{}` is on: {}", audit.name, audit.enabled.says), "state it, or attest it"));
        }
    }
    let first = audits[0];
    let beside = |what: &str| Evidence::noted(first.at, format!("{what} stands nowhere beside `{}`", first.name));
    match (provider, on(AuditKind::Trail)) {
        (Provider::Aws, Some(trail)) => whole(trail, of(AuditKind::Trail).collect(), subject, tally),
        (Provider::Google, _) if on(AuditKind::DataAccess).is_none() => {
            tally.gap(
                subject,
                Gap::new("no-data-access", "access to data is not recorded", beside("an audit configuration"))
                    .so("who read the data cannot be told"),
            );
        }
        (Provider::Google, _) => {}
        (_, None) if of(AuditKind::Trail).next().is_none() => {
            tally.gap(
                subject,
                Gap::new("no-trail", "actions in the account are watched but not recorded", beside("a trail")).so(CONSEQUENCE),
            );
        }
        _ => {}
    }
    // A record of configuration watches it: changes that break a rule are told.
    let watched = on(AuditKind::Detection).or_else(|| on(AuditKind::Configuration).filter(|_| provider == Provider::Aws));
    let undecided = of(AuditKind::Detection).any(|a| a.enabled.known().is_none());
    if watched.is_none() && !undecided {
        let gap = Gap::new("no-detection", "the record is kept, but nothing looks for threats in it", beside("detection of threats"));
        tally.gap(subject, gap.so("a stolen key is used for months before anyone notices"));
    }
}

/// Of several trails the best counts.
fn whole(first: &Audit, trails: Vec<&Audit>, subject: &Subject, tally: &mut Tally) {
    let any = |p: &dyn Fn(&Audit) -> bool| trails.iter().any(|t| p(t));
    if !any(&|t| t.all_regions.as_ref().is_none_or(|r| !r.off())) {
        let proof =
            first.all_regions.as_ref().map_or_else(|| Evidence::noted(first.at, "one region"), |r| Evidence::noted(r.at, r.says.clone()));
        let gap = Gap::new("single-region", format!("`{}` records one region only", first.name), proof);
        tally.gap(subject, gap.so("what an intruder starts in another region leaves no trace"));
    }
    if !any(&|t| t.validated.as_ref().is_none_or(|v| !v.off())) {
        let proof =
            first.validated.as_ref().map_or_else(|| Evidence::noted(first.at, "no validation"), |v| Evidence::noted(v.at, v.says.clone()));
        let gap = Gap::new("not-validated", format!("the files of `{}` can be changed unnoticed", first.name), proof);
        tally.gap(subject, gap.so("the record proves nothing to anyone"));
    }
    for property in [&first.all_regions, &first.validated].into_iter().flatten().filter(|p| p.known().is_none()) {
        tally.doubt(subject, Question::new(format!("`{}`: {}", first.name, property.says), "state it in the file"));
    }
    for note in trails.iter().flat_map(|t| &t.notes).filter(|n| n.value.contains("force_destroy")) {
        let gap = Gap::new(
            "deletable",
            format!("the record of `{}` can be deleted: {}", first.name, note.value),
            Evidence::noted(note.at, note.value.clone()),
        );
        tally.gap(subject, gap.so("an intruder removes the traces first"));
    }
}

/// Nothing is declared. One root that makes the whole account would make the trail too; anything less stands in an account of others.
fn absent(system: &System, provider: Provider, used: &[&IacRoot], first: &IacRoot, tally: &mut Tally) {
    let has = |words: &[&str]| used.iter().any(|r| r.resources.iter().any(|x| words.iter().any(|w| x.kind == *w)));
    let (network, rights, compute): (&[&str], &[&str], &[&str]) = match provider {
        Provider::Aws => (
            &["aws_vpc", "AWS::EC2::VPC"],
            &["aws_iam_role", "aws_iam_policy", "aws_iam_user", "AWS::IAM::Role"],
            &[
                "aws_ecs_cluster",
                "aws_ecs_service",
                "aws_eks_cluster",
                "aws_instance",
                "aws_autoscaling_group",
                "aws_lambda_function",
                "AWS::ECS::Service",
                "AWS::EC2::Instance",
            ],
        ),
        Provider::Azure => (
            &["azurerm_virtual_network"],
            &["azurerm_role_assignment", "azurerm_user_assigned_identity"],
            &["azurerm_kubernetes_cluster", "azurerm_linux_virtual_machine", "azurerm_linux_web_app", "azurerm_container_app"],
        ),
        // Google records administration in every project by itself.
        _ => (&[], &[], &[]),
    };
    if has(network) && has(rights) && has(compute) {
        let proof = Evidence::sought(
            "a trail, detection of threats or a record of configuration",
            system.scopes(&["**/*.{tf,tofu,bicep}", "**/*.y*ml"]),
        );
        let says = "the code owns the account's network, rights and machines, and nothing records or watches what is done there";
        tally.gap(&subject(first), Gap::new("no-trail", says, proof).so(CONSEQUENCE));
        return;
    }
    let always =
        if provider == Provider::Google { ": administration is recorded by itself, access to data and threats are not" } else { "" };
    let question = Question::new(
        format!(
            "whether the {} account is recorded and watched from elsewhere, for instance for the whole organisation{always}",
            provider.word()
        ),
        "point to the code of the organisation, or attest the trail and the detection",
    );
    tally.doubt(&subject(first), question);
}
