//! Canonical names of calls, computed once for the whole tree.
