//! Addresses and networks as the source of traffic.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::iac::value::Value;
use crate::infrastructure::TrafficSource;

/// Ranges from which a provider's own services connect: Google's load balancers and health checks, its identity-aware proxy.
const PROVIDER: &[(&str, &str)] = &[
    ("130.211.0.0/22", "Google load balancers"),
    ("35.191.0.0/16", "Google load balancers"),
    ("209.85.152.0/22", "Google load balancers"),
    ("209.85.204.0/22", "Google load balancers"),
    ("35.235.240.0/20", "Google's identity-aware proxy"),
];

/// The source that an address of configuration stands for.
pub(crate) fn source_of(value: &Value) -> TrafficSource {
    let Some(text) = value.written() else { return TrafficSource::Unresolved(value.at) };
    if value.text().is_some() && !text.contains("${") {
        return written_source(text).unwrap_or(TrafficSource::Unresolved(value.at));
    }
    // Whatever the address is, it is one.
    if let Some(one) = text.strip_suffix("/32").or_else(|| text.strip_suffix("/128"))
        && one.matches("${").count() == 1
    {
        return TrafficSource::Addresses(text.to_owned());
    }
    // The range of a network or subnet of the code, or of one that is looked up: never the world.
    let inner = ["cidr_block", "cidr_range", "ip_range", "address_space", "address_prefixes", "vpc_cidr_block", "subnets_cidr_blocks"];
    if text.contains("${") && inner.iter().any(|i| text.contains(&format!(".{i}"))) && !text.contains("var.") {
        return TrafficSource::Private(plain(text));
    }
    let own = ["ipv4_address", "public_ip", "nat_ip", "private_ip"];
    if own.iter().any(|i| text.contains(&format!(".{i}"))) && !text.contains("var.") {
        return TrafficSource::Addresses(plain(text));
    }
    TrafficSource::Unresolved(value.at)
}

/// `${aws_vpc.main.cidr_block}` → `aws_vpc.main.cidr_block`.
fn plain(text: &str) -> String {
    text.trim_start_matches("${").trim_end_matches('}').to_owned()
}

/// The source that a written address, range or word stands for; none for what is no address.
pub(crate) fn written_source(text: &str) -> Option<TrafficSource> {
    let text = text.trim();
    if matches!(
        text.to_ascii_lowercase().as_str(),
        "*" | "any" | "internet" | "0.0.0.0/0" | "::/0" | "0.0.0.0" | "anywhere" | "all" | "<nw>/0"
    ) {
        return Some(TrafficSource::World);
    }
    if let Some((_, name)) = PROVIDER.iter().find(|(range, _)| *range == text) {
        return Some(TrafficSource::ProviderList((*name).to_owned()));
    }
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length.parse::<u8>().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    // Half of all addresses is written by those whose tool refuses to take all.
    if length.is_some_and(|l| l <= 1) {
        return Some(TrafficSource::World);
    }
    Some(if private(address) { TrafficSource::Private(text.to_owned()) } else { TrafficSource::Addresses(text.to_owned()) })
}

/// Addresses that the internet does not route (RFC 1918, 6598, 4193, 3927).
fn private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || v4.is_link_local() || shared(v4),
        IpAddr::V6(v6) => v6 == Ipv6Addr::LOCALHOST || v6.segments()[0] & 0xfe00 == 0xfc00 || v6.segments()[0] & 0xffc0 == 0xfe80,
    }
}

fn shared(address: Ipv4Addr) -> bool {
    address.octets()[0] == 100 && address.octets()[1] & 0xc0 == 64
}
