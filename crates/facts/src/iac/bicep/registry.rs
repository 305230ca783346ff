//! Modules of Microsoft's public registry (Azure Verified Modules): the resource that each makes, and how its parameters are named.

use plimsoll_base::Location;

use crate::iac::value::{Field, Shape, Value};

/// The path of a module below `avm/res/` and the type of the resource it makes.
const MODULES: &[(&str, &str)] = &[
    ("app/container-app", "Microsoft.App/containerApps"),
    ("app/managed-environment", "Microsoft.App/managedEnvironments"),
    ("cache/redis", "Microsoft.Cache/redis"),
    ("container-registry/registry", "Microsoft.ContainerRegistry/registries"),
    ("container-service/managed-cluster", "Microsoft.ContainerService/managedClusters"),
    ("db-for-my-sql/flexible-server", "Microsoft.DBforMySQL/flexibleServers"),
    ("db-for-postgre-sql/flexible-server", "Microsoft.DBforPostgreSQL/flexibleServers"),
    ("document-db/database-account", "Microsoft.DocumentDB/databaseAccounts"),
    ("event-hub/namespace", "Microsoft.EventHub/namespaces"),
    ("insights/component", "Microsoft.Insights/components"),
    ("key-vault/vault", "Microsoft.KeyVault/vaults"),
    ("managed-identity/user-assigned-identity", "Microsoft.ManagedIdentity/userAssignedIdentities"),
    ("network/network-security-group", "Microsoft.Network/networkSecurityGroups"),
    ("network/private-endpoint", "Microsoft.Network/privateEndpoints"),
    ("network/virtual-network", "Microsoft.Network/virtualNetworks"),
    ("operational-insights/workspace", "Microsoft.OperationalInsights/workspaces"),
    ("search/search-service", "Microsoft.Search/searchServices"),
    ("service-bus/namespace", "Microsoft.ServiceBus/namespaces"),
    ("sql/server", "Microsoft.Sql/servers"),
    ("storage/storage-account", "Microsoft.Storage/storageAccounts"),
    ("web/serverfarm", "Microsoft.Web/serverfarms"),
    ("web/site", "Microsoft.Web/sites"),
    ("web/static-site", "Microsoft.Web/staticSites"),
];

/// The type that a module of the registry makes: `br/public:avm/res/sql/server:0.4.0`.
pub(super) fn resource(path: &str) -> Option<&'static str> {
    let (_, rest) = path.split_once("avm/res/")?;
    let name = rest.split(':').next()?;
    MODULES.iter().find(|(module, _)| *module == name).map(|(_, kind)| *kind)
}

/// What the modules set by themselves differs from the resource's own defaults, so that what is not given is not known.
const SET: &[&str] = &[
    "publicNetworkAccess",
    "minimumTlsVersion",
    "minimalTlsVersion",
    "zoneRedundant",
    "enablePurgeProtection",
    "allowBlobPublicAccess",
    "httpsOnly",
    "supportsHttpsTrafficOnly",
];

/// Parameters of a module as properties of its resource.
pub(super) fn properties(given: Value, at: Location) -> Value {
    let mut value = given;
    if let Shape::Map(fields) = &mut value.shape {
        for field in fields.iter_mut() {
            let name = match field.name.as_str() {
                "ingressExternal" => "external",
                "dataRetention" => "retentionInDays",
                "skuName" | "skuSku" => "sku",
                "serverFarmResourceId" => "serverFarmId",
                "environmentResourceId" => "environmentId",
                "workspaceResourceId" => "workspaceId",
                _ => continue,
            };
            name.clone_into(&mut field.name);
        }
        let tls = ["minimumTlsVersion", "minimalTlsVersion"];
        let told = fields.iter().any(|f| tls.contains(&f.name.as_str()));
        for name in SET {
            if fields.iter().all(|f| f.name != *name) && !(told && tls.contains(name)) {
                fields.push(Field { name: (*name).to_owned(), at, value: Value::unknown("${module}", at) });
            }
        }
    }
    let sku = value.get("sku").filter(|s| s.written().is_some()).cloned();
    if let Some(sku) = sku {
        let place = sku.at;
        value.set("sku", crate::iac::vocabulary::rewrite::map(place, vec![("name", sku)]));
    }
    if let Some(containers) = value.get("containers").cloned() {
        let place = containers.at;
        let mut template = vec![("containers", containers)];
        let scale = value.get("scaleSettings").cloned();
        template.extend(scale.map(|s| ("scale", s)));
        value.set("template", crate::iac::vocabulary::rewrite::map(place, template));
        let mut ingress = Vec::new();
        for (from, to) in [("external", "external"), ("ingressTargetPort", "targetPort"), ("ingressAllowInsecure", "allowInsecure")] {
            ingress.extend(value.get(from).cloned().map(|v| (to, v)));
        }
        // The module opens an ingress to the internet unless it is told otherwise.
        if ingress.iter().all(|(n, _)| *n != "external") {
            ingress.push(("external", Value::unknown("${module}", at)));
        }
        if !value.get("disableIngress").is_some_and(Value::is_true) {
            let ingress = crate::iac::vocabulary::rewrite::map(at, ingress);
            value.set("configuration", crate::iac::vocabulary::rewrite::map(at, vec![("ingress", ingress)]));
        }
    }
    value
}
