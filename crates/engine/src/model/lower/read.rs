//! Reads a value as one type. A value of another type is reported and treated as absent.

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

/// The key of a value; the JSON path if it has no key.
pub(super) fn field(node: Node<'_>) -> String {
    match node.key() {
        Some(key) => shown(&key),
        None => node.path().to_string(),
    }
}

/// A text; `None` for null and for other types.
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

/// A boolean.
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

/// An integer within a range.
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
        // Some editors write 3.0 for 3.
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

/// The items of a list; `None` if it is not a list.
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

/// The value itself if it is an object; `None` otherwise.
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

/// Warns about an unknown key. A name similar to a known one is suggested, as it is most likely a
/// typo.
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

/// Reports a feature of the format that FlowMason does not support, where ignoring it would change
/// what the pipeline means.
pub(super) fn unsupported(report: &mut Report<'_>, node: Node<'_>, message: &str, help: &str) {
    report
        .error(ErrorCode::Unsupported, node, message)
        .at(node.key_span())
        .help(help);
}
