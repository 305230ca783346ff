use crate::iac::cloud::of_terraform;
use crate::infrastructure::{Capacity, CapacityKind, GuardKind};

fn capacity(terraform: &str) -> Vec<Capacity> {
    of_terraform(terraform).capacity
}
fn named<'c>(all: &'c [Capacity], name: &str) -> &'c Capacity {
    all.iter().find(|c| c.name == name).unwrap_or_else(|| panic!("{name} among {:?}", all.iter().map(|c| &c.name).collect::<Vec<_>>()))
}
fn known(p: &Option<crate::infrastructure::Property<u32>>) -> Option<u32> {
    p.as_ref().and_then(|p| p.known()).copied()
}

const SERVICE: &str = r#"
resource "aws_ecs_service" "web" {
  name          = "web"
  cluster       = aws_ecs_cluster.main.id
  desired_count = 2
  launch_type   = "FARGATE"
  network_configuration {
    subnets          = [aws_subnet.a.id, aws_subnet.b.id]
    security_groups  = [aws_security_group.web.id]
    assign_public_ip = true
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.web.arn
    container_name   = "web"
    container_port   = 80
  }
}
resource "aws_lb_target_group" "web" {
  deregistration_delay = 30
}
resource "aws_subnet" "a" {}
resource "aws_subnet" "b" {}
resource "aws_security_group" "web" {}
"#;

#[test]
fn an_ecs_service_tells_its_number_its_place_and_its_guards() {
    let all = capacity(SERVICE);
    let c = named(&all, "aws_ecs_service.web");
    assert_eq!((c.workload.as_deref(), known(&c.desired)), (Some("web"), Some(2)));
    assert_eq!(c.subnets, ["aws_subnet.a", "aws_subnet.b"]);
    assert_eq!(c.groups, ["aws_security_group.web"]);
    assert!(c.public_address.as_ref().is_some_and(|p| p.on()));
    assert_eq!(c.balanced[0].value, "aws_lb_target_group.web");
    assert!(c.guards.iter().any(|g| g.kind == GuardKind::Drain && g.effective.on()));
    assert!(c.guards.iter().any(|g| g.kind == GuardKind::Budget && g.effective.on()));
}

#[test]
fn a_policy_scales_the_service_that_its_target_names() {
    let scaled = |target: &str, policy: &str| {
        let all = capacity(&format!(
            "{SERVICE}\nresource \"aws_appautoscaling_target\" \"web\" {{\n  min_capacity = 2\n  max_capacity = 6\n  resource_id = {target}\n  service_namespace = \"ecs\"\n}}\n{policy}"
        ));
        named(&all, "aws_ecs_service.web").clone()
    };
    let policy = "resource \"aws_appautoscaling_policy\" \"cpu\" {\n  policy_type = \"TargetTrackingScaling\"\n  resource_id = aws_appautoscaling_target.web.resource_id\n  target_tracking_scaling_policy_configuration {\n    target_value = 60\n  }\n}\n";
    let good = scaled("\"service/main/web\"", policy);
    assert_eq!((known(&good.minimum), known(&good.maximum)), (Some(2), Some(6)));
    assert!(good.scaling.len() == 1 && good.scaling[0].effective.on());
    let by_reference = scaled("\"service/${aws_ecs_cluster.main.name}/${aws_ecs_service.web.name}\"", policy);
    assert_eq!(by_reference.scaling.len(), 1);
    let without = scaled("\"service/main/web\"", "");
    assert!(without.scaling.is_empty() && without.maximum.is_some());
    let astray = scaled("\"service/main/other\"", policy);
    assert!(astray.scaling[0].effective.off(), "{:?}", astray.scaling);
}

#[test]
fn a_count_that_is_ignored_after_the_first_apply_is_not_known() {
    let all = capacity(
        "resource \"aws_ecs_service\" \"web\" {\n  desired_count = 3\n  lifecycle {\n    ignore_changes = [desired_count]\n  }\n}\n",
    );
    assert_eq!(known(&named(&all, "aws_ecs_service.web").desired), None);
}

