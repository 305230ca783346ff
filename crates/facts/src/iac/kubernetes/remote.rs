//! Software that a chart from elsewhere starts: known by the chart's name and by what the values here say. All else is decided elsewhere.

use plimsoll_base::Location;

use super::object::Object;
use crate::iac::value::{Field, Shape, Value};
use crate::technology::engine_of_image;

/// A release of a chart that does not lie in the tree.
pub(in crate::iac) struct Remote<'a> {
    /// The release's name.
    pub(in crate::iac) name: &'a str,
    /// The chart's name.
    pub(in crate::iac) chart: &'a str,
    /// What releases it.
    pub(in crate::iac) at: Location,
    pub(in crate::iac) values: Option<&'a Value>,
    pub(in crate::iac) namespace: Option<&'a str>,
    /// The file that releases it.
    pub(in crate::iac) path: &'a str,
}

/// What a chart from elsewhere starts.
pub(in crate::iac) fn expand(release: &Remote<'_>) -> Vec<Object> {
    vec![remote(release)]
}

/// The one workload that stands for what the chart starts.
fn remote(release: &Remote<'_>) -> Object {
    let at = release.at;
    let say = |path: &[&str]| release.values.and_then(|v| v.path(path)).cloned();
    let elsewhere = || Value::unknown("{{ the chart decides }}", at);
    let either = |paths: &[&[&str]]| paths.iter().find_map(|p| say(p)).unwrap_or_else(elsewhere);
    let container = map(
        at,
        vec![
            ("name", Value::text_at(release.chart, at)),
            ("image", image(release).or_else(|| named(release)).unwrap_or_else(elsewhere)),
            ("resources", bounds(say(&["resources"]), at)),
            ("securityContext", either(&[&["containerSecurityContext"], &["securityContext"]])),
            ("readinessProbe", elsewhere()),
            ("livenessProbe", elsewhere()),
        ],
    );
    let pod = map(
        at,
        vec![
            ("securityContext", either(&[&["podSecurityContext"]])),
            ("serviceAccountName", elsewhere()),
            ("containers", Value::new(Shape::List(vec![container]), at)),
        ],
    );
    let labels = map(
        at,
        vec![
            ("app.kubernetes.io/name", Value::text_at(release.chart, at)),
            ("app.kubernetes.io/instance", Value::text_at(release.name, at)),
        ],
    );
    let template = map(at, vec![("metadata", map(at, vec![("labels", labels)])), ("spec", pod)]);
    let spec = map(at, vec![("replicas", either(&[&["replicaCount"], &["replicas"]])), ("strategy", elsewhere()), ("template", template)]);
    let metadata = map(at, vec![("name", Value::text_at(release.name, at))]);
    Object {
        kind: "Deployment".into(),
        group: "apps".into(),
        name: release.name.to_owned(),
        namespace: release.namespace.map(str::to_owned),
        value: map(at, vec![("kind", Value::text_at("Deployment", at)), ("metadata", metadata), ("spec", spec)]),
        path: release.path.to_owned(),
        elsewhere: true,
        former: Vec::new(),
    }
}

fn map(at: Location, fields: Vec<(&str, Value)>) -> Value {
    Value::new(Shape::Map(fields.into_iter().map(|(name, value)| Field { name: name.to_owned(), at, value }).collect()), at)
}

/// Where the chart bears the name of a known program, its image is that program's, in a version that the chart decides.
fn named(release: &Remote<'_>) -> Option<Value> {
    engine_of_image(release.chart)?;
    Some(Value::unknown(format!("{}:{{{{ .Chart.AppVersion }}}}", release.chart), release.at))
}

/// Resources as values say them; what they leave out the chart may still set.
fn bounds(said: Option<Value>, at: Location) -> Value {
    match said {
        Some(value) if value.get("limits").is_some() || value.get("requests").is_some() => value,
        _ => Value::unknown("{{ the chart decides }}", at),
    }
}

/// The image that values name: a text, or its parts.
fn image(release: &Remote<'_>) -> Option<Value> {
    let said = release.values?.get("image")?;
    if said.written().is_some() {
        return Some(said.clone());
    }
    let repository = said.get("repository")?.written()?;
    let registry = said.get("registry").and_then(Value::written).map(|r| format!("{r}/")).unwrap_or_default();
    let sign = match (said.get("digest").and_then(Value::text), said.get("tag").and_then(Value::written)) {
        (Some(digest), _) if !digest.is_empty() => format!("@{digest}"),
        (_, Some(tag)) if !tag.is_empty() => format!(":{tag}"),
        // The chart's own version of the program.
        _ => return Some(Value::unknown(format!("{registry}{repository}:{{{{ .Chart.AppVersion }}}}"), said.at)),
    };
    Some(Value::text_at(format!("{registry}{repository}{sign}"), said.at))
}
