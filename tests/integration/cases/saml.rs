//! Single sign-on with a real SAML provider: who enters, what the administrator sees, signing out. M02,
//! M20.

use domain::Role;
use reqwest::StatusCode;
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Caller, TestApp,
        oidc::{Browser, location, owner},
        people::{Org, member, set_email},
        saml::{CREATE, Saml, UPDATE, between, create, post},
        scim::prove,
    },
};

cases![Shared:
    a_person_signs_in_by_saml_whatever_is_signed_or_encrypted,
    an_address_counts_only_in_a_proved_domain,
    m20_groups_give_no_more_than_the_organization_s_rows_and_never_owner,
    who_may_do_less_than_a_member_cannot_sign_in_as_them_with_a_certificate_of_their_own,
    a_provider_is_set_up_before_its_metadata_are_known,
    m02_metadata_are_checked_and_at_most_two_certificates_pinned,
    two_certificates_count_at_once_and_a_removed_one_does_not,
    the_test_shows_what_was_sent_and_what_was_refused_and_opens_no_session,
    signing_out_goes_on_to_the_provider,
    an_account_is_connected_by_the_person_who_began,
];

const VIEWER: &str = "{ viewer { role user { id name email } organizations { name } } }";

/// A provider, and an application whose organization A signs in there.
pub struct Set {
    pub saml: Saml,
    pub app: TestApp,
    pub org: Org,
    pub provider: String,
}

/// Creates the provider with changed settings.
pub async fn set(app: &TestApp, change: impl FnOnce(&mut Json)) -> Option<Set> {
    let saml = Saml::start()?;
    let org = app.org("A").await;
    let app = saml.app(app).await;
    let mut settings = saml.settings().await;
    change(&mut settings);
    let provider = create(&owner(&app, &org), &settings).await;
    saml.know(&app, &provider).await;
    Some(Set {
        saml,
        app,
        org,
        provider,
    })
}

impl Set {
    /// The organization's owner.
    pub fn owner(&self) -> Caller {
        owner(&self.app, &self.org)
    }

    /// Changes the settings of the provider.
    pub async fn update(&self, caller: &Caller, change: impl FnOnce(&mut Json)) {
        let mut settings = self.saml.settings().await;
        change(&mut settings);
        let variables = json!({ "id": self.provider, "s": settings });
        caller.data(UPDATE, variables).await;
    }

    /// Makes a member an owner.
    pub async fn promote(&self, user: types::UserId) {
        let tx = self.app.app.db().begin(&[self.org.id]).await;
        let tx = tx.expect("a transaction");
        let sql = "UPDATE memberships SET role = 'owner' WHERE org_id = $1 AND user_id = $2";
        tx.execute(sql, [self.org.id.0.into(), user.0.into()])
            .await
            .expect(sql);
        tx.commit().await.expect("committed");
    }

    /// Signs in with a new browser, which must succeed.
    pub async fn enter(&self) -> Browser {
        let mut browser = Browser::new(&self.app);
        let entered = self.saml.sign_in(&mut browser, &self.provider).await;
        assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
        assert!(browser.is_signed_in());
        browser
    }

    /// Signs in with a new browser, which must be refused, and returns the administrator's reason.
    pub async fn refused(&self, status: StatusCode) -> String {
        let mut browser = Browser::new(&self.app);
        let refused = self.saml.sign_in(&mut browser, &self.provider).await;
        assert_eq!(refused.status, status, "{}", refused.text);
        assert!(!browser.is_signed_in());
        let shown = "{ ssoProviders { lastProblem } }";
        let shown = self.owner().data(shown, json!({})).await;
        let problem = shown["ssoProviders"][0]["lastProblem"].as_str();
        problem.expect("a reason").to_owned()
    }
}

async fn a_person_signs_in_by_saml_whatever_is_signed_or_encrypted(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let mut first = None;
    for variant in ["assertion", "response", "both", "enc", "encresp"] {
        set.saml.variant(variant).await;
        let seen = set.enter().await.caller().data(VIEWER, json!({})).await;
        assert_eq!(seen["viewer"]["role"], "DEVELOPER", "{variant}");
        assert_eq!(
            seen["viewer"]["organizations"],
            json!([{ "name": "A" }]),
            "{variant}"
        );
        // The same person each time.
        let user = seen["viewer"]["user"]["id"].clone();
        assert_eq!(*first.get_or_insert(user.clone()), user, "{variant}");
    }
    for (variant, part) in [
        ("unsigned", "not signed"),
        ("wrongkey", "does not fit"),
        ("tampered", "does not fit"),
        ("sha1", "algorithm"),
        ("expired", "NotOnOrAfter"),
        ("wrongaud", "Audience"),
        ("wrongdest", "Destination"),
        ("wrongiss", "Issuer"),
        ("wrongirt", "InResponseTo"),
        ("unsolicited", "InResponseTo"),
    ] {
        set.saml.variant(variant).await;
        let reason = set.refused(StatusCode::UNAUTHORIZED).await;
        assert!(
            reason.to_lowercase().contains(&part.to_lowercase()),
            "{variant}: {reason}"
        );
    }
    // The settings may ask for more than either.
    set.saml.variant("assertion").await;
    set.update(&set.owner(), |all| {
        all["saml"]["signedParts"] = json!("BOTH")
    })
    .await;
    set.refused(StatusCode::UNAUTHORIZED).await;
    // Strangers see a page without details, and the session that follows is one of 24 hours.
    let page = Browser::new(&set.app).open("/auth/saml/x/metadata").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND, "{}", page.text);
}

