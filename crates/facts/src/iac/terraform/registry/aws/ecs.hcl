variable "cluster_name" { default = "" }
variable "name" { default = "" }
variable "cluster_settings" { default = [{ name = "containerInsights", value = "enabled" }] }
variable "setting" { default = null }
variable "cluster_configuration" { default = {} }
variable "tags" { default = {} }
variable "services" { default = {} }

resource "aws_ecs_cluster" "this" {
  name          = var.cluster_name == "" ? var.name : var.cluster_name
  setting       = var.setting == null ? var.cluster_settings : var.setting
  configuration = var.cluster_configuration
}

resource "aws_security_group" "service" {
  for_each = var.services
  vpc_id = try(each.value.vpc_id, null)
}

resource "aws_security_group_rule" "service" {
  for_each                 = merge([for s, v in var.services : { for k, r in try(v.security_group_rules, v.security_group_ingress_rules, {}) : "${s}/${k}" => merge(r, { service = s }) }]...)
  security_group_id        = aws_security_group.service[each.value.service].id
  type                     = try(each.value.type, "ingress")
  from_port                = try(each.value.from_port, null)
  to_port                  = try(each.value.to_port, each.value.from_port, null)
  protocol                 = try(each.value.protocol, each.value.ip_protocol, "tcp")
  cidr_blocks              = try(each.value.cidr_blocks, [each.value.cidr_ipv4], null)
  source_security_group_id = try(each.value.source_security_group_id, each.value.referenced_security_group_id, null)
}

resource "aws_ecs_task_definition" "this" {
  for_each = var.services
  family                = each.key
  cpu                   = try(each.value.cpu, 1024)
  memory                = try(each.value.memory, 2048)
  network_mode          = "awsvpc"
  container_definitions = jsonencode([for k, c in try(each.value.container_definitions, {}) : {
    name                   = try(c.name, k)
    image                  = try(c.image, null)
    cpu                    = try(c.cpu, null)
    memory                 = try(c.memory, null)
    user                   = try(c.user, null)
    command                = try(c.command, null)
    entryPoint             = try(c.entrypoint, c.entryPoint, null)
    environment            = try(c.environment, null)
    secrets                = try(c.secrets, null)
    healthCheck            = try(c.healthCheck, c.health_check, null)
    portMappings           = try(c.portMappings, c.port_mappings, null)
    readonlyRootFilesystem = try(c.readonlyRootFilesystem, c.readonly_root_filesystem, true)
    stopTimeout            = try(c.stopTimeout, c.stop_timeout, null)
    logConfiguration       = try(c.logConfiguration, c.log_configuration, { logDriver = "awslogs" })
  }])
}

resource "aws_ecs_service" "this" {
  for_each = var.services
  name                               = each.key
  cluster                            = aws_ecs_cluster.this.arn
  task_definition                    = aws_ecs_task_definition.this[each.key].arn
  desired_count                      = try(each.value.desired_count, 1)
  launch_type                        = try(each.value.launch_type, "FARGATE")
  deployment_minimum_healthy_percent = try(each.value.deployment_minimum_healthy_percent, 66)
  deployment_maximum_percent         = try(each.value.deployment_maximum_percent, 200)
  deployment_circuit_breaker         = try(each.value.deployment_circuit_breaker, null)
  network_configuration {
    subnets          = try(each.value.subnet_ids, [])
    security_groups  = concat([aws_security_group.service[each.key].id], try(each.value.security_group_ids, []))
    assign_public_ip = try(each.value.assign_public_ip, false)
  }
  dynamic "load_balancer" {
    for_each = try(each.value.load_balancer, {})
    content {
      target_group_arn = try(load_balancer.value.target_group_arn, null)
      container_name   = try(load_balancer.value.container_name, null)
      container_port   = try(load_balancer.value.container_port, null)
    }
  }
}

resource "aws_appautoscaling_target" "this" {
  for_each           = { for k, s in var.services : k => s if try(s.enable_autoscaling, true) }
  min_capacity       = try(each.value.autoscaling_min_capacity, 1)
  max_capacity       = try(each.value.autoscaling_max_capacity, 10)
  resource_id        = "service/cluster/${aws_ecs_service.this[each.key].name}"
  scalable_dimension = "ecs:service:DesiredCount"
  service_namespace  = "ecs"
}

resource "aws_appautoscaling_policy" "this" {
  for_each    = { for k, s in var.services : k => s if try(s.enable_autoscaling, true) }
  policy_type = "TargetTrackingScaling"
  resource_id = aws_appautoscaling_target.this[each.key].resource_id
  target_tracking_scaling_policy_configuration {
    target_value = 75
    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

output "cluster_arn" { value = aws_ecs_cluster.this.arn }
output "cluster_id" { value = aws_ecs_cluster.this.id }
output "cluster_name" { value = aws_ecs_cluster.this.name }
output "arn" { value = aws_ecs_cluster.this.arn }
output "id" { value = aws_ecs_cluster.this.id }
output "name" { value = aws_ecs_cluster.this.name }
output "services" { value = aws_ecs_service.this }
