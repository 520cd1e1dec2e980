//! Dispositions.

use async_trait::async_trait;
use dialer_domain::dispositions::store::{DispositionFilter, DispositionStore};
use dialer_domain::dispositions::{Consequences, Facts, NewDisposition, RecordedDisposition, conclude, suppression};
use dialer_domain::events::{EventKind, NewEvent};
use dialer_domain::suppression::Suppression;
use dialer_domain::{Call, CallId, CampaignId, CampaignStatus, Page, PageRequest, Scope, StoreError};
use sea_orm::EntityTrait;
use serde_json::json;

use super::abandonment::tally;
use super::campaigns::{locked, replace};
use super::events::append;
use super::owner;
use super::settling::{Found, SETTLED, changing};
use super::suppressions::event;
use crate::Database;
use crate::entity::disposition::{Entity, Model};
use crate::entity::{call, contact};
use crate::errors::{CALL, CONTACT, DISPOSITION, SUPPRESSION};
use crate::sql::{NEXT_VERSION, Sql, columns_without, insert, page, update};
use crate::tx::{DatabaseTransaction, transaction};

#[async_trait]
impl DispositionStore for Database {
    #[tracing::instrument(name = "db.dispositions.record", skip_all, fields(call.id = %new.call_id))]
    async fn record(&self, scope: Scope, new: &NewDisposition) -> Result<Option<RecordedDisposition>, StoreError> {
        transaction!(&self.within(scope), DISPOSITION, |tx| {
            let Some(seen) = visible_call(tx, scope, new.call_id).await? else { return Ok(None) };
            // An agent may disposition a call, and touches what follows from it by that alone.
            become_service(tx).await?;
            // In the order in which everybody locks: do-not-call entries, campaign, contact, call.
            let mut events = Vec::new();
            if let Some(entry) = suppression(new, &seen)
                && self.put_suppression(tx, &entry, seen.campaign_id).await?
            {
                let count = ("count", json!(1));
                let suppressed = event(EventKind::NumberSuppressed, entry.user_id, count, entry.created_at);
                events.push(suppressed.by(Scope::User(new.user_id)));
            }
            let Some(found) = self.load(tx, new.call_id, true).await? else {
                return Err(StoreError::MissingReference { what: DISPOSITION.reference });
            };
            let suppressed = self.is_suppressed(tx, &found.call).await?;
            let recorded = self.write_consequences(tx, scope, found, new, suppressed, &mut events).await?;
            append(tx, &events).await?;
            Ok(Some(recorded))
        })
    }

    #[tracing::instrument(name = "db.dispositions.list", skip_all)]
    async fn dispositions(
        &self,
        scope: Scope,
        filter: DispositionFilter,
        window: PageRequest,
    ) -> Result<Page<RecordedDisposition>, StoreError> {
        let shown = "EXISTS (SELECT 1 FROM call_logs AS c WHERE c.id = r.call_id AND c.hidden_at IS NULL)";
        let mut condition = Sql::new(self.backend(), shown);
        push_seen_by(&mut condition, scope);
        if let Some(call) = filter.call {
            condition.push_bind(" AND r.call_id = ", call.as_uuid());
        }
        let latest_first = "r.created_at DESC, r.id DESC";
        let (rows, total) =
            page::<Model>(self.within(scope).connection(), DISPOSITION.table, condition, latest_first, window)
                .await
                .map_err(|error| DISPOSITION.error(error))?;
        Ok(Page { items: rows.into_iter().map(RecordedDisposition::try_from).collect::<Result<_, _>>()?, total })
    }
}

/// Appends a condition that only dispositions (`r`) meet that `scope` sees: those of own calls, and those recorded.
pub(super) fn push_seen_by(condition: &mut Sql, scope: Scope) {
    if let Some(user) = owner(scope) {
        condition.push_bind(" AND (r.owner_id = ", user);
        condition.push_bind(" OR r.user_id = ", user);
        condition.push(")");
    }
}

