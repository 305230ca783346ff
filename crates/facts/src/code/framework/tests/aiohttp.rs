//! The server of aiohttp.

use super::{mounted, routes, wired};

#[test]
fn routes_are_added_listed_and_decorated() {
    let (code, wiring) = wired(&[(
        "main.py",
        "from aiohttp import web\nroutes = web.RouteTableDef()\n@routes.get('/a')\nasync def a(request): ...\nasync def b(request): ...\n\
         async def c(request): ...\n@web.middleware\nasync def auth(request, handler): ...\n\
         app = web.Application(middlewares=[auth])\napp.add_routes(routes)\napp.add_routes([web.post('/b', b)])\napp.router.add_delete('/c', c)\n\
         admin = web.Application()\nadmin.router.add_route('PUT', '/d', c)\napp.add_subapp('/admin/', admin)\n",
    )]);
    let mut lines = routes(&code, &wiring);
    lines.sort();
    assert_eq!(
        lines,
        ["Delete /c c [auth, aiohttp.web.middleware]", "Get /a a [auth]", "Post /b b [auth]", "Put /admin/d c [auth]"]
            .map(|l| l.replace(", aiohttp.web.middleware", ""))
    );
    assert_eq!(mounted(&wiring), ["auth"]);
}
