//! Files that are broken, hostile, or not plain ASCII.

use super::{
    module,
    show::{lines, show},
};
use crate::{Dialect, Kind, Module, Value};

fn broken(text: &str) -> (Module, usize) {
    let parsed = crate::read(Dialect::Python, text);
    for issue in &parsed.issues {
        assert!(issue.span.is_none_or(|s| s.end as usize <= text.len()), "{issue:?}");
    }
    (parsed.value, parsed.issues.len())
}

/// Every call whose callee is just this name.
fn calls(m: &Module, name: &str) -> usize {
    m.calls.iter().filter(|c| c.method() == Some(name)).count()
}

/// How deep a value nests.
fn deepest(m: &Module) -> usize {
    fn depth(value: &Value) -> usize {
        1 + value.children().into_iter().map(depth).max().unwrap_or(0)
    }
    let assigned = m.assignments.iter().map(|a| &a.value);
    let called = m.calls.iter().flat_map(|c| c.arguments.iter().map(|a| &a.value).chain([&c.callee]));
    assigned.chain(called).chain(m.outcomes.iter().filter_map(|o| o.value.as_ref())).map(depth).max().unwrap_or(0)
}

#[test]
fn what_stands_before_and_after_an_error_is_kept() {
    let (m, issues) = broken("import a\nf(1)\ndef g()\n    h()\nx = = 3\ni()\n");
    assert!(issues > 0);
    assert_eq!(m.imports.len(), 1);
    assert_eq!((calls(&m, "f"), calls(&m, "h"), calls(&m, "i")), (1, 1, 1));
    let (m, issues) = broken("app = Flask(__name__)\nprint 'x'\napp.run(");
    assert!(issues > 0);
    assert_eq!((calls(&m, "Flask"), calls(&m, "run")), (1, 1));
}

#[test]
fn another_language_is_said_in_a_few_issues() {
    let (_, issues) = broken(&"fn main() -> { let x = 1; }\n".repeat(500));
    assert_eq!(issues, 9);
}

#[test]
fn bytes_are_counted_with_a_mark_and_other_scripts() {
    for head in ["", "\u{feff}"] {
        let text = format!("{head}# größe 大\r\nx = 'ä大🦀'; f(x)\r\n");
        let m = module(&text);
        let said = |value: &Value| text[value.span.range()].to_owned();
        assert_eq!(said(&m.assignments[0].value), "'ä大🦀'");
        assert_eq!(m.assignments[0].value.text(), Some("ä大🦀"));
        assert_eq!(&text[m.calls[0].at.range()], "f(x)");
        assert_eq!(m.functions[0].at.range(), 0..text.len());
    }
}

#[test]
fn the_bytes_of_definitions_begin_with_their_decorators() {
    let text = "@a\n@b(1)\ndef f(*args): pass\n@c\nclass D: pass\n";
    let m = module(text);
    assert_eq!(&text[m.functions[1].at.range()], "@a\n@b(1)\ndef f(*args): pass");
    assert_eq!(&text[m.functions[1].name_at.range()], "f");
    assert_eq!(&text[m.functions[1].parameters[0].at.range()], "*args");
    assert_eq!(&text[m.classes[0].at.range()], "@c\nclass D: pass");
    assert_eq!(&text[m.classes[0].name_at.range()], "D");
}

#[test]
fn a_guarded_body_and_its_handler_tell_their_bytes() {
    let text = "try:\n    f()\n    g()\nexcept E:\n    pass\n";
    let m = module(text);
    assert_eq!(&text[m.catches[0].guarded.range()], "f()\n    g()");
    assert_eq!(&text[m.catches[0].at.range()], "except E:\n    pass");
}

#[test]
fn what_follows_an_early_exit_reaches_to_the_end_of_its_body() {
    let text = "def f():\n    with a:\n        if x: return\n        g()\n    h()\n";
    let m = module(text);
    let branch = &m.branches[m.calls.last().and_then(|c| c.branch).map(|b| b.0 as usize).expect("a branch")];
    assert_eq!(text[branch.at.range()].trim(), "g()\n    h()");
}

