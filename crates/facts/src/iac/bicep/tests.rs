use plimsoll_discover::Tree;

use super::*;
use crate::iac::cloud::Instance;
use crate::iac::value::Value;

struct Read {
    instances: Vec<Instance>,
    problems: Vec<String>,
}

impl Read {
    fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(p, c)| ((*p).to_owned(), c.as_bytes().to_vec())).collect();
        let facts = crate::gather(&Tree::in_memory("t", files));
        let sources = load(&facts.library);
        let entries = entries(&sources, &facts.library);
        let mut read = Self { instances: Vec::new(), problems: Vec::new() };
        for files in entries.values() {
            let reader = stand(&sources, files, &facts.library);
            read.problems.extend(reader.problems.into_iter().map(|p| p.says));
            read.instances.extend(reader.instances);
        }
        read
    }
    fn certain(&self, address: &str) -> bool {
        self.instances.iter().any(|i| i.address() == address && i.certain)
    }
    fn addresses(&self) -> Vec<String> {
        self.instances.iter().map(Instance::address).collect()
    }
    fn get(&self, address: &str) -> &Value {
        let found = self.instances.iter().find(|i| i.address() == address);
        &found.unwrap_or_else(|| panic!("no {address} among {:?}", self.addresses())).value
    }
    fn written(&self, address: &str, path: &[&str]) -> Option<&str> {
        self.get(address).path(path).and_then(Value::written)
    }
}

const MAIN: &str = r#"
@allowed(['dev', 'prod'])
param env string = 'dev'
param zone bool
param settings object = {}
param days int = 14
var redundant = env == 'prod' // the stage
resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2022-12-01' = {
  name: 'db-${env}'
  sku: { name: 'Standard_D2s_v3', tier: 'GeneralPurpose' }
  properties: {
    backup: { backupRetentionDays: days, geoRedundantBackup: redundant ? 'Enabled' : 'Disabled' }
    highAvailability: { mode: zone ? 'ZoneRedundant' : 'Disabled' }
    network: { publicNetworkAccess: 'Disabled' }
  }
  resource open 'firewallRules' = {
    name: 'all'
    properties: {
      startIpAddress: '0.0.0.0'
      endIpAddress: '255.255.255.255'
    }
  }
}
resource gone 'Microsoft.Cache/redis@2023-08-01' = if (env == 'dev') {
  name: 'cache'
}
resource perhaps 'Microsoft.Cache/redis@2023-08-01' = if (zone) {
  name: 'cache'
}
resource there 'Microsoft.KeyVault/vaults@2022-07-01' existing = {
  name: 'kv'
}
module app './app.bicep' = {
  name: 'app'
  params: { plan: plan.outputs.id, settings: union(settings, { MODE: env }) }
}
module plan 'plan.bicep' = { name: 'plan' }
module far 'br/public:avm/res/sql/server:0.4.0' = { name: 'far', params: { minimalTlsVersion: '1.2' } }
module unread 'br:acme.azurecr.io/web:v1' = { name: 'web' }
resource store 'Microsoft.Storage/storageAccounts@2023-01-01' = {
  name: 'files'
  sku: {
    name: 'Standard_ZRS'
  }
}
resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-01-01' = {
  parent: store
  name: 'default'
  properties: { isVersioningEnabled: true, deleteRetentionPolicy: { enabled: true, days: 7 } }
}
"#;
const APP: &str = r#"
param plan string
param settings object
resource site 'Microsoft.Web/sites@2022-09-01' = {
  name: 'web'
  kind: 'app,linux'
  properties: {
    serverFarmId: plan
    httpsOnly: true
    siteConfig: { minTlsVersion: '1.2', appSettings: [{ name: 'A', value: 'b' }] }
  }
  resource config 'config' = { name: 'appsettings', properties: settings }
}
"#;
const PLAN: &str = "resource plan 'Microsoft.Web/serverfarms@2022-09-01' = {\n  name: 'p'\n  sku: { name: 'P1v3', capacity: 2 }\n}\noutput id string = plan.id\n";

#[test]
fn a_bicep_file_is_evaluated_with_its_modules_for_production() {
    let read = Read::of(&[("infra/main.bicep", MAIN), ("infra/app.bicep", APP), ("infra/plan.bicep", PLAN)]);
    let server = "azurerm_postgresql_flexible_server.server";
    assert_eq!(read.written(server, &["backup_retention_days"]), Some("14"));
    assert_eq!(read.written(server, &["geo_redundant_backup_enabled"]), Some("true"), "the stage that is compared is production");
    assert_eq!(read.written(server, &["public_network_access_enabled"]), Some("false"));
    assert!(read.get(server).path(&["high_availability", "mode"]).is_some_and(Value::is_unknown), "nobody gives the parameter");
    let rule = "azurerm_postgresql_flexible_server_firewall_rule.open";
    assert_eq!(read.written(rule, &["server_id"]), Some("${azurerm_postgresql_flexible_server.server.id}"));
    assert_eq!(read.written(rule, &["start_ip_address"]), Some("0.0.0.0"));
    assert!(!read.addresses().iter().any(|a| a.ends_with(".gone") || a.ends_with(".there")));
    assert!(!read.certain("azurerm_redis_cache.perhaps"), "its condition is open");
    let site = "module.app.azurerm_linux_web_app.site";
    assert_eq!(
        read.written(site, &["service_plan_id"]),
        Some("${module.plan.azurerm_service_plan.plan.id}"),
        "an output of a later module"
    );
    assert_eq!(read.written(site, &["site_config", "minimum_tls_version"]), Some("1.2"));
    assert_eq!((read.written(site, &["app_settings", "A"]), read.written(site, &["app_settings", "MODE"])), (Some("b"), Some("prod")));
    assert_eq!(read.written("module.plan.azurerm_service_plan.plan", &["worker_count"]), Some("2"));
    assert_eq!(read.written("azurerm_mssql_server.far", &["minimum_tls_version"]), Some("1.2"));
    assert!(read.get("azurerm_mssql_server.far").get("public_network_access_enabled").is_some_and(Value::is_unknown));
    let store = "azurerm_storage_account.store";
    assert_eq!(read.written(store, &["account_replication_type"]), Some("ZRS"));
    assert_eq!(read.written(store, &["blob_properties", "versioning_enabled"]), Some("true"));
    assert_eq!(read.written(store, &["blob_properties", "delete_retention_policy", "days"]), Some("7"));
    assert_eq!(read.problems, ["the module `br:acme.azurecr.io/web:v1` is not in the tree: what it declares is missing here"]);
}

