//! What each function of a module names: variables, members, functions written in place, texts that may be names of modules.

use plimsoll_facts::code::{CallId, ClassId, Form, FunctionId, Kind, Module, Parameter, Piece, Target, Value, When};

/// What one function names. Its own body alone: functions within have mentions of their own.
#[derive(Debug, Default)]
pub(super) struct Mentions<'m> {
    /// Plain names that are called or only looked at.
    pub(super) names: Vec<&'m str>,
    /// Plain names that are handed on as they are: what takes them may use all of what they stand for.
    pub(super) handed: Vec<&'m str>,
    /// A name and the member taken from it.
    pub(super) pairs: Vec<(&'m str, &'m str)>,
    /// Members taken from anything.
    pub(super) members: Vec<&'m str>,
    /// Functions handed on where they are written.
    pub(super) functions: Vec<FunctionId>,
    /// Classes written in place.
    pub(super) classes: Vec<ClassId>,
    /// Texts of the form `a.b`, which may name a module of Python.
    pub(super) dotted: Vec<&'m str>,
    /// Texts with a `*`, which may match files.
    pub(super) patterns: Vec<&'m str>,
    /// Calls that load or list what only the run tells.
    pub(super) computed: Vec<CallId>,
    /// A method is taken by a computed name.
    pub(super) any_member: bool,
}

/// What a module's functions name, by their index; with the functions that are members of objects.
#[derive(Debug, Default)]
pub(super) struct ModuleMentions<'m> {
    /// By the function's index.
    pub(super) functions: Vec<Mentions<'m>>,
    /// Functions that stand as members of objects, by the key.
    pub(super) members: Vec<(&'m str, FunctionId)>,
    /// The same functions by the name that the object is assigned to.
    pub(super) objects: Vec<(&'m str, FunctionId)>,
}

/// What the functions of a module name.
pub(super) fn mentions(module: &Module) -> ModuleMentions<'_> {
    let mut reader = Reader { module, found: ModuleMentions::default(), object: None };
    reader.found.functions.resize_with(module.functions.len().max(1), Mentions::default);
    for (index, call) in module.calls.iter().enumerate() {
        let function = call.function;
        reader.callee(function, &call.callee);
        // The name of a logger is not taken for the module that bears it.
        let names_only = matches!(call.method(), Some("getLogger" | "get_logger" | "patch" | "warn"));
        for argument in call.arguments.iter().filter(|a| !names_only || a.value.text().is_none()) {
            // Attributes of elements are handed on one by one.
            reader.value(function, &argument.value, true);
            // `register(new Plugin())`: who takes the instance may call any of its methods.
            if let Some(made) = module.called(&argument.value)
                && let Kind::Name(class) = &made.callee.kind
            {
                reader.at(function).handed.push(class);
            }
        }
        let loads = matches!(
            call.method(),
            Some(
                "require"
                    | "import"
                    | "import_module"
                    | "__import__"
                    | "readdirSync"
                    | "readdir"
                    | "iter_modules"
                    | "walk_packages"
                    | "glob"
                    | "context"
                    | "autoload"
                    | "globSync"
                    | "listdir"
                    | "getattr"
            )
        ) || is_autoload(&call.callee)
            || call.arguments.iter().any(|a| is_autoload(&a.value));
        if loads && call.form != Form::Element {
            reader.at(function).computed.push(CallId(index as u32));
        }
    }
    for assignment in &module.assignments {
        let function = assignment.function;
        // What a module gives out is used as far as others take it.
        if let Target::Place(place) = &assignment.target
            && place.path().is_some_and(|p| matches!(p.as_slice(), ["module", "exports", ..] | ["exports", ..]))
        {
            continue;
        }
        let mut handed = false;
        if let Target::Place(place) = &assignment.target {
            // `socket.onmessage = …` is called by the socket; `exports.a = …` and `this.a = …` wait for their name.
            let member = if let Kind::Member(of, name) = &place.kind {
                reader.value(function, of, false);
                Some(name.as_str())
            } else {
                reader.value(function, place, false);
                None
            };
            handed = member.is_some_and(|m| m.starts_with("on"));
            if let (Some(member), Kind::Function(id)) = (member, &assignment.value.kind) {
                reader.found.members.push((member, *id));
            }
        }
        reader.object = match &assignment.target {
            Target::Name(name) => Some(name),
            _ => None,
        };
        // Parts taken from a module: `const { a } = users`.
        if let (Target::Parts(parts), Kind::Name(of)) = (&assignment.target, &assignment.value.kind) {
            reader.at(function).pairs.extend(parts.iter().map(|(key, _)| (of.as_str(), key.as_str())));
        }
        if let Target::Parts(parts) = &assignment.target {
            reader.at(function).members.extend(parts.iter().map(|(key, _)| key.as_str()));
        }
        reader.value(function, &assignment.value, handed);
        reader.object = None;
        if let Some(annotation) = &assignment.annotation {
            reader.value(function, annotation, true);
        }
    }
    for outcome in &module.outcomes {
        if let Some(value) = &outcome.value {
            reader.value(outcome.function, value, true);
        }
    }
    for catch in &module.catches {
        catch.types.iter().for_each(|t| reader.value(catch.function, t, true));
    }
    for branch in &module.branches {
        match &branch.when {
            When::Test(value, _) | When::Case(value, None) => reader.value(FunctionId::BODY, value, true),
            When::Case(value, Some(with)) => {
                reader.value(FunctionId::BODY, value, true);
                reader.value(FunctionId::BODY, with, true);
            }
            _ => {}
        }
    }
    for (index, function) in module.functions.iter().enumerate() {
        let id = FunctionId(index as u32);
        let around = function.parent.unwrap_or(FunctionId::BODY);
        function.decorators.iter().for_each(|d| reader.value(around, d, true));
        function.parameters.iter().for_each(|p| reader.parameter(id, p));
        if let Some(returns) = &function.returns {
            reader.value(id, returns, true);
        }
    }
    for class in &module.classes {
        for value in class.bases.iter().chain(&class.decorators) {
            reader.value(class.function, value, true);
        }
        class.fields.iter().for_each(|f| reader.parameter(class.function, f));
    }
    reader.found
}

