//! The edge.

mod cdn;
mod cors_restricted;
mod doors;
mod https_tls;
mod rate_limiting;
mod request_size_limits;
mod reverse_proxy;
mod security_headers;
mod waf_and_ddos;
mod ways;

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] = &[
    https_tls::CONTROL,
    security_headers::CONTROL,
    cors_restricted::CONTROL,
    rate_limiting::CONTROL,
    request_size_limits::CONTROL,
    waf_and_ddos::CONTROL,
    cdn::CONTROL,
    reverse_proxy::CONTROL,
];
