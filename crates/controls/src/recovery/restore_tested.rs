//! Has a restore been proven, not just assumed?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Tally};
use plimsoll_model::estate::RestoreTest;
use plimsoll_model::{Covers, Datastore, System};

use super::{backup_scope, nothing_to_lose, plans, precious, unseen};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "recovery/restore-tested", page: include_str!("restore_tested.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    let procedures = system.restore_procedures();
    for store in precious(system) {
        judge(system, &store, &procedures, &mut tally);
    }
    unseen(system, &mut tally);
    tally.finish(|| nothing_to_lose(system))
}

/// Restores that tell what they restore count for that alone; those that copy files may be of any store.
fn of<'t>(system: &System, store: &Datastore<'_>, tests: impl Iterator<Item = &'t RestoreTest>) -> Vec<&'t RestoreTest> {
    tests.filter(|t| t.covers.is_empty() || store.covered(system, &t.covers, t.at) != Covers::No).collect()
}

fn judge(system: &System, store: &Datastore<'_>, procedures: &[RestoreTest], tally: &mut Tally) {
    let subject = store.subject();
    let tests = of(system, store, system.restore_tests().iter());
    let scheduled = tests.iter().filter(|t| t.schedule.as_ref().is_some_and(|s| s.known().is_some()));
    if let Some(test) = scheduled.max_by_key(|t| t.asserts) {
        let certain = !test.covers.is_empty() && store.covered(system, &test.covers, test.at) == Covers::Yes;
        if !certain {
            tally.doubt(
                &subject,
                Question::new(format!("whether the restore covers `{}`: {}", store.name, test.says), "name the store that is restored"),
            );
            return;
        }
        let grade = if test.asserts { Grade::Exercised } else { Grade::Active };
        tally.met(&subject, Evidence::seen(test.at, test.says.clone(), grade));
        if !test.asserts {
            let gap = Gap::new(
                "not-checked",
                "the restore runs, but nothing looks at what was restored",
                Evidence::noted(test.at, test.says.clone()),
            );
            tally.gap(&subject, gap.so("an empty database restores without an error"));
        }
        return;
    }
    if let Some(test) = tests.iter().find(|t| t.schedule.is_some()) {
        tally.doubt(&subject, Question::new(format!("when the restore runs: {}", test.says), "state the schedule in the repository"));
        return;
    }
    let written = of(system, store, procedures.iter());
    if let Some(first) = tests.first().copied().or(written.first().copied()) {
        tally.met(&subject, Evidence::seen(first.at, first.says.clone(), Grade::Declared));
        let sought = Evidence::sought("restore that runs on a schedule and checks what it restored", backup_scope(system));
        let gap = Gap::new("never-exercised", format!("nothing shows that a restore of `{}` was ever done", store.name), sought);
        tally.gap(&subject, gap.so("the first real attempt happens under pressure, and finds what is missing then"));
        return;
    }
    let gap = Gap::new(
        "no-restore",
        format!("nothing restores `{}`, neither by itself nor on paper", store.name),
        Evidence::sought("restore job, restore script or written procedure", backup_scope(system)),
    )
    .so("whether the copies are any good is learnt on the day they are needed");
    let backed = !plans(system, store).is_empty()
        || matches!(store.run_by, plimsoll_model::RunBy::Managed(s) if s.backup_days.as_ref().is_some_and(|d| d.known() != Some(&0)));
    tally.gap(&subject, if backed { gap } else { gap.follows("recovery/automated-backups") });
}
