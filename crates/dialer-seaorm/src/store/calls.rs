//! The log of calls.

use async_trait::async_trait;
use dialer_domain::agents::AgentStep;
use dialer_domain::calls::CallPatch;
use dialer_domain::calls::merge::{CallEvent, merge, patch};
use dialer_domain::calls::store::{Added, CallFilter, CallStore, PatchError};
use dialer_domain::events::EventKind;
use dialer_domain::queue::{call_event, written_event};
use dialer_domain::telephony::ProviderCallId;
use dialer_domain::{Call, CallId, CampaignId, OffsetDateTime, Page, PageRequest, Scope, StoreError, UserId};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use super::desk::caller::Caller;
use super::events::append;
use super::follow_ups::keep_promises;
use super::owner;
use crate::Database;
use crate::cells::{FromCells, page_of};
use crate::entity::call::{Column, Entity, Model};
use crate::errors::CALL;
use crate::mapping::instant::Instant;
use crate::sql::{NEXT_VERSION, Sql, columns_without, insert, page, update};
use crate::tx::{DatabaseTransaction, transaction};

#[async_trait]
impl CallStore for Database {
    #[tracing::instrument(name = "db.calls.add", skip_all, fields(call.id = %call.id))]
    async fn add(&self, call: &Call) -> Result<Added, StoreError> {
        let caller = Scope::User(call.user_id);
        transaction!(&self.within(caller), CALL, |tx| {
            let agent = call.agent_id.filter(|_| !call.status.is_final());
            let dial = AgentStep::Dial { call: call.id, contact: call.contact_id };
            let agent = match Caller::take(tx, caller, agent, &dial, Instant::from(call.started_at).get()).await? {
                Ok(agent) => agent,
                Err(busy) => return Ok(Added::AgentBusy(busy)),
            };
            let new = [Model::from(call)];
            write_new(tx, &new).await?;
            tx.continue_as(Scope::Service).await.map_err(|error| CALL.error(error))?;
            keep_promises(tx, &new).await?;
            let mut events = vec![written_event(call)];
            if let Some(agent) = agent {
                events.extend(agent.write(tx).await?);
            }
            append(tx, &events).await?;
            Ok(Added::Written)
        })
    }

    #[tracing::instrument(name = "db.calls.receive", skip_all, fields(call.id = %call.id))]
    async fn receive(&self, call: &Call, names: &[ProviderCallId]) -> Result<Option<Call>, StoreError> {
        self.write_received(call, names).await
    }

    #[tracing::instrument(name = "db.calls.get", skip_all, fields(call.id = %id))]
    async fn get(&self, scope: Scope, id: CallId) -> Result<Option<Call>, StoreError> {
        let row = Entity::find_by_id(id.as_uuid())
            .filter(Column::HiddenAt.is_null())
            .apply_if(owner(scope), |query, user| {
                query.filter(Condition::any().add(Column::UserId.eq(user)).add(Column::AgentId.eq(user)))
            })
            .one(self.within(scope).connection())
            .await
            .map_err(|error| CALL.error(error))?;
        row.map(Call::try_from).transpose()
    }

    #[tracing::instrument(name = "db.calls.list", skip_all)]
    async fn list(&self, scope: Scope, filter: CallFilter, window: PageRequest) -> Result<Page<Call>, StoreError> {
        let db = self.within(scope);
        let found = match scope {
            Scope::User(user) => {
                let rows = self.of_user(user, filter, window).all(db.connection()).await;
                rows.and_then(|rows| page_of(&rows))
            }
            Scope::Service => page(db.connection(), CALL.table, self.matching(filter), LATEST_FIRST, window).await,
        };
        let (rows, total): (Vec<Model>, u64) = found.map_err(|error| CALL.error(error))?;
        Ok(Page { items: rows.into_iter().map(Call::try_from).collect::<Result<_, _>>()?, total })
    }

