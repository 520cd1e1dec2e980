//! What the account offers: asked for without calling anybody, and remembered.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use dialer_domain::phone::PhoneNumber;
use dialer_domain::telephony::{AgentLine, Capabilities, LegOrder, TelephonyError};

use super::listing::{Collection, read_all};
use crate::client::Client;
use crate::errors::speaks_of_one_number;
use crate::route::{CallRoute, ConnectTo};
use crate::settings::VoipStudioSettings;
use crate::{convert, wire};

/// Calls refused one after the other as "too many to that number", after which that is not about the numbers.
const REFUSED_IN_A_ROW: u32 = 3;

/// What is known of the account.
pub(super) struct Known {
    facts: Mutex<Facts>,
    /// Customer-first calls refused as one too many since the last one that was placed.
    refused_in_a_row: AtomicU32,
}

struct Facts {
    capabilities: Capabilities,
    route: RouteState,
    /// Extensions of the account's users, by user.
    extensions: HashMap<AgentLine, String>,
    numbers: Option<Vec<PhoneNumber>>,
}

/// Whether customer-first calls can be placed.
enum RouteState {
    NotProbed,
    Usable,
    Unusable(String),
}

/// What one question told.
enum Told<T> {
    Yes(T),
    /// The account does not have it, or the key may not see it.
    No(TelephonyError),
    /// Nothing: it could not be asked.
    Nothing(TelephonyError),
}

impl<T> From<Result<T, TelephonyError>> for Told<T> {
    fn from(result: Result<T, TelephonyError>) -> Self {
        match result {
            Ok(told) => Self::Yes(told),
            Err(error @ TelephonyError::Misconfigured { .. }) => Self::No(error),
            Err(error) => Self::Nothing(error),
        }
    }
}

impl Known {
    pub(super) fn of(settings: &VoipStudioSettings) -> Self {
        let route = &settings.route;
        let agent_first = route.customer_first().is_none();
        let capabilities = Capabilities {
            leg_order: if agent_first { LegOrder::AgentFirst } else { LegOrder::CustomerFirst },
            plays_message: settings.ahead.as_ref().is_some_and(|place| place.message.is_some()),
            // Once the agent has picked up, the state of the call is the state of the customer's phone.
            ring_reporting: agent_first,
            caller_id: !matches!(route, CallRoute::WebCall { .. }),
            ..Capabilities::AGENT_FIRST
        };
        let facts = Facts { capabilities, route: RouteState::NotProbed, extensions: HashMap::new(), numbers: None };
        Self { facts: Mutex::new(facts), refused_in_a_row: AtomicU32::new(0) }
    }

