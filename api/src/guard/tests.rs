//! The limits at n and n + 1, and documents that are short but costly to process.

use std::time::{Duration, Instant};

use super::{integers::json_integers_fit, *};

fn code(text: &str) -> Option<ErrorCode> {
    with(text, "{}")
}

/// The error code of a document with these variables; `None` if it is accepted.
fn with(text: &str, variables: &str) -> Option<ErrorCode> {
    let variables: Variables = serde_json::from_str(variables).unwrap();
    // The guard's time is in proportion to the length of the text, not to its expansion. The best
    // of three attempts counts, since the machine may be busy.
    let mut took = Duration::MAX;
    for _ in 0..3 {
        let start = Instant::now();
        let code = parse(text, &variables).err().map(|error| error.code);
        took = took.min(start.elapsed());
        if took < Duration::from_millis(500) {
            return code;
        }
    }
    panic!("the guard took {took:?}");
}

const LIMIT: Option<ErrorCode> = Some(ErrorCode::LimitExceeded);

fn nested(levels: usize) -> String {
    format!("{{{}a{}}}", "a{".repeat(levels - 1), "}".repeat(levels - 1))
}

#[test]
fn g01_sixteen_levels_pass_and_seventeen_do_not_by_fields_fragments_and_inline() {
    assert_eq!(code(&nested(16)), None);
    assert_eq!(code(&nested(17)), LIMIT);
    let by_fragment =
        |levels: usize| format!("query {{ ...F }} fragment F on Query {}", nested(levels));
    assert_eq!(code(&by_fragment(16)), None);
    assert_eq!(code(&by_fragment(17)), LIMIT);
    let inline = |levels: usize| {
        format!(
            "{{{}a{}}}",
            "... on Q{a{".repeat(levels - 1),
            "}}".repeat(levels - 1)
        )
    };
    assert_eq!(code(&inline(16)), None);
    assert_eq!(code(&inline(17)), LIMIT);
}

#[test]
fn g03_a_hundred_aliases_pass_and_one_more_does_not() {
    let of = |n: usize| {
        let fields: String = (0..n).map(|i| format!("a{i}: viewer{{role}} ")).collect();
        format!("{{{fields}}}")
    };
    assert_eq!(code(&of(100)), None);
    assert_eq!(code(&of(101)), LIMIT);
    assert_eq!(code(&of(1000)), LIMIT);
}

#[test]
fn g05_floods_of_fields_and_directives_are_refused_within_20_ms() {
    let directives = |n: usize| format!("{{a {}}}", "@skip(if:false) ".repeat(n));
    assert_eq!(code(&directives(50)), None);
    assert_eq!(code(&directives(51)), LIMIT);
    let spread: String = (0..1000).map(|_| "a @skip(if:true) ").collect();
    let floods = [
        format!("{{{}}}", "a ".repeat(50_000)),
        format!("{{{}}}", "a ".repeat(32_000)),
        format!("{{a {}}}", "@a ".repeat(10_000)),
        format!("{{{spread}}}"),
    ];
    for flood in floods {
        let start = Instant::now();
        assert_eq!(code(&flood), LIMIT);
        assert!(
            start.elapsed() < Duration::from_millis(20),
            "{:?}",
            start.elapsed()
        );
    }
}

#[test]
fn g06_circular_unused_reused_and_doubling_fragments_are_refused() {
    let invalid = Some(ErrorCode::InvalidInput);
    assert_eq!(code("{...A} fragment A on Q{...A}"), invalid);
    assert_eq!(
        code("{...A} fragment A on Q{...B} fragment B on Q{a{...A}}"),
        invalid
    );
    assert_eq!(
        code("{...A} fragment A on Q{a} fragment A on Q{b}"),
        invalid
    );
    let unused: String = (0..10_000)
        .map(|i| format!("fragment f{i} on Q{{a}} "))
        .collect();
    assert_eq!(code(&format!("{{a}} {unused}")), LIMIT);
    let doubling: String = (0..40)
        .map(|i| format!("fragment f{i} on Q{{...f{n} ...f{n}}} ", n = i + 1))
        .collect();
    let start = Instant::now();
    assert_eq!(
        code(&format!("{{...f0}} {doubling} fragment f40 on Q{{a}}")),
        LIMIT
    );
    let chain: String = (0..2_000)
        .map(|i| format!("fragment f{i} on Q{{...f{}}} ", i + 1))
        .collect();
    assert_eq!(
        code(&format!("{{...f0}} {chain} fragment f2000 on Q{{a}}")),
        LIMIT
    );
    assert!(start.elapsed() < Duration::from_millis(100));
}

