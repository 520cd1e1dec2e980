//! One client's connection: its requests, its subscriptions, and what it is told.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use rsipstack::sip::{Header, HeadersExt, Method, Request, SipMessage, StatusCode};
use time::{Duration, OffsetDateTime};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::SipServer;
use super::answers::{answer, are_right, challenge, credentials, seconds};
use super::knobs::SipKnobs;
use super::subscription::{Occasion, Subscription};

/// Asked for when a SUBSCRIBE does not say how long (RFC 4235).
const DEFAULT_EXPIRY: u32 = 3_600;
/// Nothing is planned before this.
const A_DAY: Duration = Duration::DAY;

pub(super) struct Connection {
    server: Arc<SipServer>,
    socket: WebSocketStream<TcpStream>,
    subscriptions: Vec<Subscription>,
    /// Nonces that were given out and not used yet.
    nonces: BTreeSet<String>,
    /// Up to when phones have been looked at.
    seen: OffsetDateTime,
    notified: u32,
}

/// The connection is over.
struct Over;

impl From<Error> for Over {
    fn from(_: Error) -> Self {
        Self
    }
}

impl Connection {
    pub(super) fn new(server: Arc<SipServer>, socket: WebSocketStream<TcpStream>) -> Self {
        let seen = server.clock.now();
        Self { server, socket, subscriptions: Vec::new(), nonces: BTreeSet::new(), seen, notified: 0 }
    }

    pub(super) async fn run(mut self) {
        let mut changes = self.server.carrier.watch();
        loop {
            changes.borrow_and_update();
            if self.look().await.is_err() {
                return;
            }
            let wakes_at = self.wakes_at().unwrap_or(self.seen + A_DAY);
            let server = Arc::clone(&self.server);
            let message = tokio::select! {
                message = self.socket.next() => message,
                _ = changes.changed() => continue,
                () = server.clock.sleep_until(wakes_at) => continue,
            };
            let over = match message {
                Some(Ok(Message::Text(text))) => self.received(text.as_bytes()).await.is_err(),
                Some(Ok(Message::Binary(bytes))) => self.received(&bytes).await.is_err(),
                Some(Ok(Message::Ping(_))) => {
                    self.server.count(|tally| tally.pings += 1);
                    false
                }
                Some(Ok(Message::Pong(_) | Message::Close(_) | Message::Frame(_))) => false,
                Some(Err(_)) | None => true,
            };
            if over {
                return;
            }
        }
    }

    fn wakes_at(&self) -> Option<OffsetDateTime> {
        let ends = self.subscriptions.iter().map(|subscription| subscription.until).min()?;
        Some(self.server.carrier.next_phone_step(self.seen).map_or(ends, |step| step.min(ends)))
    }

