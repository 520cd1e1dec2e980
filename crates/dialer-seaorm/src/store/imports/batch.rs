//! The contacts of a batch: one statement adds them all, and only when some were left out a second one asks why.
//!
//! `PostgreSQL` gets each column as one array, which it takes apart faster than a staging table could be filled. An array
//! of the driver holds no NULL, so what is missing travels as the empty text, which a list never means. `SQLite`
//! gets the rows as one JSON text.
//!
//! Looking each number up before it is stored (`ON CONFLICT`) is a quarter of `PostgreSQL`'s work with a row. Most lists
//! have no number twice, so a job that has met none yet just stores, and starts the batch again when a number was
//! there. From then on it looks.

use std::collections::BTreeMap;

use dialer_domain::contacts::store::SkipReason;
use dialer_domain::imports::{ImportJob, ListedPerson};
use dialer_domain::{ImportId, OffsetDateTime, PhoneNumber, StoreError};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::ArrayType;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, SqlErr, Value};
use serde_json::json;

use crate::errors::CONTACT;
use crate::mapping::instant::Instant;
use crate::mapping::text;
use crate::sql::Sql;

/// Rows of one statement on `SQLite`.
const SQLITE_ROWS: usize = 1_000;

const COLUMNS: &str =
    "INSERT INTO campaign_contacts (id, campaign_id, phone_number, first_name, last_name, email, company,
    metadata, import_id, row_version, created_at, updated_at)";
const NOT_SUPPRESSED: &str =
    "NOT EXISTS (SELECT 1 FROM suppressions AS s WHERE s.user_id = $4 AND s.phone_number = v.phone_number
                 AND (s.campaign_id IS NULL OR s.campaign_id = $1))";
const UNLESS_THERE: &str = " ON CONFLICT (campaign_id, phone_number) DO NOTHING";

/// Stores those that can be stored, of numbers that all differ. Those that cannot, by their index, and why.
pub(super) async fn store(
    tx: &impl ConnectionTrait,
    job: &ImportJob,
    contacts: &[&ListedPerson],
    now: OffsetDateTime,
) -> Result<BTreeMap<usize, SkipReason>, StoreError> {
    let stored = match tx.get_database_backend() {
        DbBackend::Postgres => store_in_postgres(tx, job, contacts, now).await,
        _ => store_in_sqlite(tx, job, contacts, now).await,
    };
    let stored = stored.map_err(|error| CONTACT.error(error))?;
    if usize::try_from(stored) == Ok(contacts.len()) {
        return Ok(BTreeMap::new());
    }
    why_not(tx, job, contacts).await.map_err(|error| CONTACT.error(error))
}

async fn store_in_postgres(
    tx: &impl ConnectionTrait,
    job: &ImportJob,
    contacts: &[&ListedPerson],
    now: OffsetDateTime,
) -> Result<u64, DbErr> {
    // When the server loses its last moments, it loses the progress with the contacts, and the job reads them again.
    const BEGIN: &str = "SET LOCAL synchronous_commit = off; SAVEPOINT batch";
    if contacts.is_empty() {
        return Ok(0);
    }
    tx.execute_unprepared(BEGIN).await?;
    if !job.progress.met_duplicates() {
        match arrays(job, contacts, now, "").execute(tx).await {
            Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
                tx.execute_unprepared("ROLLBACK TO SAVEPOINT batch").await?;
            }
            stored => return stored,
        }
    }
    arrays(job, contacts, now, UNLESS_THERE).execute(tx).await
}

fn arrays(job: &ImportJob, contacts: &[&ListedPerson], now: OffsetDateTime, if_there: &str) -> Sql {
    let insert = format!(
        "{COLUMNS}
         SELECT v.id, $1, v.phone_number, nullif(v.first_name, ''), nullif(v.last_name, ''), nullif(v.email, ''),
             nullif(v.company, ''), CASE v.metadata WHEN '' THEN '{{}}' ELSE v.metadata END::jsonb, $2, 1, $3, $3
         FROM unnest($5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])
             WITH ORDINALITY AS v(id, phone_number, first_name, last_name, email, company, metadata, place)
         WHERE {NOT_SUPPRESSED} ORDER BY v.place{if_there}"
    );
    let texts = |of: fn(&ListedPerson) -> String| {
        let values = contacts.iter().map(|contact| Value::String(Some(of(contact))));
        Value::Array(ArrayType::String, Some(Box::new(values.collect())))
    };
    Sql::new(DbBackend::Postgres, insert)
        .bind(job.campaign_id.as_uuid())
        .bind(job.id.as_uuid())
        .bind(Instant::from(now))
        .bind(job.user_id.as_uuid())
        .bind(ids(contacts))
        .bind(texts(|contact| contact.person.phone_number.as_e164().to_owned()))
        .bind(texts(|contact| or_empty(contact.person.first_name.as_deref())))
        .bind(texts(|contact| or_empty(contact.person.last_name.as_deref())))
        .bind(texts(|contact| or_empty(contact.person.email.as_deref())))
        .bind(texts(|contact| or_empty(contact.person.company.as_deref())))
        .bind(texts(metadata))
}

fn ids(contacts: &[&ListedPerson]) -> Value {
    let ids = contacts.iter().map(|contact| Value::Uuid(Some(contact.id.as_uuid())));
    Value::Array(ArrayType::Uuid, Some(Box::new(ids.collect())))
}

fn or_empty(value: Option<&str>) -> String {
    value.map(text).unwrap_or_default()
}

/// JSON text, or nothing for no metadata.
fn metadata(contact: &ListedPerson) -> String {
    let metadata = &contact.person.metadata;
    if metadata.is_empty() { String::new() } else { crate::mapping::json(metadata).to_string() }
}

