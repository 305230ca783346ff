//! What proxies of Compose projects do to traffic.

use plimsoll_discover::Tree;

use crate::gather;
use crate::infrastructure::{Entry, Leads, Measure, Origins, RateKey, Route};

const NGINX: &str = "services:\n  web:\n    image: nginx:1.27\n    ports: ['80:80']\n    volumes: ['./site.conf:/etc/nginx/conf.d/site.conf:ro']\n  api:\n    image: acme/api\n";

fn entry(compose: &str, path: &str, text: &str) -> Entry {
    let files = vec![("compose.yaml".to_owned(), compose.as_bytes().to_vec()), (path.to_owned(), text.as_bytes().to_vec())];
    let facts = gather(&Tree::in_memory("t", files));
    let mut found: Vec<Entry> = facts.compose.into_iter().flat_map(|p| p.infrastructure.entries).collect();
    assert_eq!(found.len(), 1);
    found.remove(0)
}
fn names(route: &Route) -> Vec<&str> {
    route.treatment.headers.iter().map(|h| h.name.as_str()).collect()
}

#[test]
fn a_block_of_nginx_with_headers_of_its_own_loses_the_outer_ones() {
    let text = "add_header X-A a always;\nserver {\n listen 80;\n location / { proxy_pass http://api:3000; }\n location /b { add_header X-B b; proxy_pass http://api:3000; }\n}\n";
    let found = entry(NGINX, "site.conf", text);
    assert_eq!(names(&found.routes[0]), ["x-a"]);
    assert_eq!(names(&found.routes[1]), ["x-b"]);
    assert_eq!(found.routes[1].treatment.lost[0].name, "x-a");
    assert!(!found.routes[1].treatment.headers[0].always);
    let merged = entry(NGINX, "site.conf", &text.replace("add_header X-B", "add_header_inherit merge; add_header X-B"));
    assert_eq!(names(&merged.routes[1]), ["x-b", "x-a"]);
}

#[test]
fn a_zone_limits_where_it_is_applied_and_nowhere_else() {
    let zone = "limit_req_zone $binary_remote_addr zone=a:1m rate=5r/s;\n";
    let server = |inner: &str| format!("{zone}server {{ listen 80; {inner} location / {{ proxy_pass http://api:3000; }} }}\n");
    let idle = entry(NGINX, "site.conf", &server(""));
    assert!(idle.routes[0].treatment.limits.is_empty());
    assert_eq!(idle.dormant.iter().map(|d| d.measure).collect::<Vec<_>>(), [Measure::RateLimit]);
    let applied = entry(NGINX, "site.conf", &server("limit_req zone=a;"));
    assert_eq!(applied.routes[0].treatment.limits[0].key, RateKey::Peer);
    assert!(applied.dormant.is_empty());
    let real = entry(NGINX, "site.conf", &server("limit_req zone=a; set_real_ip_from 10.0.0.0/8;"));
    assert_eq!(real.routes[0].treatment.limits[0].key, RateKey::Client);
    let dry = entry(NGINX, "site.conf", &server("limit_req zone=a; limit_req_dry_run on;"));
    assert!(dry.routes[0].treatment.limits.is_empty() && dry.dormant.len() == 1);
}

#[test]
fn a_map_lists_the_origins_that_are_let_in() {
    let conf = |default: &str| {
        format!(
            "map $http_origin $cors {{ default \"{default}\"; https://a.acme.io $http_origin; }}\nserver {{ listen 80; location / {{ add_header Access-Control-Allow-Origin $cors; proxy_pass http://api:3000; }} }}\n"
        )
    };
    let origins = |text: &str| entry(NGINX, "site.conf", text).routes[0].treatment.cors[0].origins.clone();
    assert_eq!(origins(&conf("")), Origins::Listed(vec!["https://a.acme.io".into()]));
    assert_eq!(origins(&conf("*")), Origins::Any);
}

