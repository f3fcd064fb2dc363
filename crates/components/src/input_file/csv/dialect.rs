//! Detects the separator of a file.
//!
//! A first line `sep=;` declares it. Otherwise it is the separator that gives each of the first
//! records as many cells as the header. If there are several, one that occurs in the header takes
//! precedence over the comma, which is often part of a number or a text.

use super::scan::{Scan, scan};

/// How many records are examined.
const RECORDS: usize = 200;
/// How many bytes are examined at most.
const BYTES: usize = 256 * 1024;

/// The separators that can be detected.
const KNOWN: [u8; 4] = [b',', b'\t', b';', b'|'];

/// How a file is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The separator of cells.
    pub separator: u8,
    /// The number of bytes at the start that are not data.
    pub skip: usize,
    /// The number of lines that are not data.
    pub lines: usize,
    /// The remark about the separator, if it was guessed.
    pub remark: Option<String>,
}

/// The dialect of a text. `usual` is the separator that the file's name suggests.
pub fn find(text: &str, usual: u8) -> Result<Dialect, String> {
    if let Some(dialect) = declared(text)? {
        return Ok(dialect);
    }
    let looks: Vec<Look> = KNOWN.iter().map(|s| Look::at(text, *s)).collect();
    let all_fit = |look: &&Look| look.width > 1 && look.fitting == look.records && !look.stray;
    let clean: Vec<&Look> = looks.iter().filter(all_fit).collect();
    let by_name = clean.iter().find(|l| l.separator == usual && usual != b',');
    let other = || {
        let others = clean.iter().filter(|l| l.separator != b',');
        // Of equally wide ones, the first one in `KNOWN`.
        others.rev().max_by_key(|l| l.width)
    };
    let found = by_name.or_else(other).or(clean.first()).copied();
    let found = found.or_else(|| best(&looks, usual));
    let separator = found.map_or(usual, |look| look.separator);
    let rivals: Vec<String> = clean
        .iter()
        .filter(|l| l.separator != separator)
        .map(|l| shown(l.separator))
        .collect();
    let remark = (separator != usual || (!rivals.is_empty() && by_name.is_none())).then(|| {
        let also = match rivals.is_empty() {
            true => String::new(),
            false => format!(" ({} would be possible too)", rivals.join(" and ")),
        };
        format!(
            "The columns seem to be separated by {}{also}; if that is wrong, declare the separator \
             in a first line such as `sep=,`",
            shown(separator)
        )
    });
    Ok(Dialect {
        separator,
        skip: 0,
        lines: 0,
        remark,
    })
}

/// A separator in words.
pub fn shown(separator: u8) -> String {
    match separator {
        b'\t' => "a tab".to_owned(),
        other => format!("`{}`", char::from(other)),
    }
}

/// The dialect that a first line `sep=;` declares, which spreadsheets write, also in quotes.
fn declared(text: &str) -> Result<Option<Dialect>, String> {
    let end = text.find(['\n', '\r']).unwrap_or(text.len());
    let line = &text[..end];
    let bare = line.trim_end_matches(' ');
    let bare = match bare.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').unwrap_or(rest),
        None => bare,
    };
    let Some(given) = bare
        .get(..4)
        .filter(|start| start.eq_ignore_ascii_case("sep="))
        .and(bare.get(4..))
    else {
        return Ok(None);
    };
    let [separator] = given.as_bytes() else {
        return Err(format!(
            "line 1: `{}` does not declare a separator; write one character, as in `sep=;`",
            line.chars().take(40).collect::<String>()
        ));
    };
    if separator.is_ascii_alphanumeric() || matches!(separator, b'"' | b'\n' | b'\r') {
        return Err(format!(
            "line 1: `{}` cannot be a separator; use `;`, `,`, `|` or a tab",
            char::from(*separator)
        ));
    }
    let rest = &text[end..];
    let skip = end + rest.len() - without_line_end(rest).len();
    Ok(Some(Dialect {
        separator: *separator,
        skip,
        lines: 1,
        remark: None,
    }))
}

