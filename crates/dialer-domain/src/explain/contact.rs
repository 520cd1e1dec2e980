//! Why a contact is not called.

use time::OffsetDateTime;

use super::refusals::{advice, meaning};
use super::wall;
use crate::campaigns::Campaign;
use crate::contacts::{Contact, ContactStatus};
use crate::eligibility::{Facts, RefusalCode, decide};
use crate::rules::{RuleBook, RuleFacts, RuleRef};
use crate::suppression::Suppression;

/// What is known of a contact.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactSnapshot {
    /// Its campaign.
    pub campaign: Campaign,
    /// The contact as stored.
    pub contact: Contact,
    /// The do-not-call entry that keeps its campaign from calling its number.
    pub suppression: Option<Suppression>,
    /// Since when a call to it is live, whatever its row says.
    pub live_since: Option<OffsetDateTime>,
}

/// Whether a contact may be called, and if not, why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactExplanation {
    /// When this was so.
    pub at: OffsetDateTime,
    /// Why not; `None` when it may be called.
    pub code: Option<RefusalCode>,
    /// The rule that refuses, where one does.
    pub rule: Option<RuleRef>,
    /// The same in words.
    pub words: String,
    /// What a person can do about it.
    pub advice: Option<&'static str>,
    /// Since when, where that is known.
    pub since: Option<OffsetDateTime>,
    /// The earliest instant at which it may be called; `None` when time alone does not help.
    pub next_at: Option<OffsetDateTime>,
}

/// Whether the contact may be called at `now`, and if not, why not.
#[must_use]
pub fn explain_contact(
    snapshot: &ContactSnapshot,
    rules: RuleFacts<'_>,
    book: &RuleBook,
    now: OffsetDateTime,
) -> ContactExplanation {
    let ContactSnapshot { campaign, contact, suppression, live_since } = snapshot;
    // One that binds the campaign alone is a wish not to be called by it.
    let here = suppression.as_ref().is_some_and(|entry| entry.campaign_id.is_some());
    let status = match live_since {
        Some(_) => ContactStatus::Calling,
        None if here => ContactStatus::DoNotCall,
        None => contact.status,
    };
    let seen = Contact { status, ..contact.clone() };
    let suppressed = suppression.is_some() && !here;
    let facts = Facts { campaign, contact: &seen, suppressed, rules };
    let Err(refusal) = decide(facts, book, now) else {
        let words = "The contact may be called now.".to_owned();
        let due = contact.next_attempt_at.unwrap_or(contact.created_at);
        return ContactExplanation {
            at: now,
            code: None,
            rule: None,
            words,
            advice: None,
            since: Some(due.min(now)),
            next_at: Some(now),
        };
    };
    let (code, by_rule) = (refusal.code, refusal.rule.is_some());
    let since = match code {
        RefusalCode::AttemptLive => live_since.or(contact.last_attempt_at),
        RefusalCode::DncInternal => suppression.as_ref().map(|entry| entry.created_at),
        RefusalCode::DncCampaign if here => suppression.as_ref().map(|entry| entry.created_at),
        RefusalCode::DncCampaign | RefusalCode::ContactClosed => Some(contact.updated_at),
        RefusalCode::CapLifetime if !by_rule => Some(contact.updated_at),
        RefusalCode::CoolingOff => contact.last_attempt_at.or(Some(contact.updated_at)),
        _ => None,
    };
    let next_at = refusal.retry_not_before;
    let until = next_at.map(|at| format!("; it may be called from {} on", wall(&campaign.timezone, at)));
    let closed = contact.closed_reason.filter(|_| code == RefusalCode::ContactClosed);
    let closed = closed.map(|reason| format!(" ({reason})")).unwrap_or_default();
    let rule = refusal.rule.map(|rule| format!(" (rule {rule})")).unwrap_or_default();
    let words = format!("Not now: {}{closed}{rule}{}.", meaning(code, by_rule), until.unwrap_or_default());
    ContactExplanation {
        at: now,
        code: Some(code),
        rule: refusal.rule,
        words,
        advice: advice(code, by_rule),
        since,
        next_at,
    }
}
