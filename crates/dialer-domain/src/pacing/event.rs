//! What the pacer is told.

use serde::{Deserialize, Serialize};

/// What happened, to a call or to an agent. The time of it goes with it: see [`super::Pacer::observe`].
///
/// Keys are any numbers the caller likes, as long as two calls that are up at once, or two agents of one crew,
/// never share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// An attempt was handed to the carrier.
    Dialled {
        /// The call.
        call: u64,
        /// What is known of the person called.
        #[serde(default)]
        lead: Lead,
    },
    /// A person answered: after machine detection, where there is one.
    Answered {
        /// The call.
        call: u64,
    },
    /// A call is over.
    Ended {
        /// The call.
        call: u64,
        /// How.
        how: Ending,
    },
    /// An agent's state changed.
    Agent {
        /// The agent.
        agent: u64,
        /// To what.
        state: AgentChange,
        /// The caller they talk to, when `state` is `talk`. Without it, the one who waited longest.
        #[serde(default)]
        call: Option<u64>,
    },
}

/// What is known of a person before they are called. Answer rates are learned for each of the three and
/// shrunk to the campaign's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lead {
    /// The list they came with.
    #[serde(default)]
    pub list: Option<u32>,
    /// Hour of the day where they are, 0 to 23.
    #[serde(default)]
    pub hour: Option<u32>,
    /// How often they were tried, this time included.
    #[serde(default)]
    pub attempt: Option<u32>,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// A machine answered.
    Machine,
    /// Busy.
    Busy,
    /// The network or the number failed.
    Failed,
    /// It rang out.
    NoAnswer,
    /// The person hung up: while it rang, while they waited or after talking.
    HungUp,
    /// A person answered and no agent was there within the connect deadline.
    Abandoned,
    /// The conversation is over.
    Completed,
}

/// What an agent does from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentChange {
    /// Waits for a call.
    Idle,
    /// Talks.
    Talk,
    /// Writes up the call.
    Wrap,
    /// Pauses or is signed off.
    Out,
    /// Asked for a break or to sign off: goes out when the call is done. The state itself stays.
    Leaving,
}
