//! One assessment for each verdict, and one of a hostile tree.

use plimsoll_base::{
    Assessment, Blocker, CATALOGUE, Condition, DatastoreView, Decision, DeploymentView, EdgeView, EnvironmentView, Grade, PipelineView,
};

use crate::builder::{Builder, gap, graded, place, seen, sought};

/// All of them, by name.
pub fn all() -> Vec<(&'static str, Assessment)> {
    vec![
        ("no-go", no_go()),
        ("no-go-early", no_go_early()),
        ("unproven", unproven()),
        ("conditional-go", conditional_go()),
        ("go", go()),
        ("not-assessable", not_assessable()),
        ("too-many-open", too_many_open()),
        ("hostile", hostile()),
    ]
}

fn newsdigest(verdict: Decision) -> Builder {
    Builder::new("newsdigest", verdict)
        .deployment("docker-compose.prod.yml", "compose", &[("frontend", "web"), ("backend", "web"), ("db", "datastore")])
        .stops(
            "data/deployed-datastore-used",
            vec![gap(
                "another-opened@db",
                "the code opens SQLite; the Postgres that is deployed is unused",
                "every user, article and audit row is lost when the container is replaced",
                vec![
                    seen("backend/app/db/session.py", 6, "sqlite:///./news_digest.db, a literal"),
                    seen("docker-compose.prod.yml", 12, "db: postgres, which nothing opens"),
                ],
            )],
        )
        .stops(
            "identity/no-auth-bypass",
            vec![gap(
                "self-granted-role@backend",
                "anyone can sign up as administrator",
                "a stranger reads and deletes everything",
                vec![seen("backend/app/api/v1/endpoints/auth.py", 46, "role comes from the request")],
            )],
        )
        .stops(
            "secrets/no-default-credentials",
            vec![gap(
                "published-default@backend",
                "admin / ad…23 is seeded on every start",
                "the first scanner that tries it is the administrator",
                vec![seen("backend/app/db/init_db.py", 15, "password of the first user")],
            )],
        )
        .stops(
            "secrets/no-hardcoded-secrets",
            vec![gap(
                "live-secret@system",
                "an API key of the news provider is in the tree",
                "whoever reads the repository spends on your account",
                vec![seen("backend/app/core/config.py", 22, "NEWS_API_KEY = \"3f…9c\"")],
            )],
        )
}

/// Seven blockers, one follows from another, one could not be seen.
pub fn no_go() -> Assessment {
    let mut persistent = gap(
        "ephemeral@db",
        "the SQLite file lies in the container's own layer",
        "a restart empties the database",
        vec![seen("docker-compose.prod.yml", 31, "backend has no volume at /app")],
    );
    persistent.follows = Some("data/deployed-datastore-used".into());
    let mut builder = newsdigest(Decision::NoGo)
        .stops("data/persistent-storage", vec![persistent])
        .stops(
            "recovery/automated-backups",
            vec![gap(
                "no-backup@db",
                "nothing backs up a database",
                "a bad migration or a lost disk ends the service",
                vec![sought(
                    "a scheduled dump, snapshot or backup sidecar",
                    &[("docker-compose*.yml", 2), (".github/workflows/*.yml", 3), ("**/crontab", 0)],
                )],
            )],
        )
        .stops(
            "observability/alerting",
            vec![gap(
                "no-rules@system",
                "no alert rule exists, and no agent that could hold one",
                "customers tell you that it is down",
                vec![sought("alert rules, monitors, alarms", &[("**/*.yml", 14), ("**/*.tf", 0)])],
            )],
        )
        .doubted(
            "edge/https-tls",
            "how traffic enters: no proxy, ingress or certificate is in the repository",
            "add the proxy's configuration, or attest where TLS ends",
        )
        .unknown("network/ingress-restricted", "the host's firewall is not described", "attest it, or describe the host")
        .unmet(
            "containers/non-root-user",
            vec![gap(
                "root@backend",
                "backend runs as root",
                "a flaw in the code owns the container",
                vec![seen("backend/Dockerfile", 1, "no USER")],
            )],
        )
        .unmet(
            "delivery/rollback",
            vec![gap(
                "no-way-back@system",
                "only :latest is ever deployed",
                "a bad release cannot be undone",
                vec![seen("deploy.sh", 4, "docker compose pull")],
            )],
        )
        .partial(
            "edge/rate-limiting",
            graded("backend/requirements.txt", 8, "slowapi", Grade::Declared),
            vec![gap(
                "dormant@backend",
                "declared only: slowapi is never mounted",
                "a script can guess passwords without end",
                vec![seen("backend/requirements.txt", 8, "slowapi")],
            )],
        )
        .not_applicable("cost/budget-alerts", "no cloud account is described")
        .not_applicable("delivery/iac-in-ci", "no infrastructure code")
        .problem("backend/app/legacy.py", Some(210), "is not valid Python from here on; what follows was not read")
        .conditions()
        .score(23, 31, 0.92, "F", &[("rule/live-secret", "F"), ("rule/no-go", "D")]);
    let system = &mut builder.0.system;
    system.deployments.push(DeploymentView {
        name: "docker-compose.yml".into(),
        kind: "compose".into(),
        files: vec!["docker-compose.yml".into()],
        assessed: false,
        reason: "another is named for production".into(),
    });
    system.services[0].published = vec!["80:80".into(), "443:443".into()];
    system.datastores.push(DatastoreView {
        name: "db".into(),
        engine: "postgres".into(),
        run_by: "container".into(),
        at: place("docker-compose.prod.yml", 12),
    });
    system.edges.push(EdgeView { from: "frontend".into(), to: "backend".into(), by: "VITE_API_URL".into() });
    system.edges.push(EdgeView { from: "backend".into(), to: "db".into(), by: "depends_on".into() });
    system.edges.push(EdgeView { from: "backend".into(), to: "newsapi.org".into(), by: "a call in backend/app/fetch.py".into() });
    system.pipelines.push(PipelineView {
        name: ".github/workflows/ci.yml".into(),
        provider: "github-actions".into(),
        triggers: vec!["push".into(), "pull_request".into()],
        jobs: vec!["lint".into(), "test".into()],
    });
    system.environments.push(EnvironmentView { name: "production".into(), at: place(".github/workflows/ci.yml", 9) });
    builder.build()
}

