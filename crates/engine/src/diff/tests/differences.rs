//! What is a difference, and which.

use super::{super::Unreadable, REGISTRY, diff, difference};

const BASE: &str = r#"{
  "name": "p",
  "tags": ["x", "y"],
  "input_schema": { "type": "object", "properties": { "q": { "type": "string" } }, "required": ["q"] },
  "stages": [
    { "id": "a", "type": "logger", "config": { "message": "one two three four five" } },
    { "id": "b", "type": "logger", "depends_on": ["a"], "config": { "data": "{{upstream.a.message}}", "tags": ["k", "l"] } },
    { "id": "each", "type": "foreach", "depends_on": ["b", "a"], "config": { "items": [1], "loop_stages": ["in"] } },
    { "id": "in", "type": "variable_set", "config": { "name": "v", "value": 1 } }
  ]
}"#;

fn changed(from: &str, to: &str) -> super::Difference {
    assert!(BASE.contains(from), "{from}");
    difference(BASE, &BASE.replace(from, to))
}

#[test]
fn white_space_order_of_fields_escapes_and_spellings_are_no_difference() {
    let same = r#"{"stages": [
      {"type":"logger","id":"\u0061","config":{"message":"one two three four five"}},
      {"component_type":"logger","id":"b","config":{"tags":["k","l"],"data":"{{upstream.a.message}}"},"depends_on":["a"]},
      {"id":"each","component":"foreach","depends_on":["a","b"],"config":{"items":[1],"loop_stages":["in"]}},
      {"id":"in","type":"variable-set","config":{"value":1,"name":"v"}}],
     "input_schema":{"required":["q"],"properties":{"q":{"type":"string"}},"type":"object"},
     "tags":["y","x"],"name":"p"}"#;
    let found = difference(BASE, same);
    assert!(found.is_empty(), "{found:#?}");
    assert_eq!(found.summary(), "no difference");
}

#[test]
fn a_changed_field_is_named_by_its_path_with_both_values() {
    let found = changed("three", "3");
    assert_eq!(found.summary(), "1 stage modified");
    let stage = &found.changed[0];
    assert_eq!((stage.id.after.as_str(), stage.reordered), ("a", false));
    let field = &stage.fields[0];
    assert_eq!(field.field, "config.message");
    assert_eq!(
        field.before.as_ref().unwrap().as_str(),
        Some("one two three four five")
    );
    assert_eq!(
        field.after.as_ref().unwrap().as_str(),
        Some("one two 3 four five")
    );
}

