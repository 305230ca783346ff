//! The Serverless framework: functions with their events and rights, and the CloudFormation that a service adds.

use std::cell::Cell;

use plimsoll_base::{Location, Problem, Span};

use super::cloud::{self, Instance, Resources};
use super::cloudformation;
use super::root::{IacRoot, IacTool};
use super::value::{Shape, Value, each};
use super::vocabulary::aws::{self, Policies};
use super::vocabulary::rewrite::map;
use super::vocabulary::{Place, instance, reference};
use crate::container::{Runtime, ValueSource, Variable, Workload};
use crate::library::{Held, Library};

/// Variables within variables are followed this far.
const MAX_DEPTH: usize = 8;
/// Variables resolved in one service.
const MAX_STEPS: u32 = 20_000;
/// The longest text that a variable stands for, in bytes.
const LONGEST: usize = 4 * 1024;
const ROLE: &str = "IamRoleLambdaExecution";

/// Every service.
pub(super) fn read(library: &Library, problems: &mut Vec<Problem>) -> Vec<IacRoot> {
    let mut roots = Vec::new();
    for held in library.files().iter().filter(|f| f.product()) {
        if !matches!(held.name(), "serverless.yml" | "serverless.yaml" | "serverless.json") {
            continue;
        }
        let Some(node) = held.root().filter(|n| n.get("provider").is_some() || n.get("functions").is_some()) else { continue };
        let service = Service { value: Value::of(node, held.id), steps: Cell::new(MAX_STEPS) };
        let mut root = IacRoot::new(held.folder(), IacTool::Serverless);
        root.files = vec![held.id];
        root.workloads = functions(&service.value);
        if service.value.path(&["provider", "name"]).is_none_or(|n| n.is("aws")) {
            let mut instances = Vec::new();
            if let Some(added) = node.get("resources").filter(|r| r.get("Resources").is_some()) {
                let reader = cloudformation::embedded(library, held, added);
                problems.extend(reader.problems);
                root.resources = reader.resources;
                instances = reader.instances;
                instances.iter_mut().for_each(|i| service.resolve(&mut i.value, 0));
            } else if let Some(written) = service.value.get("resources").filter(|r| r.fields().is_empty()) {
                problems.push(Problem {
                    at: written.at,
                    says: "resources of a Serverless service that stand in other files are not followed: what they declare is missing here"
                        .into(),
                });
            }
            service.translated(held, &mut instances);
            root.infrastructure = cloud::infrastructure(&Resources::new(&instances));
        }
        roots.push(root);
    }
    roots
}

struct Service {
    value: Value,
    steps: Cell<u32>,
}

impl Service {
    /// Puts in what the service's variables stand for in production; what something else decides is unknown.
    fn resolve(&self, value: &mut Value, depth: usize) {
        match &mut value.shape {
            Shape::Text(text) if text.contains("${") && !text.contains("${aws_") => {
                let text = std::mem::take(text);
                value.shape = self.text(&text, depth);
            }
            Shape::List(items) => items.iter_mut().for_each(|i| self.resolve(i, depth)),
            Shape::Map(fields) => fields.iter_mut().for_each(|f| self.resolve(&mut f.value, depth)),
            _ => {}
        }
    }

