//! The arguments about triggers that take an id (T01).

use types::{EventId, PipelineId, TriggerFiringId, TriggerId};

use super::{rows::Row, victim::Victim};
use crate::harness::{TestApp, people::random_id};

pub const TRIGGER: fn(&Victim) -> &str = |victim| &victim.trigger;
const WEBHOOK: fn(&Victim) -> &str = |victim| &victim.webhook;
const NO_TRIGGER: fn(&TestApp) -> String = random_id::<TriggerId>;

pub const ROWS: &[Row] = &[
    Row {
        place: "Query.trigger(id)",
        document: "query($id: ID!) { trigger(id: $id) { name next firings { state run { id } } \
            pipeline { name } } }",
        id: TRIGGER,
        random: NO_TRIGGER,
    },
    Row {
        place: "Query.event(id)",
        document: "query($id: ID!) { event(id: $id) { source data firings { firing { state } } } }",
        id: |victim| &victim.event,
        random: random_id::<EventId>,
    },
    Row {
        place: "Query.triggerFromWords(pipelineId)",
        document: "query($id: ID!) { triggerFromWords(pipelineId: $id, sentence: \"every hour\") { \
            readings { words } } }",
        id: |victim| &victim.pipeline,
        random: random_id::<PipelineId>,
    },
    Row {
        place: "Mutation.createTrigger(input.pipelineId)",
        document: "mutation($id: ID!) { createTrigger(input: {pipelineId: $id, definition: \
            {name: \"weekly\", cron: \"0 3 * * 1\"}}) { trigger { id } } }",
        id: |victim| &victim.pipeline,
        random: random_id::<PipelineId>,
    },
    Row {
        place: "Mutation.updateTrigger(input.id)",
        document: "mutation($id: ID!) { updateTrigger(input: {id: $id, definition: \
            {name: \"nightly\", interval: \"2d\"}}) { trigger { words } } }",
        id: TRIGGER,
        random: NO_TRIGGER,
    },
    Row {
        place: "Mutation.setTriggerEnabled(input.id)",
        document: "mutation($id: ID!) { setTriggerEnabled(input: {id: $id, enabled: true}) { \
            trigger { enabled } } }",
        id: TRIGGER,
        random: NO_TRIGGER,
    },
    Row {
        place: "Mutation.backfillTrigger(input.id)",
        document: "mutation($id: ID!) { backfillTrigger(input: {id: $id, \
            from: \"2024-01-01T00:00:00Z\", to: \"2024-01-02T23:59:59Z\"}) { \
            trigger { backfills { planned known requestedBy } } } }",
        id: TRIGGER,
        random: NO_TRIGGER,
    },
    Row {
        place: "Mutation.stopTriggerBackfill(input.id)",
        document: "mutation($id: ID!) { stopTriggerBackfill(input: {id: $id}) { \
            trigger { backfills { status } } } }",
        id: TRIGGER,
        random: NO_TRIGGER,
    },
    Row {
        place: "Mutation.deleteTrigger(input.id)",
        document: "mutation($id: ID!) { deleteTrigger(input: {id: $id}) { deletedId } }",
        id: TRIGGER,
        random: NO_TRIGGER,
    },
    Row {
        place: "Mutation.setWebhookSecret(input.triggerId)",
        document: "mutation($id: ID!) { setWebhookSecret(input: {triggerId: $id}) { \
            trigger { webhook { secretSince } } } }",
        id: WEBHOOK,
        random: NO_TRIGGER,
    },
    Row {
        place: "Mutation.redeliverWebhook(input.deliveryId)",
        document: "mutation($id: ID!) { redeliverWebhook(input: {deliveryId: $id}) { \
            delivery { redeliveryOf headers firing { state } } } }",
        id: |victim| &victim.delivery,
        random: random_id::<TriggerFiringId>,
    },
    Row {
        place: "Mutation.rotateWebhookAddress(input.triggerId)",
        document: "mutation($id: ID!) { rotateWebhookAddress(input: {triggerId: $id}) { \
            trigger { kind webhook { addressSince deliveries { id body } } } } }",
        id: WEBHOOK,
        random: NO_TRIGGER,
    },
];
