//! One connection, from its opening to its end.

use std::pin::Pin;
use std::time::Duration as RealDuration;

use dialer_domain::clock::Clock;
use dialer_domain::telephony::{ProviderEvent, ProviderNews};
use futures_util::{SinkExt, StreamExt};
use reqwest::Url;
use time::{Duration, OffsetDateTime};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};

use super::watch::{Reaction, Watch};
use crate::client::install_tls;
use crate::text::safe;

/// The subprotocol that makes a WebSocket carry SIP (RFC 7118).
const SUBPROTOCOL: &str = "sip";
/// The largest message read, in bytes.
const LARGEST_MESSAGE: usize = 256 * 1024;
const READ_BUFFER: usize = 16 * 1024;
/// A quiet connection is tried this often, and given up when nothing comes back until the next try.
const KEEP_ALIVE: Duration = Duration::seconds(25);
/// How long the other side may take to agree to an end. Real time.
const FAREWELL: RealDuration = RealDuration::from_secs(1);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Why a connection is over.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// It was asked to, or nobody hears the news any more.
    Stopped,
    /// It broke, for this reason.
    Broken(String),
    CredentialsRefused,
}

/// Resolves when the watching is to end.
pub(super) type Stop<'a> = Pin<&'a mut (dyn Future<Output = ()> + Send)>;

pub(super) async fn connect(server: &Url, timeout: RealDuration) -> Result<Socket, String> {
    install_tls();
    let uri = server.as_str().parse().map_err(|_| "the address cannot be used".to_owned())?;
    let request = ClientRequestBuilder::new(uri).with_sub_protocol(SUBPROTOCOL);
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .max_message_size(Some(LARGEST_MESSAGE))
        .max_frame_size(Some(LARGEST_MESSAGE));
    match tokio::time::timeout(timeout, connect_async_tls_with_config(request, Some(config), true, None)).await {
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(error)) => Err(reason(&error)),
        Err(_) => Err("no connection in time".to_owned()),
    }
}

fn reason(error: &Error) -> String {
    safe(&error.to_string())
}

/// A connection that has been opened.
pub(super) struct Session<'a> {
    socket: Socket,
    watch: Watch<'a>,
    clock: &'a dyn Clock,
    events: &'a mpsc::Sender<ProviderEvent>,
    keep_alive_at: OffsetDateTime,
    /// Tries of a quiet connection since something came.
    unanswered: u32,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        socket: Socket,
        watch: Watch<'a>,
        clock: &'a dyn Clock,
        events: &'a mpsc::Sender<ProviderEvent>,
    ) -> Self {
        Self { socket, watch, clock, events, keep_alive_at: clock.now() + KEEP_ALIVE, unanswered: 0 }
    }

    /// Whether the server has granted something.
    pub(super) fn is_useful(&self) -> bool {
        self.watch.is_useful()
    }

    /// Subscribes, listens and tells until the connection ends.
    pub(super) async fn run(&mut self, stop: &mut Stop<'_>) -> Ended {
        loop {
            if let Err(ended) = self.send_due().await {
                return ended;
            }
            let wakes_at = self.watch.wakes_at().map_or(self.keep_alive_at, |at| at.min(self.keep_alive_at));
            tokio::select! {
                () = &mut *stop => {
                    self.say_goodbye().await;
                    return Ended::Stopped;
                }
                message = self.socket.next() => {
                    let ended = match message {
                        Some(Ok(message)) => self.received(message, stop).await.err(),
                        Some(Err(error)) => Some(Ended::Broken(reason(&error))),
                        None => Some(Ended::Broken("the server closed the connection".to_owned())),
                    };
                    if let Some(ended) = ended {
                        return ended;
                    }
                }
                () = self.clock.sleep_until(wakes_at) => {}
            }
        }
    }

    /// Sends what it is time for.
    async fn send_due(&mut self) -> Result<(), Ended> {
        let now = self.clock.now();
        if self.watch.is_overdue(now) {
            return Err(Ended::Broken("the server owes an answer".to_owned()));
        }
        for request in self.watch.due(now) {
            self.send(sip(request)).await?;
        }
        if self.keep_alive_at <= now {
            if self.unanswered > 0 {
                return Err(Ended::Broken("the server is silent".to_owned()));
            }
            self.unanswered += 1;
            self.keep_alive_at = now + KEEP_ALIVE;
            self.send(Message::Ping(Bytes::new())).await?;
        }
        Ok(())
    }

    async fn received(&mut self, message: Message, stop: &mut Stop<'_>) -> Result<(), Ended> {
        self.unanswered = 0;
        let now = self.clock.now();
        let reaction = match &message {
            Message::Text(text) => self.watch.received(text.as_bytes(), now),
            Message::Binary(bytes) => self.watch.received(bytes, now),
            // Pings are answered below us, and after a close frame the stream ends.
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => Reaction::default(),
        };
        let mut answered = Ok(());
        for reply in reaction.replies {
            answered = answered.and(self.send(sip(reply)).await);
        }
        // News count as told from here on, so they are told even if the connection broke under the answer.
        for news in reaction.news {
            let event = ProviderEvent { id: None, at: None, news: ProviderNews::Leg(news) };
            let told = tokio::select! {
                () = &mut *stop => false,
                told = self.events.send(event) => told.is_ok(),
            };
            if !told {
                self.say_goodbye().await;
                return Err(Ended::Stopped);
            }
        }
        if reaction.credentials_refused { Err(Ended::CredentialsRefused) } else { answered }
    }

    async fn send(&mut self, message: Message) -> Result<(), Ended> {
        self.socket.send(message).await.map_err(|error| Ended::Broken(reason(&error)))
    }

    /// Closes the connection, which ends its subscriptions too.
    async fn say_goodbye(&mut self) {
        let _ = tokio::time::timeout(FAREWELL, self.socket.close(None)).await;
    }
}

/// SIP as a text message; what is no text goes as bytes.
fn sip(bytes: Vec<u8>) -> Message {
    match String::from_utf8(bytes) {
        Ok(text) => Message::text(text),
        Err(error) => Message::binary(error.into_bytes()),
    }
}
