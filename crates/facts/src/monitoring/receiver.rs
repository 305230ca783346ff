//! Whom a channel reaches, and addresses at which nobody is.

use plimsoll_base::Location;

use crate::infrastructure::{Property, Receiver, ReceiverKind};

impl Receiver {
    /// A receiver at an address: one that stands in for another cannot be reached, an undecided one is known only at deployment.
    /// The address of a mailbox or a host is told; everything else may be a secret and is not.
    pub(crate) fn at_address(at: Location, kind: ReceiverKind, address: &str, decided: bool) -> Self {
        let shown = match kind {
            ReceiverKind::Email => address.to_owned(),
            _ => address.split_once("://").map_or("an address", |(_, rest)| rest.split(['/', '?', '@']).next().unwrap_or("")).to_owned(),
        };
        let real = if !decided {
            Property::unresolved(at, "the address is handed in at deployment")
        } else if stands_in(address) || kind == ReceiverKind::Email && address.trim().ends_with(".local") {
            Property::stated(false, at, format!("`{shown}` is a placeholder"))
        } else {
            Property::stated(true, at, "the address is written")
        };
        let says = if decided { shown } else { "an address that is handed in".to_owned() };
        Self { at, kind, says, real }
    }
}

/// Whether an address stands in for one that is still to be filled in: nobody is reached there.
pub(crate) fn stands_in(address: &str) -> bool {
    let lower = address.trim().to_ascii_lowercase();
    let host = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest).split(['/', '?']).next().unwrap_or("");
    let host = host.rsplit('@').next().unwrap_or(host).split(':').next().unwrap_or("");
    lower.is_empty()
        || matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0" | "::1")
        || [".example", ".invalid", ".test", ".localhost"].iter().any(|e| host.ends_with(e))
        || ["example.com", "example.org", "example.net", "yourdomain", "your-domain", "yourcompany", "your-company", "mycompany.com"]
            .iter()
            .any(|e| host.contains(e))
        || [
            "t00000000",
            "xxxx",
            "your_",
            "your-",
            "your/",
            "/your",
            "changeme",
            "change_me",
            "replace",
            "placeholder",
            "<",
            "000000000000",
            "todo",
        ]
        .iter()
        .any(|w| lower.contains(w))
        || plimsoll_secrets::is_placeholder(address.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_reach_nobody() {
        for address in [
            "ops@example.com",
            "https://hooks.slack.com/services/YOUR/SLACK/WEBHOOK",
            "http://localhost:5001/",
            "YOUR_SLACK_WEBHOOK_URL",
            "",
        ] {
            assert!(stands_in(address), "{address}");
        }
        for address in
            ["oncall@acme.io", "https://events.pagerduty.com/integration/8f2b6c1d9e4a4f0b/enqueue", "http://alert-bridge:8080/hook"]
        {
            assert!(!stands_in(address), "{address}");
        }
    }
}
