//! Takes a person through the pieces of a proposal. A piece is part of the result only if the person
//! said yes to it.

use super::{
    Judged, Piece, Proposal,
    proof::{Ground, Proven, Read, Refusal, prove},
};

/// What a person says to a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes. Not enough for a piece that needs a look of its own.
    Yes,
    /// Yes, after having seen why the piece needs a look of its own.
    YesAfterLook,
    /// Yes to this piece and all that follow, except those that need a look of their own.
    AllThatNeedNoLook,
    /// No.
    No,
    /// No to this piece and all that follow.
    Stop,
}

/// What came of a proposal.
#[derive(Clone, Debug, PartialEq)]
pub struct Reviewed {
    /// The text with the accepted pieces; the old text if there is none.
    pub text: String,
    /// The numbers of the accepted pieces, from 0.
    pub accepted: Vec<usize>,
    /// The pieces that cannot be accepted, with the reason.
    pub refused: Vec<(usize, Refusal)>,
}

/// Says what becomes of a piece, from its number, the piece, and its proof or why it cannot be accepted.
pub type Decide<'a> = dyn FnMut(usize, &Piece, Result<&Proven, &Refusal>) -> Decision + 'a;

/// Goes through the pieces in order. Each is proved against the text with the pieces that were accepted
/// before it, so a piece that needs a refused one is refused itself. `decide` is asked about pieces that
/// can be accepted, and told about the others; what it says about those does not count.
pub fn review(
    source: &str,
    proposal: &Proposal,
    ground: &Ground<'_>,
    decide: &mut Decide<'_>,
) -> Reviewed {
    let mut out = Reviewed {
        text: source.to_owned(),
        accepted: Vec::new(),
        refused: Vec::new(),
    };
    let mut rest = false;
    for (number, piece) in proposal.pieces.iter().enumerate() {
        let proven = match prove(&out.text, piece, ground) {
            Ok(proven) => proven,
            Err(refusal) => {
                let said = decide(number, piece, Err(&refusal));
                out.refused.push((number, refusal));
                if said == Decision::Stop {
                    break;
                }
                continue;
            }
        };
        let plain = proven.looks.is_empty();
        let said = match rest && plain {
            true => Decision::Yes,
            false => decide(number, piece, Ok(&proven)),
        };
        let accepted = match said {
            Decision::Yes => plain,
            Decision::YesAfterLook => true,
            Decision::AllThatNeedNoLook => {
                rest = true;
                plain
            }
            Decision::No => false,
            Decision::Stop => break,
        };
        if accepted {
            out.accepted.push(number);
            out.text = proven.text;
        }
    }
    out
}

/// Judges the claims of pieces against a text that was stored. A text that cannot be read makes all of
/// them untrue.
pub fn read_back<'p>(
    stored: &str,
    pieces: impl IntoIterator<Item = &'p Piece>,
    ground: &Ground<'_>,
) -> Vec<Judged> {
    let read = Read::of(stored, ground);
    pieces
        .into_iter()
        .flat_map(|piece| &piece.claims)
        .map(|claim| match &read {
            Some(read) => claim.judge(read, ground),
            None => Judged {
                claim: claim.clone(),
                sentence: claim.sentence(),
                holds: false,
            },
        })
        .collect()
}
