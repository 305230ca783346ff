variable "project_id" { default = null }
variable "prefix" { default = "" }
variable "names" { default = [] }
variable "location" { default = "EU" }
variable "storage_class" { default = "STANDARD" }
variable "versioning" { default = {} }
variable "force_destroy" { default = {} }
variable "lifecycle_rules" { default = [] }
variable "public_access_prevention" { default = "inherited" }
variable "bucket_policy_only" { default = {} }

resource "google_storage_bucket" "buckets" {
  for_each                    = toset(var.names)
  name                        = var.prefix == "" ? each.value : "${var.prefix}-${each.value}"
  location                    = var.location
  storage_class               = var.storage_class
  force_destroy               = lookup(var.force_destroy, each.value, false)
  uniform_bucket_level_access = lookup(var.bucket_policy_only, each.value, true)
  public_access_prevention    = var.public_access_prevention
  versioning {
    enabled = lookup(var.versioning, each.value, false)
  }
  dynamic "lifecycle_rule" {
    for_each = var.lifecycle_rules
    content {
      action    = try(lifecycle_rule.value.action, null)
      condition = try(lifecycle_rule.value.condition, null)
    }
  }
}

output "names" { value = { for k, b in google_storage_bucket.buckets : k => b.name } }
output "name" { value = try(values(google_storage_bucket.buckets)[0].name, null) }
output "url" { value = try(values(google_storage_bucket.buckets)[0].url, null) }
