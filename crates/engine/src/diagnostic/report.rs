//! Collects findings, with the position of the value that each is about.

use types::ErrorCode;

use super::{Diagnostic, Related, Severity};
use crate::source::{Lines, Node, Span, SyntaxError};

/// Collects findings about one text.
pub(crate) struct Report<'a> {
    lines: Lines<'a>,
    /// The id of the stage that the next findings are about.
    pub stage: Option<String>,
    found: Vec<Diagnostic>,
}

impl<'a> Report<'a> {
    pub fn new(text: &'a str) -> Self {
        Self {
            lines: Lines::new(text),
            stage: None,
            found: Vec::new(),
        }
    }

    /// Adds findings about the same text.
    pub fn extend(&mut self, found: &[Diagnostic]) {
        self.found.extend_from_slice(found);
    }

    /// The findings, in text order.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|d| (d.span.start, d.severity));
        self.found
    }

    /// Adds an error, positioned at the value.
    pub fn error(
        &mut self,
        code: ErrorCode,
        node: Node<'_>,
        message: impl Into<String>,
    ) -> Finding<'_> {
        self.add(
            Severity::Error,
            code,
            node.path().to_string(),
            node.span(),
            message.into(),
        )
    }

    /// Adds a warning, positioned at the value.
    pub fn warning(
        &mut self,
        code: ErrorCode,
        node: Node<'_>,
        message: impl Into<String>,
    ) -> Finding<'_> {
        self.add(
            Severity::Warning,
            code,
            node.path().to_string(),
            node.span(),
            message.into(),
        )
    }

    pub fn add(
        &mut self,
        severity: Severity,
        code: ErrorCode,
        path: String,
        span: Span,
        message: String,
    ) -> Finding<'_> {
        let place = self.lines.position(span.start);
        self.found.push(Diagnostic {
            severity,
            code,
            message: types::sentence(&harmless(message)).into_owned(),
            suggestion: None,
            path,
            stage: self.stage.clone(),
            line: place.line,
            column: place.column,
            span,
            related: None,
        });
        let at = self.found.len() - 1;
        Finding {
            lines: &self.lines,
            found: &mut self.found[at],
        }
    }

    /// Adds a syntax error.
    pub fn syntax(&mut self, error: SyntaxError) {
        let mut finding = self.add(
            Severity::Error,
            error.code,
            error.path,
            error.span,
            error.message,
        );
        finding.suggest(error.help);
        if let Some((message, span)) = error.related {
            finding.relate(message, span);
        }
    }
}

/// Whether a character controls the terminal, is invisible, or changes the direction of what follows.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Escapes characters that would affect a terminal or change the text direction, since messages
/// quote the file.
pub(crate) fn harmless(text: String) -> String {
    if !text.contains(is_hidden) {
        return text;
    }
    text.chars()
        .map(|c| {
            if is_hidden(c) {
                c.escape_default().to_string()
            } else {
                c.into()
            }
        })
        .collect()
}

/// A finding that was just added, to be completed.
pub(crate) struct Finding<'a> {
    lines: &'a Lines<'a>,
    found: &'a mut Diagnostic,
}

impl Finding<'_> {
    /// Sets how to fix it, if known.
    pub fn suggest(&mut self, suggestion: impl Into<Option<String>>) -> &mut Self {
        self.found.suggestion = suggestion.into().map(harmless);
        self
    }

    /// Sets how to fix it.
    pub fn help(&mut self, suggestion: impl Into<String>) -> &mut Self {
        self.suggest(suggestion.into())
    }

    /// Adds a related position with a label.
    pub fn relate(&mut self, message: impl Into<String>, span: Span) -> &mut Self {
        let place = self.lines.position(span.start);
        self.found.related = Some(Related {
            message: message.into(),
            line: place.line,
            column: place.column,
            span,
        });
        self
    }

    /// Sets a more exact position inside the value.
    pub fn at(&mut self, span: Span) -> &mut Self {
        let place = self.lines.position(span.start);
        (self.found.line, self.found.column) = (place.line, place.column);
        self.found.span = span;
        self
    }
}
