//! What managed entries do to traffic: throttling, headers, other origins, bounds of size.
//!
//! Sources: AWS WAF, API Gateway, CloudFront and Lambda developer guides (throttling, quotas of payload, managed response headers policies);
//! Cloud Armor rate-based rules; Azure Front Door and App Service references.

use plimsoll_base::{Location, Sourced};

use super::{Draft, MOST, each, names, of_parent, referent};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::Value;
use crate::infrastructure::{CorsRule, Dormant, HeaderRule, Leads, Measure, Origins, Property, RateKey, RateLimit, Route, Treatment};

/// AWS's own policies of response headers, by identifier and by name: whether they set the protective headers, and whether they let every
/// origin in.
const MANAGED: &[(&str, &str, bool, bool)] = &[
    ("67f7725c-6f97-4210-82d7-5512b31e9d03", "Managed-SecurityHeadersPolicy", true, false),
    ("eaab4381-ed33-4a86-88ca-d9558dc6cd63", "Managed-CORS-with-preflight-and-SecurityHeadersPolicy", true, true),
    ("e61eb60c-9c35-4d20-a928-2b84e02af89c", "Managed-CORS-and-SecurityHeadersPolicy", true, true),
    ("60669652-455b-4ae9-85a4-c4c02393f86c", "Managed-SimpleCORS", false, true),
    ("5cc3b908-e619-4b99-88e5-2cf7f45965bd", "Managed-CORS-With-Preflight", false, true),
];

pub(super) fn read(resources: &Resources<'_>, drafts: &mut [Draft]) {
    for draft in drafts.iter_mut() {
        let Some(own) = resources.meant(&draft.entry.name).into_iter().find(|i| i.address() == draft.entry.name && !i.data) else {
            continue;
        };
        // What may not exist does nothing for certain.
        if !own.certain {
            continue;
        }
        match own.kind.as_str() {
            "aws_cloudfront_distribution" => distribution(resources, own, draft),
            "aws_apigatewayv2_api" => second(resources, own, draft),
            "aws_api_gateway_rest_api" => first(resources, own, draft),
            "aws_lambda_function_url" => {
                draft.entry.everywhere.cors.extend(own.value.get("cors").map(|c| cors(c, "allow_origins")));
                bound(draft, 6 << 20, "Lambda takes 6 MB at most");
            }
            kind if kind.starts_with("azurerm_") => {
                let place = own.value.path(&["site_config", "cors"]).or_else(|| own.value.path(&["ingress", "cors"]));
                draft.entry.everywhere.cors.extend(place.map(|c| cors(c, "allowed_origins")));
            }
            kind if kind.starts_with("google_cloud_run") => bound(draft, 32 << 20, "Cloud Run takes 32 MiB at most over HTTP/1"),
            _ => {}
        }
        let balancer = matches!(own.kind.as_str(), "aws_lb" | "aws_alb" | "aws_elb");
        if balancer || own.kind.starts_with("google_") || own.kind.starts_with("aws_apigateway") || own.kind.starts_with("aws_api_gateway")
        {
            let at = own.at;
            let tells = draft.entry.listeners.iter().all(|l| l.security != crate::infrastructure::Security::PassedThrough);
            draft.entry.everywhere.forwarded =
                tells.then(|| Property::defaulted(true, at, "it tells the client's address to what stands behind it"));
        }
        limited_by_firewalls(resources, draft);
    }
}

fn bound(draft: &mut Draft, bytes: u64, says: &str) {
    draft.entry.everywhere.body = Some(Property::defaulted(bytes, draft.entry.at, says));
}

/// Rules of attached firewalls that count requests.
fn limited_by_firewalls(resources: &Resources<'_>, draft: &mut Draft) {
    let mut found = Vec::new();
    for firewall in &draft.entry.firewalls {
        let lists = resources.meant(&firewall.name).into_iter().filter(|i| !i.data && i.certain);
        for list in lists {
            for rule in ["rule", "rules"].iter().flat_map(|r| list.value.all(r)).flat_map(|r| each(Some(r))) {
                found.extend(waf_rule(rule).or_else(|| armor_rule(rule)).or_else(|| azure_rule(rule)));
            }
        }
    }
    for (limit, blocks) in found {
        if blocks {
            draft.entry.everywhere.limits.push(limit);
        } else {
            draft.entry.dormant.push(Dormant {
                measure: Measure::RateLimit,
                at: limit.at,
                says: format!("{}: it only counts", limit.says),
            });
        }
    }
}

