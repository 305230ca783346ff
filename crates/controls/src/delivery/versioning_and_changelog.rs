//! Asks whether one can tell which version runs, and what changed in it.

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Sourced, Subject, Tally};
use plimsoll_model::repository::Document;
use plimsoll_model::{Capability, Passage, SignSource, System, name_of};

use crate::Control;

pub(crate) const CONTROL: Control =
    Control { id: "delivery/versioning-and-changelog", page: include_str!("versioning_and_changelog.md"), check };

/// Versions that generators write into a new manifest.
const INITIAL: [&str; 9] = ["0.1.0", "0.0.0", "0.0.1", "1.0.0", "0.1", "1.0", "0.0.1-SNAPSHOT", "1.0-SNAPSHOT", "0.0.0-development"];
/// Labels of an image by which a running container tells its version.
const LABELS: [&str; 4] =
    ["org.opencontainers.image.revision", "org.opencontainers.image.version", "org.label-schema.vcs-ref", "org.label-schema.version"];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let scope = || {
        system.scopes(&[
            "**/{CHANGELOG,CHANGES,HISTORY,RELEASES,NEWS}*",
            "**/{.releaserc*,release-please-config.json,.goreleaser.*,cliff.toml,.changeset/*}",
            "**/{package.json,pyproject.toml,Cargo.toml,pom.xml,composer.json}",
        ])
    };
    let releases: Vec<_> = system
        .activities(Capability::Release)
        .into_iter()
        .filter(|a| a.sign.technology != "Sentry" && a.live() && (a.automatic() || a.job.on.manual))
        .collect();
    for release in releases.iter().take(2) {
        tally.met(&subject, Evidence::seen(release.sign.at, format!("makes releases: {}", release.sign.says), Grade::Active));
    }
    let tools = system.signs_of(Capability::Release).filter(|s| !matches!(s.source, SignSource::Pipeline(_)));
    for tool in tools.take(2) {
        tally.met(&subject, Evidence::seen(tool.at, tool.says.clone(), Grade::Declared));
    }
    let changelog = changelog(system);
    let versions: Vec<&Sourced<String>> = system.packages().iter().filter(|p| p.product).filter_map(|p| p.version.as_ref()).collect();
    let bumped: Vec<&&Sourced<String>> =
        versions.iter().filter(|v| !INITIAL.contains(&v.value.as_str()) && v.value.starts_with(|c: char| c.is_ascii_digit())).collect();
    let dated = changelog.map(dated).unwrap_or_default();
    if let Some(document) = changelog {
        let at = dated.first().map_or(Passage::whole(document).at, |d| d.at);
        match dated.len() {
            0 if days(document) > 0 => {
                tally.met(&subject, Evidence::seen(at, "lists changes by date", Grade::Declared));
                tally.gap(
                    &subject,
                    Gap::new(
                        "unversioned",
                        format!("{} lists changes by date, without versions", document.path),
                        Evidence::noted(at, "the changelog"),
                    )
                    .so("nobody can tell which of the changes are in what runs"),
                );
            }
            0 => {
                tally.met(&subject, Evidence::seen(at, "a changelog without dated versions", Grade::Declared));
                tally.gap(
                    &subject,
                    Gap::new("undated", format!("{} lists no dated version", document.path), Evidence::noted(at, "the changelog"))
                        .so("nobody can tell which of the changes are running"),
                );
            }
            1 => {
                tally.met(&subject, Evidence::seen(at, format!("lists {}", dated[0].value), Grade::Declared));
                tally.gap(
                    &subject,
                    Gap::new(
                        "one-version",
                        format!("{} lists a single dated version", document.path),
                        Evidence::noted(at, dated[0].value.clone()),
                    )
                    .so("it was written once, and nothing shows that it follows the releases"),
                );
            }
            n => tally.met(&subject, Evidence::seen(at, format!("lists {n} dated versions, the latest {}", dated[0].value), Grade::Active)),
        }
        // With a tool that writes the versions, a manifest may hold a placeholder.
        if releases.is_empty()
            && let Some(latest) = dated.first()
            && let Some(first) = versions.first()
            && !versions.iter().any(|v| same(&v.value, &latest.value))
        {
            let gap = Gap::new(
                "versions-disagree",
                format!("the changelog ends at {} and the manifest says {}", latest.value, first.value),
                Evidence::noted(latest.at, latest.value.clone()),
            );
            tally.gap(
                &subject,
                gap.and(Evidence::noted(first.at, first.value.clone()))
                    .so("the number that an artefact bears does not lead to its changes"),
            );
        }
    }
    let labels = labels(system);
    for (at, says) in labels.iter().take(2) {
        tally.met(&subject, Evidence::seen(*at, says.clone(), Grade::Wired));
    }
    if changelog.is_none() && releases.is_empty() {
        if let Some(version) = bumped.first() {
            tally.met(&subject, Evidence::seen(version.at, format!("version {}", version.value), Grade::Declared));
        }
        let mut gap = Gap::new(
            "no-changelog",
            "nothing tells what changed between versions",
            Evidence::sought("a changelog or a tool that makes releases", scope()),
        );
        if let Some(version) = versions.first() {
            let template = INITIAL.contains(&version.value.as_str());
            gap = gap.and(Evidence::noted(
                version.at,
                if template { format!("version {}, as generated", version.value) } else { format!("version {}", version.value) },
            ));
        }
        tally.gap(&subject, gap.so("after an outage nobody can tell what was new"));
    }
    tally.finish(|| Evidence::sought("a changelog", scope()))
}

