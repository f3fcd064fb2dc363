//! Errors name what is wrong, where it is, and what to write instead.

use types::ErrorCode;

use super::{eval, names};
use crate::expr::{Expr, ExprError, Root};

fn fails(text: &str) -> ExprError {
    Expr::compile(text, &names()).expect_err(text)
}

#[test]
fn unknown_names_are_found_at_compile_time_with_a_suggestion() {
    let mut wrong = Vec::new();
    for (text, code, suggestion) in [
        (
            "upstream.fetch-dta.content",
            ErrorCode::UnknownStage,
            "`fetch-data`",
        ),
        ("upstream.fetsh.a", ErrorCode::UnknownStage, "`fetch`"),
        ("upstream['nope'].a", ErrorCode::UnknownStage, ""),
        ("inptu.x", ErrorCode::UnknownName, "`input`"),
        ("lenn(input.x)", ErrorCode::UnknownFunction, "`len`"),
        ("input.x.uper()", ErrorCode::UnknownFunction, "`upper`"),
        (
            "input.tags.append(1)",
            ErrorCode::UnknownFunction,
            "a + [x]",
        ),
        ("input.name.len()", ErrorCode::UnknownFunction, "`len(x)`"),
        (
            "input.first-name or 1",
            ErrorCode::UnknownName,
            "['first-name']",
        ),
        ("math.sqr(2)", ErrorCode::UnknownFunction, "`sqrt`"),
        ("data()", ErrorCode::UnknownFunction, "without parentheses"),
        ("env", ErrorCode::UnknownName, "env.NAME"),
    ] {
        let error = fails(text);
        let suggested = error
            .suggestion
            .as_deref()
            .unwrap_or_default()
            .contains(suggestion);
        if error.code != code || !suggested {
            wrong.push(format!("{text}: {error:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(
        fails("upstream.fetch-dta.content")
            .message
            .contains("there is no stage `fetch-dta`")
    );
}

#[test]
fn a_syntax_error_says_where_and_what_to_write() {
    let mut wrong = Vec::new();
    for (text, offset, hint) in [
        ("1 +", 3, ""),
        ("a && b", 2, "`and`"),
        ("input.x = 1", 8, "`==`"),
        ("!input.x", 0, "not x"),
        ("input.x ? 1 : 2", 8, "if test else"),
        ("(1", 0, ""),
        ("1)", 1, ""),
        ("[1)", 2, ""),
        ("'abc", 0, ""),
        ("f'{1'", 4, ""),
        ("", 0, ""),
        ("x := 1", 0, ""),
        ("lambda *a: 1", 0, ""),
        ("[1 for input in [1]]", 7, ""),
    ] {
        let error = fails(text);
        let hinted = error
            .suggestion
            .as_deref()
            .unwrap_or_default()
            .contains(hint);
        if (error.code, error.offset) != (ErrorCode::ExpressionSyntax, offset) || !hinted {
            wrong.push(format!("{text}: {error:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_absent_path_error_names_the_last_existing_part() {
    let error = eval("input.rows[0].idd").unwrap_err();
    assert_eq!(error.message, "`input.rows[0]` has no field `idd`");
    assert_eq!(error.suggestion.unwrap(), "did you mean `id`?");
    let error = eval("1 + upstream.fetch-data.content.score").unwrap_err();
    assert_eq!(error.offset, 4);
    assert_eq!(
        error.message,
        "`upstream.fetch-data.content` is text and has no field `score`"
    );
}

#[test]
fn reads_are_known_before_evaluation() {
    let expr = Expr::compile(
        "upstream.fetch-data.body[0].x or input.a.b + len(context.item.url) and env.T and data.q.r",
        &names(),
    )
    .unwrap();
    let reads: Vec<(Root, String, usize)> = expr
        .reads()
        .iter()
        .map(|r| (r.root, r.path.join("."), r.offset))
        .collect();
    assert_eq!(
        reads,
        [
            (Root::Upstream(1), "body".to_owned(), 0),
            (Root::Input, "a.b".to_owned(), 33),
            (Root::Context, "item.url".to_owned(), 49),
            (Root::Env, "T".to_owned(), 71),
            (Root::Local, "data.q.r".to_owned(), 81),
        ]
    );
    assert!(!expr.is_heavy());
    assert!(
        Expr::compile("[x for x in input]", &names())
            .unwrap()
            .is_heavy()
    );
}
