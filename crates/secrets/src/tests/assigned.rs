use super::{ALNUM, find, noise, none, one};
use crate::{Shape, Strength};

/// Path, text, key, value, variable that it stands in for.
const FOUND: &[(&str, &str, &str, &str, Option<&str>)] = &[
    ("compose.yml", "      POSTGRES_PASSWORD: hunter2pg\n", "POSTGRES_PASSWORD", "hunter2pg", None),
    ("compose.yml", "      - POSTGRES_PASSWORD=hunter2pg # no\n", "POSTGRES_PASSWORD", "hunter2pg", None),
    ("compose.yml", "      POSTGRES_PASSWORD: ${PG_PASS:-hunter2pg}\n", "POSTGRES_PASSWORD", "hunter2pg", Some("PG_PASS")),
    ("compose.yml", "      X: ${DB_PASSWORD-hunter2pg}\n", "DB_PASSWORD", "hunter2pg", Some("DB_PASSWORD")),
    ("compose.yml", "    command: redis-server --requirepass s3kr1t77\n", "requirepass", "s3kr1t77", None),
    ("application.yml", "    password: ${DB_PASSWORD:root}\n", "password", "root", Some("DB_PASSWORD")),
    ("application.properties", "spring.datasource.password=Tr0ub4dor\n", "spring.datasource.password", "Tr0ub4dor", None),
    ("auth.ts", "const JWT_SECRET = 'elephant';\n", "JWT_SECRET", "elephant", None),
    ("settings.py", "SECRET_KEY = 'django-insecure-#a1(x9)p0'\n", "SECRET_KEY", "django-insecure-#a1(x9)p0", None),
    (
        "settings.py",
        "SECRET_KEY = os.getenv(\"SECRET_KEY\", \"your-secret-key-for-x\")\n",
        "SECRET_KEY",
        "your-secret-key-for-x",
        Some("SECRET_KEY"),
    ),
    ("settings.py", "KEY = os.environ.get('JWT_SECRET', 'abc9xyz')\n", "JWT_SECRET", "abc9xyz", Some("JWT_SECRET")),
    ("settings.py", "    SECRET_KEY: str = \"kd83jd82jw\"\n", "SECRET_KEY", "kd83jd82jw", None),
    ("settings.py", "    secret_key: str = Field(default=\"kd83jd82jw\", env=\"S\")\n", "secret_key", "kd83jd82jw", None),
    ("app.py", "app.config['SECRET_KEY'] = 'dev'\n", "SECRET_KEY", "dev", None),
    ("app.py", "app.secret_key = \"dev\"\n", "app.secret_key", "dev", None),
    (
        "auth.ts",
        "const s = process.env.JWT_SECRET || 'fallback-secret';\n",
        "process.env.JWT_SECRET",
        "fallback-secret",
        Some("JWT_SECRET"),
    ),
    ("auth.ts", "const s = process.env['JWT_SECRET'] ?? \"fallback-secret\";\n", "JWT_SECRET", "fallback-secret", Some("JWT_SECRET")),
    ("auth.ts", "const jwtSecret: string = 'k9s82jx7';\n", "jwtSecret", "k9s82jx7", None),
    ("main.go", "\tsecret := getEnv(\"JWT_SECRET\", \"k9s82jx7\")\n", "secret", "k9s82jx7", Some("JWT_SECRET")),
    ("main.go", "\tPassword: \"k9s82jx7\",\n", "Password", "k9s82jx7", None),
    (
        "main.rs",
        "let s = std::env::var(\"JWT_SECRET\").unwrap_or_else(|_| \"k9s82jx7\".into());\n",
        "JWT_SECRET",
        "k9s82jx7",
        Some("JWT_SECRET"),
    ),
    ("config.rb", "config.secret = ENV.fetch('APP_SECRET', 'k9s82jx7')\n", "config.secret", "k9s82jx7", Some("APP_SECRET")),
    ("Secrets.java", "private static final String API_KEY = \"k9s82jx7aa\";\n", "API_KEY", "k9s82jx7aa", None),
    ("Conf.java", "@Value(\"${jwt.secret:k9s82jx7}\")\n", "jwt.secret", "k9s82jx7", Some("jwt.secret")),
    ("appsettings.json", "{ \"ApiKey\": \"k9s82jx7aa\" }\n", "ApiKey", "k9s82jx7aa", None),
    ("appsettings.json", "{\"Db\": \"Server=db;User Id=sa;Password=Yq8!kd92;Encrypt=True\"}\n", "Password", "Yq8!kd92", None),
    ("Dockerfile", "ENV SECRET_KEY k9s82jx7aa\n", "SECRET_KEY", "k9s82jx7aa", None),
    ("Dockerfile", "ARG NPM_TOKEN=k9s82jx7aa\n", "NPM_TOKEN", "k9s82jx7aa", None),
    ("deploy.sh", "export API_TOKEN=\"k9s82jx7aa\"\n", "API_TOKEN", "k9s82jx7aa", None),
    ("deploy.sh", "mysql --user root --password=k9s82jx7aa shop\n", "password", "k9s82jx7aa", None),
    ("deploy.yaml", "        - name: DB_PASSWORD\n          value: \"k9s82jx7aa\"\n", "DB_PASSWORD", "k9s82jx7aa", None),
    ("task.json", "{\"name\": \"DB_PASSWORD\", \"value\": \"k9s82jx7aa\"}\n", "DB_PASSWORD", "k9s82jx7aa", None),
    ("ecs.tf", "{ name = \"DB_PASSWORD\", value = \"k9s82jx7aa\" }\n", "DB_PASSWORD", "k9s82jx7aa", None),
    ("vars.tf", "variable \"db_password\" {\n  type    = string\n  default = \"k9s82jx7aa\"\n}\n", "db_password", "k9s82jx7aa", None),
    ("prod.tfvars", "db_password = \"k9s82jx7aa\"\n", "db_password", "k9s82jx7aa", None),
    ("web.config", "<add key=\"ApiKey\" value=\"k9s82jx7aa\" />\n", "ApiKey", "k9s82jx7aa", None),
    ("settings.xml", "  <password>k9s82jx7aa</password>\n", "password", "k9s82jx7aa", None),
    ("values.yaml", "  adminPassword: {{ .Values.pw | default \"k9s82jx7aa\" }}\n", "adminPassword", "k9s82jx7aa", Some(".Values.pw")),
    ("seed.py", "    user.set_password('admin123')\n", "user.set_password", "admin123", None),
    ("seed.py", "    hashed_password=get_password_hash(\"admin123\"),\n", "hashed_password", "admin123", None),
    ("init.sql", "CREATE USER shop WITH PASSWORD 'k9s82jx7aa';\n", "PASSWORD", "k9s82jx7aa", None),
    ("redis.conf", "requirepass k9s82jx7aa\n", "requirepass", "k9s82jx7aa", None),
    ("README.md", "- Password: `admin123`\n", "Password", "admin123", None),
];

