//! Use cases over the domain's ports, and the engine that dials.
//!
//! A use case loads, asks a rule, stores. This crate knows tokio, but no database, no HTTP and no provider:
//! whoever embeds it hands in [`Ports`]. A whole dialer without our HTTP API is [`engine::Engine`] on ports of
//! your choice.

pub mod analytics;
pub mod api_keys;
pub mod assignments;
pub mod audio;
pub mod bans;
pub mod calls;
pub mod campaigns;
pub mod clock;
pub mod consents;
pub mod contacts;
pub mod desk;
pub mod dispositions;
pub mod engine;
pub mod error;
pub mod evidence;
pub mod explain;
pub mod exports;
pub mod forecasts;
pub mod ids;
pub mod imports;
mod last_look;
pub mod opt_outs;
pub mod ports;
pub mod profiles;
pub mod provider_events;
pub mod queue;
pub mod receipts;
pub mod recording_collector;
pub mod recordings;
pub mod registries;
pub mod stop_now;
pub mod suppressions;
pub mod voicemail_drops;

pub use analytics::{Analytics, Report, ReportQuery};
pub use api_keys::{ApiKeys, KEY_MARK, KeyRefused};
pub use assignments::Agents;
pub use audio::{Audio, NewAudio, Upload};
pub use bans::Bans;
pub use calls::{Calls, PlaceCall, Placed};
pub use campaigns::Campaigns;
pub use clock::SystemClock;
pub use consents::Consents;
pub use contacts::{AddedContacts, ContactInput, Contacts, Skipped};
pub use desk::{Desk, Desktop};
pub use dispositions::{Dispositions, FollowUps, RecordDisposition, StandingFollowUp};
pub use engine::{Engine, EngineHandle, EngineSettings, Paced};
pub use error::{FieldError, UseCaseError};
pub use explain::Explain;
pub use exports::{ExportPage, Exports};
pub use forecasts::{BegunForecast, ForecastRequest, Forecasts, Foreseen, Sample};
pub use ids::SystemIds;
pub use imports::{ImportRunner, ImportSettings, Imports, ImportsHandle};
pub use opt_outs::{MessageIn, OptOut};
pub use ports::Ports;
pub use profiles::{NewAgent, Profiles};
pub use provider_events::ProviderEvents;
pub use queue::Queue;
pub use receipts::{BookMissing, Receipts, Refusals};
pub use recording_collector::{CollectorSettings, Keeping, RecordingCollector};
pub use recordings::Recordings;
pub use registries::{BrokenLine, CopyImport, ImportedCopy, ReadLine, Registries};
pub use stop_now::{CallFate, StopNow, StoppedCall};
pub use suppressions::{NotSuppressed, SuppressedNumbers, SuppressionInput, Suppressions};
pub use voicemail_drops::{NewVoicemailDrop, VoicemailDrops};
