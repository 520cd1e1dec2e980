//! Contacts.

use std::collections::HashSet;

use async_trait::async_trait;
use dialer_domain::contacts::ContactPatch;
use dialer_domain::contacts::store::{ContactChangeError, ContactStore, ImportOutcome, Removal, SkipReason};
use dialer_domain::events::EventKind;
use dialer_domain::{
    CampaignId, Contact, ContactId, ContactStatus, OffsetDateTime, Page, PageRequest, PhoneNumber, Scope, StoreError,
    UserId,
};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::LockType;
use sea_orm::{DbErr, EntityTrait, FromQueryResult, QueryResult, QuerySelect};
use serde_json::json;

use super::events::append;
use super::owner;
use crate::entity::contact::{Column, Entity, Model};
use crate::errors::CONTACT;
use crate::mapping::contact::as_stored;
use crate::sql::{NEXT_VERSION, Sql, columns_without, insert, page_of, position, update};
use crate::tx::{DatabaseTransaction, transaction};
use crate::{Database, DatabaseKind};

#[async_trait]
impl ContactStore for Database {
    #[tracing::instrument(name = "db.contacts.import", skip_all, fields(campaign.id = %campaign, count = contacts.len()))]
    async fn import(
        &self,
        scope: Scope,
        campaign: CampaignId,
        contacts: Vec<Contact>,
    ) -> Result<ImportOutcome, StoreError> {
        transaction!(&self.within(scope), CONTACT, |tx| {
            let Some(owner) = self.owner_of(tx, scope, campaign).await? else {
                return Err(StoreError::MissingReference { what: CONTACT.reference });
            };
            let outcome = self.store_new(tx, campaign, &contacts).await?;
            if let Some(event) = outcome.event(owner) {
                append(tx, &[event.by(scope)]).await?;
            }
            Ok(outcome)
        })
    }

    #[tracing::instrument(name = "db.contacts.get", skip_all, fields(contact.id = %id))]
    async fn get(&self, scope: Scope, id: ContactId) -> Result<Option<Contact>, StoreError> {
        let contact = "SELECT k.* FROM campaign_contacts AS k JOIN dialer_campaigns AS c ON c.id = k.campaign_id
                       WHERE k.id = $1";
        let mut sql = Sql::new(self.backend(), contact).bind(id.as_uuid());
        if let Some(user) = owner(scope) {
            sql.push_bind(" AND (c.user_id = ", user);
            sql.push_bind(" OR k.reserved_for = ", user);
            sql.push(" AND EXISTS (SELECT 1 FROM campaign_agents AS a WHERE a.campaign_id = c.id");
            sql.push_bind(" AND a.user_id = ", user);
            sql.push("))");
        }
        self.within(scope).one_contact(sql).await
    }

    #[tracing::instrument(name = "db.contacts.find", skip_all, fields(campaign.id = %campaign))]
    async fn find(
        &self,
        scope: Scope,
        campaign: CampaignId,
        number: &PhoneNumber,
    ) -> Result<Option<Contact>, StoreError> {
        let mut sql = self.in_scope(scope);
        sql.push_bind(" AND k.campaign_id = ", campaign.as_uuid());
        sql.push_bind(" AND k.phone_number = ", number.as_e164());
        self.within(scope).one_contact(sql).await
    }

