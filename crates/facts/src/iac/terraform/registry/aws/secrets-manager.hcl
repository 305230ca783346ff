variable "name" { default = null }
variable "name_prefix" { default = null }
variable "description" { default = null }
variable "kms_key_id" { default = null }
variable "recovery_window_in_days" { default = null }
variable "replica" { default = {} }
variable "tags" { default = {} }
variable "enable_rotation" { default = false }
variable "rotation_lambda_arn" { default = "" }
variable "rotation_rules" { default = {} }

resource "aws_secretsmanager_secret" "this" {
  name                    = var.name
  name_prefix             = var.name_prefix
  description             = var.description
  kms_key_id              = var.kms_key_id
  recovery_window_in_days = var.recovery_window_in_days
  replica                 = var.replica
  tags                    = var.tags
}

resource "aws_secretsmanager_secret_rotation" "this" {
  count               = var.enable_rotation ? 1 : 0
  secret_id           = aws_secretsmanager_secret.this.id
  rotation_lambda_arn = var.rotation_lambda_arn
  rotation_rules      = var.rotation_rules
}

output "secret_arn" { value = aws_secretsmanager_secret.this.arn }
output "secret_id" { value = aws_secretsmanager_secret.this.id }
output "secret_name" { value = aws_secretsmanager_secret.this.name }
