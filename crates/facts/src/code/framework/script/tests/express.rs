//! Express and those that mount as it does.

use super::{mounted, routes, wired};

#[test]
fn routes_have_the_prefixes_of_all_mounts_and_what_runs_before_them() {
    let app = r#"
import express from "express";
import helmet from "helmet";
import rateLimit from "express-rate-limit";
import { router as users } from "./routes/users.js";
import { requireAuth, requireRole } from "./auth.js";
import * as health from "./health.js";

const app = express();
const limiter = rateLimit({ windowMs: 1000 });
app.use(helmet());
app.get("/health", health.check);
app.use("/api", limiter);
app.use("/api", requireAuth, users);
app.route("/admin").all(requireRole("admin")).get((req, res) => res.json({})).delete(health.check);
app.use(express.static("public"));
app.get("/late", (req, res) => res.end());
app.use((err, req, res, next) => res.status(500).end());
app.listen(3000);
"#;
    let users = r#"
import { Router } from "express";
import { wrap, requireRole } from "../auth.js";
import Users from "../controllers/users.js";
const ctl = new Users();
export const router = Router();
router.get("/users/:id", ctl.read.bind(ctl));
router.use(audit);
router.post("/users", [requireRole("admin"), validate], wrap(async function create(req, res) {}));
function audit(req, res, next) { next(); }
function validate(req, res, next) { next(); }
"#;
    let auth = r#"
export function requireAuth(req, res, next) { next(); }
export const requireRole = (role) => (req, res, next) => next();
export const wrap = (fn) => (req, res, next) => Promise.resolve(fn(req, res, next)).catch(next);
"#;
    let controller = "export default class Users { async read(req, res) {} }\n";
    let health = "export const check = (req, res) => res.json({ ok: true });\n";
    let files = [
        ("src/app.js", app),
        ("src/routes/users.js", users),
        ("src/auth.js", auth),
        ("src/controllers/users.js", controller),
        ("src/health.js", health),
    ];
    let expected = [
        "Get /health check [helmet()]",
        "Get /admin  [helmet(), requireRole]",
        "Delete /admin check [helmet(), requireRole]",
        "Get /late  [helmet(), audit, express.static()]",
        "Get /api/users/:id read [helmet(), express-rate-limit(), requireAuth]",
        "Post /api/users create [helmet(), express-rate-limit(), requireAuth, audit, requireRole, validate, wrap]",
    ];
    let found = routes(&files);
    assert_eq!(found.iter().filter(|r| !r.contains("/late")).collect::<Vec<_>>(), expected.iter().filter(|r| !r.contains("/late")).collect::<Vec<_>>());
    assert!(found.contains(&"Get /late  [helmet(), express.static()]".to_owned()), "{found:#?}");
    let (_, wiring) = wired(&files);
    assert_eq!(
        mounted(&wiring),
        ["helmet()", "express-rate-limit() below /api", "requireAuth below /api", "express.static()", "", "audit on a router"]
    );
}

#[test]
fn forms() {
    let head = "const express = require('express');\nconst app = express();\nconst guard = (req, res, next) => next();\nfunction h(req, res) {}\n";
    let cases: &[(&str, &str, &[&str])] = &[
        ("a limiter that nothing mounts", "const limit = require('express-rate-limit')({});\napp.get('/a', h);\napp.listen(1);", &["Get /a h []"]),
        ("middleware after the route", "app.get('/a', h);\napp.use(guard);\napp.get('/b', h);\napp.listen(1);", &["Get /a h []", "Get /b h [guard]"]),
        ("an application that does not listen", "app.get('/a', h);", &["Get /a h [] unmounted"]),
        ("an application that is given out", "app.get('/a', h);\nmodule.exports = app;", &["Get /a h []"]),
        ("an application handed to a server", "app.get('/a', h);\nrequire('http').createServer(app).listen(1);", &["Get /a h []"]),
        ("a router that nothing mounts", "const r = express.Router();\nr.get('/a', h);\napp.listen(1);", &["Get /a h [] unmounted"]),
        ("a setting that is read", "app.get('env');\napp.set('x', 1);\napp.listen(1);", &[]),
        ("a prefix that does not take the route", "app.use('/admin', guard);\napp.get('/a', h);\napp.listen(1);", &["Get /a h []"]),
        ("all that goes on", "app.all('/api/*', guard);\napp.get('/api/a', h);\napp.get('/b', h);\napp.listen(1);", &["Get /api/a h [guard]", "Get /b h []"]),
        (
            "a prefix that is not written",
            "const r = express.Router();\nr.get('/a', h);\napp.use(`${process.env.BASE}/v1`, guard, r);\napp.listen(1);",
            &["Get ? h [guard]"],
        ),
        (
            "a list of routers",
            "const a = express.Router();\na.get('/x', h);\nconst all = [{ path: '/a', route: a }];\nall.forEach((r) => { app.use(r.path, r.route); });\napp.listen(1);",
            &["Get /a/x h []"],
        ),
        (
            "functions that are handed the application, in the order of their calls",
            "function second(app) { app.get('/a', h); }\nfunction first(app) { app.use(guard); }\nfirst(app);\nsecond(app);\napp.listen(1);",
            &["Get /a h [guard]"],
        ),
        (
            "methods of a class, in the order of their calls",
            "class Server {\n constructor() { this.app = express(); this.middleware(); this.routes(); }\n routes() { this.app.get('/a', h); }\n middleware() { this.app.use(guard); }\n start() { this.app.listen(1); }\n}\nnew Server().start();",
            &["Get /a h [guard]"],
        ),
        (
            "two prefixes of one router",
            "const r = express.Router();\nr.get('/a', h);\napp.use(['/v1', '/v2'], r);\napp.listen(1);",
            &["Get /v1/a h []", "Get /v2/a h []"],
        ),
    ];
    for (title, text, expected) in cases {
        assert_eq!(routes(&[("app.js", &format!("{head}{text}"))]), *expected, "{title}");
    }
}

#[test]
fn others_mount_in_the_same_way() {
    let polka = "import polka from 'polka';\nconst g = (req, res, next) => next();\npolka().use(g).get('/a', (req, res) => res.end()).listen(3000);\n";
    assert_eq!(routes(&[("a.js", polka)]), ["Get /a  [g]"]);
    let restify = "const restify = require('restify');\nconst server = restify.createServer();\nserver.use(restify.plugins.bodyParser());\nserver.del('/a/:id', function drop(req, res, next) {});\nserver.listen(1);\n";
    assert_eq!(routes(&[("a.js", restify)]), ["Delete /a/:id drop [restify.plugins.bodyParser()]"]);
}

#[test]
fn conditions_of_a_middleware_are_told() {
    let text = "const express = require('express');\nconst app = express();\nconst guard = (req, res, next) => next();\nfunction secure() { if (app.get('x') === 'y') { app.use(guard); } }\nif (process.env.NODE_ENV === 'production') secure();\napp.use(express.json());\napp.get('/a', (req, res) => {});\napp.listen(1);\n";
    let (code, wiring) = wired(&[("app.js", text)]);
    let conditions: Vec<(&str, usize)> = wiring.routes[0].guards.iter().map(|g| (g.name.as_str(), g.conditions(&code).len())).collect();
    assert_eq!(conditions, [("guard", 2), ("express.json()", 0)]);
}
