use std::sync::Arc;

use plimsoll_discover::Tree;
use plimsoll_facts::code::{FunctionId, FunctionRef, Target};
use plimsoll_facts::gather;

use super::Answer;
use crate::{Asked, Choice, System, candidates, choose};

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

/// What is assigned to each name at the top of a module, in a short form.
fn answers(system: &System, path: &str) -> Vec<(String, String)> {
    let module = system.code().at_path(path).expect("the module");
    let (service, _) = system.programs().next().expect("a program");
    let source = system.code().module(module);
    let assignments = source.module.assignments.iter().filter(|a| a.function == FunctionId::BODY);
    let asked = |a: &plimsoll_facts::code::Assignment| match &a.target {
        Target::Name(name) if name.starts_with(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']) && name.len() == 1 => {
            let asked = Asked { value: &a.value, scope: FunctionRef { module, function: FunctionId::BODY } };
            Some((name.to_string(), short(&system.answer(service, asked))))
        }
        _ => None,
    };
    assignments.filter_map(asked).collect()
}

fn short(answer: &Answer) -> String {
    match answer {
        Answer::Text(text, _) => format!("'{text}'"),
        Answer::Number(number, _) => number.to_string(),
        Answer::Bool(value, _) => value.to_string(),
        Answer::List(values, _) => format!("[{}]", values.iter().map(short).collect::<Vec<_>>().join(", ")),
        Answer::Nothing(_) => "nothing".into(),
        Answer::Variable { name, given, .. } => format!("{name}{}", if given.is_some() { " given" } else { "" }),
        Answer::Unknown => "unknown".into(),
    }
}

fn expect(files: &[(&str, &str)], path: &str, expected: &[(&str, &str)]) {
    let found = answers(&system(files), path);
    let expected: Vec<(String, String)> = expected.iter().map(|(n, a)| ((*n).to_owned(), (*a).to_owned())).collect();
    assert_eq!(found, expected);
}

const PYTHON: (&str, &str) = ("Dockerfile", "FROM python:3.12\nWORKDIR /app\nCOPY . .\nENV LEVEL=warn\nCMD [\"python\", \"main.py\"]\n");
const NODE: (&str, &str) = ("Dockerfile", "FROM node:22\nWORKDIR /app\nCOPY . .\nCMD [\"node\", \"main.mjs\"]\n");

#[test]
fn values_of_python_come_from_the_deployment_or_their_default() {
    let compose = "services:\n  api:\n    build: .\n    environment:\n      ORIGINS: https://a.example, https://b.example\n      DEBUG: 'false'\n      WORKERS: '4'\n      SECRET: ${SECRET}\n      MODE: ${MODE:-prod}\n";
    expect(
        &[
            ("compose.yml", compose),
            PYTHON,
            ("requirements.txt", "x\n"),
            (
                "main.py",
                "import os\na = os.getenv('ORIGINS', '*').split(',')\nb = os.environ.get('DEBUG', 'true').lower() == 'true'\nc = int(os.environ['WORKERS'])\nd = os.getenv('SECRET', 'dev')\ne = os.getenv('GONE') or 'default'\nf = os.getenv('MODE') in ('prod', 'live')\ng = [o.strip() for o in os.getenv('ORIGINS').split(',')]\nh = os.getenv('ALSO_GONE')\ni = f\"{os.getenv('LEVEL')}-{1 + 2}\"\n",
            ),
        ],
        "main.py",
        &[
            ("a", "['https://a.example', ' https://b.example']"),
            ("b", "false"),
            ("c", "4"),
            ("d", "SECRET given"),
            ("e", "'default'"),
            ("f", "true"),
            ("g", "['https://a.example', 'https://b.example']"),
            ("h", "nothing"),
            ("i", "'warn-3'"),
        ],
    );
}

#[test]
fn settings_classes_are_filled_from_variables() {
    let compose = "services:\n  api:\n    build: .\n    environment:\n      APP_LIMIT: '10'\n      CORS: '[\"https://a.example\"]'\n";
    expect(
        &[
            ("compose.yml", compose),
            PYTHON,
            ("requirements.txt", "pydantic-settings\n"),
            (
                "config.py",
                "from pydantic import Field\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\n\nclass Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='APP_')\n    DEBUG: bool = True\n    limit: int = 5\n    origins: list[str] = Field(default=['*'], alias='CORS')\n    HOST: str = 'db'\n    key: str\n\n    @property\n    def url(self) -> str:\n        return f'postgres://{self.HOST}/x'\n\ndef get_settings():\n    return Settings()\n\nsettings = Settings()\n",
            ),
            (
                "main.py",
                "from config import settings, get_settings\na = settings.DEBUG\nb = settings.limit\nc = settings.origins\nd = get_settings().url\ne = settings.key\n",
            ),
        ],
        "main.py",
        &[("a", "true"), ("b", "10"), ("c", "['https://a.example']"), ("d", "'postgres://db/x'"), ("e", "nothing")],
    );
}

