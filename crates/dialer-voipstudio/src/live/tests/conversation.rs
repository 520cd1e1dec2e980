//! Both sides of the conversation, message by message, with a server that says what each test lets it say.

use dialer_domain::telephony::{AgentLine, LiveState};
use dialer_testkit::SeededIds;
use rstest::rstest;
use time::{Duration, OffsetDateTime};

use super::super::message::Identity;
use super::super::subscription::Asker;
use super::super::watch::{Known, Reaction, Watch};
use super::{T0, document};

struct Bench {
    identity: Identity,
    ids: SeededIds,
}

impl Bench {
    fn new() -> Self {
        let identity = Identity {
            user: "10001".to_owned(),
            domain: "sip.example".to_owned(),
            transport: "WSS",
            host: "here.invalid".to_owned(),
        };
        Self { identity, ids: SeededIds::new(1) }
    }

    fn watch<'a>(&'a self, known: &'a mut [Known]) -> Watch<'a> {
        Watch::new(Asker { identity: &self.identity, password: "pw", ids: &self.ids }, known, T0)
    }
}

fn agents(count: u32) -> Vec<Known> {
    (1..=count).map(|number| Known::new(AgentLine::new(format!("{}", 10_020 + number)))).collect()
}

/// The one request that is due.
fn asked(watch: &mut Watch<'_>, now: OffsetDateTime) -> String {
    let mut due = watch.due(now);
    assert_eq!(due.len(), 1);
    String::from_utf8(due.remove(0)).unwrap()
}

fn header<'a>(message: &'a str, name: &str) -> &'a str {
    let line =
        message.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name} in {message}"));
    line.trim_start_matches(':').trim()
}

/// The server's answer to `request`.
fn answer(request: &str, status: &str, more: &str) -> Vec<u8> {
    let copied: Vec<_> = ["Via", "From", "Call-ID", "CSeq"]
        .iter()
        .map(|name| format!("{name}: {}\r\n", header(request, name)))
        .collect();
    let to = header(request, "To").split(';').next().unwrap_or_default();
    format!("SIP/2.0 {status}\r\n{}To: {to};tag=theirs\r\n{more}Content-Length: 0\r\n\r\n", copied.concat())
        .into_bytes()
}

const GRANT: &str = "Expires: 300\r\nContact: <sip:node7.sip.example;transport=ws>\r\n";
const CHALLENGE: &str = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n1\", qop=\"auth\", algorithm=MD5\r\n";

fn notify(request: &str, cseq: u32, state: &str, body: &str) -> Vec<u8> {
    let call_id = header(request, "Call-ID");
    format!(
        "NOTIFY sip:10001@here.invalid SIP/2.0\r\nVia: SIP/2.0/WSS x;branch=z9hG4bK{cseq}\r\n\
         From: <sip:10021@sip.example>;tag=theirs\r\nTo: {}\r\nCall-ID: {call_id}\r\nCSeq: {cseq} NOTIFY\r\n\
         Event: dialog\r\nSubscription-State: {state}\r\nContent-Type: application/dialog-info+xml\r\n\r\n{body}",
        header(request, "From"),
    )
    .into_bytes()
}

fn status_of(reaction: &Reaction) -> String {
    let reply = String::from_utf8(reaction.replies[0].clone()).unwrap();
    reply.split(' ').nth(1).unwrap_or_default().to_owned()
}

fn states(reaction: &Reaction) -> Vec<LiveState> {
    reaction.news.iter().map(|news| news.state).collect()
}

#[test]
fn an_agent_is_subscribed_to_as_the_vendor_s_connector_does_it() {
    let (bench, mut known) = (Bench::new(), agents(1));
    let request = asked(&mut bench.watch(&mut known), T0);
    assert!(
        request.starts_with("SUBSCRIBE sip:10021@sip.example SIP/2.0\r\nVia: SIP/2.0/WSS here.invalid;branch=z9hG4bK")
    );
    assert!(header(&request, "From").starts_with("<sip:10001@sip.example>;tag="));
    assert_eq!(header(&request, "To"), "<sip:10021@sip.example>");
    assert_eq!((header(&request, "Event"), header(&request, "Expires")), ("dialog", "300"));
    assert_eq!(header(&request, "CSeq"), "1 SUBSCRIBE");
    assert_eq!(header(&request, "Accept"), "application/dialog-info+xml");
    assert!(request.ends_with("\r\n\r\n"));
}

