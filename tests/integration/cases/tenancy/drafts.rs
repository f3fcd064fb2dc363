//! The arguments about drafts that take an id (T01). Each document needs what those before it did.

use types::{PipelineId, RunId};

use super::{
    rows::{RUN, Row},
    victim::Victim,
};
use crate::harness::{TestApp, people::random_id};

const PIPELINE: fn(&Victim) -> &str = |victim| &victim.pipeline;
const NO_PIPELINE: fn(&TestApp) -> String = random_id::<PipelineId>;

pub const ROWS: &[Row] = &[
    Row {
        place: "Mutation.openDraft(input.pipelineId)",
        document: "mutation($id: ID!) { openDraft(input: {pipelineId: $id}) { draft { revision } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.editDraft(input.pipelineId)",
        document: "mutation($id: ID!) { editDraft(input: {pipelineId: $id, revision: 0, \
            changeId: \"1\", edits: [{op: \"setField\", path: [\"description\"], value: \"d\"}]}) { \
            change { revision } conflicts { message } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.saveDraft(input.pipelineId)",
        document: "mutation($id: ID!) { saveDraft(input: {pipelineId: $id, revision: 1}) { created } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.setDraftText(input.pipelineId)",
        document: "mutation($id: ID!, $source: String!) { setDraftText(input: {pipelineId: $id, \
            revision: 1, source: $source, changeId: \"2\"}) { change { revision } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.undoDraft(input.pipelineId)",
        document: "mutation($id: ID!) { undoDraft(input: {pipelineId: $id, changeId: \"3\"}) { \
            change { revision } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.redoDraft(input.pipelineId)",
        document: "mutation($id: ID!) { redoDraft(input: {pipelineId: $id, changeId: \"4\"}) { \
            change { revision } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.restoreDraft(input.pipelineId)",
        document: "mutation($id: ID!) { restoreDraft(input: {pipelineId: $id, versionNumber: 1, \
            changeId: \"5\"}) { change { revision } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.draftPresence(input.pipelineId)",
        document: "mutation($id: ID!) { draftPresence(input: {pipelineId: $id, stage: \"s0\"}) { ok } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.discardDraft(input.pipelineId)",
        document: "mutation($id: ID!) { discardDraft(input: {pipelineId: $id, revision: 5}) { \
            draft { revision } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Subscription.draftEvents(pipelineId)",
        document: "subscription($id: ID!) { draftEvents(pipelineId: $id) { __typename } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    // Whoever asks opens a draft of an own pipeline; only the run is foreign.
    Row {
        place: "Draft.filled(runId)",
        document: "mutation($id: ID!, $pipeline: ID!) { openDraft(input: {pipelineId: $pipeline}) { \
            draft { filled(stage: \"s0\", texts: [{text: \"{{input}}\"}], runId: $id) { \
            values { value } } } } }",
        id: RUN,
        random: random_id::<RunId>,
    },
];
