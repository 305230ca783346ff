//! The table of file names: adding a format is adding a line.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::Format::{self, *};
use crate::Language::{self, *};
use crate::Lockfile as Lock;

/// Whole names, in lower case.
#[rustfmt::skip]
const NAMED: &[(&str, Format)] = &[
    // Resolved dependencies.
    ("bun.lock", Lockfile(Lock::Bun)), ("bun.lockb", Binary), ("cargo.lock", Lockfile(Lock::Cargo)), ("chart.lock", Lockfile(Lock::Helm)),
    ("composer.lock", Lockfile(Lock::Composer)), ("deno.lock", Lockfile(Lock::Deno)), ("flake.lock", Lockfile(Lock::Nix)),
    ("gemfile.lock", Lockfile(Lock::Bundler)), ("go.sum", Lockfile(Lock::Go)), ("go.work.sum", Lockfile(Lock::Go)),
    ("gradle.lockfile", Lockfile(Lock::Gradle)), ("mix.lock", Lockfile(Lock::Mix)), ("npm-shrinkwrap.json", Lockfile(Lock::Npm)),
    ("package-lock.json", Lockfile(Lock::Npm)), ("package.resolved", Lockfile(Lock::Swift)), ("packages.lock.json", Lockfile(Lock::NuGet)),
    ("pdm.lock", Lockfile(Lock::Pdm)), ("pipfile.lock", Lockfile(Lock::Pipenv)), ("pixi.lock", Lockfile(Lock::Pixi)),
    ("pnpm-lock.yaml", Lockfile(Lock::Pnpm)), ("podfile.lock", Lockfile(Lock::CocoaPods)), ("poetry.lock", Lockfile(Lock::Poetry)),
    ("pubspec.lock", Lockfile(Lock::Pub)), (".terraform.lock.hcl", Lockfile(Lock::Terraform)), ("uv.lock", Lockfile(Lock::Uv)),
    ("yarn.lock", Lockfile(Lock::Yarn)),
    // JSON that its tool reads with comments.
    (".babelrc", JsonWithComments), (".devcontainer.json", JsonWithComments), (".eslintrc", JsonWithComments), (".eslintrc.json", JsonWithComments),
    (".jshintrc", JsonWithComments), (".swcrc", JsonWithComments), ("api-extractor.json", JsonWithComments), ("deno.json", JsonWithComments),
    ("devcontainer.json", JsonWithComments), ("jsconfig.json", JsonWithComments), ("nx.json", JsonWithComments), ("tslint.json", JsonWithComments),
    ("turbo.json", JsonWithComments), (".prettierrc", Yaml), (".stylelintrc", Yaml), (".lintstagedrc", Yaml), (".sequelizerc", Source(JavaScript)),
    // Configuration.
    (".clang-format", Yaml), (".yarnrc", Conf), (".npmrc", Ini), (".pypirc", Ini), (".editorconfig", Ini), (".gitconfig", Ini), (".gitmodules", Ini),
    (".coveragerc", Ini), (".flake8", Ini), (".pylintrc", Ini), (".my.cnf", Ini), ("pipfile", Toml), ("cargo.toml.orig", Toml),
    ("pylock.toml", Toml), (".dev.vars", Dotenv), (".envrc", Dotenv), (".flaskenv", Dotenv), ("caddyfile", Conf), ("procfile", Conf),
    ("codeowners", Conf), ("crontab", Conf), ("haproxy.cfg", Conf), ("go.mod", Conf), ("go.work", Conf), (".htaccess", Conf), (".netrc", Conf),
    (".pgpass", Conf), (".htpasswd", Conf), (".tool-versions", Conf), (".nvmrc", PlainText), (".node-version", PlainText), ("runtime.txt", PlainText),
    ("aptfile", PlainText), ("authorized_keys", KeyMaterial), ("id_rsa", KeyMaterial), ("id_dsa", KeyMaterial), ("id_ecdsa", KeyMaterial),
    ("id_ed25519", KeyMaterial), ("kubeconfig", Yaml), ("docker-compose", Yaml), (".sops.yaml", Yaml), (".dockercfg", Json), (".firebaserc", Json),
    ("makefile", Makefile), ("gnumakefile", Makefile), ("justfile", Makefile), ("earthfile", Conf), ("_headers", Conf), ("tiltfile", Source(Starlark)),
    ("build.bazel", Source(Starlark)), ("workspace.bazel", Source(Starlark)), ("jenkinsfile", Source(Groovy)), ("vagrantfile", Source(Ruby)),
    ("gemfile", Source(Ruby)), ("rakefile", Source(Ruby)), ("fastfile", Source(Ruby)), ("podfile", Source(Ruby)), ("brewfile", Source(Ruby)),
    ("dangerfile", Source(Ruby)), ("capfile", Source(Ruby)), ("config.ru", Source(Ruby)), ("guardfile", Source(Ruby)), ("cmakelists.txt", Conf),
    // Shell.
    (".bashrc", Shell), (".bash_profile", Shell), (".profile", Shell), (".zshrc", Shell), ("gradlew", Shell), ("mvnw", Shell), ("artisan", Source(Php)),
    // Patterns.
    (".gitignore", Ignore), (".dockerignore", Ignore), (".helmignore", Ignore), (".npmignore", Ignore), (".gcloudignore", Ignore),
    (".eslintignore", Ignore), (".prettierignore", Ignore), (".vercelignore", Ignore), (".ebignore", Ignore), (".cfignore", Ignore),
    (".slugignore", Ignore), (".trivyignore", Ignore), (".semgrepignore", Ignore), (".gitleaksignore", Ignore), (".ignore", Ignore),
    (".rgignore", Ignore), (".funcignore", Ignore), (".terraformignore", Ignore), (".gitattributes", Conf),
    // Words for people.
    ("readme", PlainText), ("license", PlainText), ("licence", PlainText), ("copying", PlainText), ("notice", PlainText), ("authors", PlainText),
    ("contributors", PlainText), ("maintainers", PlainText), ("changelog", PlainText), ("changes", PlainText), ("news", PlainText),
    ("version", PlainText), ("security", PlainText), ("todo", PlainText), ("install", PlainText), ("cname", PlainText),
];

