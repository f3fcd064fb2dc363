//! Provisioned people who sign in with a real OpenID provider. C05, O09.

use reqwest::StatusCode;
use serde_json::json;

use crate::{
    cases,
    harness::{
        TestApp,
        oidc::{Browser, Oidc, create, owner},
        people::{member, set_email},
        scim::{client, id, members, prove},
    },
};

cases![Shared:
    a_provisioned_person_signs_in_with_the_role_that_provisioning_gave,
    c05_a_deprovisioned_person_does_not_come_back_by_signing_in,
    whoever_joined_before_the_domain_was_proved_is_provisioned_as_the_same_person,
    o09_a_provisioned_address_that_somebody_else_has_entered_leads_to_the_provisioned_account,
];

const VIEWER: &str = "{ viewer { role user { email } organizations { name } } }";

/// Makes the provider say this about a user.
async fn says(oidc: &Oidc, user: &str, email: &str) {
    oidc.ctl(
        json!({ "claims": { user: { "email": email, "email_verified": true, "groups": [] } } }),
    )
    .await;
}

async fn a_provisioned_person_signs_in_with_the_role_that_provisioning_gave(app: TestApp) {
    let Some(oidc) = Oidc::start() else { return };
    let org = app.org("A").await;
    prove(&app, &org, "a.example").await;
    let app = oidc.app(&app).await;
    // The provider itself gives nobody a role.
    let provider = create(&owner(&app, &org), &oidc.settings()).await;
    let scim = client(&app, &org).await;
    let user = id(&scim.user("ada@a.example").await);
    let group = scim.group("eng", &[&user]).await;
    let map = "mutation($id: ID!) { mapScimGroup(input: {id: $id, role: ADMIN}) { group { id } } }";
    owner(&app, &org).data(map, json!({ "id": group })).await;
    says(&oidc, "ada", "Ada@a.example").await;
    let mut ada = Browser::new(&app);
    let entered = ada.sign_in(&provider, "ada").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    let seen = ada.caller().data(VIEWER, json!({})).await;
    assert_eq!(seen["viewer"]["role"], "ADMIN");
    assert_eq!(seen["viewer"]["user"]["email"], "ada@a.example");
    // Somebody who is not provisioned still needs a role.
    says(&oidc, "bob", "bob@a.example").await;
    let refused = Browser::new(&app).sign_in(&provider, "bob").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
}

