//! What entry modules reach.
