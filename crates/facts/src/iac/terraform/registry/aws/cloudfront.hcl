variable "enabled" { default = true }
variable "aliases" { default = null }
variable "comment" { default = null }
variable "price_class" { default = null }
variable "web_acl_id" { default = null }
variable "is_ipv6_enabled" { default = null }
variable "default_root_object" { default = null }
variable "default_cache_behavior" { default = null }
variable "viewer_certificate" { default = { cloudfront_default_certificate = true, minimum_protocol_version = "TLSv1" } }
variable "tags" { default = {} }
variable "origin" { default = {} }
variable "ordered_cache_behavior" { default = [] }
variable "logging_config" { default = {} }

resource "aws_cloudfront_distribution" "this" {
  enabled                = var.enabled
  aliases                = var.aliases
  comment                = var.comment
  price_class            = var.price_class
  web_acl_id             = var.web_acl_id
  is_ipv6_enabled        = var.is_ipv6_enabled
  default_root_object    = var.default_root_object
  default_cache_behavior = var.default_cache_behavior
  viewer_certificate     = var.viewer_certificate
  tags                   = var.tags

  dynamic "origin" {
    for_each = var.origin
    content {
      domain_name              = try(origin.value.domain_name, null)
      origin_id                = try(origin.value.origin_id, null)
      custom_origin_config     = try(origin.value.custom_origin_config, null)
      s3_origin_config         = try(origin.value.s3_origin_config, null)
      origin_access_control_id = try(origin.value.origin_access_control_id, null)
      origin_shield            = try(origin.value.origin_shield, null)
    }
  }
  dynamic "ordered_cache_behavior" {
    for_each = var.ordered_cache_behavior
    content {
      path_pattern               = try(ordered_cache_behavior.value.path_pattern, null)
      target_origin_id           = try(ordered_cache_behavior.value.target_origin_id, null)
      viewer_protocol_policy     = try(ordered_cache_behavior.value.viewer_protocol_policy, null)
      cache_policy_id            = try(ordered_cache_behavior.value.cache_policy_id, null)
      response_headers_policy_id = try(ordered_cache_behavior.value.response_headers_policy_id, null)
      default_ttl                = try(ordered_cache_behavior.value.default_ttl, null)
      max_ttl                    = try(ordered_cache_behavior.value.max_ttl, null)
      min_ttl                    = try(ordered_cache_behavior.value.min_ttl, null)
      compress                   = try(ordered_cache_behavior.value.compress, null)
    }
  }
  dynamic "logging_config" {
    for_each = length(keys(var.logging_config)) == 0 ? [] : [var.logging_config]
    content {
      bucket = try(logging_config.value.bucket, null)
      prefix = try(logging_config.value.prefix, null)
    }
  }
}

output "cloudfront_distribution_id" { value = aws_cloudfront_distribution.this.id }
output "cloudfront_distribution_arn" { value = aws_cloudfront_distribution.this.arn }
output "cloudfront_distribution_domain_name" { value = aws_cloudfront_distribution.this.domain_name }
output "cloudfront_distribution_hosted_zone_id" { value = aws_cloudfront_distribution.this.hosted_zone_id }
