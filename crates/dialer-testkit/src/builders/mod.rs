//! Builders that default to valid, so that a test says only what matters to it.
//!
//! What nobody asked about is unlike any other: every `campaign()` has an id and an owner of its own, every
//! `contact()` a number of its own.

mod audio;
mod ban;
mod call;
mod campaign;
mod consent;
mod contact;
mod disposition;
mod import;
mod provider;
mod registry;

use std::sync::atomic::{AtomicU32, Ordering};

use dialer_domain::agents::{Agent, Doing, Presence, Standing};
use dialer_domain::api_keys::{ApiKey, KeyHash, KeyScope};
use dialer_domain::ids::{AgentId, ApiKeyId, IdSource, SuppressionId};
use dialer_domain::queue::DialSlot;
use dialer_domain::suppression::{Suppression, SuppressionSource};
use dialer_domain::telephony::AgentLine;
use dialer_domain::{CallId, Duration, OffsetDateTime, PhoneNumber, Role, UserId};
use time::macros::datetime;

pub use audio::{recording, stored_audio, voicemail_drop};
pub use ban::ban;
pub use call::{CallBuilder, answered, call, ended, placed};
pub use campaign::{CampaignBuilder, campaign};
pub use consent::consent;
pub use contact::{ContactBuilder, contact};
pub use disposition::disposition;
pub use import::{batch, import, left_out, listed, place};
pub use provider::{dial, leg_news, live_call, provider_user, record};
pub use registry::{listed_number, registry_copy};

use crate::ids::SeededIds;

/// A Monday morning inside the default active hours: when everything begins unless a test says otherwise.
pub const T0: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);

static IDS: SeededIds = SeededIds::new(0);
static NUMBERS: AtomicU32 = AtomicU32::new(0);

/// How many numbers [`number`] knows.
pub const NUMBERS_KNOWN: u32 = UK_NUMBERS + NANP_AREAS * NANP_NUMBERS;
/// +44 7700 900000 to 900999, which Ofcom keeps for drama.
const UK_NUMBERS: u32 = 1_000;
/// 555-0100 to 555-0199, which the North American numbering plan keeps for fiction in each area.
const NANP_NUMBERS: u32 = 100;
/// Area codes whose first digit is 2 to 7 and whose second is not 9; toll-free areas are left out.
const NANP_AREAS: u32 = 6 * 90;

/// The `n`th number reserved for fiction; different for every `n`.
///
/// # Panics
/// When `n` is not below [`NUMBERS_KNOWN`] (55,000).
#[must_use]
#[expect(clippy::panic, reason = "a test that asks for a number that does not exist is wrong")]
pub fn number(n: u32) -> PhoneNumber {
    assert!(n < NUMBERS_KNOWN, "only {NUMBERS_KNOWN} numbers are reserved for fiction, and number {n} is not");
    let e164 = if n < UK_NUMBERS {
        format!("+447700900{n:03}")
    } else {
        let (area, line) = ((n - UK_NUMBERS) / NANP_NUMBERS, (n - UK_NUMBERS) % NANP_NUMBERS);
        format!("+1{}{:02}55501{line:02}", 2 + area / 90, area % 90)
    };
    PhoneNumber::parse(&e164, None).unwrap_or_else(|error| panic!("number {n} of the testkit: {error}"))
}

/// A user nobody else is.
#[must_use]
pub fn user() -> UserId {
    UserId::generate(&IDS)
}

/// A free agent, with the id of the call that they will take.
#[must_use]
pub fn slot(agent: &str) -> DialSlot {
    DialSlot { call_id: CallId::generate(&IDS), agent: Some(AgentLine::new(agent)), user: None }
}

/// A call ahead of agents that may be placed.
#[must_use]
pub fn slot_ahead() -> DialSlot {
    DialSlot { call_id: CallId::generate(&IDS), agent: None, user: None }
}

/// An agent of `owner` who is ready since [`T0`], with a login and a phone of their own.
#[must_use]
pub fn agent(owner: UserId) -> Agent {
    let id = AgentId::generate(&IDS);
    let ready = Standing::Ready;
    let doing = Doing::Standing(ready.clone());
    Agent {
        id,
        owner_id: owner,
        user_id: user(),
        display_name: "Robin".to_owned(),
        line: AgentLine::new(id.to_string()),
        wrap_up: Duration::seconds(30),
        presence: Presence { doing, since: T0, then: ready, seen_at: T0 },
        created_at: T0,
        updated_at: T0,
    }
}

/// The slot of an agent who is ready.
#[must_use]
pub fn slot_of(agent: &Agent) -> DialSlot {
    DialSlot { call_id: CallId::generate(&IDS), agent: Some(agent.line.clone()), user: Some(agent.user_id) }
}

/// `count` free agents, called `agent-1`, `agent-2` and so on.
#[must_use]
pub fn slots(count: usize) -> Vec<DialSlot> {
    (1..=count).map(|n| slot(&format!("agent-{n}"))).collect()
}

/// A do-not-call entry of `owner` for `number`, made at [`T0`].
#[must_use]
pub fn suppression(owner: UserId, number: &PhoneNumber) -> Suppression {
    Suppression {
        id: SuppressionId::generate(&IDS),
        user_id: owner,
        phone_number: number.clone(),
        campaign_id: None,
        reason: Some("asked not to be called".to_owned()),
        source: Some(SuppressionSource::Api),
        created_by: Some(owner),
        created_at: T0,
    }
}

/// A key of `owner` that opens everything an agent may, made at [`T0`]. No key has its hash.
#[must_use]
pub fn api_key(owner: UserId) -> ApiKey {
    let id = ApiKeyId::generate(&IDS);
    let mut digest = [0; 32];
    digest[..16].copy_from_slice(id.as_uuid().as_bytes());
    ApiKey {
        id,
        user_id: owner,
        name: "Reports".to_owned(),
        prefix: "dk_0123abcd".to_owned(),
        hash: KeyHash::new(digest),
        role: Role::Agent,
        scopes: vec![KeyScope::Everything],
        expires_at: None,
        last_used_at: None,
        revoked_at: None,
        created_at: T0,
    }
}

/// A fresh id of any kind: `id(CallId::new)`.
#[must_use]
pub fn id<T>(wrap: impl Fn(uuid::Uuid) -> T) -> T {
    wrap(IDS.next_uuid())
}

fn next_number() -> PhoneNumber {
    number(NUMBERS.fetch_add(1, Ordering::Relaxed) % NUMBERS_KNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_number_is_dialable_and_unlike_the_others() {
        let numbers: BTreeSet<_> = (0..NUMBERS_KNOWN).map(number).collect();
        assert_eq!(numbers.len(), 55_000);
    }

    #[test]
    fn numbers_are_from_the_ranges_reserved_for_fiction() {
        assert_eq!(number(1).as_e164(), "+447700900001");
        assert_eq!(number(1_000).as_e164(), "+12005550100");
        assert_eq!(number(NUMBERS_KNOWN - 1).as_e164(), "+17895550199");
    }

    #[test]
    #[should_panic(expected = "only 55000 numbers are reserved for fiction")]
    fn a_number_that_somebody_could_own_is_refused() {
        let _ = number(NUMBERS_KNOWN);
    }

    #[test]
    fn what_nobody_asked_about_is_unlike_any_other() {
        assert_ne!(campaign().build().id, campaign().build().id);
        assert_ne!(campaign().build().user_id, campaign().build().user_id);
        let list = id(dialer_domain::CampaignId::new);
        let (one, other) = (contact(list).build(), contact(list).build());
        assert_ne!(one.person.phone_number, other.person.phone_number);
    }
}
