//! SvelteKit.

use super::{mounted, routes, wired};

#[test]
fn files_are_routes_behind_the_hooks() {
    let files = [
        ("src/hooks.server.ts", "import { sequence } from '@sveltejs/kit/hooks';\nconst auth = async ({ event, resolve }) => resolve(event);\nfunction limit({ event, resolve }) { return resolve(event); }\nexport const handle = sequence(limit, auth);\n"),
        ("src/routes/api/items/[id]/+server.ts", "export const GET = async () => new Response();\nexport async function DELETE() {}\nexport const prerender = false;\n"),
        ("src/routes/(app)/settings/+page.server.ts", "export const load = async () => ({});\nexport const actions = { default: async () => {}, rename: async function rename() {} };\n"),
        ("src/routes/+page.svelte", "<h1>Home</h1>\n"),
    ];
    let mut found = routes(&files);
    found.sort();
    assert_eq!(
        found,
        [
            "Action /settings default [limit, auth]",
            "Action /settings?/rename rename [limit, auth]",
            "Delete /api/items/[id] DELETE [limit, auth]",
            "Get /api/items/[id] GET [limit, auth]",
            "Page / - [limit, auth]",
            "Page /settings load [limit, auth]",
        ]
    );
    let (_, wiring) = wired(&files);
    assert_eq!(mounted(&wiring), ["limit", "auth"]);
}

#[test]
fn one_hook() {
    let files = [
        ("web/src/hooks.server.js", "export async function handle({ event, resolve }) { return resolve(event); }\n"),
        ("web/src/routes/a/+server.js", "export function POST() {}\n"),
        ("other/src/routes/a/+server.js", "export function POST() {}\n"),
    ];
    assert_eq!(routes(&files), ["Post /a POST [handle]", "Post /a POST []"]);
}
