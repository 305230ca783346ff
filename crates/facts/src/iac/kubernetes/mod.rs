//! Kubernetes manifests, grouped by what is applied together: an overlay, or a folder.

pub(super) mod context;
pub(super) mod gitops;
pub(super) mod infrastructure;
mod kustomize;
mod merge;
pub(super) mod object;
pub(super) mod pod;
pub(in crate::iac) mod remote;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::Problem;

use self::context::{Context, plain_secrets};
use self::gitops::Pointers;
use self::object::{Object, objects};
use crate::compose::EnvironmentWord;
use crate::container::Workload;
use crate::gather::Cluster;
use crate::infrastructure::Infrastructure;
use crate::library::{Held, Library, folder_of};

/// Folders by which people keep manifests.
const DEPLOY: &[&str] =
    &["k8s", "kubernetes", "kube", "manifests", "deploy", "deployment", "deployments", "infra", "infrastructure", "cluster", "clusters"];

/// What clusters pull, overlays and folders of plain manifests, apart from charts; `common` is what all may refer to.
pub(super) fn read(library: &Library, pointers: &mut Pointers<'_, '_>, common: &[Object], problems: &mut Vec<Problem>) -> Vec<Cluster> {
    let mut clusters: Vec<Cluster> = Vec::new();
    for pulled in pointers.roots(problems) {
        let mut cluster = cluster(&pulled.name, pulled.led.paths, &pulled.led.objects, common);
        cluster.environment = pulled.environment;
        cluster.pulled = Some(pulled.at);
        clusters.push(cluster);
    }
    let (overlays, read, kustomized) = kustomize::overlays(library, &pointers.covered, problems);
    for overlay in overlays {
        let name = if overlay.folder.is_empty() { "kustomization.yaml".to_owned() } else { overlay.folder };
        let led = pointers.led(overlay.objects, overlay.paths, problems);
        clusters.push(cluster(&name, led.paths, &led.objects, common));
    }
    let (groups, orphans) = plain(library, pointers, &read, &kustomized);
    for (name, (paths, objects)) in groups {
        let led = pointers.led(objects, paths, problems);
        clusters.push(cluster(&name, led.paths, &led.objects, common));
    }
    // Alarms stand in folders of their own as often as not; they are those of the workloads nearest to them.
    let (mut clusters, idle): (Vec<Cluster>, Vec<Cluster>) = clusters.into_iter().partition(|c| !c.workloads.is_empty());
    for cluster in idle {
        watch(&mut clusters, &cluster.name, cluster.infrastructure);
    }
    for (folder, objects) in &orphans {
        watch(&mut clusters, folder, infrastructure::infrastructure(objects, &[]));
    }
    for (folder, objects) in orphans {
        let shared = |c: &Cluster| c.name.split('/').zip(folder.split('/')).take_while(|(a, b)| a == b).count();
        if let Some(nearest) = clusters.iter_mut().rev().max_by_key(|c| shared(c)) {
            nearest.plain_secrets.extend(plain_secrets(&objects));
        }
    }
    clusters
}

/// Gateways, certificates and issuers, which people keep apart from what they serve: those of plain manifests, but for environments
/// before production.
pub(super) fn common(library: &Library, charts: &[String]) -> Vec<Object> {
    let before = |path: &str| matches!(EnvironmentWord::of(path), EnvironmentWord::Staging | EnvironmentWord::Development);
    let shared = |o: &Object| {
        matches!(
            (o.group.as_str(), o.kind.as_str()),
            ("gateway.networking.k8s.io", "Gateway") | ("cert-manager.io", "Certificate" | "Issuer" | "ClusterIssuer")
        )
    };
    let files = library.files().iter().filter(|f| f.product() && !below(charts, &f.path) && !before(&f.path));
    files.flat_map(objects).filter(shared).collect()
}

/// Gives what watches to every group that shares the most of its folder with it.
fn watch(clusters: &mut [Cluster], folder: &str, found: Infrastructure) {
    if found.alarms.is_empty() && found.channels.is_empty() && found.log_routes.is_empty() && found.audits.is_empty() {
        return;
    }
    let shared = |c: &Cluster| c.name.split('/').zip(folder.split('/')).take_while(|(a, b)| a == b).count();
    let most = clusters.iter().map(shared).max().unwrap_or(0);
    for cluster in clusters.iter_mut().filter(|c| shared(c) == most) {
        let own = &mut cluster.infrastructure;
        own.alarms.extend(found.alarms.iter().cloned());
        own.channels.extend(found.channels.iter().cloned());
        own.log_routes.extend(found.log_routes.iter().cloned());
        own.logs.extend(found.logs.iter().cloned());
        own.audits.extend(found.audits.iter().cloned());
    }
}

