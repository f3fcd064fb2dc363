//! Edits keep all other bytes; syntax errors are reported with their positions.

use proptest::prelude::*;
use types::ErrorCode;

use super::{Document, EditError, Kind, Lines, Path, quote};
use crate::Value;

fn errors(text: &str) -> Vec<super::SyntaxError> {
    Document::parse(text).err().unwrap_or_default()
}

/// Line, column and `message / help` of each error.
fn told(text: &str) -> Vec<(usize, usize, String)> {
    let lines = Lines::new(text);
    errors(text)
        .into_iter()
        .map(|error| {
            let place = lines.position(error.span.start);
            let help = error.help.unwrap_or_default();
            (
                place.line,
                place.column,
                format!("{} / {help}", error.message),
            )
        })
        .collect()
}

#[test]
fn each_json_mistake_has_its_position_and_helpful_text() {
    for (text, line, column, part) in [
        ("{\"a\": 1,}", 1, 8, "remove the comma"),
        ("[1,\n 2,\n]", 2, 3, "remove the comma"),
        ("{'a': 1}", 1, 2, "double quotes"),
        ("{\"a\": 'x'}", 1, 7, "double quotes"),
        ("{\n  // note\n  \"a\": 1}", 2, 3, "no comments"),
        ("{/* note */\"a\": 1}", 1, 2, "no comments"),
        ("# note\n{}", 1, 1, "no comments"),
        ("{\"a\": 1\n \"b\": 2}", 1, 8, "comma is missing"),
        ("[1 2]", 1, 3, "comma is missing"),
        ("{\"a\" 1}", 1, 2, "`:` is missing"),
        ("{\"a\" = 1}", 1, 2, "not `=`"),
        ("{a: 1}", 1, 2, "write \"a\""),
        ("{\"a\": True}", 1, 7, "write true"),
        ("{\"a\": None}", 1, 7, "write null"),
        ("{\"a\": NaN}", 1, 7, "finite"),
        ("{\"a\": -Infinity}", 1, 7, "finite"),
        ("{\"a\": hello}", 1, 7, "double quotes: \"hello\""),
        ("{\"a\": \"x\n\"}", 1, 7, "no closing quote"),
        ("{\"a\": \"x", 1, 7, "no closing quote"),
        ("{\"a\": \"C:\\dir\"}", 1, 10, "written \\\\"),
        ("{\"a\": \"\\u12\"}", 1, 8, "four hexadecimal digits"),
        ("{\"a\": \"\\ud800\"}", 1, 8, "two halves"),
        ("{\"a\": \"x\ty\"}", 1, 9, "a tab"),
        ("{\"a\": 01}", 1, 7, "leading zeros"),
        ("{\"a\": +1}", 1, 7, "leading `+`"),
        ("{\"a\": .5}", 1, 7, "begins with a digit"),
        ("{\"a\": 1.}", 1, 7, "follows the point"),
        ("{\"a\": 0x1F}", 1, 7, "base 10"),
        ("{\"a\": }", 1, 7, "value is missing"),
        ("[1,,2]", 1, 4, "unexpected comma"),
        ("{\"a\": [1}", 1, 9, "does not close"),
        ("{\"a\": 1", 1, 8, "before the `{` is closed"),
        ("{\"a\": 1} x", 1, 10, "more text after the end"),
        ("{\u{201c}a\u{201d}: 1}", 1, 2, "double quotes"),
        ("", 1, 1, "empty"),
        (" \n", 1, 1, "empty"),
        ("[\"a\": 1]", 1, 5, "key in a list"),
    ] {
        let told = told(text);
        let found = told
            .iter()
            .any(|(l, c, sentence)| (*l, *c) == (line, column) && sentence.contains(part));
        assert!(found, "{text:?}: {told:?}");
    }
}

#[test]
fn several_errors_are_reported_at_once() {
    let text = "{\n  'a': True, // why\n  \"b\": [1 2,],\n  \"c\": 1,\n  \"c\": 2\n}";
    let codes: Vec<ErrorCode> = errors(text).iter().map(|error| error.code).collect();
    assert_eq!(codes.len(), 6, "{:?}", told(text));
    assert!(codes.contains(&ErrorCode::DuplicateKey));
}

#[test]
fn i03_numbers_are_exact_or_refused() {
    for (text, value) in [
        ("9007199254740993", Value::Int(9_007_199_254_740_993)),
        ("9223372036854775807", Value::Int(i64::MAX)),
        ("-9223372036854775808", Value::Int(i64::MIN)),
        ("0.1", Value::Float(0.1)),
        ("1e21", Value::Float(1e21)),
        ("-0", Value::Float(-0.0)),
    ] {
        assert_eq!(
            Document::parse(text).unwrap().root().value(),
            value,
            "{text}"
        );
    }
    let long = "9".repeat(1000);
    for text in [
        "9223372036854775808",
        "18446744073709551615",
        "1e400",
        "-1e400",
        &long,
    ] {
        let found = errors(&format!("{{\"a\": {text}}}"));
        assert_eq!(found[0].code, ErrorCode::ValueOutOfRange, "{text}");
        assert!(found[0].message.len() < 120);
    }
}

