//! Counts of contacts by what stands in the way of a call: the domain is asked about each.

use async_trait::async_trait;
use dialer_domain::eligibility::{Facts, RefusalCode, decide};
use dialer_domain::explain::{Standing, StandingReader};
use dialer_domain::rules::{RuleBook, RuleFacts};
use dialer_domain::schedule::ActiveHours;
use dialer_domain::{Campaign, CampaignId, CampaignStatus, OffsetDateTime, Scope, StoreError};

use super::MemoryStore;

#[async_trait]
impl StandingReader for MemoryStore {
    async fn standing(
        &self,
        scope: Scope,
        campaign: CampaignId,
        now: OffsetDateTime,
    ) -> Result<Option<Standing>, StoreError> {
        let state = self.lock();
        let Some(campaign) = state.campaigns.get(&campaign).filter(|row| scope.covers(row.user_id)) else {
            return Ok(None);
        };
        // As if the campaign itself stood in nobody's way.
        let always = ActiveHours::parse("00:00", "24:00").unwrap_or_default();
        let open = Campaign { status: CampaignStatus::Active, active_hours: always, ..campaign.clone() };
        let waiting = state.waiting_entries(campaign.id).len();
        let mut standing = Standing { waiting: u64::try_from(waiting).unwrap_or(u64::MAX), ..Standing::default() };
        for contact in state.list(campaign.id).filter_map(|contact| state.candidate(contact.id)) {
            let suppressed = state.suppressed(campaign.user_id, &contact.person.phone_number);
            let facts = Facts { campaign: &open, contact: &contact, suppressed, rules: RuleFacts::none() };
            let refusal = decide(facts, &RuleBook::open(), now).err();
            if let Some(at) = refusal.and_then(|refusal| refusal.retry_not_before) {
                standing.next_due = Some(standing.next_due.map_or(at, |known| known.min(at)));
            }
            *match refusal.map(|refusal| refusal.code) {
                Some(RefusalCode::AttemptLive) => &mut standing.attempt_live,
                Some(RefusalCode::DncInternal) => &mut standing.dnc_internal,
                Some(RefusalCode::DncCampaign) => &mut standing.dnc_campaign,
                Some(RefusalCode::ContactClosed) => &mut standing.contact_closed,
                Some(RefusalCode::CapLifetime) => &mut standing.cap_lifetime,
                Some(RefusalCode::CoolingOff) => &mut standing.cooling_off,
                Some(_) | None => &mut standing.due,
            } += 1;
        }
        Ok(Some(standing))
    }
}
