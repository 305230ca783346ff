use plimsoll_base::Setting;
use plimsoll_discover::Tree;

use crate::compose::EnvironmentWord;
use crate::container::{MountSource, ProbeKind, ProbeTest, Reach, Restart, Runtime, SecretStore, ValueSource, Workload};
use crate::{Cluster, Facts, gather};

pub(crate) fn facts(files: &[(&str, &str)]) -> Facts {
    gather(&Tree::in_memory("t", files.iter().map(|(p, c)| ((*p).to_owned(), c.as_bytes().to_vec())).collect()))
}
fn named<'a>(all: &'a [Workload], name: &str) -> &'a Workload {
    all.iter().find(|w| w.name == name).unwrap_or_else(|| panic!("no {name} among {:?}", all.iter().map(|w| &w.name).collect::<Vec<_>>()))
}
fn cluster<'a>(facts: &'a Facts, name: &str) -> &'a Cluster {
    facts
        .clusters
        .iter()
        .find(|c| c.name == name)
        .unwrap_or_else(|| panic!("no {name} among {:?}", facts.clusters.iter().map(|c| &c.name).collect::<Vec<_>>()))
}
fn image(w: &Workload) -> Option<&str> {
    w.image.as_ref().and_then(|i| i.stated()).map(|s| s.value.as_str())
}
fn count(w: &Workload) -> Option<u32> {
    w.replicas.stated().map(|s| s.value)
}
fn literal<'a>(w: &'a Workload, name: &str) -> Option<&'a str> {
    w.environment.iter().find(|v| v.name == name).and_then(|v| match &v.value {
        ValueSource::Literal(text) => Some(text.as_str()),
        _ => None,
    })
}

