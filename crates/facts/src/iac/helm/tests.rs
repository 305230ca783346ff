//! Templates print what Helm prints; what is not known stays so; each part keeps its place.

use plimsoll_base::{FileId, Location};

use super::datum::{Datum, Fields};
use super::engine::{Defines, Engine};
use super::parse::parse;
use super::place::documents;
use super::text::Text;
use super::tree::Source;
use crate::iac::value::{Shape, Value};

fn values(text: &str) -> Datum {
    let parsed = plimsoll_syntax::yaml(text.as_bytes());
    parsed.value.first().map_or_else(|| Datum::map(Fields::new()), |n| Datum::of(n, FileId(1)))
}

fn rendered(template: &str, given: &str) -> (Text, Vec<String>) {
    let parsed = parse(Source { file: FileId(0), text: template.into(), embedded: false }).expect("a template");
    let defines: Defines = parsed.defines.iter().cloned().collect();
    let none = |_: &str| None;
    let mut engine = Engine::new(defines, &none, "shop");
    let release = Datum::map(Fields::from([("Name".into(), Datum::text("shop")), ("Namespace".into(), Datum::UNKNOWN)]));
    let dot = Datum::map(Fields::from([("Values".into(), values(given)), ("Release".into(), release)]));
    let text = engine.render(&parsed, &dot);
    (text, engine.unknown)
}

fn print(template: &str, given: &str) -> String {
    rendered(template, given).0.text
}

fn one(template: &str, given: &str) -> Value {
    let (text, unknown) = rendered(template, given);
    let mut all = documents(&text, &unknown).expect("YAML");
    assert_eq!(all.len(), 1, "{}", text.text);
    all.remove(0).0
}

#[test]
fn blocks_variables_and_trim_signs() {
    assert_eq!(print("a\n{{- if .Values.x }}\nb\n{{- else if .Values.y }}\nc\n{{- else }}\nd\n{{- end }}\n", "y: 1"), "a\nc\n");
    assert_eq!(print("{{ range $k, $v := .Values.m }}{{ $k }}={{ $v }};{{ end }}", "m: {b: 2, a: 1}"), "a=1;b=2;", "by name");
    assert_eq!(print("{{ range $i, $v := .Values.l }}{{ if $i }},{{ end }}{{ $v }}{{ end }}", "l: [x, y]"), "x,y");
    assert_eq!(print("{{ range .Values.none }}a{{ else }}b{{ end }}", ""), "b");
    assert_eq!(print("{{ with .Values.a }}{{ .b }}{{ $.Values.c }}{{ end }}", "{a: {b: 1}, c: 2}"), "12");
    assert_eq!(print("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}", ""), "2");
    assert_eq!(
        print("{{ range until 9 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ if gt . 3 }}{{ break }}{{ end }}{{ . }}{{ end }}", ""),
        "023"
    );
    assert_eq!(print("{{/* {{ no }} */}}a{{ \"}}\" }}{{ `b` }}", ""), "a}}b");
}

#[test]
fn helpers_and_functions() {
    let helper = "{{ define \"n\" }}{{ printf \"%s-%s\" .Release.Name \"web\" | trunc 6 | trimSuffix \"-\" }}{{ end }}";
    assert_eq!(print(&format!("{helper}{{{{ include \"n\" . | quote }}}}"), ""), "\"shop-w\"");
    assert_eq!(
        print("{{ .Values.tag | default \"1\" }}{{ ternary \"a\" \"b\" .Values.on }}{{ coalesce .Values.z \"c\" }}", "on: true"),
        "1ac"
    );
    assert_eq!(print("{{ toYaml .Values.m | nindent 2 }}", "m: {b: [1, 'x: y'], a: 'true'}"), "\n  a: \"true\"\n  b:\n  - 1\n  - \"x: y\"");
    assert_eq!(
        print("{{ (dict \"a\" (list 1 2)).a | join \"-\" }}{{ get (merge (dict \"k\" 1) (dict \"k\" 2 \"l\" 3)) \"l\" }}", ""),
        "1-23"
    );
    assert_eq!(print("{{ tpl .Values.t . }}{{ b64enc \"hi\" }}{{ b64dec \"aGk=\" }}", "t: '{{ .Release.Name }}'"), "shopaGk=hi");
    assert_eq!(
        print("{{ if semverCompare \">=1.19-0 <2\" \"v1.34.0\" }}new{{ end }}{{ if hasKey .Values \"a\" }}!{{ end }}", "a: null"),
        "new!"
    );
    assert_eq!(print("{{ regexReplaceAll \"[^a-z]\" \"a1b\" \"\" }}{{ lower \"X\" }}{{ kindOf .Values.l }}", "l: []"), "abxslice");
    assert_eq!(print("{{ and .Values.a .Values.b }}{{ or .Values.a 2 }}{{ not nil }}{{ eq 1 2 1 }}", "{a: 0, b: 1}"), "02truetrue");
}

