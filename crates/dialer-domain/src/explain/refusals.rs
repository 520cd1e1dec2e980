//! Refusals in words.

use crate::eligibility::RefusalCode;

/// What a refusal means; `by_rule` when a rule of the contact's place gave it, not the campaign.
pub(super) const fn meaning(code: RefusalCode, by_rule: bool) -> &'static str {
    match code {
        RefusalCode::BeforeWindow if by_rule => "the hours that the contact's place allows have not begun",
        RefusalCode::AfterWindow if by_rule => "the hours that the contact's place allows are over",
        RefusalCode::CapLifetime if by_rule => "as many calls as the contact's place ever allows were made",
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
        RefusalCode::ZoneUnknown => "nothing tells where the contact is, so nothing tells the hour there",
        RefusalCode::NoRules => "no rules are loaded for the contact's place",
        RefusalCode::RulesBroken => "the rules of the contact's place could not be loaded",
        RefusalCode::DayClosed => "the contact's place allows no calls on this day",
        RefusalCode::Holiday => "the contact's place allows no calls on this holiday",
        RefusalCode::EmergencyBan => "an emergency ban holds in the contact's place",
        RefusalCode::DncRegistry => "the number is on a national do-not-call register",
        RefusalCode::RegistryStale => "the copy of a do-not-call register is missing or too old",
        RefusalCode::NoConsent => "the call needs a consent that was not given, or has run out",
        RefusalCode::ConsentRevoked => "consent was taken back, or calls were objected to",
        RefusalCode::Reassigned => "the number belongs to somebody else by now",
        RefusalCode::Cap24h => "as many calls as 24 hours may hold were made",
        RefusalCode::Cap7d => "as many calls as seven days may hold were made",
        RefusalCode::Cap30d => "as many calls as thirty days may hold were made",
        RefusalCode::AfterAbandonHold => "a call was abandoned not long ago",
        RefusalCode::AfterMachineHold => "a machine answered not long ago",
        RefusalCode::AfterConversationHold => "the person was spoken with not long ago",
        RefusalCode::AfterRefusalHold => "the person refused not long ago",
        RefusalCode::CallerIdUnusable => "the number that would be shown is withheld or not proven",
        RefusalCode::AbandonHeadroomSpent => "as many people were abandoned as may be",
    }
}

/// What a person can do about it, where there is something.
pub(super) const fn advice(code: RefusalCode, by_rule: bool) -> Option<&'static str> {
    match code {
        RefusalCode::BeforeWindow | RefusalCode::AfterWindow if by_rule => Some("wait"),
        RefusalCode::CapLifetime if by_rule => None,
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
        RefusalCode::ZoneUnknown => Some("give the contact a timezone, or a country and a region"),
        RefusalCode::NoRules => Some("load rules for the place; until then it is not called"),
        RefusalCode::RulesBroken => {
            Some("mend the rules' file; the error when it was loaded names the key and the reason")
        }
        RefusalCode::DncRegistry => {
            Some("call only with a consent that the rule accepts; record it in the consent ledger")
        }
        RefusalCode::RegistryStale => Some("import a fresh copy of the register"),
        RefusalCode::NoConsent => Some("record a consent that the rule accepts in the consent ledger"),
        RefusalCode::ConsentRevoked => Some("do not call; only a new consent lifts this"),
        RefusalCode::Reassigned => Some("do not call; find the person's new number"),
        RefusalCode::CallerIdUnusable => Some("give the campaign a caller_id that may be used and that is answered"),
        RefusalCode::AfterAbandonHold | RefusalCode::AfterMachineHold => {
            Some("wait, or call in a mode that guarantees an agent: manual, preview or power")
        }
        RefusalCode::AbandonHeadroomSpent => {
            Some("dial in a mode that guarantees an agent until the share of abandoned calls has fallen")
        }
        RefusalCode::DayClosed
        | RefusalCode::Holiday
        | RefusalCode::EmergencyBan
        | RefusalCode::Cap24h
        | RefusalCode::Cap7d
        | RefusalCode::Cap30d
        | RefusalCode::AfterConversationHold
        | RefusalCode::AfterRefusalHold => Some("wait"),
    }
}
