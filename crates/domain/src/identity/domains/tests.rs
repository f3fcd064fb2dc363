//! Domains on both databases: who can prove one, and what the answers of name servers change. The
//! lookups themselves are tested against a real name server (`tests/integration/cases/domains.rs`).

use types::ErrorCode;

use super::*;
use crate::{
    identity::scim,
    members,
    paging::Page,
    testing::{TestApp, on_each_database},
};

type Answer = Result<(), Problem>;

const GONE: Answer = Err(Problem::NoRecord);
const SILENT: Answer = Err(Problem::NoAnswer);
const ADDRESS: &str = "Bo@Example.COM";

/// Stores the result of a check.
async fn answered(ctx: &Ctx, id: DomainId, answer: Answer) -> Domain {
    ctx.clock().advance(Duration::seconds(1));
    let row = repo::find(ctx, id).await.unwrap().unwrap();
    check::apply(ctx, row, answer).await.unwrap();
    get_domain(ctx, id).await.unwrap()
}

async fn owner_of(app: &TestApp, address: &str) -> Option<OrgId> {
    proved_by(&app.app, address).await.unwrap()
}

async fn actions(ctx: &Ctx) -> Vec<String> {
    let log = audit::list(ctx, 100).await.unwrap();
    let own = log.into_iter().map(|row| row.action);
    let mut own: Vec<_> = own.filter(|action| action.starts_with("domain.")).collect();
    own.reverse();
    own
}

async fn due(app: &TestApp, wait: Duration) -> usize {
    app.app.clock().advance(wait);
    enqueue_checks(&SystemCtx::new(&app.app)).await.unwrap()
}

