variable "zone_id" { default = null }
variable "zone_name" { default = null }
variable "records" { default = [] }

resource "aws_route53_record" "this" {
  count   = length(var.records)
  zone_id = var.zone_id
  name    = try(var.records[count.index].full_name, var.records[count.index].name, "")
  type    = try(var.records[count.index].type, null)
  records = try(var.records[count.index].records, null)
  alias   = try(var.records[count.index].alias, null)
}

output "route53_record_name" { value = aws_route53_record.this[*].name }
