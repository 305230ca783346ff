//! Helm charts: templates with the values of each environment inserted, as Helm renders them.

mod chart;
mod datum;
mod engine;
mod functions;
mod lex;
mod masked;
mod parse;
mod place;
mod release;
mod text;
mod tree;

#[cfg(test)]
mod tests;

use plimsoll_base::Problem;
use plimsoll_discover::Format;

pub(super) use self::chart::Charts;
pub(super) use self::release::{Given, Release, release};
use super::kubernetes::context::plain_secrets;
use super::kubernetes::gitops::{Pointers, points};
use super::kubernetes::infrastructure::infrastructure;
use super::kubernetes::object::Object;
use super::kubernetes::{below, workloads};
use crate::compose::EnvironmentWord;
use crate::gather::Cluster;
use crate::library::{Held, join};

/// Whether a path is that of a chart's template; `exists` tells which files there are.
pub(crate) fn is_template(path: &str, exists: impl Fn(&str) -> bool) -> bool {
    let below = |folder: &str| exists(if folder.is_empty() { "Chart.yaml".to_owned() } else { format!("{folder}/Chart.yaml") }.as_str());
    path.starts_with("templates/") && below("") || path.match_indices("/templates/").take(4).any(|(at, _)| below(&path[..at]))
}

/// Charts that nothing else contains and nothing releases, once for each environment that has values.
pub(super) fn read(pointers: &mut Pointers<'_, '_>, common: &[Object], problems: &mut Vec<Problem>) -> Vec<Cluster> {
    let mut found = Vec::new();
    for chart in pointers.charts.folders.clone() {
        let charts = &mut *pointers.charts;
        let outer: Vec<String> = charts.folders.iter().filter(|c| **c != chart).filter_map(|c| join(c, "charts")).collect();
        let Some(declared) = charts.manifest(&chart) else { continue };
        if below(&outer, &declared.path) || charts.is_library(&chart) || pointers.released.contains(&chart) {
            continue;
        }
        let named = environments(charts, &chart);
        let production = named.iter().any(|f| EnvironmentWord::of(f.name()) == EnvironmentWord::Production);
        let default = if production { None } else { Some(None) };
        for over in named.into_iter().map(Some).chain(default) {
            let given = Given { files: over.into_iter().map(|h| h.id).collect(), ..Given::default() };
            let Some(mut release) = release(pointers.charts, &chart, &given, problems) else { continue };
            if release.objects.iter().any(points) {
                let led = pointers.led(release.objects, release.paths, problems);
                (release.objects, release.paths) = (led.objects, led.paths);
            }
            let name = over.map_or_else(|| chart.clone(), |o| o.path.clone());
            let environment = EnvironmentWord::of(&name);
            let name = if name.is_empty() { declared.path.clone() } else { name };
            found.extend(cluster(name, environment, release, common));
        }
    }
    found
}

/// Values files of a chart that are named for an environment.
fn environments<'a>(charts: &Charts<'a>, chart: &str) -> Vec<&'a Held> {
    let own = charts.library.below(chart).filter(|f| f.folder() == chart && f.product() && f.format == Format::Yaml && f.root().is_some());
    own.filter(|f| {
        f.name().starts_with("values")
            && !matches!(f.name(), "values.yaml" | "values.yml")
            && EnvironmentWord::of(f.name()) != EnvironmentWord::Unnamed
    })
    .collect()
}

/// A release as a group of workloads; none where it starts nothing.
fn cluster(name: String, environment: EnvironmentWord, release: Release, common: &[Object]) -> Option<Cluster> {
    let workloads = workloads(&release.objects);
    if workloads.is_empty() {
        return None;
    }
    Some(Cluster {
        name,
        environment,
        paths: release.paths,
        workloads,
        templated: true,
        pulled: None,
        plain_secrets: plain_secrets(&release.objects),
        infrastructure: infrastructure(&release.objects, common),
    })
}
