//! Dashboards of Grafana: which files it loads, whether what they ask is there, and those that nothing loads.

use plimsoll_discover::{Format, Role};

use super::rules::metrics;
use super::scraped::Scraped;
use super::{Around, Monitor, Tool, host_of};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Dashboard, DashboardLack, Emitter, Infrastructure, Property};
use crate::library::Library;

/// Panels of one dashboard, and dashboards of one tree; beyond them the rest is not looked at.
const MAX_PANELS: usize = 500;
const MAX_DASHBOARDS: usize = 500;
/// Rows within rows are followed this far.
const MAX_DEPTH: usize = 8;

/// Panels that ask nothing.
const SILENT: &[&str] = &["row", "text", "dashlist", "news", "alertlist", "welcome", "gettingstarted", "pluginlist", "canvas", "annolist"];

/// What a dashboard asks.
struct Source {
    name: String,
    uid: Option<String>,
    kind: String,
    default: bool,
    /// The host that it names, and why nobody is there.
    host: String,
    missing: Option<String>,
}

/// A Prometheus that runs, by its name, with what it scrapes; none where its configuration is not in the tree.
pub(super) struct Server {
    pub(super) name: String,
    pub(super) scraped: Option<Scraped>,
}

impl Server {
    /// Every Prometheus among monitors.
    pub(super) fn all(monitors: &[Monitor], around: &Around) -> Vec<Self> {
        let of = |tool: Tool| monitors.iter().filter(move |m| m.tool == tool);
        of(Tool::Prometheus)
            .map(|m| {
                let config = m.configuration("config.file", "/etc/prometheus/prometheus.yml");
                Server { name: m.name.clone(), scraped: config.map(|(_, c)| Scraped::of(m, c, around)) }
            })
            .collect()
    }
}

/// The dashboards of a Grafana that runs; one entry that says so where it has none.
pub(super) fn read(monitor: &Monitor, root: &str, servers: &[Server], around: &Around, found: &mut Infrastructure) {
    let sources: Vec<Source> = (monitor.files.below(&format!("{root}/datasources")))
        .flat_map(|f| &f.documents)
        .flat_map(|d| each(d.get("datasources")))
        .map(|s| source(s, around))
        .collect();
    let providers: Vec<&Value> = monitor.files.below(&format!("{root}/dashboards")).flat_map(|f| &f.documents).collect();
    let providers = providers.iter().flat_map(|d| each(d.get("providers")).iter().chain(d.items()));
    let folders: Vec<&str> =
        providers.filter_map(|p| p.path(&["options", "path"]).or_else(|| p.path(&["options", "folder"]))?.text()).collect();
    let home = monitor.variable("GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH");
    let first = found.dashboards.len();
    for file in &monitor.files.all {
        let within = |folder: &&str| file.path.strip_prefix(folder.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'));
        if !(folders.iter().any(within) || home == Some(file.path.as_str())) || found.dashboards.len() - first >= MAX_DASHBOARDS {
            continue;
        }
        let Some(document) = file.documents.first().filter(|d| is_dashboard(d)) else { continue };
        found.dashboards.push(judged(document, &monitor.name, &sources, servers, around));
    }
    if found.dashboards.len() == first {
        let why = match folders.first() {
            Some(folder) => format!("`{}` looks for dashboards in {folder}, where the tree mounts none", monitor.name),
            None => format!("`{}` runs, and nothing gives it a dashboard", monitor.name),
        };
        found.dashboards.push(Dashboard::lacking(monitor.name.as_str(), monitor.at, "Grafana", DashboardLack::Empty, (monitor.at, why)));
    }
}

fn source(value: &Value, around: &Around) -> Source {
    let text = |name: &str| value.get(name).and_then(Value::written).unwrap_or_default().to_owned();
    let url = text("url");
    let host = host_of(&url).to_owned();
    let decided = !url.is_empty() && !url.contains('$') && !url.contains("{{");
    let missing = match host.as_str() {
        "localhost" | "127.0.0.1" if decided => Some(format!("`{}` asks {host}, which is Grafana's own container", text("name"))),
        h if decided && !h.contains('.') && !around.has(h) => Some(format!("`{}` asks `{h}`, which is not there", text("name"))),
        _ => None,
    };
    Source {
        name: text("name"),
        uid: value.get("uid").and_then(Value::written).map(str::to_owned),
        kind: text("type"),
        default: value.get("isDefault").is_some_and(Value::is_true),
        host,
        missing,
    }
}

/// Whether a document is a dashboard as Grafana exports it.
fn is_dashboard(document: &Value) -> bool {
    let drawn =
        document.get("panels").or_else(|| document.get("rows")).is_some_and(|p| matches!(p.shape, crate::iac::value::Shape::List(_)));
    drawn && ["title", "schemaVersion", "templating", "uid", "annotations"].iter().filter(|f| document.field(f).is_some()).count() >= 2
}

fn panels<'v>(value: &'v Value, depth: usize, found: &mut Vec<&'v Value>) {
    for panel in each(value.get("rows")).iter().chain(each(value.get("panels"))) {
        if found.len() >= MAX_PANELS || depth >= MAX_DEPTH {
            return;
        }
        if panel.get("targets").is_some() && !panel.get("type").is_some_and(|t| SILENT.iter().any(|s| t.is(s))) {
            found.push(panel);
        }
        panels(panel, depth + 1, found);
    }
}

