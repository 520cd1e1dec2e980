//! `Idempotency-Key`: a POST that is sent again is carried out once and answered the same each time.
//!
//! A handler does its work through [`Once::run`], on the stores that it is handed. What it writes and its answer are stored in
//! one transaction; a handler that fails has written nothing, and its failure is not remembered.

use std::collections::BTreeMap;
use std::future::{Future, Ready, ready};

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, Responder, web};
use dialer_app::{EngineHandle, Ports, UseCaseError};
use dialer_domain::idempotency::{Begun, IdempotencyKey, KeyedRequest, StoredAnswer};
use dialer_domain::identity::Principal;
use dialer_domain::stores::Stores;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::task::JoinHandle;

use crate::answer::RequestId;
use crate::logs::cause;
use crate::problem::ApiError;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Bytes of an answer that are kept. The longest answers, to ten thousand contacts with long texts, are shorter. Of a longer
/// one only that it was given is kept, and whoever asks again is told so.
const MAX_KEPT: usize = 16 * 1024 * 1024;

/// What requests with a key are remembered with.
pub(crate) struct Memory {
    pub(crate) ports: Ports,
    /// Woken after a unit of work is stored: what woke it before did not see any of it yet.
    pub(crate) engine: EngineHandle,
}

/// A SHA-256 of the body that was read, left in the request's extensions by whoever reads it, before [`Once::run`].
pub(crate) struct BodyDigest(pub(crate) [u8; 32]);

impl BodyDigest {
    /// The digest of a body in memory.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    pub(crate) fn leave_in(self, request: &HttpRequest) {
        request.extensions_mut().insert(self);
    }
}

/// An answer that can be given again.
#[derive(Debug, Clone)]
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
    /// What is kept in the body's place, where that must not be kept.
    kept: Option<String>,
}

impl Answer {
    /// An answer with a JSON body.
    ///
    /// # Errors
    /// [`ApiError::NotWired`] when the body cannot be written as JSON.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Result<Self, ApiError> {
        let body = serde_json::to_string(body).map_err(|_| ApiError::NotWired("JSON"))?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Self { status, headers, body, kept: None })
    }

    /// The same answer, of which this body is kept for whoever sends the request again: its own holds a secret.
    ///
    /// # Errors
    /// As of [`Self::json`].
    pub fn kept_as(mut self, body: &impl Serialize) -> Result<Self, ApiError> {
        self.kept = Some(serde_json::to_string(body).map_err(|_| ApiError::NotWired("JSON"))?);
        Ok(self)
    }

    /// 201 with a JSON body.
    ///
    /// # Errors
    /// As of [`Self::json`].
    pub fn created(body: &impl Serialize) -> Result<Self, ApiError> {
        Self::json(StatusCode::CREATED, body)
    }

    /// 204.
    #[must_use]
    pub fn empty() -> Self {
        Self { status: StatusCode::NO_CONTENT, headers: HeaderMap::new(), body: String::new(), kept: None }
    }

    /// 200 with a JSON body.
    ///
    /// # Errors
    /// As of [`Self::json`].
    pub fn ok(body: &impl Serialize) -> Result<Self, ApiError> {
        Self::json(StatusCode::OK, body)
    }

    /// The same with the `ETag` of the row that it shows.
    #[must_use]
    pub fn tagged(self, tag: &str) -> Self {
        match HeaderValue::from_str(&format!("\"{tag}\"")) {
            Ok(tag) => self.with(ETAG, tag),
            Err(_) => self,
        }
    }

    /// The same with another header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    fn stored(&self) -> StoredAnswer {
        if self.body.len() > MAX_KEPT {
            return StoredAnswer::default();
        }
        stored(self.status, &self.headers, self.kept.as_ref().unwrap_or(&self.body).clone())
    }

    /// An answer as it was stored.
    fn again(stored: StoredAnswer) -> Result<Self, ApiError> {
        let status = StatusCode::from_u16(stored.status).map_err(|_| ApiError::AnswerNotKept)?;
        let mut headers = HeaderMap::new();
        for (name, value) in stored.headers {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse()) {
                headers.insert(name, value);
            }
        }
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
        Ok(Self { status, headers, body: stored.body, kept: None })
    }
}

