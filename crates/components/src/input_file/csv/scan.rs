//! A quick look at a text's records for one separator: how many cells each has, and whether the
//! quotes fit. It makes no values; the library does that once the separator is known.

/// A record as it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// How many cells.
    pub width: usize,
    /// The same without empty cells at its end.
    pub filled: usize,
}

/// What one separator makes of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// The records, without empty lines; the first one is the line of names.
    pub records: Vec<Seen>,
    /// Whether a quote stands where none can: inside a cell, or before more text of it.
    pub stray: bool,
    /// The line, from 1, of a quote that is never closed.
    pub open: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Start,
    Plain,
    Quoted,
    Closed,
}

/// Looks at the first `most` records.
pub fn scan(text: &str, separator: u8, most: usize) -> Scan {
    let mut seen = Scan::default();
    let mut at = At::Start;
    let (mut width, mut filled, mut empty) = (1, 0, true);
    let mut line = 1;
    let mut opened = 1;
    let mut before = 0;
    for byte in text.bytes() {
        let returned = byte == b'\n' && before == b'\r';
        line += usize::from(matches!(byte, b'\n' | b'\r') && !returned);
        before = byte;
        if at == At::Quoted {
            at = if byte == b'"' { At::Closed } else { At::Quoted };
            continue;
        }
        match byte {
            b'\n' | b'\r' => {
                if !empty {
                    seen.records.push(Seen { width, filled });
                    if seen.records.len() >= most {
                        return seen;
                    }
                }
                (width, filled, empty, at) = (1, 0, true, At::Start);
            }
            _ if byte == separator => {
                width += 1;
                (empty, at) = (false, At::Start);
            }
            b'"' => {
                (empty, filled) = (false, width);
                match at {
                    At::Start => (opened, at) = (line, At::Quoted),
                    // Two quotes inside quotes are one.
                    At::Closed => at = At::Quoted,
                    _ => seen.stray = true,
                }
            }
            b' ' if at == At::Closed => {}
            _ => {
                seen.stray |= at == At::Closed;
                if byte != b' ' {
                    (empty, filled) = (false, width);
                }
                at = At::Plain;
            }
        }
    }
    if at == At::Quoted {
        seen.open = Some(opened);
    }
    if !empty {
        seen.records.push(Seen { width, filled });
    }
    seen
}

/// The line of a quote that is opened and never closed.
pub fn never_closed(text: &str, separator: u8) -> Option<usize> {
    match text.contains('"') {
        true => scan(text, separator, usize::MAX).open,
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widths(text: &str, separator: u8) -> Vec<(usize, usize)> {
        let seen = scan(text, separator, 100).records;
        seen.iter().map(|s| (s.width, s.filled)).collect()
    }

    #[test]
    fn cells_are_counted_as_the_quotes_say() {
        assert_eq!(
            widths("a,b\n1,2\r\n\r\n3,\"x,\n\"\"y\"\n", b','),
            [(2, 2); 3]
        );
        assert_eq!(widths("a,b,\r1,,", b','), [(3, 2), (3, 1)]);
        assert_eq!(widths("a;b\n1;2", b','), [(1, 1), (1, 1)]);
        assert!(scan("a,\"b\"c\n", b',', 9).stray && scan("a,b\"c\"\n", b',', 9).stray);
        assert!(!scan("\"a\"\"b\",\"\"\n", b',', 9).stray);
    }

    #[test]
    fn a_quote_that_is_never_closed_is_found_with_its_line() {
        assert_eq!(never_closed("a,b\n1,\"x\n2,y\n", b','), Some(2));
        assert_eq!(never_closed("a,b\n1,\"x\ny\"\n2,\"\"\"\"\n", b','), None);
        // An inch is no quote.
        assert_eq!(never_closed("a,b\n1,5\"\n", b','), None);
    }
}
