//! Tests, counted by the forms of their languages: how many cases, how many assertions, and what they need to run.

use std::sync::LazyLock;

use plimsoll_base::{Sourced, Span};
use plimsoll_discover::{Language, Role};
use plimsoll_syntax::decode;
use regex::bytes::{Match, Regex};

use crate::library::Held;
use crate::pattern::pattern;
use crate::repository::{TestFile, TestKind};

/// How a language writes cases, skips and assertions.
struct Style {
    languages: &'static [Language],
    case: LazyLock<Regex>,
    skip: LazyLock<Regex>,
    assertion: LazyLock<Regex>,
}

macro_rules! style {
    ([$($l:ident),*], $case:literal, $skip:literal, $assertion:literal) => {
        Style {
            languages: &[$(Language::$l),*],
            case: LazyLock::new(|| pattern($case)),
            skip: LazyLock::new(|| pattern($skip)),
            assertion: LazyLock::new(|| pattern($assertion)),
        }
    };
}

static STYLES: [Style; 10] = [
    style!(
        [JavaScript, TypeScript, Vue, Svelte],
        r#"(?m)^\s*(?:await\s+)?(?:it|test|specify)(?:\.(?:each|only|concurrent|skip|todo|fails)\b[^(\n]*)?\s*(?:\(|`)"#,
        r"\b(?:it|test|describe)\.(?:skip|todo)\b|\bx(?:it|describe|test)\(",
        r"\bexpect\s*\(|\bassert\w*[.(]|\.should\b"
    ),
    style!(
        [Python],
        r"(?m)^\s*(?:async\s+)?def\s+test_?\w*\s*\(",
        r"@(?:pytest\.mark|unittest)\.skip|pytest\.skip\(",
        r"(?m)^\s*assert\b|self\.assert\w+\(|pytest\.raises|assert_\w+\("
    ),
    style!(
        [Go],
        r"(?m)^func\s+(?:Test|Fuzz|Benchmark)\w*\(",
        r"\bt\.Skip",
        r"\bt\.(?:Error|Fatal|Fail)|\b(?:assert|require|is)\.\w+\(|cmp\.Diff"
    ),
    style!([Rust], r"#\[(?:\w+::)*test(?:\]|\()|#\[rstest", r"#\[ignore", r"\bassert\w*!|\bpanic!|\?;|unwrap\(\)"),
    style!(
        [Java, Kotlin, Scala, Groovy],
        r"@(?:Test|ParameterizedTest|RepeatedTest)\b|(?m)^\s*(?:def\s+)?(?:test|it|should)\s*\(?\x22",
        r"@(?:Disabled|Ignore)\b",
        r"\bassert\w*\s*[({]|\bverify\(|\.should\w*|\bexpect\w*\(|andExpect\("
    ),
    style!([CSharp, FSharp], r"\[(?:Fact|Theory|Test|TestMethod|TestCase)\b", r"Skip\s*=|\[Ignore", r"\bAssert\.|\.Should\w*\("),
    style!(
        [Ruby],
        r#"(?m)^\s*(?:it|test|scenario|specify|should)\s+['"(]|(?m)^\s*def\s+test_\w+"#,
        r"\b(?:xit|xdescribe|pending|skip)\b",
        r"\bexpect\b|\bassert\w*|\brefute\w*|\.should\b|must_\w+"
    ),
    style!([Php], r"function\s+test\w+\s*\(|@test\b|#\[Test\]|(?m)^\s*(?:it|test)\(", r"markTestSkipped|->skip\(", r"assert\w+\(|expect\("),
    style!([Elixir], r#"(?m)^\s*(?:test|property)\s+""#, r"@tag\s+:skip|@moduletag\s+:skip", r"\bassert\w*\b|\brefute\w*\b"),
    style!([Swift, Dart], r#"func\s+test\w*\(|@Test\b|(?m)^\s*test\w*\(\s*['"]"#, r"XCTSkip|skip:", r"XCTAssert|#expect|expect\("),
];

static REAL_SERVICES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)testcontainers|\bsupertest\b|\bTestClient\(|\bAsyncClient\(|ASGITransport|@SpringBootTest|@DataJpaTest|MockMvc|WebApplicationFactory|",
        r"\bRefreshDatabase\b|ActionDispatch::IntegrationTest|type:\s*:request|django\.test|APIClient\(|APITestCase|pytest\.mark\.django_db|",
        r"create_engine\(|new\s+PrismaClient|app\.test_client\(|\bhttptest\.NewServer|\bpgxpool\.|sqlx::test|ConnCase|DataCase|WebTestCase|KernelTestCase"
    ))
});
static NEEDS_SERVER: LazyLock<Regex> = LazyLock::new(|| pattern(r#"['"`]https?://(?:localhost|127\.0\.0\.1)(?::\d+)?"#));
static CALLS: LazyLock<Regex> = LazyLock::new(|| {
    // `json.fetch(` reads a key of a map: only the function of that name, or the window's, calls a server.
    pattern(concat!(
        r"(?:^|[^.A-Za-z0-9_]|window\.|global\.|globalThis\.)fetch\(|",
        r"\brequests\.(?:get|post|put|delete|patch)\(|\baxios\b|\bhttpx\.(?:get|post)\(|http\.(?:Get|Post)\("
    ))
});
/// A refusal that a test expects: the status of a request without rights.
static REFUSAL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"\b(?:toBe|toEqual|toStrictEqual|equal|eql|expect|toHaveStatus|assertStatus|assertResponseStatus|status)\(\s*(?:401|403)\b|\bstatus_code\s*==\s*(?:401|403)\b|",
        r"\bstatus(?:_code)?,\s*(?:401|403)\b|\bHTTP_40[13]_|http\.Status(?:Unauthorized|Forbidden)\b|\bStatusCode::(?:UNAUTHORIZED|FORBIDDEN)\b|",
        r"HttpStatusCode\.(?:Unauthorized|Forbidden)\b|HttpStatus\.(?:UNAUTHORIZED|FORBIDDEN)\b|\bstatus\(\)\.is(?:Unauthorized|Forbidden)\(|\bassert(?:Unauthorized|Forbidden)\(|",
        r"have_http_status\(\s*(?::unauthorized|:forbidden|401|403)|assert_response\s+(?::unauthorized|:forbidden|401|403)"
    ))
});

