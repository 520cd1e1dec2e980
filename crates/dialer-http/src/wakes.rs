//! Passing on to the engine what other nodes tell.

use std::sync::Arc;

use dialer_app::EngineHandle;
use dialer_domain::wakes::{Wake, Wakes};
use dialer_domain::{Clock, Duration};
use tokio::sync::watch;

use crate::logs::cause;

/// Wait for a database that is away.
const TRY_AGAIN: Duration = Duration::SECOND;

/// Hears until `stopped` says true, or its sender is gone.
pub(crate) async fn hear(
    mut wakes: Box<dyn Wakes>,
    engine: EngineHandle,
    clock: Arc<dyn Clock>,
    mut stopped: watch::Receiver<bool>,
) {
    let pass_on = async {
        loop {
            match wakes.next().await {
                Ok(Wake::Work) => engine.wake(),
                Ok(Wake::ProviderEvents) => engine.tell(),
                Err(error) => {
                    tracing::warn!(error = cause(&error), "other nodes cannot be heard; they are listened for again");
                    clock.sleep(TRY_AGAIN).await;
                }
            }
        }
    };
    tokio::select! {
        () = pass_on => {}
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
}
