//! Extractors: a handler that names one of these cannot be reached without the right.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use dialer_domain::identity::{Principal, Role};

use super::admit::Refusal;
use crate::problem::ApiError;

/// Somebody with a valid token or key, of any role.
pub struct Caller(pub Principal);

/// Somebody who may change campaigns and contacts.
pub struct Supervisor(pub Principal);

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(admitted(request).map(Self))
    }
}

impl FromRequest for Supervisor {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(admitted(request).and_then(|who| at_least(who, Role::Supervisor)).map(Self))
    }
}

fn at_least(who: Principal, needs: Role) -> Result<Principal, ApiError> {
    if who.role >= needs { Ok(who) } else { Err(ApiError::RoleTooSmall { has: who.role, needs }) }
}

/// Who the gate let in.
fn admitted(request: &HttpRequest) -> Result<Principal, ApiError> {
    let mut extensions = request.extensions_mut();
    match extensions.get::<Principal>() {
        Some(who) => Ok(*who),
        None => Err(extensions.remove::<Refusal>().map_or(ApiError::NotWired("the gate"), |Refusal(error)| error)),
    }
}
