//! Webhooks: tells receivers of events, beside the server and without holding up a call.

mod outbox;
pub(super) mod payload;

use std::sync::{Arc, Mutex};

use dialer_domain::Clock;
use time::OffsetDateTime;
use tokio::sync::{Notify, watch};

use self::outbox::{Outbox, Parcel, Subject};
pub use self::outbox::{WebhookDelivery, WebhookOutcome};
use self::payload::ReceivedSms;
use super::settings::SimulatedWebhook;
use crate::carrier::Carrier;
use crate::carrier::settings::SettingsError;
use crate::knobs::KnobsHandle;
use crate::lock::lock;

/// A receiver that is silent for so long in real time is given up, however slowly the double's clock goes.
const PATIENCE: std::time::Duration = std::time::Duration::from_mins(2);

pub(super) struct Webhooks {
    receivers: Vec<SimulatedWebhook>,
    seed: u64,
    carrier: Arc<Carrier>,
    clock: Arc<dyn Clock>,
    knobs: KnobsHandle,
    http: Option<reqwest::Client>,
    outbox: Mutex<Outbox>,
    /// Wakes [`Self::run`] when there may be something to send.
    more: Notify,
    /// Counts what was sent.
    progress: watch::Sender<u64>,
}

impl Webhooks {
    pub(super) fn new(
        receivers: Vec<SimulatedWebhook>,
        seed: u64,
        carrier: Arc<Carrier>,
        clock: Arc<dyn Clock>,
        knobs: KnobsHandle,
    ) -> Result<Self, SettingsError> {
        let urls = receivers.iter().map(|webhook| reqwest::Url::parse(&webhook.url));
        if !urls.into_iter().all(|url| url.is_ok_and(|url| ["http", "https"].contains(&url.scheme()))) {
            return Err(SettingsError { setting: "webhooks", problem: "must be http or https URLs" });
        }
        let http = if receivers.is_empty() { None } else { Some(client(&receivers)?) };
        if http.is_some() {
            carrier.listen();
        }
        let (outbox, more, progress) = (Mutex::default(), Notify::new(), watch::Sender::new(0));
        Ok(Self { receivers, seed, carrier, clock, knobs, http, outbox, more, progress })
    }

    /// Takes in what has come to pass, and answers when more will.
    fn collect(&self) -> Option<OffsetDateTime> {
        let knobs = self.knobs.get();
        let mut outbox = lock(&self.outbox);
        self.carrier.tell(|call, nth, event| {
            let subject = Subject {
                key: format!("{} {}", call.number, call.nth),
                call: Some(call.live_id),
                nth: u32::try_from(nth).unwrap_or(u32::MAX),
            };
            let body = payload::of_call(&self.carrier, call, event, &knobs);
            outbox.add(&self.receivers, self.seed, &knobs, &subject, event.at, &body);
        })
    }

    /// A text message has come, the `nth` of its sender.
    pub(super) fn tell_sms(&self, sms: &ReceivedSms<'_>, nth: u32) {
        let (knobs, at) = (self.knobs.get(), self.clock.now());
        let subject = Subject { key: format!("sms {}", sms.from), call: None, nth };
        lock(&self.outbox).add(&self.receivers, self.seed, &knobs, &subject, at, &payload::of_sms(sms, at, &knobs));
        self.more.notify_one();
    }

    /// Sends for as long as it is polled; for ever at most.
    pub(super) async fn run(self: Arc<Self>) {
        let Some(http) = &self.http else { return };
        let mut next_event = self.collect();
        loop {
            let now = self.clock.now();
            if next_event.is_some_and(|at| at <= now) {
                next_event = self.collect();
            }
            let (due, next_due) = {
                let mut outbox = lock(&self.outbox);
                (outbox.take_due(self.receivers.len(), now), outbox.next_due(now))
            };
            for parcel in due {
                actix_web::rt::spawn(Arc::clone(&self).send(http.clone(), parcel));
            }
            let next = [next_event, next_due].into_iter().flatten().min();
            let sleep = async {
                match next {
                    Some(at) => self.clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = sleep => {}
                () = self.carrier.changed() => next_event = self.collect(),
                () = self.more.notified() => {}
            }
        }
    }

    async fn send(self: Arc<Self>, http: reqwest::Client, parcel: Parcel) {
        let time_out = self.knobs.get().webhooks.time_out;
        let request = http
            .post(self.receivers.get(parcel.webhook).map_or("", |webhook| webhook.url.as_str()))
            .header("content-type", "application/json")
            .body(parcel.json());
        let status = tokio::select! {
            answer = request.send() => answer.ok().map(|answer| answer.status().as_u16()),
            () = self.clock.sleep(time_out) => None,
        };
        let knobs = self.knobs.get();
        lock(&self.outbox).sent(parcel, status, self.clock.now(), &knobs.webhooks);
        self.progress.send_modify(|sent| *sent = sent.wrapping_add(1));
        self.more.notify_one();
    }

    /// Returns when everything is settled that has come to pass and is due by now, or whenever where `all` is set.
    pub(super) async fn settled(&self, all: bool) {
        if self.http.is_none() {
            return;
        }
        let now = self.clock.now();
        let until = if all { None } else { Some(now) };
        let mut progress = self.progress.subscribe();
        self.collect();
        self.more.notify_one();
        while !lock(&self.outbox).is_done(until) {
            // An error means that nobody sends any more.
            if progress.changed().await.is_err() {
                return;
            }
        }
    }

    pub(super) fn entries(&self) -> Vec<WebhookDelivery> {
        lock(&self.outbox).entries()
    }
}

fn client(receivers: &[SimulatedWebhook]) -> Result<reqwest::Client, SettingsError> {
    // The HTTP client comes without a TLS provider. An error means that the program has chosen one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .user_agent("simulated-provider");
    if receivers.iter().all(|webhook| webhook.url.starts_with("http:")) {
        // Receivers close by: no proxy knows them, and machines without root certificates can reach them.
        builder = builder.no_proxy().tls_certs_only([]);
    }
    builder
        .build()
        .map_err(|_| SettingsError { setting: "webhooks", problem: "need an HTTP client, which cannot be set up here" })
}
