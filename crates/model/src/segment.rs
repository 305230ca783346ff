//! Networks that the assessed deployment declares itself.

use plimsoll_base::Location;

use crate::deployment::DeploymentKind;
use crate::system::System;

impl System {
    /// Where a network of the assessed Compose deployment is declared to have no way out (`internal: true`); none for any other network.
    pub fn internal_network(&self, name: &str) -> Option<Location> {
        let deployment = self.deployment().filter(|d| d.kind == DeploymentKind::Compose)?;
        let project = self.facts().compose.get(deployment.origin)?;
        project.networks.iter().find(|n| n.name == name && n.internal).map(|n| n.at)
    }
    /// Where a network of the assessed Compose deployment is declared.
    pub fn declared_network(&self, name: &str) -> Option<Location> {
        let deployment = self.deployment().filter(|d| d.kind == DeploymentKind::Compose)?;
        let project = self.facts().compose.get(deployment.origin)?;
        project.networks.iter().find(|n| n.name == name).map(|n| n.at)
    }
}
