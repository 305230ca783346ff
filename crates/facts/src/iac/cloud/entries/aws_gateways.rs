//! Gateways and endpoints that AWS gives by itself: API Gateway, AppSync, App Runner, function URLs, Amplify, websites of buckets.

use super::aws::certificate;
use super::{Draft, MOST, each, inverted, managed, names, of_parent, onward, redirected, said};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::Value;
use crate::infrastructure::{Entry, EntryKind, Listener, ListenerAction, Property, Provider, Security, Target};

pub(super) fn read(resources: &Resources<'_>, drafts: &mut Vec<Draft>) {
    for api in resources.of("aws_apigatewayv2_api").take(MOST) {
        drafts.push(second(resources, api));
    }
    for api in resources.of("aws_api_gateway_rest_api").take(MOST) {
        drafts.push(first(resources, api));
    }
    for api in resources.of("aws_appsync_graphql_api").take(MOST) {
        let public = match api.value.get("visibility") {
            Some(v) if v.is("PRIVATE") => Property::stated(false, v.at, "visibility = \"PRIVATE\""),
            _ => super::open(api.at),
        };
        drafts.push(Draft::new(hosted(api, EntryKind::Gateway, public, "AppSync answers HTTPS only")));
    }
    for service in resources.of("aws_apprunner_service").take(MOST) {
        let path = ["network_configuration", "ingress_configuration", "is_publicly_accessible"];
        let mut draft = Draft::new(hosted(service, EntryKind::Platform, service.flag(&path, true), "App Runner answers HTTPS only"));
        draft.entry.targets.push(itself(service));
        drafts.push(draft);
    }
    for url in resources.of("aws_lambda_function_url").take(MOST) {
        let mut draft = Draft::new(hosted(url, EntryKind::Platform, super::open(url.at), "function URLs answer HTTPS only"));
        draft.entry.targets.extend(url.value.get("function_name").map(|f| onward(resources, f, Security::Tls)));
        drafts.push(draft);
    }
    for app in resources.of("aws_amplify_app").take(MOST) {
        let mut e = hosted(app, EntryKind::Platform, super::open(app.at), "Amplify serves HTTPS");
        e.listeners.push(redirected(app.at, "Amplify sends HTTP on to HTTPS"));
        e.caches = Some(Property::defaulted(true, app.at, "Amplify serves through CloudFront"));
        drafts.push(Draft::new(e));
    }
    for configuration in resources.of("aws_s3_bucket_website_configuration").take(MOST) {
        drafts.extend(website(resources, configuration, configuration.value.get("bucket")));
    }
    for bucket in resources.of("aws_s3_bucket").filter(|b| b.value.get("website").is_some()) {
        drafts.extend(website(resources, bucket, None));
    }
}

/// An endpoint with AWS's own certificate that answers nothing in the clear.
fn hosted(instance: &Instance, kind: EntryKind, public: Property<bool>, says: &str) -> Entry {
    let mut e = Entry::new(instance.address(), instance.at, Provider::Aws, kind, public);
    e.listeners.push(managed(instance.at, says));
    e
}

fn itself(instance: &Instance) -> Target {
    let mut target = Target::new(instance.at, Security::Tls);
    target.name = Some(instance.address());
    target
}

/// Names of its own that a gateway answers to, with their certificate.
fn named(resources: &Resources<'_>, draft: &mut Draft, domain: &Instance, attribute: &str) {
    draft.parts.push(domain.address());
    draft.serve(said(domain.value.get(attribute)));
    let configuration = domain.value.get("domain_name_configuration");
    let own = configuration.and_then(|c| c.get("certificate_arn"));
    let own = own.or_else(|| domain.value.get("certificate_arn")).or_else(|| domain.value.get("regional_certificate_arn"));
    if let Some(listener) = draft.entry.listeners.first_mut() {
        listener.certificate = certificate(resources, own);
    }
    let policy = configuration.and_then(|c| c.get("security_policy")).or_else(|| domain.value.get("security_policy"));
    if let Some(policy) = policy.and_then(Value::sourced) {
        let says = format!("security_policy = \"{}\"", policy.value);
        draft.entry.minimum_tls = Some(Property::stated(policy.value, policy.at, says));
    }
}

fn second(resources: &Resources<'_>, api: &Instance) -> Draft {
    let mut draft = Draft::new(hosted(api, EntryKind::Gateway, super::open(api.at), "API Gateway answers HTTPS only"));
    for stage in of_parent(resources, "aws_apigatewayv2_stage", "api_id", api) {
        draft.parts.push(stage.address());
        if let Some(log) = stage.value.get("access_log_settings") {
            draft.entry.access_logs = Some(Property::stated(true, log.at, "access_log_settings"));
        }
    }
    for integration in of_parent(resources, "aws_apigatewayv2_integration", "api_id", api) {
        let Some(uri) = integration.value.get("integration_uri") else { continue };
        let private = integration.value.get("connection_type").is_some_and(|c| c.is("VPC_LINK"));
        draft.entry.targets.push(integrated(resources, uri, private));
    }
    for mapping in of_parent(resources, "aws_apigatewayv2_api_mapping", "api_id", api) {
        for domain in resources.of("aws_apigatewayv2_domain_name").take(MOST) {
            if names(resources, mapping.value.get("domain_name"), domain) {
                named(resources, &mut draft, domain, "domain_name");
            }
        }
    }
    draft
}

