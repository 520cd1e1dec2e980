//! The carrier: places calls for agents, and knows what became of each.

mod call;
pub(crate) mod dice;
pub(crate) mod legs;
mod plan;
pub(crate) mod settings;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use dialer_domain::Clock;
use time::{Duration, OffsetDateTime};
use tokio::sync::Notify;

use self::call::{PlacedCall, Stage};
use self::dice::whole_milliseconds;
use self::legs::{LegRecord, LiveLeg, customer_leg_id};
use self::plan::CallPlan;
use self::settings::{CarrierSettings, SettingsError};
use crate::knobs::{Knobs, KnobsHandle};
use crate::ledger::{CallResult, LedgerCall};
use crate::lock::lock;
use crate::users::SimulatedUser;

/// Above 32 bits, as the provider's are.
const FIRST_CALL_ID: u64 = 5_100_000_017;
/// Call ids from one call to the next: a call's customer leg has an id too.
const IDS_PER_CALL: u64 = 2;
/// Records are numbered apart from calls.
const FIRST_RECORD_ID: u64 = 7_300_000_001;
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
}

#[derive(Default)]
struct Book {
    /// Ids that earlier carriers may have used.
    used_ids: u64,
    /// Every call, at the index that its id tells.
    calls: Vec<PlacedCall>,
    /// Indexes of calls whose records are not written yet.
    open: BTreeSet<usize>,
    calls_per_number: HashMap<String, u32>,
    records: Vec<LegRecord>,
}

/// A call to place.
pub(crate) struct DialOrder {
    pub(crate) agent: u64,
    pub(crate) number: String,
    pub(crate) caller_id: Option<String>,
}

/// Why a call is not placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DialRefused {
    UnknownAgent,
    InactiveAgent,
    /// The agent has no phone switched on.
    NoDevice,
    /// The agent's line is on another call.
    BusyAgent,
}

/// How the agent's leg ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AgentLeg {
    /// Picked up; the customer's phone rings since `at`.
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

impl Book {
    fn index(&self, id: u64) -> Option<usize> {
        let index = usize::try_from(id.checked_sub(FIRST_CALL_ID + self.used_ids)? / IDS_PER_CALL).ok()?;
        (index < self.calls.len()).then_some(index)
    }

    /// The call in progress that `id` names by its own id or its customer leg's.
    fn live_mut(&mut self, id: u64, now: OffsetDateTime) -> Option<&mut PlacedCall> {
        let index = self.index(id)?;
        self.calls.get_mut(index).filter(|call| call.stage(now) != Stage::Over)
    }

    fn open_calls(&self) -> impl Iterator<Item = &PlacedCall> {
        self.open.iter().filter_map(|index| self.calls.get(*index))
    }

    /// Writes the records that are due at `now`, numbered in the order in which they fell due.
    fn write_records(&mut self, knobs: &Knobs, now: OffsetDateTime) {
        let due_at = |call: &PlacedCall| call.ends_at() + knobs.cdr_delay;
        let mut due: Vec<_> = self.open.iter().map(|index| (due_at(&self.calls[*index]), *index)).collect();
        due.retain(|(at, _)| *at <= now);
        due.sort_unstable();
        for (_, index) in due {
            for record in self.calls[index].records(knobs) {
                let id = FIRST_RECORD_ID + self.used_ids + u64::try_from(self.records.len()).unwrap_or(u64::MAX / 4);
                self.records.push(LegRecord { id, ..record });
            }
            self.open.remove(&index);
        }
    }
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
        Ok(Self { settings, seed, users, clock, knobs, book: Mutex::new(book) })
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

    /// Lets the agent's phone ring, and answers the call's id. Only calls that ring count for how often a number
    /// was called.
    pub(crate) fn place(&self, order: DialOrder) -> Result<u64, DialRefused> {
        let agent = self.user(order.agent).ok_or(DialRefused::UnknownAgent)?;
        if !agent.active {
            return Err(DialRefused::InactiveAgent);
        }
        if !agent.registered {
            return Err(DialRefused::NoDevice);
        }
        let now = self.clock.now();
        let mut book = lock(&self.book);
        book.write_records(&self.knobs.get(), now);
        if book.open_calls().any(|call| call.agent == order.agent && call.occupies_agent(now)) {
            return Err(DialRefused::BusyAgent);
        }
        let count = book.calls_per_number.entry(order.number.clone()).or_default();
        let plan = CallPlan::draw(&self.settings, self.seed, &order.number, *count);
        *count += 1;
        let index = book.calls.len();
        let id = FIRST_CALL_ID + book.used_ids + IDS_PER_CALL * u64::try_from(index).unwrap_or(u64::MAX / 4);
        book.calls.push(PlacedCall {
            id,
            agent: order.agent,
            number: order.number,
            caller_id: order.caller_id,
            placed_at: now,
            hung_up_at: None,
            transferred_at: None,
            hung_up: Arc::new(Notify::new()),
            plan,
        });
        book.open.insert(index);
        Ok(id)
    }