    #[tracing::instrument(name = "db.calls.patch", skip_all, fields(call.id = %id))]
    async fn patch(
        &self,
        scope: Scope,
        id: CallId,
        change: &CallPatch,
        now: OffsetDateTime,
    ) -> Result<Option<Call>, PatchError> {
        let ends = change.status.is_some_and(dialer_domain::CallStatus::is_final);
        let patched = transaction!(&self.within(scope), CALL, |tx| {
            let Some(found) = self.load(tx, id, ends).await? else { return Ok(None) };
            let visible = found.row.hidden_at.is_none() && scope.covers(found.call.user_id);
            if !visible {
                return Ok(None);
            }
            let after = match patch(&found.call, change, now) {
                Ok(after) => after,
                Err(refused) => return Ok(Some(Err(refused))),
            };
            if after == found.call {
                return Ok(Some(Ok(after)));
            }
            let after = Call { updated_at: now, ..after };
            let changed =
                call_event(&after, EventKind::CallUpdated, now).by(scope).changing(&found.call.changes(&after));
            Ok(Some(Ok(self.write_change(tx, scope, found, after, vec![changed], now).await?)))
        });
        match patched? {
            None => Ok(None),
            Some(Ok(call)) => Ok(Some(call)),
            Some(Err(refused)) => Err(refused.into()),
        }
    }

    #[tracing::instrument(name = "db.calls.hide", skip_all, fields(call.id = %id))]
    async fn hide(&self, scope: Scope, id: CallId, now: OffsetDateTime) -> Result<bool, StoreError> {
        transaction!(&self.within(scope), CALL, |tx| {
            let row = locked(tx, id).await?.filter(|row| row.hidden_at.is_none());
            let Some(row) = row.filter(|row| owner(scope).is_none_or(|user| user == row.user_id)) else {
                return Ok(false);
            };
            let hidden = Model { hidden_at: Some(now.into()), row_version: row.row_version + 1, ..row };
            let columns = [Column::HiddenAt, Column::RowVersion];
            update::<Entity, _>(tx, CALL, std::slice::from_ref(&hidden), &columns, NEXT_VERSION).await?;
            append(tx, &[call_event(&hidden.try_into()?, EventKind::CallHidden, now).by(scope)]).await?;
            Ok(true)
        })
    }

    #[tracing::instrument(name = "db.calls.open", skip_all)]
    async fn open(&self) -> Result<Vec<Call>, StoreError> {
        let rows = Entity::find()
            .filter(Expr::cust("(ended_at IS NULL OR unconfirmed)"))
            .order_by_asc(Column::StartedAt)
            .order_by_asc(Column::Id)
            .all(self.connection())
            .await
            .map_err(|error| CALL.error(error))?;
        rows.into_iter().map(Call::try_from).collect()
    }

    #[tracing::instrument(name = "db.calls.apply", skip_all, fields(call.id = %id))]
    async fn apply(&self, id: CallId, event: &CallEvent, now: OffsetDateTime) -> Result<Option<Call>, StoreError> {
        // Most news is old news, and what tells nothing new now will not do so later: a call only moves forward.
        let present = Entity::find_by_id(id.as_uuid()).one(self.connection()).await.map_err(|e| CALL.error(e))?;
        match present.map(Call::try_from).transpose()? {
            Some(call) if merge(&call, event).is_some() => {}
            _ => return Ok(None),
        }
        let ends = matches!(event, CallEvent::Ended(_));
        transaction!(self, CALL, |tx| {
            let Some(found) = self.load(tx, id, ends).await? else { return Ok(None) };
            let Some(after) = merge(&found.call, event) else { return Ok(None) };
            let after = Call { updated_at: now, ..after };
            self.write_change(tx, Scope::Service, found, after, Vec::new(), now).await.map(Some)
        })
    }
}

pub(super) const LATEST_FIRST: &str = "r.started_at DESC, r.id DESC";

impl Database {
    /// The condition that calls (`r`) of anybody meet which the filter lets through.
    fn matching(&self, filter: CallFilter) -> Sql {
        let mut condition = Sql::new(self.backend(), "r.hidden_at IS NULL");
        push_filter(&mut condition, filter);
        condition
    }

