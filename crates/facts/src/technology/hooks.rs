//! Hooks of pre-commit: each as the command that it stands for.

use plimsoll_base::Location;

use crate::library::Library;

/// A hook that a pre-commit configuration lists.
#[derive(Clone, Debug)]
pub struct Hook {
    /// The configuration's path.
    pub path: String,
    /// Where the hook stands.
    pub at: Location,
    /// The command that it runs, its arguments included.
    pub words: Vec<String>,
}

/// Every hook of every pre-commit configuration of the product, in order.
pub(crate) fn hooks(library: &Library) -> Vec<Hook> {
    let mut found = Vec::new();
    for file in library.files().iter().filter(|f| f.product() && f.name() == ".pre-commit-config.yaml") {
        let repos = file.root().and_then(|root| root.get("repos")).map(|r| r.items().to_vec()).unwrap_or_default();
        for hook in repos.iter().filter_map(|repo| repo.get("hooks")).flat_map(|h| h.items()) {
            let text = |key: &str| hook.get(key).and_then(|n| n.as_str());
            let Some(id) = hook.get("id").filter(|n| n.as_str().is_some()) else { continue };
            let mut words: Vec<String> = match text("entry") {
                Some(entry) => entry.split_whitespace().map(str::to_owned).collect(),
                None => command_of(id.as_str().unwrap_or_default()).split_whitespace().map(str::to_owned).collect(),
            };
            words.extend(
                hook.get("args").map(|a| a.items().to_vec()).unwrap_or_default().iter().filter_map(|a| a.as_str().map(str::to_owned)),
            );
            found.push(Hook { path: file.path.clone(), at: file.at(id.span), words });
        }
    }
    found
}

/// The command behind a published hook, where its id is not the program's name.
fn command_of(id: &str) -> &str {
    match id {
        "ruff" | "ruff-check" => "ruff check",
        "ruff-format" => "ruff format --check",
        "gitleaks" | "gitleaks-docker" | "gitleaks-system" => "gitleaks git",
        "detect-secrets" => "detect-secrets-hook",
        "trufflehog" => "trufflehog git --fail",
        "ggshield" => "ggshield secret scan pre-commit",
        "biome-check" | "biome-ci" => "biome ci",
        "biome-format" => "biome format",
        "golangci-lint" | "golangci-lint-full" => "golangci-lint run",
        "fmt" | "cargo-fmt" => "cargo fmt --check",
        "clippy" | "cargo-clippy" => "cargo clippy",
        "semgrep" | "semgrep-ci" => "semgrep ci",
        "hadolint-docker" => "hadolint",
        "mirrors-mypy" => "mypy",
        "php-cs-fixer" => "php-cs-fixer fix --dry-run",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_discover::Tree;

    #[test]
    fn hooks_are_commands_with_their_arguments() {
        let text = "repos:\n  - repo: https://example.com/ruff\n    hooks:\n      - id: ruff\n        args: [--select, S]\n  - repo: local\n    hooks:\n      - id: types\n        entry: uv run mypy app\n";
        let facts = crate::gather(&Tree::in_memory("t", vec![(".pre-commit-config.yaml".to_owned(), text.as_bytes().to_vec())]));
        let found: Vec<String> = hooks(&facts.library).iter().map(|h| h.words.join(" ")).collect();
        assert_eq!(found, ["ruff check --select S", "uv run mypy app"]);
    }
}
