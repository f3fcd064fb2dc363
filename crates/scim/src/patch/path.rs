//! What an operation changes: `displayName`, `name.familyName`, `members[value eq "1"]`,
//! `emails[type eq "work"].value`.

use crate::{
    AttributePath, Filter, Schema, ScimError, ScimType, error::quoted, filter::LONGEST,
    schema::Attribute,
};

/// The target of an operation.
#[derive(Clone, Debug)]
pub struct Path {
    /// The attribute, without its part if there is a filter.
    pub attribute: AttributePath,
    /// Which of its values.
    pub filter: Option<Filter>,
    /// Which part of them.
    pub part: Option<&'static Attribute>,
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// `invalidPath` or, for what stands in brackets, `invalidFilter`.
    pub fn read(schema: &Schema, text: &str) -> Result<Self, ScimError> {
        let invalid =
            |problem: String| ScimError::new(ScimType::InvalidPath, format!("path: {problem}"));
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(invalid(format!(
                "has {} bytes; at most {LONGEST} are allowed",
                text.len()
            )));
        }
        let Some((name, rest)) = text.split_once('[') else {
            let attribute =
                AttributePath::read(schema, text).map_err(|error| invalid(error.detail))?;
            let part = attribute.part;
            return Ok(Self {
                attribute,
                filter: None,
                part,
            });
        };
        let attribute = AttributePath::read(schema, name).map_err(|error| invalid(error.detail))?;
        let many = attribute
            .attribute
            .filter(|one| one.many && attribute.part.is_none());
        let Some(many) = many else {
            let name = quoted(name);
            return Err(invalid(format!(
                "{name} has only one value; leave the brackets out"
            )));
        };
        // What stands after the bracket has none itself, so its end is the last one.
        let (inner, after) = rest
            .rsplit_once(']')
            .ok_or_else(|| invalid(format!("{} has no closing bracket; add it", quoted(text))))?;
        let filter = Filter::parse_within(many, inner)?;
        let part = match after.strip_prefix('.') {
            None if after.is_empty() => None,
            Some(part) => {
                let known = || {
                    many.parts
                        .iter()
                        .map(|one| one.name)
                        .collect::<Vec<_>>()
                        .join(", ")
                };
                let found = Attribute::find(many.parts, part);
                let unknown = || {
                    format!(
                        "{} is no part of {}; these are: {}",
                        quoted(part),
                        many.name,
                        known()
                    )
                };
                Some(found.ok_or_else(|| invalid(unknown()))?)
            }
            None => {
                let after = quoted(after);
                return Err(invalid(format!(
                    "{after} stands after the bracket; write a dot and a name"
                )));
            }
        };
        Ok(Self {
            attribute,
            filter: Some(filter),
            part,
        })
    }
}
