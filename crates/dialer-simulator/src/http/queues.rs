//! `/queues`: who is in which, and who takes part.

use std::collections::BTreeSet;
use std::sync::Mutex;

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::calls::NOT_VALID;
use super::listing::{self, Cell, Kind, Row};
use super::provider::Provider;
use super::settings::SimulatedQueue;
use crate::carrier::Carrier;
use crate::knobs::Knobs;
use crate::lock::lock;

/// The account's queues as they are now.
pub(super) struct Queues(Mutex<State>);

struct State {
    queues: Vec<SimulatedQueue>,
    /// `(queue, user)` of members who have left for a while.
    away: BTreeSet<(u64, u64)>,
}

#[derive(Deserialize)]
struct Change {
    users: Vec<Member>,
}

#[derive(Deserialize)]
struct Member {
    id: u64,
    status: bool,
}

impl Queues {
    pub(super) fn new(queues: Vec<SimulatedQueue>) -> Self {
        Self(Mutex::new(State { queues, away: BTreeSet::new() }))
    }

    /// Whether `number` is the extension of a queue that nobody is in: whoever is connected to it waits until somebody takes
    /// them.
    pub(super) fn is_waiting_place(&self, number: &str) -> bool {
        lock(&self.0).queues.iter().any(|queue| queue.number == number && queue.users.is_empty())
    }

    /// Members of the queue with the extension `number` who take part.
    pub(super) fn available(&self, number: &str) -> Option<Vec<u64>> {
        let state = lock(&self.0);
        let queue = state.queues.iter().find(|queue| queue.number == number)?;
        Some(queue.users.iter().copied().filter(|user| !state.away.contains(&(queue.id, *user))).collect())
    }
}

/// Whether the query asks for members as objects.
fn includes_users(query: &str) -> bool {
    query.split('&').any(|parameter| parameter == "include=users")
}

struct QueueRow<'a> {
    queue: &'a SimulatedQueue,
    away: &'a BTreeSet<(u64, u64)>,
    /// Where members come as objects.
    carrier: Option<&'a Carrier>,
}

/// `GET /queues`.
pub(super) fn list(provider: &Provider, query: &str, knobs: &Knobs) -> Answer {
    let state = lock(&provider.queues.0);
    let carrier = includes_users(query).then_some(provider.carrier.as_ref());
    let rows = state.queues.iter().map(|queue| QueueRow { queue, away: &state.away, carrier });
    listing::list(rows, query, knobs)
}

/// `GET /queues/{id}`.
pub(super) fn show(provider: &Provider, id: &str, query: &str) -> Answer {
    let state = lock(&provider.queues.0);
    let carrier = includes_users(query).then_some(provider.carrier.as_ref());
    match id.parse().ok().and_then(|id: u64| state.queues.iter().find(|queue| queue.id == id)) {
        Some(queue) => Answer::single(200, &QueueRow { queue, away: &state.away, carrier }.render()),
        None => Answer::not_found(),
    }
}

/// `PATCH /queues/{id}`: users take part from now on, or do not.
pub(super) fn change(provider: &Provider, id: &str, query: &str, body: &[u8]) -> Answer {
    let Ok(change) = serde_json::from_slice::<Change>(body) else {
        return Answer::invalid(&[("users", NOT_VALID)]);
    };
    if change.users.iter().any(|member| provider.carrier.user(member.id).is_none()) {
        return Answer::invalid(&[("users", NOT_VALID)]);
    }
    {
        let mut state = lock(&provider.queues.0);
        let State { queues, away } = &mut *state;
        let found = id.parse().ok().and_then(|id: u64| queues.iter_mut().find(|queue| queue.id == id));
        let Some(queue) = found else { return Answer::not_found() };
        for member in change.users {
            if !queue.users.contains(&member.id) {
                queue.users.push(member.id);
            }
            if member.status {
                away.remove(&(queue.id, member.id));
            } else {
                away.insert((queue.id, member.id));
            }
        }
    }
    show(provider, id, query)
}

impl Row for QueueRow<'_> {
    const PROPERTIES: &'static [(&'static str, Kind)] =
        &[("id", Kind::Integer), ("name", Kind::Text), ("number", Kind::Text)];

    fn cell(&self, property: &str) -> Cell<'_> {
        match property {
            "id" => Cell::integer(self.queue.id),
            "name" => Cell::Text(self.queue.name.as_str().into()),
            "number" => Cell::Text(self.queue.number.as_str().into()),
            _ => Cell::Null,
        }
    }

    fn render(&self) -> Value {
        let member = |id: &u64| match self.carrier {
            None => json!(id),
            Some(carrier) => {
                let user = carrier.user(*id);
                json!({
                    "id": id,
                    "first_name": user.map(|user| &user.first_name),
                    "last_name": user.map(|user| &user.last_name),
                    "status": !self.away.contains(&(self.queue.id, *id)),
                })
            }
        };
        json!({
            "id": self.queue.id,
            "name": self.queue.name,
            "number": self.queue.number,
            "users": self.queue.users.iter().map(member).collect::<Vec<_>>(),
            "ring_strategy": "A",
            "ring_time": 20,
            "skip_busy": true,
        })
    }
}
