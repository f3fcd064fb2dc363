//! What a grant counts on: the organization, a folder, a pipeline or an environment.

use std::fmt;

use types::{FolderId, PipelineId};

use super::{Environment, PermissionSet};

/// The name of the whole organization, as it is stored.
const ORGANIZATION: &str = "organization";

/// What the name of an environment begins with, as it is stored. Folders and pipelines need no such
/// word, because their ids say what they are.
const ENVIRONMENT: &str = "environment:";

/// What a grant counts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// The whole organization.
    Organization,
    /// All pipelines in a folder.
    Folder(FolderId),
    /// One pipeline.
    Pipeline(PipelineId),
    /// What happens in an environment, with any pipeline.
    Environment(Environment),
}

impl Object {
    /// The object with this stored name, or `None` if the name is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        if text == ORGANIZATION {
            return Some(Self::Organization);
        }
        if let Some(name) = text.strip_prefix(ENVIRONMENT) {
            return Environment::parse(name).map(Self::Environment);
        }
        let folder = text.parse().map(Self::Folder);
        folder.or_else(|_| text.parse().map(Self::Pipeline)).ok()
    }

    /// Those of the permissions that count on the object.
    #[must_use]
    pub fn counting(self, permissions: PermissionSet) -> PermissionSet {
        match self {
            Self::Organization => permissions,
            Self::Folder(_) | Self::Pipeline(_) => permissions.on_a_pipeline(),
            Self::Environment(environment) => permissions.in_environment(environment),
        }
    }
}

/// The stored name.
impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organization => f.write_str(ORGANIZATION),
            Self::Folder(id) => id.fmt(f),
            Self::Pipeline(id) => id.fmt(f),
            Self::Environment(environment) => write!(f, "{ENVIRONMENT}{environment}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use types::Clock;

    use super::*;

    #[test]
    fn an_object_reads_back_from_its_stored_name_and_nothing_else_does() {
        let clock = Clock::system();
        let environments = Environment::ALL.map(Object::Environment);
        for object in [
            Object::Organization,
            Object::Folder(FolderId::new(&clock)),
            Object::Pipeline(PipelineId::new(&clock)),
        ]
        .into_iter()
        .chain(environments)
        {
            assert_eq!(Object::parse(&object.to_string()), Some(object));
        }
        for wrong in [
            "",
            "production",
            "environment:",
            "environment:Staging",
            "pipe_x",
            "folder_",
        ] {
            assert_eq!(Object::parse(wrong), None, "{wrong}");
        }
    }
}
