//! Targets that only a pipeline names: what its live steps deploy to a platform of which no file of the tree tells (rule G8).

use plimsoll_base::{Location, Setting, Sourced};

use super::{PlatformTarget, build, entries, target, workload};
use crate::ci::{Invocation, Job, Life, Pipeline, Step};
use crate::compose::EnvironmentWord;
use crate::container::{Reach, Runtime, SecretStore, SecretUse, ValueSource, Variable, Workload};
use crate::iac::value::Value;
use crate::iac::{IacRoot, ecs_container};
use crate::library::{Library, join};

/// What one step deploys.
struct Deployed {
    platform: &'static str,
    workload: Workload,
    at: Location,
    /// The folder whose source the platform builds, if it builds any.
    source: Option<String>,
}

/// One target for each platform that live steps deploy to, unless a file of the tree or infrastructure code already tells of it.
pub(crate) fn commanded(library: &Library, pipelines: &[Pipeline], known: &[PlatformTarget], iac: &[IacRoot]) -> Vec<PlatformTarget> {
    let mut found: Vec<PlatformTarget> = Vec::new();
    for pipeline in pipelines {
        for job in pipeline.jobs.iter().filter(|j| matches!(j.life, Life::Live)) {
            for step in job.steps.iter().filter(|s| matches!(s.life, Life::Live) && (s.on.main || s.on.tag || s.on.manual)) {
                for deployed in of_step(library, job, step) {
                    let Some(held) = library.get(&pipeline.path) else { continue };
                    let told = known.iter().any(|t| t.platform == deployed.platform) || iac.iter().any(|r| tells(r, deployed.platform));
                    if !told {
                        add(&mut found, held, deployed);
                    }
                }
            }
        }
    }
    for target in &mut found {
        settle(target);
        target.infrastructure.capacity = super::capacity::commanded(target);
        entries::tell(library, target);
    }
    found
}

/// Whether infrastructure code declares workloads of the same kind: then it says more than the command.
fn tells(root: &IacRoot, platform: &str) -> bool {
    let kinds: &[&str] = match platform {
        "cloud-run" => &["google_cloud_run_service", "google_cloud_run_v2_service", "google_cloud_run_v2_job"],
        "ecs" => &["aws_ecs_service", "aws_ecs_task_definition", "AWS::ECS::Service", "AWS::ECS::TaskDefinition"],
        "azure-app-service" => &["azurerm_linux_web_app", "azurerm_windows_web_app", "azurerm_app_service", "Microsoft.Web/sites"],
        "azure-container-apps" => &["azurerm_container_app", "Microsoft.App/containerApps"],
        _ => &[],
    };
    !root.module && root.resources.iter().any(|r| kinds.contains(&r.kind.as_str()))
}

fn add(found: &mut Vec<PlatformTarget>, held: &crate::library::Held, deployed: Deployed) {
    let at = match found.iter().position(|t| t.platform == deployed.platform) {
        Some(at) => at,
        None => {
            let mut fresh = target(deployed.platform, held, String::new());
            fresh.at = deployed.at;
            fresh.commanded = Some(deployed.at);
            fresh.builds_source = false;
            found.push(fresh);
            found.len() - 1
        }
    };
    let target = &mut found[at];
    if let Some(source) = deployed.source {
        target.builds_source |= deployed.workload.build.is_none();
        target.folder = source;
    }
    if target.workloads.iter().all(|w| w.name != deployed.workload.name) {
        target.workloads.push(deployed.workload);
    }
}

/// Of the same service in several environments the one for production is meant.
fn settle(target: &mut PlatformTarget) {
    let word = |w: &Workload| EnvironmentWord::of(&w.name);
    let best = target.workloads.iter().map(word).min();
    if let Some(best) = best {
        target.workloads.retain(|w| word(w) == best || word(w) == EnvironmentWord::Unnamed);
    }
}

fn of_step(library: &Library, job: &Job, step: &Step) -> Vec<Deployed> {
    let mut found: Vec<Deployed> =
        step.commands.iter().filter(|c| c.missing.is_none()).filter_map(|c| command(library, job, step, c)).collect();
    found.extend(action(library, job, step));
    found
}

