//! Figures about calls.

use std::collections::BTreeMap;
use utoipa::{OpenApi, ToSchema};

use actix_web::Responder;
use actix_web::web::{self, Json, ServiceConfig};
use dialer_app::{Analytics, Report, ReportQuery};
use dialer_domain::CallStatus;
use dialer_domain::analytics::Figures;
use serde::Serialize;

use super::calls::CallRow;
use super::{at, read};
use crate::auth::Caller;
use crate::extract::{Params, RequestQuery, ValidQuery};
use crate::problem::ApiError;

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(report))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/analytics", "GET, HEAD").route(read(report)));
}

/// Figures about the calls of a period.
#[utoipa::path(
    get,
    path = "/analytics",
    params(ValidQuery<Asked>),
    responses((status = 200, body = AnalyticsAnswer)),
)]
async fn report(
    Caller(who): Caller,
    ValidQuery(Asked(query)): ValidQuery<Asked>,
    analytics: web::Data<Analytics>,
) -> Result<impl Responder, ApiError> {
    let report = analytics.report(who, query).await?;
    Ok(Json(AnalyticsAnswer { analytics: report.into() }))
}

struct Asked(ReportQuery);

impl RequestQuery for Asked {
    fn read(params: &mut Params) -> Self {
        Self(ReportQuery {
            start: params.parsed("start_date", "not_a_date", "Only calls from then on: a day or an instant"),
            end: params.parsed(
                "end_date",
                "not_a_date",
                "Only calls until then: a day, which counts in full, or an instant",
            ),
            campaign: params.one("campaign_id", "Only calls of this campaign"),
            zone: params.parsed(
                "timezone",
                "unknown_zone",
                "The zone in which days begin and hours are counted; UTC when not given",
            ),
        })
    }
}

#[derive(Serialize, ToSchema)]
struct AnalyticsAnswer {
    analytics: AnalyticsBody,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AnalyticsBody {
    overview: Overview,
    distribution: Distribution,
    recent_calls: Vec<CallRow>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Overview {
    total_calls: u64,
    answered_calls: u64,
    completed_calls: u64,
    failed_calls: u64,
    busy_calls: u64,
    no_answer_calls: u64,
    total_duration: u64,
    avg_duration: u64,
    answer_rate: f64,
    completion_rate: f64,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Distribution {
    by_hour: [u64; 24],
    by_status: BTreeMap<CallStatus, u64>,
}

impl From<Report> for AnalyticsBody {
    fn from(Report { figures, recent }: Report) -> Self {
        Self {
            overview: Overview::from(&figures),
            distribution: Distribution { by_hour: figures.by_hour, by_status: figures.by_status().collect() },
            recent_calls: recent.into_iter().map(CallRow::from).collect(),
        }
    }
}

impl From<&Figures> for Overview {
    fn from(figures: &Figures) -> Self {
        Self {
            total_calls: figures.total,
            answered_calls: figures.answered,
            completed_calls: figures.with_status(CallStatus::Completed),
            failed_calls: figures.with_status(CallStatus::Failed),
            busy_calls: figures.with_status(CallStatus::Busy),
            no_answer_calls: figures.with_status(CallStatus::NoAnswer),
            total_duration: figures.duration,
            avg_duration: figures.average_duration,
            answer_rate: figures.answer_rate.percent(),
            completion_rate: figures.completion_rate.percent(),
        }
    }
}