const ECS: &str = r#"
terraform {
  backend "s3" {}
}
variable "env" { default = "dev" }
variable "with_worker" { default = false }
locals { name = "shop-${var.env}" }
resource "aws_security_group" "web" {
  ingress {
    from_port   = 3000
    to_port     = 3000
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_ecs_task_definition" "web" {
  family = local.name
  cpu    = "256"
  memory = 512
  container_definitions = jsonencode([{
    name  = "web"
    image = "${aws_ecr_repository.web.repository_url}:latest"
    user  = "1000"
    portMappings = [{ containerPort = 3000 }]
    environment  = [
      { name = "ENV", value = var.env },
      { name = "TABLE", value = aws_dynamodb_table.t.name },
    ]
    secrets      = [{ name = "KEY", valueFrom = aws_ssm_parameter.key.arn }]
    healthCheck  = { command = ["CMD-SHELL", "curl -f http://localhost/ || exit 1"] }
    readonlyRootFilesystem = true
  }])
}
resource "aws_ecs_service" "web" {
  task_definition = aws_ecs_task_definition.web.arn
  desired_count   = var.env == "prod" ? 3 : 1
  network_configuration {
    assign_public_ip = true
    security_groups  = [aws_security_group.web.id]
  }
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
}
resource "aws_ecs_task_definition" "migrate" {
  container_definitions = <<JSON
[{"name": "migrate", "image": "acme/migrate:1", "command": ["npm", "run", "migrate"]}]
JSON
}
resource "aws_ecs_service" "worker" {
  count = var.with_worker ? 1 : 0
}
resource "aws_lambda_function" "hook" {
  handler     = "index.handler"
  memory_size = 256
}
"#;

#[test]
fn a_fargate_service_is_read_with_its_variables() {
    let facts = facts(&[
        ("infra/main.tf", ECS),
        ("infra/terraform.tfvars", "env = \"prod\"\n"),
        ("infra/staging.tfvars", "env = \"staging\"\n"),
        ("infra/old.tf.disabled", "resource \"x\" \"y\" {}"),
    ]);
    let root = &facts.iac[0];
    assert_eq!((facts.iac.len(), root.folder.as_str(), root.module), (1, "infra", false));
    assert_eq!(root.backend.as_ref().map(|b| b.value.as_str()), Some("s3"));
    assert_eq!(root.environments.iter().map(|e| e.value.as_str()).collect::<Vec<_>>(), ["staging"]);
    let web = named(&root.workloads, "web");
    assert_eq!(image(web), Some("${aws_ecr_repository.web.repository_url}:latest"));
    assert_eq!(count(web), Some(3));
    assert_eq!(literal(web, "ENV"), Some("prod"));
    assert!(matches!(web.environment.iter().find(|v| v.name == "TABLE").map(|v| &v.value), Some(ValueSource::Unresolved)));
    assert!(matches!(web.secrets[0].store, SecretStore::Managed(_)));
    assert_eq!(web.ports[0].reach, Reach::Public);
    assert!(matches!(&web.probes[0].test, ProbeTest::Command(words) if words == &["curl -f http://localhost/ || exit 1"]));
    assert!(web.privileges.read_only.is_some() && web.update.rollback.is_some() && matches!(web.restart, Restart::Supervised(_)));
    assert_eq!(web.memory_limit.as_ref().and_then(|m| m.known()).map(String::as_str), Some("512"));
    let migrate = named(&root.workloads, "migrate");
    assert!(migrate.one_shot && image(migrate) == Some("acme/migrate:1"));
    assert_eq!(named(&root.workloads, "hook").runtime, Runtime::Function);
    assert!(root.workloads.iter().all(|w| w.name != "worker"), "its count is 0");
    assert!(root.resources.iter().all(|r| r.name != "worker"));
    let group = root.resources.iter().find(|r| r.kind == "aws_security_group").expect("is there");
    assert_eq!(group.get("ingress.cidr_blocks").map(|v| v.value.as_str()), Some("0.0.0.0/0"));
}

#[test]
fn behind_a_balancer_a_service_is_private_and_its_target_group_probes() {
    let facts = facts(&[(
        "main.tf",
        r#"
resource "aws_lb_target_group" "api" {
  port = 80
  health_check { path = "/ready" }
}
resource "aws_ecs_task_definition" "main" {
  container_definitions = jsonencode([{ name = "api", image = "acme/api:1.2.3", portMappings = [{ containerPort = 80 }] }, { name = "agent", image = "acme/agent:2" }])
}
resource "aws_ecs_service" "main" {
  task_definition = aws_ecs_task_definition.main.arn
  load_balancer {
    target_group_arn = aws_lb_target_group.api.arn
    container_name   = "api"
    container_port   = 80
  }
}
resource "aws_appautoscaling_target" "main" {
  resource_id  = "service/${aws_ecs_cluster.c.name}/${aws_ecs_service.main.name}"
  min_capacity = 2
}
"#,
    )]);
    let api = named(&facts.iac[0].workloads, "main/api");
    assert_eq!((api.ports[0].reach, count(api)), (Reach::Private, Some(2)));
    assert!(matches!(&api.probes[0].test, ProbeTest::Http { path, .. } if path == "/ready"));
    assert_eq!(api.probes[0].kind, ProbeKind::LoadBalancer);
    assert!(api.update.balanced.is_some());
    assert!(named(&facts.iac[0].workloads, "main/agent").update.balanced.is_none());
}

#[test]
fn a_local_module_is_evaluated_with_its_arguments() {
    let facts = facts(&[
        (
            "live/main.tf",
            "module \"api\" {\n  source = \"../modules/service\"\n  image = \"acme/api:9\"\n}\nmodule \"off\" {\n  source = \"../modules/service\"\n  count = 0\n}\n",
        ),
        (
            "modules/service/main.tf",
            "variable \"image\" {}\nresource \"aws_ecs_task_definition\" \"t\" {\n  container_definitions = jsonencode([{ name = \"c\", image = var.image }])\n}\n",
        ),
    ]);
    let live = facts.iac.iter().find(|r| r.folder == "live").expect("is there");
    assert_eq!(live.workloads.iter().filter_map(image).collect::<Vec<_>>(), ["acme/api:9"]);
    assert_eq!(live.resources[0].name, "module.api.t");
    let module = facts.iac.iter().find(|r| r.folder == "modules/service").expect("is there");
    assert!(module.module && matches!(module.workloads[0].image, Some(Setting::Unresolved(_))));
}

#[test]
fn broken_and_circular_configuration_is_told_not_fatal() {
    let facts = facts(&[
        (
            "a/main.tf",
            "locals {\n a = local.b\n b = local.a\n}\nresource \"aws_instance\" \"x\" {\n user_data = local.a\n}\nresource \"broken\" {{{\n",
        ),
        ("b/main.tf", "module \"c\" { source = \"../c\" }\n"),
        ("c/main.tf", "module \"b\" { source = \"../b\" }\n"),
        ("k/kustomization.yaml", "resources: [../l]\n"),
        ("l/kustomization.yaml", "resources: [../k]\n"),
        ("h/Chart.yaml", "name: \u{e9}\n"),
        (
            "h/templates/d.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: '{{ .Chart.\u{e9} }}{{ .Chart. }}{{ }}{{ ((( }}'}\nspec: {template: {spec: {containers: [{image: '{{ | | }}'}]}}}\n{{ end }}{{ else }}{{ if }}\n",
        ),
    ]);
    assert!(facts.problems.len() >= 2);
}

#[test]
fn sam_and_serverless_functions_are_workloads() {
    let facts = facts(&[
        (
            "sam/template.yaml",
            "Transform: AWS::Serverless-2016-10-31\nParameters:\n  Size: {Default: 512}\nGlobals:\n  Function:\n    Environment:\n      Variables: {LEVEL: info}\nResources:\n  Api:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: app.handler\n      MemorySize: !Ref Size\n      Environment:\n        Variables:\n          TABLE: !Ref Table\n  Table:\n    Type: AWS::DynamoDB::Table\n",
        ),
        (
            "fn/serverless.yml",
            "service: x\nprovider: {name: aws}\nfunctions:\n  tick:\n    handler: a.b\n    events:\n      - schedule: rate(1 hour)\n",
        ),
        ("cdk/cdk.json", "{\"app\": \"npx ts-node bin/app.ts\"}"),
        ("bicep/main.bicep", "resource db 'Microsoft.Sql/servers@2022-05-01' = {\n}\n"),
        ("play/site.yml", "- hosts: web\n  tasks: []\n"),
    ]);
    let api = facts.iac.iter().find_map(|r| r.workloads.iter().find(|w| w.name == "Api")).expect("is there");
    assert_eq!((literal(api, "LEVEL"), api.memory_limit.as_ref().and_then(|m| m.known()).map(String::as_str)), (Some("info"), Some("512")));
    assert!(matches!(api.environment.iter().find(|v| v.name == "TABLE").map(|v| &v.value), Some(ValueSource::Unresolved)));
    let tick = facts.iac.iter().find_map(|r| r.workloads.iter().find(|w| w.name == "tick")).expect("is there");
    assert_eq!(tick.schedule.as_ref().map(|s| s.value.as_str()), Some("rate(1 hour)"));
    let mut tools: Vec<&str> = facts.iac.iter().map(|r| r.tool.word()).collect();
    tools.sort_unstable();
    assert_eq!(tools, ["ansible", "bicep", "cdk", "cloudformation", "serverless"]);
}

const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 2\n  revisionHistoryLimit: 0\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      hostNetwork: false\n      securityContext: {runAsNonRoot: true, runAsUser: 1000}\n      volumes:\n        - {name: sock, hostPath: {path: /var/run/docker.sock}}\n        - {name: tmp, emptyDir: {}}\n      containers:\n        - name: web\n          image: acme/web:1.0\n          ports: [{containerPort: 8080, name: http}]\n          env:\n            - {name: MODE, valueFrom: {configMapKeyRef: {name: conf, key: mode}}}\n            - {name: PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}\n          resources: {limits: {memory: 256Mi}}\n          securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}\n          readinessProbe: {httpGet: {path: /ready, port: http}}\n          volumeMounts:\n            - {name: sock, mountPath: /sock}\n            - {name: tmp, mountPath: /tmp}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  type: NodePort\n  selector: {app: web}\n  ports: [{port: 80, targetPort: http, nodePort: 30080}]\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf}\ndata: {mode: live}\n";

