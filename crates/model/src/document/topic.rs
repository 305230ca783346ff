//! What documents speak of: each topic with the words of its headings and of its text.

use std::sync::LazyLock;

use memchr::memmem;

/// A topic of a document for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// What must be installed first.
    Prerequisites,
    /// How to install.
    Setup,
    /// How to configure.
    Configuration,
    /// How to start it.
    Run,
    /// How to test it.
    Test,
    /// How to bring it into production.
    Deploy,
    /// How to contribute.
    Contribute,
    /// How the system is built.
    Architecture,
    /// How the parts lie in folders.
    Structure,
    /// What the API offers.
    Api,
    /// How to tell that a deployment worked.
    Verification,
    /// How to return to the former version.
    Rollback,
    /// How the schema follows.
    Migration,
    /// What operators do, as a whole.
    Operations,
    /// What to do when something fails.
    Failures,
    /// How to restart.
    Restart,
    /// Where the logs are.
    Logs,
    /// How to scale.
    Scale,
    /// How to back up and restore.
    Restore,
    /// How to rotate credentials.
    Rotate,
    /// What happens when production breaks.
    Incident,
    /// How bad an incident is.
    Severities,
    /// Who answers.
    Roles,
    /// Who is called next.
    Escalation,
    /// What is told to whom.
    Communication,
    /// What is learnt afterwards.
    PostMortem,
    /// How personal data is handled.
    Privacy,
}

/// Words of a topic: those of headings, and those of running text and commands. A `*` at the end stands for any ending, a `=` before
/// a heading's words for the heading as a whole.
struct Words {
    heading: &'static [&'static str],
    text: &'static [&'static str],
}

/// Topics, a bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Topics(u32);

/// What a phrase fills of a heading: all of it (`=phrase`), whole words, or the beginning of a word (`phrase*`).
#[derive(Clone, Copy)]
enum Reach {
    Heading,
    Words,
    Beginning,
}

impl Reach {
    fn of(phrase: &'static str) -> (&'static str, Self) {
        match (phrase.strip_prefix('='), phrase.strip_suffix('*')) {
            (Some(phrase), _) => (phrase, Self::Heading),
            (_, Some(phrase)) => (phrase, Self::Beginning),
            _ => (phrase, Self::Words),
        }
    }
}

/// The words of all topics, so that a text is read once and not once for each of them.
struct Phrases {
    /// The topic, the phrase, and what it must fill, by the slots of the phrases.
    phrases: Vec<(Topic, &'static str, Reach)>,
    /// Where the phrases of each slot begin.
    slots: [usize; Self::SLOTS + 1],
}

static HEADINGS: LazyLock<Phrases> = LazyLock::new(|| Phrases::new(|words| words.heading));
static TEXTS: LazyLock<Phrases> = LazyLock::new(|| Phrases::new(|words| words.text));

impl Phrases {
    const SLOTS: usize = 256;