/// A version that judges few controls.
pub fn no_go_early() -> Assessment {
    let judged = ["secrets", "containers", "delivery", "testing", "governance"];
    let beyond = CATALOGUE
        .iter()
        .map(|a| a.id)
        .filter(|id| !judged.iter().any(|area| id.starts_with(area)))
        .filter(|id| !matches!(*id, "data/deployed-datastore-used" | "identity/no-auth-bypass"));
    newsdigest(Decision::NoGo)
        .beyond(beyond)
        .conditions()
        .score(23, 71, 0.48, "F", &[("rule/live-secret", "F"), ("rule/coverage-50", "?"), ("rule/no-go", "D")])
        .build()
}

/// Three blockers that could not be seen, two that this version cannot judge.
pub fn unproven() -> Assessment {
    Builder::new("ledgerline", Decision::Unproven)
        .deployment(
            "deploy/k8s/production",
            "kubernetes",
            &[
                ("api", "web"),
                ("worker", "worker"),
                ("web", "web"),
                ("postgres", "datastore"),
                ("redis", "datastore"),
                ("nginx", "proxy"),
                ("cron", "worker"),
            ],
        )
        .doubted(
            "edge/https-tls",
            "the Ingress has no tls section, and what stands before it is not described",
            "show the load balancer's listener, or run a probe against the public address",
        )
        .doubted(
            "recovery/automated-backups",
            "the database is a managed one of another repository",
            "add the repository that declares it, or attest its backups with the provider's page as evidence",
        )
        .doubted(
            "observability/alerting",
            "the agent of Datadog is wired; its monitors live outside the repository",
            "export the monitors as code, or attest them",
        )
        .beyond(["data/not-publicly-reachable", "identity/authentication", "cost/right-sizing"])
        .unknown("delivery/deploy-approval", "the reviewers of the environment are a setting of the host", "attest them")
        .unmet(
            "application/graceful-shutdown",
            vec![gap(
                "no-handler@worker",
                "worker dies on SIGTERM with its job",
                "a deployment loses work",
                vec![seen("worker/main.py", 3, "no handler")],
            )],
        )
        .conditions()
        .score(62, 81, 0.78, "C", &[("rule/unproven", "C")])
        .build()
}

/// Every blocker met or accepted.
pub fn conditional_go() -> Assessment {
    let mut builder = Builder::new("shopfront", Decision::ConditionalGo)
        .deployment("infra/main.tf", "terraform", &[("api", "web"), ("jobs", "worker")])
        .unmet(
            "recovery/restore-tested",
            vec![gap(
                "never@db",
                "no restore was ever exercised",
                "the backup may be empty",
                vec![sought("a restore job or drill record", &[(".github/workflows/*.yml", 5), ("docs/**", 12)])],
            )],
        )
        .unmet(
            "observability/alert-routing",
            vec![gap(
                "no-receiver@system",
                "alerts go to a topic that nobody subscribes to",
                "nobody wakes up",
                vec![seen("infra/alarms.tf", 41, "aws_sns_topic.alerts without a subscription")],
            )],
        )
        .partial(
            "application/outbound-timeouts",
            graded("api/src/http.ts", 9, "timeout: 5000", Grade::Active),
            vec![gap(
                "no-timeout@jobs",
                "1 of 2: jobs calls the carrier without a timeout",
                "one slow carrier stops every order",
                vec![seen("jobs/src/carrier.ts", 27, "fetch without a signal")],
            )],
        )
        .unknown("identity/least-privilege-iam", "the role is made elsewhere", "show its policy")
        .accepted("data/encryption-at-rest", "maria@shop.example")
        .score(84, 88, 0.96, "B", &[("rule/conditional-go", "B"), ("rule/accepted", "B")]);
    builder.0.tier.inferred_floor = plimsoll_base::Tier::Critical;
    builder
        .0
        .conditions
        .push(Condition { control: None, why: "assessed as production, but what was found asks for critical: cards are charged".into() });
    builder.0.conditions.push(Condition {
        control: Some("data/encryption-at-rest".into()),
        why: "the volume of cache is not encrypted; waived by maria@shop.example until 2027-03-31: read-only preview for ten customers"
            .into(),
    });
    builder.conditions().build()
}

