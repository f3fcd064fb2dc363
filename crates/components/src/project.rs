//! A project's configuration: `flowmason.json`, found by walking up from the pipeline's folder.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::model::ProvidersConfig;

/// The file's name.
pub const FILE_NAME: &str = "flowmason.json";

/// What the program reads of `flowmason.json`. Other keys are other programs' business.
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
                    .map_err(|e| format!("{} is wrong: {e}", file.display()))?;
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
                    file: Some(file),
                    config,
                });
            }
        }
        Ok(Self {
            folder: start,
            file: None,
            config: ProjectConfig::default(),
        })
    }
}
