//! Asks whether a change must be reviewed and green before it is merged.

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Subject, Tally};
use plimsoll_model::{System, iac::Resource, name_of};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "governance/change-review", page: include_str!("change_review.md"), check };

/// Resources that protect branches.
const PROTECTIONS: [&str; 9] = [
    "github_branch_protection",
    "github_branch_protection_v3",
    "github_repository_ruleset",
    "github_organization_ruleset",
    "gitlab_branch_protection",
    "gitlab_project_approval_rule",
    "gitlab_project_level_mr_approvals",
    "azuredevops_branch_policy_min_reviewers",
    "bitbucket_branch_restriction",
];
/// Files that ask for a review and enforce nothing.
const INVITING: [&str; 5] = [
    "{CODEOWNERS,.github/CODEOWNERS,docs/CODEOWNERS,.gitlab/CODEOWNERS}",
    "{,.github/,docs/}pull_request_template*",
    "{,.github/,docs/}pull_request_template/*",
    ".gitlab/merge_request_templates/*",
    "{OWNERS,.github/reviewers.yml,.github/auto_assign.yml}",
];
/// Merge queues that take nothing unreviewed.
const QUEUES: [&str; 2] = ["{.mergify.yml,.github/mergify.yml,.mergify/config.yml}", "{bors.toml,.github/bors.toml}"];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let mut enforced = false;
    let mut contradicted = false;
    for resource in system.iac().iter().flat_map(|r| &r.resources).filter(|r| PROTECTIONS.contains(&r.kind.as_str())) {
        if reviews(resource) {
            enforced = true;
            tally.met(
                &subject,
                Evidence::seen(resource.at, format!("{} `{}` requires a review", resource.kind, resource.name), Grade::Active),
            );
        } else {
            contradicted = true;
            tally.gap(
                &subject,
                Gap::new(
                    "reviews-off",
                    format!("{} `{}` requires no review", resource.kind, resource.name),
                    Evidence::noted(resource.at, resource.kind.clone()),
                )
                .so("one person can change production alone"),
            );
        }
    }
    if let Some(settings) = system.file(".github/settings.yml").or_else(|| system.file(".github/settings.yaml"))
        && let Some(branches) = settings.root().and_then(|r| r.get("branches"))
    {
        for branch in branches.items() {
            let name = branch.get("name").and_then(|n| n.as_str()).unwrap_or("a branch");
            let required = branch.path(&["protection", "required_pull_request_reviews"]);
            if required.is_some_and(|r| !r.entries().is_empty()) {
                enforced = true;
                tally.met(&subject, Evidence::seen(settings.at(branch.span), format!("{name} requires a review"), Grade::Active));
            } else {
                contradicted = true;
                tally.gap(
                    &subject,
                    Gap::new(
                        "reviews-off",
                        format!("the protection of {name} requires no review"),
                        Evidence::noted(settings.at(branch.span), "branch protection"),
                    )
                    .so("one person can change production alone"),
                );
            }
        }
    }
    for ruleset in system.matching(".github/rulesets/*.json") {
        let text = ruleset.text();
        if text.contains("\"pull_request\"")
            && text.contains("required_approving_review_count")
            && !text.contains("\"required_approving_review_count\": 0")
        {
            enforced = true;
            tally.met(&subject, Evidence::seen(ruleset.whole(), "a ruleset requires a review", Grade::Active));
        }
    }
    for queue in QUEUES.iter().flat_map(|g| system.matching(g)) {
        if ["approved-reviews-by", "required_approvals", "approvals"].iter().any(|w| queue.text().contains(w)) {
            enforced = true;
            tally.met(&subject, Evidence::seen(queue.whole(), "a merge queue requires approvals", Grade::Active));
        }
    }
    if enforced || contradicted {
        return tally.finish(|| Evidence::sought("protection of branches", scope(system)));
    }
    let question = Question::new(
        "whether the default branch requires a review and green checks: that is a setting of the hosting service",
        "export the branch protection or ruleset as code, or attest it with a link to the setting",
    );
    let inviting: Vec<Location> = INVITING
        .iter()
        .flat_map(|g| system.matching(g))
        .filter(|f| f.size > 0 && !name_of(&f.path).ends_with(".example"))
        .map(|f| f.whole())
        .collect();
    if let Some(first) = inviting.first() {
        for at in &inviting {
            tally.met(&subject, Evidence::seen(*at, format!("{} asks for reviews", system.path_at(*at)), Grade::Declared));
        }
        let gap = Gap::new(
            "not-enforced",
            "reviews are asked for, and nothing here enforces them",
            Evidence::sought("protection of branches as code", scope(system)),
        );
        tally.gap(
            &subject,
            gap.and(Evidence::noted(*first, system.path_at(*first))).so("a change can reach production unread, in a hurry or by mistake"),
        );
    }
    tally.doubt(&subject, question);
    tally.finish(|| Evidence::sought("protection of branches", scope(system)))
}

fn scope(system: &System) -> Vec<plimsoll_base::Scope> {
    system.scopes(&[
        ".github/{settings.yml,rulesets/*.json}",
        "**/*.tf",
        "{CODEOWNERS,.github/CODEOWNERS,docs/CODEOWNERS}",
        ".github/pull_request_template*",
    ])
}

/// Whether a resource asks for at least one approval.
fn reviews(resource: &Resource) -> bool {
    let unresolved = resource.unresolved.iter().any(|(n, _)| n.contains("approv") || n.contains("review"));
    let counted = resource.attributes.iter().filter(|(n, _)| {
        n.contains("approving_review_count")
            || n.contains("approvals_required")
            || n.contains("reviewer_count")
            || n.contains("required_approvals")
    });
    let counts: Vec<&str> = counted.map(|(_, v)| v.value.as_str()).collect();
    let block = resource.attributes.iter().any(|(n, _)| n.contains("required_pull_request_reviews"));
    if counts.is_empty() { block || unresolved } else { counts.iter().any(|c| *c != "0") }
}
