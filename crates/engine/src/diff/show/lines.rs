//! What differs between two sequences of lines or words.

/// Where a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// In both.
    Same,
    /// In the old one only.
    Old,
    /// In the new one only.
    New,
}

/// The most pairs that are compared. Longer sequences are shown as replaced as a whole, without
/// what they have in common at the start and at the end.
const MOST_PAIRS: usize = 1_000_000;

/// The pieces of both sequences in order: the shortest way from the old to the new one.
pub(super) fn marked<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<(Mark, &'t str)> {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - start;
    let end = (old.iter().rev().zip(new.iter().rev()))
        .take(rest)
        .take_while(|(a, b)| a == b)
        .count();
    let mut out: Vec<_> = old[..start].iter().map(|p| (Mark::Same, *p)).collect();
    let (a, b) = (&old[start..old.len() - end], &new[start..new.len() - end]);
    if a.len().saturating_mul(b.len()) > MOST_PAIRS {
        out.extend(a.iter().map(|piece| (Mark::Old, *piece)));
        out.extend(b.iter().map(|piece| (Mark::New, *piece)));
    } else {
        middle(a, b, &mut out);
    }
    out.extend(old[old.len() - end..].iter().map(|p| (Mark::Same, *p)));
    out
}

fn middle<'t>(a: &[&'t str], b: &[&'t str], out: &mut Vec<(Mark, &'t str)>) {
    // `common[i][j]`: the length of the longest common subsequence of `a[i..]` and `b[j..]`.
    let width = b.len() + 1;
    let mut common = vec![0u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i * width + j] = if a[i] == b[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            out.push((Mark::Same, a[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == b.len()
            || (i < a.len() && common[(i + 1) * width + j] >= common[i * width + j + 1])
        {
            out.push((Mark::Old, a[i]));
            i += 1;
        } else {
            out.push((Mark::New, b[j]));
            j += 1;
        }
    }
}

/// A text as words and what is between them. Joined, they are the text.
pub(super) fn words(text: &str) -> Vec<&str> {
    let class = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' => 0,
        c if c.is_whitespace() => 1,
        _ => 2,
    };
    let mut out = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (at, c) in text.char_indices() {
        let this = class(c);
        if at > 0 && (last != Some(this) || this == 2) {
            out.push(&text[start..at]);
            start = at;
        }
        last = Some(this);
    }
    if start < text.len() {
        out.push(&text[start..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_way_from_one_text_to_another_is_short() {
        let (old, new) = (
            words("Write a short note."),
            words("Write a long, warm note."),
        );
        let changed: Vec<_> = marked(&old, &new)
            .into_iter()
            .filter(|(mark, _)| *mark != Mark::Same)
            .collect();
        assert_eq!(
            changed,
            [
                (Mark::Old, "short"),
                (Mark::New, "long"),
                (Mark::New, ","),
                (Mark::New, " "),
                (Mark::New, "warm"),
            ]
        );
    }

    proptest! {
        #[test]
        fn both_texts_are_in_the_pieces(old in "[ab ,.]{0,20}", new in "[ab ,.]{0,20}") {
            let pieces = marked(&words(&old), &words(&new));
            let without = |other: Mark| -> String {
                let kept = pieces.iter().filter(|(mark, _)| *mark != other);
                kept.map(|(_, piece)| *piece).collect()
            };
            prop_assert_eq!(without(Mark::New), old.as_str());
            prop_assert_eq!(without(Mark::Old), new.as_str());
        }
    }
}