#[test]
fn plain_manifests_of_one_folder_are_one_cluster() {
    let facts = facts(&[
        ("k8s/web.yaml", WEB),
        (
            "k8s/secret.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: hunter22}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: filled}\nstringData: {password: \"${PASSWORD}\"}\n",
        ),
        (
            "k8s/more/hpa.yaml",
            "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec: {scaleTargetRef: {kind: Deployment, name: web}, minReplicas: 4}\n",
        ),
        (
            "k8s/more/job.yaml",
            "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: tidy}\nspec: {schedule: '0 3 * * *', jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: a}]}}}}}\n",
        ),
    ]);
    assert_eq!(facts.clusters.len(), 1);
    let k8s = cluster(&facts, "k8s");
    assert_eq!(k8s.plain_secrets.iter().map(|s| s.value.as_str()).collect::<Vec<_>>(), ["db"]);
    let web = named(&k8s.workloads, "web");
    assert_eq!(count(web), Some(4));
    assert_eq!(literal(web, "MODE"), Some("live"));
    assert!(matches!(web.secrets[0].store, SecretStore::File(_)));
    let port = &web.ports[0];
    assert_eq!(
        (port.reach, port.target.as_deref(), port.published.as_deref(), web.ports.len()),
        (Reach::Public, Some("8080"), Some("30080"), 1)
    );
    assert!(web.run_as_non_root.is_some() && web.privileges.no_new_privileges.is_some() && web.privileges.engine_socket.is_some());
    assert_eq!(web.privileges.dropped[0].value, "ALL");
    assert_eq!(web.mounts[1].source, MountSource::Ephemeral);
    assert!(web.update.balanced.is_some() && web.update.no_history.is_some());
    assert!(web.update.routed.is_none(), "a service alone leads nobody in");
    let tidy = named(&k8s.workloads, "tidy");
    assert!(tidy.one_shot && tidy.schedule.is_some() && matches!(tidy.restart, Restart::No(_)));
}

