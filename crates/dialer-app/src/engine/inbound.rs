//! Calls that come in: written down once they are seen among the live calls, in an event or in a record, and then followed
//! like any other.

use dialer_domain::calls::Call;
use dialer_domain::calls::evidence::read_records;
use dialer_domain::calls::inbound::Incoming;
use dialer_domain::ids::{CallId, UserId};
use dialer_domain::phone::PhoneNumber;
use dialer_domain::store::StoreError;
use dialer_domain::telephony::{CallRecord, LiveCall, ProviderCallId};
use std::collections::BTreeSet;
use time::{Duration, OffsetDateTime};

use super::Engine;

/// How often records are looked through for calls that came and went between two looks at the live ones.
const RECORDS_EVERY: Duration = Duration::minutes(1);

/// How far back such records are looked for: they come some time after their call, and the dialer may have been down.
const RECORDS_FOR: Duration = Duration::hours(1);

/// Names of calls remembered as dealt with; what is forgotten is asked of the store again.
const MOST_KNOWN: usize = 10_000;

/// What the engine needs for calls that come in.
pub(super) struct Inbound {
    owner: UserId,
    /// A number of the account, for calls to an extension.
    number: Option<PhoneNumber>,
    known: BTreeSet<ProviderCallId>,
    next_records: Option<OffsetDateTime>,
}

impl Inbound {
    pub(super) const fn of(owner: UserId) -> Self {
        Self { owner, number: None, known: BTreeSet::new(), next_records: None }
    }

    /// Since when records are wanted now; `None` between two times.
    pub(super) fn records_since(&mut self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        if self.next_records.is_some_and(|at| at > now) {
            return None;
        }
        self.next_records = Some(now + RECORDS_EVERY);
        Some(now - RECORDS_FOR)
    }
}

impl Engine {
    /// Finds out a number of the account, which stands in the log for what was called.
    pub(super) async fn look_up_number(&mut self) {
        let Some(inbound) = &mut self.inbound else { return };
        match self.ports.telephony.numbers().await {
            Ok(numbers) => inbound.number = numbers.into_iter().next(),
            Err(error) => {
                tracing::warn!(
                    code = error.code(),
                    "the account's numbers are not known; calls to an extension are not logged"
                );
            }
        }
    }

    /// Writes down what came in, by the provider's lists.
    pub(super) async fn take_in(
        &mut self,
        asked_at: OffsetDateTime,
        live: &[LiveCall],
        records: &[CallRecord],
    ) -> Result<(), StoreError> {
        if self.inbound.is_none() {
            return Ok(());
        }
        let ours = self.ports.stores.calls.open().await?;
        for incoming in live.iter().filter_map(|leg| Incoming::live(leg, asked_at)) {
            self.receive(incoming, &ours).await?;
        }
        for record in records {
            let Some(incoming) = Incoming::recorded(record) else { continue };
            if let Some(call) = self.receive(incoming, &ours).await?
                && let Some(end) = read_records(&call, records)
                && live.iter().all(|leg| call.provider_call_id.as_ref() != Some(&leg.id))
            {
                self.tell(call.id, end).await;
            }
        }
        Ok(())
    }

    /// Writes a call down, unless it is known or one of ours. Returns it when it is new.
    pub(super) async fn receive(&mut self, incoming: Incoming, ours: &[Call]) -> Result<Option<Call>, StoreError> {
        let Some(inbound) = &mut self.inbound else { return Ok(None) };
        if incoming.names.iter().any(|name| inbound.known.contains(name)) {
            return Ok(None);
        }
        let assumed: Vec<Call> = self.assumed.values().map(|(call, _)| call.clone()).collect();
        if incoming.is_leg_of(ours) || incoming.is_leg_of(&assumed) {
            return Ok(None);
        }
        let (id, now) = (CallId::generate(self.ports.ids.as_ref()), self.ports.clock.now());
        let names = incoming.names.clone();
        let Some(call) = incoming.written(id, inbound.owner, inbound.number.as_ref(), now) else { return Ok(None) };
        let received = self.ports.stores.calls.receive(&call, &names).await?;
        if inbound.known.len() + names.len() > MOST_KNOWN {
            inbound.known.clear();
        }
        inbound.known.extend(names);
        if let Some(call) = &received {
            tracing::info!(call.id = %call.id, "a call came in");
            self.next_sweep = Some(now + self.settings.sweep_every);
        }
        Ok(received)
    }
}
