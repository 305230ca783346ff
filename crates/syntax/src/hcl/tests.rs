use super::*;

fn read(text: &str) -> Body {
    let parsed = hcl(text.as_bytes());
    assert_eq!(parsed.issues, [], "{text}");
    parsed.value
}

fn value(text: &str) -> Expr {
    read(&format!("x = {text}\n")).attributes.remove(0).value
}

#[test]
fn blocks_and_attributes_carry_their_places() {
    let text = "# main\nresource \"aws_db_instance\" \"main\" {\n  multi_az = true\n  tags = { Name = \"db\" }\n\n  timeouts {\n    create = \"1h\"\n  }\n}\n";
    let body = read(text);
    let block = &body.blocks[0];
    assert_eq!((block.kind.as_str(), block.label(0), block.label(1)), ("resource", Some("aws_db_instance"), Some("main")));
    assert_eq!(&text[block.head.range()], "resource \"aws_db_instance\" \"main\"");
    assert!(text[block.span.range()].ends_with("  }\n}"));
    let multi_az = block.body.attribute("multi_az").expect("it is there");
    assert_eq!(multi_az.value.as_bool(), Some(true));
    assert_eq!(&text[multi_az.span.range()], "multi_az = true");
    assert_eq!(&text[multi_az.name_span.range()], "multi_az");
    let name = &block.body.get("tags").expect("it is there").entries()[0];
    assert_eq!((&text[name.0.span.range()], &text[name.1.span.range()]), ("Name", "\"db\""));
    assert_eq!(block.body.get("tags").and_then(|t| t.get("Name")).and_then(Expr::as_str), Some("db"));
    let timeouts = block.body.block("timeouts").expect("it is there");
    assert_eq!(timeouts.body.get("create").and_then(Expr::as_str), Some("1h"));
    assert_eq!(body.blocks("resource").count(), 1);
}

