use std::sync::Arc;

use plimsoll_discover::Tree;
use plimsoll_facts::gather;

use crate::{Choice, Program, System, candidates, choose};

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

/// The only program of a system.
fn program(system: &System) -> &Program {
    let (_, program) = system.programs().next().expect("a service with a program");
    program
}

fn loaded(system: &System) -> Vec<&str> {
    program(system).modules.keys().map(|id| system.code().module(*id).path.as_str()).collect()
}

/// The names of the functions that may run, bodies of modules left out.
fn running(system: &System) -> Vec<&str> {
    let named = program(system).functions.iter().map(|f| system.code().function(*f).name.as_str());
    named.filter(|n| !n.is_empty()).collect()
}

const COMPOSE: (&str, &str) = ("compose.yml", "services:\n  api:\n    build: .\n");

#[test]
fn what_nothing_imports_is_dead_beside_what_runs() {
    let system = system(&[
        COMPOSE,
        ("Dockerfile", "FROM python:3.12\nWORKDIR /app\nCOPY . .\nCMD [\"uvicorn\", \"main:app\"]\n"),
        ("requirements.txt", "fastapi\n"),
        ("main.py", "from fastapi import FastAPI\nfrom routes import router\napp = FastAPI()\napp.include_router(router)\n"),
        ("main_full.py", "from fastapi import FastAPI\nfrom limits import limiter\napp = FastAPI()\n"),
        ("limits.py", "limiter = object()\n"),
        (
            "routes.py",
            "from fastapi import APIRouter\nrouter = APIRouter()\n\n@router.get('/')\ndef index():\n    return work()\n\ndef work():\n    return 1\n\ndef never():\n    return 2\n",
        ),
    ]);
    assert_eq!(loaded(&system), ["main.py", "routes.py"]);
    assert_eq!(running(&system), ["index", "work"]);
    assert!(program(&system).closed(), "{:?}", program(&system).doubts);
}

#[test]
fn methods_wait_for_their_name_and_frameworks_take_theirs() {
    let system = system(&[
        COMPOSE,
        ("Dockerfile", "FROM node:22\nWORKDIR /app\nCOPY . .\nCMD [\"node\", \"server.js\"]\n"),
        ("package.json", "{\"name\": \"a\", \"dependencies\": {\"express\": \"5\"}}"),
        (
            "server.js",
            "const express = require('express');\nconst { Store } = require('./store');\nconst tools = require('./tools');\nconst app = express();\nconst store = new Store();\napp.get('/', (req, res) => res.json(store.list()));\nprocess.on('exit', onExit);\nfunction onExit() { tools.flush(); }\nfunction unused() {}\napp.listen(3000);\n",
        ),
        (
            "store.js",
            "class Store {\n  constructor() { this.x = 1; }\n  list() { return this.load(); }\n  load() { return []; }\n  wipe() {}\n}\nmodule.exports = { Store };\n",
        ),
        ("tools.js", "exports.flush = () => {};\nexports.burn = () => {};\n"),
    ]);
    let names = running(&system);
    assert!(["constructor", "list", "load", "onExit", "flush"].iter().all(|n| names.contains(n)), "{names:?}");
    assert!(["wipe", "unused", "burn"].iter().all(|n| !names.contains(n)), "{names:?}");
}

#[test]
fn types_load_nothing_and_lazy_imports_load_with_their_function() {
    let system = system(&[
        COMPOSE,
        ("Dockerfile", "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm run build\nCMD [\"node\", \"dist/main.js\"]\n"),
        ("package.json", "{\"name\": \"a\", \"scripts\": {\"build\": \"tsc\"}}"),
        ("tsconfig.json", "{\"compilerOptions\": {\"outDir\": \"dist\", \"rootDir\": \"src\"}}"),
        ("src/main.ts", "import type { T } from './types';\nimport { run } from './run';\nexport * from './again';\nrun();\n"),
        ("src/types.ts", "export type T = number;\nexport const x = 1;\n"),
        (
            "src/run.ts",
            "export async function run() { const m = await import('./lazy'); m.go(); }\nexport async function other() { await import('./dead'); }\n",
        ),
        ("src/lazy.ts", "export function go() {}\n"),
        ("src/dead.ts", "export const d = 1;\n"),
        ("src/again.ts", "export const a = 1;\n"),
    ]);
    assert_eq!(loaded(&system), ["src/again.ts", "src/lazy.ts", "src/main.ts", "src/run.ts"]);
}

