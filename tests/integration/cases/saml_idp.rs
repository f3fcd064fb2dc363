//! The cases of SAML against a second provider, npm `saml-idp`: another implementation, which signs the
//! response around the assertion and asks people on a page of its own. M01 to M04, M07, M09 to M16, M19 to
//! M21. The cases against the first one (`saml`, `saml_attacks`, and those of the crate) have the same ids.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::Role;
use reqwest::StatusCode;
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Answer, Caller, TestApp,
        oidc::{Browser, location, owner},
        people::Org,
        saml::{Posted, UPDATE, create, post},
        saml_idp::{ALICE, NAME, Person, SamlIdp, action, field},
    },
};

cases![Shared:
    m01_the_second_provider_signs_the_response_the_assertion_both_or_nothing,
    m02_metadata_of_the_second_provider_need_a_certificate,
    m03_the_second_provider_signs_with_a_key_that_is_not_pinned,
    m04_m10_what_the_second_provider_signed_is_wrapped_or_changed,
    m07_m16_a_comment_cuts_no_name_and_a_document_type_is_refused,
    m09_the_second_provider_signs_with_sha_1,
    m11_the_second_provider_sends_an_assertion_that_is_over,
    m12_the_second_provider_sends_the_audience_of_another_service,
    m13_the_second_provider_names_another_recipient_destination_or_issuer,
    m14_a_response_of_the_second_provider_is_for_one_browser_and_one_request,
    m15_an_assertion_of_the_second_provider_is_used_once,
    m19_the_second_provider_encrypts_in_an_accepted_method_and_in_another_one,
    m20_groups_of_the_second_provider_give_no_more_than_the_rows,
    m21_the_second_provider_is_told_of_a_sign_out_and_tells_of_one,
    a_name_of_the_second_provider_that_changes_at_each_sign_in_is_refused,
];

const VIEWER: &str = "{ viewer { role user { id email } organizations { name } } }";

/// The provider, and an application whose organization A signs in there.
struct Set {
    idp: SamlIdp,
    app: TestApp,
    org: Org,
    provider: String,
}

/// Creates the provider as an administrator does: turned off, then with its metadata.
async fn set(app: &TestApp, change: impl FnOnce(&mut Json)) -> Option<Set> {
    let org = app.org("A").await;
    let app = app.again(|_| {}).await;
    let owner = owner(&app, &org);
    let mut settings = json!({
        "kind": "OTHER", "name": "Second", "groupsClaim": "groups",
        "mappings": [{ "group": "eng", "role": "DEVELOPER" }], "joining": "EVERYBODY",
        "enabled": false, "saml": {},
    });
    let provider = create(&owner, &settings).await;
    let metadata = format!("/auth/saml/{provider}/metadata");
    let metadata = app.anonymous().get(&metadata).await;
    let idp = SamlIdp::start(&metadata.text)?;
    settings["enabled"] = json!(true);
    settings["saml"]["metadata"] = json!(idp.metadata(&app).await);
    change(&mut settings);
    owner
        .data(UPDATE, json!({ "id": provider, "s": settings }))
        .await;
    Some(Set {
        idp,
        app,
        org,
        provider,
    })
}

impl Set {
    fn owner(&self) -> Caller {
        owner(&self.app, &self.org)
    }

    async fn options(&self, options: &[(&str, &str)]) {
        self.idp.options(&self.app, options).await;
    }

    /// Signs in with a new browser, which must succeed.
    async fn enter(&self) -> Browser {
        let mut browser = Browser::new(&self.app);
        let entered = self.idp.sign_in(&mut browser, &self.provider, ALICE).await;
        assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
        assert!(browser.is_signed_in());
        browser
    }

    /// Signs in with a new browser, which must be refused for a reason with this text.
    async fn refused(&self, person: Person<'_>, status: StatusCode, part: &str) {
        let mut browser = Browser::new(&self.app);
        let refused = self.idp.sign_in(&mut browser, &self.provider, person).await;
        assert_eq!(refused.status, status, "{part}: {}", refused.text);
        assert!(!browser.is_signed_in(), "{part}");
        let shown = "{ ssoProviders { lastProblem } }";
        let shown = self.owner().data(shown, json!({})).await;
        let problem = shown["ssoProviders"][0]["lastProblem"].as_str();
        let problem = problem.expect("a reason").to_lowercase();
        assert!(problem.contains(&part.to_lowercase()), "{part}: {problem}");
    }