#[test]
fn conditions_are_decided_by_what_the_deployment_sets() {
    let compose =
        "services:\n  api:\n    build: .\n    environment:\n      NODE_ENV: production\n      PORT: 8080\n      KEY: ${KEY:?needed}\n";
    expect(
        &[
            ("compose.yml", compose),
            NODE,
            ("package.json", "{\"name\": \"a\", \"dependencies\": {\"zod\": \"4\"}}"),
            (
                "env.mjs",
                "import { z } from 'zod';\nconst schema = z.object({ PORT: z.coerce.number().default(3000), RATE: z.coerce.number().default(100), KEY: z.string() });\nexport const env = schema.parse(process.env);\nexport function need(name, fallback) { const v = process.env[name]; return v ?? fallback; }\n",
            ),
            (
                "main.mjs",
                "import { env, need } from './env.mjs';\nconst a = process.env.NODE_ENV === 'production' ? 'strict' : 'open';\nconst b = env.PORT;\nconst c = env.RATE * 2;\nconst d = env.KEY;\nconst e = process.env.TTL ?? 60 * 60;\nconst { NODE_ENV: mode } = process.env;\nconst f = mode !== 'production';\nconst g = need('PORT', '1');\nconst h = need('NOPE', 'x');\nconst i = !!process.env.UNSET && true;\n",
            ),
        ],
        "main.mjs",
        &[
            ("a", "'strict'"),
            ("b", "8080"),
            ("c", "200"),
            ("d", "KEY given"),
            ("e", "3600"),
            ("f", "false"),
            ("g", "'8080'"),
            ("h", "'x'"),
            ("i", "false"),
        ],
    );
}

#[test]
fn names_that_are_assigned_under_conditions_are_followed() {
    expect(
        &[
            ("compose.yml", "services:\n  api:\n    build: .\n    environment:\n      ENV: production\n"),
            PYTHON,
            ("requirements.txt", "x\n"),
            (
                "conf.py",
                "import os\nENV = os.getenv('ENV', 'dev')\nDEBUG = True\nif ENV == 'production':\n    DEBUG = False\nHOSTS = ['a']\nHOSTS += ['b']\n",
            ),
            ("main.py", "from conf import DEBUG, HOSTS\nimport conf\na = DEBUG\nb = HOSTS\nc = conf.DEBUG\n"),
        ],
        "main.py",
        &[("a", "false"), ("b", "['a', 'b']"), ("c", "false")],
    );
}

#[test]
fn an_unset_variable_of_a_platform_is_not_known_to_be_unset() {
    let code = "import os\na = os.getenv('DEBUG', 'True')\nb = os.getenv('KEY')\nc = os.getenv('ASKED', 'x')\n";
    let files = [("Procfile", "web: python main.py\n"), ("requirements.txt", "x\n"), ("main.py", code), (".env.example", "ASKED=\n")];
    expect(&files, "main.py", &[("a", "'True'"), ("b", "KEY"), ("c", "ASKED given")]);
}

#[test]
fn the_inventory_lists_every_variable_that_reached_code_reads() {
    let system = system(&[
        ("compose.yml", "services:\n  api:\n    build: .\n"),
        PYTHON,
        ("requirements.txt", "pydantic-settings\n"),
        (
            "main.py",
            "import os\nfrom pydantic_settings import BaseSettings\n\nclass S(BaseSettings):\n    token: str\n    size: int = 3\n\na = os.environ['MUST']\nb = os.getenv('MAY')\nc = os.getenv('HAS') or 'x'\n\ndef never():\n    return os.getenv('DEAD')\n",
        ),
        ("other.py", "import os\nx = os.getenv('ELSEWHERE')\n"),
    ]);
    let (_, program) = system.programs().next().expect("a program");
    let told: Vec<String> = program
        .variables
        .iter()
        .map(|v| {
            format!("{} {} {}", v.name, v.default.as_deref().unwrap_or("-"), if v.required { "required" } else { "" }).trim().to_owned()
        })
        .collect();
    assert_eq!(told, ["TOKEN - required", "SIZE 3", "MUST - required", "MAY -", "HAS x"]);
}
