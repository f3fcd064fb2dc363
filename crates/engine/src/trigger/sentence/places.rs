//! Time zones by their names and by cities.

use std::{collections::HashMap, sync::LazyLock};

use super::super::Zone;

/// Cities that no time zone is named after, and German names.
const MORE: &[(&str, &str)] = &[
    ("munich", "Europe/Berlin"),
    ("münchen", "Europe/Berlin"),
    ("hamburg", "Europe/Berlin"),
    ("frankfurt", "Europe/Berlin"),
    ("cologne", "Europe/Berlin"),
    ("köln", "Europe/Berlin"),
    ("germany", "Europe/Berlin"),
    ("deutschland", "Europe/Berlin"),
    ("wien", "Europe/Vienna"),
    ("zürich", "Europe/Zurich"),
    ("rom", "Europe/Rome"),
    ("moskau", "Europe/Moscow"),
    ("kairo", "Africa/Cairo"),
    ("athen", "Europe/Athens"),
    ("warschau", "Europe/Warsaw"),
    ("prag", "Europe/Prague"),
    ("kopenhagen", "Europe/Copenhagen"),
    ("brüssel", "Europe/Brussels"),
    ("lissabon", "Europe/Lisbon"),
    ("mailand", "Europe/Rome"),
    ("milan", "Europe/Rome"),
    ("barcelona", "Europe/Madrid"),
    ("genf", "Europe/Zurich"),
    ("geneva", "Europe/Zurich"),
    ("boston", "America/New_York"),
    ("mumbai", "Asia/Kolkata"),
    ("delhi", "Asia/Kolkata"),
    ("beijing", "Asia/Shanghai"),
    ("peking", "Asia/Shanghai"),
    ("tokio", "Asia/Tokyo"),
    ("singapur", "Asia/Singapore"),
];

/// Parts of the names of zones that are no cities.
const NOT: &[&str] = &["north", "south", "west", "canberra", "act", "lhi", "nsw"];

const REGIONS: &[&str] = &[
    "Africa",
    "America",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
];

static CITIES: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let mut cities: HashMap<String, String> = HashMap::new();
    for zone in Zone::names() {
        let Some((region, rest)) = zone.split_once('/') else {
            continue;
        };
        let city = rest.rsplit('/').next().unwrap_or(rest);
        let city = city.replace('_', " ").to_lowercase();
        if !REGIONS.contains(&region) || NOT.contains(&city.as_str()) {
            continue;
        }
        // Of two names of one zone, the shorter one.
        let shorter = |other: &String| (zone.len(), &zone) < (other.len(), other);
        if cities.get(&city).is_none_or(shorter) {
            cities.insert(city, zone);
        }
    }
    for (city, zone) in MORE {
        cities.insert((*city).to_owned(), (*zone).to_owned());
    }
    cities
});

/// The zone with this name: `utc`, `europe/berlin`.
pub(super) fn by_name(word: &str) -> Option<String> {
    if word == "utc" {
        return Some("UTC".to_owned());
    }
    if !word.contains('/') {
        return None;
    }
    Some(Zone::named(word)?.name().to_owned())
}

/// The zone of a city, in lower case.
pub(super) fn by_city(city: &str) -> Option<String> {
    CITIES.get(city).cloned()
}
