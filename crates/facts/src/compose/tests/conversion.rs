//! A merged service as a workload.

use plimsoll_base::Setting;

use super::*;
use crate::container::{MountSource, ProbeTest, Reach, Restart, SecretStore};

fn port(short: &str) -> (Option<String>, Option<String>, Reach) {
    let mut w = service(&format!("    ports: [\"{short}\"]\n"));
    let p = w.ports.remove(0);
    assert_eq!(p.says, short);
    (p.published, p.target, p.reach)
}

#[test]
fn short_ports() {
    for (short, published, target, reach) in [
        ("5432:5432", Some("5432"), Some("5432"), Reach::Public),
        ("5432", None, Some("5432"), Reach::Public),
        ("127.0.0.1:5432:5432/tcp", Some("5432"), Some("5432"), Reach::Loopback),
        ("127.0.0.1::5432", None, Some("5432"), Reach::Loopback),
        ("0.0.0.0:80:8080", Some("80"), Some("8080"), Reach::Public),
        ("10.0.0.5:80:80", Some("80"), Some("80"), Reach::Private),
        ("203.0.113.7:80:80", Some("80"), Some("80"), Reach::Public),
        ("[::1]:80:80", Some("80"), Some("80"), Reach::Loopback),
        ("[::]:80:80", Some("80"), Some("80"), Reach::Public),
        ("::1:80:80", Some("80"), Some("80"), Reach::Loopback),
        ("3000-3005:3000-3005", Some("3000-3005"), Some("3000-3005"), Reach::Public),
        ("${PORT:-5432}:5432", Some("5432"), Some("5432"), Reach::Public),
        ("${PORT}:5432", None, Some("5432"), Reach::Public),
        ("${BIND:-127.0.0.1}:80:80", Some("80"), Some("80"), Reach::Loopback),
        ("${BIND}:80:80", Some("80"), Some("80"), Reach::Unresolved),
        ("${ALL}", None, None, Reach::Unresolved),
        ("${ALL:-127.0.0.1:1:2}", Some("1"), Some("2"), Reach::Loopback),
    ] {
        assert_eq!(port(short), (published.map(str::to_owned), target.map(str::to_owned), reach), "{short}");
    }
}

#[test]
fn long_ports_expose_and_the_hosts_network() {
    let w = service(
        "    ports:\n      - {target: 80, published: '8080', host_ip: 127.0.0.1, mode: host}\n      - {target: 90}\n      - 6379:6379\n    expose: [3000, '80']\n",
    );
    let seen: Vec<_> = w.ports.iter().map(|p| (p.target.as_deref(), p.published.as_deref(), p.reach)).collect();
    assert_eq!(
        seen,
        [
            (Some("80"), Some("8080"), Reach::Loopback),
            (Some("90"), None, Reach::Public),
            (Some("6379"), Some("6379"), Reach::Public),
            (Some("3000"), None, Reach::Internal),
        ]
    );
    let host = service("    network_mode: host\n    expose: [3000]\n");
    assert_eq!((host.ports[0].reach, host.privileges.host_namespace[0].value.as_str()), (Reach::Public, "network"));
}

#[test]
fn mounts_of_every_kind() {
    let w = service(
        "    volumes:\n      - data:/data\n      - /anonymous\n      - ./data:/seed:ro,z\n      - ./missing.conf:/etc/x.conf\n      - /srv/x:/x\n      - ${PWD}/data:/y\n      - ${DIR}:/z\n      - ${DIR:-./data}:/w\n      - ../outside:/o\n      - ~/.ssh:/s:ro\n      - {type: tmpfs, target: /t}\n      - {type: bind, source: ./data, target: /b, read_only: true}\n    tmpfs: /run:size=1m\n",
    );
    let inside = |path: &str, exists| MountSource::Host { path: path.into(), in_tree: true, exists };
    let outside = |path: &str| MountSource::Host { path: path.into(), in_tree: false, exists: false };
    let expected = [
        (MountSource::Volume("data".into()), "/data", false),
        (MountSource::Anonymous, "/anonymous", false),
        (inside("data", true), "/seed", true),
        (inside("missing.conf", false), "/etc/x.conf", false),
        (outside("/srv/x"), "/x", false),
        (inside("data", true), "/y", false),
        (MountSource::Unresolved, "/z", false),
        (inside("data", true), "/w", false),
        (outside("../outside"), "/o", false),
        (outside("~/.ssh"), "/s", true),
        (MountSource::Ephemeral, "/t", false),
        (inside("data", true), "/b", true),
        (MountSource::Ephemeral, "/run", false),
    ];
    let seen: Vec<_> = w.mounts.iter().map(|m| (m.source.clone(), m.target.as_str(), m.read_only)).collect();
    assert_eq!(seen, expected);
}

