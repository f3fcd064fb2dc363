//! The fields of the schema, with the lowest role that may use each (R02).

use domain::Role;

use super::{applications, drafts, environments, single_sign_on, triggers, webhook_endpoints};

/// A field of the schema, and the lowest role that may use it.
pub struct Row {
    pub field: &'static str,
    pub document: &'static str,
    pub least: Role,
}

pub const fn row(field: &'static str, document: &'static str, least: Role) -> Row {
    Row {
        field,
        document,
        least,
    }
}

/// All fields of the schema.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    ROWS.iter()
        .chain(applications::ROWS)
        .chain(drafts::ROWS)
        .chain(environments::ROWS)
        .chain(single_sign_on::ROWS)
        .chain(triggers::ROWS)
        .chain(webhook_endpoints::ROWS)
}

const ROWS: &[Row] = &[
    row(
        "Query.node",
        "query($run: ID!) { node(id: $run) { id } }",
        Role::Viewer,
    ),
    row(
        "Query.nodes",
        "query($run: ID!) { nodes(ids: [$run]) { id } }",
        Role::Viewer,
    ),
    row("Query.viewer", "{ viewer { role } }", Role::Viewer),
    row("Query.twoFactor", "{ twoFactor { onSince } }", Role::Viewer),
    row("Query.sessions", "{ sessions { device } }", Role::Viewer),
    row(
        "Query.organization",
        "{ organization { id } }",
        Role::Viewer,
    ),
    row(
        "Query.members",
        "{ members { edges { node { name role } } } }",
        Role::Viewer,
    ),
    row(
        "Query.member",
        "{ member(userId: \"x\") { name } }",
        Role::Viewer,
    ),
    row(
        "Query.memberCreations",
        "{ memberCreations(userId: \"x\") { name } }",
        Role::Admin,
    ),
    row("Query.passkeys", "{ passkeys { name } }", Role::Viewer),
    row(
        "Query.passkeysPossible",
        "{ passkeysPossible }",
        Role::Viewer,
    ),
    row(
        "Query.emailChange",
        "{ emailChange { email } }",
        Role::Viewer,
    ),
    row("Query.domains", "{ domains { id } }", Role::Admin),
    row(
        "Query.invitations",
        "{ invitations { edges { cursor } } }",
        Role::Admin,
    ),
    row(
        "Query.pipelines",
        "{ pipelines { edges { cursor } } }",
        Role::Viewer,
    ),
    row(
        "Query.pipeline",
        "query($pipeline: ID!) { pipeline(id: $pipeline) { id } }",
        Role::Viewer,
    ),
    row(
        "Query.customRoles",
        "{ customRoles { name permissions } }",
        Role::Viewer,
    ),
    row(
        "Query.permissions",
        "{ permissions { name } }",
        Role::Viewer,
    ),
    row(
        "Query.teams",
        "{ teams { name members { name } } }",
        Role::Viewer,
    ),
    row(
        "Query.serviceAccounts",
        "{ serviceAccounts { name role { name } } }",
        Role::Viewer,
    ),
    row(
        "Query.grants",
        "{ grants { subjectName role { name } } }",
        Role::Viewer,
    ),
    row(
        "Query.whyCan",
        "{ whyCan(holderId: \"x\", permission: \"run.start\") { text } }",
        Role::Viewer,
    ),
    row(
        "Mutation.createCustomRole",
        "mutation { createCustomRole(input: {name: \"r\", permissions: [\"run.read\"]}) { \
            customRole { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.updateCustomRole",
        "mutation { updateCustomRole(input: {id: \"x\", name: \"r\", permissions: []}) { \
            customRole { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.deleteCustomRole",
        "mutation { deleteCustomRole(input: {id: \"x\"}) { deletedId } }",
        Role::Admin,
    ),
    row(
        "Mutation.createTeam",
        "mutation { createTeam(input: {name: \"t\"}) { team { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.renameTeam",
        "mutation { renameTeam(input: {id: \"x\", name: \"t\"}) { team { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.deleteTeam",
        "mutation { deleteTeam(input: {id: \"x\"}) { deletedId } }",
        Role::Admin,
    ),
    row(
        "Mutation.addTeamMember",
        "mutation { addTeamMember(input: {teamId: \"x\", userId: \"x\"}) { team { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.removeTeamMember",
        "mutation { removeTeamMember(input: {teamId: \"x\", userId: \"x\"}) { team { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.createServiceAccount",
        "mutation { createServiceAccount(input: {name: \"s\", role: VIEWER}) { \
            serviceAccount { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.updateServiceAccount",
        "mutation { updateServiceAccount(input: {id: \"x\", name: \"s\", role: VIEWER}) { \
            serviceAccount { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.createGrant",
        "mutation { createGrant(input: {subjectId: \"x\", role: VIEWER}) { grant { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.deleteGrant",
        "mutation { deleteGrant(input: {id: \"x\"}) { deletedId } }",
        Role::Admin,
    ),
    row("Query.runs", "{ runs { edges { cursor } } }", Role::Viewer),
    row(
        "Query.runCounts",
        "{ runCounts(filter: {notStatus: [FAILED]}) { total complete } }",
        Role::Viewer,
    ),
    row(
        "Query.runTrend",
        "{ runTrend(span: LAST_24_HOURS) { buckets { start p50Ms } } }",
        Role::Viewer,
    ),
    row(
        "Query.savedRunViews",
        "{ savedRunViews { name filter { text } } }",
        Role::Viewer,
    ),
    row(
        "Query.run",
        "query($run: ID!) { run(id: $run) { id } }",
        Role::Viewer,
    ),
    row("Query.components", "{ components { name } }", Role::Viewer),
    row(
        "Query.modelProviders",
        "{ modelProviders { name models { name } } }",
        Role::Viewer,
    ),
    row("Query.examples", "{ examples { name } }", Role::Viewer),
    row("Query.apiKeys", "{ apiKeys { id } }", Role::Developer),
    row("Query.jobs", "{ jobs { edges { cursor } } }", Role::Admin),
    row(
        "Query.job",
        "query($job: ID!) { job(id: $job) { id } }",
        Role::Admin,
    ),
    row(
        "Query.validatePipeline",
        "query($source: String!) { validatePipeline(source: $source) { valid } }",
        Role::Viewer,
    ),
    row(
        "Mutation.beginTwoFactor",
        "mutation { beginTwoFactor { secret } }",
        Role::Viewer,
    ),
    row(
        "Mutation.confirmTwoFactor",
        "mutation { confirmTwoFactor(input: {code: \"1\"}) { recoveryCodes } }",
        Role::Viewer,
    ),
    row(
        "Mutation.disableTwoFactor",
        "mutation { disableTwoFactor { twoFactor { onSince } } }",
        Role::Viewer,
    ),
    row(
        "Mutation.renewRecoveryCodes",
        "mutation { renewRecoveryCodes { recoveryCodes } }",
        Role::Viewer,
    ),
    row(
        "Mutation.endSession",
        "mutation { endSession(input: {sessionId: \"x\"}) { endedSessionId } }",
        Role::Viewer,
    ),
    row(
        "Mutation.endOtherSessions",
        "mutation { endOtherSessions { ended } }",
        Role::Viewer,
    ),
    row(
        "Mutation.createOrganization",
        "mutation { createOrganization(input: {name: \"C\"}) { organization { id } } }",
        Role::Viewer,
    ),
    row(
        "Mutation.beginPasskey",
        "mutation { beginPasskey { token } }",
        Role::Viewer,
    ),
    row(
        "Mutation.addPasskey",
        "mutation { addPasskey(input: {token: \"x\", name: \"n\", credential: {}}) \
            { passkey { name } } }",
        Role::Viewer,
    ),
    row(
        "Mutation.removePasskey",
        "mutation { removePasskey(input: {passkeyId: \"x\"}) { removedPasskeyId } }",
        Role::Viewer,
    ),
    row(
        "Mutation.changeEmail",
        "mutation { changeEmail(input: {email: \"a@b.test\"}) { emailChange { email } } }",
        Role::Viewer,
    ),
    row(
        "Mutation.verifyEmail",
        "mutation { verifyEmail(input: {}) { emailChange { email } } }",
        Role::Viewer,
    ),
    row(
        "Mutation.resendEmailChange",
        "mutation { resendEmailChange { emailChange { email } } }",
        Role::Viewer,
    ),
    row(
        "Mutation.cancelEmailChange",
        "mutation { cancelEmailChange { ok } }",
        Role::Viewer,
    ),
    row(
        "Mutation.claimDomain",
        "mutation { claimDomain(input: {name: \"example.com\"}) { domain { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.checkDomain",
        "mutation { checkDomain(input: {id: \"x\"}) { domain { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.removeDomain",
        "mutation { removeDomain(input: {id: \"x\"}) { removedId } }",
        Role::Admin,
    ),
    row(
        "Mutation.createInvitation",
        "mutation { createInvitation(input: {role: VIEWER}) { path } }",
        Role::Admin,
    ),
    row(
        "Mutation.renewInvitation",
        "mutation { renewInvitation(input: {id: \"x\"}) { path } }",
        Role::Admin,
    ),
    row(
        "Mutation.revokeInvitation",
        "mutation { revokeInvitation(input: {id: \"x\"}) { invitation { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.changeMemberRole",
        "mutation { changeMemberRole(input: {userId: \"x\", role: VIEWER}) { member { name } } }",
        Role::Admin,
    ),
    row(
        "Mutation.removeMember",
        "mutation { removeMember(input: {userId: \"x\"}) { removedUserId } }",
        Role::Admin,
    ),
    row(
        "Mutation.transferOwnership",
        "mutation { transferOwnership(input: {userId: \"x\"}) { member { name } } }",
        Role::Owner,
    ),
    row(
        "Mutation.leaveOrganization",
        "mutation { leaveOrganization { ok } }",
        Role::Viewer,
    ),
    row(
        "Mutation.updateProfile",
        "mutation { updateProfile(input: {name: \"N\"}) { viewer { role } } }",
        Role::Viewer,
    ),
    row(
        "Mutation.setPassword",
        "mutation { setPassword(input: {newPassword: \"correct horse\"}) { ok } }",
        Role::Viewer,
    ),
    row(
        "Mutation.createPipeline",
        "mutation($source: String!) { \
            createPipeline(input: {source: $source}) { pipeline { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.createPipelineFromExample",
        "mutation { createPipelineFromExample(input: {name: \"dependency-report\"}) { \
            pipeline { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.pushPipelineVersion",
        "mutation($pipeline: ID!, $source: String!) { \
            pushPipelineVersion(input: {pipelineId: $pipeline, source: $source}) { created } }",
        Role::Developer,
    ),
    row(
        "Mutation.renamePipeline",
        "mutation($pipeline: ID!) { \
            renamePipeline(input: {pipelineId: $pipeline}) { pipeline { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.deletePipeline",
        "mutation($pipeline: ID!) { \
            deletePipeline(input: {pipelineId: $pipeline}) { pipeline { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.restorePipeline",
        "mutation($pipeline: ID!) { \
            restorePipeline(input: {pipelineId: $pipeline}) { pipeline { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.startRun",
        "mutation($pipeline: ID!) { \
            startRun(input: {pipelineId: $pipeline, input: {value: 1}}) { run { id } } }",
        Role::Developer,
    ),
    row(
        "Query.previewInput",
        "{ previewInput(inputFile: {name: \"a.csv\", text: \"a\\n1\"}) { rows } }",
        Role::Developer,
    ),
    row(
        "Mutation.deleteUpload",
        "mutation { deleteUpload(input: {id: \"upl_x\"}) { deletedId } }",
        Role::Developer,
    ),
    row(
        "Mutation.cancelRun",
        "mutation($run: ID!) { cancelRun(input: {runId: $run}) { run { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.retryRun",
        "mutation($run: ID!) { retryRun(input: {runId: $run}) { run { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.runStage",
        "mutation($run: ID!) { runStage(input: {runId: $run, stage: \"s0\"}) { run { id } } }",
        Role::Developer,
    ),
    row(
        "Query.runOperation",
        "{ runOperation(id: \"runop_x\") { id } }",
        Role::Viewer,
    ),
    row(
        "Query.runOperations",
        "{ runOperations { edges { cursor } } }",
        Role::Viewer,
    ),
    row(
        "Mutation.cancelRuns",
        "mutation { cancelRuns(input: {filter: {text: \"none\"}}) { operation { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.retryRuns",
        "mutation { retryRuns(input: {filter: {text: \"none\"}}) { operation { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.stopRunOperation",
        "mutation { stopRunOperation(input: {id: \"runop_x\"}) { operation { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.saveRunView",
        "mutation { saveRunView(input: {name: \"v\", filter: {status: [FAILED]}}) { \
            savedRunView { id } } }",
        Role::Viewer,
    ),
    row(
        "Mutation.deleteSavedRunView",
        "mutation { deleteSavedRunView(input: {id: \"view_x\"}) { deletedId } }",
        Role::Viewer,
    ),
    row(
        "Mutation.createApiKey",
        "mutation { createApiKey(input: {name: \"k\", role: VIEWER}) { secret } }",
        Role::Developer,
    ),
    row(
        "Mutation.revokeApiKey",
        "mutation($key: ID!) { revokeApiKey(input: {id: $key}) { apiKey { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.rotateApiKey",
        "mutation($key: ID!) { rotateApiKey(input: {id: $key}) { secret } }",
        Role::Developer,
    ),
    row(
        "Mutation.retryJob",
        "mutation($job: ID!) { retryJob(input: {id: $job}) { job { id } } }",
        Role::Admin,
    ),
    row(
        "Query.provisioning",
        "{ provisioning { defaultRole } }",
        Role::Admin,
    ),
    row(
        "Mutation.createScimToken",
        "mutation { createScimToken(input: {name: \"N\"}) { secret } }",
        Role::Admin,
    ),
    row(
        "Mutation.revokeScimToken",
        "mutation { revokeScimToken(input: {id: \"x\"}) { token { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.mapScimGroup",
        "mutation { mapScimGroup(input: {id: \"x\"}) { group { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.updateProvisioning",
        "mutation { updateProvisioning(input: {defaultRole: VIEWER}) { \
            provisioning { defaultRole } } }",
        Role::Admin,
    ),
    row(
        "Mutation.checkWaitingUsers",
        "mutation { checkWaitingUsers { joined } }",
        Role::Admin,
    ),
    row(
        "Query.externalIdentities",
        "{ externalIdentities { id } }",
        Role::Viewer,
    ),
    row(
        "Query.connectableProviders",
        "{ connectableProviders { key } }",
        Role::Viewer,
    ),
    row(
        "Mutation.createSsoProvider",
        "mutation { createSsoProvider(input: {settings: {kind: OTHER, name: \"N\", \
            issuer: \"x\", clientId: \"c\", scopes: [], mappings: [], joining: NOBODY, \
            enabled: false}}) { provider { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.updateSsoProvider",
        "mutation { updateSsoProvider(input: {id: \"x\", settings: {kind: OTHER, name: \"N\", \
            issuer: \"x\", clientId: \"c\", scopes: [], mappings: [], joining: NOBODY, \
            enabled: false}}) { provider { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.deleteSsoProvider",
        "mutation { deleteSsoProvider(input: {id: \"x\"}) { id } }",
        Role::Admin,
    ),
    row(
        "Mutation.testSsoProvider",
        "mutation { testSsoProvider(input: {id: \"x\"}) { passed } }",
        Role::Admin,
    ),
    row(
        "Mutation.createSamlKey",
        "mutation { createSamlKey(input: {id: \"x\"}) { provider { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.removeOldSamlKey",
        "mutation { removeOldSamlKey(input: {id: \"x\"}) { provider { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.disconnectIdentity",
        "mutation { disconnectIdentity(input: {id: \"x\"}) { id } }",
        Role::Viewer,
    ),
    row("Query.mails", "{ mails { edges { cursor } } }", Role::Admin),
    row("Query.requestLetters", "{ requestLetters }", Role::Viewer),
    row(
        "Mutation.updateRequestLetters",
        "mutation { updateRequestLetters(input: {wanted: false}) { wanted } }",
        Role::Viewer,
    ),
    row(
        "Mutation.resendMail",
        "mutation { resendMail(input: {id: \"x\"}) { mail { id } } }",
        Role::Admin,
    ),
    row(
        "Subscription.runEvents",
        "subscription($run: ID!) { runEvents(runId: $run) { __typename } }",
        Role::Viewer,
    ),
    row(
        "Subscription.runFeed",
        "subscription { runFeed { id } }",
        Role::Viewer,
    ),
    row(
        "Subscription.runOperationFeed",
        "subscription { runOperationFeed { id } }",
        Role::Viewer,
    ),
];
