//! Where imports lead.

use super::leads;

fn check(files: &[(&str, &str)], path: &str, expected: &[&str]) {
    assert_eq!(leads(files, path), expected, "{path}");
}

#[test]
fn relative_paths_with_and_without_extensions() {
    let a = "import './b'; import './b.js'; import './c'; import './d/'; import '..'; import './e.vue'; import './f.mjs'; import './nothing'; \
             import './style.css'; import './data'; import './types'; import './m.js?url'; import '../../out'";
    check(
        &[
            ("src/a.ts", a),
            ("src/b.ts", ""),
            ("src/c.tsx", ""),
            ("src/d/index.js", ""),
            ("index.ts", ""),
            ("src/e.vue", "<template/>"),
            ("src/f.mts", ""),
            ("src/data.json", "{}"),
            ("src/types.d.ts", ""),
            ("src/m.js", ""),
        ],
        "src/a.ts",
        &[
            "src/b.ts",
            "src/b.ts",
            "src/c.tsx",
            "src/d/index.js",
            "index.ts",
            "src/e.vue",
            "src/f.mts",
            "missing",
            "asset src/style.css",
            "asset src/data.json",
            "asset src/types.d.ts",
            "src/m.js",
            "missing",
        ],
    );
}

#[test]
fn a_source_that_was_not_read_is_no_missing_one() {
    check(&[("a.ts", "import './generated/client'"), ("generated/client.ts", "")], "a.ts", &["unread generated/client.ts"]);
    check(&[("app/a.py", "from . import x_pb2"), ("app/x_pb2.py", "")], "app/a.py", &["unread app/x_pb2.py"]);
}

#[test]
fn packages_and_the_library_of_the_language() {
    let a = "import 'express'; import '@nestjs/common'; import '@scope/a/b/c'; import 'next/server'; import 'fs'; import 'node:fs/promises'; \
             import 'bun:sqlite'; import 'https://deno.land/x/oak/mod.ts'; import 'npm:hono@^4/cors'; import '$env/static/private'";
    check(
        &[("a.ts", a)],
        "a.ts",
        &[
            "package express",
            "package @nestjs/common",
            "package @scope/a b/c",
            "package next server",
            "library fs",
            "library fs/promises",
            "library bun:sqlite",
            "package https://deno.land/x/oak/mod.ts",
            "package hono cors",
            "package $env static/private",
        ],
    );
}

#[test]
fn paths_of_the_compiler() {
    let config = r#"{ // comment
      "compilerOptions": { "baseUrl": ".", "paths": { "@/*": ["./src/*"], "~lib": ["src/lib/index.ts"], "@app/*-x": ["src/*/x", "other/*/x"] } } }"#;
    let files = [
        ("web/tsconfig.json", config),
        ("web/src/a.ts", "import '@/b'; import '~lib'; import '@app/d-x'; import 'src/b'; import '@/nope'; import 'react'"),
        ("web/src/b.ts", ""),
        ("web/src/lib/index.ts", ""),
        ("web/other/d/x.ts", ""),
    ];
    check(
        &files,
        "web/src/a.ts",
        &["web/src/b.ts", "web/src/lib/index.ts", "web/other/d/x.ts", "web/src/b.ts", "missing", "package react"],
    );
}

