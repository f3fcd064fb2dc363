//! Time zones by their IANA names: offsets from UTC, and when they change.

use std::{fmt, sync::LazyLock};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use jiff::{
    Timestamp,
    tz::{TimeZone, TimeZoneDatabase},
};

/// The zones that are built into the program, so that no machine has other ones.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A day, in seconds.
const DAY: i64 = 24 * 3_600;

/// A time zone. Its offsets and instants are in whole seconds.
#[derive(Clone)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self {
            name: "UTC".to_owned(),
            zone: TimeZone::UTC,
        }
    }

    /// The zone with this name, in any case: `Europe/Berlin`.
    pub fn named(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("UTC") || name == "Z" {
            return Some(Self::utc());
        }
        let zone = ZONES.get(name).ok().filter(|zone| !zone.is_unknown())?;
        let name = zone.iana_name().unwrap_or(name).to_owned();
        Some(Self { name, zone })
    }

    /// The names of all zones.
    pub fn names() -> Vec<String> {
        let names = ZONES.available();
        names.map(|name| name.as_str().to_owned()).collect()
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The offset from UTC at an instant.
    pub fn offset_at(&self, at: i64) -> i64 {
        Timestamp::from_second(at).map_or(0, |at| i64::from(self.zone.to_offset(at).seconds()))
    }

    /// The first change of the offset after an instant: when, and the new offset.
    pub(super) fn next_change(&self, after: i64) -> Option<(i64, i64)> {
        let after = Timestamp::from_second(after).ok()?;
        let change = self.zone.following(after).next()?;
        Some((
            change.timestamp().as_second(),
            i64::from(change.offset().seconds()),
        ))
    }

    /// The instant of a local time. Of a time that occurs twice, the first; of one that is left out when
    /// the clock goes forward, the instant of the change.
    pub(super) fn instant(&self, local: NaiveDateTime) -> i64 {
        let local = local.and_utc().timestamp();
        let before = self.offset_at(local - DAY);
        let after = self.offset_at(local + DAY);
        let (early, late) = (local - before, local - after);
        if self.offset_at(early) == before {
            return early;
        }
        if self.offset_at(late) == after {
            return late;
        }
        self.next_change(late).map_or(early, |(at, _)| at)
    }

    /// Reads an instant: with an offset, or a local time or a date in this zone.
    pub fn read(&self, text: &str) -> Option<DateTime<Utc>> {
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Some(at.with_timezone(&Utc));
        }
        let forms = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S"];
        let local = forms
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
        let local = match local {
            Some(local) => local,
            None => NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .ok()?
                .and_hms_opt(0, 0, 0)?,
        };
        DateTime::from_timestamp(self.instant(local), 0)
    }

    /// A local time as text, with its offset: `2026-03-29T03:00:00+02:00`.
    pub fn text_of(&self, at: DateTime<Utc>) -> String {
        let offset = i32::try_from(self.offset_at(at.timestamp())).ok();
        match offset.and_then(FixedOffset::east_opt) {
            Some(offset) => at
                .with_timezone(&offset)
                .to_rfc3339_opts(SecondsFormat::Secs, true),
            None => at.to_rfc3339_opts(SecondsFormat::Secs, true),
        }
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
