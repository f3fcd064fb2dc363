//! Provisioning (SCIM 2.0): an identity provider says who is in the organization. The protocol is in
//! the crate `scim`.
//!
//! A provisioned user is what the provider says about a person; it is not the person's account. An
//! account is found or made only for an address of a domain that the organization has proved
//! (`users::account`), so nobody gets into an account by naming its address. Groups give roles and
//! places in teams only as an administrator has mapped them (`groups::mapping`), whatever their
//! names are.

mod effect;
mod error;
pub mod groups;
pub mod job;
pub mod requests;
mod resource;
pub mod settings;
pub mod tokens;
pub mod users;

use types::ScimTokenId;

pub use error::ScimUseError;
pub use groups::{GroupMapping, ScimGroup, list_scim_groups, map_scim_group};
pub(super) use job::settle_soon;
pub use requests::{ScimRequest, list_scim_requests};
pub use settings::{Provisioning, change_provisioning, provisioning};
pub use tokens::{
    NewScimToken, ScimToken, authenticate, create_scim_token, list_scim_tokens, revoke_scim_token,
};
pub(super) use users::{State, account_of, settle_all, state_of};
pub use users::{WaitingUser, Waits, list_waiting, settle_waiting};

use crate::{App, Ctx, Tx, error::Result, organizations};

/// The path of the protocol.
pub const PATH: &str = "/scim/v2";

/// The largest number of resources in one answer.
pub const MOST_RESULTS: u64 = 200;

/// The largest number of provisioned users of an organization.
pub const MOST_USERS: u64 = 20_000;

/// The largest number of provisioned groups of an organization.
pub const MOST_GROUPS: u64 = 2_000;

/// How many resources are read at once for a filter.
const BATCH: u64 = 500;

/// The address of the protocol, which is entered at the identity provider.
pub fn base_url(app: &App) -> String {
    format!("{}{PATH}", app.settings().base_url)
}

/// An identity provider with a token of an organization. It is the only caller of the protocol's use
/// cases, and has no permission for others.
#[derive(Clone, Debug)]
pub struct Provisioner {
    /// The organization and the token, as the actor.
    ctx: Ctx,
    /// The token.
    token: ScimTokenId,
    /// Whether it may end the membership of owners.
    removes_owners: bool,
}

impl Provisioner {
    /// The context of the requests.
    pub fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    /// Begins a change. Nobody else changes rights in the organization until it ends.
    async fn begin(&self) -> Result<Tx> {
        begin(&self.ctx).await
    }
}

/// Begins a change. Nobody else changes rights in the organization until it ends.
async fn begin(ctx: &Ctx) -> Result<Tx> {
    let tx = ctx.begin().await?;
    organizations::lock(&tx, ctx.org).await?;
    Ok(tx)
}
