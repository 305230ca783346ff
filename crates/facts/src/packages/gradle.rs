//! Gradle: build scripts, read by the forms in which dependencies are written, and version catalogues.

use std::collections::BTreeMap;

use plimsoll_base::{Sourced, Span};
use plimsoll_syntax::Node;

use super::lines::{lines, literals, trimmed, without_comment};
use super::workspace::Root;
use super::{Ecosystem, Package, PackageDependency, maven};
use crate::library::{Held, Library};

/// Aliases of a version catalogue (`spring.boot`) with coordinates and version.
type Catalogue = BTreeMap<String, (String, String)>;

/// Every build script, and the workspaces that settings files declare.
pub(super) fn read(library: &Library, roots: &mut Vec<Root>) -> Vec<Package> {
    let files = || library.files().iter().filter(|f| f.bytes.is_some() && !super::foreign(f));
    let catalogues: Vec<(&str, Catalogue)> = files()
        .filter(|f| f.name().ends_with(".versions.toml"))
        .filter_map(|f| Some((f.folder().strip_suffix("gradle")?.trim_end_matches('/'), catalogue(f.root()?))))
        .collect();
    let mut packages: Vec<Package> = Vec::new();
    for held in files().filter(|f| matches!(f.name(), "build.gradle" | "build.gradle.kts")) {
        let nearest = catalogues.iter().filter(|(folder, _)| held.path.starts_with(folder)).max_by_key(|(folder, _)| folder.len());
        if !packages.iter().any(|p| p.folder == held.folder()) {
            packages.push(script(held, nearest.map(|(_, c)| c)));
        }
    }
    for held in files().filter(|f| matches!(f.name(), "settings.gradle" | "settings.gradle.kts")) {
        let path = packages.iter().find(|p| p.folder == held.folder()).map_or_else(|| held.path.clone(), |p| p.path.clone());
        let patterns = included(&held.text());
        if !patterns.is_empty() {
            roots.push(Root { path, folder: held.folder().to_owned(), patterns });
        }
    }
    packages
}

/// The folders of the projects that a settings file includes.
fn included(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut inside = false;
    for (_, line) in lines(text) {
        let code = without_comment(line, "//").trim();
        inside |= code.starts_with("include ") || code.starts_with("include(");
        if inside {
            found.extend(literals(code).into_iter().map(|(_, name)| name.trim_start_matches(':').replace(':', "/")));
            inside = code.ends_with(',') || code.ends_with('(');
        }
    }
    found
}

fn catalogue(root: &Node) -> Catalogue {
    let versions = root.get("versions");
    let mut found = Catalogue::new();
    for (section, prefix) in [("libraries", ""), ("plugins", "plugins.")] {
        for entry in root.get(section).map(Node::entries).unwrap_or_default() {
            let text = |key: &str| entry.value.get(key).and_then(Node::scalar).map(str::to_owned);
            let short = entry.value.as_str().and_then(|s| s.rsplit_once(':')).map(|(n, v)| (n.to_owned(), v.to_owned()));
            let name = text("module").or_else(|| text("id")).or_else(|| Some(format!("{}:{}", text("group")?, text("name")?)));
            let by_reference =
                entry.value.path(&["version", "ref"]).and_then(Node::scalar).and_then(|r| versions?.get(r)?.scalar()).map(str::to_owned);
            let coordinates = short.or_else(|| Some((name?, text("version").or(by_reference).unwrap_or_default())));
            if let Some(coordinates) = coordinates {
                found.insert(format!("{prefix}{}", entry.key.replace(['-', '_'], ".")), coordinates);
            }
        }
    }
    found
}

/// Names that a script gives to literals: `def grpcVersion = "1.60.0"`, `ext.x = '1'`, `val x = "1"`.
fn variables(text: &str) -> BTreeMap<&str, &str> {
    let mut found = BTreeMap::new();
    for (_, line) in lines(text) {
        if let Some((left, right)) = line.split_once('=')
            && let Some((1, value)) = literals(right.trim()).first().copied()
        {
            let name = left.split(':').next().unwrap_or(left).trim();
            found.insert(name.rsplit([' ', '.']).next().unwrap_or(name), value);
        }
    }
    found
}

/// A version with the script's own variables replaced.
fn replaced(constraint: String, variables: &BTreeMap<&str, &str>) -> String {
    let Some(name) = constraint.strip_prefix('$') else { return constraint };
    let name = name.trim_start_matches('{').trim_end_matches('}');
    variables.get(name).map_or(constraint.clone(), |v| (*v).to_owned())
}

