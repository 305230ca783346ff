//! Does every container run as somebody else than root, and can that user work?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Setting, Tally};
use plimsoll_model::container::Runtime;
use plimsoll_model::image::{BuiltImage, DefaultUser, ImageName, default_user, is_numeric, is_root, is_stock};
use plimsoll_model::{Ownership, Service, System};

use super::{no_services, nothing_runs_it};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "containers/non-root-user", page: include_str!("non_root_user.md"), check };

const SO: &str = "whoever breaks into the process is root in the container, one flaw of the kernel or one mount away from the host";

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in system.services().iter().filter(|s| !s.helper()) {
        let image = service.built_image(system);
        if service.runtime == Runtime::Function || service.on_platform() && image.is_none() {
            tally.not_applicable(Evidence::noted(service.at, format!("the platform decides as whom `{}` runs", service.name)));
        } else if service.image.is_none() && image.is_none() && nothing_runs_it(system) {
            tally.doubt(
                &service.subject(),
                Question::new(
                    format!("as whom `{}` runs: no image and no orchestrator is described", service.name),
                    "show the unit file or the image that starts it",
                ),
            );
        } else {
            judge(system, service, image.as_ref(), &mut tally);
        }
    }
    tally.finish(|| no_services(system))
}

fn judge(system: &System, service: &Service, image: Option<&BuiltImage>, tally: &mut Tally) {
    let subject = service.subject();
    let name = &service.name;
    match &service.user {
        Some(Setting::Stated(user)) if is_root(&user.value) => {
            tally.gap(
                &subject,
                Gap::new(
                    "root-user",
                    format!("`{name}` is told to run as root"),
                    Evidence::noted(user.at, format!("user: {}", user.value)),
                )
                .so(SO),
            );
        }
        Some(Setting::Stated(user)) => {
            tally.met(&subject, Evidence::seen(user.at, format!("`{name}` runs as {}", user.value), Grade::Active));
            usable(service, image, tally);
        }
        Some(Setting::Unresolved(at)) => tally.doubt(
            &subject,
            Question::new(
                format!("as whom `{name}` runs: a variable decides ({})", system.path_at(*at)),
                "state the user, or give the variable a default",
            ),
        ),
        _ => by_image(system, service, image, tally),
    }
}

/// The orchestrator says nothing: the image decides.
fn by_image(system: &System, service: &Service, image: Option<&BuiltImage>, tally: &mut Tally) {
    let subject = service.subject();
    let name = &service.name;
    let Some(image) = image else {
        let named = service.image_text().map(ImageName::parse);
        let starts_as = named.as_ref().map_or(DefaultUser::Unknown, default_user);
        let said = service.image_text().unwrap_or("an image that a variable names");
        if let Some(at) = service.run_as_non_root {
            tally.met(&subject, Evidence::seen(at, format!("`{name}` is refused a start as root"), Grade::Active));
        } else if named.as_ref().is_some_and(is_stock) && starts_as == DefaultUser::Root {
            let gap = Gap::new(
                "root-user",
                format!("`{name}` runs {said} as root: no user is stated"),
                Evidence::noted(service.at, format!("{said}, without a user")),
            );
            tally.gap(&subject, gap.so(SO));
        } else if service.ownership == Ownership::ThirdParty || matches!(starts_as, DefaultUser::Unprivileged | DefaultUser::Drops) {
            tally.not_applicable(Evidence::noted(service.at, format!("`{name}` runs {said}, which is left to its own user")));
        } else {
            let settle = "set `user:` or `runAsNonRoot`, or show the definition of the image";
            tally.doubt(&subject, Question::new(format!("as whom `{said}` runs: its definition is not in the repository"), settle));
        }
        return;
    };
    let base = image.base();
    let default = base.as_ref().map_or(DefaultUser::Unknown, default_user);
    let from = image.base_text();
    match image.user() {
        Some((user, at)) if !is_root(user) => {
            tally.met(&subject, Evidence::seen(at, format!("the image of `{name}` runs as {user}"), Grade::Active));
            if let Some(demand) = service.run_as_non_root.filter(|_| !is_numeric(user)) {
                let gap = Gap::new(
                    "user-by-name",
                    format!("`{name}` must not run as root, but its image names the user `{user}` instead of a number"),
                    Evidence::noted(at, format!("USER {user}")),
                );
                tally.gap(
                    &subject,
                    gap.and(Evidence::noted(demand, "runAsNonRoot: true"))
                        .so("the kubelet cannot tell that the name is not root and refuses to start the container"),
                );
            }
            usable(service, Some(image), tally);
        }
        user => {
            let stated = user.map(|(_, at)| at);
            if let Some(drop) = service.start(system).iter().find(|s| s.drops_root()) {
                tally.met(&subject, Evidence::seen(drop.at, format!("the entrypoint of `{name}` goes on as another user"), Grade::Active));
            } else if stated.is_none() && default == DefaultUser::Unprivileged {
                tally.met(&subject, Evidence::seen(image.base_at(), format!("`{from}` does not start as root"), Grade::Active));
            } else if stated.is_none() && default == DefaultUser::Drops {
                tally.met(
                    &subject,
                    Evidence::seen(image.base_at(), format!("the entrypoint of `{from}` leaves root behind"), Grade::Active),
                );
            } else if stated.is_none() && default == DefaultUser::Unknown {
                tally.doubt(
                    &subject,
                    Question::new(
                        format!("as whom `{from}` starts: the image of `{name}` states no USER of its own"),
                        "state USER in the image, with a number",
                    ),
                );
            } else {
                let (says, at) = match stated {
                    Some(at) => (format!("the image of `{name}` ends as root"), at),
                    None if service.run_as_non_root.is_some() => (
                        format!("`{name}` must not run as root, but its image does, so that Kubernetes refuses to start it"),
                        image.at(image.stage.from.span),
                    ),
                    None => (format!("the image of `{name}` runs as root: no USER after `FROM {from}`"), image.at(image.stage.from.span)),
                };
                if stated.is_none() && default == DefaultUser::RootMaster {
                    tally.met(&subject, Evidence::seen(at, format!("the workers of `{from}` do not run as root"), Grade::Active));
                    let gap = Gap::new(
                        "root-master",
                        format!("`{name}` keeps a master process that runs as root"),
                        Evidence::noted(at, format!("no USER after FROM {from}")),
                    );
                    tally.gap(
                        &subject,
                        gap.so("a flaw in what the master reads is a flaw as root; an unprivileged variant of the image needs none"),
                    );
                } else {
                    tally.gap(&subject, Gap::new("root-user", says, Evidence::noted(at, "no user but root")).so(SO));
                }
            }
        }
    }
}

/// What the user needs must be open to it.
fn usable(service: &Service, image: Option<&BuiltImage>, tally: &mut Tally) {
    let subject = service.subject();
    let Some(image) = image else { return };
    if let Some((why, at)) = image.out_of_reach() {
        let gap =
            Gap::new("unreadable-dependencies", format!("the user of `{}` cannot work: {why}", service.name), Evidence::noted(at, why));
        tally.gap(&subject, gap.so("the container cannot start; the usual way out is to go back to root"));
    }
}
