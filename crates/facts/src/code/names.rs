//! What a module binds: its names by scope, what it gives out, the members of its classes, what its functions give back.

use plimsoll_source::{CallId, ClassId, Declared, FunctionId, ImportKind, Kind, Module, OutcomeKind, Target, Value};

/// The scope of what a module gives out, which is no function's.
const EXPORTS: u32 = u32::MAX;

/// What a name is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Binding {
    /// An import, by its index.
    Import(u32),
    /// A function declared under that name.
    Function(FunctionId),
    /// A class declared under that name.
    Class(ClassId),
    /// An assignment, by its index, and which part of its value.
    Assigned(u32, u32),
    /// A parameter, and which part of it; [`WHOLE`] for all.
    Parameter(FunctionId, u16, u16),
    /// An export, by its index.
    Export(u32),
    /// A method of a class.
    Method(FunctionId),
    /// A field of a class.
    Field(ClassId, u32),
}

/// The part of a parameter that is the parameter itself.
pub(super) const WHOLE: u16 = u16::MAX;

#[derive(Clone, Copy, Debug)]
struct Row {
    scope: u32,
    hash: u32,
    binding: Binding,
}

/// The names of one module, found by binary search.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// By function and name.
    scopes: Vec<Row>,
    /// By class and name.
    members: Vec<Row>,
    /// Members that are assigned to names: `Database.instance = …`, by the hash of both names.
    places: Vec<Row>,
    /// What each function gives back, by its index among the outcomes.
    returns: Vec<(FunctionId, u32)>,
    /// Functions that are written where they are handed to a call, as its argument of that index.
    handed: Vec<(FunctionId, CallId, u32)>,
    /// Names of what is caught, hashed.
    caught: Vec<u32>,
    /// Imports that take over all names of a module.
    pub(super) stars: Vec<u32>,
}