fn waf_rule(rule: &Value) -> Option<(RateLimit, bool)> {
    let statement = rule.path(&["statement", "rate_based_statement"])?;
    let says = format!("at most {} requests", statement.get("limit").and_then(Value::written).unwrap_or("a number of"));
    let everybody = statement.get("aggregate_key_type").is_some_and(|k| k.is("CONSTANT"));
    let client = statement.get("aggregate_key_type").is_some_and(|k| k.is("FORWARDED_IP") || k.is("CUSTOM_KEYS"));
    let key = if everybody {
        RateKey::Everybody
    } else if client {
        RateKey::Client
    } else {
        RateKey::Peer
    };
    let action = rule.get("action");
    let stops = action.is_some_and(|a| ["block", "captcha", "challenge"].iter().any(|k| a.field(k).is_some()));
    // Narrowed to some requests it says nothing of the others.
    if statement.field("scope_down_statement").is_some() {
        return None;
    }
    Some((RateLimit { at: statement.at, says, key }, stops))
}

fn armor_rule(rule: &Value) -> Option<(RateLimit, bool)> {
    let action = rule.get("action").filter(|a| a.is("throttle") || a.is("rate_based_ban"))?;
    let options = rule.get("rate_limit_options");
    let count = options.and_then(|o| o.path(&["rate_limit_threshold", "count"])).and_then(Value::written).unwrap_or("a number of");
    let client = options.and_then(|o| o.get("enforce_on_key")).is_some_and(|k| !k.is("ALL"));
    let says = format!("{}: {count} requests", action.written().unwrap_or_default());
    let preview = rule.get("preview").is_some_and(Value::is_true);
    Some((RateLimit { at: rule.at, says, key: if client { RateKey::Client } else { RateKey::Everybody } }, !preview))
}

fn azure_rule(rule: &Value) -> Option<(RateLimit, bool)> {
    let kind = rule.get("type").or_else(|| rule.get("rule_type")).filter(|t| t.is("RateLimitRule"))?;
    let stops = rule.get("action").is_some_and(|a| a.is("Block"));
    let amount = rule.get("rate_limit_threshold").and_then(Value::written).unwrap_or("a number of");
    Some((RateLimit { at: kind.at, says: format!("RateLimitRule: {amount} requests"), key: RateKey::Client }, stops))
}

fn distribution(resources: &Resources<'_>, own: &Instance, draft: &mut Draft) {
    let origins: Vec<&Value> = own.value.all("origin").flat_map(|o| each(Some(o))).collect();
    for kind in ["default_cache_behavior", "ordered_cache_behavior"] {
        for behaviour in own.value.all(kind).flat_map(|b| each(Some(b))).take(MOST) {
            let mut made = Treatment::default();
            if let Some(policy) = behaviour.get("response_headers_policy_id").filter(|p| p.written().is_some_and(|t| !t.is_empty())) {
                policy_of(resources, policy, &mut made);
            }
            made.forwarded = Some(Property::defaulted(true, behaviour.at, "CloudFront tells the client's address to the origin"));
            let origin = behaviour.get("target_origin_id").and_then(Value::written);
            let meant = origins.iter().find(|o| o.get("origin_id").and_then(Value::written) == origin && origin.is_some());
            let meant = meant.or_else(|| origins.first().filter(|_| origins.len() == 1));
            let domain = meant.and_then(|o| o.get("domain_name")).and_then(Value::written).unwrap_or_default();
            let to = resources.meant(domain).into_iter().find(|i| !i.data).map(Instance::address);
            let leads = to.map_or_else(|| Leads::Elsewhere(domain.to_owned()), Leads::To);
            let pattern = behaviour.get("path_pattern").and_then(Value::written).unwrap_or("every path");
            draft.entry.routes.push(Route { at: behaviour.at, says: format!("behaviour for {pattern}"), leads, treatment: made });
        }
    }
    for policy in resources.of("aws_cloudfront_response_headers_policy").take(MOST) {
        let used = resources.of("aws_cloudfront_distribution").any(|d| names(resources, Some(&d.value), policy));
        if !used {
            let says = format!("{} is attached to no behaviour", policy.address());
            draft.entry.dormant.push(Dormant { measure: Measure::Headers, at: policy.at, says });
        }
    }
}

