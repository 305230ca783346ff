variable "cluster_name" { default = "" }
variable "name" { default = "" }
variable "cluster_version" { default = null }
variable "kubernetes_version" { default = null }
variable "cluster_endpoint_public_access" { default = null }
variable "endpoint_public_access" { default = false }
variable "cluster_endpoint_public_access_cidrs" { default = null }
variable "endpoint_public_access_cidrs" { default = ["0.0.0.0/0"] }
variable "cluster_endpoint_private_access" { default = null }
variable "endpoint_private_access" { default = true }
variable "cluster_enabled_log_types" { default = null }
variable "enabled_log_types" { default = ["audit", "api", "authenticator"] }
variable "cloudwatch_log_group_retention_in_days" { default = 90 }
variable "cluster_encryption_config" { default = null }
variable "encryption_config" { default = { resources = ["secrets"] } }
variable "vpc_id" { default = null }
variable "subnet_ids" { default = [] }
variable "control_plane_subnet_ids" { default = [] }
variable "eks_managed_node_groups" { default = {} }
variable "eks_managed_node_group_defaults" { default = {} }
variable "self_managed_node_groups" { default = {} }
variable "fargate_profiles" { default = {} }
variable "cluster_addons" { default = {} }
variable "addons" { default = {} }
variable "cluster_compute_config" { default = {} }
variable "enable_irsa" { default = true }
variable "tags" { default = {} }

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/eks/${coalesce(var.cluster_name, var.name, "cluster")}/cluster"
  retention_in_days = var.cloudwatch_log_group_retention_in_days
}

resource "aws_security_group" "cluster" {
  vpc_id = var.vpc_id
}

resource "aws_security_group" "node" {
  vpc_id = var.vpc_id
}

resource "aws_eks_cluster" "this" {
  name                      = coalesce(var.cluster_name, var.name, "cluster")
  version                   = var.cluster_version == null ? var.kubernetes_version : var.cluster_version
  enabled_cluster_log_types = var.cluster_enabled_log_types == null ? var.enabled_log_types : var.cluster_enabled_log_types
  tags                      = var.tags

  vpc_config {
    subnet_ids              = length(var.control_plane_subnet_ids) > 0 ? var.control_plane_subnet_ids : var.subnet_ids
    security_group_ids      = [aws_security_group.cluster.id]
    endpoint_public_access  = var.cluster_endpoint_public_access == null ? var.endpoint_public_access : var.cluster_endpoint_public_access
    endpoint_private_access = var.cluster_endpoint_private_access == null ? var.endpoint_private_access : var.cluster_endpoint_private_access
    public_access_cidrs     = var.cluster_endpoint_public_access_cidrs == null ? var.endpoint_public_access_cidrs : var.cluster_endpoint_public_access_cidrs
  }

  dynamic "encryption_config" {
    for_each = length(var.cluster_encryption_config == null ? var.encryption_config : var.cluster_encryption_config) > 0 ? [1] : []
    content {
      resources = ["secrets"]
    }
  }
}

resource "aws_eks_node_group" "this" {
  for_each       = var.eks_managed_node_groups
  cluster_name   = aws_eks_cluster.this.name
  subnet_ids     = try(each.value.subnet_ids, var.eks_managed_node_group_defaults.subnet_ids, var.subnet_ids)
  instance_types = try(each.value.instance_types, var.eks_managed_node_group_defaults.instance_types, null)
  capacity_type  = try(each.value.capacity_type, var.eks_managed_node_group_defaults.capacity_type, "ON_DEMAND")

  scaling_config {
    min_size     = try(each.value.min_size, var.eks_managed_node_group_defaults.min_size, 1)
    max_size     = try(each.value.max_size, var.eks_managed_node_group_defaults.max_size, 3)
    desired_size = try(each.value.desired_size, var.eks_managed_node_group_defaults.desired_size, 1)
  }
}

resource "aws_autoscaling_group" "self_managed" {
  for_each            = var.self_managed_node_groups
  min_size            = try(each.value.min_size, 0)
  max_size            = try(each.value.max_size, 3)
  desired_capacity    = try(each.value.desired_size, 1)
  vpc_zone_identifier = try(each.value.subnet_ids, var.subnet_ids)
}

resource "aws_eks_fargate_profile" "this" {
  for_each     = var.fargate_profiles
  cluster_name = aws_eks_cluster.this.name
  subnet_ids   = try(each.value.subnet_ids, var.subnet_ids)
}

resource "aws_eks_addon" "this" {
  for_each     = length(var.cluster_addons) > 0 ? var.cluster_addons : var.addons
  cluster_name = aws_eks_cluster.this.name
  addon_name   = each.key
}

output "cluster_name" { value = aws_eks_cluster.this.name }
output "cluster_id" { value = aws_eks_cluster.this.id }
output "cluster_arn" { value = aws_eks_cluster.this.arn }
output "cluster_endpoint" { value = aws_eks_cluster.this.endpoint }
output "cluster_certificate_authority_data" { value = aws_eks_cluster.this.certificate_authority }
output "cluster_security_group_id" { value = aws_security_group.cluster.id }
output "cluster_primary_security_group_id" { value = aws_eks_cluster.this.vpc_config }
output "node_security_group_id" { value = aws_security_group.node.id }
output "oidc_provider_arn" { value = aws_eks_cluster.this.identity }
output "oidc_provider" { value = aws_eks_cluster.this.identity }
