//! Following calls: the provider's live calls and call records, read by the domain's rules.

use std::collections::BTreeSet;

use dialer_domain::calls::merge::{CallEvent, assume_ended};
use dialer_domain::calls::{Call, evidence};
use dialer_domain::ids::CallId;
use dialer_domain::store::StoreError;
use dialer_domain::telephony::{CallRecord, Capabilities, LiveCall, ProviderCallId, TelephonyError};
use time::{Duration, OffsetDateTime};
use tokio::task::JoinError;

use super::{Engine, RECORD_MARGIN};
use crate::error::chain;
use crate::ports::Ports;

/// How often a halted engine looks whether its credentials work again.
const HEALTH_EVERY: Duration = Duration::minutes(1);

/// How often a provider is asked for a sign of life when there is nothing else to ask: its keys may expire when they are
/// not used, and whoever is about to dial should know before that they have.
const KEEP_ALIVE: Duration = Duration::minutes(5);

/// How often late records are looked for when nothing else asks for them.
const LATE_RECORDS_EVERY: Duration = Duration::minutes(1);

/// What the provider told.
pub(super) enum Sweep {
    /// Its lists.
    Lists {
        asked_at: OffsetDateTime,
        live: Vec<LiveCall>,
        /// `None` when no call needed them.
        records: Option<Vec<CallRecord>>,
    },
    /// That our credentials work.
    Healthy,
    /// What the account offers.
    Offers(Capabilities),
    /// Nothing.
    Trouble(TelephonyError),
}

impl Engine {
    /// Asks the provider beside the driver, when it is time and there is something to ask.
    pub(super) fn start_sweep(&mut self, open: &[Call], now: OffsetDateTime) {
        if !self.sweeps.is_empty() || self.next_sweep.is_some_and(|at| at > now) {
            return;
        }
        if self.gate.halted().is_some() {
            self.next_sweep = Some(now + HEALTH_EVERY);
            self.ask_for_a_sign_of_life();
            return;
        }
        if !self.leases.follows() {
            return;
        }
        self.assumed.retain(|_, (_, until)| *until > now);
        let followed: Vec<Call> = open.iter().filter(|call| !self.is_in_flight(call.id)).cloned().collect();
        let keep_alive = *self.next_keep_alive.get_or_insert(now + KEEP_ALIVE);
        if followed.is_empty() && self.assumed.is_empty() && self.inbound.is_none() {
            if keep_alive <= now {
                self.next_keep_alive = Some(now + KEEP_ALIVE);
                self.ask_for_a_sign_of_life();
            }
            return;
        }
        self.next_keep_alive = Some(now + KEEP_ALIVE);
        let pause = if followed.is_empty() { LATE_RECORDS_EVERY } else { self.settings.sweep_every };
        self.next_sweep = Some(now + pause);
        let mut late: Vec<OffsetDateTime> = self.assumed.values().map(|(call, _)| call.started_at).collect();
        let inbound = self.inbound.is_some();
        late.extend(self.inbound.as_mut().and_then(|inbound| inbound.records_since(now)));
        let ports = self.ports.clone();
        self.sweeps.spawn(async move {
            match ask(&ports, &followed, late, inbound, now).await {
                Ok(lists) => lists,
                Err(error) => Sweep::Trouble(error),
            }
        });
    }

    fn ask_for_a_sign_of_life(&mut self) {
        let telephony = self.ports.telephony.clone();
        self.sweeps.spawn(async move { telephony.health().await.map_or_else(Sweep::Trouble, |()| Sweep::Healthy) });
    }

    /// Finds out beside the driver what the account offers.
    pub(super) fn start_probe(&mut self) {
        let telephony = self.ports.telephony.clone();
        self.sweeps.spawn(async move { telephony.probe().await.map_or_else(Sweep::Trouble, Sweep::Offers) });
    }