impl Names {
    /// The table of a module; `python` where assignments bind in the function in which they stand.
    pub(super) fn new(module: &Module, python: bool) -> Self {
        let mut names = Self::default();
        let inline = Inline::of(module);
        names.imports(module, python);
        for (index, function) in (0..).zip(&module.functions) {
            let id = FunctionId(index);
            match function.class {
                Some(class) => names.member(class, &function.name, Binding::Method(id)),
                None if index > 0 && !function.name.is_empty() && !inline.functions[index as usize] => {
                    names.scope(function.parent.unwrap_or(FunctionId::BODY).0, &function.name, Binding::Function(id));
                }
                None => {}
            }
            for (at, parameter) in (0..WHOLE).zip(&function.parameters) {
                if !parameter.name.is_empty() {
                    names.scope(index, &parameter.name, Binding::Parameter(id, at, WHOLE));
                }
                for (part, (_, local)) in (0..WHOLE).zip(&parameter.parts) {
                    names.scope(index, local, Binding::Parameter(id, at, part));
                }
            }
        }
        for (index, class) in (0..).zip(&module.classes) {
            let id = ClassId(index);
            match class.class {
                Some(outer) => names.member(outer, &class.name, Binding::Class(id)),
                None if !inline.classes[index as usize] => names.scope(class.function.0, &class.name, Binding::Class(id)),
                None => {}
            }
            for (at, field) in (0..).zip(&class.fields) {
                names.member(id, &field.name, Binding::Field(id, at));
            }
        }
        for (index, export) in (0..).zip(&module.exports) {
            names.scope(EXPORTS, &export.name, Binding::Export(index));
        }
        names.assignments(module, python);
        for (index, outcome) in (0..).zip(&module.outcomes) {
            if outcome.value.is_some() && outcome.kind != OutcomeKind::Throw {
                names.returns.push((outcome.function, index));
            }
        }
        for (index, call) in (0..).zip(&module.calls) {
            for (at, argument) in (0..).zip(&call.arguments) {
                if let Kind::Function(function) = argument.value.kind {
                    names.handed.push((function, CallId(index), at));
                }
            }
        }
        names.caught = module.catches.iter().filter_map(|c| Some(hash(c.name.as_deref()?))).collect();
        names.finish(module);
        names
    }
    fn imports(&mut self, module: &Module, python: bool) {
        for (index, import) in (0..).zip(&module.imports) {
            let Some(local) = &import.local else { continue };
            if local == "*" {
                self.stars.push(index);
            } else if import.kind == ImportKind::ReExport {
                self.scope(EXPORTS, local, Binding::Import(index));
            } else {
                // A dotted name binds its first part.
                let local = if python { local.split('.').next().unwrap_or(local) } else { local };
                self.scope(import.function.0, local, Binding::Import(index));
            }
        }
    }
    fn assignments(&mut self, module: &Module, python: bool) {
        // A name that is not declared by an assignment belongs to the scope around that declares it.
        let mut declared: Vec<(u32, u32)> = self.scopes.iter().map(|r| (r.scope, r.hash)).collect();
        for assignment in module.assignments.iter().filter(|a| declares(a.declared, python)) {
            each_name(&assignment.target, |name, _| declared.push((assignment.function.0, hash(name))));
        }
        declared.sort_unstable();
        for (index, assignment) in (0..).zip(&module.assignments) {
            if assignment.class.is_some() {
                continue;
            }
            let own = declares(assignment.declared, python);
            each_name(&assignment.target, |name, part| {
                let scope = if own {
                    assignment.function.0
                } else {
                    let key = hash(name);
                    let mut around = module.enclosing(assignment.function);
                    around.find(|f| declared.binary_search(&(f.0, key)).is_ok()).unwrap_or(FunctionId::BODY).0
                };
                self.scope(scope, name, Binding::Assigned(index, part));
            });
            let Target::Place(place) = &assignment.target else { continue };
            let Kind::Member(of, name) = &place.kind else { continue };
            let Kind::Name(root) = &of.kind else { continue };
            match own_class(module, assignment.function, root) {
                Some(class) => self.member(class, name, Binding::Assigned(index, 0)),
                None => {
                    let row = Row { scope: hash(root), hash: hash(name), binding: Binding::Assigned(index, 0) };
                    self.places.push(row);
                }
            }
        }
    }
    fn scope(&mut self, scope: u32, name: &str, binding: Binding) {
        self.scopes.push(Row { scope, hash: hash(name), binding });
    }
    fn member(&mut self, class: ClassId, name: &str, binding: Binding) {
        self.members.push(Row { scope: class.0, hash: hash(name), binding });
    }
    fn finish(&mut self, module: &Module) {
        for rows in [&mut self.scopes, &mut self.members, &mut self.places] {
            rows.sort_by_key(|r| (r.scope, r.hash));
            rows.shrink_to_fit();
        }
        self.scopes = without_repeated(module, std::mem::take(&mut self.scopes));
        self.returns.sort_by_key(|(function, _)| *function);
        self.returns.shrink_to_fit();
        self.caught.sort_unstable();
        self.caught.dedup();
        self.handed.sort_unstable();
        self.handed.shrink_to_fit();
    }
    /// Whether something that the module catches has a name.
    pub(super) fn is_caught(&self, name: &str) -> bool {
        self.caught.binary_search(&hash(name)).is_ok()
    }
    /// The call to which a function is handed where it is written, and as which argument.
    pub(super) fn handed(&self, function: FunctionId) -> Option<(CallId, u32)> {
        let index = self.handed.binary_search_by_key(&function, |(f, ..)| *f).ok()?;
        self.handed.get(index).map(|(_, call, at)| (*call, *at))
    }
    /// What a name is bound to in one function, in the order of the text but for the kinds of bindings.
    pub(super) fn of<'n>(&'n self, module: &'n Module, function: FunctionId, name: &'n str) -> impl Iterator<Item = Binding> + use<'n> {
        find(&self.scopes, function.0, name).filter(move |b| text(module, *b, false).is_some_and(|t| t == name))
    }
    /// What a module gives out under a name.
    pub(super) fn exported<'n>(&'n self, module: &'n Module, name: &'n str) -> impl Iterator<Item = Binding> + use<'n> {
        find(&self.scopes, EXPORTS, name).filter(move |b| text(module, *b, false).is_some_and(|t| t == name))
    }
    /// What the members of a class are: methods, fields, what its methods assign.
    pub(super) fn members<'n>(&'n self, module: &'n Module, class: ClassId, name: &'n str) -> impl Iterator<Item = Binding> + use<'n> {
        find(&self.members, class.0, name).filter(move |b| text(module, *b, true).is_some_and(|t| t == name))
    }
    /// What is assigned to a member of a name anywhere in the module.
    pub(super) fn places<'n>(&'n self, module: &'n Module, root: &'n str, name: &'n str) -> impl Iterator<Item = Binding> + use<'n> {
        find(&self.places, hash(root), name).filter(move |b| text(module, *b, true).is_some_and(|t| t == name))
    }
    /// Whether a function binds a name.
    pub(super) fn has(&self, module: &Module, function: FunctionId, name: &str) -> bool {
        self.of(module, function, name).next().is_some()
    }
    /// What a function gives back, by the index of the outcome.
    pub(super) fn returns(&self, function: FunctionId) -> impl Iterator<Item = u32> + use<'_> {
        let from = self.returns.partition_point(|(f, _)| *f < function);
        self.returns[from..].iter().take_while(move |(f, _)| *f == function).map(|(_, index)| *index)
    }
}

