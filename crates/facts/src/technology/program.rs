//! Which program a command really runs: `npx jest`, `python -m pytest`, `./gradlew test` and `docker compose run app pytest`
//! are jest, pytest, gradle and pytest.

use super::container::{command_in_container, container_run};

/// The command as written and, after it, each form that a wrapper, a runner or a container leads to; innermost last.
pub(super) fn forms<'a>(words: &[&'a str]) -> Vec<Vec<&'a str>> {
    let mut forms = Vec::new();
    let mut next = Some(named(words.to_vec()));
    while let Some(form) = next.filter(|f| !f.is_empty() && forms.len() < MAX_FORMS) {
        next = inner(&form).map(named).filter(|f| !f.is_empty() && *f != form);
        forms.push(form);
    }
    forms
}

/// The image that `docker run` starts, as written.
pub(super) fn image_of<'a>(form: &[&'a str]) -> Option<&'a str> {
    container_run(form).map(|(image, _, _)| image)
}

const MAX_FORMS: usize = 8;

/// Programs that run the command behind their flags and change nothing about it.
const TRANSPARENT: [&str; 24] = [
    "sudo",
    "doas",
    "exec",
    "command",
    "time",
    "nohup",
    "nice",
    "ionice",
    "stdbuf",
    "setsid",
    "xvfb-run",
    "xvfb-run-safe",
    "dumb-init",
    "tini",
    "catchsegv",
    "opentelemetry-instrument",
    "ddtrace-run",
    "dotenv",
    "dotenvx",
    "cross-env",
    "env-cmd",
    "with-contenv",
    "docker-entrypoint.sh",
    "entrypoint.sh",
];

/// Programs whose first word names what they act on, and the command follows.
const AFTER_ONE_WORD: [&str; 6] = ["gosu", "su-exec", "timeout", "chpst", "runuser", "setuidgid"];

/// Secret stores and the like that start the command behind `--`.
const AFTER_DASHES: [&str; 12] = [
    "doppler",
    "infisical",
    "op",
    "chamber",
    "aws-vault",
    "teller",
    "vaultenv",
    "envconsul",
    "summon",
    "start-server-and-test",
    "newrelic-admin",
    "mise",
];

/// Flags of runners that take a value, so that the value is not taken for the program.
const RUNNER_VALUES: [&str; 20] = [
    "-p",
    "--package",
    "--extra",
    "--group",
    "--with",
    "--with-requirements",
    "--python",
    "--from",
    "--filter",
    "-F",
    "-C",
    "--dir",
    "--cwd",
    "--prefix",
    "--directory",
    "--project",
    "-e",
    "--env",
    "-n",
    "--app",
];

/// pnpm's and yarn's own verbs; any other word is a script or a program.
const NODE_VERBS: [&str; 42] = [
    "install",
    "i",
    "add",
    "remove",
    "rm",
    "update",
    "up",
    "upgrade",
    "audit",
    "publish",
    "pack",
    "link",
    "unlink",
    "why",
    "list",
    "ls",
    "outdated",
    "init",
    "create",
    "config",
    "store",
    "fetch",
    "prune",
    "rebuild",
    "dedupe",
    "import",
    "patch",
    "deploy",
    "root",
    "bin",
    "cache",
    "info",
    "version",
    "global",
    "set",
    "plugin",
    "constraints",
    "npm",
    "login",
    "setup",
    "approve-builds",
    "start",
];

