//! Copies of registers: loaded by batches, looked up number by number.

use std::collections::HashMap;

use async_trait::async_trait;
use dialer_domain::events::EventKind;
use dialer_domain::ids::RegistryCopyId;
use dialer_domain::registries::store::{CopyFilter, Listing, RegistryStore};
use dialer_domain::registries::{CopyStatus, Listed, RegistryCopy, in_force};
use dialer_domain::{OffsetDateTime, Page, PageRequest, PhoneNumber, Scope, StoreError, UserId};
use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use serde_json::json;

use super::events::append;
use crate::Database;
use crate::entity::registry_copy::{Column, Entity, Model};
use crate::errors::REGISTRY_COPY;
use crate::mapping::Row;
use crate::mapping::instant::Instant;
use crate::mapping::registry::{day, day_text, digits};
use crate::mapping::signed;
use crate::sql::{Sql, columns_without, insert, page};
use crate::tx::{DatabaseTransaction, transaction};

#[async_trait]
impl RegistryStore for Database {
    #[tracing::instrument(name = "db.registries.begin", skip_all, fields(copy.id = %copy.id))]
    async fn begin_copy(&self, copy: &RegistryCopy) -> Result<(), StoreError> {
        transaction!(self, REGISTRY_COPY, |tx| {
            take_turn(tx).await?;
            let mut before = Sql::new(self.backend(), "UPDATE registry_copies SET status = 'failed' WHERE true");
            push_siblings(&mut before, copy, CopyStatus::Loading);
            before.execute(tx).await.map_err(error)?;
            let given_by_us = columns_without::<Entity>(&[Column::Seq]);
            insert::<Entity, _>(tx, &[Model::from(copy)], &given_by_us, "").await.map_err(error)?;
            Ok(())
        })
    }

    #[tracing::instrument(name = "db.registries.load", skip_all, fields(copy.id = %copy, count = numbers.len()))]
    async fn load_numbers(&self, copy: RegistryCopyId, numbers: Vec<Listed>) -> Result<u64, StoreError> {
        let rows: Vec<(Option<i64>, Option<String>)> =
            numbers.iter().map(|listed| (digits(&listed.phone_number), listed.since.map(day_text))).collect();
        transaction!(self, REGISTRY_COPY, |tx| {
            let seq = self.loading(tx, copy).await?.seq;
            let (number, since, rows_of) = match self.backend() {
                DbBackend::Postgres => ("(value ->> 0)::bigint", "value ->> 1", "jsonb_array_elements($2)"),
                _ => ("value ->> 0", "value ->> 1", "json_each($2)"),
            };
            let load = format!(
                "INSERT INTO registry_numbers (copy, number, since) SELECT $1, {number}, {since} FROM {rows_of} AS v
                 WHERE true ON CONFLICT DO NOTHING"
            );
            let load = Sql::new(self.backend(), load).bind(seq).bind(json!(rows));
            load.execute(tx).await.map_err(error)
        })
    }

    #[tracing::instrument(name = "db.registries.activate", skip_all, fields(copy.id = %copy.id))]
    async fn activate_copy(&self, copy: &RegistryCopy, now: OffsetDateTime) -> Result<RegistryCopy, StoreError> {
        transaction!(self, REGISTRY_COPY, |tx| {
            take_turn(tx).await?;
            let loaded = RegistryCopy::try_from(self.loading(tx, copy.id).await?)?;
            let mut before = Sql::new(self.backend(), "UPDATE registry_copies SET status = 'superseded' WHERE true");
            push_siblings(&mut before, &loaded, CopyStatus::Active);
            before.execute(tx).await.map_err(error)?;
            let active = RegistryCopy {
                status: CopyStatus::Active,
                numbers: copy.numbers,
                broken: copy.broken,
                file_hash: copy.file_hash.clone(),
                imported_at: Some(Instant::from(now).get()),
                ..loaded
            };
            self.write_end(tx, &active).await?;
            match active.user_id {
                Some(owner) => self.wait_for_claims(tx, owner, None).await?,
                None => self.wait_for_all_claims(tx).await?,
            }
            append(tx, &[active.event(EventKind::RegistryImported, now)]).await?;
            Ok(active)
        })
    }

    #[tracing::instrument(name = "db.registries.fail", skip_all, fields(copy.id = %copy.id))]
    async fn fail_copy(&self, copy: &RegistryCopy, now: OffsetDateTime) -> Result<bool, StoreError> {
        transaction!(self, REGISTRY_COPY, |tx| {
            let loaded = match self.loading(tx, copy.id).await {
                Ok(row) => RegistryCopy::try_from(row)?,
                Err(StoreError::Stale { .. }) => return Ok(false),
                Err(error) => return Err(error),
            };
            let failed = RegistryCopy {
                status: CopyStatus::Failed,
                numbers: copy.numbers,
                broken: copy.broken,
                file_hash: copy.file_hash.clone(),
                ..loaded
            };
            self.write_end(tx, &failed).await?;
            append(tx, &[failed.event(EventKind::RegistryRefused, now)]).await?;
            Ok(true)
        })
    }

