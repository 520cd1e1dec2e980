//! `registry_copies`.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::mapping::instant::Instant;

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "registry_copies")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    /// What `registry_numbers.copy` says. Given by the database.
    pub(crate) seq: i64,
    pub(crate) registry: String,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) copied_on: String,
    pub(crate) status: String,
    pub(crate) numbers: i64,
    pub(crate) broken: i64,
    pub(crate) file_name: Option<String>,
    pub(crate) file_hash: Option<String>,
    pub(crate) created_by: Option<Uuid>,
    pub(crate) created_at: Instant,
    pub(crate) imported_at: Option<Instant>,
    /// When the last of its numbers was removed.
    pub(crate) cleared_at: Option<Instant>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
