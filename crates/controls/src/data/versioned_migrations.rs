//! Is the schema changed only by ordered migrations that the deployment applies?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Subject, Tally};
use plimsoll_model::code::{CallRef, FunctionRef, Kind};
use plimsoll_model::container::MountSource;
use plimsoll_model::estate::StoreKind;
use plimsoll_model::{Asked, Capability, Program, Service, ServiceKind, SignSource, System};

use super::{databases, no_database};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "data/versioned-migrations", page: include_str!("versioned_migrations.md"), check };

/// Where tools keep their migrations, with what names them.
const FILES: &[(&str, &str)] = &[
    ("**/prisma/**/migrations/*/migration.sql", "Prisma"),
    ("**/alembic/versions/*.py", "Alembic"),
    ("**/migrations/versions/*.py", "Alembic"),
    ("**/migrations/0*.py", "Django"),
    ("**/db/migrate/*.rb", "Rails"),
    ("**/database/migrations/*.php", "Laravel"),
    ("**/migrations/Version*.php", "Doctrine"),
    ("**/db/migration/**/V*__*.{sql,java,kt}", "Flyway"),
    ("**/{changelog,changelogs}/*.{xml,yaml,yml,sql}", "Liquibase"),
    ("**/drizzle/**/*.sql", "Drizzle"),
    ("supabase/migrations/*.sql", "Supabase"),
    ("**/Migrations/*ModelSnapshot.cs", "Entity Framework"),
    ("**/migrations/**/*.sql", "SQL files in order"),
    ("**/migrations/*.{ts,js,mjs,cjs}", "Node"),
];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let owned: Vec<&Service> =
        system.owned().filter(|s| !matches!(s.kind, ServiceKind::Static | ServiceKind::DevStandIn | ServiceKind::Proxy)).collect();
    let found = Found::of(system, &owned);
    for store in databases(system) {
        if store.kind != StoreKind::Relational {
            tally.not_applicable(Evidence::noted(store.at, format!("`{}` keeps no schema of its own", store.name)));
        } else if owned.is_empty() {
            tally.not_applicable(Evidence::noted(store.at, format!("nothing of this repository's own code writes to `{}`", store.name)));
        } else {
            found.judge(system, &store.subject(), &mut tally);
        }
    }
    tally.finish(|| no_database(system))
}

/// What is known of the schema's changes.
struct Found {
    /// A tracked migration, and whose it is.
    tracked: Option<(Location, &'static str)>,
    /// What applies them in production.
    applied: Option<(Location, String)>,
    /// What applies them elsewhere only: to the database of a pipeline, by hand.
    elsewhere: Option<(Location, String)>,
    /// What changes the schema without a migration.
    beside: Vec<(Location, String)>,
    /// A script with which the engine fills an empty store.
    initial: Option<(Location, String)>,
    /// A service that applies them as it starts and of which several run.
    several: Option<(Location, String)>,
    /// What may apply them and was not read.
    doubt: Option<String>,
}

impl Found {
    fn of(system: &System, owned: &[&Service]) -> Self {
        let mut found = Self {
            tracked: tracked(system),
            applied: None,
            elsewhere: None,
            beside: Vec::new(),
            initial: initial(system),
            several: None,
            doubt: None,
        };
        for service in owned {
            found.started(system, service);
            match system.program(service) {
                Some(program) => found.program(system, service, program),
                None => {
                    found.doubt.get_or_insert_with(|| {
                        format!("whether `{}` applies migrations as it starts: its language is not read", service.name)
                    });
                }
            }
        }
        found.pipelines(system);
        found
    }

    /// Commands of a start.
    fn started(&mut self, system: &System, service: &Service) {
        let signs: Vec<_> = system
            .signs_of(Capability::Migration)
            .filter(|s| s.grade >= Grade::Wired && matches!(s.source, SignSource::Command { .. }))
            .collect();
        for start in service.start(system) {
            let words = start.command.words.join(" ");
            if words.contains("prisma db push") || words.contains("drizzle-kit push") || words.contains("prisma migrate dev") {
                self.beside.push((start.at, format!("`{}` starts with `{}`", service.name, short(&words))));
            }
            let Some(sign) = signs.iter().find(|s| overlaps(s.at, start.at)) else { continue };
            if self.applied.is_none() {
                self.applied = Some((sign.at, format!("`{}` runs `{}` when it starts", service.name, short(&words))));
                let copies = service.replicas.known().copied().unwrap_or(1);
                if service.long_running() && copies > 1 {
                    self.several = Some((sign.at, format!("{copies} copies of `{}` each apply the migrations", service.name)));
                }
            }
        }
    }

