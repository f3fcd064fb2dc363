//! Attacks without a credential: bodies that never end, guessed passwords, and email addresses that
//! are probed.

use std::time::{Duration, Instant};

use domain::{Role, identity};
use reqwest::Method;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    cases,
    harness::{
        Answer, Caller, TestApp,
        callers::Secret,
        people::{key, set_email},
    },
};

cases![Shared:
    attack_the_profile_does_not_tell_whether_an_address_is_taken,
    attack_a_known_device_signs_in_whatever_strangers_try,
    attack_guesses_of_the_current_password_are_limited_like_any_others;
None:
    attack_incomplete_bodies_are_limited_and_soon_dropped,
    attack_a_stranger_s_body_is_refused_before_it_is_read;
];

/// Connects and sends the head of a request that declares a body of this length.
async fn half(base: &str, path: &str, headers: &str, length: usize) -> TcpStream {
    let address = base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n{headers}\
         content-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    stream
}

/// The status code of the response, if it arrives in time.
async fn status(stream: &mut TcpStream, within: Duration) -> Option<u16> {
    let mut text = [0; 64];
    let read = tokio::time::timeout(within, stream.read(&mut text)).await;
    let read = read.ok()?.ok()?;
    let text = String::from_utf8_lossy(&text[..read]).into_owned();
    text.split(' ').nth(1)?.parse().ok()
}

async fn attack_a_stranger_s_body_is_refused_before_it_is_read(app: TestApp) {
    let soon = Duration::from_secs(3);
    for (path, headers) in [
        ("/graphql", String::new()),
        ("/graphql", "authorization: Bearer fm_wrong\r\n".to_owned()),
        ("/auth/password", String::new()),
        ("/auth/link", String::new()),
    ] {
        // The declared length is enough: no part of the body was sent.
        let mut stream = half(&app.base, path, &headers, 1_000_000).await;
        assert_eq!(status(&mut stream, soon).await, Some(413), "{path}");
    }
    // A signed-in caller may send that much.
    let a = app.org("A").await;
    let (_, program) = key(&app, a.owner(), Role::Viewer).await;
    let Secret::Key(secret) = &program.secret else {
        panic!("a key")
    };
    let headers = format!("authorization: Bearer {secret}\r\n");
    let mut stream = half(&app.base, "/graphql", &headers, 1_000_000).await;
    assert_eq!(status(&mut stream, Duration::from_millis(500)).await, None);
}

async fn attack_incomplete_bodies_are_limited_and_soon_dropped(app: TestApp) {
    let a = app.org("A").await;
    let (_, program) = key(&app, a.owner(), Role::Viewer).await;
    let Secret::Key(secret) = &program.secret else {
        panic!("a key")
    };
    let headers = format!("authorization: Bearer {secret}\r\n");
    let most = 2 * 1024 * 1024;
    let mut open = Vec::new();
    for _ in 0..60 {
        let mut stream = half(&app.base, "/graphql", &headers, most).await;
        let part = vec![b' '; 1_500_000];
        // The server may already have closed the connection.
        let sent = tokio::time::timeout(Duration::from_secs(5), stream.write_all(&part)).await;
        drop(sent);
        open.push(stream);
    }
    let mut refused = 0;
    for stream in &mut open {
        match status(stream, Duration::from_millis(50)).await {
            Some(429 | 503) => refused += 1,
            None => {}
            Some(other) => panic!("{other}"),
        }
    }
    // Sixteen megabytes from one address are held, not ninety.
    assert!(refused >= 40, "{refused} of 60");
    // Other requests are served in the meantime, and the incomplete bodies are dropped.
    program.data("{ viewer { role } }", json!({})).await;
    drop(open);
    let mut slow = half(&app.base, "/auth/password", "", 100).await;
    slow.write_all(b"{").await.expect("sent");
    let started = Instant::now();
    let end = status(&mut slow, Duration::from_secs(20)).await;
    assert_eq!(end, Some(408));
    assert!(started.elapsed() < Duration::from_secs(15));
}

const PROFILE: &str = "mutation($e: String!) { \
    updateProfile(input: {email: $e}) { viewer { user { email } } } }";

const CHANGE: &str = "mutation($e: String!) { \
    changeEmail(input: {email: $e}) { emailChange { email newConfirmed oldConfirmed } } }";

async fn attack_the_profile_does_not_tell_whether_an_address_is_taken(app: TestApp) {
    let (a, b) = (app.org("A").await, app.org("B").await);
    let (ann, eve) = (&a.owner().caller, &b.owner().caller);
    let taken = json!({ "e": "ann@example.test" });
    ann.data(PROFILE, taken.clone()).await;
    let tried = eve.graphql(PROFILE, taken.clone()).await;
    let seen = eve.data("{ viewer { user { email } } }", json!({})).await;
    assert_eq!(seen["viewer"]["user"]["email"], "ann@example.test");
    let free = eve
        .graphql(PROFILE, json!({ "e": "eve@example.test" }))
        .await;
    assert_eq!(
        free.comparable().replace("eve@", "ann@"),
        tried.comparable(),
        "one answer for both"
    );
    // The same is true of a change.
    let mut answers = Vec::new();
    for email in ["bob@example.test", "ann@example.test"] {
        let changed = eve.graphql(CHANGE, json!({ "e": email })).await;
        answers.push(changed.comparable().replace("bob@", "ann@"));
    }
    assert!(answers[0].contains("ann@example.test"), "{answers:?}");
    assert_eq!(answers[0], answers[1], "one answer for both");
    // The email address still signs in its owner, and nobody else.
    for (caller, password) in [(ann, "password of ann"), (eve, "password of eve")] {
        let set = "mutation($p: String!) { setPassword(input: {newPassword: $p}) { ok } }";
        caller.data(set, json!({ "p": password })).await;
    }
    let sign_in = async |email: &str, password: &str| {
        let body = json!({ "email": email, "password": password });
        app.anonymous()
            .post("/auth/password", &body)
            .await
            .status
            .as_u16()
    };
    assert_eq!(sign_in("ann@example.test", "password of ann").await, 200);
    assert_eq!(sign_in("ann@example.test", "password of eve").await, 401);
    assert_eq!(sign_in("eve@example.test", "password of eve").await, 200);
}

