//! The reader for all JSON that callers send. It refuses two things that a parser would accept
//! silently: a duplicate key in one object, of which only the last would be kept, and an integer
//! that would be rounded.

use std::{cell::RefCell, collections::HashSet, fmt};

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};
use types::ErrorCode;

use super::integers;
use crate::error::ApiError;

/// The maximum number of characters of a key or path in an error.
const SHOWN: usize = 200;

/// Why JSON is refused.
#[derive(Debug)]
pub enum Unreadable {
    /// It has a duplicate key, or an integer that does not fit into 64 bits.
    Refused(ApiError),
    /// It is not JSON, or not of the expected form.
    Syntax(serde_json::Error),
}

/// Reads JSON strictly.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unreadable> {
    integers::json_integers_fit(bytes).map_err(Unreadable::Refused)?;
    unique_keys(bytes).map_err(Unreadable::Refused)?;
    serde_json::from_slice(bytes).map_err(Unreadable::Syntax)
}

/// The error of a duplicate key. `place`: the path of the object; empty for the outermost one.
pub fn duplicate(place: &str, key: &str) -> ApiError {
    let short = |text: &str| text.chars().take(SHOWN).collect::<String>();
    let place = match place {
        "" => String::new(),
        place => format!("{}: ", short(place)),
    };
    ApiError::new(
        ErrorCode::DuplicateKey,
        format!(
            "{place}The key `{}` appears twice in one object; remove one of the two",
            short(key)
        ),
    )
}

/// Refuses an object with a duplicate key, also if its characters are escaped differently. Invalid
/// JSON passes: the parser reports it.
fn unique_keys(bytes: &[u8]) -> Result<(), ApiError> {
    let found = RefCell::new(None);
    let walk = Walk {
        place: &Place::Top,
        found: &found,
    };
    let _ = walk.deserialize(&mut serde_json::Deserializer::from_slice(bytes));
    found.into_inner().map_or(Ok(()), Err)
}

/// The path of a value.
enum Place<'a> {
    Top,
    Key(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Top => Ok(()),
            Place::Key(Place::Top, key) => f.write_str(key),
            Place::Key(parent, key) => write!(f, "{parent}.{key}"),
            Place::Item(parent, at) => write!(f, "{parent}[{at}]"),
        }
    }
}

/// Looks at a value and keeps none of it.
struct Walk<'a> {
    place: &'a Place<'a>,
    found: &'a RefCell<Option<ApiError>>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut at = 0;
        loop {
            let walk = Walk {
                place: &Place::Item(self.place, at),
                found: self.found,
            };
            if items.next_element_seed(walk)?.is_none() {
                return Ok(());
            }
            at += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = entries.next_key::<String>()? {
            if keys.contains(&key) {
                let place = self.place.to_string();
                *self.found.borrow_mut() = Some(duplicate(&place, &key));
                return Err(A::Error::custom("a key appears twice"));
            }
            entries.next_value_seed(Walk {
                place: &Place::Key(self.place, &key),
                found: self.found,
            })?;
            keys.insert(key);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde::de::IgnoredAny;
    use serde_json::Value as Json;

    use super::*;

    fn refused(text: &str) -> Option<(ErrorCode, String)> {
        match read::<Json>(text.as_bytes()) {
            Err(Unreadable::Refused(error)) => Some((error.code, error.message)),
            _ => None,
        }
    }

    #[test]
    fn i03_a_duplicate_key_is_refused_by_name_and_place() {
        for (text, place, key) in [
            (r#"{"a":1,"a":1}"#, "", "a"),
            (r#"{"a":1,"\u0061":2}"#, "", "a"),
            (
                r#"{"variables":{"i":{"b":1,"c":2,"b":3}}}"#,
                "variables.i: ",
                "b",
            ),
            (r#"[{"v":[{},{"x":null,"x":null}]}]"#, "[0].v[1]: ", "x"),
        ] {
            let (code, message) = refused(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(code, ErrorCode::DuplicateKey);
            let expected = format!("{place}The key `{key}` appears twice");
            assert!(message.starts_with(&expected), "{message}");
        }
        for fine in [
            r#"{"a":{"a":{"a":[1,1]}},"b":{"a":1}}"#,
            r#"{"A":1,"a":2,"":3}"#,
            r#"{"a":1.5e3,"b":"a","c":true,"d":null}"#,
        ] {
            assert_eq!(refused(fine), None, "{fine}");
            assert!(read::<Json>(fine.as_bytes()).is_ok(), "{fine}");
        }
        let broken = read::<Json>(br#"{"a":1,"b""#);
        assert!(matches!(broken, Err(Unreadable::Syntax(_))), "{broken:?}");
        let deep = "[".repeat(100_000);
        let deep = read::<IgnoredAny>(deep.as_bytes());
        assert!(matches!(deep, Err(Unreadable::Syntax(_))), "{deep:?}");
        let rounded = refused(r#"{"a":123456789012345678901}"#);
        assert_eq!(
            rounded.map(|(code, _)| code),
            Some(ErrorCode::ValueOutOfRange)
        );
    }
}
