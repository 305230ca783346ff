//! Headers that platform files give to responses, and the bounds that platforms set unasked.
//!
//! Sources: Vercel's and Netlify's references of project configuration, the `_headers` files of Netlify and Cloudflare Pages, Render's
//! blueprint, and the platforms' pages on limits.

use plimsoll_base::{Location, Span};

use super::PlatformTarget;
use crate::container::Workload;
use crate::iac::value::{Value, each};
use crate::infrastructure::{Entry, HeaderRule, Leads, Property, Route, Treatment};
use crate::library::{Held, Library};

/// The largest body that reaches the application, in bytes, as the platform's documents say.
const BOUNDS: &[(&str, u64, &str)] = &[
    ("vercel", 4_718_592, "Vercel's functions take 4.5 MB at most"),
    ("netlify", 6 << 20, "Netlify's functions take 6 MB at most"),
    ("cloud-run", 32 << 20, "Cloud Run takes 32 MiB at most over HTTP/1"),
    ("app-engine", 32 << 20, "App Engine takes 32 MB at most"),
];

/// Lines of a file of headers that are read.
const MAX_LINES: usize = 5_000;

/// Tells what the platform does to the traffic of one workload.
pub(super) fn tell(library: &Library, target: &PlatformTarget, workload: &Workload, file: Option<&Value>, e: &mut Entry) {
    let at = workload.at;
    let bound = BOUNDS.iter().find(|(platform, ..)| *platform == target.platform);
    e.everywhere.body = bound.map(|(_, bytes, says)| Property::defaulted(*bytes, at, *says));
    e.everywhere.forwarded = Some(Property::defaulted(true, at, "the platform's router tells the client's address"));
    let mut given: Vec<(String, HeaderRule)> = Vec::new();
    match (target.platform, file) {
        ("vercel", Some(file)) => {
            for rule in each(file.get("headers")) {
                // A condition makes it one for some requests only.
                let narrowed = rule.get("has").is_some() || rule.get("missing").is_some();
                let source = if narrowed { "some requests" } else { rule.get("source").and_then(Value::written).unwrap_or_default() };
                given.extend(each(rule.get("headers")).iter().filter_map(|h| Some((source.to_owned(), header(h, "key")?))));
            }
        }
        ("netlify", Some(file)) => {
            for rule in each(file.get("headers")) {
                let source = rule.get("for").and_then(Value::written).unwrap_or_default();
                for field in rule.get("values").map(Value::fields).unwrap_or_default() {
                    let value = field.value.written().unwrap_or_default();
                    given.push((source.to_owned(), HeaderRule::new(&field.name, value, field.at)));
                }
            }
        }
        ("render", Some(file)) => {
            let service = each(file.get("services")).iter().find(|s| s.get("name").is_some_and(|n| n.is(&workload.name)));
            for rule in each(service.and_then(|s| s.get("headers"))) {
                let source = rule.get("path").and_then(Value::written).unwrap_or_default();
                given.extend(header(rule, "name").map(|h| (source.to_owned(), h)));
            }
        }
        _ => {}
    }
    if matches!(target.platform, "netlify" | "cloudflare") {
        let below = library.below(&target.folder).filter(|f| f.name() == "_headers" && f.product());
        below.take(4).for_each(|held| lines(held, &mut given));
    }
    let mut part: Vec<(String, Treatment, Location)> = Vec::new();
    for (source, rule) in given {
        if whole(&source) {
            e.everywhere.header(rule);
        } else if let Some((_, treatment, _)) = part.iter_mut().find(|(s, ..)| *s == source) {
            treatment.header(rule);
        } else {
            let at = rule.at;
            let mut treatment = Treatment::default();
            treatment.header(rule);
            part.push((source, treatment, at));
        }
    }
    if part.is_empty() {
        return;
    }
    let to = || Leads::To(workload.name.clone());
    e.routes.push(Route { at, says: "every other path".into(), leads: to(), treatment: Treatment::default() });
    e.routes.extend(part.into_iter().map(|(says, treatment, at)| Route { at, says, leads: to(), treatment }));
}

fn header(value: &Value, name: &str) -> Option<HeaderRule> {
    let name = value.get(name)?.written()?;
    Some(HeaderRule::new(name, value.get("value").and_then(Value::written).unwrap_or_default(), value.at))
}

/// Whether a pattern of paths is for all of them.
fn whole(source: &str) -> bool {
    matches!(source, "/(.*)" | "/:path*" | "/*" | "/**" | "(.*)" | "/(.*)?" | "/.*" | "/:path(.*)")
}

/// A file of headers: a path at the beginning of a line, and below it, indented, what its responses get.
fn lines(held: &Held, given: &mut Vec<(String, HeaderRule)>) {
    let text = held.text();
    let mut source = String::new();
    let mut start = 0;
    for line in text.split_inclusive('\n').take(MAX_LINES) {
        let at = held.at(Span::new(start + (line.len() - line.trim_start().len()), start + line.trim_end().len()));
        start += line.len();
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        match bare.split_once(':') {
            Some((name, value)) if line.starts_with([' ', '\t']) => {
                given.push((source.clone(), HeaderRule::new(name.trim(), value.trim(), at)));
            }
            _ => source = bare.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_discover::Tree;

    use crate::gather;
    use crate::infrastructure::Entry;

    fn entry(files: &[(&str, &str)]) -> Entry {
        let facts = gather(&Tree::in_memory("t", files.iter().map(|(p, c)| ((*p).to_owned(), c.as_bytes().to_vec())).collect()));
        facts.platforms.into_iter().flat_map(|p| p.infrastructure.entries).next().expect("an entry")
    }

    #[test]
    fn headers_for_every_path_are_told_from_those_for_some() {
        let text = r#"{"headers": [{"source": "/(.*)", "headers": [{"key": "X-A", "value": "a"}]}, {"source": "/b", "headers": [{"key": "X-B", "value": "b"}]}]}"#;
        let found = entry(&[("vercel.json", text)]);
        assert_eq!(found.everywhere.headers.iter().map(|h| h.name.as_str()).collect::<Vec<_>>(), ["x-a"]);
        assert_eq!(found.routes.iter().map(|r| r.treatment.headers.len()).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn a_file_of_headers_is_read_where_its_platform_reads_it() {
        let headers = ("public/_headers", "# all\n/*\n  X-A: a\n/b\n  X-B: b\n");
        let found = entry(&[("netlify.toml", "[build]\ncommand = 'make'\n"), headers]);
        assert_eq!((found.everywhere.headers.len(), found.routes.len()), (1, 2));
        let other = entry(&[("vercel.json", "{}"), headers]);
        assert!(other.everywhere.headers.is_empty());
    }
}
