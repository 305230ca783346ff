//! What the readers of JavaScript's frameworks share: values with the names they use, texts, lists, guards and handlers.

use plimsoll_source::{Declared, Function, FunctionId, Kind, Operator, Parameter, Piece, Target, Value};

use crate::code::names::Binding;
use crate::code::{Base, CallRef, ClassRef, Code, FunctionRef, Guard, Method, ModuleId, Origin, Resolved};

/// Values within values that are followed.
const MAX_DEPTH: usize = 12;

/// Elements of lists that are looked at.
const MAX_ELEMENTS: usize = 200;

/// A value and the names it uses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scoped<'a> {
    pub(super) module: ModuleId,
    pub(super) function: FunctionId,
    pub(super) value: &'a Value,
}

impl<'a> Scoped<'a> {
    /// Another value in the same place.
    pub(super) fn with(self, value: &'a Value) -> Self {
        Self { value, ..self }
    }
    /// The call that it is.
    pub(super) fn call(self) -> Option<CallRef> {
        match self.value.kind {
            Kind::Call(call) => Some(CallRef { module: self.module, call }),
            _ => None,
        }
    }
    /// The function whose names it uses.
    pub(super) fn scope(self) -> FunctionRef {
        FunctionRef { module: self.module, function: self.function }
    }
}

/// What answers, and what is wrapped around it.
#[derive(Clone, Debug, Default)]
pub(super) struct Handler {
    pub(super) function: Option<FunctionRef>,
    /// Wrappers, outermost first.
    pub(super) guards: Vec<Guard>,
}

/// The code, asked in the way of JavaScript's frameworks.
#[derive(Clone, Copy)]
pub(super) struct Script<'a> {
    pub(super) code: &'a Code,
}

