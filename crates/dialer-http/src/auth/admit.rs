//! The gate of the API: who asks, how often, and what their key opens, found out once for each request and before any
//! handler. Handlers take the result with the extractors [`Caller`](super::Caller) and [`Supervisor`](super::Supervisor).

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, HeaderName};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, ResponseError, web};
use dialer_app::{ApiKeys, KEY_MARK, KeyRefused};
use dialer_domain::api_keys::{Access, ApiKey, Area, allows};
use dialer_domain::identity::Principal;

use super::{AuthError, Authenticator};
use crate::limits::{Asks, Limits};
use crate::problem::ApiError;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Why the extractors have nobody to give.
pub(super) struct Refusal(pub(super) ApiError);

/// Addresses and wrong methods answer as such to everybody, so a request that is refused goes on to its handler, whose
/// extractor then answers for it.
pub(crate) async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let found = identify(request.request()).await;
    let standing = match (request.app_data::<web::Data<Limits>>(), &found) {
        (Some(limits), Ok((who, _))) => limits.count(Asks::User(who.user)),
        (Some(limits), Err(ApiError::Unauthenticated(_))) => {
            request.peer_addr().map_or(Ok(None), |peer| limits.count(Asks::Address(peer.ip())))
        }
        _ => Ok(None),
    };
    let standing = match standing {
        Ok(standing) => standing,
        Err(over) => {
            let mut response = ApiError::RateLimited { seconds: over.seconds }.error_response();
            over.standing.write(response.headers_mut());
            return Ok(request.into_response(response));
        }
    };
    let admitted = found.and_then(|(who, key)| match key {
        Some(key) => opens(&key, &request).map(|()| who),
        None => Ok(who),
    });
    match admitted {
        Ok(who) => {
            tracing::Span::current().record("user.id", tracing::field::display(who.user));
            request.extensions_mut().insert(who).map(drop)
        }
        Err(error) => request.extensions_mut().insert(Refusal(error)).map(drop),
    };
    let mut response = next.call(request).await?.map_into_boxed_body();
    if let Some(standing) = standing {
        standing.write(response.headers_mut());
    }
    Ok(response)
}

async fn identify(request: &HttpRequest) -> Result<(Principal, Option<ApiKey>), ApiError> {
    let presented = bearer(request).or_else(|| own_header(request)).ok_or(AuthError::Missing)?;
    if !presented.starts_with(KEY_MARK) {
        let authenticator =
            request.app_data::<web::Data<Authenticator>>().ok_or(ApiError::NotWired("authenticator"))?;
        return Ok((authenticator.principal(presented).await?, None));
    }
    let keys = request.app_data::<web::Data<ApiKeys>>().ok_or(ApiError::NotWired("API keys"))?;
    let key = keys.presented(presented).await.map_err(|refused| match refused {
        KeyRefused::Unknown => AuthError::UnknownKey.into(),
        KeyRefused::Expired => AuthError::ExpiredKey.into(),
        KeyRefused::Revoked => AuthError::RevokedKey.into(),
        KeyRefused::Store(error) => ApiError::UseCase(error.into()),
    })?;
    Ok((key.principal(), Some(key)))
}

/// The token of `Authorization: Bearer TOKEN`; the scheme's case does not matter (RFC 9110, 11.1).
fn bearer(request: &HttpRequest) -> Option<&str> {
    let (scheme, token) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The key of `X-API-Key: KEY`, where there is no other; tokens are not taken from there.
fn own_header(request: &HttpRequest) -> Option<&str> {
    if request.headers().contains_key(AUTHORIZATION) {
        return None;
    }
    let key = request.headers().get(API_KEY)?.to_str().ok()?.trim();
    key.starts_with(KEY_MARK).then_some(key)
}

/// Whether a key reaches where it is going: the one place where scopes are held against addresses.
fn opens(key: &ApiKey, request: &ServiceRequest) -> Result<(), ApiError> {
    // An address that does not exist is answered as such.
    let Some(pattern) = request.match_pattern() else { return Ok(()) };
    let word = pattern.strip_prefix(crate::routes::BASE).unwrap_or(&pattern);
    let word = word.trim_start_matches('/').split('/').next().unwrap_or_default();
    if word == crate::routes::API_KEYS {
        return Err(ApiError::NotWithAKey);
    }
    let area = word.parse::<Area>().ok();
    let access = if matches!(*request.method(), Method::GET | Method::HEAD) { Access::Read } else { Access::Write };
    if allows(&key.scopes, area, access) {
        return Ok(());
    }
    Err(ApiError::ScopeMissing { needs: area.map_or_else(|| "*".to_owned(), |area| format!("{area}:{access}")) })
}
