//! The GraphQL schema: one module per resource, joined here.
//!
//! A resolver takes the caller's context, calls one use case and converts the result. It makes no
//! decisions.

mod addresses;
mod api_keys;
mod applications;
mod assigned_roles;
mod authorizations;
mod backfills;
mod budget;
mod charged;
mod components;
mod connection;
mod copilot;
mod cost;
mod custom_roles;
mod domains;
mod drafts;
mod enums;
mod events;
mod examples;
mod folders;
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
mod publications;
mod roots;
mod runs;
mod saml;
mod scalars;
mod service_accounts;
mod sessions;
mod sso;
mod sso_enforcement;
mod teams;
#[cfg(test)]
mod tests;
mod trigger_preview;
mod trigger_words;
mod triggers;
mod two_factor;
mod uploads;
mod viewer;
mod webhook_endpoints;
mod webhooks;

use std::sync::Arc;

use async_graphql::{Context, MergedSubscription, SDLExportOptions, SchemaBuilder};
use chrono::{DateTime, Utc};
use domain::Ctx;

pub use budget::{Budget, ResponseBytes};
pub use charged::Charged;
pub use cost::CostEstimator;
pub use loaders::Loaders;
pub use operation::{Operation, Prepared, Transport};
pub use roots::{Mutation, Query};

use crate::{error::ApiError, limits};

/// Live updates.
#[derive(MergedSubscription, Default)]
pub struct Subscription(
    runs::RunSubscription,
    drafts::DraftSubscription,
    copilot::CopilotSubscription,
);

/// The executable schema.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// Builds the schema with its limits.
pub fn schema() -> Schema {
    build()
        .limit_complexity(limits::COMPLEXITY)
        .data(Arc::<runs::RunFeeds>::default())
        .data(Arc::<runs::OperationFeeds>::default())
        .data(drafts::DraftStreams::default())
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
