//! The OpenAPI document. Each area of [`crate::routes`] describes its own operations; here they are put together, and
//! what holds for all of them is added by [`everywhere`].

mod everywhere;
mod problem;
pub(crate) mod words;

use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;

use crate::routes::{calls, campaigns, contacts, health, metrics, openapi};
use everywhere::Everywhere;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Dialer",
        description = "Places and logs calls, and runs outbound campaigns over contact lists.\n\n\
            Every list takes `limit` and `offset` and gives `total`. Stamps are RFC 3339 in UTC. A row of somebody \
            else is answered like one that does not exist. Fields and parameters that are not known are refused. \
            Failures are problem documents (RFC 9457) with a stable `code`; docs/problems.md lists them.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "The installation that serves this document")),
    tags(
        (name = "calls", description = "The log of calls, and calls that people place"),
        (name = "campaigns", description = "Outbound campaigns"),
        (name = "contacts", description = "Who a campaign calls"),
        (name = "operations", description = "For those who run the program"),
    ),
    components(schemas(problem::Problem)),
)]
struct Frame;

/// The document. An area is one line here.
pub(crate) fn document() -> Document {
    let mut document = Frame::openapi();
    document.merge(calls::Document::openapi());
    document.merge(campaigns::Document::openapi());
    document.merge(contacts::Document::openapi());
    document.merge(health::Document::openapi());
    document.merge(metrics::Document::openapi());
    document.merge(openapi::Document::openapi());
    utoipa::Modify::modify(&Everywhere, &mut document);
    document
}

/// The document as it is served, printed and committed.
///
/// # Errors
/// When it cannot be written as JSON, which would be a mistake in the program.
pub fn json() -> Result<String, serde_json::Error> {
    document().to_pretty_json().map(|text| text + "\n")
}

#[cfg(test)]
mod tests;
