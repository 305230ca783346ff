//! Names of calls that make clients of stores, and the options that hold their addresses.

use plimsoll_facts::code::{Call, Code, FunctionRef, Kind, Value};

/// Calls that make clients, with the engine where the client alone tells it.
#[rustfmt::skip]
pub(super) const CLIENTS: &[(&str, &str)] = &[
    // Python.
    ("sqlalchemy.create_engine", ""), ("sqlalchemy.ext.asyncio.create_async_engine", ""), ("sqlmodel.create_engine", ""),
    ("sqlalchemy.engine.create_engine", ""), ("databases.Database", ""), ("psycopg2.connect", "postgres"), ("psycopg2.pool.SimpleConnectionPool", "postgres"),
    ("psycopg2.pool.ThreadedConnectionPool", "postgres"), ("psycopg.connect", "postgres"), ("psycopg.AsyncConnection.connect", "postgres"),
    ("psycopg_pool.ConnectionPool", "postgres"), ("psycopg_pool.AsyncConnectionPool", "postgres"), ("asyncpg.connect", "postgres"),
    ("asyncpg.create_pool", "postgres"), ("pymysql.connect", "mysql"), ("mysql.connector.connect", "mysql"), ("MySQLdb.connect", "mysql"),
    ("aiomysql.create_pool", "mysql"), ("aiomysql.connect", "mysql"), ("sqlite3.connect", "sqlite"), ("aiosqlite.connect", "sqlite"),
    ("pymongo.MongoClient", "mongodb"), ("pymongo.AsyncMongoClient", "mongodb"), ("motor.motor_asyncio.AsyncIOMotorClient", "mongodb"),
    ("mongoengine.connect", "mongodb"), ("peewee.SqliteDatabase", "sqlite"), ("peewee.PostgresqlDatabase", "postgres"), ("peewee.MySQLDatabase", "mysql"),
    ("tortoise.Tortoise.init", ""), ("tortoise.contrib.fastapi.register_tortoise", ""),
    ("redis.Redis", "redis"), ("redis.StrictRedis", "redis"), ("redis.from_url", "redis"), ("redis.Redis.from_url", "redis"),
    ("redis.asyncio.Redis", "redis"), ("redis.asyncio.from_url", "redis"), ("redis.asyncio.Redis.from_url", "redis"),
    ("supabase.create_client", "hosted"),
    // JavaScript.
    ("pg.Pool", "postgres"), ("pg.Client", "postgres"), ("postgres", "postgres"), ("@neondatabase/serverless.neon", "postgres"),
    ("@neondatabase/serverless.Pool", "postgres"), ("@vercel/postgres.createPool", "postgres"), ("pg-promise()", "postgres"),
    ("mysql2.createPool", "mysql"), ("mysql2.createConnection", "mysql"), ("mysql2/promise.createPool", "mysql"),
    ("mysql2/promise.createConnection", "mysql"), ("mysql.createPool", "mysql"), ("mysql.createConnection", "mysql"),
    ("mongoose.connect", "mongodb"), ("mongoose.createConnection", "mongodb"), ("mongodb.MongoClient", "mongodb"), ("mongodb.MongoClient.connect", "mongodb"),
    ("@nestjs/mongoose.MongooseModule.forRoot", "mongodb"), ("@nestjs/mongoose.MongooseModule.forRootAsync", "mongodb"),
    ("typeorm.DataSource", ""), ("typeorm.createConnection", ""), ("@nestjs/typeorm.TypeOrmModule.forRoot", ""),
    ("@nestjs/typeorm.TypeOrmModule.forRootAsync", ""), ("sequelize.Sequelize", ""), ("sequelize", ""), ("@nestjs/sequelize.SequelizeModule.forRoot", ""),
    ("knex", ""), ("knex.knex", ""), ("better-sqlite3", "sqlite"), ("sqlite3.Database", "sqlite"), ("sqlite.DatabaseSync", "sqlite"),
    ("bun:sqlite.Database", "sqlite"), ("sqlite.open", "sqlite"), ("@libsql/client.createClient", "sqlite"),
    ("@prisma/adapter-pg.PrismaPg", "postgres"), ("@prisma/adapter-neon.PrismaNeon", "postgres"),
    ("@prisma/adapter-better-sqlite3.PrismaBetterSqlite3", "sqlite"), ("@prisma/adapter-libsql.PrismaLibSQL", "sqlite"),
    ("ioredis", "redis"), ("ioredis.Redis", "redis"), ("redis.createClient", "redis"), ("redis.createCluster", "redis"),
    ("@aws-sdk/client-dynamodb.DynamoDBClient", "dynamodb"), ("@aws-sdk/client-dynamodb.DynamoDB", "dynamodb"),
    ("@aws-sdk/client-s3.S3Client", "object-storage"), ("@aws-sdk/client-s3.S3", "object-storage"),
    ("@supabase/supabase-js.createClient", "hosted"), ("@supabase/ssr.createServerClient", "hosted"),
];
/// Drizzle's entry points by the path within the package: the driver, the engine.
pub(super) const DRIZZLE: &[(&str, &str)] = &[
    ("node-postgres", "postgres"),
    ("postgres-js", "postgres"),
    ("neon-http", "postgres"),
    ("neon-serverless", "postgres"),
    ("vercel-postgres", "postgres"),
    ("mysql2", "mysql"),
    ("better-sqlite3", "sqlite"),
    ("libsql", "sqlite"),
    ("bun-sqlite", "sqlite"),
];
/// Names under which an address, or the host of one, is handed in.
pub(super) const ADDRESSES: &[&str] = &[
    "url",
    "uri",
    "dsn",
    "conninfo",
    "connectionString",
    "connection_string",
    "db_url",
    "datasourceUrl",
    "connection",
    "host",
    "hostname",
];
/// Names under which the path of a file is handed in.
const FILES: &[&str] = &["storage", "filename", "database", "path"];

