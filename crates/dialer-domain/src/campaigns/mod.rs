//! Campaigns: a list, a mode, hours and caps.

pub mod agents;
pub mod store;

use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::events::{EventKind, NewEvent, data};
use crate::ids::{CampaignId, UserId};
use crate::phone::PhoneNumber;
use crate::rules::{CalleeKind, Purpose};
use crate::schedule::{ActiveHours, Zone};
use crate::words::words;

words! {
    /// Who starts the dials of a campaign. Column and JSON key `type`.
    DialingMode ("campaign type") {
        /// The agent, any number or contact.
        Manual = "manual",
        /// The engine, when an agent becomes ready.
        Power = "power",
        /// The engine, ahead of agents becoming ready.
        Predictive = "predictive",
        /// The agent, after seeing the contact that the engine reserved.
        Preview = "preview",
    }
}

words! {
    /// Where a campaign stands. See [`CampaignStatus::may_become`].
    CampaignStatus ("campaign status") {
        /// Being prepared.
        Draft = "draft",
        /// Dialling.
        Active = "active",
        /// Halted; live calls go on.
        Paused = "paused",
        /// Nothing is due any more.
        Completed = "completed",
        /// Put away for good.
        Archived = "archived",
    }
}

impl CampaignStatus {
    /// Whether a campaign in this status may be put into `next`. Staying as it is counts as allowed.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        use CampaignStatus::{Active, Archived, Completed, Draft, Paused};
        match self {
            Draft => matches!(next, Draft | Active | Archived),
            Active => matches!(next, Active | Paused | Completed | Archived),
            Paused => matches!(next, Paused | Active | Completed | Archived),
            Completed => matches!(next, Completed | Active | Archived),
            Archived => matches!(next, Archived),
        }
    }
}

words! {
    /// What a supervisor does with a campaign as a whole.
    CampaignAction ("campaign action") {
        /// Begins to dial, or begins again: a draft, a paused or a completed campaign.
        Start = "start",
        /// Halts; live calls go on.
        Pause = "pause",
        /// Goes on after a pause.
        Resume = "resume",
        /// Ends it; nothing more is dialled.
        Complete = "complete",
        /// Puts it away for good.
        Archive = "archive",
    }
}

impl CampaignAction {
    /// The status that a campaign in `status` gets; the same one where there is nothing to do. `None` when the action
    /// does not fit.
    #[must_use]
    pub fn leads_to(self, status: CampaignStatus) -> Option<CampaignStatus> {
        use CampaignStatus::{Active, Archived, Completed, Draft, Paused};
        let to = match self {
            Self::Start => Active,
            Self::Resume if matches!(status, Paused | Active) => Active,
            Self::Pause => Paused,
            Self::Complete => Completed,
            Self::Archive => Archived,
            Self::Resume => return None,
        };
        match (self, status) {
            // Nothing was ever dialled, so there is nothing to halt or to end.
            (Self::Pause | Self::Complete, Draft) => None,
            _ => status.may_become(to).then_some(to),
        }
    }
}

/// Counts of a campaign's contacts, kept true by the database whoever writes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct CampaignStats {
    /// All contacts.
    pub total: u64,
    /// Not called yet.
    pub pending: u64,
    /// Being called.
    pub calling: u64,
    /// Reached.
    pub completed: u64,
    /// Tried without success; some of them will be tried again.
    pub failed: u64,
    /// To be called back.
    pub callback: u64,
    /// Not to be called.
    #[serde(rename = "do-not-call")]
    pub do_not_call: u64,
}

/// A campaign, a row of `dialer_campaigns`.
#[derive(Debug, Clone, PartialEq)]
pub struct Campaign {
    /// Its id.
    pub id: CampaignId,
    /// The owner.
    pub user_id: UserId,
    /// Its name, 1 to 200 characters.
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
    /// Who starts the dials.
    pub mode: DialingMode,
    /// What people are called for.
    pub purpose: Purpose,
    /// Whom the calls are for.
    pub callee: CalleeKind,
    /// Where it stands.
    pub status: CampaignStatus,
    /// The number shown to customers; `None` leaves it to the agent's line.
    pub caller_id: Option<PhoneNumber>,
    /// What agents say.
    pub script: Option<String>,
    /// Attempts at one contact, 1 to 50.
    pub max_attempts: u32,
    /// Wait between two attempts, 0 s to 30 days.
    pub retry_interval: Duration,
    /// When calls may start.
    pub active_hours: ActiveHours,
    /// The zone of [`Self::active_hours`].
    pub timezone: Zone,
    /// Counts of its contacts.
    pub stats: CampaignStats,
    /// Why the engine paused it, until it is started again.
    pub pause_reason: Option<String>,
    /// Grows by one with every change that a person or the engine makes.
    pub revision: i64,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it last changed, counts included.
    pub updated_at: OffsetDateTime,
}

