//! Instances of modules: what a call hands in, what a module gives out, the resources that they declare.

use std::rc::Rc;

use plimsoll_base::{Location, Problem, Sourced};
use plimsoll_syntax::hcl::{Block, Expr};

use super::eval::{Context, Evaluator};
use super::expansion::{Bound, Expansion, bind};
use super::registry;
use super::source::{Folder, Unit};
use super::term::{Entry, Extent, Kind, Term, access};
use crate::iac::cloud::Instance;
use crate::iac::value::Value;
use crate::library::join;

/// Modules within modules are followed this far.
const MAX_MODULE_DEPTH: usize = 8;
/// Instances of modules in one root; beyond it a problem is told.
const MAX_MODULES: usize = 400;
/// Resources of one root, modules included.
const MAX_RESOURCES: usize = 20_000;

/// One instance of a module; the root is one.
pub(super) struct Module<'a> {
    pub(super) folder: &'a Folder<'a>,
    /// Its folder's path.
    pub(super) path: &'a str,
    /// `module.db[0].`, empty at the root.
    pub(super) prefix: String,
    /// Whether it surely exists.
    pub(super) certain: bool,
    pub(super) call: Option<Call<'a>>,
    /// The place of what has none of its own.
    pub(super) fixed: Location,
    depth: usize,
}

/// What calls a module.
pub(super) struct Call<'a> {
    parent: usize,
    unit: &'a Unit,
    pub(super) block: &'a Block,
    fixed: Location,
    bound: Bound,
}

impl<'a> Module<'a> {
    pub(super) fn root(folder: &'a Folder<'a>, path: &'a str, at: Location) -> Self {
        Self { folder, path, prefix: String::new(), certain: true, call: None, fixed: at, depth: 0 }
    }
    pub(super) fn context<'c>(&'c self, index: usize, unit: &'c Unit) -> Context<'c> {
        Context { module: index, unit, fixed: self.fixed, names: None }
    }
}

impl Call<'_> {
    /// The value of an argument, in the caller's words.
    pub(super) fn evaluate(&self, evaluator: &Evaluator<'_>, expr: &Expr) -> Term {
        let cx = Context { module: self.parent, unit: self.unit, fixed: self.fixed, names: None };
        bind(&self.bound, cx, |cx| evaluator.eval(expr, cx))
    }
}

/// What a call of a module leads to.
pub(super) enum Called {
    /// Modules that were read, by their index in the expansion (`[0]`, empty for a single one).
    Read { modules: Vec<(String, usize)>, keyed: bool, single: bool },
    /// Its configuration is not in the tree, or is not followed.
    Unread,
}

impl<'a> Evaluator<'a> {
    /// A resource as an expression names it: its address, or those of its instances.
    pub(super) fn resource(&self, module: usize, kind: &str, name: &str, data: bool) -> Term {
        let here = self.module(module);
        let address = format!("{}{}{kind}{}", here.prefix, if data { "data." } else { "" }, access(name));
        let at = here.fixed;
        let term = |index: &str| Term::unknown(format!("${{{address}{index}}}"), at);
        match self.expanded(module, kind, name, data).as_deref() {
            Some(Expansion::Many { each, keyed: false }) => Term::list(each.iter().map(|(index, _)| term(index)).collect(), at),
            Some(Expansion::Many { each, keyed: true }) => {
                let entry = |(index, _): &(String, Bound)| {
                    let key = index.trim_start_matches("[\"").trim_end_matches("\"]");
                    Entry { name: key.into(), at, value: term(index) }
                };
                Term::map(each.iter().map(entry).collect(), at)
            }
            _ => term(""),
        }
    }

    /// `module.NAME` followed by steps.
    pub(super) fn output_of(&self, module: usize, name: &str, steps: &[String]) -> Option<Term> {
        let here = self.module(module);
        let plain = || {
            let mut text = format!("${{{}module.{name}", here.prefix);
            steps.iter().for_each(|s| text.push_str(&access(s)));
            text.push('}');
            Term::unknown(text, here.fixed)
        };
        let called = self.called(module, name)?;
        let Called::Read { modules, keyed, single } = called.as_ref() else { return Some(plain()) };
        if *single {
            let (_, child) = modules.first()?;
            let Some((output, rest)) = steps.split_first() else { return Some(self.outputs(*child)) };
            return self.follow(self.output(*child, output).unwrap_or_else(plain), rest);
        }
        let index = |step: &String| if *keyed { format!("[\"{step}\"]") } else { format!("[{step}]") };
        if let [first, output, rest @ ..] = steps
            && let Some((_, child)) = modules.iter().find(|(i, _)| *i == index(first))
        {
            return self.follow(self.output(*child, output).unwrap_or_else(plain), rest);
        }
        let all = if *keyed {
            let entry = |(i, child): &(String, usize)| {
                let key = i.trim_start_matches("[\"").trim_end_matches("\"]");
                Entry { name: key.into(), at: here.fixed, value: self.outputs(*child) }
            };
            Term::map(modules.iter().map(entry).collect(), here.fixed)
        } else {
            Term::list(modules.iter().map(|(_, child)| self.outputs(*child)).collect(), here.fixed)
        };
        self.follow(all, steps)
    }

    /// Every output of a module as one object.
    fn outputs(&self, module: usize) -> Term {
        let here = self.module(module);
        let value =
            |name: &str| self.output(module, name).unwrap_or_else(|| Term::unknown(format!("${{{}{name}}}", here.prefix), here.fixed));
        let entries = here.folder.outputs.keys().map(|n| Entry { name: (*n).into(), at: here.fixed, value: value(n) });
        Term::new(Kind::Map(Rc::new(entries.collect()), Extent::Part), here.fixed)
    }

