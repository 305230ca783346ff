//! What one opening of a firewall amounts to.

use plimsoll_base::{Evidence, Gap, Question, Severity};
use plimsoll_model::estate::{AttachedKind, Attachment, NetworkFirewall, Opening, TrafficSource};

/// What one opening amounts to.
pub(super) enum Door {
    /// It admits what must be reachable.
    Shut(Evidence),
    /// It admits more than it must, and does not stand open to the world: what holds, and what does not.
    Ajar(Evidence, Gap),
    /// It stands open.
    Open(Gap),
    /// It cannot be told.
    Unseen(Question),
    /// It says nothing of doors: echo requests.
    None,
}

/// Ports of databases, caches, search indexes and brokers (IANA, and the products' documentation).
const DATA: &[u16] = &[
    1433, 1521, 2379, 2380, 3306, 5432, 5601, 5671, 5672, 5984, 6379, 6380, 6432, 7000, 7474, 7687, 8086, 8123, 8529, 9042, 9092, 9093,
    9200, 9300, 11211, 15672, 26257, 27017, 27018, 28015,
];
/// Ports through which machines and clusters are administered.
const ADMIN: &[u16] = &[22, 23, 135, 445, 2375, 2376, 2377, 3389, 5900, 5985, 5986, 6443, 8006, 9443, 10000, 10250];
/// Ports of the web, over UDP for QUIC.
const WEB: &[u16] = &[80, 443];
/// Ports of private networks over the internet: WireGuard, OpenVPN, IPsec, Tailscale.
const TUNNELS: &[u16] = &[500, 1194, 4500, 41641, 51820];
/// More ports than one service needs.
const MANY: u16 = 100;

/// Judges an opening with what its firewall is attached to.
pub(super) fn door(opening: &Opening) -> Door {
    if matches!(opening.protocol.as_str(), "icmp" | "icmpv6" | "esp" | "ah") {
        return Door::None;
    }
    let seen = || Evidence::noted(opening.at, told(opening));
    if opening.sources.contains(&TrafficSource::World) {
        return world(opening);
    }
    if opening.sources.iter().any(|s| matches!(s, TrafficSource::Unresolved(_))) {
        return if web(opening) {
            Door::Shut(seen())
        } else {
            Door::Unseen(Question::new(
                format!("whom {} admits: {}", subject(opening), opening.says),
                "give the variable a value that production uses, or show it",
            ))
        };
    }
    let data = touches(opening, DATA) || attached(opening, AttachedKind::Store);
    if data && let Some(range) = opening.sources.iter().find_map(whole_network) {
        let gap = Gap::new("whole-network", format!("{} admits the whole network: {}", subject(opening), opening.says), seen());
        let gap = gap.so(format!("whatever else runs in {range} reaches the data; one taken machine is enough"));
        return Door::Ajar(Evidence::noted(opening.at, format!("{} keeps the internet out", subject(opening))), gap);
    }
    Door::Shut(seen())
}

/// A firewall that admits nobody.
pub(super) fn shut(firewall: &NetworkFirewall) -> Evidence {
    Evidence::noted(firewall.at, format!("{} admits nothing from outside itself", firewall.name))
}

