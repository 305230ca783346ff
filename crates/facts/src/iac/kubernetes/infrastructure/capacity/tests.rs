use plimsoll_discover::Tree;

use crate::gather;
use crate::infrastructure::{Capacity, GuardKind};

fn only(parts: &[&str]) -> Capacity {
    let text = parts.join("\n---\n");
    let facts = gather(&Tree::in_memory("t", vec![("k8s/all.yaml".to_owned(), text.into_bytes())]));
    assert_eq!(facts.clusters.len(), 1);
    let all = &facts.clusters[0].infrastructure.capacity;
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].clone()
}

fn web(extra: &str, resources: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  replicas: 2\n  template:\n    metadata: {{labels: {{app: web}}}}\n    spec:\n{extra}      containers:\n        - name: web\n          image: acme/web:1\n{resources}"
    )
}
fn budget(labels: &str, field: &str) -> String {
    format!(
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: guard}}\nspec:\n  {field}\n  selector: {{matchLabels: {labels}}}\n"
    )
}
const HPA: &str = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n  minReplicas: 3\n  maxReplicas: 9\n  metrics:\n    - type: Resource\n      resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}\n";
const REQUESTS: &str = "          resources: {requests: {cpu: 100m}}\n";

#[test]
fn a_share_of_a_request_that_nobody_states_is_undefined() {
    let with = only(&[&web("", REQUESTS), HPA]);
    assert!(with.scaling[0].effective.on(), "{:?}", with.scaling);
    assert_eq!(with.minimum.as_ref().and_then(|m| m.known()), Some(&3));
    assert!(only(&[&web("", ""), HPA]).scaling[0].effective.off());
    let ranged = "apiVersion: v1\nkind: LimitRange\nmetadata: {name: r}\nspec:\n  limits:\n    - type: Container\n      defaultRequest: {cpu: 50m}\n";
    assert!(only(&[&web("", ""), HPA, ranged]).scaling[0].effective.on(), "the namespace gives a request");
}

#[test]
fn an_autoscaler_of_another_name_scales_nothing() {
    let other = HPA.replace("name: web}\n  minReplicas", "name: other}\n  minReplicas");
    let c = only(&[&web("", REQUESTS), &other]);
    assert!(c.minimum.is_none() && c.scaling[0].effective.off(), "{:?}", c.scaling);
}

#[test]
fn budgets_select_by_labels_and_may_forbid_everything() {
    let effective = |labels: &str, field: &str| {
        let c = only(&[&web("", ""), &budget(labels, field)]);
        c.guards.iter().find(|g| g.kind == GuardKind::Budget).and_then(|g| g.effective.known()).copied()
    };
    assert_eq!(effective("{app: web}", "minAvailable: 1"), Some(true));
    assert_eq!(effective("{app: web}", "minAvailable: 2"), Some(false), "as many as there are");
    assert_eq!(effective("{app: web}", "minAvailable: 100%"), Some(false));
    assert_eq!(effective("{app: web}", "minAvailable: 60%"), Some(false), "60 % of two is rounded up to two");
    assert_eq!(effective("{app: web}", "maxUnavailable: 0"), Some(false));
    assert_eq!(effective("{app: web}", "maxUnavailable: 25%"), Some(true));
    assert_eq!(effective("{app: other}", "minAvailable: 1"), Some(false), "matches no pod");
}

#[test]
fn spread_and_hooks() {
    let extra = "      topologySpreadConstraints:\n        - {maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: web}}}\n        - {maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: x}}}\n";
    let hook = "          lifecycle: {preStop: {exec: {command: [sleep, \"5\"]}}}\n";
    let c = only(&[&web(extra, hook)]);
    let spread: Vec<(bool, bool)> =
        c.guards.iter().filter(|g| g.kind == GuardKind::Spread).map(|g| (g.across_zones, g.effective.on())).collect();
    assert_eq!(spread, [(true, true), (false, false)]);
    assert!(c.guards.iter().any(|g| g.kind == GuardKind::Drain));
}

#[test]
fn keda_counts_from_nothing_and_may_be_paused() {
    let keda = "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: web}\nspec:\n  scaleTargetRef: {name: web}\n  triggers: [{type: rabbitmq}]\n";
    let c = only(&[&web("", ""), keda]);
    assert_eq!((c.minimum.as_ref().and_then(|m| m.known()), c.scaling[0].effective.on()), (Some(&0), true));
    let paused = keda.replace("{name: web}\nspec", "{name: web, annotations: {autoscaling.keda.sh/paused: \"true\"}}\nspec");
    assert!(only(&[&web("", ""), &paused]).scaling[0].effective.off());
}
