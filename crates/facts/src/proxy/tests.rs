//! Proxies of Compose projects.
