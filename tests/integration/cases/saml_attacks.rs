//! Attacks on sign-ins with SAML that need a database, two browsers or two processes. M14, M15, M18, M21,
//! M22.

use reqwest::StatusCode;
use serde_json::{Value as Json, json};

use super::saml::{Set, set};
use crate::{
    cases,
    harness::{
        TestApp,
        oidc::{Browser, location, owner},
        saml::{CREATE, Posted, create, post},
    },
};

cases![Shared:
    m14_a_response_is_for_the_browser_that_began_and_for_the_one_that_brought_it,
    m14_a_response_counts_only_for_its_own_request_and_once,
    m14_a_sign_in_that_the_provider_began_needs_permission_and_a_question,
    m15_an_assertion_is_used_once_in_two_processes_and_after_a_restart,
    m18_a_form_of_more_than_a_megabyte_is_refused,
    m21_relay_state_leads_nowhere,
    m21_metadata_at_private_addresses_are_not_read,
    m21_a_log_out_ends_only_the_sessions_of_its_person_and_its_provider,
    m21_a_request_to_log_out_is_carried_out_once_in_two_processes,
    m22_a_name_of_another_format_or_qualifier_is_another_person_s,
    strangers_do_not_write_into_the_administrator_s_report,
];

const VIEWER: &str = "{ viewer { role user { id } } }";

/// The path at the end of a sign-in, from the response to a posted form.
async fn ticket(browser: &mut Browser, posted: &Posted) -> String {
    let received = post(browser, posted).await;
    assert_eq!(received.status, StatusCode::SEE_OTHER, "{}", received.text);
    location(&received)
}

/// Opens the end of a sign-in, which must be refused.
async fn refused(browser: &mut Browser, path: &str, what: &str) {
    let answer = browser.open(path).await;
    assert_eq!(
        answer.status,
        StatusCode::UNAUTHORIZED,
        "{what}: {}",
        answer.text
    );
    assert!(!browser.is_signed_in(), "{what}");
}

async fn m14_a_response_is_for_the_browser_that_began_and_for_the_one_that_brought_it(
    app: TestApp,
) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    // Somebody begins, and lets another person go to the provider and bring the response. That person's
    // browser did not begin.
    let (mut attacker, mut victim) = (Browser::new(&set.app), Browser::new(&set.app));
    let posted = set.saml.begin(&mut attacker, &set.provider).await;
    let end = ticket(&mut victim, &posted).await;
    refused(&mut victim, &end, "another browser").await;
    // The one that began has no ticket.
    let invented = format!("/auth/saml/finish?ticket=fmv_{}", "A".repeat(43));
    for path in [
        "/auth/saml/finish",
        "/auth/saml/finish?ticket=",
        invented.as_str(),
    ] {
        refused(&mut attacker, path, path).await;
    }
    // A browser with a sign-in of its own cannot use the ticket either.
    set.saml.begin(&mut victim, &set.provider).await;
    refused(&mut victim, &end, "another sign-in").await;
    // Only both together enter, and once.
    let mut alice = Browser::new(&set.app);
    let posted = set.saml.begin(&mut alice, &set.provider).await;
    let end = ticket(&mut alice, &posted).await;
    let bound = alice.cookies.clone();
    let entered = alice.open(&end).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    assert!(alice.is_signed_in());
    let mut again = Browser::new(&set.app);
    again.cookies = bound;
    refused(&mut again, &end, "used").await;
}

async fn m14_a_response_counts_only_for_its_own_request_and_once(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let (mut one, mut two) = (Browser::new(&set.app), Browser::new(&set.app));
    let first = set.saml.begin(&mut one, &set.provider).await;
    let second = set.saml.begin(&mut two, &set.provider).await;
    let unauthorized = StatusCode::UNAUTHORIZED;
    let invented = format!("fmo_{}", "A".repeat(43));
    for (what, relay_state) in [
        ("missing", ""),
        ("invented", invented.as_str()),
        ("a URL", "https://evil.test/"),
    ] {
        let mut changed = first.clone();
        changed.relay_state = relay_state.to_owned();
        let answer = post(&mut one, &changed).await;
        assert_eq!(answer.status, unauthorized, "{what}: {}", answer.text);
    }
    // The response to the second request, in the first sign-in: that one ends.
    let swapped = Posted {
        response: second.response.clone(),
        ..first.clone()
    };
    let answer = post(&mut one, &swapped).await;
    assert_eq!(answer.status, unauthorized, "{}", answer.text);
    let answer = post(&mut one, &first).await;
    assert_eq!(answer.status, unauthorized, "{}", answer.text);
    // The second one works once.
    let end = ticket(&mut two, &second).await;
    let again = post(&mut two, &second).await;
    assert_eq!(again.status, unauthorized, "{}", again.text);
    let entered = two.open(&end).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    // Not at the entry point of another protocol or another provider.
    let mut three = Browser::new(&set.app);
    let third = set.saml.begin(&mut three, &set.provider).await;
    let callback = format!("/sign-in/oidc/callback?code=x&state={}", third.relay_state);
    refused(
        &mut Browser::new(&set.app),
        &callback,
        "the other entry point",
    )
    .await;
    let other = set.app.org("B").await;
    let mut settings = set.saml.settings().await;
    settings["name"] = json!("Other");
    let other = create(&owner(&set.app, &other), &settings).await;
    let elsewhere = Posted {
        acs: third.acs.replace(&set.provider, &other),
        ..third.clone()
    };
    let answer = post(&mut three, &elsewhere).await;
    assert_eq!(answer.status, unauthorized, "{}", answer.text);
}

