use plimsoll_discover::Tree;

use crate::iac::{IacRoot, Resource};
use crate::{Facts, gather};

fn facts(files: &[(&str, &str)]) -> Facts {
    gather(&Tree::in_memory("t", files.iter().map(|(p, c)| ((*p).to_owned(), c.as_bytes().to_vec())).collect()))
}

fn root<'f>(facts: &'f Facts, folder: &str) -> &'f IacRoot {
    facts.iac.iter().find(|r| r.folder == folder).unwrap_or_else(|| panic!("no {folder}"))
}

/// What an attribute of `x_y.z` comes to: its text, `?` where it is decided elsewhere, nothing where it is not there.
fn attribute(resource: &Resource, name: &str) -> String {
    let known: Vec<&str> = resource.attributes.iter().filter(|(n, _)| n == name).map(|(_, v)| v.value.as_str()).collect();
    let open = resource.unresolved.iter().filter(|(n, _)| n == name).count();
    known.into_iter().chain(std::iter::repeat_n("?", open)).collect::<Vec<_>>().join(",")
}

/// What an expression comes to beside these declarations.
fn value(declarations: &str, expression: &str) -> String {
    let text = format!("{declarations}\nresource \"x_y\" \"z\" {{\n  value = {expression}\n}}\n");
    let facts = facts(&[("main.tf", &text)]);
    let resource = facts.iac[0].resources.iter().find(|r| r.kind == "x_y").expect("is there");
    attribute(resource, "value")
}

fn names(root: &IacRoot) -> Vec<&str> {
    root.resources.iter().map(|r| r.name.as_str()).collect()
}

#[test]
fn functions_come_to_what_terraform_says() {
    let given = "variable \"open\" {}\nlocals {\n  m = { b = 2, a = 1 }\n  l = [\"x\", \"y\", \"x\"]\n}\n";
    for (expression, expected) in [
        ("coalesce(null, \"\", \"a\")", "a"),
        ("coalescelist([], [\"a\"])", "a"),
        ("lookup(local.m, \"c\", 9)", "9"),
        ("lookup(local.m, \"a\", 9)", "1"),
        ("merge(local.m, { a = 5 }).a", "5"),
        ("merge({ a = 5 }, var.open).a", "?"),
        ("merge(var.open, { a = 5 }).a", "5"),
        ("try(local.m.nothing, \"d\")", "d"),
        ("try(local.m.nothing.more, local.m.a)", "1"),
        ("try(var.open.a, \"d\")", "?"),
        ("can(local.m.nothing)", "false"),
        ("can(local.m.a)", "true"),
        ("format(\"%s-%03d%%\", \"a\", 7)", "a-007%"),
        ("join(\",\", formatlist(\"%s/24\", [\"a\", \"b\"]))", "a/24,b/24"),
        ("length(concat([1], [2, 3]))", "3"),
        ("length(concat([1], var.open))", "?"),
        ("compact([\"a\", \"\", null])", "a"),
        ("distinct(local.l)", "x,y"),
        ("flatten([[1, [2]], [3]])", "1,2,3"),
        ("keys(local.m)", "a,b"),
        ("values(local.m)", "1,2"),
        ("contains(local.l, \"y\")", "true"),
        ("contains(local.l, var.open)", "?"),
        ("element(local.l, 4)", "y"),
        ("index(local.l, \"y\")", "1"),
        ("slice(local.l, 1, 3)", "y,x"),
        ("range(1, 4)", "1,2,3"),
        ("zipmap([\"k\"], [\"v\"]).k", "v"),
        ("one(toset([\"a\"]))", "a"),
        ("setunion([\"a\"], [\"b\", \"a\"])", "a,b"),
        ("setsubtract([\"a\", \"b\"], [\"b\"])", "a"),
        ("jsondecode(\"{\\\"a\\\": [1, 2]}\").a[1]", "2"),
        ("yamldecode(\"a: 1\").a", "1"),
        ("split(\",\", \"a,b\")", "a,b"),
        ("replace(\"a-b\", \"-\", \"_\")", "a_b"),
        ("replace(\"a1b2\", \"/[0-9]/\", \"\")", "ab"),
        ("regex(\"[0-9]+\", \"ab12\")", "12"),
        ("substr(\"hello\", 1, 3)", "ell"),
        ("trimprefix(\"v1\", \"v\")", "1"),
        ("title(\"ab cd\")", "Ab Cd"),
        ("upper(\"a\")", "A"),
        ("max(1, 5, 3)", "5"),
        ("ceil(1.2)", "2"),
        ("startswith(\"prod-1\", \"prod\")", "true"),
        ("alltrue([true, var.open])", "?"),
        ("alltrue([false, var.open])", "false"),
        ("anytrue([true, var.open])", "true"),
        ("7 % 4 + 6 / 3", "5"),
        ("var.open && false", "false"),
        ("var.open ? \"a\" : \"a\"", "a"),
        ("var.open ? \"a\" : \"b\"", "?"),
        ("cidrsubnet(\"10.0.0.0/16\", 8, 1)", "?"),
        ("[for k, v in local.m : \"${k}${v}\" if v > 1]", "b2"),
        ("{ for v in local.l : v => upper(v)... }.x", "X,X"),
        ("[for s in [{ id = 1 }, { id = 2 }] : s.id]", "1,2"),
        ("[{ id = 1 }, { id = 2 }][*].id", "1,2"),
        ("<<-E\n    a ${local.m.a}\n    E\n", "a 1\n"),
    ] {
        assert_eq!(value(given, expression), expected, "{expression}");
    }
}

