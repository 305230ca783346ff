//! One stack: a template with what is handed to it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::Location;
use plimsoll_syntax::Node;

use super::intrinsic::{Function, function, is_long};
use super::{MAX_DEPTH, nested};
use crate::iac::value::Value;
use crate::iac::vocabulary::{aws, reference};
use crate::library::{Held, Library};

/// Values evaluated in one stack; beyond it everything is unknown.
const MAX_STEPS: u32 = 200_000;
/// Functions within functions.
pub(super) const MAX_NESTING: usize = 64;

/// A template with the values of its parameters.
pub(super) struct Stack<'a> {
    pub(super) library: &'a Library,
    pub(super) held: &'a Held,
    pub(super) node: &'a Node,
    parameters: BTreeMap<String, Value>,
    /// `module.Network.`; the second template of a folder is told as a module by its file's name.
    pub(super) prefix: String,
    pub(super) depth: usize,
    conditions: RefCell<BTreeMap<&'a str, Option<bool>>>,
    /// Nested stacks that are being evaluated, against circles.
    open: RefCell<BTreeSet<String>>,
    steps: Cell<u32>,
}

impl<'a> Stack<'a> {
    pub(super) fn new(
        library: &'a Library,
        held: &'a Held,
        node: &'a Node,
        parameters: BTreeMap<String, Value>,
        prefix: String,
        depth: usize,
    ) -> Self {
        let (conditions, open) = Default::default();
        Self { library, held, node, parameters, prefix, depth, conditions, open, steps: Cell::new(MAX_STEPS) }
    }

    /// Whether the work allowed for this stack is used up.
    pub(super) fn exhausted(&self) -> bool {
        self.steps.get() == 0
    }

    /// Counts one step; false when there are none left or functions nest too deep.
    pub(super) fn step(&self, depth: usize) -> bool {
        let left = self.steps.get().saturating_sub(1);
        self.steps.set(left);
        left > 0 && depth < MAX_NESTING
    }

    pub(super) fn resources(&self) -> &'a [plimsoll_syntax::Entry] {
        self.node.get("Resources").map(Node::entries).unwrap_or_default()
    }

    /// What Terraform calls a resource of this template.
    pub(super) fn kind(&self, name: &str) -> Option<&'static str> {
        let resource = self.node.path(&["Resources", name])?;
        let written = resource.get("Type").and_then(Node::scalar)?;
        match aws::kind(written) {
            // A member of a cluster is a kind of its own.
            Some("aws_db_instance") if resource.path(&["Properties", "DBClusterIdentifier"]).is_some() => Some("aws_rds_cluster_instance"),
            Some(kind) => Some(kind),
            None => super::sam::kind(written),
        }
    }

    /// The value of a parameter, or the reference to a resource.
    pub(super) fn named(&self, name: &str, at: Location) -> Option<Value> {
        if name == "AWS::NoValue" {
            return None;
        }
        if let Some(value) = self.parameters.get(name) {
            // The place is that of the use, where the words stand.
            return Some(Value::new(value.shape.clone(), at));
        }
        Some(match self.kind(name) {
            Some(kind) => reference(&self.prefix, kind, name, "id", at),
            None => Value::unknown(format!("${{{name}}}"), at),
        })
    }

    /// An attribute of a resource, or an output of a nested stack.
    pub(super) fn attribute(&self, name: &str, attribute: &str, at: Location) -> Value {
        if let Some(output) = attribute.strip_prefix("Outputs.") {
            let found = self.nested(name, |child| child.output(output)).flatten();
            return found.map_or_else(|| Value::unknown(format!("${{{}module.{name}.{output}}}", self.prefix), at), |v| v.placed(at));
        }
        match self.kind(name) {
            Some(kind) => reference(&self.prefix, kind, name, &crate::iac::vocabulary::rewrite::snake(attribute), at),
            None => Value::unknown(format!("${{{name}.{attribute}}}"), at),
        }
    }

    fn output(&self, name: &str) -> Option<Value> {
        self.value(self.node.path(&["Outputs", name, "Value"])?, 0)
    }

    /// A nested stack whose template is in the tree.
    pub(super) fn nested<R>(&self, name: &str, then: impl FnOnce(&Stack<'a>) -> R) -> Option<R> {
        let resource = self.node.path(&["Resources", name])?;
        let held = self.library.resolve(self.held.folder(), nested(resource)?)?;
        let node = held.root().filter(|n| n.get("Resources").is_some())?;
        if self.depth >= MAX_DEPTH || !self.open.borrow_mut().insert(name.to_owned()) {
            return None;
        }
        let declared = node.get("Parameters").map_or(0, |p| p.entries().len());
        if !(0..declared).all(|_| self.step(0)) {
            return None;
        }
        let mut parameters = super::parameters::defaults(held, node);
        let given = resource.path(&["Properties", "Parameters"]).map(Node::entries).unwrap_or_default();
        for entry in given {
            if let Some(value) = self.value(&entry.value, 0) {
                let value = if is_long(&value) { Value::unknown(format!("${{{}}}", entry.key), value.at) } else { value };
                parameters.insert(entry.key.to_string(), value);
            }
        }
        let child = Stack::new(self.library, held, node, parameters, format!("{}module.{name}.", self.prefix), self.depth + 1);
        child.steps.set(self.steps.get());
        let found = then(&child);
        self.steps.set(child.steps.get());
        self.open.borrow_mut().remove(name);
        Some(found)
    }

    /// Whether a condition of the template holds; none where that is decided elsewhere.
    pub(super) fn condition(&self, name: &str, depth: usize) -> Option<bool> {
        let entry = self.node.get("Conditions").and_then(|c| c.entry(name))?;
        if let Some(known) = self.conditions.borrow().get(&*entry.key) {
            return *known;
        }
        // One that leads back to itself is decided nowhere.
        self.conditions.borrow_mut().insert(&entry.key, None);
        let found = self.truth(&entry.value, depth + 1);
        self.conditions.borrow_mut().insert(&entry.key, found);
        found
    }

    fn truth(&self, node: &'a Node, depth: usize) -> Option<bool> {
        if !self.step(depth) {
            return None;
        }
        let Some((name, argument)) = function(node) else {
            return match self.value(node, depth)?.text()? {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            };
        };
        let items = argument.items();
        match name {
            Function::Condition => self.condition(argument.scalar()?, depth),
            Function::Not => Some(!self.truth(items.first()?, depth + 1)?),
            Function::And => all(items.iter().map(|i| self.truth(i, depth + 1)), false),
            Function::Or => all(items.iter().map(|i| self.truth(i, depth + 1)), true),
            Function::Equals => {
                let [a, b] = items else { return None };
                let (a, b) = (self.value(a, depth + 1)?, self.value(b, depth + 1)?);
                Some(a.text()? == b.text()?)
            }
            _ => self.value(node, depth + 1)?.text().and_then(|t| t.parse().ok()),
        }
    }
}

/// `decisive` if any is, none if any is open, else the other.
fn all(parts: impl Iterator<Item = Option<bool>>, decisive: bool) -> Option<bool> {
    let mut open = false;
    for part in parts {
        match part {
            Some(p) if p == decisive => return Some(decisive),
            Some(_) => {}
            None => open = true,
        }
    }
    if open { None } else { Some(!decisive) }
}
