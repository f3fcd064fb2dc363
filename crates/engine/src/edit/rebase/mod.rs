//! Moves edits over those that somebody else made to the same text.

mod meet;
mod order;
mod reach;
mod told;
mod trace;
mod translate;

use super::{
    Conflict, Edit, EditError, Place,
    apply::{run, same},
    sheet::{Sheet, syntax},
};
use crate::{component::Registry, source::Document};
use meet::Meeting;
use trace::Trace;

/// Why edits cannot be rebased.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RebaseError {
    /// Both changed the same places differently.
    #[error("{}", .0.first().map_or("both changed the same place", |c| c.message.as_str()))]
    Conflicts(Vec<Conflict>),
    /// My edits cannot be applied to the base.
    #[error("{0}")]
    Mine(EditError),
    /// Their edits cannot be applied to the base.
    #[error("{0}")]
    Theirs(EditError),
}

/// Moves my edits over theirs: both were made to the text `base`, and the result is made to the text
/// with their edits.
///
/// Edits of different places commute: theirs followed by my moved ones gives the same bytes as mine
/// followed by their moved ones. Where both made the same change, mine is left out. Where both
/// changed the same [`Place`] differently, they are in conflict; then nothing is moved, and the
/// conflicts (the first 50) are returned with both sides.
///
/// Where too much may meet to be compared, all of it is one conflict.
pub fn rebase(
    base: &str,
    mine: &[Edit],
    theirs: &[Edit],
    registry: &Registry,
) -> Result<Vec<Edit>, RebaseError> {
    if mine.is_empty() {
        return Ok(Vec::new());
    }
    let base = Document::parse(base).map_err(|errors| RebaseError::Mine(syntax(&errors)))?;
    let my = Trace::of(&base, mine, registry).map_err(RebaseError::Mine)?;
    if theirs.is_empty() {
        return Ok(mine.to_vec());
    }
    let their = Trace::of(&base, theirs, registry).map_err(RebaseError::Theirs)?;
    let meeting = Meeting::of(&my, &their);
    if !meeting.conflicts.is_empty() {
        let conflicts = meeting.conflicts.into_iter();
        let told = conflicts.map(|meet| meet.told(&my, &their, mine, theirs));
        return Err(RebaseError::Conflicts(told.collect()));
    }
    if meeting.too_many {
        return Err(whole(mine, theirs, TOO_MANY));
    }
    let moved = translate::over(&my, &their, &meeting.mine_done);
    let other = translate::over(&their, &my, &meeting.theirs_done);
    let texts = (
        result(&their.text, &moved, registry),
        result(&my.text, &other, registry),
    );
    let (Some(ours), Some(other)) = texts else {
        return Err(whole(mine, theirs, APART));
    };
    if ours == other {
        return Ok(moved);
    }
    // The same meaning in two layouts: the one that sorts first counts, whoever came first.
    let parsed = |text: &str| Document::parse(text);
    match (parsed(&ours), parsed(&other)) {
        (Ok(a), Ok(b)) if same(a.root(), b.root()) => {
            let mut moved = moved;
            if other < ours {
                moved.push(Edit::Reformat { text: other });
            }
            Ok(moved)
        }
        _ => Err(whole(mine, theirs, APART)),
    }
}

/// The text after some edits; `None` if they cannot be applied.
fn result(text: &str, edits: &[Edit], registry: &Registry) -> Option<String> {
    let mut sheet = Sheet::read(text, registry).ok()?;
    run(&mut sheet, edits).ok()?;
    Some(sheet.text())
}

/// Edits that meet nowhere, but whose order would matter all the same.
const APART: &str = "the two changes depend on each other and cannot be combined; make yours again \
                     on the new text";

/// Edits that are too many to be compared.
const TOO_MANY: &str = "too much changed on both sides to be combined; make yours again on the new \
                        text";

/// The conflict of all edits, told by the first ones.
fn whole(mine: &[Edit], theirs: &[Edit], message: &str) -> RebaseError {
    let both = mine.first().zip(theirs.first());
    let conflict = both.map(|(mine, theirs)| Conflict {
        place: Place::Layout,
        base: None,
        mine: mine.clone(),
        mine_index: 0,
        theirs: theirs.clone(),
        theirs_index: 0,
        message: message.to_owned(),
    });
    RebaseError::Conflicts(conflict.into_iter().collect())
}
