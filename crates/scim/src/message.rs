//! The frames of answers: lists, errors and versions.

use serde_json::{Value as Json, json};

use crate::Object;

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The page of a list that a request asks for, within the bounds of the standard: a `startIndex`
/// below 1 is 1, and a negative `count` is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// The number of the first resource; the first of all is 1.
    pub start: u64,
    /// The largest number of resources.
    pub count: u64,
}

impl Paging {
    /// A page; without `count`, or with a larger one, it has `most` resources.
    pub fn new(start: Option<i64>, count: Option<i64>, most: u64) -> Self {
        let start = u64::try_from(start.unwrap_or(1)).unwrap_or(1).max(1);
        let count = count.map_or(most, |count| u64::try_from(count).unwrap_or(0));
        Self {
            start,
            count: count.min(most),
        }
    }
}

/// A list of resources: this page of `total`.
pub fn list(resources: Vec<Object>, total: u64, start: u64) -> Json {
    json!({
        "schemas": [LIST],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}

/// The body of an error. `code` is the stable code of this server.
pub fn error_body(status: u16, scim_type: Option<&str>, code: &str, detail: &str) -> Object {
    let mut body = Object::new();
    body.insert("schemas".to_owned(), json!([ERROR]));
    body.insert("status".to_owned(), json!(status.to_string()));
    if let Some(scim_type) = scim_type {
        body.insert("scimType".to_owned(), json!(scim_type));
    }
    body.insert("detail".to_owned(), json!(detail));
    body.insert("code".to_owned(), json!(code));
    body
}

/// The version of a resource as an ETag.
pub fn etag(version: i64) -> String {
    format!("W/\"{version}\"")
}

/// Whether one of the ETags of a header is this version's. Versions are weak, so `W/` says nothing.
pub fn matches_etag(header: &str, version: i64) -> bool {
    let own = version.to_string();
    header.split(',').map(str::trim).any(|one| {
        let tag = one.strip_prefix("W/").unwrap_or(one);
        one == "*" || tag.trim_matches('"') == own
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_versions_are_read_leniently() {
        let page = |start, count| Paging::new(start, count, 200);
        assert_eq!(
            page(None, None),
            Paging {
                start: 1,
                count: 200
            }
        );
        assert_eq!(page(Some(-3), Some(-1)), Paging { start: 1, count: 0 });
        assert_eq!(
            page(Some(101), Some(999)),
            Paging {
                start: 101,
                count: 200
            }
        );
        for fits in ["W/\"3\"", "\"3\"", "*", "W/\"1\", W/\"3\""] {
            assert!(matches_etag(fits, 3), "{fits}");
        }
        assert!(!matches_etag("W/\"33\"", 3));
        assert!(!matches_etag("", 3));
    }
}
