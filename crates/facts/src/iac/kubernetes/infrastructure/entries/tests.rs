//! Entries of clusters.

use plimsoll_discover::Tree;

use crate::gather;
use crate::infrastructure::{Entry, ListenerAction, Renewal, Security};

const RUNS: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: web, image: acme/web}]}}}\n";

fn entries(manifests: &str) -> Vec<Entry> {
    let text = format!("{RUNS}---\n{manifests}");
    let facts = gather(&Tree::in_memory("t", vec![("k8s/web.yaml".to_owned(), text.into_bytes())]));
    facts.clusters.into_iter().flat_map(|c| c.infrastructure.entries).collect()
}
fn ports(entry: &Entry) -> Vec<(Security, ListenerAction)> {
    entry.listeners.iter().map(|l| (l.security, l.action)).collect()
}

#[test]
fn a_host_outside_tls_is_served_in_the_clear() {
    let found = entries(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec:\n  ingressClassName: nginx\n  tls: [{hosts: [a.acme.io], secretName: a}]\n  rules: [{host: a.acme.io}, {host: b.acme.io}]\n",
    );
    assert_eq!(
        ports(&found[0]),
        [
            (Security::Tls, ListenerAction::Forward),
            (Security::Plain, ListenerAction::Forward),
            (Security::Plain, ListenerAction::RedirectToTls)
        ]
    );
}

#[test]
fn an_issuer_that_is_not_declared_leaves_the_renewal_open() {
    let ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web, annotations: {cert-manager.io/cluster-issuer: le}}\nspec: {ingressClassName: nginx, tls: [{secretName: a}], rules: [{host: a.acme.io}]}\n";
    assert_eq!(entries(ingress)[0].listeners[0].renewal, Renewal::Unresolved);
    let issued = format!("{ingress}---\napiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {{name: le}}\nspec: {{}}\n");
    assert_eq!(entries(&issued)[0].listeners[0].renewal, Renewal::Automatic);
}

#[test]
fn a_load_balancer_of_aws_is_internal_unless_it_says_otherwise() {
    let ingress = |more: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web\n  annotations:\n    alb.ingress.kubernetes.io/certificate-arn: arn\n{more}spec: {{ingressClassName: alb, rules: [{{host: a.acme.io}}]}}\n"
        )
    };
    assert!(entries(&ingress(""))[0].public.off());
    let open = "    alb.ingress.kubernetes.io/scheme: internet-facing\n    alb.ingress.kubernetes.io/listen-ports: '[{\"HTTP\": 80}, {\"HTTPS\": 443}]'\n    alb.ingress.kubernetes.io/ssl-redirect: '443'\n";
    let found = entries(&ingress(open));
    assert!(found[0].public.on());
    assert_eq!(ports(&found[0]), [(Security::Tls, ListenerAction::Forward), (Security::Plain, ListenerAction::RedirectToTls)]);
}

#[test]
fn a_gateway_redirects_where_its_route_does() {
    let found = entries(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: gw}\nspec:\n  listeners:\n    - {name: http, port: 80, protocol: HTTP}\n    - {name: https, port: 443, protocol: HTTPS, hostname: a.acme.io, tls: {certificateRefs: [{name: a}]}}\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: redirect}\nspec:\n  parentRefs: [{name: gw, sectionName: http}]\n  rules: [{filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}]}]\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: web}\nspec:\n  parentRefs: [{name: gw, sectionName: https}]\n  rules: [{backendRefs: [{name: web, port: 80}]}]\n",
    );
    assert_eq!(found.len(), 1);
    assert_eq!(ports(&found[0]), [(Security::Plain, ListenerAction::RedirectToTls), (Security::Tls, ListenerAction::Forward)]);
}

#[test]
fn a_service_with_a_load_balancer_is_an_entry_and_a_database_is_none() {
    let service = |name: &str, port: u16| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{type: LoadBalancer, selector: {{app: web}}, ports: [{{port: {port}}}]}}\n---\n"
        )
    };
    let found = entries(&format!("{}{}", service("web", 80), service("db", 5432)));
    assert_eq!(found.len(), 1);
    assert_eq!(ports(&found[0]), [(Security::Plain, ListenerAction::Forward)]);
}

