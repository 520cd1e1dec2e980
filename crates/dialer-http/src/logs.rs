//! Logs: lines for people, or JSON for programs, always on standard error.

use std::error::Error;
use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, fmt};

use crate::settings::LogSettings;

/// An error as a field of a log line, with everything behind it.
pub(crate) fn cause<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    error
}

/// Starts logging as the settings say. Does nothing when logging was started before.
pub fn start(settings: &LogSettings) {
    start_with(&settings.filter, settings.json);
}

/// Starts logging for a command that answers on its own: warnings and worse only.
pub fn start_quietly() {
    start_with("warn", false);
}

/// Starts logging for a command whose every step is expected: errors only.
pub fn start_for_errors() {
    start_with("error", false);
}

/// Libraries that log whole messages, with the numbers and credentials in them.
const SPEAKS_OF_NUMBERS: [&str; 2] = ["tungstenite", "tokio_tungstenite"];

fn start_with(filter: &str, json: bool) {
    // The settings' check has read the filter before.
    let filter = SPEAKS_OF_NUMBERS
        .iter()
        .filter_map(|target| format!("{target}=off").parse().ok())
        .fold(EnvFilter::try_new(filter).unwrap_or_default(), EnvFilter::add_directive);
    let lines = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(true);
    // Whoever started logging before goes on.
    let _ = if json {
        lines.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    } else {
        lines.with_ansi(std::io::stderr().is_terminal()).try_init()
    };
}
