//! Who changes a SAML provider, and what that does to the people who are signed in: an editor who may do
//! less than they, and metadata that is entered while sessions of another provider are open.

use domain::Role;
use reqwest::StatusCode;
use serde_json::{Value as Json, json};

use super::saml::{Set, set};
use crate::{
    cases,
    harness::{
        Caller, TestApp,
        oidc::{Browser, location},
        people::{member, passkey},
        saml::{Saml, UPDATE, create, post},
        scim::prove,
    },
};

cases![Shared:
    who_may_only_manage_single_sign_on_lets_nobody_in_with_a_certificate_of_their_own,
    who_may_only_manage_single_sign_on_takes_no_trust_away_by_other_settings,
    metadata_ends_no_session_of_another_provider_before_it_names_another_one,
    single_sign_on_is_enforced_only_with_a_provider_that_is_believed_about_owners,
    what_was_proved_with_other_settings_signs_nobody_in,
    an_invitation_gives_no_role_that_whoever_set_the_provider_up_could_not_give,
];

const VIEWER: &str = "{ viewer { role user { id } } }";

/// A member who may manage single sign-on, and nothing else.
async fn keeper(set: &Set) -> Caller {
    let person = member(&set.app, set.org.id, Role::Viewer).await;
    let role = "mutation { createCustomRole(input: {name: \"Keeper\", \
        permissions: [\"sso.manage\"]}) { customRole { id } } }";
    let role = set.owner().data(role, json!({})).await;
    let give = "mutation($user: ID!, $role: ID!) { changeMemberRole(input: {userId: $user, \
        customRoleId: $role}) { __typename }}";
    let role = &role["createCustomRole"]["customRole"]["id"];
    let variables = json!({ "user": person.user.to_string(), "role": role });
    set.owner().data(give, variables).await;
    person.caller.at(&set.app.base)
}

/// Takes the roles out of the settings, since the keeper can give none.
fn without_roles(all: &mut Json) {
    all["mappings"] = json!([]);
    all["joining"] = json!("NOBODY");
}

async fn who_may_only_manage_single_sign_on_lets_nobody_in_with_a_certificate_of_their_own(
    app: TestApp,
) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let alice = set.enter().await.caller();
    let keeper = keeper(&set).await;
    let evil = set.saml.file("evil.pem");
    // With the roles that the provider gives, it is refused, and nothing changes.
    let mut settings = set.saml.settings().await;
    settings["saml"]["certificates"] = json!([evil]);
    let variables = json!({ "id": set.provider, "s": settings });
    let answer = keeper.graphql(UPDATE, variables).await;
    assert_eq!(
        answer.code().as_deref(),
        Some("FORBIDDEN"),
        "{}",
        answer.text
    );
    assert!(answer.text.contains("mappings"), "{}", answer.text);
    set.enter().await;
    // Without them, it is not. Whoever may do more is not signed in by the certificate.
    set.update(&keeper, |all| {
        without_roles(all);
        all["saml"]["certificates"] = json!([evil]);
    })
    .await;
    set.saml.variant("wrongkey").await;
    let reason = set.refused(StatusCode::FORBIDDEN).await;
    assert!(reason.contains("may do less"), "{reason}");
    let mut browser = Browser::new(&set.app);
    let refused = set.saml.sign_in(&mut browser, &set.provider).await;
    let page = refused.headers["refresh"].to_str().expect("a text");
    assert!(page.contains("problem=not_trusted"), "{page}");
    set.saml.variant("assertion").await;
    let reason = set.refused(StatusCode::UNAUTHORIZED).await;
    assert!(reason.contains("does not fit"), "{reason}");
    // Nobody else joins by it, and who is in stays in.
    set.saml.variant("wrongkey").await;
    set.saml.user("eve@example.test", &["eng"]).await;
    set.refused(StatusCode::FORBIDDEN).await;
    let seen = alice.data(VIEWER, json!({})).await;
    assert_eq!(seen["viewer"]["role"], "DEVELOPER");
    // An owner who saves the provider with the right certificate lets everybody in again.
    set.saml.variant("assertion").await;
    set.saml.user("alice@example.test", &["eng"]).await;
    let right = set.saml.file("idp.pem");
    set.update(&set.owner(), |all| {
        all["saml"]["certificates"] = json!([right]);
    })
    .await;
    set.enter().await;
}

async fn who_may_only_manage_single_sign_on_takes_no_trust_away_by_other_settings(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    set.enter().await;
    let keeper = keeper(&set).await;
    // The metadata is entered again, and says the same.
    set.update(&keeper, |all| {
        without_roles(all);
        all["name"] = json!("Renamed");
    })
    .await;
    let seen = set.enter().await.caller().data(VIEWER, json!({})).await;
    assert_eq!(seen["viewer"]["role"], "DEVELOPER");
    // With a further certificate, it is the keeper's word.
    let both = ["idp.pem", "evil.pem"].map(|name| set.saml.file(name));
    set.update(&keeper, |all| {
        without_roles(all);
        all["saml"]["certificates"] = json!(both);
    })
    .await;
    for variant in ["assertion", "wrongkey"] {
        set.saml.variant(variant).await;
        let reason = set.refused(StatusCode::FORBIDDEN).await;
        assert!(reason.contains("may do less"), "{variant}: {reason}");
    }
}

