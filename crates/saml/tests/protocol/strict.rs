//! What is refused before a library in C sees it.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

use saml::{MOST_BYTES, RefusalKind, binding::Query};

use crate::support::*;

fn good() -> String {
    Response::around(signed(&Assertion::default().xml(), "_assertion", idp())).xml()
}

/// What something returns, and how long it used the processor.
fn timed<T>(what: impl FnOnce() -> T) -> (T, Duration) {
    let spent = || Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap());
    let begin = spent();
    let result = what();
    (result, spent() - begin)
}

/// The most that a refusal may use the processor. Unoptimized code takes longer, but not much.
const MOST: Duration = Duration::from_millis(if cfg!(debug_assertions) { 500 } else { 50 });

/// The kind of refusal, which must come soon.
#[track_caller]
fn soon(message: &str) -> RefusalKind {
    // The keys are made when they are first used.
    let _ = (idp(), service());
    let (kind, spent) = timed(|| refused(message));
    assert!(spent < MOST, "{spent:?}: {kind:?}");
    kind
}

#[test]
fn m16_document_types_entities_and_inclusions_are_refused() {
    let laughs: String = (1..10)
        .map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10)))
        .collect();
    for doctype in [
        "<!DOCTYPE x>",
        "<!DOCTYPE x [<!ENTITY e \"admin\">]>",
        "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>",
        "<!DOCTYPE x [<!ENTITY e SYSTEM \"http://127.0.0.1/\">]>",
        "<!DOCTYPE x SYSTEM \"http://127.0.0.1/x.dtd\">",
        "<!DOCTYPE x [<!ENTITY % p SYSTEM \"http://127.0.0.1/\"> %p;]>",
        &format!("<!DOCTYPE x [<!ENTITY l0 \"lol\">{laughs}]>"),
        "<!DOCTYPE x [<!ATTLIST x a CDATA \"&l9;\">]>",
        "<!doctype x>",
        "<!ENTITY e \"x\">",
        "<!ELEMENT x ANY>",
        "<?xml-stylesheet href=\"http://127.0.0.1/\"?>",
    ] {
        for message in [
            format!("{doctype}{}", good()),
            format!("<?xml version=\"1.0\"?>{doctype}{}", good()),
            good().replace("<samlp:Status>", &format!("{doctype}<samlp:Status>")),
        ] {
            let kind = soon(&message);
            let before = [RefusalKind::Forbidden, RefusalKind::Malformed];
            assert!(before.contains(&kind), "{kind:?}: {message}");
        }
    }
    let entity = good().replace("alice", "&e;");
    assert_eq!(soon(&entity), RefusalKind::Malformed);
    let include = "<samlp:Status><xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" \
                   href=\"file:///etc/passwd\" parse=\"text\"/>";
    let include = good().replace("<samlp:Status>", include);
    assert_eq!(soon(&include), RefusalKind::Forbidden);
}

#[test]
fn m17_what_a_lenient_parser_repairs_is_refused() {
    let good = good();
    assert!(verify(&good).is_ok());
    for (what, message) in [
        ("an open element", good.replace("</samlp:Response>", "")),
        (
            "an end of another",
            good.replace("</samlp:Status>", "</samlp:State>"),
        ),
        ("text behind", format!("{good}text")),
        ("an element behind", format!("{good}<x/>")),
        ("text before", format!("text{good}")),
        (
            "an attribute twice",
            good.replace(" Version=", " Version=\"2.0\" Version="),
        ),
        ("no quotes", good.replace("Version=\"2.0\"", "Version=2.0")),
        ("NUL", good.replace("alice", "ali\0ce")),
        ("NUL as a reference", good.replace("alice", "ali&#0;ce")),
        ("a bare `&`", good.replace("alice", "ali & ce")),
        (
            "a `<` in an attribute",
            good.replace("Version=\"2.0\"", "Version=\"<\""),
        ),
        ("`]]>` in a text", good.replace("alice", "]]>")),
        (
            "`--` in a comment",
            good.replace("<samlp:Status>", "<!-- -- --><samlp:Status>"),
        ),
        (
            "an unknown prefix",
            good.replace("<samlp:Status>", "<x:y/><samlp:Status>"),
        ),
        ("a mark at the begin", format!("\u{feff}{good}")),
        (
            "UTF-7",
            format!("<?xml version=\"1.0\" encoding=\"UTF-7\"?>{good}"),
        ),
        (
            "Latin 1",
            format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{good}"),
        ),
        ("XML 1.1", format!("<?xml version=\"1.1\"?>{good}")),
        (
            "a late declaration",
            format!(" <?xml version=\"1.0\"?>{good}"),
        ),
        ("nothing", String::new()),
        ("spaces", "  ".to_owned()),
        ("a declaration only", "<?xml version=\"1.0\"?>".to_owned()),
    ] {
        assert_eq!(soon(&message), RefusalKind::Malformed, "{what}");
    }
    let sixteen: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin = [good.replace("alice", "\u{e9}").as_bytes(), b"\xe9"].concat();
    let long = good.replace("alice", "x\u{1}");
    for bytes in [
        sixteen.as_slice(),
        latin.as_slice(),
        b"<a>\xC0\x80</a>",
        long.as_bytes(),
    ] {
        let certificates = [idp().certificate.clone()];
        let refusal = saml::verify(bytes, &expected(&certificates, &[])).unwrap_err();
        assert_eq!(refusal.kind, RefusalKind::Malformed);
    }
    let declared =
        format!("<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"no\"?>\n{good}\n");
    assert!(verify(&declared).is_ok());
    assert!(verify(&format!("<!-- one -->{good}<!-- two -->")).is_ok());
}