/// What a new campaign is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCampaign {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
    /// Who starts the dials.
    pub mode: DialingMode,
    /// What people are called for.
    pub purpose: Purpose,
    /// Whom the calls are for.
    pub callee: CalleeKind,
    /// The number shown.
    pub caller_id: Option<PhoneNumber>,
    /// What agents say.
    pub script: Option<String>,
    /// Attempts at one contact.
    pub max_attempts: u32,
    /// Wait between two attempts, seconds.
    pub retry_interval: u32,
    /// When calls may start.
    pub active_hours: ActiveHours,
    /// The zone of the hours.
    pub timezone: Zone,
}

/// A change to a campaign. `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CampaignPatch {
    /// New name.
    pub name: Option<String>,
    /// New description; `Some(None)` removes it.
    pub description: Option<Option<String>>,
    /// New mode.
    pub mode: Option<DialingMode>,
    /// New purpose.
    pub purpose: Option<Purpose>,
    /// New kind of callees.
    pub callee: Option<CalleeKind>,
    /// New status.
    pub status: Option<CampaignStatus>,
    /// New caller ID; `Some(None)` removes it.
    pub caller_id: Option<Option<PhoneNumber>>,
    /// New script; `Some(None)` removes it.
    pub script: Option<Option<String>>,
    /// New cap on attempts.
    pub max_attempts: Option<u32>,
    /// New wait between attempts, seconds.
    pub retry_interval: Option<u32>,
    /// New hours.
    pub active_hours: Option<ActiveHours>,
    /// New zone.
    pub timezone: Option<Zone>,
}

/// Why a campaign cannot be as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CampaignError {
    /// A field is out of range.
    #[error("{message}")]
    Field {
        /// The JSON key.
        field: &'static str,
        /// A stable code.
        code: &'static str,
        /// What is wrong and what would do.
        message: String,
    },
    /// The status machine does not allow it.
    #[error("a campaign that is {from} cannot become {to}")]
    Transition {
        /// The status it has.
        from: CampaignStatus,
        /// The status asked for.
        to: CampaignStatus,
    },
}

impl Campaign {
    /// What the log says of a step in this campaign's life.
    #[must_use]
    pub fn event(&self, kind: EventKind, at: OffsetDateTime) -> NewEvent {
        NewEvent {
            kind,
            user_id: self.user_id,
            campaign_id: Some(self.id),
            contact_id: None,
            call_id: None,
            at,
            data: data([("status", json!(self.status))]),
        }
    }

    /// Tells what people made of this campaign from what they made of it before. The counts, which change with every
    /// call, are no part of it.
    #[must_use]
    pub fn tag(&self) -> String {
        self.revision.to_string()
    }

    /// Most attempts at one contact that a campaign may ask for.
    pub const MAX_ATTEMPTS: u32 = 50;
    /// Longest wait between two attempts: 30 days, in seconds.
    pub const MAX_RETRY_INTERVAL: u32 = 30 * 24 * 3600;
    /// Longest name, in characters.
    pub const MAX_NAME: usize = 200;
    /// Longest script or description, in characters.
    pub const MAX_TEXT: usize = 20_000;

    /// A new draft owned by `owner`.
    ///
    /// # Errors
    /// Every [`CampaignError::Field`] that is out of range.
    pub fn draft(
        id: CampaignId,
        owner: UserId,
        new: NewCampaign,
        now: OffsetDateTime,
    ) -> Result<Self, Vec<CampaignError>> {
        let campaign = Self {
            id,
            user_id: owner,
            name: new.name.trim().to_owned(),
            description: new.description,
            mode: new.mode,
            purpose: new.purpose,
            callee: new.callee,
            status: CampaignStatus::Draft,
            caller_id: new.caller_id,
            script: new.script,
            max_attempts: new.max_attempts,
            retry_interval: Duration::seconds(i64::from(new.retry_interval)),
            active_hours: new.active_hours,
            timezone: new.timezone,
            stats: CampaignStats::default(),
            pause_reason: None,
            revision: 1,
            created_at: now,
            updated_at: now,
        };
        campaign.check()?;
        Ok(campaign)
    }

