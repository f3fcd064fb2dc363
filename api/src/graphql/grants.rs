//! Grants of further roles, and why somebody may do something.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    access::Object as GrantObject,
    grants::{self, GrantTerms, Holder, Place, Source, Subject},
};
use types::{ApiKeyId, ErrorCode, ServiceAccountId, TeamId, id::parse_any};

use super::{
    assigned_roles::{AssignedRole, choice, read_permission},
    caller, cost,
    enums::{Environment, GrantSubject, Role},
    ids,
    loaders::Loaders,
};
use crate::error::ApiError;

/// A role that a member, a team, a service account or an API key has in addition to its own.
#[derive(Description)]
pub struct Grant(pub grants::Grant);

#[Object(use_type_description)]
impl Grant {
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Whether a member, a team, a service account or an API key has the grant.
    async fn subject_kind(&self) -> GrantSubject {
        match self.0.subject {
            Subject::Member(_) => GrantSubject::Member,
            Subject::Team(_) => GrantSubject::Team,
            Subject::ServiceAccount(_) => GrantSubject::ServiceAccount,
            Subject::ApiKey(_) => GrantSubject::ApiKey,
        }
    }

    /// The id of the user, team, service account or API key.
    async fn subject_id(&self) -> ID {
        self.0.subject.to_string().into()
    }

    /// The name of the member, team, service account or API key.
    async fn subject_name(&self) -> &str {
        &self.0.subject_name
    }

    async fn role(&self) -> AssignedRole {
        AssignedRole(self.0.role.clone())
    }

    /// The id of the folder on whose pipelines it counts. If this, `pipelineId` and `environment` are all
    /// null, it counts in the whole organization.
    async fn folder_id(&self) -> Option<ID> {
        match self.0.object {
            GrantObject::Folder(id) => Some(id.to_string().into()),
            _ => None,
        }
    }

    /// The id of the pipeline on which it counts.
    async fn pipeline_id(&self) -> Option<ID> {
        match self.0.object {
            GrantObject::Pipeline(id) => Some(id.to_string().into()),
            _ => None,
        }
    }

    /// The environment in which it counts.
    async fn environment(&self) -> Option<Environment> {
        match self.0.object {
            GrantObject::Environment(environment) => Some(environment.into()),
            _ => None,
        }
    }

    /// The name of the folder or the pipeline on which it counts. Null for a grant that counts elsewhere, if
    /// the folder or pipeline is gone, and for a caller who may not view pipelines.
    #[graphql(complexity = "cost::STATEMENT")]
    async fn object_name(&self, ctx: &Context<'_>) -> Result<Option<String>, ApiError> {
        let rights = caller(ctx)?.rights.permissions;
        if !rights.has(domain::Permission::PipelineRead) {
            return Ok(None);
        }
        let loaders = Loaders::of(ctx)?;
        Ok(match self.0.object {
            GrantObject::Folder(id) => loaders.folder(id).await?.map(|folder| folder.name),
            GrantObject::Pipeline(id) => {
                let found = loaders.pipeline_if_there(id).await?;
                found.map(|pipeline| pipeline.name)
            }
            _ => None,
        })
    }

    /// When it expires; null if it does not.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }

