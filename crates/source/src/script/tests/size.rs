//! That no text is too much: long chains, deep nesting, broken ends.

use crate::{Dialect, Kind, Module, read};
use plimsoll_syntax::Parsed;

const MANY: usize = 20_000;

/// Reads on a stack as the program gives it to its threads.
fn parsed(dialect: Dialect, text: String) -> Parsed<Module> {
    let run = move || read(dialect, &text);
    std::thread::Builder::new().stack_size(16 << 20).spawn(run).expect("a thread").join().expect("no panic")
}

fn long(dialect: Dialect, text: String) -> Module {
    let parsed = parsed(dialect, text);
    assert_eq!(parsed.issues, []);
    parsed.value
}

#[test]
fn long_sums_are_read_to_their_end() {
    let module = long(Dialect::JavaScript, format!("const a = b(){};", "\n + c()".repeat(MANY)));
    assert_eq!(module.calls.len(), MANY + 1);
    assert_eq!(module.assignments[0].value.kind, Kind::Other);
}

#[test]
fn long_chains_of_calls_are_read_to_their_end() {
    let module = long(Dialect::JavaScript, format!("a(){};", "\n.then(b => c())".repeat(MANY)));
    assert_eq!(module.calls.len(), 2 * MANY + 1);
    let last = module.calls.last().expect("calls");
    assert!(last.dropped && last.method() == Some("then") && last.receiver().and_then(|r| module.called(r)).is_some());
}

#[test]
fn long_chains_of_members_are_read_to_their_end() {
    let module = long(Dialect::JavaScript, format!("a{}(b());", "\n.c[d()]".repeat(MANY)));
    assert_eq!(module.calls.len(), MANY + 2);
}

#[test]
fn long_ladders_are_read_to_their_end() {
    let module = long(Dialect::JavaScript, format!("if (a) b();{}", "\nelse if (a) b();".repeat(MANY)));
    assert_eq!(module.calls.len(), MANY + 1);
    let deepest = module.calls.iter().map(|c| module.around(c.branch).count()).max();
    assert!(deepest <= Some(super::super::MAX_CONDITIONS as usize));
}

#[test]
fn many_early_exits_are_read_to_their_end() {
    let module = long(Dialect::JavaScript, format!("function f() {{{}}}", "\nif (a) return; b();".repeat(MANY)));
    assert_eq!(module.calls.len(), MANY);
}

#[test]
fn long_conditions_are_read_to_their_end() {
    for join in ["&&", "||", "??"] {
        let module = long(Dialect::JavaScript, format!("a(){};", format!("\n {join} b()").repeat(MANY)));
        assert_eq!(module.calls.len(), MANY + 1);
    }
}

