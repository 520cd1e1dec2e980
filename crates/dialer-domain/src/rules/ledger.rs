//! The abandonment ledger: what was counted of a campaign's calls, and how much each rule leaves.
//!
//! Calls are counted by the quarter of an hour in which they were answered, so that every period of every zone's calendar is a
//! sum of quarters. A call counts once it is over, and is counted anew when what is known of it is corrected.

use time::{Duration, OffsetDateTime};

use super::abandonment::{LedgerPeriod, Limit, without_machines};
use super::book::RuleBook;
use super::facts::GuardStanding;
use super::names::RuleRef;
use super::scope::{Scope, Voice};
use crate::calls::{Call, CallOutcome, Direction};
use crate::campaigns::Campaign;
use crate::dispositions::Disposition;
use crate::ids::CampaignId;
use crate::places::Jurisdiction;

/// How long after the answer an agent must be on the line: 2 seconds (16 CFR 310.4(b)(4)(ii) counts them from the end of the
/// callee's greeting, Ofcom from its beginning; nothing here hears a greeting, so they run from the answer).
pub const CONNECT_DEADLINE: Duration = Duration::seconds(2);

/// The quarter of an hour, the unit of the ledger.
const QUARTER: Duration = Duration::minutes(15);

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Calls that a person answered, the abandoned ones included.
    pub live: u64,
    /// Calls that somebody or something answered, and that no agent took within the connect deadline. Nobody was there to
    /// tell a person from a machine.
    pub abandoned: u64,
    /// Calls that an agent took and a machine had answered, as the agent says.
    pub machines: u64,
}

/// What was counted of the calls that were answered in a quarter of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// The quarter's beginning.
    pub quarter: OffsetDateTime,
    /// The counts.
    pub tally: Tally,
}

/// How many more or fewer calls count in a campaign's quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TallyChange {
    /// The campaign.
    pub campaign: CampaignId,
    /// The quarter's beginning.
    pub quarter: OffsetDateTime,
    /// Calls that a person answered.
    pub live: i64,
    /// Abandoned ones among them.
    pub abandoned: i64,
    /// Calls that a machine answered.
    pub machines: i64,
}

impl TallyChange {
    /// What the change of a call from `before` to `after` means for its campaign's ledger; nothing for most.
    #[must_use]
    pub fn between(before: &Call, after: &Call) -> Vec<Self> {
        let (before, after) = (Self::of(before), Self::of(after));
        if before == after {
            return Vec::new();
        }
        before.map(Self::taken_back).into_iter().chain(after).collect()
    }

    /// What a call counts for.
    fn of(call: &Call) -> Option<Self> {
        let campaign = call.campaign_id.filter(|_| call.direction == Direction::Outbound && !call.is_open())?;
        let answered_at = call.answered_at?;
        let nothing = Self { campaign, quarter: quarter(answered_at), live: 0, abandoned: 0, machines: 0 };
        let late = call.ahead && call.connected_at.is_none_or(|at| at - answered_at > CONNECT_DEADLINE);
        match call.outcome? {
            CallOutcome::Completed if late => Some(Self { live: 1, abandoned: 1, ..nothing }),
            CallOutcome::Completed if call.disposition == Some(Disposition::Voicemail) => {
                Some(Self { machines: 1, ..nothing })
            }
            CallOutcome::Completed => Some(Self { live: 1, ..nothing }),
            CallOutcome::Abandoned => Some(Self { live: 1, abandoned: 1, ..nothing }),
            _ => None,
        }
    }

    const fn taken_back(self) -> Self {
        Self { live: -self.live, abandoned: -self.abandoned, machines: -self.machines, ..self }
    }
}

fn quarter(at: OffsetDateTime) -> OffsetDateTime {
    let into = at.unix_timestamp().rem_euclid(QUARTER.whole_seconds());
    at - Duration::seconds(into) - Duration::nanoseconds(i64::from(at.nanosecond()))
}

/// How a rule that limits abandoned calls stands for one campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct LedgerEntry {
    /// The rule.
    pub rule: RuleRef,
    /// Where it holds.
    pub jurisdiction: Jurisdiction,
    /// Over which period it counts.
    pub period: LedgerPeriod,
    /// The current period, half-open.
    #[serde(with = "time::serde::rfc3339")]
    pub from: OffsetDateTime,
    /// Its end.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
    /// Calls answered by a person, as the rule counts them.
    pub live: u64,
    /// Abandoned ones among them, as the rule counts them.
    pub abandoned: u64,
    /// The largest share of them, in percent.
    #[serde(rename = "limit_percent")]
    pub limit: Limit,
    /// How many more may be abandoned now.
    pub headroom: u64,
}

impl RuleBook {
    /// How each rule that limits abandoned calls of such a campaign stands at `now`. `counted` reaches back at least
    /// [`LEDGER_REACH`]; `began_at` is when a call of the campaign was first answered, if ever.
    #[must_use]
    pub fn ledger(
        &self,
        campaign: &Campaign,
        counted: &[Counted],
        began_at: Option<OffsetDateTime>,
        now: OffsetDateTime,
    ) -> Vec<LedgerEntry> {
        let asked = Scope::of(&[campaign.purpose], &[campaign.callee], &[Voice::Live]);
        let entry = |guard: super::GuardRule| {
            let span = guard.period.span(&campaign.timezone, quarter(began_at.unwrap_or(now)), now);
            let within = counted.iter().filter(|counted| span.contains(&counted.quarter));
            let Tally { live, abandoned, machines } = within.fold(Tally::default(), |sum, counted| Tally {
                live: sum.live + counted.tally.live,
                abandoned: sum.abandoned + counted.tally.abandoned,
                machines: sum.machines + counted.tally.machines,
            });
            let conversations = live.saturating_sub(abandoned);
            let abandoned = if guard.estimates_machines {
                rounded_up(without_machines(abandoned, conversations, machines))
            } else {
                abandoned
            };
            let live = conversations + abandoned;
            LedgerEntry {
                rule: guard.rule,
                jurisdiction: guard.jurisdiction,
                period: guard.period,
                from: span.start,
                until: span.end,
                live,
                abandoned,
                limit: guard.limit,
                headroom: guard.limit.headroom(abandoned, live),
            }
        };
        self.guards_of(asked, now).map(entry).collect()
    }
}

/// How far back the longest period of a ledger reaches: 31 days of a month, one more for the calendar.
pub const LEDGER_REACH: Duration = Duration::days(32);

impl From<&LedgerEntry> for GuardStanding {
    fn from(entry: &LedgerEntry) -> Self {
        Self { rule: entry.rule.id, abandoned: entry.abandoned, live: entry.live }
    }
}

/// Part of a call is a call.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::as_conversions,
    reason = "a share of a count"
)]
fn rounded_up(calls: f64) -> u64 {
    calls.ceil() as u64
}
