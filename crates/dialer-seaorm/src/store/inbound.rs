//! Calls that come in.

use dialer_domain::calls::inbound::contact_of;
use dialer_domain::queue::written_event;
use dialer_domain::telephony::ProviderCallId;
use dialer_domain::{Call, CampaignId, Contact, ContactId, StoreError};
use serde_json::json;

use super::calls::write_new;
use super::events::append;
use crate::entity::{call, contact};
use crate::errors::{CALL, CONTACT};
use crate::sql::Sql;
use crate::tx::{DatabaseTransaction, transaction};
use crate::{Database, DatabaseKind};

impl Database {
    /// `CallStore::receive`.
    pub(super) async fn write_received(
        &self,
        call: &Call,
        names: &[ProviderCallId],
    ) -> Result<Option<Call>, StoreError> {
        transaction!(self, CALL, |tx| {
            if self.is_named(tx, names).await? {
                return Ok(None);
            }
            let contact = self.contact_that_calls(tx, call).await?;
            let received = Call {
                contact_id: contact.map(|(contact, _)| contact),
                campaign_id: contact.map(|(_, campaign)| campaign),
                ..call.clone()
            };
            let rows = [call::Model::from(&received)];
            write_new(tx, &rows).await?;
            append(tx, &[written_event(&received)]).await?;
            let [row] = rows;
            row.try_into().map(Some)
        })
    }

    /// Whether a call has one of these names.
    async fn is_named(&self, tx: &DatabaseTransaction, names: &[ProviderCallId]) -> Result<bool, StoreError> {
        let names: Vec<&str> = names.iter().map(ProviderCallId::as_str).collect();
        let given = match self.kind() {
            DatabaseKind::Sqlite => "(SELECT value FROM json_each($1))",
            DatabaseKind::Postgres => "(SELECT jsonb_array_elements_text($1))",
        };
        let known = Sql::new(self.backend(), format!("SELECT 1 FROM call_logs WHERE call_id IN {given} LIMIT 1"));
        Ok(known.bind(json!(names)).one(tx).await.map_err(|error| CALL.error(error))?.is_some())
    }

    /// The contact that a call is from, unless it is in a live call already; nobody claims it until the transaction ends.
    async fn contact_that_calls(
        &self,
        tx: &DatabaseTransaction,
        call: &Call,
    ) -> Result<Option<(ContactId, CampaignId)>, StoreError> {
        let Some(number) = &call.from_number else { return Ok(None) };
        let contacts = "SELECT k.* FROM dialer_campaigns AS c JOIN campaign_contacts AS k ON k.campaign_id = c.id
                        WHERE c.user_id = $1 AND k.phone_number = $2";
        let contacts = Sql::new(self.backend(), contacts).bind(call.user_id.as_uuid()).bind(number.as_e164());
        let rows: Vec<contact::Model> = contacts.all_as(tx).await.map_err(|error| CONTACT.error(error))?;
        let contacts: Vec<Contact> = rows.into_iter().map(Contact::try_from).collect::<Result<_, _>>()?;
        let Some(contact) = contact_of(&contacts) else { return Ok(None) };
        if self.load_contact(tx, contact.id.as_uuid()).await?.is_none() {
            return Ok(None);
        }
        let live = "SELECT 1 FROM call_logs WHERE contact_id = $1 AND (ended_at IS NULL OR unconfirmed)";
        let live = Sql::new(self.backend(), live).bind(contact.id.as_uuid());
        let busy = live.one(tx).await.map_err(|error| CALL.error(error))?.is_some();
        Ok((!busy).then_some((contact.id, contact.campaign_id)))
    }
}
