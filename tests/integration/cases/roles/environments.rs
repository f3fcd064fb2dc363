//! The fields about folders and environments, with the lowest role that may use each (R02).

use domain::Role;

use super::rows::{Row, row};

pub const ROWS: &[Row] = &[
    row("Query.folders", "{ folders { name } }", Role::Viewer),
    row(
        "Query.publicationSettings",
        "{ publicationSettings { secondPerson } }",
        Role::Viewer,
    ),
    row(
        "Query.publicationRequests",
        "{ publicationRequests { id } }",
        Role::Admin,
    ),
    row(
        "Mutation.createFolder",
        "mutation { createFolder(input: {name: \"f\"}) { folder { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.renameFolder",
        "mutation { renameFolder(input: {id: \"x\", name: \"f\"}) { folder { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.deleteFolder",
        "mutation { deleteFolder(input: {id: \"x\"}) { deletedId } }",
        Role::Developer,
    ),
    row(
        "Mutation.movePipeline",
        "mutation($pipeline: ID!) { \
            movePipeline(input: {pipelineId: $pipeline}) { pipeline { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.exposePipelineAsTool",
        "mutation($pipeline: ID!) { exposePipelineAsTool(input: {pipelineId: $pipeline, \
            environment: STAGING}) { pipeline { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.publishPipeline",
        "mutation($pipeline: ID!) { publishPipeline(input: {pipelineId: $pipeline, \
            versionNumber: 1, environment: STAGING}) { publication { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.approvePublication",
        "mutation { approvePublication(input: {id: \"x\"}) { publication { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.refusePublication",
        "mutation { refusePublication(input: {id: \"x\"}) { publication { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.updatePublicationSettings",
        "mutation { updatePublicationSettings(input: {secondPerson: true}) { \
            publicationSettings { secondPerson } } }",
        Role::Admin,
    ),
];