fn find<'n>(rows: &'n [Row], scope: u32, name: &str) -> impl Iterator<Item = Binding> + use<'n> {
    let key = (scope, hash(name));
    let from = rows.partition_point(|r| (r.scope, r.hash) < key);
    rows[from..].iter().take_while(move |r| (r.scope, r.hash) == key).map(|r| r.binding)
}

/// The name that a binding binds.
fn text(module: &Module, binding: Binding, member: bool) -> Option<&str> {
    match binding {
        Binding::Import(i) => {
            let import = module.imports.get(i as usize)?;
            let local = import.local.as_deref()?;
            let python_dotted = import.name.as_deref() == Some("*") && local == import.module;
            Some(if python_dotted { local.split('.').next().unwrap_or(local) } else { local })
        }
        Binding::Function(id) | Binding::Method(id) => Some(&module.function(id)?.name),
        Binding::Class(id) => Some(&module.class(id)?.name),
        Binding::Export(i) => Some(&module.exports.get(i as usize)?.name),
        Binding::Field(class, i) => Some(&module.class(class)?.fields.get(i as usize)?.name),
        Binding::Parameter(function, at, part) => {
            let parameter = module.function(function)?.parameters.get(at as usize)?;
            Some(if part == WHOLE { &parameter.name } else { &parameter.parts.get(part as usize)?.1 })
        }
        Binding::Assigned(i, part) => match &module.assignments.get(i as usize)?.target {
            Target::Name(name) => Some(name),
            Target::Parts(parts) => Some(&parts.get(part as usize)?.1),
            Target::Elements(names) => Some(names.get(part as usize)?),
            Target::Place(place) => match &place.kind {
                Kind::Member(_, name) if member => Some(name),
                _ => None,
            },
        },
    }
}

/// The names that a target binds, each with its place among them.
fn each_name(target: &Target, mut each: impl FnMut(&str, u32)) {
    match target {
        Target::Name(name) => each(name, 0),
        Target::Place(_) => {}
        Target::Parts(parts) => (0..).zip(parts).for_each(|(i, (_, local))| each(local, i)),
        Target::Elements(names) => (0..).zip(names).filter(|(_, n)| !n.is_empty()).for_each(|(i, n)| each(n, i)),
    }
}

/// Whether an assignment makes a name of the function in which it stands. In Python every one does but those of outer names.
fn declares(declared: Declared, python: bool) -> bool {
    match declared {
        Declared::Const | Declared::Let | Declared::Bound => true,
        Declared::Assigned | Declared::Changed => python,
        Declared::Outer => false,
    }
}

