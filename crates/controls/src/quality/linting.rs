//! Is style and lint checked for every language, with effect?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Subject, Tally};
use plimsoll_model::technology::Sign;
use plimsoll_model::{Activity, Capability, SignSource, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "quality/linting", page: include_str!("linting.md"), check };

const CONSEQUENCE: &str = "avoidable faults and noise reach review and production";

fn check(system: &System, mut tally: Tally) -> Judgement {
    for (name, folder) in system.parts() {
        let Some(language) = system.main_language(folder) else { continue };
        let subject = Subject::named(name);
        let concerns = |s: &Sign| (language.checked_by(&s.technology) || language.checked_by(&s.says)) && system.concerns(s, folder);
        let lint = system.activities(Capability::Lint).into_iter().filter(|a| concerns(a.sign)).collect::<Vec<_>>();
        let run = lint.iter().find(|a| a.blocking() && a.on_change()).or_else(|| lint.iter().find(|a| a.live() && a.automatic()));
        let declared = system.signs_of(Capability::Lint).find(|s| concerns(s) && !matches!(s.source, SignSource::Pipeline(_)));
        match (run, declared) {
            (Some(run), _) => {
                let grade = if run.blocking() { Grade::Active } else { Grade::Wired };
                tally.met(
                    &subject,
                    Evidence::seen(run.place(), format!("{} checks {}: {}", run.pipeline.path, language.word(), run.sign.says), grade),
                );
                if let Some(sign) = declared {
                    tally.met(&subject, Evidence::seen(sign.at, format!("{}: {}", sign.technology, sign.says), Grade::Declared));
                }
                if let Some(at) = run.tolerated() {
                    tally.gap(
                        &subject,
                        Gap::new("cannot-fail", "the linter runs, but cannot fail the pipeline", Evidence::noted(at, "tolerated here"))
                            .so(CONSEQUENCE),
                    );
                }
                if !system.signs_of(Capability::Format).any(concerns) {
                    tally.gap(&subject, no_formatter(system, language.word()));
                }
            }
            (None, Some(sign)) if let Some(build) = gradle_check(system, sign) => {
                let says = format!("{} runs {} with {}", build.pipeline.path, sign.technology, build.sign.says);
                tally.met(&subject, Evidence::seen(sign.at, says, Grade::Active));
                if !system.signs_of(Capability::Format).any(concerns) {
                    tally.gap(&subject, no_formatter(system, language.word()));
                }
            }
            (None, Some(sign)) => {
                tally.met(&subject, Evidence::seen(sign.at, format!("{}: {}", sign.technology, sign.says), Grade::Declared));
                let proof = Evidence::sought("a step that lints", system.pipeline_scope());
                tally.gap(&subject, Gap::new("not-in-pipeline", "no pipeline runs the linter", proof).so(CONSEQUENCE));
            }
            (None, None) => {
                let source = system.example_of(folder).map(|s| Evidence::noted(Location::whole(s.file), "its sources"));
                let mut gap = Gap::new("no-linter", format!("no linter for {}", language.word()), Evidence::sought("a linter or its configuration", system.scopes(&["**/{package.json,.eslintrc*,eslint.config.*,pyproject.toml,setup.cfg,.flake8,ruff.toml,.golangci.*,.rubocop.yml}", ".github/workflows/*"])));
                gap.proof.rest.extend(source);
                tally.gap(&subject, gap.so(CONSEQUENCE));
            }
        }
    }
    tally.finish(|| Evidence::sought("source code of a service", system.scopes(&["**"])))
}

fn no_formatter(system: &System, language: &str) -> Gap {
    let proof = Evidence::sought(
        "a formatter",
        system.scopes(&["**/{.prettierrc*,biome.json*,.editorconfig,pyproject.toml,ruff.toml,rustfmt.toml}"]),
    );
    Gap::new("no-formatter", format!("no formatter for {language}"), proof).so("reviews argue about form")
}

/// The run of `gradle build` or `check` that takes in a linter which is a plugin of the build: both depend on all checks.
fn gradle_check<'a>(system: &'a System, sign: &Sign) -> Option<Activity<'a>> {
    // A project may have a build for Maven beside it: the place of the plugin tells whose it is.
    let place = system.path_at(sign.at);
    if !matches!(sign.source, SignSource::Dependency { .. }) || !(place.ends_with(".gradle") || place.ends_with(".gradle.kts")) {
        return None;
    }
    let checks = |a: &Activity<'_>| {
        let words = &a.source.words;
        let gradle = words.first().is_some_and(|w| matches!(w.rsplit('/').next(), Some("gradle" | "gradlew")));
        let left_out = words.windows(2).any(|w| matches!(w[0].as_str(), "-x" | "--exclude-task"));
        gradle && !left_out && words.iter().any(|w| matches!(w.rsplit(':').next(), Some("build" | "check")))
    };
    [Capability::Test, Capability::Build]
        .into_iter()
        .flat_map(|c| system.activities(c))
        .find(|a| a.blocking() && a.on_change() && checks(a))
}
