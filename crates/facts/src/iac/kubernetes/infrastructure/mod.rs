//! Objects of a cluster told as [`Infrastructure`], one module per subject.

mod alarms;
mod backups;
mod capacity;
mod dashboards;
mod entries;
mod grants;
mod networks;
mod stores;

use super::object::Object;
use crate::infrastructure::Infrastructure;

/// What the objects that are applied together declare besides their workloads; `common` is what they may refer to elsewhere.
pub(crate) fn infrastructure(objects: &[Object], common: &[Object]) -> Infrastructure {
    let mut found = Infrastructure::default();
    stores::read(objects, &mut found);
    backups::read(objects, &mut found);
    entries::read(objects, common, &mut found);
    networks::read(objects, &mut found);
    capacity::read(objects, &mut found);
    alarms::read(objects, &mut found);
    dashboards::read(objects, &mut found);
    grants::read(objects, &mut found);
    found
}
