//! Tests of forged tokens and of the keys' rotation, on both databases.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value as Json, json};
use sha2::Sha256;
use types::ErrorCode;

use super::{keyring, *};
use crate::{
    identity::{Credential, authenticate, oauth::tests::signed_in},
    testing::{TestApp, on_each_database},
};

/// A genuine token, taken apart.
struct Genuine {
    token: String,
    header: Json,
    claims: Json,
    key: SigningKey,
}

async fn genuine(app: &TestApp) -> Genuine {
    let (owner, _) = app.owner().await;
    let token = signed_in(&owner).await.access_token;
    let mut parts = token.split('.').map(|part| {
        let bytes = URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice(&bytes).unwrap_or(Json::Null)
    });
    let (header, claims) = (parts.next().unwrap(), parts.next().unwrap());
    let key = keyring::current(&app.app).await.unwrap();
    Genuine {
        token,
        header,
        claims,
        key: key.signing.clone(),
    }
}

fn part(json: &Json) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

/// Signs any header and any claims.
fn signed(key: &SigningKey, header: &Json, claims: &Json) -> String {
    let signed = format!("{}.{}", part(header), part(claims));
    let signature: Signature = key.sign(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

fn with(json: &Json, name: &str, value: Json) -> Json {
    let mut json = json.clone();
    json[name] = value;
    json
}

fn without(json: &Json, name: &str) -> Json {
    let mut json = json.clone();
    json.as_object_mut().unwrap().remove(name);
    json
}

async fn is_accepted(app: &TestApp, token: &str) -> bool {
    match authenticate(&app.app, Credential::of_bearer(token), None, "test").await {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.code, ErrorCode::Unauthenticated, "{token}");
            false
        }
    }
}

async fn all_are_refused(app: &TestApp, tokens: impl IntoIterator<Item = String>) {
    for token in tokens {
        assert!(!is_accepted(app, &token).await, "{token}");
    }
}

