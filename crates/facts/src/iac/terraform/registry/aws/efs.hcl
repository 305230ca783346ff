variable "encrypted" { default = true }
variable "lifecycle_policy" { default = {} }
variable "availability_zone_name" { default = null }
variable "tags" { default = {} }
variable "mount_targets" { default = {} }
variable "enable_backup_policy" { default = true }
variable "kms_key_arn" { default = null }

resource "aws_efs_file_system" "this" {
  kms_key_id             = var.kms_key_arn
  encrypted              = var.encrypted
  lifecycle_policy       = var.lifecycle_policy
  availability_zone_name = var.availability_zone_name
  tags                   = var.tags
}

resource "aws_efs_backup_policy" "this" {
  file_system_id = aws_efs_file_system.this.id
  backup_policy {
    status = var.enable_backup_policy ? "ENABLED" : "DISABLED"
  }
}

resource "aws_efs_mount_target" "this" {
  for_each        = var.mount_targets
  file_system_id  = aws_efs_file_system.this.id
  subnet_id       = try(each.value.subnet_id, null)
  security_groups = try(each.value.security_groups, null)
}

output "id" { value = aws_efs_file_system.this.id }
output "arn" { value = aws_efs_file_system.this.arn }
output "dns_name" { value = aws_efs_file_system.this.dns_name }
