//! Reads the definitions of triggers that wait for runs of other pipelines or for events.

use std::ops::RangeInclusive;

use types::ErrorCode;

use super::{
    Comparison, Condition, EventTrigger, MAX_BYTES, Misfire, Overlap, Pattern, Place, RunState,
    RunTrigger, Schedule, Test, Timing, Trigger, Zone,
    bus::EVENT_FACTS,
    duration::{DAY, duration},
    finished::RUN_FACTS,
    parse,
};
use crate::{
    Map, Value,
    diagnostic::{Report, did_you_mean, shown},
    source::{Kind, Node},
};

/// The fields of a trigger that waits for runs.
const RUN_FIELDS: &[&str] = &[
    "name",
    "description",
    "type",
    "pipelines",
    "states",
    "all",
    "count",
    "within",
    "longer_than",
    "cooldown",
    "overlap",
    "enabled",
    "input",
    "input_mapping",
    "pass_outputs",
];

/// The fields of a trigger that waits for events.
const EVENT_FIELDS: &[&str] = &[
    "name",
    "description",
    "type",
    "event_type",
    "source",
    "where",
    "cooldown",
    "overlap",
    "enabled",
    "input",
    "input_mapping",
];

/// The largest number of pipelines, patterns or conditions.
const MAX_ITEMS: usize = 50;

/// The largest number of runs that have to end.
const MAX_COUNT: u64 = 100;

/// The longest window, cooldown and duration of a run, in seconds.
const LONGEST: u64 = 7 * DAY;

/// What all of these triggers have.
struct Reader<'r, 't> {
    report: &'r mut Report<'t>,
    kind: &'static str,
    name: String,
    description: String,
    overlap: Overlap,
    paused: bool,
    cooldown: u32,
    input: Map,
}

/// Whether a trigger of this kind waits for runs.
pub(super) fn is_run(kind: &str) -> bool {
    matches!(
        kind,
        "run_finished" | "runs_finished" | "run" | "runs" | "pipeline_completed"
    )
}

/// Whether a trigger of this kind waits for events.
pub(super) fn is_event(kind: &str) -> bool {
    matches!(kind, "event" | "events")
}

/// A trigger that waits for runs.
pub(super) fn run(report: &mut Report<'_>, node: Node<'_>, name: &str) -> Option<Trigger> {
    let mut reader = Reader::new(report, node, ("trigger for runs", name))?;
    // The format passes the output on, unless the definition maps parts of it.
    let kind = node.get("type").or_else(|| node.get("kind"));
    let kind = kind.and_then(|kind| kind.text()).unwrap_or_default();
    let of_format = kind == "pipeline_completed" || node.get("source_pipeline_id").is_some();
    let mut passes = None;
    let mut counts = false;
    let mut run = RunTrigger {
        pipelines: Vec::new(),
        states: Vec::new(),
        all: false,
        count: 1,
        within: 3_600,
        longer_than: None,
        cooldown: 0,
        pass_output: false,
        mapping: Vec::new(),
    };
    for child in node.children() {
        if child.kind() == Kind::Null {
            continue;
        }
        match child.key().unwrap_or_default().as_ref() {
            "type" | "kind" => {
                if !is_run(&reader.text(child)) {
                    reader.invalid(child, "must be run_finished");
                }
            }
            "pipelines" | "pipeline" | "source_pipeline_id" | "sourcePipelineId"
            | "source_pipeline" | "sourcePipeline" => {
                run.pipelines.extend(reader.texts(child));
            }
            "states" | "state" | "status" => reader.states(child, &mut run.states),
            "all" | "wait_for_all" | "waitForAll" => run.all = reader.flag(child),
            "count" => {
                if let Some(count) = reader.number(child, 1..=MAX_COUNT) {
                    run.count = count;
                }
            }
            "within" | "window" => {
                counts = true;
                if let Some(seconds) = reader.seconds(child, 1..=LONGEST) {
                    run.within = seconds;
                }
            }
            "longer_than" | "longerThan" => {
                run.longer_than = reader.seconds(child, 1..=LONGEST);
            }
            "pass_outputs" | "passOutputs" | "pass_output" => passes = Some(reader.flag(child)),
            "input_mapping" | "inputMapping" => {
                reader.mapping(child, RUN_FACTS, &mut run.mapping);
            }
            "output_mapping" | "outputMapping" => reader.of_output(child, &mut run.mapping),
            key => reader.common(child, key, RUN_FIELDS),
        }
    }
    let mut known: Vec<String> = Vec::new();
    for name in std::mem::take(&mut run.pipelines) {
        if !known.contains(&name) {
            known.push(name);
        }
    }
    run.pipelines = known;
    if run.pipelines.is_empty() {
        reader
            .report
            .error(ErrorCode::MissingField, node, "no pipeline is named")
            .help("add `pipelines`, such as [\"nightly-report\"]");
    }
    if run.longer_than.is_some() && (run.all || run.count > 1 || !run.states.is_empty()) {
        let message =
            "`longer_than` counts for each run; it goes with neither `states`, `all` nor `count`";
        reader.report.error(ErrorCode::InvalidValue, node, message);
    }
    if run.all && (run.count > 1 || counts) {
        let message = "`all` waits for one run of each pipeline; it has no `count` and no `within`";
        reader.report.error(ErrorCode::InvalidValue, node, message);
    }
    if counts && run.count == 1 {
        let message = "`within` belongs to a `count` of two or more runs";
        reader.report.error(ErrorCode::InvalidValue, node, message);
    }
    if run.states.is_empty() {
        run.states.push(RunState::Succeeded);
    }
    run.cooldown = reader.cooldown;
    run.pass_output = passes.unwrap_or(of_format && run.mapping.is_empty());
    reader.finish(node, Timing::Run(Box::new(run)))
}

