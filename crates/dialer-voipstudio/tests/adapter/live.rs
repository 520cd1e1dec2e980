//! Live events over a real socket, from a provider that plays the whole part, on a clock that the tests turn.

use std::sync::Arc;

use dialer_domain::calls::Direction;
use dialer_domain::clock::Clock;
use dialer_domain::telephony::{AgentLine, DialRequest, LegNews, LiveState, ProviderEvent, ProviderNews, Telephony};
use dialer_simulator::{
    CarrierSettings, Knobs, Legs, OutcomeShares, ProviderDouble, ProviderDoubleSettings, SimulatedUser, SipBodies,
    SipChallenge, SipTally, SipVersions, Spread,
};
use dialer_testkit::{FakeClock, SeededIds};
use dialer_voipstudio::{LiveEvents, LiveSettings, SipAccount, VoipStudio};
use rstest::rstest;
use secrecy::SecretString;
use time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::support::{CUSTOMER_DIGITS, T0, dial, settings};

const AGENT: &str = "10001";
const AGENT_RINGS: Duration = Duration::seconds(4);
const CUSTOMER_RINGS: Duration = Duration::seconds(10);
const TALK: Duration = Duration::seconds(60);

struct Bench {
    double: ProviderDouble,
    clock: FakeClock,
    adapter: VoipStudio,
    news: mpsc::Receiver<ProviderEvent>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

/// A provider where every call is answered, and one that hears of the first two agents' calls.
fn bench(turn: impl FnOnce(&mut Knobs)) -> Bench {
    bench_with(turn, |_, adapter, settings, clock| {
        LiveEvents::new(adapter, settings, Arc::new(clock), Arc::new(SeededIds::new(7))).unwrap()
    })
}

fn bench_with(
    turn: impl FnOnce(&mut Knobs),
    hearer: impl FnOnce(&ProviderDoubleSettings, VoipStudio, LiveSettings, FakeClock) -> LiveEvents,
) -> Bench {
    let carrier = CarrierSettings {
        outcomes: OutcomeShares::PERSON,
        agent_answers: Spread::exactly(4.0),
        agent_misses_share: 0.0,
        person_answers: Spread::exactly(10.0),
        short_talk: Spread::exactly(60.0),
        long_talk_share: 0.0,
        ..CarrierSettings::default()
    };
    let users = SimulatedUser::crew(3);
    let mut played = ProviderDoubleSettings { users, carrier, ..ProviderDoubleSettings::default() };
    turn(&mut played.knobs);
    let clock = FakeClock::new(T0);
    let double = ProviderDouble::start(played.clone(), Arc::new(clock.clone())).unwrap();
    let key = SecretString::from(played.tokens[0].as_str());
    let connection = dialer_voipstudio::VoipStudioSettings { api_key: key, ..settings(double.base_url()) };
    let adapter = VoipStudio::new(connection, Arc::new(clock.clone())).unwrap();
    let agents = vec![AgentLine::new(AGENT), AgentLine::new("10002")];
    let live = LiveSettings { url: Some(double.sip_url()), ..LiveSettings::new(agents) };
    let live = hearer(&played, adapter.clone(), live, clock.clone());
    let (events, news) = mpsc::channel(100);
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        live.run(events, async move {
            let _ = stopped.await;
        })
        .await;
    });
    Bench { double, clock, adapter, news, stop: Some(stop), task }
}

impl Bench {
    /// Returns once the server's counts are as `wanted`.
    async fn until(&self, wanted: impl FnMut(&SipTally) -> bool) {
        self.double.sip_tally().wait_for(wanted).await.unwrap();
    }

    /// Returns once the client has answered so many NOTIFY requests, and with that has taken in all that came before.
    async fn until_answered(&self, count: u64) {
        self.until(|tally| tally.answered >= count).await;
    }

    /// Returns once both agents are subscribed to.
    async fn until_heard(&self) {
        self.until_answered(2).await;
    }

