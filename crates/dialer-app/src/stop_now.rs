//! Stops a campaign at once: nothing more is dialled, what rings is hung up, whoever talks is let talk.

use dialer_domain::calls::Call;
use dialer_domain::calls::stopping::{Stop, Unwanted, hung_up, stop};
use dialer_domain::campaigns::{Campaign, CampaignPatch, CampaignStatus};
use dialer_domain::events::EventKind;
use dialer_domain::identity::Principal;
use dialer_domain::ids::{CallId, CampaignId};
use dialer_domain::stores::Stores;
use dialer_domain::telephony::{LiveCall, TelephonyError};
use serde_json::json;
use time::OffsetDateTime;
use tokio::task::JoinSet;

use crate::campaigns::{Campaigns, own_campaign};
use crate::engine::EngineHandle;
use crate::error::{UseCaseError, chain};
use crate::ports::Ports;

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallFate {
    /// It rang, and was hung up.
    HungUp,
    /// Somebody talks in it.
    Spared,
    /// The provider does not hang it up as it is.
    Refused,
    /// Not known yet: the engine finds out.
    Unknown,
}

/// A call of a stopped campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoppedCall {
    /// Which.
    pub call: CallId,
    /// What became of it.
    pub fate: CallFate,
    /// Why it was not hung up, in the provider's words or ours.
    pub reason: Option<String>,
}

/// Stops campaigns.
#[derive(Clone)]
pub struct StopNow {
    ports: Ports,
    campaigns: Campaigns,
    engine: EngineHandle,
}

impl StopNow {
    /// On these ports; `engine` is woken, and told of calls that were hung up.
    #[must_use]
    pub fn new(ports: Ports, engine: EngineHandle) -> Self {
        Self { campaigns: Campaigns::new(ports.clone(), engine.clone()), ports, engine }
    }

    /// Pauses an own campaign: the first half, on stores such as those of a unit of work. From the moment that this is stored,
    /// no claim takes a contact of it. One that is not active stays as it is.
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`] also for an assigned agent.
    pub async fn pause(&self, stores: Stores, who: Principal, id: CampaignId) -> Result<Campaign, UseCaseError> {
        let ports = Ports { stores: stores.clone(), ..self.ports.clone() };
        let campaign = own_campaign(&ports, who, id).await?;
        if campaign.status != CampaignStatus::Active {
            return Ok(campaign);
        }
        let pause = CampaignPatch { status: Some(CampaignStatus::Paused), ..CampaignPatch::default() };
        self.campaigns.on(stores).change(who, id, pause).await
    }

    /// Hangs up what rings of a campaign, and notes who wanted it: the second half, once the first is stored. Doing it again
    /// hangs up what has come to light meanwhile.
    ///
    /// # Errors
    /// When calls could not be read, or the event could not be written.
    pub async fn hang_up(&self, who: Principal, campaign: &Campaign) -> Result<Vec<StoppedCall>, UseCaseError> {
        let open = self.ports.stores.calls.open().await?;
        let open: Vec<Call> = open.into_iter().filter(|call| call.campaign_id == Some(campaign.id)).collect();
        let asked_at = self.ports.clock.now();
        let stopped = if open.is_empty() {
            Vec::new()
        } else {
            match self.ports.telephony.live_calls().await {
                Ok(live) => self.end_all(open, &live, asked_at).await,
                // Who talks cannot be told, so nobody is hung up on.
                Err(error) => open.iter().map(|call| unknown(call.id, error.to_string())).collect(),
            }
        };
        let count = |fate| stopped.iter().filter(|one| one.fate == fate).count();
        let mut event = campaign.event(EventKind::CampaignStopped, self.ports.clock.now()).by(who.scope());
        for (key, fate) in [
            ("hung_up", CallFate::HungUp),
            ("spared", CallFate::Spared),
            ("refused", CallFate::Refused),
            ("unknown", CallFate::Unknown),
        ] {
            event.data.insert(key.to_owned(), json!(count(fate)));
        }
        self.ports.stores.events.note(who.scope(), &event).await?;
        self.engine.wake();
        Ok(stopped)
    }

    /// All at once: the provider's budget sees to the pace.
    async fn end_all(&self, open: Vec<Call>, live: &[LiveCall], asked_at: OffsetDateTime) -> Vec<StoppedCall> {
        let order: Vec<CallId> = open.iter().map(|call| call.id).collect();
        let mut ends = JoinSet::new();
        for call in open {
            let (wanted, service) = (stop(&call, live, asked_at), self.clone());
            ends.spawn(async move { service.end(call, wanted).await });
        }
        let mut ended = ends.join_all().await;
        ended.sort_by_key(|one| order.iter().position(|id| *id == one.call));
        ended
    }

    async fn end(&self, call: Call, wanted: Stop) -> StoppedCall {
        end(&self.ports, &self.engine, call, wanted, Unwanted::Stopped).await
    }
}

/// Does with a call what was decided about it.
pub(crate) async fn end(ports: &Ports, engine: &EngineHandle, call: Call, wanted: Stop, why: Unwanted) -> StoppedCall {
    let (leg, outcome) = match wanted {
        Stop::Spare => return StoppedCall { call: call.id, fate: CallFate::Spared, reason: None },
        Stop::Unknown => {
            let reason = "the provider has not answered yet, or its answer was lost; ask again in a moment";
            return unknown(call.id, reason.to_owned());
        }
        Stop::HangUp { leg, outcome } => (leg, outcome),
    };
    match ports.telephony.hang_up(&leg).await {
        Ok(()) => {}
        Err(TelephonyError::Refused { reason }) => {
            return StoppedCall { call: call.id, fate: CallFate::Refused, reason: Some(reason) };
        }
        Err(TelephonyError::NoSuchCall) => {
            let reason = "it is over already; how it ended is found out".to_owned();
            return unknown(call.id, reason);
        }
        Err(error) => return unknown(call.id, error.to_string()),
    }
    let now = ports.clock.now();
    match ports.stores.calls.apply(call.id, &hung_up(why, outcome, now), now).await {
        Ok(Some(ended)) => engine.hung_up(ended),
        // Its end has come to light by itself meanwhile.
        Ok(None) => {}
        // The engine finds out that it is gone.
        Err(error) => tracing::warn!(call.id = %call.id, error = chain(&error), "a hang-up could not be stored"),
    }
    StoppedCall { call: call.id, fate: CallFate::HungUp, reason: None }
}

const fn unknown(call: CallId, reason: String) -> StoppedCall {
    StoppedCall { call, fate: CallFate::Unknown, reason: Some(reason) }
}
