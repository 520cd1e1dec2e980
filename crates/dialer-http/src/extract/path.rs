//! The ids in a path.

use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::problem::ApiError;

/// The `{id}` of the route.
pub struct Id<T>(pub T);

impl<T: FromStr> FromRequest for Id<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.match_info().query("id").parse().map(Self).map_err(|_| ApiError::InvalidPath))
    }
}

/// The `{part}` of the route: the id of something inside of `{id}`.
pub struct Part<T>(pub T);

impl<T: FromStr> FromRequest for Part<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.match_info().query("part").parse().map(Self).map_err(|_| ApiError::InvalidPath))
    }
}