    fn text(&self, text: &str, depth: usize) -> Shape {
        let whole = text.strip_prefix("${").and_then(|t| t.strip_suffix('}')).filter(|t| !t.contains("${"));
        if let Some(name) = whole {
            return self.variable(name, depth).unwrap_or_else(|| Shape::Unknown(text.to_owned()));
        }
        let mut out = String::new();
        let mut known = true;
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            out.push_str(&rest[..start]);
            let Some(end) = rest[start..].find('}').map(|e| start + e) else { break };
            match self.variable(&rest[start + 2..end], depth) {
                Some(Shape::Text(found)) if out.len() + found.len() <= LONGEST => out.push_str(&found),
                _ => {
                    known = false;
                    out.push_str(&rest[start..=end]);
                }
            }
            rest = &rest[end + 1..];
        }
        out.push_str(rest);
        if known { Shape::Text(out) } else { Shape::Unknown(out) }
    }

    /// `self:custom.name`, `opt:stage, 'dev'`, `sls:stage`; the first alternative that is known.
    fn variable(&self, name: &str, depth: usize) -> Option<Shape> {
        let left = self.steps.get().saturating_sub(1);
        self.steps.set(left);
        if left == 0 || depth > MAX_DEPTH {
            return None;
        }
        let mut parts = name.split(',').map(str::trim);
        let first = parts.next()?;
        let fallback = parts.next();
        if matches!(first, "opt:stage" | "sls:stage") {
            return Some(Shape::Text(self.stage(fallback)));
        }
        if let Some(path) = first.strip_prefix("self:") {
            let path: Vec<&str> = path.split('.').collect();
            let mut found = self.value.path(&path)?.clone();
            if found.written().is_some_and(|t| t.len() > LONGEST) || found.fields().len() > 50 || found.items().len() > 50 {
                return None;
            }
            self.resolve(&mut found, depth + 1);
            return Some(found.shape);
        }
        // The environment or the command line decide, whatever the fallback.
        None
    }

    /// The stage that is judged: production's where the service knows one.
    fn stage(&self, fallback: Option<&str>) -> String {
        let known = ["params", "custom"].iter().filter_map(|s| self.value.get(s)).flat_map(|v| {
            let inner = v.fields().iter().flat_map(|f| f.value.fields());
            v.fields().iter().chain(inner)
        });
        let production = known.map(|f| f.name.as_str()).find(|n| matches!(*n, "prod" | "production" | "prd"));
        let written = fallback.map(|f| f.trim_matches(['\'', '"']).to_owned()).filter(|f| !f.contains(':'));
        let own = self.value.path(&["provider", "stage"]).and_then(Value::text).filter(|t| !t.contains("${")).map(str::to_owned);
        match production {
            Some(stage) => stage.to_owned(),
            None => written.or(own).unwrap_or_else(|| "dev".to_owned()),
        }
    }

    /// Functions with what starts them and what they may do.
    fn translated(&self, held: &Held, found: &mut Vec<Instance>) {
        let provider = self.value.get("provider");
        let get = |path: &[&str]| provider.and_then(|p| p.path(path)).cloned();
        let whole = held.whole();
        let role = Place { name: ROLE, module: "", at: provider.map_or(whole, |p| p.at), certain: true };
        let own_role = get(&["iam", "role"]).filter(|r| r.written().is_some()).or_else(|| get(&["role"]));
        if own_role.is_none() {
            found.push(instance("aws_iam_role", role, map(role.at, Vec::new())));
            let statements = get(&["iam", "role", "statements"]).or_else(|| get(&["iamRoleStatements"]));
            if let Some(mut statements) = statements {
                self.resolve(&mut statements, 0);
                let at = statements.at;
                let document = map(at, vec![("Statement", statements)]);
                let fields = vec![("role", reference("", "aws_iam_role", ROLE, "id", at)), ("policy", document)];
                found.push(instance("aws_iam_role_policy", Place { at, ..role }, map(at, fields)));
            }
        }
        let retention = get(&["logRetentionInDays"]);
        for field in self.value.get("functions").map(Value::fields).unwrap_or_default() {
            let at = key(field.at, &field.name);
            let place = Place { name: &field.name, module: "", at, certain: true };
            let mut properties = map(at, Vec::new());
            for (from, to) in [
                ("handler", "Handler"),
                ("memorySize", "MemorySize"),
                ("timeout", "Timeout"),
                ("runtime", "Runtime"),
                ("reservedConcurrency", "ReservedConcurrentExecutions"),
                ("vpc", "VpcConfig"),
            ] {
                if let Some(mut given) = field.value.get(from).cloned().or_else(|| get(&[from])) {
                    self.resolve(&mut given, 0);
                    properties.set(to, given);
                }
            }
            let mut variables = map(at, Vec::new());
            for source in [get(&["environment"]), field.value.get("environment").cloned()].into_iter().flatten() {
                source.fields().iter().for_each(|f| variables.set(&f.name, f.value.clone()));
            }
            self.resolve(&mut variables, 0);
            properties.set("Environment", map(at, vec![("Variables", variables)]));
            let role = field.value.get("role").cloned().or_else(|| own_role.clone());
            properties.set("Role", role.unwrap_or_else(|| reference("", "aws_iam_role", ROLE, "arn", at)));
            found.extend(aws::translated("AWS::Lambda::Function", place, properties, Policies::default()));
            let own = |attribute: &str, at: Location| reference("", "aws_lambda_function", &field.name, attribute, at);
            if let Some(days) = field.value.get("logRetentionInDays").cloned().or_else(|| retention.clone()) {
                let name = Value::unknown(format!("/aws/lambda/${{aws_lambda_function.{}.function_name}}", field.name), days.at);
                found.push(instance("aws_cloudwatch_log_group", place, map(at, vec![("name", name), ("retention_in_days", days)])));
            }
            if let Some(kept) = field.value.get("provisionedConcurrency") {
                let fields = vec![("function_name", own("function_name", kept.at)), ("provisioned_concurrent_executions", kept.clone())];
                found.push(instance("aws_lambda_provisioned_concurrency_config", place, map(kept.at, fields)));
            }
            if let Some(url) = field.value.get("url").filter(|u| !u.is_false()) {
                let kind = url.get("authorizer").map_or_else(
                    || Value::text_at("NONE", url.at),
                    |a| Value::text_at(if a.is("aws_iam") { "AWS_IAM" } else { "NONE" }, a.at),
                );
                let fields = vec![("function_name", own("function_name", url.at)), ("authorization_type", kind)];
                found.push(instance("aws_lambda_function_url", place, map(url.at, fields)));
            }
            for (index, event) in each(field.value.get("events")).iter().enumerate() {
                let name = format!("{}{index}", field.name);
                started(Place { name: &name, at: event.at, ..place }, event, own("arn", event.at), found);
            }
        }
    }
}

