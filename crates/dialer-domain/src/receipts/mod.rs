//! Receipts: for each dial, all that the decision to make it was made from, so that the same answer can be given again.
//!
//! A receipt is written in the transaction of the claim, never changed, and known by the id of its call. Refusals are too many to
//! keep one by one; they are [counted](RefusalCount).

mod inputs;
mod refusals;
pub mod store;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::rfc3339;

use crate::eligibility::{Allowed, Decision};
use crate::ids::{CallId, CampaignId, ContactId, UserId};
use crate::rules::{BookHash, RuleBook, RuleRef};

pub use inputs::{CampaignTerms, ContactStanding, Inputs, Ringing};
pub use refusals::{RefusalCount, tally};

/// The program that decides now, with its version. Zones change with the program's data, so that a receipt names it.
pub const PROGRAM: &str = concat!("dialer ", env!("CARGO_PKG_VERSION"));

/// Why a call was allowed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The call, and the receipt's own id.
    pub call_id: CallId,
    /// The campaign's owner.
    pub user_id: UserId,
    /// The campaign that called.
    pub campaign_id: CampaignId,
    /// The contact that was called.
    pub contact_id: ContactId,
    /// The instant for which it was decided.
    #[serde(with = "rfc3339")]
    pub decided_at: OffsetDateTime,
    /// The rules by which it was decided.
    pub book: BookHash,
    /// The program that decided; see [`PROGRAM`].
    pub program: String,
    /// What it was decided from.
    pub inputs: Inputs,
    /// The answer: the rules that the call was held against, each with the version of its pack. A call that was not allowed was
    /// not made, so there is no other.
    pub rules: Vec<RuleRef>,
}

/// A decision that was made again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// The answer that was given.
    pub then: Decision,
    /// The answer that the same inputs give now.
    pub now: Decision,
}

impl Replay {
    /// Whether both answers are the same: as to the call, and as to the rules that it was held against.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.then == self.now
    }
}

/// A decision in words.
#[must_use]
pub fn told(decision: &Decision) -> String {
    match decision {
        Ok(Allowed { rules }) if rules.is_empty() => "allowed, and no rule was asked".to_owned(),
        Ok(Allowed { rules }) => {
            let rules: Vec<String> = rules.iter().map(ToString::to_string).collect();
            format!("allowed by {}", rules.join(", "))
        }
        Err(refusal) => {
            let by = refusal.rule.map(|rule| format!(" by {rule}")).unwrap_or_default();
            format!("refused: {}{by}", refusal.code)
        }
    }
}

impl Receipt {
    /// Decides again. `book` is the one that the receipt names.
    #[must_use]
    pub fn replay(&self, book: &RuleBook) -> Replay {
        let then = Ok(Allowed { rules: self.rules.clone() });
        Replay { then, now: self.inputs.decide(book, self.decided_at) }
    }
}
