//! Dialog-info documents (RFC 4235): what a NOTIFY says about an agent's calls.
//!
//! Read leniently: what is missing, doubled or unknown is passed over, and only a text that is no XML, or XML about
//! something else, is refused.

use dialer_domain::calls::Direction;
use dialer_domain::telephony::{LiveState, ProviderCallId};
use quick_xml::events::Event;
use serde::Deserialize;
use time::OffsetDateTime;

use crate::{convert, wire};

/// The content type of such documents.
pub(super) const CONTENT_TYPE: &str = "application/dialog-info+xml";

/// One document.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Document {
    /// Whether it lists all dialogs of the agent. A document that does not say counts as one that lists some.
    pub(super) full: bool,
    /// Its number among the documents of the subscription.
    pub(super) version: Option<u64>,
    pub(super) dialogs: Vec<Dialog>,
}

/// One dialog: a leg of a call, as one device of the agent takes part in it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Dialog {
    /// The provider's id of the dialog.
    pub(super) id: String,
    /// The live call that it belongs to.
    pub(super) call: ProviderCallId,
    pub(super) state: LiveState,
    pub(super) direction: Option<Direction>,
    /// Digits of the other party.
    pub(super) remote: Option<String>,
    pub(super) started_at: Option<OffsetDateTime>,
}

impl std::fmt::Debug for Dialog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dialog").field("id", &self.id).field("state", &self.state).finish_non_exhaustive()
    }
}

/// Reads a document; `None` when it is none.
pub(super) fn read(body: &[u8]) -> Option<Document> {
    let text = std::str::from_utf8(body).ok()?;
    if !is_about_dialogs(text) {
        return None;
    }
    let document: XmlDocument = quick_xml::de::from_str(text).ok()?;
    Some(Document {
        full: document.state.is_some_and(|state| state.trim().eq_ignore_ascii_case("full")),
        version: document.version.and_then(|version| version.trim().parse().ok()),
        dialogs: document.dialogs.iter().filter_map(dialog).collect(),
    })
}

/// Whether the outermost element is the one that it has to be.
fn is_about_dialogs(text: &str) -> bool {
    let mut reader = quick_xml::Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => {
                return element.local_name().as_ref() == "dialog-info";
            }
            Ok(Event::Eof) | Err(_) => return false,
            Ok(_) => {}
        }
    }
}

fn dialog(xml: &XmlDialog) -> Option<Dialog> {
    let id = xml.id.as_deref()?.trim();
    let call = id.split('-').next().filter(|call| wire::is_id(call))?;
    let state = xml.states.iter().rev().find_map(|state| state.word.as_deref()).unwrap_or_default();
    let parameter = |name: &str| {
        let parties = xml.local.iter().chain(&xml.remote);
        let mut parameters = parties.flat_map(|party| &party.targets).flat_map(|target| &target.parameters);
        parameters.find(|parameter| parameter.name.as_deref().is_some_and(|given| given.eq_ignore_ascii_case(name)))
    };
    let held = parameter("+sip.rendering").and_then(|held| held.value.as_deref());
    let started = parameter("timestamp.start").and_then(|started| started.value.as_deref());
    Some(Dialog {
        id: id.to_owned(),
        call: ProviderCallId::new(call),
        state: live_state(state, held.is_some_and(|value| value.trim().eq_ignore_ascii_case("no"))),
        direction: xml.direction.as_deref().and_then(direction),
        remote: xml.remote.iter().flat_map(|party| &party.identities).find_map(|party| digits(party.uri.as_deref()?)),
        started_at: started.and_then(|started| convert::instant(started.trim())),
    })
}

fn live_state(word: &str, held: bool) -> LiveState {
    match word.trim().to_ascii_lowercase().as_str() {
        "trying" | "proceeding" => LiveState::Initial,
        "early" => LiveState::Ringing,
        "confirmed" if held => LiveState::OnHold,
        "confirmed" => LiveState::Connected,
        "terminated" => LiveState::HangUp,
        _ => LiveState::Unknown,
    }
}

/// The standard says `recipient`, this provider `receiver`.
fn direction(word: &str) -> Option<Direction> {
    match word.trim().to_ascii_lowercase().as_str() {
        "receiver" | "recipient" => Some(Direction::Inbound),
        "initiator" => Some(Direction::Outbound),
        _ => None,
    }
}

/// Digits in the user part of a SIP address.
fn digits(uri: &str) -> Option<String> {
    let uri = uri.trim();
    let address = ["sip:", "sips:", "tel:"].iter().find_map(|scheme| uri.strip_prefix(scheme)).unwrap_or(uri);
    convert::digits(address.split(['@', ';']).next()?)
}

#[derive(Deserialize)]
struct XmlDocument {
    #[serde(rename = "@version")]
    version: Option<String>,
    #[serde(rename = "@state")]
    state: Option<String>,
    #[serde(rename = "dialog", default)]
    dialogs: Vec<XmlDialog>,
}

#[derive(Deserialize)]
struct XmlDialog {
    #[serde(rename = "@id")]
    id: Option<String>,
    #[serde(rename = "@direction")]
    direction: Option<String>,
    #[serde(rename = "state", default)]
    states: Vec<XmlState>,
    #[serde(default)]
    local: Vec<XmlParty>,
    #[serde(default)]
    remote: Vec<XmlParty>,
}

#[derive(Deserialize)]
struct XmlState {
    #[serde(rename = "$text")]
    word: Option<String>,
}

#[derive(Deserialize)]
struct XmlParty {
    #[serde(rename = "identity", default)]
    identities: Vec<XmlIdentity>,
    #[serde(rename = "target", default)]
    targets: Vec<XmlTarget>,
}

#[derive(Deserialize)]
struct XmlIdentity {
    #[serde(rename = "$text")]
    uri: Option<String>,
}

#[derive(Deserialize)]
struct XmlTarget {
    #[serde(rename = "param", default)]
    parameters: Vec<XmlParameter>,
}

#[derive(Deserialize)]
struct XmlParameter {
    #[serde(rename = "@pname")]
    name: Option<String>,
    #[serde(rename = "@pval")]
    value: Option<String>,
}
