//! What is assumed about `VoIPstudio`, each as a switch.
//!
//! The mark after each knob says how sure its default is: `O` observed by somebody who ran it live, `A+`
//! inferred from evidence, `A` assumed. A dialer that works with a knob either way does not rest on the
//! assumption.

use std::sync::{Arc, Mutex};

use time::Duration;

use crate::lock::lock;

/// How the simulated provider behaves where the real one is not known for sure, and what goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Knobs {
    /// When `POST /calls` is answered. Default: when the agent has picked up (`A+`).
    pub dial_answer: DialAnswer,
    /// What a call's state is while the agent's phone rings. Default: `INITIAL` (`A`).
    pub agent_leg_shows: AgentLegShows,
    /// Rows in `GET /calls` for one call. Default: one (`A`).
    pub live_legs: Legs,
    /// Rows in `GET /cdrs` for one call. Default: one (`A`; second-hand notes speak of one a leg).
    ///
    /// With one row, a call whose agent never picked up leaves no row, unless `POST` was answered at once.
    pub cdr_legs: Legs,
    /// Which call ids a CDR carries. Default: its own, its parent's and its root's (`A+`).
    pub cdr_ids: CdrIds,
    /// From a call's end until its CDR appears. Default: 3 s (`A`).
    pub cdr_delay: Duration,
    /// Properties that `GET /cdrs` filters by; any other is answered "Filtration error". Default: those seen to
    /// work (`O`).
    pub cdr_filters: Vec<String>,
    /// Whether `DELETE /calls/{id}` ends a call that still rings. Default: yes (`A`); otherwise 400.
    pub cancel_while_ringing: bool,
    /// Rows of a page when no `limit` is given. Default: 25 (`A`).
    pub default_page_limit: usize,
    /// Status when the agent does not pick up. Default: 412 (`A`).
    pub agent_no_answer_status: u16,
    /// Status when the agent's line is on another call. Default: 409 (`A`).
    pub agent_busy_status: u16,
    /// Status when the agent's user is not active. Default: 400 (`A`).
    pub agent_inactive_status: u16,
    /// Whether the account may set caller IDs; otherwise a call that names one is answered 400 "No CLI prefix
    /// set" (`O`). Default: yes.
    pub caller_id_allowed: bool,
    /// Refuses every valid `POST /calls`, as for want of balance or a forbidden destination (`A`). Default: none.
    pub refuse_dials: Option<DialRefusal>,
    /// Requests let through in any 60 seconds. Default: no limit, as no number is documented.
    pub rate_limit_per_minute: Option<u32>,
    /// How a request over the limit is answered. Default: 429 without `Retry-After` (`A`).
    pub rate_limit_answer: RateLimitAnswer,
    /// Refuses the configured tokens with 401 from now on, as when they have expired. Default: no.
    pub api_keys_expired: bool,
    /// A configured token dies after this long without a request. Default: 7 days (second-hand).
    pub api_key_idle_limit: Option<Duration>,
    /// What goes wrong, and how often. Default: nothing.
    pub faults: Faults,
}

impl Default for Knobs {
    fn default() -> Self {
        let proven = ["calldate", "type", "user_id", "disposition", "src", "dst", "duration"];
        Self {
            dial_answer: DialAnswer::WhenAgentAnswers,
            agent_leg_shows: AgentLegShows::Initial,
            live_legs: Legs::One,
            cdr_legs: Legs::One,
            cdr_ids: CdrIds::OwnParentAndRoot,
            cdr_delay: Duration::seconds(3),
            cdr_filters: proven.map(str::to_owned).to_vec(),
            cancel_while_ringing: true,
            default_page_limit: 25,
            agent_no_answer_status: 412,
            agent_busy_status: 409,
            agent_inactive_status: 400,
            caller_id_allowed: true,
            refuse_dials: None,
            rate_limit_per_minute: None,
            rate_limit_answer: RateLimitAnswer::TooManyRequests { retry_after_seconds: None },
            api_keys_expired: false,
            api_key_idle_limit: Some(Duration::days(7)),
            faults: Faults::default(),
        }
    }
}

/// When `POST /calls` is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialAnswer {
    /// The request stays open until the agent has picked up or not.
    WhenAgentAnswers,
    /// 201 as soon as the agent's phone is being reached; whether they pick up shows later.
    AtOnce,
}

/// A call's state while the agent's phone rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentLegShows {
    /// `INITIAL`.
    Initial,
    /// `RINGING`, the same word as for the customer's phone.
    Ringing,
}

/// Rows for one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Legs {
    /// One, for the customer's leg, under the call's id.
    One,
    /// One for the agent's leg, under the call's id, and one for the customer's leg, with an id of its own and
    /// the call's id as its parent and root.
    Two,
}

/// Which call ids a CDR carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CdrIds {
    /// `live_id`, `parent_live_id` and `root_live_id`, each the id that `POST` or `GET /calls` told.
    OwnParentAndRoot,
    /// `live_id` is null; only `parent_live_id` and `root_live_id` name the call.
    ParentAndRoot,
    /// None: only user, number and time tell which call it was.
    None,
}

/// How `POST /calls` is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialRefusal {
    /// HTTP status, such as 402 or 403.
    pub status: u16,
    /// The `message` of the body.
    pub message: String,
}

/// How a request over the rate limit is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateLimitAnswer {
    /// 429.
    TooManyRequests {
        /// Seconds in `Retry-After`, where there is one.
        retry_after_seconds: Option<u32>,
    },
    /// 400 with a text about a rate that was exceeded.
    BadRequest,
    /// Bytes that are no HTTP answer, then a closed connection.
    MalformedHeaders,
    /// A closed connection and no byte.
    ClosedConnection,
}

/// What goes wrong, by chance. The shares are of all requests that `on` covers, and exclude each other.
///
/// The n-th request of a route meets the same fault in every run; for dials, the n-th for a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Faults {
    /// Share answered 5xx without having done anything.
    pub server_error: f64,
    /// That status.
    pub server_error_status: u16,
    /// Share carried out without telling: the connection is closed instead of answering.
    pub lost_answer: f64,
    /// Answers this status instead of closing the connection, as a gateway does that gave up too early.
    pub lost_answer_status: Option<u16>,
    /// Share carried out and answered late.
    pub stall: f64,
    /// How late.
    pub stall_for: Duration,
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
            on: FaultScope::Everything,
        }
    }
}

/// Which requests faults befall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultScope {
    /// All.
    Everything,
    /// `POST /calls`.
    Dials,
    /// All but `POST /calls`.
    AllButDials,
}

/// The knobs of a running double, to be turned at any time.
#[derive(Debug, Clone)]
pub struct KnobsHandle(Arc<Mutex<Knobs>>);

impl KnobsHandle {
    pub(crate) fn new(knobs: Knobs) -> Self {
        Self(Arc::new(Mutex::new(knobs)))
    }

    /// How they stand.
    #[must_use]
    pub fn get(&self) -> Knobs {
        lock(&self.0).clone()
    }

    /// Turns them; requests from now on are answered accordingly.
    pub fn set(&self, turn: impl FnOnce(&mut Knobs)) {
        turn(&mut lock(&self.0));
    }
}
