//! Deployments: every way to run the system that the repository describes, and which one is production (rule G1).

mod candidates;
#[cfg(test)]
mod tests;

pub use candidates::candidates;

use plimsoll_base::{Location, Sourced};
use plimsoll_facts::ci::Life;
use plimsoll_facts::compose::EnvironmentWord;
use plimsoll_facts::container::{MountSource, Workload};
use plimsoll_facts::iac::IacTool;
use plimsoll_facts::technology::{Capability, Sign, SignSource, engine_of_image};
use plimsoll_facts::{Facts, folder_of};

/// What a deployment is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeploymentKind {
    /// Compose files.
    Compose,
    /// Kubernetes manifests, overlays or charts.
    Kubernetes,
    /// Infrastructure code that declares workloads.
    Infrastructure,
    /// A platform's file.
    Platform,
    /// Image definitions alone: nothing says how they are run.
    Image,
    /// Source with a start command alone: nothing says where it runs.
    Process,
}

impl DeploymentKind {
    /// The word used in output.
    pub fn word(self) -> &'static str {
        match self {
            DeploymentKind::Compose => "compose",
            DeploymentKind::Kubernetes => "kubernetes",
            DeploymentKind::Infrastructure => "terraform",
            DeploymentKind::Platform => "platform",
            DeploymentKind::Image => "image",
            DeploymentKind::Process => "process",
        }
    }
}

/// Words of a definition that is kept but no longer used.
pub(crate) const RETIRED: &[&str] = &["deprecated", "legacy", "archive", "archived", "obsolete", "retired", "unused", "old"];
/// Words of a Compose file that starts what surrounds the product, and not the product.
const SUPPORTING: &[&str] =
    &["monitoring", "observability", "logging", "metrics", "grafana", "prometheus", "loki", "elk", "benchmark", "benchmarks", "loadtest"];

/// Whether a path bears one of these words.
pub(crate) fn bears(path: &str, words: &[&str]) -> bool {
    path.split(|c: char| !c.is_ascii_alphanumeric()).any(|w| words.iter().any(|x| w.eq_ignore_ascii_case(x)))
}
/// Folders of a container that hold settings, state or logs and never the program: what is mounted there is no source.
const SETTINGS: &[&str] = &["/etc", "/usr/local/etc", "/var/lib", "/var/log"];

/// One way to run the system.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// Its stable name: its main file or folder.
    pub name: String,
    /// What it is written in.
    pub kind: DeploymentKind,
    /// Its files' paths in merge order.
    pub files: Vec<String>,
    /// The environment that its name suggests.
    pub environment: EnvironmentWord,
    /// What it runs.
    pub workloads: Vec<Workload>,
    /// The tool of its infrastructure code, where it is written in such.
    pub tool: Option<IacTool>,
    /// Where a pipeline or script deploys it.
    pub deployed_by: Option<Location>,
    /// Why it is taken for a set-up of development only, if it is.
    pub development: Option<Sourced<String>>,
    /// Index into the Compose projects, clusters, infrastructure roots or platforms it comes from.
    pub origin: usize,
    /// Why it is, or is not, the assessed one.
    pub reason: String,
}

impl Deployment {
    /// Whether a name or a file of a policy means this deployment.
    pub fn answers_to(&self, wanted: &str) -> bool {
        self.name == wanted || self.files.iter().any(|f| f == wanted)
    }
    /// The word for what it is written in, used in output: the tool's own for infrastructure code.
    pub fn written_in(&self) -> &'static str {
        self.tool.map_or(self.kind.word(), IacTool::word)
    }
    /// Whether it runs anything that this repository builds.
    fn owns(&self) -> bool {
        self.workloads
            .iter()
            .any(|w| w.build.is_some() || w.image.as_ref().and_then(|i| i.known()).is_none_or(|i| engine_of_image(i).is_none()))
    }
    /// Whether the folders or files it stands in bear one of these words.
    fn says(&self, words: &[&str]) -> bool {
        if self.files.is_empty() { bears(&self.name, words) } else { self.files.iter().all(|f| bears(f, words)) }
    }
    /// The rank of rule G1, the best first.
    fn rank(&self) -> u8 {
        let named = self.environment == EnvironmentWord::Production;
        match self.kind {
            _ if self.workloads.is_empty() => 9,
            _ if self.says(RETIRED) => 8,
            DeploymentKind::Compose if self.says(SUPPORTING) => 8,
            DeploymentKind::Compose if !self.owns() => 8,
            _ if self.environment == EnvironmentWord::Development => 6,
            _ if self.deployed_by.is_some() && self.environment != EnvironmentWord::Staging => 0,
            _ if named => 1,
            _ if self.deployed_by.is_some() => 2,
            DeploymentKind::Infrastructure | DeploymentKind::Kubernetes | DeploymentKind::Platform => 3,
            DeploymentKind::Compose if self.development.is_none() => 4,
            DeploymentKind::Compose => 5,
            // Source that runs somewhere says more of the product than a Compose file that only starts its stores.
            DeploymentKind::Image | DeploymentKind::Process => 7,
        }
    }
}

