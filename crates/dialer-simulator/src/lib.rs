//! A carrier that is not there.
//!
//! The same model of callees, agents' phones and a telephone network is offered in two ways: in process as the
//! dialer's telephony port ([`SimulatedTelephony`]), and as `VoIPstudio`'s HTTP API on a real socket
//! ([`ProviderDouble`]). Both take the time from a [`dialer_domain::Clock`], so a run can be real, accelerated
//! or virtual ([`ScaledClock`]), and all chance from one seed, so a run can be repeated.
//!
//! What a call becomes depends on the seed, the number and how often that number was called before; never on
//! timing, on the agent or on other numbers. A call's whole future is drawn when it is placed and its state is
//! a function of that plan and the time, so an accelerated clock changes nothing.
//!
//! [`lab`] plays whole shifts in no time, to judge pacing.
//! [`VirtualForecaster`] runs a real campaign forward, to say how it will go.
//!
//! [`Knobs`] turn every fact that is only assumed about the provider into its opposite, and inject faults. The
//! [`Ledger`] is the double's own truth, to hold against what a dialer believes.

mod agenda;
mod carrier;
mod clock;
mod forecast;
mod gate;
mod http;
mod knobs;
pub mod lab;
mod ledger;
mod lock;
mod sip;
mod telephony;
mod users;

pub use carrier::settings::{CarrierSettings, OutcomeShares, SettingsError, Spread};
pub use clock::ScaledClock;
pub use forecast::VirtualForecaster;
pub use http::log::RequestLogEntry;
pub use http::settings::{ProviderDoubleSettings, SimulatedQueue, SimulatedWebhook};
pub use http::webhooks::{WebhookDelivery, WebhookOutcome};
pub use http::{NotConnected, ProviderDouble, StartError, UnknownUser};
pub use knobs::{
    AgentLegShows, AnswerState, BeforeAnswer, CdrCallId, CdrIds, CustomerFirstAccount, CustomerFirstAnswer, DdiField,
    DialAnswer, DialRefusal, ErrorCode, FaultScope, Faults, KeyRights, Knobs, KnobsHandle, Legs, LiveIds, Malformed,
    Outsider, RateLimitAnswer, RecordingKnobs, TurnError, WebhookKnobs,
};
pub use ledger::{CallKind, CallResult, Ledger, LedgerCall, Party};
pub use sip::knobs::{SipBodies, SipChallenge, SipKnobs, SipVersions};
pub use sip::tally::SipTally;
pub use telephony::SimulatedTelephony;
pub use users::SimulatedUser;
