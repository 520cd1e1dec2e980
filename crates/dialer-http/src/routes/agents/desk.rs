//! The desk: what an agent sees and does. Everything here concerns the caller's own day.

use actix_web::Responder;
use actix_web::web::{self, Json, ServiceConfig};
use dialer_app::{Calls, Desk, Desktop, UseCaseError};
use dialer_domain::agents::{AgentState, PauseCode, Standing};
use dialer_domain::calls::Call;
use dialer_domain::identity::Principal;
use dialer_domain::phone::PhoneNumber;
use dialer_domain::telephony::TransferTarget;
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::{OpenApi, PartialSchema, ToSchema};
use validator::Validate;

use super::wire::{AgentAnswer, AgentRow, OfferRow};
use crate::auth::Caller;
use crate::extract::{Answer, Once, Reader, Reading, RequestBody, Valid};
use crate::problem::ApiError;
use crate::routes::calls::{CallAnswer, CallRow, answer_of, placed};
use crate::routes::contacts::ContactRow;
use crate::routes::{at, read};

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(look, stand, heartbeat, offer, accept, skip, hang_up, transfer, finish_wrap_up))]
pub(crate) struct Document;

pub(in crate::routes) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/agents/me", "GET, HEAD").route(read(look)))
        .service(at("/agents/me/state", "POST").route(web::post().to(stand)))
        .service(at("/agents/me/heartbeat", "POST").route(web::post().to(heartbeat)))
        .service(at("/agents/me/offer", "GET, HEAD").route(read(offer)))
        .service(at("/agents/me/offer/accept", "POST").route(web::post().to(accept)))
        .service(at("/agents/me/offer/skip", "POST").route(web::post().to(skip)))
        .service(at("/agents/me/hang-up", "POST").route(web::post().to(hang_up)))
        .service(at("/agents/me/transfer", "POST").route(web::post().to(transfer)))
        .service(at("/agents/me/wrap-up/finish", "POST").route(web::post().to(finish_wrap_up)));
}

/// What the caller, an agent, is doing, with the contact and the call before them. Counts as a sign of life.
#[utoipa::path(get, path = "/agents/me", responses((status = 200, body = DesktopAnswer)))]
async fn look(Caller(who): Caller, desk: web::Data<Desk>) -> Result<impl Responder, ApiError> {
    Ok(Json(DesktopAnswer::from(desk.look(who).await?)))
}

/// Become ready, pause, or sign off.
///
/// During a call it holds from the end of the call on; wrap-up ends at once. An offer is given back.
#[utoipa::path(
    post,
    path = "/agents/me/state",
    request_body = StateBody,
    responses((status = 200, body = AgentAnswer)),
)]
async fn stand(
    Caller(who): Caller,
    Valid(standing): Valid<StateBody>,
    desk: web::Data<Desk>,
    reading: web::Data<Reading>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    check_pause(&standing, &reading.pause_codes)?;
    once.run(who, async |stores| Answer::ok(&AgentAnswer { agent: desk.on(stores).stand(who, standing).await?.into() }))
        .await
}

/// Say that the agent's client is still there. An agent of whom nothing is heard for too long is signed off.
#[utoipa::path(post, path = "/agents/me/heartbeat", responses((status = 204)))]
async fn heartbeat(Caller(who): Caller, desk: web::Data<Desk>, once: Once) -> Result<impl Responder, ApiError> {
    once.run(who, async |stores| {
        desk.on(stores).heartbeat(who).await?;
        Ok(Answer::empty())
    })
    .await
}

/// The contact that is offered to the caller; `offer` is `null` when there is none.
#[utoipa::path(get, path = "/agents/me/offer", responses((status = 200, body = OfferAnswer)))]
async fn offer(Caller(who): Caller, desk: web::Data<Desk>) -> Result<impl Responder, ApiError> {
    Ok(Json(OfferAnswer { offer: desk.look(who).await?.offer.map(OfferRow::from) }))
}

/// Call the contact that is offered.
#[utoipa::path(
    post,
    path = "/agents/me/offer/accept",
    responses(
        (status = 201, description = "The provider places the call", body = crate::routes::calls::PlacedAnswer),
        (status = 202, description = "The call is written down; what the provider says comes later",
         body = crate::routes::calls::PlacedAnswer),
    ),
)]
async fn accept(
    Caller(who): Caller,
    desk: web::Data<Desk>,
    calls: web::Data<Calls>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    let mut written = None;
    let first =
        once.run(who, async |stores| placed(written.insert(desk.on(stores).accept(who).await?).clone())).await?;
    // Whoever asks again gets the answer of the first time, and nobody is called twice.
    let Some(call) = written else { return Ok(first) };
    let dialed = calls.dial(call);
    let placing = once.settle(who, async move { answer_of(dialed.answer().await?) })?;
    placing.await.unwrap_or(Ok(first))
}

