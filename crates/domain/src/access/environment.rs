//! The environments in which pipelines run.

use std::fmt;

/// An environment. Every organization has all of them.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Runs any version of a pipeline.
    #[default]
    Development,
    /// Runs the version that is published to it.
    Staging,
    /// Runs the version that is published to it, and needs the permission `production.use`.
    Production,
}

impl Environment {
    /// All environments.
    pub const ALL: [Self; 3] = [Self::Development, Self::Staging, Self::Production];

    /// The name that is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }

    /// The environment with this name, or `None` if the name is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    /// Whether versions are published to the environment, and only the published one runs there.
    pub const fn is_published_to(self) -> bool {
        !matches!(self, Self::Development)
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