#[test]
fn m18_large_and_deep_messages_are_refused_soon() {
    let inside = |more: &str| good().replace("<samlp:Status>", &format!("{more}<samlp:Status>"));
    let many = |n: usize, one: &dyn Fn(usize) -> String| (0..n).map(one).collect::<String>();
    let attributes = many(100_000, &|n| format!(" a{n}=\"\""));
    let spread = many(3_000, &|_| {
        "<a b=\"\" c=\"\" d=\"\" e=\"\" f=\"\" g=\"\" h=\"\"/>".to_owned()
    });
    let namespaces = many(10_000, &|n| format!(" xmlns:a{n}=\"urn:a\""));
    let spread_namespaces = many(10_000, &|n| format!("<a xmlns:a{n}=\"urn:a\"/>"));
    let nested = many(23, &|n| {
        format!("<a xmlns:a{n}=\"urn:a\" xmlns:b{n}=\"urn:b\">")
    }) + &"</a>".repeat(23);
    let signatures = "<Signature/>".repeat(500);
    let mut large = inside(&format!("<!--{}-->", "x".repeat(MOST_BYTES)));
    for (what, message) in [
        (
            "attributes of one element",
            inside(&format!("<a{attributes}/>")),
        ),
        ("attributes", inside(&spread)),
        (
            "namespaces of one element",
            inside(&format!("<a{namespaces}/>")),
        ),
        ("namespaces", inside(&spread_namespaces)),
        ("namespaces inside each other", inside(&nested)),
        (
            "depth",
            inside(&("<a>".repeat(1_000) + &"</a>".repeat(1_000))),
        ),
        ("depth without ends", "<a>".repeat(300_000)),
        ("signatures", inside(&signatures)),
        ("elements", inside(&"<a/>".repeat(30_000))),
        ("comments", inside(&"<!---->".repeat(100_000))),
        ("bytes", large.clone()),
    ] {
        assert_eq!(soon(&message), RefusalKind::TooLarge, "{what}");
    }
    // At the limit, and one byte more.
    let spare = large.len() - MOST_BYTES;
    large = large.replacen(&"x".repeat(spare), "", 1);
    assert_eq!(large.len(), MOST_BYTES);
    assert!(verify(&large).is_ok());
    assert_eq!(soon(&(large + " ")), RefusalKind::TooLarge);
}

#[test]
fn m18_a_message_that_keeps_all_limits_costs_little_even_with_many_certificates() {
    let signed = signed(
        &Response::around(Assertion::default().xml()).xml(),
        "_response",
        idp(),
    );
    let scopes: String = (0..28)
        .map(|n| format!(" xmlns:n{n}=\"urn:n{n}\""))
        .collect();
    let used: String = (0..3).map(|n| format!(" n{n}:b=\"\"")).collect();
    let inner = format!("<n0:a{used}><n27:a n26:c=\"\"/></n0:a>").repeat(2_400);
    let deep = "<a>".repeat(20) + &inner + &"</a>".repeat(20);
    let extensions = format!("<samlp:Extensions{scopes}>{deep}</samlp:Extensions><samlp:Status>");
    let message = signed.replace("<samlp:Status>", &extensions);
    let certificates = vec![idp().certificate.clone(); 8];
    let (answer, spent) = timed(|| saml::verify(message.as_bytes(), &expected(&certificates, &[])));
    assert_eq!(answer.unwrap_err().kind, RefusalKind::Signature);
    assert!(spent < Duration::from_secs(1), "{spent:?}");
}

#[test]
fn m18_a_compressed_message_is_not_unpacked_beyond_the_limit() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use std::io::Write;
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..20 {
        encoder.write_all(&[b' '; 1_000_000]).unwrap();
    }
    let packed = encoder.finish().unwrap();
    assert!(packed.len() < MOST_BYTES);
    let packed = STANDARD.encode(packed);
    let packed: String = url::form_urlencoded::byte_serialize(packed.as_bytes()).collect();
    let raw = format!("SAMLRequest={packed}");
    let query = Query::read(&raw).unwrap();
    let (message, spent) = timed(|| query.unverified_message());
    assert_eq!(message.unwrap_err().kind, RefusalKind::TooLarge);
    assert!(spent < MOST, "{spent:?}");
}
