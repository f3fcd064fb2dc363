//! Creates organizations and their members by writing rows directly.
//!
//! This is faster than inviting each member, and gives them the names that the tests expect.

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Ctx, Role, identity, queue};
use mailer::{SmtpOptions, SmtpSettings};
use sha2::{Digest, Sha256};
use types::{
    ApiKeyId, CopilotExchangeId, ExternalIdentityId, JobId, MailId, OrgId, PasskeyId, PipelineId,
    SessionId, SsoProviderId, UserId,
};
use uuid::Uuid;

use super::{Caller, TestApp, callers::Secret};

/// An organization and its people.
pub struct Org {
    pub id: OrgId,
    pub people: BTreeMap<&'static str, Person>,
}

/// A member.
#[derive(Clone)]
pub struct Person {
    pub user: UserId,
    /// A caller with the person's session.
    pub caller: Caller,
    /// The person's context, for use cases.
    pub ctx: Ctx,
}

impl Org {
    pub fn owner(&self) -> &Person {
        self.of(Role::Owner)
    }

    pub fn of(&self, role: Role) -> &Person {
        &self.people[role.as_str()]
    }
}

/// A random secret with this prefix.
pub fn secret(prefix: &str) -> String {
    format!(
        "{prefix}{}",
        URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
    )
}

fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// Creates an organization with one member of each role.
pub async fn org(app: &TestApp, name: &str) -> Org {
    let id = OrgId::new(app.app.clock());
    let tx = app.app.db().begin(&[id]).await.expect("a transaction");
    let now = app.app.clock().now();
    tx.execute(
        "INSERT INTO organizations (id, name, created_at) VALUES ($1, $2, $3)",
        [id.0.into(), name.into(), now.into()],
    )
    .await
    .expect("an organization");
    tx.commit().await.expect("committed");
    let mut people = BTreeMap::new();
    for role in Role::ALL {
        people.insert(role.as_str(), member(app, id, role).await);
    }
    Org { id, people }
}

/// Adds a member.
pub async fn member(app: &TestApp, org: OrgId, role: Role) -> Person {
    let user = UserId::new(app.app.clock());
    let now = app.app.clock().now();
    let tx = app.app.db().begin(&[org]).await.expect("a transaction");
    let name = format!("{role} of {org}");
    tx.execute(
        "INSERT INTO users (id, name, name_folded, created_at) VALUES ($1, $2, $3, $4)",
        [
            user.0.into(),
            name.as_str().into(),
            types::fold(&name).into(),
            now.into(),
        ],
    )
    .await
    .expect("a user");
    tx.execute(
        "INSERT INTO memberships (org_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)",
        [
            org.0.into(),
            user.0.into(),
            role.as_str().into(),
            now.into(),
        ],
    )
    .await
    .expect("a membership");
    tx.commit().await.expect("committed");
    let (_, token) = new_session(app, user, 3_600).await;
    let caller = Caller::new(&app.base, Secret::Session(token.clone()));
    let ctx = identity::authenticate(
        &app.app,
        identity::Credential::Session(&token),
        Some(org),
        "test",
    )
    .await
    .expect("a context");
    Person { user, caller, ctx }
}

/// Gives a person a verified address, without the mails of a change.
pub async fn set_email(app: &TestApp, user: UserId, email: &str) {
    let tx = app.app.db().begin(&[]).await.expect("a transaction");
    let sql = "UPDATE users SET email = $1, email_verified_at = created_at WHERE id = $2";
    tx.execute(sql, [email.into(), user.0.into()])
        .await
        .expect(sql);
    tx.commit().await.expect("committed");
}

/// How many mails of a kind were written to an address, of no organization.
pub async fn mails_to(app: &TestApp, kind: &str, address: &str) -> u64 {
    let tx = app.app.db().begin(&[OrgId::SERVER]).await;
    let tx = tx.expect("a transaction");
    let sql = "UPDATE mails SET language = language WHERE org_id = $1 AND kind = $2 \
        AND recipient = $3";
    let values = [OrgId::SERVER.0.into(), kind.into(), address.into()];
    tx.execute(sql, values).await.expect(sql)
}

/// The settings of a mail server that no test reaches.
pub fn mail_settings() -> SmtpSettings {
    let options = SmtpOptions {
        host: "localhost".to_owned(),
        from: Some("flowmason@example.com".to_owned()),
        ..SmtpOptions::default()
    };
    SmtpSettings::new(options).expect("valid settings")
}

/// Creates a session that expires after `seconds`; a negative number makes an expired one.
pub async fn new_session(app: &TestApp, user: UserId, seconds: i64) -> (SessionId, String) {
    let (id, token) = (SessionId::new(app.app.clock()), secret("fms_"));
    let now = app.app.clock().now();
    let tx = app.app.db().begin(&[]).await.expect("a transaction");
    tx.execute(
        "INSERT INTO sessions (id, user_id, token_hash, created_at, last_seen_at, expires_at) \
         VALUES ($1, $2, $3, $4, $4, $5)",
        [
            id.0.into(),
            user.0.into(),
            hash(&token).into(),
            now.into(),
            (now + chrono::Duration::seconds(seconds)).into(),
        ],
    )
    .await
    .expect("a session");
    tx.commit().await.expect("committed");
    (id, token)
}

/// Writes a passkey of a person, which no authenticator has.
pub async fn passkey(app: &TestApp, user: UserId) -> PasskeyId {
    let id = PasskeyId::new(app.app.clock());
    let tx = app.app.db().begin(&[]).await.expect("a transaction");
    tx.execute(
        "INSERT INTO passkeys (id, user_id, name, credential_id, credential, created_at) \
         VALUES ($1, $2, 'Phone', $3, '{}', $4)",
        [
            id.0.into(),
            user.0.into(),
            id.0.as_bytes().to_vec().into(),
            app.app.clock().now().into(),
        ],
    )
    .await
    .expect("a passkey");
    tx.commit().await.expect("committed");
    id
}