/// Which deployment is assessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// This one.
    Decided(usize),
    /// These are equally likely to be production: the one with the worst verdict is assessed.
    Tied(Vec<usize>),
    /// There is none.
    None,
}

/// The command of a live pipeline step, or of a script, that deploys this deployment by its files.
fn deployed_by(facts: &Facts, deployment: &Deployment) -> Option<Location> {
    deploying(facts, deployment).next().map(|s| s.at)
}

/// Whether a live pipeline deploys it on its own occasion and for no environment before production: then that is what runs, whatever
/// the file is called.
fn shipped(facts: &Facts, deployment: &Deployment) -> bool {
    let before = |text: &str| matches!(EnvironmentWord::of(text), EnvironmentWord::Staging | EnvironmentWord::Development);
    deploying(facts, deployment).filter(|s| s.capability == Capability::Deploy).any(|s| {
        let SignSource::Pipeline(source) = &s.source else { return false };
        let Some(pipeline) = facts.pipelines.get(source.pipeline) else { return false };
        let Some(job) = pipeline.jobs.get(source.job) else { return false };
        let Some(step) = job.steps.get(source.step) else { return false };
        let live = job.life == Life::Live && step.life == Life::Live && !pipeline.uncalled;
        let early = before(&pipeline.path) || before(&job.id) || job.environment.as_ref().is_some_and(|e| before(&e.value));
        live && !early && (step.on.main || step.on.tag)
    })
}

fn deploying<'a>(facts: &'a Facts, deployment: &'a Deployment) -> impl Iterator<Item = &'a Sign> {
    facts.signs.iter().filter(|s| matches!(s.capability, Capability::Deploy | Capability::IacApply)).filter(|s| {
        let (text, folder, dead) = match &s.source {
            SignSource::Pipeline(p) => (p.words.join(" "), p.folder.clone(), p.dead),
            SignSource::Command { path } => (s.says.clone(), folder_of(path).to_owned(), false),
            _ => return false,
        };
        !dead && names(deployment, &text, &folder, s.technology.as_str())
    })
}

fn names(deployment: &Deployment, text: &str, folder: &str, technology: &str) -> bool {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c == '=' || c == ',' || c == '"').filter(|w| !w.is_empty()).collect();
    let file_named = |path: &str| {
        let base = path.rsplit('/').next().unwrap_or(path);
        words.iter().any(|w| *w == path || w.rsplit('/').next() == Some(base))
    };
    match deployment.kind {
        DeploymentKind::Compose => {
            let compose = text.contains("compose") || text.contains("stack deploy");
            let main = deployment.files.last().map(String::as_str).unwrap_or_default();
            let default = !words.iter().any(|w| *w == "-f" || *w == "--file" || *w == "-c" || *w == "--compose-file")
                && deployment.files.iter().all(|f| {
                    let base = f.rsplit('/').next().unwrap_or(f);
                    matches!(
                        base,
                        "compose.yml"
                            | "compose.yaml"
                            | "docker-compose.yml"
                            | "docker-compose.yaml"
                            | "docker-compose.override.yml"
                            | "compose.override.yml"
                            | "compose.override.yaml"
                            | "docker-compose.override.yaml"
                    )
                })
                && (folder == folder_of(main) || folder.is_empty());
            compose && (deployment.files.iter().all(|f| file_named(f)) || default)
        }
        DeploymentKind::Kubernetes => {
            let cluster = ["kubectl", "helm", "kustomize", "argocd", "flux", "skaffold"].iter().any(|t| text.contains(t))
                || matches!(technology, "kubectl" | "Helm" | "GitOps");
            let by_folder = words.iter().any(|w| {
                let w = w.trim_start_matches("./").trim_end_matches('/');
                !w.is_empty() && (w == deployment.name || deployment.files.iter().any(|f| f == w || folder_of(f) == w))
            });
            cluster && by_folder
        }
        DeploymentKind::Infrastructure => {
            let applies = text.contains("apply") || text.contains("deploy") || text.contains("up");
            let here = folder == deployment.name
                || words.iter().any(|w| w.trim_start_matches("./").trim_end_matches('/').trim_start_matches("-chdir") == deployment.name);
            let tool = ["terraform", "tofu", "terragrunt", "ecs", "sam", "serverless", "pulumi", "cdk"].iter().any(|t| text.contains(t));
            tool && applies && (here || text.contains("ecs"))
        }
        DeploymentKind::Platform => {
            let technology = technology.to_ascii_lowercase();
            deployment.files.iter().any(|f| {
                let base = f.rsplit('/').next().unwrap_or(f).to_ascii_lowercase();
                [
                    ("fly", "fly"),
                    ("vercel", "vercel"),
                    ("netlify", "netlify"),
                    ("render", "render"),
                    ("railway", "railway"),
                    ("wrangler", "cloudflare"),
                    ("app.yaml", "app engine"),
                    ("procfile", "heroku"),
                    ("app.json", "heroku"),
                ]
                .iter()
                .any(|(file, tool)| base.contains(file) && technology.contains(tool))
            })
        }
        DeploymentKind::Image | DeploymentKind::Process => false,
    }
}

