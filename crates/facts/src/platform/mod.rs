//! Platforms that build or run the source: Vercel, Netlify, Fly, Render, Railway, Heroku, App Engine …

use plimsoll_base::{FileId, Location};

use crate::container::Workload;

/// A platform that a file of the repository names as a target.
#[derive(Clone, Debug)]
pub struct PlatformTarget {
    /// `vercel`, `netlify`, `fly`, `render`, `railway`, `heroku`, `app-engine`, `digitalocean-app`, `cloudflare`, `cloud-run` …
    pub platform: &'static str,
    /// The file.
    pub file: FileId,
    /// Its path.
    pub path: String,
    /// Where it is named.
    pub at: Location,
    /// The folder it deploys.
    pub folder: String,
    /// The workloads it declares; at least one.
    pub workloads: Vec<Workload>,
    /// It builds from source (a buildpack, its own builder) rather than from a Dockerfile.
    pub builds_source: bool,
    /// Datastores it provides: engine and place.
    pub datastores: Vec<(String, Location)>,
}
