//! What goes wrong with requests, and how often.

use serde::{Deserialize, Serialize};
use time::Duration;

use super::seconds;

/// What goes wrong, by chance. The shares are of all requests that `on` covers, and exclude each other.
///
/// The n-th request of a route meets the same fault in every run; for dials, the n-th for a number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Share answered with an error without having done anything.
    pub server_error: f64,
    /// The error's status, any from 400 to 599.
    pub server_error_status: u16,
    /// Share carried out without telling: the connection is closed instead of answering.
    pub lost_answer: f64,
    /// Answers this status instead of closing the connection, as a gateway does that gave up too early.
    pub lost_answer_status: Option<u16>,
    /// Share carried out and answered late: not a byte comes before.
    pub stall: f64,
    /// How late, also for `stall_mid_body`.
    #[serde(rename = "stall_for_seconds", with = "seconds")]
    pub stall_for: Duration,
    /// Share carried out whose answer stops in the middle of its body and goes on late.
    pub stall_mid_body: f64,
    /// Share carried out whose answer cannot be read as what it should be.
    pub malformed: f64,
    /// What is wrong with it.
    pub malformed_as: Malformed,
    /// Share answered with bytes that are no HTTP, as rate-limit and error pages were seen to arrive (`O`).
    pub broken_headers: f64,
    /// Whether such a request was carried out before. Default: no.
    pub broken_headers_after_work: bool,
    /// Share whose connection is closed without having done anything.
    pub closed: f64,
    /// Which requests.
    pub on: FaultScope,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            server_error: 0.0,
            server_error_status: 503,
            lost_answer: 0.0,
            lost_answer_status: None,
            stall: 0.0,
            stall_for: Duration::seconds(30),
            stall_mid_body: 0.0,
            malformed: 0.0,
            malformed_as: Malformed::TruncatedJson,
            broken_headers: 0.0,
            broken_headers_after_work: false,
            closed: 0.0,
            on: FaultScope::Everything,
        }
    }
}

impl Faults {
    /// Every share with its name.
    pub(super) fn shares(&self) -> [(&'static str, f64); 7] {
        [
            ("faults.server_error", self.server_error),
            ("faults.lost_answer", self.lost_answer),
            ("faults.stall", self.stall),
            ("faults.stall_mid_body", self.stall_mid_body),
            ("faults.malformed", self.malformed),
            ("faults.broken_headers", self.broken_headers),
            ("faults.closed", self.closed),
        ]
    }
}

/// How an answer is not what it should be. Its status stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Malformed {
    /// The first half of the JSON.
    TruncatedJson,
    /// A page for people, with the status 200.
    HtmlPage,
    /// The right JSON, said to be `text/html`.
    WrongContentType,
    /// No body at all.
    Empty,
    /// Sound JSON of another shape: a list of words.
    OtherShape,
}

/// Which requests faults befall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultScope {
    /// All.
    Everything,
    /// `POST /calls`.
    Dials,
    /// All but `POST /calls`.
    AllButDials,
}
