use std::sync::Arc;

use plimsoll_discover::Tree;
use plimsoll_facts::gather;

use super::command::{Framework, Started, started};
use crate::{Choice, System, candidates, choose};

fn system(files: &[(&str, &str)]) -> System {
    let tree = Tree::in_memory("t", files.iter().map(|(p, c)| ((*p).to_owned(), c.as_bytes().to_vec())).collect());
    let facts = Arc::new(gather(&tree));
    let mut deployments = candidates(&facts);
    let assessed = match choose(&mut deployments, None) {
        Choice::Decided(i) => Some(i),
        Choice::Tied(tied) => tied.first().copied(),
        Choice::None => None,
    };
    System::new(facts, Arc::new(deployments), assessed)
}

/// The entries of every owned service, by its name: path and object.
fn entries(files: &[(&str, &str)]) -> Vec<(String, Vec<String>)> {
    let system = system(files);
    let of = |(service, program): (&crate::Service, &crate::Program)| {
        let entry = |e: &super::Entry| {
            let path = &system.code().module(e.module).path;
            e.object.as_ref().map_or_else(|| path.clone(), |o| format!("{path}:{o}"))
        };
        (service.name.clone(), program.entries.iter().map(entry).collect())
    };
    system.programs().map(of).collect()
}

fn of(command: &str) -> Vec<Started> {
    let commands = plimsoll_syntax::shell_with(command, plimsoll_syntax::Strictness::PLAIN);
    commands.iter().flat_map(|c| started(&c.words)).filter(|s| !matches!(s, Started::Aside(_))).collect()
}

fn module(name: &str, object: Option<&str>) -> Started {
    Started::Module { name: name.into(), object: object.map(str::to_owned), within: None }
}

fn file(path: &str) -> Started {
    Started::File(path.into())
}

#[test]
fn commands_say_what_they_start() {
    let table: &[(&str, Vec<Started>)] = &[
        ("node dist/main.js", vec![file("dist/main.js")]),
        (
            "exec node --max-old-space-size=512 -r dotenv/config -r ./tracing.js server.js --port 3",
            vec![file("./tracing.js"), file("server.js")],
        ),
        ("node --import ./otel.mjs app.mjs", vec![file("./otel.mjs"), file("app.mjs")]),
        ("node .", vec![Started::Package(String::new())]),
        ("tsx watch src/index.ts", vec![file("src/index.ts")]),
        ("ts-node -r tsconfig-paths/register -P tsconfig.json src/main.ts", vec![file("src/main.ts")]),
        ("nodemon --exec \"tsx src/a.ts\"", vec![file("src/a.ts")]),
        ("bun run src/index.ts", vec![file("src/index.ts")]),
        ("bun --bun next start", vec![Started::App(Framework::Next, String::new())]),
        ("npx next start -p 3000", vec![Started::App(Framework::Next, String::new())]),
        ("nest start", vec![Started::App(Framework::Nest, String::new())]),
        ("pm2-runtime start dist/main.js --name api -i max", vec![file("dist/main.js")]),
        ("pm2-runtime ecosystem.config.js", vec![Started::Ecosystem("ecosystem.config.js".into())]),
        ("concurrently \"node a.js\" \"node b.js\"", vec![file("a.js"), file("b.js")]),
        ("uvicorn app.main:app --host 0.0.0.0 --workers 4", vec![module("app.main", Some("app"))]),
        (
            "gunicorn -k uvicorn.workers.UvicornWorker -w 4 -b 0.0.0.0:8000 pkg.wsgi:application",
            vec![module("pkg.wsgi", Some("application"))],
        ),
        ("gunicorn --bind 0.0.0.0:80 'app:create_app()'", vec![module("app", Some("create_app"))]),
        ("gunicorn proj.wsgi --log-file -", vec![module("proj.wsgi", None)]),
        ("hypercorn app:app", vec![module("app", Some("app"))]),
        ("daphne -b 0.0.0.0 -p 8000 proj.asgi:application", vec![module("proj.asgi", Some("application"))]),
        ("granian --interface asgi main:app", vec![module("main", Some("app"))]),
        ("python -m uvicorn app.main:app", vec![module("app.main", Some("app"))]),
        ("python -m pkg.worker", vec![module("pkg.worker", Some("__main__"))]),
        ("python -u main.py --x", vec![file("main.py")]),
        ("python manage.py runserver 0.0.0.0:80", vec![file("manage.py")]),
        ("python -c 'import app.seed; app.seed.run()'", vec![module("app.seed", None)]),
        ("fastapi run app/main.py --port 80", vec![file("app/main.py")]),
        ("flask --app app.factory run", vec![module("app.factory", None)]),
        ("flask run", vec![Started::Flask]),
        ("celery -A proj.celery worker -l info", vec![module("proj.celery", None)]),
        ("celery --app=proj beat", vec![module("proj", None)]),
        ("rq worker default", vec![Started::Queue("rq")]),
        ("dramatiq app.tasks", vec![module("app.tasks", None)]),
        ("arq app.worker.WorkerSettings", vec![module("app.worker.WorkerSettings", None)]),
        ("streamlit run ui.py --server.port=80", vec![file("ui.py")]),
        ("opentelemetry-instrument --traces_exporter otlp gunicorn app:app", vec![module("app", Some("app"))]),
        ("ddtrace-run python main.py", vec![file("main.py")]),
        ("dumb-init -- node server.js", vec![file("server.js")]),
        ("doppler run -- node server.js", vec![file("server.js")]),
        ("./wait-for-it.sh db:5432 -- uvicorn main:app", vec![module("main", Some("app"))]),
        ("poetry run uvicorn main:app", vec![module("main", Some("app"))]),
        ("alembic upgrade head && uvicorn main:app", vec![Started::Migrations, module("main", Some("app"))]),
        ("serve -s build", vec![Started::Files("build".into())]),
        ("echo node server.js", vec![]),
        ("npm ci", vec![]),
    ];
    for (command, expected) in table {
        assert_eq!(&of(command), expected, "{command}");
    }
}

