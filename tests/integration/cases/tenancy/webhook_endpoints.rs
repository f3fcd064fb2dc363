//! The arguments about webhook endpoints that take an id (T01).

use types::{WebhookEndpointId, WebhookMessageId};

use super::{rows::Row, victim::Victim};
use crate::harness::{TestApp, people::random_id};

pub const ENDPOINT: fn(&Victim) -> &str = |victim| &victim.endpoint;
const NO_ENDPOINT: fn(&TestApp) -> String = random_id::<WebhookEndpointId>;

pub const ROWS: &[Row] = &[
    Row {
        place: "Query.webhookEndpoint(id)",
        document: "query($id: ID!) { webhookEndpoint(id: $id) { url deliveries { edges { node { \
            event body } } } } }",
        id: ENDPOINT,
        random: NO_ENDPOINT,
    },
    Row {
        place: "Mutation.updateWebhookEndpoint(input.id)",
        document: "mutation($id: ID!) { updateWebhookEndpoint(input: {id: $id, \
            url: \"https://hooks.example.com/other\", events: [\"member.added\"]}) { \
            webhookEndpoint { url events } } }",
        id: ENDPOINT,
        random: NO_ENDPOINT,
    },
    Row {
        place: "Mutation.rotateWebhookEndpointSecret(input.id)",
        document: "mutation($id: ID!) { rotateWebhookEndpointSecret(input: {id: $id}) { \
            webhookEndpoint { oldSecretUntil } } }",
        id: ENDPOINT,
        random: NO_ENDPOINT,
    },
    Row {
        place: "Mutation.testWebhookEndpoint(input.id)",
        document: "mutation($id: ID!) { testWebhookEndpoint(input: {id: $id}) { \
            delivery { event } } }",
        id: ENDPOINT,
        random: NO_ENDPOINT,
    },
    Row {
        place: "Mutation.redeliverWebhookEvent(input.deliveryId)",
        document: "mutation($id: ID!) { redeliverWebhookEvent(input: {deliveryId: $id}) { \
            delivery { event body } } }",
        id: |victim| &victim.endpoint_event,
        random: random_id::<WebhookMessageId>,
    },
    Row {
        place: "Mutation.deleteWebhookEndpoint(input.id)",
        document: "mutation($id: ID!) { deleteWebhookEndpoint(input: {id: $id}) { deletedId } }",
        id: ENDPOINT,
        random: NO_ENDPOINT,
    },
];