    pub(super) fn is_in_flight(&self, id: CallId) -> bool {
        self.handle.awaits(id)
    }

    /// Takes in what the provider told.
    pub(super) async fn swept(&mut self, sweep: Result<Sweep, JoinError>) {
        match sweep {
            Ok(Sweep::Lists { asked_at, live, records }) => {
                if let Err(error) = self.read_lists(asked_at, &live, records.as_deref()).await {
                    tracing::warn!(error = chain(&error), "calls could not be followed this time");
                }
            }
            Ok(Sweep::Healthy) => {
                if self.gate.mended() {
                    self.start_probe();
                }
            }
            Ok(Sweep::Offers(offers)) => tracing::info!(?offers, "the provider's account was looked at"),
            Ok(Sweep::Trouble(error)) => {
                tracing::warn!(code = error.code(), %error, "the provider could not be asked about calls");
                self.provider_trouble(&error);
            }
            Err(error) => {
                tracing::error!(error = chain(&error), "asking the provider broke off");
            }
        }
    }

    async fn read_lists(
        &mut self,
        asked_at: OffsetDateTime,
        live: &[LiveCall],
        records: Option<&[CallRecord]>,
    ) -> Result<(), StoreError> {
        let open = self.ports.stores.calls.open().await?;
        let mut known: BTreeSet<ProviderCallId> =
            open.iter().filter_map(|call| call.provider_call_id.clone()).collect();
        for call in open {
            if self.is_in_flight(call.id) {
                continue;
            }
            if call.provider_call_id.is_some() {
                self.follow_named(call, asked_at, live, records).await;
            } else {
                self.find_answer(call, asked_at, live, records.unwrap_or_default(), records.is_some(), &mut known)
                    .await?;
            }
        }
        if let Some(records) = records {
            self.correct(asked_at, records, &mut known).await?;
        }
        self.take_in(asked_at, live, records.unwrap_or_default()).await
    }

    /// Calls that were closed without a record, for which there is one now.
    async fn correct(
        &mut self,
        asked_at: OffsetDateTime,
        records: &[CallRecord],
        known: &mut BTreeSet<ProviderCallId>,
    ) -> Result<(), StoreError> {
        let assumed: Vec<Call> = self.assumed.values().map(|(call, _)| call.clone()).collect();
        for call in assumed {
            let event = match &call.provider_call_id {
                Some(_) => evidence::read_records(&call, records),
                None => match self.find(&call, asked_at, &[], records, known).await? {
                    Some(found) => evidence::read_records(&found, records),
                    None => evidence::read_lost_records(&call, records, self.settings.answer_wait),
                },
            };
            if let Some(event) = event {
                self.assumed.remove(&call.id);
                self.tell(call.id, event).await;
            }
        }
        Ok(())
    }

    /// A call that the provider has named: answered, gone, or over.
    async fn follow_named(
        &mut self,
        mut call: Call,
        asked_at: OffsetDateTime,
        live: &[LiveCall],
        records: Option<&[CallRecord]>,
    ) {
        if let Some(event) = evidence::read_live(&call, live, asked_at) {
            match self.tell(call.id, event).await {
                Some(changed) => call = changed,
                None if call.gone_at.is_none() => return,
                None => {}
            }
        } else if call.gone_at.is_none() {
            self.bound_length(&call, asked_at).await;
            return;
        }
        let (Some(gone_at), Some(records)) = (call.gone_at, records) else { return };
        if let Some(event) = evidence::read_records(&call, records) {
            self.tell(call.id, event).await;
        } else if asked_at - gone_at >= self.settings.record_wait {
            tracing::warn!(call.id = %call.id, "no record of a call that is over; its end is assumed");
            self.close_on_assumption(&call, asked_at).await;
        }
    }

