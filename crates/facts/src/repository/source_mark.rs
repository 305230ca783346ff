//! Marks in source code that single lines show: an API description served, a field for personal data, its erasure or
//! export, a vendor's monitoring that is started, a script that measures usage.

use std::ops::Range;
use std::sync::LazyLock;

use plimsoll_base::{Span, Words};
use plimsoll_discover::{Format, Language};
use plimsoll_syntax::decode;
use regex::bytes::Regex;

use crate::library::Held;
use crate::pattern::pattern;
use crate::repository::personal_field::personal_field;
use crate::repository::{MarkKind, SourceMark};

/// A form: what it marks, and the pattern that shows it.
struct Form {
    kind: MarkKind,
    pattern: LazyLock<Regex>,
}

macro_rules! form {
    ($k:ident, $p:literal) => {
        Form { kind: MarkKind::$k, pattern: LazyLock::new(|| pattern($p)) }
    };
}

static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
    vec![
        form!(
            ServesApiDescription,
            r"SwaggerModule\.setup\(|Spectacular(?:Swagger|Redoc|API)\w*View|swagger[uU]i(?:Express)?\.(?:setup|serve)|swaggerUI\(|\bapp\.MapOpenApi\(|\.UseSwagger\(|ginSwagger\.|httpSwagger\.|echoSwagger\.|fiberSwagger\.|SwaggerUi::new|RapiDoc::new|Scalar::with_url|apiReference\(|get_schema_view\(|[nN]injaAPI\(|fastify(?:Swagger|SwaggerUi)\b|@fastify/swagger|\bFlasgger\b|\bSwagger\(app|\bApi\(app\b.{0,40}doc=|flask_smorest|humago\.New|humachi\.New|huma\.(?:New|Register)|OpenAPIHono|\bapispec\b"
        ),
        form!(HidesApiDescription, r"openapi_url\s*=\s*None"),
        form!(
            ErasesPersonalData,
            r"(?i)\b(?:delete_?(?:my_?)?account|delete_?(?:own_?)?user(?:_?me|_?data|_?account)?|account_?deletion|erase_?user(?:_?data)?|destroy_?user|remove_?user_?data|anonymi[sz]e_?user|right_to_be_forgotten|gdpr_?(?:delete|erase|erasure))\b|/account/delete|/privacy/(?:delete|erase)"
        ),
        form!(
            ExportsPersonalData,
            r"(?i)\b(?:export_?(?:my_?|user_?|personal_?|account_?)data|download_?(?:my_?|user_?|personal_?)data|personal_?data_?export|account_?export|data_?portability|gdpr_?export)\b|/account/export|/privacy/export"
        ),
        form!(
            StartsMonitoring,
            r"(?i)\bsentry\w*(?:::|\.)(?:init|forRoot)|withSentry|\.UseSentry\(|\bbugsnag\.(?:start|configure|register)|\brollbar\.(?:init|configure)|new Rollbar\(|\bhoneybadger\.(?:configure|init)|\bairbrake\.configure|\braygun\w*\.(?:init|setup)|(?:dd-?trace|tracer)\S{0,20}\.init\(|\bnewrelic\.agent\.initialize|require\(.newrelic|appInsights\.setup|useAzureMonitor|configure_azure_monitor|AddApplicationInsightsTelemetry|elastic-apm\S{0,20}\.start\(|\bElasticAPM\(|\bappsignal\.(?:start|configure)|\blogfire\.configure|\bH\.init\("
        ),
        form!(
            MeasuresUsage,
            r"(?i)plausible\.io/js/|/js/plausible[\w.-]*\.js|googletagmanager\.com/gt(?:ag|m)|google-analytics\.com/analytics\.js|data-website-id|cloud\.umami\.is|posthog\.com/static|posthog\.init\(|static\.cloudflareinsights\.com/beacon|cdn\.usefathom\.com|scripts\.simpleanalyticscdn|cdn\.segment\.com/analytics|cdn\.mxpnl\.com|cdn\.amplitude\.com|clarity\.ms/tag|matomo\.(?:js|php)|setTrackerUrl|static\.hotjar\.com"
        ),
    ]
});

