variable "project_id" { default = null }
variable "name" { default = null }
variable "region" { default = null }
variable "zone" { default = null }
variable "tier" { default = null }
variable "edition" { default = null }
variable "availability_type" { default = "ZONAL" }
variable "deletion_protection" { default = true }
variable "deletion_protection_enabled" { default = false }
variable "backup_configuration" { default = {} }
variable "ip_configuration" { default = {} }
variable "insights_config" { default = null }
variable "database_flags" { default = [] }
variable "read_replicas" { default = [] }
variable "encryption_key_name" { default = null }
variable "disk_autoresize" { default = true }
variable "maintenance_window_day" { default = 1 }

resource "google_sql_database_instance" "default" {
  name                = var.name
  database_version    = var.database_version
  region              = var.region
  deletion_protection = var.deletion_protection
  encryption_key_name = var.encryption_key_name

  settings {
    tier                        = var.tier
    edition                     = var.edition
    availability_type           = var.availability_type
    deletion_protection_enabled = var.deletion_protection_enabled
    disk_autoresize             = var.disk_autoresize
    database_flags              = var.database_flags
    insights_config             = var.insights_config

    backup_configuration {
      enabled                        = try(var.backup_configuration.enabled, false)
      point_in_time_recovery_enabled = try(var.backup_configuration.point_in_time_recovery_enabled, null)
      binary_log_enabled             = try(var.backup_configuration.binary_log_enabled, null)
      location                       = try(var.backup_configuration.location, null)
      backup_retention_settings {
        retained_backups = try(var.backup_configuration.retained_backups, null)
      }
    }
    ip_configuration {
      ipv4_enabled        = try(var.ip_configuration.ipv4_enabled, true)
      private_network     = try(var.ip_configuration.private_network, null)
      ssl_mode            = try(var.ip_configuration.ssl_mode, null)
      require_ssl         = try(var.ip_configuration.require_ssl, null)
      authorized_networks = try(var.ip_configuration.authorized_networks, null)
    }
  }
}

resource "google_sql_database_instance" "replicas" {
  count                = length(var.read_replicas)
  name                 = try(var.read_replicas[count.index].name, null)
  database_version     = var.database_version
  region               = try(var.read_replicas[count.index].region, var.region)
  master_instance_name = google_sql_database_instance.default.name
}

output "instance_name" { value = google_sql_database_instance.default.name }
output "instance_connection_name" { value = google_sql_database_instance.default.connection_name }
output "private_ip_address" { value = google_sql_database_instance.default.private_ip_address }
output "public_ip_address" { value = google_sql_database_instance.default.public_ip_address }
