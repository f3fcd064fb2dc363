//! The fields about drafts, with the lowest role that may use each (R02).

use domain::Role;

use super::rows::{Row, row};

pub const ROWS: &[Row] = &[
    row(
        "Mutation.openDraft",
        "mutation($pipeline: ID!) { openDraft(input: {pipelineId: $pipeline}) { draft { revision } } }",
        Role::Developer,
    ),
    row(
        "Mutation.editDraft",
        "mutation($pipeline: ID!) { editDraft(input: {pipelineId: $pipeline, revision: 0, \
            changeId: \"x\", edits: []}) { change { revision } } }",
        Role::Developer,
    ),
    row(
        "Mutation.setDraftText",
        "mutation($pipeline: ID!, $source: String!) { setDraftText(input: {pipelineId: $pipeline, \
            revision: 0, source: $source, changeId: \"x\"}) { change { revision } } }",
        Role::Developer,
    ),
    row(
        "Mutation.undoDraft",
        "mutation($pipeline: ID!) { undoDraft(input: {pipelineId: $pipeline, changeId: \"x\"}) { \
            change { revision } } }",
        Role::Developer,
    ),
    row(
        "Mutation.redoDraft",
        "mutation($pipeline: ID!) { redoDraft(input: {pipelineId: $pipeline, changeId: \"x\"}) { \
            change { revision } } }",
        Role::Developer,
    ),
    row(
        "Mutation.restoreDraft",
        "mutation($pipeline: ID!) { restoreDraft(input: {pipelineId: $pipeline, versionNumber: 1, \
            changeId: \"x\"}) { change { revision } } }",
        Role::Developer,
    ),
    row(
        "Mutation.saveDraft",
        "mutation($pipeline: ID!) { saveDraft(input: {pipelineId: $pipeline, revision: 0}) { created } }",
        Role::Developer,
    ),
    row(
        "Mutation.discardDraft",
        "mutation($pipeline: ID!) { discardDraft(input: {pipelineId: $pipeline, revision: 0}) { \
            draft { revision } } }",
        Role::Developer,
    ),
    row(
        "Mutation.runDraft",
        "mutation($pipeline: ID!) { runDraft(input: {pipelineId: $pipeline, revision: 0}) { \
            run { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.pinStageOutput",
        "mutation($pipeline: ID!) { pinStageOutput(input: {pipelineId: $pipeline, stage: \"s0\", \
            output: 1}) { pin { stage } } }",
        Role::Developer,
    ),
    row(
        "Mutation.unpinStageOutput",
        "mutation($pipeline: ID!) { unpinStageOutput(input: {pipelineId: $pipeline, \
            stage: \"s0\"}) { stage } }",
        Role::Developer,
    ),
    row(
        "Mutation.draftPresence",
        "mutation($pipeline: ID!) { draftPresence(input: {pipelineId: $pipeline}) { ok } }",
        Role::Viewer,
    ),
    row(
        "Subscription.draftEvents",
        "subscription($pipeline: ID!) { draftEvents(pipelineId: $pipeline) { __typename } }",
        Role::Viewer,
    ),
    row(
        "Query.copilotSettings",
        "{ copilotSettings { enabled } }",
        Role::Viewer,
    ),
    row(
        "Query.copilotExchange",
        "{ copilotExchange(id: \"x\") { id } }",
        Role::Viewer,
    ),
    row(
        "Subscription.copilotEvents",
        "subscription { copilotEvents(id: \"x\") { __typename } }",
        Role::Viewer,
    ),
    row(
        "Mutation.askCopilot",
        "mutation($pipeline: ID!) { askCopilot(input: {pipelineId: $pipeline, revision: 0, \
            task: EXPLAIN, request: \"?\"}) { exchange { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.cancelCopilot",
        "mutation { cancelCopilot(input: {exchangeId: \"x\"}) { exchange { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.acceptCopilotPieces",
        "mutation { acceptCopilotPieces(input: {exchangeId: \"x\", pieces: [0], looked: [], \
            revision: 0, changeId: \"x\"}) { change { revision } } }",
        Role::Developer,
    ),
    row(
        "Mutation.setCopilotSettings",
        "mutation { setCopilotSettings(input: {enabled: false}) { settings { enabled } } }",
        Role::Admin,
    ),
];
