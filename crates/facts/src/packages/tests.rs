//! Small trees of every ecosystem, through the whole of `gather`.

use plimsoll_base::{LineIndex, Location};
use plimsoll_discover::Tree;

use super::{Ecosystem, Package};
use crate::repository::{VersionScope, VersionUse};
use crate::{Facts, gather};

struct World {
    tree: Tree,
    facts: Facts,
}

fn world(files: &[(&str, &str)]) -> World {
    let tree = Tree::in_memory("t", files.iter().map(|(p, t)| ((*p).to_owned(), t.as_bytes().to_vec())).collect());
    let facts = gather(&tree);
    World { tree, facts }
}

impl World {
    fn package(&self, path: &str) -> &Package {
        self.facts.packages.iter().find(|p| p.path == path).unwrap_or_else(|| panic!("{path} is a package"))
    }
    fn line(&self, at: Location) -> u32 {
        let bytes = self.tree.read(at.file).expect("readable");
        at.span.map_or(0, |s| LineIndex::new(&bytes).line_column(s.start).0)
    }
    fn dependencies(&self, path: &str) -> Vec<(String, String, bool, u32)> {
        let found = self.package(path).dependencies.iter();
        found.map(|d| (d.name.clone(), d.constraint.clone(), d.dev, self.line(d.at))).collect()
    }
    fn uses(&self, scope: VersionScope) -> Vec<(String, String, String, u32)> {
        let of_scope = |v: &&VersionUse| v.scope == scope;
        let row = |v: &VersionUse| (v.product.clone(), v.version.clone(), v.path.clone(), self.line(v.at));
        self.facts.versions.iter().filter(of_scope).map(row).collect()
    }
}

fn dep(name: &str, constraint: &str, dev: bool, line: u32) -> (String, String, bool, u32) {
    (name.to_owned(), constraint.to_owned(), dev, line)
}
fn used(product: &str, version: &str, path: &str, line: u32) -> (String, String, String, u32) {
    (product.to_owned(), version.to_owned(), path.to_owned(), line)
}

#[test]
fn npm_workspaces_share_the_roots_lock() {
    let w = world(&[
        (
            "package.json",
            "{\n \"name\": \"root\",\n \"private\": true,\n \"packageManager\": \"pnpm@9.1.0\",\n \"engines\": {\"node\": \">=20\"},\n \"jest\": {},\n \"scripts\": {\"test\": \"jest\"}\n}",
        ),
        ("pnpm-workspace.yaml", "packages:\n  - apps/*\n  - '!apps/old'\ncatalog:\n  next: 15.1.0\n"),
        (
            "apps/web/package.json",
            "{\"name\": \"web\", \"dependencies\": {\n \"next\": \"catalog:\",\n \"zod\": \"^3.0.0\"},\n \"devDependencies\": {\"typescript\": \"5.4.2\"}}",
        ),
        ("apps/old/package.json", "{\"name\": \"old\", \"dependencies\": {\"a\": \"1.0.0\"}}"),
        (
            "pnpm-lock.yaml",
            "lockfileVersion: '9.0'\npackages:\n\n  '@x/next@1.0.0':\n    x: 1\n\n  next@15.1.0:\n    x: 1\nsnapshots:\n  next@15.1.0(react@19.0.0):\n",
        ),
        ("package-lock.json", "{}"),
        ("apps/web/src/page.tsx", "export {}\n"),
    ]);
    let root = w.package("package.json");
    assert_eq!(root.members, ["apps/web"]);
    assert_eq!(root.lock.as_ref().map(|l| (l.path.as_str(), l.tool.as_str())), Some(("pnpm-lock.yaml", "pnpm")));
    assert_eq!(root.competing_locks.iter().map(|l| l.path.as_str()).collect::<Vec<_>>(), ["package-lock.json"]);
    assert_eq!(root.tools[0].0, "jest");
    assert_eq!((root.scripts[0].0.as_str(), root.scripts[0].1.value.as_str()), ("test", "jest"));
    let web = w.package("apps/web/package.json");
    assert_eq!(web.workspace_root.as_deref(), Some("package.json"));
    assert_eq!(
        w.dependencies("apps/web/package.json"),
        [dep("next", "15.1.0", false, 2), dep("zod", "^3.0.0", false, 3), dep("typescript", "5.4.2", true, 4)]
    );
    assert!(!web.exact);
    assert_eq!(web.languages, ["TypeScript"]);
    let resolved = &web.lock.as_ref().expect("the root's").resolved;
    assert_eq!(resolved.iter().map(|(n, v)| (n.as_str(), v.value.as_str(), w.line(v.at))).collect::<Vec<_>>(), [("next", "15.1.0", 7)]);
    assert_eq!(w.package("apps/old/package.json").lock.as_ref().map(|l| l.path.as_str()), None);
    assert_eq!(w.uses(VersionScope::Framework), [used("nextjs", "15.1.0", "pnpm-lock.yaml", 7)]);
    assert_eq!(w.uses(VersionScope::Manifest), [used("node", "20", "package.json", 5)]);
}