async fn an_address_counts_only_in_a_proved_domain(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let colleague = member(&set.app, set.org.id, Role::Viewer).await;
    set_email(&set.app, colleague.user, "carol@example.test").await;
    set.saml.user("carol@example.test", &["eng"]).await;
    let reason = set.refused(StatusCode::CONFLICT).await;
    assert!(reason.contains("carol@example.test"), "{reason}");
    prove(&set.app, &set.org, "example.test").await;
    let seen = set.enter().await.caller().data(VIEWER, json!({})).await;
    assert_eq!(seen["viewer"]["user"]["id"], colleague.user.to_string());
}

async fn m20_groups_give_no_more_than_the_organization_s_rows_and_never_owner(app: TestApp) {
    let Some(set) = set(&app, |all| {
        all["mappings"] = json!([{ "group": "eng", "role": "VIEWER" }]);
    })
    .await
    else {
        return;
    };
    set.saml
        .user("eve@example.test", &["owner", "OWNER", "admin", "eng"])
        .await;
    let seen = set.enter().await.caller().data(VIEWER, json!({})).await;
    assert_eq!(seen["viewer"]["role"], "VIEWER");
    set.saml
        .user("mallory@example.test", &["owner", "admin"])
        .await;
    let reason = set.refused(StatusCode::FORBIDDEN).await;
    assert!(reason.contains("None of your groups"), "{reason}");
    let mut settings = set.saml.settings().await;
    settings["name"] = json!("Other");
    settings["mappings"] = json!([{ "group": "owner", "role": "OWNER" }]);
    let code = set.owner().code(CREATE, json!({ "s": settings })).await;
    assert_eq!(code, "INVALID_INPUT");
}

async fn who_may_do_less_than_a_member_cannot_sign_in_as_them_with_a_certificate_of_their_own(
    app: TestApp,
) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let seen = set.enter().await.caller().data(VIEWER, json!({})).await;
    let user: types::UserId = seen["viewer"]["user"]["id"]
        .as_str()
        .and_then(|id| id.parse().ok())
        .expect("an id");
    // The person becomes an owner, and enters as before, because an owner saved the provider.
    set.promote(user).await;
    set.enter().await;
    // What leaves the certificates alone changes nothing.
    let admin = set.org.of(Role::Admin).caller.at(&set.app.base);
    set.update(&admin, |all| all["name"] = json!("Renamed"))
        .await;
    let before = set.enter().await.caller();
    // An administrator enters a certificate of their own, and is not believed about the owner.
    let evil = set.saml.file("evil.pem");
    set.update(&admin, |all| all["saml"]["certificates"] = json!([evil]))
        .await;
    set.saml.variant("wrongkey").await;
    let reason = set.refused(StatusCode::FORBIDDEN).await;
    assert!(reason.contains("may do less"), "{reason}");
    // Nor does that end what the owner has.
    before.data(VIEWER, json!({})).await;
    // About others they are: they could give these roles anyway.
    set.saml.user("bob@example.test", &["eng"]).await;
    set.enter().await;
}