fn inner<'a>(form: &[&'a str]) -> Option<Vec<&'a str>> {
    let (program, rest) = form.split_first()?;
    match *program {
        // Most packages of a scope call their program as themselves: `@biomejs/biome` starts biome.
        scoped if scoped.starts_with('@') => {
            let mut words = form.to_vec();
            words[0] = scoped.split_once('/').map(|(_, name)| name)?;
            Some(words)
        }
        _ if is_assignment(program) => Some(rest.to_vec()),
        "env" => Some(rest.iter().copied().skip_while(|w| w.starts_with('-') || is_assignment(w)).collect()),
        p if TRANSPARENT.contains(&p) => {
            let rest = rest.iter().copied().skip_while(|w| w.starts_with('-') || *w == "run" || is_assignment(w));
            Some(rest.collect())
        }
        p if AFTER_ONE_WORD.contains(&p) => Some(skip_flags(rest, &["-k", "-s"]).get(1..)?.to_vec()),
        p if AFTER_DASHES.contains(&p) => after_dashes(rest),
        "npx" | "bunx" | "pnpx" | "uvx" => package_program(skip_flags(rest, &RUNNER_VALUES)),
        "npm" => match skip_flags(rest, &RUNNER_VALUES).split_first()? {
            (&("exec" | "x"), rest) => package_program(skip_flags(rest, &RUNNER_VALUES)),
            _ => None,
        },
        "pnpm" | "yarn" | "bun" => node_runner(program, skip_flags(rest, &RUNNER_VALUES)),
        "python" => python(rest),
        "php" => {
            let rest = skip_flags(rest, &["-d", "-c"]);
            (rest.first()?.contains(['/', '.']) || rest[0] == "artisan").then(|| rest.to_vec())
        }
        "poetry" | "pipenv" | "uv" | "hatch" | "pdm" | "rye" | "pixi" | "conda" | "micromamba" => {
            match skip_flags(rest, &RUNNER_VALUES).split_first()? {
                (&"run", rest) => Some(skip_flags(rest, &RUNNER_VALUES).to_vec()),
                (&"tool", rest) if rest.first() == Some(&"run") => package_program(skip_flags(&rest[1..], &RUNNER_VALUES)),
                _ => None,
            }
        }
        "pipx" => rest.strip_prefix(&["run"]).and_then(|r| package_program(skip_flags(r, &["--spec"]))),
        "bundle" | "composer" => rest.strip_prefix(&["exec"]).map(|r| skip_flags(r, &[]).to_vec()),
        "node" => rest.iter().position(|w| w.contains("node_modules/.bin/")).map(|i| rest[i..].to_vec()),
        "go" => match rest.split_first()? {
            (&"run", rest) => go_program(skip_flags(rest, &["-modfile", "-C", "-tags"])),
            (&"tool", rest) => go_program(rest),
            _ => None,
        },
        "dotnet" => rest.strip_prefix(&["tool", "run"]).map(<[&str]>::to_vec),
        "cargo" => rest.first().filter(|w| w.starts_with('+')).map(|_| [&["cargo"], &rest[1..]].concat()),
        "docker" | "podman" | "nerdctl" | "docker-compose" | "podman-compose" => command_in_container(form),
        "kubectl" | "oc" => rest.contains(&"exec").then(|| after_dashes(rest)).flatten(),
        "heroku" | "railway" | "fly" | "flyctl" => match skip_flags(rest, &["-a", "--app"]).split_first()? {
            (&"run", rest) => Some(skip_flags(rest, &["-a", "--app", "-s", "--service"]).to_vec()),
            _ => None,
        },
        _ => None,
    }
}

/// With the program's bare name: no folder, no extension of a script for it, wrappers of build tools by the tool's name.
fn named(mut form: Vec<&str>) -> Vec<&str> {
    let Some(first) = form.first_mut() else { return form };
    // A scoped package is named with its scope; of anything else the folder says nothing.
    let bare = if first.starts_with('@') { *first } else { first.rsplit(['/', '\\']).next().unwrap_or_default() };
    let bare = [".exe", ".cmd", ".bat", ".phar", ".ps1"].iter().find_map(|e| bare.strip_suffix(e)).unwrap_or(bare);
    *first = match bare {
        "gradlew" => "gradle",
        "mvnw" | "mvnd" => "mvn",
        "sbtx" => "sbt",
        _ if is_version_of(bare, "python") || bare == "py" || bare == "pypy3" => "python",
        _ if is_version_of(bare, "pip") => "pip",
        _ if is_version_of(bare, "php") => "php",
        _ => bare,
    };
    form
}

fn is_version_of(word: &str, program: &str) -> bool {
    word.strip_prefix(program).is_some_and(|v| !v.is_empty() && v.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && !name.as_bytes()[0].is_ascii_digit() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

/// Behind the flags, and behind the values of those flags that take one.
pub(super) fn skip_flags<'s, 'a>(words: &'s [&'a str], valued: &[&str]) -> &'s [&'a str] {
    let mut at = 0;
    while let Some(word) = words.get(at).filter(|w| w.starts_with('-')) {
        at += if valued.contains(word) { 2 } else { 1 };
    }
    words.get(at..).unwrap_or_default()
}

fn after_dashes<'a>(words: &[&'a str]) -> Option<Vec<&'a str>> {
    words.iter().position(|w| *w == "--").map(|i| words[i + 1..].to_vec())
}

/// `@redocly/cli@1.2 lint` without its version.
fn package_program<'a>(words: &[&'a str]) -> Option<Vec<&'a str>> {
    let mut form = words.to_vec();
    let first = form.first_mut()?;
    if let Some((name, _)) = first.rsplit_once('@').filter(|(name, _)| !name.is_empty()) {
        *first = name;
    }
    Some(form)
}

