//! The fields about webhook endpoints, with the lowest role that may use each (R02).

use domain::Role;

use super::rows::{Row, row};

pub const ROWS: &[Row] = &[
    row(
        "Query.webhookEndpoints",
        "{ webhookEndpoints { id } }",
        Role::Admin,
    ),
    row(
        "Query.webhookEndpoint",
        "{ webhookEndpoint(id: \"x\") { url } }",
        Role::Admin,
    ),
    row(
        "Query.webhookEventTypes",
        "{ webhookEventTypes { name schema } }",
        Role::Admin,
    ),
    row(
        "Mutation.createWebhookEndpoint",
        "mutation { createWebhookEndpoint(input: {url: \"https://hooks.example.com/\", events: \
            [\"run.failed\"]}) { secret } }",
        Role::Admin,
    ),
    row(
        "Mutation.updateWebhookEndpoint",
        "mutation { updateWebhookEndpoint(input: {id: \"x\", url: \"https://hooks.example.com/\", \
            events: [\"run.failed\"]}) { webhookEndpoint { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.deleteWebhookEndpoint",
        "mutation { deleteWebhookEndpoint(input: {id: \"x\"}) { deletedId } }",
        Role::Admin,
    ),
    row(
        "Mutation.rotateWebhookEndpointSecret",
        "mutation { rotateWebhookEndpointSecret(input: {id: \"x\"}) { secret } }",
        Role::Admin,
    ),
    row(
        "Mutation.testWebhookEndpoint",
        "mutation { testWebhookEndpoint(input: {id: \"x\"}) { delivery { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.redeliverWebhookEvent",
        "mutation { redeliverWebhookEvent(input: {deliveryId: \"x\"}) { delivery { id } } }",
        Role::Admin,
    ),
];