/// A stored entity that is a person: `class Patient(Base)`, `model User {`, `CREATE TABLE users`.
static PERSON: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?m)^[ \t]*(?:(?:export|public|pub)[ \t]+)*(?:class|model|struct|type)[ \t]+(?:User|Patient|Customer|Person|Employee|Student|Member|Citizen|Applicant)(?:Base|Model|Entity|Profile|Account)?\b|(?i:create table (?:if not exists )?["`]?(?:\w+\.)?(?:users?|patients?|customers?|persons?|people|employees|students|members)["`]?[ \t]*\()|create_table[ \t(]+[:"'](?:users|patients|customers|people|employees|students|members)\b"#,
    )
});

/// Words in lower case of which one stands in every match of the forms at the places given.
#[rustfmt::skip]
const WORDS: [(&[usize], &[&str]); 7] = [
    (&[0], &["swagger", "spectacular", "app.mapopenapi", "rapidoc::new", "scalar::with_url", "apireference(", "get_schema_view(", "ninjaapi(", "api(app", "flask_smorest", "humago.new", "humachi.new", "huma.new", "huma.register", "openapihono", "apispec"]),
    (&[1], &["openapi_url"]),
    (&[2], &["deleteaccount", "delete_account", "deletemy", "delete_my", "deleteuser", "delete_user", "deleteown", "delete_own", "accountdeletion", "account_deletion", "eraseuser", "erase_user", "destroyuser", "destroy_user", "removeuser", "remove_user", "anonymiseuser", "anonymise_user", "anonymizeuser", "anonymize_user", "right_to_be_forgotten", "/account/delete"]),
    (&[3], &["exportdata", "export_data", "exportmy", "export_my", "exportuser", "export_user", "exportpersonal", "export_personal", "exportaccount", "export_account", "downloaddata", "download_data", "downloadmy", "download_my", "downloaduser", "download_user", "downloadpersonal", "download_personal", "personaldata", "personal_data", "accountexport", "account_export", "dataportability", "data_portability", "/account/export"]),
    (&[2, 3], &["gdpr", "/privacy/"]),
    (&[4], &["sentry", "bugsnag", "rollbar", "honeybadger", "airbrake", "raygun", "dd-trace", "ddtrace", "tracer", "newrelic", "appinsights", "azuremonitor", "azure_monitor", "applicationinsights", "elastic-apm", "elasticapm", "appsignal", "logfire", "h.init("]),
    (&[5], &["plausible", "googletagmanager", "google-analytics", "data-website-id", "umami", "posthog", "cloudflareinsights", "usefathom", "simpleanalytics", "cdn.segment", "mxpnl", "cdn.amplitude", "clarity.ms", "matomo", "settrackerurl", "hotjar"]),
];

static GATE: LazyLock<Words> = LazyLock::new(|| Words::new(WORDS.iter().flat_map(|(_, words)| words.iter().copied())));

/// The forms that may match a text: few files hold any of their words, and the patterns are compiled only for those.
fn possible(bytes: &[u8]) -> Vec<&'static Form> {
    let mut may = vec![false; FORMS.len()];
    for hit in GATE.hits(bytes) {
        let mut index = hit.word;
        for (forms, words) in WORDS {
            if index < words.len() {
                forms.iter().for_each(|form| may[*form] = true);
                break;
            }
            index -= words.len();
        }
    }
    FORMS.iter().zip(may).filter(|(_, may)| *may).map(|(form, _)| form).collect()
}

/// The marks of a source or schema file, the first of each kind.
pub(crate) fn source_marks(held: &Held, bytes: &[u8]) -> Vec<SourceMark> {
    if !held.product() {
        return Vec::new();
    }
    let (possible, models) = (possible(bytes), models(held));
    if possible.is_empty() && !models {
        return Vec::new();
    }
    let text = decode(bytes).0;
    let mut found = Vec::new();
    let mut add = |kind: MarkKind, at: Range<usize>| {
        let says: String = text[at.clone()].trim().chars().take(60).collect();
        found.push(SourceMark { kind, at: held.at(Span::new(at.start, at.end)), path: held.path.clone(), says });
    };
    for form in possible {
        first_in_code(&form.pattern, &text).into_iter().for_each(|at| add(form.kind, at));
    }
    if models {
        personal_field(&text).into_iter().for_each(|at| add(MarkKind::PersonalField, at));
        first_in_code(&PERSON, &text).into_iter().for_each(|at| add(MarkKind::PersonalEntity, at));
    }
    found
}

/// Where a pattern first matches outside comments and imports, without the blanks before it.
fn first_in_code(pattern: &Regex, text: &str) -> Option<Range<usize>> {
    let line_of = |at: usize| {
        let start = text[..at].rfind('\n').map_or(0, |i| i + 1);
        text[start..].lines().next().unwrap_or_default().trim()
    };
    // A handful of matches in comments do not hide the one in code; more are not looked through.
    let matches = pattern.find_iter(text.as_bytes()).take(50).filter_map(|m| Some((m.end(), text.get(m.range())?.trim_start())));
    let places = matches.map(|(end, said)| end - said.len()..end);
    let apart = ["//", "#", "*", "--", "/*", "<!--", "import ", "from "];
    places.into_iter().find(|at| !apart.iter().any(|c| line_of(at.start).starts_with(c)))
}

/// Whether the file may declare stored data: a schema language, or source on a path that speaks of models.
fn models(held: &Held) -> bool {
    if matches!(held.format, Format::Sql | Format::Source(Language::Prisma | Language::Protobuf)) {
        return true;
    }
    let path = held.path.to_ascii_lowercase();
    [
        "model", "schema", "entit", "migrat", "domain", "/db/", "database", "table", "store", "account", "user", "patient", "customer",
        "profile",
    ]
    .iter()
    .any(|w| path.contains(w))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(path: &str, language: Language, text: &str) -> Vec<MarkKind> {
        let held = Held::source(path, language);
        source_marks(&held, text.as_bytes()).into_iter().map(|m| m.kind).collect()
    }

    #[test]
    fn personal_fields_are_told_in_every_language() {
        for (path, language, text) in [
            ("prisma/schema.prisma", Language::Prisma, "model User {\n  email String @unique\n}"),
            ("app/models.py", Language::Python, "class User(Base):\n    email = Column(String)"),
            ("app/models.py", Language::Python, "class User(Base):\n    email: Mapped[str] = mapped_column()"),
            ("app/models.py", Language::Python, "class U(SQLModel):\n    email: EmailStr = Field(unique=True)"),
            ("src/user.entity.ts", Language::TypeScript, "export class User {\n  @Column() email: string;\n}"),
            ("src/models/User.js", Language::JavaScript, "new Schema({\n  email: { type: String }\n})"),
            ("src/model/User.java", Language::Java, "class User {\n  private String email;\n}"),
            ("Models/User.cs", Language::CSharp, "class U {\n  public string Email { get; set; }\n}"),
            ("model/user.go", Language::Go, "type User struct {\n\tEmail string `json:\"email\"`\n}"),
            ("db/schema.rb", Language::Ruby, "  t.string \"email\", null: false"),
            ("database/migrations/a.php", Language::Php, "  $table->string('email')->unique();"),
            ("src/schema.rs", Language::Rust, "  email -> Nullable<Text>,"),
        ] {
            assert!(marks(path, language, text).contains(&MarkKind::PersonalField), "{path}: {text}");
        }
    }

    /// A form whose words do not open the gate would never be looked for.
    #[test]
    fn the_gate_lets_every_form_pass() {
        for (index, text) in [
            (0, "swaggerUI("),
            (0, "SpectacularAPIView"),
            (0, "app.MapOpenApi("),
            (0, "Api(app, doc='/docs')"),
            (0, "huma.Register"),
            (0, "NinjaAPI("),
            (1, "openapi_url = None"),
            (2, "deleteMyAccount"),
            (2, "DELETE_USER_DATA"),
            (2, "delete_own_user"),
            (2, "accountDeletion"),
            (2, "anonymizeUser"),
            (2, "gdpr_erasure"),
            (2, "/privacy/erase"),
            (3, "exportMyData"),
            (3, "export_account_data"),
            (3, "downloadMyData"),
            (3, "personal_data_export"),
            (3, "data_portability"),
            (3, "gdprExport"),
            (3, "/account/export"),
            (4, "Sentry.init("),
            (4, "sentry_sdk.init("),
            (4, "sentry::init("),
            (4, "require('dd-trace').init("),
            (4, "H.init("),
            (4, "configure_azure_monitor("),
        ] {
            assert!(FORMS[index].pattern.is_match(text.as_bytes()), "{text}");
            assert!(possible(text.as_bytes()).iter().any(|f| f.kind == FORMS[index].kind), "{text}");
        }
    }

    #[test]
    fn a_stored_person_is_personal_data() {
        assert_eq!(
            marks("app/models/patient.py", Language::Python, "class Patient(SQLModel, table=True):\n    id: int"),
            [MarkKind::PersonalEntity]
        );
        assert!(marks("app/models/order.py", Language::Python, "class UserOrderCount(Base):\n    id: int").is_empty());
    }

    #[test]
    fn comments_and_other_fields_are_no_personal_data() {
        assert!(marks("app/models.py", Language::Python, "# email = Column(String)\ntitle = Column(String)").is_empty());
        assert!(marks("src/models/mail.ts", Language::TypeScript, "sendEmail(template)").is_empty());
    }

    #[test]
    fn a_served_description_is_told_from_an_import() {
        assert_eq!(
            marks("src/main.ts", Language::TypeScript, "SwaggerModule.setup('docs', app, document)"),
            [MarkKind::ServesApiDescription]
        );
        assert!(marks("src/main.ts", Language::TypeScript, "// SwaggerModule.setup('docs', app)").is_empty());
        assert_eq!(marks("app/main.py", Language::Python, "app = FastAPI(openapi_url=None)"), [MarkKind::HidesApiDescription]);
    }
}
