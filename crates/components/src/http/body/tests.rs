//! Tests of the rules of reading and writing bodies.

use std::io::Write;

use engine::Value;
use flate2::{
    Compression,
    write::{DeflateEncoder, GzEncoder, ZlibEncoder},
};
use reqwest::header::{CONTENT_ENCODING, HeaderMap, HeaderValue};

use super::{Decompressor, Fault, Form, MediaType, read, start_of, write};

fn text(content_type: &str, bytes: &[u8]) -> (String, Option<String>, usize) {
    let reading = read(&MediaType::parse(content_type), bytes);
    assert_eq!(reading.form, Form::Text, "{content_type}");
    (
        reading.value.to_text(),
        reading.charset,
        reading.warnings.len(),
    )
}

#[test]
fn the_character_set_is_that_of_the_mark_the_header_the_page_or_utf_8() {
    let latin = b"Gr\xfc\xdfe";
    let cases: [(&str, &[u8], &str, &str); 17] = [
        ("text/plain; charset=ISO-8859-1", latin, "Grüße", "windows-1252"),
        ("text/plain;charset=\"iso-8859-1\"", latin, "Grüße", "windows-1252"),
        ("TEXT/PLAIN; Charset='Latin1'; x=y", latin, "Grüße", "windows-1252"),
        ("text/csv; header=present; charset=windows-1252", b"5 \x80", "5 €", "windows-1252"),
        ("text/plain; charset=shift_jis", b"\x93\xfa\x96{", "日本", "shift_jis"),
        ("text/plain; charset=koi8-r", b"\xcd\xc9\xd2", "мир", "koi8-r"),
        ("text/plain; charset=gb2312", b"\xc4\xe3", "你", "gbk"),
        ("text/plain; charset=utf-16le", b"h\0i\0", "hi", "utf-16le"),
        ("text/plain", "Grüße".as_bytes(), "Grüße", "utf-8"),
        // The mark takes precedence over the header.
        ("text/plain; charset=iso-8859-1", b"\xEF\xBB\xBFGr\xC3\xBC", "Grü", "utf-8"),
        ("text/plain; charset=utf-8", b"\xFF\xFEh\0\xFC\0", "hü", "utf-16le"),
        ("text/plain", b"\xFE\xFF\0h\0\xFC", "hü", "utf-16be"),
        // The declaration of the page itself; comments are ignored.
        ("text/html", b"<meta charset=latin1>\xfc", "<meta charset=latin1>ü", "windows-1252"),
        (
            "text/html",
            b"<!-- <meta charset=koi8-r> --><META http-equiv=x content='text/html; charset=iso-8859-15'>\xa4",
            "<!-- <meta charset=koi8-r> --><META http-equiv=x content='text/html; charset=iso-8859-15'>€",
            "iso-8859-15",
        ),
        (
            "application/xml",
            b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xfc</a>",
            "<?xml version='1.0' encoding='ISO-8859-1'?><a>ü</a>",
            "windows-1252",
        ),
        ("text/html; charset=utf-8", b"<meta charset=latin1>\xC3\xBC", "<meta charset=latin1>ü", "utf-8"),
        ("", b"<html><meta charset=\"latin1\">\xfc", "<html><meta charset=\"latin1\">ü", "windows-1252"),
    ];
    for (kind, bytes, wanted, charset) in cases {
        let got = text(kind, bytes);
        assert_eq!(
            got,
            (wanted.to_owned(), Some(charset.to_owned()), 0),
            "{kind}"
        );
    }
}

#[test]
fn lost_characters_and_unknown_character_sets_are_reported() {
    let (body, _, warnings) = text("text/plain", b"Gr\xfc\xdfe");
    assert!(body.contains('\u{fffd}') && warnings == 1);
    let reading = read(&MediaType::parse("text/plain; charset=klingon"), b"hello");
    assert!(reading.warnings[0].contains("klingon"), "{reading:?}");
    assert_eq!(reading.value, "hello".into());
}

