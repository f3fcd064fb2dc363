//! Access to the database with `psql`, for seeding and checking. It is never part of a measurement.

use std::process::Command;

use crate::{Error, Settings};

/// The URL of another database on the same server.
pub fn url(settings: &Settings, database: &str) -> String {
    let base = settings
        .postgres
        .rsplit_once('/')
        .map_or(settings.postgres.as_str(), |(b, _)| b);
    format!("{base}/{database}")
}

/// Creates an empty database.
pub fn create_database(settings: &Settings, database: &str) -> Result<(), Error> {
    psql(
        settings,
        "postgres",
        &format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"),
    )?;
    psql(settings, "postgres", &format!("CREATE DATABASE {database}"))?;
    Ok(())
}

/// Runs SQL and returns the rows, one per line, with columns separated by `|`.
pub fn psql(settings: &Settings, database: &str, sql: &str) -> Result<String, Error> {
    let out = Command::new(settings.postgres_bin.join("psql"))
        .arg(url(settings, database))
        .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql])
        .output()?;
    if out.status.success() {
        Ok(String::from_utf8_lossy(&out.stdout).into_owned())
    } else {
        Err(format!("psql: {}", String::from_utf8_lossy(&out.stderr)).into())
    }
}
