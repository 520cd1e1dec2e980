//! Why calls end, as one table: the codes under which ends are stored, what each means, and what a person can do.
//!
//! The provider's own words are kept beside the code ([`super::Call::cause`]). Codes are told from its refusals
//! ([`TelephonyError`]), and from the termination causes of its records, which are those of ITU-T Q.850 as switches print
//! them.

use super::CallOutcome;
use crate::telephony::TelephonyError;
use crate::words::words;

words! {
    /// Why a call ended. The codes are stable.
    CauseCode ("cause code") {
        /// Somebody hung up after a conversation.
        HungUp = "hung_up",
        /// The customer's line was busy.
        Busy = "busy",
        /// The customer did not answer.
        NoAnswer = "no_answer",
        /// The customer's phone declined.
        Declined = "declined",
        /// The caller gave up while it rang.
        Canceled = "canceled",
        /// Somebody answered, and no agent came on the line.
        Abandoned = "abandoned",
        /// A person stopped the campaign while it rang.
        Stopped = "stopped",
        /// There is no such number.
        InvalidNumber = "invalid_number",
        /// The network failed on the way to the customer.
        Network = "network",
        /// The provider will not call this number.
        NumberRefused = "number_refused",
        /// The provider does not accept our credentials.
        Credentials = "credentials",
        /// The account has no balance.
        Balance = "balance",
        /// The caller ID cannot be used.
        CallerId = "caller_id",
        /// The account or our settings do not allow it for another reason.
        Account = "account",
        /// The agent's phone was not there or was not picked up.
        AgentPhone = "agent_phone",
        /// The provider asked for fewer requests.
        Throttled = "throttled",
        /// The provider could not be reached.
        Unreachable = "provider_unreachable",
        /// The provider's answer was lost, and it has no trace of the call.
        AnswerLost = "answer_lost",
        /// The provider took the call and told no end of it.
        NoEndTold = "no_end_told",
        /// A person or a client said that it is over.
        Reported = "reported",
        /// The number was suppressed between the claim and an answer.
        Suppressed = "suppressed",
        /// Whether the number is suppressed could not be found out.
        Unchecked = "unchecked",
    }
}

/// The first of these whose words are in the text.
fn spoken(text: &str, table: &[(&[&str], CauseCode)]) -> Option<CauseCode> {
    let text = text.to_ascii_lowercase().replace(['_', '-'], " ");
    let found = table.iter().find(|(words, _)| words.iter().any(|word| text.contains(word)));
    found.map(|(_, code)| *code)
}

/// What the account lacks, by the provider's words.
const ACCOUNT: [(&[&str], CauseCode); 2] = [
    (&["http 402", "balance", "credit", "funds", "payment"], CauseCode::Balance),
    (&["caller", "cli ", "cli prefix", "ddi", "from:"], CauseCode::CallerId),
];

/// Failures on the way to the customer, by the network's words.
const FAILURES: [(&[&str], CauseCode); 4] = [
    (
        &["unallocated", "unassigned", "invalid number", "number changed", "address incomplete"],
        CauseCode::InvalidNumber,
    ),
    (&["reject", "decline"], CauseCode::Declined),
    (&["balance", "credit", "payment"], CauseCode::Balance),
    (&["barred", "not allowed", "forbidden", "not authorized", "blacklist"], CauseCode::NumberRefused),
];

impl CauseCode {
    /// Why a call was not placed.
    #[must_use]
    pub fn of_error(error: &TelephonyError) -> Self {
        match error {
            TelephonyError::Refused { .. } => Self::NumberRefused,
            TelephonyError::AgentUnreachable { .. } => Self::AgentPhone,
            TelephonyError::Throttled { .. } => Self::Throttled,
            TelephonyError::Unauthorized { .. } => Self::Credentials,
            TelephonyError::Misconfigured { reason } => spoken(reason, &ACCOUNT).unwrap_or(Self::Account),
            TelephonyError::Unavailable { .. } => Self::Unreachable,
            TelephonyError::OutcomeUnknown { .. } | TelephonyError::NoSuchCall => Self::AnswerLost,
        }
    }

    /// Why a call ended that the provider tells the end of, in its `words` where it has some.
    #[must_use]
    pub fn of_end(outcome: CallOutcome, words: Option<&str>) -> Self {
        match outcome {
            CallOutcome::Completed => Self::HungUp,
            CallOutcome::Busy => Self::Busy,
            CallOutcome::NoAnswer => Self::NoAnswer,
            CallOutcome::Canceled => Self::Canceled,
            CallOutcome::Abandoned => Self::Abandoned,
            CallOutcome::InvalidNumber => Self::InvalidNumber,
            CallOutcome::Refused => Self::NumberRefused,
            CallOutcome::NotPlaced => Self::AnswerLost,
            CallOutcome::Failed => words.and_then(|words| spoken(words, &FAILURES)).unwrap_or(Self::Network),
        }
    }

