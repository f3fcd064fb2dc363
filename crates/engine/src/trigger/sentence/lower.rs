//! From a rule to the definition of a trigger, as a pipeline file writes it.
//!
//! The only place that knows how kinds of triggers are spelled. Whether this version can store a definition
//! is then up to the reader of definitions.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};
use serde_json::{Map as Object, Value as Json, json};

use super::rule::{
    Comparison, EventRule, GitHubRule, Rule, RunRule, ScheduleRule, Unit, joined, month_days,
    weekdays,
};

/// The definition of a rule that lacks nothing; `None` if one trigger cannot do it.
pub(super) fn definition(rule: &Rule) -> Option<Json> {
    match rule {
        Rule::Schedule(rule) => schedule(rule),
        Rule::Runs(rule) => runs(rule),
        Rule::GitHub(rule) => Some(github(rule)),
        Rule::Event(rule) => Some(event(rule)),
    }
}

/// The rhythm of a schedule.
pub(super) enum Rhythm {
    Cron(String),
    Interval(String),
}

/// The rhythm of a schedule, if one trigger can have it.
pub(super) fn rhythm(rule: &ScheduleRule) -> Option<Rhythm> {
    let any = |text: String| {
        if text.is_empty() {
            "*".to_owned()
        } else {
            text
        }
    };
    let mut month = any(joined(&rule.months));
    let mut day = any(month_days(&rule.month_days));
    let nth = joined(rule.nth.iter().map(|(day, which)| match which {
        0 => format!("{day}L"),
        which => format!("{day}#{which}"),
    }));
    let weekday = match rule.days.is_empty() {
        true => any(nth),
        false => weekdays(&rule.days),
    };
    if let Some((first_month, first_day)) = rule.dates.first() {
        if rule.dates.len() > 1 {
            return None;
        }
        day = first_day.to_string();
        month = first_month.to_string();
    }
    let days = format!("{day} {month} {weekday}");
    if let Some((count, unit)) = rule.every.filter(|(_, unit)| unit.is_short()) {
        return short(rule, count, unit, &days);
    }
    if rule.at.is_empty() {
        return None;
    }
    if let Some((count, unit)) = rule.every.filter(|(count, _)| *count > 1) {
        if rule.at.len() > 1 || !rule.months.is_empty() {
            return None;
        }
        let count = match unit {
            Unit::Week => count.checked_mul(7)?,
            _ => count,
        };
        return Some(Rhythm::Interval(format!("{count}d")));
    }
    let hours: BTreeSet<u32> = rule.at.iter().map(|(hour, _)| *hour).collect();
    let minutes: BTreeSet<u32> = rule.at.iter().map(|(_, minute)| *minute).collect();
    if hours.len() * minutes.len() != rule.at.len() {
        return None;
    }
    let (minutes, hours) = (joined(&minutes), joined(&hours));
    Some(Rhythm::Cron(format!("{minutes} {hours} {days}")))
}

/// An interval that is shorter than a day.
fn short(rule: &ScheduleRule, count: u32, unit: Unit, days: &str) -> Option<Rhythm> {
    if !rule.is_bound() {
        let unit = match unit {
            Unit::Second => 's',
            Unit::Minute => 'm',
            _ => 'h',
        };
        return Some(Rhythm::Interval(format!("{count}{unit}")));
    }
    let mut hours = "*".to_owned();
    if let Some(window) = rule.window {
        if unit != Unit::Hour && window.inclusive {
            return None;
        }
        let last = if window.inclusive {
            window.to
        } else {
            window.to.checked_sub(1)?
        };
        hours = format!("{}-{last}", window.from);
    }
    let of: u32 = if unit == Unit::Hour { 24 } else { 60 };
    if !of.is_multiple_of(count) {
        return None;
    }
    let step = if count > 1 {
        format!("/{count}")
    } else {
        String::new()
    };
    Some(Rhythm::Cron(match unit {
        Unit::Hour => format!("{} {hours}{step} {days}", rule.minute.unwrap_or(0)),
        Unit::Minute => format!("*{step} {hours} {days}"),
        _ => format!("*{step} * {hours} {days}"),
    }))
}

