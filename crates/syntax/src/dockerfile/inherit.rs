//! What a stage ends up with, over the stages that it builds upon. An image from elsewhere ends the chain: what it sets is not known here.

use std::collections::BTreeMap;

use plimsoll_base::Span;

use super::model::{Command, Dockerfile, EnvVar, Healthcheck, InstructionKind, Stage};

impl Dockerfile {
    /// The latest stage of that name, whatever the case of its letters.
    fn stage_named(&self, name: &str) -> Option<usize> {
        self.stages.iter().rev().find(|stage| stage.name.as_ref().is_some_and(|n| n.eq_ignore_ascii_case(name))).map(|stage| stage.index)
    }

    /// The stage of that name, or of that number.
    pub fn stage_by_name_or_index(&self, name: &str) -> Option<&Stage> {
        self.stage_named(name).or_else(|| name.parse().ok()).and_then(|index| self.stages.get(index))
    }

    /// The stage that is built when nothing else is asked for.
    pub fn final_stage(&self) -> Option<&Stage> {
        self.stages.last()
    }

    /// The stage that a build with this `--target` gives; the final one without.
    pub fn target(&self, name: Option<&str>) -> Option<&Stage> {
        name.map_or_else(|| self.final_stage(), |name| self.stage_by_name_or_index(name))
    }

    /// The stage and those that it builds upon, the nearest first.
    pub fn chain<'f>(&'f self, stage: &'f Stage) -> Vec<&'f Stage> {
        let mut chain = vec![stage];
        let mut at = stage;
        // A stage builds upon earlier ones only, so this ends.
        while let Some(next) = at.from.stage.filter(|index| *index < at.index).and_then(|index| self.stages.get(index)) {
            chain.push(next);
            at = next;
        }
        chain
    }

    /// The last match over the chain.
    fn last<'f, T>(&'f self, stage: &'f Stage, pick: impl Fn(&'f InstructionKind) -> Option<T>) -> Option<(T, Span)> {
        self.chain(stage).into_iter().find_map(|stage| last_of(stage, &pick))
    }

    /// The last USER.
    pub fn effective_user<'f>(&'f self, stage: &'f Stage) -> Option<(&'f str, Span)> {
        self.last(stage, |kind| if let InstructionKind::User(user) = kind { Some(user.as_str()) } else { None })
    }

    /// Where the WORKDIRs lead; a relative one that nothing precedes stays relative. The place is that of the last.
    pub fn effective_workdir(&self, stage: &Stage) -> Option<(String, Span)> {
        let mut path: Option<(String, Span)> = None;
        for stage in self.chain(stage).into_iter().rev() {
            for instruction in &stage.instructions {
                let InstructionKind::Workdir(step) = &instruction.kind else { continue };
                let absolute = step.starts_with(['/', '\\', '$']) || step.as_bytes().get(1) == Some(&b':');
                let joined = match path {
                    Some((mut before, _)) if !absolute => {
                        // A path that cannot exist: its growth would be that of the square.
                        if before.len() < 4096 {
                            if !before.ends_with('/') {
                                before.push('/');
                            }
                            before.push_str(step.trim_start_matches("./"));
                        }
                        before
                    }
                    _ => step.clone(),
                };
                path = Some((joined, instruction.span));
            }
        }
        path
    }

    /// The last ENTRYPOINT.
    pub fn effective_entrypoint<'f>(&'f self, stage: &'f Stage) -> Option<(&'f Command, Span)> {
        self.last(stage, entrypoint)
    }

    /// The last CMD; none where a later stage of the chain sets an ENTRYPOINT, which empties an inherited CMD.
    pub fn effective_cmd<'f>(&'f self, stage: &'f Stage) -> Option<(&'f Command, Span)> {
        for stage in self.chain(stage) {
            let found = last_of(stage, &|kind| if let InstructionKind::Cmd(command) = kind { Some(command) } else { None });
            if found.is_some() || last_of(stage, &entrypoint).is_some() {
                return found;
            }
        }
        None
    }

    /// The last HEALTHCHECK, which may be NONE.
    pub fn effective_healthcheck<'f>(&'f self, stage: &'f Stage) -> Option<(&'f Healthcheck, Span)> {
        self.last(stage, |kind| if let InstructionKind::Healthcheck(check) = kind { Some(check) } else { None })
    }

    /// The variables of ENV by name, each with its last value.
    pub fn effective_env<'f>(&'f self, stage: &'f Stage) -> BTreeMap<&'f str, &'f EnvVar> {
        let mut env = BTreeMap::new();
        for stage in self.chain(stage).into_iter().rev() {
            for instruction in &stage.instructions {
                if let InstructionKind::Env(variables) = &instruction.kind {
                    env.extend(variables.iter().map(|variable| (variable.name.as_str(), variable)));
                }
            }
        }
        env
    }

    /// Every EXPOSE over the chain, in the order in which they are built.
    pub fn exposed_ports<'f>(&'f self, stage: &'f Stage) -> Vec<(&'f str, Span)> {
        let mut ports = Vec::new();
        for stage in self.chain(stage).into_iter().rev() {
            for instruction in &stage.instructions {
                if let InstructionKind::Expose(list) = &instruction.kind {
                    ports.extend(list.iter().map(|port| (port.as_str(), instruction.span)));
                }
            }
        }
        ports
    }
}

fn entrypoint(kind: &InstructionKind) -> Option<&Command> {
    if let InstructionKind::Entrypoint(command) = kind { Some(command) } else { None }
}

fn last_of<'f, T>(stage: &'f Stage, pick: &impl Fn(&'f InstructionKind) -> Option<T>) -> Option<(T, Span)> {
    stage.instructions.iter().rev().find_map(|instruction| pick(&instruction.kind).map(|found| (found, instruction.span)))
}