#[test]
fn values_come_in_terraforms_order() {
    let main = "variable \"a\" { default = \"d\" }\nvariable \"b\" { default = \"d\" }\nvariable \"c\" { default = \"d\" }\nvariable \"d\" { default = \"d\" }\nvariable \"e\" { default = \"d\" }\nvariable \"f\" {}\nresource \"x_y\" \"z\" {\n  v = [var.a, var.b, var.c, var.d, var.e, var.f]\n}\n";
    let facts = facts(&[
        ("infra/main.tf", main),
        ("infra/terraform.tfvars", "b = \"tfvars\"\nc = \"tfvars\"\nd = \"tfvars\"\n"),
        ("infra/z.auto.tfvars", "c = \"auto\"\nd = \"auto\"\n"),
        ("infra/env/dev.tfvars", "d = \"dev\"\n"),
        ("infra/env/prod.tfvars", "d = \"prod\"\n"),
        (
            ".github/workflows/deploy.yml",
            "on: push\nenv:\n  TF_VAR_b: lost\n  TF_VAR_f: ${{ secrets.F }}\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: terraform -chdir=infra apply -var-file=env/${{ matrix.env }}.tfvars -var 'e=line'\n",
        ),
    ]);
    assert_eq!(attribute(&root(&facts, "infra").resources[0], "v"), "d,tfvars,auto,prod,line,?");
}

#[test]
fn a_pipelines_file_wins_and_two_that_differ_leave_it_open() {
    let main = "variable \"a\" { default = 1 }\nvariable \"b\" { default = 1 }\nresource \"x_y\" \"z\" {\n  v = [var.a, var.b]\n}\n";
    let facts = facts(&[
        ("main.tf", main),
        ("common.tfvars", "a = 2\nb = 2\n"),
        ("prod-eu.tfvars", "a = 3\n"),
        ("prod-us.tfvars", "a = 4\n"),
        ("unused.tfvars", "b = 9\n"),
        ("deploy.sh", "terraform apply -var-file common.tfvars \\\n  -var-file=prod-$REGION.tfvars\n"),
    ]);
    assert_eq!(attribute(&facts.iac[0].resources[0], "v"), "2,?");
}

#[test]
fn optional_attributes_have_their_defaults() {
    let text = "variable \"db\" {\n  type = object({ name = string, multi = optional(bool, true), size = optional(string), deep = optional(object({ n = optional(number, 3) }), {}) })\n  default = { name = \"a\" }\n}\nvariable \"n\" {\n  default = 5\n  nullable = false\n}\nresource \"x_y\" \"z\" {\n  v = [var.db.multi, var.db.size == null, var.db.deep.n, var.n]\n}\n";
    let facts = facts(&[("main.tf", text), ("terraform.tfvars", "n = null\n")]);
    assert_eq!(attribute(&facts.iac[0].resources[0], "v"), "true,true,3,5");
}