/// Beginnings of names, with the ending that must follow.
const STARTING: &[(&str, &str, Format)] = &[
    ("tsconfig", ".json", JsonWithComments),
    ("jsconfig", ".json", JsonWithComments),
    ("makefile.", "", Makefile),
    ("jenkinsfile.", "", Source(Groovy)),
    ("jenkinsfile-", "", Source(Groovy)),
    ("procfile.", "", Conf),
    ("caddyfile.", "", Conf),
];

/// Endings longer than one extension.
const ENDING: &[(&str, Format)] = &[
    (".dockerignore", Ignore),
    (".gitignore", Ignore),
    (".tf.json", Json),
    (".tfstate.backup", Json),
    (".blade.php", Template),
    (".html.erb", Template),
    (".code-workspace", JsonWithComments),
];

/// Extensions, in lower case.
#[rustfmt::skip]
const EXTENSIONS: &[(&str, Format)] = &[
    ("yaml", Yaml), ("yml", Yaml), ("eyaml", Yaml), ("json", Json), ("geojson", Json), ("webmanifest", Json), ("tfstate", Json), ("har", Json), ("ndjson", Json),
    ("jsonl", Json), ("avsc", Json), ("jsonc", JsonWithComments), ("json5", JsonWithComments), ("hjson", JsonWithComments), ("toml", Toml),
    ("xml", Xml), ("csproj", Xml), ("fsproj", Xml), ("vbproj", Xml), ("props", Xml), ("targets", Xml), ("config", Xml), ("nuspec", Xml), ("plist", Xml),
    ("xsd", Xml), ("wsdl", Xml), ("xaml", Xml), ("resx", Xml), ("pom", Xml), ("xlf", Xml), ("iml", Xml), ("slnx", Xml), ("storyboard", Xml), ("pubxml", Xml),
    ("tf", Hcl), ("tfvars", Hcl), ("hcl", Hcl), ("tofu", Hcl), ("nomad", Hcl), ("tftest", Hcl),
    ("conf", Conf), ("cnf", Conf), ("nginx", Nginx), ("vcl", Conf), ("bicep", Conf), ("service", Ini), ("timer", Ini), ("socket", Ini), ("mount", Ini),
    ("ini", Ini), ("cfg", Ini), ("properties", Properties),
    ("md", Markdown), ("mdx", Markdown), ("markdown", Markdown), ("mdc", Markdown), ("rst", RestructuredText), ("adoc", PlainText), ("asciidoc", PlainText),
    ("txt", PlainText), ("text", PlainText), ("org", PlainText), ("csv", Csv), ("tsv", Csv),
    ("sh", Shell), ("bash", Shell), ("zsh", Shell), ("ksh", Shell), ("fish", Shell), ("bats", Shell), ("command", Shell), ("mk", Makefile), ("mak", Makefile),
    ("sql", Sql), ("ddl", Sql), ("psql", Sql), ("pgsql", Sql),
    ("js", Source(JavaScript)), ("mjs", Source(JavaScript)), ("cjs", Source(JavaScript)), ("jsx", Source(JavaScript)),
    ("ts", Source(TypeScript)), ("mts", Source(TypeScript)), ("cts", Source(TypeScript)), ("tsx", Source(TypeScript)),
    ("py", Source(Python)), ("pyi", Source(Python)), ("pyw", Source(Python)), ("go", Source(Go)), ("rs", Source(Rust)), ("java", Source(Java)),
    ("kt", Source(Kotlin)), ("kts", Source(Kotlin)), ("cs", Source(CSharp)), ("csx", Source(CSharp)), ("cshtml", Source(Html)), ("razor", Source(Html)),
    ("fs", Source(FSharp)), ("rb", Source(Ruby)), ("rake", Source(Ruby)), ("gemspec", Source(Ruby)), ("ru", Source(Ruby)), ("php", Source(Php)),
    ("phtml", Source(Php)), ("ex", Source(Elixir)), ("exs", Source(Elixir)), ("erl", Source(Erlang)), ("swift", Source(Swift)), ("scala", Source(Scala)),
    ("sbt", Source(Scala)), ("c", Source(C)), ("h", Source(C)), ("cc", Source(Cpp)), ("cpp", Source(Cpp)), ("cxx", Source(Cpp)), ("hh", Source(Cpp)),
    ("hpp", Source(Cpp)), ("m", Source(ObjectiveC)), ("mm", Source(ObjectiveC)), ("vue", Source(Vue)), ("svelte", Source(Svelte)), ("astro", Source(Astro)),
    ("html", Source(Html)), ("htm", Source(Html)), ("css", Source(Css)), ("scss", Source(Css)), ("sass", Source(Css)), ("less", Source(Css)),
    ("dart", Source(Dart)), ("clj", Source(Clojure)), ("cljs", Source(Clojure)), ("edn", Source(Clojure)), ("hs", Source(Haskell)), ("lua", Source(Lua)),
    ("pl", Source(Perl)), ("pm", Source(Perl)), ("ps1", Source(PowerShell)), ("psm1", Source(PowerShell)), ("r", Source(R)), ("zig", Source(Zig)),
    ("groovy", Source(Groovy)), ("gradle", Source(Groovy)), ("prisma", Source(Prisma)), ("proto", Source(Protobuf)), ("graphql", Source(GraphQl)),
    ("gql", Source(GraphQl)), ("graphqls", Source(GraphQl)), ("rego", Source(Rego)), ("sol", Source(Solidity)), ("nix", Source(Nix)), ("cue", Source(Cue)),
    ("jsonnet", Source(Jsonnet)), ("libsonnet", Source(Jsonnet)), ("bzl", Source(Starlark)), ("star", Source(Starlark)),
    ("tpl", Template), ("j2", Template), ("jinja", Template), ("jinja2", Template), ("erb", Template), ("tmpl", Template), ("gotmpl", Template), ("mustache", Template),
    ("hbs", Template), ("handlebars", Template), ("ejs", Template), ("eex", Template), ("heex", Template), ("leex", Template), ("liquid", Template), ("twig", Template),
    ("pug", Template), ("haml", Template), ("slim", Template), ("tftpl", Template), ("ctmpl", Template), ("ftl", Template), ("njk", Template), ("mako", Template),
    ("ipynb", Notebook), ("log", Log),
    ("pem", KeyMaterial), ("key", KeyMaterial), ("crt", KeyMaterial), ("cer", KeyMaterial), ("csr", KeyMaterial), ("asc", KeyMaterial), ("pub", KeyMaterial),
    ("png", Image), ("jpg", Image), ("jpeg", Image), ("gif", Image), ("webp", Image), ("avif", Image), ("ico", Image), ("icns", Image), ("bmp", Image),
    ("tif", Image), ("tiff", Image), ("heic", Image), ("psd", Image), ("svg", Image), ("eps", Image), ("fig", Image), ("sketch", Image),
    ("zip", Archive), ("tar", Archive), ("gz", Archive), ("tgz", Archive), ("bz2", Archive), ("xz", Archive), ("zst", Archive), ("7z", Archive), ("rar", Archive),
    ("jar", Archive), ("war", Archive), ("ear", Archive), ("whl", Archive), ("gem", Archive), ("nupkg", Archive), ("apk", Archive), ("ipa", Archive),
    ("deb", Archive), ("rpm", Archive), ("crate", Archive), ("br", Archive), ("lz4", Archive), ("aab", Archive),
    ("exe", Binary), ("dll", Binary), ("so", Binary), ("dylib", Binary), ("a", Binary), ("o", Binary), ("lib", Binary), ("class", Binary), ("pyc", Binary),
    ("pyd", Binary), ("wasm", Binary), ("bin", Binary), ("dat", Binary), ("db", Binary), ("sqlite", Binary), ("sqlite3", Binary), ("mdb", Binary), ("rdb", Binary),
    ("pdf", Binary), ("doc", Binary), ("docx", Binary), ("xls", Binary), ("xlsx", Binary), ("ppt", Binary), ("pptx", Binary), ("odt", Binary), ("ods", Binary),
    ("woff", Binary), ("woff2", Binary), ("ttf", Binary), ("otf", Binary), ("eot", Binary), ("mp3", Binary), ("mp4", Binary), ("m4a", Binary), ("m4v", Binary),
    ("mov", Binary), ("avi", Binary), ("webm", Binary), ("mkv", Binary), ("ogg", Binary), ("wav", Binary), ("flac", Binary), ("p12", Binary), ("pfx", Binary),
    ("jks", Binary), ("keystore", Binary), ("der", Binary), ("gpg", Binary), ("age", Binary), ("onnx", Binary), ("pt", Binary), ("safetensors", Binary),
    ("parquet", Binary), ("avro", Binary), ("npy", Binary), ("npz", Binary), ("pkl", Binary), ("pickle", Binary), ("h5", Binary), ("glb", Binary), ("dmg", Binary),
    ("iso", Binary), ("node", Binary), ("mo", Binary), ("fbx", Binary),
];