/// The call as a reader in `scope` sees it.
async fn visible_call(tx: &DatabaseTransaction, scope: Scope, id: CallId) -> Result<Option<Call>, StoreError> {
    let row = call::Entity::find_by_id(id.as_uuid()).one(tx).await.map_err(|error| CALL.error(error))?;
    let call = row.filter(|row| row.hidden_at.is_none()).map(Call::try_from).transpose()?;
    Ok(call.filter(|call| call.visible_in(scope)))
}

/// What follows from a person's word is written by the service.
pub(super) async fn become_service(tx: &DatabaseTransaction) -> Result<(), StoreError> {
    tx.continue_as(Scope::Service).await.map_err(|error| DISPOSITION.error(error))
}

impl Database {
    /// Adds the do-not-call entry, and waits for claims that may not have seen it. False when there is one already.
    async fn put_suppression(
        &self,
        tx: &DatabaseTransaction,
        entry: &Suppression,
        changing: Option<CampaignId>,
    ) -> Result<bool, StoreError> {
        let added = self.insert_new(tx, &[entry.into()]).await.map_err(|error| SUPPRESSION.error(error))?;
        if !added.is_empty() {
            self.wait_for_claims(tx, entry.user_id, changing).await?;
        }
        Ok(!added.is_empty())
    }

    async fn is_suppressed(&self, tx: &DatabaseTransaction, call: &Call) -> Result<bool, StoreError> {
        let Some(number) = call.customer_number() else { return Ok(false) };
        let entry = "SELECT 1 FROM suppressions WHERE user_id = $1 AND phone_number = $2
                     AND (campaign_id IS NULL OR campaign_id = $3)";
        let entry = Sql::new(self.backend(), entry).bind(call.user_id.as_uuid()).bind(number.as_e164());
        let entry = entry.bind(call.campaign_id.map(CampaignId::as_uuid));
        Ok(entry.one(tx).await.map_err(|error| SUPPRESSION.error(error))?.is_some())
    }

    async fn write_consequences(
        &self,
        tx: &DatabaseTransaction,
        scope: Scope,
        found: Found,
        new: &NewDisposition,
        suppressed: bool,
        events: &mut Vec<NewEvent>,
    ) -> Result<RecordedDisposition, StoreError> {
        let Found { row, call: before, contact } = found;
        let of_contact = contact.as_ref().map(|(_, contact, campaign)| (contact, campaign));
        let others_open = match of_contact {
            Some((contact, campaign)) if campaign.status == CampaignStatus::Completed => {
                self.others_open(tx, contact).await?
            }
            _ => true,
        };
        let facts = Facts { call: &before, contact: of_contact, suppressed, others_open };
        let Consequences { recorded, call, contact: settled, campaign: revived, events: more } = conclude(new, facts);
        let earlier = "UPDATE call_dispositions SET replaced_by = $2 WHERE call_id = $1 AND replaced_by IS NULL";
        let earlier = Sql::new(self.backend(), earlier).bind(call.id.as_uuid()).bind(recorded.id.as_uuid());
        earlier.execute(tx).await.map_err(|error| DISPOSITION.error(error))?;
        let model = Model::of(&recorded, &call);
        tx.continue_as(scope).await.map_err(|error| DISPOSITION.error(error))?;
        insert::<Entity, _>(tx, std::slice::from_ref(&model), &columns_without::<Entity>(&[]), "")
            .await
            .map_err(|error| DISPOSITION.error(error))?;
        become_service(tx).await?;
        if let (Some((stored, ..)), Some(settled)) = (&contact, &settled) {
            let next = contact::Model { row_version: stored.row_version + 1, ..settled.into() };
            update::<contact::Entity, _>(tx, CONTACT, &[next], &SETTLED, NEXT_VERSION).await?;
        }
        if let Some(revived) = &revived
            && let Some(row) = locked(tx, revived.id).await?
        {
            replace(tx, row, revived).await?;
        }
        let next =
            call::Model { row_version: row.row_version + 1, hidden_at: row.hidden_at, ..call::Model::from(&call) };
        update::<call::Entity, _>(tx, CALL, &[next], &changing(), NEXT_VERSION).await?;
        tally(tx, &before, &call).await?;
        events.extend(more);
        model.try_into()
    }
}
