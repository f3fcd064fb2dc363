//! The query string of a request.

use scim::{Paging, Projection, Schema, ScimError};
use url::form_urlencoded;

use crate::error::ApiError;

/// The parameters. Those that are not supported, such as `sortBy`, are ignored.
#[derive(Debug, Default)]
pub struct Query {
    /// What to select.
    pub filter: Option<String>,
    start: Option<String>,
    count: Option<String>,
    attributes: Option<String>,
    excluded: Option<String>,
}

impl Query {
    /// Reads the query string. An empty parameter is as good as none.
    pub fn read(text: &str) -> Self {
        let mut query = Self::default();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            let target = match name.to_ascii_lowercase().as_str() {
                "filter" => &mut query.filter,
                "startindex" => &mut query.start,
                "count" => &mut query.count,
                "attributes" => &mut query.attributes,
                "excludedattributes" => &mut query.excluded,
                _ => continue,
            };
            *target = Some(value.into_owned()).filter(|value| !value.trim().is_empty());
        }
        query
    }

    /// The page.
    pub fn paging(&self, most: u64) -> Result<Paging, ApiError> {
        let number = |field: &str, text: &Option<String>| match text {
            None => Ok(None),
            Some(text) => text.trim().parse::<i64>().map(Some).map_err(|_| {
                let short: String = text.chars().take(20).collect();
                refused(&ScimError::value(
                    field,
                    format!("`{short}` is not a whole number"),
                ))
            }),
        };
        let (start, count) = (
            number("startIndex", &self.start)?,
            number("count", &self.count)?,
        );
        Ok(Paging::new(start, count, most))
    }

    /// The attributes to return.
    pub fn projection(&self, schema: &Schema) -> Result<Projection, ApiError> {
        let (only, without) = (self.attributes.as_deref(), self.excluded.as_deref());
        Projection::read(schema, only, without).map_err(|error| refused(&error))
    }
}

/// An error of the protocol.
pub fn refused(error: &ScimError) -> ApiError {
    ApiError::from(domain::AppError::from(error.clone()))
}
