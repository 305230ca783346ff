//! Log drains of other platforms.

use plimsoll_base::Sourced;

use crate::iac::cloud::Resources;
use crate::iac::value::Value;
use crate::infrastructure::{Infrastructure, LogDestination, LogRoute, Property};
use crate::monitoring::stands_in;

/// Drains: the kind, and the attribute that holds the address.
const DRAINS: &[(&str, &str)] = &[
    ("heroku_drain", "url"),
    ("render_log_stream", "endpoint"),
    ("vercel_log_drain", "endpoint"),
    ("digitalocean_database_logsink", "config"),
    ("cloudflare_logpush_job", "destination_conf"),
];

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    for (kind, address) in DRAINS {
        for drain in resources.of(kind) {
            let to = drain.value.get(address).and_then(Value::sourced);
            let effective = match &to {
                Some(Sourced { value, at }) if stands_in(value) => Property::stated(false, *at, "its address is a placeholder"),
                _ => Property::stated(true, drain.at, "it is declared"),
            };
            let says = format!("`{}` drains logs", drain.address());
            found.log_routes.push(LogRoute { at: drain.at, says, workload: None, destination: LogDestination::Central, effective });
        }
    }
}
