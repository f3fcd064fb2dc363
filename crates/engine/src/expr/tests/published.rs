//! Expressions of the kinds that published pipelines use (see the reference).

use super::World;
use crate::expr::{Budget, Expr, Names};
use indexmap::IndexMap;

#[test]
fn expressions_of_published_files_work() {
    let stages: IndexMap<String, u32> = ["fetch", "fetch-data"]
        .iter()
        .zip(0..)
        .map(|(id, i)| ((*id).to_owned(), i))
        .collect();
    let names = Names {
        stages: &stages,
        locals: &["data"],
        any_local: false,
        memo: None,
        variables: None,
    };
    let world = World::new(
        r#"{"input": {"channel": null, "list": [{"name":"a"},{"name":"b"}]},
            "stages": {"fetch": {"batches": [[1],[2]]}, "fetch-data": {"body": {"passed": true}}},
            "locals": {"data": {"labels": {"service": "api"}, "count": 3, "text": "risk is HIGH",
               "rows": [{"healthy": false, "ms": 10}, {"healthy": true, "ms": 20}, {"ms": 30}]}}}"#,
    );
    for (text, wanted) in [
        ("'ID-' + str(int(time.time()))", "\"ID-1700000000\""),
        ("input.channel or 'web'", "\"web\""),
        ("data.service or data.labels.service", "\"api\""),
        (
            "'high' in str(data).lower() or 'yes' in str(data.get('sentiment', ''))",
            "true",
        ),
        (
            "len([r for r in data.rows if not r.get('healthy', True)])",
            "1",
        ),
        (
            "sum([r.get('ms', 0) for r in data.rows]) / len(data.rows) if data.rows else 0",
            "20.0",
        ),
        ("all(r.get('healthy', False) for r in data.rows)", "false"),
        (
            " 'critical' if data.count >= 3 else ('high' if data.count >= 2 else 'medium') ",
            "\"critical\"",
        ),
        ("len(data.items or []) > 1", "false"),
        ("data.items[0] if data.items else None", "null"),
        (
            "set([r.ms for r in data.rows]) if data.rows else []",
            "[10,20,30]",
        ),
        (
            "data.rows[:1] if data.rows else []",
            r#"[{"healthy":false,"ms":10}]"#,
        ),
        (
            "upstream.fetch.batches[2] if len(upstream.fetch.batches) > 2 else '[]'",
            "\"[]\"",
        ),
        (
            "('escalated' if upstream.fetch-data.body.passed else 'auto')",
            "\"escalated\"",
        ),
        (
            "input.schema or {'title': 'string', 'amount': 'number'}",
            r#"{"title":"string","amount":"number"}"#,
        ),
        (
            "data.get('passed', False) == True and data.get('failures', 1) == 0",
            "false",
        ),
    ] {
        let expr = Expr::compile(text, &names).unwrap();
        let value = expr.eval(&world, &mut Budget::standard()).unwrap();
        assert_eq!(value.to_json(), wanted, "{text}");
    }
}
