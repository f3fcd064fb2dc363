//! From the patterns of a sentence about times to rules, and what they lack.

use std::{collections::BTreeSet, str::FromStr};

use chrono::NaiveDate;

use super::{
    Question, lower,
    matcher::Hit,
    rule::{LAST_DAY, OnHoliday, ScheduleRule, Unit, Window},
};

/// The largest number of readings.
const MAX_READINGS: usize = 8;

/// The readings of a sentence so far.
struct Readings {
    rules: Vec<ScheduleRule>,
    asked: BTreeSet<Question>,
    parts: Vec<String>,
}

/// What a sentence can mean, with what is missing or wrong.
pub(super) fn readings(hits: &[Hit]) -> Vec<(ScheduleRule, BTreeSet<Question>)> {
    let mut readings = Readings {
        rules: vec![ScheduleRule::default()],
        asked: BTreeSet::new(),
        parts: Vec::new(),
    };
    for hit in hits {
        let arguments: Vec<&str> = hit.arguments.iter().map(String::as_str).collect();
        if readings.take(hit.slot, &arguments).is_none() {
            readings.asked.insert(Question::Conflict);
        }
    }
    if is_torn(hits) {
        readings.asked.insert(Question::Conflict);
    }
    readings.part_of_day();
    let with_checks = |rule: ScheduleRule| {
        let mut asked = readings.asked.clone();
        asked.extend(check(&rule));
        (rule, asked)
    };
    readings.rules.iter().cloned().map(with_checks).collect()
}

/// Whether days or times are said in several places, as in `at 9 on Monday and at 10 on Tuesday`: one rule
/// would mix them up.
fn is_torn(hits: &[Hit]) -> bool {
    let group = |slot: &str| match slot {
        "days" | "workdays" | "nth" | "nth2" | "nthor" | "every2" | "monthday" | "date" => 1,
        "clock" | "clockmore" => 2,
        "months" | "monthsmore" => 3,
        _ => 0,
    };
    let said = hits.iter().filter(|hit| hit.slot != "filler");
    let mut groups: Vec<u32> = said.map(|hit| group(hit.slot)).collect();
    groups.dedup();
    (1..=3).any(|one| groups.iter().filter(|group| **group == one).count() > 1)
}

impl Readings {
    /// Takes a pattern. `None`: it contradicts itself or what was said before.
    fn take(&mut self, slot: &str, arguments: &[&str]) -> Option<()> {
        match (slot, arguments) {
            ("every", [count, unit]) => {
                let every = (number(count)?, Unit::named(unit)?);
                self.set(|rule| &mut rule.every, every)
            }
            ("days", [days]) => {
                let days = set(days, 0, 6)?;
                self.each(|rule| rule.days.extend(&days))
            }
            ("workdays", []) => {
                let (five, six) = (set("1-5", 0, 6)?, set("1-6", 0, 6)?);
                let choose =
                    |days: BTreeSet<u32>| move |rule: &mut ScheduleRule| rule.days.extend(&days);
                self.fork(&[&choose(five), &choose(six)])
            }
            ("nth", [which, day]) => {
                let nth = (number(day)?, number(which)?);
                self.each(|rule| {
                    rule.nth.insert(nth);
                })
            }
            ("nth2", [one, other, day]) => {
                self.take("nth", &[*one, *day])?;
                self.take("nth", &[*other, *day])
            }
            ("daily", [part]) => {
                self.take("part", &[*part])?;
                self.take("every", &["1", "day"])
            }
            ("nthor", [which, day]) => self.nth_or_every_second(number(which)?, number(day)?),
            ("every2", [day]) => {
                let day = number(day)?;
                self.each(|rule| {
                    rule.days.insert(day);
                })?;
                self.set(|rule| &mut rule.every, (2, Unit::Week))
            }
            ("monthday", [day]) => {
                let day = match *day {
                    "L" => LAST_DAY,
                    day => number::<u32>(day).filter(|day| (1..=31).contains(day))?,
                };
                self.each(|rule| {
                    rule.month_days.insert(day);
                })
            }
            ("date", [day, month]) => {
                let (month, day) = (number(month)?, number(day)?);
                // A leap year, so that 29 February is a day.
                NaiveDate::from_ymd_opt(2024, month, day)?;
                self.each(|rule| {
                    rule.dates.insert((month, day));
                })
            }
            ("months" | "monthsmore", [months]) => {
                let months = set(months, 1, 12)?;
                self.each(|rule| rule.months.extend(&months))
            }
            ("clock" | "clockmore", [at]) => {
                let at = time(at)?;
                self.each(|rule| {
                    rule.at.insert(at);
                })
            }
            ("part", [part]) => {
                self.parts.push((*part).to_owned());
                Some(())
            }
            ("window" | "windowin" | "windowex", [from, to]) => self.window(slot, from, to),
            ("minute", [minute]) => {
                let minute = number::<u32>(minute).filter(|minute| *minute <= 59)?;
                self.set(|rule| &mut rule.minute, minute)
            }
            ("zone", [zone]) => self.set(|rule| &mut rule.zone, (*zone).to_owned()),
            ("holiday", [choice]) => {
                let mut all = OnHoliday::ALL.into_iter();
                let choice = all.find(|one| one.as_str() == *choice)?;
                self.set(|rule| &mut rule.on_holiday, choice)
            }
            ("holiday", [choice, calendar]) => {
                self.take(slot, &[*choice])?;
                self.take("calendar", &[*calendar])
            }
            ("calendar", [name]) => self.set(|rule| &mut rule.calendar, (*name).to_owned()),
            ("start", [date]) => {
                let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?;
                self.set(|rule| &mut rule.start, date)
            }
            ("end", [date]) => {
                let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?;
                self.set(|rule| &mut rule.end, date)
            }
            ("filler", _) => Some(()),
            _ => None,
        }
    }

