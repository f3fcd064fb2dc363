//! Attacks on sign-ins at an OpenID provider, with a real one. O01 to O04, O06, O07, O12 to O14.

use reqwest::StatusCode;
use serde_json::json;
use url::Url;

use crate::{
    cases,
    harness::{
        TestApp,
        oidc::{Browser, Oidc, create, owner, with},
    },
};

cases![Shared:
    o01_a_state_works_once_in_the_browser_that_began,
    o02_the_id_token_repeats_the_nonce,
    o03_a_code_of_another_sign_in_is_not_exchanged,
    o04_the_answer_of_another_provider_is_refused,
    o06_the_id_token_is_for_this_client,
    o07_the_id_token_is_signed_by_the_provider_now,
    o12_the_registered_address_is_sent_whatever_the_request_says,
    o13_an_answer_works_once_and_for_ten_minutes,
    o14_texts_of_the_provider_are_not_shown_and_another_subject_is_refused,
];

/// A provider and an application whose organization A signs in there.
struct Set {
    oidc: Oidc,
    app: TestApp,
    provider: String,
}

async fn set(app: &TestApp, settings: impl FnOnce(&mut serde_json::Value)) -> Option<Set> {
    let oidc = Oidc::start()?;
    let org = app.org("A").await;
    let app = oidc.app(app).await;
    let mut all = oidc.settings();
    settings(&mut all);
    let provider = create(&owner(&app, &org), &all).await;
    Some(Set {
        oidc,
        app,
        provider,
    })
}

/// Opens an address that must be refused with this status, without a session.
async fn refused(browser: &mut Browser, address: &str, status: StatusCode, what: &str) {
    let answer = browser.open(address).await;
    assert_eq!(answer.status, status, "{what}: {}", answer.text);
    assert!(!browser.is_signed_in(), "{what}");
}

/// How many people there are.
async fn people(app: &TestApp) -> i64 {
    let row = app
        .app
        .db()
        .query_one(
            app.app
                .db()
                .statement("SELECT count(*) AS n FROM users", []),
        )
        .await
        .expect("a count")
        .expect("a row");
    row.try_get("", "n").expect("a number")
}

async fn o01_a_state_works_once_in_the_browser_that_began(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let (mut one, mut two) = (Browser::new(&set.app), Browser::new(&set.app));
    let before = people(&set.app).await;
    let first = one.answer(&set.provider, "alice").await;
    let second = two.answer(&set.provider, "alice").await;
    let state = |url: &Url| {
        let mut pairs = url.query_pairs();
        pairs
            .find(|(name, _)| name == "state")
            .map(|(_, value)| value.into_owned())
    };
    let unauthorized = StatusCode::UNAUTHORIZED;
    refused(
        &mut one,
        &with(&first, "state", None),
        unauthorized,
        "missing",
    )
    .await;
    let other = state(&second);
    let swapped = with(&first, "state", other.as_deref());
    refused(&mut one, &swapped, unauthorized, "of another browser").await;
    let invented = format!("fmo_{}", "A".repeat(43));
    let invented = with(&first, "state", Some(&invented));
    refused(&mut one, &invented, unauthorized, "invented").await;
    let mut stranger = Browser::new(&set.app);
    refused(&mut stranger, first.as_str(), unauthorized, "no cookie").await;
    refused(&mut two, first.as_str(), unauthorized, "other cookie").await;
    assert_eq!(people(&set.app).await, before);
    // None of that used the answer up; the second time, it is.
    let entered = one.open(first.as_str()).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    let mut again = Browser::new(&set.app);
    refused(&mut again, first.as_str(), unauthorized, "used").await;
}

async fn modes(set: &Set, modes: &[&str]) {
    for mode in modes {
        set.oidc.mode(mode).await;
        let mut browser = Browser::new(&set.app);
        let back = browser.answer(&set.provider, "alice").await;
        refused(&mut browser, back.as_str(), StatusCode::UNAUTHORIZED, mode).await;
    }
    set.oidc.mode("").await;
    let entered = Browser::new(&set.app).sign_in(&set.provider, "alice").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
}

async fn o02_the_id_token_repeats_the_nonce(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    modes(&set, &["nonce", "nononce"]).await;
    // Each sign-in has its own.
    let mut browser = Browser::new(&set.app);
    let nonce = |address: String| {
        let url = Url::parse(&address).expect("an address");
        let mut pairs = url.query_pairs();
        pairs
            .find(|(name, _)| name == "nonce")
            .map(|(_, value)| value.into_owned())
            .expect("a nonce")
    };
    let first = nonce(browser.begin(&set.provider, "").await);
    assert_ne!(first, nonce(browser.begin(&set.provider, "").await));
    assert!(first.len() >= 40, "{first}");
}

async fn o03_a_code_of_another_sign_in_is_not_exchanged(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let (mut one, mut two) = (Browser::new(&set.app), Browser::new(&set.app));
    let address = one.begin(&set.provider, "?email=alice").await;
    let method = "code_challenge_method=S256";
    assert!(
        address.split(['?', '&']).any(|pair| pair == method),
        "{address}"
    );
    let first = one.at_provider(&address).await;
    let second = two.answer(&set.provider, "alice").await;
    // The code of the second sign-in, injected into the first.
    let mut pairs = second.query_pairs();
    let (_, code) = pairs.find(|(name, _)| name == "code").expect("a code");
    let injected = with(&first, "code", Some(&code));
    let unauthorized = StatusCode::UNAUTHORIZED;
    refused(&mut one, &injected, unauthorized, "injected").await;
    for (what, code) in [("none", None), ("empty", Some("")), ("other", Some("x"))] {
        let mut browser = Browser::new(&set.app);
        let back = browser.answer(&set.provider, "alice").await;
        let changed = with(&back, "code", code);
        refused(&mut browser, &changed, unauthorized, what).await;
    }
}

