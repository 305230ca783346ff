//! Do pages and their files come from caches near the reader?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::estate::{Entry, EntryKind, StoreKind};
use plimsoll_model::{Capability, Held, PlaceKind, Service, ServiceKind, Sign, System};

use super::doors::{Doors, no_edge, nothing_public, of_platform, serves};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "edge/cdn", page: include_str!("cdn.md"), check };

/// Files of which pages are made.
const PAGES: &str = "**/*.{html,htm,erb,ejs,hbs,jinja,j2,twig,blade.php,cshtml,heex}";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let doors = Doors::of(system);
    let subject = Subject::system();
    let front = system.infrastructure().entries.iter().any(|e| e.kind == EntryKind::Cdn);
    if !front && !pages(system) {
        tally.not_applicable(Evidence::sought(
            "pages: a frontend framework, a static site, templates",
            system.scopes(&["**/package.json", PAGES]),
        ));
        return tally.finish(|| nothing_public(system));
    }
    for entry in system.infrastructure().entries.iter().filter(|e| e.kind == EntryKind::Cdn && e.enabled.off()) {
        let seen = Evidence::seen(entry.enabled.at, format!("`{}`: {}", entry.name, entry.enabled.says), Grade::Declared);
        tally.met(&subject, seen.clone());
        tally.gap(
            &subject,
            Gap::new("dormant", format!("`{}` is switched off", entry.name), seen).so("every request travels to the origin"),
        );
    }
    let keeps = |e: &&Entry| e.caches.as_ref().is_some_and(|c| !c.off()) || e.kind == EntryKind::Cdn;
    let keeping: Vec<&Entry> = doors.entries.iter().copied().filter(keeps).collect();
    for entry in &keeping {
        judge(entry, &subject, &mut tally);
    }
    if !keeping.is_empty() && keeping.iter().all(|e| media(system, e)) {
        for entry in doors.entries.iter().filter(|e| !keeping.iter().any(|k| k.name == e.name)) {
            let rendered = system.owned().find(|s| renders(system, s) && leads(entry, s));
            if let Some(service) = rendered {
                let proof = Evidence::noted(entry.at, format!("`{}` leads to `{}`", entry.name, service.name));
                let gap = Gap::new("media-only", format!("the pages of `{}` come past the caches", service.name), proof);
                tally.gap(&subject, gap.so("scripts and styles travel to the origin for every reader"));
            }
        }
    }
    if tally.is_empty() && (serves(system) || !doors.is_empty()) {
        absent(system, &doors, &subject, &mut tally);
    }
    tally.finish(|| nothing_public(system))
}

fn judge(entry: &Entry, subject: &Subject, tally: &mut Tally) {
    let front = entry.caches.as_ref().map_or(entry.at, |c| c.at);
    match entry.caches.as_ref().map(|c| (c.known().copied(), c)) {
        Some((Some(true), caches)) => {
            tally.met(subject, Evidence::seen(front, format!("`{}`: {}", entry.name, caches.says), Grade::Active))
        }
        Some((Some(false), caches)) => {
            tally.met(subject, Evidence::seen(entry.at, format!("`{}` stands in front", entry.name), Grade::Wired));
            let proof = Evidence::noted(caches.at, caches.says.clone());
            let gap =
                Gap::new("caching-void", format!("`{}` keeps no copy that a second reader could use: {}", entry.name, caches.says), proof);
            tally.gap(subject, gap.so("every request travels to the origin, with one hop more"));
        }
        _ => {
            let missing = format!("whether `{}` keeps copies: its cache rules are decided elsewhere", entry.name);
            tally.doubt(subject, Question::new(missing, "show the cache policy, or a response that came from the cache"));
        }
    }
    for target in &entry.targets {
        if let Some(why) = &target.unstable {
            let gap = Gap::new(
                "changing-origin",
                format!("the origin of `{}` cannot last: {why}", entry.name),
                Evidence::noted(target.at, why.clone()),
            );
            tally.gap(subject, gap.so("after the next restart the caches fill from nowhere"));
        }
    }
}