#[test]
fn an_ingress_leads_traffic_to_the_workload_behind_its_service() {
    let objects = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec:\n  template:\n    metadata: {labels: {app: api}}\n    spec:\n      containers: [{name: api, image: acme/api:1}]\n---\napiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec: {selector: {app: api}, ports: [{port: 80}]}\n";
    let ingress = "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: api}\nspec:\n  defaultBackend: {service: {name: api, port: {number: 80}}}\n";
    let routed = |text: &str| named(&facts(&[("k8s/api.yaml", text)]).clusters[0].workloads, "api").update.routed.is_some();
    assert!(!routed(objects));
    assert!(routed(&format!("{objects}{ingress}")));
}

#[test]
fn folders_named_for_environments_stand_alone() {
    let facts = facts(&[("k8s/prod/web.yaml", WEB), ("k8s/staging/web.yaml", WEB)]);
    assert_eq!(cluster(&facts, "k8s/prod").environment, EnvironmentWord::Production);
    assert_eq!(cluster(&facts, "k8s/staging").environment, EnvironmentWord::Staging);
    assert_eq!(facts.clusters.len(), 2);
}

#[test]
fn an_overlay_is_built_on_its_base_and_the_base_is_no_cluster() {
    let facts = facts(&[
        ("deploy/base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("deploy/base/web.yaml", WEB),
        ("deploy/base/unused.yaml", WEB),
        (
            "deploy/overlays/production/kustomization.yaml",
            "resources: [../../base, https://example.org/x.yaml]\nimages:\n  - {name: acme/web, newTag: 2.0.1}\nreplicas:\n  - {name: web, count: 5}\npatches:\n  - path: patch.yaml\n  - target: {kind: Service, name: web}\n    patch: |\n      - op: replace\n        path: /spec/type\n        value: ClusterIP\n",
        ),
        (
            "deploy/overlays/production/patch.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          resources: {limits: {cpu: 500m}}\n",
        ),
    ]);
    assert_eq!(facts.clusters.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["deploy/overlays/production"]);
    let web = named(&facts.clusters[0].workloads, "web");
    assert_eq!((image(web), count(web), web.ports[0].reach), (Some("acme/web:2.0.1"), Some(5), Reach::Internal));
    assert!(web.memory_limit.is_some() && web.cpu_limit.is_some(), "the patch adds, it does not replace");
    assert!(facts.problems.iter().any(|p| p.says.contains("outside the repository")));
}

#[test]
fn stores_of_secrets_are_told_apart() {
    let deployment = |secret: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {secret}}}\nspec: {{template: {{spec: {{containers: [{{name: c, image: a, envFrom: [{{secretRef: {{name: {secret}}}}}]}}]}}}}}}\n---\n"
        )
    };
    let text = ["ext", "sealed", "hand"].map(deployment).concat()
        + "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: e}\nspec: {target: {name: ext}}\n---\napiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: sealed}\nspec: {encryptedData: {a: b}}\n";
    let facts = facts(&[("k8s/all.yaml", &text)]);
    let store = |name: &str| named(&facts.clusters[0].workloads, name).secrets[0].store.clone();
    assert!(matches!(store("ext"), SecretStore::Managed(_)));
    assert!(matches!(store("sealed"), SecretStore::Encrypted(_)));
    assert_eq!(store("hand"), SecretStore::Orchestrator);
}

