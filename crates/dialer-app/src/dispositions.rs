//! What people say came of calls, and what they promised to come back to.

use dialer_domain::dispositions::store::{DispositionFilter, FollowUpFilter};
use dialer_domain::dispositions::{
    Disposition, FollowUp, FollowUpDateError, FollowUpStatus, FollowUpTime, FollowUpWish, NewDisposition,
    RecordedDisposition, check_follow_up, usual_zone,
};
use dialer_domain::identity::{Principal, Scope};
use dialer_domain::ids::{CallId, DispositionId, SuppressionId};
use dialer_domain::schedule::Zone;
use dialer_domain::store::{Page, PageRequest, Precondition};
use dialer_domain::stores::Stores;
use time::OffsetDateTime;

use crate::engine::EngineHandle;
use crate::error::{FieldError, UseCaseError};
use crate::ports::Ports;

/// What somebody says came of a call.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordDisposition {
    /// The call.
    pub call_id: CallId,
    /// What came of it.
    pub disposition: Disposition,
    /// Anything more to say.
    pub notes: Option<String>,
    /// When the customer is to be called again.
    pub follow_up: FollowUpWish,
    /// Whether whoever records it calls back themselves.
    pub personal: bool,
}

/// What owners and agents do with dispositions.
#[derive(Clone)]
pub struct Dispositions {
    ports: Ports,
    engine: EngineHandle,
}

impl Dispositions {
    /// On these ports; `engine` is woken when a contact may be called again.
    #[must_use]
    pub const fn new(ports: Ports, engine: EngineHandle) -> Self {
        Self { ports, engine }
    }

    /// The same on other stores, such as those of a unit of work.
    #[must_use]
    pub fn on(&self, stores: Stores) -> Self {
        Self { ports: Ports { stores, ..self.ports.clone() }, engine: self.engine.clone() }
    }

    /// Records a disposition of an own call, or of one that the caller handled, with all that follows from it.
    ///
    /// # Errors
    /// [`UseCaseError::Invalid`] for a date that cannot be, [`UseCaseError::NotFound`] for the call.
    pub async fn record(&self, who: Principal, wanted: RecordDisposition) -> Result<RecordedDisposition, UseCaseError> {
        let now = self.ports.clock.now();
        tracing::Span::current().record("call.id", tracing::field::display(wanted.call_id));
        let follow_up = self.follow_up(who, &wanted, now).await?;
        let ids = self.ports.ids.as_ref();
        let new = NewDisposition {
            id: DispositionId::generate(ids),
            suppression_id: SuppressionId::generate(ids),
            call_id: wanted.call_id,
            user_id: who.user,
            disposition: wanted.disposition,
            notes: wanted.notes,
            follow_up_date: follow_up.as_ref().map(|when| when.at),
            follow_up_again: follow_up.as_ref().and_then(|when| when.again_at),
            follow_up_wall: follow_up.and_then(|when| when.wall),
            personal: wanted.personal,
            at: now,
        };
        let recorded = self.ports.stores.dispositions.record(who.scope(), &new).await?;
        let recorded = recorded.ok_or(UseCaseError::NotFound("call"))?;
        self.engine.wake();
        Ok(recorded)
    }

    /// When to call again.
    async fn follow_up(
        &self,
        who: Principal,
        wanted: &RecordDisposition,
        now: OffsetDateTime,
    ) -> Result<Option<FollowUpTime>, UseCaseError> {
        let wish = &wanted.follow_up;
        let usual = match wish.local {
            Some(_) if wish.zone.is_none() => self.usual_zone(who, wish, wanted.call_id).await?,
            _ => None,
        };
        let when = wish.resolve(usual, now).and_then(|when| {
            when.iter().try_for_each(|when| check_follow_up(wanted.disposition, when.at, now)).map(|()| when)
        });
        when.map_err(|error| wrong(wish, error))
    }

