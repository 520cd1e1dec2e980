//! The subscription to one agent's dialogs, from asking to renewing to asking again (RFC 6665).

use dialer_domain::ids::IdSource;
use dialer_domain::telephony::AgentLine;
use rsipstack::sip::{Header, HeadersExt, Method, Request, Response, Uri};
use time::{Duration, OffsetDateTime};

use super::digest::{Challenge, Credentials};
use super::message::{self, Identity, Subscribe};

/// How long a subscription is asked for, in seconds.
const EXPIRES: u32 = 300;
/// Expiries that are worked with, in seconds; others are taken for the nearest of these.
const EXPIRIES: std::ops::RangeInclusive<u32> = 30..=3_600;
/// How long an answer may take.
const ANSWER_WAIT: Duration = Duration::seconds(32);
/// Rest after a refusal that may pass.
const SHORT_REST: Duration = Duration::seconds(30);
/// Rest after one that will hardly pass: nobody of that name, or not allowed.
pub(super) const LONG_REST: Duration = Duration::minutes(10);
/// The whole state is asked for no more often than this.
const RESYNC_EVERY: Duration = Duration::seconds(30);
/// Challenges answered for one request before its credentials count as refused.
const MOST_CHALLENGES: u32 = 3;

/// The subscription to the dialogs of one agent.
pub(super) struct Subscription {
    pub(super) agent: AgentLine,
    pub(super) call_id: String,
    local_tag: String,
    cseq: u32,
    expires: u32,
    dialog: Option<Dialog>,
    state: State,
    /// Sender and number of the last NOTIFY.
    notified: Option<(Option<String>, u32)>,
    version: Option<u64>,
    resynced_at: Option<OffsetDateTime>,
    nonce: Option<(String, u8)>,
}

/// What the server has made of it.
struct Dialog {
    remote_tag: String,
    target: Option<Uri>,
    routes: Vec<String>,
}

enum State {
    /// To be asked for at that instant.
    Due(OffsetDateTime),
    /// Asked for, and not answered.
    Asked { since: OffsetDateTime, challenges: u32 },
    /// Granted.
    Active { renew_at: OffsetDateTime },
}

/// What an answer means for the connection.
pub(super) enum Step {
    /// Send this.
    Send(Vec<u8>),
    /// Nothing.
    Quiet,
    /// The account's credentials are not good.
    CredentialsRefused,
    /// This agent cannot be watched, for this status.
    AgentRefused(u16),
}

/// What a NOTIFY is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Notice {
    /// News; `terminated` when it is the last of the subscription.
    New,
    /// The same as before, sent again.
    Again,
    /// Older than one that came already.
    Old,
}

/// Who asks, with which password.
pub(super) struct Asker<'a> {
    pub(super) identity: &'a Identity,
    pub(super) password: &'a str,
    pub(super) ids: &'a dyn IdSource,
}

impl Asker<'_> {
    fn text(&self) -> String {
        self.ids.next_uuid().simple().to_string()
    }
}

impl Subscription {
    /// A subscription that is due now.
    pub(super) fn new(agent: AgentLine, asker: &Asker<'_>, now: OffsetDateTime) -> Self {
        Self {
            agent,
            call_id: asker.text(),
            local_tag: asker.text(),
            cseq: 0,
            expires: EXPIRES,
            dialog: None,
            state: State::Due(now),
            notified: None,
            version: None,
            resynced_at: None,
            nonce: None,
        }
    }

    /// When it has something to do.
    pub(super) fn wakes_at(&self) -> OffsetDateTime {
        match self.state {
            State::Due(at) | State::Active { renew_at: at } => at,
            State::Asked { since, .. } => since + ANSWER_WAIT,
        }
    }

    pub(super) fn is_asked(&self) -> bool {
        matches!(self.state, State::Asked { .. })
    }

    /// Whether the server has left a request unanswered for too long.
    pub(super) fn is_overdue(&self, now: OffsetDateTime) -> bool {
        self.is_asked() && self.wakes_at() <= now
    }

