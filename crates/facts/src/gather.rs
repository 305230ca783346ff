//! One pass over the tree: each file is read once, handed to the readers that want it, and dropped unless it is configuration.

use std::sync::Arc;

use plimsoll_base::{FileId, Location, Problem};
use plimsoll_discover::{File, Format, ReadError, Role, Tree};
use plimsoll_syntax::{Issue, JsonFlavour, Node, json, toml, yaml};
use rayon::prelude::*;

use crate::backup::{self, BackupFacts, BackupScript};
use crate::ci::Pipeline;
use crate::code::{self, Code, Dialect, ReadModule, Wiring};
use crate::compose::{ComposeProject, EnvironmentWord};
use crate::container::{BuiltByTool, ContextIgnore, ImageDefinition, Workload};
use crate::iac::{IacRoot, ManualStep};
use crate::infrastructure::{Alarm, Dashboard, Infrastructure};
use crate::library::{Held, Library};
use crate::packages::Package;
use crate::platform::PlatformTarget;
use crate::repository::{
    self, Artefact, Credential, Document, EnvFile, EnvRead, IgnoreRules, SourceFile, SourceMark, TestFile, Updater, UploadMark, VersionUse,
};
use crate::technology::{self, Sign};
use crate::{ci, compose, container, iac, monitoring, packages, platform, proxy};

/// Everything that was learnt, by subject.
#[derive(Debug, Default)]
pub struct Facts {
    /// Every path of the tree, with the contents of configuration.
    pub library: Library,
    /// Image definitions.
    pub images: Vec<ImageDefinition>,
    /// Images that build tools define without a Dockerfile.
    pub built_by_tools: Vec<BuiltByTool>,
    /// Ignore files of build contexts.
    pub context_ignores: Vec<ContextIgnore>,
    /// Ways to start Compose.
    pub compose: Vec<ComposeProject>,
    /// Kubernetes workloads, by the folder or chart that declares them.
    pub clusters: Vec<Cluster>,
    /// Platforms named as targets.
    pub platforms: Vec<PlatformTarget>,
    /// Roots of infrastructure code.
    pub iac: Vec<IacRoot>,
    /// Commands that make resources of a cloud by hand.
    pub manual_steps: Vec<ManualStep>,
    /// Pipelines.
    pub pipelines: Vec<Pipeline>,
    /// Packages.
    pub packages: Vec<Package>,
    /// Documents.
    pub documents: Vec<Document>,
    /// Env files and templates.
    pub env_files: Vec<EnvFile>,
    /// Variables read in source code.
    pub env_reads: Vec<EnvRead>,
    /// Credential-like values.
    pub credentials: Vec<Credential>,
    /// Files that should not be tracked.
    pub artefacts: Vec<Artefact>,
    /// Git ignore rules.
    pub ignore_rules: Vec<IgnoreRules>,
    /// Tests.
    pub tests: Vec<TestFile>,
    /// Sources.
    pub sources: Vec<SourceFile>,
    /// What single lines of source show.
    pub marks: Vec<SourceMark>,
    /// Versions that reach end of life.
    pub versions: Vec<VersionUse>,
    /// Automatic updates.
    pub updaters: Vec<Updater>,
    /// What scripts, sources and schedules of the tree say about backups.
    pub backups: BackupFacts,
    /// Sources that keep or remove what users upload.
    pub uploads: Vec<UploadMark>,
    /// Signs of technologies.
    pub signs: Vec<Sign>,
    /// Source code of the product, in the languages that have a reader.
    pub code: Code,
    /// What frameworks wire in it.
    pub wiring: Wiring,
    /// Calls in code that show technologies, by capability.
    pub code_signs: Vec<technology::CodeSign>,
    /// Alerts in rule files of the tree, each as one that nothing loads: a deployment that loads the file has it as an alarm of its own.
    pub rule_files: Vec<Alarm>,
    /// Dashboards of the tree, each as one that nothing loads: a deployment that loads the file has it as one of its own.
    pub dashboard_files: Vec<Dashboard>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// Kubernetes workloads declared together.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// The folder, overlay or chart.
    pub name: String,
    /// Its files' paths.
    pub paths: Vec<String>,
    /// The environment that its name suggests.
    pub environment: EnvironmentWord,
    /// Workloads.
    pub workloads: Vec<Workload>,
    /// Values are decided by a template engine and were not evaluated.
    pub templated: bool,
    /// What a cluster pulls by itself: the object that leads here.
    pub pulled: Option<Location>,
    /// `kind: Secret` objects with data in them, and where.
    pub plain_secrets: Vec<plimsoll_base::Sourced<String>>,
    /// What it declares besides workloads: entries, disruption budgets, scheduled backups, stores of operators.
    pub infrastructure: Infrastructure,
}