fn world(opening: &Opening) -> Door {
    let seen = Evidence::noted(opening.at, told(opening));
    let place = subject(opening);
    if opening.ports_unresolved {
        let missing = format!("which ports {place} opens to everyone: {}", opening.says);
        return Door::Unseen(Question::new(missing, "state the ports"));
    }
    if opening.protocol == "udp" && opening.ports.is_some_and(|(a, b)| a == b && (TUNNELS.contains(&a) || WEB.contains(&a))) {
        return Door::Shut(seen);
    }
    let entry = all(opening, AttachedKind::Entry);
    let private = !opening.attached.is_empty() && opening.attached.iter().all(|a| a.public_address == Some(false));
    if opening.attached.is_empty() && !opening.group.is_empty() {
        if web(opening) {
            let missing = format!("what {place} stands before: it admits everyone ({}) and nothing that is seen uses it", opening.says);
            return Door::Unseen(Question::new(missing, "attach it in the same configuration, or take it away"));
        }
        let gap =
            Gap::new("unattached", format!("{place} admits everyone ({}) and is attached to nothing that is seen", opening.says), seen);
        let holds = Evidence::noted(opening.at, "nothing that is seen stands behind it");
        return Door::Ajar(holds, gap.so("whatever it is attached to next stands open"));
    }
    if attached(opening, AttachedKind::ClusterApi) && !private {
        let gap = Gap::new("cluster-api-open", format!("the cluster's interface of {place} answers everyone"), seen);
        return Door::Open(gap.so("one leaked key or one flaw of the interface is enough to take the cluster over"));
    }
    if web(opening) && edge(opening) {
        return Door::Shut(seen);
    }
    if entry && !private {
        let balanced =
            Evidence::noted(opening.at, format!("{place} stands before a load balancer, which takes what it listens to and nothing else"));
        if opening.ports.is_some_and(|(a, b)| a == b) && !touches(opening, DATA) && !touches(opening, ADMIN) {
            let gap = Gap::new("unusual-port", format!("{place} takes traffic of everyone on {}", ports(opening)), seen);
            return Door::Ajar(balanced, gap.so("a second way in beside the encrypted one is easily forgotten"));
        }
        let gap = Gap::new("wide-range", format!("{place} admits everyone to {}", ports(opening)), seen);
        return Door::Ajar(balanced, gap.so("every listener that is added later is open to the world at once"));
    }
    let critical = |gap: Gap| if private { gap } else { gap.severity(Severity::Critical) };
    let what = format!("{place} admits everyone to {}", ports(opening));
    if opening.ports.is_none() {
        return Door::Open(
            critical(Gap::new("everything-open", what, seen))
                .so("every service of the machine, those for administration among them, meets the internet"),
        );
    }
    if touches(opening, DATA) || all(opening, AttachedKind::Store) {
        return Door::Open(critical(Gap::new("data-port-open", what, seen)).so("the data is one password, or none, away from everyone"));
    }
    if touches(opening, ADMIN) {
        return Door::Open(
            critical(Gap::new("admin-port-open", what, seen)).so("scanners try passwords and known flaws on it day and night"),
        );
    }
    if private {
        let gap = Gap::new("whole-network", format!("{what}; only the private network can route to it"), seen);
        let holds = Evidence::noted(opening.at, "nothing that it stands before has a public address");
        return Door::Ajar(holds, gap.so("whatever runs in the network reaches it, past the load balancer"));
    }
    if opening.ports.is_some_and(|(from, to)| to - from > MANY) {
        return Door::Open(
            Gap::new("wide-range", what, seen).so("everything that listens in that range is open to the world, intended or not"),
        );
    }
    let gap = Gap::new("app-port-open", what, seen).so("the application is reached past TLS, limits and filters of an edge");
    if opening.attached.iter().any(|a| a.public_address == Some(true)) || opening.attached.iter().any(|a| a.kind == AttachedKind::Machine) {
        Door::Open(gap)
    } else {
        Door::Unseen(Question::new(
            format!("whether what {place} stands before has a public address: it admits everyone to {}", ports(opening)),
            "state the address, or admit the load balancer's group only",
        ))
    }
}

/// What the opening is cited with: its words, and what it stands before.
fn told(opening: &Opening) -> String {
    let before: Vec<&str> = opening.attached.iter().take(3).map(|a| a.name.as_str()).collect();
    let address = match opening.attached.as_slice() {
        [one] if one.public_address == Some(true) && one.kind != AttachedKind::Entry => ", which has a public address",
        _ => "",
    };
    if before.is_empty() { opening.says.clone() } else { format!("{}, before {}{address}", opening.says, before.join(", ")) }
}

/// The firewall, or what it stands before.
pub(super) fn subject(opening: &Opening) -> &str {
    if opening.group.is_empty() {
        opening.attached.first().map_or("a rule without a firewall", |a| a.name.as_str())
    } else {
        &opening.group
    }
}

fn ports(opening: &Opening) -> String {
    match opening.ports {
        None => "every port".into(),
        Some((a, b)) if a == b => format!("port {a}"),
        Some((a, b)) => format!("ports {a}-{b}"),
    }
}

fn web(opening: &Opening) -> bool {
    opening.ports.is_some_and(|(from, to)| from == to && WEB.contains(&from))
}

fn touches(opening: &Opening, list: &[u16]) -> bool {
    opening.ports.is_some_and(|(from, to)| list.iter().any(|p| (from..=to).contains(p)))
}

fn attached(opening: &Opening, kind: AttachedKind) -> bool {
    opening.attached.iter().any(|a| a.kind == kind)
}

/// Whether what the world meets behind an opening is an entry, or a machine that is its own edge. A store that shares the group of the machine
/// does not answer there.
fn edge(opening: &Opening) -> bool {
    let answers = |a: &Attachment| matches!(a.kind, AttachedKind::Entry | AttachedKind::Machine);
    opening.attached.iter().any(answers)
        && opening.attached.iter().all(|a| answers(a) || a.kind == AttachedKind::Store && a.public_address == Some(false))
}

fn all(opening: &Opening, kind: AttachedKind) -> bool {
    !opening.attached.is_empty() && opening.attached.iter().all(|a: &Attachment| a.kind == kind)
}

/// A private range as large as a network.
fn whole_network(source: &TrafficSource) -> Option<&str> {
    let TrafficSource::Private(text) = source else { return None };
    let length = text.split_once('/').and_then(|(_, l)| l.parse::<u8>().ok());
    let network = text.contains("vpc") || text.contains("virtual_network") || text == "VirtualNetwork" || length.is_some_and(|l| l <= 16);
    network.then_some(text.as_str())
}