    fn each(&mut self, change: impl Fn(&mut ScheduleRule)) -> Option<()> {
        self.rules.iter_mut().for_each(change);
        Some(())
    }

    /// Sets a value, unless another one was said before.
    fn set<T: Clone + PartialEq>(
        &mut self,
        place: impl Fn(&mut ScheduleRule) -> &mut Option<T>,
        value: T,
    ) -> Option<()> {
        let mut result = Some(());
        for rule in &mut self.rules {
            let place = place(rule);
            if place.as_ref().is_some_and(|old| *old != value) {
                result = None;
            }
            *place = Some(value.clone());
        }
        result
    }

    /// Each reading becomes several.
    fn fork(&mut self, choices: &[&dyn Fn(&mut ScheduleRule)]) -> Option<()> {
        let mut rules = Vec::new();
        for rule in &self.rules {
            for choose in choices {
                let mut rule = rule.clone();
                choose(&mut rule);
                rules.push(rule);
            }
        }
        rules.truncate(MAX_READINGS);
        self.rules = rules;
        Some(())
    }

    /// `every second Monday`: the second one of the month, or one in two weeks.
    fn nth_or_every_second(&mut self, which: u32, day: u32) -> Option<()> {
        let every = Some((2, Unit::Week));
        let mut others = self.rules.iter().map(|rule| rule.every);
        let fits = others.all(|old| old.is_none() || old == every);
        self.fork(&[
            &|rule: &mut ScheduleRule| {
                rule.nth.insert((day, which));
            },
            &|rule: &mut ScheduleRule| {
                rule.days.insert(day);
                rule.every = every;
            },
        ])?;
        fits.then_some(())
    }

    /// `between 9 and 17`: with the end or without it.
    fn window(&mut self, slot: &str, from: &str, to: &str) -> Option<()> {
        let ((from, from_minute), (to, to_minute)) = (time(from)?, time(to)?);
        if (from_minute, to_minute) != (0, 0) || from >= to {
            self.asked.insert(Question::Fit);
            return Some(());
        }
        let choose = |inclusive: bool| {
            move |rule: &mut ScheduleRule| {
                rule.window = Some(Window {
                    from,
                    to,
                    inclusive,
                });
            }
        };
        match slot {
            "windowin" => self.fork(&[&choose(true)]),
            "windowex" => self.fork(&[&choose(false)]),
            _ => self.fork(&[&choose(true), &choose(false)]),
        }
    }

    /// Applies `in the evening` to the only time.
    fn part_of_day(&mut self) {
        let Some(part) = self.parts.first().cloned() else {
            return;
        };
        let at = self.rules.first().map(|rule| rule.at.clone());
        let at: Vec<(u32, u32)> = at.into_iter().flatten().collect();
        match (self.parts.len(), at.as_slice()) {
            (1, []) => {}
            (1, [(hour, minute)]) => {
                let (hour, fits) = match (part.as_str(), *hour) {
                    ("am", hour) => (hour, hour < 12),
                    ("pm", hour) if hour < 12 => (hour + 12, hour > 0),
                    ("evening", hour) if (5..12).contains(&hour) => (hour + 12, true),
                    ("evening", hour) => (hour, hour >= 17),
                    (_, hour) => (hour, true),
                };
                if !fits {
                    self.asked.insert(Question::Conflict);
                }
                for rule in &mut self.rules {
                    rule.at = BTreeSet::from([(hour, *minute)]);
                }
            }
            _ => {
                self.asked.insert(Question::Conflict);
            }
        }
    }
}

