//! The suite that every telephone network has to pass: a simulated one in process, and an adapter that talks to a provider,
//! also to one that is not as assumed.
//!
//! A case sees the network through the port alone, and reads what it tells by the domain's rules, as the engine does. At the
//! end it holds that against what truly happened.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case is the body of a test: it fails by panicking, and says in its name what it holds"
)]

use std::any::Any;
use std::sync::Arc;

use dialer_domain::calls::evidence::{leg_of, read_live, read_records};
use dialer_domain::calls::merge::merge;
use dialer_domain::recordings::call_of;
use dialer_domain::telephony::{AgentLine, DialRequest, RequestPriority, Telephony, TelephonyError, TransferTarget};
use dialer_domain::{Call, CallStatus, Clock, Duration, PhoneNumber};

use crate::builders;

/// What the callees of a network do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callees {
    /// Answer after a while, and talk for some minutes.
    Answer,
    /// Are on the phone.
    AreBusy,
    /// Let it ring.
    LetItRing,
    /// Do not exist.
    DoNotExist,
}

/// What truly became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrueCall {
    /// Whether it is over.
    pub over: bool,
    /// Seconds of talk.
    pub talk_seconds: u32,
}

/// What truly became of the calls of a number, in the order of placing.
pub type Truth = Box<dyn Fn(&PhoneNumber) -> Vec<TrueCall> + Send + Sync>;

/// A network of its own for one case. It records every conversation.
pub struct NetworkBench {
    /// The network.
    pub telephony: Arc<dyn Telephony>,
    /// Its time, which passes by itself.
    pub clock: Arc<dyn Clock>,
    /// An agent with a phone.
    pub agent: AgentLine,
    /// An agent whose phone is switched off.
    pub without_phone: AgentLine,
    /// What truly happened.
    pub truth: Truth,
    /// Whatever has to live as long.
    pub keep: Box<dyn Any + Send + Sync>,
}

/// Writes one test for each case of the suite, in a module of this name. The expression is a closure that makes a
/// [`NetworkBench`] for [`Callees`].
#[macro_export]
macro_rules! telephony_conformance {
    ($name:ident, $make:expr) => {
        $crate::telephony_conformance!(@cases $name, $make,
            a_conversation_is_followed_to_its_record,
            a_busy_line_is_told_as_such,
            an_unanswered_call_is_told_as_such,
            a_number_that_does_not_exist_is_no_conversation,
            an_agent_without_a_phone_is_unreachable_and_nobody_is_called,
            a_conversation_ends_when_it_is_hung_up,
            a_customer_is_handed_over,
            a_conversation_is_recorded_and_comes_whole,
            users_and_numbers_are_listed,
            calls_and_recordings_that_never_were_are_not_there,
        );
    };
    (@cases $name:ident, $make:expr, $($case:ident),+ $(,)?) => {
        mod $name {
            #[allow(unused_imports, reason = "the closure may name things by full paths")]
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    $crate::networks::$case($make).await;
                }
            )+
        }
    };
}

/// How long a case waits for what must come, in the network's time.
const PATIENCE: Duration = Duration::minutes(15);

/// A call, as the dialer would keep it.
struct Followed {
    call: Call,
    bench: NetworkBench,
}

impl Followed {
    async fn placed(bench: NetworkBench) -> Self {
        let call = builders::call().agent(bench.agent.as_str()).started_at(bench.clock.now()).build();
        let request = DialRequest { agent: Some(bench.agent.clone()), ..request(&call.to_number) };
        let id = bench.telephony.originate(request).await.unwrap();
        let call = merge(&call, &builders::placed(id.as_str(), bench.clock.now())).unwrap();
        Self { call, bench }
    }