    /// This campaign after `patch`, one revision on.
    ///
    /// # Errors
    /// Every field that is out of range, and the status change when it is not allowed.
    pub fn patched(&self, patch: CampaignPatch, now: OffsetDateTime) -> Result<Self, Vec<CampaignError>> {
        let mut next = self.clone();
        let mut errors = Vec::new();
        if let Some(to) = patch.status {
            if !self.status.may_become(to) {
                errors.push(CampaignError::Transition { from: self.status, to });
            }
            if to == CampaignStatus::Active || to != self.status {
                next.pause_reason = None;
            }
            next.status = to;
        }
        if let Some(name) = patch.name {
            name.trim().clone_into(&mut next.name);
        }
        next.description = patch.description.unwrap_or(next.description);
        next.mode = patch.mode.unwrap_or(next.mode);
        next.purpose = patch.purpose.unwrap_or(next.purpose);
        next.callee = patch.callee.unwrap_or(next.callee);
        next.caller_id = patch.caller_id.unwrap_or(next.caller_id);
        next.script = patch.script.unwrap_or(next.script);
        next.max_attempts = patch.max_attempts.unwrap_or(next.max_attempts);
        if let Some(seconds) = patch.retry_interval {
            next.retry_interval = Duration::seconds(i64::from(seconds));
        }
        next.active_hours = patch.active_hours.unwrap_or(next.active_hours);
        next.timezone = patch.timezone.unwrap_or(next.timezone);
        next.revision += 1;
        next.updated_at = now;
        if let Err(more) = next.check() {
            errors.extend(more);
        }
        if errors.is_empty() { Ok(next) } else { Err(errors) }
    }

    /// A new draft with the settings of this one, for `owner`. Its name says that it is a copy.
    #[must_use]
    pub fn copy(&self, id: CampaignId, owner: UserId, now: OffsetDateTime) -> Self {
        const SUFFIX: &str = " (copy)";
        let room = Self::MAX_NAME - SUFFIX.len();
        let name: String = self.name.chars().take(room).collect();
        Self {
            id,
            user_id: owner,
            name: format!("{name}{SUFFIX}"),
            status: CampaignStatus::Draft,
            stats: CampaignStats::default(),
            pause_reason: None,
            revision: 1,
            created_at: now,
            updated_at: now,
            ..self.clone()
        }
    }

    /// This campaign halted by the engine, because nothing can be dialled until a person mends `reason`.
    #[must_use]
    pub fn halted(&self, reason: impl Into<String>, now: OffsetDateTime) -> Self {
        Self {
            status: CampaignStatus::Paused,
            pause_reason: Some(reason.into()),
            revision: self.revision + 1,
            updated_at: now,
            ..self.clone()
        }
    }

    fn check(&self) -> Result<(), Vec<CampaignError>> {
        let mut errors = Vec::new();
        let mut wrong = |field, code, message: String| errors.push(CampaignError::Field { field, code, message });
        if self.name.is_empty() {
            wrong("name", "required", "give the campaign a name".to_owned());
        } else if self.name.chars().count() > Self::MAX_NAME {
            wrong("name", "too_long", format!("use at most {} characters", Self::MAX_NAME));
        }
        for (field, text) in [("description", &self.description), ("script", &self.script)] {
            if text.as_ref().is_some_and(|text| text.chars().count() > Self::MAX_TEXT) {
                wrong(field, "too_long", format!("use at most {} characters", Self::MAX_TEXT));
            }
        }
        if !(1..=Self::MAX_ATTEMPTS).contains(&self.max_attempts) {
            wrong("max_attempts", "out_of_range", format!("use 1 to {}", Self::MAX_ATTEMPTS));
        }
        if self.retry_interval > Duration::seconds(i64::from(Self::MAX_RETRY_INTERVAL)) {
            wrong("retry_interval", "out_of_range", format!("use 0 to {} seconds", Self::MAX_RETRY_INTERVAL));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}
