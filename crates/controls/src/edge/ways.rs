//! The ways by which requests from outside reach each service, over every entry on the way.

use std::collections::BTreeSet;

use plimsoll_base::{Location, Question, Subject};
use plimsoll_model::container::Port;
use plimsoll_model::estate::{Dormant, Entry, EntryKind, Leads, Listener, Measure, Route, Security, Store, StoreKind, Treatment};
use plimsoll_model::{Ownership, Service, ServiceKind, System};

use super::doors::{Doors, no_edge, serves};

/// Entries one behind the other, and ways through all of them, that are followed.
const MAX_HOPS: usize = 5;
const MAX_WAYS: usize = 400;

/// What is known of what a service's own code does about a capability.
pub(super) enum InCode {
    /// Its code is not followed by this version: what has to be asked.
    Unread(Question),
}

/// One entry on a way, with the route through it where its routes are told apart.
#[derive(Clone, Copy)]
pub(super) struct Hop<'a> {
    pub(super) entry: &'a Entry,
    pub(super) route: Option<&'a Route>,
}

/// One way to a service: the entries from outside inwards, or a port that it opens by itself.
#[derive(Clone)]
pub(super) struct Way<'a> {
    pub(super) hops: Vec<Hop<'a>>,
    pub(super) port: Option<&'a Port>,
}

impl<'a> Way<'a> {
    /// What is done on it, from outside inwards.
    pub(super) fn treatments(&self) -> impl Iterator<Item = &'a Treatment> + use<'a, '_> {
        self.hops.iter().flat_map(|h| [Some(&h.entry.everywhere), h.route.map(|r| &r.treatment)]).flatten()
    }
    /// In words: `nginx, location /api/`.
    pub(super) fn says(&self) -> String {
        match (self.hops.last(), self.port) {
            (Some(Hop { entry, route: Some(route) }), _) => format!("`{}`, {}", entry.name, route.says),
            (Some(hop), _) => format!("`{}`", hop.entry.name),
            (None, Some(port)) => format!("its own port ({})", port.says),
            (None, None) => "a way that is not declared".into(),
        }
    }
    /// Where it stands, if it stands anywhere.
    pub(super) fn at(&self) -> Option<Location> {
        self.hops.last().map(|h| h.route.map_or(h.entry.at, |r| r.at)).or(self.port.map(|p| p.at))
    }
    /// What may change it all and is decided elsewhere.
    pub(super) fn undecided(&self) -> Option<&'a str> {
        self.treatments().find_map(|t| t.undecided.as_ref()).map(|u| u.value.as_str())
    }
    /// Whether it ends at files: nothing of the application runs for a request on it.
    pub(super) fn files(&self) -> bool {
        self.hops.last().is_some_and(|h| h.route.is_some_and(|r| r.leads == Leads::Files) || h.entry.kind == EntryKind::Site)
    }
    /// Whether an entry at this place on it sees connections of another entry and not of clients.
    pub(super) fn behind_another(&self, place: usize) -> bool {
        self.hops[..place].iter().any(|h| h.entry.listeners.iter().any(|l: &Listener| l.security != Security::PassedThrough))
    }
}

/// What a way ends at.
#[derive(Clone, Copy)]
pub(super) enum End<'a> {
    /// A service of the deployment.
    Service(&'a Service),
    /// A bucket: files, and no code.
    Bucket(&'a Store),
    /// Something that is not described: machines, or what another repository declares.
    Unnamed(&'a Entry),
}

impl<'a> End<'a> {
    fn name(self) -> &'a str {
        match self {
            End::Service(service) => &service.name,
            End::Bucket(store) => &store.name,
            End::Unnamed(entry) => &entry.name,
        }
    }
}

/// What requests from outside reach, with the ways to it.
pub(super) struct Reached<'a> {
    pub(super) end: End<'a>,
    pub(super) ways: Vec<Way<'a>>,
}

impl<'a> Reached<'a> {
    /// As the subject of a judgement.
    pub(super) fn subject(&self) -> Subject {
        match self.end {
            End::Service(service) => service.subject(),
            _ => Subject::named(self.name()),
        }
    }
    /// Its name.
    pub(super) fn name(&self) -> &'a str {
        self.end.name()
    }
    /// Where it stands.
    pub(super) fn at(&self) -> Location {
        match self.end {
            End::Service(service) => service.at,
            End::Bucket(store) => store.at,
            End::Unnamed(entry) => entry.at,
        }
    }
    /// The service, if it is one.
    pub(super) fn service(&self) -> Option<&'a Service> {
        if let End::Service(service) = self.end { Some(service) } else { None }
    }
    /// Whether code answers: not a bucket, nor a web server that only holds files or passes requests on.
    pub(super) fn runs_code(&self, system: &System) -> bool {
        match self.end {
            End::Service(service) => {
                let itself = |e: &Entry| e.kind == EntryKind::Proxy && e.name == service.name;
                service.kind != ServiceKind::Static && !system.infrastructure().entries.iter().any(itself)
            }
            End::Bucket(_) => false,
            End::Unnamed(_) => true,
        }
    }
    /// What its code does, by a control's own question; what is not described cannot be asked.
    pub(super) fn code(&self, ask: impl FnOnce(&Service) -> InCode) -> InCode {
        match self.service() {
            Some(service) => ask(service),
            None => InCode::Unread(Question::new(
                format!("what answers behind `{}`, and what it does by itself: it is not described here", self.name()),
                "add its declaration, or show its answer to a request from outside",
            )),
        }
    }
    /// What is declared at the entries that lead to it and never applied.
    pub(super) fn dormant(&self, measure: Measure) -> Option<&'a Dormant> {
        self.ways.iter().flat_map(|w| &w.hops).flat_map(|h| &h.entry.dormant).find(|d| d.measure == measure)
    }
}

