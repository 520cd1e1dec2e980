//! Whatever comes from outside, nothing panics.

use dialer_domain::telephony::AgentLine;
use dialer_testkit::SeededIds;
use proptest::prelude::*;

use super::super::message::Identity;
use super::super::subscription::Asker;
use super::super::watch::{Known, Watch};
use super::super::{dialog_info, message};
use super::{T0, document};

/// A text with pieces of SIP and of documents in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("SIP/2.0 200 OK\r\n".to_owned()),
        Just("SIP/2.0 401 Unauthorized\r\n".to_owned()),
        Just("NOTIFY sip:10021@x.invalid SIP/2.0\r\n".to_owned()),
        Just("WWW-Authenticate: Digest realm=\"a\", nonce=\"b\", qop=\"auth\"\r\n".to_owned()),
        Just("CSeq: 1 SUBSCRIBE\r\n".to_owned()),
        Just("Call-ID: ".to_owned()),
        Just("Contact: <sip:[::1]:x;transport=\r\n".to_owned()),
        Just("Record-Route: <sip:a;lr>, \"\r\n".to_owned()),
        Just("Subscription-State: terminated;reason=;retry-after=99999999999\r\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\r\n\r\n".to_owned()),
        Just(document("full", 0, &[("51-a", "early")])),
        "[<>;:=\"@%\\[\\] a-z0-9\u{e9}\u{20ac}-]{0,12}",
        "\\PC{0,8}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn take_in_everything(messages: &[Vec<u8>]) {
    let identity = Identity {
        user: "10001".to_owned(),
        domain: "sip.example".to_owned(),
        transport: "WS",
        host: "x.invalid".to_owned(),
    };
    let ids = SeededIds::new(1);
    let asker = Asker { identity: &identity, password: "pw", ids: &ids };
    let mut known = [Known::new(AgentLine::new("10021"))];
    let mut watch = Watch::new(asker, &mut known, T0);
    let requests = watch.due(T0);
    let call_id = requests
        .first()
        .and_then(|request| std::str::from_utf8(request).ok())
        .and_then(|request| request.lines().find_map(|line| line.strip_prefix("Call-ID: ")))
        .unwrap_or_default()
        .to_owned();
    for message in messages {
        watch.received(message, T0);
        // Once more as one that belongs to the subscription.
        let text = String::from_utf8_lossy(message).replace("Call-ID: ", &format!("Call-ID: {call_id}\r\nX-Rest: "));
        watch.received(text.as_bytes(), T0);
        watch.due(T0 + time::Duration::HOUR);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn arbitrary_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = message::read(&bytes);
        let _ = dialog_info::read(&bytes);
        take_in_everything(&[bytes]);
    }

    #[test]
    fn arbitrary_pieces_of_sip_are_taken_in_without_a_panic(messages in prop::collection::vec(pieces(), 1..4)) {
        for message in &messages {
            let _ = dialog_info::read(message.as_bytes());
        }
        take_in_everything(&messages.into_iter().map(String::into_bytes).collect::<Vec<_>>());
    }

    #[test]
    fn a_document_cut_or_changed_anywhere_is_read_without_a_panic(
        cut in 0_usize..700, place in 0_usize..700, byte in any::<u8>(),
    ) {
        let mut bytes = document("full", 3, &[("51-a", "confirmed")]).into_bytes();
        let place = place % bytes.len();
        bytes[place] = byte;
        bytes.truncate(cut.max(1));
        let _ = dialog_info::read(&bytes);
    }
}
