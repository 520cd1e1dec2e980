//! A trial call: placed to a number of whoever asks, and watched to its end. It tells what the provider's documentation
//! leaves open.

use dialer_domain::clock::Clock;
use dialer_domain::phone::PhoneNumber;
use dialer_domain::telephony::{
    AgentLine, CallRecord, DialRequest, LiveCall, LiveState, ProviderCallId, RequestPriority, Telephony, TelephonyError,
};
use time::{Duration, OffsetDateTime};

use super::Check;
use super::provider::advice;

const NAME: &str = "trial call";
/// How often the call is looked at.
const LOOK_EVERY: Duration = Duration::seconds(2);
/// The longest that it may last; then it is ended.
const LONGEST: Duration = Duration::minutes(2);
/// The longest wait for its record.
const RECORD_WAIT: Duration = Duration::minutes(2);
/// How far the provider's clock may be behind.
const MARGIN: Duration = Duration::minutes(1);

/// What was seen of the call, by seconds since it was asked for.
#[derive(Default)]
struct Seen {
    /// State of each leg, each time that something changed.
    states: Vec<(i64, Vec<LiveState>)>,
    most_legs: usize,
    /// Whether the legs' ids include the one that was returned. `None` while it was not.
    id_is_live: Option<bool>,
}

impl Seen {
    fn take_in(&mut self, after: Duration, legs: &[LiveCall], id: Option<&ProviderCallId>) {
        let states: Vec<LiveState> = legs.iter().map(|leg| leg.state).collect();
        if self.states.last().map(|(_, last)| last) != Some(&states) {
            self.states.push((after.whole_seconds(), states));
        }
        self.most_legs = self.most_legs.max(legs.len());
        if let Some(id) = id.filter(|_| !legs.is_empty()) {
            let named = legs.iter().any(|leg| leg.id == *id);
            self.id_is_live = Some(self.id_is_live.unwrap_or(false) || named);
        }
    }

    fn line(&self) -> String {
        let told = self.states.iter().map(|(at, states)| {
            let states: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
            format!("{at} s {}", if states.is_empty() { "none".to_owned() } else { states.join(" + ") })
        });
        told.collect::<Vec<_>>().join(", ")
    }
}

/// Places a call and watches it. Whoever picks up hangs up again.
pub(super) async fn call(
    provider: &dyn Telephony,
    clock: &dyn Clock,
    to: PhoneNumber,
    agent: Option<AgentLine>,
) -> Vec<Check> {
    let asked_at = clock.now();
    let mut seen = Seen::default();
    let digits = to.digits().to_owned();
    let request =
        DialRequest { to, agent, caller_id: None, ahead: false, priority: RequestPriority::Person, paced: false };
    let dial = provider.originate(request);
    tokio::pin!(dial);
    let answer = loop {
        tokio::select! {
            biased;
            answer = &mut dial => break answer,
            () = clock.sleep(LOOK_EVERY) => look(provider, clock, asked_at, &digits, None, &mut seen).await,
        }
    };
    let answered_after = clock.now() - asked_at;
    let id = match answer {
        Ok(id) => id,
        Err(error) => {
            let told = format!("not placed after {} s: {error}", answered_after.whole_seconds());
            return vec![Check::fail(NAME, told, advice(&error))];
        }
    };
    let mut found = vec![Check::ok(NAME, format!("answered to after {} s", answered_after.whole_seconds()))];
    found.push(held_back(&seen));
    if let Err(error) = watch(provider, clock, asked_at, &digits, &id, &mut seen).await {
        found.push(Check::fail(NAME, error.to_string(), advice(&error)));
    }
    found.push(Check::ok(NAME, format!("legs in the list of live calls: {}; states: {}", seen.most_legs, seen.line())));
    found.push(match seen.id_is_live {
        Some(true) => Check::ok(NAME, "the id that was returned is the one in the list of live calls"),
        Some(false) => Check::warn(NAME, "the id that was returned is not in the list of live calls", "report this"),
        None => Check::warn(NAME, "the call was over before it was seen among the live ones", "let it ring longer"),
    });
    found.push(records(provider, clock, asked_at, &id).await);
    found
}

/// Whether the provider holds its answer back until the agent has picked up: then the call was seen before the answer.
fn held_back(seen: &Seen) -> Check {
    if seen.most_legs > 0 {
        Check::ok(NAME, format!("the answer was held back while the agent's phone rang ({})", seen.line()))
    } else {
        Check::ok(NAME, "the answer came before the call was seen among the live ones")
    }
}

/// Follows the call to its end.
async fn watch(
    provider: &dyn Telephony,
    clock: &dyn Clock,
    asked_at: OffsetDateTime,
    digits: &str,
    id: &ProviderCallId,
    seen: &mut Seen,
) -> Result<(), TelephonyError> {
    let until = clock.now() + LONGEST;
    let mut ended = false;
    loop {
        look(provider, clock, asked_at, digits, Some(id), seen).await;
        if provider.call(id).await?.is_none_or(|call| call.state == LiveState::HangUp) {
            return Ok(());
        }
        if clock.now() >= until && !ended {
            ended = true;
            match provider.hang_up(id).await {
                Ok(()) | Err(TelephonyError::NoSuchCall) => {}
                Err(error) => return Err(error),
            }
        }
        clock.sleep(LOOK_EVERY).await;
    }
}

async fn look(
    provider: &dyn Telephony,
    clock: &dyn Clock,
    asked_at: OffsetDateTime,
    digits: &str,
    id: Option<&ProviderCallId>,
    seen: &mut Seen,
) {
    // A list that does not come is asked for again at the next look.
    let Ok(live) = provider.live_calls().await else { return };
    let ours: Vec<LiveCall> = live.into_iter().filter(|leg| is_ours(leg, digits, id)).collect();
    seen.take_in(clock.now() - asked_at, &ours, id);
}

fn is_ours(leg: &LiveCall, digits: &str, id: Option<&ProviderCallId>) -> bool {
    leg.to_digits.as_deref() == Some(digits) || id.is_some_and(|id| leg.id == *id || leg.parent.as_ref() == Some(id))
}

/// Waits for the records of the call.
async fn records(provider: &dyn Telephony, clock: &dyn Clock, asked_at: OffsetDateTime, id: &ProviderCallId) -> Check {
    let over_at = clock.now();
    loop {
        let told = match provider.call_records_since(asked_at - MARGIN).await {
            Ok(records) => records,
            Err(error) => return Check::fail(NAME, error.to_string(), advice(&error)),
        };
        let ours: Vec<CallRecord> = told.into_iter().filter(|record| record.call_ids.contains(id)).collect();
        let waited = clock.now() - over_at;
        if !ours.is_empty() {
            let ends: Vec<String> = ours
                .iter()
                .map(|record| {
                    let cause = record.cause.as_deref().unwrap_or("no cause");
                    format!("{}, {} s of talk, {cause}", record.result, record.talk_seconds)
                })
                .collect();
            let told = format!(
                "records of the call: {}, {} s after its end: {}",
                ours.len(),
                waited.whole_seconds(),
                ends.join("; ")
            );
            return Check::ok(NAME, told);
        }
        if waited >= RECORD_WAIT {
            return Check::warn(
                NAME,
                format!("no record names the call {} s after its end", waited.whole_seconds()),
                "look in the provider's dashboard whether it is there, and report this",
            );
        }
        clock.sleep(LOOK_EVERY).await;
    }
}
