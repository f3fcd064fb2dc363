//! The rules of the language, and the attacks it must withstand.

mod absence;
mod attacks;
mod budget;
mod errors;
mod fuzz;
mod hostile;
mod language;
mod paths;
mod published;

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use types::ErrorCode;

use super::{Budget, Expr, ExprError, Names, Scope};
use crate::Value;

/// A scope over one JSON object: `input`, `stages`, `context`, `env`, `locals`.
pub(crate) struct World {
    input: Value,
    all: Value,
}

pub(crate) static STAGES: LazyLock<IndexMap<String, u32>> = LazyLock::new(|| {
    let ids = [
        "fetch",
        "fetch-data",
        "fetch-data-2",
        "skipped",
        "waiting",
        "health-check",
        "1st-try",
    ];
    ids.iter()
        .zip(0..)
        .map(|(id, i)| ((*id).to_owned(), i))
        .collect()
});

impl World {
    pub(crate) fn new(json: &str) -> Self {
        let all = Value::parse_json(json).unwrap();
        Self {
            input: all.get("input").cloned().unwrap_or_default(),
            all,
        }
    }

    pub(crate) fn usual() -> Self {
        Self::new(
            r#"{"input": {"x": 5, "name": "Ada", "tags": ["a","b","a"], "none": null, "f": 2.5,
                  "rows": [{"id":1,"ok":true,"v":10},{"id":2,"ok":false,"v":20},{"id":3,"ok":true,"v":30}],
                  "class": "first", "from": "me", "items": [1,2], "__proto__": "plain", "empty": []},
                "stages": {"fetch": {"a": 1}, "fetch-data": {"content": "text", "body": {"n": 7}},
                  "fetch-data-2": {"content": "two"}, "skipped": null, "health-check": {"status_code": 200},
                  "1st-try": {"y": 1}},
                "context": {"item": {"url": "u"}, "i": 3}, "env": {"TOKEN": "t"},
                "locals": {"data": {"status": "ok", "items": [1,2,3], "n": 0}, "value": 4, "len": 9}}"#,
        )
    }

    fn under(&self, part: &str, name: &str) -> Option<Value> {
        self.all.get(part)?.get(name).cloned()
    }
}

impl Scope for World {
    fn input(&self) -> &Value {
        &self.input
    }

    fn stage(&self, index: u32) -> Option<Value> {
        self.under("stages", STAGES.get_index(index as usize)?.0)
    }

    fn stage_skipped(&self, index: u32) -> bool {
        STAGES
            .get_index(index as usize)
            .is_some_and(|(id, _)| id == "skipped")
    }

    fn context(&self, name: &str) -> Option<Value> {
        self.under("context", name)
    }

    fn context_map(&self) -> Value {
        self.all.get("context").cloned().unwrap_or_default()
    }

    fn env(&self, name: &str) -> Option<Value> {
        self.under("env", name)
    }

    fn local(&self, name: &str) -> Option<Value> {
        self.under("locals", name)
    }

    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 250_000_000).unwrap()
    }
}

pub(crate) fn names() -> Names<'static> {
    Names {
        stages: &STAGES,
        locals: &["data", "value"],
        any_local: false,
        memo: None,
        variables: None,
    }
}

fn eval(text: &str) -> Result<Value, ExprError> {
    Expr::compile(text, &names())?.eval(&World::usual(), &mut Budget::standard())
}

/// The value of an expression as JSON, or the code of its error.
fn shown(text: &str) -> String {
    match eval(text) {
        Ok(value) => value.to_json(),
        Err(error) => error.code.as_str().to_owned(),
    }
}

fn all_are(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter(|(text, wanted)| shown(text) != *wanted)
        .map(|(text, wanted)| format!("{text} gives {:?}, not {wanted}", eval(text)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn code(text: &str) -> ErrorCode {
    match eval(text) {
        Ok(value) => panic!("{text} gives {value:?}"),
        Err(error) => error.code,
    }
}