#[test]
fn where_requests_fall_back_to_an_application_no_files_are_the_answer() {
    let text = "server { listen 80; root /srv; location / { try_files $uri /index.php; } location ~ \\.php$ { fastcgi_pass api:9000; } location /doc { alias /doc; } }\n";
    let leads: Vec<Leads> = entry(NGINX, "site.conf", text).routes.into_iter().map(|r| r.leads).collect();
    assert_eq!(leads, [Leads::Answer, Leads::To("api".into()), Leads::Files]);
}

#[test]
fn an_include_that_is_not_here_leaves_it_open() {
    let text = "server { listen 80; include /etc/nginx/secure.conf; include mime.types; location / { proxy_pass http://api:3000; } }\n";
    assert!(entry(NGINX, "site.conf", text).routes[0].treatment.undecided.as_ref().is_some_and(|u| u.value.contains("secure.conf")));
}

#[test]
fn caddy_puts_snippets_in_and_keeps_matchers_apart() {
    let compose = "services:\n  caddy:\n    image: caddy:2\n    ports: ['443:443']\n    volumes: ['./Caddyfile:/etc/caddy/Caddyfile']\n  api:\n    image: acme/api\n";
    let text = "(secure) {\n  header X-A a\n}\nshop.acme.io {\n  import secure\n  header /files/* X-B b\n  request_body {\n    max_size 2MB\n  }\n  handle /api/* {\n    reverse_proxy api:3000\n  }\n  file_server\n}\n";
    let found = entry(compose, "Caddyfile", text);
    assert_eq!(found.routes.iter().map(|r| r.leads.clone()).collect::<Vec<_>>(), [Leads::To("api".into()), Leads::Files]);
    assert!(found.routes.iter().all(|r| names(r) == ["x-a"] && r.treatment.body.as_ref().and_then(|b| b.known()) == Some(&(2 << 20))));
}

#[test]
fn haproxy_limits_where_it_refuses() {
    let compose = "services:\n  lb:\n    image: haproxy:3.0\n    ports: ['80:80']\n    volumes: ['./haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg']\n  api:\n    image: acme/api\n";
    let text = |deny: &str| {
        format!(
            "frontend web\n  bind :80\n  stick-table type ip size 100k expire 30s store http_req_rate(10s)\n  http-request track-sc0 src\n{deny}  default_backend app\nbackend app\n  server a api:3000 check\n"
        )
    };
    let counting = entry(compose, "haproxy.cfg", &text(""));
    assert!(counting.routes[0].treatment.limits.is_empty() && counting.dormant.len() == 1);
    let denying = entry(compose, "haproxy.cfg", &text("  http-request deny if { sc_http_req_rate(0) gt 20 }\n"));
    assert_eq!(denying.routes[0].treatment.limits.len(), 1);
    assert!(denying.routes[0].treatment.forwarded.as_ref().is_some_and(|f| f.off()));
}

#[test]
fn a_neighbour_that_nothing_bears_is_a_stray() {
    let text = |host: &str| format!("server {{ listen 80; location / {{ proxy_pass http://{host}:3000; }} }}\n");
    let stray = |compose: &str, host: &str| entry(compose, "site.conf", &text(host)).targets[0].stray;
    assert!(stray(NGINX, "backend"));
    assert!(!stray(NGINX, "api"));
    assert!(!stray(NGINX, "10.0.0.4"));
    let named = NGINX.replace("image: acme/api", "image: acme/api\n    container_name: backend");
    assert!(!stray(&named, "backend"));
    let outside = NGINX.replace("    ports", "    networks: [edge]\n    ports") + "networks:\n  edge: {external: true}\n";
    assert!(!stray(&outside, "backend"));
}

#[test]
fn any_text_is_read_without_harm() {
    let open = "location / { ".repeat(300);
    for text in [
        "add_header",
        "limit_req_zone;",
        "map {",
        "server { add_header X-A; location { set $; proxy_pass $; } }",
        open.as_str(),
        "include site.conf;",
    ] {
        let files = vec![("compose.yaml".to_owned(), NGINX.into()), ("site.conf".to_owned(), text.into())];
        let _ = gather(&Tree::in_memory("t", files));
    }
}
