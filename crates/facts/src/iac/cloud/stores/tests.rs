use plimsoll_discover::Tree;

use crate::gather;
use crate::iac::cloud::of_terraform;
use crate::infrastructure::{Holds, StoreKind, TrafficSource};

#[test]
fn defaults_of_a_database_are_those_of_its_provider() {
    let found = of_terraform("resource \"aws_db_instance\" \"main\" {\n  engine = \"postgres\"\n}\n");
    let s = &found.stores[0];
    assert_eq!((s.name.as_str(), s.kind, s.product), ("aws_db_instance.main", StoreKind::Relational, "RDS"));
    let off = |p: &Option<crate::infrastructure::Property<bool>>| p.as_ref().is_some_and(|p| p.off());
    assert!(off(&s.encrypted) && off(&s.public) && off(&s.failover) && off(&s.deletion_protection) && off(&s.point_in_time));
    assert!(s.final_snapshot.as_ref().is_some_and(|p| p.on()), "skip_final_snapshot is false by default");
    assert_eq!(s.backup_days.as_ref().and_then(|d| d.known()), Some(&0));
}

#[test]
fn replicas_belong_to_their_source_and_give_its_reach_away() {
    let found = of_terraform(
        "resource \"aws_db_instance\" \"main\" { engine = \"postgres\" }\nresource \"aws_db_instance\" \"read\" {\n  replicate_source_db = aws_db_instance.main.identifier\n  publicly_accessible = true\n}\n",
    );
    assert_eq!(found.stores.len(), 1);
    assert_eq!(found.stores[0].read_replicas.len(), 1);
    assert!(found.stores[0].public.as_ref().is_some_and(|p| p.on()));
}

#[test]
fn an_aurora_cluster_counts_its_instances() {
    let cluster = |count: &str| {
        of_terraform(&format!(
            "resource \"aws_rds_cluster\" \"main\" {{\n  engine = \"aurora-postgresql\"\n  storage_encrypted = true\n}}\nresource \"aws_rds_cluster_instance\" \"main\" {{\n  count = {count}\n  cluster_identifier = aws_rds_cluster.main.id\n}}\n"
        ))
    };
    assert!(cluster("2").stores[0].failover.as_ref().is_some_and(|p| p.on()));
    assert!(cluster("1").stores[0].failover.as_ref().is_some_and(|p| p.off()));
    assert!(cluster("var.n").stores[0].failover.as_ref().is_some_and(|p| p.known().is_none()), "decided elsewhere");
}

#[test]
fn a_table_is_encrypted_and_its_log_is_off_unless_switched_on() {
    let found = of_terraform(
        "resource \"aws_dynamodb_table\" \"a\" {\n  name = \"a\"\n  point_in_time_recovery {\n    enabled = true\n  }\n}\nresource \"aws_dynamodb_table\" \"b\" {\n  name = \"b\"\n}\n",
    );
    assert!(found.stores.iter().all(|s| s.encrypted.as_ref().is_some_and(|p| p.on())));
    assert_eq!(found.stores.iter().filter_map(|s| s.backup_days.as_ref()?.known().copied()).collect::<Vec<_>>(), [35, 0]);
}

#[test]
fn a_bucket_is_public_only_where_something_lets_everyone_in() {
    let bucket = "resource \"aws_s3_bucket\" \"b\" { bucket = \"b\" }\n";
    let open = "resource \"aws_s3_bucket_policy\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({ Statement = [{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"x\" }] })\n}\n";
    let block = "resource \"aws_s3_bucket_public_access_block\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  block_public_policy = true\n  restrict_public_buckets = true\n}\n";
    let limited = open.replace("Resource = \"x\"", "Resource = \"x\", Condition = { StringEquals = { \"AWS:SourceArn\" = \"x\" } }");
    let public = |text: String| of_terraform(&text).stores[0].public.as_ref().and_then(|p| p.known().copied());
    assert_eq!(public(bucket.into()), Some(false));
    assert_eq!(public(format!("{bucket}{open}")), Some(true));
    assert_eq!(public(format!("{bucket}{open}{block}")), Some(false));
    assert_eq!(public(format!("{bucket}{limited}")), Some(false));
    let source = "data \"aws_iam_policy_document\" \"d\" {\n  statement {\n    actions = [\"s3:GetObject\"]\n    principals {\n      type = \"*\"\n      identifiers = [\"*\"]\n    }\n  }\n}\nresource \"aws_s3_bucket_policy\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  policy = data.aws_iam_policy_document.d.json\n}\n";
    assert_eq!(public(format!("{bucket}{source}")), Some(true));
    let text = "resource \"aws_s3_bucket_policy\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  policy = <<EOF\n{\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"*\"}, \"Action\": \"s3:*\", \"Resource\": \"${aws_s3_bucket.b.arn}/*\"}]}\nEOF\n}\n";
    assert_eq!(public(format!("{bucket}{text}")), Some(true));
}

