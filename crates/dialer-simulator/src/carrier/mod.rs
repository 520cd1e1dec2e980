//! The carrier: places calls, and knows what became of each.

mod book;
mod call;
mod changes;
pub(crate) mod dialogs;
pub(crate) mod dice;
pub(crate) mod events;
pub(crate) mod legs;
mod place;
mod plan;
pub(crate) mod recordings;
pub(crate) mod settings;

use std::sync::{Arc, Mutex};

use dialer_domain::Clock;
use time::{Duration, OffsetDateTime};

use self::book::{Book, IDS_PER_CALL};
pub(crate) use self::call::PlacedCall;
use self::call::{Stage, Transfer};
use self::changes::Changes;
use self::dice::whole_milliseconds;
use self::events::LegEvent;
use self::legs::{LegRecord, LiveLeg, other_id, second_leg_id};
pub(crate) use self::place::{CustomerFirstOrder, DialOrder, DialRefused, SecondParty};
use self::recordings::Recording;
use self::settings::{CarrierSettings, SettingsError};
use crate::knobs::KnobsHandle;
use crate::ledger::{CallKind, CallResult, LedgerCall};
use crate::lock::lock;
use crate::users::SimulatedUser;

/// Ids kept for each second of the clock, so that a carrier started later never names a call as an earlier one did:
/// whoever kept that one's calls would take them for the same.
const IDS_PER_SECOND: u64 = 1_000;

pub(crate) struct Carrier {
    settings: CarrierSettings,
    seed: u64,
    users: Vec<SimulatedUser>,
    clock: Arc<dyn Clock>,
    knobs: KnobsHandle,
    book: Mutex<Book>,
    /// Wakes whoever tells of calls when one is placed or interfered with.
    changed: Changes,
}

/// How the leg that rings first ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AgentLeg {
    /// Picked up; the second phone rings since `at`.
    Answered { at: OffsetDateTime },
    /// Not picked up in time.
    NotAnswered,
    /// Hung up by a request meanwhile.
    HungUp,
}

/// Why nothing was done to a live call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallRefused {
    /// There is none, or it is over.
    NoSuchCall,
    /// Not in its present state.
    NotNow,
}

impl Carrier {
    pub(crate) fn new(
        settings: CarrierSettings,
        seed: u64,
        users: Vec<SimulatedUser>,
        clock: Arc<dyn Clock>,
        knobs: KnobsHandle,
    ) -> Result<Self, SettingsError> {
        settings.validate()?;
        if users.is_empty() {
            return Err(SettingsError { setting: "users", problem: "must name at least one user" });
        }
        let seconds = u64::try_from(clock.now().unix_timestamp()).unwrap_or(0);
        let book = Book { used_ids: seconds * IDS_PER_SECOND, ..Book::default() };
        Ok(Self { settings, seed, users, clock, knobs, book: Mutex::new(book), changed: Changes::default() })
    }

    pub(crate) fn users(&self) -> &[SimulatedUser] {
        &self.users
    }

    pub(crate) fn user(&self, id: u64) -> Option<&SimulatedUser> {
        self.users.iter().find(|user| user.id == id)
    }

    /// How long the provider looks for the phone of a user who has none.
    pub(crate) fn no_device_delay(&self) -> Duration {
        whole_milliseconds(self.settings.no_device_seconds)
    }

    /// Returns when whoever is rung first in call `id`, as placing it answered, has picked up or will not.
    pub(crate) async fn agent_leg(&self, id: u64) -> AgentLeg {
        let awaited = {
            let book = lock(&self.book);
            book.index(id).map(|index| {
                let call = &book.calls[index];
                (call.first_leg_ends_at(), Arc::clone(&call.hung_up))
            })
        };
        let Some((ends_at, hung_up)) = awaited else { return AgentLeg::NotAnswered };
        tokio::select! {
            () = self.clock.sleep_until(ends_at) => {}
            () = hung_up.notified() => {}
        }
        let book = lock(&self.book);
        let Some(call) = book.index(id).map(|index| &book.calls[index]) else { return AgentLeg::NotAnswered };
        match call.first_answered_at() {
            Some(at) => AgentLeg::Answered { at },
            None if call.result() == CallResult::Canceled => AgentLeg::HungUp,
            None => AgentLeg::NotAnswered,
        }
    }

    /// Every leg in progress.
    pub(crate) fn live_legs(&self) -> Vec<LiveLeg> {
        let knobs = self.knobs.get();
        let mut book = lock(&self.book);
        let now = self.clock.now();
        book.write_records(&knobs, self.seed, now);
        book.open_calls().flat_map(|call| call.live_legs(&knobs, now)).collect()
    }

    /// One leg in progress.
    pub(crate) fn live_leg(&self, id: u64) -> Option<LiveLeg> {
        let knobs = self.knobs.get();
        let book = lock(&self.book);
        let call = book.call(id)?;
        call.live_legs(&knobs, self.clock.now()).into_iter().find(|leg| leg.id == id)
    }

    /// The first leg, as it was at `at`, of the call that placing answered with `id`; under that id.
    pub(crate) fn placed_leg(&self, id: u64, at: OffsetDateTime) -> Option<LiveLeg> {
        let knobs = self.knobs.get();
        let book = lock(&self.book);
        let call = &book.calls[book.index(id)?];
        call.live_legs(&knobs, at).into_iter().next().map(|leg| LiveLeg { id, ..leg })
    }

