//! How the account's webhooks behave. Schedule, order and losses are documented nowhere, so all of it is a knob.

use serde::{Deserialize, Serialize};
use time::Duration;

use super::seconds;

/// How events are told, and what goes wrong on their way. Everything drawn by chance depends on the seed, the
/// number, which call of the number it is and which event of the call: it is the same in every run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct WebhookKnobs {
    /// From an event until it is sent first. Default: at once (`A`).
    #[serde(rename = "delay_seconds", with = "seconds")]
    pub delay: Duration,
    /// How often an event is sent again that was not answered 2xx. Default: 3 (`A`; that it is done at all is `O`).
    pub retries: u32,
    /// From a failed delivery until the next. Default: 60 s (`A`).
    #[serde(rename = "retry_after_seconds", with = "seconds")]
    pub retry_after: Duration,
    /// A receiver that has not answered for so long has failed. Default: 10 s (`A`).
    #[serde(rename = "time_out_seconds", with = "seconds")]
    pub time_out: Duration,
    /// Share of events that are never sent.
    pub lost: f64,
    /// Share of events that are sent twice. `lost` and `doubled` exclude each other.
    pub doubled: f64,
    /// Share of events that are held back, past those that come after them.
    pub reordered: f64,
    /// How long those are held back.
    #[serde(rename = "reordered_by_seconds", with = "seconds")]
    pub reordered_by: Duration,
    /// Share of events whose numbers come as strings and whose strings of digits come as numbers.
    pub wrong_types: f64,
    /// Share of events that an event of an unheard-of name goes before.
    pub unknown_names: f64,
    /// Whether an event that is sent again has the id that it had. Default: yes (`A+`).
    pub repeats_keep_id: bool,
    /// Whether a leg tells its first state, `call.initial`. Default: yes (second-hand).
    pub tells_initial: bool,
    /// Whether an outbound leg that nobody answered ends with `call.missed` instead of `call.hangup`. Default: no
    /// (`A`).
    pub unanswered_is_missed: bool,
    /// Whether `duration` counts from the answer; otherwise from the start. Default: yes (`A+`).
    pub duration_from_answer: bool,
    /// Whether `terminated_by` is there: `caller`, `callee` (`A`) or `system` (`A`). Default: yes.
    pub tells_who_ended: bool,
    /// Whether instants are Unix seconds, as in `GET /calls`, instead of stamps. Default: no (`O`).
    pub unix_times: bool,
}

impl Default for WebhookKnobs {
    fn default() -> Self {
        Self {
            delay: Duration::ZERO,
            retries: 3,
            retry_after: Duration::seconds(60),
            time_out: Duration::seconds(10),
            lost: 0.0,
            doubled: 0.0,
            reordered: 0.0,
            reordered_by: Duration::seconds(20),
            wrong_types: 0.0,
            unknown_names: 0.0,
            repeats_keep_id: true,
            tells_initial: true,
            unanswered_is_missed: false,
            duration_from_answer: true,
            tells_who_ended: true,
            unix_times: false,
        }
    }
}

impl WebhookKnobs {
    /// Every share with its name.
    pub(super) fn shares(&self) -> [(&'static str, f64); 5] {
        [
            ("webhooks.lost", self.lost),
            ("webhooks.doubled", self.doubled),
            ("webhooks.reordered", self.reordered),
            ("webhooks.wrong_types", self.wrong_types),
            ("webhooks.unknown_names", self.unknown_names),
        ]
    }
}
