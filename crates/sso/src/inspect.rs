//! A test of a provider's settings, as far as it works without a person.

use crate::{Provider, Sso, SsoError, client};

/// What a test found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Where people are sent to sign in.
    pub authorization_endpoint: String,
    /// Where codes are exchanged.
    pub token_endpoint: String,
    /// How many public keys the provider has.
    pub keys: usize,
    /// The accepted signatures that the provider uses.
    pub algorithms: Vec<String>,
    /// Those of the scopes to ask for that the provider does not list. Empty if it lists none.
    pub unknown_scopes: Vec<String>,
}

impl Sso {
    /// Reads the provider's description and keys again and checks them.
    pub async fn inspect(&self, provider: &Provider) -> Result<Inspection, SsoError> {
        let known = self.read(&provider.issuer).await?;
        let description = &known.description;
        client::of(provider, description)?;
        let keys = known.keys();
        if keys.keys().is_empty() {
            return Err(SsoError::Unsupported(
                "publishes no key that this server can use".to_owned(),
            ));
        }
        let listed = description.metadata.scopes_supported();
        let unknown = |scope: &&String| {
            listed.is_some_and(|all| all.iter().all(|one| one.as_str() != scope.as_str()))
        };
        Ok(Inspection {
            authorization_endpoint: description.metadata.authorization_endpoint().to_string(),
            token_endpoint: description.token_endpoint().to_owned(),
            keys: keys.keys().len(),
            algorithms: description.algorithms.iter().map(name).collect(),
            unknown_scopes: provider.scopes.iter().filter(unknown).cloned().collect(),
        })
    }
}

/// The name of an algorithm, as providers write it.
fn name(algorithm: &openidconnect::core::CoreJwsSigningAlgorithm) -> String {
    let name = serde_json::to_value(algorithm).ok();
    name.and_then(|name| Some(name.as_str()?.to_owned()))
        .unwrap_or_default()
}