    /// Returns once whoever sleeps next sleeps so long from now.
    async fn until_sleeping_for(&self, lengths: std::ops::RangeInclusive<Duration>) {
        let now = self.clock.now();
        while !self.clock.next_wake().is_some_and(|at| lengths.contains(&(at - now))) {
            tokio::task::yield_now().await;
        }
    }

    /// Returns once the client waits for its first try after a break.
    async fn until_broken(&self) {
        self.until(|tally| tally.connections == 0).await;
        self.until_sleeping_for(Duration::milliseconds(500)..=Duration::SECOND).await;
    }

    async fn next(&mut self) -> LegNews {
        match self.news.recv().await.expect("the hearer ended").news {
            ProviderNews::Leg(news) => news,
            other => panic!("{other:?}"),
        }
    }

    async fn hears(&mut self, state: LiveState) -> LegNews {
        let news = self.next().await;
        assert_eq!(news.state, state, "{news:?}");
        news
    }

    /// A call of the first agent, who picks up at once. Returns its id and what was told up to then.
    async fn placed(&mut self) -> String {
        let adapter = self.adapter.clone();
        let request = DialRequest { agent: Some(AgentLine::new(AGENT)), ..dial() };
        let dial = tokio::spawn(async move { adapter.originate(request).await });
        self.hears(LiveState::Initial).await;
        self.clock.advance(AGENT_RINGS);
        let id = dial.await.unwrap().unwrap();
        let ringing = self.hears(LiveState::Ringing).await;
        assert_eq!(ringing.leg, id);
        id.as_str().to_owned()
    }
}

#[rstest]
#[tokio::test]
async fn an_agent_s_call_is_seen_ringing_connected_and_hung_up(
    #[values(SipBodies::Partial, SipBodies::Full)] bodies: SipBodies,
    #[values(SipChallenge::Unauthorized, SipChallenge::Proxy)] challenge: SipChallenge,
    #[values(SipVersions::Counted, SipVersions::AlwaysZero, SipVersions::Words)] versions: SipVersions,
    #[values(false, true)] oddities: bool,
) {
    let mut bench = bench(|knobs| {
        knobs.sip.bodies = bodies;
        knobs.sip.challenge = challenge;
        knobs.sip.versions = versions;
        knobs.sip.oddities = oddities;
    });
    bench.until_heard().await;
    let call = bench.placed().await;
    bench.clock.advance(CUSTOMER_RINGS);
    let connected = bench.hears(LiveState::Connected).await;
    assert_eq!((connected.leg.as_str(), connected.agent.as_ref().map(AgentLine::as_str)), (&*call, Some(AGENT)));
    assert_eq!(
        (connected.direction, connected.to_digits.as_deref()),
        (Some(Direction::Outbound), Some(CUSTOMER_DIGITS))
    );
    assert_eq!((connected.started_at, connected.connected_at), (Some(T0), None));
    bench.clock.advance(TALK);
    let over = bench.hears(LiveState::HangUp).await;
    assert_eq!((over.leg.as_str(), over.last, over.result), (&*call, None, None));
    assert!(bench.news.is_empty());
}

#[tokio::test]
async fn credentials_that_are_known_already_need_no_question() {
    let mut bench = bench_with(
        |_| {},
        |played, _, settings, clock| {
            let account = SipAccount {
                user_id: AGENT.to_owned(),
                domain: played.sip_domain.clone(),
                password: SecretString::from(played.sip_password.as_str()),
            };
            LiveEvents::with_account(account, settings, Arc::new(clock), Arc::new(SeededIds::new(7))).unwrap()
        },
    );
    bench.until_heard().await;
    assert!(bench.double.requests().is_empty());
    bench.placed().await;
}

