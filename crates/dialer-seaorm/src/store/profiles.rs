//! Profiles of agents.

use async_trait::async_trait;
use dialer_domain::agents::history::StateSpan;
use dialer_domain::agents::store::AgentProfiles;
use dialer_domain::agents::{Agent, AgentPatch, AgentState, AgentStep};
use dialer_domain::events::EventKind;
use dialer_domain::ids::AgentId;
use dialer_domain::{OffsetDateTime, Page, PageRequest, Scope, StoreError, UserId};
use sea_orm::sea_query::LockType;
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect};

use super::desk::held::{hold, of_user};
use super::desk::steps::{Steps, begin_spans};
use super::events::append;
use super::owner;
use crate::Database;
use crate::entity::agent::{Column, Entity, Model};
use crate::entity::agent_state;
use crate::errors::{AGENT, AGENT_STATE};
use crate::mapping::instant::Instant;
use crate::sql::{NEXT_VERSION, Sql, columns_without, insert, page, update};
use crate::tx::{DatabaseTransaction, transaction};

/// The agents that user `$1` sees: own ones, and themself. Two questions, each with an index.
const SEEN: &str = "(SELECT * FROM agents WHERE owner_id = $1
    UNION ALL SELECT * FROM agents WHERE user_id = $1 AND owner_id <> $1)";

#[async_trait]
impl AgentProfiles for Database {
    #[tracing::instrument(name = "db.profiles.add", skip_all, fields(agent.id = %agent.id))]
    async fn add(&self, agent: &Agent) -> Result<(), StoreError> {
        transaction!(&self.within(Scope::User(agent.owner_id)), AGENT, |tx| {
            let columns = columns_without::<Entity>(&[]);
            let stored = insert::<Entity, _>(tx, &[Model::from(agent)], &columns, "").await;
            stored.map_err(|error| AGENT.error(error))?;
            become_service(tx).await?;
            begin_spans(tx, &[agent_state::Model::begun(agent)]).await?;
            append(tx, &[agent.event(EventKind::AgentCreated, agent.created_at).by(Scope::User(agent.owner_id))]).await
        })
    }

    #[tracing::instrument(name = "db.profiles.get", skip_all, fields(agent.id = %id))]
    async fn get(&self, scope: Scope, id: AgentId) -> Result<Option<Agent>, StoreError> {
        one_agent(self.within(scope).connection(), scope, id).await
    }

    #[tracing::instrument(name = "db.profiles.of_user", skip_all, fields(user.id = %user))]
    async fn of_user(&self, user: UserId) -> Result<Option<Agent>, StoreError> {
        of_user(self.within(Scope::User(user)).connection(), user).await
    }

    #[tracing::instrument(name = "db.profiles.list", skip_all)]
    async fn list(
        &self,
        scope: Scope,
        state: Option<AgentState>,
        window: PageRequest,
    ) -> Result<Page<Agent>, StoreError> {
        let mut condition = Sql::new(self.backend(), "true");
        let seen = match owner(scope) {
            None => AGENT.table,
            Some(user) => {
                condition = condition.bind(user);
                SEEN
            }
        };
        if let Some(state) = state {
            condition.push_bind(" AND r.state = ", state.as_str());
        }
        let db = self.within(scope);
        let found = page::<Model>(db.connection(), seen, condition, "r.display_name, r.id", window).await;
        let (rows, total) = found.map_err(|error| AGENT.error(error))?;
        Ok(Page { items: rows.into_iter().map(Agent::try_from).collect::<Result<_, _>>()?, total })
    }

    #[tracing::instrument(name = "db.profiles.change", skip_all, fields(agent.id = %id))]
    async fn change(
        &self,
        scope: Scope,
        id: AgentId,
        patch: &AgentPatch,
        now: OffsetDateTime,
    ) -> Result<Option<Agent>, StoreError> {
        let now = Instant::from(now).get();
        transaction!(&self.within(scope), AGENT, |tx| {
            let row = Entity::find_by_id(id.as_uuid()).lock(LockType::NoKeyUpdate).one(tx).await;
            let Some(row) = row.map_err(|error| AGENT.error(error))? else { return Ok(None) };
            let before = Agent::try_from(row.clone())?;
            if !scope.covers(before.owner_id) {
                return Ok(None);
            }
            let after = before.patched(patch, now)?;
            if after == before {
                return Ok(Some(after));
            }
            let next = Model { row_version: row.row_version + 1, ..Model::from(&after) };
            update::<Entity, _>(tx, AGENT, std::slice::from_ref(&next), &PROFILE, NEXT_VERSION).await?;
            append(tx, &[after.event(EventKind::AgentUpdated, now).by(scope)]).await?;
            Ok(Some(next.try_into()?))
        })
    }