/// What starts a function, and what the framework makes for it.
fn started(place: Place<'_>, event: &Value, arn: Value, found: &mut Vec<Instance>) {
    let at = place.at;
    for (kind, api, name, holder, integration, uri) in [
        ("http", "aws_api_gateway_rest_api", "ApiGatewayRestApi", "rest_api_id", "aws_api_gateway_integration", "uri"),
        ("httpApi", "aws_apigatewayv2_api", "HttpApi", "api_id", "aws_apigatewayv2_integration", "integration_uri"),
    ] {
        let Some(http) = event.get(kind).or_else(|| event.is(kind).then_some(event)) else { continue };
        if !found.iter().any(|i| i.kind == api && i.name == name) {
            let fields = if kind == "httpApi" { vec![("protocol_type", Value::text_at("HTTP", at))] } else { Vec::new() };
            found.push(instance(api, Place { name, ..place }, map(at, fields)));
        }
        let id = reference("", api, name, "id", at);
        found.push(instance(integration, place, map(at, vec![(holder, id.clone()), (uri, arn.clone())])));
        if kind == "http" {
            let authorization = http.get("authorizer").map_or_else(|| Value::text_at("NONE", at), |a| Value::text_at("CUSTOM", a.at));
            found.push(instance("aws_api_gateway_method", place, map(at, vec![(holder, id), ("authorization", authorization)])));
        }
    }
    if let Some(schedule) = event.get("schedule") {
        let rate = schedule.get("rate").unwrap_or(schedule);
        let rate = each(Some(rate)).first().cloned().unwrap_or_else(|| rate.clone());
        let mut rule = map(at, vec![("schedule_expression", rate)]);
        if let Some(enabled) = schedule.get("enabled") {
            rule.set("is_enabled", enabled.clone());
        }
        found.push(instance("aws_cloudwatch_event_rule", place, rule));
        let own = reference("", "aws_cloudwatch_event_rule", place.name, "name", at);
        found.push(instance("aws_cloudwatch_event_target", place, map(at, vec![("rule", own), ("arn", arn.clone())])));
    }
    for kind in ["sqs", "stream", "kinesis", "msk"] {
        if let Some(source) = event.get(kind) {
            let source = source.get("arn").unwrap_or(source).clone();
            found.push(instance(
                "aws_lambda_event_source_mapping",
                place,
                map(at, vec![("event_source_arn", source), ("function_name", arn.clone())]),
            ));
        }
    }
}

