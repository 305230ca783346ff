//! Is there a copy that survives loss of the site, the account or a malicious administrator?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Tally};
use plimsoll_model::estate::{BackupPlan, Destination, Provider, Store};
use plimsoll_model::{Covers, Datastore, RunBy, System};

use super::{backup_scope, live, nothing_to_lose, plans, precious, told, unseen};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "recovery/offsite-copy", page: include_str!("offsite_copy.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    for store in precious(system) {
        judge(system, &store, &mut tally);
    }
    unseen(system, &mut tally);
    tally.finish(|| nothing_to_lose(system))
}

fn judge(system: &System, store: &Datastore<'_>, tally: &mut Tally) {
    let subject = store.subject();
    let managed = match store.run_by {
        RunBy::Managed(managed) => Some(managed),
        _ => None,
    };
    if let Some(copy) = managed.and_then(|m| m.copies.first()) {
        tally.met(&subject, Evidence::seen(copy.at, copy.value.clone(), Grade::Active));
        return;
    }
    let covering = plans(system, store);
    let running: Vec<&BackupPlan> = covering.iter().filter(|(p, c)| *c == Covers::Yes && live(p) == Some(true)).map(|(p, _)| *p).collect();
    if let Some((plan, copy)) = running.iter().find_map(|p| Some((p, p.copies.first()?))) {
        tally.met(&subject, Evidence::seen(copy.at, copy.value.clone(), Grade::Active));
        if let Some(lock) = &plan.locked {
            tally.met(&subject, Evidence::seen(lock.at, lock.value.clone(), Grade::Active));
        }
        return;
    }
    if let Some((_, target)) = running.iter().find_map(|p| if let Destination::Remote(t) = &p.destination { Some((p, t)) } else { None }) {
        tally.met(&subject, Evidence::seen(target.at, format!("copies go to {}", target.value), Grade::Active));
        if let Some(provider) = beside(system, &target.value) {
            tally.gap(&subject, same_account(provider, Evidence::noted(target.at, target.value.clone())));
        }
        return;
    }
    if let Some(managed) = managed {
        if let Some(mirror) = managed.mirrored.first() {
            tally.met(&subject, Evidence::seen(mirror.at, mirror.value.clone(), Grade::Active));
            let gap = Gap::new(
                "carries-deletions",
                "the second region repeats every deletion at once",
                Evidence::noted(mirror.at, mirror.value.clone()),
            );
            tally.gap(&subject, gap.so("it helps against the loss of a region, and not against a mistake or an attacker"));
            return;
        }
        let plan = running.iter().find(|p| p.destination == Destination::Provider).map(|p| (p.at, told(p)));
        if let Some((at, says)) = within(managed).or(plan) {
            tally.met(&subject, Evidence::seen(at, says.clone(), Grade::Active));
            tally.gap(&subject, same_account(managed.provider, Evidence::noted(at, says)));
            return;
        }
        let undecided = managed.backup_days.as_ref().filter(|d| d.known().is_none()).map(|d| d.says.clone());
        if let Some(says) = undecided {
            let missing = format!("whether there is any copy of `{}`: {says}", store.name);
            tally.doubt(&subject, Question::new(missing, "give the variable its production value"));
            return;
        }
        if managed.provider == Provider::Platform {
            let missing = format!("where {} keeps copies of `{}`", managed.product, store.name);
            tally.doubt(&subject, Question::new(missing, "name the plan, or show an export to another place"));
            return;
        }
    }
    if let Some(plan) = running.iter().find(|p| p.destination == Destination::Unresolved) {
        tally.doubt(
            &subject,
            Question::new(format!("where `{}` puts copies: decided elsewhere", plan.name), "name the target in the configuration"),
        );
        return;
    }
    // A machine's or volume's snapshot lies with the provider of the machine.
    if let Some(plan) = running.iter().find(|p| p.destination == Destination::Provider) {
        tally.met(&subject, Evidence::seen(plan.at, told(plan), Grade::Active));
        let gap = Gap::new("same-account", "copies lie in the account and region of the data", Evidence::noted(plan.at, told(plan)));
        tally.gap(&subject, gap.so("who loses the account, or the region, loses data and copies together"));
        return;
    }
    if let Some((plan, _)) = covering.iter().find(|(p, c)| matches!(c, Covers::Perhaps(_)) || live(p).is_none()) {
        tally.doubt(
            &subject,
            Question::new(
                format!("whether `{}` takes copies of `{}` away", plan.name, store.name),
                "show a listing of the copies at their target",
            ),
        );
        return;
    }
    let dormant = covering.iter().find_map(|(p, _)| if let Destination::Remote(t) = &p.destination { Some((p, t)) } else { None });
    if let Some((plan, target)) = dormant {
        tally.met(&subject, Evidence::seen(target.at, format!("`{}` would copy to {}", plan.name, target.value), Grade::Declared));
        let gap = Gap::new("dormant", format!("`{}` does not run on a schedule", plan.name), Evidence::noted(plan.at, told(plan)));
        tally.gap(&subject, gap.so("the copy elsewhere is as old as the last time someone made it").follows("recovery/automated-backups"));
        return;
    }
    if let Some(plan) = running.first() {
        let at = if let Destination::SameHost(at) = plan.destination { at } else { plan.at };
        let gap =
            Gap::new("same-host", format!("every copy of `{}` lies on the host of the data", store.name), Evidence::noted(at, told(plan)));
        tally.gap(&subject, gap.so("fire, theft, encryption by an attacker: what takes the host takes the copies"));
        return;
    }
    if let RunBy::External(_) = store.run_by {
        let missing = format!("where copies of `{}` lie: it is run outside this repository", store.name);
        tally.doubt(&subject, Question::new(missing, "name the provider's plan, or show an export to another place"));
        return;
    }
    let gap = Gap::new(
        "no-copy",
        format!("no copy of `{}` is kept anywhere else", store.name),
        Evidence::sought("copy in another region, account or place", backup_scope(system)),
    );
    let gap = gap.so("loss of the site or the account is loss of the data");
    tally.gap(&subject, if covering.is_empty() { gap.follows("recovery/automated-backups") } else { gap });
}

