//! All subscriptions of one connection: which messages to send, and what incoming ones tell.

use dialer_domain::telephony::{AgentLine, LegNews};
use rsipstack::sip::{Method, Request, Response, StatusCode};
use time::OffsetDateTime;

use super::book::AgentBook;
use super::dialog_info;
use super::message::{self, Incoming};
use super::subscription::{Asker, Notice, Step, Subscription};

/// Requests that wait for an answer at a time.
const MOST_ASKED: usize = 10;

/// What is known of an agent from one connection to the next.
pub(super) struct Known {
    agent: AgentLine,
    book: AgentBook,
    /// Whether the log says already that this agent cannot be watched.
    refusal_told: bool,
}

impl Known {
    pub(super) fn new(agent: AgentLine) -> Self {
        Self { book: AgentBook::new(agent.clone()), agent, refusal_told: false }
    }

    fn tell_refusal(&mut self, why: &dyn std::fmt::Display) {
        if !self.refusal_told {
            tracing::warn!(agent = %self.agent, %why, "the provider does not let the calls of this agent be watched");
            self.refusal_told = true;
        }
    }
}

/// The subscriptions of one connection, one for each agent known.
pub(super) struct Watch<'a> {
    asker: Asker<'a>,
    subscriptions: Vec<Subscription>,
    known: &'a mut [Known],
    useful: bool,
}

/// What a message leads to.
#[derive(Default)]
pub(super) struct Reaction {
    pub(super) replies: Vec<Vec<u8>>,
    pub(super) news: Vec<LegNews>,
    pub(super) credentials_refused: bool,
}

impl Reaction {
    fn reply(bytes: Vec<u8>) -> Self {
        Self { replies: vec![bytes], ..Self::default() }
    }
}

impl<'a> Watch<'a> {
    pub(super) fn new(asker: Asker<'a>, known: &'a mut [Known], now: OffsetDateTime) -> Self {
        let subscriptions = known.iter().map(|known| Subscription::new(known.agent.clone(), &asker, now)).collect();
        Self { asker, subscriptions, known, useful: false }
    }

    /// Whether the server has granted something yet.
    pub(super) fn is_useful(&self) -> bool {
        self.useful
    }

    /// Whether an answer has been owing for too long.
    pub(super) fn is_overdue(&self, now: OffsetDateTime) -> bool {
        self.subscriptions.iter().any(|subscription| subscription.is_overdue(now))
    }

    /// The requests to send now.
    pub(super) fn due(&mut self, now: OffsetDateTime) -> Vec<Vec<u8>> {
        let room = MOST_ASKED.saturating_sub(self.asked());
        let asker = &self.asker;
        self.subscriptions.iter_mut().filter_map(|subscription| subscription.due(asker, now)).take(room).collect()
    }

    fn asked(&self) -> usize {
        self.subscriptions.iter().filter(|subscription| subscription.is_asked()).count()
    }

    /// When there is something to send, or to give up, without a message from outside.
    pub(super) fn wakes_at(&self) -> Option<OffsetDateTime> {
        let full = self.asked() >= MOST_ASKED;
        let waits = self.subscriptions.iter().filter(|subscription| !full || subscription.is_asked());
        waits.map(Subscription::wakes_at).min()
    }

    /// Takes a message in.
    pub(super) fn received(&mut self, bytes: &[u8], now: OffsetDateTime) -> Reaction {
        match message::read(bytes) {
            Incoming::KeepAlive if bytes.len() >= 4 => Reaction::reply(b"\r\n".to_vec()),
            Incoming::KeepAlive => Reaction::default(),
            Incoming::Response(response) => self.answered(&response, now),
            Incoming::Request(request) => self.requested(&request, now),
            Incoming::Unreadable => {
                tracing::debug!(bytes = bytes.len(), "a SIP message cannot be read");
                Reaction::default()
            }
        }
    }

    fn index_of(&self, call_id: Option<&str>) -> Option<usize> {
        let call_id = call_id?;
        self.subscriptions.iter().position(|subscription| subscription.call_id == call_id)
    }

    fn answered(&mut self, response: &Response, now: OffsetDateTime) -> Reaction {
        let Some(index) = self.index_of(message::call_id(response)) else { return Reaction::default() };
        match self.subscriptions[index].answered(response, &self.asker, now) {
            Step::Send(bytes) => Reaction::reply(bytes),
            Step::Quiet => {
                if (200..300).contains(&response.status_code.code()) {
                    self.note_success();
                }
                Reaction::default()
            }
            Step::CredentialsRefused => Reaction { credentials_refused: true, ..Reaction::default() },
            Step::AgentRefused(status) => {
                self.known[index].tell_refusal(&status);
                Reaction::default()
            }
        }
    }

    fn requested(&mut self, request: &Request, now: OffsetDateTime) -> Reaction {
        match request.method {
            Method::Notify => self.notified(request, now),
            Method::Options => Reaction::reply(message::answer(request, StatusCode::OK)),
            // Never answered.
            Method::Ack => Reaction::default(),
            _ => Reaction::reply(message::answer(request, StatusCode::MethodNotAllowed)),
        }
    }

    /// A NOTIFY is answered with 200 whatever its body is: sending it again would not mend it.
    fn notified(&mut self, request: &Request, now: OffsetDateTime) -> Reaction {
        let Some(index) = self.index_of(message::call_id(request)) else {
            return Reaction::reply(message::answer(request, StatusCode::CallTransactionDoesNotExist));
        };
        let mut reaction = Reaction::reply(message::answer(request, StatusCode::OK));
        match self.subscriptions[index].notice(request) {
            Notice::New => {}
            Notice::Again => return reaction,
            Notice::Old => return Reaction::reply(message::answer(request, StatusCode::ServerInternalError)),
        }
        self.note_success();
        let (subscription, known) = (&mut self.subscriptions[index], &mut self.known[index]);
        if !request.body.iter().all(u8::is_ascii_whitespace) {
            if let Some(document) = dialog_info::read(&request.body) {
                subscription.note_version(document.version, document.full, now);
                known.refusal_told = false;
                reaction.news = known.book.apply(document);
            } else {
                tracing::debug!(agent = %known.agent, bytes = request.body.len(), "a NOTIFY's body cannot be read");
                subscription.resync(now);
            }
        }
        if !subscription.notified(&message::subscription_state(request), &self.asker, now) {
            known.tell_refusal(&"its subscription was ended for good");
        }
        reaction
    }

    fn note_success(&mut self) {
        if !self.useful {
            tracing::info!(agents = self.known.len(), "live events are heard");
            self.useful = true;
        }
    }
}