const COMPOSE: (&str, &str) = ("compose.yml", "services:\n  api:\n    build: .\n");

#[test]
fn files_of_an_image_lead_back_to_the_source() {
    let stages = "FROM node:22 AS build\nWORKDIR /src\nCOPY server ./server\nRUN npm run build\nFROM node:22-slim\nWORKDIR /app\nCOPY --from=build /src/server/dist ./out\nCMD [\"node\", \"out/index.js\"]\n";
    let found = entries(&[
        COMPOSE,
        ("Dockerfile", stages),
        ("server/package.json", "{\"name\": \"s\", \"scripts\": {\"build\": \"tsc\"}}"),
        ("server/tsconfig.json", "{\"compilerOptions\": {\"outDir\": \"dist\"}}"),
        ("server/src/index.ts", "export const x = 1;\n"),
        ("index.js", "module.exports = 1;\n"),
    ]);
    assert_eq!(found, [("api".to_owned(), vec!["server/src/index.ts".to_owned()])]);
    let moved = "FROM python:3.12\nWORKDIR /srv\nCOPY backend/code /srv/lib\nENV PYTHONPATH=/srv/lib\nCMD uvicorn shop.main:app\n";
    let found = entries(&[
        COMPOSE,
        ("Dockerfile", moved),
        ("backend/requirements.txt", "fastapi\n"),
        ("backend/code/shop/main.py", "app = 1\n"),
        ("backend/other/shop/main.py", "app = 2\n"),
    ]);
    assert_eq!(found, [("api".to_owned(), vec!["backend/code/shop/main.py:app".to_owned()])]);
}

#[test]
fn builds_of_frameworks_lead_to_their_application() {
    let standalone = "FROM node:22 AS build\nWORKDIR /app\nCOPY . .\nRUN npm run build\nFROM node:22-slim\nWORKDIR /app\nCOPY --from=build /app/.next/standalone ./\nCMD [\"node\", \"server.js\"]\n";
    let files = [
        COMPOSE,
        ("Dockerfile", standalone),
        ("package.json", "{\"name\": \"w\", \"dependencies\": {\"next\": \"15\"}}"),
        ("tools/server.js", "module.exports = 1;\n"),
        ("app/layout.tsx", "export default function Layout() { return null }\n"),
        ("app/page.tsx", "import { Card } from '../card'\nexport default function Page() { return <Card /> }\n"),
        ("app/api/x/route.ts", "export async function GET() {}\n"),
        ("app/unused.tsx", "export const U = 1\n"),
        ("card.tsx", "export function Card() { return null }\n"),
    ];
    let system = system(&files);
    let (_, program) = system.programs().next().expect("a program");
    let paths: Vec<&str> = program.modules.keys().map(|id| system.code().module(*id).path.as_str()).collect();
    assert_eq!(paths, ["app/api/x/route.ts", "app/layout.tsx", "app/page.tsx", "card.tsx"]);
    assert!(program.closed());
    let compiled = "FROM oven/bun:1 AS build\nWORKDIR /app\nCOPY . .\nRUN bun build ./src/worker.ts --compile --outfile=worker\nFROM debian\nCOPY --from=build /app/worker ./worker\nCMD [\"./worker\"]\n";
    let found = entries(&[
        COMPOSE,
        ("Dockerfile", compiled),
        ("package.json", "{\"name\": \"w\"}"),
        ("src/worker.ts", "run();\n"),
        ("src/index.ts", "run();\n"),
    ]);
    assert_eq!(found, [("api".to_owned(), vec!["src/worker.ts".to_owned()])]);
}