fn without_line_end(text: &str) -> &str {
    text.strip_prefix("\r\n")
        .or_else(|| text.strip_prefix(['\n', '\r']))
        .unwrap_or(text)
}

struct Look {
    separator: u8,
    width: usize,
    records: usize,
    fitting: usize,
    stray: bool,
}

impl Look {
    fn at(text: &str, separator: u8) -> Self {
        let mut end = text.len().min(BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let Scan {
            mut records, stray, ..
        } = scan(&text[..end], separator, RECORDS);
        if end < text.len() && records.len() > 1 && records.len() < RECORDS {
            // The last record may be cut off.
            records.pop();
        }
        let Some(names) = records.first().copied() else {
            return Self {
                separator,
                width: 0,
                records: 0,
                fitting: 0,
                stray,
            };
        };
        // Empty cells at the end of the header or of a record are not columns.
        let fits = records.iter().filter(|r| {
            r.width == names.width
                || (r.width > names.width && r.filled <= names.width)
                || (r.width < names.width && r.width >= names.filled)
        });
        Self {
            separator,
            width: names.width,
            records: records.len(),
            fitting: fits.count(),
            stray,
        }
    }
}

/// The separator that fits the most records, if none fits all of them. The error then names a
/// record that it does not fit.
fn best(looks: &[Look], usual: u8) -> Option<&Look> {
    looks.iter().filter(|look| look.width > 1).max_by_key(|l| {
        let share = l.fitting * 1_000 / l.records.max(1);
        (!l.stray, share, l.separator == usual, l.width)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> (char, bool) {
        let dialect = find(text, b',').unwrap();
        (char::from(dialect.separator), dialect.remark.is_some())
    }

    #[test]
    fn the_separator_is_the_one_that_fits_every_record() {
        for (text, separator) in [
            ("id;name\n1;Anna\n2;Bob\n", ';'),
            ("id\tname\n1\tAnna, B\n", '\t'),
            ("id|name\n1|a;b\n", '|'),
            ("name;price\nAnna;1,5\nBob;2,25\n", ';'),
            // A comma in each line, even in the header, is still not the separator.
            ("Price, EUR;Price, USD\n1,5;2,5\n", ';'),
            ("a;b;\n1;2\n", ';'),
            ("a;b\n1;2;;\n", ';'),
            ("a;b\n\"x;\ny\";2\n", ';'),
            ("id;name", ';'),
        ] {
            assert_eq!(found(text), (separator, true), "{text}");
        }
        for text in [
            "id,name\n1,Anna\n",
            "name\nAnna\n",
            "name\nAnna;Bob\n",
            "id,note\n1,a;b\n2,c\n",
            "id,\"a;b\"\n1,\"c;d\"\n",
            "a,b\n1,2\n3\n",
            "",
        ] {
            assert_eq!(found(text), (',', false), "{text}");
        }
        let tabs = find("a,b\tc\n1,5\t2\n", b'\t').unwrap();
        assert_eq!((tabs.separator, tabs.remark), (b'\t', None));
    }

    #[test]
    fn a_first_line_can_declare_the_separator() {
        for (text, separator, skip) in [
            ("sep=;\na;b\n", b';', 6),
            ("SEP=|\r\na|b\n", b'|', 7),
            ("\"sep=;\"\na;b\n", b';', 8),
            ("sep=\t\na\tb\n", b'\t', 6),
            ("sep=,", b',', 5),
        ] {
            let dialect = find(text, b',').unwrap();
            assert_eq!((dialect.separator, dialect.skip), (separator, skip));
            assert_eq!((dialect.lines, dialect.remark), (1, None));
        }
        for wrong in ["sep=\na", "sep=;;\na", "sep=x\na", "sep=ü\n"] {
            assert!(find(wrong, b',').unwrap_err().contains("line 1"), "{wrong}");
        }
    }
}
