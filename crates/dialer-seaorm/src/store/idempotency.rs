//! Requests that carry a key.
//!
//! A key's row is the first that its transaction writes, so that a second request with the key waits there until the first
//! has ended, and then finds its answer, or carries it out itself. On `SQLite` it waits for its turn to write.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use dialer_domain::idempotency::{Begun, IdempotencyKey, IdempotencyStore, KeyedRequest, StoredAnswer, UnitOfWork};
use dialer_domain::{Scope, StoreError, Stores, UserId};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use serde_json::json;
use time::format_description::well_known::Rfc3339;
use tokio::sync::Mutex;

use crate::errors::KEY;
use crate::mapping::instant::Instant;
use crate::session::Session;
use crate::sql::Sql;
use crate::tx::{DatabaseTransaction, begin_immediately, transaction};
use crate::{Database, DatabaseKind, postgres};

/// Removes answers that nobody can ask for any more, a few at a time. The parameter is the present instant.
const SWEEP: &str = "DELETE FROM idempotency_keys WHERE id IN
    (SELECT id FROM idempotency_keys WHERE expires_at <= {now} ORDER BY expires_at LIMIT 100{lock})";

/// Takes a key, unless it holds an answer that has not expired.
const TAKE: &str = "
    INSERT INTO idempotency_keys (id, user_id, key, fingerprint, status, created_at, expires_at)
    VALUES ($1, $2, $3, $4, 0, $5, $6)
    ON CONFLICT (user_id, key) DO UPDATE SET id = excluded.id, fingerprint = excluded.fingerprint, status = 0,
        headers = '{}', body = '', created_at = excluded.created_at, expires_at = excluded.expires_at
    WHERE idempotency_keys.expires_at <= $5
    RETURNING id";

const KNOWN: &str = "SELECT fingerprint, status, headers, body FROM idempotency_keys WHERE user_id = $1 AND key = $2";

const ANSWER: &str = "UPDATE idempotency_keys SET status = $3, headers = $4, body = $5 WHERE user_id = $1 AND key = $2";

#[async_trait]
impl IdempotencyStore for Database {
    #[tracing::instrument(name = "db.idempotency.begin", skip_all, fields(user.id = %request.user))]
    async fn begin(&self, request: KeyedRequest) -> Result<Begun, StoreError> {
        const TRIES: u32 = 3;
        for _ in 0..TRIES {
            let session = Arc::new(self.open_session(&request).await.map_err(|error| KEY.error(error))?);
            let unit = Unit { db: self.during(session.clone()), session, user: request.user, key: request.key.clone() };
            let inside = unit.db.within(Scope::User(request.user));
            let begun = async {
                if inside.take(&request).await? {
                    return Ok(None);
                }
                inside.known(&request).await
            };
            match begun.await.map_err(|error| KEY.error(error))? {
                None => return Ok(Begun::Fresh(Box::new(unit))),
                Some(Known::Same(answer)) => return Ok(Begun::Replay(answer)),
                Some(Known::Other) => return Ok(Begun::Mismatch),
                // It was there and is not any more.
                Some(Known::Gone) => {}
            }
        }
        Err(StoreError::Stale { what: KEY.row })
    }

    #[tracing::instrument(name = "db.idempotency.amend", skip_all, fields(user.id = %user))]
    async fn amend(&self, user: UserId, key: &IdempotencyKey, answer: StoredAnswer) -> Result<(), StoreError> {
        let db = self.within(Scope::User(user));
        transaction!(&db, KEY, |tx| {
            self.write_answer(tx, user, key, &answer).await.map_err(|error| KEY.error(error))?;
            Ok(())
        })
    }
}

/// What a key holds already.
enum Known {
    Same(StoredAnswer),
    Other,
    Gone,
}

