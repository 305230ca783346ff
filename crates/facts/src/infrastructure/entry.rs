//! Where traffic comes in.

use plimsoll_base::{Location, Sourced};

use super::{Dormant, Property, Provider, Route, Treatment};

/// Something that takes requests from outside and passes them on.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its address.
    pub name: String,
    /// Its head.
    pub at: Location,
    /// Who provides it.
    pub provider: Provider,
    /// What it is.
    pub kind: EntryKind,
    /// Whether the internet reaches it.
    pub public: Property<bool>,
    /// Whether it is switched on (`enabled = false` is none).
    pub enabled: Property<bool>,
    /// What it listens on.
    pub listeners: Vec<Listener>,
    /// Names of its own that it serves (`aliases`, `host`); the provider's default name is none.
    pub domains: Vec<Sourced<String>>,
    /// The lowest TLS version or policy, if stated.
    pub minimum_tls: Option<Property<String>>,
    /// Firewalls of the application layer attached to it.
    pub firewalls: Vec<Firewall>,
    /// Where it passes requests on to.
    pub targets: Vec<Target>,
    /// Firewalls of the network attached to it, by address: [`super::Opening::group`].
    pub groups: Vec<String>,
    /// Whether it keeps copies at the edge: for a CDN whether its caching can have any effect, with the reason.
    pub caches: Option<Property<bool>>,
    /// Subnets or zones it stands in.
    pub subnets: Vec<String>,
    /// A log of requests.
    pub access_logs: Option<Property<bool>>,
    /// Why it cannot work as it is declared, if so: the configuration that it mounts is not in the tree.
    pub defect: Option<Sourced<String>>,
    /// What is done to all its traffic, whichever way it takes.
    pub everywhere: Treatment,
    /// The ways through it, as far as they are told apart.
    pub routes: Vec<Route>,
    /// What is declared at it and never applied.
    pub dormant: Vec<Dormant>,
}

impl Entry {
    /// An entry of which nothing is known but what it is.
    pub fn new(name: impl Into<String>, at: Location, provider: Provider, kind: EntryKind, public: Property<bool>) -> Self {
        Self {
            name: name.into(),
            at,
            provider,
            kind,
            public,
            enabled: Property::defaulted(true, at, "enabled"),
            listeners: Vec::new(),
            domains: Vec::new(),
            minimum_tls: None,
            firewalls: Vec::new(),
            targets: Vec::new(),
            groups: Vec::new(),
            caches: None,
            subnets: Vec::new(),
            access_logs: None,
            defect: None,
            everywhere: Treatment::default(),
            routes: Vec::new(),
            dormant: Vec::new(),
        }
    }

    /// The listeners on which traffic is encrypted.
    pub fn encrypted(&self) -> impl Iterator<Item = &Listener> {
        self.listeners.iter().filter(|l| l.security == Security::Tls)
    }
    /// The listeners that pass plain requests on.
    pub fn plain(&self) -> impl Iterator<Item = &Listener> {
        self.listeners.iter().filter(|l| l.security == Security::Plain && l.action == ListenerAction::Forward)
    }
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A managed load balancer.
    LoadBalancer,
    /// A network of caches at the edge.
    Cdn,
    /// An API gateway.
    Gateway,
    /// An ingress or gateway of a cluster.
    Ingress,
    /// A reverse proxy that the system runs itself.
    Proxy,
    /// An endpoint that a platform gives by itself: Cloud Run, App Runner, a function's URL, Vercel.
    Platform,
    /// A bucket that serves a site.
    Site,
}

/// One port that an entry listens on.
#[derive(Clone, Debug)]
pub struct Listener {
    /// Where it stands.
    pub at: Location,
    /// The port; none where it is decided elsewhere.
    pub port: Option<u16>,
    /// Whether the traffic is encrypted.
    pub security: Security,
    /// What it does with a request.
    pub action: ListenerAction,
    /// The certificate: an ARN, an issuer, `managed by the provider`; none where only the provider's default name is served.
    pub certificate: Option<Sourced<String>>,
    /// Whether somebody has to renew the certificate by hand.
    pub renewal: Renewal,
    /// The file's words.
    pub says: String,
}

