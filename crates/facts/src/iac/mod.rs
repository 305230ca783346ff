//! Infrastructure code of every tool: its roots, evaluated, with the workloads and the infrastructure that they declare.

mod ansible;
mod bicep;
mod by_hand;
mod cdk;
pub(crate) mod cloud;
mod cloudformation;
mod construct;
mod helm;
pub(crate) mod host_firewall;
pub(crate) mod kubernetes;
mod pulumi;
mod root;
mod serverless;
mod terraform;
pub(crate) mod value;
mod vocabulary;

#[cfg(test)]
mod tests;

pub(crate) use cloudformation::is_synthesized;
pub(crate) use construct::is_program;
pub(crate) use helm::is_template;
pub use root::*;
pub(crate) use terraform::ecs_container;

use plimsoll_base::{Location, Problem};

pub(crate) use self::by_hand::read as manual_steps;
use self::value::{Shape, Value};
use crate::gather::Cluster;
use crate::library::Library;

/// Every root of infrastructure code, in the order of tool and folder.
pub(crate) fn read(library: &Library, problems: &mut Vec<Problem>) -> Vec<IacRoot> {
    let mut roots = terraform::read(library, problems);
    roots.extend(cloudformation::read(library, problems));
    roots.extend(bicep::read(library, problems));
    roots.extend(cdk::read(library, problems));
    roots.extend(pulumi::read(library, problems));
    roots.extend(serverless::read(library, problems));
    roots.extend(ansible::read(library));
    roots
}

/// Every group of Kubernetes workloads: what clusters pull, overlays, folders of plain manifests, charts.
pub(crate) fn clusters(library: &Library, problems: &mut Vec<Problem>) -> Vec<Cluster> {
    let mut charts = helm::Charts::new(library);
    let common = kubernetes::common(library, &charts.folders);
    let mut pointers = kubernetes::gitops::Pointers::new(library, &mut charts);
    let mut clusters = kubernetes::read(library, &mut pointers, &common, problems);
    clusters.extend(helm::read(&mut pointers, &common, problems));
    clusters
}

/// Attributes of a resource by their joined names; items of a list share one name.
fn flatten(resource: &mut Resource, prefix: &str, value: &Value, at: Location) {
    const MOST: usize = 2000;
    match &value.shape {
        Shape::Map(fields) => {
            for field in fields {
                let name = if prefix.is_empty() { field.name.clone() } else { format!("{prefix}.{}", field.name) };
                flatten(resource, &name, &field.value, field.at);
            }
        }
        Shape::List(items) => items.iter().for_each(|item| flatten(resource, prefix, item, item.at)),
        Shape::Text(text) if resource.attributes.len() < MOST => {
            resource.attributes.push((prefix.to_owned(), plimsoll_base::Sourced::new(text.clone(), at)));
        }
        Shape::Unknown(_) if resource.unresolved.len() < MOST => resource.unresolved.push((prefix.to_owned(), at)),
        _ => {}
    }
}
