//! Are connections to databases pooled and bounded?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Tally};
use plimsoll_model::code::{FunctionId, FunctionRef};
use plimsoll_model::{Leads, Opened, Service, ServiceKind, System};

use super::clients::{asked_of_code, users};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "data/connection-pooling", page: include_str!("connection_pooling.md"), check };

/// Options that bound a pool, by the clients' own documents.
#[rustfmt::skip]
const BOUNDS: &[&str] = &[
    "pool_size", "max_overflow", "max_size", "maxsize", "max", "connectionLimit", "maxPoolSize", "poolSize", "pool", "max_pool_size", "maxconn",
    "connection_limit", "CONN_MAX_AGE", "conn_max_age", "pool_kwargs", "extra",
];

/// Clients that are one connection, not a pool.
#[rustfmt::skip]
const SINGLE: &[&str] = &[
    "psycopg2.connect", "psycopg.connect", "psycopg.AsyncConnection.connect", "asyncpg.connect", "pymysql.connect", "mysql.connector.connect",
    "MySQLdb.connect", "aiomysql.connect", "pg.Client", "mysql.createConnection", "mysql2.createConnection", "mysql2/promise.createConnection",
];

/// Words of hosts of poolers.
const POOLERS: &[&str] = &["pooler", "pgbouncer", "proxy", "pgcat", "odyssey", "accelerate"];

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in users(system) {
        let all = system.opened(service);
        let opened: Vec<&Opened> = all.iter().filter(|o| networked(o)).collect();
        if !opened.is_empty() {
            judge(system, service, &opened, &mut tally);
        } else if let Some(question) = asked_of_code(system, service, "opens a database") {
            tally.doubt(&service.subject(), question);
        } else if let Some(other) = all.first() {
            let says = format!("`{}` opens nothing that has connections to pool: {}", service.name, other.client);
            tally.not_applicable(Evidence::noted(other.at, says));
        }
    }
    tally.finish(|| Evidence::sought("client of a database", system.deployment_scope()))
}

/// Whether a client speaks to a database over connections that it keeps.
fn networked(opened: &Opened) -> bool {
    let file = matches!(opened.leads, Leads::File(..) | Leads::Memory(_) | Leads::Provider);
    let over_http = opened.client.ends_with(".neon") || opened.client.contains("neon-http");
    !file && !over_http && !matches!(opened.engine, Some("sqlite" | "dynamodb" | "object-storage" | "hosted" | "redis"))
}

fn judge(system: &System, service: &Service, opened: &[&Opened], tally: &mut Tally) {
    let subject = service.subject();
    let code = system.code();
    let handlers: Vec<FunctionRef> =
        system.program(service).map_or(Vec::new(), |p| p.routes(&system.wiring().routes).into_iter().filter_map(|r| r.handler).collect());
    let mut pools: Vec<&Opened> = Vec::new();
    for client in opened {
        let inside = client.call.map(|at| FunctionRef { module: at.module, function: code.call(at).function });
        let handled = inside.is_some_and(|f| handlers.contains(&f));
        if SINGLE.contains(&client.client.as_str()) {
            let top = inside.is_none_or(|f| f.function == FunctionId::BODY);
            let (kind, says) = if top {
                ("one-connection", format!("`{}` shares one connection made by {}", service.name, client.client))
            } else {
                ("connection-per-call", format!("`{}` makes a connection each time with {}", service.name, client.client))
            };
            let gap = Gap::new(kind, says, Evidence::noted(client.at, format!("{} makes a connection, no pool", client.client)));
            tally.gap(&subject, gap.so("load turns into connections until the server refuses them"));
        } else if handled {
            let says = format!("`{}` makes a pool for each request with {}", service.name, client.client);
            let gap = Gap::new("connection-per-call", says, Evidence::noted(client.at, "made in a handler"));
            tally.gap(&subject, gap.so("load turns into connections until the server refuses them"));
        } else {
            pools.push(client);
        }
    }
    let Some(first) = pools.first() else { return };
    if first.client == "DATABASES" {
        django(service, first, tally);
        return;
    }
    let bounded = |o: &Opened| {
        o.options.iter().any(|k| BOUNDS.contains(&k.as_str()))
            || o.address.as_ref().is_some_and(|a| a.contains("connection_limit=") || a.contains("maxPoolSize="))
    };
    match pools.iter().find(|o| bounded(o)) {
        Some(client) => {
            let says = format!("{} of `{}` is told how many connections it may hold", client.client, service.name);
            tally.met(&subject, Evidence::seen(client.at, says, Grade::Active));
        }
        None => {
            tally.met(&subject, Evidence::seen(first.at, format!("{} keeps a pool of its own", first.client), Grade::Active));
            let says = format!("`{}` leaves the size of its pool and its timeouts to {}", service.name, first.client);
            let gap = Gap::new("library-defaults", says, Evidence::noted(first.at, "no size and no timeout is written"));
            tally.gap(&subject, gap.so("nobody knows whether all instances together stay below what the server allows"));
        }
    }
    let top = |o: &Opened| o.call.is_some_and(|at| code.call(at).function == FunctionId::BODY);
    let same: Vec<&&Opened> =
        pools.iter().filter(|o| top(o) && o.client == first.client && o.engine == first.engine && o.leads == first.leads).collect();
    if same.len() > 1 {
        let says = format!("`{}` makes {} clients, each with a pool of its own", service.name, same.len());
        let mut gap = Gap::new("several-clients", says, Evidence::noted(same[0].at, "one client"));
        for other in &same[1..] {
            gap = gap.and(Evidence::noted(other.at, "another client"));
        }
        tally.gap(&subject, gap.so("connections multiply with every module that makes one"));
    }
    if service.kind == ServiceKind::Function {
        match pools.iter().find_map(|o| if let Leads::Host(host, at) = &o.leads { Some((host, *at)) } else { None }) {
            Some((host, _)) if POOLERS.iter().any(|w| host.contains(w)) => {}
            Some((host, at)) => {
                let says = format!("every instance of the function `{}` connects to {host} by itself", service.name);
                let gap = Gap::new("no-pooler", says, Evidence::noted(at, "no pooler stands between"));
                tally.gap(&subject, gap.so("a burst of events takes every connection of the server"));
            }
            None => {
                let missing = format!("whether a pooler stands between the function `{}` and its database", service.name);
                tally.doubt(&subject, Question::new(missing, "name the host in the deployment, or attest it"));
            }
        }
    }
}

/// Django opens a connection for each request unless it is told to keep it.
fn django(service: &Service, client: &Opened, tally: &mut Tally) {
    let subject = service.subject();
    let kept = client.options.iter().any(|k| matches!(k.as_str(), "CONN_MAX_AGE" | "conn_max_age" | "pool"));
    if kept {
        tally.met(&subject, Evidence::seen(client.at, "Django keeps its connections", Grade::Active));
    } else if client.leads == Leads::Unknown && client.options.is_empty() {
        let missing = format!("whether `{}` keeps its connections: its DATABASES are not written out", service.name);
        tally.doubt(&subject, Question::new(missing, "write CONN_MAX_AGE or a pool into the settings, or attest it"));
    } else {
        let says = format!("`{}` makes a connection for each request: CONN_MAX_AGE is not set", service.name);
        let gap = Gap::new("connection-per-call", says, Evidence::noted(client.at, "DATABASES without CONN_MAX_AGE or a pool"));
        tally.gap(&subject, gap.so("load turns into connections until the server refuses them"));
    }
}