fn policy_of(resources: &Resources<'_>, reference: &Value, made: &mut Treatment) {
    let text = reference.written().unwrap_or_default();
    if let Some(policy) = referent(resources, Some(reference), "aws_cloudfront_response_headers_policy") {
        return declared(policy, made);
    }
    let data = resources.meant(text).into_iter().find(|i| i.data && i.kind == "aws_cloudfront_response_headers_policy");
    let named = data.and_then(|d| d.written(&["name"])).unwrap_or(text);
    match MANAGED.iter().find(|(id, name, ..)| *id == text || *name == named) {
        Some((_, name, protective, open)) => {
            let at = reference.at;
            if *protective {
                let given = [
                    ("Strict-Transport-Security", "max-age=31536000"),
                    ("X-Content-Type-Options", "nosniff"),
                    ("X-Frame-Options", "SAMEORIGIN"),
                    ("Referrer-Policy", "strict-origin-when-cross-origin"),
                ];
                given.iter().for_each(|(header, value)| made.header(HeaderRule::new(header, *value, at)));
            }
            if *open {
                made.cors.push(CorsRule { at, origins: Origins::Any, credentials: None, methods: Vec::new(), says: (*name).to_owned() });
            }
        }
        None => made.undecided = Some(Sourced::new("the response headers policy is declared elsewhere".into(), reference.at)),
    }
}

fn declared(policy: &Instance, made: &mut Treatment) {
    let value = &policy.value;
    let security = value.get("security_headers_config");
    let part = |name: &str| security.and_then(|s| s.get(name));
    let mut put = |name: &str, given: String, at: Location| made.header(HeaderRule::new(name, given, at));
    if let Some(v) = part("strict_transport_security") {
        put(
            "Strict-Transport-Security",
            format!("max-age={}", v.get("access_control_max_age_sec").and_then(Value::written).unwrap_or("")),
            v.at,
        );
    }
    if let Some(v) = part("content_type_options") {
        put("X-Content-Type-Options", "nosniff".into(), v.at);
    }
    if let Some(v) = part("frame_options") {
        put("X-Frame-Options", v.get("frame_option").and_then(Value::written).unwrap_or("DENY").to_owned(), v.at);
    }
    if let Some(v) = part("referrer_policy") {
        put("Referrer-Policy", v.get("referrer_policy").and_then(Value::written).unwrap_or_default().to_owned(), v.at);
    }
    if let Some(v) = part("content_security_policy") {
        let text = v.get("content_security_policy").and_then(Value::written).unwrap_or_default();
        put("Content-Security-Policy", text.to_owned(), v.at);
    }
    for item in each(value.path(&["custom_headers_config", "items"])) {
        let name = item.get("header").and_then(Value::written).unwrap_or_default();
        put(name, item.get("value").and_then(Value::written).unwrap_or_default().to_owned(), item.at);
    }
    if let Some(config) = value.get("cors_config") {
        let list = config.path(&["access_control_allow_origins", "items"]).or_else(|| config.get("access_control_allow_origins"));
        made.cors.push(rule(config, list, config.get("access_control_allow_credentials")));
    }
}

/// A block that lists origins.
fn cors(block: &Value, field: &str) -> CorsRule {
    let credentials = ["allow_credentials", "support_credentials", "allow_credentials_enabled"].iter().find_map(|k| block.get(k));
    rule(block, block.get(field), credentials)
}

