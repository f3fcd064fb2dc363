//! Reading one value as one type; a value of another type is reported and reads as absent.

use std::ops::RangeInclusive;

use types::ErrorCode;

use crate::{
    diagnostic::{Report, did_you_mean, shown},
    source::{Kind, Node},
};

fn wrong(report: &mut Report<'_>, node: Node<'_>, takes: &str) {
    let name = field(node);
    let message = format!("`{name}` takes {takes}, not {}", node.kind().name());
    report.error(ErrorCode::WrongType, node, message);
}

/// The key of a value, or the last part of its path.
pub(super) fn field(node: Node<'_>) -> String {
    match node.key() {
        Some(key) => shown(&key),
        None => node.path().to_string(),
    }
}

/// A text.
pub(super) fn text(report: &mut Report<'_>, node: Node<'_>) -> Option<String> {
    match node.kind() {
        Kind::Text => node.text().map(|text| text.into_owned()),
        Kind::Null => None,
        _ => {
            wrong(report, node, "text");
            None
        }
    }
}

/// `true` or `false`.
pub(super) fn flag(report: &mut Report<'_>, node: Node<'_>) -> Option<bool> {
    match node.kind() {
        Kind::Bool => node.value().as_bool(),
        Kind::Null => None,
        _ => {
            wrong(report, node, "true or false");
            None
        }
    }
}

/// A whole number within a range.
pub(super) fn whole(
    report: &mut Report<'_>,
    node: Node<'_>,
    range: RangeInclusive<i64>,
) -> Option<i64> {
    let number = match node.kind() {
        Kind::Null => return None,
        Kind::Number => node.value(),
        _ => {
            wrong(report, node, "a whole number");
            return None;
        }
    };
    let whole = number.as_int().or_else(|| {
        let double = number.as_f64()?;
        // 3.0 is written by some editors where 3 is meant.
        (double.fract() == 0.0 && double.abs() < 9e15).then_some(double as i64)
    });
    let Some(whole) = whole else {
        wrong_number(report, node, "a whole number");
        return None;
    };
    if range.contains(&whole) {
        return Some(whole);
    }
    outside(
        report,
        node,
        &range.start().to_string(),
        &range.end().to_string(),
    );
    None
}

/// A number within a range.
pub(super) fn number(
    report: &mut Report<'_>,
    node: Node<'_>,
    range: RangeInclusive<f64>,
) -> Option<f64> {
    match node.kind() {
        Kind::Null => None,
        Kind::Number => {
            let number = node.value().as_f64()?;
            if range.contains(&number) {
                return Some(number);
            }
            outside(
                report,
                node,
                &range.start().to_string(),
                &range.end().to_string(),
            );
            None
        }
        _ => {
            wrong(report, node, "a number");
            None
        }
    }
}

fn wrong_number(report: &mut Report<'_>, node: Node<'_>, takes: &str) {
    let message = format!("`{}` takes {takes}, not {}", field(node), shown(node.raw()));
    report.error(ErrorCode::WrongType, node, message);
}

fn outside(report: &mut Report<'_>, node: Node<'_>, low: &str, high: &str) {
    let message = format!(
        "`{}` is {}, but must be from {low} to {high}",
        field(node),
        shown(node.raw())
    );
    report.error(ErrorCode::InvalidValue, node, message);
}

/// The values of a list; `None` when it is none.
pub(super) fn list<'a>(report: &mut Report<'_>, node: Node<'a>) -> Option<Vec<Node<'a>>> {
    match node.kind() {
        Kind::List => Some(node.children().collect()),
        Kind::Null => None,
        _ => {
            wrong(report, node, "a list");
            None
        }
    }
}

/// An object; `None` when it is none.
pub(super) fn object<'a>(report: &mut Report<'_>, node: Node<'a>) -> Option<Node<'a>> {
    match node.kind() {
        Kind::Object => Some(node),
        Kind::Null => None,
        _ => {
            wrong(report, node, "an object");
            None
        }
    }
}

/// Warns about a key that has no meaning. A word like a known one is most likely a typing error.
pub(super) fn unknown(report: &mut Report<'_>, node: Node<'_>, place: &str, known: &[&str]) {
    let key = node.key().unwrap_or_default();
    if key.starts_with(['$', '_']) || key.starts_with("x-") {
        return;
    }
    let message = format!(
        "`{}` is not a field of {place} and has no effect",
        shown(&key)
    );
    report
        .warning(ErrorCode::UnknownField, node, message)
        .at(node.key_span())
        .suggest(did_you_mean(&key, known.iter().copied()));
}

/// Notes something of the format that this program does not do, where leaving it out would change
/// what the pipeline means.
pub(super) fn unsupported(report: &mut Report<'_>, node: Node<'_>, message: &str, help: &str) {
    report
        .error(ErrorCode::Unsupported, node, message)
        .at(node.key_span())
        .help(help);
}
