variable "project" { default = null }
variable "name" { default = null }
variable "ssl" { default = false }
variable "https_redirect" { default = false }
variable "http_forward" { default = true }
variable "managed_ssl_certificate_domains" { default = [] }
variable "ssl_certificates" { default = [] }
variable "ssl_policy" { default = null }
variable "backends" { default = {} }
variable "security_policy" { default = null }
variable "cdn" { default = false }

resource "google_compute_backend_service" "default" {
  for_each        = var.backends
  protocol        = try(each.value.protocol, null)
  enable_cdn      = try(each.value.enable_cdn, var.cdn)
  security_policy = try(each.value.security_policy, var.security_policy)
  log_config      = try(each.value.log_config, null)
  dynamic "backend" {
    for_each = try(each.value.groups, [])
    content {
      group = try(backend.value.group, null)
    }
  }
}

resource "google_compute_url_map" "default" {
  default_service = try(values(google_compute_backend_service.default)[0].self_link, null)
}

resource "google_compute_url_map" "https_redirect" {
  count = var.https_redirect ? 1 : 0
  default_url_redirect {
    https_redirect = true
  }
}

resource "google_compute_managed_ssl_certificate" "default" {
  count = var.ssl && length(var.managed_ssl_certificate_domains) > 0 ? 1 : 0
  managed {
    domains = var.managed_ssl_certificate_domains
  }
}

resource "google_compute_target_http_proxy" "default" {
  count   = var.http_forward ? 1 : 0
  url_map = var.https_redirect ? google_compute_url_map.https_redirect[0].self_link : google_compute_url_map.default.self_link
}

resource "google_compute_target_https_proxy" "default" {
  count            = var.ssl ? 1 : 0
  url_map          = google_compute_url_map.default.self_link
  ssl_certificates = concat(var.ssl_certificates, google_compute_managed_ssl_certificate.default[*].self_link)
  ssl_policy       = var.ssl_policy
}

resource "google_compute_global_forwarding_rule" "http" {
  count      = var.http_forward ? 1 : 0
  target     = google_compute_target_http_proxy.default[0].self_link
  port_range = "80"
}

resource "google_compute_global_forwarding_rule" "https" {
  count      = var.ssl ? 1 : 0
  target     = google_compute_target_https_proxy.default[0].self_link
  port_range = "443"
}

output "external_ip" { value = try(google_compute_global_forwarding_rule.https[0].ip_address, google_compute_global_forwarding_rule.http[0].ip_address, null) }