/// A trigger that waits for events.
pub(super) fn event(report: &mut Report<'_>, node: Node<'_>, name: &str) -> Option<Trigger> {
    let mut reader = Reader::new(report, node, ("trigger for events", name))?;
    let mut event = EventTrigger {
        types: Vec::new(),
        sources: Vec::new(),
        conditions: Vec::new(),
        cooldown: 0,
        mapping: Vec::new(),
    };
    for child in node.children() {
        if child.kind() == Kind::Null {
            continue;
        }
        match child.key().unwrap_or_default().as_ref() {
            "type" | "kind" => {
                if !is_event(&reader.text(child)) {
                    let must = "must be event; the type of the events is `event_type`";
                    reader.invalid(child, must);
                }
            }
            "event_type" | "eventType" | "event_types" | "eventTypes" => {
                let texts = reader.texts(child);
                event.types = texts.iter().map(|text| Pattern::parse(text)).collect();
            }
            "source" | "sources" => {
                let texts = reader.texts(child);
                event.sources = texts.iter().map(|text| Pattern::parse(text)).collect();
            }
            "where" | "filter" => reader.conditions(child, &mut event.conditions),
            "input_mapping" | "inputMapping" => {
                reader.mapping(child, EVENT_FACTS, &mut event.mapping);
            }
            key => reader.common(child, key, EVENT_FIELDS),
        }
    }
    event.cooldown = reader.cooldown;
    reader.finish(node, Timing::Event(Box::new(event)))
}

