//! Signing up on both databases: what the letters say, what a link does, and what invalidates it. S25,
//! S26.

use sea_orm::{ColumnTrait, QueryFilter};
use types::ErrorCode;

use super::*;
use crate::{
    identity::{self, Invitee},
    sealed,
    tenancy::{OrgEntity, SharedEntity},
    testing::{TestApp, on_each_database},
};

const ADDRESS: &str = "ada@example.test";
const PASSWORD: &str = "correct horse";

fn new(email: &str) -> NewSignUp<'_> {
    NewSignUp {
        email,
        name: "Ada",
        password: PASSWORD,
        organization: "Engines",
    }
}

async fn request(app: &TestApp, new: NewSignUp<'_>) -> Result<()> {
    request_from(app, new, Visitor::default()).await
}

async fn request_from(app: &TestApp, new: NewSignUp<'_>, visitor: Visitor<'_>) -> Result<()> {
    request_sign_up(&app.app, new, Language::German, visitor, "test").await
}

/// Signs up and does the job. Returns the only letter about it.
async fn letter(app: &TestApp, email: &str) -> Letter {
    request(app, new(email)).await.unwrap();
    let rows = entity::Entity::shared(&app.app)
        .filter(entity::Column::Email.eq(email))
        .filter(entity::Column::SentAt.is_null())
        .all(app.app.db())
        .await
        .unwrap();
    let [row] = &rows[..] else {
        panic!("one sign-up: {rows:?}");
    };
    let ctx = mail::server(&app.app, "test");
    send(&ctx, row.id).await.unwrap();
    // A job that is repeated after a crash writes no second letter.
    send(&ctx, row.id).await.unwrap();
    let all = ctx.all(mail::entity::Entity::in_org(&ctx)).await.unwrap();
    let mut about = all.into_iter().filter(|mail| mail.about_id == row.id);
    let mail = about.next().unwrap();
    assert!(about.next().is_none());
    assert_eq!(
        (mail.recipient.as_str(), mail.language.as_str()),
        (email, "de")
    );
    let content = mail.content.unwrap();
    let letter = sealed::open(&app.app, "mail", mail.id.as_bytes(), &content).unwrap();
    serde_json::from_slice(&letter).unwrap()
}

/// The token in the letter of a sign-up with an address that has no account.
async fn link(app: &TestApp, email: &str) -> String {
    let Letter::ConfirmSignUp { link, .. } = letter(app, email).await else {
        panic!("another letter");
    };
    let (page, token) = link.split_once('#').unwrap();
    assert_eq!(page, "http://127.0.0.1:8080/sign-up/confirm");
    token.to_owned()
}

async fn confirm(app: &TestApp, token: &str, password: &str) -> Result<SignedIn> {
    confirm_sign_up(&app.app, token, password, Visitor::default(), "test").await
}

async fn is_dead(app: &TestApp, token: &str) {
    let error = confirm(app, token, PASSWORD).await.unwrap_err();
    assert_eq!(error, SignUpError::Ended.into());
}

