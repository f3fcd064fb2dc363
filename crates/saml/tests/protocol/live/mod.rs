//! A real identity provider, `pysaml2`, that runs: it understands what this crate sends, and this
//! crate what it sends.

mod peer;

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use saml::{
    AuthnRequest, Certificate, Expected, KeyPair, NameId, OwnMetadata, ProviderMetadata, Refusal,
    RefusalKind, SignedParts, Verified,
    binding::{Binding, Outgoing, Query, decode_form},
    logout::{self, NewLogoutRequest, NewLogoutResponse, Received},
};
use url::Url;

use crate::support::{ACS, SERVICE, SLO};
use peer::Peer;

/// The provider, what it says about itself, and this server's key.
struct World {
    peer: Peer,
    metadata: ProviderMetadata,
    pair: KeyPair,
}

#[expect(clippy::disallowed_methods, reason = "the provider has no other clock")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

impl World {
    fn start() -> Option<Self> {
        let peer = Peer::start()?;
        let metadata = ProviderMetadata::read(peer.get("/metadata").as_bytes()).unwrap();
        let pair = KeyPair::generate("sp", now() - TimeDelta::days(1), now() + TimeDelta::days(1));
        let pair = pair.unwrap();
        let certificates = [pair.certificate.clone()];
        let own = OwnMetadata {
            entity_id: SERVICE,
            acs: ACS,
            slo: Some(SLO),
            signing: &certificates,
            encryption: &certificates,
            signs_requests: true,
            wants_signed_assertions: true,
            name_id_format: None,
        };
        peer.control("service", &own.to_xml());
        Some(Self {
            peer,
            metadata,
            pair,
        })
    }

    /// Where the provider signs people in.
    fn sso(&self, binding: Binding) -> &str {
        let found = self.metadata.sso.iter().find(|one| one.binding == binding);
        &found.unwrap().location
    }

    fn slo(&self, binding: Binding) -> &str {
        let found = self.metadata.slo.iter().find(|one| one.binding == binding);
        &found.unwrap().location
    }

    /// Takes a message to the provider, as the browser does.
    fn send(&self, message: &Outgoing, binding: Binding, pair: &KeyPair) -> peer::Reply {
        match binding {
            Binding::Redirect => {
                let url = message.redirect(Some("rs 1"), Some(&pair.key)).unwrap();
                let url = Url::parse(&url).unwrap();
                let target = format!("{}?{}", url.path(), url.query().unwrap());
                self.peer.request("GET", &target, "")
            }
            Binding::Post => {
                let form = message.form(Some("rs 1"), Some(&pair.key)).unwrap();
                let path = Url::parse(&form.action).unwrap().path().to_owned();
                self.peer.post_form(&path, &form.fields)
            }
        }
    }

    /// Signs in, with a provider that behaves in a way.
    fn sign_in(&self, variant: &str, binding: Binding) -> Result<Verified, Refusal> {
        self.peer.control("variant", variant);
        let request = AuthnRequest {
            service: SERVICE,
            acs: ACS,
            destination: self.sso(binding),
            name_id_format: None,
            force: false,
            now: now(),
        };
        let message = request.message();
        let reply = self.send(&message, binding, &self.pair);
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(reply.field("RelayState"), "rs 1");
        let response = decode_form(&reply.field("SAMLResponse")).unwrap();
        let mut certificates = self.metadata.certificates.clone();
        let curve = self.peer.file("curve.pem");
        certificates.push(Certificate::from_text(&curve).unwrap());
        let expected = Expected {
            provider: &self.metadata.entity_id,
            certificates: &certificates,
            signed: match variant {
                "both" | "encresp" => SignedParts::Both,
                _ => SignedParts::Either,
            },
            service: SERVICE,
            acs: ACS,
            request: Some(message.id()),
            unsolicited: false,
            keys: std::slice::from_ref(&self.pair.key),
            now: now(),
        };
        saml::verify(&response, &expected)
    }

    fn logout(&self) -> logout::Expected<'_> {
        logout::Expected {
            provider: &self.metadata.entity_id,
            certificates: &self.metadata.certificates,
            slo: SLO,
            now: now(),
        }
    }
}

