use super::*;

fn read(text: &str) -> Vec<ShellCommand> {
    let commands = shell(text);
    for command in &commands {
        assert!(text.get(command.span.range()).is_some(), "{text:?}: {command:?}");
    }
    commands
}

/// The commands as text.
fn lines(text: &str) -> Vec<String> {
    read(text).iter().map(|command| command.words.join(" ")).collect()
}

/// The commands whose failure does not count.
fn tolerated(text: &str, strictness: Strictness) -> Vec<String> {
    shell_with(text, strictness).iter().filter(|c| c.tolerated).map(|c| c.words.join(" ")).collect()
}

fn conditional(text: &str) -> Vec<String> {
    read(text).iter().filter(|c| c.conditional).map(|c| c.words.join(" ")).collect()
}

fn effective(text: &str) -> String {
    read(text)[0].effective().join(" ")
}

fn program(text: &str) -> String {
    let commands = read(text);
    let (program, args) = commands[0].program_and_args().expect("a command");
    format!("{program} | {}", args.join(" "))
}

#[test]
fn lists_keep_their_connectors_and_places() {
    let text = "npm ci && npm test; a | b || c &\nd # no\n";
    let commands = read(text);
    let shown: Vec<_> = commands.iter().map(|c| (&text[c.span.range()], c.after, c.background)).collect();
    assert_eq!(
        shown,
        [
            ("npm ci", Connector::Start, false),
            ("npm test", Connector::And, false),
            ("a", Connector::Sequence, true),
            ("b", Connector::Pipe, true),
            ("c", Connector::Or, true),
            ("d", Connector::Sequence, false),
        ]
    );
}

#[test]
fn quotes_and_continuations() {
    let text = "npm run 'a b'\"$X ${Y}\"c\\ d \\\n  --flag=\"it's\" \\\r\n x#y ${{ matrix.node }} $# z\n";
    assert_eq!(read(text)[0].words, ["npm", "run", "a b$X ${Y}c d", "--flag=it's", "x#y", "${{ matrix.node }}", "$#", "z"]);
    assert_eq!(lines("a &&\n\n  b ||\n# note\n c"), ["a", "b", "c"]);
    assert_eq!(lines("echo $'it\\'s' \"a\nb\"\nc"), ["echo it's a\nb", "c"]);
    assert_eq!(lines("fo\\\no bar"), ["foo bar"]);
}

#[test]
fn assignments_and_redirections() {
    let command = &read("CI=1 NODE_ENV='test x' npm test > out.log 2>&1 < in A=b")[0];
    assert_eq!(command.assignments, [("CI".into(), "1".into()), ("NODE_ENV".into(), "test x".into())]);
    assert_eq!(command.words, ["npm", "test", "A=b"]);
    let redirects: Vec<_> = command.redirects.iter().map(|r| (r.operator.as_str(), r.target.as_str())).collect();
    assert_eq!(redirects, [(">", "out.log"), ("2>&", "1"), ("<", "in")]);
    assert_eq!(read("X=1\nFILES=(a 'b c')\nnpm test &> log")[2].redirects[0].operator, "&>");
    assert_eq!(lines("X=(a\n b)\nc"), ["", "c"]);
}

#[test]
fn heredoc_bodies_are_no_commands() {
    let text = "psql <<SQL && echo ok\nDROP TABLE x;\nSQL\ncat <<-'E' > f\n\trm -rf /\n\tE\nafter";
    assert_eq!(lines(text), ["psql", "echo ok", "cat", "after"]);
    assert_eq!(&text[read(text)[0].heredocs[0].range()], "DROP TABLE x;\n");
    assert_eq!(lines("while read l; do a; done <<E\nb\nE\nc"), ["read l", "a", "c"]);
    assert_eq!(lines("echo $((1 << 2))\nb"), ["echo $((1 << 2))", "b"]);
    assert_eq!(lines("a <<E\nnever closed\nb"), ["a"]);
}

#[test]
fn substitutions_list_their_commands() {
    let commands = read("VERSION=$(git describe --tags) docker build -t x:`date +%s` \"$(pwd)\" <(sort a)");
    let shown: Vec<_> = commands.iter().map(|c| (c.words.join(" "), c.substituted)).collect();
    assert_eq!(
        shown,
        [
            ("docker build -t x:`date +%s` $(pwd) <(sort a)".to_owned(), false),
            ("git describe --tags".to_owned(), true),
            ("date +%s".to_owned(), true),
            ("pwd".to_owned(), true),
            ("sort a".to_owned(), true),
        ]
    );
    assert_eq!(tolerated("echo $(a)\nX=$(b)\nexport Y=$(c)\nd", Strictness::STEP), ["a", "c"]);
    assert_eq!(lines("x=$( (a; b) ); c"), ["", "a", "b", "c"]);
}

