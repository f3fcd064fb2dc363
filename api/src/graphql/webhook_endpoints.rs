//! Webhook endpoints: where the organization's events are sent, and what was sent.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::webhook_endpoints::{self, EndpointTerms, events::EventType};

use super::{
    caller,
    connection::{Connection, page},
    cost,
    enums::{WebhookFormat, WebhookMessageStatus},
    ids,
    scalars::Json,
};
use crate::error::ApiError;

/// An address to which events of the organization are sent, signed by the specification of standard
/// webhooks.
#[derive(Description)]
pub struct WebhookEndpoint(pub webhook_endpoints::WebhookEndpoint);

#[Object(use_type_description)]
impl WebhookEndpoint {
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Where events are sent.
    async fn url(&self) -> &str {
        &self.0.url
    }

    /// What it is for; may be empty.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// The form in which it gets events.
    async fn format(&self) -> WebhookFormat {
        self.0.format.into()
    }

    /// The names of the event types that are sent to it, in the order of `webhookEventTypes`.
    async fn events(&self) -> Vec<&'static str> {
        self.0.events.clone()
    }

    /// Whether events are sent to it. What happens while it is disabled is not sent later.
    async fn enabled(&self) -> bool {
        self.0.enabled
    }

    /// Why FlowMason disabled it, after every attempt of five days has failed. Null if it did not.
    async fn disabled_reason(&self) -> Option<&str> {
        self.0.disabled_reason.as_deref()
    }

    /// When its secret was made.
    async fn secret_since(&self) -> DateTime<Utc> {
        self.0.secret_since
    }

    /// Until when events are also signed with the secret before. Null if they are not.
    async fn old_secret_until(&self) -> Option<DateTime<Utc>> {
        self.0.old_secret_until
    }

    /// Since when every attempt has failed. Null if the latest one has not.
    async fn failing_since(&self) -> Option<DateTime<Utc>> {
        self.0.failing_since
    }

    /// The name of who created it, at that time.
    async fn created_by(&self) -> &str {
        &self.0.created_by
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// What was sent to it, newest first: at least the last hundred events of the last 30 days.
    #[graphql(complexity = "cost::page(first, child_complexity) + cost::of_text(&after)")]
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<WebhookEndpointDelivery>, ApiError> {
        let page = page(first, after);
        let all = webhook_endpoints::deliveries(caller(ctx)?, self.0.id, &page).await?;
        Ok(Connection::of(all, WebhookEndpointDelivery))
    }
}

/// An event that is sent to a webhook endpoint, with its latest attempt.
#[derive(Description)]
pub struct WebhookEndpointDelivery(pub webhook_endpoints::Delivery);

#[Object(use_type_description)]
impl WebhookEndpointDelivery {
    /// The id, which the receiver gets as `webhook-id`. It is the same in every attempt.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The name of the event's type.
    async fn event(&self) -> &str {
        &self.0.event
    }

    /// The body that is sent, as text.
    async fn body(&self) -> Result<Json, ApiError> {
        Json::of(&serde_json::Value::String(self.0.body.clone()))
    }

    async fn status(&self) -> WebhookMessageStatus {
        self.0.status.into()
    }

    /// The number of attempts, since a person last sent it again.
    async fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// The HTTP status code of the latest response. Null if there was none.
    async fn response_status(&self) -> Option<i32> {
        self.0.response_status
    }

    /// The first 500 characters of the latest response, without control characters.
    async fn response(&self) -> Option<&str> {
        self.0.response.as_deref()
    }

    /// Why the latest attempt failed.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }

    /// When the event happened.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When the next attempt is made. Null if there is none.
    async fn next_at(&self) -> Option<DateTime<Utc>> {
        self.0.next_at
    }

    /// When the latest attempt ended.
    async fn attempted_at(&self) -> Option<DateTime<Utc>> {
        self.0.attempted_at
    }
}

