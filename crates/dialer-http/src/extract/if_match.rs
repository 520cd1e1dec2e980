//! `If-Match`: a change to what the caller has read, and not to what it has become since.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{Header, IF_MATCH, IfMatch as Tags};
use actix_web::{FromRequest, HttpRequest};
use dialer_domain::store::Precondition;

use crate::problem::ApiError;

/// What the row to be changed has to be.
pub struct IfMatch(pub Precondition);

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(condition(request).map(Self))
    }
}

fn condition(request: &HttpRequest) -> Result<Precondition, ApiError> {
    if !request.headers().contains_key(IF_MATCH) {
        return Ok(Precondition::Any);
    }
    match Tags::parse(request).map_err(|_| ApiError::InvalidIfMatch)? {
        // That there is something at all is seen when it is changed.
        Tags::Any => Ok(Precondition::Any),
        // What is no tag is passed over by the parser.
        Tags::Items(tags) if tags.is_empty() => Err(ApiError::InvalidIfMatch),
        // A weak tag does not say that nothing has changed (RFC 9110, 13.1.1).
        Tags::Items(tags) => {
            let strong = tags.into_iter().filter(|tag| !tag.weak).map(|tag| tag.tag().to_owned());
            Ok(Precondition::Tagged(strong.collect()))
        }
    }
}
