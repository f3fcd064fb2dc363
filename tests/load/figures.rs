//! The measurements, the machine's limits they are compared with, and the report.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// How a workload's value becomes a ratio.
#[derive(Clone, Copy)]
pub enum Ratio {
    /// value / limit
    Over(&'static str),
    /// value × limit × factor
    Times(&'static str, f64),
    /// The value itself.
    Own,
}

/// The criterion for a ratio.
#[derive(Clone, Copy)]
pub enum Judge {
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
    /// Printed only.
    Printed,
}

struct Entry {
    values: Vec<f64>,
    unit: &'static str,
    ratio: Ratio,
    judge: Judge,
}

/// All measurements.
#[derive(Default)]
pub struct Report {
    limits: BTreeMap<&'static str, Vec<f64>>,
    results: Vec<(&'static str, Entry)>,
}

impl Report {
    /// Adds a measurement of a limit. The median of all measurements in the run counts.
    pub fn limit(&mut self, name: &'static str, value: f64) {
        self.limits.entry(name).or_default().push(value);
    }

    /// Adds the results of a workload's repetitions.
    pub fn result(
        &mut self,
        name: &'static str,
        values: Vec<f64>,
        unit: &'static str,
        ratio: Ratio,
        judge: Judge,
    ) {
        self.results.push((
            name,
            Entry {
                values,
                unit,
                ratio,
                judge,
            },
        ));
    }

    fn limit_of(&self, name: &str) -> Option<f64> {
        self.limits.get(name).map(|values| median(values))
    }

    fn ratio(&self, entry: &Entry) -> Option<f64> {
        let value = median(&entry.values);
        Some(match entry.ratio {
            Ratio::Over(limit) => value / self.limit_of(limit)?,
            Ratio::Times(limit, factor) => value * self.limit_of(limit)? * factor,
            Ratio::Own => value,
        })
    }

    /// Prints the table. Returns whether every judged ratio is within its limit.
    pub fn print(&self) -> bool {
        println!(
            "\n{:<12} {:>12}   of {:>2} (min – max)",
            "limit", "median", "n"
        );
        for (name, values) in &self.limits {
            let (min, max) = range(values);
            let n = values.len();
            println!(
                "{name:<12} {:>12.2}   {n:>5} ({min:.2} – {max:.2})",
                median(values)
            );
        }
        println!(
            "\n{:<12} {:>12} {:<9} {:>10}   {:<10} min – max",
            "workload", "median", "unit", "ratio", "asked"
        );
        let mut good = true;
        for (name, entry) in &self.results {
            let ratio = self.ratio(entry);
            let (asked, holds) = match entry.judge {
                Judge::AtMost(most) => (format!("<= {most}"), ratio.is_some_and(|r| r <= most)),
                Judge::AtLeast(least) => (format!(">= {least}"), ratio.is_some_and(|r| r >= least)),
                Judge::Printed => (String::new(), true),
            };
            good &= holds;
            let (min, max) = range(&entry.values);
            let ratio = ratio.map_or("?".to_owned(), |r| format!("{r:.4}"));
            println!(
                "{name:<12} {:>12.2} {:<9} {ratio:>10} {} {asked:<10} {min:.2} – {max:.2}",
                median(&entry.values),
                entry.unit,
                if holds { ' ' } else { '✗' },
            );
        }
        good
    }

    /// The report as JSON.
    pub fn to_json(&self) -> String {
        let limits: Map<String, Value> = self
            .limits
            .iter()
            .map(|(k, v)| ((*k).to_owned(), json!(median(v))))
            .collect();
        let results: Map<String, Value> = self
            .results
            .iter()
            .map(|(name, entry)| {
                let (min, max) = range(&entry.values);
                let limit = match entry.ratio {
                    Ratio::Over(limit) | Ratio::Times(limit, _) => limit,
                    Ratio::Own => "",
                };
                let result = json!({
                    "value": median(&entry.values), "unit": entry.unit, "min": min, "max": max,
                    "limit": limit, "ratio": self.ratio(entry),
                });
                ((*name).to_owned(), result)
            })
            .collect();
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let machine = json!({ "cores": cores, "os": std::env::consts::OS,
                              "arch": std::env::consts::ARCH });
        let report = json!({ "machine": machine, "limits": limits, "results": results });
        serde_json::to_string_pretty(&report).unwrap_or_default()
    }
}

/// The median. For an even number of values, the mean of the two in the middle.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0,
    }
}

/// The value below which the fraction `part` of the values lies.
pub fn percentile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = ((sorted.len() as f64 - 1.0) * part).round() as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

fn range(values: &[f64]) -> (f64, f64) {
    values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| {
            (a.min(*v), b.max(*v))
        })
}
