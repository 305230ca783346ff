//! `import` declarations.

use oxc_ast::ast::{ImportDeclaration, ImportDeclarationSpecifier, ImportOrExportKind, TSImportEqualsDeclaration, TSModuleReference};
use oxc_span::GetSpan;

use super::Lowering;
use crate::{Assignment, Declared, ImportKind, Kind, Target, Text, Value};

impl<'a> Lowering<'a> {
    pub(super) fn import_declaration(&mut self, declaration: &'a ImportDeclaration<'a>) {
        let at = self.span(declaration.span);
        let module = Text::new(declaration.source.value);
        let kind = kind_of(declaration.import_kind, ImportKind::Static);
        let specifiers = declaration.specifiers.as_ref();
        let Some(specifiers) = specifiers.filter(|s| !s.is_empty()) else {
            return self.import(module, None, None, kind, at);
        };
        for specifier in specifiers {
            let (name, kind) = match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(named) => {
                    (Text::new(named.imported.name()), if kind == ImportKind::Types { kind } else { kind_of(named.import_kind, kind) })
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(_) => (Text::const_new("default"), kind),
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(_) => (Text::const_new("*"), kind),
            };
            self.import(module.clone(), Some(name), Some(Text::new(specifier.local().name)), kind, at);
        }
    }

    /// `import x = require('m')`, `import x = A.b`.
    pub(super) fn import_equals(&mut self, declaration: &'a TSImportEqualsDeclaration<'a>) {
        let at = self.span(declaration.span);
        let local = Text::new(declaration.id.name);
        let value = match &declaration.module_reference {
            TSModuleReference::ExternalModuleReference(module) => {
                let kind = kind_of(declaration.import_kind, ImportKind::Require);
                return self.import(Text::new(module.expression.value), Some(Text::const_new("*")), Some(local), kind, at);
            }
            TSModuleReference::IdentifierReference(name) => Value::new(self.span(name.span()), Kind::Name(Text::new(name.name))),
            TSModuleReference::QualifiedName(name) => self.qualified(name),
        };
        let (function, branch) = (self.function, self.branch);
        let (target, declared) = (Target::Name(local), Declared::Const);
        self.assign(Assignment { target, value, annotation: None, declared, function, class: None, branch, at });
    }
}

/// The kind, unless it is only of types.
pub(super) fn kind_of(written: ImportOrExportKind, otherwise: ImportKind) -> ImportKind {
    if written == ImportOrExportKind::Type { ImportKind::Types } else { otherwise }
}
