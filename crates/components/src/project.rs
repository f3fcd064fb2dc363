//! A project's configuration: `flowmason.json`, found by walking up from the pipeline's folder.

use std::path::{Path, PathBuf};

use engine::json_error;
use serde::Deserialize;

use crate::model::ProvidersConfig;

/// The name of the configuration file.
pub const FILE_NAME: &str = "flowmason.json";

/// The contents of `flowmason.json` that FlowMason uses. Other keys are ignored.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProjectConfig {
    /// The project's name.
    pub name: Option<String>,
    /// Its model providers.
    pub providers: ProvidersConfig,
}

/// The project of a folder; an empty one if there is no `flowmason.json`.
#[derive(Clone, Debug)]
pub struct Project {
    /// The folder of the file; without a file, the folder that the search started from.
    pub folder: PathBuf,
    /// The path of `flowmason.json`, if there is one.
    pub file: Option<PathBuf>,
    /// The configuration; the default one without a file.
    pub config: ProjectConfig,
    /// Notes about unknown settings of providers, which are often misspelled.
    pub notes: Vec<String>,
}

/// The valid settings of a provider.
const SETTINGS: &[&str] = &[
    "type",
    "base_url",
    "model",
    "api_key_env",
    "temperature",
    "max_tokens",
    "timeout_seconds",
    "prices",
    "answers",
    "extra",
];

/// Notes about keys in the providers' settings that are not settings.
fn notes(text: &str) -> Vec<String> {
    let json: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let providers = json.get("providers").and_then(|p| p.as_object());
    let mut out = Vec::new();
    for (name, settings) in providers.into_iter().flatten() {
        if name == "extra" {
            continue;
        }
        for key in settings.as_object().into_iter().flat_map(|s| s.keys()) {
            if SETTINGS.contains(&key.as_str()) {
                continue;
            }
            out.push(match key.as_str() {
                "api_key" => format!(
                    "providers.{name}.api_key is ignored: put the key in an environment variable \
                     and set api_key_env to the variable's name"
                ),
                _ => format!(
                    "providers.{name}.{key} is not a setting; the settings are {}",
                    SETTINGS[..SETTINGS.len() - 1].join(", ")
                ),
            });
        }
    }
    out
}

impl Project {
    /// Finds the project that a folder belongs to. A file that cannot be read is an error.
    pub fn find(folder: &Path) -> Result<Self, String> {
        let start = folder
            .canonicalize()
            .map_err(|e| format!("the folder {} cannot be read: {e}", folder.display()))?;
        for folder in start.ancestors() {
            let file = folder.join(FILE_NAME);
            if file.is_file() {
                let text = std::fs::read_to_string(&file)
                    .map_err(|e| format!("{} cannot be read: {e}", file.display()))?;
                let config: ProjectConfig = serde_json::from_str(&text)
                    .map_err(|e| format!("{} is invalid: {}", file.display(), json_error(&e)))?;
                if let Some(default) = &config.providers.default
                    && !config.providers.named.contains_key(default)
                    && !config.providers.extra.contains_key(default)
                {
                    return Err(format!(
                        "{} is invalid: providers.default is `{default}`, but there is no provider \
                         of that name",
                        file.display()
                    ));
                }
                return Ok(Self {
                    folder: folder.to_owned(),
                    notes: notes(&text),
                    file: Some(file),
                    config,
                });
            }
        }
        Ok(Self {
            folder: start,
            file: None,
            config: ProjectConfig::default(),
            notes: Vec::new(),
        })
    }
}
