//! What clusters pull is one deployment, whatever leads to it.

use crate::compose::EnvironmentWord;
use crate::container::Workload;
use crate::gather::{Cluster, Facts};
use crate::iac::tests::facts;

fn cluster<'a>(facts: &'a Facts, name: &str) -> &'a Cluster {
    let names: Vec<&str> = facts.clusters.iter().map(|c| c.name.as_str()).collect();
    facts.clusters.iter().find(|c| c.name == name).unwrap_or_else(|| panic!("{name} in {names:?}"))
}
fn named<'a>(cluster: &'a Cluster, name: &str) -> &'a Workload {
    let names: Vec<&str> = cluster.workloads.iter().map(|w| w.name.as_str()).collect();
    cluster.workloads.iter().find(|w| w.name == name).unwrap_or_else(|| panic!("{name} in {names:?}"))
}
fn image(w: &Workload) -> Option<&str> {
    w.image.as_ref()?.known().map(String::as_str)
}
fn kustomization(name: &str, path: &str, more: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}}}\nspec:\n  path: {path}\n  sourceRef: {{kind: GitRepository, name: r}}\n{more}"
    )
}
const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 1, template: {spec: {containers: [{name: web, image: 'acme/web:${TAG:=1}'}]}}}\n";

#[test]
fn flux_leads_to_folders_with_patches_and_variables() {
    let found = facts(&[
        (
            "clusters/production/apps.yaml",
            &kustomization(
                "apps",
                "./apps",
                "  targetNamespace: shop\n  postBuild: {substitute: {TAG: '2'}}\n  patches:\n    - target: {kind: Deployment}\n      patch: |\n        - {op: replace, path: /spec/replicas, value: 3}\n",
            ),
        ),
        ("clusters/staging/apps.yaml", &kustomization("apps", "./apps", "")),
        ("apps/web/web.yaml", WEB),
        ("apps/web/kustomization.yaml", "resources: [web.yaml]\n"),
        ("apps/idle/kustomization.yaml", "resources: [none.yaml]\n"),
    ]);
    assert_eq!(found.clusters.len(), 2, "the folder is no deployment of its own");
    let production = cluster(&found, "clusters/production");
    assert_eq!((production.environment, production.pulled.is_some()), (EnvironmentWord::Production, true));
    assert_eq!(image(named(production, "web")), Some("acme/web:2"));
    assert_eq!(named(production, "web").replicas.known(), Some(&3));
    assert_eq!(named(cluster(&found, "clusters/staging"), "web").replicas.known(), Some(&1));
}

#[test]
fn a_release_of_a_chart_from_elsewhere_says_what_its_values_say() {
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: cache}\nspec:\n  chart: {spec: {chart: redis, sourceRef: {kind: HelmRepository, name: b}}}\n  values:\n    image: {repository: acme/redis, tag: '7.2'}\n    resources: {limits: {memory: 1Gi}}\n";
    let found = facts(&[("flux/redis.yaml", release)]);
    let cache = &found.clusters[0].workloads[0];
    assert_eq!((cache.name.as_str(), image(cache)), ("cache", Some("acme/redis:7.2")));
    assert_eq!(cache.memory_limit.as_ref().and_then(|m| m.known()).map(String::as_str), Some("1Gi"));
    assert!(cache.replicas.known().is_none() && cache.cpu_limit.as_ref().is_none_or(|l| l.known().is_none()), "the chart decides");
    let silent = facts(&[("flux/redis.yaml", release.split("  values").next().unwrap_or_default())]);
    let cache = &silent.clusters[0].workloads[0];
    assert_eq!(image(cache), Some("redis:{{ .Chart.AppVersion }}"), "the chart's name tells the program, not its version");
    assert!(cache.memory_limit.as_ref().is_some_and(|m| m.known().is_none()));
    let other = facts(&[(
        "flux/x.yaml",
        release.split("  values").next().unwrap_or_default().replace("chart: redis", "chart: acme-portal").as_str(),
    )]);
    assert!(other.clusters[0].workloads[0].image.as_ref().is_some_and(|i| i.known().is_none()));
}

#[test]
fn a_release_of_a_chart_of_the_tree_is_rendered() {
    let template = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: '{{ .Release.Name }}'}\nspec: {replicas: {{ .Values.n }}, template: {spec: {containers: [{name: c, image: '{{ .Values.image }}'}]}}}\n";
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop}\nspec:\n  destination: {namespace: shop}\n  source:\n    repoURL: r\n    path: chart\n    helm:\n      valueFiles: [values-prod.yaml]\n      parameters: [{name: image, value: 'acme/shop:9'}]\n";
    let found = facts(&[
        ("argocd/shop.yaml", application),
        ("chart/Chart.yaml", "name: shop\n"),
        ("chart/values.yaml", "n: 1\nimage: acme/shop:1\n"),
        ("chart/values-prod.yaml", "n: 4\n"),
        ("chart/templates/d.yaml", template),
    ]);
    assert_eq!(found.clusters.len(), 1, "the chart by itself is no deployment");
    let shop = named(&found.clusters[0], "shop");
    assert_eq!((image(shop), shop.replicas.known()), (Some("acme/shop:9"), Some(&4)));
}

#[test]
fn applications_of_applications_and_sets_are_followed() {
    let parent = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: root}\nspec: {source: {repoURL: r, path: apps}, destination: {}}\n";
    let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: set}\nspec:\n  generators: [{git: {directories: [{path: 'services/*'}]}}]\n  template:\n    metadata: {name: '{{path.basename}}'}\n    spec: {source: {repoURL: r, path: '{{path}}'}, destination: {}}\n";
    let found = facts(&[
        ("bootstrap/root.yaml", parent),
        ("apps/set.yaml", set),
        ("services/web/web.yaml", WEB),
        ("services/job/job.yaml", &WEB.replace("name: web", "name: job")),
    ]);
    assert_eq!(found.clusters.len(), 1);
    named(&found.clusters[0], "web");
    named(&found.clusters[0], "job");
    // What points at itself, or in a circle, ends.
    facts(&[("a/x.yaml", &kustomization("a", "./b", "")), ("b/y.yaml", &kustomization("b", "./a", ""))]);
}

#[test]
fn kustomize_generates_renames_and_labels() {
    let web = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: a, envFrom: [{configMapRef: {name: env}}]}]}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}\n";
    let found = facts(&[
        ("base/web.yaml", web),
        ("base/kustomization.yaml", "resources: [web.yaml]\nconfigMapGenerator:\n  - name: env\n    literals: [MODE=live]\n"),
        (
            "overlays/prod/kustomization.yaml",
            "resources: [../../base]\nnamePrefix: prod-\ncommonLabels: {tier: front}\npatches:\n  - target: {kind: Deployment, name: web}\n    patch: |\n      kind: Deployment\n      metadata: {name: any}\n      spec: {replicas: 2}\n",
        ),
    ]);
    assert_eq!(found.clusters.len(), 1);
    let web = named(&found.clusters[0], "prod-web");
    assert_eq!(web.replicas.known(), Some(&2));
    assert!(web.environment.iter().any(|v| v.name == "MODE"), "the reference follows the new name");
    assert!(web.ports.iter().any(|p| p.published.as_deref() == Some("80")), "selector and labels agree");
    assert!(web.labels.iter().any(|(n, v)| n == "tier" && v.value == "front"));
}
