//! Separates a model's thoughts from its answer. Reasoning models write them before the answer,
//! usually between `<think>` and `</think>`. They are never part of an answer's text.
//!
//! This module handles thoughts in the text; `wire` handles those in separate fields. It works
//! piece by piece, so that no part of a thought is shown live as text.

/// The markers of the beginning and the end of thoughts.
const TAGS: [(&str, &str); 7] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|channel|>analysis<|message|>", "<|end|>"),
];

/// Markers that some models write between thoughts and answer; they are part of neither.
const BEFORE_ANSWER: [&str; 2] = [
    "<|start|>assistant<|channel|>final<|message|>",
    "<|channel|>final<|message|>",
];

/// Splits text that arrives in pieces into answer and thoughts.
#[derive(Debug, Default)]
pub(super) struct ThoughtFilter {
    /// Text that may be the beginning of a marker.
    held: String,
    /// Inside thoughts: the marker of their end.
    until: Option<&'static str>,
    /// Whether a line of the answer has begun; markers only count at the start of a line.
    within_line: bool,
    /// Whether the answer is inside a code fence, where markers are text.
    fenced: bool,
    /// The start of the current line.
    line: String,
    /// The thoughts so far.
    pub thoughts: String,
}

impl ThoughtFilter {
    /// Adds a piece and returns the text that is certain to be part of the answer.
    pub fn push(&mut self, piece: &str) -> String {
        let mut text = std::mem::take(&mut self.held);
        text.push_str(piece);
        let mut answer = String::new();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let taken = match self.until {
                Some(end) => self.inside(rest, end),
                None => self.outside(rest, &mut answer),
            };
            match taken {
                0 => break,
                taken => at += taken,
            }
        }
        self.held = text.split_off(at);
        answer
    }

    /// Ends the text and returns the rest of the answer. Thoughts without an end marker stay
    /// thoughts.
    pub fn finish(&mut self) -> String {
        let rest = std::mem::take(&mut self.held);
        match self.until {
            Some(_) => {
                self.thoughts.push_str(&rest);
                String::new()
            }
            None => rest,
        }
    }

    /// Takes text inside thoughts. Returns the number of bytes taken; 0 if more text is needed.
    fn inside(&mut self, rest: &str, end: &'static str) -> usize {
        if let Some(at) = find_caseless(rest, end) {
            self.thoughts.push_str(&rest[..at]);
            self.thoughts.push('\n');
            self.until = None;
            self.within_line = false;
            self.line.clear();
            return at + end.len();
        }
        // A part of the end marker may have arrived.
        let keep = (1..end.len())
            .rev()
            .find(|n| ends_caseless(rest, end.get(..*n).unwrap_or_default()))
            .unwrap_or(0);
        let sure = rest.len() - keep;
        self.thoughts.push_str(&rest[..sure]);
        sure
    }

    /// Takes text outside of thoughts: a marker, whitespace, or the rest of a line. Returns the
    /// number of bytes taken; 0 if more text is needed.
    fn outside(&mut self, rest: &str, answer: &mut String) -> usize {
        if !self.within_line && !self.fenced {
            let blank = rest.len() - rest.trim_start().len();
            if blank > 0 {
                answer.push_str(&rest[..blank]);
                return blank;
            }
            for (begin, end) in TAGS {
                if starts_caseless(rest, begin) {
                    self.until = Some(end);
                    return begin.len();
                }
            }
            if let Some(mark) = BEFORE_ANSWER.iter().find(|mark| rest.starts_with(**mark)) {
                return mark.len();
            }
            let mut marks = TAGS.iter().map(|(begin, _)| *begin).chain(BEFORE_ANSWER);
            if marks.any(|mark| mark.len() > rest.len() && starts_caseless(mark, rest)) {
                return 0;
            }
        }
        let end = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let line = &rest[..end];
        answer.push_str(line);
        let room = 32_usize.saturating_sub(self.line.len());
        self.line.extend(line.chars().take(room));
        self.within_line |= !line.trim().is_empty();
        if line.ends_with('\n') {
            if self.line.trim_start().starts_with("```") {
                self.fenced = !self.fenced;
            }
            self.line.clear();
            self.within_line = false;
        }
        end
    }
}

/// Splits a whole text into answer and thoughts. Both are trimmed if there are thoughts.
pub(crate) fn split(text: &str) -> (String, String) {
    let mut filter = ThoughtFilter::default();
    let mut answer = filter.push(text);
    answer.push_str(&filter.finish());
    let mut thoughts = filter.thoughts;
    if let Some((before, after)) = split_at_end(&answer) {
        thoughts.push_str(before);
        answer = after.to_owned();
    }
    if thoughts.is_empty() && answer.len() == text.len() {
        return (answer, thoughts);
    }
    (answer.trim().to_owned(), thoughts.trim().to_owned())
}

