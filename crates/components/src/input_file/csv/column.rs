//! Determines the type of a column: numbers only if every cell is one and nothing would be lost.
//!
//! `007`, `1e3` and more than 15 digits stay text. Decimal commas are read if commas do not
//! separate columns, all numbers of the column use them, and at least one of them cannot be a whole
//! number with a thousands separator (`1,234` could be; `1,5` and `0,234` cannot).

use engine::Value;

use super::super::{About, Remarks};
use crate::invisible::{code_point, in_value};

/// How the numbers of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The cells are not numbers.
    Text,
    /// With decimal points: `1`, `1.5`.
    Point,
    /// With decimal commas: `1`, `1,5`.
    Comma,
}

/// Collects the properties of a column's cells.
#[derive(Debug)]
pub struct Seen {
    commas: bool,
    cells: usize,
    points_fit: bool,
    commas_fit: bool,
    both_fit: bool,
    decided: bool,
    first_comma: Option<String>,
    grouped: Option<String>,
    all_digits: bool,
    hidden: usize,
    first_hidden: Option<(u64, char)>,
}

impl Seen {
    /// Before the first cell. `commas` says whether this file may have decimal commas.
    pub fn new(commas: bool) -> Self {
        Self {
            commas,
            cells: 0,
            points_fit: true,
            commas_fit: true,
            both_fit: true,
            decided: false,
            first_comma: None,
            grouped: None,
            all_digits: true,
            hidden: 0,
            first_hidden: None,
        }
    }

    /// Adds a cell on this line.
    pub fn take(&mut self, cell: &str, line: u64) {
        if let Some(odd) = in_value(cell) {
            self.hidden += 1;
            self.first_hidden.get_or_insert((line, odd));
        }
        if cell.is_empty() {
            return;
        }
        self.cells += 1;
        if !self.points_fit && !self.commas_fit && !self.both_fit && !self.all_digits {
            return;
        }
        let point = with_point(cell).is_some();
        let comma = with_comma(cell).is_some();
        self.points_fit &= point;
        self.commas_fit &= comma;
        self.both_fit &= point || comma;
        let written = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-');
        self.all_digits &= cell.chars().all(written);
        if self.all_digits && cell.contains('.') && cell.contains(',') {
            self.grouped.get_or_insert_with(|| cell.to_owned());
        }
        if comma {
            self.decided |= !could_be_thousands(cell);
            if cell.contains(',') {
                self.first_comma.get_or_insert_with(|| cell.to_owned());
            }
        }
    }

    /// Determines the type of the column and adds remarks about guesses.
    pub fn decide(self, name: &str, remarks: &mut Remarks) -> Column {
        if let Some((line, odd)) = self.first_hidden {
            let more = match self.hidden {
                1 => String::new(),
                many => format!(", and {} more", many - 1),
            };
            let place = Some(format!("line {line}, column `{name}`"));
            remarks.push(
                About::Hidden,
                place,
                format!(
                    "column `{name}` contains {} (line {line}{more}), which was kept",
                    code_point(odd)
                ),
            );
        }
        if self.cells == 0 {
            return Column::Text;
        }
        if self.points_fit {
            return Column::Point;
        }
        let place = || Some(format!("column `{name}`"));
        let text = |why: String, remarks: &mut Remarks| {
            let message = format!("column `{name}` stays text: {why}");
            remarks.push(About::Numbers, place(), message);
            Column::Text
        };
        match (self.first_comma, self.grouped) {
            (Some(cell), _) if self.commas && self.commas_fit && self.decided => {
                let value = with_comma(&cell).unwrap_or_default().to_json();
                remarks.push(
                    About::Numbers,
                    place(),
                    format!("column `{name}` has decimal commas: `{cell}` was read as {value}"),
                );
                Column::Comma
            }
            (Some(cell), _) if self.commas && self.commas_fit => text(
                format!(
                    "`{cell}` could be {} or {}",
                    cell.replace(',', "."),
                    cell.replace(',', "")
                ),
                remarks,
            ),
            (Some(cell), _) if self.commas && self.both_fit => text(
                format!("it has decimal commas (`{cell}`) and decimal points"),
                remarks,
            ),
            (_, Some(cell)) if self.all_digits => {
                text(format!("`{cell}` has both points and commas"), remarks)
            }
            _ => Column::Text,
        }
    }
}

