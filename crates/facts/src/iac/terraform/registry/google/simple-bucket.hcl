variable "project_id" { default = null }
variable "name" { default = null }
variable "location" { default = null }
variable "versioning" { default = true }
variable "force_destroy" { default = false }
variable "public_access_prevention" { default = "inherited" }
variable "lifecycle_rules" { default = [] }

resource "google_storage_bucket" "bucket" {
  name                        = var.name
  location                    = var.location
  force_destroy               = var.force_destroy
  uniform_bucket_level_access = true
  public_access_prevention    = var.public_access_prevention
  versioning {
    enabled = var.versioning
  }
  dynamic "lifecycle_rule" {
    for_each = var.lifecycle_rules
    content {
      action    = try(lifecycle_rule.value.action, null)
      condition = try(lifecycle_rule.value.condition, null)
    }
  }
}

output "name" { value = google_storage_bucket.bucket.name }
output "url" { value = google_storage_bucket.bucket.url }
