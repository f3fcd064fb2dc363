//! Deliveries that the senders' own packages sign (`tests/peers/webhooks`): `@octokit/webhooks-methods`,
//! `stripe`, `standardwebhooks`, and Slack's documented formula.

use std::{
    io::{BufRead, BufReader, Lines, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Map, Value as Json, json};

use super::webhooks::{deliver, runs, with_secret};
use crate::{
    cases,
    harness::{
        TestApp, peer,
        pipelines::{chain, create},
    },
};

cases![Shared:
    w01_what_the_senders_own_packages_sign_is_accepted_and_nothing_else,
    w02_what_the_senders_own_packages_signed_long_ago_is_refused,
];

/// A scheme, and the header with its signature.
const SCHEMES: [(&str, &str); 4] = [
    ("github", "x-hub-signature-256"),
    ("stripe", "stripe-signature"),
    ("standard", "webhook-signature"),
    ("slack", "x-slack-signature"),
];

/// Those that sign a time.
const TIMED: [&str; 3] = ["stripe", "standard", "slack"];

/// More bytes than letters, and an id where each scheme looks for one.
const BODY: &str =
    "{\"id\": \"evt_1\",\n \"event_id\": \"Ev1\", \"value\": \"Gr\u{fc}\u{df}e, 100 \u{20ac}\"}";

/// A program that signs as the senders do.
struct Signer {
    program: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Drop for Signer {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

impl Signer {
    /// `None` if no Node is named; in CI that is a failure.
    fn start() -> Option<Self> {
        let node = peer::program("FLOWMASON_TEST_NODE", "signer of webhooks")?;
        let mut program = Command::new(node)
            .arg(peer::file("webhooks/sign.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("FLOWMASON_TEST_NODE starts");
        let input = program.stdin.take().expect("piped");
        let output = BufReader::new(program.stdout.take().expect("piped")).lines();
        Some(Self {
            program,
            input,
            output,
        })
    }

    /// The headers of a delivery of `BODY`.
    fn sign(&mut self, scheme: &str, secret: &str, time: i64) -> Map<String, Json> {
        let wanted = json!({ "scheme": scheme, "secret": secret, "body": BODY, "id": "msg_1",
            "time": time });
        writeln!(self.input, "{wanted}").expect("it reads");
        let line = self.output.next();
        let line = line.expect("are the packages of tests/peers/webhooks installed?");
        serde_json::from_str(&line.expect("a line")).expect("headers")
    }
}

fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

fn listed(headers: &Map<String, Json>) -> Vec<(&str, &str)> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str().expect("a text")))
        .collect()
}

fn definition(scheme: &str) -> Json {
    json!({ "type": "webhook", "name": scheme, "signature": scheme })
}

async fn w01_what_the_senders_own_packages_sign_is_accepted_and_nothing_else(app: TestApp) {
    let Some(mut signer) = Signer::start() else {
        return;
    };
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(1)).await;
    for (number, (scheme, name)) in SCHEMES.into_iter().enumerate() {
        let (path, secret) = with_secret(owner, &pipeline, &definition(scheme)).await;
        let right = signer.sign(scheme, &secret, now());
        let mut changed = right.clone();
        let mut signature = right[name].as_str().expect("a text").to_owned();
        let last = signature.pop().expect("a letter");
        signature.push(if last == '0' { '1' } else { '0' });
        changed.insert(name.to_owned(), signature.into());
        let mut missing = right.clone();
        missing.remove(name);
        // It is base64, too, which standard webhooks need.
        let other = signer.sign(scheme, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", now());
        let spaced = format!("{BODY} ");
        for (what, headers, body) in [
            ("a changed signature", &changed, BODY),
            ("no signature", &missing, BODY),
            ("another secret", &other, BODY),
            ("another body", &right, spaced.as_str()),
        ] {
            let answer = deliver(&app, &path, &listed(headers), body.to_owned()).await;
            assert_eq!(answer.status, 401, "{scheme}, {what}: {}", answer.text);
        }
        assert_eq!(runs(owner).await, number, "{scheme}");
        let first = deliver(&app, &path, &listed(&right), BODY).await;
        assert_eq!(first.status, 202, "{scheme}: {}", first.text);
        assert_eq!(first.json()["state"], "fired", "{scheme}");
        // The sender tries again: it signs another time, and the id is the same.
        let again = signer.sign(scheme, &secret, now() + 1);
        let again = deliver(&app, &path, &listed(&again), BODY).await;
        assert_eq!(first.comparable(), again.comparable(), "{scheme}");
        assert_eq!(runs(owner).await, number + 1, "{scheme}");
    }
}

async fn w02_what_the_senders_own_packages_signed_long_ago_is_refused(app: TestApp) {
    let Some(mut signer) = Signer::start() else {
        return;
    };
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(1)).await;
    for scheme in TIMED {
        let (path, secret) = with_secret(owner, &pipeline, &definition(scheme)).await;
        for away in [-3_600, 3_600] {
            let headers = signer.sign(scheme, &secret, now() + away);
            let answer = deliver(&app, &path, &listed(&headers), BODY).await;
            assert_eq!(answer.status, 401, "{scheme}, {away}: {}", answer.text);
        }
    }
    assert_eq!(runs(owner).await, 0);
}
