use super::*;

fn read(text: &str) -> Vec<DotenvEntry> {
    let parsed = dotenv(text.as_bytes());
    assert_eq!(parsed.issues, [], "{text}");
    parsed.value
}

fn value(line: &str) -> String {
    let mut entries = read(line);
    assert_eq!(entries.len(), 1, "{line}");
    entries.remove(0).value
}

#[test]
fn keys_and_values_carry_their_places() {
    let text = "# head\n\nexport  API_KEY = \"s3\\\"cret\" # why\nPORT=3000\n";
    let entries = read(text);
    assert_eq!(entries.len(), 2);
    assert_eq!((entries[0].key.as_str(), entries[0].value.as_str()), ("API_KEY", "s3\"cret"));
    assert_eq!((&text[entries[0].key_span.range()], &text[entries[0].value_span.range()]), ("API_KEY", "s3\\\"cret"));
    assert!(entries[0].exported && !entries[0].commented);
    assert_eq!((entries[0].quote, entries[1].quote), (Some('"'), None));
    assert_eq!((&text[entries[1].key_span.range()], &text[entries[1].value_span.range()]), ("PORT", "3000"));
    assert!(!entries[1].exported);
}

#[test]
fn values_as_people_write_them() {
    assert_eq!(value("A=two words"), "two words");
    assert_eq!(value("CRON=*/5 * * * *"), "*/5 * * * *");
    assert_eq!(value("A=<your key>"), "<your key>");
    assert_eq!(value("A=x # note"), "x");
    assert_eq!(value("A=x#1"), "x#1");
    assert_eq!(value("A=#1"), "#1");
    assert_eq!(value("A= # note"), "");
    assert_eq!(value("A="), "");
    assert_eq!(value("A=\"\""), "");
    assert_eq!(value("A='it # stays \\n'"), "it # stays \\n");
    assert_eq!(value("A=`b \"c\" 'd'`"), "b \"c\" 'd'");
    assert_eq!(value("A=\"a\\nb\\q\\$x\""), "a\nb\\q$x");
    assert_eq!(value("A=\"b\" c"), "\"b\" c");
    assert_eq!(value("A={\"b\": 1}"), "{\"b\": 1}");
    assert_eq!(value("A=postgres://u:p@h/db?x=y"), "postgres://u:p@h/db?x=y");
    assert_eq!(value("spring.datasource.url=jdbc:x"), "jdbc:x");
    assert_eq!(value("A=${B:-c}"), "${B:-c}");
    assert_eq!(value("A=grüße  "), "grüße");
}

#[test]
fn an_empty_value_stands_after_the_equals_sign() {
    for text in ["A=", "A=   ", "A= # note", "A=\r\n"] {
        assert_eq!(read(text)[0].value_span, Span::new(2, 2), "{text:?}");
    }
}

#[test]
fn private_keys_span_lines() {
    let text = "KEY=\"-----BEGIN-----\nMIIE=\n-----END-----\"\nNEXT='a\nb'\nLAST=1\n";
    let entries = read(text);
    assert_eq!(entries.iter().map(|e| e.key.as_str()).collect::<Vec<_>>(), ["KEY", "NEXT", "LAST"]);
    assert_eq!(entries[0].value, "-----BEGIN-----\nMIIE=\n-----END-----");
    assert_eq!(&text[entries[0].value_span.range()], entries[0].value);
    assert_eq!(entries[1].value, "a\nb");
}

#[test]
fn commented_out_entries_are_told_from_prose() {
    let text = "# SENTRY_DSN=https://x\n#export A=1\n#B = \"2\"\n# see https://x?y=z\n# the default = 5\n# default = 5\n# rate=5\n#KEY=\"open\nC=3\n";
    let entries = read(text);
    let keys: Vec<_> = entries.iter().map(|e| (e.key.as_str(), e.commented)).collect();
    assert_eq!(keys, [("SENTRY_DSN", true), ("A", true), ("B", true), ("rate", true), ("KEY", true), ("C", false)]);
    assert!(entries[1].exported);
    assert_eq!(&text[entries[2].value_span.range()], "2");
}

#[test]
fn what_is_no_entry_is_an_issue_at_its_place() {
    let text = "A=1\nKEY: value\nonly words\n  =x\n1A=x\nB=2\n";
    let parsed = dotenv(text.as_bytes());
    assert_eq!(parsed.value.len(), 2);
    let places: Vec<_> = parsed.issues.iter().filter_map(|i| i.span).map(|s| &text[s.range()]).collect();
    assert_eq!(places, ["KEY: value", "only words", "=x", "1A=x"]);
}

#[test]
fn an_open_quote_costs_no_other_line() {
    for text in ["A=\"open\nB=\"b\"\nC=c\n", "A='open\nB=b\nC=c\n", "A=\"open\\\"\nB=b\nC=c"] {
        let parsed = dotenv(text.as_bytes());
        let pairs: Vec<_> = parsed.value.iter().map(|e| (e.key.as_str(), e.value.trim_end_matches("\\\""))).collect();
        assert_eq!(pairs, [("A", "open"), ("B", "b"), ("C", "c")], "{text}");
        assert_eq!(parsed.issues.len(), 1);
        assert!(text[parsed.issues[0].span.expect("a place").range()].starts_with("open"));
    }
}

#[test]
fn odd_bytes_and_line_ends() {
    let text = b"\xEF\xBB\xBFA=1\r\nB=\"2\"\r\nC=\xFF x\r\n";
    let parsed = dotenv(text);
    let pairs: Vec<_> = parsed.value.iter().map(|e| (e.key.as_str(), e.value.as_str())).collect();
    assert_eq!(pairs, [("A", "1"), ("B", "2"), ("C", "? x")]);
    assert_eq!(&text[parsed.value[1].key_span.range()], b"B");
    assert_eq!(parsed.issues.len(), 1);
    assert_eq!(dotenv(b"").value, []);
}

#[test]
fn hostile_quotes_are_bounded() {
    for line in ["A=\"\n", "A=\"\\\n", "A='\"`\n", "A=\"\\\"\n", "\"\n", "=\n", "export\n", "#\n"] {
        let parsed = dotenv(line.repeat(20_000).as_bytes());
        assert!(parsed.issues.len() < 200, "{line:?}");
    }
}
