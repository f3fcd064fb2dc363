//! Names of attributes in filters, patches and queries: `userName`, `name.familyName`,
//! `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department`.

use crate::{
    ScimError, ScimType,
    error::quoted,
    schema::{Attribute, Kind, Schema},
};

/// The name of an attribute of a schema, in the schema's spelling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttributePath {
    /// The extension that it belongs to; `None`: the core schema.
    pub extension: Option<&'static str>,
    /// The attribute; `None`: the extension itself.
    pub attribute: Option<&'static Attribute>,
    /// The part of the attribute.
    pub part: Option<&'static Attribute>,
}

impl AttributePath {
    /// Reads a name. Letters count in either case.
    pub fn read(schema: &Schema, text: &str) -> Result<Self, ScimError> {
        let unknown = || {
            let known: Vec<&str> = schema.attributes.iter().map(|one| one.name).collect();
            ScimError::new(
                ScimType::InvalidPath,
                format!(
                    "{} is no attribute of {}; these are: {}",
                    quoted(text),
                    schema.name,
                    known.join(", ")
                ),
            )
        };
        let (extension, attributes, rest) = split(schema, text).ok_or_else(unknown)?;
        if rest.is_empty() {
            return Ok(Self {
                extension: Some(extension.ok_or_else(unknown)?),
                attribute: None,
                part: None,
            });
        }
        let (name, part) = match rest.split_once('.') {
            Some((name, part)) => (name, Some(part)),
            None => (rest, None),
        };
        let attribute = Attribute::find(attributes, name).ok_or_else(unknown)?;
        let part = match part {
            None => None,
            Some(part) => Some(Attribute::find(attribute.parts, part).ok_or_else(unknown)?),
        };
        Ok(Self {
            extension,
            attribute: Some(attribute),
            part,
        })
    }

    /// The attribute whose values are compared: of a complex attribute with several values, the
    /// part `value`.
    pub fn compared(&self) -> Option<&'static Attribute> {
        let attribute = self.attribute?;
        match (self.part, attribute.kind) {
            (Some(part), _) => Some(part),
            (None, Kind::Complex) => Attribute::find(attribute.parts, "value"),
            (None, _) => Some(attribute),
        }
    }

    /// Whether this is an attribute of the core schema with this name, and no part of it.
    pub fn is(&self, name: &str) -> bool {
        let attribute = self.attribute.is_some_and(|one| one.name == name);
        self.extension.is_none() && attribute && self.part.is_none()
    }
}

/// The extension in front of a name, its attributes, and the rest of the name.
type Split<'a> = (Option<&'static str>, &'static [Attribute], &'a str);

fn split<'a>(schema: &Schema, text: &'a str) -> Option<Split<'a>> {
    let after = |urn: &str| {
        let (start, rest) = (text.get(..urn.len())?, text.get(urn.len()..)?);
        let same = start.eq_ignore_ascii_case(urn);
        let rest = match rest {
            "" => rest,
            rest => rest.strip_prefix(':')?,
        };
        same.then_some(rest)
    };
    for &(urn, attributes) in schema.extensions {
        if let Some(rest) = after(urn) {
            return Some((Some(urn), attributes, rest));
        }
    }
    match after(schema.id) {
        Some("") => None,
        Some(rest) => Some((None, schema.attributes, rest)),
        None => Some((None, schema.attributes, text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ENTERPRISE_SCHEMA, USER};

    #[test]
    fn names_are_read_in_either_case_with_and_without_their_schema() {
        let read = |text: &str| AttributePath::read(&USER, text);
        assert!(read("USERNAME").unwrap().is("userName"));
        let full = read("urn:ietf:params:scim:schemas:core:2.0:user:name.familyname").unwrap();
        assert_eq!(full.part.unwrap().name, "familyName");
        let department = read(&format!("{ENTERPRISE_SCHEMA}:Department")).unwrap();
        assert_eq!(department.extension, Some(ENTERPRISE_SCHEMA));
        assert_eq!(department.compared().unwrap().name, "department");
        assert!(read(ENTERPRISE_SCHEMA).unwrap().attribute.is_none());
        assert_eq!(read("emails").unwrap().compared().unwrap().name, "value");
        for wrong in [
            "",
            "nope",
            "name.nope",
            "userName.x",
            "name.",
            ".",
            "urn:x:y",
            "é",
            "orgId",
        ] {
            let error = read(wrong).unwrap_err();
            assert_eq!(error.scim_type, ScimType::InvalidPath, "{wrong}");
        }
    }
}
