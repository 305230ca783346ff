//! Versions that reach end of life, wherever the repository states one.

use plimsoll_base::{Location, Setting, Sourced};
use plimsoll_discover::Role;

use super::locks::{FRAMEWORKS, is_named};
use super::{Package, infrastructure, pipeline_versions, product, tool_files};
use crate::ci::Pipeline;
use crate::compose::{ComposeProject, EnvironmentWord};
use crate::container::{ImageDefinition, Workload};
use crate::gather::Cluster;
use crate::iac::IacRoot;
use crate::library::Library;
use crate::repository::{VersionScope, VersionUse};

/// Everything that states versions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VersionInput<'a> {
    /// The files.
    pub(crate) library: &'a Library,
    /// Packages.
    pub(crate) packages: &'a [Package],
    /// Image definitions.
    pub(crate) images: &'a [ImageDefinition],
    /// Ways to start Compose.
    pub(crate) compose: &'a [ComposeProject],
    /// Kubernetes workloads.
    pub(crate) clusters: &'a [Cluster],
    /// Infrastructure code.
    pub(crate) iac: &'a [IacRoot],
    /// Pipelines.
    pub(crate) pipelines: &'a [Pipeline],
}

/// Collects uses of versions, each once per place, product and scope.
pub(super) struct Uses<'a> {
    library: &'a Library,
    found: Vec<VersionUse>,
}

impl Uses<'_> {
    /// Adds a use.
    pub(super) fn add(&mut self, product: &str, version: &str, at: Location, says: &str, scope: VersionScope) {
        let file = self.library.files().get(at.file.0 as usize);
        self.found.push(VersionUse {
            product: product.to_owned(),
            version: version.to_owned(),
            at,
            says: says.to_owned(),
            scope,
            path: file.map(|f| f.path.clone()).unwrap_or_default(),
        });
    }

    /// Adds an image and the system beneath it, if they are products of the table.
    pub(super) fn image(&mut self, image: &str, at: Location, scope: VersionScope) {
        let Some(found) = product::product_of_image(image) else { return };
        self.add(found.product, &found.version, at, image, scope);
        if let Some((name, version)) = found.system {
            self.add(name, &version, at, image, scope);
        }
    }
}

/// Every use of a version, in the order of place.
pub(crate) fn versions(input: &VersionInput) -> Vec<VersionUse> {
    let mut uses = Uses { library: input.library, found: Vec::new() };
    // The container of a developer's editor is no part of the system.
    let dev_tool = |i: &ImageDefinition| input.library.get(&i.path).is_some_and(|f| f.role == Role::DevTool);
    input.images.iter().filter(|i| i.product && !dev_tool(i)).for_each(|image| from_dockerfile(&mut uses, image, input));
    let composed = input.compose.iter().flat_map(|p| p.workloads.iter().chain(p.profiled.iter().map(|(_, w)| w)));
    let clustered = input.clusters.iter().flat_map(|c| &c.workloads);
    let declared = input.iac.iter().flat_map(|r| &r.workloads);
    composed.chain(clustered).chain(declared).for_each(|w| from_workload(&mut uses, w));
    input.packages.iter().filter(|p| p.product).for_each(|p| from_package(&mut uses, p));
    tool_files::read(&mut uses, input.library);
    pipeline_versions::read(&mut uses, input.pipelines);
    infrastructure::read(&mut uses, input.iac);
    let mut found = uses.found;
    found.sort_by(|a, b| (a.at, a.scope, &a.product, &a.version).cmp(&(b.at, b.scope, &b.product, &b.version)));
    found.dedup_by(|a, b| (a.at, a.scope, &a.product, &a.version) == (b.at, b.scope, &b.product, &b.version));
    found
}

/// The bases of the stages that become images: the last one, and those that a workload names as its target.
fn from_dockerfile(uses: &mut Uses, image: &ImageDefinition, input: &VersionInput) {
    let file = &image.dockerfile;
    let builds = input.compose.iter().flat_map(|p| &p.workloads).filter_map(|w| w.build.as_ref());
    let targets = builds
        .filter(|b| b.dockerfile.as_deref() == Some(image.path.as_str()))
        .filter_map(|b| b.target.as_ref())
        .filter(|t| EnvironmentWord::of(&t.value) != EnvironmentWord::Development)
        .filter_map(|t| file.stage_by_name_or_index(&t.value));
    let bases: Vec<usize> =
        file.final_stage().into_iter().chain(targets).filter_map(|s| file.chain(s).last().map(|base| base.index)).collect();
    for stage in file.stages.iter().filter(|s| s.from.stage.is_none()) {
        let scope = if bases.contains(&stage.index) { VersionScope::Image } else { VersionScope::BuildStage };
        if let Some(base) = &stage.from.image {
            uses.image(base, Location::at(image.file, stage.from.span), scope);
        }
    }
}

