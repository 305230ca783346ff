variable "tags" { default = {} }
variable "custom_role_policy_arns" { default = [] }
variable "role_policy_arns" { default = {} }
variable "policies" { default = {} }
variable "role_name" { default = null }

resource "aws_iam_role" "this" {
  name = var.role_name
  tags = var.tags
}

resource "aws_iam_role_policy_attachment" "custom" {
  count      = length(var.custom_role_policy_arns)
  role       = aws_iam_role.this.name
  policy_arn = var.custom_role_policy_arns[count.index]
}

resource "aws_iam_role_policy_attachment" "named" {
  for_each   = can(keys(var.role_policy_arns)) ? merge(var.role_policy_arns, var.policies) : var.policies
  role       = aws_iam_role.this.name
  policy_arn = each.value
}

output "iam_role_arn" { value = aws_iam_role.this.arn }
output "arn" { value = aws_iam_role.this.arn }
output "iam_role_name" { value = aws_iam_role.this.name }
output "name" { value = aws_iam_role.this.name }
