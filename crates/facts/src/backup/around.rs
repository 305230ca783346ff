//! What stands around a dump or a restore: checks, the removal of old copies, reports, pauses, schedulers.

use plimsoll_base::Location;

use super::work::says;
use crate::infrastructure::Property;

/// Whether a command looks at what a database holds.
pub(super) fn checks(words: &[String]) -> bool {
    let Some(name) = words.first().map(|w| w.rsplit('/').next().unwrap_or(w)) else { return false };
    let asks = |needles: &[&str]| words.iter().any(|w| needles.iter().any(|n| w.to_ascii_lowercase().contains(n)));
    match name {
        "psql" | "mysql" | "mariadb" | "sqlite3" | "sqlcmd" | "clickhouse-client" => {
            asks(&["select ", "select\n", "integrity_check", "\\dt"])
        }
        "mongosh" | "mongo" => asks(&["count", "find(", "stats("]),
        "pytest" => true,
        "pg_amcheck" | "mysqlcheck" => true,
        _ => false,
    }
}

/// For how many days copies stay, by what removes the old ones.
pub(super) fn keeps(words: &[String], at: Location) -> Option<Property<u32>> {
    let name = words.first()?.rsplit('/').next()?;
    let read = |text: &str, says: String, times: u32| {
        let digits: String = text.trim_matches(['+', '"', '\'', '=']).chars().take_while(char::is_ascii_digit).collect();
        let hours = text.ends_with('h');
        match digits.parse::<u32>() {
            Ok(n) => Property::stated(if hours { n / 24 } else { n.saturating_mul(times) }, at, says),
            Err(_) => Property::unresolved(at, says),
        }
    };
    let behind = |option: &str| words.windows(2).find(|w| w[0] == option).map(|w| w[1].as_str());
    if name == "find" && words.iter().any(|w| w == "-delete" || w == "rm" || w == "-exec") {
        let days = behind("-mtime")?;
        return Some(read(days, format!("find … -mtime {days} removes older copies"), 1));
    }
    let prunes = matches!(name, "restic" | "borg" | "borgmatic" | "kopia")
        && words.iter().any(|w| matches!(w.as_str(), "forget" | "prune" | "policy"));
    if prunes {
        let options =
            [("--keep-within", 1), ("--keep-daily", 1), ("-d", 1), ("--keep-monthly", 30), ("--keep-weekly", 7), ("--keep-last", 1)];
        let found: Vec<Property<u32>> = options
            .iter()
            .filter_map(|(option, times)| {
                let joined = words.iter().find_map(|w| w.strip_prefix(option)?.strip_prefix('='));
                let value = behind(option).or(joined)?;
                Some(read(value, format!("{option} {value}"), *times))
            })
            .collect();
        return found.into_iter().max_by_key(|p| p.known().copied().unwrap_or(u32::MAX));
    }
    if name == "rclone" && words.iter().any(|w| w == "delete") {
        let age = behind("--min-age")?;
        return Some(read(age, format!("rclone delete --min-age {age}"), if age.ends_with('w') { 7 } else { 1 }));
    }
    if matches!(name, "wal-g" | "wal-e") && words.iter().any(|w| w == "retain") {
        let count = words.iter().rev().find(|w| w.chars().all(|c| c.is_ascii_digit()))?;
        return Some(read(count, format!("{name} delete retain {count}"), 1));
    }
    None
}

/// Whether a command tells a person or a watcher how it went.
pub(super) fn tells(words: &[String]) -> bool {
    let Some(name) = words.first().map(|w| w.rsplit('/').next().unwrap_or(w)) else { return false };
    match name {
        "mail" | "mailx" | "sendmail" | "msmtp" | "mutt" | "apprise" | "ntfy" | "swaks" => true,
        "aws" => words.iter().any(|w| w == "sns") && words.iter().any(|w| w == "publish"),
        "curl" | "wget" => {
            const WATCHERS: [&str; 16] = [
                "hc-ping.com",
                "healthchecks",
                "/ping/",
                "hooks.slack.com",
                "discord.com/api/webhooks",
                "webhook",
                "api.telegram.org",
                "heartbeat",
                "ntfy",
                "cronitor",
                "deadmanssnitch",
                "nosnch",
                "uptime",
                "pushover",
                "pagerduty",
                "opsgenie",
            ];
            let said = words.iter().any(|w| WATCHERS.iter().any(|s| w.to_ascii_lowercase().contains(s)));
            said || words.iter().any(|w| w.contains("PING_URL") || w.contains("HC_URL") || w.contains("HEALTHCHECK"))
        }
        _ => false,
    }
}

/// How many seconds a command sleeps.
pub(super) fn sleep(words: &[String]) -> Option<u32> {
    if words.first()?.rsplit('/').next()? != "sleep" {
        return None;
    }
    let text = words.get(1)?;
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let times = match &text[digits.len()..] {
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "" | "s" => 1,
        _ => return text.contains('$').then_some(3600),
    };
    digits.parse::<u32>().map(|n| n.saturating_mul(times)).ok().or_else(|| text.contains('$').then_some(3600))
}

/// The scheduler that a command starts.
pub(super) fn scheduler(words: &[String]) -> Option<String> {
    let name = words.first()?.rsplit('/').next()?;
    match name {
        "cron" | "crond" | "supercronic" | "fcron" | "yacron" | "ofelia" | "go-crond" | "jobber" | "anacron" => Some(says(words)),
        "busybox" if words.get(1).is_some_and(|w| w == "crond") => Some(says(words)),
        "service" | "systemctl" | "rc-service"
            if words.iter().any(|w| w.starts_with("cron")) && words.iter().any(|w| matches!(w.as_str(), "start" | "enable")) =>
        {
            Some(says(words))
        }
        _ => None,
    }
}
