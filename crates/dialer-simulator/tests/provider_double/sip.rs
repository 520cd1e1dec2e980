//! The SIP server, as a phone in a browser sees it: plain texts in a WebSocket.

use dialer_simulator::{OutcomeShares, SipBodies};
use futures_util::{SinkExt, StreamExt};
use rsipstack::sip::headers::auth::{Algorithm, AuthQop};
use rsipstack::sip::{DigestGenerator, Method, Uri};
use rstest::rstest;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::common::{AGENT_RINGS, NUMBER, TestBench, bench, bench_with, exact};

const PASSWORD: &str = "simulated-sip-password-not-a-secret";
const DOMAIN: &str = "sip.simulated.example";
const AGENT: u64 = 10_001;

struct Phone(WebSocketStream<MaybeTlsStream<TcpStream>>);

async fn phone(bench: &TestBench) -> Phone {
    let request = ClientRequestBuilder::new(bench.double.sip_url().parse().unwrap()).with_sub_protocol("sip");
    Phone(connect_async(request).await.unwrap().0)
}

/// What a SUBSCRIBE of these tests says.
#[derive(Clone)]
struct Subscribe<'a> {
    agent: u64,
    cseq: u32,
    to_tag: &'a str,
    event: &'a str,
    expires: u32,
}

const PLAIN: Subscribe<'_> = Subscribe { agent: AGENT, cseq: 1, to_tag: "", event: "dialog", expires: 300 };

