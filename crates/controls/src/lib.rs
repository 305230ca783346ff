//! What good looks like: one small file per control, a page beside it that explains and proves it.
//!
//! A control is a pure function of the [`System`]. Absent on purpose: files, formats, output, other controls' verdicts.

mod application;
mod availability;
mod containers;
mod cost;
mod data;
mod delivery;
mod edge;
mod gate;
mod governance;
mod iac;
mod identity;
mod network;
mod observability;
mod operations;
mod quality;
mod recovery;
mod secrets;
mod supply_chain;
mod testing;

use plimsoll_base::{About, Judgement, Tally, about};
use plimsoll_model::System;

/// A control: what it is called, its page, and how it decides.
#[derive(Clone, Copy, Debug)]
pub struct Control {
    /// `area/name`, a row of the catalogue.
    pub id: &'static str,
    /// The page beside the source: explanation, gaps, fixes and executed cases.
    pub page: &'static str,
    /// Decides. The tally is empty and knows the control's severity and proving grade.
    pub check: fn(&System, Tally) -> Judgement,
}

impl Control {
    /// What the catalogue says of it.
    pub fn about(&self) -> &'static About {
        about(self.id).expect("a test compares the list of controls with the catalogue")
    }
    /// Judges a system.
    pub fn judge(&self, system: &System) -> Judgement {
        (self.check)(system, Tally::new(self.about()))
    }
}

/// The areas with the controls that this version can judge.
static AREAS: &[&[Control]] = &[
    containers::CONTROLS,
    delivery::CONTROLS,
    secrets::CONTROLS,
    edge::CONTROLS,
    network::CONTROLS,
    identity::CONTROLS,
    application::CONTROLS,
    data::CONTROLS,
    recovery::CONTROLS,
    availability::CONTROLS,
    observability::CONTROLS,
    iac::CONTROLS,
    supply_chain::CONTROLS,
    testing::CONTROLS,
    quality::CONTROLS,
    operations::CONTROLS,
    governance::CONTROLS,
    cost::CONTROLS,
];

/// Every control that this version can judge, in the catalogue's order.
pub fn all() -> impl Iterator<Item = &'static Control> {
    AREAS.iter().flat_map(|area| area.iter())
}

/// The control of that id, if this version can judge it.
pub fn find(id: &str) -> Option<&'static Control> {
    all().find(|c| c.id == id)
}
