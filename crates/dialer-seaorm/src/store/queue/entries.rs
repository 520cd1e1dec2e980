//! The horizon as people see it.

use async_trait::async_trait;
use dialer_domain::queue::QueueStatus;
use dialer_domain::queue::entries::{ChangedEntry, EntryChange, EntryChangeError, QueueEntries, QueueEntry};
use dialer_domain::{
    Campaign, CampaignId, Contact, OffsetDateTime, Page, PageRequest, QueueEntryId, Scope, StoreError,
};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::LockType;
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect};
use serde::Serialize;

use crate::Database;
use crate::entity::{contact, entry};
use crate::errors::{CONTACT, ENTRY};
use crate::mapping::entry::Listed;
use crate::sql::{NEXT_VERSION, Sql, page, update};
use crate::store::campaigns::locked;
use crate::store::events::append;
use crate::tx::{DatabaseTransaction, transaction};

/// Entries with whom they concern. An outer join, so that counting them does not read contacts; each has one.
const LISTED: &str = "(SELECT q.*, k.phone_number, k.first_name, k.last_name
    FROM dialer_queues AS q LEFT JOIN campaign_contacts AS k ON k.id = q.contact_id)";

/// The order in which waiting entries are called.
const IN_LINE: &str = "r.priority DESC, r.scheduled_at, r.id";
const LATEST_FIRST: &str = "r.created_at DESC, r.id DESC";
/// Those that wait as [`IN_LINE`], and then the others as [`LATEST_FIRST`].
const WAITING_FIRST: &str = "CASE WHEN r.status = 'queued' THEN 0 ELSE 1 END,
    CASE WHEN r.status = 'queued' THEN -r.priority END, CASE WHEN r.status = 'queued' THEN r.scheduled_at END,
    CASE WHEN r.status = 'queued' THEN r.id END, r.created_at DESC, r.id DESC";

/// What a person changes of an entry.
#[derive(Debug, Serialize)]
struct Changed {
    id: Uuid,
    priority: i64,
    status: &'static str,
}

#[async_trait]
impl QueueEntries for Database {
    #[tracing::instrument(name = "db.entries.list", skip_all, fields(campaign.id = %campaign))]
    async fn list(
        &self,
        scope: Scope,
        campaign: CampaignId,
        status: Option<QueueStatus>,
        window: PageRequest,
    ) -> Result<Page<QueueEntry>, StoreError> {
        let own = "r.campaign_id = $1 AND EXISTS (SELECT 1 FROM dialer_campaigns AS c WHERE c.id = $1";
        let mut condition = Sql::new(self.backend(), own).bind(campaign.as_uuid());
        condition.push_scope("c.user_id", scope);
        condition.push(")");
        let order = match status {
            // Spelled out, so that a plan for any parameter can use the index of those that wait.
            Some(QueueStatus::Queued) => {
                condition.push(" AND r.status = 'queued'");
                IN_LINE
            }
            Some(status) => {
                condition.push_bind(" AND r.status = ", status.as_str());
                LATEST_FIRST
            }
            None => WAITING_FIRST,
        };
        let db = self.within(scope);
        let found = page::<Listed>(db.connection(), LISTED, condition, order, window).await;
        let (rows, total) = found.map_err(|error| ENTRY.error(error))?;
        Ok(Page { items: rows.into_iter().map(QueueEntry::try_from).collect::<Result<_, _>>()?, total })
    }

    #[tracing::instrument(name = "db.entries.get", skip_all, fields(campaign.id = %campaign, entry.id = %entry))]
    async fn get(
        &self,
        scope: Scope,
        campaign: CampaignId,
        entry: QueueEntryId,
    ) -> Result<Option<QueueEntry>, StoreError> {
        let db = self.within(scope);
        let mut sql = self.entry_of(campaign, entry);
        sql.push(" AND EXISTS (SELECT 1 FROM dialer_campaigns AS c WHERE c.id = r.campaign_id");
        sql.push_scope("c.user_id", scope);
        sql.push(")");
        one_entry(db.connection(), sql).await
    }