    /// Returns when the agent of call `id` has picked up or will not.
    pub(crate) async fn agent_leg(&self, id: u64) -> AgentLeg {
        let awaited = {
            let book = lock(&self.book);
            book.index(id).map(|index| {
                let call = &book.calls[index];
                (call.agent_leg_ends_at(), Arc::clone(&call.hung_up))
            })
        };
        let Some((ends_at, hung_up)) = awaited else { return AgentLeg::NotAnswered };
        tokio::select! {
            () = self.clock.sleep(ends_at - self.clock.now()) => {}
            () = hung_up.notified() => {}
        }
        let book = lock(&self.book);
        let Some(call) = book.index(id).map(|index| &book.calls[index]) else { return AgentLeg::NotAnswered };
        match call.agent_answered_at() {
            Some(at) => AgentLeg::Answered { at },
            None if call.result() == CallResult::Canceled => AgentLeg::HungUp,
            None => AgentLeg::NotAnswered,
        }
    }

    /// Every leg in progress.
    pub(crate) fn live_legs(&self) -> Vec<LiveLeg> {
        let (knobs, now) = (self.knobs.get(), self.clock.now());
        lock(&self.book).open_calls().flat_map(|call| call.live_legs(&knobs, now)).collect()
    }

    /// One leg in progress.
    pub(crate) fn live_leg(&self, id: u64) -> Option<LiveLeg> {
        self.leg_at(id, self.clock.now())
    }

    /// One leg as it is, or was, at `at`.
    pub(crate) fn leg_at(&self, id: u64, at: OffsetDateTime) -> Option<LiveLeg> {
        let knobs = self.knobs.get();
        let book = lock(&self.book);
        let call = &book.calls[book.index(id)?];
        call.live_legs(&knobs, at).into_iter().find(|leg| leg.id == id)
    }

    /// Ends a call, named by any of its legs.
    pub(crate) fn hang_up(&self, id: u64) -> Result<(), CallRefused> {
        let (knobs, now) = (self.knobs.get(), self.clock.now());
        let mut book = lock(&self.book);
        let call = book.live_mut(id, now).ok_or(CallRefused::NoSuchCall)?;
        if !knobs.cancel_while_ringing && call.stage(now) != Stage::Connected {
            return Err(CallRefused::NotNow);
        }
        call.hung_up_at = Some(now);
        call.hung_up.notify_one();
        Ok(())
    }

    /// Passes the customer of a connected call on to somebody else, which frees the agent's line. The customer
    /// talks on as long as planned.
    pub(crate) fn transfer(&self, id: u64) -> Result<(), CallRefused> {
        let now = self.clock.now();
        let mut book = lock(&self.book);
        let call = book.live_mut(id, now).ok_or(CallRefused::NoSuchCall)?;
        if call.stage(now) != Stage::Connected {
            return Err(CallRefused::NotNow);
        }
        call.transferred_at = Some(now);
        Ok(())
    }

    /// Reads the records of all legs that have one by now, oldest record first.
    pub(crate) fn with_records<T>(&self, read: impl FnOnce(&[LegRecord]) -> T) -> T {
        let mut book = lock(&self.book);
        book.write_records(&self.knobs.get(), self.clock.now());
        read(&book.records)
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

    /// One call.
    pub(crate) fn ledger_call(&self, id: u64) -> Option<LedgerCall> {
        let now = self.clock.now();
        let book = lock(&self.book);
        book.calls.get(book.index(id)?).filter(|call| call.id == id).map(|call| call.ledger_entry(now))
    }
}

// A customer leg's id must belong to its call's range of ids.
const _: () = assert!(customer_leg_id(0) < IDS_PER_CALL);
