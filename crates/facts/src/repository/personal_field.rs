//! A field that holds data about a person, as models, schemas and migrations declare it.
//!
//! The name is looked for first and what stands around it second: one expression for both would hold every name once for each language,
//! and compiling it would take longer than reading most repositories.

use std::ops::Range;
use std::sync::LazyLock;

use plimsoll_base::Words;
use regex::bytes::Regex;

use crate::pattern::pattern;

/// Names of such fields, in lower case and without underscores.
const NAMES: [&str; 18] = [
    "email",
    "emailaddress",
    "phone",
    "phonenumber",
    "phoneno",
    "mobilenumber",
    "firstname",
    "lastname",
    "fullname",
    "dateofbirth",
    "birthdate",
    "dob",
    "ssn",
    "passportnumber",
    "nationalid",
    "homeaddress",
    "streetaddress",
    "postaladdress",
];
/// Whose data it is, before the name.
const WHOSE: [&str; 10] = ["user", "owner", "customer", "contact", "patient", "billing", "account", "member", "student", "employee"];

/// No annotation before a field is longer: the rest of a long line is data.
const LONGEST_LEAD: usize = 1000;

/// Parts of which each name holds one; few identifiers do.
static PARTS: LazyLock<Words> =
    LazyLock::new(|| Words::new(["mail", "phone", "mobile", "name", "birth", "dob", "ssn", "passport", "national", "address"]));

/// What may stand before the declaration itself: annotations and modifiers.
static LEAD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\A[ \t]*(?:@\w+(?:\([^)\n]*\))?[ \t]*)*(?:(?:private|public|protected|readonly|final|required|internal)[ \t]+)*")
});
/// SQL, Prisma and Diesel, behind the name: `email varchar`, `email String @unique`, `"email" TEXT`, `email -> Text`.
static TYPED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"\A["`]?[ \t]+(?:->[ \t]+)?(?i:varchar|text|citext|character|nvarchar|string|nullable|char)\b"#));
/// Python, behind the name: `email = Column(`, `email: Mapped[str]`, `email: EmailStr`, `email = models.EmailField(`; Mongoose and Drizzle:
/// `email: { type`, `email: text(`.
static ASSIGNED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?m)\A[ \t]*(?::[ \t]*(?:Mapped\[|EmailStr|Optional\[EmailStr|Column|\{[ \t]*type|text\(|varchar\(|v\.string|Option<String>|String,|string;|str\b[^'"(]*$)|=[ \t]*(?:db\.Column|sa\.Column|Column|mapped_column|models\.|Field\(|fields\.))"#,
    )
});
/// Ruby and Elixir, before the name: `t.string :email`, `add_column :users, :email`, `field :email`.
static SYMBOL: LazyLock<Regex> = LazyLock::new(|| pattern(r#"\A(?:t\.\w+[ \t]+[:"']|field[ \t]+:|add_column[ \t]+:\w+,[ \t]*:)\z"#));

/// Where the first declaration of such a field stands, from its first word to the last that tells it.
pub(super) fn personal_field(text: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let (mut seen, mut line) = (0, 0);
    for hit in PARTS.hits(bytes).map(|hit| hit.start) {
        if hit < seen {
            continue;
        }
        let start = bytes[seen..hit].iter().rposition(|b| !is_word(*b)).map_or(seen, |at| seen + at + 1);
        line = bytes[seen..start].iter().rposition(|b| *b == b'\n').map_or(line, |at| seen + at + 1);
        let end = bytes[hit..].iter().position(|b| !is_word(*b)).map_or(bytes.len(), |length| hit + length);
        seen = end;
        if start - line > LONGEST_LEAD || !names_a_person(&bytes[start..end]) {
            continue;
        }
        if let Some(behind) = declared(&bytes[line..start], &bytes[end..]) {
            let indentation = bytes[line..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
            return Some(line + indentation..end + behind);
        }
    }
    None
}

/// The bytes of a name, those of foreign letters included.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn names_a_person(identifier: &[u8]) -> bool {
    const LONGEST: usize = 40;
    if identifier.len() > LONGEST {
        return false;
    }
    let bare: Vec<u8> = identifier.iter().filter(|b| **b != b'_').map(u8::to_ascii_lowercase).collect();
    let name = WHOSE.iter().find_map(|whose| bare.strip_prefix(whose.as_bytes())).unwrap_or(&bare);
    NAMES.iter().any(|known| known.as_bytes() == name)
}

/// How much behind a name belongs to the declaration of a field; none where what stands around it on its line is no declaration.
fn declared(before: &[u8], behind: &[u8]) -> Option<usize> {
    let lead = LEAD.find(before).map_or(0, |lead| lead.end());
    let length = |pattern: &Regex| pattern.find(behind).map(|found| found.len());
    let blanks = |bytes: &[u8]| bytes.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    match &before[lead..] {
        b"" => length(&TYPED).or_else(|| length(&ASSIGNED)),
        b"\"" | b"`" => length(&TYPED),
        // Laravel: `$table->string('email')`.
        [b'$', b't', b'a', b'b', b'l', b'e', b'-', b'>', method @ .., b'(', b'\'' | b'"'] => {
            let called = !method.is_empty() && method.iter().all(|b| is_word(*b));
            (called && matches!(behind.first(), Some(b'\'' | b'"'))).then_some(1)
        }
        // Java, C#, Kotlin: `String email;`, `string Email { get`.
        [b's' | b'S', b't', b'r', b'i', b'n', b'g', blank @ ..] => {
            let blank = blank.strip_prefix(b"?").unwrap_or(blank);
            let apart = !blank.is_empty() && blanks(blank) == blank.len();
            let gap = blanks(behind);
            (apart && matches!(behind.get(gap), Some(b';' | b'{' | b'='))).then_some(gap + 1)
        }
        symbol @ ([b't', b'.', ..] | [b'f', b'i', b'e', b'l', b'd', ..] | [b'a', b'd', b'd', b'_', ..]) => {
            SYMBOL.is_match(symbol).then_some(0)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Option<&str> {
        personal_field(text).map(|range| &text[range])
    }

    #[test]
    fn a_declaration_reaches_to_what_tells_it() {
        assert_eq!(said("create table a (\n  \"user_email\" VARCHAR(255),"), Some("\"user_email\" VARCHAR"));
        assert_eq!(said("  @Column() private readonly firstName: string;"), Some("@Column() private readonly firstName: string;"));
        assert_eq!(said("class A:\n    date_of_birth = models.DateField()"), Some("date_of_birth = models."));
        assert_eq!(said("    private String? CustomerPhoneNo ;"), Some("private String? CustomerPhoneNo ;"));
        assert_eq!(said("\t$table->string('home_address')"), Some("$table->string('home_address'"));
        assert_eq!(said("  add_column :users, :dob, :date"), Some("add_column :users, :dob"));
        assert_eq!(said("  field :ssn"), Some("field :ssn"));
    }

    #[test]
    fn other_names_and_other_uses_are_passed_over() {
        for text in [
            "email_sent_at varchar",
            "nickname text",
            "  send(email)",
            "let email = Column()",
            "$table->string('email_hash')",
            "field :emails",
            "\"email\": Column",
        ] {
            assert_eq!(said(text), None, "{text}");
        }
        assert_eq!(said("name text\nemails text\nemail text"), Some("email text"));
    }
}
