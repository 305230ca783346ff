//! The closed vocabulary of what a technology can show.

use serde::Deserialize;

/// What a technology provides. A new technology is a TOML file; a new capability is a reviewed line here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// Runs tests of units or components.
    Test,
    /// Drives a user interface or a whole system.
    EndToEndTest,
    /// Puts load on a system.
    LoadTest,
    /// Attacks a running system.
    SecurityTest,
    /// Breaks parts of a running system on purpose.
    ChaosTest,
    /// Starts real backing services for tests.
    TestEnvironment,
    /// Measures test coverage.
    Coverage,
    /// Holds coverage at a threshold.
    CoverageGate,
    /// Finds faults of style and form.
    Lint,
    /// Formats sources.
    Format,
    /// Checks types.
    TypeCheck,
    /// Finds known-vulnerable dependencies.
    DependencyScan,
    /// Scans images.
    ContainerScan,
    /// Analyses source for vulnerabilities.
    StaticAnalysis,
    /// Analyses infrastructure code.
    IacScan,
    /// Finds committed secrets.
    SecretScan,
    /// Runs checks before a commit.
    PreCommit,
    /// Writes a bill of materials.
    Sbom,
    /// Signs or attests artefacts.
    Signing,
    /// Builds container images.
    ImageBuild,
    /// Publishes container images.
    ImagePush,
    /// Publishes packages, binaries or charts.
    Publish,
    /// Builds without an image: a bundle, a package, a binary.
    Build,
    /// Installs dependencies exactly as locked.
    FrozenInstall,
    /// Installs dependencies without a lock.
    LooseInstall,
    /// Puts a version into an environment.
    Deploy,
    /// Waits for a deployment to settle.
    RolloutWait,
    /// Requests the deployed system.
    SmokeTest,
    /// Restores the former version.
    Rollback,
    /// Plans infrastructure changes.
    IacPlan,
    /// Applies infrastructure changes.
    IacApply,
    /// Checks infrastructure code's form.
    IacValidate,
    /// Changes a database's schema by versions.
    Migration,
    /// Makes versions and release notes.
    Release,
    /// Proposes dependency updates.
    DependencyUpdates,
    /// Keeps secrets and hands them out.
    SecretStore,
    /// Encrypts secrets in the repository.
    EncryptedSecrets,
    /// Terminates or forwards traffic.
    Proxy,
    /// Keeps data.
    Datastore,
    /// Keeps data that may vanish.
    Cache,
    /// Passes messages.
    Broker,
    /// Watches the system: metrics, dashboards, alerts.
    Monitoring,
    /// Administers a datastore or system through a web page.
    AdminUi,
    /// Stands in for a service during development.
    DevStandIn,
    /// Serves an API description.
    ApiDescription,
    /// A web framework that serves requests.
    WebFramework,
    /// A frontend framework with a build step.
    FrontendFramework,
    /// Consumes a queue or runs schedules.
    Worker,
    /// Authenticates to a cloud without long-lived keys.
    WorkloadIdentity,
    /// Starts a server for development only.
    DevServer,
    /// Starts a server fit for production.
    ProductionServer,
    /// Takes payments.
    Payment,
    /// Signs users in.
    Authentication,
    /// Calls a metered third party: language models, mail, messages.
    MeteredApi,
    /// Hands an error to an error tracker.
    ErrorTracking,
    /// Evaluates alerts that are kept with a vendor or behind a page, and not in the repository.
    HostedAlerts,
    /// Sends logs somewhere from within the program.
    LogTransport,
    /// Asks a provider for its bill.
    SpendingCheck,
    /// Writes logs with levels or as records for machines.
    StructuredLogging,
    /// Counts and measures within the program.
    Metrics,
    /// Records the way of a request through programs.
    Tracing,
    /// Measures transactions by endpoint and sends them to whoever shows them.
    Apm,
    /// Tells a product analytics service what users do.
    UsageAnalytics,
}