fn first(resources: &Resources<'_>, api: &Instance) -> Draft {
    let types = api.value.path(&["endpoint_configuration", "types"]);
    let private = each(types).iter().find(|t| t.is("PRIVATE"));
    let public = private.map_or_else(|| super::open(api.at), |t| Property::stated(false, t.at, "types = [\"PRIVATE\"]"));
    let mut draft = Draft::new(hosted(api, EntryKind::Gateway, public, "API Gateway answers HTTPS only"));
    for stage in of_parent(resources, "aws_api_gateway_stage", "rest_api_id", api) {
        draft.parts.push(stage.address());
        if let Some(log) = stage.value.get("access_log_settings") {
            draft.entry.access_logs = Some(Property::stated(true, log.at, "access_log_settings"));
        }
    }
    for deployment in of_parent(resources, "aws_api_gateway_deployment", "rest_api_id", api) {
        draft.parts.push(deployment.address());
    }
    for integration in of_parent(resources, "aws_api_gateway_integration", "rest_api_id", api) {
        let Some(uri) = integration.value.get("uri") else { continue };
        let private = integration.value.get("connection_type").is_some_and(|c| c.is("VPC_LINK"));
        draft.entry.targets.push(integrated(resources, uri, private));
    }
    for mapping in of_parent(resources, "aws_api_gateway_base_path_mapping", "api_id", api) {
        for domain in resources.of("aws_api_gateway_domain_name").take(MOST) {
            if names(resources, mapping.value.get("domain_name"), domain) {
                named(resources, &mut draft, domain, "domain_name");
            }
        }
    }
    draft
}

/// A function is invoked within AWS; an address with a scheme is asked over the network.
fn integrated(resources: &Resources<'_>, uri: &Value, private: bool) -> Target {
    let text = uri.written().unwrap_or_default();
    let plain = text.starts_with("http://");
    let mut target = onward(resources, uri, if plain { Security::Plain } else { Security::Tls });
    target.over_internet = !private && (plain || text.starts_with("https://"));
    target
}

/// A bucket that serves a site, if anybody may read it: since 2023 nobody may unless the blocks are lifted.
fn website(resources: &Resources<'_>, site: &Instance, bucket: Option<&Value>) -> Option<Draft> {
    let same = |value: Option<&Value>| match bucket {
        Some(bucket) => {
            let wanted = super::everywhere(resources, bucket);
            value.is_some_and(|v| {
                super::everywhere(resources, v).iter().any(|i| wanted.iter().any(|w| w.address() == i.address()))
                    || v.text().is_some() && v.text() == bucket.text()
            })
        }
        None => names(resources, value, site),
    };
    let block = resources.of("aws_s3_bucket_public_access_block").find(|b| same(b.value.get("bucket")));
    let lifted = block.map(|b| inverted(b.flag(&["block_public_policy"], false)));
    let read = resources.of("aws_s3_bucket_policy").find(|p| same(p.value.get("bucket")));
    let acl =
        resources.of("aws_s3_bucket_acl").find(|a| same(a.value.get("bucket")) && a.value.get("acl").is_some_and(|v| v.is("public-read")));
    let old = site.value.get("acl").filter(|v| v.is("public-read"));
    let public = match (lifted, read.or(acl), old) {
        (Some(p), _, _) if p.off() => p,
        (_, _, Some(acl)) => Property::stated(true, acl.at, "acl = \"public-read\""),
        (Some(p), Some(_), _) => p,
        (Some(p), None, _) => Property::unresolved(p.at, "whether anybody may read the bucket is decided elsewhere"),
        (None, _, _) => Property::defaulted(false, site.at, "new buckets block public access by default"),
    };
    let mut e = Entry::new(site.address(), site.at, Provider::Aws, EntryKind::Site, public);
    e.listeners.push(Listener::new(
        site.at,
        Some(80),
        Security::Plain,
        ListenerAction::Forward,
        "websites of buckets speak plain HTTP only",
    ));
    let mut draft = Draft::new(e);
    if let Some(bucket) = bucket {
        draft.parts.extend(super::everywhere(resources, bucket).iter().map(|i| i.address()));
        let mut target = Target::new(bucket.at, Security::Tls);
        target.name = draft.parts.get(1).cloned();
        draft.entry.targets.push(target);
    }
    Some(draft)
}
