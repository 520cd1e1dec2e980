//! May this contact be called now, and if not, why not and when.
//!
//! [`decide`] is asked twice: when the horizon is planned, and again inside the transaction that claims the
//! call. It fails closed: whatever is unknown refuses.

mod codes;
pub mod reader;

use time::OffsetDateTime;

use crate::campaigns::{Campaign, CampaignStatus};
use crate::contacts::{ClosedReason, Contact, ContactStatus};
use crate::rules::{RuleBook, RuleFacts, RuleRef};
use crate::schedule::{ActiveHours, WindowPosition, Zone};

pub use codes::RefusalCode;

/// What the decision is made from.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The campaign that wants to call.
    pub campaign: &'a Campaign,
    /// The contact.
    pub contact: &'a Contact,
    /// Whether the owner has suppressed the number.
    pub suppressed: bool,
    /// What the rules of the callee's place ask.
    pub rules: RuleFacts<'a>,
}

/// Leave to call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Allowed {
    /// The rules that the call was held against, each with the version of its pack.
    pub rules: Vec<RuleRef>,
}

/// A refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub code: RefusalCode,
    /// The rule that refuses; `None` where it is the campaign, the contact or the owner.
    pub rule: Option<RuleRef>,
    /// The earliest instant at which the call may be made, as far as is known now; `None` when time alone does not help.
    pub retry_not_before: Option<OffsetDateTime>,
}

/// Leave to call, or a refusal.
pub type Decision = Result<Allowed, Refusal>;

impl Refusal {
    /// A refusal of which nothing but the code is known: somebody else has the contact, or the agent something else to do.
    #[must_use]
    pub const fn taken(code: RefusalCode) -> Self {
        Self::until(code, None)
    }

    /// A refusal that no rule of a pack gave, which lifts at `retry_not_before`.
    #[must_use]
    pub const fn until(code: RefusalCode, retry_not_before: Option<OffsetDateTime>) -> Self {
        Self { code, rule: None, retry_not_before }
    }

    /// Whether the rules of the callee's place refuse, not the campaign, the contact or its owner.
    #[must_use]
    pub const fn is_of_place(&self) -> bool {
        self.rule.is_some() || self.code.is_of_place()
    }

    /// Why the contact should be closed, when this refusal will never lift by itself. A law's refusal closes nobody: another
    /// campaign's purpose may allow the call, or laws change.
    #[must_use]
    pub const fn closes(self) -> Option<ClosedReason> {
        if self.rule.is_some() { None } else { self.code.closes() }
    }
}

/// Whether a campaign may start calls at `now`, whatever the contact.
///
/// # Errors
/// The [`Refusal`] that holds for all of its contacts.
pub fn campaign_open(campaign: &Campaign, now: OffsetDateTime) -> Result<(), Refusal> {
    open(campaign.status, campaign.active_hours, &campaign.timezone, now)
}

fn open(status: CampaignStatus, hours: ActiveHours, zone: &Zone, now: OffsetDateTime) -> Result<(), Refusal> {
    if status != CampaignStatus::Active {
        return Err(Refusal::taken(RefusalCode::CampaignPaused));
    }
    let code = match hours.position(zone, now) {
        WindowPosition::Open => return Ok(()),
        WindowPosition::Before => RefusalCode::BeforeWindow,
        WindowPosition::After => RefusalCode::AfterWindow,
    };
    Err(Refusal::until(code, hours.next_open(zone, now)))
}

/// What a decision asks of the campaign and the contact, and no more: a receipt keeps it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Own<'a> {
    pub(crate) campaign: CampaignStatus,
    pub(crate) hours: ActiveHours,
    pub(crate) zone: &'a Zone,
    pub(crate) max_attempts: u32,
    pub(crate) contact: ContactStatus,
    pub(crate) closed: Option<ClosedReason>,
    pub(crate) attempts: u32,
    pub(crate) due: Option<OffsetDateTime>,
    pub(crate) suppressed: bool,
}

