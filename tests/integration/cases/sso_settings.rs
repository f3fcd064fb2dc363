//! The settings of identity providers, with a real one. O05, O08, O15.

use domain::Role;
use reqwest::StatusCode;
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        TestApp,
        oidc::{Browser, CREATE, Oidc, SECRET, create, owner},
    },
};

cases![Shared:
    o05_the_issuer_is_that_of_the_description_byte_by_byte,
    o08_keys_that_rotate_work_at_once_and_unknown_ones_are_looked_for_once_a_minute,
    o08_a_set_of_keys_that_is_large_slow_private_or_elsewhere_is_refused,
    o15_addresses_inside_are_not_called,
    settings_are_checked_and_the_secret_stays_with_its_issuer,
    a_provider_that_is_off_signs_nobody_in,
];

/// The message of a refused creation.
async fn refused(owner: &crate::harness::Caller, settings: &Json) -> String {
    let variables = json!({ "s": settings, "k": SECRET });
    let answer = owner.graphql(CREATE, variables).await;
    assert_eq!(
        answer.code().as_deref(),
        Some("INVALID_INPUT"),
        "{}",
        answer.text
    );
    let message = answer.json()["errors"][0]["message"].clone();
    message.as_str().expect("a text").to_owned()
}

async fn o05_the_issuer_is_that_of_the_description_byte_by_byte(app: TestApp) {
    let Some(oidc) = Oidc::start() else { return };
    let org = app.org("A").await;
    let plain = app;
    let app = oidc.app(&plain).await;
    let owner_ = owner(&app, &org);
    let issuer = oidc.issuer();
    for wrong in [
        format!("{issuer}/"),
        issuer.replace("http:", "HTTP:"),
        issuer.replace("http:", "https:"),
        issuer.replace("127.0.0.1", "127.1"),
        format!("{issuer}#"),
        format!("{issuer}/.well-known/openid-configuration"),
        "http://login.example.com".to_owned(),
    ] {
        let mut settings = oidc.settings();
        settings["issuer"] = json!(wrong);
        let message = refused(&owner_, &settings).await;
        assert!(
            message.to_lowercase().starts_with("issuer"),
            "{wrong}: {message}"
        );
    }
    oidc.ctl(json!({ "disco": { "issuer": "https://evil.test" } }))
        .await;
    let message = refused(&owner_, &oidc.settings()).await;
    assert!(message.contains("https://evil.test"), "{message}");
    // A provider that changes its name later signs nobody in.
    oidc.ctl(json!({ "disco": {} })).await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let provider = create(&owner_, &oidc.settings()).await;
    oidc.ctl(json!({ "disco": { "issuer": "https://evil.test" } }))
        .await;
    let app = oidc.app(&plain).await;
    let mut browser = Browser::new(&app);
    let answer = browser.open(&format!("/sign-in/oidc/{provider}")).await;
    assert_eq!(
        answer.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        answer.text
    );
}

async fn o08_keys_that_rotate_work_at_once_and_unknown_ones_are_looked_for_once_a_minute(
    app: TestApp,
) {
    let Some(oidc) = Oidc::start() else { return };
    let org = app.org("A").await;
    let app = oidc.app(&app).await;
    let provider = create(&owner(&app, &org), &oidc.settings()).await;
    let entered = Browser::new(&app).sign_in(&provider, "alice").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    oidc.ctl(json!({ "rotate": "hard" })).await;
    let entered = Browser::new(&app).sign_in(&provider, "alice").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    let before = oidc.ctl(json!({ "mode": "unknownkid" })).await["fetches"].clone();
    for _ in 0..3 {
        let answer = Browser::new(&app).sign_in(&provider, "alice").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text);
    }
    let after = oidc.ctl(json!({ "mode": "" })).await["fetches"].clone();
    assert_eq!(
        before, after,
        "the keys were read again less than a minute ago"
    );
}

async fn o08_a_set_of_keys_that_is_large_slow_private_or_elsewhere_is_refused(app: TestApp) {
    let Some(oidc) = Oidc::start() else { return };
    let org = app.org("A").await;
    let app = oidc.app(&app).await;
    let owner = owner(&app, &org);
    for (kind, part) in [
        ("many", "10000 keys"),
        ("large", "longer than"),
        ("private", "private key"),
        ("redirect", "redirects"),
        ("slow", "within 10 s"),
    ] {
        oidc.ctl(json!({ "jwks": kind })).await;
        let message = refused(&owner, &oidc.settings()).await;
        assert!(message.contains(part), "{kind}: {message}");
        assert!(!message.contains("169.254"), "{message}");
    }
}