async fn store_in_sqlite(
    tx: &impl ConnectionTrait,
    job: &ImportJob,
    contacts: &[&ListedPerson],
    now: OffsetDateTime,
) -> Result<u64, DbErr> {
    let insert = format!(
        "{COLUMNS}
         SELECT v.id, $1, v.phone_number, v.first_name, v.last_name, v.email, v.company, v.metadata, $2, 1, $3, $3
         FROM (SELECT unhex(value ->> 0, '-') AS id, value ->> 1 AS phone_number, value ->> 2 AS first_name,
                   value ->> 3 AS last_name, value ->> 4 AS email, value ->> 5 AS company, value ->> 6 AS metadata
               FROM json_each($5)) AS v
         WHERE {NOT_SUPPRESSED}{UNLESS_THERE}"
    );
    let mut stored = 0;
    for rows in contacts.chunks(SQLITE_ROWS) {
        let rows: Vec<_> = rows.iter().map(|contact| row(contact)).collect();
        let sql = Sql::new(DbBackend::Sqlite, insert.clone())
            .bind(job.campaign_id.as_uuid())
            .bind(job.id.as_uuid())
            .bind(Instant::from(now))
            .bind(job.user_id.as_uuid())
            .bind(serde_json::to_string(&rows).map_err(|error| DbErr::Json(error.to_string()))?);
        stored += sql.execute(tx).await?;
    }
    Ok(stored)
}

/// The columns of a contact, as one row of `SQLite`'s JSON.
type JsonRow<'a> =
    (Uuid, &'a str, Option<String>, Option<String>, Option<String>, Option<String>, std::borrow::Cow<'a, str>);

fn row(contact: &ListedPerson) -> JsonRow<'_> {
    let person = &contact.person;
    let some = |value: Option<&str>| value.filter(|value| !value.is_empty()).map(text);
    let metadata = if person.metadata.is_empty() { "{}".into() } else { metadata(contact).into() };
    (
        contact.id.as_uuid(),
        person.phone_number.as_e164(),
        some(person.first_name.as_deref()),
        some(person.last_name.as_deref()),
        some(person.email.as_deref()),
        some(person.company.as_deref()),
        metadata,
    )
}

/// Which of these contacts are not stored, and why.
async fn why_not(
    tx: &impl ConnectionTrait,
    job: &ImportJob,
    contacts: &[&ListedPerson],
) -> Result<BTreeMap<usize, SkipReason>, DbErr> {
    let backend = tx.get_database_backend();
    let text = format!(
        "SELECT v.place, k.id, k.import_id FROM {}
         LEFT JOIN campaign_contacts AS k ON k.campaign_id = $1 AND k.phone_number = v.phone_number",
        NumbersOf::table(backend, 2)
    );
    let numbers: Vec<&PhoneNumber> = contacts.iter().map(|contact| &contact.person.phone_number).collect();
    let sql = Sql::new(backend, text).bind(job.campaign_id.as_uuid()).bind(NumbersOf::value(backend, &numbers));
    let mut refused = BTreeMap::new();
    for row in sql.all(tx).await? {
        let place = usize::try_from(row.try_get::<i64>("", "place")?).unwrap_or(usize::MAX);
        let listed: Option<Uuid> = row.try_get("", "id")?;
        if listed != contacts.get(place).map(|contact| contact.id.as_uuid()) {
            let import: Option<Uuid> = row.try_get("", "import_id")?;
            refused.insert(place, job.why_left_out(listed.map(|_| import.map(ImportId::new))));
        }
    }
    Ok(refused)
}

/// Numbers as a table `v` with their places, from 0.
pub(super) struct NumbersOf;

impl NumbersOf {
    pub(super) fn table(backend: DbBackend, parameter: usize) -> String {
        match backend {
            DbBackend::Postgres => format!(
                "(SELECT u.phone_number, u.ordinal - 1 AS place
                  FROM unnest(${parameter}::text[]) WITH ORDINALITY AS u(phone_number, ordinal)) AS v"
            ),
            _ => format!("(SELECT key AS place, value AS phone_number FROM json_each(${parameter})) AS v"),
        }
    }

    pub(super) fn value<N: std::borrow::Borrow<PhoneNumber>>(backend: DbBackend, numbers: &[N]) -> Value {
        let numbers = numbers.iter().map(|number| number.borrow().as_e164().to_owned());
        match backend {
            DbBackend::Postgres => {
                let values = numbers.map(|number| Value::String(Some(number)));
                Value::Array(ArrayType::String, Some(Box::new(values.collect())))
            }
            _ => json!(numbers.collect::<Vec<_>>()).into(),
        }
    }
}

/// Removes the contacts of an import that have never been called. How many those were, and how many stay.
pub(super) async fn remove(tx: &impl ConnectionTrait, job: &ImportJob) -> Result<(u64, u64), DbErr> {
    let backend = tx.get_database_backend();
    let of_job = |text: &str| Sql::new(backend, text).bind(job.campaign_id.as_uuid()).bind(job.id.as_uuid());
    let removed = of_job(
        "DELETE FROM campaign_contacts WHERE campaign_id = $1 AND import_id = $2 AND attempts = 0
         AND NOT EXISTS (SELECT 1 FROM call_logs AS l WHERE l.contact_id = campaign_contacts.id)",
    );
    let removed = removed.execute(tx).await?;
    let kept = "SELECT count(*) AS kept FROM campaign_contacts WHERE campaign_id = $1 AND import_id = $2";
    let kept = of_job(kept).one(tx).await?.map_or(Ok(0), |row| row.try_get::<i64>("", "kept"))?;
    Ok((removed, u64::try_from(kept).unwrap_or(0)))
}
