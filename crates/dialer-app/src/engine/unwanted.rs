//! Calls whose numbers were put on the do-not-call list while they ring: they are hung up, whoever put them there and on
//! whichever node. Somebody who talks is let talk.

use std::collections::BTreeMap;

use dialer_domain::calls::stopping::{Unwanted, stop};
use dialer_domain::calls::{Call, CallStatus, Direction};
use dialer_domain::ids::CallId;
use dialer_domain::store::StoreError;
use time::{Duration, OffsetDateTime};
use tokio::task::JoinSet;

use super::{Engine, EngineHandle};
use crate::ports::Ports;
use crate::stop_now::{CallFate, end};

/// How long after a try a call that is still out is left alone: somebody talks in it, as will soon be known, or the provider has
/// not named it yet.
const TRY_AGAIN: Duration = Duration::seconds(3);

/// Hang-ups under way, and those that were tried.
#[derive(Debug, Default)]
pub(super) struct HangUps {
    pub(super) running: JoinSet<()>,
    tried: BTreeMap<CallId, OffsetDateTime>,
}

impl Engine {
    /// Hangs up what rings at numbers that may not be called any more. `open` are the calls that are not over. The node that
    /// follows the provider does so, a handful after the other.
    pub(super) async fn hang_up_unwanted(&mut self, open: &[Call], now: OffsetDateTime) -> Result<(), StoreError> {
        self.hang_ups.tried.retain(|_, tried_at| *tried_at + TRY_AGAIN > now);
        let rings = |call: &&Call| {
            call.direction == Direction::Outbound && matches!(call.status, CallStatus::Initiated | CallStatus::Ringing)
        };
        let asked = self.settings.hang_up_suppressed && self.hang_ups.running.is_empty();
        if !asked || !open.iter().any(|call| rings(&call)) {
            return Ok(());
        }
        let unwanted = self.ports.stores.suppressions.unwanted_calls().await?;
        let fresh = |call: &&Call| unwanted.contains(&call.id) && !self.hang_ups.tried.contains_key(&call.id);
        let calls: Vec<Call> = open.iter().filter(rings).filter(fresh).cloned().collect();
        if calls.is_empty() {
            return Ok(());
        }
        self.hang_ups.tried.extend(calls.iter().map(|call| (call.id, now)));
        let (ports, handle) = (self.ports.clone(), self.handle.clone());
        self.hang_ups.running.spawn(async move { hang_up(&ports, &handle, calls).await });
        Ok(())
    }
}

/// Hangs these calls up, but those in which somebody talks by now.
async fn hang_up(ports: &Ports, handle: &EngineHandle, calls: Vec<Call>) {
    let asked_at = ports.clock.now();
    let live = match ports.telephony.live_calls().await {
        Ok(live) => live,
        // Who talks cannot be told, so nobody is hung up on.
        Err(error) => {
            tracing::warn!(code = error.code(), %error, "calls to suppressed numbers could not be hung up yet");
            return;
        }
    };
    let mut ends = JoinSet::new();
    for call in calls {
        let (wanted, ports, handle) = (stop(&call, &live, asked_at), ports.clone(), handle.clone());
        ends.spawn(async move { end(&ports, &handle, call, wanted, Unwanted::Suppressed).await });
    }
    for ended in ends.join_all().await {
        let reason = ended.reason.as_deref();
        match ended.fate {
            CallFate::HungUp => tracing::info!(call.id = %ended.call, "hung up: its number was suppressed"),
            CallFate::Spared => tracing::info!(call.id = %ended.call, "somebody talks at a suppressed number"),
            CallFate::Refused | CallFate::Unknown => {
                tracing::warn!(call.id = %ended.call, reason, "a call to a suppressed number is still out");
            }
        }
    }
}
