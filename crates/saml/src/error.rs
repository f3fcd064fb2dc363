//! What is wrong with keys, certificates and addresses that this server was given.

use openssl::error::ErrorStack;
use thiserror::Error;

/// Why something of this server's own cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SamlError {
    /// A certificate cannot be used.
    #[error("The certificate {0}")]
    Certificate(String),
    /// A private key cannot be used.
    #[error("The private key {0}")]
    Key(String),
    /// An address is not a URL.
    #[error("The address `{url}` is not a URL: {problem}")]
    Address {
        /// The address.
        url: String,
        /// Why not.
        problem: String,
    },
    /// A message cannot be signed.
    #[error("The message cannot be signed: {0}")]
    Signing(String),
}

impl SamlError {
    pub(crate) fn signing(error: &ErrorStack) -> Self {
        Self::Signing(error.to_string())
    }
}
