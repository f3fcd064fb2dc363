//! Finds the places of an expression that name a stage.
//!
//! Reads the text as `expr::scan` does, but keeps what is written before each name: a stage is
//! named after `upstream.` or `stages.`, as the literal in `upstream['…']`, `upstream.get('…')` and
//! `'…' in upstream`, or on its own.

use std::ops::Range;

/// F-strings nest at most this deep here; deeper ones are not part of the language.
const MAX_FSTRINGS: usize = 8;

/// A place that names a stage.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Named {
    /// The id, or the content of the literal.
    pub range: Range<usize>,
    pub form: Form,
    /// Inside an f-string, where the compiler's offsets are not exact.
    pub in_fstring: bool,
}

/// How a stage is named.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Form {
    /// After a dot, which is here.
    Dotted(usize),
    /// As the content of a literal.
    Literal,
    /// On its own.
    Bare,
}

/// The roots after which a stage can be named.
#[derive(Clone, Copy, PartialEq)]
enum Root {
    Upstream,
    Stages,
}

/// What was read last.
#[derive(Clone, Copy, PartialEq)]
enum Seen {
    Nothing,
    Operand,
    Dot,
    Root(Root),
    RootDot(Root, usize),
    RootBracket,
    RootGet,
    RootGetOpen,
}

/// Finds where an expression names the stage `id`. `known` says which ids there are; `stages`,
/// whether stages can be named after `stages.`.
pub(super) fn named(
    text: &str,
    id: &str,
    known: &dyn Fn(&str) -> bool,
    stages: bool,
) -> Vec<Named> {
    let mut scanner = Scanner {
        text,
        id,
        known,
        stages: stages && !known("stages"),
        found: Vec::new(),
        fstrings: 0,
    };
    scanner.code(0, text.len(), false);
    scanner.found
}

struct Scanner<'a> {
    text: &'a str,
    id: &'a str,
    known: &'a dyn Fn(&str) -> bool,
    stages: bool,
    found: Vec<Named>,
    fstrings: usize,
}

