//! Single sign-on enforced for the addresses of a domain, or for everyone but guests.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
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

/// A member for whom single sign-on is not enforced where it is for everyone.
#[derive(SimpleObject)]
pub struct SsoGuest {
    /// The user's id.
    user_id: ID,
    name: String,
    email: Option<String>,
}

/// Single sign-on enforced for everyone but guests. A guest with an address of a domain for which it is
/// enforced needs it all the same.
#[derive(SimpleObject)]
pub struct SsoForEveryone {
    /// Since when it is in force; null: it is not.
    since: Option<DateTime<Utc>>,
    /// The guests, by name; at most 100. They can be named before it is in force.
    guests: Vec<SsoGuest>,
}

impl From<identity::SsoForEveryone> for SsoForEveryone {
    fn from(found: identity::SsoForEveryone) -> Self {
        let guests = found.guests.into_iter().map(|guest| SsoGuest {
            user_id: guest.user.to_string().into(),
            name: guest.name,
            email: guest.email,
        });
        Self {
            since: found.since,
            guests: guests.collect(),
        }
    }
}

/// A member who could not enter at once if single sign-on were enforced.
#[derive(SimpleObject)]
pub struct SsoUnpreparedMember {
    /// The user's id.
    user_id: ID,
    name: String,
    /// The member's address, verified or not.
    email: Option<String>,
}

/// The members who could not enter at once if single sign-on were enforced: they have neither connected
/// their account at an identity provider nor verified an address of a proved domain.
#[derive(SimpleObject)]
pub struct SsoUnprepared {
    /// How many there are.
    count: i32,
    /// The first 20 of them, by name.
    members: Vec<SsoUnpreparedMember>,
}

impl From<identity::Unprepared> for SsoUnprepared {
    fn from(found: identity::Unprepared) -> Self {
        let members = found.members.into_iter().map(|member| SsoUnpreparedMember {
            user_id: member.user.to_string().into(),
            name: member.name,
            email: member.email,
        });
        Self {
            count: i32::try_from(found.count).unwrap_or(i32::MAX),
            members: members.collect(),
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

    /// Whether single sign-on is enforced for everyone, and the guests. Requires the permission
    /// `sso.manage`.
    #[graphql(complexity = "2 * cost::STATEMENT + cost::times(20, child_complexity)")]
    async fn sso_for_everyone(&self, ctx: &Context<'_>) -> Result<SsoForEveryone, ApiError> {
        Ok(identity::sso_for_everyone(caller(ctx)?).await?.into())
    }

    /// The members who could not enter at once if single sign-on were enforced: for the addresses of a
    /// domain or, without one, for everyone but guests. Requires the permission `sso.manage`.
    #[graphql(complexity = "4 * cost::STATEMENT + cost::times(20, child_complexity)")]
    async fn sso_unprepared(
        &self,
        ctx: &Context<'_>,
        domain_id: Option<ID>,
    ) -> Result<SsoUnprepared, ApiError> {
        let domain = domain_id.as_ref().map(ids::read);
        let found = identity::sso_unprepared(caller(ctx)?, domain).await?;
        Ok(found.into())
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

/// How to enforce single sign-on for everyone.
#[derive(InputObject)]
pub struct EnforceSsoForEveryoneInput {
    /// The owner who can enter with a passkey nevertheless. Every owner gets a mail when they do. The
    /// organization has one, whom this call replaces.
    break_glass_owner_id: ID,
}

/// The enforcement for everyone.
#[derive(SimpleObject)]
pub struct EnforceSsoForEveryonePayload {
    sso_for_everyone: SsoForEveryone,
}

/// The enforcement for everyone, which is not in force.
#[derive(SimpleObject)]
pub struct StopEnforcingSsoForEveryonePayload {
    sso_for_everyone: SsoForEveryone,
}

/// The member who becomes a guest.
#[derive(InputObject)]
pub struct AddSsoGuestInput {
    user_id: ID,
}

/// The enforcement for everyone, with the guest.
#[derive(SimpleObject)]
pub struct AddSsoGuestPayload {
    sso_for_everyone: SsoForEveryone,
}

/// The guest for whom single sign-on is to be enforced.
#[derive(InputObject)]
pub struct RemoveSsoGuestInput {
    user_id: ID,
}

/// The enforcement for everyone, without the guest.
#[derive(SimpleObject)]
pub struct RemoveSsoGuestPayload {
    sso_for_everyone: SsoForEveryone,
}

/// Mutations of the enforcement of single sign-on.
#[derive(Default)]
pub struct SsoEnforcementMutation;

#[Object]
impl SsoEnforcementMutation {
    /// Enforces single sign-on for addresses of a proved domain: sessions opened in another way no
    /// longer reach the organization. Requires `sso.manage`, and a recent proof of identity.
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

    /// Ends the enforcement for a domain. Requires `sso.manage`, and a recent proof of identity.
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

    /// Enforces single sign-on for all members but guests, whatever their address. Requires
    /// `sso.manage`, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn enforce_sso_for_everyone(
        &self,
        ctx: &Context<'_>,
        input: EnforceSsoForEveryoneInput,
    ) -> Result<EnforceSsoForEveryonePayload, ApiError> {
        let owner = ids::read(&input.break_glass_owner_id);
        let done = identity::enforce_sso_for_everyone(caller(ctx)?, owner).await?;
        Ok(EnforceSsoForEveryonePayload {
            sso_for_everyone: done.into(),
        })
    }

    /// Ends the enforcement for everyone; that for domains stays. Requires `sso.manage`, and a
    /// recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn stop_enforcing_sso_for_everyone(
        &self,
        ctx: &Context<'_>,
    ) -> Result<StopEnforcingSsoForEveryonePayload, ApiError> {
        let done = identity::stop_enforcing_sso_for_everyone(caller(ctx)?).await?;
        Ok(StopEnforcingSsoForEveryonePayload {
            sso_for_everyone: done.into(),
        })
    }

    /// Makes a member a guest, for whom single sign-on is not enforced where it is for everyone.
    /// Requires `sso.manage`, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn add_sso_guest(
        &self,
        ctx: &Context<'_>,
        input: AddSsoGuestInput,
    ) -> Result<AddSsoGuestPayload, ApiError> {
        let user = ids::read(&input.user_id);
        let done = identity::add_sso_guest(caller(ctx)?, user).await?;
        Ok(AddSsoGuestPayload {
            sso_for_everyone: done.into(),
        })
    }

    /// Lets single sign-on be enforced for a guest. Requires `sso.manage`, and a recent proof of
    /// identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn remove_sso_guest(
        &self,
        ctx: &Context<'_>,
        input: RemoveSsoGuestInput,
    ) -> Result<RemoveSsoGuestPayload, ApiError> {
        let user = ids::read(&input.user_id);
        let done = identity::remove_sso_guest(caller(ctx)?, user).await?;
        Ok(RemoveSsoGuestPayload {
            sso_for_everyone: done.into(),
        })
    }
}