/// The changelog of the product: the nearest to the root.
fn changelog(system: &System) -> Option<&Document> {
    let named = |d: &&Document| {
        let name = name_of(&d.path);
        matches!(
            name.split('.').next().unwrap_or_default(),
            "changelog" | "changes" | "history" | "releases" | "release-notes" | "release_notes" | "news"
        )
    };
    system
        .documents()
        .iter()
        .filter(|d| d.product && !d.readiness_claim)
        .filter(named)
        .min_by_key(|d| (d.path.matches('/').count(), d.path.clone()))
}

/// The headings that name a version and a date, in their order.
fn dated(document: &Document) -> Vec<Sourced<String>> {
    let headings = document.content.headings.iter().filter_map(|h| {
        let words =
            || h.text.split(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | '(' | ')' | ',' | ':')).filter(|w| !w.is_empty());
        let version = words().map(|w| w.trim_start_matches(['v', 'V'])).find(|w| version_like(w))?;
        words().any(date_like).then(|| Sourced::new(version.to_owned(), Location::at(document.file, h.span)))
    });
    headings.collect()
}

/// How many headings name a date.
fn days(document: &Document) -> usize {
    document
        .content
        .headings
        .iter()
        .filter(|h| h.text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | ',')).any(date_like))
        .count()
}

/// `1.2`, `1.2.3`, `2.0.0-rc.1`; not a date.
fn version_like(word: &str) -> bool {
    let parts: Vec<&str> = word.split(['.', '-', '+']).collect();
    let number = |p: &&str| !p.is_empty() && p.len() <= 4 && p.bytes().all(|b| b.is_ascii_digit());
    parts.len() >= 2 && parts[..2].iter().all(number) && word.contains('.') && !date_like(word)
}

/// `2025-01-31`, `2025/01/31`, `31.01.2025`, or a year beside a month's name.
fn date_like(word: &str) -> bool {
    let parts: Vec<&str> = word.split(['-', '/', '.']).collect();
    let numbers = parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    let year = |p: &str| p.len() == 4 && (p.starts_with("19") || p.starts_with("20"));
    numbers && (parts.len() == 3 && (year(parts[0]) || year(parts[2])) || parts.len() == 1 && year(word))
}

/// Whether two versions are one: `1.2` and `1.2.0`, `v` left out.
fn same(a: &str, b: &str) -> bool {
    let plain = |v: &str| v.trim_start_matches('v').trim_end_matches("-SNAPSHOT").to_owned();
    let (a, b) = (plain(a), plain(b));
    a == b || format!("{a}.0") == b || format!("{b}.0") == a
}

/// What stamps an image with its revision or version.
fn labels(system: &System) -> Vec<(Location, String)> {
    let mut found = Vec::new();
    for pipeline in system.pipelines() {
        for step in pipeline.jobs.iter().flat_map(|j| &j.steps) {
            let metadata = step.uses.as_ref().filter(|u| u.value.starts_with("docker/metadata-action"));
            found.extend(metadata.map(|u| (u.at, "labels images with revision and version".to_owned())));
        }
    }
    for image in system.images().iter().filter(|i| i.product) {
        for (key, at) in image.labels() {
            if LABELS.contains(&key) {
                found.push((at, format!("labels the image with {key}")));
            }
        }
    }
    found
}
