//! API keys. A key cannot be used here: only a person makes and ends keys.

use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::{self, Json, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use dialer_app::ApiKeys;
use dialer_domain::api_keys::{ApiKey, KeyScope, NewApiKey};
use dialer_domain::identity::Role;
use dialer_domain::ids::{ApiKeyId, UserId};
use dialer_domain::store::PageRequest;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use validator::Validate;

use super::{at, read};
use crate::auth::Caller;
use crate::extract::{Answer, Id, Once, Params, Reader, RequestBody, RequestQuery, Valid, ValidQuery};
use crate::problem::ApiError;
use crate::stamp::Stamp;

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, create, get, revoke))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/api-keys", "GET, HEAD, POST").route(read(list)).route(web::post().to(create)))
        .service(at("/api-keys/{id}", "GET, HEAD, DELETE").route(read(get)).route(web::delete().to(revoke)));
}

/// Own keys, latest first, those that have ended included.
#[utoipa::path(get, path = "/api-keys", params(ValidQuery<PageQuery>), responses((status = 200, body = KeyList)))]
async fn list(
    Caller(who): Caller,
    ValidQuery(PageQuery(page)): ValidQuery<PageQuery>,
    keys: web::Data<ApiKeys>,
) -> Result<impl Responder, ApiError> {
    let page = keys.list(who, page).await?;
    Ok(Json(KeyList { api_keys: page.items.into_iter().map(KeyRow::from).collect(), total: page.total }))
}

/// Makes a key. It is shown in this answer and never again, not even to the same request sent again.
#[utoipa::path(post, path = "/api-keys", request_body = NewKeyBody, responses((status = 201, body = MadeAnswer)))]
async fn create(
    Caller(who): Caller,
    Valid(new): Valid<NewKeyBody>,
    keys: web::Data<ApiKeys>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    let work = async |stores| {
        let (api_key, secret) = keys.create_on(&stores, who, new).await?;
        let api_key = KeyRow::from(api_key);
        let answer = Answer::created(&MadeAnswer { api_key: &api_key, key: Some(secret.expose_secret()) })?;
        let answer = answer.kept_as(&MadeAnswer { api_key: &api_key, key: None })?;
        Ok(answer.with(CACHE_CONTROL, HeaderValue::from_static("no-store")))
    };
    once.run(who, work).await
}

/// A key, without its secret.
#[utoipa::path(get, path = "/api-keys/{id}", responses((status = 200, body = KeyAnswer)))]
async fn get(Caller(who): Caller, Id(id): Id<ApiKeyId>, keys: web::Data<ApiKeys>) -> Result<impl Responder, ApiError> {
    Ok(Json(KeyAnswer { api_key: keys.get(who, id).await?.into() }))
}

/// Ends a key. It stays in the list, so that what was done with it can be told.
#[utoipa::path(delete, path = "/api-keys/{id}", responses((status = 204)))]
async fn revoke(
    Caller(who): Caller,
    Id(id): Id<ApiKeyId>,
    keys: web::Data<ApiKeys>,
) -> Result<impl Responder, ApiError> {
    keys.revoke(who, id).await?;
    Ok(HttpResponse::NoContent())
}

struct PageQuery(PageRequest);

impl RequestQuery for PageQuery {
    fn read(params: &mut Params) -> Self {
        Self(params.page())
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewKeyBody {
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    name: Option<String>,
    #[schema(value_type = Option<Role>)]
    role: Option<String>,
    #[schema(value_type = Option<Vec<KeyScope>>, min_items = 1)]
    scopes: Option<Vec<String>>,
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

impl RequestBody for NewKeyBody {
    type Command = NewApiKey;

    fn read(self, reader: &mut Reader<'_>) -> Option<NewApiKey> {
        let name = reader.required("name", self.name);
        let role = self.role.and_then(|role| reader.text("role", "not_one_of", &role));
        let scopes = self.scopes.map(|scopes| {
            let read = |(index, scope): (usize, &String)| reader.text(&format!("scopes[{index}]"), "not_one_of", scope);
            scopes.iter().take(2 * KeyScope::all().count()).enumerate().filter_map(read).collect()
        });
        let expires_at = self.expires_at.and_then(|at| reader.instant("expires_at", &at));
        Some(NewApiKey { name: name?, role, scopes, expires_at })
    }
}

#[derive(Serialize, ToSchema)]
struct KeyList {
    api_keys: Vec<KeyRow>,
    total: u64,
}

#[derive(Serialize, ToSchema)]
struct KeyAnswer {
    api_key: KeyRow,
}

#[derive(Serialize, ToSchema)]
struct MadeAnswer<'a> {
    #[schema(value_type = KeyRow)]
    api_key: &'a KeyRow,
    #[schema(value_type = Option<String>)]
    key: Option<&'a str>,
}

/// A key as its owner sees it: neither the secret nor its hash.
#[derive(Serialize, ToSchema)]
struct KeyRow {
    id: ApiKeyId,
    user_id: UserId,
    name: String,
    prefix: String,
    role: Role,
    scopes: Vec<KeyScope>,
    expires_at: Option<Stamp>,
    last_used_at: Option<Stamp>,
    revoked_at: Option<Stamp>,
    created_at: Stamp,
}

impl From<ApiKey> for KeyRow {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            user_id: key.user_id,
            name: key.name,
            prefix: key.prefix,
            role: key.role,
            scopes: key.scopes,
            expires_at: key.expires_at.map(Stamp::from),
            last_used_at: key.last_used_at.map(Stamp::from),
            revoked_at: key.revoked_at.map(Stamp::from),
            created_at: key.created_at.into(),
        }
    }
}
