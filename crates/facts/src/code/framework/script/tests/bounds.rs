//! Programs that lead in circles, or that would take for ever.

use super::routes;

#[test]
fn circles_end() {
    let nest = "import { Module, forwardRef } from '@nestjs/common';\nimport { NestFactory } from '@nestjs/core';\nconst f = () => forwardRef(f);\n@Module({ imports: [forwardRef(f), A] })\nexport class A {}\nNestFactory.create(A);\n";
    let koa = "import Koa from 'koa';\nimport compose from 'koa-compose';\nimport mount from 'koa-mount';\nconst a = compose([a, b]);\nconst b = mount('/x', b);\nnew Koa().use(a).use(b).listen(1);\n";
    let express = "import express from 'express';\nconst app = express();\nconst r = express.Router();\nr.use('/a', r);\nr.get('/x', h);\nconst h = wrap(h);\nfunction wrap(f) { return f; }\nconst list = [list, ...list];\napp.use(list, r);\napp.listen(1);\n";
    let hono = "import { Hono } from 'hono';\nconst a = new Hono();\nconst b = new Hono();\na.route('/b', b);\nb.route('/a', a);\na.get('/x', (c) => c.text(''));\nexport default a;\n";
    for text in [nest, koa, express, hono] {
        routes(&[("a.ts", text)]);
    }
}

#[test]
fn what_grows_with_each_level_is_cut() {
    let levels = 40;
    let mut express = String::from("import { Router } from 'express';\nimport express from 'express';\nconst app = express();\n");
    let mut trpc = String::from("import { initTRPC } from '@trpc/server';\nconst t = initTRPC.create();\n");
    let mut lists = String::from("import { route } from '@react-router/dev/routes';\n");
    for level in (0..levels).rev() {
        express.push_str(&format!(
            "const r{level} = Router();\nr{level}.use('/a', r{next});\nr{level}.use('/b', r{next});\n",
            next = level + 1
        ));
        trpc.push_str(&format!("const o{level} = t.router({{ a: o{next}, b: o{next} }});\n", next = level + 1));
        lists.push_str(&format!(
            "const l{level} = [route('a', './a.tsx', [...l{next}]), route('b', './a.tsx', [...l{next}])];\n",
            next = level + 1
        ));
    }
    express.push_str("app.use(r0);\napp.listen(1);\n");
    lists.push_str("export default l0;\n");
    routes(&[("a.ts", &express)]);
    routes(&[("a.ts", &trpc)]);
    routes(&[("app/routes.ts", &lists), ("app/a.tsx", "export default function A() { return null; }\n")]);
}