/// The store's own copies, which its provider keeps beside it.
fn within(store: &Store) -> Option<(plimsoll_base::Location, String)> {
    let days = store.backup_days.as_ref().filter(|d| d.known().is_some_and(|n| *n > 0)).map(|d| (d.at, d.says.clone()));
    days.or_else(|| {
        let recent = store.point_in_time.as_ref().filter(|p| p.on())?;
        Some((recent.at, recent.says.clone()))
    })
}

fn same_account(provider: Provider, evidence: Evidence) -> Gap {
    let says = format!("copies lie in the same account of {} as the data", provider.word());
    Gap::new("same-account", says, evidence).so("who loses the account, or its region, loses data and copies together")
}

/// The provider on whose machines the deployment visibly runs, where a target belongs to the same.
fn beside(system: &System, target: &str) -> Option<Provider> {
    let runs_on = |prefixes: &[&str]| {
        let roots = system.roots();
        roots.iter().flat_map(|r| &r.resources).any(|r| prefixes.iter().any(|p| r.kind.starts_with(p)))
    };
    let named = target.strip_prefix("the place that ").unwrap_or(target);
    let own = |scheme: &[&str]| scheme.iter().any(|s| named.starts_with(s)) && !named.contains("endpoint");
    if own(&["s3://", "s3:", "S3_", "AWS_", "WALG_S3", "BUCKET"])
        && runs_on(&["aws_instance", "aws_ecs", "aws_eks", "aws_db", "aws_rds", "aws_autoscaling"])
    {
        return Some(Provider::Aws);
    }
    if own(&["gs://", "gs:", "WALG_GS"]) && runs_on(&["google_compute_instance", "google_container", "google_sql", "google_cloud_run"]) {
        return Some(Provider::Google);
    }
    (own(&["azure:", "Azure storage", "abs://"]) && runs_on(&["azurerm_linux_virtual", "azurerm_kubernetes", "azurerm_container"]))
        .then_some(Provider::Azure)
}
