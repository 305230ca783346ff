//! Each form of Python and what it is lowered to.

mod broken;
mod forms;
mod show;

use crate::{Dialect, Module};

fn module(text: &str) -> Module {
    let parsed = crate::read(Dialect::Python, text);
    assert_eq!(parsed.issues, [], "{text}");
    parsed.value
}
