//! A project's configuration: `flowmason.json`, found by walking up from the pipeline's folder.

use std::path::{Path, PathBuf};

use engine::json_error;
use serde::Deserialize;

use crate::model::ProvidersConfig;

/// The file's name.
pub const FILE_NAME: &str = "flowmason.json";

/// What the program reads of `flowmason.json`. Other keys belong to other programs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProjectConfig {
    /// The project's name.
    pub name: Option<String>,
    /// Its model providers.
    pub providers: ProvidersConfig,
}

/// A project, or the lack of one.
#[derive(Clone, Debug)]
pub struct Project {
    /// Where the file is; without one, the folder that was asked about.
    pub folder: PathBuf,
    /// The file.
    pub file: Option<PathBuf>,
    /// What it says.
    pub config: ProjectConfig,
    /// Settings of providers that have no meaning: typing errors, most often.
    pub notes: Vec<String>,
}

/// The settings of a provider.
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

/// What stands among the providers' settings and is none.
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
                    "providers.{name}.api_key is not read: put the key into an environment \
                     variable and name it in api_key_env"
                ),
                _ => format!(
                    "providers.{name}.{key} is not a setting; there are: {}",
                    SETTINGS[..SETTINGS.len() - 1].join(", ")
                ),
            });
        }
    }
    out
}

impl Project {
    /// Finds the project of a folder. A file that cannot be read is an error, never ignored.
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
                    .map_err(|e| format!("{} is wrong: {}", file.display(), json_error(&e)))?;
                if let Some(default) = &config.providers.default
                    && !config.providers.named.contains_key(default)
                    && !config.providers.extra.contains_key(default)
                {
                    return Err(format!(
                        "{} is wrong: providers.default is `{default}`, which is not among the providers",
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
