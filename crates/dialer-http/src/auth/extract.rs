//! Extractors: a handler that names one of these cannot be reached without the right.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use dialer_domain::identity::{Principal, Role};

use super::{AuthError, Authenticator};
use crate::problem::ApiError;

/// Somebody with a valid token, of any role.
pub struct Caller(pub Principal);

/// Somebody who may change campaigns and contacts.
pub struct Supervisor(pub Principal);

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(authenticate(request).map(Self))
    }
}

impl FromRequest for Supervisor {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(authenticate(request).and_then(|who| at_least(who, Role::Supervisor)).map(Self))
    }
}

fn at_least(who: Principal, needs: Role) -> Result<Principal, ApiError> {
    if who.role >= needs { Ok(who) } else { Err(ApiError::RoleTooSmall { has: who.role, needs }) }
}

fn authenticate(request: &HttpRequest) -> Result<Principal, ApiError> {
    let authenticator = request.app_data::<web::Data<Authenticator>>().ok_or(ApiError::NotWired("authenticator"))?;
    let token = bearer(request).ok_or(AuthError::Missing)?;
    let who = authenticator.principal(token)?;
    tracing::Span::current().record("user.id", tracing::field::display(who.user));
    Ok(who)
}

/// The token of `Authorization: Bearer TOKEN`; the scheme's case does not matter (RFC 9110, 11.1).
fn bearer(request: &HttpRequest) -> Option<&str> {
    let (scheme, token) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
