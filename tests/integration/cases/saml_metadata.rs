//! The metadata at the address of a SAML provider, which a worker reads again: new certificates, and
//! documents that cannot be taken over. With a real provider.

use std::time::Duration;

use domain::{Role, audit};
use reqwest::StatusCode;
use serde_json::{Value as Json, json};

use super::saml::{Set, set};
use crate::{
    cases,
    harness::{
        TestApp,
        people::set_email,
        saml::{UPDATE, between},
    },
};

cases![Shared:
    new_certificates_at_the_address_count_and_the_old_ones_do_not_any_more,
    a_certificate_at_the_address_is_believed_as_far_as_who_entered_the_address,
    metadata_that_cannot_be_taken_over_changes_nothing_and_is_shown,
    certificates_that_somebody_entered_stay,
    who_replaces_entered_certificates_by_the_address_is_believed_as_far_as_they_are,
    a_change_that_takes_long_does_not_undo_a_later_one,
];

const SHOWN: &str = "{ ssoProviders { lastProblem lastProblemAt saml { metadataReadAt \
    metadataFailedAt followsMetadata certificates { fingerprint } } } }";

/// A provider whose metadata is at its address.
async fn by_address(app: &TestApp) -> Option<Set> {
    let set = set(app, |_| {}).await?;
    let address = set.saml.at("/metadata");
    set.update(&set.owner(), |all| {
        all["saml"] = json!({ "metadataUrl": address });
    })
    .await;
    Some(set)
}

impl Set {
    /// Makes an owner of whoever signs in.
    async fn enter_an_owner(&self) {
        let caller = self.enter().await.caller();
        let seen = caller.data("{ viewer { user { id } } }", json!({})).await;
        let user = seen["viewer"]["user"]["id"].as_str();
        let user = user.and_then(|id| id.parse().ok()).expect("an id");
        self.promote(user).await;
    }

    /// The provider, as its administrator sees it.
    async fn shown(&self) -> Json {
        let shown = self.owner().data(SHOWN, json!({})).await;
        shown["ssoProviders"][0].clone()
    }

