//! SAML 2.0 for service providers: the protocol of single sign-on and single log-out, without a
//! database and without HTTP.
//!
//! [`AuthnRequest`] makes the message with which a sign-in begins, [`verify`] turns the provider's
//! answer into a [`Verified`] person or a [`Refusal`]. [`ProviderMetadata`] reads what a provider
//! says about itself, [`OwnMetadata`] writes what providers have to know about this server.
//! [`logout`] has the messages of single log-out.
//!
//! Everything that arrives is untrusted. `xml::strict` bounds it and refuses what is not plain XML
//! before a library in C sees it. `samael` verifies signatures with the native `libxmlsec1`, with the
//! certificates that the caller gives and no others. What was verified is what is read: the canonical
//! text that the library has digested, not the message. All other checks are rules of this crate, one
//! file for each, in `response/rules`.
//!
//! Requests must be kept by the caller, once, and bound to the browser; ids of assertions and of the
//! provider's requests until they have expired. `RelayState` is returned, not interpreted.

pub mod binding;
mod certificate;
mod decrypt;
mod encoding;
mod error;
mod issuer;
mod key;
pub mod logout;
mod metadata;
mod name_id;
mod names;
mod refusal;
mod request;
mod response;
mod signature;
mod time;
mod xml;

pub use certificate::Certificate;
pub use error::SamlError;
pub use key::{KeyPair, PrivateKey};
pub use metadata::{Endpoint, OwnMetadata, ProviderMetadata, is_safe_address};
pub use name_id::NameId;
pub use refusal::{Refusal, RefusalKind};
pub use request::AuthnRequest;
pub use response::{Expected, Seen, SignedParts, Verified, verify};
pub use time::SKEW;
pub use xml::strict::MOST_BYTES;
