//! Asks whether a document with a diagram names most of what really runs.

use plimsoll_base::{Evidence, Gap, Judgement, Location, Subject, Tally};
use plimsoll_model::{Bearing, Passage, Service, ServiceKind, System, Topic, find, passages};

use super::document_scope;
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "operations/architecture-docs", page: include_str!("architecture_docs.md"), check };

/// Languages of code blocks that are drawn.
const DRAWN: [&str; 8] = ["mermaid", "plantuml", "puml", "dot", "graphviz", "d2", "structurizr", "c4"];
/// Signs of a diagram drawn with characters.
const CHARACTERS: [&str; 8] = ["┌", "│", "└", "╔", "▼", "──►", "-->", "+--"];
/// Files that are diagrams themselves.
const DRAWINGS: [&str; 6] = [
    "**/*.{drawio,puml,plantuml,dsl,d2,mmd,excalidraw}",
    "**/*architecture*.{png,svg,jpg,jpeg,webp,pdf}",
    "**/*diagram*.{png,svg,jpg,jpeg,webp,pdf}",
    "**/*topology*.{png,svg}",
    "**/*overview*.{png,svg}",
    "**/*.drawio.{png,svg}",
];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let scope = || Evidence::sought("description of the architecture", document_scope(system));
    let parts: Vec<&Service> = system.services().iter().filter(|s| !s.helper()).collect();
    let own = system.owned().filter(|s| s.kind != ServiceKind::Job).count();
    let mut candidates: Vec<(bool, Passage<'_>)> = Vec::new();
    for document in system.guides().into_iter().chain(system.aspirations()) {
        candidates.extend(passages(document, Topic::Architecture).into_iter().map(|p| (true, p)));
        candidates.extend(passages(document, Topic::Structure).into_iter().map(|p| (false, p)));
    }
    let measured = |p: &Passage<'_>| parts.iter().filter(|s| names(p, s)).count();
    let best = candidates
        .into_iter()
        .map(|(meant, p)| (measured(&p), drawn(system, &p), system.bearing(p.document) == Bearing::Guide, meant, p))
        .filter(|(n, drawing, _, _, p)| *n > 0 && (drawing.is_some() || p.document.content.words > 40))
        .max_by_key(|(n, drawing, guide, meant, p)| {
            (
                *guide && drawing.is_some(),
                *n * 10 >= parts.len() * 7,
                *guide && *meant,
                drawing.is_some(),
                *guide,
                *n,
                std::cmp::Reverse(p.document.file),
            )
        });
    let complete = best.as_ref().is_some_and(|(_, drawing, guide, meant, _)| drawing.is_some() && *guide && *meant);
    if parts.is_empty() || (own <= 1 && parts.len() <= 2 && !complete) {
        let why = match parts.iter().find(|s| s.owned()).or(parts.first()) {
            Some(s) => Evidence::noted(s.at, format!("{} is the only service of its own", s.name)),
            None => Evidence::sought("service that runs", system.deployment_scope()),
        };
        tally.not_applicable(why);
        return tally.finish(scope);
    }
    let Some((named, drawing, guide, _, passage)) = best else {
        tally.gap(
            &subject,
            Gap::new("no-description", format!("no document describes how the {} services work together", parts.len()), scope())
                .so("every change and every outage starts with finding out what there is"),
        );
        return tally.finish(scope);
    };
    tally.met(&subject, Evidence::noted(passage.at, format!("“{}” names {named} of {} services", passage.title, parts.len())));
    if let Some((at, says)) = &drawing {
        tally.met(&subject, Evidence::noted(*at, says.clone()));
    } else {
        tally.gap(
            &subject,
            Gap::new(
                "no-diagram",
                format!("{} describes the system without a diagram", passage.document.path),
                Evidence::sought("diagram", vec![system.scope_of(passage.document.file)]),
            )
            .so("flows and boundaries stay in the reader's imagination"),
        );
    }
    if !guide {
        tally.gap(
            &subject,
            Gap::new(
                "aspirational",
                format!("{} is a plan or study material, not a description of what runs", passage.document.path),
                Evidence::noted(passage.at, passage.title),
            )
            .so("nobody knows which of it is built"),
        );
    }
    if named * 10 < parts.len() * 7 {
        let absent: Vec<&Service> = parts.iter().copied().filter(|s| !names(&passage, s)).collect();
        let list = absent.iter().take(5).map(|s| s.name.as_str()).collect::<Vec<_>>().join(", ");
        let mut gap = Gap::new(
            "services-unnamed",
            format!("{} names {named} of {} services; it leaves out {list}", passage.document.path, parts.len()),
            Evidence::noted(passage.at, passage.title),
        );
        gap = absent.iter().take(5).fold(gap, |g, s| g.and(Evidence::noted(s.at, format!("service {}", s.name))));
        tally.gap(&subject, gap.so("the picture misleads about what must be kept alive"));
    }
    tally.finish(scope)
}