#[test]
fn what_is_not_known_is_never_guessed() {
    let value = one(
        "a: {{ .Release.Namespace }}\nb: x-{{ lookup \"v1\" \"Secret\" \"\" \"\" }}\nc: {{ required \"say it\" .Values.c }}\nd: {{ now }}\n",
        "",
    );
    for name in ["a", "b", "c", "d"] {
        assert!(value.get(name).is_some_and(Value::is_unknown), "{name}");
    }
    assert_eq!(value.get("a").and_then(Value::written), Some("{{ .Release.Namespace }}"), "as the template says it");
    // A field that only the cluster decides is unknown, and so is one whose branches are not decided.
    let value = one("{{- if .Release.Namespace }}\na: 1\n{{- else }}\na: 2\n{{- end }}\nb: 3\n", "");
    assert!(value.get("a").is_some_and(Value::is_unknown) && value.get("b").is_some_and(|b| b.is("3")));
    // What decides nothing does not spread.
    assert_eq!(print("{{ and false .Release.Namespace }}{{ or true .Release.Namespace }}", ""), "falsetrue");
    // Alone among fields it stands for fields.
    let value = one("labels:\n  {{- include \"missing.labels\" . | nindent 2 }}\n  app: web\n", "");
    assert!(value.path(&["labels", "app"]).is_some_and(|a| a.is("web")));
    let value = one("list:\n  - a\n  {{- include \"missing.items\" . | nindent 2 }}\n", "");
    assert_eq!(value.get("list").map(|l| l.items().len()), Some(2));
}

#[test]
fn places_lead_to_the_template_and_to_the_values() {
    let template = "kind: A\nname: x-{{ .Values.name }}\nimage: {{ .Values.image }}\nlimits:\n  {{- toYaml .Values.limits | nindent 2 }}\n";
    let given = "name: web\nimage: acme/web\nlimits:\n  cpu: 1\n  memory: 1Gi\n";
    let value = one(template, given);
    let cut = |at: Location| {
        let text = if at.file == FileId(0) { template } else { given };
        at.span.map(|s| text[s.range()].to_owned()).unwrap_or_default()
    };
    assert_eq!(cut(value.field("kind").expect("kind").at), "kind: A");
    assert!(cut(value.get("name").expect("name").at).starts_with("x-{{ .Values.name }}"), "said by both: the template");
    assert_eq!(cut(value.get("image").expect("image").at), "image: acme/web", "said by one value");
    assert_eq!(cut(value.path(&["limits", "memory"]).expect("memory").at), "memory: 1Gi");
}

#[test]
fn hostile_templates_end() {
    let fits = |text: &str| parse(Source { file: FileId(0), text: text.into(), embedded: false }).is_some();
    assert!(
        !fits("{{ if")
            && !fits("{{ end }}")
            && !fits("{{ if x }}")
            && !fits("{{ ( }}")
            && !fits("{{ | }}")
            && !fits(&"{{ if a }}".repeat(5_000))
    );
    assert!(!fits(&format!("{{{{ {} }}}}", "(".repeat(5_000))));
    assert!(fits("{{ }}{{-}}x") || !fits("{{-}}x"), "either, but no panic");
    // Templates that call themselves, maps that hold themselves, loops in loops.
    print("{{ define \"a\" }}{{ include \"a\" . }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}", "");
    print("{{ $d := dict }}{{ $x := set $d \"d\" $d }}{{ toYaml $d }}{{ $y := merge $d $d }}{{ eq $d (deepCopy $d) }}", "");
    print("{{ range until 900 }}{{ range until 900 }}{{ range until 900 }}{{ repeat 900 \"x\" }}{{ end }}{{ end }}{{ end }}", "");
    print("{{ tpl .Values.t . }}", "t: '{{ tpl .Values.t . }}'");
    print("{{ \"é\" | indent -5 | trunc -99999999999 | substr 5 2 | div 1 0 }}", "");
    assert!(matches!(one("a: {{ .Values.e | quote }}", "e: \"\u{e000}7\u{e001}\"").get("a").map(|v| &v.shape), Some(Shape::Unknown(_))));
}
