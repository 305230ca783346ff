variable "zones" { default = {} }

resource "aws_route53_zone" "this" {
  for_each = var.zones
  name     = try(each.value.domain_name, each.key)
}

output "route53_zone_zone_id" { value = { for k, z in aws_route53_zone.this : k => z.zone_id } }
output "route53_zone_name_servers" { value = { for k, z in aws_route53_zone.this : k => z.name_servers } }
