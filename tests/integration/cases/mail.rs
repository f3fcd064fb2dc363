//! Mail against a real SMTP server, in all its ways to fail: invitations and links that reset a
//! password.

use std::time::Duration;

use domain::{Role, mail::MailStatus};
use mailer::{SmtpOptions, SmtpSettings};
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Answer, Caller, TestApp,
        callers::Secret,
        people::{Org, set_email},
        pipelines::{chain, create},
        smtp::{self, Smtp},
    },
};

cases![Shared:
    r04_an_invitation_that_was_sent_by_mail_is_accepted_only_with_its_address,
    an_invitation_that_was_only_mailed_verifies_the_address_of_whoever_accepts_it,
    a_revoked_or_renewed_invitation_is_not_mailed_with_its_old_link,
    a_bounced_address_gets_nothing_more_until_a_person_sends_again,
    a_mail_that_the_server_refuses_is_a_dead_letter_that_is_sent_again,
    a_mail_that_the_server_cannot_take_now_is_tried_again,
    a_mail_whose_confirmation_was_lost_is_sent_again_with_the_same_message_id,
    wrong_settings_of_the_mail_server_are_named_and_nothing_is_sent_unencrypted,
    z12_an_address_with_a_line_break_is_refused_and_one_of_another_alphabet_is_not,
    s11_a_forgotten_password_is_reset_by_mail_and_every_session_ends,
    s13_a_reset_is_answered_alike_for_a_known_and_an_unknown_address,
    without_a_mail_server_links_are_copied,
    f06_a_letter_is_unsubscribed_with_one_click_and_not_by_looking_at_its_link,
];

/// The application with this mail server, and an organization.
async fn with_mail(app: &TestApp, options: SmtpOptions) -> (TestApp, Org) {
    let settings = SmtpSettings::new(options).expect("valid settings");
    let app = app.again(|own| own.mail = Some(settings)).await;
    app.work();
    let org = app.org("A").await;
    (app, org)
}

const INVITE: &str = "mutation($email: String!) { createInvitation(input: {role: DEVELOPER, \
    email: $email, language: GERMAN}) { path invitation { id } } }";
const MAILS: &str = "query { mails { edges { node { id kind recipient status attempts error \
    canResend } } } }";
const RESEND: &str = "mutation($id: ID!) { resendMail(input: {id: $id}) { mail { id status } } }";

async fn invite(owner: &Caller, email: &str) -> String {
    let data = owner.data(INVITE, json!({ "email": email })).await;
    assert_eq!(data["createInvitation"]["path"], Json::Null);
    let id = data["createInvitation"]["invitation"]["id"].as_str();
    id.expect("an id").to_owned()
}

async fn mail_to(owner: &Caller, email: &str) -> Option<Json> {
    let data = owner.data(MAILS, json!({})).await;
    let edges = data["mails"]["edges"].as_array().expect("a list");
    let mut nodes = edges.iter().map(|edge| edge["node"].clone());
    nodes.find(|mail| mail["recipient"] == email)
}

