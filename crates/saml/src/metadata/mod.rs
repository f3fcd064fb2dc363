//! Metadata: what a provider says about itself, and what this server says.

mod own;
mod provider;

pub use own::OwnMetadata;
pub use provider::{Endpoint, ProviderMetadata, is_safe_address};
