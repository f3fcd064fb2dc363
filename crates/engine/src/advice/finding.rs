//! One piece of advice about a pipeline's text, and how it is collected.

use serde::Serialize;

use crate::{
    diagnostic::harmless,
    edit::Edit,
    model::Pipeline,
    source::{Lines, Node, Span},
};

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A secret is in the file as plain text.
    PlainSecret,
    /// A branch, a route or a loop's stages never run.
    UnreachableBranch,
    /// Nothing uses a stage's output.
    UnusedOutput,
    /// A stage waits for another one without need, so that the two cannot run side by side.
    NeedlessWait,
    /// A call is not repeated when it fails for a moment.
    MissingRetry,
    /// A call in a loop is the same for every item.
    CallPerItem,
    /// A short model call for each item could be one call for all of them.
    SmallCallPerItem,
    /// Several prompts contain the same long text.
    RepeatedPrompt,
}

impl Rule {
    /// All rules.
    pub const ALL: [Self; 8] = [
        Self::PlainSecret,
        Self::UnreachableBranch,
        Self::UnusedOutput,
        Self::NeedlessWait,
        Self::MissingRetry,
        Self::CallPerItem,
        Self::SmallCallPerItem,
        Self::RepeatedPrompt,
    ];

    /// The stable name of the rule.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PlainSecret => "plain_secret",
            Self::UnreachableBranch => "unreachable_branch",
            Self::UnusedOutput => "unused_output",
            Self::NeedlessWait => "needless_wait",
            Self::MissingRetry => "missing_retry",
            Self::CallPerItem => "call_per_item",
            Self::SmallCallPerItem => "small_call_per_item",
            Self::RepeatedPrompt => "repeated_prompt",
        }
    }
}

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Probably a mistake, or a danger.
    Warning,
    /// It works, but could be better.
    Suggestion,
}

/// One piece of advice. Never contains a secret as a whole.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What it is about.
    pub rule: Rule,
    /// How serious it is.
    pub level: Level,
    /// What was found, in one sentence.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// The id of the stage; `None` if it is about the file as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The ids of the other stages that it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
    /// The JSON path of the value.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The position in bytes.
    pub span: Span,
    /// The edits that mend it. Empty if a person has to decide how.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Edit>,
    /// Whether the edits leave what the pipeline computes as it is, so that they can be applied
    /// without a look at them.
    pub safe: bool,
}

/// Collects findings about one file.
pub(super) struct Findings<'a> {
    pipeline: &'a Pipeline,
    lines: Lines<'a>,
    found: Vec<Finding>,
}

impl<'a> Findings<'a> {
    pub fn new(pipeline: &'a Pipeline) -> Self {
        Self {
            pipeline,
            lines: Lines::new(&pipeline.source),
            found: Vec::new(),
        }
    }

    /// Adds a finding at a value, about the stage with this number.
    pub fn add(
        &mut self,
        rule: Rule,
        level: Level,
        stage: Option<u32>,
        node: Node<'_>,
        message: impl Into<String>,
    ) -> Pending<'_> {
        let span = node.span();
        let place = self.lines.position(span.start);
        let stage = stage.and_then(|number| self.pipeline.stages.get(number as usize));
        self.found.push(Finding {
            rule,
            level,
            message: types::sentence(&harmless(message.into())).into_owned(),
            help: String::new(),
            stage: stage.map(|stage| stage.id.value.clone()),
            others: Vec::new(),
            path: node.path().to_string(),
            line: place.line,
            column: place.column,
            span,
            edits: Vec::new(),
            safe: false,
        });
        let at = self.found.len() - 1;
        Pending {
            lines: &self.lines,
            found: &mut self.found[at],
        }
    }

    /// The findings in text order.
    pub fn finish(mut self) -> Vec<Finding> {
        self.found.sort_by_key(|one| (one.span.start, one.rule));
        self.found
    }
}

/// A finding that was just added, to be completed.
pub(super) struct Pending<'a> {
    lines: &'a Lines<'a>,
    found: &'a mut Finding,
}

impl Pending<'_> {
    /// Sets what to do about it.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.found.help = harmless(help.into());
        self
    }

    /// Names the other stages that it is about.
    pub fn others(&mut self, ids: Vec<String>) -> &mut Self {
        self.found.others = ids;
        self
    }

    /// Sets a more exact position inside the value.
    pub fn at(&mut self, span: Span) -> &mut Self {
        let place = self.lines.position(span.start);
        (self.found.line, self.found.column) = (place.line, place.column);
        self.found.span = span;
        self
    }

    /// Sets edits that mend it and change nothing else.
    pub fn mend(&mut self, edits: Vec<Edit>) -> &mut Self {
        self.found.edits = edits;
        self.found.safe = true;
        self
    }

    /// Sets edits that mend it, but that a person should look at.
    pub fn offer(&mut self, edits: Vec<Edit>) -> &mut Self {
        self.found.edits = edits;
        self
    }
}
