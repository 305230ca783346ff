variable "name" { default = null }
variable "min_size" { default = null }
variable "max_size" { default = null }
variable "desired_capacity" { default = null }
variable "vpc_zone_identifier" { default = null }
variable "availability_zones" { default = null }
variable "target_group_arns" { default = [] }
variable "load_balancers" { default = [] }
variable "health_check_type" { default = null }
variable "instance_refresh" { default = null }
variable "traffic_source_attachments" { default = {} }
variable "image_id" { default = "" }
variable "instance_type" { default = null }
variable "security_groups" { default = [] }
variable "user_data" { default = null }
variable "network_interfaces" { default = [] }
variable "metadata_options" { default = {} }
variable "block_device_mappings" { default = [] }
variable "scaling_policies" { default = {} }
variable "instance_market_options" { default = null }

resource "aws_autoscaling_group" "this" {
  name                       = var.name
  min_size                   = var.min_size
  max_size                   = var.max_size
  desired_capacity           = var.desired_capacity
  vpc_zone_identifier        = var.vpc_zone_identifier
  availability_zones         = var.availability_zones
  target_group_arns          = var.target_group_arns
  load_balancers             = var.load_balancers
  health_check_type          = var.health_check_type
  instance_refresh           = var.instance_refresh
  traffic_source_attachments = var.traffic_source_attachments

  launch_template {
    id = aws_launch_template.this.id
  }
}

resource "aws_launch_template" "this" {
  image_id                = var.image_id
  instance_type           = var.instance_type
  vpc_security_group_ids  = var.security_groups
  user_data               = var.user_data
  network_interfaces      = var.network_interfaces
  metadata_options        = var.metadata_options
  block_device_mappings   = var.block_device_mappings
  instance_market_options = var.instance_market_options
}

resource "aws_autoscaling_policy" "this" {
  for_each                      = var.scaling_policies
  autoscaling_group_name        = aws_autoscaling_group.this.name
  policy_type                   = try(each.value.policy_type, null)
  target_tracking_configuration = try(each.value.target_tracking_configuration, null)
}

output "autoscaling_group_id" { value = aws_autoscaling_group.this.id }
output "autoscaling_group_name" { value = aws_autoscaling_group.this.name }
output "autoscaling_group_arn" { value = aws_autoscaling_group.this.arn }
output "launch_template_id" { value = aws_launch_template.this.id }