/// A request to sign in with cookies, from an address behind a proxy.
async fn try_from(base: &str, address: &str, device: Option<&str>, password: &str) -> Answer {
    let caller = Caller::new(base, Secret::None);
    let mut request = caller
        .request(Method::POST, "/auth/password")
        .header("x-forwarded-for", address)
        .json(&json!({ "email": "ann@example.test", "password": password }));
    if let Some(device) = device {
        request = request
            .header("cookie", format!("__Host-flowmason-device={device}"))
            .header("origin", base);
    }
    Answer::of(request.send().await.expect("an answer")).await
}

/// The device cookie that the response sets.
fn device_of(answer: &Answer) -> Option<String> {
    answer.headers.get_all("set-cookie").iter().find_map(|one| {
        let rest = one
            .to_str()
            .ok()?
            .strip_prefix("__Host-flowmason-device=")?;
        Some(rest.split(';').next()?.to_owned())
    })
}

/// Whether the correct password is refused while strangers at many addresses use up the account's
/// attempts. One attempt per second is restored, so on a slow machine this needs several tries.
async fn refused_while_many_try(base: &str, device: Option<&str>) -> bool {
    for _ in 0..5 {
        for i in 0..300 {
            let address = format!("192.0.2.{}", i % 250);
            if try_from(base, &address, None, "guess").await.status == 429 {
                break;
            }
        }
        let answer = try_from(base, "198.51.100.10", device, "correct horse").await;
        if answer.status == 429 {
            return true;
        }
    }
    false
}

async fn attack_a_known_device_signs_in_whatever_strangers_try(app: TestApp) {
    let a = app.org("A").await;
    let ann = &a.owner().caller;
    ann.data(PROFILE, json!({ "e": "ann@example.test" })).await;
    let set = "mutation { setPassword(input: {newPassword: \"correct horse\"}) { ok } }";
    ann.data(set, json!({})).await;
    let base = app.serve(|config| {
        config.trusted_proxies = "127.0.0.1".parse().expect("a network");
    });
    let first = try_from(&base, "203.0.113.1", None, "correct horse").await;
    assert_eq!(first.status, 200, "{}", first.text);
    let device = device_of(&first).expect("a device");
    let wrong = try_from(&base, "203.0.113.1", None, "wrong horse").await;
    assert_eq!(wrong.status, 401);
    assert!(device_of(&wrong).is_none());
    assert!(!wrong.text.contains("requestId"), "{}", wrong.text);

    // One address cannot lock out other addresses, however often it tries.
    for _ in 0..100 {
        try_from(&base, "203.0.113.66", None, "guess").await;
    }
    let elsewhere = try_from(&base, "198.51.100.9", None, "correct horse").await;
    assert_eq!(elsewhere.status, 200, "{}", elsewhere.text);
    // Many addresses can, but the owner's own browser is still accepted.
    assert!(refused_while_many_try(&base, None).await);
    // A changed character in the middle, where all bits of each character count.
    let (before, after) = device.split_at(20);
    let other = if after.starts_with('A') { 'B' } else { 'A' };
    let forged = format!("{before}{other}{}", &after[1..]);
    for other in ["fmn_x", &forged, &device[..40]] {
        assert!(refused_while_many_try(&base, Some(other)).await, "{other}");
    }
    let owner = try_from(&base, "198.51.100.11", Some(&device), "correct horse").await;
    assert_eq!(owner.status, 200, "{}", owner.text);
    // The attempts of a known device are limited too.
    let mut refused = 0;
    for _ in 0..15 {
        let guess = try_from(&base, "198.51.100.12", Some(&device), "guess").await;
        refused += usize::from(guess.status == 429);
    }
    assert!(refused >= 5, "{refused}");
}

async fn attack_guesses_of_the_current_password_are_limited_like_any_others(app: TestApp) {
    let a = app.org("A").await;
    let ann = a.owner();
    set_email(&app, ann.user, "ann@example.test").await;
    let set = "mutation($c: String) { \
        setPassword(input: {currentPassword: $c, newPassword: \"correct horse\"}) { ok } }";
    ann.caller.data(set, json!({})).await;
    let mut codes = Vec::new();
    for i in 0..14 {
        let guess = json!({ "c": format!("guess {i} guess") });
        codes.push(ann.caller.code(set, guess).await);
    }
    assert_eq!(codes[..10], vec!["INVALID_INPUT"; 10]);
    assert_eq!(codes[10..], vec!["RATE_LIMITED"; 4]);
    // Another session of the person is not locked out, and the audit log has each wrong attempt.
    let (_, token) = crate::harness::people::new_session(&app, ann.user, 3_600).await;
    let other = Caller::new(&app.base, Secret::Session(token));
    other.data(set, json!({ "c": "correct horse" })).await;
    let log = domain::audit::list(&ann.ctx, 100).await.expect("the log");
    let refused = log
        .iter()
        .filter(|row| row.action == "profile.password_refused");
    assert_eq!(refused.count(), 10);
    let _ = identity::viewer(&ann.ctx).await.expect("still signed in");
}
