//! Explanations for people on a terminal. Ids and words, no number and no name of a person.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dialer_app::Refusals;
use dialer_app::explain::CallStory;
use dialer_domain::OffsetDateTime;
use dialer_domain::contacts::Contact;
use dialer_domain::eligibility::Allowed;
use dialer_domain::explain::{Actor, CampaignExplanation, CampaignSnapshot, ContactExplanation, PreconditionState};
use dialer_domain::receipts;
use time::UtcOffset;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// Where what follows a name begins.
const INDENT: usize = 20;

pub(super) fn campaign(snapshot: &CampaignSnapshot, told: &CampaignExplanation) -> String {
    let campaign = &snapshot.campaign;
    let mut text = match told.blocked_by {
        Some(code) => {
            format!("campaign {} ({}) does not dial: {}\n", campaign.id, campaign.mode, spaced(code.as_str()))
        }
        None if told.preconditions.iter().any(|one| one.state == PreconditionState::Unknown) => {
            format!("campaign {} ({}): nothing in the database keeps it from dialling\n", campaign.id, campaign.mode)
        }
        None => format!("campaign {} ({}) dials\n", campaign.id, campaign.mode),
    };
    for one in &told.preconditions {
        let mark = match one.state {
            PreconditionState::Ok => "ok",
            PreconditionState::Not => "not",
            PreconditionState::Unknown => "?",
        };
        line(&mut text, mark, &spaced(one.code.as_str()), &one.words);
        if let Some(advice) = one.advice.as_ref().filter(|_| one.state == PreconditionState::Not) {
            let advice = advice.replace("{id}", &campaign.id.to_string());
            let _ = writeln!(text, "{:INDENT$}-> {advice}", "");
        }
    }
    let standing = &snapshot.standing;
    let (total, due, waiting) = (standing.total(), standing.due, standing.waiting);
    line(&mut text, "", "contacts", &format!("{total} in all, {due} due, {waiting} in line"));
    let refused = standing.refusals(campaign, told.at);
    if !refused.is_empty() {
        let counts: Vec<String> = refused.iter().map(|(code, count)| format!("{count} {code}")).collect();
        line(&mut text, "", "refused now", &counts.join(", "));
    }
    if let Some(at) = told.next_dial_at.or(standing.next_due) {
        let name = if told.next_dial_at.is_some() { "next dial" } else { "next due" };
        line(&mut text, "", name, &stamp(at));
    }
    text.trim_end().to_owned()
}

pub(super) fn contact(contact: &Contact, told: &ContactExplanation) -> String {
    let mut text = format!("contact {} ({}, {} attempts)\n", contact.id, contact.status, contact.attempts);
    let mark = if told.code.is_none() { "ok" } else { "not" };
    line(&mut text, mark, told.code.map_or("callable", |code| code.as_str()), &told.words);
    if let Some(advice) = told.advice {
        let _ = writeln!(text, "{:INDENT$}-> {advice}", "");
    }
    if let Some(since) = told.since {
        line(&mut text, "", "since", &stamp(since));
    }
    if let Some(next) = told.next_at {
        line(&mut text, "", "next", &stamp(next));
    }
    text.trim_end().to_owned()
}

pub(super) fn call(CallStory { call, explanation: told, receipt }: &CallStory) -> String {
    let mut text = format!("call {} ({})\n", call.id, call.status);
    for step in &told.steps {
        let by = match (step.by, step.user) {
            (Actor::User, Some(user)) => format!("user {user}"),
            (by, _) => by.as_str().to_owned(),
        };
        let _ = writeln!(text, "{}  {} [{by}]", stamp(step.at), step.words);
    }
    let verdict = &told.verdict;
    let _ = writeln!(text, "{} {}", if verdict.over { "over:" } else { "live:" }, verdict.words);
    if let Some(cause) = verdict.cause {
        line(&mut text, "", "cause", &format!("{} ({cause})", cause.meaning()));
        if let Some(advice) = cause.advice() {
            let _ = writeln!(text, "{:INDENT$}-> {advice}", "");
        }
    }
    if let Some(told) = &verdict.told {
        line(&mut text, "", "told as", told);
    }
    if let Some(evidence) = verdict.evidence {
        line(&mut text, "", "known by", evidence);
    }
    if let Some(receipt) = receipt {
        line(&mut text, "", "allowed by", &receipts::told(&Ok(Allowed { rules: receipt.rules.clone() })));
        let _ = writeln!(text, "{:INDENT$}-> dialer explain --replay {} decides again", "", receipt.call_id);
    }
    text.trim_end().to_owned()
}

/// What was refused lately, most first; nothing where nothing was.
pub(super) fn refusals(told: &Refusals) -> String {
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for count in &told.counts {
        let rule = count.rule.map(|rule| format!(" by {}", rule.id)).unwrap_or_default();
        *sums.entry(format!("{}{rule}", count.code)).or_default() += count.count;
    }
    if sums.is_empty() {
        return String::new();
    }
    let mut sums: Vec<(String, u64)> = sums.into_iter().collect();
    sums.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let sums: Vec<String> = sums.iter().map(|(why, count)| format!("{count} {why}")).collect();
    let mut text = "\n".to_owned();
    line(&mut text, "", "refused", &format!("since {}: {}", stamp(told.from), sums.join(", ")));
    text.trim_end().to_owned()
}

fn line(text: &mut String, mark: &str, name: &str, words: &str) {
    let _ = writeln!(text, "{mark:<4}{name:<16}{words}");
}

fn spaced(code: &str) -> String {
    code.replace('_', " ")
}

const STAMP: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");

fn stamp(at: OffsetDateTime) -> String {
    // Every field of the format is one that an instant has.
    at.to_offset(UtcOffset::UTC).format(STAMP).unwrap_or_default()
}