#[test]
fn compound_commands() {
    let text = "if [ -f x ]; then a; elif b; then c; else d; fi\nfor f in *.sql $(ls); do e \"$f\"; done\nwhile read l; do g; done < f\ncase $x in a|b) h ;; *) i;; esac\n{ j; k; }\n( l )\nm() { n; }\nfunction o { p; }\nq";
    assert_eq!(lines(text), ["[ -f x ]", "a", "b", "c", "d", "ls", "e $f", "read l", "g", "h", "i", "j", "k", "l", "n", "p", "q"]);
    assert_eq!(conditional(text), ["a", "b", "c", "d", "g", "h", "i"]);
    let in_function: Vec<_> = read(text).into_iter().filter(|c| c.in_function).map(|c| c.words.join(" ")).collect();
    assert_eq!(in_function, ["n", "p"]);
    assert_eq!(
        conditional("[ -f x ] && a && b; c && d; e || f; command -v g >/dev/null && h; [[ a && -n b ]] && (( 1 > 0 )) && i"),
        ["a", "b", "f", "h", "i"]
    );
    assert_eq!(lines("[[ $a == b || $c =~ ^(x|y)$ ]] && d\ne"), ["[[ $a == b || $c =~ ^(x|y)$ ]]", "d", "e"]);
}

#[test]
fn failures_that_a_fallback_swallows() {
    let step = Strictness::STEP;
    assert_eq!(tolerated("npm test || true\nb || :\nc || echo failed\nd || exit 0\ne", step), ["npm test", "b", "c", "d"]);
    assert!(tolerated("a || exit 1\nb || false\nc || d\ne || { echo no; exit 1; }\nf || exit\ng", step).is_empty());
    assert_eq!(tolerated("{ a; b; } || true\n(c) || (echo x; true)\nd", step), ["a", "b", "c"]);
    assert_eq!(tolerated("a && b || true\nc", step), ["a", "b"]);
    assert_eq!(tolerated("a || b || true", step), ["a", "b"]);
    assert_eq!(tolerated("a || true && b", step), ["a"]);
}

#[test]
fn failures_in_pipelines() {
    assert_eq!(tolerated("npm test | tee log\nb", Strictness::STEP), ["npm test"]);
    assert!(tolerated("npm test | tee log\nb", Strictness::STRICT).is_empty());
    assert!(tolerated("set -euo pipefail\nnpm test | tee log\nb", Strictness::PLAIN).is_empty());
    assert!(tolerated("#!/bin/bash -e\na\nb", Strictness::PLAIN).is_empty());
    assert_eq!(tolerated("a &\nb", Strictness::STEP), ["a"]);
}

#[test]
fn without_errexit_the_last_command_decides() {
    assert_eq!(tolerated("a; b && c", Strictness::PLAIN), ["a"]);
    assert_eq!(tolerated("set +e\na\nset -e\nb", Strictness::STEP), ["set +e", "a"]);
    assert!(tolerated("if x; then a; else b; fi", Strictness::PLAIN).iter().all(|c| c == "x"));
    assert_eq!(tolerated("if x; then a; fi; b", Strictness::PLAIN), ["x", "a"]);
    assert!(tolerated("set +e\nnpm test\ncode=$?\nset -e\nexit $code", Strictness::STEP).iter().all(|c| c != "npm test"));
    assert!(tolerated("npm test\ncode=$?\necho $code\nb", Strictness::PLAIN).contains(&"npm test".to_owned()));
    assert!(tolerated("npm test\nif [ $? -ne 0 ]; then exit 1; fi\nb", Strictness::PLAIN).iter().all(|c| c != "npm test"));
    assert!(tolerated("npm test\nif [ $? -ne 0 ]; then echo no; fi\nb", Strictness::PLAIN).contains(&"npm test".to_owned()));
}

#[test]
fn errexit_does_not_see_into_lists() {
    assert_eq!(tolerated("npm test && echo ok\nb", Strictness::STEP), ["npm test"]);
    assert!(tolerated("npm test && echo ok", Strictness::STEP).is_empty());
    assert_eq!(tolerated("! grep -r TODO\nb", Strictness::STEP), ["grep -r TODO"]);
    assert!(tolerated("! grep -r TODO", Strictness::STEP).is_empty());
}

#[test]
fn conditions_count_when_an_exit_hangs_on_them() {
    let step = Strictness::STEP;
    assert_eq!(tolerated("if npm test; then a; fi\nb", step), ["npm test"]);
    assert!(tolerated("if ! npm test; then echo no; exit 1; fi\nb", step).is_empty());
    assert!(tolerated("if npm test; then a; else exit 1; fi\nb", step).is_empty());
    assert_eq!(tolerated("until curl -f x; do sleep 1; done\nb", step), ["curl -f x"]);
}