#[test]
fn a_group_of_machines_with_its_policy_template_and_balancer() {
    let all = capacity(
        r#"
resource "aws_launch_template" "web" {
  instance_type          = "t3.small"
  user_data              = "run"
  vpc_security_group_ids = [aws_security_group.web.id]
}
resource "aws_security_group" "web" {}
resource "aws_autoscaling_group" "web" {
  min_size            = 2
  max_size            = 4
  vpc_zone_identifier = [aws_subnet.a.id]
  launch_template { id = aws_launch_template.web.id }
  instance_refresh { strategy = "Rolling" }
}
resource "aws_subnet" "a" {}
resource "aws_autoscaling_attachment" "web" {
  autoscaling_group_name = aws_autoscaling_group.web.name
  lb_target_group_arn    = aws_lb_target_group.web.arn
}
resource "aws_lb_target_group" "web" {}
resource "aws_autoscaling_policy" "steps" {
  autoscaling_group_name = aws_autoscaling_group.web.name
  policy_type            = "StepScaling"
}
"#,
    );
    let c = named(&all, "aws_autoscaling_group.web");
    assert_eq!((c.kind, c.workload.as_deref()), (CapacityKind::MachineGroup, Some("web")));
    assert_eq!((known(&c.minimum), known(&c.maximum)), (Some(2), Some(4)));
    assert_eq!(c.balanced[0].value, "aws_lb_target_group.web");
    assert_eq!(c.groups, ["aws_security_group.web"]);
    assert!(c.scaling[0].effective.off(), "no alarm calls it");
    assert!(c.guards.iter().any(|g| g.kind == GuardKind::Budget));
}

#[test]
fn google_tells_zones_from_regions() {
    let all = capacity(
        r#"
resource "google_container_cluster" "a" { location = "europe-west1" }
resource "google_container_cluster" "b" { location = "europe-west1-b" }
resource "google_container_node_pool" "a" {
  cluster = google_container_cluster.a.name
  autoscaling {
    min_node_count = 1
    max_node_count = 3
  }
}
resource "google_cloud_run_v2_service" "web" {
  location = "europe-west1"
  template {
    scaling { min_instance_count = 1 }
    containers { image = "a/b:1" }
  }
}
resource "google_compute_region_instance_group_manager" "web" {
  target_size = 2
  version { instance_template = google_compute_instance_template.web.id }
}
resource "google_compute_instance_template" "web" {}
resource "google_compute_region_autoscaler" "web" {
  target = google_compute_region_instance_group_manager.web.id
  autoscaling_policy {
    min_replicas = 2
    max_replicas = 5
  }
}
"#,
    );
    let regional = |name: &str| named(&all, name).regional.as_ref().and_then(|r| r.known()).copied();
    assert_eq!(regional("google_container_cluster.a"), Some(true));
    assert_eq!(regional("google_container_cluster.b"), Some(false));
    assert_eq!(regional("google_container_node_pool.a"), Some(true), "as its cluster");
    let run = named(&all, "google_cloud_run_v2_service.web");
    assert!(run.on_demand && known(&run.minimum) == Some(1) && known(&run.maximum) == Some(100));
    let group = named(&all, "google_compute_region_instance_group_manager.web");
    assert_eq!((known(&group.minimum), known(&group.maximum), group.scaling.len()), (Some(2), Some(5), 1));
}

#[test]
fn azure_plans_apps_and_pools() {
    let all = capacity(
        r#"
resource "azurerm_service_plan" "main" {
  sku_name               = "P1v3"
  worker_count           = 2
  zone_balancing_enabled = true
}
resource "azurerm_linux_web_app" "api" { service_plan_id = azurerm_service_plan.main.id }
resource "azurerm_monitor_autoscale_setting" "main" {
  target_resource_id = azurerm_service_plan.main.id
  profile {
    capacity {
      default = 2
      minimum = 2
      maximum = 5
    }
  }
}
resource "azurerm_container_app" "web" {
  template {
    min_replicas = 2
    container { image = "a/b:1" }
  }
  ingress { target_port = 80 }
}
resource "azurerm_kubernetes_cluster" "k" {
  default_node_pool {
    node_count = 1
    zones      = ["1", "2"]
  }
}
"#,
    );
    let api = named(&all, "azurerm_linux_web_app.api");
    assert_eq!((known(&api.desired), known(&api.maximum)), (Some(2), Some(5)));
    assert!(api.regional.as_ref().is_some_and(|r| r.on()) && api.scaling[0].effective.off(), "a profile without a rule");
    let app = named(&all, "azurerm_container_app.web");
    assert_eq!((known(&app.minimum), known(&app.maximum)), (Some(2), Some(10)));
    let pool = named(&all, "azurerm_kubernetes_cluster.k/default");
    assert_eq!((pool.kind, pool.zones.len()), (CapacityKind::NodeGroup, 2));
}

#[test]
fn machines_of_smaller_providers_and_their_balancers() {
    let all = capacity(
        r#"
resource "digitalocean_droplet" "web" {
  count     = 2
  user_data = "run"
  tags      = ["web"]
}
resource "digitalocean_loadbalancer" "public" { droplet_tag = "web" }
resource "hcloud_server" "db" { server_type = "cx22" }
"#,
    );
    let web: Vec<&Capacity> = all.iter().filter(|c| c.name.starts_with("digitalocean_droplet.web")).collect();
    assert!(!web.is_empty() && web.iter().all(|c| c.balanced.len() == 1 && c.workload.is_some()));
    assert_eq!(named(&all, "hcloud_server.db").workload, None);
}
