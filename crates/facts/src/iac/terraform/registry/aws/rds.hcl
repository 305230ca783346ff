variable "identifier" { default = null }
variable "engine" { default = null }
variable "engine_version" { default = null }
variable "instance_class" { default = null }
variable "allocated_storage" { default = null }
variable "max_allocated_storage" { default = null }
variable "storage_encrypted" { default = true }
variable "kms_key_id" { default = null }
variable "multi_az" { default = false }
variable "availability_zone" { default = null }
variable "publicly_accessible" { default = false }
variable "backup_retention_period" { default = null }
variable "backup_window" { default = null }
variable "maintenance_window" { default = null }
variable "deletion_protection" { default = false }
variable "skip_final_snapshot" { default = false }
variable "performance_insights_enabled" { default = false }
variable "monitoring_interval" { default = 0 }
variable "enabled_cloudwatch_logs_exports" { default = [] }
variable "vpc_security_group_ids" { default = [] }
variable "db_subnet_group_name" { default = null }
variable "create_db_subnet_group" { default = false }
variable "create_db_instance" { default = true }
variable "subnet_ids" { default = [] }
variable "replicate_source_db" { default = null }
variable "username" { default = null }
variable "password" { default = null }
variable "manage_master_user_password" { default = true }
variable "port" { default = null }
variable "db_name" { default = null }
variable "parameters" { default = [] }
variable "iam_database_authentication_enabled" { default = false }
variable "auto_minor_version_upgrade" { default = null }
variable "tags" { default = {} }

resource "aws_db_subnet_group" "this" {
  count      = var.create_db_subnet_group ? 1 : 0
  subnet_ids = var.subnet_ids
}

resource "aws_db_parameter_group" "this" {
  parameter = var.parameters
}

resource "aws_db_instance" "this" {
  count                               = var.create_db_instance ? 1 : 0
  identifier                          = var.identifier
  engine                              = var.engine
  engine_version                      = var.engine_version
  instance_class                      = var.instance_class
  allocated_storage                   = var.allocated_storage
  max_allocated_storage               = var.max_allocated_storage
  storage_encrypted                   = var.storage_encrypted
  kms_key_id                          = var.kms_key_id
  multi_az                            = var.multi_az
  availability_zone                   = var.availability_zone
  publicly_accessible                 = var.publicly_accessible
  backup_retention_period             = var.backup_retention_period
  backup_window                       = var.backup_window
  maintenance_window                  = var.maintenance_window
  deletion_protection                 = var.deletion_protection
  skip_final_snapshot                 = var.skip_final_snapshot
  performance_insights_enabled        = var.performance_insights_enabled
  monitoring_interval                 = var.monitoring_interval
  enabled_cloudwatch_logs_exports     = var.enabled_cloudwatch_logs_exports
  vpc_security_group_ids              = var.vpc_security_group_ids
  db_subnet_group_name                = var.create_db_subnet_group ? aws_db_subnet_group.this[0].name : var.db_subnet_group_name
  parameter_group_name                = aws_db_parameter_group.this.name
  replicate_source_db                 = var.replicate_source_db
  username                            = var.username
  password                            = var.password
  manage_master_user_password         = var.replicate_source_db == null && var.password == null ? var.manage_master_user_password : null
  iam_database_authentication_enabled = var.iam_database_authentication_enabled
  auto_minor_version_upgrade          = var.auto_minor_version_upgrade
  port                                = var.port
  db_name                             = var.db_name
  tags                                = var.tags
}

output "db_instance_address" { value = one(aws_db_instance.this[*].address) }
output "db_instance_endpoint" { value = one(aws_db_instance.this[*].endpoint) }
output "db_instance_arn" { value = one(aws_db_instance.this[*].arn) }
output "db_instance_identifier" { value = one(aws_db_instance.this[*].identifier) }
output "db_instance_id" { value = one(aws_db_instance.this[*].id) }
output "db_instance_resource_id" { value = one(aws_db_instance.this[*].resource_id) }
output "db_instance_name" { value = one(aws_db_instance.this[*].db_name) }
output "db_instance_port" { value = one(aws_db_instance.this[*].port) }
output "db_instance_username" { value = one(aws_db_instance.this[*].username) }
output "db_instance_master_user_secret_arn" { value = one(aws_db_instance.this[*].master_user_secret) }
