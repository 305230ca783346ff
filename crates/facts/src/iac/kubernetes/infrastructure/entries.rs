//! Where traffic comes in: ingresses, gateways and their routes, Traefik's own kinds, services with a load balancer.

mod gateway;
mod ingress;
mod route;
mod service;
mod treatment;

#[cfg(test)]
mod tests;

use plimsoll_base::{Location, Sourced};

use crate::iac::kubernetes::object::Object;
use crate::iac::value::{Value, each};
use crate::infrastructure::{Infrastructure, Listener, Renewal};

/// Objects of one kind that are read.
const MOST: usize = 300;

pub(super) fn read(objects: &[Object], common: &[Object], found: &mut Infrastructure) {
    let lent = lent(objects, common);
    let joined: Vec<Object>;
    let objects = if lent.is_empty() {
        objects
    } else {
        joined = objects.iter().chain(lent).cloned().collect();
        joined.as_slice()
    };
    let around = Around { objects };
    found.entries.extend(
        of(objects, "Ingress").filter(|o| o.group == "networking.k8s.io" || o.group == "extensions").map(|o| ingress::ingress(&around, o)),
    );
    found.entries.extend(gateway::gateways(&around));
    found.entries.extend(gateway::routes_of_traefik(&around));
    found.entries.extend(of(objects, "Route").filter(|o| o.group == "route.openshift.io").map(route::route));
    found.entries.extend(of(objects, "Service").filter(|o| o.group.is_empty()).filter_map(service::balancer));
}

fn of<'a>(objects: &'a [Object], kind: &'a str) -> impl Iterator<Item = &'a Object> {
    objects.iter().filter(move |o| o.kind == kind).take(MOST)
}

/// What entries refer to and another folder declares: the one gateway of the name that a route leads from, issuers and certificates.
/// Of several gateways of one name nothing tells which is meant.
fn lent<'a>(objects: &[Object], common: &'a [Object]) -> Vec<&'a Object> {
    const ENTRIES: [&str; 4] = ["Ingress", "Gateway", "HTTPRoute", "IngressRoute"];
    if !objects.iter().any(|o| ENTRIES.contains(&o.kind.as_str())) {
        return Vec::new();
    }
    let parents: Vec<(&str, Option<&str>)> = of(objects, "HTTPRoute")
        .flat_map(|r| each(r.spec(&["parentRefs"])))
        .filter_map(|p| Some((p.get("name")?.written()?, p.get("namespace").and_then(Value::written))))
        .collect();
    let standing = |o: &Object| objects.iter().any(|own| own.kind == o.kind && own.name == o.name);
    let named = |gateway: &Object, name: &str, namespace: Option<&str>| {
        gateway.name == name && (namespace.is_none() || gateway.namespace.is_none() || gateway.namespace.as_deref() == namespace)
    };
    let gateways: Vec<&Object> = of(common, "Gateway").filter(|g| g.group == "gateway.networking.k8s.io").collect();
    let alone = |g: &Object| gateways.iter().filter(|other| other.name == g.name).count() == 1;
    let meant = gateways.iter().copied().filter(|g| alone(g) && !standing(g) && parents.iter().any(|(n, s)| named(g, n, *s)));
    let issuing = common.iter().filter(|o| o.group == "cert-manager.io" && !standing(o)).take(MOST);
    meant.chain(issuing).collect()
}

/// The objects that are applied together.
struct Around<'a> {
    objects: &'a [Object],
}

impl<'a> Around<'a> {
    fn named(&self, kind: &str, name: &str) -> Option<&'a Object> {
        self.objects.iter().find(|o| o.kind == kind && o.name == name)
    }

    /// Puts a certificate on a listener: what issues the secret, if that is declared here.
    fn certify(&self, listener: &mut Listener, secret: Option<&Value>, issuer: Option<Sourced<String>>) {
        let name = secret.and_then(Value::written);
        let ordered = self.objects.iter().find(|o| {
            o.kind == "Certificate"
                && o.group == "cert-manager.io"
                && o.spec(&["secretName"]).and_then(Value::written) == name
                && name.is_some()
        });
        let reference =
            ordered.and_then(|c| c.spec(&["issuerRef", "name"])).and_then(|v| Some(Sourced::new(v.written()?.to_owned(), v.at)));
        match issuer.or(reference) {
            Some(issuer) => {
                let declared = self.objects.iter().any(|o| matches!(o.kind.as_str(), "Issuer" | "ClusterIssuer") && o.name == issuer.value);
                listener.renewal = if declared { Renewal::Automatic } else { Renewal::Unresolved };
                listener.certificate = Some(Sourced::new(format!("issued by {}", issuer.value), issuer.at));
            }
            None => {
                // What fills the secret is outside: a person, an operator, a controller's default certificate.
                listener.renewal = Renewal::Unresolved;
                listener.certificate = secret.and_then(|s| Some(Sourced::new(format!("secret {}", s.written()?), s.at)));
            }
        }
    }
}

/// The value of an annotation.
fn annotation<'v>(object: &'v Object, name: &str) -> Option<&'v Value> {
    object.value.path(&["metadata", "annotations"])?.get(name)
}

/// Names as far as they are known; a wildcard alone is none.
fn hosts(value: Option<&Value>) -> Vec<Sourced<String>> {
    let texts = each(value).iter().filter_map(|v| Some(Sourced::new(v.written()?.to_owned(), v.at)));
    texts.filter(|t| !t.value.is_empty() && t.value != "*" && !t.value.ends_with(".local") && t.value != "localhost").collect()
}

/// Where the line stands that makes an object what it is.
fn head(object: &Object) -> Location {
    object.at()
}