/// Every service that the internet reaches, as far as is declared.
pub(super) struct Ways<'a> {
    pub(super) reached: Vec<Reached<'a>>,
    /// Services of which the way is not declared, with what has to be asked unless their code settles it.
    pub(super) open: Vec<(&'a Service, Question)>,
    /// What has to be asked where something serves and nothing tells what is reached.
    pub(super) unseen: Option<Question>,
}

impl<'a> Ways<'a> {
    /// The ways into the assessed system.
    pub(super) fn of(system: &'a System) -> Self {
        let doors = Doors::of(system);
        let mut walk = Walk { system, found: Vec::new(), loose: Vec::new(), left: MAX_WAYS };
        for entry in &doors.entries {
            walk.follow(entry, &mut Vec::new());
        }
        for (service, port) in &doors.ports {
            walk.found.push((End::Service(service), Way { hops: Vec::new(), port: Some(port) }));
        }
        let Walk { found, loose, .. } = walk;
        let mut ways = Self { reached: Vec::new(), open: Vec::new(), unseen: None };
        let leads = |service: &Service| found.iter().any(|(end, _)| matches!(end, End::Service(s) if s.name == service.name));
        let without: Vec<&Service> = system.services().iter().filter(|s| serving(system, s) && !leads(s)).collect();
        let own = |name: &str| -> Vec<Way<'a>> { found.iter().filter(|(e, _)| e.name() == name).map(|(_, w)| w.clone()).collect() };
        for service in system.services() {
            let mut all = own(&service.name);
            if serving(system, service) || service.owned() && service.kind == ServiceKind::Function && !all.is_empty() {
                // What leads somewhere unnamed leads to the only service that nothing else leads to.
                if let ([only], true) = (without.as_slice(), all.is_empty())
                    && only.name == service.name
                {
                    all.clone_from(&loose);
                }
                match (all.is_empty(), loose.first()) {
                    (false, _) => ways.reached.push(Reached { end: End::Service(service), ways: all }),
                    (true, Some(way)) => {
                        let missing = format!(
                            "whether requests from outside reach `{}`: where {} leads is decided elsewhere",
                            service.name,
                            way.says()
                        );
                        ways.open.push((service, Question::new(missing, "name the service in the entry's configuration")));
                    }
                    (true, None) if doors.unled.iter().any(|s| s.name == service.name) => {
                        let missing = format!("how `{}` is reached: its platform's address is not declared", service.name);
                        ways.open.push((service, Question::new(missing, "show a request from outside with its response")));
                    }
                    // Where nothing shows a way in, each of them may be what the internet meets.
                    (true, None) if doors.is_empty() => ways.open.push((service, no_edge(system))),
                    _ => {}
                }
            } else if service.kind == ServiceKind::Proxy {
                // A proxy that itself answers with files is what serves the pages.
                let pages: Vec<Way<'a>> = all.into_iter().filter(Way::files).collect();
                if pages.iter().any(|w| w.hops.last().is_some_and(|h| h.route.is_some_and(main))) {
                    ways.reached.push(Reached { end: End::Service(service), ways: pages });
                }
            }
        }
        let mut told: BTreeSet<&str> = BTreeSet::new();
        for (end, _) in found.iter().filter(|(e, _)| matches!(e, End::Bucket(_))) {
            if told.insert(end.name()) {
                ways.reached.push(Reached { end: *end, ways: own(end.name()) });
            }
        }
        // Machines and functions that nothing describes are reached all the same.
        if ways.reached.iter().all(|r| r.service().is_none()) && ways.open.is_empty() {
            for way in &loose {
                let Some(hop) = way.hops.last() else { continue };
                if told.insert(&hop.entry.name) {
                    let all = loose.iter().filter(|w| w.hops.last().is_some_and(|h| h.entry.name == hop.entry.name)).cloned().collect();
                    ways.reached.push(Reached { end: End::Unnamed(hop.entry), ways: all });
                }
            }
        }
        if ways.reached.is_empty() && ways.open.is_empty() && (serves(system) || !doors.is_empty()) {
            ways.unseen = Some(no_edge(system));
        }
        ways
    }
}

