//! Single sign-on with a real OpenID provider: who enters, with which role, and what the session
//! reaches. O09, O10, O11, S13.

use domain::Role;
use reqwest::StatusCode;
use serde_json::json;

use crate::{
    cases,
    harness::{
        Caller, TestApp,
        callers::Secret,
        oidc::{Browser, Oidc, create, location, owner},
        people::{mail_settings, mails_to, member, new_session, set_email},
    },
};

cases![Shared:
    a_person_joins_with_the_role_of_their_groups_and_keeps_it_current,
    groups_give_a_role_of_the_organization_s_own_which_is_then_not_deleted,
    every_kind_of_client_and_claims_of_the_user_info_endpoint_work,
    o09_an_address_that_is_not_proved_leads_to_nobody_s_account,
    o09_the_owner_of_an_account_connects_it_after_signing_in,
    o09_a_proved_address_enters_only_an_account_that_verified_it_and_can_do_no_more_than_the_role,
    s07_sessions_end_with_the_provider_that_opened_them,
    o10_issuer_and_subject_identify_a_person_and_not_the_address,
    o11_a_provider_of_one_organization_opens_no_other,
    s13_the_methods_for_an_address_do_not_tell_whether_there_is_an_account,
    a_provider_of_the_whole_server_signs_people_in,
];

const VIEWER: &str = "{ viewer { role user { name email } organizations { name } } }";

async fn a_person_joins_with_the_role_of_their_groups_and_keeps_it_current(app: TestApp) {
    let Some(oidc) = Oidc::start() else { return };
    let org = app.org("A").await;
    let app = oidc.app(&app).await;
    let mut settings = oidc.settings();
    settings["mappings"] = json!([
        { "group": "leads", "role": "ADMIN" }, { "group": "eng", "role": "DEVELOPER" },
    ]);
    let provider = create(&owner(&app, &org), &settings).await;

    let mut alice = Browser::new(&app);
    let entered = alice.sign_in(&provider, "alice").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    assert_eq!(location(&entered), "/");
    let seen = alice.caller().data(VIEWER, json!({})).await;
    assert_eq!(seen["viewer"]["role"], "DEVELOPER");
    assert_eq!(seen["viewer"]["user"]["name"], "Alice");
    assert_eq!(seen["viewer"]["user"]["email"], "alice@example.test");

    // Another group, another role; and back to the page where it began.
    oidc.ctl(
        json!({ "claims": { "alice": { "email": "alice@example.test",
        "email_verified": true, "groups": ["eng", "leads", "owner"] } } }),
    )
    .await;
    let address = alice
        .begin(&provider, "?email=alice&next=/runs%3Fa=1")
        .await;
    let back = alice.at_provider(&address).await;
    let entered = alice.open(back.as_str()).await;
    assert_eq!(location(&entered), "/runs?a=1");
    let seen = alice.caller().data(VIEWER, json!({})).await;
    assert_eq!(seen["viewer"]["role"], "ADMIN");

    // Without any of the groups they do not enter, and who is unknown is told nothing else.
    oidc.ctl(json!({ "claims": { "alice": { "groups": ["sales"] }, "bob": { "groups": [] } } }))
        .await;
    for user in ["alice", "bob"] {
        let mut browser = Browser::new(&app);
        let refused = browser.sign_in(&provider, user).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
        let to = refused.headers["refresh"].to_str().expect("a text");
        assert!(to.contains("/sign-in?problem=no_role"), "{to}");
        assert!(!browser.is_signed_in());
    }
    let shown = "{ ssoProviders { lastUsedAt lastProblem } }";
    let shown = owner(&app, &org).data(shown, json!({})).await;
    let problem = shown["ssoProviders"][0]["lastProblem"].as_str();
    assert!(problem.is_some_and(|text| text.contains("None of your groups")));
}

