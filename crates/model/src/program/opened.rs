//! The clients of stores that reached code makes, and where their addresses lead in production (rules G3 and G4).

use plimsoll_base::{Location, Span};
use plimsoll_facts::code::{Base, CallRef, FunctionId, FunctionRef, Kind, ModuleId, Piece, Resolved, Target, Value};
use plimsoll_facts::repository::{MarkKind, SourceMark};

use super::store_clients::{ADDRESSES, CLIENTS, DRIZZLE, candidates, option_engine, options};
use super::{Answer, Asked, Program};
use crate::datastore::{connection, written_value};
use crate::service::Service;
use crate::system::System;

/// A client of a store that reached code makes.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Where it is made.
    pub at: Location,
    /// What makes it, by its canonical name: `sqlalchemy.create_engine`, `pg.Pool`.
    pub client: String,
    /// The engine, as far as the client or the address tells: `postgres`, `sqlite`, `dynamodb`.
    pub engine: Option<&'static str>,
    /// Where it leads.
    pub leads: Leads,
    /// The call that makes it; none for what a framework makes of its settings.
    pub call: Option<CallRef>,
    /// The address with what is known of it, for its parameters (`sslmode`); none where nothing is.
    pub address: Option<String>,
    /// The names of the options that it is given.
    pub options: Vec<String>,
}

/// Where a client's address leads in production.
#[derive(Clone, Debug, PartialEq)]
pub enum Leads {
    /// To a host, and where that is decided.
    Host(String, Location),
    /// To a file of the process's own; the path as written, empty where only a part of it is known.
    File(String, Location),
    /// To the process's own memory.
    Memory(Location),
    /// To what a variable names whose value the repository does not hold.
    Variable {
        /// The variable.
        name: String,
        /// Where the deployment hands it in; none where it does not.
        given: Option<Location>,
    },
    /// To the provider's interface: which table or bucket is meant, the names in requests tell.
    Provider,
    /// Not known.
    Unknown,
}

impl System {
    /// The clients of stores that the reached code of a service makes, in the order of files and text.
    pub fn opened(&self, service: &Service) -> Vec<Opened> {
        let Some(program) = self.program(service) else { return Vec::new() };
        let code = self.code();
        let reader = Reader { system: self, service, program };
        let mut found = Vec::new();
        for (name, engine) in CLIENTS {
            for at in program.calls(code, &[name]) {
                found.push(reader.made(at, name, Some(*engine).filter(|e| !e.is_empty())));
            }
        }
        for (name, calls) in code.names_from("drizzle-orm/") {
            let driver = name.strip_prefix("drizzle-orm/").and_then(|n| n.strip_suffix(".drizzle"));
            let Some((_, engine)) = DRIZZLE.iter().find(|(d, _)| Some(*d) == driver) else { continue };
            for at in calls.iter().copied().filter(|at| program.reaches(code, *at)) {
                let made = reader.made(at, name, Some(engine));
                // A client that is handed in is told of where it is made.
                if made.leads != Leads::Unknown {
                    found.push(made);
                }
            }
        }
        for at in program.calls(code, &["boto3.client", "boto3.resource", "boto3.Session().client", "boto3.Session().resource"]) {
            let engine = match code.call(at).argument(0).and_then(Value::text) {
                Some("dynamodb") => "dynamodb",
                Some("s3") => "object-storage",
                _ => continue,
            };
            let client = code.callee(at).unwrap_or("boto3.client").to_owned();
            found.push(Opened {
                at: code.call_at(at),
                client,
                engine: Some(engine),
                leads: Leads::Provider,
                call: Some(at),
                address: None,
                options: Vec::new(),
            });
        }
        for at in program.calls(code, &["@prisma/client.PrismaClient"]) {
            found.extend(reader.prisma(at));
        }
        found.extend(reader.django());
        found.extend(reader.flask());
        found.sort_by_key(|o| o.at);
        found.dedup_by_key(|o| o.at);
        found
    }
}

struct Reader<'a> {
    system: &'a System,
    service: &'a Service,
    program: &'a Program,
}