#[test]
fn count_and_for_each_make_instances() {
    let text = "variable \"open\" {}\nresource \"a_a\" \"none\" { count = 0 }\nresource \"a_a\" \"two\" {\n  count = 2\n  v = count.index\n}\nresource \"a_a\" \"each\" {\n  for_each = { b = 1, a = 2 }\n  v = \"${each.key}${each.value}\"\n}\nresource \"a_a\" \"maybe\" {\n  count = var.open ? 1 : 0\n  v = 1\n}\nresource \"a_a\" \"million\" {\n  count = 1000000\n}\nresource \"a_b\" \"all\" {\n  v = a_a.two[*].id\n  n = length(a_a.two)\n  w = [for k, x in a_a.each : k]\n}\n";
    let facts = facts(&[("main.tf", text)]);
    let root = &facts.iac[0];
    assert_eq!(names(root), ["two[0]", "two[1]", "each[\"a\"]", "each[\"b\"]", "maybe", "million", "all"]);
    assert_eq!(attribute(&root.resources[1], "v"), "1");
    assert_eq!(attribute(&root.resources[2], "v"), "a2");
    assert_eq!(attribute(&root.resources[6], "n"), "2");
    assert_eq!(attribute(&root.resources[6], "v"), "?,?");
    assert_eq!(attribute(&root.resources[6], "w"), "a,b");
    assert!(facts.problems.iter().any(|p| p.says.starts_with("count = 1000000")));
}

#[test]
fn zones_of_a_region_are_known_in_number() {
    let given = "data \"aws_availability_zones\" \"a\" {}\nlocals {\n  azs = slice(data.aws_availability_zones.a.names, 0, 3)\n}\n";
    assert_eq!(value(given, "length(local.azs)"), "3");
    assert_eq!(value(given, "[for i, az in local.azs : i]"), "0,1,2");
}

#[test]
fn dynamic_blocks_expand() {
    let text = "variable \"open\" {}\nresource \"a_a\" \"x\" {\n  dynamic \"rule\" {\n    for_each = [80, 443]\n    iterator = port\n    content {\n      port = port.value\n      dynamic \"deep\" {\n        for_each = port.value == 80 ? [1] : []\n        content { v = deep.value }\n      }\n    }\n  }\n  dynamic \"maybe\" {\n    for_each = var.open\n    content { on = true }\n  }\n  dynamic \"never\" {\n    for_each = []\n    content { on = true }\n  }\n}\n";
    let facts = facts(&[("main.tf", text)]);
    let x = &facts.iac[0].resources[0];
    assert_eq!((attribute(x, "rule.port"), attribute(x, "rule.deep.v")), ("80,443".to_owned(), "1".to_owned()));
    assert_eq!((attribute(x, "maybe.on"), attribute(x, "never.on")), ("?".to_owned(), String::new()));
}

#[test]
fn modules_take_inputs_and_give_outputs() {
    let facts = facts(&[
        (
            "live/main.tf",
            "module \"db\" {\n  source = \"../modules/db\"\n  for_each = toset([\"a\", \"b\"])\n  name = each.key\n}\nmodule \"net\" {\n  source = \"../modules/net\"\n}\nresource \"x_y\" \"z\" {\n  v = module.db[\"a\"].name\n  w = [for m in module.db : m.name]\n  ids = module.net.subnets\n  deep = module.net.inner\n}\n",
        ),
        (
            "modules/db/main.tf",
            "variable \"name\" {}\nresource \"a_a\" \"db\" { v = var.name }\noutput \"name\" { value = \"db-${var.name}\" }\n",
        ),
        (
            "modules/net/main.tf",
            "resource \"a_subnet\" \"s\" { count = 2 }\noutput \"subnets\" { value = a_subnet.s[*].id }\nmodule \"inner\" {\n  source = \"./inner\"\n}\noutput \"inner\" { value = module.inner.v }\n",
        ),
        ("modules/net/inner/main.tf", "output \"v\" { value = 7 }\n"),
    ]);
    let live = root(&facts, "live");
    let z = live.resources.iter().find(|r| r.name == "z").expect("is there");
    assert_eq!((attribute(z, "v"), attribute(z, "w"), attribute(z, "deep")), ("db-a".to_owned(), "db-a,db-b".to_owned(), "7".to_owned()));
    assert_eq!(attribute(z, "ids"), "?,?");
    assert!(names(live).contains(&"module.db[\"b\"].db") && names(live).contains(&"module.net.s[1]"));
    assert!(["modules/db", "modules/net", "modules/net/inner"].iter().all(|f| root(&facts, f).module) && !live.module);
}

