use super::{ALNUM, SCANNER, find, noise, none, one};
use crate::{mask, scan};

#[test]
fn a_mask_leaks_no_more_than_a_quarter() {
    for n in 0..300 {
        let value = noise(ALNUM, n);
        for prefix in [0, 4, 40] {
            let masked = mask(value.as_bytes(), prefix);
            let shown = masked.split('…').next().expect("a first part");
            if n < 12 {
                assert_eq!(masked, "•••");
            } else {
                assert!(shown.len() * 4 <= n && value.starts_with(shown), "{n} {prefix} {masked}");
            }
        }
    }
    assert_eq!(mask("pässwörter-lang".as_bytes(), 0), "p••s… (12 to 19 characters)");
}

#[test]
fn the_debug_form_of_a_finding_holds_no_value() {
    let secret = noise(ALNUM, 48);
    for text in [
        format!("SECRET_KEY={secret}\n"),
        format!("DATABASE_URL=postgres://app:{secret}@db.internal/x\n"),
        format!("K={}{}\n", ["sk_", "live_"].concat(), secret),
    ] {
        let printed = format!("{:?}", one(".env", &text));
        for piece in secret.as_bytes()[12..].windows(6) {
            let piece = std::str::from_utf8(piece).expect("letters");
            assert!(!printed.contains(piece), "{printed}");
        }
    }
}

#[test]
fn ciphertext_is_left() {
    let body = noise(ALNUM, 200);
    none("vault.yml", &format!("$ANSIBLE_VAULT;1.1;AES256\npassword: {body}\n"));
    assert!(scan("secret.bin", format!("\0GITCRYPT\0password={body}").as_bytes(), &SCANNER).is_empty());
    none("x.age", &format!("age-encryption.org/v1\npassword: {body}"));
}

#[test]
fn any_bytes_are_read() {
    let mut bytes = b"\xff\xfe\0\0password = \"k9s82jx7aa\"\r\n\0://\xff:\xff@\xff ${ \" private key".to_vec();
    let found = scan("a.py", &bytes, &SCANNER);
    assert!(found.iter().any(|f| f.key.as_deref() == Some("password")));
    // Every cut of a text full of openings, and every byte behind a keyword.
    let text = "${DB_PASSWORD:-a}\nvariable \"db_password\" {\n default = \"\"\npassword: \"\\\"\n- name: X_TOKEN\n  value: \"${Y:-\"\nos.getenv(\"API_KEY\", \"\n<password></password>{{ x.secret | default \"";
    for end in 0..=text.len() {
        find("a.py", &text[..end]);
        find("a.yml", &text[..end]);
        find("a.sh", &text[..end]);
        find("README.md", &text[..end]);
    }
    for b in 0..=255u8 {
        bytes = b"secret".to_vec();
        bytes.extend([b, b, b'"', b, b'"', b]);
        for path in ["a.ts", "a.yml", "Dockerfile", "a.md", "a.tf"] {
            scan(path, &bytes, &SCANNER);
        }
    }
}

#[test]
fn crlf_and_a_missing_last_newline_change_nothing() {
    for text in ["DB_PASSWORD=k9s82jx7aa\r\n", "DB_PASSWORD=k9s82jx7aa", "A=1\r\nDB_PASSWORD=k9s82jx7aa\r\nB=2"] {
        let found = one(".env", text);
        assert_eq!(&text[found.span.range()], "k9s82jx7aa");
    }
}

#[test]
fn long_lines_are_read_for_formats_only() {
    let filler = "var a=1;".repeat(1000);
    let token = ["gh", "p_"].concat() + &noise(ALNUM, 36);
    let found = one("app.js", &format!("{filler}password=\"k9s82jx7aa\";t=\"{token}\";{filler}"));
    assert_eq!(found.rule, "github-token");
}

/// Work grows with the length: texts made of openings only are read to the end, whatever they open.
#[test]
fn hostile_repetition_is_read_to_the_end() {
    let token = ["gh", "p_"].concat() + &noise(ALNUM, 36);
    for piece in [
        "password=",
        "${SECRET:-",
        "://a:b@",
        "-----BEGIN PRIVATE KEY-----",
        "variable \"secret\" {\n",
        "name: token\n",
        "eyJ",
        "sk-",
        "\"",
        "os.getenv(\"secret\", ",
        "secret\n",
        "key",
    ] {
        let text = format!("{}\n{token}\n", piece.repeat(200_000 / piece.len()));
        assert!(find("a.yml", &text).iter().any(|f| f.rule == "github-token"), "{piece}");
    }
}

#[test]
fn the_same_bytes_give_the_same_findings() {
    let text = "PASSWORD=k9s82jx7aa\nURL=redis://:k9s82jx7aa@r:1\n".repeat(50);
    let first = find("a.env", &text);
    assert_eq!(first, find("a.env", &text));
    assert!(first.windows(2).all(|w| w[0].span < w[1].span));
}
