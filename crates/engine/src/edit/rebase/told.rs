//! Places in words.

use crate::{
    diagnostic::shown,
    edit::{Place, sheet::path_text},
};

/// A place in words.
pub(super) fn told(place: &Place) -> String {
    let stage = |id: &str| format!("the stage `{}`", shown(id));
    match place {
        Place::Stage { stage: id } => stage(id),
        Place::Id { stage: id } => format!("the id of {}", stage(id)),
        Place::Field {
            stage: Some(id),
            path,
        } => format!("`{}` of {}", path_text(path), stage(id)),
        Place::Field { stage: None, path } => format!("`{}`", path_text(path)),
        Place::Dependency { stage: id, on } => {
            format!("whether {} waits for `{}`", stage(id), shown(on))
        }
        Place::Member {
            stage: id,
            list: Some(list),
        } => format!(
            "{} in `{}` of `{}`",
            stage(id),
            list.list,
            shown(&list.control)
        ),
        Place::Member {
            stage: id,
            list: None,
        } => format!("the control stages around {}", stage(id)),
        Place::Order { stage: id } => format!("the place of {} in the file", stage(id)),
        Place::Layout => "the layout".to_owned(),
    }
}