/// What scripts of load tools import: they hold no cases, and are no less tests for it.
const LOAD_TOOLS: [&str; 5] = ["'k6/http'", "\"k6/http\"", "from locust import", "import locust", "io.gatling."];

/// Counts the tests of a file; none where it holds none and is not named as one.
pub(crate) fn test_file(held: &Held, language: Language, bytes: &[u8]) -> Option<TestFile> {
    let named = held.role == Role::Test;
    let inline = language == Language::Rust && matches!(held.role, Role::Product) && memchr::memmem::find(bytes, b"#[cfg(test)]").is_some();
    let manual = matches!(held.role, Role::Product) && {
        let name = held.name().to_ascii_lowercase();
        name.starts_with("test_") || name.starts_with("test-") || name.contains("_test.") || name.contains("-test.")
    };
    let load = LOAD_TOOLS.iter().any(|mark| memchr::memmem::find(bytes, mark.as_bytes()).is_some());
    if !named && !inline && !manual && !load {
        return None;
    }
    let style = STYLES.iter().find(|s| s.languages.contains(&language))?;
    let decoded = decode(bytes).0;
    let text = decoded.as_bytes();
    // What pytest hands to its tests bears their names at times, and a command of a framework is started by hand.
    let helper = language == Language::Python && (held.name() == "conftest.py" || held.path.contains("/management/commands/"));
    let is_case = |m: &Match<'_>| !(helper || language == Language::Python && is_fixture(&decoded, m.start()));
    let first = style.case.find_iter(text).find(|m| is_case(m));
    let cases = style.case.find_iter(text).filter(|m| is_case(m)).count() as u32;
    let assertions = style.assertion.find_iter(text).count() as u32;
    if cases == 0 && !named && !manual && !load {
        return None;
    }
    let kind = if load {
        TestKind::Load
    } else if cases == 0 || (manual && !named && assertions == 0) {
        TestKind::Manual
    } else {
        kind_of(&held.path, text)
    };
    let at = |m: Match<'_>| held.at(Span::new(m.start() + m.len() - m.as_bytes().trim_ascii_start().len(), m.end()));
    let mut real_services: Vec<Sourced<String>> = Vec::new();
    for found in REAL_SERVICES.find_iter(text).take(8) {
        let word = String::from_utf8_lossy(found.as_bytes()).trim_end_matches('(').to_owned();
        if !real_services.iter().any(|s| s.value == word) {
            real_services.push(Sourced::new(word, at(found)));
        }
    }
    let needs_server = NEEDS_SERVER.find(text).filter(|_| CALLS.is_match(text)).map(at);
    Some(TestFile {
        file: held.id,
        path: held.path.clone(),
        language: format!("{language:?}"),
        cases,
        skipped: style.skip.find_iter(text).count() as u32,
        assertions,
        kind,
        first: first.map(at),
        real_services,
        needs_server,
        tags: if language == Language::Go { build_tags(&decoded) } else { Vec::new() },
        refusal: REFUSAL.find(text).filter(|_| cases > 0).map(at),
    })
}