    /// Asks once, as a sweep does.
    async fn look(&mut self) {
        let asked_at = self.bench.clock.now();
        let live = self.bench.telephony.live_calls().await.unwrap();
        let mut told = vec![read_live(&self.call, &live, asked_at)];
        if self.call.gone_at.is_some() {
            let since = self.call.started_at - Duration::seconds(10);
            let records = self.bench.telephony.call_records_since(since).await.unwrap();
            told.push(read_records(&self.call, &records));
        }
        for event in told.into_iter().flatten() {
            if let Some(next) = merge(&self.call, &event) {
                self.call = Call { updated_at: asked_at, ..next };
            }
        }
    }

    async fn until(&mut self, what: &str, enough: impl Fn(&Call) -> bool) {
        let from = self.bench.clock.now();
        while !enough(&self.call) {
            assert!(self.bench.clock.now() - from < PATIENCE, "{what} never came: {:?}", self.call.status);
            self.bench.clock.sleep(Duration::seconds(1)).await;
            self.look().await;
        }
    }

    async fn until_over(&mut self) {
        self.until("the end", |call| call.status.is_final()).await;
    }

    async fn until_answered(&mut self) {
        self.until("the answer", |call| call.status == CallStatus::Answered).await;
    }

    fn truth(&self) -> TrueCall {
        let calls = (self.bench.truth)(&self.call.to_number);
        assert_eq!(calls.len(), 1, "one dial is one call");
        calls[0]
    }

    /// The id under which the network lists it.
    async fn live_id(&self) -> dialer_domain::telephony::ProviderCallId {
        let live = self.bench.telephony.live_calls().await.unwrap();
        leg_of(&self.call, &live).unwrap().id.clone()
    }
}

fn request(to: &PhoneNumber) -> DialRequest {
    DialRequest {
        to: to.clone(),
        agent: None,
        caller_id: None,
        ahead: false,
        priority: RequestPriority::Campaign,
        paced: false,
    }
}

async fn ends_as(make: impl AsyncFn(Callees) -> NetworkBench, callees: Callees, status: CallStatus) {
    let mut followed = Followed::placed(make(callees).await).await;
    followed.until_over().await;
    let truth = followed.truth();
    assert_eq!((followed.call.status, truth.over), (status, true));
    assert_eq!(followed.call.duration, truth.talk_seconds);
}

/// Ringing, answered, gone, recorded; and the talk has its true length.
pub async fn a_conversation_is_followed_to_its_record(make: impl AsyncFn(Callees) -> NetworkBench) {
    let mut followed = Followed::placed(make(Callees::Answer).await).await;
    assert_eq!(followed.call.status, CallStatus::Ringing);
    followed.until_answered().await;
    followed.until_over().await;
    let truth = followed.truth();
    assert_eq!((followed.call.status, followed.call.duration), (CallStatus::Completed, truth.talk_seconds));
    assert!(truth.over && truth.talk_seconds > 0);
}

/// By its record.
pub async fn a_busy_line_is_told_as_such(make: impl AsyncFn(Callees) -> NetworkBench) {
    ends_as(make, Callees::AreBusy, CallStatus::Busy).await;
}

/// By its record.
pub async fn an_unanswered_call_is_told_as_such(make: impl AsyncFn(Callees) -> NetworkBench) {
    ends_as(make, Callees::LetItRing, CallStatus::NoAnswer).await;
}

/// By its record.
pub async fn a_number_that_does_not_exist_is_no_conversation(make: impl AsyncFn(Callees) -> NetworkBench) {
    ends_as(make, Callees::DoNotExist, CallStatus::Failed).await;
}

/// And that is told by the answer to the dial.
pub async fn an_agent_without_a_phone_is_unreachable_and_nobody_is_called(make: impl AsyncFn(Callees) -> NetworkBench) {
    let bench = make(Callees::Answer).await;
    let to = builders::number(77);
    let dial = DialRequest { agent: Some(bench.without_phone.clone()), ..request(&to) };
    let refused = bench.telephony.originate(dial).await.unwrap_err();
    assert!(matches!(refused, TelephonyError::AgentUnreachable { .. }), "{refused:?}");
    assert!((bench.truth)(&to).is_empty());
}