async fn o15_addresses_inside_are_not_called(app: TestApp) {
    let Some(oidc) = Oidc::start() else { return };
    let org = app.org("A").await;
    // Without the operator's exception, the provider itself is inside.
    let message = refused(&owner(&app, &org), &oidc.settings()).await;
    assert!(message.contains("not allowed"), "{message}");
    let app = oidc.app(&app).await;
    let owner = owner(&app, &org);
    for name in [
        "token_endpoint",
        "jwks_uri",
        "userinfo_endpoint",
        "authorization_endpoint",
    ] {
        for inside in [
            "http://10.0.0.1/x",
            "http://169.254.169.254/x",
            "http://[::1]:80/x",
            "http://db.internal/x",
            "ftp://example.com/x",
        ] {
            oidc.ctl(json!({ "disco": { name: inside } })).await;
            let message = refused(&owner, &oidc.settings()).await;
            assert!(message.contains(name), "{name} {inside}: {message}");
        }
    }
}

async fn settings_are_checked_and_the_secret_stays_with_its_issuer(app: TestApp) {
    let (Some(oidc), Some(other)) = (Oidc::start(), Oidc::start()) else {
        return;
    };
    let org = app.org("A").await;
    let app = oidc.app_with(&app, &[&oidc, &other], |_| {}).await;
    let owner = owner(&app, &org);
    let change = |field: &str, value: Json| {
        let mut settings = oidc.settings();
        settings[field] = value;
        settings
    };
    for (settings, part) in [
        (change("name", json!(" ")), "name"),
        (change("clientId", json!("")), "clientId"),
        (change("scopes", json!(["a b"])), "scopes"),
        (change("groupsClaim", json!(null)), "groupsClaim"),
        (change("defaultRole", json!("OWNER")), "defaultRole"),
        (
            change("mappings", json!([{ "group": "g", "role": "OWNER" }])),
            "mappings",
        ),
        (
            change("issuer", json!("https://accounts.google.com")),
            "joining",
        ),
    ] {
        let message = refused(&owner, &settings).await;
        assert!(
            message.to_lowercase().starts_with(&part.to_lowercase()),
            "{message}"
        );
    }
    let id = create(&owner, &oidc.settings()).await;
    let again = owner
        .code(CREATE, json!({ "s": oidc.settings(), "k": SECRET }))
        .await;
    assert_eq!(again, "CONFLICT");
    let update = "mutation($id: ID!, $s: SsoProviderSettings!) { \
        updateSsoProvider(input: {id: $id, settings: $s}) { provider { issuer hasClientSecret } } }";
    let moved = change("issuer", json!(other.issuer()));
    let answer = owner.graphql(update, json!({ "id": id, "s": moved })).await;
    assert!(
        answer.text.contains("enter the secret again"),
        "{}",
        answer.text
    );
    let kept = json!({ "id": id, "s": change("name", json!("Renamed")) });
    let kept = owner.data(update, kept).await;
    assert_eq!(
        kept["updateSsoProvider"]["provider"]["hasClientSecret"],
        true
    );
    assert!(!kept.to_string().contains(SECRET));
    let test = "mutation($id: ID!) { testSsoProvider(input: {id: $id}) { \
        passed problem keys algorithms unknownScopes } }";
    let tested = owner.data(test, json!({ "id": id })).await;
    assert_eq!(tested["testSsoProvider"]["passed"], true, "{tested}");
    // An administrator may do all this, but give no more than they have.
    let admin = org.of(Role::Admin).caller.at(&app.base);
    let tested = admin.data(test, json!({ "id": id })).await;
    assert_eq!(tested["testSsoProvider"]["keys"], 2, "{tested}");
    let delete = "mutation($id: ID!) { deleteSsoProvider(input: {id: $id}) { id } }";
    admin.data(delete, json!({ "id": id })).await;
    assert_eq!(owner.code(delete, json!({ "id": id })).await, "NOT_FOUND");
}

async fn a_provider_that_is_off_signs_nobody_in(app: TestApp) {
    let Some(oidc) = Oidc::start() else { return };
    let org = app.org("A").await;
    let app = oidc.app(&app).await;
    let owner = owner(&app, &org);
    let id = create(&owner, &oidc.settings()).await;
    let mut browser = Browser::new(&app);
    let back = browser.answer(&id, "alice").await;
    let mut settings = oidc.settings();
    settings["enabled"] = json!(false);
    let update = "mutation($id: ID!, $s: SsoProviderSettings!) { \
        updateSsoProvider(input: {id: $id, settings: $s}) { provider { enabled } } }";
    owner.data(update, json!({ "id": id, "s": settings })).await;
    let answer = browser.open(back.as_str()).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.text);
    for key in [
        id.as_str(),
        "sso_00000000000000000000000000",
        "nothing",
        "a%2Fb",
    ] {
        let answer = browser.open(&format!("/sign-in/oidc/{key}")).await;
        assert_eq!(
            answer.status,
            StatusCode::NOT_FOUND,
            "{key}: {}",
            answer.text
        );
    }
    assert!(!browser.is_signed_in());
}
