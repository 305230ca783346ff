variable "name" { default = null }
variable "cluster_arn" { default = "" }
variable "vpc_id" { default = null }
variable "cpu" { default = 1024 }
variable "memory" { default = 2048 }
variable "container_definitions" { default = {} }
variable "desired_count" { default = 1 }
variable "launch_type" { default = "FARGATE" }
variable "deployment_minimum_healthy_percent" { default = 66 }
variable "deployment_maximum_percent" { default = 200 }
variable "deployment_circuit_breaker" { default = null }
variable "subnet_ids" { default = [] }
variable "security_group_ids" { default = [] }
variable "security_group_rules" { default = {} }
variable "security_group_ingress_rules" { default = {} }
variable "assign_public_ip" { default = false }
variable "load_balancer" { default = {} }
variable "enable_autoscaling" { default = true }
variable "autoscaling_min_capacity" { default = 1 }
variable "autoscaling_max_capacity" { default = 10 }
variable "autoscaling_policies" { default = { cpu = { target_tracking_scaling_policy_configuration = { predefined_metric_specification = { predefined_metric_type = "ECSServiceAverageCPUUtilization" } } } } }

resource "aws_security_group" "service" {
  vpc_id = var.vpc_id
}

resource "aws_security_group_rule" "service" {
  for_each                 = merge(var.security_group_rules, var.security_group_ingress_rules)
  security_group_id        = aws_security_group.service.id
  type                     = try(each.value.type, "ingress")
  from_port                = try(each.value.from_port, null)
  to_port                  = try(each.value.to_port, each.value.from_port, null)
  protocol                 = try(each.value.protocol, each.value.ip_protocol, "tcp")
  cidr_blocks              = try(each.value.cidr_blocks, [each.value.cidr_ipv4], null)
  source_security_group_id = try(each.value.source_security_group_id, each.value.referenced_security_group_id, null)
}

resource "aws_ecs_task_definition" "this" {
  family                = var.name
  cpu                   = var.cpu
  memory                = var.memory
  network_mode          = "awsvpc"
  container_definitions = jsonencode([for k, c in var.container_definitions : {
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
  name                               = var.name
  cluster                            = var.cluster_arn
  task_definition                    = aws_ecs_task_definition.this.arn
  desired_count                      = var.desired_count
  launch_type                        = var.launch_type
  deployment_minimum_healthy_percent = var.deployment_minimum_healthy_percent
  deployment_maximum_percent         = var.deployment_maximum_percent
  deployment_circuit_breaker         = var.deployment_circuit_breaker
  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = concat([aws_security_group.service.id], var.security_group_ids)
    assign_public_ip = var.assign_public_ip
  }
  dynamic "load_balancer" {
    for_each = var.load_balancer
    content {
      target_group_arn = try(load_balancer.value.target_group_arn, null)
      container_name   = try(load_balancer.value.container_name, null)
      container_port   = try(load_balancer.value.container_port, null)
    }
  }
}

resource "aws_appautoscaling_target" "this" {
  count              = var.enable_autoscaling ? 1 : 0
  min_capacity       = var.autoscaling_min_capacity
  max_capacity       = var.autoscaling_max_capacity
  resource_id        = "service/cluster/${aws_ecs_service.this.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  service_namespace  = "ecs"
}

resource "aws_appautoscaling_policy" "this" {
  for_each    = var.enable_autoscaling ? var.autoscaling_policies : {}
  policy_type = "TargetTrackingScaling"
  resource_id = aws_appautoscaling_target.this[0].resource_id
  target_tracking_scaling_policy_configuration {
    target_value = 75
    predefined_metric_specification {
      predefined_metric_type = try(each.value.target_tracking_scaling_policy_configuration.predefined_metric_specification.predefined_metric_type, null)
    }
  }
}

output "id" { value = aws_ecs_service.this.id }
output "name" { value = aws_ecs_service.this.name }
output "task_definition_arn" { value = aws_ecs_task_definition.this.arn }
output "security_group_id" { value = aws_security_group.service.id }
