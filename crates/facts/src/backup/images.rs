//! Images that exist to back something up, as data: what they dump, when they run by themselves, and which variables say where to.

/// What is known of an image that backs something up.
#[derive(Debug)]
pub struct BackupImage {
    /// The ends of the repository's name.
    repositories: &'static [&'static str],
    /// What it is called in output.
    pub tool: &'static str,
    /// The engine that it dumps; none where it copies volumes or files.
    pub engine: Option<&'static str>,
    /// The variables that state its schedule.
    pub schedule: &'static [&'static str],
    /// The schedule that it keeps where nothing is stated; none where it then runs once or waits for a command.
    pub default_schedule: Option<&'static str>,
    /// The variables that state for how many days copies are kept.
    pub keep: &'static [&'static str],
    /// For how many days it keeps copies by default; 0 is for ever.
    pub default_keep: u32,
    /// Variables of which each sends copies off the host.
    pub remote: &'static [&'static str],
    /// Whether it always sends them off the host.
    pub always_remote: bool,
    /// Variables that name who is told of failures.
    pub told: &'static [&'static str],
    /// Variables that name the store it reads from.
    pub host: &'static [&'static str],
    /// Whether it archives changes as they happen.
    pub continuous: bool,
}

const HOSTS: &[&str] = &["POSTGRES_HOST", "MYSQL_HOST", "DB_HOST", "DB_SERVER", "MONGO_HOST", "HOST", "DB01_HOST", "MARIADB_HOST"];
const S3: &[&str] = &["S3_BUCKET", "S3_ENDPOINT", "AWS_S3_BUCKET_NAME", "BUCKET", "S3_BUCKET_NAME"];
const PLAIN: BackupImage = BackupImage {
    repositories: &[],
    tool: "",
    engine: None,
    schedule: &["SCHEDULE"],
    default_schedule: None,
    keep: &["BACKUP_KEEP_DAYS"],
    default_keep: 0,
    remote: S3,
    always_remote: false,
    told: &[],
    host: HOSTS,
    continuous: false,
};