    /// Calls of the code.
    fn program(&mut self, system: &System, service: &Service, program: &Program) {
        let code = system.code();
        let reached = |at: &CallRef| program.reaches(code, *at);
        const APPLY: &[(&str, &[&str])] = &[
            ("alembic", &["command.upgrade"]),
            ("flask_migrate", &["upgrade"]),
            ("knex", &["migrate.latest", "migrate.up"]),
            ("drizzle-orm", &["migrator.migrate"]),
            ("umzug", &[".up"]),
            ("typeorm", &["runMigrations"]),
            ("node-pg-migrate", &["node-pg-migrate", "runner"]),
            ("@mikro-orm", &["getMigrator().up"]),
        ];
        for (package, ends) in APPLY {
            let calls = code.names_from(package).filter(|(name, _)| ends.iter().any(|e| name.ends_with(e)));
            if let Some(at) = calls.flat_map(|(_, calls)| calls).find(|at| reached(at)) {
                self.applied
                    .get_or_insert_with(|| (code.call_at(*at), format!("`{}` applies its migrations with {package}", service.name)));
            }
        }
        let migrate = |at: &&CallRef| reached(at) && code.call(**at).argument(0).and_then(|v| v.text()) == Some("migrate");
        if let Some(at) = code.calls_of("django.core.management.call_command").iter().find(migrate) {
            self.applied.get_or_insert_with(|| (code.call_at(*at), format!("`{}` applies its migrations", service.name)));
        }
        for package in ["sqlalchemy", "sqlmodel", "flask_sqlalchemy", "sequelize"] {
            let makes = |name: &str| name.ends_with("create_all") || name.starts_with("sequelize") && name.ends_with(".sync");
            for at in code.names_from(package).filter(|(name, _)| makes(name)).flat_map(|(_, calls)| calls).filter(|at| reached(at)) {
                self.beside.push((code.call_at(*at), format!("`{}` makes missing tables from its models", service.name)));
            }
        }
        // `await connection.run_sync(Base.metadata.create_all)`.
        for id in program.modules.keys() {
            for call in code.module(*id).module.calls.iter().filter(|c| c.method() == Some("run_sync")) {
                let makes = call.argument(0).is_some_and(|a| matches!(&a.kind, Kind::Member(_, name) if &**name == "create_all"));
                if makes && program.runs(FunctionRef { module: *id, function: call.function }) {
                    self.beside.push((code.location(*id, call.at), format!("`{}` makes missing tables from its models", service.name)));
                }
            }
        }
        for at in program.calls(code, &["typeorm.DataSource", "typeorm.createConnection", "@nestjs/typeorm.TypeOrmModule.forRoot"]) {
            let call = code.call(at);
            let scope = FunctionRef { module: at.module, function: call.function };
            let on = |key: &str| call.keyword(key).and_then(|value| system.answer(service, Asked { value, scope }).truth());
            if on("synchronize") == Some(true) {
                self.beside.push((code.call_at(at), format!("`{}` changes tables to fit its models (`synchronize`)", service.name)));
            }
            if on("migrationsRun") == Some(true) {
                self.applied.get_or_insert_with(|| (code.call_at(at), format!("`{}` applies its migrations as it connects", service.name)));
            }
        }
        if !program.closed() {
            let why = program.doubts.first().map_or("its entry was not found", |(_, why)| why.as_str());
            self.doubt.get_or_insert_with(|| format!("whether `{}` applies migrations as it starts: {why}", service.name));
        }
    }

    /// Steps of pipelines: those of a delivery to production, and those that fill a pipeline's own database.
    fn pipelines(&mut self, system: &System) {
        let deploys: Vec<&str> = system.production_deploys().iter().map(|a| a.pipeline.path.as_str()).collect();
        for activity in system.activities(Capability::Migration) {
            let delivers = deploys.contains(&activity.pipeline.path.as_str()) && activity.job.services.is_empty();
            let says = format!("{} runs `{}`", activity.pipeline.path, short(&activity.sign.says));
            if delivers
                && activity.live()
                && activity.tolerated().is_none()
                && !activity.before_merge()
                && activity.sign.grade >= Grade::Wired
            {
                self.applied.get_or_insert((activity.place(), says));
            } else {
                self.elsewhere.get_or_insert((activity.place(), says));
            }
        }
        // A script that pipelines or people start: nothing tells that it is part of every delivery.
        let scripted =
            system.signs_of(Capability::Migration).find(|s| s.grade >= Grade::Wired && matches!(s.source, SignSource::Command { .. }));
        if self.applied.is_none()
            && self.elsewhere.is_none()
            && let Some(sign) = scripted
        {
            self.elsewhere = Some((sign.at, format!("`{}` stands in {}", short(&sign.says), system.path_at(sign.at))));
            let path = system.path_at(sign.at);
            self.doubt.get_or_insert_with(|| format!("whether every delivery runs `{}` of {path}", short(&sign.says)));
        }
    }

