variable "domain_name" { default = "" }
variable "subject_alternative_names" { default = [] }
variable "validation_method" { default = "DNS" }
variable "tags" { default = {} }
variable "wait_for_validation" { default = true }

resource "aws_acm_certificate" "this" {
  domain_name               = var.domain_name
  subject_alternative_names = var.subject_alternative_names
  validation_method         = var.validation_method
  tags                      = var.tags
}

resource "aws_acm_certificate_validation" "this" {
  count           = var.wait_for_validation ? 1 : 0
  certificate_arn = aws_acm_certificate.this.arn
}

output "acm_certificate_arn" { value = aws_acm_certificate.this.arn }
output "acm_certificate_status" { value = aws_acm_certificate.this.status }
