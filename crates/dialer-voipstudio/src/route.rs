//! Which request places calls: the agent's phone first, or one of the provider's two requests that call the customer
//! first.
//!
//! Not every account has the customer-first routes, and their answers are documented thinly. They are off unless the
//! settings choose one, and then each call is refused until a probe has seen the route in place. The probe asks for a
//! call that names nobody: no phone can ring, and the refusal tells what the route is missing.

use reqwest::StatusCode;

use crate::errors::{describe, fields_of, first_message, read_problem, speaks_of_limit};
use crate::settings::SettingsProblem;
use crate::wire;

/// The longest text that a lead call may speak, in characters.
const LONGEST_TEXT: usize = 1000;

/// Which request places calls.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CallRoute {
    /// `POST /calls`: the agent's phone rings, then the customer's. Every account has it.
    #[default]
    AgentFirst,
    /// `POST /webcalls`: the customer's phone rings, then the customer is connected to somebody of the account. The
    /// number shown to the customer cannot be chosen.
    WebCall {
        /// Whom the customer is connected to.
        connect_to: ConnectTo,
    },
    /// `POST /leadcalls`: the customer's phone rings, and a text is spoken. No agent takes part. Each call needs a
    /// caller ID that is a number of the account.
    LeadCall {
        /// What is spoken, 1 to 1000 characters.
        text: String,
    },
}

/// Whom the customer of a web call is connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectTo {
    /// The agent whom the call is for, by the extension that the account has for that user.
    Agent,
    /// An extension of the account, 3 to 17 digits: a queue, for one.
    Extension(String),
}

impl CallRoute {
    /// The collection that a customer-first call is posted to.
    pub(crate) fn customer_first(&self) -> Option<&'static str> {
        match self {
            Self::AgentFirst => None,
            Self::WebCall { .. } => Some("webcalls"),
            Self::LeadCall { .. } => Some("leadcalls"),
        }
    }

    /// The attributes that are sent.
    fn sent(&self) -> &'static [&'static str] {
        match self {
            Self::AgentFirst => &["to", "from", "caller_id"],
            Self::WebCall { .. } => &["from", "to"],
            Self::LeadCall { .. } => &["caller_id", "to", "tts"],
        }
    }

    pub(crate) fn validate(&self) -> Result<(), SettingsProblem> {
        let reason = match self {
            Self::WebCall { connect_to: ConnectTo::Extension(extension) } if !is_extension(extension) => {
                "the extension to connect to must have 3 to 17 digits"
            }
            Self::LeadCall { text } if text.trim().is_empty() || text.chars().count() > LONGEST_TEXT => {
                "the text to speak must have 1 to 1000 characters"
            }
            _ => return Ok(()),
        };
        Err(SettingsProblem::Route { reason })
    }

    /// What the answer to a request that names nobody says about a customer-first route.
    ///
    /// # Errors
    /// Why the route cannot be used.
    pub(crate) fn judge(&self, status: StatusCode, body: &[u8]) -> Result<(), String> {
        let problem = read_problem(body);
        let reason = describe(status, problem.as_ref());
        match (status.as_u16(), problem) {
            (404 | 405 | 410 | 501, _) => Err(format!("the account does not have it ({reason})")),
            (200..=299, _) => Err("it took a request that names nobody for a call".to_owned()),
            (400 | 422, Some(problem)) => self.judge_refusal(&problem, body).map_err(|why| format!("{why} ({reason})")),
            _ => Err(reason),
        }
    }

    fn judge_refusal(&self, problem: &wire::Problem, body: &[u8]) -> Result<(), String> {
        if speaks_of_limit(body) {
            return Err(
                "it is refused as one call too many, though none was asked for; ask the provider's support to \
                        enable it"
                    .to_owned(),
            );
        }
        let unknown: Vec<&str> = fields_of(problem).into_iter().filter(|field| !self.sent().contains(field)).collect();
        if !unknown.is_empty() {
            return Err(format!("it wants what the dialer does not send: {}", unknown.join(", ")));
        }
        let text = first_message(problem).unwrap_or_default().to_ascii_lowercase();
        let shut = ["not enabled", "disabled", "not allowed", "permission", "forbidden", "not available", "upgrade"];
        if shut.iter().any(|word| text.contains(word)) {
            return Err("the account may not use it".to_owned());
        }
        Ok(())
    }
}

pub(crate) fn is_extension(text: &str) -> bool {
    (3..=17).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn web() -> CallRoute {
        CallRoute::WebCall { connect_to: ConnectTo::Agent }
    }

    fn lead() -> CallRoute {
        CallRoute::LeadCall { text: "Hello".to_owned() }
    }

    #[rstest]
    #[case(web(), 400, r#"{"errors":[{"field":"from","message":"Missing"},{"field":"to","message":"Missing"}]}"#)]
    #[case(web(), 422, r#"{"message":"Validation error"}"#)]
    #[case(lead(), 400, r#"{"message":"DDI not found"}"#)]
    #[case(lead(), 400, r#"{"errors":[{"field":"tts","message":"Missing"}]}"#)]
    fn a_route_that_misses_only_what_a_call_will_bring_can_be_used(
        #[case] route: CallRoute,
        #[case] status: u16,
        #[case] body: &str,
    ) {
        assert_eq!(route.judge(StatusCode::from_u16(status).unwrap(), body.as_bytes()), Ok(()));
    }

    #[rstest]
    #[case(web(), 404, "", "does not have it")]
    #[case(web(), 405, "{}", "does not have it")]
    #[case(web(), 201, r#"{"data":{"id":1}}"#, "names nobody")]
    #[case(web(), 403, r#"{"message":"Forbidden"}"#, "HTTP 403, Forbidden")]
    #[case(web(), 400, "<html>", "HTTP 400")]
    #[case(web(), 400, r#"{"message":"Maximum per minute call rate exceeded for 447700900123"}"#, "support")]
    #[case(web(), 400, r#"{"errors":[{"field":"button_id","message":"Missing"}]}"#, "does not send: button_id")]
    #[case(lead(), 400, r#"{"message":"Lead calls are not enabled"}"#, "may not use it")]
    fn a_route_that_cannot_be_used_is_told_with_the_reason(
        #[case] route: CallRoute,
        #[case] status: u16,
        #[case] body: &str,
        #[case] reason: &str,
    ) {
        let told = route.judge(StatusCode::from_u16(status).unwrap(), body.as_bytes()).unwrap_err();
        assert!(told.contains(reason), "{told}");
        assert!(!told.contains("447700900123"));
    }

    #[rstest]
    #[case(CallRoute::AgentFirst, true)]
    #[case(web(), true)]
    #[case(CallRoute::WebCall { connect_to: ConnectTo::Extension("600".to_owned()) }, true)]
    #[case(CallRoute::WebCall { connect_to: ConnectTo::Extension("60".to_owned()) }, false)]
    #[case(CallRoute::WebCall { connect_to: ConnectTo::Extension("sales".to_owned()) }, false)]
    #[case(lead(), true)]
    #[case(CallRoute::LeadCall { text: " ".to_owned() }, false)]
    #[case(CallRoute::LeadCall { text: "x".repeat(1001) }, false)]
    fn a_route_is_checked_with_the_settings(#[case] route: CallRoute, #[case] good: bool) {
        assert_eq!(route.validate().is_ok(), good);
    }
}
