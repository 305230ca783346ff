variable "name" { default = null }
variable "path" { default = "/" }
variable "description" { default = null }
variable "policy" { default = "" }
variable "tags" { default = {} }

resource "aws_iam_policy" "this" {
  name        = var.name
  path        = var.path
  description = var.description
  policy      = var.policy
  tags        = var.tags
}

output "arn" { value = aws_iam_policy.this.arn }
output "id" { value = aws_iam_policy.this.id }
output "name" { value = aws_iam_policy.this.name }
