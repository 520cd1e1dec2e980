//! Voicemail drops.

use actix_web::http::StatusCode;
use actix_web::web::{self, Json, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Responder};
use dialer_app::{NewVoicemailDrop, VoicemailDrops};
use dialer_domain::audio::AudioFormat;
use dialer_domain::ids::{CallId, UserId, VoicemailDropId};
use dialer_domain::store::PageRequest;
use dialer_domain::voicemail_drops::{VoicemailDrop, VoicemailDropPatch};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use validator::Validate;

use super::audio::{AudioForm, Binary, Seconds, Sent, play};
use super::{at, read};
use crate::auth::Caller;
use crate::extract::{Answer, Change, Id, IfMatch, Once, Params, Reader, RequestBody, RequestQuery, Valid, ValidQuery};
use crate::problem::ApiError;
use crate::stamp::Stamp;

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, add, get, change, delete, hear, record, count_use))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/voicemail-drops", "GET, HEAD, POST").route(read(list)).route(web::post().to(add)))
        .service(
            at("/voicemail-drops/{id}", "GET, HEAD, PATCH, DELETE")
                .route(read(get))
                .route(web::patch().to(change))
                .route(web::delete().to(delete)),
        )
        .service(at("/voicemail-drops/{id}/audio", "GET, HEAD, PUT").route(read(hear)).route(web::put().to(record)))
        .service(at("/voicemail-drops/{id}/uses", "POST").route(web::post().to(count_use)));
}

/// Voicemail drops, latest first.
#[utoipa::path(
    get,
    path = "/voicemail-drops",
    params(ValidQuery<ListQuery>),
    responses((status = 200, body = DropList)),
)]
async fn list(
    Caller(who): Caller,
    ValidQuery(query): ValidQuery<ListQuery>,
    drops: web::Data<VoicemailDrops>,
) -> Result<impl Responder, ApiError> {
    let page = drops.list(who, query.0).await?;
    let rows = page.items.into_iter().map(DropRow::from).collect();
    Ok(Json(DropList { voicemail_drops: rows, total: page.total }))
}

/// Make a voicemail drop; its audio is sent afterwards, or is somewhere else already.
#[utoipa::path(
    post,
    path = "/voicemail-drops",
    request_body = NewDropBody,
    responses((status = 201, body = DropAnswer)),
)]
async fn add(
    Caller(who): Caller,
    Valid(wanted): Valid<NewDropBody>,
    drops: web::Data<VoicemailDrops>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    once.run(who, async |stores| answer(StatusCode::CREATED, drops.on(stores).add(who, wanted).await?)).await
}

/// A voicemail drop, without its audio.
#[utoipa::path(get, path = "/voicemail-drops/{id}", responses((status = 200, body = DropAnswer)))]
async fn get(
    Caller(who): Caller,
    Id(id): Id<VoicemailDropId>,
    drops: web::Data<VoicemailDrops>,
) -> Result<impl Responder, ApiError> {
    answer(StatusCode::OK, drops.get(who, id).await?)
}

/// Change a voicemail drop.
#[utoipa::path(
    patch,
    path = "/voicemail-drops/{id}",
    request_body = DropPatchBody,
    responses((status = 200, body = DropAnswer)),
)]
async fn change(
    Caller(who): Caller,
    Id(id): Id<VoicemailDropId>,
    IfMatch(condition): IfMatch,
    Valid(patch): Valid<DropPatchBody>,
    drops: web::Data<VoicemailDrops>,
) -> Result<impl Responder, ApiError> {
    answer(StatusCode::OK, drops.change(who, id, VoicemailDropPatch { condition, ..patch }).await?)
}

fn answer(status: StatusCode, drop: VoicemailDrop) -> Result<Answer, ApiError> {
    let tag = drop.tag();
    Ok(Answer::json(status, &DropAnswer::from(drop))?.tagged(&tag))
}

/// Delete a voicemail drop with its audio.
#[utoipa::path(delete, path = "/voicemail-drops/{id}", responses((status = 204)))]
async fn delete(
    Caller(who): Caller,
    Id(id): Id<VoicemailDropId>,
    drops: web::Data<VoicemailDrops>,
) -> Result<impl Responder, ApiError> {
    drops.remove(who, id).await?;
    Ok(HttpResponse::NoContent())
}

/// The audio of a voicemail drop.
#[utoipa::path(
    get,
    path = "/voicemail-drops/{id}/audio",
    params(("Range" = Option<String>, Header, description = "The part to send")),
    responses(
        (status = 200, description = "The audio", content_type = "audio/*", body = inline(Binary)),
        (status = 206, description = "The part that was asked for", content_type = "audio/*", body = inline(Binary)),
        (status = 304, description = "It has not changed"),
    ),
)]
async fn hear(
    Caller(who): Caller,
    Id(id): Id<VoicemailDropId>,
    request: HttpRequest,
    drops: web::Data<VoicemailDrops>,
) -> Result<impl Responder, ApiError> {
    let stored = drops.heard(who, id).await?.ok_or(ApiError::AudioNotStored)?;
    play(&request, drops.audio(), stored).await
}

/// Send the audio of a voicemail drop.
#[utoipa::path(
    put,
    path = "/voicemail-drops/{id}/audio",
    params(ValidQuery<AudioQuery>),
    request_body(content((inline(Binary) = "audio/mpeg"), (inline(Binary) = "audio/wav"), (inline(Binary) = "audio/ogg"),
        (AudioForm = "multipart/form-data", encoding(("file" = (content_type = "audio/wav, audio/mpeg, audio/ogg")))))),
    responses((status = 200, body = DropAnswer)),
)]
async fn record(
    Caller(who): Caller,
    Id(id): Id<VoicemailDropId>,
    ValidQuery(query): ValidQuery<AudioQuery>,
    request: HttpRequest,
    body: Payload,
    drops: web::Data<VoicemailDrops>,
) -> Result<impl Responder, ApiError> {
    let sent = Sent::announced(&request, body, drops.audio().limit()).await?;
    let upload = drops.begin(who, id, sent.playing(query.0)).await?;
    let upload = sent.take(upload).await?;
    answer(StatusCode::OK, drops.finish(who, id, upload).await?)
}

