//! Small systems that several tests start from.

/// One service from this repository and a store, as a careful small team would write it.
pub(crate) const SMALL: &[(&str, &str)] = &[
    ("README.md", "# Shop\n\nSells things.\n\n## Run\n\n```sh\ndocker compose -f compose.prod.yml up -d\n```\n"),
    (
        "Dockerfile",
        "FROM python:3.13.1-slim AS build\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install --no-cache-dir --require-hashes -r requirements.txt\n\nFROM python:3.13.1-slim\nWORKDIR /app\nCOPY --from=build /usr/local /usr/local\nCOPY app.py .\nRUN useradd -u 1000 app\nUSER 1000\nHEALTHCHECK CMD python -c \"import app\"\nCMD [\"python\", \"app.py\"]\n",
    ),
    ("requirements.txt", "flask==3.1.0\n"),
    ("app.py", "import os\n\nprint(os.environ['DATABASE_URL'])\n"),
    (
        "compose.prod.yml",
        "services:\n  app:\n    build: .\n    restart: always\n    ports: [\"127.0.0.1:8000:8000\"]\n    environment:\n      DATABASE_URL: ${DATABASE_URL:?set it}\n    depends_on:\n      db:\n        condition: service_healthy\n  db:\n    image: postgres:17.5-alpine\n    restart: always\n    environment:\n      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?set it}\n    volumes: [\"data:/var/lib/postgresql/data\"]\n    healthcheck:\n      test: [\"CMD\", \"pg_isready\"]\nvolumes:\n  data:\n",
    ),
    (
        ".github/workflows/ci.yml",
        "name: ci\non:\n  push:\n    branches: [main]\n  pull_request:\npermissions:\n  contents: read\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v4\n      - run: pip install -r requirements.txt\n      - run: pytest\n",
    ),
    ("tests/test_app.py", "def test_one():\n    assert 1 + 1 == 2\n"),
    (".gitignore", ".env\n"),
    (".dockerignore", ".git\n.env\n"),
];
