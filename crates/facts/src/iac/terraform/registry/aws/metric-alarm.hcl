variable "alarm_name" { default = null }
variable "alarm_description" { default = null }
variable "comparison_operator" { default = null }
variable "evaluation_periods" { default = null }
variable "threshold" { default = null }
variable "period" { default = null }
variable "namespace" { default = null }
variable "metric_name" { default = null }
variable "statistic" { default = null }
variable "extended_statistic" { default = null }
variable "dimensions" { default = null }
variable "actions_enabled" { default = true }
variable "alarm_actions" { default = null }
variable "ok_actions" { default = null }
variable "treat_missing_data" { default = "missing" }

resource "aws_cloudwatch_metric_alarm" "this" {
  alarm_name          = var.alarm_name
  alarm_description   = var.alarm_description
  comparison_operator = var.comparison_operator
  evaluation_periods  = var.evaluation_periods
  threshold           = var.threshold
  period              = var.period
  namespace           = var.namespace
  metric_name         = var.metric_name
  statistic           = var.statistic
  extended_statistic  = var.extended_statistic
  dimensions          = var.dimensions
  actions_enabled     = var.actions_enabled
  alarm_actions       = var.alarm_actions
  ok_actions          = var.ok_actions
  treat_missing_data  = var.treat_missing_data
}

output "cloudwatch_metric_alarm_arn" { value = aws_cloudwatch_metric_alarm.this.arn }
output "cloudwatch_metric_alarm_id" { value = aws_cloudwatch_metric_alarm.this.id }