#[test]
fn a_gateway_and_its_issuer_of_another_folder_are_those_that_a_route_names() {
    let route = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: web}\nspec:\n  parentRefs: [{name: gw, sectionName: https}]\n  rules: [{backendRefs: [{name: web, port: 80}]}]\n";
    let gateway = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: gw, annotations: {cert-manager.io/cluster-issuer: le}}\nspec:\n  listeners: [{name: https, port: 443, protocol: HTTPS, hostname: a.acme.io, tls: {certificateRefs: [{name: a}]}}]\n";
    let issuer = "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: le}\nspec: {}\n";
    let read = |files: &[(&str, &str)]| {
        let tree = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).as_bytes().to_vec())).collect();
        gather(&Tree::in_memory("t", tree)).clusters.into_iter().flat_map(|c| c.infrastructure.entries).collect::<Vec<Entry>>()
    };
    let web = format!("{RUNS}---\n{route}");
    let found = read(&[("app/k8s/web.yaml", &web), ("ground/gateway.yaml", gateway), ("ground/issuer.yaml", issuer)]);
    assert_eq!(found.len(), 1);
    assert_eq!(ports(&found[0]), [(Security::Tls, ListenerAction::Forward)]);
    assert_eq!(found[0].listeners[0].renewal, Renewal::Automatic);
    // Of two gateways of that name nothing tells which is meant; one for staging is not meant.
    let several = read(&[("app/k8s/web.yaml", &web), ("eu/gateway.yaml", gateway), ("us/gateway.yaml", gateway)]);
    assert_eq!(ports(&several[0]), [(Security::Unresolved, ListenerAction::Unresolved)]);
    let staged = read(&[("app/k8s/web.yaml", &web), ("staging/gateway.yaml", gateway)]);
    assert_eq!(ports(&staged[0]), [(Security::Unresolved, ListenerAction::Unresolved)]);
}

#[test]
fn annotations_of_ingress_nginx_stand_over_its_defaults() {
    let ingress = |more: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web\n  annotations:\n    cert-manager.io/cluster-issuer: le\n{more}spec: {{ingressClassName: nginx, tls: [{{secretName: a}}], rules: [{{host: a.acme.io}}]}}\n"
        )
    };
    let plain = entries(&ingress(""));
    let made = &plain[0].everywhere;
    assert_eq!(made.body.as_ref().and_then(|b| b.known()), Some(&(1 << 20)));
    assert!(made.limits.is_empty() && made.headers.iter().any(|h| h.name == "strict-transport-security"));
    let told = entries(&ingress(
        "    nginx.ingress.kubernetes.io/limit-rps: '5'\n    nginx.ingress.kubernetes.io/proxy-body-size: 8m\n    nginx.ingress.kubernetes.io/rate-limit: '5'\n    nginx.ingress.kubernetes.io/configuration-snippet: |\n      more_set_headers \"X-Frame-Options: DENY\";\n",
    ));
    let made = &told[0].everywhere;
    assert_eq!((made.limits.len(), told[0].dormant.len()), (1, 1));
    assert_eq!(made.body.as_ref().and_then(|b| b.known()), Some(&(8 << 20)));
    assert!(made.headers.iter().any(|h| h.name == "x-frame-options" && h.value.as_deref() == Some("DENY")));
}

#[test]
fn a_middleware_counts_on_the_route_that_uses_it() {
    let ware = "apiVersion: traefik.io/v1alpha1\nkind: Middleware\nmetadata: {name: slow}\nspec: {rateLimit: {average: 20}}\n---\n";
    let route = |wares: &str| {
        format!(
            "{ware}apiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nmetadata: {{name: web}}\nspec:\n  routes:\n    - match: Host(`a.acme.io`)\n      services: [{{name: web}}]\n{wares}"
        )
    };
    let used = entries(&route("      middlewares: [{name: slow}]\n"));
    assert_eq!((used[0].routes[0].treatment.limits.len(), used[0].dormant.len()), (1, 0));
    let idle = entries(&route(""));
    assert_eq!((idle[0].routes[0].treatment.limits.len(), idle[0].dormant.len()), (0, 1));
    let elsewhere = entries(&route("      middlewares: [{name: other}]\n"));
    assert!(elsewhere[0].routes[0].treatment.undecided.is_some());
}