#[test]
fn wrappers_are_passed_over() {
    for text in [
        "sudo -E -u postgres pytest -q",
        "env -i A=b C=d pytest -q",
        "time pytest -q",
        "exec pytest -q",
        "nohup timeout -k 5 30 pytest -q",
        "xargs -n 1 pytest -q",
        "cross-env CI=1 pytest -q",
        "dotenv -e .env -- pytest -q",
        "poetry run pytest -q",
        "uv run --group dev -- pytest -q",
        "pipenv run python3.12 -u -m pytest -q",
        "bundle exec pytest -q",
        "/usr/bin/env pytest -q",
        "gosu app pytest -q",
        "retry pytest -q",
        "retry 6 10 pytest -q",
        "retry --times 3 -- pytest -q",
    ] {
        assert_eq!(effective(text), "pytest -q", "{text}");
    }
    for text in ["env", "python manage.py -m x", "python -c 'x' -m y", "timeout 30", "retry 3", "npx jest", "npm test", "pythonic -m x"] {
        assert_eq!(effective(text), read(text)[0].words.join(" "), "{text}");
    }
}

#[test]
fn runners_are_passed_over_for_the_program_only() {
    assert_eq!(program("npx --yes jest@29 --ci"), "jest | --ci");
    assert_eq!(program("sudo pnpm exec playwright test"), "playwright | test");
    assert_eq!(program("yarn dlx @scope/tool@1 x"), "tool | x");
    assert_eq!(program("./node_modules/.bin/vitest run"), "vitest | run");
    assert_eq!(program("uv run uvx ruff check"), "ruff | check");
    assert_eq!(program("npm run test"), "npm | run test");
}

#[test]
fn a_shell_in_a_command_is_read() {
    let text = "docker ps; bash -ec 'npm ci; npm test' || true";
    let commands = read(text);
    assert_eq!(commands.iter().map(|c| c.words.join(" ")).collect::<Vec<_>>()[2..4], ["npm ci", "npm test"]);
    assert!(commands[3].tolerated);
    assert_eq!(commands[2].span, commands[1].span);
}

#[test]
fn other_shells_split_by_lines() {
    let power =
        "$ErrorActionPreference = 'Stop'\r\nnpm ci\r\nif (Test-Path x) {\r\n  Remove-Item x `\r\n    -Force\r\n}\r\ndotnet test\r\n";
    let commands = read(power);
    let find =
        |word: &str| commands.iter().find(|c| c.words.first().is_some_and(|w| w == word)).unwrap_or_else(|| panic!("{word}: {commands:?}"));
    assert_eq!(find("Remove-Item").words, ["Remove-Item", "x", "-Force"]);
    assert_eq!(find("dotnet").words, ["dotnet", "test"]);
    assert!(!find("npm").tolerated);
    assert!(lines("@echo off\r\ncall npm test\r\nif errorlevel 1 exit /b 1\r\n").contains(&"call npm test".to_owned()));
}

#[test]
fn broken_texts_close_by_themselves() {
    assert_eq!(lines("echo 'open\nb"), ["echo open", "b"]);
    assert_eq!(lines("echo \"open\nb"), ["echo open", "b"]);
    assert_eq!(lines("echo $'open\nb"), ["echo open", "b"]);
    assert_eq!(lines("echo $(a\nb"), ["echo $(a\nb", "a", "b"]);
    assert_eq!(lines("echo ${open\nb"), ["echo ${open", "b"]);
    assert_eq!(lines("a; } ) fi done esac b ;; c")[0], "a");
    assert!(lines("a; fi\nb").contains(&"b".to_owned()));
    assert_eq!(lines(""), Vec::<String>::new());
}

#[test]
fn hostile_texts_come_back() {
    for piece in [
        "$(",
        "(",
        "((",
        "$((",
        "`",
        "\"$(",
        "${",
        "a=(",
        "{ ",
        "if ",
        "case x in (",
        "<(",
        "a || (",
        "! ",
        "'",
        "\"",
        "\\",
        "<<E ",
        "x() ",
        "sh -c '",
        "sudo ",
        "a\\\n",
        "for x in ((",
    ] {
        read(&piece.repeat(20_000));
    }
    read(&("$((".repeat(20_000) + &") )".repeat(20_000)));
    read(&("((".repeat(20_000) + &") )".repeat(20_000)));
    read(&("(a && ".repeat(20_000) + &")".repeat(20_000)));
    read(&format!("{}b", "a <<E\n".repeat(20_000)));
}

#[test]
fn pieces_in_any_order_come_back() {
    let pieces = [
        "a", " ", "$(", ")", "`", "\"", "'", "\\", "\n", "\r\n", ";", ";;", "&&", "||", "|", "&", "(", "((", "))", "{ ", "}", "if ",
        "then ", "fi", "case ", " in ", "esac", "<<E", "\nE\n", "${", "=", "#", "é", "for ", "do ", "done", "!", "[[ ", "]]", "x()", "$?",
        "<(", ">",
    ];
    let mut state = 7u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..14 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
        }
        read(&text);
        shell_with(&text, Strictness::PLAIN);
    }
}
