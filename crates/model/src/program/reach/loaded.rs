//! What is known of a loaded module.

use std::collections::HashMap;

use plimsoll_facts::code::{ClassId, Export, FunctionId, ImportKind, SourceModule};

use super::mention::{ModuleMentions, mentions};

/// What a name of a module is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Definition {
    Function(FunctionId),
    Class(ClassId),
    Import(usize),
}

/// What is known of a loaded module.
#[derive(Debug)]
pub(super) struct Loaded<'a> {
    pub(super) source: &'a SourceModule,
    pub(super) mentions: ModuleMentions<'a>,
    pub(super) definitions: HashMap<&'a str, Vec<Definition>>,
    pub(super) exports: HashMap<&'a str, Vec<&'a Export>>,
    /// Imports by the function that does them.
    pub(super) imports: HashMap<FunctionId, Vec<usize>>,
    /// Imports that hand names on as they are: `export *`, `from x import *`.
    pub(super) stars: Vec<usize>,
    /// Decorated functions and classes by the function in whose body they stand.
    pub(super) decorated: HashMap<FunctionId, Vec<Definition>>,
    /// Methods by their class.
    pub(super) methods: HashMap<ClassId, Vec<FunctionId>>,
    pub(super) functions: Vec<bool>,
    pub(super) classes: Vec<bool>,
}

impl<'a> Loaded<'a> {
    pub(super) fn new(source: &'a SourceModule) -> Self {
        let module = &source.module;
        let mut definitions: HashMap<&str, Vec<Definition>> = HashMap::new();
        let mut decorated: HashMap<FunctionId, Vec<Definition>> = HashMap::new();
        let mut methods: HashMap<ClassId, Vec<FunctionId>> = HashMap::new();
        for (index, function) in module.functions.iter().enumerate().skip(1) {
            let id = FunctionId(index as u32);
            match function.class {
                Some(class) => methods.entry(class).or_default().push(id),
                None => {
                    if !function.name.is_empty() {
                        definitions.entry(&function.name).or_default().push(Definition::Function(id));
                    }
                    if !function.decorators.is_empty() {
                        decorated.entry(function.parent.unwrap_or(FunctionId::BODY)).or_default().push(Definition::Function(id));
                    }
                }
            }
        }
        for (index, class) in module.classes.iter().enumerate() {
            let id = ClassId(index as u32);
            definitions.entry(&class.name).or_default().push(Definition::Class(id));
            if !class.decorators.is_empty() {
                decorated.entry(class.function).or_default().push(Definition::Class(id));
            }
        }
        let mut imports: HashMap<FunctionId, Vec<usize>> = HashMap::new();
        let mut stars = Vec::new();
        for (index, import) in module.imports.iter().enumerate() {
            imports.entry(import.function).or_default().push(index);
            match import.local.as_deref() {
                Some("*") => stars.push(index),
                // `import a.b` binds `a`.
                Some(local) if import.kind != ImportKind::ReExport => {
                    let root = local.split('.').next().unwrap_or(local);
                    definitions.entry(root).or_default().push(Definition::Import(index));
                }
                _ => {}
            }
        }
        let mut exports: HashMap<&str, Vec<&Export>> = HashMap::new();
        for export in &module.exports {
            exports.entry(&export.name).or_default().push(export);
        }
        Self {
            source,
            mentions: mentions(module),
            definitions,
            exports,
            imports,
            stars,
            decorated,
            methods,
            functions: vec![false; module.functions.len()],
            classes: vec![false; module.classes.len()],
        }
    }
}
