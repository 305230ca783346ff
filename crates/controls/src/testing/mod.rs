//! Testing.

mod chaos_tests;
mod coverage;
mod e2e_tests;
mod integration_tests;
mod load_tests;
mod security_tests;
mod target;
mod unit_tests;

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] = &[
    unit_tests::CONTROL,
    integration_tests::CONTROL,
    e2e_tests::CONTROL,
    load_tests::CONTROL,
    security_tests::CONTROL,
    chaos_tests::CONTROL,
    coverage::CONTROL,
];