impl<'r, 't> Reader<'r, 't> {
    fn new(
        report: &'r mut Report<'t>,
        node: Node<'_>,
        (kind, name): (&'static str, &str),
    ) -> Option<Self> {
        let bytes = node.raw().len();
        if bytes > MAX_BYTES {
            let message = format!("a trigger has {bytes} bytes; at most {MAX_BYTES} are allowed");
            report.error(ErrorCode::LimitExceeded, node, message);
            return None;
        }
        if node.kind() != Kind::Object {
            let message = format!("a {kind} is an object, not {}", node.kind().name());
            report.error(ErrorCode::WrongType, node, message);
            return None;
        }
        Some(Self {
            report,
            kind,
            name: name.to_owned(),
            description: String::new(),
            overlap: Overlap::Allow,
            paused: false,
            cooldown: 0,
            input: Map::default(),
        })
    }

    /// A field that all of these triggers have.
    fn common(&mut self, node: Node<'_>, key: &str, fields: &[&str]) {
        match key {
            "name" | "id" => self.name = self.text(node),
            "description" => self.description = self.text(node),
            // The pipeline in whose file the trigger is.
            "pipeline_id" | "pipelineId" => {}
            "cooldown" | "cooldown_seconds" | "cooldownSeconds" => {
                if let Some(seconds) = self.seconds(node, 0..=LONGEST) {
                    self.cooldown = seconds;
                }
            }
            "overlap" | "overlap_policy" | "overlapPolicy" | "concurrency_policy"
            | "concurrencyPolicy" => match parse::overlap(&node.text().unwrap_or_default()) {
                Some(found) => self.overlap = found,
                None => self.invalid(node, "must be queue, skip, cancel_oldest or allow"),
            },
            "max_concurrent" | "maxConcurrent" => match node.value().as_int() {
                Some(1) => self.overlap = Overlap::Queue,
                _ => self.invalid(node, "must be 1; leave it out for any number"),
            },
            "enabled" => self.paused = !self.flag(node),
            "suspend" | "paused" => self.paused = self.flag(node),
            "input" | "inputs" | "default_inputs" | "defaultInputs" => match node.value() {
                Value::Map(map) => self.input = (*map).clone(),
                _ => self.invalid(node, "must be an object with the inputs of each run"),
            },
            key => {
                // Never a warning: a trigger must not fire without what somebody meant to say.
                let message = format!("`{}` is not a field of a {}", shown(key), self.kind);
                let hint = did_you_mean(key, fields.iter().copied());
                self.report
                    .error(ErrorCode::UnknownField, node, message)
                    .at(node.key_span())
                    .suggest(hint);
            }
        }
    }

    fn invalid(&mut self, node: Node<'_>, must: &str) {
        let name = node.key().unwrap_or_default();
        let message = format!("`{}` is {}, but {must}", shown(&name), shown(node.raw()));
        self.report.error(ErrorCode::InvalidValue, node, message);
    }

    fn text(&mut self, node: Node<'_>) -> String {
        let text = node.text().map(|text| text.into_owned());
        if text.is_none() {
            self.invalid(node, "must be text");
        }
        text.unwrap_or_default()
    }

    /// One text or a list of them.
    fn texts(&mut self, node: Node<'_>) -> Vec<String> {
        let items: Vec<Node<'_>> = match node.kind() {
            Kind::List => node.children().collect(),
            _ => vec![node],
        };
        let texts = items.iter().map(|item| item.text());
        let texts: Option<Vec<String>> = texts
            .map(|text| text.map(|text| text.trim().to_owned()))
            .collect();
        let texts = texts.filter(|all| (1..=MAX_ITEMS).contains(&all.len()));
        let texts = texts.filter(|all| all.iter().all(|text| !text.is_empty()));
        if texts.is_none() {
            self.invalid(node, "must be a text, or a list of 1 to 50 texts");
        }
        texts.unwrap_or_default()
    }

    fn flag(&mut self, node: Node<'_>) -> bool {
        let flag = node.value().as_bool();
        if flag.is_none() {
            self.invalid(node, "must be true or false");
        }
        flag.unwrap_or_default()
    }

