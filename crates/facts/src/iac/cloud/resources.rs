//! Evaluated resources, found by kind, by address and by reference.

use std::collections::HashMap;

use plimsoll_base::Location;

use crate::iac::value::{Value, each};
use crate::infrastructure::Property;

/// One evaluated resource or data source.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    /// `aws_db_instance`.
    pub(crate) kind: String,
    /// Its label.
    pub(crate) name: String,
    /// The path of the module instance it stands in, empty at the root: `module.db.`.
    pub(crate) module: String,
    /// Its head.
    pub(crate) at: Location,
    /// Its attributes and blocks.
    pub(crate) value: Value,
    /// Whether it is a data source, which declares nothing.
    pub(crate) data: bool,
}

impl Instance {
    /// `module.db.aws_db_instance.main`.
    pub(crate) fn address(&self) -> String {
        let data = if self.data { "data." } else { "" };
        format!("{}{data}{}.{}", self.module, self.kind, self.name)
    }

    /// A switch: as written, else the provider's default, else decided elsewhere. `path` leads through nested blocks.
    pub(crate) fn flag(&self, path: &[&str], default: bool) -> Property<bool> {
        let name = path.join(".");
        match self.value.path(path) {
            Some(v) if v.is_true() => Property::stated(true, v.at, format!("{name} = true")),
            Some(v) if v.is_false() => Property::stated(false, v.at, format!("{name} = false")),
            Some(v) => Property::unresolved(v.at, format!("{name} is decided elsewhere")),
            None => Property::defaulted(default, self.at, format!("{name} is not set: {default} by default")),
        }
    }

    /// A number: as written, else the provider's default.
    pub(crate) fn number(&self, path: &[&str], default: u32) -> Property<u32> {
        let name = path.join(".");
        match self.value.path(path) {
            Some(v) => match v.text().and_then(|t| t.trim().parse().ok()) {
                Some(n) => Property::stated(n, v.at, format!("{name} = {n}")),
                None => Property::unresolved(v.at, format!("{name} is decided elsewhere")),
            },
            None => Property::defaulted(default, self.at, format!("{name} is not set: {default} by default")),
        }
    }

    /// A word; none where it is not written.
    pub(crate) fn word(&self, path: &[&str]) -> Option<Property<String>> {
        let name = path.join(".");
        let v = self.value.path(path)?;
        Some(match v.text() {
            Some(text) => Property::stated(text.to_owned(), v.at, format!("{name} = \"{text}\"")),
            None => Property::unresolved(v.at, format!("{name} is decided elsewhere")),
        })
    }

    /// The text of an attribute as far as it is known, with references as written.
    pub(crate) fn written(&self, path: &[&str]) -> Option<&str> {
        self.value.path(path).and_then(Value::written)
    }
}

/// The resources of one root with those of its modules.
#[derive(Debug)]
pub(crate) struct Resources<'a> {
    all: &'a [Instance],
    kinds: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Resources<'a> {
    pub(crate) fn new(all: &'a [Instance]) -> Self {
        let mut kinds: HashMap<&'a str, Vec<usize>> = HashMap::new();
        for (index, instance) in all.iter().enumerate() {
            kinds.entry(instance.kind.as_str()).or_default().push(index);
        }
        Self { all, kinds }
    }

    /// Resources of a kind, in the order of files; data sources are left out.
    pub(crate) fn of(&self, kind: &str) -> impl Iterator<Item = &'a Instance> + use<'a, '_> {
        self.kinds.get(kind).into_iter().flatten().map(|i| &self.all[*i]).filter(|i| !i.data)
    }
    /// Resources of any of these kinds.
    pub(crate) fn of_any(&self, kinds: &'a [&'a str]) -> impl Iterator<Item = &'a Instance> + use<'a, '_> {
        kinds.iter().flat_map(|kind| self.of(kind))
    }
    /// Data sources of a kind.
    pub(crate) fn data(&self, kind: &str) -> impl Iterator<Item = &'a Instance> + use<'a, '_> {
        self.kinds.get(kind).into_iter().flatten().map(|i| &self.all[*i]).filter(|i| i.data)
    }
    /// Everything, data sources included.
    pub(crate) fn all(&self) -> &'a [Instance] {
        self.all
    }

    /// The resources of a kind that a value refers to: its text, or the texts of a list.
    pub(crate) fn referred(&self, value: Option<&Value>, kind: &str) -> Vec<&'a Instance> {
        let texts: Vec<&str> = each(value).iter().filter_map(Value::written).collect();
        if texts.is_empty() {
            return Vec::new();
        }
        self.of(kind).filter(|i| texts.iter().any(|t| refers(t, i))).collect()
    }
    /// Whether a value refers to a resource.
    pub(crate) fn refers(&self, value: Option<&Value>, to: &Instance) -> bool {
        each(value).iter().filter_map(Value::written).any(|t| refers(t, to))
    }
}

/// Whether a text holds the address of a resource: `${aws_sns_topic.ops.arn}`, `module.db.aws_db_instance.main.id`.
fn refers(text: &str, to: &Instance) -> bool {
    let address = to.address();
    let mut from = 0;
    while let Some(found) = text[from..].find(&address).map(|i| i + from) {
        let end = found + address.len();
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let starts = !text[..found].ends_with(|c: char| word(c) || c == '.');
        let ends = !text[end..].starts_with(word);
        if starts && ends {
            return true;
        }
        from = end;
    }
    false
}

#[cfg(test)]
mod tests {
    use plimsoll_base::FileId;

    use super::*;
    use crate::iac::value::Shape;

    fn instance(kind: &str, name: &str, module: &str) -> Instance {
        let at = Location::whole(FileId(0));
        Instance {
            kind: kind.into(),
            name: name.into(),
            module: module.into(),
            at,
            value: Value::new(Shape::Map(Vec::new()), at),
            data: false,
        }
    }

    #[test]
    fn a_reference_is_a_whole_address() {
        let topic = instance("aws_sns_topic", "ops", "");
        assert!(refers("${aws_sns_topic.ops.arn}", &topic));
        assert!(refers("${try(aws_sns_topic.ops[0].arn, null)}", &topic));
        assert!(!refers("${aws_sns_topic.ops_eu.arn}", &topic));
        assert!(!refers("${module.alerts.aws_sns_topic.ops.arn}", &topic), "another module's");
        assert!(refers("${module.alerts.aws_sns_topic.ops.arn}", &instance("aws_sns_topic", "ops", "module.alerts.")));
    }

    #[test]
    fn properties_tell_written_from_default() {
        let database = instance("aws_db_instance", "main", "");
        let property = database.flag(&["multi_az"], false);
        assert!(property.off() && property.says == "multi_az is not set: false by default");
    }
}
