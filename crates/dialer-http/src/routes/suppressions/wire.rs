//! Do-not-call entries as JSON.

use dialer_app::{FieldError, NotSuppressed, SuppressedNumbers, SuppressionInput, Suppressions};
use dialer_domain::ids::{CampaignId, SuppressionId, UserId};
use dialer_domain::phone::PhoneNumber;
use dialer_domain::store::PageRequest;
use dialer_domain::suppression::{Suppression, SuppressionFilter, SuppressionSource};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::file::{FileOutcome, SkippedLine};
use crate::extract::{Object, Params, Reader, RequestBody, RequestQuery};
use crate::problem::ApiError;
use crate::stamp::Stamp;

pub(super) struct ListQuery {
    pub(super) filter: SuppressionFilter,
    pub(super) page: PageRequest,
}

impl RequestQuery for ListQuery {
    fn read(params: &mut Params) -> Self {
        let filter = SuppressionFilter {
            phone_number: params.number("phone_number", "Only this number"),
            campaign_id: params.one("campaign_id", "Only entries that bind this campaign and no other"),
            source: params.one("source", "Only numbers that came from there"),
        };
        Self { filter, page: params.page() }
    }
}

pub(super) struct CheckQuery {
    pub(super) phone_number: Option<PhoneNumber>,
    pub(super) campaign_id: Option<CampaignId>,
}

impl RequestQuery for CheckQuery {
    fn read(params: &mut Params) -> Self {
        let phone_number = params.number("phone_number", "The number to look for");
        params.must_be_given();
        let campaign_id = params.one("campaign_id", "The campaign that would call it; left out, a call outside of any");
        Self { phone_number, campaign_id }
    }
}

impl CheckQuery {
    pub(super) fn missing() -> ApiError {
        ApiError::Invalid(vec![FieldError::new("phone_number", "required", "say which number to look for")])
    }
}

pub(super) struct LiftQuery(Option<String>);

impl RequestQuery for LiftQuery {
    fn read(params: &mut Params) -> Self {
        let reason = params.text::<{ Suppression::MAX_REASON }>("reason", "Why the number may be called again");
        params.must_be_given();
        Self(reason)
    }
}

impl LiftQuery {
    /// Why the number may be called again. Somebody will ask.
    pub(super) fn reason(self) -> Result<String, ApiError> {
        let reason = self.0.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
        reason.ok_or_else(|| {
            let message = "say why the number may be called again: ?reason=…";
            ApiError::Invalid(vec![FieldError::new("reason", "required", message)])
        })
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSuppressionBody {
    #[schema(value_type = String, format = "phone-number", example = "+447700900123")]
    phone_number: Option<String>,
    /// The campaign that it binds; left out, all of yours.
    #[schema(format = Uuid)]
    campaign_id: Option<String>,
    #[schema(max_length = 1_000)]
    reason: Option<String>,
}

pub(super) struct Wanted {
    pub(super) phone_number: PhoneNumber,
    pub(super) campaign_id: Option<CampaignId>,
    pub(super) reason: Option<String>,
}

impl RequestBody for NewSuppressionBody {
    type Command = Wanted;

    fn read(self, reader: &mut Reader<'_>) -> Option<Wanted> {
        if self.reason.as_ref().is_some_and(|reason| reason.chars().count() > Suppression::MAX_REASON) {
            reader.wrong("reason", "too_long", format!("use at most {} characters", Suppression::MAX_REASON));
        }
        let text = reader.required("phone_number", self.phone_number)?;
        let phone_number = reader.number("phone_number", &text)?;
        let campaign_id = self.campaign_id.and_then(|id| reader.id("campaign_id", &id));
        Some(Wanted { phone_number, campaign_id, reason: self.reason })
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSuppressionsBody {
    #[schema(value_type = Vec<SuppressionEntryBody>, min_items = 1, max_items = 10_000)]
    entries: Option<Vec<Object<SuppressionEntryBody>>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SuppressionEntryBody {
    #[schema(format = "phone-number", example = "+447700900123")]
    phone_number: Option<String>,
    /// The campaign that it binds; left out, all of yours.
    #[schema(format = Uuid)]
    campaign_id: Option<String>,
    #[schema(max_length = 1_000)]
    reason: Option<String>,
}

impl RequestBody for NewSuppressionsBody {
    type Command = Vec<SuppressionInput>;

    const LIMIT: usize = 4 * 1024 * 1024;

    fn read(self, reader: &mut Reader<'_>) -> Option<Vec<SuppressionInput>> {
        let entries = reader.required("entries", self.entries)?;
        if entries.is_empty() {
            reader.wrong("entries", "required", "give at least one number");
        }
        if entries.len() > Suppressions::MAX_BATCH {
            let most = format!("send at most {} numbers in one request, or a file", Suppressions::MAX_BATCH);
            reader.wrong("entries", "too_many", most);
        }
        let input = |Object(entry): Object<SuppressionEntryBody>| SuppressionInput {
            phone_number: entry.phone_number.unwrap_or_default(),
            campaign_id: entry.campaign_id,
            reason: entry.reason,
        };
        Some(entries.into_iter().map(input).collect())
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct SuppressionList {
    pub(super) suppressions: Vec<SuppressionRow>,
    pub(super) total: u64,
}

#[derive(Serialize, ToSchema)]
pub(super) struct SuppressionAnswer {
    pub(super) suppression: SuppressionRow,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CheckAnswer {
    pub(super) suppressed: bool,
    pub(super) suppression: Option<SuppressionRow>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct SuppressionRow {
    id: SuppressionId,
    user_id: UserId,
    phone_number: PhoneNumber,
    /// The campaign that it binds; null binds all of them.
    campaign_id: Option<CampaignId>,
    reason: Option<String>,
    source: Option<SuppressionSource>,
    created_by: Option<UserId>,
    created_at: Stamp,
}

impl From<Suppression> for SuppressionRow {
    fn from(entry: Suppression) -> Self {
        Self {
            id: entry.id,
            user_id: entry.user_id,
            phone_number: entry.phone_number,
            campaign_id: entry.campaign_id,
            reason: entry.reason,
            source: entry.source,
            created_by: entry.created_by,
            created_at: entry.created_at.into(),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct SuppressedAnswer {
    added: usize,
    skipped: Vec<SkippedSuppression>,
}

#[derive(Serialize, ToSchema)]
struct SkippedSuppression {
    index: usize,
    phone_number: String,
    reason: &'static str,
    message: String,
}

impl From<SuppressedNumbers> for SuppressedAnswer {
    fn from(outcome: SuppressedNumbers) -> Self {
        let row = |NotSuppressed { index, phone_number, code, message }| SkippedSuppression {
            index,
            phone_number,
            reason: code,
            message,
        };
        Self { added: outcome.added, skipped: outcome.skipped.into_iter().map(row).collect() }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct SuppressionFileAnswer {
    rows: u64,
    added: u64,
    skipped: u64,
    /// The first of those that were skipped.
    skipped_rows: Vec<SkippedLineRow>,
}

#[derive(Serialize, ToSchema)]
struct SkippedLineRow {
    line: u64,
    phone_number: String,
    reason: &'static str,
    message: String,
}

impl From<FileOutcome> for SuppressionFileAnswer {
    fn from(outcome: FileOutcome) -> Self {
        let row = |SkippedLine { line, phone_number, code, message }| SkippedLineRow {
            line,
            phone_number,
            reason: code,
            message,
        };
        Self {
            rows: outcome.rows,
            added: outcome.added,
            skipped: outcome.skipped,
            skipped_rows: outcome.skipped_lines.into_iter().map(row).collect(),
        }
    }
}
