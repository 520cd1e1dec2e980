//! Campaigns.

use dialer_domain::rules::{CalleeKind, Purpose};
use dialer_domain::schedule::{ActiveHours, Zone};
use dialer_domain::{Campaign, CampaignId, CampaignStatus, DialingMode, Duration, OffsetDateTime, PhoneNumber, UserId};

use super::{IDS, T0, user};

/// Makes a [`Campaign`]; see [`campaign`].
#[derive(Debug, Clone)]
#[must_use]
pub struct CampaignBuilder(Campaign);

/// A draft for power dialling of an owner of its own: three attempts an hour apart, 09:00 to 17:00 UTC, made at
/// [`T0`].
pub fn campaign() -> CampaignBuilder {
    CampaignBuilder(Campaign {
        id: CampaignId::generate(&IDS),
        user_id: user(),
        name: "Spring offer".to_owned(),
        description: None,
        mode: DialingMode::Power,
        purpose: Purpose::Informational,
        callee: CalleeKind::Consumer,
        status: CampaignStatus::Draft,
        caller_id: None,
        script: None,
        max_attempts: 3,
        retry_interval: Duration::hours(1),
        active_hours: ActiveHours::default(),
        timezone: Zone::utc(),
        stats: dialer_domain::campaigns::CampaignStats::default(),
        pause_reason: None,
        revision: 1,
        created_at: T0,
        updated_at: T0,
    })
}

impl CampaignBuilder {
    /// The id, where a test needs to know it beforehand.
    pub fn id(mut self, id: CampaignId) -> Self {
        self.0.id = id;
        self
    }

    /// Who owns it.
    pub fn owner(mut self, owner: UserId) -> Self {
        self.0.user_id = owner;
        self
    }

    /// Its name.
    pub fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.0.name);
        self
    }

    /// What it is about.
    pub fn description(mut self, text: &str) -> Self {
        self.0.description = Some(text.to_owned());
        self
    }

    /// What agents say.
    pub fn script(mut self, text: &str) -> Self {
        self.0.script = Some(text.to_owned());
        self
    }

    /// Who starts the dials.
    pub fn mode(mut self, mode: DialingMode) -> Self {
        self.0.mode = mode;
        self
    }

    /// What people are called for.
    pub fn purpose(mut self, purpose: Purpose) -> Self {
        self.0.purpose = purpose;
        self
    }

    /// Where it stands.
    pub fn status(mut self, status: CampaignStatus) -> Self {
        self.0.status = status;
        self
    }

    /// Dialling.
    pub fn active(self) -> Self {
        self.status(CampaignStatus::Active)
    }

    /// Halted, by a person.
    pub fn paused(self) -> Self {
        self.status(CampaignStatus::Paused)
    }

    /// The number shown to customers.
    pub fn caller_id(mut self, number: PhoneNumber) -> Self {
        self.0.caller_id = Some(number);
        self
    }

    /// Attempts at one contact.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.0.max_attempts = attempts;
        self
    }

    /// Wait between two attempts.
    pub fn retry_interval(mut self, interval: Duration) -> Self {
        self.0.retry_interval = interval;
        self
    }

    /// When calls may start, in wall time of [`Self::timezone`].
    pub fn hours(mut self, hours: ActiveHours) -> Self {
        self.0.active_hours = hours;
        self
    }

    /// The zone of the hours.
    pub fn timezone(mut self, zone: Zone) -> Self {
        self.0.timezone = zone;
        self
    }

    /// When it was made.
    pub fn created_at(mut self, at: OffsetDateTime) -> Self {
        self.0.created_at = at;
        self.0.updated_at = at;
        self
    }

    /// The campaign.
    #[must_use]
    pub fn build(self) -> Campaign {
        self.0
    }
}
