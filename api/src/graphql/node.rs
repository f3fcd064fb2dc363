//! `node(id)` and `nodes(ids)`: anything by its global id.

use async_graphql::{Context, ID, Interface, Object};
use domain::{
    folders, grants, identity, mail, organizations, pipelines as pipes, publications, queue, roles,
    run_operations, runs as run, saved_views, service_accounts, teams, triggers, webhook_endpoints,
};
use futures::future::join_all;
use types::{
    ApiKeyId, DomainId, ErrorCode, FolderId, GrantId, InvitationId, JobId, MailId, OrgId,
    PipelineId, PipelineVersionId, PublicationId, RoleId, RunId, RunOperationId, SavedViewId,
    ServiceAccountId, SsoProviderId, TeamId, TriggerId, UserId, WebhookEndpointId, id::parse_any,
};

use super::{
    api_keys::ApiKey,
    caller, cost,
    custom_roles::CustomRole,
    domains::Domain,
    folders::Folder,
    grants::Grant,
    invitations::Invitation,
    jobs::Job,
    mails::Mail,
    organizations::Organization,
    pipelines::{Pipeline, PipelineVersion},
    publications::Publication,
    runs::{Run, RunOperation, SavedRunView},
    service_accounts::ServiceAccount,
    sso::SsoProvider,
    teams::Team,
    triggers::Trigger,
    viewer::User,
    webhook_endpoints::WebhookEndpoint,
};
use crate::{error::ApiError, guard, limits};

/// An object with a global id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID"))]
pub enum Node {
    /// A person.
    User(User),
    /// An organization.
    Organization(Organization),
    /// A pipeline.
    Pipeline(Pipeline),
    /// A version of a pipeline.
    PipelineVersion(PipelineVersion),
    /// A folder of pipelines.
    Folder(Folder),
    /// A published version, or the request for it.
    Publication(Publication),
    /// A run.
    Run(Run),
    /// A bulk operation on runs.
    RunOperation(RunOperation),
    /// A saved filter of runs.
    SavedRunView(SavedRunView),
    /// An API key.
    ApiKey(ApiKey),
    /// A domain of the organization.
    Domain(Domain),
    /// An invitation.
    Invitation(Invitation),
    /// A job.
    Job(Job),
    /// A role that the organization defined itself.
    CustomRole(CustomRole),
    /// A team.
    Team(Team),
    /// A service account.
    ServiceAccount(ServiceAccount),
    /// A grant.
    Grant(Grant),
    /// A mail.
    Mail(Mail),
    /// An identity provider.
    SsoProvider(SsoProvider),
    /// A trigger of a pipeline.
    Trigger(Box<Trigger>),
    /// An endpoint to which events are sent.
    WebhookEndpoint(WebhookEndpoint),
}

