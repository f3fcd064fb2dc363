//! Objects of another organization, whose ids the cases use.

use domain::Role;
use serde_json::{Value as Json, json};

use crate::{
    cases::{events, uploads, webhooks},
    harness::{
        Caller, TestApp, applications,
        people::{
            Org, exchange, external_identity, failed_job, failed_mail, key, new_session, passkey,
            sso_provider,
        },
        pipelines::{chain, create, finished, sleeper, start, text},
        scim::{CREATE, client},
    },
};

/// Objects of B, whose ids A uses.
pub struct Victim {
    pub pipeline: String,
    pub version: String,
    pub finished: String,
    pub sleeping: String,
    pub key: String,
    pub job: String,
    pub mail: String,
    pub view: String,
    pub operation: String,
    pub upload: String,
    pub invitation: String,
    pub domain: String,
    pub owner: String,
    pub passkey: String,
    pub provider: String,
    pub saml_provider: String,
    pub identity: String,
    pub developer: String,
    pub viewer: String,
    pub admin: String,
    pub session: String,
    pub team: String,
    pub role: String,
    pub spare_role: String,
    pub account: String,
    pub grant: String,
    pub scim_token: String,
    pub scim_group: String,
    pub application: String,
    pub application_grant: String,
    pub folder: String,
    pub spare_folder: String,
    pub request: String,
    pub spare_request: String,
    pub exchange: String,
    pub trigger: String,
    pub webhook: String,
    pub endpoint: String,
    pub endpoint_event: String,
    pub delivery: String,
    pub event: String,
}

impl Victim {
    pub async fn of(app: &TestApp, org: &Org) -> Self {
        let owner = &org.owner().caller;
        let pipeline = create(owner, &chain(2)).await;
        let done = start(owner, &pipeline).await;
        let sleeper = create(owner, &sleeper(300.0)).await;
        let sleeping = start(owner, &sleeper).await;
        let (key, _) = key(app, org.owner(), Role::Viewer).await;
        let begin =
            "mutation { cancelRuns(input: {filter: {text: \"none\"}}) { operation { id } } }";
        let begun = owner.data(begin, json!({})).await;
        let save = "mutation { saveRunView(input: {name: \"v\", filter: {}}) { \
            savedRunView { id } } }";
        let saved = owner.data(save, json!({})).await;
        assert_eq!(finished(owner, &done).await, "SUCCEEDED");
        let sent = uploads::send(owner, "a.json", "application/json", "{\"value\":1}").await;
        let invite = "mutation { createInvitation(input: {role: VIEWER}) { invitation { id } } }";
        let invited = owner.data(invite, json!({})).await;
        let claim =
            "mutation($name: String!) { claimDomain(input: {name: $name}) { domain { id } } }";
        let name = format!("d{}.com", org.id.0.simple());
        let claimed = owner.data(claim, json!({ "name": name })).await;
        // The only way to sign in could not be removed.
        passkey(app, org.owner().user).await;
        let (session, _) = new_session(app, org.owner().user, 3_600).await;
        let user = |role| org.of(role).user.to_string();
        let made = "mutation($member: ID!) { \
            createTeam(input: {name: \"a team\"}) { team { id } } \
            role: createCustomRole(input: {name: \"a role\", permissions: [\"run.read\"]}) { \
                customRole { id } } \
            spare: createCustomRole(input: {name: \"spare\", permissions: []}) { customRole { id } } \
            createServiceAccount(input: {name: \"an account\", role: VIEWER}) { \
                serviceAccount { id } } \
            createGrant(input: {subjectId: $member, role: VIEWER}) { grant { id } } }";
        let made = owner
            .data(made, json!({ "member": user(Role::Billing) }))
            .await;
        let provider = sso_provider(org.owner()).await;
        let saml = "mutation { createSsoProvider(input: {settings: {kind: OTHER, name: \"S\", \
            saml: {}, scopes: [], mappings: [], joining: NOBODY, enabled: false}}) \
            { provider { id } } }";
        let saml = owner.data(saml, json!({})).await;
        prove_and_use(app, org).await;
        let token = owner.data(CREATE, json!({ "name": "a token" })).await;
        let (application, application_grant) = applications::allowed(org.owner()).await;
        let folders = "mutation { one: createFolder(input: {name: \"a folder\"}) { folder { id } } \
            spare: createFolder(input: {name: \"spare\"}) { folder { id } } \
            updatePublicationSettings(input: {secondPerson: true}) { __typename } \
            setCopilotSettings(input: {enabled: true, provider: \"scripted\"}) { __typename } }";
        let folders = owner.data(folders, json!({})).await;
        let admin = &org.of(Role::Admin).caller;
        let latest = "query($p: ID!) { pipeline(id: $p) { latestVersion { id } } }";
        let latest = owner.data(latest, json!({ "p": pipeline })).await;
        let trigger = "mutation($p: ID!) { createTrigger(input: {pipelineId: $p, definition: \
            {name: \"nightly\", cron: \"0 3 * * *\"}}) { trigger { id } } }";
        let trigger = owner.data(trigger, json!({ "p": pipeline })).await;
        let webhook = json!({ "type": "webhook", "name": "hook", "signature": "none" });
        let (webhook, path) = webhooks::enabled(owner, &pipeline, webhook).await;
        let delivery = webhooks::deliver(app, &path, &[], "{\"value\": 1}").await;
        let event = events::event("1");
        let event = events::send(owner, "application/cloudevents+json", &event).await;
        let endpoint = "mutation { createWebhookEndpoint(input: {url: \"https://hooks.example.com/\", \
            events: [\"pipeline.published\"]}) { webhookEndpoint { id } } }";
        let endpoint = owner.data(endpoint, json!({})).await;
        let endpoint = text(&endpoint["createWebhookEndpoint"]["webhookEndpoint"]["id"]);
        let endpoint_event =
            "mutation($id: ID!) { testWebhookEndpoint(input: {id: $id}) { delivery { id } } }";
        let endpoint_event = owner.data(endpoint_event, json!({ "id": endpoint })).await;
        Self {
            event: text(&event.json()["events"][0]["id"]),
            webhook,
            endpoint_event: text(&endpoint_event["testWebhookEndpoint"]["delivery"]["id"]),
            endpoint,
            delivery: text(&delivery.json()["delivery"]),
            trigger: text(&trigger["createTrigger"]["trigger"]["id"]),
            version: text(&latest["pipeline"]["latestVersion"]["id"]),
            folder: text(&folders["one"]["folder"]["id"]),
            spare_folder: text(&folders["spare"]["folder"]["id"]),
            request: request(admin, &pipeline).await,
            spare_request: request(admin, &sleeper).await,
            exchange: exchange(org.owner(), &pipeline, &chain(2))
                .await
                .to_string(),
            application,
            application_grant,
            scim_token: text(&token["createScimToken"]["token"]["id"]),
            scim_group: client(app, org).await.group("a group", &[]).await,
            passkey: passkey(app, org.owner().user).await.to_string(),
            domain: text(&claimed["claimDomain"]["domain"]["id"]),
            invitation: text(&invited["createInvitation"]["invitation"]["id"]),
            owner: user(Role::Owner),
            developer: user(Role::Developer),
            viewer: user(Role::Viewer),
            admin: user(Role::Admin),
            session: session.to_string(),
            team: text(&made["createTeam"]["team"]["id"]),
            role: text(&made["role"]["customRole"]["id"]),
            spare_role: text(&made["spare"]["customRole"]["id"]),
            account: text(&made["createServiceAccount"]["serviceAccount"]["id"]),
            grant: text(&made["createGrant"]["grant"]["id"]),
            upload: text(&sent.json()["id"]),
            pipeline,
            finished: done,
            sleeping,
            key: key.to_string(),
            job: failed_job(org.owner()).await.to_string(),
            provider: provider.to_string(),
            saml_provider: text(&saml["createSsoProvider"]["provider"]["id"]),
            identity: external_identity(org.owner()).await.to_string(),
            mail: failed_mail(org.owner()).await.to_string(),
            operation: text(&begun["cancelRuns"]["operation"]["id"]),
            view: text(&saved["saveRunView"]["savedRunView"]["id"]),
        }
    }
}

