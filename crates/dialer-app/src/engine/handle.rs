//! How others wake the engine and see how it is.

use std::sync::Arc;

use tokio::sync::{Notify, watch};

/// What the engine is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnginePhase {
    /// Not running yet.
    Starting,
    /// Dialling whatever is due.
    Running,
    /// Not dialling until a person mends something; it looks every minute whether that has happened.
    Halted,
    /// Not running any more.
    Stopped,
}

/// The engine's state after its last round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineStatus {
    /// What it is doing.
    pub phase: EnginePhase,
    /// Why it is halted.
    pub reason: Option<String>,
    /// Agents who can take calls, free or not.
    pub agents: usize,
    /// Calls that are not over.
    pub live_calls: usize,
}

/// A cheap handle on an engine, whether it runs or not.
#[derive(Clone)]
pub struct EngineHandle {
    wake: Arc<Notify>,
    status: Arc<watch::Sender<EngineStatus>>,
}

impl Default for EngineHandle {
    fn default() -> Self {
        let starting = EngineStatus { phase: EnginePhase::Starting, reason: None, agents: 0, live_calls: 0 };
        Self { wake: Arc::new(Notify::new()), status: Arc::new(watch::Sender::new(starting)) }
    }
}

impl EngineHandle {
    /// Makes the engine look at once for something to do.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// The state after the last round.
    #[must_use]
    pub fn status(&self) -> EngineStatus {
        self.status.borrow().clone()
    }

    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }

    pub(super) fn publish(&self, status: EngineStatus) {
        self.status.send_replace(status);
    }
}
