//! Domains and their proofs against a real DNS server, in its ways to fail.

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{Caller, TestApp, dns::Dns},
};

cases![Shared:
    a_domain_is_proved_by_its_record_among_others_and_by_no_other_value,
    a_name_server_that_fails_proves_nothing_and_takes_no_proof_away,
    a_record_is_found_over_tcp_when_the_answer_is_truncated_or_has_many_records,
    a_domain_that_another_organization_has_proved_is_refused_only_to_who_controls_it,
    a_worker_checks_a_claim_by_itself,
];

const CLAIM: &str = "mutation($name: String!) { claimDomain(input: {name: $name}) { \
    domain { id status recordName recordValue problem } } }";
const CHECK: &str = "mutation($id: ID!) { checkDomain(input: {id: $id}) { \
    domain { status problem provedAt missingSince } } }";
const REMOVE: &str = "mutation($id: ID!) { removeDomain(input: {id: $id}) { removedId } }";

/// A claimed domain.
struct Claim {
    id: String,
    name: String,
    value: String,
}

/// The application with this name server.
async fn with_names(app: &TestApp, dns: &Dns) -> TestApp {
    app.again(|own| own.name_servers = vec![dns.address()])
        .await
}

async fn claim(caller: &Caller, name: &str) -> Claim {
    let data = caller.data(CLAIM, json!({ "name": name })).await;
    let domain = &data["claimDomain"]["domain"];
    assert_eq!(domain["status"], "PENDING");
    assert_eq!(domain["problem"], Json::Null);
    let text = |field: &str| domain[field].as_str().expect("a text").to_owned();
    Claim {
        id: text("id"),
        name: text("recordName"),
        value: text("recordValue"),
    }
}

/// Checks a domain now. Returns its status and its problem.
async fn check(caller: &Caller, claim: &Claim) -> (String, Option<String>) {
    // A check sooner than this has the result of the one before.
    tokio::time::sleep(Duration::from_millis(2_050)).await;
    let data = caller.data(CHECK, json!({ "id": claim.id })).await;
    let domain = &data["checkDomain"]["domain"];
    let text = |field: &str| domain[field].as_str().map(str::to_owned);
    (text("status").expect("a status"), text("problem"))
}

async fn is(caller: &Caller, claim: &Claim, status: &str, problem: Option<&str>) {
    let found = check(caller, claim).await;
    assert_eq!((found.0.as_str(), found.1.as_deref()), (status, problem));
}

async fn a_domain_is_proved_by_its_record_among_others_and_by_no_other_value(app: TestApp) {
    let Some(dns) = Dns::start() else { return };
    let app = with_names(&app, &dns).await;
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let own = claim(owner, "Bücher.example.").await;
    assert_eq!(own.name, "_flowmason.xn--bcher-kva.example");
    is(owner, &own, "PENDING", Some("NO_RECORD")).await;
    // A wrong value, and the right one at the domain itself.
    dns.publish(&own.name, "flowmason-domain-verification=wrong")
        .await;
    dns.publish("xn--bcher-kva.example", &own.value).await;
    is(owner, &own, "PENDING", Some("OTHER_VALUE")).await;
    dns.publish(&own.name, &own.value).await;
    is(owner, &own, "PROVED", None).await;
    dns.remove(&own.name).await;
    is(owner, &own, "MISSING", Some("NO_RECORD")).await;
    dns.publish(&own.name, &own.value).await;
    is(owner, &own, "PROVED", None).await;
    let data = owner.data(REMOVE, json!({ "id": own.id })).await;
    assert_eq!(data["removeDomain"]["removedId"], own.id.as_str());
    // A claim after the removal has another value.
    let again = claim(owner, "bücher.example").await;
    is(owner, &again, "PENDING", Some("OTHER_VALUE")).await;
    let wrong = "query { domains { name } } ";
    let data = owner.data(wrong, json!({})).await;
    assert_eq!(
        data["domains"],
        json!([{ "name": "xn--bcher-kva.example" }])
    );
    // No question was about another name, such as one with a search domain.
    let asked = dns.asked().await;
    assert!(!asked.is_empty() && asked.iter().all(|one| one == &format!("udp {}", own.name)));
}

async fn a_name_server_that_fails_proves_nothing_and_takes_no_proof_away(app: TestApp) {
    let Some(dns) = Dns::start() else { return };
    let app = with_names(&app, &dns).await;
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let own = claim(owner, "example.com").await;
    dns.publish(&own.name, &own.value).await;
    for (mode, problem) in [("servfail", "SERVER_FAILED"), ("timeout", "NO_ANSWER")] {
        dns.mode(mode).await;
        is(owner, &own, "PENDING", Some(problem)).await;
    }
    dns.mode("ok").await;
    is(owner, &own, "PROVED", None).await;
    for (mode, problem) in [
        ("servfail", "SERVER_FAILED"),
        ("refused", "SERVER_FAILED"),
        ("timeout", "NO_ANSWER"),
    ] {
        dns.mode(mode).await;
        is(owner, &own, "PROVED", Some(problem)).await;
    }
    dns.mode("ok").await;
    is(owner, &own, "PROVED", None).await;
}

async fn a_record_is_found_over_tcp_when_the_answer_is_truncated_or_has_many_records(app: TestApp) {
    let Some(dns) = Dns::start() else { return };
    let app = with_names(&app, &dns).await;
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let own = claim(owner, "example.com").await;
    dns.mode("truncate").await;
    is(owner, &own, "PENDING", Some("NO_RECORD")).await;
    for n in 0..60 {
        dns.publish(&own.name, &format!("{n} {}", "x".repeat(300)))
            .await;
    }
    is(owner, &own, "PENDING", Some("OTHER_VALUE")).await;
    dns.publish(&own.name, &own.value).await;
    is(owner, &own, "PROVED", None).await;
    let asked = dns.asked().await;
    assert!(asked.iter().any(|one| one.starts_with("tcp ")), "{asked:?}");
}

async fn a_domain_that_another_organization_has_proved_is_refused_only_to_who_controls_it(
    app: TestApp,
) {
    let Some(dns) = Dns::start() else { return };
    let app = with_names(&app, &dns).await;
    let (a, b) = (app.org("A").await, app.org("B").await);
    let (a, b) = (&a.owner().caller, &b.owner().caller);
    let first = claim(a, "example.com").await;
    dns.publish(&first.name, &first.value).await;
    is(a, &first, "PROVED", None).await;
    // The claim and its checks look like those of a domain that nobody has proved.
    let second = claim(b, "example.com").await;
    is(b, &second, "PENDING", Some("OTHER_VALUE")).await;
    dns.publish(&second.name, &second.value).await;
    is(b, &second, "PENDING", Some("PROVED_ELSEWHERE")).await;
    a.data(REMOVE, json!({ "id": first.id })).await;
    is(b, &second, "PROVED", None).await;
}

async fn a_worker_checks_a_claim_by_itself(app: TestApp) {
    let Some(dns) = Dns::start() else { return };
    let app = with_names(&app, &dns).await;
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let own = claim(owner, "example.com").await;
    dns.publish(&own.name, &own.value).await;
    app.sql("UPDATE domains SET next_check_at = created_at")
        .await;
    app.work();
    for _ in 0..600 {
        let data = owner.data("{ domains { status } }", json!({})).await;
        if data["domains"] == json!([{ "status": "PROVED" }]) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the domain was not proved within a minute");
}
