//! What holds for all operations: who may ask, which failures there are, which headers come and go.

use utoipa::Modify;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ComponentsBuilder, ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, Header, OpenApi, Ref, RefOr, Required, Response};

use crate::problem::MEDIA_TYPE;

const BEARER: &str = "bearer";
const API: &str = "/api/dialer";

/// Adds it. What an operation says itself stays.
pub(super) struct Everywhere;

impl Modify for Everywhere {
    fn modify(&self, document: &mut OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("A token of `dialer token`, or of the Supabase project"))
            .build();
        document
            .components
            .get_or_insert_with(|| ComponentsBuilder::new().build())
            .add_security_scheme(BEARER, SecurityScheme::Http(scheme));
        for (path, item) in &mut document.paths.paths {
            for (method, operation) in operations(item) {
                // An id may be used once in a document; names of handlers repeat.
                operation.operation_id = Some(operation_id(method, path));
                if path.starts_with(API) {
                    guarded(method, path, operation);
                }
                headers(path.starts_with(API), operation);
            }
        }
    }
}

/// The operations of an address, by method.
pub(super) fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, patch, delete, .. } = item;
    [("GET", get), ("PUT", put), ("POST", post), ("PATCH", patch), ("DELETE", delete)]
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn operation_id(method: &str, path: &str) -> String {
    let path = path.strip_prefix(API).unwrap_or(path);
    let words = path.split(['/', '.', '-']).filter(|word| !word.is_empty());
    let words = words.map(|word| word.trim_matches(['{', '}']));
    std::iter::once(method.to_lowercase().as_str()).chain(words).collect::<Vec<_>>().join("_")
}

fn guarded(method: &str, path: &str, operation: &mut Operation) {
    operation.security = Some(vec![SecurityRequirement::new(BEARER, Vec::<String>::new())]);
    let takes_body = operation.request_body.is_some();
    let has_query = operation
        .parameters
        .iter()
        .flatten()
        .any(|parameter| matches!(parameter, RefOr::T(Parameter { parameter_in: ParameterIn::Query, .. })));
    let failures = [
        (400, "The request cannot be read", takes_body || has_query || path.contains('{')),
        (401, "The token is missing, over, or not accepted", true),
        (403, "The role is too small", true),
        (404, "There is no such row, or it is somebody else's", path.contains('{')),
        (409, "Not possible in the present state", method != "GET"),
        (412, "The row has changed since it was read", method == "PATCH"),
        (413, "The body is too large", takes_body),
        (415, "The body is not of a type that is understood here", takes_body),
        (422, "Fields of the body or parameters of the query are not valid", takes_body || has_query),
        (429, "Too many requests; `Retry-After` says when to go on", true),
        (500, "A mistake in the program; the log tells more under the request's id", true),
        (502, "The provider's account needs attention", method == "POST"),
        (503, "The database or the provider is not available; `Retry-After` says when to ask again", true),
        (504, "The provider's answer was lost", method == "POST"),
    ];
    for (status, description, applies) in failures {
        if applies {
            let entry = operation.responses.responses.entry(status.to_string());
            entry.or_insert_with(|| problem(description).into());
        }
    }
    if method == "POST" {
        let text = "Sending the same request again under the same key answers what was answered the first time";
        operation.parameters.get_or_insert_default().push(header_parameter("Idempotency-Key", text).into());
    }
    if method == "PATCH" {
        let text = "The `ETag` of the row as it was read; one that has changed since is left alone (412)";
        operation.parameters.get_or_insert_default().push(header_parameter("If-Match", text).into());
    }
}

fn problem(description: &str) -> Response {
    let content = Content::new(Some(RefOr::Ref(Ref::from_schema_name("Problem"))));
    Response::builder().description(description).content(MEDIA_TYPE, content).build()
}

fn header_parameter(name: &str, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255))))
        .build()
}

fn headers(guarded: bool, operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        let mut add = |name: &str, description: &str| {
            response.headers.entry(name.to_owned()).or_insert_with(|| header(description).into());
        };
        add("X-Request-Id", "The request's id: the caller's own, or a fresh one");
        add("Dialer-Telephony", "Who places the calls: the provider or a simulator");
        match status.as_str() {
            "401" => add("WWW-Authenticate", "What is wrong with the token (RFC 6750)"),
            "429" | "503" if guarded => add("Retry-After", "Seconds to wait"),
            _ => {}
        }
    }
}

fn header(description: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some(description))
        .build()
}