fn script(held: &Held, catalogue: Option<&Catalogue>) -> Package {
    let mut package = Package::new(held, Ecosystem::Maven);
    let text = held.text();
    let variables = variables(&text);
    let mut open = None;
    for (start, line) in lines(&text) {
        let (content, span) = trimmed(start, without_comment(line, "//"));
        if content.is_empty() {
            continue;
        }
        let at = held.at(span);
        if let Some((name, constraint)) = plugin(content, catalogue) {
            package.tools.push((name.clone(), at));
            package.dependencies.push(PackageDependency { name, constraint, at, dev: true });
        } else if let Some((dev, rest)) = configuration(content).or(open.map(|dev| (dev, content))) {
            let found = coordinates(rest, catalogue).into_iter();
            package.dependencies.extend(found.map(|(name, c)| PackageDependency { name, constraint: replaced(c, &variables), at, dev }));
            // A list goes on behind a comma.
            open = content.ends_with(',').then_some(dev);
        } else if let Some(version) = java_version(content).filter(|_| package.runtimes.is_empty()) {
            let from = span.start as usize + content.find(&version).unwrap_or(0);
            let place = held.at(Span::new(from, from + version.len()));
            // Java 8 calls itself `VERSION_1_8` here.
            package.runtimes.push(("java".to_owned(), Sourced::new(version.replace('_', "."), place)));
        }
    }
    package.exact = package.dependencies.iter().all(|d| maven::is_fixed(&d.constraint));
    package
}

/// `id 'org.springframework.boot' version '3.2.0'`, `id("x") version "1"`, `alias(libs.plugins.x)`.
fn plugin(content: &str, catalogue: Option<&Catalogue>) -> Option<(String, String)> {
    if content.starts_with("id ") || content.starts_with("id(") {
        let values = literals(content);
        let version = if content.contains("version") { values.get(1).map(|(_, v)| (*v).to_owned()) } else { None };
        return Some((values.first()?.1.to_owned(), version.unwrap_or_default()));
    }
    let alias = content.strip_prefix("alias(libs.").or_else(|| content.strip_prefix("alias libs."))?;
    catalogue?.get(alias.split(')').next().unwrap_or(alias).trim()).cloned()
}

/// The configuration that a line starts with: whether it is for development alone, and the rest of the line.
fn configuration(content: &str) -> Option<(bool, &str)> {
    #[rustfmt::skip]
    const PRODUCTION: &[&str] = &["implementation", "api", "compile", "runtimeOnly", "compileOnly", "runtime", "annotationProcessor", "kapt", "ksp"];
    #[rustfmt::skip]
    const DEV: &[&str] = &[
        "developmentOnly", "testImplementation", "testCompile", "testRuntimeOnly", "testCompileOnly", "androidTestImplementation",
        "testAndDevelopmentOnly", "checkstyle", "integrationTestImplementation",
    ];
    let end = content.find(|c: char| !c.is_ascii_alphanumeric())?;
    let (configuration, rest) = content.split_at(end);
    let dev = DEV.contains(&configuration);
    (dev || PRODUCTION.contains(&configuration)).then_some((dev, rest))
}

/// The coordinates with their versions, or the alias, that a text names.
fn coordinates(text: &str, catalogue: Option<&Catalogue>) -> Vec<(String, String)> {
    let one = |literal: &str| {
        let mut parts = literal.splitn(3, ':');
        let (group, name) = (parts.next().filter(|g| !g.is_empty())?, parts.next()?);
        Some((format!("{group}:{name}"), parts.next().unwrap_or_default().split('@').next().unwrap_or_default().to_owned()))
    };
    let found: Vec<(String, String)> = literals(text).into_iter().filter_map(|(_, l)| one(l)).collect();
    if !found.is_empty() {
        return found;
    }
    let alias = text
        .split_once("libs.")
        .map(|(_, rest)| rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_')).next().unwrap_or(rest));
    alias.and_then(|a| catalogue?.get(a.trim_end_matches(".get")).cloned()).into_iter().collect()
}

/// The Java version that a line asks for.
fn java_version(content: &str) -> Option<String> {
    let rest = [
        "JavaLanguageVersion.of(",
        "jvmToolchain(",
        "JavaVersion.VERSION_",
        "sourceCompatibility",
        "targetCompatibility",
        "languageVersion.set(",
    ]
    .iter()
    .find_map(|mark| content.split_once(mark).map(|(_, rest)| rest))?;
    let start = rest.find(|c: char| c.is_ascii_digit())?;
    let length = rest[start..].find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_')).unwrap_or(rest.len() - start);
    Some(rest[start..start + length].to_owned())
}
