variable "name" { default = null }
variable "force_destroy" { default = false }
variable "tags" { default = {} }
variable "create_iam_access_key" { default = true }
variable "policy_arns" { default = [] }

resource "aws_iam_user" "this" {
  name          = var.name
  force_destroy = var.force_destroy
  tags          = var.tags
}

resource "aws_iam_access_key" "this" {
  count = var.create_iam_access_key ? 1 : 0
  user  = aws_iam_user.this.name
}

resource "aws_iam_user_policy_attachment" "this" {
  count      = length(var.policy_arns)
  user       = aws_iam_user.this.name
  policy_arn = var.policy_arns[count.index]
}

output "iam_user_arn" { value = aws_iam_user.this.arn }
output "iam_user_name" { value = aws_iam_user.this.name }