#[tokio::test]
async fn of_a_call_with_two_legs_the_agent_s_own_is_seen() {
    let mut bench = bench(|knobs| knobs.live_legs = Legs::Two);
    bench.until_heard().await;
    let adapter = bench.adapter.clone();
    let request = DialRequest { agent: Some(AgentLine::new(AGENT)), ..dial() };
    let dial = tokio::spawn(async move { adapter.originate(request).await });
    bench.hears(LiveState::Ringing).await;
    bench.clock.advance(AGENT_RINGS);
    dial.await.unwrap().unwrap();
    let connected = bench.hears(LiveState::Connected).await;
    assert_eq!(connected.connected_at, None, "the customer's phone still rings");
}

#[tokio::test]
async fn a_call_that_is_hung_up_early_is_told_at_once() {
    let mut bench = bench(|_| {});
    bench.until_heard().await;
    let call = bench.placed().await;
    bench.adapter.hang_up(&dialer_domain::telephony::ProviderCallId::new(call.clone())).await.unwrap();
    assert_eq!(bench.hears(LiveState::HangUp).await.leg.as_str(), call);
}

#[tokio::test]
async fn a_broken_connection_is_taken_up_again_and_nothing_is_told_twice() {
    // Two NOTIFY requests for the subscriptions, one for INITIAL, then RINGING is the last that comes through.
    let mut bench = bench(|knobs| knobs.sip.cut_after = Some(4));
    bench.until_heard().await;
    let call = bench.placed().await;
    bench.double.knobs().set(|knobs| knobs.sip.cut_after = None);
    // Meanwhile the customer answers.
    bench.until_broken().await;
    let answered = bench.double.sip_tally().borrow().answered;
    bench.clock.advance(CUSTOMER_RINGS);
    let connected = bench.hears(LiveState::Connected).await;
    assert_eq!(connected.leg.as_str(), call);
    bench.until_answered(answered + 2).await;
    bench.clock.advance(TALK);
    bench.hears(LiveState::HangUp).await;
    assert!(bench.news.is_empty(), "what was told before the break is not told again");
}

#[tokio::test]
async fn a_call_that_ended_during_a_break_is_told_over_when_the_connection_is_back() {
    let mut bench = bench(|knobs| knobs.sip.cut_after = Some(4));
    bench.until_heard().await;
    let call = bench.placed().await;
    bench.double.knobs().set(|knobs| knobs.sip.cut_after = None);
    bench.until_broken().await;
    bench.clock.advance(CUSTOMER_RINGS + TALK);
    assert_eq!(bench.hears(LiveState::HangUp).await.leg.as_str(), call);
}

#[tokio::test]
async fn refused_credentials_are_tried_again_after_a_long_while_and_not_before() {
    let mut bench = bench(|knobs| knobs.sip.refuse_credentials = true);
    bench.until(|tally| tally.refused > 0 && tally.connections == 0).await;
    bench.until_sleeping_for(Duration::minutes(7)..=Duration::minutes(15)).await;
    let wakes_at = bench.clock.next_wake().unwrap();
    bench.double.knobs().set(|knobs| knobs.sip.refuse_credentials = false);
    bench.clock.set(wakes_at);
    bench.until_heard().await;
    bench.placed().await;
}

#[tokio::test]
async fn a_key_that_is_not_accepted_counts_as_refused_credentials() {
    let bench = bench(|knobs| knobs.api_keys_expired = true);
    bench.until_sleeping_for(Duration::minutes(7)..=Duration::minutes(15)).await;
    assert!(!bench.task.is_finished());
}

#[tokio::test]
async fn subscriptions_are_renewed_before_they_run_out() {
    let mut bench = bench(|knobs| knobs.sip.longest_expiry = 60);
    bench.until_heard().await;
    for round in 1..=5 {
        // Renewals are due after 48 s, and the end would come after 60.
        bench.clock.advance(Duration::seconds(48));
        bench.until_answered(2 + 2 * round).await;
    }
    assert_eq!(bench.double.sip_tally().borrow().ended, 0);
    bench.placed().await;
}