#[test]
fn files_of_parameters_go_before_defaults_and_production_before_others() {
    let dev = "using '../main.bicep'\nparam zone = false\nparam days = 1\n";
    let prod = "using '../main.bicep'\nparam zone = true\nparam days = 30\nparam env = 'dev'\n";
    let files =
        [("main.bicep", MAIN), ("app.bicep", APP), ("plan.bicep", PLAN), ("env/dev.bicepparam", dev), ("env/prod.bicepparam", prod)];
    let read = Read::of(&files);
    let server = "azurerm_postgresql_flexible_server.server";
    assert_eq!(read.written(server, &["backup_retention_days"]), Some("30"));
    assert_eq!(read.written(server, &["geo_redundant_backup_enabled"]), Some("false"), "as its file says");
    assert_eq!(read.written(server, &["high_availability", "mode"]), Some("ZoneRedundant"));
}

#[test]
fn an_arm_template_is_the_same_in_json() {
    let template = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
      "parameters": {"tls": {"type": "string", "defaultValue": "1.2"}, "on": {"type": "bool"}},
      "variables": {"plan": "[concat('plan-', 'x')]"},
      "resources": [
        {"type": "Microsoft.Web/serverfarms", "name": "[variables('plan')]", "sku": {"name": "B1"}},
        {"type": "Microsoft.Web/sites", "name": "web", "kind": "app,linux", "properties": {
           "serverFarmId": "[resourceId('Microsoft.Web/serverfarms', variables('plan'))]",
           "httpsOnly": "[parameters('on')]", "siteConfig": {"minTlsVersion": "[parameters('tls')]"}}},
        {"type": "Microsoft.Cache/redis", "name": "gone", "condition": "[equals(parameters('tls'), '1.0')]"},
        {"type": "Microsoft.Cache/redis", "name": "perhaps", "condition": "[parameters('on')]"}]}"#;
    let read = Read::of(&[("azuredeploy.json", template)]);
    let web = "azurerm_linux_web_app.web";
    assert!(read.written(web, &["service_plan_id"]).is_some_and(|t| t.starts_with("${azurerm_service_plan.")));
    assert_eq!(read.written(web, &["site_config", "minimum_tls_version"]), Some("1.2"));
    assert!(read.get(web).get("https_only").is_some_and(Value::is_unknown));
    assert!(!read.addresses().contains(&"azurerm_redis_cache.gone".to_owned()));
    assert!(!read.certain("azurerm_redis_cache.perhaps"));
}

#[test]
fn container_apps_are_workloads() {
    let text = r#"
resource app 'Microsoft.App/containerApps@2023-05-01' = {
  name: 'api'
  properties: {
    configuration: { ingress: { external: true, targetPort: 8080 } }
    template: {
      containers: [
        { name: 'api', image: 'acme/api:1', env: [{ name: 'KEY', secretRef: 'key' }], resources: { cpu: json('0.5'), memory: '1Gi' }
          probes: [{ type: 'Liveness', httpGet: { path: '/up', port: 8080 } }] }
      ]
      scale: { minReplicas: 2 }
    }
  }
}
"#;
    let facts = crate::gather(&Tree::in_memory("t", vec![("main.bicep".to_owned(), text.as_bytes().to_vec())]));
    let api = &facts.iac[0].workloads[0];
    assert_eq!((api.name.as_str(), api.probes.len(), api.secrets.len(), api.ports.len()), ("app", 1, 1, 1));
    assert_eq!(api.replicas.known(), Some(&2));
    assert_eq!(api.cpu_limit.as_ref().and_then(|c| c.known()).map(String::as_str), Some("0.5"));
}

#[test]
fn hostile_files_are_bounded() {
    let deep = format!("var x = {}1{}\n", "[".repeat(50_000), "]".repeat(50_000));
    let choices = format!("var y = {}\n", "a ? ".repeat(50_000));
    let nots = format!("var z = {}a\n", "!".repeat(50_000));
    let circle = "var a = b\nvar b = a\nresource r 'Microsoft.Cache/redis@1' = {\n  name: a\n}\nmodule m './main.bicep' = { name: 'm' }\n";
    for text in [deep.as_str(), &choices, &nots, circle, "resource", "param x = {", "module a 'b' = {params: {'"] {
        Read::of(&[("main.bicep", text)]);
    }
    let mut doubling = String::from("var v0 = ['a', 'b']\n");
    for i in 1..40 {
        doubling.push_str(&format!("var v{i} = concat(v{0}, v{0})\n", i - 1));
    }
    doubling.push_str("resource r 'Microsoft.Cache/redis@1' = {\n  name: 'x'\n  tags: v39\n}\n");
    Read::of(&[("main.bicep", &doubling)]);
}
