variable "name" { default = null }
variable "visibility_timeout_seconds" { default = null }
variable "message_retention_seconds" { default = null }
variable "sqs_managed_sse_enabled" { default = true }
variable "kms_master_key_id" { default = null }
variable "fifo_queue" { default = false }
variable "tags" { default = {} }
variable "create_dlq" { default = false }
variable "redrive_policy" { default = {} }

resource "aws_sqs_queue" "this" {
  name                       = var.name
  visibility_timeout_seconds = var.visibility_timeout_seconds
  message_retention_seconds  = var.message_retention_seconds
  sqs_managed_sse_enabled    = var.sqs_managed_sse_enabled
  kms_master_key_id          = var.kms_master_key_id
  fifo_queue                 = var.fifo_queue
  tags                       = var.tags
}

resource "aws_sqs_queue" "dlq" {
  count = var.create_dlq ? 1 : 0
  name  = "${var.name}-dlq"
}

resource "aws_sqs_queue_redrive_policy" "this" {
  count          = var.create_dlq ? 1 : 0
  queue_url      = aws_sqs_queue.this.url
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dlq[0].arn, maxReceiveCount = try(var.redrive_policy.maxReceiveCount, 5) })
}

output "queue_arn" { value = aws_sqs_queue.this.arn }
output "queue_id" { value = aws_sqs_queue.this.id }
output "queue_url" { value = aws_sqs_queue.this.url }
output "queue_name" { value = aws_sqs_queue.this.name }
output "dead_letter_queue_arn" { value = one(aws_sqs_queue.dlq[*].arn) }
