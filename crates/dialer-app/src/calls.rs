//! Calls, as people place them and look them up.

use dialer_domain::calls::evidence::leg_of;
use dialer_domain::calls::merge::{CallEvent, Ending};
use dialer_domain::calls::store::{Added, CallFilter, PatchError};
use dialer_domain::calls::{Call, CallPatch, CallPatchError, NewCall};
use dialer_domain::eligibility::{Refusal, RefusalCode, campaign_open};
use dialer_domain::identity::{Principal, Scope};
use dialer_domain::ids::{CallId, CampaignId, QueueEntryId};
use dialer_domain::phone::{PhoneNumber, Region};
use dialer_domain::queue::store::ContactClaim;
use dialer_domain::store::{Page, PageRequest};
use dialer_domain::stores::Stores;
use dialer_domain::telephony::{AgentLine, DialRequest, LiveCall, RequestPriority, TelephonyError};
use serde_json::{Map, Value};
use tracing::Instrument;

use crate::campaigns::own_campaign;
use crate::engine::{EngineHandle, outcome_of};
use crate::error::{FieldError, UseCaseError};
use crate::last_look::last_look;
use crate::ports::Ports;

/// A call that a person wants placed.
#[derive(Clone, Default, PartialEq)]
pub struct PlaceCall {
    /// The number to call, in any common spelling.
    pub to: String,
    /// The caller ID to show.
    pub from: Option<String>,
    /// The campaign that the call belongs to; all of its rules hold.
    pub campaign_id: Option<CampaignId>,
    /// The caller's own reference.
    pub lead_id: Option<String>,
    /// Anything to keep with it.
    pub metadata: Map<String, Value>,
}

/// A call that was written down and is being placed.
pub struct Placed {
    /// The log entry as first written.
    pub call: Call,
    placing: tokio::task::JoinHandle<Result<Call, UseCaseError>>,
}

impl Placed {
    /// Waits for the provider. The entry then has its `provider_call_id`, unless the provider's answer was lost: the
    /// engine finds out what became of such a call.
    pub async fn answer(self) -> Result<Call, UseCaseError> {
        match self.placing.await {
            Ok(answer) => answer,
            Err(_) => Ok(self.call),
        }
    }
}

/// What people do with calls.
#[derive(Clone)]
pub struct Calls {
    ports: Ports,
    engine: EngineHandle,
    default_region: Option<Region>,
    default_line: Option<AgentLine>,
}

impl Calls {
    /// On these ports. Numbers without a country code are read as written inside `default_region`; the phone of
    /// `default_line` rings for a person's own calls.
    #[must_use]
    pub const fn new(
        ports: Ports,
        engine: EngineHandle,
        default_region: Option<Region>,
        default_line: Option<AgentLine>,
    ) -> Self {
        Self { ports, engine, default_region, default_line }
    }

    /// The same on other stores, such as those of a unit of work.
    #[must_use]
    pub fn on(&self, stores: Stores) -> Self {
        Self { ports: Ports { stores, ..self.ports.clone() }, ..self.clone() }
    }

    /// Checks a call against the rules, writes it down and begins to place it. The placing goes on when the
    /// returned value is dropped.
    ///
    /// # Errors
    /// [`UseCaseError::Invalid`], [`UseCaseError::NotFound`] for the campaign, or [`UseCaseError::Refused`].
    pub async fn place(&self, who: Principal, wanted: PlaceCall) -> Result<Placed, UseCaseError> {
        Ok(self.dial(self.write_down(who, wanted).await?))
    }

    /// Checks a call against the rules and writes it down: the first half of [`Self::place`].
    ///
    /// # Errors
    /// As of [`Self::place`].
    pub async fn write_down(&self, who: Principal, wanted: PlaceCall) -> Result<Call, UseCaseError> {
        let line = self.line_of(who).await?;
        let (intent, campaign) = self.read(who, wanted, line)?;
        let call = match campaign {
            None => self.own_call(who, intent).await,
            Some(campaign) => self.campaign_call(who, campaign, intent).await,
        }?;
        tracing::Span::current().record("call.id", tracing::field::display(call.id));
        Ok(call)
    }

    /// Begins to place a call that was written down: the second half of [`Self::place`], once the first is stored.
    #[must_use]
    pub fn dial(&self, call: Call) -> Placed {
        let service = self.clone();
        let placing = tokio::spawn({
            let call = call.clone();
            let span = tracing::info_span!("dial", call.id = %call.id);
            async move { service.originate(call).await }.instrument(span)
        });
        Placed { call, placing }
    }

