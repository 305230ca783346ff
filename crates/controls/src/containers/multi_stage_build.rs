//! Does what builds a program stay out of the image that runs it?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Tally};
use plimsoll_model::image::{BuiltImage, NodeModules, Weight, is_compiler, weight};
use plimsoll_model::{Service, System};

use super::no_images;
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "containers/multi-stage-build", page: include_str!("multi_stage_build.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in system.owned().filter(|s| !s.helper()) {
        if let Some(image) = service.built_image(system) {
            judge(system, service, &image, &mut tally);
        } else if let Some(tool) = system.built_by_tools().first().filter(|_| !service.on_platform()) {
            tally.met(
                &service.subject(),
                Evidence::seen(tool.at, format!("{} puts the program alone into the image", tool.tool), Grade::Active),
            );
        } else if service.on_platform() {
            tally.not_applicable(Evidence::noted(service.at, format!("the platform builds `{}`", service.name)));
        }
    }
    tally.finish(|| no_images(system))
}

fn judge(system: &System, service: &Service, image: &BuiltImage, tally: &mut Tally) {
    let subject = service.subject();
    let name = &service.name;
    let contents = image.contents();
    let ends_with = contents.get(image.stage.index).cloned().unwrap_or_default();
    let sdk = image.base().is_some_and(|b| weight(&b) == Weight::Sdk);
    let compilers: Vec<_> = image.system_packages().into_iter().filter(|p| is_compiler(&p.name)).collect();
    let base = image.base_text();
    let splits = image.takes_from_stages();

    if !splits && !sdk && compilers.is_empty() && ends_with.built.is_none() {
        tally.not_applicable(Evidence::noted(
            image.base_at(),
            format!("the image of `{name}` builds nothing: there is no build environment to keep out"),
        ));
        return;
    }
    if splits || image.chain().len() > 1 {
        tally.met(
            &subject,
            Evidence::seen(
                image.at(image.stage.from.span),
                format!("the image of `{name}` has a stage of its own to run from"),
                Grade::Active,
            ),
        );
    }
    if sdk {
        let gap = Gap::new(
            "build-tools-in-runtime",
            format!("`{name}` runs on `{base}`, which holds the compiler"),
            Evidence::noted(image.base_at(), format!("FROM {base}")),
        );
        tally.gap(&subject, gap.so("whoever gets into the container finds a compiler and a package manager, and every start pulls them"));
    }
    for package in &compilers {
        let gap = Gap::new(
            "build-tools-in-runtime",
            format!("the image of `{name}` keeps {}", package.name),
            Evidence::noted(package.at, format!("installs {}", package.name)),
        );
        tally.gap(&subject, gap.so("whoever gets into the container finds a compiler"));
    }
    if let Some((words, at)) = ends_with.built.filter(|_| !splits) {
        let gap = Gap::new(
            "built-in-place",
            format!("the image of `{name}` runs in the stage that built it"),
            Evidence::noted(at, format!("`{}` runs in the final stage", words.join(" "))),
        );
        tally.gap(&subject, gap.so("sources, build tools and their dependencies are all shipped"));
    }
    let development = service.packages(system).iter().any(|p| p.dependencies.iter().any(|d| d.dev));
    if let Some((NodeModules::Full, at)) = ends_with.node_modules.filter(|_| development && splits) {
        let gap = Gap::new(
            "development-dependencies",
            format!("the image of `{name}` takes the whole `node_modules`, tools for development included"),
            Evidence::noted(at, "brings node_modules with development dependencies"),
        );
        tally.gap(&subject, gap.so("the image is larger than it needs to be and carries the weaknesses of tools that never run"));
    }
}
