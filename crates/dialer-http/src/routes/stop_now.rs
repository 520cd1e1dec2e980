//! Stops a campaign at once.

use actix_web::Responder;
use actix_web::http::StatusCode;
use actix_web::web::{self, ServiceConfig};
use dialer_app::{CallFate, StopNow, StoppedCall};
use dialer_domain::campaigns::Campaign;
use dialer_domain::ids::{CallId, CampaignId};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use super::at;
use super::campaigns::CampaignRow;
use crate::auth::Supervisor;
use crate::extract::{Answer, Id, Once};
use crate::problem::ApiError;

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(stop_now))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/campaigns/{id}/actions/stop-now", "POST").route(web::post().to(stop_now)));
}

/// Stop a campaign at once.
///
/// It is paused, its calls that ring are hung up, and those in which somebody talks are spared. A provider may refuse to hang
/// up a call that rings; the answer tells it of each. Asking again hangs up what has come to light meanwhile.
#[utoipa::path(
    post,
    path = "/campaigns/{id}/actions/stop-now",
    responses(
        (status = 200, description = "What became of the campaign's calls", body = StoppedAnswer),
        (status = 202, description = "The campaign is paused; what becomes of its calls is not known yet", body = StoppedAnswer),
    ),
)]
async fn stop_now(
    Supervisor(who): Supervisor,
    Id(id): Id<CampaignId>,
    stop: web::Data<StopNow>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    let mut paused = None;
    let first = once
        .run(who, async |stores| {
            let campaign = stop.pause(stores, who, id).await?;
            Answer::json(StatusCode::ACCEPTED, &StoppedAnswer::of(paused.insert(campaign).clone(), None))
        })
        .await?;
    // Whoever asks again with the same key gets the answer of the first time.
    let Some(campaign) = paused else { return Ok(first) };
    let stop = stop.as_ref().clone();
    let hanging_up = once.settle(who, async move {
        let calls = stop.hang_up(who, &campaign).await?;
        Answer::ok(&StoppedAnswer::of(campaign, Some(calls)))
    })?;
    hanging_up.await.unwrap_or(Ok(first))
}

#[derive(Serialize, ToSchema)]
struct StoppedAnswer {
    campaign: CampaignRow,
    /// Calls that rang and were hung up; they count as canceled and are tried again by rule.
    hung_up: Option<usize>,
    /// Calls in which somebody talks.
    spared: Option<usize>,
    /// Calls that the provider does not hang up as they are.
    refused: Option<usize>,
    /// Calls of which it is not known yet.
    unknown: Option<usize>,
    calls: Vec<StoppedRow>,
}

#[derive(Serialize, ToSchema)]
struct StoppedRow {
    call_id: CallId,
    /// hung-up, spared, refused or unknown.
    result: &'static str,
    /// Why it was not hung up.
    reason: Option<String>,
}

impl StoppedAnswer {
    fn of(campaign: Campaign, calls: Option<Vec<StoppedCall>>) -> Self {
        let count = |fate| calls.as_ref().map(|calls| calls.iter().filter(|one| one.fate == fate).count());
        Self {
            hung_up: count(CallFate::HungUp),
            spared: count(CallFate::Spared),
            refused: count(CallFate::Refused),
            unknown: count(CallFate::Unknown),
            campaign: campaign.into(),
            calls: calls.into_iter().flatten().map(StoppedRow::from).collect(),
        }
    }
}

impl From<StoppedCall> for StoppedRow {
    fn from(stopped: StoppedCall) -> Self {
        let result = match stopped.fate {
            CallFate::HungUp => "hung-up",
            CallFate::Spared => "spared",
            CallFate::Refused => "refused",
            CallFate::Unknown => "unknown",
        };
        Self { call_id: stopped.call, result, reason: stopped.reason }
    }
}