/// Splits a whole answer whose thoughts have an end marker but no begin marker, because some
/// servers put the begin marker in the prompt. Everything before the last end marker is thoughts,
/// unless the marker is quoted.
fn split_at_end(text: &str) -> Option<(&str, &str)> {
    TAGS.iter()
        .filter(|(_, end)| *end != "<|end|>")
        .filter_map(|(_, end)| {
            let lower = text.to_ascii_lowercase();
            let at = lower.rfind(&end.to_ascii_lowercase())?;
            let (before, after) = (&text[..at], &text[at + end.len()..]);
            let quoted = before.ends_with(['`', '"', '\'', '\\']) || after.starts_with(['`', '"']);
            // Inside a code fence, the marker is text.
            let fenced = before.matches("```").count() % 2 == 1 && after.contains("```");
            (!quoted && !fenced).then_some((at, before, after))
        })
        .max_by_key(|(at, _, _)| *at)
        .map(|(_, before, after)| (before, after))
}

fn starts_caseless(text: &str, start: &str) -> bool {
    text.as_bytes()
        .get(..start.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
}

fn ends_caseless(text: &str, end: &str) -> bool {
    let bytes = text.as_bytes();
    !end.is_empty()
        && bytes
            .len()
            .checked_sub(end.len())
            .and_then(|at| bytes.get(at..))
            .is_some_and(|tail| tail.eq_ignore_ascii_case(end.as_bytes()))
}

fn find_caseless(text: &str, part: &str) -> Option<usize> {
    let (bytes, part) = (text.as_bytes(), part.as_bytes());
    let first = *part.first()?;
    (0..bytes.len().saturating_sub(part.len() - 1)).find(|at| {
        bytes[*at].eq_ignore_ascii_case(&first)
            && bytes[*at..*at + part.len()].eq_ignore_ascii_case(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str, step: usize) -> (String, String) {
        let mut filter = ThoughtFilter::default();
        let mut answer = String::new();
        let chars: Vec<char> = text.chars().collect();
        for piece in chars.chunks(step) {
            answer.push_str(&filter.push(&piece.iter().collect::<String>()));
        }
        answer.push_str(&filter.finish());
        (answer, filter.thoughts)
    }

    #[test]
    fn thoughts_are_removed_whatever_the_pieces_of_the_text() {
        for step in [1, 2, 5, 1000] {
            for (text, answer, thoughts) in [
                (
                    "<think>a {\"x\":0}</think>{\"x\":1}",
                    "{\"x\":1}",
                    "a {\"x\":0}\n",
                ),
                ("\n<THINK>\na\n</Think>\n\nb", "\n\n\nb", "\na\n\n"),
                ("<thinking>a</thinking>b", "b", "a\n"),
                ("[THINK]a[/THINK]b", "b", "a\n"),
                ("◁think▷a◁/think▷b", "b", "a\n"),
                ("<think>a</think><think>c</think>b", "b", "a\nc\n"),
                ("b1\n<think>a</think>\nb2", "b1\n\nb2", "a\n"),
                ("<think>never ends", "", "never ends"),
                ("<think>ends in </thi", "", "ends in </thi"),
                (
                    "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b",
                    "b",
                    "a\n",
                ),
                // These are not thoughts.
                ("the tag <think> is text", "the tag <think> is text", ""),
                (
                    "```\n<think>x</think>\n```",
                    "```\n<think>x</think>\n```",
                    "",
                ),
                ("<thin", "<thin", ""),
                ("a < b", "a < b", ""),
                ("  two\n  lines ", "  two\n  lines ", ""),
            ] {
                let got = split(text, step);
                assert_eq!(
                    (got.0.as_str(), got.1.as_str()),
                    (answer, thoughts),
                    "{text} {step}"
                );
            }
        }
    }

    #[test]
    fn a_long_text_is_split_in_linear_time() {
        let start = std::time::Instant::now();
        for text in [
            "\n".repeat(1_000_000),
            "a line of words\n".repeat(60_000),
            "<think></think>\n".repeat(60_000),
            "<think>".repeat(100_000),
            format!("<think>{}", "</thin ".repeat(100_000)),
        ] {
            super::split(&text);
        }
        assert!(start.elapsed() < std::time::Duration::from_secs(10));
    }

    #[test]
    fn a_whole_text_is_split_and_without_thoughts_unchanged() {
        let (answer, thoughts) = super::split("<think> a </think>\n\n b\n");
        assert_eq!((answer.as_str(), thoughts.as_str()), ("b", "a"));
        assert_eq!(super::split(" as it is\n").0, " as it is\n");
        assert_eq!(
            super::split("hm\n</think>\nb"),
            ("b".to_owned(), "hm".to_owned())
        );
    }

    #[test]
    fn an_end_marker_without_a_begin_marker_counts_unless_it_is_quoted() {
        assert_eq!(
            split_at_end("hm {\"x\":0}\n</think>\nb"),
            Some(("hm {\"x\":0}\n", "\nb"))
        );
        assert_eq!(
            split_at_end("a</think>b</think>c"),
            Some(("a</think>b", "c"))
        );
        assert_eq!(split_at_end("write `</think>` at the end"), None);
        assert_eq!(split_at_end(r#"{"tag":"</think>"}"#), None);
        assert_eq!(split_at_end("plain"), None);
    }
}
