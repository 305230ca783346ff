variable "replication_group_id" { default = null }
variable "engine" { default = "redis" }
variable "engine_version" { default = null }
variable "node_type" { default = null }
variable "num_cache_clusters" { default = null }
variable "num_node_groups" { default = null }
variable "replicas_per_node_group" { default = null }
variable "at_rest_encryption_enabled" { default = true }
variable "transit_encryption_enabled" { default = true }
variable "auth_token" { default = null }
variable "automatic_failover_enabled" { default = null }
variable "multi_az_enabled" { default = false }
variable "snapshot_retention_limit" { default = null }
variable "kms_key_id" { default = null }
variable "port" { default = null }
variable "tags" { default = {} }
variable "subnet_ids" { default = [] }
variable "subnet_group_name" { default = null }
variable "create_subnet_group" { default = true }
variable "security_group_ids" { default = [] }
variable "create_security_group" { default = true }
variable "security_group_rules" { default = {} }
variable "vpc_id" { default = null }

resource "aws_elasticache_replication_group" "this" {
  replication_group_id       = var.replication_group_id
  engine                     = var.engine
  engine_version             = var.engine_version
  node_type                  = var.node_type
  num_cache_clusters         = var.num_cache_clusters
  num_node_groups            = var.num_node_groups
  replicas_per_node_group    = var.replicas_per_node_group
  at_rest_encryption_enabled = var.at_rest_encryption_enabled
  transit_encryption_enabled = var.transit_encryption_enabled
  auth_token                 = var.auth_token
  automatic_failover_enabled = var.automatic_failover_enabled
  multi_az_enabled           = var.multi_az_enabled
  snapshot_retention_limit   = var.snapshot_retention_limit
  kms_key_id                 = var.kms_key_id
  port                       = var.port
  tags                       = var.tags

  subnet_group_name  = var.create_subnet_group ? aws_elasticache_subnet_group.this[0].name : var.subnet_group_name
  security_group_ids = concat(aws_security_group.this[*].id, var.security_group_ids)
}

resource "aws_elasticache_subnet_group" "this" {
  count      = var.create_subnet_group ? 1 : 0
  subnet_ids = var.subnet_ids
}

resource "aws_security_group" "this" {
  count  = var.create_security_group ? 1 : 0
  vpc_id = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each                     = var.create_security_group ? { for k, r in var.security_group_rules : k => r if try(r.type, "ingress") == "ingress" } : {}
  security_group_id            = aws_security_group.this[0].id
  from_port                    = try(each.value.from_port, var.port, 6379)
  to_port                      = try(each.value.to_port, var.port, 6379)
  ip_protocol                  = try(each.value.ip_protocol, "tcp")
  cidr_ipv4                    = try(each.value.cidr_ipv4, null)
  referenced_security_group_id = try(each.value.referenced_security_group_id, null)
}

output "replication_group_id" { value = aws_elasticache_replication_group.this.id }
output "replication_group_arn" { value = aws_elasticache_replication_group.this.arn }
output "replication_group_primary_endpoint_address" { value = aws_elasticache_replication_group.this.primary_endpoint_address }
output "replication_group_configuration_endpoint_address" { value = aws_elasticache_replication_group.this.configuration_endpoint_address }
output "security_group_id" { value = one(aws_security_group.this[*].id) }
