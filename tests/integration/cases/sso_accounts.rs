//! What an organization's identity provider and its provisioning must not do to people's accounts. S31.

use domain::Role;
use reqwest::StatusCode;
use serde_json::json;

use crate::{
    cases,
    harness::{
        TestApp,
        oidc::{Browser, Oidc, create, owner},
        people::{member, set_email},
        scim::{client, id, prove},
    },
};

cases![Shared:
    s31_provisioning_leads_nobody_into_the_account_of_a_member_with_an_address_of_elsewhere,
    s31_an_account_without_an_address_gets_none_from_a_provider,
];

const PERSON: &str = "{ viewer { user { id email emailVerified } organizations { name } } }";

async fn s31_provisioning_leads_nobody_into_the_account_of_a_member_with_an_address_of_elsewhere(
    app: TestApp,
) {
    let Some(oidc) = Oidc::start() else { return };
    let (a, b) = (app.org("A").await, app.org("B").await);
    prove(&app, &a, "a.example").await;
    // Pat belongs to B and was invited to A.
    let pat = member(&app, b.id, Role::Developer).await;
    set_email(&app, pat.user, "pat@b.example").await;
    let tx = app.app.db().begin(&[a.id]).await.expect("a transaction");
    let sql = "INSERT INTO memberships (org_id, user_id, role, created_at) \
        VALUES ($1, $2, 'viewer', $3)";
    let now = app.app.clock().now();
    tx.execute(sql, [a.id.0.into(), pat.user.0.into(), now.into()])
        .await
        .expect(sql);
    tx.commit().await.expect("committed");

    let app = oidc.app(&app).await;
    let mut settings = oidc.settings();
    settings["defaultRole"] = json!("DEVELOPER");
    let provider = create(&owner(&app, &a), &settings).await;
    // A's provisioning finds Pat by the address, and then calls her by another one.
    let scim = client(&app, &a).await;
    let user = id(&scim.user("pat@b.example").await);
    let renamed = json!([
        { "op": "replace", "path": "userName", "value": "eve@a.example" },
        { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "eve@a.example" },
    ]);
    let renamed = scim.patch(&format!("/Users/{user}"), renamed).await;
    assert!(renamed.status.is_success(), "{}", renamed.text);
    oidc.ctl(json!({ "claims": { "eve": { "email": "eve@a.example",
        "email_verified": true, "groups": [] } } }))
        .await;
    let mut eve = Browser::new(&app);
    let entered = eve.sign_in(&provider, "eve").await;
    if entered.status == StatusCode::SEE_OTHER {
        let seen = eve.caller().data(PERSON, json!({})).await;
        assert_ne!(seen["viewer"]["user"]["id"], json!(pat.user), "{seen}");
        assert_eq!(seen["viewer"]["organizations"], json!([{ "name": "A" }]));
    } else {
        assert!(!eve.is_signed_in(), "{}", entered.text);
    }
    // Pat's account is hers.
    let seen = pat.caller.at(&app.base).data(PERSON, json!({})).await;
    assert_eq!(seen["viewer"]["user"]["email"], "pat@b.example");
    let own = "{ externalIdentities { subject } }";
    let own = pat.caller.at(&app.base).data(own, json!({})).await;
    assert_eq!(own["externalIdentities"], json!([]));
}

async fn s31_an_account_without_an_address_gets_none_from_a_provider(app: TestApp) {
    let Some(oidc) = Oidc::start() else { return };
    let org = app.org("A").await;
    prove(&app, &org, "a.example").await;
    let app = oidc.app(&app).await;
    let provider = create(&owner(&app, &org), &oidc.settings()).await;
    let says = async |claims: serde_json::Value| {
        oidc.ctl(json!({ "claims": { "noa": claims } })).await;
    };
    says(json!({ "name": "Noa", "groups": ["eng"] })).await;
    let mut noa = Browser::new(&app);
    let entered = noa.sign_in(&provider, "noa").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    let before = noa.caller().data(PERSON, json!({})).await;
    assert_eq!(before["viewer"]["user"]["email"], json!(null));
    // A verified address would let the account into whatever its owner joins elsewhere.
    says(
        json!({ "name": "Noa", "groups": ["eng"], "email": "noa@a.example",
        "email_verified": true }),
    )
    .await;
    let entered = noa.sign_in(&provider, "noa").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    let after = noa.caller().data(PERSON, json!({})).await;
    assert_eq!(after, before);
}