static BY_NAME: LazyLock<HashMap<&str, Format>> = LazyLock::new(|| NAMED.iter().copied().collect());
static BY_EXTENSION: LazyLock<HashMap<&str, Format>> = LazyLock::new(|| EXTENSIONS.iter().copied().collect());

/// By the whole name, in lower case.
pub(crate) fn named(lower: &str) -> Option<Format> {
    BY_NAME.get(lower).copied()
}

/// By the extension, in lower case.
pub(crate) fn extension(lower: &str) -> Option<Format> {
    BY_EXTENSION.get(lower).copied()
}

/// By the beginning of the name.
pub(crate) fn starting(lower: &str) -> Option<Format> {
    STARTING.iter().find(|(start, end, _)| lower.starts_with(start) && lower.ends_with(end)).map(|(_, _, format)| *format)
}

/// By several extensions at once.
pub(crate) fn ending(lower: &str) -> Option<Format> {
    ENDING.iter().find(|(end, _)| lower.ends_with(end)).map(|(_, format)| *format)
}

/// First bytes that name their format.
const MAGIC: &[(&[u8], Format)] = &[
    (b"\x7fELF", Binary),
    (b"MZ", Binary),
    (b"\xca\xfe\xba\xbe", Binary),
    (b"\xcf\xfa\xed\xfe", Binary),
    (b"\0asm", Binary),
    (b"%PDF", Binary),
    (b"SQLite format 3\0", Binary),
    (b"PK\x03\x04", Archive),
    (b"\x1f\x8b", Archive),
    (b"\x28\xb5\x2f\xfd", Archive),
    (b"\xfd7zXZ\0", Archive),
    (b"\x89PNG", Image),
    (b"\xff\xd8\xff", Image),
    (b"GIF8", Image),
    (b"-----BEGIN ", KeyMaterial),
    (b"<?xml", Xml),
    (b"<?php", Source(Php)),
];

