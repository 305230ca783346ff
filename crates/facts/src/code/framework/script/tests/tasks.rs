//! Queues, schedules, sockets, servers, procedures.

use super::{routes, wired};

fn tasks(text: &str) -> Vec<String> {
    let (code, wiring) = wired(&[("a.ts", text)]);
    let handler = |f: Option<crate::code::FunctionRef>| f.map_or("-".to_owned(), |f| code.function(f).name.to_string());
    wiring.tasks.iter().map(|t| format!("{} {} {} {}", t.framework, t.name, handler(t.handler), t.queue.as_deref().unwrap_or("-"))).collect()
}

fn schedules(text: &str) -> Vec<String> {
    let (_, wiring) = wired(&[("a.ts", text)]);
    wiring.schedules.iter().map(|s| format!("{} {} {}", s.framework, s.starts, s.when.as_deref().unwrap_or("?"))).collect()
}

#[test]
fn queues() {
    let cases = [
        ("import { Worker } from 'bullmq';\nconst QUEUE = 'mail';\nnew Worker(QUEUE, async function send(job) {}, {});\n", "bullmq mail send mail"),
        ("import Queue from 'bull';\nconst q = new Queue('images');\nq.process('resize', 5, resize);\nasync function resize(job) {}\n", "bull resize resize images"),
        ("import { Agenda } from 'agenda';\nconst agenda = new Agenda();\nagenda.define('report', async function report(job) {});\n", "agenda report report -"),
        ("import { Inngest } from 'inngest';\nconst inngest = new Inngest({ id: 'a' });\nexport const f = inngest.createFunction({ id: 'welcome' }, { event: 'user/created' }, async function welcome() {});\n", "inngest welcome welcome -"),
        ("import { task } from '@trigger.dev/sdk/v3';\nexport const t = task({ id: 'sync', run: async (p) => {} });\n", "trigger.dev sync run -"),
    ];
    for (text, expected) in cases {
        assert_eq!(tasks(text), [expected]);
    }
}

#[test]
fn times() {
    let cases = [
        ("import cron from 'node-cron';\ncron.schedule('0 3 * * *', backup);\nfunction backup() {}\n", "node-cron backup 0 3 * * *"),
        ("import { CronJob } from 'cron';\nnew CronJob('* * * * *', function tick() {});\n", "cron tick * * * * *"),
        ("const MINUTE = 60000;\nsetInterval(clean, MINUTE);\nfunction clean() {}\n", "setInterval clean 60000"),
        ("import { Queue } from 'bullmq';\nconst q = new Queue('a');\nq.add('nightly', {}, { repeat: { pattern: '0 0 * * *' } });\n", "bullmq nightly 0 0 * * *"),
        ("import { SimpleIntervalJob, AsyncTask } from 'toad-scheduler';\nconst task = new AsyncTask('x', async function poll() {});\nnew SimpleIntervalJob({ seconds: 20 }, task);\n", "toad-scheduler poll seconds: 20"),
    ];
    for (text, expected) in cases {
        assert_eq!(schedules(text), [expected]);
    }
}

#[test]
fn sockets_and_servers() {
    let socket = "import { Server } from 'socket.io';\nconst io = new Server(3000);\nio.use(auth);\nfunction auth(socket, next) { next(); }\nio.on('connection', (socket) => {});\nio.of('/admin').on('connection', function admin(socket) {});\n";
    assert_eq!(routes(&[("a.ts", socket)]), ["Socket /  [auth]", "Socket /admin admin []"]);
    let node = "import http from 'node:http';\nhttp.createServer(function answer(req, res) {}).listen(3000);\n";
    assert_eq!(routes(&[("a.ts", node)]), ["Any ? answer []"]);
    let worker = "export default { async fetch(request, env) { return new Response(); } };\n";
    assert_eq!(routes(&[("a.ts", worker)]), ["Any ? fetch []"]);
    let bun = "Bun.serve({ routes: { '/a': { POST: function make(req) {} } }, fetch(req) { return new Response(); } });\n";
    assert_eq!(routes(&[("a.ts", bun)]), ["Post /a make []", "Any ? fetch []"]);
}

#[test]
fn procedures() {
    let server = "import { initTRPC } from '@trpc/server';\nconst t = initTRPC.context<Context>().create({});\nconst enforce = t.middleware(({ ctx, next }) => next());\nexport const router = t.router;\nexport const publicProcedure = t.procedure;\nexport const protectedProcedure = t.procedure.use(enforce);\nexport const adminProcedure = protectedProcedure.use(({ next }) => next());\n";
    let users = "import { z } from 'zod';\nimport { router, publicProcedure, protectedProcedure, adminProcedure } from './trpc';\nexport const users = router({\n  list: publicProcedure.query(() => []),\n  save: protectedProcedure.input(z.object({})).mutation(async function save({ input }) {}),\n  drop: adminProcedure.mutation(function drop() {}),\n});\n";
    let root = "import { router } from './trpc';\nimport { users } from './users';\nexport const appRouter = router({ users });\n";
    let route = "import { fetchRequestHandler } from '@trpc/server/adapters/fetch';\nimport { appRouter } from './root';\nconst handler = (req) => fetchRequestHandler({ endpoint: '/api/trpc', req, router: appRouter });\nexport { handler as GET };\n";
    let files = [("root.ts", root), ("route.ts", route), ("trpc.ts", server), ("users.ts", users)];
    assert_eq!(
        routes(&files),
        [
            "Get /api/trpc/users.list  []",
            "Action /api/trpc/users.save save [enforce, input(zod.z.object())]",
            "Action /api/trpc/users.drop drop [enforce, adminProcedure]",
        ]
    );
    let unserved: Vec<String> = routes(&[files[0], files[2], files[3]]);
    assert!(unserved.iter().all(|r| r.ends_with("unmounted")), "{unserved:?}");
}

#[test]
fn functions_of_platforms() {
    let firebase = "const functions = require('firebase-functions');\nexports.pay = functions.https.onCall(async (data, context) => {});\nexports.hook = functions.region('x').https.onRequest(async (req, res) => {});\nfunctions.https.onCall(async () => {});\nexports.nightly = functions.pubsub.schedule('every 24 hours').onRun(async () => {});\n";
    assert_eq!(routes(&[("functions/index.js", firebase)]), ["Action /pay  []", "Any /hook  []", "Action ?  [] unmounted"]);
    assert_eq!(schedules(firebase), ["firebase nightly every 24 hours"]);
    let vercel = "import type { VercelRequest } from '@vercel/node';\nexport default async function answer(req: VercelRequest) {}\n";
    assert_eq!(routes(&[("web/api/users/[id].ts", vercel), ("web/lib/a.ts", vercel)]), ["Any /api/users/[id] answer []"]);
}
