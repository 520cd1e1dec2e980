//! Drives the pacer line by line, so that any other simulator can judge it.
//!
//! Each line is a JSON object with `at`, seconds on a clock that does not go back, and `event`:
//!
//! | `event` | further fields |
//! | --- | --- |
//! | `dialled` | `call`: a number; `lead`, if known: `{"list": 1, "hour": 14, "attempt": 2}`, each optional |
//! | `answered` | `call`: a person answered, after machine detection |
//! | `ended` | `call`; `how`: `machine`, `busy`, `failed`, `no_answer`, `hung_up`, `abandoned` or `completed` |
//! | `agent` | `agent`: a number; `state`: `idle`, `talk`, `wrap`, `out` or `leaving`; `call`, with `talk`: who they talk to |
//! | `tick` | all optional: `window_left` (seconds), `list_left`, `max_lines`, `headroom`, `window`: `{"answered": 0, "abandoned": 0}`, `next`: leads in order |
//! | `window` | none: a new window of the abandonment cap begins |
//! | `settings` | what differs from the defaults, by the names of [`PacingSettings`]; starts over |
//!
//! Each tick is answered with one line: `at` and the fields of [`Decision`], first of them `dials`. The driver places
//! those dials and tells of each with a `dialled` line; dials it does not place it does not tell of. An answered call
//! that no agent takes in time is told as `ended`, `abandoned`; one that an agent takes by that agent's `talk`.
//! A line that cannot be read is answered with `error` and its `line` number, and changes nothing.

use std::io::{BufRead, Write};

use dialer_domain::pacing::{Decision, Event, Pacer, PacingSettings, Snapshot};
use serde::Serialize;
use serde_json::{Map, Value};
use thiserror::Error;

/// Reads lines until there are no more and answers each tick.
///
/// # Errors
/// When lines cannot be read or answers not be written.
pub fn stream(settings: PacingSettings, lines: impl BufRead, mut answers: impl Write) -> std::io::Result<()> {
    let mut driver = Driver::new(settings);
    for (index, line) in lines.lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        match driver.take(&line) {
            Ok(None) => continue,
            Ok(Some(answer)) => serde_json::to_writer(&mut answers, &answer)?,
            Err(error) => {
                serde_json::to_writer(&mut answers, &Refusal { line: index + 1, error: error.to_string() })?;
            }
        }
        answers.write_all(b"\n")?;
        answers.flush()?;
    }
    Ok(())
}

/// The answer to a tick.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Answer {
    /// The tick's time.
    pub at: f64,
    /// What to do, and why.
    #[serde(flatten)]
    pub decision: Decision,
}

#[derive(Debug, Serialize)]
struct Refusal {
    line: usize,
    error: String,
}

/// Why a line was not taken.
#[derive(Debug, Error)]
pub enum LineError {
    /// It is not a JSON object, or a field is missing, unknown or of the wrong kind.
    #[error("{0}")]
    Unreadable(#[from] serde_json::Error),
    /// It has no usable time.
    #[error("`at` is missing or is not a number of seconds")]
    NoTime,
    /// Its time is before an earlier line's.
    #[error("`at` is {at}, before the {before} of an earlier line: send lines in the order of time")]
    Backwards {
        /// This line's time.
        at: f64,
        /// The latest time so far.
        before: f64,
    },
    /// It has no event.
    #[error("`event` is missing: one of dialled, answered, ended, agent, tick, window, settings")]
    NoEvent,
}

/// A pacer and the time of the last line.
#[derive(Debug)]
pub struct Driver {
    pacer: Pacer,
    latest: f64,
}

impl Driver {
    /// One that was told nothing yet.
    #[must_use]
    pub fn new(settings: PacingSettings) -> Self {
        Self { pacer: Pacer::new(settings), latest: f64::NEG_INFINITY }
    }

    /// Takes a line; a tick gives an answer.
    ///
    /// # Errors
    /// [`LineError`]; then nothing changed.
    pub fn take(&mut self, line: &str) -> Result<Option<Answer>, LineError> {
        let mut fields: Map<String, Value> = serde_json::from_str(line)?;
        let at = fields.remove("at").as_ref().and_then(Value::as_f64).ok_or(LineError::NoTime)?;
        if at < self.latest {
            return Err(LineError::Backwards { at, before: self.latest });
        }
        let event = fields.get("event").and_then(Value::as_str).ok_or(LineError::NoEvent)?.to_owned();
        let answer = match event.as_str() {
            "tick" => {
                fields.remove("event");
                let snapshot: Snapshot = serde_json::from_value(Value::Object(fields))?;
                Some(Answer { at, decision: self.pacer.decide(at, &snapshot) })
            }
            "window" => {
                self.pacer.start_window();
                None
            }
            "settings" => {
                fields.remove("event");
                self.pacer = Pacer::new(serde_json::from_value(Value::Object(fields))?);
                None
            }
            _ => {
                let event: Event = serde_json::from_value(Value::Object(fields))?;
                self.pacer.observe(at, &event);
                None
            }
        };
        self.latest = at;
        Ok(answer)
    }
}