    /// What it means.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::HungUp => "one side hung up after the conversation",
            Self::Busy => "the customer's line was busy",
            Self::NoAnswer => "the customer did not answer",
            Self::Declined => "the customer's phone declined the call",
            Self::Canceled => "our side gave up while the customer's phone rang",
            Self::Abandoned => "somebody answered, and no agent came on the line in time",
            Self::Stopped => "a person stopped the campaign, and the call was hung up before an answer",
            Self::InvalidNumber => "the network says that there is no such number",
            Self::Network => "the network failed on the way to the customer",
            Self::NumberRefused => "the provider will not call this number",
            Self::Credentials => "the provider does not accept our credentials",
            Self::Balance => "the provider account has no balance for the call",
            Self::CallerId => "the caller ID cannot be used on the provider account",
            Self::Account => "the provider account, or how the agent is named in the settings, does not allow the call",
            Self::AgentPhone => "the agent's phone was not registered, was busy, or was not picked up",
            Self::Throttled => "the provider asked for fewer requests or calls",
            Self::Unreachable => "the provider could not be reached",
            Self::AnswerLost => "the provider's answer was lost, and it has no trace of the call",
            Self::NoEndTold => "the provider took the call and never told how it ended",
            Self::Reported => "a person or a client reported the end",
            Self::Suppressed => {
                "the number was put on the do-not-call list before somebody answered: the call did not leave, or was hung up"
            }
            Self::Unchecked => "the do-not-call list could not be read before the call left, so nobody was called",
        }
    }

    /// What a person can do about it; `None` where there is nothing to mend.
    #[must_use]
    pub const fn advice(self) -> Option<&'static str> {
        match self {
            Self::HungUp
            | Self::Busy
            | Self::NoAnswer
            | Self::Declined
            | Self::Canceled
            | Self::Abandoned
            | Self::Stopped
            | Self::Reported
            | Self::Suppressed => None,
            Self::InvalidNumber => Some("correct the contact's number, or leave the contact closed"),
            Self::Network => {
                Some("nothing if it is rare; if it is frequent, tell the provider the time and the number")
            }
            Self::NumberRefused => {
                Some("ask the provider whether the account may call this country and kind of number")
            }
            Self::Credentials => Some(
                "make a new API key in the provider's dashboard, set VOIPSTUDIO_API_KEY and start the program again",
            ),
            Self::Balance => Some("top up the provider account, then resume the campaign"),
            Self::CallerId => Some(
                "use a number of the account as the campaign's caller_id, or none, and set a caller ID for the user in \
                 the provider's dashboard; then resume the campaign",
            ),
            Self::Account => Some(
                "check that engine.agents or VOIPSTUDIO_USERNAME name active users by their ids: dialer doctor \
                 --provider; then resume the campaign",
            ),
            Self::AgentPhone => Some("the agent has to switch the phone or app on, be signed in, and pick up"),
            Self::Throttled => {
                Some("nothing: it is tried again; if it happens often, lower telephony.requests_per_minute")
            }
            Self::Unreachable => Some("check the network and the provider's status page; it is tried again by itself"),
            Self::Unchecked => Some("nothing: the attempt was given back; if it happens often, look at the database"),
            Self::AnswerLost => Some("nothing: the attempt was given back; if it happens often, check the network"),
            Self::NoEndTold => {
                Some("look the call up in the provider's dashboard; a late record still corrects it here")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn misconfigured(reason: &str) -> TelephonyError {
        TelephonyError::Misconfigured { reason: reason.to_owned() }
    }

    #[rstest]
    #[case("HTTP 402, no reason given", CauseCode::Balance)]
    #[case("HTTP 400, Insufficient balance", CauseCode::Balance)]
    #[case("HTTP 400, No CLI prefix set", CauseCode::CallerId)]
    #[case("HTTP 400, caller_id: This value is not valid.", CauseCode::CallerId)]
    #[case("HTTP 403", CauseCode::Account)]
    fn a_refusal_of_the_account_is_told_apart_by_its_words(#[case] reason: &str, #[case] code: CauseCode) {
        assert_eq!(CauseCode::of_error(&misconfigured(reason)), code);
    }

    #[rstest]
    #[case(Some("CALL_REJECTED"), CauseCode::Declined)]
    #[case(Some("Outgoing calls barred"), CauseCode::NumberRefused)]
    #[case(Some("Normal Temporary Failure"), CauseCode::Network)]
    #[case(None, CauseCode::Network)]
    fn a_failure_is_told_apart_by_the_network_s_words(#[case] words: Option<&str>, #[case] code: CauseCode) {
        assert_eq!(CauseCode::of_end(CallOutcome::Failed, words), code);
    }

    #[test]
    fn every_cause_that_a_person_can_mend_says_how() {
        let quiet: Vec<&CauseCode> = CauseCode::ALL.iter().filter(|code| code.advice().is_none()).collect();
        assert!(quiet.iter().all(|code| !matches!(code, CauseCode::Credentials | CauseCode::Balance)));
        assert!(quiet.len() < CauseCode::ALL.len() / 2);
    }
}
