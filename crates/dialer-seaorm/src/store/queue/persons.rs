//! Persons on several numbers, and what calls were about, by what the metadata of contacts say.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use dialer_domain::{Call, CallId, PhoneNumber, StoreError, UserId};
use sea_orm::prelude::Uuid;
use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use serde_json::json;

use super::facts::Candidate;
use crate::Database;
use crate::errors::CONTACT;
use crate::mapping::Row;
use crate::sql::{Sql, ids_of};

/// The id in the metadata of contact `k`, as the index keeps it.
fn id_sql(backend: DbBackend, key: &str) -> String {
    match backend {
        DbBackend::Postgres => format!("left(k.metadata ->> '{key}', 64)"),
        _ => format!("substr(k.metadata ->> '{key}', 1, 64)"),
    }
}

impl Database {
    /// The numbers of the contacts of `owner` that are the same persons as candidates: by the persons' ids.
    pub(super) async fn numbers_of_persons(
        &self,
        db: &impl ConnectionTrait,
        owner: UserId,
        candidates: &[Candidate],
    ) -> Result<HashMap<String, Vec<PhoneNumber>>, StoreError> {
        let persons: BTreeSet<String> =
            candidates.iter().filter_map(|candidate| candidate.contact.person.person_id()).collect();
        if persons.is_empty() {
            return Ok(HashMap::new());
        }
        let wanted = match self.backend() {
            DbBackend::Postgres => "(SELECT jsonb_array_elements_text($2))",
            _ => "(SELECT value FROM json_each($2))",
        };
        let person = id_sql(self.backend(), "person_id");
        let numbers = format!(
            "SELECT DISTINCT {person} AS person, k.phone_number
             FROM campaign_contacts AS k JOIN dialer_campaigns AS c ON c.id = k.campaign_id
             WHERE c.user_id = $1 AND k.metadata ->> 'person_id' IS NOT NULL AND {person} IN {wanted}
             ORDER BY 1, 2"
        );
        let numbers = Sql::new(self.backend(), numbers).bind(owner.as_uuid()).bind(json!(persons));
        let rows = numbers.all(db).await.map_err(|error| CONTACT.error(error))?;
        let mut found: HashMap<String, Vec<PhoneNumber>> = HashMap::new();
        for row in rows {
            let read = || -> Result<(String, String), DbErr> {
                Ok((row.try_get("", "person")?, row.try_get("", "phone_number")?))
            };
            let (person, number) = read().map_err(|error| CONTACT.error(error))?;
            let number = Row::new(CONTACT.table, &"of a person").number(&number)?;
            found.entry(person).or_default().push(number);
        }
        Ok(found)
    }

    /// What calls were about, where candidates are about something.
    pub(super) async fn subjects_of(
        &self,
        db: &impl ConnectionTrait,
        candidates: &[Candidate],
        calls: &[Call],
    ) -> Result<BTreeMap<CallId, String>, StoreError> {
        let asked = candidates.iter().any(|candidate| candidate.contact.person.subject_id().is_some());
        if !asked || calls.is_empty() {
            return Ok(BTreeMap::new());
        }
        let ids: Vec<CallId> = calls.iter().map(|call| call.id).collect();
        let (subject, ids_given) = (id_sql(self.backend(), "subject_id"), ids_of(self.backend(), 1));
        let subjects = format!(
            "SELECT l.id, {subject} AS subject FROM call_logs AS l JOIN campaign_contacts AS k ON k.id = l.contact_id
             WHERE l.id IN {ids_given} AND {subject} <> ''"
        );
        let rows = Sql::new(self.backend(), subjects).bind(json!(ids)).all(db).await;
        let read = rows.and_then(|rows| {
            let read = |row: &sea_orm::QueryResult| {
                Ok((CallId::new(row.try_get::<Uuid>("", "id")?), row.try_get("", "subject")?))
            };
            rows.iter().map(read).collect::<Result<_, DbErr>>()
        });
        read.map_err(|error| CONTACT.error(error))
    }
}
