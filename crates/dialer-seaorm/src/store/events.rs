//! The event log.

use async_trait::async_trait;
use dialer_domain::events::{Event, EventLog, NewEvent};
use dialer_domain::{CallId, Scope, StoreError};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use super::owner;
use crate::Database;
use crate::entity::event::{Column, Entity, Model};
use crate::errors::EVENT;
use crate::sql::{columns_without, insert};
use crate::tx::{DatabaseTransaction, transaction};

#[async_trait]
impl EventLog for Database {
    #[tracing::instrument(name = "db.events.since", skip_all, fields(seq, limit))]
    async fn since(&self, scope: Scope, seq: i64, limit: u16) -> Result<Vec<Event>, StoreError> {
        self.after(scope, seq, limit, None).await
    }

    #[tracing::instrument(name = "db.events.of_call", skip_all, fields(call.id = %call, seq, limit))]
    async fn of_call(&self, scope: Scope, call: CallId, seq: i64, limit: u16) -> Result<Vec<Event>, StoreError> {
        self.after(scope, seq, limit, Some(call)).await
    }

    #[tracing::instrument(name = "db.events.note", skip_all, fields(kind = %event.kind))]
    async fn note(&self, scope: Scope, event: &NewEvent) -> Result<(), StoreError> {
        if !scope.covers(event.user_id) {
            return Err(StoreError::MissingReference { what: "the owner" });
        }
        transaction!(&self.within(scope), EVENT, |tx| { append(tx, std::slice::from_ref(event)).await })
    }
}

impl Database {
    /// Up to `limit` events after `seq`, only those of `call` where it is given.
    async fn after(&self, scope: Scope, seq: i64, limit: u16, call: Option<CallId>) -> Result<Vec<Event>, StoreError> {
        let rows = Entity::find()
            .filter(Column::Seq.gt(seq))
            .apply_if(call, |query, call| query.filter(Column::CallId.eq(call.as_uuid())))
            .apply_if(owner(scope), |query, user| query.filter(Column::UserId.eq(user)))
            .order_by_asc(Column::Seq)
            .limit(u64::from(limit))
            .all(self.within(scope).connection())
            .await
            .map_err(|error| EVENT.error(error))?;
        rows.into_iter().map(Event::try_from).collect()
    }
}

/// Writes events down: the last thing that a transaction does, because it then holds the log until it ends.
pub(super) async fn append(tx: &DatabaseTransaction, events: &[NewEvent]) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let rows: Vec<Model> = events.iter().map(Model::from).collect();
    let given_by_us = columns_without::<Entity>(&[Column::Seq]);
    insert::<Entity, _>(tx, &rows, &given_by_us, "").await.map_err(|error| EVENT.error(error))?;
    Ok(())
}
