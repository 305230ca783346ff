//! What every control of the catalogue says of itself. The table is the one place of severity, tiers, proving grade and effort.

use crate::{Effort, Grade, Severity, Tier};

/// What a control is judged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// Each service.
    Service,
    /// Each datastore.
    Datastore,
    /// Each pipeline.
    Pipeline,
    /// Each root of infrastructure code.
    IacRoot,
    /// The system as a whole.
    System,
}

/// What a control says of itself; it holds no behaviour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct About {
    /// `area/name`, named for the quality wanted.
    pub id: &'static str,
    /// A sentence that is true when the control is met.
    pub title: &'static str,
    /// What it is judged for.
    pub per: Per,
    /// Never changes with context.
    pub severity: Severity,
    /// Typical effort to close it.
    pub effort: Effort,
    /// The lowest tier at which it must be met for GO; none if it never blocks.
    pub blocks_from: Option<Tier>,
    /// The lowest tier at which it counts.
    pub expected_from: Tier,
    /// The grade at which it is fully proven; none where grades have no meaning.
    pub proven_at: Option<Grade>,
}

impl About {
    /// The part of the id before the slash.
    pub fn area(&self) -> &'static str {
        self.id.split('/').next().unwrap_or(self.id)
    }
    /// Whether it blocks at the tier.
    pub fn blocks_at(&self, tier: Tier) -> bool {
        self.blocks_from.is_some_and(|from| from <= tier)
    }
    /// Whether it counts at the tier.
    pub fn counts_at(&self, tier: Tier) -> bool {
        self.expected_from <= tier
    }
}

/// The control of that id.
pub fn about(id: &str) -> Option<&'static About> {
    CATALOGUE.iter().find(|a| a.id == id)
}

#[allow(clippy::too_many_arguments, reason = "one row of a table")]
const fn row(
    id: &'static str,
    per: Per,
    severity: Severity,
    hours: (f64, f64),
    blocks_from: Option<Tier>,
    expected_from: Tier,
    proven_at: Option<Grade>,
    title: &'static str,
) -> About {
    About { id, title, per, severity, effort: Effort(hours.0, hours.1), blocks_from, expected_from, proven_at }
}

use Grade::{Active, Exercised};
use Per::{Datastore, IacRoot, Pipeline, Service, System};
use Severity::{Critical, High, Low, Medium};
use Tier::{Internal, Production, Prototype};
const ALWAYS: Option<Tier> = Some(Prototype);
const PRODUCTION: Option<Tier> = Some(Production);
const CRITICAL: Option<Tier> = Some(Tier::Critical);

