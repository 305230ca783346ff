//! What Vue, Svelte and Astro files hold of scripts.

use oxc_allocator::Allocator;
use plimsoll_syntax::Issue;

use super::Lowering;
use crate::Dialect;

pub(super) fn read<'a>(_arena: &'a Allocator, _dialect: Dialect, _text: &'a str, _lowering: &mut Lowering<'a>, _issues: &mut Vec<Issue>) {}