fn schedule(rule: &ScheduleRule) -> Option<Json> {
    let mut out = Object::new();
    let mut put = |key: &str, value: Json| {
        out.insert(key.to_owned(), value);
    };
    match rhythm(rule)? {
        Rhythm::Cron(cron) => {
            put("cron", json!(cron));
            if let Some(start) = rule.start {
                put("start", json!(start.to_string()));
            }
        }
        Rhythm::Interval(interval) => {
            put("interval", json!(interval));
            match (rule.start, rule.is_short()) {
                (Some(start), true) => put("start", json!(start.to_string())),
                (Some(start), false) => {
                    // The first day from the start on that has the weekday.
                    let weekday = rule.days.first().copied();
                    let matches = |date: &NaiveDate| {
                        let day = date.weekday().num_days_from_sunday();
                        weekday.is_none_or(|weekday| weekday == day)
                    };
                    let first = start.iter_days().take(7).find(matches)?;
                    let (hour, minute) = rule.at.first()?;
                    put("anchor", json!(format!("{first}T{hour:02}:{minute:02}")));
                    put("start", json!(start.to_string()));
                }
                (None, _) => {}
            }
        }
    }
    if let Some(end) = rule.end {
        put("end", json!(format!("{end}T23:59:59")));
    }
    if let Some(zone) = rule.zone() {
        put("timezone", json!(zone.name()));
    }
    if let Some(holiday) = rule.on_holiday {
        put("on_holiday", json!(holiday.as_str()));
    }
    if let Some(calendar) = &rule.calendar {
        put("calendar", json!(calendar));
    }
    Some(Json::Object(out))
}

fn runs(rule: &RunRule) -> Option<Json> {
    if rule.pipelines.is_empty() || (rule.all && (rule.longer.is_some() || rule.count.is_some())) {
        return None;
    }
    let mut out = Object::new();
    let mut put = |key: &str, value: Json| {
        out.insert(key.to_owned(), value);
    };
    put("type", json!("run_finished"));
    put("pipelines", json!(rule.pipelines));
    if !rule.states.is_empty() {
        put("states", json!(rule.states));
    }
    if rule.all {
        put("all", json!(true));
    }
    if let Some(count) = rule.count {
        put("count", json!(count));
    }
    if let Some(seconds) = rule.within {
        put("within", json!(seconds));
    }
    if let Some(seconds) = rule.longer {
        put("longer_than", json!(seconds));
    }
    Some(Json::Object(out))
}

fn github(rule: &GitHubRule) -> Json {
    let mut conditions = Object::new();
    let mut put = |key: &str, value: Json| {
        conditions.insert(key.to_owned(), value);
    };
    if !rule.event.is_empty() {
        put("headers.x-github-event", json!(rule.event));
    }
    if let Some(action) = &rule.action {
        put("body.action", json!(action));
    }
    if rule.merged {
        put("body.pull_request.merged", json!(true));
    }
    if let Some(label) = &rule.label {
        match rule.event.as_str() {
            "issues" => put("body.label.name", json!(label)),
            event => put(&format!("body.{event}.labels[*].name"), json!(label)),
        }
    }
    if let Some(branch) = &rule.branch {
        match rule.event.as_str() {
            "push" => put("body.ref", json!(format!("refs/heads/{branch}"))),
            _ => put("body.pull_request.base.ref", json!(branch)),
        }
    }
    if let Some(repository) = &rule.repository {
        put("body.repository.full_name", json!(repository));
    }
    match conditions.is_empty() {
        true => json!({ "type": "webhook", "signature": "github" }),
        false => json!({ "type": "webhook", "signature": "github", "where": conditions }),
    }
}

fn event(rule: &EventRule) -> Json {
    let mut out = Object::new();
    out.insert("type".to_owned(), json!("event"));
    let more = if rule.prefix { "*" } else { "" };
    out.insert(
        "event_type".to_owned(),
        json!([format!("{}{more}", rule.kind)]),
    );
    if let Some(source) = &rule.source {
        out.insert("source".to_owned(), json!([source]));
    }
    if !rule.conditions.is_empty() {
        let mut conditions: Object<String, Json> = Object::new();
        for (field, comparison) in &rule.conditions {
            match comparison {
                Comparison::More(number) => compare(&mut conditions, field, "gt", *number),
                Comparison::Less(number) => compare(&mut conditions, field, "lt", *number),
                Comparison::Is(text) => {
                    conditions.insert(field.clone(), json!(text));
                }
            }
        }
        out.insert("where".to_owned(), Json::Object(conditions));
    }
    Json::Object(out)
}

fn compare(conditions: &mut Object<String, Json>, field: &str, how: &str, number: u32) {
    let tests = conditions
        .entry(field.to_owned())
        .or_insert_with(|| json!({}));
    if let Json::Object(tests) = tests {
        tests.insert(how.to_owned(), json!(number));
    }
}