    fn judge(&self, system: &System, subject: &Subject, tally: &mut Tally) {
        let made = |gap: Gap| gap.so("nobody can tell which changes a database has seen, and none can be reviewed, repeated or taken back");
        match (&self.tracked, &self.applied) {
            (Some((at, tool)), Some((applied, says))) => {
                tally.met(subject, Evidence::seen(*applied, says.clone(), Grade::Active));
                tally.met(subject, Evidence::seen(*at, format!("migrations of {tool}"), Grade::Active));
                if let Some((at, says)) = self.beside.first() {
                    let gap = Gap::new("schema-beside", "the schema is changed beside the migrations", Evidence::noted(*at, says.clone()));
                    tally.gap(subject, made(gap));
                }
                if let Some((at, says)) = &self.several {
                    let gap =
                        Gap::new("every-replica", "every copy applies the migrations as it starts", Evidence::noted(*at, says.clone()));
                    tally.gap(subject, gap.so("two that start at once may both change the same table"));
                }
            }
            (Some((at, tool)), None) => {
                if let Some(why) = &self.doubt {
                    let settle = "apply them in the release command, a job or a step of the delivery, or attest what does";
                    tally.doubt(subject, Question::new(why.clone(), settle));
                    if let Some((beside, says)) = self.beside.first() {
                        tally.met(subject, Evidence::seen(*at, format!("migrations of {tool}"), Grade::Declared));
                        let proof = Evidence::noted(*beside, says.clone());
                        tally.gap(subject, made(Gap::new("schema-beside", "the schema is changed beside the migrations", proof)));
                    }
                    return;
                }
                tally.met(subject, Evidence::seen(*at, format!("migrations of {tool}"), Grade::Declared));
                let sought = Evidence::sought(
                    "command that applies migrations, in the start of a service, a job or a delivery",
                    system.deployment_scope(),
                );
                let mut gap = Gap::new("never-applied", "nothing in production applies the migrations", sought);
                if let Some((at, says)) = &self.elsewhere {
                    gap = gap.and(Evidence::noted(*at, says.clone()));
                }
                tally.gap(subject, gap.so("the code of a release meets the tables of the last one, or none at all"));
                if let Some((at, says)) = self.beside.first() {
                    let gap = Gap::new("schema-beside", "the schema is changed beside the migrations", Evidence::noted(*at, says.clone()));
                    tally.gap(subject, made(gap));
                }
            }
            (None, applied) => {
                if let Some((at, says)) = self.beside.first() {
                    let gap = Gap::new(
                        "schema-from-models",
                        "tables are made from models, without migrations",
                        Evidence::noted(*at, says.clone()),
                    );
                    tally.gap(subject, made(gap));
                } else if let Some((at, says)) = &self.initial {
                    let gap = Gap::new(
                        "schema-from-script",
                        "tables are made once, by the script of an empty store",
                        Evidence::noted(*at, says.clone()),
                    );
                    tally.gap(subject, made(gap));
                } else if applied.is_none() && self.doubt.is_none() {
                    let sought = Evidence::sought("tracked migration", system.scopes(&["**/{migrations,migrate,migration,versions}/**"]));
                    tally.gap(subject, made(Gap::new("no-migrations", "no migration is tracked", sought)));
                } else {
                    let why = self.doubt.clone().unwrap_or_else(|| "where the migrations are that the start applies".to_owned());
                    tally.doubt(subject, Question::new(why, "show what makes and changes its tables"));
                }
            }
        }
    }
}

/// The first tracked migration of the product.
fn tracked(system: &System) -> Option<(Location, &'static str)> {
    FILES.iter().find_map(|(glob, tool)| {
        let file = system.matching(glob).into_iter().find(|f| f.product() && !f.name().starts_with("__init__") && f.size > 0)?;
        Some((Location::whole(file.id), *tool))
    })
}

/// A script that a store's image runs while it is empty.
fn initial(system: &System) -> Option<(Location, String)> {
    system.services().iter().find_map(|service| {
        let mount = service
            .mounts
            .iter()
            .find(|m| m.target.contains("docker-entrypoint-initdb") && matches!(m.source, MountSource::Host { exists: true, .. }))?;
        Some((mount.at, format!("`{}` fills an empty store from {}", service.name, mount.target)))
    })
}

fn overlaps(a: Location, b: Location) -> bool {
    match (a.span, b.span) {
        (Some(x), Some(y)) => a.file == b.file && x.start < y.end && y.start < x.end,
        _ => a.file == b.file,
    }
}

/// A command, shortened for a sentence.
fn short(words: &str) -> String {
    words.chars().take(60).collect()
}