type Groups = BTreeMap<String, (Vec<String>, Vec<Object>)>;

/// Manifests that no overlay reads, by the folder they are applied from; and those of folders that start nothing.
fn plain(
    library: &Library,
    pointers: &Pointers<'_, '_>,
    read: &BTreeSet<String>,
    kustomized: &BTreeSet<String>,
) -> (Groups, Vec<(String, Vec<Object>)>) {
    let mut by_file: Vec<(&str, Vec<Object>)> = Vec::new();
    for held in library.files().iter().filter(|f| f.product()) {
        // What lies beside a kustomization and is not named in it is not applied.
        let pulled = pointers.covered.contains(&held.path);
        if read.contains(&held.path) || pulled || kustomized.contains(held.folder()) || below(&pointers.charts.folders, &held.path) {
            continue;
        }
        let found: Vec<Object> = objects(held).into_iter().filter(|o| !is_hosted(o)).collect();
        if !found.is_empty() {
            by_file.push((&held.path, found));
        }
    }
    let starts = |o: &Object| o.runs() || gitops::points(o);
    let folders: BTreeSet<&str> = by_file.iter().filter(|(_, o)| o.iter().any(starts)).map(|(p, _)| folder_of(p)).collect();
    let mut groups: Groups = BTreeMap::new();
    for (path, found) in by_file {
        let group = groups.entry(group_of(path, &folders)).or_default();
        group.0.push(path.to_owned());
        group.1.extend(found);
    }
    let (running, orphans): (Groups, Groups) = groups.into_iter().partition(|(_, (_, o))| o.iter().any(starts));
    (running, orphans.into_iter().map(|(folder, (_, objects))| (folder, objects)).collect())
}

/// Google's Cloud Run takes the same form as Knative; it is a platform, not a cluster.
fn is_hosted(object: &Object) -> bool {
    object.group == "serving.knative.dev"
        && (["metadata", "spec"].iter().filter_map(|f| object.value.get(f))).any(|v| {
            let own = v.get("annotations").into_iter().chain(v.get("labels"));
            let inner = v.path(&["template", "metadata", "annotations"]);
            own.chain(inner)
                .flat_map(|a| a.fields())
                .any(|f| f.name.contains("run.googleapis.com") || f.name.contains("cloud.googleapis.com"))
        })
}

pub(super) fn below(folders: &[String], path: &str) -> bool {
    folders.iter().any(|f| f.is_empty() || path.strip_prefix(f.as_str()).is_some_and(|rest| rest.starts_with('/')))
}

/// The folder from which a manifest is applied: the one that is named for manifests, else the highest that starts
/// something; below it a folder named for an environment stands alone.
fn group_of(path: &str, folders: &BTreeSet<&str>) -> String {
    let folder = folder_of(path);
    let parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    let is_deploy = |p: &str| DEPLOY.contains(&p.to_ascii_lowercase().as_str());
    let named = parts.iter().position(|p| is_deploy(p)).map(|first| first + parts[first..].iter().take_while(|p| is_deploy(p)).count());
    let top = named.or_else(|| (1..=parts.len()).find(|n| folders.contains(parts[..*n].join("/").as_str()))).unwrap_or(parts.len());
    let environment = parts[top..].iter().position(|p| EnvironmentWord::of(p) != EnvironmentWord::Unnamed).map(|i| top + i + 1);
    let end = environment.unwrap_or(top);
    if end == 0 { ".".to_owned() } else { parts[..end].join("/") }
}

fn cluster(name: &str, paths: Vec<String>, objects: &[Object], common: &[Object]) -> Cluster {
    Cluster {
        name: name.to_owned(),
        environment: EnvironmentWord::of(name),
        paths,
        workloads: workloads(objects),
        templated: false,
        pulled: None,
        plain_secrets: plain_secrets(objects),
        infrastructure: infrastructure::infrastructure(objects, common),
    }
}

/// The workloads of a group of objects.
pub(crate) fn workloads(objects: &[Object]) -> Vec<Workload> {
    let context = Context::new(objects);
    objects.iter().filter(|o| o.runs()).flat_map(|o| pod::workloads(o, &o.name, &context)).collect()
}

/// The objects of a file that Cloud Run takes.
pub(crate) fn hosted(held: &Held) -> Vec<Object> {
    objects(held).into_iter().filter(is_hosted).collect()
}

/// The workloads of one object that stands alone.
pub(crate) fn run(object: &Object) -> Vec<Workload> {
    workloads(std::slice::from_ref(object))
}
