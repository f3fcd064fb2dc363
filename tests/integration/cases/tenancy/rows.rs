//! The arguments of the schema that take an id (T01), with ids of another organization.

use types::{
    ApiKeyId, DomainId, ExternalIdentityId, GrantId, InvitationId, JobId, MailId, PasskeyId,
    PipelineId, RoleId, RunId, RunOperationId, SavedViewId, ScimGroupId, ScimTokenId,
    ServiceAccountId, SessionId, TeamId, UploadId, UserId,
};

use super::{
    applications, drafts, environments, single_sign_on, triggers, victim::Victim, webhook_endpoints,
};
use crate::harness::{TestApp, people::random_id};

/// One argument of the schema that takes an id.
pub struct Row {
    pub place: &'static str,
    pub document: &'static str,
    pub id: fn(&Victim) -> &str,
    pub random: fn(&TestApp) -> String,
}

const PIPELINE: fn(&Victim) -> &str = |victim| &victim.pipeline;
pub const RUN: fn(&Victim) -> &str = |victim| &victim.finished;
const SLEEPING: fn(&Victim) -> &str = |victim| &victim.sleeping;
pub const KEY: fn(&Victim) -> &str = |victim| &victim.key;
const NO_PIPELINE: fn(&TestApp) -> String = random_id::<PipelineId>;
const NO_RUN: fn(&TestApp) -> String = random_id::<RunId>;
pub const JOB: fn(&Victim) -> &str = |victim| &victim.job;
const NO_JOB: fn(&TestApp) -> String = random_id::<JobId>;
pub const MAIL: fn(&Victim) -> &str = |victim| &victim.mail;
const NO_MAIL: fn(&TestApp) -> String = random_id::<MailId>;
pub const OPERATION: fn(&Victim) -> &str = |victim| &victim.operation;
const NO_OPERATION: fn(&TestApp) -> String = random_id::<RunOperationId>;
pub const VIEW: fn(&Victim) -> &str = |victim| &victim.view;
const NO_VIEW: fn(&TestApp) -> String = random_id::<SavedViewId>;
const UPLOAD: fn(&Victim) -> &str = |victim| &victim.upload;
const NO_UPLOAD: fn(&TestApp) -> String = random_id::<UploadId>;
pub const INVITATION: fn(&Victim) -> &str = |victim| &victim.invitation;
const NO_INVITATION: fn(&TestApp) -> String = random_id::<InvitationId>;
pub const DOMAIN: fn(&Victim) -> &str = |victim| &victim.domain;
pub const NO_DOMAIN: fn(&TestApp) -> String = random_id::<DomainId>;
const PASSKEY: fn(&Victim) -> &str = |victim| &victim.passkey;
const NO_PASSKEY: fn(&TestApp) -> String = random_id::<PasskeyId>;
const SCIM_TOKEN: fn(&Victim) -> &str = |victim| &victim.scim_token;
const NO_SCIM_TOKEN: fn(&TestApp) -> String = random_id::<ScimTokenId>;
const SCIM_GROUP: fn(&Victim) -> &str = |victim| &victim.scim_group;
const NO_SCIM_GROUP: fn(&TestApp) -> String = random_id::<ScimGroupId>;
const IDENTITY: fn(&Victim) -> &str = |victim| &victim.identity;
const NO_IDENTITY: fn(&TestApp) -> String = random_id::<ExternalIdentityId>;
const MEMBER: fn(&Victim) -> &str = |victim| &victim.developer;
pub const NO_MEMBER: fn(&TestApp) -> String = random_id::<UserId>;
const NO_SESSION: fn(&TestApp) -> String = random_id::<SessionId>;
const NO_KEY: fn(&TestApp) -> String = random_id::<ApiKeyId>;
pub const TEAM: fn(&Victim) -> &str = |victim| &victim.team;
const NO_TEAM: fn(&TestApp) -> String = random_id::<TeamId>;
pub const ROLE: fn(&Victim) -> &str = |victim| &victim.role;
pub const NO_ROLE: fn(&TestApp) -> String = random_id::<RoleId>;
pub const ACCOUNT: fn(&Victim) -> &str = |victim| &victim.account;
pub const NO_ACCOUNT: fn(&TestApp) -> String = random_id::<ServiceAccountId>;
pub const GRANT: fn(&Victim) -> &str = |victim| &victim.grant;
const NO_GRANT: fn(&TestApp) -> String = random_id::<GrantId>;

