//! What an entry does to the traffic that it passes on: headers, limits, bounds, restrictions.

use plimsoll_base::{Location, Sourced};

use super::Property;

/// One way through an entry: a location of a server, a router, a path of an ingress, a behaviour of a distribution.
#[derive(Clone, Debug)]
pub struct Route {
    /// Where it stands.
    pub at: Location,
    /// What it is for, in the file's words: `location /api/`, `router web`.
    pub says: String,
    /// What it does with a request.
    pub leads: Leads,
    /// What is done on this way, with all that it inherits from around it.
    pub treatment: Treatment,
}

/// What becomes of a request on a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leads {
    /// Passed on to a service, a bucket or a further entry of the same deployment, by name.
    To(String),
    /// Passed on to something outside, or decided elsewhere; the address as written.
    Elsewhere(String),
    /// Answered with files.
    Files,
    /// Answered with a fixed text, a redirect or an error.
    Answer,
}

/// What is done to the requests and responses of a route. What is empty is not done.
#[derive(Clone, Debug, Default)]
pub struct Treatment {
    /// Headers that responses get.
    pub headers: Vec<HeaderRule>,
    /// Headers that are declared around the route and that it does not inherit.
    pub lost: Vec<HeaderRule>,
    /// Limits of how often a client may ask.
    pub limits: Vec<RateLimit>,
    /// The largest body in bytes; 0 where it is without bound on purpose, none where nothing bounds it.
    pub body: Option<Property<u64>>,
    /// Bounds of time on the way on.
    pub timeouts: Vec<Sourced<String>>,
    /// Whether the client's address and scheme are told to what stands behind; none where nothing is passed on as HTTP.
    pub forwarded: Option<Property<bool>>,
    /// Who may use it: passwords, addresses, an authenticating service.
    pub restrictions: Vec<Sourced<String>>,
    /// What it says of requests from other origins.
    pub cors: Vec<CorsRule>,
    /// That responses are compressed.
    pub compression: Option<Sourced<String>>,
    /// How long copies may be kept.
    pub caching: Option<Sourced<String>>,
    /// What may change all this and is decided elsewhere: an included file, a middleware that is not in the tree.
    pub undecided: Option<Sourced<String>>,
}

impl Treatment {
    /// Adds what is done around it. A bound that it states itself stays.
    pub fn within(&mut self, outer: &Treatment) {
        self.headers.extend(outer.headers.iter().cloned());
        self.limits.extend(outer.limits.iter().cloned());
        self.timeouts.extend(outer.timeouts.iter().cloned());
        self.restrictions.extend(outer.restrictions.iter().cloned());
        self.cors.extend(outer.cors.iter().cloned());
        self.body = self.body.take().or_else(|| outer.body.clone());
        self.forwarded = self.forwarded.take().or_else(|| outer.forwarded.clone());
        self.compression = self.compression.take().or_else(|| outer.compression.clone());
        self.caching = self.caching.take().or_else(|| outer.caching.clone());
        self.undecided = self.undecided.take().or_else(|| outer.undecided.clone());
    }

    /// Takes in a header, and what it says of other origins if it is one of those.
    pub fn header(&mut self, rule: HeaderRule) {
        match rule.name.as_str() {
            "access-control-allow-origin" => {
                let origins = rule.value.as_deref().map_or(Origins::Unresolved, Origins::of);
                self.cors.push(CorsRule { at: rule.at, origins, credentials: None, methods: Vec::new(), says: rule.says });
            }
            "access-control-allow-credentials" => {
                let on = rule.value.as_deref().is_some_and(|v| v.eq_ignore_ascii_case("true"));
                self.cors.iter_mut().filter(|_| on).for_each(|c| c.credentials = Some(rule.at));
                // The header may be written before the one that names the origins.
                if on && self.cors.is_empty() {
                    self.headers.push(rule);
                }
            }
            _ => self.headers.push(rule),
        }
        let credentials = self.headers.iter().position(|h| h.name == "access-control-allow-credentials");
        if let Some(place) = credentials.filter(|_| !self.cors.is_empty()) {
            let rule = self.headers.remove(place);
            self.cors.iter_mut().for_each(|c| c.credentials = Some(rule.at));
        }
    }
}

/// A header that responses get.
#[derive(Clone, Debug, PartialEq)]
pub struct HeaderRule {
    /// Its name in lower case.
    pub name: String,
    /// Its value; none where it is decided elsewhere.
    pub value: Option<String>,
    /// Whether answers that tell of an error get it too.
    pub always: bool,
    /// Where it stands.
    pub at: Location,
    /// The file's words.
    pub says: String,
}

impl HeaderRule {
    /// A header that every response gets. A value with a variable of the proxy in it counts as known.
    pub fn new(name: &str, value: impl Into<String>, at: Location) -> Self {
        let value = value.into();
        let says = format!("{name}: {value}");
        Self { name: name.to_ascii_lowercase(), value: Some(value), always: true, at, says }
    }
}

