//! Names of what makes texts, numbers and pieces of statements.

/// Annotations of Python that a framework turns what is sent into: nothing of the text is left.
pub(super) const CHECKED_TYPES: &[&str] =
    &["int", "float", "bool", "UUID", "date", "datetime", "Decimal", "Literal", "UUID4", "PositiveInt", "NonNegativeInt"];
/// Calls by plain name that leave a number, a truth value or a time.
pub(super) const TO_NUMBER: &[&str] =
    &["int", "float", "len", "bool", "round", "Number", "parseInt", "parseFloat", "BigInt", "Boolean", "Date", "id", "hash"];
/// Beginnings of names of what builds queries with bound values, or gives no text of a request.
pub(super) const BUILDERS: &[&str] = &[
    "psycopg2.sql.",
    "psycopg.sql.",
    "sqlalchemy.",
    "sqlmodel.",
    "@prisma/client.",
    "drizzle-orm",
    "kysely",
    "pg-format",
    "sqlstring.",
    "mysql.escape",
    "mysql2.escape",
    "datetime.",
    "time.",
    "uuid.",
    "Math.",
    "Date.",
    "random.",
    "crypto.randomUUID",
    "secrets.",
    "pypika.",
];
/// Methods that give parts of what they are called on, perhaps with their arguments in it.
pub(super) const TEXT_METHODS: &[&str] = &[
    "format",
    "concat",
    "replace",
    "replaceAll",
    "strip",
    "lstrip",
    "rstrip",
    "trim",
    "lower",
    "upper",
    "toLowerCase",
    "toUpperCase",
    "slice",
    "substring",
    "split",
    "toString",
    "encode",
    "decode",
    "filter",
    "sort",
    "reverse",
    "get",
    "pop",
    "shift",
    "join",
    "repeat",
    "flat",
    "values",
    "keys",
    "items",
    "title",
    "capitalize",
    "padStart",
    "zfill",
    "format_map",
    "splice",
    "at",
    "find",
];
