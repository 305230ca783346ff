use crate::iac::cloud::of_terraform;
use crate::infrastructure::{AttachedKind, Infrastructure};

fn said(found: &Infrastructure) -> Vec<String> {
    found.openings.iter().map(|o| format!("{} {}", o.group, o.says).trim().to_owned()).collect()
}
fn public(found: &Infrastructure, name: &str) -> Option<bool> {
    found.subnets.iter().find(|s| s.name == name).and_then(|s| s.public.known().copied())
}

const NETWORK: &str = r#"
resource "aws_vpc" "main" { cidr_block = "10.0.0.0/16" }
resource "aws_internet_gateway" "main" { vpc_id = aws_vpc.main.id }
resource "aws_nat_gateway" "main" { subnet_id = aws_subnet.open.id }
resource "aws_subnet" "open" { vpc_id = aws_vpc.main.id }
resource "aws_subnet" "shut" { vpc_id = aws_vpc.main.id }
resource "aws_subnet" "plain" { vpc_id = aws_vpc.main.id }
resource "aws_subnet" "foreign" { vpc_id = var.vpc }
resource "aws_route_table" "open" { vpc_id = aws_vpc.main.id }
resource "aws_route" "out" {
  route_table_id         = aws_route_table.open.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id
}
resource "aws_route_table" "shut" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.main.id
  }
}
resource "aws_route_table_association" "open" {
  subnet_id      = aws_subnet.open.id
  route_table_id = aws_route_table.open.id
}
resource "aws_route_table_association" "shut" {
  subnet_id      = aws_subnet.shut.id
  route_table_id = aws_route_table.shut.id
}
resource "aws_flow_log" "main" { vpc_id = aws_vpc.main.id }
"#;

#[test]
fn a_subnet_is_public_by_its_route() {
    let found = of_terraform(NETWORK);
    let ways: Vec<_> = ["open", "shut", "plain", "foreign"].map(|n| public(&found, &format!("aws_subnet.{n}"))).into();
    assert_eq!(ways, [Some(true), Some(false), Some(false), None]);
    assert!(found.networks[0].flow_logs.is_some());
    assert_eq!(found.networks[0].nat_gateways.len(), 1);
}

#[test]
fn the_main_route_table_serves_those_without_their_own() {
    let main = r#"
resource "aws_route" "main" {
  route_table_id         = aws_vpc.main.main_route_table_id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id
}"#;
    let found = of_terraform(&format!("{NETWORK}{main}"));
    assert_eq!(public(&found, "aws_subnet.plain"), Some(true));
    assert_eq!(public(&found, "aws_subnet.shut"), Some(false), "it has a table of its own");
}

