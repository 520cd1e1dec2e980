//! How a campaign will go.

mod wire;

use actix_web::Responder;
use actix_web::http::StatusCode;
use actix_web::web::{self, ServiceConfig};
use dialer_app::{ForecastRequest, Forecasts};
use dialer_domain::DialingMode;
use dialer_domain::ids::CampaignId;
use serde::Deserialize;
use utoipa::{OpenApi, ToSchema};
use validator::Validate;

use super::at;
use crate::auth::Supervisor;
use crate::extract::{Answer, Id, Once, Reader, RequestBody, Valid};
use crate::problem::ApiError;
pub(crate) use wire::ForecastAnswer;

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(foresee))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/campaigns/{id}/forecast", "POST").route(web::post().to(foresee)));
}

/// How a campaign will go with so many agents.
///
/// Its list as it stands is run forward under its hours, its retries, the rules of each contact's place and its dialing mode, many
/// times over; each figure is told as the 5th, 50th and 95th percentile of the runs. How people answer and how long agents
/// talk is learned from the campaign's own calls; `basis` says what was learned and what is only believed, and `notes` says what
/// else to know. Nothing is changed and nobody is called. One forecast is at work at a time; while another one is, the answer
/// is `busy`. For the campaign's owner.
#[utoipa::path(
    post,
    path = "/campaigns/{id}/forecast",
    request_body = ForecastBody,
    responses(
        (status = 200, body = ForecastAnswer),
        (status = 202, body = ForecastAnswer, description = "A request with the same key is still being worked on"),
    ),
)]
async fn foresee(
    Supervisor(who): Supervisor,
    Id(id): Id<CampaignId>,
    Valid(request): Valid<ForecastBody>,
    forecasts: web::Data<Forecasts>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    let mut turn = None;
    let first = once
        .run(who, async |stores| {
            turn = Some(forecasts.begin(&stores, who.scope(), id, request).await?);
            Answer::json(StatusCode::ACCEPTED, &ForecastAnswer::unfinished())
        })
        .await?;
    // Whoever asks again with the same key gets the answer of the first time.
    let Some(begun) = turn else { return Ok(first) };
    let playing = once.settle(who, async move { Answer::ok(&ForecastAnswer::of(begun.finish(|_| {}).await?)) })?;
    playing.await.unwrap_or(Ok(first))
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct ForecastBody {
    /// Agents at work whenever the campaign's hours are open.
    #[schema(value_type = i64, minimum = 1, maximum = 500)]
    agents: Option<i64>,
    /// Calendar days in the campaign's zone; the first is the one that holds `from`.
    #[schema(value_type = i64, minimum = 1, maximum = 31)]
    days: Option<i64>,
    /// The first instant; left out, now.
    #[schema(format = DateTime)]
    from: Option<String>,
    /// How often it is played.
    #[schema(default = 40, minimum = 1, maximum = 200)]
    seeds: Option<i64>,
    /// How it would go in this mode; left out, in the campaign's own, as far as the provider can dial so.
    #[serde(rename = "type")]
    #[schema(value_type = Option<DialingMode>)]
    mode: Option<String>,
}

impl RequestBody for ForecastBody {
    type Command = ForecastRequest;

    fn read(self, reader: &mut Reader<'_>) -> Option<ForecastRequest> {
        let agents = reader.required("agents", self.agents).and_then(|agents| reader.count("agents", agents));
        let days = reader.required("days", self.days).and_then(|days| reader.count("days", days));
        let seeds = self.seeds.and_then(|seeds| reader.count("seeds", seeds));
        let from = self.from.and_then(|from| reader.instant("from", &from));
        let mode = self.mode.and_then(|mode| reader.text("type", "not_one_of", &mode));
        Some(ForecastRequest { agents: agents?, days: days?, seeds, from, mode })
    }
}