/// A type of event that can be sent to webhook endpoints.
#[derive(Description)]
pub struct WebhookEventType(pub &'static EventType);

#[Object(use_type_description)]
impl WebhookEventType {
    /// The name: a thing and what happened to it, such as `run.failed`.
    async fn name(&self) -> &str {
        self.0.name
    }

    /// The version of its data. A change that breaks receivers gets a new one.
    async fn version(&self) -> i32 {
        i32::try_from(self.0.version).unwrap_or(i32::MAX)
    }

    /// When such an event happens, in a sentence.
    async fn description(&self) -> &str {
        self.0.description
    }

    /// The JSON schema of the field `data` of its bodies.
    async fn schema(&self) -> Result<Json, ApiError> {
        Json::of(&(self.0.schema)())
    }
}

/// Queries for webhook endpoints.
#[derive(Default)]
pub struct WebhookEndpointQuery;

#[Object]
impl WebhookEndpointQuery {
    /// The organization's webhook endpoints, newest first. Requires the permission `organization.update`.
    #[graphql(complexity = "cost::STATEMENT + cost::times(20, child_complexity)")]
    async fn webhook_endpoints(&self, ctx: &Context<'_>) -> Result<Vec<WebhookEndpoint>, ApiError> {
        let all = webhook_endpoints::list(caller(ctx)?).await?;
        Ok(all.into_iter().map(WebhookEndpoint).collect())
    }

    /// One webhook endpoint. Requires the permission `organization.update`.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        id: ID,
    ) -> Result<WebhookEndpoint, ApiError> {
        let found = webhook_endpoints::get(caller(ctx)?, ids::read(&id)).await?;
        Ok(WebhookEndpoint(found))
    }

    /// The types of events that can be sent to webhook endpoints. Requires the permission
    /// `organization.update`.
    #[graphql(complexity = "cost::STATEMENT + cost::times(20, child_complexity)")]
    async fn webhook_event_types(
        &self,
        ctx: &Context<'_>,
    ) -> Result<Vec<WebhookEventType>, ApiError> {
        let all = webhook_endpoints::catalogue(caller(ctx)?).await?;
        Ok(all.iter().copied().map(WebhookEventType).collect())
    }
}

/// A new webhook endpoint.
#[derive(InputObject)]
pub struct CreateWebhookEndpointInput {
    /// Where events are sent.
    url: String,
    /// What it is for.
    description: Option<String>,
    /// The form in which it gets events; `STANDARD` by default.
    format: Option<WebhookFormat>,
    /// The names of the event types that are sent to it, at least one.
    events: Vec<String>,
    /// Whether events are sent to it; true by default.
    enabled: Option<bool>,
}

/// The new webhook endpoint.
#[derive(SimpleObject)]
pub struct CreateWebhookEndpointPayload {
    webhook_endpoint: WebhookEndpoint,
    /// The secret with which its events are signed, which is not returned again.
    secret: String,
}

/// A webhook endpoint and what it is to be.
#[derive(InputObject)]
pub struct UpdateWebhookEndpointInput {
    id: ID,
    /// Where events are sent.
    url: String,
    /// What it is for.
    description: Option<String>,
    /// The form in which it gets events; `STANDARD` by default.
    format: Option<WebhookFormat>,
    /// The names of the event types that are sent to it, at least one.
    events: Vec<String>,
    /// Whether events are sent to it; true by default.
    enabled: Option<bool>,
}

/// The changed webhook endpoint.
#[derive(SimpleObject)]
pub struct UpdateWebhookEndpointPayload {
    webhook_endpoint: WebhookEndpoint,
}

/// The webhook endpoint to delete.
#[derive(InputObject)]
pub struct DeleteWebhookEndpointInput {
    id: ID,
}

/// The id of the deleted webhook endpoint.
#[derive(SimpleObject)]
pub struct DeleteWebhookEndpointPayload {
    deleted_id: ID,
}

/// The webhook endpoint that gets a new secret.
#[derive(InputObject)]
pub struct RotateWebhookEndpointSecretInput {
    id: ID,
}

/// The webhook endpoint with its new secret.
#[derive(SimpleObject)]
pub struct RotateWebhookEndpointSecretPayload {
    webhook_endpoint: WebhookEndpoint,
    /// The new secret, which is not returned again.
    secret: String,
}

/// The webhook endpoint to test.
#[derive(InputObject)]
pub struct TestWebhookEndpointInput {
    id: ID,
}