impl Database {
    /// Begins the transaction of a unit of work, and sweeps up.
    async fn open_session(&self, request: &KeyedRequest) -> Result<Session, DbErr> {
        let scope = Scope::User(request.user);
        let turn = self.long_turn().await;
        let pool = self.connection().pool();
        let tx = match self.kind() {
            DatabaseKind::Sqlite => {
                let tx = begin_immediately(pool).await?;
                let sweep = SWEEP.replace("{now}", "$1").replace("{lock}", "");
                Sql::new(self.backend(), sweep).bind(Instant::from(request.now)).execute(&tx).await?;
                DatabaseTransaction::Sqlite(tx)
            }
            DatabaseKind::Postgres => {
                let now = request.now.format(&Rfc3339).map_err(|error| DbErr::Custom(error.to_string()))?;
                let sweep = SWEEP.replace("{now}", &format!("'{now}'")).replace("{lock}", " FOR UPDATE SKIP LOCKED");
                // What others left behind is swept as the service, all in the round trip that begins the transaction.
                let begin =
                    [postgres::become_scope(Scope::Service), sweep, postgres::become_scope(scope), "BEGIN".to_owned()];
                let tx = postgres::begin(pool.get_postgres_connection_pool(), &begin.join("; ")).await?;
                DatabaseTransaction::Postgres(Mutex::new(tx))
            }
        };
        Ok(Session::new(tx, scope, turn))
    }

    /// Whether the key is this request's now.
    async fn take(&self, request: &KeyedRequest) -> Result<bool, DbErr> {
        let sql = Sql::new(self.backend(), TAKE)
            .bind(request.id)
            .bind(request.user.as_uuid())
            .bind(request.key.as_str())
            .bind(request.fingerprint.as_str())
            .bind(Instant::from(request.now))
            .bind(Instant::from(request.expires_at()));
        Ok(sql.one(self.connection()).await?.is_some())
    }

    async fn known(&self, request: &KeyedRequest) -> Result<Option<Known>, DbErr> {
        let sql = Sql::new(self.backend(), KNOWN).bind(request.user.as_uuid()).bind(request.key.as_str());
        let Some(row) = sql.one(self.connection()).await? else { return Ok(Some(Known::Gone)) };
        let same = row.try_get::<String>("", "fingerprint")? == request.fingerprint;
        Ok(Some(if same { Known::Same(answer_of(&row)?) } else { Known::Other }))
    }

    async fn write_answer(
        &self,
        db: &impl ConnectionTrait,
        user: UserId,
        key: &IdempotencyKey,
        answer: &StoredAnswer,
    ) -> Result<u64, DbErr> {
        let sql = Sql::new(self.backend(), ANSWER)
            .bind(user.as_uuid())
            .bind(key.as_str())
            .bind(i64::from(answer.status))
            .bind(json!(answer.headers))
            .bind(answer.body.as_str());
        sql.execute(db).await
    }
}

fn answer_of(row: &QueryResult) -> Result<StoredAnswer, DbErr> {
    let headers: serde_json::Value = row.try_get("", "headers")?;
    let headers: BTreeMap<String, String> =
        serde_json::from_value(headers).map_err(|error| DbErr::Json(error.to_string()))?;
    let status: i64 = row.try_get("", "status")?;
    let status = u16::try_from(status).map_err(|error| DbErr::Type(error.to_string()))?;
    Ok(StoredAnswer { status, headers, body: row.try_get("", "body")? })
}

/// A unit of work: a session whose first row is the key's.
struct Unit {
    db: Database,
    session: Arc<Session>,
    user: UserId,
    key: IdempotencyKey,
}

#[async_trait]
impl UnitOfWork for Unit {
    fn stores(&self) -> Stores {
        Stores::on(self.db.clone())
    }

    #[tracing::instrument(name = "db.idempotency.commit", skip_all, fields(user.id = %self.user))]
    async fn commit(self: Box<Self>, answer: StoredAnswer) -> Result<(), StoreError> {
        let inside = self.db.within(Scope::User(self.user));
        let commit = async {
            self.db.write_answer(inside.connection(), self.user, &self.key, &answer).await?;
            self.session.commit().await
        };
        match commit.await {
            Ok(true) => Ok(()),
            Ok(false) => Err(StoreError::Stale { what: KEY.row }),
            Err(error) => Err(KEY.error(error)),
        }
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        self.session.abandon();
    }
}
