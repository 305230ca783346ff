//! Does every service of this repository have an image that can be built and that starts for production?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Tally};
use plimsoll_model::image::BuiltImage;
use plimsoll_model::{Ownership, Service, System};

use super::nothing_runs_it;
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "containers/image-build", page: include_str!("image_build.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in system.services().iter().filter(|s| s.owned() && !s.helper()) {
        judge(system, service, &mut tally);
    }
    for service in system.services().iter().filter(|s| !s.owned() && !s.helper()) {
        if let Some(at) = service.mounted_program(system) {
            let image = service.image_text().unwrap_or_default();
            let says = format!("`{}` has no image: its program is mounted from the host into `{image}`", service.name);
            let gap = Gap::new("no-image", says, Evidence::noted(at, "mounts a folder of the repository"));
            tally.gap(
                &service.subject(),
                gap.so("what runs is whatever lies on that host, and its dependencies are installed at every start or by hand"),
            );
        }
    }
    if tally.is_empty() {
        for service in system.services().iter().filter(|s| s.ownership == Ownership::Unclear && !s.helper()) {
            unclear(system, service, &mut tally);
        }
    }
    tally.finish(|| Evidence::sought("service of this repository that runs as a container", system.deployment_scope()))
}

fn judge(system: &System, service: &Service, tally: &mut Tally) {
    let subject = service.subject();
    if let Some(image) = service.built_image(system) {
        let defined = format!("`{}` is built from {}", service.name, image.definition.path);
        tally.met(&subject, Evidence::seen(image.at(image.stage.from.span), defined, Grade::Active));
        flaws(system, service, &image, tally);
        return;
    }
    match &service.build {
        Some(build) if build.dockerfile.is_some() && !build.dockerfile_exists => {
            let path = build.dockerfile.as_deref().unwrap_or_default();
            let proof = Evidence::noted(build.at, format!("builds from {path}, which the repository does not hold"));
            tally.gap(
                &subject,
                Gap::new("no-image", format!("`{}` is built from {path}, which does not exist", service.name), proof)
                    .so("the build stops before it starts"),
            );
        }
        Some(build) => tally.doubt(
            &subject,
            Question::new(
                format!("how `{}` is built: its context or target is decided elsewhere ({})", service.name, system.path_at(build.at)),
                "build it once from a clean checkout, or name a context of this repository",
            ),
        ),
        None => undefined(system, service, tally),
    }
}

/// An own service without an image definition.
fn undefined(system: &System, service: &Service, tally: &mut Tally) {
    let subject = service.subject();
    if service.on_platform() {
        tally.not_applicable(Evidence::noted(service.at, format!("the platform builds `{}` from its source", service.name)));
    } else if let Some(tool) = system.built_by_tools().first() {
        tally.met(&subject, Evidence::seen(tool.at, format!("{} builds the image of `{}`", tool.tool, service.name), Grade::Active));
    } else {
        let sought = Evidence::sought(
            "a Dockerfile, or a tool that builds images",
            system.scopes(&["**/{Dockerfile,Containerfile}*", "**/*.Dockerfile", "**/{pom.xml,build.gradle*,.ko.yaml,project.toml}"]),
        );
        let says = if nothing_runs_it(system) { "nothing here builds what production would run" } else { "no image is defined for it" };
        let gap = Gap::new("no-image", format!("`{}`: {says}", service.name), sought)
            .and(Evidence::noted(service.at, format!("`{}` is declared here", service.name)));
        tally.gap(&subject, gap.so("each machine runs what somebody put there by hand, and no two are alike"));
    }
}

/// An image of which nothing tells who builds it.
fn unclear(system: &System, service: &Service, tally: &mut Tally) {
    let subject = service.subject();
    if let Some(tool) = system.built_by_tools().first() {
        tally.met(&subject, Evidence::seen(tool.at, format!("{} builds images here", tool.tool), Grade::Active));
        return;
    }
    let image = service.image_text().unwrap_or("an image that a variable names");
    tally.doubt(
        &subject,
        Question::new(
            format!("who builds `{image}`, which `{}` runs: no definition here matches it", service.name),
            "name the repository and the pipeline that build it",
        ),
    );
}

