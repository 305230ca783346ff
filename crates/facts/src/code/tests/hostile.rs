//! Systems made to go round in circles.

use super::super::{Base, Code};
use super::{at, code};

fn exported(code: &Code, path: &str, name: &str) -> Base {
    code.exported(at(code, path), name).base
}

#[test]
fn imports_and_values_in_circles() {
    let code = code(&[
        ("a.ts", "export { x } from './b'; export * from './b'; import { y } from './b'; export const z = y; z.call()"),
        ("b.ts", "export { x } from './a'; export * from './a'; import { z } from './a'; export const y = z; y.call()"),
        ("c.py", "a = b\nb = a\na.run()\nx = x or y\ny = x\nx.run()\n"),
        ("d.py", "from e import a\ndef f():\n    return g()\ndef g():\n    return f()\nf().run()"),
        ("e.py", "from d import a\na.run()"),
        (
            "f.ts",
            "const s = { ...s, ...t }; const t = { ...s }; s.a.b(); const l = [...l]; l[0].x(); const { o } = o; o(); let p = () => p(); p().q()",
        ),
        ("g.ts", "class A extends B { m() { this.x.y(); super.z() } } class B extends A { x = this.x } new A().x.y()"),
        (
            "h.py",
            "class A(A):\n    def __init__(self):\n        self.a = self.a\n        self.b = self.c\n        self.c = self.b\n    def run(self):\n        self.a.x()\n        self.b.x()\n        self.d.x()\n",
        ),
        ("i.ts", "function f(a) { f(a); a.use() } function g(a) { h(a) } function h(a) { g(a); a.use() }"),
    ]);
    assert_eq!(exported(&code, "a.ts", "x"), Base::Unknown);
    assert_eq!(exported(&code, "a.ts", "none"), Base::Unknown);
    assert_eq!(exported(&code, "b.ts", "z"), Base::Unknown);
    assert_eq!(exported(&code, "e.py", "a"), Base::Unknown);
    assert_eq!(code.names().map(|(n, _)| n).collect::<Vec<_>>(), ["y.run"; 0]);
}

#[test]
fn long_rows_of_re_exports_end() {
    let n = 10_000;
    let row: Vec<(String, String)> = (0..n).map(|i| (format!("m/a{i:05}.ts"), format!("export {{ x }} from './a{:05}'", i + 1))).collect();
    let stars: Vec<(String, String)> = (0..n).map(|i| (format!("n/a{i:05}.ts"), format!("export * from './a{:05}'", i + 1))).collect();
    let python: Vec<(String, String)> = (0..n).map(|i| (format!("p/a{i:05}.py"), format!("from .a{:05} import x", i + 1))).collect();
    let barrel: String = (0..n).map(|i| format!("export * from './m/a{i:05}';\n")).collect();
    let mut files: Vec<(&str, &str)> = row.iter().chain(&stars).chain(&python).map(|(p, t)| (p.as_str(), t.as_str())).collect();
    files.push(("all.ts", &barrel));
    files.push(("use.ts", "import { x } from './m/a09950'; import { y } from './all'; x.run(); y.run()"));
    files.push(("m/a10000.ts", "import e from 'express'; export const x = e()"));
    let code = code(&files);
    // A row of a length that people write is followed, a longer one is not.
    assert!(matches!(exported(&code, "m/a09950.ts", "x"), Base::Result(_)));
    assert_eq!(exported(&code, "m/a00000.ts", "x"), Base::Unknown);
    assert_eq!(exported(&code, "n/a00000.ts", "x"), Base::Unknown);
    assert_eq!(exported(&code, "p/a00000.py", "x"), Base::Unknown);
    assert_eq!(code.calls_of("express().run").len(), 1);
}

#[test]
fn what_fans_out_stays_bounded() {
    // Each name is one of two others, each of which is one of two others.
    let n = 400;
    let doubled: String = (0..n).map(|i| format!("a{i} = a{} if x else b{}\nb{i} = a{} or b{}\n", i + 1, i + 1, i + 1, i + 1)).collect();
    let deep: String = format!("import q from 'q'; q(){};", ".a()".repeat(3_000));
    let nested: String = format!("const x = {}1{};x.a.a.a()", "{ a: ".repeat(100), " }".repeat(100));
    let callers: String = (0..n).map(|i| format!("function f{i}(a) {{ f{}(a); f{}(a); a.run() }}\n", i + 1, i + 2)).collect();
    let classes: String = (0..n).map(|i| format!("class C{i} extends C{} {{ m{i}() {{ this.m{}() }} }}\n", i + 1, i + 1)).collect();
    let files = [("a.py", format!("{doubled}a0.run()\n")), ("b.ts", deep), ("c.ts", nested), ("d.ts", callers), ("e.ts", classes)];
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (*p, t.as_str())).collect();
    let code = code(&files);
    assert!(code.calls_of("q().a").len() <= 1);
    assert_eq!(code.module(at(&code, "d.ts")).module.calls.len(), n * 3);
}

#[test]
fn answers_do_not_hang_on_the_order_of_questions() {
    let a = "import { b } from './b'; export const a = b.x ?? b; export const c = a; c.run()";
    let b = "import { a, c } from './a'; import e from 'express'; export const b = c ?? e(); b.run(); a.run()";
    let one = code(&[("a.ts", a), ("b.ts", b)]);
    let renamed = |text: &str| text.replace("'./b'", "'./0'");
    let two = code(&[("a.ts", &renamed(a)), ("0.ts", b)]);
    let names = |code: &Code| code.names().map(|(n, c)| (n.to_owned(), c.len())).collect::<Vec<_>>();
    assert_eq!(names(&one), names(&two));
}
