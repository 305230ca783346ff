//! Tokens and private keys by their place. Values are put together here, so that no file of this repository holds one.

use crate::cases::{Case, judge};

/// A file's path and content beside a production deployment, and the verdict with the kind of its first gap.
fn verdict(path: &str, content: &str) -> (String, Option<&'static str>) {
    let compose = "services:\n  api:\n    image: ghcr.io/acme/api:1.4.2\n";
    let files = vec![("compose.prod.yml".to_owned(), compose.into()), (path.to_owned(), content.into())];
    let control = plimsoll_controls::find("secrets/no-hardcoded-secrets").expect("a listed control");
    let (_, judgement) = judge(control, &Case { title: path.to_owned(), files, expected: None });
    (judgement.verdict.word().to_owned(), judgement.verdict.gaps().first().map(|g| g.kind))
}

fn key() -> String {
    let body = "MIICXAIBAAKBgQDVn1kTqv3xWZkP0yX8hR5b2c7Jm4sLq9GfEoYtUaNi6dHwzKpB\nvC3rQe8jM0xT5yWn2LgSkDfHu7bVaXoPiZt1Rc4qYmE9hJwKsGlN6dUf8vBzTpQ0\n";
    format!("-----BEGIN RSA {0}-----\n{body}{body}-----END RSA {0}-----\n", ["PRIVATE", " KEY"].concat())
}

#[test]
fn a_private_key_is_live_except_where_it_opens_a_test() {
    let live = ("unmet".to_owned(), Some("live-secret"));
    let confined = ("partial".to_owned(), Some("development-credential"));
    for path in ["deploy.pem", "config/production/id_rsa", "docs/setup.md", "backup/server.key.bak"] {
        assert_eq!(verdict(path, &key()), live, "{path}");
    }
    for path in ["tests/fixtures/server.pem", "certs/localhost.key", "examples/server.pem", ".devcontainer/id_rsa"] {
        assert_eq!(verdict(path, &key()), confined, "{path}");
    }
}

#[test]
fn a_providers_token_is_live_even_in_development() {
    let token = ["AK", "IA", "Z7QK3XWV5N2TJ6HD"].concat();
    for path in [".env.development", ".env.production", "src/s3.ts", "README.md", ".env.example", ".github/workflows/ci.yml"] {
        assert_eq!(verdict(path, &format!("AWS_ACCESS_KEY_ID=\"{token}\"\n")), ("unmet".to_owned(), Some("live-secret")), "{path}");
    }
    assert_eq!(verdict("tests/s3.test.ts", &format!("const id = \"{token}\";\n")).0, "partial");
}

#[test]
fn a_connection_counts_by_its_host_and_its_value() {
    let connection = |password: &str, host: &str| format!("url = \"postgres://shop:{password}@{host}/shop\"\n");
    let made = ["q8Zr", "2Lp0vX7w"].concat();
    assert_eq!(verdict("src/db.py", &connection(&made, "db.acme-corp.com:5432")).1, Some("secret-in-code"));
    assert_eq!(verdict("src/db.py", &connection("postgres", "localhost:5432")).0, "met");
    assert_eq!(verdict("src/form.tsx", &connection("password", "host:5432")).0, "met");
    assert_eq!(verdict("tests/test_url.py", &connection("secret", "db.acme-corp.com")).0, "met");
    assert_eq!(
        verdict(
            "compose.dev.yml",
            &format!("services:\n  db:\n    image: postgres:17\n    environment:\n      POSTGRES_PASSWORD: {made}\n")
        )
        .1,
        Some("development-credential")
    );
}
