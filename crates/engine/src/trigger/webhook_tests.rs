//! Tests of webhooks: reading them, and the input that a delivery gives to its run.

use super::{
    Answer, BodyKind, Encoding, Event, MAX_BODY, Network, Overlap, Part, Proof, Source, Trigger,
    Webhook,
};
use crate::{Map, Value};

fn trigger(text: &str) -> Trigger {
    Trigger::parse(text).unwrap_or_else(|found| panic!("{text}: {found:?}"))
}

fn webhook(text: &str) -> Webhook {
    trigger(text).webhook().expect("a webhook").clone()
}

fn refused(text: &str) -> String {
    let found = Trigger::parse(text).expect_err(text);
    let texts: Vec<String> = found.into_iter().map(|one| one.message).collect();
    texts.join("\n").to_lowercase()
}

fn json(text: &str) -> Value {
    Value::parse_json(text).unwrap()
}

fn event(body: &str) -> Event {
    let map = |text: &str| json(text).as_map().unwrap().clone();
    Event {
        body: json(body),
        headers: map("{\"x-github-event\": \"push\"}"),
        query: map("{\"page\": \"2\"}"),
    }
}

#[test]
fn a_webhook_without_more_has_the_careful_defaults() {
    let read = trigger("{\"type\": \"webhook\"}");
    assert_eq!(read.name, "webhook");
    assert_eq!(read.schedule.overlap, Overlap::Allow);
    let hook = read.webhook().unwrap();
    let header = "x-webhook-secret".to_owned();
    assert_eq!(hook.proof, Proof::Secret { header });
    assert_eq!(hook.accepts, [BodyKind::Json]);
    assert_eq!((hook.tolerance, hook.answer), (300, Answer::Run));
    assert!(!hook.same_body);
    let now = chrono::DateTime::UNIX_EPOCH;
    assert_eq!(read.schedule.next_after(now), None);
    assert!(!read.schedule.is_frequent(now));
}

#[test]
fn every_spelling_of_the_format_gives_the_same_webhook() {
    let plain = trigger(
        "{\"type\": \"webhook\", \"name\": \"n\", \"signature\": {\"scheme\": \"secret\", \
          \"header\": \"X-Auth\"}, \"answer\": \"result\", \"wait\": \"30s\", \"input\": {\"a\": 1}, \
          \"input_mapping\": {\"title\": \"$.issue.title\"}}",
    );
    let other = trigger(
        "{\"kind\": \"webhook\", \"id\": \"n\", \"require_auth\": true, \"auth_header\": \"x-auth\", \
          \"async_mode\": false, \"default_inputs\": {\"a\": 1}, \
          \"input_mapping\": {\"issue.title\": \"title\"}}",
    );
    assert_eq!(plain, other);
    let open = webhook("{\"type\": \"webhook\", \"require_auth\": false}");
    assert_eq!(open.proof, Proof::None);
}

#[test]
fn what_is_written_is_read_as_the_same_webhook() {
    for text in [
        "{\"type\": \"webhook\"}",
        "{\"type\": \"webhook\", \"signature\": \"github\", \"dedupe\": \"both\", \"enabled\": false}",
        "{\"type\": \"webhook\", \"signature\": \"slack\", \"networks\": [\"203.0.113.0/24\", \"::1\"]}",
        "{\"type\": \"webhook\", \"signature\": \"stripe\", \"answer\": \"result\", \"dedupe\": false}",
        "{\"type\": \"webhook\", \"signature\": {\"scheme\": \"hmac\", \"header\": \"X-Sig\", \
          \"prefix\": \"sha512=\", \"encoding\": \"base64\", \"algorithm\": \"sha512\"}, \
          \"delivery_id\": \"body.items[0].id\", \"accepts\": [\"form\", \"text\"], \
          \"input_mapping\": {\"headers.X-Event\": \"event\"}}",
    ] {
        let read = trigger(text);
        assert_eq!(trigger(&read.to_serde().to_string()), read, "{text}");
    }
}

#[test]
fn what_is_wrong_is_said_with_the_field() {
    let more = MAX_BODY + 1;
    let too_large = format!("{{\"type\": \"webhook\", \"max_bytes\": {more}}}");
    for (text, expected) in [
        (
            "{\"type\": \"webhook\", \"signatur\": \"github\"}",
            "is not a field",
        ),
        (
            "{\"type\": \"webhook\", \"signature\": \"gitlab\"}",
            "its scheme must be",
        ),
        (
            "{\"type\": \"webhook\", \"auth_secret\": \"s\"}",
            "does not belong",
        ),
        (
            "{\"type\": \"webhook\", \"networks\": [\"300.1.1.1\"]}",
            "must list networks",
        ),
        (
            "{\"type\": \"webhook\", \"networks\": []}",
            "1 to 50 networks",
        ),
        (
            "{\"type\": \"webhook\", \"wait\": \"30s\"}",
            "belongs to `answer",
        ),
        ("{\"type\": \"webhook\", \"rate\": 0}", "must be a number"),
        (
            "{\"type\": \"webhook\", \"tolerance\": \"2h\"}",
            "must be a duration",
        ),
        (
            "{\"type\": \"webhook\", \"cron\": \"* * * * *\"}",
            "is not a field",
        ),
        (
            "{\"type\": \"webhook\", \"input_mapping\": {\"a\": 1}}",
            "must map a path",
        ),
        (too_large.as_str(), "must be a number"),
    ] {
        let found = refused(text);
        assert!(found.contains(expected), "{text}: {found}");
    }
}

