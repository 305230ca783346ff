//! The words for pipelines of every provider.

use plimsoll_base::{FileId, Location, Sourced};

/// Who runs a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provider {
    /// GitHub Actions.
    GithubActions,
    /// GitLab CI.
    GitlabCi,
    /// CircleCI.
    CircleCi,
    /// Azure Pipelines.
    AzurePipelines,
    /// Bitbucket Pipelines.
    Bitbucket,
    /// Jenkins; its trigger lives elsewhere.
    Jenkins,
    /// AWS CodeBuild; its trigger lives elsewhere.
    CodeBuild,
    /// Google Cloud Build; its trigger lives elsewhere.
    CloudBuild,
    /// Any other, recognised by its file.
    Other(&'static str),
}

impl Provider {
    /// The word used in output.
    pub fn word(self) -> &'static str {
        match self {
            Provider::GithubActions => "github-actions",
            Provider::GitlabCi => "gitlab-ci",
            Provider::CircleCi => "circleci",
            Provider::AzurePipelines => "azure-pipelines",
            Provider::Bitbucket => "bitbucket",
            Provider::Jenkins => "jenkins",
            Provider::CodeBuild => "codebuild",
            Provider::CloudBuild => "cloudbuild",
            Provider::Other(name) => name,
        }
    }
}

/// A pipeline file.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// The file.
    pub file: FileId,
    /// Its path: the pipeline's stable name.
    pub path: String,
    /// The title it gives itself.
    pub title: Option<String>,
    /// Who runs it.
    pub provider: Provider,
    /// What starts it.
    pub triggers: Triggers,
    /// The rights of its token, for the whole file.
    pub permissions: Option<Permissions>,
    /// Its jobs in their order, reusable workflows of this repository expanded into the caller's place. Empty for a
    /// workflow that others of this repository call and nothing else starts: its jobs are the callers'.
    pub jobs: Vec<Job>,
    /// Only called by other pipelines, and by none that is here.
    pub uncalled: bool,
    /// Steps could not be read in full (a plugin, a remote include, a scripted Jenkinsfile); the place that says so.
    pub opaque: Vec<Sourced<String>>,
}

/// What starts a pipeline.
#[derive(Clone, Debug, Default)]
pub struct Triggers {
    /// Pushes to branches.
    pub push: Option<BranchFilter>,
    /// Pull or merge requests.
    pub pull_request: Option<BranchFilter>,
    /// GitHub's `pull_request_target`.
    pub pull_request_target: Option<Location>,
    /// Tags or releases.
    pub tag: Option<Location>,
    /// Schedules, each as a cron expression.
    pub schedule: Vec<Sourced<String>>,
    /// By hand.
    pub manual: Option<Location>,
    /// Called by another pipeline.
    pub call: Option<Location>,
    /// After another pipeline: its name.
    pub after: Vec<Sourced<String>>,
    /// Anything else (issues, comments, stars): the event's name.
    pub other: Vec<Sourced<String>>,
    /// The trigger lives outside the repository.
    pub external: bool,
}

/// A filter on branches and paths.
#[derive(Clone, Debug)]
pub struct BranchFilter {
    /// Where it stands.
    pub at: Location,
    /// Branch patterns; empty means all.
    pub branches: Vec<Sourced<String>>,
    /// Branch patterns left out.
    pub branches_ignore: Vec<Sourced<String>>,
    /// Path patterns; empty means all.
    pub paths: Vec<Sourced<String>>,
    /// Path patterns left out.
    pub paths_ignore: Vec<Sourced<String>>,
}

/// The rights of a pipeline's token.
#[derive(Clone, Debug)]
pub struct Permissions {
    /// Where they stand.
    pub at: Location,
    /// `write-all`.
    pub write_all: bool,
    /// Each named right with its level.
    pub named: Vec<(String, String)>,
}

/// A job.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its id; stable.
    pub id: String,
    /// Where it stands.
    pub at: Location,
    /// Jobs that must succeed first.
    pub needs: Vec<Sourced<String>>,
    /// Its condition, as written.
    pub condition: Option<Sourced<String>>,
    /// The environment it deploys to.
    pub environment: Option<Sourced<String>>,
    /// Its own rights.
    pub permissions: Option<Permissions>,
    /// Its steps.
    pub steps: Vec<Step>,
    /// Service containers: the image each names.
    pub services: Vec<Sourced<String>>,
    /// The image it runs in.
    pub container: Option<Sourced<String>>,
    /// Its failure is tolerated: where.
    pub tolerated: Option<Location>,
    /// It waits for a person: `when: manual`, an approval step.
    pub manual: Option<Location>,
    /// Whether it can ever run.
    pub life: Life,
    /// What the runner is, as written.
    pub runner: Option<Sourced<String>>,
    /// Variables set for all its steps, those of the pipeline first.
    pub env: Vec<(String, Sourced<String>)>,
    /// The values that its matrix gives to each key, each value once.
    pub matrix: Vec<(String, Vec<Sourced<String>>)>,
    /// On which occasions it runs, its own rules applied to the pipeline's triggers.
    pub on: Occasions,
}

