//! From facts to signs: every place that can show a technology is looked up, in a fixed order.

use std::collections::{HashMap, HashSet};

use plimsoll_base::{FileId, Grade, Location, Setting};
use plimsoll_syntax::dockerfile::InstructionKind;
use plimsoll_syntax::{ShellCommand, Strictness, shell_with};

use super::command::arguments_match;
use super::index::{self, Hit, value_matches};
use super::program::{forms, image_of};
use super::rule::Rule;
use super::{Capability, Hook, PipelineSource, Sign, SignSource};
use crate::ci::{Invocation, Job, Life, Pipeline, Step};
use crate::container::{ImageDefinition, Workload};
use crate::packages::Package;

/// Everything that can show a technology.
#[derive(Clone, Copy, Debug, Default)]
pub struct SignInput<'a> {
    /// Pipelines.
    pub pipelines: &'a [Pipeline],
    /// Packages.
    pub packages: &'a [Package],
    /// Image definitions.
    pub images: &'a [ImageDefinition],
    /// Scripts and recipes: file, path and commands, of which spans count from the file's first byte.
    pub scripts: &'a [(FileId, &'a str, &'a [ShellCommand])],
    /// Hooks that run before a commit.
    pub hooks: &'a [Hook],
    /// Workloads of every deployment.
    pub workloads: &'a [&'a Workload],
    /// The tree's files: path, and whether it is evidence of the product.
    pub files: &'a [(FileId, &'a str, bool)],
    /// Names of variables: those of env files and those that source code reads.
    pub variables: &'a [(&'a str, Location)],
}

/// Finds the signs of technologies, pipelines first, in the order of the facts, each once per place.
pub fn signs(input: &SignInput) -> Vec<Sign> {
    let mut finder =
        Finder { paths: input.files.iter().map(|(id, path, _)| (*id, *path)).collect(), seen: HashSet::new(), signs: Vec::new() };
    for (index, pipeline) in input.pipelines.iter().enumerate() {
        finder.pipeline(index, pipeline);
    }
    input.packages.iter().for_each(|p| finder.package(p));
    input.images.iter().filter(|i| i.product).for_each(|i| finder.image_definition(i));
    input.workloads.iter().for_each(|w| finder.workload(w));
    for (id, path, commands) in input.scripts {
        finder.script(commands, |c| Location::at(*id, c.span), Grade::Declared, path, |_| true);
    }
    input.hooks.iter().for_each(|h| finder.hook(h));
    for (id, path, product) in input.files {
        let source = || SignSource::File { path: (*path).to_owned() };
        let hits = index::file(path).filter(|h| counts(*product, h.rule().shows));
        finder.add(hits, Grade::Declared, Location::whole(*id), || (*path).to_owned(), |_| source());
    }
    for (name, at) in input.variables {
        let source = || SignSource::Variable { name: (*name).to_owned() };
        finder.add(index::variable(name), Grade::Declared, *at, || (*name).to_owned(), |_| source());
    }
    finder.signs
}

/// Tests, examples and copies are evidence of nothing but of tests.
fn counts(product: bool, capability: Capability) -> bool {
    product
        || matches!(
            capability,
            Capability::Test
                | Capability::EndToEndTest
                | Capability::LoadTest
                | Capability::SecurityTest
                | Capability::ChaosTest
                | Capability::TestEnvironment
                | Capability::Coverage
                | Capability::CoverageGate
        )
}

struct Finder<'a> {
    paths: HashMap<FileId, &'a str>,
    seen: HashSet<(u16, Capability, Location, u8)>,
    signs: Vec<Sign>,
}