impl Phone {
    async fn say(&mut self, text: String) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    async fn hear(&mut self) -> String {
        loop {
            match self.0.next().await.expect("the connection is open").unwrap() {
                Message::Text(text) => return text.to_string(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    async fn ask(&mut self, subscribe: &Subscribe<'_>, credentials: &str) -> String {
        let Subscribe { agent, cseq, to_tag, event, expires } = subscribe;
        self.say(format!(
            "SUBSCRIBE sip:{agent}@{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK{cseq}\r\n\
             From: <sip:10003@{DOMAIN}>;tag=ours\r\nTo: <sip:{agent}@{DOMAIN}>{to_tag}\r\nCall-ID: one\r\n\
             CSeq: {cseq} SUBSCRIBE\r\nContact: <sip:10003@x.invalid;transport=ws>\r\nEvent: {event}\r\n\
             Expires: {expires}\r\nMax-Forwards: 70\r\n{credentials}Content-Length: 0\r\n\r\n"
        ))
        .await;
        self.hear().await
    }

    /// Asks, and asks again with the credentials that are wanted.
    async fn subscribe(&mut self, subscribe: &Subscribe<'_>, password: &str) -> String {
        let challenge = self.ask(subscribe, "").await;
        assert!(challenge.starts_with("SIP/2.0 401 Unauthorized\r\n"), "{challenge}");
        let nonce = header(&challenge, "WWW-Authenticate").split("nonce=\"").nth(1).unwrap();
        let credentials = credentials(subscribe, nonce.split('"').next().unwrap(), password);
        self.ask(&Subscribe { cseq: subscribe.cseq + 1, ..subscribe.clone() }, &credentials).await
    }
}

fn credentials(subscribe: &Subscribe<'_>, nonce: &str, password: &str) -> String {
    let uri = format!("sip:{}@{DOMAIN}", subscribe.agent);
    let response = DigestGenerator {
        username: "10003",
        password,
        nonce,
        uri: &Uri::try_from(uri.as_str()).unwrap(),
        realm: DOMAIN,
        method: &Method::Subscribe,
        qop: Some(&AuthQop::Auth { cnonce: "c".to_owned(), nc: 1 }),
        algorithm: Algorithm::Md5,
    }
    .compute();
    format!(
        "Authorization: Digest username=\"10003\", realm=\"{DOMAIN}\", nonce=\"{nonce}\", uri=\"{uri}\", \
         response=\"{response}\", algorithm=MD5, qop=auth, nc=00000001, cnonce=\"c\"\r\n"
    )
}

fn header<'a>(message: &'a str, name: &str) -> &'a str {
    let line = message.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name}: {message}"));
    line.trim_start_matches(':').trim()
}

#[tokio::test]
async fn a_subscription_is_granted_after_a_challenge_and_told_everything_at_once() {
    let bench = bench();
    let mut phone = phone(&bench).await;
    let granted = phone.subscribe(&PLAIN, PASSWORD).await;
    assert!(granted.starts_with("SIP/2.0 200 OK\r\n"), "{granted}");
    assert_eq!((header(&granted, "Expires"), header(&granted, "CSeq")), ("300", "2 SUBSCRIBE"));
    let notify = phone.hear().await;
    assert!(notify.starts_with("NOTIFY sip:10003@x.invalid;transport="), "{notify}");
    assert_eq!((header(&notify, "Event"), header(&notify, "Call-ID")), ("dialog", "one"));
    assert_eq!(header(&notify, "Subscription-State"), "active;expires=300");
    assert_eq!(header(&notify, "To"), format!("<sip:10003@{DOMAIN}>;tag=ours"));
    assert_eq!(header(&notify, "From"), header(&granted, "To"), "the same dialog");
    assert!(notify.contains("state=\"full\"") && notify.contains("version=\"0\""), "{notify}");
    // Counted when it has been sent.
    bench.double.sip_tally().wait_for(|tally| tally.notified == 1).await.unwrap();
}

#[tokio::test]
async fn a_call_of_the_agent_is_told_with_its_id_direction_and_number() {
    let bench = bench_with(exact(OutcomeShares::PERSON), |knobs| knobs.sip.bodies = SipBodies::Partial);
    let mut phone = phone(&bench).await;
    phone.subscribe(&PLAIN, PASSWORD).await;
    phone.hear().await;
    let body = serde_json::json!({ "to": NUMBER, "from": AGENT.to_string() });
    let dial = bench.begin_dial(body).await;
    assert!(phone.hear().await.contains("<state>trying</state>"));
    bench.clock.advance(AGENT_RINGS);
    let (_, placed) = dial.await.unwrap().unwrap();
    let notify = phone.hear().await;
    let id = placed["data"]["id"].as_u64().unwrap();
    assert!(notify.contains(&format!("<dialog id=\"{id}-{AGENT}\"")), "{notify}");
    assert!(notify.contains("direction=\"initiator\"") && notify.contains("<state>early</state>"), "{notify}");
    assert!(notify.contains(&format!("<identity>sip:{NUMBER}@{DOMAIN}</identity>")), "{notify}");
    assert!(notify.contains("state=\"partial\"") && notify.contains("version=\"2\""), "{notify}");
    bench.delete(&format!("/calls/{id}")).await;
    assert!(phone.hear().await.contains("<state>terminated</state>"));
}

#[tokio::test]
async fn a_password_that_is_wrong_and_a_nonce_that_was_used_are_challenged_again() {
    let bench = bench();
    let mut phone = phone(&bench).await;
    assert!(phone.subscribe(&PLAIN, "guess").await.starts_with("SIP/2.0 401 "));
    let challenge = phone.ask(&PLAIN, "").await;
    let nonce = header(&challenge, "WWW-Authenticate").split("nonce=\"").nth(1).unwrap().split('"').next().unwrap();
    let once = credentials(&PLAIN, nonce, PASSWORD);
    assert!(phone.ask(&PLAIN, &once).await.starts_with("SIP/2.0 200 "));
    phone.hear().await;
    assert!(phone.ask(&PLAIN, &once).await.starts_with("SIP/2.0 401 "));
    assert_eq!(bench.double.sip_tally().borrow().refused, 2);
}

#[rstest]
#[case(Subscribe { event: "presence", ..PLAIN }, "489")]
#[case(Subscribe { expires: 10, ..PLAIN }, "423")]
#[case(Subscribe { agent: 99_999, ..PLAIN }, "404")]
#[case(Subscribe { to_tag: ";tag=unheard-of", ..PLAIN }, "481")]
#[tokio::test]
async fn a_subscription_that_cannot_be_is_refused(#[case] subscribe: Subscribe<'_>, #[case] status: &str) {
    let bench = bench();
    let mut phone = phone(&bench).await;
    let refused = phone.subscribe(&subscribe, PASSWORD).await;
    assert_eq!(refused.split(' ').nth(1), Some(status), "{refused}");
}

#[tokio::test]
async fn a_subscription_that_is_not_renewed_ends_and_one_that_is_lives_on() {
    let bench = bench();
    let mut phone = phone(&bench).await;
    let granted = phone.subscribe(&PLAIN, PASSWORD).await;
    phone.hear().await;
    bench.clock.advance(200);
    let tag = header(&granted, "To").split_once(';').unwrap().1.to_owned();
    let renewal = Subscribe { cseq: 3, to_tag: &format!(";{tag}"), ..PLAIN };
    assert!(phone.subscribe(&renewal, PASSWORD).await.starts_with("SIP/2.0 200 "));
    assert!(phone.hear().await.contains("state=\"full\""), "a renewal is told everything");
    bench.clock.advance(299);
    bench.get("/ping").await;
    assert_eq!(bench.double.sip_tally().borrow().ended, 0);
    bench.clock.advance(1);
    assert_eq!(header(&phone.hear().await, "Subscription-State"), "terminated;reason=timeout");
}

#[tokio::test]
async fn who_asks_for_no_time_at_all_is_told_once_and_no_more() {
    let bench = bench();
    let mut phone = phone(&bench).await;
    assert!(phone.subscribe(&Subscribe { expires: 0, ..PLAIN }, PASSWORD).await.starts_with("SIP/2.0 200 "));
    assert_eq!(header(&phone.hear().await, "Subscription-State"), "terminated;reason=timeout");
}

#[tokio::test]
async fn other_requests_are_refused_keep_alives_answered_and_other_subprotocols_turned_away() {
    let bench = bench();
    let mut phone = phone(&bench).await;
    phone.say(format!("REGISTER sip:{DOMAIN} SIP/2.0\r\nCSeq: 1 REGISTER\r\n\r\n")).await;
    assert!(phone.hear().await.starts_with("SIP/2.0 405 "));
    phone.say("\r\n\r\n".to_owned()).await;
    assert_eq!(phone.hear().await, "\r\n");
    match connect_async(bench.double.sip_url()).await {
        Err(Error::Http(refusal)) => assert_eq!(refusal.status().as_u16(), 400),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_double_that_stops_takes_its_connections_with_it() {
    let bench = bench();
    let mut phone = phone(&bench).await;
    phone.subscribe(&PLAIN, PASSWORD).await;
    bench.double.stop().await;
    while phone.0.next().await.is_some_and(|message| message.is_ok()) {}
}
