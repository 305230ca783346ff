variable "description" { default = null }
variable "enable_key_rotation" { default = true }
variable "deletion_window_in_days" { default = null }
variable "multi_region" { default = false }
variable "policy" { default = null }
variable "tags" { default = {} }
variable "aliases" { default = [] }

resource "aws_kms_key" "this" {
  description             = var.description
  enable_key_rotation     = var.enable_key_rotation
  deletion_window_in_days = var.deletion_window_in_days
  multi_region            = var.multi_region
  policy                  = var.policy
  tags                    = var.tags
}

resource "aws_kms_alias" "this" {
  for_each      = toset(var.aliases)
  name          = "alias/${each.value}"
  target_key_id = aws_kms_key.this.key_id
}

output "key_arn" { value = aws_kms_key.this.arn }
output "key_id" { value = aws_kms_key.this.key_id }