/// What one panel shows.
enum Panel {
    Shows(Emitter),
    /// What it asks is decided elsewhere.
    Open(String),
    NoSource(String),
    NoData(String),
}

fn judged(document: &Value, viewer: &str, sources: &[Source], servers: &[Server], around: &Around) -> Dashboard {
    let title = document.get("title").and_then(Value::written).unwrap_or("a dashboard").to_owned();
    let at = document.field("title").map_or(document.at, |f| f.at);
    let mut all = Vec::new();
    panels(document, 0, &mut all);
    if all.is_empty() {
        return Dashboard::lacking(
            title,
            at,
            "Grafana",
            DashboardLack::Empty,
            (document.at, "it has no panel that asks for anything".into()),
        );
    }
    let (mut open, mut source, mut data) = (None, Vec::new(), Vec::new());
    let (mut count, mut emitter) = (0, None::<Emitter>);
    for panel in &all {
        match shown(panel, document, sources, servers, around) {
            Panel::Shows(by) => {
                count += 1;
                emitter = Some(emitter.map_or(by, |e| e.min(by)));
            }
            Panel::Open(says) => open = open.or(Some(says)),
            Panel::NoSource(says) => source.push((panel.at, says)),
            Panel::NoData(says) => data.push((panel.at, says)),
        }
    }
    // What most panels show decides: one that is empty among many is a detail.
    let dead = source.len() + data.len();
    if dead * 2 > all.len() {
        let (lack, (at_panel, says)) = match (source.into_iter().next(), data.into_iter().next()) {
            (Some(first), _) => (DashboardLack::NoSource, first),
            (None, first) => (DashboardLack::NoData, first.unwrap_or((at, String::new()))),
        };
        let says = format!("{dead} of its {} panels stay empty: {says}", all.len());
        return Dashboard::lacking(title, at, "Grafana", lack, (at_panel, says));
    }
    let shows = match (count, open) {
        (0, Some(says)) => Property::unresolved(at, says),
        _ => Property::stated(true, at, format!("`{viewer}` loads it, and {count} of its {} panels ask for what is there", all.len())),
    };
    Dashboard { emitter: emitter.unwrap_or(Emitter::Provider), ..Dashboard::new(title, at, "Grafana", shows) }
}

/// What one panel shows: the best of its queries.
fn shown(panel: &Value, document: &Value, sources: &[Source], servers: &[Server], around: &Around) -> Panel {
    let mut best: Option<Panel> = None;
    let rank = |p: &Panel| match p {
        Panel::Shows(_) => 0,
        Panel::Open(_) => 1,
        Panel::NoData(_) => 2,
        Panel::NoSource(_) => 3,
    };
    for query in each(panel.get("targets")) {
        let named = query.get("datasource").or_else(|| panel.get("datasource"));
        let result = match resolve(named, document, sources) {
            Err(says) => Panel::NoSource(says),
            Ok(None) => Panel::Shows(Emitter::Provider),
            Ok(Some(source)) => asked(query, source, servers, around),
        };
        if best.as_ref().is_none_or(|b| rank(&result) < rank(b)) {
            best = Some(result);
        }
    }
    best.unwrap_or(Panel::Shows(Emitter::Provider))
}