/// Queries for objects of any type.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// An object, by its global id.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Node>, ApiError> {
        find(ctx, &id).await.map(Some)
    }

    /// Objects by their global ids, in the order of the ids. An id that does not exist gives null
    /// and an error.
    #[graphql(complexity = "cost::times(ids.len(), cost::STATEMENT + child_complexity)")]
    async fn nodes(&self, ctx: &Context<'_>, ids: Vec<ID>) -> Result<Vec<Option<Node>>, ApiError> {
        caller(ctx)?;
        if ids.len() > limits::NODES {
            return Err(guard::limit_exceeded(
                "list",
                ids.len(),
                limits::NODES,
                "ids",
            ));
        }
        let found = join_all(ids.iter().map(|id| find(ctx, id))).await;
        let mut nodes = Vec::with_capacity(found.len());
        for result in found {
            match result {
                Ok(node) => nodes.push(Some(node)),
                Err(error) => {
                    let error = async_graphql::Error::from(error);
                    ctx.add_error(error.into_server_error(ctx.item.pos));
                    nodes.push(None);
                }
            }
        }
        Ok(nodes)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Node, ApiError> {
    let ctx = caller(ctx)?;
    // The same error for an invalid id, an unknown prefix, a missing object and one of another
    // organization.
    let missing = || ApiError::new(ErrorCode::NotFound, "There is no such node");
    let (prefix, uuid) = parse_any(id).ok_or_else(missing)?;
    let found = match prefix {
        UserId::PREFIX => match identity::viewer(ctx).await?.user {
            Some(user) if user.id.0 == uuid => Ok(Node::User(User(user))),
            _ => return Err(missing()),
        },
        OrgId::PREFIX if ctx.org.0 == uuid => organizations::get(ctx)
            .await
            .map(|org| Node::Organization(Organization(org))),
        PipelineId::PREFIX => pipes::get(ctx, PipelineId(uuid))
            .await
            .map(|found| Node::Pipeline(Pipeline::from(found))),
        PipelineVersionId::PREFIX => pipes::version_by_id(ctx, PipelineVersionId(uuid))
            .await
            .map(|found| Node::PipelineVersion(PipelineVersion::Head(found))),
        FolderId::PREFIX => folders::get(ctx, FolderId(uuid))
            .await
            .map(|found| Node::Folder(Folder(found))),
        PublicationId::PREFIX => publications::get(ctx, PublicationId(uuid))
            .await
            .map(|found| Node::Publication(Publication(found))),
        RunId::PREFIX => run::get(ctx, RunId(uuid))
            .await
            .map(|found| Node::Run(Run(found))),
        RunOperationId::PREFIX => run_operations::get(ctx, RunOperationId(uuid))
            .await
            .map(|found| Node::RunOperation(RunOperation(found))),
        SavedViewId::PREFIX => saved_views::get(ctx, SavedViewId(uuid))
            .await
            .map(|found| Node::SavedRunView(SavedRunView(found))),
        ApiKeyId::PREFIX => identity::get_api_key(ctx, ApiKeyId(uuid))
            .await
            .map(|found| Node::ApiKey(ApiKey(found))),
        DomainId::PREFIX => identity::get_domain(ctx, DomainId(uuid))
            .await
            .map(|found| Node::Domain(Domain(found))),
        InvitationId::PREFIX => identity::get_invitation(ctx, InvitationId(uuid))
            .await
            .map(|found| Node::Invitation(Invitation(found))),
        JobId::PREFIX => queue::get(ctx, JobId(uuid))
            .await
            .map(|found| Node::Job(Job(found))),
        RoleId::PREFIX => roles::get(ctx, RoleId(uuid))
            .await
            .map(|found| Node::CustomRole(CustomRole(found))),
        TeamId::PREFIX => teams::get(ctx, TeamId(uuid))
            .await
            .map(|found| Node::Team(Team(found))),
        ServiceAccountId::PREFIX => service_accounts::get(ctx, ServiceAccountId(uuid))
            .await
            .map(|found| Node::ServiceAccount(ServiceAccount(found))),
        GrantId::PREFIX => grants::get(ctx, GrantId(uuid))
            .await
            .map(|found| Node::Grant(Grant(found))),
        MailId::PREFIX => mail::get(ctx, MailId(uuid))
            .await
            .map(|found| Node::Mail(Mail(found))),
        SsoProviderId::PREFIX => identity::get_sso_provider(ctx, SsoProviderId(uuid))
            .await
            .map(|found| Node::SsoProvider(SsoProvider(found))),
        TriggerId::PREFIX => triggers::get(ctx, TriggerId(uuid))
            .await
            .map(|found| Node::Trigger(Box::new(Trigger(found)))),
        WebhookEndpointId::PREFIX => webhook_endpoints::get(ctx, WebhookEndpointId(uuid))
            .await
            .map(|found| Node::WebhookEndpoint(WebhookEndpoint(found))),
        _ => return Err(missing()),
    };
    found.map_err(|error| match error.code {
        ErrorCode::NotFound => missing(),
        _ => error.into(),
    })
}
