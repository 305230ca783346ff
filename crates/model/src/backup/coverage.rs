//! Whether a backup is of a store that the system uses.

use plimsoll_base::Location;
use plimsoll_facts::infrastructure::{BackupPlan, Coverage, Provider, StoreKind};

use crate::datastore::{Datastore, RunBy};
use crate::system::System;

/// Whether a backup covers a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covers {
    /// It does.
    Yes,
    /// Something outside decides what it covers.
    Perhaps(Location),
    /// It covers other stores, or none.
    No,
}

impl Datastore<'_> {
    /// Whether a backup is of this store.
    pub fn covered_by(&self, system: &System, plan: &BackupPlan) -> Covers {
        self.covered(system, &plan.covers, plan.at)
    }

    /// Whether one of these is this store; `at` is the place of what names them.
    pub fn covered(&self, system: &System, covers: &[Coverage], at: Location) -> Covers {
        let mut perhaps = None;
        // A name that the deployment knows says which store is meant; only other names leave it to the engine.
        let named: Vec<&str> = covers.iter().filter_map(|c| if let Coverage::Store(n) = c { Some(n.as_str()) } else { None }).collect();
        let known = named.iter().any(|n| system.service(n).is_some() || system.datastores().iter().any(|d| d.is_called(n)));
        for coverage in covers {
            match coverage {
                Coverage::Store(name) if self.is_called(name) => return Covers::Yes,
                Coverage::Store(_) => {}
                Coverage::Tag(key, value) => {
                    if let RunBy::Managed(store) = self.run_by
                        && store.tags.iter().any(|(k, v)| k == key && v == value)
                    {
                        return Covers::Yes;
                    }
                }
                Coverage::Engine(engine) if self.runs(engine) => {
                    let alike = system.datastores().iter().filter(|d| !d.derived() && d.runs(engine)).count();
                    if known && named.len() == covers.iter().filter(|c| matches!(c, Coverage::Engine(_))).count() {
                        continue;
                    }
                    if alike <= 1 {
                        return Covers::Yes;
                    }
                    perhaps = Some(at);
                }
                Coverage::Engine(_) => {}
                Coverage::Everything => {
                    let cloud = matches!(self.run_by, RunBy::Managed(s) if matches!(s.provider, Provider::Aws | Provider::Google | Provider::Azure));
                    if cloud {
                        return Covers::Yes;
                    }
                }
                Coverage::Volumes => {
                    let own = match self.run_by {
                        RunBy::Managed(store) => store.provider == Provider::Kubernetes,
                        RunBy::External(_) => false,
                        RunBy::Container(_) | RunBy::Embedded(_) | RunBy::Volume(_) => true,
                    };
                    if own {
                        return Covers::Yes;
                    }
                }
                Coverage::Unresolved(place) => perhaps = Some(*place),
            }
        }
        perhaps.map_or(Covers::No, Covers::Perhaps)
    }

    /// Whether it goes by that name: its own, or the last part of its address.
    fn is_called(&self, name: &str) -> bool {
        if name.is_empty() {
            return false;
        }
        let own = self.name.as_str();
        let within = match self.run_by {
            RunBy::Embedded(store) => store.service == name || store.lies.volume().is_some_and(|v| v == name),
            RunBy::Volume(store) => store.host.is_some() && store.service == name,
            RunBy::External(store) => store.host.as_deref() == Some(name),
            RunBy::Managed(_) | RunBy::Container(_) => false,
        };
        within || own == name || own.strip_suffix(name).is_some_and(|rest| rest.ends_with(['/', '.']))
    }

    /// Whether that engine runs in it. Providers write engines in several ways: `aurora-postgresql`, `POSTGRES_16`.
    pub fn runs(&self, engine: &str) -> bool {
        let wanted = family(engine);
        let own = self.engine.as_deref().map(family);
        let product = match self.run_by {
            RunBy::Managed(store) => Some(family(store.product)),
            _ => None,
        };
        own.is_some_and(|o| o == wanted) || product.is_some_and(|p| p == wanted) || wanted == "s3" && self.kind == StoreKind::Objects
    }
}

/// The family of engines whose dumps are made by the same programs.
fn family(engine: &str) -> String {
    let lower = engine.to_ascii_lowercase().replace([' ', '-', '_'], "");
    const FAMILIES: [(&str, &[&str]); 9] = [
        ("postgres", &["postgres", "timescale", "alloydb"]),
        ("mysql", &["mysql", "mariadb", "percona"]),
        ("mongodb", &["mongo", "atlas", "docdb", "documentdb"]),
        ("sqlite", &["sqlite", "libsql"]),
        ("sqlserver", &["sqlserver", "mssql"]),
        ("elasticsearch", &["elasticsearch", "opensearch"]),
        ("redis", &["redis", "valkey"]),
        ("dynamodb", &["dynamo"]),
        ("files", &["efs", "filestore"]),
    ];
    FAMILIES.iter().find(|(_, words)| words.iter().any(|w| lower.contains(w))).map_or(lower, |(name, _)| (*name).to_owned())
}
