//! Entries of clusters.