async fn m14_a_sign_in_that_the_provider_began_needs_permission_and_a_question(app: TestApp) {
    let Some(set) = set(&app, |all| all["saml"]["unsolicited"] = json!(true)).await else {
        return;
    };
    set.saml.variant("unsolicited").await;
    let unasked = async |set: &Set| {
        let mut posted = set
            .saml
            .begin(&mut Browser::new(&set.app), &set.provider)
            .await;
        posted.relay_state = "https://evil.test/".to_owned();
        posted
    };
    let mut alice = Browser::new(&set.app);
    let end = ticket(&mut alice, &unasked(&set).await).await;
    let asked = alice.open(&end).await;
    assert_eq!(asked.status, StatusCode::OK, "{}", asked.text);
    assert!(asked.text.contains("alice@example.test"), "{}", asked.text);
    assert!(!alice.is_signed_in());
    let fields = [("ticket", end.split('=').nth(1).expect("a ticket"))];
    // Another site cannot answer the question, nor another browser.
    let address = format!("{}/auth/saml/finish", set.app.base);
    let mut elsewhere = Browser::new(&set.app);
    elsewhere.cookies = alice.cookies.clone();
    let answer = elsewhere.submit_from_elsewhere(&address, &fields).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text);
    let mut other = Browser::new(&set.app);
    let answer = other.submit("/auth/saml/finish", &fields).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text);
    // The person can.
    let entered = alice.submit("/auth/saml/finish", &fields).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    assert_eq!(location(&entered), "/");
    alice.caller().data(VIEWER, json!({})).await;
    // It does not complete a sign-in that was begun here.
    let mut bob = Browser::new(&set.app);
    let begun = set.saml.begin(&mut bob, &set.provider).await;
    let answer = post(&mut bob, &begun).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text);
    // Without permission there is no question.
    set.update(&set.owner(), |_| {}).await;
    let answer = post(&mut bob, &unasked(&set).await).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text);
    let shown = "{ ssoProviders { lastProblem } }";
    let shown = set.owner().data(shown, json!({})).await;
    let problem = shown["ssoProviders"][0]["lastProblem"].as_str();
    assert!(problem.is_some_and(|text| text.contains("allow this provider")));
}

async fn m15_an_assertion_is_used_once_in_two_processes_and_after_a_restart(app: TestApp) {
    let Some(set) = set(&app, |all| all["saml"]["unsolicited"] = json!(true)).await else {
        return;
    };
    set.saml.variant("unsolicited").await;
    let mut browser = Browser::new(&set.app);
    let posted = set.saml.begin(&mut browser, &set.provider).await;
    let posted = Posted {
        relay_state: String::new(),
        ..posted
    };
    // The same server under its other address, and the same database opened again.
    let base = set.app.base.clone();
    let second = set.app.again(|settings| settings.base_url = base).await;
    let at = |app: &str| Posted {
        acs: posted.acs.replace(&set.app.base, app),
        ..posted.clone()
    };
    let copies = [
        at(&set.app.base),
        at(&set.app.serve(|_| {})),
        at(&second.base),
    ];
    let posts = copies.iter().map(|posted| {
        let mut browser = Browser::new(&set.app);
        async move { post(&mut browser, posted).await.status }
    });
    let mut statuses = futures::future::join_all(posts).await;
    statuses.sort();
    assert_eq!(
        statuses,
        [
            StatusCode::SEE_OTHER,
            StatusCode::UNAUTHORIZED,
            StatusCode::UNAUTHORIZED
        ]
    );
    // Later, too, and the administrator sees why.
    for posted in &copies {
        let answer = post(&mut browser, posted).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text);
    }
    let shown = "{ ssoProviders { lastProblem } }";
    let shown = set.owner().data(shown, json!({})).await;
    let problem = shown["ssoProviders"][0]["lastProblem"].as_str();
    assert!(problem.is_some_and(|text| text.contains("was used before")));
}

