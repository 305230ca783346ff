variable "name" { default = null }
variable "load_balancer_type" { default = "application" }
variable "internal" { default = null }
variable "vpc_id" { default = null }
variable "subnets" { default = null }
variable "security_groups" { default = [] }
variable "create_security_group" { default = true }
variable "security_group_ingress_rules" { default = {} }
variable "security_group_rules" { default = {} }
variable "enable_deletion_protection" { default = true }
variable "drop_invalid_header_fields" { default = true }
variable "idle_timeout" { default = null }
variable "access_logs" { default = {} }
variable "listeners" { default = {} }
variable "http_tcp_listeners" { default = [] }
variable "https_listeners" { default = [] }
variable "target_groups" { default = {} }
variable "associate_web_acl" { default = false }
variable "web_acl_arn" { default = null }
variable "tags" { default = {} }

locals {
  groups = can(keys(var.target_groups)) ? var.target_groups : { for i, g in var.target_groups : tostring(i) => g }
}

resource "aws_security_group" "this" {
  count  = var.create_security_group ? 1 : 0
  vpc_id = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each                     = var.create_security_group ? merge(var.security_group_ingress_rules, { for k, r in var.security_group_rules : k => r if try(r.type, "") == "ingress" }) : {}
  security_group_id            = aws_security_group.this[0].id
  from_port                    = try(each.value.from_port, null)
  to_port                      = try(each.value.to_port, null)
  ip_protocol                  = try(each.value.ip_protocol, each.value.protocol, "tcp")
  cidr_ipv4                    = try(each.value.cidr_ipv4, each.value.cidr_blocks[0], null)
  cidr_ipv6                    = try(each.value.cidr_ipv6, null)
  referenced_security_group_id = try(each.value.referenced_security_group_id, null)
}

resource "aws_lb" "this" {
  name                       = var.name
  load_balancer_type         = var.load_balancer_type
  internal                   = var.internal
  subnets                    = var.subnets
  security_groups            = concat(aws_security_group.this[*].id, var.security_groups)
  enable_deletion_protection = var.enable_deletion_protection
  drop_invalid_header_fields = var.drop_invalid_header_fields
  idle_timeout               = var.idle_timeout
  tags                       = var.tags

  dynamic "access_logs" {
    for_each = length(var.access_logs) > 0 ? [var.access_logs] : []
    content {
      bucket  = try(access_logs.value.bucket, null)
      enabled = try(access_logs.value.enabled, true)
    }
  }
}

resource "aws_lb_target_group" "this" {
  for_each             = local.groups
  name                 = try(each.value.name, null)
  port                 = try(each.value.port, each.value.backend_port, null)
  protocol             = try(each.value.protocol, each.value.backend_protocol, null)
  target_type          = try(each.value.target_type, null)
  vpc_id               = try(each.value.vpc_id, var.vpc_id)
  deregistration_delay = try(each.value.deregistration_delay, null)
  health_check         = try(each.value.health_check, null)
  stickiness           = try(each.value.stickiness, null)
}

resource "aws_lb_listener" "this" {
  for_each          = var.listeners
  load_balancer_arn = aws_lb.this.arn
  port              = try(each.value.port, 443)
  protocol          = try(each.value.protocol, "HTTPS")
  ssl_policy        = try(each.value.ssl_policy, null)
  certificate_arn   = try(each.value.certificate_arn, null)

  dynamic "default_action" {
    for_each = try([each.value.forward], [])
    content {
      type             = "forward"
      target_group_arn = try(default_action.value.arn, aws_lb_target_group.this[default_action.value.target_group_key].arn, null)
    }
  }
  dynamic "default_action" {
    for_each = try([each.value.redirect], [])
    content {
      type = "redirect"
      redirect {
        port        = try(default_action.value.port, null)
        protocol    = try(default_action.value.protocol, null)
        status_code = try(default_action.value.status_code, null)
      }
    }
  }
  dynamic "default_action" {
    for_each = try([each.value.fixed_response], [])
    content {
      type = "fixed-response"
      fixed_response {
        status_code = try(default_action.value.status_code, null)
      }
    }
  }
  dynamic "default_action" {
    for_each = try([each.value.weighted_forward], [])
    content {
      type             = "forward"
      target_group_arn = aws_lb_target_group.this
    }
  }
}

resource "aws_lb_listener" "http" {
  count             = length(var.http_tcp_listeners)
  load_balancer_arn = aws_lb.this.arn
  port              = try(var.http_tcp_listeners[count.index].port, 80)
  protocol          = try(var.http_tcp_listeners[count.index].protocol, "HTTP")
  default_action {
    type             = try(var.http_tcp_listeners[count.index].action_type, "forward")
    target_group_arn = try(aws_lb_target_group.this[tostring(var.http_tcp_listeners[count.index].target_group_index)].arn, null)
    redirect         = try(var.http_tcp_listeners[count.index].redirect, null)
    fixed_response   = try(var.http_tcp_listeners[count.index].fixed_response, null)
  }
}

resource "aws_lb_listener" "https" {
  count             = length(var.https_listeners)
  load_balancer_arn = aws_lb.this.arn
  port              = try(var.https_listeners[count.index].port, 443)
  protocol          = try(var.https_listeners[count.index].protocol, "HTTPS")
  certificate_arn   = try(var.https_listeners[count.index].certificate_arn, null)
  ssl_policy        = try(var.https_listeners[count.index].ssl_policy, null)
  default_action {
    type             = try(var.https_listeners[count.index].action_type, "forward")
    target_group_arn = try(aws_lb_target_group.this[tostring(var.https_listeners[count.index].target_group_index)].arn, null)
  }
}

resource "aws_wafv2_web_acl_association" "this" {
  count        = var.associate_web_acl ? 1 : 0
  resource_arn = aws_lb.this.arn
  web_acl_arn  = var.web_acl_arn
}

output "id" { value = aws_lb.this.id }
output "arn" { value = aws_lb.this.arn }
output "lb_arn" { value = aws_lb.this.arn }
output "lb_id" { value = aws_lb.this.id }
output "arn_suffix" { value = aws_lb.this.arn_suffix }
output "lb_arn_suffix" { value = aws_lb.this.arn_suffix }
output "dns_name" { value = aws_lb.this.dns_name }
output "lb_dns_name" { value = aws_lb.this.dns_name }
output "zone_id" { value = aws_lb.this.zone_id }
output "lb_zone_id" { value = aws_lb.this.zone_id }
output "security_group_id" { value = one(aws_security_group.this[*].id) }
output "target_groups" { value = { for k, g in local.groups : k => aws_lb_target_group.this[k] } }
output "target_group_arns" { value = [for k, g in local.groups : aws_lb_target_group.this[k].arn] }
output "listeners" { value = { for k, l in var.listeners : k => aws_lb_listener.this[k] } }
output "https_listener_arns" { value = aws_lb_listener.https[*].arn }
output "http_tcp_listener_arns" { value = aws_lb_listener.http[*].arn }
