//! The resources of an entry file and of the modules that it uses.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::{FileId, Location, Problem};

use super::evaluate::Scope;
use super::parse::{Declaration, Entry, Expr, Kind, Role};
use super::{Source, Sources, plain, registry};
use crate::iac::cloud::Instance;
use crate::iac::root::Resource;
use crate::iac::value::{Shape, Value};
use crate::iac::vocabulary::{Place, azure};
use crate::library::join;

/// Modules within modules are followed this far.
const MAX_DEPTH: usize = 8;
/// Resources of one root; beyond it a problem is told.
const MAX_RESOURCES: usize = 10_000;
/// Instances that one loop is expanded to.
const MAX_LOOP: usize = 32;

/// What the files of one root declare.
pub(super) struct Reader<'a> {
    sources: &'a Sources<'a>,
    pub(super) files: BTreeSet<FileId>,
    pub(super) resources: Vec<Resource>,
    pub(super) instances: Vec<Instance>,
    pub(super) problems: Vec<Problem>,
    told: BTreeSet<(FileId, String)>,
    /// Addresses by module path and symbol, for what configures a parent.
    made: BTreeMap<(String, String), usize>,
    steps: u32,
}

/// A resource within its file: nested ones with the type and the symbol of what they stand in.
struct Standing<'d> {
    declaration: &'d Declaration,
    kind: String,
    parent: Option<String>,
    existing: bool,
}

/// Where something is evaluated.
#[derive(Clone, Copy)]
struct Here<'s, 'a> {
    scope: &'s Scope<'a>,
    file: FileId,
    /// `module.app.`
    prefix: &'s str,
    /// Whether what calls it surely exists.
    certain: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(sources: &'a Sources<'a>) -> Self {
        let (files, resources, instances, problems, told, made) = Default::default();
        Self { sources, files, resources, instances, problems, told, made, steps: Scope::first_steps() }
    }

    fn tell(&mut self, at: Location, says: impl Into<String>) {
        let says = says.into();
        if self.told.insert((at.file, says.clone())) {
            self.problems.push(Problem { at, says });
        }
    }

    /// Takes in an entry file with the parameters of its deployment.
    pub(super) fn entry(&mut self, source: &'a Source<'a>, prefix: String, parameters: BTreeMap<String, Value>) {
        self.file(source, &prefix, parameters, true, 0);
        if self.steps == 0 {
            self.tell(source.held.whole(), "the template is too large to be evaluated as a whole");
        }
    }

    /// Evaluates one file and gives its outputs.
    fn file(
        &mut self,
        source: &'a Source<'a>,
        prefix: &str,
        parameters: BTreeMap<String, Value>,
        certain: bool,
        depth: usize,
    ) -> BTreeMap<String, Value> {
        let file = source.held.id;
        self.files.insert(file);
        let mut scope = Scope::new(file, parameters, &source.declarations, self.steps);
        let mut standing = Vec::new();
        for declaration in source.declarations.iter().filter(|d| d.role == Role::Resource) {
            stand(declaration, None, declaration.existing, &mut standing, 0);
        }
        for s in &standing {
            let word = body(s.declaration.value.as_ref()).and_then(|b| entry(b, "kind")).map(|e| scope.value(&e.value));
            if let Some(kind) = azure::kind(&s.kind, word.as_ref().and_then(Value::written)) {
                let data = if s.existing { "data." } else { "" };
                let address = format!("{prefix}{data}{kind}.{}", s.declaration.name);
                let name = body(s.declaration.value.as_ref()).and_then(|b| entry(b, "name")).map(|e| scope.value(&e.value));
                if let Some(name) = name.as_ref().and_then(Value::written) {
                    scope.resources.insert(format!("{}|{name}", s.kind.to_ascii_lowercase()), address.clone());
                }
                scope.resources.insert(s.declaration.name.clone(), address);
            }
        }
        self.steps = scope.steps();
        for module in ordered(&source.declarations) {
            self.module(source, Here { scope: &scope, file, prefix, certain }, module, depth);
        }
        for s in standing.iter().filter(|s| !s.existing) {
            self.resource(Here { scope: &scope, file, prefix, certain }, s);
        }
        let outputs = source.declarations.iter().filter(|d| d.role == Role::Output);
        let outputs = outputs.filter_map(|d| Some((d.name.clone(), scope.value(d.value.as_ref()?)))).collect();
        self.steps = scope.steps();
        outputs
    }

