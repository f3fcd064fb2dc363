//! Identity providers of the whole server, which its operator configures.

use types::OrgId;

use crate::access::Role;

/// An identity provider for all people of this server.
#[derive(Clone, Debug)]
pub struct ServerProvider {
    /// The key in URLs: lowercase letters, digits and `-`.
    pub key: String,
    /// The name on its button.
    pub name: String,
    /// The provider itself. The address to send people back to is set when it is used.
    pub provider: sso::Provider,
    /// The domains whose email addresses the provider is believed about.
    pub domains: Vec<String>,
    /// The organization that people join when they sign in for the first time; `None`: only people
    /// with an account can sign in. With `domains`, only people with an address there join.
    pub organization: Option<OrgId>,
    /// The roles of groups; the first group that the person has counts.
    pub mappings: Vec<(String, Role)>,
    /// The role of people without such a group; `None`: they do not join.
    pub default_role: Option<Role>,
}
