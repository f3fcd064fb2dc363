//! Single log-out, in both directions.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use openssl::{hash::MessageDigest, nid::Nid, sign::Signer};
use saml::{
    Certificate, KeyPair, NameId, Refusal, RefusalKind,
    binding::{Outgoing, Query, decode_form},
    logout::{self, Expected, LogoutRequest, NewLogoutRequest, NewLogoutResponse, Received},
};
use url::Url;

use crate::support::*;

fn name() -> NameId {
    NameId {
        value: "alice@example.test".to_owned(),
        format: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent".to_owned(),
        name_qualifier: Some(PROVIDER.to_owned()),
        sp_name_qualifier: None,
    }
}

/// What the provider sends: the same as this server would, with the roles exchanged.
fn from_provider(name: &NameId) -> Outgoing {
    NewLogoutRequest {
        service: PROVIDER,
        destination: SLO,
        name_id: name,
        session_index: Some("_session"),
        now: now(),
    }
    .message()
}

fn query(message: &Outgoing, key: Option<&KeyPair>) -> String {
    let url = message
        .redirect(Some("r s"), key.map(|pair| &pair.key))
        .unwrap();
    Url::parse(&url).unwrap().query().unwrap().to_owned()
}

fn expected(certificates: &[Certificate]) -> Expected<'_> {
    Expected {
        provider: PROVIDER,
        certificates,
        slo: SLO,
        now: now(),
    }
}

fn by_query(raw: &str) -> Result<LogoutRequest, RefusalKind> {
    let certificates = [other().certificate.clone(), idp().certificate.clone()];
    by_query_with(raw, &certificates[1..])
}

fn by_query_with(raw: &str, certificates: &[Certificate]) -> Result<LogoutRequest, RefusalKind> {
    let kind = |refusal: Refusal| refusal.kind;
    let query = Query::read(raw).map_err(kind)?;
    logout::request(&Received::Redirect(&query), &expected(certificates)).map_err(kind)
}

fn by_form(message: &[u8]) -> Result<LogoutRequest, RefusalKind> {
    let certificates = [idp().certificate.clone()];
    logout::request(&Received::Form(message), &expected(&certificates)).map_err(|r| r.kind)
}

fn form(message: &Outgoing, pair: Option<&KeyPair>) -> String {
    let form = message.form(None, pair.map(|pair| &pair.key)).unwrap();
    String::from_utf8(decode_form(&form.fields[0].1).unwrap()).unwrap()
}

#[test]
fn a_request_is_accepted_in_a_query_and_in_a_form() {
    let message = from_provider(&name());
    let raw = query(&message, Some(idp()));
    assert_eq!(
        Query::read(&raw).unwrap().relay_state().as_deref(),
        Some("r s")
    );
    let found = by_query(&raw).unwrap();
    assert_eq!(found.id, message.id());
    assert_eq!(found.name_id, name());
    assert_eq!(found.session_indexes, ["_session"]);
    assert_eq!(found.expires_at, now() + TimeDelta::minutes(5));
    assert_eq!(by_form(form(&message, Some(idp())).as_bytes()), Ok(found));
}

#[test]
fn m21_a_request_that_somebody_else_makes_or_changes_ends_nothing() {
    let message = from_provider(&name());
    let good = query(&message, Some(idp()));
    use RefusalKind::{Algorithm, Malformed, NoCertificate, Signature, Unsigned};
    assert_eq!(by_query(&query(&message, None)), Err(Unsigned));
    assert_eq!(by_query(&query(&message, Some(other()))), Err(Signature));
    assert_eq!(by_query_with(&good, &[]), Err(NoCertificate));
    let other_message = query(&from_provider(&name()), None);
    let (_, signature) = good.split_once("&RelayState").unwrap();
    let (message_only, _) = other_message.split_once("&RelayState").unwrap();
    assert_eq!(
        by_query(&format!("{message_only}&RelayState{signature}")),
        Err(Signature)
    );
    // The signature is one of the text as it was sent, with all parameters.
    assert_eq!(
        by_query(&good.replace("RelayState=r+s", "RelayState=r%20s")),
        Err(Signature)
    );
    assert_eq!(
        by_query(&good.replace("&RelayState=r+s", "")),
        Err(Signature)
    );
    assert_eq!(
        by_query(&good.replace("SAMLRequest", "SAMLResponse")),
        Err(Signature)
    );
    assert_eq!(
        by_query(&good.replace("rsa-sha256", "rsa-sha512")),
        Err(Signature)
    );
    assert_eq!(
        by_query(&good.replace("rsa-sha256", "rsa-sha1")),
        Err(Algorithm)
    );
    assert_eq!(
        by_query(&good.replace("rsa-sha256", "ecdsa-sha256")),
        Err(Signature)
    );
    let (without, _) = good.split_once("&Signature").unwrap();
    assert_eq!(by_query(without), Err(Unsigned));
    assert_eq!(by_query(&format!("{good}&SAMLRequest=x")), Err(Malformed));
    assert_eq!(by_query(&format!("{good}&SAMLResponse=x")), Err(Malformed));
    assert_eq!(by_query(&format!("{good}&Signature=x")), Err(Malformed));
    assert_eq!(
        by_query(&format!("{good}&SAMLEncoding=urn:other")),
        Err(Malformed)
    );
    assert_eq!(by_query("RelayState=x"), Err(Malformed));
    assert_eq!(by_query(""), Err(Malformed));
    assert!(by_query(&format!("{good}&unknown=x")).is_ok());

    let good = form(&message, Some(idp()));
    assert_eq!(by_form(form(&message, None).as_bytes()), Err(Unsigned));
    assert_eq!(
        by_form(form(&message, Some(other())).as_bytes()),
        Err(Signature)
    );
    let changed = good.replace("alice", "admin");
    assert_eq!(by_form(changed.as_bytes()), Err(Signature));
    let wrapped = format!("<a>{}</a>", bare(&good));
    assert_eq!(by_form(wrapped.as_bytes()), Err(RefusalKind::Layout));
}

