//! Published modules that many systems are built from, told as the resources that they make. Each is a text in Terraform's own language,
//! with the inputs that decide something and their documented defaults: one evaluator reads it like any other module.

/// A published module.
pub(super) struct Published {
    /// Its source in the registry, without host and version.
    pub(super) source: &'static str,
    /// What it makes.
    pub(super) text: &'static str,
}

macro_rules! modules {
    ($($source:literal: $file:literal),* $(,)?) => {
        &[$(Published { source: $source, text: include_str!(concat!($file, ".hcl")) }),*]
    };
}

static MODULES: &[Published] = modules![
    "terraform-aws-modules/vpc/aws": "aws/vpc",
];

/// The module that a source names, in the registry's form or in that of its repository.
pub(super) fn find(source: &str) -> Option<&'static Published> {
    let source = source.split('?').next().unwrap_or(source);
    let source = ["registry.terraform.io/", "registry.opentofu.org/", "app.terraform.io/"]
        .iter()
        .find_map(|h| source.strip_prefix(h))
        .unwrap_or(source);
    let known = MODULES.iter().find(|m| m.source == source);
    if known.is_some() {
        return known;
    }
    // `git::https://github.com/terraform-aws-modules/terraform-aws-vpc.git//modules/x`
    let (_, rest) = source.split_once("github.com")?;
    let rest = rest.trim_start_matches(['/', ':']);
    let (repository, submodule) = rest.split_once("//").map_or((rest, None), |(r, s)| (r, Some(s)));
    let (owner, name) = repository.trim_end_matches(".git").split_once('/')?;
    let (provider, name) = name.strip_prefix("terraform-")?.split_once('-')?;
    MODULES.iter().find(|m| {
        let (module, sub) = m.source.split_once("//").map_or((m.source, None), |(m, s)| (m, Some(s)));
        let mut parts = module.split('/');
        sub == submodule && parts.next() == Some(owner) && parts.next() == Some(name) && parts.next() == Some(provider)
    })
}

/// The name under which its blocks are held beside the folders of the tree.
pub(super) fn folder(module: &Published) -> String {
    format!("{PREFIX}{}", module.source)
}

/// Whether a folder is no folder of the tree but a published module.
pub(super) fn is_published(folder: &str) -> bool {
    folder.starts_with(PREFIX)
}

/// No folder of a tree starts so.
const PREFIX: &str = "/registry/";
