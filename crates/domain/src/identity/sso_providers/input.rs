//! The settings of a provider, as they are entered, and their checks.

use super::{Joining, Mapping, ProviderKind, SsoProviderError};
use crate::{
    Ctx,
    access::{Permission, Role},
    error::{AppError, Result},
    text,
};

/// The largest number of rows from group to role.
const MOST_MAPPINGS: usize = 200;

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

/// The settings of a provider.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    /// The product.
    pub kind: ProviderKind,
    /// The name on its button.
    pub name: String,
    /// The provider's name for itself.
    pub issuer: String,
    /// The name of this server at the provider.
    pub client_id: String,
    /// What to ask for besides `openid`.
    pub scopes: Vec<String>,
    /// Further audiences that are accepted.
    pub audiences: Vec<String>,
    /// The claim with the person's groups.
    pub groups_claim: Option<String>,
    /// The roles of groups; the first row that fits counts.
    pub mappings: Vec<Mapping>,
    /// The role of people in none of these groups.
    pub default_role: Option<Role>,
    /// Who becomes a member by signing in.
    pub joining: Joining,
    /// Whether people can sign in with it.
    pub enabled: bool,
}

impl ProviderSettings {
    /// Checks all fields. The roles must not exceed the caller's permissions.
    pub(super) async fn checked(self, ctx: &Ctx) -> Result<Self> {
        let name = text::line("name", &self.name, 60)?;
        // Kept exactly as entered: issuers are compared byte by byte.
        text::no_nul("issuer", &self.issuer)?;
        sso::check_issuer(&self.issuer)
            .map_err(|error| SsoProviderError::Unusable(error.to_string()))?;
        let client_id = text::line("clientId", &self.client_id, 255)?;
        let mut scopes = words("scopes", &self.scopes)?;
        // It is always asked for.
        scopes.retain(|scope| scope != "openid");
        let audiences = words("audiences", &self.audiences)?;
        let claim = self
            .groups_claim
            .as_deref()
            .filter(|claim| !claim.is_empty());
        let groups_claim = claim
            .map(|claim| text::line("groupsClaim", claim, 200))
            .transpose()?;
        if self.mappings.len() > MOST_MAPPINGS {
            let count = self.mappings.len();
            let problem = format!("has {count} rows; at most {MOST_MAPPINGS} are allowed");
            return Err(AppError::invalid("mappings", problem));
        }
        if !self.mappings.is_empty() && groups_claim.is_none() {
            let problem = "is missing; name the claim that lists the groups, such as `groups`";
            return Err(AppError::invalid("groupsClaim", problem));
        }
        let mut mappings = Vec::with_capacity(self.mappings.len());
        for row in self.mappings {
            let group = text::line("mappings", &row.group, 256)?;
            may_give(ctx, "mappings", row.role).await?;
            mappings.push(Mapping { group, ..row });
        }
        if let Some(role) = self.default_role {
            may_give(ctx, "defaultRole", role).await?;
        }
        let public = PUBLIC_ISSUERS.contains(&self.issuer.trim_end_matches('/'));
        if public && self.joining == Joining::Everybody {
            let problem = "everybody can have an account at this provider; let only people with \
                an address of your proved domains join, or nobody";
            return Err(AppError::invalid("joining", problem));
        }
        Ok(Self {
            name,
            client_id,
            scopes,
            audiences,
            groups_claim,
            mappings,
            ..self
        })
    }
}

/// Refuses a role that no provider, or not this caller, may give.
async fn may_give(ctx: &Ctx, field: &str, role: Role) -> Result<()> {
    if role == Role::Owner {
        let problem = "the role owner is not given by a provider; an owner transfers it";
        return Err(AppError::invalid(field, problem));
    }
    let own = ctx.rights.permissions;
    let permissions = role.permissions();
    if !permissions.exceeds(own) {
        return Ok(());
    }
    let what = format!("the role {role}");
    Err(ctx
        .refuse_more(Permission::SsoManage, field, &what, permissions, own)
        .await)
}

/// Checks words that are stored separated by blanks.
fn words(field: &str, list: &[String]) -> Result<Vec<String>> {
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
