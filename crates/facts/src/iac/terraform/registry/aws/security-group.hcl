variable "name" { default = null }
variable "description" { default = null }
variable "vpc_id" { default = null }
variable "tags" { default = {} }
variable "ingress_cidr_blocks" { default = [] }
variable "ingress_ipv6_cidr_blocks" { default = [] }
variable "ingress_rules" { default = [] }
variable "ingress_with_cidr_blocks" { default = [] }
variable "ingress_with_ipv6_cidr_blocks" { default = [] }
variable "ingress_with_source_security_group_id" { default = [] }
variable "computed_ingress_with_source_security_group_id" { default = [] }
variable "egress_rules" { default = [] }
variable "egress_with_cidr_blocks" { default = [] }
variable "egress_cidr_blocks" { default = ["0.0.0.0/0"] }

resource "aws_security_group" "this" {
  name        = var.name
  description = var.description
  vpc_id      = var.vpc_id
  tags        = var.tags
}

locals {
  # The names of the module's rules: first port, last port, protocol.
  rules = {
    all-all  = [-1, -1, "-1"]
    all-tcp  = [0, 65535, "tcp"]
    all-udp  = [0, 65535, "udp"]
    all-icmp = [-1, -1, "icmp"]
    dns-udp  = [53, 53, "udp"]
    http-80-tcp = [80, 80, "tcp"]
    http-8080-tcp = [8080, 8080, "tcp"]
    https-443-tcp = [443, 443, "tcp"]
    https-8443-tcp = [8443, 8443, "tcp"]
    ssh-tcp = [22, 22, "tcp"]
    rdp-tcp = [3389, 3389, "tcp"]
    postgresql-tcp = [5432, 5432, "tcp"]
    mysql-tcp = [3306, 3306, "tcp"]
    mssql-tcp = [1433, 1433, "tcp"]
    oracle-db-tcp = [1521, 1521, "tcp"]
    redis-tcp = [6379, 6379, "tcp"]
    memcached-tcp = [11211, 11211, "tcp"]
    mongodb-27017-tcp = [27017, 27017, "tcp"]
    elasticsearch-rest-tcp = [9200, 9200, "tcp"]
    kafka-broker-tcp = [9092, 9092, "tcp"]
    rabbitmq-5672-tcp = [5672, 5672, "tcp"]
    nfs-tcp = [2049, 2049, "tcp"]
    dns-tcp = [53, 53, "tcp"]
    grafana-tcp = [3000, 3000, "tcp"]
    prometheus-http-tcp = [9090, 9090, "tcp"]
  }
  grouped = concat(var.ingress_with_source_security_group_id, var.computed_ingress_with_source_security_group_id)
}

resource "aws_security_group_rule" "ingress_rules" {
  count             = length(var.ingress_rules)
  security_group_id = aws_security_group.this.id
  type              = "ingress"
  cidr_blocks       = var.ingress_cidr_blocks
  ipv6_cidr_blocks  = var.ingress_ipv6_cidr_blocks
  from_port         = local.rules[var.ingress_rules[count.index]][0]
  to_port           = local.rules[var.ingress_rules[count.index]][1]
  protocol          = local.rules[var.ingress_rules[count.index]][2]
}

resource "aws_security_group_rule" "ingress_with_cidr_blocks" {
  count             = length(var.ingress_with_cidr_blocks)
  security_group_id = aws_security_group.this.id
  type              = "ingress"
  cidr_blocks = try(split(",", var.ingress_with_cidr_blocks[count.index].cidr_blocks), var.ingress_cidr_blocks)
  from_port         = try(var.ingress_with_cidr_blocks[count.index].from_port, local.rules[var.ingress_with_cidr_blocks[count.index].rule][0])
  to_port           = try(var.ingress_with_cidr_blocks[count.index].to_port, local.rules[var.ingress_with_cidr_blocks[count.index].rule][1])
  protocol          = try(var.ingress_with_cidr_blocks[count.index].protocol, local.rules[var.ingress_with_cidr_blocks[count.index].rule][2])
}

resource "aws_security_group_rule" "ingress_with_ipv6_cidr_blocks" {
  count             = length(var.ingress_with_ipv6_cidr_blocks)
  security_group_id = aws_security_group.this.id
  type              = "ingress"
  ipv6_cidr_blocks = try(split(",", var.ingress_with_ipv6_cidr_blocks[count.index].ipv6_cidr_blocks), var.ingress_ipv6_cidr_blocks)
  from_port         = try(var.ingress_with_ipv6_cidr_blocks[count.index].from_port, local.rules[var.ingress_with_ipv6_cidr_blocks[count.index].rule][0])
  to_port           = try(var.ingress_with_ipv6_cidr_blocks[count.index].to_port, local.rules[var.ingress_with_ipv6_cidr_blocks[count.index].rule][1])
  protocol          = try(var.ingress_with_ipv6_cidr_blocks[count.index].protocol, local.rules[var.ingress_with_ipv6_cidr_blocks[count.index].rule][2])
}

resource "aws_security_group_rule" "ingress_with_groups" {
  count             = length(local.grouped)
  security_group_id = aws_security_group.this.id
  type              = "ingress"
  source_security_group_id = try(local.grouped[count.index].source_security_group_id, null)
  from_port         = try(local.grouped[count.index].from_port, local.rules[local.grouped[count.index].rule][0])
  to_port           = try(local.grouped[count.index].to_port, local.rules[local.grouped[count.index].rule][1])
  protocol          = try(local.grouped[count.index].protocol, local.rules[local.grouped[count.index].rule][2])
}

resource "aws_security_group_rule" "egress_rules" {
  count             = length(var.egress_rules)
  security_group_id = aws_security_group.this.id
  type              = "egress"
  cidr_blocks       = var.egress_cidr_blocks
  from_port         = local.rules[var.egress_rules[count.index]][0]
  to_port           = local.rules[var.egress_rules[count.index]][1]
  protocol          = local.rules[var.egress_rules[count.index]][2]
}

resource "aws_security_group_rule" "egress_with_cidr_blocks" {
  count             = length(var.egress_with_cidr_blocks)
  security_group_id = aws_security_group.this.id
  type              = "egress"
  cidr_blocks = try(split(",", var.egress_with_cidr_blocks[count.index].cidr_blocks), var.egress_cidr_blocks)
  from_port         = try(var.egress_with_cidr_blocks[count.index].from_port, local.rules[var.egress_with_cidr_blocks[count.index].rule][0])
  to_port           = try(var.egress_with_cidr_blocks[count.index].to_port, local.rules[var.egress_with_cidr_blocks[count.index].rule][1])
  protocol          = try(var.egress_with_cidr_blocks[count.index].protocol, local.rules[var.egress_with_cidr_blocks[count.index].rule][2])
}

output "security_group_id" { value = aws_security_group.this.id }
output "security_group_arn" { value = aws_security_group.this.arn }
output "security_group_name" { value = aws_security_group.this.name }
output "security_group_vpc_id" { value = aws_security_group.this.vpc_id }