    /// A page of the calls that a user owns or has handled as an agent. They may be many, so they are counted as they are
    /// written (`call_totals`). Each half is read along its own index, no further than the page reaches, and not at all
    /// where its count is zero. Of calls that a page passes over nothing is read but what the index has.
    fn of_user(&self, user: UserId, filter: CallFilter, window: PageRequest) -> Sql {
        let counted_by = filter.campaign.map_or_else(Uuid::nil, CampaignId::as_uuid);
        let mut sql = Sql::new(self.backend(), "").bind(user.as_uuid()).bind(counted_by);
        sql.push(
            "WITH t AS (SELECT CAST(coalesce(sum(CASE WHEN c.handled THEN 0 ELSE c.n END), 0) AS bigint) AS own,
                CAST(coalesce(sum(CASE WHEN c.handled THEN c.n ELSE 0 END), 0) AS bigint) AS handled
             FROM call_totals AS c WHERE c.user_id = $1 AND c.campaign_id = $2",
        );
        push_words(&mut sql, "c.", filter);
        sql.push("), ");
        let columns = Model::columns("r");
        let (read, rest) = match window.offset() {
            0 => ("r.*", "page AS r"),
            _ => ("r.started_at, r.id", "(SELECT r.* FROM page AS p JOIN call_logs AS r ON r.id = p.id) AS r"),
        };
        sql.push("page AS (SELECT r.* FROM (");
        for (n, (of, count)) in [(OWN, "own"), (HANDLED, "handled")].into_iter().enumerate() {
            sql.push(if n == 0 { "" } else { " UNION ALL " });
            sql.push(&format!(
                "SELECT h.* FROM (SELECT {read} FROM call_logs AS r WHERE (SELECT t.{count} FROM t) > 0 AND {of}"
            ));
            push_filter(&mut sql, filter);
            sql.push(&format!(" ORDER BY {LATEST_FIRST}"));
            sql.push_reach(window);
            sql.push(") AS h");
        }
        sql.push(&format!(") AS r ORDER BY {LATEST_FIRST}"));
        sql.push_window(window);
        sql.push(&format!(
            ") SELECT t.own + t.handled AS page_total, {columns} FROM t LEFT JOIN {rest} ON true ORDER BY {LATEST_FIRST}"
        ));
        sql
    }
}

/// Calls of the user.
pub(super) const OWN: &str = "r.user_id = $1 AND r.hidden_at IS NULL";

/// Calls that the user handled for somebody else.
pub(super) const HANDLED: &str = "r.agent_id = $1 AND r.agent_id <> r.user_id AND r.hidden_at IS NULL";

fn push_filter(sql: &mut Sql, filter: CallFilter) {
    if let Some(campaign) = filter.campaign {
        sql.push_bind(" AND r.campaign_id = ", campaign.as_uuid());
    }
    push_words(sql, "r.", filter);
}

pub(super) fn push_words(sql: &mut Sql, of: &str, filter: CallFilter) {
    if let Some(status) = filter.status {
        sql.push_bind(&format!(" AND {of}status = "), status.as_str());
    }
    if let Some(direction) = filter.direction {
        sql.push_bind(&format!(" AND {of}direction = "), direction.as_str());
    }
}

/// Writes new calls.
pub(super) async fn write_new(tx: &DatabaseTransaction, rows: &[Model]) -> Result<(), StoreError> {
    insert::<Entity, _>(tx, rows, &columns_without::<Entity>(&[]), "").await.map_err(|error| CALL.error(error))?;
    Ok(())
}

/// The call's row, which nobody else writes until the transaction ends.
pub(super) async fn locked(tx: &DatabaseTransaction, id: CallId) -> Result<Option<Model>, StoreError> {
    let row = Entity::find_by_id(id.as_uuid()).lock(LockType::NoKeyUpdate).one(tx).await;
    row.map_err(|error| CALL.error(error))
}

/// Writes down where a call that is [`locked`] is heard.
pub(super) async fn set_recording_url(
    tx: &DatabaseTransaction,
    row: Model,
    url: Option<&str>,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let next = Model {
        recording_url: url.map(str::to_owned),
        updated_at: now.into(),
        row_version: row.row_version + 1,
        ..row
    };
    let columns = [Column::RecordingUrl, Column::UpdatedAt, Column::RowVersion];
    update::<Entity, _>(tx, CALL, &[next], &columns, NEXT_VERSION).await
}