/// Nothing high is open.
pub fn go() -> Assessment {
    Builder::new("statuspage", Decision::Go)
        .deployment("fly.toml", "platform", &[("web", "web")])
        .unmet(
            "observability/dashboards",
            vec![gap(
                "none@system",
                "no dashboard",
                "the person on call begins with nothing",
                vec![sought("a dashboard", &[("**/*.json", 4)])],
            )],
        )
        .score(96, 98, 0.99, "A", &[("rule/a-plus", "A")])
        .build()
}

/// No blocker of its own, but too much that is grave.
pub fn too_many_open() -> Assessment {
    let ids = CATALOGUE.iter().filter(|a| a.severity == plimsoll_base::Severity::High).map(|a| a.id).take(14);
    let mut builder = Builder::new("halfway", Decision::NoGo).deployment("compose.yml", "compose", &[("web", "web")]);
    for id in ids {
        builder = builder.unmet(id, vec![gap("none@web", "web has none", "it hurts", vec![seen("compose.yml", 3, "web")])]);
    }
    let why = "14 controls of high or critical severity are unmet, more than 10".into();
    builder.0.blockers.push(Blocker { control: "rule/too-many-open".into(), gap: None, why });
    builder.conditions().score(64, 64, 1.0, "D", &[("rule/no-go", "D")]).build()
}

/// A library.
pub fn not_assessable() -> Assessment {
    let mut builder = Builder::new("left-pad-rs", Decision::NotAssessable).score(70, 80, 0.9, "B", &[]);
    for answer in &mut builder.0.controls {
        answer.counted &= ["supply-chain", "testing", "quality", "governance"].iter().any(|area| answer.id.starts_with(area));
        answer.blocking = false;
    }
    builder.build()
}

pub const EVIL: &str = "a\u{1b}[2J\u{202e}gpj.exe\u{200b}\n\u{9b}31m\"];<b>`|\u{7f}漢字";

/// Names and texts that try to write on the terminal, and some that are only absurd.
pub fn hostile() -> Assessment {
    let long = format!("{}/deployment.yml", "very-long-directory-name".repeat(6));
    let mut builder = Builder::new(EVIL, Decision::NoGo)
        .deployment(EVIL, "compose", &[(EVIL, "web"), ("漢字サービス", "web")])
        .stops(
            "secrets/no-hardcoded-secrets",
            vec![gap(
                &format!("live-secret@{EVIL}"),
                &format!("a key in {EVIL}"),
                &format!("read by {EVIL}"),
                vec![seen(EVIL, 7, EVIL), seen(&long, 1, &"A".repeat(5000))],
            )],
        )
        .stops(
            "data/persistent-storage",
            vec![gap("ephemeral@x", &"B".repeat(3000), &"漢字".repeat(200), vec![seen(&long, 4_000_000_000, EVIL)])],
        )
        .stops("recovery/automated-backups", vec![gap("none@x", "", "", vec![sought(EVIL, &[(EVIL, 3), (&long, 1), ("*", 2), ("**", 9)])])])
        .doubted("edge/https-tls", EVIL, EVIL)
        .problem(EVIL, Some(1), EVIL)
        .score(0, 100, 0.0, "F", &[("rule/live-secret", "F")]);
    // Two that follow from each other have no cause to be folded under.
    for (id, cause) in
        [("secrets/no-hardcoded-secrets", "data/persistent-storage"), ("data/persistent-storage", "secrets/no-hardcoded-secrets")]
    {
        builder.answer(id).gaps[0].follows = Some(cause.into());
    }
    let system = &mut builder.0.system;
    system.services[0].published = vec![EVIL.into()];
    system.datastores.push(DatastoreView { name: EVIL.into(), engine: EVIL.into(), run_by: "external".into(), at: place(EVIL, 1) });
    system.edges.push(EdgeView { from: EVIL.into(), to: "gone".into(), by: EVIL.into() });
    system.pipelines.push(PipelineView { name: EVIL.into(), provider: "github-actions".into(), triggers: vec![EVIL.into()], jobs: vec![] });
    system.environments.push(EnvironmentView { name: EVIL.into(), at: None });
    builder.0.blockers.push(Blocker {
        control: "rule/too-many-open".into(),
        gap: None,
        why: "14 controls of high or critical severity are unmet, more than 10".into(),
    });
    // A reason may be empty in no real assessment; the renderers must bear it.
    builder.0.blockers[2].why = "nothing backs it up".into();
    builder.answer("recovery/automated-backups").gaps[0].says = "nothing backs it up".into();
    builder.build()
}
