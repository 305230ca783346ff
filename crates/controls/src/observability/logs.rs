//! Where the output of each service goes: shared by centralised logging and retention.

use plimsoll_base::{Evidence, Location, Setting};
use plimsoll_model::container::{LogDriver, Runtime};
use plimsoll_model::estate::{CapacityKind, LogDestination, LogRoute};
use plimsoll_model::iac::IacTool;
use plimsoll_model::{Capability, DeploymentKind, Service, ServiceKind, SignSource, System};

/// Where the output of a service goes.
pub(super) enum Path {
    /// Off the host into a store: where that is said, and what it says.
    Central(Location, String),
    /// It is told to go there, but does not arrive: where, and why.
    Broken(Location, String),
    /// A collector runs beside it and passes nothing on: where it stands, what it is, and where and why it does not.
    Idle(Location, String, Location, String),
    /// Into a file of the host that is bounded: where, and what.
    Rotated(Location, String),
    /// Into a file of the host that grows: where, and what.
    Unbounded(Location, String),
    /// Nowhere.
    Discarded(Location, String),
    /// Into the platform's own view.
    PlatformView(Location, String),
    /// Not decided by what was read: what is missing.
    Open(String),
}

/// Drivers of the engine that send entries elsewhere.
const SENDING: &[&str] = &[
    "awslogs",
    "awsfirelens",
    "gcplogs",
    "splunk",
    "gelf",
    "fluentd",
    "syslog",
    "logentries",
    "loki",
    "grafana/loki-docker-driver",
    "datadog",
    "sumologic",
    "azure-eventhubs",
];
/// Platforms whose files say that a managed store of logs stands behind them.
const STORING: &[&str] = &["cloud-run", "app-engine", "app-runner"];

/// Services whose output matters: everything that the product runs, without what only watches or helps.
pub(super) fn logging(system: &System) -> impl Iterator<Item = &Service> {
    system.services().iter().filter(|s| !s.helper() && s.kind != ServiceKind::Monitoring)
}

/// Where the output of a service goes.
pub(super) fn path(system: &System, service: &Service) -> Path {
    let collected = route(system, service);
    if let Some(route) = collected.filter(|r| r.effective.on()) {
        return match route.destination {
            LogDestination::Central => Path::Central(route.at, route.says.clone()),
            LogDestination::PlatformView => Path::PlatformView(route.at, route.says.clone()),
        };
    }
    if let Some(driver) = &service.logging {
        return driven(system, service, driver);
    }
    if let Some(route) = collected {
        return match route.effective.known() {
            None => Path::Open(format!("whether the logs of `{}` arrive: {}", service.name, route.effective.says)),
            Some(_) if route.workload.is_none() => {
                Path::Idle(route.at, route.says.clone(), route.effective.at, route.effective.says.clone())
            }
            Some(_) => Path::Broken(route.effective.at, route.effective.says.clone()),
        };
    }
    if let Some(sign) = transport(system, service) {
        return Path::Open(format!("whether `{}` sends its logs through {} in production", service.name, sign));
    }
    unstated(system, service)
}

/// The way that a collector or the provider takes a service's logs, the working ones first.
fn route<'a>(system: &'a System, service: &Service) -> Option<&'a LogRoute> {
    let files = system.deployment().map(|d| d.files.as_slice()).unwrap_or_default();
    let own = |route: &&LogRoute| match &route.workload {
        Some(name) => *name == service.name || service.name.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('/')),
        // A collector of a cluster takes what runs in clusters, one of a Compose file what runs beside it.
        None => match service.runtime {
            Runtime::Kubernetes => true,
            Runtime::Compose => files.iter().any(|f| f == system.path_at(route.at)),
            Runtime::Platform => system.deployment().is_some_and(|d| d.kind == DeploymentKind::Platform),
            _ => false,
        },
    };
    let routes = || system.infrastructure().log_routes.iter().filter(own);
    routes().find(|r| r.effective.on()).or_else(|| routes().find(|r| r.effective.known().is_none())).or_else(|| routes().next())
}

