//! The consent ledger. It is written and read; no address changes or removes an entry.

use actix_web::Responder;
use actix_web::web::{self, Json, ServiceConfig};
use dialer_app::Consents;
use dialer_domain::consents::store::ConsentFilter;
use dialer_domain::consents::{ConsentAct, ConsentEvent, ConsentForm, NewConsent};
use dialer_domain::ids::{ConsentEventId, ContactId, UserId};
use dialer_domain::phone::PhoneNumber;
use dialer_domain::rules::Purpose;
use dialer_domain::store::PageRequest;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use validator::Validate;

use super::{at, read};
use crate::auth::Caller;
use crate::extract::{Answer, Id, Object, Once, Params, Reader, RequestBody, RequestQuery, Valid, ValidQuery};
use crate::problem::ApiError;
use crate::stamp::Stamp;

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, record, get))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/consents", "GET, HEAD, POST").route(read(list)).route(web::post().to(record)))
        .service(at("/consents/{id}", "GET, HEAD").route(read(get)));
}

/// Who allowed being called, and who took it back: the entry written down last first.
#[utoipa::path(get, path = "/consents", params(ValidQuery<ListQuery>), responses((status = 200, body = ConsentList)))]
async fn list(
    Caller(who): Caller,
    ValidQuery(query): ValidQuery<ListQuery>,
    consents: web::Data<Consents>,
) -> Result<impl Responder, ApiError> {
    let page = consents.list(who, query.filter, query.page).await?;
    Ok(Json(ConsentList { consents: page.items.into_iter().map(ConsentRow::from).collect(), total: page.total }))
}

/// Write down consents, or that they were taken back: up to 1,000, all of them or none.
///
/// Entries stay for ever. What was written down wrongly is put right by a further entry.
#[utoipa::path(
    post,
    path = "/consents",
    request_body = NewConsentsBody,
    responses((status = 201, body = RecordedAnswer)),
)]
async fn record(
    Caller(who): Caller,
    Valid(new): Valid<NewConsentsBody>,
    consents: web::Data<Consents>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    once.run(who, async |stores| {
        let entries = consents.on(stores).record(who, new).await?;
        Answer::created(&RecordedAnswer { consents: entries.into_iter().map(ConsentRow::from).collect() })
    })
    .await
}

/// An entry of the consent ledger.
#[utoipa::path(get, path = "/consents/{id}", responses((status = 200, body = ConsentAnswer)))]
async fn get(
    Caller(who): Caller,
    Id(id): Id<ConsentEventId>,
    consents: web::Data<Consents>,
) -> Result<impl Responder, ApiError> {
    Ok(Json(ConsentAnswer { consent: consents.get(who, id).await?.into() }))
}

struct ListQuery {
    filter: ConsentFilter,
    page: PageRequest,
}

