//! What users' phones show: a dialog for each leg that rings or talks there.

use dialer_domain::telephony::LiveState;
use time::OffsetDateTime;
use tokio::sync::watch;

use super::Carrier;
use super::call::PlacedCall;
use super::events::{LegEvent, Told};
use super::legs::LegOf;
use crate::knobs::{Legs, WebhookKnobs};
use crate::ledger::CallKind;
use crate::lock::lock;

/// A leg as the phone of a user shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PhoneDialog {
    pub(crate) leg_id: u64,
    pub(crate) state: LiveState,
    /// Whether somebody called the user.
    pub(crate) inbound: bool,
    /// Digits of the other party.
    pub(crate) number: String,
    pub(crate) started_at: OffsetDateTime,
}

impl PlacedCall {
    /// What the agent's phone takes part in: of a call told as two legs, the agent's own.
    fn phone_events(&self) -> Vec<LegEvent> {
        let mut events = self.events(&WebhookKnobs::default());
        events.retain(|event| {
            event.told != Told::AudioReady && (self.told_legs == Legs::One || event.of == LegOf::Agent)
        });
        events
    }

    fn phone_dialog(&self, at: OffsetDateTime) -> Option<PhoneDialog> {
        let event = self.phone_events().into_iter().take_while(|event| event.at <= at).last()?;
        let state = match event.told {
            Told::State(state) => state,
            Told::Missed | Told::AudioReady => LiveState::HangUp,
        };
        Some(PhoneDialog {
            leg_id: event.leg_id,
            state,
            inbound: self.kind == CallKind::Inbound,
            number: self.number.clone(),
            started_at: event.started_at,
        })
    }
}

impl Carrier {
    /// Tells when a call was placed or interfered with.
    pub(crate) fn watch(&self) -> watch::Receiver<()> {
        self.changed.watch()
    }

    /// The dialogs on the phone of `user` at `at`, with those that ended not long before.
    pub(crate) fn phone_dialogs(&self, user: u64, at: OffsetDateTime) -> Vec<PhoneDialog> {
        let book = lock(&self.book);
        let theirs = book.open_calls().filter(|call| call.takes_line && call.agent == user);
        theirs.filter_map(|call| call.phone_dialog(at)).collect()
    }

    /// The instants after `after`, up to `until`, at which some phone shows something new, in order.
    pub(crate) fn phone_steps(&self, after: OffsetDateTime, until: OffsetDateTime) -> Vec<OffsetDateTime> {
        let book = lock(&self.book);
        let events = book.open_calls().filter(|call| call.takes_line).flat_map(PlacedCall::phone_events);
        let mut steps: Vec<_> = events.map(|event| event.at).filter(|at| *at > after && *at <= until).collect();
        steps.sort_unstable();
        steps.dedup();
        steps
    }

    /// The next such instant after `after`.
    pub(crate) fn next_phone_step(&self, after: OffsetDateTime) -> Option<OffsetDateTime> {
        let book = lock(&self.book);
        let events = book.open_calls().filter(|call| call.takes_line).flat_map(PlacedCall::phone_events);
        events.map(|event| event.at).filter(|at| *at > after).min()
    }
}
