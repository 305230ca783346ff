//! Does the runtime probe each long-running service in a way that notices failure?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Tally};
use plimsoll_model::container::{Probe, ProbeKind, ProbeTest, Runtime};
use plimsoll_model::dockerfile::Healthcheck;
use plimsoll_model::image::{BuiltImage, ProbeCommand};
use plimsoll_model::{Service, ServiceKind, System};

use super::{no_services, nothing_runs_it};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "containers/healthcheck", page: include_str!("healthcheck.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in system.services().iter().filter(|s| !s.helper()) {
        if !service.long_running() {
            tally.not_applicable(Evidence::noted(service.at, format!("`{}` does not keep running", service.name)));
        } else if service.on_platform() {
            on_platform(system, service, &mut tally);
        } else {
            judge(system, service, &mut tally);
        }
    }
    tally.finish(|| no_services(system))
}

/// A platform that probes what it is told to; others serve files or functions, or watch the process alone.
fn on_platform(system: &System, service: &Service, tally: &mut Tally) {
    let subject = service.subject();
    let name = &service.name;
    let platform = system.platforms().iter().find(|p| p.workloads.iter().any(|w| w.at == service.at)).map_or("", |p| p.platform);
    if let Some(probe) = service.probes.first() {
        probed(system, service, probe, tally);
    } else if service.kind == ServiceKind::Static || matches!(platform, "vercel" | "netlify" | "cloudflare" | "github-pages" | "firebase") {
        tally.not_applicable(Evidence::noted(service.at, format!("the platform serves `{name}` as files or functions")));
    } else if matches!(platform, "fly" | "render" | "railway" | "digitalocean-app")
        && matches!(service.kind, ServiceKind::Web | ServiceKind::Other)
    {
        let gap = Gap::new(
            "no-probe",
            format!("`{name}` is not probed: the platform is told no path to check"),
            Evidence::noted(service.at, format!("`{name}` is declared without a check")),
        );
        tally.gap(&subject, gap.so("a version that starts but cannot serve receives traffic"));
    } else {
        tally.doubt(
            &subject,
            Question::new(
                format!("how the platform notices that `{name}` cannot serve ({})", system.path_at(service.at)),
                "state a health check where the platform takes one, or show an outside monitor",
            ),
        );
    }
}

fn judge(system: &System, service: &Service, tally: &mut Tally) {
    let subject = service.subject();
    let name = &service.name;
    if let Some(at) = service.probe_disabled {
        let gap = Gap::new("probe-disabled", format!("the health check of `{name}` is switched off"), Evidence::noted(at, "disabled"));
        tally.gap(&subject, gap.so("a process that hangs goes on receiving traffic"));
        return;
    }
    if !service.probes.is_empty() {
        for probe in &service.probes {
            probed(system, service, probe, tally);
        }
        if service.runtime == Runtime::Kubernetes {
            both_kinds(service, tally);
        }
        return;
    }
    let image = service.built_image(system);
    // Docker and Compose alone look at what an image says of its health.
    let counts = !matches!(service.runtime, Runtime::Kubernetes | Runtime::Ecs);
    match image.as_ref().and_then(|i| i.definition.dockerfile.effective_healthcheck(i.stage).map(|(h, span)| (h, i.at(span)))) {
        Some((Healthcheck::None, at)) if counts => {
            let gap = Gap::new(
                "probe-disabled",
                format!("the image of `{name}` switches its health check off"),
                Evidence::noted(at, "HEALTHCHECK NONE"),
            );
            tally.gap(&subject, gap.so("a process that hangs goes on receiving traffic"));
        }
        Some((Healthcheck::Check { command, .. }, at)) if counts => {
            let words = match command {
                plimsoll_model::dockerfile::Command::Exec { words, .. } => words.clone(),
                shell => vec![shell.text()],
            };
            let probe = Probe { kind: ProbeKind::Health, test: ProbeTest::Command(words), at };
            probed(system, service, &probe, tally);
        }
        other => unprobed(system, service, other.map(|(_, at)| at), tally),
    }
}

fn unprobed(system: &System, service: &Service, ignored: Option<Location>, tally: &mut Tally) {
    let subject = service.subject();
    let name = &service.name;
    if nothing_runs_it(system) || service.runtime == Runtime::Process {
        let settle = "show the file that runs it, or state a HEALTHCHECK in the image";
        tally.doubt(
            &subject,
            Question::new(
                format!("what notices that `{name}` cannot serve: nothing here says how it is run, and its image states no check"),
                settle,
            ),
        );
        return;
    }
    if matches!(service.kind, ServiceKind::Monitoring | ServiceKind::Other) && !service.owned() {
        tally.not_applicable(Evidence::noted(service.at, format!("`{name}` serves no request of the system")));
        return;
    }
    let here = Evidence::noted(service.at, format!("`{name}` is declared without a probe"));
    let gap = match (service.kind, ignored) {
        (ServiceKind::Worker | ServiceKind::Scheduler, _) => {
            Gap::new("no-heartbeat", format!("nothing notices when `{name}` stops working"), here)
                .so("jobs pile up unseen while the process is up")
        }
        (_, Some(at)) => {
            Gap::new("no-probe", format!("`{name}` is not probed: the check of its image is ignored by this orchestrator"), here)
                .and(Evidence::noted(at, "HEALTHCHECK, which only Docker looks at"))
                .so("a process that hangs goes on receiving traffic")
        }
        _ => Gap::new("no-probe", format!("`{name}` is not probed"), here).so("a process that hangs goes on receiving traffic"),
    };
    tally.gap(&subject, gap);
}

