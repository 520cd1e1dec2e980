//! Events on their way: what is to be sent when, and what has become of it.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;
use serde_json::{Map, Value, json};
use time::serde::rfc3339;
use time::{Duration, OffsetDateTime};

use super::payload;
use crate::carrier::dice::Dice;
use crate::http::settings::SimulatedWebhook;
use crate::knobs::{Knobs, WebhookKnobs};

/// Events sent to one receiver at once. Those of one call go one after the other.
const AT_ONCE: usize = 16;

/// One event for one receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WebhookDelivery {
    /// Which of the webhooks, from 0 in the order of the settings.
    pub webhook: usize,
    /// The id that the event had when it was sent first.
    pub event_id: String,
    /// Its name.
    pub event_name: String,
    /// The id that its call goes by; none for a text message.
    pub call: Option<u64>,
    /// When it came to pass.
    #[serde(with = "rfc3339")]
    pub happened_at: OffsetDateTime,
    /// How often it was sent.
    pub attempts: u32,
    /// The last answer's status, where there was an answer.
    pub last_status: Option<u16>,
    /// What has become of it.
    pub outcome: WebhookOutcome,
}

/// What has become of an event for one receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookOutcome {
    /// It waits for its time, or for another try.
    Waiting,
    /// Lost by chance: never sent.
    Lost,
    /// Answered 2xx.
    Delivered,
    /// Sent as often as the knobs say, and never answered 2xx.
    GivenUp,
}

/// What an event is about: its chance is drawn for that.
pub(super) struct Subject {
    /// The same in every run: a number and which of its calls, or a sender and which of its messages.
    pub(super) key: String,
    pub(super) call: Option<u64>,
    /// Which event of it, from 0.
    pub(super) nth: u32,
}

/// Something to send.
pub(super) struct Parcel {
    pub(super) webhook: usize,
    /// Events of one subject keep their order.
    subject: String,
    pub(super) event_id: String,
    body: Map<String, Value>,
    happened_at: OffsetDateTime,
    tries: u32,
    /// Where the log tells of it.
    entry: usize,
}

impl Parcel {
    pub(super) fn json(&self) -> String {
        let mut body = Map::from_iter([("id".to_owned(), json!(self.event_id))]);
        body.extend(self.body.iter().map(|(name, value)| (name.clone(), value.clone())));
        Value::Object(body).to_string()
    }

    fn lane(&self) -> (usize, String) {
        (self.webhook, self.subject.clone())
    }
}

/// What chance does to one event for one receiver.
#[expect(clippy::struct_excessive_bools, reason = "each is a throw of its own")]
struct Fate {
    lost: bool,
    doubled: bool,
    reordered: bool,
    wrong_types: bool,
    unknown_before: bool,
}

impl Fate {
    fn draw(seed: u64, webhook: usize, subject: &Subject, knobs: &WebhookKnobs) -> Self {
        let mut dice = Dice::new(seed, &format!("webhook {webhook}"), &subject.key, subject.nth);
        let way = dice.unit();
        Self {
            lost: way < knobs.lost,
            doubled: (knobs.lost..knobs.lost + knobs.doubled).contains(&way),
            reordered: dice.chance(knobs.reordered),
            wrong_types: dice.chance(knobs.wrong_types),
            unknown_before: dice.chance(knobs.unknown_names),
        }
    }
}

#[derive(Default)]
pub(super) struct Outbox {
    waiting: BTreeMap<(OffsetDateTime, u64), Parcel>,
    /// Receivers and subjects that something is being sent about.
    busy: HashSet<(usize, String)>,
    parcels: u64,
    events: u64,
    log: Vec<WebhookDelivery>,
}

impl Outbox {
    /// An id in the shape of the provider's: a server, a clock in hexadecimal digits, and a number.
    fn new_event_id(&mut self, at: OffsetDateTime) -> String {
        self.events += 1;
        format!("sim001.{:x}{:05x}.{:08}", at.unix_timestamp(), at.microsecond(), self.events)
    }

    fn put(&mut self, due: OffsetDateTime, parcel: Parcel) {
        self.parcels += 1;
        self.waiting.insert((due, self.parcels), parcel);
    }

    fn log(&mut self, entry: WebhookDelivery) -> usize {
        self.log.push(entry);
        self.log.len() - 1
    }

    pub(super) fn entries(&self) -> Vec<WebhookDelivery> {
        self.log.clone()
    }

