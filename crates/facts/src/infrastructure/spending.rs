//! Money.

use plimsoll_base::Location;

use super::{Property, Provider, Receiver};

/// A budget or an anomaly monitor of a provider's bill.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Its address.
    pub name: String,
    /// Its head.
    pub at: Location,
    /// Who provides it.
    pub provider: Provider,
    /// The amount, if stated.
    pub amount: Option<Property<String>>,
    /// Thresholds at which it speaks, in words.
    pub thresholds: Vec<String>,
    /// Whom it tells; empty for no one.
    pub receivers: Vec<Receiver>,
}
