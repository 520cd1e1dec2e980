//! What a campaign would meet at an instant: its contacts by what a claim would decide about each then.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::campaigns::{Campaign, CampaignStatus};
use crate::eligibility::RefusalCode;
use crate::eligibility::reader::Case;
use crate::rules::{Circumstances, RuleRef};

/// Contacts that are refused alike.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Refusals {
    /// How many.
    pub contacts: u64,
    /// When the first of them may be called; `None` where time alone helps nobody.
    pub first_at: Option<OffsetDateTime>,
}

/// Contacts of a campaign by what is decided about each at [`Self::at`]. Each is counted once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhatIf {
    /// The instant that was asked about.
    pub at: OffsetDateTime,
    /// Contacts that may be called then.
    pub callable: u64,
    /// The others, by code and by the rule that refuses, where one does.
    pub refused: BTreeMap<(RefusalCode, Option<RuleRef>), Refusals>,
}

impl WhatIf {
    /// Nobody yet.
    #[must_use]
    pub const fn at(at: OffsetDateTime) -> Self {
        Self { at, callable: 0, refused: BTreeMap::new() }
    }

    /// Counts one contact, as if the campaign were dialling.
    pub fn count(&mut self, campaign: &Campaign, case: &Case, circumstances: &Circumstances) {
        let dialling = Campaign { status: CampaignStatus::Active, ..campaign.clone() };
        match case.decide(&dialling, circumstances, self.at) {
            Ok(_) => self.callable += 1,
            Err(refusal) => {
                let like = self.refused.entry((refusal.code, refusal.rule)).or_default();
                like.contacts += 1;
                like.first_at = [like.first_at, refusal.retry_not_before].into_iter().flatten().min();
            }
        }
    }

    /// All contacts that were counted.
    #[must_use]
    pub fn contacts(&self) -> u64 {
        self.callable + self.refused.values().map(|like| like.contacts).sum::<u64>()
    }
}