impl Reader<'_> {
    fn answer(&self, value: &Value, scope: FunctionRef) -> Answer {
        self.system.answer(self.service, Asked { value, scope })
    }
    /// A client that a call makes.
    fn made(&self, at: CallRef, client: &str, engine: Option<&'static str>) -> Opened {
        let code = self.system.code();
        let call = code.call(at);
        let scope = FunctionRef { module: at.module, function: call.function };
        let told = ["type", "client", "dialect"].iter().find_map(|k| call.keyword(k)).and_then(|v| match self.answer(v, scope) {
            Answer::Text(word, _) => option_engine(&word),
            _ => None,
        });
        let mut engine = engine.or(told);
        let mut opened = Opened {
            at: code.call_at(at),
            client: client.to_owned(),
            engine,
            leads: Leads::Unknown,
            call: Some(at),
            address: None,
            options: options(code, call, scope),
        };
        if matches!(engine, Some("dynamodb" | "object-storage")) {
            opened.leads = Leads::Provider;
            return opened;
        }
        for (value, inner) in candidates(code, call, scope, engine == Some("sqlite")) {
            let (leads, found, address) = self.leads(value, inner, engine, 0);
            engine = found.or(engine);
            opened.engine = engine;
            if leads != Leads::Unknown {
                (opened.leads, opened.address) = (leads, address);
                break;
            }
        }
        opened
    }
    /// Where a value leads, the engine that it tells, and the address.
    fn leads(
        &self,
        value: &Value,
        scope: FunctionRef,
        engine: Option<&'static str>,
        depth: u8,
    ) -> (Leads, Option<&'static str>, Option<String>) {
        let code = self.system.code();
        let answer = self.answer(value, scope);
        if let Answer::Text(text, at) = &answer {
            return self.text(text, *at, engine);
        }
        // Of an address put together of parts any part may be the unknown one: only a name that tells of a store is the address.
        let none = match &answer {
            Answer::Variable { name, given, .. } if depth == 0 || connection(name, None).is_some() => {
                let found = self.variable(name, *given, engine);
                if connection(name, None).is_some() || matches!(found.0, Leads::Host(..) | Leads::File(..)) {
                    return found;
                }
                found
            }
            _ => (Leads::Unknown, None, None),
        };
        if depth > 3 {
            return none;
        }
        let origin = code.origin(scope.module, scope.function, value);
        match &origin.base {
            // An address put together of its parts.
            Base::Result(at) if origin.members.is_empty() => {
                let name = code.callee(*at).unwrap_or_default();
                let call = code.call(*at);
                let inner = FunctionRef { module: at.module, function: call.function };
                if ["URL.create", "Dsn.build", "MultiHostUrl.build"].iter().any(|end| name.ends_with(end)) {
                    let scheme = call.keyword("drivername").or_else(|| call.keyword("scheme")).map(|v| self.answer(v, inner));
                    let told = scheme.and_then(|s| connection("", Some(&format!("{}://h", s.text()?)))?.engine);
                    let engine = told.or(engine);
                    let host = call.keyword("host").map(|v| self.leads(v, inner, engine, depth + 1));
                    return host.map_or((Leads::Unknown, engine, None), |(leads, found, address)| (leads, found.or(engine), address));
                }
                match call.argument(0).filter(|_| matches!(call.method(), Some("str" | "String" | "make_url"))) {
                    Some(inner_value) => self.leads(inner_value, inner, engine, depth + 1),
                    None => none,
                }
            }
            // What a method or a computed field gives back.
            Base::Function(function) if origin.members.is_empty() => {
                let module = &code.module(function.module).module;
                let mut outcomes = module.outcomes.iter().filter(|o| o.function == function.function).filter_map(|o| o.value.as_ref());
                match (outcomes.next(), outcomes.next()) {
                    (Some(only), None) => self.leads(only, *function, engine, depth + 1),
                    _ => none,
                }
            }
            Base::Written(module, function, written) if origin.members.is_empty() => {
                let inner = FunctionRef { module: *module, function: *function };
                match &written.kind {
                    Kind::Template(pieces) => self.template(pieces, inner, written.span, engine),
                    Kind::Object(_) => {
                        let parts = ADDRESSES.iter().filter_map(|k| written.get(k));
                        parts.map(|v| self.leads(v, inner, engine, depth + 1)).find(|l| l.0 != Leads::Unknown).unwrap_or(none)
                    }
                    _ => none,
                }
            }
            _ => none,
        }
    }
    /// A text of several pieces: what is not known of it stands as a reference.
    fn template(
        &self,
        pieces: &[Piece],
        scope: FunctionRef,
        span: Span,
        engine: Option<&'static str>,
    ) -> (Leads, Option<&'static str>, Option<String>) {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(fixed) => text.push_str(fixed),
                Piece::Value(value) => match self.answer(value, scope) {
                    Answer::Text(known, _) => text.push_str(&known),
                    Answer::Number(number, _) => text.push_str(&number.to_string()),
                    _ => text.push_str("${}"),
                },
            }
        }
        self.text(&text, self.system.code().location(scope.module, span), engine)
    }
    fn text(&self, text: &str, at: Location, engine: Option<&'static str>) -> (Leads, Option<&'static str>, Option<String>) {
        let address = Some(text.to_owned());
        match connection("", Some(text)) {
            Some(found) if found.engine == Some("sqlite") && found.host.is_none() => {
                let path = found.path.unwrap_or_default();
                let path = path.trim_start_matches("file:");
                let leads = match path {
                    "" | ":memory:" => Leads::Memory(at),
                    path if path.contains("${") => Leads::File(String::new(), at),
                    path => Leads::File(path.to_owned(), at),
                };
                (leads, Some("sqlite"), address)
            }
            Some(found) => (found.host.map_or(Leads::Unknown, |h| Leads::Host(h, at)), found.engine, address),
            None if engine == Some("sqlite") => match text {
                ":memory:" => (Leads::Memory(at), engine, address),
                path => (Leads::File(path.trim_start_matches("file:").to_owned(), at), engine, address),
            },
            None if text.is_empty() || text.contains([' ', '/', '$']) => (Leads::Unknown, None, None),
            None => (Leads::Host(text.to_owned(), at), engine, None),
        }
    }
    /// A variable: what the deployment writes of its value, where it writes any.
    fn variable(&self, name: &str, given: Option<Location>, engine: Option<&'static str>) -> (Leads, Option<&'static str>, Option<String>) {
        let handed = self.service.environment.iter().find(|v| v.name == name);
        let partly = handed.and_then(|v| Some((written_value(&v.value)?, v.at)));
        if let Some((text, at)) = partly {
            let found = self.text(text, at, engine);
            if found.0 != Leads::Unknown {
                return found;
            }
        }
        let told = connection(name, None).and_then(|c| c.engine);
        (Leads::Variable { name: name.to_owned(), given: given.or(handed.map(|v| v.at)) }, engine.or(told), None)
    }
    /// What a variable of the process is.
    fn named(&self, name: &str, engine: Option<&'static str>) -> (Leads, Option<&'static str>, Option<String>) {
        match self.program.environment.get(name) {
            Some(handed) => match &handed.value {
                Some(value) => self.text(value, handed.at, engine),
                None => self.variable(name, Some(handed.at), engine),
            },
            None => self.variable(name, self.program.environment.asked(name), engine),
        }
    }
    /// Prisma's client: the schema names the engine and the variable.
    fn prisma(&self, at: CallRef) -> Option<Opened> {
        let code = self.system.code();
        let call = code.call(at);
        let scope = FunctionRef { module: at.module, function: call.function };
        // An adapter is a client of its own, told of where it is made.
        if call.keyword("adapter").is_some() {
            return None;
        }
        let root = &self.program.root;
        let schemas = || {
            let schema = |m: &&SourceMark| m.path.ends_with(".prisma") && matches!(m.kind, MarkKind::NamesDatabase | MarkKind::OpensSqlite);
            self.system.marks().iter().filter(schema)
        };
        let below = |path: &str| root.is_empty() || path.strip_prefix(root.as_str()).is_some_and(|rest| rest.starts_with('/'));
        let schema = schemas().find(|m| below(&m.path)).or_else(|| schemas().next());
        let engine = schema.and_then(|m| option_engine(&m.says));
        let own = call.keyword("datasourceUrl").or_else(|| call.keyword("datasources").and_then(|d| d.entries().first()?.value.get("url")));
        // Since its seventh version the schema need not say; the variable is the one that every example of Prisma reads.
        let named = schema.and_then(|m| self.system.env_reads().iter().find(|r| r.path == m.path)).map(|r| r.name.as_str());
        let (leads, found, address) = match (own, schema) {
            (Some(value), _) => self.leads(value, scope, engine, 0),
            (None, Some(mark)) if engine == Some("sqlite") && named.is_none() => (Leads::File(String::new(), mark.at), engine, None),
            (None, Some(_)) => self.named(named.unwrap_or("DATABASE_URL"), engine),
            (None, None) => (Leads::Unknown, None, None),
        };
        let client = "@prisma/client.PrismaClient".to_owned();
        Some(Opened {
            at: code.call_at(at),
            client,
            engine: engine.or(found),
            leads,
            call: Some(at),
            address,
            options: options(code, call, scope),
        })
    }
    /// The module of Django's settings and those that it takes over as a whole.
    fn settings(&self) -> Vec<ModuleId> {
        let code = self.system.code();
        let mut found: Vec<ModuleId> = self.program.settings.into_iter().collect();
        let mut next = 0;
        while let Some(id) = found.get(next).copied().filter(|_| next < 16) {
            next += 1;
            let module = code.module(id);
            for (import, resolved) in module.module.imports.iter().zip(&module.imports) {
                if let Resolved::Module(other) = resolved
                    && import.local.as_deref() == Some("*")
                    && !found.contains(other)
                {
                    found.push(*other);
                }
            }
        }
        found
    }
    /// The databases that Django's settings name.
    fn django(&self) -> Option<Opened> {
        let code = self.system.code();
        let (id, assignment) = self.settings().into_iter().find_map(|id| {
            let named = |t: &Target| matches!(t, Target::Name(n) if n.as_str() == "DATABASES");
            let assignments = &code.module(id).module.assignments;
            Some((id, assignments.iter().rev().find(|a| a.function == FunctionId::BODY && named(&a.target))?))
        })?;
        let scope = FunctionRef { module: id, function: FunctionId::BODY };
        let at = code.location(id, assignment.at);
        let several =
            code.module(id).module.assignments.iter().filter(|a| matches!(&a.target, Target::Name(n) if n.as_str() == "DATABASES")).count()
                > 1;
        let mut opened =
            Opened { at, client: "DATABASES".into(), engine: None, leads: Leads::Unknown, call: None, address: None, options: Vec::new() };
        // Which of several holds, conditions decide.
        let Some(default) = assignment.value.get("default").filter(|_| !several) else { return Some(opened) };
        if let Kind::Call(call) = default.kind {
            let call = code.module(id).module.call(call)?;
            opened.options = call.arguments.iter().filter_map(|a| a.name.as_ref().map(ToString::to_string)).collect();
            // `dj_database_url.config(default=…)`, `env.db()`: DATABASE_URL unless another name is given.
            let name = call.argument(0).or_else(|| call.keyword("env")).and_then(Value::text).unwrap_or("DATABASE_URL");
            let reads = matches!(call.method(), Some("config" | "db" | "db_url" | "dj_db_url"));
            let parsed = call.argument(0).filter(|_| call.method() == Some("parse"));
            let (mut leads, mut engine, mut address) = match parsed {
                Some(value) => self.leads(value, scope, None, 0),
                None if reads => self.named(name, None),
                None => (Leads::Unknown, None, None),
            };
            if matches!(leads, Leads::Variable { given: None, .. })
                && !self.program.environment.open
                && let Some(fallback) = call.keyword("default")
            {
                (leads, engine, address) = self.leads(fallback, scope, None, 0);
            }
            (opened.leads, opened.engine, opened.address) = (leads, engine, address);
            return Some(opened);
        }
        let inner = default.get("OPTIONS").map(Value::entries).unwrap_or_default();
        opened.options = default.entries().iter().chain(inner).filter_map(|e| e.key.as_ref().map(ToString::to_string)).collect();
        opened.engine = default.get("ENGINE").and_then(|v| match self.answer(v, scope) {
            Answer::Text(engine, _) => option_engine(&engine),
            _ => None,
        });
        if opened.engine == Some("sqlite") {
            let path = default.get("NAME").map_or(String::new(), |v| self.answer(v, scope).text().unwrap_or_default().to_owned());
            opened.leads = if path == ":memory:" { Leads::Memory(at) } else { Leads::File(path, at) };
        } else if let Some(host) = default.get("HOST") {
            (opened.leads, _, opened.address) = self.leads(host, scope, opened.engine, 0);
        }
        Some(opened)
    }
    /// Flask-SQLAlchemy's address, which stands in the application's configuration.
    fn flask(&self) -> Option<Opened> {
        const KEY: &str = "SQLALCHEMY_DATABASE_URI";
        let code = self.system.code();
        self.program.imports(code, "flask_sqlalchemy")?;
        let named = |t: &Target| match t {
            Target::Name(name) => name.as_str() == KEY,
            Target::Place(place) => matches!(&place.kind, Kind::Member(_, name) if name.as_str() == KEY),
            _ => false,
        };
        let of = |id: ModuleId| {
            let assignment = code.module(id).module.assignments.iter().find(|a| named(&a.target))?;
            let scope = FunctionRef { module: id, function: assignment.function };
            let (leads, engine, address) = self.leads(&assignment.value, scope, None, 0);
            let set = |t: &Target| match t {
                Target::Name(name) => name.as_str() == "SQLALCHEMY_ENGINE_OPTIONS",
                Target::Place(place) => matches!(&place.kind, Kind::Member(_, name) if name.as_str() == "SQLALCHEMY_ENGINE_OPTIONS"),
                _ => false,
            };
            let engine_options = code.module(id).module.assignments.iter().filter(|a| set(&a.target)).flat_map(|a| a.value.entries());
            let options = engine_options.filter_map(|e| e.key.as_ref().map(ToString::to_string)).collect();
            Some(Opened { at: code.location(id, assignment.at), client: KEY.into(), engine, leads, call: None, address, options })
        };
        self.program.modules.keys().find_map(|id| of(*id))
    }
}