async fn c05_a_deprovisioned_person_does_not_come_back_by_signing_in(app: TestApp) {
    let Some(oidc) = Oidc::start() else { return };
    let org = app.org("A").await;
    prove(&app, &org, "a.example").await;
    let app = oidc.app(&app).await;
    let mut settings = oidc.settings();
    settings["defaultRole"] = json!("DEVELOPER");
    let provider = create(&owner(&app, &org), &settings).await;
    let scim = client(&app, &org).await;
    let user = id(&scim.user("ada@a.example").await);
    says(&oidc, "ada", "ada@a.example").await;
    let mut ada = Browser::new(&app);
    let entered = ada.sign_in(&provider, "ada").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    let caller = ada.caller();
    caller.data(VIEWER, json!({})).await;

    let path = format!("/Users/{user}");
    let active = |on: bool| json!([{ "op": "replace", "value": { "active": on } }]);
    scim.patch(&path, active(false)).await;
    assert_eq!(caller.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    for _ in 0..2 {
        let refused = Browser::new(&app).sign_in(&provider, "ada").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
        let to = refused.headers["refresh"].to_str().expect("a text");
        assert!(to.contains("problem=deprovisioned"), "{to}");
        // Neither active nor deleted lets them in.
        scim.delete(&path).await;
    }
    let again = id(&scim.user("ada@a.example").await);
    let entered = Browser::new(&app).sign_in(&provider, "ada").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    scim.patch(&format!("/Users/{again}"), active(false)).await;
    scim.patch(&format!("/Users/{again}"), active(true)).await;
    let entered = Browser::new(&app).sign_in(&provider, "ada").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
}

const PERSON: &str = "{ viewer { user { id email emailVerified } } }";

async fn whoever_joined_before_the_domain_was_proved_is_provisioned_as_the_same_person(
    app: TestApp,
) {
    let Some(oidc) = Oidc::start() else { return };
    let org = app.org("A").await;
    let before = app;
    let app = oidc.app(&before).await;
    let mut settings = oidc.settings();
    settings["defaultRole"] = json!("DEVELOPER");
    let provider = create(&owner(&app, &org), &settings).await;
    let mut people = Vec::new();
    for name in ["ada", "bob"] {
        says(&oidc, name, &format!("{name}@a.example")).await;
        let mut browser = Browser::new(&app);
        let entered = browser.sign_in(&provider, name).await;
        assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
        let seen = browser.caller().data(PERSON, json!({})).await;
        assert_eq!(seen["viewer"]["user"]["emailVerified"], false);
        people.push((browser, seen["viewer"]["user"]["id"].clone()));
    }
    // Nobody has proved the address, which those who manage members see as such.
    let member = "query($id: ID!) { member(userId: $id) { email unverifiedEmail } }";
    let asserted = json!({ "email": null, "unverifiedEmail": "ada@a.example" });
    for (role, seen) in [
        (domain::Role::Owner, asserted),
        (
            domain::Role::Viewer,
            json!({ "email": null, "unverifiedEmail": null }),
        ),
    ] {
        let caller = &org.of(role).caller;
        let found = caller.data(member, json!({ "id": people[0].1 })).await;
        assert_eq!(found["member"], seen);
    }
    prove(&before, &org, "a.example").await;

    // Ada signs in once more, which verifies the address. Bob does not.
    says(&oidc, "ada", "ada@a.example").await;
    let (ada, id_of_ada) = &mut people[0];
    let entered = ada.sign_in(&provider, "ada").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    let seen = ada.caller().data(PERSON, json!({})).await;
    let verified = json!({ "id": id_of_ada, "email": "ada@a.example", "emailVerified": true });
    assert_eq!(seen["viewer"]["user"], verified);

    let scim = client(&app, &org).await;
    let count = members(&org).await.len();
    let users = [
        id(&scim.user("ada@a.example").await),
        id(&scim.user("bob@a.example").await),
    ];
    assert_eq!(members(&org).await.len(), count, "no second account");
    for (user, (browser, _)) in users.iter().zip(&people) {
        let caller = browser.caller();
        caller.data(VIEWER, json!({})).await;
        let end = json!([{ "op": "replace", "value": { "active": false } }]);
        scim.patch(&format!("/Users/{user}"), end).await;
        assert_eq!(caller.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    }
    assert_eq!(members(&org).await.len(), count - 2);
}

async fn o09_a_provisioned_address_that_somebody_else_has_entered_leads_to_the_provisioned_account(
    app: TestApp,
) {
    let Some(oidc) = Oidc::start() else { return };
    let (org, other) = (app.org("A").await, app.org("B").await);
    prove(&app, &org, "a.example").await;
    // Entered by somebody who cannot read its mail.
    let squatter = member(&app, other.id, domain::Role::Admin).await;
    set_email(&app, squatter.user, "ada@a.example").await;
    let tx = app.app.db().begin(&[]).await.expect("a transaction");
    let sql = "UPDATE users SET email_verified_at = NULL WHERE id = $1";
    tx.execute(sql, [squatter.user.0.into()]).await.expect(sql);
    tx.commit().await.expect("committed");
    let app = oidc.app(&app).await;
    let provider = create(&owner(&app, &org), &oidc.settings()).await;
    let scim = client(&app, &org).await;
    scim.user("ada@a.example").await;
    says(&oidc, "ada", "ada@a.example").await;
    let mut ada = Browser::new(&app);
    let entered = ada.sign_in(&provider, "ada").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    let seen = ada.caller().data(VIEWER, json!({})).await;
    assert_eq!(seen["viewer"]["role"], "VIEWER");
    assert_eq!(seen["viewer"]["organizations"], json!([{ "name": "A" }]));
    squatter.caller.data("{ viewer { role } }", json!({})).await;
}
