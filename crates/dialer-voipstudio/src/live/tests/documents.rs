use dialer_domain::calls::Direction;
use dialer_domain::telephony::LiveState;
use rstest::rstest;
use time::macros::datetime;

use super::super::dialog_info::{Dialog, read};
use super::{CUSTOMER, document};

fn only_dialog(text: &str) -> Dialog {
    let mut document = read(text.as_bytes()).unwrap();
    assert_eq!(document.dialogs.len(), 1, "{text}");
    document.dialogs.remove(0)
}

#[test]
fn a_document_tells_call_state_direction_number_and_start() {
    let read = read(document("partial", 7, &[("5100000017-a1b2-c3", "confirmed")]).as_bytes()).unwrap();
    assert_eq!((read.full, read.version), (false, Some(7)));
    let dialog = &read.dialogs[0];
    assert_eq!((dialog.call.as_str(), dialog.state), ("5100000017", LiveState::Connected));
    assert_eq!((dialog.direction, dialog.remote.as_deref()), (Some(Direction::Outbound), Some(CUSTOMER)));
    assert_eq!(dialog.started_at, Some(datetime!(2026-03-02 10:00 UTC)));
    assert!(!format!("{dialog:?}").contains(CUSTOMER));
}

#[rstest]
#[case("trying", LiveState::Initial)]
#[case("proceeding", LiveState::Initial)]
#[case("early", LiveState::Ringing)]
#[case(" Confirmed\n", LiveState::Connected)]
#[case("terminated", LiveState::HangUp)]
#[case("levitating", LiveState::Unknown)]
#[case("", LiveState::Unknown)]
fn every_state_of_the_standard_has_its_meaning(#[case] word: &str, #[case] state: LiveState) {
    assert_eq!(only_dialog(&document("full", 0, &[("5100000017-1", word)])).state, state);
}

#[rstest]
#[case("no", "confirmed", LiveState::OnHold)]
#[case("yes", "confirmed", LiveState::Connected)]
#[case("no", "early", LiveState::Ringing)]
#[case("no", "terminated", LiveState::HangUp)]
fn a_connected_call_that_renders_nothing_is_on_hold(
    #[case] rendering: &str,
    #[case] state: &str,
    #[case] expected: LiveState,
    #[values("local", "remote")] party: &str,
) {
    let text = format!(
        r#"<dialog-info state="full"><dialog id="1-2"><state>{state}</state><{party}><target uri="sip:a@b">
        <param pname="+SIP.rendering" pval="{rendering}"/></target></{party}></dialog></dialog-info>"#
    );
    assert_eq!(only_dialog(&text).state, expected);
}

#[rstest]
#[case("receiver", Some(Direction::Inbound))]
#[case("recipient", Some(Direction::Inbound))]
#[case("initiator", Some(Direction::Outbound))]
#[case("sideways", None)]
fn the_provider_s_word_for_inbound_and_the_standard_s_are_both_known(
    #[case] word: &str,
    #[case] direction: Option<Direction>,
) {
    let text = format!(r#"<dialog-info><dialog id="1" direction="{word}"><state>early</state></dialog></dialog-info>"#);
    assert_eq!(only_dialog(&text).direction, direction);
}

#[rstest]
#[case("sip:447700900123@sip.example", Some("447700900123"))]
#[case("sip:+447700900123@sip.example;user=phone", Some("447700900123"))]
#[case("tel:+447700900123", Some("447700900123"))]
#[case("sips:1002@x", Some("1002"))]
#[case("sip:anonymous@anonymous.invalid", None)]
#[case("", None)]
fn a_number_is_read_from_any_address_that_holds_one(#[case] address: &str, #[case] digits: Option<&str>) {
    let text = format!(
        r#"<dialog-info><dialog id="1"><state>early</state><remote><identity display="x">{address}</identity></remote>
        </dialog></dialog-info>"#
    );
    assert_eq!(only_dialog(&text).remote.as_deref(), digits);
}

#[test]
fn what_nobody_has_heard_of_is_passed_over_wherever_it_stands() {
    let text = r#"<?xml version="1.0"?><!-- hello -->
        <d:dialog-info xmlns:d="urn:ietf:params:xml:ns:dialog-info" xmlns:x="urn:x" version="latest" state="FULL" x:a="b">
        <x:queue><d:dialog/></x:queue>
        <d:dialog id="5100000017-1" x:mood="fine"><d:duration>x</d:duration><d:state event="cancelled">early</d:state>
        <x:note>&lt;&amp;</x:note><d:state>confirmed</d:state><d:local/><d:local><d:target/></d:local></d:dialog>
        <x:more/><d:dialog><d:state>early</d:state></d:dialog><d:dialog id="../etc-1"><d:state>early</d:state></d:dialog>
        <d:dialog id="5100000099"><d:state/></d:dialog>
        </d:dialog-info>"#;
    let document = read(text.as_bytes()).unwrap();
    assert_eq!((document.full, document.version), (true, None));
    let told: Vec<_> = document.dialogs.iter().map(|dialog| (dialog.call.as_str(), dialog.state)).collect();
    assert_eq!(told, [("5100000017", LiveState::Connected), ("5100000099", LiveState::Unknown)]);
}

#[rstest]
#[case("")]
#[case("   ")]
#[case("hello")]
#[case("<html><body>502</body></html>")]
#[case("<dialog-info><dialog id=\"1\"><state>early</st")]
#[case("<dialog-info state=\"full\"><dialog></dialog-info>")]
#[case("<dialog-info state=\"full\" state=\"full\"><dialog id=\"&nope;\"/></dialog-info>")]
fn a_body_that_is_no_such_document_is_none(#[case] text: &str) {
    assert_eq!(read(text.as_bytes()), None);
}

#[test]
fn bytes_that_are_no_text_are_no_document() {
    assert_eq!(read(b"<dialog-info>\xff\xfe</dialog-info>"), None);
}