/// On which occasions a job runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Occasions {
    /// On pull or merge requests.
    pub pull_request: bool,
    /// On a push to the default branch.
    pub main: bool,
    /// On a push to another branch.
    pub branch: bool,
    /// On a tag or release.
    pub tag: bool,
    /// On a schedule.
    pub schedule: bool,
    /// By hand.
    pub manual: bool,
}

/// Whether a job or step can ever run (rule G5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Life {
    /// It runs on its occasions.
    Live,
    /// It never runs: why, and where that is written.
    Dead(String, Location),
}

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it stands.
    pub at: Location,
    /// Its title.
    pub title: Option<String>,
    /// The action, orb or template it uses: `actions/checkout@v4`.
    pub uses: Option<Sourced<String>>,
    /// Its inputs.
    pub with: Vec<(String, Sourced<String>)>,
    /// Its script as written.
    pub script: Option<Sourced<String>>,
    /// What the script runs, scripts of the repository followed.
    pub commands: Vec<Invocation>,
    /// Its condition, as written.
    pub condition: Option<Sourced<String>>,
    /// Its failure is tolerated: where.
    pub tolerated: Option<Location>,
    /// Variables it sets.
    pub env: Vec<(String, Sourced<String>)>,
    /// Whether it can ever run.
    pub life: Life,
    /// On which of its job's occasions it runs, its own condition applied.
    pub on: Occasions,
}

/// A command that a step really runs.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// Its words, wrappers such as `sudo`, `env X=y` or `poetry run` removed.
    pub words: Vec<String>,
    /// Where it stands: in the pipeline file, or in the script that the step runs.
    pub at: Location,
    /// The place in the pipeline file that leads to it.
    pub from: Location,
    /// Its failure cannot fail the step.
    pub tolerated: bool,
    /// The scripts it was reached through: `npm run test`, `make check`.
    pub via: Vec<String>,
    /// The folder it runs in, from the root, as far as known.
    pub folder: String,
    /// It names a script, target or file that is not there, so that it fails or does nothing: which.
    pub missing: Option<String>,
    /// It only starts a script of the repository, whose commands are listed behind it.
    pub followed: bool,
}

impl Occasions {
    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
    /// The occasions of either.
    pub fn or(self, other: Self) -> Self {
        Self {
            pull_request: self.pull_request || other.pull_request,
            main: self.main || other.main,
            branch: self.branch || other.branch,
            tag: self.tag || other.tag,
            schedule: self.schedule || other.schedule,
            manual: self.manual || other.manual,
        }
    }
}

impl Invocation {
    /// Whether it only prints, waits or looks around: whatever it says, nothing is done.
    pub fn only_echoes(&self) -> bool {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let Some(program) = words.first() else { return true };
        match program.rsplit('/').next().unwrap_or(program) {
            "echo" | "printf" | "true" | ":" | "sleep" | "ls" | "pwd" | "date" | "whoami" | "uname" | "env" | "printenv" => true,
            "cd" | "pushd" | "popd" | "set" | "export" | "unset" | "shopt" | "[" | "[[" | "test" => true,
            "exit" => words.get(1).is_none_or(|code| *code == "0"),
            "Write-Host" | "Write-Output" => true,
            _ => false,
        }
    }
}

impl Step {
    /// Whether it has a script, and nothing in it does more than print (rule G5).
    pub fn only_echoes(&self) -> bool {
        self.uses.is_none() && self.script.is_some() && self.commands.iter().filter(|c| !c.followed).all(Invocation::only_echoes)
    }
    /// Whether it only prepares the ground: fetches the sources, installs a runtime, restores a cache.
    fn only_prepares(&self) -> bool {
        let Some(uses) = &self.uses else { return false };
        let name = uses.value.split('@').next().unwrap_or_default().to_ascii_lowercase();
        let action = name.rsplit('/').next().unwrap_or_default();
        action == "checkout" || action == "cache" || action.starts_with("setup-") || action.ends_with("-setup")
    }
}

impl Job {
    /// Whether it has steps and none does more than print or fetch the sources (rule G5).
    pub fn only_echoes(&self) -> bool {
        !self.steps.is_empty() && self.steps.iter().all(|s| s.only_prepares() || s.only_echoes())
    }
}