#[test]
fn folders_are_loaded_where_names_are_computed() {
    let system = system(&[
        COMPOSE,
        ("Dockerfile", "FROM node:22\nWORKDIR /app\nCOPY . .\nCMD [\"node\", \"index.js\"]\n"),
        ("package.json", "{\"name\": \"a\"}"),
        (
            "index.js",
            "const fs = require('fs');\nconst path = require('path');\nfor (const f of fs.readdirSync(path.join(__dirname, 'commands'))) {\n  require(path.join(__dirname, 'commands', f));\n}\n",
        ),
        ("commands/ping.js", "module.exports = { run() {} };\n"),
        ("old/ping.js", "module.exports = {};\n"),
    ]);
    assert_eq!(loaded(&system), ["commands/ping.js", "index.js"]);
    assert!(program(&system).closed(), "{:?}", program(&system).doubts);
    let unknown = self::system(&[
        COMPOSE,
        ("Dockerfile", "FROM node:22\nWORKDIR /app\nCOPY . .\nCMD [\"node\", \"index.js\"]\n"),
        ("package.json", "{\"name\": \"a\"}"),
        ("index.js", "module.exports = (name) => require(name);\nmodule.exports(process.argv[2]);\nimport './gone';\n"),
    ]);
    let says: Vec<&str> = program(&unknown).doubts.iter().map(|(_, says)| says.as_str()).collect();
    assert!(says.iter().any(|s| s.contains("./gone")) && says.iter().any(|s| s.contains("only the run tells")), "{says:?}");
}

#[test]
fn django_runs_what_its_settings_name() {
    let system = system(&[
        COMPOSE,
        ("Dockerfile", "FROM python:3.12\nWORKDIR /app\nCOPY . .\nCMD gunicorn proj.wsgi:application\n"),
        ("requirements.txt", "django\n"),
        (
            "proj/wsgi.py",
            "import os\nfrom django.core.wsgi import get_wsgi_application\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'proj.settings')\napplication = get_wsgi_application()\n",
        ),
        (
            "proj/settings.py",
            "INSTALLED_APPS = ['django.contrib.admin', 'blog']\nROOT_URLCONF = 'proj.urls'\nMIDDLEWARE = ['blog.middleware.Limit']\n",
        ),
        ("proj/urls.py", "from django.urls import include, path\nurlpatterns = [path('', include('blog.urls'))]\n"),
        ("blog/__init__.py", ""),
        ("blog/urls.py", "from . import views\nfrom django.urls import path\nurlpatterns = [path('', views.index)]\n"),
        ("blog/views.py", "def index(request):\n    return None\n\ndef lost(request):\n    return None\n"),
        ("blog/models.py", "from django.db import models\n\nclass Post(models.Model):\n    def save(self):\n        pass\n"),
        (
            "blog/middleware.py",
            "class Limit:\n    def __init__(self, get_response):\n        pass\n    def __call__(self, request):\n        pass\n",
        ),
        ("blog/tasks.py", "def send():\n    pass\n"),
        ("shop/models.py", "x = 1\n"),
    ]);
    assert_eq!(
        loaded(&system),
        ["blog/middleware.py", "blog/models.py", "blog/urls.py", "blog/views.py", "proj/settings.py", "proj/urls.py", "proj/wsgi.py"]
    );
    let names = running(&system);
    assert!(names.contains(&"index") && names.contains(&"save") && names.contains(&"__call__") && !names.contains(&"lost"), "{names:?}");
}

#[test]
fn what_is_handed_on_whole_may_be_used_whole() {
    let system = system(&[
        COMPOSE,
        ("Dockerfile", "FROM node:22\nWORKDIR /app\nCOPY . .\nCMD [\"node\", \"index.mjs\"]\n"),
        ("package.json", "{\"name\": \"a\"}"),
        (
            "index.mjs",
            "import lib from 'lib';\nimport { options, api } from './options.mjs';\nlib(options);\napi.first();\nconst s = lib();\ns.onmessage = () => heard();\nfunction heard() {}\n",
        ),
        ("options.mjs", "export const options = { jwt() {}, session: () => {} };\nexport const api = { first() {}, second() {} };\n"),
    ]);
    let names = running(&system);
    assert!(["jwt", "session", "first", "heard"].iter().all(|n| names.contains(n)), "{names:?}");
    assert!(!names.contains(&"second"), "{names:?}");
}