fn rule(block: &Value, list: Option<&Value>, credentials: Option<&Value>) -> CorsRule {
    let texts: Vec<&str> = each(list).iter().filter_map(Value::text).collect();
    let unknown = each(list).iter().any(|v| v.text().is_none());
    let text = texts.join(",");
    let origins = if unknown { Origins::Unresolved } else { Origins::of(&text) };
    CorsRule {
        at: list.map_or(block.at, |l| l.at),
        origins,
        credentials: credentials.filter(|c| c.is_true()).map(|c| c.at),
        methods: Vec::new(),
        says: format!("allowed origins: {}", if unknown { "decided elsewhere" } else { text.as_str() }),
    }
}

/// An HTTP API: throttling is set on its stages.
fn second(resources: &Resources<'_>, own: &Instance, draft: &mut Draft) {
    bound(draft, 10 << 20, "API Gateway takes 10 MB at most");
    draft.entry.everywhere.cors.extend(own.value.get("cors_configuration").map(|c| cors(c, "allow_origins")));
    for stage in of_parent(resources, "aws_apigatewayv2_stage", "api_id", own) {
        let rate = stage.value.path(&["default_route_settings", "throttling_rate_limit"]);
        throttled(stage, rate, draft);
    }
}

/// A REST API: throttling is set by method, or in plans for those who hold a key.
fn first(resources: &Resources<'_>, own: &Instance, draft: &mut Draft) {
    bound(draft, 10 << 20, "API Gateway takes 10 MB at most");
    for settings in of_parent(resources, "aws_api_gateway_method_settings", "rest_api_id", own) {
        let all = settings.written(&["method_path"]) == Some("*/*");
        throttled(settings, settings.value.path(&["settings", "throttling_rate_limit"]).filter(|_| all), draft);
    }
    for plan in resources.of("aws_api_gateway_usage_plan").take(MOST) {
        if !names(resources, plan.value.get("api_stages"), own) {
            continue;
        }
        let Some(rate) = plan.value.path(&["throttle_settings", "rate_limit"]) else { continue };
        let keyed = resources.of("aws_api_gateway_usage_plan_key").any(|k| names(resources, k.value.get("usage_plan_id"), plan));
        let asked = resources.of("aws_api_gateway_method").any(|m| m.value.get("api_key_required").is_some_and(Value::is_true));
        let says = format!("{}: {} requests per second", plan.address(), rate.written().unwrap_or("a number of"));
        if keyed && asked {
            draft.entry.everywhere.limits.push(RateLimit { at: rate.at, says, key: RateKey::Client });
        } else {
            let says = format!("{says}, and no method asks for the key that it counts by");
            draft.entry.dormant.push(Dormant { measure: Measure::RateLimit, at: rate.at, says });
        }
    }
}

/// A rate of a stage or a method: it is shared by everybody who asks. A rate that is not positive switches throttling off.
fn throttled(instance: &Instance, rate: Option<&Value>, draft: &mut Draft) {
    let Some(rate) = rate.filter(|r| instance.certain && r.text().is_some_and(|t| t.trim().parse::<f64>().is_ok_and(|n| n > 0.0))) else {
        return;
    };
    let says = format!("throttling_rate_limit = {}", rate.text().unwrap_or_default());
    draft.entry.everywhere.limits.push(RateLimit { at: rate.at, says, key: RateKey::Everybody });
}

/// What a bucket answers to pages of other origins, from the rules of its own block or of a configuration beside it.
pub(in crate::iac::cloud) fn bucket_cors(rules: &Value) -> CorsRule {
    let field = ["allowed_origins", "origin", "allowed_origin"].iter().find_map(|f| rules.get(f));
    let methods = each(rules.get("allowed_methods").or_else(|| rules.get("method"))).iter().filter_map(Value::text);
    CorsRule { methods: methods.map(str::to_ascii_uppercase).collect(), ..rule(rules, field, None) }
}

#[cfg(test)]
mod tests {
    use crate::iac::cloud::of_terraform;
    use crate::infrastructure::{Measure, Origins, RateKey};

