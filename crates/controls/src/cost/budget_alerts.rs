//! Would an unexpected bill be noticed in days, not at month end?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::estate::{Budget, Provider};
use plimsoll_model::iac::{IacRoot, IacTool};
use plimsoll_model::{Capability, Sign, SignSource, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "cost/budget-alerts", page: include_str!("budget_alerts.md"), check };

const CONSEQUENCE: &str = "a loop, an attack or a forgotten machine is found on the invoice";

/// Clouds that bill by use, and how the kinds of their resources begin. Machines and applications at a fixed price have no surprise to tell.
const METERED: &[(Provider, &[&str])] =
    &[(Provider::Aws, &["aws_", "AWS::"]), (Provider::Google, &["google_"]), (Provider::Azure, &["azurerm_", "Microsoft."])];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let roots = system.grounds();
    let check = manual(system);
    for (provider, prefixes) in METERED {
        let used: Vec<&IacRoot> =
            roots.iter().copied().filter(|r| r.resources.iter().any(|x| prefixes.iter().any(|p| x.kind.starts_with(p)))).collect();
        let Some(first) = used.first() else { continue };
        // A template lists a budget by its kind alone.
        let template = used
            .iter()
            .flat_map(|r| &r.resources)
            .find(|x| matches!(x.kind.as_str(), "AWS::Budgets::Budget" | "AWS::CE::AnomalySubscription" | "Microsoft.Consumption/budgets"));
        let budgets: Vec<(&IacRoot, &Budget)> = (used.iter())
            .flat_map(|r| r.infrastructure.budgets.iter().map(move |b| (*r, b)))
            .filter(|(_, b)| b.provider == *provider)
            .collect();
        match (budgets.first(), template) {
            (Some((root, _)), _) => judge(&budgets.iter().map(|(_, b)| *b).collect::<Vec<_>>(), &subject(root), &mut tally),
            (None, Some(budget)) => {
                let question = Question::new(
                    format!("whom the budget `{}` tells: its template is read in outline", budget.name),
                    "attest its subscribers",
                );
                tally.doubt(&subject(first), question);
            }
            (None, None) => absent(system, check, &subject(first), &mut tally),
        }
    }
    for root in roots.iter().filter(|r| matches!(r.tool, IacTool::Cdk | IacTool::Pulumi | IacTool::Serverless) && r.resources.is_empty()) {
        let question = Question::new(
            format!("whether the account that the {} program works in has a budget that tells someone", root.tool.word()),
            "attest the budget and its subscribers",
        );
        tally.doubt(&subject(root), question);
    }
    if tally.is_empty()
        && let Some(sign) = check
    {
        by_hand(system, sign, &Subject::system(), &mut tally);
    }
    tally.finish(|| {
        Evidence::sought(
            "infrastructure code for an account that is billed by use",
            system.scopes(&["**/*.{tf,tofu,bicep}", "**/{cdk.json,Pulumi.yaml,template.y*ml}"]),
        )
    })
}

fn subject(root: &IacRoot) -> Subject {
    Subject::named(if root.folder.is_empty() { "root" } else { &root.folder })
}

fn judge(budgets: &[&Budget], subject: &Subject, tally: &mut Tally) {
    let reached = |b: &Budget| b.receivers.iter().any(|r| !r.real.off());
    if let Some(budget) = budgets.iter().find(|b| reached(b) && !b.thresholds.is_empty()) {
        let who = budget.receivers.iter().filter(|r| !r.real.off()).map(|r| r.says.as_str()).take(3).collect::<Vec<_>>().join(", ");
        tally.met(
            subject,
            Evidence::seen(budget.at, format!("`{}` tells {who} at {}", budget.name, budget.thresholds.join(", ")), Grade::Active),
        );
        return;
    }
    for budget in budgets {
        tally.met(subject, Evidence::seen(budget.at, format!("`{}` is declared", budget.name), Grade::Declared));
        if let Some(receiver) = budget.receivers.first().filter(|_| !reached(budget)) {
            let gap = Gap::new(
                "placeholder",
                format!("`{}` tells nobody: {}", budget.name, receiver.real.says),
                Evidence::noted(receiver.real.at, receiver.real.says.clone()),
            );
            tally.gap(subject, gap.so(CONSEQUENCE));
        } else {
            let what = if budget.receivers.is_empty() { "no subscriber" } else { "no threshold" };
            let gap = Gap::new(
                "no-subscriber",
                format!("`{}` tells nobody: it has {what}", budget.name),
                Evidence::noted(budget.at, format!("`{}` has {what}", budget.name)),
            );
            tally.gap(subject, gap.so(CONSEQUENCE));
        }
    }
}

fn absent(system: &System, check: Option<&Sign>, subject: &Subject, tally: &mut Tally) {
    if let Some(sign) = check {
        by_hand(system, sign, subject, tally);
        return;
    }
    let proof =
        Evidence::sought("a budget, an anomaly monitor or an alarm on the bill", system.scopes(&["**/*.{tf,tofu,bicep}", "**/*.y*ml"]));
    tally.gap(subject, Gap::new("no-budget", "nothing tells anybody when the bill grows", proof).so(CONSEQUENCE));
}

/// A script that asks for the bill when someone thinks of it.
fn manual(system: &System) -> Option<&Sign> {
    system.signs_of(Capability::SpendingCheck).find(|s| matches!(s.source, SignSource::Command { .. } | SignSource::Pipeline(_)))
}

fn by_hand(system: &System, sign: &Sign, subject: &Subject, tally: &mut Tally) {
    tally.met(subject, Evidence::seen(sign.at, format!("a script asks for the bill: {}", sign.says), Grade::Declared));
    let says = format!("the bill is looked at by hand only ({})", system.path_at(sign.at));
    let gap = Gap::new("by-hand", says, Evidence::noted(sign.at, "the script prints; nothing starts it and nobody is told"));
    tally.gap(subject, gap.so(CONSEQUENCE));
}
