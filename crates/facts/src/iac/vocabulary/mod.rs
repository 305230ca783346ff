//! Resources of other tools in the words of Terraform's providers: one mapping of the cloud then serves them all. A table says which kind
//! is which and which properties have other names; code says what stands elsewhere altogether.

pub(crate) mod aws;
mod aws_kinds;
mod aws_parts;
pub(crate) mod azure;
mod azure_kinds;
pub(crate) mod pulumi_kinds;
pub(crate) mod rewrite;

use plimsoll_base::Location;

use super::cloud::Instance;
use super::value::{Shape, Value};

/// A kind of resource, what Terraform calls it, and the properties (in snake case) that it names otherwise.
pub(crate) type Kind = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// Where a resource stands in its root.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// The path of the stack or module it stands in.
    pub(crate) module: &'a str,
    /// Its head.
    pub(crate) at: Location,
    /// Whether it surely exists.
    pub(crate) certain: bool,
}

/// A resource of a Terraform kind. The name may end with the index of one of several.
pub(crate) fn instance(kind: &str, place: Place<'_>, mut value: Value) -> Instance {
    if !matches!(value.shape, Shape::Map(_)) {
        value = Value::new(Shape::Map(Vec::new()), place.at);
    }
    let (name, key) = place.name.split_at(place.name.find('[').unwrap_or(place.name.len()));
    Instance {
        module: place.module.to_owned(),
        key: key.to_owned(),
        certain: place.certain,
        ..Instance::new(kind, word(name), place.at, value)
    }
}

/// A name as references can hold it.
pub(crate) fn word(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' }).collect()
}

/// A reference to a resource, as Terraform writes it.
pub(crate) fn reference(module: &str, kind: &str, name: &str, attribute: &str, at: Location) -> Value {
    Value::unknown(format!("${{{module}{kind}.{name}.{attribute}}}"), at)
}