#[test]
fn a_request_is_from_the_provider_for_this_address_and_new() {
    let sent = |change: &dyn Fn(&mut NewLogoutRequest<'_>), at: TimeDelta| {
        let name = name();
        let mut new = NewLogoutRequest {
            service: PROVIDER,
            destination: SLO,
            name_id: &name,
            session_index: None,
            now: now() + at,
        };
        change(&mut new);
        by_form(form(&new.message(), Some(idp())).as_bytes())
    };
    let none = TimeDelta::zero();
    let all = sent(&|_| {}, none).unwrap();
    assert!(all.session_indexes.is_empty());
    let issuer = sent(&|new| new.service = "urn:evil", none);
    assert_eq!(issuer, Err(RefusalKind::Issuer));
    let destination = sent(&|new| new.destination = "https://evil.test/slo", none);
    assert_eq!(destination, Err(RefusalKind::Destination));
    assert!(sent(&|_| {}, TimeDelta::minutes(2)).is_ok());
    assert_eq!(
        sent(&|_| {}, TimeDelta::seconds(121)),
        Err(RefusalKind::NotYetValid)
    );
    assert!(sent(&|_| {}, TimeDelta::seconds(-419)).is_ok());
    assert_eq!(
        sent(&|_| {}, TimeDelta::seconds(-420)),
        Err(RefusalKind::Expired)
    );
}

#[test]
fn a_response_answers_this_server_s_request() {
    let message = |in_response_to: &str, success: bool| {
        let new = NewLogoutResponse {
            service: PROVIDER,
            destination: SLO,
            in_response_to,
            success,
            now: now(),
        };
        new.message()
    };
    let certificates = [idp().certificate.clone()];
    let expected = expected(&certificates);
    let by_query = |message: &Outgoing| {
        let raw = query(message, Some(idp()));
        let query = Query::read(&raw).unwrap();
        assert!(query.is_response());
        let answer = logout::response(&Received::Redirect(&query), &expected, "_request");
        answer
            .map(|answer| answer.success)
            .map_err(|refusal| refusal.kind)
    };
    assert_eq!(by_query(&message("_request", true)), Ok(true));
    assert_eq!(by_query(&message("_request", false)), Ok(false));
    assert_eq!(
        by_query(&message("_other", true)),
        Err(RefusalKind::InResponseTo)
    );
    let form = form(&message("_request", true), Some(idp()));
    let answer = logout::response(&Received::Form(form.as_bytes()), &expected, "_request");
    assert!(answer.unwrap().success);
    let refusal = logout::request(&Received::Form(form.as_bytes()), &expected).unwrap_err();
    assert_eq!(
        refusal.kind,
        RefusalKind::Layout,
        "a response is no request"
    );
}

#[test]
fn signatures_on_curves_are_accepted_in_both_forms() {
    let (key, certificate) = curve(Nid::X9_62_PRIME256V1);
    let unsigned = query(&from_provider(&name()), None);
    let algorithm = "http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23ecdsa-sha256";
    let text = format!("{unsigned}&SigAlg={algorithm}");
    let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
    let der = signer.sign_oneshot_to_vec(text.as_bytes()).unwrap();
    let numbers = openssl::ecdsa::EcdsaSig::from_der(&der).unwrap();
    let padded = |number: &openssl::bn::BigNumRef| number.to_vec_padded(32).unwrap();
    let raw = [padded(numbers.r()), padded(numbers.s())].concat();
    for signature in [der, raw] {
        let signature = STANDARD.encode(signature);
        let signature: String =
            url::form_urlencoded::byte_serialize(signature.as_bytes()).collect();
        let signed = format!("{text}&Signature={signature}");
        assert!(by_query_with(&signed, std::slice::from_ref(&certificate)).is_ok());
        let changed = signed.replace("RelayState=r", "RelayState=x");
        assert!(by_query_with(&changed, std::slice::from_ref(&certificate)).is_err());
    }
}