fn node_runner<'a>(program: &str, words: &[&'a str]) -> Option<Vec<&'a str>> {
    let (verb, rest) = words.split_first()?;
    match *verb {
        "dlx" | "exec" | "x" | "run" => package_program(skip_flags(rest, &RUNNER_VALUES)),
        "workspace" => node_runner(program, rest.get(1..)?),
        // `bun test` is bun's own runner, `bun build` its own bundler, `bun file.ts` runs a file.
        _ if program == "bun" || NODE_VERBS.contains(verb) => None,
        _ => Some(words.to_vec()),
    }
}

fn python<'a>(words: &[&'a str]) -> Option<Vec<&'a str>> {
    if let Some(i) = words.iter().position(|w| *w == "-m").filter(|i| words[..*i].iter().all(|w| w.starts_with('-'))) {
        return Some(words[i + 1..].to_vec());
    }
    let rest = skip_flags(words, &["-W", "-X"]);
    rest.first()?.ends_with(".py").then(|| rest.to_vec())
}

/// `github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.1` is golangci-lint.
fn go_program<'a>(words: &[&'a str]) -> Option<Vec<&'a str>> {
    let mut form = words.to_vec();
    let first = form.first_mut()?;
    let path = first.split('@').next().unwrap_or(first);
    let is_version = |part: &str| is_version_of(part, "v");
    *first = path.rsplit('/').find(|part| !is_version(part)).unwrap_or(path);
    (path.contains('.') || !path.contains('/')).then_some(form)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn innermost(command: &str) -> String {
        let words: Vec<&str> = command.split_whitespace().collect();
        forms(&words).pop().map(|f| f.join(" ")).unwrap_or_default()
    }

    #[test]
    fn runners_lead_to_the_tool() {
        for (command, tool) in [
            ("npx --yes @biomejs/biome@latest ci .", "biome ci ."),
            ("npx -p typescript tsc --noEmit", "tsc --noEmit"),
            ("npm exec -- playwright test", "playwright test"),
            ("pnpm --filter web exec vitest run", "vitest run"),
            ("pnpm vitest run", "vitest run"),
            ("pnpm install --frozen-lockfile", "pnpm install --frozen-lockfile"),
            ("yarn workspace web jest", "jest"),
            ("yarn dlx cypress run", "cypress run"),
            ("bunx vitest", "vitest"),
            ("bun test", "bun test"),
            ("python3.12 -m pytest -q", "pytest -q"),
            ("python -W error app/manage.py migrate", "manage.py migrate"),
            ("poetry run pytest", "pytest"),
            ("uv run --group dev pytest", "pytest"),
            ("uv tool run ruff@0.5 check", "ruff check"),
            ("go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.1 run", "golangci-lint run"),
            ("dotnet tool run dotnet-ef database update", "dotnet-ef database update"),
            ("./gradlew clean test", "gradle clean test"),
            ("./mvnw -B verify", "mvn -B verify"),
            ("vendor/bin/phpunit", "phpunit"),
            ("php artisan migrate --force", "artisan migrate --force"),
            ("bundle exec rspec", "rspec"),
            ("cargo +nightly fmt", "cargo fmt"),
            ("env CI=1 FOO=bar node_modules/.bin/jest", "jest"),
            ("timeout -k 5 60 pytest", "pytest"),
            ("doppler run -- gunicorn app:app", "gunicorn app:app"),
        ] {
            assert_eq!(innermost(command), tool, "{command}");
        }
    }

    #[test]
    fn containers_lead_to_their_command() {
        for (command, tool) in [
            ("docker compose -f a.yml run --rm -e X=1 app pytest -q", "pytest -q"),
            ("docker-compose exec -T web python manage.py test", "manage.py test"),
            ("docker run --rm -it -v /a:/a node:22 npm ci", "npm ci"),
            ("docker run --rm --entrypoint pytest app tests", "pytest tests"),
            ("kubectl -n prod exec deploy/api -- alembic upgrade head", "alembic upgrade head"),
            ("heroku run -a shop rails db:migrate", "rails db:migrate"),
        ] {
            assert_eq!(innermost(command), tool, "{command}");
        }
        assert_eq!(image_of(&["docker", "run", "-d", "--name", "db", "-p", "5432:5432", "postgres:16"]), Some("postgres:16"));
        assert_eq!(image_of(&["docker", "run"]), None);
    }

    #[test]
    fn wrapping_ends() {
        let words = vec!["sudo"; 1000];
        assert!(forms(&words).len() <= MAX_FORMS);
        assert!(forms(&[]).is_empty());
    }
}
