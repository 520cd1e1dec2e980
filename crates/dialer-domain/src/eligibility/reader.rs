//! The port to what decisions are made from, for whoever asks about contacts without calling them.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{Decision, Facts, decide};
use crate::campaigns::Campaign;
use crate::contacts::Contact;
use crate::identity::Scope;
use crate::ids::{CampaignId, ContactId, UserId};
use crate::rules::{Circumstances, Dossier, LedgerEntry};
use crate::store::StoreError;

/// A contact, and all that a decision about it is made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The contact; calling while a call to it lives.
    pub contact: Contact,
    /// Whether its campaign's owner has suppressed the number.
    pub suppressed: bool,
    /// What rules ask about it.
    pub dossier: Dossier,
}

impl Case {
    /// Whether the contact may be called at `now`, as a claim would decide it.
    ///
    /// # Errors
    /// As of [`decide`].
    pub fn decide(&self, campaign: &Campaign, at: &Circumstances, now: OffsetDateTime) -> Decision {
        decide(self.facts(campaign, at), &at.governing.book, now)
    }

    /// What the decision is made from.
    #[must_use]
    pub fn facts<'a>(&'a self, campaign: &'a Campaign, at: &'a Circumstances) -> Facts<'a> {
        let rules = at.facts(campaign, &self.dossier);
        Facts { campaign, contact: &self.contact, suppressed: self.suppressed, rules }
    }
}

/// Reads what a claim would decide from, and changes nothing.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait EligibilityReader: Send + Sync {
    /// What holds at `now` for every contact of `owner`.
    async fn circumstances(&self, owner: UserId, now: OffsetDateTime) -> Result<Circumstances, StoreError>;

    /// How each rule that limits abandoned calls stands for a campaign at `now`; `None` when the scope has no such campaign.
    async fn ledger(
        &self,
        scope: Scope,
        campaign: CampaignId,
        now: OffsetDateTime,
    ) -> Result<Option<Vec<LedgerEntry>>, StoreError>;

    /// One contact's case at `now`; `None` when the scope has no such contact.
    async fn case(&self, scope: Scope, contact: ContactId, now: OffsetDateTime) -> Result<Option<Case>, StoreError>;

    /// Up to `limit` cases of a campaign's contacts whose id is greater than `after`, in the order of their ids: for reading
    /// all of them. Empty when the scope has no such campaign.
    async fn cases(
        &self,
        scope: Scope,
        campaign: CampaignId,
        after: Option<ContactId>,
        limit: u16,
        now: OffsetDateTime,
    ) -> Result<Vec<Case>, StoreError>;

    /// Up to `limit` cases of a campaign's contacts in the order they were added, each with its place in that order, beginning
    /// after the place `after` (0 begins at the first): for reading all of them, or some that are spread over the list. Empty
    /// when the scope has no such campaign.
    async fn following(
        &self,
        scope: Scope,
        campaign: CampaignId,
        after: u64,
        limit: u16,
        now: OffsetDateTime,
    ) -> Result<Vec<(u64, Case)>, StoreError>;
}