#[test]
fn literals_are_read_in_every_syntax() {
    for &(path, text, key, value, default_of) in FOUND {
        let found = find(path, text);
        assert_eq!(found.len(), 1, "{path}: {text:?} gives {found:#?}");
        let f = &found[0];
        assert_eq!(
            (f.strength, f.key.as_deref(), &text[f.span.range()], f.default_of.as_deref()),
            (Strength::Assigned, Some(key), value, default_of),
            "{path}: {text:?}"
        );
    }
}

#[test]
fn what_is_no_literal_secret_is_left() {
    for (path, text) in [
        ("compose.yml", "POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}\n"),
        ("compose.yml", "POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?missing}\n"),
        ("compose.yml", "POSTGRES_PASSWORD_FILE: /run/secrets/pg\n"),
        ("ci.yml", "GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}\n"),
        ("ci.yml", "permissions:\n  id-token: write\n"),
        ("deploy.yaml", "secretKeyRef:\n  name: shop\n  key: password\n"),
        ("deploy.yaml", "secretName: shop-tls\n"),
        ("values.yaml", "existingSecret: shop-secret\n"),
        ("main.tf", "password = var.db_password\n"),
        ("main.tf", "password = random_password.db.result\n"),
        ("main.tf", "secret_arn = \"arn:aws:secretsmanager:eu-west-1:1:secret:shop-x1\"\n"),
        ("main.tf", "variable \"db_password\" {\n  type = string\n}\nvariable \"region\" {\n  default = \"eu-west-1\"\n}\n"),
        ("template.yaml", "MasterUserPassword: !Ref DbPassword\n"),
        ("application.yml", "password: ENC(k9s82jx7aa)\n"),
        ("secrets.enc.yaml", "password: ENC[AES256_GCM,data:k9s82jx7,iv:aa=,tag:bb=,type:str]\n"),
        ("sealed.yaml", &format!("kind: SealedSecret\n  password: AgB{}\n", noise(ALNUM, 200))),
        ("config.py", "password = os.environ[\"DB_PASSWORD\"]\n"),
        ("config.py", "password: str\n"),
        ("config.py", "token = get_token(user)\n"),
        ("config.py", "password = f\"{prefix}-{suffix}\"\n"),
        ("config.py", "token_url = \"https://auth.example.com/token\"\n"),
        ("config.py", "user_pass = '%s:%s' % (user, pw)\n"),
        ("form.tsx", "password: 'Password is required',\n"),
        ("form.tsx", "<input type=\"password\" name=\"password\" />\n"),
        ("form.tsx", "const ACCESS_TOKEN = 'access_token';\n"),
        ("form.tsx", "const TOKEN_KEY = 'auth.token';\n"),
        ("form.tsx", "if (password === 'k9s82jx7aa') {}\n"),
        ("form.tsx", "password: yup.string().min(8),\n"),
        ("llm.py", "max_tokens = 'abc12345678'\npad_token = '<pad>'\ntokenizer = 'gpt2-x1'\n"),
        ("schema.json", "{\"password\": \"string\", \"token\": null}\n"),
        ("locales/sk/common.json", "{\"password\": \"heslo\"}\n"),
        ("x.csproj", "PublicKeyToken=b03f5f7f11d50a3a\n"),
        ("vault.py", "password = get_secret(\"db-password\")\n"),
        ("theme.py", "Token: '#f8f8f2',\n"),
        ("user.js", "npm.config.delete('_token', 'user')\n"),
        ("keys.py", "foreign_key = 'k9s82jx7aa'\nprimary_key = 'k9s82jx7aa'\nkeyboard = 'k9s82jx7aa'\n"),
        ("README.md", "[![c](https://codecov.io/gh/a/b/badge.svg?token=Z92NHFQ70G)](x)\n"),
        ("package-lock.json", "{\"password\": \"k9s82jx7aa\"}\n"),
    ] {
        none(path, text);
    }
}

