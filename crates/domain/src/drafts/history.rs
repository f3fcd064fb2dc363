//! Undo and redo of one author.
//!
//! Both are changes of their own, at the end of the log. What an author can undo and redo follows from
//! the reasons of that author's changes alone, as with the two stacks of a program for one person.

use super::Reason;

/// The changes of an author that can be undone and redone, by revision; the last one is next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stacks {
    /// Changes to undo.
    pub undo: Vec<i32>,
    /// Undoings to take back.
    pub redo: Vec<i32>,
}

impl Stacks {
    /// Reads the changes of one author, oldest first.
    pub fn of(changes: impl IntoIterator<Item = (i32, Reason)>) -> Self {
        let mut stacks = Self::default();
        for (revision, reason) in changes {
            match reason {
                Reason::Undo => {
                    stacks.undo.pop();
                    stacks.redo.push(revision);
                }
                Reason::Redo => {
                    stacks.redo.pop();
                    stacks.undo.push(revision);
                }
                // It is about what others pushed, and comes from nobody's hand.
                Reason::Update => {}
                Reason::Edit | Reason::Text | Reason::Restore | Reason::Discard => {
                    stacks.undo.push(revision);
                    stacks.redo.clear();
                }
            }
        }
        stacks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stacks(reasons: &[Reason]) -> (Vec<i32>, Vec<i32>) {
        let stacks = Stacks::of((1..).zip(reasons.iter().copied()));
        (stacks.undo, stacks.redo)
    }

    #[test]
    fn undo_and_redo_go_back_and_forth_and_a_new_change_ends_what_can_be_redone() {
        use Reason::{Edit, Redo, Text, Undo, Update};
        assert_eq!(stacks(&[]), (vec![], vec![]));
        assert_eq!(stacks(&[Edit, Text]), (vec![1, 2], vec![]));
        assert_eq!(stacks(&[Edit, Text, Undo]), (vec![1], vec![3]));
        assert_eq!(stacks(&[Edit, Text, Undo, Undo]), (vec![], vec![3, 4]));
        assert_eq!(stacks(&[Edit, Text, Undo, Undo, Redo]), (vec![5], vec![3]));
        assert_eq!(
            stacks(&[Edit, Text, Undo, Undo, Redo, Edit]),
            (vec![5, 6], vec![])
        );
        assert_eq!(stacks(&[Edit, Update, Undo]), (vec![], vec![3]));
        // The log no longer has the change that was undone.
        assert_eq!(stacks(&[Undo, Redo]), (vec![2], vec![]));
    }
}