/// Whether the function that begins at an offset is decorated as a fixture: decorators stand right above, perhaps over several lines.
fn is_fixture(text: &str, at: usize) -> bool {
    const LINES: usize = 8;
    let starts = |line: &str, words: &[&str]| words.iter().any(|w| line.trim_start().starts_with(w));
    let above = text[..at].lines().rev().take_while(|l| !l.trim().is_empty() && !starts(l, &["def ", "async def ", "class "]));
    above.take(LINES).any(|l| starts(l, &["@pytest.fixture", "@fixture", "@pytest_asyncio.fixture"]))
}

/// The tags of a build constraint that somebody must ask for: neither systems, architectures and versions nor what is excluded.
fn build_tags(text: &str) -> Vec<String> {
    const GIVEN: [&str; 22] = [
        "linux", "darwin", "windows", "unix", "freebsd", "netbsd", "openbsd", "android", "ios", "js", "wasm", "amd64", "arm64", "arm",
        "386", "riscv64", "s390x", "ppc64le", "cgo", "gc", "race", "ignore",
    ];
    let Some(constraint) = text.lines().take_while(|l| !l.starts_with("package ")).find_map(|l| l.strip_prefix("//go:build ")) else {
        return Vec::new();
    };
    constraint
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '&' | '|'))
        .filter(|w| !w.is_empty() && !w.starts_with('!') && !w.starts_with("go1.") && !GIVEN.contains(w))
        .map(str::to_owned)
        .collect()
}

/// Drivers of a user interface: what uses one tests the whole, wherever it lies.
static DRIVERS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"['"]@playwright/test['"]|\bplaywright\.sync_api|\bplaywright\.async_api|\bcy\.(?:visit|get|request)\(|\bselenium\.webdriver|from\s+selenium|org\.openqa\.selenium|['"]webdriverio['"]|['"]testcafe['"]|['"]puppeteer['"]|driven_by\s*\(?:|type:\s*:(?:system|feature)|Laravel\\Dusk|ChromeDriver|['"]detox['"]"#,
    )
});

fn kind_of(path: &str, text: &[u8]) -> TestKind {
    let lower = path.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let has = |list: &[&str]| words.iter().any(|w| list.contains(w));
    if DRIVERS.is_match(text) || has(&["e2e", "playwright", "cypress", "endtoend"]) && !has(&["unit"]) {
        TestKind::EndToEnd
    } else if has(&["k6", "locust", "locustfile", "gatling"]) || folder_named(&lower, &["load", "perf", "performance", "stress"]) {
        TestKind::Load
    } else if has(&["pentest", "zap"]) || folder_named(&lower, &["security"]) {
        TestKind::Security
    } else if has(&["integration", "integrations", "functional"])
        || joining_folder(&lower)
        || folder_named(&lower, &["feature", "features", "api", "it", "requests", "request", "controllers"])
    {
        TestKind::Integration
    } else {
        TestKind::Unit
    }
}

/// Whether a folder is named for tests through an interface or with a store: `api_tests`, `test-db`.
fn joining_folder(path: &str) -> bool {
    path.split('/').rev().skip(1).any(|folder| {
        let words: Vec<&str> = folder.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        let has = |list: &[&str]| words.iter().any(|w| list.contains(w));
        has(&["test", "tests"]) && has(&["api", "db", "database", "http"])
    })
}

