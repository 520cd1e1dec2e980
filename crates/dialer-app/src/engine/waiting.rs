//! Customers who answered ahead of agents: handed to whoever is free, or given up when nobody comes in time.

use dialer_domain::agents::store;
use dialer_domain::calls::Call;
use dialer_domain::calls::merge::CallEvent;
use dialer_domain::campaigns::Campaign;
use dialer_domain::rules::CONNECT_DEADLINE;
use dialer_domain::store::StoreError;
use dialer_domain::telephony::{TelephonyError, TransferTarget};
use time::OffsetDateTime;
use tokio::task::JoinError;

use super::Engine;
use super::crew::Free;
use crate::error::chain;

/// What came of passing a customer on.
pub(super) struct Transferred {
    call: Call,
    result: Result<(), TelephonyError>,
}

impl Engine {
    /// Hands those who wait to agents of their campaign, who waited longest first, and gives up those who have waited for too
    /// long. Whoever is on the line is served whatever becomes of the campaign meanwhile: by the node that paces it, or, where
    /// none does, by the one that follows the provider.
    pub(super) async fn serve_waiting(
        &mut self,
        campaigns: &[Campaign],
        open: &[Call],
        agents: &store::Crew,
        free: &mut Vec<Free>,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.next_deadline = None;
        let mut waiting: Vec<&Call> = open.iter().filter(|call| call.waits_for_agent()).collect();
        waiting.sort_by_key(|call| call.answered_at);
        for call in waiting {
            let Some(campaign) = call.campaign_id else { continue };
            let paced = campaigns.iter().any(|active| active.id == campaign);
            let mine = if paced { self.leases.to_pace(campaign).is_some() } else { self.leases.follows() };
            if !mine || self.is_in_flight(call.id) {
                continue;
            }
            let deadline = call.answered_at.unwrap_or(now) + CONNECT_DEADLINE;
            let taker = free.iter().position(|free| free.serves(campaign, &agents.staffed));
            if let Some(taker) = taker {
                let agent = free.remove(taker);
                let handed = self.ports.stores.queue.hand_over(call.id, &agent.line, agent.user, now).await?;
                if let Some(handed) = handed {
                    self.transfer(handed, TransferTarget::Agent(agent.line));
                    continue;
                }
            }
            if now >= deadline {
                if let Some(given_up) = self.tell(call.id, CallEvent::GivenUp { at: now }).await {
                    tracing::info!(call.id = %call.id, "nobody was there for a customer who answered");
                    self.transfer(given_up, TransferTarget::Message);
                }
            } else {
                self.next_deadline = Some(self.next_deadline.map_or(deadline, |next| next.min(deadline)));
            }
        }
        Ok(())
    }

    /// Passes a customer on beside the driver. Where that is not possible, the call is hung up: nobody is left in silence.
    fn transfer(&mut self, call: Call, to: TransferTarget) {
        let Some(id) = call.provider_call_id.clone() else { return };
        let telephony = self.ports.telephony.clone();
        let plays = to != TransferTarget::Message || telephony.capabilities().plays_message;
        self.transfers.spawn(async move {
            let result = if plays { telephony.transfer(&id, &to).await } else { telephony.hang_up(&id).await };
            if plays && !matches!(result, Ok(()) | Err(TelephonyError::NoSuchCall)) {
                // What it comes to is told by the provider.
                let _ = telephony.hang_up(&id).await;
            }
            Transferred { call, result }
        });
    }

    /// Takes in what came of passing a customer on.
    pub(super) async fn transferred(&mut self, transferred: Result<Transferred, JoinError>) {
        let Transferred { call, result } = match transferred {
            Ok(transferred) => transferred,
            Err(error) => {
                tracing::error!(error = chain(&error), "passing a customer on broke off");
                return;
            }
        };
        let now = self.ports.clock.now();
        self.next_sweep = None;
        match result {
            Ok(()) | Err(TelephonyError::NoSuchCall) => {}
            Err(error) => {
                tracing::warn!(call.id = %call.id, code = error.code(), %error, "a customer could not be passed on");
                self.provider_trouble(&error);
                if matches!(error, TelephonyError::AgentUnreachable { .. }) {
                    self.leave_alone(&call, now).await;
                }
            }
        }
    }
}
