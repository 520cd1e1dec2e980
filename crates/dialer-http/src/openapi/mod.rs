//! The OpenAPI document. Each area of the routes describes its own operations beside its handlers; here they are put
//! together, and what holds for all of them is added (`everywhere`).

mod answers;
mod everywhere;
mod problem;

use std::sync::LazyLock;

use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::tag::TagBuilder;

use crate::routes::{
    BASE, agents, analytics, api_keys, assignments, bans, calls, campaigns, consents, contacts, dispositions, explain,
    exports, follow_ups, forecast, health, imports, metrics, openapi, queue, receipts, recordings, registries, rules,
    stop_now, suppressions, voicemail_drops, webhooks,
};
use everywhere::operations;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Dialer",
        description = "Places and logs calls, and runs outbound campaigns over contact lists.\n\n\
            Every list takes `limit` and `offset` and gives `total`. Instants are RFC 3339 in UTC. A row of somebody \
            else is answered like one that does not exist. Fields and parameters that are not known are refused; a \
            parameter with an empty value counts as left out. \
            Failures are problem documents (RFC 9457) with a stable `code`; docs/problems.md lists them.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "The installation that serves this document")),
    components(schemas(problem::Problem, dialer_domain::campaigns::CampaignAction)),
)]
struct Frame;

/// An area of the API: where it is, what it is called, what it is for, and its operations.
type Area = (&'static str, &'static str, &'static str, Document);

/// The areas in the order of the document.
fn areas() -> Vec<Area> {
    vec![
        (BASE, "calls", "The log of calls, and calls that people place", calls::Document::openapi()),
        (BASE, "campaigns", "Outbound campaigns", campaigns::Document::openapi()),
        (BASE, "campaigns", "Outbound campaigns", stop_now::Document::openapi()),
        (BASE, "contacts", "Who a campaign calls", contacts::Document::openapi()),
        (BASE, "explain", "Why nothing dials, and what became of a call", explain::Document::openapi()),
        (BASE, "explain", "Why nothing dials, and what became of a call", receipts::Document::openapi()),
        (BASE, "forecast", "How a campaign will go", forecast::Document::openapi()),
        (BASE, "imports", "Contact lists from files", imports::Document::openapi()),
        (BASE, "queue", "Whom a campaign calls next", queue::Document::openapi()),
        (BASE, "agents", "Agents: profiles, and each agent's own desk", agents::profiles::Document::openapi()),
        (BASE, "agents", "Agents: profiles, and each agent's own desk", agents::desk::Document::openapi()),
        (BASE, "agents", "Agents: profiles, and each agent's own desk", assignments::Document::openapi()),
        (BASE, "dispositions", "What agents say a call came to", dispositions::Document::openapi()),
        (BASE, "follow-ups", "Callbacks that are due", follow_ups::Document::openapi()),
        (BASE, "suppressions", "Numbers that must not be called", suppressions::Document::openapi()),
        (BASE, "consents", "Who allowed being called, and who took it back", consents::Document::openapi()),
        (BASE, "rules", "What keeps people from being called", bans::Document::openapi()),
        (BASE, "rules", "What keeps people from being called", rules::Document::openapi()),
        (BASE, "registries", "National do-not-call lists", registries::Document::openapi()),
        (BASE, "recordings", "Recordings of calls", recordings::Document::openapi()),
        (BASE, "voicemail-drops", "Messages left on answering machines", voicemail_drops::Document::openapi()),
        (BASE, "analytics", "Figures about calls", analytics::Document::openapi()),
        (BASE, "exports", "Rows as files", exports::Document::openapi()),
        (BASE, "api-keys", "Keys for programs", api_keys::Document::openapi()),
        ("", "operations", "For those who run the program", health::Document::openapi()),
        ("", "operations", "For those who run the program", metrics::Document::openapi()),
        ("", "webhooks", "For the telephony provider", webhooks::Document::openapi()),
        ("", "document", "This document", openapi::Document::openapi()),
    ]
}

/// The document.
pub(crate) fn document() -> Document {
    let mut document = Frame::openapi();
    for (base, tag, about, mut area) in areas() {
        for item in area.paths.paths.values_mut() {
            for (_, operation) in operations(item) {
                operation.tags = Some(vec![tag.to_owned()]);
            }
        }
        let tags = document.tags.get_or_insert_default();
        if !tags.iter().any(|known| known.name == tag) {
            tags.push(TagBuilder::new().name(tag).description(Some(about)).build());
        }
        document = document.nest(base, area);
    }
    everywhere::add(&mut document);
    document
}

/// The document as it is served, printed and committed. Made once.
///
/// # Errors
/// When it cannot be written as JSON, which would be a mistake in the program.
pub fn json() -> Result<&'static str, &'static serde_json::Error> {
    static JSON: LazyLock<Result<String, serde_json::Error>> =
        LazyLock::new(|| document().to_pretty_json().map(|text| text + "\n"));
    JSON.as_deref()
}

#[cfg(test)]
mod tests;
