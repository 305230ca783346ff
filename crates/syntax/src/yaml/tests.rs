use super::*;
use crate::{Entry, Kind, MAX_DEPTH};

fn one(text: &str) -> Node {
    let mut parsed = yaml(text.as_bytes());
    assert_eq!(parsed.issues, [], "{text}");
    assert_eq!(parsed.value.len(), 1, "{text}");
    parsed.value.remove(0)
}

fn at(text: &str, span: Span) -> &str {
    &text[span.range()]
}

fn keys(node: &Node) -> Vec<&str> {
    node.entries().iter().map(|e| &*e.key).collect()
}

fn text_of<'n>(node: &'n Node, path: &[&str]) -> Option<&'n str> {
    node.path(path).and_then(Node::scalar)
}

#[test]
fn scalars_are_typed_unless_quoted() {
    let node = one("a: true\nb: 'true'\nc: 3000\nd: \"3000\"\ne:\nf: ~\non: push\nyes: no\nv: 3.8\nt: !!str 5\n");
    assert_eq!((node.get("a").and_then(Node::as_bool), node.get("b").and_then(Node::as_str)), (Some(true), Some("true")));
    assert_eq!(node.get("c").map(|n| &n.kind), Some(&Kind::Number("3000".into())));
    assert_eq!(node.get("d").and_then(Node::as_str), Some("3000"));
    assert!(node.get("e").is_some_and(Node::is_null) && node.get("f").is_some_and(Node::is_null));
    assert_eq!((text_of(&node, &["on"]), text_of(&node, &["yes"])), (Some("push"), Some("no")));
    assert_eq!(node.get("t").and_then(Node::as_str), Some("5"));
}

#[test]
fn spans_are_exact() {
    let text = "# é\nname: \"a\\tb\" # c\nlist:\n  - é1\n  - {k: v, l: [1, 2]}\n  -\nblock: |\n  one\n  two\nempty:\nlast: 'it''s'\n";
    let node = one(text);
    let place = |path: &[&str]| at(text, node.path(path).expect("a value").span);
    assert_eq!(place(&["name"]), "\"a\\tb\"");
    assert_eq!(at(text, node.entry("name").expect("name").key_span), "name");
    let items = node.get("list").expect("list").items();
    assert_eq!(at(text, items[0].span), "é1");
    assert_eq!(at(text, items[1].span), "{k: v, l: [1, 2]}");
    assert_eq!(at(text, items[1].get("l").expect("l").span), "[1, 2]");
    assert!(items[2].is_null() && at(text, items[2].span).is_empty());
    assert_eq!(at(text, node.get("list").expect("list").span).trim_end(), "- é1\n  - {k: v, l: [1, 2]}\n  -");
    assert_eq!(node.get("block").and_then(Node::as_str), Some("one\ntwo\n"));
    assert!(at(text, node.entry("block").expect("block").span()).starts_with("block: |\n  one\n  two"));
    assert_eq!(at(text, node.entry("empty").expect("empty").span()), "empty:");
    assert_eq!((place(&["last"]), text_of(&node, &["last"])), ("'it''s'", Some("it's")));
    assert!(at(text, node.span).starts_with("name:") && at(text, node.span).ends_with("'it''s'"));
}

#[test]
fn a_byte_order_mark_moves_nothing() {
    let bytes = b"\xEF\xBB\xBFa: 10\nb:\n  c: 20\n";
    let parsed = yaml(bytes);
    assert_eq!(parsed.issues, []);
    assert_eq!(keys(&parsed.value[0]), ["a", "b"]);
    assert_eq!(&bytes[parsed.value[0].path(&["b", "c"]).expect("c").span.range()], b"20");
}

