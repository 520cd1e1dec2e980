//! The abandonment ledger of a campaign, on the wire.

use dialer_domain::places::Jurisdiction;
use dialer_domain::rules::abandonment::{LedgerPeriod, rate};
use dialer_domain::rules::{LedgerEntry, RuleRef};
use serde::Serialize;
use utoipa::ToSchema;

use crate::stamp::Stamp;

#[derive(Serialize, ToSchema)]
pub(crate) struct AbandonmentAnswer {
    abandonment: Vec<LedgerView>,
}

/// How a rule that limits abandoned calls stands.
#[derive(Serialize, ToSchema)]
struct LedgerView {
    rule: RuleRef,
    jurisdiction: Jurisdiction,
    /// Over which period the rule counts.
    #[schema(value_type = String, example = "campaign-30-days")]
    period: LedgerPeriod,
    from: Stamp,
    until: Stamp,
    /// Calls answered by a person, the abandoned ones included, as the rule counts them.
    live: u64,
    /// Of these, calls that no agent took within 2 seconds.
    abandoned: u64,
    /// Their share in percent; null without a live call.
    rate_percent: Option<f64>,
    limit_percent: f64,
    /// How many more may be abandoned now.
    headroom: u64,
}

impl From<Vec<LedgerEntry>> for AbandonmentAnswer {
    fn from(ledger: Vec<LedgerEntry>) -> Self {
        let view = |entry: LedgerEntry| LedgerView {
            rule: entry.rule,
            jurisdiction: entry.jurisdiction,
            period: entry.period,
            from: entry.from.into(),
            until: entry.until.into(),
            live: entry.live,
            abandoned: entry.abandoned,
            rate_percent: rate(entry.abandoned, entry.live).map(|share| (share * 10_000.0).round() / 100.0),
            limit_percent: entry.limit.percent(),
            headroom: entry.headroom,
        };
        Self { abandonment: ledger.into_iter().map(view).collect() }
    }
}
