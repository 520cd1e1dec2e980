//! Copies of registers, and the numbers in them.

use dialer_domain::ids::RegistryCopyId;
use dialer_domain::registries::RegistryCopy;
use dialer_domain::{PhoneNumber, StoreError, UserId};
use time::Date;
use time::macros::format_description;

use super::{Row, signed, text_opt};
use crate::entity::registry_copy::Model;
use crate::errors::REGISTRY_COPY;
use crate::mapping::instant::Instant;

impl From<&RegistryCopy> for Model {
    fn from(copy: &RegistryCopy) -> Self {
        Self {
            id: copy.id.as_uuid(),
            seq: 0,
            registry: copy.registry.as_str().to_owned(),
            user_id: copy.user_id.map(UserId::as_uuid),
            copied_on: day_text(copy.copied_on),
            status: copy.status.as_str().to_owned(),
            numbers: signed(copy.numbers),
            broken: signed(copy.broken),
            file_name: text_opt(copy.file_name.as_deref()),
            file_hash: text_opt(copy.file_hash.as_deref()),
            created_by: copy.created_by.map(UserId::as_uuid),
            created_at: copy.created_at.into(),
            imported_at: copy.imported_at.map(Instant::from),
            cleared_at: None,
        }
    }
}

impl TryFrom<Model> for RegistryCopy {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let row = Row::new(REGISTRY_COPY.table, &model.id);
        Ok(Self {
            id: RegistryCopyId::new(model.id),
            registry: row.parse(&model.registry)?,
            user_id: model.user_id.map(UserId::new),
            copied_on: day(&row, &model.copied_on)?,
            status: row.parse(&model.status)?,
            numbers: row.size(model.numbers)?,
            broken: row.size(model.broken)?,
            file_name: model.file_name,
            file_hash: model.file_hash,
            created_by: model.created_by.map(UserId::new),
            created_at: model.created_at.get(),
            imported_at: model.imported_at.map(Instant::get),
        })
    }
}

/// A day as both databases keep it: `2026-03-02`.
pub(crate) fn day_text(day: Date) -> String {
    format!("{:04}-{:02}-{:02}", day.year(), u8::from(day.month()), day.day())
}

/// Reads a day.
pub(crate) fn day(row: &Row<'_>, text: &str) -> Result<Date, StoreError> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).map_err(|error| row.corrupt(error))
}

/// The digits of a number as an integer. `None` where they are more than one holds, which no number's are.
pub(crate) fn digits(number: &PhoneNumber) -> Option<i64> {
    number.digits().parse().ok()
}
