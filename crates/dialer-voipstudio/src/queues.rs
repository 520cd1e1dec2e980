//! Queues of the account, and who takes calls from them.

use dialer_domain::telephony::{AgentLine, TelephonyError};
use serde_json::Value;

use crate::convert::seconds;
use crate::telephony::{Collection, VoipStudio, read_all};
use crate::wire;

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// The provider's id of it.
    pub id: String,
    /// What people call it; empty when not told.
    pub name: String,
    /// The extension that reaches it.
    pub extension: Option<String>,
    /// Seconds that it rings somebody before it goes on to the next.
    pub ring_seconds: Option<u32>,
    /// Who may take its calls.
    pub members: Vec<QueueMember>,
}

/// A user who may take a queue's calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueMember {
    /// The user.
    pub line: AgentLine,
    /// Whether the queue rings this user now. `None` when not told.
    pub signed_in: Option<bool>,
}

impl VoipStudio {
    /// The account's queues.
    ///
    /// # Errors
    /// As every reading of [`Telephony`](dialer_domain::telephony::Telephony).
    pub async fn queues(&self) -> Result<Vec<Queue>, TelephonyError> {
        Ok(read_all(&self.client, Collection::Queues).await?.readable("queues", queue))
    }

    /// One queue; `None` when there is none of that id.
    ///
    /// # Errors
    /// As [`Self::queues`].
    pub async fn queue(&self, id: &str) -> Result<Option<Queue>, TelephonyError> {
        if !wire::is_id(id) {
            return Ok(None);
        }
        Ok(self.client.queue(id).await?.and_then(queue))
    }

    /// Lets a queue ring a user from now on.
    ///
    /// # Errors
    /// [`TelephonyError::Misconfigured`] when there is no such queue, or the key may not change it;
    /// [`TelephonyError::Refused`] when the provider takes no such member;
    /// [`TelephonyError::OutcomeUnknown`] when its answer was lost: asking again does no harm.
    pub async fn join_queue(&self, queue: &str, line: &AgentLine) -> Result<(), TelephonyError> {
        self.set_member(queue, line, true).await
    }

    /// Keeps a queue from ringing a user from now on.
    ///
    /// # Errors
    /// As [`Self::join_queue`].
    pub async fn leave_queue(&self, queue: &str, line: &AgentLine) -> Result<(), TelephonyError> {
        self.set_member(queue, line, false).await
    }

    async fn set_member(&self, queue: &str, line: &AgentLine, signed_in: bool) -> Result<(), TelephonyError> {
        let found = wire::is_id(queue) && self.client.set_queue_member(queue, line.as_str(), signed_in).await?;
        let missing = || TelephonyError::Misconfigured { reason: "the account has no such queue".to_owned() };
        found.then_some(()).ok_or_else(missing)
    }
}

fn queue(queue: wire::Queue) -> Option<Queue> {
    let members = queue.users.as_array().map(Vec::as_slice).unwrap_or_default();
    Some(Queue {
        id: queue.id?,
        name: queue.name.unwrap_or_default(),
        extension: queue.number,
        ring_seconds: queue.ring_time.map(|time| seconds(Some(time))),
        members: members.iter().filter_map(member).collect(),
    })
}

/// A member, from an object or a bare id.
fn member(told: &Value) -> Option<QueueMember> {
    let user: wire::QueueUser = match told {
        Value::Object(_) => wire::read(told)?,
        id => wire::read(&serde_json::json!({ "id": id }))?,
    };
    Some(QueueMember { line: AgentLine::new(user.id?), signed_in: user.status })
}