#[test]
fn rules_in_place_and_apart_belong_to_their_group_and_its_users() {
    let found = of_terraform(
        r#"
variable "office" { default = ["198.51.100.0/24"] }
resource "aws_security_group" "web" {
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_security_group" "db" {}
resource "aws_security_group_rule" "db" {
  type                     = "ingress"
  security_group_id        = aws_security_group.db.id
  source_security_group_id = aws_security_group.web.id
  from_port                = 5432
  to_port                  = 5432
  protocol                 = "tcp"
}
resource "aws_vpc_security_group_ingress_rule" "office" {
  for_each          = toset(var.office)
  security_group_id = aws_security_group.db.id
  cidr_ipv4         = "${var.mine}/32"
  from_port         = 22
  to_port           = 22
  ip_protocol       = "tcp"
}
resource "aws_lb" "web" { security_groups = [aws_security_group.web.id] }
resource "aws_db_instance" "main" { vpc_security_group_ids = [aws_security_group.db.id] }
"#,
    );
    assert_eq!(
        said(&found),
        [
            "aws_security_group.web 0.0.0.0/0 on tcp 443",
            "aws_security_group.db aws_security_group.web on tcp 5432",
            "aws_security_group.db ${var.mine}/32 on tcp 22"
        ]
    );
    let before = &found.openings[1].attached[0];
    assert_eq!((before.kind, before.public_address), (AttachedKind::Store, Some(false)));
    assert_eq!(found.openings[0].attached[0].public_address, Some(true));
    assert_eq!(found.firewalls.len(), 2);
}

#[test]
fn google_rules_choose_machines_by_their_tags() {
    let found = of_terraform(
        r#"
resource "google_compute_network" "main" { name = "main" }
resource "google_compute_firewall" "ssh" {
  network       = google_compute_network.main.name
  source_ranges = ["35.235.240.0/20"]
  target_tags   = ["web"]
  allow {
    protocol = "tcp"
    ports    = ["22", "8000-8010"]
  }
}
resource "google_compute_firewall" "off" {
  network  = google_compute_network.main.name
  disabled = true
  allow { protocol = "tcp" }
}
resource "google_compute_instance" "web" {
  tags = ["web"]
  network_interface {
    network = google_compute_network.main.id
    access_config {}
  }
}
resource "google_compute_instance" "other" {
  network_interface { network = google_compute_network.main.id }
}
"#,
    );
    assert_eq!(
        said(&found),
        [
            "google_compute_firewall.ssh Google's identity-aware proxy on tcp 22",
            "google_compute_firewall.ssh Google's identity-aware proxy on tcp 8000-8010"
        ]
    );
    let names: Vec<&str> = found.openings[0].attached.iter().map(|a| a.name.as_str()).collect();
    assert_eq!((names, found.openings[0].attached[0].public_address), (vec!["google_compute_instance.web"], Some(true)));
}

#[test]
fn azure_rules_stand_before_the_machines_of_their_subnet() {
    let found = of_terraform(
        r#"
resource "azurerm_network_security_group" "web" {
  security_rule {
    direction              = "Inbound"
    access                 = "Allow"
    protocol               = "Tcp"
    source_address_prefix  = "*"
    destination_port_range = "3389"
  }
  security_rule {
    direction              = "Inbound"
    access                 = "Deny"
    protocol               = "*"
    source_address_prefix  = "*"
    destination_port_range = "*"
  }
}
resource "azurerm_subnet" "web" {}
resource "azurerm_subnet_network_security_group_association" "web" {
  subnet_id                 = azurerm_subnet.web.id
  network_security_group_id = azurerm_network_security_group.web.id
}
resource "azurerm_network_interface" "web" {
  ip_configuration {
    subnet_id            = azurerm_subnet.web.id
    public_ip_address_id = azurerm_public_ip.web.id
  }
}
resource "azurerm_linux_virtual_machine" "web" { network_interface_ids = [azurerm_network_interface.web.id] }
"#,
    );
    assert_eq!(said(&found), ["azurerm_network_security_group.web 0.0.0.0/0 on tcp 3389"]);
    let machine = found.openings[0].attached.iter().find(|a| a.kind == AttachedKind::Machine).expect("the machine");
    assert_eq!((machine.name.as_str(), machine.public_address), ("azurerm_linux_virtual_machine.web", Some(true)));
}

#[test]
fn a_server_without_a_firewall_is_open_and_one_with_rules_is_not() {
    let open = of_terraform(r#"resource "hcloud_server" "web" { name = "web" }"#);
    assert_eq!(said(&open), ["no firewall is attached: every port of the machine is open to everyone"]);
    let shut = of_terraform(
        r#"
resource "hcloud_firewall" "web" {
  rule {
    direction  = "in"
    protocol   = "tcp"
    port       = "443"
    source_ips = ["0.0.0.0/0", "::/0"]
  }
}
resource "hcloud_server" "web" { firewall_ids = [hcloud_firewall.web.id] }
"#,
    );
    assert_eq!(said(&shut), ["hcloud_firewall.web 0.0.0.0/0 on tcp 443"]);
}

#[test]
fn the_interface_of_a_cluster_is_open_unless_it_is_told_otherwise() {
    let found = of_terraform(
        r#"
resource "aws_eks_cluster" "open" {
  vpc_config { subnet_ids = [] }
}
resource "aws_eks_cluster" "office" {
  vpc_config { public_access_cidrs = ["198.51.100.0/24"] }
}
resource "aws_eks_cluster" "shut" {
  vpc_config { endpoint_public_access = false }
}
resource "google_container_cluster" "open" {}
resource "azurerm_kubernetes_cluster" "shut" { private_cluster_enabled = true }
"#,
    );
    assert_eq!(said(&found), ["0.0.0.0/0 on tcp 443", "198.51.100.0/24 on tcp 443", "0.0.0.0/0 on tcp 443"]);
    assert_eq!(found.firewalls.len(), 2);
}
