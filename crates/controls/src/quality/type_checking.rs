//! Are types checked before merge?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Subject, Tally};
use plimsoll_model::technology::Sign;
use plimsoll_model::{Capability, CodeLanguage, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "quality/type-checking", page: include_str!("type_checking.md"), check };

const CONSEQUENCE: &str = "mistakes that a checker finds in a second are found by users";

fn check(system: &System, mut tally: Tally) -> Judgement {
    for (name, folder) in system.parts() {
        let Some(language) = system.main_language(folder) else { continue };
        let subject = Subject::named(name);
        if language.compiled() {
            compiled(system, &mut tally, &subject, folder, language);
        } else {
            checked(system, &mut tally, &subject, folder, language);
        }
    }
    tally.finish(|| Evidence::sought("source code of a service", system.scopes(&["**"])))
}

/// A compiler checks every type: it is enough that something builds or tests it.
fn compiled(system: &System, tally: &mut Tally, subject: &Subject, folder: &str, language: CodeLanguage) {
    let builds = [Capability::Build, Capability::Test, Capability::ImageBuild]
        .into_iter()
        .flat_map(|c| system.activities(c))
        .find(|a| a.live() && a.on_change());
    let source = system.example_of(folder).map_or(Location::whole(plimsoll_base::FileId(0)), |s| Location::whole(s.file));
    match builds {
        Some(build) => tally
            .met(subject, Evidence::seen(build.place(), format!("{} compiles {}", build.pipeline.path, language.word()), Grade::Active)),
        None => {
            tally.met(subject, Evidence::seen(source, format!("{} is compiled", language.word()), Grade::Wired));
            tally.gap(
                subject,
                Gap::new(
                    "not-in-pipeline",
                    "no pipeline compiles it before a merge",
                    Evidence::sought("a step that builds or tests it", system.pipeline_scope()),
                )
                .so(CONSEQUENCE),
            );
        }
    }
}

fn checked(system: &System, tally: &mut Tally, subject: &Subject, folder: &str, language: CodeLanguage) {
    let concerns = |s: &Sign| (language.checked_by(&s.technology) || language.checked_by(&s.says)) && system.concerns(s, folder);
    let plain_only = |s: &Sign| language.word() == "JavaScript" && s.technology == "TypeScript";
    let activities: Vec<_> =
        system.activities(Capability::TypeCheck).into_iter().filter(|a| concerns(a.sign) && !plain_only(a.sign)).collect();
    let run = activities.iter().find(|a| a.blocking() && a.on_change()).or_else(|| activities.iter().find(|a| a.live() && a.automatic()));
    // A compiler that is set up for TypeScript reads plain JavaScript only when it is told to.
    let plain = language.word() == "JavaScript";
    let strict = if plain || !language.web() { None } else { system.typescript_strict(folder) };
    let declared = system.signs_of(Capability::TypeCheck).find(|s| concerns(s) && !(plain && s.technology == "TypeScript"));
    if let Some(run) = run {
        tally.met(
            subject,
            Evidence::seen(
                run.place(),
                format!("{} checks types: {}", run.pipeline.path, run.sign.says),
                if run.blocking() { Grade::Active } else { Grade::Wired },
            ),
        );
        if let Some(at) = run.tolerated() {
            tally.gap(
                subject,
                Gap::new("cannot-fail", "the check runs, but cannot fail the pipeline", Evidence::noted(at, "tolerated here"))
                    .so(CONSEQUENCE),
            );
        }
        if let Some((false, at)) = strict {
            tally.gap(
                subject,
                Gap::new("not-strict", "the strict mode is off", Evidence::noted(at, "`strict` is not true")).so(CONSEQUENCE),
            );
        }
        return;
    }
    let configured =
        strict.map(|(on, at)| (at, if on { "strict types are configured" } else { "types are configured, not strictly" }.to_owned()));
    match configured.or_else(|| declared.map(|s| (s.at, format!("{}: {}", s.technology, s.says)))) {
        Some((at, says)) => {
            tally.met(subject, Evidence::seen(at, says, Grade::Declared));
            tally.gap(
                subject,
                Gap::new(
                    "not-in-pipeline",
                    "no pipeline checks the types",
                    Evidence::sought("a step that checks types", system.pipeline_scope()),
                )
                .so(CONSEQUENCE),
            );
        }
        None => {
            let mut gap = Gap::new(
                "untyped",
                format!("nothing checks the types of {}", language.word()),
                Evidence::sought(
                    "a type checker or its configuration",
                    system.scopes(&["**/{tsconfig.json,mypy.ini,pyrightconfig.json,pyproject.toml,phpstan.neon*,sorbet/config}"]),
                ),
            );
            gap.proof.rest.extend(system.example_of(folder).map(|s| Evidence::noted(Location::whole(s.file), "its sources")));
            tally.gap(subject, gap.so(CONSEQUENCE));
        }
    }
}
