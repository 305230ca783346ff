use crate::iac::cloud::of_terraform;
use crate::infrastructure::{Alarm, AuditKind, Infrastructure, ReceiverKind, Symptom};

fn alarm<'a>(found: &'a Infrastructure, name: &str) -> &'a Alarm {
    found.alarms.iter().find(|a| a.name == name).unwrap_or_else(|| panic!("no {name} among {:?}", found.alarms))
}

#[test]
fn alarms_of_amazon_lead_to_their_subscribers() {
    let found = of_terraform(
        r#"
variable "email" {}
resource "aws_sns_topic" "ops" { name = "ops" }
resource "aws_sns_topic_subscription" "mail" {
  topic_arn = aws_sns_topic.ops.arn
  protocol  = "email"
  endpoint  = var.email
}
resource "aws_sns_topic_subscription" "page" {
  topic_arn = aws_sns_topic.ops.arn
  protocol  = "https"
  endpoint  = "https://events.pagerduty.com/integration/8f2b6c1d/enqueue"
}
resource "aws_db_instance" "main" { identifier = "shop" }
resource "aws_cloudwatch_metric_alarm" "cpu" {
  alarm_name    = "db-cpu"
  namespace     = "AWS/RDS"
  metric_name   = "CPUUtilization"
  alarm_actions = [aws_sns_topic.ops.arn]
  dimensions    = { DBInstanceIdentifier = "shop" }
}
resource "aws_cloudwatch_metric_alarm" "quiet" {
  alarm_name      = "5xx"
  namespace       = "AWS/ApplicationELB"
  metric_name     = "HTTPCode_Target_5XX_Count"
  actions_enabled = false
}
resource "aws_cloudwatch_metric_alarm" "scale" {
  alarm_name    = "scale-out"
  namespace     = "AWS/ECS"
  metric_name   = "CPUUtilization"
  alarm_actions = [aws_appautoscaling_policy.out.arn]
}
resource "aws_cloudtrail" "all" {
  s3_bucket_name             = "logs"
  enable_log_file_validation = true
}
resource "aws_budgets_budget" "month" {
  limit_amount = "100"
  notification {
    threshold                  = 80
    subscriber_sns_topic_arns  = [aws_sns_topic.ops.arn]
  }
}
"#,
    );
    let cpu = alarm(&found, "aws_cloudwatch_metric_alarm.cpu");
    assert_eq!((cpu.symptom, cpu.watches.as_slice()), (Symptom::Saturation, ["aws_db_instance.main".to_owned()].as_slice()));
    assert_eq!(cpu.tells[0].value, "aws_sns_topic.ops");
    let channel = &found.channels[0];
    assert_eq!(channel.receivers.iter().map(|r| r.kind).collect::<Vec<_>>(), [ReceiverKind::Email, ReceiverKind::Pager]);
    assert!(channel.receivers[0].real.known().is_none() && channel.receivers[1].real.on());
    assert!(alarm(&found, "aws_cloudwatch_metric_alarm.quiet").evaluated.off());
    assert!(alarm(&found, "aws_cloudwatch_metric_alarm.scale").tells.is_empty(), "scaling tells nobody");
    assert_eq!(found.audits[0].kind, AuditKind::Trail);
    assert!(found.audits[0].all_regions.as_ref().is_some_and(|r| r.off()));
    assert_eq!((found.budgets[0].receivers.len(), found.budgets[0].thresholds.as_slice()), (2, ["80 %".to_owned()].as_slice()));
}

#[test]
fn groups_that_nobody_declares_never_expire() {
    let found = of_terraform(
        r#"
resource "aws_cloudwatch_log_group" "web" {
  name              = "/ecs/web"
  retention_in_days = 7
}
resource "aws_ecs_task_definition" "web" {
  container_definitions = jsonencode([{
    name = "web", image = "web",
    logConfiguration = { logDriver = "awslogs", options = { "awslogs-group" = aws_cloudwatch_log_group.web.name } }
  }])
}
resource "aws_ecs_task_definition" "job" {
  container_definitions = jsonencode([{
    name = "job", image = "job",
    logConfiguration = { logDriver = "awslogs", options = { "awslogs-group" = "/ecs/job", "awslogs-create-group" = "true" } }
  }])
}
resource "aws_iam_role" "f" { assume_role_policy = "{}" }
resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = aws_iam_role.f.arn
}
"#,
    );
    let days = |name: &str| found.logs.iter().find(|l| l.name == name).and_then(|l| l.keep_days.known().copied());
    assert_eq!(days("aws_cloudwatch_log_group.web"), Some(7));
    assert_eq!(days("/ecs/job"), Some(0));
    assert_eq!(days("/aws/lambda/f"), Some(0));
    assert!(found.log_routes[0].effective.off(), "its role may not write");
}

#[test]
fn google_and_azure_say_the_same_in_other_words() {
    let found = of_terraform(
        r#"
resource "google_monitoring_notification_channel" "mail" {
  type   = "email"
  labels = { email_address = "ops@example.com" }
}
resource "google_monitoring_alert_policy" "errors" {
  display_name = "errors"
  conditions {
    display_name = "5xx"
    condition_threshold { filter = "metric.type=\"run.googleapis.com/request_count\" AND metric.labels.response_code_class=\"5xx\"" }
  }
  notification_channels = [google_monitoring_notification_channel.mail.id]
}
resource "azurerm_postgresql_flexible_server" "db" {}
resource "azurerm_monitor_action_group" "ops" {
  email_receiver { email_address = "ops@acme.io" }
}
resource "azurerm_monitor_metric_alert" "cpu" {
  scopes = [azurerm_postgresql_flexible_server.db.id]
  criteria { metric_name = "cpu_percent" }
  action { action_group_id = azurerm_monitor_action_group.ops.id }
}
"#,
    );
    let errors = alarm(&found, "google_monitoring_alert_policy.errors");
    assert_eq!((errors.symptom, errors.namespace.as_deref()), (Symptom::Errors, Some("run")));
    assert!(found.channels[0].receivers[0].real.off(), "example.com reaches nobody");
    let cpu = alarm(&found, "azurerm_monitor_metric_alert.cpu");
    assert_eq!(cpu.watches, ["azurerm_postgresql_flexible_server.db"]);
    assert_eq!(cpu.tells[0].value, "azurerm_monitor_action_group.ops");
}
