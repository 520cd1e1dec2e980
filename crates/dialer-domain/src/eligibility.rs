//! May this contact be called now, and if not, why not and when.
//!
//! [`decide`] is asked twice: when the horizon is planned, and again inside the transaction that claims the
//! call. It fails closed: whatever is unknown refuses.

use time::OffsetDateTime;

use crate::campaigns::{Campaign, CampaignStatus};
use crate::contacts::{ClosedReason, Contact, ContactStatus};
use crate::schedule::WindowPosition;
use crate::words::words;

words! {
    /// Why a contact may not be called now. The codes are stable; clients and reports count them.
    RefusalCode ("refusal code") {
        /// The campaign is not dialling.
        CampaignPaused = "campaign_paused",
        /// The day's active hours have not begun.
        BeforeWindow = "before_window",
        /// The day's active hours are over.
        AfterWindow = "after_window",
        /// The number is on the owner's do-not-call list.
        DncInternal = "dnc_internal",
        /// The contact itself is marked do-not-call in this campaign.
        DncCampaign = "dnc_campaign",
        /// A live attempt at this contact exists.
        AttemptLive = "attempt_live",
        /// The contact was reached, or closed for another reason.
        ContactClosed = "contact_closed",
        /// The campaign's cap on attempts is reached.
        CapLifetime = "cap_lifetime",
        /// The contact's next attempt is due later.
        CoolingOff = "cooling_off",
        /// Another agent looks at the contact, or promised to call it back.
        Reserved = "reserved",
        /// The agent is on another call, or looks at another contact.
        AgentBusy = "agent_busy",
    }
}

/// What the decision is made from.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The campaign that wants to call.
    pub campaign: &'a Campaign,
    /// The contact.
    pub contact: &'a Contact,
    /// Whether the owner has suppressed the number.
    pub suppressed: bool,
}

/// A refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub code: RefusalCode,
    /// The earliest instant at which asking again can help; `None` when time alone does not.
    pub retry_not_before: Option<OffsetDateTime>,
}

impl Refusal {
    /// A refusal of which nothing but the code is known: somebody else has the contact, or the agent something else to do.
    #[must_use]
    pub const fn taken(code: RefusalCode) -> Self {
        Self::for_good(code)
    }

    const fn for_good(code: RefusalCode) -> Self {
        Self { code, retry_not_before: None }
    }

    /// Why the contact should be closed, when this refusal will never lift by itself.
    #[must_use]
    pub const fn closes(self) -> Option<ClosedReason> {
        match self.code {
            RefusalCode::DncInternal | RefusalCode::DncCampaign => Some(ClosedReason::DoNotCall),
            RefusalCode::CapLifetime => Some(ClosedReason::AttemptsExhausted),
            RefusalCode::CampaignPaused
            | RefusalCode::BeforeWindow
            | RefusalCode::AfterWindow
            | RefusalCode::AttemptLive
            | RefusalCode::ContactClosed
            | RefusalCode::CoolingOff
            | RefusalCode::Reserved
            | RefusalCode::AgentBusy => None,
        }
    }
}

/// Whether a campaign may start calls at `now`, whatever the contact.
///
/// # Errors
/// The [`Refusal`] that holds for all of its contacts.
pub fn campaign_open(campaign: &Campaign, now: OffsetDateTime) -> Result<(), Refusal> {
    if campaign.status != CampaignStatus::Active {
        return Err(Refusal::for_good(RefusalCode::CampaignPaused));
    }
    let code = match campaign.active_hours.position(&campaign.timezone, now) {
        WindowPosition::Open => return Ok(()),
        WindowPosition::Before => RefusalCode::BeforeWindow,
        WindowPosition::After => RefusalCode::AfterWindow,
    };
    Err(Refusal { code, retry_not_before: campaign.active_hours.next_open(&campaign.timezone, now) })
}

/// Whether this contact may be called at `now`. The cap on attempts does not break a promise to call back: the
/// customer asked for that call.
///
/// # Errors
/// The first [`Refusal`] in this order: live attempt, do-not-call, closed, cap, campaign and hours, next attempt.
pub fn decide(facts: Facts<'_>, now: OffsetDateTime) -> Result<(), Refusal> {
    let Facts { campaign, contact, suppressed } = facts;
    // A live attempt keeps its contact as it is; what its end makes of the contact is asked again.
    if contact.status == ContactStatus::Calling {
        return Err(Refusal::for_good(RefusalCode::AttemptLive));
    }
    if suppressed {
        return Err(Refusal::for_good(RefusalCode::DncInternal));
    }
    match contact.status {
        ContactStatus::DoNotCall => return Err(Refusal::for_good(RefusalCode::DncCampaign)),
        ContactStatus::Completed => return Err(Refusal::for_good(RefusalCode::ContactClosed)),
        ContactStatus::Calling | ContactStatus::Pending | ContactStatus::Failed | ContactStatus::Callback => {}
    }
    if contact.closed_reason.is_some() {
        return Err(Refusal::for_good(RefusalCode::ContactClosed));
    }
    if contact.attempts >= campaign.max_attempts && contact.status != ContactStatus::Callback {
        return Err(Refusal::for_good(RefusalCode::CapLifetime));
    }
    campaign_open(campaign, now)?;
    match contact.next_attempt_at {
        Some(at) if at > now => Err(Refusal { code: RefusalCode::CoolingOff, retry_not_before: Some(at) }),
        Some(_) | None => Ok(()),
    }
}