/// What one file gives by itself.
#[derive(Debug)]
struct FileFacts {
    held: Held,
    image: Option<ImageDefinition>,
    document: Option<Document>,
    test: Option<TestFile>,
    source: Option<SourceFile>,
    env_reads: Vec<EnvRead>,
    marks: Vec<SourceMark>,
    credentials: Vec<Credential>,
    backup: Option<BackupScript>,
    upload: Option<UploadMark>,
    module: Option<ReadModule>,
    /// Its bytes are those of a saved plan, whatever it is called.
    plan: bool,
    problems: Vec<Problem>,
}

/// Learns everything from a tree. Never fails: what cannot be read is a problem in the result.
pub fn gather(tree: &Tree) -> Facts {
    let read: Vec<FileFacts> = tree.files.par_iter().map(|file| read_file(tree, file)).collect();
    let mut facts = Facts::default();
    let mut held = Vec::with_capacity(read.len());
    let mut dumping = Vec::new();
    let mut plans = Vec::new();
    let mut modules = Vec::new();
    for file in read {
        plans.extend(file.plan.then_some(file.held.id));
        held.push(file.held);
        facts.images.extend(file.image);
        facts.documents.extend(file.document);
        facts.tests.extend(file.test);
        facts.sources.extend(file.source);
        facts.env_reads.extend(file.env_reads);
        facts.marks.extend(file.marks);
        facts.credentials.extend(file.credentials);
        dumping.extend(file.backup);
        facts.uploads.extend(file.upload);
        modules.extend(file.module);
        facts.problems.extend(file.problems);
    }
    facts.library = Library::new(held);
    let library = &facts.library;
    let problems = &mut facts.problems;
    repository::without_names(&mut facts.credentials, library);
    facts.context_ignores = container::context_ignores(library);
    facts.ignore_rules = repository::ignore_rules(library);
    facts.env_files = repository::env_files(library, problems);
    facts.artefacts = repository::artefacts(library, &plans);
    facts.packages = packages::read(library, problems);
    facts.updaters = packages::updaters(library, problems);
    facts.code = Code::new(modules, library, &facts.packages);
    facts.wiring = code::framework::wiring(&facts.code);
    facts.code_signs = technology::called(&facts.code);
    facts.built_by_tools = container::built_by_tools(library);
    facts.compose = compose::resolve(library, problems);
    proxy::entries(library, &facts.images, &mut facts.compose);
    facts.clusters = iac::clusters(library, problems);
    facts.iac = iac::read(library, problems);
    facts.rule_files = monitoring::unloaded(library);
    facts.dashboard_files = monitoring::loose(library);
    facts.manual_steps = iac::manual_steps(library);
    facts.platforms = platform::read(library, &facts.packages, problems);
    facts.pipelines = ci::read(library, &facts.packages, problems);
    let commanded = platform::commanded(library, &facts.pipelines, &facts.platforms, &facts.iac);
    facts.platforms.extend(commanded);
    facts.versions = packages::versions(&packages::VersionInput {
        library,
        packages: &facts.packages,
        images: &facts.images,
        compose: &facts.compose,
        clusters: &facts.clusters,
        iac: &facts.iac,
        pipelines: &facts.pipelines,
    });
    facts.backups = backup::read(library, dumping);
    facts.signs = signs(&facts);
    facts.problems.sort();
    facts.problems.dedup();
    facts
}