#[test]
fn g07_long_deep_and_overfull_documents_are_refused() {
    let padded = |n: usize| format!("{{a}}{}", " ".repeat(n - 3));
    assert_eq!(code(&padded(64 * 1024)), None);
    assert_eq!(code(&padded(64 * 1024 + 1)), LIMIT);
    assert_eq!(
        code(&format!(
            "{{a(x:{}1{})}}",
            "[".repeat(60_000),
            "]".repeat(4_000)
        )),
        LIMIT
    );
    assert_eq!(code(&"{".repeat(60_000)), LIMIT);
    let variables = |n: usize| {
        let list: String = (0..n).map(|i| format!("$v{i}:Int ")).collect();
        format!("query({list}){{a}}")
    };
    assert_eq!(code(&variables(200)), None);
    assert_eq!(code(&variables(201)), LIMIT);
    assert_eq!(code(&variables(10_000)), LIMIT);
}

#[test]
fn an_integer_outside_64_bits_is_refused_and_not_rounded() {
    let range = Some(ErrorCode::ValueOutOfRange);
    assert_eq!(code("{a(x: 9223372036854775807)}"), None);
    assert_eq!(code("{a(x: 9223372036854775808)}"), range);
    assert_eq!(code("{a(x: \"9223372036854775808\")}"), None);
    assert!(json_integers_fit(br#"{"a": -9223372036854775808, "b": 1e30}"#).is_ok());
    assert!(json_integers_fit(br#"{"a": -9223372036854775809}"#).is_err());
    assert!(json_integers_fit(br#"{"a": "x\"9223372036854775808"}"#).is_ok());
}

/// `levels` fragments, each with the spreads `twice` of the next one; the last one has `end`.
fn doubling(levels: usize, twice: &str, end: &str) -> String {
    let fragments: String = (0..levels)
        .map(|level| {
            let spreads = twice.replace("NEXT", &format!("f{}", level + 1));
            format!("fragment f{level} on Q{{{spreads}}} ")
        })
        .collect();
    format!("{{...f0}} {fragments}{end}")
}

#[test]
fn attack_doubling_fragments_are_refused_whatever_they_end_in() {
    let spreads = [
        "...NEXT ...NEXT",
        "...NEXT a{...NEXT}",
        "...on Q{...NEXT} ...NEXT",
        "...on Q{...NEXT ...NEXT}",
        "...NEXT @skip(if:true) ...NEXT @skip(if:true)",
    ];
    for twice in spreads {
        for levels in [12, 20, 29] {
            let last = format!("f{levels}");
            let ends = [
                String::new(),
                format!("fragment {last} on Q{{a}}"),
                format!("fragment {last} on Q{{__typename}}"),
                format!("fragment {last} on Q{{...gone}}"),
                format!("fragment {last} on Q{{...f0}}"),
                format!("fragment {last} on Q{{...{last}}}"),
            ];
            for end in ends {
                let text = doubling(levels, twice, &end);
                if levels == 29 || code(&text).is_none() {
                    assert!(code(&text).is_some(), "{levels} {twice} {end}");
                }
            }
        }
    }
}

#[test]
fn attack_every_unknown_fragment_is_refused_by_the_guard() {
    let invalid = Some(ErrorCode::InvalidInput);
    for text in [
        "{...A}",
        "{a{...A}}",
        "{...on Q{...A}}",
        "{...B} fragment B on Q{a ...A}",
        "{a} query X{...A}",
    ] {
        assert_eq!(code(text), invalid, "{text}");
    }
}

#[test]
fn attack_operations_and_spreads_add_up_over_the_whole_document() {
    let many: String = (0..20)
        .map(|i| format!("query q{i}{{{}}} ", "...f ".repeat(100)))
        .collect();
    let text = format!("{many} fragment f on Q{{{}}}", "a ".repeat(10));
    assert_eq!(code(&text), LIMIT);
}

#[test]
fn attack_a_variable_counts_wherever_it_is_used() {
    let large = format!("{{\"s\":\"{}\"}}", "x".repeat(limits::VARIABLES - 20));
    let uses = |n: usize| {
        let fields: String = (0..n).map(|i| format!("a{i}: a(x:$s) ")).collect();
        format!("query($s:String){{{fields}}}")
    };
    assert_eq!(with(&uses(1), &large), None);
    assert_eq!(with(&uses(3), &large), LIMIT);
    let nested = "query($s:String){a(x:{y:[$s,$s,{z:$s}]})}";
    assert_eq!(with(nested, &large), LIMIT);
    let by_fragment = "query($s:String){...f ...f ...f} fragment f on Q{a(x:$s)}";
    assert_eq!(with(by_fragment, &large), LIMIT);
    let by_directive = "query($s:String){a @x(y:$s) b @x(y:$s) c @x(y:$s)}";
    assert_eq!(with(by_directive, &large), LIMIT);
    // A long text in the document itself, in a fragment with many spreads.
    let literal = format!(
        "{{{}}} fragment f on Q{{a(x:\"{}\")}}",
        "...f ".repeat(2_000),
        "x".repeat(40_000)
    );
    assert_eq!(code(&literal), LIMIT);
}

#[test]
fn attack_lists_ids_and_words_have_a_length() {
    let ids = |n: usize| format!("{{\"ids\":[{}]}}", vec!["\"a\""; n].join(","));
    let document = "query($ids:[ID!]!){nodes(ids:$ids){id}}";
    assert_eq!(with(document, &ids(limits::LIST)), None);
    assert_eq!(with(document, &ids(limits::LIST + 1)), LIMIT);
    let id = |n: usize| format!("{{\"id\":\"{}\"}}", "a".repeat(n));
    assert_eq!(with("query($id:ID!){a(id:$id)}", &id(limits::ID)), None);
    assert_eq!(
        with("query($id:ID!){a(id:$id)}", &id(limits::ID + 1)),
        LIMIT
    );
    let word = |n: usize| format!("{{{}}}", "a".repeat(n));
    assert_eq!(code(&word(limits::WORD)), None);
    assert_eq!(code(&word(limits::WORD + 1)), LIMIT);
}

#[test]
fn a_document_leaves_without_named_fragments() {
    let text = "{...A ...on Q{...B}} fragment A on Q{a{...B}} fragment B on R{b @skip(if:true)}";
    let document = parse(text, &Variables::default()).unwrap();
    assert!(document.fragments.is_empty());
    assert!(!format!("{document:?}").contains("FragmentSpread"));
}

/// A small generator of documents: fragments that use earlier or later ones, nested and repeated.
#[test]
fn attack_random_documents_take_time_in_proportion_to_their_length() {
    use rand::{Rng, SeedableRng, rngs::StdRng};

    fn set(random: &mut StdRng, fragments: usize, depth: usize) -> String {
        let mut out = String::from("{");
        for _ in 0..random.random_range(1..6) {
            let part = match random.random_range(0..6) {
                0 if depth < 12 => format!("a {}", set(random, fragments, depth + 1)),
                1 if depth < 12 => format!("...on Q {}", set(random, fragments, depth + 1)),
                2 | 3 => format!("...f{} ", random.random_range(0..fragments + 1)),
                4 => format!("x{}: a ", random.random_range(0..9)),
                _ => "a(x: [1, {y: \"z\"}]) ".to_owned(),
            };
            out.push_str(&part);
        }
        out.push('}');
        out
    }

    for seed in 0..300 {
        let mut random = StdRng::seed_from_u64(seed);
        let fragments = random.random_range(1..40);
        let mut text = set(&mut random, fragments, 0);
        for number in 0..fragments {
            let body = set(&mut random, fragments, 0);
            text.push_str(&format!(" fragment f{number} on Q {body}"));
        }
        if text.len() <= limits::DOCUMENT {
            // The assertion on the time is in `with`.
            let _ = with(&text, "{}");
        }
    }
}
