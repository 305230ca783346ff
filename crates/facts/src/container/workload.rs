//! A workload: one thing that an orchestrator runs, whatever the orchestrator is called.

use plimsoll_base::{Location, Setting, Sourced};

use super::environment::{EnvFileUse, SecretUse, Variable};

/// What runs the workload, and so which of its settings mean something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Runtime {
    /// Docker Compose on one host.
    Compose,
    /// Kubernetes, plain manifests, Kustomize or Helm.
    Kubernetes,
    /// Amazon ECS, Fargate or EC2.
    Ecs,
    /// Functions: Lambda, Cloud Functions.
    Function,
    /// A platform that builds or runs the source: Vercel, Fly, Render, Heroku …
    Platform,
    /// A process on a host: systemd, pm2, a start script.
    Process,
}

/// One thing that runs.
#[derive(Clone, Debug)]
pub struct Workload {
    /// The orchestrator's name for it; stable.
    pub name: String,
    /// Where it is declared.
    pub at: Location,
    /// What runs it.
    pub runtime: Runtime,
    /// The image it names, variables resolved; `Unresolved` where a variable decides.
    pub image: Option<Setting<String>>,
    /// How this repository builds it, if the declaration says so.
    pub build: Option<Build>,
    /// The user it is told to run as, beyond what the image says.
    pub user: Option<Setting<String>>,
    /// Kubernetes `runAsNonRoot: true`.
    pub run_as_non_root: Option<Location>,
    /// Its entrypoint, if overridden.
    pub entrypoint: Option<Sourced<Vec<String>>>,
    /// Its command, if overridden; a shell string is one element.
    pub command: Option<Sourced<Vec<String>>>,
    /// Probes that the runtime really uses.
    pub probes: Vec<Probe>,
    /// Where probes are switched off (`disable: true`, `test: [NONE]`).
    pub probe_disabled: Option<Location>,
    /// Upper bounds.
    pub memory_limit: Option<Setting<String>>,
    /// Upper bounds.
    pub cpu_limit: Option<Setting<String>>,
    /// Reservations.
    pub memory_request: Option<Setting<String>>,
    /// Reservations.
    pub cpu_request: Option<Setting<String>>,
    /// What happens when it ends.
    pub restart: Restart,
    /// What it may do on its host.
    pub privileges: Privileges,
    /// Ports it opens.
    pub ports: Vec<Port>,
    /// Variables it is given.
    pub environment: Vec<Variable>,
    /// Env files it is given: path as resolved from the root, whether the tree holds it, and the place.
    pub env_files: Vec<EnvFileUse>,
    /// Secrets mounted or injected from a store.
    pub secrets: Vec<SecretUse>,
    /// Mounts.
    pub mounts: Vec<Mount>,
    /// Other workloads it waits for.
    pub depends_on: Vec<Dependency>,
    /// Networks it joins; empty means the default one.
    pub networks: Vec<Sourced<String>>,
    /// How many run.
    pub replicas: Setting<u32>,
    /// How a new version replaces the old one.
    pub update: Update,
    /// A fixed name that keeps a second copy from starting beside the first.
    pub fixed_name: Option<Location>,
    /// Further names by which its neighbours reach it: `container_name`, `hostname`, aliases in a network, links.
    pub aliases: Vec<String>,
    /// Whether it ends by design: a job, a migration, a hook.
    pub one_shot: bool,
    /// A schedule, for cron jobs.
    pub schedule: Option<Sourced<String>>,
    /// Labels and annotations.
    pub labels: Vec<(String, Sourced<String>)>,
    /// How long it may take to stop.
    pub grace_period: Option<Sourced<String>>,
    /// `init: true`, tini as PID 1.
    pub init: Option<Location>,
    /// What takes its output, if the declaration says so.
    pub logging: Option<LogDriver>,
}

impl Workload {
    /// A workload of which nothing is stated but its name.
    pub fn new(name: impl Into<String>, at: Location, runtime: Runtime) -> Self {
        Self {
            name: name.into(),
            at,
            runtime,
            image: None,
            build: None,
            user: None,
            run_as_non_root: None,
            entrypoint: None,
            command: None,
            probes: Vec::new(),
            probe_disabled: None,
            memory_limit: None,
            cpu_limit: None,
            memory_request: None,
            cpu_request: None,
            restart: Restart::Unstated,
            privileges: Privileges::default(),
            ports: Vec::new(),
            environment: Vec::new(),
            env_files: Vec::new(),
            secrets: Vec::new(),
            mounts: Vec::new(),
            depends_on: Vec::new(),
            networks: Vec::new(),
            replicas: Setting::Defaulted(1),
            update: Update::default(),
            fixed_name: None,
            aliases: Vec::new(),
            one_shot: false,
            schedule: None,
            labels: Vec::new(),
            grace_period: None,
            init: None,
            logging: None,
        }
    }
}

/// What takes a workload's output: Compose's `logging`, the `logConfiguration` of ECS.
#[derive(Clone, Debug)]
pub struct LogDriver {
    /// Where it stands.
    pub at: Location,
    /// Its name: `json-file`, `awslogs`, `awsfirelens`.
    pub driver: Setting<String>,
    /// Its options; a value that something outside decides is as written.
    pub options: Vec<(String, Sourced<String>)>,
}

impl LogDriver {
    /// An option's value.
    pub fn option(&self, name: &str) -> Option<&Sourced<String>> {
        self.options.iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }
}

