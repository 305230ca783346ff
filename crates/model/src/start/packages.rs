//! Which script of which package a command of a package manager asks for.

/// A script and, where one is named, its package.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked<'w> {
    /// The script.
    pub(super) script: &'w str,
    /// The package, where the command names one.
    pub(super) package: Option<Choice<'w>>,
}

/// How a package is named.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Choice<'w> {
    /// By the name it gives itself, or its folder.
    Named(&'w str),
    /// By its folder.
    Folder(&'w str),
}

/// What a command asks for: `npm start`, `pnpm --filter api run start`, `yarn workspace api start`, `npm --prefix server start`. None where
/// it installs, or runs a file.
pub(super) fn asked<'w>(manager: &str, words: &'w [String]) -> Option<Asked<'w>> {
    let mut package = None;
    let mut running = false;
    let mut rest = words.iter().map(String::as_str);
    while let Some(word) = rest.next() {
        let (name, attached) = word.split_once('=').map_or((word, None), |(n, v)| (n, Some(v)));
        match name {
            "--filter" | "-F" | "--workspace" | "-w" if manager != "yarn" || attached.is_some() => {
                // `pnpm -w start` means the root of the workspace.
                if name == "-w" && manager == "pnpm" {
                    continue;
                }
                let value = attached.or_else(|| rest.next())?;
                let value = value.trim_start_matches('{').trim_end_matches('}').trim_end_matches("...").trim_start_matches("./");
                package = Some(Choice::Named(value));
            }
            "--prefix" | "-C" | "--dir" | "--cwd" => {
                let value = attached.or_else(|| rest.next())?;
                package = Some(Choice::Folder(value.trim_start_matches("./").trim_end_matches('/')));
            }
            "workspace" if manager == "yarn" && !running => package = Some(Choice::Named(rest.next()?)),
            "run" | "run-script" if !running => running = true,
            option if option.starts_with('-') => {}
            script => {
                // `bun index.ts` runs the file; `npm ci` is no script.
                let known = running || manager != "npm" || matches!(script, "start" | "test" | "stop" | "restart");
                let selected = manager != "turbo" || package.is_some() || words.iter().any(|w| w.starts_with("--filter"));
                if !known || !selected {
                    return None;
                }
                // A filter may stand behind the script.
                if package.is_none() && matches!(manager, "turbo" | "npm" | "pnpm") {
                    package = rest.find_map(|w| w.strip_prefix("--filter=").or_else(|| w.strip_prefix("--workspace="))).map(Choice::Named);
                }
                return Some(Asked { script, package });
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_and_their_packages_are_told() {
        let told = |command: &str| {
            let words: Vec<String> = command.split(' ').map(str::to_owned).collect();
            asked(&words[0], &words[1..]).map(|a| (a.script.to_owned(), format!("{:?}", a.package)))
        };
        let plain = |script: &str| Some((script.to_owned(), "None".to_owned()));
        let named = |script: &str, package: &str| Some((script.to_owned(), format!("Some(Named({package:?}))")));
        assert_eq!(told("npm start"), plain("start"));
        assert_eq!(told("npm run --silent start:prod"), plain("start:prod"));
        assert_eq!(told("yarn start"), plain("start"));
        assert_eq!(told("pnpm --filter @x/api start"), named("start", "@x/api"));
        assert_eq!(told("pnpm -F api run serve"), named("serve", "api"));
        assert_eq!(told("npm run start --workspace=apps/api"), named("start", "apps/api"));
        assert_eq!(told("yarn workspace api start"), named("start", "api"));
        assert_eq!(told("turbo run start --filter=api..."), named("start", "api..."));
        assert_eq!(told("npm --prefix ./server start"), Some(("start".into(), "Some(Folder(\"server\"))".into())));
        assert_eq!(told("npm ci"), None);
        assert_eq!(told("turbo run start"), None);
    }
}
