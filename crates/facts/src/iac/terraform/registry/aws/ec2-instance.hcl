variable "ami" { default = null }
variable "instance_type" { default = "t3.micro" }
variable "availability_zone" { default = null }
variable "subnet_id" { default = null }
variable "vpc_security_group_ids" { default = [] }
variable "associate_public_ip_address" { default = null }
variable "user_data" { default = null }
variable "user_data_base64" { default = null }
variable "monitoring" { default = null }
variable "iam_instance_profile" { default = null }
variable "key_name" { default = null }
variable "disable_api_termination" { default = null }
variable "root_block_device" { default = [] }
variable "ebs_block_device" { default = [] }
variable "metadata_options" { default = { http_endpoint = "enabled", http_tokens = "required" } }
variable "tags" { default = {} }
variable "create_eip" { default = false }

resource "aws_instance" "this" {
  ami                         = var.ami
  instance_type               = var.instance_type
  availability_zone           = var.availability_zone
  subnet_id                   = var.subnet_id
  vpc_security_group_ids      = var.vpc_security_group_ids
  associate_public_ip_address = var.associate_public_ip_address
  user_data                   = var.user_data
  user_data_base64            = var.user_data_base64
  monitoring                  = var.monitoring
  iam_instance_profile        = var.iam_instance_profile
  key_name                    = var.key_name
  disable_api_termination     = var.disable_api_termination
  root_block_device           = var.root_block_device
  ebs_block_device            = var.ebs_block_device
  metadata_options            = var.metadata_options
  tags                        = var.tags
}

resource "aws_eip" "this" {
  count    = var.create_eip ? 1 : 0
  instance = aws_instance.this.id
}

output "id" { value = aws_instance.this.id }
output "arn" { value = aws_instance.this.arn }
output "public_ip" { value = aws_instance.this.public_ip }
output "private_ip" { value = aws_instance.this.private_ip }
output "public_dns" { value = aws_instance.this.public_dns }