#[test]
fn a_file_declares_webhooks_beside_schedules() {
    let all = Trigger::declared_in(
        "{\"triggers\": {\"webhooks\": [{\"name\": \"a\"}, {\"signature\": \"github\"}], \
          \"schedules\": [{\"name\": \"b\", \"cron\": \"0 9 * * *\"}], \"webhook\": {\"name\": \"c\"}}}",
    );
    let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["a", "webhook-2", "b", "c"]);
    let list =
        Trigger::declared_in("{\"triggers\": [{\"type\": \"webhook\"}, {\"cron\": \"@daily\"}]}");
    assert!(list[0].webhook().is_some() && list[1].webhook().is_none());
}

#[test]
fn a_delivery_gives_the_fields_of_its_body_or_what_is_mapped() {
    let body = "{\"issue\": {\"labels\": [\"a\", \"b\"]}, \"n\": 1}";
    let defaults: Map = json("{\"n\": 0, \"more\": true}").as_map().unwrap().clone();
    let whole = webhook("{\"type\": \"webhook\"}");
    let input = whole.input(&defaults, &event(body)).unwrap();
    assert_eq!(
        input.to_json(),
        "{\"n\":1,\"more\":true,\"issue\":{\"labels\":[\"a\",\"b\"]}}"
    );
    assert_eq!(whole.input(&defaults, &event("[1]")), None);
    let mapped = webhook(
        "{\"type\": \"webhook\", \"input_mapping\": {\"issue.labels[1]\": \"label\", \
          \"headers.X-GitHub-Event\": \"kind\", \"page\": \"query.page\", \"gone\": \"$.issue.x\"}}",
    );
    let input = mapped.input(&defaults, &event(body)).unwrap();
    assert_eq!(
        input.to_json(),
        "{\"n\":0,\"more\":true,\"label\":\"b\",\"kind\":\"push\",\"page\":\"2\"}"
    );
    assert!(mapped.input(&defaults, &event("[1]")).is_some());
}

#[test]
fn a_path_names_its_part_or_is_one_into_the_body() {
    let of = |text: &str| Source::parse(text).map(|source| source.to_string());
    for (text, expected) in [
        ("a.b", "body.a.b"),
        ("$.a[0].b", "body.a.0.b"),
        ("$", "body"),
        ("body", "body"),
        ("bodyguard", "body.bodyguard"),
        ("headers.X-Event", "headers.x-event"),
        ("query.page", "query.page"),
    ] {
        assert_eq!(of(text).as_deref(), Some(expected), "{text}");
    }
    for text in ["", "a..b", "a[", "a[]", "a[0]b"] {
        assert_eq!(of(text), None, "{text}");
    }
    assert_eq!(Source::explicit("title"), None);
    assert_eq!(Source::field(Part::Query, "a").to_string(), "query.a");
}

#[test]
fn a_network_contains_its_addresses_and_no_others() {
    let contains = |network: &str, address: &str| {
        Network::parse(network)
            .unwrap()
            .contains(address.parse().unwrap())
    };
    assert!(contains("203.0.113.0/24", "203.0.113.200"));
    assert!(contains("203.0.113.0/24", "::ffff:203.0.113.7"));
    assert!(!contains("203.0.113.0/24", "203.0.114.1"));
    assert!(contains("203.0.113.7", "203.0.113.7"));
    assert!(!contains("203.0.113.7", "203.0.113.8"));
    assert!(contains("0.0.0.0/0", "8.8.8.8") && !contains("0.0.0.0/0", "::1"));
    assert!(contains("2001:db8::/32", "2001:db8:1::1"));
    assert!(contains("::/0", "2001:db8::1"));
    for text in [
        "",
        "10.0.0.0/33",
        "10.0.0/8",
        "10.0.0.0/+8",
        "host",
        "10.0.0.0/",
    ] {
        assert_eq!(Network::parse(text), None, "{text}");
    }
}

#[test]
fn a_webhook_is_said_in_words() {
    let words = |text: &str| trigger(text).schedule.words();
    let text = "{\"type\": \"webhook\", \"signature\": \"github\", \"rate\": 5}";
    assert_eq!(
        words(text),
        "whenever GitHub calls its address, at most 5 times a minute"
    );
    assert_eq!(Encoding::default().as_str(), "hex");
}