fn flaws(system: &System, service: &Service, image: &BuiltImage, tally: &mut Tally) {
    let subject = service.subject();
    let name = &service.name;
    if let Some(context) = service.build_context(system) {
        for missing in context.missing(image, system).into_iter().take(5) {
            let source = &missing.source;
            let (why, proof) = match missing.excluded {
                Some(at) => ("the ignore file keeps out of the build", Evidence::noted(at, format!("keeps {source} out of the context"))),
                None => {
                    let path = context.from_root(source).unwrap_or_default();
                    ("the context does not hold", Evidence::sought(source.clone(), vec![system.scope(&path)]))
                }
            };
            let gap = Gap::new(
                "missing-source",
                format!("the image of `{name}` copies `{source}`, which {why}"),
                Evidence::noted(missing.at, format!("copies {source}")),
            )
            .and(proof);
            tally.gap(&subject, gap.so("the build stops at that line"));
        }
    }
    if let Some((why, at)) = service.development_image(system, image) {
        let gap =
            Gap::new("development-image", format!("the only image of `{name}` is one for development: {why}"), Evidence::noted(at, why));
        tally.gap(&subject, gap.so("what is tested on a desk is not what production would run, and nothing here builds that"));
    }
    if let Some((start, why)) = service.start(system).into_iter().find_map(|s| s.development().map(|why| (s, why))) {
        let text = start.command.words.join(" ");
        let proof = Evidence::noted(start.at, format!("starts `{text}`"));
        let gap = Gap::new("development-server", format!("`{name}` starts a server for development: {why}"), proof);
        tally.gap(
            &subject,
            gap.so("it is slow, serves one request at a time or shows its internals, and its makers advise against it in production"),
        );
    }
    let contents = image.contents();
    for stage in image.stages() {
        let Some((words, at)) = contents.get(stage.index).and_then(|c| c.built_without_tools.as_ref()) else { continue };
        let needs = service.packages(system).iter().any(|p| p.dependencies.iter().any(|d| d.dev && is_build_tool(&d.name)));
        if needs {
            let gap = Gap::new(
                "build-tools-left-out",
                format!("the image of `{name}` builds after installing production dependencies only"),
                Evidence::noted(*at, format!("`{}` needs development dependencies", words.join(" "))),
            );
            tally.gap(&subject, gap.so("the build fails: its compiler or bundler is a development dependency"));
        }
    }
    if let Some((at, configuration)) = image.standalone_without_output(service, system) {
        let gap = Gap::new(
            "no-standalone-output",
            format!("the image of `{name}` copies `.next/standalone`, which the build does not write"),
            Evidence::noted(at, "copies .next/standalone"),
        )
        .and(configuration);
        tally.gap(&subject, gap.so("the build stops at that line"));
    }
    if let Some((why, at)) = image.out_of_reach() {
        let mut gap =
            Gap::new("unreadable-dependencies", format!("the image of `{name}` cannot start: {why}"), Evidence::noted(at, why.clone()));
        if let Some((user, at)) = image.user() {
            gap = gap.and(Evidence::noted(at, format!("runs as {user}")));
        }
        tally.gap(&subject, gap.so("/root is open to root alone, so the program or its packages are not found"));
    }
}

/// Compilers and bundlers of Node projects, which stand among the development dependencies.
fn is_build_tool(name: &str) -> bool {
    matches!(
        name,
        "typescript"
            | "vite"
            | "webpack"
            | "esbuild"
            | "rollup"
            | "tsup"
            | "parcel"
            | "@nestjs/cli"
            | "@angular/cli"
            | "@sveltejs/kit"
            | "react-scripts"
            | "turbo"
            | "@swc/cli"
            | "@babel/cli"
    )
}
