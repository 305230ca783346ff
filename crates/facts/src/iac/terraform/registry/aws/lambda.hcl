variable "function_name" { default = "" }
variable "handler" { default = "" }
variable "runtime" { default = "" }
variable "image_uri" { default = null }
variable "package_type" { default = "Zip" }
variable "memory_size" { default = 128 }
variable "timeout" { default = 3 }
variable "reserved_concurrent_executions" { default = -1 }
variable "kms_key_arn" { default = null }
variable "publish" { default = false }
variable "tags" { default = {} }
variable "environment_variables" { default = {} }
variable "vpc_subnet_ids" { default = null }
variable "vpc_security_group_ids" { default = null }
variable "tracing_mode" { default = null }
variable "dead_letter_target_arn" { default = null }
variable "cloudwatch_logs_retention_in_days" { default = null }
variable "attach_policy_json" { default = false }
variable "policy_json" { default = null }
variable "attach_policy" { default = false }
variable "policy" { default = null }
variable "attach_policies" { default = false }
variable "policies" { default = [] }
variable "attach_policy_statements" { default = false }
variable "policy_statements" { default = {} }
variable "create_lambda_function_url" { default = false }
variable "authorization_type" { default = "NONE" }
variable "provisioned_concurrent_executions" { default = -1 }
variable "lambda_role" { default = "" }
variable "create_role" { default = true }

resource "aws_lambda_function" "this" {
  function_name                  = var.function_name
  handler                        = var.handler
  runtime                        = var.runtime
  image_uri                      = var.image_uri
  package_type                   = var.package_type
  memory_size                    = var.memory_size
  timeout                        = var.timeout
  reserved_concurrent_executions = var.reserved_concurrent_executions
  kms_key_arn                    = var.kms_key_arn
  publish                        = var.publish
  tags                           = var.tags

  role = var.create_role ? aws_iam_role.lambda[0].arn : var.lambda_role

  dynamic "environment" {
    for_each = length(keys(var.environment_variables)) == 0 ? [] : [true]
    content {
      variables = var.environment_variables
    }
  }
  dynamic "vpc_config" {
    for_each = var.vpc_subnet_ids != null && var.vpc_security_group_ids != null ? [true] : []
    content {
      subnet_ids         = var.vpc_subnet_ids
      security_group_ids = var.vpc_security_group_ids
    }
  }
  dynamic "tracing_config" {
    for_each = var.tracing_mode == null ? [] : [true]
    content {
      mode = var.tracing_mode
    }
  }
  dynamic "dead_letter_config" {
    for_each = var.dead_letter_target_arn == null ? [] : [true]
    content {
      target_arn = var.dead_letter_target_arn
    }
  }
}

resource "aws_cloudwatch_log_group" "lambda" {
  name              = "/aws/lambda/${var.function_name}"
  retention_in_days = var.cloudwatch_logs_retention_in_days
}

resource "aws_iam_role" "lambda" {
  count = var.create_role ? 1 : 0
  name  = var.function_name
}

resource "aws_iam_role_policy" "json" {
  count  = var.create_role && var.attach_policy_json ? 1 : 0
  role   = aws_iam_role.lambda[0].name
  policy = var.policy_json
}

resource "aws_iam_role_policy" "statements" {
  count  = var.create_role && var.attach_policy_statements ? 1 : 0
  role   = aws_iam_role.lambda[0].name
  policy = jsonencode({ Statement = [for k, s in var.policy_statements : { Effect = try(s.effect, "Allow"), Action = try(s.actions, null), Resource = try(s.resources, null) }] })
}

resource "aws_iam_role_policy_attachment" "one" {
  count      = var.create_role && var.attach_policy ? 1 : 0
  role       = aws_iam_role.lambda[0].name
  policy_arn = var.policy
}

resource "aws_iam_role_policy_attachment" "many" {
  count      = var.create_role && var.attach_policies ? length(var.policies) : 0
  role       = aws_iam_role.lambda[0].name
  policy_arn = var.policies[count.index]
}

resource "aws_lambda_function_url" "this" {
  count              = var.create_lambda_function_url ? 1 : 0
  function_name      = aws_lambda_function.this.function_name
  authorization_type = var.authorization_type
}

resource "aws_lambda_provisioned_concurrency_config" "this" {
  count                             = var.provisioned_concurrent_executions > -1 ? 1 : 0
  function_name                     = aws_lambda_function.this.function_name
  provisioned_concurrent_executions = var.provisioned_concurrent_executions
}

output "lambda_function_arn" { value = aws_lambda_function.this.arn }
output "lambda_function_invoke_arn" { value = aws_lambda_function.this.invoke_arn }
output "lambda_function_name" { value = aws_lambda_function.this.function_name }
output "lambda_function_url" { value = one(aws_lambda_function_url.this[*].function_url) }
output "lambda_role_arn" { value = one(aws_iam_role.lambda[*].arn) }
output "lambda_role_name" { value = one(aws_iam_role.lambda[*].name) }
output "lambda_cloudwatch_log_group_name" { value = aws_cloudwatch_log_group.lambda.name }