/// Without assignments of which a part says the same in more detail: `const x = require("x")` beside its import, a destructured name beside the
/// assignment that has its default.
fn without_repeated(module: &Module, rows: Vec<Row>) -> Vec<Row> {
    let place = |binding: Binding| match binding {
        Binding::Import(i) => module.imports.get(i as usize).map(|i| (i.function, i.at)),
        Binding::Assigned(i, _) => module.assignments.get(i as usize).map(|a| (a.function, a.at)),
        _ => None,
    };
    let mut kept = Vec::with_capacity(rows.len());
    for group in rows.chunk_by(|a, b| (a.scope, a.hash) == (b.scope, b.hash)) {
        let Some(rest) = group.get(1..).filter(|r| !r.is_empty()) else {
            kept.extend(group);
            continue;
        };
        // Names of generated files may be assigned without end; those are not looked at pair by pair.
        let repeated = |row: &Row| {
            let Binding::Assigned(..) = row.binding else { return false };
            let Some((function, at)) = place(row.binding) else { return false };
            rest.len() < 64
                && group.iter().filter(|o| o.binding != row.binding).filter_map(|o| Some((o, place(o.binding)?))).any(
                    |(other, (by, inner))| {
                        by == function
                            && at != inner
                            && at.start <= inner.start
                            && inner.end <= at.end
                            && text(module, other.binding, false) == text(module, row.binding, false)
                    },
                )
        };
        kept.extend(group.iter().filter(|row| !repeated(row)));
    }
    kept
}

/// The class of which `this`, `self` or `cls` is an instance, as seen in a function.
pub(super) fn own_class(module: &Module, function: FunctionId, name: &str) -> Option<ClassId> {
    match name {
        "this" => module.enclosing(function).find_map(|f| module.function(f)?.class),
        "self" | "cls" => module.enclosing(function).find_map(|f| {
            let function = module.function(f)?;
            function.class.filter(|_| function.parameters.first().is_some_and(|p| p.name == name))
        }),
        _ => None,
    }
}

/// FNV-1a: names are short, and equal hashes are told apart by the text.
fn hash(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// Functions and classes that are written as part of an expression, and so bind no name of their own.
struct Inline {
    functions: Vec<bool>,
    classes: Vec<bool>,
}

impl Inline {
    fn of(module: &Module) -> Self {
        let mut inline = Self { functions: vec![false; module.functions.len()], classes: vec![false; module.classes.len()] };
        for call in &module.calls {
            inline.value(&call.callee);
            call.arguments.iter().for_each(|a| inline.value(&a.value));
        }
        module.assignments.iter().for_each(|a| inline.value(&a.value));
        module.outcomes.iter().filter_map(|o| o.value.as_ref()).for_each(|v| inline.value(v));
        let fields = module.classes.iter().flat_map(|c| &c.fields);
        let parameters = module.functions.iter().flat_map(|f| &f.parameters);
        fields.chain(parameters).filter_map(|p| p.default.as_ref()).for_each(|v| inline.value(v));
        for export in &module.exports {
            // What a module gives out where it is declared keeps its name.
            match export.value.kind {
                Kind::Function(_) | Kind::Class(_) => {}
                _ => inline.value(&export.value),
            }
        }
        inline
    }
    fn value(&mut self, value: &Value) {
        match &value.kind {
            Kind::Function(id) => {
                if let Some(mark) = self.functions.get_mut(id.0 as usize) {
                    *mark = true;
                }
            }
            Kind::Class(id) => {
                if let Some(mark) = self.classes.get_mut(id.0 as usize) {
                    *mark = true;
                }
            }
            Kind::Text(_) | Kind::Name(_) | Kind::Call(_) | Kind::Number(_) | Kind::Bool(_) | Kind::Other => {}
            Kind::Member(of, _) => self.value(of),
            _ => value.children().into_iter().for_each(|v| self.value(v)),
        }
    }
}

/// The import that a call makes: `require("x")`, `import("x")`, `importlib.import_module("x")`.
pub(super) fn import_of(module: &Module, call: CallId) -> Option<usize> {
    let at = module.call(call)?.at;
    let from = module.imports.partition_point(|i| i.at.start < at.start);
    let found = module.imports[from..].iter().take_while(|i| i.at.start == at.start).position(|i| i.at == at)?;
    Some(from + found)
}