#[test]
fn what_of_the_host_is_handed_over() {
    let w = service(
        "    privileged: true\n    user: '0'\n    cap_add: [SYS_ADMIN]\n    cap_drop: [ALL]\n    read_only: true\n    pid: host\n    ipc: host\n    init: true\n    security_opt: ['no-new-privileges:true', 'seccomp:unconfined']\n    volumes: ['/var/run/docker.sock:/var/run/docker.sock:ro', '/:/rootfs:ro', '/etc/localtime:/etc/localtime:ro', '/proc/:/host/proc']\n    devices: ['/dev/sda:/dev/sda', '/dev/fuse']\n",
    );
    let p = &w.privileges;
    assert!(p.privileged.is_some() && p.read_only.is_some() && p.no_new_privileges.is_some() && p.seccomp.is_none() && w.init.is_some());
    assert_eq!((p.added[0].value.as_str(), p.dropped[0].value.as_str()), ("SYS_ADMIN", "ALL"));
    assert_eq!(p.host_namespace.iter().map(|n| n.value.as_str()).collect::<Vec<_>>(), ["pid", "ipc"]);
    assert_eq!(p.engine_socket.map(|s| s.1), Some(true));
    assert_eq!(p.host_paths.iter().map(|n| n.value.as_str()).collect::<Vec<_>>(), ["/dev/sda", "/", "/proc"]);
    let restricted = service("    security_opt: ['seccomp=./seccomp.json', 'no-new-privileges=false']\n    privileged: false\n").privileges;
    assert!(restricted.seccomp.is_some() && restricted.no_new_privileges.is_none() && restricted.privileged.is_none());
}

#[test]
fn probes() {
    let words = |lines: &str| match service(lines).probes.first().map(|p| p.test.clone()) {
        Some(ProbeTest::Command(words)) => words,
        other => panic!("{other:?}"),
    };
    assert_eq!(words("    healthcheck: {test: curl -f http://localhost}\n"), ["curl -f http://localhost"]);
    assert_eq!(words("    healthcheck:\n      test: [CMD, pg_isready, -U, $$POSTGRES_USER]\n"), ["pg_isready", "-U", "$POSTGRES_USER"]);
    assert_eq!(words("    healthcheck:\n      test: ['CMD-SHELL', 'true || exit 1']\n"), ["true || exit 1"]);
    for off in ["    healthcheck: {disable: true}\n", "    healthcheck:\n      test: [NONE]\n"] {
        let w = service(off);
        assert!(w.probes.is_empty() && w.probe_disabled.is_some());
    }
    let timing = service("    healthcheck: {interval: 5s}\n");
    assert!(timing.probes.is_empty() && timing.probe_disabled.is_none());
}

#[test]
fn limits() {
    let known = |s: &Option<Setting<String>>| s.as_ref().and_then(|s| s.known()).cloned();
    let w = service(
        "    deploy:\n      resources:\n        limits: {memory: 512M, cpus: '0.5'}\n        reservations: {memory: 128M, cpus: 0.1}\n",
    );
    assert_eq!((known(&w.memory_limit).as_deref(), known(&w.cpu_limit).as_deref()), (Some("512M"), Some("0.5")));
    assert_eq!((known(&w.memory_request).as_deref(), known(&w.cpu_request).as_deref()), (Some("128M"), Some("0.1")));
    let old = service("    mem_limit: 1g\n    cpus: 2\n");
    assert_eq!((known(&old.memory_limit).as_deref(), known(&old.cpu_limit).as_deref()), (Some("1g"), Some("2")));
    assert!(service("    mem_limit: 0\n").memory_limit.is_none());
    assert!(matches!(service("    mem_limit: ${MEM}\n").memory_limit, Some(Setting::Unresolved(_))));
    assert!(service("    ulimits: {nofile: 1}\n").memory_limit.is_none());
}

