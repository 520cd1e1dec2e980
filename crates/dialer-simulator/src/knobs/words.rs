//! The knobs that stand at one of a few words.

use serde::{Deserialize, Serialize};

/// When `POST /calls` is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DialAnswer {
    /// The request stays open until the agent has picked up or not.
    WhenAgentAnswers,
    /// 201 as soon as the agent's phone is being reached; whether they pick up shows later.
    AtOnce,
}

/// Which leg's state `POST /calls` answers with once the agent has picked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerState {
    /// `RINGING`: the customer's phone.
    CustomerLeg,
    /// `CONNECTED`: the agent has picked up.
    AgentLeg,
}

/// A call's state while the first phone rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentLegShows {
    /// `INITIAL`.
    Initial,
    /// `RINGING`, the same word as for the second phone.
    Ringing,
}

/// Rows for one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Legs {
    /// One, for both legs, under the call's id.
    One,
    /// One for the leg that rings first, under the call's id, and one for the other, with an id of its own and
    /// the call's id as its parent and root.
    Two,
}

/// Whether the id in the answer to `POST` is the one that the call goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveIds {
    /// It is, in `GET /calls`, in webhooks and in CDRs.
    AsAnswered,
    /// It is not: the call goes by another id everywhere, and the answered one is not found.
    Others,
}

/// What stands for an instant that has not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BeforeAnswer {
    /// The key is not there.
    Missing,
    /// `null`.
    Null,
}

/// What stands for the id of somebody who is no user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outsider {
    /// `"0"`.
    Zero,
    /// `null`.
    Null,
}

/// Which call ids a CDR carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CdrIds {
    /// `live_id`, `parent_live_id` and `root_live_id`, each the id that `GET /calls` told.
    OwnParentAndRoot,
    /// `live_id` is null; only `parent_live_id` and `root_live_id` name the call.
    ParentAndRoot,
    /// None: only user, number and time tell which call it was.
    None,
}

/// What a CDR's `call_id` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CdrCallId {
    /// The CDR's own id.
    RecordId,
    /// The live call's id, whatever `cdr_ids` say.
    LiveId,
}

/// Where an error tells its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// In each entry of `errors`.
    InEntry,
    /// Beside `message`.
    OnTop,
    /// Nowhere.
    Missing,
}

/// How `POST /calls` is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DialRefusal {
    /// HTTP status, such as 402 or 403.
    pub status: u16,
    /// The `message` of the body.
    pub message: String,
}

/// Whether the account may call customers first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomerFirstAccount {
    /// It may.
    Enabled,
    /// Every request is answered 400 "Maximum per minute call rate exceeded for …", as one account's was (`O`).
    RateRefused,
    /// 404.
    NotFound,
}

/// When a request for a customer-first call is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomerFirstAnswer {
    /// As soon as the customer's phone is being reached.
    AtOnce,
    /// The request stays open until the customer has picked up or not.
    WhenCustomerAnswers,
}

/// What a number of the account is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DdiField {
    /// `e164`.
    E164,
    /// `number`.
    Number,
}

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyRights {
    /// Place calls for any user, and see everybody's calls and records.
    Administrator,
    /// Place calls for its own user (otherwise 403), and see its own user's.
    OwnUser,
}

/// How a request over the rate limit is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateLimitAnswer {
    /// 429.
    TooManyRequests {
        /// Seconds in `Retry-After`, where there is one.
        retry_after_seconds: Option<u32>,
    },
    /// 400 with a text about a rate that was exceeded.
    BadRequest,
    /// A page for people that says so, with the status 200.
    Page,
    /// Bytes that are no HTTP answer, then a closed connection.
    MalformedHeaders,
    /// A closed connection and no byte.
    ClosedConnection,
}
