use plimsoll_discover::Tree;

use super::{KIND, PlatformTarget};
use crate::container::{ProbeTest, Reach, Runtime, SecretStore, Workload};
use crate::{Facts, gather};

fn facts(files: &[(&str, &str)]) -> Facts {
    gather(&Tree::in_memory("t", files.iter().map(|(p, c)| ((*p).to_owned(), c.as_bytes().to_vec())).collect()))
}
fn only(facts: &Facts) -> &PlatformTarget {
    assert_eq!(facts.platforms.len(), 1, "{:?}", facts.platforms);
    &facts.platforms[0]
}
fn kinds(target: &PlatformTarget) -> Vec<(&str, &str)> {
    let kind = |w: &Workload| w.labels.iter().position(|(n, _)| n == KIND);
    target.workloads.iter().map(|w| (w.name.as_str(), kind(w).map_or("", |i| w.labels[i].1.value.as_str()))).collect()
}
fn path(w: &Workload) -> Option<&str> {
    w.probes.iter().find_map(|p| match &p.test {
        ProbeTest::Http { path, .. } => Some(path.as_str()),
        _ => None,
    })
}

#[test]
fn a_procfile_gives_web_worker_and_release() {
    let facts = facts(&[(
        "Procfile",
        "web: gunicorn app:app\nworker: celery -A app worker\nrelease: python manage.py migrate\n# none\nnot a process\n",
    )]);
    let t = only(&facts);
    assert_eq!((t.platform, t.builds_source), ("heroku", true));
    assert_eq!(kinds(t), [("web", "web"), ("worker", "worker"), ("release", "release")]);
    assert!(t.workloads[2].one_shot && t.workloads[1].ports.is_empty());
    assert_eq!(t.workloads[0].command.as_ref().map(|c| c.value[0].as_str()), Some("gunicorn app:app"));
}

#[test]
fn render_services_keep_their_kinds_checks_and_secrets() {
    let facts = facts(&[
        (
            "render.yaml",
            "services:\n  - type: web\n    name: api\n    runtime: docker\n    dockerfilePath: ./api/Dockerfile\n    healthCheckPath: /health\n    numInstances: 2\n    envVars:\n      - {key: TOKEN, sync: false}\n      - {key: MODE, value: live}\n  - type: worker\n    name: jobs\n    startCommand: npm run jobs\n  - {type: redis, name: cache}\ndatabases:\n  - name: db\n",
        ),
        ("api/Dockerfile", "FROM scratch\n"),
    ]);
    let t = only(&facts);
    assert_eq!(kinds(t), [("api", "web"), ("jobs", "worker")]);
    let api = &t.workloads[0];
    assert!(api.build.as_ref().is_some_and(|b| b.dockerfile_exists && b.dockerfile.as_deref() == Some("api/Dockerfile")));
    assert_eq!((path(api), api.replicas.stated().map(|s| s.value)), (Some("/health"), Some(2)));
    assert_eq!(api.secrets[0].store, SecretStore::Managed("Render".into()));
    assert_eq!(t.datastores.iter().map(|d| d.0.as_str()).collect::<Vec<_>>(), ["postgres", "redis"]);
}

#[test]
fn a_database_among_the_services_of_a_blueprint_starts_nothing() {
    let blueprint = "services:\n  - {type: pserv, name: db, env: production, databaseName: shop, databaseUser: shop}\n  - {type: web, name: api, startCommand: ./run}\n";
    let facts = facts(&[("render.yaml", blueprint)]);
    assert_eq!(kinds(only(&facts)), [("api", "web")]);
    assert!(only(&facts).datastores.is_empty());
}

#[test]
fn fly_processes_and_checks() {
    let facts = facts(&[(
        "fly.toml",
        "app = \"shop\"\nkill_timeout = \"30s\"\n[build]\nimage = \"acme/shop:1\"\n[processes]\nweb = \"serve\"\nworker = \"work\"\n[http_service]\ninternal_port = 8080\nmin_machines_running = 2\nprocesses = [\"web\"]\n[[http_service.checks]]\npath = \"/up\"\n[deploy]\nrelease_command = \"migrate\"\nstrategy = \"bluegreen\"\n",
    )]);
    let t = only(&facts);
    assert_eq!(kinds(t), [("web", "web"), ("worker", "worker"), ("release", "release")]);
    let web = &t.workloads[0];
    assert_eq!((path(web), web.ports[0].target.as_deref(), web.replicas.stated().map(|s| s.value)), (Some("/up"), Some("8080"), Some(2)));
    assert_eq!(web.update.strategy.as_ref().map(|s| s.value.as_str()), Some("bluegreen"));
    assert!(t.workloads[2].one_shot && !t.builds_source);
}

