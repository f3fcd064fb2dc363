//! The arguments about folders and publications that take an id (T01).

use types::{FolderId, PipelineId, PipelineVersionId, PublicationId};

use super::{rows::Row, victim::Victim};
use crate::harness::{TestApp, people::random_id};

const PIPELINE: fn(&Victim) -> &str = |victim| &victim.pipeline;
const NO_PIPELINE: fn(&TestApp) -> String = random_id::<PipelineId>;
pub const FOLDER: fn(&Victim) -> &str = |victim| &victim.folder;
const NO_FOLDER: fn(&TestApp) -> String = random_id::<FolderId>;
pub const REQUEST: fn(&Victim) -> &str = |victim| &victim.request;
const NO_PUBLICATION: fn(&TestApp) -> String = random_id::<PublicationId>;

pub const ROWS: &[Row] = &[
    Row {
        place: "PipelineVersion.runPlanChanges(against)",
        document: "query($id: ID!, $pipeline: ID!) { pipeline(id: $pipeline) { latestVersion { \
            runPlanChanges(against: $id) { changes { kind } } } } }",
        id: |victim| &victim.version,
        random: random_id::<PipelineVersionId>,
    },
    Row {
        place: "Query.pipelines(folderId)",
        document: "query($id: ID!) { pipelines(folderId: $id) { edges { node { name } } } }",
        id: FOLDER,
        random: NO_FOLDER,
    },
    Row {
        place: "Mutation.createPipeline(input.folderId)",
        document: "mutation($id: ID!, $source: String!) { \
            createPipeline(input: {source: $source, folderId: $id}) { version { number } } }",
        id: FOLDER,
        random: NO_FOLDER,
    },
    Row {
        place: "Mutation.movePipeline(input.pipelineId)",
        document: "mutation($id: ID!) { movePipeline(input: {pipelineId: $id}) { pipeline { name } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.movePipeline(input.folderId)",
        document: "mutation($id: ID!, $pipeline: ID!) { \
            movePipeline(input: {pipelineId: $pipeline, folderId: $id}) { pipeline { name } } }",
        id: FOLDER,
        random: NO_FOLDER,
    },
    Row {
        place: "Mutation.exposePipelineAsTool(input.pipelineId)",
        document: "mutation($id: ID!) { exposePipelineAsTool(input: {pipelineId: $id, \
            environment: STAGING}) { pipeline { toolEnvironment } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.createGrant(input.folderId)",
        document: "mutation($id: ID!, $member: ID!) { createGrant(input: {subjectId: $member, \
            role: DEVELOPER, folderId: $id}) { grant { id } } }",
        id: FOLDER,
        random: NO_FOLDER,
    },
    Row {
        place: "Query.whyCan(folderId)",
        document: "query($id: ID!, $member: ID!) { whyCan(holderId: $member, \
            permission: \"run.start\", folderId: $id) { text } }",
        id: FOLDER,
        random: NO_FOLDER,
    },
    Row {
        place: "Mutation.renameFolder(input.id)",
        document: "mutation($id: ID!) { renameFolder(input: {id: $id, name: \"renamed\"}) { folder { id } } }",
        id: FOLDER,
        random: NO_FOLDER,
    },
    Row {
        place: "Mutation.deleteFolder(input.id)",
        document: "mutation($id: ID!) { deleteFolder(input: {id: $id}) { deletedId } }",
        id: |victim| &victim.spare_folder,
        random: NO_FOLDER,
    },
    Row {
        place: "Mutation.publishPipeline(input.pipelineId)",
        document: "mutation($id: ID!) { publishPipeline(input: {pipelineId: $id, versionNumber: 1, \
            environment: STAGING}) { publication { status } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.approvePublication(input.id)",
        document: "mutation($id: ID!) { approvePublication(input: {id: $id}) { publication { status } } }",
        id: REQUEST,
        random: NO_PUBLICATION,
    },
    Row {
        place: "Mutation.refusePublication(input.id)",
        document: "mutation($id: ID!) { refusePublication(input: {id: $id}) { publication { status } } }",
        id: |victim| &victim.spare_request,
        random: NO_PUBLICATION,
    },
];
