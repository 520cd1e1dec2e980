//! `agent_states`.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::mapping::instant::Instant;

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "agent_states")]
pub(crate) struct Model {
    /// Given by the database.
    #[sea_orm(primary_key)]
    pub(crate) seq: i64,
    pub(crate) agent_id: Uuid,
    pub(crate) state: String,
    pub(crate) pause_code: Option<String>,
    pub(crate) call_id: Option<Uuid>,
    pub(crate) started_at: Instant,
    /// `None` while it lasts.
    pub(crate) ended_at: Option<Instant>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
