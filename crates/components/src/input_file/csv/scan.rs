//! Scans a text's records for one separator: counts the cells and checks the quotes. The CSV
//! library reads the values later, when the separator is known.

/// The size of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The number of cells.
    pub width: usize,
    /// The number of cells without the empty ones at the end.
    pub filled: usize,
}

/// The result of a scan for one separator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// The records, without empty lines; the first one is the header.
    pub records: Vec<Seen>,
    /// Whether there is a misplaced quote: inside an unquoted cell, or before further text of a
    /// cell.
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

/// Scans the first `most` records.
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
                    // A doubled quote inside quotes is one quote.
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

/// The line, from 1, of a quote that is never closed.
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
    fn separators_inside_quotes_are_not_counted() {
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
    fn a_quote_that_is_never_closed_is_reported_with_its_line() {
        assert_eq!(never_closed("a,b\n1,\"x\n2,y\n", b','), Some(2));
        assert_eq!(never_closed("a,b\n1,\"x\ny\"\n2,\"\"\"\"\n", b','), None);
        // An inch sign at the end of a cell is not an opening quote.
        assert_eq!(never_closed("a,b\n1,5\"\n", b','), None);
    }
}