#[rstest]
#[case("401 Unauthorized", "WWW-Authenticate", "Authorization")]
#[case("407 Proxy Authentication Required", "Proxy-Authenticate", "Proxy-Authorization")]
fn a_challenge_is_answered_in_the_header_that_belongs_to_it(
    #[case] status: &str,
    #[case] asks: &str,
    #[case] answers: &str,
) {
    let (bench, mut known) = (Bench::new(), agents(1));
    let mut watch = bench.watch(&mut known);
    let request = asked(&mut watch, T0);
    let challenge = CHALLENGE.replace("WWW-Authenticate", asks);
    let reaction = watch.received(&answer(&request, status, &challenge), T0);
    let again = String::from_utf8(reaction.replies[0].clone()).unwrap();
    assert_eq!(header(&again, "CSeq"), "2 SUBSCRIBE");
    assert_eq!(header(&again, "Call-ID"), header(&request, "Call-ID"));
    assert!(header(&again, answers).starts_with(r#"Digest username="10001", realm="r", nonce="n1""#));
    assert!(!again.contains("pw"));
}

#[rstest]
#[case(CHALLENGE)]
#[case("")]
#[case("WWW-Authenticate: Basic realm=\"r\"\r\n")]
fn credentials_that_are_asked_for_again_are_refused(#[case] second: &str) {
    let (bench, mut known) = (Bench::new(), agents(1));
    let mut watch = bench.watch(&mut known);
    let request = asked(&mut watch, T0);
    let reaction = watch.received(&answer(&request, "401 Unauthorized", CHALLENGE), T0);
    let again = String::from_utf8(reaction.replies[0].clone()).unwrap();
    assert!(watch.received(&answer(&again, "401 Unauthorized", second), T0).credentials_refused);
}

#[test]
fn a_nonce_that_has_grown_old_is_not_a_refusal_unless_it_goes_on_for_ever() {
    let (bench, mut known) = (Bench::new(), agents(1));
    let mut watch = bench.watch(&mut known);
    let mut request = asked(&mut watch, T0);
    for round in 1..=3 {
        let challenge = CHALLENGE.replace("n1\"", &format!("n{round}\", stale=true"));
        let reaction = watch.received(&answer(&request, "401 Unauthorized", &challenge), T0);
        assert!(!reaction.credentials_refused, "round {round}");
        request = String::from_utf8(reaction.replies[0].clone()).unwrap();
    }
    let stale = CHALLENGE.replace("n1\"", "n9\", stale=true");
    assert!(watch.received(&answer(&request, "401 Unauthorized", &stale), T0).credentials_refused);
}

#[test]
fn a_granted_subscription_is_renewed_in_time_within_its_dialog() {
    let (bench, mut known) = (Bench::new(), agents(1));
    let mut watch = bench.watch(&mut known);
    let request = asked(&mut watch, T0);
    let routes = "Record-Route: <sip:edge.sip.example;lr>, <sip:core.sip.example;lr>\r\n";
    watch.received(&answer(&request, "200 OK", &format!("{GRANT}{routes}")), T0);
    assert_eq!(watch.wakes_at(), Some(T0 + Duration::minutes(4)));
    assert!(watch.due(T0 + Duration::seconds(239)).is_empty());
    let renewal = asked(&mut watch, T0 + Duration::minutes(4));
    assert!(renewal.starts_with("SUBSCRIBE sip:node7.sip.example;transport="), "{renewal}");
    assert_eq!(header(&renewal, "To"), "<sip:10021@sip.example>;tag=theirs");
    assert_eq!((header(&renewal, "Call-ID"), header(&renewal, "CSeq")), (header(&request, "Call-ID"), "2 SUBSCRIBE"));
    let way: Vec<_> = renewal.lines().filter(|line| line.starts_with("Route:")).collect();
    assert_eq!(way, ["Route: <sip:core.sip.example;lr>", "Route: <sip:edge.sip.example;lr>"]);
}

#[rstest]
#[case("Expires: 60\r\n", 48)]
#[case("Expires: 0\r\n", 24)]
#[case("Expires: 999999999\r\n", 2880)]
#[case("Expires: soon\r\n", 240)]
#[case("", 240)]
fn whatever_expiry_is_granted_renewals_come_neither_in_a_storm_nor_never(#[case] grant: &str, #[case] after: i64) {
    let (bench, mut known) = (Bench::new(), agents(1));
    let mut watch = bench.watch(&mut known);
    let request = asked(&mut watch, T0);
    watch.received(&answer(&request, "200 OK", grant), T0);
    assert_eq!(watch.wakes_at(), Some(T0 + Duration::seconds(after)));
}

#[rstest]
#[case("423 Interval Too Brief", "Min-Expires: 600\r\n", 0, false)]
#[case("481 Subscription does not exist", "", 0, true)]
#[case("503 Service Unavailable", "Retry-After: 90 (maintenance)\r\n", 90, true)]
#[case("500 Oops", "", 30, true)]
#[case("403 Forbidden", "", 600, true)]
#[case("404 Not Found", "", 600, true)]
#[case("489 Bad Event", "", 600, true)]
#[case("302 Moved", "", 600, true)]
#[case("699 Nonsense", "", 600, true)]
fn a_refused_subscription_is_asked_for_again_when_it_makes_sense(
    #[case] status: &str,
    #[case] more: &str,
    #[case] after: i64,
    #[case] anew: bool,
) {
    let (bench, mut known) = (Bench::new(), agents(1));
    let mut watch = bench.watch(&mut known);
    let request = asked(&mut watch, T0);
    let reaction = watch.received(&answer(&request, status, more), T0);
    assert!(!reaction.credentials_refused && reaction.replies.is_empty());
    let at = T0 + Duration::seconds(after);
    assert_eq!(watch.wakes_at(), Some(at));
    let again = asked(&mut watch, at);
    assert_eq!(header(&again, "Call-ID") != header(&request, "Call-ID"), anew);
    assert!(!header(&again, "To").contains("tag="));
    assert_eq!(header(&again, "Expires"), if anew { "300" } else { "600" });
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let (bench, mut known) = (Bench::new(), agents(1));
    let mut watch = bench.watch(&mut known);
    let request = asked(&mut watch, T0);
    watch.received(&answer(&request, "100 Trying", ""), T0);
    watch.received(&answer(&request.replace("CSeq: 1", "CSeq: 7"), "200 OK", GRANT), T0);
    assert!(!watch.is_overdue(T0 + Duration::seconds(31)));
    assert!(watch.is_overdue(T0 + Duration::seconds(32)));
}

#[test]
fn no_more_than_ten_questions_are_open_at_a_time() {
    let (bench, mut known) = (Bench::new(), agents(12));
    let mut watch = bench.watch(&mut known);
    let first = watch.due(T0);
    assert_eq!((first.len(), watch.due(T0).len()), (10, 0));
    assert_eq!(watch.wakes_at(), Some(T0 + Duration::seconds(32)));
    watch.received(&answer(&String::from_utf8(first[3].clone()).unwrap(), "200 OK", GRANT), T0);
    assert_eq!(watch.wakes_at(), Some(T0));
    assert_eq!(watch.due(T0).len(), 1);
}

#[test]
fn a_notify_is_answered_and_told_and_its_repetition_only_answered() {
    let (bench, mut known) = (Bench::new(), agents(1));
    let mut watch = bench.watch(&mut known);
    let request = asked(&mut watch, T0);
    let ringing = notify(&request, 1, "active;expires=300", &document("full", 0, &[("51-a", "early")]));
    // It may come before the answer to the request, and does not always tell its length.
    let reaction = watch.received(&ringing, T0);
    assert_eq!((status_of(&reaction).as_str(), states(&reaction)), ("200", vec![LiveState::Ringing]));
    let reply = String::from_utf8(reaction.replies[0].clone()).unwrap();
    assert_eq!((header(&reply, "CSeq"), header(&reply, "Call-ID")), ("1 NOTIFY", header(&request, "Call-ID")));
    let repeated = watch.received(&ringing, T0);
    assert_eq!((status_of(&repeated).as_str(), states(&repeated)), ("200", vec![]));

    let connected = notify(&request, 3, "active", &document("partial", 1, &[("51-a", "confirmed")]));
    assert_eq!(states(&watch.received(&connected, T0)), [LiveState::Connected]);
    let late = notify(&request, 2, "active", &document("partial", 1, &[("51-a", "terminated")]));
    let late = watch.received(&late, T0);
    assert_eq!((status_of(&late).as_str(), states(&late)), ("500", vec![]));
}

#[test]
fn documents_whose_numbers_do_not_grow_are_taken_in_all_the_same() {
    let (bench, mut known) = (Bench::new(), agents(1));
    let mut watch = bench.watch(&mut known);
    let request = asked(&mut watch, T0);
    watch.received(&answer(&request, "200 OK", GRANT), T0);
    let mut told = Vec::new();
    for (cseq, word) in [(1, "early"), (2, "confirmed"), (3, "terminated")] {
        told.extend(states(
            &watch.received(&notify(&request, cseq, "active", &document("partial", 0, &[("51-a", word)])), T0),
        ));
    }
    assert_eq!(told, [LiveState::Ringing, LiveState::Connected, LiveState::HangUp]);
    assert_eq!(watch.wakes_at(), Some(T0 + Duration::minutes(4)));
}

#[rstest]
#[case(&document("partial", 5, &[("51-a", "confirmed")]), true)]
#[case("<dialog-info", true)]
#[case(&document("partial", 1, &[("51-a", "confirmed")]), false)]
#[case(&document("full", 5, &[("51-a", "confirmed")]), false)]
#[case("  \r\n", false)]
fn the_whole_state_is_asked_for_when_a_document_got_lost_but_not_in_a_storm(#[case] body: &str, #[case] asks: bool) {
    let (bench, mut known) = (Bench::new(), agents(1));
    let mut watch = bench.watch(&mut known);
    let request = asked(&mut watch, T0);
    watch.received(&answer(&request, "200 OK", GRANT), T0);
    watch.received(&notify(&request, 1, "active", &document("full", 0, &[])), T0);
    let reaction = watch.received(&notify(&request, 2, "active", body), T0);
    assert_eq!(status_of(&reaction), "200");
    let Some(renewal) = watch.due(T0).pop() else { return assert!(!asks) };
    assert!(asks);
    let renewal = String::from_utf8(renewal).unwrap();
    watch.received(&answer(&renewal, "200 OK", GRANT), T0);
    watch.received(&notify(&request, 3, "active", "<dialog-info"), T0);
    assert_eq!(watch.wakes_at(), Some(T0 + Duration::seconds(30)));
}

#[rstest]
#[case("terminated;reason=deactivated", 1)]
#[case("terminated;reason=timeout", 1)]
#[case("terminated", 30)]
#[case("terminated;reason=probation;retry-after=45", 45)]
#[case("terminated;reason=giveup;retry-after=99999", 600)]
#[case("Terminated ; Reason=rejected", 600)]
#[case("terminated;reason=noresource", 600)]
fn a_subscription_that_the_server_ends_is_asked_for_anew_after_a_while(#[case] state: &str, #[case] after: i64) {
    let (bench, mut known) = (Bench::new(), agents(1));
    let mut watch = bench.watch(&mut known);
    let request = asked(&mut watch, T0);
    watch.received(&answer(&request, "200 OK", GRANT), T0);
    let last = notify(&request, 1, state, &document("full", 0, &[("51-a", "early")]));
    let reaction = watch.received(&last, T0);
    assert_eq!((status_of(&reaction).as_str(), states(&reaction)), ("200", vec![LiveState::Ringing]));
    assert_eq!(watch.wakes_at(), Some(T0 + Duration::seconds(after)));
    let again = asked(&mut watch, T0 + Duration::seconds(after));
    assert_ne!(header(&again, "Call-ID"), header(&request, "Call-ID"));
    let stray = watch.received(&notify(&request, 2, "active", ""), T0);
    assert_eq!(status_of(&stray), "481");
}

#[rstest]
#[case(b"\r\n\r\n", Some("\r\n"))]
#[case(b"\r\n", None)]
#[case(b"", None)]
#[case(
    b"OPTIONS sip:10001@here.invalid SIP/2.0\r\nCSeq: 1 OPTIONS\r\n\r\n",
    Some("SIP/2.0 200 OK\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n")
)]
#[case(b"ACK sip:10001@here.invalid SIP/2.0\r\n\r\n", None)]
#[case(b"FROBNICATE sip:10001@here.invalid SIP/2.0\r\n\r\n", None)]
#[case(b"SIP/2.0 200 OK\r\n\r\n", None)]
#[case(b"SIP/2.0 abc\r\n\r\n", None)]
fn other_messages_get_the_answer_that_keeps_the_peace(#[case] bytes: &[u8], #[case] reply: Option<&str>) {
    let (bench, mut known) = (Bench::new(), agents(1));
    let mut watch = bench.watch(&mut known);
    let reaction = watch.received(bytes, T0);
    let replies: Vec<_> = reaction.replies.into_iter().map(|bytes| String::from_utf8(bytes).unwrap()).collect();
    assert_eq!(replies, reply.map(str::to_owned).into_iter().collect::<Vec<_>>());
}

#[test]
fn a_call_is_refused_because_we_are_no_phone() {
    let (bench, mut known) = (Bench::new(), agents(1));
    let mut watch = bench.watch(&mut known);
    let reaction = watch.received(b"INVITE sip:10001@here.invalid SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n", T0);
    assert_eq!(status_of(&reaction), "405");
}
