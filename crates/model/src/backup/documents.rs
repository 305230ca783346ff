//! Restores that a document describes with commands.

use plimsoll_facts::backup::{Given, Told, work};
use plimsoll_facts::infrastructure::{Coverage, RestoreTest};

use crate::document::{Topic, passages};
use crate::system::System;

impl System {
    /// Procedures with commands that guides for operators give for putting data back.
    pub fn restore_procedures(&self) -> Vec<RestoreTest> {
        let mut found = Vec::new();
        for document in self.operating_guides() {
            let mut parts = passages(document, Topic::Restore);
            parts.extend(passages(document, Topic::Failures));
            parts.extend(passages(document, Topic::Rollback));
            parts.sort_by_key(|p| p.span);
            parts.dedup_by(|b, a| b.span.start < a.span.end);
            for passage in parts {
                let told: Vec<Told> = passage.commands().into_iter().map(|c| Told { command: c.command.clone(), at: c.at }).collect();
                for restore in work(&told, &|_| Given::Absent).restores {
                    found.push(RestoreTest {
                        at: restore.at,
                        says: format!("“{}” shows `{}`", passage.title, restore.says),
                        schedule: None,
                        asserts: false,
                        covers: restore.engine.map(|e| Coverage::Engine(e.to_owned())).into_iter().collect(),
                    });
                }
            }
        }
        found
    }
}