fn signs(facts: &Facts) -> Vec<Sign> {
    let library = &facts.library;
    let workloads: Vec<&Workload> = (facts.compose.iter().flat_map(|p| p.workloads.iter().chain(p.profiled.iter().map(|(_, w)| w))))
        .chain(facts.clusters.iter().flat_map(|c| &c.workloads))
        .chain(facts.iac.iter().flat_map(|r| &r.workloads))
        .chain(facts.platforms.iter().flat_map(|p| &p.workloads))
        .collect();
    let scripts: Vec<_> = library
        .files()
        .iter()
        .filter(|f| f.product() && matches!(f.format, Format::Shell | Format::Makefile))
        .map(|f| (f.id, f.path.as_str(), f.commands()))
        .collect();
    let files: Vec<(FileId, &str, bool)> = library.files().iter().map(|f| (f.id, f.path.as_str(), f.product())).collect();
    let entries = facts.env_files.iter().flat_map(|e| e.entries.iter().filter(|e| !e.commented).map(|e| (e.name.as_str(), e.at)));
    let variables: Vec<(&str, Location)> = entries.chain(facts.env_reads.iter().map(|r| (r.name.as_str(), r.at))).collect();
    technology::signs(&technology::SignInput {
        pipelines: &facts.pipelines,
        packages: &facts.packages,
        images: &facts.images,
        scripts: &scripts,
        hooks: &technology::hooks(library),
        workloads: &workloads,
        files: &files,
        variables: &variables,
    })
}

fn read_file(tree: &Tree, file: &File) -> FileFacts {
    let mut held = Held {
        id: file.id,
        path: file.path.clone(),
        format: file.format,
        role: file.role,
        size: file.size,
        tracked: file.tracked,
        ignored: file.ignored,
        bytes: None,
        documents: Vec::new(),
        commands: std::sync::OnceLock::new(),
    };
    let mut out = FileFacts {
        image: None,
        document: None,
        test: None,
        source: None,
        env_reads: Vec::new(),
        marks: Vec::new(),
        credentials: Vec::new(),
        backup: None,
        upload: None,
        module: None,
        plan: false,
        problems: Vec::new(),
        held: held.clone(),
    };
    if !wanted(file) {
        return out;
    }
    let bytes = match tree.read(file.id) {
        Ok(bytes) => bytes,
        Err(ReadError::TooLarge { .. }) if !matters(file) => return out,
        Err(error) => {
            out.problems.push(Problem { at: Location::whole(file.id), says: error.to_string() });
            return out;
        }
    };
    if bytes.contains(&0) && !matches!(file.format, Format::Source(_)) {
        out.plan = repository::is_plan(&bytes);
        // Binary content under a text name: nothing in it can be evidence.
        if matters(file) {
            out.problems.push(Problem { at: Location::whole(file.id), says: "holds NUL bytes: not read".into() });
        }
        return out;
    }
    if !matches!(file.format, Format::Lockfile(_)) {
        out.credentials = repository::credentials(&held, &bytes);
    }
    if !matches!(file.role, Role::Vendored | Role::Generated) || iac::is_synthesized(&file.path) {
        // As it stands a chart's template need be no YAML: it is read when the chart is rendered.
        if !iac::is_template(&held.path, |path| tree.files.binary_search_by(|f| f.path.as_str().cmp(path)).is_ok()) {
            held.documents = documents(&held, &bytes, &mut out.problems);
        }
        match file.format {
            Format::Dockerfile => out.image = Some(container::image_definition(&held, &bytes, &mut out.problems)),
            Format::Markdown | Format::PlainText | Format::RestructuredText => out.document = repository::document(&held, &bytes),
            Format::Source(language) => {
                out.source = Some(SourceFile { file: file.id, path: file.path.clone(), language, size: file.size, role: file.role });
                out.test = repository::test_file(&held, language, &bytes);
                out.env_reads = repository::env_reads(&held, language, &bytes);
                out.marks = repository::source_marks(&held, &bytes);
                out.marks.extend(repository::database_marks(&held, &bytes));
                out.backup = backup::in_source(&held, &bytes);
                out.upload = repository::uploads(&held, language, &bytes);
                out.module = module(&held, &bytes, &mut out.problems);
            }
            Format::Sql => out.marks = repository::source_marks(&held, &bytes),
            _ => {}
        }
    }
    let program = matches!(file.format, Format::Source(_)) && file.size <= crate::library::KEPT_BYTES && iac::is_program(&bytes);
    if keeps(file) || program {
        held.bytes = Some(Arc::from(bytes));
    }
    out.held = held;
    out
}

