//! Messages that came in: one that says stop ends all calls to its number.

use actix_web::Responder;
use actix_web::web;
use dialer_app::{MessageIn, Suppressions};
use dialer_domain::consents::ConsentEvent;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::wire::SuppressionRow;
use crate::auth::Caller;
use crate::extract::{Answer, Once, Reader, RequestBody, Valid};
use crate::problem::ApiError;
use crate::routes::consents::ConsentRow;

/// Longest message, in characters. Texts are shorter.
const TEXT_MAX: usize = 10_000;

/// Hand a message on that somebody sent you. When it says nothing but STOP, QUIT, END, REVOKE, OPT OUT, CANCEL or
/// UNSUBSCRIBE, its number is put on the do-not-call list and its consents are taken back.
#[utoipa::path(
    post,
    path = "/suppressions/opt-outs",
    request_body = MessageBody,
    responses((status = 200, body = OptOutAnswer)),
)]
pub(super) async fn hear(
    Caller(who): Caller,
    Valid(message): Valid<MessageBody>,
    suppressions: web::Data<Suppressions>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    once.run(who, async |stores| {
        let heard = suppressions.on(stores).hear(who, message).await?;
        let opted_out = heard.is_some();
        let (suppression, consent) = heard.map_or((None, None), |done| (Some(done.suppression), Some(done.consent)));
        Answer::ok(&OptOutAnswer {
            opted_out,
            suppression: suppression.map(SuppressionRow::from),
            consent: consent.map(<ConsentRow as From<ConsentEvent>>::from),
        })
    })
    .await
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MessageBody {
    /// Who sent it.
    #[schema(value_type = String, format = "phone-number", example = "+447700900123")]
    from: Option<String>,
    /// What it says.
    #[schema(value_type = String, max_length = 10_000, example = "STOP")]
    text: Option<String>,
    /// How it came; left out, `sms`.
    #[schema(min_length = 1, max_length = 40)]
    channel: Option<String>,
    /// Where the message is kept.
    #[schema(max_length = 2_000)]
    evidence: Option<String>,
}

impl RequestBody for MessageBody {
    type Command = MessageIn;

    fn read(self, reader: &mut Reader<'_>) -> Option<MessageIn> {
        let from = reader.required("from", self.from).and_then(|from| reader.number("from", &from));
        let text = reader.required("text", self.text);
        for (field, text, longest) in [
            ("text", text.as_ref(), TEXT_MAX),
            ("channel", self.channel.as_ref(), ConsentEvent::CHANNEL_MAX),
            ("evidence", self.evidence.as_ref(), ConsentEvent::EVIDENCE_MAX),
        ] {
            if text.is_some_and(|text| text.chars().count() > longest) {
                reader.wrong(field, "too_long", format!("use at most {longest} characters"));
            }
        }
        let channel = self.channel.unwrap_or_else(|| "sms".to_owned());
        Some(MessageIn { from: from?, text: text?, channel, evidence: self.evidence })
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct OptOutAnswer {
    /// Whether the message said stop. When it did, the number is not called any more.
    opted_out: bool,
    /// The number's entry of the do-not-call list, made now or before.
    suppression: Option<SuppressionRow>,
    /// The entry of the consent ledger that this message made.
    consent: Option<ConsentRow>,
}
