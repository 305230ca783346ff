//! The model as data, for the assessment.

use plimsoll_base::{DatastoreView, DeploymentView, EdgeView, EnvironmentView, Location, PipelineView, Place, ServiceView, SystemView};
use plimsoll_facts::ci::Triggers;
use plimsoll_facts::container::{Reach, ValueSource};

use crate::system::System;

impl System {
    /// The model as data; `place` turns a location into a path, line and column.
    pub fn view(&self, place: &dyn Fn(&Location) -> Place) -> SystemView {
        let assessed = self.deployment().map(|d| (d.name.as_str(), d.kind));
        let deployments = self
            .deployments()
            .iter()
            .map(|d| DeploymentView {
                name: d.name.clone(),
                kind: d.written_in().into(),
                files: d.files.clone(),
                assessed: assessed == Some((d.name.as_str(), d.kind)),
                reason: d.reason.clone(),
            })
            .collect();
        let services = self
            .services()
            .iter()
            .map(|s| ServiceView {
                name: s.name.clone(),
                kind: s.kind.word().into(),
                image: s.image_text().map(str::to_owned),
                build: s.image_definition(self).map(|d| d.path.clone()),
                published: s.ports.iter().filter(|p| p.reach == Reach::Public).map(|p| p.says.clone()).collect(),
                at: Some(place(&s.at)),
            })
            .collect();
        let datastores = self
            .datastores()
            .iter()
            .map(|d| DatastoreView {
                name: d.name.clone(),
                engine: d.engine.clone().unwrap_or_else(|| d.kind.word().into()),
                run_by: d.run_by.word().into(),
                at: Some(place(&d.at)),
            })
            .collect();
        let pipelines = self
            .pipelines()
            .iter()
            .map(|p| PipelineView {
                name: p.path.clone(),
                provider: p.provider.word().into(),
                triggers: triggers(&p.triggers),
                jobs: p.jobs.iter().map(|j| j.id.clone()).collect(),
            })
            .collect();
        SystemView { deployments, services, datastores, edges: self.edges(), pipelines, environments: self.environments(place) }
    }

    fn edges(&self) -> Vec<EdgeView> {
        let mut edges: Vec<EdgeView> = Vec::new();
        for service in self.services() {
            for d in &service.depends_on {
                edges.push(EdgeView { from: service.name.clone(), to: d.on.clone(), by: "depends_on".into() });
            }
            for variable in &service.environment {
                let text = match &variable.value {
                    ValueSource::Literal(v) => v,
                    ValueSource::Interpolated { raw, .. } => raw,
                    _ => continue,
                };
                for other in self.services().iter().filter(|o| o.name != service.name) {
                    let hosts = [
                        format!("//{}:", other.name),
                        format!("@{}:", other.name),
                        format!("//{}/", other.name),
                        format!("@{}/", other.name),
                    ];
                    let known = edges.iter().any(|e| e.from == service.name && e.to == other.name);
                    if !known && (hosts.iter().any(|h| text.contains(h.as_str())) || *text == other.name) {
                        edges.push(EdgeView { from: service.name.clone(), to: other.name.clone(), by: variable.name.clone() });
                    }
                }
            }
        }
        edges
    }

    fn environments(&self, place: &dyn Fn(&Location) -> Place) -> Vec<EnvironmentView> {
        let mut found: Vec<EnvironmentView> = Vec::new();
        for pipeline in self.pipelines() {
            for environment in pipeline.jobs.iter().filter_map(|j| j.environment.as_ref()) {
                if !found.iter().any(|e| e.name == environment.value) {
                    found.push(EnvironmentView { name: environment.value.clone(), at: Some(place(&environment.at)) });
                }
            }
        }
        found
    }
}

fn triggers(t: &Triggers) -> Vec<String> {
    let mut words = Vec::new();
    let mut add = |yes: bool, word: &str| {
        if yes {
            words.push(word.to_owned());
        }
    };
    add(t.push.is_some(), "push");
    add(t.pull_request.is_some(), "pull-request");
    add(t.pull_request_target.is_some(), "pull-request-target");
    add(t.tag.is_some(), "tag");
    add(!t.schedule.is_empty(), "schedule");
    add(t.manual.is_some(), "manual");
    add(t.call.is_some(), "call");
    add(!t.after.is_empty(), "after-pipeline");
    add(t.external, "external");
    words.extend(t.other.iter().map(|o| o.value.clone()));
    words
}