impl Victim {
    /// The variables of a document of T01 for the owner of the objects.
    pub fn variables(&self, org: &Org, document: &str, id: &str) -> Json {
        let mut variables = json!({ "id": id });
        for (name, value) in [
            ("source", chain(3)),
            ("pipeline", self.pipeline.clone()),
            ("group", self.scim_group.clone()),
            ("team", self.team.clone()),
            ("account", self.account.clone()),
            ("member", org.of(Role::Billing).user.to_string()),
            ("owner", self.owner.clone()),
            ("domain", self.domain.clone()),
            ("provider", self.saml_provider.clone()),
        ] {
            if document.contains(&format!("${name}:")) {
                variables[name] = json!(value);
            }
        }
        variables
    }
}

/// An admin's request to publish a pipeline to production.
async fn request(admin: &Caller, pipeline: &str) -> String {
    const PUBLISH: &str = "mutation($p: ID!) { publishPipeline(input: {pipelineId: $p, \
        versionNumber: 1, environment: PRODUCTION}) { publication { id } } }";
    let data = admin.data(PUBLISH, json!({ "p": pipeline })).await;
    text(&data["publishPipeline"]["publication"]["id"])
}

/// Makes the organization's domains proved and its providers used, so that single sign-on can be
/// enforced.
async fn prove_and_use(app: &TestApp, org: &Org) {
    let tx = app.app.db().begin(&[org.id]).await.expect("a transaction");
    for sql in [
        "UPDATE domains SET proved_at = created_at WHERE org_id = $1",
        "UPDATE sso_providers SET used_at = created_at WHERE org_id = $1",
    ] {
        tx.execute(sql, [org.id.0.into()]).await.expect(sql);
    }
    tx.commit().await.expect("committed");
}
