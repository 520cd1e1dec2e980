//! Click-to-call in four functions, for a service that wants nothing else of this crate.

use std::fmt;

use dialer_domain::phone::{PhoneNumber, PhoneNumberError, Region};
use dialer_domain::telephony::{
    AgentLine, CallRecord, DialRequest, LiveState, ProviderCallId, RecordResult, RequestPriority, Telephony,
    TelephonyError,
};
use time::{Duration, OffsetDateTime};

use crate::settings::VoipStudioSettings;
use crate::telephony::VoipStudio;

/// How far the provider's clock may be behind ours.
const CLOCK_MARGIN: Duration = Duration::minutes(1);

/// A call to place. `Debug` shows no number.
#[derive(Clone, PartialEq, Eq)]
pub struct CallToMake {
    /// The customer's number.
    pub to: PhoneNumber,
    /// The provider's id of the user whose phone rings first; `None` for the user of the API key.
    pub agent: Option<String>,
    /// The number shown to the customer; `None` for the user's own.
    pub caller_id: Option<PhoneNumber>,
}

impl fmt::Debug for CallToMake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallToMake").field("agent", &self.agent).finish_non_exhaustive()
    }
}

/// A call that was placed: what is needed to ask for it again. `Debug` shows no number.
#[derive(Clone, PartialEq, Eq)]
pub struct PlacedCall {
    /// The provider's id of it.
    pub id: String,
    /// The customer's number.
    pub to: PhoneNumber,
    /// When it was asked for.
    pub asked_at: OffsetDateTime,
}

impl fmt::Debug for PlacedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlacedCall").field("id", &self.id).field("asked_at", &self.asked_at).finish_non_exhaustive()
    }
}

/// What has become of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallStatus {
    /// It is in progress.
    Live(LiveState),
    /// It is over, and the provider has written its record.
    Ended {
        /// How.
        result: RecordResult,
        /// Seconds of talk; 0 when nobody answered.
        talk_seconds: u32,
        /// The provider's words for why.
        cause: Option<String>,
    },
    /// It is over, and its record is not there yet: it comes some seconds later.
    EndedUnrecorded,
}

/// Whether calls can be placed with these settings: the brief's `isConfigured`. Sends nothing; whether the provider
/// accepts the key is what [`Telephony::health`] tells.
#[must_use]
pub fn is_configured(settings: &VoipStudioSettings) -> bool {
    settings.validate().is_ok()
}

/// A number in E.164 form, as `+442079460001`: the brief's `formatPhoneNumber`. With a `region`, an ISO 3166-1 alpha-2
/// code, a number without `+` is read as written there.
///
/// # Errors
/// [`PhoneNumberError`]; an unknown region counts as none.
pub fn format_phone_number(text: &str, region: Option<&str>) -> Result<PhoneNumber, PhoneNumberError> {
    PhoneNumber::parse(text, region.and_then(|region| region.parse::<Region>().ok()))
}

/// Places a call: the brief's `makeCall`. Returns when the agent has picked up, which can take a minute.
///
/// # Errors
/// As [`Telephony::originate`]. After [`TelephonyError::OutcomeUnknown`] the call may exist: look among
/// [`Telephony::live_calls`] before asking again.
pub async fn make_call(provider: &VoipStudio, call: CallToMake) -> Result<PlacedCall, TelephonyError> {
    let asked_at = provider.client.clock().now();
    let request = DialRequest {
        to: call.to.clone(),
        agent: call.agent.map(AgentLine::new),
        caller_id: call.caller_id,
        ahead: false,
        priority: RequestPriority::Person,
        paced: false,
    };
    let id = provider.originate(request).await?;
    Ok(PlacedCall { id: id.as_str().to_owned(), to: call.to, asked_at })
}

/// What has become of a call: the brief's `getCallStatus`.
///
/// # Errors
/// As every reading of [`Telephony`].
pub async fn get_call_status(provider: &VoipStudio, call: &PlacedCall) -> Result<CallStatus, TelephonyError> {
    let id = ProviderCallId::new(&call.id);
    if let Some(live) = provider.call(&id).await?.filter(|live| live.state != LiveState::HangUp) {
        return Ok(CallStatus::Live(live.state));
    }
    let records = provider.call_records_since(call.asked_at - CLOCK_MARGIN).await?;
    let record = deciding(&records, &id, &call.to);
    Ok(record.map_or(CallStatus::EndedUnrecorded, |record| CallStatus::Ended {
        result: record.result,
        talk_seconds: record.talk_seconds,
        cause: record.cause.clone(),
    }))
}

/// The record that tells how a call ended. A call may have one for each leg, and then the customer's decides: the
/// agent's is answered even where the customer was not reached.
fn deciding<'a>(records: &'a [CallRecord], id: &ProviderCallId, to: &PhoneNumber) -> Option<&'a CallRecord> {
    let ours = || records.iter().filter(|record| record.call_ids.contains(id));
    let to_customer = ours().rfind(|record| record.to_digits.as_deref() == Some(to.digits()));
    to_customer.or_else(|| ours().next_back())
}
