//! The least that a system must bear, inferred from what it handles.

use plimsoll_base::Tier;
use plimsoll_facts::technology::{Capability, SignSource};

use crate::service::ServiceKind;
use crate::system::System;

impl System {
    /// The least tier that what was found suggests, with the reasons in a stable order.
    pub fn tier_floor(&self) -> (Tier, Vec<String>) {
        let mut floor = Tier::Prototype;
        let mut reasons = Vec::new();
        let mut raise = |to: Tier, why: String| {
            floor = floor.max(to);
            reasons.push(why);
        };
        let dependency = |capability: Capability| {
            self.signs_of(capability).find_map(|s| match &s.source {
                SignSource::Dependency { manifest, dev: false } => Some(format!("{} in {manifest}", s.technology)),
                _ => None,
            })
        };
        if let Some(what) = dependency(Capability::Payment) {
            raise(Tier::Production, format!("it takes payments ({what})"));
        }
        if let Some(what) = dependency(Capability::Authentication) {
            raise(Tier::Production, format!("it signs users in ({what})"));
        }
        if let Some(service) = self.services().iter().find(|s| s.exposed) {
            raise(Tier::Production, format!("{} is published", service.name));
        }
        if let Some(store) = self.services().iter().find(|s| s.kind == ServiceKind::Datastore) {
            raise(Tier::Internal, format!("it keeps data ({})", store.name));
        }
        (floor, reasons)
    }
}
