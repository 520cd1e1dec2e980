//! `dialer_campaigns`.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::mapping::instant::Instant;

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "dialer_campaigns")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    #[sea_orm(column_name = "type")]
    #[serde(rename = "type")]
    pub(crate) mode: String,
    pub(crate) purpose: String,
    pub(crate) callee: String,
    pub(crate) status: String,
    pub(crate) caller_id: Option<String>,
    pub(crate) script: Option<String>,
    pub(crate) max_attempts: i64,
    pub(crate) retry_interval: i64,
    pub(crate) active_hours: Json,
    pub(crate) timezone: String,
    pub(crate) stats: Json,
    pub(crate) pause_reason: Option<String>,
    pub(crate) revision: i64,
    pub(crate) created_at: Instant,
    pub(crate) updated_at: Instant,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
