//! The ids in a path.

use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use dialer_domain::phone::PhoneNumber;
use dialer_domain::registries::Registry;

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

/// The `{registry}` of the route.
pub struct Register(pub Registry);

impl FromRequest for Register {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.match_info().query("registry").parse().map(Self).map_err(|_| ApiError::InvalidPath))
    }
}

/// The `{number}` of the route, in its international form. A plus that was escaped arrives escaped.
pub struct Number(pub PhoneNumber);

impl FromRequest for Number {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = request.match_info().query("number").replace("%2B", "+").replace("%2b", "+");
        ready(PhoneNumber::parse(&text, None).map(Self).map_err(|_| ApiError::InvalidPath))
    }
}
