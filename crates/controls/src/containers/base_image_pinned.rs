//! Does a rebuild, or a new start, get the same base and third-party images?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Subject, Tally};
use plimsoll_model::image::{BuiltImage, ImageName, Pin};
use plimsoll_model::{Ownership, Service, ServiceKind, System};

use super::no_images;
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "containers/base-image-pinned", page: include_str!("base_image_pinned.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    let updater = updater(system);
    let mut unclear = Vec::new();
    for service in system.services().iter().filter(|s| s.kind != ServiceKind::DevStandIn) {
        if let Some(image) = service.built_image(system) {
            bases(service, &image, updater, &mut tally);
        } else if service.ownership == Ownership::Unclear
            && matches!(service.kind, ServiceKind::Web | ServiceKind::Worker | ServiceKind::Scheduler)
        {
            unclear.push(service);
        } else if service.ownership != Ownership::Source
            && service.build.is_none()
            && let Some(setting) = &service.image
        {
            let subject = service.subject();
            match (setting.known(), setting.at()) {
                (Some(text), at) => {
                    reference(&subject, &format!("`{}`", service.name), text, at.unwrap_or(service.at), updater, &mut tally)
                }
                (None, at) => {
                    let place = system.path_at(at.unwrap_or(service.at)).to_owned();
                    tally.doubt(
                        &subject,
                        Question::new(
                            format!("which image `{}` runs: a variable decides ({place})", service.name),
                            "give the variable a default, or name the image",
                        ),
                    );
                }
            }
        }
    }
    let nothing_else = tally.is_empty();
    for service in unclear {
        // It may be the project's own, built elsewhere: which version of it runs is another control's question.
        let image = service.image_text().unwrap_or("an image that a variable names");
        if nothing_else || matches!(ImageName::parse(image).pin(), Pin::Series | Pin::Nothing) {
            let missing =
                format!("whether `{image}`, which `{}` runs, is the project's own: its definition is not in the repository", service.name);
            tally.doubt(&service.subject(), Question::new(missing, "show the definition of the image, or name a complete version"));
        }
    }
    tally.finish(|| no_images(system))
}

/// Every image from elsewhere that a build starts from or copies from.
fn bases(service: &Service, image: &BuiltImage, updater: Option<Location>, tally: &mut Tally) {
    let subject = service.subject();
    let who = format!("the image of `{}`", service.name);
    for stage in image.stages().into_iter().filter(|s| s.from.stage.is_none()) {
        let at = image.at(stage.from.span);
        match stage.from.image.as_deref() {
            Some("scratch") => tally.met(&subject, Evidence::seen(at, "starts from nothing", Grade::Active)),
            Some(text) => reference(&subject, &who, text, at, updater, tally),
            None => tally.doubt(
                &subject,
                Question::new(
                    format!("what {who} builds on: `{}` has no default", stage.from.raw),
                    "give the argument a default that names a version",
                ),
            ),
        }
    }
    for stage in image.stages() {
        for (copy, span) in plimsoll_model::image::copies(stage).filter(|(c, _)| c.from_stage.is_none()) {
            if let Some(text) = copy.from.as_deref().filter(|f| !f.contains('$') && f.parse::<usize>().is_err()) {
                reference(&subject, &who, text, image.at(span), updater, tally);
            }
        }
    }
    for (command, at) in image.stages().into_iter().flat_map(plimsoll_model::image::commands).map(|c| {
        let at = image.at(c.span);
        (c, at)
    }) {
        if let Some(tool) = command.words.iter().find(|w| w.ends_with("@latest")) {
            let gap = Gap::new("floating-tool", format!("{who} installs `{tool}`"), Evidence::noted(at, command.words.join(" ")));
            tally.gap(&subject, gap.so("a rebuild of the same commit may behave differently, or fail"));
        }
    }
}

fn reference(subject: &Subject, who: &str, text: &str, at: Location, updater: Option<Location>, tally: &mut Tally) {
    let pin = ImageName::parse(text).pin();
    let seen = |says: &str| Evidence::seen(at, format!("{text}: {says}"), Grade::Active);
    match pin {
        Pin::Digest => tally.met(subject, seen("named by its content")),
        Pin::Version => {
            tally.met(subject, seen("a complete version"));
            match updater {
                Some(place) => tally.met(subject, Evidence::seen(place, "new versions of images are proposed by machine", Grade::Active)),
                None => {
                    let gap =
                        Gap::new("no-updater", format!("{who} stays on `{text}` until somebody remembers it"), Evidence::noted(at, text));
                    tally.gap(subject, gap.so("a pinned image without an updater ages, with every weakness found since"));
                }
            }
        }
        Pin::Series => {
            tally.met(subject, seen("a series, not a version"));
            let gap =
                Gap::new("floating-series", format!("{who} follows `{text}`, which moves with every patch"), Evidence::noted(at, text));
            tally.gap(subject, gap.so("two builds of the same commit can differ"));
        }
        Pin::Nothing => {
            let gap = Gap::new("no-version", format!("{who} uses `{text}`, which names no version"), Evidence::noted(at, text));
            tally.gap(subject, gap.so("the next build or pull may bring another major version"));
        }
    }
}

/// Where new versions of images are proposed.
fn updater(system: &System) -> Option<Location> {
    system.updaters().iter().find_map(|u| {
        let entry = u
            .entries
            .iter()
            .find(|e| !e.disabled && matches!(e.ecosystem.as_str(), "docker" | "docker-compose" | "dockerfile" | "helm" | "kubernetes"));
        entry.map(|e| e.at).or_else(|| u.everything.then_some(u.at))
    })
}
