//! The edge.

mod cdn;
mod doors;
mod https_tls;
mod waf_and_ddos;

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] = &[https_tls::CONTROL, waf_and_ddos::CONTROL, cdn::CONTROL];