impl<'a> Own<'a> {
    pub(crate) const fn of(facts: &Facts<'a>) -> Self {
        let Facts { campaign, contact, suppressed, rules: _ } = *facts;
        Self {
            campaign: campaign.status,
            hours: campaign.active_hours,
            zone: &campaign.timezone,
            max_attempts: campaign.max_attempts,
            contact: contact.status,
            closed: contact.closed_reason,
            attempts: contact.attempts,
            due: contact.next_attempt_at,
            suppressed,
        }
    }
}

/// Whether this contact may be called at `now`. The cap on attempts does not break a promise to call back: the
/// customer asked for that call. Laws hold for callbacks too.
///
/// # Errors
/// The first [`Refusal`] in this order: live attempt, do-not-call, closed, cap, campaign and hours, the rules of the callee's
/// place, those that last before those that pass, and then the next attempt. A contact may rest because a rule refused it, so
/// whoever asks about one that rests is told the rule as long as that refuses.
pub fn decide(facts: Facts<'_>, book: &RuleBook, now: OffsetDateTime) -> Decision {
    judge(Own::of(&facts), &facts.rules, book, now)
}

/// [`decide`], from what it asks alone.
pub(crate) fn judge(own: Own<'_>, rules: &RuleFacts<'_>, book: &RuleBook, now: OffsetDateTime) -> Decision {
    let refuse = |code| Err(Refusal::taken(code));
    // A live attempt keeps its contact as it is; what its end makes of the contact is asked again.
    if own.contact == ContactStatus::Calling {
        return refuse(RefusalCode::AttemptLive);
    }
    if own.suppressed {
        return refuse(RefusalCode::DncInternal);
    }
    match own.contact {
        ContactStatus::DoNotCall => return refuse(RefusalCode::DncCampaign),
        ContactStatus::Completed => return refuse(RefusalCode::ContactClosed),
        ContactStatus::Calling | ContactStatus::Pending | ContactStatus::Failed | ContactStatus::Callback => {}
    }
    if own.closed.is_some() {
        return refuse(RefusalCode::ContactClosed);
    }
    if own.attempts >= own.max_attempts && own.contact != ContactStatus::Callback {
        return refuse(RefusalCode::CapLifetime);
    }
    let ours = open(own.campaign, own.hours, own.zone, now).and_then(|()| match own.due {
        Some(at) if at > now => Err(Refusal::until(RefusalCode::CoolingOff, Some(at))),
        Some(_) | None => Ok(()),
    });
    if let Err(refusal) = ours
        && refusal.retry_not_before.is_none()
    {
        return Err(refusal);
    }
    let law = book.check(rules, now);
    let lasts = law.as_ref().is_err_and(|unlawful| !unlawful.passes);
    let (code, rule) = match (ours, law) {
        (Ok(()), Ok(rules)) => return Ok(Allowed { rules }),
        (Ok(()), Err(unlawful)) => (unlawful.code, unlawful.rule),
        (Err(rests), Err(unlawful)) if rests.code == RefusalCode::CoolingOff => (unlawful.code, unlawful.rule),
        (Err(refusal), _) => (refusal.code, None),
    };
    let retry_not_before = if lasts { None } else { next_allowed(own, rules, book, now) };
    Err(Refusal { code, rule, retry_not_before })
}

/// Steps after which the search for an hour that suits everybody is given up: where there is one, a few do.
const STEPS: usize = 200;

/// The first instant from `now` on that the campaign's hours, the contact's next attempt and every rule that passes with time
/// allow. `None` when there is none within a couple of months.
fn next_allowed(own: Own<'_>, rules: &RuleFacts<'_>, book: &RuleBook, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let mut at = own.due.map_or(now, |due| due.max(now));
    for _ in 0..STEPS {
        let open = own.hours.next_open(own.zone, at)?;
        let lawful = book.not_before(rules, open)?;
        if lawful == at {
            return Some(at);
        }
        at = lawful;
    }
    None
}