/// Creates an API key of a person with the real use case.
pub async fn key(app: &TestApp, person: &Person, role: Role) -> (ApiKeyId, Caller) {
    let (key, secret) = identity::create_api_key(&person.ctx, "a key", role)
        .await
        .expect("a key");
    (key.id, Caller::new(&app.base, Secret::Key(secret)))
}

/// A job of a kind that the program does not know.
#[derive(serde::Serialize, serde::Deserialize)]
struct Unknown;

impl queue::Job for Unknown {
    const QUEUE: &'static str = "tests.unknown";

    async fn run(&self, _: &queue::Running) -> domain::Result<()> {
        Ok(())
    }
}

/// Creates a job that this person requested and that has failed for good.
pub async fn failed_job(person: &Person) -> JobId {
    let ctx = &person.ctx;
    let tx = ctx.begin().await.expect("a transaction");
    let id = queue::enqueue(&tx, ctx, &Unknown, Duration::ZERO)
        .await
        .expect("a job");
    let sql = "UPDATE org_jobs SET status = 'failed' WHERE org_id = $1 AND id = $2";
    tx.execute(sql, [ctx.org.0.into(), id.0.into()])
        .await
        .expect("failed");
    tx.commit().await.expect("committed");
    id
}

/// Creates a mail of the organization that was not delivered and can be sent again.
pub async fn failed_mail(person: &Person) -> MailId {
    let ctx = &person.ctx;
    let (id, now) = (MailId::new(ctx.clock()), ctx.clock().now());
    let tx = ctx.begin().await.expect("a transaction");
    tx.execute(
        "INSERT INTO mails (id, org_id, kind, language, recipient, about_id, content, message_id, \
             status, job_id, created_at, expires_at) \
         VALUES ($1, $2, 'invitation', 'en', 'bo@example.test', $1, $3, $4, 'failed', $1, $5, $6)",
        [
            id.0.into(),
            ctx.org.0.into(),
            vec![0u8].into(),
            id.to_string().into(),
            now.into(),
            (now + chrono::Duration::days(1)).into(),
        ],
    )
    .await
    .expect("a mail");
    tx.commit().await.expect("committed");
    id
}

/// Creates an exchange of the person with the co-pilot, in which the model proposed a piece that sets the
/// version in the file of a pipeline, whose text is this one.
pub async fn exchange(person: &Person, pipeline: &str, source: &str) -> CopilotExchangeId {
    let ctx = &person.ctx;
    let (id, now) = (CopilotExchangeId::new(ctx.clock()), ctx.clock().now());
    let pipeline: PipelineId = pipeline.parse().expect("an id");
    let answer = serde_json::json!({
        "proposal": { "summary": "s", "pieces": [{ "title": "t", "claims": [],
            "edits": [{ "op": "setField", "path": ["version"], "value": "9.9.9" }] }] },
        "suspicions": [],
    });
    let tx = ctx.begin().await.expect("a transaction");
    tx.execute(
        "INSERT INTO copilot_exchanges (id, org_id, pipeline_id, task, request, state, revision, \
             source, written, answer, accepted, asked_by_kind, asked_by, asked_by_name, asked_at) \
         VALUES ($1, $2, $3, 'suggest', 'r', 'done', 0, $4, 'w', $5, '{}', 'user', $6, 'n', $7)",
        [
            id.0.into(),
            ctx.org.0.into(),
            pipeline.0.into(),
            source.into(),
            answer.to_string().into(),
            person.user.0.into(),
            now.into(),
        ],
    )
    .await
    .expect("an exchange");
    tx.commit().await.expect("committed");
    id
}

/// An id of this kind that no object has.
pub fn random_id<T: From<Uuid> + ToString>(app: &TestApp) -> String {
    T::from(app.app.clock().new_uuid()).to_string()
}

/// An identity provider that cannot be reached.
pub async fn sso_provider(person: &Person) -> SsoProviderId {
    let ctx = &person.ctx;
    let (id, now) = (SsoProviderId::new(ctx.clock()), ctx.clock().now());
    let tx = ctx.begin().await.expect("a transaction");
    tx.execute(
        "INSERT INTO sso_providers (id, org_id, kind, name, issuer, client_id, scopes, audiences, \
             mappings, joining, enabled, created_at, updated_at) \
         VALUES ($1, $2, 'other', 'N', 'http://127.0.0.1:9', 'c', '', '', '[]', 'nobody', $3, $4, $4)",
        [id.0.into(), ctx.org.0.into(), true.into(), now.into()],
    )
    .await
    .expect("a provider");
    tx.commit().await.expect("committed");
    id
}

/// An account at an identity provider that is connected to the person.
pub async fn external_identity(person: &Person) -> ExternalIdentityId {
    let ctx = &person.ctx;
    let (id, now) = (ExternalIdentityId::new(ctx.clock()), ctx.clock().now());
    let tx = ctx.begin().await.expect("a transaction");
    tx.execute(
        "INSERT INTO external_identities (issuer, subject, user_id, id, created_at, used_at) \
         VALUES ($5, $1, $2, $3, $4, $4)",
        [
            id.to_string().into(),
            person.user.0.into(),
            id.0.into(),
            now.into(),
            format!("oidc:{}:http://127.0.0.1:9", ctx.org.0.simple()).into(),
        ],
    )
    .await
    .expect("an identity");
    tx.commit().await.expect("committed");
    id
}