/// Waits until the mail to an address is as wanted.
async fn until(owner: &Caller, email: &str, wanted: impl Fn(&Json) -> bool) -> Json {
    let mut last = Json::Null;
    for _ in 0..600 {
        last = mail_to(owner, email).await.unwrap_or_default();
        if wanted(&last) {
            return last;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the mail to {email} is still {last}");
}

fn is(status: MailStatus) -> impl Fn(&Json) -> bool {
    let word = status.as_str().to_uppercase();
    move |mail| mail["status"] == word.as_str()
}

async fn accept(caller: &Caller, token: &str, email: &str) -> Answer {
    let account = json!({ "name": "Bo", "email": email, "password": "correct horse" });
    let body = json!({ "token": token, "account": account });
    caller.post("/auth/invitation", &body).await
}

async fn r04_an_invitation_that_was_sent_by_mail_is_accepted_only_with_its_address(app: TestApp) {
    let Some(smtp) = Smtp::start() else { return };
    let (app, a) = with_mail(&app, smtp.options()).await;
    let owner = &a.owner().caller;
    invite(owner, "Bo@Example.test").await;
    let mail = &smtp.wait("bo@example.test", 1).await[0];
    assert_eq!((&mail["tls"], &mail["auth"]), (&json!(true), &json!(true)));
    let text = smtp::text(mail);
    assert!(text.contains(&app.base), "{text}");
    assert!(text.contains("text/plain") && text.contains("text/html"));
    assert!(text.contains("Einladung annehmen"), "{text}");
    until(owner, "bo@example.test", is(MailStatus::Sent)).await;

    let token = smtp::token(mail, "invitation");
    let nobody = app.anonymous();
    let other = accept(&nobody, &token, "eve@example.test").await;
    assert_eq!(other.code().as_deref(), Some("FORBIDDEN"));
    let own = accept(&nobody, &token, "bo@example.test").await;
    assert_eq!(own.status, 200, "{}", own.text);
    let again = accept(&nobody, &token, "bo@example.test").await;
    assert_eq!(again.code().as_deref(), Some("NOT_FOUND"));
}

const ADDRESS: &str = "{ viewer { user { email emailVerified } } }";

async fn an_invitation_that_was_only_mailed_verifies_the_address_of_whoever_accepts_it(
    app: TestApp,
) {
    // Without a mail server, the inviter sees the link, whatever address it is for.
    let copied = app.org("B").await;
    let inviter = &copied.owner().caller;
    let made = inviter
        .data(INVITE, json!({ "email": "ann@example.test" }))
        .await;
    let path = made["createInvitation"]["path"].as_str().expect("a path");
    let (_, token) = path.split_once('#').expect("a token");
    let ann = accept(&app.anonymous(), token, "ann@example.test").await;
    let session = Secret::Session(ann.cookie().expect("a session"));
    let seen = Caller::new(&app.base, session)
        .data(ADDRESS, json!({}))
        .await;
    let unproved = json!({ "email": "ann@example.test", "emailVerified": false });
    assert_eq!(seen["viewer"]["user"], unproved);

    let Some(smtp) = Smtp::start() else { return };
    let (app, a) = with_mail(&app, smtp.options()).await;
    invite(&a.owner().caller, "bo@example.test").await;
    let token = smtp::token(&smtp.wait("bo@example.test", 1).await[0], "invitation");
    let bo = accept(&app.anonymous(), &token, "bo@example.test").await;
    let session = Secret::Session(bo.cookie().expect("a session"));
    let seen = Caller::new(&app.base, session)
        .data(ADDRESS, json!({}))
        .await;
    let proved = json!({ "email": "bo@example.test", "emailVerified": true });
    assert_eq!(seen["viewer"]["user"], proved);
}

async fn a_revoked_or_renewed_invitation_is_not_mailed_with_its_old_link(app: TestApp) {
    let Some(smtp) = Smtp::start() else { return };
    let (_app, a) = with_mail(&app, smtp.options()).await;
    let owner = &a.owner().caller;
    let id = invite(owner, "full@example.test").await;
    until(owner, "full@example.test", |mail| mail["attempts"] == 1).await;
    let revoke = "mutation($id: ID!) { revokeInvitation(input: {id: $id}) { invitation { id } } }";
    owner.data(revoke, json!({ "id": id })).await;
    until(owner, "full@example.test", is(MailStatus::Expired)).await;
}

async fn a_bounced_address_gets_nothing_more_until_a_person_sends_again(app: TestApp) {
    let Some(smtp) = Smtp::start() else { return };
    let (_app, a) = with_mail(&app, smtp.options()).await;
    let owner = &a.owner().caller;
    invite(owner, "bounce@example.test").await;
    let mail = until(owner, "bounce@example.test", is(MailStatus::Bounced)).await;
    let error = mail["error"].as_str().expect("an error");
    assert!(error.contains("550 5.1.1 no such user"), "{error}");
    assert_eq!(
        (&mail["attempts"], &mail["canResend"]),
        (&json!(1), &json!(true))
    );

    invite(owner, "bounce@example.test").await;
    let mail = until(owner, "bounce@example.test", is(MailStatus::Suppressed)).await;
    // A person who sends again decides that the address is right.
    owner.data(RESEND, json!({ "id": mail["id"] })).await;
    until(owner, "bounce@example.test", is(MailStatus::Bounced)).await;
    // A refusal by policy says nothing about the address.
    invite(owner, "policy@example.test").await;
    until(owner, "policy@example.test", is(MailStatus::Failed)).await;
    invite(owner, "policy@example.test").await;
    let again = until(owner, "policy@example.test", is(MailStatus::Failed)).await;
    assert_ne!(again["id"], mail["id"]);
}

async fn a_mail_that_the_server_refuses_is_a_dead_letter_that_is_sent_again(app: TestApp) {
    let Some(smtp) = Smtp::start() else { return };
    let (_app, a) = with_mail(&app, smtp.options()).await;
    let owner = &a.owner().caller;
    invite(owner, "lateno@example.test").await;
    let mail = until(owner, "lateno@example.test", is(MailStatus::Failed)).await;
    let error = mail["error"].as_str().expect("an error");
    assert!(error.contains("554 5.7.1 content refused"), "{error}");
    let viewer = &a.of(Role::Developer).caller;
    let id = json!({ "id": mail["id"] });
    assert_eq!(viewer.code(RESEND, id.clone()).await, "FORBIDDEN");
    let again = owner.data(RESEND, id.clone()).await;
    assert_eq!(again["resendMail"]["mail"]["status"], "QUEUED");
    until(owner, "lateno@example.test", is(MailStatus::Failed)).await;
    assert_eq!(smtp.mails("lateno@example.test").await.len(), 0);
}

async fn a_mail_that_the_server_cannot_take_now_is_tried_again(app: TestApp) {
    let Some(smtp) = Smtp::start() else { return };
    let (_app, a) = with_mail(&app, smtp.options()).await;
    let owner = &a.owner().caller;
    for local in ["grey", "full", "die421", "middrop"] {
        invite(owner, &format!("{local}@example.test")).await;
    }
    for (local, reply) in [
        ("full", "452 4.2.2 mailbox full"),
        ("die421", "421 4.3.2 going down"),
        ("middrop", "did not accept the message"),
    ] {
        let email = format!("{local}@example.test");
        let tried = |mail: &Json| mail["attempts"].as_i64() >= Some(1);
        let mail = until(owner, &email, tried).await;
        assert_eq!(mail["status"], "QUEUED", "{mail}");
        let error = mail["error"].as_str().expect("an error");
        assert!(error.contains(reply), "{local}: {error}");
    }
    let mail = until(owner, "grey@example.test", is(MailStatus::Sent)).await;
    assert!(mail["attempts"].as_i64() >= Some(2), "{mail}");
    assert_eq!(smtp.mails("grey@example.test").await.len(), 1);
    assert_eq!(smtp.mails("middrop@example.test").await.len(), 0);
}

async fn a_mail_whose_confirmation_was_lost_is_sent_again_with_the_same_message_id(app: TestApp) {
    let Some(smtp) = Smtp::start() else { return };
    let (_app, a) = with_mail(&app, smtp.options()).await;
    invite(&a.owner().caller, "lostack@example.test").await;
    let copies = smtp.wait("lostack@example.test", 2).await;
    assert_eq!(smtp::message_id(&copies[0]), smtp::message_id(&copies[1]));
    let date = |mail: &Json| {
        let text = smtp::text(mail);
        text.lines()
            .find(|line| line.starts_with("Date: "))
            .map(str::to_owned)
    };
    assert_eq!(date(&copies[0]), date(&copies[1]));
}

async fn wrong_settings_of_the_mail_server_are_named_and_nothing_is_sent_unencrypted(app: TestApp) {
    let Some(smtp) = Smtp::start() else { return };
    let Some(plain) = Smtp::plain() else { return };
    let password = SmtpOptions {
        password: Some("wrong".to_owned()),
        ..smtp.options()
    };
    let authority = SmtpOptions {
        ca: None,
        ..smtp.options()
    };
    let nobody = SmtpOptions {
        user: None,
        password: None,
        ..smtp.options()
    };
    let unencrypted = plain.options();
    for (name, options, hints) in [
        ("password", password, ["535", "FLOWMASON_SMTP_PASSWORD"]),
        ("authority", authority, ["TLS", "FLOWMASON_SMTP_CA_FILE"]),
        ("nobody", nobody, ["530", "FLOWMASON_SMTP_USER"]),
        ("unencrypted", unencrypted, ["STARTTLS", "unencrypted"]),
    ] {
        let (_app, a) = with_mail(&app, options).await;
        let owner = &a.owner().caller;
        let email = format!("{name}@example.test");
        invite(owner, &email).await;
        let mail = until(owner, &email, |mail| mail["attempts"] == 1).await;
        assert_eq!(mail["status"], "QUEUED", "{mail}");
        let error = mail["error"].as_str().expect("an error");
        for hint in hints {
            assert!(error.contains(hint), "{name}: {error}");
        }
        assert!(!error.contains("wrong"), "{error}");
        for server in [&smtp, &plain] {
            assert_eq!(server.mails(&email).await.len(), 0, "{name}");
        }
        // The next application must not take over the job.
        app.stop_workers().await;
    }
}

async fn z12_an_address_with_a_line_break_is_refused_and_one_of_another_alphabet_is_not(
    app: TestApp,
) {
    let Some(smtp) = Smtp::start() else { return };
    let (_app, a) = with_mail(&app, smtp.options()).await;
    let owner = &a.owner().caller;
    for email in [
        "bo@example.test\r\nBcc: eve@example.test",
        "bo@example.test, eve@example.test",
        "\"bo\"\u{0}@example.test",
        "bo@",
    ] {
        let code = owner.code(INVITE, json!({ "email": email })).await;
        assert_eq!(code, "INVALID_INPUT", "{email:?}");
    }
    invite(owner, "jörg@bücher.test").await;
    let mails = smtp.wait("jörg@xn--bcher-kva.test", 1).await;
    assert_eq!(mails.len(), 1);
}

async fn post(app: &TestApp, path: &str, body: Json) -> Answer {
    app.anonymous().post(path, &body).await
}

async fn s11_a_forgotten_password_is_reset_by_mail_and_every_session_ends(app: TestApp) {
    let Some(smtp) = Smtp::start() else { return };
    let (app, a) = with_mail(&app, smtp.options()).await;
    let owner = a.owner();
    let profile =
        "mutation { updateProfile(input: {email: \"ann@example.test\"}) { viewer { role } } }";
    owner.caller.data(profile, json!({})).await;
    // The link begins with the configured URL, whatever the request's headers say.
    let request = app
        .anonymous()
        .request(reqwest::Method::POST, "/auth/password/forgot")
        .header("x-forwarded-host", "evil.example")
        .header("accept-language", "de-DE,en;q=0.5");
    let body = json!({ "email": " Ann@Example.test" });
    let asked = Answer::of(request.json(&body).send().await.expect("an answer")).await;
    assert_eq!(asked.json(), json!({ "ok": true, "delivery": "email" }));
    let mail = &smtp.wait("ann@example.test", 1).await[0];
    let text = smtp::text(mail);
    assert!(text.contains(&format!("{}/reset-password#", app.base)));
    assert!(!text.contains("evil.example"));
    assert!(text.contains("Neues Passwort"), "{text}");
    let token = smtp::token(mail, "reset-password");

    let reset = async |password: &str| {
        let body = json!({ "token": token, "newPassword": password });
        post(&app, "/auth/password/reset", body).await
    };
    let short = reset("short").await;
    assert_eq!(short.code().as_deref(), Some("INVALID_INPUT"));
    assert!(short.text.contains("newPassword"), "{}", short.text);
    let done = reset("battery staple").await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert!(done.cookie().is_none(), "a link signs nobody in");
    assert_eq!(
        reset("another horse").await.code().as_deref(),
        Some("NOT_FOUND")
    );
    let ended = owner.caller.code("{ viewer { role } }", json!({})).await;
    assert_eq!(ended, "UNAUTHENTICATED");
    let body = json!({ "email": "ann@example.test", "password": "battery staple" });
    let signed_in = post(&app, "/auth/password", body).await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.text);
    // The person is told that the password was changed.
    let told = smtp.wait("ann@example.test", 2).await;
    assert!(
        told.iter()
            .any(|mail| smtp::text(mail).contains("/forgot-password"))
    );
    let session = Secret::Session(signed_in.cookie().expect("a cookie"));
    Caller::new(&app.base, session)
        .data("{ viewer { role } }", json!({}))
        .await;
}

async fn s13_a_reset_is_answered_alike_for_a_known_and_an_unknown_address(app: TestApp) {
    let a = app.org("A").await;
    let profile =
        "mutation { updateProfile(input: {email: \"ann@example.test\"}) { viewer { role } } }";
    a.owner().caller.data(profile, json!({})).await;
    let forgot = async |email: &str| {
        let body = json!({ "email": email });
        post(&app, "/auth/password/forgot", body).await
    };
    let known = forgot("ann@example.test").await;
    let unknown = forgot("bob@example.test").await;
    assert_eq!(known.comparable(), unknown.comparable());
    assert_eq!(known.status, 200);
    assert_eq!(
        forgot("nobody").await.code().as_deref(),
        Some("INVALID_INPUT")
    );
    // On a slow machine, a place becomes free again between two requests.
    let mut refused = 0;
    for round in 0..200 {
        let email = ["ann@example.test", "bob@example.test"][round % 2];
        refused += usize::from(forgot(email).await.status == 429);
        if refused == 2 {
            break;
        }
    }
    assert_eq!(refused, 2, "the address goes on being served");
    let mut limited = false;
    for _ in 0..20 {
        let wrong = json!({ "token": "fmr_x", "newPassword": "battery staple" });
        limited |= post(&app, "/auth/password/reset", wrong).await.status == 429;
        if limited {
            break;
        }
    }
    assert!(limited, "the limit holds for links too");
}

async fn without_a_mail_server_links_are_copied(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let viewer = owner.data("{ viewer { sendsMail } }", json!({})).await;
    assert_eq!(viewer["viewer"]["sendsMail"], false);
    let data = owner
        .data(INVITE, json!({ "email": "bo@example.test" }))
        .await;
    let path = data["createInvitation"]["path"].as_str().expect("a path");
    assert!(path.starts_with("/invitation#"));
    let profile =
        "mutation { updateProfile(input: {email: \"ann@example.test\"}) { viewer { role } } }";
    owner.data(profile, json!({})).await;
    let body = json!({ "email": "ann@example.test" });
    let asked = post(&app, "/auth/password/forgot", body).await;
    assert_eq!(asked.json()["delivery"], "folder");
    let folder = app.folder().join("mail");
    for _ in 0..300 {
        let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        if let Some(file) = files.map(|file| file.path()).next() {
            let text = std::fs::read_to_string(file).expect("a text");
            if text.contains("/reset-password#fmr_") {
                assert!(text.starts_with("To: ann@example.test"), "{text}");
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no link in {}", folder.display());
}

/// Waits until the letters about this many requests were written.
async fn told(owner: &Caller, requests: usize) {
    let jobs = "{ jobs(status: SUCCEEDED) { edges { node { kind } } } }";
    for _ in 0..600 {
        let data = owner.data(jobs, json!({})).await;
        let edges = data["jobs"]["edges"].as_array().expect("a list");
        let done = edges
            .iter()
            .filter(|edge| edge["node"]["kind"] == "publications.tell");
        if done.count() == requests {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the letters about {requests} requests were not written within a minute");
}

async fn f06_a_letter_is_unsubscribed_with_one_click_and_not_by_looking_at_its_link(app: TestApp) {
    const BO: &str = "bo@example.test";
    let Some(smtp) = Smtp::start() else { return };
    let (app, a) = with_mail(&app, smtp.options()).await;
    let owner = &a.owner().caller;
    set_email(&app, a.of(Role::Admin).user, BO).await;
    let setting =
        "mutation { updatePublicationSettings(input: {secondPerson: true}) { __typename } }";
    owner.data(setting, json!({})).await;
    let publish = "mutation($p: ID!) { publishPipeline(input: {pipelineId: $p, versionNumber: 1, \
        environment: PRODUCTION}) { publication { id } } }";
    let request = async || {
        let pipeline = create(owner, &chain(1)).await;
        owner.data(publish, json!({ "p": pipeline })).await
    };
    request().await;
    let mail = &smtp.wait(BO, 1).await[0];
    let text = smtp::text(mail);
    let one_click = "List-Unsubscribe-Post: List-Unsubscribe=One-Click";
    assert!(text.contains(one_click), "{text}");
    let (_, rest) = text.split_once("List-Unsubscribe: <").expect("a header");
    let (link, _) = rest.split_once('>').expect("a link");
    let path = link
        .strip_prefix(app.base.as_str())
        .expect("a link to this server");

    // Whoever only looks at the link unsubscribes nobody.
    let nobody = app.anonymous();
    let page = nobody.get(path).await;
    assert!(!page.text.contains("\"ok\""), "{}", page.text);
    request().await;
    told(owner, 2).await;
    smtp.wait(BO, 2).await;

    let wrong = nobody.post("/mail/unsubscribe/x", &json!({})).await;
    assert_eq!(wrong.code().as_deref(), Some("NOT_FOUND"));
    let click = nobody
        .request(Method::POST, path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("List-Unsubscribe=One-Click");
    let done = Answer::of(click.send().await.expect("an answer")).await;
    assert_eq!(done.status, 200, "{}", done.text);
    request().await;
    told(owner, 3).await;
    let again = path.replace("unsubscribe", "subscribe");
    assert_eq!(nobody.post(&again, &json!({})).await.status, 200);
    request().await;
    told(owner, 4).await;
    let mails = owner
        .data("{ mails { edges { node { recipient } } } }", json!({}))
        .await;
    let edges = mails["mails"]["edges"].as_array().expect("a list");
    let to_bo = edges.iter().filter(|edge| edge["node"]["recipient"] == BO);
    assert_eq!(to_bo.count(), 3);
}
