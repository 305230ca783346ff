//! Marks of the database that source code opens: a file of SQLite, or what a Prisma schema names.

use std::sync::LazyLock;

use plimsoll_base::Span;
use plimsoll_discover::{Format, Language};
use plimsoll_syntax::decode;
use regex::bytes::Regex;

use crate::library::Held;
use crate::pattern::pattern;
use crate::repository::{MarkKind, SourceMark};

/// The ways in which sources open a file of SQLite; group 1 is the path where it is written.
static SQLITE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        // A connection string in quotes: `sqlite:///./app.db`, `sqlite+aiosqlite:///`, `jdbc:sqlite:app.db`.
        r#"["'`](?:jdbc:)?sqlite(?:\+\w+)?:(?://)?/?([^"'`\n]*)["'`]"#,
        r#"|django\.db\.backends\.sqlite3"#,
        // Drivers: better-sqlite3, node's sqlite3, Python's own, Go's, Entity Framework.
        r#"|\bnew\s+(?:sqlite3\.|sqlite\.)?(?:Database|DatabaseSync)\(\s*["'`]([^"'`\n]+\.(?:db|sqlite3?))["'`]"#,
        r#"|\b(?:aio)?sqlite3?\.connect\(\s*(?:["']([^"'\n]+)["'])?"#,
        r#"|\bsql\.Open\(\s*"sqlite3?"|\bsqlite\.Open\(|\.UseSqlite\("#,
        // Options of ORMs: TypeORM, Knex, Sequelize.
        r#"|\b(?:type|client|dialect)\s*:\s*["'](?:better-)?sqlite3?["']"#,
    ))
});
/// The provider of a Prisma schema's data source.
static PRISMA: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?m)^\s*provider\s*=\s*"(postgresql|postgres|mysql|sqlite|sqlserver|mongodb|cockroachdb)""#));
/// Where a file takes its values from outside, so that a literal in it may be a default only.
static OUTSIDE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)environ|getenv|process\.env|settings\.|\bconfig\b|\bargs\.|\benv\(|postgres|mysql|if __name__"));
/// A literal that is handed over as it stands, at the margin of its file.
static FIXED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?m)^(?:\w+\s*(?::\s*\w+\s*)?=\s*)?(?:(?:create_(?:async_)?engine|\w*sqlite3?\.connect|Database)\(\s*)?["']sqlite(?:\+\w+)?://[^"'\n]*["']"#,
    )
});

/// What a source file shows of the database it opens: the first of each kind outside comments.
pub(crate) fn database_marks(held: &Held, bytes: &[u8]) -> Vec<SourceMark> {
    let prisma = held.format == Format::Source(Language::Prisma);
    let named = ["sqlite", "SQLite", "Sqlite"].iter().any(|w| memchr::memmem::find(bytes, w.as_bytes()).is_some());
    if !held.product() || !prisma && !named {
        return Vec::new();
    }
    let text = decode(bytes).0;
    let mark = |kind, start: usize, end: usize, says: &str| SourceMark {
        kind,
        at: held.at(Span::new(start, end)),
        path: held.path.clone(),
        says: says.chars().take(120).collect(),
    };
    if prisma {
        let found = PRISMA.captures_iter(text.as_bytes()).find_map(|c| Some((c.get(0)?, text.get(c.get(1)?.range())?)));
        return found
            .map(|(whole, provider)| {
                let kind = if provider == "sqlite" { MarkKind::OpensSqlite } else { MarkKind::NamesDatabase };
                vec![mark(kind, whole.start(), whole.end(), provider)]
            })
            .unwrap_or_default();
    }
    let line_start = |at: usize| text[..at].rfind('\n').map_or(0, |i| i + 1);
    let comment = |at: usize| {
        let line = text[line_start(at)..].trim_start();
        ["//", "#", "*", "--", "/*", "<!--", "import ", "from "].iter().any(|c| line.starts_with(c))
    };
    let found = SQLITE.captures_iter(text.as_bytes()).take(20).find(|c| c.get(0).is_some_and(|m| !comment(m.start())));
    let Some(captures) = found else { return Vec::new() };
    let Some(whole) = captures.get(0) else { return Vec::new() };
    let path = (1..=3).find_map(|n| captures.get(n)).and_then(|m| text.get(m.range())).unwrap_or_default();
    let code: String =
        text.lines().filter(|l| !["//", "#", "*"].iter().any(|c| l.trim_start().starts_with(c))).collect::<Vec<_>>().join("\n");
    let fixed = FIXED.is_match(text[line_start(whole.start())..].lines().next().unwrap_or_default().as_bytes())
        && !OUTSIDE.is_match(code.as_bytes());
    let kind = if fixed { MarkKind::FixesSqlite } else { MarkKind::OpensSqlite };
    vec![mark(kind, whole.start(), whole.end(), path)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::Held;

    fn marks(path: &str, language: Language, text: &str) -> Vec<(MarkKind, String)> {
        let held = Held::source(path, language);
        database_marks(&held, text.as_bytes()).into_iter().map(|m| (m.kind, m.says)).collect()
    }

    #[test]
    fn a_literal_is_told_from_a_default() {
        let fixed = "# postgresql:// in production\nDATABASE_URL = \"sqlite:///./news.db\"\nengine = create_engine(DATABASE_URL)\n";
        assert_eq!(marks("db/session.py", Language::Python, fixed), [(MarkKind::FixesSqlite, "./news.db".to_owned())]);
        let default = "import os\nURL = os.getenv(\"DATABASE_URL\", \"sqlite:///./app.db\")\n";
        assert_eq!(marks("db.py", Language::Python, default), [(MarkKind::OpensSqlite, "./app.db".to_owned())]);
        assert_eq!(
            marks("settings.py", Language::Python, "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3'}}\n")[0].0,
            MarkKind::OpensSqlite
        );
    }

    #[test]
    fn drivers_and_schemas_are_read_and_comments_are_not() {
        assert_eq!(marks("db.js", Language::JavaScript, "const db = new Database('data/app.db') // better-sqlite3\n")[0].1, "data/app.db");
        assert!(marks("db.py", Language::Python, "# url = \"sqlite:///x.db\"\n").is_empty());
        assert_eq!(
            marks("schema.prisma", Language::Prisma, "datasource db {\n  provider = \"postgresql\"\n  url = env(\"DATABASE_URL\")\n}\n"),
            [(MarkKind::NamesDatabase, "postgresql".to_owned())]
        );
    }
}
