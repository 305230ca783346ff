//! Asks whether development, CI and production run the same build on the same kinds of backing services.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Subject, Tally};
use plimsoll_model::compose::EnvironmentWord;
use plimsoll_model::container::Workload;
use plimsoll_model::repository::{VersionScope, VersionUse};
use plimsoll_model::{Capability, Deployment, DeploymentKind, Service, ServiceKind, SignSource, System, technology::engine_of_image};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "delivery/environment-parity", page: include_str!("environment_parity.md"), check };

/// Products that are compared by their first number; all others by the first two.
const BY_MAJOR: [&str; 12] =
    ["node", "postgres", "postgresql", "redis", "valkey", "java", "openjdk", "dotnet", "mongodb", "mongo", "rabbitmq", "elasticsearch"];
/// Runtimes, in contrast to the systems that images are built upon.
const RUNTIMES: [&str; 10] = ["node", "python", "go", "java", "ruby", "php", "dotnet", "rust", "bun", "deno"];
/// Files by which tools start the whole in a cluster on a developer's machine.
const LOCAL_CLUSTER: [&str; 3] = ["**/skaffold.{yaml,yml}", "**/Tiltfile", "**/devspace.{yaml,yml}"];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let sought = || {
        Evidence::sought(
            "second environment to compare with",
            system.scopes(&["**/*compose*.{yml,yaml}", "**/Dockerfile*", ".github/workflows/*"]),
        )
    };
    let Some(deployment) = system.deployment().filter(|_| !system.services().is_empty()) else {
        tally.not_applicable(Evidence::sought("service that runs in production", system.deployment_scope()));
        return tally.finish(sought);
    };
    let production: Vec<&Service> = system.services().iter().filter(|s| !s.helper() && s.kind != ServiceKind::Monitoring).collect();
    let stores: Vec<&Service> = production
        .iter()
        .copied()
        .filter(|s| matches!(s.kind, ServiceKind::Datastore | ServiceKind::Cache | ServiceKind::Broker))
        .collect();
    local(system, deployment, &production, &stores, &subject, &mut tally);
    compare(system, deployment, &subject, &mut tally);
    tally.finish(sought)
}

