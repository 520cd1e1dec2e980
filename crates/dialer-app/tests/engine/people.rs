//! Agents at work in virtual time: they sign in, take offers, talk, write up, pause, and go home.

use std::sync::Arc;

use dialer_app::{Calls, Desk, Desktop, Dispositions, PlaceCall, Ports, RecordDisposition};
use dialer_domain::agents::{Agent, AgentState, PauseCode, Standing};
use dialer_domain::calls::CallOutcome;
use dialer_domain::dispositions::{Disposition, FollowUpWish};
use dialer_domain::phone::PhoneNumber;
use dialer_domain::{Call, CampaignId, Clock, Duration, OffsetDateTime, Principal, Role};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::task::JoinHandle;

use crate::scene::Scene;

/// An agent with habits.
pub(crate) struct Person {
    who: Principal,
    desk: Desk,
    calls: Calls,
    dispositions: Dispositions,
    clock: Arc<dyn Clock>,
    dice: ChaCha8Rng,
    /// Numbers that the agent dials by hand, in a campaign of their own.
    by_hand: Option<(CampaignId, Vec<PhoneNumber>)>,
}

impl Person {
    pub(crate) fn new(scene: &Scene, ports: Ports, agent: &Agent, seed: u64) -> Self {
        let calls = Calls::new(ports.clone(), scene.handle.clone(), None, None);
        Self {
            who: Principal { user: agent.user_id, role: Role::Agent },
            desk: Desk::new(ports.clone(), scene.handle.clone(), calls.clone()),
            calls,
            dispositions: Dispositions::new(ports.clone(), scene.handle.clone()),
            clock: ports.clock,
            dice: ChaCha8Rng::seed_from_u64(seed),
            by_hand: None,
        }
    }

    pub(crate) fn dials_by_hand(mut self, campaign: CampaignId, numbers: Vec<PhoneNumber>) -> Self {
        self.by_hand = Some((campaign, numbers));
        self
    }

    /// Works the shifts, one after the other.
    pub(crate) fn works(mut self, shifts: Vec<(OffsetDateTime, OffsetDateTime)>) -> JoinHandle<()> {
        tokio::spawn(async move {
            for (begin, end) in shifts {
                self.clock.sleep_until(begin).await;
                self.shift(end).await;
            }
        })
    }

    async fn shift(&mut self, end: OffsetDateTime) {
        while self.clock.now() < end {
            let desktop = self.desk.look(self.who).await.unwrap();
            self.react(desktop).await;
            let pause = self.seconds(3, 9);
            self.clock.sleep(pause).await;
        }
        self.desk.stand(self.who, Standing::Offline).await.unwrap();
    }

    async fn react(&mut self, desktop: Desktop) {
        match desktop.agent.presence.state() {
            AgentState::Offline => self.stand(Standing::Ready).await,
            AgentState::Paused => {
                let rest = self.seconds(30, 200);
                self.clock.sleep(rest).await;
                self.stand(Standing::Ready).await;
            }
            AgentState::Ready if self.dice.random_bool(0.005) => {
                self.stand(Standing::Paused(PauseCode::parse("break").unwrap())).await;
            }
            AgentState::Ready => self.dial_by_hand().await,
            AgentState::Reserved => self.decide().await,
            AgentState::Ringing => {}
            AgentState::Talking => {
                if let Some((call, _)) = desktop.call
                    && self.dice.random_bool(0.02)
                {
                    let _ = self.desk.hang_up(&call).await;
                }
            }
            AgentState::WrapUp => {
                if let Some((call, _)) = desktop.call {
                    self.say(&call).await;
                }
                let _ = self.desk.finish_wrap_up(self.who).await;
            }
        }
    }

    /// The desk may have changed since the agent looked at it; then the wish comes too late.
    async fn stand(&self, standing: Standing) {
        self.desk.stand(self.who, standing).await.unwrap();
    }

    async fn decide(&mut self) {
        let thinking = self.seconds(2, 20);
        self.clock.sleep(thinking).await;
        if self.dice.random_bool(0.1) {
            let _ = self.desk.skip(self.who, None).await;
        } else if let Ok(call) = self.desk.accept(self.who).await {
            let _ = self.calls.dial(call).answer().await;
        }
    }

    async fn dial_by_hand(&mut self) {
        let Some((campaign, numbers)) = &mut self.by_hand else { return };
        let Some(number) = numbers.pop() else { return };
        let wanted =
            PlaceCall { to: number.as_e164().to_owned(), campaign_id: Some(*campaign), ..PlaceCall::default() };
        if let Ok(placed) = self.calls.place(self.who, wanted).await {
            let _ = placed.answer().await;
        }
    }

    async fn say(&mut self, call: &Call) {
        if call.outcome != Some(CallOutcome::Completed) {
            return;
        }
        let (disposition, personal) = match self.dice.random_range(0..20) {
            0 => (Disposition::DoNotCall, false),
            1 => (Disposition::Callback, true),
            2 => (Disposition::Callback, false),
            3..6 => (Disposition::Voicemail, false),
            6..12 => (Disposition::NotInterested, false),
            _ => (Disposition::Interested, false),
        };
        let date = (disposition == Disposition::Callback).then(|| self.clock.now() + Duration::minutes(45));
        let follow_up = FollowUpWish { date, ..FollowUpWish::default() };
        let wanted = RecordDisposition { call_id: call.id, disposition, notes: None, follow_up, personal };
        self.dispositions.record(self.who, wanted).await.unwrap();
    }

    fn seconds(&mut self, least: i64, most: i64) -> Duration {
        Duration::seconds(self.dice.random_range(least..=most))
    }
}