/// Once; a second time there is nothing to end.
pub async fn a_conversation_ends_when_it_is_hung_up(make: impl AsyncFn(Callees) -> NetworkBench) {
    let mut followed = Followed::placed(make(Callees::Answer).await).await;
    followed.until_answered().await;
    let id = followed.live_id().await;
    followed.bench.telephony.hang_up(&id).await.unwrap();
    let again = followed.bench.telephony.hang_up(&id).await.unwrap_err();
    assert!(matches!(again, TelephonyError::NoSuchCall), "{again:?}");
    followed.until_over().await;
    let truth = followed.truth();
    assert_eq!((followed.call.status, followed.call.duration), (CallStatus::Completed, truth.talk_seconds));
}

/// While connected.
pub async fn a_customer_is_handed_over(make: impl AsyncFn(Callees) -> NetworkBench) {
    let mut followed = Followed::placed(make(Callees::Answer).await).await;
    followed.until_answered().await;
    let id = followed.live_id().await;
    let to = TransferTarget::Number(builders::number(78));
    followed.bench.telephony.transfer(&id, &to).await.unwrap();
    let nobody = dialer_domain::telephony::ProviderCallId::new("4999999999");
    let refused = followed.bench.telephony.transfer(&nobody, &to).await.unwrap_err();
    assert!(matches!(refused, TelephonyError::NoSuchCall), "{refused:?}");
}

/// The recording is known for that of its call, and its audio is as long as the provider says.
pub async fn a_conversation_is_recorded_and_comes_whole(make: impl AsyncFn(Callees) -> NetworkBench) {
    let mut followed = Followed::placed(make(Callees::Answer).await).await;
    followed.until_over().await;
    let Followed { call, bench } = followed;
    let from = bench.clock.now();
    let recording = loop {
        let recordings = bench.telephony.recordings_since(call.started_at - Duration::minutes(1)).await.unwrap();
        let ours = |recording: &&_| call_of(recording, std::slice::from_ref(&call)).is_some();
        if let Some(recording) = recordings.iter().find(ours) {
            break recording.clone();
        }
        assert!(bench.clock.now() - from < PATIENCE, "the recording never came");
        bench.clock.sleep(Duration::seconds(1)).await;
    };
    assert_eq!(bench.telephony.recording(&recording.id).await.unwrap().map(|row| row.id), Some(recording.id.clone()));
    let mut audio = bench.telephony.recording_audio(&recording.id).await.unwrap().unwrap();
    let mut length = 0;
    while let Some(bytes) = audio.next().await.unwrap() {
        length += bytes.len();
    }
    assert!(length > 0);
    assert_eq!(recording.size, u64::try_from(length).ok());
}

/// With whom it can call and what it may show.
pub async fn users_and_numbers_are_listed(make: impl AsyncFn(Callees) -> NetworkBench) {
    let bench = make(Callees::Answer).await;
    bench.telephony.health().await.unwrap();
    let users = bench.telephony.users().await.unwrap();
    for line in [&bench.agent, &bench.without_phone] {
        assert!(users.iter().any(|user| user.line == *line && user.active), "{line}");
    }
    assert!(!bench.telephony.numbers().await.unwrap().is_empty());
    let offers = bench.telephony.probe().await.unwrap();
    assert_eq!((offers, offers.recording), (bench.telephony.capabilities(), true));
}

/// Which is an answer and not an error.
pub async fn calls_and_recordings_that_never_were_are_not_there(make: impl AsyncFn(Callees) -> NetworkBench) {
    let bench = make(Callees::Answer).await;
    let call = dialer_domain::telephony::ProviderCallId::new("4999999999");
    assert!(bench.telephony.call(&call).await.unwrap().is_none());
    let hung_up = bench.telephony.hang_up(&call).await.unwrap_err();
    assert!(matches!(hung_up, TelephonyError::NoSuchCall), "{hung_up:?}");
    let recording = dialer_domain::telephony::ProviderRecordingId::new("4999999999");
    assert!(bench.telephony.recording(&recording).await.unwrap().is_none());
    assert!(bench.telephony.recording_audio(&recording).await.unwrap().is_none());
}