#[test]
fn lock_files_of_every_npm_tool_are_scanned() {
    let manifest = "{\"dependencies\": {\"vue\": \"^3.0.0\"}}";
    for (name, text, line) in [
        (
            "package-lock.json",
            "{\n  \"packages\": {\n    \"node_modules/x/node_modules/vue\": {\n      \"version\": \"2.7.0\"\n    },\n    \"node_modules/vue\": {\n      \"version\": \"3.4.1\",\n",
            7,
        ),
        ("yarn.lock", "# yarn lockfile v1\n\nvue@^3.0.0, vue@3:\n  version \"3.4.1\"\n", 4),
        ("yarn.lock", "__metadata:\n  version: 8\n\n\"vue@npm:^3.0.0\":\n  version: 3.4.1\n", 5),
        ("bun.lock", "{\n  \"packages\": {\n    \"vue\": [\"vue@3.4.1\", \"\"],\n", 3),
        ("pnpm-lock.yaml", "packages:\n\n  /vue@3.4.1(typescript@5.0.0):\n    x: 1\n", 3),
    ] {
        let w = world(&[("package.json", manifest), (name, text)]);
        let lock = w.package("package.json").lock.as_ref().expect("a lock");
        let found: Vec<_> = lock.resolved.iter().map(|(_, v)| (v.value.as_str(), w.line(v.at))).collect();
        assert_eq!(found, [("3.4.1", line)], "{name}: {text}");
    }
}

