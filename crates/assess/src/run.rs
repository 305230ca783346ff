//! From a tree to the assessment: facts, model, controls, verdict.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use plimsoll_base::{Assessment, Decision, FileId, LineIndex, ListedProblem, Location, Place, SubjectOfAssessment, Tier};
use plimsoll_discover::{Role, Tree};
use plimsoll_facts::Facts;
use plimsoll_model::{Choice, Deployment, DeploymentKind, System, candidates, choose};
use rayon::prelude::*;

use crate::assemble::{Input, Judged, assemble};
use crate::{Date, Policy};

/// The most deployments that are judged in full to find the one with the worst verdict.
const MOST_TIED: usize = 8;

/// What an assessment starts from.
#[derive(Debug)]
pub struct Request<'a> {
    /// What the owners decided.
    pub policy: &'a Policy,
    /// The tier of the command line.
    pub tier: Option<Tier>,
    /// The day against which exceptions are judged: the one input besides the tree.
    pub today: Date,
}

/// Assesses a tree. Never fails: what cannot be read or judged is listed in the result.
pub fn run(mut tree: Tree, request: &Request<'_>) -> Assessment {
    let excluded = leave_out(&mut tree, &request.policy.exclude);
    let facts = Arc::new(plimsoll_facts::gather(&tree));
    let places = Places::new(&tree);
    let mut problems = listed(&tree, &facts, &places);
    problems.extend(excluded);
    let mut deployments = candidates(&facts);
    let configured = request.policy.deployment.as_ref().map(crate::Deployment::main);
    if let Some(wanted) = configured
        && !deployments.iter().any(|d| d.answers_to(wanted))
    {
        let known: Vec<&str> = deployments.iter().map(|d| d.name.as_str()).collect();
        problems.push(ListedProblem {
            path: Policy::FILE.into(),
            line: None,
            says: format!("no deployment is called `{wanted}`; there are: {}", known.join(", ")),
        });
    }
    let choice = choose(&mut deployments, configured);
    let deployments = Arc::new(deployments);
    let subject = subject(&tree);
    let judge = |deployments: &Arc<Vec<Deployment>>, assessed: Option<usize>| {
        let system = System::new(Arc::clone(&facts), Arc::clone(deployments), assessed);
        let place = |at: &Location| places.resolve(at);
        // Infrastructure without a service of its own is a deployment still: it can be judged for what it provides.
        let assessable = !system.services().is_empty() || system.deployment().is_some_and(|d| d.kind == DeploymentKind::Infrastructure);
        assemble(Input {
            judged: judgements(&system),
            policy: request.policy,
            tier: request.tier,
            today: request.today,
            place: &place,
            system: system.view(&place),
            subject: subject.clone(),
            problems: problems.clone(),
            floor: system.tier_floor(),
            assessable,
        })
    };
    match choice {
        Choice::None => judge(&deployments, None),
        Choice::Decided(one) => judge(&deployments, Some(one)),
        Choice::Tied(list) => {
            let judged = list.iter().take(MOST_TIED).map(|i| (judge(&deployments, Some(*i)), *i));
            let worst = judged.min_by_key(|(a, i)| (std::cmp::Reverse(badness(a.verdict)), a.score.floor, *i));
            let Some((mut assessment, worst)) = worst else { return judge(&deployments, None) };
            // Only the reasons depend on the comparison, and nothing judges by them.
            for i in list {
                let Some(view) = assessment.system.deployments.get_mut(i) else { continue };
                view.reason.push_str(match i == worst {
                    true => "; of several such, the one with the worst verdict",
                    false => ", but another such has a worse verdict",
                });
            }
            assessment
        }
    }
}

/// Every control over a system, each isolated: a panic in one is that control's failure and nobody else's.
fn judgements(system: &System) -> Vec<Judged> {
    let controls: Vec<_> = plimsoll_controls::all().collect();
    controls
        .into_par_iter()
        .map(|control| {
            let outcome = catch_unwind(AssertUnwindSafe(|| control.judge(system))).map_err(|panic| {
                let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
                text.unwrap_or_else(|| "it panicked".into())
            });
            Judged { about: control.about(), outcome }
        })
        .collect()
}

fn badness(decision: Decision) -> u8 {
    match decision {
        Decision::NoGo => 4,
        Decision::Unproven => 3,
        Decision::ConditionalGo => 2,
        Decision::Go => 1,
        Decision::NotAssessable => 0,
    }
}

fn subject(tree: &Tree) -> SubjectOfAssessment {
    SubjectOfAssessment {
        name: tree.name.clone(),
        system: None,
        revision: tree.revision.as_ref().map(|r| r.commit.clone()),
        dirty: tree.revision.as_ref().map(|r| r.dirty),
        files: tree.files.len() as u32,
        bytes: tree.bytes(),
    }
}

/// Files that the policy leaves out are no evidence of anything good; a credential in one is still found.
fn leave_out(tree: &mut Tree, patterns: &[String]) -> Vec<ListedProblem> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        if let Ok(glob) = GlobBuilder::new(pattern).literal_separator(true).build() {
            set.add(glob);
        }
    }
    let set = set.build().unwrap_or_else(|_| GlobSet::empty());
    let mut listed = Vec::new();
    for file in tree.files.iter_mut().filter(|f| set.is_match(&f.path)) {
        file.role = Role::Fixture;
        listed.push(ListedProblem { path: file.path.clone(), line: None, says: "left out as evidence by plimsoll.toml".into() });
    }
    listed
}

fn listed(tree: &Tree, facts: &Facts, places: &Places<'_>) -> Vec<ListedProblem> {
    let read = facts.problems.iter().map(|p| {
        let place = places.resolve(&p.at);
        ListedProblem { path: place.path, line: place.line, says: p.says.clone() }
    });
    let skipped = tree.skipped.iter().map(|s| ListedProblem { path: s.path.clone(), line: None, says: format!("not read: {}", s.reason) });
    let other = tree.problems.iter().map(|p| {
        let path = if p.path.is_empty() { ".".to_owned() } else { p.path.clone() };
        ListedProblem { path, line: None, says: p.says.clone() }
    });
    let passed = tree.passed_over.iter().filter(|p| p.tracked).map(|p| ListedProblem {
        path: p.path.clone(),
        line: None,
        says: format!("{}{} tracked files of a vendor or build folder were passed over", p.files, if p.more { "+" } else { "" }),
    });
    let mut all: Vec<ListedProblem> = read.chain(skipped).chain(other).chain(passed).collect();
    all.sort();
    all.dedup();
    all
}

/// Turns locations into paths, lines and columns; each file is read and indexed again at most once, and only if something cites it.
struct Places<'a> {
    tree: &'a Tree,
    texts: Mutex<HashMap<FileId, Arc<LineIndex<'static>>>>,
}

impl<'a> Places<'a> {
    fn new(tree: &'a Tree) -> Self {
        Self { tree, texts: Mutex::new(HashMap::new()) }
    }

    fn resolve(&self, at: &Location) -> Place {
        let path = self.tree.get(at.file).map(|f| f.path.clone()).unwrap_or_default();
        let Some(span) = at.span else { return Place { path, line: None, column: None, end_line: None } };
        let index = {
            let mut texts = self.texts.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            Arc::clone(texts.entry(at.file).or_insert_with(|| Arc::new(LineIndex::new(self.tree.read(at.file).unwrap_or_default()))))
        };
        let (line, column) = index.line_column(span.start);
        Place { path, line: Some(line), column: Some(column), end_line: Some(index.end_line(span)) }
    }
}