    #[tracing::instrument(name = "db.registries.clear", skip_all, fields(limit))]
    async fn clear_numbers(&self, limit: u32, now: OffsetDateTime) -> Result<Option<u64>, StoreError> {
        transaction!(self, REGISTRY_COPY, |tx| {
            let spent = "SELECT r.* FROM registry_copies AS r
                         WHERE r.status IN ('superseded', 'failed') AND r.cleared_at IS NULL ORDER BY r.seq LIMIT 1";
            let spent = Sql::new(self.backend(), spent).locked();
            let Some(spent) = spent.one_as::<Model>(tx).await.map_err(error)? else { return Ok(None) };
            let clear = "DELETE FROM registry_numbers WHERE copy = $1 AND number IN
                         (SELECT n.number FROM registry_numbers AS n WHERE n.copy = $1 ORDER BY n.number LIMIT $2)";
            let clear = Sql::new(self.backend(), clear).bind(spent.seq).bind(i64::from(limit));
            let removed = clear.execute(tx).await.map_err(error)?;
            if removed < u64::from(limit) {
                let cleared = "UPDATE registry_copies SET cleared_at = $1 WHERE id = $2";
                let cleared = Sql::new(self.backend(), cleared).bind(Instant::from(now)).bind(spent.id);
                cleared.execute(tx).await.map_err(error)?;
            }
            Ok(Some(removed))
        })
    }

    #[tracing::instrument(name = "db.registries.list", skip_all)]
    async fn copies(
        &self,
        scope: Scope,
        filter: CopyFilter,
        window: PageRequest,
    ) -> Result<Page<RegistryCopy>, StoreError> {
        let mut condition = Sql::new(self.backend(), "true");
        if let Scope::User(user) = scope {
            condition.push_bind(" AND (r.user_id IS NULL OR r.user_id = ", user.as_uuid());
            condition.push(")");
        }
        if let Some(registry) = &filter.registry {
            condition.push_bind(" AND r.registry = ", registry.as_str());
        }
        if let Some(status) = filter.status {
            condition.push_bind(" AND r.status = ", status.as_str());
        }
        let db = self.within(scope);
        let last_first = "r.created_at DESC, r.id DESC";
        let found = page::<Model>(db.connection(), REGISTRY_COPY.table, condition, last_first, window).await;
        let (rows, total) = found.map_err(error)?;
        Ok(Page { items: rows.into_iter().map(RegistryCopy::try_from).collect::<Result<_, _>>()?, total })
    }

    #[tracing::instrument(name = "db.registries.in_force", skip_all, fields(user.id = %owner))]
    async fn copies_in_force(&self, owner: UserId) -> Result<Vec<RegistryCopy>, StoreError> {
        let db = self.within(Scope::User(owner));
        Ok(binding(db.connection(), owner).await?.into_iter().map(|(copy, _)| copy).collect())
    }

    #[tracing::instrument(name = "db.registries.listings", skip_all, fields(user.id = %owner, count = numbers.len()))]
    async fn listings(&self, owner: UserId, numbers: Vec<PhoneNumber>) -> Result<Vec<Vec<Listing>>, StoreError> {
        listings(self.within(Scope::User(owner)).connection(), owner, &numbers).await
    }
}

