//! Between whom a leg is, in the provider's fields.

use serde_json::{Value, json};

use crate::SimulatedUser;
use crate::carrier::Carrier;
use crate::carrier::legs::LegOf;
use crate::knobs::{Knobs, Outsider};
use crate::ledger::CallKind;

const AGENT_PHONE: &str = "Simulated phone 1.0";

/// A leg, or a call told as one.
pub(super) struct About<'a> {
    pub(super) kind: CallKind,
    pub(super) of: LegOf,
    pub(super) agent: u64,
    pub(super) number: &'a str,
    pub(super) caller_id: Option<&'a str>,
}

/// One end of it.
pub(super) struct End {
    /// Digits of a number or an extension.
    pub(super) digits: String,
    /// A user's id as a string, or what stands for somebody outside.
    pub(super) id: Value,
    pub(super) name: Option<String>,
    pub(super) phone: Option<&'static str>,
}

/// Both ends.
pub(super) struct Parties {
    pub(super) src: End,
    pub(super) dst: End,
    /// The number that the called party sees, with its decoration.
    pub(super) clid: String,
    /// Which way the call goes, as the account sees it.
    pub(super) destination: String,
}

impl About<'_> {
    pub(super) fn parties(&self, carrier: &Carrier, knobs: &Knobs) -> Parties {
        let user = carrier.user(self.agent).filter(|_| self.kind != CallKind::Announcement);
        let shown = shown_number(carrier, self.agent, self.caller_id);
        let outsider = |digits: String, name| {
            let id = match knobs.outsider_id {
                Outsider::Zero => json!("0"),
                Outsider::Null => Value::Null,
            };
            End { digits, id, name, phone: None }
        };
        let agent = |digits: String| match user {
            Some(user) => {
                End { digits, id: json!(user.id.to_string()), name: Some(user.name()), phone: Some(AGENT_PHONE) }
            }
            None => outsider(digits, None),
        };
        let (src, dst) = match self.of {
            // On the agent's leg the provider rings on behalf of the customer's number.
            LegOf::Agent => {
                let extension = user.map(SimulatedUser::extension).unwrap_or_default();
                (outsider(self.number.to_owned(), None), agent(extension))
            }
            LegOf::Customer => {
                let label = destination_label(self.number).to_owned();
                (agent(shown), outsider(self.number.to_owned(), Some(label)))
            }
        };
        let clid = clid(&src.digits);
        let inbound = self.kind == CallKind::Inbound;
        let destination = if inbound { "in".to_owned() } else { knobs.outbound_word.clone() };
        Parties { src, dst, clid, destination }
    }
}

/// The digits that the customer sees.
fn shown_number(carrier: &Carrier, agent: u64, caller_id: Option<&str>) -> String {
    let own = || carrier.user(agent).map(|user| user.cli.clone().unwrap_or_else(|| user.extension()));
    caller_id.map(str::to_owned).or_else(own).unwrap_or_default()
}

/// A number as the provider writes a caller's.
fn clid(shown: &str) -> String {
    format!("\"+{shown}\" <+{shown}>")
}

/// Where a number is, in words.
fn destination_label(number: &str) -> &'static str {
    match number {
        _ if number.len() <= 5 => "Extension",
        _ if number.starts_with("447") => "United Kingdom Mobile",
        _ if number.starts_with("44") => "United Kingdom",
        _ if number.starts_with('1') => "United States and Canada",
        _ => "International",
    }
}

/// An id of a call, of the type that the knobs say.
pub(super) fn call_id(id: u64, knobs: &Knobs) -> Value {
    if knobs.ids_as_strings { json!(id.to_string()) } else { json!(id) }
}