/// Why a deployment is for development only: its name, or its services run development servers over mounted source.
fn development(facts: &Facts, deployment: &Deployment) -> Option<Sourced<String>> {
    let first = deployment.workloads.first().map(|w| w.at)?;
    if deployment.environment == EnvironmentWord::Development {
        return Some(Sourced::new(format!("{} is named for development", deployment.name), first));
    }
    if deployment.kind != DeploymentKind::Compose {
        return None;
    }
    let built: Vec<&Workload> = deployment.workloads.iter().filter(|w| w.build.is_some()).collect();
    let served = |w: &&Workload| {
        w.command.as_ref().is_some_and(|c| {
            let text = c.value.join(" ");
            [
                "--reload",
                "run dev",
                "runserver",
                "nodemon",
                "flask run",
                "npm start --watch",
                "air",
                "dotnet watch",
                "artisan serve",
                "next dev",
                "vite",
            ]
            .iter()
            .any(|d| text.contains(d))
        }) || w
            .build
            .as_ref()
            .and_then(|b| b.target.as_ref())
            .is_some_and(|t| EnvironmentWord::of(&t.value) == EnvironmentWord::Development)
    };
    let mounted = |w: &&Workload| {
        w.mounts.iter().any(|m| match &m.source {
            MountSource::Host { path, in_tree: true, .. } => {
                w.build
                    .as_ref()
                    .and_then(|b| b.context.as_deref())
                    .is_some_and(|c| path == c || path == &format!("{c}/src") || path == &format!("{c}/app"))
                    && !m.read_only
                    && !SETTINGS.iter().any(|folder| m.target == *folder || m.target.starts_with(&format!("{folder}/")))
            }
            _ => false,
        })
    };
    let dev = built.iter().find(|w| served(w) || mounted(w))?;
    let _ = facts;
    let says = if served(dev) { "runs a development server" } else { "mounts its source from the host" };
    Some(Sourced::new(format!("{} {says}", dev.name), dev.at))
}

/// Chooses by rule G1; `configured` is the name or a file of the deployment that the policy names.
pub fn choose(deployments: &mut [Deployment], configured: Option<&str>) -> Choice {
    if let Some(wanted) = configured
        && let Some(i) = deployments.iter().position(|d| d.answers_to(wanted))
    {
        explain(deployments, &[i], "named in plimsoll.toml");
        return Choice::Decided(i);
    }
    let Some(best) = deployments.iter().map(Deployment::rank).min() else { return Choice::None };
    let mut tied: Vec<usize> = (0..deployments.len()).filter(|i| deployments[*i].rank() == best).collect();
    // An overlay resolves its base too: of projects that share files, the one with more files is the fuller way to start.
    let contained = |i: usize, j: usize| {
        i != j
            && deployments[i].files.iter().all(|f| deployments[j].files.contains(f))
            && deployments[i].files.len() < deployments[j].files.len()
    };
    let fuller: Vec<usize> = tied.iter().copied().filter(|i| !tied.iter().any(|j| contained(*i, *j))).collect();
    if !fuller.is_empty() {
        tied = fuller;
    }
    let why = match best {
        0 | 2 => "a pipeline or script deploys it",
        1 => "named for production",
        3 => "infrastructure or platform file without an environment split",
        4 => "the only kind of definition that runs the system",
        5 => "only a development set-up exists: it is judged as it stands",
        6 => "only definitions named for development exist: judged as they stand",
        7 => "only image definitions exist: nothing says how they are run",
        _ => "nothing says how the system runs: judged by its source",
    };
    let why = match tied.first().map(|i| deployments[*i].kind) {
        Some(DeploymentKind::Process) => "nothing says how the system runs: judged by its source",
        _ => why,
    };
    explain(deployments, &tied, why);
    match tied.as_slice() {
        [] => Choice::None,
        [one] => Choice::Decided(*one),
        _ => Choice::Tied(tied),
    }
}

fn explain(deployments: &mut [Deployment], chosen: &[usize], why: &str) {
    for (i, d) in deployments.iter_mut().enumerate() {
        d.reason = if chosen.contains(&i) {
            why.to_owned()
        } else if d.environment == EnvironmentWord::Development || d.development.is_some() {
            "a development set-up".to_owned()
        } else {
            "another definition ranks before it".to_owned()
        };
    }
}