async fn groups_give_a_role_of_the_organization_s_own_which_is_then_not_deleted(app: TestApp) {
    let Some(oidc) = Oidc::start() else { return };
    let org = app.org("A").await;
    let app = oidc.app(&app).await;
    let owner = owner(&app, &org);
    let define = "mutation($name: String!) { createCustomRole(input: {name: $name, \
        permissions: [\"organization.read\", \"run.read\"]}) { customRole { id } } }";
    let made = owner.data(define, json!({ "name": "On call" })).await;
    let role = made["createCustomRole"]["customRole"]["id"].clone();
    let made = owner.data(define, json!({ "name": "Others" })).await;
    let others = made["createCustomRole"]["customRole"]["id"].clone();
    let mut settings = oidc.settings();
    settings["mappings"] = json!([{ "group": "eng", "customRoleId": role }]);
    settings["defaultCustomRoleId"] = others.clone();
    let provider = create(&owner, &settings).await;
    let shown = "{ ssoProviders { mappings { group role assignedRole { name customRoleId } } \
        defaultRole assignedDefaultRole { name } } }";
    let shown = owner.data(shown, json!({})).await;
    assert_eq!(
        shown["ssoProviders"][0],
        json!({ "mappings": [{ "group": "eng", "role": null,
            "assignedRole": { "name": "On call", "customRoleId": role } }],
            "defaultRole": null, "assignedDefaultRole": { "name": "Others" } })
    );

    let mut alice = Browser::new(&app);
    let entered = alice.sign_in(&provider, "alice").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    let who = "{ viewer { role assignedRole { name } } }";
    let seen = alice.caller().data(who, json!({})).await;
    let on_call = json!({ "role": null, "assignedRole": { "name": "On call" } });
    assert_eq!(seen["viewer"], on_call);
    oidc.ctl(
        json!({ "claims": { "alice": { "email": "alice@example.test",
        "email_verified": true, "groups": ["sales"] } } }),
    )
    .await;
    let mut alice = Browser::new(&app);
    alice.sign_in(&provider, "alice").await;
    let seen = alice.caller().data(who, json!({})).await;
    assert_eq!(seen["viewer"]["assignedRole"]["name"], "Others");

    // Nobody has the first one now, but people would get it.
    let delete = "mutation($id: ID!) { deleteCustomRole(input: {id: $id}) { deletedId } }";
    let refused = owner.graphql(delete, json!({ "id": role })).await;
    assert!(
        refused.text.contains("identity provider"),
        "{}",
        refused.text
    );
    let update = "mutation($id: ID!, $s: SsoProviderSettings!) { \
        updateSsoProvider(input: {id: $id, settings: $s}) { provider { id } } }";
    owner
        .data(update, json!({ "id": provider, "s": oidc.settings() }))
        .await;
    owner.data(delete, json!({ "id": role })).await;
    let mut gone = oidc.settings();
    gone["defaultCustomRoleId"] = role;
    let code = owner
        .code(update, json!({ "id": provider, "s": gone }))
        .await;
    assert_eq!(code, "NOT_FOUND");
}

async fn every_kind_of_client_and_claims_of_the_user_info_endpoint_work(app: TestApp) {
    let Some(oidc) = Oidc::start() else { return };
    let org = app.org("A").await;
    let app = oidc.app(&app).await;
    for client in ["post", "public", "es"] {
        let mut settings = oidc.settings();
        settings["clientId"] = json!(client);
        settings["name"] = json!(client);
        let provider = match client {
            "public" => {
                let variables = json!({ "s": settings });
                let made = owner(&app, &org)
                    .data(crate::harness::oidc::CREATE, variables)
                    .await;
                made["createSsoProvider"]["provider"]["id"]
                    .as_str()
                    .expect("an id")
                    .to_owned()
            }
            _ => create(&owner(&app, &org), &settings).await,
        };
        let entered = Browser::new(&app).sign_in(&provider, "alice").await;
        let expected = if client == "post" {
            // The provider lists both ways, and the secret in the header is preferred; it
            // accepts only the other one for this client.
            [StatusCode::SEE_OTHER, StatusCode::UNAUTHORIZED]
        } else {
            [StatusCode::SEE_OTHER; 2]
        };
        assert!(
            expected.contains(&entered.status),
            "{client}: {}",
            entered.text
        );
    }
    let provider = create(&owner(&app, &org), &oidc.settings()).await;
    oidc.mode("lean").await;
    let mut alice = Browser::new(&app);
    let entered = alice.sign_in(&provider, "alice").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    let seen = alice.caller().data(VIEWER, json!({})).await;
    assert_eq!(seen["viewer"]["role"], "DEVELOPER");
}

