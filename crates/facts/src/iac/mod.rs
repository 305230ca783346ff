//! Infrastructure code in outline: roots, what they declare, the workloads in them. A later version evaluates it.

mod root;

pub use root::*;