    fn module(&mut self, source: &'a Source<'a>, here: Here<'_, 'a>, d: &'a Declaration, depth: usize) {
        let Here { scope, prefix, .. } = here;
        let at = source.held.at(d.head);
        let Some((expr, existence)) = exists(scope, d.value.as_ref()) else { return };
        let certain = here.certain && existence;
        let given = entry(expr, "params").or_else(|| entry(expr, "parameters")).map(|e| scope.value(&e.value));
        self.steps = scope.steps();
        let target = join(source.held.folder(), &d.kind).and_then(|path| self.sources.get(path.as_str()));
        let Some(target) = target else {
            let known = registry::resource(&d.kind);
            match known {
                Some(kind) => self.public(Here { certain, ..here }, d, kind, given),
                None if d.kind.is_empty() => {
                    self.tell(at, "a template that is linked or written into another is not followed: what it declares is missing here")
                }
                None => self.tell(at, format!("the module `{}` is not in the tree: what it declares is missing here", d.kind)),
            }
            return;
        };
        if depth >= MAX_DEPTH || self.instances.len() >= MAX_RESOURCES || self.steps == 0 {
            self.tell(at, "too many modules within modules: not followed");
            return;
        }
        let parameters = given.iter().flat_map(Value::fields).map(|f| (f.name.clone(), f.value.clone())).collect();
        let outputs = self.file(target, &format!("{prefix}module.{}.", d.name), parameters, certain, depth + 1);
        scope.spend(self.steps);
        scope.give(&d.name, outputs);
    }

    /// A module of the public registry, as the one resource that it makes; its parameters are the resource's properties.
    fn public(&mut self, here: Here<'_, 'a>, d: &Declaration, kind: &str, given: Option<Value>) {
        let Here { scope, file, prefix, certain } = here;
        let at = Location::at(file, d.head);
        let Some(to) = azure::kind(kind, given.as_ref().and_then(|g| g.get("kind")).and_then(Value::written)) else { return };
        let place = Place { name: &d.name, module: prefix, at, certain };
        let value = registry::properties(given.unwrap_or_else(|| Value::new(Shape::Map(Vec::new()), at)), at);
        self.instances.extend(azure::translated(kind, place, value, None));
        let outputs = ["resourceId", "name", "id", "uri", "endpoint"];
        let of = |n: &str| (n.to_owned(), Value::unknown(format!("${{{prefix}{to}.{}.{n}}}", d.name), at));
        scope.give(&d.name, outputs.iter().map(|n| of(n)).collect());
        let outline =
            Resource { kind: kind.to_owned(), name: format!("{prefix}{}", d.name), at, attributes: Vec::new(), unresolved: Vec::new() };
        self.resources.push(outline);
    }

    fn resource(&mut self, here: Here<'_, 'a>, s: &Standing<'_>) {
        let (d, scope) = (s.declaration, here.scope);
        let at = Location::at(here.file, d.head);
        if self.instances.len() >= MAX_RESOURCES {
            self.tell(at, "more resources than can be read in one root: the rest is missing here");
            return;
        }
        let Some(value) = &d.value else { return };
        if let Kind::For(name, list, inner) = &value.kind {
            let list = scope.value(list);
            let items = list.items();
            if matches!(list.shape, Shape::List(_)) && items.len() <= MAX_LOOP {
                for (i, item) in items.iter().enumerate() {
                    let label = format!("{}[{i}]", d.name);
                    scope.with(name, item.clone(), || self.one(here, s, inner, &label));
                }
            } else {
                let item = Value::unknown(format!("${{{name}}}"), list.at);
                scope.with(name, item, || self.one(Here { certain: false, ..here }, s, inner, &d.name));
            }
            return;
        }
        self.one(here, s, value, &d.name);
    }

    fn one(&mut self, here: Here<'_, 'a>, s: &Standing<'_>, expr: &Expr, label: &str) {
        let Here { scope, file, prefix, certain } = here;
        let at = Location::at(file, s.declaration.head);
        let Some((expr, existence)) = exists(scope, Some(expr)) else { return };
        let body = scope.value(expr);
        let mut outline =
            Resource { kind: s.kind.clone(), name: format!("{prefix}{label}"), at, attributes: Vec::new(), unresolved: Vec::new() };
        crate::iac::flatten(&mut outline, "", &body, at);
        self.resources.push(outline);
        let symbol = s.parent.clone().or_else(|| match entry(expr, "parent").map(|e| &e.value.kind) {
            Some(Kind::Name(name)) => Some(name.clone()),
            _ => None,
        });
        // An extension resource names what it is about.
        let about = entry(expr, "scope").map(|e| scope.value(&e.value));
        let written = body.get("name").and_then(Value::written).unwrap_or_default();
        let parent = match symbol.as_ref().and_then(|p| scope.resources.get(p)) {
            Some(address) => Some(Value::unknown(format!("${{{address}.id}}"), at)),
            // `name: '${account.name}/default'`
            None => written.split_once("}/").map(|(first, _)| Value::unknown(format!("{first}}}"), at)),
        };
        let place = Place { name: label, module: prefix, at, certain: certain && existence };
        let own = written.rsplit('/').next().unwrap_or(written);
        let holder = symbol.as_ref().and_then(|p| self.made.get(&(prefix.to_owned(), p.clone()))).copied().or_else(|| {
            let text = parent.as_ref()?.written()?;
            self.made.values().copied().find(|i| text.starts_with(&format!("${{{}.", self.instances[*i].address())))
        });
        if let Some(index) = holder
            && place.certain
            && azure::merged(&s.kind, own, &body, &mut self.instances[index].value)
        {
            // What stands in it configures the same parent.
            self.made.insert((prefix.to_owned(), label.to_owned()), index);
            return;
        }
        let mut body = body;
        if let Some(about) = about {
            body.set("scope", about);
        }
        let found = azure::translated(&s.kind, place, body, parent);
        if !found.is_empty() {
            self.made.insert((prefix.to_owned(), label.to_owned()), self.instances.len());
        }
        self.instances.extend(found);
    }
}

