//! The telephony port on `VoIPstudio`'s REST API.
//!
//! The provider dials *agent first*: `POST /calls` rings the agent's phone, stays open until it is picked up, and
//! only then rings the customer. Its calls are followed through the list of live calls and the call records.
//!
//! What this crate promises beyond the port:
//! - Never more than the set number of requests in any 60 seconds of the clock it is given; people's requests go
//!   before a campaign's, and those before bookkeeping. See [`BudgetSnapshot`].
//! - A request to dial is sent once. Whatever leaves its result in doubt is
//!   [`OutcomeUnknown`](dialer_domain::telephony::TelephonyError::OutcomeUnknown), never a refusal.
//! - Neither the API key nor a telephone number reaches a log, a span or a `Debug` text.
//! - The API key stays alive as long as requests are sent, [`health`](dialer_domain::telephony::Telephony::health) among
//!   them. Once the provider does not accept it, every request says so; nothing signs in by itself. See [`SignIn`].
//!
//! Beside the port, [`VoipStudio`] has what only this provider knows: queues, contacts, voicemail, text messages, API
//! keys. [`make_call`], [`get_call_status`], [`format_phone_number`] and [`is_configured`] are click-to-call for a
//! service that wants nothing else.
//!
//! ```
//! use std::sync::Arc;
//!
//! use dialer_simulator::{ProviderDouble, ProviderDoubleSettings};
//! use dialer_testkit::FakeClock;
//! use dialer_voipstudio::{CallStatus, CallToMake, VoipStudio, VoipStudioSettings};
//! use dialer_voipstudio::{format_phone_number, get_call_status, is_configured, make_call};
//! use time::macros::datetime;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A provider that plays the real one's part, on a clock that this example turns.
//! let clock = FakeClock::new(datetime!(2026-03-02 10:00 UTC));
//! let played = ProviderDoubleSettings::default();
//! let key = played.tokens[0].clone();
//! let agent = played.users[0].id.to_string();
//! let provider = ProviderDouble::start(played, Arc::new(clock.clone()))?;
//!
//! let settings =
//!     VoipStudioSettings { base_url: provider.base_url(), ..VoipStudioSettings::new(key.as_str().into()) };
//! assert!(is_configured(&settings));
//! let voipstudio = VoipStudio::new(settings, Arc::new(clock.clone()))?;
//!
//! let to = format_phone_number("07700 900123", Some("GB"))?;
//! let call = CallToMake { to, agent: Some(agent), caller_id: None };
//! let call = tokio::join!(make_call(&voipstudio, call), async {
//!     // The agent's phone rings for some seconds.
//!     clock.until_sleeping(1).await;
//!     clock.advance(time::Duration::seconds(20));
//! })
//! .0?;
//!
//! clock.advance(time::Duration::hours(1));
//! let status = get_call_status(&voipstudio, &call).await?;
//! assert!(matches!(status, CallStatus::Ended { .. }), "{status:?}");
//! # Ok(())
//! # }
//! ```
//!
//! Rooms: `settings`, `telephony` (the port), `route` (who is called first), `service` (click-to-call), `keys`, `queues`,
//! `contacts`, `voicemail` and `messages` (what only this provider knows), `client` (sends), `budget`, `pace` and
//! `shared_pace` (when to send), `wire` (the provider's JSON), `convert` and `events` (JSON to domain), `errors` (answers to what to do next),
//! `text` (what may be shown), `live` (agents' calls over SIP).

mod budget;
mod client;
mod contacts;
mod convert;
mod errors;
mod events;
mod keys;
mod live;
mod messages;
mod pace;
mod queues;
mod route;
mod service;
mod settings;
mod shared_pace;
mod telephony;
mod text;
mod voicemail;
mod wire;

pub use budget::BudgetSnapshot;
pub use contacts::{Contact, ContactDetails};
pub use keys::{ApiKey, SignIn, SignedIn};
pub use live::{LiveEvents, LiveSettings, LiveSettingsError, SipAccount};
pub use messages::SmsRecord;
pub use queues::{Queue, QueueMember};
pub use route::{CallRoute, ConnectTo};
pub use service::{CallStatus, CallToMake, PlacedCall, format_phone_number, get_call_status, is_configured, make_call};
pub use settings::{DEFAULT_BASE_URL, SettingsError, SettingsProblem, VoipStudioSettings, WaitingPlace};
pub use telephony::VoipStudio;
pub use voicemail::Voicemail;
