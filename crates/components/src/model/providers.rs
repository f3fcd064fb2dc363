//! The configured providers by name, and why some cannot be used.

use std::{path::Path, sync::Arc};

use engine::{
    component::{Registry, StageError},
    model::Pipeline,
};
use indexmap::IndexMap;
use types::ErrorCode;

use super::{
    ModelProvider, OpenAiCompatible, ProviderKind, ProviderSettings, ProvidersConfig, Script,
    Scripted, config::well_known, examples,
};
use crate::http::GuardedClient;

/// The providers of a host. Cheap to clone.
#[derive(Clone, Default)]
pub struct Providers {
    default: Option<String>,
    entries: Arc<IndexMap<String, Entry>>,
    /// The settings of the configured providers, to say what a run will do before it is run.
    settings: Arc<IndexMap<String, ProviderSettings>>,
    /// The name of the configuration file in messages.
    place: Option<Arc<str>>,
}

#[derive(Clone)]
enum Entry {
    Ready {
        provider: Arc<dyn ModelProvider>,
        scripted: bool,
    },
    /// Configured but not usable; the text says why and what to do.
    NotReady(String),
}

impl std::fmt::Debug for Providers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Providers")
            .field("default", &self.default)
            .field("names", &self.entries.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// The providers that a pipeline needs are not set up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NotReady {
    /// The message: which stages cannot run, why, and how to set up the providers.
    pub message: String,
    /// The ids of the stages.
    pub stages: Vec<String>,
}

impl NotReady {
    /// The stable error code.
    pub const CODE: ErrorCode = ErrorCode::ProviderNotConfigured;
}

impl Providers {
    /// Sets up the providers of a configuration. `folder` is the folder of its files, `place` its
    /// name in messages, and `env` reads environment variables. An entry that cannot be used is
    /// kept with the reason, because it only matters to pipelines that use it.
    pub fn from_config(
        config: &ProvidersConfig,
        folder: &Path,
        place: &str,
        env: &dyn Fn(&str) -> Option<String>,
        client: &GuardedClient,
    ) -> Self {
        let entries: IndexMap<String, Entry> = config
            .named
            .iter()
            .chain(&config.extra)
            .map(|(name, settings)| {
                let entry = match set_up(name, settings, folder, env, client) {
                    Ok(entry) => entry,
                    Err(reason) => Entry::NotReady(reason),
                };
                (name.clone(), entry)
            })
            .collect();
        let only = (entries.len() == 1)
            .then(|| entries.keys().next().cloned())
            .flatten();
        Self {
            default: config.default.clone().or(only),
            entries: Arc::new(entries),
            settings: Arc::new(
                config
                    .named
                    .iter()
                    .chain(&config.extra)
                    .map(|(name, settings)| (name.clone(), settings.clone()))
                    .collect(),
            ),
            place: Some(place.into()),
        }
    }

    /// Adds a provider; it becomes the default if there is none.
    pub fn with(self, name: &str, provider: Arc<dyn ModelProvider>) -> Self {
        self.add(
            name,
            Entry::Ready {
                provider,
                scripted: false,
            },
        )
    }

    /// Adds the provider of the built-in examples under its name, unless the name is taken. It
    /// never becomes the default: a pipeline that names no provider must not get scripted answers.
    pub fn with_examples(self) -> Self {
        if self.entries.contains_key(examples::PROVIDER) {
            return self;
        }
        match Script::parse(examples::ANSWERS) {
            Ok(script) => {
                let provider = Arc::new(Scripted::new(script, None));
                self.insert(
                    examples::PROVIDER,
                    Entry::Ready {
                        provider,
                        scripted: true,
                    },
                )
            }
            Err(reason) => self.insert(examples::PROVIDER, Entry::NotReady(reason)),
        }
    }

    fn add(mut self, name: &str, entry: Entry) -> Self {
        self.default.get_or_insert_with(|| name.to_owned());
        self.insert(name, entry)
    }

    fn insert(mut self, name: &str, entry: Entry) -> Self {
        Arc::make_mut(&mut self.entries).insert(name.to_owned(), entry);
        self
    }

    /// The providers: the name, whether it is the default, and whether its answers are scripted.
    pub fn list(&self) -> impl Iterator<Item = (&str, bool, bool)> {
        self.entries.iter().map(|(name, entry)| {
            let scripted = matches!(entry, Entry::Ready { scripted: true, .. });
            (
                name.as_str(),
                self.default.as_deref() == Some(name),
                scripted,
            )
        })
    }

    /// Whether the answers of this provider (`None`: the default one) are scripted.
    pub fn is_scripted(&self, name: Option<&str>) -> bool {
        matches!(self.find(name), Ok(Entry::Ready { scripted: true, .. }))
    }

    /// The name of the default provider, if there is one.
    pub fn default_name(&self) -> Option<&str> {
        self.default.as_deref()
    }

    /// The settings of a configured provider.
    pub fn settings(&self, name: &str) -> Option<&ProviderSettings> {
        self.settings.get(name)
    }

