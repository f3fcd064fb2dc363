//! Versions of pipelines that are published to environments, and the second person who approves it.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::publications;

use super::{
    Loaders, caller, cost,
    enums::{Environment, PublicationStatus},
    ids,
    pipelines::{Pipeline, PipelineVersion},
    runs::Actor,
};
use crate::error::ApiError;

/// A version of a pipeline that is or was published to an environment, or the request for it.
#[derive(Description)]
pub struct Publication(pub publications::Publication);

#[Object(use_type_description)]
impl Publication {
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn pipeline(&self, ctx: &Context<'_>) -> Result<Pipeline, ApiError> {
        let pipeline = Loaders::of(ctx)?.pipeline(self.0.pipeline).await?;
        Ok(Pipeline::from(pipeline))
    }

    async fn environment(&self) -> Environment {
        self.0.environment.into()
    }

    async fn version(&self) -> PipelineVersion {
        PipelineVersion::Known {
            id: self.0.version,
            number: Some(self.0.version_number),
        }
    }

    async fn status(&self) -> PublicationStatus {
        self.0.status.into()
    }

    /// Who published it, or requested that it is published.
    async fn requested_by(&self) -> Actor {
        Actor {
            kind: self.0.requested_by.kind.as_str().to_owned(),
            name: self.0.requested_by.name.clone(),
        }
    }

    /// Whether the caller is the person who requested it, perhaps with an API key. That person can
    /// withdraw the request (`refusePublication`) and cannot approve it.
    async fn requested_by_viewer(&self, ctx: &Context<'_>) -> Result<bool, ApiError> {
        Ok(self.0.is_requested_by(caller(ctx)?))
    }

    async fn requested_at(&self) -> DateTime<Utc> {
        self.0.requested_at
    }

    /// When the request expires; null unless it waits for a second person.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }

    /// The name of the second person, who approved or refused it. Null without one.
    async fn decided_by(&self) -> Option<&str> {
        self.0.decided_by.as_deref()
    }

    /// When it was published or refused.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decided_at
    }
}

/// How the organization publishes pipelines.
#[derive(SimpleObject)]
pub struct PublicationSettings {
    /// Whether a second person has to approve what is published to production.
    second_person: bool,
}

/// Queries for publications. Those of a pipeline are its fields.
#[derive(Default)]
pub struct PublicationQuery;

#[Object]
impl PublicationQuery {
    /// The requests that wait for a second person and that the caller may decide, as far as permissions
    /// are concerned, and those that the caller made. Newest first, at most 100. Requires the permission
    /// `production.use`, in the organization or on anything in it.
    #[graphql(complexity = "cost::STATEMENT + cost::times(20, child_complexity)")]
    async fn publication_requests(&self, ctx: &Context<'_>) -> Result<Vec<Publication>, ApiError> {
        let requests = publications::requests(caller(ctx)?).await?;
        Ok(requests.into_iter().map(Publication).collect())
    }

    /// How the organization publishes pipelines.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn publication_settings(
        &self,
        ctx: &Context<'_>,
    ) -> Result<PublicationSettings, ApiError> {
        let second_person = publications::needs_second_person(caller(ctx)?).await?;
        Ok(PublicationSettings { second_person })
    }
}

/// The version to publish, and where.
#[derive(InputObject)]
pub struct PublishPipelineInput {
    pipeline_id: ID,
    version_number: i32,
    /// Staging or production.
    environment: Environment,
}

/// The publication. If it waits for a second person, its status is `REQUESTED`.
#[derive(SimpleObject)]
pub struct PublishPipelinePayload {
    publication: Publication,
}

/// The request to approve.
#[derive(InputObject)]
pub struct ApprovePublicationInput {
    id: ID,
}

/// The publication.
#[derive(SimpleObject)]
pub struct ApprovePublicationPayload {
    publication: Publication,
}

/// The request to refuse.
#[derive(InputObject)]
pub struct RefusePublicationInput {
    id: ID,
}

/// The refused request.
#[derive(SimpleObject)]
pub struct RefusePublicationPayload {
    publication: Publication,
}

/// The new settings.
#[derive(InputObject)]
pub struct UpdatePublicationSettingsInput {
    /// Whether a second person has to approve what is published to production. Every owner gets a mail
    /// when this is turned off.
    second_person: bool,
}

/// The settings after the change.
#[derive(SimpleObject)]
pub struct UpdatePublicationSettingsPayload {
    publication_settings: PublicationSettings,
}

/// Mutations of publications.
#[derive(Default)]
pub struct PublicationMutation;

#[Object]
impl PublicationMutation {
    /// Publishes a version: runs in the environment execute it from now on. If the organization
    /// wants a second person for production, this makes a request, which expires after seven days.
    /// An application cannot make one. Requires `pipeline.publish` and, for production,
    /// `production.use`.
    #[graphql(complexity = "cost::FILE + child_complexity")]
    async fn publish_pipeline(
        &self,
        ctx: &Context<'_>,
        input: PublishPipelineInput,
    ) -> Result<PublishPipelinePayload, ApiError> {
        let (id, number) = (ids::read(&input.pipeline_id), input.version_number);
        let environment = input.environment.into();
        let publication = publications::publish(caller(ctx)?, id, environment, number).await?;
        Loaders::of(ctx)?.forget_published();
        Ok(PublishPipelinePayload {
            publication: Publication(publication),
        })
    }

    /// Approves another person's request, which publishes the version. No API key and no application
    /// can do this. Requires `pipeline.publish`, `production.use`, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn approve_publication(
        &self,
        ctx: &Context<'_>,
        input: ApprovePublicationInput,
    ) -> Result<ApprovePublicationPayload, ApiError> {
        let publication = publications::approve(caller(ctx)?, ids::read(&input.id)).await?;
        Loaders::of(ctx)?.forget_published();
        Ok(ApprovePublicationPayload {
            publication: Publication(publication),
        })
    }

    /// Refuses a request, or withdraws the caller's own. No API key and no application can do this.
    /// Requires `pipeline.publish` and `production.use`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn refuse_publication(
        &self,
        ctx: &Context<'_>,
        input: RefusePublicationInput,
    ) -> Result<RefusePublicationPayload, ApiError> {
        let publication = publications::refuse(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(RefusePublicationPayload {
            publication: Publication(publication),
        })
    }

    /// Changes how the organization publishes pipelines. Requires `organization.update`, and a
    /// recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn update_publication_settings(
        &self,
        ctx: &Context<'_>,
        input: UpdatePublicationSettingsInput,
    ) -> Result<UpdatePublicationSettingsPayload, ApiError> {
        let on = publications::set_second_person(caller(ctx)?, input.second_person).await?;
        Ok(UpdatePublicationSettingsPayload {
            publication_settings: PublicationSettings { second_person: on },
        })
    }
}
