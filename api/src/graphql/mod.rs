//! The GraphQL schema: one module per resource, joined here.
//!
//! A resolver takes the caller's context, calls one use case and converts the result. It makes no
//! decisions.

mod addresses;
mod api_keys;
mod applications;
mod assigned_roles;
mod authorizations;
mod budget;
mod components;
mod connection;
mod cost;
mod custom_roles;
mod domains;
mod enums;
mod examples;
mod grants;
mod ids;
mod invitations;
mod jobs;
mod loaders;
mod mails;
mod members;
mod node;
mod operation;
mod organizations;
mod passkeys;
mod pipelines;
mod provisioning;
mod runs;
mod scalars;
mod service_accounts;
mod sessions;
mod sso;
mod sso_enforcement;
mod teams;
#[cfg(test)]
mod tests;
mod two_factor;
mod uploads;
mod viewer;

use std::sync::Arc;

use async_graphql::{Context, MergedObject, MergedSubscription, SDLExportOptions, SchemaBuilder};
use chrono::{DateTime, Utc};
use domain::Ctx;

pub use budget::{Budget, ResponseBytes};
pub use cost::CostEstimator;
pub use loaders::Loaders;
pub use operation::{Operation, Prepared, Transport};

use crate::{error::ApiError, limits};

/// Operations that read data.
#[derive(MergedObject, Default)]
pub struct Query(
    node::NodeQuery,
    viewer::ViewerQuery,
    addresses::AddressQuery,
    passkeys::PasskeyQuery,
    two_factor::TwoFactorQuery,
    sessions::SessionQuery,
    organizations::OrganizationQuery,
    members::MemberQuery,
    domains::DomainQuery,
    invitations::InvitationQuery,
    custom_roles::CustomRoleQuery,
    teams::TeamQuery,
    service_accounts::ServiceAccountQuery,
    grants::GrantQuery,
    pipelines::PipelineQuery,
    runs::RunQuery,
    runs::InputQuery,
    runs::SavedViewQuery,
    runs::RunOperationQuery,
    components::ComponentQuery,
    examples::ExampleQuery,
    api_keys::ApiKeyQuery,
    applications::ApplicationQuery,
    authorizations::AuthorizationQuery,
    jobs::JobQuery,
    mails::MailQuery,
    sso::SsoQuery,
    sso_enforcement::SsoEnforcementQuery,
    provisioning::ProvisioningQuery,
);

/// Operations that change data.
#[derive(MergedObject, Default)]
pub struct Mutation(
    organizations::OrganizationMutation,
    members::MemberMutation,
    domains::DomainMutation,
    invitations::InvitationMutation,
    custom_roles::CustomRoleMutation,
    teams::TeamMutation,
    service_accounts::ServiceAccountMutation,
    grants::GrantMutation,
    viewer::ViewerMutation,
    addresses::AddressMutation,
    passkeys::PasskeyMutation,
    two_factor::TwoFactorMutation,
    sessions::SessionMutation,
    pipelines::PipelineMutation,
    runs::RunMutation,
    runs::SavedViewMutation,
    runs::RunOperationMutation,
    uploads::UploadMutation,
    api_keys::ApiKeyMutation,
    applications::ApplicationMutation,
    authorizations::AuthorizationMutation,
    jobs::JobMutation,
    mails::MailMutation,
    sso::SsoMutation,
    sso_enforcement::SsoEnforcementMutation,
    provisioning::ProvisioningMutation,
);

/// Live updates.
#[derive(MergedSubscription, Default)]
pub struct Subscription(runs::RunSubscription);

/// The executable schema.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// Builds the schema with its limits.
pub fn schema() -> Schema {
    build()
        .limit_complexity(limits::COMPLEXITY)
        .data(Arc::<runs::RunFeeds>::default())
        .data(Arc::<runs::OperationFeeds>::default())
        .finish()
}

fn build() -> SchemaBuilder<Query, Mutation, Subscription> {
    async_graphql::Schema::build(
        Query::default(),
        Mutation::default(),
        Subscription::default(),
    )
    .limit_depth(limits::DEPTH)
    // Counts fragment spreads and inline fragments too; the guard has already limited the depth.
    .limit_recursive_depth(limits::NESTING)
    .limit_directives(limits::DIRECTIVES)
    .override_output_type_description::<DateTime<Utc>>(
        "A time in RFC 3339 format, in UTC: `2026-11-24T09:15:49.123456Z`.",
    )
    .disable_suggestions()
}

/// The schema in SDL, exactly as committed in `api/schema.graphql`.
pub fn sdl() -> String {
    let options = SDLExportOptions::new().prefer_single_line_descriptions();
    let text = schema().sdl_with_options(options);
    let mut out = String::new();
    for line in text.trim().lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// The caller of the request; `UNAUTHENTICATED` if nobody is signed in.
fn caller<'a>(ctx: &Context<'a>) -> Result<&'a Ctx, ApiError> {
    ctx.data_opt::<operation::Caller>()
        .map(|caller| &caller.0)
        .ok_or_else(ApiError::unauthenticated)
}