#[test]
fn items_of_lists_of_the_same_length_are_named_by_their_number() {
    let found = changed(r#"["k", "l"]"#, r#"["k", "m"]"#);
    assert_eq!(found.changed[0].fields[0].field, "config.tags[1]");
    let found = changed(r#"["k", "l"]"#, r#"["k"]"#);
    assert_eq!(found.changed[0].fields[0].field, "config.tags");
}

#[test]
fn fields_of_the_file_and_schemas_are_compared_field_by_field() {
    let found = changed(
        r#"{ "type": "string" } }, "required": ["q"]"#,
        r#"{ "type": "number" }, "r": {} }, "required": ["q", "r"]"#,
    );
    let names: Vec<&str> = found.fields.iter().map(|f| f.field.as_str()).collect();
    assert_eq!(
        names,
        [
            "input_schema.properties.q.type",
            "input_schema.properties.r",
            "input_schema.required"
        ]
    );
    assert_eq!(found.summary(), "3 fields of the pipeline changed");
}

#[test]
fn stages_are_added_and_removed() {
    let with = BASE.replace(
        r#"    { "id": "in","#,
        "    { \"id\": \"new\", \"type\": \"filter\" },\n    { \"id\": \"in\",",
    );
    let found = difference(BASE, &with);
    assert_eq!(found.summary(), "1 stage added");
    let stage = &found.added[0];
    assert_eq!(
        (stage.id.as_str(), stage.component.as_str()),
        ("new", "filter")
    );
    assert_eq!(stage.index, 3);
    assert_eq!(difference(&with, BASE).summary(), "1 stage removed");
}

#[test]
fn a_renamed_stage_is_one_stage_and_what_names_it_follows() {
    let text = BASE
        .replace(r#""id": "a""#, r#""id": "greet""#)
        .replace("three", "3")
        .replace(r#"["a"]"#, r#"["greet"]"#)
        .replace(r#"["b", "a"]"#, r#"["greet", "b"]"#)
        .replace("upstream.a.", "upstream.greet.");
    let found = difference(BASE, &text);
    assert!(
        found.added.is_empty() && found.removed.is_empty(),
        "{found:#?}"
    );
    let stage = &found.changed[0];
    assert_eq!(
        (stage.id.before.as_str(), stage.id.after.as_str()),
        ("a", "greet")
    );
    assert!(!stage.fields[0].follows_rename);
    for stage in &found.changed[1..] {
        for field in &stage.fields {
            assert!(field.follows_rename, "{field:?}");
        }
    }
    assert_eq!(found.changed.len(), 3);
}

#[test]
fn another_stage_in_its_place_is_not_a_renamed_one() {
    let text = BASE.replace(
        r#""id": "a", "type": "logger", "config": { "message": "one two three four five" }"#,
        r#""id": "z", "type": "logger", "config": { "message": "quite another text" }"#,
    );
    let found = difference(BASE, &text);
    assert_eq!((found.added.len(), found.removed.len()), (1, 1));
}

#[test]
fn a_stage_moves_into_a_control_stage_and_within_the_file() {
    let found = changed(r#""loop_stages": ["in"]"#, r#""loop_stages": ["in", "b"]"#);
    let stage = found.changed.iter().find(|s| s.id.after == "b").unwrap();
    let control = stage.control.as_ref().unwrap();
    assert!(control.before.is_empty());
    assert_eq!(control.after, ["each/loop"]);

    let last =
        r#"    { "id": "in", "type": "variable_set", "config": { "name": "v", "value": 1 } }"#;
    let text = BASE
        .replace(&format!(",\n{last}"), "")
        .replace(r#"  "stages": ["#, &format!("  \"stages\": [\n{last},"));
    let found = difference(BASE, &text);
    assert_eq!(found.summary(), "1 stage moved");
    assert!(found.changed[0].reordered);
    assert_eq!(found.changed[0].id.after, "in");
    assert!(found.without_layout().is_empty());
}

#[test]
fn a_position_on_the_canvas_is_one_field_and_layout() {
    let placed = BASE.replace(
        r#""id": "a","#,
        r#""id": "a", "position": { "x": 1, "y": 2 },"#,
    );
    let found = difference(
        &placed,
        &placed.replace(r#""x": 1, "y": 2"#, r#""x": 5, "y": 6"#),
    );
    assert_eq!(found.changed[0].fields.len(), 1);
    assert_eq!(found.changed[0].fields[0].field, "position");
    assert!(found.only_layout());
    assert!(found.without_layout().is_empty());
    assert!(!difference(&placed, &placed).only_layout());
}

#[test]
fn notes_on_the_canvas_are_layout_and_other_metadata_is_not() {
    let with = |metadata: &str| {
        BASE.replace(
            r#""name": "p","#,
            &format!(r#""name": "p", "metadata": {metadata},"#),
        )
    };
    let noted = with(r#"{ "canvas": { "arranged": true, "notes": { "n": { "text": "a" } } } }"#);
    let found = difference(BASE, &noted);
    assert_eq!(found.fields[0].field, "metadata");
    assert!(found.only_layout());
    assert!(found.without_layout().is_empty());
    let found = difference(&noted, &noted.replace(r#""text": "a""#, r#""text": "b""#));
    assert_eq!(found.fields[0].field, "metadata.canvas.notes.n.text");
    assert!(found.only_layout());
    assert!(found.without_layout().is_empty());

    let other = with(r#"{ "canvas": {}, "owner": "Ada" }"#);
    assert!(!difference(BASE, &other).only_layout());
    let found = difference(&noted, &other).without_layout();
    assert_eq!(found.fields.len(), 1);
    assert_eq!(found.fields[0].field, "metadata.owner");
}

#[test]
fn stages_without_ids_of_their_own_are_compared_as_a_whole() {
    let twice = BASE.replace(r#""id": "b""#, r#""id": "a""#);
    let found = difference(BASE, &twice);
    assert!(found.changed.is_empty() && found.added.is_empty());
    assert_eq!(found.fields[0].field, "stages");
    assert!(difference(&twice, &twice).is_empty());
}

#[test]
fn a_text_that_is_no_object_is_refused_by_its_number() {
    for (before, after, number) in [("{", BASE, 0), (BASE, "[]", 1)] {
        let Err(Unreadable {
            number: found,
            findings,
        }) = diff(before, after, &REGISTRY)
        else {
            panic!("accepted");
        };
        assert_eq!(found, number);
        assert!(!findings.is_empty());
    }
}

#[test]
fn the_json_form_has_no_value_where_there_is_none() {
    let found = changed(r#""name": "p","#, r#""name": "p", "description": null,"#);
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(
        json["fields"],
        serde_json::json!([{ "field": "description", "after": null, "follows_rename": false }])
    );
}

#[test]
fn a_value_at_a_very_long_path_is_one_thing() {
    let deep = |value: u32| {
        let key = "k".repeat(300);
        let inner = format!(r#"{{"{key}": {{"{key}": {{"x": {value}, "y": 0}}}}}}"#);
        format!(r#"{{"stages": [{{"id": "a", "type": "logger", "config": {inner}}}]}}"#)
    };
    let found = difference(&deep(1), &deep(2));
    let field = &found.changed[0].fields[0];
    assert!(field.field.ends_with('k'), "{}", field.field);
    assert_eq!(found.changed[0].fields.len(), 1);
    assert_eq!(field.before.as_ref().unwrap().to_json(), r#"{"x":1,"y":0}"#);
    assert!(difference(&deep(1), &deep(1)).is_empty());
}

#[test]
fn stages_with_very_much_text_are_not_compared_for_renaming() {
    let file = |id: &str, stages: usize, words: usize| {
        let stage = |number: usize| {
            let text = format!("{number} ").repeat(words);
            format!(
                r#"{{"id": "{id}{number}", "type": "logger", "config": {{"message": "{text}"}}}}"#
            )
        };
        let stages: Vec<String> = (0..stages).map(stage).collect();
        format!(r#"{{"stages": [{}]}}"#, stages.join(","))
    };
    let found = difference(&file("a", 2, 100), &file("b", 2, 100));
    assert_eq!((found.added.len(), found.changed.len()), (0, 2));
    let found = difference(&file("a", 100, 2_000), &file("b", 100, 2_000));
    assert_eq!((found.added.len(), found.removed.len()), (100, 100));
}