#[test]
fn requirements_files_of_one_folder_are_one_package() {
    let w = world(&[
        (
            "api/requirements.txt",
            "# pinned\nDjango==4.2.7  # web\nuvicorn[standard]>=0.20,<1; python_version > '3.8'\n\n-r more/base.txt\n",
        ),
        ("api/more/base.txt", "redis==5.0.1 \\\n    --hash=sha256:aa\n"),
        ("api/requirements-dev.txt", "-r requirements.txt\npytest\n"),
        ("api/app.py", "x = 1\n"),
    ]);
    assert_eq!(w.facts.packages.len(), 1);
    let api = w.package("api/requirements.txt");
    assert_eq!((api.ecosystem, api.folder.as_str(), api.exact, api.hashed), (Ecosystem::Pypi, "api", false, false));
    let found = w.dependencies("api/requirements.txt");
    for expected in [
        dep("Django", "==4.2.7", false, 2),
        dep("uvicorn[standard]", ">=0.20,<1", false, 3),
        dep("redis", "==5.0.1", false, 1),
        dep("pytest", "", true, 2),
    ] {
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
    assert_eq!(found.len(), 4);
    assert_eq!(api.languages, ["Python"]);
    assert!(api.lock.is_none());
    assert_eq!(w.uses(VersionScope::Framework), [used("django", "4.2.7", "api/requirements.txt", 2)]);
}

#[test]
fn compiled_and_hashed_requirements_are_locks() {
    let compiled = "# This file was autogenerated by uv via the following command:\nflask==3.0.0\nclick==8.1.0\n    # via flask\n";
    let w = world(&[("requirements.in", "flask>=3\n"), ("requirements.txt", compiled)]);
    let package = w.package("requirements.txt");
    assert_eq!(package.lock.as_ref().map(|l| (l.path.as_str(), l.tool.as_str())), Some(("requirements.txt", "uv")));
    assert_eq!(w.dependencies("requirements.txt"), [dep("flask", ">=3", false, 1)]);

    let w = world(&[("requirements.txt", "flask==3.0.0 --hash=sha256:a\nclick==8.1.0 --hash=sha256:b\n")]);
    assert!(w.package("requirements.txt").hashed);
    assert!(w.package("requirements.txt").lock.is_some());

    let plain = world(&[("requirements.txt", "flask==3.0.0\n")]);
    assert!(plain.package("requirements.txt").lock.is_none());
    assert!(plain.package("requirements.txt").exact);
}

#[test]
fn pyproject_in_its_dialects() {
    let w = world(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nrequires-python = \">=3.11\"\ndependencies = [\n  \"django>=5.0\",\n]\n[project.optional-dependencies]\ntest = [\"pytest\"]\n[dependency-groups]\ndev = [\"ruff==0.5\"]\n[tool.uv.workspace]\nmembers = [\"libs/*\"]\n[tool.ruff]\nline-length = 100\n",
        ),
        ("uv.lock", "[[package]]\nname = \"django\"\nversion = \"5.2.1\"\n"),
        (
            "libs/a/pyproject.toml",
            "[tool.poetry]\nname = \"a\"\n[tool.poetry.dependencies]\npython = \"^3.11\"\nhttpx = {version = \"^0.27\", extras = [\"http2\"]}\n[tool.poetry.group.dev.dependencies]\nmypy = \"*\"\n",
        ),
    ]);
    assert_eq!(
        w.dependencies("pyproject.toml"),
        [dep("django", ">=5.0", false, 5), dep("pytest", "", true, 8), dep("ruff", "==0.5", true, 10)]
    );
    let root = w.package("pyproject.toml");
    assert_eq!(root.runtimes[0].1.value, ">=3.11");
    assert!(root.tools.iter().any(|(name, _)| name == "tool.ruff"));
    assert_eq!(root.members, ["libs/a"]);
    assert!(root.competing_locks.is_empty());
    assert_eq!(w.dependencies("libs/a/pyproject.toml"), [dep("httpx", "^0.27", false, 5), dep("mypy", "*", true, 7)]);
    assert_eq!(w.package("libs/a/pyproject.toml").lock.as_ref().map(|l| l.path.as_str()), Some("uv.lock"));
    assert_eq!(w.uses(VersionScope::Framework), [used("django", "5.2.1", "uv.lock", 3)]);
}

#[test]
fn setup_files_and_pipfile() {
    let w = world(&[
        (
            "a/setup.py",
            "setup(\n  name='x',\n  python_requires='>=3.8',\n  install_requires=[\n    'flask>=2',\n    \"redis[hiredis]\",\n  ],\n)\n",
        ),
        ("b/Pipfile", "[packages]\nflask = \"*\"\n[dev-packages]\npytest = \">=7\"\n[requires]\npython_version = \"3.11\"\n"),
        ("b/Pipfile.lock", "{\n    \"default\": {\n        \"flask\": {\n            \"version\": \"==3.0.0\"\n"),
        (
            "c/setup.cfg",
            "[metadata]\nname = c\n[options]\npython_requires = >=3.9\ninstall_requires =\n    requests>=2\n[flake8]\nmax-line-length = 100\n",
        ),
    ]);
    assert_eq!(w.dependencies("a/setup.py"), [dep("flask", ">=2", false, 5), dep("redis[hiredis]", "", false, 6)]);
    assert_eq!(w.dependencies("b/Pipfile"), [dep("flask", "*", false, 2), dep("pytest", ">=7", true, 4)]);
    assert_eq!(w.package("b/Pipfile").lock.as_ref().map(|l| l.tool.as_str()), Some("pipenv"));
    assert_eq!(w.dependencies("c/setup.cfg"), [dep("requests", ">=2", false, 6)]);
    assert_eq!(w.package("c/setup.cfg").tools[0].0, "tool.flake8");
    assert_eq!(
        w.uses(VersionScope::Manifest),
        [used("python", "3.8", "a/setup.py", 3), used("python", "3.11", "b/Pipfile", 6), used("python", "3.9", "c/setup.cfg", 4)]
    );
}

