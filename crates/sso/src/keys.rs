//! The provider's public keys.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::core::CoreJsonWebKeySet;
use serde_json::Value as Json;

use crate::{SsoError, http::Http};

/// The largest number of keys in a set.
const MOST: usize = 100;

/// The shortest modulus of an RSA key, in bytes.
const SHORTEST_RSA: usize = 256;

const WHAT: &str = "The set of keys";

/// Reads a set of public keys.
pub(crate) async fn read(http: &Http, url: &str) -> Result<CoreJsonWebKeySet, SsoError> {
    let document = http.json(WHAT, url, None).await?;
    public(document).map_err(|problem| SsoError::Document {
        what: WHAT,
        url: url.to_owned(),
        problem,
    })
}

fn public(mut document: Json) -> Result<CoreJsonWebKeySet, String> {
    let keys = document.get_mut("keys").and_then(Json::as_array_mut);
    let Some(keys) = keys else {
        return Err("`keys` is not a list".to_owned());
    };
    if keys.len() > MOST {
        return Err(format!(
            "it has {} keys; at most {MOST} are read",
            keys.len()
        ));
    }
    if keys.iter().any(is_private) {
        return Err(
            "it contains a private key, so anybody can sign in its name; replace that key at the \
             provider"
                .to_owned(),
        );
    }
    keys.retain(|key| !is_short(key));
    serde_json::from_value(document).map_err(|error| error.to_string())
}

/// Whether a key has private parts: those of RSA and of curves, or a shared secret.
fn is_private(key: &Json) -> bool {
    ["d", "p", "q", "dp", "dq", "qi", "k"]
        .iter()
        .any(|part| key.get(part).is_some())
}

/// Whether it is an RSA key that is too short to be safe.
fn is_short(key: &Json) -> bool {
    let modulus = key["n"].as_str().unwrap_or_default();
    let bytes = URL_SAFE_NO_PAD.decode(modulus).map_or(0, |n| n.len());
    key["kty"] == "RSA" && bytes < SHORTEST_RSA
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rsa(kid: &str, bytes: usize) -> Json {
        let n = URL_SAFE_NO_PAD.encode(vec![0xd1; bytes]);
        json!({ "kty": "RSA", "kid": kid, "alg": "RS256", "n": n, "e": "AQAB" })
    }

    #[test]
    fn o08_private_key_material_and_too_many_keys_are_refused() {
        assert!(public(json!({ "keys": [rsa("a", 256)] })).is_ok());
        for part in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            let mut key = rsa("a", 256);
            key[part] = json!("AQAB");
            let problem = public(json!({ "keys": [rsa("b", 256), key] })).unwrap_err();
            assert!(problem.contains("private key"), "{problem}");
        }
        let many: Vec<Json> = (0..10_000).map(|_| json!({ "kty": "RSA" })).collect();
        assert!(
            public(json!({ "keys": many }))
                .unwrap_err()
                .contains("10000")
        );
        assert!(public(json!({ "keys": {} })).is_err());
        assert!(public(json!([])).is_err());
    }

    #[test]
    fn o07_a_short_key_is_not_used() {
        let set = public(json!({ "keys": [rsa("short", 128), rsa("long", 256)] })).unwrap();
        assert_eq!(set.keys().len(), 1);
    }
}