fn functions(service: &Value) -> Vec<Workload> {
    let common = service.path(&["provider", "environment"]);
    let mut found = Vec::new();
    for field in service.get("functions").map(Value::fields).unwrap_or_default() {
        let mut w = Workload::new(&field.name, key(field.at, &field.name), Runtime::Function);
        w.command = field.value.get("handler").and_then(Value::words);
        w.image = field.value.get("image").and_then(super::value::image);
        w.memory_limit = field.value.get("memorySize").or_else(|| service.path(&["provider", "memorySize"])).and_then(Value::setting);
        for variables in [field.value.get("environment"), common].into_iter().flatten() {
            for variable in variables.fields().iter().filter(|v| !v.name.is_empty()) {
                if w.environment.iter().all(|v| v.name != variable.name) {
                    w.environment.push(Variable { name: variable.name.clone(), at: variable.at, value: source(&variable.value) });
                }
            }
        }
        for event in field.value.get("events").map(Value::items).unwrap_or_default() {
            if let Some(schedule) = event.get("schedule") {
                w.schedule = schedule.sourced().or_else(|| schedule.get("rate").and_then(|r| r.texts().into_iter().next()));
            }
        }
        found.push(w);
    }
    found
}

fn key(at: Location, name: &str) -> Location {
    match at.span {
        Some(span) => Location::at(at.file, Span { start: span.start, end: span.start.saturating_add(name.len() as u32) }),
        None => at,
    }
}

fn source(value: &Value) -> ValueSource {
    match value.text() {
        Some(text) if text.contains("${ssm:") || text.contains("${aws:secretsmanager") => ValueSource::SecretRef(text.to_owned()),
        Some(text) if text.starts_with("${env:") => ValueSource::PassedThrough,
        Some(text) if text.contains("${") => ValueSource::Interpolated { raw: text.to_owned(), resolved: None, variables: Vec::new() },
        Some(text) => ValueSource::Literal(text.to_owned()),
        None => ValueSource::Unresolved,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(text: &str) -> Service {
        let parsed = plimsoll_syntax::yaml(text.as_bytes());
        Service { value: Value::of(&parsed.value[0], plimsoll_base::FileId(0)), steps: Cell::new(MAX_STEPS) }
    }
    fn resolved(service: &Service, text: &str) -> Value {
        let mut value = Value::text_at(text, Location::whole(plimsoll_base::FileId(0)));
        service.resolve(&mut value, 0);
        value
    }

    #[test]
    fn variables_stand_for_what_production_has() {
        let s = service(
            "custom: { days: { dev: 1, prod: 30 }, a: '${self:custom.b}', b: '${self:custom.a}', far: '${file(x.yml)}', prod: {} }\nprovider: { stage: \"${opt:stage, 'dev'}\" }\n",
        );
        assert_eq!(resolved(&s, "t-${self:provider.stage}").text(), Some("t-prod"));
        assert!(resolved(&s, "${self:custom.a}").is_unknown(), "a circle");
        assert!(resolved(&s, "${self:custom.far}").is_unknown());
        assert!(resolved(&s, "${env:DAYS, 7}").is_unknown(), "the environment decides");
        let plain = service("provider: { stage: dev }\n");
        assert_eq!(resolved(&plain, "${sls:stage}").text(), Some("dev"), "no production is known");
    }

    #[test]
    fn functions_have_entries_rights_and_logs() {
        let text = "provider: { name: aws, logRetentionInDays: 14, iam: { role: { statements: [{ Effect: Allow, Action: ['s3:*'], Resource: '*' }] } } }\nfunctions:\n  hello: { handler: a.b, events: [{ httpApi: '*' }, { schedule: rate(1 day) }] }\n";
        let s = service(text);
        let facts = crate::gather(&plimsoll_discover::Tree::in_memory("t", vec![("serverless.yml".to_owned(), text.as_bytes().to_vec())]));
        let mut found = Vec::new();
        s.translated(&facts.library.files()[0], &mut found);
        let kinds: Vec<&str> = found.iter().map(|i| i.kind.as_str()).collect();
        for kind in [
            "aws_lambda_function",
            "aws_apigatewayv2_api",
            "aws_apigatewayv2_integration",
            "aws_cloudwatch_event_rule",
            "aws_iam_role_policy",
            "aws_cloudwatch_log_group",
        ] {
            assert_eq!(kinds.iter().filter(|k| **k == kind).count(), 1, "{kind} in {kinds:?}");
        }
    }
}
