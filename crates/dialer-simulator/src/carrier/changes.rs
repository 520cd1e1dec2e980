//! Waking whoever tells of calls.

use tokio::sync::{Notify, watch};

/// Calls that were placed or interfered with: one who tells of all is woken, and everybody who watches.
#[derive(Default)]
pub(super) struct Changes {
    one: Notify,
    all: watch::Sender<()>,
}

impl Changes {
    pub(super) fn notify_one(&self) {
        self.one.notify_one();
        self.all.send_replace(());
    }

    pub(super) async fn notified(&self) {
        self.one.notified().await;
    }

    pub(super) fn watch(&self) -> watch::Receiver<()> {
        self.all.subscribe()
    }
}