impl RequestQuery for ListQuery {
    fn read(params: &mut Params) -> Self {
        let filter = ConsentFilter {
            phone_number: params.number("phone_number", "Only this number"),
            contact_id: params.one("contact_id", "Only what came through this contact"),
            purpose: params.one("purpose", "Only what was said of these calls; what was said of all calls is left out"),
            act: params.one("act", "Only grants, or only revocations"),
        };
        Self { filter, page: params.page() }
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewConsentsBody {
    #[schema(value_type = Vec<NewConsentBody>, min_items = 1, max_items = 1_000)]
    consents: Option<Vec<Object<NewConsentBody>>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewConsentBody {
    #[schema(value_type = String, format = "phone-number", example = "+447700900123")]
    phone_number: Option<String>,
    /// The contact through whom it came.
    #[schema(format = Uuid)]
    contact_id: Option<String>,
    #[schema(value_type = ConsentAct)]
    act: Option<String>,
    /// How strong a grant is; a revocation has none.
    #[schema(value_type = Option<ConsentForm>)]
    form: Option<String>,
    /// For which calls; left out, for all of them.
    #[schema(value_type = Option<Purpose>)]
    purpose: Option<String>,
    /// How it reached you, such as `web-form`, `call`, `sms` or `letter`.
    #[schema(value_type = String, min_length = 1, max_length = 40, example = "web-form")]
    channel: Option<String>,
    /// The text that was shown or read out.
    #[schema(max_length = 10_000)]
    text_shown: Option<String>,
    /// Where the proof lies: a URL, the id of a recording, the hash of a file.
    #[schema(max_length = 2_000)]
    evidence: Option<String>,
    /// When the person said it; left out, now.
    #[schema(format = DateTime)]
    happened_at: Option<String>,
    /// When a grant ends by itself.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

impl RequestBody for NewConsentsBody {
    type Command = Vec<NewConsent>;

    /// A thousand entries with the texts that were shown.
    const LIMIT: usize = 16 * 1024 * 1024;

    fn read(self, reader: &mut Reader<'_>) -> Option<Vec<NewConsent>> {
        let entries = reader.required("consents", self.consents)?;
        if entries.is_empty() {
            reader.wrong("consents", "required", "give at least one consent");
        }
        if entries.len() > Consents::MAX_BATCH {
            let most = format!("send at most {} consents in one request", Consents::MAX_BATCH);
            reader.wrong("consents", "too_many", most);
            return None;
        }
        let read = |(index, Object(entry)): (usize, Object<NewConsentBody>)| entry.read(index, reader);
        // All of them are read, so that everything that is wrong is told at once.
        let read: Vec<Option<NewConsent>> = entries.into_iter().enumerate().map(read).collect();
        read.into_iter().collect()
    }
}

impl NewConsentBody {
    fn read(self, index: usize, reader: &mut Reader<'_>) -> Option<NewConsent> {
        let name = |field: &str| format!("consents[{index}].{field}");
        let number = reader.required(&name("phone_number"), self.phone_number);
        let phone_number = number.and_then(|number| reader.number(&name("phone_number"), &number));
        let contact_id = self.contact_id.and_then(|id| reader.id(&name("contact_id"), &id));
        let act = reader.required(&name("act"), self.act);
        let act = act.and_then(|act| reader.text(&name("act"), "not_one_of", &act));
        let form = self.form.and_then(|form| reader.text(&name("form"), "not_one_of", &form));
        let purpose = self.purpose.and_then(|purpose| reader.text(&name("purpose"), "not_one_of", &purpose));
        let happened_at = self.happened_at.and_then(|at| reader.instant(&name("happened_at"), &at));
        let expires_at = self.expires_at.and_then(|at| reader.instant(&name("expires_at"), &at));
        Some(NewConsent {
            phone_number: phone_number?,
            contact_id,
            act: act?,
            form,
            purpose,
            channel: self.channel.unwrap_or_default(),
            text_shown: self.text_shown,
            evidence: self.evidence,
            happened_at,
            expires_at,
        })
    }
}

#[derive(Serialize, ToSchema)]
struct ConsentList {
    consents: Vec<ConsentRow>,
    total: u64,
}

#[derive(Serialize, ToSchema)]
struct RecordedAnswer {
    /// As they were written down, in the order given.
    consents: Vec<ConsentRow>,
}

#[derive(Serialize, ToSchema)]
struct ConsentAnswer {
    consent: ConsentRow,
}

/// An entry of the ledger as JSON.
#[derive(Serialize, ToSchema)]
pub(super) struct ConsentRow {
    id: ConsentEventId,
    user_id: UserId,
    phone_number: PhoneNumber,
    contact_id: Option<ContactId>,
    act: ConsentAct,
    form: Option<ConsentForm>,
    purpose: Option<Purpose>,
    channel: String,
    text_shown: Option<String>,
    evidence: Option<String>,
    happened_at: Stamp,
    expires_at: Option<Stamp>,
    created_by: Option<UserId>,
    created_at: Stamp,
}

impl From<ConsentEvent> for ConsentRow {
    fn from(entry: ConsentEvent) -> Self {
        Self {
            id: entry.id,
            user_id: entry.user_id,
            phone_number: entry.phone_number,
            contact_id: entry.contact_id,
            act: entry.act,
            form: (entry.act == ConsentAct::Granted).then_some(entry.form),
            purpose: entry.purpose,
            channel: entry.channel,
            text_shown: entry.text_shown,
            evidence: entry.evidence,
            happened_at: entry.happened_at.into(),
            expires_at: entry.expires_at.map(Stamp::from),
            created_by: entry.created_by,
            created_at: entry.created_at.into(),
        }
    }
}