#[test]
fn aliases_are_copies_and_merge_keys_yield_to_explicit_ones() {
    let text = "base: &base {image: a, user: b}\nmore: &more\n  user: c\n  extra: d\nplain: *base\none:\n  <<: *base\n  user: mine\ntwo:\n  own: 1\n  <<: [*base, *more]\nquoted: {'<<': x}\n";
    let node = one(text);
    assert_eq!(text_of(&node, &["plain", "image"]), Some("a"));
    assert_eq!(at(text, node.get("plain").expect("plain").span), "*base");
    assert_eq!((text_of(&node, &["one", "image"]), text_of(&node, &["one", "user"])), (Some("a"), Some("mine")));
    assert_eq!(at(text, node.path(&["one", "image"]).expect("image").span), "a");
    assert_eq!((text_of(&node, &["two", "user"]), text_of(&node, &["two", "extra"])), (Some("b"), Some("d")));
    assert_eq!(keys(node.get("two").expect("two")), ["own", "image", "user", "extra"]);
    assert_eq!(text_of(&node, &["quoted", "<<"]), Some("x"));
}

#[test]
fn aliases_that_lead_nowhere_are_null() {
    for text in ["a: *none\nb: 1\n", "a: &a [*a]\nb: 1\n", "a: &x 1\n---\na: *x\nb: 1\n"] {
        let parsed = yaml(text.as_bytes());
        assert_eq!(parsed.issues.len(), 1, "{text}");
        assert_eq!(parsed.value.last().and_then(|n| text_of(n, &["b"])), Some("1"), "{text}");
    }
    let merged = yaml(b"a:\n  <<: 5\n  b: 1\n");
    assert_eq!((merged.issues.len(), text_of(&merged.value[0], &["a", "b"])), (1, Some("1")));
}

#[test]
fn a_duplicate_key_is_reported_and_the_last_value_wins() {
    let parsed = yaml(b"a: 1\nb: 2\na: 3\n");
    assert_eq!(parsed.issues.len(), 1);
    assert_eq!(parsed.issues[0].span, Some(Span::new(10, 11)));
    assert_eq!((keys(&parsed.value[0]), text_of(&parsed.value[0], &["a"])), (vec!["a", "b"], Some("3")));
    let many: String = (0..400).map(|n| format!("k{}: {n}\n", n % 200)).collect();
    let parsed = yaml(many.as_bytes());
    assert_eq!((parsed.value[0].entries().len(), text_of(&parsed.value[0], &["k7"])), (200, Some("207")));
    assert!(parsed.issues.last().is_some_and(|i| i.says.contains("100 more")));
}

#[test]
fn tags_are_kept() {
    let node = one("a: !Sub 'x${y}'\nb: !reset null\nc: !override [1]\nd: !GetAtt\n  - x\ne: !vault |\n  abc\nf: !!int 5\n");
    let tags: Vec<Option<&str>> = node.entries().iter().map(|e| e.value.tag.as_deref()).collect();
    assert_eq!(tags, [Some("!Sub"), Some("!reset"), Some("!override"), Some("!GetAtt"), Some("!vault"), None]);
    assert!(node.get("b").is_some_and(Node::is_null));
    assert_eq!(node.get("c").map(|n| n.items().len()), Some(1));
}

#[test]
fn documents_are_read_beside_broken_ones() {
    let text = "a: 1\n---\n---\nb: [1, 2\nc: {\n---\nd: 4\n";
    let parsed = yaml(text.as_bytes());
    assert_eq!(parsed.issues.len(), 1, "{:?}", parsed.issues);
    assert!(parsed.issues[0].span.is_some());
    assert_eq!(parsed.value.first().and_then(|n| text_of(n, &["a"])), Some("1"));
    assert_eq!(parsed.value.last().and_then(|n| text_of(n, &["d"])), Some("4"));
    assert_eq!(parsed.value.len(), 3, "the empty document is left out");
}

#[test]
fn a_broken_document_keeps_what_came_before() {
    let parsed = yaml(b"services:\n  web:\n    image: nginx\n    ports: [80]\n  db:\n    image: \"unclosed\n    x\n");
    assert_eq!(parsed.issues.len(), 1);
    assert_eq!(text_of(&parsed.value[0], &["services", "web", "image"]), Some("nginx"));
    assert!(parsed.value[0].path(&["services", "db"]).is_some());
}

