//! Small systems that several tests start from.

/// One service from this repository and a store, as a careful small team would write it.
pub(crate) const SMALL: &[(&str, &str)] = &[
    (
        "README.md",
        "# Shop\n\nSells things.\n\n## Run\n\n```sh\ndocker compose -f compose.prod.yml up -d\n```\n\n## Restore\n\nTake the last dump of `db` from the bucket `shop-backups` and load it:\n\n```sh\naws s3 cp s3://shop-backups/latest.dump .\npg_restore --clean --dbname=app latest.dump\n```\n",
    ),
    (
        "Dockerfile",
        "FROM python:3.13.1-slim AS build\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install --no-cache-dir --require-hashes -r requirements.txt\n\nFROM python:3.13.1-slim\nWORKDIR /app\nCOPY --from=build /usr/local /usr/local\nCOPY app.py .\nRUN useradd -u 1000 app\nUSER 1000\nHEALTHCHECK CMD python -c \"import app\"\nCMD [\"gunicorn\", \"-b\", \"0.0.0.0:8000\", \"app:app\"]\n",
    ),
    ("requirements.txt", "flask==3.1.0\ngunicorn==23.0.0\npsycopg==3.2.4\nsentry-sdk==2.20.0\n"),
    (
        "app.py",
        "import os\nimport flask\nimport psycopg\nimport sentry_sdk\n\nsentry_sdk.init(os.environ['SENTRY_DSN'])\napp = flask.Flask(__name__)\ndb = psycopg.connect(os.environ['DATABASE_URL'])\n\n\n@app.get('/health')\ndef health():\n    db.execute('SELECT 1')\n    return 'ok'\n",
    ),
    (
        "compose.prod.yml",
        "services:\n  app:\n    build: .\n    restart: always\n    logging: {driver: awslogs, options: {awslogs-group: shop, awslogs-region: eu-west-1}}\n    ports: [\"127.0.0.1:8000:8000\"]\n    environment:\n      DATABASE_URL: ${DATABASE_URL:?set it}\n      SENTRY_DSN: ${SENTRY_DSN:?set it}\n    depends_on:\n      db:\n        condition: service_healthy\n  db:\n    image: postgres:17.5-alpine\n    restart: always\n    environment:\n      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?set it}\n    volumes: [\"data:/var/lib/postgresql/data\"]\n    healthcheck:\n      test: [\"CMD\", \"pg_isready\"]\n  backup:\n    image: eeshugerman/postgres-backup-s3:17\n    restart: always\n    mem_limit: 256m\n    cpus: 0.5\n    environment:\n      SCHEDULE: \"@daily\"\n      BACKUP_KEEP_DAYS: 30\n      S3_BUCKET: shop-backups\n      POSTGRES_HOST: db\n      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?set it}\nvolumes:\n  data:\n    external: true\n",
    ),
    (
        ".github/workflows/ci.yml",
        "name: ci\non:\n  push:\n    branches: [main]\n  pull_request:\npermissions:\n  contents: read\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v4\n      - run: pip install -r requirements.txt\n      - run: pip-audit -r requirements.txt\n      - run: gitleaks git .\n      - run: pytest\n",
    ),
    ("tests/test_app.py", "def test_one():\n    assert 1 + 1 == 2\n"),
    (".gitignore", ".env\n"),
    (".dockerignore", ".git\n.env\n"),
];

/// What a hurried team would write: almost everything is open or missing.
pub(crate) const BARE: &[(&str, &str)] = &[
    ("Dockerfile", "FROM python:2.7\nCOPY . .\nRUN pip install -r requirements.txt\nCMD [\"python\", \"app.py\"]\n"),
    ("requirements.txt", "flask\n"),
    ("app.py", "import flask\n"),
    (
        "compose.prod.yml",
        "services:\n  app:\n    build: .\n    ports: [\"80:8000\"]\n    environment:\n      DATABASE_URL: ${DATABASE_URL}\n  db:\n    image: postgres:9.6\n    ports: [\"5432:5432\"]\n",
    ),
];