/// A deployment by a provider's command line.
fn command(library: &Library, job: &Job, step: &Step, call: &Invocation) -> Option<Deployed> {
    let words: Vec<String> = call.words.iter().map(|w| filled(w, job, step)).collect();
    let plain: Vec<&str> = words.iter().map(String::as_str).filter(|w| !matches!(*w, "beta" | "alpha")).collect();
    let flags = Flags { words: &words };
    let at = call.from;
    match plain.as_slice() {
        ["gcloud", "run", "deploy", rest @ ..] | ["gcloud", "run", "jobs", "deploy" | "update", rest @ ..] => {
            let name = rest.first().filter(|n| !n.starts_with('-')).map(|n| (*n).to_owned()).unwrap_or_else(|| job.id.clone());
            let mut deployed = cloud_run(library, &name, at, &flags, &call.folder);
            deployed.workload.one_shot = plain.get(2) == Some(&"jobs");
            Some(deployed)
        }
        ["az", "containerapp", "update" | "up" | "create", ..] => {
            let name = flags.any(&["-n", "--name"]).unwrap_or(&job.id).to_owned();
            let mut w = workload(&name, at, "web");
            w.image = flags.any(&["-i", "--image"]).map(|i| stated(i, at));
            variables(&mut w, flags.list("--set-env-vars").chain(flags.list("--env-vars")), at);
            Some(Deployed { platform: "azure-container-apps", workload: w, at, source: None })
        }
        ["az", "webapp", "deploy" | "up" | "config" | "deployment" | "restart", ..] => {
            let name = flags.any(&["-n", "--name"]).unwrap_or(&job.id).to_owned();
            Some(Deployed { platform: "azure-app-service", workload: workload(&name, at, "web"), at, source: Some(call.folder.clone()) })
        }
        ["aws", "ecs", "update-service" | "create-service", ..] => {
            let name = flags.any(&["--service", "--service-name"]).unwrap_or(&job.id).to_owned();
            let mut w = Workload::new(name, at, Runtime::Ecs);
            w.restart = crate::container::Restart::Supervised(at);
            w.image = Some(Setting::Unresolved(at));
            Some(Deployed { platform: "ecs", workload: w, at, source: None })
        }
        _ => None,
    }
}

/// A deployment by an action.
fn action(library: &Library, job: &Job, step: &Step) -> Option<Deployed> {
    let uses = step.uses.as_ref()?;
    let name = uses.value.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let input = |key: &str| step.with.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| filled(&v.value, job, step));
    let at = uses.at;
    match name.as_str() {
        "google-github-actions/deploy-cloudrun" => {
            let mut words: Vec<String> = input("flags").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
            for (key, flag) in [("image", "--image"), ("source", "--source"), ("env_vars", "--set-env-vars"), ("secrets", "--set-secrets")]
            {
                if let Some(value) = input(key) {
                    words.extend([flag.to_owned(), value.lines().map(str::trim).collect::<Vec<_>>().join(",")]);
                }
            }
            let service = input("service").or_else(|| input("job")).unwrap_or_else(|| job.id.clone());
            let mut deployed = cloud_run(library, &service, at, &Flags { words: &words }, "");
            deployed.workload.one_shot = input("job").is_some();
            Some(deployed)
        }
        "azure/webapps-deploy" | "azurewebapp" | "azurewebappcontainer" => {
            let service = input("app-name").or_else(|| input("appName")).unwrap_or_else(|| job.id.clone());
            let mut w = workload(&service, at, "web");
            w.image = input("images").map(|i| stated(&i, at));
            let source = w.image.is_none().then(String::new);
            Some(Deployed { platform: "azure-app-service", workload: w, at, source })
        }
        "azure/container-apps-deploy-action" | "azurecontainerapps" => {
            let service = input("containerAppName").unwrap_or_else(|| job.id.clone());
            let mut w = workload(&service, at, "web");
            w.image = input("imageToDeploy").map(|i| stated(&i, at));
            let folder =
                input("appSourcePath").and_then(|p| join("", p.trim_start_matches("${{ github.workspace }}").trim_start_matches('/')));
            if let Some(folder) = &folder {
                w.build = build(library, at, folder, None, None).filter(|b| b.dockerfile_exists);
            }
            Some(Deployed { platform: "azure-container-apps", workload: w, at, source: folder })
        }
        "aws-actions/amazon-ecs-deploy-task-definition" => {
            let service = input("service").unwrap_or_else(|| job.id.clone());
            let named = input("task-definition").filter(|t| t.ends_with(".json"));
            // A rendered definition is made from the file that an earlier step names.
            let rendered =
                job.steps.iter().filter(|s| s.uses.as_ref().is_some_and(|u| u.value.contains("amazon-ecs-render-task-definition")));
            let rendered = rendered.flat_map(|s| &s.with).find(|(k, _)| k == "task-definition").map(|(_, v)| v.value.clone());
            Some(Deployed { platform: "ecs", workload: task(library, &service, named.or(rendered), at), at, source: None })
        }
        "amondnet/vercel-action" => {
            let folder = input("working-directory").and_then(|f| join("", &f)).unwrap_or_default();
            let name = folder.rsplit('/').next().filter(|n| !n.is_empty()).unwrap_or("web").to_owned();
            Some(Deployed { platform: "vercel", workload: workload(&name, at, "web"), at, source: Some(folder) })
        }
        "akhileshns/heroku-deploy" => {
            let service = input("heroku_app_name").unwrap_or_else(|| job.id.clone());
            let folder = input("appdir").and_then(|f| join("", &f)).unwrap_or_default();
            Some(Deployed { platform: "heroku", workload: workload(&service, at, "web"), at, source: Some(folder) })
        }
        _ => None,
    }
}

