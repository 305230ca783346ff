//! How a service's image is built.

use plimsoll_base::Sourced;

use super::interpolate::without_pwd;
use super::value::{Context, Value};
use crate::container::Build;
use crate::library::join;

/// The build of a service; its short form was brought to the long one.
pub(super) fn build(context: Context, service: &Value) -> Option<Build> {
    let build = service.get("build").filter(|b| b.is_map())?;
    let inline = build.get("dockerfile_inline").is_some();
    let place = build.get("context");
    let folder = match place {
        Some(place) => context.text(place).map(|p| without_pwd(&p)).filter(|p| !is_remote(p)).and_then(|p| join(context.folder(place), &p)),
        None => Some(context.folder(build).to_owned()),
    };
    let named = build.get("dockerfile");
    let dockerfile = match (&folder, named) {
        _ if inline => None,
        (Some(folder), Some(named)) => context.text(named).and_then(|d| join(folder, &d)),
        (Some(folder), None) => {
            let usual = join(folder, "Dockerfile");
            // The builder falls back to the name in lower case.
            match join(folder, "dockerfile") {
                Some(lower) if usual.as_ref().is_none_or(|u| context.library.get(u).is_none()) && context.library.get(&lower).is_some() => {
                    Some(lower)
                }
                _ => usual,
            }
        }
        (None, _) => None,
    };
    let dockerfile_exists = inline || dockerfile.as_ref().is_some_and(|d| context.library.get(d).is_some());
    let args = build.get("args").map(Value::pairs).unwrap_or_default();
    let args =
        args.iter().map(|pair| (pair.key.to_string(), context.text(&pair.value).map(|text| Sourced::new(text, pair.value.at)))).collect();
    Some(Build {
        at: build.at,
        context: folder,
        dockerfile,
        dockerfile_exists,
        target: build.get("target").and_then(|t| context.sourced(t)),
        args,
    })
}

fn is_remote(context: &str) -> bool {
    context.contains("://") || context.starts_with("git@") || context.starts_with("github.com/") || context.ends_with(".git")
}