    /// The total comes from the campaign's counts, which the database keeps true: counting a list of a million
    /// contacts would take longer than reading the page.
    #[tracing::instrument(name = "db.contacts.list", skip_all, fields(campaign.id = %campaign))]
    async fn list(
        &self,
        scope: Scope,
        campaign: CampaignId,
        status: Option<ContactStatus>,
        window: PageRequest,
    ) -> Result<Page<Contact>, StoreError> {
        let count = status.map_or("total", ContactStatus::as_str);
        let place = position(self.backend());
        let mut sql = Sql::new(self.backend(), "").bind(campaign.as_uuid());
        sql.push(&format!(
            "SELECT CAST(c.stats ->> '{count}' AS bigint) AS page_total, r.* FROM dialer_campaigns AS c
             LEFT JOIN (SELECT k.*, k.{place} AS place FROM campaign_contacts AS k WHERE k.campaign_id = $1"
        ));
        if let Some(status) = status {
            sql.push_bind(" AND k.status = ", status.as_str());
        }
        sql.push(&format!(" ORDER BY k.{place}"));
        sql.push_window(window);
        sql.push(") AS r ON true WHERE c.id = $1");
        sql.push_scope("c.user_id", scope);
        sql.push(" ORDER BY r.place");
        let rows = sql.all(self.within(scope).connection()).await.map_err(|error| CONTACT.error(error))?;
        let (rows, total) = page_of::<Model>(&rows).map_err(|error| CONTACT.error(error))?;
        Ok(Page { items: rows.into_iter().map(Contact::try_from).collect::<Result<_, _>>()?, total })
    }

    #[tracing::instrument(name = "db.contacts.following", skip_all, fields(campaign.id = %campaign))]
    async fn following(
        &self,
        scope: Scope,
        campaign: CampaignId,
        after: u64,
        limit: u16,
    ) -> Result<Vec<(u64, Contact)>, StoreError> {
        let place = position(self.backend());
        let mut sql = Sql::new(
            self.backend(),
            format!(
                "SELECT k.*, k.{place} AS place FROM campaign_contacts AS k
                 JOIN dialer_campaigns AS c ON c.id = k.campaign_id WHERE true"
            ),
        );
        sql.push_bind(" AND k.campaign_id = ", campaign.as_uuid());
        sql.push_bind(&format!(" AND k.{place} > "), i64::try_from(after).unwrap_or(i64::MAX));
        sql.push_scope("c.user_id", scope);
        sql.push_bind(&format!(" ORDER BY k.{place} LIMIT "), i64::from(limit));
        let rows = sql.all(self.within(scope).connection()).await.map_err(|error| CONTACT.error(error))?;
        let read = |row: &QueryResult| {
            let place: i64 = row.try_get("", "place")?;
            Ok((u64::try_from(place).unwrap_or(0), Model::from_query_result(row, "")?))
        };
        let rows: Vec<(u64, Model)> =
            rows.iter().map(read).collect::<Result<_, DbErr>>().map_err(|error| CONTACT.error(error))?;
        rows.into_iter().map(|(place, row)| Ok((place, row.try_into()?))).collect()
    }

    #[tracing::instrument(name = "db.contacts.patch", skip_all, fields(contact.id = %id))]
    async fn patch(
        &self,
        scope: Scope,
        id: ContactId,
        patch: ContactPatch,
        now: OffsetDateTime,
    ) -> Result<Option<Contact>, ContactChangeError> {
        let patched = transaction!(&self.within(scope), CONTACT, |tx| {
            let Some((row, owner)) = self.locked_contact(tx, scope, id).await? else { return Ok(None) };
            let before = Contact::try_from(row.clone())?;
            let after = match before.patched(patch.clone(), now) {
                Ok(after) => after,
                Err(refused) => return Ok(Some(Err(refused))),
            };
            let next = Model { row_version: row.row_version + 1, ..Model::from(&after) };
            update::<Entity, _>(tx, CONTACT, &[next], &by_a_person(), NEXT_VERSION).await?;
            let event = after.event(owner, EventKind::ContactUpdated, now);
            append(tx, &[event.by(scope).changing(&before.changes(&after))]).await?;
            Ok(Some(Ok(as_stored(&after))))
        });
        match patched? {
            None => Ok(None),
            Some(Ok(contact)) => Ok(Some(contact)),
            Some(Err(refused)) => Err(refused.into()),
        }
    }

    #[tracing::instrument(name = "db.contacts.remove", skip_all, fields(contact.id = %id))]
    async fn remove(&self, scope: Scope, id: ContactId, now: OffsetDateTime) -> Result<Removal, StoreError> {
        transaction!(&self.within(scope), CONTACT, |tx| {
            let Some((row, owner)) = self.locked_contact(tx, scope, id).await? else { return Ok(Removal::NotThere) };
            let contact = Contact::try_from(row)?;
            if contact.status == ContactStatus::Calling {
                return Ok(Removal::Live);
            }
            for statement in [
                "UPDATE call_logs SET contact_id = NULL, row_version = row_version + 1 WHERE contact_id = $1",
                "DELETE FROM campaign_contacts WHERE id = $1",
            ] {
                let statement = Sql::new(self.backend(), statement).bind(id.as_uuid());
                statement.execute(tx).await.map_err(|error| CONTACT.error(error))?;
            }
            append(tx, &[contact.event(owner, EventKind::ContactRemoved, now).by(scope)]).await?;
            Ok(Removal::Removed)
        })
    }
}

impl Database {
    /// Contacts (`k`) of campaigns (`c`) in scope.
    fn in_scope(&self, scope: Scope) -> Sql {
        let contacts = "SELECT k.* FROM campaign_contacts AS k JOIN dialer_campaigns AS c ON c.id = k.campaign_id
                        WHERE true";
        let mut sql = Sql::new(self.backend(), contacts);
        sql.push_scope("c.user_id", scope);
        sql
    }

    /// A contact in scope and its campaign's owner. Nobody else writes either until the transaction ends.
    async fn locked_contact(
        &self,
        tx: &DatabaseTransaction,
        scope: Scope,
        id: ContactId,
    ) -> Result<Option<(Model, UserId)>, StoreError> {
        let campaign = "SELECT campaign_id FROM campaign_contacts WHERE id = $1";
        let campaign = Sql::new(self.backend(), campaign).bind(id.as_uuid());
        let campaign = async { campaign.one(tx).await?.map(|row| row.try_get::<Uuid>("", "campaign_id")).transpose() };
        let Some(campaign) = campaign.await.map_err(|error| CONTACT.error(error))? else { return Ok(None) };
        let Some(owner) = self.owner_of(tx, scope, CampaignId::new(campaign)).await? else { return Ok(None) };
        let row = Entity::find_by_id(id.as_uuid()).lock(LockType::NoKeyUpdate).one(tx).await;
        Ok(row.map_err(|error| CONTACT.error(error))?.map(|row| (row, owner)))
    }