    #[tracing::instrument(name = "db.profiles.remove", skip_all, fields(agent.id = %id))]
    async fn remove(&self, scope: Scope, id: AgentId, now: OffsetDateTime) -> Result<bool, StoreError> {
        let now = Instant::from(now).get();
        transaction!(&self.within(scope), AGENT, |tx| {
            let seen = one_agent(tx, scope, id).await?.filter(|agent| scope.covers(agent.owner_id));
            let Some(seen) = seen else { return Ok(false) };
            become_service(tx).await?;
            let held = hold(tx, &[seen.user_id], &|_| true).await?.pop();
            let Some(held) = held.filter(|held| held.agent.id == id) else { return Ok(false) };
            tx.continue_as(scope).await.map_err(|error| AGENT.error(error))?;
            let gone = Entity::delete_by_id(id.as_uuid()).exec(tx).await.map_err(|error| AGENT.error(error))?;
            if gone.rows_affected == 0 {
                return Ok(false);
            }
            become_service(tx).await?;
            let mut steps = Steps::default();
            // Nobody is kept from leaving.
            drop(steps.take(&held, &AgentStep::Lose, false, now));
            if let Some(contact) = &held.contact {
                steps.let_go_of(contact, seen.user_id, now)?;
            }
            steps.write_last(tx, &held, now).await?;
            steps.events.push(held.agent.event(EventKind::AgentRemoved, now).by(scope));
            append(tx, &steps.events).await?;
            Ok(true)
        })
    }

    #[tracing::instrument(name = "db.profiles.history", skip_all, fields(agent.id = %id))]
    async fn history(
        &self,
        scope: Scope,
        id: AgentId,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<Vec<StateSpan>, StoreError> {
        // The stretch that was under way at the beginning is the last one that had begun: none before it is looked at.
        let stretches = "SELECT r.* FROM agent_states AS r
            WHERE r.agent_id = $1 AND r.started_at < $2 AND (r.ended_at IS NULL OR r.ended_at > $3)
            AND r.started_at >= coalesce((SELECT max(h.started_at) FROM agent_states AS h
                                          WHERE h.agent_id = $1 AND h.started_at <= $3), $3)
            AND EXISTS (SELECT 1 FROM agents AS a WHERE a.id = r.agent_id";
        let mut sql =
            Sql::new(self.backend(), stretches).bind(id.as_uuid()).bind(Instant::from(to)).bind(Instant::from(from));
        push_seen_by(&mut sql, "a", scope);
        sql.push(") ORDER BY r.started_at, r.seq");
        let rows: Result<Vec<agent_state::Model>, _> = sql.all_as(self.within(scope).connection()).await;
        rows.map_err(|error| AGENT_STATE.error(error))?.into_iter().map(StateSpan::try_from).collect()
    }
}

/// The columns that a change of the profile touches.
const PROFILE: [Column; 5] =
    [Column::DisplayName, Column::Line, Column::WrapUpSeconds, Column::RowVersion, Column::UpdatedAt];

/// What agents do is written by the service.
async fn become_service(tx: &DatabaseTransaction) -> Result<(), StoreError> {
    tx.continue_as(Scope::Service).await.map_err(|error| AGENT.error(error))
}

/// Appends a condition that only agents meet that `scope` sees: own ones, and oneself.
fn push_seen_by(sql: &mut Sql, agents: &str, scope: Scope) {
    if let Some(user) = owner(scope) {
        sql.push_bind(&format!(" AND ({agents}.owner_id = "), user);
        sql.push_bind(&format!(" OR {agents}.user_id = "), user);
        sql.push(")");
    }
}

/// One agent as `scope` sees it.
async fn one_agent(db: &impl ConnectionTrait, scope: Scope, id: AgentId) -> Result<Option<Agent>, StoreError> {
    let one = Sql::new(db.get_database_backend(), "SELECT r.* FROM agents AS r WHERE r.id = $1");
    let mut one = one.bind(id.as_uuid());
    push_seen_by(&mut one, "r", scope);
    let row = one.one_as::<Model>(db).await.map_err(|error| AGENT.error(error))?;
    row.map(Agent::try_from).transpose()
}
