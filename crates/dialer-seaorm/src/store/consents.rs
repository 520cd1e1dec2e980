//! The consent ledger.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use dialer_domain::consents::store::{ConsentFilter, ConsentStore};
use dialer_domain::consents::{ConsentEvent, recorded};
use dialer_domain::events::NewEvent;
use dialer_domain::ids::ConsentEventId;
use dialer_domain::{Page, PageRequest, PhoneNumber, Scope, StoreError, UserId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

use super::events::append;
use crate::Database;
use crate::entity::consent::{Column, Entity, Model};
use crate::errors::CONSENT;
use crate::sql::{Sql, columns_without, ids_of, insert, page};
use crate::tx::{DatabaseTransaction, transaction};

#[async_trait]
impl ConsentStore for Database {
    #[tracing::instrument(name = "db.consents.record", skip_all, fields(user.id = %owner, count = entries.len()))]
    async fn record_consents(&self, owner: UserId, entries: Vec<ConsentEvent>) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        transaction!(&self.within(Scope::User(owner)), CONSENT, |tx| {
            let told = self.add_consents(tx, owner, &entries).await?;
            append(tx, told.as_slice()).await
        })
    }

    #[tracing::instrument(name = "db.consents.of_number", skip_all, fields(user.id = %owner))]
    async fn consents_of(&self, owner: UserId, number: &PhoneNumber) -> Result<Vec<ConsentEvent>, StoreError> {
        let rows = Entity::find()
            .filter(Column::UserId.eq(owner.as_uuid()))
            .filter(Column::PhoneNumber.eq(number.as_e164()))
            .order_by_asc(Column::HappenedAt)
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .all(self.within(Scope::User(owner)).connection())
            .await
            .map_err(|error| CONSENT.error(error))?;
        rows.into_iter().map(ConsentEvent::try_from).collect()
    }

    #[tracing::instrument(name = "db.consents.get", skip_all, fields(consent.id = %id))]
    async fn consent(&self, owner: UserId, id: ConsentEventId) -> Result<Option<ConsentEvent>, StoreError> {
        let row = Entity::find_by_id(id.as_uuid())
            .filter(Column::UserId.eq(owner.as_uuid()))
            .one(self.within(Scope::User(owner)).connection())
            .await
            .map_err(|error| CONSENT.error(error))?;
        row.map(ConsentEvent::try_from).transpose()
    }

    #[tracing::instrument(name = "db.consents.list", skip_all, fields(user.id = %owner))]
    async fn consents(
        &self,
        owner: UserId,
        filter: ConsentFilter,
        window: PageRequest,
    ) -> Result<Page<ConsentEvent>, StoreError> {
        let mut condition = Sql::new(self.backend(), "true");
        condition.push_scope("r.user_id", Scope::User(owner));
        if let Some(number) = &filter.phone_number {
            condition.push_bind(" AND r.phone_number = ", number.as_e164());
        }
        if let Some(contact) = filter.contact_id {
            condition.push_bind(" AND r.contact_id = ", contact.as_uuid());
        }
        if let Some(purpose) = filter.purpose {
            condition.push_bind(" AND r.purpose = ", purpose.as_str());
        }
        if let Some(act) = filter.act {
            condition.push_bind(" AND r.act = ", act.as_str());
        }
        let db = self.within(Scope::User(owner));
        let latest_first = "r.created_at DESC, r.id DESC";
        let found = page::<Model>(db.connection(), CONSENT.table, condition, latest_first, window).await;
        let (rows, total) = found.map_err(|error| CONSENT.error(error))?;
        Ok(Page { items: rows.into_iter().map(ConsentEvent::try_from).collect::<Result<_, _>>()?, total })
    }
}

impl Database {
    /// Adds entries, and waits for claims that may not have seen them. Returns the event to store.
    pub(super) async fn add_consents(
        &self,
        tx: &DatabaseTransaction,
        owner: UserId,
        entries: &[ConsentEvent],
    ) -> Result<Option<NewEvent>, StoreError> {
        let rows: Vec<Model> =
            entries.iter().map(|entry| Model { user_id: owner.as_uuid(), ..Model::from(entry) }).collect();
        self.require_contacts(tx, owner, entries).await?;
        insert::<Entity, _>(tx, &rows, &columns_without::<Entity>(&[]), "")
            .await
            .map_err(|error| CONSENT.error(error))?;
        self.wait_for_claims(tx, owner, None).await?;
        Ok(recorded(owner, entries))
    }

    /// Goes on only when every contact that entries name is on a list of the owner's.
    async fn require_contacts(
        &self,
        tx: &DatabaseTransaction,
        owner: UserId,
        entries: &[ConsentEvent],
    ) -> Result<(), StoreError> {
        let named: BTreeSet<_> = entries.iter().filter_map(|entry| entry.contact_id).collect();
        if named.is_empty() {
            return Ok(());
        }
        let own = format!(
            "SELECT count(*) AS own FROM campaign_contacts AS k JOIN dialer_campaigns AS c ON c.id = k.campaign_id
             WHERE c.user_id = $1 AND k.id IN {}",
            ids_of(self.backend(), 2)
        );
        let own = Sql::new(self.backend(), own).bind(owner.as_uuid()).bind(json!(named));
        let count = async { own.one(tx).await?.map_or(Ok(0), |row| row.try_get::<i64>("", "own")) };
        let count = count.await.map_err(|error| CONSENT.error(error))?;
        if usize::try_from(count) == Ok(named.len()) {
            Ok(())
        } else {
            Err(StoreError::MissingReference { what: CONSENT.reference })
        }
    }
}

/// Every entry about each of `numbers`, in or outside of a transaction.
pub(super) async fn of_numbers(
    db: &impl ConnectionTrait,
    owner: UserId,
    numbers: &[PhoneNumber],
) -> Result<HashMap<PhoneNumber, Vec<ConsentEvent>>, StoreError> {
    let rows = Entity::find()
        .filter(Column::UserId.eq(owner.as_uuid()))
        .filter(Column::PhoneNumber.is_in(numbers.iter().map(PhoneNumber::as_e164)))
        .all(db)
        .await
        .map_err(|error| CONSENT.error(error))?;
    let mut found: HashMap<PhoneNumber, Vec<ConsentEvent>> = HashMap::new();
    for row in rows {
        let entry = ConsentEvent::try_from(row)?;
        found.entry(entry.phone_number.clone()).or_default().push(entry);
    }
    Ok(found)
}
