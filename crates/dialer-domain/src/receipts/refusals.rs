//! Refusals, counted: there are too many to keep each of them, and each was told as an event.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::rfc3339;

use crate::campaigns::Campaign;
use crate::eligibility::{Refusal, RefusalCode};
use crate::ids::{CampaignId, UserId};
use crate::rules::RuleRef;

/// How often a campaign's contacts were refused in an hour, for one reason by one rule. A contact that is refused again counts
/// again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusalCount {
    /// The campaign's owner.
    pub user_id: UserId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The beginning of the hour, in UTC.
    #[serde(with = "rfc3339")]
    pub hour: OffsetDateTime,
    /// Why.
    pub code: RefusalCode,
    /// The rule that refused; `None` where it was the campaign, the contact or the owner.
    pub rule: Option<RuleRef>,
    /// How often.
    pub count: u64,
}

/// What a count is of.
type Key = (UserId, CampaignId, OffsetDateTime, RefusalCode, Option<RuleRef>);

impl RefusalCount {
    /// One refusal at `now`.
    #[must_use]
    pub fn of(campaign: &Campaign, refusal: &Refusal, now: OffsetDateTime) -> Self {
        Self {
            user_id: campaign.user_id,
            campaign_id: campaign.id,
            hour: now.to_offset(time::UtcOffset::UTC).truncate_to_hour(),
            code: refusal.code,
            rule: refusal.rule,
            count: 1,
        }
    }

    /// What it is of: two counts with the same key are one count.
    #[must_use]
    pub const fn key(&self) -> Key {
        (self.user_id, self.campaign_id, self.hour, self.code, self.rule)
    }
}

/// The counts with those of the same key added up, in the order of their keys.
#[must_use]
pub fn tally(counts: impl IntoIterator<Item = RefusalCount>) -> Vec<RefusalCount> {
    let mut sums: BTreeMap<Key, RefusalCount> = BTreeMap::new();
    for count in counts {
        let sum = sums.entry(count.key()).or_insert(RefusalCount { count: 0, ..count });
        sum.count = sum.count.saturating_add(count.count);
    }
    sums.into_values().collect()
}
