//! Backups and restores that programs run: what scripts, recipes and sources do, which schedules the tree keeps, and the images that
//! exist to back something up. What starts a script, and which store it covers, is for the model: here stands what the files say.

mod around;
mod images;
mod programs;
mod schedules;
mod scripts;
#[cfg(test)]
mod tests;
mod uploads;
mod variables;
mod work;
mod workload;

pub use images::{BackupImage, backup_image};
pub use schedules::{Keeper, ScheduleEntry, entry};
pub use scripts::{BackupScript, ScriptForm};
pub use work::{Dump, Given, Told, Work, work};
pub use workload::{given, plan_of_image, plan_of_work};

pub(crate) use scripts::in_source;

use crate::library::Library;

/// What the tree says about programs that back up or restore, and about schedules.
#[derive(Clone, Debug, Default)]
pub struct BackupFacts {
    /// Scripts, recipes and sources that dump or restore a store.
    pub scripts: Vec<BackupScript>,
    /// Every entry of a schedule that the tree keeps: crontabs, timers, tasks that write crontabs.
    pub schedules: Vec<ScheduleEntry>,
}

/// Reads every script and schedule of the tree; what sources gave was read with them.
pub(crate) fn read(library: &Library, from_sources: Vec<BackupScript>) -> BackupFacts {
    let mut scripts = scripts::read(library);
    scripts.extend(from_sources);
    scripts.sort_by(|a, b| (&a.path, a.at).cmp(&(&b.path, b.at)));
    BackupFacts { scripts, schedules: schedules::read(library) }
}