    async fn one_contact(&self, sql: Sql) -> Result<Option<Contact>, StoreError> {
        let row = sql.one_as::<Model>(self.connection()).await.map_err(|error| CONTACT.error(error))?;
        row.map(Contact::try_from).transpose()
    }

    /// The owner of a campaign in scope, which nobody else writes until the transaction ends: imports into one
    /// campaign queue up instead of waiting for each other's numbers.
    pub(super) async fn owner_of(
        &self,
        tx: &DatabaseTransaction,
        scope: Scope,
        campaign: CampaignId,
    ) -> Result<Option<UserId>, StoreError> {
        let mut sql =
            Sql::new(self.backend(), "SELECT user_id FROM dialer_campaigns WHERE id = $1").bind(campaign.as_uuid());
        sql.push_scope("user_id", scope);
        sql.push_lock(" FOR NO KEY UPDATE");
        let read = async { sql.one(tx).await?.map(|row| row.try_get::<Uuid>("", "user_id")).transpose() };
        Ok(read.await.map_err(|error| CONTACT.error(error))?.map(UserId::new))
    }

    /// Stores those that can be stored with one statement, and tells about the others; only when there are any, a second
    /// one asks why.
    async fn store_new(
        &self,
        tx: &DatabaseTransaction,
        campaign: CampaignId,
        contacts: &[Contact],
    ) -> Result<ImportOutcome, StoreError> {
        const IF_POSSIBLE: &str = "
            AND NOT EXISTS (SELECT 1 FROM suppressions AS s JOIN dialer_campaigns AS c ON c.user_id = s.user_id
                            WHERE c.id = v.campaign_id AND s.phone_number = v.phone_number
                            AND (s.campaign_id IS NULL OR s.campaign_id = c.id))
            ON CONFLICT (campaign_id, phone_number) DO NOTHING RETURNING id";
        let failed = |error: DbErr| CONTACT.error(error);
        let mut seen = HashSet::new();
        let first: Vec<bool> =
            contacts.iter().map(|contact| seen.insert(contact.person.phone_number.as_e164())).collect();
        let wanted = contacts.iter().zip(&first).filter(|(_, first)| **first);
        let wanted: Vec<Model> =
            wanted.map(|(contact, _)| Model { campaign_id: campaign.as_uuid(), ..Model::from(contact) }).collect();
        let stored = insert::<Entity, _>(tx, &wanted, &columns_without::<Entity>(&[]), IF_POSSIBLE).await;
        let stored: HashSet<Uuid> =
            stored.and_then(|rows| rows.iter().map(|row| row.try_get("", "id")).collect()).map_err(failed)?;
        let missing = wanted.iter().filter(|row| !stored.contains(&row.id)).map(|row| row.phone_number.as_str());
        let listed = self.listed_among(tx, campaign, missing).await.map_err(failed)?;

        let mut outcome = ImportOutcome::default();
        for (index, (contact, first)) in contacts.iter().zip(first).enumerate() {
            let reason = if !first {
                SkipReason::DuplicateInFile
            } else if stored.contains(&contact.id.as_uuid()) {
                outcome.added.push(Contact { campaign_id: campaign, ..as_stored(contact) });
                continue;
            } else if listed.contains(contact.person.phone_number.as_e164()) {
                SkipReason::DuplicateInCampaign
            } else {
                SkipReason::DncInternal
            };
            outcome.skipped.push((index, reason));
        }
        Ok(outcome)
    }

    /// Which of the numbers the campaign has.
    async fn listed_among(
        &self,
        tx: &DatabaseTransaction,
        campaign: CampaignId,
        numbers: impl Iterator<Item = &str>,
    ) -> Result<HashSet<String>, DbErr> {
        let query = "SELECT phone_number FROM campaign_contacts WHERE campaign_id = $1 AND phone_number IN ";
        self.numbers_in(tx, query, campaign.as_uuid(), numbers).await
    }

    async fn numbers_in(
        &self,
        tx: &DatabaseTransaction,
        query: &str,
        of: Uuid,
        numbers: impl Iterator<Item = &str>,
    ) -> Result<HashSet<String>, DbErr> {
        let numbers: Vec<&str> = numbers.collect();
        if numbers.is_empty() {
            return Ok(HashSet::new());
        }
        let listed = match self.kind() {
            DatabaseKind::Sqlite => "(SELECT value FROM json_each($2))",
            DatabaseKind::Postgres => "(SELECT jsonb_array_elements_text($2))",
        };
        let sql = Sql::new(self.backend(), format!("{query}{listed}")).bind(of).bind(json!(numbers));
        sql.all(tx).await?.iter().map(|row| row.try_get("", "phone_number")).collect()
    }
}

/// The columns of a contact that a person may change.
fn by_a_person() -> Vec<Column> {
    columns_without::<Entity>(&[
        Column::Id,
        Column::CampaignId,
        Column::Attempts,
        Column::LastAttemptAt,
        Column::LastCallId,
        Column::CreatedAt,
    ])
}
