//! Operations: documents whose content counts.

mod api_docs;
mod architecture_docs;
mod deployment_guide;
mod incident_response;
mod readme;
mod runbook;

use plimsoll_base::{Evidence, Gap, Scope};
use plimsoll_model::repository::Document;
use plimsoll_model::{DeploymentKind, Passage, References, System, iac::IacTool, name_of};

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] = &[
    readme::CONTROL,
    architecture_docs::CONTROL,
    api_docs::CONTROL,
    deployment_guide::CONTROL,
    runbook::CONTROL,
    incident_response::CONTROL,
];

/// The most stale references that one gap cites.
const CITED: usize = 5;

/// A gap for what passages name and the repository does not have.
fn stale(system: &System, passages: &[Passage<'_>]) -> Option<Gap> {
    let references = References::new(system);
    let mut missing: Vec<_> = passages.iter().flat_map(|p| references.of(p)).filter(|r| r.missing.is_some()).collect();
    missing.sort_by_key(|r| (r.at.file, r.at.span));
    missing.dedup_by(|a, b| a.missing == b.missing || a.at == b.at);
    let first = missing.first()?;
    let what = first.missing.clone().unwrap_or_default();
    let more = if missing.len() > 1 { format!(", and {} more of what it names", missing.len() - 1) } else { String::new() };
    let mut evidence =
        missing.iter().take(CITED).map(|r| Evidence::noted(r.at, format!("{}: {}", r.says, r.missing.clone().unwrap_or_default())));
    let gap = Gap::new("stale-reference", format!("{} is out of date: {what}{more}", system.path_at(first.at)), evidence.next()?);
    Some(evidence.fold(gap, Gap::and).so("whoever follows the document is stopped there, and doubts the rest of it"))
}

/// Where documents for people would stand.
fn document_scope(system: &System) -> Vec<Scope> {
    system.scopes(&["*.{md,rst,txt,adoc}", "**/*.{md,rst,adoc}"])
}

/// The words by which a guide shows that it means the assessed deployment; empty where nothing tells how the system is deployed.
fn target_words(system: &System) -> Vec<String> {
    let Some(deployment) = system.deployment() else { return Vec::new() };
    let base = |path: &String| path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let plain = ["compose.yml", "compose.yaml", "docker-compose.yml", "docker-compose.yaml"];
    let files: Vec<String> = deployment.files.iter().map(base).filter(|f| !plain.contains(&f.as_str())).collect();
    let fixed: &[&str] = match deployment.kind {
        // Where an overlay or a file of its own describes production, a guide that only says `docker compose up` starts another system.
        DeploymentKind::Compose if !files.is_empty() => &[],
        DeploymentKind::Compose => &["docker compose*", "docker-compose*", "podman-compose*", "docker stack deploy"],
        DeploymentKind::Kubernetes => &[
            "kubectl*",
            "helm install*",
            "helm upgrade*",
            "helm repo*",
            "helm dependency*",
            "kustomize*",
            "skaffold*",
            "argo cd",
            "argocd",
            "flux",
        ],
        DeploymentKind::Infrastructure => match system.iac().get(deployment.origin).map(|r| r.tool) {
            Some(IacTool::Cdk) => &["cdk deploy*"],
            Some(IacTool::Pulumi) => &["pulumi up"],
            Some(IacTool::Serverless) => &["serverless deploy*", "sls deploy*"],
            Some(IacTool::CloudFormation) => &["sam deploy*", "aws cloudformation*"],
            Some(IacTool::Bicep) => &["az deployment*", "azd up"],
            Some(IacTool::Ansible) => &["ansible-playbook*"],
            _ => &["terraform apply*", "tofu apply*", "terragrunt*", "terraform -chdir*"],
        },
        DeploymentKind::Platform => &[],
        DeploymentKind::Image => &["docker build*", "docker run*", "podman run*"],
        DeploymentKind::Process => {
            &["npm start*", "npm run*", "pnpm*", "yarn*", "pm2*", "systemctl*", "gunicorn*", "uvicorn*", "java -jar*", "./*"]
        }
    };
    let mut words: Vec<String> = fixed.iter().map(|w| (*w).to_owned()).collect();
    if deployment.kind == DeploymentKind::Platform {
        let platforms = system.platforms().iter().filter(|p| deployment.files.contains(&p.path));
        words.extend(platforms.flat_map(|p| [p.platform.to_owned(), p.platform.replace('-', " ")]));
        words.extend(
            ["azd up", "gcloud*"]
                .map(str::to_owned)
                .into_iter()
                .filter(|_| deployment.files.iter().any(|f| f.contains("azure") || f.contains("app.yaml"))),
        );
    }
    if deployment.kind != DeploymentKind::Image {
        words.extend(files.into_iter().filter(|f| !matches!(f.as_str(), "main.tf" | "package.json" | "service.yaml" | "deployment.yaml")));
    }
    words
}

/// Guides that somebody on call would open: documents about versions, contributing, reporting and licences are for others.
fn operators_guides(system: &System) -> impl Iterator<Item = &Document> {
    const FOR_OTHERS: [&str; 4] = ["changelog", "contributing", "security", "license"];
    system.operating_guides().into_iter().filter(|d| !FOR_OTHERS.iter().any(|n| name_of(&d.path).starts_with(n)))
}
