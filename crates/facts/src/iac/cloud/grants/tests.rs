use plimsoll_discover::Tree;

use crate::gather;
use crate::iac::cloud::of_terraform;
use crate::infrastructure::{Breadth, Grant, Holder};

/// What Terraform of one file grants.
fn read(text: &str) -> Vec<Grant> {
    of_terraform(text).grants
}
fn told(grants: &[Grant]) -> Vec<(&str, Holder, Breadth, &str)> {
    grants.iter().map(|g| (g.holder.as_str(), g.used_by, g.breadth, g.says.as_str())).collect()
}

#[test]
fn policies_are_read_wherever_they_stand_and_held_by_what_runs_with_the_role() {
    let grants = read(
        r#"
data "aws_iam_policy_document" "doc" {
  statement {
    actions   = ["dynamodb:*"]
    resources = ["*"]
  }
}
resource "aws_iam_policy" "doc" { policy = data.aws_iam_policy_document.doc.json }
resource "aws_iam_role" "api" {
  name               = "api"
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })
}
resource "aws_iam_role_policy_attachment" "each" {
  for_each   = toset(["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"])
  role       = aws_iam_role.api.name
  policy_arn = each.value
}
resource "aws_iam_role_policy_attachment" "doc" {
  role       = aws_iam_role.api.name
  policy_arn = aws_iam_policy.doc.arn
}
resource "aws_iam_role_policy" "text" {
  role   = aws_iam_role.api.id
  policy = <<EOF
{ "Statement": [{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::uploads/*" }] }
EOF
}
resource "aws_lambda_function" "api" { role = aws_iam_role.api.arn }
"#,
    );
    let role = "aws_iam_role.api";
    assert_eq!(
        told(&grants),
        [
            (role, Holder::Workload, Breadth::Scoped, "s3:GetObject on arn:aws:s3:::uploads/*"),
            (role, Holder::Workload, Breadth::Scoped, "AWSLambdaBasicExecutionRole"),
            (role, Holder::Workload, Breadth::WholeService, "dynamodb:* on *"),
        ]
    );
    assert_eq!(grants[0].workloads, ["api"]);
}

#[test]
fn a_pipeline_is_told_from_a_workload_by_who_may_take_the_role_on() {
    let grants = read(
        r#"
resource "aws_iam_openid_connect_provider" "ci" { url = "https://token.actions.githubusercontent.com" }
resource "aws_iam_role" "ci" {
  name               = "deploy"
  assume_role_policy = jsonencode({
    Statement = [{ Action = "sts:AssumeRoleWithWebIdentity", Principal = { Federated = aws_iam_openid_connect_provider.ci.arn } }]
  })
  managed_policy_arns = ["arn:aws:iam::aws:policy/AdministratorAccess"]
}
"#,
    );
    assert_eq!(told(&grants), [("aws_iam_role.ci", Holder::Pipeline, Breadth::Everything, "AdministratorAccess")]);
}

#[test]
fn policies_that_may_not_exist_prove_nothing() {
    let grants = read(
        r#"
variable "own" {}
resource "aws_iam_role" "api" { name = "api" }
resource "aws_iam_role_policy" "api" {
  count  = var.own ? 1 : 0
  role   = aws_iam_role.api.id
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::uploads/*" }] })
}
resource "aws_lambda_function" "api" { role = aws_iam_role.api.arn }
"#,
    );
    assert_eq!(grants.iter().map(|g| g.breadth).collect::<Vec<_>>(), [Breadth::Unresolved]);
}

#[test]
fn roles_of_projects_and_resources_differ() {
    let grants = read(
        r#"
resource "google_service_account" "api" { account_id = "api" }
resource "google_project_iam_member" "api" {
  for_each = toset(["roles/editor", "roles/logging.logWriter"])
  role     = each.value
  member   = "serviceAccount:${google_service_account.api.email}"
}
resource "google_storage_bucket_iam_member" "api" {
  bucket = "uploads"
  role   = "roles/storage.objectAdmin"
  member = google_service_account.api.member
}
resource "google_cloud_run_service_iam_member" "everyone" {
  role   = "roles/run.invoker"
  member = "allUsers"
}
"#,
    );
    let breadths: Vec<_> = grants.iter().map(|g| (g.breadth, g.says.as_str())).collect();
    assert_eq!(
        breadths,
        [
            (Breadth::Everything, "roles/editor on the whole project"),
            (Breadth::Scoped, "roles/logging.logWriter on the whole project"),
            (Breadth::Scoped, "roles/storage.objectAdmin on one storage bucket"),
        ]
    );
}

#[test]
fn an_owner_is_as_wide_as_the_scope() {
    let grants = read(
        r#"
resource "azurerm_linux_web_app" "api" {}
resource "azurerm_role_assignment" "all" {
  scope                = data.azurerm_subscription.main.id
  role_definition_name = "Contributor"
  principal_id         = azurerm_linux_web_app.api.identity[0].principal_id
}
resource "azurerm_role_assignment" "pull" {
  scope                = azurerm_container_registry.main.id
  role_definition_name = "AcrPull"
  principal_id         = azurerm_linux_web_app.api.identity[0].principal_id
}
"#,
    );
    let breadths: Vec<_> = grants.iter().map(|g| (g.used_by, g.breadth)).collect();
    assert_eq!(breadths, [(Holder::Workload, Breadth::Everything), (Holder::Workload, Breadth::Scoped)]);
}

#[test]
fn bindings_of_a_cluster_lead_to_the_pods_of_the_account() {
    let text = r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader }
rules:
  - apiGroups: [""]
    resources: [pods]
    verbs: [get, list]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: reader }
roleRef: { kind: Role, name: reader }
subjects:
  - { kind: ServiceAccount, name: api }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: all }
roleRef: { kind: ClusterRole, name: cluster-admin }
subjects:
  - { kind: Group, name: admins }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: api }
spec:
  template:
    spec:
      serviceAccountName: api
      containers: [{ name: api, image: a }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: worker }
spec:
  template:
    spec:
      containers: [{ name: worker, image: a }]
"#;
    let tree = Tree::in_memory("t", [("k8s/a.yaml".to_owned(), text.as_bytes().to_vec())].into());
    let grants = gather(&tree).clusters.into_iter().next().map(|c| c.infrastructure.grants).unwrap_or_default();
    let told: Vec<_> = grants.iter().map(|g| (g.holder.as_str(), g.used_by, g.breadth)).collect();
    assert_eq!(
        told,
        [
            ("ServiceAccount/api", Holder::Workload, Breadth::Scoped),
            ("ServiceAccount/admins", Holder::Person, Breadth::Everything),
            ("ServiceAccount/default", Holder::Workload, Breadth::Shared),
        ]
    );
}
