//! Public holidays, computed by rule, and what a schedule does on them.
//!
//! Germany: the holiday acts of the states (only days that hold in a whole state). United States: 5 U.S.C. 6103
//! with the days in lieu of weekends. United Kingdom: Banking and Financial Dealings Act 1971, schedule 1, and
//! the days proclaimed besides. The rules are those of today, so years long ago may have had others; a day that
//! is proclaimed for one year only is known from the version of the program that has it.

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

/// The public holidays of a country or of a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    name: &'static str,
    title: &'static str,
    rules: Rules,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rules {
    /// A state of Germany; empty: what holds in all of them.
    Germany(&'static str),
    UnitedStates,
    Britain(Part),
}

/// A part of the United Kingdom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    EnglandAndWales,
    Scotland,
    NorthernIreland,
}

/// What happens to a firing on a holiday.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnHoliday {
    /// There is none.
    #[default]
    Skip,
    /// It is on the next day that is neither a holiday nor on a weekend, at the same time.
    NextWorkingDay,
    /// It is on the last such day before.
    PreviousWorkingDay,
}

impl OnHoliday {
    /// All ways.
    pub const ALL: [Self; 3] = [Self::Skip, Self::NextWorkingDay, Self::PreviousWorkingDay];

    /// The name in a file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::NextWorkingDay => "next_working_day",
            Self::PreviousWorkingDay => "previous_working_day",
        }
    }

    /// The way with this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }
}

const fn germany(name: &'static str, state: &'static str, title: &'static str) -> Calendar {
    let rules = Rules::Germany(state);
    Calendar { name, title, rules }
}

const fn britain(name: &'static str, part: Part, title: &'static str) -> Calendar {
    let rules = Rules::Britain(part);
    Calendar { name, title, rules }
}

/// All calendars that are built in.
const ALL: [Calendar; 21] = [
    germany("de", "", "Germany"),
    germany("de-bb", "bb", "Brandenburg"),
    germany("de-be", "be", "Berlin"),
    germany("de-bw", "bw", "Baden-Württemberg"),
    germany("de-by", "by", "Bavaria"),
    germany("de-hb", "hb", "Bremen"),
    germany("de-he", "he", "Hesse"),
    germany("de-hh", "hh", "Hamburg"),
    germany("de-mv", "mv", "Mecklenburg-Vorpommern"),
    germany("de-ni", "ni", "Lower Saxony"),
    germany("de-nw", "nw", "North Rhine-Westphalia"),
    germany("de-rp", "rp", "Rhineland-Palatinate"),
    germany("de-sh", "sh", "Schleswig-Holstein"),
    germany("de-sl", "sl", "Saarland"),
    germany("de-sn", "sn", "Saxony"),
    germany("de-st", "st", "Saxony-Anhalt"),
    germany("de-th", "th", "Thuringia"),
    britain("gb-eng", Part::EnglandAndWales, "England and Wales"),
    britain("gb-nir", Part::NorthernIreland, "Northern Ireland"),
    britain("gb-sct", Part::Scotland, "Scotland"),
    Calendar {
        name: "us",
        title: "United States (federal)",
        rules: Rules::UnitedStates,
    },
];

/// The longest series of holidays and weekends that a firing is moved over, in days.
pub(super) const MAX_MOVED: i64 = 14;

impl Calendar {
    /// The calendar with this name, in any case: `de-by`.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim();
        let mut known = ALL.into_iter();
        known.find(|one| one.name.eq_ignore_ascii_case(name))
    }

    /// The names of all calendars.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ALL.into_iter().map(|one| one.name)
    }

    /// The name in a file.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Where it holds, in English.
    pub const fn title(self) -> &'static str {
        self.title
    }

    /// Whether a day is a public holiday.
    pub fn has(self, date: NaiveDate) -> bool {
        self.of_year(date.year()).contains(&date)
    }

    /// The day on which a firing of a holiday is instead. `None`: there is none near.
    pub(super) fn instead(self, date: NaiveDate, how: OnHoliday) -> Option<NaiveDate> {
        (1..=MAX_MOVED).find_map(|passed| {
            let day = match how {
                OnHoliday::Skip => None,
                OnHoliday::NextWorkingDay => date.checked_add_signed(TimeDelta::days(passed)),
                OnHoliday::PreviousWorkingDay => date.checked_sub_signed(TimeDelta::days(passed)),
            };
            day.filter(|day| !is_weekend(*day) && !self.has(*day))
        })
    }

    /// The holidays of a year.
    fn of_year(self, year: i32) -> Vec<NaiveDate> {
        match self.rules {
            Rules::Germany(state) => of_germany(state, year),
            Rules::UnitedStates => of_united_states(year),
            Rules::Britain(part) => of_britain(part, year),
        }
    }
}

