//! Asks whether each API is described in a form that follows the code.

use std::collections::BTreeSet;

use plimsoll_base::{Evidence, Gap, Judgement, Location, Tally};
use plimsoll_model::repository::MarkKind;
use plimsoll_model::{Bearing, Capability, Held, Passage, Service, ServiceKind, SignSource, System, Topic, name_of, passages};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "operations/api-docs", page: include_str!("api_docs.md"), check };

/// Dependencies that serve a description of every typed route, or of their schema, unless told otherwise.
const AUTOMATIC: [&str; 24] = [
    "fastapi",
    "litestar",
    "springdoc",
    "django-ninja",
    "blacksheep",
    "danielgtaylor/huma",
    "connexion",
    "apiflask",
    "flask-restx",
    "flask-smorest",
    "robyn",
    "dedoc/scramble",
    "api-platform/",
    "@apollo/server",
    "apollo-server-express",
    "graphql-yoga",
    "@nestjs/graphql",
    "mercurius",
    "strawberry-graphql",
    "graphene-django",
    "99designs/gqlgen",
    "async-graphql",
    "hotchocolate",
    "fastendpoints.swagger",
];
/// Frameworks that first of all render pages; an API is assumed only where sources lie in a folder of that name.
const PAGES: [&str; 8] = ["django", "rails", "laravel/framework", "symfony/", "phoenix", "sinatra", "cakephp/", "codeigniter"];
/// Libraries that render pages on the server, which make of any framework one of pages.
const VIEWS: [&str; 5] = ["thymeleaf", "freemarker", "mustache", "razor", "jsp"];
/// Frameworks of frontends, whose API is a set of files.
const FULL_STACK: [&str; 12] = [
    "next",
    "nuxt",
    "@remix-run/",
    "@react-router/",
    "@sveltejs/",
    "@astrojs/",
    "astro",
    "@tanstack/",
    "@builder.io/",
    "solid-start",
    "@solidjs/",
    "@redwoodjs/",
];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let scope = || Evidence::sought("service with an API of its own", system.deployment_scope());
    let apis: Vec<(&Service, String)> = system.owned().filter_map(|s| Some((s, api_folder(system, s)?))).collect();
    let several = apis.len() > 1;
    for (service, folder) in &apis {
        let subject = service.subject();
        if let Some(mark) = system.marks().iter().find(|m| m.kind == MarkKind::HidesApiDescription && below(&m.path, folder)) {
            tally.gap(
                &subject,
                Gap::new("switched-off", "the generated description is switched off", Evidence::noted(mark.at, mark.says.clone()))
                    .so("whoever calls the API reads the source or guesses"),
            );
            continue;
        }
        if let Some((at, says)) = described(system, folder, several) {
            tally.met(&subject, Evidence::noted(at, says));
            continue;
        }
        let declared = system.signs_of(Capability::ApiDescription).find(|s| matches!(&s.source, SignSource::Dependency { manifest, dev: false } if below(manifest, folder) || manifests(system, service).contains(manifest)));
        if let Some(sign) = declared {
            tally.met(&subject, Evidence::noted(sign.at, sign.says.clone()));
            tally.gap(
                &subject,
                Gap::new(
                    "not-served",
                    format!("{} is installed, but nothing shows that its description is served or published", package(&sign.says)),
                    Evidence::noted(sign.at, sign.says.clone()),
                )
                .so("a description that nobody can open helps nobody"),
            );
            continue;
        }
        let by_hand = told(system, folder, several);
        if let Some((at, _)) = by_hand.first().cloned() {
            for (at, says) in by_hand {
                tally.met(&subject, Evidence::noted(at, says));
            }
            tally.gap(
                &subject,
                Gap::new(
                    "prose-only",
                    "the API is described by hand, with nothing that keeps the text and the routes together",
                    Evidence::noted(at, "written by hand"),
                )
                .so("it drifts from the code with every change, and no client can be generated or checked"),
            );
            continue;
        }
        let sought = Evidence::sought(
            "an OpenAPI, AsyncAPI, GraphQL or protobuf description, or a table of endpoints",
            system.scopes(&["**/*{openapi,swagger,asyncapi}*.{yaml,yml,json}", "**/*.{proto,graphqls}", "**/*.md"]),
        );
        tally.gap(
            &subject,
            Gap::new("no-description", "its API is described nowhere", sought)
                .and(Evidence::noted(service.at, format!("service {}", service.name)))
                .so("whoever calls it reads the source or guesses"),
        );
    }
    tally.finish(scope)
}

