//! The resources of a stack and of the stacks in it.

use std::collections::BTreeSet;

use plimsoll_base::{Location, Problem};
use plimsoll_syntax::{Entry, Node};

use super::evaluate::Stack;
use super::{name_of, nested, sam};
use crate::iac::cloud::Instance;
use crate::iac::root::Resource;
use crate::iac::value::Value;
use crate::iac::vocabulary::aws::{self, Policies};
use crate::iac::vocabulary::{Place, aws::translated};
use crate::library::Library;

/// Resources of one root; beyond it a problem is told.
const MAX_RESOURCES: usize = 10_000;

/// What the stacks of one root declare.
pub(in crate::iac) struct Reader<'a> {
    library: &'a Library,
    /// As the templates write them.
    pub(in crate::iac) resources: Vec<Resource>,
    /// In Terraform's words.
    pub(in crate::iac) instances: Vec<Instance>,
    pub(in crate::iac) problems: Vec<Problem>,
    names: BTreeSet<String>,
    told: BTreeSet<(u32, String)>,
}

impl<'a> Reader<'a> {
    pub(in crate::iac) fn new(library: &'a Library) -> Self {
        let (resources, instances, problems, names, told) = Default::default();
        Self { library, resources, instances, problems, names, told }
    }

    /// Whether a resource of this name is there already.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Says once per file that a kind of thing is not read.
    fn tell(&mut self, at: Location, says: impl Into<String>) {
        let says = says.into();
        if self.told.insert((at.file.0, says.clone())) {
            self.problems.push(Problem { at, says });
        }
    }

    /// Takes in the resources of one stack.
    pub(super) fn stack(&mut self, stack: &Stack<'a>) {
        let common = sam::Common::of(stack);
        self.transforms(stack);
        for entry in stack.resources() {
            if self.instances.len() >= MAX_RESOURCES {
                self.tell(stack.held.whole(), "more resources than can be read in one root: the rest is missing here");
                break;
            }
            self.resource(stack, entry, &common);
        }
        if stack.exhausted() {
            self.tell(stack.held.whole(), "the template is too large to be evaluated as a whole");
        }
    }

    fn resource(&mut self, stack: &Stack<'a>, entry: &'a Entry, common: &sam::Common) {
        let at = stack.held.at(name_of(entry));
        let Some(kind) = entry.value.get("Type").and_then(Node::scalar) else {
            if entry.key.starts_with("Fn::ForEach") {
                self.tell(at, "resources of `Fn::ForEach` are not read: they are missing here");
            }
            return;
        };
        let certain = match entry.value.get("Condition").and_then(Node::scalar).map(|c| stack.condition(c, 0)) {
            Some(Some(false)) => return,
            Some(None) => false,
            _ => true,
        };
        let properties = entry.value.get("Properties").and_then(|p| stack.value(p, 0));
        let name = format!("{}{}", stack.prefix, entry.key);
        let mut outline = Resource { kind: kind.to_owned(), name, at, attributes: Vec::new(), unresolved: Vec::new() };
        if let Some(properties) = &properties {
            crate::iac::flatten(&mut outline, "", properties, at);
        }
        self.resources.push(outline);
        self.names.insert(entry.key.to_string());
        let deletion = entry.value.get("DeletionPolicy").and_then(|p| stack.value(p, 0));
        let place = Place { name: &entry.key, module: &stack.prefix, at, certain };
        let properties = properties.unwrap_or_else(|| Value::new(crate::iac::value::Shape::Map(Vec::new()), at));
        let policies = Policies { deletion: deletion.as_ref() };
        match kind {
            "AWS::CloudFormation::Stack" | "AWS::Serverless::Application" => self.child(stack, entry, at),
            "AWS::Budgets::Budget" => self.instances.push(aws::budget(place, properties)),
            _ if kind.starts_with("AWS::Serverless::") => self.instances.extend(sam::translated(kind, place, properties, policies, common)),
            _ => self.instances.extend(translated(kind, place, properties, policies)),
        }
    }

    fn child(&mut self, stack: &Stack<'a>, entry: &Entry, at: Location) {
        let Some(path) = nested(&entry.value) else {
            self.tell(at, "the template of a nested stack lies outside the tree: what it declares is missing here");
            return;
        };
        if self.library.resolve(stack.held.folder(), path).is_none() {
            self.tell(at, format!("the template `{path}` of a nested stack is not in the tree: what it declares is missing here"));
            return;
        }
        if stack.nested(&entry.key, |child| self.stack(child)).is_none() {
            self.tell(at, format!("the nested stack `{path}` could not be followed: what it declares is missing here"));
        }
    }

    fn transforms(&mut self, stack: &Stack<'a>) {
        let transform = stack.node.get("Transform");
        for given in transform.into_iter().flat_map(|t| t.scalars()) {
            if given.scalar().is_some_and(|t| {
                !t.starts_with("AWS::Serverless") && t != "AWS::LanguageExtensions" && !t.starts_with("AWS::SecretsManager")
            }) {
                let says = format!("the macro `{}` is not run: what it adds is missing here", given.scalar().unwrap_or_default());
                self.tell(stack.held.at(given.span), says);
            }
        }
        let sections = [Some(stack.node), stack.node.get("Resources")];
        for node in sections.into_iter().flatten() {
            if let Some(included) = node.get("Fn::Transform").or_else(|| transform.filter(|t| t.is_mapping())) {
                self.tell(stack.held.at(included.span), "`AWS::Include` is not followed: what it adds is missing here");
                break;
            }
        }
    }
}