impl<'a> Script<'a> {
    /// A value among the arguments of a call, or anywhere in the function in which it stands.
    pub(super) fn scoped(self, at: CallRef, value: &'a Value) -> Scoped<'a> {
        Scoped { module: at.module, function: self.code.call(at).function, value }
    }
    /// A positional argument.
    pub(super) fn argument(self, at: CallRef, index: usize) -> Option<Scoped<'a>> {
        Some(self.scoped(at, self.code.call(at).argument(index)?))
    }
    /// An option in an argument that is an object, also where a name stands for that object.
    pub(super) fn option(self, at: CallRef, name: &str) -> Option<Scoped<'a>> {
        let call = self.code.call(at);
        if let Some(value) = call.keyword(name) {
            return Some(self.scoped(at, value));
        }
        let named = call.arguments.iter().rev().filter(|a| matches!(a.value.kind, Kind::Name(_) | Kind::Member(..)));
        named.map(|a| self.written(self.scoped(at, &a.value))).find_map(|o| Some(o.with(o.value.get(name)?)))
    }
    /// What a method is called on.
    pub(super) fn receiver(self, at: CallRef) -> Option<Scoped<'a>> {
        Some(self.scoped(at, self.code.call(at).receiver()?))
    }
    /// The arguments of a call as they are each time it runs: once, or for each element of the list that a loop around it goes through, where the arguments
    /// are that element or parts of it: `routes.forEach((r) => app.use(r.path, r.router))`.
    pub(super) fn rounds(self, at: CallRef) -> Vec<Vec<Scoped<'a>>> {
        let written: Vec<Scoped<'a>> = self.code.call(at).arguments.iter().map(|a| self.scoped(at, &a.value)).collect();
        let looped: Vec<Option<Vec<Scoped<'a>>>> = written.iter().map(|a| self.looped(*a)).collect();
        let Some(times) = looped.iter().flatten().map(Vec::len).max() else { return vec![written] };
        let round = |i: usize| written.iter().zip(&looped).map(|(w, l)| l.as_ref().and_then(|l| l.get(i)).copied().unwrap_or(*w)).collect();
        (0..times).map(round).collect()
    }
    /// The values that the variable of a loop, or a member of it, has one after the other.
    fn looped(self, of: Scoped<'a>) -> Option<Vec<Scoped<'a>>> {
        let (name, member) = match &of.value.kind {
            Kind::Name(name) => (name, None),
            Kind::Member(object, member) => match &object.kind {
                Kind::Name(name) => (name, Some(member)),
                _ => return None,
            },
            _ => return None,
        };
        let (list, part) = self.loop_over(of, name)?;
        let part = part.or(member);
        let elements = self.elements(list).into_iter();
        let value = |e: Scoped<'a>| match part {
            None => Some(e),
            Some(part) => {
                let e = self.written(e);
                let element = part.parse().ok().and_then(|i: usize| e.value.list()?.get(i));
                Some(e.with(element.or_else(|| e.value.get(part))?))
            }
        };
        elements.map(value).collect::<Option<Vec<_>>>().filter(|v| !v.is_empty())
    }
    /// The list that a loop goes through whose variable has a name, and which part of an element the name is.
    fn loop_over(self, of: Scoped<'a>, name: &'a str) -> Option<(Scoped<'a>, Option<&'a plimsoll_source::Text>)> {
        let source = self.code.module(of.module);
        let binding = source.module.enclosing(of.function).find_map(|scope| source.names.of(&source.module, scope, name).next())?;
        let (list, part) = match binding {
            Binding::Parameter(function, 0, part) => {
                let by = source.module.calls.iter().find(|c| {
                    matches!(c.method(), Some("forEach" | "map")) && c.argument(0).is_some_and(|v| v.kind == Kind::Function(function))
                })?;
                let parameter = source.module.function(function)?.parameters.first()?;
                let part = parameter.parts.get(usize::from(part)).map(|(key, _)| key);
                (Scoped { module: of.module, function: by.function, value: by.receiver()? }, part)
            }
            Binding::Assigned(index, part) => {
                let assignment = source.module.assignments.get(index as usize).filter(|a| a.declared == Declared::Bound)?;
                let part = match &assignment.target {
                    Target::Parts(parts) => Some(&parts.get(part as usize)?.0),
                    Target::Name(_) => None,
                    _ => return None,
                };
                (Scoped { module: of.module, function: assignment.function, value: &assignment.value }, part)
            }
            _ => return None,
        };
        self.written(list).value.list().is_some().then_some((list, part))
    }
    /// All positional arguments, spread lists and lists taken apart.
    pub(super) fn arguments(self, at: CallRef) -> Vec<Scoped<'a>> {
        let mut found = Vec::new();
        for argument in &self.code.call(at).arguments {
            self.flatten(self.scoped(at, &argument.value), 0, &mut found);
        }
        found
    }
    /// The elements of a value that may be a list or a list of lists; itself where it is none.
    pub(super) fn elements(self, of: Scoped<'a>) -> Vec<Scoped<'a>> {
        let mut found = Vec::new();
        self.flatten(of, 0, &mut found);
        found
    }
    fn flatten(self, of: Scoped<'a>, depth: usize, found: &mut Vec<Scoped<'a>>) {
        if depth > MAX_DEPTH || found.len() >= MAX_ELEMENTS {
            return;
        }
        let list = match &of.value.kind {
            Kind::List(_) => of,
            Kind::Spread(inner) => return self.flatten(of.with(inner), depth + 1, found),
            Kind::Name(_) | Kind::Member(..) => self.written(of),
            _ => return found.push(of),
        };
        match list.value.list() {
            Some(values) => values.iter().for_each(|v| self.flatten(list.with(v), depth + 1, found)),
            None => found.push(of),
        }
    }
    /// The canonical name of a value.
    pub(super) fn name(self, of: Scoped) -> Option<String> {
        self.code.name(of.module, of.function, of.value)
    }
    /// Where a value comes from.
    pub(super) fn origin(self, of: Scoped) -> Origin {
        self.code.origin(of.module, of.function, of.value)
    }
    /// Where a value comes from, if nothing was taken from there.
    pub(super) fn base(self, of: Scoped) -> Option<Base> {
        let origin = self.origin(of);
        origin.members.is_empty().then_some(origin.base)
    }
    /// What a value is as it is written, names followed.
    pub(super) fn written(self, of: Scoped<'a>) -> Scoped<'a> {
        match of.value.kind {
            Kind::Name(_) | Kind::Member(..) | Kind::Call(_) => match self.code.written(of.module, of.function, of.value) {
                Some((module, function, value)) => Scoped { module, function, value },
                None => of,
            },
            _ => of,
        }
    }
    /// A text, put together from constants. `a || b` and `a ?? b` are what they are where nothing is set.
    pub(super) fn text(self, of: Scoped<'a>) -> Option<String> {
        self.text_within(of, 0)
    }
    fn text_within(self, of: Scoped<'a>, depth: usize) -> Option<String> {
        if depth > MAX_DEPTH {
            return None;
        }
        match &of.value.kind {
            Kind::Text(text) => Some(text.to_string()),
            Kind::Number(number) => Some(number.to_string()),
            Kind::Template(pieces) => pieces.iter().try_fold(String::new(), |text, piece| match piece {
                Piece::Text(piece) => Some(text + piece),
                Piece::Value(value) => Some(text + &self.text_within(of.with(value), depth + 1)?),
            }),
            Kind::Binary(Operator::Add, left, right) => {
                Some(self.text_within(of.with(left), depth + 1)? + &self.text_within(of.with(right), depth + 1)?)
            }
            Kind::Binary(Operator::Or | Operator::Default, left, right) => {
                self.text_within(of.with(left), depth + 1).or_else(|| self.text_within(of.with(right), depth + 1))
            }
            Kind::Name(_) | Kind::Member(..) => {
                let written = self.written(of);
                if std::ptr::eq(written.value, of.value) { None } else { self.text_within(written, depth + 1) }
            }
            _ => None,
        }
    }
    /// Texts of a value that is one or a list of them; none where one is not written.
    pub(super) fn texts(self, of: Scoped<'a>) -> Option<Vec<String>> {
        self.elements(of).into_iter().map(|e| self.text(e)).collect()
    }
    /// The expression that a name or member is declared as, imports followed, calls not: what `code.origin` looks through is seen here.
    pub(super) fn declared(self, of: Scoped<'a>) -> Scoped<'a> {
        let mut of = of;
        for _ in 0..MAX_DEPTH {
            let next = match &of.value.kind {
                Kind::Name(name) => self.named(of, name),
                Kind::Member(object, name) => self.member(of.with(object), name),
                _ => None,
            };
            match next {
                Some(next) if !std::ptr::eq(next.value, of.value) => of = next,
                _ => break,
            }
        }
        of
    }
    fn named(self, of: Scoped<'a>, name: &'a str) -> Option<Scoped<'a>> {
        let source = self.code.module(of.module);
        for scope in source.module.enclosing(of.function) {
            let mut bindings = source.names.of(&source.module, scope, name);
            let Some(binding) = bindings.next() else { continue };
            return if bindings.next().is_none() { self.bound(of.module, binding) } else { None };
        }
        None
    }
    fn bound(self, module: ModuleId, binding: Binding) -> Option<Scoped<'a>> {
        let source = self.code.module(module);
        match binding {
            Binding::Assigned(index, part) => {
                let assignment = source.module.assignments.get(index as usize)?;
                let whole = Scoped { module, function: assignment.function, value: &assignment.value };
                match &assignment.target {
                    Target::Name(_) | Target::Place(_) => Some(whole),
                    Target::Parts(parts) => self.member(whole, &parts.get(part as usize)?.0),
                    Target::Elements(_) => None,
                }
            }
            Binding::Import(index) => {
                let name = source.module.imports.get(index as usize)?.name.as_deref()?;
                match source.imports.get(index as usize)? {
                    Resolved::Module(module) => self.given_out(*module, name, 0),
                    _ => None,
                }
            }
            Binding::Export(index) => {
                Some(Scoped { module, function: FunctionId::BODY, value: &source.module.exports.get(index as usize)?.value })
            }
            Binding::Field(class, index) => {
                let field: &'a Parameter = source.module.class(class)?.fields.get(index as usize)?;
                let function = source.module.class(class)?.function;
                Some(Scoped { module, function, value: field.default.as_ref()? })
            }
            _ => None,
        }
    }
    /// What a module gives out under a name.
    pub(super) fn given_out(self, module: ModuleId, name: &'a str, depth: usize) -> Option<Scoped<'a>> {
        if depth > MAX_DEPTH {
            return None;
        }
        let source = self.code.module(module);
        for binding in source.names.exported(&source.module, name) {
            match binding {
                Binding::Import(index) => {
                    let original = source.module.imports.get(index as usize)?.name.as_deref()?;
                    if let Resolved::Module(next) = source.imports.get(index as usize)? {
                        return self.given_out(*next, original, depth + 1);
                    }
                    return None;
                }
                binding => return self.bound(module, binding),
            }
        }
        if let Some(export) = source.module.exports.iter().rev().find(|e| e.name == "*") {
            let whole = Scoped { module, function: FunctionId::BODY, value: &export.value };
            return if matches!(name, "default" | "*") { Some(whole) } else { self.member(whole, name) };
        }
        let stars = source.names.stars.iter().filter_map(|i| source.imports.get(*i as usize));
        stars.take(64).find_map(|to| match to {
            Resolved::Module(next) => self.given_out(*next, name, depth + 1),
            _ => None,
        })
    }
    fn member(self, object: Scoped<'a>, name: &'a str) -> Option<Scoped<'a>> {
        let origin = self.origin(object);
        if !origin.members.is_empty() {
            return None;
        }
        match origin.base {
            Base::Module(module) => self.given_out(module, name, 0),
            Base::Instance(class) | Base::Class(class) => {
                let source = self.code.module(class.module);
                let binding = source.names.members(&source.module, class.class, name).find(|b| !matches!(b, Binding::Method(_)))?;
                self.bound(class.module, binding)
            }
            Base::Written(..) => {
                let object = self.written(object);
                Some(object.with(object.value.get(name)?))
            }
            _ => None,
        }
    }
    /// The guards that a value stands for: one, or those of a list.
    pub(super) fn guards(self, of: Scoped<'a>) -> Vec<Guard> {
        self.elements(of).into_iter().map(|e| self.guard(e)).collect()
    }
    /// A guard that a value is, applied where the value stands.
    pub(super) fn guard(self, of: Scoped<'a>) -> Guard {
        let declared = self.declared(of);
        let base = self.base(of);
        let mut guard = Guard {
            name: String::new(),
            function: None,
            class: None,
            made: declared.call(),
            at: self.code.location(of.module, of.value.span),
            scope: of.scope(),
        };
        match base {
            Some(Base::Function(function)) => guard.function = Some(function),
            Some(Base::Class(class)) => guard.class = Some(class),
            Some(Base::Instance(class)) => {
                guard.class = Some(class);
                guard.function = ["use", "canActivate", "handle", "intercept", "transform"].into_iter().find_map(|m| self.method(class, m));
            }
            Some(Base::Result(call)) => {
                guard.made = Some(call);
                guard.function = self.wrapped(call);
            }
            _ => {}
        }
        let package = self.name(of).filter(|_| guard.class.is_none());
        guard.name = package.or_else(|| self.tree_name(of, &guard)).unwrap_or_default();
        guard
    }
    /// The name that something has in the tree.
    fn tree_name(self, of: Scoped<'a>, guard: &Guard) -> Option<String> {
        if let Some(class) = guard.class {
            return Some(self.code.class(class).name.to_string());
        }
        // What a function of the tree makes is known by that function's name.
        if let Some(call) = guard.made {
            let callee = self.scoped(call, &self.code.call(call).callee);
            let function = self.code.function_of(callee.module, callee.function, callee.value);
            let name = function.map(|f| self.code.function(f).name.to_string()).filter(|n| !n.is_empty());
            if let Some(name) = name.or_else(|| Some(callee.value.path()?.join("."))) {
                return Some(name);
            }
        }
        let named = guard.function.map(|f| self.code.function(f).name.to_string()).filter(|n| !n.is_empty());
        named.or_else(|| Some(of.value.path()?.join(".")))
    }
    /// What answers where a value is given as a handler: the function itself, or what wrappers are put around. Wrappers are guards.
    pub(super) fn handler(self, of: Scoped<'a>) -> Handler {
        let mut handler = Handler::default();
        let mut of = of;
        for _ in 0..MAX_DEPTH {
            let declared = self.declared(of);
            let Some(call) = declared.call().filter(|c| self.code.call(*c).method() != Some("bind")) else {
                handler.function = self.code.function_of(of.module, of.function, of.value);
                return handler;
            };
            // `wrap(options, handler)`, `compose(a, b, handler)`: what is wrapped stands last.
            let arguments = self.arguments(call);
            let guard = || Guard { at: self.code.call_at(call), ..self.guard(declared) };
            let Some(place) = arguments.iter().rposition(|a| self.is_callable(*a)) else {
                if let Some(inner) = arguments.iter().rev().find_map(|a| self.handler_entry(*a)) {
                    handler.guards.push(guard());
                    of = inner;
                    continue;
                }
                handler.function = self.code.function_of(of.module, of.function, of.value);
                return handler;
            };
            handler.guards.push(guard());
            let before = &arguments[..place];
            handler.guards.extend(before.iter().filter(|a| self.is_callable(**a)).map(|a| self.guard(*a)));
            of = arguments[place];
        }
        handler
    }
    /// The entry that answers, of an object that is handed to a wrapper: `createRoute({ schema, handler: async () => {} })`.
    fn handler_entry(self, of: Scoped<'a>) -> Option<Scoped<'a>> {
        let object = self.written(of);
        let entry = ["handler", "fn", "handle", "run", "execute", "resolve", "resolver"].iter().find_map(|k| object.value.get(k))?;
        Some(object.with(entry)).filter(|e| self.is_callable(*e))
    }
    /// The one function that a call is given in place, or by name: `middleware(async (context) => {})`.
    fn wrapped(self, call: CallRef) -> Option<FunctionRef> {
        let arguments = self.code.call(call).arguments.iter().map(|a| self.scoped(call, &a.value));
        let mut functions = arguments.filter_map(|a| self.code.function_of(a.module, a.function, a.value));
        let one = functions.next()?;
        functions.next().is_none().then_some(one)
    }
    /// Whether a value is a function, or what some function made of one.
    fn is_callable(self, of: Scoped<'a>) -> bool {
        if self.code.function_of(of.module, of.function, of.value).is_some() {
            return true;
        }
        let Some(call) = self.declared(of).call() else { return false };
        self.code.call(call).arguments.iter().any(|a| matches!(a.value.kind, Kind::Function(_)))
    }
    /// A method that a class of the tree writes itself.
    pub(super) fn method(self, class: ClassRef, name: &str) -> Option<FunctionRef> {
        let functions = &self.code.module(class.module).module.functions;
        let index = functions.iter().position(|f| f.class == Some(class.class) && f.name == name)?;
        Some(FunctionRef { module: class.module, function: FunctionId(u32::try_from(index).ok()?) })
    }
    /// The methods of a class, in the order of the text.
    pub(super) fn methods_of(self, class: ClassRef) -> impl Iterator<Item = (FunctionRef, &'a Function)> {
        let functions = (0..).zip(&self.code.module(class.module).module.functions);
        functions
            .filter(move |(_, f)| f.class == Some(class.class))
            .map(move |(index, f)| (FunctionRef { module: class.module, function: FunctionId(index) }, f))
    }
    /// The parameter of a function around that a value is just the name of.
    pub(super) fn parameter(self, of: Scoped) -> Option<(FunctionRef, u32)> {
        let Kind::Name(name) = &of.value.kind else { return None };
        let source = self.code.module(of.module);
        for scope in source.module.enclosing(of.function) {
            let mut bindings = source.names.of(&source.module, scope, name);
            match bindings.next() {
                Some(Binding::Parameter(function, index, crate::code::names::WHOLE)) => {
                    return Some((FunctionRef { module: of.module, function }, u32::from(index)));
                }
                Some(_) => return None,
                None => {}
            }
        }
        None
    }
    /// The calls of all names that begin with a text, each with its name's receiver and method.
    pub(super) fn methods(self, beginning: &'a str) -> impl Iterator<Item = (&'a str, &'a str, CallRef)> {
        let names = self.code.names_from(beginning).filter_map(|(name, calls)| name.rsplit_once('.').map(|(of, method)| (of, method, calls)));
        names.flat_map(|(of, method, calls)| calls.iter().map(move |call| (of, method, *call)))
    }
}

/// The method of a verb, as frameworks write it.
pub(super) fn verb(word: &str) -> Option<Method> {
    Some(match word.to_ascii_lowercase().as_str() {
        "get" => Method::Get,
        "head" | "options" | "trace" | "opts" => Method::Head,
        "post" => Method::Post,
        "put" => Method::Put,
        "patch" => Method::Patch,
        "delete" | "del" => Method::Delete,
        "all" | "any" => Method::Any,
        _ => return None,
    })
}
