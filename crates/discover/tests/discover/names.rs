use plimsoll_discover::{Format as F, Language as L, Lockfile, Role, says_generated};

#[test]
fn formats_are_told_by_name() {
    #[rustfmt::skip]
    let cases = [
        ("Dockerfile", F::Dockerfile), ("a/dockerfile", F::Dockerfile), ("Dockerfile.prod", F::Dockerfile), ("api.Dockerfile", F::Dockerfile), ("Containerfile", F::Dockerfile),
        ("Dockerfile-dev", F::Dockerfile), ("Dockerfile.go", F::Dockerfile), ("Dockerfile.bak", F::Dockerfile), ("dockerfile.go", F::Source(L::Go)), ("Dockerfile.md", F::Markdown),
        ("Dockerfile.dockerignore", F::Ignore), (".dockerignore", F::Ignore), ("dockerfile_parser.py", F::Source(L::Python)), ("DockerfileParser.cs", F::Source(L::CSharp)),
        ("Dockerfile.j2", F::Template), ("docker-compose.yml", F::Yaml), ("compose.YAML", F::Yaml), ("compose.yml.bak", F::Yaml), ("compose.yml~", F::Yaml), ("app.yaml.example", F::Yaml),
        ("package.json", F::Json), ("tsconfig.build.json", F::JsonWithComments), (".vscode/settings.json", F::JsonWithComments), ("devcontainer.json", F::JsonWithComments),
        (".env", F::Dotenv), (".env.production", F::Dotenv), (".env.example", F::Dotenv), (".env.local.bak", F::Dotenv), ("prod.env", F::Dotenv), ("env.production", F::Dotenv), (".envrc", F::Dotenv),
        (".env.db", F::Dotenv), (".env.ts", F::Source(L::TypeScript)), ("env.ts", F::Source(L::TypeScript)), ("env.d.ts", F::Source(L::TypeScript)), (".env.d/readme", F::PlainText), (".env.j2", F::Template),
        ("main.tf", F::Hcl), ("prod.tfvars", F::Hcl), ("main.tf.json", F::Json), ("terraform.tfstate.backup", F::Json), (".terraform.lock.hcl", F::Lockfile(Lockfile::Terraform)),
        ("pom.xml", F::Xml), ("App.csproj", F::Xml), ("README", F::PlainText), ("ReadMe.md", F::Markdown), ("GNUmakefile", F::Makefile), ("nginx.conf", F::Nginx),
        ("nginx/default.conf", F::Nginx), ("default.conf.template", F::Conf), ("redis.conf", F::Conf), ("yarn.lock", F::Lockfile(Lockfile::Yarn)), ("unknown.lock", F::Other),
        ("App.tsx", F::Source(L::TypeScript)), ("a.vue", F::Source(L::Vue)), ("Gemfile", F::Source(L::Ruby)), ("Jenkinsfile.deploy", F::Source(L::Groovy)), ("a.ipynb", F::Notebook),
        ("server.key", F::KeyMaterial), ("x.tpl", F::Template), ("noidea", F::Other), ("~", F::Other), (".bak", F::Other), ("", F::Other), (".", F::Other), ("x.", F::Other),
    ];
    for (path, format) in cases {
        assert_eq!(F::of(path), format, "{path}");
    }
}

#[test]
fn first_bytes_tell_a_nameless_file_only() {
    assert_eq!(F::Other.sniffed(b"#!/usr/bin/env -S python3 -u\n"), F::Source(L::Python));
    assert_eq!(F::Other.sniffed(b"#!/bin/bash\r\n"), F::Shell);
    assert_eq!(F::Other.sniffed(b"\x7fELF\x02"), F::Binary);
    assert_eq!(F::Other.sniffed(b"a\0b"), F::Binary);
    assert_eq!(F::Other.sniffed(b"-----BEGIN OPENSSH PRIVATE KEY-----"), F::KeyMaterial);
    assert_eq!(F::Other.sniffed(b"# pages\n\ngroups:\n- name: api\n  rules: []\n"), F::Yaml);
    assert_eq!(F::Other.sniffed(b"groups:\n"), F::PlainText);
    assert_eq!(F::Other.sniffed(b""), F::PlainText);
    assert_eq!(F::Yaml.sniffed(b"#!/bin/sh"), F::Yaml);
}

#[test]
fn roles_are_told_by_path() {
    use Role::*;
    #[rustfmt::skip]
    let cases = [
        ("src/app.ts", Product), ("compose.yml", Product), (".github/workflows/test.yml", Product), ("scripts/backup.sh", Product), ("src/latest.ts", Product), ("OrderLatest.java", Product),
        ("tests/a.py", Test), ("src/__tests__/a.ts", Test), ("a.test.ts", Test), ("pkg/a_test.go", Test), ("test_a.py", Test), ("spec/a_spec.rb", Test), ("spec/openapi.yaml", Product),
        ("OrderTest.java", Test), ("Shop.Tests/Order.cs", Test), ("apps/web-e2e/a.ts", Test), ("docker-compose.test.yml", Test), ("tests/fixtures/compose.yml", Fixture), ("pkg/testdata/x.yml", Fixture),
        ("examples/tests/x.yml", Test), ("examples/compose.yml", Example), (".env.example", Example), ("config.sample.yml", Example), ("default.conf.template", Product), ("phpunit.xml.dist", Product),
        ("README.md", Docs), ("docs/compose.yml", Docs), ("LICENSE", Docs), ("web/app.min.js", Generated), ("api/x.pb.go", Generated), ("dist/app.js", Generated), ("build/app.js", Generated),
        ("build/package/Dockerfile", Product), ("package-lock.json", Product), ("third_party/x.c", Vendored), ("public/vendor/jquery.js", Vendored), ("src/vendor/supplier.ts", Product),
        ("compose.yml.bak", Backup), ("compose.yml~", Backup), ("compose copy.yml", Backup), ("compose - Copy (2).yml", Backup), ("compose.old.yml", Backup), ("tests/a.ts.orig", Backup),
        ("src/copy.ts", Product), ("files-copy.ts", Product), (".devcontainer/docker-compose.yml", DevTool), (".vscode/x.json", DevTool), (".env.test", Product), ("runtime.txt", Product),
        ("src/main/java/org/springframework/samples/App.java", Product), ("samples/src/main/java/App.java", Example),
    ];
    for (path, role) in cases {
        assert_eq!(Role::of(path, F::of(path)), role, "{path}");
    }
}

#[test]
fn a_head_line_tells_generated_text() {
    assert!(says_generated(b"// Code generated by x. DO NOT EDIT.\n"));
    assert!(says_generated(b"/**\n * @generated\n */"));
    assert!(!says_generated(b"print('x')\n"));
}