    #[test]
    fn a_rate_rule_limits_where_it_blocks_and_is_attached() {
        let list = |action: &str| {
            format!(
                "resource \"aws_lb\" \"web\" {{ internal = false }}\nresource \"aws_wafv2_web_acl\" \"web\" {{\n  scope = \"REGIONAL\"\n  default_action {{\n    allow {{}}\n  }}\n  rule {{\n    name = \"rate\"\n    action {{\n      {action} {{}}\n    }}\n    statement {{\n      rate_based_statement {{\n        limit = 2000\n      }}\n    }}\n  }}\n}}\nresource \"aws_wafv2_web_acl_association\" \"web\" {{\n  resource_arn = aws_lb.web.arn\n  web_acl_arn  = aws_wafv2_web_acl.web.arn\n}}\n"
            )
        };
        let blocks = of_terraform(&list("block"));
        assert_eq!(blocks.entries[0].everywhere.limits.iter().map(|l| l.key).collect::<Vec<_>>(), [RateKey::Peer]);
        let counts = of_terraform(&list("count"));
        assert!(counts.entries[0].everywhere.limits.is_empty());
        assert_eq!(counts.entries[0].dormant[0].measure, Measure::RateLimit);
    }

    #[test]
    fn an_interface_is_throttled_by_its_stage_and_bounded_by_aws() {
        let found = of_terraform(
            "resource \"aws_apigatewayv2_api\" \"web\" {\n  protocol_type = \"HTTP\"\n  cors_configuration {\n    allow_origins = [\"*\"]\n    allow_credentials = true\n  }\n}\nresource \"aws_apigatewayv2_stage\" \"live\" {\n  api_id = aws_apigatewayv2_api.web.id\n  default_route_settings {\n    throttling_rate_limit = 50\n  }\n}\n",
        );
        let made = &found.entries[0].everywhere;
        assert_eq!(made.limits.len(), 1);
        assert_eq!(made.body.as_ref().and_then(|b| b.known()), Some(&(10 << 20)));
        assert!(made.cors[0].origins == Origins::Any && made.cors[0].credentials.is_some());
    }

    #[test]
    fn a_policy_of_headers_counts_on_the_behaviours_that_name_it() {
        let policy = "resource \"aws_cloudfront_response_headers_policy\" \"web\" {\n  security_headers_config {\n    content_type_options {\n      override = true\n    }\n  }\n}\n";
        let distribution = |id: &str| {
            format!(
                "{policy}resource \"aws_cloudfront_distribution\" \"web\" {{\n  enabled = true\n  origin {{\n    origin_id = \"web\"\n    domain_name = \"web.acme.io\"\n  }}\n  default_cache_behavior {{\n    target_origin_id = \"web\"\n    viewer_protocol_policy = \"redirect-to-https\"\n{id}  }}\n}}\n"
            )
        };
        let named = of_terraform(&distribution("    response_headers_policy_id = aws_cloudfront_response_headers_policy.web.id\n"));
        let names: Vec<&str> = named.entries[0].routes[0].treatment.headers.iter().map(|h| h.name.as_str()).collect();
        assert_eq!(names, ["x-content-type-options"]);
        let idle = of_terraform(&distribution(""));
        assert!(idle.entries[0].routes[0].treatment.headers.is_empty());
        assert_eq!(idle.entries[0].dormant[0].measure, Measure::Headers);
        let managed = of_terraform(&distribution("    response_headers_policy_id = \"67f7725c-6f97-4210-82d7-5512b31e9d03\"\n"));
        assert_eq!(managed.entries[0].routes[0].treatment.headers.len(), 4);
    }

    #[test]
    fn a_bucket_keeps_what_it_answers_to_other_origins() {
        let found = of_terraform(
            "resource \"aws_s3_bucket\" \"up\" {}\nresource \"aws_s3_bucket_cors_configuration\" \"up\" {\n  bucket = aws_s3_bucket.up.id\n  cors_rule {\n    allowed_methods = [\"PUT\"]\n    allowed_origins = [\"https://a.acme.io\"]\n  }\n}\n",
        );
        let rule = &found.stores[0].cors[0];
        assert_eq!(
            (rule.methods.as_slice(), &rule.origins),
            (["PUT".to_owned()].as_slice(), &Origins::Listed(vec!["https://a.acme.io".into()]))
        );
    }
}