    /// The provider of this name; the default one for `None`.
    pub fn get(&self, name: Option<&str>) -> Result<Arc<dyn ModelProvider>, StageError> {
        match self.find(name) {
            Ok(Entry::Ready { provider, .. }) => Ok(provider.clone()),
            Ok(Entry::NotReady(reason)) => Err(StageError::new(NotReady::CODE, reason.clone())),
            Err(reason) => Err(StageError::new(NotReady::CODE, reason)),
        }
    }

    fn find(&self, name: Option<&str>) -> Result<&Entry, String> {
        let place = self.place.as_deref().unwrap_or("flowmason.json");
        let Some(name) = name.or(self.default.as_deref()) else {
            return Err(if self.entries.is_empty() {
                format!(
                    "no model provider is set up. Add one to {place}, for example \
                     \"providers\": {{\"default\": \"openai\", \"openai\": {{\"model\": \"MODEL\", \
                     \"api_key_env\": \"OPENAI_API_KEY\"}}}}, or any OpenAI-compatible endpoint \
                     with its \"base_url\""
                )
            } else {
                format!(
                    "no default model provider is set. Set providers.default in {place} to one of: {}",
                    self.names()
                )
            });
        };
        self.entries.get(name).ok_or_else(|| {
            let known = match self.entries.is_empty() {
                true => String::new(),
                false => format!(" (which has: {})", self.names()),
            };
            format!(
                "the model provider `{name}` is not set up. Add it to {place}{known}: \
                 \"providers\": {{\"{name}\": {{\"base_url\": \"https://HOST/v1\", \"model\": \
                 \"MODEL\", \"api_key_env\": \"VARIABLE\"}}}}"
            )
        })
    }

    fn names(&self) -> String {
        self.entries
            .keys()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Checks before a run that the provider of every model stage can be used.
    pub fn ready_for(&self, pipeline: &Pipeline, registry: &Registry) -> Result<(), NotReady> {
        let mut reasons: IndexMap<String, Vec<String>> = IndexMap::new();
        for stage in &pipeline.stages {
            if !registry
                .get(&stage.component.value)
                .is_some_and(|c| c.needs_model)
            {
                continue;
            }
            let name = stage.llm.as_deref().and_then(|l| l.provider.as_deref());
            if let Err(error) = self.get(name) {
                reasons
                    .entry(error.message)
                    .or_default()
                    .push(stage.id.value.clone());
            }
        }
        if reasons.is_empty() {
            return Ok(());
        }
        let message = reasons
            .iter()
            .map(|(reason, stages)| {
                let many = if stages.len() == 1 { "stage" } else { "stages" };
                let names: Vec<_> = stages.iter().map(|s| format!("`{s}`")).collect();
                format!("{many} {} cannot run: {reason}", names.join(", "))
            })
            .collect::<Vec<_>>()
            .join("; ");
        Err(NotReady {
            message,
            stages: reasons.into_values().flatten().collect(),
        })
    }
}

fn set_up(
    name: &str,
    settings: &ProviderSettings,
    folder: &Path,
    env: &dyn Fn(&str) -> Option<String>,
    client: &GuardedClient,
) -> Result<Entry, String> {
    let scripted = settings.kind == Some(ProviderKind::Scripted)
        || (settings.kind.is_none() && settings.answers.is_some());
    if scripted {
        let file = settings.answers.as_deref().ok_or_else(|| {
            format!(
                "the scripted provider `{name}` has no answers: set providers.{name}.answers to the \
                 file with the answers"
            )
        })?;
        let path = folder.join(file);
        let text = std::fs::read_to_string(&path).map_err(|e| {
            format!(
                "the answers of the provider `{name}` cannot be read from {}: {e}",
                path.display()
            )
        })?;
        let script = Script::parse(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        let price = settings.prices.get("scripted").copied();
        let provider = Arc::new(Scripted::new(script, price));
        return Ok(Entry::Ready {
            provider,
            scripted: true,
        });
    }
    let known = well_known(name);
    let base_url = settings
        .base_url
        .as_deref()
        .or(known.map(|(url, _)| url))
        .ok_or_else(|| {
            format!("the provider `{name}` has no URL: set providers.{name}.base_url")
        })?;
    // A well-known URL needs its well-known key; a custom URL may not need one.
    let usual_key = settings
        .base_url
        .is_none()
        .then(|| known.and_then(|(_, key)| key))
        .flatten();
    let key = match settings.api_key_env.as_deref().or(usual_key) {
        None => None,
        Some(variable) => match env(variable).filter(|v| !v.trim().is_empty()) {
            Some(key) => Some(key),
            None => {
                return Err(format!(
                    "the provider `{name}` reads its API key from the environment variable \
                     {variable}, which is not set: export {variable}=… and start again"
                ));
            }
        },
    };
    let provider = OpenAiCompatible::new(name, base_url, key, settings, client.clone())?;
    Ok(Entry::Ready {
        provider: Arc::new(provider),
        scripted: false,
    })
}