#[tokio::test]
async fn a_domain_belongs_to_the_one_organization_that_proves_it_and_a_claim_reveals_nothing() {
    on_each_database(|app| async move {
        let (a, session) = app.owner().await;
        let b = app.elsewhere(&a, &session).await;
        let of_a = claim_domain(&a, "Example.com.").await.unwrap();
        assert_eq!(
            (of_a.name.as_str(), of_a.status),
            ("example.com", DomainStatus::Pending)
        );
        assert_eq!(of_a.record_name, "_flowmason.example.com");
        assert_eq!(owner_of(&app, ADDRESS).await, None);
        let of_a = answered(&a, of_a.id, Ok(())).await;
        assert_eq!(of_a.status, DomainStatus::Proved);
        assert_eq!(owner_of(&app, ADDRESS).await, Some(a.org));
        assert!(is_proved(&app.app, a.org, ADDRESS).await.unwrap());
        assert!(!is_proved(&app.app, b.org, ADDRESS).await.unwrap());
        // The proof is for exactly this domain.
        for other in [
            "bo@mail.example.com",
            "bo@notexample.com",
            "bo@com",
            "bo",
            "",
        ] {
            assert_eq!(owner_of(&app, other).await, None, "{other}");
        }

        // The other organization gets a record of its own, and the same answers as for any domain.
        let of_b = claim_domain(&b, "example.com").await.unwrap();
        assert_eq!((of_b.status, of_b.problem), (DomainStatus::Pending, None));
        assert_ne!(of_b.record_value, of_a.record_value);
        let of_b = answered(&b, of_b.id, GONE).await;
        assert_eq!(of_b.problem, Some(Problem::NoRecord));
        // Only with the record in place does it learn that the domain is taken.
        let of_b = answered(&b, of_b.id, Ok(())).await;
        assert_eq!(
            (of_b.status, of_b.problem),
            (DomainStatus::Pending, Some(Problem::ProvedElsewhere))
        );
        assert_eq!(owner_of(&app, ADDRESS).await, Some(a.org));

        remove_domain(&a, of_a.id).await.unwrap();
        assert_eq!(owner_of(&app, ADDRESS).await, None);
        assert_eq!(
            answered(&b, of_b.id, Ok(())).await.status,
            DomainStatus::Proved
        );
        assert_eq!(owner_of(&app, ADDRESS).await, Some(b.org));
        assert_eq!(
            actions(&a).await,
            ["domain.claim", "domain.prove", "domain.remove"]
        );
        assert_eq!(actions(&b).await, ["domain.claim", "domain.prove"]);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn of_two_organizations_that_publish_their_records_at_the_same_time_one_proves_the_domain() {
    on_each_database(|app| async move {
        let (a, session) = app.owner().await;
        let b = app.elsewhere(&a, &session).await;
        let of_a = claim_domain(&a, "example.com").await.unwrap();
        let of_b = claim_domain(&b, "example.com").await.unwrap();
        let (a_row, b_row) = (repo::find(&a, of_a.id), repo::find(&b, of_b.id));
        let (a_row, b_row) = (a_row.await.unwrap().unwrap(), b_row.await.unwrap().unwrap());
        let (one, two) = tokio::join!(
            check::apply(&a, a_row, Ok(())),
            check::apply(&b, b_row, Ok(()))
        );
        one.unwrap();
        two.unwrap();
        let (of_a, of_b) = (get_domain(&a, of_a.id), get_domain(&b, of_b.id));
        let mut ends = [of_a.await.unwrap().problem, of_b.await.unwrap().problem];
        ends.sort_by_key(Option::is_some);
        assert_eq!(ends, [None, Some(Problem::ProvedElsewhere)]);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_proof_ends_a_week_after_the_record_is_gone_and_no_answer_counts_for_nothing() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let id = claim_domain(&ctx, "example.com").await.unwrap().id;
        answered(&ctx, id, Ok(())).await;
        for unclear in [SILENT, Err(Problem::ServerFailed)] {
            ctx.clock().advance(Duration::days(30));
            let domain = answered(&ctx, id, unclear).await;
            assert_eq!(
                (domain.status, domain.problem),
                (DomainStatus::Proved, unclear.err())
            );
        }
        let missing = answered(&ctx, id, GONE).await;
        assert_eq!(missing.status, DomainStatus::Missing);
        let until = missing.missing_since.unwrap() + GRACE;
        // A worker that stands still, or silent name servers, do not keep it proved.
        ctx.clock().advance(GRACE);
        assert_eq!(owner_of(&app, ADDRESS).await, None);
        ctx.clock().advance(-GRACE);
        assert_eq!(missing.proved_until, Some(until));
        assert_eq!(owner_of(&app, ADDRESS).await, Some(ctx.org));
        // It comes back in time, and is missing again from then on.
        assert_eq!(
            answered(&ctx, id, Ok(())).await.status,
            DomainStatus::Proved
        );
        answered(&ctx, id, Err(Problem::OtherValue)).await;
        ctx.clock().advance(GRACE - Duration::seconds(2));
        assert_eq!(answered(&ctx, id, GONE).await.status, DomainStatus::Missing);
        ctx.clock().advance(Duration::seconds(2));
        let lost = answered(&ctx, id, GONE).await;
        assert_eq!(
            (lost.status, lost.proved_at, lost.proved_until),
            (DomainStatus::Lost, None, None)
        );
        assert_eq!(owner_of(&app, ADDRESS).await, None);
        assert_eq!(
            answered(&ctx, id, Ok(())).await.status,
            DomainStatus::Proved
        );
        let wanted = [
            "domain.claim",
            "domain.prove",
            "domain.proof_missing",
            "domain.proof_found",
            "domain.proof_missing",
            "domain.proof_lost",
            "domain.prove",
        ];
        assert_eq!(actions(&ctx).await, wanted);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn checks_are_enqueued_when_due_once_and_until_a_claim_is_a_month_old() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let id = claim_domain(&ctx, "example.com").await.unwrap().id;
        assert_eq!(due(&app, Duration::minutes(9)).await, 0);
        assert_eq!(due(&app, Duration::minutes(1)).await, 1);
        assert_eq!(due(&app, Duration::zero()).await, 0);
        // A check that left no result is enqueued again.
        assert_eq!(due(&app, LOST_AFTER).await, 1);
        answered(&ctx, id, GONE).await;
        assert_eq!(due(&app, Duration::hours(1)).await, 1);
        app.app.clock().advance(Duration::days(4));
        answered(&ctx, id, GONE).await;
        assert_eq!(due(&app, Duration::hours(11)).await, 0);
        assert_eq!(due(&app, Duration::hours(1)).await, 1);
        app.app.clock().advance(Duration::days(30));
        answered(&ctx, id, GONE).await;
        assert_eq!(due(&app, Duration::days(400)).await, 0);
        // A proved one is looked up for as long as it is there.
        answered(&ctx, id, Ok(())).await;
        assert_eq!(due(&app, Duration::hours(11)).await, 0);
        assert_eq!(due(&app, Duration::hours(1)).await, 1);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_claim_is_refused_twice_and_beyond_the_limit_and_a_removal_needs_a_fresh_proof() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let first = claim_domain(&ctx, "bücher.example").await.unwrap();
        assert_eq!(first.shown, "bücher.example");
        let twice = claim_domain(&ctx, "XN--BCHER-KVA.example")
            .await
            .unwrap_err();
        assert_eq!(twice.code, ErrorCode::Conflict);
        for n in 1..MOST {
            claim_domain(&ctx, &format!("d{n}.example")).await.unwrap();
        }
        let more = claim_domain(&ctx, "more.example").await.unwrap_err();
        assert_eq!(more.code, ErrorCode::QuotaExceeded);
        ctx.clock().advance(Duration::minutes(11));
        let stale = remove_domain(&ctx, first.id).await.unwrap_err();
        assert_eq!(stale.code, ErrorCode::StepUpRequired);
        let fresh = Ctx {
            proved_at: Some(ctx.clock().now()),
            ..ctx.clone()
        };
        remove_domain(&fresh, first.id).await.unwrap();
        let gone = remove_domain(&fresh, first.id).await.unwrap_err();
        assert_eq!(gone.code, ErrorCode::NotFound);
        // A new claim has a new record, so a record that was left behind proves nothing.
        let again = claim_domain(&fresh, "bücher.example").await.unwrap();
        assert_ne!(again.record_value, first.record_value);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn provisioned_people_who_wait_for_a_proof_join_when_there_is_one() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let new = scim::NewScimToken {
            name: "Okta".to_owned(),
            expires_at: None,
        };
        let (_, secret) = scim::create_scim_token(&owner, new).await.unwrap();
        let provider = scim::authenticate(&app.app, Some(&secret), "test".into());
        let provider = provider.await.unwrap();
        let user = json!({ "userName": "ada@example.com" });
        scim::users::create(&provider, user.as_object().unwrap())
            .await
            .unwrap();
        let jobs = async || {
            let jobs = queue::list(&owner, &Page::default(), None).await.unwrap();
            let settle = |job: &&(String, queue::JobDetails)| job.1.kind == "provisioning.settle";
            jobs.edges.iter().filter(settle).count()
        };
        let id = claim_domain(&owner, "example.com").await.unwrap().id;
        answered(&owner, id, GONE).await;
        assert_eq!(jobs().await, 0);
        answered(&owner, id, Ok(())).await;
        assert_eq!(jobs().await, 1);

        let system = Ctx {
            org: owner.org,
            ..Ctx::of_server(&app.app, "provisioning", "test")
        };
        assert_eq!(scim::settle_all(&system).await.unwrap(), 1);
        assert_eq!(scim::settle_all(&system).await.unwrap(), 0);
        let all = members::list(&owner, &Page::default()).await.unwrap();
        let ada = all.edges.iter().map(|(_, member)| member.email.as_deref());
        assert!(
            ada.into_iter()
                .any(|email| email == Some("ada@example.com"))
        );

        // Nobody waits any more, so nothing is done for another domain.
        let other = claim_domain(&owner, "example.net").await.unwrap().id;
        answered(&owner, other, Ok(())).await;
        assert_eq!(jobs().await, 1);
        app.close().await;
    })
    .await;
}

#[test]
fn a_record_is_found_among_others_and_with_the_quotes_of_a_form() {
    let texts = |all: &[&str]| all.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    let value = record::value("abc");
    for (all, found) in [
        (texts(&["v=spf1 -all", &value]), true),
        (texts(&[&format!(" \"{value}\" ")]), true),
        (texts(&[&format!("{value}d")]), false),
        (texts(&[&value.to_uppercase()]), false),
        (texts(&["abc", ""]), false),
        (texts(&[]), false),
    ] {
        assert_eq!(record::is_among("abc", &all), found, "{all:?}");
    }
}