/// Whether there are pages to keep: a site, a frontend that is built, templates.
fn pages(system: &System) -> bool {
    let written = || {
        let found = system.matching(PAGES);
        found.into_iter().any(|f| page(system, f))
    };
    system.infrastructure().entries.iter().any(|e| e.kind == EntryKind::Site)
        || system.services().iter().any(|s| s.kind == ServiceKind::Static)
        || system.owned().any(|s| renders(system, s))
        || written()
}

fn concerns(system: &System, service: &Service, sign: &Sign) -> bool {
    service.source_folder(system).is_some_and(|folder| system.concerns(sign, &folder))
}

/// Whether a service of this repository renders or serves pages.
fn renders(system: &System, service: &Service) -> bool {
    service.kind == ServiceKind::Static || system.signs_of(Capability::FrontendFramework).any(|sign| concerns(system, service, sign))
}

fn leads(entry: &Entry, service: &Service) -> bool {
    entry.name == service.name
        || entry.targets.iter().any(|t| t.name.as_deref().is_some_and(|n| n == service.name || n.ends_with(&format!(".{}", service.name))))
}

/// Whether an entry leads to buckets only.
fn media(system: &System, entry: &Entry) -> bool {
    !of_platform(entry)
        && !entry.targets.is_empty()
        && entry.targets.iter().all(|t| {
            t.name.as_deref().is_some_and(|n| {
                n.contains("bucket") || system.infrastructure().stores.iter().any(|s| s.name == n && s.kind == StoreKind::Objects)
            })
        })
}

fn absent(system: &System, doors: &Doors<'_>, subject: &Subject, tally: &mut Tally) {
    let own: Vec<&Entry> = doors.entries.iter().copied().filter(|e| !of_platform(e) && e.public.known().is_some()).collect();
    let linked = own.iter().any(|e| system.services().iter().any(|s| leads(e, s)));
    let serving = own.iter().find(|e| !linked || e.targets.is_empty() || system.owned().any(|s| leads(e, s) && has_pages(system, s)));
    if let Some(entry) = serving {
        let proof = Evidence::noted(entry.at, format!("`{}` answers every request itself", entry.name));
        let sought = Evidence::sought("content network, caching backend or asset host", system.deployment_scope());
        let gap = Gap::new("no-cdn", "pages and their files are served by the application's own machines only", proof).and(sought);
        tally.gap(subject, gap.so("readers far away wait, and a crowd takes the capacity that the application needs"));
        return;
    }
    let settle = "name the service that answers for the pages' domain, with its cache rules";
    if let Some(entry) = doors.entries.iter().find(|e| of_platform(e)) {
        tally.doubt(subject, Question::new(format!("what stands before `{}`: its platform keeps no copies by itself", entry.name), settle));
    } else if let Some(entry) = doors.entries.first() {
        tally.doubt(subject, Question::new(format!("from where pages are served: `{}` leads to none that is known", entry.name), settle));
    } else if let Some((service, port)) = doors.ports.first() {
        let missing = format!("what stands before `{}`, which publishes its own port ({})", service.name, port.says);
        tally.doubt(subject, Question::new(missing, settle));
    } else {
        tally.doubt(subject, no_edge(system));
    }
}

/// Whether a file is part of a page: not a document, nor what goes out by mail.
fn page(system: &System, file: &Held) -> bool {
    file.product() && system.place(&file.path) != PlaceKind::Document && !file.path.contains("mail")
}

/// Whether a service's own folder holds pages.
pub(super) fn has_pages(system: &System, service: &Service) -> bool {
    renders(system, service)
        || match service.source_folder(system) {
            Some(folder) => system
                .matching(PAGES)
                .into_iter()
                .any(|f| page(system, f) && (folder.is_empty() || f.path.starts_with(&format!("{folder}/")))),
            // Of the only service there is, all that is here is the source.
            None => system.owned().filter(|s| s.serves()).count() == 1,
        }
}
