//! What holds for all operations: who may ask, which failures there are, which headers come and go.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{Components, ComponentsBuilder, KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Required, Response};

use dialer_domain::idempotency::IdempotencyKey;

use super::answers;
use crate::problem::MEDIA_TYPE;
use crate::routes::BASE;

const BEARER: &str = "bearer";
const KEY: &str = "key";

/// Adds it. What an operation says itself stays.
pub(super) fn add(document: &mut OpenApi) {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("A token of `dialer token` or of the Supabase project, or an API key"))
        .build();
    let key = ApiKeyValue::with_description("X-API-Key", "An API key, where `Authorization` is not free");
    let components = document.components.get_or_insert_with(|| ComponentsBuilder::new().build());
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer));
    components.add_security_scheme(KEY, SecurityScheme::ApiKey(ApiKey::Header(key)));
    shared(components);
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            // An id may be used once in a document; names of handlers repeat.
            operation.operation_id = Some(operation_id(method, path));
            let guarded = path.starts_with(BASE);
            if guarded {
                name_ids(path, operation);
                guard(method, path, operation);
            }
            describe(guarded, operation);
        }
    }
    answers::are_complete(document);
}

/// The operations of an address, by method.
pub(super) fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, patch, delete, .. } = item;
    [("GET", get), ("PUT", put), ("POST", post), ("PATCH", patch), ("DELETE", delete)]
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn operation_id(method: &str, path: &str) -> String {
    let path = path.strip_prefix(BASE).unwrap_or(path);
    let words = path.split(['/', '.', '-']).filter(|word| !word.is_empty());
    let words = words.map(|word| word.trim_matches(['{', '}']));
    std::iter::once(method.to_lowercase().as_str()).chain(words).collect::<Vec<_>>().join("_")
}

/// Every id in a path is a UUID.
fn name_ids(path: &str, operation: &mut Operation) {
    let words = path.split('/').filter_map(|word| word.strip_prefix('{')?.strip_suffix('}'));
    for name in words {
        let known = operation.parameters.iter().flatten().any(|parameter| match parameter {
            RefOr::T(parameter) => parameter.name == name,
            RefOr::Ref(_) => false,
        });
        if !known {
            let uuid = SchemaFormat::KnownFormat(KnownFormat::Uuid);
            let parameter = ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .schema(Some(ObjectBuilder::new().schema_type(Type::String).format(Some(uuid))))
                .build();
            operation.parameters.get_or_insert_default().insert(0, parameter.into());
        }
    }
}

/// A failure that many operations share: its status, its name in the document, and what it means.
type Failure = (u16, &'static str, &'static str);

const FAILURES: [Failure; 16] = [
    (400, "BadRequest", "The request cannot be read"),
    (401, "Unauthorized", "The token is missing, over, or not accepted"),
    (403, "Forbidden", "The role, or the scope of the API key, is too small"),
    (404, "NotFound", "There is no such row, or it is somebody else's"),
    (409, "Conflict", "Not possible in the present state"),
    (412, "PreconditionFailed", "The row has changed since it was read"),
    (413, "TooLarge", "The body is too large"),
    (415, "UnsupportedMediaType", "The body is not of a type that is understood here"),
    (416, "RangeNotSatisfiable", "`Range` lies outside of what there is"),
    (422, "Invalid", "Fields of the body or parameters of the query are not valid"),
    (429, "TooManyRequests", "Too many requests; `Retry-After` says when to go on"),
    (500, "Internal", "A mistake in the program; the log tells more under the request's id"),
    (502, "ProviderAccount", "The provider's account needs attention"),
    (503, "Unavailable", "The database or the provider is not available; `Retry-After` says when to ask again"),
    (504, "OutcomeUnknown", "The provider's answer was lost"),
    (507, "StorageFull", "The disk is full"),
];

const REQUEST_ID: &str = "X-Request-Id";
const TELEPHONY: &str = "Dialer-Telephony";
const CHALLENGE: &str = "WWW-Authenticate";
const RETRY_AFTER: &str = "Retry-After";
const LIMIT: &str = "RateLimit";
const LIMIT_POLICY: &str = "RateLimit-Policy";
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
const IF_MATCH: &str = "If-Match";

