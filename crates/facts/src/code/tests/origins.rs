//! What values stand for, beside their names.

use super::super::{Base, CallRef, ClassRef, FunctionId, FunctionRef, Kind};
use super::{at, code};

#[test]
fn constants_are_followed_to_where_they_are_written() {
    let code = code(&[
        ("config.ts", "export const PORT = 3000; export const c = { db: { url: 'x' } }; export let twice = 1; twice = 2;"),
        (
            "a.ts",
            "import { PORT, c, twice } from './config'; import * as all from './config'; f(PORT, c.db.url, all.PORT, twice, c.none, process.env.A)",
        ),
    ]);
    let module = at(&code, "a.ts");
    let call = code.module(module).module.calls[0].clone();
    let written = |index: usize| {
        let value = &call.arguments[index].value;
        code.written(module, FunctionId::BODY, value).map(|(_, _, v)| v.kind.clone())
    };
    assert_eq!(written(0), Some(Kind::Number(3000.0)));
    assert_eq!(written(1), Some(Kind::Text("x".into())));
    assert_eq!(written(2), Some(Kind::Number(3000.0)));
    assert_eq!(written(3), Some(Kind::Number(2.0)));
    assert_eq!(written(4), None);
    assert_eq!(written(5), None);
    let name = code.name(module, FunctionId::BODY, &call.arguments[5].value);
    assert_eq!(name.as_deref(), Some("process.env.A"));
}

#[test]
fn functions_classes_and_their_uses() {
    let code = code(&[
        ("a.py", "class Base:\n    def run(self): ...\nclass A(Base):\n    pass\ndef make():\n    return A()\n"),
        ("b.py", "from a import A, make\na = make()\na.run()\nb = A()\nmake()\n"),
    ]);
    let (a, b) = (at(&code, "a.py"), at(&code, "b.py"));
    let class = |name: &str| match code.exported(a, name).base {
        Base::Class(class) => class,
        other => panic!("{other:?}"),
    };
    let make = match code.exported(b, "make").base {
        Base::Function(function) => function,
        other => panic!("{other:?}"),
    };
    assert_eq!(code.function(make).name, "make");
    assert_eq!(code.callers(make).len(), 2);
    assert_eq!(code.instances(class("A")).len(), 2);
    assert_eq!(code.subclasses(class("Base")), [class("A")]);
    assert_eq!(code.exported(b, "a").base, Base::Instance(class("A")));
    assert_eq!(code.exported(b, "b").base, Base::Instance(class("A")));
    let run = code.module(b).module.calls.iter().find(|c| c.method() == Some("run")).map(|c| c.callee.clone());
    let function = code.function_of(b, FunctionId::BODY, &run.expect("a call"));
    assert_eq!(function.map(|f| code.function(f).name.to_string()).as_deref(), Some("run"));
    assert!(code.callers(FunctionRef { module: a, function: FunctionId(9) }).is_empty());
    assert_ne!(class("A"), ClassRef { module: b, class: class("A").class });
}

#[test]
fn an_unknown_parameter_stays_one_with_its_members() {
    let code = code(&[("a.ts", "export function handler(req, res) { req.app.locals.db.query() }")]);
    let module = at(&code, "a.ts");
    let call = &code.module(module).module.calls[0];
    let origin = code.origin(module, call.function, &call.callee);
    assert_eq!(origin.base, Base::Parameter(FunctionRef { module, function: call.function }, 0));
    assert_eq!(origin.members, ["app", "locals", "db", "query"]);
    assert_eq!(code.callee(CallRef { module, call: super::super::CallId(0) }), None);
}

#[test]
fn members_that_are_assigned_have_names() {
    let code = code(&[
        (
            "main.py",
            "from fastapi import FastAPI\nfrom slowapi import Limiter\nlimiter = Limiter()\napp = FastAPI()\napp.state.limiter = limiter\nset_up(app)\ndef set_up(app):\n    app.state.other = 1",
        ),
        ("a.js", "process.env.TZ = 'UTC'; module.exports = { a: 1 }"),
    ]);
    let limiter: Vec<_> = code.assigned("fastapi.FastAPI().state.limiter").collect();
    assert_eq!(limiter.len(), 1);
    let assignment = code.assignment(limiter[0]);
    let name = code.name(limiter[0].module, assignment.function, &assignment.value);
    assert_eq!(name.as_deref(), Some("slowapi.Limiter()"));
    assert_eq!(code.assigned("fastapi.FastAPI().state.other").count(), 1);
    assert_eq!(code.assigned("process.env.TZ").count(), 1);
    assert_eq!(code.assigned("process.env").count(), 0);
}

#[test]
fn names_can_be_looked_up_by_their_beginning() {
    let code = code(&[("a.js", "const r = require('express').Router(); r.get(); r.get(); r.put(); require('expressive')()")]);
    let found: Vec<(String, usize)> = code.names_from("express.Router()").map(|(n, c)| (n.to_owned(), c.len())).collect();
    assert_eq!(found, [("express.Router().get".to_owned(), 2), ("express.Router().put".to_owned(), 1)]);
    assert_eq!(code.calls_of("express.Router().get").len(), 2);
    assert!(code.calls_of("express").is_empty());
}
