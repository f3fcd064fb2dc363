//! The configuration of model providers, the same in `flowmason.json` and in a server's
//! configuration.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use types::Money;

/// The `providers` of a configuration: `default` and one entry per name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(
    default,
    expecting = "an object of providers by name, with their settings"
)]
pub struct ProvidersConfig {
    /// The provider of stages that name none. It can be left out if there is only one provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Further providers by name, with the same meaning as entries next to `default`.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub extra: IndexMap<String, ProviderSettings>,
    /// Providers by name.
    #[serde(flatten)]
    pub named: IndexMap<String, ProviderSettings>,
}

/// The kind of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// An endpoint with OpenAI's chat completions API.
    #[serde(alias = "openai", alias = "openai-compatible")]
    OpenaiCompatible,
    /// Scripted answers from a file.
    Scripted,
}

/// The settings of a provider.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, expecting = "an object with a provider's settings")]
pub struct ProviderSettings {
    /// `openai_compatible` (the default) or `scripted` (the default if `answers` is set).
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<ProviderKind>,
    /// The URL without `/chat/completions`. A few well-known provider names have a default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// The model of stages that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The environment variable with the API key; not needed for endpoints without keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_env: Option<String>,
    /// The temperature of stages that set none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// The maximum answer length of stages that set none, in tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// The timeout of one call in seconds; 300 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u64>,
    /// The prices by model, in dollars per million tokens. The cost of a model without a price is
    /// null, not zero.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub prices: IndexMap<String, Price>,
    /// The file with the answers of a scripted provider, relative to the configuration's folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<String>,
}

/// The price of a model in dollars per million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// The price of tokens sent.
    pub input: f64,
    /// The price of tokens received.
    pub output: f64,
}

impl Price {
    /// The cost of these tokens.
    pub fn cost(self, prompt_tokens: u64, completion_tokens: u64) -> Money {
        let per_million = |dollars: f64| Money((dollars * 1e6).round() as i64);
        Money::for_units(prompt_tokens, per_million(self.input))
            + Money::for_units(completion_tokens, per_million(self.output))
    }
}

/// The URL of a well-known provider, and the usual environment variable of its API key.
pub(crate) fn well_known(name: &str) -> Option<(&'static str, Option<&'static str>)> {
    Some(match name {
        "openai" => ("https://api.openai.com/v1", Some("OPENAI_API_KEY")),
        "anthropic" => ("https://api.anthropic.com/v1", Some("ANTHROPIC_API_KEY")),
        "google" | "gemini" => (
            "https://generativelanguage.googleapis.com/v1beta/openai",
            Some("GEMINI_API_KEY"),
        ),
        "groq" => ("https://api.groq.com/openai/v1", Some("GROQ_API_KEY")),
        "mistral" => ("https://api.mistral.ai/v1", Some("MISTRAL_API_KEY")),
        "openrouter" => ("https://openrouter.ai/api/v1", Some("OPENROUTER_API_KEY")),
        "ollama" => ("http://127.0.0.1:11434/v1", None),
        _ => return None,
    })
}
