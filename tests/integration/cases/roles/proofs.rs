//! Which mutations need a recent proof of identity: each mutation of the schema has a row, the rows are
//! compared with docs/identity.md, and each mutation is called with a proof that is too old.

use std::collections::BTreeSet;

use domain::{Permission, Role, identity::oauth::ClientKind};
use serde_json::{Value as Json, json};

use super::{Contract, rows::rows, used};
use crate::harness::{
    Caller, TestApp,
    applications::Application,
    callers::Secret,
    people::{Org, failed_job, key, new_session, set_email},
    pipelines::{chain, create, start, text},
};

const PAGE: &str = include_str!("../../../../docs/identity.md");
const STALE: &str = "STEP_UP_REQUIRED";

/// When a mutation needs a recent proof.
enum Asks {
    /// Whatever its arguments are. The document of R02 is enough to show it.
    Always,
    /// With arguments like those of this document.
    With(&'static str),
    Never,
}

use Asks::{Always, Never, With};

const PROOFS: &[(&str, Asks)] = &[
    // The account.
    (
        "updateProfile",
        With(
            "mutation { updateProfile(input: {email: \"eve@example.test\"}) { viewer { role } } }",
        ),
    ),
    (
        "setPassword",
        With("mutation { setPassword(input: {newPassword: \"correct horse\"}) { ok } }"),
    ),
    ("changeEmail", Always),
    ("verifyEmail", Never),
    ("resendEmailChange", Never),
    ("cancelEmailChange", Never),
    ("beginPasskey", Always),
    ("addPasskey", Always),
    ("removePasskey", Always),
    ("beginTwoFactor", Always),
    ("confirmTwoFactor", Always),
    ("disableTwoFactor", Always),
    ("renewRecoveryCodes", Always),
    ("disconnectIdentity", Always),
    ("endSession", Never),
    (
        "answerAuthorization",
        With(
            "mutation($query: String!) { answerAuthorization(input: {query: $query, allow: true}) { \
                redirectTo } }",
        ),
    ),
    (
        "answerDevice",
        With("mutation { answerDevice(input: {code: \"x\", allow: true}) { allowed } }"),
    ),
    ("revokeApplicationGrant", Never),
    ("createOrganization", Never),
    ("leaveOrganization", Never),
    // People and their rights.
    (
        "changeMemberRole",
        With(
            "mutation { changeMemberRole(input: {userId: \"x\", role: ADMIN}) { member { name } } }",
        ),
    ),
    ("removeMember", Always),
    ("transferOwnership", Always),
    (
        "createInvitation",
        With("mutation { createInvitation(input: {role: ADMIN}) { path } }"),
    ),
    (
        "renewInvitation",
        With("mutation($invitation: ID!) { renewInvitation(input: {id: $invitation}) { path } }"),
    ),
    ("revokeInvitation", Never),
    ("createTeam", Never),
    ("renameTeam", Never),
    ("deleteTeam", Never),
    (
        "addTeamMember",
        With(
            "mutation($team: ID!, $member: ID!) { \
                addTeamMember(input: {teamId: $team, userId: $member}) { team { id } } }",
        ),
    ),
    ("removeTeamMember", Never),
    ("createCustomRole", Always),
    ("updateCustomRole", Always),
    ("deleteCustomRole", Always),
    ("createGrant", Always),
    ("deleteGrant", Always),
    // Programs.
    ("createServiceAccount", Always),
    ("updateServiceAccount", Always),
    ("createApiKey", Always),
    ("rotateApiKey", Always),
    ("revokeApiKey", Always),
    ("registerApplication", Always),
    ("updateApplication", Always),
    ("rotateApplicationSecret", Always),
    ("deleteApplication", Always),
    // Domains, single sign-on and provisioning.
    ("claimDomain", Never),
    ("checkDomain", Never),
    ("removeDomain", Always),
    ("createSsoProvider", Always),
    ("updateSsoProvider", Always),
    ("deleteSsoProvider", Always),
    ("testSsoProvider", Never),
    ("createSamlKey", Always),
    ("removeOldSamlKey", Always),
    ("enforceSso", Always),
    ("stopEnforcingSso", Always),
    ("enforceSsoForEveryone", Always),
    ("stopEnforcingSsoForEveryone", Always),
    ("addSsoGuest", Always),
    ("removeSsoGuest", Always),
    ("createScimToken", Always),
    ("revokeScimToken", Always),
    ("mapScimGroup", Always),
    ("updateProvisioning", Always),
    ("checkWaitingUsers", Never),
    // Pipelines and production.
    ("createPipeline", Never),
    ("createPipelineFromExample", Never),
    ("pushPipelineVersion", Never),
    ("openDraft", Never),
    ("editDraft", Never),
    ("setDraftText", Never),
    ("undoDraft", Never),
    ("redoDraft", Never),
    ("restoreDraft", Never),
    ("saveDraft", Never),
    ("discardDraft", Never),
    ("draftPresence", Never),
    ("runDraft", Never),
    ("pinStageOutput", Never),
    ("unpinStageOutput", Never),
    ("askCopilot", Never),
    ("cancelCopilot", Never),
    ("acceptCopilotPieces", Never),
    ("setCopilotSettings", Never),
    ("renamePipeline", Never),
    ("movePipeline", Never),
    ("exposePipelineAsTool", Never),
    ("deletePipeline", Never),
    ("restorePipeline", Never),
    ("createFolder", Never),
    ("renameFolder", Never),
    ("deleteFolder", Never),
    ("publishPipeline", Never),
    (
        "approvePublication",
        With(
            "mutation($request: ID!) { approvePublication(input: {id: $request}) { \
                publication { id } } }",
        ),
    ),
    ("refusePublication", Never),
    ("createTrigger", Never),
    ("updateTrigger", Never),
    ("setTriggerEnabled", Never),
    ("backfillTrigger", Never),
    ("stopTriggerBackfill", Never),
    ("deleteTrigger", Never),
    ("rotateWebhookAddress", Never),
    ("setWebhookSecret", Never),
    ("redeliverWebhook", Never),
    ("updatePublicationSettings", Always),
    // Webhook endpoints.
    ("createWebhookEndpoint", Always),
    ("updateWebhookEndpoint", Never),
    ("deleteWebhookEndpoint", Never),
    ("rotateWebhookEndpointSecret", Always),
    ("testWebhookEndpoint", Never),
    ("redeliverWebhookEvent", Never),
    // Runs, files, jobs and mails.
    ("startRun", Never),
    ("cancelRun", Never),
    ("retryRun", Never),
    ("runStage", Never),
    ("saveRunView", Never),
    ("deleteSavedRunView", Never),
    ("cancelRuns", Never),
    ("retryRuns", Never),
    ("stopRunOperation", Never),
    ("deleteUpload", Never),
    ("retryJob", Never),
    ("resendMail", Never),
    ("updateRequestLetters", Never),
    // Ends the person's other sessions, so it is the last one.
    ("endOtherSessions", Never),
];

pub async fn every_mutation_needs_a_recent_proof_exactly_where_the_table_and_the_page_say_so(
    app: TestApp,
) {
    let contract = Contract::read();
    let described = contract.mutations();
    let mutations: BTreeSet<&str> = described.keys().copied().collect();
    let listed: BTreeSet<&str> = PROOFS.iter().map(|(name, _)| *name).collect();
    assert_eq!(listed, mutations, "each mutation needs a row here");
    let (_, section) = PAGE.split_once("\n## Fresh proof\n").expect("the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let words = section.split('`').skip(1).step_by(2);
    let named: BTreeSet<&str> = words.filter(|word| mutations.contains(word)).collect();
    let asking = PROOFS.iter().filter(|(_, asks)| !matches!(asks, Never));
    assert_eq!(
        named,
        asking.map(|(name, _)| *name).collect(),
        "docs/identity.md, \"Fresh proof\", names these mutations"
    );

    for (name, asks) in PROOFS {
        let text = described.get(name).map(String::as_str).unwrap_or_default();
        let (_, needs) = text.rsplit_once("Requires `").unwrap_or_default();
        assert!(
            Permission::ALL
                .iter()
                .any(|one| needs.contains(one.as_str())),
            "the description of {name} names its permission: {text}"
        );
        let says = needs.contains("a recent proof of identity");
        assert_eq!(
            says,
            !matches!(asks, Never),
            "the description of {name}: {text}"
        );
    }

    let a = app.org("A").await;
    set_email(&app, a.owner().user, "ann@example.test").await;
    let all = objects(&app, &a).await;
    let stale = stale(&app, &a).await;
    for (name, asks) in PROOFS {
        let field = format!("Mutation.{name}");
        let row = rows().find(|row| row.field == field).expect("a row of R02");
        let document = match asks {
            With(document) => document,
            Always | Never => row.document,
        };
        let found = stale.graphql(document, used(document, &all)).await.code();
        let asked = found.as_deref() == Some(STALE);
        assert_eq!(asked, !matches!(asks, Never), "{name}: {found:?}");
    }
}

/// The owner with a session whose proof is eleven minutes old.
async fn stale(app: &TestApp, org: &Org) -> Caller {
    let (id, token) = new_session(app, org.owner().user, 3_600).await;
    let old = app.app.clock().now() - chrono::Duration::minutes(11);
    let tx = app.app.db().begin(&[]).await.expect("a transaction");
    let sql = "UPDATE sessions SET proved_at = $1 WHERE id = $2";
    tx.execute(sql, [old.into(), id.0.into()])
        .await
        .expect("changed");
    tx.commit().await.expect("committed");
    Caller::new(&app.base, Secret::Session(token)).in_org(org.id)
}

/// Objects of the organization, for the variables of the documents.
async fn objects(app: &TestApp, org: &Org) -> Json {
    let (owner, admin) = (&org.owner().caller, org.of(Role::Admin));
    let pipeline = create(owner, &chain(1)).await;
    let run = start(owner, &pipeline).await;
    let (key, _) = key(app, org.owner(), Role::Viewer).await;
    let made = "mutation { createTeam(input: {name: \"admins\"}) { team { id } } \
        createInvitation(input: {role: ADMIN}) { invitation { id } } \
        updatePublicationSettings(input: {secondPerson: true}) { __typename } }";
    let made = owner.data(made, json!({})).await;
    let team = text(&made["createTeam"]["team"]["id"]);
    let grant = "mutation($team: ID!) { \
        createGrant(input: {subjectId: $team, role: ADMIN}) { grant { id } } }";
    owner.data(grant, json!({ "team": team })).await;
    let publish = "mutation($pipeline: ID!) { publishPipeline(input: {pipelineId: $pipeline, \
        versionNumber: 1, environment: PRODUCTION}) { publication { id } } }";
    let request = admin.caller.data(publish, json!({ "pipeline": pipeline }));
    let request = request.await;
    let scopes = [Permission::RunRead];
    let application = Application::register(app, org.owner(), ClientKind::Public, &scopes, None);
    json!({
        "pipeline": pipeline, "run": run, "key": key.to_string(), "source": chain(1), "team": team,
        "job": failed_job(org.owner()).await.to_string(),
        "member": org.of(Role::Viewer).user.to_string(),
        "invitation": made["createInvitation"]["invitation"]["id"],
        "request": request["publishPipeline"]["publication"]["id"],
        "query": application.await.query(),
    })
}