#[test]
fn a_real_provider_signs_people_in() {
    let Some(world) = World::start() else { return };
    for binding in [Binding::Redirect, Binding::Post] {
        for variant in ["assertion", "response", "both", "enc", "encresp", "ecdsa"] {
            let verified = world.sign_in(variant, binding);
            let verified = verified.unwrap_or_else(|refusal| panic!("{variant}: {refusal}"));
            assert_eq!(verified.name_id.value, "alice@example.test", "{variant}");
            assert!(
                verified
                    .attributes
                    .values()
                    .any(|values| values == &["eng", "ops"])
            );
        }
    }
    use RefusalKind::{
        Algorithm, Audience, Destination, Expired, InResponseTo, Issuer, Signature, Unsigned,
    };
    for (variant, kind) in [
        ("unsigned", Unsigned),
        ("wrongkey", Signature),
        ("expired", Expired),
        ("wrongaud", Audience),
        ("wrongdest", Destination),
        ("wrongirt", InResponseTo),
        ("wrongiss", Issuer),
        ("tampered", Signature),
        ("sha1", Algorithm),
        ("unsolicited", InResponseTo),
    ] {
        let refusal = world.sign_in(variant, Binding::Post).expect_err(variant);
        assert_eq!(refusal.kind, kind, "{variant}: {refusal}");
    }
}

#[test]
fn a_real_provider_refuses_requests_that_somebody_else_signed() {
    let Some(world) = World::start() else { return };
    let other = crate::support::other();
    for binding in [Binding::Redirect, Binding::Post] {
        let request = AuthnRequest {
            service: SERVICE,
            acs: ACS,
            destination: world.sso(binding),
            name_id_format: None,
            force: true,
            now: now(),
        };
        let message = request.message();
        assert_eq!(world.send(&message, binding, &world.pair).status, 200);
        assert_eq!(world.send(&message, binding, other).status, 400);
    }
}

#[test]
fn a_real_provider_logs_people_out_and_asks_to_log_them_out() {
    let Some(world) = World::start() else { return };
    let name = world.sign_in("assertion", Binding::Post).unwrap().name_id;
    for binding in [Binding::Redirect, Binding::Post] {
        ask(&world, &name, binding);
        be_asked(&world, &name, binding);
    }
}

/// This server asks, and the provider responds.
fn ask(world: &World, name: &NameId, binding: Binding) {
    let request = NewLogoutRequest {
        service: SERVICE,
        destination: world.slo(binding),
        name_id: name,
        session_index: Some("one"),
        now: now(),
    };
    let message = request.message();
    let reply = world.send(&message, binding, &world.pair);
    let expected = world.logout();
    let answered = match binding {
        Binding::Redirect => {
            assert_eq!(reply.status, 303, "{}", reply.body);
            let location = reply.location.unwrap();
            let (_, query) = location.split_once('?').unwrap();
            let query = Query::read(query).unwrap();
            assert!(query.is_response());
            assert_eq!(query.relay_state().as_deref(), Some("rs 1"));
            logout::response(&Received::Redirect(&query), &expected, message.id())
        }
        Binding::Post => {
            assert_eq!(reply.status, 200, "{}", reply.body);
            let response = decode_form(&reply.field("SAMLResponse")).unwrap();
            logout::response(&Received::Form(&response), &expected, message.id())
        }
    };
    assert!(answered.unwrap().success, "{binding:?}");
}

/// The provider asks, and this server responds.
fn be_asked(world: &World, name: &NameId, binding: Binding) {
    let asked = world
        .peer
        .ask_to_log_out(name, binding == Binding::Redirect);
    let expected = world.logout();
    let request = match binding {
        Binding::Redirect => {
            let (_, query) = asked.split_once('?').unwrap();
            let query = Query::read(query).unwrap();
            logout::request(&Received::Redirect(&query), &expected)
        }
        Binding::Post => {
            let request = STANDARD.decode(&asked).unwrap();
            logout::request(&Received::Form(&request), &expected)
        }
    };
    let request = request.unwrap();
    assert_eq!(&request.name_id, name);
    assert_eq!(request.session_indexes, ["one"]);
    let response = NewLogoutResponse {
        service: SERVICE,
        destination: world.slo(binding),
        in_response_to: &request.id,
        success: true,
        now: now(),
    };
    let reply = world.send(&response.message(), binding, &world.pair);
    let said = format!("{} urn:oasis:names:tc:SAML:2.0:status:Success", request.id);
    assert_eq!((reply.status, reply.body), (200, said));
}