    pub(super) fn capabilities(&self) -> Capabilities {
        self.facts().capabilities
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a customer-first call can be placed.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn check_route(&self) -> Result<(), TelephonyError> {
        match &self.facts().route {
            RouteState::Usable => Ok(()),
            RouteState::NotProbed => {
                let reason = "whether the account has the customer-first route is not known yet".to_owned();
                Err(TelephonyError::Unavailable { reason })
            }
            RouteState::Unusable(reason) => Err(TelephonyError::Misconfigured {
                reason: format!("the customer-first route cannot be used: {reason}"),
            }),
        }
    }

    /// The extension of an agent.
    ///
    /// # Errors
    /// When the account has none for that user.
    pub(super) fn extension_of(&self, agent: Option<&AgentLine>) -> Result<String, TelephonyError> {
        let extension = agent.and_then(|agent| self.facts().extensions.get(agent).cloned());
        extension.ok_or_else(|| TelephonyError::AgentUnreachable {
            reason: "the account has no extension for that user".to_owned(),
        })
    }

    /// Whether a number is one of the account's, as far as is known.
    pub(super) fn may_show(&self, number: &PhoneNumber) -> bool {
        self.facts().numbers.as_ref().is_none_or(|numbers| numbers.contains(number))
    }

    /// Makes of the answers to customer-first calls what a single one does not tell: an account on which the route is
    /// not enabled answers each as one call too many to that number.
    pub(super) fn judge_answer<T>(&self, answer: Result<T, TelephonyError>) -> Result<T, TelephonyError> {
        match answer {
            Err(TelephonyError::Throttled { reason, retry_after }) if speaks_of_one_number(&reason) => {
                let refused = self.refused_in_a_row.fetch_add(1, Ordering::Relaxed) + 1;
                if refused >= REFUSED_IN_A_ROW {
                    let reason = format!("every customer-first call is refused, so it may not be enabled: {reason}");
                    return Err(TelephonyError::Misconfigured { reason });
                }
                Err(TelephonyError::Throttled { reason, retry_after })
            }
            Ok(placed) => {
                self.refused_in_a_row.store(0, Ordering::Relaxed);
                Ok(placed)
            }
            other => other,
        }
    }

    /// Asks the provider one question after the other. What a question does not settle stays as it was.
    pub(super) async fn probe(&self, client: &Client) -> Result<Capabilities, TelephonyError> {
        let mut last = Ok(());
        let mut settled = 0_usize;
        let settings = client.settings();
        let route = settings.route.clone();

        if let Some(customer_first) = settings.customer_first()
            && let Some(collection) = customer_first.customer_first()
        {
            match client.probe_route(collection).await {
                Ok((status, body)) => {
                    let verdict = customer_first.judge(status, &body);
                    if let Err(reason) = &verdict {
                        tracing::warn!(route = collection, %reason, "the customer-first route cannot be used");
                    }
                    self.facts().route = verdict.map_or_else(RouteState::Unusable, |()| RouteState::Usable);
                    self.refused_in_a_row.store(0, Ordering::Relaxed);
                    settled += 1;
                }
                Err(error) => last = not_told(collection, error)?,
            }
        }
        if settings.ahead.is_some() || matches!(route, CallRoute::WebCall { connect_to: ConnectTo::Agent }) {
            match read_all(client, Collection::Users).await {
                Ok(users) => {
                    self.facts().extensions = users.readable("users", extension).into_iter().collect();
                    settled += 1;
                }
                Err(error) => last = not_told("users", error)?,
            }
        }
        if settings.ahead.is_some() {
            let mut facts = self.facts();
            let usable = matches!(facts.route, RouteState::Usable) && !facts.extensions.is_empty();
            facts.capabilities.dials_ahead = usable;
        }
        match numbers(client).await.into() {
            Told::Yes(numbers) => {
                let mut facts = self.facts();
                facts.capabilities.caller_id = !numbers.is_empty() && !matches!(route, CallRoute::WebCall { .. });
                facts.numbers = Some(numbers);
                settled += 1;
            }
            // A key that may not list the numbers may still show them.
            Told::No(error) | Told::Nothing(error) => last = not_told("numbers", error)?,
        }
        for offer in [Offer::Recording, Offer::Sms] {
            let collection = offer.collection();
            let yes = match client.probe_list(collection).await.into() {
                Told::Yes(()) => true,
                Told::No(error) => {
                    tracing::warn!(what = collection, %error, "the account does not offer this");
                    false
                }
                Told::Nothing(error) => {
                    last = not_told(collection, error)?;
                    continue;
                }
            };
            offer.set(&mut self.facts().capabilities, yes);
            settled += 1;
        }
        if settled == 0 { last.map(|()| self.capabilities()) } else { Ok(self.capabilities()) }
    }
}

/// What an account offers if its list can be read.
#[derive(Clone, Copy)]
enum Offer {
    Recording,
    Sms,
}

impl Offer {
    fn collection(self) -> &'static str {
        match self {
            Self::Recording => "monitors",
            Self::Sms => "sms",
        }
    }

    fn set(self, capabilities: &mut Capabilities, yes: bool) {
        match self {
            Self::Recording => capabilities.recording = yes,
            Self::Sms => capabilities.sms = yes,
        }
    }
}

/// Says why a question was not settled. A key that is not accepted settles none: then the rest is not asked.
fn not_told(what: &'static str, error: TelephonyError) -> Result<Result<(), TelephonyError>, TelephonyError> {
    if matches!(error, TelephonyError::Unauthorized { .. }) {
        return Err(error);
    }
    tracing::warn!(what, %error, "what the account offers could not be found out");
    Ok(Err(error))
}

/// The account's numbers.
pub(super) async fn numbers(client: &Client) -> Result<Vec<PhoneNumber>, TelephonyError> {
    let mut numbers = read_all(client, Collection::Numbers).await?.readable("numbers", convert::number);
    numbers.sort();
    numbers.dedup();
    Ok(numbers)
}

fn extension(user: wire::User) -> Option<(AgentLine, String)> {
    Some((AgentLine::new(user.id?), user.ext?))
}
