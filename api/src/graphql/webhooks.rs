//! Webhooks: their addresses and secrets, and what was delivered to them.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, TimeDelta, Utc};
use domain::triggers::webhooks;
use types::{TriggerFiringId, TriggerId};

use super::{
    caller, cost, ids,
    scalars::Json,
    triggers::{Trigger, TriggerFiring},
};
use crate::error::ApiError;

/// The address of a trigger that starts a run for each delivery.
#[derive(Description)]
pub struct Webhook {
    /// The trigger.
    pub trigger: TriggerId,
    /// How its senders prove themselves.
    pub signature: &'static str,
    /// The address and the secret that it has.
    pub keys: webhooks::Keys,
}

#[Object(use_type_description)]
impl Webhook {
    /// How senders prove that they know the secret: `none`, `secret`, `hmac`, `github`, `stripe`, `slack` or
    /// `standard`.
    async fn signature(&self) -> &str {
        self.signature
    }

    /// When its address was made. Null: it has none, and `rotateWebhookAddress` makes one.
    async fn address_since(&self) -> Option<DateTime<Utc>> {
        self.keys.address_since
    }

    /// Until when the address before it still counts. Null if it does not.
    async fn old_address_until(&self) -> Option<DateTime<Utc>> {
        self.keys.old_address_until
    }

    /// When its secret was set. Null: it has none, and `setWebhookSecret` sets one.
    async fn secret_since(&self) -> Option<DateTime<Utc>> {
        self.keys.secret_since
    }

    /// Until when the secret before it still counts. Null if it does not.
    async fn old_secret_until(&self) -> Option<DateTime<Utc>> {
        self.keys.old_secret_until
    }

    /// What was delivered last and proved, at most 100; without `first`, twenty.
    #[graphql(complexity = "cost::STATEMENT + cost::list(first, 20, child_complexity)")]
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
    ) -> Result<Vec<WebhookDelivery>, ApiError> {
        let found = webhooks::deliveries(caller(ctx)?, self.trigger, first).await?;
        Ok(found.into_iter().map(WebhookDelivery).collect())
    }
}

/// One delivery to a webhook. It is a firing of the trigger.
#[derive(Description)]
pub struct WebhookDelivery(pub webhooks::Delivery);

#[Object(use_type_description)]
impl WebhookDelivery {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// When it arrived, or was delivered again.
    async fn received_at(&self) -> DateTime<Utc> {
        self.0.received_at
    }

    /// The id that its sender gave it.
    async fn sender_id(&self) -> Option<&str> {
        self.0.delivery_id.as_deref()
    }

    /// The kind of its body: `json`, `form` or `text`.
    async fn body_kind(&self) -> &str {
        &self.0.body_kind
    }

    /// The address that it came from.
    async fn address(&self) -> Option<&str> {
        self.0.address.as_deref()
    }

    /// Its headers as an object, without secrets.
    async fn headers(&self) -> Result<Json, ApiError> {
        Json::of(&self.0.headers)
    }

    /// Its query string as an object.
    async fn query(&self) -> Result<Json, ApiError> {
        Json::of(&self.0.query)
    }

    /// The beginning of its body, as text; at most 16 KiB.
    async fn body(&self) -> Result<Json, ApiError> {
        Json::of(&serde_json::Value::String(self.0.body.clone()))
    }

    /// The size of its whole body.
    async fn bytes(&self) -> i32 {
        i32::try_from(self.0.bytes).unwrap_or(i32::MAX)
    }

    /// How often the same delivery arrived again and started nothing.
    async fn repeats(&self) -> i32 {
        i32::try_from(self.0.repeats).unwrap_or(i32::MAX)
    }

    /// The id of the delivery that somebody had delivered again as this one.
    async fn redelivery_of(&self) -> Option<ID> {
        self.0.redelivery_of.map(|id| id.to_string().into())
    }

    /// What became of it. Null if that is not kept any more.
    async fn firing(&self) -> Option<TriggerFiring> {
        self.0.firing.clone().map(TriggerFiring)
    }
}

/// The webhook that gets a new address.
#[derive(InputObject)]
pub struct RotateWebhookAddressInput {
    trigger_id: ID,
    /// For how many seconds the address before still counts, at most 604,800. Default: it ends at once.
    overlap_seconds: Option<i32>,
}

/// The new address.
#[derive(SimpleObject)]
pub struct RotateWebhookAddressPayload {
    trigger: Trigger,
    /// The whole address, which is not returned again. Whoever knows it can deliver.
    url: String,
}

/// The webhook that gets a new secret.
#[derive(InputObject)]
pub struct SetWebhookSecretInput {
    trigger_id: ID,
    /// The secret of the sender, from 16 to 500 characters. Absent: a new one is made.
    secret: Option<String>,
    /// For how many seconds the secret before still counts, at most 604,800. Default: it ends at once.
    overlap_seconds: Option<i32>,
}

/// The webhook with its new secret.
#[derive(SimpleObject)]
pub struct SetWebhookSecretPayload {
    trigger: Trigger,
    /// The secret if it was made here, which is not returned again.
    secret: Option<String>,
}

/// What is delivered again.
#[derive(InputObject)]
pub struct RedeliverWebhookInput {
    delivery_id: ID,
}

/// The new delivery.
#[derive(SimpleObject)]
pub struct RedeliverWebhookPayload {
    delivery: WebhookDelivery,
}

/// Mutations of webhooks.
#[derive(Default)]
pub struct WebhookMutation;

#[Object]
impl WebhookMutation {
    /// Makes a new address for a webhook, and ends the one before. Requires `pipeline.write`, `run.start` and,
    /// for production, `production.use`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn rotate_webhook_address(
        &self,
        ctx: &Context<'_>,
        input: RotateWebhookAddressInput,
    ) -> Result<RotateWebhookAddressPayload, ApiError> {
        let id: TriggerId = ids::read(&input.trigger_id);
        let overlap = overlap(input.overlap_seconds);
        let (trigger, url) = webhooks::rotate_address(caller(ctx)?, id, overlap).await?;
        Ok(RotateWebhookAddressPayload {
            trigger: Trigger(trigger),
            url,
        })
    }

    /// Sets the secret with which the senders of a webhook prove themselves, and ends the one before. It is
    /// stored encrypted and never shown. Requires `pipeline.write`, `run.start` and, for production,
    /// `production.use`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn set_webhook_secret(
        &self,
        ctx: &Context<'_>,
        input: SetWebhookSecretInput,
    ) -> Result<SetWebhookSecretPayload, ApiError> {
        let id: TriggerId = ids::read(&input.trigger_id);
        let overlap = overlap(input.overlap_seconds);
        let given = input.secret.as_deref();
        let (trigger, secret) = webhooks::set_secret(caller(ctx)?, id, given, overlap).await?;
        Ok(SetWebhookSecretPayload {
            trigger: Trigger(trigger),
            secret,
        })
    }

    /// Delivers again what was delivered to a webhook before, as a new firing. Requires `run.start` and, for
    /// production, `production.use`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn redeliver_webhook(
        &self,
        ctx: &Context<'_>,
        input: RedeliverWebhookInput,
    ) -> Result<RedeliverWebhookPayload, ApiError> {
        let id: TriggerFiringId = ids::read(&input.delivery_id);
        let delivery = webhooks::redeliver(caller(ctx)?, id).await?;
        Ok(RedeliverWebhookPayload {
            delivery: WebhookDelivery(delivery),
        })
    }
}

fn overlap(seconds: Option<i32>) -> TimeDelta {
    TimeDelta::seconds(i64::from(seconds.unwrap_or_default()))
}