    /// The request to send, when it is time for one.
    pub(super) fn due(&mut self, asker: &Asker<'_>, now: OffsetDateTime) -> Option<Vec<u8>> {
        if self.is_asked() || self.wakes_at() > now {
            return None;
        }
        self.state = State::Asked { since: now, challenges: 0 };
        Some(self.request(asker, None))
    }

    fn request(&mut self, asker: &Asker<'_>, credentials: Option<Header>) -> Vec<u8> {
        self.cseq += 1;
        let target = self.target(asker.identity);
        let dialog = self.dialog.as_ref();
        asker.identity.subscribe(Subscribe {
            target: &target,
            agent: self.agent.as_str(),
            call_id: &self.call_id,
            cseq: self.cseq,
            local_tag: &self.local_tag,
            remote_tag: dialog.map(|dialog| dialog.remote_tag.as_str()),
            routes: dialog.map_or(&[], |dialog| &dialog.routes),
            expires: self.expires,
            branch: &asker.text(),
            credentials,
        })
    }

    fn target(&self, identity: &Identity) -> Uri {
        let named = self.dialog.as_ref().and_then(|dialog| dialog.target.clone());
        named.unwrap_or_else(|| identity.address_of(self.agent.as_str()))
    }

    /// Takes an answer in. One to anything but the last request says nothing.
    pub(super) fn answered(&mut self, response: &Response, asker: &Asker<'_>, now: OffsetDateTime) -> Step {
        let State::Asked { challenges, .. } = self.state else { return Step::Quiet };
        if message::cseq(response) != Some((self.cseq, Method::Subscribe)) {
            return Step::Quiet;
        }
        let status = response.status_code.code();
        match status {
            100..=199 => Step::Quiet,
            200..=299 => {
                self.granted(response, now);
                Step::Quiet
            }
            401 | 407 => self.challenged(response, challenges, asker, now),
            // The server has forgotten it.
            481 => {
                self.start_over(asker, now);
                Step::Quiet
            }
            423 => {
                let least = message::seconds(response, "Min-Expires").unwrap_or(EXPIRES * 2);
                let longer = least.clamp(*EXPIRIES.start(), *EXPIRIES.end());
                let rest = if longer > self.expires { Duration::ZERO } else { SHORT_REST };
                self.expires = longer;
                self.state = State::Due(now + rest);
                Step::Quiet
            }
            408 | 480 | 500..=599 => {
                let told = message::seconds(response, "Retry-After").map(|seconds| Duration::seconds(seconds.into()));
                self.start_over(asker, now + told.unwrap_or(SHORT_REST).clamp(Duration::SECOND, LONG_REST));
                Step::Quiet
            }
            _ => {
                self.start_over(asker, now + LONG_REST);
                Step::AgentRefused(status)
            }
        }
    }

    fn challenged(&mut self, response: &Response, challenges: u32, asker: &Asker<'_>, now: OffsetDateTime) -> Step {
        let Some(challenge) = Challenge::of(response) else { return Step::CredentialsRefused };
        if challenges >= MOST_CHALLENGES || (challenges > 0 && !challenge.stale) {
            return Step::CredentialsRefused;
        }
        let uses = match &self.nonce {
            Some((nonce, uses)) if *nonce == challenge.nonce => uses.checked_add(1).unwrap_or(1),
            _ => 1,
        };
        let cnonce = asker.text();
        let credentials = Credentials {
            user: &asker.identity.user,
            password: asker.password,
            method: Method::Subscribe,
            uri: &self.target(asker.identity),
            cnonce: &cnonce,
        };
        let header = challenge.answer(&credentials, uses);
        self.nonce = Some((challenge.nonce, uses));
        self.state = State::Asked { since: now, challenges: challenges + 1 };
        Step::Send(self.request(asker, Some(header)))
    }