/// An image that is run as it is; one that is built here is told by its Dockerfile.
fn from_workload(uses: &mut Uses, workload: &Workload) {
    if let (Some(Setting::Stated(image)), None) = (&workload.image, &workload.build) {
        uses.image(&image.value, image.at, VersionScope::Workload);
    }
}

fn from_package(uses: &mut Uses, package: &Package) {
    for (name, constraint) in &package.runtimes {
        let written = &constraint.value;
        let version = match name.as_str() {
            "dotnet" => target_framework(written),
            _ => lowest(written),
        };
        if super::is_known(name) {
            uses.add(name, &version, constraint.at, &format!("{name} {written}"), VersionScope::Manifest);
        }
    }
    let mut known: Vec<&str> = Vec::new();
    for (_, name, product) in FRAMEWORKS.iter().filter(|(e, ..)| *e == package.ecosystem) {
        let Some(dependency) = package.dependencies.iter().find(|d| is_named(&d.name, name)) else { continue };
        if known.contains(product) {
            continue;
        }
        let wanted = lowest(&dependency.constraint);
        match resolved(package, name, &wanted) {
            Some(version) => uses.add(product, &version.value, version.at, &format!("{name} {}", version.value), VersionScope::Framework),
            // A range without a lock resolves to whatever is newest within it: its major is all that is known.
            None if wanted.is_empty() => uses.add(product, "", dependency.at, name, VersionScope::Framework),
            None => {
                let version = if is_range(&dependency.constraint) { major(&wanted) } else { wanted };
                uses.add(product, &version, dependency.at, &format!("{name} {}", dependency.constraint), VersionScope::Framework);
            }
        }
        known.push(product);
    }
}

/// The lock's version of a package; of several the one whose major the package asks for.
fn resolved<'a>(package: &'a Package, name: &str, wanted: &str) -> Option<&'a Sourced<String>> {
    let all = || package.lock.iter().flat_map(|l| &l.resolved).filter(|(n, _)| n == name).map(|(_, v)| v);
    all().find(|v| v.value.split('.').next() == wanted.split('.').next()).or_else(|| all().next())
}

fn is_range(constraint: &str) -> bool {
    constraint.starts_with(['^', '>', '<']) || constraint.contains(['*', 'x', '|']) || constraint.contains(" - ")
}

fn major(version: &str) -> String {
    version.split('.').next().unwrap_or(version).to_owned()
}

/// The lowest version that a constraint names: the first that is no upper bound and no exclusion. Empty where there is none.
pub(super) fn lowest(constraint: &str) -> String {
    let text = constraint.rsplit_once("npm:").map_or(constraint, |(_, c)| c.rsplit_once('@').map_or(c, |(_, v)| v));
    let mut found = String::new();
    for part in text.split([',', '|', ' ']).map(str::trim).filter(|p| !p.is_empty()) {
        let number = part.trim_start_matches(|c: char| !c.is_ascii_digit());
        let operator = &part[..part.len() - number.len()];
        if operator.starts_with('<') || operator.starts_with('!') {
            continue;
        }
        let version = super::end_of_life::numbers_of(number);
        if !version.is_empty() {
            found = version.to_owned();
            break;
        }
    }
    found
}

/// `net8.0` is 8.0, `netcoreapp3.1` is 3.1; of several the last. A library's standard and the old framework are none.
fn target_framework(written: &str) -> String {
    let version = |one: &str| {
        let number = one.trim().strip_prefix("netcoreapp").or_else(|| one.trim().strip_prefix("net"))?;
        let number = super::end_of_life::numbers_of(number);
        number.contains('.').then(|| number.to_owned())
    };
    written.split(';').filter_map(version).next_back().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_version_of_a_constraint() {
        for (constraint, version) in [
            (">=3.10,<4.0", "3.10"),
            ("<4,>=3.9", "3.9"),
            ("^14.2.3", "14.2.3"),
            ("~> 7.0.4", "7.0.4"),
            ("20.x", "20"),
            ("18 || 20", "18"),
            ("==4.2.7", "4.2.7"),
            ("*", ""),
            ("latest", ""),
            ("", ""),
            ("npm:next@15.1.0", "15.1.0"),
            ("v10.1.0", "10.1.0"),
        ] {
            assert_eq!(lowest(constraint), version, "{constraint}");
        }
        assert_eq!(target_framework("net6.0;net8.0"), "8.0");
        assert_eq!(target_framework("netstandard2.1"), "");
        assert_eq!(target_framework("net48"), "");
    }
}