/// Whether a folder of tests bears one of the names: a file so named tests a function of that name.
fn folder_named(path: &str, names: &[&str]) -> bool {
    let folders: Vec<&str> = path.split('/').collect();
    let above = folders.iter().position(|f| matches!(*f, "test" | "tests" | "spec" | "__tests__"));
    above.is_some_and(|at| folders[at + 1..folders.len() - 1].iter().any(|f| names.contains(f)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, language: Language, text: &str) -> TestFile {
        let held = Held { role: Role::Test, ..Held::source(path, language) };
        test_file(&held, language, text.as_bytes()).expect("a test file")
    }

    fn count(path: &str, language: Language, text: &str) -> (u32, u32, TestKind) {
        let found = file(path, language, text);
        (found.cases, found.assertions, found.kind)
    }

    #[test]
    fn cases_and_assertions_are_counted_in_each_language() {
        assert_eq!(
            count("tests/a.test.ts", Language::TypeScript, "it('x', () => {\n expect(1).toBe(1)\n})\ntest.each([1])('y', () => {})"),
            (2, 1, TestKind::Unit)
        );
        assert_eq!(count("tests/integration/test_a.py", Language::Python, "def test_a():\n    assert 1\n"), (1, 1, TestKind::Integration));
        assert_eq!(count("a_test.go", Language::Go, "func TestA(t *testing.T) {\n t.Fatal(1)\n}"), (1, 1, TestKind::Unit));
        assert_eq!(
            count("e2e/a.spec.ts", Language::TypeScript, "test('x', async () => { await expect(page) })"),
            (1, 1, TestKind::EndToEnd)
        );
        assert_eq!(count("spec/a_spec.rb", Language::Ruby, "it 'works' do\n expect(1).to eq 1\nend"), (1, 1, TestKind::Unit));
    }

    #[test]
    fn the_driver_of_a_browser_tells_more_than_the_folder() {
        let browser = "import { test } from '@playwright/test'\ntest('signs in', async () => {})";
        assert_eq!(count("frontend/tests/login.spec.ts", Language::TypeScript, browser).2, TestKind::EndToEnd);
        assert_eq!(count("api/tests/test_system_checks.py", Language::Python, "def test_a():\n    assert 1\n").2, TestKind::Unit);
        assert_eq!(count("web/tests/content-security.test.ts", Language::TypeScript, "it('x', () => {})").2, TestKind::Unit);
        assert_eq!(count("tests/security/test_roles.py", Language::Python, "def test_a():\n    assert 1\n").2, TestKind::Security);
    }

    #[test]
    fn a_load_script_is_known_by_its_tool() {
        assert_eq!(
            count("tests/orders.js", Language::JavaScript, "import http from 'k6/http'\nexport default () => http.get('/')\n").2,
            TestKind::Load
        );
    }

    #[test]
    fn fixtures_and_commands_are_no_cases() {
        let fixture = "@pytest.fixture(name='test_db')\ndef test_db_fixture():\n    yield 1\ndef test_a():\n    assert 1\n";
        assert_eq!(count("tests/test_a.py", Language::Python, fixture).0, 1);
        assert_eq!(count("tests/conftest.py", Language::Python, fixture).0, 0);
        assert_eq!(count("app/management/commands/test_all.py", Language::Python, fixture).2, TestKind::Manual);
    }

    #[test]
    fn tags_that_somebody_must_ask_for_are_kept() {
        assert_eq!(build_tags("//go:build e2e && linux\n\npackage a\n"), ["e2e"]);
        assert!(build_tags("//go:build !windows\n\npackage a\n").is_empty());
        assert!(build_tags("package a\n\n//go:build e2e\n").is_empty());
    }

    #[test]
    fn a_key_that_is_fetched_calls_no_server_and_a_refusal_is_seen() {
        let keys = "it 'links' do\n  expect(json.fetch('url')).to eq 'http://localhost:3000/s/1'\n  expect(response).to have_http_status(403)\nend\n";
        let ruby = file("spec/requests/stories_spec.rb", Language::Ruby, keys);
        assert!(ruby.needs_server.is_none() && ruby.refusal.is_some());
        let calls =
            "test('answers', async () => {\n  const r = await fetch('http://localhost:3000/');\n  expect(r.status).toBe(200);\n});\n";
        let script = file("tests/api.test.ts", Language::TypeScript, calls);
        assert!(script.needs_server.is_some() && script.refusal.is_none());
    }

    #[test]
    fn a_folder_named_for_tests_through_an_interface_joins_parts() {
        let script = "test('answers', async () => {\n  expect(1).toBe(1)\n})";
        assert_eq!(count("api_tests/src/follow.spec.ts", Language::TypeScript, script).2, TestKind::Integration);
        assert_eq!(count("web/tests/api.test.ts", Language::TypeScript, script).2, TestKind::Unit);
    }

    #[test]
    fn a_script_without_cases_is_manual() {
        assert_eq!(count("tests/run.py", Language::Python, "print('hello')").2, TestKind::Manual);
    }
}