/// The folder of a service that offers an API; none when it offers none.
fn api_folder(system: &System, service: &Service) -> Option<String> {
    if !matches!(service.kind, ServiceKind::Web | ServiceKind::Function | ServiceKind::Other) {
        return None;
    }
    let folder = service.source_folder(system).unwrap_or_default();
    let manifests = manifests(system, service);
    let of_service =
        |source: &SignSource| matches!(source, SignSource::Dependency { manifest, dev: false } if manifests.contains(manifest));
    let routes = || system.sources().iter().filter(|f| below(&f.path, &folder) && system.file(&f.path).is_some_and(Held::product));
    let api_folder = || {
        routes().any(|f| {
            f.path.split('/').rev().skip(1).any(|p| matches!(p.to_ascii_lowercase().as_str(), "api" | "apis" | "restapi" | "publicapi"))
        })
    };
    let views = system
        .packages()
        .iter()
        .filter(|p| manifests.contains(&p.path))
        .flat_map(|p| &p.dependencies)
        .any(|d| d.name.to_lowercase().split(|c: char| !c.is_ascii_alphanumeric()).any(|word| VIEWS.contains(&word)))
        || renders(system, &folder);
    let mut offers = false;
    let mut frontend = false;
    for sign in system.signs_of(Capability::WebFramework).filter(|s| of_service(&s.source)) {
        let named = |list: &[&str]| list.iter().any(|n| package(&sign.says) == *n || n.ends_with('/') && sign.says.starts_with(n));
        frontend |= named(&FULL_STACK);
        offers |= !named(&FULL_STACK) && (!(named(&PAGES) || views) || api_folder());
    }
    if !offers && !frontend && system.signs_of(Capability::ApiDescription).any(|s| of_service(&s.source)) {
        offers = true;
    }
    // Frontends of the full-stack kind answer requests from files in a folder `api`.
    if !offers && (frontend || system.signs_of(Capability::FrontendFramework).any(|s| of_service(&s.source))) {
        offers = routes().any(|f| {
            f.path.contains("/api/")
                && (f.path.contains("/pages/api/")
                    || f.path.contains("pages/api/")
                    || name_of(&f.path).starts_with("route.")
                    || f.path.contains("server/api/")
                    || name_of(&f.path).starts_with("+server."))
        });
    }
    offers.then_some(folder)
}

/// Whether the folder holds templates of pages, in a folder of that name.
fn renders(system: &System, folder: &str) -> bool {
    const ENDINGS: [&str; 12] = ["html", "htm", "ejs", "pug", "hbs", "erb", "twig", "jinja", "jinja2", "j2", "cshtml", "php"];
    system.below(folder).any(|f| {
        let path = f.path.to_lowercase();
        f.product()
            && path.split('/').rev().skip(1).any(|p| matches!(p, "templates" | "views" | "pages"))
            && path.rsplit_once('.').is_some_and(|(_, e)| ENDINGS.contains(&e))
    })
}

/// The name of the package in the words of a sign, without extras and constraint.
fn package(says: &str) -> String {
    says.split([' ', '[', '=', '<', '>', '~', '^']).next().unwrap_or(says).to_lowercase()
}

fn manifests(system: &System, service: &Service) -> Vec<String> {
    service.packages(system).iter().map(|p| p.path.clone()).collect()
}

