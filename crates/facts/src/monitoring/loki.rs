//! Loki: for how long it keeps entries, and the rules of its ruler.

use plimsoll_base::Sourced;

use super::alertmanager::Manager;
use super::prometheus::{load, tell};
use super::{Around, Monitor};
use crate::iac::value::Value;
use crate::infrastructure::{Infrastructure, LogStore, Property, Provider};

pub(super) fn read(monitor: &Monitor, around: &Around, managers: &[Manager], found: &mut Infrastructure) {
    let config = monitor.configuration("config.file", "/etc/loki/local-config.yaml").map(|(_, v)| v);
    found.logs.push(LogStore {
        name: monitor.name.clone(),
        at: monitor.at,
        provider: Provider::Other,
        product: "Loki",
        keep_days: kept(monitor, config),
        of: Vec::new(),
    });
    let Some(config) = config else { return };
    let Some(folder) = config
        .path(&["ruler", "storage", "local", "directory"])
        .or_else(|| config.path(&["common", "storage", "filesystem", "rules_directory"]))
    else {
        return;
    };
    let url: Vec<Sourced<String>> = config.path(&["ruler", "alertmanager_url"]).and_then(Value::sourced).into_iter().collect();
    let Some(folder) = folder.text().filter(|f| monitor.files.below(f).next().is_some()) else { return };
    load(monitor, &format!("{}/**", folder.trim_end_matches('/')), monitor.at, found, |rule, found| {
        let mut alarm = rule.alarm("Loki", Property::stated(true, rule.at, format!("the ruler of `{}` loads it", monitor.name)));
        tell(&mut alarm, rule, &url, managers, around, found);
        alarm
    });
}

/// Entries are deleted only where the compactor is told to do so; the period alone deletes nothing.
fn kept(monitor: &Monitor, config: Option<&Value>) -> Property<u32> {
    let Some(config) = config else {
        return Property::defaulted(0, monitor.at, "Loki deletes nothing unless it is told to");
    };
    let period = config.path(&["limits_config", "retention_period"]);
    let enabled = config.path(&["compactor", "retention_enabled"]);
    let table = config
        .path(&["table_manager", "retention_period"])
        .filter(|_| config.path(&["table_manager", "retention_deletes_enabled"]).is_some_and(Value::is_true));
    if let Some(table) = table {
        return days(table);
    }
    match (period, enabled) {
        (Some(period), Some(enabled)) if enabled.is_true() => days(period),
        (Some(period), Some(enabled)) if enabled.is_unknown() => {
            Property::unresolved(period.at, "compactor.retention_enabled is decided elsewhere")
        }
        (Some(period), _) => Property::stated(0, period.at, "retention_period without compactor.retention_enabled deletes nothing"),
        (None, _) => Property::defaulted(0, monitor.at, "retention_period is not set: Loki deletes nothing"),
    }
}

/// `744h`, `30d`, `4w`, in whole days.
fn days(value: &Value) -> Property<u32> {
    let text = value.text().unwrap_or_default().trim();
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit: u64 = match &text[split..] {
        "h" => 1,
        "d" => 24,
        "w" => 24 * 7,
        "y" => 24 * 365,
        _ => 0,
    };
    match text[..split].parse::<u64>() {
        Ok(0) => Property::stated(0, value.at, format!("retention {text}: entries are kept for ever")),
        Ok(n) if unit > 0 => {
            let days = u32::try_from(n.saturating_mul(unit) / 24).unwrap_or(u32::MAX);
            Property::stated(days.max(1), value.at, format!("retention {text}"))
        }
        _ => Property::unresolved(value.at, "the retention is decided elsewhere"),
    }
}
