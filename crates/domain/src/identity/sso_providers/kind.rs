//! The words of a provider's settings: its protocol, which product it is, and who becomes a member by
//! it.

/// How people are signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// OpenID Connect.
    Oidc,
    /// SAML 2.0.
    Saml,
}

impl Protocol {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Oidc, Self::Saml];

    /// The name that is stored, and that stands in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Oidc => "oidc",
            Self::Saml => "saml",
        }
    }

    /// The protocol with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// The product of a provider. It decides only what the set-up page explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderKind {
    /// Okta.
    Okta,
    /// Microsoft Entra ID.
    Entra,
    /// Google Workspace.
    Google,
    /// Keycloak.
    Keycloak,
    /// Any other.
    Other,
}

impl ProviderKind {
    /// All products.
    pub const ALL: [Self; 5] = [
        Self::Okta,
        Self::Entra,
        Self::Google,
        Self::Keycloak,
        Self::Other,
    ];

    /// The name that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Okta => "okta",
            Self::Entra => "entra",
            Self::Google => "google",
            Self::Keycloak => "keycloak",
            Self::Other => "other",
        }
    }

    /// The product with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Who becomes a member of the organization by signing in for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joining {
    /// Nobody: people are invited first.
    Nobody,
    /// Whoever has a verified address of a domain that the organization has proved.
    ProvedDomains,
    /// Everybody whom the provider signs in.
    Everybody,
}

impl Joining {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Nobody, Self::ProvedDomains, Self::Everybody];

    /// The name that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::ProvedDomains => "proved_domains",
            Self::Everybody => "everybody",
        }
    }

    /// The one with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}