    #[tracing::instrument(name = "db.entries.change", skip_all, fields(campaign.id = %campaign, entry.id = %entry))]
    async fn change(
        &self,
        scope: Scope,
        campaign: CampaignId,
        entry: QueueEntryId,
        change: EntryChange,
        now: OffsetDateTime,
    ) -> Result<Option<QueueEntry>, EntryChangeError> {
        let changed = transaction!(&self.within(scope), ENTRY, |tx| {
            let Some(campaign) = locked(tx, campaign).await?.map(Campaign::try_from).transpose()? else {
                return Ok(None);
            };
            if !scope.covers(campaign.user_id) {
                return Ok(None);
            }
            // Whoever changes an entry or its contact holds its campaign too.
            let before = self.entry(tx, campaign.id, entry).await?;
            let Some(before) = before else { return Ok(None) };
            let row =
                contact::Entity::find_by_id(before.contact_id.as_uuid()).lock(LockType::NoKeyUpdate).one(tx).await;
            let Some(row) = row.map_err(|error| CONTACT.error(error))? else { return Ok(None) };
            let contact = Contact::try_from(row.clone())?;
            match change.clone().apply(&before, &contact, &campaign, now) {
                Ok(changed) => write(tx, scope, row, changed).await.map(|entry| Some(Ok(entry))),
                Err(refused) => Ok(Some(Err(refused))),
            }
        });
        match changed? {
            None => Ok(None),
            Some(Ok(entry)) => Ok(Some(entry)),
            Some(Err(refused)) => Err(refused.into()),
        }
    }
}

impl Database {
    /// An entry of a campaign.
    pub(in crate::store) async fn entry(
        &self,
        tx: &DatabaseTransaction,
        campaign: CampaignId,
        entry: QueueEntryId,
    ) -> Result<Option<QueueEntry>, StoreError> {
        one_entry(tx, self.entry_of(campaign, entry)).await
    }

    /// An entry (`r`) of a campaign.
    fn entry_of(&self, campaign: CampaignId, entry: QueueEntryId) -> Sql {
        let sql = format!("SELECT r.* FROM {LISTED} AS r WHERE r.campaign_id = $1 AND r.id = $2");
        Sql::new(self.backend(), sql).bind(campaign.as_uuid()).bind(entry.as_uuid())
    }
}

async fn one_entry(db: &impl ConnectionTrait, sql: Sql) -> Result<Option<QueueEntry>, StoreError> {
    let row = sql.one_as::<Listed>(db).await.map_err(|error| ENTRY.error(error))?;
    row.map(QueueEntry::try_from).transpose()
}

/// Writes what was decided. `row` is the contact as it was.
async fn write(
    tx: &DatabaseTransaction,
    scope: Scope,
    row: contact::Model,
    decided: ChangedEntry,
) -> Result<QueueEntry, StoreError> {
    let ChangedEntry { entry, contact, event } = decided;
    put(tx, &entry).await?;
    if let Some(contact) = contact {
        let next = contact::Model { row_version: row.row_version + 1, ..contact::Model::from(&contact) };
        update::<contact::Entity, _>(tx, CONTACT, &[next], &RESTED, NEXT_VERSION).await?;
    }
    append(tx, &[event.by(scope)]).await?;
    Ok(entry)
}

/// Writes an entry that has been waiting.
pub(in crate::store) async fn put(tx: &DatabaseTransaction, entry: &QueueEntry) -> Result<(), StoreError> {
    use entry::Column::{Priority, Status};
    let changed = Changed { id: entry.id.as_uuid(), priority: entry.priority.into(), status: entry.status.as_str() };
    update::<entry::Entity, _>(tx, ENTRY, &[changed], &[Priority, Status], "t.status = 'queued'").await
}

/// The columns of a contact that a skip changes.
pub(in crate::store) const RESTED: [contact::Column; 6] = {
    use contact::Column::{NextAttemptAt, NextAttemptLocal, NextAttemptZone, ReservedFor, RowVersion, UpdatedAt};
    [NextAttemptAt, NextAttemptLocal, NextAttemptZone, ReservedFor, RowVersion, UpdatedAt]
};