    /// The zone of a wall time that names none. Whoever may disposition a call may know by whose clock its customer lives.
    async fn usual_zone(
        &self,
        who: Principal,
        wish: &FollowUpWish,
        call: CallId,
    ) -> Result<Option<Zone>, UseCaseError> {
        let stores = &self.ports.stores;
        let call = stores.calls.get(who.scope(), call).await?.ok_or(UseCaseError::NotFound("call"))?;
        let contact = match call.contact_id {
            Some(id) => stores.contacts.get(Scope::Service, id).await?,
            None => None,
        };
        let campaign = match &contact {
            Some(contact) => stores.campaigns.get(Scope::Service, contact.campaign_id).await?,
            None => None,
        };
        Ok(usual_zone(wish, &call, contact.as_ref().zip(campaign.as_ref())))
    }

    /// Dispositions of own calls, and those that the caller recorded, latest first.
    pub async fn list(
        &self,
        who: Principal,
        filter: DispositionFilter,
        page: PageRequest,
    ) -> Result<Page<RecordedDisposition>, UseCaseError> {
        Ok(self.ports.stores.dispositions.dispositions(who.scope(), filter, page).await?)
    }
}

/// What is wrong with a wish, said of the field in which it stands.
fn wrong(wish: &FollowUpWish, error: FollowUpDateError) -> UseCaseError {
    let field = match error {
        FollowUpDateError::ZoneAlone | FollowUpDateError::NoZone => "follow_up_zone",
        FollowUpDateError::Disagree => "follow_up_local",
        _ if wish.date.is_none() => "follow_up_local",
        _ => "follow_up_date",
    };
    UseCaseError::Invalid(vec![FieldError::new(field, error.code(), error.to_string())])
}

/// A follow-up, and where it stands now. The status means nothing once it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingFollowUp {
    /// The follow-up.
    pub follow_up: FollowUp,
    /// Where it stands.
    pub status: FollowUpStatus,
}

impl StandingFollowUp {
    fn at(now: OffsetDateTime) -> impl Fn(FollowUp) -> Self {
        move |follow_up| Self { status: follow_up.status(now), follow_up }
    }
}

/// What owners and agents do with follow-ups.
#[derive(Clone)]
pub struct FollowUps {
    ports: Ports,
    engine: EngineHandle,
}

impl FollowUps {
    /// On these ports; `engine` is woken when a contact need not be called any more.
    #[must_use]
    pub const fn new(ports: Ports, engine: EngineHandle) -> Self {
        Self { ports, engine }
    }

    /// Follow-ups, earliest due first: the open ones, unless those that were kept or missed are asked for.
    pub async fn list(
        &self,
        who: Principal,
        filter: FollowUpFilter,
        page: PageRequest,
    ) -> Result<Page<StandingFollowUp>, UseCaseError> {
        let now = self.ports.clock.now();
        let page = self.ports.stores.follow_ups.follow_ups(who.scope(), filter, page, now).await?;
        Ok(Page { items: page.items.into_iter().map(StandingFollowUp::at(now)).collect(), total: page.total })
    }

    /// One follow-up, open or not.
    pub async fn get(&self, who: Principal, id: DispositionId) -> Result<StandingFollowUp, UseCaseError> {
        let found = self.ports.stores.follow_ups.follow_up(who.scope(), id).await?;
        found.map(StandingFollowUp::at(self.ports.clock.now())).ok_or(UseCaseError::NotFound("follow-up"))
    }

    /// Clears a follow-up. A contact that waits for it is not called any more.
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`]; [`UseCaseError::Conflict`] when something else than a person has closed it.
    pub async fn clear(
        &self,
        who: Principal,
        id: DispositionId,
        condition: &Precondition,
    ) -> Result<StandingFollowUp, UseCaseError> {
        let now = self.ports.clock.now();
        let cleared = self.ports.stores.follow_ups.clear_follow_up(who.scope(), id, condition, now).await?;
        let follow_up = cleared.ok_or(UseCaseError::NotFound("follow-up"))?;
        if follow_up.done_at.is_none() {
            let closed = "a later call or a later disposition has closed this follow-up";
            return Err(UseCaseError::Conflict(closed.to_owned()));
        }
        self.engine.wake();
        Ok(StandingFollowUp::at(now)(follow_up))
    }
}
