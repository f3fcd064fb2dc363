//! Tests of input files: the resulting input and the remarks.

use super::{About, Reading, named, read as read_bytes, read_text};

fn read(name: &str, text: &str) -> String {
    read_text(name, text).unwrap().value.to_json()
}

fn both(name: &str, bytes: &[u8]) -> (String, Vec<String>) {
    let Reading { value, remarks } = read_bytes(name, bytes).unwrap();
    let remarks = remarks.into_iter().map(|remark| remark.message);
    (value.to_json(), remarks.collect())
}

#[test]
fn each_kind_of_file_becomes_an_object() {
    assert_eq!(read("a.json", r#"{"x":1}"#), r#"{"x":1}"#);
    assert_eq!(read("a.JSON", "[1,2]"), r#"{"rows":[1,2]}"#);
    assert_eq!(read("a.json", "5"), r#"{"text":"5"}"#);
    assert_eq!(
        read("a.jsonl", "{\"x\":1}\n\n{\"x\":2}\n"),
        r#"{"rows":[{"x":1},{"x":2}]}"#
    );
    assert_eq!(read("a.txt", "{not json"), r#"{"text":"{not json"}"#);
    assert_eq!(read("notes", "hello"), r#"{"text":"hello"}"#);
    assert_eq!(read("stdin", r#"{"x":1}"#), r#"{"x":1}"#);
    assert_eq!(
        read("a.toml", "x = 1\nat = 2026-01-02\n[t]\ny = 'z'"),
        r#"{"x":1,"at":"2026-01-02","t":{"y":"z"}}"#
    );
    assert_eq!(
        read(
            "Cargo.lock",
            "[[package]]\nname = \"a\"\nversion = \"1.0.0\""
        ),
        r#"{"package":[{"name":"a","version":"1.0.0"}]}"#
    );
    assert_eq!(
        read("yarn.lock", "# yarn\na@1:\n  b"),
        r##"{"text":"# yarn\na@1:\n  b"}"##
    );
}

#[test]
fn invalid_json_and_toml_become_text_with_a_remark() {
    for (name, text, said) in [
        (
            "stdin",
            "{\"x\":1,}",
            "looks like JSON but is not valid (line 1, column 8",
        ),
        (
            "notes",
            "[draft] nothing yet",
            "looks like JSON but is not valid (line 1",
        ),
        ("yarn.lock", "# yarn\na@1:\n  b", "neither TOML nor JSON"),
    ] {
        let (value, remarks) = both(name, text.as_bytes());
        assert!(value.starts_with("{\"text\":"), "{value}");
        assert_eq!(remarks.len(), 1, "{name} {remarks:?}");
        assert!(remarks[0].contains(said), "{remarks:?}");
    }
    for (name, text) in [
        ("stdin", "{}"),
        ("Cargo.lock", "x = 1"),
        ("notes", "hello {}"),
    ] {
        assert_eq!(
            both(name, text.as_bytes()).1,
            Vec::<String>::new(),
            "{name}"
        );
    }
}

#[test]
fn a_csv_column_is_numbers_only_if_nothing_would_be_lost() {
    let text = "id,code,price,note\n1,007,1.50,\"a, b\"\n2,08,,\n";
    assert_eq!(
        read("a.csv", text),
        r#"{"rows":[{"id":1,"code":"007","price":1.5,"note":"a, b"},{"id":2,"code":"08","price":null,"note":""}]}"#
    );
    assert_eq!(
        read("a.tsv", "a\tb\nx\t1e3\n"),
        r#"{"rows":[{"a":"x","b":"1e3"}]}"#
    );
}

#[test]
fn a_file_in_the_format_of_its_name_is_read_without_a_remark() {
    for (name, bytes) in [
        ("a.csv", &b"id,name\r\n1,\"An\nna\"\r\n\r\n2,Bob\r\n"[..]),
        ("a.csv", b"name\nAnna\n"),
        ("a.csv", b"sep=;\nid;name\n1;Anna\n"),
        ("a.tsv", b"id\tname\n1\ta,b\n"),
        ("a.psv", b"id|name\n1|a,b\n"),
        ("a.csv", b"\xEF\xBB\xBFid,name\n1,Anna\n"),
        ("a.json", b"\xFF\xFE{\0}\0"),
        ("a.txt", "Grüße".as_bytes()),
    ] {
        assert_eq!(both(name, bytes).1, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn separators_are_detected_and_reported() {
    let anna = r#"{"rows":[{"id":1,"name":"Anna"},{"id":2,"name":"Bob"}]}"#;
    for (separator, named) in [(";", "`;`"), ("|", "`|`"), ("\t", "a tab")] {
        let text = "id;name\n1;Anna\n2;Bob\n".replace(';', separator);
        let (value, remarks) = both("people.csv", text.as_bytes());
        assert_eq!(value, anna);
        assert!(
            remarks.len() == 1 && remarks[0].contains(named) && remarks[0].contains("sep="),
            "{remarks:?}"
        );
    }
    let (value, remarks) = both("a.csv", b"sep=;\r\nid;name\r\n1;Anna\r\n2;Bob\r\n");
    assert_eq!((value.as_str(), remarks.len()), (anna, 0));
}

#[test]
fn decimal_commas_are_decided_by_the_column_and_reported() {
    let text = "name;price;count;big\nAnna;1,5;7;1,234\nBob;12,25;8;5,678\n";
    let (value, remarks) = both("a.csv", text.as_bytes());
    assert_eq!(
        value,
        r#"{"rows":[{"name":"Anna","price":1.5,"count":7,"big":"1,234"},{"name":"Bob","price":12.25,"count":8,"big":"5,678"}]}"#
    );
    assert_eq!(remarks.len(), 3, "{remarks:?}");
    assert!(remarks[1].contains("`price`") && remarks[1].contains("1.5"));
    assert!(remarks[2].contains("`big` stays text") && remarks[2].contains("1.234 or 1234"));
    // If commas separate the columns, there are no decimal commas.
    assert_eq!(
        both("a.csv", b"a,b\n\"1,5\",2\n"),
        (r#"{"rows":[{"a":"1,5","b":2}]}"#.to_owned(), vec![])
    );
}

#[test]
fn other_character_sets_are_read_and_a_guess_is_reported() {
    let wanted = r#"{"rows":[{"id":1,"name":"Jürgen – 5 €"}]}"#;
    let text = "id;name\n1;Jürgen – 5 €\n";
    let utf_16 = |mark: bool, unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let mark = mark.then_some(0xfeff);
        mark.into_iter()
            .chain(text.encode_utf16())
            .flat_map(unit)
            .collect()
    };
    for (bytes, count) in [
        (text.as_bytes().to_vec(), 1),
        (utf_16(true, u16::to_le_bytes), 1),
        (utf_16(true, u16::to_be_bytes), 1),
        (utf_16(false, u16::to_le_bytes), 2),
        (b"id;name\n1;J\xfcrgen \x96 5 \x80\n".to_vec(), 2),
    ] {
        let (value, remarks) = both("a.csv", &bytes);
        assert_eq!(
            (value.as_str(), remarks.len()),
            (wanted, count),
            "{remarks:?}"
        );
    }
    let (_, remarks) = both("a.csv", b"id,name\n1,J\xfcrgen\n");
    for part in ["Windows-1252", "line 2", "0xFC", "Jürgen"] {
        assert!(remarks[0].contains(part), "{remarks:?}");
    }
}

#[test]
fn unusual_headers_are_corrected_and_reported() {
    for (text, value, part) in [
        (
            "a,b,\n1,2\n3,4,\n",
            r#"{"rows":[{"a":1,"b":2},{"a":3,"b":4}]}"#,
            "without a name",
        ),
        (
            "a,,c\n1,2,3\n",
            r#"{"rows":[{"a":1,"column_2":2,"c":3}]}"#,
            "column 2 has no name",
        ),
        ("a,a\n1,2\n", r#"{"rows":[{"a":1,"a_2":2}]}"#, "twice"),
        (
            "a,b\n1,2,,\n",
            r#"{"rows":[{"a":1,"b":2}]}"#,
            "beyond the last column",
        ),
        (
            "i\u{200b}d,b\n1,2\n",
            r#"{"rows":[{"id":1,"b":2}]}"#,
            "U+200B ZERO WIDTH SPACE",
        ),
        (
            "id,b\n1,2\u{a0}\n",
            "{\"rows\":[{\"id\":1,\"b\":\"2\u{a0}\"}]}",
            "U+00A0 NO-BREAK SPACE (line 2)",
        ),
        (
            "\"two\nlines\",b\n1,2\n",
            r#"{"rows":[{"two lines":1,"b":2}]}"#,
            "LINE FEED",
        ),
        ("", r#"{"rows":[]}"#, "no rows"),
    ] {
        let (got, remarks) = both("a.csv", text.as_bytes());
        assert_eq!(got, value, "{text}");
        assert!(
            remarks.len() == 1 && remarks[0].contains(part),
            "{remarks:?}"
        );
    }
}

#[test]
fn the_error_of_an_invalid_file_has_the_line() {
    for (name, bytes, part) in [
        ("a.json", &b"{\n \"x\": }"[..], "line 2"),
        ("a.jsonl", b"{}\n{", "line 2"),
        ("a.toml", b"x = ", "line 1"),
        ("a.csv", b"a,b\n1\n", "line 2: it has 1 cell"),
        ("a.csv", b"a,b\n1,2\n1,2,3\n", "line 3: it has 3 cells"),
        ("a.csv", b"sep=;\na;b\n1;2;3\n", "line 3"),
        ("a.csv", b"note\nhello, world\n", "double quotes"),
        ("a.csv", b"a,b\n1,\"x\n2,y\n", "line 2: a cell begins"),
        ("a.csv", b"sep=\na\n", "line 1"),
        ("a.json", br#"{"x":12345678901234567890123}"#, "64 bits"),
        (
            "a.json",
            b"{\n\"x\":\"\xfc\"}",
            "line 2 contains the byte 0xFC",
        ),
        ("a.csv", b"a,b\n1,\x81\n", "0x81"),
        ("a.csv", b"\xFF\xFEa\0;\0\x00\xd8", "utf-16le"),
        ("a.xlsx", b"PK\x03\x04\0\0\0\xff\xfe\0", "CSV"),
    ] {
        let error = read_bytes(name, bytes).unwrap_err().to_string();
        assert!(error.starts_with(name) && error.contains(part), "{error}");
    }
}

#[test]
fn the_cost_of_many_equal_column_names_is_linear() {
    let text = format!("{}a\n", "a,".repeat(100_000));
    let (_, remarks) = both("a.csv", text.as_bytes());
    assert_eq!(remarks.len(), 21);
}

#[test]
fn a_remark_has_a_kind_and_a_place() {
    let reading = read_text("a.csv", "id;\u{200b}name;\n1;1,5;x\n").unwrap();
    let remarks: Vec<_> = reading
        .remarks
        .iter()
        .map(|remark| (remark.about, remark.place.as_deref()))
        .collect();
    assert_eq!(
        remarks,
        [
            (About::Separator, None),
            (About::Hidden, Some("line 1, column 2")),
            (About::Name, Some("line 1, column 3")),
            (About::Numbers, Some("column `name`")),
        ]
    );
    // Reading the bytes and reading the text give the same result.
    assert_eq!(
        read_bytes("a.csv", "id;\u{200b}name;\n1;1,5;x\n".as_bytes()).unwrap(),
        reading
    );
}

#[test]
fn a_media_type_determines_the_format_if_the_name_does_not() {
    for (name, media_type, by) in [
        ("orders.csv", "application/json", "orders.csv"),
        ("orders", "text/csv; charset=utf-8", "orders.csv"),
        ("orders.2026", "Text/CSV", "orders.2026.csv"),
        ("x", "application/problem+json", "x.json"),
        ("x", "application/octet-stream", "x"),
        ("", "", ""),
    ] {
        assert_eq!(named(name, media_type), by);
    }
}

#[test]
fn a_file_of_too_many_values_is_refused_before_they_are_created() {
    let numbers = format!("[{}1]", "1,".repeat(super::MOST_VALUES));
    let lines = "1\n".repeat(super::MOST_VALUES + 1);
    let toml: String = (0..=super::MOST_VALUES)
        .map(|n| format!("k{n}=1\n"))
        .collect();
    let table = format!("a,b\n{}", "1,2\n".repeat(super::MOST_VALUES / 2));
    for (name, text) in [
        ("n.json", numbers),
        ("n.ndjson", lines),
        ("n.toml", toml),
        ("n.csv", table),
    ] {
        let error = read_text(name, &text).unwrap_err();
        assert!(
            error.message.contains("more than 4000000"),
            "{name}: {error}"
        );
    }
}

/// With memory for the first line's cells in every row, this text of 180 kB would take 29 GB.
#[test]
fn attack_a_wide_first_line_costs_no_memory_in_the_other_rows() {
    let text = format!("{}\n{}", ",".repeat(60_000), ",\n".repeat(60_000));
    assert!(read_text("wide.csv", &text).is_ok());
}

#[test]
fn a_column_name_that_is_too_long_is_refused_with_its_place() {
    let text = format!("a,{}\n1,2\n", "n".repeat(256));
    let error = read_text("n.csv", &text).unwrap_err();
    assert!(error.message.starts_with("line 1, column 2:"), "{error}");
}