async fn o09_an_address_that_is_not_proved_leads_to_nobody_s_account(app: TestApp) {
    let Some(oidc) = Oidc::start() else { return };
    let (org, other) = (app.org("A").await, app.org("B").await);
    let insider = member(&app, org.id, Role::Viewer).await;
    let outsider = member(&app, other.id, Role::Admin).await;
    set_email(&app, insider.user, "insider@example.test").await;
    set_email(&app, outsider.user, "outsider@example.test").await;
    let app = oidc.app(&app).await;
    let provider = create(&owner(&app, &org), &oidc.settings()).await;
    let verified = [json!(true), json!(false), json!("true"), json!(null)];
    for (at, verified) in verified.iter().enumerate() {
        let claim = |email: &str| {
            let mut claims = json!({ "email": email, "groups": ["eng"] });
            if !verified.is_null() {
                claims["email_verified"] = verified.clone();
            }
            claims
        };
        let (in_, out) = (format!("in{at}"), format!("out{at}"));
        oidc.ctl(json!({ "claims": { &in_: claim("Insider@example.test"),
            &out: claim("outsider@example.test") } }))
            .await;
        // A member's account: they are told to connect it themselves.
        let mut browser = Browser::new(&app);
        let refused = browser.sign_in(&provider, &in_).await;
        let expected = match verified.is_string() {
            // Such a token cannot be read at all.
            true => StatusCode::UNAUTHORIZED,
            false => StatusCode::CONFLICT,
        };
        assert_eq!(refused.status, expected, "{verified}: {}", refused.text);
        assert!(!browser.is_signed_in());
        // Anybody else's: as if there were no account.
        if verified.is_string() {
            continue;
        }
        let mut browser = Browser::new(&app);
        let entered = browser.sign_in(&provider, &out).await;
        assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
        let seen = browser.caller().data(VIEWER, json!({})).await;
        assert_eq!(seen["viewer"]["role"], "DEVELOPER");
        assert_eq!(seen["viewer"]["organizations"], json!([{ "name": "A" }]));
    }
}

async fn o09_the_owner_of_an_account_connects_it_after_signing_in(app: TestApp) {
    let Some(oidc) = Oidc::start() else { return };
    let org = app.org("A").await;
    let viewer = member(&app, org.id, Role::Viewer).await;
    set_email(&app, viewer.user, "alice@example.test").await;
    let mail = |settings: &mut domain::Settings| settings.mail = Some(mail_settings());
    let app = oidc.app_with(&app, &[&oidc], mail).await;
    let provider = create(&owner(&app, &org), &oidc.settings()).await;
    let mut browser = Browser::new(&app);
    let refused = browser.sign_in(&provider, "alice").await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);

    let caller = viewer.caller.at(&app.base);
    let begun = caller
        .post(
            "/auth/connect",
            &json!({ "provider": provider, "next": "/profile" }),
        )
        .await;
    assert_eq!(begun.status, 200, "{}", begun.text);
    let bound = begun.headers["set-cookie"].to_str().expect("a text");
    let bound = bound.split(['=', ';']).nth(1).expect("a value").to_owned();
    let address = begun.json()["url"].as_str().expect("a URL").to_owned();
    let back = browser.at_provider(&address).await;
    // Only the person who began connects it.
    browser
        .cookies
        .insert("__Host-flowmason-sso".to_owned(), bound.clone());
    let crate::harness::callers::Secret::Session(token) = &viewer.caller.secret else {
        panic!("a session");
    };
    browser
        .cookies
        .insert("__Host-flowmason".to_owned(), token.clone());
    let done = browser.open(back.as_str()).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert_eq!(location(&done), "/profile");
    let mails = mails_to(&app, "identity_connected", "alice@example.test").await;
    assert_eq!(mails, 1);

    let mut alice = Browser::new(&app);
    let entered = alice.sign_in(&provider, "alice").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    let who = "{ viewer { user { id } } externalIdentities { id issuer subject } }";
    let seen = alice.caller().data(who, json!({})).await;
    assert_eq!(seen["viewer"]["user"]["id"], viewer.user.to_string());
    assert_eq!(seen["externalIdentities"][0]["issuer"], oidc.issuer());
    assert_eq!(seen["externalIdentities"][0]["subject"], "alice");

    // The session of the provider cannot disconnect it, the person's own can.
    let id = &seen["externalIdentities"][0]["id"];
    let disconnect = "mutation($id: ID!) { disconnectIdentity(input: {id: $id}) { id } }";
    let code = alice.caller().code(disconnect, json!({ "id": id })).await;
    assert_eq!(code, "FORBIDDEN");
    // Nor does it take away the only way to sign in.
    let code = caller.code(disconnect, json!({ "id": id })).await;
    assert_eq!(code, "CONFLICT");
    let set = "mutation { setPassword(input: {newPassword: \"correct horse\"}) { ok } }";
    caller.data(set, json!({})).await;
    caller.data(disconnect, json!({ "id": id })).await;
    let refused = Browser::new(&app).sign_in(&provider, "alice").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
}

