use super::*;

fn read(text: &str) -> Markdown {
    let parsed = markdown(text.as_bytes());
    assert_eq!(parsed.issues, [], "{text}");
    parsed.value
}

#[test]
fn headings_and_their_sections() {
    let text = "# Top *one*\n\nintro\n\n## Backup `pg`\n\ndaily\n\n### Restore\n\ntested\n\nNext\n----\n\nend\n";
    let doc = read(text);
    let heads: Vec<_> = doc.headings.iter().map(|h| (h.level, h.text.as_str(), &text[h.span.range()])).collect();
    assert_eq!(
        heads,
        [(1, "Top one", "# Top *one*"), (2, "Backup pg", "## Backup `pg`"), (3, "Restore", "### Restore"), (2, "Next", "Next\n----")]
    );
    let section = |at| doc.section(at).map(|s| &text[s.range()]);
    assert_eq!(section(0), Some(text));
    assert_eq!(section(1), Some("## Backup `pg`\n\ndaily\n\n### Restore\n\ntested\n\n"));
    assert_eq!(section(3), Some("Next\n----\n\nend\n"));
    assert_eq!(section(4), None);
}

#[test]
fn code_blocks_hold_the_code_and_its_place() {
    let text = "```yaml compose.yml\na: 1\n\nb: 2\n```\n\n    indented\n\n- item\n  ```\n  x\n  ```\n\n~~~sh\n~~~\n";
    let doc = read(text);
    let blocks: Vec<_> = doc.code_blocks.iter().map(|b| (b.lang.as_deref(), b.info.as_str(), b.text.as_str(), b.fenced)).collect();
    assert_eq!(
        blocks,
        [
            (Some("yaml"), "yaml compose.yml", "a: 1\n\nb: 2\n", true),
            (None, "", "indented\n", false),
            (None, "", "x\n", true),
            (Some("sh"), "sh", "", true)
        ]
    );
    assert_eq!(&text[doc.code_blocks[0].span.range()], "a: 1\n\nb: 2\n");
    assert_eq!(&text[doc.code_blocks[2].span.range()], "x\n");
    assert!(text[doc.code_blocks[3].span.start as usize..].starts_with("~~~\n"));
    assert_eq!(doc.words, 1, "code is no prose");
}

#[test]
fn links_images_and_code_spans() {
    let text =
        "See [the *run* book](docs/run.md) and [![build](b.svg)](https://ci) with `make x`.\n\n[a]: ref.md\n[ref][a] <https://auto>\n";
    let doc = read(text);
    let links: Vec<_> = doc.links.iter().map(|l| (l.target.as_str(), l.text.as_str(), l.image)).collect();
    assert_eq!(
        links,
        [
            ("docs/run.md", "the run book", false),
            ("https://ci", "build", false),
            ("b.svg", "build", true),
            ("ref.md", "ref", false),
            ("https://auto", "https://auto", false)
        ]
    );
    assert_eq!(&text[doc.links[0].span.range()], "[the *run* book](docs/run.md)");
    assert_eq!(doc.code_spans[0].0, "make x");
    assert_eq!(&text[doc.code_spans[0].1.range()], "`make x`");
    assert_eq!(doc.paragraphs[0].0, "See the run book and build with make x.");
}

#[test]
fn items_have_their_own_text_and_state() {
    let text = "- [x] backups\n- [ ] restore\n  drill\n  - nested\n\n1. loose\n\n   second\n\n2. last\n";
    let doc = read(text);
    let items: Vec<_> = doc.items.iter().map(|i| (i.text.as_str(), i.checked)).collect();
    assert_eq!(items, [("backups", Some(true)), ("restore drill", Some(false)), ("nested", None), ("loose second", None), ("last", None)]);
    assert_eq!(&text[doc.items[0].span.range()], "- [x] backups");
    assert_eq!(&text[doc.items[1].span.range()], "- [ ] restore\n  drill\n  - nested");
}

