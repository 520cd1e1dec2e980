//! What became of a call, step by step.

use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::calls::causes::CauseCode;
use crate::calls::{Call, CallOutcome, CallStatus, Evidence};
use crate::events::{Event, EventKind};
use crate::ids::UserId;
use crate::words::words;

words! {
    /// Who did a step, or told of it.
    Actor ("actor") {
        /// A person.
        User = "user",
        /// The dialer itself.
        Engine = "engine",
        /// The telephony provider.
        Provider = "provider",
    }
}

/// One step of a call's story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: OffsetDateTime,
    /// What happened.
    pub kind: EventKind,
    /// The same in words.
    pub words: String,
    /// Who did it, or told of it.
    pub by: Actor,
    /// The person, where it was one.
    pub user: Option<UserId>,
    /// How it is known, where the step ends the call.
    pub evidence: Option<Evidence>,
}

/// What a call came to, or how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the call is over.
    pub over: bool,
    /// What it came to, in words.
    pub words: String,
    /// Why.
    pub cause: Option<CauseCode>,
    /// The provider's own words, or ours where it said nothing.
    pub told: Option<String>,
    /// How the end is known, in words.
    pub evidence: Option<&'static str>,
    /// Whether it counts as an attempt at the contact; `None` while that is open.
    pub counts: Option<bool>,
}

/// A call's whole story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallExplanation {
    /// Its steps, in order.
    pub steps: Vec<Step>,
    /// What it came to.
    pub verdict: Verdict,
}

/// The story of a call, by its row and its events in the order of the log.
#[must_use]
pub fn explain_call(call: &Call, events: &[Event]) -> CallExplanation {
    CallExplanation { steps: events.iter().map(step).collect(), verdict: verdict(call) }
}

fn text<'a>(data: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    data.get(key).and_then(Value::as_str)
}

fn number(data: &Map<String, Value>, key: &str) -> Option<u64> {
    data.get(key).and_then(Value::as_u64)
}

fn step(event: &Event) -> Step {
    let event = &event.event;
    let data = &event.data;
    let user = text(data, "by").and_then(|id| id.parse().ok());
    let evidence: Option<Evidence> = text(data, "evidence").and_then(|word| word.parse().ok());
    let by_provider = match event.kind {
        EventKind::CallRinging | EventKind::CallAnswered => true,
        EventKind::CallEnded | EventKind::CallCorrected => {
            !matches!(evidence, Some(Evidence::Bound | Evidence::Reported))
        }
        _ => false,
    };
    let by = match user {
        Some(_) => Actor::User,
        None if evidence == Some(Evidence::Reported) => Actor::User,
        None if by_provider => Actor::Provider,
        None => Actor::Engine,
    };
    // Until a call is over, its events carry no evidence of an end.
    Step { at: event.at, kind: event.kind, words: told(event.kind, data), by, user, evidence }
}

