use super::{ALNUM, HEX, UPPER, find, noise, none, one};
use crate::Strength::{Dsn, Format, Loose, Test};

#[test]
fn each_format_is_found_by_its_rule() {
    let rows = [
        ("aws-access-key-id", Format, ["AK", "IA"].concat() + &noise(UPPER, 16)),
        ("google-api-key", Loose, ["AI", "za"].concat() + &noise(ALNUM, 35)),
        ("github-token", Format, ["gh", "p_"].concat() + &noise(ALNUM, 36)),
        ("github-fine-grained-token", Format, ["github", "_pat_"].concat() + &noise(ALNUM, 82)),
        ("github-app-token", Format, ["gh", "s_"].concat() + &noise(ALNUM, 36)),
        ("gitlab-token", Format, ["gl", "pat-"].concat() + &noise(ALNUM, 20)),
        ("npm-token", Format, ["np", "m_"].concat() + &noise(ALNUM, 36)),
        ("pypi-token", Format, ["pypi", "-AgEI"].concat() + &noise(ALNUM, 120)),
        (
            "slack-token",
            Format,
            format!("{}-{}-{}-{}", ["xo", "xb"].concat(), noise("123456789", 12), noise("123456789", 12), noise(ALNUM, 24)),
        ),
        (
            "slack-webhook",
            Format,
            format!("https://hooks.{}/services/T{}/B{}/{}", "slack.com", noise(UPPER, 9), noise(UPPER, 9), noise(ALNUM, 24)),
        ),
        ("stripe-secret-key", Format, ["sk_", "live_"].concat() + &noise(ALNUM, 40)),
        ("stripe-restricted-key", Format, ["rk_", "live_"].concat() + &noise(ALNUM, 40)),
        ("stripe-test-key", Test, ["sk_", "test_"].concat() + &noise(ALNUM, 40)),
        ("stripe-webhook-secret", Format, ["wh", "sec_"].concat() + &noise(ALNUM, 32)),
        ("sendgrid-api-key", Format, format!("SG{}{}.{}", ".", noise(ALNUM, 22), noise(ALNUM, 43))),
        ("mailgun-api-key", Format, ["ke", "y-"].concat() + &noise(HEX, 32)),
        ("openai-api-key", Format, ["sk-", "proj-"].concat() + &noise(ALNUM, 80)),
        ("anthropic-api-key", Format, ["sk-", "ant-api03-"].concat() + &noise(ALNUM, 95)),
        ("groq-api-key", Format, ["gs", "k_"].concat() + &noise(ALNUM, 52)),
        ("huggingface-token", Format, ["h", "f_"].concat() + &noise(ALNUM, 34)),
        ("digitalocean-token", Format, ["dop", "_v1_"].concat() + &noise(HEX, 64)),
        ("shopify-token", Format, ["shp", "at_"].concat() + &noise(HEX, 32)),
        ("docker-hub-token", Format, ["dckr", "_pat_"].concat() + &noise(ALNUM, 27)),
        ("vault-token", Format, ["hv", "s."].concat() + &noise(ALNUM, 90)),
        ("databricks-token", Format, ["da", "pi"].concat() + &noise(HEX, 32)),
        ("telegram-bot-token", Format, format!("{}:A{}{}", noise("123456789", 10), "A", noise(ALNUM, 33))),
        ("doppler-token", Format, ["dp", ".st.prd."].concat() + &noise(ALNUM, 43)),
        ("planetscale-token", Format, ["pscale", "_pw_"].concat() + &noise(ALNUM, 43)),
        ("terraform-cloud-token", Format, format!("{}.{}v1.{}", noise(ALNUM, 14), "atlas", noise(ALNUM, 67))),
        ("linear-api-key", Format, ["lin_", "api_"].concat() + &noise(ALNUM, 40)),
        ("postman-api-key", Format, format!("{}-{}-{}", ["PM", "AK"].concat(), noise(HEX, 24), noise(HEX, 34))),
        ("new-relic-key", Format, ["NR", "AK-"].concat() + &noise(UPPER, 27)),
        ("grafana-token", Format, format!("{}{}_{}", ["gl", "sa_"].concat(), noise(ALNUM, 32), noise(HEX, 8))),
        ("supabase-secret-key", Format, ["sb_", "secret_"].concat() + &noise(ALNUM, 31)),
        ("gcp-oauth-secret", Format, ["GOC", "SPX-"].concat() + &noise(ALNUM, 28)),
        ("age-secret-key", Format, ["AGE-SECRET", "-KEY-1"].concat() + &noise("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)),
    ];
    for (rule, strength, token) in rows {
        for text in [format!("value: \"{token}\"\n"), format!("VALUE={token}"), format!("\\n{token}\\n")] {
            let found = one("deploy.yaml", &text);
            assert_eq!((found.rule, found.strength, found.placeholder), (rule, strength, false), "{rule}: {found:?}");
            assert_eq!(&text[found.span.range()], token, "{rule}");
        }
        // Within a longer word it is part of something else.
        none("deploy.yaml", &format!("x{token}\n"));
        none("deploy.yaml", &format!("value: zz{token}zz\n"));
    }
}

#[test]
fn near_misses_are_no_tokens() {
    for text in [
        "@ASIAPACIFICREGIONSLONGNAME".to_string(),
        ["sk_", "live_"].concat() + "short",
        "npm_config_user_agent_and_some_more_words_behind_it".to_string(),
        "import key-value from 'key-store'".to_string(),
        "sk-loading-spinner-animation-with-a-very-long-class-name-behind".to_string(),
        format!("integrity sha512-{}==", noise(ALNUM, 86)),
        format!("resolved \"https://registry.example/a/-/a-1.0.0.tgz#{}\"", noise(HEX, 40)),
    ] {
        none("src/app.css", &text);
        none("yarn.lock", &text);
    }
}

#[test]
fn a_checksum_tells_a_real_token_from_a_made_up_one() {
    // Published with its checksum as an example of the format.
    let real = ["gh", "p_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat();
    assert_eq!(one("a.py", &format!("t = '{real}'")).checksum, Some(true));
    let wrong = real.replace("mLq17", "mLq18");
    assert_eq!(one("a.py", &format!("t = '{wrong}'")).checksum, Some(false));
}

#[test]
fn an_aws_pair_is_two_findings() {
    let (id, secret) = (["AK", "IA"].concat() + &noise(UPPER, 16), noise(&format!("{ALNUM}/+"), 40));
    let found = find("credentials", &format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n"));
    assert_eq!(
        found.iter().map(|f| (f.rule, f.key.as_deref())).collect::<Vec<_>>(),
        [("aws-access-key-id", Some("aws_access_key_id")), ("aws-secret-access-key", Some("aws_secret_access_key"))]
    );
}

#[test]
fn examples_of_the_documentation_are_marked() {
    let id = ["AKIA", "IOSFODNN7", "EXAMPLE"].concat();
    let secret = ["wJalrXUtnFEMI/K7MDENG/", "bPxRfiCYEXAMPLEKEY"].concat();
    let found = find("a.md", &format!("export AWS_ACCESS_KEY_ID={id}\nexport AWS_SECRET_ACCESS_KEY={secret}\n"));
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|f| f.documented_example));
    assert!(one("a.rb", &format!("Stripe.api_key = '{}{}'", ["sk_", "test_"].concat(), "4eC39HqLyjWDarjtT1zdp7dc")).documented_example);
    let longer = ["sk_", "live_", "4eC39HqLyjWDarjtT1zdp7dc", "WkQm82Xs"].concat();
    assert!(!one("a.rb", &format!("Stripe.api_key = '{longer}'")).documented_example, "a live key that only begins like an example");
}

#[test]
fn public_identifiers_are_marked() {
    for token in [["pk_", "live_"].concat() + &noise(ALNUM, 30), ["ph", "c_"].concat() + &noise(ALNUM, 43)] {
        assert!(one("a.ts", &format!("const k = '{token}'")).public_identifier, "{token}");
    }
    let google = ["AI", "za"].concat() + &noise(ALNUM, 35);
    assert!(one("firebase.ts", &format!("{{ apiKey: '{google}',\n authDomain: 'x.firebaseapp.com' }}")).public_identifier);
    assert!(!one("maps.py", &format!("GOOGLE_KEY = '{google}'")).public_identifier);
    let sentry = one("app.ts", &format!("dsn: 'https://{}@o1.ingest.sentry.io/42'", noise(HEX, 32)));
    assert_eq!((sentry.rule, sentry.public_identifier), ("sentry-dsn", true));
}

#[test]
fn a_jwt_is_judged_by_its_payload() {
    let encode = |text: &str| {
        const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let bits: String = text.bytes().map(|b| format!("{b:08b}")).collect();
        bits.as_bytes()
            .chunks(6)
            .map(|c| SIGNS[usize::from_str_radix(&format!("{:0<6}", String::from_utf8_lossy(c)), 2).expect("bits")] as char)
            .collect::<String>()
    };
    let token = |payload: &str| format!("{}.{}.{}", encode(r#"{"alg":"HS256","typ":"JWT"}"#), encode(payload), noise(ALNUM, 43));
    let service = one(".env", &format!("SUPABASE_KEY={}", token(r#"{"iss":"supabase","role":"service_role"}"#)));
    assert_eq!((service.rule, service.strength), ("supabase-service-role-key", Format));
    assert!(one(".env", &format!("K={}", token(r#"{"iss":"supabase","role":"anon"}"#))).public_identifier);
    assert!(one("a.js", &format!("let k = '{}'", token(r#"{"sub":"1234567890","name":"John Doe"}"#))).documented_example);
    assert_eq!(one("a.js", &format!("let k = '{}'", token(r#"{"sub":"u1","exp":99}"#))).strength, Loose);
    none(
        "a.js",
        &format!(
            "let k = '{}.{}.{}'",
            ["ey", "J"].concat() + &noise(ALNUM, 20),
            ["ey", "J"].concat() + &noise(ALNUM, 20),
            noise(ALNUM, 43)
        ),
    );
}

#[test]
fn private_keys_need_a_body() {
    let (begin, end) = (["-----BEGIN RSA PRIV", "ATE KEY-----"].concat(), ["-----END RSA PRIV", "ATE KEY-----"].concat());
    let body: String = (0..12).map(|_| noise(ALNUM, 64) + "\n").collect();
    let found = one("server.pem", &format!("{begin}\n{body}{end}\n"));
    assert_eq!((found.rule, found.strength, found.placeholder), ("private-key", Format, false));
    assert_eq!(found.masked, "----… (over 255 characters)");
    let inline = one(".env", &format!("KEY=\"{begin}\\n{}\\n{end}\\n\"", noise(ALNUM, 64)));
    assert_eq!((inline.rule, inline.key.as_deref()), ("private-key", Some("KEY")));
    none("parse.go", &format!("if strings.HasPrefix(s, \"{begin}\") {{ return }}"));
    assert!(one("README.md", &format!("{begin}\nMIIE...\n{end}\n")).placeholder);
    let locked = one("server.pem", &format!("{begin}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n{body}{end}\n"));
    assert_eq!((locked.rule, locked.strength), ("encrypted-private-key", Loose));
    let account =
        one("sa.json", &format!("{{\"type\": \"service_account\", \"private_key\": \"{begin}\\n{}\\n{end}\\n\"}}", noise(ALNUM, 64)));
    assert_eq!(account.rule, "gcp-service-account-key");
}

#[test]
fn urls_with_a_password_tell_host_and_variable() {
    let found = one(".env", "DATABASE_URL=postgres://shop:tr0ub4dor@db.internal:5432/shop\n");
    assert_eq!(
        (found.rule, found.strength, found.host.as_deref(), found.key.as_deref()),
        ("dsn-password", Dsn, Some("db.internal:5432"), Some("DATABASE_URL"))
    );
    assert_eq!((found.weak, found.placeholder), (false, false));
    let code = one("config.py", "URL = os.getenv('DATABASE_URL', 'postgresql+asyncpg://postgres:postgres@localhost/app')");
    assert_eq!((code.default_of.as_deref(), code.weak), (Some("DATABASE_URL"), true));
    let compose = one("compose.yml", "      - REDIS_URL=${REDIS_URL:-redis://:hunter2!@redis:6379/0}\n");
    assert_eq!(compose.default_of.as_deref(), Some("REDIS_URL"));
    let node = one("db.ts", "const url = process.env.MONGO_URL || 'mongodb+srv://svc:Zk82hPq1@c0.mongodb.net/x';");
    assert_eq!((node.default_of.as_deref(), node.what), (Some("MONGO_URL"), "a MongoDB URL with its password"));
    assert!(one("a.md", "mysql://shop:shop@db/shop").weak);
    assert!(one("a.md", "mysql://user:YOUR_PASSWORD@db/shop").placeholder);
    for text in [
        "postgres://${USER}:${PASS}@db/x",
        "postgres://{user}:{password}@db",
        "f'postgres://%s:%s@host'",
        "https://example.com:8080/a@b",
        "git+ssh://git@github.com/x",
        "http://localhost:3000",
        "postgres://user@host/db",
        "amqp://<user>:<password>@host",
    ] {
        none("a.py", text);
    }
}
