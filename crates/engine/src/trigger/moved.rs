//! What a schedule does on holidays: its firings on them are left out, or on another day.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::{
    Schedule,
    holidays::{Calendar, MAX_MOVED, OnHoliday},
};

/// How many holidays in a row a search meets that all have firings. A schedule that fires on the same
/// holiday of each year is given up in time.
const MAX_MET: usize = 100;

/// The days from which a firing may be moved to one day: that one, and two weeks.
const NEAR: usize = 15;

impl Schedule {
    /// The first firing after an instant, if the schedule observes a calendar.
    pub(super) fn next_observed(
        &self,
        (calendar, how): (Calendar, OnHoliday),
        after: i64,
    ) -> Option<i64> {
        // The first firing that is on no holiday, and the holidays with firings before it.
        let mut met = Vec::new();
        let mut from = after;
        let mut found = None;
        while met.len() < MAX_MET {
            let Some(at) = self.next_by_rhythm(from) else {
                break;
            };
            let date = self.local(at)?.date();
            if !calendar.has(date) {
                found = Some(at);
                break;
            }
            met.push(date);
            from = self.zone.instant(date.succ_opt()?.and_time(NaiveTime::MIN)) - 1;
            from = from.max(at);
        }
        if how == OnHoliday::Skip {
            return found;
        }
        // Firings may also come from a holiday that is near, before or after.
        let now = self.local(after)?;
        let end = found.and_then(|at| self.local(at)).unwrap_or(now);
        let mut begins = vec![match how {
            OnHoliday::NextWorkingDay => now.date() - TimeDelta::days(MAX_MOVED),
            _ => now.date(),
        }];
        if how == OnHoliday::PreviousWorkingDay && end.date() != now.date() {
            begins.push(end.date());
        }
        for begin in begins {
            let days = begin.iter_days().take(NEAR);
            met.extend(days.filter(|day| calendar.has(*day)));
        }
        let moved = met
            .into_iter()
            .filter_map(|day| self.moved(day, calendar.instead(day, how)?, (after, now)));
        moved.chain(found).min()
    }

    /// The first firing after an instant of those that a holiday has, on the day on which they are instead.
    fn moved(
        &self,
        holiday: NaiveDate,
        day: NaiveDate,
        (after, now): (i64, NaiveDateTime),
    ) -> Option<i64> {
        if day < now.date() {
            return None;
        }
        // The firings of the holiday keep their times, so the search begins at the time of now.
        let begin = match day == now.date() {
            true => self.zone.instant(holiday.and_time(now.time())),
            false => self.zone.instant(holiday.and_time(NaiveTime::MIN)) - 1,
        };
        let planned = self.local(self.next_by_rhythm(begin)?)?;
        if planned.date() != holiday {
            return None;
        }
        let at = self.zone.instant(day.and_time(planned.time()));
        let started = self.start.is_none_or(|start| at >= start.timestamp());
        (at > after && started).then_some(at)
    }

    /// The local time of an instant.
    fn local(&self, at: i64) -> Option<NaiveDateTime> {
        let offset = self.zone.offset_at(at);
        DateTime::from_timestamp(at.checked_add(offset)?, 0).map(|at| at.naive_utc())
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use crate::trigger::Trigger;

    fn firings(definition: &str, after: &str, count: usize) -> Vec<String> {
        let trigger = Trigger::parse(definition).unwrap_or_else(|found| panic!("{found:?}"));
        let again = Trigger::parse(&trigger.to_serde().to_string());
        assert_eq!(again.as_ref(), Ok(&trigger));
        let after: DateTime<Utc> = after.parse().unwrap();
        let schedule = &trigger.schedule;
        let firings = schedule.firings(after).take(count);
        firings
            .map(|at| schedule.zone.text_of(at)[..16].to_owned())
            .collect()
    }

    #[test]
    fn firings_on_holidays_are_left_out() {
        let definition =
            r#"{"cron": "0 9 * * 1-5", "timezone": "Europe/Berlin", "calendar": "de"}"#;
        assert_eq!(
            firings(definition, "2026-04-01T12:00:00Z", 3),
            ["2026-04-02T09:00", "2026-04-07T09:00", "2026-04-08T09:00"]
        );
    }

    #[test]
    fn firings_on_holidays_are_moved_forward() {
        // The first of each month at nine, and Christmas.
        let definition = r#"{"cron": "0 9 1 * *", "timezone": "Europe/Berlin", "calendar": "de-by",
            "on_holiday": "next_working_day"}"#;
        assert_eq!(
            firings(definition, "2026-04-15T00:00:00Z", 3),
            // 1 May is a Friday and a holiday; 1 November a Sunday and a holiday in Bavaria.
            ["2026-05-04T09:00", "2026-06-01T09:00", "2026-07-01T09:00"]
        );
        assert_eq!(
            firings(definition, "2026-10-15T00:00:00Z", 2),
            ["2026-11-02T09:00", "2026-12-01T09:00"]
        );
        // One firing where two meet.
        let daily = r#"{"cron": "0 9 * * *", "timezone": "Europe/Berlin", "calendar": "de",
            "on_holiday": "next_working_day"}"#;
        assert_eq!(
            firings(daily, "2026-04-02T12:00:00Z", 4),
            [
                "2026-04-04T09:00",
                "2026-04-05T09:00",
                "2026-04-07T09:00",
                "2026-04-08T09:00"
            ]
        );
    }

    #[test]
    fn firings_on_holidays_are_moved_back() {
        let definition = r#"{"cron": "0 9 * * 1", "timezone": "Europe/Berlin", "calendar": "de",
            "on_holiday": "previous_working_day"}"#;
        assert_eq!(
            firings(definition, "2026-03-30T12:00:00Z", 3),
            ["2026-04-02T09:00", "2026-04-13T09:00", "2026-04-20T09:00"]
        );
    }

    #[test]
    fn a_yearly_firing_on_a_holiday_is_moved_or_refused() {
        let definition = r#"{"cron": "0 9 25 12 *", "timezone": "UTC", "calendar": "us",
            "on_holiday": "next_working_day"}"#;
        assert_eq!(
            firings(definition, "2026-01-01T00:00:00Z", 2),
            ["2026-12-28T09:00", "2027-12-27T09:00"]
        );
        let refused = Trigger::parse(r#"{"cron": "0 9 25 12 *", "calendar": "us"}"#).unwrap_err();
        assert!(refused[0].message.contains("never fires"), "{refused:?}");
    }

    #[test]
    fn a_calendar_that_is_not_known_is_refused() {
        let text = r#"{"cron": "0 9 * * *", "calendar": "de-xx"}"#;
        let refused = Trigger::parse(text).unwrap_err();
        assert!(
            refused[0].message.contains("is not a calendar"),
            "{refused:?}"
        );
        let text = r#"{"cron": "0 9 * * *", "on_holiday": "skip"}"#;
        let refused = Trigger::parse(text).unwrap_err();
        assert!(
            refused[0].message.contains("needs a `calendar`"),
            "{refused:?}"
        );
    }
}
