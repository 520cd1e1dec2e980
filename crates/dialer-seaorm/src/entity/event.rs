//! `dialer_events`.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::mapping::instant::Instant;

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "dialer_events")]
pub(crate) struct Model {
    /// Given by the database.
    #[sea_orm(primary_key)]
    pub(crate) seq: i64,
    pub(crate) kind: String,
    pub(crate) user_id: Uuid,
    pub(crate) campaign_id: Option<Uuid>,
    pub(crate) contact_id: Option<Uuid>,
    pub(crate) call_id: Option<Uuid>,
    pub(crate) at: Instant,
    pub(crate) data: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