/// The copies that bind `owner`, with the short numbers by which their rows name them, in or outside of a transaction.
async fn binding(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<(RegistryCopy, i64)>, StoreError> {
    // Two questions, so that an index answers each.
    let active = "
        SELECT r.* FROM registry_copies AS r WHERE r.status = 'active' AND r.user_id = $1 AND r.user_id IS NOT NULL
        UNION ALL
        SELECT r.* FROM registry_copies AS r WHERE r.status = 'active' AND r.user_id IS NULL";
    let active = Sql::new(db.get_database_backend(), active).bind(owner.as_uuid());
    let rows = active.all_as::<Model>(db).await.map_err(error)?;
    let seqs: HashMap<RegistryCopyId, i64> = rows.iter().map(|row| (RegistryCopyId::new(row.id), row.seq)).collect();
    let copies = rows.into_iter().map(RegistryCopy::try_from).collect::<Result<_, _>>()?;
    let with_seq = |copy: RegistryCopy| seqs.get(&copy.id).map(|seq| (copy, *seq));
    Ok(in_force(copies).into_iter().filter_map(with_seq).collect())
}

/// For each of `numbers`, what the copies that bind `owner` say of it, in or outside of a transaction; see
/// [`RegistryStore::listings`].
pub(super) async fn listings(
    db: &impl ConnectionTrait,
    owner: UserId,
    numbers: &[PhoneNumber],
) -> Result<Vec<Vec<Listing>>, StoreError> {
    let copies = binding(db, owner).await?;
    let backend = db.get_database_backend();
    let (wanted, of) = match backend {
        DbBackend::Postgres => (
            "(SELECT DISTINCT value::bigint AS number FROM jsonb_array_elements_text($1))",
            "(SELECT value::bigint FROM jsonb_array_elements_text($2))",
        ),
        _ => ("(SELECT DISTINCT value AS number FROM json_each($1))", "(SELECT value FROM json_each($2))"),
    };
    let listed = format!(
        "SELECT n.copy, n.number, n.since FROM {wanted} AS w JOIN registry_numbers AS n ON n.number = w.number
         WHERE n.copy IN {of}"
    );
    let digits_of: Vec<Option<i64>> = numbers.iter().map(digits).collect();
    let seqs: Vec<i64> = copies.iter().map(|(_, seq)| *seq).collect();
    let listed = Sql::new(backend, listed).bind(json!(digits_of)).bind(json!(seqs));
    let mut found: HashMap<(i64, i64), Option<String>> = HashMap::new();
    for row in listed.all(db).await.map_err(error)? {
        let read = || -> Result<_, DbErr> { Ok((row.try_get("", "copy")?, row.try_get("", "number")?)) };
        found.insert(read().map_err(error)?, row.try_get("", "since").map_err(error)?);
    }
    let of_number = |number: &Option<i64>| copies.iter().map(|copy| listing(copy, *number, &found)).collect();
    digits_of.iter().map(of_number).collect()
}

/// What a copy says of a number.
fn listing(
    (copy, seq): &(RegistryCopy, i64),
    number: Option<i64>,
    found: &HashMap<(i64, i64), Option<String>>,
) -> Result<Listing, StoreError> {
    let row = number.and_then(|number| found.get(&(*seq, number)));
    let id = copy.id;
    let since = row.and_then(Option::as_deref).map(|text| day(&Row::new("registry_numbers", &id), text));
    Ok(Listing { copy: copy.clone(), is_listed: row.is_some(), since: since.transpose()? })
}

impl Database {
    /// A copy that is loading, held until the transaction ends.
    async fn loading(&self, tx: &DatabaseTransaction, id: RegistryCopyId) -> Result<Model, StoreError> {
        let loading = "SELECT r.* FROM registry_copies AS r WHERE r.id = $1 AND r.status = 'loading'";
        let loading = Sql::new(self.backend(), loading).bind(id.as_uuid()).locked();
        let row = loading.one_as::<Model>(tx).await.map_err(error)?;
        row.ok_or(StoreError::Stale { what: REGISTRY_COPY.row })
    }

    /// Writes how a copy ended.
    async fn write_end(&self, tx: &DatabaseTransaction, copy: &RegistryCopy) -> Result<(), StoreError> {
        let end = "UPDATE registry_copies SET status = $1, numbers = $2, broken = $3, file_hash = $4, imported_at = $5
                   WHERE id = $6";
        let end = Sql::new(self.backend(), end)
            .bind(copy.status.as_str())
            .bind(signed(copy.numbers))
            .bind(signed(copy.broken))
            .bind(copy.file_hash.clone())
            .bind(copy.imported_at.map(Instant::from))
            .bind(copy.id.as_uuid());
        end.execute(tx).await.map_err(error).map(|_| ())
    }
}

/// Makes whoever else begins a copy or puts one into force wait until the transaction ends: no lock of a row keeps two of one
/// register apart that neither of them sees yet. `SQLite` has one writer anyway.
async fn take_turn(tx: &DatabaseTransaction) -> Result<(), StoreError> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let lock = "LOCK TABLE registry_copies IN SHARE ROW EXCLUSIVE MODE";
        tx.execute_unprepared(lock).await.map_err(error)?;
    }
    Ok(())
}

/// Appends a condition that only copies meet which are of the same register and owner, and so far.
fn push_siblings(sql: &mut Sql, copy: &RegistryCopy, status: CopyStatus) {
    sql.push_bind(" AND status = ", status.as_str());
    sql.push_bind(" AND registry = ", copy.registry.as_str());
    match copy.user_id {
        Some(owner) => sql.push_bind(" AND user_id = ", owner.as_uuid()),
        None => sql.push(" AND user_id IS NULL"),
    }
}

fn error(error: DbErr) -> StoreError {
    REGISTRY_COPY.error(error)
}
