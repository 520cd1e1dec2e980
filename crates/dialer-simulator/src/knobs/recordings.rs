//! What the account records of its calls.

use serde::{Deserialize, Serialize};
use time::Duration;

use super::seconds;

/// Recordings, and what their rows tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct RecordingKnobs {
    /// Whether answered calls are recorded, from those placed now on. Default: no, as it is set up by an account.
    pub on: bool,
    /// From a call's end until its recording can be had. Default: 5 s (`A`).
    #[serde(rename = "delay_seconds", with = "seconds")]
    pub delay: Duration,
    /// Whether a row names its call, as `call_id`; otherwise only caller, called and time tell. Default: no (`A`).
    pub names_call: bool,
    /// Whether rows have what the paid add-on finds out: transcript, summary, sentiment and score. Default: no.
    pub cx: bool,
    /// Delivers only the first half of the bytes that `size` promises. Default: no (`O`: they are equal).
    pub cut_short: bool,
}

impl Default for RecordingKnobs {
    fn default() -> Self {
        Self { on: false, delay: Duration::seconds(5), names_call: false, cx: false, cut_short: false }
    }
}
