//! A longest rising subsequence: what keeps its order while as little as possible moves.

/// The positions of a longest rising subsequence, in their order.
pub(crate) fn rising(numbers: &[usize]) -> Vec<usize> {
    // `ends[n]`: the position of the smallest number that ends a rising sequence of length n + 1.
    let mut ends: Vec<usize> = Vec::new();
    let mut previous = vec![None; numbers.len()];
    for (at, number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|end| numbers[*end] < *number);
        previous[at] = length.checked_sub(1).map(|before| ends[before]);
        if length == ends.len() {
            ends.push(at);
        } else {
            ends[length] = at;
        }
    }
    let mut out = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied();
    while let Some(position) = at {
        out.push(position);
        at = previous[position];
    }
    out.reverse();
    out
}

#[cfg(test)]
mod tests {
    use super::rising;

    #[test]
    fn as_many_as_possible_keep_their_order() {
        assert_eq!(rising(&[]), [0; 0]);
        assert_eq!(rising(&[1, 2, 3]), [0, 1, 2]);
        assert_eq!(rising(&[3, 2, 1]).len(), 1);
        assert_eq!(rising(&[3, 0, 1, 2]), [1, 2, 3]);
        assert_eq!(rising(&[0, 4, 1, 2, 3]), [0, 2, 3, 4]);
        assert_eq!(rising(&[5, 5, 5]).len(), 1);
    }
}
