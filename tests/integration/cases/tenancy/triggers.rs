//! The arguments about triggers that take an id (T01).

use types::{PipelineId, TriggerId};

use super::{rows::Row, victim::Victim};
use crate::harness::{TestApp, people::random_id};

pub const TRIGGER: fn(&Victim) -> &str = |victim| &victim.trigger;
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
        place: "Mutation.deleteTrigger(input.id)",
        document: "mutation($id: ID!) { deleteTrigger(input: {id: $id}) { deletedId } }",
        id: TRIGGER,
        random: NO_TRIGGER,
    },
];