/// How this repository builds a workload's image.
#[derive(Clone, Debug)]
pub struct Build {
    /// Where it says so.
    pub at: Location,
    /// The context folder from the root, normalised; empty is the root. None when it is remote or unresolved.
    pub context: Option<String>,
    /// The Dockerfile's path from the root; for inline definitions, none.
    pub dockerfile: Option<String>,
    /// Whether the tree holds that Dockerfile.
    pub dockerfile_exists: bool,
    /// The stage built; none is the last.
    pub target: Option<Sourced<String>>,
    /// Build arguments.
    pub args: Vec<(String, Option<Sourced<String>>)>,
}

/// A health probe.
#[derive(Clone, Debug)]
pub struct Probe {
    /// What it is for.
    pub kind: ProbeKind,
    /// How it looks.
    pub test: ProbeTest,
    /// Where it stands.
    pub at: Location,
}

/// What a probe decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeKind {
    /// Compose, Docker, ECS: one status for all.
    Health,
    /// Whether traffic is sent.
    Readiness,
    /// Whether the container is restarted.
    Liveness,
    /// Whether it has started.
    Startup,
    /// A load balancer's check of its targets.
    LoadBalancer,
}

/// How a probe looks.
#[derive(Clone, Debug)]
pub enum ProbeTest {
    /// A command inside the container, as words; a shell string is one element.
    Command(Vec<String>),
    /// An HTTP request: path, port.
    Http {
        /// The path.
        path: String,
        /// The port, by number or name.
        port: Option<String>,
    },
    /// A TCP connection.
    Tcp,
    /// A gRPC health call.
    Grpc,
    /// Decided elsewhere.
    Unresolved,
}

/// What happens when a workload ends.
#[derive(Clone, Debug)]
pub enum Restart {
    /// Nothing is stated; the runtime's default applies.
    Unstated,
    /// Always, or unless stopped by hand.
    Always(Sourced<String>),
    /// On failure, perhaps only a few times.
    OnFailure(Sourced<String>),
    /// Never, stated.
    No(Sourced<String>),
    /// The orchestrator always brings it back (a Deployment, an ECS service); the place that makes it one.
    Supervised(Location),
    /// A variable decides.
    Unresolved(Location),
}

/// What a workload may do on its host.
#[derive(Clone, Debug, Default)]
pub struct Privileges {
    /// `privileged: true`.
    pub privileged: Option<Location>,
    /// Capabilities added.
    pub added: Vec<Sourced<String>>,
    /// Capabilities dropped.
    pub dropped: Vec<Sourced<String>>,
    /// A read-only root file system.
    pub read_only: Option<Location>,
    /// `no-new-privileges`, `allowPrivilegeEscalation: false`.
    pub no_new_privileges: Option<Location>,
    /// A seccomp profile that restricts.
    pub seccomp: Option<Location>,
    /// The host's network, process or IPC namespace.
    pub host_namespace: Vec<Sourced<String>>,
    /// The container engine's socket; the flag tells a read-only mount.
    pub engine_socket: Option<(Location, bool)>,
    /// Folders of the host that hold its system (`/`, `/etc`, `/proc`, `/var/run` …), with the path.
    pub host_paths: Vec<Sourced<String>>,
    /// Where what it may do is decided elsewhere as a whole: what is not stated may be set there.
    pub undecided: Option<Location>,
}

/// A port.
#[derive(Clone, Debug)]
pub struct Port {
    /// Where it stands.
    pub at: Location,
    /// The port inside the container.
    pub target: Option<String>,
    /// How far it is reachable.
    pub reach: Reach,
    /// The port on that side, if fixed.
    pub published: Option<String>,
    /// What publishes it, in the file's words: `5432:5432`, `type: NodePort`.
    pub says: String,
}

/// How far a port is reachable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Other workloads of the same network.
    Internal,
    /// The host's own processes: bound to the loopback address.
    Loopback,
    /// A private network: an internal load balancer, a security group of named sources.
    Private,
    /// Every interface of the host, or the internet.
    Public,
    /// A variable decides.
    Unresolved,
}

/// A mount.
#[derive(Clone, Debug)]
pub struct Mount {
    /// Where it stands.
    pub at: Location,
    /// What is mounted.
    pub source: MountSource,
    /// Where in the container.
    pub target: String,
    /// Whether it is read-only.
    pub read_only: bool,
}

/// What is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MountSource {
    /// A named volume, a claim.
    Volume(String),
    /// A volume without a name.
    Anonymous,
    /// A folder or file of the host: the path from the root where it lies in the tree, and whether the tree holds it.
    Host {
        /// The path: from the root where it lies in the tree, as written elsewhere.
        path: String,
        /// Whether it lies in the tree.
        in_tree: bool,
        /// Whether the tree holds it.
        exists: bool,
    },
    /// Memory or the container's own layer.
    Ephemeral,
    /// Decided elsewhere.
    Unresolved,
}

/// What a workload waits for.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The other workload.
    pub on: String,
    /// `service_started`, `service_healthy`, `service_completed_successfully`.
    pub condition: String,
    /// Where it stands.
    pub at: Location,
}

/// How a new version replaces the old one.
#[derive(Clone, Debug, Default)]
pub struct Update {
    /// `RollingUpdate`, `Recreate`, `start-first`, `blue-green`, `canary` …, if stated.
    pub strategy: Option<Sourced<String>>,
    /// Automatic return to the former version.
    pub rollback: Option<Location>,
    /// Whether a load balancer or service stands in front: where.
    pub balanced: Option<Location>,
    /// Where traffic from outside is led to it: an ingress, a route, a load balancer. A service inside a cluster alone leads nobody in.
    pub routed: Option<Location>,
    /// Minimum healthy percent or `maxUnavailable`, as written.
    pub minimum: Option<Sourced<String>>,
    /// Fewer than the default revisions are kept: `revisionHistoryLimit: 0`.
    pub no_history: Option<Location>,
}
