//! The log, on stderr: text on a terminal, otherwise JSON. Stdout is for results.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use super::{args::LogFormat, config::ConfigError};

/// Installs the log subscriber.
pub fn start(format: Option<LogFormat>, filter: &str) -> Result<(), ConfigError> {
    let filter = EnvFilter::try_new(filter)
        .map_err(|e| ConfigError(format!("log: `{filter}` is not a log filter ({e})")))?;
    let terminal = std::io::stderr().is_terminal();
    let format = format.unwrap_or(if terminal {
        LogFormat::Text
    } else {
        LogFormat::Json
    });
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let result = match format {
        LogFormat::Text => builder.with_target(false).with_ansi(terminal).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    // Fails only when a test in the same process has already installed one.
    let _ = result;
    Ok(())
}
