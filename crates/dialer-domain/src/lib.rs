//! The dialer's vocabulary, rules and ports.
//!
//! Everything that decides whom to call, when, and what a call's end means lives here as plain data and pure
//! functions. Nothing here does I/O, reads a clock or rolls dice: time, identifiers and the outside world come
//! in through ports ([`clock::Clock`], [`ids::IdSource`], [`telephony::Telephony`] and the stores), so the same
//! code runs in production, in tests and in a simulation.
//!
//! Where to start reading:
//! - *May this contact be called now?* [`eligibility::decide`]
//! - *Why was this call allowed, and would it be again?* [`receipts::Receipt`]
//! - *How is that shown to somebody else?* [`evidence`]
//! - *Where is the callee, and which laws hold there?* [`places::locate`], [`rules::RuleBook`]
//! - *What becomes of a contact after a call?* [`retry::after_call`]
//! - *What is true of a call, given late, doubled or reordered news?* [`calls::merge::merge`]
//! - *What follows from what the agent says came of a call?* [`dispositions::conclude`]
//! - *How many calls should start now?* [`pacing`]
//! - *How will a campaign go?* [`forecast`]
//! - *What may an agent do next?* [`agents::Presence::after`]
//! - *Why is nothing dialling?* [`explain::explain_campaign`]
//! - *Which of several nodes starts them?* [`leases`]
//!
//! Feature `mocks` adds a mockall double for every port (`MockTelephony`, `MockCallStore`, …).

pub mod agents;
pub mod analytics;
pub mod api_keys;
pub mod audio;
pub mod bans;
pub mod calls;
pub mod campaigns;
mod changes;
pub mod clock;
pub mod consents;
pub mod contacts;
pub mod dispositions;
pub mod eligibility;
pub mod events;
pub mod evidence;
pub mod explain;
pub mod exports;
pub mod forecast;
pub mod idempotency;
pub mod identity;
pub mod ids;
pub mod imports;
pub mod leases;
#[cfg(feature = "openapi")]
mod openapi;
pub mod pacing;
pub mod phone;
pub mod places;
pub mod queue;
pub mod receipts;
pub mod recordings;
pub mod registries;
pub mod retry;
pub mod rules;
pub mod schedule;
pub mod store;
pub mod stores;
pub mod suppression;
mod tag;
pub mod telephony;
pub mod voicemail_drops;
pub mod wakes;
mod words;

pub use agents::Agent;
pub use api_keys::ApiKey;
pub use calls::{Call, CallOutcome, CallStatus, Direction};
pub use campaigns::{Campaign, CampaignStatus, DialingMode};
pub use clock::Clock;
pub use contacts::{Contact, ContactStatus};
pub use identity::{Principal, Role, Scope};
pub use ids::{AgentId, ApiKeyId, CallId, CampaignId, ContactId, IdSource, ImportId, NodeId, QueueEntryId, UserId};
pub use phone::PhoneNumber;
pub use store::{Page, PageRequest, Precondition, StoreError};
pub use stores::Stores;
pub use time::{Duration, OffsetDateTime};
