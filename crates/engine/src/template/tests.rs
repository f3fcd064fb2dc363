//! Templates in texts and trees.

use types::ErrorCode;

use super::{PathPart, Template, Tree};
use crate::{
    Value,
    expr::{
        Budget, Root,
        tests::{World, names},
    },
};

fn render(text: &str) -> Value {
    let template = Template::compile(text, &names()).unwrap();
    template
        .eval(&World::usual(), &mut Budget::standard())
        .unwrap()
}

#[test]
fn a_text_that_is_exactly_one_template_keeps_its_type() {
    assert_eq!(render("{{input.x}}"), Value::Int(5));
    assert_eq!(render("{{ input.tags }}").to_json(), r#"["a","b","a"]"#);
    assert_eq!(render("{{None}}"), Value::Null);
    assert_eq!(render(" {{input.x}}"), Value::from(" 5"));
    assert_eq!(render("plain"), Value::from("plain"));
    assert_eq!(render(""), Value::from(""));
}

#[test]
fn inside_text_a_string_is_unchanged_and_anything_else_is_json() {
    assert_eq!(
        render(
            "{{input.name}}: {{input.x}}, {{True}}, {{None}}, {{2.0}}, {{input.tags}}, {{set('aab')}}"
        ),
        Value::from(r#"Ada: 5, true, null, 2.0, ["a","b","a"], ["a","b"]"#)
    );
    assert_eq!(render("{{input.x}}{{input.x}}"), Value::from("55"));
}

#[test]
fn dict_literals_may_end_a_template() {
    assert_eq!(
        render("{{input.schema or {'a': {'b': 1}}}}").to_json(),
        r#"{"a":{"b":1}}"#
    );
    assert_eq!(
        render("<{{input.schema or {'a': '}}'}}}>"),
        Value::from(r#"<{"a":"}}"}>"#)
    );
}

#[test]
fn x04_templates_in_data_are_data() {
    let world = World::new(
        r#"{"input": {"evil": "{{env.TOKEN}}", "half": "{{", "list": ["{{input.evil}}"]}, "env": {"TOKEN": "secret"}}"#,
    );
    for (text, wanted) in [
        ("{{input.evil}}", r#""{{env.TOKEN}}""#),
        (
            "a {{input.evil}} {{input.half}}env.TOKEN}}",
            r#""a {{env.TOKEN}} {{env.TOKEN}}""#,
        ),
        ("{{input.list}}", r#"["{{input.evil}}"]"#),
        ("{{'{{' + 'env.TOKEN' + '}}'}}", r#""{{env.TOKEN}}""#),
    ] {
        let tree = Tree::compile(&Value::from(text), &names()).unwrap();
        let value = tree.eval(&world, &mut Budget::standard()).unwrap();
        assert_eq!(value.to_json(), wanted, "{text}");
    }
}

#[test]
fn a_tree_evaluates_its_texts_and_shares_its_literals() {
    let value = Value::parse_json(
        r#"{"prompt": "Hi {{input.name}}", "n": "{{input.x}}", "fixed": {"big": [1, 2]}, "list": ["{{data.status}}", 1], "{{key}}": 1}"#,
    )
    .unwrap();
    let tree = Tree::compile(&value, &names()).unwrap();
    let out = tree.eval(&World::usual(), &mut Budget::standard()).unwrap();
    assert_eq!(
        out.to_json(),
        r#"{"prompt":"Hi Ada","n":5,"fixed":{"big":[1,2]},"list":["ok",1],"{{key}}":1}"#
    );
    let (Some(Value::Map(a)), Some(Value::Map(b))) = (value.get("fixed"), out.get("fixed")) else {
        panic!("{out:?}");
    };
    assert!(std::sync::Arc::ptr_eq(a, b));
    let reads = tree.reads();
    assert_eq!(reads.len(), 3);
    assert_eq!(reads[0].1.root, Root::Input);
    assert_eq!(reads[0].1.offset, 5);
    assert_eq!(
        reads[2].0,
        [PathPart::Field("list".into()), PathPart::Index(0)]
    );
    assert!(!tree.is_literal() && !tree.is_heavy());
}

#[test]
fn all_errors_of_a_tree_are_returned_at_once_with_their_paths() {
    let value =
        Value::parse_json(r#"{"a": "x {{lenn(1)}}", "b": ["{{upstream.nope}}", "{{"]}"#).unwrap();
    let errors = Tree::compile(&value, &names()).unwrap_err();
    let shown: Vec<(ErrorCode, usize)> = errors.iter().map(|(_, e)| (e.code, e.offset)).collect();
    assert_eq!(
        shown,
        [
            (ErrorCode::UnknownFunction, 4),
            (ErrorCode::UnknownStage, 2),
            (ErrorCode::ExpressionSyntax, 0)
        ]
    );
    assert_eq!(
        errors[2].0,
        [PathPart::Field("b".into()), PathPart::Index(1)]
    );
}

#[test]
fn an_evaluation_error_has_its_offset_in_the_whole_text() {
    let template = Template::compile("ab {{1 + input.nope}}", &names()).unwrap();
    let error = template
        .eval(&World::usual(), &mut Budget::standard())
        .unwrap_err();
    assert_eq!((error.code, error.offset), (ErrorCode::MissingPath, 9));
}

#[test]
fn a_result_never_nests_deeper_than_can_be_read_back() {
    let text = "[".repeat(99) + "\"{{[[1]]}}\"" + &"]".repeat(99);
    let value = Value::parse_json(&text).unwrap();
    let tree = Tree::compile(&value, &names()).unwrap();
    let error = tree
        .eval(&World::usual(), &mut Budget::standard())
        .unwrap_err();
    assert_eq!(error.error.code, ErrorCode::NestingTooDeep);
}
