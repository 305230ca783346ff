variable "cluster_name" { default = "" }
variable "name" { default = "" }
variable "cluster_settings" { default = [{ name = "containerInsights", value = "enabled" }] }
variable "setting" { default = null }
variable "cluster_configuration" { default = {} }
variable "tags" { default = {} }

resource "aws_ecs_cluster" "this" {
  name          = var.cluster_name == "" ? var.name : var.cluster_name
  setting       = var.setting == null ? var.cluster_settings : var.setting
  configuration = var.cluster_configuration
}

output "cluster_arn" { value = aws_ecs_cluster.this.arn }
output "cluster_id" { value = aws_ecs_cluster.this.id }
output "cluster_name" { value = aws_ecs_cluster.this.name }
output "arn" { value = aws_ecs_cluster.this.arn }
output "id" { value = aws_ecs_cluster.this.id }
output "name" { value = aws_ecs_cluster.this.name }
