//! `export` declarations.

use oxc_ast::ast::{
    BindingPattern, Declaration, ExportAllDeclaration, ExportDeclaration, ExportDefaultDeclaration, ExportDefaultDeclarationKind,
    ExportFromDeclaration, ExportNamedDeclaration, ExportSpecifier, ImportOrExportKind, ModuleDeclaration, VariableDeclarator,
};
use oxc_span::GetSpan;
use plimsoll_base::Span;

use super::{Lowering, assignments::is_small, imports::kind_of};
use crate::{Export, ImportKind, Kind, Text, Value};

impl<'a> Lowering<'a> {
    pub(super) fn module_declaration(&mut self, declaration: &'a ModuleDeclaration<'a>) {
        match declaration {
            ModuleDeclaration::ImportDeclaration(import) => self.import_declaration(import),
            ModuleDeclaration::ExportAllDeclaration(export) => self.export_all(export),
            ModuleDeclaration::ExportDefaultDeclaration(export) => self.export_default(export),
            ModuleDeclaration::ExportDeclaration(export) => self.export_declaration(export),
            ModuleDeclaration::ExportNamedDeclaration(export) => self.export_named(export),
            ModuleDeclaration::ExportFromDeclaration(export) => self.export_from(export),
            ModuleDeclaration::TSExportAssignment(export) => {
                let value = self.value(&export.expression);
                self.export(Text::const_new("*"), value, self.span(export.span));
            }
            ModuleDeclaration::TSNamespaceExportDeclaration(_) => {}
        }
    }

    fn export(&mut self, name: Text, value: Value, at: Span) {
        if !self.in_namespace {
            self.module.exports.push(Export { name, value, at });
        }
    }

    fn export_all(&mut self, export: &'a ExportAllDeclaration<'a>) {
        let star = Text::const_new("*");
        let local = export.exported.as_ref().map_or(star.clone(), |name| Text::new(name.name()));
        let kind = kind_of(export.export_kind, ImportKind::ReExport);
        self.import(Text::new(export.source.value), Some(star), Some(local), kind, self.span(export.span));
    }

    fn export_from(&mut self, export: &'a ExportFromDeclaration<'a>) {
        let at = self.span(export.span);
        let module = Text::new(export.source.value);
        let kind = kind_of(export.export_kind, ImportKind::ReExport);
        if export.specifiers.is_empty() {
            self.import(module.clone(), None, None, kind, at);
        }
        for specifier in &export.specifiers {
            let kind = if kind == ImportKind::Types { kind } else { kind_of(specifier.export_kind, kind) };
            let (name, local) = (Text::new(specifier.local.name()), Text::new(specifier.exported.name()));
            self.import(module.clone(), Some(name), Some(local), kind, at);
        }
    }

    fn export_named(&mut self, export: &'a ExportNamedDeclaration<'a>) {
        let is_type = |s: &&ExportSpecifier| export.export_kind == ImportOrExportKind::Type || s.export_kind == ImportOrExportKind::Type;
        for specifier in export.specifiers.iter().filter(|s| !is_type(s)) {
            let value = Value::new(self.span(specifier.local.span()), Kind::Name(Text::new(specifier.local.name())));
            self.export(Text::new(specifier.exported.name()), value, self.span(specifier.span));
        }
    }

    fn export_default(&mut self, export: &'a ExportDefaultDeclaration<'a>) {
        let at = self.span(export.span);
        let value = match &export.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                let span = self.span(function.span);
                let id = self.deeper(function.span, |l| l.function(function, None, span, None, Vec::new())).flatten();
                let Some(id) = id else { return };
                Value::new(span, Kind::Function(id))
            }
            ExportDefaultDeclarationKind::ClassDeclaration(class) => {
                let span = class.span;
                let id = self.deeper(span, |l| l.class(class, None));
                Value::new(self.span(span), id.map_or(Kind::Other, Kind::Class))
            }
            ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => return,
            expression => self.value(expression.to_expression()),
        };
        self.export(Text::const_new("default"), value, at);
    }

    fn export_declaration(&mut self, export: &'a ExportDeclaration<'a>) {
        let (functions, classes) = (self.module.functions.len() as u32, self.module.classes.len() as u32);
        let mut next = self.module.assignments.len();
        self.deeper(export.span, |l| l.declaration(&export.declaration));
        if export.declaration.declare() {
            return;
        }
        let at = self.span(export.span);
        match &export.declaration {
            Declaration::VariableDeclaration(variables) => {
                for declarator in &variables.declarations {
                    next = self.export_variable(declarator, next);
                }
            }
            Declaration::FunctionDeclaration(function) if function.body.is_some() => {
                let Some(name) = &function.id else { return };
                let value = Value::new(self.span(function.span), Kind::Function(crate::FunctionId(functions)));
                self.export(Text::new(name.name), value, at);
            }
            Declaration::ClassDeclaration(class) => {
                let Some(name) = &class.id else { return };
                let value = Value::new(self.span(class.span), Kind::Class(crate::ClassId(classes)));
                self.export(Text::new(name.name), value, at);
            }
            Declaration::TSEnumDeclaration(_) | Declaration::TSNamespaceDeclaration(_) | Declaration::TSImportEqualsDeclaration(_) => {
                let Some(name) = export.declaration.id() else { return };
                let value = Value::new(self.span(name.span), Kind::Name(Text::new(name.name)));
                self.export(Text::new(name.name), value, at);
            }
            _ => {}
        }
    }

    /// A variable given out is the function, class, call or literal text that it was just given, else its name. Takes and gives the assignment from
    /// which on those of the declaration are to be looked for.
    fn export_variable(&mut self, declarator: &'a VariableDeclarator<'a>, from: usize) -> usize {
        let at = self.span(declarator.span);
        let BindingPattern::BindingIdentifier(id) = &declarator.id else {
            for name in declarator.id.get_binding_identifiers() {
                let value = Value::new(self.span(name.span), Kind::Name(Text::new(name.name)));
                self.export(Text::new(name.name), value, at);
            }
            return from;
        };
        let mut value = Value::new(self.span(id.span), Kind::Name(Text::new(id.name)));
        let mut next = from;
        if declarator.init.is_some() {
            let given = self.module.assignments.iter().enumerate().skip(from).find(|(_, a)| a.at == at);
            if let Some((index, given)) = given {
                next = index + 1;
                if is_small(&given.value.kind) && !matches!(given.value.kind, Kind::Name(_)) {
                    value = given.value.clone();
                }
            }
        }
        self.export(Text::new(id.name), value, at);
        next
    }
}