impl Listener {
    /// A listener of which only this is known.
    pub fn new(at: Location, port: Option<u16>, security: Security, action: ListenerAction, says: impl Into<String>) -> Self {
        Self { at, port, security, action, certificate: None, renewal: Renewal::Automatic, says: says.into() }
    }
    /// With a certificate.
    pub fn with(mut self, certificate: Option<Sourced<String>>) -> Self {
        self.certificate = certificate;
        self
    }
}

/// Who renews a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Renewal {
    /// The provider, an ACME client, cert-manager.
    Automatic,
    /// An ACME client that keeps what it fetches where it is lost with the container: issuers refuse whoever asks for the same names too often.
    Forgotten,
    /// Files that somebody copies: nothing in the configuration renews them.
    ByHand,
    /// Decided elsewhere: a secret of the cluster that something outside may fill.
    Unresolved,
}

/// Whether traffic is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Security {
    /// TLS ends here.
    Tls,
    /// Plain text.
    Plain,
    /// Passed through as it comes (TCP).
    PassedThrough,
    /// Decided elsewhere.
    Unresolved,
}

/// What a listener does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListenerAction {
    /// Passes it on.
    Forward,
    /// Sends the client to the encrypted port.
    RedirectToTls,
    /// Answers by itself with an error or a fixed text.
    Refuse,
    /// Decided elsewhere.
    Unresolved,
}

/// A firewall of the application layer.
#[derive(Clone, Debug)]
pub struct Firewall {
    /// Its address, or what names it.
    pub name: String,
    /// Where it is attached.
    pub at: Location,
    /// Whether it blocks, or only counts.
    pub blocks: Property<bool>,
    /// Its rules in words: `managed common rules`, `rate limit 2000`.
    pub rules: Vec<Sourced<String>>,
    /// What the provider does unasked for every customer: protection against floods, and no rules for the application.
    pub implicit: bool,
}

/// Where an entry passes requests on to.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where it stands.
    pub at: Location,
    /// The address of a service, machine group, bucket or further entry of the same root; none where it lies outside.
    pub name: Option<String>,
    /// The host name or address as written, as far as it is known.
    pub host: Option<String>,
    /// How the traffic goes on.
    pub security: Security,
    /// Whether this way leads over the internet.
    pub over_internet: bool,
    /// Whether the target can only be reached through this entry (origin access control, a private network).
    pub only_through_entry: Option<Property<bool>>,
    /// Why the address cannot last, if so: a placeholder, the address of a task that changes.
    pub unstable: Option<String>,
    /// The health check of the target, if any.
    pub health_check: Option<Location>,
    /// Whether it is the bare name of a neighbour that does not exist, and that nothing outside the deployment may bear.
    pub stray: bool,
}

impl Target {
    /// A target of which nothing is known but how traffic goes on to it.
    pub fn new(at: Location, security: Security) -> Self {
        Self {
            at,
            name: None,
            host: None,
            security,
            over_internet: false,
            only_through_entry: None,
            unstable: None,
            health_check: None,
            stray: false,
        }
    }
}

/// Whether a host name stands for one that has yet to be filled in (rule G6): the names reserved for documents, and the usual words.
pub fn placeholder(host: &str) -> bool {
    let host = host.trim().to_ascii_lowercase();
    let bare = host.split(['/', ':']).next().unwrap_or(&host);
    let reserved = ["example.com", "example.org", "example.net"].iter().any(|r| bare == *r || bare.ends_with(&format!(".{r}")));
    let words = ["placeholder", "changeme", "change-me", "your-domain", "yourdomain", "your_domain", "mydomain.com", "domain.tld"];
    reserved
        || words.iter().any(|w| bare.contains(w))
        || bare.ends_with(".example")
        || bare.ends_with(".invalid")
        || bare == "xxx"
        || bare.starts_with('<') && bare.ends_with('>')
}
