//! Flux: Kustomizations lead to folders, HelmReleases to charts.

use std::collections::BTreeMap;

use plimsoll_base::Problem;
use plimsoll_syntax::yaml;

use super::{Led, Pointers, outside, substituted};
use crate::iac::helm::Given;
use crate::iac::kubernetes::kustomize;
use crate::iac::kubernetes::merge::overlay;
use crate::iac::kubernetes::object::Object;
use crate::iac::kubernetes::remote::{Remote, expand};
use crate::iac::value::{Value, each};

impl Pointers<'_, '_> {
    /// A folder with what the Kustomization lays over it.
    pub(super) fn kustomization(&mut self, pointer: &Object, led: &mut Led, problems: &mut Vec<Problem>) {
        let Some(path) = pointer.spec(&["path"]).or_else(|| pointer.spec(&["sourceRef"])) else { return };
        let suspended = pointer.spec(&["suspend"]).is_some_and(Value::is_true);
        if suspended {
            return;
        }
        let lent = self.artifact(pointer).map(|from| format!("{from}/{}", path.text().unwrap_or("").trim_start_matches("./")));
        let target = lent.as_deref().unwrap_or(path.text().unwrap_or(""));
        let Some(folder) = self.folder(target) else {
            problems.push(outside(path.at, path.written().unwrap_or_default()));
            return;
        };
        led.reads([pointer.path.clone()]);
        let mut objects = self.build(&folder, true, led, problems);
        if let Some(spec) = pointer.value.get("spec") {
            led.reads(kustomize::lay(self.library, &folder, spec, &mut objects, problems));
        }
        if let Some(namespace) = pointer.spec(&["targetNamespace"]).and_then(Value::text) {
            objects.iter_mut().for_each(|o| o.namespace = Some(namespace.to_owned()));
        }
        let handed: BTreeMap<String, String> = pointer
            .spec(&["postBuild", "substitute"])
            .map(Value::fields)
            .unwrap_or_default()
            .iter()
            .filter_map(|f| Some((f.name.clone(), f.value.text()?.to_owned())))
            .collect();
        if pointer.spec(&["postBuild"]).is_some() {
            for object in &mut objects {
                substituted(&mut object.value, &handed, 0);
                object.renamed();
            }
        }
        self.expand(objects, led, problems);
    }

    /// The folder of the tree that an artifact is copied from, as far as the copies begin alike.
    fn artifact(&self, pointer: &Object) -> Option<String> {
        if !pointer.spec(&["sourceRef", "kind"]).is_some_and(|k| k.is("ExternalArtifact")) {
            return None;
        }
        let name = pointer.spec(&["sourceRef", "name"])?.text()?;
        let shared = |o: &Object| o.path.split('/').zip(pointer.path.split('/')).take_while(|(a, b)| a == b).count();
        let generators = self.sources.iter().filter(|o| o.kind == "ArtifactGenerator");
        let named = |o: &Object| each(o.spec(&["artifacts"])).iter().find(|a| a.get("name").is_some_and(|n| n.is(name))).cloned();
        let artifact = generators.filter(|o| named(o).is_some()).max_by_key(|o| shared(o)).and_then(named)?;
        each(artifact.get("copy")).iter().find_map(|copy| {
            let from = copy.get("from")?.text()?.strip_prefix('@')?.split_once('/')?.1.trim_end_matches("/**").to_owned();
            let to = copy.get("to")?.text()?.trim_start_matches("@artifact").trim_matches('/').to_owned();
            let from = from.strip_suffix(to.as_str())?.trim_end_matches('/');
            Some(from.to_owned())
        })
    }

    /// A chart with the values that stand in the release.
    pub(super) fn helm_release(&mut self, pointer: &Object, led: &mut Led, problems: &mut Vec<Problem>) {
        if pointer.spec(&["suspend"]).is_some_and(Value::is_true) {
            return;
        }
        led.reads([pointer.path.clone()]);
        let reference = |kind: &str, name: &str, objects: &[Object]| {
            objects
                .iter()
                .find(|o| o.kind == kind && o.name == name)
                .and_then(|o| Some((o.spec(&["url"])?.written()?.to_owned(), o.path.clone())))
        };
        let named = pointer.spec(&["chart", "spec", "chart"]).and_then(Value::written).map(str::to_owned);
        let chart = named.or_else(|| {
            let kind = pointer.spec(&["chartRef", "kind"])?.text()?;
            let name = pointer.spec(&["chartRef", "name"])?.written()?;
            let (url, path) = reference(kind, name, &led.objects).or_else(|| reference(kind, name, &self.sources))?;
            led.reads([path]);
            Some(url.trim_end_matches('/').rsplit('/').next().unwrap_or(&url).to_owned())
        });
        let name = pointer.spec(&["releaseName"]).and_then(Value::written).unwrap_or(&pointer.name).to_owned();
        let chart = chart.unwrap_or_else(|| name.clone());
        let namespace = pointer.spec(&["targetNamespace"]).and_then(Value::text).map(str::to_owned).or_else(|| pointer.namespace.clone());
        let mut values: Vec<Value> = Vec::new();
        for source in each(pointer.spec(&["valuesFrom"])) {
            let (Some("ConfigMap"), Some(name)) = (source.get("kind").and_then(Value::text), source.get("name").and_then(Value::text))
            else {
                continue;
            };
            let key = source.get("valuesKey").and_then(Value::text).unwrap_or("values.yaml");
            let config = led.objects.iter().find(|o| o.kind == "ConfigMap" && o.name == name);
            if let Some(text) = config.and_then(|c| c.value.get("data")?.get(key)) {
                let parsed = yaml(text.text().unwrap_or_default().as_bytes());
                values.extend(parsed.value.first().map(|n| Value::of(n, text.at.file).placed(text.at)));
            }
        }
        values.extend(pointer.spec(&["values"]).cloned());
        let values = values.into_iter().reduce(|mut all, more| {
            overlay(&mut all, &more);
            all
        });
        let local = chart.starts_with('.') || chart.contains('/');
        let folder = local.then(|| self.folder(&chart)).flatten().filter(|f| self.charts.folders.contains(f));
        match folder {
            Some(folder) => {
                let files =
                    each(pointer.spec(&["chart", "spec", "valuesFiles"])).iter().filter_map(|f| self.library.resolve("", f.text()?));
                let given = Given { name: Some(name), namespace, files: files.map(|h| h.id).collect(), values, open: Vec::new() };
                self.chart(&folder, &given, led, problems);
            }
            None => led.objects.extend(expand(&Remote {
                name: &name,
                chart: chart.rsplit('/').next().unwrap_or(&chart),
                at: pointer.at(),
                values: values.as_ref(),
                namespace: namespace.as_deref(),
                path: &pointer.path,
            })),
        }
    }
}