    /// Takes in an event for every webhook that is told of such.
    pub(super) fn add(
        &mut self,
        webhooks: &[SimulatedWebhook],
        seed: u64,
        knobs: &Knobs,
        subject: &Subject,
        happened_at: OffsetDateTime,
        body: &Map<String, Value>,
    ) {
        let event_name = body.get("event_name").and_then(Value::as_str).unwrap_or_default();
        let event_id = self.new_event_id(happened_at);
        let subscribed = |hook: &SimulatedWebhook| {
            hook.events.is_empty() || hook.events.iter().any(|name| name.as_str() == event_name)
        };
        for (webhook, _) in webhooks.iter().enumerate().filter(|(_, hook)| subscribed(hook)) {
            let fate = Fate::draw(seed, webhook, subject, &knobs.webhooks);
            self.send_as_fated(webhook, &fate, knobs, subject, happened_at, &event_id, body);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what `add` knows, and the fate")]
    fn send_as_fated(
        &mut self,
        webhook: usize,
        fate: &Fate,
        knobs: &Knobs,
        subject: &Subject,
        happened_at: OffsetDateTime,
        event_id: &str,
        body: &Map<String, Value>,
    ) {
        let held = if fate.reordered { knobs.webhooks.reordered_by } else { Duration::ZERO };
        let due = happened_at + knobs.webhooks.delay + held;
        let mut copies = Vec::new();
        if fate.unknown_before {
            copies.push((self.new_event_id(happened_at), payload::unheard_of(body.clone())));
        }
        let told = if fate.wrong_types { payload::with_wrong_types(body.clone()) } else { body.clone() };
        copies.push((event_id.to_owned(), told.clone()));
        if fate.doubled {
            let keeps = knobs.webhooks.repeats_keep_id;
            let id = if keeps { event_id.to_owned() } else { self.new_event_id(happened_at) };
            copies.push((id, told));
        }
        for (event_id, body) in copies {
            let entry = self.log(WebhookDelivery {
                webhook,
                event_id: event_id.clone(),
                event_name: body.get("event_name").and_then(Value::as_str).unwrap_or_default().to_owned(),
                call: subject.call,
                happened_at,
                attempts: 0,
                last_status: None,
                outcome: if fate.lost { WebhookOutcome::Lost } else { WebhookOutcome::Waiting },
            });
            if !fate.lost {
                let subject = subject.key.clone();
                self.put(due, Parcel { webhook, subject, event_id, body, happened_at, tries: 0, entry });
            }
        }
    }

    /// Takes out what can be sent at `now`.
    pub(super) fn take_due(&mut self, receivers: usize, now: OffsetDateTime) -> Vec<Parcel> {
        let mut keys = Vec::new();
        let mut sending = vec![0; receivers];
        for (webhook, _) in &self.busy {
            sending[*webhook] += 1;
        }
        for (key, parcel) in self.waiting.range(..=(now, u64::MAX)) {
            if sending.iter().all(|count| *count >= AT_ONCE) {
                break;
            }
            if sending[parcel.webhook] < AT_ONCE && self.busy.insert(parcel.lane()) {
                sending[parcel.webhook] += 1;
                keys.push(*key);
            }
        }
        keys.into_iter().filter_map(|key| self.waiting.remove(&key)).collect()
    }

    /// When the next one falls due.
    pub(super) fn next_due(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        self.waiting.range((now, u64::MAX)..).next().map(|((due, _), _)| *due)
    }

    /// Notes how sending went; a failed one may get another try.
    pub(super) fn sent(&mut self, mut parcel: Parcel, status: Option<u16>, now: OffsetDateTime, knobs: &WebhookKnobs) {
        self.busy.remove(&parcel.lane());
        parcel.tries += 1;
        let delivered = status.is_some_and(|status| (200..300).contains(&status));
        let again = !delivered && parcel.tries <= knobs.retries;
        if let Some(entry) = self.log.get_mut(parcel.entry) {
            entry.attempts = parcel.tries;
            entry.last_status = status;
            entry.outcome = match (delivered, again) {
                (true, _) => WebhookOutcome::Delivered,
                (false, true) => WebhookOutcome::Waiting,
                (false, false) => WebhookOutcome::GivenUp,
            };
        }
        if again {
            if !knobs.repeats_keep_id {
                parcel.event_id = self.new_event_id(parcel.happened_at);
            }
            self.put(now + knobs.retry_after, parcel);
        }
    }

    /// Whether nothing is being sent, and nothing waits that is due by `until`.
    pub(super) fn is_done(&self, until: Option<OffsetDateTime>) -> bool {
        let first = self.waiting.first_key_value().map(|((due, _), _)| *due);
        self.busy.is_empty() && first.is_none_or(|due| until.is_some_and(|until| due > until))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOON: OffsetDateTime = datetime!(2026-03-02 12:00 UTC);

    fn fates(seed: u64, knobs: &WebhookKnobs) -> Vec<(bool, bool, bool)> {
        let subject = |nth| Subject { key: "447700900101 0".to_owned(), call: Some(1), nth };
        let short = |fate: Fate| (fate.lost, fate.doubled, fate.reordered);
        (0..2000).map(|nth| short(Fate::draw(seed, 0, &subject(nth), knobs))).collect()
    }

    #[test]
    fn fates_are_as_frequent_as_set_and_the_same_for_the_same_seed() {
        let knobs = WebhookKnobs { lost: 0.05, doubled: 0.05, reordered: 0.2, ..WebhookKnobs::default() };
        let drawn = fates(1, &knobs);
        assert_eq!(drawn, fates(1, &knobs));
        assert_ne!(drawn, fates(2, &knobs));
        let count = |of: fn(&(bool, bool, bool)) -> bool| drawn.iter().filter(|fate| of(fate)).count();
        assert!((60..140).contains(&count(|fate| fate.0)), "lost");
        assert!((60..140).contains(&count(|fate| fate.1)), "doubled");
        assert!((330..470).contains(&count(|fate| fate.2)), "reordered");
        assert_eq!(count(|fate| fate.0 && fate.1), 0);
    }

    #[test]
    fn events_of_one_call_go_one_after_the_other_and_those_of_others_meanwhile() {
        let mut outbox = Outbox::default();
        let hooks = [SimulatedWebhook::new("http://receiver.example")];
        let body = Map::from_iter([("event_name".to_owned(), json!("call.ringing"))]);
        for (key, nth) in [("a", 0), ("a", 1), ("b", 0)] {
            let subject = Subject { key: key.to_owned(), call: None, nth };
            outbox.add(&hooks, 1, &Knobs::default(), &subject, NOON, &body);
        }
        let mut first = outbox.take_due(1, NOON);
        assert_eq!(first.iter().map(|parcel| parcel.subject.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(outbox.take_due(1, NOON).len(), 0, "the other of `a` waits");
        outbox.sent(first.remove(0), Some(200), NOON, &WebhookKnobs::default());
        assert_eq!(outbox.take_due(1, NOON).len(), 1);
        assert!(!outbox.is_done(None), "two are being sent");
    }
}
