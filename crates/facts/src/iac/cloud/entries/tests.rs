//! Entries of cloud providers.