#[test]
fn go_modules_list_what_they_ask_for_themselves() {
    let w = world(&[
        (
            "go.mod",
            "module example.org/x\n\ngo 1.22\n\nrequire github.com/lib/pq v1.10.9\n\nrequire (\n\tgithub.com/gin-gonic/gin v1.9.1\n\tgolang.org/x/sys v0.1.0 // indirect\n)\n",
        ),
        ("go.sum", "x\n"),
    ]);
    assert_eq!(
        w.dependencies("go.mod"),
        [dep("github.com/lib/pq", "v1.10.9", false, 5), dep("github.com/gin-gonic/gin", "v1.9.1", false, 8)]
    );
    let module = w.package("go.mod");
    assert_eq!((module.name.as_deref(), module.exact), (Some("example.org/x"), true));
    assert_eq!(module.lock.as_ref().map(|l| l.tool.as_str()), Some("go"));
    assert_eq!(w.uses(VersionScope::Manifest), [used("go", "1.22", "go.mod", 3)]);
}

#[test]
fn cargo_members_inherit() {
    let w = world(&[
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"crates/*\"]\n[workspace.package]\nrust-version = \"1.80\"\n[workspace.dependencies]\nserde = \"1.0\"\n",
        ),
        ("Cargo.lock", "x\n"),
        (
            "crates/a/Cargo.toml",
            "[package]\nname = \"a\"\n[dependencies]\nserde = { workspace = true }\naxum = \"=0.7.1\"\n[dev-dependencies]\nrstest = \"0.2\"\n",
        ),
    ]);
    assert_eq!(
        w.dependencies("crates/a/Cargo.toml"),
        [dep("serde", "1.0", false, 4), dep("axum", "=0.7.1", false, 5), dep("rstest", "0.2", true, 7)]
    );
    let member = w.package("crates/a/Cargo.toml");
    assert_eq!(member.lock.as_ref().map(|l| l.path.as_str()), Some("Cargo.lock"));
    assert_eq!(member.runtimes[0].1.value, "1.80");
}

#[test]
fn maven_resolves_properties_parents_and_managed_versions() {
    let w = world(&[
        (
            "pom.xml",
            "<project>\n<parent><groupId>org.springframework.boot</groupId>\n<artifactId>spring-boot-starter-parent</artifactId><version>3.2.1</version></parent>\n<artifactId>root</artifactId>\n<properties><java.version>17</java.version><pg.version>42.7.1</pg.version></properties>\n<modules><module>web</module></modules>\n<dependencyManagement><dependencies><dependency><groupId>org.postgresql</groupId><artifactId>postgresql</artifactId><version>${pg.version}</version></dependency></dependencies></dependencyManagement>\n</project>\n",
        ),
        (
            "web/pom.xml",
            "<project>\n<parent><groupId>x</groupId><artifactId>root</artifactId></parent>\n<artifactId>web</artifactId>\n<dependencies>\n<dependency><groupId>org.postgresql</groupId><artifactId>postgresql</artifactId></dependency>\n<dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4.13</version><scope>test</scope></dependency>\n</dependencies>\n</project>\n",
        ),
    ]);
    let web = w.package("web/pom.xml");
    assert_eq!(web.workspace_root.as_deref(), Some("pom.xml"));
    let found = w.dependencies("web/pom.xml");
    assert!(found.contains(&dep("org.postgresql:postgresql", "42.7.1", false, 5)), "{found:?}");
    assert!(found.contains(&dep("junit:junit", "4.13", true, 6)), "{found:?}");
    assert!(web.exact);
    assert_eq!(web.runtimes[0].1.value, "17");
    assert!(w.uses(VersionScope::Framework).contains(&used("spring-boot", "3.2.1", "pom.xml", 2)));
}