/// What nests without brackets, or so that brackets cannot be counted without reading the language: read or refused, and the stack holds.
#[test]
fn deep_nesting_is_read_or_refused() {
    let around = |before: &str, within: &str, after: &str| {
        format!("{}{within}{}", format!("\n{before}").repeat(MANY), format!("\n{after}").repeat(MANY))
    };
    let texts = [
        (Dialect::JavaScript, around("a ? b : ", "c", "")),
        (Dialect::JavaScript, around("a ? ", "c", " : b")),
        (Dialect::JavaScript, around("a = ", "b", "")),
        (Dialect::JavaScript, around("a => ", "b", "")),
        (Dialect::JavaScript, around("!", "b", "")),
        (Dialect::JavaScript, around("- ", "b", "")),
        (Dialect::JavaScript, around("typeof ", "b", "")),
        (Dialect::JavaScript, around("async a => await ", "b", "")),
        (Dialect::JavaScript, around("new ", "b", "")),
        (Dialect::JavaScript, around("a ** ", "b", "")),
        (Dialect::JavaScript, around("if (a) ", "b", "")),
        (Dialect::JavaScript, around("for (;;) ", "b", "")),
        (Dialect::JavaScript, around("do ", "b", " while (c)")),
        (Dialect::JavaScript, around("a: ", "b", "")),
        (Dialect::JavaScript, around("class extends ", "b", " {}")),
        (Dialect::JavaScript, around("<a>", "b", "</a>")),
        (Dialect::JavaScript, around("<a b=", "<c/>", "/>")),
        (Dialect::JavaScript, around("a(')', ", "b", ")")),
        (Dialect::JavaScript, around("/* ] */ [", "b", "]")),
        (Dialect::JavaScript, around("/* } */ {", "b", "}")),
        (Dialect::JavaScript, around("function a(/*}*/) {/*)*/", "b", "}")),
        (Dialect::JavaScript, around("`}${", "b", "}`")),
        (Dialect::JavaScript, around("({ a: /*})*/ ", "b", "})")),
        (Dialect::JavaScript, around("/*]*/ [", "a", "] = b")),
        (Dialect::TypeScript, around("<a>", "b", "")),
        (Dialect::TypeScript, format!("let a: {}", around("A<", "b", ">"))),
        (Dialect::TypeScript, format!("let a: {}", around("keyof ", "b", ""))),
        (Dialect::TypeScript, format!("let a: {}", around("a extends b ? c : ", "d", ""))),
        (Dialect::TypeScript, format!("let a: {}", around("(/*)*/", "d", ")"))),
        (Dialect::TypeScript, format!("let a: {}", around("() => ", "d", ""))),
        (Dialect::TypeScript, format!("let a: {}", around("A | ", "d", "[]"))),
        (Dialect::TypeScript, format!("namespace {} {{}}", around("a.", "b", ""))),
        (Dialect::TypeScript, format!("let a: {}", around("a.", "b", ""))),
        (Dialect::TypeScript, format!("let a: {}", around("a", "", "['b']"))),
        (Dialect::TypeScript, around("a<b>", "", "()")),
    ];
    for (dialect, text) in texts {
        assert!(!crate::is_minified(&text));
        parsed(dialect, text);
    }
}

#[test]
fn what_is_cut_off_is_said() {
    let parsed = parsed(Dialect::JavaScript, format!("a(); {}b();", "\n!".repeat(1_000)));
    assert_eq!(parsed.value.calls.len(), 1);
    assert!(parsed.issues.iter().any(|i| i.says.starts_with("nested deeper")), "{:?}", parsed.issues);
}

#[test]
fn minified_text_is_no_source() {
    let code = "a(b,c);".repeat(4_000);
    assert!(crate::is_minified(&code));
    assert_eq!(read(Dialect::JavaScript, &code), Parsed::clean(Module::default()));
    let picture = format!("export const picture = 'data:image/png;base64,{}';\n{}", "QUJD".repeat(10_000), "use(picture);\n".repeat(100));
    assert!(!crate::is_minified(&picture));
    assert!(!crate::is_minified("a();\n"));
}

/// Every prefix of every form, and every form without one of its bytes: never a panic.
#[test]
fn broken_forms_are_survived() {
    for form in include_str!("forms.txt").split("\n## ").skip(1) {
        let source = form.split_once('\n').and_then(|(_, rest)| rest.split_once("\n----\n")).map_or("", |(source, _)| source);
        let dialects = [Dialect::JavaScript, Dialect::TypeScript, Dialect::Vue, Dialect::Svelte, Dialect::Astro];
        for (at, _) in source.char_indices() {
            for dialect in dialects {
                read(dialect, &source[..at]);
            }
            let mut without: String = source.to_owned();
            without.remove(at);
            read(dialects[at % dialects.len()], &without);
        }
    }
}

#[test]
fn brackets_are_counted_where_they_are_code() {
    let deep = "\n(".repeat(super::super::nesting::MAX_BRACKETS + 1);
    let refused = parsed(Dialect::JavaScript, format!("a(); {deep}"));
    assert!(refused.issues.iter().any(|i| i.says.starts_with("brackets nest deeper")), "{:?}", refused.issues);
    for text in [
        format!("a(); /*{deep}*/"),
        format!("a(`{deep}`);"),
        "a('(', \"[{\", /[(]\\(/);\n".repeat(100),
        "// ((\na(`${b(`${c}`)}`);\n".repeat(100),
    ] {
        let read = parsed(Dialect::JavaScript, text);
        assert_eq!(read.issues, []);
        assert!(!read.value.calls.is_empty());
    }
}