#[test]
fn i03_duplicate_keys_are_reported_with_both_positions() {
    let text = "{\"x\": {\"caf\\u00e9\": 1, \"café\": 2}}";
    let found = errors(text);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code, ErrorCode::DuplicateKey);
    assert_eq!(found[0].path, "$.x");
    assert_eq!(&text[found[0].span.start..found[0].span.end], "\"café\"");
    let (_, first) = found[0].related.clone().unwrap();
    assert_eq!(&text[first.start..first.end], "\"caf\\u00e9\"");
    let many: String = (0..100_000).map(|n| format!("\"k{n}\":1,")).collect();
    assert!(errors(&format!("{{{many}\"k7\":2}}")).len() == 1);
}

#[test]
fn i03_nesting_over_100_is_rejected_before_anything_else() {
    let deep = |n: usize| "[".repeat(n) + &"]".repeat(n);
    assert!(Document::parse(deep(100)).is_ok());
    for text in [
        deep(101),
        deep(100_000),
        "[".repeat(1_000_000),
        "{\"a\":".repeat(101),
    ] {
        let found = errors(&text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].code, ErrorCode::NestingTooDeep);
        assert_eq!(
            found[0].span.start,
            if text.starts_with('{') { 500 } else { 100 }
        );
    }
    // Brackets inside strings do not count.
    assert!(Document::parse(format!("\"{}\"", "[".repeat(500))).is_ok());
}

#[test]
fn paths_lead_to_values_and_back() {
    let text = r#"{"stages": [{"config": {"a b": 1, "c.d": {"é\n": [null]}, "x-y": 2}}]}"#;
    let document = Document::parse(text).unwrap();
    for (path, raw) in [
        ("$", text),
        ("$.stages[0].config[\"a b\"]", "1"),
        ("$.stages[0].config.x-y", "2"),
        ("$.stages[0].config[\"c.d\"][\"é\\n\"][0]", "null"),
    ] {
        let node = document.at(&Path::parse(path).unwrap()).unwrap();
        assert_eq!(node.raw(), raw);
        assert_eq!(node.path().to_string(), path);
    }
    for wrong in ["", "a", "$.", "$..a", "$[", "$[x]", "$[\"a]", "$.a]"] {
        let leads = Path::parse(wrong).is_some_and(|path| document.at(&path).is_some());
        assert!(!leads, "{wrong}");
    }
}

#[test]
fn an_edit_touches_only_the_bytes_of_the_value() {
    let text = "\u{feff}{\r\n\t\"name\" : \"caf\\u00e9\",\r\n  \"n\":1.50 , \"list\": [ 1,2 ]\r\n}\r\n\r\n";
    let document = Document::parse(text).unwrap();
    let edited = document.replace("$.n", " {\"a\": 2}\n").unwrap();
    assert_eq!(edited.text().as_ref(), text.replace("1.50", "{\"a\": 2}"));
    let edited = document.replace("$.list[1]", "\"x\"").unwrap();
    assert_eq!(edited.text().as_ref(), text.replace("1,2", "1,\"x\""));
    assert_eq!(document.text().as_ref(), text);
    assert!(matches!(
        document.replace("$.m", "1"),
        Err(EditError::NoSuchValue(_))
    ));
    for wrong in ["", "1, 2", "1 } x", "{", "tru", "// a\n1"] {
        assert!(
            matches!(
                document.replace("$.list[0]", wrong),
                Err(EditError::NotJson(_))
            ),
            "{wrong}"
        );
    }
    let deep = "[".repeat(99) + &"]".repeat(99);
    assert!(document.replace("$.list[0]", &deep).is_err());
}

#[test]
fn positions_inside_a_string_respect_escapes() {
    let text = r#"{"a": "x\n\u00e9\ud83d\ude00{{y}}"}"#;
    let document = Document::parse(text).unwrap();
    let node = document.root().get("a").unwrap();
    let read = node.text().unwrap();
    assert_eq!(read, "x\né😀{{y}}");
    for part in ["x", "\n", "é", "😀", "{{", "y"] {
        let source = node.source_offset(read.find(part).unwrap());
        let expected = match part {
            "\n" => text.find("\\n"),
            "é" => text.find("\\u00e9"),
            "😀" => text.find("\\ud83d"),
            part => text.find(part),
        };
        assert_eq!(Some(source), expected, "{part:?}");
    }
    assert_eq!(node.source_offset(9_999), text.len() - 2);
}

#[test]
fn lines_and_columns_count_characters() {
    let text = format!("\u{feff}é\"\r\nab\n{}x", "ü".repeat(5000));
    let lines = Lines::new(&text);
    let at = |needle: &str| {
        let place = lines.position(text.find(needle).unwrap());
        (place.line, place.column)
    };
    assert_eq!(at("é"), (1, 1));
    assert_eq!(at("\""), (1, 2));
    assert_eq!(at("b"), (2, 2));
    assert_eq!(at("x"), (3, 5001));
    assert_eq!(lines.line(1), "é\"");
    assert_eq!(lines.line(2), "ab");
    assert_eq!(lines.position(text.len() + 10).column, 5002);
}

