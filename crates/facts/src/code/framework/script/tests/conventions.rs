//! Frameworks that find routes by where files lie.

use super::routes;

#[test]
fn nuxt() {
    let files = [
        ("server/middleware/auth.ts", "export default defineEventHandler(async (event) => {});\n"),
        ("server/api/users/[id].get.ts", "export default defineEventHandler(async function read(event) {});\n"),
        ("server/api/users/index.post.ts", "import { eventHandler } from 'h3';\nexport default eventHandler(() => 1);\n"),
        ("server/api/helper.ts", "export const x = 1;\n"),
    ];
    assert_eq!(routes(&files), ["Get /api/users/[id] read [auth]", "Post /api/users  [auth]"]);
}

#[test]
fn astro() {
    let files = [
        ("src/middleware.ts", "import { defineMiddleware } from 'astro:middleware';\nexport const onRequest = defineMiddleware(async function check(context, next) { return next(); });\n"),
        ("src/pages/api/a.ts", "import type { APIRoute } from 'astro';\nexport const POST: APIRoute = async () => new Response();\n"),
        ("src/pages/index.astro", "---\nconst a = 1;\n---\n<h1>{a}</h1>\n"),
    ];
    assert_eq!(routes(&files), ["Post /api/a POST [astro:middleware.defineMiddleware()]", "Page / - [astro:middleware.defineMiddleware()]"]);
}

#[test]
fn remix() {
    let files = [
        ("app/root.tsx", "import { Outlet } from '@remix-run/react';\nexport default function App() { return <Outlet />; }\n"),
        ("app/routes/users.$id.tsx", "export async function loader() {}\nexport async function action() {}\nexport default function User() { return null; }\n"),
        ("app/routes/_auth.login.tsx", "export const action = async () => {};\nexport default function Login() { return null; }\n"),
        ("app/routes/api.health.ts", "export const loader = () => new Response();\n"),
    ];
    assert_eq!(
        routes(&files),
        ["Page / App []", "Page /users/:id loader []", "Post /users/:id action []", "Post /login action []", "Page /login Login []", "Get /api/health loader []"]
    );
}

#[test]
fn react_router_lists_its_routes() {
    let files = [
        ("app/routes.ts", "import { route, index, layout, prefix } from '@react-router/dev/routes';\nexport default [index('./home.tsx'), ...prefix('admin', [route('users/:id', './user.tsx')])];\n"),
        ("app/home.tsx", "export default function Home() { return null; }\n"),
        ("app/user.tsx", "export async function loader() {}\n"),
    ];
    assert_eq!(routes(&files), ["Page / Home []", "Get /admin/users/:id loader []"]);
}
