//! From judgements to the verdict: policy, acceptance, score, caps, blockers, conditions, the finished [`Assessment`].
//!
//! Absent on purpose: reading files, looking at the clock, judging a single control, printing.
//!
//! [`Assessment`]: plimsoll_base::Assessment

mod accept;
mod assemble;
mod caps;
mod date;
mod policy;
mod run;
mod score;
mod standing;
mod verdict;
mod view;

pub use assemble::{Input, Judged, assemble};
pub use date::Date;
pub use policy::{Cover, Deployment, Exception, Fault, Kind, Policy, PolicyError};
pub use run::{Request, run};
