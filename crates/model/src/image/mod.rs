//! The image that a service runs, as its definition builds it: stages, base, user, what was installed, what was copied.

mod base;
mod context;
mod install;
mod name;
mod probe;

pub use base::{DefaultUser, Weight, default_user, holds, is_stock, weight};
pub use context::{BuildContext, MissingSource, context_copies, is_plain};
pub use install::{NodeModules, StageContent, SystemPackage, compiles, is_compiler, is_headers};
pub use name::{ImageName, Pin};
pub use probe::ProbeCommand;

use plimsoll_base::{Evidence, Location, Span};
use plimsoll_facts::container::ImageDefinition;
use plimsoll_syntax::ShellCommand;
use plimsoll_syntax::dockerfile::{Copy, InstructionKind, Stage};

use crate::service::Service;
use crate::system::System;

/// An image that this repository defines, as far as its last stage goes.
#[derive(Clone, Copy, Debug)]
pub struct BuiltImage<'a> {
    /// The definition.
    pub definition: &'a ImageDefinition,
    /// The stage that runs.
    pub stage: &'a Stage,
}

impl Service {
    /// The image that this repository defines for it.
    pub fn built_image<'a>(&self, system: &'a System) -> Option<BuiltImage<'a>> {
        Some(BuiltImage { definition: self.image_definition(system)?, stage: self.final_stage(system)? })
    }
    /// The context that its image is built in; none where that is remote or decided elsewhere.
    pub fn build_context<'a>(&self, system: &'a System) -> Option<BuildContext<'a>> {
        BuildContext::of(self, &self.built_image(system)?, system)
    }
}