    /// The modules that a call makes, made once.
    fn called(&self, module: usize, name: &str) -> Option<Rc<Called>> {
        let here = self.module(module);
        let (key, (unit, block)) = here.folder.calls.get_key_value(name)?;
        let key = (module, *key);
        if let Some(known) = self.calls.borrow().get(&key) {
            return Some(Rc::clone(known));
        }
        self.calls.borrow_mut().insert(key, Rc::new(Called::Unread));
        let cx = here.context(module, unit);
        let found = Rc::new(self.make(&here, module, name, unit, block, &cx));
        self.calls.borrow_mut().insert(key, Rc::clone(&found));
        Some(found)
    }

    fn make(&self, here: &Module<'a>, parent: usize, name: &str, unit: &'a Unit, block: &'a Block, cx: &Context<'_>) -> Called {
        let at = cx.at(block.head);
        let problem = |says: String| self.problems.borrow_mut().push(Problem { at, says });
        let Some(from) = block.body.get("source").and_then(Expr::as_str) else {
            problem(format!("the source of module `{name}` is no plain text: what it declares is missing here"));
            self.unread.borrow_mut().push(Sourced::new(name.to_owned(), at));
            return Called::Unread;
        };
        let local = from.starts_with("./") || from.starts_with("../") || from == "." || from == "..";
        let path = if local { join(here.path, from) } else { registry::find(from).map(registry::folder) };
        let found = path.as_deref().and_then(|p| self.source.folders.get_key_value(p));
        let Some((path, folder)) = found else {
            if local {
                problem(format!("the module source `{from}` holds no configuration that could be read"));
            }
            let mut unread = self.unread.borrow_mut();
            unread.push(Sourced::new(from.to_owned(), at));
            return Called::Unread;
        };
        if local {
            self.called.borrow_mut().insert((*path).to_owned());
        }
        if self.chain(parent).any(|above| std::ptr::eq(above.folder, folder)) {
            problem(format!("module `{name}` leads back to itself through `{from}`: not followed"));
            return Called::Unread;
        }
        let expansion = self.expansion(&block.body, cx);
        let (each, keyed, single, certain) = match expansion {
            Expansion::Single => (vec![(String::new(), None)], false, true, true),
            Expansion::Many { each, keyed } => (each, keyed, false, true),
            Expansion::Undecided { bound, some } => (vec![(String::new(), bound)], false, true, some),
        };
        let mut modules = Vec::new();
        for (index, bound) in each {
            if here.depth >= MAX_MODULE_DEPTH || self.modules.borrow().len() >= MAX_MODULES {
                problem("too many modules within modules: not followed".into());
                return if modules.is_empty() { Called::Unread } else { Called::Read { modules, keyed, single } };
            }
            let module = Module {
                folder,
                path,
                prefix: format!("{}module.{name}{index}.", here.prefix),
                certain: here.certain && certain,
                call: Some(Call { parent, unit, block, fixed: here.fixed, bound }),
                fixed: at,
                depth: here.depth + 1,
            };
            let mut all = self.modules.borrow_mut();
            modules.push((index, all.len()));
            all.push(Rc::new(module));
        }
        Called::Read { modules, keyed, single }
    }

    /// A module and those that it stands in.
    fn chain(&self, module: usize) -> impl Iterator<Item = Rc<Module<'a>>> {
        let mut next = Some(module);
        std::iter::from_fn(move || {
            let here = self.module(next?);
            next = here.call.as_ref().map(|c| c.parent);
            Some(here)
        })
    }

    /// Every resource and data source of a module and of those that it calls, in the order of files.
    pub(super) fn walk(&self, module: usize, found: &mut Vec<Instance>) {
        let here = self.module(module);
        for (unit, block) in here.folder.units.iter().flat_map(|u| u.body.blocks.iter().map(move |b| (*u, b))) {
            let data = block.kind == "data";
            let (true, Some(kind), Some(name)) = (data || block.kind == "resource", block.label(0), block.label(1)) else { continue };
            let cx = here.context(module, unit);
            let instance = |key: String, certain: bool, value: Value| Instance {
                key,
                certain: here.certain && certain,
                data,
                module: here.prefix.clone(),
                ..Instance::new(kind, name, cx.at(block.head), value)
            };
            if found.len() >= MAX_RESOURCES {
                let says = format!("more than {MAX_RESOURCES} resources: the rest is missing here");
                self.problems.borrow_mut().push(Problem { at: cx.at(block.head), says });
                return;
            }
            match self.expanded(module, kind, name, data).as_deref() {
                Some(Expansion::Many { each, .. }) => {
                    for (index, bound) in each {
                        found.push(instance(index.clone(), true, bind(bound, cx, |cx| self.body(&block.body, cx))));
                    }
                }
                Some(Expansion::Undecided { bound, some }) => {
                    found.push(instance(String::new(), *some, bind(bound, cx, |cx| self.body(&block.body, cx))));
                }
                Some(Expansion::Single) | None => found.push(instance(String::new(), true, self.body(&block.body, &cx))),
            }
        }
        for (_, block) in here.folder.blocks("module") {
            let Some(name) = block.label(0) else { continue };
            let called = self.called(module, name);
            if let Some(Called::Read { modules, .. }) = called.as_deref() {
                modules.iter().for_each(|(_, child)| self.walk(*child, found));
            }
        }
    }
}
