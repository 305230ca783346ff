//! Servers without a framework: of Node, Bun, Deno, Workers, and servers of GraphQL.

use plimsoll_source::FunctionId;

use super::context::{Scoped, Script, verb};
use super::files::RouteParts;
use crate::code::{Method, Wiring};

/// What answers all requests with the function it is given.
const HANDLED: &[(&str, &str)] = &[
    ("http.createServer", "node"),
    ("https.createServer", "node"),
    ("http2.createServer", "node"),
    ("http2.createSecureServer", "node"),
    ("Deno.serve", "deno"),
    ("micro.serve", "micro"),
    ("micro", "micro"),
];

/// Servers of GraphQL that listen by themselves, and handlers that conventions or other servers mount.
const GRAPHQL: &[(&str, &str)] = &[
    ("@apollo/server/standalone.startStandaloneServer", "apollo"),
    ("apollo-server.ApolloServer().listen", "apollo"),
    ("@as-integrations/next.startServerAndCreateNextHandler", "apollo"),
    ("@as-integrations/fastify.fastifyApolloHandler", "apollo"),
    ("graphql-yoga.createYoga", "graphql-yoga"),
    ("graphql-yoga.GraphQLServer().start", "graphql-yoga"),
];

/// Reads all of it.
pub(super) fn wire(script: Script, wiring: &mut Wiring) {
    for (name, framework) in HANDLED {
        for at in script.code.calls_of(name) {
            // `createServer(app)` is the application's own.
            let handler = script.arguments(*at).into_iter().rev().map(|a| script.handler(a)).find(|h| h.function.is_some());
            let Some(handler) = handler else { continue };
            let parts =
                RouteParts { framework, method: Method::Any, path: None, handler: handler.function, guards: handler.guards, mounted: true };
            wiring.routes.push(parts.at(script, *at));
        }
    }
    for (name, framework) in GRAPHQL {
        for at in script.code.calls_of(name) {
            let path = ["graphqlEndpoint", "path"].iter().find_map(|k| script.option(*at, k));
            let path = path.map_or(Some("/graphql".to_owned()), |p| script.text(p));
            let parts = RouteParts { framework, method: Method::Any, path, handler: None, guards: Vec::new(), mounted: true };
            wiring.routes.push(parts.at(script, *at));
        }
    }
    for at in script.code.calls_of("Bun.serve") {
        bun(script, *at, wiring);
    }
    workers(script, wiring);
}

/// `Bun.serve({ routes, fetch })`.
fn bun(script: Script, at: crate::code::CallRef, wiring: &mut Wiring) {
    let mut tell = |value: Scoped, method: Method, path: Option<String>| {
        let handler = script.handler(value);
        if handler.function.is_some() {
            let parts = RouteParts { framework: "bun", method, path, handler: handler.function, guards: handler.guards, mounted: true };
            wiring.routes.push(parts.at(script, at));
        }
    };
    if let Some(routes) = script.option(at, "routes").map(|r| script.written(r)) {
        for entry in routes.value.entries() {
            let value = script.written(routes.with(&entry.value));
            let path = entry.key.as_ref().map(ToString::to_string);
            if value.value.entries().is_empty() {
                tell(value, Method::Any, path);
                continue;
            }
            for inner in value.value.entries() {
                if let Some(method) = inner.key.as_deref().and_then(verb) {
                    tell(value.with(&inner.value), method, path.clone());
                }
            }
        }
    }
    if let Some(fetch) = script.option(at, "fetch") {
        tell(fetch, Method::Any, None);
    }
}

/// `export default { fetch(request, env) { … } }`.
fn workers(script: Script, wiring: &mut Wiring) {
    for (module, source) in script.code.modules() {
        let Some(export) = source.module.exports.iter().find(|e| e.name == "default") else { continue };
        let object = script.written(Scoped { module, function: FunctionId::BODY, value: &export.value });
        let Some(fetch) = object.value.get("fetch") else { continue };
        let handler = script.handler(object.with(fetch));
        let Some(function) = handler.function else { continue };
        wiring.conventions.push((module, "workers-entry"));
        let at = script.code.location(function.module, script.code.function(function).name_at);
        let parts =
            RouteParts { framework: "workers", method: Method::Any, path: None, handler: handler.function, guards: handler.guards, mounted: true };
        wiring.routes.push(parts.of(module, at));
    }
}
