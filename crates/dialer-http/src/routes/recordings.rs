//! Recordings of calls.

use actix_web::http::StatusCode;
use actix_web::web::{self, Json, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Responder};
use dialer_app::{FieldError, Recordings};
use dialer_domain::audio::AudioFormat;
use dialer_domain::ids::{CallId, RecordingId};
use dialer_domain::recordings::{Recording, RecordingFilter, RecordingPatch, Sentiment};
use dialer_domain::store::PageRequest;
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
#[openapi(paths(list, add, get, hear, change, delete))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/recordings", "GET, HEAD, POST").route(read(list)).route(web::post().to(add)))
        .service(
            at("/recordings/{id}", "GET, HEAD, PATCH, DELETE")
                .route(read(get))
                .route(web::patch().to(change))
                .route(web::delete().to(delete)),
        )
        .service(at("/recordings/{id}/audio", "GET, HEAD").route(read(hear)));
}

/// Recordings of calls that the caller may see, latest first.
#[utoipa::path(
    get,
    path = "/recordings",
    params(ValidQuery<ListQuery>),
    responses((status = 200, body = RecordingList)),
)]
async fn list(
    Caller(who): Caller,
    ValidQuery(query): ValidQuery<ListQuery>,
    recordings: web::Data<Recordings>,
) -> Result<impl Responder, ApiError> {
    let page = recordings.list(who, query.filter, query.page).await?;
    let rows = page.items.into_iter().map(RecordingRow::from).collect();
    Ok(Json(RecordingList { recordings: rows, total: page.total }))
}

/// Send the recording of a call.
#[utoipa::path(
    post,
    path = "/recordings",
    params(ValidQuery<AddQuery>),
    request_body(content((inline(Binary) = "audio/mpeg"), (inline(Binary) = "audio/wav"), (inline(Binary) = "audio/ogg"),
        (AudioForm = "multipart/form-data", encoding(("file" = (content_type = "audio/wav, audio/mpeg, audio/ogg")))))),
    responses((status = 201, body = RecordingAnswer)),
)]
async fn add(
    Caller(who): Caller,
    ValidQuery(query): ValidQuery<AddQuery>,
    request: HttpRequest,
    body: Payload,
    recordings: web::Data<Recordings>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    let call = query.call.ok_or_else(AddQuery::missing)?;
    let sent = Sent::announced(&request, body, recordings.audio().limit()).await?;
    let upload = recordings.begin(who, call, sent.playing(query.duration)).await?;
    let upload = sent.take(upload).await?;
    let mut finished = None;
    let added = once
        .run(who, async |stores| {
            let recording = recordings.on(stores).finish(who, call, upload).await?;
            answer(StatusCode::CREATED, finished.insert(recording).clone())
        })
        .await;
    if let (Err(_), Some(recording)) = (&added, finished) {
        recordings.forget_unless_stored(who, &recording).await;
    }
    added
}

/// A recording, without its audio.
#[utoipa::path(get, path = "/recordings/{id}", responses((status = 200, body = RecordingAnswer)))]
async fn get(
    Caller(who): Caller,
    Id(id): Id<RecordingId>,
    recordings: web::Data<Recordings>,
) -> Result<impl Responder, ApiError> {
    answer(StatusCode::OK, recordings.get(who, id).await?)
}

/// The audio of a recording.
#[utoipa::path(
    get,
    path = "/recordings/{id}/audio",
    params(("Range" = Option<String>, Header, description = "The part to send")),
    responses(
        (status = 200, description = "The audio", content_type = "audio/*", body = inline(Binary)),
        (status = 206, description = "The part that was asked for", content_type = "audio/*", body = inline(Binary)),
        (status = 304, description = "It has not changed"),
    ),
)]
async fn hear(
    Caller(who): Caller,
    Id(id): Id<RecordingId>,
    request: HttpRequest,
    recordings: web::Data<Recordings>,
) -> Result<impl Responder, ApiError> {
    let stored = recordings.heard(who, id).await?.ok_or(ApiError::AudioNotStored)?;
    play(&request, recordings.audio(), stored).await
}