/// A resource and those written into it.
fn stand<'d>(d: &'d Declaration, above: Option<(&str, &str)>, existing: bool, found: &mut Vec<Standing<'d>>, depth: usize) {
    let own = d.kind.split('@').next().unwrap_or(&d.kind);
    let kind = match above {
        Some((kind, _)) => format!("{kind}/{own}"),
        None => own.to_owned(),
    };
    if depth < MAX_DEPTH
        && let Some(Kind::Object(_, children)) = body(d.value.as_ref()).map(|b| &b.kind)
    {
        found.push(Standing { declaration: d, kind: kind.clone(), parent: above.map(|(_, p)| p.to_owned()), existing });
        for child in children {
            stand(child, Some((&kind, &d.name)), child.existing, found, depth + 1);
        }
        return;
    }
    found.push(Standing { declaration: d, kind, parent: above.map(|(_, p)| p.to_owned()), existing });
}

/// The object that a declaration comes down to.
fn body(expr: Option<&Expr>) -> Option<&Expr> {
    let mut expr = expr?;
    for _ in 0..4 {
        match &expr.kind {
            Kind::If(_, inner) | Kind::For(_, _, inner) => expr = inner,
            _ => break,
        }
    }
    Some(expr)
}

fn entry<'e>(expr: &'e Expr, name: &str) -> Option<&'e Entry> {
    match &body(Some(expr))?.kind {
        Kind::Object(entries, _) => entries.iter().find(|e| e.name == name),
        _ => None,
    }
}

/// The object of a declaration and whether it surely exists; none where its condition is false.
fn exists<'e>(scope: &Scope<'_>, expr: Option<&'e Expr>) -> Option<(&'e Expr, bool)> {
    let expr = expr?;
    match &expr.kind {
        Kind::If(condition, inner) => match scope.truth(condition) {
            Some(false) => None,
            Some(true) => Some((inner, true)),
            None => Some((inner, false)),
        },
        Kind::For(_, list, inner) => {
            let list = scope.value(list);
            if matches!(&list.shape, Shape::List(items) if items.is_empty()) {
                return None;
            }
            let certain = matches!(list.shape, Shape::List(_));
            exists(scope, Some(inner)).map(|(e, c)| (e, c && certain))
        }
        _ => Some((expr, true)),
    }
}

/// Modules, those first whose outputs others use.
fn ordered(declarations: &[Declaration]) -> Vec<&Declaration> {
    let modules: Vec<&Declaration> = declarations.iter().filter(|d| d.role == Role::Module).collect();
    let names: BTreeMap<&str, usize> = modules.iter().enumerate().map(|(i, d)| (d.name.as_str(), i)).collect();
    let uses: Vec<BTreeSet<usize>> = modules
        .iter()
        .map(|d| {
            let mut found = BTreeSet::new();
            if let Some(value) = &d.value {
                mentioned(value, &mut |name| {
                    found.extend(names.get(name));
                });
            }
            found
        })
        .collect();
    let mut order = Vec::new();
    let mut done: BTreeSet<usize> = BTreeSet::new();
    // Each round takes what waits for nothing; a circle is taken as it stands.
    while order.len() < modules.len() {
        let ready: Vec<usize> =
            (0..modules.len()).filter(|i| !done.contains(i) && uses[*i].iter().all(|u| u == i || done.contains(u))).collect();
        let ready = if ready.is_empty() { (0..modules.len()).filter(|i| !done.contains(i)).collect() } else { ready };
        done.extend(&ready);
        order.extend(ready.into_iter().map(|i| modules[i]));
    }
    order
}

/// Every name that an expression mentions.
pub(super) fn mentioned<'e>(expr: &'e Expr, then: &mut impl FnMut(&'e str)) {
    let mut left = vec![expr];
    while let Some(expr) = left.pop() {
        match &expr.kind {
            Kind::Name(name) => then(name),
            Kind::Text(parts) => left.extend(parts.iter().filter_map(|p| match p {
                super::parse::Part::Inserted(e) => Some(e),
                super::parse::Part::Plain(_) => None,
            })),
            Kind::Array(items) => left.extend(items),
            Kind::Call(_, items) => {
                left.extend(items);
                // ARM's `parameters('name')`.
                items.iter().filter_map(|i| plain(&i.kind)).for_each(&mut *then);
            }
            Kind::Object(entries, _) => left.extend(entries.iter().map(|e| &e.value)),
            Kind::Access(e, _) | Kind::Not(e) | Kind::Negative(e) => left.push(e),
            Kind::Index(a, b) | Kind::Binary(_, a, b) | Kind::For(_, a, b) | Kind::If(a, b) => left.extend([&**a, &**b]),
            Kind::Choice(a, b, c) => left.extend([&**a, &**b, &**c]),
            Kind::Null | Kind::Literal(_) | Kind::Other => {}
        }
    }
}