    /// Ends a call that the provider lists as live for longer than any call lasts.
    async fn bound_length(&mut self, call: &Call, now: OffsetDateTime) {
        let too_long = call.started_at + self.settings.longest_call;
        if now < too_long {
            return;
        }
        if now >= too_long + self.settings.record_wait {
            tracing::warn!(call.id = %call.id, "a call that the provider lists for ever is taken for over");
            self.close_on_assumption(call, now).await;
        } else if let Some(id) = call.provider_call_id.clone() {
            tracing::warn!(call.id = %call.id, "a call lasts longer than any may; it is hung up");
            let telephony = self.ports.telephony.clone();
            self.sweeps.spawn(async move {
                match telephony.hang_up(&id).await {
                    Ok(()) | Err(TelephonyError::NoSuchCall) => Sweep::Healthy,
                    Err(error) => Sweep::Trouble(error),
                }
            });
        }
    }

    /// A call whose answer was lost: look for it, and give the attempt back once it can no longer turn up.
    async fn find_answer(
        &mut self,
        call: Call,
        asked_at: OffsetDateTime,
        live: &[LiveCall],
        records: &[CallRecord],
        records_known: bool,
        known: &mut BTreeSet<ProviderCallId>,
    ) -> Result<(), StoreError> {
        let window = self.settings.answer_wait;
        if self.find(&call, asked_at, live, records, known).await?.is_some() {
            return Ok(());
        }
        if let Some(event) = evidence::read_lost_records(&call, records, window) {
            self.tell(call.id, event).await;
        } else if records_known && asked_at - call.started_at >= window + self.settings.record_wait {
            tracing::warn!(call.id = %call.id, "the provider has no trace of a call; the attempt is given back");
            self.close_on_assumption(&call, asked_at).await;
        }
        Ok(())
    }

    /// Names a call whose answer was lost, when the provider has it. Returns it with its name.
    async fn find(
        &self,
        call: &Call,
        asked_at: OffsetDateTime,
        live: &[LiveCall],
        records: &[CallRecord],
        known: &mut BTreeSet<ProviderCallId>,
    ) -> Result<Option<Call>, StoreError> {
        let window = self.settings.answer_wait;
        while let Some(id) = evidence::find_lost(call, live, records, known, window) {
            known.insert(id.clone());
            let event = CallEvent::Placed { provider_call_id: id, at: asked_at };
            match self.ports.stores.calls.apply(call.id, &event, asked_at).await {
                Ok(named) => {
                    tracing::info!(call.id = %call.id, "found the call whose answer was lost");
                    return Ok(Some(named.unwrap_or_else(|| call.clone())));
                }
                // That one is another call of ours, already over.
                Err(StoreError::Duplicate { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Late records may still tell better.
    async fn close_on_assumption(&mut self, call: &Call, now: OffsetDateTime) {
        if let Some(closed) = self.tell(call.id, assume_ended(call, now)).await {
            self.assumed.insert(closed.id, (closed, now + self.settings.correct_for));
        }
    }
}

/// Live calls, and records when a call is missing from them or has no name yet. `late` are the starts of calls
/// that only a record can tell more about. With `inbound` the live calls are wanted whoever is followed.
async fn ask(
    ports: &Ports,
    followed: &[Call],
    late: Vec<OffsetDateTime>,
    inbound: bool,
    asked_at: OffsetDateTime,
) -> Result<Sweep, TelephonyError> {
    let live = if followed.is_empty() && !inbound { Vec::new() } else { ports.telephony.live_calls().await? };
    let in_doubt = followed.iter().filter(|call| {
        let gone = matches!(evidence::read_live(call, &live, asked_at), Some(CallEvent::Gone { .. }));
        gone || call.gone_at.is_some() || call.provider_call_id.is_none()
    });
    let since = in_doubt.map(|call| call.started_at).chain(late).min();
    let records = match since {
        Some(since) => Some(ports.telephony.call_records_since(since - RECORD_MARGIN).await?),
        None => None,
    };
    Ok(Sweep::Lists { asked_at, live, records })
}