async fn a_provider_is_set_up_before_its_metadata_are_known(app: TestApp) {
    let Some(saml) = Saml::start() else { return };
    let org = app.org("A").await;
    let app = saml.app(&app).await;
    let owner = owner(&app, &org);
    let mut settings = saml.settings().await;
    settings["saml"] = json!({});
    let answer = owner.graphql(CREATE, json!({ "s": settings })).await;
    assert!(
        answer.text.to_lowercase().contains("metadata: enter"),
        "{}",
        answer.text
    );
    settings["enabled"] = json!(false);
    let provider = create(&owner, &settings).await;
    // What the provider has to know is there already.
    saml.know(&app, &provider).await;
    let shown = "{ ssoProviders { protocol issuer clientId signInPath saml { serviceEntityId \
        serviceAcsUrl serviceLogoutUrl signInUrl certificates { fingerprint } } } }";
    let before = owner.data(shown, json!({})).await;
    let before = &before["ssoProviders"][0];
    assert_eq!(before["protocol"], "SAML");
    assert_eq!(before["issuer"], Json::Null);
    assert_eq!(before["signInPath"], format!("/sign-in/saml/{provider}"));
    let own = format!("{}/auth/saml/{provider}", app.base);
    assert_eq!(before["saml"]["serviceAcsUrl"], format!("{own}/acs"));
    assert_eq!(before["saml"]["serviceEntityId"], format!("{own}/metadata"));
    // Nobody signs in yet, and a test says why.
    let test = "mutation($id: ID!) { testSsoProvider(input: {id: $id}) { passed signInUrl } }";
    assert_eq!(
        owner.code(test, json!({ "id": provider })).await,
        "INVALID_INPUT"
    );
    let mut browser = Browser::new(&app);
    let refused = browser.open(&format!("/sign-in/saml/{provider}")).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.text);
    // By the address of the metadata.
    settings["enabled"] = json!(true);
    settings["saml"] = json!({ "metadataUrl": saml.at("/metadata") });
    owner
        .data(UPDATE, json!({ "id": provider, "s": settings }))
        .await;
    let after = owner.data(shown, json!({})).await;
    let after = &after["ssoProviders"][0];
    assert_eq!(after["issuer"], saml.at("/metadata"));
    assert_eq!(after["saml"]["signInUrl"], saml.at("/sso"));
    let entered = saml.sign_in(&mut browser, &provider).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    // The protocol stays.
    let oidc = json!({ "kind": "OTHER", "name": "N", "issuer": "https://a.test", "clientId": "c",
        "mappings": [], "joining": "NOBODY", "enabled": false });
    let code = owner
        .code(UPDATE, json!({ "id": provider, "s": oidc }))
        .await;
    assert_eq!(code, "INVALID_INPUT");
}

async fn m02_metadata_are_checked_and_at_most_two_certificates_pinned(app: TestApp) {
    let Some(saml) = Saml::start() else { return };
    let org = app.org("A").await;
    let app = saml.app(&app).await;
    let owner = owner(&app, &org);
    let metadata = saml.metadata().await;
    let certificate = between(&metadata.replace('<', "\""), "X509Certificate>");
    let pems = ["idp.pem", "evil.pem", "curve.pem"].map(|name| saml.file(name));
    let settings = saml.settings().await;
    for (change, part) in [
        (
            json!({ "metadata": metadata.replace(&certificate, "") }),
            "certificate",
        ),
        (json!({ "metadata": "no XML" }), "metadata"),
        (
            json!({ "metadata": "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>" }),
            "metadata",
        ),
        (
            json!({ "metadata": metadata, "metadataUrl": saml.at("/metadata") }),
            "not both",
        ),
        (
            json!({ "metadata": metadata, "certificates": pems }),
            "3 certificates",
        ),
        (
            json!({ "metadata": metadata, "certificates": ["no certificate"] }),
            "certificates",
        ),
        (
            json!({ "metadataUrl": "http://provider.example/metadata" }),
            "https://",
        ),
        (json!({ "metadataUrl": saml.at("/nothing") }), "metadataUrl"),
    ] {
        let mut settings = settings.clone();
        settings["saml"] = change.clone();
        let answer = owner.graphql(CREATE, json!({ "s": settings })).await;
        let code = answer.code();
        assert_eq!(code.as_deref(), Some("INVALID_INPUT"), "{}", answer.text);
        assert!(answer.text.contains(part), "{part}: {}", answer.text);
    }
}

async fn two_certificates_count_at_once_and_a_removed_one_does_not(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let (old, new) = (set.saml.file("idp.pem"), set.saml.file("evil.pem"));
    set.update(&set.owner(), |all| {
        all["saml"]["certificates"] = json!([old, new]);
    })
    .await;
    for variant in ["assertion", "wrongkey"] {
        set.saml.variant(variant).await;
        set.enter().await;
    }
    set.update(&set.owner(), |all| {
        all["saml"]["certificates"] = json!([new]);
    })
    .await;
    set.enter().await;
    set.saml.variant("assertion").await;
    let reason = set.refused(StatusCode::UNAUTHORIZED).await;
    assert!(reason.contains("does not fit"), "{reason}");
}

