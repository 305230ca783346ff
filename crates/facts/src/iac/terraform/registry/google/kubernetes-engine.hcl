variable "project_id" { default = null }
variable "name" { default = null }
variable "regional" { default = true }
variable "region" { default = null }
variable "zones" { default = [] }
variable "network" { default = null }
variable "subnetwork" { default = null }
variable "node_pools" { default = [{ name = "default-node-pool" }] }
variable "deletion_protection" { default = true }
variable "network_policy" { default = false }
variable "release_channel" { default = "REGULAR" }
variable "master_authorized_networks" { default = [] }
variable "enable_private_endpoint" { default = false }
variable "logging_service" { default = "logging.googleapis.com/kubernetes" }
variable "monitoring_service" { default = "monitoring.googleapis.com/kubernetes" }

resource "google_container_cluster" "primary" {
  name                = var.name
  location            = var.regional ? var.region : try(var.zones[0], null)
  node_locations      = var.regional ? var.zones : null
  network             = var.network
  subnetwork          = var.subnetwork
  deletion_protection = var.deletion_protection
  logging_service     = var.logging_service
  monitoring_service  = var.monitoring_service

  private_cluster_config {
    enable_private_nodes    = var.enable_private_nodes
    enable_private_endpoint = var.enable_private_endpoint
  }
  network_policy {
    enabled = var.network_policy
  }
  dynamic "master_authorized_networks_config" {
    for_each = length(var.master_authorized_networks) > 0 ? [1] : []
    content {
      cidr_blocks = var.master_authorized_networks
    }
  }
}

resource "google_container_node_pool" "pools" {
  count      = length(var.node_pools)
  name       = try(var.node_pools[count.index].name, null)
  cluster    = google_container_cluster.primary.name
  location   = var.regional ? var.region : try(var.zones[0], null)
  node_count = try(var.node_pools[count.index].node_count, null)

  autoscaling {
    min_node_count = try(var.node_pools[count.index].min_count, 1)
    max_node_count = try(var.node_pools[count.index].max_count, 100)
  }
  node_config {
    machine_type = try(var.node_pools[count.index].machine_type, "e2-medium")
    spot         = try(var.node_pools[count.index].spot, false)
    preemptible  = try(var.node_pools[count.index].preemptible, false)
  }
}

output "name" { value = google_container_cluster.primary.name }
output "cluster_id" { value = google_container_cluster.primary.id }
output "endpoint" { value = google_container_cluster.primary.endpoint }
output "ca_certificate" { value = google_container_cluster.primary.master_auth }
output "location" { value = google_container_cluster.primary.location }
