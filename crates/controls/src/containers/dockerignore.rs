//! Is what a build sends free of secrets and ballast?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Severity, Tally};
use plimsoll_model::image::{BuildContext, BuiltImage, context_copies};
use plimsoll_model::packages::Ecosystem;
use plimsoll_model::{Service, System};

use super::no_images;
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "containers/dockerignore", page: include_str!("dockerignore.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in system.owned().filter(|s| !s.helper()) {
        let Some(image) = service.built_image(system) else { continue };
        let Some(context) = service.build_context(system) else { continue };
        judge(system, service, &image, &context, &mut tally);
    }
    tally.finish(|| no_images(system))
}

fn judge(system: &System, service: &Service, image: &BuiltImage, context: &BuildContext, tally: &mut Tally) {
    let name = &service.name;
    let Some(copied) = whole_context(image) else {
        tally.not_applicable(Evidence::noted(image.at(image.stage.from.span), format!("the image of `{name}` copies named files only")));
        return;
    };
    let subject = service.subject();
    let Some(ignore) = context.ignore else {
        let place = if context.folder.is_empty() { ".dockerignore".to_owned() } else { format!("{}/.dockerignore", context.folder) };
        let mut gap = Gap::new(
            "no-dockerignore",
            format!("the image of `{name}` copies its whole context, and no {place} keeps anything out"),
            Evidence::noted(copied, "copies the whole context"),
        )
        .and(Evidence::sought("an ignore file of the context", system.scopes(&[&place])))
        .so("secrets, the history of git and local files go into image layers, where everyone who pulls the image can read them");
        if let Some(secret) = secrets(system, context).first() {
            gap = gap.and(secret.clone()).severity(Severity::High);
        }
        let elsewhere = system
            .context_ignores()
            .iter()
            .find(|i| i.context != context.folder && (i.context.starts_with(&context.folder) || context.folder.starts_with(&i.context)));
        if let Some(stray) = elsewhere {
            tally.met(
                &subject,
                Evidence::seen(
                    Location::whole(stray.file),
                    format!("{} exists, but is no part of this context", stray.path),
                    Grade::Declared,
                ),
            );
        }
        tally.gap(&subject, gap);
        return;
    };
    let file = Location::whole(ignore.file);
    tally.met(&subject, Evidence::seen(file, format!("{} governs the context of `{name}`", ignore.path), Grade::Active));
    for secret in secrets(system, context) {
        let gap = Gap::new("secret-in-context", format!("{} lets a secret into the build of `{name}`", ignore.path), secret)
            .severity(Severity::High);
        tally.gap(&subject, gap.so("it can be read by everyone who may pull the image"));
    }
    for (kind, path, what) in expected(system, context) {
        if context.excluded(&path).is_some() {
            continue;
        }
        let gap = match kind {
            Ballast::Env => Gap::new(
                "env-file-passes",
                format!("{} would let `{path}` into the build of `{name}`", ignore.path),
                Evidence::sought(format!("a pattern that matches {path}"), vec![system.scope_of(ignore.file)]),
            ),
            Ballast::Git => Gap::new(
                "git-passes",
                format!("{} lets the history of git into the build of `{name}`", ignore.path),
                Evidence::sought("a pattern that matches .git", vec![system.scope_of(ignore.file)]),
            ),
            Ballast::Modules => Gap::new(
                "dependencies-pass",
                format!("{} lets {what} into the build of `{name}`", ignore.path),
                Evidence::sought(format!("a pattern that matches {what}"), vec![system.scope_of(ignore.file)]),
            ),
        };
        tally.gap(&subject, gap.so("what lies on the builder's disk decides what is in the image"));
    }
}

/// Where everything is copied.
fn whole_context(image: &BuiltImage) -> Option<Location> {
    context_copies(image)
        .find(|(c, _)| c.sources.iter().any(|s| matches!(s.trim_end_matches('/'), "." | "" | "./." | "*" | "./*")))
        .map(|(_, at)| at)
}

/// Env files and private keys of the tree that reach the build.
fn secrets(system: &System, context: &BuildContext) -> Vec<Evidence> {
    let relative = |path: &str| path.strip_prefix(&context.folder).map(|p| p.trim_start_matches('/').to_owned());
    let within = |path: &str| context.folder.is_empty() || path.starts_with(&format!("{}/", context.folder));
    let mut found = Vec::new();
    for file in system
        .env_files()
        .iter()
        .filter(|f| !f.template && within(&f.path) && f.entries.iter().any(|e| !e.commented && !e.value.is_empty()))
    {
        if relative(&file.path).is_some_and(|p| context.excluded(&p).is_none()) {
            found.push(Evidence::noted(Location::whole(file.file), format!("{} is filled in", file.path)));
        }
    }
    for file in system.below(&context.folder).filter(|f| f.product()) {
        let name = file.name().to_ascii_lowercase();
        let key = matches!(name.as_str(), "id_rsa" | "id_ed25519" | "id_ecdsa")
            || [".key", ".p12", ".pfx", ".jks"].iter().any(|e| name.ends_with(e))
            || name.ends_with(".pem") && name.contains("key");
        if key && relative(&file.path).is_some_and(|p| context.excluded(&p).is_none()) {
            found.push(Evidence::noted(file.whole(), format!("{} looks like a private key", file.path)));
        }
    }
    found.truncate(5);
    found
}

#[derive(Clone, Copy)]
enum Ballast {
    Env,
    Git,
    Modules,
}

/// What lies in the context on a builder's disk though git does not keep it: a path that must not pass, and its name.
fn expected(system: &System, context: &BuildContext) -> Vec<(Ballast, String, String)> {
    let mut found = Vec::new();
    if keeps_env_files(system, context) {
        found.push((Ballast::Env, ".env".to_owned(), ".env".to_owned()));
    }
    if context.folder.is_empty() {
        found.push((Ballast::Git, ".git/config".into(), ".git".into()));
    }
    for package in system.packages().iter().filter(|p| p.product && p.ecosystem == Ecosystem::Npm && p.folder == context.folder) {
        if package.workspace_root.is_none() {
            found.push((Ballast::Modules, "node_modules/a/index.js".into(), "node_modules".into()));
        }
    }
    found
}

/// Whether people keep an env file in the context: a template shows it, or git is told to ignore it.
fn keeps_env_files(system: &System, context: &BuildContext) -> bool {
    let below = |path: &str| context.folder.is_empty() || path.starts_with(&format!("{}/", context.folder));
    let above = |path: &str| {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        folder.is_empty() || context.folder == folder || context.folder.starts_with(&format!("{folder}/"))
    };
    system.env_files().iter().any(|f| below(&f.path))
        || system
            .ignore_rules()
            .iter()
            .filter(|r| above(&r.path))
            .flat_map(|r| &r.patterns)
            .any(|p| p.value.trim().trim_start_matches('/').trim_start_matches("**/").starts_with(".env"))
}
