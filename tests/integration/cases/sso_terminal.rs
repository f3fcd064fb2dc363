//! A terminal under enforced single sign-on: only a session of the provider connects it. S22.

use serde_json::json;

use super::sso_enforced::{Company, names_the_way_in};
use crate::{
    cases,
    harness::{
        Caller, TestApp,
        applications::{allow_device, post},
        callers::Secret,
    },
};

cases![Shared:
    s22_only_a_session_of_the_provider_connects_a_terminal,
];

const SHOWN: &str = "query($code: String!) { deviceRequest(code: $code) { applicationName } }";
const ALLOW: &str = "mutation($code: String!) { \
    answerDevice(input: {code: $code, allow: true}) { allowed } }";
const FLOW: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn s22_only_a_session_of_the_provider_connects_a_terminal(app: TestApp) {
    let Some(company) = Company::new(&app).await else {
        return;
    };
    company.enforce().await;
    let base = &company.app.base;
    let client = ("client_id", "flowmason-cli");
    let codes = post(base, "/oauth/device_authorization", &[client]).await;
    let codes = codes.json();
    let code = codes["user_code"].as_str().expect("a code");
    let device = codes["device_code"].as_str().expect("a code");

    // The page of the device shows the provider to whoever came by another way.
    let by_password = company.at(&company.alice);
    for document in [SHOWN, ALLOW] {
        let refused = by_password.graphql(document, json!({ "code": code })).await;
        names_the_way_in(&refused, &company);
    }

    allow_device(&company.browser.caller(), code).await;
    let form = [client, ("grant_type", FLOW), ("device_code", device)];
    let answer = post(base, "/oauth/token", &form).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let token = answer.json()["access_token"].as_str().map(str::to_owned);
    let terminal = Caller::new(base, Secret::Key(token.expect("a token")));
    let seen = "{ viewer { organization { name } } }";
    let seen = terminal.data(seen, json!({})).await;
    assert_eq!(seen["viewer"]["organization"]["name"], "A");
}