#[tokio::test]
async fn a_subscription_that_the_server_ends_is_asked_for_again() {
    let mut bench = bench(|knobs| knobs.sip.deactivate_after = Some(1));
    bench.until_answered(4).await;
    bench.double.knobs().set(|knobs| knobs.sip.deactivate_after = None);
    bench.clock.advance(Duration::seconds(1));
    bench.until_answered(6).await;
    bench.placed().await;
}

#[rstest]
#[case::lost(|knobs: &mut Knobs| knobs.sip.lose = Some(2), 4, vec![LiveState::Connected])]
#[case::broken(|knobs: &mut Knobs| knobs.sip.garble = Some(2), 5, vec![LiveState::Ringing, LiveState::Connected])]
#[tokio::test]
async fn after_a_notify_that_is_lost_or_broken_the_whole_state_is_asked_for(
    #[case] turn: fn(&mut Knobs),
    #[case] notified: u64,
    #[case] heard: Vec<LiveState>,
) {
    let mut bench = bench(turn);
    bench.until_heard().await;
    let adapter = bench.adapter.clone();
    let request = DialRequest { agent: Some(AgentLine::new(AGENT)), ..dial() };
    let dial = tokio::spawn(async move { adapter.originate(request).await });
    bench.hears(LiveState::Initial).await;
    bench.clock.advance(AGENT_RINGS);
    dial.await.unwrap().unwrap();
    // RINGING is the one that does not come through. A broken body shows at once, a missing number with the next.
    bench.until(|tally| tally.notified >= notified && tally.answered + 1 >= notified).await;
    bench.clock.advance(CUSTOMER_RINGS);
    for state in heard {
        bench.hears(state).await;
    }
    // Both subscriptions, INITIAL, CONNECTED and the whole state were answered.
    bench.until_answered(5).await;
    bench.clock.advance(TALK);
    bench.hears(LiveState::HangUp).await;
}

#[tokio::test]
async fn an_interval_that_is_too_brief_for_the_server_is_made_longer() {
    let mut bench = bench(|knobs| knobs.sip.shortest_expiry = 600);
    bench.until_heard().await;
    bench.placed().await;
}

#[tokio::test]
async fn an_agent_whom_the_provider_does_not_know_does_not_keep_the_others_from_being_heard() {
    let mut bench = bench_with(
        |_| {},
        |_, adapter, settings, clock| {
            let agents = vec![AgentLine::new("99999"), AgentLine::new(AGENT)];
            let settings = LiveSettings { agents, ..settings };
            LiveEvents::new(adapter, settings, Arc::new(clock), Arc::new(SeededIds::new(7))).unwrap()
        },
    );
    bench.until_answered(1).await;
    bench.placed().await;
}

#[tokio::test]
async fn a_server_that_stops_is_looked_for_until_it_is_back_without_a_storm() {
    let bench = bench(|_| {});
    bench.until_heard().await;
    bench.double.stop().await;
    let (clock, mut waits) = (bench.clock, Vec::new());
    let mut last = clock.now();
    while clock.next_wake().is_none_or(|at| at - last > Duration::SECOND) {
        tokio::task::yield_now().await;
    }
    for _ in 0..8 {
        let at = clock.next_wake().unwrap();
        waits.push(at - last);
        last = at;
        clock.set(at);
        // The next sleep begins when the next try has failed.
        while clock.next_wake().is_none_or(|next| next <= at) {
            tokio::task::yield_now().await;
        }
    }
    assert!(waits.windows(2).all(|pair| pair[1] * 4 > pair[0]), "{waits:?}");
    assert!(waits[7] >= Duration::seconds(30) && waits.iter().all(|wait| *wait <= Duration::minutes(1)), "{waits:?}");
}

#[tokio::test]
async fn it_ends_when_it_is_told_to_and_when_nobody_hears() {
    let mut told = bench(|_| {});
    told.until_heard().await;
    drop(told.stop.take());
    told.task.await.unwrap();
    told.double.sip_tally().wait_for(|tally| tally.connections == 0).await.unwrap();

    let unheard = bench(|_| {});
    drop(unheard.news);
    unheard.task.await.unwrap();
}
