//! Reads the definition of a schedule, in every spelling.

use chrono::{DateTime, Utc};
use types::ErrorCode;

use super::{
    Calendar, Cron, EventField, Every, MAX_BYTES, Misfire, OnHoliday, Overlap, Rule, Schedule,
    Timing, Trigger, Zone,
    duration::{DAY, duration},
    rule::{self, Excepted, MAX_DATES},
};
use crate::{
    Map,
    diagnostic::{Report, did_you_mean, shown},
    source::{Kind, Node},
};

/// The fields of a schedule.
const FIELDS: &[&str] = &[
    "name",
    "description",
    "type",
    "cron",
    "interval",
    "rrule",
    "rdate",
    "exdate",
    "anchor",
    "timezone",
    "calendar",
    "on_holiday",
    "start",
    "end",
    "jitter",
    "misfire",
    "overlap",
    "enabled",
    "input",
    "input_mapping",
];

/// The longest interval: ten years.
const LONGEST: u64 = 3_660 * DAY;
/// The largest jitter: one day.
const MAX_JITTER: u64 = DAY;

/// What was read of a schedule so far.
struct Reader<'a, 'r, 't> {
    report: &'r mut Report<'t>,
    name: String,
    description: String,
    timing: Option<(Timing, Node<'a>)>,
    /// Whether there is a rhythm, right or wrong.
    has_rhythm: bool,
    anchor: Option<Node<'a>>,
    /// Dates that are added to a recurrence rule, and excepted from it.
    added: Option<Node<'a>>,
    excepted: Option<Node<'a>>,
    zone: Zone,
    calendar: Option<Calendar>,
    on_holiday: Option<(OnHoliday, Node<'a>)>,
    start: Option<Node<'a>>,
    end: Option<Node<'a>>,
    jitter: u32,
    misfire: Misfire,
    overlap: Overlap,
    paused: bool,
    input: Map,
    mapping: Vec<(String, EventField)>,
}

/// A schedule: an object, or only its rhythm as text.
pub(super) fn definition(report: &mut Report<'_>, node: Node<'_>, name: &str) -> Option<Trigger> {
    let bytes = node.raw().len();
    if bytes > MAX_BYTES {
        let message = format!("a trigger has {bytes} bytes; at most {MAX_BYTES} are allowed");
        report.error(ErrorCode::LimitExceeded, node, message);
        return None;
    }
    let mut reader = Reader {
        report,
        name: name.to_owned(),
        description: String::new(),
        timing: None,
        has_rhythm: false,
        anchor: None,
        added: None,
        excepted: None,
        zone: Zone::utc(),
        calendar: None,
        on_holiday: None,
        start: None,
        end: None,
        jitter: 0,
        misfire: Misfire::default(),
        overlap: Overlap::default(),
        paused: false,
        input: Map::default(),
        mapping: Vec::new(),
    };
    match node.kind() {
        Kind::Text => reader.timing = reader.rhythm(node).map(|timing| (timing, node)),
        Kind::Object => {
            for child in node.children() {
                reader.field(child);
            }
        }
        kind => {
            let message = format!("a schedule is an object or text, not {}", kind.name());
            reader.report.error(ErrorCode::WrongType, node, message);
            return None;
        }
    }
    reader.finish(node)
}

impl<'a> Reader<'a, '_, '_> {
    fn field(&mut self, node: Node<'a>) {
        if node.kind() == Kind::Null {
            return;
        }
        match node.key().unwrap_or_default().as_ref() {
            "name" | "id" => self.name = self.text(node).unwrap_or_default(),
            "description" => self.description = self.text(node).unwrap_or_default(),
            "type" | "kind" => {
                let kind = self.text(node).unwrap_or_default();
                if !is_schedule(&kind) {
                    self.invalid(
                        node,
                        "must be schedule, cron, interval, rrule, webhook, run_finished or event",
                    );
                }
            }
            "cron" | "cron_expression" | "cronExpression" | "expression" | "schedule" => {
                let timing = self.rhythm(node);
                self.rhythm_is(timing, node);
            }
            "interval" | "every" => {
                let timing = self.interval(node, 1);
                self.rhythm_is(timing, node);
            }
            "interval_seconds" | "intervalSeconds" => {
                let timing = self.interval(node, 1);
                self.rhythm_is(timing, node);
            }
            "interval_minutes" | "intervalMinutes" => {
                let timing = self.interval(node, 60);
                self.rhythm_is(timing, node);
            }
            "rrule" | "recurrence" | "recurrence_rule" | "recurrenceRule" => {
                let timing = self.rule(node);
                self.rhythm_is(timing, node);
            }
            "rdate" | "rdates" => self.added = Some(node),
            "exdate" | "exdates" => self.excepted = Some(node),
            "anchor" => self.anchor = Some(node),
            "timezone" | "time_zone" | "timeZone" | "tz" => self.zone(node),
            "calendar" => self.calendar(node),
            "on_holiday" | "onHoliday" => {
                match OnHoliday::named(&node.text().unwrap_or_default()) {
                    Some(how) => self.on_holiday = Some((how, node)),
                    None => self.invalid(
                        node,
                        "must be skip, next_working_day or previous_working_day",
                    ),
                }
            }
            "start" | "start_at" | "startAt" | "starts_at" | "startsAt" | "from" => {
                self.start = Some(node);
            }
            "end" | "end_at" | "endAt" | "ends_at" | "endsAt" | "until" => self.end = Some(node),
            "jitter" | "jitter_seconds" | "jitterSeconds" => {
                if let Some(seconds) = self.seconds(node, 1, 0..=MAX_JITTER) {
                    self.jitter = u32::try_from(seconds).unwrap_or(u32::MAX);
                }
            }
            "misfire" | "misfire_policy" | "misfirePolicy" | "catch_up" | "catchUp" | "catchup" => {
                self.misfire(node);
            }
            "overlap" | "overlap_policy" | "overlapPolicy" | "concurrency_policy"
            | "concurrencyPolicy" => self.overlap(node),
            "enabled" => self.paused = self.flag(node).is_some_and(|on| !on),
            "suspend" | "paused" => self.paused = self.flag(node).unwrap_or_default(),
            "input" | "inputs" | "default_inputs" | "defaultInputs" => match node.value() {
                crate::Value::Map(map) => self.input = (*map).clone(),
                _ => self.invalid(node, "must be an object with the inputs of each run"),
            },
            "input_mapping" | "inputMapping" => self.mapping(node),
            // How many runs a cluster keeps, which is nothing about firing.
            "successfulRunsHistoryLimit" | "failedRunsHistoryLimit" => {}
            key => {
                // Never a warning: a schedule must not fire without what somebody meant to say.
                let message = format!("`{}` is not a field of a schedule", shown(key));
                let hint = did_you_mean(key, FIELDS.iter().copied());
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

    fn text(&mut self, node: Node<'_>) -> Option<String> {
        let text = node.text().map(|text| text.into_owned());
        if text.is_none() {
            self.invalid(node, "must be text");
        }
        text
    }

    fn flag(&mut self, node: Node<'_>) -> Option<bool> {
        let flag = node.value().as_bool();
        if flag.is_none() {
            self.invalid(node, "must be true or false");
        }
        flag
    }

    fn rhythm_is(&mut self, timing: Option<Timing>, node: Node<'a>) {
        if self.has_rhythm {
            let message = "a schedule has one of `cron`, `interval` and `rrule`, once";
            self.report
                .error(ErrorCode::InvalidValue, node, message)
                .at(node.key_span())
                .help("remove one of them");
        }
        self.has_rhythm = true;
        self.timing = self.timing.take().or(timing.map(|timing| (timing, node)));
    }

    /// A cron expression, or `every 2d`.
    fn rhythm(&mut self, node: Node<'a>) -> Option<Timing> {
        let text = self.text(node)?;
        let lower = text.trim().to_ascii_lowercase();
        let every = lower
            .strip_prefix("@every ")
            .or_else(|| lower.strip_prefix("every "));
        if let Some(every) = every {
            return match duration(every) {
                Some(seconds) => self.timing_of(node, seconds),
                None => {
                    self.invalid(
                        node,
                        "must be an interval such as `every 15m` or `every 2d`",
                    );
                    None
                }
            };
        }
        match Cron::parse(&text) {
            Ok(cron) => Some(Timing::Cron(cron)),
            Err(problem) => {
                let message = format!("`{}` is not a cron expression: {problem}", shown(&text));
                self.report
                    .error(ErrorCode::InvalidValue, node, message)
                    .help("for example `0 9 * * 1-5`: at 9:00 from Monday to Friday");
                None
            }
        }
    }

    fn rule(&mut self, node: Node<'a>) -> Option<Timing> {
        let text = self.text(node)?;
        match Rule::parse(&text) {
            Ok(rule) => Some(Timing::Rule(Box::new(rule))),
            Err(problem) => {
                self.not_a_rule(node, &problem);
                None
            }
        }
    }

    fn not_a_rule(&mut self, node: Node<'_>, problem: &str) {
        let text = node.text().unwrap_or_default();
        let message = format!("`{}` is not a recurrence rule: {problem}", shown(&text));
        self.report
            .error(ErrorCode::InvalidValue, node, message)
            .help("for example `FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=9`: at 9:00 on the last Friday of each month");
    }

    /// A list of dates of a rule, or a single one.
    fn dates<T>(
        &mut self,
        node: Option<Node<'_>>,
        read: impl Fn(&str, &Zone) -> Option<T>,
    ) -> Vec<T> {
        let Some(node) = node else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let mut one = |reader: &mut Self, node: Node<'_>| {
            let text = node.text().unwrap_or_default();
            // As calendars write them, several may be in one text.
            for part in text.split(',') {
                match read(part.trim(), &reader.zone) {
                    Some(date) => found.push(date),
                    None => reader.invalid(
                        node,
                        "must have times such as 2026-03-29T09:00 or 20260329T090000Z",
                    ),
                }
            }
        };
        match node.kind() {
            Kind::List => {
                for child in node.children() {
                    one(self, child);
                }
            }
            _ => one(self, node),
        }
        if found.len() > MAX_DATES {
            let message = format!(
                "a schedule has {} of these dates; at most {MAX_DATES} are allowed",
                found.len()
            );
            self.report.error(ErrorCode::LimitExceeded, node, message);
            found.clear();
        }
        found
    }

    fn interval(&mut self, node: Node<'a>, unit: u64) -> Option<Timing> {
        let seconds = self.seconds(node, unit, 1..=LONGEST)?;
        self.timing_of(node, seconds)
    }

    fn timing_of(&mut self, node: Node<'a>, seconds: u64) -> Option<Timing> {
        if !(1..=LONGEST).contains(&seconds) {
            self.invalid(node, "must be from one second to ten years");
            return None;
        }
        let every = match seconds % DAY {
            0 => Every::Days(u32::try_from(seconds / DAY).ok()?),
            _ => Every::Seconds(u32::try_from(seconds).ok()?),
        };
        Some(Timing::Interval {
            every,
            anchor: None,
        })
    }

    /// A number of units, or a duration as text.
    fn seconds(
        &mut self,
        node: Node<'_>,
        unit: u64,
        range: std::ops::RangeInclusive<u64>,
    ) -> Option<u64> {
        let seconds = match node.kind() {
            Kind::Text => node.text().and_then(|text| duration(&text)),
            _ => {
                let number = node.value().as_int();
                let number = number.and_then(|number| u64::try_from(number).ok());
                number.and_then(|number| number.checked_mul(unit))
            }
        };
        let seconds = seconds.filter(|seconds| range.contains(seconds));
        if seconds.is_none() {
            let must = format!(
                "must be a duration such as \"15m\", \"36h\" or \"2d\", from {} to {} seconds",
                range.start(),
                range.end()
            );
            self.invalid(node, &must);
        }
        seconds
    }

    fn zone(&mut self, node: Node<'_>) {
        let Some(name) = self.text(node) else { return };
        match Zone::named(name.trim()) {
            Some(zone) => self.zone = zone,
            None => {
                let message = format!("`{}` is not a time zone", shown(&name));
                let names = Zone::names();
                let hint = did_you_mean(&name, names.iter().map(String::as_str));
                let hint = hint.unwrap_or_else(|| {
                    "use an IANA name such as `Europe/Berlin` or `UTC`".to_owned()
                });
                self.report
                    .error(ErrorCode::InvalidValue, node, message)
                    .help(hint);
            }
        }
    }

    fn calendar(&mut self, node: Node<'_>) {
        let Some(name) = self.text(node) else { return };
        self.calendar = Calendar::named(&name);
        if self.calendar.is_none() {
            let message = format!("`{}` is not a calendar of public holidays", shown(&name));
            let hint = did_you_mean(&name, Calendar::names());
            let names = || Calendar::names().collect::<Vec<_>>().join(", ");
            self.report
                .error(ErrorCode::InvalidValue, node, message)
                .help(hint.unwrap_or_else(|| format!("use one of {}", names())));
            // The rest is read as if it had one.
            self.calendar = Calendar::named("de");
        }
    }

    fn misfire(&mut self, node: Node<'_>) {
        if let Some(all) = node.value().as_bool() {
            self.misfire = if all { Misfire::All } else { Misfire::Skip };
            return;
        }
        let text = node.text().unwrap_or_default().to_ascii_lowercase();
        let found = match text.as_str() {
            "skip" | "ignore" | "none" | "do_nothing" => Some(Misfire::Skip),
            "once" | "fire_once" | "latest" => Some(Misfire::Once),
            "all" | "catch_up" | "fire_all" => Some(Misfire::All),
            _ => None,
        };
        match found {
            Some(found) => self.misfire = found,
            None => self.invalid(node, "must be skip, once or all"),
        }
    }

    fn overlap(&mut self, node: Node<'_>) {
        match overlap(&node.text().unwrap_or_default()) {
            Some(found) => self.overlap = found,
            None => self.invalid(node, "must be queue, skip, cancel_oldest or allow"),
        }
    }

    /// `{input: field of the event}`, or the reverse, as webhooks of the format have it.
    fn mapping(&mut self, node: Node<'_>) {
        if node.kind() != Kind::Object {
            self.invalid(
                node,
                "must be an object: the name of each input with a field of the event",
            );
            return;
        }
        for child in node.children() {
            let key = child.key().unwrap_or_default().into_owned();
            let value = child.text().unwrap_or_default().into_owned();
            let found = match (EventField::parse(&value), EventField::parse(&key)) {
                (Some(field), _) => Some((key, field)),
                (None, Some(field)) if !value.is_empty() => Some((value, field)),
                _ => None,
            };
            match found {
                Some(found) => self.mapping.push(found),
                None => {
                    let fields = EventField::ALL.map(EventField::as_str).join(", ");
                    self.invalid(child, &format!("must be a field of the event: {fields}"));
                }
            }
        }
    }

    /// An instant: with an offset, or a local time in the schedule's zone.
    fn instant(&mut self, node: Option<Node<'_>>) -> Option<DateTime<Utc>> {
        let node = node?;
        let text = node.text().unwrap_or_default();
        let found = self.zone.read(&text);
        let far = |at: &DateTime<Utc>| (0..=MAX_INSTANT).contains(&at.timestamp());
        let found = found.filter(far);
        if found.is_none() {
            self.invalid(
                node,
                "must be a time from 1970 to 2999, such as 2026-03-29T09:00 or 2026-03-29T09:00:00Z",
            );
        }
        found
    }

    fn finish(mut self, node: Node<'a>) -> Option<Trigger> {
        let (start, end) = (self.instant(self.start), self.instant(self.end));
        let anchor = self.instant(self.anchor);
        if let (Some(from), Some(to), Some(place)) = (start, end, self.end)
            && to < from
        {
            let message = "`end` is before `start`; nothing would ever fire";
            self.report.error(ErrorCode::InvalidValue, place, message);
        }
        if let Some(place) = self.anchor
            && !matches!(self.timing, Some((Timing::Interval { .. }, _)))
        {
            let message = "`anchor` belongs to an `interval`; another schedule has none";
            self.report.error(ErrorCode::InvalidValue, place, message);
        }
        let far = |at: &DateTime<Utc>| (0..=MAX_INSTANT).contains(&at.timestamp());
        let added = self.dates(self.added, |text, zone| {
            rule::instant(text, zone).filter(far)
        });
        let excepted = self.dates(self.excepted, Excepted::read);
        if let Some(place) = self.added.or(self.excepted)
            && !matches!(self.timing, Some((Timing::Rule(_), _)))
        {
            let message = "`rdate` and `exdate` belong to an `rrule`; another schedule has none";
            self.report.error(ErrorCode::InvalidValue, place, message);
        }
        if let (None, Some((_, place))) = (self.calendar, self.on_holiday) {
            let message = "`on_holiday` needs a `calendar`, such as de-by, gb-eng or us";
            self.report.error(ErrorCode::MissingField, place, message);
        }
        let name = self.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 100 {
            let place = node.get("name").unwrap_or(node);
            let message = "the name of a trigger has from 1 to 100 characters";
            self.report.error(ErrorCode::InvalidValue, place, message);
        }
        let Some((timing, place)) = self.timing.take() else {
            if !self.has_rhythm && node.kind() == Kind::Object {
                self.report
                    .error(ErrorCode::MissingField, node, "the schedule has no rhythm")
                    .help("add `cron`, such as \"0 9 * * 1-5\", `interval`, such as \"2d\", or `rrule`");
            }
            return None;
        };
        let timing = match timing {
            Timing::Interval { every, .. } => Timing::Interval { every, anchor },
            Timing::Rule(mut rule) => {
                if let Err(problem) = rule.settle(&self.zone, start, added, excepted) {
                    self.not_a_rule(place, &problem);
                    return None;
                }
                Timing::Rule(rule)
            }
            cron => cron,
        };
        let schedule = Schedule {
            timing,
            zone: self.zone,
            start,
            end,
            jitter: self.jitter,
            misfire: self.misfire,
            calendar: self.calendar.map(|calendar| {
                (
                    calendar,
                    self.on_holiday.map_or(OnHoliday::Skip, |(how, _)| how),
                )
            }),
            overlap: self.overlap,
            paused: false,
        };
        // From the start, or else from a fixed instant: what is right does not depend on when it is read.
        let from = start.unwrap_or(DateTime::UNIX_EPOCH);
        if schedule
            .next_after(from - chrono::TimeDelta::seconds(1))
            .is_none()
        {
            let message = "this schedule never fires";
            self.report
                .error(ErrorCode::InvalidValue, place, message)
                .help("name a day that exists, and an `end` after the first firing");
        }
        Some(Trigger {
            name,
            description: self.description,
            schedule: Schedule {
                paused: self.paused,
                ..schedule
            },
            input: self.input,
            mapping: self.mapping,
        })
    }
}

/// Whether this is a kind of schedule.
pub(super) fn is_schedule(kind: &str) -> bool {
    ["schedule", "scheduled", "cron", "interval", "rrule"].contains(&kind)
}

/// The policy with this name, in any spelling.
pub(super) fn overlap(text: &str) -> Option<Overlap> {
    match text.to_ascii_lowercase().as_str() {
        "queue" | "wait" | "buffer" => Some(Overlap::Queue),
        "skip" | "forbid" => Some(Overlap::Skip),
        "cancel_oldest" | "cancel" | "cancel_other" | "replace" => Some(Overlap::CancelOldest),
        "allow" => Some(Overlap::Allow),
        _ => None,
    }
}

/// The latest instant that a schedule may name: the end of the year 2999.
const MAX_INSTANT: i64 = 32_503_679_999;