#[test]
fn paths_that_configurations_inherit_and_refer_to() {
    let files = [
        ("tsconfig.base.json", r#"{"compilerOptions":{"paths":{"@org/shared":["libs/shared/src/index.ts"]}}}"#),
        ("apps/api/tsconfig.json", r#"{"extends":"../../tsconfig.base.json","references":[{"path":"./tsconfig.app.json"}]}"#),
        ("apps/api/src/main.ts", "import '@org/shared'"),
        ("libs/shared/src/index.ts", ""),
        ("apps/web/tsconfig.json", r#"{"files":[],"references":[{"path":"./tsconfig.app.json"}]}"#),
        ("apps/web/tsconfig.app.json", r##"{"compilerOptions":{"paths":{"#/*":["./src/*"]}}}"##),
        ("apps/web/src/main.ts", "import '#/x'"),
        ("apps/web/src/x.ts", ""),
        ("packages/config/package.json", r#"{"name":"@org/config"}"#),
        ("packages/config/next.json", r#"{"compilerOptions":{"paths":{"%/*":["../../apps/site/*"]}}}"#),
        ("apps/site/tsconfig.json", r#"{"extends":"@org/config/next.json"}"#),
        ("apps/site/a.ts", "import '%/b'"),
        ("apps/site/b.ts", ""),
        ("loop/tsconfig.json", r#"{"extends":"./tsconfig.json","compilerOptions":{"paths":{"!/*":["./*"]}}}"#),
        ("loop/a.ts", "import './a'"),
    ];
    check(&files, "apps/api/src/main.ts", &["libs/shared/src/index.ts"]);
    check(&files, "apps/web/src/main.ts", &["apps/web/src/x.ts"]);
    check(&files, "apps/site/a.ts", &["apps/site/b.ts"]);
    check(&files, "loop/a.ts", &["loop/a.ts"]);
}

#[test]
fn aliases_of_bundlers_and_conventions_of_frameworks() {
    let vite = "import path from 'path'; export default defineConfig({ resolve: { alias: { '@': path.resolve(__dirname, './src'), \
                components: '/src/ui' } } })";
    let vue = "export default { resolve: { alias: [{ find: '~x', replacement: fileURLToPath(new URL('./lib', import.meta.url)) }] } }";
    let files = [
        ("a/vite.config.ts", vite),
        ("a/src/main.ts", "import '@/b'; import 'components/c'; import '@/gone.svg'"),
        ("a/src/b.ts", ""),
        ("a/src/ui/c.tsx", ""),
        ("b/vite.config.js", vue),
        ("b/package.json", "{}"),
        ("b/src/main.ts", "import '~x/y'; import '@/z'; import '~/z'; import '@/none'"),
        ("b/lib/y.ts", ""),
        ("b/src/z.ts", ""),
        ("c/package.json", "{}"),
        ("c/svelte.config.js", ""),
        ("c/src/lib/db.ts", ""),
        ("c/src/lib/index.ts", ""),
        ("c/src/routes/+page.server.ts", "import '$lib/db'; import '$lib'; import './$types'; import '$app/environment'"),
        ("d/package.json", "{}"),
        ("d/server/api/a.ts", "import '~/utils/x'; import '~~/server/db'; import '#imports'"),
        ("d/app/utils/x.ts", ""),
        ("d/server/db.ts", ""),
        (
            "e/package.json",
            r##"{"imports":{"#db":"./src/db.js","#lib/*":{"types":"./t/*.d.ts","default":"./src/lib/*.js"}},"_moduleAliases":{"@root":"."}}"##,
        ),
        ("e/src/a.js", "import '#db'; import '#lib/x'; require('@root/src/db')"),
        ("e/src/db.js", ""),
        ("e/src/lib/x.js", ""),
    ];
    check(&files, "a/src/main.ts", &["a/src/b.ts", "a/src/ui/c.tsx", "asset gone.svg"]);
    check(&files, "b/src/main.ts", &["b/lib/y.ts", "b/src/z.ts", "b/src/z.ts", "missing"]);
    check(&files, "c/src/routes/+page.server.ts", &["c/src/lib/db.ts", "c/src/lib/index.ts", "asset ./$types", "package $app environment"]);
    check(&files, "d/server/api/a.ts", &["d/app/utils/x.ts", "d/server/db.ts", "package #imports"]);
    check(&files, "e/src/a.js", &["e/src/db.js", "e/src/lib/x.js", "e/src/db.js"]);
}

#[test]
fn packages_of_the_workspace() {
    let files = [
        ("package.json", r#"{"workspaces":["packages/*"]}"#),
        ("packages/db/package.json", r#"{"name":"@org/db","main":"dist/index.js","types":"dist/index.d.ts"}"#),
        ("packages/db/src/index.ts", ""),
        ("packages/db/src/client.ts", ""),
        (
            "packages/ui/package.json",
            r#"{"name":"@org/ui","exports":{".":{"types":"./dist/main.d.ts","import":"./dist/main.mjs"},"./*":"./src/parts/*.tsx"}}"#,
        ),
        ("packages/ui/src/main.tsx", ""),
        ("packages/ui/src/parts/button.tsx", ""),
        ("packages/plain/package.json", r#"{"name":"plain"}"#),
        ("packages/plain/index.js", ""),
        ("apps/own/package.json", r#"{"name":"own","dependencies":{"own":"^1.0.0"}}"#),
        ("apps/own/a.ts", "import 'own'; import 'own/x'"),
        ("apps/own/x.ts", ""),
        (
            "apps/a.ts",
            "import '@org/db'; import '@org/db/src/client'; import '@org/db/client'; import '@org/ui'; import '@org/ui/button'; import 'plain'; import '@org/ui/none'",
        ),
    ];
    check(
        &files,
        "apps/a.ts",
        &[
            "packages/db/src/index.ts",
            "packages/db/src/client.ts",
            "packages/db/src/client.ts",
            "packages/ui/src/main.tsx",
            "packages/ui/src/parts/button.tsx",
            "packages/plain/index.js",
            "missing",
        ],
    );
    check(&files, "apps/own/a.ts", &["package own", "apps/own/x.ts"]);
}

#[test]
fn python_absolute_and_relative() {
    let main = "import os.path\nimport fastapi\nfrom fastapi.middleware.cors import CORSMiddleware\nfrom app.core.config import settings\n\
                from app.routers import users, items\nfrom app import db\nimport app.core.config\nfrom app.gone import x";
    let files = [
        ("backend/app/__init__.py", ""),
        ("backend/app/main.py", main),
        ("backend/app/core/__init__.py", ""),
        ("backend/app/core/config.py", "settings = 1"),
        ("backend/app/routers/__init__.py", "from .users import router as users"),
        (
            "backend/app/routers/users.py",
            "from . import items\nfrom ..core import config\nfrom .. import db as d\nfrom ...x import y\nfrom .gone import z",
        ),
        ("backend/app/routers/items.py", "import logging.config"),
        ("backend/app/db.py", ""),
    ];
    check(
        &files,
        "backend/app/main.py",
        &[
            "library os.path",
            "package fastapi",
            "package fastapi middleware.cors",
            "backend/app/core/config.py",
            "backend/app/routers/__init__.py",
            "backend/app/routers/items.py",
            "backend/app/db.py",
            "backend/app/core/config.py",
            "missing",
        ],
    );
    check(
        &files,
        "backend/app/routers/users.py",
        &["backend/app/routers/items.py", "backend/app/core/config.py", "backend/app/db.py", "missing", "missing"],
    );
    check(&files, "backend/app/routers/items.py", &["library logging.config"]);
}

#[test]
fn python_source_roots() {
    let files = [
        // The folder of the script, whose own folder may be a package.
        ("flat/main.py", "import helper\nfrom routers import users"),
        ("flat/helper.py", ""),
        ("flat/routers/users.py", ""),
        ("pkg/__init__.py", ""),
        ("pkg/main.py", "from lib import x\nimport redis"),
        ("pkg/lib.py", "x = 1"),
        ("pkg/redis.py", "import redis"),
        // A `src` layout, imported from beside it.
        ("src/core/__init__.py", ""),
        ("src/core/a.py", "from core.b import c"),
        ("src/core/b.py", "c = 1"),
        ("scripts/run.py", "from core.b import c\nimport alembic\nfrom alembic import context\nimport requests"),
        ("alembic/env.py", "from alembic import context\nfrom logging.config import fileConfig"),
        ("proj/proj/__init__.py", ""),
        ("proj/proj/celery.py", "from celery import Celery"),
        ("proj/proj/settings.py", "from celery.schedules import crontab"),
        // Below a package nothing is a root: `discord` is what is installed.
        ("hub/__init__.py", ""),
        ("hub/platforms/discord/__init__.py", ""),
        ("hub/platforms/discord/adapter.py", "from discord.ext import commands\nfrom discord import Client"),
        ("requirements.txt", "redis\ncelery\n"),
    ];
    check(&files, "hub/platforms/discord/adapter.py", &["package discord ext", "package discord"]);
    check(&files, "flat/main.py", &["flat/helper.py", "flat/routers/users.py"]);
    check(&files, "pkg/main.py", &["pkg/lib.py", "package redis"]);
    check(&files, "pkg/redis.py", &["package redis"]);
    check(&files, "src/core/a.py", &["src/core/b.py"]);
    check(&files, "scripts/run.py", &["src/core/b.py", "package alembic", "package alembic", "package requests"]);
    check(&files, "alembic/env.py", &["package alembic", "library logging.config"]);
    check(&files, "proj/proj/celery.py", &["package celery"]);
    check(&files, "proj/proj/settings.py", &["package celery schedules"]);
}

#[test]
fn python_loads_the_packages_around_a_module() {
    let code = super::code(&[("a/__init__.py", ""), ("a/b/__init__.py", ""), ("a/b/c.py", ""), ("d/e.py", "")]);
    let around =
        |path: &str| code.packages_around(super::at(&code, path)).into_iter().map(|id| code.module(id).path.clone()).collect::<Vec<_>>();
    assert_eq!(around("a/b/c.py"), ["a/__init__.py", "a/b/__init__.py"]);
    assert_eq!(around("a/b/__init__.py"), ["a/__init__.py"]);
    assert_eq!(around("d/e.py"), [""; 0]);
}