    fn number(&mut self, node: Node<'_>, range: RangeInclusive<u64>) -> Option<u32> {
        let number = node.value().as_int();
        let number = number.and_then(|number| u64::try_from(number).ok());
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let must = format!("must be a number from {} to {}", range.start(), range.end());
            self.invalid(node, &must);
        }
        number.and_then(|number| u32::try_from(number).ok())
    }

    /// A number of seconds, or a duration as text.
    fn seconds(&mut self, node: Node<'_>, range: RangeInclusive<u64>) -> Option<u32> {
        if node.kind() != Kind::Text {
            return self.number(node, range);
        }
        let seconds = node.text().and_then(|text| duration(&text));
        let seconds = seconds.filter(|seconds| range.contains(seconds));
        if seconds.is_none() {
            let must = format!(
                "must be a duration such as \"30s\" or \"1h\", from {} to {} seconds",
                range.start(),
                range.end()
            );
            self.invalid(node, &must);
        }
        seconds.and_then(|seconds| u32::try_from(seconds).ok())
    }

    fn states(&mut self, node: Node<'_>, states: &mut Vec<RunState>) {
        for text in self.texts(node) {
            let found: &[RunState] = match text.to_ascii_lowercase().as_str() {
                "succeeded" | "success" | "completed" => &[RunState::Succeeded],
                "failed" | "failure" | "error" => &[RunState::Failed],
                "cancelled" | "canceled" => &[RunState::Cancelled],
                "any" => &RunState::ALL,
                _ => {
                    self.invalid(node, "must be succeeded, failed, cancelled or any");
                    return;
                }
            };
            for state in found {
                if !states.contains(state) {
                    states.push(*state);
                }
            }
        }
    }

    /// `{input: place}`, or the reverse.
    fn mapping(&mut self, node: Node<'_>, roots: &[&str], mapping: &mut Vec<(String, Place)>) {
        if node.kind() != Kind::Object {
            let must = "must be an object: the name of each input with the place of its value";
            self.invalid(node, must);
            return;
        }
        for child in node.children() {
            let key = child.key().unwrap_or_default().into_owned();
            let value = child.text().unwrap_or_default().into_owned();
            let found = match (Place::parse(&value, roots), Place::parse(&key, roots)) {
                (Some(place), _) => Some((key, place)),
                (None, Some(place)) if !value.is_empty() => Some((value, place)),
                _ => None,
            };
            match found {
                Some((name, place)) if !name.is_empty() => mapping.push((name, place)),
                _ => {
                    let must = format!("must be a path that begins with {}", roots.join(", "));
                    self.invalid(child, &must);
                }
            }
        }
    }

    /// `{input: path in the output}`, as the format has it.
    fn of_output(&mut self, node: Node<'_>, mapping: &mut Vec<(String, Place)>) {
        if node.kind() != Kind::Object {
            let must = "must be an object: the name of each input with a path of the output";
            self.invalid(node, must);
            return;
        }
        for child in node.children() {
            let key = child.key().unwrap_or_default().into_owned();
            let place = child.text();
            let place = place.and_then(|text| Place::below("output", &text));
            match place {
                Some(place) if !key.is_empty() => mapping.push((key, place)),
                _ => self.invalid(
                    child,
                    "must be a path of the output, such as `report.total`",
                ),
            }
        }
    }

    /// `{place: value}`, `{place: {"any_of": […]}}`, `{place: {"gte": 1, "lt": 5}}` and
    /// `{place: {"exists": true}}`.
    fn conditions(&mut self, node: Node<'_>, conditions: &mut Vec<Condition>) {
        if node.kind() != Kind::Object {
            let must = "must be an object: paths of the event with what has to be there";
            self.invalid(node, must);
            return;
        }
        for child in node.children() {
            let key = child.key().unwrap_or_default();
            let place = Place::parse(&key, EVENT_FACTS).or_else(|| Place::below("data", &key));
            let Some(place) = place else {
                self.invalid(child, "its name must be a path, such as `data.order.total`");
                continue;
            };
            if child.kind() != Kind::Object {
                let test = Test::AnyOf(vec![child.value()]);
                conditions.push(Condition { place, test });
                continue;
            }
            for test in child.children() {
                if let Some(test) = self.test(test) {
                    let place = place.clone();
                    conditions.push(Condition { place, test });
                }
            }
        }
        if conditions.len() > MAX_ITEMS {
            self.invalid(node, "must have at most 50 conditions");
        }
    }

    fn test(&mut self, node: Node<'_>) -> Option<Test> {
        let key = node.key().unwrap_or_default();
        let comparison = Comparison::ALL.into_iter().find(|one| one.as_str() == key);
        if let Some(comparison) = comparison {
            let number = node.value();
            if number.as_f64().is_none() {
                self.invalid(node, "must be a number");
                return None;
            }
            return Some(Test::Compares(comparison, number));
        }
        match &*key {
            "equals" | "eq" => Some(Test::AnyOf(vec![node.value()])),
            "any_of" | "in" => {
                let values = node.value();
                let values = values.as_list().filter(|all| !all.is_empty());
                if values.is_none() {
                    self.invalid(node, "must be a list of values");
                }
                values.map(|values| Test::AnyOf(values.to_vec()))
            }
            "exists" => Some(Test::Exists(self.flag(node))),
            _ => {
                let message = format!("`{}` is not a test of a value", shown(&key));
                self.report
                    .error(ErrorCode::UnknownField, node, message)
                    .at(node.key_span())
                    .help("use equals, any_of, exists, lt, lte, gt or gte");
                None
            }
        }
    }

    fn finish(self, node: Node<'_>, timing: Timing) -> Option<Trigger> {
        let name = self.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 100 {
            let place = node.get("name").unwrap_or(node);
            let message = "the name of a trigger has from 1 to 100 characters";
            self.report.error(ErrorCode::InvalidValue, place, message);
        }
        Some(Trigger {
            name,
            description: self.description,
            schedule: Schedule {
                timing,
                zone: Zone::utc(),
                start: None,
                end: None,
                jitter: 0,
                misfire: Misfire::default(),
                calendar: None,
                overlap: self.overlap,
                paused: self.paused,
            },
            input: self.input,
            mapping: Vec::new(),
        })
    }
}