/// Other tools name their files after the platforms too.
#[test]
fn files_named_after_a_platform_without_its_tables_are_no_targets() {
    for (file, text) in [("netlify.toml", "name = \"Netlify\"\n"), ("railway.toml", "name = \"Railway\"\n")] {
        assert!(facts(&[(file, text)]).platforms.is_empty(), "{file}");
    }
}

#[test]
fn single_applications() {
    for (file, text, platform, name) in [
        ("web/vercel.json", "{\"crons\": [{\"path\": \"/api/tick\", \"schedule\": \"0 * * * *\"}]}", "vercel", "web"),
        ("site/netlify.toml", "[build]\npublish = \"dist\"\n", "netlify", "site"),
        ("wrangler.toml", "name = \"edge\"\nmain = \"src/index.ts\"\n", "cloudflare", "edge"),
        ("railway.json", "{\"deploy\": {\"healthcheckPath\": \"/h\", \"startCommand\": \"npm start\"}}", "railway", "app"),
        ("svc/app.yaml", "runtime: python312\nservice: api\n", "app-engine", "api"),
        ("captain-definition", "{\"schemaVersion\": 2, \"dockerfilePath\": \"./Dockerfile\"}", "caprover", "app"),
        (".do/app.yaml", "services:\n  - name: api\n    http_port: 80\n", "digitalocean-app", "api"),
        ("app.json", "{\"addons\": [\"heroku-postgresql\"]}", "heroku", "app"),
        ("heroku.yml", "build:\n  docker:\n    web: Dockerfile\n", "heroku", "web"),
        ("apprunner.yaml", "version: 1.0\nrun:\n  command: ./serve\n", "app-runner", "app"),
    ] {
        let facts = facts(&[(file, text)]);
        let t = only(&facts);
        assert_eq!((t.platform, t.workloads[0].name.as_str()), (platform, name), "{file}");
    }
}

#[test]
fn names_shared_with_other_tools_are_no_targets() {
    let facts = facts(&[
        ("app.json", "{\"expo\": {\"name\": \"x\"}}"),
        ("app.yaml", "server: {port: 1}\n"),
        ("config/deploy.yml", "lock: true\n"),
        ("flyway.toml", "[flyway]\n"),
        ("vercel.json", "{ broken"),
        ("Procfile", "\0\0"),
        ("examples/Procfile", "web: x\n"),
    ]);
    assert!(facts.platforms.iter().all(|t| t.platform == "vercel"), "{:?}", facts.platforms);
}

#[test]
fn cloud_run_and_kamal_run_images() {
    let facts = facts(&[
        (
            "run/service.yaml",
            "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata:\n  name: api\n  annotations: {run.googleapis.com/ingress: internal}\nspec:\n  template:\n    spec:\n      containers:\n        - image: gcr.io/p/api:1\n          ports: [{containerPort: 8080}]\n",
        ),
        (
            "config/deploy.yml",
            "service: shop\nimage: acme/shop\nservers:\n  web: [10.0.0.1, 10.0.0.2]\n  job:\n    hosts: [10.0.0.3]\n    cmd: bin/jobs\nproxy: {app_port: 3000}\nenv:\n  secret: [KEY]\naccessories:\n  db: {image: 'postgres:16', port: 5432}\n",
        ),
    ]);
    assert!(facts.clusters.is_empty());
    let run = facts.platforms.iter().find(|t| t.platform == "cloud-run").expect("is there");
    assert_eq!((run.workloads[0].ports[0].reach, run.workloads[0].runtime), (Reach::Private, Runtime::Platform));
    let kamal = facts.platforms.iter().find(|t| t.platform == "kamal").expect("is there");
    assert_eq!(kamal.workloads.iter().map(|w| w.name.as_str()).collect::<Vec<_>>(), ["shop", "shop/job", "db"]);
    assert_eq!(kamal.workloads[0].replicas.stated().map(|s| s.value), Some(2));
    assert_eq!(kamal.workloads[2].ports[0].reach, Reach::Public);
}

