//! Profiles of agents.

use std::collections::BTreeMap;

use actix_web::web::{self, Json, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use dialer_app::{NewAgent, Profiles};
use dialer_domain::agents::{Agent, AgentPatch, AgentState};
use dialer_domain::ids::{AgentId, UserId};
use dialer_domain::store::PageRequest;
use dialer_domain::telephony::AgentLine;
use dialer_domain::{Clock, Duration, OffsetDateTime, Precondition};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use validator::Validate;

use super::wire::{AgentAnswer, AgentRow, StateSpanRow};
use crate::auth::{Caller, Supervisor};
use crate::extract::{Answer, Change, Id, IfMatch, Once, Params, Reader, RequestBody, RequestQuery, Valid, ValidQuery};
use crate::problem::ApiError;
use crate::routes::{at, read};

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, add, get, change, remove, history))]
pub(crate) struct Document;

pub(in crate::routes) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/agents", "GET, HEAD, POST").route(read(list)).route(web::post().to(add)))
        .service(
            at("/agents/{id}", "GET, HEAD, PATCH, DELETE")
                .route(read(get))
                .route(web::patch().to(change))
                .route(web::delete().to(remove)),
        )
        .service(at("/agents/{id}/states", "GET, HEAD").route(read(history)));
}

/// Agents that the caller runs, by name, with what they are doing.
#[utoipa::path(get, path = "/agents", params(ValidQuery<ListQuery>), responses((status = 200, body = AgentList)))]
async fn list(
    Caller(who): Caller,
    ValidQuery(query): ValidQuery<ListQuery>,
    profiles: web::Data<Profiles>,
) -> Result<impl Responder, ApiError> {
    let page = profiles.list(who, query.state, query.page).await?;
    Ok(Json(AgentList { agents: page.items.into_iter().map(AgentRow::from).collect(), total: page.total }))
}

/// Make somebody an agent.
///
/// The agent signs in with the token of `user_id` and is offline until then.
#[utoipa::path(
    post,
    path = "/agents",
    request_body = AgentBody,
    responses((status = 201, body = AgentAnswer)),
)]
async fn add(
    Supervisor(who): Supervisor,
    Valid(new): Valid<AgentBody>,
    profiles: web::Data<Profiles>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    profiles.check_line(&new.line).await?;
    once.run(who, async |stores| {
        let agent = profiles.on(stores).add(who, new).await?;
        let tag = agent.tag();
        Ok(Answer::created(&AgentAnswer { agent: agent.into() })?.tagged(&tag))
    })
    .await
}

/// An agent.
#[utoipa::path(get, path = "/agents/{id}", responses((status = 200, body = AgentAnswer)))]
async fn get(
    Caller(who): Caller,
    Id(id): Id<AgentId>,
    profiles: web::Data<Profiles>,
) -> Result<impl Responder, ApiError> {
    shown(profiles.get(who, id).await?)
}

/// Change an agent's profile.
#[utoipa::path(
    patch,
    path = "/agents/{id}",
    request_body = AgentPatchBody,
    responses((status = 200, body = AgentAnswer)),
)]
async fn change(
    Supervisor(who): Supervisor,
    Id(id): Id<AgentId>,
    IfMatch(condition): IfMatch,
    Valid(patch): Valid<AgentPatchBody>,
    profiles: web::Data<Profiles>,
) -> Result<impl Responder, ApiError> {
    if let Some(line) = &patch.line {
        profiles.get(who, id).await?;
        profiles.check_line(line).await?;
    }
    shown(profiles.change(who, id, &AgentPatch { condition, ..patch }).await?)
}

/// Remove an agent's profile. A call that they are on goes on.
#[utoipa::path(delete, path = "/agents/{id}", responses((status = 204)))]
async fn remove(
    Supervisor(who): Supervisor,
    Id(id): Id<AgentId>,
    profiles: web::Data<Profiles>,
) -> Result<impl Responder, ApiError> {
    profiles.remove(who, id).await?;
    Ok(HttpResponse::NoContent())
}

/// What an agent did, and for how long.
///
/// Between `from` and `to`, the last 24 hours unless they are given, every second is in exactly one state.
#[utoipa::path(
    get,
    path = "/agents/{id}/states",
    params(ValidQuery<HistoryQuery>),
    responses((status = 200, body = StateHistory)),
)]
async fn history(
    Caller(who): Caller,
    Id(id): Id<AgentId>,
    ValidQuery(query): ValidQuery<HistoryQuery>,
    profiles: web::Data<Profiles>,
    clock: web::Data<dyn Clock>,
) -> Result<impl Responder, ApiError> {
    let now = clock.now();
    let to = query.to.unwrap_or(now);
    let from = query.from.unwrap_or(to - Duration::DAY);
    let spans = profiles.history(who, id, from, to).await?;
    let mut seconds: BTreeMap<&'static str, i64> = AgentState::ALL.iter().map(|state| (state.as_str(), 0)).collect();
    for span in &spans {
        *seconds.entry(span.state.as_str()).or_default() += span.within(from, to.min(now)).whole_seconds();
    }
    Ok(Json(StateHistory { states: spans.into_iter().map(StateSpanRow::from).collect(), seconds }))
}

