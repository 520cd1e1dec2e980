//! Live events without a socket: documents, books, and the conversation message by message.

mod arbitrary;
mod books;
mod conversation;
mod documents;

use time::OffsetDateTime;
use time::macros::datetime;

const T0: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);
const CUSTOMER: &str = "447700900123";

/// A document of the provider's kind; each dialog is its id, its state and what its target says.
fn document(state: &str, version: u32, dialogs: &[(&str, &str)]) -> String {
    let dialog = |(id, state): &(&str, &str)| {
        format!(
            r#"<dialog id="{id}" direction="initiator"><state>{state}</state>
            <local><identity>sip:10021@sip.example</identity><target uri="sip:10021@sip.example">
            <param pname="timestamp.start" pval="1772445600"/><param pname="context" pval="LOCAL_USER"/>
            </target></local>
            <remote><identity>sip:{CUSTOMER}@sip.example</identity></remote></dialog>"#
        )
    };
    let dialogs: String = dialogs.iter().map(dialog).collect();
    format!(
        r#"<?xml version="1.0"?><dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="{version}"
        state="{state}" entity="sip:10021@sip.example">{dialogs}</dialog-info>"#
    )
}
