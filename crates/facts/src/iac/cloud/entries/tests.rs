//! Entries of cloud providers.

use crate::iac::cloud::of_terraform;
use crate::infrastructure::{Entry, EntryKind, Infrastructure, ListenerAction, Security};

fn only(found: &Infrastructure) -> &Entry {
    assert_eq!(found.entries.len(), 1, "{:?}", found.entries.iter().map(|e| &e.name).collect::<Vec<_>>());
    &found.entries[0]
}
fn ports(entry: &Entry) -> Vec<(Option<u16>, Security, ListenerAction)> {
    entry.listeners.iter().map(|l| (l.port, l.security, l.action)).collect()
}

#[test]
fn a_rule_that_forwards_opens_a_listener_that_refuses() {
    let found = of_terraform(
        r#"
resource "aws_lb" "web" { internal = false }
resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.web.arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type = "fixed-response"
    fixed_response { content_type = "text/plain" }
  }
}
resource "aws_lb_target_group" "web" {
  port     = 3000
  protocol = "HTTP"
}
resource "aws_lb_listener_rule" "web" {
  listener_arn = aws_lb_listener.http.arn
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}
resource "aws_route53_record" "web" {
  name = "shop.acme.io"
  type = "A"
  alias { name = aws_lb.web.dns_name }
}
"#,
    );
    let entry = only(&found);
    assert_eq!(ports(entry), [(Some(80), Security::Plain, ListenerAction::Forward)]);
    assert_eq!(entry.domains[0].value, "shop.acme.io");
    assert_eq!(entry.targets[0].name.as_deref(), Some("aws_lb_target_group.web"));
    assert!(entry.public.on());
}

#[test]
fn a_listener_that_may_not_exist_is_undecided() {
    let found = of_terraform(
        r#"
variable "certificate_arn" {}
resource "aws_lb" "web" {}
resource "aws_lb_listener" "https" {
  count             = var.certificate_arn != "" ? 1 : 0
  load_balancer_arn = aws_lb.web.arn
  port              = 443
  protocol          = "HTTPS"
  certificate_arn   = var.certificate_arn
  default_action { type = "forward" }
}
"#,
    );
    assert_eq!(only(&found).listeners[0].security, Security::Unresolved);
}

#[test]
fn google_rules_of_one_address_are_one_entry_with_its_firewall() {
    let found = of_terraform(
        r#"
resource "google_compute_global_address" "web" { name = "web" }
resource "google_compute_managed_ssl_certificate" "web" {
  managed { domains = ["shop.acme.io"] }
}
resource "google_compute_security_policy" "armor" {
  rule {
    action   = "deny(403)"
    priority = 1000
    match {
      expr { expression = "evaluatePreconfiguredExpr('sqli-stable')" }
    }
  }
}
resource "google_compute_backend_service" "web" {
  enable_cdn      = true
  security_policy = google_compute_security_policy.armor.id
}
resource "google_compute_url_map" "web" { default_service = google_compute_backend_service.web.id }
resource "google_compute_url_map" "redirect" {
  default_url_redirect { https_redirect = true }
}
resource "google_compute_target_https_proxy" "web" {
  url_map          = google_compute_url_map.web.id
  ssl_certificates = [google_compute_managed_ssl_certificate.web.id]
}
resource "google_compute_target_http_proxy" "redirect" { url_map = google_compute_url_map.redirect.id }
resource "google_compute_global_forwarding_rule" "https" {
  ip_address = google_compute_global_address.web.address
  port_range = "443"
  target     = google_compute_target_https_proxy.web.id
}
resource "google_compute_global_forwarding_rule" "http" {
  ip_address = google_compute_global_address.web.address
  port_range = "80"
  target     = google_compute_target_http_proxy.redirect.id
}
"#,
    );
    let entry = only(&found);
    assert_eq!(
        ports(entry),
        [(Some(443), Security::Tls, ListenerAction::Forward), (Some(80), Security::Plain, ListenerAction::RedirectToTls)]
    );
    assert_eq!(entry.domains[0].value, "shop.acme.io");
    assert!(entry.firewalls[0].blocks.on() && entry.caches.as_ref().is_some_and(|c| c.on()));
}

#[test]
fn an_application_gateway_detects_or_prevents() {
    let gateway = |mode: &str| {
        format!(
            r#"
resource "azurerm_application_gateway" "web" {{
  frontend_ip_configuration {{
    name                 = "front"
    public_ip_address_id = azurerm_public_ip.web.id
  }}
  frontend_port {{
    name = "https"
    port = 443
  }}
  http_listener {{
    name                 = "https"
    frontend_port_name   = "https"
    protocol             = "Https"
    ssl_certificate_name = "shop"
    host_name            = "shop.acme.io"
  }}
  request_routing_rule {{
    name               = "https"
    http_listener_name = "https"
  }}
  waf_configuration {{
    enabled       = true
    firewall_mode = "{mode}"
  }}
}}
"#
        )
    };
    let prevention = of_terraform(&gateway("Prevention"));
    assert_eq!(ports(only(&prevention)), [(Some(443), Security::Tls, ListenerAction::Forward)]);
    assert!(only(&prevention).firewalls[0].blocks.on());
    assert!(only(&of_terraform(&gateway("Detection"))).firewalls[0].blocks.off());
}

#[test]
fn a_zone_in_flexible_mode_asks_its_origin_in_the_clear() {
    let found = of_terraform(
        r#"
resource "cloudflare_zone_settings_override" "zone" {
  settings {
    ssl              = "flexible"
    always_use_https = "on"
  }
}
resource "cloudflare_record" "web" {
  name    = "shop"
  type    = "A"
  content = "203.0.113.7"
  proxied = true
}
"#,
    );
    let entry = only(&found);
    assert_eq!(entry.kind, EntryKind::Cdn);
    assert_eq!((entry.targets[0].security, entry.targets[0].over_internet), (Security::Plain, true));
    assert_eq!(entry.listeners[1].action, ListenerAction::RedirectToTls);
}

#[test]
fn a_web_acl_without_an_association_is_loose() {
    let found = of_terraform(
        r#"
resource "aws_wafv2_web_acl" "web" {
  scope = "REGIONAL"
  default_action {
    block {}
  }
}
"#,
    );
    assert!(found.entries.is_empty() && found.loose_firewalls[0].blocks.on());
}

#[test]
fn nothing_is_told_of_nothing_and_nothing_breaks() {
    for text in [
        "",
        "resource \"aws_lb\" {}",
        "resource \"aws_cloudfront_distribution\" \"a\" { origin { domain_name = [] } }",
        "resource \"aws_wafv2_web_acl\" \"a\" { rule = 1 }",
    ] {
        let _ = of_terraform(text);
    }
}