/// Count that a voicemail drop was left.
#[utoipa::path(
    post,
    path = "/voicemail-drops/{id}/uses",
    request_body = UseBody,
    responses((status = 200, body = DropAnswer)),
)]
async fn count_use(
    Caller(who): Caller,
    Id(id): Id<VoicemailDropId>,
    Valid(call): Valid<UseBody>,
    drops: web::Data<VoicemailDrops>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    once.run(who, async |stores| answer(StatusCode::OK, drops.on(stores).count_use(who, id, call).await?)).await
}

struct ListQuery(PageRequest);

impl RequestQuery for ListQuery {
    fn read(params: &mut Params) -> Self {
        Self(params.page())
    }
}

struct AudioQuery(Option<u32>);

impl RequestQuery for AudioQuery {
    fn read(params: &mut Params) -> Self {
        Self(
            params
                .parsed("duration", "out_of_range", "The length in seconds; of a WAV file it is found out")
                .map(|Seconds(seconds)| seconds),
        )
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDropBody {
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    name: Option<String>,
    #[schema(pattern = "^https?://", max_length = 2_000)]
    audio_url: Option<String>,
    #[schema(minimum = 0, maximum = 604_800)]
    #[validate(range(min = 0, max = 604_800, code = "out_of_range", message = "use 0 to 604800 seconds"))]
    duration: Option<i64>,
}

impl RequestBody for NewDropBody {
    type Command = NewVoicemailDrop;

    fn read(self, reader: &mut Reader<'_>) -> Option<NewVoicemailDrop> {
        let name = reader.required("name", self.name).map(|name| named(reader, &name));
        if let Some(url) = &self.audio_url {
            check_url(reader, url);
        }
        let duration = self.duration.and_then(|seconds| reader.count("duration", seconds));
        Some(NewVoicemailDrop { name: name?, audio_url: self.audio_url, duration })
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct DropPatchBody {
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    #[serde(default)]
    name: Change<String>,
    #[schema(value_type = String, pattern = "^https?://", max_length = 2_000)]
    #[serde(default)]
    audio_url: Change<String>,
    #[schema(value_type = i64, minimum = 0, maximum = 604_800)]
    #[validate(range(min = 0, max = 604_800, code = "out_of_range", message = "use 0 to 604800 seconds"))]
    #[serde(default)]
    duration: Change<i64>,
}

impl RequestBody for DropPatchBody {
    type Command = VoicemailDropPatch;

    fn read(self, reader: &mut Reader<'_>) -> Option<VoicemailDropPatch> {
        let name = reader.kept("name", self.name).map(|name| named(reader, &name));
        let audio_url = reader.kept("audio_url", self.audio_url);
        if let Some(url) = &audio_url {
            check_url(reader, url);
        }
        let duration = reader.kept("duration", self.duration);
        let duration = duration.and_then(|seconds| reader.count("duration", seconds));
        Some(VoicemailDropPatch { name, audio_url, duration, ..VoicemailDropPatch::default() })
    }
}

fn named(reader: &mut Reader<'_>, name: &str) -> String {
    let name = name.trim().to_owned();
    if name.is_empty() {
        reader.wrong("name", "required", "give it a name");
    }
    if name.chars().count() > VoicemailDrop::MAX_NAME {
        reader.wrong("name", "too_long", format!("use at most {} characters", VoicemailDrop::MAX_NAME));
    }
    name
}

fn check_url(reader: &mut Reader<'_>, url: &str) {
    if !(url.starts_with("https://") || url.starts_with("http://")) {
        reader.wrong("audio_url", "not_a_url", "use an address that begins with https://, or send the audio itself");
    }
    if url.chars().count() > VoicemailDrop::MAX_URL {
        reader.wrong("audio_url", "too_long", format!("use at most {} characters", VoicemailDrop::MAX_URL));
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct UseBody {
    #[schema(value_type = Option<CallId>)]
    call_id: Option<String>,
}

impl RequestBody for UseBody {
    type Command = Option<CallId>;

    fn read(self, reader: &mut Reader<'_>) -> Option<Option<CallId>> {
        Some(self.call_id.and_then(|id| reader.id("call_id", &id)))
    }
}

#[derive(Serialize, ToSchema)]
struct DropList {
    voicemail_drops: Vec<DropRow>,
    total: u64,
}

#[derive(Serialize, ToSchema)]
struct DropAnswer {
    voicemail_drop: DropRow,
}

impl From<VoicemailDrop> for DropAnswer {
    fn from(drop: VoicemailDrop) -> Self {
        Self { voicemail_drop: drop.into() }
    }
}

#[derive(Serialize, ToSchema)]
struct DropRow {
    id: VoicemailDropId,
    user_id: UserId,
    name: String,
    audio_url: String,
    duration: u32,
    usage_count: u64,
    content_type: Option<AudioFormat>,
    file_size: Option<u64>,
    created_at: Stamp,
}

impl From<VoicemailDrop> for DropRow {
    fn from(drop: VoicemailDrop) -> Self {
        Self {
            id: drop.id,
            user_id: drop.user_id,
            name: drop.name,
            audio_url: drop.audio_url,
            duration: drop.duration,
            usage_count: drop.usage_count,
            content_type: drop.content_type,
            file_size: drop.file_size,
            created_at: drop.created_at.into(),
        }
    }
}
