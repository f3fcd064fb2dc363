//! What the language itself does not know about a stage: asked of whoever knows the components and
//! the configured providers.

use std::time::Duration;

use serde::Serialize;
use types::Money;

use crate::{advice::secrets::masked, model::Stage};

/// A fact that the file states, or leaves to the run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// The file states it.
    Known(String),
    /// It is decided at run time, by this text with templates, shortened.
    AtRunTime(String),
}

/// The longest template that is shown, in characters.
const MAX_SHOWN: usize = 120;

impl Said {
    /// Decided at run time, by this text. What looks like a secret in it is not shown.
    pub fn at_run_time(text: &str) -> Self {
        let text = masked(text.trim());
        let mut shown: String = text
            .chars()
            .take(MAX_SHOWN)
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        if text.chars().nth(MAX_SHOWN).is_some() {
            shown.push('…');
        }
        Self::AtRunTime(shown)
    }

    /// The value, if the file states it.
    pub fn known(&self) -> Option<&str> {
        match self {
            Self::Known(value) => Some(value),
            Self::AtRunTime(_) => None,
        }
    }
}

/// Where a stage sends a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The method.
    pub method: Said,
    /// The host.
    pub host: Said,
    /// Whether a redirect is followed.
    pub follows_redirects: bool,
}

/// What is known about the model that a stage calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelFacts {
    /// The provider's name; `None` if the stage names none and there is no default.
    pub provider: Option<String>,
    /// The host of the provider's endpoint, if it is known and may be shown.
    pub host: Option<String>,
    /// The model; `None` if neither the stage nor the provider names one.
    pub model: Option<String>,
    /// Whether the answers come from a file.
    pub scripted: bool,
    /// The longest answer, in tokens; `None` if nothing limits it or it is decided at run time.
    pub max_tokens: Option<u64>,
}

/// How long a stage sleeps in addition to its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// For this long.
    For(Duration),
    /// Decided at run time, or until a fixed time.
    Open,
}

/// Knows what components do outside.
pub trait Outside {
    /// The request that the stage sends; `None` if it sends none.
    fn request(&self, stage: &Stage) -> Option<Target>;

    /// The model of a stage that calls one.
    fn model(&self, stage: &Stage) -> ModelFacts;

    /// The cost of a call; `None` without a price.
    fn cost(&self, facts: &ModelFacts, sent: u64, received: u64) -> Option<Money>;

    /// How long the stage sleeps; `None` if it does not.
    fn pause(&self, stage: &Stage) -> Option<Pause>;
}
