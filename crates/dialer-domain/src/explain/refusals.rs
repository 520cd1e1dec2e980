//! Refusals in words.

use crate::eligibility::RefusalCode;

/// What a refusal means.
pub(super) const fn meaning(code: RefusalCode) -> &'static str {
    match code {
        RefusalCode::CampaignPaused => "the campaign is not active",
        RefusalCode::BeforeWindow => "today's active hours have not begun",
        RefusalCode::AfterWindow => "today's active hours are over",
        RefusalCode::DncInternal => "the number is on the owner's do-not-call list",
        RefusalCode::DncCampaign => "the contact is marked do-not-call in this campaign",
        RefusalCode::AttemptLive => "a call to this contact is under way",
        RefusalCode::ContactClosed => "the contact is closed: reached, or given up for good",
        RefusalCode::CapLifetime => "the campaign's cap on attempts is reached",
        RefusalCode::CoolingOff => "the next attempt is due later",
        RefusalCode::Reserved => "another agent looks at the contact, or promised to call it back",
        RefusalCode::AgentBusy => "the agent is on another call, or looks at another contact",
    }
}

/// What a person can do about it, where there is something.
pub(super) const fn advice(code: RefusalCode) -> Option<&'static str> {
    match code {
        RefusalCode::CampaignPaused => Some("start or resume the campaign"),
        RefusalCode::BeforeWindow | RefusalCode::AfterWindow => {
            Some("wait, or change the campaign's active_hours or timezone")
        }
        RefusalCode::DncInternal => Some("lift the suppression if the person has agreed to be called"),
        RefusalCode::DncCampaign => Some("set the contact's status to pending if the person has agreed to be called"),
        RefusalCode::ContactClosed => Some("set the contact's status to pending to open it again"),
        RefusalCode::CapLifetime => Some("raise the campaign's max_attempts, or promise the contact a callback"),
        RefusalCode::AttemptLive => None,
        RefusalCode::Reserved => Some("wait until the other agent is done, or take that agent off the campaign"),
        RefusalCode::AgentBusy => Some("end the call, or accept or skip the offer first"),
        RefusalCode::CoolingOff => Some("wait, or change the contact's next_attempt_at"),
    }
}