async fn o04_the_answer_of_another_provider_is_refused(app: TestApp) {
    let (Some(oidc), Some(other)) = (Oidc::start(), Oidc::start()) else {
        return;
    };
    let org = app.org("A").await;
    let app = oidc.app_with(&app, &[&oidc, &other], |_| {}).await;
    let owner = owner(&app, &org);
    let provider = create(&owner, &oidc.settings()).await;
    let mut settings = other.settings();
    settings["name"] = json!("Other");
    let second = create(&owner, &settings).await;
    let unauthorized = StatusCode::UNAUTHORIZED;

    let mut browser = Browser::new(&app);
    let begun = browser.answer(&provider, "alice").await;
    let mut elsewhere = Browser::new(&app);
    let answer = elsewhere.answer(&second, "alice").await;
    let state = begun.query_pairs().find(|(name, _)| name == "state");
    let state = state.expect("a state").1.into_owned();
    // The second provider's answer to the sign-in at the first one.
    let mixed = with(&answer, "state", Some(&state));
    refused(&mut browser, &mixed, unauthorized, "mixed up").await;
    for (what, iss) in [
        ("absent", None),
        ("other", Some(other.issuer())),
        ("slash", Some(format!("{}/", oidc.issuer()))),
    ] {
        let mut browser = Browser::new(&app);
        let back = browser.answer(&provider, "alice").await;
        let changed = with(&back, "iss", iss.as_deref());
        refused(&mut browser, &changed, unauthorized, what).await;
    }
}

async fn o06_the_id_token_is_for_this_client(app: TestApp) {
    let Some(set) = set(&app, |all| all["audiences"] = json!(["trusted"])).await else {
        return;
    };
    modes(&set, &["aud", "noaud", "auds", "auds_no_azp", "azp"]).await;
    set.oidc.mode("auds_trusted").await;
    let entered = Browser::new(&set.app).sign_in(&set.provider, "alice").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
}

async fn o07_the_id_token_is_signed_by_the_provider_now(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let wrong = [
        "none",
        "hs256",
        "badsig",
        "unknownkid",
        "expired",
        "old",
        "future",
        "at_hash",
        "iss",
        "iss_slash",
    ];
    modes(&set, &wrong).await;
}

async fn o12_the_registered_address_is_sent_whatever_the_request_says(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let mut browser = Browser::new(&set.app);
    let registered = format!("{}/sign-in/oidc/callback", set.app.base);
    let others = [
        "",
        "?redirect_uri=https://evil.test",
        "?next=https://evil.test&redirect_uri=/x",
        "?next=//evil.test",
    ];
    for more in others {
        let address = browser.begin(&set.provider, more).await;
        let url = Url::parse(&address).expect("an address");
        let all: Vec<_> = url
            .query_pairs()
            .filter(|(name, _)| name == "redirect_uri")
            .map(|(_, value)| value.into_owned())
            .collect();
        assert_eq!(all, std::slice::from_ref(&registered), "{more}");
        // The provider takes no other one: each is an error there, not a redirect.
        for wrong in [
            format!("{registered}?a=1"),
            format!("{registered}/x"),
            registered.replace("http://", "http://sub."),
            registered.replace("http://", "https://"),
        ] {
            let changed = with(&url, "redirect_uri", Some(&wrong));
            let answer = browser.open(&changed).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
        }
    }
}

async fn o13_an_answer_works_once_and_for_ten_minutes(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    // Twice at the same time.
    let mut browser = Browser::new(&set.app);
    let back = browser.answer(&set.provider, "alice").await;
    let mut twin = Browser::new(&set.app);
    twin.cookies = browser.cookies.clone();
    let (one, two) = tokio::join!(browser.open(back.as_str()), twin.open(back.as_str()));
    let statuses = [one.status, two.status];
    assert!(statuses.contains(&StatusCode::SEE_OTHER), "{statuses:?}");
    assert!(statuses.contains(&StatusCode::UNAUTHORIZED), "{statuses:?}");
    // Too late.
    let mut browser = Browser::new(&set.app);
    let back = browser.answer(&set.provider, "alice").await;
    set.app
        .sql("UPDATE sso_attempts SET expires_at = '2020-01-01T00:00:00Z'")
        .await;
    refused(
        &mut browser,
        back.as_str(),
        StatusCode::UNAUTHORIZED,
        "late",
    )
    .await;
}

async fn o14_texts_of_the_provider_are_not_shown_and_another_subject_is_refused(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let mut browser = Browser::new(&set.app);
    let back = browser.answer(&set.provider, "alice").await;
    let with_error = with(&back, "error", Some("<script>alert(1)</script>"));
    let with_error = Url::parse(&with_error).expect("an address");
    let html = "<img src=x onerror=alert(1)>\u{202e}\0";
    let with_error = with(&with_error, "error_description", Some(html));
    let answer = browser.open(&with_error).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text);
    for part in ["<script", "<img", "alert"] {
        assert!(!answer.text.contains(part), "{}", answer.text);
    }
    assert!(!browser.is_signed_in());
    // What the user info endpoint says about somebody else does not count.
    modes(&set, &["lean_other"]).await;
}