    /// Ends a call, named by any of its legs.
    pub(crate) fn hang_up(&self, id: u64) -> Result<(), CallRefused> {
        let knobs = self.knobs.get();
        let mut book = lock(&self.book);
        let now = self.clock.now();
        let call = book.live_mut(id, now).ok_or(CallRefused::NoSuchCall)?;
        if !knobs.cancel_while_ringing && call.stage(now) != Stage::Connected && !call.waits(now) {
            return Err(CallRefused::NotNow);
        }
        call.hung_up_at = Some(now);
        call.hung_up.notify_one();
        self.changed.notify_one();
        Ok(())
    }

    /// Does something to a connected call, named by any of its legs.
    fn in_conversation(&self, id: u64, act: impl FnOnce(&mut PlacedCall, OffsetDateTime)) -> Result<(), CallRefused> {
        let mut book = lock(&self.book);
        let now = self.clock.now();
        let call = book.live_mut(id, now).ok_or(CallRefused::NoSuchCall)?;
        if call.stage(now) != Stage::Connected {
            return Err(CallRefused::NotNow);
        }
        act(call, now);
        self.changed.notify_one();
        Ok(())
    }

    /// Passes the customer of a connected call on to `to`, digits of a number or an extension, which frees the agent's
    /// line. The customer talks on as long as planned.
    pub(crate) fn transfer(&self, id: u64, to: &str) -> Result<(), CallRefused> {
        let user = self.users.iter().find(|user| user.extension() == to);
        if let Some(done) = self.hand_over(id, user) {
            return done;
        }
        let user = user.map(|user| user.id);
        self.in_conversation(id, |call, at| call.transferred = Some(Transfer { at, to: to.to_owned(), user }))
    }

    /// Hands the customer of a call ahead of agents who waits to `user`, or plays the message of the account where it is
    /// nobody's phone. `None` when nobody waits in that call.
    fn hand_over(&self, id: u64, user: Option<&SimulatedUser>) -> Option<Result<(), CallRefused>> {
        let mut book = lock(&self.book);
        let now = self.clock.now();
        if !book.live_mut(id, now)?.waits(now) {
            return None;
        }
        let can_ring = |user: &SimulatedUser| user.active && user.registered && !book.line_taken(user.id, now);
        if user.is_some_and(|user| !can_ring(user)) {
            return Some(Err(CallRefused::NotNow));
        }
        let call = book.live_mut(id, now)?;
        let waiting = call.waiting.as_mut()?;
        match user {
            Some(user) => {
                waiting.handed_at = Some(now);
                call.agent = user.id;
                call.takes_line = true;
            }
            None => waiting.message_at = Some(now),
        }
        self.changed.notify_one();
        Some(Ok(()))
    }

    /// Lets the customer of a connected call wait on hold, or takes them back.
    pub(crate) fn set_on_hold(&self, id: u64, on: bool) -> Result<(), CallRefused> {
        self.in_conversation(id, |call, at| {
            if call.on_hold(at) != on {
                call.holds.push((at, on));
            }
        })
    }

    /// Picks up the ringing phone of a call from outside.
    pub(crate) fn answer(&self, id: u64) -> Result<(), CallRefused> {
        let mut book = lock(&self.book);
        let now = self.clock.now();
        let call = book.live_mut(id, now).ok_or(CallRefused::NoSuchCall)?;
        if call.kind != CallKind::Inbound || call.stage(now) != Stage::ReachingFirst {
            return Err(CallRefused::NotNow);
        }
        call.answered_early_at = Some(now);
        self.changed.notify_one();
        Ok(())
    }

    /// Reads the records of all legs that have one by now, oldest record first.
    pub(crate) fn with_records<T>(&self, read: impl FnOnce(&[LegRecord]) -> T) -> T {
        let knobs = self.knobs.get();
        let mut book = lock(&self.book);
        book.write_records(&knobs, self.seed, self.clock.now());
        read(&book.records)
    }

    /// Recordings that can be had by now.
    pub(crate) fn recordings(&self) -> Vec<Recording> {
        lock(&self.book).recordings(self.clock.now())
    }

    /// One of them.
    pub(crate) fn recording(&self, id: u64) -> Option<Recording> {
        lock(&self.book).recording(id, self.clock.now())
    }

    /// From now on, [`Self::tell`] has something to say.
    pub(crate) fn listen(&self) {
        lock(&self.book).listen();
    }

    /// Hands everything to `tell` that has come to pass and was not told yet: the call, which of its events it is,
    /// and the event. Returns when there is more to tell if nobody interferes.
    pub(crate) fn tell(&self, tell: impl FnMut(&PlacedCall, usize, &LegEvent)) -> Option<OffsetDateTime> {
        let knobs = self.knobs.get();
        let mut book = lock(&self.book);
        let now = self.clock.now();
        book.tell(&knobs, now, tell)
    }

    /// Returns when a call was placed or interfered with since the last time.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Every call so far, as it stands now.
    pub(crate) fn ledger_calls(&self) -> Vec<LedgerCall> {
        let now = self.clock.now();
        lock(&self.book).calls.iter().map(|call| call.ledger_entry(now)).collect()
    }

    /// The calls of one number.
    pub(crate) fn ledger_calls_of(&self, number: &str) -> Vec<LedgerCall> {
        let now = self.clock.now();
        let book = lock(&self.book);
        book.calls.iter().filter(|call| call.number == number).map(|call| call.ledger_entry(now)).collect()
    }

    /// One call, by the id that placing it answered with or one that it goes by.
    pub(crate) fn ledger_call(&self, id: u64) -> Option<LedgerCall> {
        let now = self.clock.now();
        let book = lock(&self.book);
        let named = |call: &&PlacedCall| call.id == id || call.live_id == id;
        book.calls.get(book.index(id)?).filter(named).map(|call| call.ledger_entry(now))
    }
}

// The ids of a call must belong to its range of ids.
const _: () = assert!(second_leg_id(0) < IDS_PER_CALL && other_id(0) < IDS_PER_CALL);
