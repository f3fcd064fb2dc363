//! Two organizations, and the whole server, with the same identity provider: each knows people by itself.
//! S29.

use domain::Role;
use reqwest::StatusCode;
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        TestApp,
        oidc::{Browser, Oidc, SECRET, create, owner},
        people::{Org, member},
    },
};

cases![Shared:
    s29_the_provider_of_one_organization_knows_nobody_of_another_one_that_has_the_same,
    s29_people_of_before_stay_known_at_the_providers_of_their_organizations,
];

const WHO: &str = "{ viewer { role user { id } organizations { name } } }";

/// Signs in as Alice. Returns who she is here.
async fn alice(app: &TestApp, provider: &str) -> Json {
    let mut browser = Browser::new(app);
    let entered = browser.sign_in(provider, "alice").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    let seen = browser.caller().data(WHO, json!({})).await;
    seen["viewer"].clone()
}

async fn s29_the_provider_of_one_organization_knows_nobody_of_another_one_that_has_the_same(
    app: TestApp,
) {
    let Some(oidc) = Oidc::start() else { return };
    let (a, b) = (app.org("A").await, app.org("B").await);
    let server = domain::ServerProvider {
        key: "company".to_owned(),
        name: "Company".to_owned(),
        provider: domain::SsoClient {
            issuer: oidc.issuer(),
            client_id: "basic".to_owned(),
            client_secret: Some(SECRET.to_owned()),
            scopes: vec!["email".to_owned(), "profile".to_owned()],
            ..domain::SsoClient::default()
        },
        domains: Vec::new(),
        organization: Some(b.id),
        mappings: Vec::new(),
        default_role: Some(Role::Viewer),
    };
    let app = oidc
        .app_with(&app, &[&oidc], |settings| settings.sign_in = vec![server])
        .await;
    // An address that nobody has proved leads to nobody's account.
    oidc.ctl(
        json!({ "claims": { "alice": { "email": "alice@example.test",
        "email_verified": false, "groups": ["eng"] } } }),
    )
    .await;
    let at_a = create(&owner(&app, &a), &oidc.settings()).await;
    let mut settings = oidc.settings();
    settings["mappings"] = json!([{ "group": "eng", "role": "VIEWER" }]);
    let at_b = create(&owner(&app, &b), &settings).await;

    let ways = [
        (at_a.as_str(), "DEVELOPER", "A"),
        (at_b.as_str(), "VIEWER", "B"),
        ("company", "VIEWER", "B"),
    ];
    let mut people = Vec::new();
    for (provider, role, organization) in ways {
        let seen = alice(&app, provider).await;
        assert_eq!(seen["role"], role, "{provider}");
        let reached = json!([{ "name": organization }]);
        assert_eq!(seen["organizations"], reached, "{provider}");
        assert!(!people.contains(&seen["user"]["id"]), "{provider}");
        people.push(seen["user"]["id"].clone());
    }
    for ((provider, role, _), before) in ways.iter().zip(&people) {
        let again = alice(&app, provider).await;
        assert_eq!(again["user"]["id"], *before, "{provider}");
        assert_eq!(again["role"], *role, "{provider}");
    }
}

/// Forgets that the names of organizations were given to identities, with those.
async fn undo(app: &TestApp, org: &Org, user: types::UserId, issuer: &str) {
    let tx = app.app.db().begin(&[org.id]).await.expect("a transaction");
    let sql = "UPDATE external_identities SET issuer = $1 WHERE user_id = $2";
    let values = [issuer.into(), user.0.into()];
    tx.execute(sql, values).await.expect(sql);
    tx.commit().await.expect("committed");
    app.sql("DELETE FROM seaql_migrations WHERE version = 'm0064_identities_of_organizations'")
        .await;
}

async fn s29_people_of_before_stay_known_at_the_providers_of_their_organizations(app: TestApp) {
    let Some(oidc) = Oidc::start() else { return };
    let (a, b) = (app.org("A").await, app.org("B").await);
    let app = oidc.app(&app).await;
    oidc.ctl(
        json!({ "claims": { "alice": { "email": "alice@example.test",
        "email_verified": false, "groups": ["eng"] } } }),
    )
    .await;
    let at_a = create(&owner(&app, &a), &oidc.settings()).await;
    let at_b = create(&owner(&app, &b), &oidc.settings()).await;
    let before = alice(&app, &at_a).await;
    let user: types::UserId = before["user"]["id"]
        .as_str()
        .and_then(|id| id.parse().ok())
        .expect("an id");
    undo(&app, &a, user, &oidc.issuer()).await;
    let url = app.app.settings().database_url();
    migrations::migrate(&url).await.expect("migrated");
    assert_eq!(alice(&app, &at_a).await, before);
    // She was no member of B.
    let other = alice(&app, &at_b).await;
    assert_ne!(other["user"]["id"], before["user"]["id"]);
    // The row of before counts for providers of the whole server only, and is not shown.
    let own = "{ externalIdentities { issuer subject } }";
    let mut browser = Browser::new(&app);
    browser.sign_in(&at_a, "alice").await;
    let shown = browser.caller().data(own, json!({})).await;
    let expected = json!([{ "issuer": oidc.issuer(), "subject": "alice" }]);
    assert_eq!(shown["externalIdentities"], expected);
    // Somebody else's identities are not touched.
    let bystander = member(&app, a.id, Role::Viewer).await;
    let shown = bystander.caller.at(&app.base).data(own, json!({})).await;
    assert_eq!(shown["externalIdentities"], json!([]));
}