    /// The name of the person who gave it.
    async fn given_by(&self) -> &str {
        &self.0.given_by
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

/// Why somebody may do something, or why not.
#[derive(SimpleObject)]
pub struct AccessExplanation {
    /// Whether they may.
    allowed: bool,
    /// The explanation as sentences.
    text: String,
    /// The holder's own role, if it gives the permission.
    role: Option<AssignedRole>,
    /// The grants that give the permission to the holder.
    grants: Vec<Grant>,
    /// Whether the API key's own permissions contain it. Null if the holder is no API key.
    in_key_permissions: Option<bool>,
    /// The grants to the API key itself that give the permission. An API key needs it itself, by its own
    /// permissions or by a grant, and its holder needs it, too.
    key_grants: Vec<Grant>,
    /// All roles that give the permission.
    roles_with_permission: Vec<AssignedRole>,
}

/// Queries for grants.
#[derive(Default)]
pub struct GrantQuery;

#[Object]
impl GrantQuery {
    /// The organization's grants, newest first, at most 5,000. With `subjectId`, those that count for
    /// that user, team, service account or API key; for a user with those of their teams.
    #[graphql(complexity = "cost::STATEMENT + cost::times(50, child_complexity)")]
    async fn grants(
        &self,
        ctx: &Context<'_>,
        subject_id: Option<ID>,
    ) -> Result<Vec<Grant>, ApiError> {
        let subject = subject_id.as_ref().map(subject);
        let grants = grants::list(caller(ctx)?, subject).await?;
        Ok(grants.into_iter().map(Grant).collect())
    }

    /// Why a user, a service account or an API key may do something, or why not: in the organization or,
    /// with `pipelineId`, on one pipeline, or with `folderId`, on the pipelines in a folder; with
    /// `environment`, what happens in an environment.
    #[graphql(complexity = "8 * cost::STATEMENT + cost::times(10, child_complexity)")]
    async fn why_can(
        &self,
        ctx: &Context<'_>,
        holder_id: ID,
        permission: String,
        pipeline_id: Option<ID>,
        folder_id: Option<ID>,
        environment: Option<Environment>,
    ) -> Result<AccessExplanation, ApiError> {
        let ctx = caller(ctx)?;
        let permission = read_permission("permission", &permission)?;
        let holder = match parse_any(&holder_id) {
            Some((ServiceAccountId::PREFIX, id)) => Holder::ServiceAccount(ServiceAccountId(id)),
            Some((ApiKeyId::PREFIX, id)) => Holder::ApiKey(ApiKeyId(id)),
            _ => Holder::Member(ids::read(&holder_id)),
        };
        let place = Place {
            pipeline: pipeline_id.as_ref().map(ids::read),
            folder: folder_id.as_ref().map(ids::read),
            environment: environment.map(Into::into),
        };
        if place.pipeline.is_some() && place.folder.is_some() {
            return Err(ApiError::new(
                ErrorCode::InvalidInput,
                "folderId: Choose a pipeline or a folder, not both",
            ));
        }
        let found = grants::why_can(ctx, holder, permission, place).await?;
        let of_key = found.of_key.as_ref();
        let in_key_permissions = of_key.map(|all| all.contains(&Source::KeyPermissions));
        let role = found.sources.iter().find_map(|source| match source {
            Source::Role(own) => Some(AssignedRole(own.clone())),
            _ => None,
        });
        Ok(AccessExplanation {
            allowed: found.allowed,
            text: found.text,
            role,
            grants: granted(found.sources),
            in_key_permissions,
            key_grants: granted(found.of_key.unwrap_or_default()),
            roles_with_permission: found.roles.into_iter().map(AssignedRole).collect(),
        })
    }
}

/// A new grant, with either `role` or `customRoleId`. With at most one of `pipelineId`, `folderId` and
/// `environment`, it counts there; without them, in the whole organization.
#[derive(InputObject)]
pub struct CreateGrantInput {
    /// The id of a user, team, service account or API key.
    subject_id: ID,
    role: Option<Role>,
    /// One of the organization's own roles, instead of `role`.
    custom_role_id: Option<ID>,
    /// The pipeline on which it counts, for `pipeline.read`, `pipeline.write`, `pipeline.publish`,
    /// `production.use`, `run.read`, `run.start` and `run.cancel`.
    pipeline_id: Option<ID>,
    /// The folder on whose pipelines it counts, for the same permissions.
    folder_id: Option<ID>,
    /// The environment in which it counts, with any pipeline, for `pipeline.publish`, `production.use`,
    /// `run.start` and `run.cancel`.
    environment: Option<Environment>,
    /// When it expires, at most ten years away. Without it, it does not.
    expires_at: Option<DateTime<Utc>>,
}

/// The new grant.
#[derive(SimpleObject)]
pub struct CreateGrantPayload {
    grant: Grant,
}

/// The grant to withdraw.
#[derive(InputObject)]
pub struct DeleteGrantInput {
    id: ID,
}

/// The id of the withdrawn grant.
#[derive(SimpleObject)]
pub struct DeleteGrantPayload {
    deleted_id: ID,
}

/// Mutations of grants.
#[derive(Default)]
pub struct GrantMutation;

#[Object]
impl GrantMutation {
    /// Gives a member, a team, a service account or an API key a further role. The role owner cannot
    /// be granted. An API key has what is granted to it where its holder has it, too. Requires
    /// `grant.manage`, every permission of the role, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn create_grant(
        &self,
        ctx: &Context<'_>,
        input: CreateGrantInput,
    ) -> Result<CreateGrantPayload, ApiError> {
        let terms = GrantTerms {
            subject: subject(&input.subject_id),
            role: choice(input.role, input.custom_role_id.as_ref())?,
            object: object(&input)?,
            expires_at: input.expires_at,
        };
        let grant = grants::create(caller(ctx)?, &terms).await?;
        Ok(CreateGrantPayload {
            grant: Grant(grant),
        })
    }

    /// Withdraws a grant, at once. Requires `grant.manage`, every permission of the role, and a
    /// recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn delete_grant(
        &self,
        ctx: &Context<'_>,
        input: DeleteGrantInput,
    ) -> Result<DeleteGrantPayload, ApiError> {
        grants::delete(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(DeleteGrantPayload {
            deleted_id: input.id,
        })
    }
}

/// What the grant is to count on.
fn object(input: &CreateGrantInput) -> Result<GrantObject, ApiError> {
    let (pipeline, folder) = (input.pipeline_id.as_ref(), input.folder_id.as_ref());
    match (pipeline, folder, input.environment) {
        (None, None, None) => Ok(GrantObject::Organization),
        (Some(id), None, None) => Ok(GrantObject::Pipeline(ids::read(id))),
        (None, Some(id), None) => Ok(GrantObject::Folder(ids::read(id))),
        (None, None, Some(environment)) => Ok(GrantObject::Environment(environment.into())),
        _ => Err(ApiError::new(
            ErrorCode::InvalidInput,
            "pipelineId: give at most one of `pipelineId`, `folderId` and `environment`",
        )),
    }
}

/// The grants among what gives a permission.
fn granted(sources: Vec<Source>) -> Vec<Grant> {
    let grants = sources.into_iter().filter_map(|source| match source {
        Source::Grant(grant) => Some(Grant(grant)),
        _ => None,
    });
    grants.collect()
}

/// Who has the id. Any other kind of id is read as that of a user, and not found.
fn subject(id: &ID) -> Subject {
    match parse_any(id) {
        Some((TeamId::PREFIX, id)) => Subject::Team(TeamId(id)),
        Some((ServiceAccountId::PREFIX, id)) => Subject::ServiceAccount(ServiceAccountId(id)),
        Some((ApiKeyId::PREFIX, id)) => Subject::ApiKey(ApiKeyId(id)),
        _ => Subject::Member(ids::read(id)),
    }
}
