//! What entry modules reach.

use std::collections::{BTreeMap, BTreeSet};

use super::Program;
use super::entry::Begin;
use crate::system::System;

pub(super) fn reached(_system: &System, begin: Begin, root: String) -> Program {
    Program {
        entries: begin.entries,
        modules: BTreeMap::new(),
        functions: BTreeSet::new(),
        doubts: begin.doubts,
        root,
        variables: Vec::new(),
        settings: None,
    }
}
