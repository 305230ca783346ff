//! Koa, Hono and Fastify.

use super::{mounted, routes, wired};

#[test]
fn koa() {
    let app = "import Koa from 'koa';\nimport mount from 'koa-mount';\nimport { api } from './api.js';\nconst app = new Koa();\nconst log = async (ctx, next) => next();\napp.use(log);\napp.use(mount('/v1', api.routes())).use(api.allowedMethods());\napp.use(late);\nasync function late(ctx, next) {}\napp.listen(1);\n";
    let api = "import Router from '@koa/router';\nimport { users } from './users.js';\nexport const api = new Router({ prefix: '/api' });\nconst auth = async (ctx, next) => next();\napi.get('/open', (ctx) => {});\napi.use(auth);\napi.use('/users', users.routes());\n";
    let users = "import Router from '@koa/router';\nexport const users = new Router();\nusers.post('create', '/', validate, async function create(ctx) {});\nfunction validate(ctx, next) { return next(); }\n";
    let files = [("api.js", api), ("app.js", app), ("users.js", users)];
    assert_eq!(routes(&files), ["Get /v1/api/open  [log]", "Post /v1/api/users create [log, auth, validate]"]);
    let (_, wiring) = wired(&files);
    assert_eq!(mounted(&wiring), ["auth on a router", "log", "late"]);
}

#[test]
fn hono() {
    let app = "import { Hono } from 'hono';\nimport { cors } from 'hono/cors';\nimport { users } from './users';\nconst app = new Hono().basePath('/api');\napp.get('/health', (c) => c.text('ok'));\napp.use('*', cors());\napp.use('/users/*', auth);\nasync function auth(c, next) { await next(); }\napp.route('/users', users);\napp.on(['PUT', 'PATCH'], '/both', (c) => c.text('ok'));\nexport default app;\n";
    let users = "import { Hono } from 'hono';\nimport { zValidator } from '@hono/zod-validator';\nexport const users = new Hono().post('/', zValidator('json', {}), function create(c) {});\nexport const unused = new Hono().get('/x', (c) => c.text(''));\n";
    assert_eq!(
        routes(&[("app.ts", app), ("users.ts", users)]),
        [
            "Get /api/health  []",
            "Put /api/both  [hono/cors.cors()]",
            "Patch /api/both  [hono/cors.cors()]",
            "Post /api/users create [hono/cors.cors(), auth, @hono/zod-validator.zValidator()]",
            "Get /x  [] unmounted",
        ]
    );
}

#[test]
fn fastify() {
    let app = "import Fastify from 'fastify';\nimport helmet from '@fastify/helmet';\nimport users from './users.js';\nimport auth from './auth.js';\nconst app = Fastify();\nawait app.register(helmet, { global: true });\napp.register(auth);\napp.register(users, { prefix: '/api' });\napp.register(async (child) => { child.addHook('onRequest', child.authenticate); child.get('/inner', async () => 1); });\napp.get('/plain', async () => 1);\napp.listen({ port: 1 });\n";
    let auth = "import fp from 'fastify-plugin';\nexport default fp(async (fastify) => { fastify.decorate('authenticate', async function check(req) {}); fastify.addHook('preHandler', async function all(req) {}); });\n";
    let users = "export default async function routes(fastify, options) {\n  fastify.get('/users/:id', { preHandler: [fastify.authenticate], schema: { params: {} } }, async function read(req) {});\n  fastify.route({ method: ['POST', 'PUT'], url: '/users', handler: async function write(req) {} });\n}\n";
    let unused = "export default async function unused(fastify) { fastify.get('/never', async () => 1); }\n";
    let files = [("app.js", app), ("auth.js", auth), ("unused.js", unused), ("users.js", users)];
    assert_eq!(
        routes(&files),
        [
            "Get /inner  [@fastify/helmet, all, check]",
            "Get /plain  [@fastify/helmet, all]",
            "Get /api/users/:id read [@fastify/helmet, all, check, fastify.schema]",
            "Post /api/users write [@fastify/helmet, all]",
            "Put /api/users write [@fastify/helmet, all]",
        ]
    );
    let (_, wiring) = wired(&files);
    assert_eq!(mounted(&wiring), ["@fastify/helmet", "check on a router", "all on a router"]);
}

#[test]
fn a_limiter_that_is_not_awaited_misses_the_routes_beside_it() {
    let app = |awaited: &str| {
        format!("import Fastify from 'fastify';\nimport limit from '@fastify/rate-limit';\nconst app = Fastify();\n{awaited}app.register(limit, {{}});\napp.get('/a', async () => 1);\napp.register(async (child) => {{ child.get('/b', async () => 1); }});\napp.listen({{}});\n")
    };
    assert_eq!(routes(&[("a.js", &app(""))]), ["Get /a  []", "Get /b  [@fastify/rate-limit]"]);
    assert_eq!(routes(&[("a.js", &app("await "))]), ["Get /a  [@fastify/rate-limit]", "Get /b  [@fastify/rate-limit]"]);
}
