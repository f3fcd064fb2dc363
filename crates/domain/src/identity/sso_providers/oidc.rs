//! The settings of a provider that speaks OpenID Connect. They are accepted only if the provider's own
//! description can be read and is that of the issuer.

use types::SsoProviderId;

use super::{Joining, Prepared, Protocol, SsoProviderError, entity::Model, redirect_uri, secret};
use crate::{
    App, Ctx,
    error::{AppError, Result},
    text,
};

/// The largest number of scopes, and of audiences.
const MOST_WORDS: usize = 20;

/// Google's issuer, at which anybody can have an account.
const GOOGLE: &str = "https://accounts.google.com";

/// Issuers at which anybody can have an account.
const PUBLIC_ISSUERS: [&str; 4] = [
    GOOGLE,
    "https://appleid.apple.com",
    "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
    "https://gitlab.com",
];

/// Whether the issuer's word about an address holds as long as the address's domain is the
/// organization's. Where anybody can have an account, people keep one with the address of a company
/// that they have left. Google says with `hosted_domain` which accounts a company manages.
pub(in crate::identity) fn vouches(issuer: &str, hosted: Option<&str>, domain: &str) -> bool {
    let issuer = issuer.trim_end_matches('/');
    match issuer {
        GOOGLE => hosted == Some(domain),
        _ => !PUBLIC_ISSUERS.contains(&issuer),
    }
}

/// The settings of OpenID Connect.
#[derive(Clone, Debug, Default)]
pub struct OidcSettings {
    /// The provider's name for itself.
    pub issuer: String,
    /// The name of this server at the provider.
    pub client_id: String,
    /// What to ask for besides `openid`.
    pub scopes: Vec<String>,
    /// Further audiences that are accepted.
    pub audiences: Vec<String>,
}

impl OidcSettings {
    pub(super) fn of(row: &Model) -> Self {
        Self {
            issuer: row.issuer.clone(),
            client_id: row.client_id.clone(),
            scopes: words(&row.scopes),
            audiences: words(&row.audiences),
        }
    }

    /// Checks all fields, and seals the secret. Without a secret, that of `old` stays.
    pub(super) fn prepared(
        self,
        ctx: &Ctx,
        id: SsoProviderId,
        joining: Joining,
        (new_secret, old): (Option<&str>, Option<&Model>),
    ) -> Result<Prepared> {
        // Kept exactly as entered: issuers are compared byte by byte.
        text::no_nul("issuer", &self.issuer)?;
        sso::check_issuer(&self.issuer)
            .map_err(|error| SsoProviderError::Unusable("issuer", error.to_string()))?;
        let client_id = text::line("clientId", &self.client_id, 255)?;
        let mut scopes = entered("scopes", &self.scopes)?;
        // It is always asked for.
        scopes.retain(|scope| scope != "openid");
        let audiences = entered("audiences", &self.audiences)?;
        let public = PUBLIC_ISSUERS.contains(&self.issuer.trim_end_matches('/'));
        if public && joining == Joining::Everybody {
            let problem = "everybody can have an account at this provider; let only people with \
                an address of your proved domains join, or nobody";
            return Err(AppError::invalid("joining", problem));
        }
        let client_secret = match (new_secret, old) {
            (Some(secret), _) => Some(secret::seal(&ctx.app, id.0, secret)?),
            (None, Some(old)) if old.client_secret.is_some() && old.issuer != self.issuer => {
                return Err(SsoProviderError::SecretOfOther.into());
            }
            (None, old) => old.and_then(|old| old.client_secret.clone()),
        };
        Ok(Prepared {
            protocol: Protocol::Oidc,
            issuer: self.issuer,
            client_id,
            client_secret,
            scopes: scopes.join(" "),
            audiences: audiences.join(" "),
            saml: None,
            same_certificates: false,
        })
    }
}

/// The protocol's side of a stored provider.
pub(super) fn provider(app: &App, row: &Model) -> Result<sso::Provider> {
    Ok(sso::Provider {
        client_secret: secret::open(app, row)?,
        issuer: row.issuer.clone(),
        client_id: row.client_id.clone(),
        scopes: words(&row.scopes),
        audiences: words(&row.audiences),
        groups_claim: row.groups_claim.clone(),
        redirect_uri: redirect_uri(app),
    })
}

/// Checks words that are stored separated by blanks.
fn entered(field: &str, list: &[String]) -> Result<Vec<String>> {
    if list.len() > MOST_WORDS {
        let problem = format!(
            "has {} entries; at most {MOST_WORDS} are allowed",
            list.len()
        );
        return Err(AppError::invalid(field, problem));
    }
    let word = |text: &String| {
        let word = text::line(field, text, 200)?;
        match word.contains(char::is_whitespace) {
            false => Ok(word),
            true => Err(AppError::invalid(
                field,
                format!("`{word}` has a blank; enter one per entry"),
            )),
        }
    };
    list.iter().map(word).collect()
}

/// The words of a stored list.
fn words(text: &str) -> Vec<String> {
    text.split_ascii_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o09_where_anybody_has_an_account_only_a_managed_one_vouches_for_its_address() {
        let own = "https://login.example.com";
        for (issuer, hosted, expected) in [
            (own, None, true),
            (GOOGLE, Some("corp.example"), true),
            (GOOGLE, Some("other.example"), false),
            (GOOGLE, None, false),
            ("https://gitlab.com", Some("corp.example"), false),
        ] {
            let found = vouches(issuer, hosted, "corp.example");
            assert_eq!(found, expected, "{issuer} {hosted:?}");
        }
    }
}
