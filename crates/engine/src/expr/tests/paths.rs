//! A plain path, which is read in place, and the same read through the general evaluator give the
//! same value or error code, for every kind of value in every context.

use super::*;

/// Values of each kind, including edge cases.
const VALUES: &str = r#"[null, true, 0, -3, 9223372036854775807, 2.5, "", "V-17", "ä日\u0000x", "10",
    [], [1, "ab", null, [2]], {}, {"k": "text", "0": "zero", "-1": "minus"},
    {"k": [{"k": "deep"}, "xy"]}, [["ab", {"k": null}], {"k": {"k": 1}}]]"#;

const PARTS: [&str; 10] = [
    ".k",
    "['k']",
    ".missing",
    "['0']",
    "[0]",
    "[1]",
    "[-1]",
    "[-2]",
    "[99]",
    "[-9223372036854775807]",
];

/// Expressions around a read; `@` is the read.
const AROUND: [&str; 9] = [
    "@",
    "@ or 'd'",
    "@ and 'd'",
    "'y' if @ else 'n'",
    "@ == 'a'",
    "@ != None and 1",
    "f\"{@}\"",
    "not @",
    "[@]",
];

fn world(value: &Value) -> World {
    let json = value.to_json();
    World::new(&format!(
        r#"{{"input": {{"v": {json}, "k": "k", "zero": "0", "missing": "missing", "n": [0, 1, -1, -2, 99, -9223372036854775807]}},
            "stages": {{"fetch": {json}, "skipped": null}}, "context": {{"v": {json}}}, "locals": {{"data": {json}}}}}"#
    ))
}

fn outcome(text: &str, world: &World) -> String {
    let result =
        Expr::compile(text, &names()).and_then(|expr| expr.eval(world, &mut Budget::standard()));
    match result {
        Ok(value) => value.to_json(),
        Err(error) => error.code.as_str().to_owned(),
    }
}

/// The part, with its index or key computed at evaluation.
fn computed(part: &str) -> String {
    match part {
        ".k" | "['k']" => "[input.k]".to_owned(),
        ".missing" => "[input.missing]".to_owned(),
        "['0']" => "[input.zero]".to_owned(),
        number => {
            let numbers = ["[0]", "[1]", "[-1]", "[-2]", "[99]"];
            let at = numbers.iter().position(|n| *n == number).unwrap_or(5);
            format!("[input.n[{at}]]")
        }
    }
}

#[test]
fn a_plain_path_and_the_evaluator_agree_on_every_kind_of_value() {
    let mut paths: Vec<Vec<&str>> = Vec::new();
    for first in PARTS {
        paths.push(vec![first]);
        for second in PARTS {
            paths.push(vec![first, second]);
            // Add a third part where the first two lead to a value.
            if ["[0]", ".k", "[1]"].contains(&first) && ["[0]", ".k", "[-1]"].contains(&second) {
                paths.extend(PARTS.map(|third| vec![first, second, third]));
            }
        }
    }
    let values = Value::parse_json(VALUES).unwrap();
    let (mut compared, mut found) = (0, 0);
    for value in values.as_list().unwrap() {
        let world = world(value);
        for (number, parts) in paths.iter().enumerate() {
            let fixed = parts.concat();
            let dynamic: String = parts.iter().map(|part| computed(part)).collect();
            // Rotate through the contexts, to use each with every kind of value.
            for around in [AROUND[0], AROUND[1], AROUND[number % AROUND.len()]] {
                let read = |path: String| outcome(&around.replace('@', &path), &world);
                let plain = read(format!("input.v{fixed}"));
                for (kind, other) in [
                    ("a list's item", format!("[input.v][0]{fixed}")),
                    ("computed parts", format!("input.v{dynamic}")),
                    ("a stage", format!("upstream.fetch{fixed}")),
                    ("a variable", format!("context.v{fixed}")),
                    ("a local name", format!("data{fixed}")),
                    ("a loop's name", format!("[x{fixed} for x in [input.v]]")),
                ] {
                    if kind == "a loop's name" {
                        if around != "@" {
                            continue;
                        }
                        let wanted = match Value::parse_json(&plain) {
                            Ok(_) => format!("[{plain}]"),
                            Err(_) => plain.clone(),
                        };
                        assert_eq!(read(other), wanted, "{kind}: {fixed} of {value:?}");
                        continue;
                    }
                    assert_eq!(
                        read(other),
                        plain,
                        "{kind}: {around} of {fixed} of {value:?}"
                    );
                    compared += 1;
                }
                found += usize::from(plain != "MISSING_PATH");
            }
        }
    }
    assert!(compared > 10_000 && found > 1_000, "{compared} {found}");
}

#[test]
fn a_character_of_a_text_is_read_by_its_index() {
    all_are(&[
        ("input.name[0]", r#""A""#),
        ("input.name[-1]", r#""a""#),
        ("input.tags[0][0]", r#""a""#),
        ("input.name[0][0][-1]", r#""A""#),
        ("'vip' if input.name[0] == 'A' else 'normal'", r#""vip""#),
        ("input.name[0] or '?'", r#""A""#),
        ("input.name[3] or '?'", r#""?""#),
        ("input.name[3]", "MISSING_PATH"),
        ("input.name[0].x", "MISSING_PATH"),
        ("upstream.fetch-data.content[3]", r#""t""#),
        ("context.item.url[0]", r#""u""#),
        ("data.status[-2]", r#""o""#),
    ]);
}

#[test]
fn everything_under_a_skipped_stage_is_null_even_when_computed() {
    all_are(&[
        ("upstream.skipped.a[0].b", "null"),
        ("upstream.skipped[input.name]", "null"),
        ("upstream.skipped[input.name].b[input.x]", "null"),
        ("upstream.skipped.a[input.x:]", "null"),
        ("upstream.fetch[input.name]", "MISSING_PATH"),
    ]);
}
