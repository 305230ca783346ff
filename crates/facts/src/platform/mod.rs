//! Platforms that build or run the source: Vercel, Netlify, Fly, Render, Railway, Heroku, App Engine …

mod blueprint;
mod capacity;
mod commanded;
mod entries;
mod heroku;
mod hosts;
mod single;
mod stores;
mod treatment;

#[cfg(test)]
mod tests;

pub(crate) use commanded::commanded;

use plimsoll_base::{FileId, Location, Problem};

use crate::container::{
    Build, Port, Probe, ProbeKind, ProbeTest, Reach, Restart, Runtime, SecretStore, SecretUse, ValueSource, Variable, Workload,
};
use crate::iac::value::Value;
use crate::infrastructure::Infrastructure;
use crate::library::{Held, Library, join};
use crate::packages::Package;

/// A platform that a file of the repository names as a target.
#[derive(Clone, Debug)]
pub struct PlatformTarget {
    /// `vercel`, `netlify`, `fly`, `render`, `railway`, `heroku`, `app-engine`, `digitalocean-app`, `cloudflare`, `cloud-run` …
    pub platform: &'static str,
    /// The file.
    pub file: FileId,
    /// Its path.
    pub path: String,
    /// Where it is named.
    pub at: Location,
    /// The folder it deploys.
    pub folder: String,
    /// The workloads it declares; at least one.
    pub workloads: Vec<Workload>,
    /// It builds from source (a buildpack, its own builder) rather than from a Dockerfile.
    pub builds_source: bool,
    /// Datastores it provides: engine and place.
    pub datastores: Vec<(String, Location)>,
    /// Only a pipeline's command names it: where.
    pub commanded: Option<Location>,
    /// What it declares or gives by itself: entries, stores, capacity.
    pub infrastructure: Infrastructure,
}

/// Every target that a product file names.
pub(crate) fn read(library: &Library, packages: &[Package], problems: &mut Vec<Problem>) -> Vec<PlatformTarget> {
    let mut found = Vec::new();
    for held in library.files().iter().filter(|f| f.product()) {
        let name = held.name();
        let target = match name {
            "vercel.json" => single::vercel(held),
            "netlify.toml" => single::netlify(held),
            "wrangler.toml" | "wrangler.jsonc" | "wrangler.json" => single::cloudflare(held),
            "railway.json" | "railway.toml" => single::railway(library, held),
            "nixpacks.toml" => single::nixpacks(held),
            "captain-definition" => single::captain(library, held),
            "apprunner.yaml" | "apprunner.yml" => single::app_runner(held),
            "app.yaml" | "app.yml" if held.folder() == ".do" || held.folder().ends_with("/.do") => blueprint::digital_ocean(library, held),
            "app.yaml" | "app.yml" => single::app_engine(held),
            "render.yaml" | "render.yml" => blueprint::render(library, held),
            "heroku.yml" => heroku::manifest(library, held),
            "Procfile" => heroku::procfile(library, held),
            "app.json" => heroku::app(library, held),
            "deploy.yml" if held.folder() == "config" || held.folder().ends_with("/config") => hosts::kamal(library, held),
            _ if name.starts_with("fly") && name.ends_with(".toml") => hosts::fly(library, held),
            _ if name.ends_with(".yaml") || name.ends_with(".yml") => hosts::cloud_run(held),
            _ => None,
        };
        match target {
            Some(mut target) => {
                target.workloads.iter_mut().for_each(|w| start(w, &target.folder, target.builds_source, packages));
                entries::tell(library, &mut target);
                target.infrastructure.capacity.extend(capacity::read(held, &target));
                found.push(target);
            }
            None if matches!(name, "vercel.json" | "netlify.toml" | "render.yaml" | "fly.toml")
                && held.root().is_none()
                && held.size > 0 =>
            {
                problems.push(Problem {
                    at: held.whole(),
                    says: "this platform file could not be read: the target it names is missing here".into(),
                });
            }
            None => {}
        }
    }
    found
}