    /// Signs in with a new browser that changes the response on its way.
    async fn changed(&self, change: impl FnOnce(&str) -> String) -> (Browser, Answer) {
        let mut browser = Browser::new(&self.app);
        let mut posted = self.idp.begin(&mut browser, &self.provider, ALICE).await;
        let xml = STANDARD.decode(&posted.response).expect("base64");
        let xml = String::from_utf8(xml).expect("a text");
        posted.response = STANDARD.encode(change(&xml));
        let mut answer = post(&mut browser, &posted).await;
        if answer.status == StatusCode::SEE_OTHER {
            answer = browser.open(&location(&answer)).await;
        }
        (browser, answer)
    }

    /// Like [`Set::refused`], for a response that is not accepted.
    async fn not_accepted(&self, part: &str) {
        self.refused(ALICE, StatusCode::UNAUTHORIZED, part).await;
    }
}

async fn m01_the_second_provider_signs_the_response_the_assertion_both_or_nothing(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let mut first = None;
    for (response, assertion) in [("true", "true"), ("false", "true"), ("true", "false")] {
        set.options(&[("signResponse", response), ("signAssertion", assertion)])
            .await;
        let seen = set.enter().await.caller().data(VIEWER, json!({})).await;
        assert_eq!(seen["viewer"]["role"], "DEVELOPER");
        assert_eq!(seen["viewer"]["organizations"], json!([{ "name": "A" }]));
        // The same person each time.
        let user = seen["viewer"]["user"]["id"].clone();
        assert_eq!(*first.get_or_insert(user.clone()), user);
    }
    let shown = "{ ssoProviders { issuer saml { signInUrl signOutUrl } } }";
    let shown = set.owner().data(shown, json!({})).await;
    let shown = &shown["ssoProviders"][0];
    assert_eq!(shown["issuer"], NAME);
    assert_eq!(shown["saml"]["signInUrl"], set.idp.at("/saml/sso"));
    assert_eq!(shown["saml"]["signOutUrl"], set.idp.at("/saml/slo"));
    set.options(&[("signResponse", "false"), ("signAssertion", "false")])
        .await;
    set.not_accepted("not signed").await;
}

async fn m03_the_second_provider_signs_with_a_key_that_is_not_pinned(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    // The certificate of the other key comes along in the message, where it does not count.
    let (key, certificate) = (set.idp.file("evil.key"), set.idp.file("evil.pem"));
    set.options(&[("key", key.as_str()), ("cert", certificate.as_str())])
        .await;
    set.not_accepted("does not fit").await;
}

async fn m02_metadata_of_the_second_provider_need_a_certificate(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let metadata = set.idp.metadata(&set.app).await;
    let (before, rest) = metadata.split_once("<KeyDescriptor").expect("a key");
    let (_, after) = rest.split_once("</KeyDescriptor>").expect("a key");
    let settings = json!({
        "kind": "OTHER", "name": "Second", "mappings": [], "joining": "NOBODY", "enabled": true,
        "saml": { "metadata": format!("{before}{after}") },
    });
    let variables = json!({ "id": set.provider, "s": settings });
    let answer = set.owner().graphql(UPDATE, variables).await;
    assert_eq!(answer.code().as_deref(), Some("INVALID_INPUT"));
    assert!(answer.text.contains("certificate"), "{}", answer.text);
    set.enter().await;
}

async fn m04_m10_what_the_second_provider_signed_is_wrapped_or_changed(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let evil = |xml: &str| xml.replace("alice@example.test", "eve@example.test");
    for (response, assertion) in [("true", "true"), ("false", "true"), ("true", "false")] {
        set.options(&[("signResponse", response), ("signAssertion", assertion)])
            .await;
        // Another assertion, without a signature, around the one that the provider has sent.
        let wrapped = |first: bool| {
            move |xml: &str| {
                let (before, own, after) = parts(xml);
                let other = evil(&unsigned(own)).replace(" ID=\"_", " ID=\"_x");
                match first {
                    true => format!("{before}{other}{own}{after}"),
                    false => format!("{before}{own}{other}{after}"),
                }
            }
        };
        // Another assertion in its place, and another name in it.
        let replaced = |xml: &str| {
            let (before, own, after) = parts(xml);
            format!("{before}{}{after}", evil(&unsigned(own)))
        };
        let answers = [
            set.changed(wrapped(true)).await,
            set.changed(wrapped(false)).await,
            set.changed(replaced).await,
            set.changed(evil).await,
        ];
        for (browser, answer) in answers {
            let status = answer.status;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{}", answer.text);
            assert!(!browser.is_signed_in());
        }
    }
}