#[test]
fn tables_are_rows_of_cells() {
    let text = "para\n\n| a | b `c` |\n|---|---|\n| 1 | ✅ done |\n| 2 |\n\nend\n";
    let doc = read(text);
    assert_eq!(doc.tables[0].rows, [["a", "b c"], ["1", "✅ done"], ["2", ""]]);
    assert!(text[doc.tables[0].span.range()].starts_with("| a |") && text[doc.tables[0].span.range()].ends_with("| 2 |"));
    assert_eq!(doc.words, 7);
}

#[test]
fn comments_and_html_are_not_text() {
    let doc = read("<!-- # TODO backups -->\n\na <!-- hidden --> b <b>c</b>\n\n<!--\n# Hidden\n-->\n\n# Shown\n");
    assert_eq!(doc.headings.len(), 1);
    assert_eq!(doc.paragraphs[0].0, "a  b c");
    assert_eq!(doc.words, 4);
}

#[test]
fn metadata_is_no_heading() {
    let text = "---\ntitle: Runbook\ntags: [a]\n---\n\n# Real\n\none\n\n---\n\ntwo\n";
    let doc = read(text);
    assert_eq!(doc.headings.iter().map(|h| h.text.as_str()).collect::<Vec<_>>(), ["Real"]);
    assert_eq!(doc.front_matter.map(|s| &text[s.range()]), Some("---\ntitle: Runbook\ntags: [a]\n---\n"));
    assert_eq!(doc.words, 3);
    let rule = read("---\n\n# Kept\n\n---\n");
    assert_eq!((rule.headings.len(), rule.front_matter), (1, None));
}

#[test]
fn words_are_counted_once() {
    assert_eq!(read("foo*bar* baz — `code` x\ny\n\n> quoted word\n\n- item one\n").words, 8);
}

#[test]
fn odd_bytes_and_line_ends() {
    let text = b"\xEF\xBB\xBF# One\r\n\r\na \xFF b\r\n\r\n```\r\nx\r\n```\r\n## Two\r\n";
    let parsed = markdown(text);
    assert_eq!(parsed.issues.len(), 1);
    assert_eq!(parsed.value.headings[0].text, "One");
    assert_eq!(&text[parsed.value.headings[1].span.range()], b"## Two");
    assert_eq!(parsed.value.paragraphs[0].0, "a ? b");
    assert_eq!(markdown(b"").value, Markdown::default());
}

#[test]
fn unclosed_markup_keeps_the_rest() {
    let doc = read("# A\n\n[open](x\n\n**bold\n\n```sh\nrm -rf\n");
    assert_eq!((doc.headings.len(), doc.code_blocks[0].text.as_str()), (1, "rm -rf\n"));
    assert_eq!(doc.paragraphs.len(), 2);
}

#[test]
fn hostile_nesting_is_flattened() {
    for open in [">", "> ", "- ", "+ ", "1. ", "* a\n", "["] {
        let text = format!("# Kept\n\n{}x\n{}", open.repeat(20_000), "\n".repeat(20_000));
        assert_eq!(markdown(text.as_bytes()).value.headings.len(), 1, "{open}");
    }
    let text = format!("a\n\n{}x\n", "> ".repeat(20_000));
    let parsed = markdown(text.as_bytes());
    assert_eq!(parsed.issues.len(), 1);
    assert_eq!(parsed.issues[0].span, Some(Span::new(67, 68)));
    let steps: String = (0..1000).map(|n| format!("{}- a\n", "  ".repeat(n))).collect();
    assert_eq!(markdown(steps.as_bytes()).issues.len(), 1);
    let images = format!("{}a{}\n", "![".repeat(20_000), "](x)".repeat(20_000));
    assert!(!markdown(images.as_bytes()).value.paragraphs.is_empty());
}

#[test]
fn rules_are_no_nesting() {
    for rule in ["- ", "* ", "-", "="] {
        assert_eq!(read(&format!("a\n\n{}\n\nb\n", rule.repeat(300))).headings.len(), 0);
    }
}