/// Interpreters of a `#!` line, by the program's name.
#[rustfmt::skip]
const INTERPRETERS: &[(&str, Language)] = &[
    ("python", Python), ("node", JavaScript), ("deno", TypeScript), ("bun", TypeScript), ("tsx", TypeScript), ("ruby", Ruby), ("php", Php), ("perl", Perl),
    ("elixir", Elixir), ("escript", Erlang), ("lua", Lua), ("pwsh", PowerShell),
];

/// Whether a text is a file of Prometheus' rules, which bears any name, often `alert.rules`: YAML whose first key is `groups`.
fn rules(head: &[u8]) -> bool {
    let mut lines = head.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end);
    let meant = |l: &&[u8]| !l.is_empty() && !l.starts_with(b"#") && *l != b"---";
    lines.find(meant).is_some_and(|l| l == b"groups:") && lines.find(meant).is_some_and(|l| l.trim_ascii_start().starts_with(b"- name:"))
}

/// By the first bytes, for a file whose name says nothing.
pub(crate) fn sniff(bytes: &[u8]) -> Format {
    if let Some((_, format)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return *format;
    }
    let head = &bytes[..bytes.len().min(8000)];
    if memchr::memchr(0, head).is_some() {
        return Binary;
    }
    let Some(rest) = head.strip_prefix(b"#!") else { return if rules(head) { Yaml } else { PlainText } };
    let line = String::from_utf8_lossy(rest.split(|b| *b == b'\n').next().unwrap_or_default()).into_owned();
    let programs = line.split_whitespace().filter(|w| !w.starts_with('-') && !w.contains('='));
    let program = programs.map(|w| w.rsplit('/').next().unwrap_or(w)).find(|w| *w != "env").unwrap_or_default();
    match INTERPRETERS.iter().find(|(name, _)| program.starts_with(name)) {
        Some((_, language)) => Source(*language),
        None if program == "make" => Makefile,
        None if program.ends_with("sh") => Shell,
        None => PlainText,
    }
}
