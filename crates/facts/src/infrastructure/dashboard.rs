//! Pages that show how the system is doing, and looks at it from outside.

use plimsoll_base::Location;

use super::{Emitter, Property};

/// A page of charts for those who run the system.
#[derive(Clone, Debug)]
pub struct Dashboard {
    /// Its address or title; the name of the viewer where it holds none.
    pub name: String,
    /// Its head.
    pub at: Location,
    /// What shows it: `Grafana`, `CloudWatch`.
    pub product: &'static str,
    /// Whether a person can open it and sees something on it, with the reason.
    pub shows: Property<bool>,
    /// Why it shows nothing; none where it does, or where that is not decided.
    pub lack: Option<DashboardLack>,
    /// Who has to give the metrics of the panels that need the least.
    pub emitter: Emitter,
}

impl Dashboard {
    /// A dashboard that is there for certain, whose metrics the provider gives.
    pub fn new(name: impl Into<String>, at: Location, product: &'static str, shows: Property<bool>) -> Self {
        Self { name: name.into(), at, product, shows, lack: None, emitter: Emitter::Provider }
    }
    /// One that shows nothing, and why.
    pub fn lacking(name: impl Into<String>, at: Location, product: &'static str, lack: DashboardLack, why: (Location, String)) -> Self {
        Self { lack: Some(lack), ..Self::new(name, at, product, Property::stated(false, why.0, why.1)) }
    }
}

/// Why a dashboard shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DashboardLack {
    /// Nothing loads it.
    NotLoaded,
    /// What it asks is not there.
    NoSource,
    /// It asks for metrics that nothing gives.
    NoData,
    /// The viewer runs, without any dashboard in the repository.
    Empty,
}

/// A look at the system that something takes again and again.
#[derive(Clone, Debug)]
pub struct Probe {
    /// Its address.
    pub name: String,
    /// Its head.
    pub at: Location,
    /// What looks: `Route 53`, `Gatus`.
    pub prober: &'static str,
    /// Whether it runs, with the reason.
    pub runs: Property<bool>,
    /// Whether it asks an address that the outside uses; off for names of the inner network.
    pub outside: Property<bool>,
    /// Who hears of a failure.
    pub told: ProbeTold,
}

/// Who hears of the failure of a probe.
#[derive(Clone, Debug)]
pub enum ProbeTold {
    /// The prober tells by itself, as far as its own settings say.
    Itself(Property<bool>),
    /// An alarm on the probe, by its address, or on a metric that bears one of these words in lower case.
    Alarm(&'static [&'static str]),
}