    /// Tells everything that has come to pass, step by step, however fast the clock runs.
    async fn look(&mut self) -> Result<(), Over> {
        let now = self.server.clock.now();
        let mut steps = self.server.carrier.phone_steps(self.seen, now);
        if steps.last() != Some(&now) {
            steps.push(now);
        }
        self.seen = now;
        let (kept, ended): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.subscriptions).into_iter().partition(|subscription| subscription.until > now);
        self.subscriptions = kept;
        for at in steps {
            for index in 0..self.subscriptions.len() {
                self.notify(index, Occasion::Change, at).await?;
            }
        }
        for subscription in ended {
            self.subscriptions.push(subscription);
            self.end(self.subscriptions.len() - 1, "timeout").await?;
        }
        let knobs = self.server.knobs.get().sip;
        if let Some(most) = knobs.deactivate_after {
            while let Some(index) = self.subscriptions.iter().position(|subscription| subscription.notified >= most) {
                self.end(index, "deactivated").await?;
            }
        }
        Ok(())
    }

    async fn end(&mut self, index: usize, reason: &'static str) -> Result<(), Over> {
        self.notify(index, Occasion::End(reason), self.seen).await?;
        self.subscriptions.remove(index);
        self.server.count(|tally| tally.ended += 1);
        Ok(())
    }

    async fn notify(&mut self, index: usize, occasion: Occasion, at: OffsetDateTime) -> Result<(), Over> {
        let knobs = self.server.knobs.get().sip;
        let subscription = &mut self.subscriptions[index];
        let dialogs = self.server.carrier.phone_dialogs(subscription.user, at);
        let nth = subscription.notified;
        let Some(request) = subscription.notify(occasion, dialogs, &self.server.domain, &knobs, at) else {
            return Ok(());
        };
        if knobs.lose != Some(nth) {
            self.send(request).await?;
        }
        self.notified += 1;
        self.server.count(|tally| tally.notified += 1);
        // Cut, not closed: as when a network fails.
        if knobs.cut_after.is_some_and(|most| self.notified >= most) { Err(Over) } else { Ok(()) }
    }

    async fn received(&mut self, bytes: &[u8]) -> Result<(), Over> {
        if bytes == b"\r\n\r\n" {
            return self.send(b"\r\n".to_vec()).await;
        }
        match SipMessage::try_from(bytes) {
            Ok(SipMessage::Request(request)) if request.method == Method::Subscribe => self.subscribe(request).await,
            Ok(SipMessage::Request(request)) if request.method == Method::Ack => Ok(()),
            Ok(SipMessage::Request(request)) => {
                self.refuse(&request, StatusCode::MethodNotAllowed, vec![Header::Allow("SUBSCRIBE".into())]).await
            }
            Ok(SipMessage::Response(_)) => {
                self.server.count(|tally| tally.answered += 1);
                Ok(())
            }
            Err(_) => Err(Over),
        }
    }

    async fn refuse(&mut self, request: &Request, status: StatusCode, more: Vec<Header>) -> Result<(), Over> {
        self.send(answer(request, status, "refused", more)).await
    }

    async fn subscribe(&mut self, request: Request) -> Result<(), Over> {
        // What has come to pass is told before what stands now.
        self.look().await?;
        let now = self.seen;
        let knobs = self.server.knobs.get().sip;
        if !self.is_authenticated(&request, &knobs) {
            let nonce = self.server.fresh("nonce");
            let question = challenge(&request, knobs.challenge, &self.server.domain, &nonce);
            self.nonces.insert(nonce);
            return self.send(question).await;
        }
        if request.header_value("Event").as_deref() != Some("dialog") {
            return self.refuse(&request, StatusCode::BadEvent, Vec::new()).await;
        }
        let asked = seconds(&request, "Expires").unwrap_or(DEFAULT_EXPIRY);
        if asked > 0 && asked < knobs.shortest_expiry {
            let least = Header::MinExpires(knobs.shortest_expiry.to_string().into());
            return self.refuse(&request, StatusCode::IntervalTooBrief, vec![least]).await;
        }
        let index = match self.subscription_of(&request) {
            Ok(index) => index,
            Err(status) => return self.refuse(&request, status, Vec::new()).await,
        };
        let granted = asked.min(knobs.longest_expiry);
        self.subscriptions[index].extend(now, granted);
        let tag = self.subscriptions[index].tag.clone();
        let headers = vec![
            Header::Expires(granted.to_string().into()),
            Header::Contact(format!("<sip:{};transport=ws>", self.server.domain).into()),
        ];
        self.send(answer(&request, StatusCode::OK, &tag, headers)).await?;
        if granted == 0 {
            return self.end(index, "timeout").await;
        }
        self.notify(index, Occasion::Asked, now).await
    }

    /// Whether the request has good credentials, for a nonce of ours that was not used before.
    fn is_authenticated(&mut self, request: &Request, knobs: &SipKnobs) -> bool {
        let Some(given) = credentials(request, knobs.challenge) else { return false };
        let known = given.username.parse().is_ok_and(|user| self.server.carrier.user(user).is_some());
        let right = self.nonces.remove(&given.nonce)
            && known
            && !knobs.refuse_credentials
            && are_right(&given, &self.server.password, request);
        if !right {
            self.server.count(|tally| tally.refused += 1);
        }
        right
    }

    /// The subscription that a request renews, or a new one.
    fn subscription_of(&mut self, request: &Request) -> Result<usize, StatusCode> {
        let bad = |_| StatusCode::BadRequest;
        let call_id = request.call_id_header().map_err(bad)?.value().trim().to_owned();
        let to = rsipstack::sip::typed::To::parse(request.to_header().map_err(bad)?.value()).map_err(bad)?;
        if let Some(tag) = to.tag() {
            let known =
                |subscription: &Subscription| subscription.call_id == call_id && subscription.tag == tag.value();
            return self.subscriptions.iter().position(known).ok_or(StatusCode::CallTransactionDoesNotExist);
        }
        let user = to.uri.auth.and_then(|auth| auth.user.parse().ok());
        let user = user.filter(|user| self.server.carrier.user(*user).is_some()).ok_or(StatusCode::NotFound)?;
        let subscriber = request.from_header().map_err(bad)?.value().to_owned();
        let contact = request.contact_header().map_err(bad)?.value();
        let contact = rsipstack::sip::typed::Contact::parse(contact).map_err(bad)?.uri;
        let tag = self.server.fresh("tag");
        self.subscriptions.push(Subscription::new(user, call_id, subscriber, contact, tag));
        Ok(self.subscriptions.len() - 1)
    }

    async fn send(&mut self, bytes: Vec<u8>) -> Result<(), Over> {
        let text = String::from_utf8(bytes).map_err(|_| Over)?;
        Ok(self.socket.send(Message::text(text)).await?)
    }
}