/// All arguments. The last row makes its caller an admin.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    applications::ROWS
        .iter()
        .chain(environments::ROWS)
        .chain(single_sign_on::ROWS)
        .chain(drafts::ROWS)
        .chain(triggers::ROWS)
        .chain(webhook_endpoints::ROWS)
        .chain(ROWS)
}

const ROWS: &[Row] = &[
    Row {
        place: "Query.node(id)",
        document: "query($id: ID!) { node(id: $id) { id } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Query.nodes(ids)",
        document: "query($id: ID!) { nodes(ids: [$id]) { id } }",
        id: RUN,
        random: NO_RUN,
    },
    Row {
        place: "Query.pipeline(id)",
        document: "query($id: ID!) { pipeline(id: $id) { id name } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Query.run(id)",
        document: "query($id: ID!) { run(id: $id) { id status } }",
        id: RUN,
        random: NO_RUN,
    },
    Row {
        place: "Query.runs(pipelineId)",
        document: "query($id: ID!) { runs(pipelineId: $id) { edges { node { id } } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Query.runs(filter.pipelineIds)",
        document: "query($id: ID!) { runs(filter: {pipelineIds: [$id]}) { edges { cursor } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Query.runCounts(filter.pipelineIds)",
        document: "query($id: ID!) { runCounts(filter: {pipelineIds: [$id]}) { total } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Query.runTrend(filter.pipelineIds)",
        document: "query($id: ID!) { runTrend(span: LAST_30_DAYS, filter: {pipelineIds: [$id]}) { complete } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.saveRunView(input.filter.pipelineIds)",
        document: "mutation($id: ID!) { saveRunView(input: {name: \"v\", filter: {pipelineIds: [$id]}}) { savedRunView { name } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Query.runs(filter.notPipelineIds)",
        document: "query($id: ID!) { runs(filter: {notPipelineIds: [$id]}) { edges { cursor } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Query.runCounts(filter.notPipelineIds)",
        document: "query($id: ID!) { runCounts(filter: {notPipelineIds: [$id]}) { total } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Query.runTrend(filter.notPipelineIds)",
        document: "query($id: ID!) { runTrend(span: LAST_30_DAYS, filter: {notPipelineIds: [$id]}) { complete } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.saveRunView(input.filter.notPipelineIds)",
        document: "mutation($id: ID!) { saveRunView(input: {name: \"v\", filter: {notPipelineIds: [$id]}}) { savedRunView { name } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Query.runs(filter.ids)",
        document: "query($id: ID!) { runs(filter: {ids: [$id]}) { edges { cursor } } }",
        id: RUN,
        random: NO_RUN,
    },
    Row {
        place: "Query.runCounts(filter.ids)",
        document: "query($id: ID!) { runCounts(filter: {ids: [$id]}) { total } }",
        id: RUN,
        random: NO_RUN,
    },
    Row {
        place: "Query.runTrend(filter.ids)",
        document: "query($id: ID!) { runTrend(span: LAST_30_DAYS, filter: {ids: [$id]}) { complete } }",
        id: RUN,
        random: NO_RUN,
    },
    Row {
        place: "Mutation.saveRunView(input.filter.ids)",
        document: "mutation($id: ID!) { saveRunView(input: {name: \"v\", filter: {ids: [$id]}}) { savedRunView { name } } }",
        id: RUN,
        random: NO_RUN,
    },
    Row {
        place: "Mutation.cancelRuns(input.filter.ids)",
        document: "mutation($id: ID!) { cancelRuns(input: {filter: {ids: [$id], text: \"none\"}}) { operation { status } } }",
        id: RUN,
        random: NO_RUN,
    },
    Row {
        place: "Mutation.retryRuns(input.filter.ids)",
        document: "mutation($id: ID!) { retryRuns(input: {filter: {ids: [$id], text: \"none\"}}) { operation { status } } }",
        id: RUN,
        random: NO_RUN,
    },
    Row {
        place: "Mutation.saveRunView(input.id)",
        document: "mutation($id: ID!) { saveRunView(input: {id: $id, name: \"w\", filter: {}}) { savedRunView { name } } }",
        id: VIEW,
        random: NO_VIEW,
    },
    Row {
        place: "Mutation.deleteSavedRunView(input.id)",
        document: "mutation($id: ID!) { deleteSavedRunView(input: {id: $id}) { deletedId } }",
        id: VIEW,
        random: NO_VIEW,
    },
    Row {
        place: "Mutation.cancelRuns(input.filter.pipelineIds)",
        document: "mutation($id: ID!) { cancelRuns(input: {filter: {pipelineIds: [$id], text: \"none\"}}) { operation { status } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.cancelRuns(input.filter.notPipelineIds)",
        document: "mutation($id: ID!) { cancelRuns(input: {filter: {notPipelineIds: [$id], text: \"none\"}}) { operation { status } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.retryRuns(input.filter.pipelineIds)",
        document: "mutation($id: ID!) { retryRuns(input: {filter: {pipelineIds: [$id], text: \"none\"}}) { operation { status } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.retryRuns(input.filter.notPipelineIds)",
        document: "mutation($id: ID!) { retryRuns(input: {filter: {notPipelineIds: [$id], text: \"none\"}}) { operation { status } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Query.runOperation(id)",
        document: "query($id: ID!) { runOperation(id: $id) { kind } }",
        id: OPERATION,
        random: NO_OPERATION,
    },
    Row {
        place: "Mutation.stopRunOperation(input.id)",
        document: "mutation($id: ID!) { stopRunOperation(input: {id: $id}) { operation { kind } } }",
        id: OPERATION,
        random: NO_OPERATION,
    },
    Row {
        place: "Mutation.pushPipelineVersion(input.pipelineId)",
        document: "mutation($id: ID!, $source: String!) { \
            pushPipelineVersion(input: {pipelineId: $id, source: $source}) { created } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.renamePipeline(input.pipelineId)",
        document: "mutation($id: ID!) { renamePipeline(input: {pipelineId: $id}) { pipeline { name } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.deletePipeline(input.pipelineId)",
        document: "mutation($id: ID!) { deletePipeline(input: {pipelineId: $id}) { pipeline { name } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.restorePipeline(input.pipelineId)",
        document: "mutation($id: ID!) { restorePipeline(input: {pipelineId: $id}) { pipeline { name } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.startRun(input.pipelineId)",
        document: "mutation($id: ID!) { \
            startRun(input: {pipelineId: $id, input: {value: 1}}) { run { status } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.startRun(input.inputUpload)",
        document: "mutation($id: ID!, $pipeline: ID!) { startRun(input: {pipelineId: $pipeline, \
            inputUpload: $id}) { run { status } } }",
        id: UPLOAD,
        random: NO_UPLOAD,
    },
    Row {
        place: "Mutation.startRun(input.reuseFrom)",
        document: "mutation($id: ID!, $pipeline: ID!) { startRun(input: {pipelineId: $pipeline, \
            input: {value: 1}, reuseFrom: $id}) { run { status } } }",
        id: RUN,
        random: NO_RUN,
    },
    Row {
        place: "Query.previewInput(inputUpload)",
        document: "query($id: ID!) { previewInput(inputUpload: $id) { bytes } }",
        id: UPLOAD,
        random: NO_UPLOAD,
    },
    Row {
        place: "Mutation.deleteUpload(input.id)",
        document: "mutation($id: ID!) { deleteUpload(input: {id: $id}) { __typename } }",
        id: UPLOAD,
        random: NO_UPLOAD,
    },
    Row {
        place: "Mutation.retryRun(input.runId)",
        document: "mutation($id: ID!) { retryRun(input: {runId: $id}) { run { status } } }",
        id: RUN,
        random: NO_RUN,
    },
    Row {
        place: "Mutation.runStage(input.runId)",
        document: "mutation($id: ID!) { \
            runStage(input: {runId: $id, stage: \"s0\"}) { run { status } } }",
        id: RUN,
        random: NO_RUN,
    },
    Row {
        place: "Mutation.cancelRun(input.runId)",
        document: "mutation($id: ID!) { cancelRun(input: {runId: $id}) { run { id } } }",
        id: SLEEPING,
        random: NO_RUN,
    },
    Row {
        place: "Mutation.rotateApiKey(input.id)",
        document: "mutation($id: ID!) { rotateApiKey(input: {id: $id}) { replaced { id } } }",
        id: KEY,
        random: NO_KEY,
    },
    Row {
        place: "Mutation.revokeApiKey(input.id)",
        document: "mutation($id: ID!) { revokeApiKey(input: {id: $id}) { apiKey { id } } }",
        id: KEY,
        random: NO_KEY,
    },
    Row {
        place: "Query.job(id)",
        document: "query($id: ID!) { job(id: $id) { id status } }",
        id: JOB,
        random: NO_JOB,
    },
    Row {
        place: "Mutation.retryJob(input.id)",
        document: "mutation($id: ID!) { retryJob(input: {id: $id}) { job { id } } }",
        id: JOB,
        random: NO_JOB,
    },
    Row {
        place: "Mutation.resendMail(input.id)",
        document: "mutation($id: ID!) { resendMail(input: {id: $id}) { mail { id } } }",
        id: MAIL,
        random: NO_MAIL,
    },
    Row {
        place: "Subscription.runEvents(runId)",
        document: "subscription($id: ID!) { runEvents(runId: $id) { ... on RunEvent { seq } } }",
        id: RUN,
        random: NO_RUN,
    },
    Row {
        place: "Query.member(userId)",
        document: "query($id: ID!) { member(userId: $id) { name email } }",
        id: MEMBER,
        random: NO_MEMBER,
    },
    Row {
        place: "Query.memberCreations(userId)",
        document: "query($id: ID!) { memberCreations(userId: $id) { kind name } }",
        id: MEMBER,
        random: NO_MEMBER,
    },
    Row {
        place: "Mutation.changeMemberRole(input.userId)",
        document: "mutation($id: ID!) { changeMemberRole(input: {userId: $id, role: VIEWER}) { member { name } } }",
        id: MEMBER,
        random: NO_MEMBER,
    },
    Row {
        place: "Mutation.removePasskey(input.passkeyId)",
        document: "mutation($id: ID!) { removePasskey(input: {passkeyId: $id}) { removedPasskeyId } }",
        id: PASSKEY,
        random: NO_PASSKEY,
    },
    Row {
        place: "Mutation.checkDomain(input.id)",
        document: "mutation($id: ID!) { checkDomain(input: {id: $id}) { domain { status } } }",
        id: DOMAIN,
        random: NO_DOMAIN,
    },
    Row {
        place: "Mutation.removeDomain(input.id)",
        document: "mutation($id: ID!) { removeDomain(input: {id: $id}) { removedId } }",
        id: DOMAIN,
        random: NO_DOMAIN,
    },
    Row {
        place: "Mutation.disconnectIdentity(input.id)",
        document: "mutation($id: ID!) { disconnectIdentity(input: {id: $id}) { id } }",
        id: IDENTITY,
        random: NO_IDENTITY,
    },
    Row {
        place: "Mutation.revokeScimToken(input.id)",
        document: "mutation($id: ID!) { revokeScimToken(input: {id: $id}) { token { name } } }",
        id: SCIM_TOKEN,
        random: NO_SCIM_TOKEN,
    },
    Row {
        place: "Mutation.mapScimGroup(input.id)",
        document: "mutation($id: ID!) { mapScimGroup(input: {id: $id, role: VIEWER}) { \
            group { role } } }",
        id: SCIM_GROUP,
        random: NO_SCIM_GROUP,
    },
    Row {
        place: "Mutation.mapScimGroup(input.customRoleId)",
        document: "mutation($id: ID!, $group: ID!) { mapScimGroup(input: {id: $group, customRoleId: $id}) { \
            group { role } } }",
        id: ROLE,
        random: NO_ROLE,
    },
    Row {
        place: "Mutation.mapScimGroup(input.teamId)",
        document: "mutation($id: ID!, $group: ID!) { mapScimGroup(input: {id: $group, teamId: $id}) { \
            group { role } } }",
        id: TEAM,
        random: NO_TEAM,
    },
    Row {
        place: "Mutation.renewInvitation(input.id)",
        document: "mutation($id: ID!) { renewInvitation(input: {id: $id}) { invitation { status } } }",
        id: INVITATION,
        random: NO_INVITATION,
    },
    Row {
        place: "Mutation.revokeInvitation(input.id)",
        document: "mutation($id: ID!) { revokeInvitation(input: {id: $id}) { invitation { status } } }",
        id: INVITATION,
        random: NO_INVITATION,
    },
    Row {
        place: "Mutation.removeMember(input.userId)",
        document: "mutation($id: ID!) { removeMember(input: {userId: $id}) { removedUserId } }",
        id: |victim| &victim.viewer,
        random: NO_MEMBER,
    },
    Row {
        place: "Mutation.endSession(input.sessionId)",
        document: "mutation($id: ID!) { endSession(input: {sessionId: $id}) { endedSessionId } }",
        id: |victim| &victim.session,
        random: NO_SESSION,
    },
    Row {
        place: "Query.grants(subjectId)",
        document: "query($id: ID!) { grants(subjectId: $id) { id } }",
        id: TEAM,
        random: NO_TEAM,
    },
    Row {
        place: "Query.whyCan(holderId)",
        document: "query($id: ID!) { whyCan(holderId: $id, permission: \"run.read\") { text } }",
        id: ACCOUNT,
        random: NO_ACCOUNT,
    },
    Row {
        place: "Query.whyCan(pipelineId)",
        document: "query($id: ID!, $member: ID!) { whyCan(holderId: $member, permission: \"run.read\", pipelineId: $id) { text } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.updateCustomRole(input.id)",
        document: "mutation($id: ID!) { updateCustomRole(input: {id: $id, name: \"renamed\", permissions: []}) { customRole { id } } }",
        id: ROLE,
        random: NO_ROLE,
    },
    Row {
        place: "Mutation.deleteCustomRole(input.id)",
        document: "mutation($id: ID!) { deleteCustomRole(input: {id: $id}) { deletedId } }",
        id: |victim| &victim.spare_role,
        random: NO_ROLE,
    },
    Row {
        place: "Mutation.changeMemberRole(input.customRoleId)",
        document: "mutation($id: ID!, $member: ID!) { changeMemberRole(input: {userId: $member, customRoleId: $id}) { member { name } } }",
        id: ROLE,
        random: NO_ROLE,
    },
    Row {
        place: "Mutation.createInvitation(input.customRoleId)",
        document: "mutation($id: ID!) { createInvitation(input: {customRoleId: $id}) { invitation { id } } }",
        id: ROLE,
        random: NO_ROLE,
    },
    Row {
        place: "Mutation.createServiceAccount(input.customRoleId)",
        document: "mutation($id: ID!) { createServiceAccount(input: {name: \"by role\", customRoleId: $id}) { serviceAccount { id } } }",
        id: ROLE,
        random: NO_ROLE,
    },
    Row {
        place: "Mutation.updateServiceAccount(input.id)",
        document: "mutation($id: ID!) { updateServiceAccount(input: {id: $id, name: \"renamed\", role: VIEWER}) { serviceAccount { id } } }",
        id: ACCOUNT,
        random: NO_ACCOUNT,
    },
    Row {
        place: "Mutation.updateServiceAccount(input.customRoleId)",
        document: "mutation($id: ID!, $account: ID!) { updateServiceAccount(input: {id: $account, name: \"renamed\", customRoleId: $id}) { serviceAccount { id } } }",
        id: ROLE,
        random: NO_ROLE,
    },
    Row {
        place: "Mutation.createApiKey(input.serviceAccountId)",
        document: "mutation($id: ID!) { createApiKey(input: {name: \"k\", permissions: [], serviceAccountId: $id}) { apiKey { id } } }",
        id: ACCOUNT,
        random: NO_ACCOUNT,
    },
    Row {
        place: "Mutation.createGrant(input.subjectId)",
        document: "mutation($id: ID!) { createGrant(input: {subjectId: $id, role: VIEWER}) { grant { id } } }",
        id: TEAM,
        random: NO_TEAM,
    },
    Row {
        place: "Mutation.createGrant(input.customRoleId)",
        document: "mutation($id: ID!, $member: ID!) { createGrant(input: {subjectId: $member, customRoleId: $id}) { grant { id } } }",
        id: ROLE,
        random: NO_ROLE,
    },
    Row {
        place: "Mutation.createGrant(input.pipelineId)",
        document: "mutation($id: ID!, $member: ID!) { createGrant(input: {subjectId: $member, role: DEVELOPER, pipelineId: $id}) { grant { id } } }",
        id: PIPELINE,
        random: NO_PIPELINE,
    },
    Row {
        place: "Mutation.deleteGrant(input.id)",
        document: "mutation($id: ID!) { deleteGrant(input: {id: $id}) { deletedId } }",
        id: GRANT,
        random: NO_GRANT,
    },
    Row {
        place: "Mutation.renameTeam(input.id)",
        document: "mutation($id: ID!) { renameTeam(input: {id: $id, name: \"renamed\"}) { team { id } } }",
        id: TEAM,
        random: NO_TEAM,
    },
    Row {
        place: "Mutation.addTeamMember(input.teamId)",
        document: "mutation($id: ID!, $member: ID!) { addTeamMember(input: {teamId: $id, userId: $member}) { team { id } } }",
        id: TEAM,
        random: NO_TEAM,
    },
    Row {
        place: "Mutation.addTeamMember(input.userId)",
        document: "mutation($id: ID!, $team: ID!) { addTeamMember(input: {teamId: $team, userId: $id}) { team { id } } }",
        id: MEMBER,
        random: NO_MEMBER,
    },
    Row {
        place: "Mutation.removeTeamMember(input.teamId)",
        document: "mutation($id: ID!, $member: ID!) { removeTeamMember(input: {teamId: $id, userId: $member}) { team { id } } }",
        id: TEAM,
        random: NO_TEAM,
    },
    Row {
        place: "Mutation.removeTeamMember(input.userId)",
        document: "mutation($id: ID!, $team: ID!) { removeTeamMember(input: {teamId: $team, userId: $id}) { team { id } } }",
        id: MEMBER,
        random: NO_MEMBER,
    },
    Row {
        place: "Mutation.deleteTeam(input.id)",
        document: "mutation($id: ID!) { deleteTeam(input: {id: $id}) { deletedId } }",
        id: TEAM,
        random: NO_TEAM,
    },
    // The last row, because the owner is an admin afterwards.
    Row {
        place: "Mutation.transferOwnership(input.userId)",
        document: "mutation($id: ID!) { transferOwnership(input: {userId: $id}) { member { name } } }",
        id: |victim| &victim.admin,
        random: NO_MEMBER,
    },
];