    fn new(of: impl Fn(&Words) -> &'static [&'static str]) -> Self {
        let words = Topic::ALL.iter().flat_map(|topic| of(&topic.words()).iter().map(|w| (*topic, Reach::of(w))));
        let mut phrases: Vec<(Topic, &'static str, Reach)> = words.map(|(topic, (phrase, reach))| (topic, phrase, reach)).collect();
        let slot_of = |phrase: &str| Self::slot(phrase.as_bytes()[0], phrase.as_bytes()[1]);
        phrases.sort_by_key(|(_, phrase, _)| slot_of(phrase));
        let mut slots = [0; Self::SLOTS + 1];
        for (_, phrase, _) in &phrases {
            slots[slot_of(phrase) + 1] += 1;
        }
        for slot in 0..Self::SLOTS {
            slots[slot + 1] += slots[slot];
        }
        Self { phrases, slots }
    }

    /// The first two bytes of a phrase in one: few phrases share it.
    fn slot(first: u8, second: u8) -> usize {
        usize::from(first.wrapping_mul(31) ^ second)
    }

    /// The topics of which a phrase stands in a text, which is in lower case.
    fn within(&self, text: &str) -> Topics {
        let bare = text.trim_matches(|c: char| !c.is_alphabetic());
        let mut found = Topics::default();
        for (at, pair) in text.as_bytes().windows(2).enumerate() {
            let slot = Self::slot(pair[0], pair[1]);
            for (topic, phrase, reach) in &self.phrases[self.slots[slot]..self.slots[slot + 1]] {
                let fills = text.as_bytes()[at..].starts_with(phrase.as_bytes())
                    && match reach {
                        Reach::Heading => bare == *phrase,
                        Reach::Words => whole(text, at, phrase, false),
                        Reach::Beginning => whole(text, at, phrase, true),
                    };
                found.0 |= u32::from(fills) << (*topic as u32);
            }
        }
        found
    }
}

impl Topics {
    /// What a heading is about.
    pub fn heading(heading: &str) -> Self {
        HEADINGS.within(&heading.to_lowercase())
    }
    /// What a short text (in lower case) speaks of.
    pub fn said(text: &str) -> Self {
        TEXTS.within(text)
    }
    /// Whether a topic is one of them.
    pub fn contain(self, topic: Topic) -> bool {
        self.0 & (1 << (topic as u32)) != 0
    }
    /// As a number, to be kept where topics are not known.
    pub(super) fn bits(self) -> u32 {
        self.0
    }
    /// Those that were kept as a number.
    pub(super) fn from_bits(bits: u32) -> Self {
        Self(bits)
    }
}

impl Topic {
    /// Every topic.
    const ALL: [Topic; 27] = [
        Topic::Prerequisites,
        Topic::Setup,
        Topic::Configuration,
        Topic::Run,
        Topic::Test,
        Topic::Deploy,
        Topic::Contribute,
        Topic::Architecture,
        Topic::Structure,
        Topic::Api,
        Topic::Verification,
        Topic::Rollback,
        Topic::Migration,
        Topic::Operations,
        Topic::Failures,
        Topic::Restart,
        Topic::Logs,
        Topic::Scale,
        Topic::Restore,
        Topic::Rotate,
        Topic::Incident,
        Topic::Severities,
        Topic::Roles,
        Topic::Escalation,
        Topic::Communication,
        Topic::PostMortem,
        Topic::Privacy,
    ];

