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
//!
//! Rooms: `settings`, `telephony` (the port), `client` (sends), `budget` and `pace` (when to send), `wire` (the
//! provider's JSON), `convert` (JSON to domain), `errors` (answers to what to do next), `text` (what may be shown), `live` (agents'
//! calls over SIP).

mod budget;
mod client;
mod convert;
mod errors;
mod live;
mod pace;
mod settings;
mod telephony;
mod text;
mod wire;

pub use budget::BudgetSnapshot;
pub use live::{LiveEvents, LiveSettings, LiveSettingsError, SipAccount};
pub use settings::{DEFAULT_BASE_URL, SettingsError, SettingsProblem, VoipStudioSettings};
pub use telephony::VoipStudio;
