//! Paths into a value, as mappings and settings use them: `customer.name`, `items[0].id`.

use engine::Value;

/// The value at a path; `None` if it does not exist. An empty path and `$` mean the whole value.
pub fn get<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let path = path.trim().trim_start_matches("$.").trim_start_matches('$');
    // A field whose name contains a dot takes precedence over a path through two fields.
    if let Some(found) = value.get(path) {
        return Some(found);
    }
    path.split(['.', '['])
        .filter(|part| !part.is_empty())
        .try_fold(value, |at, part| {
            let part = part.trim_end_matches(']').trim_matches(['"', '\'']);
            match at {
                Value::Map(map) => map.get(part),
                Value::List(items) => {
                    let index: i64 = part.parse().ok()?;
                    let length = i64::try_from(items.len()).ok()?;
                    items.get(usize::try_from(if index < 0 { length + index } else { index }).ok()?)
                }
                _ => None,
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_goes_through_objects_and_lists_and_may_not_exist() {
        let value = Value::parse_json(r#"{"a":{"b":[{"c":1},{"c":2}]},"x.y":3}"#).unwrap();
        assert_eq!(get(&value, "a.b[1].c"), Some(&Value::Int(2)));
        assert_eq!(get(&value, "$.a.b.-1.c"), Some(&Value::Int(2)));
        assert_eq!(get(&value, "x.y"), Some(&Value::Int(3)));
        assert_eq!(get(&value, ""), Some(&value));
        assert_eq!(get(&value, "a.b[2].c"), None);
        assert_eq!(get(&value, "a.b.c"), None);
    }
}
