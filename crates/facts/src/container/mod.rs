//! Containers: image definitions, and the workloads that run images, in words that serve every orchestrator alike.

mod environment;
mod workload;

pub use environment::*;
pub use workload::*;

use plimsoll_base::{FileId, Location, Sourced};
use plimsoll_syntax::dockerfile::{Dockerfile, InstructionKind};

/// A Dockerfile or Containerfile.
#[derive(Clone, Debug)]
pub struct ImageDefinition {
    /// The file.
    pub file: FileId,
    /// Its path.
    pub path: String,
    /// The folder that holds it; empty for the root.
    pub folder: String,
    /// The stages and instructions, variables expanded.
    pub dockerfile: Dockerfile,
    /// Whether the file is a product file, not a test, an example or a copy.
    pub product: bool,
}

impl ImageDefinition {
    /// The names of the labels that its stages set, with their instructions' places.
    pub fn labels(&self) -> Vec<(&str, Location)> {
        let instructions = self.dockerfile.stages.iter().flat_map(|s| &s.instructions);
        let labels = instructions.filter_map(|i| if let InstructionKind::Label(pairs) = &i.kind { Some((pairs, i.span)) } else { None });
        labels.flat_map(|(pairs, span)| pairs.iter().map(move |(name, _)| (name.as_str(), Location::at(self.file, span)))).collect()
    }
}

/// An image that a build file other than a Dockerfile defines: Jib, ko, buildpacks, `spring-boot:build-image`.
#[derive(Clone, Debug)]
pub struct BuiltByTool {
    /// The tool's name.
    pub tool: String,
    /// Where it is configured.
    pub at: Location,
    /// The folder it builds.
    pub folder: String,
}

/// An ignore file of a build context.
#[derive(Clone, Debug)]
pub struct ContextIgnore {
    /// The `.dockerignore` that applies.
    pub file: FileId,
    /// Its path.
    pub path: String,
    /// The context it governs.
    pub context: String,
    /// Its patterns in order, comments left out.
    pub patterns: Vec<Sourced<String>>,
}

use plimsoll_base::Problem;
use plimsoll_discover::Format;

use crate::gather::problem;
use crate::library::{Held, Library};

/// Reads a Dockerfile.
pub(crate) fn image_definition(held: &Held, bytes: &[u8], problems: &mut Vec<Problem>) -> ImageDefinition {
    let parsed = plimsoll_syntax::dockerfile::dockerfile(bytes);
    if held.product() {
        problems.extend(parsed.issues.into_iter().map(|i| problem(held.id, i)));
    }
    ImageDefinition {
        file: held.id,
        path: held.path.clone(),
        folder: held.folder().to_owned(),
        dockerfile: parsed.value,
        product: held.product() && !held.path.split('/').any(|p| p == ".devcontainer"),
    }
}

/// Every `.dockerignore`, and every `<Dockerfile>.dockerignore`.
pub(crate) fn context_ignores(library: &Library) -> Vec<ContextIgnore> {
    library
        .files()
        .iter()
        .filter(|f| f.format == Format::Ignore && f.name().ends_with(".dockerignore"))
        .map(|f| ContextIgnore { file: f.id, path: f.path.clone(), context: f.folder().to_owned(), patterns: patterns(f) })
        .collect()
}

/// The patterns of an ignore file in order, comments and blank lines left out.
pub(crate) fn patterns(file: &Held) -> Vec<Sourced<String>> {
    let text = file.text();
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let pattern = line.trim_end_matches(['\n', '\r']).trim_end();
        if !pattern.trim().is_empty() && !pattern.trim_start().starts_with('#') {
            found.push(Sourced::new(pattern.to_owned(), file.at(plimsoll_base::Span::new(start, start + pattern.len()))));
        }
        start += line.len();
    }
    found
}

/// Build tools that make images without a Dockerfile.
pub(crate) fn built_by_tools(library: &Library) -> Vec<BuiltByTool> {
    let mut found = Vec::new();
    let mut add = |tool: &str, at: Location, folder: &str| {
        found.push(BuiltByTool { tool: tool.to_owned(), at, folder: folder.to_owned() });
    };
    for file in library.files().iter().filter(|f| f.product()) {
        match file.name() {
            ".ko.yaml" => add("ko", file.whole(), file.folder()),
            "project.toml" => add("buildpacks", file.whole(), file.folder()),
            "pom.xml" | "build.gradle" | "build.gradle.kts" => {
                let text = file.text();
                for (needle, tool) in [
                    ("jib-maven-plugin", "Jib"),
                    ("com.google.cloud.tools.jib", "Jib"),
                    ("build-image", "spring-boot:build-image"),
                    ("bootBuildImage", "spring-boot:build-image"),
                ] {
                    if let Some(i) = text.find(needle) {
                        add(tool, file.at(plimsoll_base::Span::new(i, i + needle.len())), file.folder());
                        break;
                    }
                }
            }
            _ => {}
        }
    }
    found
}