fn shown(agent: Agent) -> Result<Answer, ApiError> {
    let tag = agent.tag();
    Ok(Answer::ok(&AgentAnswer { agent: agent.into() })?.tagged(&tag))
}

struct ListQuery {
    state: Option<AgentState>,
    page: PageRequest,
}

impl RequestQuery for ListQuery {
    fn read(params: &mut Params) -> Self {
        Self { state: params.one("state", "Only agents in this state"), page: params.page() }
    }
}

struct HistoryQuery {
    from: Option<OffsetDateTime>,
    to: Option<OffsetDateTime>,
}

impl RequestQuery for HistoryQuery {
    fn read(params: &mut Params) -> Self {
        Self {
            from: params.instant("from", "From this instant; 24 hours before `to` unless it is given"),
            to: params.instant("to", "To this instant; now unless it is given"),
        }
    }
}

/// What an agent writes up a call for, unless it is said: seconds.
const WRAP_UP: u32 = 30;

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct AgentBody {
    /// The login of the agent: the subject of their token
    #[schema(value_type = UserId)]
    user_id: Option<String>,
    #[validate(length(min = 1, max = 100, code = "wrong_length", message = "use 1 to 100 characters"))]
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    display_name: Option<String>,
    /// The provider's user whose phone rings
    #[validate(length(min = 1, max = 100, code = "wrong_length", message = "use 1 to 100 characters"))]
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    provider_user_id: Option<String>,
    /// How long the agent may write up a call; 30 unless it is given
    #[validate(range(min = 0, max = 3600, code = "out_of_range", message = "use 0 to 3600 seconds"))]
    #[schema(minimum = 0, maximum = 3600)]
    wrap_up_seconds: Option<i64>,
}

impl RequestBody for AgentBody {
    type Command = NewAgent;

    fn read(self, reader: &mut Reader<'_>) -> Option<NewAgent> {
        let user_id = reader.required("user_id", self.user_id).and_then(|id| reader.id("user_id", &id));
        let display_name = reader.required("display_name", self.display_name);
        let line = reader.required("provider_user_id", self.provider_user_id);
        let wrap_up = match self.wrap_up_seconds {
            Some(seconds) => reader.count("wrap_up_seconds", seconds),
            None => Some(WRAP_UP),
        };
        Some(NewAgent {
            user_id: user_id?,
            display_name: display_name?,
            line: AgentLine::new(line?),
            wrap_up: Duration::seconds(wrap_up?.into()),
        })
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct AgentPatchBody {
    #[serde(default)]
    #[validate(length(min = 1, max = 100, code = "wrong_length", message = "use 1 to 100 characters"))]
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    display_name: Change<String>,
    /// The provider's user whose phone rings
    #[serde(default)]
    #[validate(length(min = 1, max = 100, code = "wrong_length", message = "use 1 to 100 characters"))]
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    provider_user_id: Change<String>,
    /// How long the agent may write up a call
    #[serde(default)]
    #[validate(range(min = 0, max = 3600, code = "out_of_range", message = "use 0 to 3600 seconds"))]
    #[schema(value_type = i64, minimum = 0, maximum = 3600)]
    wrap_up_seconds: Change<i64>,
}

impl RequestBody for AgentPatchBody {
    type Command = AgentPatch;

    fn read(self, reader: &mut Reader<'_>) -> Option<AgentPatch> {
        let seconds = reader.kept("wrap_up_seconds", self.wrap_up_seconds);
        let wrap_up = match seconds {
            Some(seconds) => Some(Duration::seconds(reader.count("wrap_up_seconds", seconds)?.into())),
            None => None,
        };
        Some(AgentPatch {
            display_name: reader.kept("display_name", self.display_name),
            line: reader.kept("provider_user_id", self.provider_user_id).map(AgentLine::new),
            wrap_up,
            condition: Precondition::Any,
        })
    }
}

#[derive(Serialize, ToSchema)]
struct AgentList {
    agents: Vec<AgentRow>,
    total: u64,
}

#[derive(Serialize, ToSchema)]
struct StateHistory {
    states: Vec<StateSpanRow>,
    /// Seconds in each state
    #[schema(value_type = Object)]
    seconds: BTreeMap<&'static str, i64>,
}