#[test]
fn a_chart_is_read_with_the_values_of_its_environment() {
    let template = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ include \"shop.fullname\" . }}-api\nspec:\n  replicas: {{ .Values.replicaCount }}\n  template:\n    spec:\n      containers:\n        - name: api\n          image: \"{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}\"\n          {{- with .Values.resources }}\n          resources:\n            {{- toYaml . | nindent 12 }}\n          {{- end }}\n          {{- if .Values.probes.enabled }}\n          livenessProbe:\n            httpGet: {path: /live, port: 80}\n          {{- end }}\n          {{- if lookup \"v1\" \"Secret\" \"a\" \"b\" }}\n          readinessProbe:\n            httpGet: {path: /ready, port: 80}\n          {{- end }}\n";
    let facts = facts(&[
        ("charts/shop/Chart.yaml", "name: shop\nappVersion: 7.1.0\n"),
        (
            "charts/shop/values.yaml",
            "replicaCount: 1\nimage: {repository: acme/shop, tag: ''}\nresources: {limits: {memory: 1Gi}}\nprobes: {enabled: false}\n",
        ),
        ("charts/shop/values-prod.yaml", "replicaCount: 3\n"),
        ("charts/shop/templates/api.yaml", template),
    ]);
    assert_eq!(facts.clusters.len(), 1);
    let prod = cluster(&facts, "charts/shop/values-prod.yaml");
    assert_eq!((prod.environment, prod.templated), (EnvironmentWord::Production, true));
    let api = named(&prod.workloads, "shop-api");
    assert_eq!((image(api), count(api)), (Some("acme/shop:7.1.0"), Some(3)));
    assert_eq!(api.memory_limit.as_ref().and_then(|m| m.known()).map(String::as_str), Some("1Gi"));
    assert!(api.probes.iter().all(|p| p.kind != ProbeKind::Liveness), "switched off by the values");
    assert!(
        matches!(api.probes.iter().find(|p| p.kind == ProbeKind::Readiness).map(|p| &p.test), Some(ProbeTest::Unresolved)),
        "the cluster decides"
    );
}
