//! Next.js.

use super::{mounted, routes, wired};

#[test]
fn files_are_routes() {
    let files = [
        ("app/layout.tsx", "import 'next/font/google';\nexport default function Layout() { return null; }\n"),
        ("app/(shop)/cart/page.tsx", "export default function Cart() { return null; }\n"),
        (
            "app/api/users/[id]/route.ts",
            "import { withAuth } from '../../../../lib/auth';\nexport async function GET(req: Request) {}\nexport const DELETE = withAuth(async function remove(req: Request) {});\nexport const dynamic = 'force-dynamic';\n",
        ),
        ("app/api/auth/[...all]/route.ts", "import { handlers } from '../../../../lib/auth';\nexport const { GET, POST } = handlers;\n"),
        ("lib/auth.ts", "export const withAuth = (h) => async (req) => { if (!req.user) return; return h(req); };\nexport const handlers = { GET: async function list() {}, POST: async function sign() {} };\n"),
        ("pages/api/legacy.ts", "import { wrap } from '../../lib/wrap';\nexport default wrap(async function legacy(req, res) {});\n"),
        ("pages/api/both.ts", "import { methods } from '../../lib/wrap';\nexport default methods({ GET: async function list() {}, POST: methods({ name: 'x', fn: async function make() {} }) });\n"),
        ("lib/wrap.ts", "export const wrap = (h) => (req, res) => h(req, res);\nexport const methods = (all) => (req, res) => all[req.method](req, res);\n"),
        ("pages/index.tsx", "export default function Home() { return null; }\n"),
        ("pages/_app.tsx", "export default function App() { return null; }\n"),
        ("app/actions.ts", "'use server';\nexport async function save(form: FormData) {}\nfunction inner() {}\n"),
        ("app/form.tsx", "export function Form() { async function submit() { 'use server'; } return <form action={submit} />; }\n"),
    ];
    let mut found = routes(&files);
    found.sort();
    let mut expected = [
        "Page /cart Cart []",
        "Get /api/users/[id] GET []",
        "Delete /api/users/[id] remove [withAuth]",
        "Get /api/auth/[...all] list []",
        "Post /api/auth/[...all] sign []",
        "Any /api/legacy legacy [wrap]",
        "Get /api/both list [methods]",
        "Post /api/both make [methods, methods]",
        "Page / Home []",
        "Action ? save []",
        "Action ? submit []",
    ];
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn middleware_takes_what_its_matcher_takes() {
    let middleware = |config: &str| format!("import {{ NextResponse }} from 'next/server';\nexport function middleware(req) {{ return NextResponse.next(); }}\n{config}");
    let page = ("src/app/dashboard/page.tsx", "export default function Page() { return null; }\n");
    let route = ("src/app/api/a/route.ts", "export async function POST() {}\n");
    let found = |path: &str, config: &str| {
        let text = middleware(config);
        routes(&[page, route, (path, &text)])
    };
    let both = ["Post /api/a POST [middleware]", "Page /dashboard Page [middleware]"];
    let sorted = |mut routes: Vec<String>| {
        routes.sort_by_key(|r| std::cmp::Reverse(r.clone()));
        routes
    };
    assert_eq!(sorted(found("src/middleware.ts", "")), both);
    assert_eq!(sorted(found("src/proxy.ts", "")), both);
    let excluding = "export const config = { matcher: ['/((?!api|_next/static|favicon.ico).*)'] };\n";
    assert_eq!(sorted(found("src/middleware.ts", excluding)), ["Post /api/a POST []", "Page /dashboard Page [middleware]"]);
    let only = "export const config = { matcher: '/api/:path*' };\n";
    assert_eq!(sorted(found("src/middleware.ts", only)), ["Post /api/a POST [middleware]", "Page /dashboard Page []"]);
    // Beside `src` it is not looked for where the routes lie in `src`.
    assert_eq!(sorted(found("middleware.ts", "")), ["Post /api/a POST []", "Page /dashboard Page []"]);
}

#[test]
fn middleware_of_packages_is_known_by_their_names() {
    let page = ("app/page.tsx", "import 'next/link';\nexport default function Page() { return null; }\n");
    let cases = [
        ("export { default } from 'next-auth/middleware';\n", "next-auth/middleware"),
        ("import { clerkMiddleware } from '@clerk/nextjs/server';\nexport default clerkMiddleware();\n", "@clerk/nextjs/server.clerkMiddleware()"),
        ("import { withAuth } from 'next-auth/middleware';\nexport default withAuth(function middleware(req) {}, { pages: {} });\n", "next-auth/middleware.withAuth()"),
    ];
    for (text, expected) in cases {
        let (_, wiring) = wired(&[page, ("middleware.ts", text)]);
        assert_eq!(mounted(&wiring), [expected]);
    }
}

#[test]
fn folders_of_other_programs_are_no_routes() {
    let files = [("web/src/pages/Home.jsx", "import React from 'react';\nexport default function Home() { return null; }\n"), ("other/a.ts", "import 'next/link';\n")];
    assert_eq!(routes(&files), Vec::<String>::new());
}