#[test]
fn restarts() {
    let restart = |lines: &str| service(lines).restart;
    assert!(matches!(restart("    restart: always\n"), Restart::Always(_)));
    assert!(matches!(restart("    restart: unless-stopped\n"), Restart::Always(_)));
    assert!(matches!(restart("    restart: on-failure:3\n"), Restart::OnFailure(s) if s.value == "on-failure:3"));
    assert!(matches!(restart("    restart: \"no\"\n"), Restart::No(_)));
    assert!(matches!(restart("    restart: no\n"), Restart::No(_)));
    assert!(matches!(restart("    restart: ${R}\n"), Restart::Unresolved(_)));
    assert!(matches!(restart("    restart: ${R:-always}\n"), Restart::Always(_)));
    assert!(matches!(restart("    deploy: {restart_policy: {condition: none}}\n    restart: always\n"), Restart::No(_)));
    assert!(matches!(restart("    deploy: {restart_policy: {condition: any}}\n"), Restart::Always(_)));
    assert!(matches!(restart(""), Restart::Unstated));
}

#[test]
fn replicas_and_updates() {
    assert!(matches!(service("    deploy: {replicas: 3}\n").replicas, Setting::Stated(s) if s.value == 3));
    assert!(matches!(service("    scale: 2\n").replicas, Setting::Stated(s) if s.value == 2));
    assert!(matches!(service("    deploy: {mode: global}\n").replicas, Setting::Unresolved(_)));
    assert!(matches!(service("").replicas, Setting::Defaulted(1)));
    let rolling = "services:\n  web:\n    image: web:1\n    deploy:\n      update_config: {order: start-first, failure_action: rollback}\n";
    let stack = only(&[("docker-stack.yml", rolling)]);
    assert_eq!(stack.workloads[0].update.strategy.as_ref().map(|s| s.value.as_str()), Some("start-first"));
    assert!(stack.workloads[0].update.rollback.is_some());
    let deployed = only(&[("compose.yml", rolling), ("up.sh", "docker stack deploy -c compose.yml shop\n")]);
    assert!(deployed.workloads[0].update.rollback.is_some());
    // `docker compose` replaces containers in place whatever is written there.
    assert!(only(&[("compose.yml", rolling)]).workloads[0].update.strategy.is_none());
}

#[test]
fn jobs_end_by_design() {
    let project = only(&[(
        "compose.yml",
        "services:\n  web:\n    image: web\n    depends_on:\n      migrate: {condition: service_completed_successfully}\n      loop: {condition: service_completed_successfully}\n      db: {condition: service_healthy}\n  migrate:\n    image: web\n    restart: 'no'\n  loop:\n    image: web\n    restart: always\n  db:\n    image: db\n    restart: 'no'\n  batch:\n    image: b\n    deploy: {mode: replicated-job}\n",
    )]);
    let jobs: Vec<&str> = project.workloads.iter().filter(|w| w.one_shot).map(|w| w.name.as_str()).collect();
    assert_eq!(jobs, ["migrate", "batch"]);
}

#[test]
fn secrets_and_configs() {
    let project = only(&[
        (
            "deploy/compose.yml",
            "services:\n  web:\n    image: web\n    secrets: [db, {source: api, target: x}, env, nowhere]\n    configs: [{source: site, target: /etc/nginx/nginx.conf}]\nsecrets:\n  db: {file: ./db.txt}\n  api: {external: true}\n  env: {environment: TOKEN}\nconfigs:\n  site: {file: ./nginx.conf}\n",
        ),
        ("deploy/nginx.conf", "events {}\n"),
    ]);
    let stores: Vec<&SecretStore> = project.workloads[0].secrets.iter().map(|s| &s.store).collect();
    assert_eq!(
        stores,
        [
            &SecretStore::File("deploy/db.txt".into()),
            &SecretStore::Orchestrator,
            &SecretStore::Environment("TOKEN".into()),
            &SecretStore::Unresolved
        ]
    );
    let mount = &project.workloads[0].mounts[0];
    assert_eq!(mount.source, MountSource::Host { path: "deploy/nginx.conf".into(), in_tree: true, exists: true });
    assert_eq!((mount.target.as_str(), mount.read_only), ("/etc/nginx/nginx.conf", true));
}