#[test]
fn files_that_a_web_server_gives_out_lead_to_the_bundle() {
    let found = entries(&[
        COMPOSE,
        (
            "Dockerfile",
            "FROM node:22 AS build\nWORKDIR /app\nCOPY web/ .\nRUN npm run build\nFROM nginx\nCOPY --from=build /app/dist /usr/share/nginx/html\n",
        ),
        ("web/package.json", "{\"name\": \"w\", \"devDependencies\": {\"vite\": \"6\"}}"),
        ("web/index.html", "<html><body><script type=\"module\" src=\"/src/start.tsx\"></script></body></html>"),
        ("web/src/start.tsx", "import './app'\n"),
        ("web/src/app.tsx", "export const a = 1\n"),
    ]);
    assert_eq!(found, [("api".to_owned(), vec!["web/src/start.tsx".to_owned()])]);
}

#[test]
fn platforms_and_managers_tell_what_they_load() {
    let procfile = entries(&[
        ("Procfile", "web: gunicorn app:app\nworker: python worker.py\n"),
        ("requirements.txt", "flask\n"),
        ("app.py", "app = 1\n"),
        ("worker.py", "run = 1\n"),
    ]);
    assert_eq!(procfile, [("web".to_owned(), vec!["app.py:app".to_owned()]), ("worker".to_owned(), vec!["worker.py".to_owned()])]);
    let worker = entries(&[
        ("wrangler.toml", "name = \"w\"\nmain = \"src/index.ts\"\n"),
        ("package.json", "{\"name\": \"w\"}"),
        ("src/index.ts", "export default {}\n"),
    ]);
    assert_eq!(worker, [("w".to_owned(), vec!["src/index.ts".to_owned()])]);
    let functions = entries(&[
        ("vercel.json", "{}"),
        ("package.json", "{\"name\": \"v\", \"devDependencies\": {\"vite\": \"6\"}}"),
        ("src/main.ts", "export const x = 1\n"),
        ("api/hello.ts", "export default function handler() {}\n"),
        ("api/_lib.ts", "export const l = 1\n"),
    ]);
    assert_eq!(functions, [("app".to_owned(), vec!["src/main.ts".to_owned(), "api/hello.ts".to_owned()])]);
    let lambda = entries(&[
        (
            "main.tf",
            "resource \"aws_lambda_function\" \"orders\" {\n  function_name = \"orders\"\n  handler = \"handler.main\"\n  runtime = \"python3.12\"\n  role = \"r\"\n}\n",
        ),
        ("functions/orders/handler.py", "def main(event, context):\n    pass\n"),
        ("functions/users/handler.py", "def main(event, context):\n    pass\n"),
    ]);
    assert_eq!(lambda, [("orders".to_owned(), vec!["functions/orders/handler.py:main".to_owned()])]);
    let supervised = entries(&[
        COMPOSE,
        ("Dockerfile", "FROM python:3.12\nWORKDIR /app\nCOPY . .\nCMD [\"supervisord\", \"-c\", \"deploy/supervisord.conf\"]\n"),
        ("deploy/supervisord.conf", "[program:web]\ncommand=uvicorn main:app\n[program:w]\ndirectory=jobs\ncommand=python run.py\n"),
        ("requirements.txt", "fastapi\n"),
        ("main.py", "app = 1\n"),
        ("jobs/run.py", "x = 1\n"),
    ]);
    assert_eq!(supervised, [("api".to_owned(), vec!["main.py:app".to_owned(), "jobs/run.py".to_owned()])]);
}

#[test]
fn without_a_start_command_a_customary_file_is_taken_and_doubted() {
    let system = system(&[
        COMPOSE,
        ("Dockerfile", "FROM python:3.12\nWORKDIR /app\nCOPY . .\n"),
        ("requirements.txt", "flask\n"),
        ("app.py", "from flask import Flask\napp = Flask(__name__)\n"),
    ]);
    let (_, program) = system.programs().next().expect("a program");
    assert_eq!(program.entries.len(), 1);
    assert!(!program.closed());
    let lost = self::system(&[
        COMPOSE,
        ("Dockerfile", "FROM python:3.12\nWORKDIR /app\nCOPY . .\nCMD [\"uvicorn\", \"gone:app\"]\n"),
        ("requirements.txt", "flask\n"),
        ("app.py", "x = 1\n"),
    ]);
    let (_, program) = lost.programs().next().expect("a program");
    assert!(program.entries.is_empty() && program.doubts[0].1.contains("gone"), "{:?}", program.doubts);
}
