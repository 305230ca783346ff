variable "name" { default = "" }
variable "engine" { default = null }
variable "engine_version" { default = null }
variable "engine_mode" { default = "provisioned" }
variable "instance_class" { default = "" }
variable "instances" { default = {} }
variable "storage_encrypted" { default = true }
variable "kms_key_id" { default = null }
variable "backup_retention_period" { default = null }
variable "deletion_protection" { default = null }
variable "skip_final_snapshot" { default = false }
variable "publicly_accessible" { default = null }
variable "performance_insights_enabled" { default = null }
variable "monitoring_interval" { default = 0 }
variable "vpc_id" { default = "" }
variable "vpc_security_group_ids" { default = [] }
variable "create_security_group" { default = true }
variable "security_group_rules" { default = {} }
variable "db_subnet_group_name" { default = "" }
variable "create_db_subnet_group" { default = false }
variable "subnets" { default = [] }
variable "availability_zones" { default = null }
variable "serverlessv2_scaling_configuration" { default = {} }
variable "autoscaling_enabled" { default = false }
variable "autoscaling_min_capacity" { default = 0 }
variable "autoscaling_max_capacity" { default = 2 }
variable "enabled_cloudwatch_logs_exports" { default = [] }
variable "master_username" { default = null }
variable "master_password" { default = null }
variable "manage_master_user_password" { default = true }
variable "database_name" { default = null }
variable "port" { default = null }
variable "global_cluster_identifier" { default = null }
variable "backtrack_window" { default = null }
variable "copy_tags_to_snapshot" { default = null }
variable "tags" { default = {} }

resource "aws_security_group" "this" {
  count  = var.create_security_group ? 1 : 0
  vpc_id = var.vpc_id
}

resource "aws_security_group_rule" "this" {
  for_each                 = var.create_security_group ? var.security_group_rules : {}
  security_group_id        = aws_security_group.this[0].id
  type                     = try(each.value.type, "ingress")
  from_port                = try(each.value.from_port, var.port)
  to_port                  = try(each.value.to_port, var.port)
  protocol                 = try(each.value.protocol, "tcp")
  cidr_blocks              = try(each.value.cidr_blocks, null)
  source_security_group_id = try(each.value.source_security_group_id, null)
}

resource "aws_db_subnet_group" "this" {
  count      = var.create_db_subnet_group ? 1 : 0
  subnet_ids = var.subnets
}

resource "aws_rds_cluster" "this" {
  cluster_identifier                 = var.name
  engine                             = var.engine
  engine_version                     = var.engine_version
  engine_mode                        = var.engine_mode
  storage_encrypted                  = var.storage_encrypted
  kms_key_id                         = var.kms_key_id
  backup_retention_period            = var.backup_retention_period
  deletion_protection                = var.deletion_protection
  skip_final_snapshot                = var.skip_final_snapshot
  availability_zones                 = var.availability_zones
  vpc_security_group_ids             = concat(aws_security_group.this[*].id, var.vpc_security_group_ids)
  db_subnet_group_name               = var.create_db_subnet_group ? aws_db_subnet_group.this[0].name : var.db_subnet_group_name
  enabled_cloudwatch_logs_exports    = var.enabled_cloudwatch_logs_exports
  master_username                    = var.master_username
  master_password                    = var.master_password
  manage_master_user_password        = var.global_cluster_identifier == null && var.master_password == null ? var.manage_master_user_password : null
  database_name                      = var.database_name
  port                               = var.port
  global_cluster_identifier          = var.global_cluster_identifier
  backtrack_window                   = var.backtrack_window
  tags                               = var.tags

  dynamic "serverlessv2_scaling_configuration" {
    for_each = length(var.serverlessv2_scaling_configuration) > 0 ? [var.serverlessv2_scaling_configuration] : []
    content {
      min_capacity = try(serverlessv2_scaling_configuration.value.min_capacity, null)
      max_capacity = try(serverlessv2_scaling_configuration.value.max_capacity, null)
    }
  }
}

resource "aws_rds_cluster_instance" "this" {
  for_each                     = var.instances
  cluster_identifier           = aws_rds_cluster.this.id
  engine                       = var.engine
  instance_class               = try(each.value.instance_class, var.instance_class)
  publicly_accessible          = try(each.value.publicly_accessible, var.publicly_accessible)
  availability_zone            = try(each.value.availability_zone, null)
  performance_insights_enabled = try(each.value.performance_insights_enabled, var.performance_insights_enabled)
  monitoring_interval          = try(each.value.monitoring_interval, var.monitoring_interval)
}

resource "aws_appautoscaling_target" "this" {
  count        = var.autoscaling_enabled ? 1 : 0
  resource_id  = "cluster:${aws_rds_cluster.this.cluster_identifier}"
  min_capacity = var.autoscaling_min_capacity
  max_capacity = var.autoscaling_max_capacity
}

output "cluster_arn" { value = aws_rds_cluster.this.arn }
output "cluster_id" { value = aws_rds_cluster.this.id }
output "cluster_endpoint" { value = aws_rds_cluster.this.endpoint }
output "cluster_reader_endpoint" { value = aws_rds_cluster.this.reader_endpoint }
output "cluster_port" { value = aws_rds_cluster.this.port }
output "cluster_database_name" { value = var.database_name }
output "cluster_master_username" { value = aws_rds_cluster.this.master_username }
output "cluster_master_user_secret" { value = aws_rds_cluster.this.master_user_secret }
output "security_group_id" { value = one(aws_security_group.this[*].id) }
output "db_subnet_group_name" { value = var.db_subnet_group_name }
