//! A call's story on the wire.

use dialer_app::explain::CallStory;
use dialer_domain::calls::causes::CauseCode;
use dialer_domain::calls::{CallOutcome, CallStatus, Evidence};
use dialer_domain::events::EventKind;
use dialer_domain::explain::{Actor, CallExplanation, Step};
use dialer_domain::ids::{CallId, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::stamp::Stamp;

#[derive(Serialize, ToSchema)]
pub(crate) struct CallExplained {
    explanation: CallView,
}

/// What became of a call.
#[derive(Serialize, ToSchema)]
struct CallView {
    call_id: CallId,
    status: CallStatus,
    /// In the order in which they were written down.
    steps: Vec<StepView>,
    verdict: VerdictView,
    /// The id of its receipt, which is the call's own; null where no campaign of the caller's placed it. See
    /// `GET /calls/{id}/receipt`.
    receipt_id: Option<CallId>,
}

#[derive(Serialize, ToSchema)]
struct StepView {
    at: Stamp,
    kind: EventKind,
    words: String,
    by: Actor,
    /// The person, where it was one.
    user_id: Option<UserId>,
    evidence: Option<Evidence>,
}

impl From<Step> for StepView {
    fn from(step: Step) -> Self {
        Self {
            at: step.at.into(),
            kind: step.kind,
            words: step.words,
            by: step.by,
            user_id: step.user,
            evidence: step.evidence,
        }
    }
}

/// What it came to.
#[derive(Serialize, ToSchema)]
struct VerdictView {
    over: bool,
    outcome: Option<CallOutcome>,
    words: String,
    cause: Option<CauseView>,
    /// How the end is known.
    evidence: Option<&'static str>,
    /// Whether it counts as an attempt at the contact.
    counts_as_attempt: Option<bool>,
}

#[derive(Serialize, ToSchema)]
struct CauseView {
    code: CauseCode,
    words: &'static str,
    /// What to do.
    advice: Option<&'static str>,
    /// The provider's own words.
    told: Option<String>,
}

impl From<CallStory> for CallExplained {
    fn from(CallStory { call, explanation, receipt }: CallStory) -> Self {
        let CallExplanation { steps, verdict } = explanation;
        let told = verdict.told;
        Self {
            explanation: CallView {
                call_id: call.id,
                status: call.status,
                steps: steps.into_iter().map(Into::into).collect(),
                verdict: VerdictView {
                    over: verdict.over,
                    outcome: call.outcome,
                    words: verdict.words,
                    cause: verdict.cause.map(|code| CauseView {
                        code,
                        words: code.meaning(),
                        advice: code.advice(),
                        told,
                    }),
                    evidence: verdict.evidence,
                    counts_as_attempt: verdict.counts,
                },
                receipt_id: receipt.map(|receipt| receipt.call_id),
            },
        }
    }
}
