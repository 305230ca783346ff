//! The packet filter of a host, as the scripts that set it up say it: ufw, firewalld, iptables.

use plimsoll_base::Location;

use super::cloud::networks::{Ports, opening, written_source};
use crate::infrastructure::{Attachment, FirewallKind, Infrastructure, NetworkFirewall, TrafficSource};

/// Ports of services and application profiles by the names that ufw and firewalld know (IANA service names; profiles of Ubuntu's packages).
const SERVICES: &[(&str, &[u16])] = &[
    ("ssh", &[22]),
    ("openssh", &[22]),
    ("http", &[80]),
    ("https", &[443]),
    ("nginx full", &[80, 443]),
    ("nginx http", &[80]),
    ("nginx https", &[443]),
    ("apache full", &[80, 443]),
    ("apache secure", &[443]),
    ("www", &[80]),
    ("www full", &[80, 443]),
    ("postgresql", &[5432]),
    ("mysql", &[3306]),
    ("redis", &[6379]),
    ("mongodb", &[27017]),
];

/// Whether a text sets up a packet filter that is understood here, and switches it on.
pub(crate) fn mentions(text: &str) -> bool {
    let switched =
        ["ufw --force enable", "ufw enable", "--now ufw", "enable ufw", "firewall-cmd", "iptables -P INPUT DROP", "iptables -P INPUT drop"];
    switched.iter().any(|s| text.contains(s))
}

/// Reads the rules of a script as one firewall of that name; `at` is the place of the script.
pub(crate) fn read(text: &str, at: Location, name: &str, attached: Vec<Attachment>, found: &mut Infrastructure) {
    let firewall = format!("{name} packet filter");
    for line in text.lines().take(5000) {
        let line = line.trim().trim_start_matches("- ").trim_matches(['"', '\'']).trim_start_matches("sudo ");
        let words = words(line);
        let tool = words.first().map(String::as_str);
        let rules = match tool {
            Some("ufw") => ufw(&words[1..]),
            Some("firewall-cmd") => firewalld(&words[1..]),
            Some("iptables") => iptables(&words[1..]),
            _ => Vec::new(),
        };
        for (source, proto, ports) in rules {
            let mut open = opening(at, &firewall, vec![source.unwrap_or(TrafficSource::Unresolved(at))], &proto, ports);
            open.attached.clone_from(&attached);
            found.openings.push(open);
        }
    }
    found.firewalls.push(NetworkFirewall { name: firewall, at, kind: FirewallKind::Host, attached, incomplete: None });
}

/// The words of a command line, quoted ones whole.
fn words(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for c in line.chars().take(1000) {
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '#' | ';' | '&' | '|') => break,
            (None, _) if c.is_whitespace() => found.extend((!word.is_empty()).then(|| std::mem::take(&mut word))),
            _ => word.push(c),
        }
    }
    found.extend((!word.is_empty()).then_some(word));
    found
}

type Rule = (Option<TrafficSource>, String, Ports);

/// `ufw allow 22/tcp`, `ufw limit OpenSSH`, `ufw allow from 10.0.0.0/8 to any port 5432 proto tcp`.
fn ufw(words: &[String]) -> Vec<Rule> {
    let verb = words.iter().position(|w| matches!(w.as_str(), "allow" | "limit"));
    let Some(rest) = verb.map(|v| &words[v + 1..]) else { return Vec::new() };
    let after = |name: &str| rest.iter().position(|w| w == name).and_then(|i| rest.get(i + 1)).map(String::as_str);
    if rest.first().is_some_and(|w| w == "out") {
        return Vec::new();
    }
    let source = after("from").map_or(Some(TrafficSource::World), written_source);
    let proto = after("proto").unwrap_or("tcp").to_owned();
    let port =
        after("port").or_else(|| rest.iter().map(String::as_str).find(|w| !matches!(*w, "in" | "comment") && after("from").is_none()));
    let Some(port) = port else { return vec![(source, "all".into(), Ports::All)] };
    named(port).into_iter().map(|(p, ports)| (source.clone(), p.unwrap_or_else(|| proto.clone()), ports)).collect()
}

/// `--add-service=https`, `--add-port=8080/tcp`.
fn firewalld(words: &[String]) -> Vec<Rule> {
    let mut found = Vec::new();
    for (i, word) in words.iter().enumerate() {
        let (name, value) = word.split_once('=').map_or((word.as_str(), words.get(i + 1).map(String::as_str)), |(n, v)| (n, Some(v)));
        if let ("--add-service" | "--add-port", Some(value)) = (name, value) {
            found.extend(named(value).into_iter().map(|(p, ports)| (Some(TrafficSource::World), p.unwrap_or("tcp".into()), ports)));
        }
    }
    found
}

/// `-A INPUT -p tcp -s 10.0.0.0/8 --dport 5432 -j ACCEPT`.
fn iptables(words: &[String]) -> Vec<Rule> {
    let after = |names: &[&str]| words.iter().position(|w| names.contains(&w.as_str())).and_then(|i| words.get(i + 1)).map(String::as_str);
    let inbound = after(&["-A", "-I", "--append", "--insert"]) == Some("INPUT") && after(&["-j", "--jump"]) == Some("ACCEPT");
    let Some(port) = after(&["--dport", "--dports", "--destination-port"]).filter(|_| inbound) else { return Vec::new() };
    let source = after(&["-s", "--source"]).map_or(Some(TrafficSource::World), written_source);
    let proto = after(&["-p", "--protocol"]).unwrap_or("tcp").to_owned();
    named(port).into_iter().map(|(_, ports)| (source.clone(), proto.clone(), ports)).collect()
}

/// Ports by number, range, list or name, with the protocol where it is written with them.
fn named(text: &str) -> Vec<(Option<String>, Ports)> {
    let (ports, proto) = text.split_once('/').map_or((text, None), |(p, proto)| (p, Some(proto.to_ascii_lowercase())));
    if let Some((_, known)) = SERVICES.iter().find(|(name, _)| *name == ports.to_ascii_lowercase()) {
        return known.iter().map(|p| (proto.clone(), Ports::Range(*p, *p))).collect();
    }
    ports.split(',').map(|p| (proto.clone(), Ports::written(p))).collect()
}

#[cfg(test)]
mod tests {
    use plimsoll_base::FileId;

    use super::*;

    #[test]
    fn the_rules_of_a_script_are_read() {
        let text = "#!/bin/sh\nufw default deny incoming\nufw allow OpenSSH\nsudo ufw allow from 10.0.0.0/8 to any port 5432 proto tcp\n\
                    ufw allow 80,443/tcp # the site\niptables -A INPUT -p tcp --dport 9000 -j ACCEPT\nfirewall-cmd --permanent --add-port=8080/tcp\nufw --force enable\n";
        assert!(mentions(text));
        let mut found = Infrastructure::default();
        read(text, Location::whole(FileId(0)), "web", Vec::new(), &mut found);
        let said: Vec<&str> = found.openings.iter().map(|o| o.says.as_str()).collect();
        assert_eq!(
            said,
            [
                "0.0.0.0/0 on tcp 22",
                "10.0.0.0/8 on tcp 5432",
                "0.0.0.0/0 on tcp 80",
                "0.0.0.0/0 on tcp 443",
                "0.0.0.0/0 on tcp 9000",
                "0.0.0.0/0 on tcp 8080"
            ]
        );
    }

    #[test]
    fn rules_that_nothing_switches_on_are_none() {
        assert!(!mentions("ufw allow 22/tcp"));
    }
}