    /// Whose phone rings for a person: their own, where they have an agent's profile.
    async fn line_of(&self, who: Principal) -> Result<Option<AgentLine>, UseCaseError> {
        let agent = self.ports.stores.profiles.of_user(who.user).await?;
        Ok(agent.map(|agent| agent.line).or_else(|| self.default_line.clone()))
    }

    fn read(
        &self,
        who: Principal,
        wanted: PlaceCall,
        line: Option<AgentLine>,
    ) -> Result<(NewCall, Option<CampaignId>), UseCaseError> {
        let mut errors = Vec::new();
        let mut number = |field: &str, text: &str| match PhoneNumber::parse(text, self.default_region) {
            Ok(number) => Some(number),
            Err(error) => {
                errors.push(FieldError::new(field, error.code(), error.to_string()));
                None
            }
        };
        let to = number("to", &wanted.to);
        let from = wanted.from.as_deref().and_then(|text| number("from", text));
        if wanted.lead_id.as_ref().is_some_and(|lead| lead.chars().count() > 255) {
            errors.push(FieldError::new("leadId", "too_long", "use at most 255 characters"));
        }
        match to {
            Some(to_number) if errors.is_empty() => Ok((
                NewCall {
                    ahead: false,
                    id: CallId::generate(self.ports.ids.as_ref()),
                    user_id: who.user,
                    to_number,
                    from_number: from,
                    agent: line,
                    agent_id: Some(who.user),
                    lead_id: wanted.lead_id,
                    campaign_id: wanted.campaign_id,
                    metadata: wanted.metadata,
                },
                wanted.campaign_id,
            )),
            _ => Err(UseCaseError::Invalid(errors)),
        }
    }

    async fn own_call(&self, who: Principal, intent: NewCall) -> Result<Call, UseCaseError> {
        if self.ports.stores.suppressions.find(who.user, &intent.to_number, None).await?.is_some() {
            return Err(UseCaseError::Refused(Refusal::taken(RefusalCode::DncInternal)));
        }
        let call = intent.intend(self.ports.clock.now());
        match self.ports.stores.calls.add(&call).await? {
            Added::Written => Ok(call),
            Added::AgentBusy(_) => Err(UseCaseError::Refused(Refusal::taken(RefusalCode::AgentBusy))),
        }
    }

    async fn campaign_call(&self, who: Principal, id: CampaignId, intent: NewCall) -> Result<Call, UseCaseError> {
        let scope = who.scope();
        let campaign = own_campaign(&self.ports, who, id).await?;
        let now = self.ports.clock.now();
        if let Some(contact) = self.ports.stores.contacts.find(scope, id, &intent.to_number).await? {
            let entry = QueueEntryId::generate(self.ports.ids.as_ref());
            return match self.ports.stores.queue.claim_contact(scope, contact.id, entry, intent, now).await? {
                Some(ContactClaim::Call(call)) => Ok(*call),
                Some(ContactClaim::Refused(refusal)) => Err(UseCaseError::Refused(refusal)),
                None => Err(UseCaseError::NotFound("contact")),
            };
        }
        campaign_open(&campaign, now).map_err(UseCaseError::Refused)?;
        let from_number = intent.from_number.or(campaign.caller_id);
        self.own_call(who, NewCall { from_number, ..intent }).await
    }

    async fn originate(&self, call: Call) -> Result<Call, UseCaseError> {
        let request = DialRequest {
            ahead: false,
            to: call.to_number.clone(),
            agent: call.agent.clone(),
            caller_id: call.from_number.clone(),
            priority: RequestPriority::Person,
            paced: true,
        };
        let _placing = self.engine.placing(call.id);
        let turn = self.ports.telephony.turn(RequestPriority::Person).await;
        if turn.is_ok()
            && let Some(unwanted) = last_look(&self.ports, &call).await
        {
            self.ports.stores.calls.apply(call.id, &unwanted, self.ports.clock.now()).await?;
            self.engine.wake();
            return Err(UseCaseError::Refused(Refusal::taken(RefusalCode::DncInternal)));
        }
        let answer = match turn {
            Ok(()) => self.ports.telephony.originate(request).await,
            Err(error) => Err(error),
        };
        let now = self.ports.clock.now();
        let event = match &answer {
            Ok(id) => CallEvent::Placed { provider_call_id: id.clone(), at: now },
            Err(error) => match outcome_of(error) {
                Some(outcome) => Ending::never_left(outcome, now, error),
                None => return Ok(call),
            },
        };
        let stored = self.ports.stores.calls.apply(call.id, &event, now).await?;
        self.engine.wake();
        match answer {
            Ok(_) => match stored {
                Some(named) => Ok(named),
                // The engine has found the call at the provider before we were told.
                None => Ok(self.ports.stores.calls.get(Scope::User(call.user_id), call.id).await?.unwrap_or(call)),
            },
            Err(source) => Err(UseCaseError::Telephony { call: call.id, source }),
        }
    }