fn of_germany(state: &str, year: i32) -> Vec<NaiveDate> {
    let is = |states: &[&str]| states.contains(&state);
    let north = year >= 2018 && is(&["hb", "hh", "ni", "sh"]);
    let days = [
        (true, 1, 1),
        (is(&["bw", "by", "st"]), 1, 6),
        (year >= 2019 && is(&["be"]), 3, 8),
        (year >= 2023 && is(&["mv"]), 3, 8),
        (true, 5, 1),
        // 75 and 80 years after the end of the war.
        ((year == 2020 || year == 2025) && is(&["be"]), 5, 8),
        (is(&["sl"]), 8, 15),
        (year >= 2019 && is(&["th"]), 9, 20),
        (year >= 1990, 10, 3),
        // In 2017, 500 years after the Reformation, everywhere.
        (
            north || year == 2017 || is(&["bb", "mv", "sn", "st", "th"]),
            10,
            31,
        ),
        (is(&["bw", "by", "nw", "rp", "sl"]), 11, 1),
        (true, 12, 25),
        (true, 12, 26),
    ];
    let after_easter = [
        (true, -2),
        (is(&["bb"]), 0),
        (true, 1),
        (true, 39),
        (is(&["bb"]), 49),
        (true, 50),
        (is(&["bw", "by", "he", "nw", "rp", "sl"]), 60),
    ];
    let fixed = days.iter().filter(|(holds, ..)| *holds);
    let fixed = fixed.filter_map(|(_, month, day)| NaiveDate::from_ymd_opt(year, *month, *day));
    let easter = after_easter.iter().filter(|(holds, _)| *holds);
    let easter = easter.filter_map(|(_, passed)| from_easter(year, *passed));
    // The Wednesday before 23 November.
    let repentance = (16..=22)
        .filter_map(|day| NaiveDate::from_ymd_opt(year, 11, day))
        .find(|day| day.weekday() == Weekday::Wed)
        .filter(|_| is(&["sn"]));
    fixed.chain(easter).chain(repentance).collect()
}

fn of_united_states(year: i32) -> Vec<NaiveDate> {
    let fixed = |year: i32, month: u32, day: u32| NaiveDate::from_ymd_opt(year, month, day);
    let own = [
        fixed(year, 1, 1),
        fixed(year, 6, 19).filter(|_| year >= 2021),
        fixed(year, 7, 4),
        fixed(year, 11, 11),
        fixed(year, 12, 25),
        // Its day in lieu may be in this year.
        fixed(year + 1, 1, 1),
    ];
    let in_lieu = |date: NaiveDate| match date.weekday() {
        Weekday::Sat => date.pred_opt(),
        Weekday::Sun => date.succ_opt(),
        _ => None,
    };
    let own = own.into_iter().flatten();
    let own = own.flat_map(|date| [Some(date), in_lieu(date)]).flatten();
    let weekdays = [
        nth(year, 1, Weekday::Mon, 3),
        nth(year, 2, Weekday::Mon, 3),
        last(year, 5, Weekday::Mon),
        nth(year, 9, Weekday::Mon, 1),
        nth(year, 10, Weekday::Mon, 2),
        nth(year, 11, Weekday::Thu, 4),
    ];
    own.chain(weekdays.into_iter().flatten()).collect()
}

fn of_britain(part: Part, year: i32) -> Vec<NaiveDate> {
    let fixed = |month: u32, day: u32| NaiveDate::from_ymd_opt(year, month, day);
    let only = |of: Part, date: Option<NaiveDate>| date.filter(|_| part == of);
    let (scotland, ireland) = (Part::Scotland, Part::NorthernIreland);
    let early_may = match year {
        // 75 years after the end of the war.
        2020 => fixed(5, 8),
        _ => nth(year, 5, Weekday::Mon, 1),
    };
    let spring = match year {
        2012 => fixed(6, 4),
        2022 => fixed(6, 2),
        _ => last(year, 5, Weekday::Mon),
    };
    let summer = match part {
        Part::Scotland => nth(year, 8, Weekday::Mon, 1),
        _ => last(year, 8, Weekday::Mon),
    };
    let proclaimed: &[(u32, u32)] = match year {
        2011 => &[(4, 29)],
        2012 => &[(6, 5)],
        2022 => &[(6, 3), (9, 19)],
        2023 => &[(5, 8)],
        _ => &[],
    };
    let movable = [
        from_easter(year, -2),
        from_easter(year, 1).filter(|_| part != scotland),
        early_may,
        spring,
        summer,
    ];
    let proclaimed = proclaimed.iter().map(|(month, day)| fixed(*month, *day));
    let mut found: Vec<NaiveDate> = movable.into_iter().chain(proclaimed).flatten().collect();
    let own: Vec<NaiveDate> = [
        fixed(1, 1),
        only(scotland, fixed(1, 2)),
        only(ireland, fixed(3, 17)),
        only(ireland, fixed(7, 12)),
        only(scotland, fixed(11, 30)),
        fixed(12, 25),
        fixed(12, 26),
    ]
    .into_iter()
    .flatten()
    .collect();
    found.extend(&own);
    // A day on a weekend has the next day that is free as its substitute.
    for date in own.into_iter().filter(|date| is_weekend(*date)) {
        let mut next = date.iter_days().take(7);
        let substitute = next.find(|day| !is_weekend(*day) && !found.contains(day));
        found.extend(substitute);
    }
    found
}

fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

fn nth(year: i32, month: u32, weekday: Weekday, which: u8) -> Option<NaiveDate> {
    NaiveDate::from_weekday_of_month_opt(year, month, weekday, which)
}

/// The last such weekday of a month.
fn last(year: i32, month: u32, weekday: Weekday) -> Option<NaiveDate> {
    nth(year, month, weekday, 5).or_else(|| nth(year, month, weekday, 4))
}

/// A day so many days after Easter Sunday.
fn from_easter(year: i32, passed: i64) -> Option<NaiveDate> {
    easter(year)?.checked_add_signed(TimeDelta::try_days(passed)?)
}

/// Easter Sunday (Meeus, Astronomical Algorithms, chapter 8).
fn easter(year: i32) -> Option<NaiveDate> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let f = (b + 8) / 25;
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let number = h + l - 7 * m + 114;
    let (month, day) = (number / 31, number % 31 + 1);
    NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[track_caller]
    fn holds(calendar: &str, days: &[&str], others: &[&str]) {
        let calendar = Calendar::named(calendar).unwrap();
        for day in days {
            assert!(calendar.has(date(day)), "{calendar:?} {day}");
        }
        for day in others {
            assert!(!calendar.has(date(day)), "{calendar:?} {day}");
        }
    }

    #[test]
    fn easter_is_on_the_dates_of_the_tables() {
        for day in [
            "1961-04-02",
            "2000-04-23",
            "2024-03-31",
            "2025-04-20",
            "2026-04-05",
            "2038-04-25",
        ] {
            assert_eq!(easter(date(day).year()), Some(date(day)));
        }
    }

    #[test]
    fn german_states_have_their_own_days() {
        let all = [
            "2026-01-01",
            "2026-04-03",
            "2026-04-06",
            "2026-05-14",
            "2026-05-25",
            "2026-10-03",
        ];
        holds(
            "de",
            &all,
            &["2026-01-06", "2026-06-04", "2026-10-31", "2026-12-24"],
        );
        holds(
            "DE-BY",
            &["2026-01-06", "2026-06-04", "2026-11-01"],
            &["2026-10-31", "2026-08-15"],
        );
        holds(
            "de-be",
            &["2026-03-08", "2025-05-08"],
            &["2018-03-08", "2026-05-08"],
        );
        holds("de-sn", &["2026-11-18", "2025-11-19"], &["2026-11-25"]);
        holds("de-hh", &["2017-10-31", "2018-10-31"], &["2016-10-31"]);
    }

    #[test]
    fn federal_days_on_a_weekend_have_a_day_in_lieu() {
        holds(
            "us",
            &[
                "2026-07-03",
                "2026-07-04",
                "2021-12-31",
                "2027-07-05",
                "2026-11-26",
                "2026-01-19",
            ],
            &["2026-07-06", "2020-06-19", "2026-11-27"],
        );
    }

    #[test]
    fn british_days_on_a_weekend_have_a_substitute() {
        holds(
            "gb-eng",
            &[
                "2021-12-27",
                "2021-12-28",
                "2022-12-26",
                "2022-12-27",
                "2022-01-03",
                "2026-12-28",
                "2022-09-19",
            ],
            &["2026-12-29", "2026-01-02", "2022-05-30"],
        );
        holds(
            "gb-sct",
            &["2026-01-02", "2022-01-03", "2022-01-04", "2026-11-30"],
            &["2026-04-06"],
        );
        holds("gb-nir", &["2026-03-17", "2026-07-13"], &["2026-01-02"]);
    }

    #[test]
    fn a_day_instead_is_neither_a_holiday_nor_on_a_weekend() {
        let calendar = Calendar::named("de").unwrap();
        let of = |day: &str, how: OnHoliday| calendar.instead(date(day), how);
        // Good Friday and Easter Monday.
        assert_eq!(
            of("2026-04-03", OnHoliday::NextWorkingDay),
            Some(date("2026-04-07"))
        );
        assert_eq!(
            of("2026-04-06", OnHoliday::PreviousWorkingDay),
            Some(date("2026-04-02"))
        );
        assert_eq!(of("2026-04-03", OnHoliday::Skip), None);
    }
}