#[test]
fn what_is_no_text_is_an_issue() {
    for bytes in [&b"\xFF\xFEa\0"[..], b"a: \0"] {
        assert_eq!((yaml(bytes).value.len(), yaml(bytes).issues.len()), (0, 1));
    }
    let parsed = yaml(b"a: \xFFx\nb: 1\n");
    assert_eq!((parsed.issues.len(), text_of(&parsed.value[0], &["b"])), (1, Some("1")));
    assert_eq!(yaml(b""), Parsed::default());
    assert_eq!(yaml(b"# only a comment\n"), Parsed::default());
}

#[test]
fn hostile_nesting_ends_in_an_issue() {
    let indented: String = (0..3_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    let texts = [
        "[".repeat(20_000),
        "{a: ".repeat(20_000),
        "- ".repeat(20_000),
        "? ".repeat(20_000),
        format!("{}x", "- ".repeat(20_000)),
        indented,
    ];
    for text in texts {
        let parsed = yaml(text.as_bytes());
        assert!(!parsed.issues.is_empty(), "{}", &text[..10]);
        assert!(parsed.value.iter().all(|n| depth(n) <= MAX_DEPTH));
    }
}

/// Twenty thousand nested block mappings with the least indentation would be 200 MB; a list item holds a mapping in two bytes.
#[test]
fn twenty_thousand_nested_mappings_end_in_an_issue() {
    let text = (0..2_000).map(|n| format!("{}- a:\n", " ".repeat(n * 2))).collect::<String>();
    assert!(!yaml(text.as_bytes()).issues.is_empty());
    let text = format!("a: {}", "- a: ".repeat(20_000));
    assert!(!yaml(text.as_bytes()).issues.is_empty());
    let text = "- a: ".repeat(20_000);
    assert!(!yaml(text.as_bytes()).issues.is_empty());
}

#[test]
fn an_alias_bomb_is_bounded() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..12 {
        let alias = format!("*a{}", n - 1);
        text.push_str(&format!("a{n}: &a{n} [{}]\n", vec![alias; 10].join(", ")));
    }
    let parsed = yaml(text.as_bytes());
    assert!(parsed.issues.iter().any(|i| i.says.contains("aliases make more")));
    assert!(count(&parsed.value[0]) < 400_000);
    assert_eq!(parsed.value[0].path(&["a1"]).map(|n| n.items().len()), Some(10));
}

#[test]
fn aliases_do_not_nest_deeper_than_the_limit() {
    let mut text = String::from("a0: &a0 [x]\n");
    for n in 1..400 {
        text.push_str(&format!("a{n}: &a{n} [[*a{}]]\n", n - 1));
    }
    let parsed = yaml(text.as_bytes());
    assert!(parsed.issues.iter().any(|i| i.says.contains("nests deeper")));
    assert!(depth(&parsed.value[0]) <= MAX_DEPTH + 1);
}

#[test]
fn keys_may_be_anything() {
    let node = one("? [a, b]\n: 1\n12: x\n? c\ntrue: y\n");
    assert_eq!(keys(&node), ["[a, b]", "12", "c", "true"]);
    assert!(node.get("c").is_some_and(Node::is_null));
}

#[test]
fn github_expressions_stay_strings() {
    let node = one("on: push\nrun: ${{ github.sha }}\nif: \"{{ x }}\"\nwhen: \"a {{ b }} c\"\n");
    assert_eq!(node.get("run").and_then(Node::as_str), Some("${{ github.sha }}"));
    assert_eq!(node.get("if").and_then(Node::as_str), Some("{{ x }}"));
    assert!(node.entries().iter().all(|e: &Entry| e.value.as_str().is_some()));
}

const CHART: &str = r#"{{- if .Values.enabled -}}
{{/* a comment: of
  two lines */}}