#[test]
fn a_published_module_is_told_as_what_it_makes() {
    let facts = facts(&[(
        "main.tf",
        "module \"vpc\" {\n  source = \"terraform-aws-modules/vpc/aws\"\n  version = \"~> 5.0\"\n  azs = [\"eu-west-1a\", \"eu-west-1b\"]\n  public_subnets = [\"10.0.1.0/24\"]\n  private_subnets = [\"10.0.2.0/24\", \"10.0.3.0/24\"]\n}\nmodule \"other\" {\n  source = \"acme/thing/aws\"\n}\n",
    )]);
    let root = &facts.iac[0];
    let private: Vec<String> =
        root.resources.iter().filter(|r| r.name.contains("private[")).map(|r| attribute(r, "availability_zone")).collect();
    assert_eq!(private, ["eu-west-1a", "eu-west-1b", "", ""], "subnets, then what associates them");
    assert_eq!(root.unread_modules.iter().map(|m| m.value.as_str()).collect::<Vec<_>>(), ["acme/thing/aws"]);
    assert_eq!(facts.problems.iter().filter(|p| p.says.contains("acme/thing/aws")).count(), 1);
    assert_eq!(root.pins.modules.len(), 2);
    assert!(root.pins.modules[0].version.is_some() && root.pins.modules[1].version.is_none());
}

#[test]
fn json_is_read_like_hcl() {
    let facts = facts(&[(
        "main.tf.json",
        r#"{"terraform": {"backend": {"s3": {"bucket": "b", "use_lockfile": true}}}, "variable": {"n": {"default": 2}},
"resource": {"a_a": {"x": {"count": "${var.n}", "v": "n-${var.n + 1}", "tags": {"A": "b"}, "ingress": [{"p": 1}, {"p": 2}]}}}}"#,
    )]);
    let root = &facts.iac[0];
    assert_eq!(names(root), ["x[0]", "x[1]"]);
    let x = &root.resources[0];
    assert_eq!(
        (attribute(x, "v"), attribute(x, "tags.A"), attribute(x, "ingress.p")),
        ("n-3".to_owned(), "b".to_owned(), "1,2".to_owned())
    );
    assert_eq!(root.backend.as_ref().map(|b| b.value.as_str()), Some("s3"));
    assert!(x.get("v").and_then(|v| v.at.span).is_some_and(|s| s.start > 100));
}

#[test]
fn templates_of_the_tree_are_filled_in() {
    let facts = facts(&[
        (
            "infra/main.tf",
            "resource \"x_y\" \"z\" {\n  v = templatefile(\"${path.module}/run.sh.tpl\", { name = \"a\", open = data.x_x.y.id })\n  w = jsondecode(file(\"policy.json\")).Version\n}\n",
        ),
        ("infra/run.sh.tpl", "run ${name}"),
        ("infra/policy.json", "{\"Version\": \"2012\"}"),
    ]);
    let z = &root(&facts, "infra").resources[0];
    assert_eq!((attribute(z, "v"), attribute(z, "w")), ("run a\n".to_owned(), "2012".to_owned()));
}