fn driven(system: &System, service: &Service, logging: &LogDriver) -> Path {
    let name = match &logging.driver {
        Setting::Stated(driver) => driver.value.as_str(),
        Setting::Defaulted(driver) => driver.as_str(),
        Setting::Unresolved(_) => return Path::Open(format!("which log driver `{}` uses: a variable decides", service.name)),
    };
    let said = format!("`{}` logs through {name}", service.name);
    let bare = name.split(':').next().unwrap_or(name);
    if bare == "none" {
        return Path::Discarded(logging.at, format!("`{}` throws its output away (driver: none)", service.name));
    }
    if SENDING.contains(&bare) {
        let address =
            ["gelf-address", "fluentd-address", "syslog-address", "loki-url", "splunk-url"].iter().find_map(|o| logging.option(o));
        let sends = matches!(bare, "awslogs" | "awsfirelens" | "gcplogs" | "datadog" | "logentries");
        let local = match address {
            Some(a) => a.value.contains("localhost") || a.value.contains("127.0.0.1") || a.value.starts_with("unix"),
            None => !sends,
        };
        // What is sent to the same host needs something there that takes it.
        let taken = !system.infrastructure().logs.is_empty() || system.services().iter().any(|s| s.kind == ServiceKind::Monitoring);
        return if local && !taken {
            Path::Rotated(logging.at, format!("{said}, which ends on the same host"))
        } else {
            Path::Central(logging.at, said)
        };
    }
    match bare {
        "journald" => Path::Rotated(logging.at, format!("{said}, the journal of the host")),
        // The driver `local` keeps at most 100 MB by itself.
        "local" => Path::Rotated(logging.at, format!("{said}, which rotates by itself")),
        "json-file" => match logging.option("max-size") {
            Some(size) if size.value != "-1" => Path::Rotated(size.at, format!("`{}` keeps files of at most {}", service.name, size.value)),
            _ => Path::Unbounded(
                logging.at,
                format!("`{}` logs into a file of the host that grows without end (json-file without max-size)", service.name),
            ),
        },
        _ => Path::Open(format!("where the log driver `{name}` of `{}` sends entries", service.name)),
    }
}

/// A library that sends logs, among the dependencies of a service's packages.
fn transport(system: &System, service: &Service) -> Option<String> {
    let packages = service.packages(system);
    system.signs_of(Capability::LogTransport).find_map(|sign| match &sign.source {
        SignSource::Dependency { manifest, dev: false } if packages.iter().any(|p| p.path == *manifest) => {
            Some(format!("{} ({})", sign.says, system.path_at(sign.at)))
        }
        _ => None,
    })
}

/// Nothing says where the output goes: what runs the service decides.
fn unstated(system: &System, service: &Service) -> Path {
    let name = &service.name;
    match service.runtime {
        Runtime::Compose => {
            Path::Unbounded(service.at, format!("`{name}` has no `logging`: its output stays in a file of the host that grows without end"))
        }
        Runtime::Ecs if service.image_unresolved() => {
            Path::Open(format!("where the containers of `{name}` log: their definition is decided elsewhere"))
        }
        Runtime::Ecs => {
            Path::Discarded(service.at, format!("the containers of `{name}` have no logConfiguration: their output is lost with the task"))
        }
        Runtime::Kubernetes => {
            let cluster = system.infrastructure().capacity.iter().find(|c| c.kind == CapacityKind::Cluster);
            match cluster {
                Some(cluster) => Path::Rotated(
                    cluster.at,
                    format!("nothing collects the output of `{name}`: it stays on the node, which keeps 50 MB of it"),
                ),
                None => Path::Open(format!("what collects the output of `{name}`: the cluster it runs on is not in the repository")),
            }
        }
        Runtime::Function | Runtime::Platform => hosted(system, service),
        Runtime::Process => Path::Open(format!("where the output of `{name}` goes: nothing here says how its host keeps it")),
    }
}

fn hosted(system: &System, service: &Service) -> Path {
    let name = &service.name;
    let file = system.path_at(service.at);
    let target = system.platforms().iter().find(|t| t.path == file);
    if let Some(target) = target {
        return if STORING.contains(&target.platform) {
            Path::Central(target.at, format!("{} keeps the output of `{name}` in the provider's log store", target.platform))
        } else {
            Path::PlatformView(target.at, format!("{} shows the output of `{name}` in its own view only", target.platform))
        };
    }
    let amazon = system.roots().into_iter().any(|r| matches!(r.tool, IacTool::CloudFormation | IacTool::Serverless | IacTool::Cdk));
    if service.runtime == Runtime::Function && amazon {
        return Path::Central(service.at, format!("Lambda writes the output of `{name}` to CloudWatch Logs"));
    }
    Path::Open(format!("where the output of `{name}` goes: nothing here ships it, and the platform's own setting is not in the repository"))
}

/// Why nothing is judged.
pub(super) fn nothing(system: &System) -> Evidence {
    Evidence::sought("service that writes logs", system.deployment_scope())
}
