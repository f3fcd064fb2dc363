//! Requests of runs to URLs that customers choose: names that change their address, and redirects.

use components::http::OutboundConfig;
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Caller, TestApp,
        pipelines::{create, finished, text},
        site::{NOWHERE, Names, Site},
    },
};

cases![Shared:
    u05_a_name_that_turns_private_after_its_first_lookup_leads_nowhere,
    u06_redirects_of_every_kind_to_the_internal_network_are_refused,
    u06_secrets_stay_with_their_origin_whatever_the_redirect;
];

const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];

/// The values in the request's headers that only its first server may see.
const SECRETS: [&str; 3] = ["Bearer s3cret-1", "s3cret-2", "session=s3cret-3"];

/// A stage that sends secrets to the URL in the run's input.
fn caller() -> String {
    json!({ "name": "Caller", "stages": [
        { "id": "call", "component": "http_request", "config": {
            "url": "{{input.url}}", "method": "POST", "body": "the body", "timeout": 3,
            "headers": { "Authorization": SECRETS[0], "X-Api-Key": SECRETS[1], "Cookie": SECRETS[2] },
        } },
    ] })
    .to_string()
}

/// Runs the pipeline with a URL. Returns the run's status and its error.
async fn call(owner: &Caller, pipeline: &str, url: &str) -> (String, Json) {
    const ERROR: &str = "query($id: ID!) { run(id: $id) { error { code message stage } } }";
    const START: &str = "mutation($pipeline: ID!, $input: JSON!) { \
        startRun(input: {pipelineId: $pipeline, input: $input}) { run { id } } }";
    let variables = json!({ "pipeline": pipeline, "input": { "url": url } });
    let data = owner.data(START, variables).await;
    let run = text(&data["startRun"]["run"]["id"]);
    let status = finished(owner, &run).await;
    let data = owner.data(ERROR, json!({ "id": run })).await;
    (status, data["run"]["error"].clone())
}

async fn u05_a_name_that_turns_private_after_its_first_lookup_leads_nowhere(app: TestApp) {
    let inside = Site::start("127.0.0.1", |_| (200, None)).await;
    let port = inside
        .address
        .rsplit(':')
        .next()
        .expect("a port")
        .to_owned();
    let names = Names::start(NOWHERE, [127, 0, 0, 1].into()).await;
    let url = format!("http://rebind.example.com:{port}/");
    let location = url.clone();
    let start = Site::start("127.0.0.1", move |_| (307, Some(location.clone()))).await;
    app.work_with(OutboundConfig {
        allow: vec![start.address.clone()],
        name_servers: vec![names.address.clone()],
    });
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &caller()).await;

    let (status, error) = call(owner, &pipeline, &url).await;
    assert_eq!((status.as_str(), names.lookups()), ("FAILED", 1), "{error}");
    assert_ne!(error["code"], "ADDRESS_NOT_ALLOWED", "{error}");
    // From now on the name is private, for a URL in the pipeline as for one in a redirect.
    let redirect = format!("http://{}/", start.address);
    for url in [&url, &redirect] {
        let (status, error) = call(owner, &pipeline, url).await;
        assert_eq!(status, "FAILED", "{url}");
        assert_eq!(error["code"], "ADDRESS_NOT_ALLOWED", "{url}: {error}");
    }
    assert_eq!((start.seen().len(), names.lookups()), (1, 3));
    assert_eq!(inside.seen(), Vec::<String>::new());
}

async fn u06_redirects_of_every_kind_to_the_internal_network_are_refused(app: TestApp) {
    let inside = Site::start("127.0.0.2", |_| (200, None)).await;
    let targets = [
        format!("http://{}/", inside.address),
        format!("//{}/", inside.address),
        "http://localhost/".to_owned(),
        "http://10.0.0.1/".to_owned(),
        "http://[::1]/".to_owned(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        format!("http://user:password@{}/", inside.address),
        "file:///etc/passwd".to_owned(),
        format!("gopher://{}/", inside.address),
        format!("\\\\{}\\x", inside.address),
    ];
    let to = targets.clone();
    // `/STATUS/NUMBER` redirects to a target; `/STATUS/NUMBER/` does so after a relative redirect.
    let start = Site::start("127.0.0.1", move |path| {
        let mut parts = path.split('/').skip(1);
        let status = parts.next().and_then(|part| part.parse().ok());
        let number = parts.next().and_then(|part| part.parse::<usize>().ok());
        let (Some(status), Some(number)) = (status, number) else {
            return (404, None);
        };
        match parts.next() {
            Some(_) => (status, Some(format!("../{number}"))),
            None => (status, Some(to[number].clone())),
        }
    })
    .await;
    app.work_with(OutboundConfig::from_list(&start.address));
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &caller()).await;
    let mut requests = 0;
    for status in STATUSES {
        for (number, target) in targets.iter().enumerate() {
            for (hops, end) in [(1, ""), (2, "/")] {
                let url = format!("http://{}/{status}/{number}{end}", start.address);
                let (ended, error) = call(owner, &pipeline, &url).await;
                let case = format!("{status} to {target} after {hops}: {error}");
                assert_eq!(ended, "FAILED", "{case}");
                assert_eq!(error["code"], "ADDRESS_NOT_ALLOWED", "{case}");
                assert_eq!(error["stage"], "call", "{case}");
                // It names the address as the redirect does, and nothing else of the target.
                let message = text(&error["message"]);
                assert!(message.contains("Address not allowed"), "{case}");
                assert!(
                    !message.contains("127.0.0") || target.contains("127.0.0"),
                    "{case}"
                );
                requests += hops;
                assert_eq!(start.seen().len(), requests, "{case}");
            }
        }
    }
    assert_eq!(inside.seen(), Vec::<String>::new());
}

async fn u06_secrets_stay_with_their_origin_whatever_the_redirect(app: TestApp) {
    let other = Site::start("127.0.0.1", |_| (200, None)).await;
    let away = other.address.clone();
    // `/STATUS/here` stays, `/STATUS/there` and `/STATUS/scheme` go to the other origin.
    let start = Site::start("127.0.0.1", move |path| {
        let mut parts = path.split('/').skip(1);
        let status = parts.next().and_then(|part| part.parse().ok());
        let target = match parts.next() {
            Some("here") => "/end".to_owned(),
            Some("there") => format!("http://{away}/end"),
            Some("scheme") => format!("//{away}/end"),
            _ => return (200, None),
        };
        status.map_or((404, None), |status| (status, Some(target)))
    })
    .await;
    app.work_with(OutboundConfig {
        allow: vec![start.address.clone(), other.address.clone()],
        ..OutboundConfig::default()
    });
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &caller()).await;
    for status in STATUSES {
        let keeps = matches!(status, 307 | 308);
        for (kind, site, with_secrets) in [
            ("here", &start, true),
            ("there", &other, false),
            ("scheme", &other, false),
        ] {
            let url = format!("http://{}/{status}/{kind}", start.address);
            let (ended, error) = call(owner, &pipeline, &url).await;
            let seen = site.seen().pop().expect("a request");
            let case = format!("{status} {kind}: {error}\n{seen}");
            assert_eq!(ended, "SUCCEEDED", "{case}");
            let method = if keeps { "POST /end " } else { "GET /end " };
            assert!(seen.starts_with(method), "{case}");
            assert_eq!(seen.ends_with("the body"), keeps, "{case}");
            for secret in SECRETS {
                assert_eq!(seen.contains(secret), with_secrets, "{secret} in {case}");
            }
        }
    }
}