#[test]
fn what_leads_back_to_itself_is_told_and_ends() {
    let wide: String = (0..40).map(|i| format!("  l{i} = \"${{local.l{}}}${{local.l{}}}\"\n", i + 1, i + 1)).collect();
    let bomb = format!(
        "locals {{\n{wide}  l40 = \"x\"\n  loop = local.loop\n  far = local.near\n  near = [local.far]\n}}\nvariable \"v\" {{ default = var.v }}\nresource \"a_a\" \"x\" {{\n  count = length(a_a.x) + 1\n  v = [local.l0, local.loop, local.far, var.v]\n}}\noutput \"o\" {{ value = module.m.o }}\nmodule \"m\" {{\n  source = \"./m\"\n  o = module.m.o\n}}\nmodule \"gone\" {{ source = \"./gone\" }}\n"
    );
    let facts = facts(&[
        ("main.tf", &bomb),
        ("m/main.tf", "variable \"o\" {}\noutput \"o\" { value = var.o }\nmodule \"up\" { source = \"../\" }\n"),
    ]);
    let says: Vec<&str> = facts.problems.iter().map(|p| p.says.as_str()).collect();
    assert!(says.iter().any(|s| s.contains("leads back to itself")) && says.iter().any(|s| s.contains("./gone")), "{says:?}");
    assert!(!facts.iac.is_empty());
}

#[test]
fn values_that_hold_each_other_end() {
    let doubled: String = (1..60).map(|i| format!("  d{i} = [local.d{}, local.d{}]\n", i - 1, i - 1)).collect();
    let nested: String = (1..3000).map(|i| format!("  n{i} = {{ a = local.n{} }}\n", i - 1)).collect();
    let uses: String = (0..3000).map(|i| format!("resource \"a_a\" \"r{i}\" {{ v = local.n{i} }}\n")).collect();
    let text = format!(
        "locals {{\n  d0 = [1, 2]\n  n0 = {{ a = 1 }}\n{doubled}{nested}}}\nresource \"a_b\" \"d\" {{\n  v = local.d59\n  w = local.d1\n  x = merge(local.d59, local.n2999)\n}}\n{uses}"
    );
    let facts = facts(&[("main.tf", &text)]);
    let d = facts.iac[0].resources.iter().find(|r| r.kind == "a_b").expect("is there");
    assert_eq!((attribute(d, "w"), attribute(d, "x")), ("1,2,1,2".to_owned(), "?".to_owned()));
    assert!(attribute(d, "v").chars().all(|c| matches!(c, '?' | ',')), "{}", attribute(d, "v"));
    let deep = &facts.iac[0].resources.iter().find(|r| r.name == "r2999").expect("is there");
    assert!(deep.attributes.is_empty() && !deep.unresolved.is_empty());
}

#[test]
fn blocks_beyond_those_looked_at_are_not_taken_for_none() {
    let text = "resource \"a_a\" \"x\" {\n  dynamic \"rule\" {\n    for_each = range(100)\n    content { port = rule.value }\n  }\n}\nresource \"a_a\" \"y\" { for_each = toset([for i in range(100) : tostring(i)]) }\n";
    let facts = facts(&[("main.tf", text)]);
    let x = &facts.iac[0].resources[0];
    assert_eq!((x.attributes.len(), x.unresolved.len()), (64, 1));
    assert!(facts.problems.iter().any(|p| p.says.contains("for_each over 100")), "{:?}", facts.problems);
}

#[test]
fn many_modules_from_elsewhere_are_few_problems() {
    let text: String = (0..300).map(|i| format!("module \"m{i}\" {{ source = \"acme/thing{}/aws\" }}\n", i % 100)).collect();
    let facts = facts(&[("main.tf", &text)]);
    let told: Vec<&str> = facts.problems.iter().map(|p| p.says.as_str()).filter(|s| s.contains("in the tree")).collect();
    assert_eq!(told.len(), 21);
    assert!(told[0].contains("`acme/thing0/aws`") && told[0].contains("2 more calls") && told[20].contains("79 more modules"), "{told:?}");
    assert_eq!(facts.iac[0].unread_modules.len(), 300);
}

