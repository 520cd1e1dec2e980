//! Passing live events on to the engine.

use std::sync::Arc;

use dialer_app::EngineHandle;
use dialer_voipstudio::LiveEvents;
use tokio::sync::{mpsc, watch};

/// Events on their way; more than these hold up the reading.
const ON_THEIR_WAY: usize = 256;

/// Hears until `stopped` says true, or its sender is gone.
pub(crate) async fn hear(live: Arc<LiveEvents>, engine: EngineHandle, mut stopped: watch::Receiver<bool>) {
    let (events, mut heard) = mpsc::channel(ON_THEIR_WAY);
    let stop = async {
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    let pass_on = async {
        while let Some(event) = heard.recv().await {
            engine.hear(event);
        }
    };
    tokio::join!(live.run(events, stop), pass_on);
}
