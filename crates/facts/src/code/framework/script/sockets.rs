//! Connections that stay: Socket.IO and `ws`.

use super::context::Script;
use super::files::RouteParts;
use crate::code::{Base, CallRef, Guard, Method, Wiring};

/// Servers of Socket.IO, and of WebSockets without more.
const SERVERS: &[(&str, &str)] = &[
    ("socket.io.Server()", "socket.io"),
    ("socket.io()", "socket.io"),
    ("ws.WebSocketServer()", "ws"),
    ("ws.Server()", "ws"),
    ("ws()", "ws"),
];

/// Reads all of it.
pub(super) fn wire(script: Script, wiring: &mut Wiring) {
    for (server, framework) in SERVERS {
        for of in [(*server).to_owned(), format!("{server}.of()")] {
            let used: Vec<CallRef> = script.code.calls_of(&format!("{of}.use")).to_vec();
            for at in script.code.calls_of(&format!("{of}.on")) {
                let event = script.argument(*at, 0).and_then(|v| script.text(v));
                if !matches!(event.as_deref(), Some("connection" | "connect")) {
                    continue;
                }
                let handler = script.argument(*at, 1).map(|h| script.handler(h)).unwrap_or_default();
                let made = made(script, *at);
                let namespace = of.ends_with(".of()");
                let mut guards: Vec<Guard> = Vec::new();
                // What a namespace runs before is its own alone.
                for by in &used {
                    if made.is_some() && self::made(script, *by) == made {
                        guards.extend(script.arguments(*by).into_iter().map(|a| script.guard(a)));
                    }
                }
                let path = match made {
                    Some(call) if namespace => script.argument(call, 0).and_then(|v| script.text(v)),
                    Some(call) => match script.option(call, "path") {
                        Some(path) => script.text(path),
                        None => Some("/".to_owned()),
                    },
                    None => None,
                };
                guards.extend(handler.guards);
                let parts = RouteParts { framework, method: Method::Socket, path, handler: handler.function, guards, mounted: true };
                wiring.routes.push(parts.at(script, *at));
            }
        }
    }
}

/// What made the server that a method is called on.
fn made(script: Script, at: CallRef) -> Option<CallRef> {
    match script.receiver(at).and_then(|r| script.base(r)) {
        Some(Base::Result(call)) => Some(call),
        _ => None,
    }
}
