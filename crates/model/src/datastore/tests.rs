use std::sync::Arc;

use plimsoll_discover::Tree;
use plimsoll_facts::gather;

use super::{Lies, RunBy, connection};
use crate::{Choice, System, candidates, choose};

fn system(files: &[(&str, &str)]) -> System {
    let tree = Tree::in_memory("t", files.iter().map(|(p, c)| ((*p).to_owned(), c.as_bytes().to_vec())).collect());
    let facts = Arc::new(gather(&tree));
    let mut deployments = candidates(&facts);
    let assessed = match choose(&mut deployments, None) {
        Choice::Decided(i) => Some(i),
        Choice::Tied(tied) => tied.first().copied(),
        Choice::None => None,
    };
    System::new(facts, Arc::new(deployments), assessed)
}

fn told(system: &System) -> Vec<(String, &'static str)> {
    let by = |d: &super::Datastore<'_>| match d.run_by {
        RunBy::Managed(_) => "managed",
        RunBy::Container(_) => "container",
        RunBy::External(_) => "external",
        RunBy::Embedded(_) => "embedded",
        RunBy::Volume(_) => "volume",
    };
    system.datastores().iter().map(|d| (d.name.clone(), by(d))).collect()
}

#[test]
fn a_connection_is_read_in_every_form() {
    let read = |name, value| connection(name, Some(value)).map(|c| (c.engine, c.host));
    assert_eq!(read("DATABASE_URL", "postgresql+asyncpg://u:p@db:5432/x"), Some((Some("postgres"), Some("db".into()))));
    assert_eq!(read("DATABASE_URL", "postgres://${U}:${P:-x}@db:${PORT:-1}/x"), Some((Some("postgres"), Some("db".into()))));
    assert_eq!(read("DATABASE_URL", "mysql://${HOST}/x"), Some((Some("mysql"), None)));
    assert_eq!(read("X", "mongodb+srv://u:p@c.mongodb.net/x"), Some((Some("mongodb"), Some("c.mongodb.net".into()))));
    assert_eq!(
        read("ConnectionStrings__Main", "Server=tcp:x.database.windows.net,1433;Database=y;"),
        Some((Some("sqlserver"), Some("x.database.windows.net".into())))
    );
    assert_eq!(read("DB_HOST", "db"), Some((None, Some("db".into()))));
    assert_eq!(read("SUPABASE_URL", "https://abc.supabase.co"), Some((None, Some("abc.supabase.co".into()))));
    assert_eq!(connection("DATABASE_URL", Some("sqlite:///./a.db")).and_then(|c| c.path), Some("./a.db".into()));
    assert_eq!(connection("DATABASE_URL", Some("sqlite:////data/a.db")).and_then(|c| c.path), Some("/data/a.db".into()));
    for (name, value) in
        [("API_URL", "https://api.acme.com"), ("POSTGRES_USER", "app"), ("SMTP_HOST", "mail"), ("NEXTAUTH_URL", "https://x")]
    {
        assert_eq!(connection(name, Some(value)), None, "{name}");
    }
}

#[test]
fn a_file_that_the_code_fixes_stands_beside_the_store_that_nothing_uses() {
    let s = system(&[
        (
            "compose.yaml",
            "services:\n  db:\n    image: postgres:16\n  api:\n    build: .\n    environment:\n      DATABASE_URL: postgresql://a:b@db/x\n",
        ),
        ("Dockerfile", "FROM python:3.12\nWORKDIR /app\nCOPY . .\nCMD [\"python\", \"main.py\"]\n"),
        ("db.py", "DATABASE_URL = \"sqlite:///./news.db\"\nengine = create_engine(DATABASE_URL)\n"),
    ]);
    assert_eq!(told(&s), [("db".into(), "container"), ("api/news.db".into(), "embedded")]);
    let datastores = s.datastores();
    let RunBy::Embedded(store) = datastores[1].run_by else { panic!("embedded") };
    assert_eq!(store.lies, Lies::Layer);
}

#[test]
fn a_default_counts_only_where_nothing_else_is_set() {
    let files = |environment: &str| {
        system(&[
            (
                "compose.yaml",
                &format!("services:\n  api:\n    build: .\n    volumes: [\"data:/data\"]\n{environment}volumes: {{data: {{}}}}\n"),
            ),
            ("Dockerfile", "FROM python:3.12\nWORKDIR /app\nCOPY . .\nCMD [\"python\", \"main.py\"]\n"),
            ("db.py", "import os\nURL = os.getenv(\"DATABASE_URL\", \"sqlite:////data/app.db\")\n"),
        ])
    };
    let unset = files("");
    assert_eq!(told(&unset), [("api/app.db".into(), "embedded")], "the volume is told as the database in it");
    let datastores = unset.datastores();
    let RunBy::Embedded(store) = datastores[0].run_by else { panic!("embedded") };
    assert!(matches!(store.lies, Lies::Mounted { .. }));
    let set = files("    environment: {DATABASE_URL: \"postgresql://u@x.neon.tech/db\"}\n");
    assert_eq!(told(&set), [("DATABASE_URL".into(), "external"), ("data".into(), "volume")]);
}

