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

#[test]
fn what_a_module_offers_is_run_by_its_caller() {
    let names = |files: &[(&str, &str)]| -> Vec<String> {
        let files = files.iter().map(|(p, c)| ((*p).to_owned(), c.as_bytes().to_vec())).collect();
        candidates(&plimsoll_facts::gather(&plimsoll_discover::Tree::in_memory("t", files))).into_iter().map(|d| d.name).collect()
    };
    const MODULE: (&str, &str) =
        ("modules/echo/main.tf", "variable \"name\" {}\nresource \"helm_release\" \"echo\" { chart = \"./chart\" }\n");
    const CHART: (&str, &str) = ("modules/echo/chart/Chart.yaml", "apiVersion: v2\nname: echo\nversion: 0.1.0\n");
    const TEMPLATE: (&str, &str) = (
        "modules/echo/chart/templates/d.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: echo\nspec:\n  template:\n    spec:\n      containers:\n        - name: echo\n          image: acme/echo:1\n",
    );
    const CALL: (&str, &str) = ("main.tf", "module \"echo\" {\n  source = \"./modules/echo\"\n  name = \"a\"\n}\n");
    const CARRIER: (&str, &str) = ("Dockerfile", "FROM scratch\nCOPY modules/ /modules\n");
    assert!(names(&[MODULE, CHART, TEMPLATE, CARRIER]).is_empty());
    assert_eq!(names(&[MODULE, CHART, TEMPLATE, CARRIER, CALL]), ["modules/echo/chart"]);
    assert_eq!(names(&[("modules/echo/image/Dockerfile", "FROM nginx:1\n"), MODULE]), Vec::<String>::new());
    assert_eq!(names(&[("image/Dockerfile", "FROM nginx:1\n"), MODULE]), ["images"]);
    assert_eq!(names(&[("Dockerfile", "FROM scratch\nCOPY app /app\nENTRYPOINT [\"/app\"]\n")]), ["images"]);
}