/// A library: nothing runs.
pub(crate) const LIBRARY: &[(&str, &str)] = &[
    ("Cargo.toml", "[package]\nname = \"sum\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
    ("src/lib.rs", "//! Sums.\n\n/// The sum.\npub fn sum(a: u32, b: u32) -> u32 {\n    a + b\n}\n"),
];

/// A line with a live key, put together here so that this repository holds nothing that looks alive.
pub(crate) fn live_key() -> String {
    format!("STRIPE_SECRET_KEY=sk_{}_{}\n", "live", "7hTq2LmXw9RbZ4vKd8NcY3fJ")
}

/// One file in each of the formats that are read, for tests that break them.
#[rustfmt::skip]
pub(crate) const MANY: &[(&str, &str)] = &[
    ("package.json", "{\n  \"name\": \"web\",\n  \"version\": \"1.2.0\",\n  \"scripts\": {\"build\": \"tsc\", \"test\": \"vitest run\", \"start\": \"node dist/main.js\"},\n  \"dependencies\": {\"express\": \"^4.19.2\", \"pg\": \"8.11.5\"},\n  \"devDependencies\": {\"typescript\": \"5.4.5\", \"vitest\": \"1.6.0\"}\n}\n"),
    ("src/main.ts", "import express from \"express\";\nconst app = express();\nconst key = process.env.API_KEY ?? \"\";\napp.get(\"/health\", (_, res) => res.send(\"ok\"));\napp.listen(Number(process.env.PORT || 3000), () => console.log(key.length));\n"),
    ("Dockerfile", "# syntax=docker/dockerfile:1\nARG NODE=22.11\nFROM node:${NODE}-slim AS build\nWORKDIR /app\nCOPY . .\nRUN <<EOF\nnpm ci\nnpm run build\nEOF\nFROM gcr.io/distroless/nodejs22\nCOPY --from=build /app/dist /app\nUSER nonroot\nCMD [\"/app/main.js\"]\n"),
    ("deploy/web.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: production}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n          image: ghcr.io/example/web:1.2.0\n          ports: [{containerPort: 3000}]\n          env:\n            - name: API_KEY\n              valueFrom: {secretKeyRef: {name: web, key: api}}\n          livenessProbe: {httpGet: {path: /health, port: 3000}}\n          resources: {limits: {memory: 256Mi, cpu: 500m}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: web}\nstringData: {api: change-me}\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec:\n  tls: [{hosts: [shop.example.org], secretName: tls}]\n"),
    ("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n"),
    ("chart/values.yaml", "image: {repository: ghcr.io/example/web, tag: \"\"}\nreplicas: 2\n"),
    ("chart/templates/deployment.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  replicas: {{ .Values.replicas }}\n{{- if .Values.extra }}\n  {{- toYaml .Values.extra | nindent 2 }}\n{{- end }}\n"),
    ("infra/main.tf", "terraform {\n  required_version = \"~> 1.9\"\n  backend \"s3\" {\n    bucket = \"state\"\n    key    = \"web\"\n  }\n}\nlocals {\n  name = \"web-${var.stage}\"\n}\nvariable \"stage\" { default = \"prod\" }\nresource \"aws_db_instance\" \"main\" {\n  identifier              = local.name\n  engine                  = \"postgres\"\n  engine_version          = \"16.3\"\n  backup_retention_period = 7\n  password                = var.password\n}\n"),
    ("docker-compose.yml", "x-common: &common\n  restart: unless-stopped\nservices:\n  web:\n    <<: *common\n    build: {context: ., target: build}\n    env_file: [.env]\n    depends_on: [db]\n  db:\n    <<: *common\n    image: postgres:16\n    environment: {POSTGRES_PASSWORD: \"${PW:-dev}\"}\n"),
    (".gitlab-ci.yml", "include:\n  - local: ci/build.yml\nstages: [test, deploy]\ntest:\n  stage: test\n  script: [npm ci, npm test]\n  rules:\n    - if: $CI_PIPELINE_SOURCE == \"merge_request_event\"\ndeploy:\n  stage: deploy\n  environment: {name: production}\n  script: kubectl apply -f deploy/\n  when: manual\n"),
    (".github/workflows/release.yml", "name: release\non:\n  push: {tags: [\"v*\"]}\n  workflow_dispatch:\njobs:\n  image:\n    if: ${{ startsWith(github.ref, 'refs/tags/v') }}\n    runs-on: ubuntu-24.04\n    strategy:\n      matrix:\n        node: [20, 22]\n    steps:\n      - uses: actions/checkout@v4\n      - uses: docker/build-push-action@v6\n        with: {push: true, tags: \"ghcr.io/example/web:${{ github.ref_name }}\"}\n      - run: |\n          set -e\n          npx trivy image web || true\n"),
    ("Jenkinsfile", "pipeline {\n  agent any\n  stages {\n    stage('Test') { steps { sh 'npm test' } }\n    stage('Deploy') { when { branch 'main' } steps { input 'Go?'; sh \"\"\"kubectl apply -f deploy/\"\"\" } }\n  }\n}\n"),
    ("pom.xml", "<?xml version=\"1.0\"?>\n<project>\n  <parent><groupId>org.springframework.boot</groupId><version>3.3.0</version></parent>\n  <dependencies><dependency><groupId>org.flywaydb</groupId><artifactId>flyway-core</artifactId></dependency></dependencies>\n</project>\n"),
    ("pyproject.toml", "[project]\nname = \"jobs\"\nrequires-python = \">=3.12\"\ndependencies = [\"celery==5.4.0\", \"psycopg[binary]>=3\"]\n[tool.ruff]\nline-length = 100\n[tool.mypy]\nstrict = true\n"),
    ("Cargo.toml", "[package]\nname = \"tool\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\ntokio = { version = \"1\", features = [\"full\"] }\n"),
    ("go.mod", "module example.org/agent\n\ngo 1.23\n\nrequire github.com/jackc/pgx/v5 v5.6.0 // indirect\n"),
    ("Makefile", "IMAGE ?= web\n.PHONY: test\ntest:\n\tnpm test\ndeploy: test\n\tdocker push $(IMAGE)\n"),
    (".env.example", "API_KEY=\nPORT=3000\nDATABASE_URL=\"postgres://user:password@localhost:5432/app\"\n"),
    ("nginx.conf", "server {\n  listen 443 ssl;\n  location / { proxy_pass http://web:3000; }\n}\n"),
    ("docs/runbook.md", "# Runbook\n\n## Restart\n\n```sh\nkubectl rollout restart deploy/web\n```\n\n| alert | action |\n|---|---|\n| down | restart |\n"),
    ("CHANGELOG.md", "# Changelog\n\n## 1.2.0 (2026-10-01)\n\n- Faster.\n"),
    (".github/dependabot.yml", "version: 2\nupdates:\n  - {package-ecosystem: npm, directory: /, schedule: {interval: weekly}}\n"),
    ("tests/main.test.ts", "import { expect, it } from \"vitest\";\nit(\"adds\", () => { expect(1 + 1).toBe(2); });\n"),
];
