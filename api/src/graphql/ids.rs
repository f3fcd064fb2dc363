//! Parses ids from callers.

use std::str::FromStr;

use async_graphql::ID;
use uuid::Uuid;

/// Parses an id. A text that is not an id of this kind becomes the id of an object that does not
/// exist, so that guessing always gives the same error: `NOT_FOUND`, after the permissions were
/// checked.
pub fn read<T: FromStr + From<Uuid>>(id: &ID) -> T {
    id.parse().unwrap_or_else(|_| T::from(Uuid::nil()))
}

#[cfg(test)]
mod tests {
    use types::{Clock, PipelineId, RunId};

    use super::*;

    #[test]
    fn t03_a_retyped_truncated_or_padded_id_is_the_id_of_no_object() {
        let id = RunId::new(&Clock::system());
        assert_eq!(read::<RunId>(&ID(id.to_string())), id);
        for wrong in [
            PipelineId(id.0).to_string(),
            id.to_string()[..29].to_owned(),
            format!("{id}="),
            id.to_string().to_uppercase(),
            id.0.to_string(),
        ] {
            assert_eq!(read::<RunId>(&ID(wrong)), RunId(Uuid::nil()));
        }
    }
}