async fn o09_a_proved_address_enters_only_an_account_that_verified_it_and_can_do_no_more_than_the_role(
    app: TestApp,
) {
    let Some(oidc) = Oidc::start() else { return };
    let (a, b) = (app.org("A").await, app.org("B").await);
    let colleague = member(&app, a.id, Role::Viewer).await;
    let stranger = member(&app, b.id, Role::Admin).await;
    set_email(&app, colleague.user, "carol@example.test").await;
    set_email(&app, a.owner().user, "owner@example.test").await;
    // Entered by somebody who cannot read its mail.
    set_email(&app, stranger.user, "boss@example.test").await;
    let tx = app.app.db().begin(&[a.id]).await.expect("a transaction");
    let sql = "UPDATE users SET email_verified_at = NULL WHERE id = $1";
    tx.execute(sql, [stranger.user.0.into()]).await.expect(sql);
    let sql = "INSERT INTO domains (id, org_id, name, token, created_at, proved_at) \
        VALUES ($1, $1, 'example.test', 'x', $2, $2)";
    let now = app.app.clock().now();
    tx.execute(sql, [a.id.0.into(), now.into()])
        .await
        .expect(sql);
    tx.commit().await.expect("committed");

    let app = oidc.app(&app).await;
    let provider = create(&owner(&app, &a), &oidc.settings()).await;
    let claims = |email: &str| json!({ "email": email, "email_verified": true, "groups": ["eng"] });
    oidc.ctl(json!({ "claims": { "carol": claims("carol@example.test"),
        "boss": claims("boss@example.test"), "eve": claims("owner@example.test") } }))
        .await;
    let who = "{ viewer { role user { id emailVerified } organizations { name } } }";

    let mut carol = Browser::new(&app);
    let entered = carol.sign_in(&provider, "carol").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    let seen = carol.caller().data(who, json!({})).await;
    assert_eq!(seen["viewer"]["user"]["id"], colleague.user.to_string());

    let mut boss = Browser::new(&app);
    let entered = boss.sign_in(&provider, "boss").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    let seen = boss.caller().data(who, json!({})).await;
    assert_ne!(seen["viewer"]["user"]["id"], stranger.user.to_string());
    assert_eq!(seen["viewer"]["organizations"], json!([{ "name": "A" }]));

    // Who sets up a provider does not become the owner by it.
    let mut eve = Browser::new(&app);
    let refused = eve.sign_in(&provider, "eve").await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
    assert!(!eve.is_signed_in());
}