/// The engines that options name: `type: "postgres"`, `client: "pg"`, `dialect: "mysql"`.
pub(super) fn option_engine(word: &str) -> Option<&'static str> {
    Some(match word.rsplit('.').next().unwrap_or(word) {
        "postgres" | "postgresql" | "pg" | "postgis" | "cockroachdb" | "aurora-postgres" => "postgres",
        "mysql" | "mysql2" | "mariadb" | "aurora-mysql" => "mysql",
        "sqlite" | "sqlite3" | "better-sqlite3" | "sqljs" => "sqlite",
        "mssql" => "sqlserver",
        "mongodb" => "mongodb",
        _ => return None,
    })
}

/// The values that may be a client's address, the likeliest first. The name of a database is an address only of a file.
pub(super) fn candidates<'c>(code: &'c Code, call: &'c Call, scope: FunctionRef, file: bool) -> Vec<(&'c Value, FunctionRef)> {
    let keys = || ADDRESSES.iter().chain(FILES.iter().filter(|_| file));
    let mut found: Vec<(&Value, FunctionRef)> = keys().filter_map(|k| call.keyword(k)).map(|v| (v, scope)).collect();
    let Some(first) = call.argument(0) else { return found };
    match code.written(scope.module, scope.function, first) {
        // Options that are written elsewhere.
        Some((module, function, options)) if matches!(options.kind, Kind::Object(_)) => {
            let inner = FunctionRef { module, function };
            found.extend(keys().filter_map(|k| options.get(k)).map(|v| (v, inner)));
            // A factory of options gives them back.
            if let Some(function) = options.get("useFactory").and_then(|f| code.function_of(module, function, f)) {
                let outcomes = code.module(function.module).module.outcomes.iter().filter(|o| o.function == function.function);
                let objects = outcomes.filter_map(|o| o.value.as_ref());
                found.extend(objects.flat_map(|o| keys().filter_map(|k| o.get(k))).map(|v| (v, function)));
            }
        }
        _ => found.insert(0, (first, scope)),
    }
    found
}

/// The names of the options that a call is given: keywords, and the keys of objects, those written elsewhere included.
pub(super) fn options(code: &Code, call: &Call, scope: FunctionRef) -> Vec<String> {
    let mut found: Vec<String> = call.arguments.iter().filter_map(|a| a.name.as_ref().map(ToString::to_string)).collect();
    for argument in &call.arguments {
        if let Some((_, _, written)) = code.written(scope.module, scope.function, &argument.value) {
            found.extend(written.entries().iter().filter_map(|e| e.key.as_ref().map(ToString::to_string)));
        }
    }
    found
}
