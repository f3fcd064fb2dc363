//! The arguments about drafts that take an id (T01). Each document needs what those before it did.

use types::{CopilotExchangeId, PipelineId, RunId};

use super::{
    rows::{RUN, Row},
    victim::Victim,
};
use crate::harness::{TestApp, people::random_id};

const PIPELINE: fn(&Victim) -> &str = |victim| &victim.pipeline;
const NO_PIPELINE: fn(&TestApp) -> String = random_id::<PipelineId>;
const NO_RUN: fn(&TestApp) -> String = random_id::<RunId>;
const EXCHANGE: fn(&Victim) -> &str = |victim| &victim.exchange;
const NO_EXCHANGE: fn(&TestApp) -> String = random_id::<CopilotExchangeId>;

pub const ROWS: &[Row] = &[
    Row {
        place: "Mutation.openDraft(input.pipelineId)",
        document: "mutation($id: ID!) { openDraft(input: {pipelineId: $id}) { draft { revision } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.askCopilot(input.pipelineId)",
        document: "mutation($id: ID!) { askCopilot(input: {pipelineId: $id, revision: 0, \
            task: EXPLAIN, request: \"?\"}) { exchange { task } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.askCopilot(input.runId)",
        document: "mutation($id: ID!, $pipeline: ID!) { askCopilot(input: {pipelineId: $pipeline, \
            revision: 0, task: DEBUG, request: \"?\", runId: $id}) { exchange { task } } }",
        id: |victim| &victim.finished,
        random: random_id::<RunId>,
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
        place: "Mutation.runDraft(input.pipelineId)",
        document: "mutation($id: ID!) { runDraft(input: {pipelineId: $id, revision: 1, \
            input: {value: 1}}) { run { status } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.runDraft(input.reuseFrom)",
        document: "mutation($id: ID!, $pipeline: ID!) { runDraft(input: {pipelineId: $pipeline, \
            revision: 1, input: {value: 1}, only: \"s1\", reuseFrom: $id}) { run { status } } }",
        id: RUN,
        random: NO_RUN,
    },
    Row {
        place: "Mutation.pinStageOutput(input.pipelineId)",
        document: "mutation($id: ID!) { pinStageOutput(input: {pipelineId: $id, stage: \"s0\", \
            output: 1}) { pin { stage } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.pinStageOutput(input.runId)",
        document: "mutation($id: ID!, $pipeline: ID!) { pinStageOutput(input: {\
            pipelineId: $pipeline, stage: \"s0\", runId: $id}) { pin { stage } } }",
        id: RUN,
        random: NO_RUN,
    },
    Row {
        place: "Mutation.unpinStageOutput(input.pipelineId)",
        document: "mutation($id: ID!) { unpinStageOutput(input: {pipelineId: $id, \
            stage: \"s0\"}) { stage } }",
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
    Row {
        place: "Query.copilotExchange(id)",
        document: "query($id: ID!) { copilotExchange(id: $id) { pieces { title } } }",
        id: EXCHANGE,
        random: NO_EXCHANGE,
    },
    Row {
        place: "Subscription.copilotEvents(id)",
        document: "subscription($id: ID!) { copilotEvents(id: $id) { __typename } }",
        id: EXCHANGE,
        random: NO_EXCHANGE,
    },
    Row {
        place: "Mutation.cancelCopilot(input.exchangeId)",
        document: "mutation($id: ID!) { cancelCopilot(input: {exchangeId: $id}) { \
            exchange { state } } }",
        id: EXCHANGE,
        random: NO_EXCHANGE,
    },
    Row {
        place: "Mutation.acceptCopilotPieces(input.exchangeId)",
        document: "mutation($id: ID!) { acceptCopilotPieces(input: {exchangeId: $id, pieces: [0], \
            looked: [], revision: 0, changeId: \"c\"}) { change { edits } conflicts { message } } }",
        id: EXCHANGE,
        random: NO_EXCHANGE,
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
