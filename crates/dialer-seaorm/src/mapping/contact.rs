//! Contacts.

use dialer_domain::contacts::{Contact, Person};
use dialer_domain::{CallId, CampaignId, ContactId, StoreError, UserId};

use super::instant::Instant;
use super::{Row, json, local_and_zone, storable, text_opt};
use crate::entity::contact::Model;
use crate::errors::CONTACT;

impl From<&Contact> for Model {
    /// The row as this program writes it first; see [`Model::row_version`].
    fn from(contact: &Contact) -> Self {
        let person = &contact.person;
        let (next_attempt_local, next_attempt_zone) = local_and_zone(contact.next_attempt_wall.as_ref());
        Self {
            id: contact.id.as_uuid(),
            campaign_id: contact.campaign_id.as_uuid(),
            phone_number: person.phone_number.as_e164().to_owned(),
            first_name: text_opt(person.first_name.as_deref()),
            last_name: text_opt(person.last_name.as_deref()),
            email: text_opt(person.email.as_deref()),
            company: text_opt(person.company.as_deref()),
            status: contact.status.as_str().to_owned(),
            attempts: contact.attempts.into(),
            last_attempt_at: contact.last_attempt_at.map(Into::into),
            next_attempt_at: contact.next_attempt_at.map(Into::into),
            next_attempt_local,
            next_attempt_zone,
            last_call_id: contact.last_call_id.map(CallId::as_uuid),
            closed_reason: contact.closed_reason.map(|reason| reason.as_str().to_owned()),
            reserved_for: contact.reserved_for.map(UserId::as_uuid),
            callback_for: contact.callback_for.map(UserId::as_uuid),
            metadata: json(&person.metadata),
            row_version: 1,
            created_at: contact.created_at.into(),
            updated_at: contact.updated_at.into(),
        }
    }
}

/// The contact as reading it back would give it, without reading it.
pub(crate) fn as_stored(contact: &Contact) -> Contact {
    let instant = |at| Instant::from(at).get();
    let person = &contact.person;
    Contact {
        person: Person {
            phone_number: person.phone_number.clone(),
            first_name: text_opt(person.first_name.as_deref()),
            last_name: text_opt(person.last_name.as_deref()),
            email: text_opt(person.email.as_deref()),
            company: text_opt(person.company.as_deref()),
            metadata: storable(&person.metadata),
        },
        last_attempt_at: contact.last_attempt_at.map(instant),
        next_attempt_at: contact.next_attempt_at.map(instant),
        created_at: instant(contact.created_at),
        updated_at: instant(contact.updated_at),
        ..contact.clone()
    }
}

impl TryFrom<Model> for Contact {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let row = Row::new(CONTACT.table, &model.id);
        Ok(Self {
            id: ContactId::new(model.id),
            campaign_id: CampaignId::new(model.campaign_id),
            person: Person {
                phone_number: row.number(&model.phone_number)?,
                first_name: model.first_name,
                last_name: model.last_name,
                email: model.email,
                company: model.company,
                metadata: row.object(model.metadata)?,
            },
            status: row.parse(&model.status)?,
            attempts: row.count(model.attempts)?,
            last_attempt_at: model.last_attempt_at.map(Instant::get),
            next_attempt_at: model.next_attempt_at.map(Instant::get),
            next_attempt_wall: row.wall(model.next_attempt_local, model.next_attempt_zone)?,
            last_call_id: model.last_call_id.map(CallId::new),
            closed_reason: row.parse_opt(model.closed_reason)?,
            reserved_for: model.reserved_for.map(UserId::new),
            callback_for: model.callback_for.map(UserId::new),
            created_at: model.created_at.get(),
            updated_at: model.updated_at.get(),
        })
    }
}