/// Whether the whole can be started on a developer's machine.
fn local(system: &System, assessed: &Deployment, production: &[&Service], stores: &[&Service], subject: &Subject, tally: &mut Tally) {
    let others =
        system.deployments().iter().filter(|d| d.kind == DeploymentKind::Compose && d.name != assessed.name && !d.workloads.is_empty());
    let mut composes: Vec<&Deployment> = others.collect();
    composes.sort_by_key(|d| (d.environment == EnvironmentWord::Production, d.environment == EnvironmentWord::Staging, d.files.len()));
    if assessed.kind == DeploymentKind::Compose
        && (composes.is_empty()
            || assessed.environment == EnvironmentWord::Unnamed && assessed.deployed_by.is_none()
            || composes.iter().all(|d| d.environment == EnvironmentWord::Production))
    {
        if let Some(first) = production.first() {
            tally.met(subject, Evidence::seen(first.at, format!("{} starts the whole on any machine", assessed.name), Grade::Active));
        }
        return;
    }
    let lacking = |d: &Deployment| production.iter().copied().filter(|s| s.kind != ServiceKind::Job && !has(d, s)).collect::<Vec<_>>();
    let fullest = composes.into_iter().map(|d| (lacking(d), d)).min_by_key(|(l, d)| (l.len(), d.name.clone()));
    if let Some((lacks, local)) = fullest.filter(|(l, _)| l.len() < production.len()) {
        let at = local.workloads.first().map_or(system.deployment().and_then(|d| d.workloads.first()).map(|w| w.at), |w| Some(w.at));
        if let Some(at) = at {
            tally.met(
                subject,
                Evidence::seen(
                    at,
                    format!("{} starts {} of {} services", local.name, production.len() - lacks.len(), production.len()),
                    Grade::Active,
                ),
            );
            // A proxy in front and the application itself often stay out; then what is developed is not what is shipped.
            if let Some(first) = lacks.first() {
                let names = lacks.iter().take(5).map(|s| s.name.as_str()).collect::<Vec<_>>().join(", ");
                let gap =
                    Gap::new("local-incomplete", format!("{} leaves out {names}", local.name), Evidence::noted(at, local.name.clone()));
                tally.gap(
                    subject,
                    gap.and(Evidence::noted(first.at, format!("service {}", first.name)))
                        .so("what is developed against is not what runs, and faults between the parts show in production first"),
                );
            }
        }
        return;
    }
    if let Some(file) = LOCAL_CLUSTER.iter().flat_map(|g| system.matching(g)).find(|f| f.product()) {
        tally.met(subject, Evidence::seen(file.whole(), "starts the manifests in a local cluster", Grade::Active));
        return;
    }
    // What is judged by its source is started from its source; a file that starts its stores starts all that is missing.
    let beside = system
        .deployments()
        .iter()
        .filter(|d| assessed.kind == DeploymentKind::Process && d.kind == DeploymentKind::Compose)
        .find_map(|d| {
            let known =
                |w: &&Workload| w.image.as_ref().and_then(|i| i.known()).and_then(|i| engine_of_image(i)).is_some_and(|e| e.2.is_some());
            Some((d, d.workloads.iter().find(known)?.at))
        });
    if let Some((compose, store)) = beside.filter(|_| production.len() == 1) {
        tally.met(subject, Evidence::seen(store, format!("{} starts the stores beside the source", compose.name), Grade::Active));
        return;
    }
    let substitutes = system.signs_of(Capability::TestEnvironment).next().map(|s| (s.at, s.says.clone()));
    let in_ci = system
        .pipelines()
        .iter()
        .flat_map(|p| &p.jobs)
        .flat_map(|j| &j.services)
        .find(|s| engine_of_image(&s.value).is_some())
        .map(|s| (s.at, format!("CI starts {}", s.value)));
    if let Some((at, says)) = in_ci.or(substitutes) {
        tally.met(subject, Evidence::seen(at, says, Grade::Active));
        let gap = Gap::new(
            "no-local-stack",
            "nothing starts the whole system on a developer's machine",
            Evidence::sought(
                "a Compose file, Skaffold or Tilt",
                system.scopes(&["**/*compose*.{yml,yaml}", "**/{skaffold.yaml,Tiltfile,devspace.yaml}"]),
            ),
        );
        tally.gap(subject, gap.so("developers work against stand-ins, or against production itself"));
        return;
    }
    let managed = system.iac().iter().flat_map(|r| &r.resources).find(|r| {
        [
            "aws_db_instance",
            "aws_rds_cluster",
            "aws_dynamodb_table",
            "google_sql_database_instance",
            "azurerm_postgresql_flexible_server",
            "aws_elasticache_cluster",
            "aws_elasticache_replication_group",
            "AWS::RDS::DBInstance",
            "AWS::DynamoDB::Table",
            "azurerm_mssql_database",
        ]
        .contains(&r.kind.as_str())
    });
    let platform_store = system.platforms().iter().filter(|p| assessed.files.contains(&p.path)).flat_map(|p| &p.datastores).next();
    let wanted = production.iter().find_map(|p| wanted_store(system, p));
    let store = stores
        .first()
        .map(|s| (s.at, s.name.clone()))
        .or(managed.map(|r| (r.at, r.kind.clone())))
        .or(platform_store.map(|(e, at)| (*at, e.clone())))
        .or(wanted);
    match store {
        Some((at, name)) => {
            let gap = Gap::new(
                "no-local-stack",
                format!("production needs {name}, and nothing starts it on a developer's machine or in CI"),
                Evidence::sought(
                    "a Compose file, Skaffold, Tilt, a service of CI or Testcontainers",
                    system.scopes(&["**/*compose*.{yml,yaml}", "**/{skaffold.yaml,Tiltfile,devspace.yaml}", ".github/workflows/*"]),
                ),
            );
            let built = production.iter().filter_map(|s| s.image_definition(system)).take(2);
            let gap = built.fold(gap.and(Evidence::noted(at, name)), |g, d| {
                g.and(Evidence::noted(Location::whole(d.file), "builds what production runs"))
            });
            tally.gap(subject, gap.so("developers work against stand-ins, or against production itself"));
        }
        None if production.len() > 1 => {
            let gap = Gap::new(
                "no-local-stack",
                format!("nothing starts the {} services together on a developer's machine", production.len()),
                Evidence::sought(
                    "a Compose file, Skaffold or Tilt",
                    system.scopes(&["**/*compose*.{yml,yaml}", "**/{skaffold.yaml,Tiltfile,devspace.yaml}"]),
                ),
            );
            let gap = production.iter().take(3).fold(gap, |g, s| g.and(Evidence::noted(s.at, format!("service {}", s.name))));
            tally.gap(subject, gap.so("faults between the parts show in production first"));
        }
        None => {
            // One service without a store: its image, or its start command, is all there is to run.
            match production.first() {
                Some(only) => {
                    tally.met(subject, Evidence::seen(only.at, format!("{} needs nothing beside itself", only.name), Grade::Active))
                }
                None => tally.not_applicable(Evidence::sought("service that is no aid of development", system.deployment_scope())),
            }
        }
    }
}