/// JSON text as people and programs write it: any whitespace, and escapes where none are needed.
fn json() -> impl Strategy<Value = String> {
    let blank = prop_oneof![Just(""), Just(" "), Just("\r\n"), Just("\t"), Just("\n  ")];
    let text = any::<String>().prop_map(|text| quote(&text));
    let escaped = any::<Vec<u16>>().prop_map(|units| {
        let text: String = String::from_utf16_lossy(&units);
        let units: Vec<u16> = text.encode_utf16().collect();
        format!(
            "\"{}\"",
            units
                .iter()
                .map(|u| format!("\\u{u:04X}"))
                .collect::<String>()
        )
    });
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<i64>().prop_map(|n| n.to_string()),
        any::<i32>().prop_map(|n| format!("{n}.25")),
        text,
        escaped,
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        let blank = blank.clone();
        let list = prop::collection::vec((inner.clone(), blank.clone()), 0..6).prop_map(|items| {
            let items: Vec<String> = items
                .into_iter()
                .map(|(item, blank)| format!("{blank}{item}{blank}"))
                .collect();
            format!("[{}]", items.join(","))
        });
        let object =
            prop::collection::btree_map(any::<String>(), (inner, blank), 0..6).prop_map(|fields| {
                let fields: Vec<String> = fields
                    .into_iter()
                    .map(|(key, (value, blank))| format!("{blank}{}{blank}:{value}", quote(&key)))
                    .collect();
                format!("{{{}}}", fields.join(","))
            });
        prop_oneof![list, object]
    })
}

proptest! {
    #[test]
    fn the_value_is_the_one_that_serde_reads(text in json()) {
        let ours = Document::parse(text.clone()).unwrap();
        prop_assert_eq!(ours.text().as_ref(), &text);
        let theirs: serde_json::Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(ours.root().value(), Value::from_json(&theirs).unwrap());
    }

    #[test]
    fn an_edit_of_any_value_keeps_every_other_byte(
        text in json(), new in json(), pick in any::<prop::sample::Index>(), bom in any::<bool>(),
    ) {
        let text = format!("{}{text}\r\n", if bom { "\u{feff}" } else { "" });
        let document = Document::parse(text.clone()).unwrap();
        let node = document.node(pick.index(document.entries.len()) as u32).unwrap();
        let (span, path) = (node.span(), node.path().to_string());
        let edited = document.replace(&path, &new).unwrap();
        prop_assert_eq!(&edited.text()[..span.start], &text[..span.start]);
        let after = &edited.text()[span.start + new.trim().len()..];
        prop_assert_eq!(after, &text[span.end..]);
        let there = edited.at(&Path::parse(&path).unwrap()).unwrap();
        let expected = Document::parse(new).unwrap().root().value();
        prop_assert_eq!(there.value(), expected);
        // Undoing the edit restores the original text, byte for byte.
        let back = edited.replace(&path, &text[span.start..span.end]).unwrap();
        prop_assert_eq!(back.text().as_ref(), &text);
    }

    #[test]
    fn random_text_never_panics_and_errors_stay_inside(text in any::<String>()) {
        inside(&text)?;
    }

    #[test]
    fn broken_json_never_panics_and_errors_stay_inside(
        text in json(), cuts in prop::collection::vec((any::<prop::sample::Index>(), "[\\[\\]{},:\"'\\\\/#a1 \n\u{2028}é]?"), 1..5),
    ) {
        let mut chars: Vec<String> = text.chars().map(String::from).collect();
        for (at, new) in cuts {
            let at = at.index(chars.len());
            chars[at] = new;
        }
        inside(&chars.concat())?;
    }

    #[test]
    fn a_quoted_text_reads_back_equal(text in any::<String>()) {
        let document = Document::parse(quote(&text)).unwrap();
        prop_assert_eq!(document.root().kind(), Kind::Text);
        prop_assert_eq!(document.root().text().unwrap(), text);
    }
}

fn inside(text: &str) -> Result<(), TestCaseError> {
    let valid = serde_json::from_str::<serde_json::Value>(text).is_ok();
    match Document::parse(text) {
        Ok(_) => prop_assert!(valid || text.starts_with('\u{feff}'), "{text:?} is no JSON"),
        Err(errors) => {
            for error in errors {
                let strict = !matches!(
                    error.code,
                    ErrorCode::DuplicateKey | ErrorCode::ValueOutOfRange
                );
                prop_assert!(!(valid && strict), "{text:?} is JSON: {error:?}");
                prop_assert!(error.span.start <= error.span.end && error.span.end <= text.len());
                prop_assert!(text.is_char_boundary(error.span.start));
                prop_assert!(text.is_char_boundary(error.span.end));
            }
        }
    }
    Ok(())
}