    /// Lets a worker read the metadata again. Returns the provider afterwards.
    async fn read_again(&self) -> Json {
        let times = |shown: &Json| {
            let saml = &shown["saml"];
            (
                saml["metadataReadAt"].clone(),
                saml["metadataFailedAt"].clone(),
            )
        };
        let before = times(&self.shown().await);
        self.app
            .sql(
                "UPDATE saml_settings SET metadata_next_at = metadata_read_at \
                  WHERE metadata_next_at IS NOT NULL",
            )
            .await;
        self.app.work();
        for _ in 0..600 {
            if times(&self.shown().await) != before {
                self.app.stop_workers().await;
                // An answer is read by several statements, and the change may fall between them.
                return self.shown().await;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the metadata was not read within a minute");
    }

    /// Publishes metadata with these certificates.
    async fn publish(&self, names: &[&str]) {
        self.saml.ctl(json!({ "metadata": null })).await;
        let own = self.saml.metadata().await;
        let pems: Vec<String> = names.iter().map(|name| self.saml.file(name)).collect();
        let text = with_certificates(&own, &pems);
        self.saml
            .ctl(json!({ "metadata": { "status": 200, "text": text } }))
            .await;
    }
}

/// The provider's metadata with other signing certificates.
fn with_certificates(own: &str, pems: &[String]) -> String {
    let first = own.find("KeyDescriptor").expect("a key");
    let begin = own[..first].rfind('<').expect("an element");
    let end = own.find("KeyDescriptor>").expect("an end") + "KeyDescriptor>".len();
    let (_, rest) = own[begin..end]
        .split_once("X509Certificate>")
        .expect("a certificate");
    let known = rest.split('<').next().expect("a certificate");
    let blocks: String = pems
        .iter()
        .map(|pem| {
            let lines = pem.lines().filter(|line| !line.starts_with('-'));
            own[begin..end].replace(known, &lines.collect::<String>())
        })
        .collect();
    format!("{}{blocks}{}", &own[..begin], &own[end..])
}

fn count(shown: &Json) -> usize {
    shown["saml"]["certificates"].as_array().map_or(0, Vec::len)
}

async fn new_certificates_at_the_address_count_and_the_old_ones_do_not_any_more(app: TestApp) {
    let Some(set) = by_address(&app).await else {
        return;
    };
    set_email(&set.app, set.org.owner().user, "ann@example.test").await;
    set_email(&set.app, set.org.of(Role::Admin).user, "adam@example.test").await;
    let shown = set.shown().await;
    assert_eq!(shown["saml"]["followsMetadata"], true);
    assert_eq!(count(&shown), 1);
    let before = set.enter().await.caller();
    // Read again without a change: nobody is told.
    let mails = "{ mails { edges { node { kind recipient } } } }";
    set.read_again().await;
    let sent = set.owner().data(mails, json!({})).await;
    assert_eq!(sent["mails"]["edges"], json!([]));
    // The provider announces the next one, and signs with either.
    set.publish(&["idp.pem", "evil.pem"]).await;
    assert_eq!(count(&set.read_again().await), 2);
    for variant in ["assertion", "wrongkey"] {
        set.saml.variant(variant).await;
        set.enter().await;
    }
    // It removes the old one.
    set.publish(&["evil.pem"]).await;
    assert_eq!(count(&set.read_again().await), 1);
    set.saml.variant("assertion").await;
    let reason = set.refused(StatusCode::UNAUTHORIZED).await;
    assert!(reason.contains("does not fit"), "{reason}");
    // Sessions stay, and who manages the provider is told of both changes.
    before.data("{ viewer { role } }", json!({})).await;
    let sent = set.owner().data(mails, json!({})).await;
    let mut sent: Vec<String> = sent["mails"]["edges"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|edge| edge["node"]["kind"] == "provider_changed")
        .map(|edge| edge["node"]["recipient"].to_string())
        .collect();
    sent.sort();
    let (adam, ann) = ("\"adam@example.test\"", "\"ann@example.test\"");
    assert_eq!(sent, [adam, adam, ann, ann]);
    let rows = audit::list(&set.org.owner().ctx, 100).await;
    let rows = rows.expect("the log");
    let read = rows
        .iter()
        .filter(|row| row.action == "sso_provider.read_metadata");
    assert_eq!(read.count(), 2);
}

async fn a_certificate_at_the_address_is_believed_as_far_as_who_entered_the_address(app: TestApp) {
    let Some(set) = by_address(&app).await else {
        return;
    };
    set.enter_an_owner().await;
    // An owner has entered the address, so its new certificate signs in an owner.
    set.publish(&["evil.pem"]).await;
    set.read_again().await;
    set.saml.variant("wrongkey").await;
    set.enter().await;
    // Who may do less and saves what the address says then takes nothing away and adds nothing.
    set.publish(&["idp.pem"]).await;
    let admin = set.org.of(Role::Admin).caller.at(&set.app.base);
    let address = set.saml.at("/metadata");
    set.update(&admin, |all| {
        all["saml"] = json!({ "metadataUrl": address });
    })
    .await;
    set.saml.variant("assertion").await;
    set.enter().await;
    // Another address is the admin's own word, now and after it was read again.
    let other = set.saml.at("/metadata?of=admin");
    set.update(&admin, |all| {
        all["saml"] = json!({ "metadataUrl": other });
    })
    .await;
    for _ in 0..2 {
        let reason = set.refused(StatusCode::FORBIDDEN).await;
        assert!(reason.contains("may do less"), "{reason}");
        set.read_again().await;
    }
}

async fn metadata_that_cannot_be_taken_over_changes_nothing_and_is_shown(app: TestApp) {
    let Some(set) = by_address(&app).await else {
        return;
    };
    let own = set.saml.metadata().await;
    let before = set.shown().await["saml"]["certificates"].clone();
    let pems = ["idp.pem", "evil.pem", "curve.pem"].map(|name| set.saml.file(name));
    let name = format!("entityID=\"{}\"", set.saml.at("/metadata"));
    assert!(own.contains(&name), "{own}");
    let certificate = between(&own.replace('<', "\""), "X509Certificate>");
    let expired = format!("{name} validUntil=\"2020-01-01T00:00:00Z\"");
    for (status, text, part) in [
        (500, own.clone(), "status of the answer is 500"),
        (200, "no XML".to_owned(), "was not taken over"),
        (
            200,
            own.replace(&name, "entityID=\"urn:other\""),
            "`urn:other`",
        ),
        (200, own.replace(&name, &expired), "expired on 2020-01-01"),
        (200, with_certificates(&own, &pems), "3 certificates"),
        (200, own.replace(&certificate, ""), "certificate"),
    ] {
        set.saml
            .ctl(json!({ "metadata": { "status": status, "text": text } }))
            .await;
        let shown = set.read_again().await;
        let problem = shown["lastProblem"].as_str().expect("a problem");
        assert!(
            problem.starts_with("The provider's metadata was not"),
            "{problem}"
        );
        assert!(problem.contains(part), "{part}: {problem}");
        assert_eq!(shown["lastProblemAt"], shown["saml"]["metadataFailedAt"]);
        assert_eq!(shown["saml"]["certificates"], before, "{part}");
    }
    set.enter().await;
    // Nor can it be saved when it has expired.
    let text = own.replace(&name, &expired);
    set.saml
        .ctl(json!({ "metadata": { "status": 200, "text": text } }))
        .await;
    let mut settings = set.saml.settings().await;
    settings["saml"] = json!({ "metadataUrl": set.saml.at("/metadata") });
    let variables = json!({ "id": set.provider, "s": settings });
    let answer = set.owner().graphql(UPDATE, variables).await;
    assert_eq!(answer.code().as_deref(), Some("INVALID_INPUT"));
    assert!(answer.text.contains("expired on 2020"), "{}", answer.text);
    // The problem is over when it can be read again; that of a sign-in stays.
    set.saml.ctl(json!({ "metadata": null })).await;
    let shown = set.read_again().await;
    assert_eq!(shown["lastProblem"], Json::Null);
    assert_eq!(shown["saml"]["metadataFailedAt"], Json::Null);
    set.saml.variant("unsigned").await;
    let reason = set.refused(StatusCode::UNAUTHORIZED).await;
    assert_eq!(set.read_again().await["lastProblem"], reason);
}

async fn certificates_that_somebody_entered_stay(app: TestApp) {
    let Some(set) = by_address(&app).await else {
        return;
    };
    let address = set.saml.at("/metadata");
    let pinned = set.saml.file("evil.pem");
    set.update(&set.owner(), |all| {
        all["saml"] = json!({ "metadataUrl": address, "certificates": [pinned] });
    })
    .await;
    let shown = set.shown().await;
    assert_eq!(shown["saml"]["followsMetadata"], false);
    set.saml.variant("wrongkey").await;
    set.enter().await;
    // Also when something else is saved.
    let address = set.saml.at("/metadata");
    set.update(&set.owner(), |all| {
        all["name"] = json!("Renamed");
        all["saml"] = json!({ "metadataUrl": address });
    })
    .await;
    assert_eq!(set.shown().await["saml"]["followsMetadata"], false);
    set.enter().await;
    // They are removed: then those of the metadata count.
    let address = set.saml.at("/metadata");
    set.update(&set.owner(), |all| {
        all["saml"] = json!({ "metadataUrl": address, "certificates": [] });
    })
    .await;
    assert_eq!(set.shown().await["saml"]["followsMetadata"], true);
    let reason = set.refused(StatusCode::UNAUTHORIZED).await;
    assert!(reason.contains("does not fit"), "{reason}");
    set.saml.variant("assertion").await;
    set.enter().await;
}

async fn who_replaces_entered_certificates_by_the_address_is_believed_as_far_as_they_are(
    app: TestApp,
) {
    let Some(set) = by_address(&app).await else {
        return;
    };
    set.enter_an_owner().await;
    // An owner has entered the certificate that is at the address, too.
    let address = set.saml.at("/metadata");
    let pinned = set.saml.file("idp.pem");
    set.update(&set.owner(), |all| {
        all["saml"] = json!({ "metadataUrl": address, "certificates": [pinned] });
    })
    .await;
    set.enter().await;
    // An admin lets those of the address count: the same one now, but perhaps not later.
    let admin = set.org.of(Role::Admin).caller.at(&set.app.base);
    let address = set.saml.at("/metadata");
    set.update(&admin, |all| {
        all["saml"] = json!({ "metadataUrl": address, "certificates": [] });
    })
    .await;
    let reason = set.refused(StatusCode::FORBIDDEN).await;
    assert!(reason.contains("may do less"), "{reason}");
}

async fn a_change_that_takes_long_does_not_undo_a_later_one(app: TestApp) {
    let Some(set) = by_address(&app).await else {
        return;
    };
    let by_text = set.saml.settings().await;
    let mut by_address = by_text.clone();
    by_address["saml"] = json!({ "metadataUrl": set.saml.at("/metadata") });
    let text = by_text["saml"]["metadata"].clone();
    set.saml
        .ctl(json!({ "metadata": { "status": 200, "text": text, "wait": 4 } }))
        .await;
    // Somebody saves what the address says, which takes its time. Meanwhile, the address is removed.
    let owner = set.owner();
    let long = owner.graphql(UPDATE, json!({ "id": set.provider, "s": by_address }));
    let later = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let variables = json!({ "id": set.provider, "s": by_text });
        set.owner().data(UPDATE, variables).await;
    };
    let (long, ()) = tokio::join!(long, later);
    assert_eq!(long.code().as_deref(), Some("CONFLICT"), "{}", long.text);
    assert_eq!(set.shown().await["saml"]["followsMetadata"], false);
}