/// Stores that need no server, or that only their vendor runs: nothing could start them beside the source.
const NOT_STARTED: [&str; 4] = ["SQLite", "In-process cache", "Object storage", "Hosted backends"];
/// Ends of the names of variables that say where a store is.
#[rustfmt::skip]
const STORE_PLACES: [&str; 15] = [
    "DB_HOST", "POSTGRES_HOST", "POSTGRES_URL", "PGHOST", "MYSQL_HOST", "MYSQL_URL", "MONGO_URI", "MONGO_URL", "MONGODB_URI", "MONGODB_URL", "REDIS_URL", "REDIS_HOST", "REDIS_ADDR",
    "BROKER_URL", "RABBITMQ_URL",
];

/// A store that no deployment names: a driver among the dependencies shows it, or a variable that says where it is.
fn wanted_store(system: &System, service: &Service) -> Option<(Location, String)> {
    let packages = service.packages(system);
    let driver = system.signs_of(Capability::Datastore).find(|s| {
        matches!(&s.source, SignSource::Dependency { manifest, dev: false } if packages.iter().any(|p| p.path == *manifest))
            && !NOT_STARTED.contains(&s.technology.as_str())
    });
    let asked = || service.env_reads(system).into_iter().find(|r| STORE_PLACES.iter().any(|p| r.name.ends_with(p)));
    driver.map(|s| (s.at, s.technology.clone())).or_else(|| asked().map(|r| (r.at, format!("the store that {} names", r.name))))
}

/// Whether a deployment runs a service: by name, engine, build context, or the only one it builds.
fn has(deployment: &Deployment, service: &Service) -> bool {
    let plain = |name: &str| name.to_ascii_lowercase().replace(['-', '_'], "");
    deployment.workloads.iter().any(|w| {
        let image = w.image.as_ref().and_then(|i| i.known());
        let engine = image.and_then(|i| engine_of_image(i)).and_then(|e| e.2);
        let context = |b: &Option<plimsoll_model::container::Build>| b.as_ref().and_then(|b| b.dockerfile.clone());
        plain(&w.name) == plain(&service.name)
            || (service.engine.is_some() && engine == service.engine)
            || (engine.is_some()
                && service.engine.is_none()
                && ["db", "database", "postgres", "mysql", "redis", "cache", "mongo"].iter().any(|n| plain(&service.name).ends_with(n)))
            || (context(&w.build).is_some() && context(&w.build) == context(&service.build))
            || (service.kind == ServiceKind::Proxy && image.and_then(|i| engine_of_image(i)).is_some_and(|e| e.0 == Capability::Proxy))
    })
}

/// Where a version counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Production,
    Ci,
    Development,
}

