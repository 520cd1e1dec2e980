//! `rule_bans`.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::mapping::instant::Instant;

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "rule_bans")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) jurisdiction: String,
    pub(crate) starts_at: Instant,
    pub(crate) ends_at: Instant,
    pub(crate) reason: Option<String>,
    pub(crate) ended_at: Option<Instant>,
    pub(crate) ended_by: Option<Uuid>,
    pub(crate) created_by: Option<Uuid>,
    pub(crate) created_at: Instant,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