fn cloud_run(library: &Library, name: &str, at: Location, flags: &Flags<'_>, folder: &str) -> Deployed {
    let mut w = workload(name, at, "web");
    w.image = flags.any(&["--image"]).map(|i| stated(i, at));
    let source = flags.any(&["--source"]).and_then(|s| join(folder, s));
    if let Some(source) = &source {
        w.build = build(library, at, source, None, None).filter(|b| b.dockerfile_exists);
    }
    w.memory_limit = flags.any(&["--memory"]).map(|m| stated(m, at));
    w.cpu_limit = flags.any(&["--cpu"]).map(|c| stated(c, at));
    w.replicas = match flags.any(&["--min-instances", "--min"]) {
        Some(n) => n.parse().map_or(Setting::Unresolved(at), |n| Setting::Stated(Sourced::new(n, at))),
        None => Setting::Defaulted(0),
    };
    // Whether strangers may call is kept with the service: an update that says nothing leaves it as it was.
    let reach = if flags.has("--no-allow-unauthenticated") || flags.any(&["--ingress"]).is_some_and(|i| i != "all") {
        Reach::Private
    } else if flags.has("--allow-unauthenticated") {
        Reach::Public
    } else {
        Reach::Unresolved
    };
    let target = flags.any(&["--port"]).unwrap_or("8080").to_owned();
    for port in &mut w.ports {
        port.reach = reach;
        port.target = Some(target.clone());
        port.says = "Cloud Run endpoint".into();
    }
    variables(&mut w, flags.list("--set-env-vars").chain(flags.list("--update-env-vars")), at);
    for entry in flags.list("--set-secrets").chain(flags.list("--update-secrets")) {
        if let Some((name, from)) = entry.split_once('=') {
            w.environment.push(Variable { name: name.to_owned(), at, value: ValueSource::SecretRef(from.to_owned()) });
            w.secrets.push(SecretUse { name: name.to_owned(), at, store: SecretStore::Managed("Secret Manager".into()) });
        }
    }
    Deployed { platform: "cloud-run", workload: w, at, source }
}

/// An ECS service whose task definition stands in a file of the tree; without one its image is decided elsewhere.
fn task(library: &Library, service: &str, path: Option<String>, at: Location) -> Workload {
    let mut w = Workload::new(service, at, Runtime::Ecs);
    w.restart = crate::container::Restart::Supervised(at);
    w.image = Some(Setting::Unresolved(at));
    let file = path.and_then(|p| join("", &p)).and_then(|p| library.get(&p));
    let Some((held, root)) = file.and_then(|f| Some((f, f.root()?))) else { return w };
    let definition = Value::of(root, held.id);
    if let Some(first) = definition.get("containerDefinitions").map(Value::items).and_then(<[Value]>::first) {
        w.at = first.at;
        ecs_container(first, &mut w);
    }
    if w.memory_limit.is_none() {
        w.memory_limit = definition.get("memory").and_then(Value::setting);
    }
    w.cpu_limit = definition.get("cpu").and_then(Value::setting);
    w
}

fn stated(text: &str, at: Location) -> Setting<String> {
    if crate::iac::value::is_variable(text) { Setting::Unresolved(at) } else { Setting::Stated(Sourced::new(text.to_owned(), at)) }
}

fn variables<'f>(w: &mut Workload, entries: impl Iterator<Item = &'f str>, at: Location) {
    for (name, value) in entries.filter_map(|e| e.split_once('=')) {
        let value = if value.contains('$') { ValueSource::Unresolved } else { ValueSource::Literal(value.to_owned()) };
        w.environment.push(Variable { name: name.trim().to_owned(), at, value });
    }
}

/// The flags of a command: `--name value` and `--name=value`.
struct Flags<'w> {
    words: &'w [String],
}

impl<'w> Flags<'w> {
    fn any(&self, names: &[&str]) -> Option<&'w str> {
        self.words.iter().enumerate().find_map(|(i, word)| match word.split_once('=') {
            Some((name, value)) if names.contains(&name) => Some(value),
            _ if names.contains(&word.as_str()) => self.words.get(i + 1).map(String::as_str).filter(|v| !v.starts_with("--")),
            _ => None,
        })
    }
    fn has(&self, name: &str) -> bool {
        self.words.iter().any(|w| w == name || w.strip_prefix(name) == Some("=true"))
    }
    /// The entries of a flag that takes a list parted by commas.
    fn list(&self, name: &str) -> impl Iterator<Item = &'w str> + use<'w> {
        self.any(&[name]).unwrap_or_default().split(',').filter(|e| !e.is_empty())
    }
}

/// A text with the variables inserted that the job or the step sets: `${{ env.SERVICE }}`, `$SERVICE`, `${SERVICE}`.
fn filled(text: &str, job: &Job, step: &Step) -> String {
    let mut text = text.trim().to_owned();
    for (name, value) in step.env.iter().chain(&job.env) {
        if text.contains('$') && text.contains(name.as_str()) {
            for form in [format!("${{{{ env.{name} }}}}"), format!("${{{{env.{name}}}}}"), format!("${{{name}}}")] {
                text = text.replace(&form, &value.value);
            }
            if text.strip_prefix('$') == Some(name.as_str()) {
                text.clone_from(&value.value);
            }
        }
    }
    text
}