#[test]
fn deep_expressions_are_bounded_and_their_calls_found() {
    let n = 20_000;
    let deep = [
        format!("x = f(){}", " + g()".repeat(n)),
        format!("x = f(){}", ".a".repeat(n)),
        format!("f(){}", ".a()".repeat(n)),
        format!("x = f(){}", "()".repeat(n)),
        format!("x = f(){}", "[0]".repeat(n)),
        format!("x = {}f()", "not ".repeat(n)),
        format!("x = {}f()", "-".repeat(n)),
        format!("x = {}f()", "lambda: ".repeat(n)),
        format!("x = {}f(){}", "lambda a=".repeat(n), ": a".repeat(n)),
        format!("with \\\n ({}f()): pass", "-".repeat(n)),
        format!("with (f(){}) as x: pass", ".a".repeat(n)),
        format!("x = {}f()", "a if b else ".repeat(n)),
        format!("x = {}f()", "a ** ".repeat(n)),
        format!("x = {}f()", "await ".repeat(n)),
        format!("x = {}f()", "a or b and ".repeat(n)),
        format!("x = f(){}", " < g()".repeat(n)),
        format!("x = f'{{f(){}}}'", "+g()".repeat(n)),
        format!("{}f()", "x = ".repeat(n)),
        format!("x = {}f(){}", "g(a+".repeat(250), ")".repeat(250)),
        format!("def f(a=f(){}): pass", "+1".repeat(n)),
        format!("del f(){}", ".a".repeat(n)),
        format!("for f(){} in x: pass", ".a".repeat(n)),
        format!("match f(){}:\n    case {}: pass", ".a".repeat(n), "a".to_owned() + &".a".repeat(n)),
        format!("match f():\n    case {}: pass", "'a' | ".repeat(n) + "'b'"),
        format!("@f(){}\nclass A(B{}): x: C{} = 1", ".a".repeat(n), ".a".repeat(n), ".a".repeat(n)),
    ];
    for text in &deep {
        let (m, _) = broken(text);
        let start = &text[..text.len().min(40)];
        assert_eq!(calls(&m, "f"), 1, "{start}");
        assert!(deepest(&m) < 400, "{start}: {}", deepest(&m));
    }
    assert_eq!(calls(&module(&deep[0]), "g"), n);
    assert_eq!(calls(&module(&deep[2]), "a"), n);
}

#[test]
fn calls_found_in_deep_expressions_stand_in_the_order_of_the_text() {
    let text = format!("x = f(1)(g(y, k='z')){}", "()".repeat(500));
    let m = module(&text);
    assert_eq!(show(&m, &m.calls[1].arguments[1].value), "\"z\"");
    let places: Vec<u32> = m.calls.iter().map(|c| c.at.end).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn long_ladders_and_rows_of_early_exits_stay_flat() {
    let n = 5_000;
    let ladder = format!("if a: pass\n{}else: f()\n", "elif g(x): pass\n".repeat(n));
    let row = format!("def f():\n{}    f()\n", "    if g(x): return\n".repeat(n));
    let arms = format!("match x:\n{}    case _: f()\n", "    case y if g(x): pass\n".repeat(n));
    for text in [ladder, row, arms] {
        let m = module(&text);
        assert_eq!((calls(&m, "g"), calls(&m, "f")), (n, 1));
        assert!(m.calls.iter().all(|c| m.around(c.branch).count() < 200));
    }
}

#[test]
fn statements_in_one_line_do_not_nest_without_end() {
    let (m, issues) = broken(&("if a:".repeat(20_000) + "f()"));
    assert!(issues > 0);
    assert_eq!(calls(&m, "f"), 1);
    let blocks: String = (0..300).map(|depth| format!("{}if a:\n", " ".repeat(depth))).collect();
    let (m, _) = broken(&format!("{blocks}{}f()\n", " ".repeat(300)));
    assert_eq!(calls(&m, "f"), 1);
    let withs: String = (0..300).map(|depth| format!("{}with a:\n", " ".repeat(depth))).collect();
    let (m, _) = broken(&format!("{withs}{}f()\n", " ".repeat(300)));
    assert_eq!(calls(&m, "f"), 1);
}

#[test]
fn values_stated_again_do_not_multiply() {
    let list = format!("[{}]", "1,".repeat(50_000));
    let text = "x = ".repeat(20_000) + &list;
    let m = module(&text);
    assert_eq!(m.assignments.len(), 20_000);
    let kept = m.assignments.iter().filter(|a| a.value.list().is_some()).count();
    assert!((2..100).contains(&kept), "{kept}");
    assert!(m.assignments.last().is_some_and(|a| a.value.list().is_some()));
}

#[test]
fn any_cut_of_a_file_is_read() {
    let text = "\u{feff}@a(f'{x!r:>{w}}')\nasync def f(a: 'ä', *b, c=lambda x: [y async for y in z if (n := 1)], **d) -> None:\n    try:\n        \
                match a:\n            case {'k': [1, *r], **s} | P(q=2) if t: return await g(*u, **v)\n    except* (E, F) as e: ...\n    finally: del h[1:2]\n";
    for (cut, _) in text.char_indices() {
        broken(&text[..cut]);
        broken(&text[cut..]);
    }
    assert!(!lines(&module(text)).is_empty());
}

#[test]
fn too_large_and_too_deep_files_are_issues() {
    let (m, issues) = broken(&"x\n".repeat(600_000));
    assert_eq!((m.functions.len(), issues), (0, 1));
    let (m, issues) = broken(&"(".repeat(300));
    assert_eq!((m.functions.len(), issues), (0, 1));
    assert!(matches!(module("x = 1").assignments[0].value.kind, Kind::Number(_)));
}
