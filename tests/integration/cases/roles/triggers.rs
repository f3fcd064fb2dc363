//! The fields about triggers, with the lowest role that may use each (R02).

use domain::Role;

use super::rows::{Row, row};

pub const ROWS: &[Row] = &[
    row(
        "Query.trigger",
        "{ trigger(id: \"x\") { name } }",
        Role::Viewer,
    ),
    row(
        "Query.event",
        "{ event(id: \"x\") { source } }",
        Role::Viewer,
    ),
    row(
        "Query.events",
        "{ events { edges { cursor } } }",
        Role::Viewer,
    ),
    row(
        "Query.triggerPreview",
        "{ triggerPreview(definition: {cron: \"0 3 * * *\"}) { words next } }",
        Role::Viewer,
    ),
    row(
        "Query.triggerFromWords",
        "query($pipeline: ID!) { triggerFromWords(pipelineId: $pipeline, sentence: \"every hour\") { \
            readings { words } } }",
        Role::Viewer,
    ),
    row(
        "Mutation.createTrigger",
        "mutation($pipeline: ID!) { createTrigger(input: {pipelineId: $pipeline, definition: \
            {name: \"t\", cron: \"0 3 * * *\"}}) { trigger { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.updateTrigger",
        "mutation { updateTrigger(input: {id: \"x\", definition: {cron: \"0 3 * * *\"}}) { \
            trigger { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.setTriggerEnabled",
        "mutation { setTriggerEnabled(input: {id: \"x\", enabled: true}) { trigger { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.backfillTrigger",
        "mutation { backfillTrigger(input: {id: \"x\", from: \"2024-01-01T00:00:00Z\", \
            to: \"2024-01-02T00:00:00Z\"}) { trigger { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.stopTriggerBackfill",
        "mutation { stopTriggerBackfill(input: {id: \"x\"}) { trigger { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.deleteTrigger",
        "mutation { deleteTrigger(input: {id: \"x\"}) { deletedId } }",
        Role::Developer,
    ),
    row(
        "Mutation.rotateWebhookAddress",
        "mutation { rotateWebhookAddress(input: {triggerId: \"x\"}) { url } }",
        Role::Developer,
    ),
    row(
        "Mutation.setWebhookSecret",
        "mutation { setWebhookSecret(input: {triggerId: \"x\"}) { secret } }",
        Role::Developer,
    ),
    row(
        "Mutation.redeliverWebhook",
        "mutation { redeliverWebhook(input: {deliveryId: \"x\"}) { delivery { id } } }",
        Role::Developer,
    ),
];