async fn s07_sessions_end_with_the_provider_that_opened_them(app: TestApp) {
    let Some(oidc) = Oidc::start() else { return };
    let org = app.org("A").await;
    let app = oidc.app(&app).await;
    let owner = owner(&app, &org);
    let provider = create(&owner, &oidc.settings()).await;
    let mut alice = Browser::new(&app);
    alice.sign_in(&provider, "alice").await;
    let caller = alice.caller();
    caller.data(VIEWER, json!({})).await;
    let update = "mutation($id: ID!, $s: SsoProviderSettings!) { \
        updateSsoProvider(input: {id: $id, settings: $s}) { provider { id } } }";
    let settings = |group: &str, enabled: bool| {
        let mut settings = oidc.settings();
        settings["mappings"] = json!([{ "group": group, "role": "DEVELOPER" }]);
        settings["enabled"] = json!(enabled);
        json!({ "id": provider, "s": settings })
    };
    // A person whom the provider no longer lets in loses what it opened before.
    owner.data(update, settings("others", true)).await;
    caller.data(VIEWER, json!({})).await;
    let refused = Browser::new(&app).sign_in(&provider, "alice").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
    assert_eq!(caller.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    // All do when the provider is turned off.
    owner.data(update, settings("eng", true)).await;
    let mut alice = Browser::new(&app);
    alice.sign_in(&provider, "alice").await;
    let caller = alice.caller();
    caller.data(VIEWER, json!({})).await;
    owner.data(update, settings("eng", false)).await;
    assert_eq!(caller.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    owner.data(VIEWER, json!({})).await;
}

async fn o10_issuer_and_subject_identify_a_person_and_not_the_address(app: TestApp) {
    let Some(oidc) = Oidc::start() else { return };
    let org = app.org("A").await;
    let victim = member(&app, org.id, Role::Admin).await;
    set_email(&app, victim.user, "victim@example.test").await;
    let app = oidc.app(&app).await;
    let provider = create(&owner(&app, &org), &oidc.settings()).await;
    let who = "{ viewer { role user { id email } } }";
    let mut alice = Browser::new(&app);
    alice.sign_in(&provider, "alice").await;
    let before = alice.caller().data(who, json!({})).await;
    oidc.ctl(
        json!({ "claims": { "alice": { "email": "victim@example.test",
        "email_verified": true, "groups": ["eng"] } } }),
    )
    .await;
    let mut again = Browser::new(&app);
    let entered = again.sign_in(&provider, "alice").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    assert_eq!(again.caller().data(who, json!({})).await, before);
}

async fn o11_a_provider_of_one_organization_opens_no_other(app: TestApp) {
    let Some(oidc) = Oidc::start() else { return };
    let (a, b) = (app.org("A").await, app.org("B").await);
    let app = oidc.app(&app).await;
    let provider = create(&owner(&app, &a), &oidc.settings()).await;
    let mut alice = Browser::new(&app);
    alice.sign_in(&provider, "alice").await;
    let user = alice
        .caller()
        .data("{ viewer { user { id } } }", json!({}))
        .await;
    let user: types::UserId = user["viewer"]["user"]["id"]
        .as_str()
        .and_then(|id| id.parse().ok())
        .expect("an id");
    // The person becomes a member of B, too. What A's provider opened does not reach it.
    let tx = app.app.db().begin(&[b.id]).await.expect("a transaction");
    let sql = "INSERT INTO memberships (org_id, user_id, role, created_at) \
        VALUES ($1, $2, 'admin', $3)";
    let now = app.app.clock().now();
    tx.execute(sql, [b.id.0.into(), user.0.into(), now.into()])
        .await
        .expect(sql);
    tx.commit().await.expect("committed");
    let mut alice = Browser::new(&app);
    alice.sign_in(&provider, "alice").await;
    let caller = alice.caller();
    let seen = caller.data(VIEWER, json!({})).await;
    assert_eq!(seen["viewer"]["organizations"], json!([{ "name": "A" }]));
    assert_eq!(
        caller.in_org(b.id).code(VIEWER, json!({})).await,
        "NOT_FOUND"
    );
    // Nor does it reach what the person has everywhere, and the dashboard knows.
    let knows = caller
        .data("{ viewer { canChangeAccount } }", json!({}))
        .await;
    assert_eq!(knows["viewer"]["canChangeAccount"], false);
    for change in [
        "mutation { setPassword(input: {newPassword: \"correct horse\"}) { ok } }",
        "mutation { updateProfile(input: {email: \"a@evil.test\"}) { viewer { role } } }",
        "mutation { beginTwoFactor { secret } }",
        "mutation { beginPasskey { token } }",
        "mutation { changeEmail(input: {email: \"a@b.test\"}) { emailChange { email } } }",
        "mutation { verifyEmail(input: {}) { emailChange { email } } }",
        "mutation { createOrganization(input: {name: \"C\"}) { organization { id } } }",
    ] {
        assert_eq!(
            caller.code(change, json!({})).await,
            "FORBIDDEN",
            "{change}"
        );
    }
    // Nor does it end the sessions that reach the whole account.
    let (whole, token) = new_session(&app, user, 3_600).await;
    let end = "mutation($id: ID!) { endSession(input: {sessionId: $id}) { endedSessionId } }";
    assert_eq!(
        caller.code(end, json!({ "id": whole.to_string() })).await,
        "NOT_FOUND"
    );
    caller
        .data("mutation { endOtherSessions { ended } }", json!({}))
        .await;
    let whole = Caller::new(&app.base, Secret::Session(token));
    whole.in_org(b.id).data(VIEWER, json!({})).await;
    let begun = caller
        .post("/auth/connect", &json!({ "provider": provider }))
        .await;
    assert_eq!(begun.status, 403, "{}", begun.text);
}

async fn s13_the_methods_for_an_address_do_not_tell_whether_there_is_an_account(app: TestApp) {
    let org = app.org("A").await;
    let known = member(&app, org.id, Role::Viewer).await;
    set_email(&app, known.user, "known@example.test").await;
    let mut answers = Vec::new();
    for email in ["known@example.test", "unknown@example.test", "no address"] {
        let body = json!({ "email": email });
        answers.push(
            app.anonymous()
                .post("/auth/methods", &body)
                .await
                .comparable(),
        );
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}

async fn a_provider_of_the_whole_server_signs_people_in(app: TestApp) {
    let Some(oidc) = Oidc::start() else { return };
    let org = app.org("A").await;
    let known = member(&app, org.id, Role::Admin).await;
    set_email(&app, known.user, "known@example.test").await;
    let server = domain::ServerProvider {
        key: "company".to_owned(),
        name: "Company".to_owned(),
        provider: sso(&oidc),
        domains: vec!["example.test".to_owned()],
        organization: Some(org.id),
        mappings: Vec::new(),
        default_role: Some(Role::Viewer),
    };
    let app = oidc
        .app_with(&app, &[&oidc], |settings| settings.sign_in = vec![server])
        .await;
    oidc.ctl(json!({ "claims": {
        "known": { "email": "known@example.test", "email_verified": true },
        "stranger": { "email": "a@elsewhere.test", "email_verified": true },
    } }))
    .await;
    let listed = app.anonymous().post("/auth/methods", &json!({})).await;
    let button = json!([{ "name": "Company", "path": "/sign-in/oidc/company" }]);
    assert_eq!(listed.json()["providers"], button);
    // A proved address leads to its account, or to a new one; another one to neither.
    for (user, role) in [("known", "ADMIN"), ("alice", "VIEWER")] {
        let mut browser = Browser::new(&app);
        let entered = browser.sign_in("company", user).await;
        assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
        let seen = browser.caller().data(VIEWER, json!({})).await;
        assert_eq!(seen["viewer"]["role"], role, "{user}");
    }
    let mut browser = Browser::new(&app);
    let refused = browser.sign_in("company", "stranger").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
    assert!(!browser.is_signed_in());
}

/// The provider, as an operator configures it.
fn sso(oidc: &Oidc) -> domain::SsoClient {
    domain::SsoClient {
        issuer: oidc.issuer(),
        client_id: "basic".to_owned(),
        client_secret: Some(crate::harness::oidc::SECRET.to_owned()),
        scopes: vec!["email".to_owned(), "profile".to_owned()],
        ..domain::SsoClient::default()
    }
}
