//! The table of forms: sources, and the canonical names that are called in them.

use super::called;

/// A form: what it shows, its files, and every canonical name that is called, in their order.
struct Form(&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

#[rustfmt::skip]
const FORMS: &[Form] = &[
    Form("default, named and namespace imports of packages",
        &[("a.ts", "import express, { Router as R } from 'express'; import * as path from 'node:path'; import Redis from 'ioredis';\n\
                    express(); R(); path.join('a'); new Redis(); express.json()")],
        &["express", "express.Router", "express.json", "ioredis", "path.join"]),
    Form("require in all its forms",
        &[("a.js", "const express = require('express'); const { Router: r } = require('express'); const d = require('dotenv').config();\n\
                    express(); r(); require('x/y').z(); const { a: { b } } = require('n'); b()")],
        &["dotenv.config", "express", "express.Router", "n.a.b", "require", "x/y.z"]),
    Form("a path within a package is written as imported",
        &[("a.ts", "import { NextResponse } from 'next/server'; NextResponse.json()"),
          ("b.py", "from fastapi.middleware.cors import CORSMiddleware\nimport fastapi\nimport os.path\nCORSMiddleware()\nfastapi.middleware.cors.CORSMiddleware()\nos.path.join()\nos.getenv()")],
        &["fastapi.middleware.cors.CORSMiddleware", "next/server.NextResponse.json", "os.getenv", "os.path.join"]),
    Form("instances, and what is taken from them, across modules",
        &[("app.ts", "import express from 'express'; export const app = express(); export default app;"),
          ("main.ts", "import app, { app as same } from './app'; app.use(x); same.listen(3)"),
          ("all.ts", "import * as all from './app'; all.app.set('a', 1); const { app: mine } = all; mine.get('/')")],
        &["express", "express().get", "express().listen", "express().set", "express().use"]),
    Form("re-exports, by name and altogether",
        &[("a.ts", "import Redis from 'ioredis'; export const r = new Redis(); export default r"),
          ("b.ts", "export { r as s, default } from './a'; export * as ns from './a'"),
          ("c.ts", "export * from './b'; export * from './empty'"), ("empty.ts", ""),
          ("d.ts", "import { s, ns } from './c'; import r from './b'; s.get(); ns.r.set(); r.del()")],
        &["ioredis", "ioredis().del", "ioredis().get", "ioredis().set"]),
    Form("a barrel that passes a package on",
        &[("db.ts", "export * from '@prisma/client'"), ("a.ts", "import { PrismaClient } from './db'; new PrismaClient().user.findMany()")],
        &["@prisma/client.PrismaClient", "@prisma/client.PrismaClient().user.findMany"]),
    Form("CommonJS modules",
        &[("app.js", "const express = require('express'); const app = express(); module.exports = { app, run() { app.listen() } }"),
          ("whole.js", "module.exports = require('express')()"), ("parts.js", "exports.db = require('pg')"),
          ("main.js", "const { app } = require('./app'); app.use(); require('./app').app.all(); const w = require('./whole'); w.get(); require('./parts').db.Pool()")],
        &["express", "express().all", "express().get", "express().listen", "express().use", "pg.Pool", "require"]),
    Form("default export of CommonJS taken in as a module",
        &[("a.js", "const x = require('express')(); module.exports = x"), ("b.mjs", "import a from './a.js'; a.use()")],
        &["express", "express().use", "require"]),
    Form("dynamic imports",
        &[("a.ts", "const { Client } = await import('pg'); new Client(); const m = await import('./b'); m.start(); import('./b').then((b) => b.app.use()); import('express').then(({ Router }) => Router())"),
          ("b.ts", "import e from 'express'; export const app = e(); export function start() { app.listen() }")],
        &["express", "express().listen", "express().use", "express.Router", "express.then", "import", "pg.Client"]),
    Form("functions that return something",
        &[("a.ts", "import express from 'express'; export function create() { const app = express(); app.use(1); return app }\nexport const make = () => create();"),
          ("b.ts", "import { make } from './a'; const app = await make(); app.listen()")],
        &["express", "express().listen", "express().use"]),
    Form("what a function is given it gives back",
        &[("a.ts", "import e from 'express'; const wrap = (app, x) => { x(); return app }; wrap(e()).use(1)")],
        &["express", "express().use"]),
    Form("parameters by their callers",
        &[("a.ts", "import e from 'express'; import { setup } from './b'; const app = e(); setup(app); export { app }"),
          ("b.ts", "export function setup(app, o = {}) { app.use(1); inner(app) } function inner(a) { a.listen() }"),
          ("c.py", "from fastapi import FastAPI\nfrom d import register\napp = FastAPI()\nregister(app=app)"),
          ("d.py", "def register(app):\n    app.include_router(1)")],
        &["express", "express().listen", "express().use", "fastapi.FastAPI", "fastapi.FastAPI().include_router"]),
    Form("callers that do not agree tell nothing",
        &[("a.ts", "import e from 'express'; import k from 'koa'; setup(e()); setup(new k()); function setup(app) { app.use(1) }")],
        &["express", "koa"]),
    Form("annotated parameters",
        &[("a.ts", "import type { Express, Request } from 'express'; export function f(app: Express, req: Request | null, s: string) { app.use(1); req.get('x'); s.trim() }"),
          ("b.py", "from typing import Optional, Annotated\nfrom fastapi import FastAPI, Request\nfrom redis.asyncio import Redis\n\
                    def f(app: FastAPI, r: Optional[Redis], q: 'Request', n: int, d: Redis | None = None):\n    app.get()\n    r.get()\n    q.json()\n    n.foo()\n    d.set()")],
        &["express.Express().use", "express.Request().get", "fastapi.FastAPI().get", "fastapi.Request().json", "redis.asyncio.Redis().get", "redis.asyncio.Redis().set"]),
    Form("what is injected",
        &[("deps.py", "from sqlmodel import Session, create_engine\nfrom fastapi import Depends\nfrom typing import Annotated\nengine = create_engine('x')\n\
                       def get_db():\n    with Session(engine) as session:\n        yield session\nSessionDep = Annotated[Session, Depends(get_db)]"),
          ("a.py", "from fastapi import Depends\nfrom deps import get_db, SessionDep\ndef a(db=Depends(get_db)):\n    db.exec(1)\ndef b(db: SessionDep):\n    db.get(1)")],
        &["fastapi.Depends", "sqlmodel.Session", "sqlmodel.Session().exec", "sqlmodel.Session().get", "sqlmodel.create_engine"]),
    Form("members of classes",
        &[("a.ts", "import Redis from 'ioredis'; import { Pool } from 'pg';\nexport class A { private redis = new Redis(); pool; static one = new Pool();\n\
                    constructor(private readonly other: Pool, plain: Redis) { this.pool = new Pool(); this.plain = plain }\n\
                    get cache() { return this.redis }\n\
                    run() { this.redis.get(); this.pool.query(); this.other.end(); this.plain.del(); A.one.connect(); const f = () => this.redis.set(); this.cache.ttl() } }"),
          ("b.ts", "import { A } from './a'; const a = new A(); a.redis.quit(); class B extends A { x() { this.redis.ping(); super.run() } }")],
        &["ioredis", "ioredis().del", "ioredis().get", "ioredis().ping", "ioredis().quit", "ioredis().set", "ioredis().ttl", "pg.Pool", "pg.Pool().connect", "pg.Pool().end", "pg.Pool().query"]),
    Form("members of Python's classes",
        &[("a.py", "import redis\nimport boto3\nclass A:\n    shared = redis.Redis()\n    def __init__(self, other):\n        self.s3 = boto3.client('s3')\n        self.late = None\n        self.other = other\n\
                    \n    @property\n    def q(self):\n        return boto3.resource('sqs')\n    def open(self):\n        self.late = redis.Redis()\n    def run(self):\n        self.shared.get()\n        self.s3.put_object()\n        self.late.set()\n        self.q.send()\n        self.other.publish()\n\
                    \n    @classmethod\n    def make(cls):\n        return cls(redis.Redis())\na = A.make()\na.s3.get_object()\nb = A(redis.Redis())")],
        &["boto3.client", "boto3.client().get_object", "boto3.client().put_object", "boto3.resource", "boto3.resource().send", "redis.Redis", "redis.Redis().get", "redis.Redis().publish", "redis.Redis().set"]),
    Form("fields that the constructor takes",
        &[("a.py", "from dataclasses import dataclass\nfrom httpx import Client\nfrom pydantic_settings import BaseSettings\n@dataclass\nclass A:\n    client: Client\n    name: str = 'x'\n    def run(self):\n        self.client.get()\n        self.name.strip()\n\
                    class Settings(BaseSettings):\n    URL: str = 'a'\nSettings().URL.strip()")],
        &["httpx.Client().get", "pydantic_settings.BaseSettings", "pydantic_settings.BaseSettings().URL.strip"])
    ,
    Form("classes that extend those of packages",
        &[("models.py", "from django.db import models\nclass Base(models.Model):\n    class Meta:\n        abstract = True\nclass User(Base):\n    name = models.CharField()"),
          ("views.py", "from .models import User\nUser.objects.filter(1)\nUser(1).save()"),
          ("p.ts", "import { PrismaClient } from '@prisma/client'; import { OnModuleInit } from '@nestjs/common'; class P extends PrismaClient implements OnModuleInit { init() { this.$connect() } }\nclass S { constructor(private p: P) {} f() { this.p.user.find() } }"),
          ("views/__init__.py", "")],
        &["@prisma/client.PrismaClient().$connect", "@prisma/client.PrismaClient().user.find", "django.db.models.CharField", "django.db.models.Model", "django.db.models.Model().save", "django.db.models.Model.objects.filter"]),
    Form("`with`, and what loops go through",
        &[("a.py", "import psycopg, httpx\nwith psycopg.connect() as c, open('f') as f:\n    c.execute()\n    f.read()\nasync def g():\n    async with httpx.AsyncClient() as client:\n        await client.get()\n    for x in httpx.items():\n        x.foo()")],
        &["httpx.AsyncClient", "httpx.AsyncClient().get", "httpx.items", "open", "open().read", "psycopg.connect", "psycopg.connect().execute"]),
    Form("singletons",
        &[("a.py", "import redis\n_client = None\ndef get():\n    global _client\n    if _client is None:\n        _client = redis.Redis()\n    return _client\nget().ping()"),
          ("b.ts", "import { PrismaClient } from '@prisma/client'; const g = globalThis as any; export const prisma = g.prisma ?? new PrismaClient(); if (x) g.prisma = prisma; prisma.user.find()"),
          ("c.ts", "import Redis from 'ioredis'; let client: Redis | null = null; export function get() { if (!client) { client = new Redis() } return client } get().set()"),
          ("d.ts", "import { Pool } from 'pg'; class D { static i; static get() { if (!D.i) D.i = new Pool(); return D.i } } D.get().query()"),
          ("e.ts", "import { Pool } from 'pg'; let p; export const pool = () => (p ??= new Pool()); pool().end()")],
        &["@prisma/client.PrismaClient", "@prisma/client.PrismaClient().user.find", "ioredis", "ioredis().set", "pg.Pool", "pg.Pool().end", "pg.Pool().query", "redis.Redis", "redis.Redis().ping"]),
    Form("`or`, conditions and assignments one after the other",
        &[("a.py", "import fastapi, socketio\ndef f(app=None):\n    app = app or fastapi.FastAPI()\n    app.mount()\napp = fastapi.FastAPI()\napp.get()\napp = socketio.ASGIApp(app)\napp.run()\n\
                    if x:\n    y = fastapi.FastAPI(1)\nelse:\n    y = fastapi.FastAPI(2)\ny.put()\nz = fastapi.A() if x else fastapi.B()\nz.no()")],
        &["fastapi.A", "fastapi.B", "fastapi.FastAPI", "fastapi.FastAPI().get", "fastapi.FastAPI().mount", "fastapi.FastAPI().put", "socketio.ASGIApp", "socketio.ASGIApp().run"]),
    Form("`try` and its other import",
        &[("a.py", "try:\n    import ujson as json\nexcept ImportError:\n    import json\njson.dumps()")],
        &["ujson.dumps"]),
    Form("chains of what gives itself back",
        &[("a.ts", "import express from 'express'; import { Hono } from 'hono'; express().use(a).use(b).listen(); new Hono().get('/').post('/'); import http from 'http'; http.createServer().on('x').listen(); \
                    const z = q.a().b()")],
        &["express", "express().listen", "express().use", "hono.Hono", "hono.Hono().get", "hono.Hono().post", "http.createServer", "http.createServer().listen", "http.createServer().on", "q.a", "q.a().b"]),
    Form("destructuring, spread and objects",
        &[("a.ts", "import { Pool } from 'pg'; const base = { pool: new Pool(), x: 1 }; export const db = { ...base, x: 2, inner: { pool: new Pool() } };\n\
                    db.pool.query(); db.inner.pool.end(); const { inner: { pool }, ...rest } = db; pool.connect(); rest.pool.on(); const [a, b] = [new Pool(), 1]; a.off(); function f({ pool: p }) { p.x() } f(db)")],
        &["pg.Pool", "pg.Pool().connect", "pg.Pool().end", "pg.Pool().off", "pg.Pool().on", "pg.Pool().query", "pg.Pool().x"]),
    Form("globals, and names that hide them",
        &[("a.ts", "fetch('x'); process.on('SIGTERM', f); globalThis.setTimeout(f); import.meta.glob('*'); function g(fetch) { fetch() } const h = { fetch() {} }; class K { console() {} } console.log()"),
          ("b.py", "print(1)\ndef open(): pass\nopen()\neval('1')")],
        &["console.log", "eval", "fetch", "import.meta.glob", "print", "process.on", "setTimeout"]),
    Form("names of blocks",
        &[("a.ts", "import e from 'express'; import k from 'koa'; if (x) { const app = e(); app.use(1) } else { const app = new k(); app.listen() } ")],
        &["express", "express().use", "koa", "koa().listen"]),
    Form("`bind`, wrappers and partial application",
        &[("a.ts", "import log from 'pino'; const l = log(); const info = l.info.bind(l); info('x'); import { cache } from 'react'; const get = cache(() => log()); get().warn()"),
          ("b.py", "from functools import lru_cache, partial\nimport redis\n@lru_cache\ndef get():\n    return redis.Redis()\nget().ping()\nmake = partial(redis.Redis, 1)\nmake().get()")],
        &["functools.partial", "pino", "pino().info", "pino().info.bind", "pino().warn", "react.cache", "redis.Redis", "redis.Redis().get", "redis.Redis().ping"]),
    Form("elements",
        &[("a.tsx", "import Script from 'next/script'; import { Own } from './b'; export default () => <div><Script src='x'/><Own/><p dangerouslySetInnerHTML={x}/></div>"),
          ("b.tsx", "export const Own = () => null"), ("c.vue", "<template><p v-html=\"x\"/></template>")],
        &["next/script", "v-html"]),
    Form("star imports of Python",
        &[("base.py", "import environ\nenv = environ.Env()\nDEBUG = False"), ("prod.py", "from .base import *\nfrom decouple import *\nenv.str('X')\nconfig('Y')\nprint(DEBUG)")],
        &["decouple.config", "environ.Env", "environ.Env().str", "print"]),
    Form("packages of Python pass names on",
        &[("app/__init__.py", "from .factory import create_app"), ("app/factory.py", "from flask import Flask\ndef create_app():\n    app = Flask(__name__)\n    return app"),
          ("wsgi.py", "from app import create_app\nimport app.factory\napplication = create_app()\napplication.run()\napp.factory.create_app().test()")],
        &["flask.Flask", "flask.Flask().run", "flask.Flask().test"]),
    Form("folders of Python without `__init__`",
        &[("svc/db.py", "import redis\nr = redis.Redis()"), ("main.py", "import svc.db\nfrom svc import db\nsvc.db.r.get()\ndb.r.set()")],
        &["redis.Redis", "redis.Redis().get", "redis.Redis().set"]),
    Form("a method that goes over to a parent of a package",
        &[("a.py", "from rest_framework import viewsets\nclass V(viewsets.ModelViewSet):\n    def get_queryset(self):\n        return super().get_queryset().filter(1)")],
        &["rest_framework.viewsets.ModelViewSet().get_queryset", "rest_framework.viewsets.ModelViewSet().get_queryset().filter", "super"]),
    Form("what a container of dependencies gives",
        &[("main.ts", "import { NestFactory } from '@nestjs/core'; import { ConfigService } from '@nestjs/config'; const app = await NestFactory.create(M); app.get(ConfigService).getOrThrow('X'); app.enableShutdownHooks()")],
        &["@nestjs/config.ConfigService().getOrThrow", "@nestjs/core.NestFactory.create", "@nestjs/core.NestFactory.create().enableShutdownHooks", "@nestjs/core.NestFactory.create().get"]),
    Form("a type passed on by a barrel",
        &[("types.ts", "export type { Redis } from 'ioredis'; export type { Own } from './own'"), ("own.ts", "import { Pool } from 'pg'; export class Own { pool = new Pool() }"),
          ("a.ts", "import type { Own } from './types'; export function f(o: Own) { o.pool.end() }")],
        &["pg.Pool", "pg.Pool().end"]),
    Form("a module of CommonJS that uses what it gives out",
        &[("a.js", "exports.log = require('pino')(); exports.log.info(); module.exports.log.warn()")],
        &["pino", "pino().info", "pino().warn", "require"]),
    Form("names of a class's body are none of the language",
        &[("a.py", "class A:\n    items = make()\n    first = items.pop()\n    @items.setter\n    def f(self): ...\n    print(items)")],
        &["print"]),
    Form("what a function assigns counts although it is written before",
        &[("a.py", "import redis\ndef start():\n    global client\n    client = redis.Redis()\nclient = None\ndef use():\n    client.get()")],
        &["redis.Redis", "redis.Redis().get"]),
    Form("a proxy that makes its target when it is used",
        &[("a.ts", "import { drizzle } from 'drizzle-orm'; let c; function get() { c ??= drizzle(1); return c }\n\
                    export const db: X = new Proxy({} as X, { get(_t, p, r) { return Reflect.get(get(), p, r) } }); db.insert(); \
                    const e = new Proxy({}, { get: (_, p) => { const v = get()[p]; return typeof v === 'function' ? v.bind(get()) : v } }); e.select(); \
                    const f = new Proxy(drizzle(2), { get(t, p) { log(); return t[p] } }); f.update(); const g = new Proxy({}, h); g.x()")],
        &["Proxy", "Reflect.get", "drizzle-orm.drizzle", "drizzle-orm.drizzle().insert", "drizzle-orm.drizzle().select", "drizzle-orm.drizzle().update", "log"]),
    Form("what is caught is nothing of the language",
        &[("a.ts", "try { f() } catch (e) { e.report(); throw e }")],
        &["f"]),
    Form("stand-ins for builds",
        &[("a.ts", "import { Pool } from 'pg'; export const get = () => { if (build) { const mock: any = { query: async () => [] }; return mock } return new Pool() }; get().query(); \
                    const r = x ? new Pool() : { end() {} }; r.end()")],
        &["pg.Pool", "pg.Pool().end", "pg.Pool().query"]),
    Form("plugins get the application",
        &[("a.ts", "import Fastify from 'fastify'; const app = Fastify(); app.register(async (child) => { child.get('/') })")],
        &["fastify", "fastify().get", "fastify().register"]),
];

#[test]
fn each_form_gives_its_names() {
    let mut wrong = Vec::new();
    for Form(title, files, expected) in FORMS {
        let found = called(files);
        if found != *expected {
            wrong.push(format!("{title}\n  found    {found:?}\n  expected {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
