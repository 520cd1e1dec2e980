//! What the rules of a contact's place ask about it: past calls with its number, consents, registers, bans.

use std::collections::HashMap;

use dialer_domain::rules::{Circumstances, Dossier, RuleBook};
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
        let calls = if book.asks_history() {
            self.calls_with(db, owner, &numbers, book.counts_since(now)).await?
        } else {
            Vec::new()
        };
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
            let calls = with.get(number).map_or(&[][..], Vec::as_slice);
            let consents = consents.remove(number).unwrap_or_default();
            let mut dossier = Dossier::of(&candidate.contact, calls, &consents);
            dossier.registries = listings.next().iter().flatten().map(Into::into).collect();
            candidate.dossier = dossier;
        }
        Ok(())
    }

    async fn calls_with(
        &self,
        db: &impl ConnectionTrait,
        owner: UserId,
        numbers: &[PhoneNumber],
        since: OffsetDateTime,
    ) -> Result<Vec<Call>, StoreError> {
        let numbers: Vec<&str> = numbers.iter().map(PhoneNumber::as_e164).collect();
        let sql = Sql::new(self.backend(), calls_sql(self.backend()))
            .bind(owner.as_uuid())
            .bind(json!(numbers))
            .bind(Instant::from(since));
        let rows: Vec<call::Model> = sql.all_as(db).await.map_err(|error| CALL.error(error))?;
        rows.into_iter().map(Call::try_from).collect()
    }
}