fn below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// A description that a machine can read: served by the code, automatic in the framework, or a file.
fn described(system: &System, folder: &str, several: bool) -> Option<(Location, String)> {
    if let Some(mark) = system.marks().iter().find(|m| m.kind == MarkKind::ServesApiDescription && below(&m.path, folder)) {
        return Some((mark.at, format!("serves a description: {}", mark.says)));
    }
    let automatic = system.signs().iter().find(|s| {
        AUTOMATIC.iter().any(|a| {
            package(&s.says) == *a || (a.contains('/') || *a == "springdoc" || *a == "hotchocolate") && s.says.to_lowercase().contains(a)
        }) && matches!(s.capability, Capability::WebFramework | Capability::ApiDescription)
            && matches!(&s.source, SignSource::Dependency { manifest, dev: false } if below(manifest, folder))
    });
    if let Some(sign) = automatic {
        return Some((sign.at, format!("{} describes its routes to whoever asks", package(&sign.says))));
    }
    // With several APIs a description counts for the one in whose folder it lies, or for all when it lies outside of every one.
    let files = || system.files().iter().filter(|f| f.product());
    let near = |f: &&Held| below(&f.path, folder) || !several || shared(system, &f.path);
    files().filter(near).find_map(description)
}

/// Whether a file lies outside the folders of all services.
fn shared(system: &System, path: &str) -> bool {
    !system.owned().filter_map(|s| s.source_folder(system)).any(|f| !f.is_empty() && below(path, &f))
}

fn description(file: &Held) -> Option<(Location, String)> {
    let name = name_of(&file.path);
    let (_, extension) = name.rsplit_once('.')?;
    match extension {
        "proto"
            if !["health.proto", "timestamp.proto", "annotations.proto"].contains(&name.as_str())
                && !file.path.contains("google/")
                && !file.path.contains("store/") =>
        {
            Some((file.whole(), "a protobuf description".into()))
        }
        "graphqls" => Some((file.whole(), "a GraphQL schema".into())),
        "graphql" | "gql" if name.starts_with("schema") => Some((file.whole(), "a GraphQL schema".into())),
        "yaml" | "yml" | "json" => {
            let root = file.root()?;
            let version = ["openapi", "swagger", "asyncapi"].iter().find(|k| root.get(k).is_some())?;
            let paths = root.get("paths").or_else(|| root.get("channels"))?;
            (!paths.entries().is_empty()).then(|| (file.whole(), format!("an {version} description of {} paths", paths.entries().len())))
        }
        _ => None,
    }
}

/// A description by hand: a collection of requests, or a passage that lists endpoints.
fn told(system: &System, folder: &str, several: bool) -> Vec<(Location, String)> {
    const CITED: usize = 3;
    let near = |path: &str| !several || below(path, folder) || shared(system, path);
    let collection = system.files().iter().find(|f| {
        near(&f.path)
            && f.product()
            && (name_of(&f.path).contains("postman_collection")
                || name_of(&f.path).ends_with(".http")
                || name_of(&f.path).ends_with(".bru"))
    });
    if let Some(file) = collection {
        return vec![(file.whole(), "a collection of requests".into())];
    }
    let mut documents: Vec<_> = system.documents().iter().filter(|d| near(&d.path) && system.bearing(d) != Bearing::Claim).collect();
    documents.sort_by_key(|d| system.bearing(d));
    let chapters = documents.iter().flat_map(|d| passages(d, Topic::Api));
    let listing = chapters.chain(documents.iter().map(|d| Passage::whole(d)));
    let mut found: Vec<_> = listing.map(|p| (endpoints(p.text()), p)).filter(|(n, _)| *n >= 3).collect();
    let mut seen = Vec::new();
    // A document whose chapter is cited is not cited again as a whole.
    found.retain(|(_, p)| {
        !seen.contains(&p.document.file) && {
            seen.push(p.document.file);
            true
        }
    });
    found.into_iter().take(CITED).map(|(n, p)| (p.at, format!("“{}” lists {n} endpoints", p.title))).collect()
}

/// How many endpoints a text lists: a method with a path behind it.
fn endpoints(text: &str) -> usize {
    let methods = ["get ", "post ", "put ", "delete ", "patch ", "get` | `", "post` | `", "get | `", "post | `", "put | `", "delete | `"];
    methods
        .iter()
        .flat_map(|m| text.match_indices(m))
        .filter(|(at, m)| text[at + m.len()..].trim_start_matches(['`', '*', '|', ' ']).starts_with('/'))
        // Two forms may fit one row of a table.
        .map(|(at, _)| at)
        .collect::<BTreeSet<_>>()
        .len()
}