/// Readiness keeps traffic away, liveness starts again: what serves needs both.
fn both_kinds(service: &Service, tally: &mut Tally) {
    let subject = service.subject();
    let name = &service.name;
    let has = |kind: ProbeKind| service.probes.iter().any(|p| p.kind == kind);
    let Some(first) = service.probes.first() else { return };
    if service.serves() && !has(ProbeKind::Readiness) && !has(ProbeKind::LoadBalancer) {
        let gap = Gap::new("no-readiness", format!("`{name}` has no readiness probe"), Evidence::noted(first.at, "the only probes"));
        tally.gap(&subject, gap.so("it receives requests before it can answer them, and while it cannot"));
    }
    if service.owned() && !has(ProbeKind::Liveness) {
        let gap = Gap::new("no-liveness", format!("`{name}` has no liveness probe"), Evidence::noted(first.at, "the only probes"));
        tally.gap(&subject, gap.so("a process that hangs is never started again"));
    }
}

fn probed(system: &System, service: &Service, probe: &Probe, tally: &mut Tally) {
    let subject = service.subject();
    let name = &service.name;
    let image = service.built_image(system);
    let seen = |says: String| Evidence::seen(probe.at, says, Grade::Active);
    match &probe.test {
        ProbeTest::Unresolved => tally.doubt(
            &subject,
            Question::new(
                format!("what the probe of `{name}` looks at: it is decided elsewhere ({})", system.path_at(probe.at)),
                "state the probe where it is used",
            ),
        ),
        ProbeTest::Http { path, .. } => {
            tally.met(&subject, seen(format!("`{name}` is probed at {path}")));
            weak_path(service, image.as_ref(), path, probe.at, tally);
        }
        ProbeTest::Grpc => tally.met(&subject, seen(format!("`{name}` is probed by gRPC"))),
        ProbeTest::Tcp => {
            tally.met(&subject, seen(format!("a connection to `{name}` is probed")));
            only_connects(service, probe.at, tally);
        }
        ProbeTest::Command(words) => command(service, image.as_ref(), words, probe.at, tally),
    }
}

fn command(service: &Service, image: Option<&BuiltImage>, words: &[String], at: Location, tally: &mut Tally) {
    let subject = service.subject();
    let name = &service.name;
    let probe = ProbeCommand::read(words);
    if probe.cannot_fail {
        let gap = Gap::new("cannot-fail", format!("the probe of `{name}` cannot fail"), Evidence::noted(at, probe.text));
        tally.gap(&subject, gap.so("it reports health whatever happens"));
        return;
    }
    if let Some((image, tool)) = image.and_then(|image| Some((image, image.lacks(&probe)?))) {
        let says = format!("the probe of `{name}` needs {tool}, which its image does not hold");
        let gap = Gap::new("probe-tool-missing", says, Evidence::noted(at, probe.text))
            .and(Evidence::noted(image.base_at(), format!("builds on {}, without {tool}", image.base_text())));
        tally.gap(&subject, gap.so("the check always fails: the service is taken for ill, or the check is switched off"));
        return;
    }
    let shown: String = probe.text.chars().take(80).collect();
    tally.met(&subject, Evidence::seen(at, format!("`{name}` is probed by `{shown}`"), Grade::Active));
    if probe.only_connects {
        only_connects(service, at, tally);
    }
    if let Some(path) = probe.path {
        weak_path(service, image, &path, at, tally);
    }
}

/// A page for people answers as long as the process is up.
fn weak_path(service: &Service, image: Option<&BuiltImage>, path: &str, at: Location, tally: &mut Tally) {
    let plain = path.split(['?', '#']).next().unwrap_or(path).trim_end_matches('/');
    let page = plain.is_empty()
        || ["/docs", "/redoc", "/openapi.json", "/swagger", "/swagger-ui", "/swagger-ui.html", "/index.html"].contains(&plain);
    let files = service.kind == ServiceKind::Static
        || image
            .and_then(BuiltImage::base)
            .is_some_and(|b| ["nginx", "caddy", "httpd", "nginx-unprivileged", "static-web-server"].contains(&b.last()));
    if page && service.owned() && !files {
        let shown = if plain.is_empty() { "/" } else { plain };
        let gap = Gap::new(
            "weak-probe",
            format!("the probe of `{}` asks for {shown}, which answers whatever the state of its stores", service.name),
            Evidence::noted(at, format!("asks for {shown}")),
        );
        tally.gap(&service.subject(), gap.so("a service that cannot reach its database is taken for healthy"));
    }
}

fn only_connects(service: &Service, at: Location, tally: &mut Tally) {
    if service.owned() && matches!(service.kind, ServiceKind::Web | ServiceKind::Static) {
        let gap = Gap::new(
            "only-connects",
            format!("the probe of `{}` opens a connection and asks nothing", service.name),
            Evidence::noted(at, "connects only"),
        );
        tally.gap(&service.subject(), gap.so("a process that accepts connections but answers nothing is taken for healthy"));
    }
}
