//! Why a sign-in or a test of settings failed, in words for the administrator.
//!
//! People who sign in do not see these texts: they name addresses and quote the provider.

use thiserror::Error;

/// Why a sign-in or a test of settings failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SsoError {
    /// The configured issuer is not a URL of the required form.
    #[error("The issuer {0}")]
    Issuer(String),
    /// A document could not be read.
    #[error("{what} at `{url}` cannot be read: {problem}")]
    Document {
        /// Which one: `The discovery document` …
        what: &'static str,
        /// Where it is.
        url: String,
        /// Why not, as a sentence without its end.
        problem: String,
    },
    /// The discovery document is that of another issuer.
    #[error(
        "The provider calls itself `{found}`, not `{expected}`; enter the issuer exactly as the \
         provider writes it"
    )]
    OtherIssuer {
        /// The configured issuer.
        expected: String,
        /// The issuer in the document.
        found: String,
    },
    /// The answer names another issuer than the one that was asked, or none although it should.
    #[error(
        "The answer is not from the provider that was asked: `iss` is {found}, expected `{expected}`"
    )]
    OtherAnswer {
        /// The issuer that was asked.
        expected: String,
        /// What the answer names, for a message.
        found: String,
    },
    /// The provider cannot do what this server needs.
    #[error("The provider {0}")]
    Unsupported(String),
    /// The provider did not accept the code.
    #[error("The provider did not exchange the code: {0}")]
    Exchange(String),
    /// The ID token is missing or was refused.
    #[error("The ID token was refused: {0}")]
    Token(String),
    /// The claims about the person were refused.
    #[error("The answer of the user info endpoint was refused: {0}")]
    UserInfo(String),
}
