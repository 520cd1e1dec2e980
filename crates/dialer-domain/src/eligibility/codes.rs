//! Why a contact may not be called, as stable words.

use crate::contacts::ClosedReason;
use crate::words::words;

words! {
    /// Why a contact may not be called now. The codes are stable; clients and reports count them.
    RefusalCode ("refusal code") {
        /// The campaign is not dialling.
        CampaignPaused = "campaign_paused",
        /// The day's active hours have not begun, or the hours that the callee's place allows.
        BeforeWindow = "before_window",
        /// The day's active hours are over, or the hours that the callee's place allows.
        AfterWindow = "after_window",
        /// The number is on the owner's do-not-call list.
        DncInternal = "dnc_internal",
        /// The contact itself is marked do-not-call in this campaign.
        DncCampaign = "dnc_campaign",
        /// A live attempt at this contact exists.
        AttemptLive = "attempt_live",
        /// The contact was reached, or closed for another reason.
        ContactClosed = "contact_closed",
        /// The campaign's cap on attempts is reached, or a rule's cap without a period.
        CapLifetime = "cap_lifetime",
        /// The contact's next attempt is due later.
        CoolingOff = "cooling_off",
        /// Another agent looks at the contact, or promised to call it back.
        Reserved = "reserved",
        /// The agent is on another call, or looks at another contact.
        AgentBusy = "agent_busy",
        /// Nothing tells where the callee is, so nothing tells the hour there.
        ZoneUnknown = "zone_unknown",
        /// No rules are loaded for the callee's place.
        NoRules = "no_rules",
        /// The rules of the callee's place could not be loaded.
        RulesBroken = "rules_broken",
        /// The place allows no calls on this day.
        DayClosed = "day_closed",
        /// The place allows no calls on this holiday.
        Holiday = "holiday",
        /// An emergency ban holds in the callee's place.
        EmergencyBan = "emergency_ban",
        /// The number is on a national do-not-call register.
        DncRegistry = "dnc_registry",
        /// The copy of a register that must be asked is missing or too old.
        RegistryStale = "registry_stale",
        /// The call needs a consent that was not given, or has run out.
        NoConsent = "no_consent",
        /// Consent was given and taken back, or calls were objected to.
        ConsentRevoked = "consent_revoked",
        /// The number belongs to somebody else by now.
        Reassigned = "reassigned",
        /// As many calls as 24 hours may hold were made.
        Cap24h = "cap_24h",
        /// As many calls as seven days may hold were made.
        Cap7d = "cap_7d",
        /// As many calls as thirty days may hold were made.
        Cap30d = "cap_30d",
        /// A call was abandoned not long ago, and no agent is guaranteed for this one.
        AfterAbandonHold = "after_abandon_hold",
        /// A machine answered not long ago, and no agent is guaranteed for this call.
        AfterMachineHold = "after_machine_hold",
        /// The person was spoken with not long ago.
        AfterConversationHold = "after_conversation_hold",
        /// The person refused not long ago.
        AfterRefusalHold = "after_refusal_hold",
        /// The number that would be shown is withheld, or nothing proves the right to it.
        CallerIdUnusable = "caller_id_unusable",
        /// As many people were abandoned as may be; only calls with a guaranteed agent are made.
        AbandonHeadroomSpent = "abandon_headroom_spent",
    }
}

impl RefusalCode {
    /// Why the contact should be closed, when this refusal will never lift by itself.
    pub(super) const fn closes(self) -> Option<ClosedReason> {
        match self {
            Self::DncInternal | Self::DncCampaign => Some(ClosedReason::DoNotCall),
            Self::CapLifetime => Some(ClosedReason::AttemptsExhausted),
            // Time helps, or people can: a consent, a fresh copy, a rule or another number may come.
            _ => None,
        }
    }

    /// Whether it is the rules of the callee's place that refuse so, and nothing else does.
    pub(super) const fn is_of_place(self) -> bool {
        match self {
            Self::CampaignPaused
            | Self::BeforeWindow
            | Self::AfterWindow
            | Self::DncInternal
            | Self::DncCampaign
            | Self::AttemptLive
            | Self::ContactClosed
            | Self::CapLifetime
            | Self::CoolingOff
            | Self::Reserved
            | Self::AgentBusy => false,
            Self::ZoneUnknown
            | Self::NoRules
            | Self::RulesBroken
            | Self::DayClosed
            | Self::Holiday
            | Self::EmergencyBan
            | Self::DncRegistry
            | Self::RegistryStale
            | Self::NoConsent
            | Self::ConsentRevoked
            | Self::Reassigned
            | Self::Cap24h
            | Self::Cap7d
            | Self::Cap30d
            | Self::AfterAbandonHold
            | Self::AfterMachineHold
            | Self::AfterConversationHold
            | Self::AfterRefusalHold
            | Self::CallerIdUnusable
            | Self::AbandonHeadroomSpent => true,
        }
    }
}