impl<'a> BuiltImage<'a> {
    /// A place in the definition.
    pub fn at(&self, span: Span) -> Location {
        Location::at(self.definition.file, span)
    }
    /// The stage that runs and those it builds upon, the nearest first: what they leave behind is in the image.
    pub fn chain(&self) -> Vec<&'a Stage> {
        self.definition.dockerfile.chain(self.stage)
    }
    /// The FROM that names the image from elsewhere that it builds upon.
    pub fn foundation(&self) -> &'a Stage {
        self.chain().last().copied().unwrap_or(self.stage)
    }
    /// The image that it builds upon; none where that is decided elsewhere.
    pub fn base(&self) -> Option<ImageName> {
        self.foundation().from.image.as_deref().map(ImageName::parse)
    }
    /// That image as resolved, else as written.
    pub fn base_text(&self) -> &'a str {
        let from = &self.foundation().from;
        from.image.as_deref().unwrap_or(&from.raw)
    }
    /// Where it names that image.
    pub fn base_at(&self) -> Location {
        self.at(self.foundation().from.span)
    }
    /// Every stage that has to be built for it, in their order.
    pub fn stages(&self) -> Vec<&'a Stage> {
        let file = &self.definition.dockerfile;
        let mut needed = vec![false; file.stages.len()];
        let mut open = vec![self.stage.index];
        while let Some(index) = open.pop() {
            let (Some(stage), Some(seen)) = (file.stages.get(index), needed.get_mut(index)) else { continue };
            if std::mem::replace(seen, true) {
                continue;
            }
            open.extend(stage.from.stage);
            open.extend(copies(stage).filter_map(|(c, _)| c.from_stage));
            open.extend(mounted(stage).filter_map(|name| file.stage_by_name_or_index(name)).map(|s| s.index).filter(|i| *i < index));
        }
        file.stages.iter().filter(|s| needed.get(s.index).copied().unwrap_or_default()).collect()
    }
    /// Whether files of another stage are copied into what runs.
    pub fn takes_from_stages(&self) -> bool {
        self.chain().into_iter().flat_map(copies).any(|(c, _)| c.from_stage.is_some())
    }
    /// The user that is stated last, with its place.
    pub fn user(&self) -> Option<(&'a str, Location)> {
        self.definition.dockerfile.effective_user(self.stage).map(|(user, span)| (user, self.at(span)))
    }
    /// The commands that build what runs, over the chain, in the order in which they run.
    pub fn commands(&self) -> Vec<(ShellCommand, Location)> {
        let mut found = Vec::new();
        for stage in self.chain().into_iter().rev() {
            found.extend(commands(stage).map(|c| {
                let at = self.at(c.span);
                (c, at)
            }));
        }
        found
    }
    /// What each stage of the file holds, by its index.
    pub fn contents(&self) -> Vec<StageContent> {
        install::contents(self)
    }
    /// Packages of the operating system that are left in what runs.
    pub fn system_packages(&self) -> Vec<SystemPackage> {
        install::system_packages(self)
    }

    /// A copy of `.next/standalone` that no configuration of Next.js asks the build to write: the copy, and what the configuration lacks.
    pub fn standalone_without_output(&self, service: &Service, system: &System) -> Option<(Location, Evidence)> {
        let (_, span) = self
            .chain()
            .into_iter()
            .flat_map(copies)
            .find(|(c, _)| c.from_stage.is_some() && c.sources.iter().any(|s| s.trim_end_matches('/').ends_with(".next/standalone")))?;
        let folders: Vec<&str> = service.packages(system).iter().map(|p| p.folder.as_str()).collect();
        let configuration: Vec<_> = system
            .files()
            .iter()
            .filter(|f| f.product() && f.name().starts_with("next.config.") && folders.contains(&f.folder()))
            .collect();
        if configuration.is_empty() || configuration.iter().any(|f| f.bytes.is_none() || f.text().contains("standalone")) {
            return None;
        }
        let within = configuration.iter().map(|f| system.scope_of(f.id)).collect();
        Some((self.at(span), Evidence::sought("`output: \"standalone\"`", within)))
    }

    /// What the user that the image runs as cannot read: packages or a working folder below `/root`, which only root may enter.
    pub fn out_of_reach(&self) -> Option<(String, Location)> {
        let (user, _) = self.user().filter(|(user, _)| !is_root(user))?;
        let mut found: Option<(String, Location)> = None;
        let mut root_runs = true;
        for stage in self.chain().into_iter().rev() {
            for instruction in &stage.instructions {
                let at = self.at(instruction.span);
                match &instruction.kind {
                    InstructionKind::User(name) => root_runs = is_root(name),
                    InstructionKind::Copy(copy) if copy.from.is_some() && below_root(&copy.dest) => {
                        found.get_or_insert_with(|| {
                            (format!("{} is copied to {}, which {user} may not enter", copy.sources.join(" "), copy.dest), at)
                        });
                    }
                    InstructionKind::Workdir(folder) if below_root(folder) => {
                        found.get_or_insert_with(|| (format!("the working folder is {folder}, which {user} may not enter"), at));
                    }
                    InstructionKind::Run(run) => {
                        for command in run.shell_commands() {
                            let words: Vec<&str> = command.effective().iter().map(String::as_str).collect();
                            if root_runs && installs_for_user(&words) {
                                let at = self.at(command.span);
                                found.get_or_insert_with(|| {
                                    (format!("pip installs for root alone, below /root, which {user} may not enter"), at)
                                });
                            }
                            // Opened on purpose.
                            if matches!(words.first(), Some(&"chmod" | &"chown" | &"setfacl"))
                                && words.iter().any(|w| matches!(*w, "/root" | "/root/"))
                            {
                                return None;
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        found
    }
}

/// Whether a user is root: by name or number, with or without a group.
pub fn is_root(user: &str) -> bool {
    matches!(user.split(':').next().unwrap_or(user).trim(), "root" | "0" | "")
}

/// Whether a user is given by number.
pub fn is_numeric(user: &str) -> bool {
    let name = user.split(':').next().unwrap_or(user).trim();
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit())
}

fn below_root(path: &str) -> bool {
    path == "/root" || path.starts_with("/root/")
}

fn installs_for_user(words: &[&str]) -> bool {
    let pip = words.iter().position(|w| matches!(w.rsplit('/').next(), Some("pip" | "pip3")));
    pip.is_some_and(|i| words.get(i + 1) == Some(&"install") && words.contains(&"--user"))
}

/// The COPY and ADD instructions of a stage.
pub fn copies(stage: &Stage) -> impl Iterator<Item = (&Copy, Span)> {
    stage.instructions.iter().filter_map(|i| match &i.kind {
        InstructionKind::Copy(copy) => Some((copy, i.span)),
        _ => None,
    })
}

/// The commands of a stage's RUN instructions.
pub fn commands(stage: &Stage) -> impl Iterator<Item = ShellCommand> {
    stage.instructions.iter().flat_map(|i| match &i.kind {
        InstructionKind::Run(run) => run.shell_commands(),
        _ => Vec::new(),
    })
}

/// The stages that RUN mounts files from.
fn mounted(stage: &Stage) -> impl Iterator<Item = &str> {
    stage.instructions.iter().flat_map(|i| match &i.kind {
        InstructionKind::Run(run) => run.mounts.iter().filter_map(|m| m.get("from")).collect(),
        _ => Vec::new(),
    })
}