/// Note what was said.
#[utoipa::path(
    patch,
    path = "/recordings/{id}",
    request_body = RecordingPatchBody,
    responses((status = 200, body = RecordingAnswer)),
)]
async fn change(
    Caller(who): Caller,
    Id(id): Id<RecordingId>,
    IfMatch(condition): IfMatch,
    Valid(patch): Valid<RecordingPatchBody>,
    recordings: web::Data<Recordings>,
) -> Result<impl Responder, ApiError> {
    answer(StatusCode::OK, recordings.change(who, id, RecordingPatch { condition, ..patch }).await?)
}

fn answer(status: StatusCode, recording: Recording) -> Result<Answer, ApiError> {
    let tag = recording.tag();
    Ok(Answer::json(status, &RecordingAnswer { recording: recording.into() })?.tagged(&tag))
}

/// Delete a recording with its audio.
#[utoipa::path(delete, path = "/recordings/{id}", responses((status = 204)))]
async fn delete(
    Caller(who): Caller,
    Id(id): Id<RecordingId>,
    recordings: web::Data<Recordings>,
) -> Result<impl Responder, ApiError> {
    recordings.remove(who, id).await?;
    Ok(HttpResponse::NoContent())
}

struct ListQuery {
    filter: RecordingFilter,
    page: PageRequest,
}

impl RequestQuery for ListQuery {
    fn read(params: &mut Params) -> Self {
        let filter = RecordingFilter {
            call: params.one("call_id", "Only recordings of this call"),
            sentiment: params.one("sentiment", "Only recordings of this sentiment"),
            transcribed: params.flag("transcribed", "Only recordings with a transcription, or only those without"),
        };
        Self { filter, page: params.page() }
    }
}

struct AddQuery {
    call: Option<CallId>,
    duration: Option<u32>,
}

impl RequestQuery for AddQuery {
    fn read(params: &mut Params) -> Self {
        let call = params.one("call_id", "The call that was recorded");
        params.must_be_given();
        Self {
            call,
            duration: params
                .parsed("duration", "out_of_range", "The length in seconds; of a WAV file it is found out")
                .map(|Seconds(seconds)| seconds),
        }
    }
}

impl AddQuery {
    fn missing() -> ApiError {
        ApiError::Invalid(vec![FieldError::new("call_id", "required", "say which call this is a recording of")])
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct RecordingPatchBody {
    #[schema(value_type = Option<String>, max_length = 1_000_000)]
    #[serde(default)]
    transcription: Change<String>,
    #[schema(value_type = Option<Sentiment>)]
    #[serde(default)]
    sentiment: Change<String>,
}

impl RequestBody for RecordingPatchBody {
    type Command = RecordingPatch;

    /// Four bytes for each character of the longest transcription, and a little.
    const LIMIT: usize = 4 * Recording::MAX_TRANSCRIPTION + 1024;

    fn read(self, reader: &mut Reader<'_>) -> Option<RecordingPatch> {
        if let Change::Set(words) = &self.transcription
            && words.chars().count() > Recording::MAX_TRANSCRIPTION
        {
            let most = format!("use at most {} characters", Recording::MAX_TRANSCRIPTION);
            reader.wrong("transcription", "too_long", most);
        }
        let sentiment = self.sentiment.and_then(|word| reader.text::<Sentiment>("sentiment", "not_one_of", &word));
        Some(RecordingPatch {
            transcription: self.transcription.into_patch(),
            sentiment: sentiment.into_patch(),
            ..RecordingPatch::default()
        })
    }
}

#[derive(Serialize, ToSchema)]
struct RecordingList {
    recordings: Vec<RecordingRow>,
    total: u64,
}

#[derive(Serialize, ToSchema)]
struct RecordingAnswer {
    recording: RecordingRow,
}

#[derive(Serialize, ToSchema)]
struct RecordingRow {
    id: RecordingId,
    call_id: CallId,
    recording_url: String,
    duration: u32,
    file_size: Option<u64>,
    transcription: Option<String>,
    sentiment: Option<Sentiment>,
    content_type: Option<AudioFormat>,
    created_at: Stamp,
}

impl From<Recording> for RecordingRow {
    fn from(recording: Recording) -> Self {
        Self {
            id: recording.id,
            call_id: recording.call_id,
            recording_url: recording.recording_url,
            duration: recording.duration,
            file_size: recording.file_size,
            transcription: recording.transcription,
            sentiment: recording.sentiment,
            content_type: recording.content_type,
            created_at: recording.created_at.into(),
        }
    }
}