async fn m07_m16_a_comment_cuts_no_name_and_a_document_type_is_refused(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    // A comment is not signed, so the signature fits.
    let (browser, answer) = set
        .changed(|xml| {
            xml.replace(
                "@example.test</saml:NameID>",
                "<!-- x -->@example.test</saml:NameID>",
            )
        })
        .await;
    if browser.is_signed_in() {
        let caller = browser.caller();
        let seen = caller.data("{ externalIdentities { subject } }", json!({}));
        let seen = seen.await;
        let subject = &seen["externalIdentities"][0]["subject"];
        assert_eq!(subject, "alice@example.test");
    } else {
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text);
    }
    let (browser, answer) = set
        .changed(|xml| format!("<!DOCTYPE x [<!ENTITY a \"b\">]>{xml}"))
        .await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text);
    assert!(!browser.is_signed_in());
}

/// What stands before the assertion of a response, the assertion, and what stands behind.
fn parts(xml: &str) -> (&str, &str, &str) {
    const END: &str = "</saml:Assertion>";
    let begin = xml.find("<saml:Assertion").expect("an assertion");
    let end = xml.find(END).expect("an assertion") + END.len();
    (&xml[..begin], &xml[begin..end], &xml[end..])
}

/// An assertion without its signature.
fn unsigned(assertion: &str) -> String {
    let Some((before, rest)) = assertion.split_once("<Signature") else {
        return assertion.to_owned();
    };
    let (_, after) = rest.split_once("</Signature>").expect("an end");
    format!("{before}{after}")
}

async fn m09_the_second_provider_signs_with_sha_1(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    set.options(&[("signatureAlgorithm", "rsa-sha1")]).await;
    set.not_accepted("algorithm").await;
    set.options(&[
        ("signatureAlgorithm", "rsa-sha256"),
        ("digestAlgorithm", "sha1"),
    ])
    .await;
    set.not_accepted("algorithm").await;
}

async fn m11_the_second_provider_sends_an_assertion_that_is_over(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    set.options(&[("lifetimeInSeconds", "-3600")]).await;
    set.not_accepted("NotOnOrAfter").await;
    set.options(&[("lifetimeInSeconds", "300")]).await;
    set.enter().await;
}

async fn m12_the_second_provider_sends_the_audience_of_another_service(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let own = format!("{}/auth/saml/{}/metadata", set.app.base, set.provider);
    let others = [
        "urn:other:sp".to_owned(),
        format!("{own}/"),
        own.to_uppercase(),
    ];
    for audience in others {
        set.options(&[("audience", audience.as_str())]).await;
        set.not_accepted("Audience").await;
    }
    set.options(&[("audience", own.as_str())]).await;
    set.enter().await;
}

async fn m13_the_second_provider_names_another_recipient_destination_or_issuer(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let acs = format!("{}/auth/saml/{}/acs", set.app.base, set.provider);
    let (acs, evil) = (acs.as_str(), "http://evil.test/acs");
    // The addresses of the options, instead of that in the request.
    set.options(&[("allowRequestAcsUrl", "false"), ("recipient", evil)])
        .await;
    set.not_accepted("Recipient").await;
    set.options(&[("recipient", acs), ("destination", evil)])
        .await;
    set.not_accepted("Destination").await;
    set.options(&[("destination", acs), ("issuer", "urn:evil")])
        .await;
    set.not_accepted("Issuer").await;
    set.options(&[("issuer", NAME)]).await;
    set.enter().await;
}

async fn m14_a_response_of_the_second_provider_is_for_one_browser_and_one_request(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let (mut one, mut two) = (Browser::new(&set.app), Browser::new(&set.app));
    let first = set.idp.begin(&mut one, &set.provider, ALICE).await;
    let second = set.idp.begin(&mut two, &set.provider, ALICE).await;
    // Another browser brings the response, and has no session for it.
    let received = post(&mut two, &first).await;
    assert_eq!(received.status, StatusCode::SEE_OTHER, "{}", received.text);
    let end = two.open(&location(&received)).await;
    assert_eq!(end.status, StatusCode::UNAUTHORIZED, "{}", end.text);
    // The response to another request.
    let swapped = Posted {
        response: first.response.clone(),
        ..second
    };
    let received = post(&mut two, &swapped).await;
    assert_eq!(
        received.status,
        StatusCode::UNAUTHORIZED,
        "{}",
        received.text
    );
    assert!(!one.is_signed_in() && !two.is_signed_in());
    // One that answers no request is refused unless the provider may begin.
    let unasked = Posted {
        relay_state: String::new(),
        ..set.idp.begin(&mut one, &set.provider, ALICE).await
    };
    let received = post(&mut one, &unasked).await;
    assert_eq!(
        received.status,
        StatusCode::UNAUTHORIZED,
        "{}",
        received.text
    );
}

