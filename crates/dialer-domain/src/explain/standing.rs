//! How many contacts of a campaign may be called, and how many may not for which reason.

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::campaigns::Campaign;
use crate::eligibility::{RefusalCode, campaign_open};
use crate::identity::Scope;
use crate::ids::CampaignId;
use crate::store::StoreError;

/// The contacts of a campaign by what [`crate::eligibility::decide`] says of each, the campaign's own status and hours, and
/// the rules of the contacts' places, left out. Each contact is counted once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// [`RefusalCode::AttemptLive`].
    pub attempt_live: u64,
    /// [`RefusalCode::DncInternal`].
    pub dnc_internal: u64,
    /// [`RefusalCode::DncCampaign`].
    pub dnc_campaign: u64,
    /// [`RefusalCode::ContactClosed`].
    pub contact_closed: u64,
    /// [`RefusalCode::CapLifetime`].
    pub cap_lifetime: u64,
    /// [`RefusalCode::CoolingOff`].
    pub cooling_off: u64,
    /// Nothing about the contact stands in the way.
    pub due: u64,
    /// When the first of those who cool off becomes due.
    pub next_due: Option<OffsetDateTime>,
    /// Entries of the horizon that wait for an agent.
    pub waiting: u64,
}

impl Standing {
    /// All contacts.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.attempt_live
            + self.dnc_internal
            + self.dnc_campaign
            + self.contact_closed
            + self.cap_lifetime
            + self.cooling_off
            + self.due
    }

    /// Contacts that may be called at `now`.
    #[must_use]
    pub fn callable(&self, campaign: &Campaign, now: OffsetDateTime) -> u64 {
        if campaign_open(campaign, now).is_ok() { self.due } else { 0 }
    }

    /// How many contacts are refused at `now` with each code; codes of nobody are left out. The campaign's own refusal
    /// counts for all who would be called or called later without it.
    #[must_use]
    pub fn refusals(&self, campaign: &Campaign, now: OffsetDateTime) -> Vec<(RefusalCode, u64)> {
        let closed = campaign_open(campaign, now).err().map(|refusal| refusal.code);
        let counts = RefusalCode::ALL.iter().map(|code| {
            let of_contacts = match code {
                RefusalCode::AttemptLive => self.attempt_live,
                RefusalCode::DncInternal => self.dnc_internal,
                RefusalCode::DncCampaign => self.dnc_campaign,
                RefusalCode::ContactClosed => self.contact_closed,
                RefusalCode::CapLifetime => self.cap_lifetime,
                RefusalCode::CoolingOff if closed.is_none() => self.cooling_off,
                // Of the campaign, of a moment and an agent, or of the callee's place: not of the contact alone.
                _ => 0,
            };
            let of_campaign = if closed == Some(*code) { self.due + self.cooling_off } else { 0 };
            (*code, of_contacts + of_campaign)
        });
        counts.filter(|(_, count)| *count > 0).collect()
    }
}

/// Counts contacts by what stands in the way of a call.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait StandingReader: Send + Sync {
    /// How the contacts of a campaign in scope stand at `now`, counted by the database; `None` when there is no such campaign.
    /// A contact with a live call counts as being called whatever its row says, as for a claim.
    async fn standing(
        &self,
        scope: Scope,
        campaign: CampaignId,
        now: OffsetDateTime,
    ) -> Result<Option<Standing>, StoreError>;
}
