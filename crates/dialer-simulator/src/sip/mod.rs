//! The account's SIP server, as far as live events need it: SIP in a WebSocket, digest authentication, and
//! subscriptions to the dialogs of users' phones.

mod answers;
mod connection;
mod document;
pub(crate) mod knobs;
mod subscription;
pub(crate) mod tally;

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use dialer_domain::Clock;
use tokio::sync::watch;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;

pub(crate) use self::tally::SipTally;
use crate::carrier::Carrier;
use crate::carrier::dice::Dice;
use crate::knobs::KnobsHandle;

/// What all connections share.
pub(crate) struct SipServer {
    pub(crate) carrier: Arc<Carrier>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) knobs: KnobsHandle,
    pub(crate) seed: u64,
    pub(crate) domain: String,
    pub(crate) password: String,
    pub(crate) given: AtomicU32,
    pub(crate) tally: watch::Sender<SipTally>,
}

impl SipServer {
    /// A text that was not given out before.
    fn fresh(&self, what: &str) -> String {
        Dice::new(self.seed, "sip", what, self.given.fetch_add(1, Ordering::Relaxed)).hex(24)
    }

    fn count(&self, count: impl FnOnce(&mut SipTally)) {
        self.tally.send_modify(count);
    }
}

/// Accepts connections until it is dropped, and with it all of them. Runs on one thread.
pub(crate) async fn serve(listener: TcpListener, server: Arc<SipServer>) {
    let listener = listener.set_nonblocking(true).and_then(|()| tokio::net::TcpListener::from_std(listener));
    let listener = match listener {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "the simulated SIP server cannot listen"),
    };
    loop {
        match accept(&listener).await {
            Ok(stream) => {
                let server = Arc::clone(&server);
                tokio::task::spawn_local(async move {
                    match accept_hdr_async(stream, choose_protocol).await {
                        Ok(socket) => {
                            server.count(|tally| tally.connections += 1);
                            connection::Connection::new(Arc::clone(&server), socket).run().await;
                            server.count(|tally| tally.connections -= 1);
                        }
                        Err(error) => tracing::debug!(%error, "a client does not speak WebSocket"),
                    }
                });
            }
            Err(error) => tracing::debug!(%error, "a client was gone before it was served"),
        }
    }
}

async fn accept(listener: &tokio::net::TcpListener) -> io::Result<tokio::net::TcpStream> {
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Speaks SIP with whoever offers it, and with nobody else.
#[expect(clippy::result_large_err, reason = "the WebSocket library wants it so")]
fn choose_protocol(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let offered = request.headers().get_all("sec-websocket-protocol").iter();
    let mut offered = offered.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    if offered.any(|protocol| protocol.trim() == "sip") {
        response.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("sip"));
        return Ok(response);
    }
    let mut refusal = ErrorResponse::new(Some("the subprotocol must be sip".to_owned()));
    *refusal.status_mut() = tokio_tungstenite::tungstenite::http::StatusCode::BAD_REQUEST;
    Err(refusal)
}