impl Responder for Answer {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::with_body(self.status, BoxBody::new(self.body));
        for (name, value) in self.headers {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

fn stored(status: StatusCode, headers: &HeaderMap, body: String) -> StoredAnswer {
    let text = |(name, value): (&HeaderName, &HeaderValue)| Some((name.to_string(), value.to_str().ok()?.to_owned()));
    let headers: BTreeMap<String, String> = headers.iter().filter_map(text).collect();
    StoredAnswer { status: status.as_u16(), headers, body }
}

/// A failure as it is stored, with its document.
fn stored_failure(failure: &ApiError, request_id: &str) -> StoredAnswer {
    let (status, headers, document) = failure.document(request_id);
    stored(status, &headers, document)
}

/// Carries a request out once.
pub struct Once {
    request: HttpRequest,
    key: Option<IdempotencyKey>,
}

impl FromRequest for Once {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(key_of(request.headers()).map(|key| Self { request: request.clone(), key }))
    }
}

fn key_of(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, ApiError> {
    let mut given = headers.get_all(KEY);
    match (given.next(), given.next()) {
        (None, _) => Ok(None),
        (Some(key), None) => {
            let key = key.to_str().ok().and_then(IdempotencyKey::parse);
            key.map(Some).ok_or(ApiError::InvalidIdempotencyKey)
        }
        (Some(_), Some(_)) => Err(ApiError::InvalidIdempotencyKey),
    }
}

impl Once {
    /// Does the work of a request, unless a request with the same key has been answered: then that answer is given again.
    /// The work must write through the stores that it is handed, and ask nobody outside.
    ///
    /// # Errors
    /// What the work fails with, and [`ApiError::IdempotencyKeyReused`].
    pub async fn run(
        &self,
        who: Principal,
        work: impl AsyncFnOnce(Stores) -> Result<Answer, ApiError>,
    ) -> Result<Answer, ApiError> {
        let memory = self.memory()?;
        let stores = &memory.ports.stores;
        let Some(key) = self.key.clone() else { return work(stores.clone()).await };
        let request = KeyedRequest {
            id: memory.ports.ids.next_uuid(),
            user: who.user,
            key,
            fingerprint: self.fingerprint(),
            now: memory.ports.clock.now(),
        };
        match stores.idempotency.begin(request).await.map_err(UseCaseError::Store)? {
            Begun::Replay(answer) => Answer::again(answer),
            Begun::Mismatch => Err(ApiError::IdempotencyKeyReused),
            Begun::Fresh(unit) => {
                let answer = work(unit.stores()).await?;
                unit.commit(answer.stored()).await.map_err(UseCaseError::Store)?;
                memory.engine.wake();
                Ok(answer)
            }
        }
    }

    /// Goes on after [`Self::run`] with what asks somebody outside, and puts what comes of it, good or bad, in the place of
    /// the answer that was stored. Goes on when the returned handle is dropped.
    ///
    /// # Errors
    /// [`ApiError::NotWired`], a mistake in the program.
    pub fn settle(
        &self,
        who: Principal,
        outcome: impl Future<Output = Result<Answer, ApiError>> + Send + 'static,
    ) -> Result<JoinHandle<Result<Answer, ApiError>>, ApiError> {
        let idempotency = self.memory()?.ports.stores.idempotency.clone();
        let request_id = self.request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
        let key = self.key.clone();
        Ok(tokio::spawn(async move {
            let answer = outcome.await;
            if let Some(key) = key {
                let stored = match &answer {
                    Ok(answer) => answer.stored(),
                    Err(failure) => stored_failure(failure, &request_id),
                };
                if let Err(error) = idempotency.amend(who.user, &key, stored).await {
                    tracing::warn!(error = cause(&error), "the final answer to a request could not be stored");
                }
            }
            answer
        }))
    }

    fn memory(&self) -> Result<&web::Data<Memory>, ApiError> {
        self.request.app_data::<web::Data<Memory>>().ok_or(ApiError::NotWired("memory"))
    }

    /// A digest of all that was asked.
    fn fingerprint(&self) -> String {
        let mut digest = Sha256::new();
        for part in [self.request.method().as_str(), self.request.path(), self.request.query_string()] {
            digest.update(part);
            digest.update([0]);
        }
        if let Some(body) = self.request.extensions().get::<BodyDigest>() {
            digest.update(body.0);
        }
        hex::encode(digest.finalize())
    }
}