#[tokio::test]
async fn s26_a_link_makes_the_account_and_its_organization_once() {
    on_each_database(|app| async move {
        let app = app.sign_up(SignUp::Open).await;
        let token = link(&app, ADDRESS).await;
        assert!(users::by_email(&app.app, ADDRESS).await.unwrap().is_none());
        // Whoever opens the link of somebody else's sign-up does not know the password.
        let wrong = confirm(&app, &token, "another horse").await.unwrap_err();
        assert_eq!(wrong, SignUpError::WrongPassword.into());
        assert!(users::by_email(&app.app, ADDRESS).await.unwrap().is_none());

        let signed_in = confirm(&app, &token, PASSWORD).await.unwrap();
        let ctx = app.session(&signed_in.token).await;
        assert_eq!(ctx.rights, Role::Owner.into());
        let viewer = identity::viewer(&ctx).await.unwrap();
        assert_eq!(viewer.organization.name, "Engines");
        assert_eq!(viewer.organizations.len(), 1);
        let user = viewer.user.unwrap();
        assert_eq!(
            (user.name.as_str(), user.email.as_deref()),
            ("Ada", Some(ADDRESS))
        );
        assert!(user.email_verified);
        assert_eq!(user.locale.as_deref(), Some("de"));
        is_dead(&app, &token).await;
        let again = identity::sign_in(&app.app, ADDRESS, PASSWORD, Visitor::default(), "t").await;
        assert_eq!(again.unwrap().user, signed_in.user);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s26_a_link_ends_after_a_day_and_when_the_address_has_an_account() {
    on_each_database(|app| async move {
        let app = app.sign_up(SignUp::Open).await;
        for token in [
            "fme_x".to_owned(),
            secret::new(secret::SIGN_UP),
            secret::new(secret::RESET),
        ] {
            is_dead(&app, &token).await;
        }
        let (one, two) = (link(&app, ADDRESS).await, link(&app, ADDRESS).await);
        let late = link(&app, "late@example.test").await;
        // Each link works, so nobody ends that of another person; but only one makes the account.
        confirm(&app, &one, PASSWORD).await.unwrap();
        is_dead(&app, &two).await;
        app.app.clock().advance(Duration::hours(25));
        is_dead(&app, &late).await;
        let system = SystemCtx::new(&app.app);
        assert_eq!(purge(&system).await.unwrap(), 3);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s25_an_address_with_an_account_is_answered_alike_and_gets_a_letter_without_a_link() {
    on_each_database(|app| async move {
        let app = app.sign_up(SignUp::Open).await;
        let token = link(&app, ADDRESS).await;
        confirm(&app, &token, PASSWORD).await.unwrap();
        let known = letter(&app, ADDRESS).await;
        let expected = Letter::AccountExists {
            link: "http://127.0.0.1:8080/sign-in".to_owned(),
        };
        assert_eq!(known, expected);
        app.close().await;
    })
    .await;
}

/// Somebody in a network.
fn from(network: u8) -> Visitor<'static> {
    Visitor {
        address: Some(IpAddr::from([203, 0, 113, network])),
        ..Visitor::default()
    }
}

/// Does the job of each sign-up with the address that has no letter yet.
async fn send_all(app: &TestApp) {
    let rows = entity::Entity::shared(&app.app)
        .filter(entity::Column::SentAt.is_null())
        .all(app.app.db())
        .await
        .unwrap();
    let ctx = mail::server(&app.app, "test");
    for row in rows {
        send(&ctx, row.id).await.unwrap();
    }
}

#[tokio::test]
async fn s25_letters_that_others_have_used_up_keep_nobody_from_signing_up() {
    on_each_database(|app| async move {
        let app = app.sign_up(SignUp::Open).await;
        let theirs = NewSignUp {
            name: "Eve",
            password: "somebody else's",
            ..new(ADDRESS)
        };
        for network in 1..=4 {
            for _ in 0..5 {
                request_from(&app, theirs, from(network)).await.unwrap();
            }
        }
        send_all(&app).await;
        let letters = app.letters(ADDRESS).await;
        assert_eq!(letters.len(), 10, "few letters, whoever asks for them");
        request_from(&app, new(ADDRESS), from(9)).await.unwrap();
        // Others go on, so that the request of the owner is not among the newest ones.
        for network in 5..=6 {
            request_from(&app, theirs, from(network)).await.unwrap();
            request_from(&app, theirs, from(network)).await.unwrap();
        }
        send_all(&app).await;
        assert_eq!(app.letters(ADDRESS).await, letters);

        let (_, token) = letters[0].link().split_once('#').unwrap();
        let confirm = async |password: &str, visitor: Visitor<'static>| {
            confirm_sign_up(&app.app, token, password, visitor, "test").await
        };
        let wrong = confirm("another horse", from(9)).await.unwrap_err();
        assert_eq!(wrong, SignUpError::WrongPassword.into());
        let signed_in = confirm(PASSWORD, from(9)).await.unwrap();
        let ctx = app.session(&signed_in.token).await;
        let user = identity::viewer(&ctx).await.unwrap().user.unwrap();
        assert_eq!(user.name, "Ada");
        let late = confirm("somebody else's", from(1)).await.unwrap_err();
        assert_eq!(late, SignUpError::Ended.into());
        app.close().await;
    })
    .await;
}

#[test]
fn a_network_is_an_address_of_version_4_or_the_first_half_of_one_of_version_6() {
    for (address, expected) in [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
    ] {
        assert_eq!(network(address.parse().unwrap()).to_string(), expected);
    }
}

#[tokio::test]
async fn what_cannot_be_stored_is_refused_by_its_field() {
    on_each_database(|app| async move {
        let app = app.sign_up(SignUp::Open).await;
        let good = new(ADDRESS);
        for (field, bad) in [
            (
                "email",
                NewSignUp {
                    email: "ada",
                    ..good
                },
            ),
            ("name", NewSignUp { name: " ", ..good }),
            (
                "organization",
                NewSignUp {
                    organization: "a\0b",
                    ..good
                },
            ),
            (
                "newPassword",
                NewSignUp {
                    password: "short",
                    ..good
                },
            ),
        ] {
            let error = request(&app, bad).await.unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidInput);
            assert!(error.message.starts_with(field), "{}", error.message);
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn strangers_make_accounts_only_on_an_open_server_and_the_invited_not_on_a_closed_one() {
    on_each_database(|app| async move {
        let refused = request(&app, new(ADDRESS)).await.unwrap_err();
        assert_eq!(refused, SignUpError::Closed.into());
        let token = secret::new(secret::SIGN_UP);
        let refused = confirm(&app, &token, PASSWORD).await.unwrap_err();
        assert_eq!(refused, SignUpError::Closed.into());

        let app = app.sign_up(SignUp::Closed).await;
        let (owner, _) = app.owner().await;
        assert!(!identity::viewer(&owner).await.unwrap().invites_strangers);
        let role = Role::Viewer;
        let (_, link) = identity::create_invitation(&owner, role, None, Language::English)
            .await
            .unwrap();
        let identity::InvitationLink::Token(token) = link else {
            panic!("sent to nobody");
        };
        let visitor = Visitor::default();
        let preview = identity::preview_invitation(&app.app, &token, visitor).await;
        assert!(!preview.unwrap().new_account);
        let invitee = Invitee::Account {
            name: "Bo",
            email: "bo@example.test",
            password: PASSWORD,
        };
        let refused = identity::accept_invitation(&app.app, &token, invitee, visitor, "test").await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::Unauthenticated);

        // On another setting the same link makes the account.
        let app = app.sign_up(SignUp::Invited).await;
        let accepted =
            identity::accept_invitation(&app.app, &token, invitee, visitor, "test").await;
        accepted.unwrap();
        app.close().await;
    })
    .await;
}
