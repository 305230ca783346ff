variable "name" { default = null }
variable "name_prefix" { default = null }
variable "retention_in_days" { default = null }
variable "kms_key_id" { default = null }
variable "tags" { default = {} }

resource "aws_cloudwatch_log_group" "this" {
  name              = var.name
  name_prefix       = var.name_prefix
  retention_in_days = var.retention_in_days
  kms_key_id        = var.kms_key_id
  tags              = var.tags
}

output "cloudwatch_log_group_name" { value = aws_cloudwatch_log_group.this.name }
output "cloudwatch_log_group_arn" { value = aws_cloudwatch_log_group.this.arn }