#[test]
fn regions_tell_a_certificates_from_a_place_to_run_in() {
    let text = "variable \"region\" { default = \"eu-central-1\" }\nprovider \"aws\" { region = var.region }\nprovider \"aws\" {\n  alias = \"edge\"\n  region = \"us-east-1\"\n}\nprovider \"aws\" {\n  alias = \"dr\"\n  region = \"eu-west-1\"\n}\nresource \"aws_acm_certificate\" \"c\" { provider = aws.edge }\nresource \"aws_s3_bucket\" \"b\" { provider = aws.dr }\n";
    let facts = facts(&[("main.tf", text), ("az/main.tf", "resource \"azurerm_resource_group\" \"g\" { location = \"West Europe\" }\n")]);
    let regions = |folder: &str| -> Vec<(String, bool)> {
        let all = &root(&facts, folder).infrastructure.regions;
        all.iter().map(|r| (r.name.known().cloned().unwrap_or_default(), r.auxiliary)).collect()
    };
    let expected = [("eu-central-1", false), ("us-east-1", true), ("eu-west-1", false)];
    assert_eq!(regions(""), expected.map(|(n, a)| (n.to_owned(), a)));
    assert_eq!(regions("az"), [("westeurope".to_owned(), false)]);
}

#[test]
fn the_backend_is_told_with_what_commands_hand_in() {
    let facts = facts(&[
        (
            "infra/main.tf",
            "terraform {\n  required_version = \">= 1.6\"\n  required_providers {\n    aws = { source = \"hashicorp/aws\", version = \"~> 5.0\" }\n  }\n  backend \"s3\" {\n    bucket = \"state\"\n  }\n}\nresource \"random_id\" \"r\" {}\n",
        ),
        ("infra/.terraform.lock.hcl", "provider \"registry.terraform.io/hashicorp/aws\" {\n  version = \"5.1.0\"\n}\n"),
        ("deploy.sh", "cd infra\nterraform init -backend-config=\"key=prod/app\" -backend-config=dynamodb_table=$LOCKS\n"),
        (
            "boot/main.tf",
            "resource \"aws_s3_bucket\" \"b\" { bucket = \"state\" }\nresource \"aws_s3_bucket_versioning\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  versioning_configuration { status = \"Enabled\" }\n}\n",
        ),
    ]);
    let root = root(&facts, "infra");
    let backend = root.state.backend.as_ref().expect("is there");
    assert_eq!(backend.setting("key").and_then(|k| k.known()).map(String::as_str), Some("prod/app"));
    assert!(backend.setting("dynamodb_table").is_some_and(|t| t.known().is_none()));
    assert!(backend.versioned.as_ref().is_some_and(|v| v.on()));
    assert_eq!(root.pins.tool[0].value, ">= 1.6");
    let pins: Vec<(&str, bool)> = root.pins.providers.iter().map(|p| (p.name.as_str(), p.constraint.is_some())).collect();
    assert_eq!(pins, [("aws", true), ("random", false)]);
    assert_eq!(root.pins.lock.as_ref().map(|l| l.providers.len()), Some(1));
}

#[test]
fn terragrunt_keeps_the_state_of_what_it_runs() {
    let facts = facts(&[
        (
            "terragrunt.hcl",
            "remote_state {\n  backend = \"s3\"\n  config = {\n    bucket = \"b\"\n    encrypt = true\n    key = \"${path_relative_to_include()}/terraform.tfstate\"\n  }\n}\n",
        ),
        (
            "live/prod/db/terragrunt.hcl",
            "include \"root\" {\n  path = find_in_parent_folders()\n}\nterraform {\n  source = \"${get_repo_root()}/modules/db\"\n}\n",
        ),
        ("live/prod/x/terragrunt.hcl", "terraform {\n  source = \"git::https://example.org/x.git?ref=v1\"\n}\n"),
        ("modules/db/main.tf", "resource \"aws_db_instance\" \"d\" {}\n"),
    ]);
    let db = root(&facts, "live/prod/db");
    assert_eq!((db.resources.len(), db.backend.as_ref().map(|b| b.value.as_str())), (1, Some("s3")));
    assert!(root(&facts, "modules/db").module);
    assert_eq!(root(&facts, "live/prod/x").unread_modules.len(), 1);
}