impl Column {
    /// The value of a cell of this column.
    pub fn value(self, cell: &str) -> Value {
        match self {
            Column::Text => cell.into(),
            _ if cell.is_empty() => Value::Null,
            Column::Point => with_point(cell).unwrap_or_else(|| cell.into()),
            Column::Comma => with_comma(cell).unwrap_or_else(|| cell.into()),
        }
    }
}

/// The cell as a number, if the number has the same text, except for trailing zeros.
fn with_point(cell: &str) -> Option<Value> {
    if let Ok(whole) = cell.parse::<i64>() {
        return (whole.to_string() == cell).then_some(Value::Int(whole));
    }
    let (whole, decimals) = cell.strip_prefix('-').unwrap_or(cell).split_once('.')?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let exact = whole.trim_start_matches('0').len() + decimals.len() <= 15;
    let plain = whole == "0" || !whole.starts_with('0');
    match digits(whole) && digits(decimals) && plain && exact {
        true => cell.parse().ok().map(Value::Float),
        false => None,
    }
}

fn with_comma(cell: &str) -> Option<Value> {
    match cell.contains('.') {
        true => None,
        false => with_point(&cell.replacen(',', ".", 1)),
    }
}

/// Whether a number, with or without a comma, may be a whole number with commas as thousands
/// separators.
fn could_be_thousands(cell: &str) -> bool {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    match digits.split_once(',') {
        Some((whole, rest)) => rest.len() == 3 && whole.len() <= 3 && whole != "0",
        None => digits.len() <= 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(cells: &[&str], commas: bool) -> (Column, Vec<String>) {
        let mut seen = Seen::new(commas);
        for (at, cell) in cells.iter().enumerate() {
            seen.take(cell, at as u64 + 2);
        }
        let mut remarks = Remarks::default();
        let column = seen.decide("c", &mut remarks);
        let remarks = remarks.into_list().into_iter();
        (column, remarks.map(|remark| remark.message).collect())
    }

    #[test]
    fn the_whole_column_decides_what_its_commas_mean() {
        for (cells, wanted, part) in [
            (&["1,5", "2"][..], Column::Comma, "`1,5` was read as 1.5"),
            (&["1,234", "0,5"], Column::Comma, "1.234"),
            (&["1,234", "12345"], Column::Comma, "1.234"),
            (&["-0,25", ""], Column::Comma, "-0.25"),
            (&["1,234", "12"], Column::Text, "1.234 or 1234"),
            (&["1,5", "2.5"], Column::Text, "decimal points"),
            (&["1.234,50", "2,5"], Column::Text, "points and commas"),
        ] {
            let (column, remarks) = column(cells, true);
            assert_eq!(column, wanted, "{cells:?}");
            assert!(
                remarks.len() == 1 && remarks[0].contains(part),
                "{remarks:?}"
            );
        }
        for (cells, wanted) in [
            (&["1,5", "x"][..], Column::Text),
            (&["1,2,3"], Column::Text),
            (&["01,5"], Column::Text),
            (&["1.5", "2"], Column::Point),
            (&["7", ""], Column::Point),
            (&["", ""], Column::Text),
            (&["0.1234567890123456789"], Column::Text),
            (&["+1", "1."], Column::Text),
            (&["01.02.2024"], Column::Text),
            (&["12345678901234567890"], Column::Text),
        ] {
            assert_eq!(column(cells, true), (wanted, vec![]), "{cells:?}");
        }
        // If commas separate columns, a comma in quotes is not a decimal comma.
        assert_eq!(column(&["1,5"], false), (Column::Text, vec![]));
    }

    #[test]
    fn invisible_characters_in_cells_are_kept_and_reported_once() {
        let (kind, remarks) = column(&["7\u{a0}", "a\u{200b}b", "line\nbreak", "x\u{a0}y"], true);
        assert_eq!(kind, Column::Text);
        assert_eq!(remarks.len(), 1);
        assert!(
            remarks[0].contains("U+00A0 NO-BREAK SPACE (line 2, and 1 more)"),
            "{remarks:?}"
        );
    }
}