/// Platforms that build the source start it by the package's own script unless they are told otherwise.
fn start(w: &mut Workload, folder: &str, builds_source: bool, packages: &[Package]) {
    let web = w.labels.iter().any(|(n, v)| n == KIND && v.value == "web");
    if !builds_source || w.command.is_some() || !web {
        return;
    }
    let package = packages.iter().find(|p| p.product && p.folder == folder);
    if let Some((_, script)) = package.and_then(|p| p.scripts.iter().find(|(n, _)| n == "start")) {
        w.command = Some(script.clone().map(|s| vec![s]));
    }
}

/// The label that keeps what the platform calls a workload: `web`, `worker`, `cron`, `static`, `private`.
const KIND: &str = "platform.kind";

/// A workload on a platform, of a kind.
fn workload(name: &str, at: Location, kind: &str) -> Workload {
    let mut w = Workload::new(name, at, Runtime::Platform);
    w.labels.push((KIND.to_owned(), plimsoll_base::Sourced::new(kind.to_owned(), at)));
    w.restart = Restart::Supervised(at);
    match kind {
        "web" | "static" => w.ports.push(Port {
            at,
            target: None,
            reach: Reach::Public,
            published: Some("443".into()),
            says: "the platform's public address".into(),
        }),
        "private" => {
            w.ports.push(Port { at, target: None, reach: Reach::Internal, published: None, says: "the platform's private network".into() })
        }
        "cron" | "release" => {
            w.one_shot = true;
            w.restart = Restart::Unstated;
        }
        _ => {}
    }
    w
}

/// A target with nothing in it yet.
fn target(platform: &'static str, held: &Held, folder: String) -> PlatformTarget {
    PlatformTarget {
        platform,
        file: held.id,
        path: held.path.clone(),
        at: held.whole(),
        folder,
        workloads: Vec::new(),
        builds_source: true,
        datastores: Vec::new(),
        commanded: None,
        infrastructure: Infrastructure::default(),
    }
}

/// The name of what a folder holds.
fn named_after(folder: &str) -> &str {
    folder.rsplit('/').next().filter(|n| !n.is_empty()).unwrap_or("app")
}

/// A build from a Dockerfile whose path and context are given from a folder; without a path it is the usual one, if it is there.
fn build(library: &Library, at: Location, folder: &str, dockerfile: Option<&str>, context: Option<&str>) -> Option<Build> {
    let context = join(folder, context.unwrap_or(".").trim_start_matches('/'));
    let path = match dockerfile {
        Some(path) => join(folder, path.trim_start_matches('/')),
        None => context.as_deref().and_then(|c| join(c, "Dockerfile")),
    };
    let exists = path.as_deref().is_some_and(|p| library.get(p).is_some());
    Some(Build { at, context, dockerfile: path, dockerfile_exists: exists, target: None, args: Vec::new() })
}

/// A request by which a platform asks whether a workload is well.
fn asks(path: &Value) -> Probe {
    let test = match path.text() {
        Some(path) => ProbeTest::Http { path: path.to_owned(), port: None },
        None => ProbeTest::Unresolved,
    };
    Probe { kind: ProbeKind::Health, test, at: path.at }
}

/// A variable with a value from the file.
fn variable(name: &str, at: Location, value: Option<&Value>) -> Variable {
    let value = match value.and_then(Value::text) {
        Some(text) => ValueSource::Literal(text.to_owned()),
        None => ValueSource::Unresolved,
    };
    Variable { name: name.to_owned(), at, value }
}

/// A variable that the platform's store of secrets holds.
fn kept(w: &mut Workload, name: &str, at: Location, store: &str) {
    w.environment.push(Variable { name: name.to_owned(), at, value: ValueSource::SecretRef(format!("{store}: {name}")) });
    w.secrets.push(SecretUse { name: name.to_owned(), at, store: SecretStore::Managed(store.to_owned()) });
}
