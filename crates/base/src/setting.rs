//! Values with their provenance.

use crate::Location;

/// A value and the place that states it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub at: Location,
}

impl<T> Sourced<T> {
    /// A value with its place.
    pub fn new(value: T, at: Location) -> Self {
        Self { value, at }
    }
    /// Another value at the same place.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Sourced<U> {
        Sourced { value: f(self.value), at: self.at }
    }
}

/// What is known of a value. There is deliberately no `is_true` and no `unwrap_or`: a caller must say
/// what an unresolved value means to it.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting<T> {
    /// Written here.
    Stated(Sourced<T>),
    /// Not written; the platform's own default applies.
    Defaulted(T),
    /// Written, but decided elsewhere (a variable without a value, a template, another repository).
    Unresolved(Location),
}

impl<T> Setting<T> {
    /// The value and its place, when it was written and resolved.
    pub fn stated(&self) -> Option<&Sourced<T>> {
        match self {
            Setting::Stated(s) => Some(s),
            _ => None,
        }
    }
    /// The value, stated or defaulted; none when unresolved.
    pub fn known(&self) -> Option<&T> {
        match self {
            Setting::Stated(s) => Some(&s.value),
            Setting::Defaulted(v) => Some(v),
            Setting::Unresolved(_) => None,
        }
    }
    /// Where it is written, if it is.
    pub fn at(&self) -> Option<Location> {
        match self {
            Setting::Stated(s) => Some(s.at),
            Setting::Unresolved(at) => Some(*at),
            Setting::Defaulted(_) => None,
        }
    }
}