    fn granted(&mut self, response: &Response, now: OffsetDateTime) {
        if let Some(remote_tag) = message::to_tag(response) {
            let routes = match self.dialog.take() {
                // The way of a dialog is settled when it begins.
                Some(known) if known.remote_tag == remote_tag => known.routes,
                _ => routes(response).into_iter().rev().collect(),
            };
            self.dialog = Some(Dialog { remote_tag, target: message::contact(response), routes });
        }
        let expires = message::seconds(response, "Expires").unwrap_or(self.expires);
        self.state = State::Active { renew_at: now + renewal(expires) };
    }

    /// Asks anew at `at`, as if there had been no subscription.
    fn start_over(&mut self, asker: &Asker<'_>, at: OffsetDateTime) {
        let expires = self.expires;
        let resynced_at = self.resynced_at;
        *self = Self { expires, resynced_at, ..Self::new(self.agent.clone(), asker, at) };
    }

    /// Takes in the head of a NOTIFY.
    pub(super) fn notice(&mut self, request: &Request) -> Notice {
        let tag = message::from_tag(request);
        let number = message::cseq(request).map_or(0, |(number, _)| number);
        match &self.notified {
            Some((sender, last)) if *sender == tag && *last == number => return Notice::Again,
            Some((sender, last)) if *sender == tag && *last > number => return Notice::Old,
            Some((sender, _)) if *sender == tag => {}
            // Somebody else goes on, and counts anew.
            _ => self.version = None,
        }
        self.notified = Some((tag, number));
        Notice::New
    }

    /// Notes a document's number. A number that was left out means that one got lost: the whole state is asked for.
    ///
    /// A number that does not grow says nothing: the order is told by the NOTIFY requests, and not every server
    /// counts its documents.
    pub(super) fn note_version(&mut self, version: Option<u64>, full: bool, now: OffsetDateTime) {
        let missing = !full
            && match (self.version, version) {
                (Some(last), Some(version)) => version > last.saturating_add(1),
                (None, Some(version)) => version > 0,
                (_, None) => false,
            };
        self.version = version.or(self.version);
        if missing {
            self.resync(now);
        }
    }

    /// Asks for the whole state soon: renewing a subscription is answered with it.
    pub(super) fn resync(&mut self, now: OffsetDateTime) {
        let earliest = self.resynced_at.map_or(now, |at| now.max(at + RESYNC_EVERY));
        if let State::Active { renew_at } = &mut self.state
            && earliest < *renew_at
        {
            *renew_at = earliest;
            self.resynced_at = Some(earliest);
        }
    }

    /// Takes in what a NOTIFY says of the subscription itself. False when the agent cannot be watched.
    pub(super) fn notified(
        &mut self,
        state: &message::SubscriptionState,
        asker: &Asker<'_>,
        now: OffsetDateTime,
    ) -> bool {
        if !state.terminated {
            if let (State::Active { renew_at }, Some(expires)) = (&mut self.state, state.expires) {
                *renew_at = (*renew_at).min(now + renewal(expires));
            }
            return true;
        }
        let told = state.retry_after.map(|seconds| Duration::seconds(seconds.into()));
        let (rest, watchable) = match state.reason.as_deref() {
            Some("rejected" | "noresource" | "invariant") => (LONG_REST, false),
            Some("deactivated" | "timeout") => (told.unwrap_or(Duration::SECOND), true),
            _ => (told.unwrap_or(SHORT_REST), true),
        };
        self.start_over(asker, now + rest.clamp(Duration::SECOND, LONG_REST));
        watchable
    }
}

/// From the grant of `expires` seconds until it is renewed: early enough for a second try.
fn renewal(expires: u32) -> Duration {
    Duration::seconds(expires.clamp(*EXPIRIES.start(), *EXPIRIES.end()).into()) * 4 / 5
}

/// The proxies that want to stay on the way, nearest to the server first.
fn routes(response: &Response) -> Vec<String> {
    response.typed_record_route_headers().unwrap_or_default().iter().map(ToString::to_string).collect()
}