#[tokio::test]
async fn s01_a_token_with_another_algorithm_key_signature_or_header_is_refused() {
    on_each_database(|app| async move {
        let real = genuine(&app).await;
        assert!(is_accepted(&app, &real.token).await);
        assert_eq!(
            real.token,
            signed(&real.key, &real.header, &real.claims),
            "the forgeries below differ in one thing only"
        );
        let (body, signature) = real.token.rsplit_once('.').unwrap();
        let mut forged = Vec::new();
        for none in ["none", "None", "nOnE"] {
            let header = with(&real.header, "alg", json!(none));
            forged.push(format!("{}.{}.", part(&header), part(&real.claims)));
            forged.push(signed(&real.key, &header, &real.claims));
        }
        // The public key as the secret of an HMAC.
        let header = with(&real.header, "alg", json!("HS256"));
        let text = format!("{}.{}", part(&header), part(&real.claims));
        let public = real.key.verifying_key().to_sec1_bytes();
        let published = key_set(&app.app).await.unwrap()["keys"][0].to_string();
        for secret in [&*public, published.as_bytes()] {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
            mac.update(text.as_bytes());
            let mac = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
            forged.push(format!("{text}.{mac}"));
        }
        for wrong in [
            with(&real.header, "alg", json!("ES384")),
            with(&real.header, "alg", json!("XX999")),
            with(&real.header, "alg", json!(["ES256"])),
            without(&real.header, "alg"),
            without(&real.header, "typ"),
            without(&real.header, "kid"),
            with(&real.header, "crit", json!(["exp"])),
            with(&real.header, "jwk", json!({ "kty": "EC" })),
            with(&real.header, "jku", json!("https://evil.example/jwks.json")),
            with(&real.header, "x5u", json!("https://evil.example/x.pem")),
            with(&real.header, "x5c", json!(["MIIB"])),
            json!(null),
            json!([]),
        ] {
            forged.push(signed(&real.key, &wrong, &real.claims));
        }
        let other = SigningKey::from_slice(&[7; 32]).unwrap();
        forged.push(signed(&other, &real.header, &real.claims));
        forged.push(body.to_owned());
        forged.push(format!("{body}."));
        forged.push(format!("{}.{signature}", real.token));
        forged.push(format!("{body}.{}", &signature[1..]));
        forged.push(format!("{body}.{signature}="));
        forged.push(format!("{body}.{}", URL_SAFE_NO_PAD.encode([0; 64])));
        forged.push(format!(" {}", real.token));
        forged.push(format!("{}.{}", "a.".repeat(5_000), signature));
        all_are_refused(&app, forged).await;
        assert!(is_accepted(&app, &real.token).await);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s02_a_key_is_looked_up_by_known_names_only() {
    on_each_database(|app| async move {
        let real = genuine(&app).await;
        let names = [
            "../../../../dev/null".to_owned(),
            "' OR 1=1 --".to_owned(),
            "https://evil.example/key".to_owned(),
            String::new(),
            "k".repeat(10_000),
            "unknown".to_owned(),
            "1".to_owned(),
            format!("{}\0", real.header["kid"].as_str().unwrap()),
        ];
        let forged = names.map(|name| {
            let header = with(&real.header, "kid", json!(name));
            signed(&real.key, &header, &real.claims)
        });
        all_are_refused(&app, forged).await;
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s03_a_time_that_is_missing_or_of_another_type_or_passed_is_refused() {
    on_each_database(|app| async move {
        let real = genuine(&app).await;
        let now = app.app.clock().now().timestamp();
        let mut forged = Vec::new();
        for name in ["exp", "nbf", "iat"] {
            forged.push(without(&real.claims, name));
            let good = real.claims[name].as_i64().unwrap();
            for wrong in [
                json!(null),
                json!(good.to_string()),
                json!(good as f64 + 0.5),
                json!(1e300),
                json!(-1),
                json!(0),
                json!(good * 1_000),
                json!([good]),
            ] {
                forged.push(with(&real.claims, name, wrong));
            }
        }
        let limit = LEEWAY.num_seconds();
        for (name, wrong) in [
            ("exp", now - limit - 1),
            ("exp", now + 3_600),
            ("nbf", now + limit + 1),
            ("iat", now + limit + 1),
            ("iat", now - 3_600),
        ] {
            forged.push(with(&real.claims, name, json!(wrong)));
        }
        for name in [
            "iss",
            "aud",
            "sub",
            "client_id",
            "org",
            "family",
            "scope",
            "jti",
        ] {
            forged.push(without(&real.claims, name));
            forged.push(with(&real.claims, name, json!(7)));
            forged.push(with(&real.claims, name, json!("another")));
        }
        forged.push(with(&real.claims, "admin", json!(true)));
        forged.push(json!("text"));
        let forged = forged
            .iter()
            .map(|claims| signed(&real.key, &real.header, claims));
        all_are_refused(&app, forged).await;

        // A token that was cached ends on time, too.
        app.app
            .clock()
            .advance(LASTS + LEEWAY - Duration::seconds(1));
        assert!(is_accepted(&app, &real.token).await);
        app.app.clock().advance(Duration::seconds(1));
        assert!(!is_accepted(&app, &real.token).await);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s04_a_token_for_another_audience_from_another_issuer_or_of_another_kind_is_refused() {
    on_each_database(|app| async move {
        let real = genuine(&app).await;
        let mut forged = Vec::new();
        for name in ["iss", "aud"] {
            let here = real.claims[name].as_str().unwrap();
            for wrong in [
                json!("https://flowmason.example"),
                json!(format!("{here}/")),
                json!(format!("{here}.evil.example")),
                json!([here]),
                json!(""),
            ] {
                let claims = with(&real.claims, name, wrong);
                forged.push(signed(&real.key, &real.header, &claims));
            }
        }
        for kind in [
            "JWT",
            "at+JWT",
            "application/at+jwt",
            "id+jwt",
            "logout+jwt",
            "",
        ] {
            let header = with(&real.header, "typ", json!(kind));
            forged.push(signed(&real.key, &header, &real.claims));
        }
        all_are_refused(&app, forged).await;

        // The same database at another address is another environment.
        let token = real.token;
        assert!(is_accepted(&app, &token).await);
        let elsewhere = app.at("https://staging.example").await;
        assert!(!is_accepted(&elsewhere, &token).await);
        elsewhere.close().await;
    })
    .await;
}

#[tokio::test]
async fn keys_rotate_with_an_overlap_and_tokens_of_the_old_key_stay_valid() {
    on_each_database(|app| async move {
        let names = async || {
            let set = key_set(&app.app).await.unwrap();
            let keys = set["keys"].as_array().unwrap().clone();
            assert!(keys.iter().all(|key| key.get("d").is_none()), "{keys:?}");
            let names = keys
                .iter()
                .map(|key| key["kid"].as_str().unwrap().to_owned());
            names.collect::<Vec<_>>()
        };
        let first = names().await;
        assert_eq!(first.len(), 1);
        assert!(!rotate_signing_keys(&app.app).await.unwrap());
        app.app.clock().advance(Duration::days(29));
        assert!(rotate_signing_keys(&app.app).await.unwrap());
        assert!(!rotate_signing_keys(&app.app).await.unwrap());
        let both = names().await;
        assert_eq!((both.len(), &both[0]), (2, &first[0]));
        let signing = async || keyring::current(&app.app).await.unwrap().kid.clone();
        assert_eq!(
            signing().await,
            first[0],
            "the new key is published before it signs"
        );

        app.app
            .clock()
            .advance(Duration::days(1) - Duration::minutes(1));
        let (owner, _) = app.owner().await;
        let old = signed_in(&owner).await.access_token;
        app.app.clock().advance(Duration::minutes(2));
        assert_eq!(signing().await, both[1]);
        rotate_signing_keys(&app.app).await.unwrap();
        assert_eq!(names().await, both, "the old key stays published");
        assert!(is_accepted(&app, &old).await);
        app.app.clock().advance(Duration::hours(2));
        assert!(rotate_signing_keys(&app.app).await.unwrap());
        assert_eq!(names().await, both[1..]);
        assert!(!is_accepted(&app, &old).await);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_private_key_is_not_readable_in_the_database() {
    on_each_database(|app| async move {
        let key = keyring::current(&app.app).await.unwrap();
        let rows = repo::all(&app.app).await.unwrap();
        let bytes = key.signing.to_bytes();
        for row in rows {
            let plain = row.private_key.windows(8).any(|part| part == &bytes[..8]);
            assert!(!plain, "{}", row.kid);
        }
        app.close().await;
    })
    .await;
}