apiVersion: apps/v1
metadata:
  name: {{ include "x.name" . }}-web
  labels:
    {{- include "x.labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicas }}
  {{- with .Values.strategy }}
  strategy:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  template:
    image: "{{ .Values.image }}:{{ .Values.tag }}{{ "}}" }}"
    {{ .Values.key }}: 1
    port: 80
    args: [{{ .a }}, b]
    script: |
      echo
      {{- if .x }}
      exit 1
      {{- end }}
    quiet: |
      echo
{{- if .Values.two }}
    mode: a
{{- else }}
    mode: b
{{- end }}
    none:
    after: 1
{{- end }}
"#;

#[test]
fn a_chart_is_read_around_its_actions() {
    let node = one(CHART);
    let kind = |path: &[&str]| node.path(path).map(|n| n.kind.clone());
    let template = |text: &str| Some(Kind::Templated(text.into()));
    assert_eq!(text_of(&node, &["apiVersion"]), Some("apps/v1"));
    assert_eq!(kind(&["metadata", "name"]), template("{{ include \"x.name\" . }}-web"));
    assert_eq!(kind(&["metadata", "labels"]), template("{{- include \"x.labels\" . | nindent 4 }}"));
    assert_eq!(kind(&["spec", "replicas"]), template("{{ .Values.replicas }}"));
    assert_eq!(kind(&["spec", "strategy"]), template("{{- toYaml . | nindent 4 }}"));
    assert_eq!(text_of(&node, &["spec", "template", "port"]), Some("80"));
    assert_eq!(text_of(&node, &["spec", "template", "{{ .Values.key }}"]), Some("1"));
    let args = node.path(&["spec", "template", "args"]).expect("args").items();
    assert_eq!((&args[0].kind, args[1].as_str()), (&Kind::Templated("{{ .a }}".into()), Some("b")));
    assert!(matches!(kind(&["spec", "template", "script"]), Some(Kind::Templated(t)) if t.contains("{{- if .x }}")));
    assert_eq!(text_of(&node, &["spec", "template", "quiet"]), Some("echo\n"));
    assert!(matches!(kind(&["spec", "template", "mode"]), Some(Kind::Templated(_))), "which branch holds is not known");
    assert_eq!(kind(&["spec", "template", "none"]), Some(Kind::Null));
    let name = node.path(&["metadata", "name"]).expect("a name");
    assert_eq!(at(CHART, name.span), "{{ include \"x.name\" . }}-web");
}

#[test]
fn an_action_that_passes_for_a_mapping_is_a_template() {
    let node = one("a: 1\nreplicas: {{ .Values.replicas }}\n");
    assert_eq!(node.get("replicas").map(|n| &n.kind), Some(&Kind::Templated("{{ .Values.replicas }}".into())));
    let node = one("{{ include \"all\" . }}\n");
    assert_eq!(node.kind, Kind::Templated("{{ include \"all\" . }}".into()));
    let node = one("{% if x %}\na: {{ b }}\n{% endif %}\n{# note #}\nc: 1\n");
    assert_eq!(keys(&node), ["a", "c"]);
    assert!(has_template(b"{% if %}") && has_template(b"{{") && !has_template(b"{a: 1}"));
}

#[test]
fn unclosed_actions_are_survived() {
    for text in ["a: {{ x\nb: 1\n".to_owned(), "{{)){%)".repeat(20_000), "{{`)) {{\"))\n".repeat(20_000)] {
        assert!(!yaml(text.as_bytes()).issues.is_empty());
    }
}

fn depth(node: &Node) -> usize {
    let children = node.items().iter().chain(node.entries().iter().map(|e| &e.value));
    children.map(|n| depth(n) + 1).max().unwrap_or(0)
}

fn count(node: &Node) -> usize {
    let children = node.items().iter().chain(node.entries().iter().map(|e| &e.value));
    1 + children.map(count).sum::<usize>()
}
