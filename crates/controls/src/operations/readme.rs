//! Asks whether a newcomer can build, run and test the system from the readme and what it leads to.

use plimsoll_base::{Evidence, Gap, Judgement, Question, Subject, Tally};
use plimsoll_model::repository::Document;
use plimsoll_model::{DeploymentKind, Passage, System, Topic, find, folder_of, join, name_of};

use super::stale;
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "operations/readme", page: include_str!("readme.md"), check };

/// Sentences that frameworks' generators write.
const GENERATED: [&str; 11] = [
    "project bootstrapped with [`create-next-app`]",
    "this project was bootstrapped with [create react app]",
    "this template provides a minimal setup to get react working in vite",
    "this template should help get you started developing with vue",
    "this project was generated with [angular cli]",
    "this project was generated using [angular cli]",
    "framework typescript starter repository",
    "this readme would normally document whatever steps are necessary",
    "laravel is a web application framework with expressive, elegant syntax",
    "everything you need to build a svelte project",
    "look at the [nuxt",
];
/// Endings of formats whose headings and code are not told apart.
const UNREAD: [&str; 5] = [".adoc", ".asciidoc", ".org", ".textile", ".rdoc"];
/// Fewer words than these say nothing.
const FEWEST_WORDS: usize = 30;

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let scope = || system.scopes(&["{README,readme,Readme}*", "*/{README,readme,Readme}*"]);
    let Some(readme) = system.readme() else {
        match system.files().iter().find(|f| !f.path.contains('/') && name_of(&f.path).starts_with("readme") && f.size > 0) {
            Some(other) => tally.doubt(&subject, unread(&other.path)),
            None => tally.gap(
                &subject,
                Gap::new("no-readme", "there is no readme", Evidence::sought("readme", scope()))
                    .so("a newcomer has to guess how the system is built, run and tested"),
            ),
        }
        return tally.finish(|| Evidence::sought("readme", scope()));
    };
    let whole = Passage::whole(readme);
    if UNREAD.iter().any(|e| readme.path.to_lowercase().ends_with(e)) {
        tally.doubt(&subject, unread(&readme.path));
        return tally.finish(|| Evidence::sought("readme", scope()));
    }
    if readme.content.words < FEWEST_WORDS {
        let says = format!("the readme holds {} words", readme.content.words);
        tally.gap(
            &subject,
            Gap::new("empty-readme", says.clone(), Evidence::noted(whole.at, says))
                .so("a newcomer has to guess how the system is built, run and tested"),
        );
        return tally.finish(|| Evidence::sought("readme", scope()));
    }
    let generated = GENERATED.iter().find_map(|g| whole.says(g));
    let template = generated.is_some();
    if let Some(at) = generated {
        tally.gap(
            &subject,
            Gap::new(
                "template-readme",
                "the readme is the framework's own, not this system's",
                Evidence::noted(at, "a generator's sentence"),
            )
            .so("it tells how any such project starts, and nothing about this one"),
        );
    }
    if let Some((_, span)) = readme.content.paragraphs.iter().find(|(text, _)| text.split_whitespace().count() >= 8) {
        tally.met(&subject, Evidence::noted(plimsoll_base::Location::at(readme.file, *span), "says what it is for"));
    }
    let front = front(system, readme);
    let configured = !system.env_reads().is_empty() || !system.env_files().is_empty();
    let deployed = system.deployment().is_some_and(|d| d.kind != DeploymentKind::Process);
    let topics = [
        (Topic::Setup, "how to set it up", true),
        (Topic::Prerequisites, "what must be installed first", false),
        (Topic::Run, "how to run it", true),
        (Topic::Test, "how to test it", true),
        (Topic::Configuration, "how to configure it", configured),
        (Topic::Deploy, "how it is deployed", deployed),
    ];
    let mut lacks = Vec::new();
    for (topic, says, required) in topics {
        match front.iter().find_map(|p| spoken(p, topic)) {
            Some(at) => tally.met(&subject, Evidence::noted(at, format!("says {says}"))),
            None if required => lacks.push(says),
            None => {}
        }
    }
    if !lacks.is_empty() {
        let gap = Gap::new(
            "lacks-topics",
            format!("{} does not say {}", readme.path, lacks.join(", nor ")),
            Evidence::sought(lacks.join("; "), front.iter().map(|p| system.scope_of(p.document.file)).collect()),
        );
        tally.gap(&subject, gap.and(Evidence::noted(whole.at, "the readme")).so("a newcomer has to ask, or to find out by trial"));
    }
    // Only the readme and the guide to contributing are held to their words here: other documents have controls of their own.
    let held: Vec<Passage<'_>> =
        front.iter().filter(|p| p.document.file == readme.file || name_of(&p.document.path).starts_with("contributing")).copied().collect();
    let stale = stale(system, &held);
    if lacks.is_empty() && stale.is_none() && !template {
        tally.summary(format!("{} says how to set up, run and test it, and whatever it names is there", readme.path));
    }
    if let Some(gap) = stale {
        tally.gap(&subject, gap);
    }
    tally.finish(|| Evidence::sought("readme", scope()))
}

fn unread(path: &str) -> Question {
    Question::new(
        format!("{path} is in a format that is not read"),
        "write the readme in Markdown, or attest that it says how to build, run and test",
    )
}

/// The readme, the guides to contributing and developing beside it, and the documents that it links.
fn front<'a>(system: &'a System, readme: &'a Document) -> Vec<Passage<'a>> {
    let folder = folder_of(&readme.path);
    let linked: Vec<String> =
        readme.content.links.iter().filter_map(|l| join(folder, l.target.split(['#', '?']).next().unwrap_or_default())).collect();
    let beside = |d: &Document| {
        let name = name_of(&d.path);
        (folder_of(&d.path) == folder || folder_of(&d.path) == ".github")
            && ["contributing", "development", "developing", "install", "getting-started", "hacking"].iter().any(|n| name.starts_with(n))
    };
    let others =
        system.documents().iter().filter(|d| d.file != readme.file && !d.readiness_claim && (beside(d) || linked.contains(&d.path)));
    std::iter::once(readme).chain(others).map(Passage::whole).collect()
}

/// Where a passage speaks of a topic; a heading counts only with more than its own words below it.
fn spoken(passage: &Passage<'_>, topic: Topic) -> Option<plimsoll_base::Location> {
    let content = &passage.document.content;
    let headed = content.headings.iter().enumerate().find(|(i, h)| {
        let body = content.section(*i).map_or(0, |s| s.end.saturating_sub(s.start));
        !(*i == 0 && h.level == 1) && topic.heads(&h.text) && body as usize > h.text.len() + 30
    });
    match headed {
        Some((_, h)) => Some(plimsoll_base::Location::at(passage.document.file, h.span)),
        None => topic
            .said(passage.text())
            .and_then(|_| passage.speaks_of(topic))
            .filter(|_| find(passage.text(), "todo").is_none() || passage.document.content.words > 60),
    }
}
