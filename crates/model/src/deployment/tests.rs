use plimsoll_base::FileId;
use plimsoll_facts::container::Runtime;

use super::*;

fn deployment(path: &str, kind: DeploymentKind) -> Deployment {
    let mut workload = Workload::new("web", Location::whole(FileId(0)), Runtime::Compose);
    workload.image = Some(plimsoll_base::Setting::Unresolved(workload.at));
    Deployment {
        name: path.to_owned(),
        kind,
        files: vec![path.to_owned()],
        environment: EnvironmentWord::of(path),
        workloads: vec![workload],
        tool: None,
        deployed_by: None,
        development: None,
        origin: 0,
        reason: String::new(),
    }
}

fn chosen(paths: &[(&str, DeploymentKind)]) -> String {
    let mut all: Vec<Deployment> = paths.iter().map(|(path, kind)| deployment(path, *kind)).collect();
    match choose(&mut all, None) {
        Choice::Decided(i) => all[i].name.clone(),
        Choice::Tied(tied) => format!("tied: {}", tied.len()),
        Choice::None => "none".to_owned(),
    }
}

#[test]
fn what_surrounds_the_product_is_not_the_product() {
    use DeploymentKind::{Compose, Infrastructure};
    assert_eq!(chosen(&[("compose.yml", Compose), ("monitoring/compose.yml", Compose)]), "compose.yml");
    assert_eq!(chosen(&[("compose.yml", Compose), ("shop/compose.yml", Compose)]), "tied: 2");
    assert_eq!(chosen(&[("monitoring/compose.yml", Compose)]), "monitoring/compose.yml", "where nothing else is, it is what there is");
    assert_eq!(chosen(&[("deprecated/terraform/prod", Infrastructure), ("compose.yml", Compose)]), "compose.yml");
    assert_eq!(chosen(&[("terraform/prod", Infrastructure), ("compose.yml", Compose)]), "terraform/prod");
}
