//! How a worker is set: checked before anything starts.

use std::time::Duration;

/// A worker's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerSettings {
    /// What leases and logs call it. A part that is new at every start is added: a name is not a
    /// fence.
    pub name: String,
    /// How many runs are driven at once.
    pub slots: usize,
    /// How long a lease lasts without a renewal, and so how long a dead worker's runs wait.
    pub lease: Duration,
    /// How often the database is asked when nobody wakes the dispatcher.
    pub poll: Duration,
}

/// A setting that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: `{value}` {problem}")]
pub struct SettingsError {
    /// The variable.
    pub name: &'static str,
    /// What it says.
    pub value: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            name: "worker".to_owned(),
            slots: 256,
            lease: Duration::from_secs(10),
            poll: Duration::from_secs(1),
        }
    }
}

impl WorkerSettings {
    /// From `FLOWMASON_WORKER_NAME`, `FLOWMASON_SLOTS` and `FLOWMASON_LEASE_MS`, each optional.
    pub fn from_env() -> Result<Self, SettingsError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    fn from_lookup(get: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut settings = Self::default();
        if let Some(name) = get("FLOWMASON_WORKER_NAME").filter(|name| !name.is_empty()) {
            settings.name = name;
        }
        if let Some(slots) = number(&get, "FLOWMASON_SLOTS", 1..=10_000, "is not 1 to 10000")? {
            settings.slots = usize::try_from(slots).unwrap_or(usize::MAX);
        }
        let problem = "is not a number of milliseconds from 500 to 600000";
        if let Some(millis) = number(&get, "FLOWMASON_LEASE_MS", 500..=600_000, problem)? {
            settings.lease = Duration::from_millis(millis);
        }
        Ok(settings)
    }
}

fn number(
    get: &impl Fn(&str) -> Option<String>,
    name: &'static str,
    range: std::ops::RangeInclusive<u64>,
    problem: &'static str,
) -> Result<Option<u64>, SettingsError> {
    let Some(value) = get(name) else {
        return Ok(None);
    };
    match value.trim().parse() {
        Ok(number) if range.contains(&number) => Ok(Some(number)),
        _ => Err(SettingsError {
            name,
            value,
            problem,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_setting_names_itself_and_what_it_takes() {
        let set = |value: &'static str| {
            move |name: &str| (name == "FLOWMASON_LEASE_MS").then(|| value.to_owned())
        };
        let settings = WorkerSettings::from_lookup(set("1000")).unwrap();
        assert_eq!(settings.lease, Duration::from_secs(1));
        let error = WorkerSettings::from_lookup(set("1 s"))
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "FLOWMASON_LEASE_MS: `1 s` is not a number of milliseconds from 500 to 600000"
        );
        assert_eq!(
            WorkerSettings::from_lookup(|_| None).unwrap(),
            WorkerSettings::default()
        );
    }
}