/// What a rule lacks, or why it cannot be.
pub(super) fn check(rule: &ScheduleRule) -> BTreeSet<Question> {
    let mut asked = BTreeSet::new();
    let kinds = rule.kinds_of_days();
    let backwards = rule
        .end
        .zip(rule.start)
        .is_some_and(|(end, start)| end < start);
    if backwards || kinds > 1 || !(rule.dates.is_empty() || rule.months.is_empty()) {
        asked.insert(Question::Conflict);
    }
    if rule.is_short() {
        let is_hours = rule.every.is_some_and(|(_, unit)| unit == Unit::Hour);
        if !rule.at.is_empty() || (rule.minute.is_some() && !is_hours) {
            asked.insert(Question::Conflict);
        }
        if asked.is_empty() && lower::rhythm(rule).is_none() {
            asked.insert(Question::Fit);
        }
        let has_days = rule.is_bound() || rule.start.is_some() || rule.end.is_some();
        if has_days && rule.zone.is_none() {
            asked.insert(Question::Zone);
        }
    } else {
        long(rule, kinds, &mut asked);
    }
    match (rule.on_holiday, &rule.calendar) {
        (Some(_), None) => asked.insert(Question::Calendar),
        (None, Some(_)) => asked.insert(Question::Conflict),
        _ => false,
    };
    asked
}

/// A rule that fires at most once a day for each of its times.
fn long(rule: &ScheduleRule, kinds: usize, asked: &mut BTreeSet<Question>) {
    if rule.minute.is_some() || rule.window.is_some() {
        asked.insert(Question::Conflict);
    }
    match rule.every {
        None => {
            if kinds == 0 {
                asked.insert(Question::Day);
            }
        }
        Some((count, unit)) => {
            match unit {
                Unit::Week => {
                    if rule.days.is_empty() {
                        asked.insert(Question::Weekday);
                    }
                    if rule.days.len() > 1 && count > 1 {
                        asked.insert(Question::Fit);
                    }
                    if kinds > usize::from(!rule.days.is_empty()) {
                        asked.insert(Question::Conflict);
                    }
                }
                Unit::Month | Unit::Year => {
                    if count > 1 {
                        asked.insert(Question::Fit);
                    }
                    let named = match unit {
                        Unit::Year => !rule.dates.is_empty(),
                        _ => !(rule.month_days.is_empty() && rule.nth.is_empty()),
                    };
                    let has_other =
                        unit == Unit::Month && !(rule.days.is_empty() && rule.dates.is_empty());
                    if has_other {
                        asked.insert(Question::Conflict);
                    } else if !named {
                        asked.insert(Question::Day);
                    }
                }
                _ => {
                    if kinds > 0 {
                        asked.insert(Question::Conflict);
                    }
                }
            }
            if count > 1 && matches!(unit, Unit::Day | Unit::Week) && rule.start.is_none() {
                asked.insert(Question::Start);
            }
        }
    }
    let missing = [Question::Start, Question::Day, Question::Weekday];
    if rule.at.is_empty() {
        asked.insert(Question::Hour);
    } else if asked.iter().all(|question| missing.contains(question))
        && lower::rhythm(rule).is_none()
    {
        asked.insert(Question::Fit);
    }
    if rule.zone.is_none() {
        asked.insert(Question::Zone);
    }
}

fn number<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

/// `09:30`.
fn time(text: &str) -> Option<(u32, u32)> {
    let (hour, minute) = text.split_once(':')?;
    Some((number(hour)?, number(minute)?))
}

/// Numbers and ranges, which may go over the end: `5-1`.
fn set(text: &str, min: u32, max: u32) -> Option<BTreeSet<u32>> {
    let mut out = BTreeSet::new();
    for part in text.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (mut one, to): (u32, u32) = (number(from)?, number(to)?);
        if !(min..=max).contains(&one) || !(min..=max).contains(&to) {
            return None;
        }
        loop {
            out.insert(one);
            if one == to {
                break;
            }
            one = if one == max { min } else { one + 1 };
        }
    }
    Some(out)
}
