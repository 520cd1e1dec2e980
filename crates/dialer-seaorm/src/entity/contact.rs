//! `campaign_contacts`.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::mapping::instant::Instant;

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "campaign_contacts")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) campaign_id: Uuid,
    pub(crate) phone_number: String,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) company: Option<String>,
    pub(crate) status: String,
    pub(crate) attempts: i64,
    pub(crate) last_attempt_at: Option<Instant>,
    pub(crate) next_attempt_at: Option<Instant>,
    pub(crate) next_attempt_local: Option<String>,
    pub(crate) next_attempt_zone: Option<String>,
    pub(crate) last_call_id: Option<Uuid>,
    pub(crate) closed_reason: Option<String>,
    pub(crate) reserved_for: Option<Uuid>,
    pub(crate) callback_for: Option<Uuid>,
    pub(crate) metadata: Json,
    /// Counts this program's writes of the row, from 1.
    pub(crate) row_version: i64,
    pub(crate) created_at: Instant,
    pub(crate) updated_at: Instant,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
