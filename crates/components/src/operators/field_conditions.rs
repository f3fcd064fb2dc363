//! The input `field_conditions` of `filter`: fields with their required value or their tests.
//! Values are compared by [`crate::comparison`]. Expressions belong in the input `condition`.

use std::cmp::Ordering;

use engine::{
    Map, Value,
    component::{LiteralFault, StageError},
};
use types::ErrorCode;

use crate::{
    comparison::{self, Incomparable},
    lenient::text_of,
    paths,
};

/// One test of a field against its bound.
#[derive(Clone, Copy)]
enum Test {
    Equal,
    NotEqual,
    Ordered(fn(Ordering) -> bool),
    In,
    NotIn,
    Contains,
    NotContains,
    StartsWith,
    EndsWith,
    Exists,
}

/// The tests that messages list.
const NAMES: &str = "eq, ne, gt, gte, lt, lte, in, nin, contains, not_contains, starts_with, \
                     ends_with, exists";

impl Test {
    fn named(name: &str) -> Option<Test> {
        Some(match name.trim_start_matches('$') {
            "eq" | "equals" => Test::Equal,
            "ne" | "not_equals" => Test::NotEqual,
            "gt" => Test::Ordered(Ordering::is_gt),
            "gte" | "ge" => Test::Ordered(Ordering::is_ge),
            "lt" => Test::Ordered(Ordering::is_lt),
            "lte" | "le" => Test::Ordered(Ordering::is_le),
            "in" => Test::In,
            "nin" | "not_in" => Test::NotIn,
            "contains" => Test::Contains,
            "not_contains" => Test::NotContains,
            "starts_with" => Test::StartsWith,
            "ends_with" => Test::EndsWith,
            "exists" => Test::Exists,
            _ => return None,
        })
    }

    /// Whether the value passes. The error says why the value and the bound cannot be compared.
    fn passes(self, found: &Value, bound: &Value) -> Result<bool, String> {
        let listed = || {
            let items = bound.as_list().unwrap_or_default();
            items.iter().any(|item| comparison::equal(found, item))
        };
        Ok(match self {
            Test::Equal => comparison::equal(found, bound),
            Test::NotEqual => !comparison::equal(found, bound),
            Test::Ordered(wanted) => wanted(
                comparison::order(found, bound).map_err(|why: Incomparable| why.to_string())?,
            ),
            Test::In => listed(),
            Test::NotIn => !listed(),
            Test::Contains => contains(found, bound)?,
            Test::NotContains => !contains(found, bound)?,
            Test::StartsWith => text(found)?.starts_with(&text_of(bound)),
            Test::EndsWith => text(found)?.ends_with(&text_of(bound)),
            Test::Exists => (*found != Value::Null) == bound.truthy(),
        })
    }
}

fn contains(found: &Value, bound: &Value) -> Result<bool, String> {
    Ok(match found {
        Value::Null => false,
        Value::Str(text) => text.contains(&text_of(bound)),
        Value::List(items) => items.iter().any(|item| comparison::equal(item, bound)),
        Value::Map(map) => map.contains_key(text_of(bound).as_str()),
        other => return Err(format!("{} cannot contain a value", other.type_phrase())),
    })
}

fn text(found: &Value) -> Result<&str, String> {
    let no_text = || format!("it is {}, not text", found.type_phrase());
    found.as_str().ok_or_else(no_text)
}

/// Refuses conditions that no row can meet: an unknown test, or a bound of the wrong type.
///
/// # Errors
/// `STAGE_INPUT` with the field, the test and the valid tests.
pub fn check(conditions: &Map) -> Result<(), StageError> {
    match wrong_tests(conditions).next() {
        Some((field, name, Some(why))) => {
            Err(wrong(format!("`field_conditions.{field}.{name}` {why}")))
        }
        Some((field, name, None)) => Err(unknown(field, name)),
        None => Ok(()),
    }
}

/// All faults that [`check`] would report, for the check of a pipeline.
pub fn faults(conditions: &Map) -> Vec<LiteralFault> {
    wrong_tests(conditions)
        .map(|(field, name, why)| {
            let why = why.unwrap_or_else(|| format!("is not a test; {}", remedies()));
            LiteralFault::new("field_conditions", why)
                .key(field)
                .key(name)
        })
        .collect()
}

/// The wrong tests, as field, test and the fault of the bound; `None` if there is no such test.
fn wrong_tests(conditions: &Map) -> impl Iterator<Item = (&str, &str, Option<String>)> {
    let tests = conditions
        .iter()
        .filter_map(|(field, wanted)| Some((field, wanted.as_map()?)));
    tests.flat_map(|(field, tests)| {
        let known = tests.keys().any(|name| Test::named(name).is_some());
        tests.iter().filter_map(move |(name, bound)| {
            let why = match Test::named(name) {
                Some(Test::In | Test::NotIn) if bound.as_list().is_none() => {
                    Some(format!("must be a list, but it is {}", bound.type_phrase()))
                }
                None if known || name.starts_with('$') => None,
                _ => return None,
            };
            Some((field.as_ref(), name.as_ref(), why))
        })
    })
}

/// Whether the data meets all conditions. `Ok(Err(why))` if a value cannot be compared with its
/// bound; then `pass_if_missing` decides.
///
/// # Errors
/// `STAGE_INPUT` for an object without valid tests if the field's value is not an object.
pub fn meets(data: &Value, conditions: &Map) -> Result<Result<bool, String>, StageError> {
    for (field, wanted) in conditions {
        let found = paths::get(data, field).unwrap_or(&Value::Null);
        let tests = match wanted {
            Value::Map(tests) if tests.keys().any(|name| Test::named(name).is_some()) => tests,
            // An object without a test is a value to compare with another object. For any other
            // value, its keys must have been meant as tests.
            Value::Map(keys) if !matches!(found, Value::Map(_) | Value::Null) => {
                let name = keys.keys().next().map_or("", |name| name);
                return Err(unknown(field, name));
            }
            wanted => match comparison::equal(found, wanted) {
                true => continue,
                false => return Ok(Ok(false)),
            },
        };
        for (test, bound) in tests.iter().filter_map(|(n, b)| Some((Test::named(n)?, b))) {
            match test.passes(found, bound) {
                Ok(true) => {}
                Ok(false) => return Ok(Ok(false)),
                Err(why) => return Ok(Err(format!("`{field}`: {why}"))),
            }
        }
    }
    Ok(Ok(true))
}

fn unknown(field: &str, name: &str) -> StageError {
    wrong(format!(
        "`field_conditions.{field}` has no test `{name}`; {}",
        remedies()
    ))
}

fn remedies() -> String {
    format!(
        "the tests are {NAMES}. To compare with an object, write {{\"eq\": {{…}}}}; to match a pattern, \
         use a `condition` with re.search"
    )
}

fn wrong(message: String) -> StageError {
    StageError::new(ErrorCode::StageInput, message)
}