pub(super) fn is_autoload(value: &Value) -> bool {
    matches!(&value.kind, Kind::Name(name) if name.to_ascii_lowercase().replace('_', "").ends_with("autoload"))
}

struct Reader<'m> {
    module: &'m Module,
    found: ModuleMentions<'m>,
    /// The name that what is read is assigned to.
    object: Option<&'m str>,
}

impl<'m> Reader<'m> {
    fn at(&mut self, function: FunctionId) -> &mut Mentions<'m> {
        let index = (function.0 as usize).min(self.found.functions.len() - 1);
        &mut self.found.functions[index]
    }

    fn parameter(&mut self, function: FunctionId, parameter: &'m Parameter) {
        for value in parameter.default.iter().chain(&parameter.annotation).chain(&parameter.decorators) {
            self.value(function, value, true);
        }
    }

    /// Notes what a call calls.
    fn callee(&mut self, function: FunctionId, value: &'m Value) {
        match &value.kind {
            Kind::Name(name) => self.at(function).names.push(name),
            _ => self.value(function, value, true),
        }
    }

    /// Notes what a value names. A function that is `handed` on runs with what takes it; one that is only assigned waits for its name.
    fn value(&mut self, function: FunctionId, value: &'m Value, handed: bool) {
        match &value.kind {
            Kind::Name(name) => self.at(function).handed.push(name),
            Kind::Member(of, name) => {
                let at = self.at(function);
                at.members.push(name);
                if let Kind::Name(root) = &of.kind {
                    at.pairs.push((root, name));
                } else {
                    // `app.models.User` of an imported package: every step may be a module's name.
                    self.value(function, of, handed);
                }
            }
            Kind::Text(text) => {
                let at = self.at(function);
                if text.contains('*') {
                    at.patterns.push(text);
                } else if is_dotted(text) {
                    at.dotted.push(text);
                }
            }
            Kind::Function(id) => {
                if handed {
                    self.at(function).functions.push(*id);
                }
            }
            Kind::Class(id) => self.at(function).classes.push(*id),
            Kind::Object(entries) => {
                for entry in entries {
                    match (&entry.value.kind, &entry.key) {
                        (Kind::Function(id), Some(key)) if !handed => {
                            self.found.members.push((key, *id));
                            self.found.objects.extend(self.object.map(|o| (o, *id)));
                        }
                        _ => self.value(function, &entry.value, handed),
                    }
                }
            }
            Kind::Template(pieces) => {
                for piece in pieces {
                    match piece {
                        Piece::Value(inner) => self.value(function, inner, true),
                        // The fixed end of a pattern: `${__dirname}/**/*.entity.ts`.
                        Piece::Text(text) if text.contains('*') => self.at(function).patterns.push(text),
                        Piece::Text(_) => {}
                    }
                }
            }
            Kind::Index(of, index) => {
                self.value(function, of, handed);
                if let Some(index) = index {
                    self.value(function, index, true);
                    if !matches!(index.kind, Kind::Number(_)) {
                        self.at(function).any_member = true;
                    }
                }
            }
            Kind::List(values) => values.iter().for_each(|v| self.value(function, v, true)),
            Kind::Binary(_, left, right) => {
                self.value(function, left, handed);
                self.value(function, right, handed);
            }
            Kind::Not(inner) | Kind::Spread(inner) => self.value(function, inner, handed),
            Kind::Choice(three) => three.iter().for_each(|v| self.value(function, v, handed)),
            Kind::Call(_) => {
                // Calls are in the module's own list; a value that is one names nothing more.
                debug_assert!(self.module.called(value).is_some());
            }
            Kind::Number(_) | Kind::Bool(_) | Kind::Nothing | Kind::Pattern(_) | Kind::Other => {}
        }
    }
}

/// Whether a text has the form of a module of Python within a package: `app.tasks`, `blog.apps.BlogConfig`.
fn is_dotted(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 3
        && bytes.len() <= 120
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':'))
        && (bytes[0].is_ascii_alphabetic() || bytes[0] == b'_' || bytes[0] == b'.')
        && memchr::memchr(b'.', bytes).is_some()
        && !text.contains("..")
}