/// What a source file of the product says, where its language has a reader.
fn module(held: &Held, bytes: &[u8], problems: &mut Vec<Problem>) -> Option<ReadModule> {
    let dialect = Dialect::of(&held.path).filter(|_| held.product())?;
    let (text, unread) = plimsoll_syntax::decode(bytes);
    let parsed = plimsoll_source::read(dialect, &text);
    let mut issues = unread.into_iter().chain(parsed.issues);
    let first = issues.next();
    let others = issues.count();
    let partly_read = first.is_some();
    if let Some(mut issue) = first {
        if others > 0 {
            issue.says = format!("{}; and {others} more", issue.says);
        }
        problems.push(problem(held.id, issue));
    }
    // Nothing was read of what a tool minified, and of what is too large.
    let was_read = !parsed.value.functions.is_empty();
    was_read.then(|| ReadModule { file: held.id, path: held.path.clone(), dialect, module: parsed.value, partly_read })
}

/// Files whose content can say something; pictures, archives and the like are known by their path alone.
fn wanted(file: &File) -> bool {
    !matches!(file.format, Format::Image | Format::Archive | Format::Binary) && file.size > 0
}

/// Files that readers depend on: one of these unread must be told.
fn matters(file: &File) -> bool {
    matches!(
        file.format,
        Format::Dockerfile
            | Format::Yaml
            | Format::Json
            | Format::JsonWithComments
            | Format::Toml
            | Format::Xml
            | Format::Dotenv
            | Format::Hcl
            | Format::Lockfile(_)
    )
}

/// Configuration is kept, up to a size beyond which it is data.
fn keeps(file: &File) -> bool {
    const DATA: u64 = crate::library::KEPT_BYTES;
    match file.format {
        Format::Lockfile(_) => true,
        Format::Markdown | Format::RestructuredText | Format::Log | Format::Notebook => false,
        // What a framework's configuration asks its build for is compared with what images copy; pipelines are written in two more languages.
        Format::Source(_) => {
            let name = file.name();
            // A page of HTML names the script that a bundler begins with.
            let configures =
                name.starts_with("next.config.") || name == "noxfile.py" || name.starts_with("Jenkinsfile") || name == "index.html";
            packages::is_manifest(name) || configures && file.size <= DATA
        }
        _ => file.size <= DATA || packages::is_manifest(file.path.rsplit('/').next().unwrap_or(&file.path)),
    }
}

fn documents(held: &Held, bytes: &[u8], problems: &mut Vec<Problem>) -> Vec<Node> {
    // A name may say nothing of a file that a program is told to read: rules for alerts.
    let (documents, issues) = match held.format.sniffed(bytes) {
        Format::Yaml => {
            let parsed = yaml(bytes);
            (parsed.value, parsed.issues)
        }
        Format::Json => {
            let parsed = json(bytes, JsonFlavour::Strict);
            (vec![parsed.value], parsed.issues)
        }
        Format::JsonWithComments => {
            let parsed = json(bytes, JsonFlavour::Comments);
            (vec![parsed.value], parsed.issues)
        }
        Format::Toml => {
            let parsed = toml(bytes);
            (vec![parsed.value], parsed.issues)
        }
        _ => return Vec::new(),
    };
    if held.product() {
        problems.extend(issues.into_iter().map(|i| problem(held.id, i)));
    }
    documents
}

/// An issue of a front end as a problem of a file.
pub(crate) fn problem(file: FileId, issue: Issue) -> Problem {
    Problem { at: Location { file, span: issue.span }, says: issue.says }
}