#[test]
fn published_modules_refer_to_each_other() {
    let facts = facts(&[(
        "main.tf",
        "module \"vpc\" {\n  source = \"terraform-aws-modules/vpc/aws\"\n  azs = [\"a\", \"b\"]\n  public_subnets = [\"10.0.1.0/24\", \"10.0.2.0/24\"]\n  private_subnets = [\"10.0.3.0/24\"]\n}\nmodule \"db\" {\n  source = \"terraform-aws-modules/rds/aws\"\n  engine = \"postgres\"\n  multi_az = true\n  create_db_subnet_group = true\n  subnet_ids = module.vpc.private_subnets\n}\nmodule \"web\" {\n  source = \"terraform-aws-modules/security-group/aws\"\n  ingress_cidr_blocks = [\"0.0.0.0/0\"]\n  ingress_rules = [\"https-443-tcp\"]\n}\nmodule \"ecs\" {\n  source = \"terraform-aws-modules/ecs/aws\"\n  services = {\n    api = {\n      desired_count = 3\n      container_definitions = { api = { image = \"acme/api:1\" } }\n    }\n  }\n}\nmodule \"eks\" {\n  source = \"terraform-aws-modules/eks/aws\"\n  cluster_name = \"c\"\n  subnet_ids = module.vpc.private_subnets\n  eks_managed_node_groups = { a = { min_size = 2 } }\n}\nmodule \"files\" {\n  source = \"terraform-aws-modules/s3-bucket/aws\"\n  versioning = { enabled = true }\n}\n",
    )]);
    let root = &facts.iac[0];
    let of = |kind: &str, name: &str| root.resources.iter().find(|r| r.kind == kind).map(|r| attribute(r, name)).unwrap_or_default();
    assert_eq!((of("aws_db_instance", "multi_az"), of("aws_db_instance", "storage_encrypted")), ("true".into(), "true".into()));
    assert_eq!(of("aws_db_subnet_group", "subnet_ids"), "?", "one private subnet, by its address");
    assert_eq!((of("aws_security_group_rule", "from_port"), of("aws_security_group_rule", "protocol")), ("443".into(), "tcp".into()));
    assert_eq!(
        (of("aws_eks_node_group", "scaling_config.min_size"), of("aws_eks_cluster", "vpc_config.endpoint_public_access")),
        ("2".into(), "false".into())
    );
    assert_eq!(of("aws_s3_bucket_versioning", "versioning_configuration.status"), "Enabled");
    let api = root.workloads.iter().find(|w| w.name == "api").expect("a service by its key");
    assert_eq!(api.replicas.known(), Some(&3));
    assert!(root.unread_modules.is_empty());
}

#[test]
fn what_may_not_exist_says_so() {
    let facts = facts(&[(
        "main.tf",
        "variable \"on\" {}\nresource \"aws_instance\" \"maybe\" {\n  count = var.on ? 1 : 0\n  user_data = \"run\"\n}\nresource \"aws_instance\" \"two\" {\n  count = 2\n  user_data = \"run\"\n}\n",
    )]);
    let replicas: Vec<Option<u32>> = facts.iac[0].workloads.iter().map(|w| w.replicas.known().copied()).collect();
    assert_eq!(replicas, [None, Some(2)]);
}

#[test]
fn a_plan_is_told_by_its_bytes() {
    let mut plan = b"PK\x03\x04\x00\x00".to_vec();
    plan.extend(b"tfplan tfstate tfstate-prev");
    let tree = Tree::in_memory("t", vec![("infra/saved".to_owned(), plan), ("infra/other".to_owned(), b"PK\x03\x04\x00tfplan".to_vec())]);
    let paths: Vec<String> = gather(&tree).artefacts.into_iter().map(|a| a.path).collect();
    assert_eq!(paths, ["infra/saved"]);
}

#[test]
fn commands_that_make_resources_are_kept_apart_from_those_that_pass() {
    let facts = facts(&[(
        "setup.sh",
        "aws iam create-role --role-name x\naws s3 mb s3://acme-tfstate\naws cloudfront create-invalidation --id x\n# aws ec2 create-vpc\necho aws ec2 create-vpc\ngcloud compute instances create vm\naws rds create-db-snapshot x\nterraform import a.b c\n",
    )]);
    let steps: Vec<(bool, bool)> = facts.manual_steps.iter().map(|s| (s.imports, s.bootstraps)).collect();
    assert_eq!(steps, [(false, false), (false, true), (false, false), (true, false)]);
}