#[test]
fn builds() {
    let files = [
        (
            "deploy/compose.yml",
            "services:\n  a:\n    build: ../app\n  b:\n    build: {context: .., dockerfile: infra/Dockerfile.b, target: prod, args: {V: '1', W: }}\n    image: x/b:1\n  c:\n    build: https://github.com/x/y.git#main\n  d:\n    build: {context: ., dockerfile_inline: FROM scratch}\n  e:\n    build: ${DIR}\n  f:\n    build: ./missing\n",
        ),
        ("app/Dockerfile", "FROM scratch\n"),
        ("infra/Dockerfile.b", "FROM scratch AS prod\n"),
    ];
    let project = only(&files);
    let build = |name: &str| named(&project, name).build.clone().expect("a build");
    let seen = |name: &str| {
        let b = build(name);
        (b.context, b.dockerfile, b.dockerfile_exists)
    };
    let text = |t: &str| Some(t.to_owned());
    assert_eq!(seen("a"), (text("app"), text("app/Dockerfile"), true));
    assert_eq!(seen("b"), (text(""), text("infra/Dockerfile.b"), true));
    assert_eq!(build("b").target.map(|t| t.value), text("prod"));
    assert_eq!(build("b").args.iter().map(|(k, v)| (k.as_str(), v.is_some())).collect::<Vec<_>>(), [("V", true), ("W", false)]);
    assert_eq!(image(named(&project, "b")), Some("x/b:1"));
    assert_eq!(seen("c"), (None, None, false));
    assert_eq!(seen("d"), (text("deploy"), None, true));
    assert_eq!(seen("e"), (None, None, false));
    assert_eq!(seen("f"), (text("deploy/missing"), text("deploy/missing/Dockerfile"), false));
}

#[test]
fn the_rest_of_a_service() {
    let w = service(
        "    user: app\n    container_name: web\n    stop_grace_period: 30s\n    entrypoint: [tini, --]\n    command: npm start\n    links: ['db:database']\n    labels: ['traefik.enable=true', 'rule=Host(`${D:-x.org}`)']\n    deploy: {labels: {deployed: 'yes'}}\n    platform: linux/amd64\n    pull_policy: always\n",
    );
    assert_eq!(w.user.as_ref().and_then(|u| u.known()).map(String::as_str), Some("app"));
    assert!(w.fixed_name.is_some());
    assert_eq!(w.grace_period.map(|g| g.value).as_deref(), Some("30s"));
    assert_eq!(w.entrypoint.map(|e| e.value.len()), Some(2));
    assert_eq!(w.command.map(|c| c.value), Some(vec!["npm start".to_owned()]));
    assert_eq!(w.depends_on[0].on, "db");
    assert_eq!(
        w.labels.iter().map(|(k, v)| format!("{k}={}", v.value)).collect::<Vec<_>>(),
        ["traefik.enable=true", "rule=Host(`x.org`)", "deployed=yes"]
    );
    assert!(matches!(service("    user: ${UID}\n").user, Some(Setting::Unresolved(_))));
}

#[test]
fn networks_and_volumes_of_the_project() {
    let project = only(&[(
        "compose.yml",
        "services:\n  web:\n    image: web\n    networks: {back: {aliases: [x]}}\nnetworks:\n  back: {internal: true}\n  edge: {external: true}\n  plain:\nvolumes:\n  a:\n  b: {external: {name: c}}\n",
    )]);
    assert_eq!(
        project.networks.iter().map(|n| (n.name.as_str(), n.internal, n.external)).collect::<Vec<_>>(),
        [("back", true, false), ("edge", false, true), ("plain", false, false)]
    );
    assert_eq!(project.volumes.iter().map(|(v, external)| (v.value.as_str(), *external)).collect::<Vec<_>>(), [("a", false), ("b", true)]);
    assert_eq!(project.workloads[0].networks[0].value, "back");
}