async fn m15_an_assertion_of_the_second_provider_is_used_once(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let mut alice = Browser::new(&set.app);
    let posted = set.idp.begin(&mut alice, &set.provider, ALICE).await;
    let received = post(&mut alice, &posted).await;
    assert_eq!(received.status, StatusCode::SEE_OTHER, "{}", received.text);
    let again = post(&mut alice, &posted).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED, "{}", again.text);
    let entered = alice.open(&location(&received)).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
}

async fn m19_the_second_provider_encrypts_in_an_accepted_method_and_in_another_one(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    for signed in ["true", "false"] {
        for method in ["aes256-gcm", "aes128-gcm"] {
            let method = format!("http://www.w3.org/2009/xmlenc11#{method}");
            set.options(&[
                ("encryptAssertion", "true"),
                ("encryptionAlgorithm", method.as_str()),
                ("signResponse", signed),
            ])
            .await;
            set.enter().await;
        }
    }
    let cbc = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
    set.options(&[
        ("encryptionAlgorithm", cbc),
        ("disallowEncryptionWithInsecureAlgorithm", "false"),
    ])
    .await;
    set.not_accepted("cannot be decrypted").await;
}

async fn m20_groups_of_the_second_provider_give_no_more_than_the_rows(app: TestApp) {
    let Some(set) = set(&app, |all| {
        all["mappings"] = json!([{ "group": "eng", "role": "VIEWER" }]);
    })
    .await
    else {
        return;
    };
    let mut browser = Browser::new(&set.app);
    let eve = Person {
        mail: "eve@example.test",
        groups: "owner,OWNER,admin,eng",
        ..ALICE
    };
    let entered = set.idp.sign_in(&mut browser, &set.provider, eve).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    let seen = browser.caller().data(VIEWER, json!({})).await;
    assert_eq!(seen["viewer"]["role"], "VIEWER");
    let mallory = Person {
        mail: "mallory@example.test",
        groups: "owner,admin",
        ..ALICE
    };
    set.refused(mallory, StatusCode::FORBIDDEN, "None of your groups")
        .await;
    // The address of a member is not believed, since nobody has proved its domain.
    let admin = set.org.of(Role::Admin);
    crate::harness::people::set_email(&set.app, admin.user, "adam@example.test").await;
    let adam = Person {
        mail: "adam@example.test",
        ..ALICE
    };
    set.refused(adam, StatusCode::CONFLICT, "adam@example.test")
        .await;
}

async fn m21_the_second_provider_is_told_of_a_sign_out_and_tells_of_one(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    // From here: the provider answers with a form, which ends the session there.
    let mut alice = set.enter().await;
    let out = alice.caller().post("/auth/sign-out", &json!({})).await;
    let next = out.json()["next"].as_str().expect("an address").to_owned();
    assert!(next.starts_with(&set.idp.at("/saml/slo?")), "{next}");
    let page = alice.there(&next, None).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let (response, state) = (
        field(&page.text, "SAMLResponse"),
        field(&page.text, "RelayState"),
    );
    let fields = [
        ("SAMLResponse", response.as_str()),
        ("RelayState", state.as_str()),
    ];
    let slo = action(&page.text);
    let done = alice.submit_from_elsewhere(&slo, &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert_eq!(location(&done), "/sign-in");
    let again = alice.submit_from_elsewhere(&slo, &fields).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED, "{}", again.text);

    // From there: the session that the provider names ends, and no other.
    let (mut alice, other) = (set.enter().await, set.enter().await);
    let page = alice.there(&set.idp.at("/signout"), None).await;
    let page = alice.there(&set.idp.at(&location(&page)), None).await;
    let (request, state) = (
        field(&page.text, "SAMLRequest"),
        field(&page.text, "RelayState"),
    );
    let fields = [
        ("SAMLRequest", request.as_str()),
        ("RelayState", state.as_str()),
    ];
    let mut stranger = Browser::new(&set.app);
    let changed = [("SAMLRequest", "PHg+PC94Pg=="), fields[1]];
    let refused = stranger.submit_from_elsewhere(&slo, &changed).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{}", refused.text);
    alice.caller().data(VIEWER, json!({})).await;
    let caller = alice.caller();
    let answered = alice
        .submit_from_elsewhere(&action(&page.text), &fields)
        .await;
    assert_eq!(answered.status, StatusCode::SEE_OTHER, "{}", answered.text);
    let back = location(&answered);
    assert!(back.starts_with(&set.idp.at("/saml/slo?")), "{back}");
    assert_eq!(caller.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    other.caller().data(VIEWER, json!({})).await;
}

async fn a_name_of_the_second_provider_that_changes_at_each_sign_in_is_refused(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let transient = Person {
        format: "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
        ..ALICE
    };
    set.refused(
        transient,
        StatusCode::UNAUTHORIZED,
        "another one at each sign-in",
    )
    .await;
}