/// The images. Defaults are those of each project's own documentation.
static IMAGES: &[BackupImage] = &[
    BackupImage {
        repositories: &["prodrigestivill/postgres-backup-local"],
        tool: "postgres-backup-local",
        engine: Some("postgres"),
        default_schedule: Some("@daily"),
        default_keep: 7,
        remote: &[],
        told: &["WEBHOOK_URL", "WEBHOOK_ERROR_URL"],
        ..PLAIN
    },
    BackupImage {
        repositories: &["postgres-backup-s3", "pg-backup-s3", "postgresql-backup-s3"],
        tool: "postgres-backup-s3",
        engine: Some("postgres"),
        always_remote: true,
        ..PLAIN
    },
    BackupImage { repositories: &["mysql-backup-s3"], tool: "mysql-backup-s3", engine: Some("mysql"), always_remote: true, ..PLAIN },
    BackupImage {
        repositories: &["kartoza/pg-backup"],
        tool: "pg-backup",
        engine: Some("postgres"),
        schedule: &["CRON_SCHEDULE"],
        default_schedule: Some("0 23 * * *"),
        keep: &["REMOVE_BEFORE"],
        remote: &["STORAGE_BACKEND", "BUCKET", "ACCESS_KEY_ID"],
        ..PLAIN
    },
    BackupImage {
        repositories: &["databack/mysql-backup", "deitch/mysql-backup"],
        tool: "mysql-backup",
        engine: Some("mysql"),
        schedule: &["DB_DUMP_CRON", "DB_DUMP_FREQ", "DB_DUMP_FREQUENCY"],
        default_schedule: Some("every 1440 minutes"),
        keep: &["DB_DUMP_RETENTION", "RETENTION"],
        remote: &["AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL"],
        ..PLAIN
    },
    BackupImage {
        repositories: &["fradelg/mysql-cron-backup"],
        tool: "mysql-cron-backup",
        engine: Some("mysql"),
        schedule: &["CRON_TIME"],
        default_schedule: Some("0 3 * * *"),
        keep: &["MAX_BACKUPS"],
        remote: &[],
        ..PLAIN
    },
    BackupImage {
        repositories: &["tiredofit/db-backup", "nfrastack/db-backup", "nfrastack/container-db-backup"],
        tool: "db-backup",
        schedule: &["DEFAULT_BACKUP_INTERVAL", "DB01_BACKUP_INTERVAL", "DB_DUMP_FREQ"],
        default_schedule: Some("every 1440 minutes"),
        keep: &["DEFAULT_CLEANUP_TIME", "DB01_CLEANUP_TIME", "DB_CLEANUP_TIME"],
        remote: &["DEFAULT_S3_BUCKET", "DB01_S3_BUCKET", "S3_BUCKET", "DEFAULT_BLOBXFER_STORAGE_ACCOUNT"],
        told: &["ENABLE_NOTIFICATIONS", "NOTIFICATION_TYPE"],
        ..PLAIN
    },
    BackupImage {
        repositories: &["stefanprodan/mgob", "maxisam/mgob"],
        tool: "mgob",
        engine: Some("mongodb"),
        default_schedule: Some("its plan"),
        ..PLAIN
    },
    BackupImage {
        repositories: &["mongodb-backup-s3", "mongo-backup-s3"],
        tool: "mongo-backup-s3",
        engine: Some("mongodb"),
        schedule: &["CRON_TIME", "SCHEDULE"],
        default_schedule: Some("0 3 * * *"),
        always_remote: true,
        ..PLAIN
    },
    BackupImage {
        repositories: &["offen/docker-volume-backup"],
        tool: "docker-volume-backup",
        schedule: &["BACKUP_CRON_EXPRESSION"],
        default_schedule: Some("@daily"),
        keep: &["BACKUP_RETENTION_DAYS"],
        remote: &[
            "AWS_S3_BUCKET_NAME",
            "WEBDAV_URL",
            "SSH_HOST_NAME",
            "AZURE_STORAGE_ACCOUNT_NAME",
            "DROPBOX_REFRESH_TOKEN",
            "GOOGLE_DRIVE_CREDENTIALS_JSON",
        ],
        told: &["NOTIFICATION_URLS", "EMAIL_NOTIFICATION_RECIPIENT"],
        ..PLAIN
    },
    BackupImage {
        repositories: &["mazzolino/restic", "djmaze/resticker", "lobaro/restic-backup-docker", "restic-backup-docker"],
        tool: "restic",
        schedule: &["BACKUP_CRON"],
        default_schedule: Some("0 */6 * * *"),
        keep: &[],
        remote: &[],
        told: &["POST_COMMANDS_FAILURE", "MAILX_ARGS", "TEAMS_WEBHOOK_URL"],
        ..PLAIN
    },
    BackupImage {
        repositories: &["b3vis/borgmatic", "borgmatic-collective/borgmatic", "modem7/borgmatic-docker"],
        tool: "borgmatic",
        schedule: &["BACKUP_CRON", "CRON"],
        default_schedule: Some("its crontab"),
        keep: &[],
        remote: &[],
        ..PLAIN
    },
    BackupImage {
        repositories: &["litestream/litestream"],
        tool: "Litestream",
        engine: Some("sqlite"),
        schedule: &[],
        default_schedule: Some("continuously"),
        keep: &[],
        remote: &["LITESTREAM_REPLICA_URL"],
        continuous: true,
        ..PLAIN
    },
    BackupImage {
        repositories: &["duplicati/duplicati", "linuxserver/duplicati"],
        tool: "Duplicati",
        schedule: &[],
        keep: &[],
        remote: &[],
        ..PLAIN
    },
];

/// What a ready-made image backs up; none for any other image.
pub fn backup_image(image: &str) -> Option<&'static BackupImage> {
    let name = image.split('@').next().unwrap_or(image);
    let name = match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => name,
    };
    let ends = |repository: &str| name == repository || name.strip_suffix(repository).is_some_and(|rest| rest.ends_with('/'));
    IMAGES.iter().find(|i| i.repositories.iter().any(|r| ends(r)))
}