#[test]
fn stand_ins_are_told_from_guesses_and_from_secrets() {
    let facts = |value: &str| {
        let f = one(".env", &format!("DB_PASSWORD={value}\n"));
        (f.placeholder, f.weak)
    };
    for value in [
        "changeme_in_prod",
        "your_password_here",
        "xxxxxxxxxxxx",
        "000000000000",
        "<password>",
        "replace-with-real-1",
        "example-pass",
        "...",
        "CHANGEME",
        "1234567890",
    ] {
        assert!(facts(value).0, "{value}");
    }
    for value in [
        "postgres",
        "admin",
        "admin123",
        "root",
        "minioadmin",
        "miniosecret",
        "secret",
        "password1",
        "123456",
        "SecurePass123!",
        "changeme",
    ] {
        assert!(facts(value).1, "{value}");
    }
    for value in ["tr0ub4dor&3", "hunter2pg", "Gk93kd0Lq82jd", "correcthorse"] {
        assert_eq!(facts(value), (false, false), "{value}");
    }
    let random = one(".env", &format!("SECRET_KEY={}\n", noise(ALNUM, 48)));
    assert_eq!((random.placeholder, random.weak, random.shape), (false, false, Shape::Random));
    assert!(random.entropy > 4.0);
}

#[test]
fn a_names_prefix_and_a_comment_are_told() {
    assert!(one(".env", "NEXT_PUBLIC_ADMIN_API_KEY=k9s82jx7aa\n").client_exposed);
    assert!(one(".env", "VITE_API_SECRET=k9s82jx7aa\n").client_exposed);
    assert!(!one(".env", "ADMIN_API_KEY=k9s82jx7aa\n").client_exposed);
    assert!(one("a.py", "# PASSWORD = 'k9s82jx7aa'\n").in_comment);
    assert!(!one("a.py", "PASSWORD = 'k9s82jx7aa'  # note\n").in_comment);
}

#[test]
fn the_strongest_reading_of_a_place_wins() {
    let token = ["gh", "p_"].concat() + &noise(ALNUM, 36);
    let found = one(".env", &format!("GITHUB_TOKEN={token}\n"));
    assert_eq!((found.rule, found.key.as_deref()), ("github-token", Some("GITHUB_TOKEN")));
    let default = one("a.py", &format!("t = os.getenv('GH_TOKEN', '{token}')\n"));
    assert_eq!((default.rule, default.default_of.as_deref()), ("github-token", Some("GH_TOKEN")));
}

#[test]
fn a_literal_that_is_hashed_seeds_an_account() {
    let seeded = one("init_db.py", "    hashed_password=security.get_password_hash(\"admin123\"),\n");
    assert_eq!((seeded.key.as_deref(), seeded.weak, seeded.shape), (Some("hashed_password"), true, Shape::Mixed));
    assert!(one("seed.ts", "password: await bcrypt.hash('Reporter#2024', 10),\n").key.is_some());
}

#[test]
fn a_run_that_obeys_a_rule_for_passwords_is_a_password() {
    assert!(!crate::is_placeholder(b"Aa123456!") && !crate::is_placeholder(b"Abc12345$"));
    assert!(crate::is_placeholder(b"12345678abc") && crate::is_placeholder(b"Xxxxxxx1!"));
    assert!(crate::is_placeholder(b"0123456789abcdefABCDEF-0"), "too long for a person's password");
}

#[test]
fn names_of_slots_entries_errors_and_patterns_are_no_secrets() {
    none("constants.ts", "export const SESSION_KEY = \"orderDraft_v2\";\n");
    none("errors.ts", "  AUTH_INVALID_CREDENTIALS: 'CONN_1003',\n");
    none("audit.sh", "  [\"secrets\"]=\"EPIC.*Secret\"\n");
    let variable = |says: &str| format!("variable \"webhook_secret\" {{\n  description = \"{says}\"\n  default     = \"gwi-hook-9\"\n}}\n");
    none("variables.tf", &variable("Secret Manager ID for the webhook secret"));
    assert!(one("variables.tf", &variable("The secret of the webhook")).key.is_some());
    assert!(one("settings.py", "SESSION_KEY = 'k9s82jx7aa'\n").key.is_some());
    let rule = "=".repeat(80);
    none("gate.ts", &format!("  /-----BEGIN (?:RSA |EC )?PRIVATE KEY-----/g,\n// {rule}\n"));
    none("gate.ts", &format!("  '-----BEGIN PRIVATE KEY-----',\n// {rule}\n"));
}