/// Whether a service of this repository answers requests.
fn serving(system: &System, service: &Service) -> bool {
    let answers = |s: &Service| matches!(s.kind, ServiceKind::Web | ServiceKind::Static) && s.long_running();
    // An image of which nothing tells who builds it stands for the product only where nothing else does.
    let product = service.owned() || service.ownership == Ownership::Unclear && !system.owned().any(answers);
    product && answers(service)
}

/// Whether a route is for all that no other is for.
fn main(route: &Route) -> bool {
    matches!(route.says.as_str(), "server" | "location /" | "location ^~ /") || route.says.starts_with("file_server")
}

/// Paths by which an issuer of certificates or a monitor asks, and pages for errors: nobody's pages.
fn incidental(route: &Route) -> bool {
    let words = ["/.well-known", "/nginx_status", "/stub_status", "/50x.html"];
    route.says.contains("acme-challenge") || words.iter().any(|w| path(route).starts_with(w))
}

/// The path that a location is for, without the signs of how it is compared.
pub(super) fn path(route: &Route) -> &str {
    let last = route.says.split_whitespace().last().unwrap_or_default();
    last.trim_start_matches(['^', '~', '='])
}

struct Walk<'a> {
    system: &'a System,
    found: Vec<(End<'a>, Way<'a>)>,
    /// Ways of which the end is not known.
    loose: Vec<Way<'a>>,
    left: usize,
}

impl<'a> Walk<'a> {
    fn follow(&mut self, entry: &'a Entry, before: &mut Vec<Hop<'a>>) {
        let routes = entry.routes.iter().filter(|r| !incidental(r)).map(|r| (Some(r), r.leads.clone()));
        let told: BTreeSet<&str> =
            entry.routes.iter().filter_map(|r| if let Leads::To(n) = &r.leads { Some(n.as_str()) } else { None }).collect();
        let others = entry.targets.iter().filter(|t| !t.name.as_deref().is_some_and(|n| told.contains(n)));
        // Where routes are told apart, a target without a name is what one of them leads to.
        let targets = others.filter(|t| t.name.is_some() || entry.routes.is_empty()).map(|t| match &t.name {
            Some(name) => (None, Leads::To(name.clone())),
            None => (None, Leads::Elsewhere(t.host.clone().unwrap_or_default())),
        });
        let mut all: Vec<(Option<&'a Route>, Leads)> = routes.chain(targets).collect();
        if all.is_empty() {
            all.push((None, Leads::Elsewhere(String::new())));
        }
        for (route, leads) in all {
            if self.left == 0 {
                return;
            }
            self.left -= 1;
            before.push(Hop { entry, route });
            match leads {
                Leads::To(name) => self.onward(entry, route, &name, before),
                Leads::Files => {
                    let service = self.system.service(&entry.name);
                    self.found.extend(service.map(|s| (End::Service(s), Way { hops: before.clone(), port: None })));
                }
                Leads::Elsewhere(_) => self.loose.push(Way { hops: before.clone(), port: None }),
                Leads::Answer => {}
            }
            before.pop();
        }
    }

    fn onward(&mut self, entry: &'a Entry, route: Option<&'a Route>, name: &str, before: &mut Vec<Hop<'a>>) {
        let service = self.service(entry, route, name);
        let behind = self
            .system
            .infrastructure()
            .entries
            .iter()
            .find(|e| (e.name == name || service.is_some_and(|s| s.name == e.name)) && before.iter().all(|h| h.entry.name != e.name));
        let bucket = self.system.infrastructure().stores.iter().find(|s| s.name == name && s.kind == StoreKind::Objects);
        match (behind, service) {
            (Some(behind), _) if before.len() < MAX_HOPS => self.follow(behind, before),
            (_, Some(service)) => self.found.push((End::Service(service), Way { hops: before.clone(), port: None })),
            (_, None) if bucket.is_some() => self.found.extend(bucket.map(|b| (End::Bucket(b), Way { hops: before.clone(), port: None }))),
            _ => self.loose.push(Way { hops: before.clone(), port: None }),
        }
    }

    /// The service that a name means: its own, its address, or in a cluster the workload behind the service of that name.
    fn service(&self, entry: &Entry, route: Option<&Route>, name: &str) -> Option<&'a Service> {
        let all = || self.system.services().iter();
        let named = |s: &&Service| name == s.name || name.ends_with(&format!(".{}", s.name));
        // The type of a service in a cluster is both the entry's place and that of the ports that it opens to a workload.
        let opened = |s: &&Service| s.ports.iter().any(|p| p.at == entry.at);
        if let Some(service) = all().find(named).or_else(|| all().find(opened)) {
            return Some(service);
        }
        let head = |s: &&Service| s.update.routed.is_some_and(|at| at == entry.at || route.is_some_and(|r| r.at == at));
        let routed: Vec<&Service> = all().filter(|s| serving(self.system, s)).filter(head).collect();
        let alike = routed.iter().copied().find(|s| name.starts_with(s.name.as_str()) || s.name.starts_with(name));
        alike.or(if let [only] = routed.as_slice() { Some(*only) } else { None })
    }
}