/// A limit of how often a client may ask.
#[derive(Clone, Debug)]
pub struct RateLimit {
    /// Where it is applied.
    pub at: Location,
    /// What it says: `limit_req zone=api burst=20`, 10r/s.
    pub says: String,
    /// Whom it counts together.
    pub key: RateKey,
}

/// Whom a limit counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateKey {
    /// One client: its own address wherever it comes from, its key, its session.
    Client,
    /// The address that the connection comes from: of a client, or of the proxy in front.
    Peer,
    /// Everybody.
    Everybody,
}

/// What is answered to pages of other origins.
#[derive(Clone, Debug)]
pub struct CorsRule {
    /// Where it stands.
    pub at: Location,
    /// Which origins may read responses.
    pub origins: Origins,
    /// Where it says that cookies and passwords may be sent along.
    pub credentials: Option<Location>,
    /// The methods that they may use, in capitals; empty where it is not said.
    pub methods: Vec<String>,
    /// The file's words.
    pub says: String,
}

/// Which origins may read responses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// Every one, by a star.
    Any,
    /// Every one, by giving back what the request named.
    Reflected,
    /// Those that are listed.
    Listed(Vec<String>),
    /// Decided elsewhere.
    Unresolved,
}

impl Origins {
    /// From the value of the header or a list with commas.
    pub fn of(value: &str) -> Self {
        let value = value.trim().trim_matches(['"', '\'']);
        let names: Vec<String> =
            value.split(',').map(|n| n.trim().trim_matches(['"', '\'']).to_owned()).filter(|n| !n.is_empty()).collect();
        if names.iter().any(|n| matches!(n.as_str(), "*" | "http://*" | "https://*" | ".*")) {
            Origins::Any
        } else if names
            .iter()
            .any(|n| n.eq_ignore_ascii_case("$http_origin") || n.contains("http.request.header.Origin") || n == "%[hdr(Origin)]")
        {
            Origins::Reflected
        } else if names.is_empty() || names.iter().any(|n| n.contains('$') || n.contains("{{")) {
            Origins::Unresolved
        } else {
            Origins::Listed(names)
        }
    }
}

/// Something that is declared at an entry and never applied.
#[derive(Clone, Debug)]
pub struct Dormant {
    /// What it would do.
    pub measure: Measure,
    /// Where it is declared.
    pub at: Location,
    /// What is declared, and why it does nothing.
    pub says: String,
}

/// What a declaration is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// A limit of requests.
    RateLimit,
    /// Headers of responses.
    Headers,
    /// Requests of other origins.
    Cors,
    /// The size of bodies.
    BodyLimit,
}

/// A size as proxies write it, in bytes: `10m`, `512k`, `10MB`, `1GiB`, `1048576`.
pub fn size(text: &str) -> Option<u64> {
    let text = text.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let unit: u64 = match text[digits..].trim() {
        "" | "b" => 1,
        "k" | "kb" | "kib" | "ki" => 1 << 10,
        "m" | "mb" | "mib" | "mi" => 1 << 20,
        "g" | "gb" | "gib" | "gi" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use plimsoll_base::FileId;

    use super::*;

    #[test]
    fn sizes_are_read_with_their_units() {
        let read = ["1048576", "8k", "10m", "1G", "10MB", "2GiB", "0", "", "lots", "99999999999999999999"].map(size);
        let mega = 1 << 20;
        let wanted =
            [Some(mega), Some(8192), Some(10 * mega), Some(1024 * mega), Some(10 * mega), Some(2048 * mega), Some(0), None, None, None];
        assert_eq!(read, wanted);
    }

    #[test]
    fn credentials_join_their_origins_in_either_order() {
        let at = Location::whole(FileId(0));
        let headers = [("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Credentials", "true")];
        for order in [[0, 1], [1, 0]] {
            let mut treatment = Treatment::default();
            order.iter().for_each(|i| treatment.header(HeaderRule::new(headers[*i].0, headers[*i].1, at)));
            assert!(treatment.headers.is_empty());
            assert_eq!(treatment.cors.len(), 1);
            assert!(treatment.cors[0].origins == Origins::Any && treatment.cors[0].credentials.is_some());
        }
    }

    #[test]
    fn origins_are_told_apart() {
        assert_eq!(Origins::of("$http_origin"), Origins::Reflected);
        assert_eq!(
            Origins::of("https://a.acme.io, https://b.acme.io"),
            Origins::Listed(vec!["https://a.acme.io".into(), "https://b.acme.io".into()])
        );
        assert_eq!(Origins::of("$allowed"), Origins::Unresolved);
        assert_eq!(Origins::of("\"*\""), Origins::Any);
    }
}
