//! Filters that are read, refused and applied, with generated ones.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{ENTERPRISE_SCHEMA, Object, ScimType, USER};

fn ada() -> Object {
    let user = json!({
        "id": "1", "userName": "Ada@Example.com", "externalId": "Ab", "active": true,
        "name": { "familyName": "Lovelace" }, "title": "",
        "emails": [{ "type": "work", "value": "ada@example.com" },
            { "type": "home", "value": "ada@home.example" }],
        ENTERPRISE_SCHEMA: { "department": "Engines" },
        "meta": { "lastModified": "2026-05-13T04:42:34.120Z" },
    });
    match user {
        Json::Object(map) => map,
        other => panic!("{other}"),
    }
}

fn fits(text: &str) -> bool {
    let filter = Filter::parse(&USER, text).unwrap_or_else(|error| panic!("{text}: {error}"));
    filter.matches(&ada())
}

#[test]
fn filters_of_every_operator_select_as_the_standard_says() {
    for text in [
        r#"userName eq "ada@example.COM""#,
        r#"USERNAME EQ "ada@example.com""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "ada""#,
        r#"userName ew ".com" and userName co "@""#,
        r#"name.familyName co "love""#,
        r#"externalId eq "Ab""#,
        r#"userName ne "bob""#,
        r#"emails pr and not (nickName pr) and not(title pr)"#,
        r#"emails eq "ada@home.example""#,
        r#"emails.type eq "HOME""#,
        r#"emails[type eq "work" and value co "example.com"]"#,
        r#"emails[type eq "work"].value eq "ada@example.com""#,
        r#"active eq true and active eq "True" and active ne false"#,
        r#"meta.lastModified gt "2026-05-13T04:42:34Z""#,
        r#"meta.lastModified le "2026-05-13T06:42:34.12+02:00""#,
        r#"userName gt "a" and userName lt "b""#,
        r#"nickName eq null"#,
        r#"userName eq "x" or (userName eq "y" or name.familyName eq "lovelace")"#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "engines""#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User pr"#,
        r#"userName eq "ada@example.com" or userName eq "x" and userName eq "y""#,
    ] {
        assert!(fits(text), "{text}");
    }
    for text in [
        r#"externalId eq "ab""#,
        r#"emails[type eq "home"].value eq "ada@example.com""#,
        r#"emails[type eq "home" and value eq "ada@example.com"]"#,
        r#"emails ne "ada@example.com""#,
        r#"not (userName pr)"#,
        r#"nickName pr or title pr"#,
        r#"groups pr"#,
    ] {
        assert!(!fits(text), "{text}");
    }
}

#[test]
fn c04_an_invalid_filter_is_refused_with_its_place() {
    for (text, part) in [
        ("", "the end"),
        ("userName", "the end"),
        ("userName eq", "the end"),
        (r#"userName xx "a""#, "`xx`"),
        (r#"userName eq "a"#, "without its end"),
        (r#"userName eq "a" userName eq "b""#, "`userName`"),
        (r#"password eq "a""#, "`password`"),
        (r#"orgId eq "a""#, "`orgId`"),
        (r#"userName eq 'a'"#, "`'a'`"),
        (r#"userName eq "a"; DROP TABLE users"#, "`;`"),
        (r#"name eq "a""#, "parts"),
        (r#"userName[type eq "a"]"#, "one value"),
        (r#"emails[userName eq "a"]"#, "`userName`"),
        (r#"emails[type eq "a""#, "`]`"),
        ("active gt true", "eq or ne"),
        ("(userName pr", "`)`"),
        ("not userName pr", "`not`"),
        (r#"userName eq "\ud800""#, "JSON"),
    ] {
        let error = Filter::parse(&USER, text).expect_err(text);
        assert_eq!(error.scim_type, ScimType::InvalidFilter, "{text}");
        assert!(error.detail.contains(part), "{text}: {error}");
    }
}

#[test]
fn c04_length_depth_and_conditions_are_bounded() {
    let nested = |n: usize| format!("{}userName pr{}", "(".repeat(n), ")".repeat(n));
    assert!(Filter::parse(&USER, &nested(DEEPEST)).is_ok());
    let error = Filter::parse(&USER, &nested(DEEPEST + 1)).unwrap_err();
    assert!(error.detail.contains("nested"), "{error}");
    assert!(Filter::parse(&USER, &nested(2_000)).is_err());
    let terms = |n: usize| vec!["userName pr"; n].join(" or ");
    assert!(Filter::parse(&USER, &terms(MOST_TERMS)).is_ok());
    assert!(Filter::parse(&USER, &terms(MOST_TERMS + 1)).is_err());
    let long = |n: usize| format!("userName eq \"{}\"", "x".repeat(n - 14));
    assert!(Filter::parse(&USER, &long(LONGEST)).is_ok());
    assert!(Filter::parse(&USER, &long(LONGEST + 1)).is_err());
}

#[test]
fn what_a_filter_requires_is_known_for_a_look_up() {
    let read = |text: &str| Filter::parse(&USER, text).unwrap();
    let filter = read(r#"active eq true and userName eq "a""#);
    assert_eq!(filter.required("userName"), Some("a"));
    assert!(filter.mentions("active") && !filter.mentions("emails"));
    assert!(read(r#"userName pr or not (emails[type eq "x"])"#).mentions("emails"));
    for other in [
        r#"userName eq "a" or active eq true"#,
        r#"not (userName eq "a")"#,
        r#"userName ne "a""#,
    ] {
        assert_eq!(read(other).required("userName"), None, "{other}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_or_an_accepted_filter_panic(text in "[a-zA-Z\\[\\]().\" :\\\\é]{0,60}") {
        if let Ok(filter) = Filter::parse(&USER, &text) {
            filter.matches(&ada());
        }
    }

    #[test]
    fn the_negation_of_an_accepted_filter_is_accepted_and_selects_the_others(parts in prop::collection::vec(
        prop::sample::select(vec!["userName", "eq", "pr", "and", "or", "not", "(", ")", "[", "]",
            "emails", ".value", "\"x\"", "true", "null", "1"]), 0..14)) {
        let text = parts.join(" ");
        if let Ok(filter) = Filter::parse(&USER, &text) {
            let negated = Filter::parse(&USER, &format!("not ({text})"));
            prop_assert_eq!(negated.map(|one| one.matches(&ada())), Ok(!filter.matches(&ada())));
        }
    }
}
