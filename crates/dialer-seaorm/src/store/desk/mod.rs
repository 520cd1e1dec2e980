//! What agents are doing.
//!
//! Whoever moves an agent locks, in this order, the campaign and the contact concerned, a call, and last the agents by their
//! users. Only then is anything written. What is decided without a lock before is decided once more.

pub(super) mod caller;
mod crew;
pub(super) mod held;
mod offers;
pub(super) mod steps;

use async_trait::async_trait;
use dialer_domain::agents::offers::Offer;
use dialer_domain::agents::store::{AgentDesk, Crew, StepError};
use dialer_domain::agents::{Agent, AgentStep, NotNow};
use dialer_domain::queue::store::ContactClaim;
use dialer_domain::{CallId, CampaignId, Contact, OffsetDateTime, StoreError, UserId};
use sea_orm::EntityTrait;

use self::held::{hold, of_user, turns_away};
use self::steps::Steps;
use super::events::append;
use crate::Database;
use crate::entity::{agent, contact};
use crate::errors::{AGENT, CONTACT};
use crate::mapping::instant::Instant;
use crate::sql::Sql;
use crate::tx::transaction;

#[async_trait]
impl AgentDesk for Database {
    #[tracing::instrument(name = "db.desk.step", skip_all, fields(user.id = %user))]
    async fn step(
        &self,
        user: UserId,
        step: &AgentStep,
        heard: bool,
        now: OffsetDateTime,
    ) -> Result<Option<Agent>, StepError> {
        let now = Instant::from(now).get();
        allowed(transaction!(self, AGENT, |tx| {
            let Some(held) = hold(tx, &[user], &|agent| turns_away(agent, step, now)).await?.pop() else {
                return Ok(None);
            };
            let mut steps = Steps::default();
            let taken = steps.take_whole(&held, step, heard, now)?;
            steps.write(tx).await?;
            append(tx, &steps.events).await?;
            Ok(Some(taken))
        }))
    }

    #[tracing::instrument(name = "db.desk.pass_time", skip_all)]
    async fn pass_time(
        &self,
        silent_since: Option<OffsetDateTime>,
        now: OffsetDateTime,
    ) -> Result<Vec<Agent>, StoreError> {
        let now = Instant::from(now).get();
        // Asked every second, and hardly ever anybody's time.
        let users = self.whose_time_it_is(silent_since, now).await?;
        if users.is_empty() {
            return Ok(Vec::new());
        }
        transaction!(self, AGENT, |tx| {
            let mut steps = Steps::default();
            let mut changed = Vec::new();
            let leaves = |agent: &Agent| turns_away(agent, &agent.step_of_time(silent_since), now);
            for held in hold(tx, &users, &leaves).await? {
                // Neither step of time is ever refused.
                let step = held.agent.step_of_time(silent_since);
                let Ok(after) = steps.take_whole(&held, &step, false, now)? else { continue };
                if after != held.agent {
                    changed.push(after);
                }
            }
            steps.write(tx).await?;
            append(tx, &steps.events).await?;
            Ok(changed)
        })
    }

    #[tracing::instrument(name = "db.desk.crew", skip_all)]
    async fn crew(&self) -> Result<Crew, StoreError> {
        self.load_crew().await
    }

    #[tracing::instrument(name = "db.desk.offer", skip_all, fields(campaign.id = %campaign, user.id = %agent))]
    async fn offer(
        &self,
        campaign: CampaignId,
        agent: UserId,
        until: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<Option<Offer>, StoreError> {
        let (until, now) = (Instant::from(until).get(), Instant::from(now).get());
        transaction!(self, AGENT, |tx| { self.offer_next(tx, campaign, agent, until, now).await })
    }

    #[tracing::instrument(name = "db.desk.offered", skip_all, fields(user.id = %user))]
    async fn offered(&self, user: UserId) -> Result<Option<(Offer, Contact)>, StoreError> {
        let Some(agent) = of_user(self.connection(), user).await? else { return Ok(None) };
        let Some(offer) = agent.presence.doing.offer().cloned() else { return Ok(None) };
        let contact = contact::Entity::find_by_id(offer.contact_id.as_uuid()).one(self.connection()).await;
        let Some(contact) = contact.map_err(|error| CONTACT.error(error))? else { return Ok(None) };
        Ok(Some((offer, contact.try_into()?)))
    }

    #[tracing::instrument(name = "db.desk.accept_offer", skip_all, fields(user.id = %user, call.id = %call))]
    async fn accept_offer(
        &self,
        user: UserId,
        call: CallId,
        now: OffsetDateTime,
    ) -> Result<Option<ContactClaim>, StepError> {
        let now = Instant::from(now).get();
        allowed(transaction!(self, AGENT, |tx| { self.accept(tx, user, call, now).await }))
    }

    #[tracing::instrument(name = "db.desk.skip_offer", skip_all, fields(user.id = %user))]
    async fn skip_offer(
        &self,
        user: UserId,
        reason: Option<String>,
        now: OffsetDateTime,
    ) -> Result<Option<Agent>, StepError> {
        let now = Instant::from(now).get();
        allowed(transaction!(self, AGENT, |tx| { self.skip(tx, user, reason.clone(), now).await }))
    }
}

/// The answer to whoever asked for a step.
fn allowed<T>(taken: Result<Option<Result<T, NotNow>>, StoreError>) -> Result<Option<T>, StepError> {
    Ok(taken?.transpose()?)
}

impl Database {
    /// The users for whose agents the passing of time means something.
    async fn whose_time_it_is(
        &self,
        silent_since: Option<OffsetDateTime>,
        now: OffsetDateTime,
    ) -> Result<Vec<UserId>, StoreError> {
        let mut sql = Sql::new(self.backend(), "SELECT r.* FROM agents AS r WHERE r.state <> 'offline' AND (");
        sql.push_bind("r.until <= ", Instant::from(now));
        if let Some(since) = silent_since {
            sql.push_bind(" OR r.seen_at < ", Instant::from(since));
        }
        sql.push(")");
        let rows: Vec<agent::Model> = sql.all_as(self.connection()).await.map_err(|error| AGENT.error(error))?;
        let agents: Vec<Agent> = rows.into_iter().map(Agent::try_from).collect::<Result<_, _>>()?;
        let changes = |agent: &Agent| {
            agent.stepped(&agent.step_of_time(silent_since), false, now).is_ok_and(|after| after != *agent)
        };
        Ok(agents.iter().filter(|agent| changes(agent)).map(|agent| agent.user_id).collect())
    }
}
