//! What `docker run` and its like start.

use super::image::entrypoint_of;
use super::program::skip_flags;

/// The command that `docker run`, `docker exec` or `docker compose run` starts.
pub(super) fn command_in_container<'a>(form: &[&'a str]) -> Option<Vec<&'a str>> {
    if let Some((image, entrypoint, arguments)) = container_run(form) {
        let mut words: Vec<&str> = entrypoint.or_else(|| entrypoint_of(image)).unwrap_or_default().split_whitespace().collect();
        // Some images take the program's name as their first argument as well.
        let repeated = words.first().is_some_and(|program| arguments.first() == Some(program));
        words.extend(&arguments[usize::from(repeated)..]);
        return Some(words);
    }
    let (compose, rest) = verbs(form)?;
    let (verb, rest) = skip_flags(rest, &COMPOSE_VALUES).split_first()?;
    match *verb {
        "exec" => Some(skip_flags(rest, &RUN_VALUES).get(1..)?.to_vec()),
        "run" if compose => Some(skip_flags(rest, &RUN_VALUES).get(1..)?.to_vec()),
        "container" if rest.first() == Some(&"exec") => Some(skip_flags(&rest[1..], &RUN_VALUES).get(1..)?.to_vec()),
        _ => None,
    }
}

const COMPOSE_VALUES: [&str; 13] = [
    "-f",
    "--file",
    "-p",
    "--project-name",
    "--profile",
    "--env-file",
    "--project-directory",
    "--progress",
    "--parallel",
    "--ansi",
    "-H",
    "--host",
    "--context",
];

/// Flags of `exec` and `compose run` that take a value.
const RUN_VALUES: [&str; 14] = [
    "-e",
    "--env",
    "-u",
    "--user",
    "-w",
    "--workdir",
    "-v",
    "--volume",
    "--name",
    "--entrypoint",
    "-l",
    "--label",
    "--index",
    "--env-file",
];

/// Flags of `docker run` that take none; every other one does.
const RUN_SWITCHES: [&str; 14] = [
    "--detach",
    "--interactive",
    "--tty",
    "--rm",
    "--init",
    "--privileged",
    "--publish-all",
    "--read-only",
    "--no-healthcheck",
    "--oom-kill-disable",
    "--quiet",
    "--sig-proxy",
    "--disable-content-trust",
    "--replace",
];

/// Whether it is Compose, and the words behind the programs' names.
fn verbs<'s, 'a>(form: &'s [&'a str]) -> Option<(bool, &'s [&'a str])> {
    let (program, rest) = form.split_first()?;
    match *program {
        "docker-compose" | "podman-compose" => Some((true, rest)),
        "docker" | "podman" | "nerdctl" => {
            let rest = skip_flags(rest, &COMPOSE_VALUES);
            Some(match rest.split_first() {
                Some((&"compose", rest)) => (true, rest),
                _ => (false, rest),
            })
        }
        _ => None,
    }
}

/// The image, the stated entrypoint and the arguments of `docker run`.
pub(super) fn container_run<'s, 'a>(form: &'s [&'a str]) -> Option<(&'a str, Option<&'a str>, &'s [&'a str])> {
    let (compose, mut rest) = verbs(form)?;
    if compose {
        return None;
    }
    if rest.first() == Some(&"container") {
        rest = &rest[1..];
    }
    let mut words = rest.strip_prefix(&["run"])?;
    let mut entrypoint = None;
    while let Some((word, rest)) = words.split_first() {
        if !word.starts_with('-') {
            return Some((word, entrypoint.filter(|e: &&str| !e.is_empty()), rest));
        }
        let letters = word.strip_prefix('-').filter(|l| !l.starts_with('-'));
        let switch = letters.is_some_and(|l| l.bytes().all(|b| b"ditPq".contains(&b))) || RUN_SWITCHES.contains(word);
        if let Some(value) = word.strip_prefix("--entrypoint=") {
            entrypoint = Some(value);
        }
        if *word == "--entrypoint" {
            entrypoint = rest.first().copied();
        }
        let values = usize::from(!switch && !word.contains('='));
        words = rest.get(values..).unwrap_or_default();
    }
    None
}