/// Whether a passage names a service: by its name, its engine, its image or its part (`frontend`, `worker`, `proxy`).
fn names(passage: &Passage<'_>, service: &Service) -> bool {
    let text = passage.text();
    let name = service.name.to_lowercase();
    let spaced = name.replace(['-', '_', '.'], " ");
    let joined = name.replace(['-', '_', '.'], "");
    if [&name, &spaced, &joined].iter().any(|n| n.len() > 1 && find(text, n).is_some()) {
        return true;
    }
    if let Some(engine) = service.engine {
        let also = match engine {
            "postgres" => "postgresql",
            "mongo" | "mongodb" => "mongo*",
            "mysql" | "mariadb" => "mariadb",
            _ => engine,
        };
        return find(text, engine).is_some() || find(text, also).is_some();
    }
    let image = service.image_text().map(|i| i.rsplit('/').next().unwrap_or(i).split([':', '@']).next().unwrap_or(i).to_lowercase());
    if image.is_some_and(|i| i.len() > 2 && find(text, &i).is_some()) {
        return true;
    }
    // `order-service` is named by "order service" above; its telling word alone will do where it is long enough.
    const PLAIN: [&str; 12] =
        ["service", "server", "app", "prod", "production", "dev", "main", "core", "staging", "container", "task", "function"];
    name.split(['-', '_', '.']).any(|w| w.len() > 3 && !PLAIN.contains(&w) && find(text, w).is_some())
}

/// The first diagram in a passage's document, or the drawing that it links.
fn drawn(system: &System, passage: &Passage<'_>) -> Option<(Location, String)> {
    let document = passage.document;
    let block = document.content.code_blocks.iter().filter(|b| passage.holds(b.span)).find(|b| {
        let lang = b.lang.as_deref().unwrap_or_default().to_ascii_lowercase();
        DRAWN.contains(&lang.as_str())
            || (b.text.lines().count() > 4 && CHARACTERS.iter().filter(|c| b.text.contains(**c)).count() >= 2 && !tree(&b.text))
    });
    if let Some(block) = block {
        return Some((Location::at(document.file, block.span), "a diagram".into()));
    }
    let drawings: Vec<&str> =
        DRAWINGS.iter().flat_map(|g| system.matching(g)).map(|f| f.path.rsplit('/').next().unwrap_or(&f.path)).collect();
    let shown = document.content.links.iter().filter(|l| passage.holds(l.span)).find(|l| {
        let target = l.target.split(['#', '?']).next().unwrap_or_default();
        let name = target.rsplit('/').next().unwrap_or(target);
        let words = format!("{} {}", l.text, name).to_lowercase();
        let pictured = l.image
            && ["architect", "diagram", "overview", "topology", "system", "infra"].iter().any(|w| words.contains(w))
            && !words.contains("badge");
        (pictured
            && (target.contains("://")
                || drawings.contains(&name)
                || plimsoll_model::join(plimsoll_model::folder_of(&document.path), target).is_some_and(|p| system.exists(&p))))
            || (!name.is_empty() && drawings.contains(&name))
    })?;
    Some((Location::at(document.file, shown.span), format!("shows {}", shown.target)))
}

/// Whether a drawing with characters is a tree of folders.
fn tree(text: &str) -> bool {
    text.contains("├──") && !text.contains('┌') && !text.contains("+--") && !text.contains("▼")
}
