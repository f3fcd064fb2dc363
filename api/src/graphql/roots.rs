//! The root types of the schema, which join the resources in groups.
//!
//! A field of a root is looked up in one part after the other, each one a stack frame deeper than the
//! one before. Groups keep that short: a flat list of thirty parts takes most of a thread's stack in a
//! debug build.

use async_graphql::MergedObject;

use super::{
    addresses, api_keys, applications, authorizations, backfills, components, copilot,
    custom_roles, domains, drafts, events, examples, folders, grants, invitations, jobs, mails,
    members, node, organizations, passkeys, pipelines, provisioning, publications, runs,
    service_accounts, sessions, sso, sso_enforcement, teams, trigger_preview, trigger_words,
    triggers, two_factor, uploads, viewer, webhook_endpoints, webhooks,
};

/// Operations that read data.
#[derive(MergedObject, Default)]
pub struct Query(
    node::NodeQuery,
    AccountQuery,
    PeopleQuery,
    AccessQuery,
    PipelinesQuery,
    OperationsQuery,
);

/// Operations that change data.
#[derive(MergedObject, Default)]
pub struct Mutation(
    AccountMutation,
    PeopleMutation,
    AccessMutation,
    PipelinesMutation,
    OperationsMutation,
);

/// The caller's own account.
#[derive(MergedObject, Default)]
struct AccountQuery(
    viewer::ViewerQuery,
    addresses::AddressQuery,
    passkeys::PasskeyQuery,
    two_factor::TwoFactorQuery,
    sessions::SessionQuery,
    authorizations::AuthorizationQuery,
);

#[derive(MergedObject, Default)]
struct AccountMutation(
    viewer::ViewerMutation,
    addresses::AddressMutation,
    passkeys::PasskeyMutation,
    two_factor::TwoFactorMutation,
    sessions::SessionMutation,
    authorizations::AuthorizationMutation,
);

/// The organization, its people, and how they come in.
#[derive(MergedObject, Default)]
struct PeopleQuery(
    organizations::OrganizationQuery,
    members::MemberQuery,
    invitations::InvitationQuery,
    teams::TeamQuery,
    domains::DomainQuery,
    sso::SsoQuery,
    sso_enforcement::SsoEnforcementQuery,
    provisioning::ProvisioningQuery,
);

#[derive(MergedObject, Default)]
struct PeopleMutation(
    organizations::OrganizationMutation,
    members::MemberMutation,
    invitations::InvitationMutation,
    teams::TeamMutation,
    domains::DomainMutation,
    sso::SsoMutation,
    sso_enforcement::SsoEnforcementMutation,
    provisioning::ProvisioningMutation,
);

/// Rights, and the programs that have them.
#[derive(MergedObject, Default)]
struct AccessQuery(
    custom_roles::CustomRoleQuery,
    grants::GrantQuery,
    service_accounts::ServiceAccountQuery,
    api_keys::ApiKeyQuery,
    applications::ApplicationQuery,
);

#[derive(MergedObject, Default)]
struct AccessMutation(
    custom_roles::CustomRoleMutation,
    grants::GrantMutation,
    service_accounts::ServiceAccountMutation,
    api_keys::ApiKeyMutation,
    applications::ApplicationMutation,
);

/// Pipelines and their runs.
#[derive(MergedObject, Default)]
struct PipelinesQuery(
    pipelines::PipelineQuery,
    folders::FolderQuery,
    publications::PublicationQuery,
    triggers::TriggerQuery,
    trigger_preview::TriggerPreviewQuery,
    events::EventQuery,
    trigger_words::TriggerWordsQuery,
    runs::RunQuery,
    runs::InputQuery,
    runs::SavedViewQuery,
    runs::RunOperationQuery,
    components::ComponentQuery,
    examples::ExampleQuery,
    copilot::CopilotQuery,
);

#[derive(MergedObject, Default)]
struct PipelinesMutation(
    pipelines::PipelineMutation,
    drafts::DraftMutation,
    drafts::DraftSavingMutation,
    drafts::DraftRunMutation,
    folders::FolderMutation,
    publications::PublicationMutation,
    triggers::TriggerMutation,
    backfills::BackfillMutation,
    webhooks::WebhookMutation,
    runs::RunMutation,
    runs::SavedViewMutation,
    runs::RunOperationMutation,
    uploads::UploadMutation,
    copilot::CopilotMutation,
);

/// What the server does in the background, and what it sends.
#[derive(MergedObject, Default)]
struct OperationsQuery(
    jobs::JobQuery,
    mails::MailQuery,
    webhook_endpoints::WebhookEndpointQuery,
);

#[derive(MergedObject, Default)]
struct OperationsMutation(
    jobs::JobMutation,
    mails::MailMutation,
    webhook_endpoints::WebhookEndpointMutation,
);
