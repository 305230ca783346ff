variable "cidr" { default = "10.0.0.0/16" }
variable "azs" { default = [] }
variable "public_subnets" { default = [] }
variable "private_subnets" { default = [] }
variable "database_subnets" { default = [] }
variable "elasticache_subnets" { default = [] }
variable "redshift_subnets" { default = [] }
variable "intra_subnets" { default = [] }
variable "outpost_subnets" { default = [] }
variable "map_public_ip_on_launch" { default = false }
variable "create_igw" { default = true }
variable "create_vpc" { default = true }
variable "enable_nat_gateway" { default = false }
variable "single_nat_gateway" { default = false }
variable "one_nat_gateway_per_az" { default = false }
variable "create_database_subnet_group" { default = true }
variable "create_database_internet_gateway_route" { default = false }
variable "create_database_subnet_route_table" { default = false }
variable "create_elasticache_subnet_group" { default = true }
variable "enable_flow_log" { default = false }
variable "flow_log_traffic_type" { default = "ALL" }
variable "flow_log_destination_type" { default = "cloud-watch-logs" }
variable "flow_log_destination_arn" { default = null }
variable "tags" { default = {} }

locals {
  nat_count = var.single_nat_gateway ? 1 : (var.one_nat_gateway_per_az ? length(var.azs) : length(var.private_subnets))
}

resource "aws_vpc" "this" {
  cidr_block = var.cidr
  tags       = var.tags
}

resource "aws_internet_gateway" "this" {
  count  = var.create_igw && length(var.public_subnets) > 0 ? 1 : 0
  vpc_id = aws_vpc.this.id
}

resource "aws_subnet" "public" {
  count                   = length(var.public_subnets)
  vpc_id                  = aws_vpc.this.id
  cidr_block              = var.public_subnets[count.index]
  availability_zone       = element(var.azs, count.index)
  map_public_ip_on_launch = var.map_public_ip_on_launch
}

resource "aws_route_table" "public" {
  count  = length(var.public_subnets) > 0 ? 1 : 0
  vpc_id = aws_vpc.this.id
}

resource "aws_route" "public_internet_gateway" {
  count                  = var.create_igw && length(var.public_subnets) > 0 ? 1 : 0
  route_table_id         = aws_route_table.public[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id
}

resource "aws_route_table_association" "public" {
  count          = length(var.public_subnets)
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public[0].id
}

resource "aws_subnet" "private" {
  count             = length(var.private_subnets)
  vpc_id            = aws_vpc.this.id
  cidr_block        = var.private_subnets[count.index]
  availability_zone = element(var.azs, count.index)
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.this.id
}

resource "aws_route_table_association" "private" {
  count          = length(var.private_subnets)
  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private.id
}

resource "aws_nat_gateway" "this" {
  count         = var.enable_nat_gateway ? local.nat_count : 0
  subnet_id     = element(aws_subnet.public[*].id, var.single_nat_gateway ? 0 : count.index)
  allocation_id = aws_eip.nat[count.index].id
}

resource "aws_eip" "nat" {
  count  = var.enable_nat_gateway ? local.nat_count : 0
  domain = "vpc"
}

resource "aws_route" "private_nat_gateway" {
  count                  = var.enable_nat_gateway ? 1 : 0
  route_table_id         = aws_route_table.private.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[0].id
}

resource "aws_subnet" "database" {
  count             = length(var.database_subnets)
  vpc_id            = aws_vpc.this.id
  cidr_block        = var.database_subnets[count.index]
  availability_zone = element(var.azs, count.index)
}

resource "aws_route_table" "database" {
  count  = var.create_database_subnet_route_table && length(var.database_subnets) > 0 ? 1 : 0
  vpc_id = aws_vpc.this.id
}

resource "aws_route" "database_internet_gateway" {
  count                  = var.create_database_subnet_route_table && var.create_database_internet_gateway_route && length(var.database_subnets) > 0 ? 1 : 0
  route_table_id         = aws_route_table.database[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id
}

resource "aws_route_table_association" "database" {
  count          = length(var.database_subnets)
  subnet_id      = aws_subnet.database[count.index].id
  route_table_id = var.create_database_subnet_route_table ? aws_route_table.database[0].id : aws_route_table.private.id
}

resource "aws_db_subnet_group" "database" {
  count      = var.create_database_subnet_group && length(var.database_subnets) > 0 ? 1 : 0
  subnet_ids = aws_subnet.database[*].id
}

resource "aws_subnet" "elasticache" {
  count             = length(var.elasticache_subnets)
  vpc_id            = aws_vpc.this.id
  cidr_block        = var.elasticache_subnets[count.index]
  availability_zone = element(var.azs, count.index)
}

resource "aws_elasticache_subnet_group" "elasticache" {
  count      = var.create_elasticache_subnet_group && length(var.elasticache_subnets) > 0 ? 1 : 0
  subnet_ids = aws_subnet.elasticache[*].id
}

resource "aws_subnet" "redshift" {
  count             = length(var.redshift_subnets)
  vpc_id            = aws_vpc.this.id
  cidr_block        = var.redshift_subnets[count.index]
  availability_zone = element(var.azs, count.index)
}

resource "aws_subnet" "intra" {
  count             = length(var.intra_subnets)
  vpc_id            = aws_vpc.this.id
  cidr_block        = var.intra_subnets[count.index]
  availability_zone = element(var.azs, count.index)
}

resource "aws_flow_log" "this" {
  count                = var.enable_flow_log ? 1 : 0
  vpc_id               = aws_vpc.this.id
  traffic_type         = var.flow_log_traffic_type
  log_destination_type = var.flow_log_destination_type
  log_destination      = var.flow_log_destination_arn
}

output "vpc_id" { value = aws_vpc.this.id }
output "vpc_arn" { value = aws_vpc.this.arn }
output "vpc_cidr_block" { value = aws_vpc.this.cidr_block }
output "default_security_group_id" { value = aws_vpc.this.default_security_group_id }
output "azs" { value = var.azs }
output "public_subnets" { value = aws_subnet.public[*].id }
output "public_subnet_arns" { value = aws_subnet.public[*].arn }
output "public_subnets_cidr_blocks" { value = aws_subnet.public[*].cidr_block }
output "private_subnets" { value = aws_subnet.private[*].id }
output "private_subnet_arns" { value = aws_subnet.private[*].arn }
output "private_subnets_cidr_blocks" { value = aws_subnet.private[*].cidr_block }
output "database_subnets" { value = aws_subnet.database[*].id }
output "database_subnets_cidr_blocks" { value = aws_subnet.database[*].cidr_block }
output "database_subnet_group" { value = one(aws_db_subnet_group.database[*].id) }
output "database_subnet_group_name" { value = one(aws_db_subnet_group.database[*].name) }
output "elasticache_subnets" { value = aws_subnet.elasticache[*].id }
output "elasticache_subnet_group_name" { value = one(aws_elasticache_subnet_group.elasticache[*].name) }
output "redshift_subnets" { value = aws_subnet.redshift[*].id }
output "intra_subnets" { value = aws_subnet.intra[*].id }
output "igw_id" { value = one(aws_internet_gateway.this[*].id) }
output "natgw_ids" { value = aws_nat_gateway.this[*].id }
output "nat_public_ips" { value = aws_eip.nat[*].public_ip }
output "public_route_table_ids" { value = aws_route_table.public[*].id }
output "private_route_table_ids" { value = [aws_route_table.private.id] }
