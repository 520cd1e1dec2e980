//! Listening to what the provider tells by itself: events that were stored as they came in, and events heard live.
//!
//! Events hasten what the sweeps find out anyway. One that may belong to a dial whose answer is still awaited waits for
//! that answer; one that belongs to none of our calls is passed over.

use std::collections::BTreeSet;

use dialer_domain::calls::Call;
use dialer_domain::calls::evidence::{Kinship, kinship, read_news};
use dialer_domain::calls::inbound::Incoming;
use dialer_domain::calls::merge::CallEvent;
use dialer_domain::ids::CallId;
use dialer_domain::store::StoreError;
use dialer_domain::telephony::inbox::{EventFate, ReadEvent};
use dialer_domain::telephony::{LegNews, LiveState, ProviderCallId, ProviderEvent, ProviderNews};
use time::{Duration, OffsetDateTime};

use super::Engine;
use crate::error::chain;

/// Stored events read in one go.
const HANDFUL: u32 = 500;

/// How long events are kept after they were read, for whoever wants to know what the provider told.
const KEEP_READ: Duration = Duration::days(7);

/// How often old ones are removed.
const FORGET_EVERY: Duration = Duration::hours(1);

/// What is done with an event.
enum Reading {
    /// It tells something of this call, or of recordings, new or not.
    Tells(Option<CallId>),
    /// Its call may still turn up.
    Waits,
    /// It is none of ours.
    PassedOver,
}

impl Engine {
    /// Reads what came in since the last round. True when a call has changed.
    pub(super) async fn listen(&mut self, open: &[Call], now: OffsetDateTime) -> Result<bool, StoreError> {
        let mut changed = false;
        for event in self.handle.take_heard() {
            changed |= self.read(&event, open, now, now).await.1;
        }
        let waiting = self.ports.stores.inbox.waiting(HANDFUL).await?;
        let mut read = Vec::new();
        for received in waiting {
            let (reading, moved) = match self.ports.telephony.read_event(&received.body) {
                Some(event) => self.read(&event, open, received.received_at, now).await,
                None => (Reading::PassedOver, false),
            };
            changed |= moved;
            let (fate, call) = match reading {
                Reading::Tells(call) => (EventFate::Applied, call),
                Reading::PassedOver => (EventFate::PassedOver, None),
                Reading::Waits if now - received.received_at > self.parking() => (EventFate::PassedOver, None),
                Reading::Waits => continue,
            };
            read.push(ReadEvent { event_id: received.event_id, fate, call });
        }
        self.ports.stores.inbox.settle(&read).await?;
        if self.next_forgetting.is_none_or(|at| at <= now) {
            self.next_forgetting = Some(now + FORGET_EVERY);
            self.ports.stores.inbox.forget(now - KEEP_READ).await?;
        }
        Ok(changed)
    }

    /// How long an event may wait for its call.
    fn parking(&self) -> Duration {
        self.settings.answer_wait + self.settings.record_wait
    }

    /// What an event is to us, and whether it changed a call. It came at `came_at`.
    async fn read(
        &mut self,
        event: &ProviderEvent,
        open: &[Call],
        came_at: OffsetDateTime,
        now: OffsetDateTime,
    ) -> (Reading, bool) {
        match &event.news {
            ProviderNews::Leg(news) => self.read_leg(news, open, came_at, now).await,
            ProviderNews::RecordingReady { .. } => {
                self.handle.tell_of_recording();
                (Reading::Tells(None), false)
            }
            ProviderNews::Other { .. } => (Reading::PassedOver, false),
        }
    }

    async fn read_leg(
        &mut self,
        news: &LegNews,
        open: &[Call],
        came_at: OffsetDateTime,
        now: OffsetDateTime,
    ) -> (Reading, bool) {
        let Some((call, kinship)) = self.kin(news, open, came_at) else {
            return self.read_stranger(news, open, came_at).await;
        };
        let id = call.id;
        if kinship == Kinship::Perhaps {
            if self.is_in_flight(id) || !self.name(id, news, open, now).await {
                return (Reading::Waits, false);
            }
            // What it tells beside the name is read in the next round.
            return (Reading::Waits, true);
        }
        let Some(told) = read_news(&call, news, kinship, now) else {
            if news.state == LiveState::Connected {
                // Somebody is connected; the list of live calls says whether it is the customer.
                self.next_sweep = None;
            }
            return (Reading::Tells(Some(id)), false);
        };
        let ends = matches!(told, CallEvent::Ended(_));
        let changed = self.tell(id, told).await;
        if let (true, Some(call)) = (ends, &changed) {
            // Whoever knows the address can send such an event: the record has the last word.
            self.assumed.insert(id, (call.clone(), now + self.settings.correct_for));
        }
        (Reading::Tells(Some(id)), changed.is_some())
    }

    /// A leg that belongs to none of our calls: perhaps one that comes in.
    async fn read_stranger(&mut self, news: &LegNews, open: &[Call], came_at: OffsetDateTime) -> (Reading, bool) {
        let Some(incoming) = Incoming::heard(news, came_at) else { return (Reading::PassedOver, false) };
        match self.receive(incoming, open).await {
            // What it tells beside is read in the next round.
            Ok(Some(_)) => (Reading::Waits, true),
            Ok(None) => (Reading::PassedOver, false),
            Err(error) => {
                tracing::warn!(
                    error = chain(&error),
                    "a call that came in could not be written down; it is tried again"
                );
                (Reading::Waits, false)
            }
        }
    }

    /// The call to which a leg belongs, the surest kinship first.
    fn kin(&self, news: &LegNews, open: &[Call], came_at: OffsetDateTime) -> Option<(Call, Kinship)> {
        let window = self.settings.answer_wait;
        // What is over and has no name is for the records to find.
        let assumed = self.assumed.values().map(|(call, _)| call).filter(|call| call.provider_call_id.is_some());
        let kin = open.iter().chain(assumed).filter_map(|call| Some((call, kinship(call, news, came_at, window)?)));
        let nearest = kin.min_by_key(|(_, kinship)| match kinship {
            Kinship::ById => 0,
            Kinship::ByParties => 1,
            Kinship::Perhaps => 2,
        });
        nearest.map(|(call, kinship)| (call.clone(), kinship))
    }

    /// Takes a leg's id for that of a call whose answer was lost. False when agent and number do not say so.
    async fn name(&mut self, id: CallId, news: &LegNews, open: &[Call], now: OffsetDateTime) -> bool {
        let Some(call) = open.iter().find(|call| call.id == id) else { return false };
        let same = news.agent.is_some() && news.to_digits.as_deref() == Some(call.to_number.digits());
        let known: BTreeSet<&ProviderCallId> = open.iter().filter_map(|call| call.provider_call_id.as_ref()).collect();
        let provider_call_id = news.root.as_ref().unwrap_or(&news.leg).clone();
        if !same || known.contains(&provider_call_id) {
            return false;
        }
        self.tell(id, CallEvent::Placed { provider_call_id, at: now }).await.is_some()
    }
}
