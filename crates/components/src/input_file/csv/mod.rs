//! Reads CSV and similar formats, as spreadsheets and databases write them.
//!
//! Every guess is reported as a remark. A line that cannot be read without losing a value is an
//! error.

mod column;
mod dialect;
mod names;
mod scan;

use std::sync::Arc;

use csv::{ReaderBuilder, StringRecord};
use engine::Value;

use self::{
    column::Column,
    dialect::{Dialect, shown},
};
use super::{About, MOST_VALUES, Remarks, too_many};

/// Reads a text as a list of objects. `usual` is the separator that the file's name suggests.
pub fn read(text: &str, usual: u8, remarks: &mut Remarks) -> Result<Value, String> {
    let dialect = dialect::find(text, usual)?;
    dialect
        .remark
        .iter()
        .for_each(|told_of| remarks.push(About::Separator, None, told_of.clone()));
    let text = &text[dialect.skip..];
    if let Some(line) = scan::never_closed(text, dialect.separator) {
        return Err(format!(
            "line {}: a cell begins with a double quote that is never closed; close it, or, if it \
             is part of the text, put the cell in quotes and double the quote inside",
            line + dialect.lines
        ));
    }
    let mut records = records(text, &dialect)?.into_iter();
    let Some(header) = records.next() else {
        let message = "it has no header line, so there are no rows".to_owned();
        remarks.push(About::Empty, None, message);
        return Ok(Value::from(Vec::new()));
    };
    let records: Vec<StringRecord> = records.collect();
    let table = Table::of(&header, &records, &dialect)?;
    names::check(header.iter())?;
    let names = names::names(header.iter(), table.width, remarks);
    if header.len() > table.width {
        remarks.push(
            About::Empty,
            Some("line 1".to_owned()),
            format!(
                "its first line ends with {} without a name; there are no values below, so it is \
                 not a column",
                shown(dialect.separator)
            ),
        );
    }
    if table.longer > 0 {
        remarks.push(
            About::Empty,
            None,
            format!(
                "{} of its lines end with empty cells beyond the last column, which were left out",
                table.longer
            ),
        );
    }
    let columns: Vec<Column> = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let mut seen = column::Seen::new(dialect.separator != b',');
            for record in &records {
                seen.take(cell(record, at), line_of(record, &dialect));
            }
            seen.decide(name, remarks)
        })
        .collect();
    // The rows share the names' memory.
    let names: Vec<Arc<str>> = names.iter().map(|name| name.as_str().into()).collect();
    Ok(records
        .iter()
        .map(|record| -> Value {
            let cells = names.iter().zip(&columns).enumerate();
            cells
                .map(|(at, (name, column))| (name.clone(), column.value(cell(record, at))))
                .collect()
        })
        .collect())
}

/// All records, without blank lines.
fn records(text: &str, dialect: &Dialect) -> Result<Vec<StringRecord>, String> {
    let mut records = Vec::new();
    let mut cells = 0;
    let mut reader = ReaderBuilder::new()
        .delimiter(dialect.separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    loop {
        // Each record begins anew. The library's iterators give each one room for as many cells as
        // the longest record before it had, so a wide first line would cost memory in every row.
        let mut record = StringRecord::new();
        if !reader.read_record(&mut record).map_err(|e| e.to_string())? {
            return Ok(records);
        }
        cells += record.len();
        if cells > MOST_VALUES {
            return Err(too_many("cells"));
        }
        if record.len() > 1 || !cell(&record, 0).trim().is_empty() {
            records.push(record);
        }
    }
}

fn cell(record: &StringRecord, at: usize) -> &str {
    record.get(at).unwrap_or_default()
}

fn line_of(record: &StringRecord, dialect: &Dialect) -> u64 {
    let line = record.position().map_or(0, csv::Position::line);
    line + dialect.lines as u64
}

/// The number of cells before the empty ones at a record's end.
fn filled(record: &StringRecord) -> usize {
    let used = |at: &usize| !cell(record, *at).trim().is_empty();
    (0..record.len()).rev().find(used).map_or(0, |at| at + 1)
}

struct Table {
    /// The number of columns.
    width: usize,
    /// The number of records with empty cells beyond the header.
    longer: usize,
}

impl Table {
    fn of(
        header: &StringRecord,
        records: &[StringRecord],
        dialect: &Dialect,
    ) -> Result<Self, String> {
        let named = filled(header);
        let mut table = Self {
            width: named,
            longer: 0,
        };
        for record in records {
            let used = filled(record);
            if used > header.len() || record.len() < named {
                return Err(misfit(header, record, dialect));
            }
            table.width = table.width.max(used);
            table.longer += usize::from(record.len() > header.len());
        }
        // A column without a name counts too if any line has a value in it.
        match records.iter().find(|record| record.len() < table.width) {
            Some(short) => Err(misfit(header, short, dialect)),
            None => Ok(table),
        }
    }
}

fn misfit(header: &StringRecord, record: &StringRecord, dialect: &Dialect) -> String {
    let cells = |count: usize| match count {
        1 => "1 cell".to_owned(),
        many => format!("{many} cells"),
    };
    let separator = shown(dialect.separator);
    let way_out = match record.len() < header.len() {
        true => format!("write {separator} for each empty cell"),
        false => format!(
            "put a cell that contains {separator} in double quotes; if another character separates \
             the columns, declare it in a first line such as `sep=;`"
        ),
    };
    format!(
        "line {}: it has {}, the first line has {}; {way_out}",
        line_of(record, dialect),
        cells(record.len()),
        cells(header.len())
    )
}