#[test]
fn capacity_of_platforms() {
    let capacity = |file: &str, text: &str| {
        let facts = facts(&[(file, text)]);
        only(&facts).infrastructure.capacity[0].clone()
    };
    let known = |p: &Option<crate::infrastructure::Property<u32>>| p.as_ref().and_then(|p| p.known()).copied();
    let render = capacity(
        "render.yaml",
        "services:\n  - type: web\n    name: api\n    scaling: {minInstances: 2, maxInstances: 5, targetCPUPercent: 60}\n",
    );
    assert_eq!((known(&render.minimum), known(&render.maximum), render.scaling[0].effective.on()), (Some(2), Some(5), true));
    let single = capacity("render.yaml", "services:\n  - type: web\n    name: api\n    startCommand: ./run\n");
    assert_eq!((known(&single.desired), single.scaling.len()), (Some(1), 0));
    let fly = capacity(
        "fly.toml",
        "app = \"a\"\n[http_service]\ninternal_port = 80\nauto_start_machines = true\nauto_stop_machines = \"stop\"\nmin_machines_running = 0\n",
    );
    assert!(fly.minimum.is_none() && known(&fly.desired).is_none() && fly.scaling[0].effective.on());
    let railway = capacity("railway.json", "{\"deploy\": {\"startCommand\": \"x\"}}");
    assert!(known(&railway.desired).is_none(), "the console decides");
    let engine = capacity("app.yaml", "runtime: custom\nenv: flex\n");
    assert_eq!(known(&engine.minimum), Some(2), "the flexible environment keeps two");
    let app = capacity(
        ".do/app.yaml",
        "services:\n  - name: api\n    autoscaling: {min_instance_count: 2, max_instance_count: 4, metrics: {cpu: {percent: 70}}}\n",
    );
    assert_eq!((known(&app.minimum), app.scaling[0].effective.on()), (Some(2), true));
    assert!(capacity("vercel.json", "{}").on_demand);
}

#[test]
fn a_pipeline_that_deploys_names_its_target() {
    let workflow = "on:\n  push:\n    branches: [main]\nenv:\n  SERVICE: shop\njobs:\n  ship:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n          gcloud run deploy $SERVICE --image europe-docker.pkg.dev/p/shop:1 --allow-unauthenticated --min-instances=2 --set-secrets DATABASE_URL=db:1\n          gcloud run deploy shop-staging --image europe-docker.pkg.dev/p/shop:1\n";
    let facts = facts(&[(".github/workflows/ci.yml", workflow)]);
    let target = only(&facts);
    assert_eq!((target.platform, target.workloads.len(), target.commanded.is_some()), ("cloud-run", 1, true));
    let shop = &target.workloads[0];
    assert_eq!((shop.name.as_str(), shop.ports[0].reach, shop.replicas.known()), ("shop", Reach::Public, Some(&2)));
    assert_eq!(shop.secrets[0].name, "DATABASE_URL");
}

#[test]
fn a_step_that_never_runs_deploys_nothing() {
    let workflow = "on: push\njobs:\n  ship:\n    if: false\n    runs-on: ubuntu-latest\n    steps:\n      - run: gcloud run deploy shop --image a/b:1\n";
    assert!(facts(&[(".github/workflows/cd.yml", workflow)]).platforms.is_empty());
}

#[test]
fn a_task_definition_is_read_where_the_pipeline_deploys_it() {
    let workflow = "on: push\njobs:\n  ship:\n    runs-on: ubuntu-latest\n    steps:\n      - id: render\n        uses: aws-actions/amazon-ecs-render-task-definition@v1\n        with: {task-definition: aws/task.json, container-name: web, image: a/b}\n      - uses: aws-actions/amazon-ecs-deploy-task-definition@v2\n        with: {task-definition: '${{ steps.render.outputs.task-definition }}', service: shop}\n";
    let task =
        r#"{"family": "shop", "cpu": "256", "memory": "512", "containerDefinitions": [{"name": "web", "image": "a/b", "user": "1000"}]}"#;
    let facts = facts(&[(".github/workflows/cd.yml", workflow), ("aws/task.json", task)]);
    let w = &only(&facts).workloads[0];
    assert_eq!((w.name.as_str(), w.user.is_some(), w.memory_limit.is_some()), ("shop", true, true));
}