#[test]
fn declared_json_is_a_value_or_an_error_and_never_silently_text() {
    let json = |kind: &str, bytes: &[u8]| read(&MediaType::parse(kind), bytes);
    for (kind, bytes) in [
        ("application/json", &b"{\"z\": 1}"[..]),
        ("Application/JSON; Charset=UTF-8", b"\xEF\xBB\xBF{\"z\": 1}"),
        ("application/vnd.api+json", b" {\"z\": 1}\n"),
        ("application/problem+JSON", b"{\"z\": 1}"),
        ("text/json", b"{\"z\": 1}"),
        ("application/json", b"\xFF\xFE{\0\"\0z\0\"\0:\x001\x00}\x00"),
        ("application/json", b"{\0\"\0z\0\"\0:\x001\x00}\x00"),
        ("", b"{\"z\": 1}"),
    ] {
        let reading = json(kind, bytes);
        assert_eq!(reading.form, Form::Json, "{kind}: {reading:?}");
        assert_eq!(reading.value.to_json(), r#"{"z":1}"#);
    }
    let latin = json("application/json; charset=iso-8859-1", b"{\"z\":\"\xfc\"}");
    assert_eq!(latin.value.to_json(), r#"{"z":"ü"}"#);
    for (bytes, part) in [
        (&b"{\"a\": 1, \"a\": 2}"[..], "a"),
        (b"{\"id\": 12345678901234567890123}", "64 bits"),
        (b"{\"x\": NaN}", "line 1"),
        (b"{\"x\": 1", "line 1"),
        (b"<html>Bad gateway</html>", "It begins: <html>Bad gateway"),
        (b")]}',\n{}", "It begins: )]}'"),
        (b"{\"x\": \"\xff\"}", "utf-8"),
    ] {
        let reading = json("application/json", bytes);
        let why = reading.json_error.unwrap();
        assert!(
            why.contains(part) && why.contains("application/json"),
            "{why}"
        );
        assert_eq!(reading.form, Form::Text);
    }
    // These are not declared as JSON.
    for (kind, bytes) in [("text/plain", &b"{\"a\": 1}"[..]), ("", b"{broken")] {
        let reading = json(kind, bytes);
        assert_eq!((reading.form, reading.json_error), (Form::Text, None));
    }
    let none = json("application/json", b"");
    assert_eq!((none.form, none.value), (Form::Empty, Value::Null));
}

#[test]
fn bytes_that_are_not_text_are_base64() {
    for (kind, bytes) in [
        ("image/png", &b"\x89PNG\r\n"[..]),
        ("image/png", b"plain"),
        ("application/octet-stream", b"\0\x01\x02"),
        ("application/octet-stream", b"caf\xe9"),
        ("", b"\0\xff"),
        ("application/x-unheard-of", b"\xff\xff\xff"),
    ] {
        let reading = read(&MediaType::parse(kind), bytes);
        assert_eq!(reading.form, Form::Base64, "{kind}");
    }
    assert_eq!(
        read(&MediaType::parse("image/png"), b"\x89P").value,
        "iVA=".into()
    );
    for kind in [
        "application/octet-stream",
        "image/svg+xml",
        "application/yaml",
    ] {
        assert_eq!(
            read(&MediaType::parse(kind), b"a: 1").form,
            Form::Text,
            "{kind}"
        );
    }
}

fn packed(name: &str, bytes: &[u8]) -> Vec<u8> {
    let best = Compression::best();
    match name {
        "gzip" | "x-gzip" => {
            let mut to = GzEncoder::new(Vec::new(), best);
            to.write_all(bytes).unwrap();
            to.finish().unwrap()
        }
        "deflate" => {
            let mut to = ZlibEncoder::new(Vec::new(), best);
            to.write_all(bytes).unwrap();
            to.finish().unwrap()
        }
        "raw" => {
            let mut to = DeflateEncoder::new(Vec::new(), best);
            to.write_all(bytes).unwrap();
            to.finish().unwrap()
        }
        "br" => {
            let mut to = Vec::new();
            brotli::BrotliCompress(&mut &bytes[..], &mut to, &Default::default()).unwrap();
            to
        }
        _ => zstd::stream::encode_all(bytes, 3).unwrap(),
    }
}

fn unpack(headers: &[&str], body: &[u8], limit: usize, step: usize) -> Result<Vec<u8>, Fault> {
    let mut map = HeaderMap::new();
    for value in headers {
        map.append(CONTENT_ENCODING, HeaderValue::from_str(value).unwrap());
    }
    let mut decompressor = Decompressor::new(&map, limit)?;
    let mut out = Vec::new();
    for piece in body.chunks(step) {
        out.extend(decompressor.push(piece)?);
    }
    out.extend(decompressor.finish()?);
    Ok(out)
}

const ALL: [(&str, &str); 7] = [
    ("gzip", "gzip"),
    ("X-GZIP", "x-gzip"),
    ("deflate", "deflate"),
    ("deflate", "raw"),
    ("br", "br"),
    ("zstd", "zstd"),
    (" GZip , identity", "gzip"),
];

#[test]
fn every_encoding_is_decompressed_in_pieces_of_any_size() {
    let body: Vec<u8> = (0..60_000_u32)
        .flat_map(|i| (i % 251).to_string().into_bytes())
        .collect();
    for (header, name) in ALL {
        for step in [1, 7, 100_000] {
            let got = unpack(&[header], &packed(name, &body), 1 << 20, step);
            assert_eq!(got.as_deref(), Ok(&body[..]), "{name} {step}");
        }
        assert_eq!(unpack(&[header], b"", 10, 1), Ok(Vec::new()), "{name}");
    }
    // The encoding that was applied last is removed first, in one header or two.
    let twice = packed("gzip", &packed("br", &body));
    assert_eq!(unpack(&["br, gzip"], &twice, 1 << 20, 99), Ok(body.clone()));
    assert_eq!(
        unpack(&["br", "gzip"], &twice, 1 << 20, 99),
        Ok(body.clone())
    );
    // Consecutive members and frames are one body.
    let mut two = packed("gzip", b"a");
    two.extend(packed("gzip", b"b"));
    assert_eq!(unpack(&["gzip"], &two, 10, 3), Ok(b"ab".to_vec()));
    let mut two = packed("zstd", b"a");
    two.extend(packed("zstd", b"b"));
    assert_eq!(unpack(&["zstd"], &two, 10, 3), Ok(b"ab".to_vec()));
}

#[test]
fn an_unknown_damaged_incomplete_or_too_large_body_is_an_error() {
    for name in ["compress", "utf-8", "sdch"] {
        assert_eq!(
            unpack(&[name], b"x", 10, 1),
            Err(Fault::Unknown(name.to_owned()))
        );
    }
    assert!(matches!(
        unpack(&["gzip,gzip,gzip,gzip,gzip"], b"x", 9, 1),
        Err(Fault::Unknown(_))
    ));
    let body = vec![0; 3_000_000];
    for (header, name) in ALL {
        let bytes = packed(name, &body);
        assert_eq!(
            unpack(&[header], &bytes, 100_000, 4096),
            Err(Fault::TooLarge),
            "{name}"
        );
        let cut = unpack(&[header], &bytes[..bytes.len() - 1], 1 << 23, 4096);
        assert!(
            matches!(cut, Err(Fault::Cut(_))),
            "{name}: {:?}",
            cut.map(|b| b.len())
        );
        let plain = unpack(
            &[header],
            b"<html>this is not compressed</html>",
            1000,
            4096,
        );
        assert!(
            matches!(plain, Err(Fault::Damaged(_) | Fault::Cut(_))),
            "{name}"
        );
    }
    let nested = packed("gzip", &packed("gzip", &vec![0; 50_000_000]));
    assert_eq!(
        unpack(&["gzip, gzip"], &nested, 100_000, 4096),
        Err(Fault::TooLarge)
    );
}

fn sent(kind: &str, body: &str) -> Result<(String, Option<String>), String> {
    let body = Value::parse_json(body).unwrap();
    let written = write(&MediaType::parse(kind), kind, body)?;
    let bytes = written.bytes.unwrap_or_default();
    Ok((
        String::from_utf8_lossy(&bytes).into_owned(),
        written.content_type,
    ))
}

#[test]
fn the_content_type_of_a_request_decides_its_form() {
    let form = "application/x-www-form-urlencoded";
    for (kind, body, wanted) in [
        (
            form,
            r#"{"grant_type":"client_credentials","scope":"read write&more"}"#,
            "grant_type=client_credentials&scope=read+write%26more",
        ),
        (
            "Application/X-WWW-Form-Urlencoded; charset=UTF-8",
            r#"{"a":[1,true,null,"ü"],"b":null,"c":1.5}"#,
            "a=1&a=true&a=%C3%BC&c=1.5",
        ),
        (form, r#""a=1&b=2""#, "a=1&b=2"),
        ("application/json", r#"{"a":[1]}"#, r#"{"a":[1]}"#),
        (
            "application/vnd.api+json",
            r#"[1,{"b":null}]"#,
            r#"[1,{"b":null}]"#,
        ),
        ("application/json", "5", "5"),
        ("text/plain", "5", "5"),
        ("text/plain", "true", "true"),
        (
            "application/x-ndjson",
            r#"[{"a":1},{"b":2}]"#,
            "{\"a\":1}\n{\"b\":2}\n",
        ),
        (
            "application/octet-stream",
            r#"{"base64":"aGVsbG8="}"#,
            "hello",
        ),
        ("image/png", r#"{"base64":"aGVs bG8="}"#, "hello"),
        ("text/xml", r#""<a/>""#, "<a/>"),
    ] {
        assert_eq!(sent(kind, body), Ok((wanted.to_owned(), None)), "{kind}");
    }
    let json = sent("", r#"{"a":1}"#).unwrap();
    assert_eq!(
        json,
        (r#"{"a":1}"#.to_owned(), Some("application/json".to_owned()))
    );
    assert_eq!(sent("", r#""text""#), Ok(("text".to_owned(), None)));
    for (kind, body, part) in [
        (form, r#"{"a":{"b":1}}"#, "body.a"),
        (form, r#"{"x":1,"rows":[[1]]}"#, "body.rows"),
        (form, "[1]", "object of fields"),
        ("text/plain", r#"{"a":1}"#, "text/plain"),
        ("application/xml", "[1]", "a list"),
        (
            "application/octet-stream",
            r#"{"base64":"%%"}"#,
            "not valid base64",
        ),
        ("application/json; charset=klingon", "1", "klingon"),
        ("text/plain; charset=utf-16", r#""a""#, "utf-16"),
        ("text/plain; charset=iso-8859-1", r#""日""#, "U+65E5"),
        ("multipart/form-data", r#"{"a":{"b":1}}"#, "body.a"),
        ("multipart/form-data", r#""text""#, "boundary"),
    ] {
        let error = sent(kind, body).unwrap_err();
        assert!(error.contains(part), "{kind}: {error}");
    }
    let body = Value::from("Grüße");
    let latin = write(&MediaType::parse("text/plain; charset=latin1"), "", body).unwrap();
    assert_eq!(latin.bytes.as_deref(), Some(&b"Gr\xfc\xdfe"[..]));
}

#[test]
fn multipart_has_a_boundary_that_occurs_in_no_part() {
    let body = r#"{"note":"hi \"you\"","n":[1,2],"skip":null,
        "a\"b":{"filename":"x.csv","content":"a,b\n","content_type":"text/csv"},
        "raw":{"filename":"y.bin","base64":"AP8="}}"#;
    let kind = "multipart/form-data";
    let written = write(
        &MediaType::parse(kind),
        kind,
        Value::parse_json(body).unwrap(),
    )
    .unwrap();
    let header = written.content_type.unwrap();
    let boundary = header
        .strip_prefix("multipart/form-data; boundary=")
        .unwrap();
    let bytes = written.bytes.unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert_eq!(text.matches(&format!("--{boundary}\r\n")).count(), 5);
    assert!(text.ends_with(&format!("--{boundary}--\r\n")));
    for part in [
        "name=\"note\"\r\n\r\nhi \"you\"\r\n",
        "name=\"n\"\r\n\r\n2\r\n",
        "name=\"a%22b\"; filename=\"x.csv\"\r\nContent-Type: text/csv\r\n\r\na,b\n\r\n",
        "filename=\"y.bin\"\r\nContent-Type: application/octet-stream\r\n\r\n\0",
    ] {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    assert!(bytes.windows(2).any(|w| w == b"\0\xff"));
    let own = sent("multipart/form-data; boundary=XX", r#"{"a":"1"}"#).unwrap();
    assert!(own.0.starts_with("--XX\r\n") && own.1.is_none());
    assert!(sent("multipart/form-data; boundary=XX", r#"{"a":"aXXb"}"#).is_err());
}

#[test]
fn the_start_of_a_body_is_one_short_line() {
    assert_eq!(start_of(b"a\n  b\0c"), "a b c".replace("b c", "bc"));
    let long = start_of("ü".repeat(5000).as_bytes());
    assert_eq!(long.chars().count(), 201);
}
