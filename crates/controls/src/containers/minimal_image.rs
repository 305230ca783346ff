//! Does the image that runs hold only what it needs?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Tally};
use plimsoll_model::image::{BuiltImage, NodeModules, Weight, is_compiler, is_headers, weight};
use plimsoll_model::{Service, System};

use super::no_images;
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "containers/minimal-image", page: include_str!("minimal_image.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in system.owned().filter(|s| !s.helper()) {
        if let Some(image) = service.built_image(system) {
            judge(system, service, &image, &mut tally);
        } else if let Some(tool) = system.built_by_tools().first().filter(|_| !service.on_platform()) {
            tally.met(
                &service.subject(),
                Evidence::seen(tool.at, format!("{} chooses a base without a system around the program", tool.tool), Grade::Active),
            );
        } else if service.on_platform() {
            tally.not_applicable(Evidence::noted(service.at, format!("the platform makes the image of `{}`", service.name)));
        }
    }
    tally.finish(|| no_images(system))
}

fn judge(system: &System, service: &Service, image: &BuiltImage, tally: &mut Tally) {
    let subject = service.subject();
    let name = &service.name;
    let from = image.base_text();
    let at = image.base_at();
    match image.base().as_ref().map(weight) {
        Some(Weight::Small) => {
            tally.met(&subject, Evidence::seen(at, format!("`{name}` builds on `{from}`"), Grade::Active));
            surplus(system, service, image, tally);
        }
        Some(Weight::Special) => {
            tally.met(&subject, Evidence::seen(at, format!("`{name}` needs what `{from}` brings"), Grade::Active));
            let gap = Gap::new(
                "large-base",
                format!("`{name}` builds on `{from}`, which is large for a reason"),
                Evidence::noted(at, format!("FROM {from}")),
            );
            tally.gap(&subject, gap.so("it starts slowly and needs more patches; a runtime variant may do"));
        }
        Some(weight @ (Weight::Full | Weight::Sdk)) => {
            let what = if weight == Weight::Sdk { "build tools" } else { "a whole system" };
            let gap = Gap::new(
                "full-base",
                format!("`{name}` runs on `{from}`, which brings {what}"),
                Evidence::noted(at, format!("FROM {from}")),
            );
            tally.gap(&subject, gap.so("hundreds of packages that never run have to be patched, and help whoever breaks in"));
        }
        Some(Weight::Unknown) | None => tally.doubt(
            &subject,
            Question::new(
                format!("what `{from}` holds, on which `{name}` is built"),
                "measure the image (`docker image inspect`), or build on a known slim base",
            ),
        ),
    }
}

/// What a small base carries beyond its need.
fn surplus(system: &System, service: &Service, image: &BuiltImage, tally: &mut Tally) {
    let subject = service.subject();
    let name = &service.name;
    for package in image.system_packages().into_iter().filter(|p| is_compiler(&p.name) || is_headers(&p.name)) {
        let gap = Gap::new(
            "build-packages",
            format!("the image of `{name}` keeps {}, which only builds need", package.name),
            Evidence::noted(package.at, format!("installs {}", package.name)),
        );
        tally.gap(&subject, gap.so("the image is larger and offers tools to whoever breaks in"));
    }
    let contents = image.contents();
    let Some(content) = contents.get(image.stage.index) else { return };
    if let Some((NodeModules::Full, at)) = content.node_modules
        && service.packages(system).iter().any(|p| p.dependencies.iter().any(|d| d.dev))
    {
        let gap = Gap::new(
            "development-dependencies",
            format!("the image of `{name}` holds the modules that only development needs"),
            Evidence::noted(at, "brings development dependencies"),
        );
        tally.gap(&subject, gap.so("test and build tools are shipped, with their weaknesses"));
    }
    for (command, at) in image.commands() {
        let Some((program, args)) = command.program_and_args() else { continue };
        let has = |word: &str| args.iter().any(|a| a == word);
        let manager = |list: &[&str]| args.iter().find(|a| list.contains(&a.split('@').next().unwrap_or(a))).cloned();
        let installs = |p: &str| program == p && (has("install") || has("i") || has("add"));
        if installs("npm")
            && (has("-g") || has("--global"))
            && let Some(tool) = manager(&["pnpm", "yarn", "npm", "typescript", "turbo", "nodemon"])
        {
            let gap = Gap::new(
                "package-manager",
                format!("the image of `{name}` installs {tool} into what runs"),
                Evidence::noted(at, command.words.join(" ")),
            );
            tally.gap(&subject, gap.so("nothing uses it at run time, and it can fetch more"));
        }
        let development = match program {
            "pip" | "pip3" => {
                args.iter().any(|a| a.contains("requirements") && (a.contains("dev") || a.contains("test")))
                    || args.iter().any(|a| a.contains("[dev") || a.contains("[test"))
            }
            "composer" => has("install") && !has("--no-dev"),
            _ => false,
        };
        if development {
            let gap = Gap::new(
                "development-dependencies",
                format!("the image of `{name}` installs what only development needs"),
                Evidence::noted(at, command.words.join(" ")),
            );
            tally.gap(&subject, gap.so("test and build tools are shipped, with their weaknesses"));
        }
    }
}
