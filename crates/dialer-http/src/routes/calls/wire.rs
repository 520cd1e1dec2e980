//! Calls as JSON.

use dialer_app::PlaceCall;
use dialer_domain::calls::store::CallFilter;
use dialer_domain::calls::{Call, CallOutcome, CallPatch};
use dialer_domain::dispositions::Disposition;
use dialer_domain::ids::{CallId, CampaignId, ContactId, UserId};
use dialer_domain::phone::PhoneNumber;
use dialer_domain::store::{PageRequest, Precondition};
use dialer_domain::telephony::{LiveCall, LiveState};
use dialer_domain::{CallStatus, Direction};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::Validate;

use crate::extract::{Change, Params, Reader, RequestBody, RequestQuery};
use crate::stamp::Stamp;

pub(super) struct ListQuery {
    pub(super) filter: CallFilter,
    pub(super) page: PageRequest,
}

impl RequestQuery for ListQuery {
    fn read(params: &mut Params) -> Self {
        let filter = CallFilter {
            status: params.one("status", "Only calls in this status"),
            direction: params.one("direction", "Only calls of this direction"),
            campaign: params.one("campaign_id", "Only calls of this campaign"),
        };
        Self { filter, page: params.page() }
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PlaceCallBody {
    #[schema(value_type = String, format = "phone-number", example = "+447700900123")]
    to: Option<String>,
    #[schema(format = "phone-number", example = "+447700900123")]
    from: Option<String>,
    #[serde(rename = "campaignId", alias = "campaign_id")]
    #[schema(value_type = Option<CampaignId>)]
    campaign_id: Option<String>,
    #[serde(rename = "leadId", alias = "lead_id")]
    #[schema(max_length = 255)]
    lead_id: Option<String>,
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
}

impl RequestBody for PlaceCallBody {
    type Command = PlaceCall;

    fn read(self, reader: &mut Reader<'_>) -> Option<PlaceCall> {
        let to = reader.required("to", self.to)?;
        // The use case reads the numbers itself; they are looked at here so that one answer names all that is wrong.
        reader.number("to", &to);
        if let Some(from) = &self.from {
            reader.number("from", from);
        }
        if self.lead_id.as_ref().is_some_and(|lead| lead.chars().count() > 255) {
            reader.wrong("leadId", "too_long", "use at most 255 characters");
        }
        Some(PlaceCall {
            to,
            from: self.from,
            campaign_id: self.campaign_id.and_then(|id| reader.id("campaignId", &id)),
            lead_id: self.lead_id,
            metadata: self.metadata.unwrap_or_default(),
        })
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CallPatchBody {
    #[schema(value_type = CallStatus)]
    #[serde(default)]
    status: Change<String>,
    #[validate(range(min = 0, max = 604_800, code = "out_of_range", message = "use 0 to 604800 seconds"))]
    #[schema(value_type = i64, minimum = 0, maximum = 604_800)]
    #[serde(default)]
    duration: Change<i64>,
    #[schema(value_type = String, format = DateTime)]
    #[serde(default)]
    answered_at: Change<String>,
    #[schema(value_type = String, format = DateTime)]
    #[serde(default)]
    ended_at: Change<String>,
    #[validate(length(max = 20_000, code = "too_long", message = "use at most 20000 characters"))]
    #[schema(value_type = Option<String>, max_length = 20_000)]
    #[serde(default)]
    notes: Change<String>,
    #[validate(length(max = 2_000, code = "too_long", message = "use at most 2000 characters"))]
    #[schema(value_type = Option<String>, pattern = "^https?://", max_length = 2_000)]
    #[serde(default)]
    recording_url: Change<String>,
    #[validate(length(max = 255, code = "too_long", message = "use at most 255 characters"))]
    #[schema(value_type = Option<String>, max_length = 255)]
    #[serde(default)]
    lead_id: Change<String>,
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    metadata: Change<Map<String, Value>>,
}

impl RequestBody for CallPatchBody {
    type Command = CallPatch;

    fn read(self, reader: &mut Reader<'_>) -> Option<CallPatch> {
        if let Change::Set(url) = &self.recording_url
            && !(url.starts_with("https://") || url.starts_with("http://"))
        {
            reader.wrong("recording_url", "not_a_url", "use an address that begins with https://");
        }
        let metadata = match self.metadata {
            Change::Keep => None,
            Change::Clear => Some(Map::new()),
            Change::Set(metadata) => Some(metadata),
        };
        let status = reader.kept("status", self.status);
        let duration = reader.kept("duration", self.duration);
        let answered_at = reader.kept("answered_at", self.answered_at);
        let ended_at = reader.kept("ended_at", self.ended_at);
        Some(CallPatch {
            status: status.and_then(|word| reader.text("status", "not_one_of", &word)),
            duration: duration.and_then(|seconds| reader.count("duration", seconds)),
            answered_at: answered_at.and_then(|text| reader.instant("answered_at", &text)),
            ended_at: ended_at.and_then(|text| reader.instant("ended_at", &text)),
            notes: self.notes.into_patch(),
            recording_url: self.recording_url.into_patch(),
            lead_id: self.lead_id.into_patch(),
            metadata,
            condition: Precondition::Any,
        })
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct CallList {
    pub(super) calls: Vec<CallRow>,
    pub(super) total: u64,
}

#[derive(Serialize, ToSchema)]
pub(in crate::routes) struct CallAnswer {
    pub(in crate::routes) call: CallRow,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CallDetailAnswer {
    pub(super) call: CallDetail,
}

#[derive(Serialize, ToSchema)]
pub(in crate::routes) struct PlacedAnswer {
    success: bool,
    call: CallRow,
    #[serde(rename = "callId")]
    call_id: Option<String>,
}

impl From<Call> for PlacedAnswer {
    fn from(call: Call) -> Self {
        let call = CallRow::from(call);
        Self { success: true, call_id: call.call_id.clone(), call }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct CallDetail {
    #[serde(flatten)]
    row: CallRow,
    voip_status: Option<LiveStatus>,
}

impl CallDetail {
    pub(super) fn new(call: Call, live: Option<LiveCall>) -> Self {
        Self { row: call.into(), voip_status: live.map(LiveStatus::from) }
    }
}

#[derive(Serialize, ToSchema)]
struct LiveStatus {
    id: String,
    state: LiveState,
    agent: Option<String>,
    started_at: Option<Stamp>,
    connected_at: Option<Stamp>,
}

impl From<LiveCall> for LiveStatus {
    fn from(live: LiveCall) -> Self {
        Self {
            id: live.id.to_string(),
            state: live.state,
            agent: live.agent.map(|line| line.to_string()),
            started_at: live.started_at.map(Stamp::from),
            connected_at: live.connected_at.map(Stamp::from),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(in crate::routes) struct CallRow {
    id: CallId,
    user_id: UserId,
    call_id: Option<String>,
    direction: Direction,
    from_number: Option<PhoneNumber>,
    to_number: PhoneNumber,
    status: CallStatus,
    duration: u32,
    recording_url: Option<String>,
    notes: Option<String>,
    lead_id: Option<String>,
    campaign_id: Option<CampaignId>,
    contact_id: Option<ContactId>,
    agent: Option<String>,
    agent_id: Option<UserId>,
    attempt: Option<u32>,
    outcome: Option<CallOutcome>,
    disposition: Option<Disposition>,
    cause: Option<String>,
    #[schema(value_type = Object)]
    metadata: Map<String, Value>,
    started_at: Stamp,
    answered_at: Option<Stamp>,
    /// Whether it was placed ahead of agents: whoever answers waits to be handed to one.
    ahead: bool,
    /// When an agent came on the line of a call ahead of agents.
    connected_at: Option<Stamp>,
    /// When a customer who waited was given up, because no agent came within the connect deadline.
    abandoned_at: Option<Stamp>,
    ended_at: Option<Stamp>,
    created_at: Stamp,
    updated_at: Stamp,
}

impl From<Call> for CallRow {
    fn from(call: Call) -> Self {
        Self {
            id: call.id,
            user_id: call.user_id,
            call_id: call.provider_call_id.map(|id| id.to_string()),
            direction: call.direction,
            from_number: call.from_number,
            to_number: call.to_number,
            status: call.status,
            duration: call.duration,
            recording_url: call.recording_url,
            notes: call.notes,
            lead_id: call.lead_id,
            campaign_id: call.campaign_id,
            contact_id: call.contact_id,
            agent: call.agent.map(|line| line.to_string()),
            agent_id: call.agent_id,
            attempt: call.attempt,
            outcome: call.outcome,
            disposition: call.disposition,
            cause: call.cause,
            metadata: call.metadata,
            started_at: call.started_at.into(),
            answered_at: call.answered_at.map(Stamp::from),
            ahead: call.ahead,
            connected_at: call.connected_at.map(Stamp::from),
            abandoned_at: call.abandoned_at.map(Stamp::from),
            ended_at: call.ended_at.map(Stamp::from),
            created_at: call.created_at.into(),
            updated_at: call.updated_at.into(),
        }
    }
}