impl<'a> Scanner<'a> {
    fn rest(&self, at: usize, end: usize) -> &'a str {
        self.text.get(at..end).unwrap_or_default()
    }

    fn add(&mut self, range: Range<usize>, form: Form) {
        let in_fstring = self.fstrings > 0;
        self.found.push(Named {
            range,
            form,
            in_fstring,
        });
    }

    /// Reads code up to `end`; inside an f-string, up to the end of the field. Returns where it
    /// stopped.
    fn code(&mut self, mut at: usize, end: usize, field: bool) -> usize {
        let mut seen = Seen::Nothing;
        let mut open = 0usize;
        while let Some(c) = self.rest(at, end).chars().next() {
            let next = at + c.len_utf8();
            if c.is_whitespace() {
                at = next;
                continue;
            }
            let (after, now) = match c {
                '#' => {
                    let line = self.rest(at, end).find('\n');
                    (line.map_or(end, |line| at + line), seen)
                }
                '\'' | '"' => (self.string(at, at, end, seen), Seen::Operand),
                '[' | '(' | '{' => {
                    open += 1;
                    let now = match (c, seen) {
                        ('[', Seen::Root(Root::Upstream | Root::Stages)) => Seen::RootBracket,
                        ('(', Seen::RootGet) => Seen::RootGetOpen,
                        _ => Seen::Nothing,
                    };
                    (next, now)
                }
                ']' | ')' | '}' => {
                    if field && open == 0 {
                        return at;
                    }
                    open = open.saturating_sub(1);
                    (next, Seen::Operand)
                }
                ':' | '!' if field && open == 0 && !self.rest(next, end).starts_with('=') => {
                    return at;
                }
                '.' => {
                    let now = match seen {
                        Seen::Root(root) => Seen::RootDot(root, at),
                        _ => Seen::Dot,
                    };
                    (next, now)
                }
                c if c.is_ascii_digit() && !matches!(seen, Seen::Dot | Seen::RootDot(..)) => {
                    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
                    let rest = self.rest(at, end);
                    let length = rest.find(|c| !part(c)).unwrap_or(rest.len());
                    (at + length, Seen::Operand)
                }
                c if c.is_alphanumeric() || c == '_' => self.word(at, end, seen),
                _ => (next, Seen::Nothing),
            };
            at = after.max(next);
            seen = now;
        }
        end
    }

    fn word(&mut self, at: usize, end: usize, seen: Seen) -> (usize, Seen) {
        let after_dot = matches!(seen, Seen::Dot | Seen::RootDot(..));
        let length = self.length(at, end, after_dot);
        let after = at + length;
        let rest = self.rest(after, end);
        let word = self.rest(at, after);
        let prefix = length <= 2 && word.bytes().all(|byte| b"rRbBuUfF".contains(&byte));
        if !after_dot && prefix && rest.starts_with(['\'', '"']) {
            return (self.string(at, after, end, seen), Seen::Operand);
        }
        match seen {
            Seen::RootDot(root, dot) => {
                if word == self.id {
                    self.add(at..after, Form::Dotted(dot));
                } else if word == "get" && root == Root::Upstream {
                    return (after, Seen::RootGet);
                }
                (after, Seen::Operand)
            }
            Seen::Dot => (after, Seen::Operand),
            _ => {
                let argument = rest.trim_start();
                let argument = argument.starts_with('=') && !argument.starts_with("==");
                if word == self.id && !argument {
                    self.add(at..after, Form::Bare);
                }
                let now = match word {
                    "upstream" => Seen::Root(Root::Upstream),
                    "stages" if self.stages => Seen::Root(Root::Stages),
                    "and" | "or" | "not" | "in" | "is" | "if" | "else" | "for" | "lambda" => {
                        Seen::Nothing
                    }
                    _ => Seen::Operand,
                };
                (after, now)
            }
        }
    }

    /// The length of a name: of the longest known id that begins here and is not a single name in
    /// Python, or of the single name.
    fn length(&self, at: usize, end: usize, after_dot: bool) -> usize {
        let rest = self.rest(at, end);
        let part = |c: char| c.is_alphanumeric() || c == '_';
        let run = rest.find(|c: char| !(part(c) || c == '-'));
        let digit_first = rest.starts_with(|c: char| c.is_ascii_digit());
        let mut length = run.unwrap_or(rest.len());
        while let Some(id) = rest.get(..length) {
            if !(id.contains('-') || digit_first && after_dot) {
                break;
            }
            if (self.known)(id) {
                return length;
            }
            match id.rfind('-') {
                Some(shorter) => length = shorter,
                None => break,
            }
        }
        rest.find(|c| !part(c)).unwrap_or(rest.len()).max(1)
    }

    /// Reads a literal whose prefix begins at `start` and whose quote is at `quote`. Returns its
    /// end.
    fn string(&mut self, start: usize, quote: usize, end: usize, seen: Seen) -> usize {
        let rest = self.rest(quote, end);
        let Some(mark) = rest.get(..1) else {
            return end;
        };
        let width = if rest.starts_with(&mark.repeat(3)) {
            3
        } else {
            1
        };
        let closing = mark.repeat(width);
        let body = quote + width;
        let mut at = body;
        loop {
            let rest = self.rest(at, end);
            if rest.starts_with(&closing) {
                break;
            }
            let mut chars = rest.chars();
            match chars.next() {
                Some('\\') => at += 1 + chars.next().map_or(0, char::len_utf8),
                Some(c) => at += c.len_utf8(),
                None => return end,
            }
        }
        let after = at + width;
        if self.rest(start, quote).contains(['f', 'F']) {
            self.fstring(body, at);
        } else if self.rest(body, at) == self.id
            && (matches!(seen, Seen::RootBracket | Seen::RootGetOpen)
                || self.is_looked_up(after, end))
        {
            self.add(body..at, Form::Literal);
        }
        after
    }

    /// Whether `in upstream` or `not in upstream` follows, and not a part of `upstream`.
    fn is_looked_up(&self, after: usize, end: usize) -> bool {
        let rest = self.rest(after, end).trim_start();
        let rest = rest.strip_prefix("not").map_or(rest, str::trim_start);
        let Some(rest) = rest.strip_prefix("in") else {
            return false;
        };
        let whole = rest.trim_start().strip_prefix("upstream");
        rest.starts_with(char::is_whitespace)
            && whole.is_some_and(|rest| {
                !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
                    && !rest.trim_start().starts_with(['.', '['])
            })
    }

    fn fstring(&mut self, mut at: usize, end: usize) {
        if self.fstrings >= MAX_FSTRINGS {
            return;
        }
        self.fstrings += 1;
        let mut fields = 0usize;
        while let Some(c) = self.rest(at, end).chars().next() {
            let next = at + c.len_utf8();
            let doubled = self.rest(next, end).starts_with(c);
            at = match c {
                '{' | '}' if doubled && fields == 0 => next + 1,
                '{' => {
                    fields += 1;
                    let stopped = self.code(next, end, true);
                    stopped + usize::from(self.rest(stopped, end).starts_with('!'))
                }
                '}' => {
                    fields = fields.saturating_sub(1);
                    next
                }
                _ => next,
            };
        }
        self.fstrings -= 1;
    }
}