#[test]
fn scalars() {
    assert!(value("null").is_null());
    assert_eq!(value("1.50").as_number(), Some("1.50"));
    assert_eq!(value("-3").as_number(), Some("-3"));
    assert_eq!(value(r#""a\n\"b\" $${c}""#).as_str(), Some("a\n\"b\" ${c}"));
    assert_eq!(value("\"\"").as_str(), Some(""));
    assert_eq!(value("[\"a\", 1, false]").items().iter().filter_map(Expr::scalar).collect::<Vec<_>>(), ["a", "1", "false"]);
}

#[test]
fn heredocs_are_strings_or_templates() {
    assert_eq!(value("<<-EOT\n    a {\n      b\n    EOT").as_str(), Some("a {\n  b\n"));
    assert_eq!(value("<<EOT\nEOT").as_str(), Some(""));
    let ExprKind::Template(parts) = value("<<EOT\nhi ${var.x}\nEOT").kind else { panic!("no template") };
    assert_eq!(parts.len(), 3);
    assert_eq!(parts[0], TemplatePart::Literal("hi ".into()));
}

#[test]
fn references_hold_their_constant_steps() {
    let path = |text: &str| value(text).reference().map(|p| p.join("/"));
    assert_eq!(path("var.x"), Some("var/x".into()));
    assert_eq!(path("aws_lb.a[0].arn"), Some("aws_lb/a/0/arn".into()));
    assert_eq!(path("aws_lb.a.0.arn"), Some("aws_lb/a/0/arn".into()));
    assert_eq!(path("local.m[\"key\"]"), Some("local/m/key".into()));
    assert_eq!(path("string"), Some("string".into()));
    assert_eq!(path("(var.x)"), Some("var/x".into()));
    assert_eq!(path("\"${var.x}\""), Some("var/x".into()), "an insertion alone is the value itself");
}

#[test]
fn other_steps_keep_base_and_order() {
    let text = "x = var.m[each.key].id\n";
    let body = read(text);
    let ExprKind::Traversal { base, steps } = &body.attributes[0].value.kind else { panic!("no traversal") };
    assert_eq!(base.reference().map(|p| p.join(".")).as_deref(), Some("var.m"));
    assert_eq!(&text[base.span.range()], "var.m");
    assert!(matches!(&steps[..], [Step::Index(key), Step::Attribute(id)] if key.reference().is_some() && id == "id"));
    for splat in ["aws_subnet.a[*].id", "aws_subnet.a.*.id"] {
        let ExprKind::Traversal { steps, .. } = value(splat).kind else { panic!("no traversal") };
        assert_eq!(steps, [Step::Splat, Step::Attribute("id".into())]);
    }
}

#[test]
fn calls_conditionals_operations_and_comprehensions() {
    let ExprKind::Call { name, args, spread } = value("merge(var.a, var.b...)").kind else { panic!("no call") };
    assert_eq!((name.as_str(), args.len(), spread), ("merge", 2, true));
    let ExprKind::Conditional { condition, then, otherwise } = value("var.p ? 2 : 1").kind else { panic!() };
    assert_eq!((condition.reference().is_some(), then.as_number(), otherwise.as_number()), (true, Some("2"), Some("1")));
    let text = "x = 1 + var.n * 2 == 3\n";
    let sum = read(text).attributes.remove(0).value;
    let ExprKind::Operation { op: "==", operands } = &sum.kind else { panic!("{sum:?}") };
    assert_eq!(&text[operands[0].span.range()], "1 + var.n * 2");
    assert!(matches!(value("!var.x").kind, ExprKind::Operation { op: "!", .. }));
    let ExprKind::For(each) = value("{ for k, v in var.m : k => v.id if v.on }").kind else { panic!() };
    assert_eq!((each.key_var.as_deref(), each.value_var.as_str()), (Some("k"), "v"));
    assert!(each.key.is_some() && each.condition.is_some() && !each.grouping);
    assert!(matches!(value("[for s in a.b : s.id]").kind, ExprKind::For(f) if f.key.is_none()));
}

#[test]
fn every_reference_within_is_found_in_order() {
    let expr = value("[\"${var.a}-x\", f(local.b), c ? d.e : { (g.h) = i[j.k] }, \"%{ if l.m }${n.o}%{ endif }\"]");
    let found: Vec<String> = expr.references().iter().map(|p| p.join(".")).collect();
    assert_eq!(found, ["var.a", "local.b", "c", "d.e", "g.h", "i", "j.k", "l.m", "n.o"]);
}

#[test]
fn a_directive_is_kept_as_written() {
    let ExprKind::Template(parts) = value("\"a%{ if var.x }b%{ else }c%{ endif }\"").kind else { panic!() };
    assert!(matches!(&parts[1], TemplatePart::Directive { raw, reads }
        if raw == "%{ if var.x }b%{ else }c%{ endif }" && reads.len() == 1));
}

#[test]
fn strip_markers_take_the_space_beside_them() {
    let ExprKind::Template(parts) = value("\"a  ${~ var.x ~}  b\"").kind else { panic!() };
    assert_eq!((&parts[0], &parts[2]), (&TemplatePart::Literal("a".into()), &TemplatePart::Literal("b".into())));
}

/// Three blocks, the second of which is `broken`; the others must be read with exact places.
fn survives(broken: &str) -> Parsed<Body> {
    let text = format!("variable \"a\" {{\n  default = 1\n}}\n\n{broken}\nresource \"c\" \"d\" {{\n  e = <<EOT\n}} {{\nEOT\n}}\n");
    let parsed = hcl(text.as_bytes());
    let last = parsed.value.blocks.last().expect("a block");
    assert_eq!(parsed.value.block("variable").and_then(|b| b.body.get("default")).and_then(Expr::as_number), Some("1"), "{broken}");
    assert_eq!(&text[last.head.range()], "resource \"c\" \"d\"", "{broken}");
    assert_eq!(last.body.get("e").and_then(Expr::as_str), Some("} {\n"), "{broken}");
    assert_eq!(parsed.issues.len(), 1, "{broken}: {:?}", parsed.issues);
    assert_eq!(parsed.value.unread.len(), 1);
    let place = parsed.issues[0].span.expect("a place");
    assert_eq!(place.start as usize, text.find("\n\n").expect("it is in there") + 2);
    assert!(place.end <= last.head.start);
    parsed
}

#[test]
fn one_error_costs_one_block() {
    for broken in [
        "resource \"x\" \"y\" {\n  a = = 1\n}\n",
        "resource \"x\" \"y\" {\n  a = 1\n  a = 2\n}\n",
        "resource \"x\" \"y\" {\n  a = \"not closed\n}\n",
        "resource \"x\" \"y\" {\n  a = \"${f(\"not closed)}\n}\n",
        "resource \"x\" \"y\" {\n  a = [1, 2\n}\n",
        "resource \"x\" \"y\" {\n  a {\n    b = 1\n}\n",
        "resource \"x\" \"y\" {\n  a = <<NEVER\n  closed\n}\n",
        "resource \"x\" \"y\" {\n  /* never closed\n}\n",
    ] {
        let parsed = survives(broken);
        assert_eq!((parsed.value.unread[0].kind.as_str(), parsed.value.unread[0].labels.len()), ("resource", 2));
        assert!(parsed.issues[0].says.starts_with("`resource \"x\" \"y\"` was not read: line "), "{:?}", parsed.issues);
    }
    survives("}\n");
    survives("<<<<<<< HEAD\n");
    survives("a = = \"b\"\n");
}

#[test]
fn braces_in_strings_and_comments_do_not_mislead_the_scan() {
    survives("x {\n  a = \"}}} ${f(\"}\", { b = \"}\" })} $${\" # }}\n  // }}\n  /* }}\n */ b = <<-E\n   }}\n   E\n  c = = 1\n}\n");
}

#[test]
fn variable_files_lose_one_line() {
    let parsed = hcl(b"a = 1\nb = [\nc = 3\nd = \"x\"\n");
    assert_eq!(parsed.value.get("a").and_then(Expr::as_number), Some("1"));
    assert_eq!(parsed.value.get("d").and_then(Expr::as_str), Some("x"));
    assert_eq!(parsed.issues.len(), 1);
}

#[test]
fn odd_bytes_and_line_ends() {
    let text = b"\xEF\xBB\xBFa = \"\xFF\"\r\nb {\r\n  c = 1\r\n}\r\n";
    let parsed = hcl(text);
    assert_eq!(parsed.issues.len(), 1);
    assert_eq!(parsed.value.get("a").and_then(Expr::as_str), Some("?"));
    assert_eq!(&text[parsed.value.blocks[0].span.range()], b"b {\r\n  c = 1\r\n}");
    assert_eq!(hcl(b"").value, Body::default());
}

#[test]
fn hostile_nesting_is_an_issue() {
    for open in ["[", "{", "(", "a {\n", "\"${", "!", "-", "f(", "x ? y : ", "x[", "1 + "] {
        for count in [60, 130, 255, 20_000] {
            let text = format!("x = {}", open.repeat(count));
            assert!(!hcl(text.as_bytes()).issues.is_empty(), "{open} {count}");
        }
    }
    let deep = format!("x = {}1{}\n", "[".repeat(60), "]".repeat(60));
    assert_eq!(hcl(deep.as_bytes()).issues, []);
    let chain = format!("x = {}1{}\n", "(1 + ".repeat(60), ")".repeat(60));
    assert_eq!(hcl(chain.as_bytes()).issues, []);
}

#[test]
fn hostile_width_is_bounded() {
    let wide: String = (0..60_000).map(|n| format!("k{n} = 1\n")).collect();
    let parsed = hcl(format!("a = 1\nm = {{\n{wide}}}\n").as_bytes());
    assert_eq!((parsed.value.attributes.len(), parsed.value.unread.len()), (1, 1));
    let parsed = hcl("x \"y\" {\n".repeat(200).as_bytes());
    assert!(parsed.value.unread.len() > 1 && parsed.value.blocks.is_empty());
    let parsed = hcl("}\n".repeat(5000).as_bytes());
    assert!((2..200).contains(&parsed.issues.len()));
}

#[test]
fn what_terraform_takes_is_read() {
    let text =
        "locals {\n  a = {\n    for k, v in var.x : k =>\n    local.b\n    ? 1\n    : 2\n  }\n  c = {\n    d = 1\n    d = 2\n  }\n}\n";
    let parsed = hcl(text.as_bytes());
    assert_eq!(parsed.issues, []);
    let block = &parsed.value.blocks[0];
    assert_eq!(&text[block.span.range()], text.trim_end());
    assert!(matches!(block.body.get("a").map(|e| &e.kind), Some(ExprKind::For(_))));
    assert_eq!(block.body.get("c").and_then(|c| c.get("d")).and_then(Expr::as_number), Some("1"));
}
