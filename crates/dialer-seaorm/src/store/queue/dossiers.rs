//! What the rules of a contact's place ask about it: past calls with its number, consents, registers, bans.

use std::collections::{BTreeSet, HashMap};

use dialer_domain::rules::{Circumstances, Dossier, Past, RuleBook};
use dialer_domain::{Call, OffsetDateTime, PhoneNumber, StoreError, UserId};
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::json;

use super::facts::Candidate;
use crate::Database;
use crate::entity::call;
use crate::errors::CALL;
use crate::mapping::instant::Instant;
use crate::sql::Sql;
use crate::store::{bans, consents, registries};

/// The calls of a user with some numbers since an instant, made or come in. Parameters: user, numbers, instant.
fn calls_sql(backend: DbBackend) -> String {
    let numbers = match backend {
        DbBackend::Postgres => "(SELECT jsonb_array_elements_text($2))",
        _ => "(SELECT value FROM json_each($2))",
    };
    format!(
        "SELECT l.* FROM call_logs AS l
         WHERE l.user_id = $1 AND l.direction = 'outbound' AND l.to_number IN {numbers} AND l.started_at >= $3
         UNION ALL
         SELECT l.* FROM call_logs AS l
         WHERE l.user_id = $1 AND l.direction = 'inbound' AND l.from_number IN {numbers} AND l.started_at >= $3"
    )
}

impl Database {
    /// What holds now for every contact of `owner`.
    pub(in crate::store) async fn circumstances_of(
        &self,
        db: &impl ConnectionTrait,
        owner: UserId,
        now: OffsetDateTime,
    ) -> Result<Circumstances, StoreError> {
        Ok(Circumstances { governing: self.governing(), bans: bans::binding(db, owner, now).await?, ahead: None })
    }

    /// Fills in what rules ask about contacts of `owner`: for all of them together, and only what `book` asks.
    pub(in crate::store) async fn look_up(
        &self,
        db: &impl ConnectionTrait,
        owner: UserId,
        candidates: &mut [Candidate],
        book: &RuleBook,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        if candidates.is_empty() {
            return Ok(());
        }
        let number = |candidate: &Candidate| candidate.contact.person.phone_number.clone();
        let numbers: Vec<PhoneNumber> = candidates.iter().map(number).collect();
        let persons =
            if book.asks_persons() { self.numbers_of_persons(db, owner, candidates).await? } else { HashMap::new() };
        let asked: BTreeSet<&PhoneNumber> = numbers.iter().chain(persons.values().flatten()).collect();
        let calls = if book.asks_history() {
            self.calls_with(db, owner, &asked, book.counts_since(now)).await?
        } else {
            Vec::new()
        };
        let subjects = self.subjects_of(db, candidates, &calls).await?;
        let mut consents = consents::of_numbers(db, owner, &numbers).await?;
        let mut listings =
            if book.asks_registries() { registries::listings(db, owner, &numbers).await? } else { Vec::new() }
                .into_iter();
        let mut with: HashMap<&PhoneNumber, Vec<Call>> = HashMap::new();
        for call in &calls {
            if let Some(number) = call.customer_number() {
                with.entry(number).or_default().push(call.clone());
            }
        }
        for candidate in candidates {
            let number = &candidate.contact.person.phone_number;
            let others = candidate.contact.person.person_id().and_then(|person| persons.get(&person));
            let others = others.map_or(&[][..], Vec::as_slice);
            let other = others.iter().filter(|other| *other != number);
            let calls: Vec<Call> =
                std::iter::once(number).chain(other).filter_map(|number| with.get(number)).flatten().cloned().collect();
            let past = Past { calls: &calls, numbers: others, subjects: &subjects };
            let consents = consents.remove(number).unwrap_or_default();
            let mut dossier = Dossier::of(&candidate.contact, &past, &consents);
            dossier.registries = listings.next().iter().flatten().map(Into::into).collect();
            candidate.dossier = dossier;
        }
        Ok(())
    }

    async fn calls_with(
        &self,
        db: &impl ConnectionTrait,
        owner: UserId,
        numbers: &BTreeSet<&PhoneNumber>,
        since: OffsetDateTime,
    ) -> Result<Vec<Call>, StoreError> {
        let numbers: Vec<&str> = numbers.iter().map(|number| number.as_e164()).collect();
        let sql = Sql::new(self.backend(), calls_sql(self.backend()))
            .bind(owner.as_uuid())
            .bind(json!(numbers))
            .bind(Instant::from(since));
        let rows: Vec<call::Model> = sql.all_as(db).await.map_err(|error| CALL.error(error))?;
        rows.into_iter().map(Call::try_from).collect()
    }
}