impl Finder<'_> {
    fn add(
        &mut self,
        hits: impl IntoIterator<Item = Hit>,
        grade: Grade,
        at: Location,
        says: impl Fn() -> String,
        source: impl Fn(&'static Rule) -> SignSource,
    ) {
        for hit in hits {
            let rule = hit.rule();
            let source = source(rule);
            if self.seen.insert((hit.technology, rule.shows, at, kind(&source))) {
                self.signs.push(Sign {
                    technology: index::technology(hit).name.to_owned(),
                    capability: rule.shows,
                    grade: rule.grade.unwrap_or(grade),
                    at,
                    says: says(),
                    source,
                });
            }
        }
    }

    fn pipeline(&mut self, index: usize, pipeline: &Pipeline) {
        for (j, job) in pipeline.jobs.iter().enumerate() {
            for (s, step) in job.steps.iter().enumerate() {
                let place = StepPlace::new(index, j, s, job, step);
                self.uses(&place);
                step.commands.iter().for_each(|c| self.invocation(&place, c));
            }
        }
    }

    fn uses(&mut self, place: &StepPlace) {
        let Some(uses) = &place.step.uses else { return };
        let folder = place.input("working-directory").unwrap_or_default();
        if let Some(image) = uses.value.strip_prefix("docker://") {
            let entrypoint = place.input("entrypoint").map(|e| format!("--entrypoint={e}"));
            let mut words = vec!["docker", "run"];
            words.extend(entrypoint.as_deref());
            words.push(image);
            words.extend(place.input("args").unwrap_or_default().split_whitespace());
            let source = |rule: &Rule| place.source(None, tolerated(rule, &words, place).then_some(uses.at), rule, &words, folder);
            self.command(&words, uses.at, Grade::Wired, source);
            return;
        }
        let inputs: Vec<String> = place.step.with.iter().map(|(name, value)| format!("{name}={}", value.value)).collect();
        let words: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let hits = index::action(&uses.value, &|key| place.input(key));
        let source = |rule: &Rule| place.source(None, tolerated(rule, &[], place).then_some(uses.at), rule, &words, folder);
        self.add(hits, Grade::Wired, uses.at, || uses.value.clone(), source);
    }

    fn invocation(&mut self, place: &StepPlace, invocation: &Invocation) {
        let words: Vec<&str> = invocation.words.iter().map(String::as_str).collect();
        let source = |rule: &Rule| {
            let by_tool = tolerated(rule, &words, place).then_some(invocation.at);
            place.source(Some(invocation), by_tool, rule, &words, &invocation.folder)
        };
        self.command(&words, invocation.at, Grade::Wired, source);
    }

    /// Signs of a command: of each of its forms, and of the image that it runs.
    fn command(&mut self, words: &[&str], at: Location, grade: Grade, source: impl Fn(&'static Rule) -> SignSource) {
        for form in forms(words) {
            self.add(index::command(&form), grade, at, || shortened(words), &source);
            if let Some(image) = image_of(&form) {
                self.add(index::images(image), grade, at, || shortened(words), &source);
            }
        }
    }

    /// Signs of the commands of a shell text outside pipelines; `at` tells the place of each.
    fn script(
        &mut self,
        commands: &[ShellCommand],
        at: impl Fn(&ShellCommand) -> Location,
        grade: Grade,
        path: &str,
        shows: impl Fn(Capability) -> bool,
    ) {
        for command in commands {
            let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
            let source = |_: &Rule| SignSource::Command { path: path.to_owned() };
            for form in forms(&words) {
                let hits = index::command(&form).filter(|h| shows(h.rule().shows));
                self.add(hits, grade, at(command), || shortened(&words), source);
            }
        }
    }

    fn hook(&mut self, hook: &Hook) {
        let words: Vec<&str> = hook.words.iter().map(String::as_str).collect();
        let source = |_: &Rule| SignSource::File { path: hook.path.clone() };
        for form in forms(&words) {
            self.add(index::command(&form), Grade::Declared, hook.at, || shortened(&words), source);
        }
    }

    fn package(&mut self, package: &Package) {
        let ecosystem = package.ecosystem.word();
        let counted = |hit: &Hit| counts(package.product, hit.rule().shows);
        for dependency in &package.dependencies {
            let hits = index::dependency(ecosystem, &dependency.name).filter(counted);
            let source = |_: &Rule| SignSource::Dependency { manifest: package.path.clone(), dev: dependency.dev };
            let says = || format!("{} {}", dependency.name, dependency.constraint).trim_end().to_owned();
            self.add(hits, Grade::Declared, dependency.at, says, source);
        }
        for (name, at) in &package.tools {
            let source = |_: &Rule| SignSource::File { path: package.path.clone() };
            self.add(index::tool(name).filter(counted), Grade::Declared, *at, || name.clone(), source);
        }
        // A script is there to be run; what runs it shows more, and is found where it runs.
        for (_, script) in &package.scripts {
            let commands = shell_with(&script.value, Strictness::PLAIN);
            self.script(&commands, |_| script.at, Grade::Declared, &package.path, |shows| counts(package.product, shows));
        }
    }

    fn workload(&mut self, workload: &Workload) {
        if let Some(Setting::Stated(image)) = &workload.image {
            let source = |_: &Rule| SignSource::Image { image: image.value.clone() };
            self.add(index::images(&image.value), Grade::Wired, image.at, || image.value.clone(), source);
        }
        for command in [&workload.entrypoint, &workload.command].into_iter().flatten() {
            let path = self.paths.get(&command.at.file).copied().unwrap_or_default();
            self.argv(&command.value, command.at, path);
        }
    }

    /// A command as an orchestrator states it: a list of words, or one shell text.
    fn argv(&mut self, argv: &[String], at: Location, path: &str) {
        let commands = match argv {
            [text] => shell_with(text, Strictness::PLAIN),
            words => ShellCommand::from_words(words.to_vec(), at.span.unwrap_or_default()),
        };
        self.script(&commands, |_| at, Grade::Wired, path, |_| true);
    }

    fn image_definition(&mut self, image: &ImageDefinition) {
        let here = |span| Location::at(image.file, span);
        for stage in &image.dockerfile.stages {
            if let (Some(base), None) = (&stage.from.image, stage.from.stage) {
                let source = |_: &Rule| SignSource::Image { image: base.clone() };
                self.add(index::images(base), Grade::Wired, here(stage.from.span), || base.clone(), source);
            }
            for instruction in &stage.instructions {
                let commands = match &instruction.kind {
                    InstructionKind::Run(run) => run.shell_commands(),
                    InstructionKind::Cmd(command) | InstructionKind::Entrypoint(command) => command.shell_commands(),
                    _ => continue,
                };
                self.script(&commands, |c| here(c.span), Grade::Wired, &image.path, |_| true);
            }
        }
    }
}

/// A step with what stands around it.
pub(super) struct StepPlace<'a> {
    pipeline: usize,
    job_index: usize,
    step_index: usize,
    job: &'a Job,
    step: &'a Step,
}