    #[rustfmt::skip]
    fn words(self) -> Words {
        let (heading, text): (&[&str], &[&str]) = match self {
            Topic::Prerequisites => (
                &["prerequisite*", "requirement*", "before you begin", "dependencies", "what you need", "voraussetzungen", "requisitos", "prérequis", "环境要求", "前置条件", "前提条件"],
                &["prerequisite*", "you need to install", "make sure you have", "you will need", "you'll need", "requires node*", "requires python*", "requires go*", "requires docker*", "requires java*", "requires ruby*", "requires php*", "requires .net*", "need docker", "install docker", "install node*", "install python*", "node 1*", "node 2*", "node.js 1*", "node.js 2*", "python 3*", "ruby 3*", "php 8*", "java 1*", "java 2*", "jdk*", "go 1.*"]),
            Topic::Setup => (
                &["install*", "setup", "set up", "setting up", "getting started", "get started", "quickstart", "quick start", "start guide", "einrichtung", "schnellstart", "instalación", "instalação", "安装*", "快速开始", "快速上手", "开始使用"],
                &["npm install", "npm ci", "npm i", "pnpm install", "pnpm i", "yarn install", "yarn", "bun install", "pip install*", "poetry install", "uv sync", "pipenv install", "bundle install", "composer install", "go mod download", "cargo build", "mvn*", "./mvnw*", "./gradlew*", "gradle*", "dotnet restore", "dotnet build", "mix deps.get", "docker compose up*", "docker-compose up*", "docker compose build*", "docker build*", "docker run*", "docker pull*", "make setup", "make install", "bin/setup", "helm install*", "kubectl apply*", "skaffold*", "terraform init"]),
            Topic::Configuration => (
                &["config*", "environment variable*", "environment", "env var*", "settings", "variables", "konfiguration", "umgebungsvariablen", "configuración", "配置*", "环境变量"],
                &[".env", ".env.example", "environment variable*", "env var*", "configuration file*", "appsettings*", "application.yml", "application.properties", "values.yaml", "tfvars", "config.yml", "config.yaml", "config.toml", "local_settings.py", "--set"]),
            Topic::Run => (
                &["run*", "usage", "start*", "quickstart", "quick start", "getting started", "development", "local development", "docker", "how to use", "ausführen", "starten", "ejecución", "运行*", "启动*", "本地开发", "开发"],
                &["npm start", "npm run dev", "npm run start*", "pnpm dev", "pnpm start", "pnpm run*", "yarn dev", "yarn start", "bun dev", "bun run*", "docker compose up*", "docker-compose up*", "docker compose watch", "docker run*", "podman*", "make run", "make dev", "make start", "make up", "uvicorn*", "fastapi dev", "fastapi run", "flask run", "runserver*", "gunicorn*", "go run*", "cargo run*", "rails s*", "bin/rails*", "bin/dev", "php artisan serve", "symfony serve", "spring-boot:run", "bootrun", "java -jar*", "dotnet run*", "mix phx.server", "python main.py", "python app.py", "python -m*", "node server*", "node index*", "node app*", "npx nx*", "nx serve*", "turbo dev", "skaffold run", "skaffold dev", "kubectl apply*", "helm install*", "./start*", "bash start*", "streamlit run*"]),
            Topic::Test => (
                &["test*", "running the tests", "run tests", "quality assurance", "pruebas", "测试*", "运行测试"],
                &["npm test", "npm t", "npm run test*", "pnpm test*", "pnpm run test*", "yarn test*", "bun test", "bun run test*", "pytest*", "python -m pytest*", "manage.py test*", "tox", "nox", "go test*", "cargo test*", "cargo nextest*", "mvn test", "mvn verify", "./mvnw test*", "./mvnw verify", "gradle test", "./gradlew test*", "./gradlew check", "dotnet test*", "rspec*", "bin/rspec", "bin/rails test*", "rails test*", "rake test", "phpunit*", "composer test*", "php artisan test*", "mix test*", "make test*", "nx test*", "npx nx test*", "jest", "vitest", "bin/test*", "scripts/test*", "bash test*", "./test*", "ctest", "just test*", "task test*"]),
            Topic::Deploy => (
                &["deploy", "deploying*", "deployment", "deployed", "production deployment*", "production setup", "production environment", "production installation", "in production", "to production", "production use", "for production", "release to production", "go live", "hosting", "self-host*", "self host*", "going live", "bereitstellung", "despliegue", "déploiement", "implantação", "部署*", "生产*"],
                &["deploy to production", "deploy the*", "deployed to", "deployment guide", "in production"]),
            Topic::Contribute => (
                &["contribut*", "develop*", "onboarding", "how to help", "mitwirken", "beitragen", "贡献*", "参与贡献"],
                &["pull request*", "contributing.md", "contributions are welcome", "merge request*"]),
            Topic::Architecture => (
                &["architect*", "system design", "system overview", "how it works", "components", "high-level*", "high level*", "data flow*", "technical overview", "service map", "design overview", "topology", "system components", "services", "overview of the system", "architektur*", "arquitectura*", "arquitetura*", "系统架构", "架构*", "技术架构", "整体架构"],
                &["architecture", "architektur", "架构"]),
            Topic::Structure => (
                &["structure", "project structure", "repository structure", "folder structure", "directory structure", "project layout", "code structure", "layout", "tech stack", "technology stack", "projektstruktur", "项目结构", "目录结构"],
                &["project structure", "directory structure"]),
            Topic::Api => (
                &["api", "apis", "api design", "api reference", "api endpoints", "api documentation", "endpoints", "endpoint*", "rest api", "routes", "http api", "api 接口", "接口*"],
                &["openapi", "swagger", "/docs", "redoc"]),
            Topic::Verification => (
                &["verif*", "validat*", "smoke test*", "health check*", "check the deployment", "post-deploy*", "after deployment", "test the deployment", "testing the deployment", "überprüf*", "验证*"],
                &["rollout status", "/health*", "/healthz", "/readyz", "/actuator/health", "/ping", "docker compose ps", "docker-compose ps", "kubectl get pods", "kubectl get po", "smoke test*", "verify that", "verify the", "check that the", "fly status", "flyctl status", "describe-services", "health check*"]),
            Topic::Rollback => (
                &["rollback*", "roll back*", "rolling back", "revert*", "previous version", "回滚*"],
                &["rollback", "roll back", "rolling back", "rollout undo", "helm rollback", "previous version", "revert to", "restore the previous", "回滚"]),
            Topic::Migration => (
                &["migration*", "database migration*", "database setup", "schema", "upgrad*"],
                &["migrate*", "alembic*", "prisma db push", "db:prepare", "db:setup", "flyway*", "liquibase*", "update-database", "ef database update", "schema:update", "goose*", "atlas*", "sqlx*"]),
            Topic::Operations => (
                &["runbook*", "run book*", "playbook*", "=operations", "operations guide", "operations manual", "operations handbook", "operational procedures", "operating the*", "day-to-day operations", "maintenance", "day 2", "day-2", "daily operations", "monitoring & maintenance", "monitoring and maintenance", "on-call guide", "admin guide", "betrieb", "wartung", "运维*"],
                &["runbook"]),
            Topic::Failures => (
                &["troubleshoot*", "common issues", "common problems", "common errors", "known issues", "debugging", "emergency*", "when things go wrong", "failure*", "outage*", "recover*", "if something fails", "problems", "fehlerbehebung", "solución de problemas", "dépannage", "故障*", "常见问题", "问题排查"],
                &["troubleshoot*", "symptom*"]),
            Topic::Restart => (&["restart*", "stop*", "start/stop", "start and stop", "starting and stopping"], &["docker compose restart*", "docker-compose restart*", "docker restart*", "systemctl restart*", "rollout restart*", "force-new-deployment", "pm2 restart*", "pm2 reload*", "fly apps restart*", "flyctl restart*", "heroku restart*", "service restart", "supervisorctl restart*", "update-service*", "docker service update --force*", "pkill*", "./stop*", "docker compose down*", "docker-compose down*"]),
            Topic::Logs => (&["log", "logs", "logging", "view logs", "日志*"], &["docker compose logs*", "docker-compose logs*", "docker logs*", "kubectl logs*", "journalctl*", "logs tail*", "filter-log-events*", "fly logs*", "flyctl logs*", "heroku logs*", "railway logs*", "vercel logs*", "pm2 logs*", "tail -f*", "docker service logs*", "stern*", "logs insights", "gcloud logging*", "render logs*"]),
            Topic::Scale => (&["scal*", "capacity*", "autoscal*", "扩容*"], &["--scale*", "kubectl scale*", "docker service scale*", "desired-count*", "desired_count*", "fly scale*", "flyctl scale*", "heroku ps:scale*", "replicas*", "autoscale*", "put-provisioned-concurrency*"]),
            Topic::Restore => (&["backup*", "restor*", "disaster recovery", "database recovery", "备份*", "恢复*"], &["pg_restore*", "psql <*", "mysql <*", "mongorestore*", "restore-db-instance*", "restore-table*", "restic restore*", "velero restore*", "pg_dump*", "mysqldump*", "mongodump*", "redis-cli --rdb*", "create-db-snapshot*", "create-backup*", "walg*", "wal-g*", "barman*", "restore from backup", "backup restore"]),
            Topic::Rotate => (&["rotat*", "secret rotation", "certificate renew*", "renew*"], &["rotate-secret*", "rotate*", "certbot renew*", "put-secret-value*", "openssl rand*", "secrets set*", "create-access-key*", "kubectl create secret*", "update-secret*"]),
            Topic::Incident => (
                &["incident*", "on-call", "oncall", "on call", "emergency contact*", "emergency procedure*", "emergency response", "outage response", "security breach", "breach response", "major incident*", "post-mortem*", "postmortem*", "=escalation", "escalation path*", "escalation polic*", "escalation proced*", "escalation matrix", "support contact*", "support tiers", "事故*", "应急*"],
                &["incident response", "incident commander", "on-call"]),
            Topic::Severities => (&["severit*", "priority levels", "incident levels", "classification"], &["sev1", "sev-1", "sev 1", "sev0", "sev-0", "severity 1", "severity level*", "p0", "p1", "critical incident*", "s1"]),
            Topic::Roles => (&["role*", "on-call", "oncall", "on call", "responsib*", "who is responsible", "rota*", "contacts", "contact*"], &["on-call", "oncall", "on call", "incident commander", "incident lead", "incident manager", "duty engineer", "first responder", "pagerduty", "opsgenie", "responder*"]),
            Topic::Escalation => (&["escalat*"], &["escalat*", "tier 2", "level 2", "l2 support", "second line", "aws support", "vendor support", "vendor contact*"]),
            Topic::Communication => (&["communicat*", "status page", "notif*", "stakeholder*"], &["status page", "statuspage", "notify customers", "notify users", "inform users", "inform customers", "stakeholder*", "incident channel", "#incident*", "customer communication", "war room"]),
            Topic::PostMortem => (&["post-mortem*", "postmortem*", "post mortem*", "post-incident*", "retrospective*", "root cause*", "lessons learned"], &["post-mortem*", "postmortem*", "post mortem*", "post-incident review", "blameless", "root cause analysis"]),
            Topic::Privacy => (&["privacy*", "gdpr*", "data protection", "personal data", "datenschutz*", "隐私*"], &["privacy policy", "privacy notice", "gdpr", "dsgvo", "personal data", "data subject*"]),
        };
        Words { heading, text }
    }

