//! Evaluated resources, found by kind, by address and by reference.

use std::collections::{BTreeSet, HashMap};

use plimsoll_base::Location;

use crate::iac::value::{Value, each};
use crate::infrastructure::Property;

/// One evaluated resource or data source. Where `certain` is false its existence is decided elsewhere: nothing that it says may make a
/// control met, or a gap. [`Instance::flag`], [`Instance::number`] and [`Instance::word`] give unresolved properties by themselves; a property
/// that is made by hand goes through [`Instance::settled`], and where existence itself is the property, [`Instance::exists`] is it. The raw
/// `value` stays readable, to tell what a thing is and what it refers to.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    /// `aws_db_instance`.
    pub(crate) kind: String,
    /// Its label.
    pub(crate) name: String,
    /// Which of several instances it is, `[0]` or `["a"]`; empty for a single one, and for one whose number is decided elsewhere.
    pub(crate) key: String,
    /// The path of the module instance it stands in, empty at the root: `module.db[0].`.
    pub(crate) module: String,
    /// Its head; for what a published module declares, the head of the call.
    pub(crate) at: Location,
    /// Its attributes and blocks, without `count` and `for_each`.
    pub(crate) value: Value,
    /// Whether it is a data source, which declares nothing.
    pub(crate) data: bool,
    /// Whether it surely exists: its `count` and `for_each`, and those of the modules around it, are known.
    pub(crate) certain: bool,
}

impl Instance {
    /// A single resource at the root that surely exists.
    pub(crate) fn new(kind: impl Into<String>, name: impl Into<String>, at: Location, value: Value) -> Self {
        Self { kind: kind.into(), name: name.into(), key: String::new(), module: String::new(), at, value, data: false, certain: true }
    }

    /// `module.db.aws_db_instance.main`, `aws_subnet.private[0]`: unique within the root.
    pub(crate) fn address(&self) -> String {
        let data = if self.data { "data." } else { "" };
        format!("{}{data}{}.{}{}", self.module, self.kind, self.name, self.key)
    }

    /// The name of the workload that it declares: its label; the key of `for_each` where that tells several apart.
    pub(crate) fn title(&self) -> String {
        match self.key.strip_prefix("[\"").and_then(|k| k.strip_suffix("\"]")) {
            Some(key) if GENERAL.contains(&self.name.as_str()) => key.to_owned(),
            Some(key) => format!("{}-{key}", self.name),
            // In a module of its own, a resource that is called `this` is what the module is called.
            None if GENERAL.contains(&self.name.as_str()) && !self.module.is_empty() => self.module_name().to_owned(),
            None => self.name.clone(),
        }
    }

    /// The label of the innermost module that it stands in: `db` for `module.data.module.db["a"].`.
    fn module_name(&self) -> &str {
        let path = self.module.trim_end_matches('.');
        let last = path.rsplit("module.").next().unwrap_or(path);
        last.split('[').next().unwrap_or(last)
    }

    /// A property of it; unresolved where it may not exist.
    pub(crate) fn settled<T>(&self, property: Property<T>) -> Property<T> {
        if self.certain { property } else { Property::unresolved(property.at, self.doubt()) }
    }

    fn doubt(&self) -> String {
        format!("whether {}.{} exists is decided elsewhere", self.kind, self.name)
    }

    /// What a path through nested blocks leads to. What lies in something that is decided elsewhere is decided elsewhere too.
    fn found(&self, path: &[&str]) -> Option<&Value> {
        let mut value = &self.value;
        for name in path {
            match value.path(&[name]) {
                Some(inner) => value = inner,
                None => return value.is_unknown().then_some(value),
            }
        }
        Some(value)
    }

    /// A switch: as written, else the provider's default, else decided elsewhere. `path` leads through nested blocks.
    pub(crate) fn flag(&self, path: &[&str], default: bool) -> Property<bool> {
        let name = path.join(".");
        self.settled(match self.found(path) {
            Some(v) if v.is_true() => Property::stated(true, v.at, format!("{name} = true")),
            Some(v) if v.is_false() => Property::stated(false, v.at, format!("{name} = false")),
            Some(v) => Property::unresolved(v.at, format!("{name} is decided elsewhere")),
            None => Property::defaulted(default, self.at, format!("{name} is not set: {default} by default")),
        })
    }

    /// A number: as written, else the provider's default.
    pub(crate) fn number(&self, path: &[&str], default: u32) -> Property<u32> {
        let name = path.join(".");
        self.settled(match self.found(path) {
            Some(v) => match v.text().and_then(|t| t.trim().parse().ok()) {
                Some(n) => Property::stated(n, v.at, format!("{name} = {n}")),
                None => Property::unresolved(v.at, format!("{name} is decided elsewhere")),
            },
            None => Property::defaulted(default, self.at, format!("{name} is not set: {default} by default")),
        })
    }