impl<'a> StepPlace<'a> {
    /// A step by its indices.
    pub(super) fn new(pipeline: usize, job_index: usize, step_index: usize, job: &'a Job, step: &'a Step) -> Self {
        Self { pipeline, job_index, step_index, job, step }
    }

    /// An input of the action, or a variable of the step or its job that stands for one.
    pub(super) fn input(&self, name: &str) -> Option<&'a str> {
        let stated = self.step.with.iter().chain(&self.step.env).chain(self.job.env.iter().rev());
        stated.into_iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.value.as_str())
    }

    fn source(&self, command: Option<&Invocation>, by_tool: Option<Location>, rule: &Rule, words: &[&str], folder: &str) -> SignSource {
        let by_script = command.filter(|c| c.tolerated).map(|c| c.from);
        SignSource::Pipeline(PipelineSource {
            pipeline: self.pipeline,
            job: self.job_index,
            step: self.step_index,
            tolerated: self.job.tolerated.or(self.step.tolerated).or(by_script).or(by_tool),
            reports: rule.reports,
            dead: [&self.job.life, &self.step.life].iter().any(|life| matches!(life, Life::Dead(..))),
            folder: folder.to_owned(),
            words: words.iter().map(|w| (*w).to_owned()).collect(),
        })
    }
}

/// Whether the tool, called like this, ends well whatever it finds.
pub(super) fn tolerated(rule: &Rule, words: &[&str], place: &StepPlace) -> bool {
    let said = |entry: &&'static str| match entry.split_once('=').filter(|_| !entry.starts_with(['-', '+', '!'])) {
        Some((name, value)) => place.input(name).is_some_and(|stated| value_matches(value, stated)),
        None => arguments_match(entry, words),
    };
    rule.never_fails || rule.tolerated_by.iter().any(&said) || (!rule.gates_with.is_empty() && !rule.gates_with.iter().any(said))
}

/// One number for each kind of source, so that a place shows a technology once for each kind.
fn kind(source: &SignSource) -> u8 {
    match source {
        SignSource::Dependency { .. } => 0,
        SignSource::File { .. } => 1,
        SignSource::Image { .. } => 2,
        SignSource::Variable { .. } => 3,
        SignSource::Pipeline(_) => 4,
        SignSource::Command { .. } => 5,
    }
}

/// The command in one line of bounded length. Long words are left out: they may be scripts or credentials.
fn shortened(words: &[&str]) -> String {
    let mut text = String::new();
    for word in words {
        if word.len() > 60 || text.len() + word.len() > 120 {
            text.push_str(" …");
            break;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}