/// Do not call the contact that is offered. It rests for the campaign's retry interval.
#[utoipa::path(
    post,
    path = "/agents/me/offer/skip",
    request_body = SkipOfferBody,
    responses((status = 200, body = AgentAnswer)),
)]
async fn skip(
    Caller(who): Caller,
    Valid(Reason(reason)): Valid<SkipOfferBody>,
    desk: web::Data<Desk>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    once.run(who, async |stores| Answer::ok(&AgentAnswer { agent: desk.on(stores).skip(who, reason).await?.into() }))
        .await
}

/// End the call that the caller is on.
#[utoipa::path(post, path = "/agents/me/hang-up", responses((status = 200, body = CallAnswer)))]
async fn hang_up(Caller(who): Caller, desk: web::Data<Desk>, once: Once) -> Result<impl Responder, ApiError> {
    on_call(who, &desk, &once, |desk, call| async move { desk.hang_up(&call).await }).await
}

/// Hand the customer to somebody else: a number outside, or an extension of the account.
#[utoipa::path(
    post,
    path = "/agents/me/transfer",
    request_body = TransferBody,
    responses((status = 200, body = CallAnswer)),
)]
async fn transfer(
    Caller(who): Caller,
    Valid(target): Valid<TransferBody>,
    desk: web::Data<Desk>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    on_call(who, &desk, &once, |desk, call| async move { desk.transfer(&call, &target).await }).await
}

/// Be done with writing up.
#[utoipa::path(post, path = "/agents/me/wrap-up/finish", responses((status = 200, body = AgentAnswer)))]
async fn finish_wrap_up(Caller(who): Caller, desk: web::Data<Desk>, once: Once) -> Result<impl Responder, ApiError> {
    once.run(who, async |stores| Answer::ok(&AgentAnswer { agent: desk.on(stores).finish_wrap_up(who).await?.into() }))
        .await
}

/// Asks the provider to do something with the call that the caller is on.
async fn on_call<F>(
    who: Principal,
    desk: &Desk,
    once: &Once,
    act: impl FnOnce(Desk, Call) -> F,
) -> Result<Answer, ApiError>
where
    F: Future<Output = Result<(), UseCaseError>> + Send + 'static,
{
    let mut live = None;
    let first = once.run(who, async |stores| shown(live.insert(desk.on(stores).live_call(who).await?).clone())).await?;
    let Some(call) = live else { return Ok(first) };
    let asked = act(desk.clone(), call.clone());
    let done = once.settle(who, async move {
        asked.await?;
        shown(call)
    })?;
    done.await.unwrap_or(Ok(first))
}

fn shown(call: Call) -> Result<Answer, ApiError> {
    let tag = call.tag();
    Ok(Answer::ok(&CallAnswer { call: call.into() })?.tagged(&tag))
}

#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct StateBody {
    state: Option<String>,
    pause_code: Option<String>,
}

/// `ready` or `offline`, or `paused` with why.
impl PartialSchema for StateBody {
    fn schema() -> RefOr<Schema> {
        let states = |words: &[AgentState]| {
            ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words.iter().map(|word| word.as_str())))
        };
        let code = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(PauseCode::LONGEST))
            .pattern(Some("^[a-z0-9-]+$"))
            .description(Some("Why the agent pauses; one of the installation's pause codes, `agents.pause_codes`"));
        let standing =
            one_object(&[("state", states(&[AgentState::Ready, AgentState::Offline]).into())], Some("pause_code"));
        let pausing = one_object(&[("state", states(&[AgentState::Paused]).into()), ("pause_code", code.into())], None);
        OneOfBuilder::new().item(standing).item(pausing).into()
    }
}

impl ToSchema for StateBody {}

/// An object with these fields, all of them, and with nothing but null for the one that it goes without.
fn one_object(fields: &[(&str, RefOr<Schema>)], without: Option<&str>) -> ObjectBuilder {
    let object = ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    let object =
        fields.iter().fold(object, |object, (name, schema)| object.property(*name, schema.clone()).required(*name));
    without.into_iter().fold(object, |object, name| object.property(name, ObjectBuilder::new().schema_type(Type::Null)))
}