    /// A word; none where it is not written.
    pub(crate) fn word(&self, path: &[&str]) -> Option<Property<String>> {
        let name = path.join(".");
        let v = self.found(path)?;
        Some(self.settled(match v.text() {
            Some(text) => Property::stated(text.to_owned(), v.at, format!("{name} = \"{text}\"")),
            None => Property::unresolved(v.at, format!("{name} is decided elsewhere")),
        }))
    }

    /// The text of an attribute as far as it is known, with references as written.
    pub(crate) fn written(&self, path: &[&str]) -> Option<&str> {
        self.value.path(path).and_then(Value::written)
    }
}

/// Labels that name nothing.
const GENERAL: &[&str] = &["this", "main", "default", "service", "services", "app", "apps", "ecs", "task", "tasks", "all", "each"];

/// The resources of one root with those of its modules.
#[derive(Debug)]
pub(crate) struct Resources<'a> {
    all: &'a [Instance],
    /// `provider` blocks: the kind is the provider, the name its alias.
    providers: &'a [Instance],
    kinds: HashMap<&'a str, Vec<usize>>,
    /// By module, kind and name.
    named: HashMap<(&'a str, &'a str, &'a str), Vec<usize>>,
}

impl<'a> Resources<'a> {
    pub(crate) fn new(all: &'a [Instance]) -> Self {
        let mut kinds: HashMap<&'a str, Vec<usize>> = HashMap::new();
        let mut named: HashMap<(&'a str, &'a str, &'a str), Vec<usize>> = HashMap::new();
        for (index, instance) in all.iter().enumerate() {
            kinds.entry(instance.kind.as_str()).or_default().push(index);
            if !instance.data {
                named.entry((instance.module.as_str(), instance.kind.as_str(), instance.name.as_str())).or_default().push(index);
            }
        }
        Self { all, providers: &[], kinds, named }
    }
    /// With the `provider` blocks of the root: the kind is the provider (`aws`), the name its alias, `passed_to` the modules it is handed to.
    pub(crate) fn with_providers(mut self, providers: &'a [Instance]) -> Self {
        self.providers = providers;
        self
    }
    /// The configurations of providers.
    pub(crate) fn providers(&self) -> &'a [Instance] {
        self.providers
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

    /// The resources of a kind that a value refers to: its text, or the texts of a list. A text without an index means every instance.
    pub(crate) fn referred(&self, value: Option<&Value>, kind: &str) -> Vec<&'a Instance> {
        if !self.kinds.contains_key(kind) {
            return Vec::new();
        }
        let mut found: BTreeSet<usize> = BTreeSet::new();
        for text in each(value).iter().filter_map(Value::written) {
            for address in addresses(text).filter(|a| !a.data && a.kind == kind) {
                let named = self.named.get(&(address.module, address.kind, address.name));
                found.extend(named.into_iter().flatten().filter(|i| address.means(&self.all[**i])));
            }
        }
        found.into_iter().map(|i| &self.all[i]).collect()
    }
    /// The one resource of a kind that a value refers to first.
    pub(crate) fn referent(&self, value: Option<&Value>, kind: &str) -> Option<&'a Instance> {
        self.referred(value, kind).into_iter().next()
    }
    /// Everything that a text refers to, data sources included; what does not exist, since its `count` is 0, is left out.
    pub(crate) fn meant(&self, text: &str) -> Vec<&'a Instance> {
        let mut found: Vec<&'a Instance> = Vec::new();
        for address in addresses(text) {
            let mut add = |instance: &'a Instance| {
                if address.means(instance) && !found.iter().any(|f| std::ptr::eq(*f, instance)) {
                    found.push(instance);
                }
            };
            if address.data {
                self.data(address.kind).filter(|i| i.module == address.module && i.name == address.name).for_each(&mut add);
            } else {
                let named = self.named.get(&(address.module, address.kind, address.name));
                named.into_iter().flatten().for_each(|i| add(&self.all[*i]));
            }
        }
        found
    }
    /// Whether a value refers to a resource.
    pub(crate) fn refers(&self, value: Option<&Value>, to: &Instance) -> bool {
        each(value).iter().filter_map(Value::written).any(|t| refers(t, to))
    }
}

/// Whether a text holds the address of a resource: `${aws_sns_topic.ops.arn}`, `module.db.aws_db_instance.main.id`, `aws_subnet.a[0].id`.
fn refers(text: &str, to: &Instance) -> bool {
    addresses(text).any(|a| a.data == to.data && a.module == to.module && a.kind == to.kind && a.name == to.name && a.means(to))
}