/// All 139, by area in the order of the catalogue.
#[rustfmt::skip]
pub static CATALOGUE: &[About] = &[
    row("containers/image-build", Service, High, (2.0, 4.0), CRITICAL, Internal, Some(Active), "Every service has a production image that can be built"),
    row("containers/multi-stage-build", Service, Medium, (1.0, 2.0), None, Production, Some(Active), "Build tools stay out of the runtime image"),
    row("containers/non-root-user", Service, High, (0.5, 0.5), CRITICAL, Internal, Some(Active), "Containers run as a non-root user"),
    row("containers/minimal-image", Service, Low, (1.0, 2.0), None, Production, Some(Active), "Images hold only what they need at run time"),
    row("containers/base-image-pinned", Service, Medium, (1.0, 1.0), None, Production, Some(Active), "Base and third-party images are pinned"),
    row("containers/dockerignore", Service, Low, (0.25, 0.25), None, Production, Some(Active), "The build context is free of secrets and ballast"),
    row("containers/healthcheck", Service, High, (1.0, 1.0), CRITICAL, Internal, Some(Active), "Each long-running service is probed for health"),
    row("containers/resource-limits", Service, Medium, (0.5, 0.5), None, Production, Some(Active), "Memory and CPU of each workload are bounded"),
    row("containers/restart-policy", Service, Medium, (0.1, 0.1), None, Production, Some(Active), "A crashed service comes back by itself"),
    row("containers/hardened-runtime", Service, Medium, (1.0, 2.0), None, Production, Some(Active), "Container privileges are reduced"),
    row("containers/ports-not-exposed", Service, High, (0.25, 0.25), CRITICAL, Internal, None, "Only the edge publishes ports"),
    row("delivery/ci-pipeline", Pipeline, High, (2.0, 4.0), CRITICAL, Internal, Some(Active), "A pipeline runs on every change"),
    row("delivery/ci-runs-tests", Pipeline, High, (1.0, 3.0), CRITICAL, Internal, Some(Exercised), "Tests run before production and can stop it"),
    row("delivery/ci-builds-image", Service, Medium, (1.0, 2.0), None, Production, Some(Active), "The pipeline builds and publishes the production artefact"),
    row("delivery/automated-deploy", System, High, (4.0, 16.0), CRITICAL, Internal, Some(Active), "A merged change reaches production by machine"),
    row("delivery/staging-environment", System, Medium, (4.0, 16.0), None, Production, Some(Active), "Changes pass through a separate environment first"),
    row("delivery/deploy-approval", Pipeline, Medium, (0.5, 0.5), None, Production, Some(Active), "Production has a deliberate gate"),
    row("delivery/zero-downtime-deploy", Service, High, (2.0, 8.0), CRITICAL, Internal, Some(Active), "A new version goes out without refusing requests"),
    row("delivery/rollback", System, High, (1.0, 4.0), CRITICAL, Internal, Some(Active), "The previous version can be restored quickly"),
    row("delivery/post-deploy-verification", Pipeline, Medium, (1.0, 2.0), None, Production, Some(Active), "The pipeline checks what it deployed"),
    row("delivery/immutable-artifacts", Service, Medium, (1.0, 2.0), None, Production, Some(Active), "One artefact is built, identified and promoted unchanged"),
    row("delivery/ci-least-privilege", Pipeline, Medium, (1.0, 2.0), None, Production, Some(Active), "The pipeline holds only the rights it needs"),
    row("delivery/iac-in-ci", IacRoot, Medium, (2.0, 6.0), None, Production, Some(Exercised), "Infrastructure changes are planned and applied by the pipeline"),
    row("delivery/versioning-and-changelog", System, Low, (1.0, 2.0), None, Production, Some(Active), "Versions and their changes can be told apart"),
    row("delivery/environment-parity", System, Low, (2.0, 4.0), None, Production, Some(Active), "Development, CI and production run alike"),
    row("secrets/no-hardcoded-secrets", System, Critical, (1.0, 4.0), ALWAYS, Prototype, None, "The repository holds no usable credential"),
    row("secrets/no-default-credentials", System, Critical, (0.5, 2.0), ALWAYS, Prototype, None, "Production opens with no default credential"),
    row("secrets/secrets-manager", Service, Critical, (4.0, 24.0), CRITICAL, Internal, Some(Active), "Secrets reach the process from a secret store"),
    row("secrets/env-files-ignored", System, High, (0.25, 0.25), CRITICAL, Internal, None, "Filled-in env files cannot slip into git or an image"),
    row("secrets/env-template", Service, Low, (0.5, 0.5), None, Production, None, "The required settings are listed without values"),
    row("secrets/secret-rotation", System, Medium, (4.0, 16.0), None, Production, Some(Active), "Secrets can be rotated"),
    row("secrets/config-validated", Service, Medium, (1.0, 2.0), None, Production, Some(Active), "A wrong setting stops the start"),
    row("secrets/config-externalized", Service, Medium, (1.0, 3.0), None, Production, Some(Active), "What differs between environments is outside the code"),
    row("edge/https-tls", System, Critical, (0.5, 4.0), PRODUCTION, Internal, Some(Active), "Every public entry is served over TLS"),
    row("edge/security-headers", Service, High, (1.0, 2.0), CRITICAL, Internal, Some(Active), "Responses carry protective headers"),
    row("edge/cors-restricted", Service, High, (0.5, 0.5), CRITICAL, Internal, Some(Active), "Only intended origins may call the API from a browser"),
    row("edge/rate-limiting", Service, High, (1.0, 3.0), CRITICAL, Internal, Some(Active), "A rate limiter stands on every public entry"),
    row("edge/request-size-limits", Service, Medium, (0.5, 0.5), None, Production, Some(Active), "Request sizes are bounded"),
    row("edge/waf-and-ddos", System, Medium, (4.0, 8.0), None, Production, Some(Active), "Hostile traffic is filtered at the edge"),
    row("edge/cdn", System, Medium, (2.0, 4.0), None, Production, Some(Active), "Static assets come from a CDN"),
    row("edge/reverse-proxy", System, Medium, (1.0, 3.0), None, Production, Some(Active), "Traffic enters through one configured proxy"),
    row("network/ingress-restricted", System, High, (1.0, 3.0), CRITICAL, Internal, None, "Firewalls admit only what must be reachable"),
    row("network/segmentation", System, Medium, (4.0, 8.0), None, Production, Some(Active), "Data and internal services are off the public network"),
    row("identity/authentication", Service, Critical, (8.0, 40.0), PRODUCTION, Internal, Some(Active), "Every non-public route is authenticated"),
    row("identity/no-auth-bypass", Service, Critical, (4.0, 8.0), ALWAYS, Prototype, None, "No path leads to identity without proof"),
    row("identity/authorization", Service, High, (8.0, 40.0), CRITICAL, Internal, Some(Active), "Privileges and ownership are enforced on the server"),
    row("identity/token-expiry", Service, High, (1.0, 4.0), CRITICAL, Internal, Some(Active), "Credentials expire and sessions can be revoked"),
    row("identity/csrf-protection", Service, Medium, (1.0, 3.0), None, Production, Some(Active), "Cookie-authenticated changes are protected from CSRF"),
    row("identity/least-privilege-iam", IacRoot, High, (4.0, 16.0), CRITICAL, Internal, Some(Active), "Workloads hold only the rights they use"),
    row("application/health-endpoint", Service, High, (1.0, 1.0), CRITICAL, Internal, Some(Active), "Each service tells when it cannot serve"),
    row("application/graceful-shutdown", Service, High, (1.0, 2.0), CRITICAL, Internal, Some(Active), "SIGTERM drains and closes each process"),
    row("application/input-validation", Service, High, (8.0, 32.0), CRITICAL, Internal, Some(Active), "External input is checked by schema"),
    row("application/sql-injection-safe", Service, Critical, (4.0, 8.0), PRODUCTION, Internal, None, "Every query is parameterised"),
    row("application/xss-safe", Service, High, (4.0, 8.0), CRITICAL, Internal, None, "Untrusted content is never emitted as markup"),
    row("application/outbound-timeouts", Service, High, (4.0, 8.0), CRITICAL, Internal, Some(Active), "Outbound calls fail fast and retry sanely"),
    row("application/safe-error-handling", Service, High, (1.0, 3.0), CRITICAL, Internal, Some(Active), "Debug is off and internals are hidden"),
    row("application/startup-order", Service, Medium, (0.5, 0.5), None, Production, Some(Active), "Services wait for what they depend on"),
    row("application/caching", Service, Low, (8.0, 24.0), None, Production, Some(Active), "Repeated expensive reads are cached"),
    row("application/asset-optimization", Service, Low, (4.0, 8.0), None, Production, Some(Active), "The frontend is delivered small"),
    row("application/provider-fallback", Service, Medium, (8.0, 16.0), None, Production, Some(Active), "The loss of a third party is survived"),
    row("application/background-jobs", Service, High, (2.0, 8.0), CRITICAL, Internal, Some(Active), "Queues and schedules really run in production"),
    row("data/persistent-storage", Datastore, Critical, (0.5, 4.0), PRODUCTION, Internal, Some(Active), "State lives on durable storage"),
    row("data/deployed-datastore-used", Datastore, Critical, (1.0, 4.0), PRODUCTION, Internal, Some(Active), "The application writes to the datastore that is deployed"),
    row("data/managed-database", Datastore, High, (4.0, 16.0), CRITICAL, Internal, Some(Active), "The database is operated by a service or operator"),
    row("data/versioned-migrations", Datastore, High, (4.0, 16.0), CRITICAL, Internal, Some(Active), "The schema changes only by applied migrations"),
    row("data/connection-pooling", Service, Medium, (0.5, 2.0), None, Production, Some(Active), "Connections are pooled and bounded"),
    row("data/indexes", Datastore, Medium, (4.0, 8.0), None, Production, Some(Active), "Frequent predicates have indexes"),
    row("data/encryption-at-rest", Datastore, High, (1.0, 4.0), CRITICAL, Internal, Some(Active), "Stored data is encrypted"),
    row("data/encryption-in-transit", Datastore, Medium, (1.0, 3.0), None, Production, Some(Active), "Connections to stores are encrypted"),
    row("data/sensitive-fields-encrypted", Service, High, (8.0, 24.0), CRITICAL, Internal, Some(Active), "Sensitive fields are encrypted on every write"),
    row("data/read-replicas", Datastore, Low, (4.0, 16.0), None, Tier::Critical, Some(Active), "Read load can go to a replica"),
    row("data/retention-policy", Datastore, Medium, (8.0, 16.0), None, Production, Some(Active), "Data expires as decided"),
    row("data/not-publicly-reachable", Datastore, Critical, (0.5, 2.0), ALWAYS, Prototype, None, "No datastore is reachable from the internet"),
    row("data/database-monitoring", Datastore, Medium, (2.0, 6.0), None, Production, Some(Active), "Load and slow queries of stores are watched"),
    row("recovery/automated-backups", Datastore, Critical, (4.0, 16.0), PRODUCTION, Internal, Some(Active), "Every datastore is backed up on a schedule"),
    row("recovery/point-in-time-recovery", Datastore, High, (1.0, 4.0), CRITICAL, Internal, Some(Active), "Data can be restored to any recent moment"),
    row("recovery/restore-tested", Datastore, High, (4.0, 16.0), CRITICAL, Internal, Some(Exercised), "A restore has been proven"),
    row("recovery/offsite-copy", Datastore, High, (4.0, 8.0), CRITICAL, Internal, Some(Active), "A copy survives loss of the site"),
    row("recovery/disaster-recovery-plan", System, Medium, (4.0, 8.0), None, Production, None, "A recovery plan with RTO and RPO exists"),
    row("recovery/deletion-protection", Datastore, High, (0.5, 0.5), CRITICAL, Internal, Some(Active), "Production data is hard to destroy by mistake"),
    row("availability/redundant-instances", Service, Critical, (2.0, 8.0), CRITICAL, Internal, Some(Active), "At least two instances serve each request path"),
    row("availability/stateless-services", Service, High, (4.0, 24.0), CRITICAL, Internal, Some(Active), "Any instance can serve any request"),
    row("availability/load-balancer", System, High, (4.0, 8.0), CRITICAL, Internal, Some(Active), "Traffic is spread over healthy instances"),
    row("availability/multi-zone", System, Medium, (4.0, 8.0), None, Production, Some(Active), "The loss of one zone is survived"),
    row("availability/autoscaling", Service, Medium, (4.0, 8.0), None, Production, Some(Active), "Capacity follows load within bounds"),
    row("availability/database-failover", Datastore, High, (4.0, 8.0), CRITICAL, Internal, Some(Active), "A standby database takes over"),
    row("availability/multi-region", System, Low, (40.0, 160.0), None, Tier::Critical, Some(Active), "The system can run from a second region"),
    row("availability/disruption-safety", Service, Medium, (1.0, 2.0), None, Production, Some(Active), "Drains leave enough healthy pods"),
    row("availability/orchestration", System, High, (8.0, 40.0), CRITICAL, Internal, Some(Active), "Production is declared and supervised"),
    row("observability/structured-logging", Service, Medium, (2.0, 8.0), None, Production, Some(Active), "Logs are machine-readable and correlated"),
    row("observability/centralized-logging", System, High, (4.0, 8.0), CRITICAL, Internal, Some(Active), "Logs leave the host into searchable storage"),
    row("observability/log-retention", System, Medium, (0.5, 0.5), None, Production, Some(Active), "Logs are kept long enough and not for ever"),
    row("observability/metrics", Service, High, (4.0, 16.0), CRITICAL, Internal, Some(Active), "Request and resource metrics are collected"),
    row("observability/dashboards", System, Low, (4.0, 8.0), None, Production, Some(Active), "A dashboard is ready for the person on call"),
    row("observability/alerting", System, Critical, (4.0, 24.0), PRODUCTION, Internal, Some(Active), "Symptoms become alerts that are evaluated"),
    row("observability/alert-routing", System, High, (1.0, 3.0), CRITICAL, Internal, Some(Active), "An alert reaches a human"),
    row("observability/error-tracking", Service, High, (1.0, 2.0), CRITICAL, Internal, Some(Active), "Exceptions are captured with context"),
    row("observability/tracing", System, Low, (8.0, 24.0), None, Production, Some(Active), "A request can be followed through services"),
    row("observability/apm", Service, Low, (4.0, 8.0), None, Production, Some(Active), "Slow transactions can be seen per endpoint"),
    row("observability/uptime-and-status-page", System, Low, (1.0, 2.0), None, Production, Some(Active), "The service is probed from outside"),
    row("observability/slo", System, Low, (8.0, 16.0), None, Production, Some(Active), "Objectives are defined and evaluated"),
    row("observability/audit-logging", Service, High, (8.0, 24.0), CRITICAL, Internal, Some(Active), "Security-relevant actions are recorded"),
    row("observability/pii-safe-logging", Service, High, (4.0, 8.0), CRITICAL, Internal, Some(Active), "Logs hold no secrets or personal data"),
    row("observability/cloud-audit-trail", IacRoot, High, (2.0, 6.0), CRITICAL, Internal, Some(Active), "Control-plane actions are recorded and watched"),
    row("observability/usage-analytics", System, Low, (1.0, 2.0), None, Production, Some(Active), "Product usage is measured"),
    row("iac/infrastructure-as-code", System, High, (16.0, 80.0), CRITICAL, Internal, Some(Active), "Production infrastructure is declared as code"),
    row("iac/remote-state", IacRoot, Critical, (2.0, 2.0), CRITICAL, Internal, Some(Active), "State is remote, locked, encrypted and out of git"),
    row("iac/versions-pinned", IacRoot, Medium, (0.5, 0.5), None, Production, Some(Active), "Infrastructure tools and providers are pinned"),
    row("supply-chain/lockfile-committed", Service, High, (0.5, 2.0), CRITICAL, Internal, Some(Active), "Builds install exactly what was tested"),
    row("supply-chain/dependency-updates", System, Medium, (0.5, 0.5), None, Production, Some(Active), "Dependency updates are proposed by machine"),
    row("supply-chain/dependency-scanning", System, High, (1.0, 1.0), CRITICAL, Internal, Some(Exercised), "Vulnerable dependencies are found and block"),
    row("supply-chain/container-scanning", Service, Medium, (1.0, 1.0), None, Production, Some(Exercised), "Images are scanned before they run"),
    row("supply-chain/static-analysis", System, Medium, (1.0, 2.0), None, Production, Some(Exercised), "Source is analysed for vulnerabilities"),
    row("supply-chain/secret-scanning", System, High, (0.5, 0.5), CRITICAL, Internal, Some(Exercised), "A committed secret would be caught"),
    row("supply-chain/sbom-and-signing", Pipeline, Low, (4.0, 8.0), None, Production, Some(Active), "Origin and content of a release can be verified"),
    row("supply-chain/supported-versions", Service, High, (4.0, 24.0), CRITICAL, Internal, Some(Active), "Runtimes and engines are still supported"),
    row("testing/unit-tests", Service, High, (16.0, 80.0), CRITICAL, Internal, Some(Exercised), "Unit tests check the core logic"),
    row("testing/integration-tests", Service, High, (16.0, 40.0), CRITICAL, Internal, Some(Exercised), "Components are tested together with real stores"),
    row("testing/e2e-tests", System, Medium, (16.0, 40.0), None, Production, Some(Exercised), "User journeys are exercised end to end"),
    row("testing/load-tests", System, Medium, (8.0, 24.0), None, Production, Some(Exercised), "Capacity is known under load"),
    row("testing/security-tests", System, Medium, (8.0, 24.0), None, Production, Some(Exercised), "The running system is attacked or audited regularly"),
    row("testing/chaos-tests", System, Low, (16.0, 40.0), None, Tier::Critical, Some(Exercised), "Failure has been rehearsed"),
    row("testing/coverage", Service, Low, (0.5, 1.0), None, Production, Some(Exercised), "Coverage is measured and held"),
    row("quality/linting", Service, Low, (1.0, 2.0), None, Production, Some(Active), "Lint and format are checked with effect"),
    row("quality/type-checking", Service, Low, (4.0, 24.0), None, Production, Some(Active), "Types are checked before merge"),
    row("operations/readme", System, Low, (2.0, 4.0), None, Production, None, "A newcomer can build, run and test"),
    row("operations/architecture-docs", System, Low, (4.0, 8.0), None, Production, None, "The structure is described truthfully"),
    row("operations/api-docs", Service, Low, (4.0, 8.0), None, Production, None, "The API is described as it is"),
    row("operations/deployment-guide", System, Medium, (4.0, 8.0), None, Production, None, "Someone else could deploy from the document"),
    row("operations/runbook", System, Medium, (8.0, 16.0), None, Production, None, "Routine and emergency operations are written down"),
    row("operations/incident-response", System, Medium, (4.0, 8.0), None, Production, None, "It is agreed who does what when production breaks"),
    row("governance/version-control", System, Low, (0.5, 2.0), None, Production, Some(Active), "The repository is a clean source of truth"),
    row("governance/change-review", Pipeline, Medium, (0.5, 0.5), None, Production, Some(Active), "Changes are reviewed before they merge"),
    row("governance/security-policy", System, Low, (1.0, 1.0), None, Production, None, "Reporting and licence are stated"),
    row("governance/privacy-compliance", System, Medium, (24.0, 80.0), None, Production, None, "Duties for personal data are met"),
    row("cost/budget-alerts", IacRoot, Medium, (0.5, 0.5), None, Production, Some(Active), "An unexpected bill would be noticed"),
    row("cost/usage-limits", Service, High, (4.0, 16.0), CRITICAL, Internal, Some(Active), "Paid calls are capped before they are made"),
    row("cost/right-sizing", System, Low, (4.0, 8.0), None, Production, Some(Active), "Sizes follow measured need"),
    row("cost/storage-lifecycle", Datastore, Low, (0.5, 1.0), None, Production, Some(Active), "Stored objects and logs expire"),
];