impl RequestBody for StateBody {
    type Command = Standing;

    fn read(self, reader: &mut Reader<'_>) -> Option<Standing> {
        let state: AgentState = reader.required("state", self.state).and_then(|word| wanted_state(reader, &word))?;
        if state != AgentState::Paused {
            if self.pause_code.is_some() {
                reader.wrong("pause_code", "not_paused", "give a pause code only with the state paused");
            }
            return Some(if state == AgentState::Ready { Standing::Ready } else { Standing::Offline });
        }
        let code = reader.required("pause_code", self.pause_code)?;
        let found = PauseCode::parse(&code);
        if found.is_none() {
            reader.wrong("pause_code", "not_a_code", "use 1 to 40 of a to z, 0 to 9 and -");
        }
        found.map(Standing::Paused)
    }
}

/// Refuses to pause for a reason that this installation does not know.
fn check_pause(standing: &Standing, known: &[PauseCode]) -> Result<(), ApiError> {
    match standing {
        Standing::Paused(code) if !known.contains(code) => {
            let known = known.iter().map(PauseCode::as_str).collect::<Vec<_>>().join(", ");
            Err(UseCaseError::Conflict(format!("`{code}` is no pause code of this installation; use one of: {known}"))
                .into())
        }
        Standing::Paused(_) | Standing::Ready | Standing::Offline => Ok(()),
    }
}

/// The states that an agent chooses; the others come about.
fn wanted_state(reader: &mut Reader<'_>, word: &str) -> Option<AgentState> {
    let chosen = [AgentState::Ready, AgentState::Paused, AgentState::Offline];
    let state = word.parse().ok().filter(|state| chosen.contains(state));
    if state.is_none() {
        reader.wrong("state", "not_one_of", "use one of: ready, paused, offline");
    }
    state
}

struct Reason(Option<String>);

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct SkipOfferBody {
    /// Why the contact is not called
    #[validate(length(max = 1000, code = "too_long", message = "use at most 1000 characters"))]
    #[schema(max_length = 1000)]
    reason: Option<String>,
}

impl RequestBody for SkipOfferBody {
    type Command = Reason;

    fn read(self, _: &mut Reader<'_>) -> Option<Reason> {
        Some(Reason(self.reason))
    }
}

#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct TransferBody {
    number: Option<String>,
    #[validate(length(min = 1, max = 20, code = "wrong_length", message = "use 1 to 20 characters"))]
    extension: Option<String>,
}

/// A number outside, or an extension of the account: an agent's, or a queue's.
impl PartialSchema for TransferBody {
    fn schema() -> RefOr<Schema> {
        let extension = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(20));
        OneOfBuilder::new()
            .item(one_object(&[("number", PhoneNumber::schema())], Some("extension")))
            .item(one_object(&[("extension", extension.into())], Some("number")))
            .into()
    }
}

impl ToSchema for TransferBody {}

impl RequestBody for TransferBody {
    type Command = TransferTarget;

    fn read(self, reader: &mut Reader<'_>) -> Option<TransferTarget> {
        match (self.number, self.extension) {
            (Some(number), None) => reader.number("number", &number).map(TransferTarget::Number),
            (None, Some(extension)) => Some(TransferTarget::Extension(extension)),
            (None, None) => {
                reader.wrong("number", "required", "name a number or an extension");
                None
            }
            (Some(_), Some(_)) => {
                reader.wrong("extension", "one_of_two", "name a number or an extension, not both");
                None
            }
        }
    }
}

#[derive(Serialize, ToSchema)]
struct OfferAnswer {
    offer: Option<OfferRow>,
}

/// What an agent has before them.
#[derive(Serialize, ToSchema)]
struct DesktopAnswer {
    agent: AgentRow,
    offer: Option<OfferRow>,
    /// The call that the agent is on, or writes up
    call: Option<CallRow>,
    /// The contact of that call
    contact: Option<ContactRow>,
}

impl From<Desktop> for DesktopAnswer {
    fn from(desktop: Desktop) -> Self {
        let (call, contact) = desktop.call.map_or((None, None), |(call, contact)| (Some(call), contact));
        Self {
            agent: desktop.agent.into(),
            offer: desktop.offer.map(OfferRow::from),
            call: call.map(CallRow::from),
            contact: contact.map(ContactRow::from),
        }
    }
}
