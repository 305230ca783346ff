variable "project_id" { default = null }
variable "network_name" { default = null }
variable "subnets" { default = [] }
variable "ingress_rules" { default = [] }
variable "firewall_rules" { default = [] }
variable "auto_create_subnetworks" { default = false }

resource "google_compute_network" "network" {
  name                    = var.network_name
  auto_create_subnetworks = var.auto_create_subnetworks
}

resource "google_compute_subnetwork" "subnetwork" {
  count                    = length(var.subnets)
  name                     = try(var.subnets[count.index].subnet_name, null)
  ip_cidr_range            = try(var.subnets[count.index].subnet_ip, null)
  region                   = try(var.subnets[count.index].subnet_region, null)
  private_ip_google_access = try(var.subnets[count.index].subnet_private_access, false)
  network                  = google_compute_network.network.name
}

resource "google_compute_firewall" "ingress" {
  count         = length(var.ingress_rules)
  name          = try(var.ingress_rules[count.index].name, null)
  network       = google_compute_network.network.name
  direction     = "INGRESS"
  source_ranges = try(var.ingress_rules[count.index].source_ranges, null)
  source_tags   = try(var.ingress_rules[count.index].source_tags, null)
  target_tags   = try(var.ingress_rules[count.index].target_tags, null)
  allow         = try(var.ingress_rules[count.index].allow, null)
}

output "network_name" { value = google_compute_network.network.name }
output "network_id" { value = google_compute_network.network.id }
output "network_self_link" { value = google_compute_network.network.self_link }
output "subnets_names" { value = google_compute_subnetwork.subnetwork[*].name }
output "subnets_self_links" { value = google_compute_subnetwork.subnetwork[*].self_link }
output "subnets_ids" { value = google_compute_subnetwork.subnetwork[*].id }