fn told(kind: EventKind, data: &Map<String, Value>) -> String {
    let outcome = || text(data, "outcome").unwrap_or("unknown");
    let because = || {
        let code: Option<CauseCode> = text(data, "cause_code").and_then(|word| word.parse().ok());
        let meaning = code.map(|code| format!(": {}", code.meaning())).unwrap_or_default();
        let told = text(data, "cause").map(|told| format!(" (\"{told}\")")).unwrap_or_default();
        format!("{meaning}{told}")
    };
    match kind {
        EventKind::CallInitiated if text(data, "direction").is_some() => {
            "A customer called; it was written down.".to_owned()
        }
        EventKind::CallInitiated => match text(data, "agent") {
            Some(agent) => format!("Written down; the provider is asked to place it for agent {agent}."),
            None => "Written down; the provider is asked to place it.".to_owned(),
        },
        EventKind::CallRinging => "The provider took the call; the customer's phone begins to ring.".to_owned(),
        EventKind::CallAnswered => "The customer answered.".to_owned(),
        EventKind::CallEnded => format!("Over, {}{}.", outcome(), because()),
        EventKind::CallCorrected => format!("Corrected to {}{}.", outcome(), because()),
        EventKind::CallUpdated => match fields(data) {
            Some(fields) => format!("The log was changed: {fields}."),
            None => "The log was changed.".to_owned(),
        },
        EventKind::CallHidden => "Taken out of the lists.".to_owned(),
        EventKind::ContactSettled => {
            let status = text(data, "status").unwrap_or("unknown");
            let attempts = number(data, "attempts").unwrap_or_default();
            let closed = text(data, "closed_reason");
            let closed = closed.map(|reason| format!(" and is closed ({reason})")).unwrap_or_default();
            format!("The contact is {status}{closed}, with {attempts} attempts counted.")
        }
        EventKind::DispositionRecorded => {
            format!("An agent said what came of it: {}.", text(data, "disposition").unwrap_or("unknown"))
        }
        EventKind::FollowUpMissed => "The follow-up that was promised on it was not kept in time.".to_owned(),
        EventKind::FollowUpDone => "A person said that the follow-up is no longer needed.".to_owned(),
        EventKind::RecordingAdded => "A recording was added.".to_owned(),
        EventKind::RecordingUpdated => "The recording was transcribed or judged.".to_owned(),
        EventKind::RecordingRemoved => "The recording was removed.".to_owned(),
        EventKind::VoicemailDropUsed => "A voicemail drop was left.".to_owned(),
        other => other.as_str().to_owned(),
    }
}

fn fields(data: &Map<String, Value>) -> Option<String> {
    let fields: Vec<&str> = data.get("changes")?.as_array()?.iter().filter_map(Value::as_str).collect();
    (!fields.is_empty()).then(|| fields.join(", "))
}

fn verdict(call: &Call) -> Verdict {
    let Some(outcome) = call.outcome else {
        let words = match (call.status, &call.provider_call_id) {
            (CallStatus::Answered, _) => "The customer talks.",
            (_, None) => {
                "The provider was asked to place the call and has not answered yet, or its answer was lost; until it is \
                 known what happened, nobody calls this contact."
            }
            (_, Some(_)) if call.gone_at.is_some() => {
                "The provider no longer lists the call; its record is awaited to know how it ended."
            }
            (_, Some(_)) => "The customer's phone rings.",
        };
        return Verdict { over: false, words: words.to_owned(), cause: None, told: None, evidence: None, counts: None };
    };
    let fallback = (outcome != CallOutcome::NotPlaced).then(|| CauseCode::of_end(outcome, call.cause.as_deref()));
    let words = match outcome {
        CallOutcome::Completed => {
            format!("The customer, or their voicemail, answered; {} s of talk.", call.duration)
        }
        CallOutcome::Busy => "The line was busy.".to_owned(),
        CallOutcome::NoAnswer => "Nobody answered.".to_owned(),
        CallOutcome::Canceled => "It was given up before an answer.".to_owned(),
        CallOutcome::Abandoned => "Somebody answered, and no agent came on the line.".to_owned(),
        CallOutcome::Failed => "It failed after the customer's line was tried.".to_owned(),
        CallOutcome::InvalidNumber => "There is no such number.".to_owned(),
        CallOutcome::Refused => "The provider refused it; the customer was not called.".to_owned(),
        CallOutcome::NotPlaced => "It was not placed; the customer was not called.".to_owned(),
    };
    Verdict {
        over: true,
        words,
        cause: call.cause_code.or(fallback),
        told: call.cause.clone(),
        evidence: call.evidence.map(known_by),
        counts: call.contact_id.map(|_| outcome.reached_customer()),
    }
}

const fn known_by(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Bound => "assumed: nothing was heard within the bound; a late record still corrects it",
        Evidence::Reported => "reported by a person or a client",
        Evidence::Answer => "told by the provider's answer to our own request",
        Evidence::Event => "told by an event that the provider sent",
        Evidence::Record => "told by the provider's call record",
    }
}