async fn m18_a_form_of_more_than_a_megabyte_is_refused(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let at = format!("{}/auth/saml/{}/acs", set.app.base, set.provider);
    let mut browser = Browser::new(&set.app);
    let fields = "SAMLResponse=".len();
    for (bytes, expected) in [
        (1_000_000 - fields, StatusCode::UNAUTHORIZED),
        (1_000_001 - fields, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let large = "A".repeat(bytes);
        let answer = browser
            .submit_from_elsewhere(&at, &[("SAMLResponse", large.as_str())])
            .await;
        assert_eq!(answer.status, expected, "{bytes}");
    }
    for fields in [
        vec![],
        vec![("SAMLResponse", "a"), ("SAMLResponse", "b")],
        vec![("RelayState", "a")],
    ] {
        let answer = browser.submit_from_elsewhere(&at, &fields).await;
        assert!(answer.status.is_client_error(), "{fields:?}");
    }
}

async fn m21_relay_state_leads_nowhere(app: TestApp) {
    let Some(set) = set(&app, |all| all["saml"]["unsolicited"] = json!(true)).await else {
        return;
    };
    set.saml.variant("unsolicited").await;
    for evil in ["https://evil.test/", "//evil.test", "/runs", "javascript:1"] {
        let mut alice = Browser::new(&set.app);
        let mut posted = set.saml.begin(&mut alice, &set.provider).await;
        posted.relay_state = evil.to_owned();
        let end = ticket(&mut alice, &posted).await;
        assert!(!end.contains("evil"), "{end}");
        let fields = [("ticket", end.split('=').nth(1).expect("a ticket"))];
        let entered = alice.submit("/auth/saml/finish", &fields).await;
        assert_eq!(location(&entered), "/", "{evil}");
    }
    // Nor does the page to go to afterwards.
    set.saml.variant("assertion").await;
    let mut alice = Browser::new(&set.app);
    let path = format!("/sign-in/saml/{}?next=//evil.test", set.provider);
    let begun = alice.open(&path).await;
    let posted = set.saml.answer(&location(&begun)).await;
    let end = ticket(&mut alice, &posted).await;
    assert_eq!(location(&alice.open(&end).await), "/");
}

async fn m21_metadata_at_private_addresses_are_not_read(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    // This application may call nothing inside.
    let plain = set.app.again(|settings| settings.http = None).await;
    let owner = owner(&plain, &set.org);
    for address in [
        set.saml.at("/metadata"),
        "https://10.0.0.1/metadata".to_owned(),
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "https://[::1]/metadata".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let mut settings = set.saml.settings().await;
        settings["name"] = json!("Other");
        settings["saml"] = json!({ "metadataUrl": address });
        let answer = owner.graphql(CREATE, json!({ "s": settings })).await;
        let code = answer.code();
        assert_eq!(code.as_deref(), Some("INVALID_INPUT"), "{}", answer.text);
        assert!(
            answer.text.contains("metadataUrl"),
            "{address}: {}",
            answer.text
        );
    }
}

async fn m21_a_log_out_ends_only_the_sessions_of_its_person_and_its_provider(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let signed_in = async |mail: &str| {
        set.saml.user(mail, &["eng"]).await;
        let mut browser = Browser::new(&set.app);
        let posted = set.saml.begin(&mut browser, &set.provider).await;
        let end = ticket(&mut browser, &posted).await;
        browser.open(&end).await;
        (browser.caller(), posted.session_index())
    };
    let (alice, first) = signed_in("alice@example.test").await;
    let (again, _) = signed_in("alice@example.test").await;
    let (bob, bobs) = signed_in("bob@example.test").await;
    // Another organization's provider is the same server. Its people have the same names.
    let other = set.app.org("B").await;
    let other_owner = owner(&set.app, &other);
    let elsewhere = create(&other_owner, &set.saml.settings().await).await;
    set.saml.know(&set.app, &elsewhere).await;
    set.saml.user("alice@example.test", &["eng"]).await;
    let mut browser = Browser::new(&set.app);
    set.saml.sign_in(&mut browser, &elsewhere).await;
    let alice_in_b = browser.caller();
    set.saml.know(&set.app, &set.provider).await;

    let log_out = async |address: &str| Browser::new(&set.app).open(address).await.status;
    let is_in = async |caller: &crate::harness::Caller| {
        let answer = caller.graphql(VIEWER, json!({})).await;
        answer.json().get("errors").is_none()
    };
    let right = set.saml.log_out("alice@example.test", &first).await;
    // Unsigned, changed, for another provider, and by somebody else.
    let unsigned = right
        .split("&SigAlg")
        .next()
        .expect("an address")
        .to_owned();
    let changed = right.replace("RelayState=", "RelayState=x");
    let at_other = right.replace(&set.provider, &elsewhere);
    for wrong in [unsigned, changed, at_other] {
        assert_eq!(log_out(&wrong).await, StatusCode::UNAUTHORIZED, "{wrong}");
    }
    // A right one that names a session of somebody else.
    let mixed = set.saml.log_out("alice@example.test", &bobs).await;
    assert_eq!(log_out(&mixed).await, StatusCode::SEE_OTHER);
    for caller in [&alice, &again, &bob, &alice_in_b] {
        assert!(is_in(caller).await);
    }
    assert_eq!(log_out(&right).await, StatusCode::SEE_OTHER);
    assert!(!is_in(&alice).await);
    for caller in [&again, &bob, &alice_in_b] {
        assert!(is_in(caller).await);
    }
}

async fn m21_a_request_to_log_out_is_carried_out_once_in_two_processes(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let mut alice = Browser::new(&set.app);
    let posted = set.saml.begin(&mut alice, &set.provider).await;
    let end = ticket(&mut alice, &posted).await;
    alice.open(&end).await;
    let asked = set
        .saml
        .log_out("alice@example.test", &posted.session_index())
        .await;
    let second = set.app.serve(|_| {});
    let addresses = [asked.clone(), asked.replace(&set.app.base, &second)];
    let opened = addresses.iter().map(|address| {
        let mut browser = Browser::new(&set.app);
        async move { browser.open(address).await.status }
    });
    let mut statuses = futures::future::join_all(opened).await;
    statuses.sort();
    assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::UNAUTHORIZED]);
    // Later, too: who has signed in since stays, and the administrator sees why.
    let again = set.enter().await;
    let late = Browser::new(&set.app).open(&asked).await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED, "{}", late.text);
    again.caller().data(VIEWER, json!({})).await;
    let shown = "{ ssoProviders { lastProblem } }";
    let shown = set.owner().data(shown, json!({})).await;
    let problem = shown["ssoProviders"][0]["lastProblem"].as_str();
    assert!(problem.is_some_and(|text| text.contains("was used before")));
}

