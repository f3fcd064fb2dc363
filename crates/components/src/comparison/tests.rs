//! The rules of docs/comparison.md, one by one.

use std::cmp::Ordering::{Equal, Greater, Less};

use engine::Value;

use super::{Kind, equal, order};

fn value(json: &str) -> Value {
    Value::parse_json(json).unwrap()
}

#[test]
fn values_of_the_same_meaning_are_equal() {
    for (a, b, same) in [
        ("10", r#""10""#, true),
        ("10", "10.0", true),
        (r#""10.50""#, "10.5", true),
        ("0", r#""-0""#, true),
        ("0.1", r#""0.1""#, true),
        ("9007199254740993", "9007199254740992.0", false),
        (
            r#""12345678901234567890""#,
            r#""12345678901234567891""#,
            false,
        ),
        (r#""007""#, "7", false),
        (r#""1e5""#, "100000", false),
        (r#""+5""#, "5", false),
        (r#""1,000""#, "1000", false),
        ("true", r#""true""#, true),
        ("true", "1", false),
        ("null", r#""null""#, false),
        ("null", "0", false),
        ("null", r#""""#, false),
        ("null", "null", true),
        (r#""2026-01-01""#, r#""2026-01-01T00:00:00Z""#, true),
        (r#""2026-01-01T01:00+01:00""#, r#""2026-01-01 00:00""#, true),
        (r#""2026-02-30""#, r#""2026-02-30""#, true),
        (r#""a""#, r#""A""#, false),
        (r#"{"a":1,"b":"2"}"#, r#"{"b":2,"a":1.0}"#, true),
        ("[1,2]", "[2,1]", false),
    ] {
        assert_eq!(equal(&value(a), &value(b)), same, "{a} and {b}");
        assert_eq!(equal(&value(b), &value(a)), same, "{b} and {a}");
    }
}

#[test]
fn a_value_is_ordered_by_the_kind_of_the_bound() {
    for (a, bound, expected) in [
        (r#""9""#, r#""10""#, Less),
        (r#""100""#, "10", Greater),
        ("9.5", r#""9""#, Greater),
        ("-2", "-1", Less),
        ("-0.5", "0.25", Less),
        (
            r#""100000000000000000000""#,
            r#""99999999999999999999""#,
            Greater,
        ),
        (r#""2025-12-31""#, r#""2026-01-01""#, Less),
        (r#""2026-01-01T00:30+01:00""#, r#""2026-01-01""#, Less),
        (
            r#""2026-01-01T10:00:00.5Z""#,
            r#""2026-01-01T10:00:00Z""#,
            Greater,
        ),
        (r#""7up""#, r#""M""#, Less),
        (r#""7""#, r#""M""#, Less),
        ("false", "true", Less),
        (r#""10.0""#, "10", Equal),
    ] {
        assert_eq!(
            order(&value(a), &value(bound)),
            Ok(expected),
            "{a} and {bound}"
        );
    }
}

#[test]
fn values_that_cannot_be_compared_are_both_named() {
    for (a, bound, told) in [
        (
            r#""n/a""#,
            "9",
            r#"the text "n/a" cannot be compared with the number 9"#,
        ),
        (
            r#""31.12.2025""#,
            r#""2026-01-01""#,
            r#"the text "31.12.2025" cannot be compared with the date "2026-01-01""#,
        ),
        (
            "20260101",
            r#""2026-01-01""#,
            r#"the number 20260101 cannot be compared with the date "2026-01-01""#,
        ),
        ("null", "9", "null cannot be compared with the number 9"),
        (
            "[1]",
            "9",
            "the list [1] cannot be compared with the number 9",
        ),
        ("9", "null", "null cannot be ordered"),
        ("9", "{}", "an object cannot be ordered"),
    ] {
        let reason = order(&value(a), &value(bound)).unwrap_err().to_string();
        assert_eq!(reason, told);
    }
}

#[test]
fn a_column_has_the_kind_of_all_its_values() {
    for (values, expected) in [
        (r#"[1,"2",3.5]"#, Ok(Kind::Number)),
        (r#"["2026-01-01","2026-01-02 10:00"]"#, Ok(Kind::Date)),
        (r#"["A1","100","2026-01-01"]"#, Ok(Kind::Text)),
        (r#"[true,false]"#, Ok(Kind::Boolean)),
        ("[]", Ok(Kind::Text)),
        (
            r#"[1,"n/a"]"#,
            Err(r#"the number 1 cannot be compared with the text "n/a""#),
        ),
        (
            r#"["n/a",1]"#,
            Err(r#"the text "n/a" cannot be compared with the number 1"#),
        ),
        (r#"[{},1]"#, Err("an object cannot be ordered")),
    ] {
        let values = value(values);
        let values: Vec<&Value> = values.as_list().unwrap().iter().collect();
        let kind = Kind::of_column(&values).map_err(|e| e.to_string());
        assert_eq!(kind, expected.map_err(str::to_owned));
    }
}