async fn metadata_ends_no_session_of_another_provider_before_it_names_another_one(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let Some(other) = Saml::start() else { return };
    let alice = set.enter().await.caller();
    // Another provider is set up: first without its metadata, then turned off, then turned on.
    let mut settings = other.settings().await;
    settings["name"] = json!("Other");
    let metadata = settings["saml"]["metadata"].clone();
    settings["enabled"] = json!(false);
    settings["saml"] = json!({});
    let provider = create(&set.owner(), &settings).await;
    settings["saml"] = json!({ "metadata": metadata });
    for enabled in [false, true] {
        settings["enabled"] = json!(enabled);
        let variables = json!({ "id": provider, "s": settings });
        set.owner().data(UPDATE, variables).await;
        alice.data(VIEWER, json!({})).await;
    }
    // The same metadata again is no change.
    let variables = json!({ "id": provider, "s": settings });
    set.owner().data(UPDATE, variables).await;
    alice.data(VIEWER, json!({})).await;
    // With the metadata of another one, it is another provider: the sessions that providers of the
    // organization have opened end, and those that people opened themselves do not.
    settings["saml"] = json!({ "metadata": set.saml.metadata().await });
    let variables = json!({ "id": provider, "s": settings });
    set.owner().data(UPDATE, variables).await;
    assert_eq!(alice.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    set.owner().data(VIEWER, json!({})).await;
    set.enter().await;
}

async fn single_sign_on_is_enforced_only_with_a_provider_that_is_believed_about_owners(
    app: TestApp,
) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    prove(&set.app, &set.org, "example.test").await;
    let break_glass = set.org.owner().user;
    passkey(&set.app, break_glass).await;
    let domain = set.owner().data("{ domains { id } }", json!({})).await;
    let domain = &domain["domains"][0]["id"];
    let enforce = "mutation($d: ID!, $o: ID!) { enforceSso(input: {domainId: $d, \
        breakGlassOwnerId: $o}) { __typename } }";
    let variables = json!({ "d": domain, "o": break_glass });
    // An admin has entered a certificate, with which others have signed in.
    let admin = set.org.of(Role::Admin).caller.at(&set.app.base);
    let evil = set.saml.file("evil.pem");
    set.update(&admin, |all| all["saml"]["certificates"] = json!([evil]))
        .await;
    set.saml.variant("wrongkey").await;
    set.enter().await;
    let answer = set.owner().graphql(enforce, variables.clone()).await;
    assert_eq!(answer.code().as_deref(), Some("CONFLICT"));
    assert!(answer.text.contains("ask an owner"), "{}", answer.text);
    let shown = "{ ssoProviders { saml { vouchedBy } } }";
    let by = set.owner().data(shown, json!({})).await;
    assert_eq!(by["ssoProviders"][0]["saml"]["vouchedBy"], "ADMIN");
    // An owner saves it.
    let evil = set.saml.file("evil.pem");
    set.update(&set.owner(), |all| {
        all["saml"]["certificates"] = json!([evil]);
    })
    .await;
    let by = set.owner().data(shown, json!({})).await;
    assert_eq!(by["ssoProviders"][0]["saml"]["vouchedBy"], "OWNER");
    set.owner().data(enforce, variables).await;
}

async fn what_was_proved_with_other_settings_signs_nobody_in(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    set.enter().await;
    let admin = set.org.of(Role::Admin).caller.at(&set.app.base);
    let evil = set.saml.file("evil.pem");
    set.update(&admin, |all| all["saml"]["certificates"] = json!([evil]))
        .await;
    // A response that fits this certificate waits for its browser, while an owner enters the right one
    // and so vouches for the provider.
    set.saml.variant("wrongkey").await;
    let mut browser = Browser::new(&set.app);
    let posted = set.saml.begin(&mut browser, &set.provider).await;
    let received = post(&mut browser, &posted).await;
    assert_eq!(received.status, StatusCode::SEE_OTHER, "{}", received.text);
    let right = set.saml.file("idp.pem");
    set.update(&set.owner(), |all| {
        all["saml"]["certificates"] = json!([right]);
    })
    .await;
    let end = browser.open(&location(&received)).await;
    assert_eq!(end.status, StatusCode::UNAUTHORIZED, "{}", end.text);
    assert!(!browser.is_signed_in());
    set.saml.variant("assertion").await;
    set.enter().await;
}

async fn an_invitation_gives_no_role_that_whoever_set_the_provider_up_could_not_give(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    prove(&set.app, &set.org, "example.test").await;
    let invite = "mutation { createInvitation(input: {role: ADMIN, \
        email: \"ivan@example.test\"}) { __typename } }";
    set.owner().data(invite, json!({})).await;
    let keeper = keeper(&set).await;
    let evil = set.saml.file("evil.pem");
    let settings = |all: &mut Json| {
        without_roles(all);
        all["saml"]["certificates"] = json!([evil]);
    };
    set.update(&keeper, settings).await;
    set.saml.variant("wrongkey").await;
    set.saml.user("ivan@example.test", &["others"]).await;
    set.refused(StatusCode::FORBIDDEN).await;
    // An owner vouches for the same certificate.
    set.update(&set.owner(), settings).await;
    let seen = set.enter().await.caller().data(VIEWER, json!({})).await;
    assert_eq!(seen["viewer"]["role"], "ADMIN");
}