async fn m22_a_name_of_another_format_or_qualifier_is_another_person_s(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let enter = async |name_id: Json| {
        set.saml.ctl(json!({ "name_id": name_id })).await;
        let viewer = set.enter().await.caller().data(VIEWER, json!({})).await;
        let id = viewer["viewer"]["user"]["id"].as_str();
        id.expect("an id").to_owned()
    };
    let persistent = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
    let unspecified = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
    let alice = enter(json!({})).await;
    // What a missing qualifier means can be said, and the format can be left open.
    let own = set.saml.at("/metadata");
    assert_eq!(enter(json!({ "name_qualifier": own })).await, alice);
    assert_eq!(enter(json!({ "format": unspecified })).await, alice);
    let far = json!({ "name_qualifier": "urn:far:idp" });
    let stranger = enter(far.clone()).await;
    assert_ne!(stranger, alice);
    let other = enter(json!({ "format": persistent })).await;
    assert!(other != alice && other != stranger);
    assert_eq!(enter(far.clone()).await, stranger);
    // A log-out of one of them is none of another.
    let mut stays = Browser::new(&set.app);
    let posted = set.saml.begin(&mut stays, &set.provider).await;
    let end = ticket(&mut stays, &posted).await;
    stays.open(&end).await;
    let session = posted.session_index();
    let asked = set.saml.log_out("alice@example.test", &session).await;
    let answer = Browser::new(&set.app).open(&asked).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    stays.caller().data(VIEWER, json!({})).await;
    // An identity from before kinds were kept belongs to whoever uses it first.
    let tx = set.app.app.db().begin(&[]).await.expect("a transaction");
    let delete = "DELETE FROM external_identities WHERE user_id = $1";
    let forget = "UPDATE external_identities SET name_kind = '' WHERE user_id = $1";
    for (sql, user) in [(delete, &stranger), (delete, &other), (forget, &alice)] {
        let user: types::UserId = user.parse().expect("an id");
        tx.execute(sql, [user.0.into()]).await.expect(sql);
    }
    tx.commit().await.expect("committed");
    assert_eq!(enter(far.clone()).await, alice);
    assert_ne!(enter(json!({})).await, alice);
    assert_eq!(enter(far).await, alice);
}

async fn strangers_do_not_write_into_the_administrator_s_report(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let at = format!("{}/auth/saml/{}/acs", set.app.base, set.provider);
    let mut browser = Browser::new(&set.app);
    for response in ["", "bm90aGluZw==", "not base64"] {
        let fields = [("SAMLResponse", response)];
        let answer = browser.submit_from_elsewhere(&at, &fields).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text);
    }
    let shown = "{ ssoProviders { lastProblem saml { lastTest { at } } } }";
    let shown = set.owner().data(shown, json!({})).await;
    assert_eq!(shown["ssoProviders"][0]["lastProblem"], Json::Null);
    assert_eq!(shown["ssoProviders"][0]["saml"]["lastTest"], Json::Null);
}
