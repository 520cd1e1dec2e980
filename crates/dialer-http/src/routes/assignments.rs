//! Agents of a campaign.

use actix_web::http::StatusCode;
use actix_web::web::{self, Json, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use dialer_app::Agents;
use dialer_domain::campaigns::agents::{Assigned, Assignment};
use dialer_domain::ids::{AssignmentId, CampaignId, UserId};
use dialer_domain::store::PageRequest;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use validator::Validate;

use super::{at, read};
use crate::auth::{Caller, Supervisor};
use crate::extract::{Answer, Id, Once, Params, Part, Reader, RequestBody, RequestQuery, Valid, ValidQuery};
use crate::problem::ApiError;
use crate::stamp::Stamp;

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, assign, unassign))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/campaigns/{id}/agents", "GET, HEAD, POST").route(read(list)).route(web::post().to(assign)))
        .service(at("/campaigns/{id}/agents/{part}", "DELETE").route(web::delete().to(unassign)));
}

/// Agents of a campaign.
#[utoipa::path(
    get,
    path = "/campaigns/{id}/agents",
    params(ValidQuery<ListQuery>),
    responses((status = 200, body = AssignmentList)),
)]
async fn list(
    Caller(who): Caller,
    Id(campaign): Id<CampaignId>,
    ValidQuery(query): ValidQuery<ListQuery>,
    agents: web::Data<Agents>,
) -> Result<impl Responder, ApiError> {
    let page = agents.list(who, campaign, query.0).await?;
    Ok(Json(AssignmentList { agents: page.items.into_iter().map(AssignmentRow::from).collect(), total: page.total }))
}

/// Let somebody work on a campaign.
#[utoipa::path(
    post,
    path = "/campaigns/{id}/agents",
    request_body = AssignBody,
    responses(
        (status = 200, description = "They worked on it before", body = AssignmentAnswer),
        (status = 201, description = "They work on it now", body = AssignmentAnswer),
    ),
)]
async fn assign(
    Supervisor(who): Supervisor,
    Id(campaign): Id<CampaignId>,
    Valid(agent): Valid<AssignBody>,
    agents: web::Data<Agents>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    once.run(who, async |stores| {
        let (assignment, status) = match agents.on(stores).assign(who, campaign, agent).await? {
            Assigned::Now(assignment) => (assignment, StatusCode::CREATED),
            Assigned::Before(assignment) => (assignment, StatusCode::OK),
        };
        Answer::json(status, &AssignmentAnswer { agent: assignment.into() })
    })
    .await
}

/// Take somebody off a campaign; `part` is their id.
#[utoipa::path(delete, path = "/campaigns/{id}/agents/{part}", responses((status = 204)))]
async fn unassign(
    Supervisor(who): Supervisor,
    Id(campaign): Id<CampaignId>,
    Part(agent): Part<UserId>,
    agents: web::Data<Agents>,
) -> Result<impl Responder, ApiError> {
    agents.unassign(who, campaign, agent).await?;
    Ok(HttpResponse::NoContent())
}

struct ListQuery(PageRequest);

impl RequestQuery for ListQuery {
    fn read(params: &mut Params) -> Self {
        Self(params.page())
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct AssignBody {
    #[schema(value_type = UserId)]
    user_id: Option<String>,
}

impl RequestBody for AssignBody {
    type Command = UserId;

    fn read(self, reader: &mut Reader<'_>) -> Option<UserId> {
        let text = reader.required("user_id", self.user_id)?;
        reader.id("user_id", &text)
    }
}

#[derive(Serialize, ToSchema)]
struct AssignmentList {
    agents: Vec<AssignmentRow>,
    total: u64,
}

#[derive(Serialize, ToSchema)]
struct AssignmentAnswer {
    agent: AssignmentRow,
}

#[derive(Serialize, ToSchema)]
struct AssignmentRow {
    id: AssignmentId,
    campaign_id: CampaignId,
    user_id: UserId,
    created_at: Stamp,
}

impl From<Assignment> for AssignmentRow {
    fn from(agent: Assignment) -> Self {
        Self {
            id: agent.id,
            campaign_id: agent.campaign_id,
            user_id: agent.user_id,
            created_at: agent.created_at.into(),
        }
    }
}
