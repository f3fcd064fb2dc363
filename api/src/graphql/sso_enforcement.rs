//! Single sign-on enforced for the addresses of a domain.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::identity;

use super::{caller, cost, domains::Domain, ids};
use crate::error::ApiError;

/// An owner of the organization, who can be its break-glass owner with a passkey.
#[derive(SimpleObject)]
pub struct SsoOwnerChoice {
    /// The user's id.
    user_id: ID,
    name: String,
    email: Option<String>,
    /// Whether the owner has a passkey.
    has_passkey: bool,
    /// Whether the owner is the break-glass owner.
    chosen: bool,
}

impl From<identity::OwnerChoice> for SsoOwnerChoice {
    fn from(choice: identity::OwnerChoice) -> Self {
        Self {
            user_id: choice.user.to_string().into(),
            name: choice.name,
            email: choice.email,
            has_passkey: choice.passkeys > 0,
            chosen: choice.chosen,
        }
    }
}

/// Queries for the enforcement of single sign-on.
#[derive(Default)]
pub struct SsoEnforcementQuery;

#[Object]
impl SsoEnforcementQuery {
    /// The owners among whom to choose the break-glass owner, sorted by name; at most 100. Requires
    /// the permission `sso.manage`.
    #[graphql(complexity = "cost::STATEMENT + cost::times(20, child_complexity)")]
    async fn sso_owner_choices(&self, ctx: &Context<'_>) -> Result<Vec<SsoOwnerChoice>, ApiError> {
        let choices = identity::list_owner_choices(caller(ctx)?).await?;
        Ok(choices.into_iter().map(SsoOwnerChoice::from).collect())
    }
}

/// The domain for whose addresses to enforce single sign-on.
#[derive(InputObject)]
pub struct EnforceSsoInput {
    domain_id: ID,
    /// The owner who can enter with a passkey nevertheless. Every owner gets a mail when they do. The
    /// organization has one, whom this call replaces.
    break_glass_owner_id: ID,
}

/// The domain, for which single sign-on is enforced.
#[derive(SimpleObject)]
pub struct EnforceSsoPayload {
    domain: Domain,
}

/// The domain for whose addresses to stop enforcing single sign-on.
#[derive(InputObject)]
pub struct StopEnforcingSsoInput {
    domain_id: ID,
}

/// The domain, for which single sign-on is not enforced.
#[derive(SimpleObject)]
pub struct StopEnforcingSsoPayload {
    domain: Domain,
}

/// Mutations of the enforcement of single sign-on.
#[derive(Default)]
pub struct SsoEnforcementMutation;

#[Object]
impl SsoEnforcementMutation {
    /// Enforces single sign-on for addresses of a proved domain: sessions opened in another way no
    /// longer reach the organization. Requires a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn enforce_sso(
        &self,
        ctx: &Context<'_>,
        input: EnforceSsoInput,
    ) -> Result<EnforceSsoPayload, ApiError> {
        let (domain, owner) = (
            ids::read(&input.domain_id),
            ids::read(&input.break_glass_owner_id),
        );
        let domain = identity::enforce_sso(caller(ctx)?, domain, owner).await?;
        Ok(EnforceSsoPayload {
            domain: Domain(domain),
        })
    }

    /// Ends the enforcement for a domain. Requires a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn stop_enforcing_sso(
        &self,
        ctx: &Context<'_>,
        input: StopEnforcingSsoInput,
    ) -> Result<StopEnforcingSsoPayload, ApiError> {
        let domain = ids::read(&input.domain_id);
        let domain = identity::stop_enforcing_sso(caller(ctx)?, domain).await?;
        Ok(StopEnforcingSsoPayload {
            domain: Domain(domain),
        })
    }
}