async fn the_test_shows_what_was_sent_and_what_was_refused_and_opens_no_session(app: TestApp) {
    // A test works before people can sign in.
    let Some(set) = set(&app, |all| all["enabled"] = json!(false)).await else {
        return;
    };
    let test = "mutation($id: ID!) { testSsoProvider(input: {id: $id}) { passed signInUrl } }";
    let shown = "{ ssoProviders { lastProblem lastUsedAt saml { lastTest { responseSigned \
        assertionSigned encrypted refusal { kind field sent expected problem wayOut } \
        person { subject email emailProved groups role } values { name value } \
        attributes { name values } } } } }";
    let run = async |variant: &str| {
        set.saml.variant(variant).await;
        let begun = set.owner().data(test, json!({ "id": set.provider })).await;
        let url = begun["testSsoProvider"]["signInUrl"].as_str();
        let mut browser = Browser::new(&set.app);
        let posted = set.saml.answer(url.expect("an address")).await;
        let done = post(&mut browser, &posted).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        assert_eq!(location(&done), "/test-done");
        assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);
        let shown = set.owner().data(shown, json!({})).await;
        let provider = shown["ssoProviders"][0].clone();
        assert_eq!(provider["lastUsedAt"], Json::Null);
        provider["saml"]["lastTest"].clone()
    };
    let good = run("enc").await;
    assert_eq!(good["refusal"], Json::Null, "{good}");
    assert_eq!(good["encrypted"], true);
    assert_eq!(good["person"]["subject"], "alice@example.test");
    assert_eq!(good["person"]["email"], "alice@example.test");
    assert_eq!(good["person"]["emailProved"], false);
    assert_eq!(good["person"]["groups"], json!(["eng", "ops"]));
    assert_eq!(good["person"]["role"], "developer");
    let groups = json!({ "name": "groups", "values": ["eng", "ops"] });
    assert!(
        good["attributes"]
            .as_array()
            .is_some_and(|all| all.contains(&groups)),
        "{good}"
    );
    let bad = run("wrongaud").await;
    assert_eq!(bad["refusal"]["kind"], "audience");
    assert_eq!(bad["refusal"]["sent"], "urn:other:sp");
    let own = format!("{}/auth/saml/{}/metadata", set.app.base, set.provider);
    let expected = bad["refusal"]["expected"].as_str();
    assert!(expected.is_some_and(|text| text.contains(&own)), "{bad}");
    assert_eq!(bad["person"], Json::Null);
    let unsigned = run("unsigned").await;
    assert_eq!(unsigned["refusal"]["kind"], "unsigned");
    assert_eq!(unsigned["assertionSigned"], false);
}

async fn signing_out_goes_on_to_the_provider(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let browser = set.enter().await;
    let caller = browser.caller();
    let out = caller.post("/auth/sign-out", &json!({})).await;
    assert_eq!(out.status, StatusCode::OK, "{}", out.text);
    assert_eq!(caller.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    let next = out.json()["next"].as_str().expect("an address").to_owned();
    assert!(next.starts_with(&set.saml.at("/slo?")), "{next}");
    let mut browser = Browser::new(&set.app);
    let back = browser.open(&next).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.text);
    let done = browser.open(&location(&back)).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert_eq!(location(&done), "/sign-in");
    // A response counts once.
    let again = browser.open(&location(&back)).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED, "{}", again.text);
    // A session that no provider opened ends here alone.
    let out = set.owner().post("/auth/sign-out", &json!({})).await;
    assert_eq!(out.json(), json!({ "ok": true }));
}

async fn an_account_is_connected_by_the_person_who_began(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let viewer = member(&set.app, set.org.id, Role::Viewer).await;
    set_email(&set.app, viewer.user, "alice@example.test").await;
    let caller = viewer.caller.at(&set.app.base);
    let body = json!({ "provider": set.provider, "next": "/profile" });
    let begun = caller.post("/auth/connect", &body).await;
    assert_eq!(begun.status, StatusCode::OK, "{}", begun.text);
    let bound = begun.headers["set-cookie"].to_str().expect("a text");
    let bound = bound.split(['=', ';']).nth(1).expect("a value").to_owned();
    let address = begun.json()["url"].as_str().expect("a URL").to_owned();
    let posted = set.saml.answer(&address).await;
    let mut browser = Browser::new(&set.app);
    browser
        .cookies
        .insert("__Host-flowmason-sso".to_owned(), bound);
    let crate::harness::callers::Secret::Session(token) = &viewer.caller.secret else {
        panic!("a session");
    };
    browser
        .cookies
        .insert("__Host-flowmason".to_owned(), token.clone());
    let received = post(&mut browser, &posted).await;
    let done = browser.open(&location(&received)).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert_eq!(location(&done), "/profile");
    let who = "{ viewer { user { id } } externalIdentities { issuer subject } }";
    let seen = set.enter().await.caller().data(who, json!({})).await;
    assert_eq!(seen["viewer"]["user"]["id"], viewer.user.to_string());
    let identity = &seen["externalIdentities"][0];
    assert_eq!(identity["issuer"], set.saml.at("/metadata"));
    assert_eq!(identity["subject"], "alice@example.test");
}