#[test]
fn a_variable_from_outside_leads_to_an_external_store_unless_one_is_declared() {
    let with = |db: &str| {
        system(&[
            (
                "compose.yaml",
                &format!(
                    "services:\n{db}  api:\n    build: .\n    environment:\n      - DATABASE_URL=${{DATABASE_URL}}\n      - REDIS_URL=redis://cache:6379\n  cache:\n    image: redis:7\n"
                ),
            ),
            ("Dockerfile", "FROM node:22\nCMD [\"node\", \"x.js\"]\n"),
        ])
    };
    assert_eq!(told(&with("")), [("cache".into(), "container"), ("DATABASE_URL".into(), "external")]);
    assert_eq!(told(&with("  db: {image: \"postgres:16\"}\n")), [("db".into(), "container"), ("cache".into(), "container")]);
}

#[test]
fn uploads_are_data_and_caches_are_none() {
    let s = system(&[
        (
            "compose.yaml",
            "services:\n  api:\n    build: .\n    volumes: [\"uploads:/app/uploads\", \"next:/app/.next/cache\", \"./nginx.conf:/etc/data/nginx.conf:ro\"]\nvolumes: {uploads: {}, next: {}}\n",
        ),
        ("Dockerfile", "FROM node:22\nCMD [\"node\", \"x.js\"]\n"),
    ]);
    assert_eq!(told(&s), [("uploads".into(), "volume")]);
}

#[test]
fn an_engine_behind_a_private_service_of_a_platform_is_a_store_that_nobody_outside_reaches() {
    let s = system(&[
        (
            "render.yaml",
            "services:\n  - {type: web, name: api, runtime: node, startCommand: node x.js}\n  - {type: pserv, name: shop-mysql-db, runtime: docker, repo: \"https://git.test/mysql\"}\n  - {type: pserv, name: search, runtime: image, image: {url: \"docker.io/library/elasticsearch:8\"}}\n  - {type: pserv, name: redis-proxy, runtime: node, startCommand: node y.js}\n",
        ),
        ("package.json", "{\"name\": \"api\", \"dependencies\": {\"express\": \"5\"}}"),
        ("x.js", "x"),
    ]);
    let exposed: Vec<&str> = s.services().iter().filter(|s| s.exposed).map(|s| s.name.as_str()).collect();
    let owned: Vec<&str> = s.owned().map(|s| s.name.as_str()).collect();
    assert_eq!(told(&s), [("shop-mysql-db".into(), "container"), ("search".into(), "container")]);
    assert_eq!(exposed, ["api"]);
    assert_eq!(owned, ["api", "redis-proxy"]);
}

#[test]
fn output_lists_every_store_with_who_runs_it() {
    let s = system(&[(
        "main.bicep",
        "resource sa 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'data'\n  location: 'westeurope'\n  sku: { name: 'Standard_LRS' }\n  kind: 'StorageV2'\n}\n",
    )]);
    let place = |_: &plimsoll_base::Location| plimsoll_base::Place { path: "main.bicep".into(), line: None, column: None, end_line: None };
    let view = s.view(&place);
    let stores: Vec<(&str, &str)> = view.datastores.iter().map(|d| (d.engine.as_str(), d.run_by.as_str())).collect();
    assert_eq!(stores, [("objects", "managed")]);
    assert_eq!(view.deployments[0].kind, "bicep");
}

#[test]
fn retired_code_and_examples_are_no_ground_unless_there_is_nothing_else() {
    let bucket = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b\"\n}\n";
    let fly = "app = \"a\"\n[http_service]\ninternal_port = 80\n";
    let stores = |folder: &str, fly: Option<&str>| {
        let main = format!("{folder}/main.tf");
        let mut files = vec![(main.as_str(), bucket)];
        files.extend(fly.map(|text| ("fly.toml", text)));
        system(&files).datastores().len()
    };
    for folder in ["infra/aws-deprecated/terraform", "legacy", "old/prod", ".github/terraform"] {
        assert_eq!((stores(folder, Some(fly)), stores(folder, None)), (0, 1), "{folder}");
    }
    assert_eq!((stores("examples/aws", Some(fly)), stores("infra", Some(fly))), (0, 1));
}
