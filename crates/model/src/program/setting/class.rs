//! Settings classes of pydantic: fields that variables of the same name fill.

use plimsoll_base::Location;
use plimsoll_facts::code::{Base, ClassRef, Code, FunctionId, FunctionRef, Kind, Parameter, Target, Value};

use super::Answer;
use super::call::cast;
use super::evaluate::Evaluation;

/// How many classes may extend one another.
const MAX_BASES: usize = 8;

/// Whether a class takes its fields from the environment.
pub(super) fn is_settings(code: &Code, class: ClassRef) -> bool {
    let mut open = vec![class];
    for _ in 0..MAX_BASES {
        let Some(next) = open.pop() else { return false };
        let source = code.module(next.module);
        let Some(definition) = source.module.class(next.class) else { continue };
        for base in &definition.bases {
            let name = code.name(next.module, definition.function, base);
            if name.as_deref().is_some_and(|n| n.starts_with("pydantic") && n.ends_with(".BaseSettings")) {
                return true;
            }
            if let Base::Class(outer) = code.origin(next.module, definition.function, base).base {
                open.push(outer);
            }
        }
    }
    false
}

/// A class and those of the tree that it extends, the nearest first.
pub(super) fn lineage(code: &Code, class: ClassRef) -> Vec<ClassRef> {
    let mut found = vec![class];
    let mut next = 0;
    while let Some(at) = found.get(next).copied().filter(|_| found.len() < MAX_BASES) {
        next += 1;
        let Some(definition) = code.module(at.module).module.class(at.class) else { continue };
        for base in &definition.bases {
            if let Base::Class(outer) = code.origin(at.module, definition.function, base).base
                && !found.contains(&outer)
            {
                found.push(outer);
            }
        }
    }
    found
}

/// The prefix that a settings class puts before the names of its fields.
pub(super) fn prefix(code: &Code, class: ClassRef) -> String {
    for at in lineage(code, class) {
        let module = &code.module(at.module).module;
        let Some(definition) = module.class(at.class) else { continue };
        let configured = definition.fields.iter().find(|f| f.name == "model_config").and_then(|f| f.default.as_ref());
        let value = configured.and_then(|c| match &c.kind {
            Kind::Call(call) => module.call(*call)?.keyword("env_prefix"),
            _ => c.get("env_prefix"),
        });
        let inner = || {
            let config = module.classes.iter().find(|c| c.class == Some(at.class) && c.name == "Config")?;
            config.fields.iter().find(|f| f.name == "env_prefix")?.default.as_ref()
        };
        if let Some(text) = value.or_else(inner).and_then(Value::text) {
            return text.to_owned();
        }
    }
    String::new()
}

/// A field: the variables that fill it, the first one first, and its default.
pub(super) struct Field<'f> {
    pub(super) names: Vec<String>,
    pub(super) default: Option<&'f Value>,
    /// Something stands in that is no plain value: a factory.
    pub(super) made: bool,
}

/// How a field of a settings class is filled.
pub(super) fn field<'f>(code: &'f Code, class: ClassRef, field: &'f Parameter, prefix: &str) -> Field<'f> {
    let module = &code.module(class.module).module;
    let usual = format!("{prefix}{}", field.name).to_ascii_uppercase();
    let declared = field.default.as_ref().and_then(|d| module.called(d)).filter(|c| c.method() == Some("Field"));
    let Some(call) = declared else {
        // `Annotated[str, Field(alias="X")]` is rare; an ellipsis asks for a value.
        let default = field.default.as_ref().filter(|d| !matches!(d.kind, Kind::Other));
        return Field { names: vec![usual], default, made: false };
    };
    let mut names: Vec<String> = Vec::new();
    for keyword in ["validation_alias", "alias", "env"] {
        let Some(value) = call.keyword(keyword) else { continue };
        let written = value.walk().into_iter().filter_map(Value::text).map(str::to_owned);
        names.extend(written);
        if let Some(choices) = module.called(value) {
            names.extend(choices.arguments.iter().filter_map(|a| a.value.text()).map(str::to_owned));
        }
    }
    if names.is_empty() {
        names.push(usual);
    }
    let default = call.keyword("default").or_else(|| call.argument(0)).filter(|d| !matches!(d.kind, Kind::Other));
    Field { names, default, made: call.keyword("default_factory").is_some() }
}

impl Evaluation<'_> {
    /// A member of an instance: what fills the field of a settings class, what a property gives back, what a constructor assigns.
    pub(super) fn field(&mut self, class: ClassRef, name: &str, at: Location) -> Answer {
        let code = self.code;
        let settings = is_settings(code, class);
        for own in lineage(code, class) {
            let module = &code.module(own.module).module;
            let Some(definition) = module.class(own.class) else { continue };
            let scope = FunctionRef { module: own.module, function: definition.function };
            if let Some(found) = definition.fields.iter().find(|f| f.name == name) {
                if !settings {
                    return found.default.as_ref().map_or(Answer::Unknown, |d| self.value(d, scope));
                }
                let filled = field(code, own, found, &prefix(code, class));
                let read = filled
                    .names
                    .iter()
                    .flat_map(|n| [n.clone(), n.to_ascii_uppercase(), n.to_ascii_lowercase()])
                    .find(|n| self.program.environment.get(n).is_some());
                let name = read.as_deref().or(filled.names.first().map(String::as_str)).unwrap_or(name);
                let default = filled.default.map(|d| self.value(d, scope));
                let unset = self.variable(name, code.location(own.module, found.at));
                let answer = self.or_default(unset, default);
                return cast(answer, found.annotation.as_ref().and_then(annotated));
            }
            let property = module.functions.iter().position(|f| {
                f.class == Some(own.class)
                    && f.name == name
                    && f.decorators.iter().any(|d| d.path().is_some_and(|p| p.last().is_some_and(|l| l.ends_with("property"))))
            });
            if let Some(index) = property {
                return self.step(|e| e.returned(FunctionRef { module: own.module, function: FunctionId(index as u32) }));
            }
            // `self.x = …` in the constructor.
            let assigned = module.assignments.iter().filter(|a| {
                let within = module
                    .function(a.function)
                    .is_some_and(|f| f.class == Some(own.class) && matches!(f.name.as_str(), "__init__" | "constructor"));
                within
                    && matches!(&a.target, Target::Place(place) if place.is(&format!("self.{name}")) || place.is(&format!("this.{name}")))
            });
            let all: Vec<_> = assigned.take(2).collect();
            if let [one] = all.as_slice() {
                return self.value(&one.value, FunctionRef { module: own.module, function: one.function });
            }
        }
        let _ = at;
        Answer::Unknown
    }
}

/// The type that an annotation names: `bool`, `Optional[int]`, `list[str]`.
fn annotated(value: &Value) -> Option<&str> {
    match &value.kind {
        Kind::Name(name) | Kind::Member(_, name) => Some(name),
        Kind::Index(of, inner) => match annotated(of)? {
            "Optional" | "Annotated" | "Union" => inner.as_deref().and_then(|i| match i.list() {
                Some(list) => list.first().and_then(annotated),
                None => annotated(i),
            }),
            outer => Some(outer),
        },
        Kind::Binary(_, left, _) => annotated(left),
        Kind::Text(text) => Some(text),
        _ => None,
    }
}
