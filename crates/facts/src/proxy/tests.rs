//! Proxies of Compose projects.

use plimsoll_discover::Tree;

use crate::gather;
use crate::infrastructure::{Entry, ListenerAction, Renewal, Security};

fn entries(files: &[(&str, &str)]) -> Vec<Entry> {
    let facts = gather(&Tree::in_memory("t", files.iter().map(|(p, c)| ((*p).to_owned(), c.as_bytes().to_vec())).collect()));
    facts.compose.into_iter().flat_map(|p| p.infrastructure.entries).collect()
}
fn only(files: &[(&str, &str)]) -> Entry {
    let mut found = entries(files);
    assert_eq!(found.len(), 1, "{:?}", found.iter().map(|e| &e.name).collect::<Vec<_>>());
    found.remove(0)
}
fn ports(entry: &Entry) -> Vec<(Option<u16>, Security, ListenerAction)> {
    entry.listeners.iter().map(|l| (l.port, l.security, l.action)).collect()
}

const NGINX: &str = "services:\n  web:\n    image: nginx:1.27\n    ports: ['8080:80', '443:443']\n    volumes: ['./conf:/etc/nginx/conf.d:ro']\n  api:\n    image: acme/api\n";

#[test]
fn ports_are_those_of_the_host_and_what_nobody_reaches_is_left_out() {
    let entry = only(&[
        ("compose.yaml", NGINX),
        (
            "conf/site.conf",
            "server { listen 80; return 308 https://$host$request_uri; }\nserver { listen 443 ssl; server_name shop.acme.io; ssl_certificate /etc/certs/a.pem;\n location / { proxy_pass http://api:3000; } }\nserver { listen 9000; location / { return 200; } }\n",
        ),
    ]);
    assert_eq!(
        ports(&entry),
        [(Some(8080), Security::Plain, ListenerAction::RedirectToTls), (Some(443), Security::Tls, ListenerAction::Forward)]
    );
    assert_eq!(entry.listeners[1].renewal, Renewal::ByHand);
    assert_eq!(entry.targets[0].name.as_deref(), Some("api"));
    assert_eq!(entry.domains[0].value, "shop.acme.io");
}

#[test]
fn a_missing_source_is_a_defect_and_a_folder_of_the_host_is_hidden() {
    let missing = only(&[("compose.yaml", NGINX)]);
    assert!(missing.defect.is_some() && missing.listeners.is_empty());
    let hidden = only(&[("compose.yaml", &NGINX.replace("./conf", "/srv/conf"))]);
    assert!(hidden.defect.is_none());
    assert!(hidden.listeners.iter().all(|l| l.security == Security::Unresolved) && hidden.listeners.len() == 2);
}

#[test]
fn an_upstream_on_the_internet_is_told_from_one_beside_it() {
    let entry = only(&[
        ("compose.yaml", NGINX),
        (
            "conf/site.conf",
            "upstream far { server api.acme.io:80; }\nserver { location /a { proxy_pass http://far; } location /b { proxy_pass http://api:3000; } location /c { proxy_pass http://10.0.0.3; } }\n",
        ),
    ]);
    let outward: Vec<(Option<&str>, bool)> = entry.targets.iter().map(|t| (t.host.as_deref(), t.over_internet)).collect();
    assert_eq!(outward, [(Some("api.acme.io:80"), true), (Some("api:3000"), false), (Some("10.0.0.3"), false)]);
}

#[test]
fn caddy_takes_its_name_from_the_environment_or_asks() {
    let compose = |environment: &str| {
        format!(
            "services:\n  caddy:\n    image: caddy:2\n    ports: ['80:80', '443:443']\n    volumes: ['./Caddyfile:/etc/caddy/Caddyfile']\n    environment: {environment}\n"
        )
    };
    let file = ("Caddyfile", "{$SITE} {\n  reverse_proxy app:3000\n}\n");
    let named = only(&[("compose.yaml", &compose("{SITE: shop.acme.io}")), file]);
    assert_eq!(ports(&named)[0], (Some(80), Security::Plain, ListenerAction::RedirectToTls));
    assert_eq!(named.domains[0].value, "shop.acme.io");
    let asked = only(&[("compose.yaml", &compose("{SITE: '${SITE}'}")), file]);
    assert!(asked.listeners.iter().all(|l| l.security == Security::Unresolved));
    let plain = only(&[("compose.yaml", &compose("{}")), ("Caddyfile", ":80 {\n  reverse_proxy app:3000\n}\n")]);
    assert_eq!(ports(&plain), [(Some(80), Security::Plain, ListenerAction::Forward)]);
}

#[test]
fn traefik_joins_its_file_with_labels() {
    let entry = only(&[
        (
            "compose.yaml",
            "services:\n  traefik:\n    image: traefik:v3\n    ports: ['80:80', '443:443']\n    volumes: ['./traefik.yml:/etc/traefik/traefik.yml', 'acme:/acme']\n  api:\n    image: acme/api\n    labels:\n      - traefik.http.routers.api.rule=Host(`shop.acme.io`)\n      - traefik.http.routers.api.entrypoints=secure\n      - traefik.http.routers.api.tls.certresolver=le\n      - traefik.http.routers.plain.rule=Host(`shop.acme.io`)\n      - traefik.http.routers.plain.entrypoints=web\n      - traefik.http.routers.plain.middlewares=tls@docker\n      - traefik.http.middlewares.tls.redirectscheme.scheme=https\n",
        ),
        (
            "traefik.yml",
            "entryPoints:\n  web:\n    address: ':80'\n  secure:\n    address: ':443'\nproviders:\n  docker:\n    exposedByDefault: false\ncertificatesResolvers:\n  le:\n    acme:\n      email: a@acme.io\n      storage: /acme/acme.json\n",
        ),
    ]);
    assert_eq!(
        ports(&entry),
        [(Some(80), Security::Plain, ListenerAction::RedirectToTls), (Some(443), Security::Tls, ListenerAction::Forward)]
    );
    assert_eq!(entry.listeners[1].renewal, Renewal::Automatic);
}

#[test]
fn labels_without_a_traefik_are_asked_about() {
    let entry = only(&[(
        "compose.yaml",
        "services:\n  api:\n    image: acme/api\n    labels: ['traefik.http.routers.api.rule=Host(`a.acme.io`)', 'traefik.http.routers.api.tls=true']\n",
    )]);
    assert!(entry.public.known().is_none());
}

#[test]
fn a_web_server_of_its_own_is_not_the_traefik_that_labels_ask() {
    let compose = "services:\n  web:\n    image: nginx:1.27\n    labels: ['traefik.http.routers.web.rule=Host(`a.acme.io`)', 'traefik.http.routers.web.tls=true']\n";
    let found = entries(&[("compose.yaml", compose)]);
    assert_eq!(
        found.iter().map(|e| (e.name.as_str(), e.public.known().copied())).collect::<Vec<_>>(),
        [("web", Some(false)), ("traefik", None)]
    );
}

#[test]
fn any_text_is_read_without_harm() {
    let open = "server { ".repeat(200);
    for text in ["", "}", "{", "server {", "\"", "listen ${", "# é", open.as_str(), "include /etc/nginx/conf.d/*.conf;"] {
        let _ = entries(&[("compose.yaml", NGINX), ("conf/site.conf", text)]);
    }
}