/// The source that a panel names; none for what Grafana gives itself, the reason where there is none of that name.
fn resolve<'s>(named: Option<&Value>, document: &Value, sources: &'s [Source]) -> Result<Option<&'s Source>, String> {
    let word = named.and_then(|v| v.get("uid").or(Some(v))).and_then(Value::written).unwrap_or_default();
    let kind = named.and_then(|v| v.get("type")).and_then(Value::text);
    let of_kind = |kind: &str| sources.iter().find(|s| s.kind == kind);
    if matches!(word, "-- Grafana --" | "grafana" | "-- Dashboard --" | "__expr__") || kind == Some("__expr__") {
        return Ok(None);
    }
    if sources.is_empty() {
        return Err("no datasource is provisioned".into());
    }
    if word.is_empty() || word == "default" || word == "-- Mixed --" {
        return Ok(kind.and_then(of_kind).or_else(|| sources.iter().find(|s| s.default)).or_else(|| sources.first()));
    }
    if let Some(variable) = word.strip_prefix('$') {
        let variable = variable.trim_matches(['{', '}']).split(':').next().unwrap_or(variable);
        let list = document.path(&["templating", "list"]);
        let declared =
            each(list).iter().find(|v| v.get("name").is_some_and(|n| n.is(variable)) && v.get("type").is_some_and(|t| t.is("datasource")));
        return match declared.and_then(|v| v.get("query")).and_then(Value::text) {
            Some(wanted) => of_kind(wanted).map(Some).ok_or_else(|| format!("no datasource of the type {wanted} is provisioned")),
            None => Err(format!("its datasource is `{word}`, an input that only the import page fills in")),
        };
    }
    // Grafana makes up an identifier of this form for a source that states none.
    let made = word.len() == 17 && word.starts_with('P') && word[1..].chars().all(|c| c.is_ascii_hexdigit());
    let found = sources.iter().find(|s| s.uid.as_deref() == Some(word) || s.name == word);
    let found = found.or_else(|| sources.iter().find(|s| made && s.uid.is_none() && kind.is_none_or(|k| k == s.kind)));
    found.map(Some).ok_or_else(|| format!("no datasource is called `{word}`"))
}

/// Whether a source has what a query asks for.
fn asked(query: &Value, source: &Source, servers: &[Server], around: &Around) -> Panel {
    if let Some(says) = &source.missing {
        return Panel::NoSource(says.clone());
    }
    let expression = query.get("expr").and_then(Value::written).filter(|_| source.kind == "prometheus");
    let (Some(expression), Some(server)) = (expression, servers.iter().find(|s| s.name == source.host)) else {
        return Panel::Shows(Emitter::Provider);
    };
    let Some(scraped) = &server.scraped else {
        return Panel::Open(format!("what `{}` scrapes is not in the repository", server.name));
    };
    let bare = without_variables(expression);
    let mut emitter = Emitter::Provider;
    for metric in metrics(&bare).into_iter().filter(|m| *m != "up") {
        match scraped.gives(metric, around) {
            Ok(by) => emitter = emitter.max(by),
            Err(says) => return Panel::NoData(says),
        }
    }
    Panel::Shows(emitter)
}

/// An expression with the dashboard's variables (`$node`, `${node}`, `[[node]]`) replaced by a number.
fn without_variables(expression: &str) -> String {
    let mut found = String::with_capacity(expression.len());
    let mut rest = expression;
    while let Some(start) = rest.find('$') {
        found.push_str(&rest[..start]);
        found.push('1');
        rest = &rest[start + 1..];
        rest = match rest.strip_prefix('{') {
            Some(inner) => inner.split_once('}').map_or("", |(_, after)| after),
            None => rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_'),
        };
    }
    found.push_str(rest);
    found
}

/// Every dashboard of Grafana in the tree, as one that nothing loads: what runs and loads them says otherwise.
pub(crate) fn loose(library: &Library) -> Vec<Dashboard> {
    let charts: Vec<&str> = library.files().iter().filter(|f| f.name() == "Chart.yaml").map(|f| f.folder()).collect();
    let mut found = Vec::new();
    for held in library.files().iter().filter(|f| f.product() && f.role != Role::Docs && f.format == Format::Json) {
        let Some(node) = held.documents.first().filter(|n| n.get("panels").is_some() || n.get("rows").is_some()) else { continue };
        let document = Value::of(node, held.id);
        if !is_dashboard(&document) || found.len() >= MAX_DASHBOARDS {
            continue;
        }
        let title = document.get("title").and_then(Value::written).unwrap_or(held.name());
        let charted = charts.iter().any(|c| c.is_empty() || held.path.strip_prefix(c).is_some_and(|r| r.starts_with('/')));
        found.push(if charted {
            let why = Property::unresolved(held.whole(), "whether the chart that it lies in loads it is not followed");
            Dashboard::new(title, held.whole(), "Grafana", why)
        } else {
            let why = format!("nothing that the assessed deployment runs loads {}", held.path);
            Dashboard::lacking(title, held.whole(), "Grafana", DashboardLack::NotLoaded, (held.whole(), why))
        });
    }
    found
}
