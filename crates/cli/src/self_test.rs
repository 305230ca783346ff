//! The gate tests itself: systems that are known to be bad go through the same judgement and the same exit codes.

use std::io::Write as _;

use plimsoll_assess::{Date, Policy, Request, run as judge};
use plimsoll_discover::Tree;

use crate::failure::Failure;
use crate::output;

struct Known {
    name: &'static str,
    files: Vec<(&'static str, String)>,
    /// The exit code that it must give.
    code: u8,
    /// The control that must block, if one must.
    blocker: Option<&'static str>,
}

fn known() -> Vec<Known> {
    // Put together here so that this program's own sources hold nothing that looks alive.
    let key = format!("AK{}{}", "IA", "Q3EGRIZVMNB7LKWD");
    let compose = |environment: &str| {
        format!(
            "services:\n  app:\n    build: .\n    ports: [\"80:8000\"]\n    environment:\n      {environment}\n  db:\n    image: postgres:17.5-alpine\n    ports: [\"5432:5432\"]\n"
        )
    };
    let dockerfile = || "FROM python:3.13-slim\nCOPY app.py .\nCMD [\"python\", \"app.py\"]\n".to_owned();
    vec![
        Known {
            name: "a cloud key in the production Compose file",
            files: vec![
                ("compose.prod.yml", compose(&format!("AWS_ACCESS_KEY_ID: {key}"))),
                ("Dockerfile", dockerfile()),
                ("app.py", "print(1)\n".into()),
            ],
            code: 10,
            blocker: Some("secrets/no-hardcoded-secrets"),
        },
        Known {
            name: "a database password in the production Compose file",
            files: vec![
                ("compose.prod.yml", compose("DATABASE_URL: postgresql://app:h7Gk29sLqW@db:5432/app")),
                ("Dockerfile", dockerfile()),
                ("app.py", "print(1)\n".into()),
            ],
            code: 10,
            blocker: Some("secrets/no-hardcoded-secrets"),
        },
        Known {
            name: "a Compose file that cannot be read",
            files: vec![("compose.yml", "services:\n  app: [\n".into()), ("Dockerfile", dockerfile()), ("app.py", "print(1)\n".into()), ("tests/test_app.py", "def test_one():\n    assert 1 + 1 == 2\n".into()), (".github/workflows/ci.yml", "on:\n  push:\n    branches: [main]\n  pull_request:\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v4\n      - run: pytest\n      - run: pip-audit\n      - run: gitleaks git .\n".into())],
            code: 11,
            blocker: None,
        },
        Known { name: "nothing that runs", files: vec![("README.md", "# Notes\n".into())], code: 12, blocker: None },
    ]
}

/// Fails if a system that is known to be bad passes, or is stopped for another reason.
pub(crate) fn run() -> Result<u8, Failure> {
    let mut out = output::stdout();
    let mut wrong = Vec::new();
    for case in known() {
        let files = case.files.into_iter().map(|(p, t)| (p.to_owned(), t.into_bytes())).collect();
        let policy = Policy::default();
        let today = Date::parse("2026-11-20").ok_or_else(|| Failure::SelfTest("a constant date is refused".into()))?;
        let assessment = judge(Tree::in_memory("self-test", files), &Request { policy: &policy, tier: None, today });
        let code = assessment.verdict.exit_code();
        let stopped = case.blocker.is_none_or(|b| assessment.blockers.iter().any(|x| x.control == b));
        let right = code == case.code && stopped;
        let mark = if right { "ok  " } else { "FAIL" };
        output::unless_closed(writeln!(out, "{mark} {}: {} (exit {code})", case.name, assessment.verdict.word()))?;
        if !right {
            wrong.push(case.name);
        }
    }
    output::unless_closed(out.flush())?;
    if wrong.is_empty() { Ok(0) } else { Err(Failure::SelfTest(format!("the gate does not stop {}", wrong.join(", ")))) }
}