    /// Whether a heading is about it.
    pub fn heads(self, heading: &str) -> bool {
        Topics::heading(heading).contain(self)
    }
    /// Where a text (in lower case) first speaks of it.
    pub fn said(self, text: &str) -> Option<usize> {
        self.words().text.iter().filter_map(|w| find(text, w)).min()
    }
}

/// Where a phrase stands in a text as whole words; a `*` at its end stands for any ending.
pub fn find(text: &str, phrase: &str) -> Option<usize> {
    let (phrase, open) = phrase.strip_suffix('*').map_or((phrase, false), |p| (p, true));
    if phrase.is_empty() || phrase.len() > text.len() {
        return None;
    }
    let mut from = 0;
    while let Some(at) = memmem::find(&text.as_bytes()[from..], phrase.as_bytes()).map(|at| from + at) {
        if whole(text, at, phrase, open) {
            return Some(at);
        }
        from = at + phrase.len();
    }
    None
}

/// Whether a phrase that stands at a place is whole words there.
fn whole(text: &str, at: usize, phrase: &str, open: bool) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric();
    let before = text[..at].chars().next_back();
    let after = text[at + phrase.len()..].chars().next();
    let starts = !phrase.starts_with(word) || !before.is_some_and(word);
    let ends = open || !phrase.ends_with(word) || !after.is_some_and(word);
    starts && ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_whole_words() {
        assert_eq!(find("a sev1 page", "sev1"), Some(2));
        assert_eq!(find("a sev12 page", "sev1"), None);
        assert_eq!(find("troubleshooting it", "troubleshoot*"), Some(0));
        assert_eq!(find("latest", "test*"), None);
    }

    #[test]
    fn phrases_are_looked_for_by_their_first_two_bytes() {
        for phrases in [&*HEADINGS, &*TEXTS] {
            assert!(phrases.phrases.iter().all(|(_, phrase, _)| phrase.len() >= 2));
        }
    }

    #[test]
    fn texts_are_read_once_for_all_topics() {
        for text in ["docker compose logs -f api", "npm run tests", "pg_dumpall > x", "see p0 and sev12", "架构 图", "x", ""] {
            for topic in Topic::ALL {
                assert_eq!(Topics::said(text).contain(topic), topic.said(text).is_some(), "{text}: {topic:?}");
            }
        }
    }

    #[test]
    fn headings_are_recognised_by_their_words() {
        assert!(Topic::Deploy.heads("3. Deployment (Docker Compose)"));
        assert!(Topic::Test.heads("Running the tests"));
        assert!(!Topic::Test.heads("Latest changes"));
        assert!(Topic::Operations.heads("7. Operations") && !Topic::Operations.heads("A tool with operations"));
        assert!(Topic::Setup.heads("快速开始"));
    }
}
