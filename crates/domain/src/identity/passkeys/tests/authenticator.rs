//! An authenticator in memory, whose answers can be wrong in every way.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

/// The flags of an answer: the person was present, and was verified.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const HAS_KEY: u8 = 0x40;

/// An authenticator with one key.
#[derive(Clone)]
pub struct Authenticator {
    /// The key itself.
    pub key: SigningKey,
    /// The id that it gives to its key.
    pub id: Vec<u8>,
    /// The account that it remembers.
    pub handle: Vec<u8>,
    /// The counter of its last answer.
    pub counter: u32,
    /// Whether it verifies the person.
    pub verifies: bool,
    /// The origin of the page.
    pub origin: String,
    /// The host name for which it signs.
    pub host: String,
}

impl Authenticator {
    /// A new one, which differs from those with another seed.
    pub fn new(seed: u8) -> Self {
        Self {
            key: SigningKey::from_slice(&[seed; 32]).unwrap(),
            id: vec![seed; 16],
            handle: Vec::new(),
            counter: 0,
            verifies: true,
            origin: "http://localhost:8080".to_owned(),
            host: "localhost".to_owned(),
        }
    }

    /// Makes its key for a challenge of registration.
    pub fn create(&mut self, options: &Json) -> Json {
        let handle = options["publicKey"]["user"]["id"].as_str().unwrap();
        self.handle = URL_SAFE_NO_PAD.decode(handle).unwrap();
        let client = self.client("webauthn.create", options);
        let mut data = self.data(HAS_KEY);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        let point = self.key.verifying_key().to_sec1_point(false);
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(point.x().unwrap());
        data.extend([0x22, 0x58, 0x20]);
        data.extend(point.y().unwrap());
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt");
        object.push(0x64);
        object.extend(b"none");
        object.push(0x67);
        object.extend(b"attStmt");
        object.extend([0xa0, 0x68]);
        object.extend(b"authData");
        object.extend([0x59]);
        object.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        object.extend(data);
        self.answer(json!({
            "attestationObject": text(&object),
            "clientDataJSON": text(client.as_bytes()),
        }))
    }

    /// Signs a challenge.
    pub fn sign(&mut self, options: &Json) -> Json {
        self.counter += 1;
        let client = self.client("webauthn.get", options);
        let data = self.data(0);
        let mut signed = data.clone();
        signed.extend(Sha256::digest(client.as_bytes()));
        let signature: Signature = self.key.sign(&signed);
        self.answer(json!({
            "authenticatorData": text(&data),
            "clientDataJSON": text(client.as_bytes()),
            "signature": text(signature.to_der().as_bytes()),
            "userHandle": text(&self.handle),
        }))
    }

    fn client(&self, kind: &str, options: &Json) -> String {
        let challenge = &options["publicKey"]["challenge"];
        let client = json!({ "type": kind, "challenge": challenge, "origin": self.origin,
            "crossOrigin": false });
        client.to_string()
    }

    fn data(&self, more: u8) -> Vec<u8> {
        let mut data = Sha256::digest(self.host.as_bytes()).to_vec();
        let verified = if self.verifies { VERIFIED } else { 0 };
        data.push(PRESENT | verified | more);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn answer(&self, response: Json) -> Json {
        let id = text(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response,
            "extensions": {} })
    }
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
