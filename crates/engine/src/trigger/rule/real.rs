//! Rules of hours, minutes and seconds. They count real time, so that a change of the clock neither stops
//! nor repeats them.

use chrono::{NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use super::{Frequency, Rule, Zone, local, places, take};

/// How far into the future a firing is looked for: fifty years.
const HORIZON: i64 = 50 * 366 * 24 * 3_600;

impl Rule {
    /// The first firing after an instant. The rule begins at `anchor` and counts in units of so many seconds.
    pub(super) fn next_real(
        &self,
        zone: &Zone,
        (anchor, unit): (i64, i64),
        after: i64,
        budget: &mut u32,
    ) -> Option<i64> {
        let step = unit.checked_mul(i64::from(self.interval.max(1)))?;
        let first = local(anchor, zone.offset_at(anchor))?.date();
        let mut number = ((after - anchor).div_euclid(step) - 1).max(0);
        loop {
            take(budget, 1)?;
            let at = number.checked_mul(step)?.checked_add(anchor)?;
            if at > after.checked_add(HORIZON)? {
                return None;
            }
            let time = local(at, zone.offset_at(at))?;
            let matches_day = self.is_on(time.date(), first);
            if let Some(next) = self.left_out(time, matches_day) {
                // The first period that may be in: where the clock shows that time.
                let exact = zone.instant(next);
                let target = match exact > at {
                    true => exact,
                    false => at + (next - time).num_seconds(),
                };
                let skipped = (target - anchor + step - 1).div_euclid(step);
                number = skipped.max(number + 1);
                continue;
            }
            let found = self.of_period(at, time);
            let mut found = found.into_iter();
            if let Some(found) = found.find(|one| *one > after && *one >= anchor) {
                return Some(found);
            }
            number += 1;
        }
    }

    /// If the rule leaves a period out: the local time at which the next one may be in.
    fn left_out(&self, time: NaiveDateTime, matches_day: bool) -> Option<NaiveDateTime> {
        let lacks = |named: &[u32], own: u32| !named.is_empty() && !named.contains(&own);
        if !matches_day {
            return Some(time.date().succ_opt()?.and_time(NaiveTime::MIN));
        }
        let hour = time.with_minute(0)?.with_second(0)?;
        if lacks(&self.hours, time.hour()) {
            return Some(hour + TimeDelta::hours(1));
        }
        if self.frequency == Frequency::Hourly {
            return None;
        }
        if lacks(&self.minutes, time.minute()) {
            return Some(time.with_second(0)? + TimeDelta::minutes(1));
        }
        if self.frequency == Frequency::Secondly && lacks(&self.seconds, time.second()) {
            return Some(time + TimeDelta::seconds(1));
        }
        None
    }

    /// The firings of a period that begins at `at`, where the clock shows `time`.
    fn of_period(&self, at: i64, time: NaiveDateTime) -> Vec<i64> {
        let or = |named: &[u32], own: u32| match named.is_empty() {
            true => vec![own],
            false => named.to_vec(),
        };
        let (minute, second) = (time.minute(), time.second());
        let minutes = match self.frequency {
            Frequency::Hourly => or(&self.minutes, minute),
            _ => vec![minute],
        };
        let seconds = match self.frequency {
            Frequency::Secondly => vec![second],
            _ => or(&self.seconds, second),
        };
        let begin = at - i64::from(minute) * 60 - i64::from(second);
        let mut found = Vec::with_capacity(minutes.len() * seconds.len());
        for minute in &minutes {
            for second in &seconds {
                found.push(begin + i64::from(*minute) * 60 + i64::from(*second));
            }
        }
        if self.positions.is_empty() {
            return found;
        }
        places(&self.positions, found.len())
            .into_iter()
            .filter_map(|place| found.get(place).copied())
            .collect()
    }
}