#[test]
fn gradle_scripts_and_catalogues() {
    let w = world(&[
        (
            "build.gradle.kts",
            "plugins {\n  id(\"org.springframework.boot\") version \"3.1.0\"\n}\nval pg = \"42.7.1\"\njava { toolchain { languageVersion.set(JavaLanguageVersion.of(21)) } }\ndependencies {\n  implementation(libs.spring.web)\n  runtimeOnly(\"org.postgresql:postgresql:$pg\")\n  testImplementation(\"junit:junit:4.+\")\n  api \"a:b:1\",\n    \"c:d:2\"\n}\n",
        ),
        (
            "gradle/libs.versions.toml",
            "[versions]\nspring = \"6.1.0\"\n[libraries]\nspring-web = { module = \"org.springframework:spring-web\", version.ref = \"spring\" }\n",
        ),
    ]);
    let found = w.dependencies("build.gradle.kts");
    for expected in [
        dep("org.springframework.boot", "3.1.0", true, 2),
        dep("org.springframework:spring-web", "6.1.0", false, 7),
        dep("org.postgresql:postgresql", "42.7.1", false, 8),
        dep("junit:junit", "4.+", true, 9),
        dep("a:b", "1", false, 10),
        dep("c:d", "2", false, 11),
    ] {
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
    let package = w.package("build.gradle.kts");
    assert_eq!(package.runtimes[0].1.value, "21");
    assert!(!package.exact);
}

#[test]
fn ruby_php_nuget_hex_and_others() {
    let w = world(&[
        (
            "r/Gemfile",
            "source \"https://rubygems.org\"\nruby \"3.2.2\"\ngem \"rails\", \"~> 7.0.4\"\ngroup :development, :test do\n  gem \"rspec\"\nend\ngem \"puma\", require: false\n",
        ),
        ("r/Gemfile.lock", "GEM\n  specs:\n    rails (7.0.8)\n      x\n"),
        (
            "p/composer.json",
            "{\"name\": \"a/b\",\n\"require\": {\"php\": \"^8.1\",\n\"ext-pdo\": \"*\",\n\"laravel/framework\": \"^10.0\"},\n\"require-dev\": {\"phpunit/phpunit\": \"^10\"},\n\"scripts\": {\"test\": [\"@lint\", \"phpunit\"]}}",
        ),
        ("p/composer.lock", "{\"packages\": [\n{\n\"name\": \"laravel/framework\",\n\"version\": \"v10.48.2\"\n"),
        (
            "n/Api.csproj",
            "<Project>\n<PropertyGroup><TargetFramework>net6.0</TargetFramework></PropertyGroup>\n<ItemGroup>\n<PackageReference Include=\"Npgsql\" />\n<PackageReference Include=\"StyleCop\" Version=\"1.1.0\" PrivateAssets=\"all\" />\n</ItemGroup></Project>\n",
        ),
        ("Directory.Packages.props", "<Project><ItemGroup><PackageVersion Include=\"Npgsql\" Version=\"8.0.1\" /></ItemGroup></Project>"),
        (
            "h/mix.exs",
            "defmodule A do\n  def project, do: [\n    app: :a,\n    elixir: \"~> 1.15\",\n  ]\n  defp deps, do: [\n    {:phoenix, \"~> 1.7\"},\n    {:credo, \"~> 1.7\", only: [:dev, :test]},\n  ]\nend\n",
        ),
        ("d/pubspec.yaml", "name: d\ndependencies:\n  http: ^1.0.0\n"),
    ]);
    assert_eq!(w.dependencies("r/Gemfile"), [dep("rails", "~> 7.0.4", false, 3), dep("rspec", "", true, 5), dep("puma", "", false, 7)]);
    assert_eq!(w.dependencies("p/composer.json"), [dep("laravel/framework", "^10.0", false, 4), dep("phpunit/phpunit", "^10", true, 5)]);
    assert_eq!(w.package("p/composer.json").scripts[0].1.value, "@lint && phpunit");
    assert_eq!(w.dependencies("n/Api.csproj"), [dep("Npgsql", "8.0.1", false, 4), dep("StyleCop", "1.1.0", true, 5)]);
    assert!(w.package("n/Api.csproj").exact);
    assert_eq!(w.dependencies("h/mix.exs"), [dep("phoenix", "~> 1.7", false, 7), dep("credo", "~> 1.7", true, 8)]);
    assert_eq!(w.dependencies("d/pubspec.yaml"), [dep("http", "^1.0.0", false, 3)]);
    assert_eq!(
        w.uses(VersionScope::Framework),
        [used("laravel", "10.48.2", "p/composer.lock", 4), used("rails", "7.0.8", "r/Gemfile.lock", 3)]
    );
    let manifests = w.uses(VersionScope::Manifest);
    for expected in [
        used("ruby", "3.2.2", "r/Gemfile", 2),
        used("php", "8.1", "p/composer.json", 2),
        used("dotnet", "6.0", "n/Api.csproj", 2),
        used("elixir", "1.15", "h/mix.exs", 4),
    ] {
        assert!(manifests.contains(&expected), "{expected:?} in {manifests:?}");
    }
}

#[test]
fn a_broken_manifest_is_a_package_and_a_problem() {
    let w = world(&[("package.json", "[1,"), ("b/Cargo.toml", "= ="), ("c/pom.xml", "<<<"), ("d/composer.json", "3")]);
    assert_eq!(w.facts.packages.len(), 4);
    for file in &w.facts.packages {
        assert!(w.facts.problems.iter().any(|p| p.at.file == file.file), "{} has a problem", file.path);
    }
}

#[test]
fn tests_examples_and_vendored_files_are_no_product() {
    let w = world(&[
        ("examples/a/package.json", "{\"name\": \"a\"}"),
        ("third_party/b/package.json", "{\"name\": \"b\"}"),
        ("esm/package.json", "{\"type\": \"module\"}"),
    ]);
    assert_eq!(w.facts.packages.iter().map(|p| (p.path.as_str(), p.product)).collect::<Vec<_>>(), [("examples/a/package.json", false)]);
}

#[test]
fn updaters_tell_what_they_cover() {
    let w = world(&[
        (
            ".github/dependabot.yml",
            "version: 2\nupdates:\n  - package-ecosystem: npm\n    directories: [\"/\", \"/apps/*\"]\n  - package-ecosystem: docker\n    directory: \"/api/\"\n    open-pull-requests-limit: 0\n",
        ),
        (
            "renovate.json",
            "{\"extends\": [\"config:recommended\"], \"ignorePaths\": [\"docs/**\"], \"docker-compose\": {\"enabled\": false}}",
        ),
    ]);
    let [dependabot, renovate] = w.facts.updaters.as_slice() else { panic!("{:?}", w.facts.updaters) };
    assert_eq!((dependabot.tool.as_str(), dependabot.everything), ("Dependabot", false));
    let entries: Vec<_> = dependabot.entries.iter().map(|e| (e.ecosystem.as_str(), e.folders.clone(), e.disabled, w.line(e.at))).collect();
    assert_eq!(entries, [("npm", vec![String::new(), "apps/*".into()], false, 3), ("docker", vec!["api".into()], true, 5)]);
    assert!(renovate.everything);
    let off: Vec<_> = renovate.entries.iter().filter(|e| e.disabled).map(|e| (e.ecosystem.as_str(), e.folders[0].as_str())).collect();
    assert_eq!(off, [("docker-compose", ""), ("*", "docs/**")]);

    let off = world(&[("renovate.json", "{\"enabled\": false}")]);
    assert!(!off.facts.updaters[0].everything && off.facts.updaters[0].entries[0].disabled);
    let some = world(&[(".github/renovate.json5", "{\n  // only these\n  enabledManagers: ['npm'],\n}")]);
    assert_eq!(some.facts.updaters[0].entries[0].ecosystem, "npm");
    assert!(!some.facts.updaters[0].everything);
}

#[test]
fn versions_of_images_workloads_pipelines_tools_and_infrastructure() {
    let w = world(&[
        ("Dockerfile", "ARG V=18\nFROM golang:1.21 AS build\nRUN make\nFROM node:${V}-alpine3.18\nCOPY --from=build /x /x\n"),
        (
            "compose.yaml",
            "services:\n  app:\n    build: .\n    image: node:99\n  db:\n    image: postgres:13-alpine\n  cache:\n    image: redis\n",
        ),
        (".nvmrc", "v20.1.0\n"),
        (".tool-versions", "# tools\npython 3.10.4\nterraform 1.5.0\n"),
        ("mise.toml", "[tools]\nruby = \"3.1\"\n"),
        (
            ".github/workflows/ci.yml",
            "on: push\njobs:\n  t:\n    runs-on: ubuntu-latest\n    strategy:\n      matrix:\n        node: [18, 22]\n    services:\n      db:\n        image: postgres:15\n    steps:\n      - uses: actions/setup-node@v4\n        with:\n          node-version: ${{ matrix.node }}\n      - uses: actions/setup-go@v5\n        with:\n          go-version: ${{ env.UNKNOWN }}\n",
        ),
        (
            "infra/main.tf",
            "resource \"aws_db_instance\" \"db\" {\n  engine         = \"postgres\"\n  engine_version = \"12.4\"\n}\nresource \"aws_lambda_function\" \"f\" {\n  runtime = \"nodejs16.x\"\n}\nresource \"aws_opensearch_domain\" \"s\" {\n  engine_version = \"OpenSearch_1.3\"\n}\n",
        ),
    ]);
    assert_eq!(w.uses(VersionScope::Image), [used("alpine", "3.18", "Dockerfile", 4), used("node", "18", "Dockerfile", 4)]);
    assert_eq!(w.uses(VersionScope::BuildStage), [used("go", "1.21", "Dockerfile", 2)]);
    assert_eq!(w.uses(VersionScope::Workload), [used("postgres", "13", "compose.yaml", 6), used("redis", "", "compose.yaml", 8)]);
    let tools = w.uses(VersionScope::ToolFile);
    assert_eq!(
        tools,
        [used("node", "20.1.0", ".nvmrc", 1), used("python", "3.10.4", ".tool-versions", 2), used("ruby", "3.1", "mise.toml", 2)]
    );
    let mut pipeline: Vec<_> = w.uses(VersionScope::Pipeline).into_iter().map(|(p, v, _, line)| (p, v, line)).collect();
    pipeline.sort();
    let expected = [("node", "18", 7), ("node", "22", 7), ("postgres", "15", 10)].map(|(p, v, line)| (p.to_owned(), v.to_owned(), line));
    assert_eq!(pipeline, expected);
    let infrastructure = w.uses(VersionScope::Infrastructure);
    for expected in [
        used("postgres", "12.4", "infra/main.tf", 3),
        used("lambda", "nodejs16.x", "infra/main.tf", 6),
        used("opensearch", "1.3", "infra/main.tf", 9),
    ] {
        assert!(infrastructure.contains(&expected), "{expected:?} in {infrastructure:?}");
    }
}
