//! Events of the provider.

use async_trait::async_trait;
use dialer_domain::telephony::inbox::{EventFate, ProviderInbox, ReadEvent, ReceivedEvent};
use dialer_domain::{CallId, OffsetDateTime, StoreError};
use sea_orm::prelude::{Json, Uuid};
use sea_orm::{DbErr, FromQueryResult};

use crate::Database;
use crate::errors::PROVIDER_EVENT;
use crate::mapping::instant::Instant;
use crate::mapping::text;
use crate::sql::Sql;
use crate::tx::transaction;

const RECEIVE: &str = "INSERT INTO provider_events (event_id, body, received_at) VALUES ($1, $2, $3)
    ON CONFLICT (event_id) DO NOTHING";

const WAITING: &str =
    "SELECT event_id, body, received_at FROM provider_events WHERE status = 'waiting' ORDER BY seq LIMIT $1";

const SETTLE: &str = "UPDATE provider_events SET status = $2, call_id = $3 WHERE event_id = $1 AND status = 'waiting'";

const FORGET: &str = "DELETE FROM provider_events WHERE status <> 'waiting' AND received_at < $1";

#[derive(FromQueryResult)]
struct Row {
    event_id: String,
    body: Json,
    received_at: Instant,
}

#[async_trait]
impl ProviderInbox for Database {
    #[tracing::instrument(name = "db.inbox.receive", skip_all)]
    async fn receive(&self, event: &ReceivedEvent) -> Result<bool, StoreError> {
        let stored = transaction!(self, PROVIDER_EVENT, |tx| {
            let receive = Sql::new(self.backend(), RECEIVE)
                .bind(text(&event.event_id))
                .bind(event.body.clone())
                .bind(Instant::from(event.received_at));
            receive.execute(tx).await.map_err(|error| PROVIDER_EVENT.error(error))
        })?;
        Ok(stored > 0)
    }

    #[tracing::instrument(name = "db.inbox.waiting", skip_all)]
    async fn waiting(&self, most: u32) -> Result<Vec<ReceivedEvent>, StoreError> {
        let waiting = Sql::new(self.backend(), WAITING).bind(i64::from(most));
        let rows: Result<Vec<Row>, DbErr> = waiting.all_as(self.connection()).await;
        let rows = rows.map_err(|error| PROVIDER_EVENT.error(error))?;
        let event =
            |row: Row| ReceivedEvent { event_id: row.event_id, body: row.body, received_at: row.received_at.get() };
        Ok(rows.into_iter().map(event).collect())
    }

    #[tracing::instrument(name = "db.inbox.settle", skip_all, fields(events = read.len()))]
    async fn settle(&self, read: &[ReadEvent]) -> Result<(), StoreError> {
        if read.is_empty() {
            return Ok(());
        }
        transaction!(self, PROVIDER_EVENT, |tx| {
            for event in read.iter().filter(|event| event.fate != EventFate::Waiting) {
                let call: Option<Uuid> = event.call.map(CallId::as_uuid);
                let settle =
                    Sql::new(self.backend(), SETTLE).bind(text(&event.event_id)).bind(event.fate.as_str()).bind(call);
                settle.execute(tx).await.map_err(|error| PROVIDER_EVENT.error(error))?;
            }
            Ok(())
        })
    }

    #[tracing::instrument(name = "db.inbox.forget", skip_all)]
    async fn forget(&self, before: OffsetDateTime) -> Result<u64, StoreError> {
        transaction!(self, PROVIDER_EVENT, |tx| {
            let forget = Sql::new(self.backend(), FORGET).bind(Instant::from(before));
            forget.execute(tx).await.map_err(|error| PROVIDER_EVENT.error(error))
        })
    }
}