/// An address in a text.
struct Address<'t> {
    module: &'t str,
    data: bool,
    kind: &'t str,
    name: &'t str,
    /// `[0]`, `["a"]`; empty where none is written or where it is not constant (`[*]`).
    index: &'t str,
}

impl Address<'_> {
    /// Whether the index allows the instance.
    fn means(&self, instance: &Instance) -> bool {
        self.index.is_empty() || instance.key.is_empty() || instance.key == self.index
    }
}

/// Every address of a resource in a text, in one walk.
fn addresses(text: &str) -> impl Iterator<Item = Address<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        while from < text.len() {
            let rest = &text[from..];
            let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic() || c == '_').map(|i| i + from) else {
                from = text.len();
                return None;
            };
            let (address, end) = address(text, start);
            from = end.max(start + 1);
            if address.is_some() {
                return address;
            }
        }
        None
    })
}

/// The address that starts at a byte, and where to go on.
fn address(text: &str, start: usize) -> (Option<Address<'_>>, usize) {
    let word =
        |from: usize| from + text[from..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).unwrap_or(text.len() - from);
    // The index behind a name, if it is constant: where it ends.
    let index = |from: usize| {
        let inner = text[from..].strip_prefix('[')?;
        let close = match inner.strip_prefix('"') {
            Some(quoted) => quoted.find("\"]").map(|i| i + 2)?,
            None => inner.find(|c: char| !c.is_ascii_digit()).filter(|i| *i > 0 && inner[*i..].starts_with(']'))?,
        };
        Some(from + close + 2)
    };
    let step = |from: usize| text[from..].starts_with('.').then(|| (from + 1, word(from + 1))).filter(|(a, b)| a < b);
    let before = text[..start].chars().next_back();
    let (mut at, mut end) = (start, word(start));
    if before.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')) {
        return (None, end);
    }
    let first = at;
    while &text[at..end] == "module" {
        let Some((_, name)) = step(end) else { return (None, end) };
        let next = index(name).unwrap_or(name);
        let Some((a, b)) = step(next) else { return (None, next) };
        (at, end) = (a, b);
    }
    let module = &text[first..at];
    let data = &text[at..end] == "data";
    if data {
        let Some((a, b)) = step(end) else { return (None, end) };
        (at, end) = (a, b);
    }
    let kind = &text[at..end];
    let Some((a, b)) = step(end).filter(|_| kind.contains('_') || kind.contains("::")) else { return (None, end) };
    let close = index(b).unwrap_or(b);
    (Some(Address { module, data, kind, name: &text[a..b], index: &text[b..close] }), close)
}

#[cfg(test)]
mod tests {
    use plimsoll_base::FileId;

    use super::*;
    use crate::iac::value::Shape;

    fn instance(kind: &str, name: &str, module: &str) -> Instance {
        let at = Location::whole(FileId(0));
        Instance { module: module.into(), ..Instance::new(kind, name, at, Value::new(Shape::Map(Vec::new()), at)) }
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
    fn an_index_means_one_and_none_means_all() {
        let one = |key: &str| Instance { key: key.into(), ..instance("aws_subnet", "a", "module.net[0].") };
        let all = [one("[0]"), one("[1]"), one("[\"x\"]")];
        let resources = Resources::new(&all);
        let referred = |text: &str| {
            let value = Value::unknown(text, Location::whole(FileId(0)));
            resources.referred(Some(&value), "aws_subnet").iter().map(|i| i.key.as_str()).collect::<Vec<_>>().concat()
        };
        assert_eq!(referred("${module.net[0].aws_subnet.a[1].id}"), "[1]");
        assert_eq!(referred("${module.net[0].aws_subnet.a[\"x\"].id}"), "[\"x\"]");
        assert_eq!(referred("x-${module.net[0].aws_subnet.a[*].id}"), "[0][1][\"x\"]");
        assert_eq!(referred("${module.net[0].aws_subnet.a}"), "[0][1][\"x\"]");
        assert_eq!(referred("${module.net[1].aws_subnet.a}${aws_subnet.a}${data.aws_subnet.a.id}"), "");
        assert_eq!(referred("[\"[é.aws_subnet.a, module.net[0].aws_subnet.a["), "[0][1][\"x\"]");
    }

    #[test]
    fn nothing_is_known_of_what_may_not_exist() {
        let database = Instance { certain: false, ..instance("aws_db_instance", "main", "") };
        assert!(database.flag(&["multi_az"], true).known().is_none());
        assert!(database.number(&["port"], 5432).known().is_none());
    }

    #[test]
    fn properties_tell_written_from_default() {
        let database = instance("aws_db_instance", "main", "");
        let property = database.flag(&["multi_az"], false);
        assert!(property.off() && property.says == "multi_az is not set: false by default");
    }
}