/// What operations refer to by name.
fn shared(components: &mut Components) {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    for (name, about) in [
        (REQUEST_ID, "The request's id: the caller's own, or a fresh one"),
        (TELEPHONY, "Who places the calls: the provider or a simulator"),
        (CHALLENGE, "What is wrong with the token (RFC 6750)"),
        (RETRY_AFTER, "Seconds to wait"),
        (LIMIT, "What is left of the caller's requests"),
        (LIMIT_POLICY, "How many requests the caller has"),
    ] {
        let header = HeaderBuilder::new().schema(Some(text())).description(Some(about)).build();
        components.headers.insert(name.to_owned(), header.into());
    }
    let key = text().min_length(Some(1)).max_length(Some(IdempotencyKey::MAX_LENGTH)).pattern(Some(r"^[!-~]+$"));
    let tags = text().format(Some(SchemaFormat::Custom("entity-tags".to_owned()))).examples(["*"]);
    for (name, about, schema) in [
        (
            IDEMPOTENCY_KEY,
            "Sending the same request again under the same key answers what was answered the first time, for a day",
            key,
        ),
        (
            IF_MATCH,
            "The `ETag` of the row as it was read, or `*`; a row that has changed since is left alone (412)",
            tags,
        ),
    ] {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(about))
            .schema(Some(schema))
            .build();
        components.parameters.insert(name.to_owned(), parameter.into());
    }
    for (status, name, about) in FAILURES {
        let content = Content::new(Some(RefOr::Ref(Ref::from_schema_name("Problem"))));
        let mut response = Response::builder().description(about).content(MEDIA_TYPE, content).build();
        carry(status, true, &mut response);
        components.responses.insert(name.to_owned(), response.into());
    }
}

fn guard(method: &str, path: &str, operation: &mut Operation) {
    let none = Vec::<String>::new;
    operation.security = Some(vec![SecurityRequirement::new(BEARER, none()), SecurityRequirement::new(KEY, none())]);
    let has = |matches: fn(&Parameter) -> bool| {
        let mut all = operation.parameters.iter().flatten();
        all.any(|parameter| matches!(parameter, RefOr::T(parameter) if matches(parameter)))
    };
    let takes_body = operation.request_body.is_some();
    let takes_query = has(|parameter| parameter.parameter_in == ParameterIn::Query);
    let takes_range = has(|parameter| parameter.name == "Range");
    let writes = method != "GET";
    for (status, name, _) in FAILURES {
        let applies = match status {
            // Whoever asks at their own desk may have none.
            404 => takes_body || takes_query || path.contains('{') || path.contains("/me"),
            409 | 502 | 504 => writes,
            412 => method == "PATCH",
            413 | 415 => takes_body,
            416 => takes_range,
            422 => takes_body || takes_query || method == "POST",
            507 => takes_body && matches!(method, "POST" | "PUT"),
            _ => true,
        };
        if applies {
            let entry = operation.responses.responses.entry(status.to_string());
            entry.or_insert_with(|| RefOr::Ref(Ref::new(format!("#/components/responses/{name}"))));
        }
    }
    let parameter = match method {
        "POST" => IDEMPOTENCY_KEY,
        "PATCH" => IF_MATCH,
        _ => return,
    };
    let parameter = RefOr::Ref(Ref::new(format!("#/components/parameters/{parameter}")));
    operation.parameters.get_or_insert_default().push(parameter);
}

/// Says what every answer of an operation carries.
fn describe(guarded: bool, operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if response.description.is_empty() {
            let done = match status.as_str() {
                "201" => "It is made",
                "202" => "It is begun",
                "204" => "It is done",
                _ => "As asked",
            };
            done.clone_into(&mut response.description);
        }
        carry(status.parse().unwrap_or_default(), guarded, response);
    }
}

/// The headers of an answer.
fn carry(status: u16, guarded: bool, response: &mut Response) {
    let limits: &[&str] = if guarded { &[LIMIT, LIMIT_POLICY] } else { &[] };
    let more: &[&str] = match status {
        401 => &[CHALLENGE],
        429 | 503 if guarded => &[RETRY_AFTER],
        _ => &[],
    };
    for name in [REQUEST_ID, TELEPHONY].iter().chain(limits).chain(more) {
        let header = RefOr::Ref(Ref::new(format!("#/components/headers/{name}")));
        response.headers.entry((*name).to_owned()).or_insert(header);
    }
}
