variable "name" { default = null }
variable "org_id" { default = null }
variable "folder_id" { default = "" }
variable "billing_account" { default = null }
variable "activate_apis" { default = ["compute.googleapis.com"] }

resource "google_project" "main" {
  name            = var.name
  org_id          = var.org_id
  folder_id       = var.folder_id
  billing_account = var.billing_account
}

resource "google_project_service" "apis" {
  for_each = toset(var.activate_apis)
  project  = google_project.main.project_id
  service  = each.value
}

output "project_id" { value = google_project.main.project_id }
output "project_number" { value = google_project.main.number }
output "project_name" { value = google_project.main.name }