#[test]
fn what_refers_to_a_bucket_tells_what_it_holds() {
    let holds = |text: &str| of_terraform(&format!("resource \"aws_s3_bucket\" \"b\" {{ bucket = \"b\" }}\n{text}")).stores[0].holds;
    assert_eq!(holds(""), Holds::Data);
    let cdn = "resource \"aws_cloudfront_distribution\" \"d\" {\n  origin {\n    domain_name = aws_s3_bucket.b.bucket_regional_domain_name\n  }\n}\n";
    assert_eq!(holds(cdn), Holds::Assets);
    let handed = "resource \"aws_lambda_function\" \"f\" {\n  environment {\n    variables = { BUCKET = aws_s3_bucket.b.id }\n  }\n}\n";
    assert_eq!(holds(&format!("{cdn}{handed}")), Holds::Data, "the system writes into it");
    assert_eq!(holds("resource \"aws_cloudtrail\" \"t\" {\n  s3_bucket_name = aws_s3_bucket.b.id\n}\n"), Holds::Logs);
    let named = |name: &str| of_terraform(&format!("resource \"aws_s3_bucket\" \"{name}\" {{}}\n")).stores[0].holds;
    assert_eq!((named("db_backups"), named("feedbackups")), (Holds::Backups, Holds::Data));
}

#[test]
fn authorised_networks_are_openings_of_the_instance() {
    let found = of_terraform(
        "resource \"google_sql_database_instance\" \"db\" {\n  database_version = \"POSTGRES_16\"\n  settings {\n    tier = \"db-f1-micro\"\n    ip_configuration {\n      ipv4_enabled = true\n      authorized_networks {\n        value = \"0.0.0.0/0\"\n      }\n    }\n  }\n}\n",
    );
    let s = &found.stores[0];
    assert_eq!(s.engine.as_ref().and_then(|e| e.known()).map(String::as_str), Some("postgres"));
    assert!(s.public.as_ref().is_some_and(|p| p.on()) && s.deletion_protection.as_ref().is_some_and(|p| p.on()));
    let opening = &found.openings[0];
    assert_eq!((opening.group.as_str(), &opening.sources[0]), (s.groups[0].as_str(), &TrafficSource::World));
}

#[test]
fn rules_from_zero_to_zero_admit_the_provider_and_not_the_world() {
    let rule = |end: &str| {
        let text = format!(
            "resource \"azurerm_postgresql_flexible_server\" \"db\" {{\n  name = \"db\"\n}}\nresource \"azurerm_postgresql_flexible_server_firewall_rule\" \"r\" {{\n  server_id = azurerm_postgresql_flexible_server.db.id\n  start_ip_address = \"0.0.0.0\"\n  end_ip_address = \"{end}\"\n}}\n"
        );
        of_terraform(&text).openings[0].sources[0].clone()
    };
    assert!(matches!(rule("0.0.0.0"), TrafficSource::ProviderList(_)));
    assert_eq!(rule("255.255.255.255"), TrafficSource::World);
}

#[test]
fn stores_of_operators_and_platforms_are_told_too() {
    let tree = Tree::in_memory(
        "t",
        vec![
            (
                "k8s/db.yaml".to_owned(),
                b"apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: db}\nspec:\n  instances: 3\n  backup:\n    retentionPolicy: 30d\n    barmanObjectStore: {destinationPath: s3://b}\n---\napiVersion: postgresql.cnpg.io/v1\nkind: ScheduledBackup\nmetadata: {name: daily}\nspec:\n  schedule: 0 0 3 * * *\n  cluster: {name: db}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec:\n  template:\n    spec:\n      containers: [{name: api, image: acme/api:1}]\n".to_vec(),
            ),
            (
                "render.yaml".to_owned(),
                b"services:\n  - {type: web, name: api, runtime: node}\ndatabases:\n  - name: main\n    plan: free\n    ipAllowList: []\n".to_vec(),
            ),
        ],
    );
    let facts = gather(&tree);
    let s = &facts.clusters[0].infrastructure.stores[0];
    assert_eq!((s.name.as_str(), s.backup_days.as_ref().and_then(|d| d.known())), ("db", Some(&30)));
    assert!(s.failover.as_ref().is_some_and(|p| p.on()) && s.point_in_time.as_ref().is_some_and(|p| p.on()));
    let s = &facts.platforms[0].infrastructure.stores[0];
    assert!(s.public.as_ref().is_some_and(|p| p.off()), "an empty list leaves the private network");
    assert_eq!(s.backup_days.as_ref().and_then(|d| d.known()), Some(&0));
}
