//! Everything a forecast is played from.

use time::{Duration, OffsetDateTime};

use super::habits::Habits;
use super::list::{ContactList, Prospect};
use super::plan::{Days, ForecastPlan, Pace};
use crate::campaigns::{Campaign, CampaignStatus};
use crate::contacts::{Contact, ContactStatus};
use crate::eligibility::reader::Case;
use crate::eligibility::{Decision, Facts, decide};
use crate::retry::RetryPolicy;
use crate::rules::{Circumstances, GuardRule, GuardStanding, Lifetime, PastCall, RuleFacts};

/// Live answers that leave every ratio room.
const ROOM: u64 = 1_000_000;

/// What is played: nothing else is asked while it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// What was asked.
    pub plan: ForecastPlan,
    /// Its days.
    pub days: Days,
    /// The campaign, as if it were dialling.
    pub campaign: Campaign,
    /// The rules, and what else holds for all of its contacts.
    pub circumstances: Circumstances,
    /// How people answer and agents work.
    pub habits: Habits,
    /// Its contacts.
    pub list: ContactList,
    /// The ratios of abandoned calls that rules watch, all with room: the pacer keeps to its own cap, and where a ratio is spent
    /// the dialer goes on with one line an agent.
    guards: Vec<GuardStanding>,
}

impl Job {
    /// A forecast of `plan` for `campaign`, whose `contacts` contacts are, or are like, those of `cases`.
    #[must_use]
    pub fn new(
        plan: ForecastPlan,
        campaign: Campaign,
        circumstances: Circumstances,
        habits: Habits,
        cases: Vec<Case>,
        contacts: u32,
    ) -> Self {
        let campaign = Campaign { status: CampaignStatus::Active, ..campaign };
        let days = Days::of(&campaign, &plan);
        let roomy = |guard: GuardRule| GuardStanding { rule: guard.rule.id, abandoned: 0, live: ROOM };
        let guards: Vec<GuardStanding> = circumstances.governing.book.guards().map(roomy).collect();
        let list = ContactList::default();
        let mut job = Self { plan, days, campaign, circumstances, habits, list, guards };
        job.list = ContactList::of(&job.asked(), cases, contacts);
        job
    }

    /// Whether `prospect` may be called at `at`, with so many attempts made and these calls beside those it had before.
    ///
    /// # Errors
    /// As of [`decide`].
    pub fn may_call(
        &self,
        prospect: &Prospect,
        status: ContactStatus,
        attempts: u32,
        calls: &[PastCall],
        at: OffsetDateTime,
    ) -> Decision {
        let Case { contact, dossier, .. } = &prospect.case;
        let contact = Contact { status, attempts, next_attempt_at: None, ..contact.clone() };
        let history = [dossier.history.as_slice(), calls].concat();
        let more = u32::try_from(calls.len()).unwrap_or(u32::MAX);
        let Lifetime { number, person, debt, subject } = dossier.lifetime;
        let lifetime =
            Lifetime { number: number + more, person: person + more, debt: debt + more, subject: subject + more };
        self.asked().decide(&prospect.case, &contact, &history, lifetime, at)
    }

    /// Whether `prospect` is decided about for itself once it was called.
    #[must_use]
    pub fn looks_back(&self, prospect: usize) -> bool {
        let prospect = self.list.prospects.get(prospect);
        prospect
            .and_then(|prospect| self.list.calendars.get(prospect.calendar))
            .is_some_and(|calendar| calendar.looks_back)
    }

    /// How the campaign's contacts are tried again.
    #[must_use]
    pub const fn retries(&self) -> RetryPolicy {
        RetryPolicy { max_attempts: self.campaign.max_attempts, interval: self.campaign.retry_interval }
    }

    /// The hour of the day where `prospect` is, 0 to 23.
    #[must_use]
    pub fn hour(&self, prospect: &Prospect, at: OffsetDateTime) -> u8 {
        let zone = prospect.case.dossier.place.zones.first().unwrap_or(&self.campaign.timezone);
        zone.local(at).hour()
    }

    /// So many seconds after the start.
    #[must_use]
    pub fn instant(&self, seconds: f64) -> OffsetDateTime {
        self.plan.from + Duration::seconds_f64(seconds)
    }

    /// Seconds from the start.
    #[must_use]
    pub fn seconds(&self, at: OffsetDateTime) -> f64 {
        (at - self.plan.from).as_seconds_f64()
    }

    fn asked(&self) -> Asked<'_> {
        Asked {
            campaign: &self.campaign,
            guards: &self.guards,
            circumstances: &self.circumstances,
            days: &self.days,
            from: self.plan.from,
            pace: self.plan.pace,
        }
    }
}

/// What decisions about every contact are made from.
pub(super) struct Asked<'a> {
    pub(super) campaign: &'a Campaign,
    guards: &'a [GuardStanding],
    pub(super) circumstances: &'a Circumstances,
    pub(super) days: &'a Days,
    pub(super) from: OffsetDateTime,
    pub(super) pace: Pace,
}

impl Asked<'_> {
    pub(super) fn decide(
        &self,
        case: &Case,
        contact: &Contact,
        history: &[PastCall],
        lifetime: Lifetime,
        at: OffsetDateTime,
    ) -> Decision {
        let rules = RuleFacts {
            history,
            lifetime,
            guards: self.guards,
            agent_guaranteed: self.pace != Pace::Predictive,
            ..self.circumstances.facts(self.campaign, &case.dossier)
        };
        let facts = Facts { campaign: self.campaign, contact, suppressed: case.suppressed, rules };
        decide(facts, &self.circumstances.governing.book, at)
    }
}