/// A version that counts: the part that is compared, its place, and the file's words.
type Use = (String, Location, String);

/// Compares the versions of runtimes and engines between production, CI and development.
fn compare(system: &System, assessed: &Deployment, subject: &Subject, tally: &mut Tally) {
    let mut uses: BTreeMap<String, BTreeMap<Stage, Vec<Use>>> = BTreeMap::new();
    for version in system.versions().iter().filter(|v| !v.version.is_empty()) {
        let Some(stage) = stage(system, assessed, version) else { continue };
        let Some(number) = number(&version.product, &version.version) else { continue };
        uses.entry(version.product.clone()).or_default().entry(stage).or_default().push((number, version.at, version.says.clone()));
    }
    for image in system.pipelines().iter().flat_map(|p| &p.jobs).flat_map(|j| &j.services) {
        let Some(engine) = engine_of_image(&image.value).and_then(|e| e.2) else { continue };
        let tag = image.value.rsplit_once(':').map_or("", |(_, t)| t);
        let Some(number) = number(engine, tag) else { continue };
        uses.entry(engine.to_owned()).or_default().entry(Stage::Ci).or_default().push((number, image.at, image.value.clone()));
    }
    for (product, stages) in &uses {
        let Some(production) = stages.get(&Stage::Production) else { continue };
        let numbers = |list: &[Use]| list.iter().map(|u| u.0.clone()).collect::<BTreeSet<_>>();
        for (stage, says) in [(Stage::Ci, "CI"), (Stage::Development, "development")] {
            let Some(other) = stages.get(&stage) else { continue };
            let (here, there) = (&production[0], &other[0]);
            if numbers(production).is_disjoint(&numbers(other)) {
                let gap = Gap::new(
                    "versions-differ",
                    format!("production runs {product} {} and {says} {product} {}", here.0, there.0),
                    Evidence::noted(there.1, there.2.clone()),
                );
                tally.gap(
                    subject,
                    gap.and(Evidence::noted(here.1, here.2.clone()))
                        .so("what was tested is not what runs: a difference between versions shows in production first"),
                );
            } else {
                tally.met(subject, Evidence::seen(there.1, format!("{product} {} as in production", there.0), Grade::Active));
            }
        }
    }
}

/// Where a version is used; none where it tells nothing of an environment.
fn stage(system: &System, assessed: &Deployment, version: &VersionUse) -> Option<Stage> {
    let runtime = RUNTIMES.contains(&version.product.as_str());
    let own = |path: &str| system.services().iter().any(|s| s.image_definition(system).is_some_and(|d| d.path == path));
    match version.scope {
        VersionScope::Image if runtime && own(&version.path) => Some(Stage::Production),
        VersionScope::Image if runtime && EnvironmentWord::of(&version.path) == EnvironmentWord::Development => Some(Stage::Development),
        VersionScope::Workload if assessed.files.contains(&version.path) => Some(Stage::Production),
        VersionScope::Workload
            if system.deployments().iter().any(|d| {
                d.kind == DeploymentKind::Compose && d.environment != EnvironmentWord::Production && d.files.contains(&version.path)
            }) =>
        {
            Some(Stage::Development)
        }
        VersionScope::Infrastructure => Some(Stage::Production),
        VersionScope::ToolFile if runtime => Some(Stage::Development),
        VersionScope::Pipeline if runtime => Some(Stage::Ci),
        _ => None,
    }
}

/// The part of a version that must agree: `20.11-alpine` is `20` for Node, `3.12.1` is `3.12` for Python; none for `latest` and `lts`.
fn number(product: &str, version: &str) -> Option<String> {
    let version = version.trim_start_matches(['v', '^', '~', '=', '>', ' ']);
    let digits: String = version.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let mut parts = digits.split('.').filter(|p| !p.is_empty());
    let major = parts.next()?;
    if BY_MAJOR.contains(&product) {
        return Some(major.to_owned());
    }
    Some(parts.next().map_or_else(|| major.to_owned(), |minor| format!("{major}.{minor}")))
}
