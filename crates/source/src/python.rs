//! Placeholder until its reader lands.
use plimsoll_syntax::Parsed;
use crate::Module;
pub(crate) fn read(_text: &str) -> Parsed<Module> { Parsed::clean(Module::default()) }