/// The event that is sent as a test.
#[derive(SimpleObject)]
pub struct TestWebhookEndpointPayload {
    delivery: WebhookEndpointDelivery,
}

/// The event to send again.
#[derive(InputObject)]
pub struct RedeliverWebhookEventInput {
    delivery_id: ID,
}

/// The event, queued again.
#[derive(SimpleObject)]
pub struct RedeliverWebhookEventPayload {
    delivery: WebhookEndpointDelivery,
}

/// Mutations of webhook endpoints.
#[derive(Default)]
pub struct WebhookEndpointMutation;

#[Object]
impl WebhookEndpointMutation {
    /// Creates a webhook endpoint. Requires `organization.update` and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn create_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        input: CreateWebhookEndpointInput,
    ) -> Result<CreateWebhookEndpointPayload, ApiError> {
        let terms = EndpointTerms {
            url: input.url,
            description: input.description.unwrap_or_default(),
            format: input.format.unwrap_or(WebhookFormat::Standard).into(),
            events: input.events,
            enabled: input.enabled.unwrap_or(true),
        };
        let (endpoint, secret) = webhook_endpoints::create(caller(ctx)?, &terms).await?;
        Ok(CreateWebhookEndpointPayload {
            webhook_endpoint: WebhookEndpoint(endpoint),
            secret,
        })
    }

    /// Changes, disables or enables a webhook endpoint. Once it is enabled, it gets what happens from then
    /// on. Requires `organization.update`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn update_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        input: UpdateWebhookEndpointInput,
    ) -> Result<UpdateWebhookEndpointPayload, ApiError> {
        let terms = EndpointTerms {
            url: input.url,
            description: input.description.unwrap_or_default(),
            format: input.format.unwrap_or(WebhookFormat::Standard).into(),
            events: input.events,
            enabled: input.enabled.unwrap_or(true),
        };
        let id = ids::read(&input.id);
        let endpoint = webhook_endpoints::update(caller(ctx)?, id, &terms).await?;
        Ok(UpdateWebhookEndpointPayload {
            webhook_endpoint: WebhookEndpoint(endpoint),
        })
    }

    /// Deletes a webhook endpoint, with the log of what was sent to it. Requires `organization.update`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn delete_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        input: DeleteWebhookEndpointInput,
    ) -> Result<DeleteWebhookEndpointPayload, ApiError> {
        webhook_endpoints::delete(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(DeleteWebhookEndpointPayload {
            deleted_id: input.id,
        })
    }

    /// Makes a new secret for a webhook endpoint. For 24 hours, its events are also signed with the one
    /// before. Requires `organization.update` and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn rotate_webhook_endpoint_secret(
        &self,
        ctx: &Context<'_>,
        input: RotateWebhookEndpointSecretInput,
    ) -> Result<RotateWebhookEndpointSecretPayload, ApiError> {
        let id = ids::read(&input.id);
        let (endpoint, secret) = webhook_endpoints::rotate_secret(caller(ctx)?, id).await?;
        Ok(RotateWebhookEndpointSecretPayload {
            webhook_endpoint: WebhookEndpoint(endpoint),
            secret,
        })
    }

    /// Sends an event of the type `webhook.test` to a webhook endpoint. Requires `organization.update`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn test_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        input: TestWebhookEndpointInput,
    ) -> Result<TestWebhookEndpointPayload, ApiError> {
        let delivery = webhook_endpoints::test(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(TestWebhookEndpointPayload {
            delivery: WebhookEndpointDelivery(delivery),
        })
    }

    /// Sends an event to a webhook endpoint again, at once and with the same id and body, whether it was
    /// delivered, has failed, or waits for its next attempt. Requires `organization.update`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn redeliver_webhook_event(
        &self,
        ctx: &Context<'_>,
        input: RedeliverWebhookEventInput,
    ) -> Result<RedeliverWebhookEventPayload, ApiError> {
        let id = ids::read(&input.delivery_id);
        let delivery = webhook_endpoints::redeliver(caller(ctx)?, id).await?;
        Ok(RedeliverWebhookEventPayload {
            delivery: WebhookEndpointDelivery(delivery),
        })
    }
}