    /// One call, with its live state where the provider tells one. A provider that does not answer costs the
    /// live state, not the call.
    pub async fn get(&self, who: Principal, id: CallId) -> Result<(Call, Option<LiveCall>), UseCaseError> {
        let call = self.ports.stores.calls.get(who.scope(), id).await?.ok_or(UseCaseError::NotFound("call"))?;
        let live = match &call.provider_call_id {
            Some(provider_id) if call.is_open() => match self.ports.telephony.call(provider_id).await {
                Ok(live) => live,
                Err(error) => {
                    tracing::warn!(call.id = %id, code = error.code(), "the provider did not tell the live state");
                    None
                }
            },
            _ => None,
        };
        Ok((call, live))
    }

    /// Own calls, latest first.
    pub async fn list(
        &self,
        who: Principal,
        filter: CallFilter,
        page: PageRequest,
    ) -> Result<Page<Call>, UseCaseError> {
        Ok(self.ports.stores.calls.list(who.scope(), filter, page).await?)
    }

    /// Changes the log of a call.
    pub async fn change(&self, who: Principal, id: CallId, patch: CallPatch) -> Result<Call, UseCaseError> {
        match self.ports.stores.calls.patch(who.scope(), id, &patch, self.ports.clock.now()).await {
            Ok(Some(call)) => Ok(call),
            Ok(None) => Err(UseCaseError::NotFound("call")),
            Err(PatchError::Refused(CallPatchError::Changed)) => Err(UseCaseError::Changed("call")),
            Err(PatchError::Refused(refused)) => Err(UseCaseError::Conflict(refused.to_string())),
            Err(PatchError::Store(error)) => Err(error.into()),
        }
    }

    /// Takes a call out of the lists for good; one that is live is hung up first. The row stays for the audit trail.
    pub async fn remove(&self, who: Principal, id: CallId) -> Result<(), UseCaseError> {
        let call = self.ports.stores.calls.get(who.scope(), id).await?;
        // The agent who handled a call sees it; it is for the owner to remove.
        let call = call.filter(|call| who.scope().covers(call.user_id)).ok_or(UseCaseError::NotFound("call"))?;
        if call.is_open() {
            self.hang_up(&call).await.map_err(|source| UseCaseError::Telephony { call: id, source })?;
        }
        self.ports.stores.calls.hide(who.scope(), id, self.ports.clock.now()).await?;
        self.engine.wake();
        Ok(())
    }

    /// Ends a call that somebody is on, and has the engine look what came of it.
    pub(crate) async fn hang_up_now(&self, call: &Call) -> Result<(), UseCaseError> {
        if call.provider_call_id.is_none() {
            let unnamed = "the provider has not named this call yet; try again in a moment";
            return Err(UseCaseError::Conflict(unnamed.to_owned()));
        }
        self.hang_up(call).await.map_err(|source| UseCaseError::Telephony { call: call.id, source })?;
        self.engine.wake();
        Ok(())
    }

    /// Ends a call, if it is still there. A provider that knows no call of that id may list it under another one.
    async fn hang_up(&self, call: &Call) -> Result<(), TelephonyError> {
        let Some(id) = &call.provider_call_id else { return Ok(()) };
        let telephony = self.ports.telephony.as_ref();
        match telephony.hang_up(id).await {
            Err(TelephonyError::NoSuchCall) => {}
            done => return done,
        }
        let live = telephony.live_calls().await?;
        match leg_of(call, &live) {
            Some(leg) if leg.id != *id => match telephony.hang_up(&leg.id).await {
                Err(TelephonyError::NoSuchCall) => Ok(()),
                done => done,
            },
            _ => Ok(()),
        }
    }

    /// Whether every call of the log is over. For tools that wait for the end.
    pub async fn all_over(&self) -> Result<bool, UseCaseError> {
        Ok(self.ports.stores.calls.open().await?.is_empty())
    }
}
