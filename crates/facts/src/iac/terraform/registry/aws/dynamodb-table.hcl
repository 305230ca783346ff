variable "name" { default = null }
variable "billing_mode" { default = "PAY_PER_REQUEST" }
variable "hash_key" { default = null }
variable "range_key" { default = null }
variable "read_capacity" { default = null }
variable "write_capacity" { default = null }
variable "deletion_protection_enabled" { default = null }
variable "stream_enabled" { default = false }
variable "tags" { default = {} }
variable "point_in_time_recovery_enabled" { default = false }
variable "server_side_encryption_enabled" { default = false }
variable "server_side_encryption_kms_key_arn" { default = null }
variable "ttl_enabled" { default = false }
variable "ttl_attribute_name" { default = "" }
variable "replica_regions" { default = [] }
variable "autoscaling_enabled" { default = false }
variable "autoscaling_write" { default = {} }

resource "aws_dynamodb_table" "this" {
  name                        = var.name
  billing_mode                = var.billing_mode
  hash_key                    = var.hash_key
  range_key                   = var.range_key
  read_capacity               = var.read_capacity
  write_capacity              = var.write_capacity
  deletion_protection_enabled = var.deletion_protection_enabled
  stream_enabled              = var.stream_enabled
  tags                        = var.tags

  point_in_time_recovery {
    enabled = var.point_in_time_recovery_enabled
  }
  server_side_encryption {
    enabled     = var.server_side_encryption_enabled
    kms_key_arn = var.server_side_encryption_kms_key_arn
  }
  ttl {
    enabled        = var.ttl_enabled
    attribute_name = var.ttl_attribute_name
  }
  dynamic "replica" {
    for_each = var.replica_regions
    content {
      region_name = try(replica.value.region_name, replica.value)
    }
  }
}

resource "aws_appautoscaling_target" "table_write" {
  count              = var.autoscaling_enabled && length(var.autoscaling_write) > 0 ? 1 : 0
  resource_id        = "table/${aws_dynamodb_table.this.name}"
  scalable_dimension = "dynamodb:table:WriteCapacityUnits"
  service_namespace  = "dynamodb"
  min_capacity       = var.write_capacity
  max_capacity       = try(var.autoscaling_write.max_capacity, null)
}

output "dynamodb_table_arn" { value = aws_dynamodb_table.this.arn }
output "dynamodb_table_id" { value = aws_dynamodb_table.this.id }
output "dynamodb_table_stream_arn" { value = aws_dynamodb_table.this.stream_arn }
